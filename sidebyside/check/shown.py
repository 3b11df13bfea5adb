"""Prints verdicts, in colour on a terminal, in English or Spanish."""

from __future__ import annotations

import os
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sidebyside.check.languages import translated
from sidebyside.check.solutions import Solution
from sidebyside.report import WIDTH

STYLES = {"right": "green", "rounding": "green", "open": "yellow", "wrong": "red", "error": "red"}
MARKS = {"right": "✓", "rounding": "✓", "open": "…", "wrong": "✗", "error": "!"}
HEADS = {"right": "", "rounding": "", "open": "", "wrong": "wrong: ", "error": "error: "}
WITHOUT = "PyTorch is not installed: minigrad's own rules, which finite differences confirm, stood in for it."


def language_of(path: Path, asked: str | None) -> str:
    """Return the language to speak of a file: the one asked for, that of a folder `es`, or the terminal's."""
    if asked:
        return asked
    if "es" in path.parts:
        return "es"
    places = (os.environ.get(each) for each in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "es" if next(filter(None, places), "").startswith("es") else "en"


class Printer:
    """Prints verdicts as they come: of one file in full, of several in a table."""

    def __init__(self, lang: str | None, files: Sequence[Path], table: bool) -> None:
        self.lang, self.files, self.table = lang, files, table
        self.width = min(max(len(str(path)) for path in files), WIDTH - 30)
        self.done = 0
        self.console: Any = None
        if sys.stdout.isatty():
            try:
                from rich.console import Console

                self.console = Console(highlight=False)
            except ModuleNotFoundError:
                pass  # no colours

    def spoken(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return a verdict in the language of its file."""
        lang = language_of(Path(found["file"]), self.lang)
        detail = "\n".join(translated(line, lang) for line in found["detail"].splitlines())
        return found | {"sentence": translated(found["sentence"], lang), "detail": detail}

    def item(self, found: dict[str, Any]) -> None:
        """Say one verdict, and what shows it."""
        if self.table:
            return
        lang, verdict = language_of(Path(found["file"]), self.lang), found["verdict"]
        name = found["title"] or found["item"] or Path(found["file"]).name
        head = translated(HEADS[verdict], lang)
        self._print(_filled(f"{MARKS[verdict]} {name}: {head}{found['sentence']}"), STYLES[verdict])
        if found["detail"]:
            lines = found["detail"].splitlines()
            self._print("\n".join(line if len(line) <= WIDTH else _filled(line) for line in lines))

    def file(
        self, path: Path, found: Sequence[dict[str, Any]], solution: Solution | None, whole: bool
    ) -> None:
        """Say what is to be said after a file's items."""
        lang = language_of(path, self.lang)
        if self.table:
            self._row(path, Counter(each["verdict"] for each in found), lang)
            return
        if any(each["reference"] == "minigrad" and each["kind"] != "test" for each in found):
            self._print(_filled(translated(WITHOUT, lang)))
        if solution is not None:
            self._solution(solution, whole, lang)

    def end(self) -> None:
        """Say how many files are done."""
        if self.table:
            count = f"{self.done} of {len(self.files)} files are done"
            self._print(translated(count, language_of(self.files[0], self.lang)))

    def _row(self, path: Path, counts: Counter[str], lang: str) -> None:
        worst = next(each for each in reversed(STYLES) if counts[each] or each == "right")
        self.done += worst in ("right", "rounding")
        counts["right"] += counts.pop("rounding", 0)
        said = ", ".join(f"{counts[each]} {translated(each, lang)}" for each in STYLES if counts[each])
        name = str(path)
        name = name if len(name) <= self.width else "…" + name[1 - self.width :]
        self._print(f"{MARKS[worst]} {name:<{self.width}}  {said}", STYLES[worst])

    def _solution(self, solution: Solution, whole: bool, lang: str) -> None:
        self._print(_filled(translated(f"The solution: {solution.path}", lang)))
        if whole:
            self._code(solution.path.read_text(encoding="utf-8"))
        for place, source in solution.library:
            self._print(_filled(translated(f"The library's own: {place}", lang)))
            if whole:
                self._code(source)

    def _code(self, source: str) -> None:
        if self.console is None:
            print(textwrap.indent(source.rstrip(), "    "))
            return
        from rich.syntax import Syntax

        self.console.print(Syntax(source.rstrip(), "python", background_color="default"))

    def _print(self, text: str, style: str | None = None) -> None:
        if self.console is None:
            print(text, flush=True)
        else:
            self.console.print(text, style=style, markup=False, soft_wrap=True)


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
