"""Layers beyond the tutorial's: each once forward, and backward to its input and its weights.

Both libraries are given the same weights and the same numbers. LeNet and the GPT take a whole training step, minigrad's
also through torch.compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.contestants import Contestant, fill, samples, uniform
from benchmarks.turns import Call
from sidebyside.runs import engine


class Layer(NamedTuple):
    """A layer, made of a library, and the shape of its input, whose first dimension is the batch."""

    made: Callable[[Any], Any]
    shape: tuple[int, ...]


def attention(torch: Any) -> Any:
    """Causal attention without weights: x is its queries, its keys and its values."""

    class Attention(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)

    return Attention()


LAYERS = {
    "LayerNorm(128)": Layer(lambda torch: torch.nn.LayerNorm(128), (64, 32, 128)),
    "GELU()": Layer(lambda torch: torch.nn.GELU(), (32, 32, 256)),
    "scaled_dot_product_attention, 4 heads, causal": Layer(attention, (32, 4, 32, 16)),
    "Conv2d(1, 32, 3)": Layer(lambda torch: torch.nn.Conv2d(1, 32, 3), (32, 1, 28, 28)),
    "MaxPool2d(2)": Layer(lambda torch: torch.nn.MaxPool2d(2), (32, 32, 26, 26)),
    "BatchNorm2d(16)": Layer(lambda torch: torch.nn.BatchNorm2d(16), (64, 16, 12, 12)),
    "LSTM(32, 64), 32 steps": Layer(lambda torch: torch.nn.LSTM(32, 64, batch_first=True), (32, 32, 32)),
    "GRU(32, 64), 32 steps": Layer(lambda torch: torch.nn.GRU(32, 64, batch_first=True), (32, 32, 32)),
}


def gradients(who: str, layer: Layer) -> Call:
    """The layer's output and the gradients of its input and weights, for a gradient of ones that arrives."""
    torch = engine(who).torch
    module = layer.made(torch)
    fill(torch, module, uniform(tuple(p.shape) for p in module.parameters()))
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


def lenet(who: str, batch: int, compiled: bool = False) -> Contestant:
    """LeNet in training, by train.py's step, on random images of MNIST's size."""
    side = engine(who)
    x, y = map(side.torch.from_numpy, samples(batch, 784, 10))
    model = side.models["lenet"](784, 100, 10)
    fill(side.torch, model, uniform(tuple(p.shape) for p in model.parameters()))
    step = side.train.optimizer(model, side.torch.optim.SGD(model.parameters(), lr=0.01))
    step = side.torch.compile(step) if compiled else step
    return Contestant(lambda: step(x, y).item(), lambda: [p.detach().numpy() for p in model.parameters()])


def gpt(who: str, batch: int, compiled: bool = False, characters: int = 67, context: int = 32) -> Contestant:
    """The GPT in training, by gpt.py's step with AdamW, on random characters."""
    side = engine(who)
    text = np.random.default_rng(0).integers(0, characters, (batch, context + 1))
    x, y = (side.torch.from_numpy(part.copy()) for part in (text[:, :-1], text[:, 1:]))
    model = side.gpt.GPT(characters, context)
    fill(side.torch, model, uniform(tuple(p.shape) for p in model.parameters()))
    optimizer = side.torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = lambda x, y: side.gpt.step(model, optimizer, x, y)
    step = side.torch.compile(step) if compiled else step
    return Contestant(lambda: step(x, y).item(), lambda: [p.detach().numpy() for p in model.parameters()])
