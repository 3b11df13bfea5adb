"""A random program while it is drawn: its variables, as torch has made them, and what the next statement may need."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st

from sidebyside.programs.bits import LARGEST, ONE, Account, Bits, Edge

SPECIAL = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-40, -1e-45, 3e38, 0.5, 2.0)


class Read(NamedTuple):
    """That a statement's result depends on a variable: a constant, other variables, and how many are added up."""

    name: str
    constant: Bits = ONE
    factors: tuple[str, ...] = ()
    times: float = 1


class Step(NamedTuple):
    """A statement that is proposed: with a value it makes a new variable, else it changes its first read in place."""

    text: str
    bits: Bits
    reads: tuple[Read, ...]
    changes: bool = False


class Draft:
    """A program while it is drawn."""

    def __init__(self, draw: Callable[..., Any], exact: bool, second: bool) -> None:
        self.draw, self.exact, self.second = draw, exact, second
        self.scope: dict[str, Any] = {"torch": torch, "inf": math.inf, "nan": math.nan}
        self.statements: list[str] = []
        self.drawn: list[str] = []
        self.account = Account()
        self.storages: dict[int, int] = {}  # where a memory is -> its newest node
        self.kept: list[Any] = []  # so that no memory's address is used again
        self.fresh: Iterator[str] = (chr(ord("a") + i) for i in count())
        self.digits = 53
        self.result = ""
        self.frozen: set[str] = set()  # what is expanded, and its parts: see DIFFERENT
        self.failed = False

    # What there is to choose from

    def one(self, options: Sequence[Any]) -> Any:
        """One of them; None of none."""
        return self.draw(st.sampled_from(options)) if options else None

    def integer(self, low: int, high: int) -> int:
        """An integer."""
        return int(self.draw(st.integers(low, high)))

    def maybe(self, *texts: str) -> str:
        """One of the texts; of a single one, it or nothing."""
        return str(self.one(texts if len(texts) > 1 else ("", *texts)))

    def names(self, fits: Callable[[Any], bool]) -> list[str]:
        """The tensors that fit, newest first. A view that torch no longer lets be used does not fit."""

        def does(t: Any) -> bool:
            try:
                return isinstance(t, torch.Tensor) and fits(t)
            except RuntimeError as error:
                if "modified inplace" not in str(error):
                    raise
                return False

        return [n for n, t in reversed(self.scope.items()) if does(t)]

    def tensor(self, fits: Callable[[Any], bool] = lambda t: True) -> str | None:
        """A floating-point tensor."""
        found: str | None = self.one(self.names(lambda t: t.is_floating_point() and fits(t)))
        return found

    def masks(self, shape: Sequence[int]) -> list[str]:
        """Bools that broadcast to a shape."""
        return self.names(lambda t: t.dtype is torch.bool and broadcasts(t.shape, shape))

    def dim(self, x: str) -> int:
        """A dimension of a tensor, from the front or the back."""
        n = max(self.scope[x].ndim, 1)
        return self.integer(-n, n - 1)

    def size(self, x: str, dim: int) -> int:
        """How many there are along it."""
        return int(self.scope[x].shape[dim]) if self.scope[x].ndim else 1

    def bits(self, name: str) -> Bits:
        """What a variable needs."""
        return self.account.nodes[self.node(name)][0] if self.exact else ONE

    def node(self, name: str) -> int:
        """The newest node of a variable's memory."""
        return self.storages[memory(self.scope[name])]

    def shared(self, t: Any) -> bool:
        """Whether another variable shows its memory, for which see DIFFERENT."""
        return len(self.names(lambda other: memory(other) == memory(t))) > 1

    # Statements

    def run(self, statement: str) -> None:
        """Add a statement, and see what torch makes of it. What it raises ends the program."""
        self.statements.append(statement)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(compile(statement, "<drawn>", "exec"), self.scope)
            except Exception:
                self.failed = True

    def leaf(self, dtype: str) -> None:
        """A tensor of drawn numbers."""
        name = next(self.fresh)
        shape = self.draw(SHAPES)
        values = [self.draw(self.numbers(dtype)) for _ in range(math.prod(shape))]
        text = nested(values, shape) if values else None
        start = f"torch.tensor({text}, " if text else f"torch.zeros({', '.join(map(str, shape))}, "
        grad = self.maybe(", requires_grad=True", "")
        self.run(f"{name} = {start}dtype=torch.{dtype}{grad})")
        self.kept.append(self.scope[name])
        self.storages[memory(self.scope[name])] = self.account.enter(Bits(1, 2))
        self.result = name

    def numbers(self, dtype: str) -> st.SearchStrategy[float]:
        """Elements of leaves."""
        if self.exact:
            return st.integers(-4, 4).map(lambda n: n / 2)
        wide = st.floats(width=32 if dtype == "float32" else 64)
        usual = st.floats(-8, 8, width=32)
        if dtype == "float32":
            return usual | st.sampled_from([float(np.float32(x)) for x in SPECIAL]) | wide
        return usual | st.sampled_from(SPECIAL) | wide

    def step(self, table: dict[str, Callable[[Draft], Step | str | None]]) -> None:
        """Draw one entry of the table; it is added if it applies and there are bits left for it."""
        kind = self.one(list(table))
        proposed = table[kind](self)
        if isinstance(proposed, str):
            self.drawn.append(kind)
            self.run(proposed)
        if not isinstance(proposed, Step):
            return
        bits, edges = self.cost(proposed) if self.exact else (ONE, [])
        if self.exact and not self.affordable(bits, edges):
            return
        target = proposed.reads[0].name if proposed.changes else next(self.fresh)
        modes = (
            ("",) if kind == "view" else ("",) * 7 + ("with torch.no_grad(): ",)
        )  # for views see DIFFERENT
        self.drawn.append(kind)
        self.run(self.one(modes) + ("" if proposed.changes else f"{target} = ") + proposed.text)
        if not self.failed:
            self.made(proposed, target, bits, edges)

    def cost(self, step: Step) -> tuple[Bits, list[Edge]]:
        """The bits of a step's value and the terms of its derivative; what is changed also stays in part as it was."""
        edges = [self.edge(read) for read in step.reads]
        if not step.changes:
            return step.bits, edges
        old = self.node(step.reads[0].name)
        return step.bits | self.account.nodes[old][0], [Edge(old), *edges]

    def made(self, step: Step, target: str, bits: Bits, edges: list[Edge]) -> None:
        """Take note of a new tensor or a change: of whose memory, and whether it may be changed."""
        t, source = self.scope[target], step.reads[0].name
        self.kept.append(t)
        if step.changes or memory(t) not in self.storages:
            self.storages[memory(t)] = self.account.enter(bits, edges)
        if memory(t) == memory(self.scope[source]):
            expanded = ".expand" in step.text and t.shape != self.scope[source].shape
            self.frozen |= {target} if expanded or source in self.frozen else set()
        if t.is_floating_point():
            self.result = target

    def edge(self, read: Read) -> Edge:
        """A read of a view is a read of its memory; what is expanded is read as often as it shows."""
        x = self.scope[read.name]
        shown = math.prod(n for n, s in zip(x.shape, x.stride(), strict=True) if s == 0)
        factors = tuple(self.node(name) for name in read.factors)
        return Edge(self.node(read.name), read.constant, factors, read.times * max(shown, 1))

    def affordable(self, bits: Bits, edges: Sequence[Edge]) -> bool:
        """Whether a further step, and the backward passes from it, still fit into the dtype's digits."""
        before = len(self.account.nodes)
        root = self.account.enter(bits, edges)
        gradients = self.account.backward(root, Bits(0, 6))
        if self.second:
            most = max(self.account.nodes[node][0].m for node in gradients.values())
            deep = max(self.account.nodes[node][0].e for node in gradients.values())
            every = Bits(deep, most * LARGEST * len(gradients))
            total = self.account.enter(every, [Edge(node) for node in gradients.values()])
            self.account.backward(total, ONE)
        fits = self.account.worst() <= 2.0**self.digits
        del self.account.nodes[before:]
        return fits

    def finish(self) -> None:
        """A backward pass from the last tensor, of one kind or another."""
        z = self.scope[self.result]
        weights = [self.draw(st.integers(-3, 3)) for _ in range(z.numel())]
        w = (
            f"torch.tensor({nested(weights, z.shape)}, dtype={z.dtype})"
            if weights
            else f"torch.ones_like({self.result})"
        )
        leaves = self.names(lambda t: t.is_leaf and t.requires_grad)
        if not z.requires_grad and self.integer(0, 7) < 7:
            return
        twice = not any("alpha" in each for each in self.statements)  # see DIFFERENT
        ends: Sequence[str] = SECOND if self.second else self.one(ENDS if twice else ENDS[:-1])
        if not leaves:
            ends = ENDS[0]
        for statement in ends:
            self.run(statement.format(z=self.result, w=w, leaves=", ".join(leaves)))
            if self.failed:
                return


