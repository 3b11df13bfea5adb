"""einsum, and products that are made of others.   torch: aten/src/ATen/native/Linear.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
import re
import warnings
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import TensorBase
from minigrad.autograd.misuse import check_broadcast
from minigrad.tensors.arguments import Tensor, named, one_dim, overloaded, tensor_function
from minigrad.tensors.arranging import diagonal, roll
from minigrad.tensors.functions import refuse
from minigrad.tensors.products import bmm, dot, matmul, mm, mv, same_dtype


def einsum(*args: Any) -> Tensor:
    """Sums of products, as an equation says: einsum("ij,jk->ik", x, y) is x @ y.

    A letter names a dimension of each operand. Elements at equal letters are multiplied, and letters that the output
    leaves out are summed over. Without "->" the output has the letters that occur once, in alphabetical order. "..." is
    any dims, which broadcast. Operands are taken two by two from the left, as products of matrices.
    """
    equation, operands = _parsed(args)
    left, arrow, output = equation.replace(" ", "").partition("->")
    subscripts = left.split(",")
    if len(subscripts) != len(operands):
        fewer = "fewer" if len(operands) < len(subscripts) else "more"
        raise RuntimeError(f"einsum(): {fewer} operands were provided than specified in the equation")
    for text in (*subscripts, output):
        _check_letters(equation, text)
    given = list(zip(subscripts, operands, strict=True))
    dots = max((x.ndim - len(text.replace("...", "")) for text, x in given if "..." in text), default=0)
    labels = [_labels(i, text, x, dots) for i, (text, x) in enumerate(given)]
    wanted = _output(arrow, output, labels, dots)
    _check_sizes(labels, operands)
    shapes = [dict(zip(ls, x.array.shape, strict=True)) for ls, x in zip(labels, operands, strict=True)]
    sizes = {a: n for shape in shapes for a, n in shape.items() if n != 1}
    parts = [_diagonals(x, ls) for x, ls in zip(operands, labels, strict=True)]
    x, own = parts[0]
    for i, (y, other) in enumerate(parts[1:], 1):
        later = {a for _, ls in parts[i + 1 :] for a in ls} | set(wanted)
        x, own = _contracted(x, own, y, other, later)
    summed = tuple(d for d, a in enumerate(own) if a not in wanted)
    if summed:
        x, own = x.sum(summed), [a for a in own if a in wanted]
    order = [own.index(a) for a in wanted if a in own]
    x = x if order == list(range(x.ndim)) else x.permute(order)
    shape = [sizes.get(a, 1) for a in wanted]
    return x.expand(shape) if list(x.array.shape) != shape else x


def _parsed(args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The equation and the operands. In the other form, operands take turns with lists of numbers for letters."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], TensorBase):
        letters = [[_letter(n) for n in each] for each in args[1::2]]
        texts = ["".join(each) for each in letters]
        lists = texts if len(args) % 2 == 0 else [*texts, "".join(_letter(n) for n in args[-1])]
        count = len(args) // 2
        arrow = f"->{lists[count]}" if len(args) % 2 else ""
        return ",".join(lists[:count]) + arrow, list(args[: 2 * count : 2])
    if not isinstance(args[0], str):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {full_name(args[0])}")
    operands = args[1] if len(args) == 2 and isinstance(args[1], (tuple, list)) else args[1:]
    for each in operands:
        if not isinstance(each, TensorBase):
            raise TypeError(f"einsum(): argument 'operands' must be tuple of Tensors, not {full_name(each)}")
    return args[0], list(operands)


def _letter(n: Any) -> str:
    if n is ...:
        return "..."
    if not 0 <= n < 52:
        raise RuntimeError(f"einsum(): subscripts in the list must be within the range [0, 52), but got {n}")
    return chr(ord("A") + n) if n < 26 else chr(ord("a") + n - 26)


def _check_letters(equation: str, text: str) -> None:
    wrong = re.search(r"[^a-zA-Z.]", text)
    if wrong:
        raise RuntimeError(
            f"einsum(): invalid subscript given at index {equation.index(wrong[0])} in the equation string, subscripts "
            "must be in [a-zA-Z]"
        )
    if "." in text.replace("...", "", 1):
        raise RuntimeError("einsum(): found '.' that is not part of any ellipsis\nWrite three dots, once.")


def _labels(i: int, text: str, x: Any, dots: int) -> list[Any]:
    """A label for each dimension: its letter, or for those of an ellipsis a number."""
    before, ellipsis, after = text.partition("...")
    rest = x.ndim - len(before) - len(after)
    if rest < 0 or (rest and not ellipsis):
        but = "" if ellipsis else " and no ellipsis was given"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(before) + len(after)}) "
            f"{'is more than the number' if ellipsis else 'does not match the number'} of dimensions ({x.ndim}) for "
            f"operand {i}{but}"
        )
    return [*before, *range(dots - rest, dots), *after]


def _output(arrow: str, output: str, labels: list[list[Any]], dots: int) -> list[Any]:
    given = [a for ls in labels for a in ls]
    if not arrow:
        letters = sorted({a for a in given if isinstance(a, str) and given.count(a) == 1})
        return [*range(dots), *letters]
    before, ellipsis, after = output.partition("...")
    for a in before + after:
        if (before + after).count(a) > 1:
            raise RuntimeError(f"einsum(): output subscript {a} appears more than once in the output")
        if a not in given:
            raise RuntimeError(
                f"einsum(): output subscript {a} does not appear in the equation for any input operand"
            )
    return [*before, *(range(dots) if ellipsis else ()), *after]


def _check_sizes(labels: list[list[Any]], operands: list[Any]) -> None:
    seen: dict[Any, int] = {}
    for i, (ls, x) in enumerate(zip(labels, operands, strict=True)):
        own: dict[Any, int] = {}
        for a, n in zip(ls, x.array.shape, strict=True):
            if own.setdefault(a, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {a} is repeated for operand {i} but the sizes don't match, {n} != {own[a]}"
                )
            if n != 1 and seen.setdefault(a, n) != n:
                name = "..." if isinstance(a, int) else a
                raise RuntimeError(
                    f"einsum(): subscript {name} has size {n} for operand {i} which does not broadcast with previously "
                    f"seen size {seen[a]}"
                )


def _diagonals(x: Any, labels: list[Any]) -> tuple[Any, list[Any]]:
    """The operand with one dimension for each label: the diagonal where a letter repeats."""
    own = list(labels)
    for a in labels:
        while own.count(a) > 1:
            i, j = [d for d, each in enumerate(own) if each == a][:2]
            x, own = diagonal(x, 0, i, j), [each for d, each in enumerate(own) if d not in (i, j)] + [a]
    return x, own


def _contracted(x: Any, own: list[Any], y: Any, other: list[Any], later: set[Any]) -> tuple[Any, list[Any]]:
    """The product of two operands, summed over the labels that come no more."""
    x, own = _without_alone(x, own, {*other, *later})
    y, other = _without_alone(y, other, {*own, *later})
    # A dimension of size 1 broadcasts: it is as if the operand had it not.
    x, own = _without_ones(x, own, y, other)
    y, other = _without_ones(y, other, x, own)
    batch = [a for a in own if a in other and a in later]
    summed = [a for a in own if a in other and a not in later]
    mine, theirs = [a for a in own if a not in other], [a for a in other if a not in own]
    if not summed:
        x = x.permute([own.index(a) for a in batch + mine])
        y = y.permute([other.index(a) for a in batch + theirs])
        x = x.reshape(*x.array.shape, *(1,) * len(theirs))
        y = y.reshape(*y.array.shape[: len(batch)], *(1,) * len(mine), *y.array.shape[len(batch) :])
        return x * y, batch + mine + theirs
    size = dict(zip([*own, *other], [*x.array.shape, *y.array.shape], strict=True))
    b, n, m, k = (math.prod(size[a] for a in group) for group in (batch, mine, summed, theirs))
    x = x.permute([own.index(a) for a in batch + mine + summed]).reshape(b, n, m)
    y = y.permute([other.index(a) for a in batch + summed + theirs]).reshape(b, m, k)
    same_dtype(x, y, "bmm")
    return bmm(x, y).view([size[a] for a in batch + mine + theirs]), batch + mine + theirs


def _without_alone(x: Any, own: list[Any], needed: set[Any]) -> tuple[Any, list[Any]]:
    dims = tuple(d for d, a in enumerate(own) if a not in needed)
    return (x.sum(dims), [a for a in own if a in needed]) if dims else (x, own)


def _without_ones(x: Any, own: list[Any], y: Any, other: list[Any]) -> tuple[Any, list[Any]]:
    sizes = dict(zip(other, y.array.shape, strict=True))
    dims = tuple(d for d, a in enumerate(own) if x.array.shape[d] == 1 and sizes.get(a, 1) != 1)
    return (x.squeeze(dims), [a for d, a in enumerate(own) if d not in dims]) if dims else (x, own)


# -- products made of others ----------------------------------------------------------------------------------


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Σ a·b over the last dims of a and the first of b, or over the dims that two lists name."""
    if isinstance(dims, TensorBase):
        dims = dims.array.tolist()
    if isinstance(dims, (tuple, list)):
        mine, theirs = ([each] if isinstance(each, int) else list(each) for each in dims)
    else:
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        mine, theirs = list(range(-dims, 0)), list(range(dims))
    given = mine, theirs
    mine, theirs = [one_dim(d, a.ndim) for d in mine], [one_dim(d, b.ndim) for d in theirs]
    if len(mine) != len(theirs):
        raise RuntimeError("both dimension lists should have same length")
    for k, (i, j) in enumerate(zip(mine, theirs, strict=True)):
        if a.array.shape[i] == 1 != b.array.shape[j]:  # 1 broadcasts: the other is summed
            b = b.sum(j, keepdim=True)
        elif b.array.shape[j] == 1 != a.array.shape[i]:
            a = a.sum(i, keepdim=True)
        if a.array.shape[i] != b.array.shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.array.shape[i]} in dim {given[0][k]} and "
                f"second has size {b.array.shape[j]} in dim {given[1][k]}"
            )
    rest, others = ([d for d in range(x.ndim) if d not in ds] for x, ds in ((a, mine), (b, theirs)))
    n, m = math.prod(a.array.shape[d] for d in rest), math.prod(a.array.shape[d] for d in mine)
    shape = [*(a.array.shape[d] for d in rest), *(b.array.shape[d] for d in others)]
    product = a.permute(rest + mine).reshape(n, m) @ b.permute(theirs + others).reshape(m, -1 if m else 0)
    return product.reshape(shape)


