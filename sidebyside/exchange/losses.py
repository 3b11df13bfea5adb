"""Softmax and the losses."""

from __future__ import annotations

import numpy as np

from minigrad import ops
from minigrad.nn import loss_ops
from minigrad.nn import ops as nn
from minigrad.nn.later import attention_ops
from minigrad.nn.later import loss_ops as margin_ops
from sidebyside.exchange.table import (
    REDUCTIONS,
    aten,
    called,
    cast,
    dims,
    exchanged,
    rule,
)


@exchanged(aten._softmax.default)
def _softmax(x, dim, half_to_float):
    return nn.softmax.forward(x, dims(dim, x.ndim))


@exchanged(aten._safe_softmax.default)
def _safe_softmax(x, dim, dtype=None):
    return attention_ops.safe_softmax.forward(cast(x, dtype), dims(dim, x.ndim))


@exchanged(aten._log_softmax.default)
def _log_softmax(x, dim, half_to_float):
    return nn.log_softmax.forward(x, dims(dim, x.ndim))


@exchanged(aten._softmax_backward_data.default)
def _softmax_backward(dz, z, dim, dtype):
    return rule(nn.softmax, "x", dz=dz, z=z, dim=dims(dim, z.ndim))


@exchanged(aten._log_softmax_backward_data.default)
def _log_softmax_backward(dz, z, dim, dtype):
    return rule(nn.log_softmax, "x", dz=dz, z=z, dim=dims(dim, z.ndim))


@exchanged(aten.nll_loss_forward.default, aten.nll_loss2d_forward.default)
def _nll_loss(x, target, weight, reduction, ignore_index):
    if target.dtype.kind == "f":
        raise TypeError("classes are whole numbers")
    loss = nn.nll_loss.forward(x, target, weight, REDUCTIONS[reduction], ignore_index)
    counted = target[target != ignore_index]
    total_weight = np.asarray(len(counted) if weight is None else weight[counted].sum(), x.dtype, like=x)
    return loss, total_weight  # which minigrad's rule computes again; PyTorch's own reads it


@exchanged(aten.nll_loss_backward.default, aten.nll_loss2d_backward.default)
def _nll_loss_backward(dz, x, target, weight, reduction, ignore_index, total_weight):
    how = REDUCTIONS[reduction]
    return rule(
        nn.nll_loss, "x", dz=dz, x=x, target=target, weight=weight, reduction=how, ignore_index=ignore_index
    )


@exchanged(aten.mse_loss.default)
def _mse_loss(x, y, reduction=1):
    return called(nn.mse_loss)(x, y, REDUCTIONS[reduction])


@exchanged(aten.mse_loss_backward.default)
def _mse_loss_backward(dz, x, y, reduction):
    return rule(nn.mse_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction])


@exchanged(aten.smooth_l1_loss.default)
def _smooth_l1(x, y, reduction=1, beta=1.0):
    return called(loss_ops.smooth_l1_loss)(x, y, REDUCTIONS[reduction], beta)


@exchanged(aten.smooth_l1_loss_backward.default)
def _smooth_l1_backward(dz, x, y, reduction, beta):
    return rule(loss_ops.smooth_l1_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction], beta=beta)


@exchanged(aten.huber_loss.default)
def _huber(x, y, reduction=1, delta=1.0):
    return called(loss_ops.huber_loss)(x, y, REDUCTIONS[reduction], delta)


@exchanged(aten.huber_loss_backward.default)
def _huber_backward(dz, x, y, reduction, delta):
    return rule(loss_ops.huber_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction], delta=delta)


@exchanged(aten.binary_cross_entropy.default)
def _binary_cross_entropy(x, y, weight=None, reduction=1):
    return loss_ops.binary_cross_entropy.forward(x, y, weight, REDUCTIONS[reduction])


@exchanged(aten.binary_cross_entropy_backward.default)
def _binary_cross_entropy_backward(dz, x, y, weight=None, reduction=1):
    how = REDUCTIONS[reduction]
    return rule(loss_ops.binary_cross_entropy, "x", dz=dz, x=x, y=y, weight=weight, reduction=how)


@exchanged(aten.logit.default)
def _logit(x, eps=None):
    return ops.log.forward(x) - ops.log1p.forward(-x)  # as in the rule for binary_cross_entropy's targets


@exchanged(aten.binary_cross_entropy_with_logits.default)
def _binary_cross_entropy_with_logits(x, y, weight=None, pos_weight=None, reduction=1):
    weight, pos_weight = (each if each is None else each.astype(x.dtype) for each in (weight, pos_weight))
    loss = called(loss_ops.binary_cross_entropy_with_logits)
    return loss(x, y, weight, pos_weight, REDUCTIONS[reduction])


@exchanged(aten.soft_margin_loss.default)
def _soft_margin(x, y, reduction=1):
    return margin_ops.soft_margin_loss.forward(x, y, REDUCTIONS[reduction])


@exchanged(aten.soft_margin_loss_backward.default)
def _soft_margin_backward(dz, x, y, reduction):
    return rule(margin_ops.soft_margin_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction])


@exchanged(aten.multi_margin_loss.default)
def _multi_margin(x, y, p=1, margin=1, weight=None, reduction=1):
    return margin_ops.multi_margin_loss.forward(x, y, p, margin, weight, REDUCTIONS[reduction])


@exchanged(aten.multi_margin_loss_backward.default)
def _multi_margin_backward(dz, x, y, p, margin, weight=None, reduction=1):
    how = {"p": p, "margin": margin, "weight": weight, "reduction": REDUCTIONS[reduction]}
    return rule(margin_ops.multi_margin_loss, "x", dz=dz, x=x, y=y, **how)


@exchanged(aten.multilabel_margin_loss_forward.default)
def _multilabel_margin(x, y, reduction):
    labels = np.zeros(y.shape, x.dtype, like=x)  # which classes are labels: the rule needs it not
    return margin_ops.multilabel_margin_loss.forward(x, y, REDUCTIONS[reduction]), labels


@exchanged(aten.multilabel_margin_loss_backward.default)
def _multilabel_margin_backward(dz, x, y, reduction, labels):
    return rule(margin_ops.multilabel_margin_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction])
