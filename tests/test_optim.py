"""SGD against torch's: every option bit for bit on dyadic numbers, groups, state, texts and misuse."""

import copy
import importlib
import pickle

import numpy as np
import pytest
import torch
from both import BITS, DTYPES, Dyadic, dyadics, for_every, same_bits, tells_the_same
from hypothesis import given
from hypothesis import strategies as st

import minigrad

# -- the exact tier -------------------------------------------------------------------------------------------

E, GRID = (
    3,
    4,
)  # every option is k/2³ of a small k; parameters and buffers start from multiples of 1/2⁴, at most 2
STEPS = 6


def step_budget(dtype):
    """log₂ of the worst value in one step from parameters, gradients and buffers on the grid."""
    Dyadic.worst = 0.0
    w, g, b, option = Dyadic(GRID, 2), Dyadic(GRID, 2), Dyadic(GRID, 2), Dyadic(E, 2)
    g = g + option * w
    b = option * b + option * g
    w + option * (g + option * b)
    return np.log2(Dyadic.worst)


def snap(t, tensor):
    """The nearest multiple of 1/2⁴ in [-2, 2], on both sides the same: what keeps many steps within the budget."""
    array = tensor.detach().numpy()
    array[...] = np.clip(np.rint(array * 2**GRID) / 2**GRID, -2, 2)


eighths = st.integers(0, 16).map(lambda k: k / 2**E)


@st.composite
def options(draw):
    chosen = {
        "lr": draw(eighths), "momentum": draw(st.one_of(st.just(0), eighths)), "weight_decay": draw(eighths),
        "dampening": draw(st.one_of(st.just(0), eighths)), "maximize": draw(st.booleans()),
        "foreach": draw(st.sampled_from([None, False, True])),
    }  # fmt: skip
    chosen["nesterov"] = chosen["momentum"] > 0 and chosen["dampening"] == 0 and draw(st.booleans())
    return chosen


@given(st.integers(0, 2**32), options(), DTYPES, st.integers(1, STEPS))
def test_every_option_is_exact(seed, chosen, dtype, steps):
    assert step_budget(dtype) <= BITS["float32"]
    W, *G = dyadics(seed, dtype, GRID, 2, *[(2, 3)] * (1 + steps))
    # PyTorch's foreach adds the momentum to .grad itself, unless another option has made a copy of it.
    overwritten = (
        chosen["foreach"] and chosen["nesterov"] and not (chosen["maximize"] or chosen["weight_decay"])
    )

    def run(t):
        p = t.nn.Parameter(t.from_numpy(W.copy()))
        sgd = t.optim.SGD([p], **chosen)
        seen = []
        for g in G:
            p.grad = t.from_numpy(g.copy())
            sgd.step()
            buffer = sgd.state[p].get("momentum_buffer")
            seen += [p.detach().clone(), *([] if buffer is None else [buffer.clone()])]
            for tensor in [p] if buffer is None else [p, buffer]:
                snap(t, tensor)
            seen += [] if overwritten else [p.grad]
        return seen

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours + 0.0, theirs + 0.0)


def training_budget(D, H, C, N):
    """One step of a D-H-C network with Σ (y - t)²/2 for its loss, its weights on the grid of quarters."""
    Dyadic.worst = 0.0
    x, target, w1, b1, w2, b2 = (Dyadic(2, 1) for _ in range(6))
    h = x.dot(w1, D) + b1
    d = h.dot(w2, H) + b2 + target
    (d * d).sum(N * C)
    dh = d.dot(w2, C)
    gradients = [dh.dot(x, N), dh.sum(N), d.dot(h, N), d.sum(N)]
    for g in gradients:
        Dyadic(2, 1) + Dyadic(2, 1) * (g + Dyadic(1, 1) * g)
    return np.log2(Dyadic.worst)


