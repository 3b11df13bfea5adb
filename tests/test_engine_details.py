"""Details of the engine, in both libraries: each program is here because a mutant (`make mutants`) lived without it."""

from both import for_every, last, leaf, own, tells_the_same


def data_is_set_to_another_type(t, x):
    y = t.ones(2)
    y.data = t.tensor([1, 2])
    return y


def a_leafs_data_is_set_to_another_type(t, x):
    x.data = t.tensor([1, 2])


def a_leafs_data_is_set_to_another_shape(t, x):
    x.data = t.ones(3)
    (x * 2).sum().backward()
    return x.grad


def a_0d_tensor_is_changed_where_a_mask_says(t, x):
    z = (x * 1).sum() * 1
    z[z >= 0] = 0.5
    (z * t.tensor(0.0)).backward()
    return (z, x.grad)


def two_outputs_and_one_of_them_twice(t, x):
    F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: dy * 5 + dz * 7)
    y, z = F.apply(x)
    (y + z + y * y).sum().backward()
    return x.grad


def two_outputs_and_the_second_twice(t, x):
    F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: dy * 5 + dz * 7)
    _, z = F.apply(x)
    (z + z * z).sum().backward()
    return x.grad


def a_computed_tensor_is_told_to_want_no_gradient(t, x):
    y = x * 2
    y.requires_grad = False


def requires_grad_is_set_to_a_number(t, x):
    y = t.ones(2)
    y.requires_grad = 1


def requires_grad_is_set_back_and_forth(t, x):
    y = t.ones(2)
    y.requires_grad = True
    y.requires_grad = True
    y.requires_grad = False
    return y


def anomalies_are_looked_for_in_a_function_of_two_outputs(t, x):
    t.autograd.set_detect_anomaly(True)
    F = own(t, forward=lambda ctx, x: (x * 2, x * 3), backward=lambda ctx, dy, dz: dy + dz)
    y, z = F.apply(x)
    (y * z).sum().backward()
    t.autograd.set_detect_anomaly(False)
    return x.grad


def a_saved_output_among_two_twice_differentiable(t, x):
    F = own(
        t,
        forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), (y, x * 3))[1])(x * x),
        backward=lambda ctx, dy, dz: dy * ctx.saved_tensors[0] + dz,
    )
    y, z = F.apply(x)
    (g,) = t.autograd.grad((y * y + z).sum(), x, create_graph=True)
    return t.autograd.grad((g * y).sum(), x)


def a_saved_output_twice_differentiable_into_itself(t, x):
    F = own(
        t,
        forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), (y, x * 3))[1])(x * x),
        backward=lambda ctx, dy, dz: ctx.saved_tensors[0] * ctx.saved_tensors[0] * dz,
    )
    y, z = F.apply(x)
    (g,) = t.autograd.grad(z.sum(), x, create_graph=True)
    return t.autograd.grad(g.sum(), y)


def a_saved_output_that_is_marked_non_differentiable(t, x):
    F = own(
        t,
        forward=lambda ctx, x: (
            lambda y: (ctx.save_for_backward(y), ctx.mark_non_differentiable(y), (y, x * 3))[2]
        )(x * x),
        backward=lambda ctx, dy, dz: dz * ctx.saved_tensors[0],
    )
    y, z = F.apply(x)
    (g,) = t.autograd.grad(z.sum(), x, create_graph=True)
    return (y, z, g)


