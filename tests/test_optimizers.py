"""Adam and its kin: minigrad's, by hand in torch, and torch's own.

test_torch_modules.py has PyTorch's own samples of them, test_whole_runs.py whole trainings.
"""

import copy
import pickle

import numpy as np
import pytest
import torch
from both import bits, for_every, same_bits, tells_the_same
from hypothesis import given
from hypothesis import strategies as st

import minigrad
import torch_ref.optim
from sidebyside.exchange import minigrad_kernels
from sidebyside.testing import floats, same

NAMES = ["Adam", "AdamW", "NAdam", "RMSprop", "Adagrad", "Adadelta", "Adamax"]
FOR_EACH = pytest.mark.parametrize("name", NAMES)

# -- any options, any floats: on exchanged kernels the three are equal ------------------------------------------

RATE, SHARE, DECAY = st.floats(0, 4), st.floats(0, 0.9990234375), st.just(0) | st.floats(0, 1)
COMMON = {"lr": RATE, "eps": st.floats(0, 1), "weight_decay": DECAY, "maximize": st.booleans()}
BETAS = {"betas": st.tuples(SHARE, SHARE)}
OPTIONS = {
    "Adam": {**COMMON, **BETAS, "amsgrad": st.booleans(), "decoupled_weight_decay": st.booleans()},
    "AdamW": {**COMMON, **BETAS, "amsgrad": st.booleans()},
    "NAdam": {
        **COMMON,
        **BETAS,
        "momentum_decay": st.floats(0, 4),
        "decoupled_weight_decay": st.booleans(),
    },
    "RMSprop": {
        **COMMON,
        "alpha": SHARE,
        "momentum": st.just(0) | st.floats(0, 2),
        "centered": st.booleans(),
    },
    "Adagrad": {**COMMON, "lr_decay": st.floats(0, 4), "initial_accumulator_value": st.floats(0, 4)},
    "Adadelta": {**COMMON, "rho": st.floats(0, 1)},
    "Adamax": {**COMMON, **BETAS},
}


def optional(options):
    """Some of these options; the others stay as they are by default."""
    return st.fixed_dictionaries({}, optional=options)


def stepping(optimizer, options):
    """The weights after a step for each gradient."""

    def program(w, *gradients):
        p = w.detach().clone().requires_grad_()
        steps = optimizer([p], **options)
        for gradient in gradients:
            p.grad = gradient.detach().clone()
            steps.step()
        return p.detach()

    return program


@FOR_EACH
@given(data=st.data())
def test_every_option_on_exchanged_kernels(name, data):
    kind = data.draw(st.sampled_from(["float32", "float64"]))
    w, *gradients = data.draw(st.lists(floats((5,), kind), min_size=2, max_size=5))
    ways = (getattr(library, name) for library in (minigrad.optim, torch_ref.optim, torch.optim))
    options = data.draw(optional(OPTIONS[name]))
    same(*(stepping(way, options) for way in ways), w, *gradients, tier="exchanged")


def number(tensor):
    """Its bits, with one nan for all: which sign a nan of 0/0 has, no contract says."""
    return bits(tensor.detach().where(tensor.detach() == tensor.detach(), float("nan")))


