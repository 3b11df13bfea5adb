"""7. softmax

    zᵢⱼ = exp xᵢⱼ / Σₖ exp xᵢₖ        dxᵢⱼ = zᵢⱼ·(dzᵢⱼ - Σₖ dzᵢₖ·zᵢₖ)        x: (N, K)

Softmax stays the same if one number is subtracted from all of a row. Subtract the row's maximum
(keepdims=True keeps its shape (N, 1)): then no exponent is above 0. Without that exp(100) is inf in
float32, and inf/inf is nan. On the way back there is a sum over the row, because each x moves every
z of its row: they share a denominator.

Replace every `...`, then run:    minigrad check exercises/07_softmax.py
"""

import numpy as np

from sidebyside.testing import logits


def softmax(x):
    """z: each row positive, with sum 1"""
    shifted = ...
    e = np.exp(shifted)
    return e / e.sum(axis=1, keepdims=True)


def softmax_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    z = softmax(x)
    return ...


def softmax_torch(torch, x):
    """The same in PyTorch, to compare"""
    return torch.softmax(x, dim=1)


softmax_inputs = logits(2, 3)
