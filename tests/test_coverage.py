"""COVERAGE.md is what the code says, every difference has a reason, and a name that is missing is answered."""

import argparse
import copy
import importlib
import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import minigrad
from minigrad.tensors.missing import SYNONYMS
from sidebyside import coverage
from sidebyside.coverage import surface, survey

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "COVERAGE.md"
PINNED = re.search(r"^torch==(.*)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)[1]

needs_the_pinned_torch = pytest.mark.skipif(
    survey.version() != PINNED,
    reason=f"COVERAGE.md IS NOT CHECKED: it is about PyTorch {PINNED}, and this is {survey.version()}",
)


@pytest.fixture(scope="module")
def spaces():
    return survey.spaces()


def signature(parameters):
    return inspect.signature(eval(f"lambda {parameters}: 0"))


def told(theirs, ours):
    return {d.text for d in surface.differences([signature(each) for each in theirs], signature(ours))}


# -- the page -------------------------------------------------------------------------------------------------


def test_the_page_names_the_pinned_pytorch():
    assert f"PyTorch {PINNED};" in PAGE.read_text(encoding="utf-8")


@needs_the_pinned_torch
def test_the_page_is_what_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == coverage.page(), "stale: python -m sidebyside coverage"


@needs_the_pinned_torch
def test_every_difference_has_a_reason(spaces):
    unexplained = [
        f"{space.name}.{row.name}: {difference.text}"
        for space in spaces
        for row in space.rows
        for difference in row.different
        if not row.because(space.name)[difference.parameter]
    ]
    assert not unexplained, "\n".join(unexplained)


@needs_the_pinned_torch
def test_every_reason_is_for_something_that_differs(spaces):
    differing = {
        (f"{space.name}.{row.name}", difference.parameter)
        for space in spaces
        for row in space.rows
        for difference in row.different
    }
    given = {
        (name, parameter)
        for name, reasons in survey.REASONS.items()
        for parameters in reasons
        for parameter in parameters.split()
    }
    assert sorted(given - differing) == []
    assert set(survey.RULES) <= {parameter for _, parameter in differing}


def test_what_behaves_differently_is_there_on_both_sides():
    for name in survey.BEHAVIOUR:
        assert surface.resolve(torch, name) is not None, name
        assert surface.resolve(minigrad, name) is not None, name


def test_the_command_writes_the_page_and_finds_it_stale(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(coverage, "page", lambda: "new\n")
    parser = argparse.ArgumentParser()
    coverage.add_arguments(parser)
    file = str(tmp_path / "COVERAGE.md")
    assert coverage.run(parser.parse_args(["--check", "--out", file])) == 1
    assert coverage.run(parser.parse_args(["--out", file])) == 0
    assert (tmp_path / "COVERAGE.md").read_text() == "new\n"
    assert coverage.run(parser.parse_args(["--check", "--out", file])) == 0
    (tmp_path / "COVERAGE.md").write_text("old\n")
    capsys.readouterr()
    assert coverage.run(parser.parse_args(["--check", "--out", file])) == 1
    assert "-old\n+new\n" in capsys.readouterr().out
    assert (tmp_path / "COVERAGE.md").read_text() == "old\n"


# -- how signatures are compared --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        (["x, dim=None"], "x, dim=None", set()),
        (["x, dim=None"], "x", {"lacks `dim`"}),
        (["x"], "x, dim=None", {"`dim=` is minigrad's alone"}),
        (["x, dim=None"], "x, dim=0", {"`dim=0`, not `None`"}),
        (["x, dim=None"], "x, dim", {"`dim` must be given"}),
        (["x, dim"], "x, dim=0", {"`dim` may be left out"}),
        (["x, dim"], "x, dim=None", set()),
        (["x", "x, dim"], "x, dim=None", set()),
        (["x", "x, dim"], "x, dim", {"`dim` must be given"}),
        (["x, a=1, b=1"], "x, b=1, a=1", {"argument 2 is `b`, not `a`", "argument 3 is `a`, not `b`"}),
        (["x, a=1"], "x, *, a=1", {"`a` by keyword alone"}),
        (["x, *, a=1"], "x, a=1", {"`a` by position, too"}),
        (["*size"], "size", {"lacks `*size`", "`size` must be given"}),
        (["*size", "size"], "*size", {"lacks `size`"}),
        (["*size", "size"], "*sizes, size=None", set()),
        (["x, /"], "y", set()),
        (["x, dim", "x, other"], "x, dim=None, *, other=None", set()),
        (["x, dim"], "x, dim, axis=None", set()),
    ],
)
def test_a_difference_between_signatures_is_found(theirs, ours, said):
    assert told(theirs, ours) == said


