"""Tensor's methods that functions make: the same by name, in place, and as operators.   torch: torch/_tensor.py

`x.add(y)` is `add(x, y)`, `x.add_(y)` writes the sum into x, and `x + y` also accepts numbers on either side.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.arrays import device as devices
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase, unwrap, wrap
from minigrad.autograd.misuse import check_broadcast
from minigrad.tensors import (
    alike,
    arranging,
    contractions,
    counting,
    functions,
    indexing,
    joining,
    linalg,
    more_functions,
    ordering,
    placing,
    products,
    reductions,
    sampling,
    shapes,
    statistics,
)
from minigrad.tensors.arguments import P, R, named, plain
from minigrad.tensors.inplace import change, check_change, check_shape
from minigrad.tensors.out import accept_out

if TYPE_CHECKING:
    from minigrad.tensors.signatures import Binary, InPlace, Tensor

# By the file that has the function of this name.
METHODS: dict[ModuleType, str] = {
    functions: """
        add subtract sub multiply mul divide div floor_divide remainder fmod pow square negative neg absolute abs
        reciprocal positive exp expm1 log log1p log2 log10 sqrt rsqrt sin cos tanh sigmoid erf xlogy sign floor ceil
        round trunc clamp clip maximum minimum eq ne lt le gt ge equal isclose allclose isnan isinf isfinite logical_not
        logical_and logical_or logical_xor clone nonzero type_as greater greater_equal less less_equal not_equal
        true_divide fix addcmul addcdiv lerp""",
    reductions: "sum mean prod var std norm cumsum all any count_nonzero logsumexp",
    ordering: "max min amax amin argmax argmin sort argsort topk unique",
    products: "matmul mm mv dot bmm outer",
    shapes: """
        view view_as reshape reshape_as flatten ravel t transpose swapaxes swapdims permute movedim moveaxis unsqueeze
        squeeze expand expand_as repeat contiguous flip tril triu""",
    joining: "chunk unbind",
    indexing: "gather index_select masked_fill masked_select",
    sampling: "multinomial exponential_ bernoulli_ random_",
    placing: "scatter scatter_add index_add index_copy index_fill take take_along_dim masked_scatter",
    arranging: """
        narrow select diagonal diag diag_embed trace unfold unflatten roll tile fliplr flipud rot90
        argwhere broadcast_to tensor_split squeeze_ unsqueeze_ t_ transpose_ swapaxes_ swapdims_ fill_diagonal_""",
    more_functions: """
        asin acos atan tan sinh cosh asinh acosh atanh exp2 atan2 hypot deg2rad rad2deg frac cumprod nansum nanmean
        bitwise_and bitwise_or bitwise_xor bitwise_not arcsin arccos arctan arcsinh arccosh arctanh arctan2""",
    contractions: "inner kron cross addmm addmv baddbmm",
    counting: "bincount histc histogram",
    statistics: "aminmax diff dist median mode nan_to_num",
    alike: """
        new new_zeros new_ones new_empty new_full new_tensor apply_ resize_ data_ptr is_complex is_signed is_same_size
        sum_to_size storage_offset adjoint""",
}
accept_out(*METHODS)
IN_PLACE: dict[ModuleType, str] = {
    functions: """
        add sub mul div pow clamp neg abs exp log sqrt tanh sigmoid round sin cos log2 log10 log1p expm1 rsqrt
        reciprocal square floor ceil trunc sign addcmul addcdiv lerp""",
    indexing: "masked_fill",
    reductions: "cumsum",
    shapes: "tril triu",
    placing: "scatter scatter_add index_add index_copy index_fill masked_scatter",
    more_functions: """
        asin acos atan tan sinh cosh asinh acosh atanh exp2 atan2 frac cumprod bitwise_not deg2rad rad2deg""",
}
SHAPES_FIRST = {"gcd_", "lcm_", "nextafter_"}  # they refuse some types, but torch checks the shapes before
# Those that are imported at their first use, by file.
LATER = {
    "nn.later.activations": "hardshrink prelu",
    "tensors.further": """
        clamp_max clamp_max_ clamp_min clamp_min_
        diagflat diagonal_scatter dsplit fmax fmin gcd gcd_ heaviside  hsplit isneginf isposinf isreal lcm
        lcm_ select_scatter signbit slice_scatter vsplit""",
    "tensors.more_places": "as_strided index_put index_put_ scatter_reduce scatter_reduce_",
    "tensors.more_products": "addbmm addr ger vdot",
    "tensors.quantiles": """
        corrcoef cov cummax cummin kthvalue msort nanquantile quantile unique_consecutive""",
    "tensors.special_functions": """
        copysign copysign_ digamma digamma_ erfc erfc_ erfinv erfinv_ float_power  frexp i0 i0_ ldexp
        lgamma lgamma_ logaddexp logaddexp2 logcumsumexp logit logit_ mvlgamma nanmedian nextafter
        nextafter_ polygamma sgn sgn_ sinc sinc_""",
    "tensors.torch_linalg": """
        cholesky cholesky_inverse cholesky_solve logdet matrix_exp pinverse qr slogdet svd triangular_solve""",
}
CONVERSIONS = {
    "float": (dtypes.float32, "As float32."),
    "double": (dtypes.float64, "As float64."),
    "half": (dtypes.float16, "As float16."),
    "short": (dtypes.int16, "As int16, rounded towards zero."),
    "char": (dtypes.int8, "As int8, rounded towards zero."),
    "int": (dtypes.int32, "As int32, rounded towards zero."),
    "long": (dtypes.int64, "As int64, rounded towards zero."),
    "byte": (dtypes.uint8, "As uint8, rounded towards zero."),
    "bool": (dtypes.bool, "As bool: whether each element is not 0."),
}


def methods() -> Iterator[tuple[str, Any]]:
    """The name and the function of every method that a table above lists."""
    for module, names in METHODS.items():
        for name in names.split():
            yield name, method_of(getattr(module, name))
    for name in "is_sparse is_quantized is_meta is_mps".split():
        yield name, property(alike.never)
    yield "repeat_interleave", method_of(arranging.repeated)
    for name in "det inverse matrix_power".split():
        yield name, method_of(getattr(linalg, f"torch_{name}"))
    yield "split", method_of(joining.split_views)  # the function's parameters have other names
    for module, names in IN_PLACE.items():
        for name in names.split():
            yield f"{name}_", in_place(getattr(module, name))
    for name in "hypot bitwise_and bitwise_or bitwise_xor".split():
        yield f"{name}_", in_place_shapes_first(getattr(more_functions, name))
    yield "fmod_", in_place_shapes_first(functions.fmod)
    yield "remainder_", in_place_shapes_first(functions.remainder)
    yield "floor_divide_", in_place_shapes_first(functions.floor_divide_)
    for name, (kind, doc) in CONVERSIONS.items():
        yield name, _conversion(name, kind, doc)
    for file, names in LATER.items():
        for name in names.split():
            yield name, Later(file, name)


class Later:
    """A method until its first use: then its file is imported, and the method itself takes its place."""

    def __init__(self, file: str, name: str) -> None:
        self.file, self.name = file, name

    def __get__(self, tensor: Any, owner: Any) -> Any:
        function = getattr(importlib.import_module(f"minigrad.{self.file}"), self.name.removesuffix("_"))
        change_it = in_place_shapes_first if self.name in SHAPES_FIRST else in_place
        method = change_it(function) if self.name.endswith("_") else method_of(function)
        home = next(each for each in owner.__mro__ if vars(each).get(self.name) is self)
        setattr(home, self.name, method)
        return method if tensor is None else method.__get__(tensor)


def method_of(function: Callable[P, R]) -> Callable[P, R]:
    """A function as a method: a tensor_function has a form whose errors count the arguments after self."""
    return function.method() if hasattr(function, "method") else function


def _conversion(name: str, kind: dtypes.dtype, doc: str) -> Any:
    def method(self: Any) -> Tensor:
        return self.to(kind)

    return named(method, name, doc)


def in_place(function: Any) -> Any:
    """The method that computes a function and writes the result into the tensor's own memory."""
    with_name = function.method(f"{function.__name__}_") if hasattr(function, "method") else function

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return change(self, with_name, *args, **kwargs)

    return named(method, f"{function.__name__.rstrip('_')}_", f"In place: {function.__doc__}")


