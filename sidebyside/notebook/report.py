"""What `minigrad notebook` shows: a row for every cell, below it what differs, and a verdict."""

from __future__ import annotations

import argparse
import difflib
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from sidebyside.environment import describe
from sidebyside.notebook import Apart, Cell, Compared, first_sentence, said
from sidebyside.report import SHOWN

WORST = 3  # so many values are named below a cell; --json has all
GREY, GOOD, BAD, CHANGED = "dim", "green", "bold red", "yellow"


class Screen:
    """Lines of 80 columns; on a terminal, where rich is installed, as wide as that and in colour."""

    def __init__(self) -> None:
        self.width, self.console = 80, None
        if sys.stdout.isatty():
            try:
                from rich.console import Console
            except ModuleNotFoundError:
                return
            self.console = Console(highlight=False, markup=False, emoji=False)
            self.width, self.status = max(80, self.console.width), self.console.status("")

    def line(self, *parts: str | tuple[str, str]) -> None:
        """A line of parts, each a text or a text with its style."""
        pairs = [(part, "") if isinstance(part, str) else part for part in parts]
        if self.console is None:
            print("".join(text for text, _ in pairs).rstrip(), flush=True)
            return
        from rich.text import Text

        self.console.print(Text.assemble(*pairs), soft_wrap=True)

    def waiting(self, what: str | None) -> None:
        """On a terminal, what is being waited for, below the lines; None for nothing."""
        if self.console is not None and what is None:
            self.status.stop()
        elif self.console is not None:
            self.status.update(what)
            self.status.start()


def lacks_torchvision(cells: Sequence[Cell]) -> bool:
    """Whether the cells use torchvision, and it is not installed."""
    return any("torchvision" in cell.source for cell in cells) and find_spec("torchvision") is None


