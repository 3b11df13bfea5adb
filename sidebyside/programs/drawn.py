"""Random programs: small expression graphs that both libraries run, for Hypothesis to draw and to shrink.

    @given(programs())
    def test(program):
        same(program)

A program is a list of statements that read as Python; its repr, pasted into a file, runs. What a statement may
be is a table (statements.py). Statements run in torch while they are drawn, which tells their shapes (draft.py).

`programs()` draws *exact* programs: on small multiples of 1/2, every drawn step adds to an account of how many
bits its values and all the gradients can need at worst (bits.py), and a step that would need more than the dtype
has is not drawn. So every sum and product, in whatever order, is exact, and the libraries' own kernels must agree
in every bit. `programs(exact=False)` draws any floats, nan, infinities, -0.0 and subnormals among them, and every
function: for torch on minigrad's kernels (exchange/).
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

import minigrad
from sidebyside.contract import same_bits
from sidebyside.exchange import minigrad_kernels
from sidebyside.programs.bits import DIGITS
from sidebyside.programs.draft import Draft
from sidebyside.programs.statements import STATEMENTS

HEADER = "import torch  # or: import minigrad as torch\nfrom math import inf, nan\n"


@dataclass(frozen=True)
class Program:
    """Statements, which entries of the table they are, and whether nothing in them can round."""

    statements: tuple[str, ...]
    drawn: tuple[str, ...] = field(default=(), compare=False)
    exact: bool = True

    @property
    def tier(self) -> str:
        """The strongest that makes a claim about it."""
        return "exact" if self.exact else "exchanged"

    def __repr__(self) -> str:
        return HEADER + "\n".join(self.statements) + "\n"


# -- what a program leaves behind ---------------------------------------------------------------------------


def observe(program: Program, library: Any) -> dict[str, Any]:
    """Every variable's value, dtype, shape, gradient, history and version, and the error that ended the program."""
    scope = {"torch": library, "inf": math.inf, "nan": math.nan}
    seen: dict[str, Any] = {"error": None}
    born: dict[str, int] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for line, statement in enumerate(program.statements):
            try:
                exec(compile(statement, f"<statement {line + 1}>", "exec"), scope)
            except Exception as error:
                seen["error"] = (statement, type(error).__name__, str(error))
                break
            born = {name: born.get(name, t._version) for name, t in _tensors(scope)}
        for name, t in _tensors(scope):
            seen[name] = _features(t) | {"changes": t._version - born.get(name, 0)}
    return seen