@FOR_EACH
@given(data=st.data())
def test_the_state_on_exchanged_kernels(name, data):
    """Names, order, types and bits of what an optimiser keeps; a lr that is a tensor rounds step sizes to its type."""
    kind = data.draw(st.sampled_from(["float32", "float64"]))
    shapes = [(2, 3), (4,), ()]
    arrays = [data.draw(floats(shape, kind, low=-1e3, high=1e3)) for shape in shapes * 3]
    options = data.draw(optional(OPTIONS[name]))
    on_tensor = data.draw(st.booleans())

    def run(t):
        ps = [t.nn.Parameter(t.from_numpy(array.copy())) for array in arrays[:3]]
        lr = {"lr": t.tensor([options.get("lr", 0.5)])} if on_tensor else {}
        o = getattr(t.optim, name)(ps, **{**options, **lr})
        for step in (1, 2):
            for p, g in zip(ps, arrays[3 * step :], strict=False):
                p.grad = t.from_numpy(g.copy())
            o.step()
        kept = [(key, *number(value)) for p in ps for key, value in o.state[p].items()]
        return kept, [number(p) for p in ps], [p._version for p in ps]

    ours = run(minigrad)
    with minigrad_kernels():
        assert run(torch) == ours


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_betas_that_are_tensors(dtype):
    def run(t):
        p = t.nn.Parameter(t.from_numpy(np.linspace(-1, 1, 7).astype(dtype)))
        o = t.optim.Adam([p], betas=(t.tensor(0.9), t.tensor([0.99])), amsgrad=True)
        for k in range(1, 5):
            p.grad = t.from_numpy(np.sin(np.arange(7.0) * k).astype(dtype))
            o.step()
        return bits(p), [bits(value) for value in o.state[p].values()], repr(o)

    ours = run(minigrad)
    with minigrad_kernels():
        assert run(torch) == ours


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "way"),
    [
        *((name, "foreach") for name in NAMES if name != "NAdam"),
        pytest.param(
            "NAdam", "foreach", marks=pytest.mark.xfail(strict=True, reason="torch then rounds otherwise")
        ),
        *((name, "fused") for name in ("Adam", "AdamW", "Adagrad")),  # torch has no other
    ],
)
def test_torchs_other_ways_of_stepping_give_the_same(name, way, dtype):
    """On exchanged kernels lists of tensors and whole steps in one kernel are minigrad's too."""

    def run(t):
        ps = [t.nn.Parameter(t.from_numpy(np.linspace(-1, 1, n).astype(dtype))) for n in (7, 3)]
        more = {"amsgrad": True} if name in ("Adam", "AdamW") else {}
        o = getattr(t.optim, name)(ps, weight_decay=0.1, **more, **{way: True})
        for k in range(1, 5):
            for p in ps:
                p.grad = t.from_numpy(np.sin(np.arange(float(len(p))) * k).astype(dtype))
            o.step()
        return [bits(p) for p in ps], [(key, *bits(value)) for p in ps for key, value in o.state[p].items()]

    ours = run(minigrad)
    with minigrad_kernels():
        assert run(torch) == ours


# -- the exact tier: few bits, and torch with its own kernels ---------------------------------------------------
# With β₂ = 0 v is g², whose root is g. 1 - β₁ is a power of two, so that m + (1 - β₁)·(g - m) rounds as often as it is
# written: whether fused or not, twice. Every other operation is rounded once by both.

HALVES = st.sampled_from([0.0, 0.5, 0.75, 0.875])
ADAMS = {"lr": RATE, "eps": st.floats(0, 1), "maximize": st.booleans()}
ADAMS |= {"betas": st.tuples(HALVES, st.just(0.0))}
EXACT = {
    "Adam": ADAMS | {"amsgrad": st.booleans()},
    "AdamW": ADAMS | {"amsgrad": st.booleans(), "weight_decay": DECAY},
    "NAdam": ADAMS | {
        "momentum_decay": st.floats(0, 4), "weight_decay": DECAY,
    },
    "RMSprop": {
        "eps": st.floats(2**-10, 1), "maximize": st.booleans(), "centered": st.booleans(),
        "lr": st.sampled_from([0.0, 0.25, 0.5, 2.0]), "momentum": st.just(0) | st.floats(0, 2),
    },
    "Adagrad": {"lr": RATE, "lr_decay": st.floats(0, 4), "eps": st.floats(0, 1), "maximize": st.booleans()},
    "Adadelta": {"maximize": st.booleans()},
    "Adamax": ADAMS | {"betas": st.tuples(HALVES, SHARE)},
}  # fmt: skip
ALWAYS = {
    "Adam": {"betas": (0.5, 0.0)}, "AdamW": {"betas": (0.5, 0.0)}, "RMSprop": {"alpha": 0.0, "lr": 0.5},
    "NAdam": {"betas": (0.5, 0.0), "decoupled_weight_decay": True},
    "Adadelta": {"rho": 0.0, "eps": 0.0}, "Adamax": {"betas": (0.5, 0.5)},
}  # fmt: skip
# Whole numbers, of which the sums of the first 1, 2, 3 and 4 squares are squares: 3² + 4² = 5², 5² + 12² = 13² ...
LEGS = np.array([3.0, 4.0, 12.0, 84.0])


@FOR_EACH
@given(data=st.data())
def test_every_option_is_exact_where_nothing_is_fused(name, data):
    kind = data.draw(st.sampled_from(["float32", "float64"]))
    options = {**ALWAYS.get(name, {}), **data.draw(optional(EXACT[name]))}
    w = data.draw(floats((4,), kind, low=-100, high=100))
    signs = np.array(data.draw(st.lists(st.sampled_from([1, -1]), min_size=4, max_size=4)))
    scales = 2.0 ** np.array(data.draw(st.lists(st.integers(-3, 3), min_size=4, max_size=4)))
    steps = data.draw(st.integers(1, 4))

    def run(t):
        p = t.nn.Parameter(t.from_numpy(w.copy()))
        o, seen = getattr(t.optim, name)([p], **options), []
        for leg in LEGS[:steps]:
            p.grad = t.from_numpy((leg * signs * scales).astype(kind))
            o.step()
            seen += [p.detach().clone(), *(value.clone() for value in o.state[p].values())]
        return seen

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours, theirs)


