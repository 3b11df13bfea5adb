"""The solution of exercises/16_second_derivative.py"""

import minigrad as torch

library = "minigrad.autograd.gradients:grad"


def second_derivative(f, x):
    """f″ at each element of x"""
    first = torch.autograd.grad(f(x).sum(), x, create_graph=True)[0]
    return torch.autograd.grad(first.sum(), x)[0]


def test_a_cube():
    """x³: 6x"""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    found = second_derivative(lambda x: x**3, x).tolist()
    assert found != [3.0, 12.0, 27.0], (
        "it is the first derivative, 3x²: first must be the gradient of f(x), not f(x)"
    )
    assert found == [6.0, -12.0, 18.0], f"f″ of x³ at 1, -2, 3 is 6, -12, 18, not {found}"


def test_a_product():
    """x·x: 2"""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    found = second_derivative(lambda x: x * x, x).tolist()
    assert found == [2.0, 2.0, 2.0], f"f″ of x·x is 2 everywhere, not {found}"
