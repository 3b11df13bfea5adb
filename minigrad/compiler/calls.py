"""The calls of NumPy that a step makes, each computed at once and written down."""

from __future__ import annotations

import sys
from functools import cache, wraps
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from minigrad.arrays.device import is_dense
from minigrad.arrays.memory import address_of
from minigrad.compiler.pool import Pool, whole
from minigrad.compiler.recorded import (
    ABOUT,
    CHANGE_THE_FIRST,
    CONSTANT,
    FRESH,
    INTO,
    SIZED_BY_DATA,
    Array,
    Block,
    Call,
    Recorded,
    arrays_in,
    fill,
    owner_of,
    plain,
)

# What to do instead: said of numbers that Python reads, and of numbers that decide a shape.
LATER = "Return the tensor and read it after the step, or leave this function uncompiled."
MASKS = "torch.where and masked_fill keep the shape; else leave this function uncompiled."


class Calls:
    """What NumPy is asked for: computed at once, and written down.

    Memory has names: x0, x1 ... of the arguments, w of other tensors that are read, c of constants, m of results.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.effects = 0  # how many of them change what is seen outside
        self.paused = False
        self.pool = Pool()
        # By the id of the array that owns the memory: the blocks in use, and the name of each piece of memory.
        self.blocks: WeakValueDictionary[int, Block] = WeakValueDictionary()
        self.memory: dict[int, str] = {}
        self.owners: list[Array] = []  # these arrays: an id means nothing without its object

    def own(self, array: Array, name: str) -> None:
        """Name the memory of an array, if it has no name."""
        owner = owner_of(array)
        if self.memory.setdefault(id(owner), name) is name:
            self.owners.append(owner)

    def name_of(self, array: Array) -> str:
        """The name of its memory. What is met for the first time is a constant."""
        self.own(array, f"c{len(self.owners)}")
        return self.memory[id(owner_of(array))]

    def new(self, value: Any, constant: bool = False, fresh: bool = False) -> Any:
        """A result as a recorded array: a view as it is; else a constant, or in memory of the program's.

        `fresh`: nobody else has its memory, so it may become the program's.
        """
        array = np.asarray(value)  # NumPy gives 0-d results as numbers
        owner = id(owner_of(array))
        if owner in self.memory:
            block = self.blocks.get(owner)
            return array.view(Recorded) if block is None else block.shown(array)
        if constant:
            z = array.view(Recorded)
            self.own(array, f"c{len(self.owners)}")
        else:
            z = self.room(array, fresh)
            if address_of(z) != address_of(array):
                plain(z)[...] = array
        z.is_view = False
        return z

    def room(self, array: Array, fresh: bool) -> Any:
        """A result that lies as this array: in a free piece, or in new memory, which may be a fresh array's."""
        strides = array.strides if is_dense(array) else array.copy("K").strides
        rows = array if fresh and array.flags.c_contiguous else np.empty(array.nbytes, np.uint8)
        piece = self.pool.take(array.nbytes) or whole(rows.reshape(-1).view(np.uint8))
        self.own(piece.memory, f"m{len(self.owners)}")
        block = self.blocks[id(owner_of(piece.memory))] = Block(piece, self.pool)
        return block.recorded(array.shape, array.dtype, 0, strides)

    def are_constant(self, *values: Any) -> bool:
        """Whether all arrays among these are constants: then so is what is computed from them."""
        return all(self.name_of(array)[0] == "c" for array in arrays_in(values))

    # What NumPy is asked to do

    def ufunc(self, ufunc: Any, inputs: Any, options: dict[str, Any]) -> Any:
        """z = ufunc(*inputs), or with out= the change of z: computed now, and written down."""
        inputs, given = plain(inputs), options.pop("out", None)
        options = plain(options)
        if ufunc.__name__ == "at":
            return self.change(inputs[0], ufunc, *inputs, **options)
        if given is not None:
            self.change(plain(given[0]), ufunc, *inputs, **options, out=plain(given))
            return given[0] if len(given) == 1 else given
        constant = self.are_constant(inputs, options)
        if not constant and (empty := _foreseen(ufunc, inputs, options)) is not None:
            z = self.new(empty, fresh=True)
            ufunc(*inputs, **options, out=plain(z))
            self.calls.append((ufunc, inputs, {**options, "out": plain(z)}))
            return z
        found = ufunc(*inputs, **options)
        several = isinstance(found, tuple)
        z = (
            tuple(self.new(part, constant, True) for part in found)
            if several
            else self.new(found, constant, True)
        )
        if not constant:
            self.calls.append((ufunc, inputs, {**options, "out": plain(z)}))
        return z

    def function(self, function: Any, args: Any, kwargs: Any) -> Any:
        """One of NumPy's functions or an array's methods: computed now, and written down unless it makes a view."""
        args, kwargs = plain(tuple(args)), plain(kwargs)
        if function in ABOUT:
            return function(*args, **kwargs)
        if function in CHANGE_THE_FIRST:
            return self.change(args[0], function, *args, **kwargs)
        if kwargs.get("out") is not None:
            self.change(kwargs["out"], function, *args, **kwargs)
            return kwargs["out"].view(Recorded)
        if function in SIZED_BY_DATA or (function is np.ndarray.__getitem__ and _is_mask(args[1])):
            self.leaves(function.__name__, MASKS)
        found = function(*args, **kwargs)
        if isinstance(found, (tuple, list)):
            return [self.result(_item(i, function), args, kwargs, part) for i, part in enumerate(found)]
        return self.result(function, args, kwargs, found)

    def result(self, function: Any, args: Any, kwargs: Any, found: Any) -> Any:
        """What a function gave, as a recorded array."""
        if not isinstance(found, (np.ndarray, np.generic)):
            self.leaves(function.__name__)
        constant = function in CONSTANT or (function is not np.empty_like and self.are_constant(args, kwargs))
        z = self.new(found, constant, fresh=function in FRESH)
        if z.is_view or constant or function is np.empty_like:
            return z
        if function in INTO and not kwargs:
            into, *given = INTO[function](plain(z), *args)
            self.calls.append((into, tuple(given), {}))
        else:
            self.calls.append((fill, (plain(z), function, *args), kwargs))
        return z

    def change(self, z: Array, function: Any, *args: Any, **kwargs: Any) -> None:
        """A function that writes into z."""
        name = self.name_of(z)
        if name[0] == "c":  # no constant any more: each run begins with a copy of what it was
            owner = owner_of(z)
            self.memory[id(owner)] = "m" + name[1:]
            self.calls.insert(0, (np.copyto, (owner, owner.copy("K") if _has_ones(owner) else False), {}))
        self.effects += name[0] in "wx"
        function(*args, **kwargs)
        self.calls.append((function, args, kwargs))

    def leaves(self, what: str, instead: str = LATER) -> Any:
        """Raise the error for numbers that leave NumPy."""
        raise RuntimeError(
            f"compile: {_users_line()} reads numbers ({what.strip('_')}), by which Python could decide what comes "
            f"next. A compiled step is a list of calls; it decides nothing.\n{instead}"
        )


