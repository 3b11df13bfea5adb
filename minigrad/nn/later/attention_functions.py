"""Attention as functions of tensors.   torch: aten/src/ATen/native/transformers/attention.cpp, torch/nn/functional.py

torch_ref/attention.py has scaled_dot_product_attention with its gradients by hand in PyTorch.
"""

from __future__ import annotations

import math

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd.base import wrap
from minigrad.nn.later import attention_ops as ops
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
    root = math.sqrt(abs(scale))  # each factor gets √scale, so that their product does not overflow
    scores = matmul(query * math.copysign(root, scale), key.transpose(-2, -1) * root)
    for mask in (attn_mask, _causal(scores) if is_causal else None):
        if mask is not None:
            scores = scores + _added(mask, scores)
    weights = ops.safe_softmax(scores, (scores.ndim - 1,))
    z = matmul(dropout(weights, dropout_p), value)
    return z.to(kind)


def _causal(scores: Tensor) -> Tensor:
    """Which keys come no later than the query, (L, S)."""
    return wrap(np.tri(*scores.array.shape[-2:], dtype=bool, like=scores.array))


def _added(mask: Tensor, scores: Tensor) -> Tensor:
    """A mask that is added to the scores: 0 where a mask of bools is True, else -∞."""
    if mask.array.dtype != bool:
        return mask
    return wrap(np.where(mask.array, 0, -np.inf).astype(scores.array.dtype))


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
