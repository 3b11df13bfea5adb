"""LayerNorm and BatchNorm by hand in PyTorch: the twins of two ops of minigrad/nn/later/norm_ops.py.

Both compute z = x̂·w + b with x̂ = (x - μ)/σ. They differ in the dimensions along which the mean μ and the deviation σ
are taken. `z` is the output and `dz` is the gradient of the loss with respect to z.
"""

import torch
from torch.autograd import Function


def three_terms(
    g: torch.Tensor, xhat: torch.Tensor, rstd: torch.Tensor, dim: tuple[int, ...]
) -> torch.Tensor:
    """(g - mean(g) - x̂·mean(g·x̂))/σ, means along dim: the gradient of x, if that of x̂ is g"""
    through_mean, through_deviation = g.mean(dim, keepdim=True), xhat * (g * xhat).mean(dim, keepdim=True)
    return (g - through_mean - through_deviation) * rstd


class LayerNorm(Function):
    """z = x̂·w + b        dx = (g - mean(g) - x̂·mean(g·x̂))/σ, g = dz·w    dw = Σ dz·x̂    db = Σ dz"""

    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        """(N, M), (M,), (M,) → (N, M)"""
        mean, variance = x.mean(1, keepdim=True), x.var(1, correction=0, keepdim=True)
        rstd = 1 / torch.sqrt(variance + eps)
        xhat = (x - mean) * rstd
        ctx.save_for_backward(xhat, rstd, weight)
        return xhat * weight + bias

    @staticmethod
    def backward(ctx, dz):
        """dx, dw, db"""
        xhat, rstd, weight = ctx.saved_tensors
        return three_terms(dz * weight, xhat, rstd, (1,)), (dz * xhat).sum(0), dz.sum(0), None


class BatchNorm(Function):
    """z = x̂·w + b        dx = (g - mean(g) - x̂·mean(g·x̂))/σ, g = dz·w    dw = Σ dz·x̂    db = Σ dz"""

    @staticmethod
    def forward(ctx, x, weight, bias, running_mean, running_var, momentum, eps):
        """(N, C), (C,), (C,) → (N, C). The running statistics, (C,), move towards the batch's."""
        mean, biased, unbiased = x.mean(0), x.var(0, correction=0), x.var(0, correction=1)
        if running_mean is not None:
            running_mean.copy_((1 - momentum) * running_mean + momentum * mean)
            running_var.copy_((1 - momentum) * running_var + momentum * unbiased)
        rstd = 1 / torch.sqrt(biased + eps)
        xhat = (x - mean) * rstd
        ctx.save_for_backward(xhat, rstd, weight)
        return xhat * weight + bias

    @staticmethod
    def backward(ctx, dz):
        """dx, dw, db"""
        xhat, rstd, weight = ctx.saved_tensors
        dx = three_terms(dz * weight, xhat, rstd, (0,))
        return dx, (dz * xhat).sum(0), dz.sum(0), None, None, None, None


def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    """LayerNorm.apply as a function whose arguments have names."""
    return LayerNorm.apply(x, weight, bias, eps)


def batch_norm(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    running_mean: torch.Tensor | None = None,
    running_var: torch.Tensor | None = None,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor:
    """BatchNorm.apply as a function whose arguments have names."""
    return BatchNorm.apply(x, weight, bias, running_mean, running_var, momentum, eps)
