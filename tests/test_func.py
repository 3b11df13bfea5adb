"""torch.func and torch.autograd.functional: functions that return derivatives, and vmap."""

import warnings

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad

with warnings.catch_warnings():  # torch tells at the first product of its own old ways
    warnings.simplefilter("ignore")
    torch.func.jvp(torch.sin, (torch.ones(1),), (torch.ones(1),))


def linear(t):
    t.manual_seed(0)
    return t.nn.Linear(2, 2)


DERIVATIVES = [
    lambda t: t.func.grad(lambda x: (x**3).sum())(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(t.func.grad(lambda x: x**3))(t.tensor(2.0)),
    lambda t: t.func.grad(t.func.grad(t.func.grad(lambda x: x**4)))(t.tensor(2.0)),
    lambda t: t.func.grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(
        t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])
    ),
    lambda t: t.func.grad(lambda x, y: (x * y).sum(), argnums=-1)(t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])),
    lambda t: t.func.grad_and_value(lambda x: ((x**2).sum(), x), has_aux=True)(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(lambda p: (p["w"] * p["b"]).sum())(
        {"w": t.tensor([1.0, 2.0]), "b": t.tensor([3.0, 4.0])}
    ),
    lambda t: t.func.grad(lambda x: x)(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(lambda x: 3)(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(lambda x: x.sum(), argnums=3)(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(lambda x: x.sum(), argnums=())(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(lambda x: x.sum(), argnums="0")(t.tensor([1.0, 2.0])),
    lambda t: t.func.grad(lambda x, y: x.sum(), argnums=(0, 0))(t.tensor([1.0, 2.0]), t.tensor(1.0)),
    lambda t: t.func.grad(lambda x: x.sum())(3.0),
    lambda t: t.func.grad(lambda x: x.sum())(t.tensor([1, 2])),
    lambda t: (
        (lambda w: t.func.grad(lambda x: (w * x * x).sum())(t.tensor([1.0, 2.0])))(
            t.tensor(2.0, requires_grad=True)
        ).requires_grad
    ),
    lambda t: (lambda x: t.func.grad(lambda x: (x * x).sum())(x).requires_grad)(
        t.tensor([1.0, 2.0], requires_grad=True)
    ),
    lambda t: t.func.grad(lambda x: t.tensor(1.0))(t.tensor([1.0, 2.0])),
    lambda t: t.func.vjp(lambda x: x.sin(), t.tensor([0.0, 0.0]))[0],
    lambda t: t.func.vjp(lambda x, y: (x * y, x + y), t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0]))[1](
        (t.ones(2), t.ones(2))
    ),
    lambda t: t.func.vjp(lambda x, y: (x * y, x + y), t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0]))[1](
        t.ones(2)
    ),
    lambda t: t.func.vjp(lambda x: x * 2, t.tensor([1.0, 2.0]))[1](t.ones(3)),
    lambda t: t.func.vjp(lambda x: x * 2, t.tensor([1.0, 2.0]))[1](t.ones(2)),
    lambda t: t.func.vjp(lambda x: x["w"] * 2, {"w": t.tensor([1.0, 2.0])})[1](t.ones(2)),
    lambda t: t.func.vmap(t.func.vjp(lambda x: x**2, t.tensor([1.0, 2.0]))[1])(t.eye(2)),
    lambda t: t.func.vjp(lambda x: (), t.tensor([1.0, 2.0])),
    lambda t: t.func.vjp(lambda x: 2, t.tensor([1.0, 2.0])),
    lambda t: t.func.jvp(
        lambda x, y: x * y, (t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])), (t.ones(2), t.zeros(2))
    ),
    lambda t: t.func.jvp(lambda x: x * x, t.tensor([1.0, 2.0]), (t.ones(2),)),
    lambda t: t.func.jvp(lambda x: x * x, (t.tensor([1.0, 2.0]),), t.ones(2)),
    lambda t: t.func.jvp(lambda x: t.ones(2), (t.tensor([1.0, 2.0]),), (t.ones(2),)),
    lambda t: t.func.jvp(lambda x: t.ones(2), (t.tensor([1.0, 2.0]),), (t.ones(2),), strict=True),
    lambda t: t.func.jacrev(lambda x: x**2)(t.tensor([1.0, 2.0])),
    lambda t: t.func.jacfwd(lambda x: x**2)(t.tensor([1.0, 2.0])),
    lambda t: t.func.jacrev(lambda x, y: x**2 * y, argnums=(0, 1))(
        t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0])
    ),
    lambda t: t.func.jacfwd(lambda x, y: (x**2 * y, x.sum()), argnums=(0, 1))(
        t.tensor([1.0, 2.0]), t.tensor([[1.0, 2.0], [3.0, 4.0]])
    ),
    lambda t: t.func.jacrev(lambda x, y: {"a": x**2 * y, "b": x.sum()}, argnums=1)(
        t.tensor([1.0, 2.0]), t.tensor([[1.0, 2.0], [3.0, 4.0]])
    ),
    lambda t: t.func.jacrev(lambda x: (x * 2, x), has_aux=True)(t.tensor([1.0, 2.0])),
    lambda t: t.func.hessian(lambda x: (x**3).sum())(t.tensor([1.0, 2.0])),
    lambda t: t.func.hessian(lambda x: x[0] * x[1] ** 2)(t.tensor([1.0, 2.0])),
    lambda t: t.func.jacrev(t.func.jacrev(lambda x: x**3))(t.tensor([1.0, 2.0])),
]

