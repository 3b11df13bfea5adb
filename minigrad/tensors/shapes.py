"""Tensors in other shapes: views where the memory allows it, and tensors joined.   torch: aten/.../TensorShape.cpp

Like functions.py, of functions that are Tensor's methods too. What only looks at the same memory in another
way is a view: a change in place of one is seen by the other (inplace.py).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase
from minigrad.autograd.misuse import check_broadcast
from minigrad.autograd.saved import Key
from minigrad.tensors.arguments import (
    Dims,
    Number,
    Tensor,
    check_int,
    check_negative,
    dims_of,
    one_dim,
    overloaded,
    sizes,
    some_dims,
    tensor_function,
    type_name,
)
from minigrad.tensors.inplace import view_of, views_of


def _inferred(input: Tensor, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with its -1, if any, worked out."""
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
    """Another shape of the same memory; one size may be -1. RuntimeError where a copy would be needed."""
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
    """Another shape: a view if the memory allows it, else a copy."""
    size = _inferred(input, sizes("reshape", given, shape, "shape"))
    try:
        return view_of(input, ops.view if input.array.flags.c_contiguous else _reshape_alias, size)
    except ValueError:
        return ops.reshape_copy(input, size)


@tensor_function
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim as one."""
    start, end = one_dim(start_dim, input.ndim), one_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = input.array.shape
    if input.ndim and start == end:
        return input
    return reshape(input, *shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


@tensor_function
def ravel(input: Tensor) -> Tensor:
    """All dimensions as one; a copy unless the elements lie row after row."""
    return view(contiguous(input), -1)


@tensor_function
def t(input: Tensor) -> Tensor:
    """A matrix transposed; a vector as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return view_of(input, ops.t, tuple(reversed(range(input.ndim))))


@tensor_function
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions exchanged."""
    dims = list(range(input.ndim))
    a, b = one_dim(dim0, input.ndim), one_dim(dim1, input.ndim)
    if dims:
        dims[a], dims[b] = dims[b], dims[a]
    return view_of(input, ops.transpose, tuple(dims))


@tensor_function
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dimensions exchanged: NumPy's name for transpose."""
    return transpose(input, axis0, axis1)


@tensor_function
def permute(input: Tensor, *order_: Any, dims: Any = None) -> Tensor:
    """The dimensions in this order."""
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
    """Dimensions moved to other places; the rest keep their order."""
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
    """A dimension of size 1 more, at dim."""
    return view_of(input, ops.unsqueeze, one_dim(dim, input.ndim + 1))


@overloaded((0, 0), (1, 1), (1, 1))
def squeeze(input: Tensor, *dims_: int, dim: Dims | None = None) -> Tensor:
    """Without the dimensions of size 1, or without those in dim that have size 1."""
    dim = dims_of("squeeze", dims_, dim)
    asked = () if dim == () else some_dims(dim, input.ndim)
    dims = tuple(d for d in asked if input.array.shape[d] == 1)
    number = 0 if dim is None else 2 if isinstance(dim, (tuple, list)) else 1
    return view_of(input, ops.squeeze.named(f"SqueezeBackward{number}"), dims)


@tensor_function
def expand(input: Tensor, *given: Any, size: Any = None) -> Tensor:
    """Dimensions of size 1 repeated, without a copy; -1 leaves a size as it is."""
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
    """Expanded to the other's shape."""
    return expand(input, other.array.shape)


@tensor_function
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """In the other's shape."""
    return reshape(input, other.array.shape)


@tensor_function
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """A view of the other's shape."""
    return view(input, other.array.shape)


@tensor_function
def repeat(input: Tensor, *given: Any, repeats: Any = None) -> Tensor:
    """Copies side by side, so many along every dimension."""
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
    """Itself if the elements lie row after row, else a copy of which that is true."""
    if input.array.flags.c_contiguous:
        return input
    return ops.contiguous(input)


def _tensors(tensors: Sequence[Tensor], name: str) -> list[Tensor]:
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(tensors)}\n"
            f"{name}([x, y]), with brackets."
        )
    parts = list(tensors)
    if not parts:
        if name != "cat":
            raise RuntimeError(f"{name} expects a non-empty TensorList")
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, part in enumerate(parts):
        if not isinstance(part, TensorBase):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(part).__name__}")
    return parts


def _alike(parts: list[Tensor]) -> list[Tensor]:
    """The tensors in their common type."""
    if all(part.array.dtype is parts[0].array.dtype for part in parts):
        return parts
    common = dtypes.dtype_of(dtypes.common_type([part.array for part in parts]))
    return [part.to(common) for part in parts]


