"""The answers to names that minigrad does not have: honest words, and one suggestion at most."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch

import minigrad
from minigrad.tensors import missing
from minigrad.tensors.hints import FAMILIES, Family, hint

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
