"""What is said of an item: a verdict, and what is raised on the way to it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidebyside.check.items import Item


@dataclass(frozen=True)
class Verdict:
    """What is said of an item: "right", "rounding", "wrong", "open" or "error"."""

    verdict: str
    sentence: str
    detail: str = ""


class Unclear(Exception):
    """Why an item cannot be held against anything, in one sentence."""


class Open(Exception):
    """It is not done yet: a hole was reached."""


class Blame(Exception):
    """What a student's function does that no formula could excuse, in one sentence."""

    verdict = "wrong"


class Raised(Blame):
    """It raises an error."""

    verdict = "error"


def raised(name: str, error: BaseException, item: Item) -> Raised:
    """Say in one sentence what a student's function raised, and in which line."""
    if isinstance(error, NotImplementedError) or "ellipsis" in str(error):
        raise Open from error
    if isinstance(error, MemoryError):
        return Raised(f"{name} takes more memory than there is for it")
    return Raised(f"{name} raises {told(error, item)}")


def told(error: BaseException, item: Item | None = None) -> str:
    """Return an error's type and first line, and the line of the student's file where it was raised."""
    said = next(iter(str(error).strip().splitlines()), "")
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    frame = item and last_frame(error, item.file)
    return f"{text} (line {frame.lineno})" if frame else text


def last_frame(error: BaseException, file: str) -> traceback.FrameSummary | None:
    """Return the last line of a file that was run before an error was raised."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == file]
    return frames[-1] if frames else None
