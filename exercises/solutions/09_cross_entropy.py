"""The solution of exercises/09_cross_entropy.py"""

import numpy as np

from sidebyside.testing import labels, logits

library = "minigrad.nn.ops:log_softmax", "minigrad.nn.ops:nll_loss"


def cross_entropy(x, y):
    """z: one number for the whole batch. y: the right class of each row"""
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean()


def cross_entropy_backward(dz, x, y):
    """dx. dz is a number: the gradient of the loss with respect to z."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    one_hot = (y[:, None] == np.arange(x.shape[1])).astype(x.dtype)
    return dz * (p - one_hot) / len(x)


cross_entropy_inputs = logits(3, 2), labels(3, 2)
