"""Checks of arguments, with torch's error messages.   torch: torch/csrc/utils/python_arg_parser.cpp

`tensor_function` reads a function's signature once and then checks every call against it: the number of arguments,
their keywords and their types. NumPy's names of arguments, such as axis, are accepted for torch's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from minigrad import random
from minigrad.arrays.dtypes import common_type, dtype, full_name
from minigrad.autograd.base import TensorBase, wrap
from minigrad.tensors.out import into

P = ParamSpec("P")
R = TypeVar("R")
# Names for annotations, by which calls are checked. Tensor is made of such functions: only a stub can import it.
if TYPE_CHECKING:
    from minigrad.tensors.signatures import Tensor as Tensor
else:
    Tensor = Any
Number = Any
Dims = Any
_NUMPY_NAMES = {
    "axis": "dim",
    "keepdims": "keepdim",
    "x1": "input",
    "x2": "other",
    "x": "input",
    "a": "input",
}


class Kind(NamedTuple):
    """Which values an annotation accepts, and torch's word for them."""

    accepts: Callable[[Any], bool]
    word: str
    tensors: bool = False  # whether the type Tensor alone decides; if not, it depends on the tensor

    def decided(self, value: Any) -> bool:
        """Whether the type of the value decides: all values of that type are accepted, or none."""
        if type(value) is tuple:
            return _ONLY_INTS.issuperset(map(type, value))
        return type(value) in _SIMPLE or (self.tensors and isinstance(value, TensorBase))


_SIMPLE = {int, float, bool, str, type(None)}
_ONLY_INTS = {int}
_ANY = Kind(lambda value: True, "object", tensors=True)


def is_int(value: Any) -> bool:
    """Whether it is an int, one of NumPy's, or a tensor of one."""
    return hasattr(value, "__index__") and (
        not isinstance(value, TensorBase) or value.array.dtype.kind != "f"
    )


def generator_of(function: str, given: Any, args: tuple[Any, ...] | None = None) -> random.Generator:
    """The generator that was given, or the default one. TypeError, in torch's words, for anything else.

    `args` are the arguments before it, for a function that has several forms in torch.
    """
    if given is None:
        return random.default_generator
    if isinstance(given, random.Generator):
        return given
    wrong = f"{function}(): argument 'generator' must be torch.Generator, not {type_name(given)}"
    if args is not None:
        wrong = combination(function, args, {"generator": given})
    raise TypeError(f"{wrong}\ngenerator is a minigrad.Generator.")


def is_number(value: Any) -> bool:
    """Whether it is a number of Python or NumPy, or a 0-d tensor."""
    return isinstance(value, (int, float, np.generic)) or (
        isinstance(value, TensorBase) and value.array.ndim == 0
    )


def plain(value: Any) -> Any:
    """A NumPy number as a Python number: as in torch, np.bool_ becomes a float. Other values stay as they are."""
    if isinstance(value, np.generic):
        return float(value) if isinstance(value, np.bool_) else value.item()
    return value


def _is_index(value: Any) -> bool:
    """Whether it is an int and not a bool."""
    return is_int(value) and not isinstance(value, (bool, np.bool_))


def _is_dim(value: Any) -> bool:
    return _is_index(value) and not getattr(value, "ndim", 0)


def _is_dims(value: Any) -> bool:
    return _is_index(value) or (isinstance(value, (tuple, list)) and _misplaced(value) is None)


def _misplaced(values: Any) -> int | None:
    """The position of the first item that is not an int, or None. As in torch, a bool counts except in first place."""
    return next((i for i, item in enumerate(values) if not (is_int(item) if i else _is_index(item))), None)


def _optional(kind: Kind) -> Kind:
    return kind._replace(accepts=lambda value: value is None or kind.accepts(value))


