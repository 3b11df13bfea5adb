"""F.linear of inputs that do not lie row after row: PyTorch takes another way, and its sums another order."""

import itertools

import numpy as np
import pytest
import torch

import minigrad
from sidebyside.contract import same_bits
from sidebyside.exchange import minigrad_kernels

SHAPES = [(8,), (3, 8), (32, 20, 8), (1, 5, 8), (5, 1, 8), (4, 5, 6, 8)]
CASES = [(shape, order) for shape in SHAPES for order in itertools.permutations(range(len(shape)))]


def seen(library, shape, order, has_bias):
    """The name of the last step, and the output and all gradients."""
    r = np.random.default_rng(0)
    given = lambda *shape: library.from_numpy(r.standard_normal(shape, np.float32)).requires_grad_()
    x, bias = given(*shape), given(64) if has_bias else None
    laid = x.permute(order)
    weight = given(64, laid.shape[-1])
    z = library.nn.functional.linear(laid, weight, bias)
    leaves = [x, weight, *([bias] if has_bias else [])]
    gradients = library.autograd.grad(z, leaves, given(*z.shape).detach())
    return z.grad_fn.name(), z.stride(), [each.detach().numpy() for each in (z, *gradients)]


@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize(("shape", "order"), CASES, ids=str)
def test_every_order_of_dimensions_has_pytorchs_steps_and_bits(shape, order, has_bias):
    ours = seen(minigrad, shape, order, has_bias)
    with minigrad_kernels():
        theirs = seen(torch, shape, order, has_bias)
    assert ours[:2] == theirs[:2]
    assert all(map(same_bits, ours[2], theirs[2]))
