"""Convolutions and padding: values, gradients, layers and errors beside PyTorch's, and what they cost in memory."""

import itertools
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both import for_every, same_bits, sampled, tells_the_same
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad
from minigrad.nn.later.patches import Geometry, ImagesFirst, RowsFirst
from minigrad.nn.later.windows import windows
from sidebyside.exchange import minigrad_kernels
from sidebyside.testing import dyadics, same
from torch_ref import convolution as by_hand

# -- values, gradients and second gradients -----------------------------------------------------------------

OPTIONS = [
    dict(zip(("stride", "padding", "dilation", "groups"), each, strict=True))
    for each in itertools.product((1, 2), (0, 1, 2), (1, 2), (1, 2))
]
SIZES = {1: (11,), 2: (7, 9), 3: (5, 4, 6)}
BATCHES = {"one": (1,), "some": (3,), "none": (), "empty": (0,)}


def drawn(rng, *shape):
    return rng.integers(-4, 5, shape).astype("float64")


def computed(library, name, arrays, options):
    """The result, all first gradients, and the gradients of a sum of these."""
    inputs = [library.from_numpy(a.copy()).requires_grad_() for a in arrays]
    z = getattr(library.nn.functional, name)(*inputs, **options)
    dz = library.from_numpy((np.arange(z.numel()) % 7 - 3.0).reshape(z.shape)).requires_grad_()
    first = library.autograd.grad(z, inputs, dz, create_graph=True)
    if not z.numel():  # of an empty batch torch has no second gradients
        return [each.detach().numpy() for each in (z, *first)]
    weights = [library.from_numpy((np.arange(g.numel()) % 5 - 2.0).reshape(g.shape)) for g in first[:2]]
    second = library.autograd.grad(list(first[:2]), [*inputs[:2], dz], weights)
    return [each.detach().numpy() for each in (z, *first, *second)]


CASES = [(dims, batch, options) for dims in SIZES for batch in BATCHES for options in OPTIONS]


@pytest.mark.parametrize(("dims", "batch", "options"), sampled(CASES))
@pytest.mark.parametrize("kind", ["conv", "conv_transpose"])
def test_all_options_on_few_bits(kind, dims, batch, options):
    rng, groups = np.random.default_rng(0), options["groups"]
    kernel = (4, 6 // groups) if kind == "conv_transpose" else (6, 4 // groups)
    arrays = [
        drawn(rng, *BATCHES[batch], 4, *SIZES[dims]),
        drawn(rng, *kernel, *(3, 2, 2)[:dims]),
        drawn(rng, 6),
    ]
    ours, theirs = (computed(lib, f"{kind}{dims}d", arrays, options) for lib in (minigrad, torch))
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert np.array_equal(a, b)


@settings(max_examples=10)
@given(dyadics((2, 3, 5, 6)), dyadics((4, 3, 2, 3)), dyadics((4,)))
def test_three_ways_on_dyadics(x, weight, bias):
    same(minigrad.conv2d, by_hand.conv2d, F.conv2d, x, weight, bias)


@pytest.mark.parametrize("shape", [(2, 3, 20, 20), (30, 3, 8, 8), (1, 3, 8, 8)])
def test_both_layouts_are_exchanged_in_every_step(shape):
    """Rows come first where they are long, those of all images together."""

    def trained(library):
        library.manual_seed(0)
        net = library.nn.Sequential(
            library.nn.Conv2d(3, 4, 3, padding=1, stride=2), library.nn.ReLU(), library.nn.ConvTranspose2d(4, 2, 3),
            library.nn.ReplicationPad2d(1), library.nn.Conv2d(2, 2, 2, padding_mode="circular", padding=1),
        )  # fmt: skip
        sgd = library.optim.SGD(net.parameters(), lr=0.1)
        x = library.randn(shape)
        for _ in range(3):
            sgd.zero_grad()
            loss = (net(x) ** 2).mean()
            loss.backward()
            sgd.step()
            yield from (
                loss,
                *(p.grad.clone() for p in net.parameters()),
                *(p.clone() for p in net.parameters()),
            )

    ours = list(trained(minigrad))
    with minigrad_kernels():
        theirs = list(trained(torch))
    for a, b in zip(ours, theirs, strict=True):
        same_bits(a, b)


# -- layers -------------------------------------------------------------------------------------------------

LAYERS = [
    lambda t: t.nn.Conv2d(3, 8, 3),
    lambda t: t.nn.Conv1d(4, 6, (3,), stride=2, padding="valid", groups=2),
    lambda t: t.nn.Conv2d(4, 6, (3, 5), padding="same", padding_mode="reflect", bias=False),
    lambda t: t.nn.Conv2d(4, 6, [3, 5], padding=(1, 2), padding_mode="circular", dilation=2),
    lambda t: t.nn.Conv2d(2, 6, 4, padding="valid", padding_mode="replicate"),
    lambda t: t.nn.Conv3d(2, 2, 2, dtype=t.float64),
    lambda t: t.nn.ConvTranspose1d(3, 4, 3),
    lambda t: t.nn.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, groups=2),
    lambda t: t.nn.ConvTranspose3d(1, 2, 2, bias=False),
    lambda t: t.nn.LazyConv1d(4, 3, 1, 1),
    lambda t: t.nn.LazyConv2d(4, 3, bias=False),
    lambda t: t.nn.LazyConv3d(4, 2),
    lambda t: t.nn.LazyConvTranspose1d(4, 3, 2, 1, 1),
    lambda t: t.nn.LazyConvTranspose2d(4, 3, groups=2),
    lambda t: t.nn.LazyConvTranspose3d(4, 3),
]


