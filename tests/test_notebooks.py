"""Our notebooks in both languages and under both engines, the tutorial's cells, and the command that compares."""

import argparse
import ast
import base64
import importlib.util
import json
import os
import signal
import struct
import subprocess
import sys
import warnings
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

import jupytext
import matplotlib
import nbformat
import numpy as np
import pytest
import torch
from both import NIGHTLY, other_numbers, sampled

import minigrad
from sidebyside import data, notebook
from sidebyside.exchange import minigrad_kernels
from sidebyside.notebook import engine as notebook_engine
from sidebyside.options import UsageError

NO_MNIST = (
    "MNIST's notebook is tested with digits alone: set MINIGRAD_DATA to a folder with mnist.npz or MNIST/raw"
)
FOLDER = Path(__file__).parents[1] / "notebooks"
SPECIFICATION = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
build = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(build)
PAIRS = list(zip(sorted(FOLDER.glob("en/*.py")), sorted(FOLDER.glob("es/*.py")), strict=True))
MNIST = next(pair for pair in PAIRS if pair[0].stem == "4_mnist")
TUTORIAL = Path(__file__).with_name("tutorial_cells.py")
FEWER = "[:1000]" if NIGHTLY else "[:250]"  # of its images


# -- the notebooks ------------------------------------------------------------------------------------------


def test_the_notebooks_of_both_languages():
    assert [path.name for pair in PAIRS for path in pair] == [
        "0_gradients.py", "0_gradientes.py", "1_networks.py", "1_redes.py",
        "2_training.py", "2_entrenamiento.py", "3_inside.py", "3_por_dentro.py",
        "4_mnist.py", "4_mnist.py", "5_shards.py", "5_fragmentos.py",
    ]  # fmt: skip


