"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict."""

import copy
from collections import OrderedDict

import numpy as np
import pytest
from both import for_every, tells_the_same

CONTAINING = [
    lambda t, s: (s[0], s[-1], s[np.int64(1)], s[True], len(s), list(s), bool(s[:0])),
    lambda t, s: (s[:1], s[1:], s[::2], s[::-1], list(s[1:].state_dict())),
    lambda t, s: s[3],
    lambda t, s: s[-4],
    lambda t, s: s["a"],
    lambda t, s: s[0.5],
    lambda t, s: s[None],
    lambda t, s: s.append(t.nn.Sigmoid()),
    lambda t, s: s.append(3),
    lambda t, s: s.extend([t.nn.ReLU(), t.nn.ReLU()]),
    lambda t, s: s.extend(t.nn.Sequential(t.nn.ReLU())),
    lambda t, s: s.extend(3),
    lambda t, s: s.extend([3]),
    lambda t, s: s.__setitem__(1, t.nn.Sigmoid()),
    lambda t, s: s.__setitem__(-1, t.nn.Sigmoid()),
    lambda t, s: s.__setitem__(3, t.nn.Sigmoid()),
    lambda t, s: s.__setitem__(0, 3),
    lambda t, s: (s.__setitem__(0, t.nn.Identity()), list(s.named_children())),
    lambda t, s: s.__delitem__(0),
    lambda t, s: s.__delitem__(-1),
    lambda t, s: s.__delitem__(5),
    lambda t, s: s.__delitem__(slice(0, 2)),
    lambda t, s: s.__delitem__(slice(None)),
    lambda t, s: s.pop(0),
    lambda t, s: s.pop(-1),
    lambda t, s: s.pop(7),
    lambda t, s: s + s,
    lambda t, s: s + 3,
    lambda t, s: s + [1],  # noqa: RUF005
    lambda t, s: s.__iadd__(type(s)() + s),
    lambda t, s: (t.nn.ReLU() in s, s[0] in s),
    lambda t, s: s(t.ones(1, 1)),
    lambda t, s: s(t.ones(1, 1), 2),
    lambda t, s: s(),
    lambda t, s: s.zz,
]


CONTAINERS = {
    "Sequential": lambda t: t.nn.Sequential(t.nn.Linear(1, 2), t.nn.ReLU(), t.nn.Tanh()),
    "ModuleList": lambda t: t.nn.ModuleList([t.nn.Linear(1, 2), t.nn.ReLU(), t.nn.Tanh()]),
}


@pytest.mark.parametrize("container", CONTAINERS)
@for_every(CONTAINING)
def test_containers(program, container):
    def run(t):
        s = CONTAINERS[container](t)
        return program(t, s), s, list(s.state_dict())

    tells_the_same(run)