def test_a_changed_signature_of_ours_is_found(monkeypatch):
    before = survey.survey("torch.nn.functional")
    assert "nll_loss" in before.same

    def nll_loss(input, weight, target, size_average=None, ignore_index=0, reduction="mean"):
        """Another order, another default, one argument less."""

    nll_loss.__module__ = minigrad.nn.functional.__name__
    monkeypatch.setattr(minigrad.nn.functional, "nll_loss", nll_loss)
    (row,) = [row for row in survey.survey("torch.nn.functional").rows if row.name == "nll_loss"]
    texts = {difference.text for difference in row.different}
    assert {"argument 2 is `weight`, not `target`", "`ignore_index=0`, not `-100`", "lacks `reduce`"} <= texts


def test_a_name_that_vanishes_is_absent(monkeypatch):
    monkeypatch.setattr(minigrad.nn.functional, "__all__", ["linear"])
    space = survey.survey("torch.nn.functional")
    assert [row.name for row in space.rows] == ["linear"]
    assert "relu" in space.absent


def test_the_overloads_of_what_is_compiled_are_read():
    (all_of_it, along) = surface.torch_signatures(torch, "sum")
    assert [*all_of_it.parameters] == ["input", "dtype"]
    assert [*along.parameters] == ["input", "dim", "keepdim", "dtype", "out"]
    assert along.parameters["keepdim"].default is False
    assert surface.torch_signatures(torch.nn.functional, "linear") != []


def test_stubs_are_corrected_as_pytorch_itself_says():
    x = torch.ones(2)
    torch.tensor([1], dtype=torch.float64, device="cpu", requires_grad=False, pin_memory=False)
    x.requires_grad_(requires_grad=False)
    torch.nn.functional.one_hot(input=torch.tensor([0]))
    x.to(x, False, copy=False)
    refused = [
        lambda: torch.tensor([1], torch.float64),
        lambda: torch.full((1,), 1.0, names=None),
        lambda: torch.linspace(0, 1),
        lambda: x.add(x, out=x),
        lambda: x.sub(x, out=x),
        lambda: x.mul(x, out=x),
        lambda: x.requires_grad_(mode=True),
        lambda: torch.subtract(x, x, 2),
        lambda: x.subtract(x, 2),
        lambda: x.to(other=x),
        lambda: torch.nn.functional.one_hot(tensor=torch.tensor([0])),
        lambda: torch.Generator().set_state(_new_state=torch.get_rng_state()),
        lambda: torch.set_num_threads(num=2),
        lambda: torch.logspace(0, 1),
    ]
    assert len(refused) == len(surface.CORRECTED)
    for call in refused:
        with pytest.raises(TypeError):
            call()


def test_pytorch_hears_numpys_names_though_its_signatures_hide_them():
    x = torch.ones(2, 3)
    assert torch.cat([x, x], axis=1).shape == (2, 6)
    assert x.sum(axis=1, keepdims=True).shape == (2, 1)
    assert torch.add(x1=x, x2=x).tolist() == (2 * x).tolist()


def test_a_name_that_stands_for_nothing_is_not_counted(spaces):
    counted = {name for space in spaces for name in [*space.absent, *(row.name for row in space.rows)]}
    assert not counted & {
        "Any",
        "TYPE_CHECKING",
        "os",
        "np",
        "annotations",
        "FloatType",
        "fbgemm_linear_int8_weight",
    }
    assert counted >= {
        "einsum",
        "Conv2d",
        "gelu",
        "Adam",
        "masked_fill",
        "Linear",
        "softmax",
        "float32",
        "pi",
    }


# -- calls ------------------------------------------------------------------------------------------------------

