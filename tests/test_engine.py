"""The engine from within: order, depth, memory, and what a rule may say."""

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_ops
import torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import ops
from minigrad.autograd import engine
from minigrad.autograd.base import TensorBase
from minigrad.autograd.broadcasting import to_shape_and_dtype
from minigrad.autograd.node import Node, OpNode
from minigrad.autograd.op import differentiable
from sidebyside.programs.ops import TABLE

ROOT = Path(minigrad.__file__).parent


@pytest.fixture
def visits(monkeypatch):
    """The nodes visited by a backward pass, by name."""
    visited, before = [], OpNode.backward

    def counting(self, *args):
        visited.append(self.name())
        return before(self, *args)

    monkeypatch.setattr(OpNode, "backward", counting)
    return visited


# -- depth and order ----------------------------------------------------------------------------------------


def test_a_chain_of_20000_ops_runs_and_is_freed():
    assert sys.getrecursionlimit() < 20_000
    x = minigrad.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    (dx,) = minigrad.autograd.grad(y, x)
    assert dx.item() == 1
    del y


def test_a_chain_in_place_of_20000_ops():
    x = minigrad.tensor(1.0, requires_grad=True)
    y = x * 1
    for _ in range(20_000):
        y += 1
    y.backward()
    assert x.grad.item() == 1
    del y


def test_a_diamond_of_depth_40_visits_each_node_once(visits):
    x = minigrad.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(40):
        y = y + y  # 2⁴⁰ paths
    y.backward()
    assert x.grad.item() == 2**40
    assert visits.count("AddBackward0") == 40
    visits.clear()
    y = x
    for _ in range(40):
        y = (y * 0.5) + (y * 0.5)
    minigrad.autograd.grad(y, x)
    assert len(visits) == 120


def test_only_what_leads_to_the_inputs_is_visited(visits):
    x, y = minigrad.ones(2, requires_grad=True), minigrad.ones(2, requires_grad=True)
    z = (x.exp() * y.log()).sum()
    minigrad.autograd.grad(z, y)
    assert visits == ["SumBackward0", "MulBackward0", "LogBackward0"]


def test_the_newest_node_comes_first(visits):
    x = minigrad.ones(2, requires_grad=True)
    a, b = x.exp(), x.tanh()
    (b.relu() + a).sum().backward()
    assert visits == ["SumBackward0", "AddBackward0", "ReluBackward0", "TanhBackward0", "ExpBackward0"]


STEP = st.tuples(st.sampled_from("+-*n"), st.integers(0, 30), st.integers(0, 30))


@given(st.lists(STEP, min_size=3, max_size=14), st.integers(1, 3), st.integers(0, 2**32 - 1), st.booleans())
def test_gradients_add_up_in_torchs_order(steps, leaves, seed, double):
    """Ops that round correctly in both libraries: only the order of accumulation could change a bit."""
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(5).astype("float64" if double else "float32") for _ in range(leaves)]
    gradients = []
    for library in (minigrad, torch):
        inputs = [library.from_numpy(a.copy()).requires_grad_() for a in arrays]
        values = list(inputs)
        for op, i, j in steps:
            x, y = values[-1 - i % len(values)], values[j % len(values)]
            values.append(x + y if op == "+" else x - y if op == "-" else x * y if op == "*" else -x)
        values[-1].backward(library.ones_like(values[-1]))
        gradients.append([None if x.grad is None else x.grad.numpy().tobytes() for x in inputs])
    assert gradients[0] == gradients[1]


# -- memory -------------------------------------------------------------------------------------------------


def ours_alive():
    return sum(issubclass(type(each), (Node, TensorBase)) for each in gc.get_objects())


def training_step(model, x, target):
    for parameter in model:
        parameter.grad = None
    w, b, v = model
    hidden = x @ w + b
    hidden[0] = hidden[1].detach()
    z = (hidden.relu() @ v).log_softmax(1)
    loss = -z[minigrad.arange(len(target)), target].mean()
    loss.backward()
    with minigrad.no_grad():
        for parameter in model:
            parameter -= 0.1 * parameter.grad
    return loss.item()


def test_a_graph_dies_with_its_last_tensor():
    gc.disable()
    try:
        x = minigrad.ones(2, requires_grad=True)
        y = x * x
        node = weakref.ref(y.grad_fn)
        z = y.sum()
        del y
        assert node() is not None
        del z
        assert node() is None
    finally:
        gc.enable()


def test_memory_stays_flat_over_1500_steps_without_the_collector():
    rng = np.random.default_rng(0)
    model = [minigrad.from_numpy(rng.standard_normal(s)).requires_grad_() for s in ((3, 4), (4,), (4, 2))]
    x, target = minigrad.from_numpy(rng.standard_normal((5, 3))), minigrad.from_numpy(rng.integers(0, 2, 5))
    training_step(model, x, target)
    gc.collect()
    gc.disable()
    try:
        before = ours_alive()
        for _ in range(1500):
            training_step(model, x, target)
        assert ours_alive() == before
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        assert not [each for each in gc.garbage if issubclass(type(each), (Node, TensorBase))]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


