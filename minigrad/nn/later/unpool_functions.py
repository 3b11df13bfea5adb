"""The partial inverse of maximum pools: each maximum returns to its place.   torch: MaxUnpooling.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.creation import zeros
from minigrad.tensors.functions import refuse
from minigrad.tensors.placing import scatter

__all__ = ["max_unpool1d", "max_unpool2d", "max_unpool3d"]


def _unpool(n: int, input: Any, indices: Any, kernel: Any, stride: Any, padding: Any, size: Any) -> Tensor:
    kernel, step, gap = (
        (each,) * n if isinstance(each, int) else tuple(each)
        for each in (kernel, kernel if stride is None else stride, padding)
    )
    usual = [(m - 1) * s + k - 2 * p for m, s, k, p in zip(input.shape[-n:], step, kernel, gap, strict=True)]
    wanted = usual if size is None else list(size)
    if size is not None:
        wanted = wanted[2:] if len(wanted) == n + 2 else wanted
        if len(wanted) != n:
            raise ValueError(
                f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of "
                f"'{len(wanted)}'"
            )
        for d in range(n):
            if not usual[d] - step[d] < wanted[d] < usual[d] + step[d]:
                raise ValueError(
                    f'invalid output_size "{size if len(size) == n else size[2:]}" (dim {d} must be between '
                    f"{usual[d] - step[d]} and {usual[d] + step[d]})"
                )
    if n == 1:
        z = max_unpooling2d(input.unsqueeze(-1), indices.unsqueeze(-1), [*wanted, 1])
        return z.squeeze(-1)
    return (max_unpooling2d if n == 2 else max_unpooling3d)(input, indices, wanted)


@tensor_function
def max_unpooling2d(input: Tensor, indices: Tensor, size: Any) -> Tensor:
    """max_unpool2d, by the name that torch's error messages have."""
    return _placed(2, input, indices, size)


@tensor_function
def max_unpooling3d(input: Tensor, indices: Tensor, size: Any) -> Tensor:
    """max_unpool3d, by the name that torch's error messages have."""
    return _placed(3, input, indices, size)


def _placed(n: int, input: Any, indices: Any, size: Any) -> Any:
    where = "x".join(map(str, size))
    if indices.dtype.name != "int64":
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype.scalar_name}")
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Input to max_unpooling{n}d should be a {n + 1}d or {n + 2}d Tensor, but got a tensor with {input.ndim} "
            "dimensions."
        )
    if input.shape != indices.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got indices "
            f"tensor with shape: {list(indices.shape)}"
        )
    first = input.ndim - n - 1
    for d in range(first, input.ndim):
        if not input.shape[d]:
            raise RuntimeError(
                f"max_unpooling{n}d_forward_out_cpu(): Expected input to have non-zero size for non-batch dimensions, "
                f"but got {list(input.shape)} with dimension {d} being empty."
            )
    refuse(f"max_unpool{n}d", "biu", input)
    count = math.prod(size)
    wrong = (indices.array < 0) | (indices.array >= count)
    if wrong.any():
        raise RuntimeError(
            f"Found an invalid max index: {indices.array[wrong][0]} (output volumes are of size {where})"
        )
    outer = input.shape[:-n]
    flat = zeros(*outer, count, dtype=input.dtype, device=input.device)
    rows = (each.reshape(*outer, math.prod(input.shape[-n:])) for each in (indices, input))
    return scatter(flat, -1, *rows).reshape(*outer, *size)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:  # fmt: skip
    """The maxima of max_pool1d at the places they came from, 0 elsewhere: (N, C, l) → (N, C, L).

    output_size tells which of the sizes is meant that a pool maps to the input's. Raises ValueError for another one,
    RuntimeError for indices that do not fit. torch: torch.nn.functional.max_unpool1d.
    """
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:  # fmt: skip
    """The maxima of max_pool2d at the places they came from, 0 elsewhere: (N, C, h, w) → (N, C, H, W).

    Options and errors as of max_unpool1d. torch: torch.nn.functional.max_unpool2d.
    """
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:  # fmt: skip
    """The maxima of max_pool3d at the places they came from, 0 elsewhere: (N, C, d, h, w) → (N, C, D, H, W).

    Options and errors as of max_unpool1d. torch: torch.nn.functional.max_unpool3d.
    """
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)
