"""Functions that write elements to places that an index names: scatter and its kin.   torch: TensorAdvancedIndexing.cpp

scatter has an index for every element, index_add and its kin one for every part of a tensor along a dim.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes, kernels
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.misuse import check_broadcast, no_derivative
from minigrad.autograd.op import differentiable
from minigrad.autograd.saved import Key
from minigrad.more_ops import places
from minigrad.tensors.arguments import Number, Tensor, combination, one_dim, overloaded, tensor_function
from minigrad.tensors.indexing import index_positions

_scatter = ops.index_put.named("ScatterBackward0")
_scatter_number = ops.index_put.named("ScatterBackward1")
_index_copy = ops.index_put.named("IndexCopyBackward0")
_index_fill, _index_fill_tensor = (ops.index_put.named(f"IndexFillBackward{i}") for i in (0, 1))
_index_add = places.scatter_add.named("IndexAddBackward0")


# -- an index for every element -----------------------------------------------------------------------------


@differentiable("NotImplemented", x=no_derivative("derivative for aten::scatter is not implemented"))
def _scatter_reduced(x: Any, key: Any, src: Any, function: Any) -> Any:
    """z = x but for z[key] = function(z[key], src), where an index repeats one after the other"""
    z = x.copy(order="C")
    function.at(z, tuple(key), src)
    return z


@overloaded((3, 3), (3, 3))
def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: float | None = None,
    reduce: str | None = None,
) -> Tensor:
    """The input, with src written to the places that gather reads: z[i, index[i, j]] = src[i, j] for dim 1.

    src is a tensor or a number. Where an index repeats, the last one counts; with reduce="add" or "multiply" all do,
    but without a gradient.
    """
    given = value if src is None else src
    if given is None:
        raise TypeError(
            f"{combination('scatter', (dim, index), {})}\nscatter(dim, index, src), or a number for src."
        )
    if reduce is not None and isinstance(src, TensorBase):
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future "
            "PyTorch release. scatter_add adds.",
            stacklevel=3,
        )
    if reduce is not None and reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    whole, key, values = _placed("scatter", input, dim, index, given)
    if key is None:
        return ops.clone(input)
    if reduce is not None:
        z = _scatter_reduced(whole, key, values, np.add if reduce == "add" else np.multiply)
    else:
        z = (_scatter if isinstance(given, TensorBase) else _scatter_number)(whole, key, values)
    return z if input.ndim else z.reshape(())


@tensor_function
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """The input, with src added at the places that gather reads: z[i, index[i, j]] += src[i, j] for dim 1."""
    whole, key, values = _placed("scatter_add", input, dim, index, src)
    z = ops.clone(input) if key is None else places.scatter_add(whole, key, values)
    return z if input.ndim or key is None else z.reshape(())


def _placed(name: str, input: Tensor, dim: int, index: Tensor, src: Any) -> tuple[Any, Key | None, Any]:
    """The input, the key for NumPy, and the part of src that is written; no key if the index is empty."""
    axis, tensor = one_dim(dim, input.ndim), isinstance(src, TensorBase)
    if tensor and src.array.dtype != input.array.dtype:
        raise RuntimeError(
            "scatter(): Expected self.dtype to be equal to src.dtype\nConvert one of them with .to(...)."
        )
    if index.array.size == 0:
        return input, None, src
    where = index_positions(name, index, axis, None)
    for each, word in ((input, "self"), (src, "src")) if tensor else ((input, "self"),):
        if max(each.ndim, 1) != max(index.ndim, 1):
            raise RuntimeError(f"Index tensor must have the same number of dimensions as {word} tensor")
    _check_sizes(input, index, axis, src if tensor else None)
    whole = input if input.ndim else input.reshape(1)
    index_positions(name, index, axis, whole.array.shape[axis])
    key = Key(kernels.along(np.atleast_1d(where), axis), [index])
    if not tensor:
        dtypes.check_fits(src, input.array.dtype)
        return whole, key, src
    if src.ndim == 0:
        src = src.reshape(1)
    if src.array.shape != key[axis].shape:
        src = src[tuple(slice(n) for n in key[axis].shape)]
    return whole, key, src


def _check_sizes(input: Tensor, index: Tensor, axis: int, src: Tensor | None) -> None:
    shapes = zip(index.array.shape, input.array.shape, strict=False)
    large = any(n > m and d != axis for d, (n, m) in enumerate(shapes))
    outside = src is not None and any(n > m for n, m in zip(index.array.shape, src.array.shape, strict=False))
    if large or outside:
        beside = "" if src is None else f" and to be no larger size than src {list(src.array.shape)}"
        raise RuntimeError(
            f"Expected index {list(index.array.shape)} to be no larger than self {list(input.array.shape)} apart from "
            f"dimension {axis}{beside}"
        )


# -- an index for every part --------------------------------------------------------------------------------


@overloaded((3, 3), (3, 3))
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """The input, with the parts of alpha·source added to its parts at these indices of dim."""
    axis = one_dim(dim, input.ndim)
    _check_parts("index_add_", input, axis, index, source)
    values = source if alpha == 1 else source * alpha
    where = index_positions("index_add_", index, axis, input.array.shape[axis] if input.ndim else 1)
    if input.ndim == 0:
        return input + values.reshape(())
    return _index_add(input, _parts(where, axis, index), values)


@tensor_function
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The input, with its parts at these indices of dim replaced by the parts of source."""
    axis = one_dim(dim, input.ndim)
    _check_parts("index_copy_", input, axis, index, source)
    size = input.array.shape[axis] if input.ndim else 1
    where = index_positions("index_copy_", index, axis, size, IndexError)
    if input.ndim == 0:
        return _index_copy(input.reshape(1), _parts(where, 0, index), source.reshape(1)).reshape(())
    return _index_copy(input, _parts(where, axis, index), source)


