"""Places for the boxes of a directed graph: rows from top to bottom, as few crossings as a few sweeps find.

The method is Sugiyama's (1981), each of its steps in its simplest form. A box lies one row below the lowest of
those that point at it; arrows that pass rows get a place in each; boxes are ordered within a row by the mean place
of their neighbours, and at last moved, in that order, as close to their neighbours as the others let them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

GAP = 24.0  # between neighbours in a row, at least
RAIL = 4.0  # the width of an arrow where it passes a row
SWEEPS = 16
LARGEST = 10_000  # boxes and passages


class TooLarge(ValueError):
    """A graph of which no picture is made."""


class Layout(NamedTuple):
    """x of the centres, from the left, and rows from the top: of the boxes, in their order, then of the passages.

    Links are the pieces of arrows, each from one row to the next, by the numbers of its ends.
    """

    x: list[float]
    rows: list[int]
    links: list[tuple[int, int]]
    width: float


def layout(widths: Sequence[float], below: Sequence[Sequence[int]]) -> Layout:
    """Places for boxes of these widths; `below[i]` are those that box i points at, each of a number above i.

    Raises TooLarge where there would be more than LARGEST boxes and passages.
    """
    net = _Net(widths, below)
    x = _coordinates(net, _ordered(net))
    left = min(x[i] - net.widths[i] / 2 for i in range(len(x)))
    right = max(x[i] + net.widths[i] / 2 for i in range(len(x)))
    links = [(i, j) for i, targets in enumerate(net.down) for j in targets]
    return Layout([each - left for each in x], net.rows, links, right - left)


class _Net:
    """Boxes and passages in rows: every link leads from one row to the next.

    All arrows to a box share a rail, one passage in each row above it, which they join as they come.
    """

    def __init__(self, widths: Sequence[float], below: Sequence[Sequence[int]]) -> None:
        self.widths, self.rows = list(widths), [0] * len(widths)
        for i, targets in enumerate(below):
            for j in targets:
                self.rows[j] = max(self.rows[j], self.rows[i] + 1)
        self.height = [0] * len(widths)  # arrows to the lowest box below
        for i in reversed(range(len(below))):
            self.height[i] = max((self.height[j] + 1 for j in below[i]), default=0)
        self.down: list[list[int]] = [[] for _ in widths]
        self._link(below)
        self.up: list[list[int]] = [[] for _ in self.widths]
        for i, targets in enumerate(self.down):
            for j in targets:
                self.up[j].append(i)

    def _link(self, below: Sequence[Sequence[int]]) -> None:
        joined: dict[int, int] = {}  # for each box, the first row in which an arrow to it passes
        for i, targets in enumerate(below):
            for j in targets:
                joined[j] = min(joined.get(j, self.rows[j]), self.rows[i] + 1)
        size = len(below) + sum(self.rows[j] - row for j, row in joined.items())
        if size > LARGEST:
            raise TooLarge(
                f"{size} boxes and passages of arrows, and at most {LARGEST} are drawn\nWrite its dot() or mermaid(), "
                "which have no limit, or draw a tensor from an earlier step."
            )
        rails = {j: self._rail(j, row) for j, row in joined.items()}
        for i, targets in enumerate(below):
            for j in dict.fromkeys(targets):
                self.down[i].append(rails[j][self.rows[i] + 1 - joined[j]])

    def _rail(self, box: int, top: int) -> list[int]:
        """A passage in each row from `top` on, and the box at their end."""
        first, passed = len(self.rows), range(top, self.rows[box])
        rail = [*range(first, first + len(passed)), box]
        self.widths += [RAIL] * len(passed)
        self.rows += passed
        self.height += [self.height[box]] * len(passed)
        self.down += [[after] for after in rail[1:]]
        return rail


def _ordered(net: _Net) -> list[list[int]]:
    """The rows, each from left to right: sorted by the neighbours above, by those below, and again."""
    rows: list[list[int]] = [[] for _ in range(max(net.rows) + 1)]
    for i in _reading_order(net):
        rows[net.rows[i]].append(i)
    best, fewest = [list(row) for row in rows], _crossings(net, rows)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        place = {i: float(n) for row in rows for n, i in enumerate(row)}
        for row, near in _sweep(net, rows, sweep):
            row.sort(key=lambda i: _mean([place[j] for j in near[i]], place[i]))
            place.update((i, float(n)) for n, i in enumerate(row))
        crossings = _crossings(net, rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _reading_order(net: _Net) -> list[int]:
    """Depth first from the top, inputs in their order: a graph's own idea of left and right."""
    seen: dict[int, None] = {}
    stack = [i for i in reversed(range(len(net.rows))) if not net.up[i]]
    while stack:
        i = stack.pop()
        if i not in seen:
            seen[i] = None
            stack += reversed(net.down[i])
    return list(seen)


def _sweep(net: _Net, rows: list[list[int]], number: int) -> list[tuple[list[int], list[list[int]]]]:
    """Each row with the neighbours it is to follow: downwards those above, and every second time those below."""
    if number % 2 == 0:
        return [(row, net.up) for row in rows[1:]]
    return [(row, net.down) for row in reversed(rows[:-1])]


def _crossings(net: _Net, rows: list[list[int]]) -> int:
    """How many pairs of links cross."""
    place = {i: n for row in rows for n, i in enumerate(row)}
    count = 0
    for row in rows:
        seen: list[int] = []
        for i in row:
            ends = sorted(place[j] for j in net.down[i])
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _coordinates(net: _Net, rows: list[list[int]]) -> list[float]:
    """x of every box and passage, in the rows' order."""
    x = [0.0] * len(net.rows)
    for row in rows:
        _settle(row, net, x, lambda i: 0.0)
    for sweep in range(SWEEPS):
        for row, near in _sweep(net, rows, sweep):
            _settle(row, net, x, lambda i: _aim(i, near[i], net, x))  # noqa: B023
    return x


def _aim(i: int, near: list[int], net: _Net, x: list[float]) -> float:
    """The mean place of those neighbours that have much below them: long chains run straight, leaves beside them."""
    deepest = max((net.height[j] for j in near), default=0)
    if not deepest:  # leaves follow, and lead nothing
        near = net.up[i]
    return _mean([x[j] for j in near if 2 * net.height[j] >= deepest], x[i])


def _settle(row: list[int], net: _Net, x: list[float], aim: Callable[[int], float]) -> None:
    """Move a row as close to its aims as its order and its widths let it, in the sense of least squares.

    Less what the widths take up, places need only be non-decreasing: this is isotonic regression, solved by pooling
    neighbours that would overtake each other. What has much below it is heavy, and others make room.
    """
    taken = [0.0]
    for i, j in pairwise(row):
        taken.append(taken[-1] + (net.widths[i] + net.widths[j]) / 2 + GAP)
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for i, before in zip(row, taken, strict=True):
        mean, weight, members = aim(i) - before, net.height[i] + 0.01, 1
        while pools and pools[-1][0] >= mean:
            m, w, n = pools.pop()
            mean, weight, members = (mean * weight + m * w) / (weight + w), weight + w, members + n
        pools.append((mean, weight, members))
    settled = [mean for mean, _, members in pools for _ in range(members)]
    for i, mean, before in zip(row, settled, taken, strict=True):
        x[i] = mean + before