@pytest.mark.seeded("uniform")
@for_every(LAYERS)
def test_layers(program):
    """Initial values bit for bit, texts and names."""
    found = []
    for library in (minigrad, torch):
        library.manual_seed(3)
        layer = program(library)
        told = [repr(layer)]
        dims, channels = len(layer.kernel_size), layer.in_channels or 4
        dtype = layer.bias.dtype if layer.bias is not None else library.float32
        z = layer(library.ones(2, channels, *(9,) * dims, dtype=dtype))
        values = [p.detach().numpy().tobytes() for p in layer.parameters()]
        found.append((*told, repr(layer), list(layer.state_dict()), tuple(z.shape), values))
    assert found[0] == found[1]


def test_a_size_is_chosen_for_a_transposed_convolution():
    def shapes(t):
        layer = t.nn.ConvTranspose2d(2, 3, 3, stride=2)
        x = t.ones(1, 2, 4, 4)
        return [tuple(layer(x, size).shape) for size in ([9, 10], [1, 3, 10, 9])]

    tells_the_same(shapes)
    tells_the_same(lambda t: t.nn.ConvTranspose2d(2, 3, 3, stride=2)(t.ones(1, 2, 4, 4), [8, 9]))
    tells_the_same(lambda t: t.nn.ConvTranspose2d(2, 3, 3, stride=2)(t.ones(1, 2, 4, 4), [9]))


# -- errors and texts ---------------------------------------------------------------------------------------

WRONG = [
    lambda t: t.conv2d(t.ones(3, 3), t.ones(2, 3, 1, 1)),
    lambda t: t.conv1d(t.ones(3, 3, 3, 3), t.ones(2, 3, 1)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 4, 3, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 2, 2), t.ones(2, 3, 3, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), padding=-1),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), stride=0),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), dilation=0),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), groups=0),
    lambda t: t.conv2d(t.ones(1, 4, 4, 4), t.ones(3, 2, 3, 3), groups=2),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), t.ones(3)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4).double(), t.ones(2, 3, 3, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), t.ones(2).double()),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), stride=(1, 2, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), padding="around"),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), padding="same", stride=2),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), stride=1.5),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), 3),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(0, 3, 3, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 0, 3)),
    lambda t: t.conv2d(t.ones(1, 3, 0, 4), t.ones(2, 3, 3, 3), padding=2),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4).bool(), t.ones(2, 3, 3, 3).bool()),
    lambda t: t.conv_transpose2d(t.ones(1, 3, 4, 4), t.ones(2, 4, 3, 3)),
    lambda t: t.conv_transpose2d(t.ones(1, 4, 4, 4), t.ones(4, 2, 3, 3), t.ones(2), groups=2),
    lambda t: t.conv_transpose2d(t.ones(1, 3, 4, 4), t.ones(3, 4, 3, 3), output_padding=1),
    lambda t: t.conv_transpose1d(t.ones(1, 3, 4), t.ones(3, 4, 3), output_padding=1),
    lambda t: t.conv_transpose2d(t.ones(1, 3, 4, 4), t.ones(3, 4, 3, 3), output_padding=-1),
    lambda t: t.conv_transpose2d(t.ones(1, 3, 1, 1), t.ones(3, 4, 3, 3), padding=2),
    lambda t: t.conv_transpose2d(t.ones(1, 3, 4, 4), t.ones(3, 4, 3, 3), padding="same"),
    lambda t: t.conv_transpose2d(t.ones(1, 3, 4, 4), t.ones(3, 4, 3, 3), dilation=0),
    lambda t: t.nn.Conv2d(3, 4, 2, groups=0),
    lambda t: t.nn.Conv2d(3, 4, 2, groups=2),
    lambda t: t.nn.Conv2d(2, 3, 2, groups=2),
    lambda t: t.nn.Conv2d(3, 4, 2, padding="same", stride=2),
    lambda t: t.nn.ConvTranspose2d(3, 4, 2, padding_mode="reflect"),
    lambda t: t.nn.LazyConv2d(4, 2)(t.ones(3, 3)),
    lambda t: t.nn.LazyConv2d(4, 2, groups=2)(t.ones(3, 3, 3)),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (1, 2, 3)),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (1,) * 6),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (-2, -2)),
    lambda t: t.nn.functional.pad(t.ones(3, 3), 1),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (1, 1), "around"),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (1, 1), "reflect", 2.0),
    lambda t: t.nn.functional.pad(t.ones(3, 3, 3, 3), (1, 1), "reflect"),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (3, 1), "reflect"),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (4, 1), "circular"),
    lambda t: t.nn.functional.pad(t.ones(3, 0), (1, 1), "replicate"),
    lambda t: t.nn.functional.pad(t.ones(3, 3).bool(), (1, 1), "replicate"),
    lambda t: t.nn.functional.pad(t.ones(3, 3), (-4, 1), "replicate"),
]


