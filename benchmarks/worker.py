"""What runs in a process of its own: a contestant's programs, or the judge who compares results before the timing."""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.turns import Call, hot

JUDGE = "judge"
_programs: dict[str, Call] = {}  # by the row's title: those that this process times


@contextmanager
def processes() -> Iterator[Callable[..., Any]]:
    """A function `apart(name, function, *args)` that calls the function in the process of that name.

    A process starts with the first call, stays, and sleeps on its pipe between calls. If it dies, that call raises
    BrokenProcessPool.
    """
    pools: dict[str, ProcessPoolExecutor] = {}
    with ExitStack() as stack:

        def apart(name: str, function: Callable[..., Any], *args: Any) -> Any:
            if name not in pools:
                pool = ProcessPoolExecutor(
                    max_workers=1,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=warnings.simplefilter,  # torch.compile warns on a machine without a GPU
                    initargs=("ignore",),
                )
                pools[name] = stack.enter_context(pool)
            try:
                return pools[name].submit(function, *args).result()
            except BrokenProcessPool:
                del pools[name]  # it died, of a lack of memory for instance: the next call starts another
                raise

        yield apart


def prepare(who: str, titles: Sequence[str], smoke: bool) -> None:
    """Makes these rows' programs for a contestant, in the place of earlier ones, and calls each once."""
    from benchmarks.workloads import find

    _programs.clear()
    for title in titles:
        _programs[title] = find(title, smoke).make(who)
        _programs[title]()


def turn(titles: Sequence[str], seconds: float) -> list[float]:
    """Seconds per call of each program; the turn's time is shared among them."""
    return [hot(_programs[title], seconds / len(titles)) for title in titles]


def check(title: str, smoke: bool, who: Sequence[str]) -> str:
    """Says what was found equal, or raises AssertionError."""
    from benchmarks.workloads import find

    return find(title, smoke).check(who)


def surroundings() -> dict[str, Any]:
    """The environment block, of a process that has loaded both libraries."""
    import torch  # noqa: F401

    from sidebyside import environment

    return {**environment.describe(), **environment.conditions()}
