"""The optimisers in long double, each with a bound of what a library may err by: weights after some steps, as balls."""

import numpy as np
import torch
from truths import ONE, Ball

SINGLE = np.longdouble(np.finfo(np.float32).eps) / 2


def number(value, single=False):
    """An option, or what follows from options: computed in float64 and rounded, or in float32 if `single`."""
    value = np.longdouble(value)
    return Ball(value, abs(value) * 8 * max(Ball.u, SINGLE if single else 0))


def correction(beta, t, single=False):
    """1 - βᵗ, of which βᵗ errs."""
    power = number(np.longdouble(float(beta)) ** t, single)
    return Ball(1 - power.c, power.r).rounded()


def larger(x, y):
    """The maximum: each element errs by as much as the one that errs more."""
    return Ball(np.maximum(x.c, y.c), np.maximum(x.r, y.r))


def changed(w, g, decay, maximize, decoupled=False, lr=None):
    """The weights and the gradient after the options that come first."""
    g = -g if maximize else g
    if decay and decoupled:
        return w * (ONE - lr * number(decay)), g
    return w, g + number(decay) * w if decay else g


def sgd(w, gradients, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False, **_):
    w, buffer, lr = Ball(w), None, number(float(lr))
    for g in map(Ball, gradients):
        w, g = changed(w, g, weight_decay, maximize)
        if momentum:
            buffer = g if buffer is None else number(momentum) * buffer + number(1 - dampening) * g
            g = g + number(momentum) * buffer if nesterov else buffer
        w = w - lr * g
    return w


def adam(
    w, gradients, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, maximize=False,
    decoupled_weight_decay=False, differentiable=False, **_,
):  # fmt: skip
    single = differentiable or isinstance(lr, torch.Tensor)  # torch then computes step sizes in float32
    w, m, v, largest, lr = Ball(w), Ball(0), Ball(0), Ball(0), number(float(lr), single)
    for t, g in enumerate(map(Ball, gradients), 1):
        w, g = changed(w, g, weight_decay, maximize, decoupled_weight_decay, lr)
        m = m + number(1 - betas[0]) * (g - m)
        v = number(betas[1]) * v + number(1 - betas[1]) * g * g
        largest = larger(largest, v)
        root = (largest if amsgrad else v).sqrt() / correction(betas[1], t, single).sqrt() + number(eps)
        w = w - lr / correction(betas[0], t, single) * m / root
    return w


def adamw(w, gradients, weight_decay=1e-2, **options):
    return adam(w, gradients, weight_decay=weight_decay, decoupled_weight_decay=True, **options)


def nadam(
    w, gradients, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3, maximize=False,
    decoupled_weight_decay=False, **_,
):  # fmt: skip
    # the product of the μs is a float32 in any case
    w, m, v, product, lr = Ball(w), Ball(0), Ball(0), ONE, number(float(lr), True)
    for t, g in enumerate(map(Ball, gradients), 1):
        w, g = changed(w, g, weight_decay, maximize, decoupled_weight_decay, lr)
        mu, mu_next = (
            number(betas[0] * (1 - np.longdouble(0.5) * np.longdouble(0.96) ** (n * momentum_decay)), True)
            for n in (t, t + 1)
        )
        product = product * mu
        m = m + number(1 - betas[0]) * (g - m)
        v = number(betas[1]) * v + number(1 - betas[1]) * g * g
        root = (v / correction(betas[1], t, True)).sqrt() + number(eps)
        w = w - lr * (ONE - mu) / (ONE - product) * g / root
        w = w - lr * mu_next / (ONE - product * mu_next) * m / root
    return w


def rmsprop(
    w,
    gradients,
    lr=1e-2,
    alpha=0.99,
    eps=1e-8,
    weight_decay=0,
    momentum=0,
    centered=False,
    maximize=False,
    **_,
):
    w, v, mean, buffer, lr = Ball(w), Ball(0), Ball(0), Ball(0), number(float(lr))
    for g in map(Ball, gradients):
        w, g = changed(w, g, weight_decay, maximize)
        v = number(alpha) * v + number(1 - alpha) * g * g
        mean = mean + number(1 - alpha) * (g - mean)
        root = (v - mean * mean if centered else v).sqrt() + number(eps)
        buffer = number(momentum) * buffer + g / root
        w = w - lr * (buffer if momentum else g / root)
    return w


def adagrad(
    w,
    gradients,
    lr=1e-2,
    lr_decay=0,
    weight_decay=0,
    initial_accumulator_value=0,
    eps=1e-10,
    maximize=False,
    **_,
):
    single = isinstance(lr, torch.Tensor)
    w, s, lr = Ball(w), number(initial_accumulator_value), number(float(lr), single)
    for t, g in enumerate(map(Ball, gradients), 1):
        w, g = changed(w, g, weight_decay, maximize)
        s = s + g * g
        w = w - lr / number(1 + (t - 1) * lr_decay, single) * g / (s.sqrt() + number(eps))
    return w


def adadelta(w, gradients, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, maximize=False, **_):
    w, v, u, lr, eps = Ball(w), Ball(0), Ball(0), number(float(lr)), number(eps)
    for g in map(Ball, gradients):
        w, g = changed(w, g, weight_decay, maximize)
        v = number(rho) * v + number(1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = number(rho) * u + number(1 - rho) * delta * delta
        w = w - lr * delta
    return w


def adamax(
    w, gradients, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, maximize=False, differentiable=False, **_
):  # fmt: skip
    single = differentiable or isinstance(lr, torch.Tensor)
    w, m, u, lr = Ball(w), Ball(0), Ball(0), number(float(lr), single)
    for t, g in enumerate(map(Ball, gradients), 1):
        w, g = changed(w, g, weight_decay, maximize)
        m = m + number(1 - betas[0]) * (g - m)
        u = larger(number(betas[1]) * u, Ball(np.abs(g.c), g.r) + number(eps))
        w = w - lr / correction(betas[0], t, single) * m / u
    return w


TRUTHS = {
    "SGD": sgd, "Adam": adam, "AdamW": adamw, "NAdam": nadam, "RMSprop": rmsprop, "Adagrad": adagrad,
    "Adadelta": adadelta, "Adamax": adamax,
}  # fmt: skip
