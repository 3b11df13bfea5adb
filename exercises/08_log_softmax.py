"""8. log_softmax

    zᵢⱼ = xᵢⱼ - log Σₖ exp xᵢₖ        dxᵢⱼ = dzᵢⱼ - exp(zᵢⱼ)·Σₖ dzᵢₖ        x: (N, K)

xᵢⱼ moves its own zᵢⱼ by as much as it moves itself: dzᵢⱼ. Through the sum it also lowers every zᵢₖ
of its row, in the share exp(zᵢⱼ), which is its probability. log(softmax(x)) is the same on paper;
on a computer a small probability becomes 0 and its logarithm -inf.

Replace every `...`, then run:    minigrad check exercises/08_log_softmax.py
"""

import numpy as np

from sidebyside.testing import logits


def log_softmax(x):
    """z: the logarithm of each probability"""
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def log_softmax_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    z = log_softmax(x)
    return ...


def log_softmax_torch(torch, x):
    """The same in PyTorch, to compare"""
    return torch.log_softmax(x, dim=1)


log_softmax_inputs = logits(2, 3)
