"""Attention and transformers: values, gradients, masks, first weights, errors, and the by-hand twin."""

import itertools

import numpy as np
import pytest
import torch
from both import for_every, same_bits, sampled, tells_the_same
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from sidebyside.exchange import minigrad_kernels
from sidebyside.testing import logits, same
from torch_ref import attention


def attend(library):
    return library.nn.functional.scaled_dot_product_attention


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("tier", ["exchanged", "bounded"])
@given(data=st.data())
def test_three_ways(kind, tier, data):
    qkv = [data.draw(logits((2, 3, 4), dtype=kind, most=8)) for _ in range(3)]
    ours, theirs = ((lambda *x, t=t: attend(t)(*x, is_causal=True)) for t in (minigrad, torch))
    same(ours, attention.attention, theirs, *qkv, tier=tier)


def ones(t, *shape):
    return t.ones(shape, requires_grad=True)


PROGRAMS = [
    lambda t: attend(t)(t.ones(2), t.ones(2), t.ones(2)),
    lambda t: attend(t)(t.ones(2, 4), t.ones(3, 4), t.ones(3, 5)),
    lambda t: attend(t)(t.ones(2, 4), t.ones(3, 5), t.ones(3, 5)),
    lambda t: attend(t)(t.ones(2, 4), t.ones(3, 4), t.ones(3, 4).double()),
    lambda t: attend(t)(*[t.ones(1, 2, 4, dtype=t.int64)] * 3),
    lambda t: attend(t)(*[t.ones(1, 2, 4, dtype=t.bool)] * 3),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, t.ones(2, 2).double()),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, t.ones(2, 2, dtype=t.int64)),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, t.ones(2, 3)),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, t.ones(2)),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, t.tensor(True)),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, t.zeros(2, 2, dtype=t.bool)),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, None, 1.5),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, None, 0.5),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, None, 1.0),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, None, 0.0, 1),
    lambda t: attend(t)(*[t.ones(2, 4)] * 3, None, 0.0, True, 2.0),
    lambda t: attend(t)(*[t.ones(2, 4).half()] * 3, is_causal=True),
    lambda t: attend(t)(t.ones(2, 4), t.ones(2, 4)),
    lambda t: attend(t)(t.ones(2, 4), [1.0], t.ones(2, 4)),
    lambda t: attend(t)(t.ones(4, 2, 4), t.ones(2, 2, 4), t.ones(2, 2, 4), enable_gqa=True),
    lambda t: attend(t)(t.ones(3, 2, 4), t.ones(2, 2, 4), t.ones(2, 2, 4), enable_gqa=True),
    lambda t: attend(t)(t.ones(2, 2, 4), t.ones(2, 4), t.ones(2, 4)),
    lambda t: attend(t)(t.ones(0, 4), t.ones(2, 4), t.ones(2, 4)),
    lambda t: attend(t)(t.ones(2, 4), t.ones(0, 4), t.ones(0, 4)),
    lambda t: attend(t)(t.ones(2, 0), t.ones(2, 0), t.ones(2, 4)),
    lambda t: t.nn.Transformer.generate_square_subsequent_mask(3),
    lambda t: t.nn.MultiheadAttention(4, 2),
    lambda t: t.nn.MultiheadAttention(4, 2, bias=False, kdim=3).state_dict(),
    lambda t: t.nn.MultiheadAttention(4, 2, add_bias_kv=True, dtype=t.float64).state_dict(),
    lambda t: t.nn.MultiheadAttention(4, 3),
    lambda t: t.nn.MultiheadAttention(0, 1),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3)] * 3),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 5)] * 3),
    lambda t: t.nn.MultiheadAttention(4, 2)(t.ones(3, 1, 4), t.ones(3, 4), t.ones(3, 4)),
    lambda t: t.nn.MultiheadAttention(4, 2)(t.ones(3, 1, 4), t.ones(3, 1, 4), t.ones(2, 1, 4)),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 4)] * 3, attn_mask=t.ones(2, 2)),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 4)] * 3, attn_mask=t.ones(3, 3, dtype=t.int64)),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 4)] * 3, attn_mask=t.ones(1, 3, 3)),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 2, 4)] * 3, key_padding_mask=t.ones(3) > 0),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 2, 4)] * 3, attn_mask=t.ones(3) > 0),
    lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 2, 4)] * 3, is_causal=True),
    lambda t: t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(4, 1, 8), 2),
    lambda t: t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 1),
    lambda t: t.nn.TransformerEncoderLayer(4, 2, 8, activation="tanh"),
    lambda t: t.nn.TransformerEncoderLayer(4, 2, 8, activation=t.tanh, batch_first=True, bias=False),
    lambda t: t.nn.TransformerEncoderLayer(4, 2, 8).state_dict(),
    lambda t: t.nn.TransformerDecoderLayer(4, 2, 8, dtype=t.float64).state_dict(),
    lambda t: t.nn.Transformer(4, 2, 1, 1, 8).state_dict(),
    lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(t.ones(3, 2, 4), t.ones(3, 1, 4)),
    lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(t.ones(3, 5), t.ones(3, 4)),
]


