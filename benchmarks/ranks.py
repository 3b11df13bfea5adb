"""Shards equal the whole: the claims, the kills and the times of docs/distributed.md.   python -m benchmarks.ranks

claims   whole runs: ranks beside shards one after another, and minigrad's ranks beside PyTorch's
kills    a rank is killed at random moments, and the run goes on from its file
speed    a step of one process and of two ranks, each on one BLAS thread, and what an exchange costs

Writes each part to benchmarks/results/ranks.json; --only redoes one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from sidebyside import environment
from sidebyside.options import write_text
from sidebyside.runs import LEARNING_RATES, Config

RESULTS = Path(__file__).parent / "results" / "ranks.json"
OPTIMIZERS = {"sgd": ["--momentum", "0.9", "--lr", "0.1"], "adam": ["--optimizer", "adam"]}
TRAIN = [sys.executable, "-m", "sidebyside", "train", "--log-each", "1", "--batch-size", "240"]
KILLS, EPOCHS = 50, 600
BATCHES = (64, 512, 4096)
PARAMETERS = 784 * 100 + 100 + 100 * 10 + 10  # of the tutorial's network
MPIEXEC = shutil.which(
    "mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
)


def mpiexec(ranks: int, *command: str) -> list[str]:
    """The command that starts so many ranks."""
    return [MPIEXEC or "mpiexec", "-n", str(ranks), *command]


def read(path: Path, *command: str) -> Any:
    """What a command writes to its --json."""
    subprocess.run([*command, "--json", str(path)], check=True, stdout=subprocess.DEVNULL, timeout=1200)
    return json.loads(path.read_text())


def digits(folder: Path) -> str:
    """scikit-learn's digits in a file, in 255ths instead of 16ths: every rank would load scikit-learn for seconds."""
    from sidebyside.data import load

    path, data = folder / "digits.npz", load("digits")
    images = {name: np.uint8(getattr(data, name) * 15).reshape(-1, 8, 8) for name in ("x_train", "x_test")}
    np.savez(path, **images, y_train=data.y_train, y_test=data.y_test)
    return str(path)


# -- claims -------------------------------------------------------------------------------------------------------


def claims() -> dict[str, Any]:
    """In how many epochs the weights are equal."""
    from sidebyside.shards import proved_steps

    rows, pytorch = [], []
    with tempfile.TemporaryDirectory() as folder:
        path, data = Path(folder) / "run.json", ["--data", digits(Path(folder))]
        for model, dtype, (name, options), ranks in product(
            LEARNING_RATES, ("float32", "float64"), OPTIMIZERS.items(), (2, 3, 4)
        ):
            train = [*TRAIN, "--model", model, "--dtype", dtype, *options, *data, "--epochs", "20"]
            one = read(path, *train, "--shards", str(ranks))["weights"]
            other = read(path, *mpiexec(ranks, *train))["weights"]
            equal = sum(a == b for a, b in zip(one, other, strict=True))
            rows.append(
                {
                    "model": model,
                    "dtype": dtype,
                    "optimizer": name,
                    "ranks": ranks,
                    "epochs": len(one),
                    "equal": equal,
                }
            )
            print(rows[-1], flush=True)
        for model in LEARNING_RATES:
            compare = [*TRAIN[:3], "compare", "--model", model, *data, "--epochs", "20"]
            found = read(path, *mpiexec(2, *compare))
            pytorch.append({"model": model, **found["contract"]})
            print(pytorch[-1], flush=True)
        shards = {k: read(path, *compare, "--epochs", "1", "--shards", str(k))["shards"] for k in (2, 4, 8)}
    proved = {
        dtype: min(
            proved_steps(Config(model, dtype=dtype, lr=0.25, momentum=0.5), k)
            for model in LEARNING_RATES
            for k in (1, 2, 4)
        )
        for dtype in ("float32", "float64")
    }
    return {"ranks": rows, "pytorch": pytorch, "gradients": shards, "proved_steps": proved}


# -- kills --------------------------------------------------------------------------------------------------------


def kills(count: int = KILLS, epochs: int = EPOCHS) -> dict[str, Any]:
    """Kill one of two ranks so often, go on from the file, and compare the end with a run without kills."""
    with tempfile.TemporaryDirectory() as folder:
        train = [
            *OPTIMIZERS["adam"],
            "--epochs",
            str(epochs),
            "--batch-size",
            "480",
            "--data",
            digits(Path(folder)),
        ]
        saved, whole = Path(folder) / "run.npz", Path(folder) / "whole.npz"
        seen, slowest = kill_and_go_on(saved, train, count)
        further = [*TRAIN, *train, "--epochs", str(epochs + 1), "--resume", str(saved)]
        for command in (
            mpiexec(2, *TRAIN, *train, "--resume", str(saved), "--save", str(saved)),
            mpiexec(2, *TRAIN, *train, "--save", str(whole)),
            mpiexec(3, *further),  # on another number of ranks
            further,  # and without any
        ):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        same = saved.read_bytes() == whole.read_bytes()
    return {
        "kills": count, "epochs": epochs, "epochs_before_the_last_kill": seen, "same_file_as_without_kills": same,
        "slowest_end_in_seconds": slowest,
    }  # fmt: skip


