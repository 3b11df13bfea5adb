"""The tutorial's trainings on MNIST, both engines, several seeds.   python -m benchmarks.tutorial

Writes benchmarks/results/tutorial.json, or --out, after every run, so that an interrupted measurement goes on where it
stopped, and prints docs/speed.md's table from that file; with --table it prints only.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from sidebyside import data, environment
from sidebyside.options import number, writable_file, write_text
from sidebyside.runs import ENGINES, LEARNING_RATES, Config, numbers_of, start

RESULTS = Path(__file__).parent / "results" / "tutorial.json"
# By model and loop, and by the epoch at which to look: the accuracy and the mean loss so far that the tutorial
# printed there, None where it printed nothing.
TUTORIAL: dict[tuple[str, str], dict[int, tuple[float | None, float | None]]] = {
    ("sequential", "manual"): {350: (0.9588, 0.30177)},
    ("sequential", "optimizer"): {350: (None, 0.30546), 1500: (0.977, None)},
    ("custom", "optimizer"): {100: (0.9281, 0.59709)},
    ("residual", "optimizer"): {100: (0.9117, 0.57409)},
}


def measure(model: str, loop: str, engine: str, seed: int, images: data.Dataset) -> list[dict[str, Any]]:
    """One training run, looked at where the tutorial looks."""
    looks = TUTORIAL[model, loop]
    config = Config(model, loop, "mnist", max(looks), LEARNING_RATES[model], seed=seed)
    with numbers_of(engine):
        run = start(engine, config, images)
    found = []
    for epoch in sorted(looks):
        run.advance(epoch - len(run.losses))
        found.append(
            {
                "model": model,
                "loop": loop,
                "engine": engine,
                "seed": seed,
                "epochs": epoch,
                "accuracy": run.accuracy(images, config),
                "mean_loss": sum(run.losses) / epoch,
            }
        )
    return found


def table(runs: list[dict[str, Any]]) -> str:
    """docs/speed.md's table: ours beside the tutorial's, the range over the seeds."""
    lines = [
        "| model, loop | epochs | tutorial: accuracy, mean loss | engine | accuracy | mean loss |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for (model, loop), looks in TUTORIAL.items():
        for epochs, (accuracy, loss) in looks.items():
            for engine in ENGINES:
                key = {"model": model, "loop": loop, "epochs": epochs, "engine": engine}
                found = [run for run in runs if key.items() <= run.items()]
                if not found:
                    continue
                theirs = ", ".join("-" if value is None else str(value) for value in (accuracy, loss))
                accuracies, losses = ([run[name] for run in found] for name in ("accuracy", "mean_loss"))
                lines.append(
                    f"| {model}, {loop} | {epochs} | {theirs} | {engine} | {span(accuracies, 4)} | {span(losses, 5)} |"
                )
    return "\n".join(lines)


def span(values: list[float], digits: int) -> str:
    """From the least to the greatest."""
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def main() -> None:
    """Measure what is missing, then print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tutorial", description=__doc__)
    parser.add_argument(
        "--seeds", type=number(int, 1, "a whole number from 1"), default=3, help="default: %(default)s"
    )
    parser.add_argument("--table", action="store_true", help="only print the table of what was measured")
    parser.add_argument("--out", type=writable_file, default=str(RESULTS), help="default: %(default)s")
    args = parser.parse_args()
    report = (
        json.loads(args.out.read_text())
        if args.out.exists()
        else {"environment": environment.describe(), "runs": []}
    )
    if not args.table:
        images = data.load("mnist")
        done = {(run["model"], run["loop"], run["engine"], run["seed"]) for run in report["runs"]}
        for model, loop in TUTORIAL:
            for seed in range(args.seeds):
                for engine in ENGINES:
                    if (model, loop, engine, seed) not in done:
                        report["runs"] += measure(model, loop, engine, seed, images)
                        write_text(args.out, json.dumps(report, indent=1) + "\n")
    print(table(report["runs"]))


if __name__ == "__main__":
    main()
