"""An array that writes down what is done with it, by the two methods with which NumPy asks an array before it computes.

NumPy: "Dispatch mechanism" (__array_ufunc__, NEP 13; __array_function__, NEP 18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from minigrad.arrays.memory import address_of
from minigrad.arrays.memory import owner_of as owner_by_views
from minigrad.compiler.pool import Piece, Pool

Array = Any
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]  # a function and its arguments


class Now:
    """The recording that is running: one at a time."""

    recording: Any = None


class Recorded(np.ndarray):
    """An array of the program that is being recorded."""

    block: Any = None  # the memory that it shows; while an array holds it, nothing else is written there
    is_view = True

    def __array_finalize__(self, source: Any) -> None:
        self.block = getattr(source, "block", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return Now.recording.ufunc(ufunc if method == "__call__" else getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return Now.recording.function(function, args, kwargs)

    @property
    def base(self) -> Any:
        """None unless it is a view: of an eager array NumPy says the same."""
        return owner_of(self) if self.is_view else None

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


def _told(name: str) -> Any:
    """A method that NumPy runs without asking: it is written down like a function."""
    method = getattr(np.ndarray, name)
    return lambda self, *args, **kwargs: Now.recording.function(method, (self, *args), kwargs)


def _refused(name: str) -> Any:
    """A method by which numbers leave."""
    return lambda self, *args, **kwargs: Now.recording.leaves(name)


_TOLD = """__getitem__ __setitem__ argmax argmin argpartition argsort astype choose clip compress copy cumprod cumsum
dot fill flatten nonzero partition put ravel repeat reshape resize round searchsorted sort take trace"""
_REFUSED = """__bool__ __complex__ __contains__ __float__ __index__ __int__ __repr__ __str__
item tobytes tolist"""
for _name in _TOLD.split():
    setattr(Recorded, _name, _told(_name))
for _name in _REFUSED.split():
    setattr(Recorded, _name, _refused(_name))


class Block:
    """Memory of the program. When the last array that shows it is gone, the next result may lie there."""

    def __init__(self, piece: Piece, pool: Pool) -> None:
        self.piece, self.pool = piece, pool

    def __del__(self) -> None:
        self.pool.give(self.piece)

    def shown(self, array: Array) -> Recorded:
        """The recorded array of the same place."""
        start = address_of(array) - address_of(self.piece.memory)
        return self.recorded(array.shape, array.dtype, start, array.strides)

    def recorded(self, shape: Any, dtype: Any, start: int, strides: Any) -> Recorded:
        """A recorded array in this memory."""
        z = Recorded(shape, dtype, self.piece.memory, start, strides)
        z.block = self
        return z


def plain(value: Any) -> Any:
    """The value with ordinary arrays of the same memory in place of recorded ones."""
    if isinstance(value, Recorded):
        # Not by view(): that would hold the recorded array, and so its block. This holds the memory alone.
        about = value.__array_interface__ | {"strides": value.strides}
        return np.asarray(SimpleNamespace(__array_interface__=about, base=owner_of(value)))
    if isinstance(value, (tuple, list)):
        return (list if isinstance(value, list) else tuple)(map(plain, value))
    return {key: plain(v) for key, v in value.items()} if type(value) is dict else value


def arrays_in(value: Any) -> list[Array]:
    """The arrays among arguments."""
    if isinstance(value, np.ndarray):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [array for part in parts for array in arrays_in(part)]


def owner_of(array: Any) -> Array:
    """The array that owns the memory of an array, also of one that as_strided made."""
    owner = owner_by_views(array)
    held = getattr(
        np.ndarray.base.__get__(owner), "base", None
    )  # as_strided puts an object of its own in between, and so does plain
    return owner_of(held) if isinstance(held, np.ndarray) else owner


# -- calls of a program that are not NumPy's ----------------------------------------------------------------


class Differs(Exception):
    """A step takes another way than it took when it was recorded, and nothing was changed yet."""


def fill(z: Array, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """z ← function(...), of a function that takes no out="""
    z[...] = function(*args, **kwargs)


def where(z: Array, condition: Any, x: Any, y: Any) -> None:
    """z ← x where the condition holds, else y"""
    np.copyto(z, y)
    np.copyto(z, x, where=condition)


def again(answer: Any, first: bool, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a function for what it checks or does. It must answer as it did; `first`: nothing was changed before it."""
    if function(*args, **kwargs) is not answer:
        if first:
            raise Differs
        raise RuntimeError(
            f"compile: {function.__name__} answers otherwise than when the step was recorded, after the step has "
            "changed something.\nLeave this step uncompiled."
        )


def set_grad(leaf: Any, grad: Any) -> None:
    """leaf.grad ← a tensor whose memory the program fills"""
    leaf._grad = grad


# -- what a recording knows of NumPy ------------------------------------------------------------------------

# The call that writes a function's result into z, which is there already. For any other function it is `fill`.
INTO: dict[Any, Callable[..., tuple[Any, ...]]] = {
    np.where: lambda z, *args: (where, z, *args),
    np.ndarray.copy: lambda z, x, *_: (np.copyto, z, x),
    np.ndarray.astype: lambda z, x, *_: (np.copyto, z, x, "unsafe"),
    np.ndarray.dot: lambda z, x, y, *_: (np.dot, x, y, z),
    np.dot: lambda z, x, y: (np.dot, x, y, z),
    np.concatenate: lambda z, arrays, axis=0: (np.concatenate, arrays, axis, z),
}
FRESH = {np.dot, np.ndarray.dot, np.ndarray.copy, np.concatenate}  # whose results are never a view
CONSTANT = {np.zeros_like, np.ones_like}  # whose argument says a shape and a type, no more
CHANGE_THE_FIRST = {
    *(getattr(np.ndarray, name) for name in "__setitem__ fill partition put resize sort".split()),
    *(np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask),
}
ABOUT = {np.shape, np.ndim, np.size, np.result_type, np.may_share_memory, np.shares_memory, np.can_cast}
SIZED_BY_DATA = {
    np.nonzero, np.unique, np.flatnonzero, np.argwhere, np.extract, np.compress,
    np.ndarray.nonzero, np.ndarray.compress,
}  # fmt: skip
