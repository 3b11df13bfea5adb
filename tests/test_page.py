"""The page: what stands on it is so, and nothing is left out in silence."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from both import other_numbers
from built_page import HOSTILE, a_run, arguments, both_files, built, digests

import minigrad
from sidebyside import page
from sidebyside.options import UsageError
from sidebyside.page import highlight, maths, pictures, sources, verdicts
from sidebyside.page.folds import folds
from sidebyside.page.pairs import GROUPS, LATER, every
from sidebyside.page.unpaired import public, reasons
from sidebyside.programs.ops import PROGRAMS, ops_by_name

PAIRS = every()
BY_KEY = {pair.key: pair for pair in PAIRS}
EVERY = pytest.mark.parametrize("pair", PAIRS, ids=[pair.key for pair in PAIRS])
ROOT = Path(__file__).parent.parent


EITHER = pytest.mark.parametrize("which", ["first", "second"])


def html(which="first"):
    return both_files()[which].read_text(encoding="utf-8")


def measured():
    return json.loads(built().with_suffix(".verdicts.json").read_text())["verdicts"]


# -- every symbol -------------------------------------------------------------------------------------------


def test_every_public_symbol_has_a_pair_or_states_why():
    paired = {pair.name for pair in PAIRS}
    shown = paired | {place.rpartition(":")[2] for pair in PAIRS for place in pair.ours}
    stated = set(reasons())
    assert public() - shown - stated == set(), "neither paired in pairs_*.py nor with a reason in unpaired.py"
    assert stated - public() == set(), "a reason for what is not there"
    assert stated & paired == set(), "paired, and a reason why not"


def test_every_op_has_a_row_of_its_own():
    assert {f"ops/{name}" for name in ops_by_name()} == {pair.key for pair in PAIRS if pair.key[:4] == "ops/"}


def test_keys_and_groups():
    assert len(BY_KEY) == len(PAIRS)
    assert {pair.group for pair in PAIRS} == {*GROUPS, *LATER}
    assert not GROUPS.keys() & LATER.keys()


@EVERY
def test_what_a_pair_names_is_there(pair):
    assert all(sources.ours(place) for place in (*pair.ours, *pair.twin))
    assert all(sources.theirs(place) is not None for place in pair.python)
    assert not pair.rule or sources.rule(pair.rule) is not None
    assert all(sources.decomposition(name) is not None for name in pair.decomp)
    file, _, name = pair.tests.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8").lower()
    assert name.lower() in text or (
        file == "tests/test_ops.py" and name in {case.name for cases in PROGRAMS.values() for case in cases}
    )


@EVERY
def test_lines_bear_the_numbers_of_their_file(pair):
    for place in (*pair.ours, *pair.twin):
        for part in sources.ours(place):
            lines = (ROOT / part.file).read_text(encoding="utf-8").splitlines()
            assert list(part.lines) == lines[part.first - 1 : part.first - 1 + len(part.lines)]
            shown = re.findall(r"data-n=(\d+)[^>]*>(.*?)\n</span>", highlight.lines(part), re.DOTALL)
            assert [int(n) for n, _ in shown] == list(range(part.first, part.first + len(part.lines)))
            texts = [unescape(re.sub(r"<[^>]*>", "", text)) for _, text in shown]
            assert [text.rstrip() for text in texts] == [line.rstrip() for line in part.lines]


def test_an_op_stands_before_its_helpers_and_its_rules_are_tied_to_the_twins():
    parts = sources.ours("minigrad.nn.ops:softmax")
    assert [part.lines[0].startswith("@differentiable") for part in parts] == [True] + [False] * (
        len(parts) - 1
    )
    row = page.row(BY_KEY["ops/softmax"], None)
    assert "r0" in re.search(r'data-t="([^"]*)">[^\n]*differentiable', row.left[0].code)[1].split()
    assert any('data-t="' in block.code and "r0" in block.code for block in row.right)


def test_a_rule_is_pytorchs_own_text():
    rule = sources.rule("relu")
    assert rule.lines[0].startswith("- name: relu(Tensor self)")
    assert rule.lines[1].strip().startswith("self: threshold_backward(grad, result, 0)")
    assert rule.file.endswith("derivatives.yaml")


def test_what_pytorch_has_not_is_none():
    assert sources.theirs("torch.nn:NoSuchLayer") is None
    assert sources.theirs("torch:relu") is None  # C++
    assert sources.rule("no_such_op") is None
    assert sources.decomposition("no_such_op") is None


# -- mathematics --------------------------------------------------------------------------------------------


def formulas():
    texts = [op.__doc__ for op in ops_by_name().values()] + [pair.formula for pair in PAIRS if pair.formula]
    return sorted({formula for text in texts for formula in maths.formulas(text or "")})


@pytest.mark.parametrize("formula", formulas())
def test_every_formula_is_set_and_its_prose_is_spanish_too(formula):
    made = maths.html(formula)
    assert "<math>" in made
    assert made.count("class=en") == made.count("class=es")
    assert [word for word in maths.words(formula) if word not in maths.SPANISH] == []


def test_formulas_mean_what_they_say():
    assert maths.segments("dy = -dz·x/y²") == [("math", r"\mathrm{dy} = -\mathrm{dz}\cdot \frac{x}{y^{2}}")]
    assert maths.segments("z = 1/(1 + e⁻ˣ)") == [("math", r"z = \frac{1}{1 + e^{-x}}")]
    assert maths.segments("z = -Σᵢ log p[i, yᵢ] / N, w = 1") == [
        ("math", r"z = \frac{-\sum _{i} \log  p[i, y_{i}]}{N}, w = 1")
    ]  # fmt: skip
    assert maths.segments("x: N×K, b: M") == [("math", r"x:\; N\times K, b:\; M")]
    assert maths.formulas("z = x        x: N×M\nNot this = that") == ["z = x", "x: N×M"]
    assert maths.segments("z = eˣ / Σ eˣ, shifted by the maximum") == [
        ("math", r"z = \frac{e^{x}}{\sum  e^{x}}"), ("plain", ", "), ("text", "shifted by the maximum"),
    ]  # fmt: skip
    assert maths.segments("dx = dz where z > 0, else 0")[1] == ("text", "where")
    assert maths.formulas("z = x·y        dx = dz·y    dy = dz·x") == ["z = x·y", "dx = dz·y", "dy = dz·x"]
    assert maths.formulas("What comes in.") == []


@pytest.mark.parametrize("pair", [p for p in PAIRS if p.formula], ids=lambda p: p.key)
def test_a_pairs_formula_stands_in_a_docstring(pair):
    docs = " ".join(" ".join(sources.docstring(place).split()) for place in (*pair.ours, *pair.twin))
    assert " ".join(pair.formula.split()) in docs


# -- verdicts -----------------------------------------------------------------------------------------------


@EVERY
def test_the_contract_holds(pair):
    found = measured().get(pair.key)
    if not pair.program:
        assert pair.key in ("ops/to_device", "compile")  # one needs two devices, one PyTorch's compilers
        return
    assert found["exchanged_equal"] is True
    assert verdicts.broken({pair.key: found}, []) == {}
    if pair.why.en.startswith("They do not"):
        assert found["own_kernels_equal"] is True
        assert not found["forward_ulp"]
        assert not found["backward_ulp"]


def test_a_wrong_rule_breaks_the_verdict_and_says_so(monkeypatch, tmp_path):
    rule = minigrad.ops.mul.rules["x"]
    monkeypatch.setattr(rule, "function", lambda dz, y: dz + y)
    found = verdicts.measure([BY_KEY["ops/mul"]])
    assert verdicts.broken(found["verdicts"], []) == {"ops/mul": ["exchanged kernels", "finite differences"]}
    with_it = {"nn/Scale": {"exchanged_equal": False}, **found["verdicts"]}
    assert list(verdicts.broken(with_it, [])) == ["ops/mul", "nn/Scale"]  # first where the wrong rule stands
    first, second = page.pages([BY_KEY["ops/mul"]], found, tmp_path / "a.html", "verdicts.json").values()
    assert '<a href="a.html#ops-mul">ops/mul</a>' in second
    text = first
    assert '<a href="#ops-mul">ops/mul</a>' in text
    assert 'class="tier broken">the contract is broken: exchanged kernels, finite differences' in re.sub(
        r"<span[^>]*lang=es.*?</span>|</?span[^>]*>", "", text
    )
    assert 'class="chip broken" href="#ops-mul"' in text
    assert "class=broke" in text
    assert text.partition("<article")[2].count('class="no">✗') == 2


@other_numbers()
def test_a_processor_with_other_random_numbers_is_told_and_breaks_nothing(tmp_path):
    pair = BY_KEY["nn/Linear"]
    found = verdicts.measure([pair])
    assert found["verdicts"]["nn/Linear"]["exchanged_equal"] is True
    assert found["verdicts"]["nn/Linear"]["seeded_equal"] is None
    assert verdicts.broken(found["verdicts"], found["steps"]) == {}
    text = page.pages([pair], found, tmp_path / "a.html", "verdicts.json")[tmp_path / "a.html"]
    assert "other numbers on this processor" in text
    assert "otros números en este procesador" in text


@other_numbers()
def test_other_first_weights_break_the_contract_where_the_probe_holds(monkeypatch):
    monkeypatch.setattr(verdicts, "differing", frozenset)
    found = verdicts.verdict(BY_KEY["nn/Linear"])
    assert verdicts.broken({"nn/Linear": found}, []) == {"nn/Linear": ["first weights"]}


@pytest.fixture
def few_pairs(monkeypatch):
    """A page of one row, and a second of one."""
    monkeypatch.setattr(page, "every", lambda: [BY_KEY["ops/exp"], BY_KEY["nn/ELU"]])


def test_every_number_comes_from_the_file(tmp_path, few_pairs):
    data = json.loads(built().with_suffix(".verdicts.json").read_text())
    data["verdicts"]["ops/exp"] |= {
        "forward_ulp": 1234.5,
        "numbers": 987654,
        "gradcheck": {"error": 3e-77, "allowed": 1},
    }
    where = tmp_path / "mine.json"
    where.write_text(json.dumps(data))
    assert page.run(arguments("--out", tmp_path / "page.html", "--verdicts", where)) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "1234.5 ulp" in text
    assert "987654" in text
    assert "3e-77" in text
    assert "mine.json" in text


# -- the file -----------------------------------------------------------------------------------------------


@EITHER
def test_it_names_no_place_of_this_machine_and_links_to_nothing_but_the_other_page(which):
    text = html(which)
    for place in (ROOT, built().parent, Path.home()):
        assert str(place) not in text
    links = set(re.findall(r'href=["\']?([^"\'\s>]+)', text)) - {"data:,"}
    other = html("second" if which == "first" else "first")
    (beside,) = {link.partition("#")[0] for link in links} - {""}
    assert built().with_name(beside).read_text(encoding="utf-8") == other
    for name, there in (("", text), (beside, other)):
        wanted = {link.partition("#")[2] for link in links if link.partition("#")[0] == name}
        assert wanted - {""} <= set(re.findall(r'\bid=["\']?([^"\'\s>]+)', there))
    ids = set(re.findall(r'\bid=["\']?([^"\'\s>]+)', text))
    assert len(ids) == len(re.findall(r'\sid=["\']?([^"\'\s>]+)', text))


def test_two_pages_in_a_folder_have_numbers_of_their_own(monkeypatch, tmp_path, capsys, few_pairs):
    numbers = json.loads(built().with_suffix(".verdicts.json").read_text())
    monkeypatch.setattr(verdicts, "measure", lambda pairs: numbers)
    for name in ("a", "b"):
        assert page.run(arguments("--out", tmp_path / f"{name}.html")) == 0
        assert f"{name}.verdicts.json" in capsys.readouterr().out
    kinds = "html", "layers.html", "verdicts.json"
    assert {each.name for each in tmp_path.iterdir()} == {f"{name}.{kind}" for name in "ab" for kind in kinds}


def test_a_runs_file_is_named_without_its_folder(tmp_path):
    source = str(tmp_path / "mine.npz") + " (unverified: of no known MD5)"
    config = {"model": "sequential", "data": str(tmp_path / "mine.npz")}
    run = page.shown(pictures.read(a_run(tmp_path / "run", data={"source": source}, config=config)))
    assert run["source"] == "mine.npz (unverified: of no known MD5)"
    assert run["title"].en == "sequential, optimizer loop, mine.npz, full batch, lr 0.8, float32, seed 0"
    assert (
        run["title"].es
        == "sequential, bucle con optimizador, mine.npz, lote completo, lr 0.8, float32, semilla 0"
    )


# -- what is folded -----------------------------------------------------------------------------------------

CHECKED = """\
def add(self, p, *, names=None):
    \"\"\"Add a parameter.\"\"\"
    if has_torch_function_unary(self):
        return handle_torch_function(add, (self,), p)

    # A number has no gradient.
    if not isinstance(p, Tensor):
        raise TypeError(
            "can't optimize a number"
        )
    if names is None:
        names = []
    elif len(names) != 1:
        raise ValueError(
            "one name"
        )
    else:
        names = list(names)
    for name in names:
        assert name
        check_name(name)
    if p.grad is not None:
        p.grad = None
    raise NotImplementedError
