"""Which names of torch public tutorials use, and which of them minigrad lacks.

    python -m benchmarks.tutorials FOLDER...   notebooks, scripts and pages of d2l in folders, or files

A tutorial's names are read from its source, and it is not run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tutorials import names, sources


def main(argv: Sequence[str] | None = None) -> int:
    """Read the files, print what lacks and where."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tutorials",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a folder, or a file")
    args = parser.parse_args(argv)
    absent = [each for each in args.folders if not each.exists()]
    if absent:
        parser.error(f"{absent[0]} is not there")
    found = {path: names.missing(names.used(sources.trees(path))) for path in sources.tutorials(args.folders)}
    if not found:
        parser.error("no file there imports torch")
    for path, lacking in found.items():
        print(f"{path}: {', '.join(lacking) or 'lacks no name'}")
    print("\n".join(ranking(list(found.values()))))
    print(f"{sum(not each for each in found.values())} of {len(found)} files lack no name.")
    return 0


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
