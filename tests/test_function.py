"""Functions of one's own: what ctx offers, inputs changed in place, gradients that have no gradient."""

import pytest
from both import BOTH, for_every, in_both, last, leaf, own, registry, tells_the_same

pytestmark = pytest.mark.usefixtures("recording_stays_on")
PROGRAMS, program = registry()


def changed(ctx, a, b):
    a.mul_(2)
    a.add_(b)
    ctx.mark_dirty(a)
    return a


def square_once(t):
    """A Function that may be differentiated once."""
    backward = t.autograd.function.once_differentiable(lambda ctx, g: g * 2 * ctx.saved_tensors[0])
    return own(t, lambda ctx, x: (ctx.save_for_backward(x), x * x)[1], backward)


def dirty(t):
    return own(t, changed, lambda ctx, g: (g * 2, g))


def an_output_without_a_gradient_has_its_number(t, seen):
    F = own(
        t,
        lambda ctx, x: (lambda i: (ctx.mark_non_differentiable(i), (x * 2, i))[1])(x * 3),
        lambda ctx, g, h: g,
    )
    x = t.ones(2, requires_grad=True)
    y, i = F.apply(x)
    return (y, i, i.requires_grad, y.output_nr)


LINES = [
    lambda t, seen: last(
        F := dirty(t),
        a := t.ones(2, requires_grad=True),
        b := t.ones(2, requires_grad=True),
        x := a * 1,
        y := F.apply(x, b),
        r := (y is x, x.grad_fn.name(), x._version),
        (x * 3).sum().backward(),
        (r, a.grad, b.grad),
    ),
    lambda t, seen: last(
        F := dirty(t), a := t.ones(2, requires_grad=True), b := t.ones(2, requires_grad=True), F.apply(a, b)
    ),
    lambda t, seen: last(
        F := dirty(t),
        a := t.ones(2),
        b := t.ones(2, requires_grad=True),
        y := F.apply(a, b),
        r := (y is a, a.requires_grad, a.is_leaf),
        y.sum().backward(),
        (r, b.grad, a),
    ),
    lambda t, seen: last(
        F := dirty(t), a := t.ones(2), b := t.ones(2), y := F.apply(a, b), (y is a, a.requires_grad)
    ),
    lambda t, seen: last(
        F := dirty(t),
        a := t.ones(4, requires_grad=True),
        b := t.ones(2, requires_grad=True),
        x := a * 1,
        v := x[:2],
        F.apply(v, b),
        (x * 3).sum().backward(),
        (x.detach(), a.grad, b.grad),
    ),
    lambda t, seen: last(
        F := square_once(t),
        x := t.ones(2, requires_grad=True),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := square_once(t),
        x := t.ones(2, requires_grad=True),
        g := t.autograd.grad(F.apply(x).sum(), x, create_graph=True)[0],
        g.requires_grad,
    ),
    lambda t, seen: last(
        F := square_once(t),
        x := t.ones(2, requires_grad=True),
        g := t.autograd.grad(F.apply(x).pow(2).sum(), x, create_graph=True)[0],
        g.requires_grad,
        g.sum().backward(),
    ),
    lambda t, seen: last(
        once := t.autograd.function.once_differentiable,
        F := own(t, lambda ctx, x, k: x * k, once(lambda ctx, g: (g * 2, None))),
        x := t.ones(2, requires_grad=True),
        g := t.autograd.grad(F.apply(x, 3).pow(2).sum(), x, create_graph=True)[0],
        (g.requires_grad, g.detach()),
    ),
    lambda t, seen: last(
        F := own(
            t,
            lambda x, k=3: x * k,
            lambda ctx, g: (g * ctx.k, None),
            setup_context=lambda ctx, inputs, output: last(
                seen.append(len(inputs)), setattr(ctx, "k", inputs[1])
            ),
        ),
        x := t.ones(2, requires_grad=True),
        F.apply(x).sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        F := own(
            t, lambda x, k=3: x * k, lambda ctx, g: g * 3, setup_context=lambda ctx, inputs, output: None
        ),
        x := t.ones(2, requires_grad=True),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x, k=3: x * k, lambda ctx, g: g * 3),
        x := t.ones(2, requires_grad=True),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x, y: x * y, lambda ctx, g: (seen.append(ctx.needs_input_grad), (g, g))[1]),
        x := t.ones(2, requires_grad=True),
        y := t.ones(2, requires_grad=True),
        t.autograd.grad(F.apply(x, y).sum(), x),
        seen,
    ),
    lambda t, seen: last(
        F := own(
            t,
            lambda ctx, x: (ctx.set_materialize_grads(False), (x * 2, x * 3))[1],
            lambda ctx, g, h: (seen.append((g, h)), h)[1],
        ),
        x := t.ones(2, requires_grad=True),
        F.apply(x)[1].sum().backward(),
        seen,
    ),
    an_output_without_a_gradient_has_its_number,
    lambda t, seen: last(
        F := own(t, lambda ctx, x: [x * 2, x * 3], lambda ctx, *g: g[0]),
        x := t.ones(2, requires_grad=True),
        F.apply(x),
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x, y: x * y, lambda ctx, g: [g, g]),
        x := t.ones(2, requires_grad=True),
        F.apply(x, x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x: x, lambda ctx, g: g * 5),
        x := t.ones(2, requires_grad=True),
        y := F.apply(x),
        y.sum().backward(),
        (y is x, x.grad, y._version == x._version),
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x: x.view(1, 2), lambda ctx, g: g.view(2)),
        x := t.ones(2, requires_grad=True),
        y := F.apply(x * 1),
        y.sum().backward(),
        (x.grad, y),
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x: x * 2, lambda ctx, g: g.sum()),
        x := t.ones(2, requires_grad=True),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x: x * 2, lambda ctx, g: t.ones(3)),
        x := t.ones(2, requires_grad=True),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x: x * 2, lambda ctx, g: g.double()),
        x := t.ones(2, requires_grad=True),
        F.apply(x * 1).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        F := own(t, lambda ctx, x: (x * 2, x.argmax()), lambda ctx, g, h: (g, h.dtype)[0]),
        x := t.ones(2, requires_grad=True),
        F.apply(x)[0].sum().backward(),
        x.grad,
    ),
]


