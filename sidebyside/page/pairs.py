"""All rows of `minigrad page`, under their headings: which symbol of minigrad stands beside which of PyTorch.

A Pair names places in source, which sources.py reads when the page is made, and a small program, which verdicts.py
runs with both libraries. The rows of the ops are in pairs_ops.py, those of later layers in pairs_layers.py, all
others in pairs_nn.py.
"""

from __future__ import annotations

from sidebyside.page.pair import Pair, Said
from sidebyside.page.pairs_layers import LAYERS
from sidebyside.page.pairs_nn import PAIRS
from sidebyside.page.pairs_ops import pairs

GROUPS = {
    "engine": Said("Tensor and backward", "Tensor y backward"),
    "layers": Said("Layers and losses", "Capas y pérdidas"),
    "training": Said("Models and training", "Modelos y entrenamiento"),
    "arithmetic": Said("Arithmetic", "Aritmética"),
    "functions of one variable": Said("Functions of one variable", "Funciones de una variable"),
    "choice": Said("Choice", "Elección"),
    "reductions": Said("Reductions", "Reducciones"),
    "products": Said("Products", "Productos"),
    "ops of layers": Said("Ops of layers and losses", "Operaciones de capas y pérdidas"),
    "indexing": Said("Indexing", "Índices"),
    "shape": Said("Shape", "Forma"),
    "copies": Said("Copies", "Copias"),
    "within gradients": Said("Within gradients", "Dentro de los gradientes"),
    "without a gradient": Said("Without a gradient", "Sin gradiente"),
}
LATER = {  # the headings of the second page: layers first, then their ops
    "compile": Said("Compiled steps", "Pasos compilados"),
    "models": Said("Further models", "Otros modelos"),
    "shards": Said("Several processes", "Varios procesos"),
    "activations": Said("Further activations", "Otras activaciones"),
    "losses": Said("Further losses", "Otras pérdidas"),
    "convolutions": Said("Convolutions", "Convoluciones"),
    "attention": Said("Embeddings and attention", "Embeddings y atención"),
    "norms": Said("Normalization", "Normalización"),
    "pools": Said("Pools", "Pooling"),
    "recurrent": Said("Recurrent layers", "Capas recurrentes"),
}


def every() -> list[Pair]:
    """Return all pairs in the order of the two pages."""
    order = [*GROUPS, *LATER]
    return sorted([*PAIRS, *LAYERS, *pairs()], key=lambda pair: order.index(pair.group))
