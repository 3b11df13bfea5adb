"""A new op is named in every table that must have it; what is forgotten is told, with the file to edit.

docs/adding-an-op.md lists the files.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import minigrad
from sidebyside import aten
from sidebyside.page.pairs_ops import ROWS
from sidebyside.programs.ops import SECOND, ops_by_name, program_of

ROOT = Path(__file__).parent.parent
OPS = sorted(ops_by_name())
# PyTorch has functions of these names, which minigrad leaves out: the ops are for operators and gradients.
INNER = {
    "binary_cross_entropy_with_logits", "constant_pad_nd", "convolution", "embedding", "rsub", "index",
}  # fmt: skip
# Functions alone: methods are there from the start, and these functions are imported at their first use.
WITHOUT_METHOD = {"hardshrink", "prelu"}
WITHOUT_PROGRAM = {"to_device"}  # it needs two devices


class Kernels(TorchDispatchMode):
    """Notes which kernels are called, those of the derivative formulas too."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.add(aten.bare(func))
        return func(*args, **kwargs or {})


def kernels_of(case):
    """The names of PyTorch's kernels in the program and its backward pass."""
    rng = np.random.default_rng(0)
    inputs = [torch.tensor(rng.uniform(1, 2, shape), requires_grad=True) for shape in case.fixed_shapes()]
    with Kernels() as kernels:
        z = case.program(torch, *inputs)
        if z.requires_grad:
            z.sum().backward()
    return kernels.seen


@pytest.mark.parametrize("op", [op for op in OPS if op not in WITHOUT_PROGRAM])
def test_an_op_has_a_program_and_its_kernels_are_known(op):
    try:
        case = program_of(op)
    except LookupError as error:
        pytest.fail(str(error))
    unknown = kernels_of(case) - aten.KERNELS.keys()
    assert not unknown, f"{op}: sidebyside/aten.py has no line for PyTorch's {', '.join(sorted(unknown))}"


@pytest.mark.parametrize("op", OPS)
def test_an_op_has_a_row_of_the_page(op):
    assert op in aten.KERNELS or (op in ROWS and ROWS[op].why), (
        f"{op}: say in sidebyside/page/pairs_ops.py why the two libraries differ, if aten.py has no kernel of that name"
    )


@pytest.mark.parametrize("op", [op for op in OPS if op not in INNER])
def test_an_op_that_pytorch_has_is_public(op):
    coverage = (ROOT / "COVERAGE.md").read_text(encoding="utf-8")
    if hasattr(torch, op):
        assert hasattr(minigrad, op), (
            f"{op}: minigrad/tensors/functions.py or minigrad/__init__.py has no {op}"
        )
    if hasattr(torch.Tensor, op) and op not in WITHOUT_METHOD:
        assert hasattr(minigrad.Tensor, op), f"{op}: minigrad/tensors/methods.py has no {op}"
    if hasattr(minigrad, op) or hasattr(minigrad.Tensor, op):
        assert f"`{op}`" in coverage, (
            f"{op}: COVERAGE.md has no {op}; `python -m sidebyside coverage` writes it"
        )


def test_what_is_forgotten_is_told_by_name():
    with pytest.raises(LookupError, match=r"minigrad has the op erfc.*sidebyside/programs/ops\.py"):
        program_of("erfc")


def test_the_exceptions_are_needed():
    assert {case.name for case in SECOND} <= set(OPS)
    assert set(OPS) >= INNER | WITHOUT_PROGRAM
    assert all(hasattr(torch.Tensor, op) or hasattr(torch, op) for op in INNER)
    assert not any(hasattr(minigrad, op) for op in INNER)
