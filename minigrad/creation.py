"""New tensors.   torch: torch/csrc/utils/tensor_new.cpp, aten/src/ATen/native/TensorFactories.cpp

From data (tensor, as_tensor, from_numpy), by rule (zeros, ones, full, eye, arange, linspace), and by chance
(rand, randn, randint, randperm), where the numbers are those that torch draws from the same seed.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from minigrad import device as devices
from minigrad import dtypes, random
from minigrad.autograd.engine import TensorBase, wrap
from minigrad.autograd.variable import full_name
from minigrad.shapes import unpack
from minigrad.tensor import Tensor


def _finished(array: Any, dtype: dtypes.dtype | None, device: Any, requires_grad: bool) -> Tensor:
    if dtype is not None:
        array = array.astype(dtype.numpy, copy=False)
    if device is not None:
        array = devices.move(array, devices.device(device))
    tensor: Tensor = wrap(array)
    if requires_grad and array.dtype.kind != "f":
        raise RuntimeError(
            "Only Tensors of floating point and complex dtype can require gradients\n"
            "Pass dtype=minigrad.float32, or write the numbers with a decimal point."
        )
    return tensor.requires_grad_(requires_grad)


def _inferred(data: Any) -> Any:
    """Python numbers become int64, bool or the default float; NumPy's keep their type."""
    try:
        array = np.array(data)
    except ValueError:
        raise _ragged(data) from None
    if array.dtype.kind not in "biuf":
        raise _no_number(data, array.flat[0])
    typed = data
    while isinstance(typed, (list, tuple)) and typed:
        typed = typed[0]
    if array.dtype == np.float64 and not isinstance(typed, (np.generic, np.ndarray)):
        array = array.astype(dtypes.get_default_dtype().numpy)
    dtypes.of(array.dtype)
    return array


def _ragged(data: Any) -> Exception:
    """What torch says of nested lists of unequal length."""
    level, dim = [data], 0
    while all(isinstance(row, (list, tuple, np.ndarray)) for row in level):
        for row in level:
            if len(row) != len(level[0]):
                return ValueError(
                    f"expected sequence of length {len(level[0])} at dim {dim} (got {len(row)})\n"
                    "A tensor is rectangular: pad the rows, or keep a list of tensors."
                )
        level, dim = [item for row in level for item in row], dim + 1
    return TypeError("not a sequence\nSome of the items are numbers, others are lists.")


def _no_number(data: Any, item: Any) -> Exception:
    """What torch says of what is no number."""
    if isinstance(item, str):
        is_one = isinstance(data, str)
        return (
            TypeError("new(): invalid data type 'str'") if is_one else ValueError("too many dimensions 'str'")
        )
    return RuntimeError(f"Could not infer dtype of {type(item).__name__}")


