"""Five ops by hand in PyTorch: the twin of minigrad/nn/ops.py, in its order.

A torch.autograd.Function has two methods, forward and backward. In minigrad the rule of each input is one line.
`z` is the output and `dz` is the gradient of the loss with respect to z.
"""

import torch
from torch.autograd import Function


class ReLU(Function):
    """z = max(x, 0)        dx = dz where z > 0, else 0"""

    @staticmethod
    def forward(ctx, x):
        """(*) → (*)"""
        z = torch.maximum(torch.zeros((), dtype=x.dtype, device=x.device), x)
        ctx.save_for_backward(z)
        return z

    @staticmethod
    def backward(ctx, dz):
        """dx"""
        (z,) = ctx.saved_tensors
        return torch.where(z <= 0, 0.0, dz)


class Linear(Function):
    """zᵢⱼ = Σₖ xᵢₖ·Wⱼₖ + bⱼ        dx = dz·W    dW = dzᵀ·x    dbⱼ = Σᵢ dzᵢⱼ        x: N×K, W: M×K, b: M"""

    @staticmethod
    def forward(ctx, x, weight, bias):
        """(N, in), (out, in), (out,) → (N, out)"""
        ctx.save_for_backward(x, weight)
        return x @ weight.T + bias

    @staticmethod
    def backward(ctx, dz):
        """dx, dW, db. A gradient that is not needed is not computed."""
        x, weight = ctx.saved_tensors
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad
        return (
            dz @ weight if wants_x else None,
            dz.T @ x if wants_weight else None,
            dz.sum(dim=0) if wants_bias else None,
        )


class Softmax(Function):
    """zᵢⱼ = exp xᵢⱼ / Σₖ exp xᵢₖ, shifted by the maximum        dxᵢⱼ = (dzᵢⱼ - Σₖ dzᵢₖ·zᵢₖ)·zᵢⱼ"""

    @staticmethod
    def forward(ctx, x, dim):
        """(*) → (*)"""
        e = torch.exp(x - x.amax(dim, keepdim=True))
        z = e / e.sum(dim, keepdim=True)
        ctx.save_for_backward(z)
        ctx.dim = dim
        return z

    @staticmethod
    def backward(ctx, dz):
        """dx"""
        (z,) = ctx.saved_tensors
        return (dz - (dz * z).sum(ctx.dim, keepdim=True)) * z, None


class LogSoftmax(Function):
    """zᵢⱼ = xᵢⱼ - log Σₖ exp xᵢₖ, shifted by the maximum        dxᵢⱼ = dzᵢⱼ - exp(zᵢⱼ)·Σₖ dzᵢₖ"""

    @staticmethod
    def forward(ctx, x, dim):
        """(*) → (*)"""
        s = x - x.amax(dim, keepdim=True)
        z = s - torch.log(torch.exp(s).sum(dim, keepdim=True))
        ctx.save_for_backward(z)
        ctx.dim = dim
        return z

    @staticmethod
    def backward(ctx, dz):
        """dx"""
        (z,) = ctx.saved_tensors
        return dz - torch.exp(z) * dz.sum(ctx.dim, keepdim=True), None


class NLLLoss(Function):
    """z = -Σᵢ x[i, yᵢ] / N        dx[i, yᵢ] = -dz/N        x: N×C, y: N"""

    @staticmethod
    def forward(ctx, x, target):
        """(N, C), (N,) → ()"""
        ctx.save_for_backward(target)
        ctx.shape = x.shape
        return (-x[torch.arange(len(x)), target]).sum() / len(x)

    @staticmethod
    def backward(ctx, dz):
        """dx"""
        (target,) = ctx.saved_tensors
        dx = dz.new_zeros(ctx.shape)
        dx[torch.arange(len(target)), target] = -(dz / len(target))
        return dx, None


relu, linear = ReLU.apply, Linear.apply


def softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    """Softmax.apply as a function whose arguments have names."""
    return Softmax.apply(x, dim)


def log_softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    """LogSoftmax.apply as a function whose arguments have names."""
    return LogSoftmax.apply(x, dim)


def nll_loss(x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """NLLLoss.apply as a function whose arguments have names."""
    return NLLLoss.apply(x, target)


def cross_entropy(x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """z = -Σᵢ log p[i, yᵢ] / N, p = softmax(x)        dxᵢⱼ = (pᵢⱼ - 1[j = yᵢ])·dz/N        x: N×C, y: N"""
    return nll_loss(log_softmax(x, 1), target)
