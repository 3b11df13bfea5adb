"""What type checkers know of minigrad's functions and of Tensor's methods.   Written by `python -m sidebyside coverage`; do not edit."""

import builtins
import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import IO
from typing import Any
from typing import Literal
from typing import ParamSpec
from typing import Protocol
from typing import TypeAlias
from typing import TypeVar
from typing import overload
import numpy as np
from minigrad import random as _random
from minigrad.arrays import device as _devices
from minigrad.arrays import dtypes as _dtypes
from minigrad.autograd.hooks import RemovableHandle
from minigrad.autograd.variable import Variable
from minigrad.random import Generator
from minigrad.tensors.tensor import Tensor as Tensor

_int: TypeAlias = builtins.int
_float: TypeAlias = builtins.float
_bool: TypeAlias = builtins.bool
_Number: TypeAlias = builtins.int | builtins.float | np.number[Any] | np.bool
_Dims: TypeAlias = builtins.int | Sequence[builtins.int]

class ValuesAndIndices(tuple[Tensor, Tensor]):
    """What max, min, sort and topk return along a dim."""

    values: Tensor
    indices: Tensor

Operand: TypeAlias = Tensor | _Number | np.ndarray[Any, Any]
Binary: TypeAlias = Callable[[Any, Operand], Tensor]
T = TypeVar("T")

class InPlace(Protocol):
    """An operator such as +=, whose result is the tensor on its left."""

    def __get__(self, tensor: T, owner: Any) -> Callable[[Operand], T]: ...

class Grad:
    """The property grad. It is None before backward; but whoever reads it has called backward, and need not check.

    If it took None, mypy would think that it is still None after `x.grad = None; y.backward()`: so it takes Any.
    If it gave `Tensor | Any`, pyright would forget what w is after `w -= lr * w.grad`.
    """

    def __get__(self, tensor: Any, owner: Any) -> Tensor: ...
    def __set__(self, tensor: Any, value: Any) -> None: ...

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

class HasForward(Protocol[P, R]):
    """A module, by its forward."""

    @property
    def forward(self) -> Callable[P, R]: ...

