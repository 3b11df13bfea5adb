"""Embeddings as functions of tensors.   torch: torch/nn/functional.py

nn/functional.py has them under torch's names. Their op is in embedding_ops.py, with its rule.
"""

from __future__ import annotations

import numpy as np

from minigrad.autograd import no_grad
from minigrad.autograd.base import wrap
from minigrad.nn.later import embedding_ops as ops
from minigrad.tensors.arguments import named, tensor_function
from minigrad.tensors.functions import where
from minigrad.tensors.indexing import index_positions
from minigrad.tensors.reductions import linalg_vector_norm
from minigrad.tensors.tensor import Tensor

__all__ = ["embedding"]


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """Rows of a table: z[...] = W[k[...]], k indices of any shape (*), W (V, E) → (*, E).

    The row padding_idx gets no gradient. With max_norm, rows whose norm is larger are first shortened to it, in W's own
    memory. scale_grad_by_freq divides a row's gradient by how often it was taken.
    Raises IndexError for an index that is no row, AssertionError for such a padding_idx, RuntimeError for other types
    than int32 and int64, NotImplementedError for sparse gradients. torch: torch.nn.functional.embedding.
    """
    if padding_idx is not None:
        padding_idx = checked_padding(padding_idx, weight.size(0))
    if max_norm is not None:
        embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    return _embedding(weight, input, -1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)


def checked_padding(padding_idx: int, rows: int) -> int:
    """padding_idx counted from the front. Raises AssertionError if there is no such row."""
    if not -rows <= padding_idx < max(rows, 1):
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx + rows if padding_idx < 0 else padding_idx


def refuse_sparse(sparse: bool) -> None:
    """Raise NotImplementedError for sparse=True."""
    if sparse:
        raise NotImplementedError(
            "sparse gradients are not implemented\nWith sparse=False the gradient has the same numbers: rows that were "
            "not taken get 0."
        )


def embedding_renorm_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Shorten the rows at these indices whose norm is larger than max_norm, in place: W ← W·max_norm/(‖W‖ + 10⁻⁷).

    Raises the errors of embedding. torch: torch.embedding_renorm_.
    """
    _check_indices("embedding_renorm_", 2, weight, indices)
    if not weight.is_floating_point():
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {weight.dtype.scalar_name} instead."
        )
    taken = wrap(np.unique(indices.array))
    with no_grad():
        rows = weight[taken]
        norm = linalg_vector_norm(rows, norm_type, 1, True).double()
        factor = where(norm > max_norm, max_norm / (norm + 1e-7), 1.0)
        weight[taken] = rows * factor.to(weight.dtype)
    return weight


def _check_indices(function: str, place: int, weight: Tensor, indices: Tensor) -> None:
    """Raise torch's errors for the type of the indices, and for an index that is no row."""
    if indices.array.dtype not in (np.int64, np.int32):
        got = "CPUBoolType" if indices.array.dtype == bool else f"torch.{indices.dtype.scalar_name}Tensor"
        raise RuntimeError(
            f"Expected tensor for argument #{place} 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {got} instead (while checking arguments for {function})\nConvert the indices with .long()."
        )
    index_positions("index_select", indices, 0, weight.array.shape[0], IndexError)


def _embedding(
    weight: Tensor, indices: Tensor, padding_idx: int, scale_grad_by_freq: bool, sparse: bool
) -> Tensor:
    """The rows, after the options are read. torch's error messages name this function's arguments."""
    refuse_sparse(sparse)
    if weight.array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D\nA row is an embedding.")
    if indices.array.size and not weight.array.shape[0]:
        raise RuntimeError(
            "index_select(): self indexing axis dim should be positive\nThe table has no rows."
        )
    _check_indices("embedding", 1, weight, indices)
    return ops.embedding(weight, indices, padding_idx, scale_grad_by_freq)


_embedding = tensor_function(named(_embedding, "embedding", _embedding.__doc__))