def _tensors(scope: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A program's variables; what autograd.grad returned, one by one."""
    for name, value in scope.items():
        if len(name) == 1:
            several = isinstance(value, (tuple, list))
            for i, each in enumerate(value if several else (value,)):
                if each is not None:
                    yield (f"{name}[{i}]" if several else name), each


def _features(t: Any) -> dict[str, Any]:
    try:
        is_leaf = t.is_leaf
    except RuntimeError as error:  # a view that torch no longer lets be used
        return {"value": _array(t), "error": str(error), "grad": None}
    return {
        "value": _array(t),
        "grad": None if t.grad is None else _array(t.grad),
        "requires_grad": t.requires_grad,
        "is_leaf": is_leaf,
        "grad_fn": None if t.grad_fn is None else repr(t.grad_fn).partition(" object")[0][1:],
    }


def _array(t: Any) -> Any:
    t = t.detach()  # torch's zeros without memory must be asked twice
    return t.numpy(force=True).copy() if isinstance(t, torch.Tensor) else t.numpy().copy()


def observe_both(program: Program, tier: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of minigrad and of torch, which in the tier "exchanged" computes with minigrad's kernels."""
    with minigrad_kernels() if tier == "exchanged" else nullcontext():
        theirs = observe(program, torch)
    return observe(program, minigrad), theirs


def same_program(program: Program, tier: str | None = None) -> str:
    """AssertionError where it leaves other things behind in minigrad than in torch; the tier in which it was run.

    That is "exact", each library on its own kernels, or "exchanged" for a program that may round.
    """
    tier = tier or program.tier
    found = differences(*observe_both(program, tier))
    if found:
        raise AssertionError(f"{program!r}\n" + "\n".join(found))
    return tier


def differences(ours: dict[str, Any], theirs: dict[str, Any], strict: bool = False) -> list[str]:
    """In words, where two observations of one program are not the same; none if they are.

    Unless `strict`, what is listed in DIFFERENT does not count.
    """
    found = []
    if not _same_error(ours["error"], theirs["error"]):
        found.append(f"error: {theirs['error']} in torch, {ours['error']} here")
    for name in dict.fromkeys([*theirs, *ours]):
        a, b = ours.get(name), theirs.get(name)
        if name == "error":
            continue
        a, b = a or {}, b or {}
        if not strict and _within_backward(ours["error"]) and _within_backward(theirs["error"]):
            a, b = a | {"grad": None}, b | {"grad": None}
        found += [
            f"{name}.{feature}: {b.get(feature)!r} in torch, {a.get(feature)!r} here"
            for feature in {**b, **a}
            if (strict or "[" not in name or feature in ("value", "changes"))
            and not _same(a.get(feature), b.get(feature))
        ]
    return found


def _within_backward(error: Any) -> bool:
    return error is not None and ("backward(" in error[0] or "autograd.grad(" in error[0])


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return same_bits(a, b)
    return type(a) is type(b) and bool(a == b)


def _same_error(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    first_sentence = re.split(r"(?<=\.) |\n", theirs[2])[0]
    return bool(ours[:2] == theirs[:2] and ours[2].startswith(first_sentence))


# What differs, each with a program that shows it. Where such a program would be drawn, the drawing takes care that
# it is not, or differences() forgives.
DIFFERENT = {
    "what is made of a view that was made under no_grad saves nothing in torch, for no gradient arrives there": """
        a = torch.ones(1, requires_grad=True)
        with torch.no_grad(): b = a[...]
        c = b * b
        c.backward()
        c.backward()""",
    "where requires_grad_() comes after a use, torch's gradient of the gradient finds the tensor that was used": """
        a = torch.ones(1)
        b = torch.ones(1, requires_grad=True)
        c = a * b
        a.requires_grad_()
        G = torch.autograd.grad(c, [b], create_graph=True)
        H = torch.autograd.grad(G[0], [a], allow_unused=True)""",
    "of a backward pass that fails, torch has brought leaves their gradients earlier": """
        a = torch.ones(2, requires_grad=True)
        b = torch.ones(2, requires_grad=True)
        c = a.exp()
        c.add_(b)
        c.sum().backward()""",
    "x + α·y is two nodes here, of which one saves α, so a second backward pass must be announced": """
        a = torch.ones(2, requires_grad=True)
        b = torch.add(a, a, alpha=2)
        b.sum().backward()
        b.sum().backward()""",
    "a part of an expanded tensor is read-only here": """
        a = torch.ones(1)
        b = a.expand(3)[:1]
        b.add_(1)""",
    "the gradient of nll_loss has in torch a gradient of zeros, and none here": """
        a = torch.ones(1, 2, requires_grad=True)
        G = torch.autograd.grad(torch.nn.functional.nll_loss(a, torch.tensor([1])), [a], create_graph=True)
        H = torch.autograd.grad(G[0].sum(), [a], allow_unused=True)""",
}


# -- drawing ----------------------------------------------------------------------------------------------------


@st.composite
def programs(draw: Callable[..., Any], exact: bool = True, second: bool = False, steps: int = 8) -> Program:
    """Programs of one to three leaves and some steps; with `second`, they end with second derivatives."""
    draft = Draft(draw, exact, second)
    dtypes = [draft.one(["float64"] if second else ["float32", "float64"])] * 3
    if exact and not second and draft.integer(0, 15) == 15:
        dtypes = ["float32", "float64", "float32"]
    for dtype in dtypes[: draft.integer(1, 3)]:
        draft.digits = min(draft.digits, DIGITS[dtype])
        draft.leaf(dtype)
    for _ in range(steps):
        if draft.integer(0, 11) == 0 or draft.failed:
            break
        draft.step(STATEMENTS)
    if not draft.failed:
        draft.finish()
    return Program(tuple(draft.statements), tuple(draft.drawn), exact)