GRAPHS = {
    "views": lambda x: x[0].view(-1).mul(2),
    "in place": lambda x: (x * 1).mul_(2),
    "in place on a view": lambda x: written(x * 1),
    "every kind of saved value": lambda x: x.softmax(1) * x.amax(1, keepdim=True) + x.max() - x.logsumexp(1, True),
    "retain_grad": lambda x: retained(x * 2),
    "a hook": lambda x: hooked(x * 2),
    "a gradient with a history": lambda x: minigrad.autograd.grad((x**3).sum(), x, create_graph=True)[0],
    "a Function": lambda x: Cube.apply(x),
    "a Function of several outputs": lambda x: Pair.apply(x)[0],
}  # fmt: skip


def written(y):
    y[0].add_(1)
    return y


def retained(y):
    y.retain_grad()
    return y


def hooked(y):
    y.register_hook(lambda dz: dz * 2)
    return y


class Cube(minigrad.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        z = x**3
        ctx.save_for_backward(x, z)
        return z

    @staticmethod
    def backward(ctx, dz):
        x, _ = ctx.saved_tensors
        return 3 * x * x * dz


class Pair(minigrad.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        a, b = x * 2, x * 3
        ctx.save_for_backward(a, b)
        return a, b

    @staticmethod
    def backward(ctx, da, db):
        ctx.saved_tensors  # noqa: B018
        return da * 2 + db * 3


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("backward", [True, False])
def test_no_graph_is_a_cycle(name, backward):
    x = minigrad.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    gc.freeze()  # what is here already is put aside: to look at a million objects would take a second
    gc.disable()
    try:
        before = ours_alive()
        z = GRAPHS[name](x)
        if backward:
            z.sum().backward()
            x.grad = None
        assert ours_alive() > before
        del z
        assert ours_alive() == before
    finally:
        gc.enable()


def test_saved_values_are_freed_by_backward():
    x = minigrad.ones(3, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    node = z.grad_fn.next_functions[0][0]
    assert set(node.saved) == {"x", "y"}
    z.backward()
    assert node.saved is None


def test_what_an_op_says_nothing_of_is_freed_by_backward():
    square = differentiable(x=lambda dz, x: 2 * dz * x)(lambda x: x * x)
    z = square(minigrad.ones((), requires_grad=True))
    z.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()


def test_what_a_node_shows_is_what_was_saved():
    x, k = minigrad.ones(2, 2, requires_grad=True), minigrad.ones(2, 2)
    shown = lambda z: [name for name in dir(z.grad_fn) if name.startswith("_saved")]
    assert shown(x @ k) == ["_saved_other", "_saved_self"]  # neither shapes nor strides
    assert shown(x.sum()) == []


def test_a_node_holds_what_its_rules_name_and_nothing_else():
    x, k = minigrad.ones(2, requires_grad=True), minigrad.ones(2)
    saved = lambda z: sorted(z.grad_fn.saved)
    assert saved(x + k) == []
    assert saved(x * k) == ["y"]
    assert saved(k * x) == ["x"]
    assert saved(x.exp()) == ["z"]
    assert saved(x.sum()) == []
    assert saved(x / k) == ["y"]


# -- rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["z", "dz", "shape", "stride"])
def test_an_input_may_not_bear_a_reserved_name(name):
    with pytest.raises(TypeError, match="reserved"):
        differentiable(x=lambda dz: dz)(eval(f"lambda x, {name}: x"))


def test_differentiable_without_parentheses_says_how_to_write_it():
    with pytest.raises(TypeError, match=r"write @differentiable\(x=lambda dz: ...\)"):
        differentiable(lambda x: x)


@pytest.mark.parametrize("rule", [3, np.exp])
def test_a_rule_is_a_function(rule):
    with pytest.raises(TypeError, match="the rule of x must be a function"):
        differentiable(x=rule)(lambda x: x)


def test_an_op_is_a_function():
    with pytest.raises(TypeError, match="made by def or lambda, not <ufunc 'exp'>"):
        differentiable(x=lambda dz: dz)(np.exp)


@pytest.mark.parametrize("names", [{"plain": ["mode"]}, {"tensors": ["mask"]}])
def test_a_declaration_names_parameters_of_the_op(names):
    with pytest.raises(TypeError, match="the parameters are x"):
        differentiable(x=lambda dz: dz, **names)(lambda x: x)


def test_a_declaration_promotes_in_a_way_that_there_is():
    with pytest.raises(TypeError, match="promoted is 'comon', but must be one of common, floating, numbers"):
        differentiable(x=lambda dz: dz, promoted="comon")(lambda x: x)


def test_what_a_parameter_means_is_declared_and_not_read_from_its_annotation_or_name():
    @differentiable(y=lambda dz, condition: dz, promoted="common")
    def chosen(condition: str, y: float) -> Any:
        return condition + y

    z = chosen(minigrad.tensor(1), minigrad.tensor(0.5, requires_grad=True))
    assert z.item() == 1.5
    assert z.dtype == minigrad.float32


def test_a_constant_is_not_taken_for_the_output_of_the_op_that_saves_it():
    def twice(t):
        x, k = t.tensor(2.0, requires_grad=True), t.tensor(3.0)
        (dx,) = t.autograd.grad(x * x * k, x, create_graph=True)
        (ddx,) = t.autograd.grad(dx, x)
        return [dx.item(), ddx.item()]

    assert twice(minigrad) == twice(torch) == [12, 6]


def test_a_rule_may_not_name_what_is_not_there():
    with pytest.raises(TypeError, match="unknown"):
        differentiable(x=lambda dz, why: dz)(lambda x, y: x)
    with pytest.raises(TypeError, match="unknown"):
        differentiable(w=lambda dz: dz)(lambda x, y: x)


def test_an_op_of_ones_own():
    @differentiable(x=lambda dz, y: dz * y, y=lambda dz, x: dz * x)
    def times_it(x, y):
        return x * y

    x, y = minigrad.tensor([2.0], requires_grad=True), minigrad.tensor([5.0], requires_grad=True)
    z = times_it(x, y)
    assert z.grad_fn.name() == "TimesItBackward0"
    assert minigrad.autograd.gradcheck(times_it, (x.detach().double().requires_grad_(), y.detach().double()))
    z.backward()
    assert (x.grad.item(), y.grad.item()) == (5, 2)


def test_an_op_on_arrays_gives_arrays():
    x = np.array([1.0, 4.0])
    assert type(ops.sqrt(x)) is np.ndarray
    assert type(ops.add(x, 2.0)) is np.ndarray
    assert ops.mul(x, x).tolist() == [1, 16]


def test_a_rule_for_an_input_that_wants_no_gradient_is_never_run():
    ran = []

    @differentiable(x=lambda dz: ran.append("x") or dz, y=lambda dz: ran.append("y") or dz)
    def plus(x, y):
        return x + y

    x, y = minigrad.ones(2, requires_grad=True), minigrad.ones(2, requires_grad=True)
    plus(x, minigrad.ones(2)).sum().backward()
    assert ran == ["x"]
    plus(minigrad.ones(2), y).sum().backward()
    assert ran == ["x", "y"]
    minigrad.autograd.grad(plus(x, y).sum(), y)
    assert ran == ["x", "y", "y"]
    plus(3.0, y).sum().backward()
    assert ran == ["x", "y", "y", "y"]


# Rules of these ops leave it to the engine to add up what was broadcast, and to convert what was converted.
LEFT_TO_THE_ENGINE = {
    f"{name}Backward{i}"
    for name, i in {
        "Add": 0,
        "Sub": 0,
        "Mul": 0,
        "Addcmul": 0,
        "Lerp": 0,
        "Where": 0,
        "Expand": 0,
        "PreluKernel": 0,
        "IndexPut": 0,
        "MaskedFill": 1,
        "ToCopy": 0,
    }.items()
}


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_rule_gives_its_inputs_shape_and_type_unless_the_op_broadcasts_or_converts(kind, monkeypatch):
    fitted = []

    def fit(dx, node, source):
        fitted.append((case.name, source.name(), (dx.shape, dx.dtype) != (node.shape, node.dtype)))
        return to_shape_and_dtype(dx, node, source)

    monkeypatch.setattr(engine, "to_shape_and_dtype", fit)
    for case in TABLE:
        inputs = [minigrad.from_numpy(x) for x in test_ops.fixed_arrays(case, kind)]
        z = case.program(minigrad, *[x.requires_grad_() if x.is_floating_point() else x for x in inputs])
        if z.requires_grad:
            z.backward(minigrad.ones(z.shape, dtype=z.dtype))
    assert fitted
    assert [each for each in fitted if each[1] not in LEFT_TO_THE_ENGINE or not each[2]] == []


def test_every_op_says_its_formula():
    for name, op in vars(ops).items():
        if isinstance(op, type(ops.add)):
            assert op.__doc__, name
            assert "\n" not in op.__doc__, name


# -- what is imported ---------------------------------------------------------------------------------------

IMPORT = """
import sys
class Refuse:
    def find_spec(self, name, *rest):
        if name.split(".")[0] in ("torch", "cupy", "sidebyside", "torch_ref"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
before = set(sys.modules)
import minigrad
x = minigrad.tensor([1.0, 0.0], requires_grad=True)
(x.log() * x).sum().backward()
assert not minigrad.cuda.is_available()
new = {name.split(".")[0] for name in set(sys.modules) - before if "cython" not in name}  # numpy.random's
print(sorted(new - set(sys.stdlib_module_names) - {"minigrad"}))
"""


def test_importing_minigrad_imports_numpy_alone_and_log_of_0_warns_nobody():
    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", IMPORT],
        capture_output=True, text=True, check=False, cwd=ROOT.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT.parent)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "['numpy']"
    assert run.stderr == ""
