"""docs/compare.svg: what `minigrad compare` draws on a terminal, from results/compare-digits.json.

minigrad compare --json benchmarks/results/compare-digits.json && python -m benchmarks.picture
"""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

from rich.console import Console

from sidebyside.options import write_text
from sidebyside.report import Rich
from sidebyside.result import Contract, Result
from sidebyside.runs import Config

RESULTS = Path(__file__).parent / "results" / "compare-digits.json"
PICTURE = Path(__file__).parent.parent / "docs" / "compare.svg"
WIDTH = 80


def measured() -> Result:
    """The comparison that the file tells of."""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    contract = found["contract"]
    del contract["held"]
    result = Result(Config(**found["config"]), SimpleNamespace(**found["data"]), found["environment"])
    result.epochs, result.accuracy, result.seconds = found["epochs"], found["accuracy"], found["seconds"]
    result.seconds_exchanged = found["seconds_exchanged"]
    result.contract, result.same_start = Contract(**contract), found["same_initial_weights"]
    return result


def picture(result: Result) -> str:
    """The terminal when all is done, as SVG."""
    console = Console(record=True, file=StringIO(), width=WIDTH, force_terminal=True, highlight=False)
    console.print("$ minigrad compare", style="bold")
    shown = Rich(result.config, result.data.source, console)
    shown.stop()
    shown.finish(result)
    drawn = console.export_svg(title="minigrad compare", unique_id="compare")
    return re.sub(r" *@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL)  # fonts from the network


if __name__ == "__main__":
    write_text(PICTURE, picture(measured()))
    print(f"{PICTURE} written from {RESULTS}")
