"""Explains in 80 columns what is wrong with a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sidebyside.contract.balls import L

WIDTH = 80
ROWS = 5  # elements shown


def pattern(found: Any, truth: Any, slack: Any = 0, counts: Sequence[int] = ()) -> str | None:
    """Say how a wrong gradient follows from the right one, or return None if no known way fits.

    `slack` is how far the truth itself may be off, element by element; `counts` are numbers of elements that a
    mean may have divided by.
    """
    found, truth = np.asarray(found), np.asarray(truth)
    if found.shape != truth.shape:
        return _by_shape(found, truth, slack)
    if found.ndim == 2 and found.shape[0] == found.shape[1] and found.shape[0] > 1:
        bound = np.broadcast_to(slack, truth.shape).T
        if _close(found, truth.T, bound) and not _close(found, truth, slack):
            return "it is the transpose of the right one"
    return _by_factor(found, truth, slack, counts)


def shapes(found: Sequence[int], wanted: Sequence[int]) -> str | None:
    """Say the same from the shapes alone, if a library refuses a gradient for its shape."""
    found, wanted = tuple(found), tuple(wanted)
    if len(found) > 1 and found[::-1] == wanted:
        return "it is transposed: a product with its factors in the wrong order, or a .T too few"
    if np.prod(found) > np.prod(wanted):
        return "it is not un-broadcast: sum it over the axes along which the input was repeated"
    return None


def _by_shape(found: Any, truth: Any, slack: Any) -> str | None:
    if found.ndim == 2 and found.shape[::-1] == truth.shape and _close(found.T, truth, slack):
        return "it is the transpose of the right one"
    lead = found.ndim - truth.ndim
    if lead < 0:
        return None
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(truth.shape) if n == 1 and found.shape[i + lead] != 1
    )
    if _close(found.sum(axes).reshape(-1), truth.reshape(-1), np.ravel(slack)):
        return "it is not un-broadcast: sum it over the axes along which the input was repeated"
    return None


def _close(found: Any, truth: Any, slack: Any) -> bool:
    if found.shape != truth.shape:
        return False
    with np.errstate(all="ignore"):
        return bool((abs(found.astype(L) - truth) <= slack).all())


def _by_factor(found: Any, truth: Any, slack: Any, counts: Sequence[int]) -> str | None:
    known = {2.0: "something is accumulated twice", -1.0: "the sign is wrong"}
    for n in counts:
        if n > 1:
            why = f"N = {n}: the mean's division by N is forgotten"
            known[float(n)] = f"{why}, or {known[2.0]}" if n == 2 else why
            known.setdefault(1 / n, f"1/N, N = {n}: it is divided by N once too often")
    with np.errstate(all="ignore"):
        sure = abs(truth) > slack
        if not sure.any() or not np.isfinite(truth).all() or not np.isfinite(found).all():
            return None
        for factor, why in known.items():
            if _close(found, factor * truth, (abs(factor) + 1) * np.asarray(slack)):
                return f"it is {factor:.6g} times the right one ({why})"
        place = np.unravel_index(np.argmax(np.where(sure, abs(truth), 0)), truth.shape)
        factor = found[place] / truth[place]
        spread = (abs(factor) + 1) * np.asarray(slack) + abs(factor) * abs(truth) * np.finfo(found.dtype).eps
        if factor and sure.sum() > 1 and _close(found, factor * truth, spread + slack):
            return f"every element is {float(factor):.9g} times the right one"
    return None


# -- in words -----------------------------------------------------------------------------------------------


def distance(value: Any, truth: Any, kind: np.dtype) -> str:
    """Return the distance in units of the last place of the truth."""
    with np.errstate(all="ignore"):
        if value == truth or (value != value and truth != truth):
            return "0"
        if not (np.isfinite(value) and np.isfinite(truth)):
            return "-"
        count = float(abs(L(value) - truth) / L(np.spacing(abs(kind.type(truth)))))
    return f"{count:.0f}" if count >= 10 and count < 1e6 else f"{count:.2g}"


def table(columns: Mapping[str, Any], truth: Any, wrong: Any) -> str:
    """List the worst elements: both values, the truth, and both distances in units of the last place."""
    first = np.asarray(next(iter(columns.values())))
    with np.errstate(all="ignore"):
        off = np.max([abs(np.asarray(v, L) - truth) for v in columns.values()], axis=0)
        off = np.where(wrong, np.nan_to_num(off, nan=np.inf), -1).reshape(-1)
    order = np.argsort(-off, kind="stable")[: min(ROWS, int(wrong.sum()))]
    floating = first.dtype.kind == "f"
    heads = ["element", *columns, "truth", *([f"ulp {name}" for name in columns] if floating else [])]
    rows = []
    for flat in order:
        place = np.unravel_index(flat, first.shape) if first.shape else ()
        values = [np.asarray(v)[place] for v in columns.values()]
        exact = truth[place]
        shown = [*map(str, values), str(first.dtype.type(exact))]
        if floating:
            shown += [distance(v, exact, first.dtype) for v in values]
        rows.append([str([int(i) for i in place]) if place else "()", *shown])
    text = _grid(heads, rows, list(columns))
    shown_of = f", the worst {len(rows)} shown" if wrong.sum() > len(rows) else ""
    return f"{text}\n  {int(wrong.sum())} of {first.size} elements differ{shown_of}"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]], names: Sequence[str]) -> str:
    """Set rows in columns if they fit into the width, else as a block of lines for each row."""
    widths = [max(len(each) for each in column) for column in zip(heads, *rows, strict=True)]
    if sum(widths) + 2 * len(widths) <= WIDTH:
        padded = ([c.rjust(w) for c, w in zip(line, widths, strict=True)] for line in [heads, *rows])
        return "\n".join("  " + "  ".join(line) for line in padded)
    lines = []
    for place, *numbers in rows:
        values, truth, off = numbers[: len(names)], numbers[len(names)], numbers[len(names) + 1 :]
        lines.append(f"  element {place}")
        for name, each, count in zip(names, values, off or [""] * len(names), strict=True):
            lines.append(f"    {name:<9} {each:<26} {count} ulp off".rstrip())
        lines.append(f"    {'truth':<9} {truth}")
    return "\n".join(lines)


def shown(name: str, value: Any) -> str:
    """Return an input as text for the message."""
    if not isinstance(value, np.ndarray):
        return f"  {name} = {value!r}"
    lead = f"  {name} = "
    text = np.array2string(
        value, separator=", ", threshold=40, edgeitems=3, max_line_width=WIDTH - len(lead), floatmode="unique"
    )
    text = text.replace("\n", "\n" + " " * len(lead))
    return f"{lead}{text}\n{' ' * len(lead)}{value.dtype}, shape {value.shape}"
