"""Convolution by hand in PyTorch: the twin of minigrad/nn/later/conv_ops.py."""

import torch
from torch.autograd import Function
from torch.nn.functional import fold, unfold


class Conv2d(Function):
    """z = W·P(x) + b        dx = Pᵀ(Wᵀ·dz)    dW = dz·P(x)ᵀ    db = Σ dz        the columns of P(x) are x's patches"""

    @staticmethod
    def forward(ctx, x, weight, bias):
        """(N, C, H, W), (O, C, kH, kW), (O,) → (N, O, H - kH + 1, W - kW + 1)"""
        ctx.save_for_backward(x, weight)
        n, outputs, (height, width), (rows, columns) = len(x), len(weight), x.shape[2:], weight.shape[2:]
        z = weight.flatten(1) @ unfold(x, (rows, columns)) + bias[:, None]
        return z.view(n, outputs, height - rows + 1, width - columns + 1)

    @staticmethod
    def backward(ctx, dz):
        """dx, dW, db. The sums over the images of the batch come last."""
        x, weight = ctx.saved_tensors
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad
        dz, kernel = dz.flatten(2), weight.shape[2:]
        return (
            fold(weight.flatten(1).T @ dz, x.shape[2:], kernel) if wants_x else None,
            (dz @ unfold(x, kernel).mT).sum(0).view_as(weight) if wants_weight else None,
            dz.sum((0, 2)) if wants_bias else None,
        )


def conv2d(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Conv2d.apply as a function whose arguments have names."""
    return Conv2d.apply(x, weight, bias)
