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

def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
    """input + value·tensor1/tensor2"""
    ...

def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
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

def erf(input: Tensor) -> Tensor:
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

def lerp(input: Tensor, end: Tensor, weight: Tensor | _Number) -> Tensor:
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

def xlogy(input: Tensor | _Number, other: Tensor | _Number) -> Tensor:
    """input·log other, and 0 where input is 0; one of the two may be a number"""
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

    The tensors are on the CPU, or on the device map_location. Raises LoadError if the file cannot be loaded, OSError
    (FileNotFoundError for example) if it cannot be opened, ValueError for weights_only=False, ImportError if the
    package safetensors is needed and not installed. torch: torch.load."""
    ...

def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a state dict or a checkpoint to a file.

    A checkpoint consists of dicts, lists and tuples that hold tensors, numbers, strings and None. The ending of the
    name chooses the format: .npz, .safetensors, or torch's own for every other name. An existing file is replaced only
    after everything is written, so an error leaves it unchanged. In torch's format tensors that share memory share it
    in the file, too, and keep their strides; in the other two each tensor is saved separately.
    Raises TypeError if obj contains something else, ImportError if the package safetensors is needed and not installed.
    torch: torch.save."""
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
