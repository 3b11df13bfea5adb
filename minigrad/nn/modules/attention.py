"""MultiheadAttention.   torch: torch/nn/modules/activation.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import init
from minigrad.nn.later.multihead_functions import float_mask, multi_head_attention_forward
from minigrad.nn.modules.linear import Linear
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = ["MultiheadAttention"]


class NonDynamicallyQuantizableLinear(Linear):
    """Linear, under the name that torch's repr has for the last layer of an attention."""


class MultiheadAttention(Module):
    """Attention of several heads: Z = [head₁ ... headₕ]·Wᵒ, headᵢ = softmax(Qᵢ·Kᵢᵀ/√d + mask)·Vᵢ, d = E/h.

    Qᵢ, Kᵢ and Vᵢ are linear in the query (L, N, E), the key (S, N, kdim) and the value (S, N, vdim); with batch_first
    N is the first dim, and without a batch there is none. Masks of bools are True where a query must not see a key.
    Returns the output (L, N, E), and the weights (N, L, S) or None. The initial weights are torch's for the same seed.
    Raises ValueError and AssertionError for sizes that do not fit, and the errors of multi_head_attention_forward.
    torch: torch.nn.MultiheadAttention.
    """

    in_proj_weight: Tensor | None
    in_proj_bias: Tensor | None

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        super().__init__()
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        one = self._qkv_same_embed_dim
        shapes = {
            "q_proj_weight": None if one else (embed_dim, embed_dim),
            "k_proj_weight": None if one else (embed_dim, self.kdim),
            "v_proj_weight": None if one else (embed_dim, self.vdim),
            "in_proj_weight": (3 * embed_dim, embed_dim) if one else None,
            "in_proj_bias": (3 * embed_dim,) if bias else None,
            "bias_k": (1, 1, embed_dim) if add_bias_kv else None,
            "bias_v": (1, 1, embed_dim) if add_bias_kv else None,
        }
        for name, shape in shapes.items():
            empty = None if shape is None else Parameter(creation.empty(shape, dtype=dtype))
            self.register_parameter(name, empty)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, dtype=dtype)
        self._reset_parameters()
        if device is not None:  # the initial values are drawn on the CPU
            self.to(device=device)

    def _reset_parameters(self) -> None:
        """Draw new initial values."""
        for name, p in self.named_parameters(recurse=False):
            if name.endswith("_weight"):
                init.xavier_uniform_(p)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """[head₁ ... headₕ]·Wᵒ, and the weights unless need_weights is False."""
        batch_first = self.batch_first and query.dim() == 3
        padding = float_mask(key_padding_mask, "key_padding_mask", query, attn_mask, "attn_mask")
        mask = float_mask(attn_mask, "attn_mask", query)
        if batch_first:  # what is one tensor stays one: its projections are one product
            turned = {id(x): x.transpose(1, 0) for x in (query, key, value)}
            query, key, value = (turned[id(x)] for x in (query, key, value))
        z, weights = multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            padding, need_weights, mask, not self._qkv_same_embed_dim, self.q_proj_weight, self.k_proj_weight,
            self.v_proj_weight, average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return z.transpose(1, 0) if batch_first else z, weights