ENDS = (
    ("{z}.backward({w})",),
    ("{z}.sum().backward()",),
    ("({z} * {w}).sum().backward()",),
    ("{z}.backward({w}, retain_graph=True)", "{z}.backward({w})"),
    ("G = torch.autograd.grad({z}, [{leaves}], {w}, allow_unused=True)",),
    ("{z}.backward({w})", "{z}.backward({w})"),
)
SECOND = (
    "W = {w}.requires_grad_()",
    "G = torch.autograd.grad({z}, [{leaves}], W, create_graph=True, allow_unused=True)",
    "D = W.sum() + sum(g.sum() for g in G if g is not None)",
    "H = torch.autograd.grad(D, [W, {leaves}], allow_unused=True)",
)
SHAPES = st.sampled_from(
    [(2,), (), (3,), (2, 2), (2, 3), (3, 2), (1, 2), (2, 1), (3, 3), (1,), (2, 1, 3), (2, 3, 2), (0,), (0, 2)]
)


def memory(t: Any) -> int:
    """Which memory a tensor shows."""
    return int(t.untyped_storage()._cdata)


def nested(values: Sequence[Any], shape: Sequence[int]) -> str:
    """Numbers as nested lists."""
    if not shape:
        return repr(values[0])
    n = len(values) // shape[0]
    return "[" + ", ".join(nested(values[i * n : i * n + n], shape[1:]) for i in range(shape[0])) + "]"


def broadcasts(shape: Sequence[int], to: Sequence[int]) -> bool:
    """Whether a shape broadcasts to another without changing it."""
    return len(shape) <= len(to) and all(
        a in (1, b) for a, b in zip(reversed(shape), reversed(to), strict=False)
    )


def together(*shapes: Sequence[int]) -> tuple[int, ...] | None:
    """The shape to which shapes broadcast; None if they do not."""
    try:
        return tuple(np.broadcast_shapes(*map(tuple, shapes)))
    except ValueError:
        return None
