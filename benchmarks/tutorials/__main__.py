"""Public tutorials under PyTorch and under minigrad: which names they lack, and whether they say the same.

    python -m benchmarks.tutorials FOLDER...              read, and play what lacks no name
    python -m benchmarks.tutorials --names FOLDER...      read only: what lacks, and what frees most files;
                                                          --json counts them, by repository, under "read"

Tutorials are notebooks, scripts and pages of d2l on your disk that import torch; a FOLDER may also be a file. They are
programs: play only what you trust. The report keeps names of files, commits and counts, not a line of a source.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.tutorials import names, play, sources, table
from sidebyside import environment
from sidebyside.options import number, write_text


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tutorials",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    seconds = number(float, 0, "a number from 0")
    limits = play.Limits()
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a folder, or a file")
    parser.add_argument("--names", action="store_true", help="read the names, play nothing")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="files that tutorials load: names.txt, MNIST/raw"
    )
    parser.add_argument("--loop", type=seconds, default=limits.loop, metavar="SECONDS",
                        help="a for-loop ends after so much of PyTorch's time; default: %(default)s")  # fmt: skip
    parser.add_argument("--statement", type=seconds, default=limits.statement, metavar="SECONDS",
                        help="a file ends if a statement takes longer; default: %(default)s")  # fmt: skip
    parser.add_argument("--file", type=seconds, default=limits.file, metavar="SECONDS",
                        help="a file ends after so long; default: %(default)s")  # fmt: skip
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write, or renew, what is known of these files"
    )
    args = parser.parse_args(argv)
    for path in (*args.folders, args.data):
        if path and not path.exists():
            parser.error(f"{path} is not there")
    args.files = list(sources.tutorials(args.folders))
    if not args.files:
        parser.error("no file there imports torch")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Read the files, play them, say what lacks and where they part."""
    args, found = parse(argv), []
    limits = play.Limits(args.loop, args.statement, args.file)
    for path in args.files:
        lacking = names.missing(names.used(sources.trees(path)))
        entry = about(path, lacking)
        if lacking:
            print(f"{path}: lacks {', '.join(lacking)}", flush=True)
        elif args.names:
            print(f"{path}: lacks no name", flush=True)
        else:
            entry |= play.play(path, args.data, limits)
            print(f"{path}: {told(entry)}", flush=True)
        found.append(entry)
        if args.json and not args.names:
            renew(args.json, entry, vars(limits))
    if args.json and args.names:
        count(args.json, found)
    print("\n".join(ranking([entry["missing"] for entry in found])))
    print(f"{sum(not entry['missing'] for entry in found)} of {len(found)} files lack no name.")
    if not args.names:
        print(f"{sum(map(whole, found))} of them play to their end with the same texts.")
    return 0


def about(path: Path, lacking: list[str]) -> dict[str, Any]:
    """A file's entry before it is played."""
    top, commit = play.origin(path)
    return {
        "repository": "/".join(top.parts[-2:]), "commit": commit, "file": path.resolve().relative_to(top).as_posix(),
        "missing": lacking, "statements": len(play.statements(path)), **dict.fromkeys(play.COUNTS, 0),
        **dict.fromkeys(play.PLACES),
    }  # fmt: skip


def whole(entry: dict[str, Any]) -> bool:
    """Whether a file plays to its end with the same texts."""
    return bool(entry["same"] == entry["statements"])


def told(entry: dict[str, Any]) -> str:
    """What became of a file, in words."""
    return "; ".join(
        [f"{entry['same']} of {entry['statements']} statements say the same", *table.places(entry)]
    )


def renew(path: Path, entry: dict[str, Any], limits: dict[str, float]) -> None:
    """Put a file's entry into the report, in the place of what was known of it."""
    known = known_report(path)
    files = {key(each): each for each in [*known["files"], entry]}
    write(
        path,
        known
        | {
            "environment": environment.describe() | environment.conditions(),
            "seconds": limits,
            "files": [*files.values()],
        },
    )


def count(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Put into the report how many files of each repository were read besides those that were played."""
    known = known_report(path)
    played = set(map(key, known["files"]))
    counts: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        if key(entry) not in played:
            read = counts.setdefault((entry["repository"], entry["commit"]), [0, 0])
            read[0] += 1
            read[1] += not entry["missing"]
    heads = ("repository", "commit", "files", "named")
    read_only = [
        dict(zip(heads, (*where, *numbers), strict=True)) for where, numbers in sorted(counts.items())
    ]
    write(path, known | {"read": read_only})


def key(entry: dict[str, Any]) -> tuple[str, str]:
    """What makes a file's entry its own."""
    return entry["repository"], entry["file"]


def known_report(path: Path) -> dict[str, Any]:
    """The report so far."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"files": []}
    return found


def write(path: Path, report: dict[str, Any]) -> None:
    """The report as JSON, with a line for each file."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in report["files"])
    about = json.dumps({name: value for name, value in report.items() if name != "files"})
    write_text(path, f'{about[:-1]},\n"files": [\n{lines}\n]}}\n')


def ranking(lacking: Sequence[Sequence[str]]) -> list[str]:
    """A line for each missing name: those first whose arrival alone frees most files."""
    counts: dict[str, list[int]] = {}
    for each in lacking:
        for name in each:
            count = counts.setdefault(name, [0, 0, 0])
            count[0] += len(each) == 1
            count[1] += len(each) <= 3
            count[2] += 1
    order = sorted(counts.items(), key=lambda pair: ([-n for n in pair[1]], pair[0]))
    return ["alone  of at most 3  files  name"] + [
        f"{alone:5}  {few:12}  {files:5}  {name}" for name, (alone, few, files) in order
    ]


if __name__ == "__main__":
    sys.exit(main())
