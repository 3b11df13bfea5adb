"""Attention of several heads, with its projections.   torch: torch/nn/functional.py

nn/modules/attention.py holds the weights. attention_functions.py has the attention of each head.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad.autograd.base import wrap
from minigrad.nn.activations import softmax
from minigrad.nn.later.attention_functions import scaled_dot_product_attention
from minigrad.nn.linear_functions import dropout, linear
from minigrad.tensors.contractions import baddbmm
from minigrad.tensors.creation import zeros
from minigrad.tensors.joining import cat
from minigrad.tensors.products import bmm
from minigrad.tensors.tensor import Tensor

__all__ = ["multi_head_attention_forward"]


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int, in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float,
    out_proj_weight: Tensor, out_proj_bias: Tensor | None, training: bool = True,
    key_padding_mask: Tensor | None = None, need_weights: bool = True, attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None, static_k: Tensor | None = None, static_v: Tensor | None = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """nn.MultiheadAttention as a function of its weights: (L, N, E), (S, N, E), (S, N, E) → (L, N, E), weights or None.

    Raises AssertionError and RuntimeError for shapes that do not fit.
    torch: torch.nn.functional.multi_head_attention_forward.
    """
    batched = _check_dims(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    padding = float_mask(key_padding_mask, "key_padding_mask", query, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    is_causal = is_causal and padding is None and not need_weights  # else the mask says it
    mask = None if is_causal else float_mask(attn_mask, "attn_mask", query)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if use_separate_proj_weight:
        biases = [None] * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        weights: Any = q_proj_weight, k_proj_weight, v_proj_weight
        separate = zip((query, key, value), weights, biases, strict=True)
        q, k, v = (linear(*each) for each in separate)
    else:
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)

    masks = _as_batches(mask, query, key, num_heads), padding
    if bias_k is not None and bias_v is not None:
        n = query.shape[1]
        k, v, masks = cat([k, bias_k.repeat(1, n, 1)]), cat([v, bias_v.repeat(1, n, 1)]), _one_more(masks)
    q, k, v = (_split_heads(x, num_heads) for x in (q, k, v))
    k, v = k if static_k is None else static_k, v if static_v is None else static_v
    if add_zero_attn:
        nothing = zeros((len(k), 1, k.shape[2]), dtype=k.dtype, device=k.device)
        k, v, masks = cat([k, nothing], dim=1), cat([v, nothing], dim=1), _one_more(masks)
    attention = _attention_with_weights if need_weights else _attention
    z, weights = attention(
        q, k, v, _joined(*masks, num_heads), dropout_p if training else 0.0, num_heads, is_causal
    )
    z = linear(z, out_proj_weight, out_proj_bias)
    z = z.view(*query.shape[:2], z.shape[1])
    if weights is not None:
        weights = weights.mean(dim=1) if average_attn_weights else weights
        weights = weights if batched else weights.squeeze(0)
    return z if batched else z.squeeze(1), weights


def _attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float, heads: int, is_causal: bool
) -> tuple[Tensor, None]:
    """The values that each head sees, one position of one sample in a row: (L·N, E)."""
    if mask is not None:
        mask = mask.unsqueeze(0) if len(mask) == 1 else mask.view(-1, heads, *mask.shape[1:])
    q, k, v = (x.view(-1, heads, *x.shape[1:]) for x in (q, k, v))
    z = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
    return z.permute(2, 0, 1, 3).reshape(-1, heads * z.shape[3]), None


def _attention_with_weights(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float, heads: int, is_causal: bool
) -> tuple[Tensor, Tensor]:
    """The same, and the weights of every head: (N, heads, L, S)."""
    q, keys = q * math.sqrt(1.0 / q.shape[2]), k.transpose(-2, -1)
    weights = softmax(bmm(q, keys) if mask is None else baddbmm(mask, q, keys), dim=-1)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    z = bmm(weights, v).transpose(0, 1)
    return z.reshape(-1, heads * z.shape[2]), weights.view(-1, heads, *weights.shape[1:])


def _projected(query: Tensor, key: Tensor, value: Tensor, w: Any, b: Any) -> list[Tensor]:
    """Q, K and V by weights that lie one below the other, in one product for those that are one tensor."""
    features = query.shape[-1]
    together = [1, 1, 1] if key is not value else [1, 2] if query is not key else [3]
    sizes = [n * features for n in together]
    weights = [w] if together == [3] else w.split(sizes)
    biases = [b] * len(together) if b is None or together == [3] else b.split(sizes)
    inputs = [query, key, value][: len(together)]
    found = []
    for n, x, weight, bias in zip(together, inputs, weights, biases, strict=True):
        z = linear(x, weight, bias)
        if n == 1:
            found.append(z)
            continue
        parts = z.unflatten(-1, (n, features)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        found += [parts[i] for i in range(n)]
    return found


def _split_heads(x: Tensor, heads: int) -> Tensor:
    """(L, N, E) → (N·heads, L, E/heads)"""
    length, batch, features = x.shape
    return x.view(length, batch * heads, features // heads).transpose(0, 1)


# -- masks --------------------------------------------------------------------------------------------------


def float_mask(
    mask: Tensor | None, name: str, like: Tensor, other: Tensor | None = None, other_name: str = ""
) -> Tensor | None:
    """A mask that is added: of bools, -∞ where it is True. Warns if it has another type than the other mask.

    Raises AssertionError for integers.
    """
    if mask is None:
        return None
    if mask.array.dtype.kind not in "bf":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and mask.dtype is not other.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if mask.array.dtype.kind == "f":
        return mask
    return wrap(np.where(mask.array, -np.inf, 0).astype(like.array.dtype))


def _as_batches(mask: Tensor | None, query: Tensor, key: Tensor, heads: int) -> Tensor | None:
    """A mask of 3 dims: one for all, or one for each head of each sample. RuntimeError for another shape."""
    if mask is None:
        return None
    (length, batch, _), keys = query.shape, key.shape[0]
    wanted = (length, keys) if mask.ndim == 2 else (batch * heads, length, keys)
    if mask.shape != wanted:
        raise RuntimeError(
            f"The shape of the {mask.ndim}D attn_mask is {mask.shape}, but should be {wanted}."
        )
    return mask.unsqueeze(0) if mask.ndim == 2 else mask


def _one_more(masks: tuple[Tensor | None, Tensor | None]) -> tuple[Tensor | None, Tensor | None]:
    """Masks that let every query see one more key, the last."""
    first, second = (
        mask if mask is None else cat([mask, mask.new_zeros((*mask.shape[:-1], 1))], dim=-1) for mask in masks
    )
    return first, second


def _joined(mask: Tensor | None, padding: Tensor | None, heads: int) -> Tensor | None:
    """The mask with that of the padding, (N, S), which every head and query of a sample has."""
    if padding is None:
        return mask
    batch, keys = padding.shape
    padding = padding.view(batch, 1, 1, keys).expand(-1, heads, -1, -1).reshape(batch * heads, 1, keys)
    return padding if mask is None else mask + padding


# -- checks -------------------------------------------------------------------------------------------------


def _check_dims(
    query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None, mask: Tensor | None, heads: int
) -> bool:
    """Whether the input is a batch. Raises torch's AssertionError for other numbers of dims."""
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    n, batched = query.ndim, query.ndim == 3
    of_query = f"For {'batched' if batched else 'unbatched'} ({n}-D) `query`, expected"
    if key.ndim != n or value.ndim != n:
        raise AssertionError(
            f"{of_query} `key` and `value` to be {n}-D but found {key.ndim}-D and {value.ndim}-D tensors respectively"
        )
    if padding is not None and padding.ndim != n - 1:
        raise AssertionError(
            f"{of_query} `key_padding_mask` to be `None` or {n - 1}-D but found {padding.ndim}-D tensor instead"
        )
    if mask is not None and mask.ndim not in (2, 3):
        raise AssertionError(
            f"{of_query} `attn_mask` to be `None`, 2-D or 3-D but found {mask.ndim}-D tensor instead"
        )
    if mask is not None and mask.ndim == 3 and not batched:
        wanted = (heads, query.shape[0], key.shape[0])
        if mask.shape != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}")
    return batched


def _check_sizes(
    query: Tensor, key: Tensor, value: Tensor, embed_dim: int, heads: int, separate: bool
) -> None:
    """Raise torch's AssertionError for sizes that do not fit."""
    features = query.shape[2]
    if features != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {features}")
    if features % heads:
        raise AssertionError(f"embed_dim {features} not divisible by num_heads {heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
