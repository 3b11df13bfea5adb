"""Views and changes in place: what PyTorch records, what it refuses, and what it says then."""

import pytest
from both import for_every, last, sampled, tells_the_same

MAKERS = {
    "unbind": lambda x: x.unbind(),
    "unbind along 1": lambda x: x.unbind(1),
    "split": lambda x: x.split(1),
    "split by sizes": lambda x: x.split([1, 1]),
    "chunk": lambda x: x.chunk(2),
    "a loop": list,
    "slices": lambda x: [x[:1], x[1:]],
    "rows": lambda x: [x[0], x[1]],
    "view": lambda x: [x.view(-1), x.view(4)],
    "transposed": lambda x: [x.t(), x.T],
    "detached": lambda x: [x.detach(), x.detach()],
}
BASES = {
    "a leaf": lambda t: t.tensor([[0.0, 1.0], [2.0, 3.0]], requires_grad=True),
    "a result": lambda t: t.tensor([[0.0, 1.0], [2.0, 3.0]], requires_grad=True) * 1,
    "no gradient": lambda t: t.tensor([[0.0, 1.0], [2.0, 3.0]]),
    "a view": lambda t: (t.tensor([0.0, 1.0, 2.0, 3.0], requires_grad=True) * 1).view(2, 2),
    "a view without gradient": lambda t: t.tensor([0.0, 1.0, 2.0, 3.0]).view(2, 2),
}


def an_element_is_set(t, x, s, make, off):
    v = make(x)
    v[0][0] = 5.0
    return x


PROGRAMS = [
    lambda t, x, s, make, off: last(v := make(x), v[0].add_(1), x),
    lambda t, x, s, make, off: last(v := make(x), v[1].mul_(2), x),
    lambda t, x, s, make, off: last(v := make(x), v[1].mul_(s), (x, x.requires_grad, v[1].requires_grad)),
    an_element_is_set,
    lambda t, x, s, make, off: last(v := make(x), v[0][:1].zero_(), x),
    lambda t, x, s, make, off: last(v := make(x), v[0].reshape(-1).add_(1), x),
    lambda t, x, s, make, off: last(v := make(x), v[0].copy_(t.zeros_like(v[0])), x),
    lambda t, x, s, make, off: last(v := off(lambda: make(x)), v[0].add_(1), x),
    lambda t, x, s, make, off: last(v := off(lambda: make(x)), v[0].mul_(s), x),
    lambda t, x, s, make, off: last(
        v := off(lambda: make(x)), [(each.is_leaf, each.requires_grad, each.grad_fn) for each in v]
    ),
    lambda t, x, s, make, off: last(v := off(lambda: make(x)), x.mul_(2), v[0] * 2),
    lambda t, x, s, make, off: last(
        v := off(lambda: make(x)), z := (v[0] * 2).sum(), z.backward(), (v[0].grad, z.requires_grad)
    ),
    lambda t, x, s, make, off: last(
        v := off(lambda: make(x)), v[0].requires_grad_(), (v[0] * 2).sum().backward(), v[0].grad
    ),
    lambda t, x, s, make, off: last(v := off(lambda: make(x)), v[0].detach_()),
    lambda t, x, s, make, off: last(v := make(x), off(lambda: v[0].add_(1)), x),
    lambda t, x, s, make, off: last(v := make(x), off(lambda: v[0].add_(1)), v[1] * 2),
    lambda t, x, s, make, off: last(
        v := make(x), off(lambda: v[0].add_(1)), (v[1].requires_grad, v[1].grad_fn is None)
    ),
    lambda t, x, s, make, off: last(v := make(x), off(lambda: x.mul_(2)), v[0] * 2),
    lambda t, x, s, make, off: last(v := make(x), off(lambda: (x.mul_(2), v[0] * 2))),
    lambda t, x, s, make, off: last(v := make(x), v[0].detach().add_(1), x),
    lambda t, x, s, make, off: last(v := make(x), v[0].detach().add_(1), v[0] * 1),
    lambda t, x, s, make, off: last(v := make(x), v[0].detach_()),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0] * 2),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[1].exp()),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0].grad_fn is None),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0].requires_grad),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0]),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0].detach()),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0].add_(1)),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(2), v[0].tolist()),
    lambda t, x, s, make, off: last(v := make(x), w := v[0].reshape(-1), x.mul_(2), w * 2),
    lambda t, x, s, make, off: last(v := make(x), z := v[0] * 2, x.mul_(2), z.sum().backward(), z),
    lambda t, x, s, make, off: last(v := make(x), x.mul_(s), v[0] * 2),
    lambda t, x, s, make, off: last(v := make(x), x[0].mul_(2), v[1] * 2),
    lambda t, x, s, make, off: last(w := x[:], v := make(x), w.add_(1), v[0] * 1),
    lambda t, x, s, make, off: last(v := make(x[:]), v[0].add_(1), x),
    lambda t, x, s, make, off: last(v := make(x), v[0].requires_grad_(), v[0].add_(1)),
    lambda t, x, s, make, off: last(v := make(x), t.stack([v[0], v[1]]) if v[0].shape == v[1].shape else v),
    lambda t, x, s, make, off: last(
        v := make(x), (v[0].sum() * v[1].sum()).backward(), x.grad if x.is_leaf else None
    ),
    lambda t, x, s, make, off: last(v := make(x), v[0].retain_grad(), (v[0] * 2).sum().backward(), v[0].grad),
]


def unrecorded(t):
    def run(f):
        with t.no_grad():
            return f()

    return run


# Each program with every base and with every maker of views; at night with each of their pairs.
@pytest.mark.parametrize(
    ("maker", "base"),
    [(maker, base) for i, maker in enumerate(MAKERS) for base in sampled(list(BASES), i)],
)
@for_every(PROGRAMS)
def test_views_do_what_they_do_in_torch(program, maker, base):
    def run(t):
        s = t.tensor(2.0, requires_grad=True)
        return program(t, BASES[base](t), s, MAKERS[maker], unrecorded(t))

    tells_the_same(run)


def test_a_gradient_starts_from_a_view_as_it_is_after_a_change_of_its_base():
    """Whether or not anything looked at the view in between."""

    def run(t):
        x = t.ones(3, requires_grad=True)
        y = x * 2
        v = y[0]
        y.mul_(3)
        v.backward()
        return x.grad, t.autograd.grad((y * 1).sum(), x)

    tells_the_same(run)


def test_no_gradient_starts_from_or_arrives_at_a_view_that_was_made_unrecorded():
    def unrecorded(t):
        x = t.ones(2, requires_grad=True)
        with t.no_grad():
            return x, x[..., None]

    tells_the_same(lambda t: unrecorded(t)[1].backward(t.ones(2, 1)))
    tells_the_same(lambda t: t.autograd.grad((unrecorded(t)[1] * 2).sum(), unrecorded(t)[1]))
    tells_the_same(
        lambda t: (lambda x, v: t.autograd.grad((v * 2).sum(), [v, x], allow_unused=True))(*unrecorded(t))
    )
