"""The tutorial's step on a GPU: minigrad by CuPy, one op after the other or as a CUDA graph, beside PyTorch.

    python -m benchmarks.gpu                 results/gpu.json and its plot, in about four minutes
    python -m benchmarks.gpu --dry-run       the same code on the CPU with small numbers, to see that it runs

The step: 784-100-10, ReLU, cross-entropy, backward, SGD, and the loss read back as a number. A round times all
contestants in an order and then in the reverse order, so that what drifts meets all alike; each sample is as many
steps as fill a few milliseconds, between two CUDA events. Results are compared before anything is timed. Each part
is on its own: what fails is written down with its error, and the rest goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

import minigrad
from benchmarks import statistics
from benchmarks.roofline import floors
from minigrad import models as our_models
from sidebyside import environment
from sidebyside.options import unwritable, writable_file, write_text
from torch_ref import models as their_models

SIZES = (784, 100, 10)
LR = 0.1
Step = Callable[[], float]


class Scale(NamedTuple):
    """How much is done: on a GPU, and in a dry run."""

    batches: tuple[int, ...]
    rounds: int
    sample: float  # seconds that a sample fills
    fit: int  # samples of a whole fit
    copy: int  # floats of the large copy
    product: int  # rows of the large product
    seconds: float  # after which no further part is begun


FULL = Scale((64, 1024, 60_000), 15, 0.005, 60_000, 1 << 28, 8192, 200.0)
DRY = Scale((8, 16), 2, 0.001, 64, 1 << 12, 64, 60.0)


class Machine:
    """Where the contestants run: a GPU, or in a dry run the CPU in its place."""

    def __init__(self, dry: bool) -> None:
        self.dry, self.device = dry, "cpu" if dry else "cuda"

    def synchronize(self) -> None:
        """Wait for all that was asked."""
        if not self.dry:
            torch.cuda.synchronize()
            minigrad.cuda.synchronize()

    def timed(self, library: Any, work: Callable[[], Any]) -> float:
        """Seconds of work, by the library's CUDA events; by the clock in a dry run and on the CPU."""
        self.synchronize()
        if self.dry or library is None:
            start = time.perf_counter()
            work()
            return time.perf_counter() - start
        first, last = (library.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        work()
        last.record()
        last.synchronize()
        return first.elapsed_time(last) / 1e3


# -- the contestants ----------------------------------------------------------------------------------------


def samples(n: int) -> tuple[Any, Any]:
    """Images and classes by chance, always the same."""
    rng = np.random.default_rng(0)
    return rng.random((n, SIZES[0]), np.float32), rng.integers(0, SIZES[2], n)


def _parts(library: Any, models: Any, device: str, n: int) -> tuple[Any, Any, Any, Any]:
    library.manual_seed(0)
    model = models.sequential(*SIZES).to(device)
    x, y = (library.from_numpy(a).to(device) for a in samples(n))
    return model, library.optim.SGD(model.parameters(), lr=LR), x, y


def _eager(library: Any, models: Any, device: str, n: int, compiled: bool = False) -> Step:
    model, sgd, x, y = _parts(library, models, device, n)
    forward = torch.compile(model) if compiled else model

    def step() -> float:
        loss = library.nn.functional.cross_entropy(forward(x), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        return loss.item()

    return step


def _graph(library: Any, models: Any, machine: Machine, n: int) -> Step:
    """The step without its reading of the loss, captured after three steps on a stream beside."""
    if machine.dry:
        return _eager(library, models, machine.device, n)
    model, sgd, x, y = _parts(library, models, machine.device, n)
    weights = [p.detach().clone() for p in model.parameters()]

    def body() -> Any:
        loss = library.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        sgd.step()
        return loss

    side = library.cuda.Stream()
    side.wait_stream(library.cuda.current_stream())
    with library.cuda.stream(side):
        for _ in range(3):
            sgd.zero_grad()
            body()
    library.cuda.current_stream().wait_stream(side)
    g = library.cuda.CUDAGraph()
    sgd.zero_grad()
    with library.cuda.graph(g):
        loss = body()
    with library.no_grad():
        for p, w in zip(model.parameters(), weights, strict=True):
            p.copy_(w)

    def step() -> float:
        g.replay()
        return loss.item()

    return step


CONTESTANTS: dict[str, tuple[Any, Callable[[Machine, int], Step]]] = {
    "minigrad CPU": (None, lambda m, n: _eager(minigrad, our_models, "cpu", n)),
    "minigrad CuPy": (minigrad, lambda m, n: _eager(minigrad, our_models, m.device, n)),
    "minigrad graph": (minigrad, lambda m, n: _graph(minigrad, our_models, m, n)),
    "torch eager": (torch, lambda m, n: _eager(torch, their_models, m.device, n)),
    "torch.compile": (torch, lambda m, n: _eager(torch, their_models, m.device, n, compiled=not m.dry)),
    "torch graph": (torch, lambda m, n: _graph(torch, their_models, m, n)),
}
PAIRS = (
    ("minigrad CuPy", "torch eager"), ("minigrad graph", "torch eager"), ("minigrad graph", "torch graph"),
    ("minigrad CuPy", "minigrad CPU"), ("torch.compile", "torch eager"),
)  # fmt: skip


# -- the parts ----------------------------------------------------------------------------------------------


def steps(machine: Machine, scale: Scale, n: int, report: dict[str, Any]) -> dict[str, Any]:
    """All contestants at one batch size: checked, then timed in rounds."""
    ready: dict[str, Step] = {}
    for name, (_, make) in CONTESTANTS.items():
        done = guarded(report, f"batch {n}: {name}", lambda make=make: make(machine, n))
        if done is not None:
            ready[name] = done
    losses = {name: [step() for _ in range(3)] for name, step in ready.items()}
    difference = max(
        abs(a - b) for row in losses.values() for a, b in zip(row, losses["torch eager"], strict=True)
    )
    if not difference < 1e-3:  # far above rounding, far below what a wrong step would give
        raise AssertionError(f"the contestants do not compute the same: {losses}")
    times = {
        name: _calibrated(machine, CONTESTANTS[name][0], step, scale.sample) for name, step in ready.items()
    }
    rounds: dict[str, list[list[float]]] = {name: [] for name in ready}
    for _ in range(scale.rounds):
        order = [*ready, *reversed(ready)]
        pairs: dict[str, list[float]] = {name: [] for name in ready}
        for name in order:
            pairs[name].append(_sample(machine, CONTESTANTS[name][0], ready[name], times[name]))
        for name, pair in pairs.items():
            rounds[name].append(pair)
    ratios = {
        f"{a} / {b}": statistics.compare(rounds[a], rounds[b]) for a, b in PAIRS if {a, b} <= ready.keys()
    }
    return {
        "batch": n,
        "largest_difference_of_losses": difference,
        "steps_in_a_sample": times,
        "seconds": {name: statistics.seconds(each) for name, each in rounds.items()},
        "ratios": ratios,
        "kernels": {name: guarded(report, f"batch {n}: kernels of {name}", lambda s=s: kernels(machine, s))
                    for name, s in ready.items()},
        "samples": rounds,
    }  # fmt: skip


def _sample(machine: Machine, library: Any, step: Step, count: int) -> float:
    def work() -> None:
        for _ in range(count):
            step()

    return machine.timed(library, work) / count


def _calibrated(machine: Machine, library: Any, step: Step, seconds: float) -> int:
    return max(1, round(seconds / max(_sample(machine, library, step, 3), 1e-7)))


def kernels(machine: Machine, step: Step) -> int | None:
    """How many kernels a step launches, by torch's profiler, which sees CuPy's too; None on the CPU."""
    if machine.dry:
        return None
    activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profile:
        for _ in range(5):
            step()
        machine.synchronize()
    done = [each for each in profile.events() if each.device_type == torch.autograd.DeviceType.CUDA]
    return round(sum(not each.name.startswith(("Memcpy", "Memset")) for each in done) / 5)


def ceilings(machine: Machine, scale: Scale) -> dict[str, float]:
    """What the card can do: bytes per second of a large copy, operations per second of a large float32 product."""
    source = torch.ones(scale.copy, device=machine.device)
    target = torch.empty_like(source)
    matrix = torch.ones(scale.product, scale.product, device=machine.device)
    out = torch.empty_like(matrix)
    best = {}
    for name, work in (
        ("copy", lambda: target.copy_(source)),
        ("product", lambda: torch.mm(matrix, matrix, out=out)),
    ):
        work()
        best[name] = min(machine.timed(torch, work) for _ in range(5))
    return {
        "bytes_per_second": 2 * 4 * scale.copy / best["copy"],
        "operations_per_second": 2 * scale.product**3 / best["product"],
    }


def fits(machine: Machine, scale: Scale, batch: int) -> dict[str, float]:
    """Seconds of one pass over all samples in batches, eager: what a user's own loop takes."""
    found = {}
    for name, library, models, device in (
        ("minigrad CPU", minigrad, our_models, "cpu"),
        ("minigrad CuPy", minigrad, our_models, machine.device),
        ("torch eager", torch, their_models, machine.device),
    ):
        model, sgd, x, y = _parts(library, models, device, scale.fit)

        def fit(library: Any = library, model: Any = model, sgd: Any = sgd, x: Any = x, y: Any = y) -> None:
            for i in range(0, len(x), batch):
                loss = library.nn.functional.cross_entropy(model(x[i : i + batch]), y[i : i + batch])
                sgd.zero_grad()
                loss.backward()
                sgd.step()
            loss.item()

        fit()
        found[name] = min(
            machine.timed(None, lambda fit=fit: (fit(), machine.synchronize())) for _ in range(2)
        )
    return found


def arithmetic(machine: Machine) -> dict[str, Any]:
    """Whether products keep float32: 1 + 2⁻¹² times 1, of which TF32 would lose the last bit."""
    wanted = 1 + 2**-12
    found = {}
    for library in (minigrad, torch):
        x = library.full((64, 64), wanted).to(machine.device) @ library.eye(64).to(machine.device)
        found[library.__name__] = "float32" if x[0, 0].item() == wanted else "TF32"
    return found | {"torch.backends.cuda.matmul.allow_tf32": torch.backends.cuda.matmul.allow_tf32}


def plot(report: dict[str, Any], path: Path) -> str:
    """Milliseconds per step of every contestant at every batch size."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    done = [each for each in report["steps"] if each]
    figure, axes = plt.subplots(
        1, len(done), figsize=(4.2 * len(done), 3.2), squeeze=False, layout="constrained"
    )
    for axis, each in zip(axes[0], done, strict=True):
        names = list(each["seconds"])
        values = [1e3 * each["seconds"][name] for name in names]
        bars = axis.barh(
            names[::-1],
            values[::-1],
            color=["tab:orange" if "torch" in n else "tab:blue" for n in names[::-1]],
        )
        axis.bar_label(bars, fmt="%.3g", padding=3)
        axis.set(xscale="log", title=f"batch {each['batch']:,}", xlabel="ms per step")
        axis.set_xlim(min(values) / 2, max(values) * 4)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(report["gpu"] or "a dry run on the CPU: these times mean nothing")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)
    return path.name


# -- all of it ----------------------------------------------------------------------------------------------


def guarded(report: dict[str, Any], name: str, part: Callable[[], Any]) -> Any:
    """What the part gives; None, and its error in the report, where it fails or the time is up."""
    if time.monotonic() > report["deadline"]:
        report["errors"][name] = "left out: the time was up"
        return None
    try:
        return part()
    except Exception as error:
        report["errors"][name] = f"{type(error).__name__}: {error}"
        traceback.print_exc()
        return None


def measure(machine: Machine, scale: Scale) -> dict[str, Any]:
    """The report: every part of it, or its error."""
    torch.backends.cuda.matmul.allow_tf32 = False
    report: dict[str, Any] = {"errors": {}, "deadline": time.monotonic() + scale.seconds}
    report["environment"] = guarded(report, "environment", environment.describe)
    report["gpu"] = None if machine.dry else guarded(report, "gpu", minigrad.cuda.get_device_name)
    report["arithmetic"] = guarded(report, "arithmetic", lambda: arithmetic(machine))
    print(f"products are computed in: {report['arithmetic']}", flush=True)
    report["ceilings"] = guarded(report, "ceilings", lambda: ceilings(machine, scale))
    report["steps"] = []
    for n in scale.batches:
        found = guarded(report, f"batch {n}", lambda n=n: steps(machine, scale, n, report))
        report["steps"].append(found)
        if found and report["ceilings"]:
            found["floor"] = floors(n, SIZES, report["ceilings"])
            found["share_of_roofline"] = {
                name: found["floor"]["seconds"] / s for name, s in found["seconds"].items()
            }
        if found:
            print(table(found), flush=True)
    report["fits"] = {
        str(batch): guarded(report, f"fit in batches of {batch}", lambda b=batch: fits(machine, scale, b))
        for batch in scale.batches
    }
    return report


def table(found: dict[str, Any]) -> str:
    """One batch size as text."""
    lines = [f"batch {found['batch']:,}"]
    for name, seconds in found["seconds"].items():
        share = found.get("share_of_roofline", {}).get(name)
        count = found["kernels"].get(name)
        rest = f"{share:7.1%} of the roofline" if share else ""
        lines.append(
            f"  {name:<16}{1e3 * seconds:10.4f} ms  {count if count is not None else '-':>4} kernels {rest}"
        )
    for name, each in found["ratios"].items():
        low, high = each["interval"]
        lines.append(f"  {name:<32}{each['ratio']:6.2f}  [{low:.2f}, {high:.2f}]  {each['verdict']}")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Measure, write, draw; 1 where a part failed, 2 without a GPU."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--dry-run", action="store_true", help="on the CPU, with small numbers: does the code run?"
    )
    parser.add_argument(
        "--out", type=writable_file, metavar="FILE", help="default: benchmarks/results/gpu.json"
    )
    args = parser.parse_args(argv)
    out = args.out or Path(__file__).parent / "results" / ("gpu-dry-run.json" if args.dry_run else "gpu.json")
    if problem := unwritable(out) or unwritable(out.with_suffix(".svg")):
        parser.error(problem)
    if not args.dry_run and not (torch.cuda.is_available() and minigrad.cuda.is_available()):
        print(
            "CuPy or PyTorch finds no GPU: `minigrad doctor` says more, --dry-run runs without",
            file=sys.stderr,
        )
        return 2
    report = measure(Machine(args.dry_run), DRY if args.dry_run else FULL)
    report["plot"] = guarded(report, "plot", lambda: plot(report, out.with_suffix(".svg")))
    del report["deadline"]
    write_text(out, json.dumps(report, indent=1) + "\n")
    print(f"{out} written" + "".join(f"\nFAILED {name}: {error}" for name, error in report["errors"].items()))
    return int(bool(report["errors"]))


if __name__ == "__main__":
    sys.exit(main())
