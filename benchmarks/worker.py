"""One family of workloads, checked and timed: what runs in a process of its own.

The parent (__main__.py) has cleared the environment of variables that slow a BLAS before this process began.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
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
        for workload in wanted(family, smoke, only):
            _row(workload, effort, report)
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


def _row(workload: Any, effort: Effort, report: Report) -> None:
    """Check, time, and say so."""
    from benchmarks.workloads import title

    who = list(_present(workload, report))
    if len(who) < 2:
        return
    try:
        check = workload.check(who)
    except AssertionError as error:
        report["failed"].append({"row": title(workload), "why": str(error)})
        print(f"FAILED {title(workload)}: {error}", file=sys.stderr, flush=True)
        return
    effort = effort if workload.spins else replace(effort, pause=0.0)
    samples = measure({name: workload.make(name) for name in who}, effort)
    row = {"family": workload.family, "name": workload.name, "size": workload.size, "check": check}
    report["rows"].append({**row, **samples.as_dict()})
    times = ", ".join(f"{name} {_shown(samples.rounds[name])}" for name in who)
    print(f"{title(workload)}: {times}", flush=True)


def _present(workload: Any, report: Report) -> Iterator[str]:
    """Those that are installed and take one step; the others are skipped aloud."""
    from benchmarks.contestants import MODULES

    for name in workload.who:
        why = None
        if name in MODULES and importlib.util.find_spec(MODULES[name]) is None:
            why = "not installed: pip install -e '.[bench]'"
        elif name in MODULES:
            try:
                workload.make(name)()
            except Exception as error:  # of a compiler, say, that is not there
                why = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        if why is None:
            yield name
            continue
        skipped = {"who": name, "why": why}
        if skipped not in report["skipped"]:
            report["skipped"].append(skipped)
            print(f"SKIPPED {name}: {why}", file=sys.stderr, flush=True)


def _shown(rounds: list[list[float]]) -> str:
    from benchmarks.report import duration
    from benchmarks.statistics import seconds

    return duration(seconds(rounds))
