"""Padding as a function of tensors.   torch: aten/src/ATen/native/PadNd.cpp

The ops are in pad_ops.py, with the rules.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minigrad.nn.later import pad_ops as ops
from minigrad.tensors.arguments import Dims, check_negative, tensor_function
from minigrad.tensors.tensor import Tensor

__all__ = ["pad"]

Pair = tuple[int, int]


def reflected(n: int, before: int, after: int) -> tuple[int, ...]:
    """Which element of n is shown in each place: 2 1 | 0 1 2 ... The ends are not repeated."""
    return tuple(n - 1 - abs(n - 1 - abs(i)) for i in range(-before, n + after))


def replicated(n: int, before: int, after: int) -> tuple[int, ...]:
    """The ends are repeated: 0 0 | 0 1 2 ..."""
    return tuple(min(max(i, 0), n - 1) for i in range(-before, n + after))


def circled(n: int, before: int, after: int) -> tuple[int, ...]:
    """After the end comes the beginning. A negative number cuts first."""
    kept = range(max(-before, 0), n - max(-after, 0))
    return tuple(kept[i % len(kept)] for i in range(-max(before, 0), len(kept) + max(after, 0)))


# By mode: torch's words for it, the places, and the ops, named by the number of dimensions.
MODES: dict[str, tuple[str, Callable[..., tuple[int, ...]], list[Any]]] = {
    "reflect": (
        "reflection", reflected, [ops.in_places.named(f"ReflectionPad{n}DBackward0") for n in (1, 2, 3)]
    ),
    "replicate": (
        "replication", replicated, [ops.in_places.named(f"ReplicationPad{n}DBackward0") for n in (1, 2, 3)]
    ),
    "circular": ("circular", circled, [ops.in_places.named("CopySlices")] * 3),
}  # fmt: skip


@tensor_function
def pad(input: Tensor, pad: Dims, mode: str = "constant", value: float | None = None) -> Tensor:
    """x with more numbers around it. pad: before and after the last dimension, then the one before it, and so on.

    mode "constant" pads with `value`, or 0; "reflect" mirrors x at its ends; "replicate" repeats the ends; "circular"
    goes on at the other end. A negative number cuts. Raises RuntimeError for numbers that do not fit the shape,
    NotImplementedError for another mode. torch: torch.nn.functional.pad.
    """
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    sizes = tuple(map(int, pad))
    _check_pad(sizes, input.array.ndim)
    if mode == "constant":
        return _constant(input, sizes, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    dims = len(sizes) // 2
    if dims not in (1, 2, 3) or input.array.ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(
            f"Padding size {len(sizes)} is not supported for {input.array.ndim}D input tensor.\n"
            "2, 4 or 6 numbers pad the last 1, 2 or 3 dimensions, before which there are one or two more."
        )
    if mode not in MODES:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}\nThe modes are constant, {', '.join(MODES)}."
        )
    word, places, named = MODES[mode]
    pairs = list(zip(sizes[::2], sizes[1::2], strict=True))[::-1]
    shape = input.array.shape[-dims:]
    CHECKS[mode](input, pairs, dims)
    if input.array.dtype == bool and mode != "circular":
        raise NotImplementedError(f"\"{word}_pad{dims}d\" not implemented for 'Bool'")
    return named[dims - 1](input, tuple(places(n, *pair) for n, pair in zip(shape, pairs, strict=True)))


def _check_pad(sizes: tuple[int, ...], ndim: int) -> None:
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) > 2 * ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(sizes)} and input of dimension {ndim}"
        )


def _constant(input: Tensor, sizes: tuple[int, ...], value: Any) -> Tensor:
    shape = input.array.shape
    for i, (before, after) in enumerate(zip(sizes[::2], sizes[1::2], strict=True), 1):
        n = shape[-i]
        if n + before < 0 or n + after < 0 or n + min(before, 0) + min(after, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    return ops.constant_pad_nd(input, sizes, value)


def _check_edges(input: Tensor, pairs: list[Pair], dims: int) -> None:
    """What reflection and replication refuse."""
    shape = input.array.shape
    batched = input.array.ndim == dims + 2
    if 0 in shape[1 if batched else 0 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(shape)}"
        )
    sizes = tuple(n + a + b for n, (a, b) in zip(shape[-dims:], pairs, strict=True))
    if max(sizes) < 1:
        before, after = (
            [f"{axis}: {n}" for axis, n in zip("DHW"[-dims:], each, strict=True)]
            for each in (shape[-dims:], sizes)
        )
        raise RuntimeError(
            f"input ({', '.join(before)}) is too small. Calculated output {' '.join(after)}\nThe padding cuts all."
        )
    check_negative((*shape[:-dims], *sizes))


def _check_reflection(input: Tensor, pairs: list[Pair], dims: int) -> None:
    _check_edges(input, pairs, dims)
    shape = input.array.shape
    for i, (before, after) in enumerate(reversed(pairs)):
        if before >= shape[-1 - i] or after >= shape[-1 - i]:
            raise RuntimeError(
                f"Argument #{4 + 2 * i}: Padding size should be less than the corresponding input dimension, but got: "
                f"padding ({before}, {after}) at dimension {len(shape) - 1 - i} of input {list(shape)}"
            )


def _check_circle(input: Tensor, pairs: list[Pair], dims: int) -> None:
    for n, (before, after) in zip(input.array.shape[-dims:], pairs, strict=True):
        if before > n or after > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")


CHECKS: dict[str, Callable[[Tensor, list[Pair], int], None]] = {
    "reflect": _check_reflection, "replicate": _check_edges, "circular": _check_circle,
}  # fmt: skip
