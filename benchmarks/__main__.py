"""minigrad against a floor written by hand, PyTorch and others, in paired rounds.   make bench

    python -m benchmarks                  all of it, several minutes: results/cpu.json, and from that cpu.md and plots
    python -m benchmarks --only '^step'   the rows whose titles the pattern finds; printed only, or written to --out
    python -m benchmarks --only X --update   such rows anew, in their places in the JSON that is there
    python -m benchmarks report           the tables and plots anew from the JSON
    python -m benchmarks --smoke          a few seconds: that it runs, no figure worth keeping

Every family runs in a process of its own, from which variables that slow a BLAS are removed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sidebyside.doctor import SLOW
from sidebyside.options import writable_folder

RESULTS = Path(__file__).parent / "results"
HOLDERS = ("minigrad", "floor", "torch")


@contextmanager
def processes(threads: int, smoke: bool) -> Iterator[Callable[..., Any]]:
    """A function that calls another in a process of its own, on so many threads; all in one, if it is but smoke."""
    from benchmarks.worker import limit

    with ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=limit,
        initargs=(threads,),
        max_tasks_per_child=None if smoke else 1,
    ) as pool:
        yield lambda function, *args: pool.submit(function, *args).result()


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """The whole report, family by family."""
    from benchmarks import fresh, roofline, worker
    from benchmarks.paired import SMOKE, Effort
    from benchmarks.workloads import FAMILIES, TUTORIAL, wanted

    effort = SMOKE if args.smoke else Effort(rounds=args.rounds)
    removed = {name: os.environ.pop(name) for name in SLOW if name in os.environ}
    for name, value in removed.items():
        print(f"{name}={value} slows NumPy's BLAS: removed for these measurements", flush=True)
    report: dict[str, Any] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "removed_variables": removed,
    }
    report |= {"effort": asdict(effort), "rows": [], "skipped": [], "failed": [], "memory": [], "sums": []}
    with processes(args.threads, args.smoke) as apart:
        report["environment"] = apart(worker.surroundings)
        if re.search(args.only, "ceilings"):
            report["ceilings"] = apart(roofline.ceilings, 600 if args.smoke else 60000, TUTORIAL)
        for family in FAMILIES:
            if any(wanted(family, args.smoke, args.only)):
                for key, entries in apart(worker.run, family, effort, args.smoke, args.only).items():
                    report[key] += entries
        if re.search(args.only, "import"):
            report["rows"].append(apart(fresh.imports, effort))
        if re.search(args.only, "memory"):
            batch = 64 if args.smoke else 60000
            report["memory"] = [apart(fresh.peak_memory, who, batch) for who in HOLDERS]
        if re.search(args.only, "sums"):
            report["sums"] = apart(fresh.sums, 600 if args.smoke else 60000)
    return report


def updated(earlier: dict[str, Any], anew: dict[str, Any], only: str) -> dict[str, Any]:
    """An earlier report with these rows in the place of those that the pattern finds there; it says so."""
    rows, fresh = _by_title(earlier["rows"]), _by_title(anew["rows"])
    broken = {entry["row"] for entry in anew["failed"]}
    failed = [entry for entry in earlier["failed"] if entry["row"] not in fresh.keys() | broken]
    note = {"only": only, "commit": anew["environment"]["commit"], "started": anew["started"]}
    return {
        **earlier,
        **{key: anew[key] for key in ("ceilings", "memory", "sums") if anew.get(key)},
        "rows": [row for title, row in (rows | fresh).items() if title not in broken],
        "failed": failed + anew["failed"],
        "updates": [*earlier.get("updates", []), note],
    }


def _by_title(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    from benchmarks.workloads import title

    return {title(row["family"], row["name"], row["size"]): row for row in rows}


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", nargs="?", choices=("run", "report"), default="run", help="default: run")
    parser.add_argument(
        "--only", type=pattern, metavar="PATTERN", default="", help="a regular expression for rows' titles"
    )
    parser.add_argument("--rounds", type=int, default=15, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=cores(), help="default: %(default)s, all cores")
    parser.add_argument("--smoke", action="store_true", help="small and short")
    parser.add_argument("--out", type=writable_folder("cpu.json", "cpu.md"), default=str(RESULTS),
                        help="folder of cpu.json; default: %(default)s")  # fmt: skip
    parser.add_argument("--update", action="store_true", help="put them into the cpu.json that is there")
    args = parser.parse_args(argv)
    if not 1 <= args.threads <= cores():
        parser.error(f"--threads {args.threads}: choose from 1 to {cores()}, the cores of this machine")
    if args.rounds < 2:
        parser.error(f"--rounds {args.rounds}: take at least 2, or there is no spread to see")
    if (args.command == "report" or args.update) and not (args.out / "cpu.json").exists():
        parser.error(f"{args.out / 'cpu.json'} is not there: measure first, python -m benchmarks")
    return args


def pattern(text: str) -> str:
    """An argument type: a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None
    return text


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(argv: list[str] | None = None) -> int:
    """Measure, write, print; 1 where a result was not equal, and so not timed."""
    args = parse(argv)
    from benchmarks.report import markdown, write

    there = json.loads((args.out / "cpu.json").read_text()) if args.command == "report" or args.update else {}
    report = there if args.command == "report" else measure(args)
    if args.command == "run" and args.update:
        report = updated(there, report, args.only)
    if args.command == "run" and not args.update and args.out == RESULTS and (args.only or args.smoke):
        print(markdown(report))
    else:
        write(report, args.out)
    return int(bool(report["failed"]))


if __name__ == "__main__":
    sys.exit(main())
