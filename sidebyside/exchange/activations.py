"""Activations."""

from __future__ import annotations

import numpy as np

from minigrad import ops
from minigrad.arrays.normal import gaussian, gelu_slope, normal_cdf
from minigrad.nn import activation_ops
from minigrad.nn.later import activation_ops as late_activation_ops
from sidebyside.exchange.table import aten, called, dims, exchanged, rule

exchanged(aten.xlogy.Tensor)(called(ops.xlogy))


@exchanged(aten.elu.default)
def _elu(x, alpha=1, scale=1, input_scale=1):
    if scale == input_scale == 1:
        return activation_ops.elu.forward(x, alpha)
    return late_activation_ops.scaled_elu.forward(x, alpha, scale, input_scale)


@exchanged(aten.celu.default)
def _celu(x, alpha=1.0):
    return late_activation_ops.celu.forward(x, alpha, 1.0, 1.0 / alpha)


@exchanged(aten.elu_backward.default)
def _elu_backward(dz, alpha, scale, input_scale, is_result, x):
    if scale == input_scale == 1:
        return rule(activation_ops.elu, "x", dz=dz, x=x, alpha=alpha)
    factors = {"alpha": alpha, "scale": scale, "input_scale": input_scale}
    return rule(late_activation_ops.scaled_elu, "x", dz=dz, x=x, **factors)


@exchanged(aten.gelu.default)
def _gelu(x, *, approximate="none"):
    if approximate == "tanh":
        return activation_ops.gelu_tanh.forward(x)
    return activation_ops.gelu.forward(x, normal_cdf(x, gaussian(x)), None)


@exchanged(aten.gelu_backward.default)
def _gelu_backward(dz, x, *, approximate="none"):
    if approximate == "tanh":
        return rule(activation_ops.gelu_tanh, "x", dz=dz, x=x)
    g = gaussian(x)
    return rule(activation_ops.gelu, "x", dz=dz, x=x, slope=gelu_slope(x, normal_cdf(x, g), g))


@exchanged(aten.hardtanh_backward.default)  # of nan PyTorch passes dz on in some places, in others not
def _hardtanh_backward(dz, x, low, high):
    return rule(activation_ops.hardtanh, "x", dz=dz, x=x, low=low, high=high)


@exchanged(aten.silu.default)
def _silu(x):
    return activation_ops.silu.forward(x)


@exchanged(aten.silu_backward.default)
def _silu_backward(dz, x):
    return rule(activation_ops.silu, "x", dz=dz, x=x)


@exchanged(aten.softplus.default)
def _softplus(x, beta=1, threshold=20):
    return activation_ops.softplus.forward(x, beta, threshold)


@exchanged(aten.softplus_backward.default)
def _softplus_backward(dz, x, beta, threshold):
    return rule(activation_ops.softplus, "x", dz=dz, x=x, beta=beta, threshold=threshold)


@exchanged(aten.log_sigmoid_forward.default)
def _log_sigmoid(x):
    return activation_ops.log_sigmoid.forward(x), np.zeros(0, x.dtype, like=x)  # the rule needs no buffer


@exchanged(aten.log_sigmoid_backward.default)
def _log_sigmoid_backward(dz, x, buffer):
    return rule(activation_ops.log_sigmoid, "x", dz=dz, x=x)


@exchanged(aten.mish.default)
def _mish(x):
    return late_activation_ops.mish.forward(x)


@exchanged(aten.mish_backward.default)
def _mish_backward(dz, x):
    return rule(late_activation_ops.mish, "x", dz=dz, x=x)


@exchanged(aten.hardshrink_backward.default, aten.softshrink_backward.default)  # of nan as hardtanh_backward
def _shrink_backward(dz, x, lambd):
    return rule(late_activation_ops.hardshrink, "x", dz=dz, x=x, lambd=lambd)


@exchanged(aten.glu.default)
def _glu(x, dim=-1):
    return late_activation_ops.glu.forward(x, *dims(dim, x.ndim))


@exchanged(aten.glu_backward.default)
def _glu_backward(dz, x, dim):
    return rule(late_activation_ops.glu, "x", dz=dz, x=x, dim=dim % x.ndim)