# Texts are compared, so no sample's result may lie within a few ulp of where its text changes: which side of it a
# kernel rounds to depends on the processor. In float32, expm1(4) = 53.598150 does at the fourth decimal. In float64
# a correlation of 1 does: 1 - 2⁻⁵³ is printed as 1.0000. So results of float64 are rounded before they are printed.
SAMPLES = {
    "Tensor": lambda t: t.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=t.float64),
    "Number | _complex": lambda t: 2,
    "_int": lambda t: 1,
    "_int | SymInt": lambda t: 2,
    "_float": lambda t: 0.5,
    "_bool": lambda t: True,
    "_size": lambda t: (0, 1),
    "_int | _size": lambda t: 1,
    "_int | _size | None": lambda t: 0,
    "_int | None": lambda t: 0,
    "Sequence[_int | SymInt]": lambda t: (2, 2),
    "Tensor | Number | _complex": lambda t: t.tensor([[4.0, 3.0], [2.0, 1.0]], dtype=t.float64),
    "_dtype | None": lambda t: t.float32,
    "_dtype": lambda t: t.float32,
    "Generator | None": lambda t: None,
    "DeviceLikeType | None": lambda t: "cpu",
    "tuple[Tensor, ...] | list[Tensor] | None": lambda t: [t.ones(2, 2), t.zeros(2, 2)],  # exact
}


