"""Searches for inputs where an item is not what its formula says, and shrinks them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, given, settings

import minigrad
from sidebyside.check.held import Held
from sidebyside.check.inputs import asked, candidates, drawn, ordinary, spelled
from sidebyside.check.items import Item, formula, reference_or_none
from sidebyside.check.said import Blame, Open, Raised, Unclear, Verdict, told
from sidebyside.contract import NoTier
from sidebyside.contract.explain_difference import table
from sidebyside.contract.run_both import Failure, run

SETTINGS = settings(
    max_examples=60,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    derandomize=True,  # the same verdict each time
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
SEARCH = 0.6  # of an item's time, after which the simplest counter-example so far is taken
RIGHT = "right: every number is the formula's"


@dataclass
class Search:
    """What was seen while inputs were drawn."""

    compared: int = 0
    failing: list[tuple[Held, Failure | Blame]] = field(default_factory=list)  # the last is the simplest
    used: list[tuple[float, str]] = field(default_factory=list)  # shares of bounds, in words
    notes: list[str] = field(default_factory=list)  # what is wrong besides the numbers
    sample: Any = None

    def see(self, trial: Held) -> bool:
        """Compare; whether this is a counter-example."""
        try:
            wrong: Any = trial.failure()
        except NoTier:
            return False
        except Blame as blame:
            wrong = blame
        self.compared += 1
        self.sample = self.sample or trial
        if wrong is None:
            self.used += trial.used
            self.notes += trial.notes
        elif not self.failing or _same_kind(wrong, self.failing[-1][1]):
            self.failing.append((trial, wrong))
            return True
        return False


class Found(Exception):
    """A counter-example."""


def held(item: Item, module: ModuleType, given_formula: str | None, seconds: float) -> Verdict:
    """Hold an item against its formula."""
    end = time.monotonic() + SEARCH * seconds
    library = reference_or_none() or minigrad
    program = formula(item, module, given_formula, library)
    trial = lambda inputs: Held(item, program, library, inputs)
    strategy, left_out = asked(item, module), []
    if strategy is None:
        shapes, left_out = _accepted(item, program, library, trial)
        strategy = drawn(item, shapes)
    found = _searched(strategy, trial, end, item)
    if library is minigrad and found.sample is not None:
        _confirm(item, program, found.sample.inputs)
    if found.failing:
        return _wrong(found.failing)
    if found.notes:
        return Verdict("wrong", found.notes[0])
    if not found.compared:
        raise Unclear(f"{item.name} could not be compared: no bound of rounding is known for these inputs")
    ratio, text = max(found.used, default=(0.0, ""))
    shapes_left = ", ".join(map(spelled, left_out))
    note = f"  not compared for shapes that {item.name} does not take: {shapes_left}" if left_out else ""
    return Verdict("rounding", text, note) if ratio else Verdict("right", RIGHT, note)


def _searched(strategy: Any, trial: Callable[..., Held], end: float, item: Item) -> Search:
    """Search for inputs where the item is wrong, and shrink them."""
    found = Search()

    @settings(SETTINGS, verbosity=Verbosity.quiet)
    @given(strategy)
    def search(inputs: Any) -> None:
        if time.monotonic() < end and found.see(trial(inputs)):
            raise Found

    try:
        search()
    except (Open, Unclear):
        raise
    except Exception as stopped:  # Found, or what Hypothesis makes of it when the time is over
        if not found.failing:
            raise Unclear(f"the inputs of {item.name} cannot be drawn: {told(stopped)}") from stopped
    return found


def _confirm(item: Item, program: Callable[..., Any], inputs: Any) -> None:
    """Hold minigrad's rules, which stand in for PyTorch, against finite differences in float64."""
    draw = np.random.default_rng(0)
    floats = [np.asarray(x).dtype.kind == "f" for x in inputs]
    numbers = [
        draw.uniform(0.25, 0.75, x.shape) if is_float else x
        for x, is_float in zip(inputs, floats, strict=True)
    ]
    given = [minigrad.from_numpy(x) if isinstance(x, np.ndarray) else x for x in numbers]
    for x, is_float in zip(given, floats, strict=True):
        if is_float:
            x.requires_grad_()
    if not minigrad.autograd.gradcheck(program, given, raise_exception=False):
        raise Unclear(
            f"finite differences contradict minigrad's rules in the formula of {item.name}: it needs PyTorch"
        )


def _accepted(item: Item, program: Any, library: Any, trial: Any) -> tuple[list[Any], list[Any]]:
    """Return the shapes that the formula and the item take, and those that the formula alone takes."""
    dtype = "float64" if item.kind == "pair" else "float32"
    refused: list[Exception] = []
    formula_takes, both = [], []
    for shape in candidates(len(item.parameters)):
        arrays = ordinary(shape, dtype)
        try:
            run(library, program, arrays)
        except Exception as error:
            refused.append(error)
            continue
        formula_takes.append(shape)
        try:
            trial(arrays).failure()
        except (Raised, NoTier):
            continue
        except Blame:
            pass
        both.append(shape)
    if not formula_takes:
        inputs = ", ".join(item.parameters)
        raise Unclear(f"the formula of {item.name} does not take ({inputs}): {told(refused[0])}")
    return both or formula_takes, [shape for shape in formula_takes if both and shape not in both]


def _same_kind(wrong: Any, before: Any) -> bool:
    """Whether a simpler example shows what the one before it showed, not something else."""
    if isinstance(wrong, Failure) and isinstance(before, Failure):
        return wrong.part.place <= before.part.place
    return type(wrong) is type(before) and str(wrong) == str(before)


def _wrong(failing: list[tuple[Held, Any]]) -> Verdict:
    """Say what is wrong in the simplest example; if no mistake is named there, the first example may name it."""
    held, wrong = failing[-1]
    if isinstance(wrong, Blame):
        return Verdict(wrong.verdict, str(wrong))
    trial, failure, why = held.explained(wrong)
    first, other = failing[0]
    if why is None and isinstance(other, Failure) and other.part.name == failure.part.name:
        why = first.explained(other)[2]
    part = failure.part
    shape, right = part.ours.shape, part.theirs[-1].shape
    how = f"its shape is {shape}, and the right one {right}" if shape != right else ""
    sentence = (
        f"{part.name}: {'; '.join(filter(None, (how, why)))}"
        if how or why
        else f"{part.name} is not the formula's"
    )
    lines = []
    if shape == right:
        truth = np.asarray(part.theirs[-1]) if part.ball is None else part.ball.c
        columns = dict(zip(trial.heads, (part.ours, part.theirs[-1]), strict=True))
        lines.append(table(columns, truth, np.asarray(failure.bad), rounded=False))
    if part.place < len(failure.theirs.values):  # dz has nothing to do with an output
        failure.theirs.arrived.clear()
    return Verdict("wrong", sentence, "\n".join([*lines, *trial.example(failure.theirs)]))
