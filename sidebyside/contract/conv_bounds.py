"""How rounding errors pass through torch's convolutions, and through what padding adds up."""

from __future__ import annotations

import math

import numpy as np

from minigrad.nn import conv_ops, pad_ops
from minigrad.nn.pad_functions import MODES
from sidebyside.contract.balls import L, fits, grid, lowest_grid
from sidebyside.contract.kernel_bounds import bound
from sidebyside.contract.norm_bounds import BOUNDS
from sidebyside.exchange import EXCHANGED, aten, geometry

__all__ = ["BOUNDS"]


def _of_products(form, x, y, terms, bias=None):
    """A sum of so many products of an x and a y, in any order. `form` is linear in both."""
    c, size = form(x.c, y.c), form(abs(x.c), abs(y.c))
    r = form(abs(x.c), y.r) + form(x.r, abs(y.c) + y.r)
    low, d = lowest_grid(x.c) + lowest_grid(y.c), x.d.all() and y.d.all()
    if bias is not None:
        each = [part.reshape(-1, *(1,) * (c.ndim - 2)) for part in (bias.c, bias.r, grid(bias.c))]
        c, r, size, terms = c + each[0], r + each[1], size + abs(each[0]), terms + 1
        low, d = np.minimum(low, each[2]), d and bias.d.all()
    free = fits(size, low, x.kind) & (r == 0)
    off = np.where(free, 0, r + x.gamma(terms + 1) * (size + r) + terms * x.eta)
    return x.new(c, off, free & d)


@bound("convolution")
def _convolution(call, x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    form = lambda a, b: EXCHANGED[aten.convolution.default](
        a, b, None, stride, padding, dilation, transposed, output_padding, groups
    )
    terms = math.prod(weight.shape[2:]) * (x.shape[1] // groups)
    return _of_products(
        form, call.ball(x), call.ball(weight), terms, bias if bias is None else call.ball(bias)
    )


@bound("convolution_backward")
def _backward(call, dz, x, weight, bias_sizes, stride, padding, dilation, transposed, ends, groups, wanted):
    how = geometry(len(weight.shape) - 2, stride, padding, dilation, groups)
    dz, x, weight = call.ball(dz), call.ball(x), call.ball(weight)
    back, kernel = conv_ops.convolution_transpose, math.prod(weight.shape[2:])
    if transposed:
        back = conv_ops.convolution
    pair = (x, dz) if transposed else (dz, x)
    found = [
        wanted[0] and _of_products(
            lambda a, b: back.forward(a, b, None, x.shape[2:], how), dz, weight, kernel * (dz.shape[1] // groups)
        ),
        wanted[1] and _of_products(
            lambda a, b: conv_ops.convolution_weight.forward(a, b, weight.shape, how), *pair,
            len(x.c) * math.prod(pair[0].shape[2:]),
        ),
        wanted[2] and dz.sum((0, *range(2, len(dz.shape)))),
    ]  # fmt: skip
    return [each for each in found if each is not False]


@bound("constant_pad_nd")
def _constant_pad(call, x, pad, value=0):
    x, padded = call.ball(x), pad_ops.constant_pad_nd.forward
    c = padded(x.c, tuple(pad), L(x.kind.type(value)))
    return x.new(c, padded(x.r, tuple(pad), 0), padded(x.d, tuple(pad), True))


def _padding_backward(places):
    def backward(call, dz, x, pad):
        """Every element of x is the sum of those that show it."""
        pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
        shown = tuple(places(n, *pair) for n, pair in zip(x.shape[-len(pairs) :], pairs, strict=True))
        dz, add = call.ball(dz), lambda part: pad_ops.add_in_places.forward(part, x.shape, shown)
        size, count = add(dz.size), add(np.ones(dz.shape))
        exact = (count <= 1) | (fits(size, lowest_grid(dz.c), dz.kind) & (add(dz.r) == 0))
        off = add(dz.r) + np.where(exact, 0, dz.gamma(np.maximum(count - 1, 0)) * size)
        return dz.new(add(dz.c), off, exact & dz.d.all())

    return backward


for _word, _places, _ in (MODES["reflect"], MODES["replicate"]):
    bound(*(f"{_word}_pad{n}d_backward" for n in (1, 2, 3)))(_padding_backward(_places))
