"""Embedding and attention by hand in PyTorch.

They are twins of embedding_ops.py and attention_functions.py in minigrad/nn/later/.
"""

import math

import torch
from torch.autograd import Function


class Embedding(Function):
    """zᵢ = W[kᵢ]        dW[k] = Σᵢ dzᵢ over all i with kᵢ = k        W: V×E, k: integers of any shape"""

    @staticmethod
    def forward(ctx, weight, indices):
        """(V, E), (*) → (*, E)"""
        ctx.save_for_backward(indices)
        ctx.shape = weight.shape
        return weight[indices]

    @staticmethod
    def backward(ctx, dz):
        """dW: the gradients that arrive for one row are added up."""
        (indices,) = ctx.saved_tensors
        dweight = dz.new_zeros(ctx.shape)
        return dweight.index_put_((indices,), dz, accumulate=True), None


class Attention(Function):
    """Z = P·V, P = softmax(Q·Kᵀ + M)    dV = Pᵀ·dZ    dP = dZ·Vᵀ    dS = (dP - Σ dP·P)·P    dQ = dS·K    dK = dSᵀ·Q"""

    @staticmethod
    def forward(ctx, query, key, value, mask):
        """(*, L, E), (*, S, E), (*, S, D), (L, S) → (*, L, D). The mask is 0 where a query sees a key, else -∞."""
        p = torch.softmax(query @ key.mT + mask, dim=-1)
        ctx.save_for_backward(query, key, value, p)
        return p @ value

    @staticmethod
    def backward(ctx, dz):
        """dQ, dK, dV: each row of the scores has a softmax's gradient, and products have theirs."""
        query, key, value, p = ctx.saved_tensors
        dp = dz @ value.mT
        ds = (dp - (dp * p).sum(dim=-1, keepdim=True)) * p
        return ds @ key, (query.mT @ ds).mT, p.mT @ dz, None


embedding = Embedding.apply


def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Causal attention, softmax(Q·Kᵀ/√E + mask)·V: no position sees a later one. (*, L, E) three times → (*, L, E)"""
    length, features = query.shape[-2:]
    later = torch.ones(length, length, dtype=torch.bool).triu(1)
    mask = torch.zeros(length, length, dtype=query.dtype).masked_fill(later, -math.inf)
    root = math.sqrt(
        1 / math.sqrt(features)
    )  # Q and K get √ of the factor each: their product does not overflow
    return Attention.apply(query * root, key * root, value, mask)