def kill_and_go_on(saved: Path, train: list[str], count: int) -> tuple[int, float]:
    """Start two ranks and kill one at a random moment, so often; the epochs that were saved, and the slowest end.

    Raises AssertionError if an epoch that was saved is lost, and RuntimeError if a file is not whole.
    """
    from minigrad import load

    drawn, pids, seen, ends = random.Random(0), saved.with_name("pid"), 0, []
    rank = [sys.executable, "-m", "benchmarks.ranks", "--rank", str(pids), *TRAIN[3:], *train]
    for _ in range(count):
        go_on = ["--resume", str(saved)] if saved.exists() else []
        command = mpiexec(2, *rank, "--save", str(saved), *go_on)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        with subprocess.Popen(command, **pipes) as process:
            _wait_for(process, drawn.randrange(7))
            time.sleep(drawn.uniform(0, 0.05))
            ends.append(_kill(pids.with_suffix(f".{drawn.randrange(2)}"), process))
            for left in saved.parent.glob("pid.*"):
                left.unlink()
        done = len(load(saved)["losses"]) if saved.exists() else 0
        if done < seen:
            raise AssertionError(f"epoch {seen} was saved, and is lost")
        seen = done
    return seen, max(ends)


def _wait_for(process: Any, lines: int) -> None:
    """Wait for so many epochs, or not at all: then the ranks are still starting."""
    while lines and (line := process.stdout.readline()):
        lines -= line.startswith("Epoch ")


def _kill(pid: Path, process: Any) -> float:
    """Kill a rank; the seconds until all have ended."""
    while not pid.exists():
        time.sleep(0.01)
    started = time.perf_counter()
    os.kill(
        int(pid.read_text()), signal.SIGKILL
    )  # ProcessLookupError if the run is over: give it more epochs
    process.stdout.read()
    process.wait(60)
    return time.perf_counter() - started


def run_as_rank(pids: Path, argv: list[str]) -> int:
    """Run a command of minigrad's in a process whose number can be read."""
    from sidebyside.cli import main

    path = pids.with_suffix(f".{os.environ['PMI_RANK']}")
    part = path.with_name(f"{path.name}.part")
    part.write_text(str(os.getpid()))
    part.replace(path)
    return main(argv)


# -- speed --------------------------------------------------------------------------------------------------------


