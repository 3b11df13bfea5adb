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
import torch
from both import lines, tells_the_same
from hypothesis import given
from hypothesis import strategies as st
from test_first_hour import steps

import minigrad
from minigrad import ops
from minigrad.autograd.base import TensorBase
from minigrad.autograd.node import Node
from minigrad.autograd.op import OpNode, differentiable

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
    gc.collect()
    gc.freeze()  # to look at a million objects that are here already would take a second
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
        gc.unfreeze()


def test_saved_values_are_freed_by_backward():
    x = minigrad.ones(3, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    node = z.grad_fn.next_functions[0][0]
    assert set(node.saved) == {"x", "y"}
    z.backward()
    assert node.saved is None


def test_what_an_op_says_nothing_of_is_freed_by_backward():
    square = differentiable(x=lambda dz, x: 2 * dz * x)(eval("lambda x: x * x"))
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


@pytest.mark.parametrize("names", [{"plain": ["mode"]}, {"tensors": ["mask"]}])
def test_a_declaration_names_parameters_of_the_op(names):
    with pytest.raises(TypeError, match="the parameters are x"):
        differentiable(x=lambda dz: dz, **names)(lambda x: x)


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


# -- the small print ----------------------------------------------------------------------------------------

# Each line is here because a mutant (`make mutants`) lived without it.
SMALL_PRINT = lines("""
    y = x * 3; (y * y).sum().backward(inputs=[y]); y.grad
    t.autograd.grad(x * x, [x, leaf(t)], t.eye(2), is_grads_batched=True, allow_unused=True)
    y = x * x; t.autograd.grad(y, x, t.eye(2), is_grads_batched=True); y.sum().backward()
    y = x * x; t.autograd.grad(y, x, t.eye(2), True, is_grads_batched=True); y.sum().backward(); x.grad
    t.autograd.set_detect_anomaly(True); g = t.autograd.grad((x * x * x).sum(), x, create_graph=True); t.autograd.set_detect_anomaly(False); g
    repr(x.exp().grad_fn)[:24], repr((x * 2).grad_fn.next_functions[0][0])[:25]
    F = own(t, forward=lambda ctx, x: (ctx.save_for_backward(None, x), x * 2)[1], backward=lambda ctx, dz: dz * (7 if ctx.saved_tensors[0] is None else 3) * ctx.saved_tensors[1]); F.apply(x).sum().backward(); x.grad
    F = own(t, forward=lambda x: x * 2, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs), backward=lambda ctx, dz: dz * ctx.saved_tensors[0]); F.apply(x).sum().backward(); x.grad
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: (dz, None)); F.apply(x).sum().backward(); x.grad
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: (dz, dz)); F.apply(x).sum().backward()
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: 3); F.apply(x).sum().backward()
    F = own(t, forward=lambda ctx, x, y: x * 2, backward=lambda ctx, dz: dz); F.apply(x, x).sum().backward()
    F = own(t, forward=lambda ctx, x: x, backward=lambda ctx, dz: dz * 5); y = F.apply(x); y.sum().backward(); (y is x, x.grad)
    F = own(t, forward=lambda ctx, x: (ctx.save_for_backward(x), x * 2)[1], backward=lambda ctx, dz: dz * ctx.saved_tensors[0]); y = F.apply(x * 1); y.sum().backward(); y.sum().backward()
    t.autograd.Function.forward(None)
    t.autograd.Function.backward(None)
    t.autograd.Function.setup_context(None, (), None)
    y = t.ones(2); y.data = t.tensor([1, 2]); y
    x.data = t.tensor([1, 2])
    x.data = t.ones(3); (x * 2).sum().backward(); x.grad
    x.register_hook(lambda g: 3); (x * 2).sum().backward()
    x.register_hook(lambda g: g[:1]); (x * 2).sum().backward()
    y = x.reshape(1, 2).sum(0); z = y.sum(); z.backward(); z.backward(); x.grad
    z = x[0:1].sum(); z.backward(); z.backward(); x.grad
    z = x[t.tensor([0])].sum(); z.backward(); z.backward()
    z = (x * 2).sum(); z.backward(); z.backward()
    z = t.stack([x, x]).sum(); z.backward(); z.backward(); x.grad
    t.autograd.gradcheck(lambda x: x * x, x, atol=1.)
    t.autograd.gradcheck(lambda x: x * x, t.ones(2))
    t.autograd.gradgradcheck(lambda x, k: x**k, (x.detach().double().requires_grad_(), 3))
    t.autograd.gradgradcheck(lambda x: x * x, x.detach().double().requires_grad_(), t.ones(2, dtype=t.float64, requires_grad=True))
    F = own(t, forward=lambda ctx, x: (ctx.save_for_backward(x), x * x)[1], backward=lambda ctx, dz: dz * 2 * ctx.saved_tensors[0].detach()); t.autograd.gradgradcheck(F.apply, x.detach().double().requires_grad_(), raise_exception=False)
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: dz * 2.001); y = x.detach().double().requires_grad_(); (t.autograd.gradcheck(F.apply, y, rtol=1e-5, raise_exception=False), t.autograd.gradcheck(F.apply, y, rtol=1e-2), t.autograd.gradcheck(F.apply, y, atol=1., rtol=0.))
    [n for n in dir((x * x).grad_fn) if n.startswith("_saved")], (x * x).grad_fn._saved_self, x.exp().grad_fn._saved_result
    (x * x).sum().backward(inputs=[])
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: (ctx.saved_tensors, dz * 2)[1]); z = F.apply(x).sum(); z.backward(); z.backward(); x.grad
    seen = []; w = leaf(t); v = leaf(t); [p.register_post_accumulate_grad_hook(lambda p, n=n: seen.append(n)) for n, p in (("w", w), ("v", v))]; ((v * 1).exp() * w).sum().backward(); seen
    seen = []; x.register_post_accumulate_grad_hook(lambda p: seen.append(1)); (x * 2).sum().backward(inputs=[x]); seen
    k = t.ones(3, 2).t().requires_grad_(); (t.ones(4, 2) @ k).sum().backward(); k.grad.stride()
    a, k = t.ones(4, 2).requires_grad_(), t.ones(3, 2).t().requires_grad_(); (a @ k).sum().backward(); a.grad.stride(), k.grad.stride()
    z = x.exp().sum(); z.backward(); z.backward()
    z = (x * 1).sum() * 1; z[z >= 0] = .5; (z * t.tensor(0.)).backward(); z, x.grad
    z = (x * x).sum(); z.backward(retain_graph=False, create_graph=True); z.backward()
    (x * 1).sum().backward(); v = x.grad._version; (x * 1).sum().backward(); x.grad._version - v
    d = x.detach().double().requires_grad_(); [t.autograd.gradgradcheck(lambda x: x**5, d, raise_exception=False, **o) for o in ({}, {"eps": .5}, {"eps": .5, "atol": 1e4}, {"eps": .5, "rtol": 1e4})]
    t.autograd.grad((x * x).sum(), [])
    F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: dy * 5 + dz * 7); y, z = F.apply(x); (y + z + y * y).sum().backward(); x.grad
    F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: dy * 5 + dz * 7); y, z = F.apply(x); (z + z * z).sum().backward(); x.grad
    repr(t.set_grad_enabled(True)), repr(t.autograd.grad_mode.set_grad_enabled(mode=True))
    y = x * 2; y.requires_grad_(); y
    y = x * 2; y.requires_grad = False
    y = t.ones(2); y.requires_grad = 1
    y = t.ones(2); y.requires_grad = True; y.requires_grad = True; y.requires_grad = False; y
    y = x * 2; y.grad
    y = x * 2; y.retain_grad(); y.grad
    y = x * 2; before = y.retains_grad; y.retain_grad(); (before, y.retains_grad, x.retains_grad, t.ones(1).retains_grad, y.detach().retains_grad)
    seen = []; a = x.register_post_accumulate_grad_hook(lambda p: seen.append(1)); b = x.register_post_accumulate_grad_hook(lambda p: seen.append(2)); (x * 2).sum().backward(); a.remove(); (x * 2).sum().backward(); seen
    (x * 2).grad_fn._saved_nothing
    (x * 2).grad_fn.nothing
    y = x * x; y.sum().backward(); y.grad_fn._saved_self
    y = x * x; y.sum().backward(); y.grad_fn.nothing
    t.autograd.grad(x * x, [x, leaf(t)], t.eye(2), is_grads_batched=True, materialize_grads=True)
    t.autograd.grad(x.sum(), [x, leaf(t)], materialize_grads=True, allow_unused=False)
    t.autograd.grad(x.sum(), [3])
    x.sum().backward(inputs=[3])
    t.autograd.backward([x.sum()], [2.])
    g = t.ones(2); y = x * 2; y.register_hook(lambda d: (d.mul_(3), None)[1]); y.backward(g); (g, x.grad)
    t.autograd.grad((x * x * t.ones(2).double()).sum(), x, create_graph=True)
    x.register_hook(lambda g: g * x); g, = t.autograd.grad((x * x).sum(), x, create_graph=True); g, t.autograd.grad(g.sum(), x)
    y = x * 2; y.retain_grad(); y.backward(t.ones(2), retain_graph=True); y.backward(t.ones(2)); y.grad
    y = x * 1; v = y[0:1]; y.mul_(3); v.grad_fn.name()
    x.retain_grad(); (x * 2).sum().backward(); x.grad, x.retains_grad
    h = x.register_hook(lambda g: g * 3); h.remove(); h.remove(); x.sum().backward(); x.grad
    h = x.register_hook(lambda g: g * 3); entered = h.__enter__(); x.sum().backward(); h.__exit__(None, None, None); x.sum().backward(); entered is h, x.grad
    y = x.exp(); z = y * y; y.detach().add_(1); z.sum().backward()
    z = (2 / x).sum(); z.backward(); z.backward()
    z = (2 - x).sum(); z.backward(); z.backward()
    d = x.detach().double().requires_grad_(); t.autograd.gradcheck(lambda x: x * float("nan"), d)
    d = t.tensor([1e-200, 0.], dtype=t.float64, requires_grad=True); d.std().backward(); d.grad
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: dz * 3); t.autograd.gradcheck(F.apply, x, eps=1e-2)
    F = own(t, forward=lambda ctx, x: (ctx.save_for_backward(3), x * 2)[1], backward=lambda ctx, dz: dz); F.apply(x)
    F = own(t, forward=lambda x, k: x * k, setup_context=lambda ctx, i, o: None, backward=lambda ctx, dz: (dz * 5, None)); y = F.apply(x, k=3); y.sum().backward(); y, x.grad
    F = own(t, forward=lambda ctx, x, k: x * k, backward=lambda ctx, dz: (dz * 5, None)); y = F.apply(x, k=3); y.sum().backward(); y, x.grad
    k = t.ones(2); F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: k); F.apply(x).sum().backward(); x.grad.add_(1); k, x.grad
    F = own(t, forward=lambda ctx, x: (ctx.save_for_backward(x), x * 2)[1], backward=lambda ctx, dz: dz); F.apply(x).grad_fn.saved_tensors
    F = own(t, forward=lambda ctx, x: (ctx.save_for_backward(x), ctx.saved_tensors)[1], backward=lambda ctx, dz: dz); F.apply(x)
    F = own(t, forward=lambda ctx, x: x, backward=lambda ctx, dz: dz); F.apply(x.detach()).requires_grad
    F = own(t, forward=lambda ctx, x: 3, backward=lambda ctx, dz: dz); F.apply(x)
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: None); F.apply(x).sum().backward(); x.grad
    F = own(t, forward=lambda ctx, x, y: x * 2 + y, backward=lambda ctx, dz: (dz, dz * 3)); y = leaf(t); F.apply(x, y).sum().backward(inputs=[y]); x.grad, y.grad
    F = own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: dz * 0.5); F.apply(x.double()).sum().backward(); x.grad
    f = t.set_grad_enabled(False)(lambda: t.is_grad_enabled()); a = t.is_grad_enabled(); f(), f(), a, t.is_grad_enabled()
    s = t.set_grad_enabled(False); a = t.is_grad_enabled(); s.__enter__(); s.__exit__(None, None, None); s.__enter__(); s.__exit__(None, None, None); a, t.is_grad_enabled()
    t.set_grad_enabled(0)
    t.autograd.gradcheck(lambda x: x * 2, t.ones(0, dtype=t.float64, requires_grad=True))
    d = x.detach().double().requires_grad_(); t.autograd.gradcheck(lambda x: t.ones(2, dtype=t.float64), d)
    d = x.detach().double().requires_grad_(); t.autograd.gradcheck(lambda x: x.argmax(), d)
    d = x.detach().double().requires_grad_(); t.autograd.gradcheck(lambda x, k, y: [x * k + y, x], [d, 3, d.detach().clone()])
    d = x.detach().double().requires_grad_(); t.autograd.gradcheck(lambda x, k, y: x * k + y, [d, 3, d * 2])
    d = x.detach().double().requires_grad_(); t.autograd.gradgradcheck(lambda x: (x * x, x ** 3), d), d
    d = x.detach().double().requires_grad_(); n = t.no_grad(); n.__enter__(); r = t.autograd.gradcheck(lambda x: x * x, d, raise_exception=False); n.__exit__(None, None, None); r
    y = t.arange(6.).reshape(2, 3).t(); [z.stride() for z in (y[t.tensor([0, 1])], t.stack([y, y]), t.cat([y, y]), y.flip(0), y.double(), y.exp(), y + y, y.repeat(2, 1), y.expand(1, 3, 2), y.tril(), y.masked_fill(y > 1, 0.), y.cumsum(0), y.relu(), y.clone())]
    y = t.ones(2).expand(1, 2); y.add_(1); y
    y = t.tensor([2, 3]); z = y.floor(); z.add_(1); y
    d = t.ones(1, requires_grad=True); d.var().backward(); d.grad
    d = t.ones(1, 2, requires_grad=True); d.std(0).sum().backward(); d.grad
    d = t.tensor([1., 2., 2.], requires_grad=True); g, = t.autograd.grad(d.prod(), d, create_graph=True); t.autograd.grad(g.sum(), d)
    d = t.tensor([[1., 2.], [0., 4.]], requires_grad=True); g, = t.autograd.grad(d.prod(0, keepdim=True).sum(), d, create_graph=True); g.detach(), t.autograd.grad((g * d).sum(), d)
    d = t.tensor([7., -7.], requires_grad=True); e = t.tensor([2., 3.], requires_grad=True); (t.fmod(d, e) + d % e + t.div(d, e, rounding_mode="floor")).sum().backward(); d.grad, e.grad
    seen = []; F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: (seen.append((dy, dz)), dz)[1]); F.apply(x)[1].sum().backward(); seen
    t.autograd.set_detect_anomaly(True); F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: dy + dz); y, z = F.apply(x); (y * z).sum().backward(); t.autograd.set_detect_anomaly(False); x.grad
    y = x * x; y.sum().backward(); "name" in dir(y.grad_fn)
    v = leaf(t); g, = t.autograd.grad(x[t.tensor([0, 1])], x, v, create_graph=True); g.grad_fn.name()
    F = own(t, forward=lambda ctx, x: (x * 2, 3, None), backward=lambda ctx, dy, *rest: dy * 5 + len(rest) + sum(dz is None for dz in rest)); y = F.apply(x); y[0].sum().backward(); y, x.grad
    F = own(t, forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), (y, x * 3))[1])(x * x), backward=lambda ctx, dy, dz: dy * ctx.saved_tensors[0] + dz); y, z = F.apply(x); g, = t.autograd.grad((y * y + z).sum(), x, create_graph=True); t.autograd.grad((g * y).sum(), x)
    F = own(t, forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), (y, x * 3))[1])(x * x), backward=lambda ctx, dy, dz: dy + dz * ctx.saved_tensors[0] * ctx.saved_tensors[0]); z = F.apply(x)[1]; g, = t.autograd.grad(z.sum(), x, create_graph=True); g, t.autograd.grad(g.sum(), x)
    F = own(t, forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), (y, x * 3))[1])(x * x), backward=lambda ctx, dy, dz: ctx.saved_tensors[0] * ctx.saved_tensors[0] * dz); y, z = F.apply(x); g, = t.autograd.grad(z.sum(), x, create_graph=True); t.autograd.grad(g.sum(), y)
    F = own(t, forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), ctx.mark_non_differentiable(y), (y, x * 3))[2])(x * x), backward=lambda ctx, dy, dz: dz * ctx.saved_tensors[0]); y, z = F.apply(x); g, = t.autograd.grad(z.sum(), x, create_graph=True); y, z, g
""")  # noqa: E501


@pytest.mark.parametrize("source", SMALL_PRINT, ids=lambda source: source[:80])
def test_the_small_print(source):
    tells_the_same(steps("x = leaf(t); " + source))
