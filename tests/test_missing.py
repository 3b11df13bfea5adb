"""The answers to names that minigrad does not have: honest words, code that runs, and one suggestion at most."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

import minigrad
from minigrad.tensors import missing
from minigrad.tensors.hints import FAMILIES, RECIPES, Family, hint

ROOT = Path(__file__).parent.parent


def resolve(library, space):
    """A part of a library; None if it has none."""
    for part in space.split(".") if space else ():
        library = getattr(library, part, None)
    return library


def public(space):
    """torch's public names in a space."""
    return [name for name in dir(resolve(torch, space)) if not name.startswith("_")]


THERE = {space: set(missing.names(space)) for space in missing.SPACES}
with pytest.MonkeyPatch.context() as patch:
    patch.setattr(missing, "help_with", lambda space, name: "")  # which takes seconds for so many
    ABSENT = [
        (space, name)
        for space in missing.SPACES
        for name in public(space)
        if not hasattr(resolve(minigrad, space), name)
    ]


@cache
def answers():
    """What is said of each name that is absent."""
    return {(space, name): missing.told(space, name) for space, name in ABSENT}


def told(name, there=()):
    return hint(name, list(there))


# -- families -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "noun"),
    {
        "conv_tbc": "convolutions", "MaxPool2d": "pooling", "max_pool2d": "pooling",
        "BatchNorm1d": "normalization layers", "layer_norm": "normalization functions", "LSTM": "recurrent layers",
        "GRUCell": "recurrent layers", "pack_padded_sequence": "recurrent layers", "Transformer": "attention",
        "MultiheadAttention": "attention", "Embedding": "embedding layers", "fft": "Fourier transforms",
        "linalg": "linear algebra", "svd": "linear algebra", "distributions": "probability distributions",
        "jit": "scripts", "onnx": "export", "to_sparse": "sparse tensors",
        "quantize_per_tensor": "quantization", "complex64": "complex numbers", "bfloat16": "number types",
        "BCELoss": "losses", "binary_cross_entropy": "loss functions", "GELU": "activations", "gelu": "activation",
        "elu": "activation functions", "Adam": "optimizers", "StepLR": "learning rate schedules", "vmap": "transforms",
        "lr_scheduler": "learning rate schedules", "autocast": "mixed precision", "erf": "special functions",
        "asin": "trigonometric", "tan_": "trigonometric", "scatter_": "scatter functions", "DataParallel": "parallel",
    }.items(),
)  # fmt: skip
def test_a_name_is_answered_with_its_family(name, noun):
    assert told(name).startswith(f"minigrad has no {noun}") or f" {noun}" in told(name)


def test_a_family_tells_which_of_its_names_are_there():
    family = Family(r"\w*Loss", "losses")
    assert family.told(["NLLLoss", "Linear", "MSELoss"]) == "Of the losses minigrad has MSELoss, NLLLoss."
    assert family.told(["Linear"]) == "minigrad has no losses."
    assert (
        Family("amp", "mixed precision", "half() works.").told([])
        == "minigrad has no mixed precision. half() works."
    )


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.noun)
def test_a_family_is_of_torchs_names(family):
    modules = {name.rpartition(".")[2] for name in sys.modules if name.startswith("torch.")}
    names = {name for space in missing.SPACES for name in public(space)} | modules | {"SummaryWriter"}
    assert any(re.fullmatch(family.pattern, name) for name in names)


def test_a_family_takes_no_name_that_belongs_elsewhere():
    """A pattern that is too wide would take names of another kind: these have no family."""
    for name in (
        "Linear",
        "Flatten",
        "clone",
        "view",
        "sum",
        "norm",
        "where",
        "einsum",
        "nansum",
        "Module",
        "function",
    ):
        assert not [family.noun for family in FAMILIES if re.fullmatch(family.pattern, name)], name


# -- code that does it ----------------------------------------------------------------------------------------------