def tensor(
    data: Any, *, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor with a copy of the data: numbers, nested lists, NumPy arrays.

    Python floats become float32 (the default dtype), ints int64, bools bool; NumPy's types stay. Raises
    ValueError for ragged lists, TypeError for what are no numbers. torch: torch.tensor.
    """
    if isinstance(data, TensorBase):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            stacklevel=2,
        )
        return _finished(data.array.copy(), dtype, device, requires_grad)
    if isinstance(data, (list, tuple)) and any(isinstance(item, TensorBase) for item in data):
        data = [item.item() if isinstance(item, Tensor) else item for item in data]
    return _finished(_inferred(data), dtype, device, requires_grad)


def as_tensor(data: Any, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """A tensor of the data, sharing memory with a NumPy array or Tensor where dtype and device allow it."""
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    if isinstance(data, np.ndarray):
        return from_numpy(data).to(dtype=dtype, device=device)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the array's memory and type.

    Raises TypeError for anything but a NumPy array of a type that tensors have, ValueError for negative
    strides; warns when the array is read-only. torch: torch.from_numpy.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(
            f"expected np.ndarray (got {full_name(ndarray)})\nminigrad.tensor(...) takes lists and numbers."
        )
    dtypes.of(ndarray.dtype)
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
    return wrap(ndarray)


def _shape(size: tuple[Any, ...]) -> tuple[int, ...]:
    shape = unpack(size)
    if any(n < 0 for n in shape):
        worst = next(n for n in shape if n < 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {worst}: {list(shape)}")
    return shape


def _default(dtype: dtypes.dtype | None) -> np.dtype[Any]:
    return (dtype or dtypes.get_default_dtype()).numpy


def zeros(
    *size: Any, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """All 0, of this shape."""
    return _finished(np.zeros(_shape(size), _default(dtype)), dtype, device, requires_grad)


def ones(
    *size: Any, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """All 1, of this shape."""
    return _finished(np.ones(_shape(size), _default(dtype)), dtype, device, requires_grad)


empty = zeros  # what torch leaves to chance is 0 here


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """All fill_value, whose type decides unless dtype does."""
    kind = dtypes.common_type([fill_value]) if dtype is None else dtype.numpy
    return _finished(np.full(_shape((size,)), fill_value, kind), dtype, device, requires_grad)


def eye(n: int, m: int | None = None, *, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """1 on the diagonal, else 0."""
    return _finished(np.eye(n, m, dtype=_default(dtype)), dtype, device, False)


def _like(fill: Any) -> Any:
    def like(
        input: Tensor, *, dtype: dtypes.dtype | None = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        return _finished(fill(input.array), dtype, device, requires_grad)

    return like


zeros_like, ones_like = _like(np.zeros_like), _like(np.ones_like)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, ... up to but without end: int64 if all are ints, else the default float."""
    if end is None:
        start, end = 0, start
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    numbers = np.arange(start, end, step)
    kind = dtypes.common_type([start, end, step]) if dtype is None else dtype.numpy
    return _finished(numbers.astype(kind), dtype, device, requires_grad)


def linspace(
    start: float, end: float, steps: int, *, dtype: dtypes.dtype | None = None, device: Any = None
) -> Tensor:
    """`steps` numbers from start to end, both included, equally far apart."""
    return _finished(np.linspace(start, end, steps).astype(_default(dtype)), dtype, device, False)


def rand(
    *size: Any,
    generator: random.Generator | None = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform on [0, 1): torch's numbers for the same seed, drawn on the CPU."""
    array = (generator or random.default_generator).uniform(_shape(size), dtype=_default(dtype))
    return _finished(array, dtype, device, requires_grad)


def randn(
    *size: Any,
    generator: random.Generator | None = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal with mean 0 and standard deviation 1: torch's numbers for the same seed, drawn on the CPU."""
    array = (generator or random.default_generator).normal(_shape(size), dtype=_default(dtype))
    return _finished(array, dtype, device, requires_grad)


def randint(
    *args: Any,
    generator: random.Generator | None = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
) -> Tensor:
    """randint(high, size) or randint(low, high, size): integers low ≤ k < high, torch's for the same seed."""
    low, high, size = args if len(args) == 3 else (0, *args)
    array = (generator or random.default_generator).randint(int(low), int(high), _shape((size,)))
    return _finished(array, dtype, device, False)


def randperm(
    n: int,
    *,
    generator: random.Generator | None = None,
    dtype: dtypes.dtype | None = None,
    device: Any = None,
) -> Tensor:
    """The integers below n in random order: torch's for the same seed."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got{n}")
    return _finished((generator or random.default_generator).randperm(n), dtype, device, False)


def bernoulli(input: Tensor, *, generator: random.Generator | None = None) -> Tensor:
    """1 with the probability that each element says, else 0: torch's for the same seed."""
    return wrap((generator or random.default_generator).bernoulli_of(input.array))


def get_rng_state() -> Tensor:
    """The 5056 bytes of the random state, which torch.set_rng_state understands too."""
    return wrap(random.default_generator.get_state())


def set_rng_state(new_state: Tensor) -> None:
    """Set the random state, ours or torch's."""
    random.default_generator.set_state(new_state.array)
