"""minigrad cheatsheet: the gradients that a course needs, on one page to print, in English or Spanish.

The formulas are those of the docstrings, and the mistakes are in the words of the catalogue in sidebyside/mistakes.
tests/test_page_cheatsheet.py computes every gradient as it stands here, and makes every mistake.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

from sidebyside.options import need, writable_file, write_text
from sidebyside.page import ASSETS, asset, maths, sources
from sidebyside.page.pair import Said
from sidebyside.page.pairs_nn import CROSS_ENTROPY
from sidebyside.programs.ops import module_of

DESCRIPTION = "Write the gradients that a course needs, with a common mistake in each, as one page to print."
OPTIMIZERS = {"sgd": "minigrad.optim.sgd:SGD", "adam": "minigrad.optim.adam:Adam"}


class Row(NamedTuple):
    """A line of the sheet: an op of minigrad, how a program calls it, and a common mistake in its gradient."""

    op: str
    code: str
    mistake: Said


class Step(NamedTuple):
    """A line of an optimizer. Its formulas stand in the docstring of the place."""

    place: str
    code: str
    formulas: tuple[str, ...]
    mistake: Said


GROUPS = {
    Said("Arithmetic", "Aritmética"): (
        Row("add", "x + y", Said("one of two uses of an input is not added", "falta sumar uno de los dos usos de una entrada")),
        Row("sub", "x - y", Said("the sign is wrong", "el signo está mal")),
        Row("mul", "x * y", Said("it is the gradient of y: the two are swapped", "es el gradiente de y: los dos están intercambiados")),
        Row("div", "x / y", Said("the sign is wrong", "el signo está mal")),
        Row("pow_scalar", "x ** n", Said("a factor x is there once too often", "sobra un factor x")),
        Row("expand", "broadcasting", Said(
            "it is not un-broadcast: sum it over the axes along which the input was repeated",
            "falta deshacer el broadcasting: súmalo sobre los ejes en que se repitió la entrada")),
    ),
    Said("Functions of one variable", "Funciones de una variable"): (
        Row("exp", "x.exp()", Said("the input x is used for the output z", "se usa la entrada x en lugar de la salida z")),
        Row("log", "x.log()", Said("it is multiplied by x where it should be divided", "se multiplica por x donde hay que dividir")),
        Row("sqrt", "x.sqrt()", Said("the input x is used for the output z", "se usa la entrada x en lugar de la salida z")),
        Row("tanh", "x.tanh()", Said("z is not squared in tanh's rule", "falta el cuadrado de z")),
        Row("sigmoid", "x.sigmoid()", Said("1 - z is missing in sigmoid's rule", "falta 1 - z")),
        Row("relu", "x.relu()", Said(
            "they differ only where x is 0, at the kink: PyTorch's gradient there is 0",
            "solo difieren donde x es 0, en el pico: ahí el gradiente de PyTorch es 0")),
    ),
    Said("Choice and reductions", "Elección y reducciones"): (
        Row("where", "torch.where(c, x, y)", Said("a mask is wrong", "una máscara está mal")),
        Row("maximum", "torch.maximum(x, y)", Said(
            "they differ only where x is y, at the kink", "solo difieren donde x es y, en el pico")),
        Row("max", "x.max()", Said(
            "they differ only at ties: PyTorch shares dz among them", "solo difieren en los empates: PyTorch reparte dz entre ellos")),
        Row("sum", "x.sum()", Said("dz is ignored", "se olvida dz")),
        Row("sum_dim", "x.sum(dim)", Said("dz is spread along axis 0, not 1", "dz se reparte por el eje 0 en vez del 1")),
        Row("mean", "x.mean()", Said("the mean's division by N is forgotten", "falta dividir entre N, como hace la media")),
        Row("var", "x.var(dim)", Said("it is divided by N for N - 1", "se divide entre N en vez de N - 1")),
    ),
    Said("Products and layers", "Productos y capas"): (
        Row("mm", "x @ y", Said("it is x @ dz, and the right one is x.T @ dz", "es x @ dz, y lo correcto es x.T @ dz")),
        Row("linear", "F.linear(x, W, b)", Said(
            "dz is summed over axis 1, and the right one over axis 0", "dz se suma por el eje 1, y lo correcto es por el eje 0")),
        Row("softmax", "x.softmax(1)", Said(
            "it is the diagonal of softmax's Jacobian alone", "es solo la diagonal de la jacobiana de softmax")),
        Row("log_softmax", "x.log_softmax(1)", Said("exp(z) is needed, not z", "hace falta exp(z), no z")),
        Row("logsumexp", "x.logsumexp(1)", Said(
            "exp overflowed: subtract the row's maximum", "exp se desborda: resta el máximo de la fila")),
    ),
    Said("Losses", "Pérdidas"): (
        Row("cross_entropy", "F.cross_entropy(x, y)", Said(
            "the one-hot labels are not subtracted: it is p, not p - y", "falta restar las etiquetas one-hot: es p, no p - y")),
        Row("binary_cross_entropy_with_logits", "F.binary_cross_entropy_ with_logits(x, y)", Said(
            "the logits are used for p: sigmoid is forgotten", "se usan los logits en lugar de p: falta la sigmoide")),
        Row("mse_loss", "F.mse_loss(x, y)", Said("it is 0.5 times the right one", "es 0.5 veces lo correcto")),
    ),
    Said("Shape and indexing", "Forma e índices"): (
        Row("view", "x.reshape(shape)", Said(
            "it is reshaped where it should be transposed, or the other way round", "se hace reshape donde hay que trasponer, o al revés")),
        Row("transpose", "x.transpose(0, 1)", Said("it is the transpose of the right one", "es la traspuesta de lo correcto")),
        Row("cut", "x[1:3]", Said("it is the right one, shifted by one", "es lo correcto, desplazado un lugar")),
        Row("index", "x[k]", Said(
            "where an index occurs twice, the later gradient overwrites the earlier: add them",
            "donde un índice se repite, el último gradiente pisa al anterior: súmalos")),
    ),
}  # fmt: skip

STEPS = (
    Step("sgd", "SGD", ("w ← w - lr·g",), Said(
        "zero_grad() is forgotten: gradients add up", "falta zero_grad(): los gradientes se acumulan")),
    Step("sgd", "SGD, momentum", ("b ← μ·b + (1 - τ)·g", "g ← b", "w ← w - lr·g"), Said(
        "the first b is g, not (1 - τ)·g", "la primera b es g, no (1 - τ)·g")),
    Step("adam", "Adam", ("m ← β₁·m + (1 - β₁)·g", "v ← β₂·v + (1 - β₂)·g²", "m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ)", "w ← w - lr·m̂/(√v̂ + eps)"), Said(
        "eps stands inside the root: √(v̂ + eps)", "eps está dentro de la raíz: √(v̂ + eps)")),
)  # fmt: skip


def add_arguments(to: argparse.ArgumentParser) -> None:
    """The options of `minigrad cheatsheet`."""
    to.description = DESCRIPTION
    to.add_argument("--out", type=writable_file, default="build/cheatsheet.html", metavar="FILE",
                    help="default: %(default)s")  # fmt: skip
    to.add_argument("--lang", choices=Said._fields, default="en", help="language; default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """minigrad cheatsheet"""
    for package in ("jinja2", "latex2mathml"):
        need(package, "app", "cheatsheet")
    write_text(args.out, sheet(args.lang))
    print(f"{args.out}: {sum(map(len, GROUPS.values()))} ops, {len(STEPS)} steps; print it from a browser")
    return 0


def formulas(row: Row) -> list[str]:
    """Return what an op's docstring says: its value, its gradients, its shapes."""
    return maths.formulas(docstring(row))


def docstring(row: Row | Step) -> str:
    """Return the text that a line's formulas stand in."""
    if isinstance(row, Step):
        return sources.docstring(OPTIMIZERS[row.place])
    if row.op == "cross_entropy":  # a program of two ops
        return CROSS_ENTROPY
    return sources.docstring(f"{module_of(row.op)}:{row.op}")


def gradients(row: Row) -> list[str]:
    """Return an op's gradients as formulas; what says of which shapes they are stands with the value."""
    return [each for each in formulas(row) if each.startswith("d")]


def sheet(lang: str) -> str:
    """Return the page in one language."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["maths"] = lambda text: Markup(maths.html(text))
    lines = {
        getattr(title, lang): [
            (row.code, [f for f in formulas(row) if f not in gradients(row)], gradients(row), getattr(row.mistake, lang))
            for row in rows
        ]
        for title, rows in GROUPS.items()
    }  # fmt: skip
    steps = [(row.code, row.formulas, getattr(row.mistake, lang)) for row in STEPS]
    return environment.get_template("cheatsheet.html").render(
        lang=lang, lines=lines, steps=steps, css=Markup(asset("cheatsheet.css"))
    )
