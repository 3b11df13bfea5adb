"""How rounding errors pass through torch's convolutions, and through what padding adds up."""

from __future__ import annotations

import math

import numpy as np

from minigrad.nn.later import conv_ops, pad_ops
from sidebyside.contract.balls import L, fits, grid, lowest_grid
from sidebyside.contract.kernel_bounds import bound
from sidebyside.contract.norm_bounds import BOUNDS
from sidebyside.exchange import EXCHANGED, aten, geometry, nearest_places

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


def _added(x, form):
    """Sums of elements, in any order: `form` says of which."""
    size, count = form(x.size), form(np.ones(x.shape))
    exact = (count <= 1) | (fits(size, lowest_grid(x.c), x.kind) & (form(x.r) == 0))
    off = form(x.r) + np.where(exact, 0, x.gamma(np.maximum(count - 1, 0)) * size)
    return x.new(form(x.c), off, exact & x.d.all())


def _by_exchange(name):
    """The bound of a kernel that adds: minigrad's kernel, on the parts of a Ball."""
    kernel = EXCHANGED[getattr(aten, name).default]

    def backward(call, x, *args):
        args = [each.c if hasattr(each, "c") else each for each in args]  # of the input the shape alone
        return _added(call.ball(x), lambda part: kernel(part, *args))

    bound(name)(backward)


for _kind in ("reflection_pad", "replication_pad", "upsample_nearest", "_upsample_nearest_exact"):
    for _n in (1, 2, 3):
        _by_exchange(f"{_kind}{_n}d_backward")
_by_exchange("col2im")


def _enlarged(half):
    def bound_of(call, x, size, *scales):
        shown = nearest_places(x.shape[2:], size, scales, half)
        return x.new(*(pad_ops.in_places.forward(part, shown) for part in (x.c, x.r, x.d)))

    return bound_of


for _n in (1, 2, 3):
    bound(f"upsample_nearest{_n}d")(_enlarged(0.0))
    bound(f"_upsample_nearest_exact{_n}d")(_enlarged(0.5))