def code_without_words(source):
    """A cell's code with every string left out: these are translated, and so are comments."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize(("english", "spanish"), PAIRS)
def test_both_languages_have_the_same_code_and_a_text_wherever_the_other_has_one(english, spanish):
    ours, theirs = (jupytext.read(path).cells for path in (english, spanish))
    assert [cell.cell_type for cell in ours] == [cell.cell_type for cell in theirs]
    for one, other in zip(ours, theirs, strict=True):
        if one.cell_type == "code":
            assert code_without_words(one.source) == code_without_words(other.source)
        else:
            assert one.source != other.source


def stored(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def without_outputs(notebook):
    cells = [
        {**cell, "outputs": [], "execution_count": None} if "outputs" in cell else cell
        for cell in notebook.cells
    ]
    return {**notebook, "cells": cells}


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_the_ipynb_is_what_its_source_gives_and_every_cell_of_it_was_run(source):
    found = stored(source)
    assert without_outputs(found) == build.notebook(source), "run: make notebooks"
    cells = [cell for cell in found.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert {output.output_type for output in cell.outputs} <= {"stream", "execute_result", "display_data"}
        assert all(output.name == "stdout" for output in cell.outputs if output.output_type == "stream")


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_where_a_cell_shows_a_figure_there_is_a_picture_that_says_what_it_is_and_the_file_stays_small(source):
    shown = 0
    for cell in stored(source).cells:
        outputs = cell.get("outputs", [])
        pictures = [output for output in outputs if "image/png" in output.get("data", {})]
        assert len(pictures) == (cell.cell_type == "code" and "plt.show()" in cell.source)
        for picture in pictures:
            size = struct.unpack(">8s8xII", base64.b64decode(picture.data["image/png"])[:24])
            assert size[0] == b"\x89PNG\r\n\x1a\n"
            assert 100 < size[2] < size[1] < 1000  # no higher than wide
            assert picture.metadata["image/png"]["alt"]
        shown += len(pictures)
    assert shown >= 2 or source.stem.startswith("5_")  # shards are counted, not drawn
    assert source.with_suffix(".ipynb").stat().st_size < 300_000


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_the_badge_opens_the_notebook_that_it_stands_in_once_there_is_an_address(
    source, published, monkeypatch
):
    monkeypatch.setattr(build, "PUBLISHED", published)
    first = build.notebook(source).cells[0].source.partition("\n")[0]
    repository = build.REPOSITORY.removeprefix("https://github.com/")
    address = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks/"
    assert (f"({address}{source.parent.name}/{source.stem}.ipynb)" in first) == published
    assert ("colab" in first) == published


# -- one run of the command, in this process or in its own --------------------------------------------------


class Here:
    """An engine in this process, in the place of one in its own: no torch to load."""

    def __init__(self, name, args):
        self.name, self.cpu = name, args.cpu
        self.library = {"torch": torch, "minigrad": minigrad}[name]
        self.library.manual_seed(args.seed)
        self.cells = notebook_engine.Cells()

    def ask(self, what):
        with warnings.catch_warnings(record=True), notebook_engine.engine(self.name, self.cpu):
            warnings.simplefilter("always", UserWarning)  # where a notebook runs they are no errors
            sys.modules["__main__"] = self.cells.main
            return self.cells.run(what) if isinstance(what, str) else self.cells.fetch(what)

    def answer(self):
        pass

    def close(self):
        self.library.set_default_dtype(self.library.float32)


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(notebook, "Engine", Here)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("MINIGRAD_CUDA", "cpu")
    for library in (torch, minigrad):  # an engine's own process hides GPUs under --cpu
        monkeypatch.setattr(library.cuda, "is_available", lambda: False)

    def no_mnist():
        raise data.DataError("There is no MNIST in this test.")

    monkeypatch.setitem(data.LOADERS, "mnist", no_mnist)
    with matplotlib.rc_context():  # a notebook chooses its style
        yield


@pytest.fixture
def written(tmp_path):
    def write(*cells):
        path = tmp_path / "made.py"
        path.write_text("".join(f"# %%\n{cell}\n\n" for cell in cells), encoding="utf-8")
        return path

    return write


def command(path, *options):
    parser = argparse.ArgumentParser()
    notebook.add_arguments(parser)
    found = path.parent / "found.json"
    status = notebook.run(parser.parse_args([str(path), "--json", str(found), *options]))
    return status, json.loads(found.read_text())


def printed(capsys):
    """What the command printed, up to the line that names the file of --json."""
    out, _, written = capsys.readouterr().out.rpartition("Wrote ")
    assert written.endswith("found.json\n")
    return out


def texts(found, name="minigrad"):
    return [cell["engines"][name]["text"] for cell in found["cells"]]


@pytest.fixture
def copy_of(tmp_path):
    def copy(path, *changes):
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        target = tmp_path / path.name
        target.write_text(text, encoding="utf-8")
        return target

    return copy


# -- what must be the same ----------------------------------------------------------------------------------


def stored_texts(source):
    """What the stored notebook's cells print and end with; the first installs minigrad in Colab."""
    texts = []
    for cell in stored(source).cells:
        if cell.cell_type == "code":
            parts = [
                output.text if output.output_type == "stream" else output.data["text/plain"] + "\n"
                for output in cell.outputs
                if output.output_type != "display_data"
            ]
            texts.append("".join(parts))
    return texts[1:]


# The numbers that are printed end before the digits that rounding can change: nothing here is to be taken for the same.
@pytest.mark.parametrize("source", [english for english, _ in PAIRS], ids=lambda path: path.stem)
def test_our_notebooks_print_the_same_under_both_engines_and_as_stored_to_the_letter(
    here, copy_of, source, capsys
):
    status, found = command(copy_of(source))
    assert status == 0, capsys.readouterr().out
    assert texts(found) == texts(found, "torch")
    assert not any(line.endswith("False") for text in texts(found) for line in text.splitlines())
    if source.stem == "4_mnist":
        assert "There is no MNIST in this test.\nSo these are scikit-learn's digits" in "".join(texts(found))
    else:
        assert texts(found) == stored_texts(source), "run: make notebooks"


