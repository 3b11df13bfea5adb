"""Functions that join tensors, and that split one into views.   torch: aten/src/ATen/native/TensorShape.cpp"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase
from minigrad.tensors.arguments import (
    Dims,
    Tensor,
    check_int,
    one_dim,
    tensor_function,
    type_name,
)
from minigrad.tensors.inplace import views_of
from minigrad.tensors.out import into


def tensor_list(tensors: Sequence[Tensor], name: str) -> list[Tensor]:
    """The tensors as a list. Raises torch's errors for what is no sequence, or an empty one, or has other items."""
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
    """The tensors, converted to their common type."""
    if all(part.array.dtype is parts[0].array.dtype for part in parts):
        return parts
    common = dtypes.dtype_of(dtypes.common_type([part.array for part in parts]))
    return [part.to(common) for part in parts]


def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Any = None, axis: int | None = None) -> Tensor:
    """The tensors one after the other along dim (or axis). Their other sizes must be equal."""
    if out is not None:
        return into(out, "cat", tensors, lambda: cat(tensors, dim, axis=axis))
    parts, dim = _alike(tensor_list(tensors, "cat")), dim if axis is None else axis
    check_int("cat", "dim", 2, dim)
    scalar = next((i for i, part in enumerate(parts) if part.ndim == 0), None)
    if scalar is not None:
        raise RuntimeError(
            f"zero-dimensional tensor (at position {scalar}) cannot be concatenated\nUse stack."
        )
    vectors, parts = parts, [part for part in parts if part.array.shape != (0,)]
    if not parts:  # empty vectors only: torch ignores them, and then does not check dim
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
    return _cat_with_empty_vectors(vectors, axis, parts[0])


def _cat_with_empty_vectors(tensors: list[Tensor], axis: int, like: Tensor) -> Tensor:
    """cat where some tensors are empty vectors: they count as empty tensors with the dimensions of the others."""
    shape = tuple(0 if d == axis else n for d, n in enumerate(like.array.shape))
    nothing = ops.view.named("CatBackward0")
    parts = [
        part if part.ndim == len(shape) and part.array.shape != (0,) else nothing(part, shape)
        for part in tensors
    ]
    return ops.cat(axis, [part.array.shape[axis] for part in parts], *parts)


def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Any = None, axis: int | None = None) -> Tensor:
    """Tensors of equal shape, stacked along a new dimension dim (or axis)."""
    if out is not None:
        return into(out, "stack", tensors, lambda: stack(tensors, dim, axis=axis))
    parts, dim = tensor_list(tensors, "stack"), dim if axis is None else axis
    for i, part in enumerate(parts):
        if part.array.shape != parts[0].array.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(parts[0].shape)} at entry 0 and "
                f"{list(part.shape)} at entry {i}"
            )
    return ops.stack(one_dim(dim, parts[0].ndim + 1), *_alike(parts))


def hstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """cat along the second dimension; of vectors along their only one."""
    parts = [part.reshape(1) if part.ndim == 0 else part for part in tensor_list(tensors, "hstack")]
    return cat(parts, min(1, parts[0].ndim - 1), out=out)


def vstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """cat along the first dimension; vectors become rows of a matrix."""
    return cat(
        [part if part.ndim > 1 else part.reshape(1, -1) for part in tensor_list(tensors, "vstack")], out=out
    )


# torch's other names for the same
concat = concatenate = cat


# -- splitting ----------------------------------------------------------------------------------------------

_split, _split_with_sizes = ops.cut.named("SplitBackward0"), ops.cut.named("SplitWithSizesBackward0")
_unbind = ops.cut.named("UnbindBackward0")


@tensor_function
def split_views(input: Tensor, split_size: Dims, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of split_size elements along dim, of which the last may be shorter; or views of these sizes."""
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
    """Tensor.split as a function: torch gives its parameters other names."""
    return split_views(tensor, split_size_or_sections, dim)


@tensor_function
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of at most `chunks` equal parts along dim. The last may be shorter."""
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
    """The views input[0], input[1] ... along dim."""
    axis = one_dim(dim, input.ndim)
    if input.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    before = (slice(None),) * axis
    return views_of(input, _unbind, [(*before, i, ...) for i in range(input.array.shape[axis])])
