"""New tensors.   torch: torch/csrc/utils/tensor_new.cpp, aten/src/ATen/native/TensorFactories.cpp

From data (tensor, as_tensor, from_numpy) and by rule (zeros, ones, full, eye, arange, linspace). distributions.py makes
random ones.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad.arrays import device as devices
from minigrad.arrays import dtypes
from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import TensorBase, unwrap, wrap
from minigrad.tensors.arguments import (
    check_negative,
    combination,
    is_int,
    is_number,
    named,
    sizes,
    type_name,
)
from minigrad.tensors.out import into
from minigrad.tensors.sequences import array_of, cast
from minigrad.tensors.tensor import Tensor


def new_tensor(array: Any, device: Any = None, requires_grad: bool = False, out: Any = None) -> Tensor:
    """The tensor of a new array, moved to the device or the default one; or the array's elements in `out`.

    RuntimeError if it should require grad but holds integers.
    """
    if out is not None:
        written: Tensor = into(out, "out", (), lambda: wrap(array))
        return written
    device = devices.DEFAULT.device if device is None else device
    if device is not None:
        array = devices.move(array, devices.as_device(device))
    tensor: Tensor = wrap(array)
    if requires_grad and array.dtype.kind != "f":
        raise RuntimeError(
            "Only Tensors of floating point and complex dtype can require gradients\n"
            "Pass dtype=minigrad.float32, or write the numbers with a decimal point."
        )
    return tensor if requires_grad is False else tensor.requires_grad_(requires_grad)


def tensor(
    data: Any, *, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor with a copy of the data: numbers, nested lists, NumPy arrays.

    Python floats become float32 (the default dtype), ints int64, bools bool; NumPy's types stay. Raises
    ValueError for ragged lists, TypeError for items that are not numbers. torch: torch.tensor.
    """
    kind = dtypes.as_dtype(dtype, "tensor")
    if isinstance(data, TensorBase):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            stacklevel=2,
        )
        array = data.array.copy()
    elif isinstance(data, np.ndarray):
        array = from_numpy(data).array.copy()
    else:
        array = array_of(data, None if kind is None else kind.numpy)
    return new_tensor(array if kind is None else cast(array, kind.numpy), device, requires_grad)


