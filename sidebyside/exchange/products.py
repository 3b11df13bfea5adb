"""Products of matrices."""

from __future__ import annotations

from minigrad import ops
from minigrad.nn import ops as nn
from sidebyside.exchange.table import aten, exchanged, refuse


@exchanged(aten.addmm.default)
def _addmm(bias, x, y, *, beta=1, alpha=1):
    refuse("addmm", beta, alpha)
    return nn.linear.forward(x, y.T, bias)


@exchanged(aten.addmv.default)
def _addmv(bias, x, y, *, beta=1, alpha=1):
    refuse("addmv", beta, alpha)
    return bias + ops.mv.forward(x, y)


@exchanged(aten.baddbmm.default)
def _baddbmm(bias, x, y, *, beta=1, alpha=1):
    refuse("baddbmm", beta, alpha)
    return bias + ops.bmm.forward(x, y)
