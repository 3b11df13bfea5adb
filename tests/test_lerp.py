"""lerp, addcmul and addcdiv: types, shapes, errors and changes in place, as PyTorch's."""

from both import for_every, tells_the_same

PROGRAMS = [
    lambda t, x, y, w, n: (t.lerp(x, y, 0.25), t.lerp(x, y, 2), t.lerp(x, y, True), t.lerp(x, y, w)),
    lambda t, x, y, w, n: (t.lerp(x, y, t.tensor(2)), t.lerp(x, y, t.tensor(0.5, dtype=t.float64))),
    lambda t, x, y, w, n: (x.lerp(y.view(3, 1), 0.5), t.lerp(x, end=y, weight=w), x.half().lerp(y.half(), 0.5)),
    lambda t, x, y, w, n: (x.detach().lerp_(y.detach(), 0.75), x.detach().addcmul_(y, w), x.detach().addcdiv_(y, w)),
    lambda t, x, y, w, n: (t.lerp(x, y, t.tensor([0.25, 0.5, 0.75])), t.lerp(x, y, float("nan")), t.lerp(x, y, -0.75)),
    lambda t, x, y, w, n: x.lerp(y.double(), 0.3),
    lambda t, x, y, w, n: x.lerp(y.half(), 0.3),
    lambda t, x, y, w, n: x.lerp(y, w.double()),
    lambda t, x, y, w, n: x.lerp(n, 0.3),
    lambda t, x, y, w, n: n.lerp(n, 0.5),
    lambda t, x, y, w, n: n.lerp(n, n),
    lambda t, x, y, w, n: n.lerp(x, 0.5),
    lambda t, x, y, w, n: x.lerp(y),
    lambda t, x, y, w, n: t.lerp(x, 3, 0.5),
    lambda t, x, y, w, n: t.lerp(3.0, y, w),
    lambda t, x, y, w, n: t.lerp(x, y, "a"),
    lambda t, x, y, w, n: x.detach().lerp_(t.ones(2, 3), 0.5),
    lambda t, x, y, w, n: x.lerp_(y, 0.5),
    lambda t, x, y, w, n: t.lerp(x, t.ones(2), 0.5),
    lambda t, x, y, w, n: (t.addcmul(x, y, w), t.addcmul(x, y, w, value=2), x.addcmul(y, w, value=-0.5)),
    lambda t, x, y, w, n: (t.addcmul(n, n, n, value=2), n.addcmul(n, n, value=2.5), n.addcmul(n, n, value=True)),
    lambda t, x, y, w, n: (t.addcmul(x, y, w.double()), t.addcmul(x, n, n), t.addcmul(x, y, w, value=t.tensor(2.0))),
    lambda t, x, y, w, n: (t.addcdiv(x, y, w), t.addcdiv(x, y, w, value=2), x.addcdiv(n, w), n.addcdiv(x, w)),
    lambda t, x, y, w, n: t.addcdiv(n, n, n),
    lambda t, x, y, w, n: t.addcdiv(x, n, n),
    lambda t, x, y, w, n: t.addcmul(n > 0, n > 0, n > 0),
    lambda t, x, y, w, n: t.addcmul(x, y, 3),
    lambda t, x, y, w, n: t.addcmul(3.0, y, w),
    lambda t, x, y, w, n: t.addcmul(x, y, t.ones(2)),
    lambda t, x, y, w, n: t.addcmul(x, y, w, value="a"),
    lambda t, x, y, w, n: t.addcdiv(x, y, w, 2, 3),
    lambda t, x, y, w, n: (lambda z: (z.backward(t.ones(3)), x.grad, y.grad, w.grad))(t.lerp(x, y, w)),
    lambda t, x, y, w, n: (lambda z: (z.backward(t.ones(3)), x.grad, y.grad))(t.lerp(x, y, 0.25)),
    lambda t, x, y, w, n: (lambda z: (z.backward(t.ones(3)), x.grad, y.grad, w.grad))(t.addcmul(x, y, w, value=0.5)),
    lambda t, x, y, w, n: (lambda z: (z.backward(t.ones(3)), x.grad, y.grad, w.grad))(t.addcdiv(x, y, w, value=0.5)),
    lambda t, x, y, w, n: (lambda z: (z.grad_fn._saved_end, z.grad_fn._saved_weight))(t.lerp(x, y, w)),
    lambda t, x, y, w, n: (lambda z: (z.grad_fn._saved_tensor1, z.grad_fn._saved_tensor2))(t.addcmul(x, y, w)),
    lambda t, x, y, w, n: (lambda a: (a.lerp_(y, 0.5), a.sum().backward(), x.grad, y.grad))(x.clone()),
    lambda t, x, y, w, n: (lambda a: (a.addcmul_(a, w), a.sum().backward(), x.grad, w.grad))(x.clone()),
    lambda t, x, y, w, n: (lambda a: (t.lerp(x, y, a), a.add_(1), t.lerp(x, y, a)))(w.clone()),
    lambda t, x, y, w, n: (lambda a: (lambda z: (a.add_(1), z.sum().backward()))(t.addcmul(x, y, a)))(w.clone()),
]  # fmt: skip


@for_every(PROGRAMS)
def test_what_is_said(program):
    def run(t):
        x, y, w = (
            t.tensor(v, requires_grad=True) for v in ([1.0, -2.0, 4.0], [0.5, 2.0, -8.0], [0.25, 2.0, 4.0])
        )
        return program(t, x, y, w, t.tensor([1, 2, 3]))

    tells_the_same(run)
