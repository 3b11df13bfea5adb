"""Judges one item: draws inputs, holds what it gives against the formula, and says what is wrong in one sentence."""

from __future__ import annotations

import textwrap
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, given, settings

import minigrad
from sidebyside.check.inputs import asked, candidates, drawn, ordinary, spelled
from sidebyside.check.items import Item, Open, Unclear, formula, has_hole, is_hole, reference_or_none
from sidebyside.contract import TIERS, NoTier, explain_difference
from sidebyside.contract.balls import Ball, NoBound
from sidebyside.contract.run_both import Failure, Run, Trial, arriving, run
from sidebyside.verdict import UNKNOWN, in_last_places, share
from sidebyside.wrong import named

SETTINGS = settings(
    max_examples=60,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    derandomize=True,  # the same verdict each time
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)
SEARCH = 0.6  # of an item's time, after which the simplest counter-example so far is taken


@dataclass(frozen=True)
class Verdict:
    """What is said of an item: "right", "rounding", "wrong", "open" or "error"."""

    verdict: str
    sentence: str
    detail: str = ""


class Blame(Exception):
    """What a student's function does that no formula could excuse, in one sentence."""

    verdict = "wrong"


class Raised(Blame):
    """It raises an error."""

    verdict = "error"


def judge(item: Item, module: ModuleType, given_formula: str | None, seconds: float) -> Verdict:
    """Return the verdict on an item. It is open if it reaches a hole, or if it fails and has one."""
    try:
        found = _test(item, module) if item.kind == "test" else _held(item, module, given_formula, seconds)
    except Open:
        return Verdict("open", NOT_YET)
    except Unclear as reason:
        return Verdict("error", str(reason))
    if found.verdict in ("wrong", "error") and has_hole(
        item, Path(str(module.__file__)).read_text(encoding="utf-8")
    ):
        return Verdict("open", NOT_YET)
    return found


NOT_YET = "not done yet"


# -- a function and its formula -----------------------------------------------------------------------------