@pytest.mark.parametrize("source", sampled([spanish for _, spanish in PAIRS]), ids=lambda path: path.stem)
def test_the_spanish_notebooks_print_what_is_stored_to_the_letter(here, copy_of, source, capsys):
    status, found = command(copy_of(source), "--engines", "torch")
    assert status == 0, capsys.readouterr().out
    if source.stem != "4_mnist":
        assert texts(found, "torch") == stored_texts(source), "run: make notebooks"


def test_on_mnist_both_languages_have_stored_the_same_numbers():
    english, spanish = (notebook.NUMBER.findall("".join(stored_texts(source))) for source in MNIST)
    assert len(english) > 30
    assert english == spanish


@pytest.mark.skipif("MINIGRAD_DATA" not in os.environ, reason=NO_MNIST)
def test_on_mnist_pytorch_prints_what_is_stored_to_the_letter(copy_of, capsys):
    source = MNIST[0]
    status, found = command(copy_of(source), "--engines", "torch")
    assert status == 0, capsys.readouterr().out
    assert texts(found, "torch") == stored_texts(source), "run: make notebooks"


@other_numbers()
def test_where_pytorchs_numbers_are_others_it_is_said_and_both_engines_draw_minigrads(capsys):
    drawn = []
    for library in (torch, minigrad):
        with notebook_engine.engine(library.__name__, True):
            notebook_engine.say_whose_numbers(library.__name__)
            library.manual_seed(3)
            drawn.append(library.nn.Linear(3, 20).weight.detach().numpy())
    assert np.array_equal(*drawn)
    said = capsys.readouterr().err
    assert said.startswith("PyTorch's own random numbers are others on this processor: ")
    assert said.endswith("uniform, uniform's bounds.\nBoth engines draw minigrad's here.\n")


def test_the_tutorials_cells_print_the_same_in_float32_but_perhaps_for_a_last_digit(copy_of, capsys):
    status, found = command(copy_of(TUTORIAL, ("[:1000]", FEWER)), "--cpu", "--last-digits", "1")
    assert status == 0, capsys.readouterr().out
    assert len(found["cells"]) == found["cells_in_notebook"]
    assert "Epoch 20/20 Loss 2." in "".join(texts(found))


def test_the_tutorials_cells_print_the_same_to_the_letter_in_float64(here, copy_of, capsys):
    path = copy_of(
        TUTORIAL,
        ("import torch\n", "import torch\n\ntorch.set_default_dtype(torch.float64)\n"),
        (".float()", ".double()"),
        ("[:1000]", FEWER),
    )
    status, found = command(path, "--cpu")
    assert status == 0, capsys.readouterr().out
    assert "Epoch 20/20 Loss 2." in "".join(texts(found))


def trains(cell):
    return cell.startswith(("losses = []", "fit("))


class Exchanged(Here):
    """PyTorch trains on minigrad's kernels."""

    def ask(self, what):
        exchanged = self.name == "torch" and isinstance(what, str) and trains(what)
        with minigrad_kernels() if exchanged else nullcontext():
            return super().ask(what)


def test_on_exchanged_kernels_texts_are_the_same_to_the_letter_and_weights_to_the_bit(
    here, copy_of, capsys, monkeypatch
):
    monkeypatch.setattr(notebook, "Engine", Exchanged)
    status, found = command(copy_of(TUTORIAL, ("[:1000]", FEWER)), "--cpu")
    assert status == 0, capsys.readouterr().out
    training = [cell for cell in found["cells"] if trains(cell["source"])]
    assert len(training) == 4
    for cell in training:
        assert cell["values"] >= 4
        assert cell["apart"] == []


# -- what the command says ----------------------------------------------------------------------------------


