"""Pools: torch's values, places, gradients and refusals, with ties, nan, padding; and dropout of channels."""

import itertools

import numpy as np
import pytest
import torch
from both import for_every, sampled, tells_the_same

import minigrad
from sidebyside.contract import pool3d_bounds
from sidebyside.contract.balls import Ball
from sidebyside.exchange import minigrad_kernels

REFUSED = [
    lambda t, F, x: F.max_pool2d(x, 0),
    lambda t, F, x: F.max_pool2d(x, (2, 2, 2)),
    lambda t, F, x: F.max_pool2d(x, 2, 0),
    lambda t, F, x: F.max_pool2d(x, 2, (1, 1, 1)),
    lambda t, F, x: F.max_pool2d(x, 2, padding=2),
    lambda t, F, x: F.max_pool2d(x, 2, padding=-1),
    lambda t, F, x: F.max_pool2d(x, 3, 1, 2, 2),
    lambda t, F, x: F.max_pool2d(x, 2, dilation=0),
    lambda t, F, x: F.max_pool2d(x, 9),
    lambda t, F, x: F.max_pool2d(x.bool(), 2),
    lambda t, F, x: F.max_pool2d(x[0, 0], 2),
    lambda t, F, x: F.max_pool2d(t.zeros(2, 0, 4, 4), 2),
    lambda t, F, x: F.max_pool2d(x, "a"),
    lambda t, F, x: F.max_pool2d(x, 2.0),
    lambda t, F, x: F.max_pool2d([1.0], 2),
    lambda t, F, x: F.max_pool1d(x, 2),
    lambda t, F, x: F.max_pool1d(x[0], (2, 2)),
    lambda t, F, x: F.max_pool1d(x[0], 0),
    lambda t, F, x: F.max_pool1d(x[0], 2, -1),
    lambda t, F, x: F.max_pool1d(x[0], 2, 1, 2),
    lambda t, F, x: F.max_pool1d(x[0], 2, 1, 0, 0),
    lambda t, F, x: F.max_pool1d(x[0], 9),
    lambda t, F, x: F.max_pool1d(x[0].int(), 2),
    lambda t, F, x: F.avg_pool2d(x, 2, divisor_override=0),
    lambda t, F, x: F.avg_pool2d(x.int(), 2),
    lambda t, F, x: F.avg_pool2d(x[0, 0], 2),
    lambda t, F, x: F.avg_pool1d(x[0], (2, 2)),
    lambda t, F, x: F.avg_pool1d(x[0, 0, 0], 2),
    lambda t, F, x: F.adaptive_avg_pool2d(x, (3,)),
    lambda t, F, x: F.adaptive_avg_pool2d(x, -1),
    lambda t, F, x: F.adaptive_avg_pool2d(x.int(), 3),
    lambda t, F, x: F.adaptive_avg_pool2d(x[0, 0], 3),
    lambda t, F, x: F.adaptive_avg_pool1d(x[0], (3, 3)),
    lambda t, F, x: F.adaptive_max_pool2d(x, (3, 3, 3)),
    lambda t, F, x: F.adaptive_max_pool2d(t.zeros(1, 2, 0, 4), 2),
    lambda t, F, x: F.adaptive_max_pool1d(x[0, 0, 0], 3),
    lambda t, F, x: F.dropout2d(x, 2),
    lambda t, F, x: F.dropout2d(x[0, 0, 0]),
    lambda t, F, x: F.dropout2d(x.int()),
    lambda t, F, x: F.dropout1d(x),
]


@for_every(REFUSED)
def test_refusals(program):
    tells_the_same(lambda t: program(t, t.nn.functional, t.arange(120.0).reshape(1, 4, 6, 5)))


DROPPED = [
    lambda F, x: F.dropout1d(x[0], 0.3),
    lambda F, x: F.dropout1d(x[0, 0], 0.3),
    lambda F, x: F.dropout2d(x, 0.3),
    lambda F, x: F.dropout2d(x[0], 0.3),
    lambda F, x: F.dropout2d(x[0, 0], 0.3),
    lambda F, x: F.dropout2d(x, 1.0),
    lambda F, x: F.dropout3d(x, 0.5),
    lambda F, x: F.dropout3d(x[None], 0.5),
    lambda F, x: F.dropout2d(x.clone(), 0.3, inplace=True),
    lambda F, x: F.dropout1d(x[0, 0].clone(), 0.3, inplace=True),
    lambda F, x: F.dropout2d(x, 0.3, False),
]


