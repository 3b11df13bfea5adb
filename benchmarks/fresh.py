"""What needs a process that has done nothing yet: the peak of memory, the time of an import. And how exact sums are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.turns import CONTROL, Effort, take

ROOT = Path(__file__).parent.parent
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


# -- memory -------------------------------------------------------------------------------------------------


def peak_memory(who: str, batch: int) -> dict[str, Any]:
    """Bytes above what the process held after the imports: data, weights, and the most that three steps needed."""
    from benchmarks.contestants import MAKERS, network, samples
    from benchmarks.workloads import LR, TUTORIAL
    from sidebyside.runs import ENGINES, engine

    for name in ENGINES:  # both for everyone: the baseline is the same
        engine(name)
    baseline = _held("VmRSS")
    CLEAR.write_text("5")  # the high-water mark starts again from here
    x, y = samples(batch, TUTORIAL[0], TUTORIAL[-1])
    made = MAKERS[who](x, y, network(TUTORIAL), LR)
    for _ in range(3):
        made.step()
    return {"who": who, "batch": batch, "data": x.nbytes + y.nbytes, "peak": _held("VmHWM") - baseline}


def _held(name: str) -> int:
    """Bytes in memory, now (VmRSS) or at most so far (VmHWM)."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


# -- imports ------------------------------------------------------------------------------------------------


def imports(effort: Effort) -> dict[str, Any]:
    """Seconds of `import minigrad` and of `import numpy`, each in a new interpreter."""
    modules = {"minigrad": "minigrad", "numpy": "numpy", CONTROL: "minigrad"}
    turns = {name: lambda module=module: [import_seconds(module)] for name, module in modules.items()}
    (rounds,) = take(turns, effort)
    return {"family": "import", "name": "import", "size": 1, "check": "", "rounds": rounds}


def import_seconds(module: str) -> float:
    """By that interpreter's clock, without its own start; with bytecode that the first of them has written."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


# -- sums ---------------------------------------------------------------------------------------------------


def _bias_gradient(torch: Any, dz: Any) -> Any:
    """What linear's bias gets: the sum over the batch."""
    bias = torch.zeros(dz.shape[1], requires_grad=True)
    torch.nn.functional.linear(torch.zeros(len(dz), 1), torch.zeros(dz.shape[1], 1), bias).backward(dz)
    return bias.grad


# Each with the sum in long double that it should be.
SUMS: dict[str, tuple[Any, Any]] = {
    "a bias's gradient": (_bias_gradient, lambda x: x.sum(axis=0)),
    "x.sum(0)": (lambda torch, x: x.sum(0), lambda x: x.sum(axis=0)),
    "x.sum(1)": (lambda torch, x: x.sum(1), lambda x: x.sum(axis=1)),
    "x.sum()": (lambda torch, x: x.sum(), lambda x: x.sum()),
}


def sums(rows: int) -> list[dict[str, Any]]:
    """How far sums of float32 are from the truth, in units of the last place of the largest one."""
    from sidebyside.contract import ulps
    from sidebyside.runs import ENGINES, engine

    rng = np.random.default_rng(0)
    kinds = {
        "uniform in 0..1": rng.random((rows, 100), dtype=np.float32),
        "normal": rng.standard_normal((rows, 100), dtype=np.float32),
    }
    found = []
    for kind, x in kinds.items():
        for name, (program, exact) in SUMS.items():
            truth = exact(x.astype(np.longdouble))
            for who in ENGINES:
                torch = engine(who).torch
                off = ulps(program(torch, torch.from_numpy(x)).numpy(), truth)
                found.append({"sum": name, "data": kind, "rows": rows, "who": who, "ulps": off})
    return found
