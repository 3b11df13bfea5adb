"""What is timed: families of workloads, each row a name, a size, and how to make its contestants.

Both libraries run one source: the step of train.py, the functions of operations.py, the runs of `minigrad compare`.
Before a row is timed its results are compared (`check`), in the contract's sense: bit for bit on exchanged kernels, at
the size that is timed; each library on its own kernels within a derived bound.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from benchmarks import tricks, truth
from benchmarks.contestants import MAKERS, Contestant, fill, library, network, samples, uniform
from benchmarks.layers import LAYERS, gpt, gradients, lenet
from benchmarks.operations import OPERATIONS, OVERHEAD, inputs
from benchmarks.tricks import OURS, PLAIN, TRICKS
from benchmarks.turns import Call
from sidebyside import data
from sidebyside.contract import NoTier, exchanged, same_bits
from sidebyside.runs import Config, engine, start, tensors

BOTH = ("minigrad", "torch")
COMPILED = "minigrad compiled"


@dataclass(frozen=True)
class Workload:
    """One row. `make(who)` is a call to be timed; `check(everyone)` says what was found equal, or raises."""

    family: str
    name: str
    size: int
    make: Callable[[str], Call]
    check: Callable[[Sequence[str]], str]
    who: tuple[str, ...] = BOTH

    @property
    def title(self) -> str:
        """As a pattern finds it and as it is printed."""
        return title(self.family, self.name, self.size)


def title(family: str, name: str, size: int) -> str:
    """Of a row."""
    return f"{family}: {name}, {size}"


# -- training steps -----------------------------------------------------------------------------------------

TUTORIAL = (784, 100, 10)
LR = 0.01  # at the tutorial's 0.8, random data kill every ReLU within a hundred steps: another load than a training
BATCHES = (1, 8, 64, 1024, 60000)
NETWORKS = {
    "deep and narrow, 32 layers of 32": ((32,) * 33, 32),
    "wide, 784-2048-2048-10": ((784, 2048, 2048, 10), 256),
}


def step(family: str, name: str, sizes: Sequence[int], batch: int, lr: float, who: Sequence[str]) -> Workload:
    """Forward, loss.item(), zero_grad, backward, SGD on random data."""

    @cache
    def given() -> tuple[Any, ...]:
        return (*samples(batch, sizes[0], sizes[-1]), network(sizes), lr)

    def check(everyone: Sequence[str]) -> str:
        said = [_exchanged_steps(*given())] if set(BOTH) <= set(everyone) else []
        if len(sizes) == 3:  # for which truth.py has the bounds
            bounds = truth.step(*given())
            said += [_within(bounds, name, MAKERS[name](*given())) for name in everyone]
        return "; ".join(said)

    return Workload(family, name, batch, lambda name: MAKERS[name](*given()).step, check, tuple(who))


def _exchanged_steps(x: Any, y: Any, weights: Sequence[Any], lr: float) -> str:
    """Two steps of both libraries: losses and weights."""

    return _same("two steps", lambda name: _steps_of(library(name, x, y, weights, lr)))


def _steps_of(made: Contestant, count: int = 2) -> list[Any]:
    return [np.array([made.step() for _ in range(count)]), *made.weights()]


def _same(what: str, outcome: Callable[[str], Sequence[Any]]) -> str:
    """Compare what both libraries come to on minigrad's kernels, bit for bit."""
    from sidebyside.exchange import minigrad_kernels

    ours = outcome("minigrad")
    with minigrad_kernels():
        theirs = outcome("torch")
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if not same_bits(a, b):
            raise AssertionError(
                f"{what}: minigrad and PyTorch on its kernels differ in array {i}: not timed"
            )
    return f"{what}: minigrad's bits and PyTorch's on exchanged kernels are the same"


def _within(bounds: tuple[truth.Bounded, list[truth.Bounded]], name: str, made: Contestant) -> str:
    """Loss and weights after one step on own kernels, against float64."""
    loss, after = bounds
    worst = max(loss.misses(made.step()), *(b.misses(w) for b, w in zip(after, made.weights(), strict=True)))
    if worst > 1:
        raise AssertionError(f"{name}: a step errs by {worst:.3g} times what rounding allows: not timed")
    return f"{name}: {worst:.2g} of the error that rounding allows"


