"""Which symbol of minigrad stands beside which of PyTorch, and why the two differ: the rows of `minigrad page`.

A Pair names places in source, which sources.py reads when the page is made, and a small program, which verdicts.py
runs with both libraries. The tables themselves are pairs_ops.py and pairs_nn.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Said(NamedTuple):
    """A sentence of ours, in both languages."""

    en: str
    es: str


@dataclass(frozen=True)
class Pair:
    """One row of the page.

    Places are written module:name, with .members after it where only some are shown: "minigrad.nn:Module.train".
    `program` is an expression, or lines that end in one, over torch, nn, F, the inputs x, y, v ... and sizes N, M, K;
    a `model` that it binds is compared too. `shapes` are one word of sizes for each input, "." for a number.
    """

    key: str
    group: str
    ours: tuple[str, ...]
    why: Said
    tests: str
    program: str = ""
    shapes: str = ""
    twin: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    rule: str = ""
    decomp: tuple[str, ...] = ()
    about: Said | None = None
    formula: str = ""  # stands in a docstring of `ours`, or is that of an op
    positive: bool = False  # the inputs
    smooth: bool = True  # whether finite differences apply
    seeded: bool = False  # whether the program draws random numbers

    @property
    def name(self) -> str:
        """What is shown: the key without its room."""
        return self.key.rpartition("/")[2]


GROUPS = {
    "engine": Said("Tensor and backward", "Tensor y backward"),
    "layers": Said("Layers and losses", "Capas y pérdidas"),
    "training": Said("Models and training", "Modelos y entrenamiento"),
    "arithmetic": Said("Arithmetic", "Aritmética"),
    "functions of one variable": Said("Functions of one variable", "Funciones de una variable"),
    "choice": Said("Choice", "Elección"),
    "reductions": Said("Reductions", "Reducciones"),
    "products": Said("Products", "Productos"),
    "softmax and its loss": Said("Softmax and its loss", "Softmax y su pérdida"),
    "indexing": Said("Indexing", "Índices"),
    "shape": Said("Shape", "Forma"),
    "copies": Said("Copies", "Copias"),
    "without a gradient": Said("Without a gradient", "Sin gradiente"),
}


def every() -> list[Pair]:
    """All pairs, in the order of the page."""
    from sidebyside.page.pairs_nn import PAIRS
    from sidebyside.page.pairs_ops import pairs

    order = list(GROUPS)
    return sorted([*PAIRS, *pairs()], key=lambda pair: order.index(pair.group))
