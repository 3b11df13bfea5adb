"""Tensors in other shapes: views if the memory allows it.   torch: aten/src/ATen/native/TensorShape.cpp

A view shows the same memory in another shape: a change in place of one is seen in the other (inplace.py).
"""

from __future__ import annotations

import math
from typing import Any

from minigrad import ops
from minigrad.tensors.arguments import (
    Dims,
    Tensor,
    check_negative,
    dims_of,
    one_dim,
    overloaded,
    sizes,
    some_dims,
    tensor_function,
)
from minigrad.tensors.inplace import view_of


def _inferred(input: Tensor, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape, with the size that -1 stands for."""
    if math.prod(shape) == input.array.size and min(shape, default=0) >= 0:
        return shape
    for i, n in enumerate(shape):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(shape)}")
    rest = math.prod(n for n in shape if n != -1)
    size = tuple(input.array.size // rest if n == -1 and rest else n for n in shape)
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in shape and rest == 0 == input.array.size:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
            "can be any value and is ambiguous"
        )
    if math.prod(size) != input.array.size or min(size, default=0) < 0:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {input.array.size}")
    return size


@tensor_function
def view(input: Tensor, *shape: Any, size: Any = None) -> Tensor:
    """A view in another shape. One size may be -1: it is inferred. RuntimeError if a copy would be needed."""
    try:
        return view_of(input, ops.view, _inferred(input, sizes("view", shape, size)))
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        ) from None


_reshape_alias = ops.view.named("ReshapeAliasBackward0")


@tensor_function
def reshape(input: Tensor, *given: Any, shape: Any = None) -> Tensor:
    """The elements in another shape: a view if the memory allows it, else a copy."""
    size = _inferred(input, sizes("reshape", given, shape, "shape"))
    try:
        return view_of(input, ops.view if input.array.flags.c_contiguous else _reshape_alias, size)
    except ValueError:
        return ops.reshape_copy(input, size)


@tensor_function
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim merged into one."""
    start, end = one_dim(start_dim, input.ndim), one_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = input.array.shape
    if input.ndim and start == end:
        return input
    return reshape(input, *shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


@tensor_function
def ravel(input: Tensor) -> Tensor:
    """All dimensions merged into one. A copy, unless the tensor is contiguous."""
    return view(contiguous(input), -1)


@tensor_function
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix. A vector or a number stays as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return view_of(input, ops.t, tuple(reversed(range(input.ndim))))


@tensor_function
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions exchanged."""
    dims = list(range(input.ndim))
    a, b = one_dim(dim0, input.ndim), one_dim(dim1, input.ndim)
    if dims:
        dims[a], dims[b] = dims[b], dims[a]
    return view_of(input, ops.transpose, tuple(dims))


@tensor_function
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """transpose, by NumPy's name."""
    return transpose(input, axis0, axis1)


@tensor_function
def permute(input: Tensor, *order_: Any, dims: Any = None) -> Tensor:
    """A view with the dimensions in this order."""
    order = sizes("permute", order_, dims, "dims")
    if len(order) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple(one_dim(d, input.ndim) for d in order)
    if len(set(order)) < len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return view_of(input, ops.permute, order)


@tensor_function
def movedim(input: Tensor, source: Dims, destination: Dims) -> Tensor:
    """A view with dimensions moved to other positions. The other dimensions keep their order."""
    given = [list(dims) if isinstance(dims, (tuple, list)) else [dims] for dims in (source, destination)]
    if len(given[0]) != len(given[1]):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({given[0]} dims) should contain the same number of "
            f"dims as destination ({given[1]} dims)"
        )
    sources, places = ([one_dim(d, input.ndim) for d in dims] for dims in given)
    for name, dims in (("source", sources), ("destination", places)):
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({given[name == 'destination']})")
    if input.ndim == 0:
        return view_of(input, ops.view.named("AliasBackward0"), ())
    order = [d for d in range(input.ndim) if d not in sources]
    for place, d in sorted(zip(places, sources, strict=True)):
        order.insert(place, d)
    return permute(input, order)


@tensor_function
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with one more dimension, of size 1, at dim."""
    return view_of(input, ops.unsqueeze, one_dim(dim, input.ndim + 1))


@overloaded((0, 0), (1, 1), (1, 1))
def squeeze(input: Tensor, *dims_: int, dim: Dims | None = None) -> Tensor:
    """A view without the dimensions of size 1, or only without those in dim that have size 1."""
    dim = dims_of("squeeze", dims_, dim)
    asked = () if dim == () else some_dims(dim, input.ndim)
    dims = tuple(d for d in asked if input.array.shape[d] == 1)
    number = 0 if dim is None else 2 if isinstance(dim, (tuple, list)) else 1
    return view_of(input, ops.squeeze.named(f"SqueezeBackward{number}"), dims)


@tensor_function
def expand(input: Tensor, *given: Any, size: Any = None) -> Tensor:
    """A view in which dimensions of size 1 are repeated. -1 leaves a size as it is."""
    wanted, shape = sizes("expand", given, size), input.array.shape
    if len(wanted) < len(shape):
        name = "CPUBoolType" if input.array.dtype == bool else f"torch.{input.dtype.scalar_name}Tensor"
        raise RuntimeError(
            f"expand({name}{{{list(shape)}}}, size={list(wanted)}): the number of sizes "
            f"provided ({len(wanted)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(shape)})"
        )
    lead = len(wanted) - len(shape)
    final = tuple(shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(wanted))
    for i, n in reversed(list(enumerate(shape))):
        if n not in (1, final[lead + i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({final[lead + i]}) must match the existing size ({n}) at "
                f"non-singleton dimension {lead + i}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(shape)}"
            )
    if any(n < 0 for n in wanted[:lead]):
        i = next(i for i, n in enumerate(wanted) if n < 0)
        raise RuntimeError(
            f"The expanded size of the tensor ({wanted[i]}) isn't allowed in a leading, non-existing dimension {i}"
        )
    return view_of(input, ops.expand, final)


@tensor_function
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """The input expanded to the shape of other."""
    return expand(input, other.array.shape)


@tensor_function
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """The input in the shape of other."""
    return reshape(input, other.array.shape)


@tensor_function
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """A view of the input in the shape of other."""
    return view(input, other.array.shape)


@tensor_function
def repeat(input: Tensor, *given: Any, repeats: Any = None) -> Tensor:
    """The tensor repeated this many times along each dimension: a copy."""
    times = sizes("repeat", given, repeats, "repeats")
    if len(times) < input.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor\n"
            f"The tensor has {input.ndim}, and {len(times)} were given."
        )
    shape = (1,) * (len(times) - input.ndim) + input.array.shape
    check_negative(tuple(n * m for n, m in zip(times, shape, strict=True)))
    return ops.repeat(input, times)


@tensor_function
def contiguous(input: Tensor) -> Tensor:
    """The tensor itself if its elements lie in memory row after row, else a copy for which that holds."""
    if input.array.flags.c_contiguous:
        return input
    return ops.contiguous(input)


@tensor_function
def flip(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """A copy with the order of the elements reversed along these dimensions."""
    order = sizes("flip", given, dims, "dims")
    return ops.flip(input, some_dims(order, input.ndim) if order else ())


@tensor_function
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """A copy of a matrix, or of a batch of them, with 0 above the diagonal."""
    return ops.tril(_matrix("tril", input), diagonal)


@tensor_function
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """A copy of a matrix, or of a batch of them, with 0 below the diagonal."""
    return ops.triu(_matrix("triu", input), diagonal)


def _matrix(name: str, input: Tensor) -> Tensor:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return input


# torch's other names for the same
swapdims = transpose
moveaxis = movedim
