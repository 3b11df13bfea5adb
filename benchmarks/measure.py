"""The whole measurement: rows are prepared in the contestants' processes, compared by the judge, and timed in turns."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks import fresh, roofline, worker
from benchmarks.contestants import MODULES
from benchmarks.report import duration
from benchmarks.statistics import seconds
from benchmarks.turns import CONTROL, Effort, take
from benchmarks.workloads import TUTORIAL, find, groups
from sidebyside.doctor import SLOW

HOLDERS = ("minigrad", "floor", "torch")  # whose peak of memory is measured
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


@dataclass
class Measurement:
    """What is measured, and how; `apart` is worker.processes', `report` grows."""

    apart: Callable[..., Any]
    effort: Effort
    smoke: bool
    report: Report

    def group(self, titles: Sequence[str], who: Sequence[str]) -> None:
        """Rows that share a turn. Where one of them breaks, those that were measured before are not lost."""
        try:
            self.rows(titles, who)
        except Exception as error:  # whatever it is, with its traceback
            traceback.print_exc()
            for title in titles:
                self.failed(title, f"{type(error).__name__}: {error}")

    def rows(self, titles: Sequence[str], who: Sequence[str]) -> None:
        """Their programs are made, results compared, and what is equal is timed."""
        who = [name for name in who if self.takes_part(name, titles)]
        if len(who) < 2:
            return
        checks = {title: said for title in titles if (said := self.checked(title, who))}
        if not checks:
            return
        self.apart(CONTROL, worker.prepare, who[0], titles, self.smoke)
        everyone = {
            name: lambda name=name: self.apart(name, worker.turn, list(checks), self.effort.seconds)
            for name in (*who, CONTROL)
        }
        for (title, said), rounds in zip(checks.items(), take(everyone, self.effort), strict=True):
            found = find(title, self.smoke)
            row = {"family": found.family, "name": found.name, "size": found.size, "check": said}
            self.report["rows"].append({**row, "rounds": rounds})
            times = (f"{name} {duration(seconds(rounds[name]))}" for name in who)
            print(f"{title}: {', '.join(times)}", flush=True)

    def takes_part(self, name: str, titles: Sequence[str]) -> bool:
        """Prepares a contestant. An optional one that is missing or fails is skipped from then on, which is said."""
        if name in (entry["who"] for entry in self.report["skipped"]):
            return False
        try:
            if name in MODULES and importlib.util.find_spec(MODULES[name]) is None:
                raise ModuleNotFoundError("not installed: pip install -e '.[bench]'")
            self.apart(name, worker.prepare, name, titles, self.smoke)
        except Exception as error:  # whatever a library throws, on a machine without a compiler, say
            if name not in MODULES:
                raise
            first_line, *_ = str(error).strip().split("\n")
            why = f"{type(error).__name__}: {first_line}"
            self.report["skipped"].append({"who": name, "why": why})
            print(f"SKIPPED {name}: {why}", file=sys.stderr, flush=True)
            return False
        return True

    def checked(self, title: str, who: Sequence[str]) -> str | None:
        """What was found equal. What is not equal is not timed, which is said."""
        try:
            return str(self.apart(worker.JUDGE, worker.check, title, self.smoke, who))
        except AssertionError as error:
            self.failed(title, str(error))
            return None

    def failed(self, title: str, why: str) -> None:
        """Note a row that was not timed."""
        self.report["failed"].append({"row": title, "why": why})
        print(f"FAILED {title}: {why}", file=sys.stderr, flush=True)


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
        measurement = Measurement(apart, effort, smoke, report)
        for titles, who in groups(smoke, only):
            measurement.group(titles, who)
        if re.search(only, "import"):
            report["rows"].append(fresh.imports(effort))
        if re.search(only, "memory"):
            report["memory"] = [apart(f"memory of {who}", fresh.peak_memory, who, batch) for who in HOLDERS]
        if re.search(only, "sums"):
            report["sums"] = apart(worker.JUDGE, fresh.sums, batch)
    report["minutes"] = round((time.monotonic() - began) / 60, 1)
    return report