@given(st.integers(0, 2**32), st.sampled_from([0, 0.5]), st.booleans(), st.integers(1, 8))
def test_training_is_exact_on_a_grid(seed, momentum, nesterov, steps):
    """Forward, backward and step in float64, the weights snapped to quarters between steps; buffers restart."""
    assert training_budget(4, 3, 2, 4) <= BITS["float64"]
    X, T, *P = dyadics(seed, "float64", 2, 1, (4, 4), (4, 2), (3, 4), (3,), (2, 3), (2,))

    def run(t):
        net = t.nn.Sequential(t.nn.Linear(4, 3), t.nn.ReLU(), t.nn.Linear(3, 2)).double()
        net.load_state_dict({k: t.from_numpy(p.copy()) for k, p in zip(net.state_dict(), P, strict=True)})
        sgd = t.optim.SGD(net.parameters(), lr=0.25, momentum=momentum, nesterov=nesterov and momentum > 0)
        seen = []
        for _ in range(steps):
            d = net(t.from_numpy(X)) - t.from_numpy(T)
            loss = (d * d).sum() * 0.5
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            seen += [
                loss.detach(),
                *(p.grad.clone() for p in net.parameters()),
                *(p.detach().clone() for p in net.parameters()),
            ]
            for p in net.parameters():
                p.detach().numpy()[...] = np.clip(np.rint(p.detach().numpy() * 4) / 4, -1, 1)
            sgd.state.clear()
        return seen

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours + 0.0, theirs + 0.0)


# -- gradients clipped ---------------------------------------------------------------------------------------


def with_gradients(t, *arrays):
    made = [t.nn.Parameter(t.zeros(*np.shape(array))) for array in arrays]
    for p, array in zip(made, arrays, strict=True):
        p.grad = t.from_numpy(np.array(array, np.float32))
    return made


@given(
    st.integers(0, 2**32), st.sampled_from([1, 2.0, "inf", float("-inf"), 0]), st.sampled_from([0.5, 4, 64])
)
def test_clipping_by_norm_is_exact(seed, norm_type, max_norm):
    """Sums of |g| and of g² of integers below 2³ round nowhere; √, + 10⁻⁶, ÷ and · are rounded right by both."""
    arrays = dyadics(seed, "float32", 0, 7, (2, 3), (4,))
    if norm_type == 2.0:  # a norm of norms: each, and the whole, a whole number
        arrays = [np.array([3.0, 4.0], np.float32), np.array([[0.0, 12.0]], np.float32)]

    def run(t):
        ps = with_gradients(t, *arrays)
        return [t.nn.utils.clip_grad_norm_(ps, max_norm, norm_type), *(p.grad for p in ps)]

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours, theirs)


CLIPPING = [
    lambda t, ps, bad, none: (t.nn.utils.clip_grad_norm_(ps, 1.0), ps[0].grad, ps[0].grad._version),
    lambda t, ps, bad, none: (
        (t.nn.utils.clip_grad_norm_(ps[0], 1), ps[0].grad),
        t.nn.utils.clip_grad_norm_((p for p in ps), t.tensor(2.0)),
    ),
    lambda t, ps, bad, none: (t.nn.utils.clip_grad_norm_(ps, -1.0), ps[0].grad),
    lambda t, ps, bad, none: (
        (t.nn.utils.clip_grad_norm_(ps, 1.0, 3.0), ps[0].grad),
        (t.nn.utils.clip_grad_norm_(ps, 1.0, 0.5), ps[0].grad),
    ),
    lambda t, ps, bad, none: (t.nn.utils.clip_grad_norm_([ps[0], *bad], 1.0), ps[0].grad, bad[0].grad),
    lambda t, ps, bad, none: (
        (t.nn.utils.clip_grad_norm_([*ps, none], 1.0), none.grad),
        t.nn.utils.clip_grad_norm_([none], 1.0),
        t.nn.utils.clip_grad_norm_([], 1.0),
    ),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(bad, 1.0, error_if_nonfinite=True),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(iter([]), 1.0),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_((p for p in []), 1.0),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_([3], 1.0),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(3, 1.0),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(t.nn.Linear(1, 1), 1.0),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(ps, "a"),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(ps, 1.0, "a"),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_norm_(ps),
    lambda t, ps, bad, none: (
        (t.nn.utils.clip_grad_value_(ps, 3.0), ps[0].grad, ps[1].grad),
        (t.nn.utils.clip_grad_value_(ps[0], 2), ps[0].grad),
    ),
    lambda t, ps, bad, none: (
        (t.nn.utils.clip_grad_value_(bad, 1.0), bad[0].grad),
        (t.nn.utils.clip_grad_value_(ps, -1.0), ps[0].grad),
    ),
    lambda t, ps, bad, none: t.nn.utils.clip_grad_value_(ps, "a"),
    lambda t, ps, bad, none: (
        t.nn.utils.get_total_norm([p.grad for p in ps]),
        t.nn.utils.get_total_norm(ps[0].grad, 1),
        t.nn.utils.get_total_norm([]),
    ),
    lambda t, ps, bad, none: (
        (t.nn.utils.clip_grads_with_norm_(ps, 1.0, t.tensor(4.0)), ps[0].grad),
        t.nn.utils.clip_grads_with_norm_([], 1.0, t.tensor(4.0)),
    ),
    lambda t, ps, bad, none: (
        t.nn.utils.parameters_to_vector(ps),
        t.nn.utils.parameters_to_vector(p for p in ps),
    ),
    lambda t, ps, bad, none: (
        t.nn.utils.vector_to_parameters(t.arange(3.0), ps),
        ps,
        [p.is_leaf for p in ps],
    ),
    lambda t, ps, bad, none: t.nn.utils.vector_to_parameters([1.0, 2.0, 3.0], ps),
    lambda t, ps, bad, none: t.nn.utils.vector_to_parameters(t.ones(2), ps),
]