@for_every(DROPPED)
def test_the_channels_that_fall_are_torchs(program):
    tells_the_same(lambda t: program(t.nn.functional, t.arange(120.0).reshape(2, 3, 4, 5)))


@pytest.mark.parametrize("name", ["alpha_dropout", "feature_alpha_dropout"])
def test_alpha_dropout_is_torchs_but_for_the_last_bit(name):
    """It computes x·a + b, which torch may round once."""
    x, results = np.random.default_rng(0).normal(size=(2, 3, 40)).astype("float32"), []
    for library in (minigrad, torch):
        library.manual_seed(0)
        results.append(getattr(library.nn.functional, name)(library.from_numpy(x), 0.3, True).numpy())
    ours, theirs = results
    # two roundings of numbers below 8, the size of x·a and of b
    assert abs(ours - theirs).max() <= 2 * 4 * np.finfo("float32").eps


def outcome(library, name, x, args):
    """Value, places and gradient; or the error."""
    leaf = library.from_numpy(x.copy())
    leaf.requires_grad_(leaf.is_floating_point())
    try:
        z = getattr(library.nn.functional, name)(leaf, *args)
    except (RuntimeError, NotImplementedError) as error:
        return type(error), str(error).split("\n")[0].split(". ")[0]
    z, places = z if isinstance(z, tuple) else (z, None)
    found = [z.detach().numpy(), None if places is None else places.numpy()]
    if z.requires_grad:
        dz = (np.arange(z.numel()) % 7 - 3.0).reshape(tuple(z.shape)).astype(x.dtype)
        found.append(library.autograd.grad(z, leaf, library.from_numpy(dz))[0].numpy())
    return found