_INT, _NUMBER = Kind(_is_dim, "int"), Kind(is_number, "Number")
_BOOL = Kind(lambda value: isinstance(value, (bool, np.bool_)), "bool")
_DTYPE = Kind(lambda value: isinstance(value, dtype) or value in (bool, int, float), "torch.dtype")
_DIMS = Kind(_is_dims, "tuple of ints")
_TENSOR = Kind(lambda value: isinstance(value, TensorBase), "Tensor", tensors=True)
_DIMS_OR_BOOL = Kind(lambda value: isinstance(value, bool) or _is_dims(value), "tuple of ints")
_DIMS_OR_WORD = Kind(lambda value: isinstance(value, str) or _is_dims(value), "tuple of ints")
_DIM_OR_TENSOR = Kind(lambda value: isinstance(value, TensorBase) or _is_dim(value), "int", tensors=True)
_OTHER = Kind(lambda value: isinstance(value, TensorBase) or is_number(value), "Tensor", tensors=True)
_KINDS = {
    "Tensor": _TENSOR, "Tensor | Number": _OTHER, "int": _INT, "bool": _BOOL, "float": _NUMBER, "Dims": _DIMS,
    "Tensor | Number | None": _optional(_OTHER), "Tensor | None": _optional(_TENSOR), "int | None": _optional(_INT),
    "bool | None": _optional(_BOOL), "float | None": _optional(_NUMBER), "Dims | None": _optional(_DIMS),
    "dtypes.dtype | None": _optional(_DTYPE), "Tensor | int | None": _optional(_DIM_OR_TENSOR),
    "Dims | bool | None": _optional(_DIMS_OR_BOOL), "Dims | str": _DIMS_OR_WORD,
}  # fmt: skip


def type_name(value: Any) -> str:
    """The name of a type as torch gives it: with its module, except for Tensors."""
    return type(value).__name__ if isinstance(value, TensorBase) else full_name(value)


