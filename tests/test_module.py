"""Modules: what they show, what may be assigned and registered, parameters, and text."""

import numpy as np
import pytest
from both import for_every, model, tells_the_same, title

import minigrad

READING = [
    lambda t, m: m,
    lambda t, m: m(t.ones(4, 2)),
    lambda t, m: (
        t.nn.Module(),
        t.nn.Sequential(),
        t.nn.ModuleList(),
        t.nn.ReLU(),
        t.nn.ReLU(True),
        t.nn.ReLU(inplace=True),
        t.nn.Identity(3, a=4),
    ),
    lambda t, m: (
        t.nn.Softmax(1),
        t.nn.Softmax(),
        t.nn.LogSoftmax(-1),
        t.nn.Sigmoid(),
        t.nn.Tanh(),
        t.nn.NLLLoss(),
        t.nn.CrossEntropyLoss(),
    ),
    lambda t, m: (
        t.nn.Dropout(),
        t.nn.Dropout(0.25, True),
        t.nn.Flatten(),
        t.nn.Flatten(0, 1),
        t.nn.Linear(2, 3),
        t.nn.Linear(2, 3, bias=False),
    ),
    lambda t, m: [(n, p.shape) for n, p in m.named_parameters()],
    lambda t, m: (
        [n for n, p in m.named_parameters(prefix="x")],
        [n for n, p in m.named_parameters("x", False)],
    ),
    lambda t, m: ([n for n, p in m.named_buffers("x")], list(m.buffers()), list(m.parameters(recurse=False))),
    lambda t, m: (list(m.children()), list(m.named_children())),
    lambda t, m: ([type(x).__name__ for x in m.modules()], [n for n, x in m.named_modules(prefix="q")]),
    lambda t, m: (m.get_submodule("fc1"), m.get_parameter("fc1.weight"), m.get_buffer("step")),
    lambda t, m: m.get_submodule("zz"),
    lambda t, m: m.get_submodule("fc1.weight"),
    lambda t, m: m.get_parameter("fc1.zz"),
    lambda t, m: m.get_parameter("fc1"),
    lambda t, m: m.get_buffer("fc1"),
    lambda t, m: m.foo,
    lambda t, m: t.nn.Module()(1),
    lambda t, m: t.nn.Module(3),
    lambda t, m: (
        [a in dir(m) for a in ("fc1", "step", "forward", "training", "zz")],
        [a for a in dir(t.nn.Sequential(t.nn.ReLU())) if a == "0"],
    ),
    lambda t, m: (m == m, {m: 1}[m], m == t.nn.ReLU()),
    lambda t, m: t.nn.Linear(1, 1)(),
    lambda t, m: t.nn.Linear(1, 1)(input=t.ones(1)),
    lambda t, m: [
        n
        for n, x in (lambda layer: t.nn.Sequential(layer, layer))(t.nn.Linear(1, 1)).named_parameters(
            remove_duplicate=False
        )
    ],
    lambda t, m: (
        lambda layer: [
            list(t.nn.Sequential(layer, layer).state_dict()),
            len(list(t.nn.Sequential(layer, layer).children())),
            t.nn.Sequential(layer, layer),
        ]
    )(t.nn.Linear(1, 1)),
    lambda t, m: [
        n
        for n, x in (lambda layer: t.nn.Sequential(layer, layer))(t.nn.Linear(1, 1)).named_modules(
            remove_duplicate=False
        )
    ],
    lambda t, m: (
        lambda layer: [
            len(list(t.nn.Sequential(layer, layer).modules())),
            len(list(t.nn.Sequential(layer, layer).modules(remove_duplicate=False))),
        ]
    )(t.nn.Linear(1, 1)),
    lambda t, m: [
        c.__module__.partition(".")[2]
        for c in (
            t.nn.Linear,
            t.nn.ReLU,
            t.nn.Sequential,
            t.nn.Flatten,
            t.nn.Dropout,
            t.nn.Identity,
            t.nn.Parameter,
        )
    ],
    lambda t, m: (
        t.nn.Parameter is t.nn.parameter.Parameter,
        t.nn.modules.linear.Linear is t.nn.Linear,
        t.nn.modules.Module is t.nn.Module,
    ),
    lambda t, m: t.optim.sgd,
    lambda t, m: t.optim.optimizer,
    lambda t, m: m.load_state_dict(),
    lambda t, m: m.register_buffer(),
    lambda t, m: m.register_forward_hook(),
    lambda t, m: t.nn.ReLU()(t.ones(1), t.ones(1)),
    lambda t, m: len(t.nn.ReLU()),
    lambda t, m: t.nn.ReLU()[0],
]


@for_every(READING)
def test_reading_a_module(program):
    tells_the_same(lambda t: program(t, model(t)))


