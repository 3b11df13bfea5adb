"""Says of one array whether it is PyTorch's: exactly, up to rounding, or wrong, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sidebyside.contract import differing, outside
from sidebyside.contract.balls import Ball, NoBound
from sidebyside.contract.explain_difference import distance, table
from sidebyside.contract.run_both import array
from sidebyside.wrong import Scene, named

UNKNOWN = (
    64  # units of the last place of the largest element, up to which it may be rounding if no bound is known
)


@dataclass(frozen=True)
class Verdict:
    """What an array is: "exact", "rounding" or "wrong", and the sentence that says so."""

    kind: str
    text: str


def compare(name: str, mine: Any, right: Any, values: Mapping[str, Any]) -> Verdict:
    """Hold an array against PyTorch's, or against the program that makes it, which tells how far rounding may go."""
    ball = None
    if callable(right):
        right, ball = computed(right)
    known = {k: np.asarray(array(v)) for k, v in values.items() if v is not None}
    return judge(np.asarray(array(mine)), np.asarray(array(right)), ball, name, known)


def computed(program: Callable[[], Any]) -> tuple[Any, Ball | None]:
    """Run a program of PyTorch's; what it returns, and the bound, or None where none is derived."""
    from sidebyside.contract.track import Track  # which needs torch

    try:
        with Track() as track:
            result = program()
            return result, track.ball(result)
    except NoBound:
        return program(), None


def judge(mine: Any, right: Any, ball: Ball | None, name: str, values: Mapping[str, Any]) -> Verdict:
    """Judge an array beside the right one; `values` are the inputs by name, z and dz, where they are known."""
    if mine.shape == right.shape and not differing(mine, right).any():
        same_type = mine.dtype == right.dtype
        return Verdict(
            "exact", "exact: every bit is PyTorch's" if same_type else f"equal, but {_types(mine, right)}"
        )
    truth = right if ball is None else ball.c
    scene = Scene(mine, truth, 0 if ball is None else ball.r, name, values)
    if mine.shape != right.shape:
        why = named(scene)
        return Verdict("wrong", f"wrong: {_types(mine, right)}" + (f"\n  {why}" if why else ""))
    if mine.dtype.kind != "f" or mine.dtype != right.dtype:
        return Verdict("wrong", f"wrong: {_types(mine, right)}")
    if ball is not None and np.isfinite(ball.r).all():
        wrong = outside(mine, ball)
        if not wrong.any():
            return Verdict("rounding", share(mine, ball)[1])
    else:
        apart = in_last_places(mine, right)
        if apart <= UNKNOWN:
            return Verdict("rounding", f"rounding, as it seems: {apart:.2g} ulp {NO_BOUND}")
        wrong = differing(mine, right)
    why = named(scene)
    lines = [f"wrong: {why}" if why else "wrong", table({"mine": mine, "PyTorch": right}, truth, wrong)]
    return Verdict("wrong", "\n".join(lines))


NO_BOUND = """\
of the largest element; how far rounding may take it is not known
  (give the program, not its result: lambda: torch.autograd.grad(loss(W), W)[0])"""


def _types(mine: Any, right: Any) -> str:
    return f"it is {mine.dtype} {mine.shape}, and the right one is {right.dtype} {right.shape}"


def share(mine: Any, ball: Ball) -> tuple[float, str]:
    """Return the largest share of its bound that an element uses, and that element's error in words."""
    off = abs(mine.astype(ball.c.dtype) - ball.c)
    shares = np.where(ball.r > 0, off / np.where(ball.r > 0, ball.r, 1), 0)
    place = np.unravel_index(np.argmax(shares), shares.shape)
    truth, most = ball.c[place], ball.c[place] + ball.r[place]
    found, allowed = (distance(each, truth, mine.dtype) for each in (mine[place], most))
    if "-" in (found, allowed):  # the last place tells nothing there
        text = f"right: {off[place]:.2g} off where rounding may take {ball.r[place]:.2g}"
    else:
        text = f"right: {found} ulp off where rounding may take {allowed}"
    return float(shares[place]), text


def in_last_places(mine: Any, right: Any) -> float:
    """The largest difference in units of the last place of the largest element."""
    with np.errstate(all="ignore"):
        off = np.nan_to_num(abs(mine - right), nan=np.inf)
        return float(np.max(np.where(differing(mine, right), off, 0)) / np.spacing(np.max(abs(right))))
