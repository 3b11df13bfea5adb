"""COVERAGE.md: what minigrad has of PyTorch.   `python -m sidebyside coverage` writes it from survey.py.

It also writes the stubs, minigrad's names as type checkers and editors read them: stubs.py.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minigrad.tensors.missing import SYNONYMS
from sidebyside.coverage.stubs import stubs
from sidebyside.options import UsageError, add_json, need, writable_file, write_report, write_text

if TYPE_CHECKING:  # the survey imports torch: only when it is asked for
    from sidebyside.coverage.survey import Row, Space


def page() -> str:
    """COVERAGE.md."""
    from sidebyside.coverage.survey import absent_modules, spaces, version

    every = spaces()
    lines = list(_introduction(every, version(), absent_modules()))
    for space in every:
        lines += _section(space)
    return "\n".join([*lines, ""])


def _introduction(every: list[Space], version: str, modules: list[str]) -> Iterator[str]:
    from sidebyside.coverage.survey import RULES

    yield "# What minigrad has of PyTorch\n"
    yield f"Written by `python -m sidebyside coverage` from minigrad and PyTorch {version}; do not edit.\n"
    yield "A name is *the same* when every call that PyTorch's signature allows means the same here: each parameter has"
    yield "PyTorch's name, place and default. What the calls compute is compared by the tests. Some parameters are left"
    yield "out wherever PyTorch has them:\n"
    yield from _table("parameter", "because", [(f"`{name}`", why) for name, why in RULES.items()])
    yield "\nNot counted are names without documentation, and overloads that PyTorch deprecates.\n"
    yield from _table(
        "namespace", "the same | but for those | differ | absent",
        [(f"[{s.name}](#{_anchor(s.name)})", _counts(s)) for s in every], columns=5,
    )  # fmt: skip
    yield from _folded(f"Modules of which minigrad has nothing: {len(modules)}", modules)


def _counts(space: Space) -> str:
    parts = (space.same, space.general, space.differing, space.absent)
    return " | ".join(str(len(part)) for part in parts)


def _section(space: Space) -> Iterator[str]:
    yield f"\n## {space.name}\n"
    if space.same:
        yield f"The same: {_names(space.same)}.\n"
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in space.general:
        groups.setdefault(_left_out(row), []).append(row.name)
    for parameters, names in sorted(groups.items(), key=lambda group: (len(group[0]), group)):
        yield f"The same without {_names(parameters)}: {_names(names)}.\n"
    if space.differing:
        yield from _table(
            "differs", "how | why", [_explained(space, row) for row in space.differing], columns=3
        )
        yield ""
    if space.alone:
        yield f"Here alone: {_names(space.alone)}.\n"
    yield from _absent(space.absent)


def _left_out(row: Row) -> tuple[str, ...]:
    """What a row lacks by the general rules."""
    return tuple(sorted({d.parameter for d in row.different if row.rule(d)}))


def _explained(space: Space, row: Row) -> tuple[str, str]:
    reasons = row.because(space.name)
    own = [d for d in row.different if not row.rule(d)]
    lacks = [d.parameter for d in own if d.text.startswith("lacks")] + list(_left_out(row))
    how = [d.text for d in own if not d.text.startswith("lacks")] + (
        [f"lacks {_names(lacks)}"] if lacks else []
    )
    why = [reasons[d.parameter] or "?" for d in own] + ([row.behaviour] if row.behaviour else [])
    return f"`{row.name}`", f"{'; '.join(how) or 'in what it does'} | {'; '.join(dict.fromkeys(why))}"


def _absent(absent: list[str]) -> Iterator[str]:
    known = [name for name in SYNONYMS if name in absent]
    if known:
        pairs = ", ".join(f"`{name}` (`{SYNONYMS[name]}`)" for name in known)
        yield f"Under another name here: {pairs}."
    if absent:
        yield from _folded(f"Absent: {len(absent)}", absent)


def _folded(summary: str, names: list[str]) -> Iterator[str]:
    yield f"\n<details><summary>{summary}</summary>\n"
    yield f"{_names(names)}\n"
    yield "</details>"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(first: str, rest: str, rows: Iterable[tuple[str, str]], columns: int = 2) -> Iterator[str]:
    yield f"| {first} | {rest} |"
    yield "|" + " --- |" * columns
    yield from (f"| {left} | {right} |" for left, right in rows)


def _anchor(heading: str) -> str:
    return heading.lower().replace(".", "")


# -- the command ------------------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `minigrad coverage`."""
    parser.description = (
        "Write what minigrad has of PyTorch, name by name: the same, different and why, or absent. The stubs that "
        "editors read are written too."
    )
    parser.add_argument(
        "--out", type=writable_file, default="COVERAGE.md", metavar="FILE", help="default: %(default)s"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 and a diff if it is stale"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the page, or with `--check` say whether it is what would be written."""
    need("torch", "torch", "coverage")
    new = {args.out: page(), **stubs()}
    old = {path: written(path) for path in new}
    if args.json is not None:
        write_report(report(), args.json)
    if not args.check:
        for path, text in new.items():
            if path == args.out or old[path] != text:
                write_text(path, text)
                print(f"Wrote {path}")
        return 0
    for path, text in new.items():
        diff = difflib.unified_diff(
            old[path].splitlines(), text.splitlines(), str(path), "as it would be", lineterm=""
        )
        sys.stdout.writelines(f"{line}\n" for line in diff)
    stale = [str(path) for path, text in new.items() if old[path] != text]
    print(
        f"Stale: {', '.join(stale)}."
        if stale
        else f"{args.out} and {len(new) - 1} stubs are what the code says."
    )
    return int(bool(stale))


def written(path: Path) -> str:
    """What is in the file now; nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError:
        raise UsageError(f"--out {path} is not a text that minigrad coverage wrote: name another") from None


def report() -> dict[str, Any]:
    """What `--json` writes: the survey, name by name."""
    from sidebyside.coverage.survey import spaces, version

    return {
        "torch": version(),
        "namespaces": {
            space.name: {
                "same": space.same,
                "differ": {
                    row.name: [*(d.text for d in row.different), *([row.behaviour] if row.behaviour else [])]
                    for row in space.general + space.differing
                },
                "absent": space.absent,
                "here_alone": space.alone,
            }
            for space in spaces()
        },
    }