@for_every(PROGRAMS)
def test_as_in_torch(program):
    tells_the_same(program)


# -- every option, on exchanged kernels ---------------------------------------------------------------------


def tensor(library, seed, *shape):
    values = np.random.default_rng(seed).standard_normal(shape)
    return library.tensor(values.astype(np.float32), requires_grad=True)


def outcome(library, make, call):
    """What a module shows of itself, its result, and the gradients of its weights and inputs."""
    library.manual_seed(0)
    module = make(library)
    results, inputs = call(library, module)
    sum((z * z * z).sum() for z in results).backward()
    told = repr(module), list(module.state_dict())
    return told, [*results, *(each.grad for each in (*module.parameters(), *inputs) if each.grad is not None)]


def equal_on_exchanged_kernels(make, call):
    told, ours = outcome(minigrad, make, call)
    with minigrad_kernels():
        told_by_torch, theirs = outcome(torch, make, call)
    assert told == told_by_torch
    for a, b in zip(ours, theirs, strict=True):
        same_bits(a, b)


OPTIONS = [
    {},
    {"batch_first": True},
    {"bias": False},
    {"add_bias_kv": True, "add_zero_attn": True},
    {"dropout": 0.5, "batch_first": True},
    {"kdim": 3, "vdim": 2},
]
MASKS = [None, "causal", "floats", "padding", "both", "heads"]
CASES = [*itertools.product(OPTIONS, MASKS, [True, False], ["self", "memory"])]


@pytest.mark.parametrize(("options", "mask", "need_weights", "how"), sampled(CASES), ids=str)
def test_multihead_attention(options, mask, need_weights, how):
    def call(t, layer):
        lengths = (4, 4, 4) if how == "self" else (4, 5, 5)
        sizes = 8, layer.kdim, layer.vdim
        x, y, w = (tensor(t, i, n, 3, size) for i, (n, size) in enumerate(zip(lengths, sizes, strict=True)))
        if how == "self" and layer.kdim == 8:
            y = w = x
        elif layer.kdim == 8:
            w = y
        of_keys = t.tensor([[False] * (lengths[1] - 1) + [True]] * 3)
        masks = {
            "causal": {"attn_mask": t.ones(4, lengths[1], dtype=t.bool).triu(1), "is_causal": how == "self"},
            "floats": {"attn_mask": tensor(t, 7, 4, lengths[1])},
            "padding": {"key_padding_mask": of_keys},
            "both": {"key_padding_mask": of_keys, "attn_mask": t.ones(4, lengths[1], dtype=t.bool).triu(2)},
            "heads": {"attn_mask": tensor(t, 8, 6, 4, lengths[1])},
        }
        turned = {id(each): each.transpose(0, 1) if layer.batch_first else each for each in (x, y, w)}
        z, weights = layer(
            *(turned[id(each)] for each in (x, y, w)), need_weights=need_weights, **masks.get(mask, {})
        )
        return [z] if weights is None else [z, weights], [x, y, w]

    equal_on_exchanged_kernels(lambda t: t.nn.MultiheadAttention(8, 2, **options), call)


LAYERS = [
    {},
    {"batch_first": True, "norm_first": True},
    {"bias": False, "activation": "gelu", "dropout": 0.0},
]
TRANSFORMERS = {
    "encoder layer": lambda t, o: t.nn.TransformerEncoderLayer(8, 2, 16, **o),
    "encoder": lambda t, o: t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(8, 2, 16, **o), 2, t.nn.LayerNorm(8)),
    "decoder layer": lambda t, o: t.nn.TransformerDecoderLayer(8, 2, 16, **o),
    "decoder": lambda t, o: t.nn.TransformerDecoder(t.nn.TransformerDecoderLayer(8, 2, 16, **o), 2),
    "transformer": lambda t, o: t.nn.Transformer(8, 2, 1, 1, 16, **o),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("options", LAYERS, ids=str)
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers(name, options, training):
    def call(t, model):
        batch = (3, 4) if options.get("batch_first") else (4, 3)
        x, y = (tensor(t, i, *batch, 8) for i in range(2))
        mask = t.nn.Transformer.generate_square_subsequent_mask(4)
        z = model(x, mask) if name.startswith("encoder") else model(x, y, tgt_mask=mask)
        return [z], [x, y]

    equal_on_exchanged_kernels(lambda t: TRANSFORMERS[name](t, options).train(training), call)