# -- single ops ---------------------------------------------------------------------------------------------

PASSES = ("forward", "forward and backward")


def operation(family: str, name: str, n: int, direction: str) -> Workload:
    """An op on inputs of side n; backward from a gradient of its output's shape to every input."""
    case, program = OPERATIONS[name], OPERATIONS[name].program

    def make(who: str) -> Call:
        torch = engine(who).torch
        given = [torch.from_numpy(a) for a in inputs(case, n)]
        leaves = [t.requires_grad_() for t in given if t.is_floating_point()]
        if direction == "forward":
            return partial(program, torch, *given)
        arriving = torch.ones_like(program(torch, *given))
        # Some losses have no gradient for their target.
        return lambda: torch.autograd.grad(program(torch, *given), leaves, arriving, allow_unused=True)

    check = lambda _: _check_operation(name, n)
    return Workload(family, f"{name}, {direction}", n, make, check)


@cache
def _check_operation(name: str, n: int) -> str:
    from sidebyside.testing import same

    case, program = OPERATIONS[name], OPERATIONS[name].program
    try:
        tier = same(program, *inputs(case, 8))  # small: the bounds are worked out in long double
    except NoTier:
        tier = "no bound is derived"
    exchanged(program, *inputs(case, n))
    return f"own kernels on (8, 8): {tier}; exchanged kernels: the same bits"


def layer(name: str) -> Workload:
    """A layer forward and backward. The size is the batch."""
    found = LAYERS[name]

    def outcome(who: str) -> list[Any]:
        return [z.detach().numpy() for z in gradients(who, found)()]

    check = lambda _: _same("output and gradients", outcome)
    return Workload("layer", name, found.shape[0], lambda who: gradients(who, found), check)


def training_step(name: str, made: Callable[..., Contestant], batch: int) -> Workload:
    """A training step of a network of such layers."""
    makers = {who: partial(made, who, batch) for who in BOTH}
    makers[COMPILED] = partial(made, "minigrad", batch, compiled=True)

    def check(_: Sequence[str]) -> str:
        said = _same("two steps", lambda who: _steps_of(makers[who]()))
        for each in zip(*(_steps_of(makers[who](), 5) for who in ("minigrad", COMPILED)), strict=True):
            if not same_bits(*each):
                raise AssertionError(f"five steps by torch.compile differ from {name}'s own: not timed")
        return f"{said}; five steps by torch.compile: the same bits"

    return Workload(
        "layer", f"{name}, a training step", batch, lambda who: makers[who]().step, check, tuple(makers)
    )


# -- depth, whole trainings ---------------------------------------------------------------------------------

DEPTHS = (1250, 5000, 20000)


def chain(depth: int) -> Workload:
    """So many products one after the other of 1x1 tensors, and back."""

    def program(torch: Any, x: Any, y: Any) -> Any:
        z = x
        for _ in range(depth):
            z = z * y
        return z

    def make(who: str) -> Call:
        torch = engine(who).torch
        x, y = (torch.ones(1, 1, requires_grad=True) for _ in range(2))
        return lambda: torch.autograd.grad(program(torch, x, y), [x, y])

    def check(_: Sequence[str]) -> str:
        for who in BOTH:
            found = [g.item() for g in make(who)()]
            if found != [1, depth]:
                raise AssertionError(
                    f"{who}: the gradients of x·yⁿ are {found}, not 1 and {depth}: not timed"
                )
        return "gradients exact"

    return Workload("depth", "x * y, again and again", depth, make, check)


def fit(name: str, samples: int, epochs: int, batch_size: int | None) -> Workload:
    """A training from the first weights, which are the same numbers for both, to the last epoch."""
    config = Config(data=name, epochs=epochs, batch_size=batch_size)
    images = cache(lambda: data.load(name))
    given: Any = cache(lambda who: _Given(*tensors(engine(who), images(), "train", config, "cpu")))

    def run(who: str) -> Any:
        trained = start(who, config, images(), share=given(who))
        shapes = (tuple(p.shape) for p in trained.model.parameters())
        fill(trained.engine.torch, trained.model, uniform(shapes))
        trained.advance(epochs)
        return trained

    def outcome(who: str) -> list[Any]:
        trained = run(who)
        return [np.array(trained.losses), *trained.parameters().values()]

    check = lambda _: _same(f"{epochs} epochs", outcome)
    how = "full batch" if batch_size is None else f"batches of {batch_size}"
    return Workload("fit", f"{name}, {how}, {epochs} epochs", samples, lambda who: partial(run, who), check)


