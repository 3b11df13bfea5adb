"""Random programs in both libraries, thousands of them.   python -m benchmarks.nightly [--programs 20000]

Half are exact programs on the libraries' own kernels, a tenth of those with second derivatives, half any floats on
exchanged kernels (sidebyside/programs/). Writes what was drawn and found to benchmarks/results/nightly.json, prints
every failure, and exits with 1 if there was one. `HYPOTHESIS_PROFILE=nightly pytest tests/test_programs.py` draws
thousands, too, and shrinks what fails.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from hypothesis import HealthCheck, Phase, given, seed, settings

from sidebyside import environment
from sidebyside.options import number, writable_file, write_text
from sidebyside.programs.drawn import Program, differences, observe_both, programs

RESULTS = Path(__file__).parent / "results" / "nightly.json"
# Its share of the programs, and what programs() takes.
FAMILIES: dict[str, tuple[float, dict[str, Any]]] = {
    "exact": (0.45, {}),
    "exact, second derivatives": (0.05, {"second": True, "steps": 5}),
    "any floats, exchanged kernels": (0.5, {"exact": False}),
}


def operations(program: Program) -> list[str]:
    """Functions, methods and operators by name, as often as they are written."""
    nodes = [node for statement in program.statements for node in ast.walk(ast.parse(statement))]
    named = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    operators = [type(node.op).__name__ for node in nodes if isinstance(node, ast.BinOp | ast.AugAssign)]
    return named + operators + ["index"] * sum(isinstance(node, ast.Subscript) for node in nodes)


def measure(options: dict[str, Any], number: int, start: int) -> dict[str, Any]:
    """So many programs of a family: what was drawn, what was compared, what differed."""
    counts: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    failures: list[dict[str, Any]] = []

    @seed(start)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs(**options))
    def run(program: Program) -> None:
        ours, theirs = observe_both(program, program.tier)
        drawn.update(operations(program))
        found = differences(ours, theirs)
        counts.update(
            programs=1,
            statements=len(program.statements),
            tensors_compared=sum(name != "error" for name in theirs),
            gradients_compared=sum(name != "error" and theirs[name]["grad"] is not None for name in theirs),
            that_raise=theirs["error"] is not None,
            listed_differences_met=not found and bool(differences(ours, theirs, strict=True)),
            failures=bool(found),
        )
        if found:
            failures.append({"program": repr(program), "differences": found})

    started = time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    failures.sort(key=lambda failure: len(failure["program"]))
    return {
        **counts,
        "seconds": round(seconds, 1),
        "drawn": dict(drawn.most_common()),
        "shortest_failures": failures[:20],
    }


def main() -> int:
    """Measure each family, write, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nightly", description=__doc__)
    many = number(int, 20, "a whole number from 20, for a twentieth has second derivatives")
    parser.add_argument("--programs", type=many, default=20000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--out", type=writable_file, default=str(RESULTS), help="default: %(default)s")
    args = parser.parse_args()
    torch.set_num_threads(1)
    families = {}
    for name, (share, options) in FAMILIES.items():
        found = families[name] = measure(options, round(share * args.programs), args.seed)
        print(f"{name}: {found['programs']} programs, {found['statements']} statements, "
              f"{found['failures']} failures, {found['seconds']} s")  # fmt: skip
        for failure in found["shortest_failures"]:
            print("", failure["program"], *failure["differences"], sep="\n")
    report = {
        "environment": environment.describe(),
        "seed": args.seed,
        "programs": sum(found["programs"] for found in families.values()),
        "failures": sum(found["failures"] for found in families.values()),
        "families": families,
    }
    write_text(args.out, json.dumps(report, indent=1) + "\n")
    return int(report["failures"] > 0)


if __name__ == "__main__":
    sys.exit(main())
