"""Nodes as the user meets them: called, with hooks of their own, and after requires_grad was switched."""

import pytest
from both import for_every, last, registry, tells_the_same

PROGRAMS, program = registry()


def two_outputs(torch):
    """A Function of one input and two outputs."""

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return (a * 1, a * 2)

        @staticmethod
        def backward(ctx, g, h):
            return g + 2 * h

    return Two


# -- requires_grad switched between forward and backward ----------------------------------------------------


def off_before_backward(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    z.backward()
    return w.grad


def off_and_on_again_before_backward(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    w.requires_grad = True
    z.backward()
    return w.grad


def off_and_on_between_two_uses(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    w.requires_grad = True
    (z + (w * 3).sum()).backward()
    return w.grad


def off_with_a_hook(t, seen):
    w = t.ones(2, requires_grad=True)
    w.register_hook(lambda g: seen.append(g.tolist()))
    z = (w * 2).sum()
    w.requires_grad = False
    z.backward()
    return (w.grad, seen)


def off_and_on_with_a_hook(t, seen):
    w = t.ones(2, requires_grad=True)
    w.register_hook(lambda g: seen.append(g.tolist()))
    w.requires_grad = False
    w.requires_grad = True
    (w * 2).sum().backward()
    return (w.grad, seen)


def off_with_a_post_accumulate_hook(t, seen):
    w = t.ones(2, requires_grad=True)
    w.register_post_accumulate_grad_hook(lambda g: seen.append(1))
    z = (w * 2).sum()
    w.requires_grad = False
    z.backward()
    return (w.grad, seen)


def off_and_asked_for_by_grad(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    return t.autograd.grad(z, w)


def off_and_allowed_to_be_unused(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    return t.autograd.grad(z, w, allow_unused=True)


def off_and_on_and_asked_for_by_grad(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    w.requires_grad = True
    return t.autograd.grad(z, w)


def off_and_an_input_of_backward(t, seen):
    w = t.ones(2, requires_grad=True)
    z = (w * 2).sum()
    w.requires_grad = False
    z.backward(inputs=[w])
    return w.grad


def off_after_a_first_gradient(t, seen):
    w = t.ones(2, requires_grad=True)
    (w * 2).sum().backward()
    z = (w * 2).sum()
    w.requires_grad = False
    z.backward()
    return w.grad


SWITCHED = [
    off_before_backward,
    off_and_on_again_before_backward,
    off_and_on_between_two_uses,
    lambda t, seen: last(
        w := t.ones(2, requires_grad=True),
        v := t.ones(2, requires_grad=True),
        z := (w * v * 2).sum(),
        w.requires_grad_(False),
        z.backward(),
        (w.grad, v.grad),
    ),
    off_with_a_hook,
    off_and_on_with_a_hook,
    off_with_a_post_accumulate_hook,
    off_and_asked_for_by_grad,
    off_and_allowed_to_be_unused,
    off_and_on_and_asked_for_by_grad,
    off_and_an_input_of_backward,
    lambda t, seen: last(
        w := t.ones(2, requires_grad=True), z := (w * 2).sum(), w.detach_(), z.backward(), w.grad
    ),
    lambda t, seen: last(
        w := t.ones(2, requires_grad=True),
        z := (w * 2).sum(),
        w.detach_(),
        r := w.requires_grad,
        w.requires_grad_(),
        z.backward(),
        (r, w.grad),
    ),
    lambda t, seen: last(
        m := t.nn.Linear(2, 2),
        z := m(t.ones(1, 2)).sum(),
        m.requires_grad_(False),
        z.backward(),
        (m.weight.grad, m.bias.grad),
    ),
    off_after_a_first_gradient,
]


# -- nodes --------------------------------------------------------------------------------------------------


def a_node_keeps_its_metadata(t, seen):
    x = t.ones(2, requires_grad=True)
    y = x * 2
    y.grad_fn.metadata["a"] = 3
    return (y.grad_fn.metadata, (x * 2).grad_fn.metadata)


def the_node_of_a_leaf_keeps_its_metadata(t, seen):
    x = t.ones(2, requires_grad=True)
    y = x * 2
    n = y.grad_fn.next_functions[0][0]
    n.metadata["a"] = 3
    return n.metadata


NODES = [
    lambda t, seen: last(
        x := t.ones(2, 1, requires_grad=True),
        y := t.full((2, 3), 2.0, requires_grad=True),
        z := x * y,
        r := z.grad_fn(t.ones(2, 3)),
        (type(r).__name__, list(r)),
    ),
    lambda t, seen: last(
        x := t.ones(2, 1, requires_grad=True),
        y := t.full((2, 3), 2.0, requires_grad=True),
        z := x * y,
        z := x * t.ones(2, 3),
        z.grad_fn(t.ones(2, 3)),
    ),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), x.exp().grad_fn(t.ones(3))),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True), [g.requires_grad for g in [x.exp().grad_fn(t.ones(3))]]
    ),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True), z := x.exp(), z.grad_fn(t.ones(3)), z.grad_fn(t.ones(3))
    ),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True), z := x.exp(), z.sum().backward(), z.grad_fn(t.ones(3))
    ),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), z := x.exp(), z.grad_fn(t.ones(4))),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), z := x.exp(), z.grad_fn(t.ones(1))),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), x.exp().grad_fn()),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), x.exp().grad_fn(t.ones(3), t.ones(3))),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), x.exp().grad_fn(None)),
    lambda t, seen: last(x := t.ones(3, requires_grad=True), x.exp().grad_fn(3)),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True),
        n := x.exp().grad_fn.next_functions[0][0],
        r := n(t.ones(3)),
        (r, x.grad),
    ),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True),
        n := x.exp().grad_fn.next_functions[0][0],
        n(t.ones(3)),
        n(t.ones(3)),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True),
        y := x.exp(),
        y.register_hook(lambda g: seen.append(1)),
        y.grad_fn(t.ones(3)),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(3, requires_grad=True),
        y := (x * 2).sum(),
        g := y.grad_fn(t.tensor(1.0)),
        h := y.grad_fn.next_functions[0][0](g),
        (g, h),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := t.ones(3, requires_grad=True),
        t.cat([x, y]).grad_fn(t.arange(5.0)),
    ),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), x[0].grad_fn(t.tensor(3.0))),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_hook(lambda gi, go: seen.append((gi, go))),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5, gi[1])),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x.exp(),
        y.grad_fn.register_hook(lambda gi, go: gi[0] * 5),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x.exp(),
        y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x.exp(),
        y.grad_fn.register_hook(lambda gi, go: [gi[0] * 5]),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x.exp(),
        y.grad_fn.register_hook(lambda gi, go: (gi[0][:1],)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x.exp(),
        y.grad_fn.register_hook(lambda gi, go: (None,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x.exp(),
        y.grad_fn.register_hook(lambda gi, go: (3,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        h := y.grad_fn.register_hook(lambda gi, go: seen.append((gi, go))),
        h.remove(),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, 1, requires_grad=True),
        k := t.ones(2, 3),
        y := x * k,
        y.grad_fn.register_hook(lambda gi, go: seen.append((gi, go))),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, 1, requires_grad=True),
        k := t.ones(2, 3, requires_grad=True),
        y := x * k,
        y.grad_fn.register_hook(lambda gi, go: seen.append((gi, go))),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.next_functions[0][0].register_hook(lambda gi, go: seen.append((gi, go, x.grad.tolist()))),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.next_functions[0][0].register_prehook(lambda go: seen.append((go, x.grad))),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.next_functions[0][0].register_prehook(lambda go: (go[0] * 3,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: seen.append(go)),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: (go[0] * 7,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: go[0] * 7),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: (go[0][:1],)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: (go[0], go[0])),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: (None,)),
        y.sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: seen.append("pre")),
        y.register_hook(lambda g: seen.append("tensor")),
        y.grad_fn.register_hook(lambda a, b: seen.append("post")),
        y.grad_fn.register_prehook(lambda go: seen.append("pre2")),
        y.register_hook(lambda g: seen.append("tensor2")),
        x.register_hook(lambda g: seen.append("leaf")),
        x.register_post_accumulate_grad_hook(lambda g: seen.append("acc")),
        n := y.grad_fn.next_functions[0][0],
        n.register_prehook(lambda g: seen.append("accpre")),
        n.register_hook(lambda a, b: seen.append("accpost")),
        y.sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.retain_grad(),
        y.grad_fn.register_prehook(lambda go: (go[0] * 3,)),
        y.sum().backward(),
        (y.grad, x.grad),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda go: (go[0] * 3,)),
        y.register_hook(lambda g: g * 5),
        t.autograd.grad(y.sum(), [y, x]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        n := y.grad_fn.next_functions[0][0],
        n.register_prehook(lambda go: (go[0] * 3,)),
        n.register_hook(lambda a, b: 3 / 0),
        t.autograd.grad(y.sum(), [x]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        z := y * 3,
        y.grad_fn.register_hook(lambda a, b: seen.append(1)),
        z.grad_fn.register_hook(lambda a, b: seen.append(2)),
        t.autograd.grad(z.sum(), [y]),
        seen,
    ),
    a_node_keeps_its_metadata,
    the_node_of_a_leaf_keeps_its_metadata,
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        n := (x * 2).grad_fn.next_functions[0][0],
        (type(n).__name__, n.name(), n.variable is x, n.next_functions),
    ),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), type((x * 2).grad_fn).__name__),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        [(a and a.name(), b) for a, b in (x * t.ones(2)).grad_fn.next_functions],
    ),
]


