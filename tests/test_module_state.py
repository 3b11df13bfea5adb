"""A module's state: types and devices, copies, state_dict and load_state_dict."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from both import for_every, model, tells_the_same, title

import minigrad


def tied(t):
    both = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.Linear(2, 2))
    both[1].weight = both[0].weight
    return both


STATE = [
    lambda t, m, tied: m.state_dict(),
    lambda t, m, tied: m.state_dict()._metadata,
    lambda t, m, tied: (
        list(m.state_dict(prefix="a.")),
        list(m.state_dict(prefix="a")),
        m.state_dict(prefix="a.")._metadata,
    ),
    lambda t, m, tied: (
        [v.requires_grad for v in m.state_dict(keep_vars=True).values()],
        type(m.state_dict()).__name__,
    ),
    lambda t, m, tied: [type(v).__name__ for v in m.state_dict().values()],
    lambda t, m, tied: (m.state_dict()["fc1.bias"].fill_(7), m.fc1.bias, m.fc1.bias._version),
    lambda t, m, tied: (m.train() is m, m.eval() is m, m.fc1.training, m.training, m.train().fc1.training),
    lambda t, m, tied: m.train(1),
    lambda t, m, tied: (m.requires_grad_(False) is m, [p.requires_grad for p in m.parameters()]),
    lambda t, m, tied: (lambda seen: (m.apply(lambda x: seen.append(type(x).__name__)) is m, seen))([]),
    lambda t, m, tied: (
        lambda p: (
            m.to(t.float64) is m,
            m.fc1.weight is p,
            p,
            m.step.dtype,
            m.tmp.dtype,
            m.fc1.weight.is_leaf,
        )
    )(m.fc1.weight),
    lambda t, m, tied: (
        m.to(dtype=t.float64),
        m(t.ones(1, 2, dtype=t.float64)).sum().backward(),
        m.fc1.weight.grad,
    )[2],
    lambda t, m, tied: (
        m.to("cpu", t.float64).fc1.bias,
        m.to(t.ones(1)).fc1.bias,
        m.double().float().fc1.bias,
        m.half().fc1.bias,
    ),
    lambda t, m, tied: m.to(t.int64),
    lambda t, m, tied: m.to("gpu"),
    lambda t, m, tied: t.nn.ReLU().to("gpu"),
    lambda t, m, tied: m.to("float64"),
    lambda t, m, tied: m.to("cuda:0"),
    lambda t, m, tied: m.cuda(),
    lambda t, m, tied: m.cpu() is m,
    lambda t, m, tied: (m.to(), m.to(m.fc1.weight.device).fc1.weight.device),
    lambda t, m, tied: (m(t.ones(1, 2)).sum().backward(), m.to(t.float64), m.fc1.weight.grad),
    lambda t, m, tied: (
        m(t.ones(1, 2)).sum().backward(),
        [p.grad for p in m.parameters()],
        m.zero_grad(),
        m.fc1.weight.grad,
    ),
    lambda t, m, tied: (
        m(t.ones(1, 2)).sum().backward(),
        (lambda g: (m.zero_grad(set_to_none=False), g, m.fc1.weight.grad is g))(m.fc1.weight.grad),
    ),
    lambda t, m, tied: (
        lambda c: (c.fc1.weight is m.fc1.weight, c, c.state_dict(), c.step, type(c.fc1.weight).__name__)
    )(copy.deepcopy(m)),
    lambda t, m, tied: (
        m(t.ones(1, 2)).sum().backward(),
        copy.deepcopy(m).fc1.weight.grad,
        copy.copy(m).fc1 is m.fc1,
    ),
    lambda t, m, tied: copy.deepcopy(t.nn.Linear(1, 1).requires_grad_(False)).weight,
    lambda t, m, tied: (lambda c: (c[0] is c[1], len(list(c.parameters()))))(
        copy.deepcopy((lambda layer: t.nn.Sequential(layer, layer))(t.nn.Linear(1, 1)))
    ),
    lambda t, m, tied: (lambda c: (c, c.state_dict(), c.training, c(t.ones(1, 2))))(
        pickle.loads(pickle.dumps(t.nn.Sequential(t.nn.Linear(2, 2), t.nn.ReLU()).eval()))
    ),
    lambda t, m, tied: (lambda p: (p, type(p).__name__))(
        pickle.loads(pickle.dumps(t.nn.Parameter(t.ones(2), requires_grad=False)))
    ),
    lambda t, m, tied: (
        lambda d: [len(list(d.parameters())), list(d.state_dict()), d.double()[0].weight is d[1].weight]
    )(tied),
    lambda t, m, tied: [
        len(list(copy.deepcopy(tied).parameters())),
        len(list(pickle.loads(pickle.dumps(tied)).parameters())),
    ],
    lambda t, m, tied: (tied(t.ones(1, 2)).sum().backward(), tied[0].weight.grad),
    lambda t, m, tied: (
        m.state_dict(destination=OrderedDict(a=1), prefix="p."),
        m.state_dict(destination={}),
        m.state_dict(destination=OrderedDict()),
    ),
    lambda t, m, tied: m.state_dict(OrderedDict(), "p.", True),
    lambda t, m, tied: m.state_dict({}, "p."),
    lambda t, m, tied: m.state_dict(OrderedDict(), "p.", True, 4),
    lambda t, m, tied: m.state_dict("x."),
    lambda t, m, tied: (lambda d: (m.state_dict(destination=d) is d, d._metadata))(
        tied.state_dict(prefix="t.")
    ),
    lambda t, m, tied: (
        m.to(t.float64, non_blocking=True).fc1.bias,
        m.to("cpu", t.float32, True).fc1.bias,
        m.to(m.fc1.bias.double(), True).fc1.bias,
    ),
    lambda t, m, tied: (
        m.to(float).fc1.bias,
        m.to(None, t.float32).fc1.bias,
        m.to(None).fc1.bias,
        m.to(device=None, dtype=None).fc1.bias,
    ),
    lambda t, m, tied: (
        m.to(tensor=t.ones(1).double()).fc1.bias,
        m.to(dtype=float).fc1.bias,
        m.to(3.5).fc1.bias,
    ),
    lambda t, m, tied: m.to("cpu", t.float64, False, True),
    lambda t, m, tied: m.to("cpu", t.float64, False, False).fc1.bias,
    lambda t, m, tied: m.to(t.float64, copy=True),
    lambda t, m, tied: m.to([1]),
    lambda t, m, tied: m.to("cpu", "cpu"),
    lambda t, m, tied: m.to("cpu", 3),
    lambda t, m, tied: m.to("cpu", True),
    lambda t, m, tied: m.to(t.float64, "cpu"),
    lambda t, m, tied: m.to(t.float64, device="cpu"),
    lambda t, m, tied: m.to(t.float64, dtype=t.float32),
    lambda t, m, tied: m.to(dtype="float"),
    lambda t, m, tied: m.to(foo=1),
    lambda t, m, tied: m.to(other=t.ones(1)),
    lambda t, m, tied: m.to(True),
    lambda t, m, tied: m.to(t.bool),
    lambda t, m, tied: m.to(t.ones(1).long()),
    lambda t, m, tied: (
        m.fc1.type(t.float64) is m.fc1,
        m.fc1.type("torch.DoubleTensor").bias,
        m.fc1.type(t.float32).bias,
    ),
    lambda t, m, tied: m.type(),
    lambda t, m, tied: m.type("a"),
    lambda t, m, tied: t.nn.Module().get_extra_state(),
    lambda t, m, tied: t.nn.Module().set_extra_state(1),
]


@for_every(STATE)
def test_state(program):
    tells_the_same(lambda t: program(t, model(t), tied(t)))


LOADING = [
    (lambda t, m, s: None, {}),
    (lambda t, m, s: s.pop("fc1.bias"), {}),
    (lambda t, m, s: s.update(foo=1), {}),
    (lambda t, m, s: s.update({"fc1.zz": 1}), {}),
    (lambda t, m, s: (s.pop("fc1.bias"), s.pop("step"), s.update(foo=1)), {}),
    (lambda t, m, s: (s.pop("fc1.bias"), s.update({"foo": 1, "fc2.x": 2})), {"strict": False}),
    (lambda t, m, s: s.update({"fc2.weight": t.ones(2, 3)}), {}),
    (lambda t, m, s: s.update({"fc2.weight": t.ones(2, 3)}), {"strict": False}),
    (
        lambda t, m, s: (
            s.update({"fc2.weight": t.ones(2, 3), "b": 1, "fc1.bias": t.ones(1)}),
            s.pop("fc1.weight"),
        ),
        {},
    ),
    (lambda t, m, s: s.update({"fc2.weight": np.ones((1, 3))}), {}),
    (lambda t, m, s: s.update({"fc2.weight": 3}), {"strict": False}),
    (lambda t, m, s: s.update({"fc2.weight": t.ones(1, 3).double()}), {}),
    (lambda t, m, s: s.update({"fc2.weight": t.ones(1, 3).double()}), {"assign": True}),
    (lambda t, m, s: s.update({"fc2.weight": t.ones(2, 3)}), {"assign": True}),
    (lambda t, m, s: s.update({"step": t.tensor(5)}), {}),
    (
        lambda t, m, s: (m.requires_grad_(False), s.update({"fc2.weight": t.nn.Parameter(t.ones(1, 3))})),
        {"assign": True},
    ),
    (lambda t, m, s: s.update({"tmp": t.ones(1)}), {}),
    (lambda t, m, s: s.update({"step": t.tensor([5])}), {}),
    (lambda t, m, s: s.update({"step": t.tensor([5, 6])}), {}),
    (lambda t, m, s: s.update({"step": t.zeros(0)}), {}),
    (lambda t, m, s: s.update({"_extra_state": 3}), {}),
    (lambda t, m, s: s.update({"fc2.weight": [[1.0, 2.0, 3.0]]}), {}),
]


@pytest.mark.parametrize(
    ("change", "options"), LOADING, ids=lambda part: str(part) if isinstance(part, dict) else title(part)
)
def test_load_state_dict(change, options):
    def run(t):
        m = model(t)
        state = m.state_dict()
        change(t, m, state)
        answer = m.load_state_dict(state, **options)
        return answer, m.state_dict(), list(m.parameters()), m.fc1.weight._version

    tells_the_same(run)


def test_load_state_dict_of_no_dict():
    tells_the_same(lambda t: model(t).load_state_dict([1]))


def test_assign_takes_the_tensor_itself():
    def run(t):
        m, given = t.nn.Linear(1, 1), t.nn.Parameter(t.ones(1, 1))
        m.load_state_dict({"weight": given, "bias": t.ones(1)}, assign=True)
        return m.weight is given, m.bias

    tells_the_same(run)


def test_a_refused_state_dict_changes_nothing():
    m = minigrad.nn.Linear(1, 1)
    before = m.weight.item()
    with pytest.raises(RuntimeError, match="size mismatch for bias"):
        m.load_state_dict({"weight": minigrad.zeros(1, 1), "bias": minigrad.zeros(2)})
    assert m.weight.item() == before


def extra_state(t):
    def kept(module, state):
        module.kept = state

    names = {"kept": 3, "get_extra_state": lambda m: m.kept, "set_extra_state": kept}
    outer = t.nn.Sequential(type("Both", (t.nn.Module,), names)(), t.nn.ReLU())
    half = type("Half", (t.nn.Module,), {"get_extra_state": lambda m: 1})()
    saved = outer.state_dict()
    outer[0].kept = 4
    return saved, outer.load_state_dict(saved), outer[0].kept, half.state_dict()


def missing_extra_state(t):
    names = {"get_extra_state": lambda m: 1, "set_extra_state": lambda m, state: None}
    return type("Both", (t.nn.Module,), names)().load_state_dict({})


def unexpected_extra_state(t):
    half = type("Half", (t.nn.Module,), {"get_extra_state": lambda m: 1})()
    return half.load_state_dict(half.state_dict())


@pytest.mark.parametrize("run", [extra_state, missing_extra_state, unexpected_extra_state])
def test_extra_state(run):
    tells_the_same(run)


def test_a_module_may_save_in_its_own_way():
    def run(t):
        def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
            destination[prefix + "mine"] = t.ones(1)
            return destination

        own = type("Own", (t.nn.Module,), {"state_dict": state_dict})()
        return t.nn.Sequential(t.nn.Linear(1, 1), own).state_dict()

    tells_the_same(run)
