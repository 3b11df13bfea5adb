"""minigrad check: are a student's gradients right, right up to rounding, or wrong, and how?

A file is plain Python with NumPy functions f and f_backward, ops of one's own, or test_ functions. It runs in a
process of its own, with a time limit, and each of its items is held against a formula in PyTorch; without PyTorch
in minigrad, whose rules finite differences confirm. Exit status: 0 if all is right, else 1; 2 for bad usage.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sidebyside.check.processes import judged
from sidebyside.check.shown import Printer
from sidebyside.check.solutions import solution_of
from sidebyside.options import UsageError, need, number

DESCRIPTION = """Check gradients that you wrote: f(x) and f_backward(dz, x) in NumPy, an autograd.Function, an op
of @differentiable, or test_ functions. Each is held against its formula in PyTorch, f_torch(torch, x) in the
same file, torch.f, or --formula, on inputs that are drawn."""
SKIPPED = ("solutions", "__pycache__")  # folders in which no hand-ins are


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.description = DESCRIPTION
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="Python files, or folders of them"
    )
    parser.add_argument("--formula", metavar="EXPRESSION", help='what is right, as in "torch.relu(x)"')
    parser.add_argument(
        "--solution", action="store_true", help="show an exercise's solution, and the library's lines"
    )
    parser.add_argument(
        "--lang", choices=("en", "es"), help="language; default: the folder es, or the terminal's"
    )
    parser.add_argument("--seconds", type=number(float, 0.1, "a number of seconds from 0.1", 3600), default=10.0,
                        metavar="S", help="time limit of an item; default: %(default)g")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object for each item, one a line")


def run(args: argparse.Namespace) -> int:
    """The command; its exit status."""
    need("hypothesis", "testing", "minigrad check")
    if args.formula is not None:
        _check_formula(args.formula)
    files = found(args.files)
    printer = Printer(args.lang, files, table=len(files) > 1 or args.files[0].is_dir())
    right = True
    for path, verdicts in _in_order(files, args):
        mine = []
        for each in map(printer.spoken, verdicts):
            mine.append(each)
            if args.json:
                print(json.dumps(each, ensure_ascii=False), flush=True)
            else:
                printer.item(each)
        passed = all(each["verdict"] in ("right", "rounding") for each in mine)
        right = right and passed
        if not args.json:
            printer.file(path, mine, solution_of(path) if passed or args.solution else None, args.solution)
    if not args.json:
        printer.end()
    return 0 if right else 1


def found(paths: Sequence[Path]) -> list[Path]:
    """Return the Python files that are named, and those in the folders that are."""
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*.py") if not _skipped(each.relative_to(path)))
            if not inside:
                raise UsageError(f"{path} has no Python files")
            files |= dict.fromkeys(inside)
        elif not path.exists():
            raise UsageError(f"{path}: there is no such file")
        else:
            files[path] = None
    return list(files)


def _skipped(path: Path) -> bool:
    return any(part in SKIPPED or part.startswith(".") for part in path.parts)


def _check_formula(text: str) -> None:
    try:
        compile(text, "--formula", "eval")
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"--formula {text!r} is no expression of Python: {error}") from None


def _in_order(
    files: Sequence[Path], args: argparse.Namespace
) -> Iterator[tuple[Path, Iterator[dict[str, Any]]]]:
    """Yield each file's verdicts: of one file as they come, of several when they are there, on all processors."""
    if len(files) == 1:
        yield files[0], judged(files[0], args.formula, args.seconds)
        return
    pool = ThreadPoolExecutor(os.cpu_count())
    task = lambda path: pool.submit(lambda: list(judged(path, args.formula, args.seconds)))
    try:
        for path, verdicts in [(path, task(path)) for path in files]:
            yield path, iter(verdicts.result())
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C, too
