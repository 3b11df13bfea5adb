"""minigrad explain: why do the two libraries part, when each computes with its own kernels?

Both train the same model, freely, and the drift of the losses is drawn. Beside them PyTorch takes the first
steps once more under a watch: for every aten op whose kernel the two libraries do not share, minigrad's kernel
works the result out as well, from the very same inputs. The first that differs is where the runs part. Which of
the two is nearer to the truth is measured in the next wider type: float64, or long double for float64.

If an op, a rule or the optimizer's step is wrong (replay.py), that is the answer, and nothing is trained.
Exit status: 0, 1 if something is wrong, 2 for bad usage, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sidebyside.aten import CAUSES, KERNELS, bare
from sidebyside.compare import advance_run, start_alike, unexplained
from sidebyside.contract import same_bits, ulps
from sidebyside.data import Dataset
from sidebyside.options import (
    UsageError,
    add_json,
    add_training,
    config_of,
    data_of,
    need,
    writable_folder,
    write_json,
    write_report,
)
from sidebyside.progress import progress
from sidebyside.replay import Wrong, find_wrong
from sidebyside.report import accusation, distrust, divergence, wrapped
from sidebyside.runs import ENGINES, Config, Run, start

DESCRIPTION = """Train the same model with minigrad and with PyTorch, each with its own kernels, and say why
they part: the first step and the first op that rounds apart, and its cause; how far apart
activations, gradients and weights are, layer by layer; and how the losses drift."""
SHOWN = {"minigrad": "minigrad", "torch": "PyTorch"}
GLOSSARY = (
    "Words: an ulp is the last place of the array's largest element. Apart: the largest difference between the two. "
    "Off: the root mean square distance from the same step in float64 (of an op: the next wider type). aten: PyTorch's "
    "library of kernels, the functions that compute. Nearer: whose off is smaller. Drift: how a difference grows."
)
WATCHED = 25  # epochs in which the first op that rounds differently is searched
LONG = 10**6  # elements up to which a truth in long double is computed: there is no BLAS for it


def cause(op: str) -> str:
    """Return why the two libraries' results of an aten op differ."""
    why = KERNELS[bare(op)].why
    return f"{bare(op)}: {CAUSES[why]}" if why == "approximation" else CAUSES[why]


@dataclass(frozen=True)
class Apart:
    """An op whose results with the two kernels differ, from the same inputs.

    `ulp` is the largest difference, `error` each library's root mean square error, both in last places of the
    largest element; None where there is no truth to compare with.
    """

    step: int
    number: int
    op: str
    phase: str
    shape: tuple[int, ...]
    differing: int
    ulp: float
    cause: str
    error: dict[str, float] | None

    @property
    def nearer(self) -> str | None:
        """Return the library that is nearer to the truth, or None."""
        return nearest(self.error)


def nearest(error: dict[str, float] | None) -> str | None:
    """Return the library with the smaller error, or None if there is no truth or the errors are equal."""
    return min(error, key=error.__getitem__) if error and len(set(error.values())) > 1 else None


def errors(ours: Any, theirs: Any, truth: Any) -> dict[str, float] | None:
    """Return both root mean square errors in units of the last place of the truth's largest element, or None."""
    if truth is None or not np.isfinite(truth).all() or not truth.size:
        return None
    place = float(np.spacing(np.max(np.abs(truth)).astype(ours.dtype)))
    off = ((each.astype(truth.dtype) - truth) / place for each in (ours, theirs))
    return {name: float(np.sqrt(np.mean(each * each))) for name, each in zip(ENGINES, off, strict=True)}