def test_a_text_that_differs_is_shown_and_decides(here, written, capsys):
    status, found = command(written("import torch", "print('both')\ntorch.__name__", "1 + 1"))
    out = printed(capsys)
    assert status == 1
    assert not found["same"]
    assert [cell["same"] for cell in found["cells"]] == [True, False, True]
    assert "      -'torch'\n      +'minigrad'\n" in out
    assert out.splitlines()[-1] == "Not the same: texts differ in cell 2; 3 of 3 cells ran."


def test_values_that_differ_are_shown_and_do_not_decide(here, written, capsys):
    ours = "x = torch.ones(3, dtype=torch.float64)\n"
    status, found = command(
        written("import torch", ours + "if torch.__name__ == 'minigrad': x = x + 2**-51", "y = x * 0 + 1")
    )
    out = printed(capsys)
    assert status == 0
    assert found["cells"][1]["apart"] == [
        {"path": "x", "what": "float64 [3]", "difference": 2**-51, "relative": 2**-51, "ulp": 2.0}
    ]
    assert "x: float64 [3], 2 ulp, 4.4e-16 apart" in out
    assert "1 of 1 differ" in out
    assert found["cells"][2]["apart"] == []  # x was not touched
    assert out.splitlines()[-4:] == [
        "values: 1 of 2 differ; only what is printed counts for the verdict",
        "furthest apart, in cell 2: x: float64 [3], 2 ulp, 4.4e-16 apart",
        "1 ulp: the step from a number to the next one of its type",
        "Same: what is printed is equal to the letter in 3 of 3 cells.",
    ]


@pytest.mark.parametrize(
    ("cell", "path", "what"),
    [
        ("a = 1 if mini else 2", "a", "int64 []"),
        ("a = [1.0, 2.0, float(mini)]", "a", "float64 [3]"),
        ("a = {'k': [torch.zeros(2) + mini]}", "a['k'][0]", "float32 [2]"),
        ("a = np.zeros(2, complex) + mini * 1j", "a", "complex128 [2]"),
        ("a = torch.zeros(2 + mini)", "a", "float32 [2] with PyTorch, float32 [3] with minigrad"),
        ("a = 1.0 if mini else 1", "a", "int64 [] with PyTorch, float64 [] with minigrad"),
        ("if mini: a = 1", "a", "only with minigrad"),
        ("m = torch.nn.Linear(2, 2)\nwith torch.no_grad(): m.bias += mini", "m.bias", "float32 [2]"),
    ],
)
def test_values_are_found_wherever_variables_hold_them(here, written, cell, path, what):
    setup = "import torch, numpy as np\nmini = torch.__name__ == 'minigrad'"
    _, found = command(written(setup, cell))
    assert [(apart["path"], apart["what"]) for apart in found["cells"][1]["apart"]] == [(path, what)]


def test_what_only_looks_like_a_tensor_and_what_is_endless_is_passed_over(here, written):
    cell = "class Odd:\n    detach = state_dict = None\na = Odd()\nb = [None] * 10**5\nc = [1]\nc.append(c)\nd = 1"
    status, found = command(written(cell))
    assert status == 0
    assert found["cells"][0]["engines"]["torch"]["values"] == ["c[0]", "c[1][0]", "d"]


def test_what_a_cell_changes_in_place_counts_as_its_value(here, written):
    _, found = command(written("import numpy as np\na, b = np.zeros(2), np.zeros(2)", "a += 1", "c = a"))
    assert [cell["engines"]["torch"]["values"] for cell in found["cells"]] == [["a", "b"], ["a"], ["c"]]


def test_texts_are_as_jupyter_shows_them(here, written):
    status, found = command(
        written("print('a')\n'b'", "'b';", "x = 1", "None", "_ + 'c'", "[object()] * 2", "display('d')")
    )
    assert status == 0
    assert texts(found) == [
        "a\n'b'\n", "", "", "", "'bc'\n", "[<object at 0x...>, <object at 0x...>]\n", "'d'\n",
    ]  # fmt: skip


