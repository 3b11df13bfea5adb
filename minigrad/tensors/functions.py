"""Elementwise functions of tensors, Tensor's methods too: torch.exp(x) is x.exp().   torch: torch/_torch_docs.py

Each function checks its arguments, raises torch's errors for wrong ones (arguments.py), and calls an op of ops.py. A
function that torch composes of several ops is composed of the same ops here.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.arrays.device import as_array, on_device_of
from minigrad.autograd.base import TensorBase, unwrap, wrap
from minigrad.autograd.misuse import check_broadcast, no_derivative
from minigrad.autograd.op import Op, differentiable
from minigrad.tensors.arguments import (
    Number,
    Tensor,
    combination,
    is_number,
    named,
    overloaded,
    plain,
    tensor_function,
)


def elementwise(op: Op) -> Any:
    """The function of one tensor that an op computes."""

    def function(input: Tensor) -> Tensor:
        return op(input)

    return tensor_function(named(function, op.forward.__name__, op.__doc__))


exp, log, sqrt, tanh, sigmoid, reciprocal, clone, sign = map(
    elementwise, (ops.exp, ops.log, ops.sqrt, ops.tanh, ops.sigmoid, ops.reciprocal, ops.clone, ops.sign)
)
log1p, log2, log10, expm1, rsqrt, sin, cos, erf = map(
    elementwise, (ops.log1p, ops.log2, ops.log10, ops.expm1, ops.rsqrt, ops.sin, ops.cos, ops.erf)
)


def refuse(kernel: str, kinds: str, *values: Any) -> None:
    """Raise torch's NotImplementedError if the type of every value is of one of these kinds."""
    types = [dtypes.of_value(unwrap(value)) for value in values]
    if all(kind.kind in kinds for kind in types):
        name = dtypes.dtype_of(types[0]).scalar_name
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{name}'\nConvert with .float() first.")


def _whole(op: Op, name: str) -> Any:
    """floor, ceil, round or trunc. Raises torch's error for bools."""

    def function(input: Tensor) -> Tensor:
        refuse(f"{name}_vml_cpu", "b", input)
        return op(input)

    return tensor_function(named(function, name, op.__doc__))


floor, ceil, trunc = _whole(ops.floor, "floor"), _whole(ops.ceil, "ceil"), _whole(ops.trunc, "trunc")
_round = _whole(ops.round, "round")


@tensor_function
def mul(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """input·other"""
    return ops.mul(input, other)


@overloaded((1, 1), (1, 1), (1, 1))
def xlogy(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """input·log other, and 0 where input is 0; one of the two may be a number"""
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        raise TypeError(f"{combination('xlogy', (input, other), {})}\nOne of the two is a tensor.")
    return ops.xlogy(input, other)


@tensor_function
def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of two elements; nan if one is nan."""
    return ops.maximum(input, other)


@tensor_function
def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of two elements; nan if one is nan."""
    return ops.minimum(input, other)


def _comparison(op: Op, name: str = "") -> Any:
    def function(input: Tensor, other: Tensor | Number) -> Tensor:
        return op(input, other)

    return overloaded((1, 1), (1, 1))(named(function, name or op.forward.__name__, op.__doc__))


eq, ne, lt, le, gt, ge = map(_comparison, (ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge))


# torch's names for the same with a number
_fmod_number, _remainder_number = ops.fmod.named("FmodBackward0"), ops.remainder.named("RemainderBackward0")


@overloaded((1, 1), (1, 1))
def fmod(input: Tensor, other: Tensor | Number) -> Tensor:
    """input - other·trunc(input/other): of input's sign."""
    _check_division("fmod_cpu", input, other)
    return ops.fmod(input, other) if isinstance(other, TensorBase) else _fmod_number(input, other)


@tensor_function
def add(input: Tensor | Number, other: Tensor | Number, *, alpha: float = 1) -> Tensor:
    """input + alpha·other"""
    return ops.add(input, other if type(alpha) is int and alpha == 1 else _times(alpha, input, other))


@tensor_function
def sub(input: Tensor | Number, other: Tensor | Number, *, alpha: float = 1) -> Tensor:
    """input - alpha·other"""
    if type(alpha) is int and alpha == 1:
        return ops.sub(input, other)
    dtypes.refuse_bools([unwrap(input), unwrap(other)])
    return ops.sub(input, _times(alpha, input, other))


def _times(alpha: Any, input: Any, other: Any) -> Tensor:
    """alpha·other, in the common type of input and other. Raises torch's error if that type cannot hold alpha."""
    kind = dtypes.common_type([unwrap(input), unwrap(other)])
    alpha = unwrap(alpha).item() if isinstance(alpha, TensorBase) else alpha
    if isinstance(alpha, bool) and kind.kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.\nWrite the number.")
    if isinstance(alpha, float) and kind.kind != "f":
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number.\n"
            "Convert with .float() first."
        )
    dtypes.check_fits(alpha, kind)
    if not isinstance(other, TensorBase):
        other = wrap(dtypes.wrapped(other, kind))
    if other.array.dtype != kind:
        other = other.to(dtypes.dtype_of(kind))
    return ops.mul(other, bool(alpha) if kind.kind == "b" else alpha)


@tensor_function
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value·tensor1·tensor2"""
    kind = dtypes.common_type([input.array, tensor1.array, tensor2.array])
    refuse("addcmul_cpu_out", "b", np.empty((), kind))
    return ops.addcmul(input, tensor1, tensor2, _as_kind(value, kind))


@tensor_function
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value·tensor1/tensor2"""
    if tensor1.array.dtype.kind != "f" and tensor2.array.dtype.kind != "f":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2.\nConvert with .float() first."
        )
    kind = dtypes.common_type([input.array, tensor1.array, tensor2.array])
    return ops.addcdiv(input, tensor1, tensor2, _as_kind(value, kind))