VARIABLES = [
    lambda t, seen: last(
        x := t.autograd.Variable(t.ones(2), requires_grad=True),
        (
            x.requires_grad,
            isinstance(x, t.Tensor),
            isinstance(x, t.autograd.Variable),
            isinstance(t.ones(1), t.autograd.Variable),
        ),
    ),
    lambda t, seen: last(k := t.ones(2), x := t.autograd.Variable(k), k * 2, k.add_(1), (x.requires_grad, x)),
    lambda t, seen: last(
        k := t.ones(2, requires_grad=True),
        y := t.autograd.Variable(k * 2),
        (y.requires_grad, y.is_leaf, type(y).__name__),
    ),
    lambda t, seen: t.autograd.Variable([1.0, 2.0]),
    lambda t, seen: t.autograd.Variable(t.tensor([1, 2]), requires_grad=True),
    lambda t, seen: (t.autograd.Variable(t.ones(2), True), t.autograd.Variable(t.ones(2), volatile=True)),
    lambda t, seen: t.autograd.Variable(),
    lambda t, seen: t.autograd.Variable(data=t.ones(2), requires_grad=True),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        (
            isinstance((x * 2).grad_fn, t.autograd.graph.Node),
            issubclass(type((x * 2).grad_fn), t.autograd.graph.Node),
        ),
    ),
]


@program
def changes_a_part_in_place(torch):

    class AddInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            a[1:2] += b
            ctx.mark_dirty(a)
            return a

        @staticmethod
        def backward(ctx, g):
            return (g, g[1:2])

    a, b = (torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True))
    c = AddInPlace.apply(a * 1, b)
    (c * 2).sum().backward()
    return (c.tolist(), a.grad.tolist(), b.grad.tolist())


@program
def a_changed_input_is_not_returned(torch):

    def f(ctx, a, b):
        a.add_(b)
        ctx.mark_dirty(a)
        return a * 1

    F = own(torch, f, lambda ctx, g: (g, g))
    a = torch.ones(2, requires_grad=True)
    F.apply(a * 1, a)


@program
def two_inputs_are_changed(torch):

    def f(ctx, a, b):
        a.add_(b)
        b.mul_(2)
        ctx.mark_dirty(a, b)
        return (a, b)

    F = own(torch, f, lambda ctx, g, h: (g * 2, h * 3))
    a = torch.ones(2, requires_grad=True)
    x, y = (a * 1, a * 2)
    u, v = F.apply(x, y)
    r = (u is x, v is y)
    (u + v * 5).sum().backward()
    return (r, a.grad)


@program
def an_output_that_was_changed_in_place_is_saved(torch):

    def f(ctx, a):
        a.exp_()
        ctx.mark_dirty(a)
        ctx.save_for_backward(a)
        return a

    F = own(torch, f, lambda ctx, g: g * ctx.saved_tensors[0])
    a = torch.ones(2, requires_grad=True)
    y = F.apply(a * 1)
    y.sum().backward()
    return a.grad


@program
def mark_dirty_of_a_number(torch):

    def f(ctx, a):
        ctx.mark_dirty(3)
        return a

    F = own(torch, f, lambda ctx, g: g)
    a = torch.ones(2, requires_grad=True)
    F.apply(a * 1)


@program
def needs_input_grad(torch):
    seen = []
    seen = []
    F = own(
        torch,
        lambda ctx, x, k, y: (seen.append(ctx.needs_input_grad), x * k + y)[1],
        lambda ctx, g: (seen.append(ctx.needs_input_grad), (g, None, None))[1],
    )
    x = torch.ones(2, requires_grad=True)
    F.apply(x, 3, torch.ones(2)).sum().backward()
    with torch.no_grad():
        F.apply(x, 3, torch.ones(2))
    return seen


