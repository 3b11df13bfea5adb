"""A row of the page, and a sentence in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Said(NamedTuple):
    """A sentence in both languages."""

    en: str
    es: str


def both(en: str, es: str) -> str:
    """Return HTML of which the page shows the part in the chosen language."""
    return f"<span class=en>{en}</span><span class=es lang=es>{es}</span>"


@dataclass(frozen=True)
class Pair:
    """One row of the page.

    Places are written module:name, with .members after it where only some are shown: "minigrad.nn:Module.train".
    `program` is an expression, or lines that end in one, over torch, nn, F, the inputs and the sizes N, M, K. If it
    binds a `model`, the model's weights and gradients are compared too. `shapes` has a word for each name in `inputs`,
    as a Case of sidebyside/programs/ops.py has.
    """

    key: str
    group: str
    ours: tuple[str, ...]
    why: Said
    tests: str
    program: str = ""
    shapes: str = ""
    inputs: tuple[str, ...] = ("x", "y")
    twin: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    rule: str = ""
    decomp: tuple[str, ...] = ()
    about: Said | None = None
    formula: str = ""  # stands in a docstring of `ours`, or is that of an op
    positive: bool = False  # the inputs
    smooth: bool = True  # whether finite differences apply
    seeded: bool = False  # whether the program draws random numbers
    lists: bool = False  # whether the calls of a step follow on both sides: lists.py

    @property
    def name(self) -> str:
        """What is shown: the key without its room."""
        return self.key.rpartition("/")[2]

    @property
    def id(self) -> str:
        """The row's id on the page."""
        room, _, name = self.key.rpartition("/")
        return f"{room or self.group}-{name}"