def _has_ones(array: Array) -> bool:
    """Whether any bit of an array is 1: -0.0 has one."""
    return bool(np.ascontiguousarray(array).reshape(-1).view(np.uint8).any())


def _foreseen(ufunc: Any, inputs: Any, options: dict[str, Any]) -> Array | None:
    """An empty array like the result, where it is plain what that will be: then the result needs no second memory."""
    arrays = [x for x in inputs if isinstance(x, np.ndarray)]
    if (
        not isinstance(ufunc, np.ufunc)
        or ufunc.nout != 1
        or ufunc.signature
        or not options.keys() <= {"dtype"}
    ):
        return None
    if any(x.shape != arrays[0].shape or not x.flags.c_contiguous or not x.ndim for x in arrays):
        return None
    given = tuple(np.dtype(bool) if type(x) is bool else getattr(x, "dtype", type(x)) for x in inputs)
    return np.empty(arrays[0].shape, options.get("dtype") or ufunc.resolve_dtypes((*given, None))[-1])


@cache
def _item(i: int, function: Any) -> Any:
    """The i-th result of a function."""
    return wraps(function)(lambda *args, **kwargs: function(*args, **kwargs)[i])


def _is_mask(key: Any) -> bool:
    """Whether an index has bools in it: how many are true decides the shape of what it takes."""
    return any(array.dtype.kind == "b" for array in arrays_in(key))


def _users_line() -> str:
    """The file and line of the user's code that is being run."""
    frame: Any = sys._getframe(1)
    library = str(Path(__file__).parent.parent), str(Path(np.__file__).parent)
    while frame.f_back and frame.f_code.co_filename.startswith(library):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
