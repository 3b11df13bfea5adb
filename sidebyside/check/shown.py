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

WIDTH = 79
COLOURS = {"right": "32", "rounding": "32", "wrong": "31", "open": "33", "error": "31"}
MARKS = {"right": "✓", "rounding": "✓", "wrong": "✗", "open": "…", "error": "!"}


def language_of(path: Path, asked: str | None) -> str:
    """Return the language to speak of a file: the one asked for, that of a folder `es`, or the terminal's."""
    if asked:
        return asked
    if "es" in path.parts:
        return "es"
    places = (os.environ.get(each) for each in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "es" if next(filter(None, places), "").startswith("es") else "en"


class Printer:
    """Prints verdicts as they come."""

    def __init__(self, lang: str | None, several: bool) -> None:
        self.lang, self.several = lang, several
        self.colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.files: list[tuple[Path, Counter[str]]] = []

    def item(self, found: dict[str, Any]) -> None:
        """One line, and what shows it; of several files only the table is printed."""
        if self.several:
            return
        lang = language_of(Path(found["file"]), self.lang)
        name = found["item"] or Path(found["file"]).name
        verdict = found["verdict"]
        words = {"right": "", "rounding": "", "open": "", "wrong": "wrong: ", "error": "error: "}
        sentence = translated(words[verdict] + found["sentence"], lang)
        head = f"{MARKS[verdict]} {name}: "
        lines = textwrap.wrap(
            head + sentence, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        for line in lines:
            print(self._in(COLOURS[verdict], line))
        if found["detail"]:
            print("\n".join(translated(line, lang) for line in found["detail"].splitlines()))
        sys.stdout.flush()

    def file(
        self, path: Path, found: Sequence[dict[str, Any]], solution: Solution | None, whole: bool
    ) -> None:
        """What is to be said after a file's items."""
        lang = language_of(path, self.lang)
        self.files.append((path, Counter(each["verdict"] for each in found)))
        if self.several:
            return
        if found and found[0]["reference"] == "minigrad":
            print(translated(WITHOUT, lang))
        if solution is None:
            return
        print(translated(f"The solution: {solution.path}", lang))
        if whole:
            print(textwrap.indent(solution.path.read_text(encoding="utf-8").rstrip(), "    "))
        for place, source in solution.library:
            print(translated(f"The library's own: {place}", lang))
            if whole:
                print(textwrap.indent(source.rstrip(), "    "))

    def end(self) -> None:
        """The table of what is done, of several files."""
        if not self.several:
            return
        width = max(len(str(path)) for path, _ in self.files)
        for path, counts in self.files:
            lang = language_of(path, self.lang)
            worst = next(
                each
                for each in ("error", "wrong", "open", "rounding", "right")
                if counts[each] or each == "right"
            )
            said = ", ".join(f"{n} {translated(each, lang)}" for each, n in sorted(counts.items()))
            print(self._in(COLOURS[worst], f"{MARKS[worst]} {path!s:<{width}}  {said}"))
        done = sum(not (counts["error"] + counts["wrong"] + counts["open"]) for _, counts in self.files)
        print(
            translated(
                f"{done} of {len(self.files)} files are done", language_of(self.files[0][0], self.lang)
            )
        )

    def _in(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.colour else text


WITHOUT = "PyTorch is not installed: held against minigrad's own rules."