def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """The tensors one after the other along dim (or axis); in their other dimensions they are alike."""
    parts, dim = _alike(_tensors(tensors, "cat")), dim if axis is None else axis
    check_int("cat", "dim", 2, dim)
    scalar = next((i for i, part in enumerate(parts) if part.ndim == 0), None)
    if scalar is not None:
        raise RuntimeError(
            f"zero-dimensional tensor (at position {scalar}) cannot be concatenated\nUse stack."
        )
    vectors, parts = parts, [part for part in parts if part.array.shape != (0,)]
    if not parts:  # empty vectors alone: what torch passes over, and then it does not look at dim
        parts, dim = vectors, 0
    axis = one_dim(dim, parts[0].ndim)
    for i, part in enumerate(parts):
        if part.ndim != parts[0].ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {parts[0].ndim} and {part.ndim}"
            )
        for d, (a, b) in enumerate(zip(parts[0].array.shape, part.array.shape, strict=True)):
            if d != axis and a != b:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {a} but got size {b} for "
                    f"tensor number {i} in the list."
                )
    lengths = [part.array.shape[axis] for part in parts]
    if len(parts) == len(vectors):
        return ops.cat(axis, lengths, *parts)
    return _cat_passing(vectors, axis, parts[0])


def _cat_passing(tensors: list[Tensor], axis: int, like: Tensor) -> Tensor:
    """cat of what fits and of empty vectors, which stand there as empty parts of the same dimensions."""
    shape = tuple(0 if d == axis else n for d, n in enumerate(like.array.shape))
    nothing = ops.view.named("CatBackward0")
    parts = [
        part if part.ndim == len(shape) and part.array.shape != (0,) else nothing(part, shape)
        for part in tensors
    ]
    return ops.cat(axis, [part.array.shape[axis] for part in parts], *parts)


def stack(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors of one shape along a new dimension dim (or axis)."""
    parts, dim = _tensors(tensors, "stack"), dim if axis is None else axis
    for i, part in enumerate(parts):
        if part.array.shape != parts[0].array.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(parts[0].shape)} at entry 0 and "
                f"{list(part.shape)} at entry {i}"
            )
    return ops.stack(one_dim(dim, parts[0].ndim + 1), *_alike(parts))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Vectors one after the other; what has more dimensions along the second."""
    parts = [part.reshape(1) if part.ndim == 0 else part for part in _tensors(tensors, "hstack")]
    return cat(parts, min(1, parts[0].ndim - 1))


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Vectors as rows of a matrix; what has more dimensions along the first."""
    return cat([part if part.ndim > 1 else part.reshape(1, -1) for part in _tensors(tensors, "vstack")])


# -- parts --------------------------------------------------------------------------------------------------

_split, _split_with_sizes = ops.cut.named("SplitBackward0"), ops.cut.named("SplitWithSizesBackward0")
_unbind = ops.cut.named("UnbindBackward0")


@tensor_function
def split_views(input: Tensor, split_size: Dims, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of split_size elements each along dim, the last perhaps shorter; or of these sizes."""
    _check_has_dims("split_with_sizes" if isinstance(split_size, (tuple, list)) else "split", input)
    axis = one_dim(dim, input.ndim)
    n = input.array.shape[axis]
    if isinstance(split_size, (tuple, list)):
        if min(split_size, default=0) < 0:
            raise RuntimeError(
                "split_with_sizes expects split_sizes have only non-negative entries, but got "
                f"split_sizes={list(split_size)}"
            )
        ends = list(itertools.accumulate(split_size))
        if ends[-1:] != [n]:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension "
                f"{axis}), but got split_sizes={list(split_size)}"
            )
    elif split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    elif split_size == 0 < n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    elif n == 0:
        ends = [0]
    else:
        ends = [*range(split_size, n, split_size), n]
    before, op = (slice(None),) * axis, _split_with_sizes if isinstance(split_size, (tuple, list)) else _split
    return views_of(input, op, [(*before, slice(a, b)) for a, b in itertools.pairwise([0, *ends])])


def split(tensor: Tensor, split_size_or_sections: Dims, dim: int = 0) -> tuple[Tensor, ...]:
    """Tensor.split by torch's other names."""
    return split_views(tensor, split_size_or_sections, dim)


