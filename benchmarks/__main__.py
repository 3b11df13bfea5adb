"""minigrad against a floor written by hand, PyTorch and others, each in a process of its own.   make bench

    python -m benchmarks                  all of it, about 20 minutes: results/cpu.json, from that tables, plots, texts
    python -m benchmarks --only '^step'   the rows whose titles the pattern finds; printed only, or written to --out
    python -m benchmarks --only X --update   such rows anew, in their places in the JSON that is there
    python -m benchmarks report           tables, plots, and the figures in the documents anew from the JSON
    python -m benchmarks --smoke          a few seconds: that it runs, no figure worth keeping

The processes have a user's environment, without variables that slow a BLAS. turns.py says how they are timed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from sidebyside import environment
from sidebyside.options import writable_folder

RESULTS = Path(__file__).parent / "results"


def updated(earlier: dict[str, Any], anew: dict[str, Any], only: str) -> dict[str, Any]:
    """An earlier report with these rows in the place of those that the pattern finds there; it says so."""
    rows, fresh = _by_title(earlier["rows"]), _by_title(anew["rows"])
    broken = {entry["row"] for entry in anew["failed"]}
    failed = [entry for entry in earlier["failed"] if entry["row"] not in fresh.keys() | broken]
    note = {"only": only, "commit": anew["environment"]["commit"]}
    note |= {key: anew[key] for key in ("started", "minutes")}
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
    """The command line; `there` is the report that is in the folder, where it is needed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", nargs="?", choices=("run", "report"), default="run", help="default: run")
    parser.add_argument(
        "--only", type=pattern, metavar="PATTERN", default="", help="a regular expression for rows' titles"
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=cores(), help="default: %(default)s, all cores")
    parser.add_argument("--smoke", action="store_true", help="small and short")
    parser.add_argument("--out", type=writable_folder("cpu.json", "cpu.md"), default=str(RESULTS),
                        help="folder of cpu.json; default: %(default)s")  # fmt: skip
    parser.add_argument("--update", action="store_true", help="put them into the cpu.json that is there")
    args = parser.parse_args(argv)
    if not 1 <= args.threads <= cores():
        parser.error(f"--threads {args.threads}: choose from 1 to {cores()}, the cores of this machine")
    if args.threads < cores() and not hasattr(os, "sched_setaffinity"):
        parser.error(f"--threads {args.threads}: this system takes no cores away from a process")
    if args.rounds < 2:
        parser.error(f"--rounds {args.rounds}: take at least 2, or there is no spread to see")
    if args.command == "report" or args.update:
        path = args.out / "cpu.json"
        if not path.exists():
            parser.error(f"{path} is not there: measure first, python -m benchmarks")
        args.there = json.loads(path.read_text())
        differs = args.update and mismatch(args, args.there)
        if differs:
            parser.error(f"--update: the rows in {path} have {differs}: measure all of them")
    return args


def mismatch(args: argparse.Namespace, there: dict[str, Any]) -> str:
    """What new rows would not have in common with those that are there, or nothing."""
    processor, rounds = there["environment"]["processor"], there["effort"]["rounds"]
    if processor != environment.processor():
        return f"another processor, {processor}"
    return "" if args.smoke or rounds == args.rounds else f"{rounds} rounds, not {args.rounds}"


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
    from benchmarks import texts
    from benchmarks.measure import measure
    from benchmarks.report import markdown, write
    from benchmarks.turns import SMOKE, Effort

    if args.command == "report":
        report = args.there
    else:
        effort = SMOKE if args.smoke else Effort(rounds=args.rounds)
        report = measure(args.smoke, args.only, args.threads, effort)
        report = updated(args.there, report, args.only) if args.update else report
    if args.command == "run" and not args.update and args.out == RESULTS and (args.only or args.smoke):
        print(markdown(report))
    else:
        write(report, args.out)
        if args.out == RESULTS:
            texts.write(report)
    return int(bool(report["failed"]))


if __name__ == "__main__":
    sys.exit(main())
