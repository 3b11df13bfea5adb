"""Products of tensors.   torch: aten/src/ATen/native/LinearAlgebra.cpp"""

from __future__ import annotations

import math

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.misuse import check_broadcast
from minigrad.tensors.arguments import Tensor, tensor_function

# For each product: the kernel that its error for bools names, and its error for operands of two types.
_KERNELS = {
    "mm": ("addmm_impl_cpu_", "expected m1 and m2 to have the same dtype, but got: {2} != {3}"),
    "mv": ("addmv_impl_cpu", "addmv input tensors must have the same dtype, but got {1}, {0}, and {1}"),
    "dot": ("dot", "dot : expected both vectors to have same dtype, but found {0} and {1}"),
    "bmm": ("bmm", "expected scalar type {0} but found {1}"),
}


def same_dtype(x: Tensor, y: Tensor, product: str = "mm") -> None:
    """Products do not promote types: raise torch's RuntimeError for operands of two types."""
    if x.array.dtype == y.array.dtype != bool:
        return
    kernel, words = _KERNELS[product]
    if x.array.dtype == y.array.dtype:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'\nConvert with .int() first.")
    kinds = [dtypes.dtype_of(each.array.dtype) for each in (x, y)]
    names = [kind.scalar_name for kind in kinds] + [dtypes.C_NAMES[kind] for kind in kinds]
    raise RuntimeError(
        f"{words.format(*names)}\nConvert one of them, for example with .float() or .double()."
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
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Σ input·tensor, of two vectors."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors\nmatmul, or @, takes any number "
            "of dimensions."
        )
    return _small_product(input, tensor)


@tensor_function
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector, (n, m)·(m) → (n)."""
    if input.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim} \nmatmul, or @, takes any number of "
            "dimensions."
        )
    return _small_product(input, vec)


@tensor_function
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices, (b, n, m)·(b, m, p) → (b, n, p)."""
    for name, batch in (("batch1", input), ("batch2", mat2)):
        if batch.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor\nmatmul, or @, takes any number of dimensions.")
    if input.array.shape[0] != mat2.array.shape[0] or input.array.shape[2] != mat2.array.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{len(input)}, {input.array.shape[2]}] "
            f"but got: [{len(mat2)}, {mat2.array.shape[1]}]."
        )
    same_dtype(input, mat2, "bmm")
    return ops.bmm(input, mat2)


@tensor_function
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """z[i, j] = input[i]·vec2[j], (n), (m) → (n, m)."""
    for name, vector in (("self", input), ("vec2", vec2)):
        if vector.ndim != 1:
            raise RuntimeError(
                f"outer: Expected 1-D argument {name}, but got {vector.ndim}-D\nUse .flatten(), or a product that "
                "broadcasts."
            )
    return input.unsqueeze(1) * vec2


@tensor_function
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product: vectors, matrices, and batches of matrices that broadcast.

    As in torch it is composed of dot, mv, mm and bmm. A vector on the left is a row, a vector on the right is a column.
    A batch times a matrix is one large product if that needs no copy, or if the matrix requires grad: otherwise every
    matrix of the batch would compute a gradient for it.
    """
    x: Tensor = input
    y: Tensor = other
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D\nMultiply with *."
        )
    if x.ndim == y.ndim == 3 and (len(x) == 1) != (len(y) == 1):  # torch takes a batch of one as a matrix
        x, y = (x.squeeze(0), y) if len(x) == 1 else (x, y.squeeze(0))
    if x.ndim <= 2 and y.ndim <= 2:
        return _small_product(x, y)
    if (x.ndim >= 3 and y.ndim == 2 and not _folds(x, y)) or (x.ndim == 2 and not x.requires_grad):
        return _batched_product(x, y)
    if x.ndim >= 3 and y.ndim <= 2:
        *batch, m = x.array.shape
        product = _small_product(x.reshape(math.prod(batch), m), y)
        return ops.reshape_copy(product, (*batch, *y.array.shape[1:]))
    if x.ndim <= 2:  # x·y = (yᵀ·xᵀ)ᵀ: a batch times a matrix
        product = matmul(y.transpose(-2, -1), x.t())
        return product if x.ndim == 1 else product.transpose(-2, -1).contiguous()
    return _batched_product(x, y)


def _folds(x: Tensor, y: Tensor) -> bool:
    """Whether torch computes a batch times y as one large product. It rounds differently from a product per matrix."""
    if y.requires_grad or not x.array.size:
        return True
    strides, shape = x.array.strides[:-1], x.array.shape[1:-1]
    return all(outer == inner * n for outer, inner, n in zip(strides, strides[1:], shape, strict=False))


def _small_product(x: Tensor, y: Tensor) -> Tensor:
    if x.ndim == 2 == y.ndim:
        return mm(x, y)
    if x.ndim == y.ndim == 1:
        same_dtype(x, y, "dot")
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
        same_dtype(x, y, "mv")
        return ops.mv(x, y)
    z: Tensor = ops.squeeze.named("SqueezeBackward4")(mm(x.unsqueeze(0), y), (0,))
    z.version[0] += 1  # torch squeezes in place, which counts as a change
    return z


def _batched_product(x: Tensor, y: Tensor) -> Tensor:
    same_dtype(x, y, "bmm")
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
