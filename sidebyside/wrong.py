"""The mistakes that people make in a gradient: each with what it gives and the sentence that names it.

An entry of the catalogue is a generator. It reads a Scene, which is all that is known of a wrong array, and yields
pairs: the array that one mistake would have given, and what to say then. `named` returns the first sentence whose
array is what was found, up to rounding, and is not the right one too. So a mistake that nobody has listed gets no name.

`same`, `cmp`, and the commands compare and explain all read this one catalogue.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from sidebyside.mistakes.arrays import (
    UNBROADCAST,
    masked,
    not_unbroadcast,
    nothing,
    one_side,
    places,
    running,
    spoiled,
    swapped,
    transposed,
    wrong_axis,
    wrong_dim,
    wrong_spread,
)
from sidebyside.mistakes.factors import constant, factor, offset, variable
from sidebyside.mistakes.formulas import formula, term
from sidebyside.mistakes.inputs import altered
from sidebyside.mistakes.rules import (
    difference,
    dz_ignored,
    dz_unchanged,
    input_for_output,
    labels,
    normalisation,
    overwritten,
    part_forgotten,
    softmax_rule,
    unit_rows,
)
from sidebyside.mistakes.scene import Scene
from sidebyside.mistakes.special import exp_overflows, float32, kinks, rounded, rounding, ties

OTHER_SHAPE = (not_unbroadcast, swapped, transposed, wrong_axis, wrong_dim, formula)
SPECIAL = (exp_overflows, ties, kinks, float32, rounding)
CATALOGUE = (
    exp_overflows, nothing, not_unbroadcast, swapped, wrong_spread, transposed, wrong_axis, wrong_dim, ties,
    factor, dz_unchanged, part_forgotten, softmax_rule, normalisation, unit_rows, labels, input_for_output, difference,
    dz_ignored, overwritten, kinks, variable, running, places, float32, rounding, spoiled, constant,
    formula, term, offset, one_side, altered, masked,
)  # fmt: skip


__all__ = ["CATALOGUE", "OTHER_SHAPE", "SPECIAL", "Scene", "named", "rounded", "shapes"]


def named(scene: Scene, only_here: bool = False) -> str | None:
    """Return the sentence for what is wrong, or None if no listed mistake gives this array.

    `only_here` leaves the mistakes that show at special numbers alone: kinks, ties, overflow, rounding.
    """
    if np.asarray(scene.found).dtype.kind != "f":
        return None
    entries = SPECIAL if only_here else CATALOGUE
    if np.shape(scene.found) != np.shape(scene.right):
        entries = OTHER_SHAPE
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy warns of a variance of one number
        for entry in entries:
            for guess, sentence in entry(scene):
                if scene.fits(guess):
                    return sentence
    return None


def shapes(found: Sequence[int], wanted: Sequence[int], arrived: Sequence[int] = ()) -> str | None:
    """Say what is wrong from shapes alone, if a library refuses a gradient for its shape."""
    found, wanted, arrived = tuple(found), tuple(wanted), tuple(arrived)
    if len(found) > 1 and found[::-1] == wanted:
        return "it is transposed: a product with its factors in the wrong order, or a .T too few"
    if len(found) == len(wanted) < len(arrived) and {*found, *wanted} <= {*arrived}:
        return "dz is summed over the wrong axis"
    if np.prod(found) > np.prod(wanted):
        return UNBROADCAST
    return None