@for_every(CLIPPING)
def test_gradients_of_many_parameters(program):
    def run(t):
        ps, bad = with_gradients(t, [3.0, 4.0], [12.0]), with_gradients(t, [np.nan, np.inf, 2.0])
        return program(t, ps, bad, t.nn.Parameter(t.ones(1)))

    tells_the_same(run)


# -- texts, groups and state ----------------------------------------------------------------------------------

MAKING = [
    lambda t, x, y, z: t.optim.SGD([x]),
    lambda t, x, y, z: t.optim.SGD([x], lr=0.1, momentum=0.9, nesterov=True),
    lambda t, x, y, z: (
        t.optim.SGD([x], 0.1, 0.5, 0.1, 0.2, False, maximize=True),
        t.optim.SGD(iter([x]), 0.1),
        t.optim.SGD([x], True),
    ),
    lambda t, x, y, z: (
        t.optim.SGD([x], float("nan")),
        t.optim.SGD([x], float("inf")),
        t.optim.SGD([x], 0.1, weight_decay=t.tensor(0.1)),
    ),
    lambda t, x, y, z: (
        t.optim.SGD([x], t.tensor(0.1)),
        t.optim.SGD([x], t.tensor([0.1])),
        t.optim.SGD([x], 0.1, dampening=-1),
    ),
    lambda t, x, y, z: t.optim.SGD([{"params": [x], "lr": 0.5, "foo": 3}, {"params": z}], 0.1),
    lambda t, x, y, z: t.optim.SGD([{"params": [x], "lr": 0.5, "foo": 3}, {"params": z}], 0.1).state_dict(),
    lambda t, x, y, z: (
        t.optim.SGD(t.nn.Linear(1, 1).named_parameters(), 0.1),
        t.optim.SGD(t.nn.Linear(1, 1).named_parameters(), 0.1).state_dict(),
    ),
    lambda t, x, y, z: (
        t.optim.SGD([x], 0.1, 0.5).state_dict(),
        t.optim.SGD([x], 0.1).defaults,
        t.optim.SGD([x], 0.1).state,
    ),
    lambda t, x, y, z: (list(t.optim.SGD([x], 0.1).param_groups[0]), t.optim.SGD([{"params": []}], 0.1)),
    lambda t, x, y, z: (
        t.optim.SGD([x], 0.1).step(),
        t.optim.SGD([x], 0.1).step(lambda: 3),
        t.optim.SGD([x], 0.1).zero_grad(),
    ),
    lambda t, x, y, z: (
        lambda o: (o.add_param_group({"params": z, "lr": 0.7, "n": 1}), o, len(o.param_groups))
    )(t.optim.SGD([x], 0.1)),
    lambda t, x, y, z: (lambda g: (t.optim.SGD([g], 0.1), list(g)))({"params": [x], "momentum": 0.5}),
    lambda t, x, y, z: t.optim.SGD([x, x]),
    lambda t, x, y, z: (t.optim.SGD([t.ones(1)], 0.1), t.optim.SGD([y], 0.1)),
]