def as_tensor(data: Any, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """A tensor of the data. It shares memory with a NumPy array or Tensor if dtype and device allow it."""
    device = devices.DEFAULT.device if device is None else device
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    if isinstance(data, np.ndarray):
        return from_numpy(data).to(dtype=dtype, device=device)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the array's memory and type.

    TypeError for anything but a NumPy array of a type that tensors have, ValueError for negative strides. Warns if the
    array is read-only. torch: torch.from_numpy.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(
            f"expected np.ndarray (got {full_name(ndarray)})\nminigrad.tensor(...) takes lists and numbers."
        )
    if ndarray.dtype.byteorder == ">":
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    dtypes.dtype_of(ndarray.dtype)
    if any(stride < 0 for stride in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor.",
            stacklevel=2,
        )
    return wrap(ndarray.view(np.ndarray))


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """as_tensor, or a copy if `copy`. ValueError for copy=False if the memory cannot be shared."""
    shared = isinstance(obj, (TensorBase, np.ndarray))
    x = as_tensor(obj, dtype, device)
    if copy is False and not (shared and np.shares_memory(unwrap(obj), x.array)):
        raise ValueError("can't alias arbitrary sequence into a tensor.\nLeave copy out.")
    x = x.detach() if not copy or not shared else x.detach().clone()
    return x.requires_grad_(bool(requires_grad))


def checked_shape(function: str, given: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The sizes that a function was given, one by one or as one sequence. RuntimeError if one is negative."""
    shape = sizes(function, given, size)
    if function == "zeros" and min(shape, default=0) < 0:
        raise RuntimeError("zeros: Dimension size must be non-negative.")
    check_negative(shape)
    return shape


def numpy_type(function: str, dtype: Any, out: Any = None) -> np.dtype[Any]:
    """NumPy's type for a dtype; None stands for that of `out`, or for the default dtype."""
    if dtype is None and isinstance(out, TensorBase):
        kind: np.dtype[Any] = out.array.dtype
        return kind
    return (dtypes.as_dtype(dtype, function) or dtypes.get_default_dtype()).numpy


# -- by rule ------------------------------------------------------------------------------------------------


def _filled(name: str, make: Any, doc: str) -> Any:
    def function(
        *given: Any,
        size: Any = None,
        out: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        array = make(checked_shape(name, given, size), numpy_type(name, dtype, out))
        return new_tensor(array, device, requires_grad, out)

    return named(function, name, doc)


zeros, ones = (
    _filled("zeros", np.zeros, "All 0, of this shape."),
    _filled("ones", np.ones, "All 1, of this shape."),
)
empty = _filled("empty", np.zeros, "Of this shape; what torch leaves to chance is 0 here.")


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of this size, every element fill_value. Its type is that of the value, unless dtype is given."""
    if is_int(size):
        raise TypeError(
            "full(): argument 'size' (position 1) must be tuple of ints, not int\nfull((2, 3), value)."
        )
    if not is_number(fill_value):
        raise TypeError(
            f"full(): argument 'fill_value' (position 2) must be Number, not {type_name(fill_value)}"
        )
    value = as_number(fill_value)
    kind = dtypes.common_type([value]) if dtype is None else numpy_type("full", dtype)
    dtypes.check_fits(value, kind)
    return new_tensor(np.full(checked_shape("full", (size,)), value, kind), device, requires_grad, out)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A matrix with 1 on the diagonal and 0 elsewhere."""
    for name, size in (("n", n), ("m", n if m is None else m)):
        if not is_int(size):
            place = 1 + (name == "m")
            raise TypeError(
                f"eye(): argument '{name}' (position {place}) must be int, not {type_name(size)}\neye(2, 3)."
            )
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return new_tensor(np.eye(n, m, dtype=numpy_type("eye", dtype, out)), device, requires_grad, out)


def arange(
    *given: Any,
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """arange(end), arange(start, end) or arange(start, end, step): start, start + step ... below end.

    int64 if all arguments are ints, else the default float.
    """
    if len(given) > 3 or (end is None and not given) or (len(given) == 1 and end is None and step != 1):
        raise TypeError(
            f"{combination('arange', given, {})}\narange(end), arange(start, end), arange(start, end, step)."
        )
    bounds = {"end": end, "start": start, "step": step}
    names = ("end",) if len(given) == 1 and end is None else ("start", "end", "step")
    bounds |= dict(zip(names, given, strict=False))
    for name, value in bounds.items():
        if not is_number(value):
            place = "" if name not in names[: len(given)] else f" (position {names.index(name) + 1})"
            raise TypeError(f"arange(): argument '{name}'{place} must be Number, not {type_name(value)}")
    first, last, stride = (as_number(bounds[name]) for name in ("start", "end", "step"))
    kind = dtypes.common_type([first, last, stride]) if dtype is None else numpy_type("arange", dtype)
    return new_tensor(_steps(first, last, stride, kind), device, requires_grad, out)


def as_number(value: Any) -> Any:
    """The Python number of a number or of a 0-d tensor."""
    return value.item() if hasattr(value, "item") else value


def _steps(start: Any, end: Any, step: Any, kind: np.dtype[Any]) -> Any:
    if kind.kind == "b":
        raise NotImplementedError("\"arange_cpu\" not implemented for 'Bool'")
    if kind.kind in "iu":
        start, end, step = int(start), int(end), int(step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not math.isfinite(start) or not math.isfinite(end):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    count = math.ceil((end - start) / step)
    if count < 0 or (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if count > 2**62:
        raise RuntimeError("invalid size, possible overflow?")
    return (start + step * np.arange(count)).astype(kind)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers at equal distances, from start to end inclusive."""
    if not is_int(steps):
        raise TypeError(f"{combination('linspace', (start, end, steps), {})}\nlinspace(start, end, steps).")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = numpy_type("linspace", dtype, out)
    if kind.kind == "b":
        raise NotImplementedError("\"linspace_cpu\" not implemented for 'Bool'")
    first, last = (kind.type(as_number(value)) for value in (start, end))
    exact = kind.type if kind.kind == "f" else np.float64
    # start + i·step is rounded once, as by torch's fma.
    wide = np.float64 if exact is np.float32 else np.longdouble
    places = np.arange(steps)
    with np.errstate(all="ignore"):
        step = wide((exact(last) - exact(first)) / exact(max(steps - 1, 1)))
        up, down = wide(first) + step * places, wide(last) - step * (steps - 1 - places)
        numbers = (
            np.where(places < steps // 2, up, down).astype(exact) if steps > 1 else np.full(steps, first)
        )
    return new_tensor(numbers.astype(kind), device, requires_grad, out)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """base to the power of linspace(start, end, steps)."""
    if not is_int(steps):
        raise TypeError(f"{combination('logspace', (start, end, steps), {})}\nlogspace(start, end, steps).")
    kind = numpy_type("logspace", dtype, out)
    wide = kind if kind.kind == "f" else np.dtype(np.float64)
    exponents = linspace(start, end, steps, dtype=dtypes.dtype_of(wide), device="cpu").array
    return new_tensor(np.power(wide.type(base), exponents).astype(kind), device, requires_grad, out)


def _triangle(name: str, places: Any, doc: str) -> Any:
    def function(
        row: int,
        col: int,
        offset: int = 0,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Any:
        for what, n in (("row", row), ("col", col)):
            if n < 0:
                raise RuntimeError(f"{what} must be non-negative, got{n}")
        kind = np.dtype(np.int64) if dtype is None else numpy_type(name, dtype)
        if kind.kind not in "iu":
            raise NotImplementedError(
                f"\"{name}\" not implemented for '{dtypes.dtype_of(kind).scalar_name}'\nIndices are integers."
            )
        return new_tensor(np.stack(places(row, offset, col)).astype(kind), device, requires_grad)

    return named(function, name, doc)


tril_indices = _triangle(
    "tril_indices", np.tril_indices, "The rows and columns of what tril leaves of a matrix."
)
triu_indices = _triangle(
    "triu_indices", np.triu_indices, "The rows and columns of what triu leaves of a matrix."
)


# -- as another tensor --------------------------------------------------------------------------------------


def like_options(input: Any, name: str, dtype: Any, device: Any) -> dict[str, Any]:
    """The dtype and device that were given, or else those of the tensor."""
    if not isinstance(input, TensorBase):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    kind, where = dtypes.dtype_of(input.array.dtype), devices.device_of(input.array)
    return {"dtype": kind if dtype is None else dtype, "device": where if device is None else device}


def _like(make: Any, doc: str) -> Any:
    name = f"{make.__name__}_like"

    def like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        alike = like_options(input, name, dtype, device)
        return make(input.shape, **alike, requires_grad=requires_grad)

    return named(like, name, f"{doc}, in the tensor's shape, dtype and device.")


zeros_like, ones_like, empty_like = _like(zeros, "All 0"), _like(ones, "All 1"), _like(empty, "All 0")


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Every element fill_value, in the tensor's shape, dtype and device."""
    alike = like_options(input, "full_like", dtype, device)
    return full(input.shape, fill_value, **alike, requires_grad=requires_grad)