BATCHES = [
    lambda t: t.vmap(lambda x, y: (x * y).sum())(t.arange(6.0).reshape(2, 3), t.ones(2, 3)),
    lambda t: t.vmap(t.dot, in_dims=(0, None))(t.arange(6.0).reshape(2, 3), t.ones(3)),
    lambda t: t.vmap(lambda x: x * 2, in_dims=1, out_dims=1)(t.arange(6.0).reshape(2, 3)),
    lambda t: t.vmap(lambda x: (x * 2, x.sum()), out_dims=(1, 0))(t.arange(6.0).reshape(2, 3)),
    lambda t: t.vmap(lambda x: (x * 2, x.sum()), out_dims=(1, 0, 0))(t.arange(6.0).reshape(2, 3)),
    lambda t: t.vmap(lambda d: d["a"] + d["b"], in_dims=({"a": 0, "b": None},))(
        {"a": t.arange(3.0), "b": t.tensor(1.0)}
    ),
    lambda t: t.vmap(t.func.grad(lambda x: (x**2).sum()))(t.arange(6.0).reshape(2, 3)),
    lambda t: t.vmap(t.vmap(lambda x: x * x))(t.arange(6.0).reshape(2, 3)),
    lambda t: t.vmap(lambda x, y: x, in_dims=(0, 0))(t.ones(2), t.ones(3)),
    lambda t: t.vmap(lambda x, y: x, in_dims=(0, 0, 0))(t.ones(2), t.ones(3)),
    lambda t: t.vmap(lambda x, y: x, in_dims=(0, 2))(t.ones(2), t.ones(3)),
    lambda t: t.vmap(lambda x, y: x, in_dims=(0, 0))(t.ones(2), 3),
    lambda t: t.vmap(lambda x: x, in_dims="a")(t.ones(2)),
    lambda t: t.vmap(lambda x: 2)(t.ones(2)),
    lambda t: t.vmap(lambda: 2)(),
    lambda t: t.vmap(lambda x: x, in_dims=None)(t.ones(2)),
    lambda t: t.vmap(lambda x: x, in_dims=(None,))(t.ones(2)),
    lambda t: t.vmap(lambda x: x + t.rand(1))(t.ones(2)),
    lambda t: t.vmap(lambda x: x, randomness="x")(t.ones(2)),
    lambda t: t.vmap(lambda x: x + t.rand(1), randomness="different")(t.ones(2)).shape,
    lambda t: t.vmap(lambda x: x, chunk_size=-1)(t.ones(2)),
]

MODULES = [
    lambda t: t.func.functional_call(linear(t), {"weight": t.ones(2, 2), "bias": t.zeros(2)}, t.ones(1, 2)),
    lambda t: t.func.functional_call(linear(t), {"weight": t.ones(2, 2)}, (t.ones(1, 2),)),
    lambda t: t.func.functional_call(
        linear(t), ({"weight": t.ones(2, 2)}, {"bias": t.ones(2)}), (t.ones(1, 2),)
    ),
    lambda t: t.func.functional_call(
        linear(t), ({"weight": t.ones(2, 2)}, {"weight": t.ones(2)}), (t.ones(1, 2),)
    ),
    lambda t: t.func.functional_call(linear(t), 3, (t.ones(1, 2),)),
    lambda t: t.func.functional_call(linear(t), [3], (t.ones(1, 2),)),
    lambda t: t.func.functional_call(linear(t), {"weights": t.ones(2, 2)}, (t.ones(1, 2),)),
    lambda t: t.func.functional_call(linear(t), {"weights": t.ones(2, 2)}, (t.ones(1, 2),), strict=True),
    lambda t: t.func.functional_call(linear(t), {"weight": t.ones(2, 2)}, (t.ones(1, 2),), strict=True),
    lambda t: t.func.functional_call(linear(t), {"a.weight": t.ones(2, 2)}, (t.ones(1, 2),)),
    lambda t: t.func.functional_call(linear(t), {"weight": t.ones(2, 2)}, kwargs={"input": t.ones(1, 2)}),
    lambda t: t.func.stack_module_state([linear(t), linear(t)]),
    lambda t: t.func.stack_module_state([]),
    lambda t: t.func.stack_module_state([linear(t), linear(t).eval()]),
    lambda t: t.func.stack_module_state([linear(t), t.nn.ReLU()]),
]

