"""14. Acumulación de gradientes

    media de todas las filas = Σ (media de una parte) / número de partes        con partes iguales

Un lote que no cabe en la memoria se puede tomar por partes: `backward` suma a w.grad, y después de
la última parte está ahí el gradiente entero. La pérdida de cada parte es la media de esa parte
sola. Para que sea la media de todas las filas, divídela por el número de partes y llama después a
backward.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/14_accumulation.py
"""

import minigrad as torch


def gradient(w, x, y, parts):
    """El gradiente de la pérdida media de todas las filas, parte por parte. x: (N, K), y: (N,), w: (K,)"""
    w.grad = None
    for x_part, y_part in zip(x.chunk(parts), y.chunk(parts), strict=True):
        loss = ((x_part @ w - y_part) ** 2).mean()
        ...
    return w.grad


def test_the_gradient_of_the_whole_batch():
    """El gradiente del lote entero"""
    w = torch.tensor([1.0, -1.0], requires_grad=True)
    x = torch.tensor([[1.0, 2.0], [3.0, 1.0], [0.0, 2.0], [2.0, 4.0]])
    y = torch.tensor([1.0, 0.0, 2.0, -2.0])
    found = gradient(w, x, y, parts=2)
    assert found is not None, "w.grad es None: llama a backward en cada parte y no vuelvas a asignarle None"
    wrong = {
        (4.0, -10.0): "es 2 veces el correcto, con 2 partes: divide cada pérdida por el número de partes",
        (1.0, -2.5): "cada pérdida se divide por el número de filas: divídela por el número de partes",
        (0.0, -4.0): "solo está la última parte: w.grad se vacía una vez, antes del bucle",
        (0.0, -8.0): "solo está la última parte: w.grad se vacía una vez, antes del bucle",
    }
    found = tuple(found.tolist())
    assert found == (2.0, -5.0), wrong.get(found, f"el gradiente es {found}; el del lote entero es (2, -5)")