class Held(Trial):
    """What a student's function gives for some inputs, beside its formula."""

    def __init__(
        self, item: Item, program: Callable[..., Any], library: Any, inputs: Sequence[Any], dz: Any = arriving
    ) -> None:
        super().__init__([item.function, program], inputs, dz, library)
        self.item, self.names = item, item.parameters
        self.heads = ["yours", "minigrad" if library is minigrad else "PyTorch"]
        self.notes: list[str] = []  # what is wrong besides the numbers
        self.used: list[tuple[float, str]] = []  # how much of their bounds the numbers take

    def _like(self, inputs: Sequence[Any], dz: Callable[..., Any]) -> Held:
        return Held(self.item, self.theirs[-1], self.library, inputs, dz)

    def _raises_too(self, theirs: Exception) -> None:
        raise Unclear(f"the formula of {self.item.name} fails: {told(theirs)}") from theirs

    def _bounds(self, ran: Run) -> list[Ball | None]:
        if self.library is not minigrad:
            try:
                return super()._bounds(ran)
            except NoBound:
                pass
        return self._usual_bounds()

    def _usual_bounds(self) -> list[Ball | None]:
        """Where no bound is derived: some last places of the largest element, around what float64 gives."""
        kinds = [x.dtype for x in self.inputs if np.asarray(x).dtype.kind == "f"]
        wide = [x.astype(np.float64) if np.asarray(x).dtype.kind == "f" else x for x in self.inputs]
        ran = run(self.library, self.theirs[-1], wide, dz=self.dz)
        kind = np.result_type(*kinds)

        def ball(value: Any) -> Ball | None:
            if value is None or value.dtype.kind != "f":
                return None
            finite = abs(value[np.isfinite(value)])
            radius = UNKNOWN * np.spacing(np.max(finite, initial=0).astype(kind))
            return Ball(value, radius, ~np.isfinite(value), kind)

        return [ball(value) for value in (*ran.values, *ran.gradients)]

    def failure(self, tier: str = "") -> Failure | None:
        """Return the first part that is wrong. Raises Blame for what is wrong besides numbers."""
        theirs, balls = self._of_torch("bounded")
        ours = self._of_minigrad(theirs[-1])
        for part in self._parts(ours, theirs, balls):
            right = part.theirs[-1]
            if part.ours.shape != right.shape:
                return Failure(part, np.ones(right.shape, bool), "bounded", ours, theirs[-1], balls)
            used, bad = self._bad(part)
            if np.any(bad):
                if in_last_places(part.ours, right) > UNKNOWN:
                    return Failure(part, bad, used, ours, theirs[-1], balls)
                self.used.append((np.inf, ROUNDS))
            elif part.ball is not None and used == "bounded":
                self.used.append(share(part.ours, part.ball))
        return None

    def _bad(self, part: Any) -> tuple[str, Any]:
        try:
            return "exact", TIERS["exact"](part.ours, part.theirs, part.ball)
        except NoTier:
            return "bounded", TIERS["bounded"](part.ours, part.theirs, part.ball)

    # -- what the student's function gives

    def _of_minigrad(self, theirs: Run) -> Run:
        return self._by_hand(theirs) if self.item.kind == "pair" else self._recorded(theirs)

    def _recorded(self, theirs: Run) -> Run:
        """Run an op of a library's, forward and backward."""
        try:
            ours = run(self.item.library, self.item.function, self.inputs, dz=self.dz)
        except Exception as error:
            raise raised(self.item.name, error, self.item) from error
        if len(ours.values) != len(theirs.values):
            raise Blame(
                f"{self.item.name} returns {len(ours.values)} outputs, and the formula {len(theirs.values)}"
            )
        for i, (mine, right) in enumerate(zip(ours.values, theirs.values, strict=True)):
            ours.values[i] = self._typed(mine, right, "the output")
        for i, (name, mine, right) in enumerate(
            zip(self.names, ours.gradients, theirs.gradients, strict=True)
        ):
            if mine is None and right is not None:
                raise Blame(f"{self.item.name} gives no gradient for {name}")
            if mine is not None:
                ours.gradients[i] = (
                    None if right is None else self._typed(mine, right, f"the gradient of {name}")
                )
        for line in ours.trouble:
            if "changes" in line:
                raise Blame(
                    f"{self.item.name} changes its input {line.format(*self.names).split()[-1]}: work on a copy"
                )
        return ours

    def _by_hand(self, theirs: Run) -> Run:
        """Call a pair of NumPy functions."""
        item = self.item
        if len(theirs.values) != 1:
            raise Unclear(f"the formula of {item.name} returns {len(theirs.values)} values: a pair has one")
        z = self._called(item.name, item.function, self.inputs, self.names)
        ours = Run([self._array(z, theirs.values[0], item.name, "the output")], arrived=theirs.arrived)
        ours.gradients = [None] * len(self.inputs)
        if not theirs.arrived:
            return ours
        name = f"{item.name}_backward"
        answer = self._called(name, item.backward, [theirs.arrived[0], *self.inputs], ["dz", *self.names])
        for i, dx in self._parted(name, answer).items():
            if theirs.gradients[i] is not None:
                ours.gradients[i] = self._array(
                    dx, theirs.gradients[i], name, f"the gradient of {self.names[i]}"
                )
        return ours

    def _called(self, name: str, function: Any, inputs: Sequence[Any], names: Sequence[str]) -> Any:
        """Call a student's function with copies, and see whether it leaves them as they were."""
        copies = [np.array(x) if isinstance(x, np.ndarray) else x for x in inputs]
        try:
            with np.errstate(all="ignore"):
                answer = function(*copies)
        except Exception as error:
            raise raised(name, error, self.item) from error
        if is_hole(answer):
            raise Open
        for each, x, copy in zip(names, inputs, copies, strict=True):
            if isinstance(x, np.ndarray) and x.tobytes() != copy.tobytes():
                raise Blame(f"{name} changes its input {each}: work on a copy, {each}.copy()")
        return answer

    def _parted(self, name: str, answer: Any) -> dict[int, Any]:
        """Return the gradients that f_backward returned, by the place of their input."""
        wanted = [i for i, x in enumerate(self.inputs) if np.asarray(x).dtype.kind == "f"]
        if answer is None:
            raise Blame(f"{name} returns None: its return is missing")
        if isinstance(answer, list):
            raise Blame(f"{name} returns a list: return an array, or a tuple of arrays for several inputs")
        parts = answer if isinstance(answer, tuple) else (answer,)
        if len(parts) == len(self.inputs):
            return {i: parts[i] for i in wanted}
        if len(parts) == len(wanted):
            return dict(zip(wanted, parts, strict=True))
        count = f"{len(parts)} gradient{'s' * (len(parts) != 1)}"
        inputs = f"{len(wanted)} input{'s' * (len(wanted) != 1)}"
        raise Blame(f"{name} returns {count}, and {self.item.name} has {inputs}: {', '.join(self.names)}")

    def _array(self, value: Any, right: Any, name: str, what: str) -> Any:
        """Return what a student's function gave as an array. Raises Blame if it is none."""
        if is_hole(value):
            raise Open
        if value is None:
            raise Blame(f"{name} returns None for {what}")
        if isinstance(value, (list, tuple)):
            raise Blame(f"{name} returns a {type(value).__name__} for {what}: return an array")
        if isinstance(value, (int, float)) and not isinstance(value, np.generic):
            if right.shape:
                raise Blame(f"{name} returns one number for {what}: it is an array of shape {right.shape}")
            return np.asarray(value, right.dtype)
        value = value.detach().numpy() if hasattr(value, "detach") else value
        if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind not in "biufc":
            raise Blame(f"{name} returns a {type(value).__name__} for {what}: return an array of numbers")
        return self._typed(np.asarray(value), right, what)

    def _typed(self, value: Any, right: Any, what: str) -> Any:
        """Return an array in the right type; that it had another is said if its numbers are right."""
        if value.dtype == right.dtype:
            return value
        self.notes.append(f"{what} is {value.dtype}, and the right one is {right.dtype}")
        with np.errstate(all="ignore"):
            return (value.real if value.dtype.kind == "c" else value).astype(right.dtype)