def watch() -> Any:
    """Return a mode in which PyTorch computes with its own kernels, and each result is compared with minigrad's."""
    import torch

    from sidebyside.exchange import EXCHANGED, array, computed, minigrad_kernels

    def wide(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return value.astype({4: np.float64, 8: np.longdouble}[value.itemsize], order="K")
        return tuple(map(wide, value)) if isinstance(value, tuple) else value

    class Watch(minigrad_kernels):
        def __init__(self) -> None:
            super().__init__()
            self.step, self.number, self.phase = 0, 0, "forward"
            self.apart: list[Apart] = []

        def begin(self, *module_and_inputs: Any) -> None:
            self.step, self.number, self.phase = self.step + 1, 0, "forward"

        def exchange(self, func: Any, args: Any, options: dict[str, Any]) -> Any:
            if torch._C._current_graph_task_id() != -1:
                self.phase = "backward"
            elif self.phase == "backward":
                self.phase = "update"
            self.number += 1
            before = (args[0].clone(), *args[1:]) if func._schema.is_mutable else args
            ours, theirs = computed(func, before, options), func(*args, **options)
            a, b = (array(each[0] if isinstance(each, tuple) else each) for each in (ours, theirs))
            if a.dtype.kind == "f" and not same_bits(a, b):
                error = errors(a, b, self.truth(func, before, options))
                facts = self.step, self.number, str(func), self.phase, a.shape
                differing = int(np.sum((a != b) & ~(np.isnan(a) & np.isnan(b))))
                self.apart.append(Apart(*facts, differing, ulps(b, a), cause(str(func)), error))
            return theirs

        def truth(self, func: Any, args: Any, options: dict[str, Any]) -> Any:
            values = [wide(array(each)) for each in args]
            if any(isinstance(v, np.ndarray) and v.dtype == np.longdouble and v.size > LONG for v in values):
                return None
            with np.errstate(all="ignore"):
                result = EXCHANGED[func](*values, **{name: wide(array(v)) for name, v in options.items()})
            return np.asarray(result[0] if isinstance(result, tuple) else result)

    return Watch()


def first_step_apart(run: Run, config: Config) -> tuple[int, int, list[Apart]]:
    """Return how many steps were watched, how many ops of a step are exchanged, and the ops of the first step in which
    results differ."""
    mode = watch()
    hook = run.model.register_forward_pre_hook(mode.begin)
    with mode:
        while not mode.apart and len(run.losses) < min(WATCHED, config.epochs):
            advance_run(run, config)
    hook.remove()
    first = mode.apart[0].step if mode.apart else 0
    return mode.step, mode.number, [apart for apart in mode.apart if apart.step == first]


def one_step(run: Run, config: Config) -> dict[str, Any]:
    """Take a training step on the first batch. Return the activations by layer, the gradients and the weights."""
    found: dict[str, Any] = {}
    for name, module in run.model.named_modules():
        if name and not list(module.children()):
            module.register_forward_hook(
                lambda module, inputs, z, name=name: found.update(
                    {f"{name} ({type(module).__name__})": z.detach().numpy().copy()}
                )
            )
    take = run.engine.train
    step = (
        take.manual(run.model, config.lr)
        if run.optimizer is None
        else take.optimizer(run.model, run.optimizer)
    )
    size = config.batch_size or len(run.x)
    found["loss"] = np.asarray(step(run.x[:size], run.y[:size]).item())
    found |= {f"gradient of {name}": g for name, g in run.gradients().items()}
    return found | {f"{name} after the step": p for name, p in run.parameters().items()}


def layers(config: Config, data: Dataset) -> list[dict[str, Any]]:
    """Measure how far apart activations, gradients and weights are after the same step from the same weights."""
    runs = [start(name, config, data) for name in ENGINES]
    if config.dtype == "float32":
        runs.append(start("torch", replace(config, dtype="float64"), data))
        runs[2].x = runs[1].x.double()
    start_alike(runs[0], runs[1:2])
    for run in runs[2:]:
        run.model.load_state_dict({name: p.double() for name, p in runs[1].model.state_dict().items()})
    ours, theirs, *truths = [one_step(run, config) for run in runs]
    found = []
    for name, a in ours.items():
        b = theirs[name]
        if name == "loss":  # .item() is a float64
            a, b = a.astype(config.dtype), b.astype(config.dtype)
        error = errors(a, b, truths[0][name]) if truths else None
        found.append({"what": name, "ulp": ulps(b, a), "error": error, "nearer": nearest(error)})
    return found


@dataclass
class Explained:
    """Everything that was found. `as_dict` is what `--json` writes."""

    config: Config
    watched: int
    ops: int
    apart: list[Apart]
    layers: list[dict[str, Any]]
    losses: dict[str, list[float]]
    interrupted: bool = False
    diverged: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    unexplained: list[str] | None = None

    def drift(self) -> list[float]:
        """Return the relative difference of the losses in each epoch."""
        pairs = zip(*(self.losses[name] for name in ENGINES), strict=True)
        return [abs(a - b) / abs(b) if a != b and b else abs(a - b) for a, b in pairs]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        apart = [asdict(each) | {"nearer": each.nearer} for each in self.apart]
        return {"config": asdict(self.config), "steps_watched": self.watched, "ops_in_a_step": self.ops,
                "apart": apart, "layers": self.layers, "losses": self.losses, "drift": self.drift(),
                "interrupted": self.interrupted, "diverged": self.diverged,
                "wrong": [asdict(each) for each in self.wrong], "unexplained": self.unexplained}  # fmt: skip


# -- shown --------------------------------------------------------------------------------------------------


def heading(text: str) -> str:
    """Return a heading, which is bold on a terminal unless NO_COLOR is set."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\n\033[1m{text}\033[0m" if bold else f"\n{text}"


def told(result: Explained) -> Iterator[str]:
    """Yield the answer in lines of at most 80 columns."""
    if result.wrong:
        yield f"{accusation(result.wrong)} Nothing was trained."
        return
    if result.unexplained:
        yield from (each for line in distrust(result.unexplained).splitlines() for each in wrapped(line))
        return
    yield heading("Where they part")
    if not result.apart:
        yield f"No op rounds apart in the first {result.watched} steps."
    else:
        yield from _first(result, result.apart[0])
        yield heading(f"Every op of step {result.apart[0].step} that rounds apart, from the very same inputs")
        yield f"{'':4}{'op':<27}{'in':<9}{'differing':>17}{'ulp':>7}  nearer"
        for each in result.apart:
            share = f"{each.differing}/{math.prod(each.shape)}"
            nearer = SHOWN.get(each.nearer or "", "neither" if each.error else "-")
            yield f"{each.number:>3} {bare(each.op):<27}{each.phase:<9}{share:>17}{each.ulp:>7.2g}  {nearer}"
    yield from _layers(result)
    yield from _drift(result)


def _first(result: Explained, first: Apart) -> Iterator[str]:
    where = f"op {first.number} of the {result.ops} in a step that may round apart"
    yield from wrapped(f"Step {first.step}, {first.phase}: {first.op}, {where}.")
    yield from wrapped(
        f"Of its {math.prod(first.shape)} elements {first.differing} differ, at most by {first.ulp:.2g} ulp."
    )
    yield from wrapped(f"Cause: {first.cause}.")
    if first.error:
        off = ", ".join(f"{SHOWN[name]} by {error:.3g} ulp" for name, error in first.error.items())
        nearer = f"Nearer to the truth is {SHOWN[first.nearer]}" if first.nearer else "Neither is nearer"
        yield from wrapped(f"Off the truth: {off}. {nearer}.")


def _layers(result: Explained) -> Iterator[str]:
    yield heading("Layer by layer: the first step, from the same weights, in ulp")
    truth = any(each["error"] for each in result.layers)
    yield f"{'':<32}{'apart':>9}" + (f"{'minigrad off':>15}{'PyTorch off':>14}" if truth else "")
    for each in result.layers:
        off = each["error"]
        columns = f"{off['minigrad']:>15.3g}{off['torch']:>14.3g}" if off else ""
        yield f"{each['what']:<32}{each['ulp']:>9.3g}{columns}"
    if truth:
        count = {name: sum(each["nearer"] == name for each in result.layers) for name in ENGINES}
        yield f"Nearer to the truth: minigrad {count['minigrad']} times, PyTorch {count['torch']} times."


def _drift(result: Explained) -> Iterator[str]:
    drift = result.drift()
    finite = [d for d in drift if 0 < d < math.inf]
    low, high = (
        (math.floor(math.log10(min(finite))), math.ceil(math.log10(max(finite)))) if finite else (0, 1)
    )
    width = 54
    yield heading("Drift: how far apart the losses are, relatively, on a logarithmic scale")
    yield f"{'epoch':>7} {'apart':>9}  {f'1e{low}':<{width - 6}}{f'1e{high}':>6}"
    for epoch, d in enumerate(drift, 1):
        if not result.config.tells(epoch):
            continue
        share = (math.log10(d) - low) / max(high - low, 1) if 0 < d < math.inf else 0
        bar = "equal" if d == 0 else "·" * max(0, round(share * width) - 1) + "●"
        yield f"{epoch:>7} {d:>9.1e}  {bar}"
    places = [f"{loss:.5f}" for name in ENGINES for loss in result.losses[name]]
    half = len(places) // 2
    parted = next((i for i in range(half) if places[i] != places[half + i]), None)
    when = "no epoch" if parted is None else f"epoch {parted + 1} first"
    yield f"The losses' five printed decimals differ in {when}."
    yield ""
    yield from wrapped(GLOSSARY)
    if result.interrupted:
        yield f"Interrupted after {len(drift)} of {result.config.epochs} epochs."
    yield from divergence(result.config, result.diverged).splitlines()


def _draw(result: Explained, path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "minigrad"  # the same run gives the same file
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    drift = [d or math.nan for d in result.drift()]
    axes.plot(range(1, len(drift) + 1), drift, ".-", color="#444444", markersize=3, linewidth=0.6)
    axes.set(xlabel="epoch", ylabel="|difference| / loss\n(no dot: equal)", title=str(result.config))
    axes.title.set_fontsize(9)
    if any(d > 0 for d in drift):
        axes.set_yscale("log")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)


# -- the command --------------------------------------------------------------------------------------------


def add_arguments(to: argparse.ArgumentParser) -> None:
    """The options of `minigrad explain`."""
    to.description = DESCRIPTION
    add_training(to)
    add_json(to)
    to.add_argument("--out", type=writable_folder("explain.json", "drift.svg"), metavar="DIR",
                    help="write explain.json and drift.svg")  # fmt: skip


def explain(config: Config, data: Dataset) -> Explained:
    """Train both and compare. Ctrl-C ends the training, and the result so far is returned."""
    watched = start("torch", config, data)
    free = {name: start(name, config, data) for name in ENGINES}
    start_alike(ours := free["minigrad"], [free["torch"], watched])
    wrong = find_wrong(config, data, ours.parameters(), ours.x, ours.y)
    off = None if wrong else unexplained(config, data, ours, free["torch"])
    if wrong or off:
        return Explained(config, 0, 0, [], [], {name: [] for name in ENGINES}, wrong=wrong, unexplained=off)
    steps, ops, apart = first_step_apart(watched, config)
    found = Explained(config, steps, ops, apart, layers(config, data), {}, unexplained=off)
    try:
        with progress("epoch", config.epochs) as show:
            for epoch in range(1, config.epochs + 1):
                for run in free.values():
                    advance_run(run, config)
                show(epoch)
    except KeyboardInterrupt:
        found.interrupted = True
    found.diverged = {name: run.diverged() for name, run in free.items()}
    done = min(len(run.losses) for run in free.values())
    found.losses = {name: run.losses[:done] for name, run in free.items()}
    return found


def run(args: argparse.Namespace) -> int:
    """minigrad explain"""
    from minigrad.serialization.files import replacing

    need("torch", "torch", "explain")
    config = config_of(args)
    if config.device != "cpu":
        raise UsageError(f"--device {config.device}: kernels are compared on the CPU; leave it out")
    if args.out is not None:
        need("matplotlib", "app", "--out")
    data = data_of(config.data)
    for line in ("minigrad and PyTorch, each with its own kernels", str(config), f"data: {data.source}"):
        print("\n".join(wrapped(line)), flush=True)
    result = explain(config, data)
    for line in told(result):
        print(line, flush=True)
    write_report(result.as_dict(), args.json)
    if args.out is not None:
        write_json(result.as_dict(), args.out / "explain.json")
        with replacing(args.out / "drift.svg") as temporary:
            _draw(result, temporary)
        print(f"Wrote explain.json and drift.svg to {args.out}", flush=True)
    return 130 if result.interrupted else 1 if result.wrong or result.unexplained else 0
