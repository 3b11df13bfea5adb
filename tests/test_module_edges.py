"""What modules do at their edges: hooks of odd outputs, extra state, insert, call_super_init."""

import contextlib
from collections import namedtuple

import pytest
from both import for_every, last, registry, tells_the_same

PROGRAMS, program = registry()
NT = namedtuple("NT", "a b")


def M(t, f):
    """A module that computes f."""
    return type("M", (t.nn.Module,), {"forward": staticmethod(f)})()


def mex(t, state):
    """A module whose extra state is state(t)."""

    def set_extra_state(self, value):
        self.got = value

    parts = {"got": None, "get_extra_state": lambda self: state(t), "set_extra_state": set_extra_state}
    return type("E", (t.nn.Module,), parts)()


LINES = [
    lambda t, seen: last(
        m := M(t, lambda x: NT(x * 2, x * 3)),
        m.register_full_backward_hook(
            lambda m, gi, go: seen.append((type(gi).__name__, type(go).__name__, gi, go))
        ),
        x := t.ones(2, requires_grad=True),
        o := m(x),
        (o.a + o.b).sum().backward(),
        (type(o).__name__, seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda x: NT(x * 2, x * 3)),
        m.register_full_backward_pre_hook(lambda m, go: seen.append(type(go).__name__)),
        x := t.ones(2, requires_grad=True),
        o := m(x),
        (o.a + o.b).sum().backward(),
        (type(o).__name__, seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda n: n.a * n.b),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m(NT(x, x * 2)),
        o.sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda n: n[0] * n[1]),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m((x, x * 2)),
        o.sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda x: [x * 2]),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m(x),
        o[0].sum().backward(),
        (type(o).__name__, seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda x: {"a": x * 2}),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m(x),
        o["a"].sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda x: (x * 2, x * 3)),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m(x),
        o[1].sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda x, y=None: x * y),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m(x, y=x * 2),
        o.sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := M(t, lambda y=None: y * 2),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        x := t.ones(2, requires_grad=True),
        o := m(y=x * 2),
        o.sum().backward(),
        (seen, x.grad),
    ),
    lambda t, seen: last(
        m := t.nn.Linear(2, 2),
        t.manual_seed(0),
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go))),
        m(t.ones(1, 2)).sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        m := M(t, lambda x: x * 2),
        m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,)),
        x := t.ones(2, requires_grad=True),
        m(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        m := M(t, lambda x: x * 2),
        m.register_full_backward_hook(lambda m, gi, go: gi[0] * 10),
        x := t.ones(1, requires_grad=True),
        m(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        m := M(t, lambda x: x * 2),
        m.register_full_backward_pre_hook(lambda m, go: go[0] * 10),
        x := t.ones(2, requires_grad=True),
        m(x).sum().backward(),
        x.grad,
    ),
    lambda t, seen: last(
        m := M(t, lambda x: x * 2),
        m.register_full_backward_pre_hook(lambda m, go: seen.append("pre")),
        m.register_full_backward_hook(lambda m, gi, go: seen.append("post")),
        m.register_forward_hook(lambda *a: seen.append("f")),
        m.register_forward_pre_hook(lambda *a: seen.append("fp")),
        x := t.ones(2, requires_grad=True),
        m(x).sum().backward(),
        seen,
    ),
    lambda t, seen: last(
        m := M(t, lambda x, y=1: x * y),
        m.register_forward_pre_hook(lambda m, a, k: (a, {"y": 5}), with_kwargs=True),
        m.register_forward_hook(lambda m, a, k, o: seen.append((a, k, o)), with_kwargs=True),
        m(t.ones(1)),
        seen,
    ),
    lambda t, seen: last(
        m := M(t, lambda x, y=1: x * y),
        m.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True),
        m(t.ones(1)),
    ),
    lambda t, seen: last(
        m := M(t, lambda x: x * 2), m.register_forward_pre_hook(lambda m, a: a[0] + 1), m(t.ones(1))
    ),
    lambda t, seen: last(
        m := M(t, lambda x: 1 / 0),
        m.register_forward_hook(lambda m, a, o: [][1], always_call=True),
        m(t.ones(1)),
    ),
    lambda t, seen: last(
        m := M(t, lambda x: x),
        m.register_forward_hook(lambda m, a, o: seen.append(1)),
        m.register_forward_hook(lambda m, a, o: seen.append(2), prepend=True),
        m(t.ones(1)),
        seen,
    ),
    lambda t, seen: last(
        e := mex(t, lambda t: {"a": 1}), sd := e.state_dict(), r := e.load_state_dict(sd), (sd, e.got, r)
    ),
    lambda t, seen: last(
        e := mex(t, lambda t: t.nn.ReLU()), sd := e.state_dict(), r := e.load_state_dict(sd), (sd, e.got, r)
    ),
    lambda t, seen: last(
        e := mex(t, lambda t: t.ones(2)), sd := e.state_dict(), r := e.load_state_dict(sd), (sd, e.got, r)
    ),
    lambda t, seen: last(
        e := mex(t, lambda t: None), sd := e.state_dict(), r := e.load_state_dict(sd), (sd, e.got, r)
    ),
    lambda t, seen: last(e := mex(t, lambda t: 1), e.load_state_dict({})),
    lambda t, seen: last(e := mex(t, lambda t: 1), e.load_state_dict({}, strict=False)),
    lambda t, seen: last(e := t.nn.ReLU(), e.load_state_dict({"_extra_state": 1})),
    lambda t, seen: last(
        seen := t.nn.Sequential(mex(t, lambda t: 5), t.nn.Linear(1, 1)),
        sd := seen.state_dict(),
        (list(sd), seen.load_state_dict(sd), seen[0].got),
    ),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).insert(0, [t.nn.Tanh()]),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).insert(0, 3),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).insert(0, t.nn.Tanh()),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU(), t.nn.Tanh()).insert(-1, t.nn.Sigmoid()),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU(), t.nn.Tanh()).insert(-2, t.nn.Sigmoid()),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).insert(5, t.nn.Tanh()),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).insert(0, None),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).append([t.nn.Tanh()]),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).extend([t.nn.Tanh()]),
    lambda t, seen: t.nn.Sequential(t.nn.ReLU()).extend([3]),
    lambda t, seen: t.nn.Module.call_super_init,
]


