"""Functions of tensors, which are Tensor's methods too: torch.sum(x) is x.sum().   torch: torch/_torch_docs.py

Each puts its arguments in order, refuses those that make no sense in torch's words, and calls ops of
ops.py; those that torch composes of several ops (matmul, where, max with a dim) are composed here.
`input` is the first tensor; `axis` and `keepdims` are heard as `dim` and `keepdim`, as in torch.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import numpy as np

from minigrad import dtypes, ops
from minigrad.autograd.engine import TensorBase, unwrap, wrap
from minigrad.autograd.op import Op, check_broadcast

Tensor = Any  # the class itself is made of these functions: see tensor.py
R = TypeVar("R")
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x1": "input", "x2": "other"}


def tensor_function(function: Callable[..., R]) -> Callable[..., R]:
    """Check that the first argument is a Tensor, and let NumPy's names stand for torch's."""
    name = function.__name__

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> R:
        for alias in kwargs.keys() & _NUMPY_NAMES.keys() if kwargs else ():
            meant = _NUMPY_NAMES[alias]
            if meant in kwargs or (meant == "dim" and len(args) > 1):
                raise TypeError(
                    f"{name}() got an unexpected keyword argument '{alias}'\n'{meant}' is given already."
                )
            kwargs[meant] = kwargs.pop(alias)
        first = args[0] if args else kwargs.get("input")
        if not isinstance(first, TensorBase):
            raise TypeError(
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(first).__name__}\n"
                "Make one with minigrad.tensor(...) or minigrad.from_numpy(...)."
            )
        return function(*args, **kwargs)

    return called


def one_dim(dim: int, ndim: int) -> int:
    """An axis counted from the front; IndexError in torch's words where there is none such."""
    low, high = -builtins.max(ndim, 1), builtins.max(ndim, 1) - 1
    if not low <= dim <= high:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
        )
    return dim % builtins.max(ndim, 1)