def in_place_shapes_first(function: Any) -> Any:
    """The same for a function that refuses some types: torch checks the shapes before the types."""
    changed = in_place(function)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_change(self)
        shapes = [self.array.shape, *(arg.array.shape for arg in args if isinstance(arg, TensorBase))]
        check_broadcast(shapes)
        check_shape(self.array, np.broadcast_shapes(*shapes))
        return changed(self, *args, **kwargs)

    return named(method, changed.__name__, changed.__doc__)


def operator(op: Callable[..., Any], arrays: bool = False) -> Binary:
    """A binary operator. It returns NotImplemented for an operand of another type.

    An array is such an operand, except for ==. Python then asks NumPy, which makes a product of arrays of
    `tensor * array`.
    """

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, TensorBase) or type(other) in dtypes.NUMBERS:
            return op(self, other)
        known = isinstance(other, np.generic) or (arrays and devices.is_array(other))
        return op(self, plain(other)) if known else NotImplemented

    method.__doc__ = op.__doc__
    return method


def right_operator(on_tensors: Callable[..., Any], with_number: Callable[..., Any]) -> Binary:
    """The operator with self on its right: other ∘ self. A number needs an op of its own."""
    return operator(
        lambda x, other: on_tensors(other, x) if isinstance(other, TensorBase) else with_number(x, other)
    )


def assignment(function: Callable[..., Any]) -> InPlace:
    """An operator such as +=."""
    made: Any = operator(in_place(function))
    return made


def bitwise(function: Callable[..., Any]) -> Binary:
    """An operator on the bits of integers and bools, such as &."""

    def op(x: Any, y: Any) -> Any:
        values = [x.array, unwrap(y)]
        check_broadcast([np.shape(value) for value in values])
        functions.refuse(f"{function.__name__}_cpu", "f", np.empty((), dtypes.common_type(values)))
        return wrap(devices.as_array(function(*dtypes.promote(values, "common"))))

    return operator(op)