def speed(rounds: int = 7) -> dict[str, Any]:
    """The least time of some rounds, in which one process and two ranks take turns: other programs may run beside."""
    alone = os.environ | {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    found: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    for _ in range(rounds):
        for ranks in found:
            command = mpiexec(ranks, sys.executable, "-m", "benchmarks.ranks", "--hot")
            done = subprocess.run(
                command, env=alone, stdout=subprocess.PIPE, text=True, check=True, timeout=600
            )
            found[ranks].append(json.loads(done.stdout))
    seconds = {
        ranks: {what: min(each[what] for each in rows) for what in rows[0]} for ranks, rows in found.items()
    }
    return {"parameters": PARAMETERS, "load": os.getloadavg()[0], "seconds": seconds}


def hot() -> dict[str, float]:
    """Seconds of a step for each size of the whole batch, and of an exchange of all gradients, in two ways."""
    import minigrad as torch
    from minigrad import distributed, models, train

    distributed.init_process_group()
    ranks, random_ = distributed.get_world_size(), np.random.default_rng(0)
    model = models.sequential(784, 100, 10)
    parallel = torch.nn.parallel.DistributedDataParallel(model) if ranks > 1 else model
    step = train.optimizer(parallel, torch.optim.SGD(model.parameters(), lr=0.1))
    found = {}
    for batch in BATCHES:
        x = torch.from_numpy(random_.random((batch // ranks, 784), np.float32))
        y = torch.from_numpy(random_.integers(0, 10, batch // ranks))
        found[f"step {batch}"] = least(lambda x=x, y=y: step(x, y), 20 if batch > 1000 else 60)
    gradients = torch.zeros(PARAMETERS)
    found["exchange in order"] = least(lambda: distributed.all_reduce(gradients), 100)
    distributed._groups[0].ordered = False
    found["exchange by Allreduce"] = least(lambda: distributed.all_reduce(gradients), 100)
    found["meeting"] = least(distributed.barrier, 100)
    rank = distributed.get_rank()
    distributed.destroy_process_group()
    if rank:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 it stays open to the end
    return found


def least(call: Any, times: int) -> float:
    """Of the seconds that a call takes."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken)


# -- the text of docs/distributed.md ------------------------------------------------------------------------------


def markdown(report: dict[str, Any]) -> str:
    """What was found, and the table of times."""
    claimed, killed, found = report["claims"], report["kills"], report["speed"]
    rows, pytorch = claimed["ranks"], claimed["pytorch"]
    whole = sum(row["equal"] == row["epochs"] for row in rows)
    apart, bound = (
        max(each[what] for shards in claimed["gradients"].values() for each in shards.values())
        for what in ("apart", "bound")
    )
    lost = "the same bytes as" if killed["same_file_as_without_kills"] else "OTHER BYTES THAN"
    proved = ", ".join(f"{n} in {dtype}" for dtype, n in claimed["proved_steps"].items())
    sentences = (
        f"Ranks and shards: one SHA-256 after each of {rows[0]['epochs']} epochs in {whole} of {len(rows)} runs on "
        "the digits, of three models in float32 and float64, by SGD with momentum and by Adam, on 2, 3 and 4 ranks.",
        f"Two ranks of minigrad and of PyTorch over gloo: equal in {sum(each['epochs_equal'] for each in pytorch)} of "
        f"{sum(each['epochs'] for each in pytorch)} epochs of the three models.",
        f"Steps of few bits that are proved exact, of each model and of 1, 2 and 4 shards: {proved}.",
        f"The first gradients in 2, 4 or 8 shards and as a whole: at most {apart:.1e} apart; bound {bound:.1e}.",
        f"{killed['kills']} times one of two ranks was killed at a random moment and the run went on from its file: no "
        f"epoch was lost, and in the end the file had {lost} that of a run without kills. Both ranks had ended "
        f"{killed['slowest_end_in_seconds']:.1f} s after a kill at the latest.",
    )
    return "\n".join([*(f"- {each}" for each in sentences), "", *times(found)])


def times(found: dict[str, Any]) -> list[str]:
    """The table, and from which batch on more ranks would pay."""
    one, two = (found["seconds"][ranks] for ranks in ("1", "2"))
    lines = ["| batch | one process | two ranks | two ranks / one process |", "| --- | --- | --- | --- |"]
    for batch in BATCHES:
        alone, both = (each[f"step {batch}"] for each in (one, two))
        lines.append(f"| {batch:,} | {1e3 * alone:.2f} ms | {1e3 * both:.2f} ms | {both / alone:.2f} |")
    sample = (one[f"step {BATCHES[-1]}"] - one[f"step {BATCHES[0]}"]) / (BATCHES[-1] - BATCHES[0])
    exchange, reduced = two["exchange in order"], two["exchange by Allreduce"]
    pays = {k: (k - 1) * exchange / (sample * (1 - 1 / k)) for k in (2, 4, 8)}
    return [
        *lines,
        "",
        f"Meanwhile {found['load']:.0f} processes on average wanted the machine's cores: two ranks, which wait for "
        "each other, lose more by that than one process does, so the table tells least of small batches. "
        f"A sample takes {1e6 * sample:.1f} µs. An exchange of the {found['parameters']:,} gradients between two ranks "
        f"takes {1e3 * exchange:.2f} ms in order and {1e3 * reduced:.2f} ms by Allreduce; that the ranks tell each "
        f"other where they are is {1e6 * two['meeting']:.0f} µs of it. In order, a rank of K receives K - 1 times "
        "as much as one of 2. K ranks on K cores save 1 - 1/K of the samples' time, so by arithmetic they pay from a "
        "batch of about "
        + ", ".join(f"{n:,.0f} for K = {k}" for k, n in pays.items())
        + ". Below that one process is quicker.",
    ]


# -- the command --------------------------------------------------------------------------------------------------

PARTS = {"claims": claims, "kills": kills, "speed": speed}


def main() -> int:
    """Measure, write, and say whether all claims hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranks", description=__doc__)
    parser.add_argument("--only", choices=list(PARTS))
    parser.add_argument("--hot", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.hot:
        print(json.dumps(hot()))
        return 0
    report = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in [args.only] if args.only else PARTS:
        report[name] = PARTS[name]() | {"environment": environment.describe()}
        write_text(RESULTS, json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_as_rank(Path(sys.argv[2]), sys.argv[3:]) if sys.argv[1:2] == ["--rank"] else main())