# What the names in a recipe are, and torch's call.
PROGRAMS = {
    "Embedding": ("weight, indices = m(5, 3), t.tensor([[0, 4], [1, 1]])", "F.embedding(indices, weight)"),
    "embedding": ("weight, input = m(5, 3), t.tensor([0, 4, 4])", "F.embedding(input, weight)"),
    "LayerNorm": ("x = m(3, 4)", "t.nn.LayerNorm(4)(x)"),
    "BatchNorm1d": ("x = m(5, 4)", "t.nn.BatchNorm1d(4)(x)"),
    "MaxPool2d": ("n, c, h, w = 2, 3, 4, 6; x = m(n, c, h, w)", "t.nn.MaxPool2d(2)(x)"),
    "AvgPool2d": ("n, c, h, w = 2, 3, 4, 6; x = m(n, c, h, w)", "t.nn.AvgPool2d(2)(x)"),
    "addbmm": ("input, batch1, batch2 = m(2, 4), m(5, 2, 3), m(5, 3, 4)", "t.addbmm(input, batch1, batch2)"),
    "addr": ("input, vec1, vec2 = m(2, 4), m(2), m(4)", "t.addr(input, vec1, vec2)"),
    "logaddexp": ("x, y = m(2, 3), m(2, 3) + 1", "t.logaddexp(x, y)"),
    "ldexp": ("x, y = m(2, 3), t.tensor([1, 2, 3])", "t.ldexp(x, y)"),
    "logcumsumexp": ("x = m(4)", "t.logcumsumexp(x, 0)"),
    "nanmedian": ("x = m(5).log()", "t.nanmedian(x)"),
}


def evaluate(library, name, code):
    """The code's value, with the library as `minigrad`, on the arguments of the name's program."""

    def numbers(*shape):
        return library.tensor(np.linspace(-1.5, 2.0, int(np.prod(shape)), dtype=np.float32).reshape(shape))

    space = {"t": library, "minigrad": library, "nn": library.nn, "F": library.nn.functional, "m": numbers}
    exec(PROGRAMS[name][0], space)
    value = eval(code, space)
    return [each.detach().numpy() for each in (value if isinstance(value, tuple) else (value,))]


@pytest.mark.parametrize("name", RECIPES)
def test_the_code_computes_what_the_name_does(name):
    code = re.split(r", where | for a | while ", RECIPES[name])[0]
    for ours, theirs in zip(
        evaluate(minigrad, name, code), evaluate(torch, name, PROGRAMS[name][1]), strict=True
    ):
        assert ours.shape == theirs.shape
        # Both compute in float32 by other formulas: the numbers are at most 1,000 and the steps at most 16.
        np.testing.assert_allclose(ours, theirs, rtol=16 * 2**-23, atol=16 * 2**-23)


def test_no_recipe_is_for_a_name_that_is_there():
    there = {name for names in THERE.values() for name in names}
    assert sorted(there & RECIPES.keys()) == [], "these have arrived: delete their lines in hints.py"


# -- what is said ---------------------------------------------------------------------------------------------------


def test_no_name_of_torch_is_called_a_misspelling():
    """Nothing that is merely similar is suggested, such as mean for median; unless it differs in case alone."""
    for (space, name), answer in answers().items():
        found = re.match(r"Spelt alike: .*?(\w+)\. $", answer)
        assert found is None or found[1].lower() == name.lower(), (space, name, found)


def test_nothing_is_answered_with_a_name_that_is_not_there():
    for (space, name), answer in answers().items():
        found = re.match(r"Here it is (?:minigrad\.)?(?:(\w[\w.]*)\.)?(\w+)\. $", answer)
        assert found is None or found[2] in THERE[found[1] or ""], (space, name, found)


@pytest.mark.parametrize(
    "typo", ["minigrad.set_default_dtyp", "minigrad.nn.Linaer", "minigrad.ones(1).reqiures_grad"]
)
def test_python_adds_no_second_suggestion(typo):
    done = subprocess.run(
        [sys.executable, "-c", f"import minigrad\n{typo}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.count("Spelt alike: ") == 1
    assert "Did you mean" not in done.stderr
