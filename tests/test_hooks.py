"""Hooks: what they see, keep, change and replace."""

import pytest
from both import for_every, last, registry, tells_the_same

PROGRAMS, program = registry()


def used(g):
    """What only a real tensor can do, not a NumPy scalar."""
    tripled, clamped = g.clone().mul_(3), g.clone().clamp_(0, 1)
    facts = [
        str(g),
        g.numpy().shape,
        g.to(g.dtype).dtype,
        g.device.type,
        g.ndim,
        g.item(),
        float(g),
        g.stride(),
    ]
    return [*facts, tripled, clamped]


# -- gradients of 0-d tensors are tensors like any other ----------------------------------------------------

ZERO = [
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        x.register_hook(lambda g: seen.append(used(g))),
        (x * 2).backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        y := x * 3,
        y.register_hook(lambda g: seen.append(used(g))),
        (y * y).backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        y := x * 3,
        y.register_hook(lambda g: g.mul_(2) and None),
        (y * y).backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        y := x * 3,
        y.register_hook(lambda g: g.clamp_(0, 1)),
        (y * y).backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        x.register_hook(lambda g: g.mul_(2)),
        (x * x).backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        y := x * 3,
        y.retain_grad(),
        (y * y).backward(),
        (used(y.grad), used(x.grad)),
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        x.register_post_accumulate_grad_hook(lambda q: seen.append(used(q.grad))),
        (x * x).backward(),
        seen,
    ),
    lambda t, seen: last(
        m := t.nn.MSELoss(),
        m.register_full_backward_hook(lambda m, gi, go: seen.append([used(go[0]), str(gi[0])])),
        x := t.tensor([1.0, 2.0], requires_grad=True),
        (m(x, t.zeros(2)) * 3).backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := t.nn.MSELoss(),
        m.register_full_backward_pre_hook(lambda m, go: (go[0].clone().mul_(2),)),
        x := t.tensor([1.0, 2.0], requires_grad=True),
        (m(x, t.zeros(2)) * 3).backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.tensor([2.0, 3.0], requires_grad=True),
        y := x.sum(),
        y.register_hook(lambda g: seen.append(used(g))),
        (y * y * 2 + y).backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(x := t.tensor(2.0, requires_grad=True), used(t.autograd.grad(x * x, x)[0])),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True), y := x * 2, used(t.autograd.grad(y * y, y)[0])
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        y := x * 3,
        y.register_hook(lambda g: seen.append([str(g), g.requires_grad])),
        t.autograd.grad(y * y, x, create_graph=True),
        seen,
    ),
    lambda t, seen: last(
        w := t.tensor(2.0, requires_grad=True),
        x := t.ones(3),
        w.register_hook(lambda g: seen.append(used(g))),
        (w * x).sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        w := t.tensor([2.0, 3.0], requires_grad=True),
        a := w[0],
        a.register_hook(lambda g: seen.append(used(g))),
        b := w[1],
        b.register_hook(lambda g: seen.append(used(g))),
        (a * b + a).backward(),
        (seen, w.grad),
    ),
    lambda t, seen: last(
        x := t.tensor(2.0, requires_grad=True),
        y := x * 3,
        y.retain_grad(),
        z := y * y,
        z.backward(retain_graph=True),
        z.backward(),
        (y.grad, x.grad),
    ),
]


@program
def hook_after_accumulation_in_place(torch):
    x = torch.tensor(2.0, requires_grad=True)

    def h(q):
        q.grad.mul_(3)

    x.register_post_accumulate_grad_hook(h)
    (x * x).backward()
    return x.grad


@program
def function_of_a_0d_tensor(torch):
    seen = []

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            seen.append(used(g))
            (x,) = ctx.saved_tensors
            return g * 2 * x

    x = torch.tensor(2.0, requires_grad=True)
    (F.apply(x * 1) * 3).backward()
    return (seen, x.grad)


