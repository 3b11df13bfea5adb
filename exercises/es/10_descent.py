"""10. Descenso por gradiente

    w ← w - lr·dw

dw dice en qué dirección crece la pérdida, así que el paso va en la contraria. lr, la tasa de
aprendizaje, es la parte de dw que se toma. `backward` suma a lo que ya hay en w.grad: olvida el
gradiente anterior en cada paso, w.grad = None. no_grad dice que el paso no forma parte de lo que se
deriva.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/10_descent.py
"""

import minigrad as torch


def fit(x, y, lr, steps):
    """El w de y ≈ w·x tras varios pasos, desde w = 0"""
    w = torch.tensor(0.0, requires_grad=True)
    for _ in range(steps):
        loss = ((w * x - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            ...
    return w.item()


x, y = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0])  # y = 2·x


def test_the_first_step():
    """El primer paso"""
    w = fit(x, y, lr=0.125, steps=1)
    wrong = {
        0.0: "w no se ha movido: escribe w -= ..., que cambia el propio w",
        -1.25: "el paso va cuesta arriba: hay que restarlo",
        10.0: "falta lr: el paso es lr por el gradiente",
    }
    assert w == 1.25, wrong.get(w, f"w vale {w} tras un paso; lo correcto es 0 - 0.125·(-10) = 1.25")


def test_the_second_step():
    """El segundo paso"""
    w = fit(x, y, lr=0.125, steps=2)
    old = "el gradiente del primer paso sigue en w.grad: asígnale None en cada paso"
    assert w != 2.96875, old
    assert w == 1.71875, f"w vale {w} tras dos pasos; lo correcto es 1.25 - 0.125·(-3.75) = 1.71875"