MISUSE = [
    lambda t, x, y, z: t.optim.SGD([x], -0.1),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, -1),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, 0, 0, -1),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, weight_decay=t.tensor(-0.1)),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, nesterov=True),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, 0.9, 0.1, nesterov=True),
    lambda t, x, y, z: t.optim.SGD([x], t.tensor([0.1, 0.2])),
    lambda t, x, y, z: t.optim.SGD([]),
    lambda t, x, y, z: t.optim.SGD(x),
    lambda t, x, y, z: t.optim.SGD([x * 2]),
    lambda t, x, y, z: t.optim.SGD([3]),
    lambda t, x, y, z: t.optim.SGD(["a"]),
    lambda t, x, y, z: t.optim.SGD("abc"),
    lambda t, x, y, z: t.optim.SGD([None], 0.1),
    lambda t, x, y, z: t.optim.SGD([{"params": [x]}, {"params": [x]}]),
    lambda t, x, y, z: t.optim.SGD(t.nn.Linear(1, 1).parameters),
    lambda t, x, y, z: t.optim.SGD(t.nn.Linear(1, 1)),
    lambda t, x, y, z: t.optim.SGD(3),
    lambda t, x, y, z: t.optim.SGD(None),
    lambda t, x, y, z: t.optim.SGD(),
    lambda t, x, y, z: t.optim.SGD([x], "a"),
    lambda t, x, y, z: t.optim.SGD([x], None),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, momentum="a"),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, nope=1),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, fused=True, foreach=True),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, fused=True, differentiable=True),
    lambda t, x, y, z: t.optim.SGD([{"lr": 0.1}], 0.1),
    lambda t, x, y, z: t.optim.SGD([{"params": {x}}], 0.1),
    lambda t, x, y, z: t.optim.SGD({"a": x}, 0.1),
    lambda t, x, y, z: t.optim.SGD([("a", x), x], 0.1),
    lambda t, x, y, z: t.optim.SGD([x, ("a", x)], 0.1),
    lambda t, x, y, z: t.optim.SGD([{"params": [("a", x)]}, {"params": [z]}], 0.1),
    lambda t, x, y, z: t.optim.SGD([z], 0.1).add_param_group({"params": [("a", x)]}),
    lambda t, x, y, z: t.optim.SGD([{"params": x}, x], 0.1),
    lambda t, x, y, z: t.optim.SGD([x, {"params": x}], 0.1),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).add_param_group(3),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).add_param_group([x]),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).add_param_group({"params": x}),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).step(3),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).load_state_dict({"state": {}, "param_groups": []}),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).load_state_dict(
        {"state": {}, "param_groups": [{"params": [0, 1]}]}
    ),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).load_state_dict({}),
    lambda t, x, y, z: t.optim.SGD([x], [0.1]),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, weight_decay=None),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, nesterov=1),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, 0, 0, 0, False, True),
    lambda t, x, y, z: t.optim.SGD([x], 0.1, dampening=None),
    lambda t, x, y, z: t.optim.SGD([x], 0.1).add_param_group({}),
    lambda t, x, y, z: t.optim.SGD([x * 2], 0.1, differentiable=True),
    lambda t, x, y, z: t.optim.Optimizer([x], {}).step(),
    lambda t, x, y, z: t.optim.Optimizer([x]),
    lambda t, x, y, z: (
        t.optim.Optimizer([x], {}),
        t.optim.SGD([x], 0.1, fused=True).step(),
        t.optim.SGD([x], t.tensor([0.1]), foreach=True),
    ),
    lambda t, x, y, z: t.optim.sgd,
]


@for_every(MAKING + MISUSE)
def test_making_an_optimiser(program):
    def run(t):
        x, z = t.tensor([1.0, 2.0], requires_grad=True), t.tensor([3.0], requires_grad=True)
        return program(t, x, t.tensor([0, 2]), z)

    tells_the_same(run)


def versions_after_a_step(t, o, p, q, go, added, another):
    return go(), o.step(), p._version, q._version