@for_every(WRONG)
def test_errors(program):
    tells_the_same(program)


RIGHT = [
    lambda t: t.conv2d(t.ones(1, 3, 4, 4), t.ones(2, 3, 3, 3), t.ones(2, requires_grad=True)),
    lambda t: t.conv2d(t.ones(1, 3, 4, 4).int(), t.ones(2, 3, 3, 3).int(), t.ones(2).int()),
    lambda t: t.nn.functional.pad(t.ones(2, 3), (1, 1), value=2.5),
    lambda t: t.nn.functional.pad(t.arange(6).reshape(2, 3), (1, 1), value=2.5),
    lambda t: t.nn.functional.pad(t.ones(2, 3).bool(), (1, 1)),
    lambda t: t.nn.functional.pad(t.arange(6.0).reshape(2, 3).requires_grad_(), (2, -1), "reflect"),
    lambda t: t.nn.functional.pad(t.arange(8).reshape(1, 2, 4), (-1, 1), "circular"),
    lambda t: t.nn.ReflectionPad2d((1, 0, 1, 0))(t.arange(6.0).reshape(1, 2, 3)),
    lambda t: [t.nn.ZeroPad1d(2), t.nn.ConstantPad2d((1, 2, 3, 4), 0.5), t.nn.CircularPad3d(1)],
]


@for_every(RIGHT)
def test_texts(program):
    tells_the_same(program)


def test_an_even_kernel_pads_one_more_at_the_end():
    x, w = np.arange(48.0).reshape(3, 4, 4), np.arange(72.0).reshape(2, 3, 3, 4)
    with pytest.warns(UserWarning, match="Using padding='same' with even kernel lengths"):
        ours = minigrad.conv2d(minigrad.from_numpy(x), minigrad.from_numpy(w), padding="same")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        theirs = torch.conv2d(torch.from_numpy(x), torch.from_numpy(w), padding="same")
    assert np.array_equal(ours.numpy(), theirs.numpy())


# -- patches ------------------------------------------------------------------------------------------------


@given(st.data())
def test_windows_show_what_they_say(data):
    size, stride, dilation = (data.draw(st.tuples(*[st.integers(1, 3)] * 2)) for _ in range(3))
    x = np.arange(2 * 9 * 8).reshape(2, 9, 8)
    shown = windows(x, size, stride, dilation)
    assert np.shares_memory(shown, x)
    for at in np.ndindex(shown.shape):
        n, i, j, k, m = at
        assert shown[at] == x[n, i * stride[0] + k * dilation[0], j * stride[1] + m * dilation[1]]


@pytest.mark.parametrize("layout", [ImagesFirst, RowsFirst])
@pytest.mark.parametrize("dilation", [1, 2])
def test_fold_is_the_transpose_of_the_patches(layout, dilation):
    rng = np.random.default_rng(0)
    how = Geometry((2, 1), (1, 0), (dilation, 2), 2)
    places = how.size_of_convolution((7, 6), (3, 2))
    patches = layout((5, 4, 7, 6), (3, 2), (5, 6, *places), how)
    x = drawn(rng, 5, 4, 7, 6)
    w, z = patches.matrices(drawn(rng, 6, 2, 3, 2)), drawn(rng, 5, 6, *places)
    assert (patches.images(w @ patches.columns(x)) * z).sum() == (x * patches.fold(w, z)).sum()


@pytest.mark.parametrize("shape", [(8, 2, 64, 64), (64, 16, 12, 12), (4, 8, 22, 22)])
def test_the_patches_are_in_memory_once(shape):
    """Forward and backward hold at most one matrix of patches, and what has the size of x and z."""
    x = minigrad.ones(shape, requires_grad=True)
    layer = minigrad.nn.Conv2d(shape[1], 8, 3, bias=False)
    z = layer(x)
    dz = minigrad.ones_like(z)
    patches = z.numel() // 8 * shape[1] * 9 * 4
    rest = 4 * (2 * x.numel() + 3 * z.numel())
    tracemalloc.start()
    layer(x)
    forward = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    z.backward(dz)
    backward = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert max(forward, backward) <= patches + rest
