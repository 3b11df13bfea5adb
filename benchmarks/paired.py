"""Timing in rounds: every contestant twice a round, in an order that reads the same from both ends.

Libraries that time one thing after the other (timeit, torch.utils.benchmark, pytest-benchmark, pyperf) let the
machine's mood of the minute into the ratio; none of them interleaves two implementations.
"""

from __future__ import annotations

import gc
import math
import time
import timeit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

CONTROL = "control"  # the first contestant once more: what it makes of itself is the noise floor

Call = Callable[[], Any]


@dataclass(frozen=True)
class Effort:
    """How long to look. A sample is as many calls as take `seconds`; before each, one call that is not timed."""

    rounds: int = 15
    seconds: float = 0.01
    warm: float = 0.2
    pause: float = 0.03  # before each sample, where threads of the last one may still spin


SMOKE = Effort(rounds=2, seconds=0.0, warm=0.0, pause=0.0)


@dataclass(frozen=True)
class Samples:
    """Seconds per call: for each contestant, of each round, both samples; and how many calls made a sample."""

    calls: dict[str, int]
    rounds: dict[str, list[list[float]]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON, to a hundredth of a percent, which is less than a clock can tell."""
        short = lambda pair: [float(f"{sample:.5g}") for sample in pair]
        rounds = {name: [short(pair) for pair in pairs] for name, pairs in self.rounds.items()}
        return {"calls": self.calls, "rounds": rounds}


def measure(contestants: Mapping[str, Call], effort: Effort) -> Samples:
    """All contestants and the control, warmed up, then timed round by round."""
    calls = {name: _warmed(call, effort) for name, call in contestants.items()}
    first = next(iter(contestants))
    everyone, calls = {**contestants, CONTROL: contestants[first]}, {**calls, CONTROL: calls[first]}
    rounds: dict[str, list[list[float]]] = {name: [] for name in everyone}
    gc.collect()
    gc.freeze()  # what was there before need not be looked through in every round
    try:
        for number in range(effort.rounds):
            gc.collect()
            found: dict[str, list[float]] = {name: [] for name in everyone}
            for name in order(list(everyone), number):
                found[name].append(_sample(everyone[name], calls[name], effort))
            for name, pair in found.items():
                rounds[name].append(pair)
    finally:
        gc.unfreeze()
    return Samples(calls, rounds)


def order(names: list[str], number: int) -> list[str]:
    """A B C C B A, in the next round B C A A C B, and so on: nobody is always first, or always in the middle."""
    start = number % len(names)
    turned = names[start:] + names[:start]
    return turned + turned[::-1]


def _warmed(call: Call, effort: Effort) -> int:
    """Call for a while; how many calls a sample needs."""
    call()
    started, count = time.perf_counter(), 0
    while not count or time.perf_counter() - started < effort.warm:
        call()
        count += 1
    each = (time.perf_counter() - started) / count
    return max(1, math.ceil(effort.seconds / each))


def _sample(call: Call, calls: int, effort: Effort) -> float:
    """Seconds per call, the garbage collector off; a call that returns what it timed itself is taken at its word."""
    time.sleep(effort.pause)
    if isinstance(call, OwnClock):
        return call.seconds()
    call()
    return timeit.Timer(call).timeit(calls) / calls


@dataclass(frozen=True)
class OwnClock:
    """A contestant that knows its seconds, as a process of its own that times an import."""

    seconds: Callable[[], float]

    def __call__(self) -> float:
        """Once."""
        return self.seconds()