@overloaded((3, 3), (3, 3))
def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """The input, with its parts at these indices of dim set to the value, a number or a 0-d tensor."""
    axis = one_dim(dim, input.ndim)
    if isinstance(value, TensorBase) and value.array.ndim:
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.array.ndim} dimension(s)."
        )
    if not isinstance(value, TensorBase):
        dtypes.check_fits(value, input.array.dtype)
    if index.array.dtype not in (np.int64, np.int32):
        raise IndexError("index_fill_(): Expected dtype int64 for index.\nConvert with .long() first.")
    size = input.array.shape[axis] if input.ndim else 1
    where = index_positions("index_fill_", index, axis, size, IndexError, negative=True)
    where = np.unique(where)  # of an index that repeats, the value gets one gradient
    op = _index_fill_tensor if isinstance(value, TensorBase) else _index_fill
    if input.ndim == 0:
        return op(input.reshape(1), _parts(where, 0, index), value).reshape(())
    return op(input, _parts(where, axis, index), value)


def _parts(where: Any, axis: int, index: Tensor) -> Key:
    return Key((slice(None),) * axis + (where.reshape(-1),), [index])


def _check_parts(name: str, input: Tensor, axis: int, index: Tensor, source: Tensor) -> None:
    """Raise torch's errors for a source that does not fit."""
    if index.ndim > 1:
        kind = index.dtype.scalar_name
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got dim: {index.ndim} with type: {kind} and size: "
            f"{list(index.array.shape)}"
        )
    if name == "index_add_" and index.array.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype.scalar_name}\n"
            "Convert with .long() first."
        )
    if source.array.dtype != input.array.dtype:
        kinds = [each.dtype.scalar_name for each in (input, source)]
        raise RuntimeError(
            f"{name}(): self ({kinds[0]}) and source ({kinds[1]}) must have the same scalar type"
        )
    count = source.array.shape[axis] if source.ndim else 1
    if index.array.size != count:
        raise RuntimeError(
            f"{name}(): Number of indices ({index.array.size}) should be equal to source.size(dim): ({count}), for "
            f"dim: {axis}"
        )
    shapes = [list(each.array.shape) for each in (input, source)]
    if [n for d, n in enumerate(shapes[0]) if d != axis] != [n for d, n in enumerate(shapes[1]) if d != axis]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{shapes[0]} source.shape = {shapes[1]}"
        )


# -- reading by an index of the flattened tensor --------------------------------------------------------------


@tensor_function
def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at these positions of the flattened input, in the shape of index."""
    if index.array.dtype != np.int64:
        raise RuntimeError(
            f"take(): Expected a long tensor for index, but got {index.dtype.scalar_name}\nConvert with .long() first."
        )
    n = input.array.size
    if index.array.size and not (-n <= index.array.min() and index.array.max() < n):
        if n == 0:
            raise IndexError("take(): tried to take from an empty tensor")
        worst = int(index.array.min() if index.array.min() < -n else index.array.max())
        raise IndexError(f"out of range: tried to access index {worst} on a tensor of {n} elements.")
    return ops.index.named("TakeBackward0")(input.reshape(-1), Key((index.array,), [index]))


@tensor_function
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """gather, after input and indices have broadcast along the other dims; without dim, of the flattened input."""
    if indices.array.dtype != np.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.scalar_name}\n"
            "Convert with .long() first."
        )
    if dim is None:
        return input.reshape(-1).gather(0, indices.reshape(-1))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    axis = one_dim(dim, input.ndim)
    if (indices.array < 0).any():  # they count from the end
        indices = wrap(np.where(indices.array < 0, indices.array + input.array.shape[axis], indices.array))
    rest = [tuple(1 if d == axis else n for d, n in enumerate(each.array.shape)) for each in (input, indices)]
    check_broadcast(rest)
    shape = np.broadcast_shapes(*rest)
    wide = [
        each.expand(*(each.array.shape[d] if d == axis else n for d, n in enumerate(shape)))
        for each in (input, indices)
    ]
    return wide[0].gather(axis, wide[1])


@tensor_function
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The input, with the elements of source written one after the other where the mask is True."""
    if mask.array.dtype != bool:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype.scalar_name}"
        )
    if source.array.dtype != input.array.dtype:
        kinds = [each.dtype.scalar_name for each in (input, source)]
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got{kinds[0]} and {kinds[1]}"
        )
    check_broadcast([input.array.shape, mask.array.shape])
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    held = np.broadcast_to(mask.array, shape)
    count = int(held.sum())
    if source.array.size < count:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same number of elements: source has "
            f"{source.array.size}, and {count} are wanted"
        )
    whole = input.expand(shape) if input.array.shape != shape else input
    values = source.reshape(-1)[:count]
    z = ops.index_put.named("MaskedScatterBackward0")(
        whole.reshape(1) if not shape else whole, Key(np.atleast_1d(held).nonzero(), [mask]), values
    )
    return z if shape else z.reshape(())
