"""Recurrent layers and cells, and packed sequences: bits of values and gradients, training, errors."""

import itertools

import numpy as np
import pytest
import torch
from both import NIGHTLY, for_every, tells_the_same
from test_compile import batch, same_steps
from test_torch_samples import cotangent, flat

import minigrad
from sidebyside.contract import same_bits
from sidebyside.exchange import minigrad_kernels

KINDS = ("RNN", "LSTM", "GRU")
LENGTHS = [3, 6, 1, 6, 2]


def few_bits(shape, seed, kind):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(kind) / 4


def outcome(library, name, form, given, states, kind="float32", few=False, **options):
    """The results of a layer, their gradients, and its weights; few: with weights of few bits."""
    library.manual_seed(0)
    layer = getattr(library.nn, name)(3, 4, **options).to(getattr(library, kind))
    if few:
        with library.no_grad():
            for i, p in enumerate(layer.parameters()):
                p.copy_(library.from_numpy(few_bits(tuple(p.shape), i, kind) / 2))
    x = library.from_numpy(given.astype(kind)).requires_grad_()
    hx = [library.from_numpy(state.astype(kind)).requires_grad_() for state in states]
    rnn, first = library.nn.utils.rnn, options.get("batch_first", False)
    packed = rnn.pack_padded_sequence(x, LENGTHS, first, enforce_sorted=False) if form == "packed" else x
    library.manual_seed(1)
    results = flat(layer(packed, *([tuple(hx)] if len(hx) > 1 else hx)))
    results = [z for z in results if z.is_floating_point()]
    seeds = [cotangent(library, z, i) for i, z in enumerate(results)]
    weights = list(layer.parameters())
    gradients = library.autograd.grad(results, [x, *hx, *weights], seeds)
    return [each.detach().numpy() for each in (*weights, *results, *gradients)], repr(layer)


def same_outcome(name, form, states, **options):
    """Asserts equal bits; if they are of few bits by both libraries' kernels, else on exchanged ones."""
    outer = {"plain": (5,), "packed": (5,), "alone": ()}[form]
    given = few_bits((5, 6, 3) if outer and options.get("batch_first") else (6, *outer, 3), 0, "float64")
    layers = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    hidden = [options.get("proj_size") or 4, 4][: 2 if name == "LSTM" else 1]
    states = [few_bits((layers, *outer, n), i, "float64") for i, n in enumerate(hidden)] if states else []
    ours, said = outcome(minigrad, name, form, given, states, **options)
    if options.get("few"):
        theirs, told = outcome(torch, name, form, given, states, **options)
    else:
        with minigrad_kernels():
            theirs, told = outcome(torch, name, form, given, states, **options)
    assert said == told
    for z, other in zip(ours, theirs, strict=True):
        assert z.dtype == other.dtype
        assert np.array_equal(z, other)


FORMS = list(itertools.product(("plain", "packed", "alone"), (False, True)))
OPTIONS = [
    {"num_layers": 2, "dropout": 0.5},
    {"batch_first": True, "bidirectional": True},
    {"bias": False},
    {"num_layers": 2, "bidirectional": True, "bias": False},
    {"num_layers": 2, "bidirectional": True, "batch_first": True, "dropout": 0.5},
]


