"""The memory of a program's results: a piece that no array shows any more is used again.   torch: c10 caching allocator

A result takes a free piece of its size. Where there is none, it cuts what it needs from the smallest piece that is more
than four times as large, and neighbours that are free are joined again. So a mask of bools does not take the place of
its floats, who come next. What is small takes new memory: if it lived long, it would keep a large piece cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
ALIGNED = 64  # bytes: as the widest registers like it
SMALL = 1 << 16  # bytes


class Memory(np.ndarray):
    """Bytes. NumPy's views of an array hold the owner of its memory if that is of their own class, else the array.

    So any view that NumPy makes of a recorded array holds it, and the memory is not given away.
    """


@dataclass(eq=False)
class Piece:
    """Bytes from start to stop of the memory that NumPy gave at once."""

    root: Array
    start: int
    stop: int
    memory: Array  # these bytes as an array that owns them, as far as its views know

    @property
    def size(self) -> int:
        """Bytes"""
        return self.stop - self.start


class Pool:
    """The free pieces."""

    def __init__(self) -> None:
        self.free: list[Piece] = []

    def take(self, n: int) -> Piece | None:
        """A piece for n bytes; None if there is none."""
        fitting = (piece for piece in self.free if piece.size == n or (piece.size > 4 * n and n > SMALL))
        piece = min(fitting, key=lambda piece: piece.size, default=None)
        if piece is None:
            return None
        self.free.remove(piece)
        cut = piece.start + -(-n // ALIGNED) * ALIGNED
        if cut >= piece.stop:
            return piece
        self.free.append(_part(piece.root, cut, piece.stop))
        return _part(piece.root, piece.start, cut)

    def give(self, piece: Piece) -> None:
        """Take a piece back, and join it with its free neighbours."""
        beside = [
            other
            for other in self.free
            if other.root is piece.root and (other.stop == piece.start or other.start == piece.stop)
        ]
        for other in beside:
            self.free.remove(other)
        if beside:
            ends = [piece, *beside]
            piece = _part(piece.root, min(each.start for each in ends), max(each.stop for each in ends))
        self.free.append(piece)


def whole(root: Array) -> Piece:
    """All bytes of an array that nobody else uses."""
    return Piece(root, 0, root.size, root.view(Memory))


def _part(root: Array, start: int, stop: int) -> Piece:
    if stop - start == root.size:
        return whole(root)
    return Piece(root, start, stop, np.frombuffer(memoryview(root)[start:stop], np.uint8).view(Memory))
