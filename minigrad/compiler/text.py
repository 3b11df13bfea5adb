"""The calls of a recording as the text of a Python function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays.kernels import LONG_ROW, by_rows, is_row_of
from minigrad.arrays.memory import address_of
from minigrad.autograd.base import TensorBase
from minigrad.compiler.recorded import Array, Call, again, owner_of, set_grad

LITERALS = (bool, int, str, type(None))


class Text:
    """Calls as the lines of a function, and the objects that its names stand for."""

    def __init__(self, calls: list[Call], memory: dict[int, str], arguments: dict[str, Array]) -> None:
        self.memory, self.arguments = memory, {name: _place(x) for name, x in arguments.items()}
        self.names: dict[Any, str] = {}  # by what an object is: itself, or where an array lies
        self.values: dict[str, Any] = {"view": view}
        self.views: list[str] = []  # of arguments: made anew in each run
        lines = [self.line(*_by_rows(*call)) for call in _without_lost_sets(calls)]
        self.lines = [f"def program({', '.join(arguments)}):", *self.views, *lines, "return"]

    def function(self) -> Callable[..., None]:
        """The function."""
        scope = dict(self.values)
        exec("\n    ".join(self.lines), scope)
        return scope.pop("program")  # without a circle, so that its memory goes when it goes

    def line(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """One call."""
        words = [*map(self.word, args), *(f"{name}={self.word(value)}" for name, value in kwargs.items())]
        return f"{self.name(function, function, _title(function))}({', '.join(words)})"

    def word(self, value: Any) -> str:
        """An argument: a literal, or a name."""
        if type(value) in LITERALS or (type(value) is float and np.isfinite(value)):
            return repr(value)
        if type(value) is slice:
            return f"slice({self.word(value.start)}, {self.word(value.stop)}, {self.word(value.step)})"
        if isinstance(value, (tuple, list)):
            return f"({''.join(self.word(part) + ', ' for part in value)})"
        if isinstance(value, np.ndarray):
            return self.array(value)
        return self.name(value if callable(value) else id(value), value, _title(value))

    def array(self, array: Array) -> str:
        """An array of the program, a weight, a constant; an argument or a view of it."""
        memory, place = self.memory.get(id(owner_of(array)), "c"), _place(array)
        whole = self.arguments.get(memory)
        if whole is None:
            return self.name((memory, place), array, memory)
        if place == whole:
            return memory
        if (memory, place) not in self.names:
            start, *rest = place
            self.names[memory, place] = name = f"{memory}_{len(self.views)}"
            self.views.append(f"{name} = view({memory}, {start - whole[0]}, {', '.join(map(repr, rest))})")
        return self.names[memory, place]

    def name(self, key: Any, value: Any, stem: str) -> str:
        """The name of an object: its stem, and a number where another object has that name."""
        if key not in self.names:
            names = (f"{stem}_{i}" if i else stem for i in count())
            name = next(name for name in names if name not in self.values)
            self.names[key], self.values[name] = name, value
        return self.names[key]

    def summary(self) -> Summary:
        """What another recording is compared with: without the memory of results and gradients, which may be large."""
        return Summary(self.lines, {name: _kept(name, value) for name, value in self.values.items()})


class Summary(NamedTuple):
    """The lines of a text, and what its names mean."""

    lines: list[str]
    values: dict[str, Any]

    def difference(self, other: Summary) -> str | None:
        """The first line that is another one, or means something else; None if the two are the same program."""
        for mine, theirs in zip(self.lines, other.lines, strict=False):
            if mine != theirs:
                return f"{mine}   before: {theirs}"
        for name, value in self.values.items():
            if not _is_alike(value, other.values.get(name)):
                return next(line for line in self.lines if name in line)
        return None if len(self.lines) == len(other.lines) else f"{len(self.lines)} lines"


def _without_lost_sets(calls: list[Call]) -> Iterator[Call]:
    """The calls but for `leaf.grad = None` where another set follows, and no other function sees it in between."""
    for i, call in enumerate(calls):
        if call[0] is set_grad and call[1][1] is None:
            following = (
                c for c in calls[i + 1 :] if c[0] is again or (c[0] is set_grad and c[1][0] is call[1][0])
            )
            if next(following, (again,))[0] is set_grad:
                continue
        yield call


def _by_rows(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """The call, by the kernel for it where one of two operands is a row, or a column, for all others."""
    if not isinstance(function, np.ufunc) or function.signature or len(args) != 2 or kwargs.keys() != {"out"}:
        return function, args, kwargs
    x, y = (x.shape if isinstance(x, np.ndarray) else () for x in args)
    if x and y and x != y and (max(x[-1], y[-1]) >= LONG_ROW or is_row_of(*args, kwargs["out"][0])):
        return by_rows, (function, *args), kwargs
    return function, args, kwargs


def view(x: Array, start: int, shape: tuple[int, ...], strides: tuple[int, ...], kind: str) -> Array:
    """A view of an argument, as it was recorded."""
    about = x.__array_interface__
    about |= {"data": (about["data"][0] + start, False), "shape": shape, "strides": strides, "typestr": kind}
    return np.asarray(SimpleNamespace(__array_interface__=about, held=x))


def _place(array: Array) -> tuple[Any, ...]:
    """Where an array lies, and how."""
    return address_of(array), array.shape, array.strides, array.dtype.str


def _title(value: Any) -> str:
    """A name that says what an object is."""
    name = getattr(value, "__name__", type(value).__name__.lower())
    if isinstance(ufunc := getattr(value, "__self__", None), np.ufunc):  # value is its reduce
        name = f"{ufunc.__name__}_{name}"
    return "".join(c if c.isalnum() else "_" for c in name).strip("_")


def _kept(name: str, value: Any) -> Any:
    """What a summary keeps of the thing that a name means: of a result how it lies, of a tensor that it is one."""
    if isinstance(value, TensorBase):
        return type(value)
    return _laid(value) if name[0] == "m" and isinstance(value, np.ndarray) else value


def _laid(array: Array) -> tuple[Any, ...]:
    """How an array lies in memory."""
    return array.shape, array.strides, array.dtype


def _is_alike(a: Any, b: Any) -> bool:
    """Whether two recordings mean the same by a name: results that lie alike, the same weight, an equal constant."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a is not b:
        return bool(_laid(a) == _laid(b) and a.tobytes() == b.tobytes())
    return bool(a == b) if callable(a) or isinstance(a, tuple) else type(a) is type(b)
