"""Shows in 80 columns where two arrays differ, and inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sidebyside.contract.balls import L

WIDTH = 80
ROWS = 5  # elements shown
FAR = 2.0**-8  # of the truth: what is further off than that did not come from rounding


def distance(value: Any, truth: Any, kind: np.dtype) -> str:
    """Return the distance in units of the last place of the truth.

    It is "-" where it tells nothing: at 0, nan, infinities, and where no digit is right, or hardly one.
    """
    with np.errstate(all="ignore"):
        if value == truth or (value != value and truth != truth):
            return "0"
        if not (np.isfinite(value) and np.isfinite(truth) and truth):
            return "-"
        count = float(abs(L(value) - truth) / L(np.spacing(abs(kind.type(truth)))))
    if count > max(64, FAR / float(np.finfo(kind).eps)):
        return "-"
    return f"{count:.0f}" if count >= 10 else f"{count:.2g}"


def table(columns: Mapping[str, Any], truth: Any, wrong: Any, rounded: bool = True) -> str:
    """List the worst elements: both values, the truth, and both distances in units of the last place.

    Where nothing was `rounded`, but a formula is wrong, only the values tell something.
    """
    first = np.asarray(next(iter(columns.values())))
    with np.errstate(all="ignore"):
        off = np.max([abs(np.asarray(v, L) - truth) for v in columns.values()], axis=0)
        off = np.where(wrong, np.nan_to_num(off, nan=np.inf), -1).reshape(-1)
    order = np.argsort(-off, kind="stable")[: min(ROWS, int(wrong.sum()))]
    floating = first.dtype.kind == "f"
    rows, counts = [], []
    for flat in order:
        place = np.unravel_index(flat, first.shape) if first.shape else ()
        values = [np.asarray(v)[place] for v in columns.values()]
        exact = truth[place]
        shown = [*map(str, values), str(first.dtype.type(exact))] if rounded else map(str, values)
        counts.append([distance(v, exact, first.dtype) for v in values] if floating else [])
        rows.append([str([int(i) for i in place]) if place else "()", *shown])
    heads = ["element", *columns, *(["truth"] if rounded else [])]
    if rounded and any(
        count not in ("-", "0") for each in counts for count in each
    ):  # otherwise they tell nothing
        heads += [f"ulp {name}" for name in columns]
        rows = [row + each for row, each in zip(rows, counts, strict=True)]
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
        values, truth, off = numbers[: len(names)], numbers[len(names) :][:1], numbers[len(names) + 1 :]
        lines.append(f"  element {place}")
        for name, each, count in zip(names, values, off or ["-"] * len(names), strict=True):
            lines.append(f"    {name:<9} {each:<26} {count} ulp off".rstrip().removesuffix(" - ulp off"))
        lines += [f"    {'truth':<9} {each}" for each in truth]
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