MAKING = [
    lambda t: (lambda s: (s, s[0], s[1:], s.a, s.append(t.nn.Tanh()), s.__delitem__(0), s))(
        t.nn.Sequential(OrderedDict(a=t.nn.Linear(1, 2), b=t.nn.ReLU()))
    ),
    lambda t: t.nn.Sequential({"a": t.nn.ReLU()}),
    lambda t: t.nn.Sequential([t.nn.ReLU()]),
    lambda t: t.nn.Sequential(t.nn.ReLU),
    lambda t: t.nn.Sequential(None),
    lambda t: t.nn.Sequential(lambda x: x),
    lambda t: t.nn.Sequential(*(t.nn.ReLU() for _ in range(3))),
    lambda t: t.nn.Sequential(
        *list(t.nn.Sequential(t.nn.ReLU(), t.nn.ReLU(), t.nn.Linear(1, 1)).children())[:-1]
    ),
    lambda t: t.nn.Sequential(t.nn.ReLU(), OrderedDict(a=t.nn.ReLU())),
    lambda t: type("Q", (t.nn.Sequential,), {})(t.nn.ReLU(), t.nn.Linear(1, 1))[:1],
    lambda t: (
        2 * t.nn.Sequential(t.nn.ReLU(), t.nn.Linear(1, 1)),
        t.nn.Sequential(t.nn.ReLU()) * 3,
        t.nn.Sequential(t.nn.ReLU()) * True,
        len(list((t.nn.Sequential(t.nn.Linear(1, 1)) * 2).parameters())),
    ),
    lambda t: (lambda s: (s.__imul__(2) is s, s))(t.nn.Sequential(t.nn.ReLU(), t.nn.Linear(1, 1))),
    lambda t: t.nn.Sequential(t.nn.ReLU()) * 0,
    lambda t: t.nn.Sequential(t.nn.ReLU()) * -1,
    lambda t: t.nn.Sequential(t.nn.ReLU()) * 1.5,
    lambda t: "a" * t.nn.Sequential(t.nn.ReLU()),
    lambda t: t.nn.Sequential(t.nn.ReLU()).__imul__(0),
    lambda t: t.nn.Sequential(t.nn.ReLU()).__imul__("a"),
    lambda t: (
        t.nn.Sequential(t.nn.ReLU()).extend(sequential=[t.nn.ReLU()]),
        t.nn.ModuleList([t.nn.ReLU()]).extend(modules=[t.nn.ReLU()]),
    ),
    lambda t: [
        t.nn.Sequential(t.nn.Linear(1, 1), t.nn.ReLU()).insert(i, t.nn.Tanh()) for i in (0, 1, 2, -1, -2)
    ],
    lambda t: t.nn.Sequential(t.nn.ReLU()).insert(5, t.nn.ReLU()),
    lambda t: t.nn.ModuleList(3),
    lambda t: t.nn.ModuleList(t.nn.ReLU()),
    lambda t: t.nn.ModuleList([3]),
    lambda t: t.nn.ModuleList([None]),
    lambda t: t.nn.ModuleList(t.nn.ReLU() for _ in range(3)),
    lambda t: t.nn.ModuleList()(1),
    lambda t: t.nn.ModuleList(
        [
            t.nn.Linear(2, 2),
            t.nn.Linear(2, 2),
            t.nn.ReLU(),
            t.nn.Sequential(t.nn.ReLU(), t.nn.ReLU()),
            t.nn.Sequential(t.nn.ReLU(), t.nn.ReLU()),
            t.nn.Linear(2, 2),
        ]
    ),
    lambda t: (lambda layer: (layer.insert(1, t.nn.Tanh()), layer)[1])(
        t.nn.ModuleList([t.nn.ReLU(), t.nn.ReLU()])
    ),
    lambda t: type("Q", (t.nn.ModuleList,), {})([t.nn.ReLU(), t.nn.ReLU()]),
]


@for_every(MAKING)
def test_making_containers(program):
    tells_the_same(program)


