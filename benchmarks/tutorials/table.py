"""What tutorials.json says, as docs/tutorials.md shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from benchmarks.report import table

File = dict[str, Any]


def markdown(report: dict[str, Any]) -> str:
    """A sentence of counts, and a table for each repository."""
    files = report["files"]
    whole = sum(file["same"] == file["statements"] for file in files)
    named = sum(not file["missing"] for file in files)
    versions, seconds = report["environment"]["versions"], report["seconds"]
    lines = [
        f"Of {len(files)} files {named} lack no name of torch, and {whole} play to their end with the same texts.",
        "",
        f"PyTorch {versions['torch']}, NumPy {versions['numpy']}, Python {versions['python']}; a for-loop ends after "
        f"{seconds['loop']:g} s, a statement after {seconds['statement']:g} s, a file after {seconds['file']:g} s.",
    ]
    for (repository, commit), group in groupby(files, key=lambda file: (file["repository"], file["commit"])):
        lines += ["", f"## {repository} {commit[:7]}", "", *rows(list(group))]
    return "\n".join(lines)


def rows(files: Sequence[File]) -> Iterator[str]:
    """A line for each file."""
    heads = ["file", "statements", "the same", "to the letter", "fail in both", "loops cut", "what is other"]
    counts = ("statements", "same", "letter", "fail", "cut")
    yield from table(
        heads,
        (
            [
                file["file"],
                *("" if file["missing"] and key != "statements" else str(file[key]) for key in counts),
                other(file),
            ]
            for file in files
        ),
    )


def other(file: File) -> str:
    """The names that lack, else what is other."""
    if file["missing"]:
        return "lacks " + ", ".join(f"`{name.removeprefix('torch.')}`" for name in file["missing"])
    return "; ".join(places(file)).replace("|", "\\|").replace("<", "&lt;")


def places(file: File) -> Iterator[str]:
    """The first statement that is other, the first that fails in both, and the one that the file ends in."""
    said = []
    for key in ("other", "failed", "stop"):
        where = file[key]
        if where:
            repeated = where in said
            yield (
                ("ends in " if key == "stop" else "")
                + f"cell {where['cell']}, line {where['line']}"
                + ("" if repeated else f": {where['why']}")
            )
            said.append(where)