@pytest.mark.parametrize(("form", "states"), FORMS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_sequence_of_few_bits_is_exact(options, form, states):
    small = {"kind": "float64", "few": True, "nonlinearity": "relu"}
    same_outcome("RNN", form, states, **small, **options)


@pytest.mark.parametrize(("form", "states"), FORMS)
@pytest.mark.parametrize("name", KINDS)
def test_a_sequence_on_exchanged_kernels_is_exact(name, form, states):
    for options in OPTIONS[FORMS.index((form, states)) % 2 :: 2]:
        same_outcome(name, form, states, **options)


@pytest.mark.parametrize("options", [{}, OPTIONS[1], OPTIONS[3]], ids=str)
def test_an_lstm_with_a_projection(options):
    same_outcome("LSTM", "plain", True, proj_size=2, **options)
    same_outcome("LSTM", "packed", False, proj_size=2, **options)


@pytest.mark.parametrize("name", ["RNNCell", "LSTMCell", "GRUCell"])
def test_a_cell_is_a_step_of_its_layer(name):
    minigrad.manual_seed(0)
    cell, layer = getattr(minigrad.nn, name)(3, 4), getattr(minigrad.nn, name[:-4])(3, 4)
    layer.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
    x, state = minigrad.randn(6, 5, 3), None
    for step in x:
        state = cell(step, state)
    last = layer(x)[1]
    for h, other in zip(flat(state), flat(last), strict=True):
        assert np.array_equal(h.detach().numpy(), other[0].detach().numpy())


@pytest.mark.seeded("uniform")
@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", [*KINDS, "RNNCell", "LSTMCell", "GRUCell"])
def test_initial_weights_are_torchs(name, kind):
    weights = []
    for library in (minigrad, torch):
        library.manual_seed(3)
        layer = getattr(library.nn, name)(5, 7, dtype=getattr(library, kind))
        weights.append({key: value.numpy().tobytes() for key, value in layer.state_dict().items()})
    assert weights[0] == weights[1]


# -- training -----------------------------------------------------------------------------------------------


def model(library, name, **options):
    library.manual_seed(0)
    layer = getattr(library.nn, name)(5, 8, **options)
    out = library.nn.Linear(8 * (2 if layer.bidirectional else 1), 3)
    parts = library.nn.ModuleList([layer, out])
    optimizer = library.optim.Adam(parts.parameters(), lr=0.01)

    def step(x, y):
        sequence = x.unsqueeze(0).expand(4, *x.shape) * 1.5
        loss = library.nn.functional.cross_entropy(out(layer(sequence)[0][-1]), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return parts, step


def trained(library, steps):
    parts, step = model(library, "LSTM")
    for seed in range(steps):
        x, y = (library.from_numpy(each.numpy()) for each in batch(seed))
        loss = step(x, y)
        yield [
            t.detach().numpy().tobytes()
            for t in (loss, *(t for p in parts.parameters() for t in (p.grad, p)))
        ]


def test_an_lstm_trains_with_equal_bits():
    steps = 100 if NIGHTLY else 30
    ours = list(trained(minigrad, steps))
    with minigrad_kernels():
        theirs = list(trained(torch, steps))
    assert ours == theirs
    assert len(set(map(tuple, ours))) == steps  # it learns


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True, "dropout": 0.3}], ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_a_compiled_step_is_the_eager_one(name, options):
    same_steps(*(model(minigrad, name, **options) for _ in range(2)), [batch(seed) for seed in range(4)])


@pytest.mark.parametrize("name", KINDS)
def test_second_derivatives(name):
    minigrad.manual_seed(0)
    layer = getattr(minigrad.nn, name)(1, 1).double()
    x = minigrad.randn(2, 1, 1, dtype=minigrad.float64, requires_grad=True)
    weights = [p.detach().requires_grad_() for p in layer.parameters()]
    names = [key for key, _ in layer.named_parameters()]

    def outputs(x, *values):
        for key, value in zip(names, values, strict=True):
            del layer._parameters[key]
            layer.register_buffer(key, value)
        result = flat(layer(x))
        for key, value in zip(names, weights, strict=True):
            del layer._buffers[key]
            layer.register_parameter(key, minigrad.nn.Parameter(value))
        return tuple(result)

    assert minigrad.autograd.gradcheck(outputs, (x, *weights))
    assert minigrad.autograd.gradgradcheck(outputs, (x, *weights))