AT_A_POINT = [
    lambda t: t.autograd.functional.jacobian(lambda x: x**2, t.tensor([1.0, 2.0])),
    lambda t: t.autograd.functional.jacobian(
        lambda x, y: (x * y, x.sum()), (t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0]))
    ),
    lambda t: (
        t.autograd.functional.jacobian(
            lambda x: x**2, t.tensor([1.0, 2.0], requires_grad=True), create_graph=True
        ).requires_grad
    ),
    lambda t: t.autograd.functional.jacobian(lambda x: x**2, 3),
    lambda t: t.autograd.functional.jacobian(lambda x: 3, t.ones(2)),
    lambda t: t.autograd.functional.jacobian(lambda x: t.ones(2), t.ones(2), strict=True),
    lambda t: t.autograd.functional.jacobian(lambda x: t.ones(2), t.ones(2)),
    lambda t: t.autograd.functional.jacobian(lambda x, y: x, (t.ones(2), t.ones(2)), strict=True),
    lambda t: t.autograd.functional.jacobian(lambda x: x, t.ones(2), strategy="x"),
    lambda t: t.autograd.functional.jacobian(lambda x: x, t.ones(2), vectorize=True, strict=True),
    lambda t: t.autograd.functional.jacobian(lambda x: x * x, t.ones(2), vectorize=True),
    lambda t: t.autograd.functional.jacobian(
        lambda x: x * x, t.ones(2), vectorize=True, strategy="forward-mode"
    ),
    lambda t: t.autograd.functional.hessian(lambda x: (x**3).sum(), t.tensor([1.0, 2.0])),
    lambda t: t.autograd.functional.hessian(
        lambda x, y: (x * y**2).sum(), (t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0]))
    ),
    lambda t: t.autograd.functional.hessian(lambda x: x, t.tensor([1.0, 2.0])),
    lambda t: t.autograd.functional.hessian(lambda x: (x,), t.tensor([1.0, 2.0])),
    lambda t: t.autograd.functional.hessian(lambda x: x.sum(), t.tensor([1.0, 2.0]), strict=True),
]

PRODUCTS = [
    lambda t, n: getattr(t.autograd.functional, n)(
        lambda x: (x**3).sum(), t.tensor([1.0, 2.0]), t.tensor([1.0, 0.0]) if n != "vjp" else t.tensor(2.0)
    ),
    lambda t, n: getattr(t.autograd.functional, n)(
        lambda x: (x**3).sum(), t.tensor([1.0, 2.0]), t.tensor([1.0, 0.0, 3.0])
    ),
    lambda t, n: getattr(t.autograd.functional, n)(
        lambda x, y: (x * y).sum(), (t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0])), (t.ones(2),)
    ),
    lambda t, n: getattr(t.autograd.functional, n)(
        lambda x, y: (x * y).sum(),
        (t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0])),
        (t.ones(2), t.ones(2)) if n != "vjp" else None,
    ),
    lambda t, n: getattr(t.autograd.functional, n)(lambda x: x * x, t.tensor([1.0, 2.0])),
    lambda t, n: getattr(t.autograd.functional, n)(lambda x: x * x, t.tensor(2.0)),
    lambda t, n: getattr(t.autograd.functional, n)(lambda x: t.tensor(1.0), t.tensor(2.0)),
    lambda t, n: getattr(t.autograd.functional, n)(lambda x: t.tensor(1.0), t.tensor(2.0), strict=True),
    lambda t, n: getattr(t.autograd.functional, n)(lambda x: x * 2, t.tensor(2.0), strict=True),
    lambda t, n: getattr(t.autograd.functional, n)(
        lambda x: x * x, t.tensor(2.0, requires_grad=True), create_graph=True
    ),
]


