"""11. Momentum

    v ← μ·v + g        w ← w - lr·v

v es una suma de gradientes en la que los antiguos cuentan menos, μ veces menos por cada paso. Si
los gradientes mantienen su dirección, los pasos se alargan; si van y vienen, se compensan. Esta es
la fórmula de PyTorch: lr está en el paso, no en v, y g no se multiplica por 1 - μ.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/11_momentum.py
"""

from hypothesis import given

import minigrad as torch
from sidebyside.testing import dyadics


def step(w, v, g, lr, momentum):
    """Un paso con el gradiente g. Devuelve el nuevo w y el nuevo v."""
    v = ...
    w = ...
    return w, v


def test_one_step():
    """Un paso"""
    w, v = step(8.0, 8.0, 2.0, lr=0.25, momentum=0.5)
    wrong_v = {
        10.0: "v no olvida nada: multiplica el v anterior por el momentum",
        4.5: "en v, g está multiplicado por lr: aquí lr va en el paso de w",
        5.0: "g está multiplicado por 1 - μ: PyTorch suma g tal cual",
        2.0: "v es solo g: suma el v anterior por el momentum",
    }
    wrong_w = {
        9.5: "el paso va cuesta arriba: hay que restarlo",
        2.0: "falta lr en el paso de w",
        7.5: "w se mueve según g: debe moverse según v",
        6.0: "w se mueve según el v anterior: usa el nuevo",
    }
    assert v == 6.0, wrong_v.get(v, f"v vale {v}; lo correcto es 0.5·8 + 2 = 6")
    assert w == 6.5, wrong_w.get(w, f"w vale {w}; lo correcto es 8 - 0.25·6 = 6.5")


@given(dyadics(5))
def test_steps_of_sgd(gradients):
    """Cinco pasos, junto a los de torch.optim.SGD"""
    parameter = torch.tensor(1.0, requires_grad=True)
    sgd = torch.optim.SGD([parameter], lr=0.25, momentum=0.5)
    w, v = 1.0, 0.0
    for i, g in enumerate(gradients.tolist(), start=1):
        w, v = step(w, v, g, lr=0.25, momentum=0.5)
        parameter.grad = torch.tensor(g)
        sgd.step()
        right = parameter.item()
        assert w == right, f"tras {i} pasos w vale {w}, y en SGD vale {right}"
