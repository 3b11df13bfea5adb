"""How rounding errors pass through PyTorch's kernels of losses of few programs."""

from __future__ import annotations

from sidebyside.contract.activation_bounds import number, reduced, shared
from sidebyside.contract.kernel_bounds import bound
from sidebyside.contract.late_activation_bounds import BOUNDS

__all__ = ["BOUNDS"]


@bound("soft_margin_loss")
def _soft_margin(call, x, y, reduction=1):
    return reduced(call, (-call.ball(x).scaled(call.ball(y))).exp().log1p(), reduction)


@bound("soft_margin_loss_backward")
def _soft_margin_backward(call, dz, x, y, reduction):
    x, y = call.ball(x), call.ball(y)
    z = (-x.scaled(y)).exp()
    slope = -(y.scaled(z / (z + number(x, 1))))
    return shared(call, call.ball(dz), x, reduction).scaled(slope).rounded(units=4)