@pytest.mark.parametrize(
    "name", ["parameters", "named_parameters", "children", "modules", "named_modules", "buffers"]
)
def test_what_walks_the_tree_is_lazy(name):
    walk = getattr(model(minigrad), name)()
    assert iter(walk) is walk


ASSIGNING = [
    ("fc1", lambda t: t.nn.Linear(2, 5)),
    ("fc1", lambda t: t.ones(1)),
    ("fc1", lambda t: None),
    ("fc1", lambda t: 3),
    ("fc1", lambda t: t.nn.Parameter(t.ones(1))),
    ("fc1.weight", lambda t: t.ones(1)),
    ("fc1.weight", lambda t: None),
    ("fc1.weight", lambda t: t.nn.ReLU()),
    ("fc1.weight", lambda t: t.nn.Parameter(t.ones(3, 2))),
    ("fc1.weight", lambda t: 3.0),
    ("fc1.bias", lambda t: t.nn.Linear),
    ("step", lambda t: t.ones(2)),
    ("step", lambda t: 3),
    ("step", lambda t: None),
    ("step", lambda t: t.nn.Parameter(t.ones(1))),
    ("step", lambda t: t.nn.ReLU()),
    ("tmp", lambda t: t.ones(3)),
    ("training", lambda t: 3.0),
    ("other", lambda t: 3),
    ("other", lambda t: t.ones(1)),
    ("other", lambda t: [t.nn.ReLU()]),
    ("other", lambda t: t.nn.ReLU()),
    ("other", lambda t: t.nn.Parameter(t.ones(1))),
    ("forward", lambda t: t.nn.ReLU()),
]


@pytest.mark.parametrize(
    ("path", "value"), ASSIGNING, ids=lambda part: part if isinstance(part, str) else title(part)
)
def test_assigning_attributes(path, value):
    def run(t):
        m = model(t)
        *way, name = path.split(".")
        setattr(m.get_submodule(".".join(way)), name, value(t))
        return m, list(m.named_parameters()), list(m.named_buffers()), list(m.state_dict())

    tells_the_same(run)


@pytest.mark.parametrize("path", ["fc1", "fc1.weight", "step", "tmp", "training", "zz"])
def test_deleting_attributes(path):
    def run(t):
        m = model(t)
        *way, name = path.split(".")
        delattr(m.get_submodule(".".join(way)), name)
        return m, list(m.named_parameters()), list(m.named_buffers()), list(m.state_dict())

    tells_the_same(run)


REGISTERING = [
    lambda t, m: m.register_parameter("w", t.nn.Parameter(t.ones(1))),
    lambda t, m: m.register_parameter("w", t.ones(1)),
    lambda t, m: m.register_parameter("w", t.nn.Parameter(t.ones(1)) * 2),
    lambda t, m: m.register_parameter("a.b", None),
    lambda t, m: m.register_parameter("", None),
    lambda t, m: m.register_parameter("fc1", None),
    lambda t, m: m.register_parameter(3, None),
    lambda t, m: m.register_parameter("forward", None),
    lambda t, m: m.fc1.register_parameter("weight", None),
    lambda t, m: m.add_module("x", t.nn.ReLU()),
    lambda t, m: m.add_module("x", None),
    lambda t, m: m.add_module("x", 3),
    lambda t, m: m.add_module("a.b", t.nn.ReLU()),
    lambda t, m: m.add_module("", t.nn.ReLU()),
    lambda t, m: m.add_module("training", t.nn.ReLU()),
    lambda t, m: m.add_module("step", t.nn.ReLU()),
    lambda t, m: m.add_module(3, t.nn.ReLU()),
    lambda t, m: m.add_module("fc1", t.nn.ReLU()),
    lambda t, m: m.register_module("z", t.nn.ReLU()),
    lambda t, m: m.register_buffer("a.b", t.ones(1)),
    lambda t, m: m.register_buffer("", t.ones(1)),
    lambda t, m: m.register_buffer("fc1", t.ones(1)),
    lambda t, m: m.register_buffer(3, t.ones(1)),
    lambda t, m: m.register_buffer("x", 3),
    lambda t, m: m.register_buffer("x", None),
    lambda t, m: m.register_buffer("step", t.ones(1)),
    lambda t, m: m.register_buffer("tmp", t.ones(1)),
]


@for_every(REGISTERING)
def test_registering(program):
    def run(t):
        m = model(t)
        return program(t, m), m, list(m.state_dict()), list(m.named_parameters())

    tells_the_same(run)