@tensor_function
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of at most so many equal parts along dim, the last perhaps shorter."""
    _check_has_dims("chunk", input)
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input.array.shape[one_dim(dim, input.ndim)]
    return split_views(input, -(-n // chunks) if n else [0] * chunks, dim)


def _check_has_dims(name: str, input: Tensor) -> None:
    if input.ndim == 0:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")


@tensor_function
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of what lies at every index of dim."""
    axis = one_dim(dim, input.ndim)
    if input.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    before = (slice(None),) * axis
    return views_of(input, _unbind, [(*before, i, ...) for i in range(input.array.shape[axis])])


@tensor_function
def flip(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """A copy in reverse order along these dimensions."""
    order = sizes("flip", given, dims, "dims")
    return ops.flip(input, some_dims(order, input.ndim) if order else ())


@tensor_function
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """A matrix, or matrices, with 0 above the diagonal."""
    return ops.tril(_matrix("tril", input), diagonal)


@tensor_function
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """A matrix, or matrices, with 0 below the diagonal."""
    return ops.triu(_matrix("triu", input), diagonal)


def _matrix(name: str, input: Tensor) -> Tensor:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return input


# -- picked elements ----------------------------------------------------------------------------------------

_index_select = ops.index.named("IndexSelectBackward0")


def _positions(name: str, index: Tensor, axis: int, size: int) -> Any:
    """An index as an array, every element of it within the size."""
    array = index.array
    if array.size and array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index\nConvert with .long() first.")
    if array.size and (array.min() < 0 or array.max() >= size):
        if name == "index_select":
            raise IndexError(
                "index out of range in self\nAn index is from 0 to the size of the dimension, without it."
            )
        worst = int(array.min() if array.min() < 0 else array.max())
        raise RuntimeError(f"index {worst} is out of bounds for dimension {axis} with size {size}")
    return array.astype(np.int64)


@tensor_function
def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """z[i, j] = input[i, index[i, j]] for dim 1, and so for every dim; z has the index's shape."""
    axis = one_dim(dim, input.ndim)
    if index.array.size == 0:  # of any number of dimensions, and of any type
        nothing = np.zeros(index.array.shape, np.int64, like=input.array)
        return ops.gather(
            input.reshape(1) if input.ndim == 0 else input, Key([nothing] * max(input.ndim, 1), [index])
        )
    if index.ndim != input.ndim and max(index.ndim, input.ndim) > 1:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    pairs = enumerate(zip(index.array.shape, input.array.shape, strict=False))
    wrong = [d for d, (n, m) in pairs if n > m and d != axis]
    if wrong:
        raise RuntimeError(
            f"Size does not match at dimension {wrong[0]} expected index {list(index.shape)} to be no larger than self "
            f"{list(input.shape)} apart from dimension {axis}"
        )
    if input.ndim == 0:
        input = input.reshape(1)
    where = _positions("gather", index, axis, input.array.shape[axis])
    return ops.gather(input, Key(ops.along(where, axis), [index]))


@tensor_function
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """What lies at these indices of dim."""
    axis = one_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if input.ndim == 0:
        if index.array.size != 1:
            raise RuntimeError(
                f"index_select(): Index to scalar can have only 1 value, got {index.array.size} value(s)"
            )
        _positions("index_select", index, 0, 1)
        return ops.clone.named("IndexSelectBackward0")(input)
    where = _positions("index_select", index, axis, input.array.shape[axis]).reshape(-1)
    return _index_select(input, Key((slice(None),) * axis + (where,), [index]))


@overloaded((2, 2), (2, 2))
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """value where the mask holds, else input; they broadcast."""
    if isinstance(value, TensorBase) and value.array.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.array.ndim} dimension(s).\nwhere() takes any."
        )
    if mask.array.dtype != bool:
        got = dtypes.C_NAMES[mask.dtype]
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {got}{_MASK}")
    check_broadcast([mask.array.shape, input.array.shape])
    if isinstance(value, TensorBase):
        return ops.masked_fill.named("MaskedFillBackward1")(input, mask, value)
    kind = input.array.dtype
    dtypes.check_fits(value, kind)
    number = value if kind.kind == "f" else dtypes.wrapped(value, kind).item()
    return ops.masked_fill(input, mask, number)


@tensor_function
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, one after the other."""
    if mask.array.dtype != bool:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask{_MASK}")
    check_broadcast([mask.array.shape, input.array.shape])
    return ops.masked_select(input, mask)


_MASK = "\nMake one by a comparison, or with .bool()."

# torch's other names for the same
concat = concatenate = cat
swapdims = transpose
moveaxis = movedim
