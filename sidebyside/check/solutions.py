"""The solution of an exercise, and the library's own lines."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sidebyside.options import from_checkout


@dataclass(frozen=True)
class Solution:
    """The file, and where the library does the same: FILE:LINE, and the source."""

    path: Path
    library: list[tuple[str, str]]


def solution_of(path: Path) -> Solution | None:
    """Return an exercise's solution: solutions/NAME beside it, or one folder further up; None if it has none."""
    for folder in (path.parent, path.resolve().parent.parent):
        file = folder / "solutions" / path.name
        if file.exists() and not file.samefile(path):
            return Solution(file, [_source(each) for each in _named(file)])
    return None


def _named(file: Path) -> list[str]:
    """Read `library = "module:name"`, or a tuple of such names, without running the file."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "library" for t in node.targets
        ):
            value = ast.literal_eval(node.value)
            return [value] if isinstance(value, str) else list(value)
    return []


def _source(name: str) -> tuple[str, str]:
    """Return FILE:LINE and the source of module:name."""
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    found = getattr(found, "forward", found) if not inspect.isclass(found) else found
    lines, first = inspect.getsourcelines(inspect.unwrap(found))
    file = inspect.getsourcefile(inspect.unwrap(found)) or ""
    return f"{from_checkout(file)}:{first}", "".join(lines)