def test_a_first_and_a_second_derivative():
    q, k, v = (minigrad.randn(2, 3, dtype=minigrad.float64, requires_grad=True) for _ in range(3))
    assert minigrad.autograd.gradcheck(lambda *x: attend(minigrad)(*x, is_causal=True), (q, k, v))
    assert minigrad.autograd.gradgradcheck(lambda *x: attend(minigrad)(*x, is_causal=True), (q, k, v))


def with_ops(query, key, value, attn_mask=None, is_causal=False, scale=0.5):
    """Attention by ops, one after the other."""
    from minigrad.nn.later.attention_functions import Attention, attended

    masks = [] if attn_mask is None else [attn_mask]
    return attended(query, key, value, masks, Attention(scale, is_causal))


def turned(t, seed, *shape):
    """Heads between the positions and the features in memory, as a projection leaves them."""
    return tensor(t, seed, shape[0], shape[2], shape[1], shape[3]).transpose(1, 2)


INPUTS = {
    "heads": lambda t: [turned(t, i, 3, 2, n, 4) for i, n in enumerate((5, 6, 6))],
    "row after row": lambda t: [tensor(t, i, 3, 2, n, 4) for i, n in enumerate((5, 6, 6))],
    "one position": lambda t: [turned(t, i, 3, 2, n, 4) for i, n in enumerate((1, 2, 2))],
    "one head": lambda t: [turned(t, i, 3, 1, n, 4) for i, n in enumerate((5, 6, 6))],
    "long": lambda t: [turned(t, i, 2, 3, n, 33) for i, n in enumerate((40, 70, 70))],
    "itself": lambda t: [tensor(t, 0, 3, 2, 5, 4)] * 3,
    "a constant": lambda t: [
        tensor(t, 0, 3, 2, 5, 4),
        tensor(t, 1, 3, 2, 5, 4).detach(),
        tensor(t, 2, 3, 2, 5, 4),
    ],
}


@pytest.mark.parametrize("mask", [None, "causal", "floats"])
@pytest.mark.parametrize("name", INPUTS)
def test_one_step_has_the_bits_of_its_ops(name, mask):
    found = []
    for function in (attend(minigrad), with_ops):
        inputs = INPUTS[name](minigrad)
        shape = (inputs[0].shape[-2], inputs[1].shape[-2])
        options = {"is_causal": mask == "causal", "scale": 0.5}
        if mask == "floats":
            options["attn_mask"] = tensor(minigrad, 9, *shape).detach()
        z = function(*inputs[:3], **options)
        wanted = list(dict.fromkeys(x for x in inputs if x.requires_grad))
        found.append([z, *minigrad.autograd.grad((z * z * z).sum(), wanted)])
        nodes = z.grad_fn.name()
    assert nodes != found[0][0].grad_fn.name() == "ScaledDotProductFlashAttentionForCpuBackward0"
    for a, b in zip(*found, strict=True):
        assert a.array.tobytes() == b.array.tobytes()


SHAPES = {
    "heads": [(2, 3, 4, 5)] * 3,
    "no heads": [(3, 4, 5)] * 3,
    "one head more": [(1, 2, 3, 4, 5)] * 3,
    "other values": [(2, 3, 4, 5), (2, 3, 4, 5), (2, 3, 4, 7)],
    "one key for all": [(2, 3, 4, 5), (1, 3, 4, 5), (1, 3, 4, 5)],
    "columns": [(2, 3, 5, 4)] * 3,
}


@pytest.mark.parametrize("mask", [None, "constant", "trained"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_step_has_torchs_name(name, mask):
    def node(library):
        query, key, value = (tensor(library, i, *shape) for i, shape in enumerate(SHAPES[name]))
        if name == "columns":
            query, key, value = (x.transpose(-1, -2) for x in (query, key, value))
        added = tensor(library, 9, 4, 4).requires_grad_(mask == "trained") if mask else None
        return attend(library)(query, key, value, attn_mask=added).grad_fn.name()

    assert node(minigrad) == node(torch)


def test_dropout_draws_in_the_order_of_memory():
    drawn = []
    for library in (minigrad, torch):
        library.manual_seed(0)
        drawn.append(library.nn.functional.dropout(library.ones(3, 4, 5).permute(1, 2, 0), 0.5))
    ours, theirs = drawn
    same_bits(ours, theirs)
    assert ours.stride() == theirs.stride()
