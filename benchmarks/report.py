"""The tables of a report, in Markdown; the plots are plots.py's. Every figure comes from the JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import plots, roofline, statistics
from benchmarks.tricks import OURS, PLAIN
from benchmarks.turns import CONTROL
from benchmarks.workloads import TOGETHER, TUTORIAL
from sidebyside.options import write_text

Report = dict[str, Any]
Row = dict[str, Any]


def write(report: Report, folder: Path) -> None:
    """cpu.json, cpu.md and the plots, and say where."""
    files = {
        "cpu.json": as_json(report),
        "cpu.md": markdown(report),
        **plots.draw(report),
    }
    for name, text in files.items():
        write_text(folder / name, text)
    print(f"written: {', '.join(files)} in {folder}")


def as_json(report: Report) -> str:
    """A line for each entry of the report's lists: thousands of samples, and still a diff that can be read."""
    lists = {
        key: ",\n".join(json.dumps(each) for each in found)
        for key, found in report.items()
        if type(found) is list
    }
    written = [f"{json.dumps(key)}: {json.dumps(found)}" for key, found in report.items() if key not in lists]
    written += [f"{json.dumps(key)}: [\n{lines}\n]" for key, lines in lists.items()]
    return "{" + ",\n".join(written) + "}\n"


def markdown(report: Report) -> str:
    """All tables that there are rows for."""
    sections = (
        about, steps, floors, others, networks, layers, fits, overhead, operations, ways, depths, memory, imports, sums,
        missing,
    )  # fmt: skip
    parts = ["\n".join(section(report)) for section in sections]
    return "\n\n".join(["# Speed on the CPU", *filter(None, parts)]) + "\n"


# -- parts of a table ---------------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError("unreachable")


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """Markdown; nothing where there are no lines."""
    lines = list(lines)
    if lines:
        yield from ("| " + " | ".join(line) + " |" for line in (heads, ["---"] * len(heads), *lines))


def compared(row: Row, ours: str, theirs: str) -> dict[str, Any]:
    """statistics.compare of two of a row's contestants, with the row's own control."""
    rounds = row["rounds"]
    first = next(iter(rounds))
    found = statistics.compare(rounds[ours], rounds[theirs])
    floor = statistics.noise_floor(statistics.ratios(rounds[CONTROL], rounds[first]))
    verdict = statistics.verdict(found["ratio"], found["interval"], floor)
    return {**found, "noise_floor": floor, "verdict": verdict}


def ratio(row: Row, ours: str, theirs: str) -> str:
    """A ratio with its interval; "=" where the noise does not let it be told from 1. "-": not measured."""
    if not {ours, theirs} <= set(row["rounds"]):
        return "-"
    found = compared(row, ours, theirs)
    low, high = found["interval"]
    same = " =" if found["verdict"] == "no difference" else ""
    return f"{found['ratio']:.2f} [{low:.2f}, {high:.2f}]{same}"


def time_of(row: Row, who: str) -> str:
    """The median, or "-"."""
    return duration(statistics.seconds(row["rounds"][who])) if who in row["rounds"] else "-"


def noise(row: Row) -> str:
    """How far a contestant's rounds strayed from themselves."""
    rounds = row["rounds"]
    high = statistics.noise_floor(statistics.ratios(rounds[CONTROL], rounds[next(iter(rounds))]))[1]
    return f"± {100 * (high - 1):.0f} %"


def rows_of(report: Report, family: str) -> list[Row]:
    """In the order measured."""
    return [row for row in report["rows"] if row["family"] == family]


# -- sections -----------------------------------------------------------------------------------------------


def about(report: Report) -> Iterator[str]:
    """On what, and how to read it."""
    found, effort = report["environment"], report["effort"]
    versions = {**found["versions"], **found["benchmarked"]}
    blas = ", ".join(
        f"{pool['internal_api']} {pool.get('version') or ''} {pool.get('architecture') or ''}".strip()
        for pool in found["blas"]
    )
    changed = " and changes not committed" if found["changed"] else ""
    removed = report["removed_variables"]
    load = "unknown" if found["load"] is None else f"{found['load']:.1f}"
    threads = found["threads"]
    yield (
        f"- processor: {found['processor']} ({found['vendor']}), {found['cores']} cores, "
        f"governor {found['governor'] or 'unknown'}, load {load}"
    )
    yield f"- threads: {threads['numpy']} for NumPy, {threads['torch']} for PyTorch; libraries: {blas}"
    yield "- " + ", ".join(f"{name} {number}" for name, number in versions.items() if number)
    yield f"- {found['platform']}; commit {found['commit']}{changed}; {report['started']}"
    for later in report.get("updates", ()):
        yield f"- measured anew, what `{later['only']}` finds: commit {later['commit']}; {later['started']}"
    if found["variables"]:
        yield f"- set: {', '.join(f'{name}={value}' for name, value in found['variables'].items())}"
    if removed:
        named = ", ".join(f"{name}={value}" for name, value in removed.items())
        yield f"- removed for these measurements, for they slow NumPy's BLAS: {named}"
    yield f"- {report['minutes']} minutes"
    yield ""
    yield (
        "Each contestant has a process of its own. They take turns, A B C C B A in a round; a turn is a hot loop of "
        f"{effort['seconds']} s, and the others sleep meanwhile. A time is the median of {2 * effort['rounds']} turns. "
        f"A ratio is the median of {effort['rounds']} rounds, with its bootstrapped 95 % interval; below 1, the first "
        'is faster. The noise is what 95 % of the rounds make of two processes of one contestant. "=" says no '
        "difference: the ratio lies within the noise, or the interval holds 1. Results were compared before they were "
        "timed."
    )


