"""Tensors in other shapes: views where the memory allows it, and tensors joined.   torch: aten/.../TensorShape.cpp

Like functions.py, of functions that are Tensor's methods too. What only looks at the same memory in another
way is a view: a change in place of one is seen by the other (inplace.py).
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

from minigrad import dtypes, ops
from minigrad.autograd.engine import TensorBase
from minigrad.functions import one_dim, some_dims, tensor_function
from minigrad.inplace import view_of

Tensor = Any  # see functions.py


def unpack(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple(int(n) for n in sizes)


def _inferred(input: Tensor, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with its -1, if any, worked out."""
    rest = math.prod(n for n in shape if n != -1)
    size = tuple(input.array.size // rest if n == -1 and rest else n for n in shape)
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if math.prod(size) != input.array.size or builtins.min(size, default=0) < 0:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {input.array.size}")
    return size


@tensor_function
def view(input: Tensor, *shape: Any) -> Tensor:
    """Another shape of the same memory; one size may be -1. RuntimeError where a copy would be needed."""
    try:
        return view_of(input, ops.view, _inferred(input, unpack(shape)))
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        ) from None


@tensor_function
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """Another shape: a view if the memory allows it, else a copy."""
    size = _inferred(input, unpack(shape))
    try:
        return view_of(input, ops.view, size)
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
def permute(input: Tensor, *dims: Any) -> Tensor:
    """The dimensions in this order."""
    order = unpack(dims)
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
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A dimension of size 1 more, at dim."""
    return view_of(input, ops.unsqueeze, one_dim(dim, input.ndim + 1))


@tensor_function
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without the dimensions of size 1, or without those in dim that have size 1."""
    dims = tuple(d for d in some_dims(dim, input.ndim) if input.array.shape[d] == 1)
    number = 0 if dim is None else 2 if isinstance(dim, (tuple, list)) else 1
    return view_of(input, ops.squeeze.named(f"SqueezeBackward{number}"), dims)


@tensor_function
def expand(input: Tensor, *sizes: Any) -> Tensor:
    """Dimensions of size 1 repeated, without a copy; -1 leaves a size as it is."""
    wanted, shape = unpack(sizes), input.array.shape
    if len(wanted) < len(shape):
        raise RuntimeError(
            f"expand(torch.{input.dtype.scalar_name}Tensor{{{list(shape)}}}, size={list(wanted)}): the number of sizes "
            f"provided ({len(wanted)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(shape)})"
        )
    lead = len(wanted) - len(shape)
    size = tuple(shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(wanted))
    for i, n in enumerate(shape):
        if n not in (1, size[lead + i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({size[lead + i]}) must match the existing size ({n}) at "
                f"non-singleton dimension {lead + i}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(shape)}"
            )
    return view_of(input, ops.expand, size)


@tensor_function
def contiguous(input: Tensor) -> Tensor:
    """Itself if the elements lie row after row, else a copy of which that is true."""
    if input.array.flags.c_contiguous:
        return input
    return ops.contiguous(input)


def _tensors(tensors: Sequence[Tensor], name: str) -> list[Tensor]:
    parts = list(tensors)
    if not parts:
        if name == "stack":
            raise RuntimeError("stack expects a non-empty TensorList")
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, part in enumerate(parts):
        if not isinstance(part, TensorBase):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(part).__name__}")
    return parts


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors one after the other along dim; in their other dimensions they are alike."""
    parts = _tensors(tensors, "cat")
    if parts[0].ndim == 0:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated\nUse stack.")
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
    common = dtypes.of(dtypes.common_type([part.array for part in parts]))
    return ops.cat(axis, [part.array.shape[axis] for part in parts], *(part.to(common) for part in parts))


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape along a new dimension dim."""
    parts = _tensors(tensors, "stack")
    for i, part in enumerate(parts):
        if part.array.shape != parts[0].array.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(parts[0].shape)} at entry 0 and "
                f"{list(part.shape)} at entry {i}"
            )
    common = dtypes.of(dtypes.common_type([part.array for part in parts]))
    return ops.stack(one_dim(dim, parts[0].ndim + 1), *(part.to(common) for part in parts))