PLACING = [
    lambda t, m: m.set_submodule("fc1", t.nn.ReLU()),
    lambda t, m: m.set_submodule("new", t.nn.ReLU()),
    lambda t, m: m.set_submodule("new", t.nn.ReLU(), strict=True),
    lambda t, m: m.set_submodule("fc1", t.nn.Linear(1, 1), strict=True),
    lambda t, m: m.set_submodule("", t.nn.ReLU()),
    lambda t, m: m.set_submodule("fc1", 3),
    lambda t, m: m.set_submodule("fc1.weight", t.nn.ReLU()),
    lambda t, m: m.set_submodule("fc1.inner", t.nn.ReLU()),
    lambda t, m: m.set_submodule("zz.inner", t.nn.ReLU()),
    lambda t, m: m.set_submodule("step", t.nn.ReLU()),
]


@for_every(PLACING)
def test_set_submodule(program):
    def run(t):
        m = model(t)
        return program(t, m), m, list(m.named_children())

    tells_the_same(run)


FORGOTTEN = [
    lambda t, m: setattr(m, "a", t.nn.ReLU()),
    lambda t, m: setattr(m, "a", t.nn.Parameter(t.ones(1))),
    lambda t, m: (setattr(m, "a", 3), m.a),
    lambda t, m: (setattr(m, "a", t.ones(1)), m.a),
    lambda t, m: m(1),
    lambda t, m: m.foo,
    lambda t, m: list(m.parameters()),
    lambda t, m: m.train(),
    lambda t, m: repr(m),
    lambda t, m: m.register_buffer("x", t.ones(1)),
    lambda t, m: m.register_parameter("x", None),
]


@for_every(FORGOTTEN)
def test_forgetting_super_init(program):
    def forgetful(t):
        return type("N", (t.nn.Module,), {"__init__": lambda self: None})()

    tells_the_same(lambda t: program(t, forgetful(t)))


PARAMETERS = [
    lambda t: (
        t.nn.Parameter(t.ones(2)),
        t.nn.Parameter(t.ones(2), requires_grad=False),
        t.nn.Parameter(),
        isinstance(t.nn.Parameter(t.ones(1)), t.Tensor),
    ),
    lambda t: t.nn.Parameter(t.ones(2, dtype=t.int64)),
    lambda t: t.nn.Parameter(t.ones(2, dtype=t.int64), requires_grad=False),
    lambda t: t.nn.Parameter([1.0]),
    lambda t: t.nn.Parameter(np.ones(1)),
    lambda t: t.nn.Parameter(3),
    lambda t: t.nn.Parameter(t.ones(2), "a"),
    lambda t: t.nn.Parameter(t.ones(2), None),
    lambda t: t.nn.Parameter(data=t.ones(1), requires_grad=False),
    lambda t: [
        type(x).__name__
        for x in (
            t.nn.Parameter(t.ones(2)) * 2,
            t.nn.Parameter(t.ones(2)).data,
            t.nn.Parameter(t.ones(2)).detach(),
            t.nn.Parameter(t.ones(2))[0],
            t.nn.Parameter(t.nn.Parameter(t.ones(2))),
        )
    ],
    lambda t: (lambda a: t.nn.Parameter(a * 2))(t.ones(2, requires_grad=True)),
    lambda t: (lambda a: (lambda p: (a.add_(1), p, p._version))(t.nn.Parameter(a)))(t.ones(2)),
    lambda t: (lambda p: (p == p, {p: 1}[p]))(t.nn.Parameter(t.ones(2))),
]


@for_every(PARAMETERS)
def test_parameters(program):
    tells_the_same(program)


def test_updating_a_parameter_in_place_keeps_it():
    def run(t):
        p = before = t.nn.Parameter(t.ones(2))
        with t.no_grad():
            p -= 0.5
        return p is before, p, p.is_leaf, p._version

    tells_the_same(run)


def extras(t):
    two = type("Two", (t.nn.Module,), {"extra_repr": lambda self: "a=1\nb=2"})()
    one = type("One", (t.nn.Module,), {"extra_repr": lambda self: "a=1"})()
    one.child, one.none = t.nn.Sequential(two), t.nn.ReLU()
    one.none = None
    return two, one


def test_extra_repr():
    tells_the_same(extras)


def test_custom_module_as_in_a_notebook():
    torch = minigrad
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self, n):
            super(Net, self).__init__()  # noqa: UP008
            self.fc1 = nn.Linear(n, 3)
            self.blocks = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, x):
            x = torch.relu(self.fc1(x))
            for block in self.blocks:
                x = x + block(x)
            return self.scale * x

    net = Net(2)
    net(torch.ones(4, 2)).sum().backward()
    assert [name for name, p in net.named_parameters() if p.grad is not None] == [
        "scale", "fc1.weight", "fc1.bias", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias",
    ]  # fmt: skip
    net.fc1 = nn.Linear(2, 3)
    assert next(iter(net.named_children()))[0] == "fc1"