@program
def methods_that_are_not_static(torch):

    class F(torch.autograd.Function):
        def forward(ctx, x):
            return x * 2

        def backward(ctx, g):
            return g * 2

    x = torch.ones(2, requires_grad=True)
    F.apply(x).sum().backward()
    return x.grad


@program
def a_function_of_a_function(torch):

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    class G(F):
        @staticmethod
        def backward(ctx, g):
            return g * 7

    x = torch.ones(2, requires_grad=True)
    y = G.apply(x)
    y.sum().backward()
    return (x.grad, y.grad_fn.name(), F.apply(x).grad_fn.name())


@program
def a_function_may_return_what_is_no_tensor(torch):
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, n):
            ctx.n = n
            return x * n, n

        @staticmethod
        def backward(ctx, dz, dn):
            return dz * ctx.n, None

    x = leaf(torch)
    z, n = Scaled.apply(x, 3)
    z.sum().backward()
    return z.detach(), n, x.grad


@for_every(LINES + VARIABLES)
def test_programs_in_one_expression_do_what_they_do_in_torch(program):
    tells_the_same(lambda t: program(t, []))


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_do_what_they_do_in_torch(name):
    tells_the_same(PROGRAMS[name])


# -- functions of one's own ---------------------------------------------------------------------------------


def cube(t):
    """z = scale·x³"""

    class Cube(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.save_for_backward(x)
            ctx.scale = scale
            return x * x * x * scale

        @staticmethod
        def backward(ctx, dz):
            (x,) = ctx.saved_tensors
            return 3 * x * x * ctx.scale * dz, None

    return Cube.apply


def exponential(t):
    """z = eˣ, which saves its output."""

    class Exp(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            z = x.exp()
            ctx.save_for_backward(z)
            return z

        @staticmethod
        def backward(ctx, dz):
            return dz * ctx.saved_tensors[0]

    return Exp.apply


def sum_and_product(t, seen):
    """x + y and x·y; `seen` gets what backward is given."""

    class SumAndProduct(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x + y, x * y

        @staticmethod
        def backward(ctx, ds, dp):
            x, y = ctx.saved_tensors
            seen.append((ctx.needs_input_grad, ds.tolist(), dp.tolist()))
            return ds + dp * y, (ds + dp * x if ctx.needs_input_grad[1] else None)

    return SumAndProduct.apply


def value_and_gradient(t):
    x = leaf(t)
    z = cube(t)(x, 2)
    z.sum().backward()
    return z, x.grad


def twice_differentiable(t):
    x = leaf(t)
    (dx,) = t.autograd.grad(cube(t)(x, 1).sum(), x, create_graph=True)
    (ddx,) = t.autograd.grad(dx.sum(), x)
    return dx.detach(), ddx


def twice_through_a_saved_output(t):
    x = leaf(t, [0.0, 0.0])
    (dx,) = t.autograd.grad(exponential(t)(x).sum(), x, create_graph=True)
    return dx.detach(), t.autograd.grad(dx.sum(), x)


def several_outputs(t):
    x, y, seen = leaf(t), leaf(t, [3.0, 5.0]), []
    s, p = sum_and_product(t, seen)(x, y)
    (s * 2 + p).sum().backward()
    return s, p, x.grad, y.grad, seen


def one_of_several_outputs(t):
    x, y, seen = leaf(t), leaf(t, [3.0, 5.0]).detach(), []
    _, p = sum_and_product(t, seen)(x, y)
    p.sum().backward()
    return x.grad, y.grad, seen


def outputs_without_a_gradient(t):
    class Top(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            at = t.argmax(x)
            ctx.mark_non_differentiable(at)
            ctx.at, ctx.n = at, len(x)
            return x[at], at

        @staticmethod
        def backward(ctx, dz, dat):
            dx = t.zeros(ctx.n)
            dx[ctx.at] = dz
            return dx, None, None

    x = leaf(t)
    value, at = Top.apply(x)
    (value * 7).backward()
    return value, at, x.grad


def unrecorded(t):
    with t.no_grad():
        return cube(t)(leaf(t), 1)


OWN = [
    value_and_gradient,
    twice_differentiable,
    twice_through_a_saved_output,
    several_outputs,
    one_of_several_outputs,
    outputs_without_a_gradient,
    unrecorded,
]


@pytest.mark.parametrize("program", OWN)
def test_functions_of_ones_own(program):
    ours, theirs = in_both(program)
    assert ours == theirs


@BOTH
def test_a_function_may_inherit_from_others_too(library):
    names = []

    class Noted:
        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            names.append(cls.__name__)

    type("Own", (library.autograd.Function, Noted), {})
    assert names == ["Own"]


@BOTH
def test_a_node_that_is_still_being_made_has_no_attributes(library):
    made = type(cube(library)(leaf(library), 1).grad_fn)
    with pytest.raises(AttributeError):
        made.__new__(made).scale  # noqa: B018