@program
def a_hook_that_is_always_called(torch):
    seen = []
    m = M(torch, lambda x: 1 / 0)
    m.register_forward_hook(lambda m, a, o: seen.append((a, o)), always_call=True)
    with contextlib.suppress(ZeroDivisionError):
        m(torch.ones(1))
    return seen


@program
def a_hook_that_is_called_though_a_pre_hook_failed(torch):
    seen = []
    m = M(torch, lambda x: x)
    m.register_forward_pre_hook(lambda m, a: 1 / 0)
    m.register_forward_hook(lambda m, a, o: seen.append((a, o)), always_call=True)
    with contextlib.suppress(ZeroDivisionError):
        m(torch.ones(1))
    return seen


@program
def a_hook_that_is_called_though_another_failed(torch):
    seen = []
    m = M(torch, lambda x: x)
    m.register_forward_hook(lambda m, a, o: 1 / 0)
    m.register_forward_hook(lambda m, a, o: seen.append(o), always_call=True)
    with contextlib.suppress(ZeroDivisionError):
        m(torch.ones(1))
    return seen


@program
def a_handle_is_a_context_manager(torch):
    seen = []
    m = M(torch, lambda x: x)
    with m.register_forward_hook(lambda m, a, o: seen.append(1)):
        m(torch.ones(1))
    m(torch.ones(1))
    return seen


@program
def backward_hooks_under_no_grad(torch):
    seen = []
    m = M(torch, lambda x: x * 2)
    m.register_full_backward_hook(lambda m, gi, go: seen.append(1))
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = m(x)
    return (y.requires_grad, y, seen)


@program
def extra_state_that_cannot_be_set(torch):

    class E(torch.nn.Module):
        def get_extra_state(self):
            return 1

    e = E()
    return e.load_state_dict(e.state_dict())


@program
def extra_state_is_a_child(torch):

    class E(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = torch.nn.Linear(1, 1, bias=False)

        def get_extra_state(self):
            return self.m

        def set_extra_state(self, v):
            self.m = v

    e = E()
    sd = e.state_dict()
    e2 = E()
    r = e2.load_state_dict(sd)
    return (list(sd), r, e2.m is e.m)


@program
def call_super_init(torch):
    seen = []

    class B:
        def __init__(self, a=0, **k):
            seen.append((a, k))
            super().__init__()

    class Q(torch.nn.Module, B):
        call_super_init = True

        def __init__(self):
            super().__init__(a=5)

    Q()
    return seen


@program
def no_call_super_init(torch):
    seen = []

    class B:
        def __init__(self):
            seen.append(1)
            super().__init__()

    class Q(torch.nn.Module, B):
        def __init__(self):
            super().__init__()

    Q()
    return seen


@program
def an_argument_too_many(torch):

    class Q(torch.nn.Module):
        def __init__(self):
            super().__init__(3)

    Q()


@program
def an_argument_by_name(torch):

    class Q(torch.nn.Module):
        def __init__(self):
            super().__init__(a=3)

    Q()


@program
def call_super_init_alone(torch):

    class Q(torch.nn.Module):
        call_super_init = True

        def __init__(self):
            super().__init__()
            self.l = torch.nn.ReLU()

    return Q()


@program
def call_super_init_with_an_argument(torch):

    class Q(torch.nn.Module):
        call_super_init = True

        def __init__(self):
            super().__init__(3)

    return Q()


@for_every(LINES)
def test_programs_in_one_expression_do_what_they_do_in_torch(program):
    tells_the_same(lambda t: program(t, []))


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_do_what_they_do_in_torch(name):
    tells_the_same(PROGRAMS[name])
