"""Keys of an index, with the tensors that they were made of.   torch: torch/csrc/autograd/saved_variable.h"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minigrad.autograd.misuse import modified


class Key(tuple[Any, ...]):
    """Where an op looks: slices and arrays, as NumPy takes them. It remembers the tensors that it was made of.

    A node checks the tensors that it saves; those behind a key are checked by `unpacked`.
    """

    saved: list[tuple[Any, list[int], int]]  # an array, how often it was changed in place, now and by then

    def __new__(cls, items: Iterable[Any], tensors: Iterable[Any]) -> Key:
        """The tensors are Tensors, each of which has a version."""
        key = super().__new__(cls, items)
        key.saved = [(t.array, t.version, t.version[0]) for t in tensors]
        return key


def unpacked(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key; RuntimeError if a tensor that it was made of has been changed in place since."""
    for array, version, count in getattr(key, "saved", ()):
        if version[0] != count:
            raise modified(array, version[0], count)
    return key
