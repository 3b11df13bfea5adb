"""13. no_grad y los cambios in situ

    w ← w - lr·dw

w = w - lr * w.grad crea un tensor nuevo y le da el nombre w: el tensor del modelo se queda como
estaba. w -= ... cambia el propio tensor, in situ. En un peso, que pide gradiente, eso es un error,
porque autograd anotaría el paso como parte del modelo; dentro de torch.no_grad() no se anota nada y
está permitido.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/13_no_grad.py
"""

import minigrad as torch


def step(w, lr):
    """Mueve el propio tensor w en -lr·w.grad. Autograd no anota nada de ello."""
    ...


def test_the_tensor_moves():
    """El tensor se mueve"""
    w = torch.tensor([2.0, 4.0], requires_grad=True)
    (w * w).sum().backward()
    step(w, lr=0.25)
    wrong = {
        (2.0, 4.0): "w no ha cambiado: w = w - ... crea otro tensor; w -= ... cambia este",
        (3.0, 6.0): "el paso va cuesta arriba: hay que restarlo",
        (-2.0, -4.0): "falta lr: el paso es lr por el gradiente",
    }
    found = tuple(w.tolist())
    assert found == (1.0, 2.0), wrong.get(
        found, f"w vale {found}; lo correcto es (2, 4) - 0.25·(4, 8) = (1, 2)"
    )


def test_the_tensor_is_a_weight_as_before():
    """El tensor sigue siendo un peso"""
    w = torch.tensor([2.0, 4.0], requires_grad=True)
    (w * w).sum().backward()
    step(w, lr=0.25)
    assert w.requires_grad, "w ya no pide gradiente: no toques requires_grad, usa torch.no_grad()"
    w.grad = None
    (w * w).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0], "el siguiente gradiente de w está mal: el paso no debe anotarse"