@program
def function_multiplies_in_place(torch):

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g.mul_(2)

    x = torch.tensor(2.0, requires_grad=True)
    (F.apply(x * 1) * 3).backward()
    return x.grad


@program
def function_of_two_outputs(torch):
    seen = []

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x * x, x * 3)

        @staticmethod
        def backward(ctx, g, h):
            seen.append(used(g))
            seen.append(used(h))
            return g + h

    x = torch.tensor(2.0, requires_grad=True)
    a, b = F.apply(x * 1)
    (a * b * b).backward()
    return (seen, x.grad)


@program
def function_changes_the_zeros_it_got_in_place(torch):
    seen = []

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x * x, x * 3)

        @staticmethod
        def backward(ctx, g, h):
            seen.append(used(g))
            seen.append(used(h))
            return g.mul_(2) + h.add_(1)

    x = torch.tensor(2.0, requires_grad=True)
    _a, b = F.apply(x * 1)
    (b * b).backward()
    return (seen, x.grad)


@program
def hook_of_a_module_of_0d_tensors(torch):
    seen = []

    class M(torch.nn.Module):
        def forward(self, x):
            return x * x

    m = M()
    m.register_full_backward_hook(lambda m, gi, go: seen.append([used(go[0]), used(gi[0])]))
    x = torch.tensor(2.0, requires_grad=True)
    (m(x * 1) * 3).backward()
    return (seen, x.grad)


# -- hooks of tensors ---------------------------------------------------------------------------------------


def post_accumulate_hooks_run_in_the_mode_of_the_pass(t, seen):
    x = t.ones(2, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda q: seen.append((t.is_grad_enabled(), q.grad.requires_grad)))
    (x * 2).sum().backward()
    x.grad = None
    (x * x).sum().backward(create_graph=True)
    return seen


TENSORS = [
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.register_hook(lambda g: g * 5),
        t.autograd.grad(y.sum(), [y, x]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_hook(lambda g: g * 5),
        t.autograd.grad((x * 2).sum(), [x]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.register_hook(lambda g: g * 5),
        t.autograd.grad(y.sum(), [y]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.register_hook(lambda g: g * 5),
        y.sum().backward(inputs=[y]),
        y.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.register_hook(lambda g: g * 5),
        y.sum().backward(inputs=[y, x]),
        (y.grad, x.grad),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.register_hook(lambda g: g.mul_(5)),
        t.autograd.grad((y * 3).sum(), [y, x]),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.grad_fn.register_prehook(lambda g: (g[0] * 5,)),
        t.autograd.grad((y * 3).sum(), [y, x]),
    ),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), (x * 2).sum().backward(inputs=[t.ones(2)])),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), (x * 2).sum().backward(inputs=t.ones(2))),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True), y := x * 2, y.sum().backward(inputs=y), (y.grad, y.retains_grad)
    ),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), t.autograd.grad((x * 2).sum(), t.ones(2))),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), (x * 2).sum().backward(inputs=())),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True), x.register_hook(lambda g: (g,)), (x * 2).sum().backward()
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_hook(lambda g: g.double()),
        (x * 2).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 3,
        y.register_hook(lambda g: g.double()),
        (y * 2).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True), x.register_hook(lambda g: 1 / 0), (x * 2).sum().backward()
    ),
    lambda t, seen: last(x := t.ones(2, requires_grad=True), x.register_hook(3), (x * 2).sum().backward()),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.register_hook(lambda g: seen.append(g.tolist())),
        y.mul_(3),
        (y * 5).sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        y.mul_(3),
        y.register_hook(lambda g: seen.append(g.tolist())),
        (y * 5).sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_hook(lambda g: seen.append((t.is_grad_enabled(), g.requires_grad, g.is_leaf))),
        (x * 2).sum().backward(),
        (x * x).sum().backward(create_graph=True),
        seen,
    ),
    post_accumulate_hooks_run_in_the_mode_of_the_pass,
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_post_accumulate_grad_hook(lambda q: 3),
        (x * 2).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_post_accumulate_grad_hook(lambda q: seen.append(1)),
        t.autograd.grad((x * 2).sum(), x),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_post_accumulate_grad_hook(lambda: 3),
        (x * 2).sum().backward(),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 2,
        v := y[0],
        v.register_hook(lambda g: seen.append(g.tolist())),
        y.mul_(2),
        (v * 3).backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_hook(lambda g: seen.append(1)),
        y := x.detach().requires_grad_(),
        (y * 2).sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        x.register_hook(lambda g: t.zeros_like(g)),
        (x * 2).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        x := t.ones(2, requires_grad=True),
        y := x * 1,
        y.retain_grad(),
        y.retain_grad(),
        y.sum().backward(),
        y.grad,
    ),
    lambda t, seen: last(y := t.ones(2, requires_grad=True) * 2, y.grad_fn.next_functions[0][0].variable),
]


