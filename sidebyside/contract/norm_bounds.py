"""How rounding errors pass through PyTorch's kernels of layer, batch and group norm.

PyTorch and minigrad take different steps: (x - μ)·(1/σ)·w + b, or x·(w/σ) + (b - μ·w/σ), and others for the gradients.
Both ways are followed in Balls, and `either` covers what comes of them.
"""

from __future__ import annotations

import math

import numpy as np

from sidebyside.contract.activation_bounds import BOUNDS
from sidebyside.contract.balls import Ball
from sidebyside.contract.kernel_bounds import bound

__all__ = ["BOUNDS"]


def either(first, *others):
    """A Ball that holds what is in any of these, which are the same number by several ways."""
    r, d = first.r, first.d
    for other in others:
        r, d = np.maximum(r, abs(other.c - first.c) + other.r), d & other.d
    return first.new(first.c, r, d)


def reshaped(x, shape):
    """The Ball in another shape."""
    return Ball(x.c.reshape(shape), x.r.reshape(shape), x.d.reshape(shape), x.kind)


class Norm:
    """x seen in a shape in which what shares μ and σ lies along `dim`; `param` is the shape of w and b there."""

    def __init__(self, call, x, shape, dim, param):
        self.call, self.shape, self.dim, self.param = call, x.shape, dim, param
        self.x = reshaped(call.ball(x), shape)
        self.n = call.ball(math.prod(shape[i] for i in dim))

    def parameter(self, value):
        return None if value is None else reshaped(self.call.ball(value), self.param)

    def statistics(self, eps):
        """μ and 1/σ"""
        mean = self.x.sum(self.dim, True) / self.n
        variance = BOUNDS["var"](self.call, self.x, list(self.dim), correction=0, keepdim=True)
        return mean, self.rstd(variance, eps)

    def rstd(self, variance, eps):
        return 1 / (variance + self.call.ball(eps)).sqrt()

    def given(self, *values):
        """What the forward pass computed, in a shape that broadcasts."""
        kept = [1 if i in self.dim else n for i, n in enumerate(self.x.shape)]
        return [reshaped(self.call.ball(value), kept) for value in values]

    def normal(self, mean, rstd):
        """x̂"""
        return either((self.x - mean) * rstd, self.x.scaled(rstd) - mean.scaled(rstd))

    def forward(self, mean, rstd, weight, bias):
        weight, bias = self.parameter(weight), self.parameter(bias)
        scale = rstd if weight is None else rstd * weight
        shift = -(mean.scaled(scale)) if bias is None else bias - mean.scaled(scale)
        steps = self.normal(mean, rstd)
        steps = steps if weight is None else steps.scaled(weight)
        steps = steps if bias is None else steps + bias
        return reshaped(either(steps, self.x.scaled(scale) + shift), self.shape)

    def gradient(self, g, mean, rstd):
        """(g - mean(g) - x̂·mean(g·x̂))/σ, by the ways of minigrad, of layer and group norm, and of batch norm"""
        total = lambda terms: terms.sum(self.dim, True)
        normal, centred = self.normal(mean, rstd), self.x - mean
        ours = (g - total(g) / self.n - normal.scaled(total(g.scaled(normal)) / self.n)) * rstd
        ds, db = total(g.scaled(self.x)), total(g)
        b = (db.scaled(mean) - ds) * rstd * rstd * rstd / self.n
        c = -(b.scaled(mean)) - db * rstd / self.n
        k = total(centred.scaled(g)) * rstd * rstd / self.n
        return either(
            ours, g.scaled(rstd) + self.x.scaled(b) + c, (g - db / self.n - centred.scaled(k)) * rstd
        )

    def backward(self, dz, mean, rstd, weight, wanted, constant=False):
        """The bounds of those gradients of x, weight and bias that are wanted"""
        dz, weight = reshaped(self.call.ball(dz), self.x.shape), self.parameter(weight)
        g = dz if weight is None else dz * weight
        over = tuple(i for i, n in enumerate(self.param) if n == 1)
        dx = g * rstd if constant else self.gradient(g, mean, rstd)
        if constant and weight is not None:
            dx = either(dx, dz * (rstd * weight))
        normal = self.normal(mean, rstd)
        by_dots = lambda: (dz.scaled(self.x - mean).sum(over, True)) * rstd
        dw = dz.scaled(normal).sum(over, True)
        if over == self.dim:
            dw = either(dw, by_dots())
        size = math.prod(self.param)
        parts = [reshaped(dx, self.shape), reshaped(dw, size), reshaped(dz.sum(over, True), size)]
        return [part for part, asked in zip(parts, wanted, strict=True) if asked]


def _layer(call, x, shape):
    lead, last = math.prod(x.shape[: len(x.shape) - len(shape)]), math.prod(shape)
    return Norm(call, x, (lead, last), (1,), (1, last))


@bound("native_layer_norm")
def _layer_norm(call, x, shape, weight, bias, eps):
    norm = _layer(call, x, shape)
    mean, rstd = norm.statistics(eps)
    kept = call.results[1].shape
    return [norm.forward(mean, rstd, weight, bias), reshaped(mean, kept), reshaped(rstd, kept)]


@bound("native_layer_norm_backward")
def _layer_norm_backward(call, dz, x, shape, mean, rstd, weight, bias, wanted):
    norm = _layer(call, x, shape)
    found = norm.backward(dz, *norm.given(mean, rstd), weight, wanted)
    return [reshaped(ball, z.shape) for ball, z in zip(found, call.results, strict=True)]


def _batch(call, x):
    shape = (*x.shape[:2], math.prod(x.shape[2:]))
    return Norm(call, x, shape, (0, 2), (1, shape[1], 1))


@bound("native_batch_norm")
def _batch_norm(call, x, weight, bias, running_mean, running_var, training, momentum, eps):
    norm = _batch(call, x)
    if not training:
        mean, variance = norm.given(running_mean, running_var)
        return [norm.forward(mean, norm.rstd(variance, eps), weight, bias), None, None]
    mean, rstd = norm.statistics(eps)
    return [norm.forward(mean, rstd, weight, bias), reshaped(mean, -1), reshaped(rstd, -1)]


@bound("native_batch_norm_backward")
def _batch_norm_backward(call, dz, x, weight, running_mean, running_var, mean, rstd, training, eps, wanted):
    norm = _batch(call, x)
    if training:
        return norm.backward(dz, *norm.given(mean, rstd), weight, wanted)
    mean, variance = norm.given(running_mean, running_var)
    return norm.backward(dz, mean, norm.rstd(variance, eps), weight, wanted, constant=True)


def _group(call, x, n, channels, size, groups):
    return Norm(call, x, (n, groups, channels // groups, size), (2, 3), (1, groups, channels // groups, 1))


@bound("native_group_norm")
def _group_norm(call, x, weight, bias, n, channels, size, groups, eps):
    norm = _group(call, x, n, channels, size, groups)
    mean, rstd = norm.statistics(eps)
    return [norm.forward(mean, rstd, weight, bias), reshaped(mean, (n, groups)), reshaped(rstd, (n, groups))]


@bound("native_group_norm_backward")
def _group_norm_backward(call, dz, x, mean, rstd, weight, n, channels, size, groups, wanted):
    norm = _group(call, x, n, channels, size, groups)
    return norm.backward(dz, *norm.given(mean, rstd), weight, wanted)
