"""One family of workloads, checked and timed: what runs in a process of its own.

The parent (__main__.py) has cleared the environment of variables that slow a BLAS before this process began.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from dataclasses import replace
from typing import Any

from benchmarks.paired import Effort, measure

Report = dict[str, Any]


def run(family: str, effort: Effort, smoke: bool, only: str) -> Report:
    """Rows, and who was skipped or failed and why; `only` is a pattern for the rows' titles."""
    from benchmarks.workloads import wanted

    report: Report = {"rows": [], "skipped": [], "failed": []}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.compile's of a machine without a GPU
        trouble: dict[str, str | None] = {}
        for workload in wanted(family, smoke, only):
            _row(workload, effort, report, trouble)
    return report


def surroundings() -> dict[str, Any]:
    """The environment block, as a process that measures sees it."""
    from sidebyside import environment

    return {**environment.describe(), **environment.conditions()}


def limit(threads: int) -> None:
    """So many threads for every library; fewer than there are cores by taking cores away, which all obey."""
    import torch
    from threadpoolctl import threadpool_limits

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    torch.set_num_threads(threads)
    threadpool_limits(threads)


def _row(workload: Any, effort: Effort, report: Report, trouble: dict[str, str | None]) -> None:
    """Check, time, and say so."""
    from benchmarks.workloads import title

    named = title(workload.family, workload.name, workload.size)
    who = [name for name in workload.who if _takes_part(name, workload, report, trouble)]
    if len(who) < 2:
        return
    try:
        check = workload.check(who)
    except AssertionError as error:
        report["failed"].append({"row": named, "why": str(error)})
        print(f"FAILED {named}: {error}", file=sys.stderr, flush=True)
        return
    effort = effort if workload.spins else replace(effort, pause=0.0)
    samples = measure({name: workload.make(name) for name in who}, effort)
    row = {"family": workload.family, "name": workload.name, "size": workload.size, "check": check}
    report["rows"].append({**row, **samples.as_dict()})
    times = ", ".join(f"{name} {_shown(samples.rounds[name])}" for name in who)
    print(f"{named}: {times}", flush=True)


def _takes_part(name: str, workload: Any, report: Report, trouble: dict[str, str | None]) -> bool:
    """Whether a contestant can be timed here, tried once; who cannot is skipped aloud."""
    if name not in trouble:
        trouble[name] = _trouble(name, workload)
        if trouble[name] is not None:
            report["skipped"].append({"who": name, "why": trouble[name]})
            print(f"SKIPPED {name}: {trouble[name]}", file=sys.stderr, flush=True)
    return trouble[name] is None


def _trouble(name: str, workload: Any) -> str | None:
    """Why a contestant that need not be there is not, or fails on a machine without a compiler, say."""
    from benchmarks.contestants import MODULES

    if name not in MODULES:
        return None
    if importlib.util.find_spec(MODULES[name]) is None:
        return "not installed: pip install -e '.[bench]'"
    try:
        workload.make(name)()
    except Exception as error:  # whatever a library throws
        first_line, *_ = str(error).strip().split("\n")
        return f"{type(error).__name__}: {first_line}"
    return None


def _shown(rounds: list[list[float]]) -> str:
    from benchmarks.report import duration
    from benchmarks.statistics import seconds

    return duration(seconds(rounds))
