"""Who takes the tutorial's step: minigrad and PyTorch by one program, the hand-written floor, and other libraries.

A contestant is made of data, weights (as torch's Linear holds them), and a learning rate. `step()` trains once and
returns the loss as a number; `weights()` are the weights then, as NumPy arrays in torch's shapes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.floor import Floor
from sidebyside.runs import engine

Maker = Callable[[Any, Any, Sequence[Any], float], "Contestant"]


@dataclass(frozen=True)
class Contestant:
    """A network in training."""

    step: Callable[[], float]
    weights: Callable[[], list[Any]]


def network(sizes: Sequence[int], seed: int = 0) -> list[Any]:
    """Weights and biases of Linear layers, uniform within 1/√inputs as torch draws them."""
    return uniform([shape for n, m in itertools.pairwise(sizes) for shape in ((m, n), (m,))], seed)


def uniform(shapes: Iterable[Sequence[int]], seed: int = 0) -> list[Any]:
    """The same for weights of any shape: a bias has the bound of the weight before it."""
    rng, inputs, arrays = np.random.default_rng(seed), 1, []
    for shape in shapes:
        inputs = math.prod(shape[1:]) if len(shape) > 1 else inputs
        arrays.append((rng.uniform(-1, 1, shape) / np.sqrt(inputs)).astype(np.float32))
    return arrays


def samples(batch: int, inputs: int, classes: int, seed: int = 1) -> tuple[Any, Any]:
    """Random pixels from 0 to 1, and random classes."""
    rng = np.random.default_rng(seed)
    return rng.random((batch, inputs), dtype=np.float32), rng.integers(0, classes, batch)


# -- minigrad and PyTorch: the same program, train.py's step ------------------------------------------------


def fill(torch: Any, model: Any, weights: Sequence[Any]) -> None:
    """Copies the arrays into the model's parameters, so that its first weights are no random numbers of the library."""
    with torch.no_grad():
        for parameter, w in zip(model.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(w.copy()))


def library(
    name: str, x: Any, y: Any, weights: Sequence[Any], lr: float, compiled: bool = False
) -> Contestant:
    """Layers of Linear with ReLU between, CrossEntropyLoss and SGD.

    `compiled`: through torch.compile, of minigrad the whole step, of PyTorch the model, which is quicker there.
    """
    side = engine(name)
    torch = side.torch
    layers: list[Any] = []
    for w in weights[::2]:
        layers += [torch.nn.Linear(w.shape[1], w.shape[0]), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    fill(torch, model, weights)
    called = model
    if compiled and name == "torch":  # anew: after eight sizes of batch it would, in silence, compile no more
        torch.compiler.reset()
        called = torch.compile(model, dynamic=False)
    step = side.train.optimizer(called, torch.optim.SGD(model.parameters(), lr))
    if compiled and name == "minigrad":
        step = torch.compile(step)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return Contestant(lambda: step(x, y).item(), lambda: [p.detach().numpy() for p in model.parameters()])


def floor(x: Any, y: Any, weights: Sequence[Any], lr: float) -> Contestant:
    """By hand, floor.py."""
    made = Floor(x, y, weights, lr)
    return Contestant(made.step, lambda: made.weights)


# -- other libraries, each in its own words -----------------------------------------------------------------


def hips(x: Any, y: Any, weights: Sequence[Any], lr: float) -> Contestant:
    """HIPS autograd: value_and_grad of a function of NumPy's."""
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp

    rows = np.arange(len(x))

    def loss(weights: Any) -> Any:
        w1, b1, w2, b2 = weights
        o = anp.dot(anp.maximum(anp.dot(x, w1.T) + b1, 0), w2.T) + b2
        return anp.mean(logsumexp(o, axis=1) - o[rows, y])

    both, held = value_and_grad(loss), [w.copy() for w in weights]

    def step() -> float:
        value, gradients = both(held)
        for w, g in zip(held, gradients, strict=True):
            w -= np.float32(lr) * g
        return float(value)

    return Contestant(step, lambda: held)


def mygrad(x: Any, y: Any, weights: Sequence[Any], lr: float) -> Contestant:
    """MyGrad: tensors, and its own softmax_crossentropy."""
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    w1, b1, w2, b2 = held = [mg.tensor(w.copy()) for w in weights]

    def step() -> float:
        o = mg.matmul(mg.maximum(mg.matmul(x, w1.T) + b1, 0), w2.T) + b2
        loss = softmax_crossentropy(o, y)
        loss.backward()
        for w in held:
            w.data -= np.float32(lr) * w.grad
            w.null_grad()
        return float(loss.item())

    return Contestant(step, lambda: [w.data for w in held])


def jax(x: Any, y: Any, weights: Sequence[Any], lr: float) -> Contestant:
    """JAX: the whole step through jit, the weights' memory given away to be written in place."""
    import jax
    from jax import numpy as jnp

    x, y = jnp.asarray(x), jnp.asarray(y)

    def loss(weights: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = weights
        o = jnp.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        return -jnp.take_along_axis(jax.nn.log_softmax(o), y[:, None], 1).mean()

    @partial(jax.jit, donate_argnums=0)
    def update(weights: Any, x: Any, y: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights, x, y)
        return value, [w - lr * g for w, g in zip(weights, gradients, strict=True)]

    held = [jnp.asarray(w.copy()) for w in weights]

    def step() -> float:
        value, held[:] = update(held, x, y)
        return float(value)

    return Contestant(step, lambda: [np.asarray(w) for w in held])


MAKERS: dict[str, Maker] = {
    "minigrad": partial(library, "minigrad"),
    "minigrad compiled": partial(library, "minigrad", compiled=True),
    "floor": floor,
    "torch": partial(library, "torch"),
    "torch.compile": partial(library, "torch", compiled=True),
    "MyGrad": mygrad,
    "HIPS autograd": hips,
    "JAX jit": jax,
}
# What must be installed for those that need not be, and so may be skipped.
MODULES = {"torch.compile": "torch", "MyGrad": "mygrad", "HIPS autograd": "autograd", "JAX jit": "jax"}
