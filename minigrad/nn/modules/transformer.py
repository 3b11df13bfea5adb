"""The layers of "Attention Is All You Need", arXiv:1706.03762.   torch: torch/nn/modules/transformer.py

A mask of bools is True where a query must not see a key. is_causal promises that the mask is the causal one.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.init import xavier_uniform_
from minigrad.nn.later.multihead_functions import float_mask
from minigrad.nn.modules.activation import GELU, ReLU
from minigrad.nn.modules.attention import MultiheadAttention
from minigrad.nn.modules.container import ModuleList
from minigrad.nn.modules.dropout import Dropout
from minigrad.nn.modules.linear import Linear
from minigrad.nn.modules.module import Module
from minigrad.nn.modules.normalization import LayerNorm
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = [
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
]  # fmt: skip

Activation = str | Callable[[Tensor], Tensor]


class _Layer(Module):
    """What both kinds of layer have: attentions, two linear layers, and a norm and a dropout for each part."""

    attentions: tuple[str, ...] = ("self_attn",)

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        made: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        for name in self.attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **made))
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        parts = range(1, len(self.attentions) + 2)
        for i in parts:
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, **made))
        for i in parts:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _activation(activation) if isinstance(activation, str) else activation

    def _in_turn(self, x: Tensor, *parts: Callable[[Tensor], Tensor]) -> Tensor:
        """x + part(norm(x)) for each part, or norm(x + part(x)): each part with its own norm and dropout."""
        for i, part in enumerate(parts, 1):
            norm, dropped = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
            x = x + dropped(part(norm(x))) if self.norm_first else norm(x + dropped(part(x)))
        return x

    def _feed_forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return z


class TransformerEncoderLayer(_Layer):
    """Self-attention and two linear layers, each with a residual connection.   (L, N, d_model) → (L, N, d_model)

    With batch_first N is the first dim; without a batch there is none. With norm_first each part's input is normalized,
    else its sum with the residual. activation is "relu", "gelu", or a function.
    Raises RuntimeError for another word, and the errors of MultiheadAttention. torch: torch.nn.TransformerEncoderLayer.
    """

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """x + attention(x), then x + linear₂(activation(linear₁(x))), normalized before or after."""
        padding = float_mask(src_key_padding_mask, "src_key_padding_mask", src, src_mask, "src_mask")
        mask = float_mask(src_mask, "src_mask", src)
        attention = _attending(self.self_attn, None, mask, padding, is_causal)
        return self._in_turn(src, attention, self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to `memory`, two linear layers.   (L, N, d_model), (S, N, d_model) → (L, N, d_model)

    The options and errors are those of TransformerEncoderLayer. torch: torch.nn.TransformerDecoderLayer.
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """x + attention(x), x + attention(x, memory), then x + linear₂(activation(linear₁(x)))."""
        own = _attending(self.self_attn, None, tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = _attending(
            self.multihead_attn, memory, memory_mask, memory_key_padding_mask, memory_is_causal
        )
        return self._in_turn(tgt, own, other, self._feed_forward)


def _attending(
    attention: Any, memory: Tensor | None, mask: Tensor | None, padding: Tensor | None, is_causal: bool
) -> Callable[[Tensor], Tensor]:
    """A function of x: how x attends to memory, or to itself if there is none."""

    def attend(x: Tensor) -> Tensor:
        seen = x if memory is None else memory
        z: Tensor = attention(
            x, seen, seen, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=is_causal
        )[0]
        return z

    return attend


class TransformerEncoder(Module):
    """num_layers copies of an encoder layer, one after the other, and then norm, if there is one.

    The copies begin with the same weights, as in torch. enable_nested_tensor and mask_check choose a kernel in torch;
    here they do nothing. torch: torch.nn.TransformerEncoder.
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers, self.num_layers, self.norm = _copies(encoder_layer, num_layers), num_layers, norm
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check
        why = _no_nested_tensors(encoder_layer) if enable_nested_tensor else ""
        self.use_nested_tensor = enable_nested_tensor and not why
        if why:
            warnings.warn(
                f"enable_nested_tensor is True, but self.use_nested_tensor is False because encoder_layer{why}",
                stacklevel=2,
            )

    def forward(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:  # fmt: skip
        """The layers in turn. If is_causal is None, the mask is compared with the causal one."""
        padding = float_mask(src_key_padding_mask, "src_key_padding_mask", src, mask, "mask")
        mask = float_mask(mask, "mask", src)
        is_causal = _is_causal(mask) if is_causal is None else is_causal
        for layer in self.layers:
            src = layer(src, src_mask=mask, is_causal=is_causal, src_key_padding_mask=padding)
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """num_layers copies of a decoder layer, one after the other, and then norm, if there is one.

    torch: torch.nn.TransformerDecoder.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers, self.num_layers, self.norm = _copies(decoder_layer, num_layers), num_layers, norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The layers in turn. If tgt_is_causal is None, the mask is compared with the causal one."""
        tgt_is_causal = _is_causal(tgt_mask) if tgt_is_causal is None else tgt_is_causal
        for layer in self.layers:
            tgt = layer(
                tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder of the source and a decoder of the target.   (S, N, d_model), (L, N, d_model) → (L, N, d_model)

    The options and errors are those of the layers; the weights of two dims are drawn anew by xavier_uniform_.
    torch: torch.nn.Transformer.
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = F.relu,
        custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        made = {"device": device, "dtype": dtype}
        options = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
        )

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, **made)

        def encoder() -> TransformerEncoder:
            layer = TransformerEncoderLayer(*options, bias=bias, **made)
            return TransformerEncoder(layer, num_encoder_layers, norm())

        def decoder() -> TransformerDecoder:
            layer = TransformerDecoderLayer(*options, bias=bias, **made)
            return TransformerDecoder(layer, num_decoder_layers, norm())

        self.encoder = encoder() if custom_encoder is None else custom_encoder
        self.decoder = decoder() if custom_decoder is None else custom_decoder
        for p in self.parameters():
            if p.dim() > 1:
                xavier_uniform_(p)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """decoder(tgt, encoder(src))"""
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        z: Tensor = self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )  # fmt: skip
        return z

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """The causal mask, (sz, sz): -∞ above the diagonal, else 0."""
        mask: Tensor = creation.full((sz, sz), -math.inf, device=device, dtype=dtype).triu(1)
        return mask


def _is_causal(mask: Tensor | None) -> bool:
    """Whether it is the causal mask."""
    if mask is None or mask.ndim != 2 or mask.shape[0] != mask.shape[1]:
        return False
    causal = Transformer.generate_square_subsequent_mask(len(mask), mask.device, mask.dtype)
    return bool((mask == causal).all())


def _copies(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


def _activation(name: str) -> Callable[[Tensor], Tensor]:
    if name not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {name}")
    function: Callable[[Tensor], Tensor] = getattr(F, name)
    return function


def _no_nested_tensors(layer: Any) -> str:
    """Why torch would not use nested tensors for a layer, in its words; "" if it would."""
    if not isinstance(layer, TransformerEncoderLayer):
        return " was not TransformerEncoderLayer"
    attention = layer.self_attn
    batch_first = ".self_attn.batch_first was not True(use batch_first for better inference performance)"
    known = layer.activation in (F.relu, F.gelu) or isinstance(layer.activation, (ReLU, GELU))
    reasons = {
        ".norm_first was True": layer.norm_first,
        batch_first: not attention.batch_first,
        ".self_attn was passed bias=False": attention.in_proj_bias is None,
        ".activation_relu_or_gelu was not True": not known,
        ".norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        ".self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((why for why, holds in reasons.items() if holds), "")
