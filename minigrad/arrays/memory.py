"""Which memory an array shows, and where in it.   torch: c10/core/Storage.h"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or cupy.ndarray


def owner_of(array: Array) -> Array:
    """Return the array that owns the memory of an array: itself, unless it is a view of NumPy's."""
    while isinstance(array, np.ndarray) and isinstance(base := np.ndarray.base.__get__(array), np.ndarray):
        array = base
    return array


def address_of(array: Array) -> int:
    """Return the address of the first element."""
    return array.__array_interface__["data"][0]


def at_the_same_place(array: Array, owner: Array, memory: Array) -> Array:
    """Return what `memory`, a copy of the owner's memory, has in the place of an array that shows the owner's.

    The owner lies row after row or column after column.
    """
    memory = memory if memory.flags.c_contiguous else memory.T
    start = address_of(array) - address_of(owner)
    return np.ndarray(array.shape, array.dtype, memory, start, array.strides)
