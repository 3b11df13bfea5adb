"""2. Sum and mean

    zᵢ = (Σⱼ xᵢⱼ) / K        dxᵢⱼ = dzᵢ / K        x: (N, K)    z: (N,)

A sum moves by as much as any of its terms moves, so it hands dzᵢ on to each of them. The mean is
the sum divided by K, and so is its gradient. The gradient must have the shape of x: dz[:, None] is
of shape (N, 1), and np.broadcast_to(array, x.shape) repeats it.

Replace every `...`, then run:    minigrad check exercises/02_mean.py
"""

import numpy as np

from sidebyside.testing import dyadics


def mean(x):
    """z, the mean of each row"""
    return np.mean(x, axis=1)


def mean_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    return ...


def mean_torch(torch, x):
    """The same in PyTorch, to compare"""
    return torch.mean(x, dim=1)


mean_inputs = dyadics(2, 4)
