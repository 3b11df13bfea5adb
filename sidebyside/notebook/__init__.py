"""minigrad notebook: a notebook's cells under PyTorch and under minigrad, and where they differ.

Each engine runs in a process of its own, with minigrad standing in for torch in one of them; they take turns,
cell by cell. *Texts* decide: what a cell prints, and the value of its last expression, as Jupyter shows it.
*Values* are shown: every number that a cell made or changed. So are times.

Exit status: 0 when all cells ran and said the same, 1 when not, 2 for bad usage, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from sidebyside.contract import largest_difference, relative_error, same_bits, ulps
from sidebyside.notebook.engine import Failure, Outcome, serve
from sidebyside.options import UsageError, add_json, need, number, write_report

NAMES = ("torch", "minigrad")
DESCRIPTION = """Run a notebook (.ipynb, or a .py with `# %%` cells) under PyTorch and under minigrad in torch's place,
and say cell by cell where texts, values or times differ. Magics and `!` lines are skipped, with a
notice; figures are drawn and not shown. A notebook is a program: run only what you trust."""


def add_arguments(to: argparse.ArgumentParser) -> None:
    """The options of `minigrad notebook`."""
    to.description = DESCRIPTION
    to.add_argument("notebook", type=Path, metavar="NB", help="an .ipynb file or a percent script")
    to.add_argument("--engines", choices=("both", *NAMES), default="both", help="default: %(default)s")
    to.add_argument("--seed", type=int, default=0,
                    help="for torch, numpy and random, before the first cell; default: %(default)s")  # fmt: skip
    to.add_argument("--cpu", action="store_true",
                    help="what the notebook sends to CUDA stays on the CPU, with both engines")  # fmt: skip
    to.add_argument("--last-digits", type=number(int, 0, "a whole number from 0"), default=0, metavar="N",
                    help="take texts for the same if only numbers differ, each by at most N in its last\n"
                    "printed digit; default: %(default)s, the same to the letter")  # fmt: skip
    to.add_argument("--timeout", type=number(float, 0, "a number from 0"), metavar="SECONDS",
                    help="end the run if one cell takes longer; default: never")  # fmt: skip
    add_json(to)


@dataclass(frozen=True)
class Cell:
    """A code cell; `may_fail` if it is tagged raises-exception, as Jupyter has it."""

    number: int
    source: str
    may_fail: bool


@dataclass(frozen=True)
class Apart:
    """A value that is not the same with both engines; `relative` is to its largest element."""

    path: str
    what: str
    difference: float | None = None
    relative: float | None = None
    ulp: float | None = None


@dataclass
class Compared:
    """One cell, run by each engine."""

    cell: Cell
    outcomes: dict[str, Outcome]
    values: int = 0
    apart: list[Apart] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """What each engine's cell said, and its error, if any, as far as it counts."""
        return [said(outcome) for outcome in self.outcomes.values()]

    @property
    def digits(self) -> Decimal | None:
        """How far the texts' numbers are apart in their last printed digits; None if more than numbers differ."""
        return last_digits(self.texts[0], self.texts[-1])

    def same(self, allowed: int = 0) -> bool:
        """Whether the texts are: to the letter, or but for so much in the last printed digits."""
        if self.texts[0] == self.texts[-1]:
            return True
        return allowed > 0 and self.digits is not None and self.digits <= allowed

    @property
    def stopped(self) -> list[str]:
        """The engines that cannot go on."""
        return [
            name
            for name, outcome in self.outcomes.items()
            if outcome.error and (outcome.error.crash or not self.cell.may_fail)
        ]


def said(outcome: Outcome) -> str:
    """A cell's text; of an error its type and first sentence, for the rest is help that may differ."""
    if outcome.error is None:
        return outcome.text
    return f"{outcome.text}{outcome.error.kind}: {first_sentence(outcome.error.message)}\n"


def first_sentence(message: str) -> str:
    """Up to the first full stop or line end."""
    return re.split(r"(?<=\.)\s|\n", message)[0]


NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


def last_digits(a: str, b: str) -> Decimal | None:
    """The largest difference between the texts' numbers, in units of the last printed digit of the coarser one."""
    ours, theirs = NUMBER.split(a), NUMBER.split(b)
    between = [[" ".join(text.split()) for text in parts[::2]] for parts in (ours, theirs)]
    if between[0] != between[1]:
        return None
    worst = Decimal(0)
    for x, y in zip(map(Decimal, ours[1::2]), map(Decimal, theirs[1::2]), strict=True):
        place = Decimal(1).scaleb(max(x.as_tuple().exponent, y.as_tuple().exponent))
        worst = max(worst, abs(x - y) / place)
    return worst


