"""What paired rounds tell: a ratio, an interval around it, the noise floor, a verdict. Lists of numbers in and out.

A round times each contestant twice, in an order that reads the same from both ends (A B B A): a machine that grows
slower as the round goes on treats all of them alike. So the rounds of one contestant are pairs of seconds, and a
ratio is formed within a round, never across: what differs from round to round cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Rounds = Sequence[Sequence[float]]
CONFIDENCE = 0.95
DRAWS = 10_000  # bootstrap samples: the interval's ends then move by less than its width's hundredth


def ratios(ours: Rounds, theirs: Rounds) -> list[float]:
    """Of each round, the seconds of the one over those of the other; ValueError where rounds are missing."""
    if len(ours) != len(theirs) or not len(ours):
        raise ValueError(f"rounds must be as many on both sides and at least one: {len(ours)}, {len(theirs)}")
    return [sum(a) / sum(b) for a, b in zip(ours, theirs, strict=True)]


def median(values: Sequence[float]) -> float:
    """The middle one, which a few disturbed rounds do not move."""
    return float(np.median(values))


def seconds(rounds: Rounds) -> float:
    """The median of all samples."""
    return median([sample for each in rounds for sample in each])


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the median by the percentile bootstrap: medians of samples drawn with replacement.

    B. Efron, R. Tibshirani, An Introduction to the Bootstrap, chapter 13.
    """
    drawn = np.random.default_rng(seed).choice(np.asarray(values, float), (DRAWS, len(values)))
    return _middle(np.median(drawn, axis=1))


def noise_floor(control: Sequence[float]) -> tuple[float, float]:
    """Between which ratios nothing is claimed: 95 % of the rounds in which a contestant met itself.

    Made symmetric, s and 1/s around 1, by the side that reaches further.
    """
    low, high = _middle(control)
    reach = max(high, 1 / low, 1.0)
    return 1 / reach, reach


def verdict(ratio: float, ends: tuple[float, float], floor: tuple[float, float]) -> str:
    """faster, slower, or "no difference": inside the noise floor, or an interval that holds 1."""
    if floor[0] <= ratio <= floor[1] or ends[0] <= 1 <= ends[1]:
        return "no difference"
    return "faster" if ratio < 1 else "slower"


def compare(ours: Rounds, theirs: Rounds, control: Rounds | None = None) -> dict[str, Any]:
    """`ours` over `theirs`; `control` are rounds of `ours` once more, timed as if it were another contestant."""
    found = ratios(ours, theirs)
    ends = interval(found)
    floor = (1.0, 1.0) if control is None else noise_floor(ratios(control, ours))
    ratio = median(found)
    return {
        "ratio": ratio,
        "interval": ends,
        "noise_floor": floor,
        "rounds": len(found),
        "verdict": verdict(ratio, ends, floor),
    }


def _middle(values: Any) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.asarray(values, float), (tail, 1 - tail))
    return float(low), float(high)