def some_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front: None and () mean all of them."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = tuple(one_dim(int(d), ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    for i, d in enumerate(dims):
        if d in dims[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return dims if ndim else ()


# -- elementwise --------------------------------------------------------------------------------------------


def elementwise(op: Op) -> Any:
    """The function of one tensor that an op computes."""

    def function(input: Tensor) -> Tensor:
        return op(input)

    function.__name__, function.__doc__ = op.forward.__name__, op.__doc__
    return tensor_function(function)


exp, log, sqrt, tanh, sigmoid = (
    elementwise(op) for op in (ops.exp, ops.log, ops.sqrt, ops.tanh, ops.sigmoid)
)
reciprocal, clone = elementwise(ops.reciprocal), elementwise(ops.clone)


def binary(op: Op, numbers: bool = True) -> Any:
    """The function of two tensors, or a tensor and a number, that an op computes."""
    name = op.forward.__name__
    welcome = (TensorBase, int, float, np.generic, np.ndarray) if numbers else TensorBase

    def function(input: Tensor, other: Any) -> Tensor:
        if not isinstance(other, welcome):
            raise TypeError(
                f"{name}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}"
            )
        return op(input, other)

    function.__name__, function.__doc__ = name, op.__doc__
    return tensor_function(function)


mul, div, _add, _sub = binary(ops.mul), binary(ops.div), binary(ops.add), binary(ops.sub)
maximum, minimum = binary(ops.maximum, numbers=False), binary(ops.minimum, numbers=False)
eq, ne, lt, le, gt, ge = (binary(op) for op in (ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge))


def add(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """input + alpha·other"""
    return _add(input, other if alpha == 1 else other * alpha)


def sub(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """input - alpha·other"""
    return _sub(input, other if alpha == 1 else other * alpha)


@tensor_function
def neg(input: Tensor) -> Tensor:
    """-input"""
    if input.array.dtype == bool:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    return ops.neg(input)


@tensor_function
def abs(input: Tensor) -> Tensor:
    """|input|"""
    if input.array.dtype == bool:
        raise NotImplementedError("\"abs_cpu\" not implemented for 'Bool'\nConvert with .int() first.")
    return ops.abs(input)


@tensor_function
def relu(input: Tensor) -> Tensor:
    """max(input, 0)"""
    if input.array.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    return ops.relu(input)


@tensor_function
def pow(input: Tensor, exponent: Any) -> Tensor:
    """inputⁿ, n a number or a tensor."""
    if isinstance(exponent, (TensorBase, np.ndarray)):
        return ops.pow(input, exponent)
    if isinstance(exponent, int) and exponent < 0 and input.array.dtype.kind in "iu":
        raise RuntimeError(
            "Integers to negative integer powers are not allowed.\nConvert with .float() first."
        )
    return ops.pow_scalar(input, exponent)


@tensor_function
def clamp(input: Tensor, min: float | None = None, max: float | None = None) -> Tensor:
    """Every element, but min where it is less and max where it is more."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    return ops.clamp(input, -math.inf if min is None else min, math.inf if max is None else max)


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """input where the condition holds, else other; both broadcast."""
    if not isinstance(condition, TensorBase):
        raise TypeError(
            f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}"
        )
    if condition.array.dtype != bool:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{dtypes.of(condition.array.dtype).scalar_name}"
        )
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        input = wrap(np.asarray(input, dtypes.common_type([input, other])))
    check_broadcast(
        [condition.array.shape, *(x.array.shape for x in (input, other) if isinstance(x, TensorBase))]
    )
    return ops.where(condition, input, other)


@tensor_function
def isnan(input: Tensor) -> Tensor:
    """Where the elements are nan."""
    return ops.ne(input, input)


# -- reductions ---------------------------------------------------------------------------------------------


@tensor_function
def sum(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Σ over dim, or over everything; integers and bools add up in int64."""
    x = input if dtype is None else input.to(dtype)
    if dim is None and not keepdim:
        return ops.sum(x)
    return ops.sum_dim(x, some_dims(dim, x.ndim), keepdim)


@tensor_function
def mean(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Σ / n over dim, or over everything; floating point only."""
    x = input if dtype is None else input.to(dtype)
    if not x.is_floating_point():
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype.scalar_name}\nConvert with .float() first, or pass dtype=."
        )
    if dim is None and not keepdim:
        return ops.mean(x)
    return ops.mean_dim(x, some_dims(dim, x.ndim), keepdim)


class max_result(NamedTuple):
    """What max(dim) returns: the values, and where along dim they were."""

    values: Any
    indices: Any

    def __repr__(self) -> str:
        return f"torch.return_types.max(\nvalues={self.values!r},\nindices={self.indices!r})"


class min_result(NamedTuple):
    """What min(dim) returns: the values, and where along dim they were."""

    values: Any
    indices: Any

    def __repr__(self) -> str:
        return f"torch.return_types.min(\nvalues={self.values!r},\nindices={self.indices!r})"


class _Extreme(NamedTuple):
    """A maximum or a minimum: of all elements, of two tensors, where it is, and what to return along a dim."""

    name: str
    of_all: Op
    of_two: Any
    where: Any
    gather: Op
    result: Any

    def __call__(self, input: Tensor, dim: Any, keepdim: bool) -> Any:
        if isinstance(dim, TensorBase):
            return self.of_two(input, dim)
        if dim is None:
            if input.array.size == 0:
                raise RuntimeError(
                    f"{self.name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                    "reduction dim with the 'dim' argument."
                )
            return self.of_all(input)
        axis = one_dim(dim, input.ndim)
        where = self.positions(input.array, axis)
        if input.ndim == 0:
            return self.result(input.clone(), wrap(where))
        key: list[Any] = list(np.indices(where.shape, sparse=True))
        key[axis] = where
        values = self.gather(input, tuple(key), axis, keepdim)
        return self.result(values, wrap(where if keepdim else where.squeeze(axis)))

    def positions(self, array: Any, axis: int) -> Any:
        """Where along the axis the first extreme is, the axis kept."""
        if array.ndim == 0:
            return np.zeros((), np.int64)
        if array.shape[axis] == 0:
            raise IndexError(f"{self.name}(): Expected reduction dim {axis} to have non-zero size.")
        return self.where(array, axis=axis, keepdims=True)

    def argument(self, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
        """argmax or argmin."""
        if input.array.dtype == bool:
            raise RuntimeError(f"arg{self.name}(): does not support bool input\nConvert with .int() first.")
        if dim is not None:
            axis = one_dim(dim, input.ndim)
            where = self.positions(input.array, axis)
            return wrap(where if keepdim or input.ndim == 0 else where.squeeze(axis))
        if input.array.size == 0:
            raise IndexError(
                f"arg{self.name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        where = np.asarray(self.where(input.array))
        return wrap(where.reshape((1,) * input.ndim) if keepdim else where)


_max = _Extreme("max", ops.max, maximum, np.argmax, ops.gather_along.named("MaxBackward0"), max_result)
_min = _Extreme("min", ops.min, minimum, np.argmin, ops.gather_along.named("MinBackward0"), min_result)


@tensor_function
def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The maximum; with dim, the maxima and where the first of each is; with a tensor, `maximum`."""
    return _max(input, dim, keepdim)


@tensor_function
def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The minimum; with dim, the minima and where the first of each is; with a tensor, `minimum`."""
    return _min(input, dim, keepdim)


@tensor_function
def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The maxima over dim; equal ones share the gradient."""
    return ops.amax(input, some_dims(dim, input.ndim), keepdim)


@tensor_function
def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The minima over dim; equal ones share the gradient."""
    return ops.amin(input, some_dims(dim, input.ndim), keepdim)


@tensor_function
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the first maximum is, in the flattened tensor or along dim: int64. nan counts as the maximum."""
    return _max.argument(input, dim, keepdim)


@tensor_function
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the first minimum is, in the flattened tensor or along dim: int64. nan counts as the minimum."""
    return _min.argument(input, dim, keepdim)


@tensor_function
def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log Σ eˣ over dim, safe for large x."""
    x = input if input.is_floating_point() else input.to(dtypes.get_default_dtype())
    return ops.logsumexp(x, some_dims(dim, input.ndim), keepdim)


def _along(input: Tensor, op: Op, dim: int, dtype: dtypes.dtype | None) -> Tensor:
    x = input if dtype is None else input.to(dtype)
    axis = one_dim(dim, x.ndim)
    if not x.is_floating_point():
        raise NotImplementedError(
            f"\"{op.forward.__name__}_lastdim_kernel_impl\" not implemented for '{x.dtype.scalar_name}'\n"
            "Convert with .float() first, or pass dtype=."
        )
    return op(x, (axis,) if x.ndim else ())


@tensor_function
def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """eˣ / Σ eˣ along dim."""
    return _along(input, ops.softmax, dim, dtype)


@tensor_function
def log_softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """x - log Σ eˣ along dim."""
    return _along(input, ops.log_softmax, dim, dtype)


@tensor_function
def all(input: Tensor) -> Tensor:
    """Whether every element is true, or not 0."""
    return wrap(np.asarray(input.array.all()))


@tensor_function
def any(input: Tensor) -> Tensor:
    """Whether some element is true, or not 0."""
    return wrap(np.asarray(input.array.any()))


# -- products -----------------------------------------------------------------------------------------------


def same_dtype(x: Tensor, y: Tensor) -> None:
    """Products do not promote: RuntimeError in torch's words."""
    if x.array.dtype != y.array.dtype:
        names = (dtypes.of(a.array.dtype).scalar_name.lower() for a in (x, y))
        raise RuntimeError(
            "expected m1 and m2 to have the same dtype, but got: {} != {}\n"
            "Convert one of them, for example with .float() or .double().".format(*names)
        )


@tensor_function
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, (n, m)·(m, p) → (n, p)."""
    for name, matrix in (("self", input), ("mat2", mat2)):
        if matrix.ndim != 2:
            raise RuntimeError(
                f"{name} must be a matrix\nIt has {matrix.ndim} dimensions; matmul, or @, takes any number."
            )
    (n, m), (m2, p) = input.array.shape, mat2.array.shape
    if m != m2:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({n}x{m} and {m2}x{p})\n"
            f"The {m} columns of the first and the {m2} rows of the second must be as many."
        )
    same_dtype(input, mat2)
    return ops.mm(input, mat2)


@tensor_function
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product: vectors, matrices, and batches of matrices that broadcast.

    As in torch it is composed of dot, mv, mm and bmm: a vector on the left is a row, one on the right a
    column, and a batch times a matrix is one large product.
    """
    if not isinstance(other, TensorBase):
        raise TypeError(f"matmul(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    x: Tensor = input
    y: Tensor = other
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D\nMultiply with *."
        )
    if x.ndim == y.ndim == 3 and (len(x) == 1) != (len(y) == 1):  # a batch of one is a matrix
        x, y = (x.squeeze(0), y) if len(x) == 1 else (x, y.squeeze(0))
    if x.ndim <= 2 and y.ndim <= 2:
        return _small_product(x, y)
    if x.ndim >= 3 and y.ndim <= 2:
        *batch, m = x.array.shape
        product = _small_product(x.reshape(math.prod(batch), m), y)
        return ops.reshape_copy(product, (*batch, *y.array.shape[1:]))
    if x.ndim <= 2:  # the transposed product, transposed: a batch times a matrix again
        product = matmul(y.transpose(-2, -1), x.t())
        return product if x.ndim == 1 else product.transpose(-2, -1).contiguous()
    return _batched_product(x, y)


def _small_product(x: Tensor, y: Tensor) -> Tensor:
    same_dtype(x, y)
    if x.ndim == y.ndim == 1:
        if x.array.shape != y.array.shape:
            n, m = len(x), len(y)
            raise RuntimeError(
                f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number of elements, "
                f"but got {n} and {m} elements respectively"
            )
        return ops.dot(x, y)
    if y.ndim == 1:
        if x.array.shape[1] != len(y):
            raise RuntimeError(
                f"size mismatch, got input ({len(x)}), mat ({len(x)}x{x.array.shape[1]}), vec ({len(y)})"
            )
        return ops.mv(x, y)
    if x.ndim == 1:
        return ops.squeeze.named("SqueezeBackward4")(mm(x.unsqueeze(0), y), (0,))
    return mm(x, y)


def _batched_product(x: Tensor, y: Tensor) -> Tensor:
    same_dtype(x, y)
    (n, m), (m2, p) = x.array.shape[-2:], y.array.shape[-2:]
    check_broadcast([x.array.shape[:-2], y.array.shape[:-2]])
    batch = np.broadcast_shapes(x.array.shape[:-2], y.array.shape[:-2])
    count = math.prod(batch)
    if m != m2:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {m}] but got: [{count}, {m2}]."
        )
    left, right = x.expand(*batch, n, m).reshape(count, n, m), y.expand(*batch, m2, p).reshape(count, m2, p)
    return ops.reshape_copy(ops.bmm(left, right), (*batch, n, p))


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(unwrap(input), unwrap(other)))


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether |input - other| ≤ atol + rtol·|other| everywhere."""
    return bool(np.allclose(unwrap(input), unwrap(other), rtol, atol, equal_nan))
