"""Parts of tensors, and tensors arranged anew: narrow, diagonal, unfold, roll, meshgrid.   torch: TensorShape.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays.device import CPU, move, on_device_of
from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.base import TensorBase, tensor_of, wrap
from minigrad.autograd.op import differentiable
from minigrad.more_ops import places
from minigrad.tensors import joining
from minigrad.tensors.arguments import (
    Dims,
    Number,
    Tensor,
    combination,
    is_int,
    named,
    one_dim,
    sizes,
    some_dims,
    tensor_function,
    type_name,
)
from minigrad.tensors.functions import refuse
from minigrad.tensors.inplace import change, check_change, view_of
from minigrad.tensors.shapes import expand, flip, repeat, squeeze, swapaxes, t, transpose, unsqueeze, view
from minigrad.tensors.size import Size

_select, _slice = ops.cut.named("SelectBackward0"), ops.cut


# -- parts, which are views ---------------------------------------------------------------------------------


@tensor_function
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """The view input[start : start + length] along dim."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    axis = one_dim(dim, input.ndim)
    n, first = input.array.shape[axis], _start(start)
    if not -n <= first <= n:
        raise IndexError(f"start out of range (expected to be in range of [-{n}, {n}], but got {first})")
    first += n if first < 0 else 0
    if first + length > n:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({n}).")
    return view_of(input, _slice, (slice(None),) * axis + (slice(first, first + length),))


def _start(start: Any) -> int:
    if isinstance(start, TensorBase) and (start.array.ndim or start.array.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    if not is_int(start):
        raise TypeError(f"narrow(): argument 'start' (position 2) must be int, not {type_name(start)}")
    return int(start)


@tensor_function
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The view input[index] along dim."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis, shape = one_dim(dim, input.ndim), input.array.shape
    if not -shape[axis] <= index < shape[axis]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {axis}"
        )
    return view_of(input, _select, (slice(None),) * axis + (int(index), ...))


@tensor_function
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The view of the elements [i, i + offset] along two dims. It is the last dim of the result."""
    a, b = one_dim(dim1, input.ndim), one_dim(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return view_of(input, places.diagonal, offset, a, b)


@tensor_function
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A copy of the diagonal of a matrix, or the matrix that has this diagonal and is 0 elsewhere."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    if input.ndim == 1:
        return places.diag_embed(input, diagonal, 0, 1)
    z: Tensor = places.diagonal.named("DiagonalBackward0_copy")(input, diagonal, 0, 1)
    z.array = z.array.copy()
    return z


@tensor_function
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices that have the last dim of the input as their diagonals, and are 0 elsewhere."""
    a, b = one_dim(dim1, input.ndim + 1), one_dim(dim2, input.ndim + 1)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return places.diag_embed(input, offset, a, b)


@tensor_function
def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    refuse("trace", "b", input)
    return diagonal(input).sum()


@tensor_function
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """The view of all windows of this size along a dim, step elements from one to the next.

    A last dim is added, which runs in the window.
    """
    axis = one_dim(dimension, input.ndim)
    n = input.array.shape[axis] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if input.ndim == 0:
        return view(input, size) if size else view(input, 1)[:0]
    return view_of(input, places.unfold, axis, size, step)


@tensor_function
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """A view in which a dim is split into several of these sizes. One may be -1: it is inferred."""
    axis = one_dim(dim, input.ndim)
    wanted = list(sizes)
    if not wanted:
        raise RuntimeError("unflatten: sizes must be non-empty")
    shape = input.array.shape
    rest = int(np.prod([n for n in wanted if n != -1]))
    inferred = [shape[axis] // rest if n == -1 and rest else n for n in wanted]
    if int(np.prod(inferred)) != shape[axis]:
        raise RuntimeError(
            f"unflatten: Provided sizes {wanted} don't multiply up to the size of dim {axis} ({shape[axis]}) in the "
            "input tensor"
        )
    return view(input, *shape[:axis], *inferred, *shape[axis + 1 :])


# -- repeated and moved -------------------------------------------------------------------------------------


@tensor_function
def roll(input: Tensor, shifts: Dims, dims: Dims = ()) -> Tensor:
    """The input moved on by shifts along dims; what falls off at the end comes in at the beginning.

    Without dims the flattened input is moved, and gets its shape back.
    """
    by = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    along = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if not by:
        raise RuntimeError("`shifts` required")
    if len(by) != len(along) and not (len(by) == 1 and not along):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(by)}, dims:{len(along)}")
    if along and input.ndim == 0:
        raise IndexError(f"Dimension specified as {along[0]} but tensor has no dimensions")
    return places.roll(input, by, tuple(one_dim(d, input.ndim) for d in along) or None)


