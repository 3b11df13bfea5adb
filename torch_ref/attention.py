"""Embedding by hand in PyTorch: the twin of minigrad/nn/embedding_ops.py."""

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


embedding = Embedding.apply