STEPPING = [
    lambda t, o, p, q, go, added, another: (go(), o.step(), o.state_dict(), p, q.grad, list(o.state)),
    lambda t, o, p, q, go, added, another: (go(), o.step(), go(), o.step(), o.state_dict(), p),
    lambda t, o, p, q, go, added, another: (go(), o.zero_grad(), p.grad),
    lambda t, o, p, q, go, added, another: (
        go(),
        (lambda g: (o.zero_grad(set_to_none=False), p.grad is g, p.grad, q.grad))(p.grad),
    ),
    lambda t, o, p, q, go, added, another: (
        o.add_param_group({"params": added, "lr": 0.5, "n": 1}),
        go(),
        o.step(),
        o.state_dict(),
    ),
    lambda t, o, p, q, go, added, another: (o.step(lambda: (o.zero_grad(), go())[1]), p),
    versions_after_a_step,
    lambda t, o, p, q, go, added, another: (o.param_groups[0].update(lr=0.5), go(), o.step(), p),
    lambda t, o, p, q, go, added, another: (
        go(),
        o.step(),
        copy.deepcopy(o).state_dict(),
        pickle.loads(pickle.dumps(o)).state_dict(),
    ),
    lambda t, o, p, q, go, added, another: (
        go(),
        o.step(),
        (lambda o2: (o2.load_state_dict(o.state_dict()), o2, o2.state_dict(), go(), o2.step(), p))(another),
    ),
    lambda t, o, p, q, go, added, another: (
        lambda s: (o.load_state_dict(s), go(), o.step(), p, o.state_dict())
    )(
        {
            "state": {0: {"momentum_buffer": t.ones(2).double()}},
            "param_groups": o.state_dict()["param_groups"],
        }
    ),
    lambda t, o, p, q, go, added, another: (lambda s: (o.load_state_dict(s), go(), o.step(), p))(
        {"state": {0: {"momentum_buffer": None}}, "param_groups": o.state_dict()["param_groups"]}
    ),
    lambda t, o, p, q, go, added, another: (go(), (lambda g: (o.step(), p.grad is g, g))(p.grad)),
    lambda t, o, p, q, go, added, another: (
        go(),
        o.step(),
        (lambda before: (go(), o.step(), before))(o.state_dict()),
    ),
    lambda t, o, p, q, go, added, another: (
        p.detach().fill_(float("inf")),
        p.backward(t.ones(2)),
        o.step(),
        p,
    ),
    lambda t, o, p, q, go, added, another: (
        go(),
        o.step(),
        (lambda seen: (go(), o.step(), seen))(o.state[p].get("momentum_buffer", t.zeros(1)).detach()),
    ),
    lambda t, o, p, q, go, added, another: (lambda y: (go(), o.step(), y.backward()))((p * p).sum()),
    lambda t, o, p, q, go, added, another: (lambda y: (go(), o.step(), y.backward(), p.grad))((p * 2).sum()),
]


# How the parameters are handed to an optimiser, and its options.
PLAIN = lambda p, q: [p, q]
NAMED = lambda p, q: [("p", p), ("q", q)]
GROUPS = lambda p, q: [{"params": [p], "momentum": 0.5}, {"params": [q]}]
MADE = {
    "plain": (PLAIN, lambda t: {"lr": 0.25}),
    "with momentum": (PLAIN, lambda t: {"lr": 0.25, "momentum": 0.5}),
    "dampened": (PLAIN, lambda t: {"lr": 0.25, "momentum": 0.5, "dampening": 0.25, "weight_decay": 0.5}),
    "nesterov": (
        PLAIN,
        lambda t: {"lr": 0.25, "momentum": 0.5, "weight_decay": 0.5, "nesterov": True, "maximize": True},
    ),
    "named": (NAMED, lambda t: {"lr": t.tensor(0.25), "momentum": 0.5}),
    "in groups": (GROUPS, lambda t: {"lr": 0.25}),
    "differentiable": (PLAIN, lambda t: {"lr": 0.25, "differentiable": True}),
}


@pytest.mark.parametrize("made", MADE)
@for_every(STEPPING)
def test_stepping(program, made):
    params, options = MADE[made]

    def run(t):
        p, q = t.nn.Parameter(t.tensor([1.0, 2.0])), t.nn.Parameter(t.tensor([3.0]))

        def go():
            loss = (p * p).sum()
            loss.backward()
            return loss

        added = t.nn.Parameter(t.ones(1))
        o, another = t.optim.SGD(params(p, q), **options(t)), t.optim.SGD(params(p, q), 3.0)
        return program(t, o, p, q, go, [("r", added)] if params is NAMED else added, another)

    tells_the_same(run)


