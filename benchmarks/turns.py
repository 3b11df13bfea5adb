"""Timing in turns: one contestant runs a hot loop, the others wait; in a round everyone has two turns, A B C C B A.

A turn is long enough for threads to be awake, as they are when someone trains. Before each, a pause lets the threads
of the turn before fall asleep: OpenBLAS's spin for some 25 ms after a product.

timeit, torch.utils.benchmark, pytest-benchmark and pyperf time one program after the other, so that a machine which
slows down in between moves their ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

CONTROL = "control"  # the first contestant once more: what it makes of itself is the noise

Call = Callable[[], Any]
Turn = Callable[[], list[float]]
Rounds = dict[str, list[list[float]]]


@dataclass(frozen=True)
class Effort:
    """How many rounds, how long a turn, and how long the pause before it."""

    rounds: int = 5
    seconds: float = 0.4
    pause: float = 0.05


SMOKE = Effort(rounds=2, seconds=0.0, pause=0.0)


def take(turns: Mapping[str, Turn], effort: Effort) -> list[Rounds]:
    """Seconds per call: for each program of a turn, by contestant, both samples of every round.

    `turns` holds a function for each contestant that takes one turn and returns the seconds of each program.
    """
    rounds: dict[str, list[list[list[float]]]] = {name: [] for name in turns}
    for number in range(effort.rounds):
        found: dict[str, list[list[float]]] = {name: [] for name in turns}
        for name in order(list(turns), number):
            time.sleep(effort.pause)
            found[name].append(turns[name]())
        for name, pair in found.items():
            rounds[name].append(pair)
    programs = len(next(iter(rounds.values()))[0][0])
    return [
        {name: [[turn[i] for turn in pair] for pair in pairs] for name, pairs in rounds.items()}
        for i in range(programs)
    ]


def order(names: list[str], number: int) -> list[str]:
    """A B C C B A, in the next round B C A A C B, and so on: nobody is always first, or always in the middle."""
    start = number % len(names)
    turned = names[start:] + names[:start]
    return turned + turned[::-1]


def hot(call: Call, seconds: float) -> float:
    """Seconds per call in a loop of about that length, after a tenth of it that is not timed.

    The garbage collector stays on, as it is for a user; timeit switches it off.
    """
    began, count = time.perf_counter(), 0
    while not count or time.perf_counter() - began < seconds / 10:
        call()
        count += 1
    calls = max(1, round(seconds * count / (time.perf_counter() - began)))
    began = time.perf_counter()
    for _ in repeat(None, calls):
        call()
    return (time.perf_counter() - began) / calls
