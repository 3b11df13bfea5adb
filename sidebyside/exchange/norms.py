"""Normalization."""

from __future__ import annotations

import numpy as np

from minigrad.nn.later import norm_ops
from sidebyside.exchange.table import aten, exchanged, rule


@exchanged(aten.native_layer_norm.default)
def _layer_norm(x, shape, weight, bias, eps):
    dim = tuple(range(x.ndim - len(shape), x.ndim))
    xhat, rstd, mean, _ = norm_ops.standardized(x, dim, eps)
    return norm_ops.layer_norm.forward(x, weight, bias, xhat, rstd, dim), mean, rstd


@exchanged(aten.native_layer_norm_backward.default)
def _layer_norm_backward(dz, x, shape, mean, rstd, weight, bias, wanted):
    dim = tuple(range(x.ndim - len(shape), x.ndim))
    values = {"dz": dz, "x": x, "weight": weight, "xhat": (x - mean) * rstd, "rstd": rstd, "dim": dim}
    return _wanted_rules(norm_ops.layer_norm, wanted, values | {"shape": tuple(shape)})


@exchanged(aten.native_batch_norm.default)
def _batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps):
    if not training:
        mean, rstd = norm_ops.running(x, running_mean, running_var, eps)
        none = np.zeros(0, x.dtype, like=x)
        return norm_ops.running_norm.forward(x, weight, bias, mean, rstd), none, none
    xhat, rstd, mean = norm_ops.batch_statistics(x, running_mean, running_var, momentum, eps)
    return norm_ops.batch_norm.forward(x, weight, bias, xhat, rstd), mean.reshape(-1), rstd.reshape(-1)


@exchanged(aten.native_batch_norm_backward.default)
def _batch_norm_backward(dz, x, weight, running_mean, running_var, mean, rstd, training, eps, wanted):
    if training:
        mean, rstd = norm_ops.channels(mean, x), norm_ops.channels(rstd, x)
        values, op = {"xhat": (x - mean) * rstd}, norm_ops.batch_norm
    else:
        mean, rstd = norm_ops.running(x, running_mean, running_var, eps)
        values, op = {"mean": mean}, norm_ops.running_norm
    return _wanted_rules(op, wanted, values | {"dz": dz, "x": x, "weight": weight, "rstd": rstd})


@exchanged(aten.native_group_norm.default)
def _group_norm(x, weight, bias, n, channels, size, groups, eps):
    seen = x.reshape(n, groups, channels // groups * size)
    xhat, rstd, mean, _ = norm_ops.standardized(seen, (2,), eps)
    return norm_ops.group_norm.forward(x, weight, bias, xhat, rstd), mean.squeeze(2), rstd.squeeze(2)


@exchanged(aten.native_group_norm_backward.default)
def _group_norm_backward(dz, x, mean, rstd, weight, n, channels, size, groups, wanted):
    rstd, seen = rstd[:, :, None], x.reshape(n, groups, channels // groups * size)
    values = {"dz": dz, "x": x, "weight": weight, "xhat": (seen - mean[:, :, None]) * rstd, "rstd": rstd}
    return _wanted_rules(norm_ops.group_norm, wanted, values)


def _wanted_rules(op, wanted, values):
    """The gradients of x, weight and bias that are wanted; None for the others."""
    return tuple(
        rule(op, name, **values) if asked else None
        for name, asked in zip(("x", "weight", "bias"), wanted, strict=True)
    )
