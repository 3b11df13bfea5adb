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
    named = sum(not file["missing"] for file in files)
    whole, rounding, failing = (sum(map(test, files)) for test in (is_whole, is_rounding, is_failing))
    environment, seconds = report["environment"], report["seconds"]
    versions, commit = environment["versions"], environment["commit"] or "of no commit"
    lines = [
        f"Of {len(files)} files {named} lack no name of torch, and {whole} play to their end with the same texts. "
        f"{rounding} more do so when they are played again and PyTorch computes by minigrad's kernels. In "
        f"{failing} more all is the same but for statements that fail in both with the same error.",
        "",
        f"minigrad {commit[:7]}, PyTorch {versions['torch']}, NumPy {versions['numpy']}, Python {versions['python']}; "
        f"a for-loop ends after {seconds['loop']:g} s, a statement after {seconds['statement']:g} s, a file after "
        f"{seconds['file']:g} s.",
    ]
    for (repository, version), group in groupby(files, key=lambda file: (file["repository"], file["commit"])):
        lines += ["", f"## {repository} {version[:7]}", "", *rows(list(group))]
    return "\n".join(lines + list(read_only(report.get("read", []))))


def read_only(counts: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A sentence and a table of files that were read and not played."""
    if not counts:
        return
    files, named = (sum(each[key] for each in counts) for key in ("files", "named"))
    yield from (
        "",
        "## Read only",
        "",
        f"Of {files} more files that were read and not played {named} lack no name.",
        "",
    )
    rows = [
        [f"{each['repository']} {each['commit'][:7]}", str(each["files"]), str(each["named"])]
        for each in counts
    ]
    yield from table(["repository", "files", "lack no name"], rows)


def is_whole(file: File) -> bool:
    """Whether a file plays to its end with the same texts."""
    return bool(file["same"] == file["statements"])


def is_rounding(file: File) -> bool:
    """Whether it does so only with minigrad's kernels below PyTorch."""
    return not is_whole(file) and bool(file.get("exchanged")) and is_whole(file["exchanged"])


def is_failing(file: File) -> bool:
    """Whether nothing is other, with either kernels, but some statements fail in both."""
    reports = [each for each in (file, file.get("exchanged")) if each]
    return any(each["fail"] and each["same"] + each["fail"] == file["statements"] for each in reports)


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
    if file.get("exchanged"):
        yield f"with minigrad's kernels below PyTorch {file['exchanged']['same']} are the same"