# -- what a formula by hand differs by ----------------------------------------------------------------------------


def test_where_eps_goes():
    """√v̂ + eps is torch's; √(v̂ + eps) takes much shorter steps where gradients are small."""
    g, lr, eps = 1e-4, 0.1, 1e-2

    def moved(t):
        p = t.nn.Parameter(t.zeros(1, dtype=t.float64))
        p.grad = t.full((1,), g, dtype=t.float64)
        t.optim.Adam([p], lr, eps=eps).step()
        return p.item()

    outside, inside = -lr * g / (g + eps), -lr * g / (g * g + eps) ** 0.5
    # of 10 operations each errs by half an ulp, a few times amplified by 1 - β₂ = 10⁻³
    assert abs(moved(torch) / outside - 1) < 1e4 * np.finfo(float).eps
    assert moved(minigrad) == moved(torch)
    assert abs(inside) < abs(outside) / 9


# -- texts, groups and state ----------------------------------------------------------------------------------


MAKING = [
    lambda t, make, x, z: make([x]),
    lambda t, make, x, z: (make([x], 0.5), make([x], lr=0.5), make(iter([x])).state_dict(), make([x]).defaults),
    lambda t, make, x, z: make([x], lr=t.tensor(0.1), maximize=True, weight_decay=0.5),
    lambda t, make, x, z: make([{"params": [x], "lr": 0.5, "foo": 3}, {"params": z}], 0.1, eps=0.5).state_dict(),
    lambda t, make, x, z: (make([("x", x), ("z", z)]), make([("x", x), ("z", z)]).state_dict()),
    lambda t, make, x, z: (
        lambda o: (o.add_param_group({"params": z, "lr": 0.7, "n": 1}), o, o.state_dict())
    )(make([x])),
    lambda t, make, x, z: (make([x]).step(), make([x]).step(lambda: 3), make([x]).zero_grad()),
    lambda t, make, x, z: (list(make([x]).param_groups[0]), make([x]).state, make([{"params": []}])),
    lambda t, make, x, z: make([x, x]),
    lambda t, make, x, z: make([x], float("inf")),
    lambda t, make, x, z: make([x], foreach=True),
    lambda t, make, x, z: make([x], differentiable=True),
    lambda t, make, x, z: (make.__name__, make.__qualname__, issubclass(make, t.optim.Optimizer)),
]  # fmt: skip
MISUSE = [
    lambda t, make, x, z: make([x], -0.1),
    lambda t, make, x, z: make([x], float("nan")),
    lambda t, make, x, z: make([x], t.tensor([0.1, 0.2])),
    lambda t, make, x, z: make([x], eps=-1),
    lambda t, make, x, z: make([x], weight_decay=-1),
    lambda t, make, x, z: make([x], "a"),
    lambda t, make, x, z: make([x], None),
    lambda t, make, x, z: make([x], eps="a"),
    lambda t, make, x, z: make([x], nope=1),
    lambda t, make, x, z: make(x),
    lambda t, make, x, z: make([]),
    lambda t, make, x, z: make([x * 2]),
    lambda t, make, x, z: make([3]),
    lambda t, make, x, z: make(),
    lambda t, make, x, z: make(t.nn.Linear(1, 1).parameters),
    lambda t, make, x, z: make([{"params": [x]}, {"params": [x]}]),
    lambda t, make, x, z: make([x]).load_state_dict({"state": {}, "param_groups": []}),
    lambda t, make, x, z: (x.sum().backward(), make([x], differentiable=True).step()),
]
OF_ONE = [
    lambda t, x: t.optim.Adam([x], betas=(1.0, 0.5)),
    lambda t, x: t.optim.Adam([x], betas=(0.5, -0.5)),
    lambda t, x: t.optim.NAdam([x], betas=(0.5, 1.5)),
    lambda t, x: t.optim.Adam([x], betas=(0, 0.5)),
    lambda t, x: t.optim.Adam([x], betas=(t.tensor(0.5), 0.5)),
    lambda t, x: t.optim.Adam([x], betas=(t.tensor(0.5), t.tensor([0.5, 0.5]))),
    lambda t, x: t.optim.Adam([x], betas=(t.tensor([0.5, 0.5]), t.tensor(0.5))),
    lambda t, x: t.optim.Adam([x], betas=(t.tensor(0.5), t.tensor([0.5]))),
    lambda t, x: t.optim.AdamW([x], betas=(t.tensor(0.5), t.tensor(0.5)), foreach=True),
    lambda t, x: t.optim.Adam([x], t.tensor(0.1), foreach=True),
    lambda t, x: t.optim.Adam([x], betas=0.5),
    lambda t, x: t.optim.Adam([x], betas=None),
    lambda t, x: t.optim.Adam([x], 0.1, (0.5, 0.5), 1e-3, 0.1, True),
    lambda t, x: t.optim.Adam([x], 0.1, (0.5, 0.5), 1e-3, 0.1, True, True),
    lambda t, x: t.optim.Adam([x], capturable=True),
    lambda t, x: t.optim.Adam([x], fused=True),
    lambda t, x: t.optim.Adam([x], fused=True, foreach=True),
    lambda t, x: t.optim.AdamW([x], fused=True, differentiable=True),
    lambda t, x: t.optim.Adagrad([x], fused=True, foreach=True),
    lambda t, x: t.optim.Adagrad([x], fused=True, differentiable=True),
    lambda t, x: t.optim.AdamW([x], decoupled_weight_decay=False),
    lambda t, x: t.optim.NAdam([x], momentum_decay=-1),
    lambda t, x: t.optim.NAdam([x], fused=True),
    lambda t, x: t.optim.RMSprop([x], momentum=-1),
    lambda t, x: t.optim.RMSprop([x], alpha=-1),
    lambda t, x: t.optim.RMSprop([x], fused=True),
    lambda t, x: t.optim.RMSprop([x], 0.1, 0.5, 1e-3, 0.1, 0.5, True, False, None, True, False),
    lambda t, x: t.optim.Adagrad([x], lr_decay=-1),
    lambda t, x: t.optim.Adagrad([x], initial_accumulator_value=-1),
    lambda t, x: t.optim.Adagrad([x], 0.1, 0.5, 0.5, 0.5, 1e-3, True),
    lambda t, x: t.optim.Adadelta([x], rho=1.5),
    lambda t, x: t.optim.Adadelta([x], rho=-0.5),
    lambda t, x: t.optim.Adadelta([x], rho=1.5, lr=-1, eps=-1),
    lambda t, x: t.optim.Adadelta([x], 0.1, 0.5, 1e-3, 0.1, True),
    lambda t, x: t.optim.Adadelta([x], 0.1, 0.5, 1e-3, 0.1, True, True),
    lambda t, x: t.optim.Adadelta([x], fused=True),
    lambda t, x: t.optim.Adamax([x], betas=(0.5, 1.0)),
    lambda t, x: t.optim.Adamax([x], 0.1, (0.5, 0.5), 1e-3, 0.1, True),
    lambda t, x: t.optim.Adamax([x], 0.1, (0.5, 0.5), 1e-3, 0.1, True, True),
    lambda t, x: t.optim.adam,
    lambda t, x: (x.sum().backward(), t.optim.Adam([x], capturable=True).step()),
    lambda t, x: (x.sum().backward(), t.optim.RMSprop([x], capturable=True).step()),
    lambda t, x: (x.sum().backward(), t.optim.NAdam([x], capturable=True).step()),
    lambda t, x: (x.sum().backward(), t.optim.Adadelta([x], capturable=True).step()),
    lambda t, x: (x.sum().backward(), t.optim.Adamax([x], capturable=True).step()),
]  # fmt: skip


