"""The figures in the README, in both languages, and in docs/, written from files between two marks:

<!-- figures: step -->
...
<!-- end -->
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import minigrad
from benchmarks import ranks, statistics
from benchmarks.report import Report, Row, compared, rows_of, table, time_of
from benchmarks.tricks import OURS, PLAIN
from benchmarks.tutorials.table import markdown
from sidebyside.options import write_text

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "README.es.md", "docs/speed.md", "docs/tutorials.md", "docs/distributed.md")
TUTORIALS = ROOT / "benchmarks" / "results" / "tutorials.json"
COVERAGE = ROOT / "COVERAGE.md"
MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(^<!-- end -->$)", re.DOTALL | re.MULTILINE)


def write(report: Report) -> None:
    """The documents with this report's figures."""
    for name in DOCUMENTS:
        before = (ROOT / name).read_text(encoding="utf-8")
        write_text(ROOT / name, renewed(before, report))


def renewed(text: str, report: Report) -> str:
    """A document's text with this report's figures between its marks."""
    return MARKED.sub(lambda found: found[1] + FIGURES[found[2]](report) + "\n" + found[3], text)


# -- parts of a sentence ------------------------------------------------------------------------------------


def times(row: Row, ours: str, theirs: str, same: str = " (no difference)") -> str:
    """A ratio, with `same` where the noise hides the difference; "not measured" where a contestant is missing."""
    if not {ours, theirs} <= set(row["rounds"]):
        return "not measured"
    found = compared(row, ours, theirs)
    return f"{found['ratio']:.2f}" + (same if found["verdict"] == "no difference" else "")


def listed(parts: Sequence[str], last: str = " and ") -> str:
    """a, b and c"""
    return last.join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def filled(text: str) -> str:
    """Lines of at most 120 characters."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def by_batch(report: Report, ours: str, theirs: str) -> str:
    """The ratio at every batch size."""
    rows = rows_of(report, "step")
    return listed([f"{times(row, ours, theirs)} at batch {row['size']:,}" for row in rows])


def ratios(rows: Sequence[Row]) -> dict[str, float]:
    """minigrad / torch by the row's name."""
    return {
        row["name"]: statistics.compare(row["rounds"]["minigrad"], row["rounds"]["torch"])["ratio"]
        for row in rows
    }


def spread(found: dict[str, float]) -> str:
    """From the lowest to the highest, and the middle one."""
    values = list(found.values())
    return f"{min(values):.2f} to {max(values):.2f} times as long as PyTorch (median {statistics.median(values):.2f})"


# -- what the documents say ---------------------------------------------------------------------------------


# Who takes the step, by their names in the table, and who is compared.
STEP = {
    "minigrad": "minigrad", "minigrad compiled": "compiled", "torch": "PyTorch", "torch.compile": "torch.compile",
    "floor": "floor",
}  # fmt: skip
PAIRS = [(ours, theirs) for ours in ("minigrad", "minigrad compiled") for theirs in ("torch", "floor")]


def speed(report: Report) -> str:
    """The table of the tutorial's step."""
    found, effort = report["environment"], report["effort"]
    text = filled(
        f"The tutorial's step, 784-100-10. Processor: {found['processor']}, {found['cores']} cores. Each contestant "
        f"has a process of its own, and they take turns in hot loops of {effort['seconds']} s. A ratio is the median "
        f'of {effort["rounds"]} rounds; above 1 the first takes longer. "=" means that the noise hides the difference. '
        '"compiled" is minigrad by torch.compile, "floor" the step by hand in NumPy.'
    )
    heads = ["batch", *STEP.values(), *(f"{STEP[ours]} / {STEP[theirs]}" for ours, theirs in PAIRS)]
    lines = table(
        heads,
        (
            [
                f"{row['size']:,}",
                *(time_of(row, who) for who in STEP),
                *(times(row, *pair, " =") for pair in PAIRS),
            ]
            for row in rows_of(report, "step")
        ),
    )
    return "\n".join([text, "", *lines])


def step(report: Report) -> str:
    """minigrad's step beside PyTorch's and the floor's."""
    return filled(
        f"Processor: {report['environment']['processor']}. The time of minigrad's step over PyTorch's is "
        f"{by_batch(report, 'minigrad', 'torch')}; over the floor's {by_batch(report, 'minigrad', 'floor')}. "
        '"No difference" means that the noise hides it.'
    )


def ops(report: Report) -> str:
    """Forward alone, forward and backward, and a long chain."""
    rows = rows_of(report, "overhead")
    forward, both = (
        [row for row in rows if row["name"].endswith(end)] for end in (", forward", "and backward")
    )
    slowest = max(ratios(forward).items(), key=lambda item: item[1])[0].partition(",")[0]
    chains = [
        f"{times(row, 'minigrad', 'torch')} over {row['size']:,} ops" for row in rows_of(report, "depth")
    ]
    return filled(
        f'On tensors of one element (table "Python per op") minigrad takes {spread(ratios(forward))} for forward '
        f"alone, most for {slowest}; forward and backward together take {spread(ratios(both))}. In a chain of "
        f'products, forward and backward (table "Depth"), the ratio is {listed(chains)}.'
    )


