"""The plots of a report, as SVG: the step by batch, the ops, time against depth."""

from __future__ import annotations

import io
from typing import Any

from benchmarks import statistics

Report = dict[str, Any]
COLOURS = {
    "minigrad": "#1f5c99", "minigrad compiled": "#6fa8dc", "floor": "#444444", "torch": "#d1495b",
    "torch.compile": "#e58f65",
    "MyGrad": "#7a9e7e", "HIPS autograd": "#9b72aa", "JAX jit": "#c9a227",
}  # fmt: skip


def draw(report: Report) -> dict[str, str]:
    """The SVGs by file name, those that there are rows for."""
    import matplotlib

    with matplotlib.rc_context(
        {"svg.hashsalt": "minigrad", "font.size": 9}
    ):  # the same report gives the same files
        drawn = {
            "cpu-step.svg": _steps(report),
            "cpu-ops.svg": _operations(report),
            "cpu-depth.svg": _depths(report),
        }
    return {name: svg for name, svg in drawn.items() if svg}


def _figure(**size: Any) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained", **size)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _rows(report: Report, family: str) -> list[Any]:
    return [row for row in report["rows"] if row["family"] == family]


def _steps(report: Report) -> str:
    """Everyone's time over the floor's, by batch, with intervals."""
    rows = [row for row in report["rows"] if row["family"].startswith("step")]
    names = [name for name in COLOURS if name != "floor" and any(name in row["rounds"] for row in rows)]
    batches = sorted({row["size"] for row in rows})
    if not rows:
        return ""
    figure, axes = _figure(figsize=(7.5, 4))
    for i, name in enumerate(names):
        for row in (row for row in rows if {name, "floor"} <= set(row["rounds"])):
            found = statistics.compare(row["rounds"][name], row["rounds"]["floor"])
            place = batches.index(row["size"]) + (i - (len(names) - 1) / 2) * 0.12
            axes.plot([place] * 2, found["interval"], color=COLOURS[name], linewidth=1.5)
            axes.plot(place, found["ratio"], "o", color=COLOURS[name], markersize=5)
    for name in names:
        axes.plot([], [], "o", color=COLOURS[name], label=name)
    axes.axhline(1, color=COLOURS["floor"], linewidth=1)
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xticks(range(len(batches)), [f"{batch:,}" for batch in batches])
    axes.set(
        xlabel="batch", ylabel="time / the hand-written floor's", title="The tutorial's step, 784-100-10"
    )
    figure.legend(loc="outside right upper", frameon=False)
    return _svg(figure)


def _operations(report: Report) -> str:
    """minigrad / torch of every op, forward and backward, small and large."""
    rows = [row for row in _rows(report, "operation") if row["name"].endswith("forward and backward")]
    if not rows:
        return ""
    sizes = sorted({row["size"] for row in rows})
    names = list(dict.fromkeys(row["name"].rpartition(", ")[0] for row in rows))
    figure, axes = _figure(figsize=(7.5, 1.2 + 0.16 * len(names)))
    for size, colour, marker in zip(sizes, ("#e58f65", "#1f5c99"), ("o", "s"), strict=False):
        found = {row["name"].rpartition(", ")[0]: row["rounds"] for row in rows if row["size"] == size}
        each = [
            (statistics.compare(r["minigrad"], r["torch"]), names.index(name)) for name, r in found.items()
        ]
        axes.hlines(
            [y for _, y in each],
            *zip(*(c["interval"] for c, _ in each), strict=True),
            color=colour,
            alpha=0.5,
        )
        axes.plot([c["ratio"] for c, _ in each], [y for _, y in each], marker, color=colour, markersize=3.5,
                  linestyle="none", label=f"({size}, {size})")  # fmt: skip
    axes.axvline(1, color="#444444", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="x", labeltop=True)
    axes.grid(axis="y", color="#eeeeee")
    axes.set(xlabel="minigrad / torch, forward and backward; left of 1 minigrad is faster")
    axes.legend(frameon=False, loc="lower right")
    return _svg(figure)


def _depths(report: Report) -> str:
    """Time per op against depth: flat where time is linear."""
    rows = sorted(_rows(report, "depth"), key=lambda row: row["size"])
    if not rows:
        return ""
    figure, axes = _figure(figsize=(5, 3))
    for name in ("minigrad", "torch"):
        each = [statistics.seconds(row["rounds"][name]) / row["size"] * 1e6 for row in rows]
        axes.plot([row["size"] for row in rows], each, "o-", color=COLOURS[name], label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks([row["size"] for row in rows], [f"{row['size']:,}" for row in rows])
    axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
    axes.set(xlabel="ops in the chain", ylabel="µs per op, forward and backward")
    axes.legend(frameon=False)
    return _svg(figure)