def repeat_interleave(
    input: Any = None,
    repeats: Any = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Every element along dim repeated, one after the other: as often as a number says, or a tensor with one for each.

    Without dim the input is flattened. repeat_interleave(repeats) is the indices that this takes.
    """
    if input is not None and repeats is not None:
        return repeated(input, repeats, dim, output_size=output_size)
    given = repeats if input is None else input
    if not isinstance(given, TensorBase):
        raise TypeError(
            f"{combination('repeat_interleave', (), {})}\nrepeat_interleave(input, repeats, dim)."
        )
    counts = _counts(wrap(given.array))
    return wrap(np.repeat(np.arange(len(counts)), counts))


def _repeated(
    input: Tensor, repeats: Tensor | Number, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    axis = 0 if dim is None else one_dim(dim, input.ndim)
    x = input.reshape(-1) if dim is None else input
    if not isinstance(repeats, TensorBase) or repeats.array.size == 1 != x.array.shape[axis]:
        times = _counts(wrap(repeats.array.reshape(1)))[0] if isinstance(repeats, TensorBase) else repeats
        if times < 0:
            raise RuntimeError("Repeats must be non-negative")
        x = x.reshape(1) if x.ndim == 0 else x
        wide = unsqueeze(x, axis + 1)
        shape = (*x.array.shape[: axis + 1], int(times), *x.array.shape[axis + 1 :])
        return expand(wide, shape).clone().contiguous().flatten(axis, axis + 1)
    if repeats.array.size != x.array.shape[axis]:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats.array.size} and input.size({axis}) = {x.array.shape[axis]}"
        )
    return x.index_select(
        axis,
        wrap(on_device_of(np.repeat(np.arange(x.array.shape[axis]), _counts(wrap(repeats.array))), x.array)),
    )


repeated = tensor_function(named(_repeated, "repeat_interleave", repeat_interleave.__doc__), (1, 2), (1, 2))


def _counts(repeats: Tensor) -> Any:
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.array.dtype not in (np.int64, np.int32):
        kind = repeats.dtype.scalar_name
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{kind}'\nConvert with .long() first."
        )
    if repeats.array.size and repeats.array.min() < 0:
        raise RuntimeError("repeats can not be negative")
    return move(repeats.array, CPU)


@tensor_function
def tile(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """repeat, with 1 for the dims that are left out in front."""
    times = sizes("tile", given, dims, "dims")
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


@tensor_function
def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


@tensor_function
def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


@tensor_function
def rot90(input: Tensor, k: int = 1, dims: Dims = (0, 1)) -> Tensor:
    """The plane of two dims turned k times by 90 degrees, from the first dim towards the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    for i, d in enumerate(dims):
        if not -input.ndim <= d < input.ndim:
            raise RuntimeError(f"Rotation dim{i} out of range, dim{i} = {d}")
    a, b = some_dims(dims, input.ndim)
    turns = k % 4
    if turns == 0:
        return ops.clone(input)
    if turns == 2:
        return flip(input, (a, b))
    return transpose(flip(input, b), a, b) if turns == 1 else flip(transpose(input, a, b), b)


@tensor_function
def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not 0, a row for each."""
    return wrap(np.argwhere(input.array))


# -- several tensors ----------------------------------------------------------------------------------------


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """For vectors of n, m ... elements, a tensor of shape (n, m, ...) for each: expanded along the dims of the others.

    With indexing="xy" the first two vectors exchange their dims, as in NumPy. torch warns where neither is said.
    """
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else list(tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for each in given:
        if not isinstance(each, TensorBase):
            raise TypeError(
                f"meshgrid(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(each)}"
            )
    vectors: list[Any] = given
    for each in vectors:
        if each.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {each}")
        if each.array.dtype != vectors[0].array.dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument. ",
            stacklevel=2,
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swapped = indexing == "xy" and len(vectors) > 1
    if swapped:
        vectors[:2] = vectors[1::-1]
    shape = [each.array.size for each in vectors]
    grids = [
        expand(view(each, *(n if d == i else 1 for d, n in enumerate(shape))), *shape)
        for i, each in enumerate(vectors)
    ]
    if swapped:
        grids[:2] = grids[1::-1]
    return tuple(grids)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors expanded to their common shape."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    shape = np.broadcast_shapes(*(each.array.shape for each in given))
    return tuple(expand(each, *shape) if each.array.shape != shape else each for each in given)


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape to which these shapes broadcast. RuntimeError if they do not."""
    tuples = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    common: list[int] = []
    for k, shape in enumerate(tuples):
        common = [1] * (len(shape) - len(common)) + common
        for i in range(-1, -1 - len(shape), -1):
            if shape[i] not in (1, common[i]) and common[i] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[i]} at {i}! Mismatching argument at index "
                    f"{k} had {shape}; but expected shape should be broadcastable to {common}"
                )
            common[i] = shape[i] if common[i] == 1 else common[i]
    return Size(common)


