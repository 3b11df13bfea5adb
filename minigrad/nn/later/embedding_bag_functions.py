"""Bags of embeddings: the rows of a table that a sample names, added up.   torch: torch/nn/functional.py"""

from __future__ import annotations

from math import inf

import numpy as np

from minigrad.nn.later.embedding_functions import embedding, embedding_renorm_, refuse_sparse
from minigrad.tensors import creation
from minigrad.tensors.functions import where
from minigrad.tensors.joining import cat
from minigrad.tensors.tensor import Tensor

__all__ = ["embedding_bag"]


def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None, norm_type: float = 2,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """z[b] = Σᵢ sᵢ·W[kᵢ] over the indices kᵢ of bag b; or their mean, or the greatest of each column.   (B, E)

    k (B, N) has a bag in each row; of k (N,) bag b begins at offsets[b], and ends where the next begins. With
    include_last_offset the last offset is an end alone. s = per_sample_weights has k's shape, for mode="sum". Indices
    padding_idx do not count; a bag of none gives 0. max_norm and scale_grad_by_freq are as in embedding.
    Raises ValueError for arguments that do not fit, RuntimeError for an index that is no row.
    torch: torch.nn.functional.embedding_bag.
    """
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    starts = _starts(input, offsets, include_last_offset)
    _check_options(mode, scale_grad_by_freq, sparse, per_sample_weights)
    padding = _checked_padding(padding_idx, len(weight))
    k = input.reshape(-1)
    _check_types(k, weight, per_sample_weights)
    if max_norm is not None:
        embedding_renorm_(weight.detach(), k, max_norm, norm_type)
    rows = embedding(k, weight, padding, scale_grad_by_freq=scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    places, counts = _bags(starts, k.cpu().numpy(), padding)
    filler = creation.full(
        (1, weight.shape[1]), -inf if mode == "max" else 0.0, dtype=rows.dtype, device=rows.device
    )
    bags = cat([rows, filler])[creation.tensor(places, device=k.device)]  # (B, longest, E)
    if mode == "sum":
        return bags.sum(1)
    size = creation.tensor(counts[:, None], device=k.device)
    if mode == "mean":
        return bags.sum(1) / size.clamp(min=1)
    return where(size > 0, bags.max(1).values, 0.0)


def _starts(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> np.ndarray:
    """Where each bag begins in the flat indices, and where the last one ends."""
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        bags, length = input.shape
        if not length:
            raise RuntimeError("step must be nonzero\nEach row of input is a bag: it needs an index.")
        return np.arange(bags + 1) * length
    if input.dim() != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    _check_integers(offsets)
    starts = offsets.cpu().numpy()
    if include_last_offset and not len(starts):
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {starts[0]}"
        )
    if len(starts) and starts[-1] > len(input):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(input)} but got offsets[-1] of {starts[-1]}"
        )
    if (np.diff(starts) < 0).any():
        raise RuntimeError("offsets have to be in ascending order\nA bag ends where the next one begins.")
    return starts if include_last_offset else np.append(starts, len(input))


def _bags(starts: np.ndarray, k: np.ndarray, padding: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The positions in k of each bag's indices, filled up with len(k) to a matrix; and how many each bag has."""
    kept = np.ones(len(k), bool) if padding is None else k != padding
    bag = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    kept, bag = np.flatnonzero(kept[: len(bag)]), bag[kept[: len(bag)]]
    counts = np.bincount(bag, minlength=len(starts) - 1)
    places = np.full((len(counts), max(counts.max(initial=0), 1)), len(k))
    places[bag, np.arange(len(bag)) - (np.cumsum(counts) - counts)[bag]] = kept
    return places, counts


def _check_options(
    mode: str, scale_grad_by_freq: bool, sparse: bool, per_sample_weights: Tensor | None
) -> None:
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if mode != "sum" and per_sample_weights is not None:
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    refuse_sparse(sparse)


def _checked_padding(padding_idx: int | None, rows: int) -> int | None:
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}"
        )
    return padding_idx % rows


def _check_integers(indices: Tensor) -> None:
    if indices.array.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{indices.dtype.scalar_name}Tensor instead (while checking arguments for embedding_bag)"
        )


def _check_types(k: Tensor, weight: Tensor, per_sample_weights: Tensor | None) -> None:
    _check_integers(k)
    kind = "CPUBoolType" if weight.array.dtype == bool else f"torch.{weight.dtype.scalar_name}Tensor"
    if not weight.is_floating_point():
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, "
            f"Float, Double; but got {kind} instead (while checking arguments for embedding_bag)"
        )
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            f"'per_sample_weights'; but type {kind} does not equal torch.{per_sample_weights.dtype.scalar_name}Tensor "
            "(while checking arguments for embedding_bag)"
        )
    found = k.array
    outside = found[(found < 0) | (found >= len(weight))]
    if outside.size:
        raise RuntimeError(
            f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {int(outside[0])}"
        )
