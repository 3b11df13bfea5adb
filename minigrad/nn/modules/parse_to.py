"""The arguments of Module.to.   torch: torch._C._nn._parse_to"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minigrad.arrays import dtypes
from minigrad.arrays.device import as_device, device
from minigrad.tensors.arguments import combination
from minigrad.tensors.tensor import Tensor


def parse_to(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[device | None, dtypes.dtype | None]:
    """Return the device and the dtype that the arguments of `to` name. Each is None if it is not named.

    Raises TypeError if the arguments fit no form of `to`, RuntimeError if copy is given.
    """
    if args and isinstance(args[0], (bool, float)):  # torch treats such a value as its type
        args = (type(args[0]), *args[1:])
    first = args[0] if args else None
    by_tensor = isinstance(first, Tensor) or "tensor" in kwargs
    form = ["tensor"] if by_tensor else ["dtype"] if _is_dtype(first) else ["device", "dtype"]
    names = [*form, "non_blocking", "copy"]
    given = dict(zip(names, args, strict=False))
    fits = (
        len(args) <= len(names) and not given.keys() & kwargs and kwargs.keys() <= {*names, "memory_format"}
    )
    given |= kwargs
    if not fits or not all(_TAKES[name](value) for name, value in given.items()):
        raise TypeError(f"{combination('to', args, kwargs)}\nto(device, dtype), to(dtype) or to(tensor).")
    if "copy" in given:
        raise RuntimeError(
            ".to() does not accept copy argument\n.to() changes a module in place: deepcopy it first."
        )
    if by_tensor:
        return given["tensor"].device, given["tensor"].dtype
    # as_device raises for an unknown name here, even if the module has no parameter to move.
    where = given.get("device")
    return None if where is None else as_device(where), dtypes.as_dtype(given.get("dtype"), "to")


def _is_dtype(value: Any) -> bool:
    return isinstance(value, dtypes.dtype) or value is float or value is int or value is bool


_TAKES: dict[str, Callable[[Any], bool]] = {
    "device": lambda value: isinstance(value, (str, int, device, type(None))) and not isinstance(value, bool),
    "dtype": lambda value: value is None or _is_dtype(value),
    "tensor": lambda value: isinstance(value, Tensor),
    "non_blocking": lambda value: isinstance(value, bool),
    "copy": lambda value: isinstance(value, bool),
    "memory_format": lambda value: value is None,
}