def test_magics_and_shell_lines_are_skipped_aloud_and_timed_python_runs(here, written, capsys):
    status, found = command(
        written(
            "# %matplotlib inline\n# !pip install torch\nlines = 1\n# lines = !ls",
            "# %%bash\n# exit 1",
            "# %%time\nx = 2\nx",
            "# %time y = 3",
            "# %%capture\nprint('unseen')\nz = 4",
            "lines, x, y, z",
        )
    )
    assert status == 0
    assert texts(found) == ["", "", "2\n", "", "", "([], 2, 3, 4)\n"]
    out = printed(capsys)
    for skipped in ("%matplotlib inline", "!pip install torch", "!ls", "%%bash"):
        assert f"      skipped: {skipped}\n" in out


def test_figures_are_drawn_and_not_shown(here, written, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    status, found = command(
        written("from matplotlib import pyplot as plt\nplt.plot([1, 2]);\nplt.show()", "plt.get_fignums()")
    )
    assert status == 0
    assert texts(found) == ["", "[]\n"]


def test_an_error_in_one_engine_ends_the_run(here, written, capsys):
    status, found = command(
        written(
            "import torch", "if torch.__name__ == 'minigrad':\n    raise KeyError('gone. Help.')", "print(1)"
        )
    )
    assert status == 1
    assert len(found["cells"]) == 2
    out = printed(capsys)
    assert "minigrad stopped in cell 2, line 2: KeyError: 'gone." in out
    assert "PyTorch stopped" not in out
    assert out.endswith("Not the same: texts differ in cell 2; 2 of 3 cells ran.\n")


def test_the_same_error_in_both_is_the_same_text_but_what_follows_was_not_compared(here, written, capsys):
    cells = ["import torch", "raise ValueError(f'Wrong size. {torch.__name__} helps.')"]
    status, found = command(written(*cells))
    assert status == 0
    assert all(cell["same"] for cell in found["cells"])
    status, found = command(written(*cells, "1"))
    assert status == 1
    assert printed(capsys).endswith("what is printed is equal in the 2 that ran; 2 of 3 cells ran.\n")


def test_a_cell_that_is_tagged_raises_exception_may_fail(here, tmp_path):
    path = tmp_path / "made.py"
    path.write_text('# %% tags=["raises-exception"]\n1 / 0\n\n# %%\n2\n')
    status, found = command(path)
    assert status == 0
    assert [cell["engines"]["torch"]["error"] is None for cell in found["cells"]] == [False, True]


@pytest.mark.skipif(
    torch.cuda.is_available(), reason="NOT TESTED HERE: .cuda() without a GPU, for there is one"
)
def test_without_a_gpu_both_raise_and_the_option_that_mends_it_is_named(here, written, monkeypatch, capsys):
    monkeypatch.delenv("MINIGRAD_CUDA")
    cells = ["import torch", "torch.zeros(2).cuda()", "torch.zeros(2, device='cuda').device"]
    assert command(written(*cells))[0] == 1
    assert "With --cpu, what is sent to CUDA stays on the CPU." in capsys.readouterr().out
    monkeypatch.setenv("MINIGRAD_CUDA", "cpu")
    status, found = command(written(*cells), "--cpu")
    assert status == 0
    assert texts(found, "torch") == ["", "tensor([0., 0.])\n", "device(type='cpu')\n"]


def test_one_engine_alone_prints_its_texts(here, written, capsys):
    status, _ = command(written("import torch", "torch.ones(2)"), "--engines", "minigrad")
    out = printed(capsys)
    assert status == 0
    assert "      tensor([1., 1.])\n" in out
    assert out.endswith("minigrad ran 2 of 2 cells.\n")


@pytest.mark.parametrize(
    ("ours", "theirs", "apart"),
    [
        ("loss 0.12345", "loss 0.12347", 2),
        ("loss 0.1", "loss  0.1", 0),
        ("[1., 2.]", "[1., 3.]", 1),
        ("1.0e-05", "1.2e-05", 2),
        ("1.5", "1.50001", 0),
        ("loss 0.1", "cost 0.1", None),
        ("1 2", "1", None),
    ],
)
def test_last_digits_are_counted_in_the_last_printed_place(ours, theirs, apart):
    counted = notebook.last_digits(ours, theirs)
    assert counted == apart if apart != 0 else counted is not None and counted < Decimal("0.01")


def test_last_digits_may_be_allowed_to_differ_and_then_do_not_decide(here, written, capsys):
    path = written("import torch", "print(0.5 if torch.__name__ == 'torch' else 0.7)")
    assert command(path)[0] == 1
    assert "only numbers differ, by at most 2 in the last printed digit" in capsys.readouterr().out
    assert command(path, "--last-digits", "1")[0] == 1
    assert command(path, "--last-digits", "2")[0] == 0


def test_lines_fit_into_80_columns(here, written, capsys):
    command(
        written(
            "# a very long first line " + "x" * 80 + "\nimport torch", "a" * 60 + " = torch.randn(3)", "2"
        )
    )
    assert max(map(len, printed(capsys).splitlines())) <= 80


# -- processes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "import os; os._exit(3)",
            "minigrad stopped in cell 1: Crashed: the process ended with exit status 3",
        ),
        ("import os; os.kill(os.getpid(), 9)", "Crashed: the process ended with signal 9"),
        ("import time; time.sleep(60)", "Crashed: still running after 0.5 s"),
    ],
)
def test_a_crash_is_reported(written, capsys, cell, said):
    status, _ = command(written(cell, "1"), "--engines", "minigrad", "--timeout", "0.5")
    out = printed(capsys)
    assert status == 1
    assert said in out
    assert out.endswith("\nminigrad ran 1 of 2 cells.\n")