class CallsForward:
    """A base class of Module: to call a module takes what its forward takes, and returns what that returns."""

    def __call__(self: HasForward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...


def is_grad_enabled() -> _bool:
    """Whether ops are being recorded in this thread."""
    ...

def is_inference_mode_enabled() -> _bool:
    """Whether inference_mode is on in this thread."""
    ...

def arange(*given: Any, start: Any = 0, end: Any = None, step: Any = 1, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """arange(end), arange(start, end) or arange(start, end, step): start, start + step ... below end.

    int64 if all arguments are ints, else the default float."""
    ...

def as_tensor(data: Any, dtype: _dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """A tensor of the data. It shares memory with a NumPy array or Tensor if dtype and device allow it."""
    ...

def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: _bool | None = None, requires_grad: _bool | None = None) -> Tensor:
    """as_tensor, or a copy if `copy`. ValueError for copy=False if the memory cannot be shared."""
    ...

def empty(*given: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Of this shape; what torch leaves to chance is 0 here."""
    ...

def empty_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """All 0, in the tensor's shape, dtype and device."""
    ...

def eye(n: _int, m: _int | None = None, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """A matrix with 1 on the diagonal and 0 elsewhere."""
    ...

def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the array's memory and type.

    TypeError for anything but a NumPy array of a type that tensors have, ValueError for negative strides. Warns if the
    array is read-only. torch: torch.from_numpy."""
    ...

def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """A tensor of this size, every element fill_value. Its type is that of the value, unless dtype is given."""
    ...

def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Every element fill_value, in the tensor's shape, dtype and device."""
    ...

def linspace(start: Any, end: Any, steps: _int, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """`steps` numbers at equal distances, from start to end inclusive."""
    ...

def logspace(start: Any, end: Any, steps: _int, base: _float = 10.0, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """base to the power of linspace(start, end, steps)."""
    ...

def ones(*given: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """All 1, of this shape."""
    ...

def ones_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """All 1, in the tensor's shape, dtype and device."""
    ...

def tensor(data: Any, *, dtype: _dtypes.dtype | None = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """A tensor with a copy of the data: numbers, nested lists, NumPy arrays.

    Python floats become float32 (the default dtype), ints int64, bools bool; NumPy's types stay. Raises
    ValueError for ragged lists, TypeError for items that are not numbers. torch: torch.tensor."""
    ...

def tril_indices(row: _int, col: _int, offset: _int = 0, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
    """The rows and columns of what tril leaves of a matrix."""
    ...

def triu_indices(row: _int, col: _int, offset: _int = 0, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
    """The rows and columns of what triu leaves of a matrix."""
    ...

def zeros(*given: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """All 0, of this shape."""
    ...

def zeros_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """All 0, in the tensor's shape, dtype and device."""
    ...

def bernoulli(input: Tensor, p: _float | None = None, *, generator: _random.Generator | None = None, out: Any = None) -> Tensor:
    """1 with the probability that each element gives, or with p, else 0: torch's numbers for the same seed.

    The gradient of the probabilities is 0. With p, backward raises RuntimeError, as in torch."""
    ...

def get_rng_state() -> Tensor:
    """The 5056 bytes of the random state, which torch.set_rng_state understands too."""
    ...

def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: _random.Generator | None = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Normal with this mean and standard deviation: numbers and a size, or tensors, which broadcast.

    torch's numbers for the same seed. The gradients of mean and std are 0. RuntimeError unless std >= 0."""
    ...

def rand(*given: Any, size: Any = None, generator: _random.Generator | None = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Uniform on [0, 1): torch's numbers for the same seed."""
    ...

def rand_like(input: Tensor, *, generator: _random.Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Uniform on [0, 1), in the tensor's shape, dtype and device."""
    ...

def randint(*given: Any, low: _int = 0, high: _int | None = None, size: Any = None, generator: _random.Generator | None = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """randint(high, size) or randint(low, high, size): integers low ≤ k < high, torch's for the same seed."""
    ...

def randint_like(input: Tensor, *bounds: _int, low: _int = 0, high: _int | None = None, generator: _random.Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Integers below high, or low ≤ k < high, in the tensor's shape, dtype and device."""
    ...

def randn(*given: Any, size: Any = None, generator: _random.Generator | None = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Normal with mean 0 and standard deviation 1: torch's numbers for the same seed."""
    ...

def randn_like(input: Tensor, *, generator: _random.Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """Normal, in the tensor's shape, dtype and device."""
    ...

def randperm(n: _int, *, generator: _random.Generator | None = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """The integers below n in random order: torch's for the same seed."""
    ...

def set_rng_state(new_state: Tensor) -> None:
    """Set the random state, from the bytes of ours or of torch's."""
    ...

def get_default_device() -> _devices.device:
    """Return the device on which new tensors are made. torch: torch.get_default_device."""
    ...

def set_default_device(device: Any) -> None:
    """Make new tensors on this device; None means the CPU. torch: torch.set_default_device."""
    ...

def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: _bool | None = None) -> Any:
    """A tensor that shares another library's memory: a change of one is seen in the other.

    `ext_tensor` has `__dlpack__` and `__dlpack_device__`, or is a capsule from `to_dlpack`. With copy=True the memory
    is copied; with a device the tensor is moved there. TypeError for an object without DLPack or of a type that tensors
    do not have; BufferError if the other library refuses. torch: torch.from_dlpack."""
    ...

def get_default_dtype() -> _dtypes.dtype:
    """Return the dtype of tensors made from Python floats: float32 unless it was changed."""
    ...

def promote_types(type1: _dtypes.dtype, type2: _dtypes.dtype) -> _dtypes.dtype:
    """Return the dtype of a result of operands with these dtypes. torch: torch.promote_types."""
    ...

def set_default_dtype(d: _dtypes.dtype) -> None:
    """Set the dtype of tensors made from Python floats.

    Raises TypeError if d is not a floating point dtype. torch: torch.set_default_dtype."""
    ...

def abs(input: Tensor, *, out: Any = None) -> Tensor:
    """|input|"""
    ...

def absolute(input: Tensor, *, out: Any = None) -> Tensor:
    """|input|"""
    ...

def add(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _float = 1, out: Any = None) -> Tensor:
    """input + alpha·other"""
    ...

def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1, out: Any = None) -> Tensor:
    """input + value·tensor1/tensor2"""
    ...

def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1, out: Any = None) -> Tensor:
    """input + value·tensor1·tensor2"""
    ...

def allclose(input: Tensor, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
    """Whether |input - other| ≤ atol + rtol·|other| everywhere."""
    ...

def ceil(input: Tensor, *, out: Any = None) -> Tensor:
    """z = ceil x        dx = 0"""
    ...

def clamp(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
    """Each element, limited to the range from min to max, which are numbers or tensors."""
    ...

def clip(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
    """Each element, limited to the range from min to max, which are numbers or tensors."""
    ...

def clone(input: Tensor) -> Tensor:
    """z = a copy of x        dx = dz"""
    ...

def cos(input: Tensor, *, out: Any = None) -> Tensor:
    """z = cos x        dx = -dz·sin x"""
    ...

def div(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """input / other, or rounded: down ("floor") or towards 0 ("trunc")."""
    ...

def divide(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """input / other, or rounded: down ("floor") or towards 0 ("trunc")."""
    ...

def eq(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """x = y, elementwise"""
    ...

def equal(input: Tensor, other: Tensor) -> _bool:
    """Whether two tensors have the same shape and elements."""
    ...

def erf(input: Tensor, *, out: Any = None) -> Tensor:
    """z = erf x        dx = dz·2/√π·exp(-x²)"""
    ...

def exp(input: Tensor, *, out: Any = None) -> Tensor:
    """z = eˣ        dx = dz·z"""
    ...

def expm1(input: Tensor, *, out: Any = None) -> Tensor:
    """z = eˣ - 1, exact for small x        dx = dz·(z + 1)"""
    ...

def floor(input: Tensor, *, out: Any = None) -> Tensor:
    """z = floor x        dx = 0"""
    ...

def floor_divide(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """⌊input / other⌋, also `//`. RuntimeError in backward: torch has no gradient for it."""
    ...

def fmod(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input - other·trunc(input/other): of input's sign."""
    ...

def ge(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """x ≥ y, elementwise"""
    ...

def gt(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """x > y, elementwise"""
    ...

def isclose(input: Tensor, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
    """Where |input - other| ≤ atol + rtol·|other| or both are equal. Integers are compared as default floats."""
    ...

def isfinite(input: Tensor) -> Tensor:
    """Where the elements are neither nan nor infinite."""
    ...

def isinf(input: Tensor) -> Tensor:
    """Where the elements are ∞ or -∞."""
    ...

def isnan(input: Tensor) -> Tensor:
    """Where the elements are nan."""
    ...

def le(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """x ≤ y, elementwise"""
    ...

def lerp(input: Tensor, end: Tensor, weight: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input + weight·(end - input): input where the weight is 0, end where it is 1."""
    ...

def log(input: Tensor, *, out: Any = None) -> Tensor:
    """z = log x        dx = dz/x"""
    ...

def log10(input: Tensor, *, out: Any = None) -> Tensor:
    """z = log₁₀ x        dx = dz/(x·log 10)"""
    ...

def log1p(input: Tensor, *, out: Any = None) -> Tensor:
    """z = log(1 + x), exact for small x        dx = dz/(x + 1)"""
    ...

def log2(input: Tensor, *, out: Any = None) -> Tensor:
    """z = log₂ x        dx = dz/(x·log 2)"""
    ...

def logical_and(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """logical and, elementwise, of what is not 0."""
    ...

def logical_not(input: Tensor, *, out: Any = None) -> Tensor:
    """Where the elements are 0."""
    ...

def logical_or(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """logical or, elementwise, of what is not 0."""
    ...

def logical_xor(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """logical xor, elementwise, of what is not 0."""
    ...

def lt(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """x < y, elementwise"""
    ...

def maximum(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The larger of two elements; nan if one is nan."""
    ...

def minimum(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The smaller of two elements; nan if one is nan."""
    ...

def mul(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input·other"""
    ...

def multiply(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input·other"""
    ...

def ne(input: Tensor, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """x ≠ y, elementwise"""
    ...

def neg(input: Tensor, *, out: Any = None) -> Tensor:
    """-input"""
    ...

def negative(input: Tensor, *, out: Any = None) -> Tensor:
    """-input"""
    ...

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor:
    """The indices of the elements that are not 0: a row for each element, or as_tuple a vector for each dimension."""
    ...

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
    """The indices of the elements that are not 0: a row for each element, or as_tuple a vector for each dimension."""
    ...

def positive(input: Tensor) -> Tensor:
    """+input: itself."""
    ...

def pow(input: Tensor | _Number, exponent: Tensor | _Number, *, out: Any = None) -> Tensor:
    """inputⁿ, where n is a number or a tensor. If n is a tensor, input may be a number."""
    ...

def reciprocal(input: Tensor, *, out: Any = None) -> Tensor:
    """z = 1/x        dx = -dz·z²"""
    ...

def remainder(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input - other·⌊input/other⌋, also `%`: of other's sign; one of the two may be a number."""
    ...

def round(input: Tensor, *, decimals: _int = 0, out: Any = None) -> Tensor:
    """The nearest integer, or the nearest number with so many decimals. A tie goes to the even neighbour."""
    ...

def rsqrt(input: Tensor, *, out: Any = None) -> Tensor:
    """z = 1/√x        dx = -dz·z³/2"""
    ...

def sigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """z = 1/(1 + e⁻ˣ)        dx = dz·(1 - z)·z"""
    ...

def sign(input: Tensor, *, out: Any = None) -> Tensor:
    """z = -1, 0 or 1, as x is; 0 where x is nan        dx = 0"""
    ...

def sin(input: Tensor, *, out: Any = None) -> Tensor:
    """z = sin x        dx = dz·cos x"""
    ...

def sqrt(input: Tensor, *, out: Any = None) -> Tensor:
    """z = √x        dx = dz/2z"""
    ...

def square(input: Tensor, *, out: Any = None) -> Tensor:
    """input²"""
    ...

def sub(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _float = 1, out: Any = None) -> Tensor:
    """input - alpha·other"""
    ...

def subtract(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _float = 1, out: Any = None) -> Tensor:
    """input - alpha·other"""
    ...

def tanh(input: Tensor, *, out: Any = None) -> Tensor:
    """z = tanh x        dx = dz·(1 - z²)"""
    ...

def trunc(input: Tensor, *, out: Any = None) -> Tensor:
    """z = trunc x        dx = 0"""
    ...

@overload
def where(condition: Tensor) -> tuple[Tensor, ...]:
    """input where the condition holds, else other; they broadcast. where(condition) is nonzero, as a tuple."""
    ...

@overload
def where(condition: Tensor, input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """input where the condition holds, else other; they broadcast. where(condition) is nonzero, as a tuple."""
    ...

def xlogy(input: Tensor | _Number, other: Tensor | _Number, *, out: Any = None) -> Tensor:
    """input·log other, and 0 where input is 0; one of the two may be a number"""
    ...

def fix(input: Tensor, *, out: Any = None) -> Tensor:
    """z = trunc x        dx = 0"""
    ...

def greater(input: Tensor, other: Tensor | _Number) -> Tensor:
    """x > y, elementwise"""
    ...

def greater_equal(input: Tensor, other: Tensor | _Number) -> Tensor:
    """x ≥ y, elementwise"""
    ...

def less(input: Tensor, other: Tensor | _Number) -> Tensor:
    """x < y, elementwise"""
    ...

def less_equal(input: Tensor, other: Tensor | _Number) -> Tensor:
    """x ≤ y, elementwise"""
    ...

def not_equal(input: Tensor, other: Tensor | _Number) -> Tensor:
    """x ≠ y, elementwise"""
    ...

def true_divide(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """input / other"""
    ...

def acos(input: Tensor) -> Tensor:
    """z = arccos x        dx = -dz/√(1 - x²)"""
    ...

def acosh(input: Tensor) -> Tensor:
    """z = arcosh x        dx = dz/√(x² - 1)"""
    ...

def arccos(input: Tensor) -> Tensor:
    """z = arccos x        dx = -dz/√(1 - x²)"""
    ...

def arccosh(input: Tensor) -> Tensor:
    """z = arcosh x        dx = dz/√(x² - 1)"""
    ...

def arcsin(input: Tensor) -> Tensor:
    """z = arcsin x        dx = dz/√(1 - x²)"""
    ...

def arcsinh(input: Tensor) -> Tensor:
    """z = arsinh x        dx = dz/√(x² + 1)"""
    ...

def arctan(input: Tensor) -> Tensor:
    """z = arctan x        dx = dz/(x² + 1)"""
    ...

def arctan2(input: Tensor, other: Tensor) -> Tensor:
    """atan2, by NumPy's name."""
    ...

def arctanh(input: Tensor) -> Tensor:
    """z = artanh x        dx = dz/(1 - x²)"""
    ...

def asin(input: Tensor) -> Tensor:
    """z = arcsin x        dx = dz/√(1 - x²)"""
    ...

def asinh(input: Tensor) -> Tensor:
    """z = arsinh x        dx = dz/√(x² + 1)"""
    ...

def atan(input: Tensor) -> Tensor:
    """z = arctan x        dx = dz/(x² + 1)"""
    ...

def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point (other, input), from -π to π."""
    ...

def atanh(input: Tensor) -> Tensor:
    """z = artanh x        dx = dz/(1 - x²)"""
    ...

def bitwise_and(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """and of the bits of integers, or of bools."""
    ...

def bitwise_not(input: Tensor) -> Tensor:
    """The opposite of every bit; of bools, logical_not."""
    ...

def bitwise_or(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """or of the bits of integers, or of bools."""
    ...

def bitwise_xor(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """xor of the bits of integers, or of bools."""
    ...

def cosh(input: Tensor) -> Tensor:
    """z = cosh x        dx = dz·sinh x"""
    ...

def cumprod(input: Tensor, dim: _int, *, dtype: _dtypes.dtype | None = None, out: Any = None) -> Tensor:
    """zᵢ = Π inputⱼ, j ≤ i, along dim."""
    ...

def deg2rad(input: Tensor) -> Tensor:
    """Degrees as radians: input·π/180."""
    ...

def exp2(input: Tensor) -> Tensor:
    """z = 2ˣ        dx = dz·z·log 2"""
    ...

def frac(input: Tensor) -> Tensor:
    """input - trunc(input): of input's sign."""
    ...

def hypot(input: Tensor, other: Tensor) -> Tensor:
    """√(input² + other²)"""
    ...

def nanmean(input: Tensor, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """mean of the elements that are not nan."""
    ...

def nansum(input: Tensor, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """sum, in which nan counts as 0."""
    ...

def rad2deg(input: Tensor) -> Tensor:
    """Radians as degrees: input·180/π."""
    ...

def sinh(input: Tensor) -> Tensor:
    """z = sinh x        dx = dz·cosh x"""
    ...

def std_mean(input: Tensor, dim: _Dims | _bool | None = None, unbiased: _bool = True, keepdim: _bool = False, *, correction: _float | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """std and mean, as a tuple."""
    ...

def tan(input: Tensor) -> Tensor:
    """z = tan x        dx = dz·(1 + z²)"""
    ...

def var_mean(input: Tensor, dim: _Dims | _bool | None = None, unbiased: _bool = True, keepdim: _bool = False, *, correction: _float | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """var and mean, as a tuple."""
    ...

def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Any = None) -> Tensor:
    """beta·input + alpha·mat1·mat2, of matrices; the input broadcasts."""
    ...

def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Any = None) -> Tensor:
    """beta·input + alpha·mat·vec, a matrix and a vector; the input broadcasts."""
    ...

def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Any = None) -> Tensor:
    """beta·input + alpha·batch1·batch2, of batches of matrices; the input broadcasts."""
    ...

def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, one after the other. torch deprecates it."""
    ...

def cross(input: Tensor, other: Tensor, dim: _int | None = None, *, axis: _Dims = ...) -> Tensor:
    """The vector product along a dim of size 3: without dim, which torch warns of, the first one."""
    ...

def einsum(*args: Any) -> Tensor:
    """Sums of products, as an equation says: einsum("ij,jk->ik", x, y) is x @ y.

    A letter names a dimension of each operand. Elements at equal letters are multiplied, and letters that the output
    leaves out are summed over. Without "->" the output has the letters that occur once, in alphabetical order. "..." is
    any dims, which broadcast. Operands are taken two by two from the left, as products of matrices."""
    ...

def inner(input: Tensor, other: Tensor) -> Tensor:
    """Σ input·other over the last dimension of both."""
    ...

def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: every element of input times the whole of other, side by side."""
    ...

def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Σ a·b over the last dims of a and the first of b, or over the dims that two lists name."""
    ...

def aminmax(input: Tensor, *, dim: _int | None = None, keepdim: _bool = False, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """The smallest and the largest element, of all or along dim."""
    ...

def block_diag(*tensors: Any) -> Any:
    """A matrix with these matrices along its diagonal, and 0 elsewhere."""
    ...

def bucketize(input: Tensor | _Number, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False) -> Tensor:
    """The number of the bucket between sorted boundaries in which each value lies."""
    ...

def cartesian_prod(*tensors: Any) -> Any:
    """Every combination of elements of some vectors, a row for each."""
    ...

def cdist(x1: Any, x2: Any, p: _float = 2.0, compute_mode: str = 'use_mm_for_euclid_dist_if_necessary') -> Any:
    """The distances of every row of x1 to every row of x2, (b, n, m), (b, k, m) → (b, n, k), in the p-norm."""
    ...

def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False) -> Tensor:
    """Every choice of r elements of a vector, in order, a row for each."""
    ...

def diff(input: Tensor, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *, axis: _Dims = ...) -> Tensor:
    """input[i + 1] - input[i] along dim, n times; prepend and append are joined to it before."""
    ...

def dist(input: Tensor, other: Tensor, p: _float = 2) -> Tensor:
    """The p-norm of input - other."""
    ...

def isin(elements: Any, test_elements: Any, *, assume_unique: _bool = False, invert: _bool = False) -> Any:
    """Whether each element is one of the test elements."""
    ...

def median(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """The middle element, of two the lower one; along dim with its index. nan if one is nan."""
    ...

def mode(input: Tensor, dim: _int = -1, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """The element that is most often there along dim, of several the smallest; and the index of its last place."""
    ...

def nan_to_num(input: Tensor, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
    """The input with numbers for nan (0), ∞ (the largest) and -∞ (the smallest)."""
    ...

def searchsorted(sorted_sequence: Tensor, input: Tensor | _Number, *, out_int32: _bool = False, right: _bool = False, side: str | None = None, sorter: Tensor | None = None) -> Tensor:
    """Where each value belongs in a sorted vector: before what is not smaller, or, if right, after what is equal.

    `side` says the same as "left" or "right". `sorter` has the indices that sort a vector that is not sorted. Of
    several vectors, the rows of a tensor, each has its own values."""
    ...

def compile(model: Any = None, **options: Any) -> Any:
    """Return a function, or a module, that records what it does and then repeats it; also `@compile`.

    Results, gradients and weights are those of eager code, bit for bit. torch's options (backend, mode, fullgraph,
    dynamic) are accepted and change nothing, but for disable=True, which returns the model as it is.
    torch: torch.compile."""
    ...

def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
    """How often each of the numbers 0, 1, 2 ... occurs in a vector, or the sum of the weights where it does."""
    ...

def histc(input: Tensor, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
    """How many elements lie in each of so many bins of equal width from min to max, in the input's type.

    Without a range, from the smallest element to the largest. What lies outside is not counted."""
    ...

def histogram(input: Tensor, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: _bool = False) -> Any:
    """How many elements lie in each bin, or the sum of their weights, and the edges of the bins.

    bins is their number, or a vector of edges. With density the areas add up to 1. The counts have no gradient."""
    ...

def abs_(input: Tensor) -> Tensor:
    """In place: |input|"""
    ...

def acos_(input: Tensor) -> Tensor:
    """In place: z = arccos x        dx = -dz/√(1 - x²)"""
    ...

def acosh_(input: Tensor) -> Tensor:
    """In place: z = arcosh x        dx = dz/√(x² - 1)"""
    ...

def asin_(input: Tensor) -> Tensor:
    """In place: z = arcsin x        dx = dz/√(1 - x²)"""
    ...

def asinh_(input: Tensor) -> Tensor:
    """In place: z = arsinh x        dx = dz/√(x² + 1)"""
    ...

def atan_(input: Tensor) -> Tensor:
    """In place: z = arctan x        dx = dz/(x² + 1)"""
    ...

def atanh_(input: Tensor) -> Tensor:
    """In place: z = artanh x        dx = dz/(1 - x²)"""
    ...

def ceil_(input: Tensor) -> Tensor:
    """In place: z = ceil x        dx = 0"""
    ...

def cos_(input: Tensor) -> Tensor:
    """In place: z = cos x        dx = -dz·sin x"""
    ...

def cosh_(input: Tensor) -> Tensor:
    """In place: z = cosh x        dx = dz·sinh x"""
    ...

def deg2rad_(input: Tensor) -> Tensor:
    """In place: Degrees as radians: input·π/180."""
    ...

def detach_(input: Tensor) -> Tensor:
    """Forget the history."""
    ...

def exp2_(input: Tensor) -> Tensor:
    """In place: z = 2ˣ        dx = dz·z·log 2"""
    ...

def exp_(input: Tensor) -> Tensor:
    """In place: z = eˣ        dx = dz·z"""
    ...

def expm1_(input: Tensor) -> Tensor:
    """In place: z = eˣ - 1, exact for small x        dx = dz·(z + 1)"""
    ...

def floor_(input: Tensor) -> Tensor:
    """In place: z = floor x        dx = 0"""
    ...

def frac_(input: Tensor) -> Tensor:
    """In place: input - trunc(input): of input's sign."""
    ...

def log10_(input: Tensor) -> Tensor:
    """In place: z = log₁₀ x        dx = dz/(x·log 10)"""
    ...

def log1p_(input: Tensor) -> Tensor:
    """In place: z = log(1 + x), exact for small x        dx = dz/(x + 1)"""
    ...

def log2_(input: Tensor) -> Tensor:
    """In place: z = log₂ x        dx = dz/(x·log 2)"""
    ...

def log_(input: Tensor) -> Tensor:
    """In place: z = log x        dx = dz/x"""
    ...

def neg_(input: Tensor) -> Tensor:
    """In place: -input"""
    ...

def rad2deg_(input: Tensor) -> Tensor:
    """In place: Radians as degrees: input·180/π."""
    ...

def range(start: Any, end: Any, step: Any = 1, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
    """start, start + step ... up to end, which is among them: (end - start)/step + 1 numbers. Deprecated: use arange.

    The default float, unless a dtype is given. RuntimeError if step is 0 or leads away from end."""
    ...

def reciprocal_(input: Tensor) -> Tensor:
    """In place: z = 1/x        dx = -dz·z²"""
    ...

def rsqrt_(input: Tensor) -> Tensor:
    """In place: z = 1/√x        dx = -dz·z³/2"""
    ...

def sigmoid_(input: Tensor) -> Tensor:
    """In place: z = 1/(1 + e⁻ˣ)        dx = dz·(1 - z)·z"""
    ...

def sin_(input: Tensor) -> Tensor:
    """In place: z = sin x        dx = dz·cos x"""
    ...

def sinh_(input: Tensor) -> Tensor:
    """In place: z = sinh x        dx = dz·cosh x"""
    ...

def sqrt_(input: Tensor) -> Tensor:
    """In place: z = √x        dx = dz/2z"""
    ...

def square_(input: Tensor) -> Tensor:
    """In place: input²"""
    ...

def tan_(input: Tensor) -> Tensor:
    """In place: z = tan x        dx = dz·(1 + z²)"""
    ...

def tanh_(input: Tensor) -> Tensor:
    """In place: z = tanh x        dx = dz·(1 - z²)"""
    ...

def trunc_(input: Tensor) -> Tensor:
    """In place: z = trunc x        dx = 0"""
    ...

def zero_(input: Tensor) -> Tensor:
    """Set every element to 0."""
    ...

def det(input: Tensor) -> Tensor:
    """The determinants of square matrices: linalg.det."""
    ...

def inverse(input: Tensor) -> Tensor:
    """A⁻¹ of square matrices: linalg.inv."""
    ...

def matrix_power(input: Tensor, n: _int) -> Tensor:
    """A·A·... n times: linalg.matrix_power."""
    ...

def all(input: Tensor, dim: _Dims | None = None, keepdim: _bool = False, *, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """Whether every element is true, or not 0."""
    ...

def any(input: Tensor, dim: _Dims | None = None, keepdim: _bool = False, *, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """Whether some element is true, or not 0."""
    ...

def count_nonzero(input: Tensor, *dims_: _int, dim: _Dims | None = None, axis: _Dims = ...) -> Tensor:
    """How many elements are not 0."""
    ...

def cumsum(input: Tensor, dim: _int, *, dtype: _dtypes.dtype | None = None, out: Any = None) -> Tensor:
    """zᵢ = Σ inputⱼ, j ≤ i, along dim."""
    ...

def logsumexp(input: Tensor, dim: _Dims, keepdim: _bool = False, *, out: Any = None, keepdims: _bool = ...) -> Tensor:
    """log Σ eˣ over dim. Large x do not overflow."""
    ...

def mean(input: Tensor, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """Σ / n over dim, or over all elements. RuntimeError for integers."""
    ...

def norm(input: Tensor, p: Any = 'fro', dim: _Dims | None = None, keepdim: _bool = False, dtype: _dtypes.dtype | None = None, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """(Σ |input|ᵖ)^(1/p) over dim or all elements. p = "fro" means 2; p = inf gives the maximum of |input|."""
    ...

def prod(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """The product of all elements, or along dim. Integers and bools are multiplied in int64."""
    ...

def std(input: Tensor, dim: _Dims | _bool | None = None, unbiased: _bool = True, keepdim: _bool = False, *, correction: _float | None = None, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """z = √var        dxᵢⱼ = dzᵢ·(xᵢⱼ - mᵢ) / (zᵢ·(n - c)), m the mean along dim, c the correction

    correction is 1, or 0 if not unbiased."""
    ...

def sum(input: Tensor, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """Σ over dim, or over all elements. Integers and bools are summed in int64."""
    ...

def var(input: Tensor, dim: _Dims | _bool | None = None, unbiased: _bool = True, keepdim: _bool = False, *, correction: _float | None = None, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """zᵢ = Σⱼ (xᵢⱼ - mᵢ)² / (n - c), m the mean along dim, c the correction        dxᵢⱼ = 2·dzᵢ·(xᵢⱼ - mᵢ) / (n - c)

    correction is 1, or 0 if not unbiased."""
    ...

def log_softmax(input: Tensor, dim: _int, dtype: _dtypes.dtype | None = None) -> Tensor:
    """x - log Σ eˣ along dim."""
    ...

def relu(input: Tensor) -> Tensor:
    """max(input, 0)"""
    ...

def relu_(input: Tensor) -> Tensor:
    """max(input, 0), in the input's own memory."""
    ...

def softmax(input: Tensor, dim: _int, dtype: _dtypes.dtype | None = None) -> Tensor:
    """eˣ / Σ eˣ along dim."""
    ...

def amax(input: Tensor, dim: _Dims | None = (), keepdim: _bool = False, *, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """The maxima over dim. Equal maxima share the gradient."""
    ...

def amin(input: Tensor, dim: _Dims | None = (), keepdim: _bool = False, *, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """The minima over dim. Equal minima share the gradient."""
    ...

def argmax(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """The index of the first maximum, in the flattened tensor or along dim. nan counts as the maximum."""
    ...

def argmin(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Any = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """The index of the first minimum, in the flattened tensor or along dim. nan counts as the minimum."""
    ...

def argsort(input: Tensor, dim: _int = -1, descending: _bool = False, *, stable: _bool = False, out: Any = None, axis: _Dims = ...) -> Tensor:
    """The indices that sort the values along dim (always stable)."""
    ...

@overload
def max(input: Tensor) -> Tensor:
    """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
    ...

@overload
def max(input: Tensor, dim: _int, keepdim: _bool = False) -> ValuesAndIndices:
    """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
    ...

@overload
def max(input: Tensor, other: Tensor) -> Tensor:
    """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
    ...

@overload
def min(input: Tensor) -> Tensor:
    """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
    ...

@overload
def min(input: Tensor, dim: _int, keepdim: _bool = False) -> ValuesAndIndices:
    """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
    ...

@overload
def min(input: Tensor, other: Tensor) -> Tensor:
    """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
    ...

def sort(input: Tensor, dim: _int = -1, descending: _bool = False, *, stable: _bool = False) -> ValuesAndIndices:
    """The values along dim in order, and their indices. Equal values keep their order (always stable)."""
    ...

def topk(input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> ValuesAndIndices:
    """The k largest (or smallest) values along dim, in order, and their indices."""
    ...

@overload
def unique(input: Tensor, sorted: _bool = True, *, dim: _int | None = None) -> Tensor:
    """The different values, in order; on request the position of each element's value, and the count of each value.

    NotImplementedError in backward: torch has no gradient for it."""
    ...

@overload
def unique(input: Tensor, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
    """The different values, in order; on request the position of each element's value, and the count of each value.

    NotImplementedError in backward: torch has no gradient for it."""
    ...

def bmm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """The products of two batches of matrices, (b, n, m)·(b, m, p) → (b, n, p)."""
    ...

def dot(input: Tensor, tensor: Tensor, *, out: Any = None) -> Tensor:
    """Σ input·tensor, of two vectors."""
    ...

def matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The matrix product: vectors, matrices, and batches of matrices that broadcast.

    As in torch it is composed of dot, mv, mm and bmm. A vector on the left is a row, a vector on the right is a column.
    A batch times a matrix is one large product if that needs no copy, or if the matrix requires grad: otherwise every
    matrix of the batch would compute a gradient for it."""
    ...

def mm(input: Tensor, mat2: Tensor, *, out: Any = None) -> Tensor:
    """The product of two matrices, (n, m)·(m, p) → (n, p)."""
    ...

def mv(input: Tensor, vec: Tensor, *, out: Any = None) -> Tensor:
    """The product of a matrix and a vector, (n, m)·(m) → (n)."""
    ...

def outer(input: Tensor, vec2: Tensor, *, out: Any = None) -> Tensor:
    """z[i, j] = input[i]·vec2[j], (n), (m) → (n, m)."""
    ...

def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim merged into one."""
    ...

def flip(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """A copy with the order of the elements reversed along these dimensions."""
    ...

def moveaxis(input: Tensor, source: _Dims, destination: _Dims) -> Tensor:
    """A view with dimensions moved to other positions. The other dimensions keep their order."""
    ...

def movedim(input: Tensor, source: _Dims, destination: _Dims) -> Tensor:
    """A view with dimensions moved to other positions. The other dimensions keep their order."""
    ...

def permute(input: Tensor, *order_: Any, dims: Any = None) -> Tensor:
    """A view with the dimensions in this order."""
    ...

def ravel(input: Tensor) -> Tensor:
    """All dimensions merged into one. A copy, unless the tensor is contiguous."""
    ...

def reshape(input: Tensor, *given: Any, shape: Any = None) -> Tensor:
    """The elements in another shape: a view if the memory allows it, else a copy."""
    ...

def squeeze(input: Tensor, *dims_: _int, dim: _Dims | None = None, axis: _Dims = ...) -> Tensor:
    """A view without the dimensions of size 1, or only without those in dim that have size 1."""
    ...

def swapaxes(input: Tensor, axis0: _int, axis1: _int) -> Tensor:
    """transpose, by NumPy's name."""
    ...

def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """A view with two dimensions exchanged."""
    ...

def t(input: Tensor) -> Tensor:
    """The transpose of a matrix. A vector or a number stays as it is."""
    ...

def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """A view with two dimensions exchanged."""
    ...

def tril(input: Tensor, diagonal: _int = 0, *, out: Any = None) -> Tensor:
    """A copy of a matrix, or of a batch of them, with 0 above the diagonal."""
    ...

def triu(input: Tensor, diagonal: _int = 0, *, out: Any = None) -> Tensor:
    """A copy of a matrix, or of a batch of them, with 0 below the diagonal."""
    ...

def unsqueeze(input: Tensor, dim: _int) -> Tensor:
    """A view with one more dimension, of size 1, at dim."""
    ...

def cat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None, axis: _int | None = None) -> Tensor:
    """The tensors one after the other along dim (or axis). Their other sizes must be equal."""
    ...

def chunk(input: Tensor, chunks: _int, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
    """Views of at most `chunks` equal parts along dim. The last may be shorter."""
    ...

def concat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None, axis: _int | None = None) -> Tensor:
    """The tensors one after the other along dim (or axis). Their other sizes must be equal."""
    ...

def concatenate(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None, axis: _int | None = None) -> Tensor:
    """The tensors one after the other along dim (or axis). Their other sizes must be equal."""
    ...

def hstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """cat along the second dimension; of vectors along their only one."""
    ...

def split(tensor: Tensor, split_size_or_sections: _Dims, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
    """Tensor.split as a function: torch gives its parameters other names."""
    ...

def stack(tensors: Sequence[Tensor], dim: _int = 0, *, out: Any = None, axis: _int | None = None) -> Tensor:
    """Tensors of equal shape, stacked along a new dimension dim (or axis)."""
    ...

def unbind(input: Tensor, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
    """The views input[0], input[1] ... along dim."""
    ...

def vstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """cat along the first dimension; vectors become rows of a matrix."""
    ...

def gather(input: Tensor, dim: _int, index: Tensor, *, out: Any = None) -> Tensor:
    """z[i, j] = input[i, index[i, j]] for dim 1; for other dims accordingly. z has the shape of index."""
    ...

def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Any = None) -> Tensor:
    """A copy of the parts at these indices of dim."""
    ...

def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _Number) -> Tensor:
    """value where the mask is True, else input; they broadcast."""
    ...

def masked_select(input: Tensor, mask: Tensor, *, out: Any = None) -> Tensor:
    """A vector of the elements where the mask is True."""
    ...

def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not 0, a row for each."""
    ...

def atleast_1d(*tensors: Any) -> Any:
    """The tensor; a 0-d one as a vector."""
    ...

def atleast_2d(*tensors: Any) -> Any:
    """The tensor; with fewer dims as a matrix of one row."""
    ...

def atleast_3d(*tensors: Any) -> Any:
    """The tensor; with fewer dims as one of three, a vector in the middle."""
    ...

def broadcast_shapes(*shapes: Any) -> Any:
    """The shape to which these shapes broadcast. RuntimeError if they do not."""
    ...

def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors expanded to their common shape."""
    ...

def broadcast_to(input: Tensor, *given: Any, size: Any = None) -> Tensor:
    """The input expanded to a shape."""
    ...

def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """hstack, in which vectors become columns of a matrix."""
    ...

def diag(input: Tensor, diagonal: _int = 0, *, out: Any = None) -> Tensor:
    """A copy of the diagonal of a matrix, or the matrix that has this diagonal and is 0 elsewhere."""
    ...

def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
    """Matrices that have the last dim of the input as their diagonals, and are 0 elsewhere."""
    ...

def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """The view of the elements [i, i + offset] along two dims. It is the last dim of the result."""
    ...

def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """cat along the third dimension; vectors and matrices get it."""
    ...

def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order."""
    ...

def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order."""
    ...

def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """For vectors of n, m ... elements, a tensor of shape (n, m, ...) for each: expanded along the dims of the others.

    With indexing="xy" the first two vectors exchange their dims, as in NumPy. torch warns where neither is said."""
    ...

def narrow(input: Tensor, dim: _int, start: Any, length: _int) -> Tensor:
    """The view input[start : start + length] along dim."""
    ...

def repeat_interleave(input: Any = None, repeats: Any = None, dim: _int | None = None, *, output_size: _int | None = None, axis: _Dims = ...) -> Tensor:
    """Every element along dim repeated, one after the other: as often as a number says, or a tensor with one for each.

    Without dim the input is flattened. repeat_interleave(repeats) is the indices that this takes."""
    ...

def roll(input: Tensor, shifts: _Dims, dims: _Dims = ()) -> Tensor:
    """The input moved on by shifts along dims; what falls off at the end comes in at the beginning.

    Without dims the flattened input is moved, and gets its shape back."""
    ...

def rot90(input: Tensor, k: _int = 1, dims: _Dims = ...) -> Tensor:
    """The plane of two dims turned k times by 90 degrees, from the first dim towards the second."""
    ...

def select(input: Tensor, dim: _int, index: _int) -> Tensor:
    """The view input[index] along dim."""
    ...

def tensor_split(input: Tensor, indices_or_sections: Any, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
    """So many parts along dim, as equal as can be, or the parts between these indices: views."""
    ...

def tile(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """repeat, with 1 for the dims that are left out in front."""
    ...

def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    ...

def unflatten(input: Tensor, dim: _int, sizes: Any) -> Tensor:
    """A view in which a dim is split into several of these sizes. One may be -1: it is inferred."""
    ...

def index_add(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1, out: Any = None) -> Tensor:
    """The input, with the parts of alpha·source added to its parts at these indices of dim."""
    ...

def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
    """The input, with its parts at these indices of dim replaced by the parts of source."""
    ...

def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
    """The input, with its parts at these indices of dim set to the value, a number or a 0-d tensor."""
    ...

def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The input, with the elements of source written one after the other where the mask is True."""
    ...

def scatter(input: Tensor, dim: _int, index: Tensor, src: Tensor | _Number | None = None, *, value: _float | None = None, reduce: str | None = None, out: Any = None) -> Tensor:
    """The input, with src written to the places that gather reads: z[i, index[i, j]] = src[i, j] for dim 1.

    src is a tensor or a number. Where an index repeats, the last one counts; with reduce="add" or "multiply" all do,
    but without a gradient."""
    ...

def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Any = None) -> Tensor:
    """The input, with src added at the places that gather reads: z[i, index[i, j]] += src[i, j] for dim 1."""
    ...

def take(input: Tensor, index: Tensor, *, out: Any = None) -> Tensor:
    """The elements at these positions of the flattened input, in the shape of index."""
    ...

def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = None, *, out: Any = None, axis: _Dims = ...) -> Tensor:
    """gather, after input and indices have broadcast along the other dims; without dim, of the flattened input."""
    ...

def set_printoptions(precision: _int | None = None, threshold: _float | None = None, edgeitems: _int | None = None, linewidth: _int | None = None, profile: str | None = None, sci_mode: _bool | None = None) -> None:
    """Choose how tensors are printed from now on (torch: torch.set_printoptions).

    `precision` is the number of decimals. A tensor of more than `threshold` elements is summarised to
    `edgeitems` at either end of each dimension. Lines are broken to fit `linewidth` columns.
    `profile` sets these four at once ("default", "short" or "full"), and the other arguments override it.

    As in torch, an option that is not given keeps its value, except `sci_mode`, which every call sets. A profile of
    another name is ignored without an error."""
    ...

def manual_seed(seed: _int) -> Generator:
    """Seed the default generator and return it. torch: torch.manual_seed."""
    ...

def load(f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, *, weights_only: _bool | None = None) -> Any:
    """Read a file that `save` or torch.save wrote. Named arrays of another program give an OrderedDict of tensors.

    The tensors are on the CPU, or on the device map_location. With weights_only=False a file in torch's format may hold
    a whole model, whose classes the program has; then loading it can run any code, so do it with your own files alone.
    A layer of torch's becomes minigrad's. Raises LoadError if the file cannot be loaded, and pickle.UnpicklingError,
    too, if it holds a model; OSError (FileNotFoundError for example) if it cannot be opened; AttributeError or
    ImportError if a class is missing, or the package safetensors where it is needed. torch: torch.load."""
    ...

def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a state dict or a checkpoint to a file; or a whole model, which only load(f, weights_only=False) reads.

    A checkpoint consists of dicts, lists and tuples that hold tensors, numbers, strings and None. The ending of the
    name chooses the format: .npz, .safetensors, or torch's own for every other name. An existing file is replaced only
    after everything is written, so an error leaves it unchanged. In torch's format tensors that share memory share it
    in the file, too, and keep their strides, and everything that pickle can save may be in it, such as a model, of
    which the file names the classes. In the other two each tensor is saved separately.
    Raises TypeError if obj contains something else, pickle's errors for what it cannot save, ImportError if the
    package safetensors is needed and not installed. torch: torch.save."""
    ...

def multinomial(input: Tensor, num_samples: _int, replacement: _bool = False, *, generator: Any = None, out: Any = None) -> Tensor:
    """Indices of the last dimension, each drawn with the probability that its element gives, up to a common factor.

    torch's for the same seed. RuntimeError unless the probabilities are finite, >= 0 and not all 0."""
    ...

def are_deterministic_algorithms_enabled() -> _bool:
    """Whether use_deterministic_algorithms(True) was called."""
    ...

def get_float32_matmul_precision() -> str:
    """The precision that was set; "highest" at first."""
    ...

def get_num_threads() -> _int:
    """The number of threads that was set, or the number of processors that this program may use."""
    ...

def is_complex(input: Any) -> _bool:
    """False: there are no complex tensors. TypeError for what is no tensor."""
    ...

def is_deterministic_algorithms_warn_only_enabled() -> _bool:
    """Whether it was called with warn_only=True."""
    ...

def is_inference(input: Any) -> _bool:
    """Whether a tensor was made in inference mode."""
    ...

def is_nonzero(input: Any) -> _bool:
    """Whether the one element of a tensor is not 0."""
    ...

def is_storage(obj: Any, /) -> _bool:
    """False: the memory of a tensor is its `array`, not an object of its own."""
    ...

def set_default_tensor_type(t: Any, /) -> None:
    """Set the default dtype by the name of a tensor type, such as FloatTensor. Prefer set_default_dtype."""
    ...

def set_float32_matmul_precision(precision: str) -> None:
    """Remember "highest", "high" or "medium". Products are computed in float32 with each."""
    ...

def set_num_threads(num: _int, /) -> None:
    """Remember a number of threads. NumPy's BLAS reads its own from OMP_NUM_THREADS when it is loaded."""
    ...

def typename(obj: Any, /) -> str:
    """The name of an object's type, with its module; of a tensor, its tensor type."""
    ...

def use_deterministic_algorithms(mode: _bool, *, warn_only: _bool = False) -> None:
    """Ask for the same result each time. NumPy's functions give it anyway."""
    ...

def detach(input: Tensor) -> Tensor:
    """A tensor with the same memory and without history."""
    ...

def is_floating_point(input: Tensor) -> _bool:
    """Whether gradients can flow through it."""
    ...

def is_tensor(obj: Any) -> _bool:
    """Whether it is a Tensor."""
    ...

def numel(input: Tensor) -> _int:
    """The number of elements."""
    ...

def celu(input: Tensor, alpha: _Number = 1.0) -> Tensor:
    """x where x > 0, else α·(exp(x/α) - 1). Raises RuntimeError for α = 0. torch: torch.celu."""
    ...

def celu_(input: Tensor, alpha: _Number = 1.0) -> Tensor:
    """celu, in the input's own memory."""
    ...

def hardshrink(input: Tensor, lambd: _Number = 0.5) -> Tensor:
    """x where |x| > lambd, else 0. torch: torch.hardshrink."""
    ...

def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, else w·x, with one w or one for each channel, the second dimension.

    Raises RuntimeError for a weight of another size or type. torch: torch.prelu."""
    ...

def rrelu(input: Tensor, lower: _Number = 0.125, upper: _Number = 0.3333333333333333, training: _bool = False, generator: Any = None) -> Tensor:
    """x where x > 0, else r·x: r uniform in [lower, upper) while training, else their mean.

    Raises RuntimeError unless lower <= upper, both finite. torch: torch.rrelu, the same draws for the same seed."""
    ...

def rrelu_(input: Tensor, lower: _Number = 0.125, upper: _Number = 0.3333333333333333, training: _bool = False, generator: Any = None) -> Tensor:
    """rrelu, in the input's own memory."""
    ...

def selu(input: Tensor) -> Tensor:
    """s·x where x > 0, else s·α·(eˣ - 1): mean 0 and variance 1 stay what they are. torch: torch.selu."""
    ...

def selu_(input: Tensor) -> Tensor:
    """selu, in the input's own memory."""
    ...

def threshold(input: Tensor, threshold: _Number, value: _Number) -> Tensor:
    """x where x > threshold, else value. Raises NotImplementedError for bools. torch: torch.threshold."""
    ...

def threshold_(input: Tensor, threshold: _Number, value: _Number) -> Tensor:
    """threshold, in the input's own memory."""
    ...

def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """zₒ = Σᵢⱼ xᵢ·wₒᵢⱼ·yⱼ + bₒ: (*, I), (*, J) and weights (O, I, J) → (*, O).

    Raises RuntimeError for shapes or dtypes that do not fit. torch: torch.nn.functional.bilinear."""
    ...

def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _Dims = 1, padding: _Dims | str = 0, dilation: _Dims = 1, groups: _int = 1) -> Tensor:
    """x ⋆ w + b: in each place the product of the kernels and the patch of x.

    x: (N, C, *n) or (C, *n), w: (O, C/groups, *k), b: (O,) → (N, O, *m) with 1 dimensions n, k and m:
    m = ⌊(n + 2·padding - dilation·(k - 1) - 1)/stride⌋ + 1. padding "same" makes m = n, "valid" is 0.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.conv1d."""
    ...

def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _Dims = 1, padding: _Dims | str = 0, dilation: _Dims = 1, groups: _int = 1) -> Tensor:
    """x ⋆ w + b: in each place the product of the kernels and the patch of x.

    x: (N, C, *n) or (C, *n), w: (O, C/groups, *k), b: (O,) → (N, O, *m) with 2 dimensions n, k and m:
    m = ⌊(n + 2·padding - dilation·(k - 1) - 1)/stride⌋ + 1. padding "same" makes m = n, "valid" is 0.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.conv2d."""
    ...

def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _Dims = 1, padding: _Dims | str = 0, dilation: _Dims = 1, groups: _int = 1) -> Tensor:
    """x ⋆ w + b: in each place the product of the kernels and the patch of x.

    x: (N, C, *n) or (C, *n), w: (O, C/groups, *k), b: (O,) → (N, O, *m) with 3 dimensions n, k and m:
    m = ⌊(n + 2·padding - dilation·(k - 1) - 1)/stride⌋ + 1. padding "same" makes m = n, "valid" is 0.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.conv3d."""
    ...

def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _Dims = 1, padding: _Dims = 0, output_padding: _Dims = 0, groups: _int = 1, dilation: _Dims = 1) -> Tensor:
    """The transpose of a convolution: every number of x times the kernels, each added in its place.

    x: (N, C, *n) or (C, *n), w: (C, O/groups, *k), b: (O,) → (N, O, *m) with 1 dimensions n, k and m:
    m = (n - 1)·stride - 2·padding + dilation·(k - 1) + output_padding + 1.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.conv_transpose1d."""
    ...

def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _Dims = 1, padding: _Dims = 0, output_padding: _Dims = 0, groups: _int = 1, dilation: _Dims = 1) -> Tensor:
    """The transpose of a convolution: every number of x times the kernels, each added in its place.

    x: (N, C, *n) or (C, *n), w: (C, O/groups, *k), b: (O,) → (N, O, *m) with 2 dimensions n, k and m:
    m = (n - 1)·stride - 2·padding + dilation·(k - 1) + output_padding + 1.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.conv_transpose2d."""
    ...

def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _Dims = 1, padding: _Dims = 0, output_padding: _Dims = 0, groups: _int = 1, dilation: _Dims = 1) -> Tensor:
    """The transpose of a convolution: every number of x times the kernels, each added in its place.

    x: (N, C, *n) or (C, *n), w: (C, O/groups, *k), b: (O,) → (N, O, *m) with 3 dimensions n, k and m:
    m = (n - 1)·stride - 2·padding + dilation·(k - 1) + output_padding + 1.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.conv_transpose3d."""
    ...

def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08, *, axis: _Dims = ...) -> Tensor:
    """The cosine of the angle between the vectors along dim: x·y/(max(‖x‖, eps)·max(‖y‖, eps)).

    Shapes broadcast. RuntimeError for integers. torch: torch.nn.functional.cosine_similarity."""
    ...

def pairwise_distance(x1: Tensor, x2: Tensor, p: _Number = 2, eps: _Number = 1e-06, keepdim: _bool = False, *, keepdims: _bool = ...) -> Tensor:
    """(Σ |x - y + eps|ᵖ)^(1/p) over the last dimension. Shapes broadcast.

    eps keeps the gradient finite where x = y. torch: torch.nn.functional.pairwise_distance."""
    ...

def batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool) -> Tensor:
    """batch_norm of nn.functional. cudnn_enabled changes nothing here."""
    ...

def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, cudnn_enabled: _bool = True) -> Tensor:
    """group_norm of nn.functional. cudnn_enabled changes nothing here."""
    ...

def instance_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, use_input_stats: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool) -> Tensor:
    """instance_norm of nn.functional. The samples of a batch become channels of one sample."""
    ...

def layer_norm(input: Tensor, normalized_shape: _Dims, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, cudnn_enable: _bool = True) -> Tensor:
    """layer_norm of nn.functional. cudnn_enable changes nothing here."""
    ...

def rms_norm(input: Tensor, normalized_shape: _Dims, weight: Tensor | None = None, eps: _float | None = None) -> Tensor:
    """rms_norm of nn.functional."""
    ...

def adaptive_avg_pool1d(input: Tensor, output_size: _Dims) -> Tensor:
    """The means of output_size windows that cover each row of (N, C, L) or (C, L).

    The i-th of m goes from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉. torch: torch.nn.functional.adaptive_avg_pool1d."""
    ...

def adaptive_max_pool1d(input: Tensor, output_size: _Dims) -> tuple[Tensor, Tensor]:
    """The maxima of output_size windows that cover each row of (N, C, L) or (C, L), and their places."""
    ...

def avg_pool1d(input: Tensor, kernel_size: _Dims, stride: _Dims | None = (), padding: _Dims = 0, ceil_mode: _bool = False, count_include_pad: _bool = True) -> Tensor:
    """The mean of each window of (N, C, L) or (C, L). torch: torch.nn.functional.avg_pool1d. See avg_pool2d."""
    ...

def max_pool1d(input: Tensor, kernel_size: _Dims, stride: _Dims | None = (), padding: _Dims = 0, dilation: _Dims = 1, ceil_mode: _bool = False) -> Tensor:
    """max_pool1d of nn.functional, without indices."""
    ...

def max_pool2d(input: Tensor, kernel_size: _Dims, stride: _Dims | None = (), padding: _Dims = 0, dilation: _Dims = 1, ceil_mode: _bool = False) -> Tensor:
    """max_pool2d of nn.functional, without indices."""
    ...

def channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """The channels (N, C, ...) of g groups, one of each group in turn. torch: torch.nn.functional.channel_shuffle.

    Raises RuntimeError for a number of channels that g does not divide."""
    ...

def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor:
    """(..., C·r², H, W) as (..., C, H·r, W·r): r² channels become the pixels of a square.

    Raises RuntimeError for a number of channels that r² does not divide. torch: torch.nn.functional.pixel_shuffle."""
    ...

def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor:
    """(..., C, H·r, W·r) as (..., C·r², H, W): pixel_shuffle backwards. torch: torch.nn.functional.pixel_unshuffle.

    Raises RuntimeError for a height or width that r does not divide."""
    ...

def clamp_max(input: Tensor, max: Tensor | _Number) -> Tensor:
    """Each element, at most max: clamp."""
    ...

def clamp_min(input: Tensor, min: Tensor | _Number) -> Tensor:
    """Each element, at least min: clamp."""
    ...

def diagflat(input: Tensor, offset: _int = 0) -> Tensor:
    """A matrix with all elements of the input on its diagonal."""
    ...

def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """The input, with src in place of its diagonal."""
    ...

def dsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """tensor_split along the third dim."""
    ...

def fmax(input: Tensor, other: Tensor) -> Tensor:
    """The greater of both, and the other one where one is nan."""
    ...

def fmin(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of both, and the other one where one is nan."""
    ...

def gcd(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor of integers."""
    ...

def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 where the input is negative or nan, 1 where it is positive, and values where it is 0.

    Raises RuntimeError if the dtypes differ, and in backward: torch has no gradient. torch: torch.heaviside."""
    ...

def hsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """tensor_split along the columns; of a vector along its only dim."""
    ...

def isneginf(input: Tensor) -> Tensor:
    """Whether an element is -∞."""
    ...

def isposinf(input: Tensor) -> Tensor:
    """Whether an element is ∞."""
    ...

def isreal(input: Tensor) -> Tensor:
    """True: minigrad has no complex numbers."""
    ...

def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple of integers."""
    ...

def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int) -> Tensor:
    """The input, with src in place of input.select(dim, index)."""
    ...

def signbit(input: Tensor) -> Tensor:
    """Whether an element has a minus sign, -0.0 too."""
    ...

def slice_scatter(input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, axis: _Dims = ...) -> Tensor:
    """The input, with src in place of its slice from start to end along dim."""
    ...

def vander(x: Tensor, N: _int | None = None, increasing: _bool = False) -> Tensor:
    """The powers of the elements of a vector, a row for each: xᴺ⁻¹, ..., x, 1, or the other way round."""
    ...

def vsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """tensor_split along the rows."""
    ...

def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _float = 1, dim: _int = -1, axis: _Dims = ...) -> Tensor:
    """The integrals up to each point but the first, along dim. torch: torch.cumulative_trapezoid."""
    ...

def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _float = 1, dim: _int = -1, axis: _Dims = ...) -> Tensor:
    """Σᵢ (yᵢ + yᵢ₊₁)·(xᵢ₊₁ - xᵢ)/2 along dim. Without x the points are dx apart.

    Raises RuntimeError for bools, or if a vector x has another length than y along dim. torch: torch.trapezoid."""
    ...

def trapz(y: Tensor, x: Tensor | None = None, *, dx: _float = 1, dim: _int = -1, axis: _Dims = ...) -> Tensor:
    """The older name of trapezoid."""
    ...

def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: _int | None = None) -> Tensor:
    """A view of the input's memory with this size, these strides, and this first element.

    Here the input is contiguous, and the view lies within it: RuntimeError for anything else. torch: torch.as_strided."""
    ...

def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
    """The input with input[indices] = values, for a tuple of index tensors; if accumulate, with += where they meet too.

    Raises the errors of indexing, RuntimeError for values of another dtype. torch: torch.index_put."""
    ...

def scatter_reduce(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
    """The input, reduced with src at the places that gather reads: for dim 1, z[i, index[i, j]] with src[i, j].

    reduce   "sum", "prod", "mean", "amax" or "amin", of the elements of src that meet, and of the input's, unless
             include_self is False
    Raises RuntimeError for another reduce. torch: torch.scatter_reduce."""
    ...

def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
    """beta·input + alpha·Σ batch1·batch2, the products of matrices added up. torch: torch.addbmm."""
    ...

def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
    """beta·input + alpha·vec1·vec2ᵀ. torch: torch.addr."""
    ...

def ger(input: Tensor, vec2: Tensor) -> Tensor:
    """outer, by its older name."""
    ...

def row_stack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """cat along the first dimension; vectors become rows of a matrix."""
    ...

def unravel_index(indices: Tensor, shape: _int | tuple[_int, ...]) -> tuple[Tensor, ...]:
    """The coordinates of elements of a tensor of this shape, from their numbers. torch: torch.unravel_index."""
    ...

def vdot(input: Tensor, other: Tensor) -> Tensor:
    """dot, for there are no complex numbers."""
    ...

def corrcoef(input: Tensor) -> Tensor:
    """The correlations of variables, the rows of a matrix: their covariances, divided by both standard deviations."""
    ...

def cov(input: Tensor, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """The covariances of variables, the rows of a matrix, from their observations, the columns.

    fweights count how often an observation was made, aweights how much it counts. torch: torch.cov."""
    ...

def cummax(input: Tensor, dim: _int) -> Any:
    """The greatest of the elements so far along dim, and its index: the last one of equal ones. nan stays."""
    ...

def cummin(input: Tensor, dim: _int) -> Any:
    """The smallest of the elements so far along dim, and its index: the last one of equal ones. nan stays."""
    ...

def kthvalue(input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """The k-th smallest element along dim, counted from 1, and its index.

    Raises RuntimeError unless 1 ≤ k ≤ the size of dim. torch: torch.kthvalue."""
    ...

def msort(input: Tensor) -> Tensor:
    """The input, sorted along its first dim."""
    ...

def nanquantile(input: Tensor, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """quantile of the elements that are not nan. torch: torch.nanquantile."""
    ...

def quantile(input: Tensor, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
    """What a share q of the elements along dim, or of all, lies below; for a vector of shares a dim more in front.

    Between two elements it is on the line through them, or the `lower`, the `higher`, the `nearest` or the
    `midpoint`. nan if an element is nan. torch: torch.quantile."""
    ...

def unique_consecutive(input: Tensor, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None, *, axis: _Dims = ...) -> Any:
    """The first of every run of equal elements, or of equal parts along dim; on request each element's run, and the
    lengths of the runs. torch: torch.unique_consecutive."""
    ...

def copysign(input: Tensor, other: Tensor | _Number) -> Tensor:
    """|input| with other's sign, that of -0.0 too."""
    ...

def digamma(input: Tensor) -> Tensor:
    """z = ψ(x) = Γ'(x)/Γ(x)        dx = ψ'(x)·dz"""
    ...

def erfc(input: Tensor) -> Tensor:
    """z = 1 - erf x        dx = -2/√π·e^(-x²)·dz"""
    ...

def erfinv(input: Tensor) -> Tensor:
    """z with erf z = x        dx = √π/2·e^(z²)·dz"""
    ...

def float_power(input: Tensor | _Number, exponent: Tensor | _Number) -> Tensor:
    """inputⁿ, computed in float64; one of the two may be a number."""
    ...

def frexp(input: Tensor) -> Any:
    """The mantissas, between ½ and 1, and the exponents of 2, as int32."""
    ...

def i0(input: Tensor) -> Tensor:
    """z = I₀(x), modified, of the first kind        dx = I₁(x)·dz"""
    ...

def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input·2ⁿ for n = other."""
    ...

def lgamma(input: Tensor) -> Tensor:
    """z = log |Γ(x)|        dx = ψ(x)·dz"""
    ...

def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """z = log(eˣ + eʸ)        dx = dz/(1 + e^(y - x))    dy = dz/(1 + e^(x - y))"""
    ...

def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """z = log₂(2ˣ + 2ʸ)        dx = dz/(1 + 2^(y - x))    dy = dz/(1 + 2^(x - y))"""
    ...

def logcumsumexp(input: Tensor, dim: _int) -> Tensor:
    """zᵢ = log Σ exp inputⱼ, j ≤ i, along dim."""
    ...

def logit(input: Tensor, eps: _float | None = None) -> Tensor:
    """log(input/(1 - input)), after the input is brought between eps and 1 - eps, if eps is given."""
    ...

def mvlgamma(input: Tensor, p: _int) -> Tensor:
    """log of the gamma function of p×p matrices: p(p - 1)/4·log π + Σ lgamma(input - i/2), i < p."""
    ...

def nanmedian(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
    """median without nan: of all elements, or along dim with the index; nan where all are nan."""
    ...

def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """z = the next number from x to y        dx = dz, 0 where they are equal    dy = 0"""
    ...

def polygamma(n: _int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma. Raises RuntimeError for a negative n. torch: torch.polygamma."""
    ...

def sgn(input: Tensor) -> Tensor:
    """-1, 0 or 1: sign, for there are no complex numbers."""
    ...

def sinc(input: Tensor) -> Tensor:
    """z = sin(πx)/πx, 1 for 0        dx = (πx·cos πx - sin πx)/πx²·dz"""
    ...

def cholesky(input: Tensor, upper: _bool = False) -> Tensor:
    """L with L·Lᵀ = input, or its transpose if upper: linalg.cholesky."""
    ...

def cholesky_inverse(input: Tensor, upper: _bool = False) -> Tensor:
    """The inverse of L·Lᵀ, for L, or for its transpose if upper."""
    ...

def cholesky_solve(input: Tensor, input2: Tensor, upper: _bool = False) -> Tensor:
    """X with L·Lᵀ·X = input, for L = input2, or for its transpose if upper."""
    ...

def logdet(input: Tensor) -> Tensor:
    """log det input, nan if the determinant is negative."""
    ...

def matrix_exp(input: Tensor) -> Tensor:
    """e to the matrix: linalg.matrix_exp."""
    ...

def pinverse(input: Tensor, rcond: _float = 1e-15) -> Tensor:
    """The pseudoinverse: linalg.pinv."""
    ...

def qr(input: Tensor, some: _bool = True) -> Any:
    """input = Q·R: linalg.qr, reduced if `some`, else complete."""
    ...

def slogdet(input: Tensor) -> Any:
    """The sign of the determinant, and the logarithm of its size: linalg.slogdet."""
    ...

def svd(input: Tensor, some: _bool = True, compute_uv: _bool = True) -> Any:
    """input = U·S·Vᵀ, reduced if `some`: linalg.svd with V for its transpose. Without compute_uv U and V are 0."""
    ...

def triangular_solve(input: Tensor, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False) -> Any:
    """X with A·X = input for a triangle A, or with Aᵀ·X, and a copy of A: linalg.solve_triangular."""
    ...

def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = 'error', *, chunk_size: _int | None = None) -> Callable[..., Any]:
    """A function that calls func for every slice of its arguments along in_dims and stacks the results along out_dims.

    None in in_dims means that every call gets the whole argument; in out_dims, that the first result is returned.
    randomness: "error" refuses random numbers, "different" draws new ones for each slice, "same" the same.
    Raises ValueError for dims that do not fit. torch: torch.func.vmap."""
    ...

class Methods(Variable):
    """The methods that methods.py gives to Tensor."""

    def requires_grad_(self, requires_grad: _bool = True) -> Tensor:
        """Set requires_grad and return self."""
        ...

    grad: Grad
    """The gradient that backward left here; None before."""

    def backward(self, gradient: Tensor | None = None, retain_graph: _bool | None = None, create_graph: _bool = False, inputs: Any = None) -> None:
        """Add the gradient of this tensor to the `.grad` of every leaf it depends on: autograd.backward."""
        ...

    def detach(self) -> Tensor:
        """The same memory and version, without history."""
        ...

    def detach_(self) -> Tensor:
        """Forget the history."""
        ...

    data: Tensor
    """The same memory without history or version: changes through it go unnoticed. Prefer detach()."""

    def register_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Call hook(gradient) when the gradient is known; what it returns, if anything, replaces it."""
        ...

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Call hook(leaf) whenever backward has added to its `.grad`."""
        ...

    def add(self, other: Tensor | _Number, *, alpha: _float = 1) -> Tensor:
        """input + alpha·other"""
        ...

    def subtract(self, other: Tensor | _Number, *, alpha: _float = 1) -> Tensor:
        """input - alpha·other"""
        ...

    def sub(self, other: Tensor | _Number, *, alpha: _float = 1) -> Tensor:
        """input - alpha·other"""
        ...

    def multiply(self, other: Tensor | _Number) -> Tensor:
        """input·other"""
        ...

    def mul(self, other: Tensor | _Number) -> Tensor:
        """input·other"""
        ...

    def divide(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """input / other, or rounded: down ("floor") or towards 0 ("trunc")."""
        ...

    def div(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """input / other, or rounded: down ("floor") or towards 0 ("trunc")."""
        ...

    def floor_divide(self, other: Tensor | _Number) -> Tensor:
        """⌊input / other⌋, also `//`. RuntimeError in backward: torch has no gradient for it."""
        ...

    def remainder(self, other: Tensor | _Number) -> Tensor:
        """input - other·⌊input/other⌋, also `%`: of other's sign; one of the two may be a number."""
        ...

    def fmod(self, other: Tensor | _Number) -> Tensor:
        """input - other·trunc(input/other): of input's sign."""
        ...

    def pow(self, exponent: Tensor | _Number) -> Tensor:
        """inputⁿ, where n is a number or a tensor. If n is a tensor, input may be a number."""
        ...

    def square(self) -> Tensor:
        """input²"""
        ...

    def negative(self) -> Tensor:
        """-input"""
        ...

    def neg(self) -> Tensor:
        """-input"""
        ...

    def absolute(self) -> Tensor:
        """|input|"""
        ...

    def abs(self) -> Tensor:
        """|input|"""
        ...

    def reciprocal(self) -> Tensor:
        """z = 1/x        dx = -dz·z²"""
        ...

    def positive(self) -> Tensor:
        """+input: itself."""
        ...

    def exp(self) -> Tensor:
        """z = eˣ        dx = dz·z"""
        ...

    def expm1(self) -> Tensor:
        """z = eˣ - 1, exact for small x        dx = dz·(z + 1)"""
        ...

    def log(self) -> Tensor:
        """z = log x        dx = dz/x"""
        ...

    def log1p(self) -> Tensor:
        """z = log(1 + x), exact for small x        dx = dz/(x + 1)"""
        ...

    def log2(self) -> Tensor:
        """z = log₂ x        dx = dz/(x·log 2)"""
        ...

    def log10(self) -> Tensor:
        """z = log₁₀ x        dx = dz/(x·log 10)"""
        ...

    def sqrt(self) -> Tensor:
        """z = √x        dx = dz/2z"""
        ...

    def rsqrt(self) -> Tensor:
        """z = 1/√x        dx = -dz·z³/2"""
        ...

    def sin(self) -> Tensor:
        """z = sin x        dx = dz·cos x"""
        ...

    def cos(self) -> Tensor:
        """z = cos x        dx = -dz·sin x"""
        ...

    def tanh(self) -> Tensor:
        """z = tanh x        dx = dz·(1 - z²)"""
        ...

    def sigmoid(self) -> Tensor:
        """z = 1/(1 + e⁻ˣ)        dx = dz·(1 - z)·z"""
        ...

    def erf(self) -> Tensor:
        """z = erf x        dx = dz·2/√π·exp(-x²)"""
        ...

    def xlogy(self, other: Tensor | _Number) -> Tensor:
        """input·log other, and 0 where input is 0; one of the two may be a number"""
        ...

    def sign(self) -> Tensor:
        """z = -1, 0 or 1, as x is; 0 where x is nan        dx = 0"""
        ...

    def floor(self) -> Tensor:
        """z = floor x        dx = 0"""
        ...

    def ceil(self) -> Tensor:
        """z = ceil x        dx = 0"""
        ...

    def round(self, *, decimals: _int = 0) -> Tensor:
        """The nearest integer, or the nearest number with so many decimals. A tie goes to the even neighbour."""
        ...

    def trunc(self) -> Tensor:
        """z = trunc x        dx = 0"""
        ...

    def clamp(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """Each element, limited to the range from min to max, which are numbers or tensors."""
        ...

    def clip(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """Each element, limited to the range from min to max, which are numbers or tensors."""
        ...

    def maximum(self, other: Tensor) -> Tensor:
        """The larger of two elements; nan if one is nan."""
        ...

    def minimum(self, other: Tensor) -> Tensor:
        """The smaller of two elements; nan if one is nan."""
        ...

    def eq(self, other: Tensor | _Number) -> Tensor:
        """x = y, elementwise"""
        ...

    def ne(self, other: Tensor | _Number) -> Tensor:
        """x ≠ y, elementwise"""
        ...

    def lt(self, other: Tensor | _Number) -> Tensor:
        """x < y, elementwise"""
        ...

    def le(self, other: Tensor | _Number) -> Tensor:
        """x ≤ y, elementwise"""
        ...

    def gt(self, other: Tensor | _Number) -> Tensor:
        """x > y, elementwise"""
        ...

    def ge(self, other: Tensor | _Number) -> Tensor:
        """x ≥ y, elementwise"""
        ...

    def equal(self, other: Tensor) -> _bool:
        """Whether two tensors have the same shape and elements."""
        ...

    def isclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
        """Where |input - other| ≤ atol + rtol·|other| or both are equal. Integers are compared as default floats."""
        ...

    def allclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """Whether |input - other| ≤ atol + rtol·|other| everywhere."""
        ...

    def isnan(self) -> Tensor:
        """Where the elements are nan."""
        ...

    def isinf(self) -> Tensor:
        """Where the elements are ∞ or -∞."""
        ...

    def isfinite(self) -> Tensor:
        """Where the elements are neither nan nor infinite."""
        ...

    def logical_not(self) -> Tensor:
        """Where the elements are 0."""
        ...

    def logical_and(self, other: Tensor) -> Tensor:
        """logical and, elementwise, of what is not 0."""
        ...

    def logical_or(self, other: Tensor) -> Tensor:
        """logical or, elementwise, of what is not 0."""
        ...

    def logical_xor(self, other: Tensor) -> Tensor:
        """logical xor, elementwise, of what is not 0."""
        ...

    def clone(self) -> Tensor:
        """z = a copy of x        dx = dz"""
        ...

    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor:
        """The indices of the elements that are not 0: a row for each element, or as_tuple a vector for each dimension."""
        ...

    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
        """The indices of the elements that are not 0: a row for each element, or as_tuple a vector for each dimension."""
        ...

    def type_as(self, other: Tensor) -> Tensor:
        """The input in the dtype and on the device of other."""
        ...

    def greater(self, other: Tensor | _Number) -> Tensor:
        """x > y, elementwise"""
        ...

    def greater_equal(self, other: Tensor | _Number) -> Tensor:
        """x ≥ y, elementwise"""
        ...

    def less(self, other: Tensor | _Number) -> Tensor:
        """x < y, elementwise"""
        ...

    def less_equal(self, other: Tensor | _Number) -> Tensor:
        """x ≤ y, elementwise"""
        ...

    def not_equal(self, other: Tensor | _Number) -> Tensor:
        """x ≠ y, elementwise"""
        ...

    def true_divide(self, other: Tensor | _Number) -> Tensor:
        """input / other"""
        ...

    def fix(self) -> Tensor:
        """z = trunc x        dx = 0"""
        ...

    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
        """input + value·tensor1·tensor2"""
        ...

    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
        """input + value·tensor1/tensor2"""
        ...

    def lerp(self, end: Tensor, weight: Tensor | _Number) -> Tensor:
        """input + weight·(end - input): input where the weight is 0, end where it is 1."""
        ...

    def sum(self, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """Σ over dim, or over all elements. Integers and bools are summed in int64."""
        ...

    def mean(self, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """Σ / n over dim, or over all elements. RuntimeError for integers."""
        ...

    def prod(self, dim: _int | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """The product of all elements, or along dim. Integers and bools are multiplied in int64."""
        ...

    def var(self, dim: _Dims | _bool | None = None, unbiased: _bool = True, keepdim: _bool = False, *, correction: _float | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """zᵢ = Σⱼ (xᵢⱼ - mᵢ)² / (n - c), m the mean along dim, c the correction        dxᵢⱼ = 2·dzᵢ·(xᵢⱼ - mᵢ) / (n - c)

        correction is 1, or 0 if not unbiased."""
        ...

    def std(self, dim: _Dims | _bool | None = None, unbiased: _bool = True, keepdim: _bool = False, *, correction: _float | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """z = √var        dxᵢⱼ = dzᵢ·(xᵢⱼ - mᵢ) / (zᵢ·(n - c)), m the mean along dim, c the correction

        correction is 1, or 0 if not unbiased."""
        ...

    def norm(self, p: Any = 'fro', dim: _Dims | None = None, keepdim: _bool = False, dtype: _dtypes.dtype | None = None, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """(Σ |input|ᵖ)^(1/p) over dim or all elements. p = "fro" means 2; p = inf gives the maximum of |input|."""
        ...

    def cumsum(self, dim: _int, *, dtype: _dtypes.dtype | None = None) -> Tensor:
        """zᵢ = Σ inputⱼ, j ≤ i, along dim."""
        ...

    def all(self, dim: _Dims | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """Whether every element is true, or not 0."""
        ...

    def any(self, dim: _Dims | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """Whether some element is true, or not 0."""
        ...

    def count_nonzero(self, *dims_: _int, dim: _Dims | None = None, axis: _Dims = ...) -> Tensor:
        """How many elements are not 0."""
        ...

    def logsumexp(self, dim: _Dims, keepdim: _bool = False, *, keepdims: _bool = ...) -> Tensor:
        """log Σ eˣ over dim. Large x do not overflow."""
        ...

    @overload
    def max(self) -> Tensor:
        """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
        ...

    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> ValuesAndIndices:
        """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
        ...

    @overload
    def max(self, other: Tensor) -> Tensor:
        """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
        ...

    @overload
    def min(self) -> Tensor:
        """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
        ...

    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> ValuesAndIndices:
        """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
        ...

    @overload
    def min(self, other: Tensor) -> Tensor:
        """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
        ...

    def amax(self, dim: _Dims | None = (), keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """The maxima over dim. Equal maxima share the gradient."""
        ...

    def amin(self, dim: _Dims | None = (), keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """The minima over dim. Equal minima share the gradient."""
        ...

    def argmax(self, dim: _int | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """The index of the first maximum, in the flattened tensor or along dim. nan counts as the maximum."""
        ...

    def argmin(self, dim: _int | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """The index of the first minimum, in the flattened tensor or along dim. nan counts as the minimum."""
        ...

    def sort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False) -> ValuesAndIndices:
        """The values along dim in order, and their indices. Equal values keep their order (always stable)."""
        ...

    def argsort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False, axis: _Dims = ...) -> Tensor:
        """The indices that sort the values along dim (always stable)."""
        ...

    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> ValuesAndIndices:
        """The k largest (or smallest) values along dim, in order, and their indices."""
        ...

    @overload
    def unique(self, sorted: _bool = True, *, dim: _int | None = None) -> Tensor:
        """The different values, in order; on request the position of each element's value, and the count of each value.

        NotImplementedError in backward: torch has no gradient for it."""
        ...

    @overload
    def unique(self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The different values, in order; on request the position of each element's value, and the count of each value.

        NotImplementedError in backward: torch has no gradient for it."""
        ...

    def matmul(self, other: Tensor) -> Tensor:
        """The matrix product: vectors, matrices, and batches of matrices that broadcast.

        As in torch it is composed of dot, mv, mm and bmm. A vector on the left is a row, a vector on the right is a column.
        A batch times a matrix is one large product if that needs no copy, or if the matrix requires grad: otherwise every
        matrix of the batch would compute a gradient for it."""
        ...

    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices, (n, m)·(m, p) → (n, p)."""
        ...

    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix and a vector, (n, m)·(m) → (n)."""
        ...

    def dot(self, tensor: Tensor) -> Tensor:
        """Σ input·tensor, of two vectors."""
        ...

    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of two batches of matrices, (b, n, m)·(b, m, p) → (b, n, p)."""
        ...

    def outer(self, vec2: Tensor) -> Tensor:
        """z[i, j] = input[i]·vec2[j], (n), (m) → (n, m)."""
        ...

    def view(self, *shape: Any, size: Any = None) -> Tensor:
        """A view in another shape. One size may be -1: it is inferred. RuntimeError if a copy would be needed."""
        ...

    def view_as(self, other: Tensor) -> Tensor:
        """A view of the input in the shape of other."""
        ...

    def reshape(self, *given: Any, shape: Any = None) -> Tensor:
        """The elements in another shape: a view if the memory allows it, else a copy."""
        ...

    def reshape_as(self, other: Tensor) -> Tensor:
        """The input in the shape of other."""
        ...

    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """The dimensions from start_dim to end_dim merged into one."""
        ...

    def ravel(self) -> Tensor:
        """All dimensions merged into one. A copy, unless the tensor is contiguous."""
        ...

    def t(self) -> Tensor:
        """The transpose of a matrix. A vector or a number stays as it is."""
        ...

    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """A view with two dimensions exchanged."""
        ...

    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """transpose, by NumPy's name."""
        ...

    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """A view with two dimensions exchanged."""
        ...

    def permute(self, *order_: Any, dims: Any = None) -> Tensor:
        """A view with the dimensions in this order."""
        ...

    def movedim(self, source: _Dims, destination: _Dims) -> Tensor:
        """A view with dimensions moved to other positions. The other dimensions keep their order."""
        ...

    def moveaxis(self, source: _Dims, destination: _Dims) -> Tensor:
        """A view with dimensions moved to other positions. The other dimensions keep their order."""
        ...

    def unsqueeze(self, dim: _int) -> Tensor:
        """A view with one more dimension, of size 1, at dim."""
        ...

    def squeeze(self, *dims_: _int, dim: _Dims | None = None, axis: _Dims = ...) -> Tensor:
        """A view without the dimensions of size 1, or only without those in dim that have size 1."""
        ...

    def expand(self, *given: Any, size: Any = None) -> Tensor:
        """A view in which dimensions of size 1 are repeated. -1 leaves a size as it is."""
        ...

    def expand_as(self, other: Tensor) -> Tensor:
        """The input expanded to the shape of other."""
        ...

    def repeat(self, *given: Any, repeats: Any = None) -> Tensor:
        """The tensor repeated this many times along each dimension: a copy."""
        ...

    def contiguous(self) -> Tensor:
        """The tensor itself if its elements lie in memory row after row, else a copy for which that holds."""
        ...

    def flip(self, *given: Any, dims: Any = None) -> Tensor:
        """A copy with the order of the elements reversed along these dimensions."""
        ...

    def tril(self, diagonal: _int = 0) -> Tensor:
        """A copy of a matrix, or of a batch of them, with 0 above the diagonal."""
        ...

    def triu(self, diagonal: _int = 0) -> Tensor:
        """A copy of a matrix, or of a batch of them, with 0 below the diagonal."""
        ...

    def chunk(self, chunks: _int, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
        """Views of at most `chunks` equal parts along dim. The last may be shorter."""
        ...

    def unbind(self, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
        """The views input[0], input[1] ... along dim."""
        ...

    def gather(self, dim: _int, index: Tensor) -> Tensor:
        """z[i, j] = input[i, index[i, j]] for dim 1; for other dims accordingly. z has the shape of index."""
        ...

    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """A copy of the parts at these indices of dim."""
        ...

    def masked_fill(self, mask: Tensor, value: Tensor | _Number) -> Tensor:
        """value where the mask is True, else input; they broadcast."""
        ...

    def masked_select(self, mask: Tensor) -> Tensor:
        """A vector of the elements where the mask is True."""
        ...

    def multinomial(self, num_samples: _int, replacement: _bool = False, *, generator: Any = None) -> Tensor:
        """Indices of the last dimension, each drawn with the probability that its element gives, up to a common factor.

        torch's for the same seed. RuntimeError unless the probabilities are finite, >= 0 and not all 0."""
        ...

    def exponential_(self, lambd: _float = 1, *, generator: _random.Generator | None = None) -> Any:
        """Fill with exponential numbers, of density λ·e^(-λx): torch's for the same seed."""
        ...

    def bernoulli_(self, p: Any = 0.5, *, generator: _random.Generator | None = None) -> Any:
        """Fill with 1 and 0: 1 with the probability p, a number or a tensor. torch's for the same seed."""
        ...

    def random_(self, from_: _int | None = None, to: _int | None = None, *, generator: _random.Generator | None = None) -> Any:
        """Fill with integers: random_(from, to), random_(to), or of all that the dtype has. torch's for the same seed."""
        ...

    def scatter(self, dim: _int, index: Tensor, src: Tensor | _Number | None = None, *, value: _float | None = None, reduce: str | None = None) -> Tensor:
        """The input, with src written to the places that gather reads: z[i, index[i, j]] = src[i, j] for dim 1.

        src is a tensor or a number. Where an index repeats, the last one counts; with reduce="add" or "multiply" all do,
        but without a gradient."""
        ...

    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """The input, with src added at the places that gather reads: z[i, index[i, j]] += src[i, j] for dim 1."""
        ...

    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Tensor:
        """The input, with the parts of alpha·source added to its parts at these indices of dim."""
        ...

    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """The input, with its parts at these indices of dim replaced by the parts of source."""
        ...

    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
        """The input, with its parts at these indices of dim set to the value, a number or a 0-d tensor."""
        ...

    def take(self, index: Tensor) -> Tensor:
        """The elements at these positions of the flattened input, in the shape of index."""
        ...

    def take_along_dim(self, indices: Tensor, dim: _int | None = None, *, axis: _Dims = ...) -> Tensor:
        """gather, after input and indices have broadcast along the other dims; without dim, of the flattened input."""
        ...

    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """The input, with the elements of source written one after the other where the mask is True."""
        ...

    def narrow(self, dim: _int, start: Any, length: _int) -> Tensor:
        """The view input[start : start + length] along dim."""
        ...

    def select(self, dim: _int, index: _int) -> Tensor:
        """The view input[index] along dim."""
        ...

    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The view of the elements [i, i + offset] along two dims. It is the last dim of the result."""
        ...

    def diag(self, diagonal: _int = 0) -> Tensor:
        """A copy of the diagonal of a matrix, or the matrix that has this diagonal and is 0 elsewhere."""
        ...

    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices that have the last dim of the input as their diagonals, and are 0 elsewhere."""
        ...

    def trace(self) -> Tensor:
        """The sum of the diagonal of a matrix."""
        ...

    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """The view of all windows of this size along a dim, step elements from one to the next.

        A last dim is added, which runs in the window."""
        ...

    def unflatten(self, dim: _int, sizes: Any) -> Tensor:
        """A view in which a dim is split into several of these sizes. One may be -1: it is inferred."""
        ...

    def roll(self, shifts: _Dims, dims: _Dims = ()) -> Tensor:
        """The input moved on by shifts along dims; what falls off at the end comes in at the beginning.

        Without dims the flattened input is moved, and gets its shape back."""
        ...

    def tile(self, *given: Any, dims: Any = None) -> Tensor:
        """repeat, with 1 for the dims that are left out in front."""
        ...

    def fliplr(self) -> Tensor:
        """The columns in reverse order."""
        ...

    def flipud(self) -> Tensor:
        """The rows in reverse order."""
        ...

    def rot90(self, k: _int = 1, dims: _Dims = ...) -> Tensor:
        """The plane of two dims turned k times by 90 degrees, from the first dim towards the second."""
        ...

    def argwhere(self) -> Tensor:
        """The indices of the elements that are not 0, a row for each."""
        ...

    def broadcast_to(self, *given: Any, size: Any = None) -> Tensor:
        """The input expanded to a shape."""
        ...

    def tensor_split(self, indices_or_sections: Any, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
        """So many parts along dim, as equal as can be, or the parts between these indices: views."""
        ...

    def squeeze_(self, *dims_: _int, dim: _Dims | None = None, axis: _Dims = ...) -> Tensor:
        """In place: A view without the dimensions of size 1, or only without those in dim that have size 1."""
        ...

    def unsqueeze_(self, dim: _int) -> Tensor:
        """In place: A view with one more dimension, of size 1, at dim."""
        ...

    def t_(self) -> Tensor:
        """In place: The transpose of a matrix. A vector or a number stays as it is."""
        ...

    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """In place: A view with two dimensions exchanged."""
        ...

    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """In place: transpose, by NumPy's name."""
        ...

    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """In place: A view with two dimensions exchanged."""
        ...

    def fill_diagonal_(self, fill_value: _float, wrap: _bool = False) -> Tensor:
        """Set the diagonal to a value. With `wrap` the diagonal of a tall matrix begins again below."""
        ...

    def asin(self) -> Tensor:
        """z = arcsin x        dx = dz/√(1 - x²)"""
        ...

    def acos(self) -> Tensor:
        """z = arccos x        dx = -dz/√(1 - x²)"""
        ...

    def atan(self) -> Tensor:
        """z = arctan x        dx = dz/(x² + 1)"""
        ...

    def tan(self) -> Tensor:
        """z = tan x        dx = dz·(1 + z²)"""
        ...

    def sinh(self) -> Tensor:
        """z = sinh x        dx = dz·cosh x"""
        ...

    def cosh(self) -> Tensor:
        """z = cosh x        dx = dz·sinh x"""
        ...

    def asinh(self) -> Tensor:
        """z = arsinh x        dx = dz/√(x² + 1)"""
        ...

    def acosh(self) -> Tensor:
        """z = arcosh x        dx = dz/√(x² - 1)"""
        ...

    def atanh(self) -> Tensor:
        """z = artanh x        dx = dz/(1 - x²)"""
        ...

    def exp2(self) -> Tensor:
        """z = 2ˣ        dx = dz·z·log 2"""
        ...

    def atan2(self, other: Tensor) -> Tensor:
        """The angle of the point (other, input), from -π to π."""
        ...

    def hypot(self, other: Tensor) -> Tensor:
        """√(input² + other²)"""
        ...

    def deg2rad(self) -> Tensor:
        """Degrees as radians: input·π/180."""
        ...

    def rad2deg(self) -> Tensor:
        """Radians as degrees: input·180/π."""
        ...

    def frac(self) -> Tensor:
        """input - trunc(input): of input's sign."""
        ...

    def cumprod(self, dim: _int, *, dtype: _dtypes.dtype | None = None) -> Tensor:
        """zᵢ = Π inputⱼ, j ≤ i, along dim."""
        ...

    def nansum(self, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """sum, in which nan counts as 0."""
        ...

    def nanmean(self, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _dtypes.dtype | None = None, axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """mean of the elements that are not nan."""
        ...

    def bitwise_and(self, other: Tensor | _Number) -> Tensor:
        """and of the bits of integers, or of bools."""
        ...

    def bitwise_or(self, other: Tensor | _Number) -> Tensor:
        """or of the bits of integers, or of bools."""
        ...

    def bitwise_xor(self, other: Tensor | _Number) -> Tensor:
        """xor of the bits of integers, or of bools."""
        ...

    def bitwise_not(self) -> Tensor:
        """The opposite of every bit; of bools, logical_not."""
        ...

    def arcsin(self) -> Tensor:
        """z = arcsin x        dx = dz/√(1 - x²)"""
        ...

    def arccos(self) -> Tensor:
        """z = arccos x        dx = -dz/√(1 - x²)"""
        ...

    def arctan(self) -> Tensor:
        """z = arctan x        dx = dz/(x² + 1)"""
        ...

    def arcsinh(self) -> Tensor:
        """z = arsinh x        dx = dz/√(x² + 1)"""
        ...

    def arccosh(self) -> Tensor:
        """z = arcosh x        dx = dz/√(x² - 1)"""
        ...

    def arctanh(self) -> Tensor:
        """z = artanh x        dx = dz/(1 - x²)"""
        ...

    def arctan2(self, other: Tensor) -> Tensor:
        """atan2, by NumPy's name."""
        ...

    def inner(self, other: Tensor) -> Tensor:
        """Σ input·other over the last dimension of both."""
        ...

    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product: every element of input times the whole of other, side by side."""
        ...

    def cross(self, other: Tensor, dim: _int | None = None, *, axis: _Dims = ...) -> Tensor:
        """The vector product along a dim of size 3: without dim, which torch warns of, the first one."""
        ...

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta·input + alpha·mat1·mat2, of matrices; the input broadcasts."""
        ...

    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta·input + alpha·mat·vec, a matrix and a vector; the input broadcasts."""
        ...

    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta·input + alpha·batch1·batch2, of batches of matrices; the input broadcasts."""
        ...

    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each of the numbers 0, 1, 2 ... occurs in a vector, or the sum of the weights where it does."""
        ...

    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """How many elements lie in each of so many bins of equal width from min to max, in the input's type.

        Without a range, from the smallest element to the largest. What lies outside is not counted."""
        ...

    def histogram(self, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: _bool = False) -> Any:
        """How many elements lie in each bin, or the sum of their weights, and the edges of the bins.

        bins is their number, or a vector of edges. With density the areas add up to 1. The counts have no gradient."""
        ...

    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
        """The smallest and the largest element, of all or along dim."""
        ...

    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *, axis: _Dims = ...) -> Tensor:
        """input[i + 1] - input[i] along dim, n times; prepend and append are joined to it before."""
        ...

    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """The p-norm of input - other."""
        ...

    def median(self, dim: _int | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
        """The middle element, of two the lower one; along dim with its index. nan if one is nan."""
        ...

    def mode(self, dim: _int = -1, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
        """The element that is most often there along dim, of several the smallest; and the index of its last place."""
        ...

    def nan_to_num(self, nan: _float | None = None, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
        """The input with numbers for nan (0), ∞ (the largest) and -∞ (the smallest)."""
        ...

    def new(self, *data: Any) -> Any:
        """A tensor of self's dtype with this data, or zeros of these sizes. Older than new_tensor and new_zeros."""
        ...

    def new_zeros(self, *given: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
        """All 0, of this shape, in self's dtype and on its device unless others are given."""
        ...

    def new_ones(self, *given: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
        """All 1, of this shape, in self's dtype and on its device unless others are given."""
        ...

    def new_empty(self, *given: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
        """All 0, where torch leaves it to chance, of this shape, in self's dtype and on its device unless others are given."""
        ...

    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
        """Every element fill_value, of this shape, in self's dtype and on its device unless others are given."""
        ...

    def new_tensor(self, data: Any, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Any:
        """A copy of the data, in self's dtype and on its device unless others are given."""
        ...

    def apply_(self, callable: Any) -> Any:
        """Replace every element by callable(element): slow, for it is called once for each."""
        ...

    def resize_(self, *given: Any, size: Any = None) -> Any:
        """Give a tensor another shape in place: its elements in order, cut off at the end, or with 0 after them.

        Others that show its memory see no more of it where it grows. RuntimeError if self requires grad, or is no
        contiguous view."""
        ...

    def data_ptr(self) -> _int:
        """The address of the first element."""
        ...

    def is_complex(self) -> _bool:
        """False: there are no complex tensors."""
        ...

    def is_signed(self) -> _bool:
        """Whether the type has negative numbers."""
        ...

    def is_same_size(self, other: Any) -> _bool:
        """Whether both have the same shape."""
        ...

    def sum_to_size(self, *given: Any, size: Any = None) -> Any:
        """The sum over those dims that would broadcast this size to self's."""
        ...

    def storage_offset(self) -> _int:
        """The number of elements before the first one, in the memory that a view shows."""
        ...

    def adjoint(self) -> Any:
        """The last two dimensions exchanged."""
        ...

    def repeat_interleave(self, repeats: Tensor | _Number, dim: _int | None = None, *, output_size: _int | None = None, axis: _Dims = ...) -> Tensor:
        """Every element along dim repeated, one after the other: as often as a number says, or a tensor with one for each.

        Without dim the input is flattened. repeat_interleave(repeats) is the indices that this takes."""
        ...

    def det(self) -> Tensor:
        """The determinants of square matrices: linalg.det."""
        ...

    def inverse(self) -> Tensor:
        """A⁻¹ of square matrices: linalg.inv."""
        ...

    def matrix_power(self, n: _int) -> Tensor:
        """A·A·... n times: linalg.matrix_power."""
        ...

    def split(self, split_size: _Dims, dim: _int = 0, *, axis: _Dims = ...) -> tuple[Tensor, ...]:
        """Views of split_size elements along dim, of which the last may be shorter; or views of these sizes."""
        ...

    def add_(self, other: Tensor | _Number, *, alpha: _float = 1) -> Tensor:
        """In place: input + alpha·other"""
        ...

    def sub_(self, other: Tensor | _Number, *, alpha: _float = 1) -> Tensor:
        """In place: input - alpha·other"""
        ...

    def mul_(self, other: Tensor | _Number) -> Tensor:
        """In place: input·other"""
        ...

    def div_(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """In place: input / other, or rounded: down ("floor") or towards 0 ("trunc")."""
        ...

    def pow_(self, exponent: Tensor | _Number) -> Tensor:
        """In place: inputⁿ, where n is a number or a tensor. If n is a tensor, input may be a number."""
        ...

    def clamp_(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """In place: Each element, limited to the range from min to max, which are numbers or tensors."""
        ...

    def neg_(self) -> Tensor:
        """In place: -input"""
        ...

    def abs_(self) -> Tensor:
        """In place: |input|"""
        ...

    def exp_(self) -> Tensor:
        """In place: z = eˣ        dx = dz·z"""
        ...

    def log_(self) -> Tensor:
        """In place: z = log x        dx = dz/x"""
        ...

    def sqrt_(self) -> Tensor:
        """In place: z = √x        dx = dz/2z"""
        ...

    def tanh_(self) -> Tensor:
        """In place: z = tanh x        dx = dz·(1 - z²)"""
        ...

    def sigmoid_(self) -> Tensor:
        """In place: z = 1/(1 + e⁻ˣ)        dx = dz·(1 - z)·z"""
        ...

    def round_(self, *, decimals: _int = 0) -> Tensor:
        """In place: The nearest integer, or the nearest number with so many decimals. A tie goes to the even neighbour."""
        ...

    def sin_(self) -> Tensor:
        """In place: z = sin x        dx = dz·cos x"""
        ...

    def cos_(self) -> Tensor:
        """In place: z = cos x        dx = -dz·sin x"""
        ...

    def log2_(self) -> Tensor:
        """In place: z = log₂ x        dx = dz/(x·log 2)"""
        ...

    def log10_(self) -> Tensor:
        """In place: z = log₁₀ x        dx = dz/(x·log 10)"""
        ...

    def log1p_(self) -> Tensor:
        """In place: z = log(1 + x), exact for small x        dx = dz/(x + 1)"""
        ...

    def expm1_(self) -> Tensor:
        """In place: z = eˣ - 1, exact for small x        dx = dz·(z + 1)"""
        ...

    def rsqrt_(self) -> Tensor:
        """In place: z = 1/√x        dx = -dz·z³/2"""
        ...

    def reciprocal_(self) -> Tensor:
        """In place: z = 1/x        dx = -dz·z²"""
        ...

    def square_(self) -> Tensor:
        """In place: input²"""
        ...

    def floor_(self) -> Tensor:
        """In place: z = floor x        dx = 0"""
        ...

    def ceil_(self) -> Tensor:
        """In place: z = ceil x        dx = 0"""
        ...

    def trunc_(self) -> Tensor:
        """In place: z = trunc x        dx = 0"""
        ...

    def sign_(self) -> Tensor:
        """In place: z = -1, 0 or 1, as x is; 0 where x is nan        dx = 0"""
        ...

    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
        """In place: input + value·tensor1·tensor2"""
        ...

    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
        """In place: input + value·tensor1/tensor2"""
        ...

    def lerp_(self, end: Tensor, weight: Tensor | _Number) -> Tensor:
        """In place: input + weight·(end - input): input where the weight is 0, end where it is 1."""
        ...

    def masked_fill_(self, mask: Tensor, value: Tensor | _Number) -> Tensor:
        """In place: value where the mask is True, else input; they broadcast."""
        ...

    def cumsum_(self, dim: _int, *, dtype: _dtypes.dtype | None = None) -> Tensor:
        """In place: zᵢ = Σ inputⱼ, j ≤ i, along dim."""
        ...

    def tril_(self, diagonal: _int = 0) -> Tensor:
        """In place: A copy of a matrix, or of a batch of them, with 0 above the diagonal."""
        ...

    def triu_(self, diagonal: _int = 0) -> Tensor:
        """In place: A copy of a matrix, or of a batch of them, with 0 below the diagonal."""
        ...

    def scatter_(self, dim: _int, index: Tensor, src: Tensor | _Number | None = None, *, value: _float | None = None, reduce: str | None = None) -> Tensor:
        """In place: The input, with src written to the places that gather reads: z[i, index[i, j]] = src[i, j] for dim 1.

        src is a tensor or a number. Where an index repeats, the last one counts; with reduce="add" or "multiply" all do,
        but without a gradient."""
        ...

    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """In place: The input, with src added at the places that gather reads: z[i, index[i, j]] += src[i, j] for dim 1."""
        ...

    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Tensor:
        """In place: The input, with the parts of alpha·source added to its parts at these indices of dim."""
        ...

    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """In place: The input, with its parts at these indices of dim replaced by the parts of source."""
        ...

    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
        """In place: The input, with its parts at these indices of dim set to the value, a number or a 0-d tensor."""
        ...

    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """In place: The input, with the elements of source written one after the other where the mask is True."""
        ...

    def asin_(self) -> Tensor:
        """In place: z = arcsin x        dx = dz/√(1 - x²)"""
        ...

    def acos_(self) -> Tensor:
        """In place: z = arccos x        dx = -dz/√(1 - x²)"""
        ...

    def atan_(self) -> Tensor:
        """In place: z = arctan x        dx = dz/(x² + 1)"""
        ...

    def tan_(self) -> Tensor:
        """In place: z = tan x        dx = dz·(1 + z²)"""
        ...

    def sinh_(self) -> Tensor:
        """In place: z = sinh x        dx = dz·cosh x"""
        ...

    def cosh_(self) -> Tensor:
        """In place: z = cosh x        dx = dz·sinh x"""
        ...

    def asinh_(self) -> Tensor:
        """In place: z = arsinh x        dx = dz/√(x² + 1)"""
        ...

    def acosh_(self) -> Tensor:
        """In place: z = arcosh x        dx = dz/√(x² - 1)"""
        ...

    def atanh_(self) -> Tensor:
        """In place: z = artanh x        dx = dz/(1 - x²)"""
        ...

    def exp2_(self) -> Tensor:
        """In place: z = 2ˣ        dx = dz·z·log 2"""
        ...

    def atan2_(self, other: Tensor) -> Tensor:
        """In place: The angle of the point (other, input), from -π to π."""
        ...

    def frac_(self) -> Tensor:
        """In place: input - trunc(input): of input's sign."""
        ...

    def cumprod_(self, dim: _int, *, dtype: _dtypes.dtype | None = None) -> Tensor:
        """In place: zᵢ = Π inputⱼ, j ≤ i, along dim."""
        ...

    def bitwise_not_(self) -> Tensor:
        """In place: The opposite of every bit; of bools, logical_not."""
        ...

    def deg2rad_(self) -> Tensor:
        """In place: Degrees as radians: input·π/180."""
        ...

    def rad2deg_(self) -> Tensor:
        """In place: Radians as degrees: input·180/π."""
        ...

    def hypot_(self, other: Tensor) -> Tensor:
        """In place: √(input² + other²)"""
        ...

    def bitwise_and_(self, other: Tensor | _Number) -> Tensor:
        """In place: and of the bits of integers, or of bools."""
        ...

    def bitwise_or_(self, other: Tensor | _Number) -> Tensor:
        """In place: or of the bits of integers, or of bools."""
        ...

    def bitwise_xor_(self, other: Tensor | _Number) -> Tensor:
        """In place: xor of the bits of integers, or of bools."""
        ...

    def fmod_(self, other: Tensor | _Number) -> Tensor:
        """In place: input - other·trunc(input/other): of input's sign."""
        ...

    def remainder_(self, other: Tensor | _Number) -> Tensor:
        """In place: input - other·⌊input/other⌋, also `%`: of other's sign; one of the two may be a number."""
        ...

    def floor_divide_(self, other: Tensor | _Number) -> Tensor:
        """In place: ⌊input / other⌋, also `//`. RuntimeError in backward: torch has no gradient for it."""
        ...

    def float(self) -> Tensor:
        """As float32."""
        ...

    def double(self) -> Tensor:
        """As float64."""
        ...

    def half(self) -> Tensor:
        """As float16."""
        ...

    def short(self) -> Tensor:
        """As int16, rounded towards zero."""
        ...

    def char(self) -> Tensor:
        """As int8, rounded towards zero."""
        ...

    def int(self) -> Tensor:
        """As int32, rounded towards zero."""
        ...

    def long(self) -> Tensor:
        """As int64, rounded towards zero."""
        ...

    def byte(self) -> Tensor:
        """As uint8, rounded towards zero."""
        ...

    def bool(self) -> Tensor:
        """As bool: whether each element is not 0."""
        ...

    def hardshrink(self, lambd: _Number = 0.5) -> Tensor:
        """x where |x| > lambd, else 0. torch: torch.hardshrink."""
        ...

    def prelu(self, weight: Tensor) -> Tensor:
        """x where x > 0, else w·x, with one w or one for each channel, the second dimension.

        Raises RuntimeError for a weight of another size or type. torch: torch.prelu."""
        ...

    def clamp_max(self, max: Tensor | _Number) -> Tensor:
        """Each element, at most max: clamp."""
        ...

    def clamp_max_(self, max: Tensor | _Number) -> Tensor:
        """In place: Each element, at most max: clamp."""
        ...

    def clamp_min(self, min: Tensor | _Number) -> Tensor:
        """Each element, at least min: clamp."""
        ...

    def clamp_min_(self, min: Tensor | _Number) -> Tensor:
        """In place: Each element, at least min: clamp."""
        ...

    def diagflat(self, offset: _int = 0) -> Tensor:
        """A matrix with all elements of the input on its diagonal."""
        ...

    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The input, with src in place of its diagonal."""
        ...

    def dsplit(self, indices_or_sections: Any) -> Any:
        """tensor_split along the third dim."""
        ...

    def fmax(self, other: Tensor) -> Tensor:
        """The greater of both, and the other one where one is nan."""
        ...

    def fmin(self, other: Tensor) -> Tensor:
        """The smaller of both, and the other one where one is nan."""
        ...

    def gcd(self, other: Tensor) -> Tensor:
        """The greatest common divisor of integers."""
        ...

    def gcd_(self, other: Tensor) -> Tensor:
        """In place: The greatest common divisor of integers."""
        ...

    def heaviside(self, values: Tensor) -> Tensor:
        """0 where the input is negative or nan, 1 where it is positive, and values where it is 0.

        Raises RuntimeError if the dtypes differ, and in backward: torch has no gradient. torch: torch.heaviside."""
        ...

    def hsplit(self, indices_or_sections: Any) -> Any:
        """tensor_split along the columns; of a vector along its only dim."""
        ...

    def isneginf(self) -> Tensor:
        """Whether an element is -∞."""
        ...

    def isposinf(self) -> Tensor:
        """Whether an element is ∞."""
        ...

    def isreal(self) -> Tensor:
        """True: minigrad has no complex numbers."""
        ...

    def lcm(self, other: Tensor) -> Tensor:
        """The least common multiple of integers."""
        ...

    def lcm_(self, other: Tensor) -> Tensor:
        """In place: The least common multiple of integers."""
        ...

    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """The input, with src in place of input.select(dim, index)."""
        ...

    def signbit(self) -> Tensor:
        """Whether an element has a minus sign, -0.0 too."""
        ...

    def slice_scatter(self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *, axis: _Dims = ...) -> Tensor:
        """The input, with src in place of its slice from start to end along dim."""
        ...

    def vsplit(self, indices_or_sections: Any) -> Any:
        """tensor_split along the rows."""
        ...

    def as_strided(self, size: Any, stride: Any, storage_offset: _int | None = None) -> Tensor:
        """A view of the input's memory with this size, these strides, and this first element.

        Here the input is contiguous, and the view lies within it: RuntimeError for anything else. torch: torch.as_strided."""
        ...

    def index_put(self, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
        """The input with input[indices] = values, for a tuple of index tensors; if accumulate, with += where they meet too.

        Raises the errors of indexing, RuntimeError for values of another dtype. torch: torch.index_put."""
        ...

    def index_put_(self, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
        """In place: The input with input[indices] = values, for a tuple of index tensors; if accumulate, with += where they meet too.

        Raises the errors of indexing, RuntimeError for values of another dtype. torch: torch.index_put."""
        ...

    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """The input, reduced with src at the places that gather reads: for dim 1, z[i, index[i, j]] with src[i, j].

        reduce   "sum", "prod", "mean", "amax" or "amin", of the elements of src that meet, and of the input's, unless
                 include_self is False
        Raises RuntimeError for another reduce. torch: torch.scatter_reduce."""
        ...

    def scatter_reduce_(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """In place: The input, reduced with src at the places that gather reads: for dim 1, z[i, index[i, j]] with src[i, j].

        reduce   "sum", "prod", "mean", "amax" or "amin", of the elements of src that meet, and of the input's, unless
                 include_self is False
        Raises RuntimeError for another reduce. torch: torch.scatter_reduce."""
        ...

    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta·input + alpha·Σ batch1·batch2, the products of matrices added up. torch: torch.addbmm."""
        ...

    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta·input + alpha·vec1·vec2ᵀ. torch: torch.addr."""
        ...

    def ger(self, vec2: Tensor) -> Tensor:
        """outer, by its older name."""
        ...

    def vdot(self, other: Tensor) -> Tensor:
        """dot, for there are no complex numbers."""
        ...

    def corrcoef(self) -> Tensor:
        """The correlations of variables, the rows of a matrix: their covariances, divided by both standard deviations."""
        ...

    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """The covariances of variables, the rows of a matrix, from their observations, the columns.

        fweights count how often an observation was made, aweights how much it counts. torch: torch.cov."""
        ...

    def cummax(self, dim: _int) -> Any:
        """The greatest of the elements so far along dim, and its index: the last one of equal ones. nan stays."""
        ...

    def cummin(self, dim: _int) -> Any:
        """The smallest of the elements so far along dim, and its index: the last one of equal ones. nan stays."""
        ...

    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
        """The k-th smallest element along dim, counted from 1, and its index.

        Raises RuntimeError unless 1 ≤ k ≤ the size of dim. torch: torch.kthvalue."""
        ...

    def msort(self) -> Tensor:
        """The input, sorted along its first dim."""
        ...

    def nanquantile(self, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """quantile of the elements that are not nan. torch: torch.nanquantile."""
        ...

    def quantile(self, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', axis: _Dims = ..., keepdims: _bool = ...) -> Tensor:
        """What a share q of the elements along dim, or of all, lies below; for a vector of shares a dim more in front.

        Between two elements it is on the line through them, or the `lower`, the `higher`, the `nearest` or the
        `midpoint`. nan if an element is nan. torch: torch.quantile."""
        ...

    def unique_consecutive(self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None, *, axis: _Dims = ...) -> Any:
        """The first of every run of equal elements, or of equal parts along dim; on request each element's run, and the
        lengths of the runs. torch: torch.unique_consecutive."""
        ...

    def copysign(self, other: Tensor | _Number) -> Tensor:
        """|input| with other's sign, that of -0.0 too."""
        ...

    def copysign_(self, other: Tensor | _Number) -> Tensor:
        """In place: |input| with other's sign, that of -0.0 too."""
        ...

    def digamma(self) -> Tensor:
        """z = ψ(x) = Γ'(x)/Γ(x)        dx = ψ'(x)·dz"""
        ...

    def digamma_(self) -> Tensor:
        """In place: z = ψ(x) = Γ'(x)/Γ(x)        dx = ψ'(x)·dz"""
        ...

    def erfc(self) -> Tensor:
        """z = 1 - erf x        dx = -2/√π·e^(-x²)·dz"""
        ...

    def erfc_(self) -> Tensor:
        """In place: z = 1 - erf x        dx = -2/√π·e^(-x²)·dz"""
        ...

    def erfinv(self) -> Tensor:
        """z with erf z = x        dx = √π/2·e^(z²)·dz"""
        ...

    def erfinv_(self) -> Tensor:
        """In place: z with erf z = x        dx = √π/2·e^(z²)·dz"""
        ...

    def float_power(self, exponent: Tensor | _Number) -> Tensor:
        """inputⁿ, computed in float64; one of the two may be a number."""
        ...

    def frexp(self) -> Any:
        """The mantissas, between ½ and 1, and the exponents of 2, as int32."""
        ...

    def i0(self) -> Tensor:
        """z = I₀(x), modified, of the first kind        dx = I₁(x)·dz"""
        ...

    def i0_(self) -> Tensor:
        """In place: z = I₀(x), modified, of the first kind        dx = I₁(x)·dz"""
        ...

    def ldexp(self, other: Tensor) -> Tensor:
        """input·2ⁿ for n = other."""
        ...

    def lgamma(self) -> Tensor:
        """z = log |Γ(x)|        dx = ψ(x)·dz"""
        ...

    def lgamma_(self) -> Tensor:
        """In place: z = log |Γ(x)|        dx = ψ(x)·dz"""
        ...

    def logaddexp(self, other: Tensor) -> Tensor:
        """z = log(eˣ + eʸ)        dx = dz/(1 + e^(y - x))    dy = dz/(1 + e^(x - y))"""
        ...

    def logaddexp2(self, other: Tensor) -> Tensor:
        """z = log₂(2ˣ + 2ʸ)        dx = dz/(1 + 2^(y - x))    dy = dz/(1 + 2^(x - y))"""
        ...

    def logcumsumexp(self, dim: _int) -> Tensor:
        """zᵢ = log Σ exp inputⱼ, j ≤ i, along dim."""
        ...

    def logit(self, eps: _float | None = None) -> Tensor:
        """log(input/(1 - input)), after the input is brought between eps and 1 - eps, if eps is given."""
        ...

    def logit_(self, eps: _float | None = None) -> Tensor:
        """In place: log(input/(1 - input)), after the input is brought between eps and 1 - eps, if eps is given."""
        ...

    def mvlgamma(self, p: _int) -> Tensor:
        """log of the gamma function of p×p matrices: p(p - 1)/4·log π + Σ lgamma(input - i/2), i < p."""
        ...

    def nanmedian(self, dim: _int | None = None, keepdim: _bool = False, *, axis: _Dims = ..., keepdims: _bool = ...) -> Any:
        """median without nan: of all elements, or along dim with the index; nan where all are nan."""
        ...

    def nextafter(self, other: Tensor) -> Tensor:
        """z = the next number from x to y        dx = dz, 0 where they are equal    dy = 0"""
        ...

    def nextafter_(self, other: Tensor) -> Tensor:
        """In place: z = the next number from x to y        dx = dz, 0 where they are equal    dy = 0"""
        ...

    def polygamma(self, n: _int) -> Tensor:
        """The n-th derivative of digamma. Raises RuntimeError for a negative n. torch: torch.polygamma."""
        ...

    def sgn(self) -> Tensor:
        """-1, 0 or 1: sign, for there are no complex numbers."""
        ...

    def sgn_(self) -> Tensor:
        """In place: -1, 0 or 1: sign, for there are no complex numbers."""
        ...

    def sinc(self) -> Tensor:
        """z = sin(πx)/πx, 1 for 0        dx = (πx·cos πx - sin πx)/πx²·dz"""
        ...

    def sinc_(self) -> Tensor:
        """In place: z = sin(πx)/πx, 1 for 0        dx = (πx·cos πx - sin πx)/πx²·dz"""
        ...

    def cholesky(self, upper: _bool = False) -> Tensor:
        """L with L·Lᵀ = input, or its transpose if upper: linalg.cholesky."""
        ...

    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of L·Lᵀ, for L, or for its transpose if upper."""
        ...

    def cholesky_solve(self, input2: Tensor, upper: _bool = False) -> Tensor:
        """X with L·Lᵀ·X = input, for L = input2, or for its transpose if upper."""
        ...

    def logdet(self) -> Tensor:
        """log det input, nan if the determinant is negative."""
        ...

    def matrix_exp(self) -> Tensor:
        """e to the matrix: linalg.matrix_exp."""
        ...

    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """The pseudoinverse: linalg.pinv."""
        ...

    def qr(self, some: _bool = True) -> Any:
        """input = Q·R: linalg.qr, reduced if `some`, else complete."""
        ...

    def slogdet(self) -> Any:
        """The sign of the determinant, and the logarithm of its size: linalg.slogdet."""
        ...

    def svd(self, some: _bool = True, compute_uv: _bool = True) -> Any:
        """input = U·S·Vᵀ, reduced if `some`: linalg.svd with V for its transpose. Without compute_uv U and V are 0."""
        ...

    def triangular_solve(self, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False) -> Any:
        """X with A·X = input for a triangle A, or with Aᵀ·X, and a copy of A: linalg.solve_triangular."""
        ...

    def relu_(self) -> Tensor:
        """In place: max(input, 0)"""
        ...

    def relu(self) -> Tensor:
        """max(input, 0)"""
        ...

    def softmax(self, dim: _int, dtype: _dtypes.dtype | None = None) -> Tensor:
        """eˣ / Σ eˣ along dim."""
        ...

    def log_softmax(self, dim: _int, dtype: _dtypes.dtype | None = None) -> Tensor:
        """x - log Σ eˣ along dim."""
        ...
