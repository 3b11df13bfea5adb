"""Which memory an array shows, and where in it; large memory that serves again.   torch: c10/core/Storage.h"""

from __future__ import annotations

import math
import sys
from collections import defaultdict, deque
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


def in_memory_order(array: Array) -> Array:
    """Return a view whose axes go from the largest stride to the smallest: torch fills a tensor in this order."""
    strides = array.strides
    return array.transpose(sorted(range(array.ndim), key=lambda axis: -strides[axis]))


def at_the_same_place(array: Array, owner: Array, memory: Array) -> Array:
    """Return what `memory`, a copy of the owner's memory, has in the place of an array that shows the owner's.

    The owner lies row after row or column after column.
    """
    memory = memory if memory.flags.c_contiguous else memory.T
    start = address_of(array) - address_of(owner)
    return np.ndarray(array.shape, array.dtype, memory, start, array.strides)


# -- large memory that serves again -------------------------------------------------------------------------

LARGE = 1 << 16  # bytes
LINE = 64  # bytes of a line of the processor's cache
MOST = 1 << 28  # bytes of all arrays that are kept


def memory_like(x: Array, shape: tuple[int, ...] | None = None) -> Array | None:
    """Return an array for a result, to be passed as out=; None if NumPy is to make the result itself.

    A large array that is freed goes back to the system. The system clears each page of it (a page fault) before a
    program can write there again, and that can take longer than what the program computes. So large arrays are kept,
    and one that nobody else holds, neither by a tensor nor by a view, serves again.
    The array has x's type, and x's shape unless another is given. NumPy makes small results, and those whose order in
    memory follows from x's.
    torch: c10/cuda/CUDACachingAllocator.cpp, which keeps a GPU's memory.
    """
    if shape is None:
        if x.nbytes < LARGE or not x.flags.c_contiguous:
            return None
        shape = x.shape
    elif math.prod(shape) * x.itemsize < LARGE:
        return None
    return _KEPT.array(shape, x.dtype) if type(x) is np.ndarray else None


def empty_like(x: Array) -> Array:
    """Return an array for a result of x's type and shape, in the order of x in memory."""
    z = memory_like(x)
    return np.empty_like(x) if z is None else z


def empty(like: Array, shape: tuple[int, ...]) -> Array:
    """Return an array of another one's type, on its device, that lies row after row."""
    z = memory_like(like, shape)
    return np.empty_like(like, order="C", shape=shape) if z is None else z


class Kept:
    """Arrays that are kept, by shape and type. All threads share them: a thread that looks at an array holds it."""

    def __init__(self) -> None:
        self.arrays: defaultdict[Any, deque[Array]] = defaultdict(deque)
        self.bytes = 0

    def array(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array that nobody else holds, or a new one."""
        z = first_unused(self.arrays[shape, dtype], UNUSED)
        # Its last holder may have changed its attributes, too: x.shape = ..., x.flags.writeable = False.
        if z is not None and z.shape == shape and z.dtype == dtype and z.flags.carray:
            return z
        z = aligned(shape, dtype)
        if self.bytes + z.nbytes > MOST:
            self.arrays.clear()
            self.bytes = 0
        self.arrays[shape, dtype].append(z)
        self.bytes += z.nbytes
        # glibc's malloc itself keeps arrays that are no larger than the largest one that was freed, up to 32 MB, and
        # twice that in all: see mallopt(3). As those that are kept here are not freed, one is that was never written.
        np.empty(1 << 24, np.uint8)
        return z


class Memory(bytearray):
    """What one array lies in."""


def aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """Return a new array that begins at a multiple of 64 bytes, as torch's tensors do: that is a line of the cache.

    The processor writes 64 bytes at a time, and takes up to twice as long where they lie in two lines. NumPy's own
    arrays begin at multiples of 16.
    """
    memory = Memory(math.prod(shape) * dtype.itemsize + LINE)
    return np.ndarray(shape, dtype, memory, -address_of(np.frombuffer(memory, np.uint8)) % LINE)


def has_own_memory(array: Array) -> bool:
    """Whether an array was made with its memory, and shows nobody else's."""
    return array.base is None or type(array.base) is Memory


def first_unused(objects: deque[Any], count: int) -> Any:
    """Return one of the next eight objects, the first that has so many references, or None.

    The queue turns, for there may be many objects in use.
    """
    for _ in range(min(len(objects), 8)):
        z = objects[0]
        objects.rotate(-1)
        if sys.getrefcount(z) == count:
            return z
    return None


# How many references sys.getrefcount counts there if nobody else holds the object: it depends on Python's version.
UNUSED = next(n for n in range(1, 9) if first_unused(deque([object()]), n))
_KEPT = Kept()
