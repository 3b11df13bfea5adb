"""16. La segunda derivada

    f″ = (f′)′

torch.autograd.grad(z, x) devuelve una tupla con el gradiente de z respecto de x. Para derivar ese
gradiente otra vez, autograd ha de haber anotado cómo se calculó: lo pide create_graph=True. Cada
elemento de f(x) depende solo de su propio elemento de x, así que el gradiente de la suma,
f(x).sum(), contiene cada f′ por separado.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/16_second_derivative.py
"""

import minigrad as torch


def second_derivative(f, x):
    """f″ en cada elemento de x"""
    first = ...
    return torch.autograd.grad(first.sum(), x)[0]


def test_a_cube():
    """x³: 6x"""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    found = second_derivative(lambda x: x**3, x).tolist()
    assert found != [3.0, 12.0, 27.0], (
        "es la primera derivada, 3x²: first debe ser el gradiente de f(x), no f(x)"
    )
    assert found == [6.0, -12.0, 18.0], f"f″ de x³ en 1, -2, 3 es 6, -12, 18, no {found}"


def test_a_product():
    """x·x: 2"""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    found = second_derivative(lambda x: x * x, x).tolist()
    assert found == [2.0, 2.0, 2.0], f"f″ de x·x es 2 en todas partes, no {found}"