@program
def node_called_under_no_grad(torch):
    x = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        return (x * x).grad_fn(torch.ones(3))


@program
def node_of_a_function_applied(torch):

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, k):
            return x * k

        @staticmethod
        def backward(ctx, g):
            return (g * 5, None)

    x = torch.ones(3, requires_grad=True)
    y = F.apply(x, 2)
    return y.grad_fn.apply(torch.ones(3))


@program
def hook_of_a_node_as_a_context_manager(torch):
    seen = []
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    with y.grad_fn.register_hook(lambda gi, go: seen.append((gi, go))):
        y.sum().backward()
    y.sum().backward()
    return (seen, len(seen))


@program
def name_of_a_functions_node(torch):

    class MyF(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.ones(2, requires_grad=True)
    y = MyF.apply(x)
    return (type(y.grad_fn).__name__, y.grad_fn.name(), str(y), isinstance(y.grad_fn, MyF))


@program
def name_of_the_node_of_several_outputs(torch):

    class MyF(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x * 2, x * 3)

        @staticmethod
        def backward(ctx, g, h):
            return g

    x = torch.ones(2, requires_grad=True)
    y, z = MyF.apply(x)
    return (
        type(y.grad_fn).__name__,
        y.grad_fn.name(),
        str(y),
        y.grad_fn is z.grad_fn,
        (z * 2).grad_fn.next_functions[0][1],
        list(z.grad_fn.next_functions[0])[1],
        z.grad_fn.next_functions[0][0].name(),
    )


@program
def hook_of_an_output_out_of_reach(torch):
    Two = two_outputs(torch)
    a, seen = (torch.ones(2, requires_grad=True), [])
    x, y = Two.apply(a)
    x.register_hook(seen.append)
    y.sum().backward()
    return (seen, a.grad)


@program
def hook_of_an_output_out_of_reach_answers(torch):
    Two = two_outputs(torch)
    a = torch.ones(2, requires_grad=True)
    x, y = Two.apply(a)
    x.register_hook(lambda g: torch.ones(2) * 9 if g is None else g)
    y.sum().backward()
    return a.grad


@program
def retained_gradient_of_an_output_out_of_reach(torch):
    Two = two_outputs(torch)
    a = torch.ones(2, requires_grad=True)
    x, y = Two.apply(a)
    x.retain_grad()
    y.sum().backward()
    return x.grad


@program
def function_without_zeros_for_what_is_out_of_reach(torch):
    given = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.set_materialize_grads(False)
            return (a * 1, a * 2)

        @staticmethod
        def backward(ctx, g, h):
            given.append((g, h))
            return h

    a, seen = (torch.ones(2, requires_grad=True), [])
    x, y = Two.apply(a)
    x.register_hook(seen.append)
    y.sum().backward()
    return (seen, given, a.grad)


# Where a derivative is constant, its own is 0, which grad() tells from none at all.
CONSTANT = [
    lambda t, seen: last(
        x := t.tensor([-1.0, 2.0], requires_grad=True),
        g := t.autograd.grad(x.relu().sum(), x, create_graph=True)[0],
        g.sum().backward(),
        (g, x.grad),
    ),
    lambda t, seen: last(
        x := t.tensor([-1.0, 2.0], requires_grad=True),
        g := t.autograd.grad(x.norm(1), x, create_graph=True)[0],
        g.sum().backward(),
        (g, x.grad + 0),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := t.ones(3, requires_grad=True),
        g := t.autograd.grad(x.sum(), [x, y], materialize_grads=True),
        (g, [q.requires_grad for q in g]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := t.ones(3, requires_grad=True),
        g := t.autograd.grad((x * x).sum(), [x, y], materialize_grads=True, create_graph=True),
        (g, [q.requires_grad for q in g]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := t.ones(3, requires_grad=True),
        g := t.autograd.grad((x * x).sum(), [x, y], materialize_grads=True, create_graph=True),
        t.autograd.grad(g[1].sum() + g[0].sum(), [x, y], materialize_grads=True),
    ),
]


@for_every(SWITCHED + NODES + CONSTANT)
def test_programs_in_one_expression_do_what_they_do_in_torch(program):
    tells_the_same(lambda t: program(t, []))


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_do_what_they_do_in_torch(name):
    tells_the_same(PROGRAMS[name])