ROUNDS = "right up to rounding: it rounds more than the formula, as by another order of its steps"


def raised(name: str, error: BaseException, item: Item) -> Raised:
    """Say in one sentence what a student's function raised, and in which line."""
    if isinstance(error, NotImplementedError) or "ellipsis" in str(error):
        raise Open from error
    if isinstance(error, MemoryError):
        return Raised(f"{name} takes more memory than there is for it")
    return Raised(f"{name} raises {told(error, item)}")


def told(error: BaseException, item: Item | None = None) -> str:
    """Return an error's type and first line, and the line of the student's file where it was raised."""
    said = next(iter(str(error).strip().splitlines()), "")
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if item is None:
        return text
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == item.file
    ]
    return f"{text} (line {lines[-1]})" if lines else text


def _held(item: Item, module: ModuleType, given_formula: str | None, seconds: float) -> Verdict:
    """Search for inputs where the item is wrong, and shrink them."""
    end = time.monotonic() + SEARCH * seconds
    torch = reference_or_none()
    library = torch or minigrad
    program = formula(item, module, given_formula, library)
    trial = lambda inputs: Held(item, program, library, inputs)
    strategy, left_out = asked(item, module), []
    if strategy is None:
        shapes, left_out = _accepted(item, program, library, trial)
        strategy = drawn(item, shapes)
    failing: list[tuple[Held, Failure | Blame]] = []
    used: list[tuple[float, str]] = []
    notes: list[str] = []
    compared = 0

    class Found(Exception):
        """A counter-example."""

    @SETTINGS
    @given(strategy)
    def search(inputs: Any) -> None:
        nonlocal compared
        if time.monotonic() > end:
            return
        held = trial(inputs)
        try:
            wrong: Any = held.failure()
        except NoTier:
            return
        except Blame as blame:
            wrong = blame
        compared += 1
        if wrong is None:
            used.extend(held.used)
            notes.extend(held.notes)
        elif not failing or _same_kind(wrong, failing[-1][1]):
            failing.append((held, wrong))
            raise Found

    try:
        search()
    except (Open, Unclear):
        raise
    except Exception as stopped:  # Found, or what Hypothesis makes of it when the time is over
        if not failing:
            raise Unclear(f"the inputs of {item.name} cannot be drawn: {told(stopped)}") from stopped
    if failing:
        return _wrong(failing)
    if notes:
        return Verdict("wrong", notes[0])
    if not compared:
        raise Unclear(f"{item.name} could not be compared: no bound of rounding is known for these inputs")
    ratio, text = max(used, default=(0.0, ""))
    note = (
        f"not compared, for {item.name} does not take it: {'; '.join(map(spelled, left_out))}"
        if left_out
        else ""
    )
    return (
        Verdict("rounding", text, note)
        if ratio
        else Verdict("right", "right: every number is the formula's", note)
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
        why = named(first._scene(other))
    part = failure.part
    shape, right = part.ours.shape, part.theirs[-1].shape
    how = f"its shape is {shape}, and the right one {right}" if shape != right else ""
    sentence = (
        f"{part.name}: {'; '.join(filter(None, (how, why)))}" if how or why else f"{part.name} is wrong"
    )
    lines = []
    if shape == right:
        truth = np.asarray(part.theirs[-1]) if part.ball is None else part.ball.c
        columns = dict(zip(trial.heads, (part.ours, *part.theirs), strict=True))
        lines.append(explain_difference.table(columns, truth, np.asarray(failure.bad)))
    return Verdict("wrong", sentence, "\n".join([*lines, *trial.example(failure.theirs)]))


# -- a test -------------------------------------------------------------------------------------------------


def _test(item: Item, module: ModuleType) -> Verdict:
    """Run a test function."""
    if item.parameters and not getattr(item.function, "is_hypothesis_test", False):
        names = ", ".join(item.parameters)
        raise Unclear(
            f"{item.name} takes arguments that nobody gives ({names}): decorate it with Hypothesis' @given"
        )
    try:
        item.function()
    except AssertionError as failed:
        said, _, rest = str(failed).strip().partition("\n")
        notes = getattr(failed, "__notes__", [])
        return Verdict(
            "wrong", said or _asserted(failed, module), textwrap.dedent("\n".join([rest, *notes])).strip("\n")
        )
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", []))
        return Verdict("error", str(raised(item.name, error, item)), notes)
    return Verdict("right", "right: it passes")


def _asserted(failed: AssertionError, module: ModuleType) -> str:
    """Return the line of code of an assertion that has no message."""
    frames = [f for f in traceback.extract_tb(failed.__traceback__) if f.filename == module.__file__]
    return f"line {frames[-1].lineno}: {frames[-1].line}" if frames else "an assertion fails"
