"""Attention as functions of tensors.   torch: aten/src/ATen/native/transformers/attention.cpp, torch/nn/functional.py

torch_ref/attention.py has scaled_dot_product_attention with its gradients by hand in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd.base import wrap
from minigrad.autograd.fused import Fused
from minigrad.nn.later import attention_ops as ops
from minigrad.nn.later.attention_kernels import Attention, causal_mask
from minigrad.nn.linear_functions import dropout
from minigrad.tensors.arguments import tensor_function
from minigrad.tensors.arranging import repeat_interleave
from minigrad.tensors.products import matmul
from minigrad.tensors.tensor import Tensor

__all__ = ["scaled_dot_product_attention"]


@tensor_function
def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, *, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(Q·Kᵀ/√E + mask)·V: a mean of the values, weighted by how well their keys fit the query.

    Q (*, L, E), K (*, S, E), V (*, S, D) → (*, L, D). A mask of bools, (*, L, S), is True where a query sees a key; one
    of floats is added. is_causal hides every key that comes after its query. scale stands for 1/√E. With enable_gqa,
    each head of K and V serves several heads of Q. Raises RuntimeError for shapes and types that do not fit.
    torch: torch.nn.functional.scaled_dot_product_attention.
    """
    _check(query, key, value, attn_mask, dropout_p)
    kind = query.dtype
    if kind is dtypes.float16:
        query, key, value = query.float(), key.float(), value.float()
    if enable_gqa:
        key, value = _repeated(query, key, value)
    if scale is None:
        scale = 1 / math.sqrt(query.size(-1)) if query.size(-1) else math.inf
    masks = [] if attn_mask is None else [_added(attn_mask, query)]
    if dropout_p == 0 and _are_alike(query, key, value, *masks):
        (z,) = in_one_step(scale, bool(is_causal))(value, *masks, key, query)
    else:
        z = attended(query, key, value, masks, Attention(scale, is_causal), dropout_p)
    return z.to(kind)


def attended(
    query: Tensor, key: Tensor, value: Tensor, masks: Sequence[Tensor], how: Attention, dropout_p: float = 0.0
) -> Tensor:
    """softmax(Q·Kᵀ·scale + mask)·V by ops, one after the other."""
    of_query, of_key = how.factors
    scores = matmul(query * of_query, key.transpose(-2, -1) * of_key)
    for mask in (*masks, *[wrap(causal_mask(scores.array))] * how.causal):
        scores = scores + mask
    weights = ops.safe_softmax(scores, (scores.ndim - 1,))
    return matmul(dropout(weights, dropout_p), value)


@lru_cache(64)
def in_one_step(scale: float, causal: bool) -> Fused:
    """The same as a function of V, the mask if there is one, K, and Q: one step of the graph."""
    how = Attention(scale, causal)

    def composition(value: Tensor, *masks_key_query: Tensor) -> tuple[Tensor]:
        *masks, key, query = masks_key_query
        return (attended(query, key, value, masks, how),)

    return Fused("ScaledDotProductFlashAttentionForCpuBackward0", composition, how.forward, how.backward)


def _are_alike(query: Tensor, key: Tensor, value: Tensor, *masks: Tensor) -> bool:
    """Whether torch computes them in one step, too: heads of one shape, row after row, and masks without a gradient."""
    arrays = query.array, key.array, value.array
    if any(x.ndim != 4 or not x.size or x.strides[-1] != x.itemsize for x in arrays):
        return False
    (*heads, length, features), keys = query.array.shape, key.array.shape[2]
    return all(x.shape == (*heads, keys, features) for x in arrays[1:]) and all(
        mask.node is None and _broadcasts(mask.array.shape, (*heads, length, keys)) for mask in masks
    )


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether an array of this shape broadcasts to another one."""
    ends = to[len(to) - len(shape) :]
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(shape, ends, strict=True))


def _added(mask: Tensor, query: Tensor) -> Tensor:
    """A mask that is added to the scores: 0 where a mask of bools is True, else -∞."""
    if mask.array.dtype != bool:
        return mask
    return wrap(np.where(mask.array, 0, -np.inf).astype(query.array.dtype))


def _repeated(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """K and V with as many heads as Q. Raises RuntimeError if these are no multiple of theirs."""
    heads, *few = (x.array.shape[-3] if x.ndim > 2 else 0 for x in (query, key, value))
    if 0 in few or any(heads % n for n in few):
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in \n"
            f"the query, which has {heads}; they have {few[0]} and {few[1]}."
        )
    return repeat_interleave(key, heads // few[0], -3), repeat_interleave(value, heads // few[1], -3)


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout_p: float) -> None:
    """Raise torch's errors for types and numbers of dims."""
    each = {"query": query, "key": key, "value": value}
    if min(x.ndim for x in each.values()) < 2:
        q, k, v = (f"{name}.dim: {x.ndim}" for name, x in each.items())
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got {q} {k} and {v} instead.\n"
            "Their last dims are the positions and the features."
        )
    if len({x.array.dtype for x in each.values()}) > 1:
        q, k, v = (f"{name}.dtype: {dtypes.C_NAMES[x.dtype]}" for name, x in each.items())
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got {q} {k} and {v} instead.\n"
            "Convert them with .float()."
        )
    if query.array.dtype.kind != "f":
        raise RuntimeError(
            f"expected scalar type Float but found {query.dtype.scalar_name}\nConvert with .float() first."
        )
    if mask is not None:
        _check_mask(query, mask)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")


def _check_mask(query: Tensor, mask: Tensor) -> None:
    if mask.dtype not in (dtypes.bool, dtypes.float32, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{dtypes.C_NAMES[mask.dtype]} and  query.dtype: {dtypes.C_NAMES[query.dtype]} instead."
        )