def gradients(name, used, create_graph, **options):
    """Of those results of a layer whose numbers are used, with respect to its input and some of its weights."""
    minigrad.manual_seed(0)
    layer = getattr(minigrad.nn, name)(3, 4, **options)
    x = minigrad.randn(5, 2, 3, requires_grad=True)
    results = flat(layer(x))
    leaves = [x, *list(layer.parameters())[1:]]
    outputs = [results[i] for i in used if i < len(results)]
    seeds = [cotangent(minigrad, z, i) for i, z in enumerate(outputs)]
    found = minigrad.autograd.grad(outputs, leaves, seeds, create_graph=create_graph, allow_unused=True)
    return [None if dx is None else dx.detach().numpy() for dx in found]


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"bidirectional": True}], ids=str)
@pytest.mark.parametrize("used", [(0,), (1,), (2, 1), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_a_layer_in_one_step_has_the_gradients_of_its_ops(name, used, options):
    once, again = (gradients(name, used, create_graph, **options) for create_graph in (False, True))
    for dx, other in zip(once, again, strict=True):
        assert (dx is None) == (other is None)
        assert dx is None or same_bits(dx, other)


@pytest.mark.parametrize("library", [minigrad, torch])
def test_a_frozen_weight_of_a_layer_gets_no_gradient(library):
    layer = library.nn.LSTM(3, 4)
    layer.weight_hh_l0.requires_grad_(False)
    layer(library.ones(2, 1, 3))[0].sum().backward()
    assert layer.weight_hh_l0.grad is None
    assert all(p.grad is not None for p in layer.parameters() if p.requires_grad)


def encoded_twice(library):
    """A layer that is used twice, and its weights a third time."""
    library.manual_seed(0)
    layer = library.nn.LSTM(3, 4)
    x = library.from_numpy(np.random.default_rng(0).standard_normal((6, 2, 3)).astype("float32"))
    y, state = layer(x)
    z, _ = layer(x.flip(0), state)
    loss = (y * z).sum() + sum((p * p).sum() for p in layer.parameters())
    return [dx.numpy() for dx in library.autograd.grad(loss, list(layer.parameters()))]


def test_the_gradients_of_a_layer_that_is_used_twice_add_up_as_in_torch():
    ours = encoded_twice(minigrad)
    with minigrad_kernels():
        theirs = encoded_twice(torch)
    assert all(map(same_bits, ours, theirs))


# -- errors, and sequences ----------------------------------------------------------------------------------

LAYERS = [
    lambda t: t.nn.LSTM(3, 4, 0),
    lambda t: t.nn.LSTM(3, 4, dropout=2),
    lambda t: t.nn.LSTM(3, 4, dropout=True),
    lambda t: t.nn.LSTM(3, 4, dropout="0.5"),
    lambda t: t.nn.LSTM(3, 4, dropout=0.5),
    lambda t: t.nn.LSTM(3, 4, proj_size=-1),
    lambda t: t.nn.LSTM(3, 4, proj_size=4),
    lambda t: t.nn.GRU(3, 4, proj_size=2),
    lambda t: t.nn.RNN(3, 4, proj_size=2),
    lambda t: t.nn.RNN(3, 4, nonlinearity="sigmoid"),
    lambda t: t.nn.RNN(3, 4, 1, "sigmoid"),
    lambda t: t.nn.RNNBase("MGU", 3, 4),
    lambda t: t.nn.GRU(3),
    lambda t: t.nn.GRU(3, 4, hidden=2),
    lambda t: (t.nn.RNN(3, 4, 1, "relu", False), t.nn.GRU(3, 4, 2, True, True, 0.5, True)),
    lambda t: (t.nn.RNNCell(3, 4, False, "relu"), t.nn.LSTMCell(3, 4, False), t.nn.GRUCell(3, 4)),
    lambda t: [list(w.shape) for ws in t.nn.LSTM(3, 4, 2, False, proj_size=2).all_weights for w in ws],
    lambda t: t.nn.LSTM(3, 4).flatten_parameters(),
    lambda t: t.nn.LSTM(3, 4)(t.ones(3)),
    lambda t: t.nn.RNN(3, 4)(t.ones(3)),
    lambda t: t.nn.GRU(3, 4)(t.ones(1, 1, 1, 3)),
    lambda t: t.nn.GRU(3, 4)(t.ones(2, 2, 3).double()),
    lambda t: t.nn.GRU(3, 4)(t.ones(2, 2, 5)),
    lambda t: t.nn.GRU(3, 4)(t.ones(0, 2, 3)),
    lambda t: [list(z.shape) for z in t.nn.GRU(3, 4)(t.ones(2, 0, 3))],
    lambda t: t.nn.GRU(3, 4)(t.ones(2, 2, 3), t.ones(1, 4)),
    lambda t: t.nn.RNN(3, 4)(t.ones(2, 3), t.ones(1, 1, 4)),
    lambda t: t.nn.RNN(3, 4)(t.ones(2, 2, 3), t.ones(1, 3, 4)),
    lambda t: t.nn.RNN(3, 4)(t.ones(2, 2, 3), t.ones(2, 2, 4)),
    lambda t: t.nn.RNN(3, 4)(t.ones(2, 2, 3), t.ones(1, 2, 4).double()),
    lambda t: t.nn.LSTM(3, 4)(t.ones(2, 2, 3), (t.ones(1, 2, 4), t.ones(1, 2, 5))),
    lambda t: t.nn.LSTM(3, 4)(t.ones(2, 2, 3), (t.ones(2, 4), t.ones(1, 2, 4))),
    lambda t: t.nn.LSTM(3, 4)(t.ones(2, 3), (t.ones(1, 2, 4), t.ones(1, 2, 4))),
    lambda t: t.nn.LSTM(3, 4)(t.ones(2, 2, 3), (t.ones(1, 2, 5), t.ones(1, 2, 4))),
    lambda t: t.nn.RNNCell(3, 4, nonlinearity="sigmoid")(t.ones(2, 3)),
    lambda t: t.nn.RNNCell(3, 4)(t.ones(2, 2, 3)),
    lambda t: t.nn.RNNCell(3, 4)(t.ones(2, 3), t.ones(3, 4)),
    lambda t: t.nn.LSTMCell(3, 4)(t.ones(2, 3), (t.ones(2, 4), t.ones(2, 5))),
    lambda t: t.nn.LSTMCell(3, 4)(t.ones(2, 3), (t.ones(2, 4), t.ones(1, 1, 4))),
    lambda t: t.nn.GRUCell(3, 4)(t.ones(2, 5)),
    lambda t: t.nn.GRUCell(3, 4)(t.ones(2, 3), t.ones(2, 5)),
]  # fmt: skip


@for_every(LAYERS)
def test_options_and_errors(program):
    tells_the_same(program)


def rows(t):
    """Three sequences of different lengths."""
    return [t.arange(1.0, 7).reshape(3, 2), t.ones(1, 2), t.full((2, 2), 9.0)]


def packed(t, **options):
    return t.nn.utils.rnn.pack_sequence(rows(t), enforce_sorted=False)


SEQUENCES = [
    lambda t, rnn: rnn.pad_sequence(rows(t)),
    lambda t, rnn: rnn.pad_sequence(rows(t), batch_first=True, padding_value=-1),
    lambda t, rnn: rnn.pad_sequence(rows(t), True, padding_side="left"),
    lambda t, rnn: rnn.pad_sequence([t.tensor([1, 2]), t.tensor([3])], padding_value=7),
    lambda t, rnn: rnn.pad_sequence(t.ones(2, 3)),
    lambda t, rnn: rnn.pad_sequence([]),
    lambda t, rnn: rnn.pad_sequence(3),
    lambda t, rnn: rnn.pad_sequence(rows(t), padding_side="top"),
    lambda t, rnn: rnn.pack_sequence(rows(t)),
    lambda t, rnn: rnn.pack_sequence(rows(t), enforce_sorted=False),
    lambda t, rnn: rnn.pack_sequence([t.tensor([1, 2]), t.tensor([3, 4]), t.tensor([5])]),
    lambda t, rnn: rnn.pack_sequence([]),
    lambda t, rnn: rnn.unpack_sequence(packed(t)),
    lambda t, rnn: rnn.pad_packed_sequence(packed(t)),
    lambda t, rnn: rnn.pad_packed_sequence(packed(t), batch_first=True, padding_value=-1.0, total_length=5),
    lambda t, rnn: rnn.pad_packed_sequence(packed(t), total_length=2),
    lambda t, rnn: rnn.pack_padded_sequence(t.ones(3, 2), [3, 2]),
    lambda t, rnn: rnn.pack_padded_sequence(t.arange(6).reshape(2, 3), [3, 2], batch_first=True),
    lambda t, rnn: rnn.pack_padded_sequence(t.ones(3, 2), t.tensor([2, 1], dtype=t.int32)),
    lambda t, rnn: rnn.pack_padded_sequence(t.ones(3, 2), [2, 3]),
    lambda t, rnn: rnn.pack_padded_sequence(t.ones(3, 2), [2, 0]),
    lambda t, rnn: rnn.pack_padded_sequence(t.ones(3, 2), [2]),
    lambda t, rnn: rnn.pack_padded_sequence(t.ones(0, 2), [0, 0]),
    lambda t, rnn: rnn.unpad_sequence(t.arange(6).reshape(3, 2), t.tensor([3, 1])),
    lambda t, rnn: rnn.unpad_sequence(t.arange(6).reshape(3, 2), t.tensor([2, 1, 0]), batch_first=True),
    lambda t, rnn: rnn.invert_permutation(t.tensor([2, 0, 1])),
    lambda t, rnn: (rnn.invert_permutation(None), packed(t).is_cuda, packed(t).double(), packed(t).half()),
    lambda t, rnn: (packed(t).to(t.float64).data.dtype, packed(t).cpu().batch_sizes, packed(t).to("cpu")),
    lambda t, rnn: rnn.PackedSequence((t.ones(3), t.tensor([2, 1]))),
    lambda t, rnn: rnn.PackedSequence(t.ones(3)),
    lambda t, rnn: rnn.PackedSequence(t.ones(3), t.tensor([2, 1]), t.tensor([1, 0])),
    lambda t, rnn: t.nn.GRU(2, 4)(rnn.pack_sequence([t.ones(2, 2)]), t.ones(1, 2, 4)),
    lambda t, rnn: t.nn.GRU(3, 4)(packed(t)),
    lambda t, rnn: t.nn.GRU(2, 4)(rnn.pack_sequence([t.ones(2, 2, 2), t.ones(1, 2, 2)])),
]  # fmt: skip


@for_every(SEQUENCES)
def test_sequences(program):
    tells_the_same(lambda t: program(t, t.nn.utils.rnn))


@pytest.mark.parametrize("library", [minigrad, torch])
def test_gradients_reach_padded_and_packed_sequences(library):
    rnn = library.nn.utils.rnn
    parts = [x.requires_grad_() for x in rows(library)]
    padded, _ = rnn.pad_packed_sequence(rnn.pack_sequence(parts, enforce_sorted=False))
    (padded * library.arange(18.0).reshape(3, 3, 2)).sum().backward()
    assert [x.grad.tolist() for x in parts] == [[[0, 1], [6, 7], [12, 13]], [[2, 3]], [[4, 5], [10, 11]]]
