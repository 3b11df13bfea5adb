"""A tutorial's statements, played by PyTorch and by minigrad in torch's place.

Each engine has a process and a copy of the tutorial's folder of its own, as in `minigrad notebook`; they take turns,
statement by statement. What a statement prints is compared, and the value of every expression that stands alone, in
scripts too. What is sent to CUDA stays on the CPU. A file ends where one engine fails and the other does not, or fails
otherwise; a script also where both fail alike, while a notebook goes on, as its reader does. What fails never counts as
the same.

Long loops are cut short: a for-loop ends before the next round once it has taken PyTorch a second, and minigrad
then runs as many rounds of it. So both have the same data and the same epochs, if not the tutorial's number. A loop
over a list that is written out runs to its end.
The numbers in SIZES are sizes of data, and divided by 100 but where SPLIT is; all else is the tutorial's own.

Two texts are the same if their words are, and their numbers but for what rounding may change: each differs by one in
the last printed digit, or by at most a thousandth of the largest number in its line. No difference are the library's
own name in a class's and what a clock says.

Where a text is other, the file is played once more with PyTorch computing by minigrad's kernels (exchange/): what is
then the same differed by rounding alone, though it be words, as `exact: False`, or a name that a network made up.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from textwrap import shorten
from typing import Any

from benchmarks.tutorials import sources
from sidebyside.notebook import NAMES, NUMBER, Cell, Compared, Engine, first_sentence, last_digits
from sidebyside.report import SHOWN

# Only texts are compared, so no fingerprints of values are taken.
PRELUDE = """
import benchmarks.tutorials.inside
benchmarks.tutorials.inside.prepare({script!r}, {root!r}, {data!r})
_rounds = benchmarks.tutorials.inside.Rounds({loop!r})
get_ipython().cells.changed = dict
del benchmarks
"""
EXCHANGE = """
import sidebyside.exchange
sidebyside.exchange.minigrad_kernels().__enter__()
del sidebyside
"""
NEAR = Decimal("0.001")
# Sizes of data, MNIST's and CIFAR10's: their hundredth will do, but not in files that split 10,000 samples at 7,000.
SPLIT = 7_000
SIZES, SMALLER = (10_000, 40_000, 50_000, 60_000, 70_000), 100
# What never counts: torch._C.Generator is minigrad.random.Generator; "00:12<01:30", "0.12345 sec", "0m 12s" are times.
LIBRARY = re.compile(r"\b(torch\._C|minigrad\.random|minigrad)\.(?=\w)")
# A progress bar is drawn when the clock says so, and as wide as they leave it.
CLOCK = re.compile(r"\b\d+:\d\d(:\d\d)?\b|\b\d+m \d+s\b|\b\d+\.\d+(?= sec)|\|[█-]+\| \d+\.\d\d% \[\d+")
BOTH = "both fail: "
# Statements that run in both, that say the same to the letter, that say the same but for rounding, that fail alike in
# both; loops that were cut short.
COUNTS = ("run", "letter", "same", "fail", "cut")
# The first statement that is other with minigrad, the first that fails in both, and the one that a file ends in.
PLACES = ("other", "failed", "stop")


@dataclass(frozen=True)
class Limits:
    """Seconds: of the processor for a loop under PyTorch; by the clock for a statement, and for a file."""

    loop: float = 1.0
    statement: float = 120.0
    file: float = 600.0


@dataclass(frozen=True)
class Statement:
    """A statement's code, its for-loops made to go through `_rounds`, and where it stands."""

    cell: int
    line: int
    code: str