class Report:
    """Collects what is found and shows it as it comes."""

    def __init__(self, args: argparse.Namespace, cells: Sequence[Cell], names: Sequence[str]) -> None:
        self.args, self.cells, self.names = args, cells, names
        self.results: list[Compared] = []
        self.screen = Screen()
        self.code_width = self.screen.width - 57 + (0 if len(names) == 2 else 38)
        who = " and ".join(SHOWN[name] for name in names)
        options = f"seed {args.seed}" + (", CUDA stays on the CPU" if args.cpu else "")
        self.screen.line((f"{args.notebook.name}: {len(cells)} cells with {who}, {options}", "bold"))
        if "torch" in names and lacks_torchvision(cells):
            self.screen.line("torchvision is not installed: PyTorch gets minigrad's, too.")
        self._row("cell", "first line", ("text", ""), ("values", ""), [SHOWN[name] for name in names])
        self.screen.waiting(f"cell 1 of {len(cells)}")

    @property
    def both(self) -> bool:
        """Whether there is anything to compare."""
        return len(self.names) == 2

    @property
    def same(self) -> bool:
        """The verdict: every cell ran and, where two engines ran it, said the same."""
        return len(self.results) == len(self.cells) and not self.different and not self._failed_alone()

    def _failed_alone(self) -> bool:
        return not self.both and any(result.stopped for result in self.results)

    @property
    def different(self) -> list[int]:
        """The cells whose texts are not the same."""
        return [each.cell.number for each in self.results if not each.same(self.args.last_digits)]

    def add(self, result: Compared) -> None:
        """A row, and below it what differs."""
        self.results.append(result)
        self.screen.waiting(f"cell {min(result.cell.number + 1, len(self.cells))} of {len(self.cells)}")
        times = [seconds(outcome.seconds) for outcome in result.outcomes.values()]
        first = result.cell.source.strip().partition("\n")[0]
        self._row(str(result.cell.number), first, self._text(result), self._values(result), times)
        for what in dict.fromkeys(what for each in result.outcomes.values() for what in each.skipped):
            self.screen.line((clip(f"      skipped: {what}", self.screen.width), GREY))
        if not self.both:
            self._show(said(next(iter(result.outcomes.values()))))
            return
        if result.texts[0] != result.texts[1]:
            self._diff(result)
        for apart in furthest(result.apart)[:WORST]:
            self.screen.line((clip(f"      {told(apart)}", self.screen.width), GREY))
        if len(result.apart) > WORST:
            self.screen.line((f"      and {len(result.apart) - WORST} more", GREY))

    def _row(
        self, number: str, code: str, text: tuple[str, str], values: tuple[str, str], times: Sequence[str]
    ) -> None:
        line: list[str | tuple[str, str]] = [
            (f"{number:>4}  ", GREY), f"{clip(code, self.code_width):<{self.code_width}}  ",
        ]  # fmt: skip
        if self.both:
            line += [(f"{text[0]:<7}  ", text[1]), (f"{values[0]:<21}  ", values[1])]
        self.screen.line(*line, (" ".join(f"{time:>8}" for time in times), GREY))

    def _text(self, result: Compared) -> tuple[str, str]:
        if not result.same(self.args.last_digits):
            return "differs", BAD
        if result.texts[0] != result.texts[-1]:
            return "digits", CHANGED
        return ("same", GOOD) if result.texts[0] else ("-", GREY)

    def _values(self, result: Compared) -> tuple[str, str]:
        if not result.values:
            return "-", GREY
        if not result.apart:
            return f"{result.values} equal", GOOD
        return f"{len(result.apart)} of {result.values} differ", CHANGED

    def _show(self, text: str) -> None:
        for line in text.splitlines():
            self.screen.line(f"      {line}")

    def _diff(self, result: Compared) -> None:
        """A unified diff; where only numbers differ, by how much."""
        lines = [text.splitlines() for text in result.texts]
        styles = {"-": "red", "+": "green", "@": "cyan"}
        for line in difflib.unified_diff(*lines, *map(SHOWN.get, self.names), n=1, lineterm=""):
            self.screen.line((f"      {line}", styles.get(line[0], "")))
        if result.digits is not None:
            self.screen.line(
                (
                    f"      only numbers differ, by at most {result.digits:g} in the last printed digit",
                    CHANGED,
                )
            )

    def finish(self, interrupted: bool) -> None:
        """Times, values, and the verdict in the last line."""
        total = {name: sum(each.outcomes[name].seconds for each in self.results) for name in self.names}
        self.screen.line(
            "times: " + ", ".join(f"{SHOWN[name]} {seconds(total[name])}" for name in self.names)
        )
        if self.both:
            for line in self._all_values():
                self.screen.line(clip(line, self.screen.width))
        for line in self._stops():
            self.screen.line((line, CHANGED))
        ran = f"{len(self.results)} of {len(self.cells)} cells"
        if interrupted:
            self.screen.line((f"Interrupted after {ran}.", BAD))
        elif not self.both:
            self.screen.line((f"{SHOWN[self.names[0]]} ran {ran}.", GOOD if self.same else BAD))
        elif self.same:
            how = "to the letter" if not self.args.last_digits else "but for last digits"
            self.screen.line((f"Same: what is printed is equal {how} in {ran}.", GOOD))
        else:
            where = ", ".join(map(str, self.different))
            differ = f"texts differ in {'cell' if len(self.different) == 1 else 'cells'} {where}"
            equal = f"what is printed is equal in the {len(self.results)} that ran"
            self.screen.line((f"Not the same: {differ if where else equal}; {ran} ran.", BAD))

    def _all_values(self) -> list[str]:
        """How many values were equal, where the furthest was, and what that has to do with the verdict."""
        count = sum(each.values for each in self.results)
        apart = [(each.cell.number, value) for each in self.results for value in each.apart]
        if not apart:
            return [f"values: all {count} equal bit for bit"] if count else []
        number, worst = max(apart, key=lambda pair: severity(pair[1]))
        lines = [
            f"values: {len(apart)} of {count} differ; only what is printed counts for the verdict",
            f"furthest apart, in cell {number}: {told(worst)}",
        ]
        if any(steps_apart(value) for _, value in apart):
            lines.append("1 ulp: the step from a number to the next one of its type")
        return lines

    def _stops(self) -> list[str]:
        """Who stopped, where and why; what mends the commonest reason."""
        if not self.results or not self.results[-1].stopped:
            return []
        last = self.results[-1]
        lines = []
        for name in last.stopped:
            error = last.outcomes[name].error
            where = f"cell {last.cell.number}" + (f", line {error.line}" if error.line else "")
            lines.append(f"{SHOWN[name]} stopped in {where}: {error.kind}: {first_sentence(error.message)}")
        if any("CUDA" in line or "NVIDIA driver" in line for line in lines) and not self.args.cpu:
            lines.append("With --cpu, what is sent to CUDA stays on the CPU.")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "notebook": str(self.args.notebook),
            "seed": self.args.seed,
            "cpu": self.args.cpu,
            "last_digits": self.args.last_digits,
            "environment": describe(),
            "same": self.same,
            "cells_in_notebook": len(self.cells),
            "cells": [self._cell(result) for result in self.results],
        }

    def _cell(self, result: Compared) -> dict[str, Any]:
        outcomes = {name: asdict(outcome) for name, outcome in result.outcomes.items()}
        for outcome in outcomes.values():
            outcome["values"] = list(outcome["values"])
        return {
            **asdict(result.cell),
            "same": result.same(self.args.last_digits),
            "values": result.values,
            "apart": [asdict(apart) for apart in furthest(result.apart)],
            "engines": outcomes,
        }


def severity(apart: Apart) -> float:
    """What to name first: what cannot be measured, then by the difference relative to the largest element."""
    return math.inf if apart.relative is None or math.isnan(apart.relative) else apart.relative


def furthest(apart: Sequence[Apart]) -> list[Apart]:
    """The worst first."""
    return sorted(apart, key=severity, reverse=True)


def told(apart: Apart) -> str:
    """A value that differs, in words; in last places where these can be counted."""
    if apart.difference is None:
        return f"{apart.path}: {apart.what}"
    return f"{apart.path}: {apart.what}, {steps_apart(apart)}{apart.difference:.2g} apart"


def steps_apart(apart: Apart) -> str:
    """The distance in ulp. Empty where it says nothing: of a float32 made a Python float it is millions."""
    known = apart.ulp is not None and apart.ulp < 1e6
    return f"{apart.ulp:,.1f}".removesuffix(".0") + " ulp, " if known else ""


def seconds(time: float) -> str:
    """A time in eight columns."""
    return f"{time:.3f} s" if time < 100 else f"{time:.0f} s"


def clip(text: str, width: int) -> str:
    """The text, cut where it is too long."""
    return text if len(text) <= width else text[: width - 3] + "..."
