"""The exercises: the same code in both languages, open before and right after, and common mistakes get their names."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from both import NIGHTLY, sampled

from sidebyside.check import items, judging, searching
from sidebyside.check.solutions import solution_of

FOLDER = Path(__file__).parent.parent / "exercises"
ENGLISH = sorted(FOLDER.glob("[0-9]*.py"))
BOTH = [path for english in ENGLISH for path in (english, FOLDER / "es" / english.name)]
each = pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
each_english = pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
# Where only the code matters, which is the same in both languages: by day one half in the one, one half in the other.
each_code = each if NIGHTLY else pytest.mark.parametrize(
    "path", [pair[i % 2] for i, pair in enumerate(zip(BOTH[::2], BOTH[1::2], strict=True))],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)  # fmt: skip


def read(path):
    return path.read_text(encoding="utf-8")


def verdicts(source, tmp_path):
    """What is said of each item of a file with this source: its verdict and its sentence."""
    file = tmp_path / "mine.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"mine_{tmp_path.name}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [judging.judge(item, module, None, seconds=10) for item in items.listed(module)]
    assert found
    return [(each.verdict, each.sentence) for each in found]


def is_hole(line):
    """Whether a line of code, not of text, is `...` in place of a value or of a statement."""
    return re.fullmatch(r" *(?:[\w.]+ = |return )?\.\.\.", line) is not None


def filled(source, answers):
    """The source with an answer in place of each hole; the lines of one stand where they should."""
    answers = iter(answers)
    lines = [
        line.removesuffix("...") + next(answers) if is_hole(line) else line for line in source.splitlines()
    ]
    assert next(answers, None) is None
    return "\n".join(lines) + "\n"


def answers(path):
    """What the solution has in place of the holes. It is the same as the exercise everywhere else."""
    here, there = (without_blank_lines(read(FOLDER / name)) for name in (path.name, f"solutions/{path.name}"))
    here = here.partition('\n"""\n')[2]
    there = re.sub(r"^library = .*\n", "", there.partition("\n")[2], flags=re.MULTILINE)
    lines = [
        re.escape(line.removesuffix("...")) + "(.+?)" if is_hole(line) else re.escape(line)
        for line in here.splitlines()
    ]
    found = re.fullmatch("\n".join(lines) + "\n", there, re.DOTALL)
    assert found, "the solution differs from the exercise in more than the holes"
    return found.groups()


def without_blank_lines(source):
    return re.sub(r"\n\n+", "\n", source)


