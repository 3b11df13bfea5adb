"""Convolutions, padding and resampling: sums over the places that show an element."""

from __future__ import annotations

from minigrad.nn.later import conv_ops, pad_ops, upsample_ops
from minigrad.nn.later.pad_functions import MODES
from minigrad.nn.later.patches import Geometry
from minigrad.nn.later.upsample_functions import nearest, taps
from sidebyside.exchange.table import aten, exchanged, rule


def for_all(dims, numbers):
    """aten's list of numbers, in which one may stand for all dimensions."""
    return tuple(numbers) * (dims if len(numbers) == 1 else 1)


def geometry(dims, stride, padding, dilation, groups):
    """How a kernel moves."""
    return Geometry(*(for_all(dims, numbers) for numbers in (stride, padding, dilation)), groups)


@exchanged(aten.convolution.default)
def _convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    how = geometry(weight.ndim - 2, stride, padding, dilation, groups)
    size, kernel = x.shape[2:], weight.shape[2:]
    if transposed:
        size = how.size_of_transpose(size, kernel, for_all(len(size), output_padding))
        return conv_ops.convolution_transpose.forward(x, weight, bias, size, how)
    return conv_ops.convolution.forward(x, weight, bias, how.size_of_convolution(size, kernel), how)


@exchanged(aten.convolution_backward.default)
def _convolution_backward(
    dz, x, weight, bias_sizes, stride, padding, dilation, transposed, ends, groups, wanted
):
    op = conv_ops.convolution_transpose if transposed else conv_ops.convolution
    how = geometry(weight.ndim - 2, stride, padding, dilation, groups)
    given = {"x": {"weight": weight, "shape": x.shape}, "weight": {"x": x, "shape": weight.shape}, "bias": {}}
    each = zip(given.items(), wanted, strict=True)
    return tuple(rule(op, name, dz=dz, how=how, **saved) if asked else None for (name, saved), asked in each)


def _padding_backward(places):
    """Of reflection and replication: the sums of the gradients where an element is shown."""

    def backward(dz, x, pad):
        pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
        shown = tuple(places(n, *pair) for n, pair in zip(x.shape[-len(pairs) :], pairs, strict=True))
        return pad_ops.add_in_places.forward(dz, x.shape, shown)

    return backward


@exchanged(aten.col2im.default)
def _col2im(x, size, kernel, dilation, padding, stride):
    how = geometry(2, stride, padding, dilation, 1)
    if x.ndim == 2:
        return conv_ops.col2im.forward(x[None], tuple(size), tuple(kernel), how)[0]
    return conv_ops.col2im.forward(x, tuple(size), tuple(kernel), how)


def nearest_places(before, after, scales, half):
    """Which elements an enlarged image shows."""
    each = zip(before, after, scales or [None] * len(after), strict=True)
    return tuple(nearest(n, m, scale, half) for n, m, scale in each)


def _upsample_backward(half):
    def backward(dz, output_size, input_size, *scales):
        shown = nearest_places(input_size[2:], output_size, scales, half)
        return pad_ops.add_in_places.forward(dz, tuple(input_size), shown)

    return backward


for _n in (1, 2, 3):
    exchanged(getattr(aten, f"upsample_nearest{_n}d_backward").default)(_upsample_backward(0.0))
    exchanged(getattr(aten, f"_upsample_nearest_exact{_n}d_backward").default)(_upsample_backward(0.5))


def _resampled(mode):
    def forward(x, size, align_corners, *scales):
        return upsample_ops.resample.forward(x, taps(mode, x.shape[2:], size, align_corners, scales, x))

    def backward(dz, size, shape, align_corners, *scales):
        found = taps(mode, shape[2:], size, align_corners, scales, dz)
        return upsample_ops.resample_transpose.forward(dz, tuple(shape), found)

    return forward, backward


RESAMPLED = {  # kernels, and their modes
    f"upsample_{mode}{n}d": mode
    for mode, n in (("linear", 1), ("bilinear", 2), ("trilinear", 3), ("bicubic", 2))
}
for _name, _mode in RESAMPLED.items():
    for _overload, _function in zip((_name, f"{_name}_backward"), _resampled(_mode), strict=True):
        exchanged(getattr(aten, _overload).default)(_function)


for _word, _places, _ in (MODES["reflect"], MODES["replicate"]):
    for _n in (1, 2, 3):
        exchanged(getattr(aten, f"{_word}_pad{_n}d_backward").default)(_padding_backward(_places))
