"""minigrad.functional: some functions of tensors under their older path.   torch: torch/functional.py"""

from minigrad.tensors.arranging import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_shapes,
    broadcast_tensors,
    meshgrid,
)
from minigrad.tensors.contractions import chain_matmul, einsum, tensordot
from minigrad.tensors.joining import split
from minigrad.tensors.ordering import unique
from minigrad.tensors.reductions import norm
from minigrad.tensors.statistics import block_diag, cartesian_prod, cdist

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors", "cartesian_prod",
    "cdist", "chain_matmul", "einsum", "meshgrid", "norm", "split", "tensordot", "unique",
]  # fmt: skip