DICTIONARIES = [
    lambda t: (
        t.nn.ModuleDict(),
        t.nn.ModuleDict({"a": t.nn.ReLU(), "b": t.nn.Linear(1, 1)}),
        t.nn.ModuleDict([["a", t.nn.ReLU()], ("b", None)]),
    ),
    lambda t: (
        t.nn.ModuleDict(t.nn.ModuleDict({"a": t.nn.ReLU()})),
        t.nn.ModuleDict(modules={"a": t.nn.ReLU()}),
        t.nn.ModuleDict([]),
    ),
    lambda t: (
        lambda d: (
            d["a"],
            len(d),
            list(d),
            "a" in d,
            "b" in d,
            list(d.keys()),
            list(d.values()),
            list(d.items()),
        )
    )(t.nn.ModuleDict({"a": t.nn.ReLU()})),
    lambda t: (
        lambda d: (
            d.update({"a": t.nn.Tanh(), "c": t.nn.ReLU()}),
            d,
            d.pop("c"),
            d.__delitem__("a"),
            d,
            d.clear(),
            d,
        )
    )(t.nn.ModuleDict({"b": t.nn.ReLU()})),
    lambda t: (
        lambda d: (
            d.__setitem__("x", t.nn.Linear(1, 1)),
            d.x is d["x"],
            list(d.state_dict()),
            [n for n, p in d.named_parameters()],
        )
    )(t.nn.ModuleDict()),
    lambda t: t.nn.ModuleDict([("a", t.nn.ReLU(), 3)]),
    lambda t: t.nn.ModuleDict([()]),
    lambda t: t.nn.ModuleDict([3]),
    lambda t: t.nn.ModuleDict(3),
    lambda t: t.nn.ModuleDict("ab"),
    lambda t: t.nn.ModuleDict(t.nn.ReLU()),
    lambda t: t.nn.ModuleDict({"a": 3}),
    lambda t: t.nn.ModuleDict({3: t.nn.ReLU()}),
    lambda t: t.nn.ModuleDict({"a.b": t.nn.ReLU()}),
    lambda t: t.nn.ModuleDict({"clear": t.nn.ReLU()}),
    lambda t: t.nn.ModuleDict({"a": t.nn.ReLU()})["b"],
    lambda t: t.nn.ModuleDict({"a": t.nn.ReLU()}).pop("b"),
    lambda t: t.nn.ModuleDict({"a": t.nn.ReLU()})(1),
    lambda t: (
        t.nn.ParameterList(),
        t.nn.ParameterList([t.nn.Parameter(t.ones(2))]),
        t.nn.ParameterList([t.ones(2, 3), 3, "a", t.nn.Parameter(t.ones(1).double())]),
    ),
    lambda t: (
        lambda p: (
            p.append(t.ones(1)),
            p.__setitem__(0, t.zeros(3)),
            p.extend([t.nn.Parameter(t.ones(1))]),
            len(p),
            list(p),
            p[-1],
        )
    )(t.nn.ParameterList([t.ones(2)])),
    lambda t: (lambda p: (p[1:], p[::-1], list(p.named_parameters()), list(p.state_dict()), "0" in dir(p)))(
        t.nn.ParameterList([t.ones(1), t.ones(2), 3])
    ),
    lambda t: (lambda p: (p.__iadd__([t.ones(1)]) is p, p[0].is_leaf, type(p[0]).__name__, copy.deepcopy(p)))(
        t.nn.ParameterList(values=[t.ones(1)])
    ),
    lambda t: t.nn.ParameterList(3),
    lambda t: t.nn.ParameterList(t.ones(2)),
    lambda t: t.nn.ParameterList([t.ones(1).long()]),
    lambda t: t.nn.ParameterList([t.ones(1)])[1],
    lambda t: t.nn.ParameterList([t.ones(1)])["a"],
    lambda t: t.nn.ParameterList([t.ones(1)]).__setitem__(4, t.ones(1)),
    lambda t: t.nn.ParameterList([t.ones(1)])(3),
    lambda t: t.nn.ParameterList([t.ones(1)]) + [t.ones(1)],  # noqa: RUF005
]


@for_every(DICTIONARIES)
def test_module_dicts_and_parameter_lists(program):
    tells_the_same(program)


def dict_of(t, **more):
    return t.nn.ParameterDict({"b": t.ones(2), "a": t.nn.Parameter(t.zeros(1, 3)), "n": 3} | more)


DICTS = [
    lambda t: (
        dict_of(t),
        t.nn.ParameterDict(),
        len(dict_of(t)),
        list(dict_of(t)),
        list(reversed(dict_of(t))),
    ),
    lambda t: [name for name, _ in dict_of(t).named_parameters()],
    lambda t: list(dict_of(t).state_dict()),
    lambda t: (dict_of(t)["b"], dict_of(t).a, dict_of(t).get("z"), dict_of(t).get("n", 4), "b" in dict_of(t)),
    lambda t: (lambda d: (d.pop("b"), d.popitem(), list(d.keys()), d.clear(), len(d)))(dict_of(t)),
    lambda t: (lambda d: (d.setdefault("z", t.ones(1)), d.setdefault("z", 5), d.setdefault("y"), d))(
        dict_of(t)
    ),
    lambda t: (
        dict_of(t) | t.nn.ParameterDict({"c": t.ones(1)}),
        t.nn.ParameterDict().fromkeys("xy", t.ones(1)),
    ),
    lambda t: (lambda d: (d.update([("q", t.ones(1))]), list(d.items()), list(d.values()), d.copy()))(
        dict_of(t)
    ),
    lambda t: t.nn.ParameterDict(OrderedDict([("z", t.ones(1)), ("a", t.ones(1))])),
    lambda t: t.nn.ParameterDict([("z", t.ones(1)), ("a", 2)]),
    lambda t: dict_of(t)["z"],
    lambda t: dict_of(t).__delitem__("z"),
    lambda t: dict_of(t)[0],
    lambda t: dict_of(t).__setitem__(0, t.ones(1)),
    lambda t: dict_of(t)(3),
    lambda t: t.nn.ParameterDict(3),
    lambda t: t.nn.ParameterDict([3]),
    lambda t: t.nn.ParameterDict([(1, 2, 3)]),
    lambda t: t.nn.ParameterDict().popitem(),
]


@for_every(DICTS)
def test_parameter_dict(program):
    tells_the_same(program)