DETAILS = [
    lambda t, x: last(y := x * 3, (y * y).sum().backward(inputs=[y]), y.grad),
    lambda t, x: t.autograd.grad(x * x, [x, leaf(t)], t.eye(2), is_grads_batched=True, allow_unused=True),
    lambda t, x: last(y := x * x, t.autograd.grad(y, x, t.eye(2), is_grads_batched=True), y.sum().backward()),
    lambda t, x: last(
        y := x * x, t.autograd.grad(y, x, t.eye(2), True, is_grads_batched=True), y.sum().backward(), x.grad
    ),
    lambda t, x: last(
        t.autograd.set_detect_anomaly(True),
        g := t.autograd.grad((x * x * x).sum(), x, create_graph=True),
        t.autograd.set_detect_anomaly(False),
        g,
    ),
    lambda t, x: (repr(x.exp().grad_fn)[:24], repr((x * 2).grad_fn.next_functions[0][0])[:25]),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda ctx, x: (ctx.save_for_backward(None, x), x * 2)[1],
            backward=lambda ctx, dz: dz * (7 if ctx.saved_tensors[0] is None else 3) * ctx.saved_tensors[1],
        ),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda x: x * 2,
            setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
            backward=lambda ctx, dz: dz * ctx.saved_tensors[0],
        ),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: (dz, None)),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: (dz, dz)),
        F.apply(x).sum().backward(),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: 3), F.apply(x).sum().backward()
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x, y: x * 2, backward=lambda ctx, dz: dz),
        F.apply(x, x).sum().backward(),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x, backward=lambda ctx, dz: dz * 5),
        y := F.apply(x),
        y.sum().backward(),
        (y is x, x.grad),
    ),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda ctx, x: (ctx.save_for_backward(x), x * 2)[1],
            backward=lambda ctx, dz: dz * ctx.saved_tensors[0],
        ),
        y := F.apply(x * 1),
        y.sum().backward(),
        y.sum().backward(),
    ),
    lambda t, x: t.autograd.Function.forward(None),
    lambda t, x: t.autograd.Function.backward(None),
    lambda t, x: t.autograd.Function.setup_context(None, (), None),
    data_is_set_to_another_type,
    a_leafs_data_is_set_to_another_type,
    a_leafs_data_is_set_to_another_shape,
    lambda t, x: last(x.register_hook(lambda g: 3), (x * 2).sum().backward()),
    lambda t, x: last(x.register_hook(lambda g: g[:1]), (x * 2).sum().backward()),
    lambda t, x: last(y := x.reshape(1, 2).sum(0), z := y.sum(), z.backward(), z.backward(), x.grad),
    lambda t, x: last(z := x[0:1].sum(), z.backward(), z.backward(), x.grad),
    lambda t, x: last(z := x[t.tensor([0])].sum(), z.backward(), z.backward()),
    lambda t, x: last(z := (x * 2).sum(), z.backward(), z.backward()),
    lambda t, x: last(z := t.stack([x, x]).sum(), z.backward(), z.backward(), x.grad),
    lambda t, x: t.autograd.gradcheck(lambda x: x * x, x, atol=1.0),
    lambda t, x: t.autograd.gradcheck(lambda x: x * x, t.ones(2)),
    lambda t, x: t.autograd.gradgradcheck(lambda x, k: x**k, (x.detach().double().requires_grad_(), 3)),
    lambda t, x: t.autograd.gradgradcheck(
        lambda x: x * x, x.detach().double().requires_grad_(), t.ones(2, dtype=t.float64, requires_grad=True)
    ),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda ctx, x: (ctx.save_for_backward(x), x * x)[1],
            backward=lambda ctx, dz: dz * 2 * ctx.saved_tensors[0].detach(),
        ),
        t.autograd.gradgradcheck(F.apply, x.detach().double().requires_grad_(), raise_exception=False),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: dz * 2.001),
        y := x.detach().double().requires_grad_(),
        (
            t.autograd.gradcheck(F.apply, y, rtol=1e-5, raise_exception=False),
            t.autograd.gradcheck(F.apply, y, rtol=1e-2),
            t.autograd.gradcheck(F.apply, y, atol=1.0, rtol=0.0),
        ),
    ),
    lambda t, x: (
        [n for n in dir((x * x).grad_fn) if n.startswith("_saved")],
        (x * x).grad_fn._saved_self,
        x.exp().grad_fn._saved_result,
    ),
    lambda t, x: (x * x).sum().backward(inputs=[]),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: (ctx.saved_tensors, dz * 2)[1]),
        z := F.apply(x).sum(),
        z.backward(),
        z.backward(),
        x.grad,
    ),
    lambda t, x: last(
        seen := [],
        w := leaf(t),
        v := leaf(t),
        [
            p.register_post_accumulate_grad_hook(lambda p, n=n: seen.append(n))
            for n, p in (("w", w), ("v", v))
        ],
        ((v * 1).exp() * w).sum().backward(),
        seen,
    ),
    lambda t, x: last(
        seen := [],
        x.register_post_accumulate_grad_hook(lambda p: seen.append(1)),
        (x * 2).sum().backward(inputs=[x]),
        seen,
    ),
    lambda t, x: last(
        k := t.ones(3, 2).t().requires_grad_(), (t.ones(4, 2) @ k).sum().backward(), k.grad.stride()
    ),
    lambda t, x: last(
        a := t.ones(4, 2).requires_grad_(),
        k := t.ones(3, 2).t().requires_grad_(),
        (a @ k).sum().backward(),
        (a.grad.stride(), k.grad.stride()),
    ),
    lambda t, x: last(z := x.exp().sum(), z.backward(), z.backward()),
    a_0d_tensor_is_changed_where_a_mask_says,
    lambda t, x: last(z := (x * x).sum(), z.backward(retain_graph=False, create_graph=True), z.backward()),
    lambda t, x: last(
        (x * 1).sum().backward(), v := x.grad._version, (x * 1).sum().backward(), x.grad._version - v
    ),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(),
        [
            t.autograd.gradgradcheck(lambda x: x**5, d, raise_exception=False, **o)
            for o in ({}, {"eps": 0.5}, {"eps": 0.5, "atol": 1e4}, {"eps": 0.5, "rtol": 1e4})
        ],
    ),
    lambda t, x: t.autograd.grad((x * x).sum(), []),
    two_outputs_and_one_of_them_twice,
    two_outputs_and_the_second_twice,
    lambda t, x: (repr(t.set_grad_enabled(True)), repr(t.autograd.grad_mode.set_grad_enabled(mode=True))),
    lambda t, x: last(y := x * 2, y.requires_grad_(), y),
    a_computed_tensor_is_told_to_want_no_gradient,
    requires_grad_is_set_to_a_number,
    requires_grad_is_set_back_and_forth,
    lambda t, x: last(y := x * 2, y.grad),
    lambda t, x: last(y := x * 2, y.retain_grad(), y.grad),
    lambda t, x: last(
        y := x * 2,
        before := y.retains_grad,
        y.retain_grad(),
        (before, y.retains_grad, x.retains_grad, t.ones(1).retains_grad, y.detach().retains_grad),
    ),
    lambda t, x: last(
        seen := [],
        a := x.register_post_accumulate_grad_hook(lambda p: seen.append(1)),
        x.register_post_accumulate_grad_hook(lambda p: seen.append(2)),
        (x * 2).sum().backward(),
        a.remove(),
        (x * 2).sum().backward(),
        seen,
    ),
    lambda t, x: (x * 2).grad_fn._saved_nothing,
    lambda t, x: (x * 2).grad_fn.nothing,
    lambda t, x: last(y := x * x, y.sum().backward(), y.grad_fn._saved_self),
    lambda t, x: last(y := x * x, y.sum().backward(), y.grad_fn.nothing),
    lambda t, x: t.autograd.grad(
        x * x, [x, leaf(t)], t.eye(2), is_grads_batched=True, materialize_grads=True
    ),
    lambda t, x: t.autograd.grad(x.sum(), [x, leaf(t)], materialize_grads=True, allow_unused=False),
    lambda t, x: t.autograd.grad(x.sum(), [3]),
    lambda t, x: x.sum().backward(inputs=[3]),
    lambda t, x: t.autograd.backward([x.sum()], [2.0]),
    lambda t, x: last(
        g := t.ones(2),
        y := x * 2,
        y.register_hook(lambda d: (d.mul_(3), None)[1]),
        y.backward(g),
        (g, x.grad),
    ),
    lambda t, x: t.autograd.grad((x * x * t.ones(2).double()).sum(), x, create_graph=True),
    lambda t, x: last(
        x.register_hook(lambda g: g * x),
        g := t.autograd.grad((x * x).sum(), x, create_graph=True)[0],
        (g, t.autograd.grad(g.sum(), x)),
    ),
    lambda t, x: last(
        y := x * 2, y.retain_grad(), y.backward(t.ones(2), retain_graph=True), y.backward(t.ones(2)), y.grad
    ),
    lambda t, x: last(y := x * 1, v := y[0:1], y.mul_(3), v.grad_fn.name()),
    lambda t, x: last(x.retain_grad(), (x * 2).sum().backward(), (x.grad, x.retains_grad)),
    lambda t, x: last(
        h := x.register_hook(lambda g: g * 3), h.remove(), h.remove(), x.sum().backward(), x.grad
    ),
    lambda t, x: last(
        h := x.register_hook(lambda g: g * 3),
        entered := h.__enter__(),
        x.sum().backward(),
        h.__exit__(None, None, None),
        x.sum().backward(),
        (entered is h, x.grad),
    ),
    lambda t, x: last(y := x.exp(), z := y * y, y.detach().add_(1), z.sum().backward()),
    lambda t, x: last(z := (2 / x).sum(), z.backward(), z.backward()),
    lambda t, x: last(z := (2 - x).sum(), z.backward(), z.backward()),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(), t.autograd.gradcheck(lambda x: x * float("nan"), d)
    ),
    lambda t, x: last(
        d := t.tensor([1e-200, 0.0], dtype=t.float64, requires_grad=True), d.std().backward(), d.grad
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: dz * 3),
        t.autograd.gradcheck(F.apply, x, eps=1e-2),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: (ctx.save_for_backward(3), x * 2)[1], backward=lambda ctx, dz: dz),
        F.apply(x),
    ),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda x, k: x * k,
            setup_context=lambda ctx, i, o: None,
            backward=lambda ctx, dz: (dz * 5, None),
        ),
        y := F.apply(x, k=3),
        y.sum().backward(),
        (y, x.grad),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x, k: x * k, backward=lambda ctx, dz: (dz * 5, None)),
        y := F.apply(x, k=3),
        y.sum().backward(),
        (y, x.grad),
    ),
    lambda t, x: last(
        k := t.ones(2),
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: k),
        F.apply(x).sum().backward(),
        x.grad.add_(1),
        (k, x.grad),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: (ctx.save_for_backward(x), x * 2)[1], backward=lambda ctx, dz: dz),
        F.apply(x).grad_fn.saved_tensors,
    ),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda ctx, x: (ctx.save_for_backward(x), ctx.saved_tensors)[1],
            backward=lambda ctx, dz: dz,
        ),
        F.apply(x),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x, backward=lambda ctx, dz: dz), F.apply(x.detach()).requires_grad
    ),
    lambda t, x: last(F := own(t, forward=lambda ctx, x: 3, backward=lambda ctx, dz: dz), F.apply(x)),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: None),
        F.apply(x).sum().backward(),
        x.grad,
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x, y: x * 2 + y, backward=lambda ctx, dz: (dz, dz * 3)),
        y := leaf(t),
        F.apply(x, y).sum().backward(inputs=[y]),
        (x.grad, y.grad),
    ),
    lambda t, x: last(
        F := own(t, forward=lambda ctx, x: x * 2, backward=lambda ctx, dz: dz * 0.5),
        F.apply(x.double()).sum().backward(),
        x.grad,
    ),
    lambda t, x: last(
        f := t.set_grad_enabled(False)(lambda: t.is_grad_enabled()),
        a := t.is_grad_enabled(),
        (f(), f(), a, t.is_grad_enabled()),
    ),
    lambda t, x: last(
        s := t.set_grad_enabled(False),
        a := t.is_grad_enabled(),
        s.__enter__(),
        s.__exit__(None, None, None),
        s.__enter__(),
        s.__exit__(None, None, None),
        (a, t.is_grad_enabled()),
    ),
    lambda t, x: t.set_grad_enabled(0),
    lambda t, x: t.autograd.gradcheck(lambda x: x * 2, t.ones(0, dtype=t.float64, requires_grad=True)),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(),
        t.autograd.gradcheck(lambda x: t.ones(2, dtype=t.float64), d),
    ),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(), t.autograd.gradcheck(lambda x: x.argmax(), d)
    ),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(),
        t.autograd.gradcheck(lambda x, k, y: [x * k + y, x], [d, 3, d.detach().clone()]),
    ),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(),
        t.autograd.gradcheck(lambda x, k, y: x * k + y, [d, 3, d * 2]),
    ),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(), (t.autograd.gradgradcheck(lambda x: (x * x, x**3), d), d)
    ),
    lambda t, x: last(
        d := x.detach().double().requires_grad_(),
        n := t.no_grad(),
        n.__enter__(),
        r := t.autograd.gradcheck(lambda x: x * x, d, raise_exception=False),
        n.__exit__(None, None, None),
        r,
    ),
    lambda t, x: last(
        y := t.arange(6.0).reshape(2, 3).t(),
        [
            z.stride()
            for z in (
                y[t.tensor([0, 1])],
                t.stack([y, y]),
                t.cat([y, y]),
                y.flip(0),
                y.double(),
                y.exp(),
                y + y,
                y.repeat(2, 1),
                y.expand(1, 3, 2),
                y.tril(),
                y.masked_fill(y > 1, 0.0),
                y.cumsum(0),
                y.relu(),
                y.clone(),
            )
        ],
    ),
    lambda t, x: last(y := t.ones(2).expand(1, 2), y.add_(1), y),
    lambda t, x: last(y := t.tensor([2, 3]), z := y.floor(), z.add_(1), y),
    lambda t, x: last(d := t.ones(1, requires_grad=True), d.var().backward(), d.grad),
    lambda t, x: last(d := t.ones(1, 2, requires_grad=True), d.std(0).sum().backward(), d.grad),
    lambda t, x: last(
        d := t.tensor([1.0, 2.0, 2.0], requires_grad=True),
        g := t.autograd.grad(d.prod(), d, create_graph=True)[0],
        t.autograd.grad(g.sum(), d),
    ),
    lambda t, x: last(
        d := t.tensor([[1.0, 2.0], [0.0, 4.0]], requires_grad=True),
        g := t.autograd.grad(d.prod(0, keepdim=True).sum(), d, create_graph=True)[0],
        (g.detach(), t.autograd.grad((g * d).sum(), d)),
    ),
    lambda t, x: last(
        d := t.tensor([7.0, -7.0], requires_grad=True),
        e := t.tensor([2.0, 3.0], requires_grad=True),
        (t.fmod(d, e) + d % e + t.div(d, e, rounding_mode="floor")).sum().backward(),
        (d.grad, e.grad),
    ),
    lambda t, x: last(
        seen := [],
        F := own(
            t,
            forward=lambda ctx, x: (x * 2, x * 3),
            backward=lambda ctx, dy, dz: (seen.append((dy, dz)), dz)[1],
        ),
        F.apply(x)[1].sum().backward(),
        seen,
    ),
    anomalies_are_looked_for_in_a_function_of_two_outputs,
    lambda t, x: last(y := x * x, y.sum().backward(), "name" in dir(y.grad_fn)),
    lambda t, x: last(
        v := leaf(t), g := t.autograd.grad(x[t.tensor([0, 1])], x, v, create_graph=True)[0], g.grad_fn.name()
    ),
    lambda t, x: last(
        F := own(
            t,
            forward=lambda ctx, x: (x * 2, 3, None),
            backward=lambda ctx, dy, *rest: dy * 5 + len(rest) + sum(dz is None for dz in rest),
        ),
        y := F.apply(x),
        y[0].sum().backward(),
        (y, x.grad),
    ),
    a_saved_output_among_two_twice_differentiable,
    lambda t, x: last(
        F := own(
            t,
            forward=lambda ctx, x: (lambda y: (ctx.save_for_backward(y), (y, x * 3))[1])(x * x),
            backward=lambda ctx, dy, dz: dy + dz * ctx.saved_tensors[0] * ctx.saved_tensors[0],
        ),
        z := F.apply(x)[1],
        g := t.autograd.grad(z.sum(), x, create_graph=True)[0],
        (g, t.autograd.grad(g.sum(), x)),
    ),
    a_saved_output_twice_differentiable_into_itself,
    a_saved_output_that_is_marked_non_differentiable,
]


@for_every(DETAILS)
def test_details(program):
    tells_the_same(lambda t: program(t, leaf(t)))
