"""Unmodified PyTorch computing with minigrad's kernels: the proof that the autograd is the same.

NumPy and PyTorch round differently in a few kernels: products, sums, exp and its kin, and `a + α·b`, which
torch rounds once. Everything else that PyTorch does while it trains (the graph, the derivative formulas,
the order in which gradients are added up, the optimiser) works on what those kernels return. So

    with minigrad_kernels():
        loss = criterion(model(x), y)       # PyTorch's own model, autograd and optimiser
        loss.backward()
        optimizer.step()

takes just these kernels from minigrad/ops.py, by way of a TorchDispatchMode, which sits below autograd. If
loss, gradients and weights then equal minigrad's bit for bit, the two differ in nothing but rounding.

aten.py says which kernels round differently, which give the same bits and are left to torch, and which draw
random numbers. A kernel of which it says nothing is taken apart into others (what inference_mode sends whole, the
optimisers' lists of tensors), or raises: nothing slips through unnoticed.
"""

from sidebyside.exchange import activations, convolutions, losses, norms, optimizers, pools, products, sums  # noqa: F401  each enters its kernels
from sidebyside.exchange.convolutions import RESAMPLED, geometry, nearest_places
from sidebyside.exchange.modes import (
    SingleKernels,
    computed,
    minigrad_kernels,
    minigrad_numbers,
    numbers_alike,
    uncompiled,
)
from sidebyside.exchange.table import EXCHANGED, REDUCTIONS, array, aten, dims

__all__ = [
    "EXCHANGED",
    "REDUCTIONS",
    "RESAMPLED",
    "SingleKernels",
    "array",
    "aten",
    "computed",
    "dims",
    "geometry",
    "minigrad_kernels",
    "minigrad_numbers",
    "nearest_places",
    "numbers_alike",
    "uncompiled",
]