@for_every(DERIVATIVES)
def test_derivatives(program):
    tells_the_same(program)


@for_every(BATCHES)
def test_vmap(program):
    tells_the_same(program)


@for_every(MODULES)
def test_modules_with_other_weights(program):
    tells_the_same(program)


@for_every(AT_A_POINT)
def test_derivatives_at_a_point(program):
    tells_the_same(program)


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
@for_every(PRODUCTS)
def test_products_with_a_vector(program, name):
    tells_the_same(lambda t: program(t, name))


def bits(x):
    return x.detach().numpy().tobytes()


def network(t):
    """A loss of few bits, with its weights as a dict."""
    weights = {"w": t.arange(6.0).reshape(2, 3) / 4 - 0.5, "b": t.tensor([0.5, -1.0])}
    x, y = t.arange(12.0).reshape(4, 3) / 2, t.arange(8.0).reshape(4, 2)
    return weights, x, y, lambda p, x, y: ((x @ p["w"].t() + p["b"] - y) ** 2).sum()


@pytest.mark.parametrize("t", [minigrad, torch])
def test_gradients_of_each_sample(t):
    p, x, y, loss = network(t)
    found = t.vmap(t.func.grad(loss), in_dims=(None, 0, 0))(p, x, y)
    for i in range(4):
        one = t.func.grad(loss)(p, x[i], y[i])
        assert all(found[name][i].tolist() == one[name].tolist() for name in p)
    whole = t.func.grad(loss)(p, x, y)
    assert all(found[name].sum(0).tolist() == whole[name].tolist() for name in p)


@pytest.mark.parametrize("t", [minigrad, torch])
def test_rows_and_columns_are_the_same_jacobian(t):
    def f(x):
        return (x**2).cumsum(0) * x[0]

    x = t.tensor([0.5, -2.0, 1.5])
    rows, columns = t.func.jacrev(f)(x), t.func.jacfwd(f)(x)
    assert bits(rows) == bits(columns) == bits(t.autograd.functional.jacobian(f, x))
    assert bits(t.func.jvp(f, (x,), (t.tensor([1.0, 2.0, 0.5]),))[1]) == bits(
        rows @ t.tensor([1.0, 2.0, 0.5])
    )


@pytest.mark.parametrize("t", [minigrad, torch])
def test_a_derivative_is_connected_to_what_is_outside(t):
    w = t.tensor(2.0, requires_grad=True)
    gradient = t.func.grad(lambda x: (w * x**3).sum())(t.tensor([1.0, 2.0]))
    gradient.sum().backward()
    assert w.grad.item() == 3 * (1 + 4)
    assert not t.func.grad(lambda x: (x**3).sum())(t.tensor([1.0])).requires_grad
    with t.no_grad():
        assert not t.func.grad(lambda x: (w * x**3).sum())(t.tensor([1.0])).requires_grad


@pytest.mark.parametrize("t", [minigrad, torch])
def test_a_module_has_its_own_weights_again(t):
    model = t.nn.Sequential(linear(t), t.nn.ReLU())
    before = {name: bits(value) for name, value in model.state_dict().items()}
    with pytest.raises(RuntimeError):
        t.func.functional_call(model, {"0.weight": t.ones(3, 3)}, t.ones(1, 2))
    assert {name: bits(value) for name, value in model.state_dict().items()} == before
    assert isinstance(model[0].weight, t.nn.Parameter)


@pytest.mark.parametrize("t", [minigrad, torch])
def test_tied_weights_are_replaced_together(t):
    model = t.nn.Sequential(linear(t), t.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    x, zero = t.ones(1, 2), t.zeros(2, 2)
    assert bits(t.func.functional_call(model, {"0.weight": zero}, x)) == bits(
        model[1].bias.expand(1, 2) + 0.0
    )
    with pytest.raises(ValueError, match="multiple values"):
        t.func.functional_call(model, {"0.weight": zero, "1.weight": t.ones(2, 2)}, x)


@pytest.mark.parametrize(("randomness", "distinct"), [("same", 1), ("different", 8)])
def test_random_numbers_of_a_batch(randomness, distinct):
    minigrad.manual_seed(0)
    drawn = minigrad.vmap(lambda x: x + minigrad.rand(2), randomness=randomness)(minigrad.zeros(4, 2))
    assert len(np.unique(drawn.numpy())) in (distinct, 2 * distinct)
