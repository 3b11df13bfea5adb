"""Every op that has a gradient, on inputs of one size: the programs of sidebyside/programs/ops.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from sidebyside.programs.ops import PROGRAMS, SECOND, TABLE, Case, ops_by_name, program_of, sized

# Ops that are not timed, and why.
NOT_TIMED = {
    **{case.name: "it is timed with second derivatives alone" for case in SECOND},
    "to_device": "it needs two devices",
    "multilabel_margin_loss": "n samples of n classes take n³ numbers",
    "diag_embed": "n rows of n numbers become n³ numbers",
}
# Further programs.
MORE = """
    add-broadcast mul-number pow-2 sum-rows sort topk mm-transposed cross_entropy T index-columns put-columns
    put-slice-rows
""".split()


# Families whose inputs have three or four dimensions of the size: layers.py times their layers.
OF_LAYERS = [case for family in ("attention", "pools", "norms", "convolutions") for case in PROGRAMS[family]]


def _operations() -> dict[str, Case]:
    names = [name for name, op in ops_by_name().items() if any(op.rules) and name not in NOT_TIMED]
    further = [case for case in TABLE if case.name in MORE]
    return {case.name: case for case in [*map(program_of, names), *further] if case not in OF_LAYERS}


OPERATIONS = _operations()
# Where Python's share shows: on 1x1 tensors next to nothing is computed.
OVERHEAD = "mul add exp relu sum mm linear cross_entropy".split()


def inputs(case: Case, n: int, seed: int = 0) -> list[Any]:
    """Arrays of side n, batches of 4; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    shapes = sized(case.shapes, {"B": 4, "N": n, "M": n, "K": n})
    numbers = [np.asarray(rng.standard_normal(shape, dtype=np.float32)) for shape in shapes]
    return [abs(a) + np.float32(0.5) for a in numbers] if case.positive or case.divides else numbers
