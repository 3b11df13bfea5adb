"""Layers beyond the tutorial's: each once forward, and backward to its input and its weights.

Both libraries draw the same weights from one seed, and are given the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.turns import Call
from sidebyside.runs import engine


class Layer(NamedTuple):
    """A layer, made of a library, and the shape of its input, whose first dimension is the batch."""

    made: Callable[[Any], Any]
    shape: tuple[int, ...]


LAYERS = {
    "LayerNorm(128)": Layer(lambda torch: torch.nn.LayerNorm(128), (64, 32, 128)),
    "BatchNorm2d(16)": Layer(lambda torch: torch.nn.BatchNorm2d(16), (64, 16, 12, 12)),
    "LSTM(32, 64), 32 steps": Layer(lambda torch: torch.nn.LSTM(32, 64, batch_first=True), (32, 32, 32)),
    "GRU(32, 64), 32 steps": Layer(lambda torch: torch.nn.GRU(32, 64, batch_first=True), (32, 32, 32)),
}


def gradients(who: str, layer: Layer) -> Call:
    """The layer's output and the gradients of its input and weights, for a gradient of ones that arrives."""
    torch = engine(who).torch
    torch.manual_seed(0)
    module = layer.made(torch)
    x = torch.from_numpy(np.random.default_rng(0).standard_normal(layer.shape, np.float32)).requires_grad_()
    leaves = [x, *module.parameters()]

    def output() -> Any:
        z = module(x)
        return z[0] if isinstance(z, tuple) else z

    arriving = torch.ones_like(output())

    def call() -> list[Any]:
        z = output()
        return [z, *torch.autograd.grad(z, leaves, arriving)]

    return call