@FOR_EACH
@for_every(MAKING + MISUSE)
def test_making_an_optimiser(program, name):
    def run(t):
        x, z = t.tensor([1.0, 2.0], requires_grad=True), t.tensor([3.0], requires_grad=True)
        return program(t, getattr(t.optim, name), x, z)

    tells_the_same(run)


@for_every(OF_ONE)
def test_options_of_one_optimiser(program):
    tells_the_same(lambda t: program(t, t.tensor([1.0, 2.0], requires_grad=True)))


STEPPING = [
    lambda t, o, p, q, go, another: (go(), o.step(), o.state_dict(), p, q.grad, list(o.state)),
    lambda t, o, p, q, go, another: (go(), o.step(), go(), o.step(), o.state_dict(), p, p._version, q._version),
    lambda t, o, p, q, go, another: (go(), o.step(), copy.deepcopy(o).state_dict(), pickle.loads(pickle.dumps(o))),
    lambda t, o, p, q, go, another: (go(), o.step(), another.load_state_dict(o.state_dict()), go(), another.step(), p),
    lambda t, o, p, q, go, another: (o.step(lambda: (o.zero_grad(), go())[1]), p),
    lambda t, o, p, q, go, another: (o.param_groups[0].update(lr=0.5), go(), o.step(), p, o),
    lambda t, o, p, q, go, another: (go(), (lambda g: (o.step(), p.grad is g, g))(p.grad)),
    lambda t, o, p, q, go, another: (p.backward(t.full((2,), float("inf"))), o.step(), p, o.state_dict()),
    lambda t, o, p, q, go, another: (p.backward(t.full((2,), 1e30)), o.step(), p, o.state_dict()),
    lambda t, o, p, q, go, another: (p.backward(t.zeros(2)), o.step(), p, o.state_dict()),
    lambda t, o, p, q, go, another: (lambda y: (go(), o.step(), y.backward()))((p * p).sum()),
    lambda t, o, p, q, go, another: (
        another.__setstate__({"state": {p: {"step": 3, "exp_avg": p.detach(), "mu_product": 0.5}},
                              "param_groups": [{"params": [p, q]}], "defaults": {}}),
        another.state, another.param_groups,
    ),
    lambda t, o, p, q, go, another: (
        another.load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}), another,
    ),
]  # fmt: skip