@tensor_function
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Σ input·other over the last dimension of both."""
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input.array.shape[-1] != other.array.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and "
            f"{list(other.shape)}"
        )
    return dot(input, other) if input.ndim == other.ndim == 1 else tensordot(input, other, [[-1], [-1]])


@tensor_function
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: every element of input times the whole of other, side by side."""
    n = max(input.ndim, other.ndim)
    a, b = ((1,) * (n - x.ndim) + x.array.shape for x in (input, other))
    wide = [m for pair in zip(a, (1,) * n, strict=True) for m in pair]
    other_wide = [m for pair in zip((1,) * n, b, strict=True) for m in pair]
    product = input.reshape(wide) * other.reshape(other_wide)
    return product.reshape([i * j for i, j in zip(a, b, strict=True)])


@overloaded((1, 2), (1, 2))
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along a dim of size 3: without dim, which torch warns of, the first one."""
    threes = [d for d, n in enumerate(input.array.shape) if n == 3]
    if dim is None:
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross "
            "in a future release. Say dim=.",
            stacklevel=3,
        )
        if not threes:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(input, other, dim=threes[0] if dim is None else dim)


def _cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis, shapes = one_dim(dim, input.ndim), (input.array.shape, other.array.shape)
    if any(shape[axis] != 3 for shape in shapes):
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {shapes[0][axis]} and {shapes[1][axis]}"
        )
    refuse("cross", "b", input, other)
    check_broadcast(list(shapes))
    x, y = (each.expand(np.broadcast_shapes(*shapes)) for each in (input, other))
    return roll(x, -1, axis) * roll(y, -2, axis) - roll(x, -2, axis) * roll(y, -1, axis)


linalg_cross = tensor_function(
    named(_cross, "cross", "The vector product along a dim of size 3, the last one.")
)


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, one after the other. torch deprecates it."""
    given = matrices[0] if len(matrices) == 1 and isinstance(matrices[0], (tuple, list)) else matrices
    product = given[0]
    for each in given[1:]:
        product = matmul(product, each)
    return product


# -- a term and a product -------------------------------------------------------------------------------------


def _with_term(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta·input + alpha·product. A term with beta = 0 is left out, even if it is nan."""
    kind = input.array.dtype
    if kind != product.array.dtype:
        names = [dtypes.C_NAMES[dtypes.dtype_of(each.array.dtype)] for each in (input, product)]
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {names[0]} and {names[1]}")
    if kind.kind != "f":
        beta, alpha = int(beta), int(alpha)  # torch's factors have the type of the elements
    z = product if alpha == 1 else product * alpha
    term = input.expand(z.array.shape)
    return z if beta == 0 else (term if beta == 1 else term * beta) + z


@tensor_function
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·mat1·mat2, of matrices; the input broadcasts."""
    return _with_term(input, mm(mat1, mat2), beta, alpha)


@tensor_function
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·mat·vec, a matrix and a vector; the input broadcasts."""
    return _with_term(input, mv(mat, vec), beta, alpha)


@tensor_function
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·batch1·batch2, of batches of matrices; the input broadcasts."""
    refuse("baddbmm", "b", input, batch1)
    return _with_term(input, bmm(batch1, batch2), beta, alpha)