def test_a_state_dict_of_torchs_serves_here_and_back():
    def trained(t, steps, state=None):
        p = t.nn.Parameter(t.tensor([1.0, 2.0]))
        sgd = t.optim.SGD([p], 0.25, 0.5)
        if state is not None:
            sgd.load_state_dict(state)
        for _ in range(steps):
            p.grad = t.tensor([0.5, -1.0])
            sgd.step()
        return p, sgd.state_dict()

    def exchanged(state, t):
        state = copy.deepcopy(state)
        for each in state["state"].values():
            each["momentum_buffer"] = t.from_numpy(each["momentum_buffer"].numpy())
        return state

    for one, other in ((torch, minigrad), (minigrad, torch)):
        _, state = trained(one, 2)
        assert repr(trained(other, 1, exchanged(state, other))) == repr(trained(one, 1, state))


LOADING = [
    lambda t, o: o.load_state_dict({"state": {}, "param_groups": [{"params": [0]}]}),
    lambda t, o: o.load_state_dict(
        {
            "state": {0: {"a": 3, "momentum_buffer": t.ones(1).long()}},
            "param_groups": [{"params": [0], "lr": 3.0, "z": 4}],
        }
    ),
    lambda t, o: o.load_state_dict(
        {"state": {0: {"step": t.ones(1).double()}, "x": 3, 7: 4}, "param_groups": [{"params": [0]}]}
    ),
    lambda t, o: o.load_state_dict(
        {
            "state": {0: {"l": [t.ones(1).double()], "d": {"x": t.ones(1).double()}}},
            "param_groups": [{"params": [5]}],
        }
    ),
    lambda t, o: (lambda g: (o.load_state_dict(o.state_dict()), o.param_groups[0] is g))(o.param_groups[0]),
    lambda t, o: o.load_state_dict(
        {
            "state": {
                0: {
                    "l": [t.ones(1).double(), 3],
                    "t": (t.ones(1).double(),),
                    "d": {"x": t.ones(1).double(), "step": t.ones(1).double()},
                }
            },
            "param_groups": [{"params": [0]}],
        }
    ),
    lambda t, o: (lambda named: (named.load_state_dict(o.state_dict()), named.state_dict()))(
        t.optim.SGD([("w", t.nn.Parameter(t.ones(1)))], 0.5)
    ),
    lambda t, o: (lambda named: (o.load_state_dict(named.state_dict()), o.state_dict()))(
        t.optim.SGD([("w", t.nn.Parameter(t.ones(1)))], 0.5)
    ),
    lambda t, o: (
        lambda two: two.load_state_dict({"state": {}, "param_groups": [{"params": [0]}, {"params": [1, 2]}]})
    )(t.optim.SGD([{"params": t.nn.Parameter(t.ones(1))}, {"params": t.nn.Parameter(t.ones(1))}], 0.5)),
    lambda t, o: o.load_state_dict(3),
    lambda t, o: o.load_state_dict({"state": {}}),
]


@for_every(LOADING)
def test_loading_a_state(program):
    def run(t):
        o = t.optim.SGD([t.nn.Parameter(t.ones(1))], 0.5, 0.5)
        return program(t, o), o, o.state_dict(), o.state

    tells_the_same(run)


def test_a_loaded_buffer_is_the_one_that_was_saved():
    def run(t):
        p = t.nn.Parameter(t.ones(1))
        first, second = (t.optim.SGD([p], 0.5, 0.5) for _ in range(2))
        p.grad = t.ones(1)
        first.step()
        second.load_state_dict(first.state_dict())
        second.step()
        return first.state, second.state, p

    tells_the_same(run)


