"""Hooks of modules: before and after forward, and in backward."""

import copy

import pytest
from both import for_every, tells_the_same


def hooks(t):
    seen = []
    layer = t.nn.Linear(1, 1)
    before = layer.register_forward_pre_hook(lambda module, args: seen.append(("pre", args)))
    after = layer.register_forward_hook(lambda module, args, output: seen.append(("forward", args, output)))
    layer(t.ones(1, 1))
    before.remove()
    layer(t.ones(1, 1))
    after.remove()
    layer(t.ones(1, 1))
    return seen


def replacing_hooks(t):
    relu = t.nn.ReLU()
    relu.register_forward_pre_hook(lambda module, args: args[0] + 1)
    relu.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    relu.register_forward_hook(lambda module, args, output: output * -1)
    return relu(t.zeros(2))


def backward_hooks(t):
    seen = []
    net = t.nn.Sequential(t.nn.Linear(1, 1), t.nn.ReLU())
    net[1].register_full_backward_hook(lambda module, dx, dz: (dx[0] * 2,))
    handle = net.register_full_backward_hook(lambda module, dx, dz: seen.append((dx, dz)))
    x = t.ones(2, 1, requires_grad=True)
    y = net(x)
    y.sum().backward()
    net(t.ones(3, 1)).sum().backward()  # no input wants a gradient
    with t.no_grad():
        net(x)
    handle.remove()
    net(x).sum().backward()
    return seen, x.grad, net[0].weight.grad, y.grad_fn.name()


def backward_hook_among_arguments(t):
    seen = []
    both = type("Both", (t.nn.Module,), {"forward": lambda self, a, n, b: (a * b * n, a)})()
    both.register_full_backward_hook(lambda module, dx, dz: seen.append((dx, dz)))
    a, b = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
    y, z = both(a, 3, b)
    (y + z).sum().backward()
    return seen, a.grad, b.grad


@pytest.mark.parametrize("run", [hooks, replacing_hooks, backward_hooks, backward_hook_among_arguments])
def test_hooks(run):
    tells_the_same(run)


HOOKING = [
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, z: seen.append(1)),
        m.register_forward_hook(lambda m, a, z: seen.append(2), prepend=True),
        m(x),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_pre_hook(lambda m, a: seen.append(1)),
        m.register_forward_pre_hook(lambda m, a: seen.append(2), prepend=True),
        m(x),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_pre_hook(lambda m, a, k: seen.append((a, k)), with_kwargs=True),
        m(input=x),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_pre_hook(lambda m, a, k: ((x * 3,), {}), with_kwargs=True),
        m(input=x),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_pre_hook(lambda m, a, k: (x * 3, {}, 4), with_kwargs=True),
        m(input=x),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True),
        m(input=x),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, k, z: seen.append((a, k)), with_kwargs=True),
        m(input=x),
        m(x),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, k, z: z * 2, with_kwargs=True),
        m(input=x),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, z: seen.append(z), always_call=True),
        m(x),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, z: seen.append(z), always_call=True),
        m.register_forward_hook(lambda m, a, z: 1 / 0),
        m(x),
    ),
    lambda t, m, x, w, seen, d: (m.register_forward_hook(lambda m, a, z: 1 / 0, always_call=True), m(x)),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, z: 1 / 0, always_call=True),
        m(t.ones(1, 3)),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, k, z: 1 / 0, always_call=True, with_kwargs=True),
        m(t.ones(1, 3)),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: seen.append(1)),
        m.register_full_backward_hook(lambda m, dx, dz: seen.append(2), True),
        m(w).sum().backward(),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_pre_hook(lambda m, dz: seen.append(1)),
        m.register_full_backward_pre_hook(lambda m, dz: seen.append(2), True),
        m(w).sum().backward(),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_pre_hook(lambda m, dz: seen.append(dz)),
        m(x).sum().backward(),
        seen,
        m.weight.grad,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_pre_hook(lambda m, dz: (dz[0] * 2,)),
        m(w).sum().backward(),
        m.weight.grad,
        w.grad,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_pre_hook(lambda m, dz: (dz[0] * 2,)),
        m.register_full_backward_hook(lambda m, dx, dz: seen.append((dx, dz))),
        m(w).sum().backward(),
        seen,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_pre_hook(lambda m, dz: (dz[0], dz[0])),
        m(w).sum().backward(),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: (dx[0], dx[0])),
        m(w).sum().backward(),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: (t.ones(1),)),
        m(x).sum().backward(),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: (None,)),
        m(x).sum().backward(),
        m.weight.grad,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: (None,)),
        m(w).sum().backward(),
        w.grad,
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: dx[0] * 2),
        m(w).sum().backward(),
    ),
    lambda t, m, x, w, seen, d: (m.register_full_backward_hook(lambda m, dx, dz: 3), m(w).sum().backward()),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: (3,)),
        m(w).sum().backward(),
    ),
    lambda t, m, x, w, seen, d: (
        m.register_full_backward_hook(lambda m, dx, dz: seen.append(dx)),
        m(w * 2).sum().backward(),
        m(w).detach(),
        seen,
    ),
    lambda t, m, x, w, seen, d: (lambda y, h: (h.remove(), y.backward(), seen))(
        *reversed((m.register_full_backward_hook(lambda m, dx, dz: seen.append(dx)), m(w).sum()))
    ),
    lambda t, m, x, w, seen, d: (d.register_full_backward_hook(lambda m, dx, dz: None), d(x)),
    lambda t, m, x, w, seen, d: (m.register_forward_hook(3), m(x)),
    lambda t, m, x, w, seen, d: (
        m.register_forward_hook(lambda m, a, z: seen.append(1)),
        copy.deepcopy(m)(x),
        seen,
    ),
    lambda t, m, x, w, seen, d: m.register_forward_hook(lambda m, a, z: z, True),
]


@for_every(HOOKING)
def test_registering_hooks(program):
    def run(t):
        m, w = t.nn.Linear(1, 1), t.ones(1, 1, requires_grad=True)
        d = type("D", (t.nn.Module,), {"forward": lambda self, x: {"a": x}})()
        told = program(t, m, t.ones(1, 1), w, [], d)
        return [each for each in told if "Handle" not in type(each).__name__]

    tells_the_same(run)