@dataclass(frozen=True)
class _Given:
    """The data of a run, for the next to share."""

    x: Any
    y: Any


# -- the table ----------------------------------------------------------------------------------------------

MAIN = ("minigrad", "torch", "floor")
OTHERS = (COMPILED, "torch.compile", "MyGrad", "HIPS autograd", "JAX jit")


def _steps(smoke: bool) -> Iterator[Workload]:
    who = MAIN if smoke else MAIN + OTHERS  # torch.compile takes half a minute
    for batch in (1, 8) if smoke else BATCHES:
        yield step("step", "784-100-10", TUTORIAL, batch, LR, who)


def _networks(smoke: bool) -> Iterator[Workload]:
    for name, (sizes, batch) in list(NETWORKS.items())[: 1 if smoke else None]:
        yield step("network", name, sizes, batch, LR, BOTH)


def _operations(family: str, names: Sequence[str], sizes: Sequence[int], smoke: bool) -> Iterator[Workload]:
    names, sizes = (names[:2], sizes[:1]) if smoke else (names, sizes)
    for n, name, direction in itertools.product(sizes, names, PASSES):
        yield operation(family, name, n, direction)


def _layers(smoke: bool) -> Iterator[Workload]:
    yield from map(layer, list(LAYERS)[: 1 if smoke else None])
    yield training_step("LeNet", lenet, 4 if smoke else 64)
    yield training_step("GPT", gpt, 2 if smoke else 32)


def _tricks(smoke: bool) -> Iterator[Workload]:
    for name, each in list(TRICKS.items())[: 1 if smoke else None]:
        check = lambda _, each=each: tricks.check(each)
        yield Workload(
            "trick", name, each.size, lambda who, each=each: each.calls()[who], check, (OURS, PLAIN)
        )


def _depths(smoke: bool) -> Iterator[Workload]:
    yield from map(chain, (50, 100) if smoke else DEPTHS)


def _fits(smoke: bool) -> Iterator[Workload]:
    if smoke:
        yield fit("digits", data.DIGITS_TRAIN, 2, None)
        return
    yield fit("digits", data.DIGITS_TRAIN, 100, None)
    yield fit("digits", data.DIGITS_TRAIN, 5, 64)
    if data.find("mnist") is not None:
        yield fit("mnist", data.OPENML_TRAIN, 2, None)
        yield fit("mnist", data.OPENML_TRAIN, 1, 64)


# Rows are made one at a time, and their data when they are first asked for it.
FAMILIES: dict[str, Callable[[bool], Iterator[Workload]]] = {
    "step": _steps,
    "network": _networks,
    "layer": _layers,
    "overhead": partial(_operations, "overhead", OVERHEAD, (1,)),
    "depth": _depths,
    "fit": _fits,
    "trick": _tricks,
    "operation": partial(_operations, "operation", list(OPERATIONS), (32, 1024)),
}
# How many rows of a family share a turn, where it is not one: with turns of their own, hundreds of ops take an hour.
TOGETHER = {"operation": 24, "trick": 6}


def find(title: str, smoke: bool) -> Workload:
    """The row of that title."""
    rows = FAMILIES[title.partition(":")[0]](smoke)
    return next(row for row in rows if row.title == title)


def groups(smoke: bool, only: str) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Titles of rows that share a turn, and their contestants; only what the pattern finds."""
    for family, rows in FAMILIES.items():
        found = [row for row in rows(smoke) if re.search(only, row.title)]
        for i in range(0, len(found), TOGETHER.get(family, 1)):
            some = found[i : i + TOGETHER.get(family, 1)]
            yield [row.title for row in some], some[0].who