class _Smaller(ast.NodeTransformer):
    """for x in items  ->  for x in _rounds(items)        60000  ->  600"""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        if isinstance(
            node.iter, ast.List | ast.Tuple
        ):  # its rounds are written out, and what follows needs them all
            return node
        node.iter = ast.Call(ast.Name("_rounds", ast.Load()), [node.iter], [])
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(node.value // SMALLER) if node.value in self.sizes else node


def statements(path: Path) -> list[Statement]:
    """In order; a cell that is no Python is one statement, which fails. Texts that only comment are left out."""
    found, cells = [], list(sources.cells(path))
    trees = list(map(sources.parsed, cells))
    nodes = [node for tree in trees if tree for node in ast.walk(tree)]
    split = any(isinstance(node, ast.Constant) and node.value == SPLIT for node in nodes)
    smaller = _Smaller(() if split else SIZES)
    for number, (cell, tree) in enumerate(zip(cells, trees, strict=True), 1):
        if tree is None:
            found.append(Statement(number, 1, cell))
            continue
        for node in tree.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            line = node.lineno
            found.append(Statement(number, line, ast.unparse(ast.fix_missing_locations(smaller.visit(node)))))
    return found


def play(path: Path, data: Path | None, limits: Limits) -> dict[str, Any]:
    """A file's counts and places; `exchanged`: with minigrad's kernels below PyTorch, if a text was other."""
    report = once(path, data, limits)
    other = report["other"] and report["other"] != report["stop"]
    return report | {"exchanged": once(path, data, limits, exchange=True) if other else None}


def once(path: Path, data: Path | None, limits: Limits, *, exchange: bool = False) -> dict[str, Any]:
    """How many statements a file has, ran and said the same; the first that did not, and why."""
    todo = statements(path)
    report: dict[str, Any] = {
        "statements": len(todo),
        **dict.fromkeys(COUNTS, 0),
        **dict.fromkeys(PLACES),
    }
    with started(path, data, limits) as engines:
        if exchange:
            ask(engines[0], EXCHANGE)
        start = time.monotonic()
        for statement in todo:
            place = {"cell": statement.cell, "line": statement.line}
            if time.monotonic() - start > limits.file:
                report["stop"] = {**place, "why": f"the file's {limits.file:g} s are over"}
                break
            compared, cut = turn(statement, engines)
            reason = why(compared)
            alike = len(compared.stopped) == len(NAMES) and reason.startswith(BOTH)
            report["run"] += not compared.stopped
            report["letter"] += not reason and compared.same()
            report["same"] += not reason
            report["fail"] += alike
            report["cut"] += cut
            which = "failed" if alike else "other"
            if reason and report[which] is None:
                report[which] = {**place, "why": reason}
            if compared.stopped and not (alike and path.suffix != ".py"):
                report["stop"] = {**place, "why": reason}
                break
    return report


@contextmanager
def started(path: Path, data: Path | None, limits: Limits) -> Iterator[list[Engine]]:
    """Both engines, ready for the first statement."""
    engines: list[Engine] = []
    prelude = PRELUDE.format(
        script=path.name, root=str(origin(path)[0]), data=data and str(data.resolve()), loop=limits.loop
    )
    with tempfile.TemporaryDirectory() as scratch:
        try:
            for name in NAMES:
                folder = copied(path, data, Path(scratch) / name)
                args = argparse.Namespace(
                    notebook=folder / path.name, timeout=limits.statement, seed=0, cpu=True
                )
                engines.append(Engine(name, args))
            for engine in engines:
                engine.answer()
                ask(engine, prelude)
            yield engines
        finally:
            for engine in engines:
                engine.close()


def copied(path: Path, data: Path | None, to: Path) -> Path:
    """A copy of the tutorial's folder, with links to what lies in `data` where tutorials look: here and in data/."""
    folder = to / "above" / path.parent.name
    shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns(".git"))
    for place in (folder, folder / "data", folder.parent / "data", to / "data") if data else ():
        place.mkdir(exist_ok=True)
        for item in data.iterdir():
            if not (place / item.name).exists():
                (place / item.name).symlink_to(item.resolve())
    return folder


def origin(path: Path) -> tuple[Path, str]:
    """The checkout that the file lies in, and its commit; the file's folder and "" where it lies in none."""
    asked = ["git", "-C", str(path.parent), "rev-parse", "--show-toplevel", "HEAD"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    if found.returncode:
        return path.parent.resolve(), ""
    top, commit = found.stdout.splitlines()
    return Path(top), commit


def ask(engine: Engine, code: str) -> str:
    """What our own code says."""
    outcome = engine.ask(code)
    if outcome.error:
        raise RuntimeError(f"{engine.name}: {outcome.error.traceback or outcome.error.message}")
    return outcome.text


def turn(statement: Statement, engines: Sequence[Engine]) -> tuple[Compared, int]:
    """A statement run by PyTorch, then by minigrad with as many rounds of every loop; how many loops were cut."""
    torch, minigrad = engines
    ask(torch, "_rounds.begin(None)")
    outcomes, cut = {torch.name: torch.ask(statement.code)}, "{}"
    error = outcomes[torch.name].error
    if not (error and error.crash):
        cut = ask(torch, "_rounds.cut")
        ask(minigrad, f"_rounds.begin({cut})")
        outcomes[minigrad.name] = minigrad.ask(statement.code)
    return Compared(Cell(0, statement.code, False), outcomes), len(ast.literal_eval(cut))


def why(compared: Compared) -> str:
    """Why a statement does not count as the same; "" where it does."""
    errors = {
        name: f"{outcome.error.kind}: {first_sentence(outcome.error.message)}"
        for name, outcome in compared.outcomes.items()
        if outcome.error
    }
    if len(errors) == len(NAMES) and len(set(errors.values())) == 1:
        return f"{BOTH}{errors[NAMES[0]]}"
    if errors:
        return "; ".join(f"{SHOWN[name]} stops: {error}" for name, error in errors.items())
    texts = [plain(text) for text in compared.texts]
    apart = distance(*texts)
    if apart is not None and apart <= NEAR:
        return ""
    if apart is not None:
        return f"numbers differ by {apart:.1%} of the largest in their line"
    theirs, ours = (text.splitlines() for text in texts)
    pair = next(pair for pair in zip_longest(theirs, ours, fillvalue="(no line)") if pair[0] != pair[1])
    return "PyTorch says {!r}, minigrad {!r}".format(*(shorten(line, 80) for line in pair))


def plain(text: str) -> str:
    """A text with PyTorch's name for the library's classes, and without times."""
    return CLOCK.sub("...", LIBRARY.sub("torch.", text))


def distance(theirs: str, ours: str) -> Decimal | None:
    """How far two texts' numbers are apart, relative to the largest in their line; None if more than numbers differ.

    A step in the last printed digit is no distance: rounding may take it anywhere.
    """
    worst = Decimal(0)
    lines = [text.splitlines() for text in (theirs, ours)]
    if len(lines[0]) != len(lines[1]):
        return None
    for pair in zip(*lines, strict=True):
        if pair[0] == pair[1]:
            continue
        digits = last_digits(*pair)
        if digits is None:
            return None
        if digits > 1:
            x, y = ([Decimal(number) for number in NUMBER.findall(line)] for line in pair)
            largest = max(map(abs, x + y))
            worst = max(worst, *(abs(a - b) / largest for a, b in zip(x, y, strict=True)))
    return worst