def code(source):
    """The code without comments and with every string left out: these are translated."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


# -- the files ----------------------------------------------------------------------------------------------------


def test_every_exercise_is_there_in_both_languages_and_solved():
    names = [path.name for path in ENGLISH]
    assert [name[:2] for name in names] == [f"{i:02}" for i in range(1, len(names) + 1)]
    for folder in ("es", "solutions"):
        assert sorted(path.name for path in (FOLDER / folder).glob("*.py")) == names


@each_english
def test_both_languages_have_the_same_code_and_other_words(path):
    english, spanish = read(path), read(FOLDER / "es" / path.name)
    assert code(english) == code(spanish)
    said, dicho = (ast.get_docstring(ast.parse(source)).split("\n\n") for source in (english, spanish))
    assert len(said) == len(dicho) >= 4
    assert said[2] != dicho[2]


@each
def test_the_text_has_a_title_a_formula_and_the_command(path):
    title, formula, *_, command = ast.get_docstring(ast.parse(read(path))).split("\n\n")
    assert title.startswith(f"{int(path.name[:2])}. ")
    assert all(line.startswith("    ") for line in formula.splitlines())
    assert command.endswith(f"    minigrad check {path.relative_to(FOLDER.parent).as_posix()}")


@each
def test_the_solution_names_lines_of_the_library(path):
    solution = solution_of(path)
    assert solution.path == FOLDER / "solutions" / path.name
    assert solution.library
    for place, source in solution.library:
        assert re.fullmatch(r"minigrad/.*\.py:\d+", place.replace("\\", "/"))
        assert "def " in source


# -- open before, right after -------------------------------------------------------------------------------------


@each_code
def test_a_hole_is_open(path, tmp_path):
    assert {verdict for verdict, _ in verdicts(read(path), tmp_path)} == {"open"}


@each_code
def test_the_answer_is_right(path, tmp_path):
    found = verdicts(filled(read(path), answers(path)), tmp_path)
    assert {verdict for verdict, _ in found} <= {"right", "rounding"}, found


@pytest.mark.parametrize("path", sampled(ENGLISH), ids=lambda path: path.stem)
def test_the_answer_is_right_without_torch(path, tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "reference_or_none", lambda: None)
    found = verdicts(filled(read(path), answers(path)), tmp_path)
    assert {verdict for verdict, _ in found} <= {"right", "rounding"}, found


# -- common mistakes ----------------------------------------------------------------------------------------------

# What people write in place of each hole, and a part of what they are told.
MISTAKES = [
    ("01_mul", ["dz * y", "dz * x"], "not un-broadcast"),
    ("01_mul", ["dz * y", "(dz * x).sum(axis=1)"], "axis"),
    ("02_mean", ["np.broadcast_to(dz[:, None], x.shape)"], "the mean's division by N is forgotten"),
    ("02_mean", ["np.broadcast_to(dz[:, None] / x.size, x.shape)"], "0.5 times the right one"),
    ("03_exp_log", ["dz * x", "dz / x"], "the input x is used for the output z"),
    ("03_exp_log", ["dz * np.exp(x)", "1 / x"], "dz is ignored"),
    ("04_relu", ["np.where(x >= 0, dz, 0)"], "at the kink"),
    ("04_relu", ["np.where(x > 0, 1.0, 0.0)"], "dz is ignored"),
    ("04_relu", ["np.where(x > 0, x, 0)"], "it is z, and the right one is dz·(x > 0)"),
    ("05_matmul", ["dz @ y", "x.T @ dz"], "matmul_backward raises ValueError"),
    ("06_linear", ["dz @ W", "x.T @ dz", "dz.sum(axis=0)"], "transpose"),
    ("06_linear", ["dz @ W", "dz.T @ x", "dz.sum(axis=1)"], "axis"),
    ("06_linear", ["dz @ W", "dz.T @ x", "dz.mean(axis=0)"], "divided by N"),
    ("07_softmax", ["x", "z * (dz - (dz * z).sum(axis=1, keepdims=True))"], "subtract the row's maximum"),
    ("07_softmax", ["x - x.max(axis=1, keepdims=True)", "dz * z * (1 - z)"], "diagonal"),
    ("08_log_softmax", ["dz - np.exp(z)"], "Σdz is missing"),
    ("08_log_softmax", ["dz - z * dz.sum(axis=1, keepdims=True)"], "exp(z) is needed, not z"),
    ("09_cross_entropy", ["dz * (p - one_hot)"], "the mean's division by N is forgotten"),
    ("09_cross_entropy", ["dz * (one_hot - p) / len(x)"], "the sign is wrong"),
    ("09_cross_entropy", ["dz * p / len(x)"], "the one-hot labels are not subtracted"),
    ("10_descent", ["w -= lr * w.grad"], "the gradient of the first step is still in w.grad"),
    ("10_descent", ["w += lr * w.grad; w.grad = None"], "uphill"),
    ("10_descent", ["w -= w.grad; w.grad = None"], "lr is missing"),
    ("11_momentum", ["momentum * v + lr * g", "w - v"], "multiplied by lr in v"),
    ("11_momentum", ["momentum * v + (1 - momentum) * g", "w - lr * v"], "multiplied by 1 - μ"),
    ("11_momentum", ["momentum * v + g", "w - lr * g"], "w moves by g"),
    ("12_backward", ["max(waiting, key=lambda value: value.age)", "slope * z.grad"], "the second use overwrites"),
    ("12_backward", ["max(waiting, key=lambda value: value.age)", "x.grad + slope"], "z.grad is missing"),
    ("12_backward", ["min(waiting, key=lambda value: value.age)", "x.grad + slope * z.grad"], "before all of it"),
    ("13_no_grad", ["w -= lr * w.grad"], "a leaf Variable that requires grad is being used in an in-place operation"),
    ("13_no_grad", ["w = w - lr * w.grad"], "w = w - ... makes another tensor"),
    ("13_no_grad", ["w.requires_grad = False; w -= lr * w.grad"], "leave requires_grad alone"),
    ("14_accumulation", ["loss.backward()"], "2 times the right one"),
    ("14_accumulation", ["w.grad = None; loss.backward()"], "only the last part"),
    ("14_accumulation", ["(loss / len(x)).backward()"], "divide it by the number of parts"),
    ("15_residual", ["self.fc2(torch.relu(a))"], "the way around the relu is missing"),
    ("15_residual", ["self.fc2(torch.relu(a) + x)"], "x is added in place of a"),
    ("15_residual", ["torch.relu(a) + a"], "fc2 is missing"),
    ("16_second_derivative", ["f(x)"], "it is the first derivative"),
    ("16_second_derivative", ["torch.autograd.grad(f(x).sum(), x)[0]"], "does not require grad"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "written", "sentence"), MISTAKES)
def test_a_common_mistake_is_named(name, written, sentence, tmp_path):
    found = verdicts(filled(read(FOLDER / f"{name}.py"), written), tmp_path)
    assert any(sentence in said for verdict, said in found if verdict in ("wrong", "error")), found
