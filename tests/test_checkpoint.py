"""utils.checkpoint: what is computed again in backward gives the same gradients, in both of torch's ways."""

import contextlib
import gc
import weakref

import pytest
from both import for_every, same_bits, tells_the_same

import minigrad


def check(t, function, *args, reentrant=False, **kwargs):
    return t.utils.checkpoint.checkpoint(function, *args, use_reentrant=reentrant, **kwargs)


def model(t):
    layers = (
        t.nn.Linear(5, 8),
        t.nn.ReLU(),
        t.nn.Dropout(0.5),
        t.nn.Linear(8, 8),
        t.nn.Tanh(),
        t.nn.Linear(8, 3),
    )
    return t.nn.Sequential(*layers)


def trained(wrap):
    """Every gradient of a step, and the random number after it. `wrap` makes the call of the model."""
    t = minigrad
    t.manual_seed(0)
    net, x = model(t), t.randn(6, 5, requires_grad=True)
    wrap(net, x).square().sum().backward()
    return [x.grad, *(p.grad for p in net.parameters()), t.rand(1)]


@pytest.mark.parametrize("reentrant", [False, True])
def test_gradients_are_bit_for_bit_those_without(reentrant):
    plain = trained(lambda net, x: net(x))
    in_parts = minigrad.utils.checkpoint.checkpoint_sequential
    for wrap in (
        lambda net, x: check(minigrad, net, x, reentrant=reentrant),
        lambda net, x: in_parts(net, 3, x, use_reentrant=reentrant),
        lambda net, x: in_parts(list(net), 2, x, use_reentrant=reentrant),
    ):
        for one, other in zip(trained(wrap), plain, strict=True):
            same_bits(one, other)


def second(wrap):
    t = minigrad
    t.manual_seed(0)
    net, x = model(t), t.randn(6, 5, requires_grad=True)
    (dx,) = t.autograd.grad(wrap(net, x).square().sum(), x, create_graph=True)
    dx.square().sum().backward()
    return [dx.detach(), x.grad, *(p.grad for p in net.parameters() if p.grad is not None)]


def test_second_derivatives_are_bit_for_bit_those_without():
    inner = lambda net: lambda x: check(minigrad, net, x)
    plain = second(lambda net, x: net(x))
    for wrap in (
        lambda net, x: inner(net)(x),
        lambda net, x: check(minigrad, inner(net), x),
    ):  # one in another
        for one, other in zip(second(wrap), plain, strict=True):
            same_bits(one, other)


def arrays_of(node, seen):
    """The bytes that the nodes of a graph keep."""
    if node is None or id(node) in seen:
        return 0
    seen.add(id(node))
    kept = [s for s in (node.saved or {}).values() if hasattr(s, "array")] if node.edges else []
    own = sum(s.array.nbytes for s in kept if 0 not in s.array.strides and s.node is not None)
    return own + sum(arrays_of(edge, seen) for edge in node.edges)


def test_intermediate_results_are_not_kept():
    x = minigrad.ones(1000, requires_grad=True) * 1
    plain, again = (f(x) for f in (wavy, lambda x: check(minigrad, wavy, x)))
    assert arrays_of(plain.grad_fn, set()) > 3 * x.nbytes
    assert arrays_of(again.grad_fn, set()) == 0


def wavy(x):
    return (x.exp() * x).sin().square()


def test_the_graph_is_freed_without_the_garbage_collector():
    gc.disable()
    try:
        z = check(minigrad, wavy, minigrad.ones(3, requires_grad=True))
        node = weakref.ref(z.grad_fn)
        z.sum().backward()
        del z
        assert node() is None
    finally:
        gc.enable()


# -- programs that tell the same in torch ---------------------------------------------------------------------


def ones(t, n=3):
    return t.ones(n, requires_grad=True)


def calls_in_backwards(t):
    """How often the function is called if backward comes twice, and what a third time raises."""
    x, calls = ones(t), []
    z = check(t, lambda x: (calls.append(0), (x * x) * x)[1], x).sum()
    z.backward(retain_graph=True)
    z.backward()
    return x.grad, len(calls), z.backward()


def changed_between(t):
    x = ones(t)
    y = x * 2
    z = check(t, lambda y: y * y, y)
    y.add_(1)
    z.sum().backward()


def changed_inside(t, reentrant):
    def f(x):
        y = x * 3
        y[0] = x[1] * x[2]
        y.relu_()
        return y[:2] * x[:2]

    x = t.arange(3.0).requires_grad_()
    check(t, f, x, reentrant=reentrant).sum().backward()
    return x.grad


