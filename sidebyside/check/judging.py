"""Judges one item: is it right, right up to rounding, wrong and how, or not done yet?"""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import ModuleType

from sidebyside.check.items import Item, has_hole
from sidebyside.check.said import Open, Unclear, Verdict, last_frame, raised
from sidebyside.check.searching import held

NOT_YET = "not done yet"


def judge(item: Item, module: ModuleType, given_formula: str | None, seconds: float) -> Verdict:
    """Return the verdict on an item. One with a hole is open; a test if it fails, for another's hole may be meant."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    hole = has_hole(item, source)
    if hole and item.kind != "test":
        return Verdict("open", NOT_YET)
    try:
        found = _test(item, module) if item.kind == "test" else held(item, module, given_formula, seconds)
    except Open:
        return Verdict("open", NOT_YET)
    except Unclear as reason:
        return Verdict("error", str(reason))
    return Verdict("open", NOT_YET) if hole and found.verdict in ("wrong", "error") else found


def _test(item: Item, module: ModuleType) -> Verdict:
    """Run a test function."""
    if item.parameters and not getattr(item.function, "is_hypothesis_test", False):
        names = ", ".join(item.parameters)
        raise Unclear(
            f"{item.name} takes arguments that nobody gives ({names}): decorate it with Hypothesis' @given"
        )
    try:
        item.function()
    except AssertionError as failed:
        said, _, rest = str(failed).strip().partition("\n")
        notes = getattr(failed, "__notes__", [])
        return Verdict(
            "wrong", said or _asserted(failed, module), textwrap.dedent("\n".join([rest, *notes])).strip("\n")
        )
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", []))
        return Verdict("error", str(raised(item.name, error, item)), notes)
    return Verdict("right", "right: it passes")


def _asserted(failed: AssertionError, module: ModuleType) -> str:
    """Return the line of code of an assertion that has no message."""
    frame = last_frame(failed, str(module.__file__))
    return f"line {frame.lineno}: {frame.line}" if frame else "an assertion fails"