def numbers(shape, dtype, special, seed):
    """Few whole numbers, so that there are ties; `special`: nan and infinities between them."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, shape).astype(dtype)
    if special:
        drawn = rng.random(shape)
        x[drawn < 0.08], x[drawn > 0.9], x[drawn > 0.96] = np.nan, -np.inf, np.inf
    return x


SIZES = itertools.product([1, 2, 3, (2, 3)], [None, 1, 2, 3, (2, 1)], [0, 1, (1, 0)], [1, 2], [False, True])
KINDS = [("float32", True), ("float64", False), ("int64", False)]


@pytest.mark.parametrize("options", sampled(list(SIZES)), ids=str)
def test_every_pool_of_images(options):
    size, stride, padding, dilation, ceil_mode = options
    for (dtype, special), shape in itertools.product(KINDS, [(2, 3, 7, 6), (3, 7, 9)]):
        x = numbers(shape, dtype, special, 0)
        calls = [("max_pool2d", (*options, True)), ("max_pool2d", options)]
        if dilation == 1:
            calls += [("avg_pool2d", (size, stride, padding, ceil_mode, inside)) for inside in (True, False)]
        for name, args in calls:
            ours, theirs = (outcome(library, name, x, args) for library in (minigrad, torch))
            np.testing.assert_equal(ours, theirs)


def test_a_window_that_meets_padding_alone_is_the_least_number():
    x = numbers((2, 3, 7, 1), "float32", False, 0)
    ours, theirs = (
        library.max_pool2d(library.from_numpy(x), (3, 2), (2, 1), (1, 1), (2, 2)).numpy()
        for library in (minigrad, torch)
    )
    np.testing.assert_equal(ours, theirs)
    assert (ours == -np.inf).all()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8])
def test_every_pool_of_rows_and_of_a_given_number_of_windows(size):
    x = numbers((2, 3, 7), "float32", True, 1)
    calls = [("adaptive_max_pool1d", (size, True)), ("adaptive_max_pool2d", ((2, size), True))]
    calls += [
        ("max_pool1d", (size, *options))
        for options in itertools.product([None, 2], [0, 1], [1, 2], [False, True], [False, True])
    ]
    for name, args in calls:
        ours, theirs = (outcome(library, name, x, args) for library in (minigrad, torch))
        np.testing.assert_equal(ours, theirs)


SMOOTH = [
    lambda F, x: F.max_pool2d(x, 2, 1, 1),
    lambda F, x: F.avg_pool2d(x, 3, 2, 1, True, False),
    lambda F, x: F.avg_pool2d(x, 2, 3),
    lambda F, x: F.adaptive_avg_pool2d(x, 3),
    lambda F, x: F.adaptive_max_pool2d(x, 3),
]


@for_every(SMOOTH)
def test_second_derivatives(program):
    distinct = np.random.default_rng(1).permutation(60).reshape(1, 2, 5, 6) / 8
    x = minigrad.from_numpy(distinct).requires_grad_()
    assert minigrad.autograd.gradgradcheck(lambda x: program(minigrad.nn.functional, x) ** 2, (x,))


# -- volumes --------------------------------------------------------------------------------------------------

VOLUMES = {
    "max": lambda t, x: t.nn.functional.max_pool3d(x, (2, 3, 2), 1, (1, 1, 0), return_indices=True),
    "max-dilated": lambda t, x: t.nn.functional.max_pool3d(x, 2, 1, 0, 2),
    "mean": lambda t, x: t.nn.functional.avg_pool3d(x, 2, 1, 1),
    "mean-ceil": lambda t, x: t.nn.functional.avg_pool3d(
        x, (2, 1, 4), ceil_mode=True, count_include_pad=False
    ),
    "mean-divisor": lambda t, x: t.nn.functional.avg_pool3d(x, 3, 2, 1, divisor_override=4),
    "adaptive": lambda t, x: t.nn.functional.adaptive_avg_pool3d(x, (2, 3, None)),
    "adaptive-max": lambda t, x: t.nn.functional.adaptive_max_pool3d(x, 2, True),
}


@pytest.mark.parametrize("name", VOLUMES)
@pytest.mark.parametrize("batched", [True, False])
def test_volumes_on_exchanged_kernels(name, batched):
    """Means and maxima, their places and gradients, of two samples and of one."""
    found = []
    for library in (minigrad, torch):
        shape = (2, 2, 4, 3, 5) if batched else (2, 4, 3, 5)
        x = (
            (library.arange(240.0)[: 240 if batched else 120] * 37 % 101 / 8 - 5)
            .reshape(shape)
            .requires_grad_()
        )
        with minigrad_kernels():
            z = VOLUMES[name](library, x)
            pooled = z if isinstance(z, tuple) else (z,)
            (pooled[0] * pooled[0]).sum().backward()
        found.append([each.detach().numpy().tobytes() for each in (*pooled, x.grad)])
    assert found[0] == found[1]


def test_a_compiled_pool_finds_a_nan_that_was_not_there_when_it_was_recorded():
    pool = lambda x: minigrad.nn.functional.max_pool2d(x, 2, return_indices=True)
    compiled = minigrad.compile(pool)
    for holes in (0, 2, 3):
        x = minigrad.arange(16.0).reshape(1, 1, 4, 4)
        x[0, 0, 0, :holes] = np.nan
        for z, other in zip(compiled(x), pool(x), strict=True):
            assert np.array_equal(z.numpy(), other.numpy(), equal_nan=True)


def test_a_mean_of_thirds_that_are_floats_rounds_where_the_sum_does():
    terms = (0.4013986587524414, -6.344407081604004, -4.954357624053955)
    terms += (7.591398239135742, 3.2544679641723633, 1.139634132385254)
    volume = np.array(terms, np.float32).reshape(1, 1, 2, 1, 3)
    bound = pool3d_bounds.Boxes(volume.shape, [pool3d_bounds._bins(n, 1) for n in volume.shape[-3:]]).means(
        Ball(volume)
    )
    for t in (minigrad, torch):
        z = t.nn.functional.avg_pool3d(t.from_numpy(volume), (2, 1, 3)).numpy()
        assert (abs(z - bound.c) <= bound.r).all()