def _as_kind(value: Any, kind: np.dtype[Any]) -> Any:
    """A number as a float, or rounded towards 0 as an int, as it multiplies arrays of this type."""
    return (float if kind.kind == "f" else int)(value)


@overloaded((2, 2), (2, 2))
def lerp(input: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
    """input + weight·(end - input): input where the weight is 0, end where it is 1."""
    on_tensors = isinstance(weight, TensorBase)
    if on_tensors and not weight.array.ndim and weight.array.dtype != input.array.dtype:
        weight = weight.to(input.dtype)
    for name, given in {"end": end, "weight": weight if on_tensors else end}.items():
        if given.array.dtype != input.array.dtype:
            expected, got = (dtypes.C_NAMES[x.dtype] for x in (input, given))
            raise RuntimeError(
                f"expected dtype {expected} for `{name}` but got dtype {got}\nConvert one of them."
            )
    refuse(f"lerp_kernel_{'tensor' if on_tensors else 'scalar'}", "iub", input)
    return ops.lerp(input, end, weight) if on_tensors else ops.lerp_scalar(input, end, weight)


@tensor_function
def div(input: Tensor | Number, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """input / other, or rounded: down ("floor") or towards 0 ("trunc")."""
    if rounding_mode is None:
        return ops.div(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    _check_division(f"div_{rounding_mode}_cpu", input, other)
    return ops.div_rounded(input, other, rounding_mode)


def _check_division(kernel: str, x: Any, y: Any) -> None:
    """Raise torch's errors for shapes that do not broadcast, for bools, and for an integer divided by 0."""
    shapes = [np.shape(unwrap(value)) for value in (x, y)]
    check_broadcast(shapes)
    refuse(kernel, "b", x, y)
    if dtypes.common_type([unwrap(x), unwrap(y)]).kind == "f" or np.all(unwrap(y)):
        return
    if 0 not in np.broadcast_shapes(*shapes):
        raise RuntimeError("ZeroDivisionError")


def _floor_division(name: str) -> Any:
    """⌊input / other⌋. Backward raises torch's error, which contains this name of the op."""
    no_rule = no_derivative(f"derivative for aten::{name} is not implemented")

    @differentiable("NotImplemented", x=no_rule, y=no_rule, promoted="common")
    def divided(x: Any, y: Any) -> Any:
        """z = ⌊x/y⌋"""
        return ops.div_rounded.forward(x, y, "floor")

    def function(input: Tensor | Number, other: Tensor | Number) -> Tensor:
        _check_division("div_floor_cpu", input, other)
        return divided(input, other)

    doc = "⌊input / other⌋, also `//`. RuntimeError in backward: torch has no gradient for it."
    return tensor_function(named(function, name, doc), (1, 1), (1, 1))


floor_divide, floor_divide_ = _floor_division("floor_divide"), _floor_division("floor_divide_").method()


@differentiable(
    "NotImplemented",
    y=no_derivative("derivative for aten::remainder is not implemented"),
    promoted="common",
)
def _remainder_of_number(x: Any, y: Any) -> Any:
    """z = x - y·⌊x/y⌋, x a number"""
    return ops.remainder.forward(x, y)


@overloaded((1, 1), (1, 1), (1, 1))
def remainder(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """input - other·⌊input/other⌋, also `%`: of other's sign; one of the two may be a number."""
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        raise TypeError(f"{combination('remainder', (input, other), {})}\nOne of the two is a tensor.")
    _check_division("remainder_cpu", input, other)
    if not isinstance(other, TensorBase):
        return _remainder_number(input, other)
    return (ops.remainder if isinstance(input, TensorBase) else _remainder_of_number)(input, other)


@tensor_function
def square(input: Tensor) -> Tensor:
    """input²"""
    return ops.pow_scalar(input, 2)


@tensor_function
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest integer, or the nearest number with so many decimals. A tie goes to the even neighbour."""
    if decimals == 0:
        return _round(input)
    refuse("round_cpu", "iub", input)
    return ops.round_decimals(input, decimals)


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
def positive(input: Tensor) -> Tensor:
    """+input: itself."""
    if input.array.dtype == bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@tensor_function
def abs(input: Tensor) -> Tensor:
    """|input|"""
    refuse("abs_cpu", "b", input)
    return ops.abs(input)


@overloaded((1, 1), (1, 1), (1, 1))
def pow(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """inputⁿ, where n is a number or a tensor. If n is a tensor, input may be a number."""
    if isinstance(exponent, TensorBase):
        return ops.pow(input, exponent) if isinstance(input, TensorBase) else ops.rpow(exponent, input)
    if not isinstance(input, TensorBase):
        raise TypeError(f"{combination('pow', (input, exponent), {})}\nOne of the two is a tensor.")
    kind = dtypes.common_type([input.array, exponent])
    if kind.kind != "f":
        dtypes.check_fits(exponent, kind)
    if exponent < 0 and kind.kind != "f":
        raise RuntimeError(
            "Integers to negative integer powers are not allowed.\nConvert with .float() first."
        )
    return ops.pow_scalar(input, exponent)


@overloaded((0, 2), (0, 2))
def clamp(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """Each element, limited to the range from min to max, which are numbers or tensors."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if min is not None and max is not None and isinstance(min, TensorBase) is not isinstance(max, TensorBase):
        min, max = _two_numbers(min, max)
    kind = dtypes.common_type([unwrap(x) for x in (input, min, max) if x is not None])
    tensors = isinstance(min, TensorBase) or isinstance(max, TensorBase)
    if min is not None and max is not None and tensors:
        refuse("clamp_cpu", "b", input, min, max)
    if not tensors:
        bound = "_min" * (max is None) + "_max" * (min is None)
        refuse(f"clamp{bound}_scalar_cpu", "b", np.empty((), kind))
        dtypes.check_fits(min, kind)
        dtypes.check_fits(max, kind)
    info = None if kind.kind in "fb" else np.iinfo(kind)
    lowest, highest = (
        (info.min, info.max) if info else (False, True) if kind.kind == "b" else (-math.inf, math.inf)
    )
    low, high = lowest if min is None else min, highest if max is None else max
    return ops.clamp_between(input, low, high) if tensors else ops.clamp(input, low, high)


def _two_numbers(low: Any, high: Any) -> tuple[Any, Any]:
    """Two bounds of which one is a number: a 0-d tensor that needs no gradient counts as a number too."""
    for bound in (low, high):
        if isinstance(bound, TensorBase) and (bound.array.ndim or bound.node is not None):
            raise TypeError(f"{combination('clamp', (low, high), {})}\nGive two numbers, or two tensors.")
    low, high = (bound.array.item() if isinstance(bound, TensorBase) else bound for bound in (low, high))
    return low, high


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """input where the condition holds, else other; they broadcast. where(condition) is nonzero, as a tuple."""
    if not isinstance(condition, TensorBase):
        raise TypeError(
            f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}"
        )
    if (input is None) != (other is None):
        raise TypeError(f"{combination('where', (condition, input), {})}\nwhere(condition, input, other).")
    if input is None:
        return nonzero(condition, as_tuple=True)
    if condition.array.dtype == np.uint8:
        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            stacklevel=2,
        )
    elif condition.array.dtype != bool:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{dtypes.dtype_of(condition.array.dtype).scalar_name}"
        )
    input, other = plain(input), plain(other)
    if not all(isinstance(x, TensorBase) or is_number(x) for x in (input, other)):
        raise TypeError(
            f"{combination('where', (condition, input, other), {})}\nwhere(condition, input, other)."
        )
    kind = dtypes.common_type([unwrap(input), unwrap(other)])
    for x in (input, other):
        dtypes.check_fits(x, kind)
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        input = wrap(on_device_of(np.asarray(input, kind), condition.array))
    check_broadcast(
        [condition.array.shape, *(x.array.shape for x in (input, other) if isinstance(x, TensorBase))]
    )
    return ops.where(condition, input, other)


@tensor_function
def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The input in the dtype and on the device of other."""
    return input.to(other)


@tensor_function
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: a row for each element, or as_tuple a vector for each dimension."""
    if as_tuple:
        return tuple(wrap(places) for places in np.nonzero(np.atleast_1d(input.array)))
    return wrap(np.argwhere(input.array))


# -- tests, without a gradient ------------------------------------------------------------------------------


def _test(name: str, function: Any, doc: str) -> Any:
    def test(input: Tensor) -> Tensor:
        return wrap(as_array(function(input.array)))

    return tensor_function(named(test, name, doc))


isnan, isinf, isfinite = (
    _test(f.__name__, f, f"Where the elements are {what}.")
    for f, what in ((np.isnan, "nan"), (np.isinf, "∞ or -∞"), (np.isfinite, "neither nan nor infinite"))
)
logical_not = _test("logical_not", np.logical_not, "Where the elements are 0.")


def _of_two(function: Any) -> Any:
    def test(input: Tensor, other: Tensor) -> Tensor:
        check_broadcast([input.array.shape, other.array.shape])
        return wrap(as_array(function(input.array, other.array)))

    doc = f"{function.__name__.replace('_', ' ')}, elementwise, of what is not 0."
    return tensor_function(named(test, function.__name__, doc))


logical_and, logical_or, logical_xor = (_of_two(f) for f in (np.logical_and, np.logical_or, np.logical_xor))


@tensor_function
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Where |input - other| ≤ atol + rtol·|other| or both are equal. Integers are compared as default floats."""
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    _same_type("isclose", input, other)
    x, y = input.array, other.array
    check_broadcast([x.shape, y.shape])
    with np.errstate(all="ignore"):
        close = (x == y) | (equal_nan & (x != x) & (y != y))
        if rtol or atol:  # without tolerances, integers are compared exactly
            close |= _within(x, y, rtol, atol)
    return wrap(as_array(close))


def _within(x: Any, y: Any, rtol: float, atol: float) -> Any:
    kind = x.dtype if x.dtype.kind == "f" else dtypes.get_default_dtype().numpy
    x, y = x.astype(kind), y.astype(kind)
    # As in torch float16 is computed in float32, and each step is rounded.
    wide = np.result_type(kind, np.float32).type
    allowed = (np.abs(wide(rtol) * y).astype(kind) + wide(atol)).astype(kind)
    error = np.abs(x - y)
    return np.isfinite(error) & (error <= allowed)


@tensor_function
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether |input - other| ≤ atol + rtol·|other| everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def _same_type(name: str, x: Tensor, y: Tensor) -> None:
    if x.array.dtype != y.array.dtype:
        a, b = (dtypes.dtype_of(each.array.dtype).scalar_name for each in (x, y))
        raise RuntimeError(
            f"{a} did not match {b}\n{name} compares tensors of one dtype: convert one of them."
        )


@tensor_function
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(input.array, other.array))


@tensor_function
def true_divide(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """input / other"""
    return ops.div(input, other)


# torch's other names for the same
absolute, negative, clip = abs, neg, clamp
multiply, divide, subtract = mul, div, sub
greater, greater_equal = _comparison(ops.gt, "greater"), _comparison(ops.ge, "greater_equal")
less, less_equal = _comparison(ops.lt, "less"), _comparison(ops.le, "less_equal")
not_equal = _comparison(ops.ne, "not_equal")
fix = trunc