@program
def hook_with_a_name_changes_the_size(torch):

    def bad(g):
        return g[:1]

    x = torch.ones(2, requires_grad=True)
    x.register_hook(bad)
    (x * 2).sum().backward()


@program
def hook_registers_a_hook(torch):
    seen = []
    x = torch.ones(2, requires_grad=True)

    def h(g):
        seen.append(1)
        x.register_hook(lambda g: seen.append(2))

    x.register_hook(h)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    return seen


@program
def hook_removes_itself(torch):
    seen = []
    x = torch.ones(2, requires_grad=True)
    H = []

    def h(g):
        seen.append(1)
        H[0].remove()

    H.append(x.register_hook(h))
    x.register_hook(lambda g: seen.append(2))
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    return seen


@program
def hook_after_accumulation_takes_a_step(torch):
    x = torch.ones(2, requires_grad=True)

    def h(q):
        q.sub_(q.grad * 0.5)
        q.grad = None

    x.register_post_accumulate_grad_hook(h)
    (x * 2).sum().backward()
    return (x.detach(), x.grad)


@program
def hook_deepcopy(torch):
    import copy

    seen = []
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: seen.append(1))
    y = copy.deepcopy(x)
    (y * 2).sum().backward()
    return seen


@program
def backward_within_a_hook(torch):
    x = torch.ones(2, requires_grad=True)
    w = torch.ones(2, requires_grad=True)

    def h(g):
        with torch.enable_grad():
            (w * g).sum().backward()

    x.register_hook(h)
    (x * 2).sum().backward()
    return (x.grad, w.grad)


@program
def grad_within_a_function(torch):

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            with torch.enable_grad():
                d = x.detach().requires_grad_()
                ctx.d = d
                ctx.y = d * d
            return ctx.y.detach()

        @staticmethod
        def backward(ctx, g):
            with torch.enable_grad():
                (q,) = torch.autograd.grad(ctx.y, ctx.d, g)
            return q

    x = torch.tensor(3.0, requires_grad=True)
    (F.apply(x) * 2).backward()
    return x.grad


@program
def retain_dead(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    y.retain_grad()
    z = y.sum()
    del y
    z.backward()
    return x.grad


@program
def freed_hook(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    y.register_hook(lambda g: g.mul_(5))
    z = y.sum()
    del y
    z.backward()
    return x.grad


@program
def hook_after_accumulation_of_a_leaf_out_of_scope(torch):
    seen = []

    def f():
        x = torch.ones(2, requires_grad=True)
        x.register_post_accumulate_grad_hook(lambda q: seen.append((q.grad, q)))
        return (x * 3).sum()

    f().backward()
    return seen


@program
def hook_of_a_leaf_out_of_scope(torch):
    seen = []

    def f():
        x = torch.ones(2, requires_grad=True)
        x.register_hook(seen.append)
        return (x * 3).sum()

    f().backward()
    return seen


@for_every(ZERO + TENSORS)
def test_programs_in_one_expression_do_what_they_do_in_torch(program):
    tells_the_same(lambda t: program(t, []))


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_do_what_they_do_in_torch(name):
    tells_the_same(PROGRAMS[name])
