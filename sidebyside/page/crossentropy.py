"""The lesson's second part: why the gradient of cross-entropy is p - y. The numbers in its bars are minigrad's."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

import minigrad as torch
from sidebyside.graph.pencil import number
from sidebyside.page import maths
from sidebyside.page.pair import Pair, Said

SCORES, RIGHT = [2.0, 1.0, -1.0, 0.5], 1  # of one sample, and its class

LINES = (
    (Said("Softmax makes probabilities of scores.", "Softmax convierte las puntuaciones en probabilidades."),
     r"p_j = \frac{e^{x_j}}{\sum_k e^{x_k}}"),
    (Said("The loss is large if the right class <i>y</i> is improbable. The logarithm of the quotient is a difference, "
          "and its second term is called log-sum-exp.",
          "La pérdida es grande si la clase correcta, <i>y</i>, es improbable. El logaritmo del cociente es una diferencia, "
          "cuyo segundo término se llama log-sum-exp."),
     r"L = -\log p_y = -x_y + \log \sum_k e^{x_k}"),
    (Said("The derivative of log-sum-exp is the softmax: by the chain rule, one over the sum, times the derivative of the one term "
          "in it that depends on x<sub>j</sub>, which is that term itself.",
          "La derivada de log-sum-exp es la softmax: por la regla de la cadena, uno dividido entre la suma, por la derivada "
          "del único sumando que depende de x<sub>j</sub>, que es el propio sumando."),
     r"\frac{\partial}{\partial x_j} \log \sum_k e^{x_k} = \frac{e^{x_j}}{\sum_k e^{x_k}} = p_j"),
    (Said("The term −x<sub>y</sub> adds −1 for the right class and nothing for the others; 1[j = y] is 1 there and 0 elsewhere. "
          "These ones and zeros, one for each class, are <i>y</i> as a one-hot vector.",
          "El término −x<sub>y</sub> aporta −1 en la clase correcta y nada en las demás; 1[j = y] vale 1 en ella y 0 en el resto. "
          "Estos unos y ceros, uno por clase, son <i>y</i> escrita como vector one-hot."),
     r"\frac{\partial L}{\partial x_j} = p_j - 1[j = y]"),
    (Said("For N samples, whose losses are averaged, and a gradient dz that arrives from above.",
          "Con N muestras, cuyas pérdidas se promedian, y un gradiente dz que llega de arriba."),
     r"\mathrm{dx}_{ij} = (p_{ij} - 1[j = y_i]) \cdot \mathrm{dz} / N"),
)  # fmt: skip


def shown(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the template reads. `steps` are those of the lesson's first part, where the same gradient occurs."""
    return {
        "lines": [(said, Markup(maths.mathml(code))) for said, code in LINES],
        **bars(),
        "above": above(steps),
    }


def derives(pair: Pair) -> bool:
    """Whether this derivation is about the row's symbol, or about an op that it consists of."""
    names = {place.rpartition(":")[2] for place in (*pair.ours, *pair.twin)}
    return not names.isdisjoint({"softmax", "log_softmax", "nll_loss", "cross_entropy"})


def bars() -> dict[str, Any]:
    """One row for each class: its score, p, y and p - y, the gradient that backward leaves; and the loss."""
    x = torch.tensor([SCORES], requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor([RIGHT]))
    loss.backward()
    p = torch.softmax(x.detach(), 1)[0].tolist()
    rows = [
        {"x": score, "p": p[j], "y": int(j == RIGHT), "g": gradient}
        for j, (score, gradient) in enumerate(zip(SCORES, x.grad[0].tolist(), strict=True))
    ]
    return {"rows": rows, "right": RIGHT, "loss": loss.item()}


def above(steps: list[dict[str, Any]]) -> str:
    """The last line with the numbers of the first sample, for its right class, in the steps above."""
    by_op = {step["op"]: step for step in steps}
    loss, softmax = by_op["nll_loss"], by_op["log_softmax"]
    y, n = loss["reads"]["target"][0], len(loss["reads"]["target"])
    p = torch.exp(torch.tensor(softmax["output"]))[0, y].item()
    return f"({number(p)} − 1)·{number(loss['values'])}/{n} ≈ {number(softmax['inputs'][0]['values'][0][y])}"