def read(path: Path) -> list[Cell]:
    """The code cells."""
    need("jupytext", "notebook", "notebook")
    need("IPython", "notebook", "notebook")
    import jupytext

    if not path.is_file():
        raise UsageError(f"{path}: there is no such file: name a notebook, as notebooks/en/1_networks.ipynb")
    if path.suffix not in (".ipynb", ".py"):
        raise UsageError(f"{path}: give an .ipynb file or a .py with `# %%` cells")
    try:
        found = jupytext.read(path, fmt="py:percent" if path.suffix == ".py" else "ipynb")
    except Exception as error:  # nbformat, its validator, json and the decoder each have their own
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is no notebook that can be read: {reason[:200]}") from None
    language = found.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise UsageError(f"{path} is a notebook in {language}: only Python's can be run")
    code = [cell for cell in found.cells if cell.cell_type == "code" and cell.source.strip()]
    if not code:
        raise UsageError(f"{path} has no code cells")
    return [
        Cell(i, cell.source, "raises-exception" in cell.metadata.get("tags", []))
        for i, cell in enumerate(code, 1)
    ]


class Engine:
    """The process in which one engine runs the cells."""

    def __init__(self, name: str, args: argparse.Namespace) -> None:
        context = get_context("spawn")
        self.name, self.timeout = name, args.timeout
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=serve, args=(theirs, name, args.notebook.resolve().parent, args.seed, args.cpu)
        )
        self.process.start()
        theirs.close()

    def close(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def ask(self, what: str | list[str]) -> Any:
        """A cell's Outcome, or the arrays of these paths."""
        try:
            self.connection.send(what)
            return self.answer(self.timeout if isinstance(what, str) else None)
        except TimeoutError:
            reason = f"still running after {self.timeout:g} s"
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            reason = f"the process ended with {f'signal {-code}' if code < 0 else f'exit status {code}'}"
        return Outcome(error=Failure("Crashed", reason, crash=True))

    def answer(self, timeout: float | None = None) -> Any:
        """What the process says next."""
        ready = wait([self.connection, self.process.sentinel], timeout)
        if not ready:
            raise TimeoutError
        if self.connection not in ready and not self.connection.poll():
            raise EOFError
        return self.connection.recv()


def compared(cell: Cell, engines: Sequence[Engine]) -> Compared:
    """The cell run by each, and the values that differ."""
    result = Compared(cell, {engine.name: engine.ask(cell.source) for engine in engines})
    first, last = (result.outcomes[engine.name].values for engine in (engines[0], engines[-1]))
    result.values = len(first | last)
    suspects = [path for path in first | last if first.get(path) != last.get(path)]
    if not suspects or any(o.error and o.error.crash for o in result.outcomes.values()):
        return result
    answers = {engine.name: engine.ask(suspects) for engine in engines}
    died = {name: answer for name, answer in answers.items() if isinstance(answer, Outcome)}
    result.outcomes |= died
    if not died:
        result.apart = [apart for path in suspects for apart in compare(path, *answers.values())]
    return result


def compare(path: str, theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Apart]:
    """How a value differs, if it does: by its type, its shape, or how much."""
    if path not in theirs or path not in ours:
        yield Apart(path, f"only with {'PyTorch' if path in theirs else 'minigrad'}")
        return
    a, b = theirs[path], ours[path]
    kinds = [f"{array.dtype} {list(array.shape)}" for array in (a, b)]
    if kinds[0] != kinds[1]:
        yield Apart(path, f"{kinds[0]} with PyTorch, {kinds[1]} with minigrad")
    elif not same_bits(a, b):
        ulp = ulps(a, b) if a.dtype.kind == "f" else None
        parts = (
            (a.view(f"f{a.itemsize // 2}"), b.view(f"f{a.itemsize // 2}")) if a.dtype.kind == "c" else (a, b)
        )
        yield Apart(path, kinds[0], largest_difference(*parts), relative_error(*reversed(parts)), ulp)


def results(cells: Sequence[Cell], args: argparse.Namespace, engines: Sequence[Engine]) -> Iterator[Compared]:
    """Cell by cell, until one stops."""
    for engine in engines:
        try:
            engine.answer()
        except EOFError:
            raise UsageError(f"{engine.name} could not be started: what it said is above") from None
    for cell in cells:
        result = compared(cell, engines)
        yield result
        if result.stopped:
            return


def run(args: argparse.Namespace) -> int:
    """minigrad notebook"""
    from sidebyside.notebook.report import Report

    cells = read(args.notebook)
    if args.engines != "minigrad":
        need("torch", "torch", f"--engines {args.engines}")
    if not -(2**63) <= args.seed < 2**64:
        raise UsageError(f"--seed {args.seed} does not fit into 64 bits")
    names = NAMES if args.engines == "both" else (args.engines,)
    report, interrupted = Report(args, cells, names), False
    engines: list[Engine] = []
    try:
        for name in names:
            engines.append(Engine(name, args))
        for result in results(cells, args, engines):
            report.add(result)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        report.screen.waiting(None)
        for engine in engines:
            engine.close()
    report.finish(interrupted)
    write_report(report.as_dict(), args.json)
    return 130 if interrupted else 0 if report.same else 1