@tensor_function
def broadcast_to(input: Tensor, *given: Any, size: Any = None) -> Tensor:
    """The input expanded to a shape."""
    return expand(input, sizes("broadcast_to", given, size))


def _columns(x: Tensor) -> Tensor:
    return x.reshape(x.numel(), 1) if x.ndim <= 1 else x


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """hstack, in which vectors become columns of a matrix."""
    return joining.hstack([_columns(each) for each in joining.tensor_list(tensors, "column_stack")])


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """cat along the third dimension; vectors and matrices get it."""
    return joining.cat([_cube(each) for each in joining.tensor_list(tensors, "dstack")], 2)


def _of_each(name: str, wide: Any, doc: str) -> Any:
    """A function of one tensor, or of several, which are then returned as a tuple."""

    def function(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], TensorBase):
            return wide(tensors[0])
        given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
        return tuple(map(wide, given))

    return named(function, name, doc)


def _cube(x: Tensor) -> Tensor:
    return x.reshape(1, -1, 1) if x.ndim <= 1 else unsqueeze(x, -1) if x.ndim == 2 else x


atleast_1d = _of_each(
    "atleast_1d", lambda x: x.reshape(1) if x.ndim == 0 else x, "The tensor; a 0-d one as a vector."
)
atleast_2d = _of_each(
    "atleast_2d",
    lambda x: x.reshape(1, -1) if x.ndim <= 1 else x,
    "The tensor; with fewer dims as a matrix of one row.",
)
atleast_3d = _of_each(
    "atleast_3d", _cube, "The tensor; with fewer dims as one of three, a vector in the middle."
)


@tensor_function
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """So many parts along dim, as equal as can be, or the parts between these indices: views."""
    if input.ndim == 0:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    axis = one_dim(dim, input.ndim)
    n, given = input.array.shape[axis], indices_or_sections
    if isinstance(given, TensorBase):
        given = given.array.tolist()
    if isinstance(given, (tuple, list)):
        ends = [0, *given, n]
    else:
        if given <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {given}")
        small, more = divmod(n, given)
        ends = [0, *np.cumsum([small + (i < more) for i in range(given)]).tolist()]
    key = (slice(None),) * axis
    bounds = [slice(a, b) for a, b in itertools.pairwise(ends)]
    return tuple(view_of(input, _slice, (*key, each)) for each in bounds)


# -- in place -----------------------------------------------------------------------------------------------


def _reshaped(function: Any) -> Any:
    """The method that makes a tensor what a view function makes of it: its own shape changes, not its memory."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_change(self)
        if self.node is None or isinstance(self.node, AccumulateGrad):  # it has no history
            self.data = getattr(function, "in_place", function)(self.detach(), *args, **kwargs)
            self.version[0] += 1
            return self
        before = tensor_of(self.array, self.version, self.node)
        before.view_meta = self.view_meta
        z = getattr(function, "in_place", function)(before, *args, **kwargs)
        self.array, self.node, self.view_meta = z.array, z.node, z.view_meta
        self.version[0] += 1
        return self

    method.__name__ = method.__qualname__ = f"{function.__name__}_"
    method.__doc__ = f"In place: {function.__doc__}"
    return method


squeeze_, unsqueeze_, t_, transpose_ = map(_reshaped, (squeeze, unsqueeze, t, transpose))
swapaxes_, swapdims_ = _reshaped(swapaxes), transpose_


@differentiable("FillDiagonalBackward0", x=lambda dz, wrap: _fill_diagonal(dz, 0.0, wrap))
def _fill_diagonal(x: Any, value: float, wrap: bool) -> Any:
    """z = x but for z[i, i] = value        dx = dz, 0 there"""
    z = x.copy(order="C")
    np.fill_diagonal(z, value, wrap)
    return z


@tensor_function
def fill_diagonal_(input: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Set the diagonal to a value. With `wrap` the diagonal of a tall matrix begins again below."""
    if input.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if input.ndim > 2 and len(set(input.array.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    return change(input, _fill_diagonal, fill_value, wrap)
