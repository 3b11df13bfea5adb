"""Pools."""

from __future__ import annotations

from minigrad.autograd.base import wrap
from minigrad.nn.later import pool3d_functions as volumes
from minigrad.nn.later import pool_ops
from sidebyside.exchange.table import aten, called, exchanged, rule


@exchanged(aten._adaptive_avg_pool2d.default)
def _adaptive_avg_pool2d(x, size):
    return pool_ops.adaptive_avg_pool2d.forward(x, tuple(size))


@exchanged(aten._adaptive_avg_pool2d_backward.default)
def _adaptive_avg_pool2d_backward(dz, x):
    return rule(pool_ops.adaptive_avg_pool2d, "x", dz=dz, shape=x.shape)


def _by_autograd(function):
    """The gradient of a function of one tensor, as minigrad's rules have it."""

    def backward(dz, x, *options):
        leaf = wrap(x).detach().requires_grad_()
        function(leaf, *options).backward(wrap(dz))
        return leaf.grad.array

    return backward


exchanged(aten.avg_pool3d.default)(called(volumes.avg_pool3d))
exchanged(aten._adaptive_avg_pool3d.default)(called(volumes.adaptive_avg_pool3d))
exchanged(aten.avg_pool3d_backward.default)(_by_autograd(volumes.avg_pool3d))
exchanged(aten.max_pool3d_with_indices_backward.default)(
    lambda dz, x, *options: _by_autograd(volumes.max_pool3d)(dz, x, *options[:-1])
)


@exchanged(aten._adaptive_avg_pool3d_backward.default)
def _adaptive_avg_pool3d_backward(dz, x):
    return _by_autograd(volumes.adaptive_avg_pool3d)(dz, x, dz.shape[-3:])


@exchanged(aten.adaptive_max_pool3d_backward.default)
def _adaptive_max_pool3d_backward(dz, x, places):
    return _by_autograd(volumes.adaptive_max_pool3d)(dz, x, dz.shape[-3:])