"""


def test_checks_are_folded_and_what_is_computed_is_not():
    part = sources.Part("a.py", 10, tuple(CHECKED.splitlines()))
    folded = [line for first, end, _ in folds(part) for line in part.lines[first:end]]
    assert "\n".join(folded) == "\n".join([*part.lines[2:10], *part.lines[13:16], *part.lines[18:21]])
    code = highlight.block(part)
    assert code.count("<details") == 3
    assert "8 lines: checks" in code
    assert "8 líneas: comprobaciones" in code
    numbers = re.findall(r"data-n=(\d+)", code)
    assert numbers == [str(n) for n in range(10, 10 + len(part.lines))]


def test_a_function_that_only_refuses_is_not_folded():
    text = 'def forward(self):\n    """Compute."""\n    raise NotImplementedError(\n        "a"\n    )'
    assert folds(sources.Part("a.py", 1, tuple(text.splitlines()))) == []


def test_a_long_docstring_is_folded_after_its_first_paragraph():
    text = 'def f():\n    """One.\n\n    Two.\n    Three.\n    Four.\n    """\n    return 1'
    assert [fold[:2] for fold in folds(sources.Part("a.py", 1, tuple(text.splitlines())))] == [(2, 7)]


# -- the file: small ------------------------------------------------------------------------------------------


@EITHER
def test_small_and_of_itself(which):
    text = html(which)
    assert len(text.encode()) < 1_500_000
    links = re.findall(
        r'\b(?:src|href|action|data)=["\']?([^"\'\s>]+)', re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    )
    assert links
    assert [link for link in links if re.match(r"\w+:|//", link) and link != "data:,"] == []
    assert "@import" not in text.partition("</style>")[0]
    assert "default-src 'none'" in text  # and the browser holds it to that


def test_the_same_bytes_for_the_same_inputs():
    code = "import sys; sys.path.insert(0, 'tests'); from built_page import digests; print(*digests())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == digests()


def test_names_are_text_and_nothing_else():
    text = html()
    assert text.count("<script>") == 1
    assert "&lt;script&gt;alert(" in text
    assert HOSTILE not in text


@EITHER
def test_all_prose_is_in_both_languages(which):
    text = re.sub(r"<pre>.*?</pre>", "", html(which), flags=re.DOTALL)
    assert text.count("<span class=en>") == text.count("<span class=es lang=es>")
    pairs = re.findall(r"<span class=en>(.*?)</span><span class=es lang=es>(.*?)</span>", text, re.DOTALL)
    assert len(pairs) == text.count("<span class=en>")
    assert all(en.strip() and es.strip() for en, es in pairs)


@EVERY
def test_what_is_said_of_a_pair_is_one_sentence_in_each_language(pair):
    for said in (pair.why, *([pair.about] if pair.about else [])):
        assert said.en != said.es
        for sentence in said:
            assert sentence.endswith(".")
            assert ". " not in sentence


@EITHER
def test_it_reads_without_a_script(which):
    still = re.sub(r"<script>.*?</script>", "", html(which), flags=re.DOTALL)
    for pair in PAIRS:
        assert (f'id="{pair.id}"' in still) == (pair.group in (GROUPS if which == "first" else LATER))
    assert 'class="js' not in re.sub(r'class="find js"', "", still)


def test_the_lesson_comes_first_then_the_rows_then_what_was_measured():
    sections = re.findall(r"<section class=(\w+)", html())
    rows = ["group"] * len(GROUPS)
    assert [name for name in sections if name != "lead"][-len(rows) - 6 :] == [
        "pocket", "symbols", *rows, "unpaired", "measured", "run", "graphs"
    ]  # fmt: skip
    assert html().index("id=backward") < html().index("id=pocket")
    assert re.findall(r"<section class=(\w+)", html("second")) == [
        "lead", "symbols", *["group"] * len(LATER), "measured"
    ]  # fmt: skip


def test_pocket_stands_on_it_whole():
    first = html().partition("id=pocket>")[2].partition("</section>")[0]
    lines = (ROOT / "minigrad" / "pocket.py").read_text(encoding="utf-8").splitlines()
    assert f"{len(lines)} lines of NumPy" in first
    whole = first.partition("<details")[2]
    assert [int(n) for n in re.findall(r"data-n=(\d+)", whole)] == list(range(1, len(lines) + 1))


# -- a run --------------------------------------------------------------------------------------------------


def test_curves_gradients_and_mistakes_are_drawn(tmp_path):
    run = pictures.read(a_run(tmp_path / "run"))
    drawn = pictures.files(run)
    assert drawn == pictures.files(run)
    assert {ElementTree.fromstring(each).tag for each in drawn.values()} == {
        "{http://www.w3.org/2000/svg}svg"
    }
    assert drawn["curves.svg"].count("<polyline") == 2
    assert drawn["curves.svg"].count("h0") == 2  # dots: in the first epoch the two are equal
    assert "sequential, optimizer loop" in drawn["curves.svg"]
    assert pictures.cells(run["gradients"]["parameters"][0]) == [
        "4×3",
        "5.000e-01",
        "1.0e-09",
        "1.5",
        "3.2",
        "2",
        "1.0e-07",
        "2.0e-07",
    ]
    assert ">3.2</text>" in drawn["gradients.svg"]
    assert drawn["mistakes.svg"].count("<g ") == 1
    assert re.findall(r'class="(?:minigrad|torch)[^>]*>', drawn["mistakes.svg"]) == [
        'class="minigrad wrong" x="20.0" y="73.0" text-anchor="start">', 'class="torch" x="38.0" y="73.0" text-anchor="start">'
    ]  # fmt: skip


def test_an_image_is_drawn_as_dark_as_it_is():
    drawn = pictures.pixels("00ff800000ffff00ff", 3, size=3)
    assert re.findall(r'fill="(#\w+)" d="([^"]*)"', drawn) == [
        ("#6f6f6f", "M2 0h1v1H2z"), ("#030303", "M1 0h1v1H1zM2 1h1v1H2zM0 2h1v1H0zM2 2h1v1H2z"),
    ]  # fmt: skip


def test_a_run_that_is_equal_in_every_epoch_says_so(tmp_path):
    run = pictures.read(
        a_run(tmp_path / "run", epochs=[{"epoch": 1, "loss": {"minigrad": 1.0, "torch": 1.0}}])
    )
    assert "equal in every epoch" in pictures.curves(run)
    nan = {"minigrad": float("nan"), "torch": float("inf")}
    drawn = pictures.curves(pictures.read(a_run(tmp_path / "run", epochs=[{"epoch": 1, "loss": nan}])))
    assert "nan" not in drawn.partition("role=")[2]


def test_what_the_page_shows_of_a_run_is_what_its_file_says():
    text = html().partition("id=run")[2].partition("</section>")[0]
    for number in ("0.5000", "0.6250", "4×3", "5.000e-01", "3.2", "1.0e-07", "2.0e-07"):
        assert number in text
    assert '3: <b class="mine wrong">8</b> <b class="other">3</b>' in text


@pytest.mark.parametrize("missing", ["gradients", "mistakes", "config", "accuracy", "contract"])
def test_a_run_that_lacks_something_is_to_be_written_again(tmp_path, missing):
    with pytest.raises(UsageError, match="write it again"):
        pictures.read(a_run(tmp_path / "run", **{missing: None}))


# -- backward, step by step ---------------------------------------------------------------------------------


def steps():
    return json.loads(built().with_suffix(".verdicts.json").read_text())["steps"]


def test_every_step_stands_on_the_page_with_its_numbers():
    cards = html().partition("<ol class=cards>")[2].partition("</ol>")[0].split("<li class=card ")[1:]
    assert len(cards) == len(steps())
    for text, step in zip(cards, steps(), strict=True):
        assert step["name"] in text.replace("\u200b", "")
        tables = [
            re.sub(r"<button[^>]*>", "", each)
            for each in re.findall(r"<table class=matrix>(.*?)</table>", text)
        ]
        numbers = [
            [float(v.replace("−", "-")) for v in re.findall(r"<td[^>]*>([^<]*)", each)] for each in tables
        ]
        read = dict.fromkeys(
            name for given in step["inputs"] for name in given["reads"] if name in step["reads"]
        )
        shown = [step["values"], *(step["reads"][name] for name in read), step["torch"]["values"],
                 *(i["values"] for i in step["inputs"]), *step["grads"].values(), *step["waiting"].values()]  # fmt: skip
        assert numbers == [[float(f"{v:.4f}") for v in np.ravel(values)] for values in shown]
        for given in step["inputs"]:
            assert f"<b>d{given['name']}</b>" in text
        assert text.count("<pre class=rule>") == len(step["inputs"])
        assert (step["op"] is None) == (step["name"] == "AccumulateGrad")
        assert step["op"] is None or f'href="#ops-{step["op"]}"' in text


def test_a_rule_that_only_calls_a_function_is_shown_as_that_function():
    cards = html().partition("<ol class=cards>")[2].partition("</ol>")[0].split("<li class=card ")[1:]
    code = [
        re.sub(r"<[^>]*>", "", re.findall(r"<pre class=rule>(.*?)</pre>", each, re.DOTALL)[0])
        for each in cards[:4]
    ]
    assert "def _nll_gradient(" in code[0]
    assert "dx = embed(" in code[0]
    assert code[2].strip() == "lambda dz, weight: mm(dz, weight)"
    assert "kernels.where(y &lt;= 0, 0.0, x)" in code[3]
    shown = {
        name: [part.lines[0] for part in sources.ours(f"minigrad.ops:{name}")]
        for name in ("sum", "log", "tril")
    }
    assert "def expand(" in " ".join(line for part in sources.ours("minigrad.ops:sum") for line in part.lines)
    assert len(shown["log"]) == len(shown["tril"]) == 1  # dz / x; tril itself


def test_a_step_that_differs_on_exchanged_kernels_breaks_the_contract():
    turns = steps()
    assert verdicts.broken({}, turns) == {}
    turns[2]["torch"]["exchanged"] = False
    assert verdicts.broken({}, turns) == {"backward, step 3": ["exchanged kernels"]}


@pytest.mark.parametrize("content", [None, "{", "[]", '{"epochs": []}', '{"epochs": [{"loss": 1}]}'])
def test_what_is_no_run_is_refused_before_anything_is_written(tmp_path, content):
    if content is not None:
        (tmp_path / "compare.json").write_text(content)
    with pytest.raises(UsageError, match="--run"):
        page.run(arguments("--out", tmp_path / "x" / "page.html", "--run", tmp_path))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("content", [None, "{", "{}", "[]"])
def test_what_are_no_verdicts_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "v.json").write_text(content)
    with pytest.raises(UsageError, match="--verdicts"):
        page.run(arguments("--out", tmp_path / "page.html", "--verdicts", tmp_path / "v.json"))
    assert not (tmp_path / "page.html").exists()


def test_a_tier_does_not_depend_on_the_processor():
    """mm's own kernels can give the same bits on one processor and others on the next."""
    found = {"own_kernels_equal": True, "exchanged_equal": True}
    assert verdicts.tier({**found, "exchanged": []}) == "bits"
    assert verdicts.tier({**found, "exchanged": ["aten.mm.default"]}) == "exchanged"
