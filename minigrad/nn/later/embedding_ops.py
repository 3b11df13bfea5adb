"""The op of an embedding, forward and rule.   torch: aten/src/ATen/native/Embedding.cpp

The notation is that of minigrad/ops.py. A padding_idx of -1 means that no row is padding, as in torch.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.ops import where


@differentiable(
    weight=lambda dz, indices, shape, padding_idx, scale_grad_by_freq: _added_to_rows(
        dz, indices, shape, padding_idx, scale_grad_by_freq
    ),
    tensors=["indices"],
)
def embedding(weight: Array, indices: Array, padding_idx: int, scale_grad_by_freq: bool) -> Array:
    """zᵢ = W[kᵢ]        dW[k] = Σᵢ dzᵢ over all i with kᵢ = k"""
    return weight.take(indices, 0)


@differentiable(
    "EmbeddingDenseBackwardBackward0",
    x=lambda dz, indices, padding_idx: where(
        _is_padding(unwrap(indices), padding_idx), 0.0, embedding(dz, indices, padding_idx, False)
    ),
    tensors=["indices"],
)
def _added_to_rows(
    x: Array, indices: Array, size: tuple[int, ...], padding_idx: int, scale_grad_by_freq: bool
) -> Array:
    """z[k] = Σᵢ xᵢ over all i with kᵢ = k, but for the padding; or their mean        dxᵢ = dz[kᵢ]"""
    if scale_grad_by_freq:
        share = 1 / np.bincount(indices.reshape(-1), minlength=size[0])[indices]
        x = x * share.astype(x.dtype)[..., None]
    if padding_idx >= 0:
        x = kernels.where(_is_padding(indices, padding_idx), 0.0, x)
    if isinstance(x, np.ndarray):
        return kernels.sums_of_rows(x, indices, size[0])
    return ops.scatter.forward(x, size, (indices,))


def _is_padding(indices: Array, padding_idx: int) -> Any:
    """Whether an index is the padding's, with an axis for the elements of a row."""
    return (indices == padding_idx)[..., None]