def several(t, reentrant):
    x, w = t.arange(3.0).requires_grad_(), ones(t)
    a, b, k = check(t, lambda x, k: (x * w, x * x, k), x, 5, reentrant=reentrant)
    (a.sum() + b.sum()).backward()
    return x.grad, w.grad, k


def nested_values(t):
    x, w = t.arange(3.0).requires_grad_(), ones(t)
    z = check(t, lambda x, flag=None: {"a": x * w, "b": (x * x, flag)}, x, flag=True)
    z["b"][0].sum().backward()
    return x.grad, w.grad, z["b"][1]


def own_function(t):
    class Cube(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, dz):
            (x,) = ctx.saved_tensors
            return dz * 3 * x * x

    x = ones(t)
    check(t, lambda x: Cube.apply(x * 2) * x, x).sum().backward()
    return x.grad


def parts_of_the_graph(t):
    x, w = ones(t), ones(t)
    z = check(t, lambda x: (x * w) * (x + w), x).sum()
    return t.autograd.grad(z, w, retain_graph=True), t.autograd.grad(z, x)


def hooked(t):
    x, seen = ones(t), []

    def f(x):
        y = x * 2
        y.register_hook(lambda dy: seen.append(dy.tolist()))
        return y * y

    check(t, f, x).sum().backward()
    return x.grad, seen


def contexts(t):
    log = []

    @contextlib.contextmanager
    def noted(name):
        log.append(name)
        yield

    x = ones(t)
    z = check(t, lambda x: x * x * x, x, context_fn=lambda: (noted("first"), noted("second")))
    log.append("between")
    z.sum().backward()
    return log


def random_numbers(t, **options):
    x = ones(t)
    z = check(t, lambda x: (x * t.randint(9, (3,))) * x * x, x, **options)
    t.rand(2)
    z.sum().backward()
    return x.grad, t.rand(1)


def cube_sum(x):
    return (x * x * x).sum()


def different(t, again):
    calls = []

    def f(x):
        calls.append(0)
        return cube_sum(x) if len(calls) == 1 else again(x)

    check(t, f, ones(t)).backward()


@for_every([
    calls_in_backwards, changed_between, nested_values, own_function, parts_of_the_graph, hooked, contexts,
    lambda t: changed_inside(t, False),
    lambda t: changed_inside(t, True),
    lambda t: several(t, False),
    lambda t: several(t, True),
    random_numbers,
    lambda t: random_numbers(t, preserve_rng_state=False),
    lambda t: random_numbers(t, reentrant=True),
    lambda t: different(t, lambda x: x.sum()),
    lambda t: different(t, lambda x: cube_sum(ones(t, 2))),
    lambda t: type(check(t, lambda x: x * x, ones(t)).grad_fn).__name__,
    lambda t: type(check(t, lambda x: x * x, ones(t), reentrant=True).grad_fn).__name__,
    lambda t: t.utils.checkpoint.checkpoint(lambda x: x * x, ones(t)).sum().backward(),
    lambda t: t.utils.checkpoint.checkpoint_sequential([t.relu, t.square], 2, ones(t)),
    lambda t: t.utils.checkpoint.checkpoint_sequential([t.relu], 1, ones(t), use_reentrant=False, foo=1),
    lambda t: check(t, lambda x: x * 2, t.ones(2)).requires_grad,
    lambda t: check(t, lambda x: x * ones(t), t.ones(3), reentrant=True).requires_grad,
    lambda t: check(t, lambda x: x * ones(t), t.ones(3)).requires_grad,
    lambda t: check(t, lambda x: x.detach(), ones(t), reentrant=True).sum().backward(),
    lambda t: t.autograd.grad(check(t, lambda x: x * x, x := ones(t), reentrant=True).sum(), x),
    lambda t: check(t, lambda x: x * x, x := ones(t), reentrant=True).sum().backward(inputs=[x]),
    lambda t: check(t, abs, ones(t), reentrant=True, foo=1, bar=2),
    lambda t: check(t, abs, ones(t), reentrant=True, debug=True),
    lambda t: check(t, abs, ones(t), determinism_check="strict"),
    lambda t: t.no_grad()(check)(t, lambda x: x * 2, ones(t)),
])  # fmt: skip
def test_programs_tell_the_same(program):
    tells_the_same(program)