def combination(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """torch's message for arguments that fit none of a function's several forms."""
    got = [type_name(arg) for arg in args] + [f"{key}={type_name(arg)}" for key, arg in kwargs.items()]
    listed = ", ".join(got) if args or not kwargs else f"{', '.join(got)}, "
    return f"{name}() received an invalid combination of arguments - got ({listed}), but expected one of:"


def _misfit(kind: Kind, value: Any, where: str) -> str:
    """The end of torch's message, after "argument 'x'": what it must be, and what it is."""
    if kind.word == "tuple of ints" and isinstance(value, (tuple, list)):
        i = _misplaced(value) or 0
        found = type_name(value[i])
        if i:
            return unpacking(i, found)
        return f"{where} must be {kind.word}, but found element of type {found} at pos 0"
    return f"{where} must be {kind.word}, not {type_name(value)}"


def unpacking(i: int, found: str) -> str:
    """torch's message for a sequence in which a later item is not an int."""
    return (
        f' failed to unpack the object at pos {i + 1} with error "type must be tuple of ints,but got {found}"'
    )


class Signature:
    """The parameters of a function and what each of them accepts. It is read at the first call.

    `forms`, if torch has several forms of the function: the least and the largest number of arguments of each,
    without the input. torch names the wrong argument only if the number of arguments fits a single form.
    """

    def __init__(self, function: Callable[..., Any], forms: tuple[tuple[int, int], ...], name: str) -> None:
        self.function, self.name, self.forms = function, name, forms

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

    @cached_property
    def variadic(self) -> bool:
        """Whether it accepts any number of arguments."""
        return any(p.kind is p.VAR_POSITIONAL for p in self._signature.parameters.values())

    @cached_property
    def kinds(self) -> dict[str, Kind | None]:
        """What each parameter accepts."""
        return {name: _KINDS.get(str(p.annotation)) for name, p in self._signature.parameters.items()}

    @cached_property
    def positional(self) -> list[str]:
        """The parameters that may be given by position."""
        parameters = self._signature.parameters.items()
        return [name for name, p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    @cached_property
    def required(self) -> list[str]:
        """The parameters without a default."""
        parameters = self._signature.parameters
        return [name for name in self.positional if parameters[name].default is inspect.Parameter.empty]

    @property
    def form(self) -> str:
        """Its signature, for the help line of an error."""
        return f"{self.name}{self._signature}".replace("dtypes.", "").replace("'", "")

    def fits(self, args: tuple[Any, ...]) -> bool | None:
        """Whether these arguments fit. None if they do, but other values of the same types might not."""
        if not len(self.required) <= len(args) <= (len(args) if self.variadic else len(self.positional)):
            return False
        given = zip((self.kinds[name] for name in self.positional), args, strict=False)
        pairs = [(kind, arg) for kind, arg in given if kind]
        if not all(kind.accepts(arg) for kind, arg in pairs):
            return False
        return all(kind.decided(arg) for kind, arg in pairs) or None

    def decided(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether the types of these arguments, which fit, decide that they do."""
        named = {**dict(zip(self.positional, args, strict=False)), **kwargs}
        pairs = [(self.kinds[name], value) for name, value in named.items()]
        return not self.variadic and all((kind or _ANY).decided(value) for kind, value in pairs)

    def with_torch_names(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments, with torch's names instead of NumPy's."""
        named = dict(kwargs)
        for alias in kwargs.keys() & _NUMPY_NAMES.keys() - self.kinds.keys():
            meant = _NUMPY_NAMES[alias]
            if meant in kwargs or meant in self.positional[: len(args)]:
                raise TypeError(
                    f"{self.name}() got an unexpected keyword argument '{alias}'\n'{meant}' is given already."
                )
            named[meant] = named.pop(alias)
        return named

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any], first: int) -> None:
        """Raise torch's TypeError for a call that does not fit. The number of the first position is `first`."""
        wrong = self._wrong_number(args, kwargs, first) or self._wrong_kind(args, kwargs, first)
        if wrong:
            given = len(args) + len(kwargs) - 1
            unclear = "failed to unpack" not in wrong  # torch says this after it has chosen a form
            if self.forms and unclear and sum(least <= given <= most for least, most in self.forms) != 1:
                wrong = combination(self.name, args[1 - first :], kwargs)
            raise TypeError(f"{wrong}\n{self.form}")

    def _wrong_number(self, args: tuple[Any, ...], kwargs: dict[str, Any], first: int) -> str:
        missing = [name for name in self.required[len(args) :] if name not in kwargs]
        if missing:
            listed = ", ".join(f'"{name}"' for name in missing)
            plural = "s" * (len(missing) == 1)  # torch has it reversed
            return f"{self.name}() missing {len(missing)} required positional argument{plural}: {listed}"
        if len(args) > len(self.positional) and not self.variadic:
            least, most, given = (
                n + first - 1 for n in (len(self.required), len(self.positional), len(args))
            )
            takes = f"from {least} to {most}" if least < most else most
            plural = "" if least == most == 1 else "s"
            return f"{self.name}() takes {takes} positional argument{plural} but {given} were given"
        return ""

    def _wrong_kind(self, args: tuple[Any, ...], kwargs: dict[str, Any], first: int) -> str:
        places = [
            (name, arg, f" (position {i})")
            for i, (name, arg) in enumerate(zip(self.positional, args, strict=False), first)
        ]
        for name, arg, where in places + [(name, arg, "") for name, arg in kwargs.items()]:
            kind = self.kinds.get(name)
            if name not in self.kinds:
                return f"{self.name}() got an unexpected keyword argument '{name}'"
            if kind is not None and not kind.accepts(arg):
                return f"{self.name}(): argument '{name}'{_misfit(kind, arg, where)}"
        return ""


def named(function: Callable[P, R], name: str, doc: str | None) -> Callable[P, R]:
    """Give a function that another function made its name and docstring."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def tensor_function(function: Callable[P, R], *forms: tuple[int, int]) -> Callable[P, R]:
    """Check every call of a function against its signature. Its first argument is a Tensor called `input`.

    The attribute `method` makes the function a method of Tensor, by default of its own name: the messages of a method
    count arguments without self.
    """
    called: Any = _checked(function, Signature(function, forms, function.__name__), 1)
    called.method = lambda name=function.__name__: _checked(function, Signature(function, forms, name), 0)
    return called


def _boxed(result: Any, args: tuple[Any, ...]) -> Any:
    """The result. If no argument is a tensor, as in mul(2, 3), the number is made one."""
    if any(isinstance(arg, TensorBase) for arg in args):
        return result
    number = plain(result)
    return wrap(np.asarray(number, common_type([number])))


def _types(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The types of arguments, of a tuple those of its items; and the keywords."""
    values = (*args, *kwargs.values())
    return (*[tuple(map(type, x)) if type(x) is tuple else type(x) for x in values], *kwargs)


def _checked(function: Callable[..., R], signature: Signature, first: int) -> Callable[..., R]:
    fit: set[tuple[Any, ...]] = set()  # the types of arguments that fit, and keywords, if these alone decide

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> R:
        types = tuple(map(type, args))
        if kwargs or tuple in types:
            types = _types(args, kwargs)
        if types in fit:
            return function(*args, **kwargs)
        if not kwargs:
            fits = signature.fits(args)
            if fits and isinstance(args[0], TensorBase):
                fit.add(types)
            if fits is not False:
                return _boxed(function(*map(plain, args)), args)
        if "out" in kwargs and first and called.takes_out:  # type: ignore[attr-defined]
            out = kwargs.pop("out")
            return called(*args, **kwargs) if out is None else _into(out, called, args, kwargs)
        kwargs = signature.with_torch_names(args, kwargs)
        signature.check(args, kwargs, first)
        if signature.decided(args, kwargs) and args and isinstance(args[0], TensorBase):
            fit.add(_types(args, kwargs))
        named = {name: plain(value) for name, value in kwargs.items()}
        return _boxed(function(*map(plain, args), **named), (*args, *kwargs.values()))

    called.takes_out = False  # type: ignore[attr-defined]  # out.py sets it where torch's function takes out=
    return called


def _into(out: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return into(out, function.__name__, (*args, *kwargs.values()), lambda: function(*args, **kwargs))


def overloaded(*forms: tuple[int, int]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """tensor_function for a function that has several forms in torch: see Signature."""
    return lambda function: tensor_function(function, *forms)


def one_dim(dim: int, ndim: int) -> int:
    """The axis, counted from the front. Raises torch's IndexError if it is out of range."""
    if type(dim) is int and 0 <= dim < ndim:
        return dim
    low, high = -max(ndim, 1), max(ndim, 1) - 1
    dim = int(dim)
    if not low <= dim <= high:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
        )
    return dim % max(ndim, 1)


def existing_dim(function: str, dim: Any, ndim: int) -> int:
    """one_dim, but IndexError for a 0-d tensor, which has no axis, and TypeError if dim is not an int."""
    check_int(function, "dim", 1, dim)
    if ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return one_dim(dim, ndim)


def some_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """The axes, counted from the front. None and () mean all of them."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = tuple(one_dim(int(d), ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    for i, d in enumerate(dims):
        if d in dims[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return dims if ndim else ()


def sizes(function: str, given: tuple[Any, ...], keyword: Any = None, name: str = "size") -> tuple[int, ...]:
    """Sizes given one by one, as one sequence, or by keyword. Raises torch's TypeError if one is not an int."""
    if keyword is not None:
        given = (keyword,)
    elif not given:
        raise TypeError(f"{combination(function, (), {})}\n{function}(2, 3), or {function}((2, 3)).")
    sequence = isinstance(given[0], (tuple, list))
    items = tuple(given[0]) if sequence and len(given) == 1 else given
    if _ONLY_INTS.issuperset(map(type, items)):  # the common case
        return items
    i = _misplaced(items)
    if i is not None:
        kind = type_name(items[i])
        where = f" (position 1) must be tuple of ints, not {kind}"
        if i or sequence:
            where = unpacking(i, kind)
        raise TypeError(
            f"{function}(): argument '{name}'{where}\nSizes are ints: {function}(2, 3), or {function}((2, 3))."
        )
    return tuple(int(n) for n in items)


def check_int(function: str, name: str, place: int, value: Any) -> None:
    """Raise torch's TypeError if the value is not an int."""
    if not _is_dim(value):
        raise TypeError(
            f"{function}(): argument '{name}' (position {place}) must be int, not {type_name(value)}"
        )


def check_negative(shape: tuple[int, ...]) -> None:
    """Raise torch's RuntimeError for a negative size."""
    worst = next((n for n in shape if n < 0), None)
    if worst is not None:
        raise RuntimeError(f"Trying to create tensor with negative dimension {worst}: {list(shape)}")


def dims_of(function: str, given: tuple[Any, ...], dim: Any) -> Any:
    """Dims given one by one, as one sequence, or by keyword. None if none was given."""
    if len(given) == 1 and not _is_dims(given[0]):
        raise TypeError(f"{combination(function, given, {})}\n{function}(dim), or {function}((0, 1)).")
    return dim if not given else given[0] if len(given) == 1 else sizes(function, given, name="dim")