def steps(report: Report) -> Iterator[str]:
    """The tutorial's step."""
    heads = [
        "batch", "floor", "minigrad", "minigrad / floor", "torch", "minigrad / torch", "torch.compile",
        "minigrad / compiled", "minigrad compiled", "compiled / floor", "compiled / torch", "noise",
    ]  # fmt: skip
    found = table(
        heads,
        (
            [
                f"{row['size']:,}", time_of(row, "floor"), time_of(row, "minigrad"), ratio(row, "minigrad", "floor"),
                time_of(row, "torch"), ratio(row, "minigrad", "torch"), time_of(row, "torch.compile"),
                ratio(row, "minigrad", "torch.compile"), time_of(row, "minigrad compiled"),
                ratio(row, "minigrad compiled", "floor"), ratio(row, "minigrad compiled", "torch"), noise(row),
            ]
            for row in rows_of(report, "step")
        ),
    )  # fmt: skip
    yield from titled(
        "The tutorial's step",
        "784-100-10, float32: forward, loss.item(), zero_grad, backward, SGD. The floor is the same by hand in "
        "NumPy, all buffers preallocated.",
        found,
    )


def floors(report: Report) -> Iterator[str]:
    """What the machine's ceilings leave possible, beside what the step by hand reaches."""
    if "ceilings" not in report:
        return

    def line(row: Row) -> list[str]:
        found = roofline.floors(row["size"], TUTORIAL, report["ceilings"])
        by, hand = found["by"], statistics.seconds(row["rounds"]["floor"])
        return [
            f"{row['size']:,}", f"{found['operations'] / 1e9:.3g}", f"{found['bytes'] / 1e6:.3g}",
            duration(by["operations"]), duration(by["bytes"]), duration(hand), f"{found['seconds'] / hand:.2f}",
        ]  # fmt: skip

    heads = [
        "batch",
        "10⁹ operations",
        "MB",
        "by operations",
        "by bytes",
        "by hand",
        "larger floor / by hand",
    ]
    ceilings = report["ceilings"]
    yield from titled(
        "Two floors of the step",
        f"At {ceilings['operations_per_second'] / 1e9:.0f}·10⁹ operations a second, the step's first product's, and "
        f"{ceilings['bytes_per_second'] / 1e9:.1f} GB a second, a copy of its data's, both at batch 60,000.",
        table(heads, (line(row) for row in rows_of(report, "step") if "floor" in row["rounds"])),
    )


def others(report: Report) -> Iterator[str]:
    """Every contestant over the floor."""
    rows = rows_of(report, "step")
    names = [name for name in (rows[0]["rounds"] if rows else ()) if name not in ("floor", CONTROL)]
    lines = ([f"{row['size']:,}", *(ratio(row, name, "floor") for name in names)] for row in rows)
    yield from titled("Everyone over the floor", "", table(["batch", *names], lines))


def pairs(report: Report, family: str) -> Iterator[str]:
    """minigrad beside torch."""
    yield from table(
        ["", "size", "minigrad", "torch", "minigrad / torch", "noise"],
        (
            [
                row["name"], f"{row['size']:,}", time_of(row, "minigrad"), time_of(row, "torch"),
                ratio(row, "minigrad", "torch"), noise(row),
            ]
            for row in rows_of(report, family)
        ),
    )  # fmt: skip


def networks(report: Report) -> Iterator[str]:
    """A step of others than the tutorial's."""
    text = "A step, as above; the size is the batch."
    yield from titled("Other networks", text, pairs(report, "network"))


def layers(report: Report) -> Iterator[str]:
    """Layers beyond the tutorial's."""
    text = (
        "Forward, and backward to input and weights; the size is the batch. LeNet takes a training step, which stands "
        "for its epoch on MNIST, of 938 such steps: an epoch is too long for a turn. Training steps are also taken "
        "through minigrad's torch.compile."
    )
    found = table(
        ["", "size", "minigrad", "torch", "minigrad / torch", "minigrad compiled", "compiled / torch", "noise"],
        (
            [
                row["name"], f"{row['size']:,}", time_of(row, "minigrad"), time_of(row, "torch"),
                ratio(row, "minigrad", "torch"), time_of(row, "minigrad compiled"),
                ratio(row, "minigrad compiled", "torch"), noise(row),
            ]
            for row in rows_of(report, "layer")
        ),
    )  # fmt: skip
    yield from titled("Further layers", text, found)


def fits(report: Report) -> Iterator[str]:
    """Whole trainings."""
    text = "From the first weights to the last epoch, data loaded; the size is the samples."
    yield from titled("Whole trainings", text, pairs(report, "fit"))