def test_ctrl_c_ends_the_run_and_says_how_far_it_came(written):
    program = (
        "import argparse, sys\nfrom sidebyside import notebook\nparser = argparse.ArgumentParser()\n"
        "notebook.add_arguments(parser)\n"
        "if __name__ == '__main__': sys.exit(notebook.run(parser.parse_args()))"
    )
    path = written("1", "import time; time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path), "--engines", "minigrad"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while not process.stdout.readline().startswith("   1"):
        pass
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out.endswith("Interrupted after 1 of 2 cells.\n")
    assert err == ""


# -- bad usage ----------------------------------------------------------------------------------------------


def test_what_is_no_notebook_is_refused_in_one_line(tmp_path):
    kernel = {"language": "julia", "name": "julia", "display_name": "Julia"}
    julia = {"cells": [], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}
    files = {
        "broken.ipynb": ("{", "is no notebook that can be read"),
        "list.ipynb": ("[]", "is no notebook that can be read"),
        "empty.py": ("# %% [markdown]\n# text", "has no code cells"),
        "text.txt": ("1", "give an .ipynb file or a .py"),
        "julia.ipynb": (json.dumps(julia), "is a notebook in julia"),
    }
    for name, (content, said) in files.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(UsageError, match=said):
            command(tmp_path / name)
    with pytest.raises(UsageError, match="there is no such file"):
        command(tmp_path / "absent.ipynb")
    (tmp_path / "good.py").write_text("# %%\n1\n")
    with pytest.raises(UsageError, match="does not fit into 64 bits"):
        command(tmp_path / "good.py", "--seed", str(2**70))


def test_a_missing_package_is_named_with_what_installs_it(written, monkeypatch):
    for package, extra in (("jupytext", "notebook"), ("IPython", "notebook"), ("torch", "torch")):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, package, None)
            with pytest.raises(UsageError, match=rf"needs {package}, .*\[{extra}\]"):
                command(written("1"))
