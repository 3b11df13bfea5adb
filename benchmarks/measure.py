"""The whole measurement: rows are prepared in the contestants' processes, compared by the judge, and timed in turns."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from benchmarks import fresh, roofline, statistics, turns, worker
from benchmarks.contestants import MODULES
from benchmarks.report import duration
from benchmarks.turns import Effort
from benchmarks.workloads import TUTORIAL, find, groups
from sidebyside.doctor import SLOW

HOLDERS = ("minigrad", "floor", "torch")  # whose peak of memory is measured
Apart = Callable[..., Any]
Report = dict[str, Any]


@contextmanager
def conditions(threads: int) -> Iterator[dict[str, str]]:
    """Processes started in here inherit so many cores, and none of the variables that slow a BLAS."""
    removed = {name: os.environ.pop(name) for name in SLOW if name in os.environ}
    mine = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if mine is not None:
        os.sched_setaffinity(0, sorted(mine)[:threads])
    try:
        yield removed
    finally:
        os.environ.update(removed)
        if mine is not None:
            os.sched_setaffinity(0, mine)


def measure(smoke: bool, only: str, threads: int, effort: Effort) -> Report:
    """The whole report, family by family."""
    began = time.monotonic()
    report: Report = {"started": datetime.now(UTC).isoformat(timespec="seconds"), "effort": asdict(effort)}
    report |= {"rows": [], "skipped": [], "failed": [], "memory": [], "sums": []}
    batch = 600 if smoke else 60000
    with conditions(threads) as removed, worker.processes() as apart:
        for name, value in removed.items():
            print(f"{name}={value} slows NumPy's BLAS: removed for these measurements", flush=True)
        report["removed_variables"] = removed
        report["environment"] = apart(worker.JUDGE, worker.surroundings)
        if re.search(only, "ceilings"):
            report["ceilings"] = apart("floor", roofline.ceilings, batch, TUTORIAL)
        for titles, who in groups(smoke, only):
            time_rows(titles, who, apart, effort, smoke, report)
        if re.search(only, "import"):
            report["rows"].append(fresh.imports(effort))
        if re.search(only, "memory"):
            report["memory"] = [apart(f"memory of {who}", fresh.peak_memory, who, batch) for who in HOLDERS]
        if re.search(only, "sums"):
            report["sums"] = apart(worker.JUDGE, fresh.sums, batch)
    report["minutes"] = round((time.monotonic() - began) / 60, 1)
    return report


def time_rows(
    titles: Sequence[str], who: Sequence[str], apart: Apart, effort: Effort, smoke: bool, report: Report
) -> None:
    """Rows that share a turn: their programs are made, their results compared, those that are equal timed."""
    who = [name for name in who if takes_part(name, titles, apart, smoke, report)]
    if len(who) < 2:
        return
    checks = {title: said for title in titles if (said := checked(title, who, apart, smoke, report))}
    if not checks:
        return
    apart(turns.CONTROL, worker.prepare, who[0], titles, smoke)
    take = {
        name: lambda name=name: apart(name, worker.turn, list(checks), effort.seconds)
        for name in (*who, turns.CONTROL)
    }
    for (title, said), rounds in zip(checks.items(), turns.take(take, effort), strict=True):
        found = find(title, smoke)
        row = {"family": found.family, "name": found.name, "size": found.size, "check": said}
        report["rows"].append({**row, "rounds": rounds})
        print(f"{title}: {', '.join(f'{name} {shown(rounds[name])}' for name in who)}", flush=True)


def takes_part(name: str, titles: Sequence[str], apart: Apart, smoke: bool, report: Report) -> bool:
    """Prepares a contestant. One that need not be there, and is not, or fails, is skipped and this is said once."""
    if name in (entry["who"] for entry in report["skipped"]):
        return False
    try:
        if name in MODULES and importlib.util.find_spec(MODULES[name]) is None:
            raise ModuleNotFoundError("not installed: pip install -e '.[bench]'")
        apart(name, worker.prepare, name, titles, smoke)
    except Exception as error:  # whatever a library throws, on a machine without a compiler, say
        if name not in MODULES:
            raise
        why, *_ = str(error).strip().split("\n")
        report["skipped"].append({"who": name, "why": f"{type(error).__name__}: {why}"})
        print(f"SKIPPED {name}: {type(error).__name__}: {why}", file=sys.stderr, flush=True)
        return False
    return True


def checked(title: str, who: Sequence[str], apart: Apart, smoke: bool, report: Report) -> str | None:
    """What was found equal. What is not equal is not timed, and this is said."""
    try:
        return str(apart(worker.JUDGE, worker.check, title, smoke, who))
    except AssertionError as error:
        report["failed"].append({"row": title, "why": str(error)})
        print(f"FAILED {title}: {error}", file=sys.stderr, flush=True)
        return None


def shown(rounds: list[list[float]]) -> str:
    """A contestant's median."""
    return duration(statistics.seconds(rounds))
