"""How rounding errors pass through PyTorch's kernels of margin losses."""

from __future__ import annotations

import numpy as np

from minigrad.nn.later import loss_ops
from sidebyside.contract.activation_bounds import choose, number, reduced, shared
from sidebyside.contract.balls import Ball
from sidebyside.contract.kernel_bounds import bound, part, sure
from sidebyside.contract.late_activation_bounds import BOUNDS
from sidebyside.exchange import REDUCTIONS

__all__ = ["BOUNDS"]


@bound("soft_margin_loss")
def _soft_margin(call, x, y, reduction=1):
    e = (-call.ball(x)).scaled(call.ball(y)).exp()
    return reduced(call, e.log1p(), reduction)


@bound("soft_margin_loss_backward")
def _soft_margin_backward(call, dz, x, y, reduction):
    x, y, one = call.ball(x), call.ball(y), call.ball(1)
    e = (-x).scaled(y).exp().rounded()
    slope = (-y).scaled(e) / (e + one)
    return shared(call, call.ball(dz), x, reduction).scaled(slope).rounded(units=3)


def _rows(x):
    """A Ball as a matrix with a row for each sample."""
    return x if len(x.shape) == 2 else part(x, (None,) * (2 - len(x.shape)))


def _total(call, losses, reduction):
    """Losses of classes, summed for each sample, reduced."""
    count = call.ball(losses.shape[1])
    z = (losses.sum((1,)) / count).rounded(units=3)  # torch divides each, or multiplies by 1/n
    z = reduced(call, z, reduction)
    return z if not call.results[0].shape or z.shape == call.results[0].shape else part(z, (0,))


def _column(call, dz, n, reduction):
    """The gradient that arrives at each sample's loss."""
    dz = call.ball(dz)
    if REDUCTIONS[reduction] == "none":
        return part(dz, (slice(None), None)) if len(dz.shape) else dz
    return (dz / call.ball(n)).rounded() if REDUCTIONS[reduction] == "mean" else dz


def _apart(x, y, margin):
    """m - x[i, yᵢ] + x[i, j], and which are the right classes."""
    rows = np.arange(x.shape[0])
    d = number(x, margin) - part(x, (rows, y, None)) + x
    return d, y[:, None] == np.arange(x.shape[1])


@bound("multi_margin_loss")
def _multi_margin(call, x, y, p=1, margin=1, weight=None, reduction=1):
    x, y = _rows(call.ball(x)), sure(y).reshape(-1)
    d, own = _apart(x, y, margin)
    d = d.lipschitz(lambda c: np.where(own, 0, np.maximum(c, 0)))
    z = d if p == 1 else d.scaled(d)
    if weight is not None:
        z = z.scaled(part(call.ball(weight), (y, None)))
    return _total(call, z, reduction)


@bound("multi_margin_loss_backward")
def _multi_margin_backward(call, dz, x, y, p, margin, weight=None, reduction=1):
    x, y = _rows(call.ball(x)), sure(y).reshape(-1)
    d, own = _apart(x, y, margin)
    nought = number(x, 0)
    slope = call.ball(1) / call.ball(x.shape[1])
    if weight is not None:
        slope = slope.scaled(part(call.ball(weight), (y, None)))
    slope = slope.scaled(number(x, 2)).scaled(d) if p == 2 else slope.scaled(Ball(np.ones(x.shape, x.kind)))
    slope = choose(d, np.greater, nought, slope, nought).scaled(Ball((~own).astype(x.kind)))
    right = (-slope.sum((1,), True)).scaled(Ball(own.astype(x.kind)))
    dx = _column(call, dz, x.shape[0], reduction).scaled(slope + right).rounded(units=4)
    return part(dx, (0,) * (2 - len(call.results[0].shape)))


@bound("multilabel_margin_loss_forward")
def _multilabel(call, x, y, reduction):
    x, y = _rows(call.ball(x)), np.atleast_2d(sure(y))
    c = loss_ops._labels_apart(np.asarray(x.c, call.kind), y)
    terms = _pairs(x, y).lipschitz(lambda each: np.where(c == -1, 0, np.maximum(each, 0)))
    z = (terms.sum((1, 2)) / call.ball(x.shape[1])).rounded(units=3)
    z = reduced(call, z, reduction)
    z = z if z.shape == call.results[0].shape else part(z, (0,))
    return [z, None]


def _pairs(x, y):
    """1 - x[i, yₖ] + x[i, j]"""
    rows = np.arange(x.shape[0])[:, None]
    return number(x, 1) - part(x, (rows, y, None)) + part(x, (slice(None), None, slice(None)))


@bound("multilabel_margin_loss_backward")
def _multilabel_backward(call, dz, x, y, reduction, labels):
    x, y = _rows(call.ball(x)), np.atleast_2d(sure(y))
    slope = loss_ops._multilabel_slope(np.asarray(x.c, call.kind), y)
    size = np.abs(slope) + call.kind.type(x.shape[1])
    pairs = _pairs(x, y)
    near = ((pairs.r > 0) & (abs(pairs.c) <= pairs.r)).any()  # a kink that rounding decides
    off = np.full(slope.shape, np.inf) if near else np.finfo(call.kind).eps * 4 * size
    dx = _column(call, dz, x.shape[0], reduction).scaled(Ball(slope, off)).rounded(units=3)
    return part(dx, (0,) * (2 - len(call.results[0].shape)))