def test_step_hooks():
    def run(t):
        seen = []
        p = t.nn.Parameter(t.ones(1))
        p.grad = t.ones(1)
        sgd = t.optim.SGD([p], 0.5)
        told = lambda when: (
            lambda o, args, kwargs: seen.append((when, o is sgd, len(args), list(kwargs), p.item()))
        )
        before, after = sgd.register_step_pre_hook(told("pre")), sgd.register_step_post_hook(told("post"))
        answers = [sgd.step(), sgd.step(lambda: 3), sgd.step(closure=None)]
        before.remove()
        sgd.step()
        after.remove()
        sgd.register_step_pre_hook(lambda o, args, kwargs: (args, {"closure": lambda: 7}))
        return answers, seen, sgd.step(), p

    tells_the_same(run)


def test_a_step_hook_returns_nothing_or_arguments():
    for t in (torch, minigrad):
        sgd = t.optim.SGD([t.nn.Parameter(t.ones(1))], 0.5)
        sgd.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(RuntimeError, match=r"SGD.step .* must return None or a tuple of .*, but got 3"):
            sgd.step()


def test_hooks_around_a_step_of_ones_own():
    def run(t):
        seen = []

        class Own(t.optim.Optimizer):
            def step(self, closure=None):
                seen.append("step")
                return 5

        own = Own([t.nn.Parameter(t.ones(1))], {"lr": 1})
        own.register_step_pre_hook(lambda o, args, kwargs: seen.append("pre"))
        own.register_step_post_hook(lambda o, args, kwargs: seen.append("post"))
        return own.step(), seen, own, own.defaults

    tells_the_same(run)


def test_an_option_that_must_be_given():
    def run(t, **group):
        required = importlib.import_module(f"{t.__name__}.optim.optimizer").required
        return t.optim.Optimizer([{"params": [t.nn.Parameter(t.ones(1))], **group}], {"lr": required})

    tells_the_same(lambda t: run(t))
    tells_the_same(lambda t: run(t, lr=3))


def test_weights_that_overflow_do_so_in_silence():
    def run(t):
        p = t.nn.Parameter(t.tensor([1e30, 1.0]))
        sgd = t.optim.SGD([p], 1e30, 0.5, weight_decay=1e20, nesterov=True)
        for _ in range(2):
            p.grad = t.tensor([1e38, float("inf")])
            sgd.step()
        return p, sgd.state

    tells_the_same(run)


def test_an_optimiser_of_ones_own():
    def run(t):
        class Sign(t.optim.Optimizer):
            def __init__(self, params, lr=0.5):
                super().__init__(params, {"lr": lr})

            @t.no_grad()
            def step(self, closure=None):
                for group in self.param_groups:
                    for p in group["params"]:
                        self.state[p]["steps"] = self.state[p].get("steps", 0) + 1
                        p.sub_(p.grad / abs(p.grad), alpha=group["lr"])

        p = t.nn.Parameter(t.tensor([1.0, -2.0]))
        sign = Sign([p])
        for _ in range(2):
            sign.zero_grad()
            (p * p).sum().backward()
            sign.step()
        return sign, p, sign.state_dict()

    tells_the_same(run)


def test_a_closure_records_although_steps_do_not():
    p = minigrad.nn.Parameter(minigrad.ones(2))
    sgd = minigrad.optim.SGD([p], 0.5)

    def closure():
        sgd.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with minigrad.no_grad():
        assert sgd.step(closure).item() == 2.0
    assert p.tolist() == [0, 0]


def test_a_subclass_that_inherits_step_calls_its_hooks_once():
    def run(t):
        class Plain(t.optim.SGD):
            pass

        p, seen = t.nn.Parameter(t.ones(1)), []
        sgd = Plain([p], 0.25)
        sgd.register_step_pre_hook(lambda *args: seen.append("before"))
        sgd.register_step_post_hook(lambda *args: seen.append("after"))
        p.backward(t.ones(1))
        sgd.step()
        return seen, p

    tells_the_same(run)


@pytest.mark.parametrize("t", [minigrad, torch], ids=["minigrad", "torch"])
def test_an_optimizer_may_inherit_from_others_too(t):
    names = []

    class Noted:
        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            names.append(cls.__name__)

    type("Own", (t.optim.SGD, Noted), {})
    assert names == ["Own"]


def test_an_option_that_must_be_given_prints_as_such():
    ours, theirs = (importlib.import_module(f"{t}.optim.optimizer").required for t in ("minigrad", "torch"))
    assert repr(ours) == repr(theirs)