@FOR_EACH
@for_every(STEPPING)
def test_stepping(program, name):
    def run(t):
        t.set_printoptions(precision=3)
        p, q = t.nn.Parameter(t.tensor([1.0, 2.0])), t.nn.Parameter(t.tensor([3.0]))

        def go():
            loss = (p * p).sum()
            loss.backward()
            return loss

        o, another = (getattr(t.optim, name)([p, q], lr) for lr in (0.25, 3.0))
        return program(t, o, p, q, go, another)

    try:
        tells_the_same(run)
    finally:
        for t in (torch, minigrad):
            t.set_printoptions(profile="default")


@FOR_EACH
@pytest.mark.parametrize(
    ("one", "other"), [(torch, minigrad), (minigrad, torch)], ids=["from torch", "to torch"]
)
def test_a_state_dict_serves_in_the_other_library(name, one, other):
    """Three steps; or two, and a third that the other library takes with the first one's state."""

    def trained(t, steps, w=(1.0, 2.0, -3.0), state=None):
        p = t.nn.Parameter(t.tensor(w))
        o = getattr(t.optim, name)([p], 0.25)
        if state is not None:
            o.load_state_dict(state)
        for _ in range(steps):
            p.grad = p.detach() * 2 - 1
            o.step()
        return p, o.state_dict()

    def translated(state, t):
        return {
            **state,
            "state": {
                number: {key: t.from_numpy(np.array(value.numpy())) for key, value in kept.items()}
                for number, kept in state["state"].items()
            },
        }

    with minigrad_kernels():
        whole, whole_state = trained(one, 3)
        p, state = trained(one, 2)
        ended, ended_state = trained(other, 1, p.tolist(), translated(state, other))
    assert ended.tolist() == whole.tolist()
    assert ended_state["param_groups"] == whole_state["param_groups"]
    for kept, here in zip(whole_state["state"][0].items(), ended_state["state"][0].items(), strict=True):
        assert kept[0] == here[0]
        same_bits(kept[1], here[1])


@FOR_EACH
def test_the_default_type_decides_the_type_of_the_number_of_steps(name):
    def run(t):
        t.set_default_dtype(t.float64)
        try:
            p = t.nn.Parameter(t.ones(2))
            p.grad = t.ones(2)
            o = getattr(t.optim, name)([p])
            o.step()
            return {key: value.dtype for key, value in o.state[p].items()}
        finally:
            t.set_default_dtype(t.float32)

    tells_the_same(run)


def test_an_optimiser_of_ones_own_that_is_an_adam():
    def run(t):
        class Own(t.optim.AdamW):
            def step(self, closure=None):
                for group in self.param_groups:
                    group["lr"] /= 2
                return super().step(closure)

        p = t.nn.Parameter(t.ones(2))
        p.grad = t.tensor([1.0, 0.0])
        own, seen = Own([p], lr=0.5, weight_decay=0.5), []
        own.register_step_post_hook(lambda o, args, kwargs: seen.append(p.detach().clone()))
        own.step()
        return own, p, seen

    tells_the_same(run)
