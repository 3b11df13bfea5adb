"""Embedding: values, gradients, options, errors and the by-hand twin, beside PyTorch's."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both import BOTH, for_every, same_bits, tells_the_same
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import minigrad
from sidebyside.exchange import minigrad_kernels
from sidebyside.testing import dyadics, floats, same
from torch_ref import attention

INDICES = arrays(np.int64, st.sampled_from([(), (3,), (2, 3), (0,), (2, 0)]), elements=st.integers(0, 4))
OPTIONS = st.fixed_dictionaries(
    {}, optional={"padding_idx": st.integers(-5, 4), "scale_grad_by_freq": st.booleans()}
)


@given(dyadics((5, 4)), INDICES)
def test_three_ways_on_dyadics(weight, indices):
    ways = minigrad.nn.functional.embedding, lambda k, w: attention.embedding(w, k), F.embedding
    same(*ways, indices, weight)


@given(floats((5, 4)), INDICES, OPTIONS)
def test_options_on_exchanged_kernels(weight, indices, options):
    same(
        lambda k, w: minigrad.nn.functional.embedding(k, w, **options),
        lambda k, w: F.embedding(k, w, **options),
        indices, weight, tier="exchanged",
    )  # fmt: skip


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, float("inf")])
def test_long_rows_are_shortened_in_place(norm_type):
    k = [[0, 2], [2, 3]]
    pair = []
    for library in (minigrad, torch):
        library.manual_seed(0)
        with minigrad_kernels():
            layer = library.nn.Embedding(5, 4, max_norm=1.0, norm_type=norm_type)
            z = layer(library.tensor(k))
            (z * z).sum().backward()
        pair.append((layer, z))
    (ours, z), (theirs, w) = pair
    same_bits(z, w)
    same_bits(ours.weight, theirs.weight)
    same_bits(ours.weight.grad, theirs.weight.grad)
    assert ours.weight._version == theirs.weight._version
    assert (ours.weight[minigrad.tensor([0, 2, 3])].norm(norm_type, 1) <= 1).all()


@BOTH
def test_the_padding_learns_nothing(library):
    layer = library.nn.Embedding(4, 3, padding_idx=1)
    assert not layer.weight[1].any()
    layer(library.tensor([0, 1, 1, 2])).sum().backward()
    assert layer.weight.grad.tolist() == [[1.0] * 3, [0.0] * 3, [1.0] * 3, [0.0] * 3]


PROGRAMS = [
    lambda t: t.nn.Embedding(4, 3).weight,
    lambda t: t.nn.Embedding(4, 3, padding_idx=-1, dtype=t.float64).weight,
    lambda t: t.nn.Embedding(40, 3, 2).state_dict(),
    lambda t: t.nn.Embedding(5, 3, 1, 2.0, 3.0, True),
    lambda t: t.nn.Embedding(5, 3, 0, 2, 2),
    lambda t: t.nn.Embedding(0, 3)(t.zeros(0, dtype=t.int64)),
    lambda t: t.nn.Embedding(0, 3)(t.zeros(1, dtype=t.int64)),
    lambda t: t.nn.Embedding(5, 3, padding_idx=5),
    lambda t: t.nn.Embedding(5, 3, padding_idx=-6),
    lambda t: t.nn.Embedding(-1, 3),
    lambda t: t.nn.Embedding(5, 3, _weight=t.ones(5, 2)),
    lambda t: t.nn.Embedding(5, 3)([1]),
    lambda t: t.nn.Embedding(5, 3)(t.tensor([5])),
    lambda t: t.nn.Embedding(5, 3)(t.tensor([-1])),
    lambda t: t.nn.Embedding(5, 3)(t.tensor([1.0])),
    lambda t: t.nn.Embedding(5, 3)(t.tensor([True])),
    lambda t: t.nn.Embedding(5, 3, max_norm=1.0)(t.tensor([1], dtype=t.int16)),
    lambda t: t.nn.Embedding(5, 3)(t.tensor([[1, 2]], dtype=t.int32)),
    lambda t: t.nn.Embedding.from_pretrained(t.arange(6.0).reshape(3, 2)).weight,
    lambda t: t.nn.Embedding.from_pretrained(t.ones(3, 2), freeze=False, padding_idx=0, max_norm=2.0),
    lambda t: t.nn.Embedding.from_pretrained(t.ones(3)),
    lambda t: t.nn.functional.embedding(t.tensor([1, 1]), t.arange(6).reshape(3, 2)),
    lambda t: t.nn.functional.embedding(t.tensor([1]), t.arange(6).reshape(3, 2), max_norm=1.0),
    lambda t: t.nn.functional.embedding(t.tensor([1]), t.ones(3)),
    lambda t: t.nn.functional.embedding(t.tensor([1]), t.ones(3, 2), 1.5),
    lambda t: t.nn.functional.embedding(t.tensor([1]), 1),
    lambda t: t.nn.Embedding(5, 3)(t.tensor([1])).grad_fn.name(),
]


@for_every(PROGRAMS)
def test_as_in_torch(program):
    tells_the_same(program)


@pytest.mark.parametrize("scale", [False, True])
def test_second_derivatives(scale):
    pair = []
    for library in (minigrad, torch):
        w = library.arange(12.0).reshape(4, 3).requires_grad_()
        z = library.nn.functional.embedding(library.tensor([1, 1, 0, 2]), w, 2, scale_grad_by_freq=scale)
        (dw,) = library.autograd.grad((z * z * z).sum(), w, create_graph=True)
        (dw * dw).sum().backward()
        pair.append((dw, w.grad))
    for ours, theirs in zip(*pair, strict=True):
        same_bits(ours, theirs)


def test_first_and_second_derivatives_by_differences():
    w = minigrad.randn(4, 3, dtype=minigrad.float64, requires_grad=True)
    k = minigrad.tensor([[1, 1], [0, 3]])
    assert minigrad.autograd.gradcheck(lambda w: minigrad.nn.functional.embedding(k, w), w)
    assert minigrad.autograd.gradgradcheck(lambda w: minigrad.nn.functional.embedding(k, w) ** 2, w)


def test_sparse_gradients_are_refused():
    for refused in (
        lambda: minigrad.nn.Embedding(3, 2, sparse=True),
        lambda: minigrad.nn.functional.embedding(minigrad.tensor([0]), minigrad.ones(3, 2), sparse=True),
    ):
        with pytest.raises(NotImplementedError, match="sparse gradients are not implemented"):
            refused()


# -- bags -----------------------------------------------------------------------------------------------------

BAGS = [
    {"mode": "sum"}, {"mode": "mean"}, {"mode": "max"}, {"mode": "max", "padding_idx": 3},
    {"mode": "sum", "padding_idx": -1, "include_last_offset": True}, {"mode": "mean", "scale_grad_by_freq": True},
    {"mode": "sum", "max_norm": 1.0},
]  # fmt: skip


@pytest.mark.parametrize("options", BAGS, ids=str)
def test_bags(options):
    """Of 2 and 4 indices and of none; dyadic numbers, so that no sum rounds."""

    def bags(t):
        weight = (t.arange(12.0).reshape(4, 3) % 5 - 2).requires_grad_()
        k, offsets = t.tensor([1, 3, 3, 0, 3, 2]), t.tensor([0, 2, 2, 6])
        if not options.get("include_last_offset"):
            offsets = offsets[:-1]
        s = (
            t.tensor([1.0, 2.0, 4.0, 0.5, 0.25, -1.0], requires_grad=True)
            if options["mode"] == "sum"
            else None
        )
        z = t.nn.functional.embedding_bag(k, weight, offsets, per_sample_weights=s, **options)
        z.backward(t.arange(9.0).reshape(3, 3))
        with t.no_grad():
            of_rows = t.nn.functional.embedding_bag(k.reshape(2, 3), weight, mode=options["mode"])
        return z.detach(), weight.grad, s if s is None else s.grad, of_rows

    tells_the_same(bags)


def layer_of_bags(t, **options):
    t.manual_seed(0)
    return t.nn.EmbeddingBag(5, 3, **options)


BAG_PROGRAMS = [
    lambda t: layer_of_bags(t, padding_idx=-1).weight,
    lambda t: layer_of_bags(t, max_norm=1.0, norm_type=3, mode="sum", padding_idx=0),
    lambda t: layer_of_bags(t, mode="max")(t.tensor([[1, 2], [0, 4]])).detach(),
    lambda t: t.nn.EmbeddingBag.from_pretrained(t.ones(4, 2), mode="sum").weight.requires_grad,
    lambda t: layer_of_bags(t, padding_idx=5),
    lambda t: layer_of_bags(t, mode="max")(t.tensor([[1, 5]])),
    lambda t: layer_of_bags(t)(t.tensor([1, 2])),
    lambda t: layer_of_bags(t)(t.tensor([1, 2]), t.tensor([1])),
    lambda t: layer_of_bags(t)(t.tensor([1, 2]), t.tensor([0, 3])),
    lambda t: layer_of_bags(t)(t.tensor([1.0]), t.tensor([0])),
    lambda t: layer_of_bags(t)(t.tensor([[1, 2]]), t.tensor([0])),
    lambda t: layer_of_bags(t)(t.tensor([[1, 2]]), None, t.ones(1, 2)),
    lambda t: layer_of_bags(t, mode="sum")(t.tensor([[1, 2]]), None, t.ones(2)),
    lambda t: layer_of_bags(t, mode="max", scale_grad_by_freq=True)(t.tensor([[1, 2]])),
    lambda t: layer_of_bags(t, mode="least")(t.tensor([[1, 2]])),
    lambda t: t.nn.functional.embedding_bag(t.tensor([[1, 2]]), t.ones(3, 2), padding_idx=3),
]


@pytest.mark.seeded("short normal")
@for_every(BAG_PROGRAMS)
def test_bag_programs(program):
    tells_the_same(program)