def overhead(report: Report) -> Iterator[str]:
    """Python's share."""
    text = "On tensors of one element next to nothing is computed."
    yield from titled("Python per op", text, pairs(report, "overhead"))


def operations(report: Report) -> Iterator[str]:
    """One line an op, minigrad's time and its ratio to torch's."""
    rows = rows_of(report, "operation")
    columns = list(dict.fromkeys((row["size"], direction_of(row)) for row in rows))
    by_name: dict[str, dict[Any, Row]] = {}
    for row in rows:
        by_name.setdefault(row["name"].rpartition(", ")[0], {})[row["size"], direction_of(row)] = row
    heads = ["op", *(f"{n}: {direction}" for n, direction in columns)]

    def cell(row: Row | None) -> str:
        return "-" if row is None else f"{time_of(row, 'minigrad')}, {ratio(row, 'minigrad', 'torch')}"

    lines = ([name, *(cell(found.get(column)) for column in columns)] for name, found in by_name.items())
    text = (
        f"minigrad's time, and minigrad / torch, on (n, n). Up to {TOGETHER['operation']} cells share a turn."
    )
    yield from titled("Op by op", text, table(heads, lines))


def ways(report: Report) -> Iterator[str]:
    """What was tried, and what it gave."""
    lines = (
        [
            row["name"].partition(": ")[0], *row["name"].partition(": ")[2].split("; "), f"{row['size']:,}",
            time_of(row, OURS), time_of(row, PLAIN), ratio(row, OURS, PLAIN), noise(row),
        ]
        for row in rows_of(report, "trick")
    )  # fmt: skip
    heads = ["", "minigrad", "plain NumPy", "rows", "minigrad's", "plain", "ratio", "noise"]
    text = "Loops that run another way than NumPy's plain one; all of them share a turn."
    yield from titled("Tricks", text, table(heads, lines))


def direction_of(row: Row) -> str:
    """forward, or forward and backward."""
    return str(row["name"].rpartition(", ")[2])


def depths(report: Report) -> Iterator[str]:
    """Whether time is linear in depth: then the time per op stays."""
    lines = (
        [
            f"{row['size']:,}",
            *(
                duration(statistics.seconds(row["rounds"][who]) / row["size"])
                for who in ("minigrad", "torch")
            ),
            ratio(row, "minigrad", "torch"),
            noise(row),
        ]
        for row in rows_of(report, "depth")
    )
    heads = ["ops", "minigrad, per op", "torch, per op", "minigrad / torch", "noise"]
    yield from titled(
        "Depth", "A chain of products of 1x1 tensors, forward and backward.", table(heads, lines)
    )


def memory(report: Report) -> Iterator[str]:
    """Peaks."""
    entries = report["memory"]
    batch = entries[0]["batch"] if entries else 0
    mega = lambda n: f"{n / 1e6:.0f} MB"
    size = mega(entries[0]["data"]) if entries else ""
    yield from titled(
        "Peak memory",
        f"Above what the process held after its imports, three steps at batch {batch:,}; {size} of it are the data.",
        table(["", "peak"], ([entry["who"], mega(entry["peak"])] for entry in entries)),
    )


def imports(report: Report) -> Iterator[str]:
    """`import minigrad` needs NumPy; what does it add?"""
    lines = (
        [time_of(row, "minigrad"), time_of(row, "numpy"), ratio(row, "minigrad", "numpy"), noise(row)]
        for row in rows_of(report, "import")
    )
    yield from titled(
        "Import",
        "In new interpreters, without their start.",
        table(["import minigrad", "import numpy", "ratio", "noise"], lines),
    )


def sums(report: Report) -> Iterator[str]:
    """How far off."""
    entries = report["sums"]
    keys = dict.fromkeys((entry["sum"], entry["data"]) for entry in entries)
    off = {(entry["sum"], entry["data"], entry["who"]): f"{entry['ulps']:.1f}" for entry in entries}
    yield from titled(
        "Accuracy of sums",
        f"float32, ({entries[0]['rows'] if entries else 0:,}, 100): the worst error in units of the last place of the "
        "largest sum.",
        table(
            ["sum", "data", "minigrad", "torch"],
            ([*key, off[*key, "minigrad"], off[*key, "torch"]] for key in keys),
        ),
    )


def missing(report: Report) -> Iterator[str]:
    """Who was not measured."""
    lines = [[entry["who"], entry["why"]] for entry in report["skipped"]]
    lines += [[entry["row"], f"FAILED: {_first_paragraph(entry['why'])}"] for entry in report["failed"]]
    yield from titled("Not measured", "", table(["", "why"], lines))


def _first_paragraph(text: str) -> str:
    """In one line, as a cell of a table wants it."""
    return " ".join(text.partition("\n\n")[0].split())


def titled(title: str, text: str, lines: Iterable[str]) -> Iterator[str]:
    """A section, if it has lines."""
    lines = list(lines)
    if lines:
        yield from (f"## {title}", "", *([text, ""] if text else []), *lines)