def layers(report: Report) -> str:
    """The table of further layers."""
    return "\n".join(
        table(
            ["layer", "batch", "minigrad", "compiled", "PyTorch", "minigrad / PyTorch", "compiled / PyTorch"],
            (
                [
                    row["name"], str(row["size"]),
                    *(time_of(row, who) for who in ("minigrad", "minigrad compiled", "torch")),
                    times(row, "minigrad", "torch", " ="),
                    times(row, "minigrad compiled", "torch", " =").replace("not measured", "-"),
                ]
                for row in rows_of(report, "layer")
            ),
        )
    )  # fmt: skip


def compiler(report: Report) -> str:
    """What JAX makes of the step."""
    return filled(f"Here the time of JAX's step over the floor's is {by_batch(report, 'JAX jit', 'floor')}.")


def trainings(report: Report) -> str:
    """Whole trainings."""
    parts = [f"{times(row, 'minigrad', 'torch')} ({row['name']})" for row in rows_of(report, "fit")]
    return filled(f"The time of a whole training, minigrad's over PyTorch's, is {listed(parts)}.")


def tricks(report: Report) -> str:
    """Each way that was kept, over NumPy's plain one."""
    parts = [
        f"{times(row, OURS, PLAIN)} ({row['name'].partition(': ')[0]})" for row in rows_of(report, "trick")
    ]
    return filled(f"The time of minigrad's way over the plain one's is {listed(parts)}.")


# -- what the two READMEs say -------------------------------------------------------------------------------

# What a newcomer may look for first: named in the READMEs for as long as minigrad lacks it.
WANTED = (
    "optim.Adam nn.Conv2d nn.MaxPool2d nn.BatchNorm1d nn.LayerNorm nn.Embedding nn.LSTM nn.MultiheadAttention"
).split()
SPACES = ("torch", "torch.Tensor", "torch.nn", "torch.optim")
WORDS = {
    "en": {
        "pace": "A training step of the tutorial's network takes {low} to {high} times as long as in PyTorch, by "
        "batch size, on {cores} cores ({processor}): [docs/speed.md](docs/speed.md).",
        "played": "Of {files} files of public tutorials {whole} play to their end with the same texts under both "
        "libraries: [docs/tutorials.md](docs/tutorials.md).",
        "names": "Of the names that PyTorch documents minigrad has {counts}.",
        "count": "{here} of {all} in `{space}`",
        "and": " and ",
        "missing": "Among those that are missing: {names}.",
    },
    "es": {
        "pace": "Un paso de entrenamiento de la red del tutorial tarda entre {low} y {high} veces lo que tarda en "
        "PyTorch, según el tamaño del lote, con {cores} núcleos ({processor}): [docs/speed.md](docs/speed.md).",
        "played": "De {files} ficheros de tutoriales públicos, {whole} se ejecutan hasta el final y dan los mismos "
        "textos con las dos bibliotecas: [docs/tutorials.md](docs/tutorials.md).",
        "names": "De los nombres que PyTorch documenta, minigrad tiene {counts}.",
        "count": "{here} de {all} en `{space}`",
        "and": " y ",
        "missing": "Entre los que faltan: {names}.",
    },
}


def pace(report: Report, language: str = "en") -> str:
    """How long a step takes, in a sentence."""
    found = [compared(row, "minigrad", "torch")["ratio"] for row in rows_of(report, "step")]
    low, high = (f"{value:.2f}" for value in (min(found), max(found)))
    if language == "es":
        low, high = low.replace(".", ","), high.replace(".", ",")
    about = {"cores": report["environment"]["cores"], "processor": report["environment"]["processor"]}
    return filled(WORDS[language]["pace"].format(low=low, high=high, **about))


def tutorials(report: Report, language: str = "en") -> str:
    """What runs: tutorials, once tutorials.json has counted them, and names, by COVERAGE.md's table."""
    words, parts = WORDS[language], []
    if TUTORIALS.exists():
        files = json.loads(TUTORIALS.read_text(encoding="utf-8"))["files"]
        whole = sum(file["same"] == file["statements"] for file in files)
        parts.append(words["played"].format(files=len(files), whole=whole))
    counts = [words["count"].format(space=space, **covered(space)) for space in SPACES]
    parts.append(words["names"].format(counts=listed(counts, words["and"])))
    missing = [f"`{name}`" for name in WANTED if not has(name)]
    if missing:
        parts.append(words["missing"].format(names=listed(missing, words["and"])))
    return filled(" ".join(parts))


def played(report: Report) -> str:
    """docs/tutorials.md's tables."""
    return markdown(json.loads(TUTORIALS.read_text(encoding="utf-8")))


def shards(report: Report) -> str:
    """docs/distributed.md's figures."""
    return ranks.markdown(json.loads(ranks.RESULTS.read_text(encoding="utf-8")))


def covered(space: str) -> dict[str, int]:
    """How many names of a namespace are here, of how many, as COVERAGE.md's table has it."""
    row = re.search(rf"^\| \[{re.escape(space)}\].*", COVERAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None, space
    *here, absent = (int(cell) for cell in re.findall(r"\| (\d+) (?=\|)", row[0]))
    return {"here": sum(here), "all": sum(here) + absent}


def has(name: str) -> bool:
    """Whether minigrad has nn.Conv2d, say."""
    module, _, last = name.partition(".")
    return hasattr(getattr(minigrad, module), last)


FIGURES: dict[str, Callable[[Any], str]] = {
    **{
        each.__name__: each
        for each in (speed, step, trainings, ops, layers, compiler, tricks, pace, tutorials, played, shards)
    },
    **{f"{each.__name__}_es": partial(each, language="es") for each in (pace, tutorials)},
}