def calls(overload):
    """Ways to call it: all that can be by place; by keyword, with the optional ones one at a time."""
    known = [
        p for p in overload.parameters.values() if p.annotation in SAMPLES and p.name not in survey.RULES
    ]
    needed = [p for p in overload.parameters.values() if p.default is inspect.Parameter.empty]
    if any(p not in known for p in needed):
        return
    named = [p for p in known if p.kind in surface.KEYWORD]
    positional = [p for p in known if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    yield positional, [p for p in needed if p not in positional]
    if len(named) == len(known):
        for extra in [None, *(p for p in named if p not in needed)]:
            yield [], [*needed, *([] if extra is None else [extra])]


def answer(library, owner, name, positional, named):
    """The text of what comes, or the type of the error."""
    library.manual_seed(0)
    arguments = [SAMPLES[p.annotation](library) for p in positional]
    if owner == "torch.Tensor":
        arguments.insert(0, SAMPLES["Tensor"](library))
    function = getattr(surface.resolve(library, owner), name)
    try:
        result = function(*arguments, **{p.name: SAMPLES[p.annotation](library) for p in named})
    except Exception as error:
        return type(error)
    if isinstance(result, library.Tensor) and result.dtype == library.float64 and not result.requires_grad:
        result = library.round(result, decimals=12)
    return re.sub(r"minigrad\b|torch\._C", "torch", re.sub(" at 0x\\w+", "", repr(result)))


def compiled(space):
    """The rows of what torch declares in stubs, with each overload."""
    for row in space.rows:
        if row.behaviour is None and all(map(row.rule, row.different)):
            key = row.name if space.name == "torch" else f"TensorBase.{row.name}"
            for overload in surface.stubs().get(key, []):
                yield row.name, overload


@needs_the_pinned_torch
@pytest.mark.parametrize("owner", ["torch", "torch.Tensor"])
@pytest.mark.filterwarnings("ignore")
def test_calls_that_torch_takes_by_place_and_by_keyword_give_the_same_here(spaces, owner):
    (space,) = [space for space in spaces if space.name == owner]
    tried, wrong = 0, []
    for name, overload in compiled(space):
        for positional, named in calls(overload):
            theirs = answer(torch, owner, name, positional, named)
            if isinstance(theirs, str):
                tried += 1
                ours = answer(minigrad, owner, name, positional, named)
                if ours != theirs:
                    how = f"{name}({[p.name for p in positional]}, {[p.name for p in named]})"
                    wrong.append(f"{how}: {ours} here, {theirs} in torch")
    assert not wrong, "\n".join(wrong)
    assert tried > 80


@needs_the_pinned_torch
@pytest.mark.parametrize("owner", ["torch", "torch.Tensor"])
@pytest.mark.filterwarnings("ignore")
def test_calls_that_torch_refuses_for_want_of_an_argument_are_refused_here(spaces, owner):
    (space,) = [space for space in spaces if space.name == owner]
    tried, taken = 0, []
    for name, overload in compiled(space):
        needed = [p for p in overload.parameters.values() if p.default is inspect.Parameter.empty]
        for short in (needed[:i] for i in range(len(needed)) if all(p.annotation in SAMPLES for p in needed)):
            if answer(torch, owner, name, short, []) is TypeError:
                tried += 1
                if answer(minigrad, owner, name, short, []) is not TypeError:
                    taken.append(f"{name}({[p.name for p in short]})")
    assert not taken, " ".join(dict.fromkeys(taken))
    assert tried > 20


# -- names that are missing ---------------------------------------------------------------------------------------


def error_of(expression):
    with pytest.raises(AttributeError) as caught:
        eval(
            expression,
            {"minigrad": minigrad, "x": minigrad.ones(2), "p": minigrad.nn.Parameter(minigrad.ones(2))},
        )
    return str(caught.value)


ANSWERS = {
    "minigrad.Linear": "Here it is minigrad.nn.Linear. ",
    "minigrad.view": "Here it is Tensor.view. ",
    "minigrad.nn.SGD": "Here it is minigrad.optim.SGD. ",
    "x.stack": "Here it is minigrad.stack. ",
    "x.clip_": "Here it is Tensor.clamp_. ",
    "minigrad.sofmax": "Spelt alike: minigrad.softmax. ",
    "minigrad.Relu": "Spelt alike: minigrad.relu. ",
    "minigrad.nn.Linaer": "Spelt alike: minigrad.nn.Linear. ",
    "minigrad.nn.init.zeroes_": "Spelt alike: minigrad.nn.init.zeros_. ",
    "minigrad.utils.data.Dataloader": "Spelt alike: minigrad.utils.data.DataLoader. ",
    "p.reqiures_grad": "Spelt alike: Tensor.requires_grad. ",
    "minigrad.nn.init.zeros": "Here it is minigrad.nn.init.zeros_. ",
    "x.maximum_": "It does not change x in place: write x = x.maximum(...). ",
    "minigrad.nn.QuantStub": "",
    "minigrad.segment_reduce": "",
    "x.segment_reduce": "",
}


@pytest.mark.parametrize("expression", ANSWERS)
def test_a_missing_name_is_answered_with_the_same_or_one_spelt_alike_and_the_page(expression):
    owner, _, name = expression.rpartition(".")
    kinds = {"x": "'Tensor' object", "p": "'Parameter' object"}
    first = f"{kinds.get(owner, f'module {owner!r}')} has no attribute {name!r}"
    page = "COVERAGE.md lists what minigrad has of PyTorch"
    assert error_of(expression) == f"{first}\n{ANSWERS[expression]}{page}"


@pytest.mark.parametrize(
    "expression",
    [
        "torch.einsumm",
        "torch.nn.Linaer",
        "torch.nn.functional.reluu",
        "torch.optim.Adm",
        "torch.ones(2).sofmax",
    ],
)
def test_the_first_line_is_torchs(expression):
    with pytest.raises(AttributeError) as theirs:
        eval(expression, {"torch": torch})
    with pytest.raises(AttributeError) as ours:
        eval(expression, {"torch": minigrad})
    assert str(ours.value).splitlines()[0].replace("minigrad", "torch") == str(theirs.value)


def test_a_name_that_is_like_nothing_is_answered_with_the_page_alone():
    assert error_of("minigrad.qwertzuiop").splitlines()[1:] == [
        "COVERAGE.md lists what minigrad has of PyTorch"
    ]


def test_names_with_an_underscore_are_answered_in_one_line():
    assert error_of("minigrad._C") == "module 'minigrad' has no attribute '_C'"
    assert error_of("x._repr_html_") == "'Tensor' object has no attribute '_repr_html_'"


def test_a_synonym_is_there_and_what_is_missing_is_torchs():
    owners = [torch, torch.nn, torch.nn.functional, torch.optim, torch.Tensor]
    for name, use in SYNONYMS.items():
        assert any(hasattr(owner, name) for owner in owners), name
        assert not any(hasattr(surface.resolve(minigrad, o.__name__), name) for o in owners[:4]), name
        assert not hasattr(minigrad.Tensor, name), name
        assert surface.resolve(minigrad, f"minigrad.{use}") is not None, use


def test_python_can_still_ask_whether_a_tensor_has_something():
    x = minigrad.tensor([[1.0, 2.0]], requires_grad=True)
    assert not hasattr(x, "__array_interface__")
    assert not hasattr(x, "foo")
    assert getattr(x, "foo", 3) == 3
    assert np.asarray(x.detach()).tolist() == [[1.0, 2.0]]
    for again in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.copy(x.detach())):
        assert again.tolist() == [[1.0, 2.0]]
    with pytest.raises(ImportError, match="cannot import name 'segment_reduce' from 'minigrad'"):
        importlib.import_module("builtins").exec("from minigrad import segment_reduce")


def test_importing_minigrad_looks_for_no_missing_name_and_imports_nothing_for_later():
    later = (
        "difflib", "minigrad.tensors.hints", "minigrad.optim.lr_scheduler", "minigrad.utils.data",
        "minigrad.serialization.npz", "minigrad.serialization.safetensors", "minigrad.serialization.torch_zip",
    )  # fmt: skip
    program = f"import minigrad, sys; print([name for name in {later} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
