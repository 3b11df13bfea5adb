"""What a student's function gives for some inputs, beside its formula, and what is wrong with it by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minigrad
from sidebyside.check.items import Item, is_hole
from sidebyside.check.said import Blame, Open, Unclear, raised, told
from sidebyside.contract import TIERS, NoTier
from sidebyside.contract.balls import Ball, NoBound
from sidebyside.contract.run_both import Failure, Run, Trial, arriving, run
from sidebyside.verdict import UNKNOWN, in_last_places, share

ROUNDS = "right up to rounding: it rounds more than the formula, as by another order of its steps"


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
