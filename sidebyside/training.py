"""minigrad train: one engine alone, which can stop and go on later, bit for bit."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sidebyside.environment import describe
from sidebyside.options import (
    UsageError,
    add_json,
    add_training,
    check_device,
    config_of,
    data_of,
    need,
    writable_file,
    write_report,
)
from sidebyside.progress import progress
from sidebyside.ranks import ALONE, Ranks, joined
from sidebyside.runs import ENGINES, FREE, Config, Run, start


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `minigrad train`."""
    parser.description = "Train with one engine. Needs no PyTorch for --engine minigrad."
    parser.add_argument("--engine", choices=ENGINES, default="minigrad", help="default: %(default)s")
    add_training(parser)
    parser.add_argument(
        "--save",
        type=writable_file,
        metavar="FILE",
        help="write weights, the optimizer's state, random state and losses to FILE.npz, .safetensors or .pt, every "
        "--log-each epochs and at the end",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="go on from a file of --save, bit for bit; --epochs counts from the beginning",
    )
    add_json(parser)


def check_saving(option: str, path: Path) -> None:
    """Refuse a file that cannot be saved to or loaded from, before anything is trained."""
    if path.suffix.lower() not in (".npz", ".safetensors", ".pt", ".pth"):
        raise UsageError(f"{option} {path}: the name must end in .npz, .safetensors, .pt or .pth")
    if path.suffix.lower() == ".safetensors":
        need("safetensors", "app", f"{option} {path}")
    if option == "--resume" and not path.is_file():
        raise UsageError(f"{option} {path}: there is no such file: name one that --save has written")


def resume(run: Run, path: Path, config: Config) -> None:
    """Take a run to where the file left it."""
    from minigrad.serialization import load
    from sidebyside.report import divergence

    try:
        checkpoint = load(path)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"--resume {path}: {str(error).splitlines()[0]}") from None
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("config"), dict):
        raise UsageError(f"--resume {path} holds no training run: name a file that --save has written")
    saved = {"optimizer": "sgd"} | checkpoint["config"]  # older files name no optimizer: it was SGD
    for name, value in asdict(config).items():
        if name not in FREE and saved.get(name) != value:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"--resume {path} was trained with {option} {saved.get(name)}, not {value}: give the same {option}"
            )
    try:
        run.restore(checkpoint)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise UsageError(f"--resume {path} does not fit this run: {' '.join(str(error).split())}") from None
    if told := divergence(config, {run.engine.name: run.diverged()}):
        raise UsageError(f"--resume {path} cannot go on. {' '.join(told.splitlines())}")


def save(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, or say in one line why not."""
    from minigrad.serialization import save as write

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(checkpoint, path)
    except OSError as error:
        raise UsageError(f"--save {path}: {error}") from None


def run(args: argparse.Namespace) -> int:
    """minigrad train"""
    if args.engine == "torch":
        need("torch", "torch", "--engine torch")
    config = config_of(args)
    for option, path in (("--save", args.save), ("--resume", args.resume)):
        if path is not None:
            check_saving(option, path)
    check_device(config.device, [args.engine])
    with joined([args.engine], args.timeout) as ranks:
        return _run(args, ranks.configure(config), ranks)


def _run(args: argparse.Namespace, config: Config, ranks: Ranks) -> int:
    from sidebyside.report import divergence

    if ranks.rank:  # the first writes for all
        args.save = args.json = None
    data = data_of(config.data)
    ranks.agree(config, data, args.resume)
    training = start(args.engine, config, data)
    if args.resume is not None:
        resume(training, args.resume, config)
    print(f"{args.engine}: {config}\ndata: {data.source}", flush=True)
    if args.resume is not None:
        print(f"Resumed after epoch {len(training.losses)} from {args.resume}", flush=True)
    if len(training.losses) >= config.epochs:
        print(f"Nothing to train: --epochs {config.epochs} are done. Ask for more to go on.")
    interrupted = train(training, config, args.save, ranks)
    accuracy = training.accuracy(data, config)
    print(f"accuracy {accuracy:.4f}, {training.seconds:.2f} s")
    if training.digests is not None:
        print(f"weights: SHA-256 {training.digest()}")
    diverged = training.diverged()
    if diverged is not None:
        print(divergence(config, {args.engine: diverged}), flush=True)
    write_report(report(training, config, data.source, accuracy, interrupted), args.json)
    return 130 if interrupted else 0 if diverged is None else 1


def report(run: Run, config: Config, source: str, accuracy: float, interrupted: bool) -> dict[str, Any]:
    """What `--json` writes. The seconds are those of this run alone, the losses those of all epochs.

    The weights are the SHA-256 after each epoch of this run, if it is one on shards.
    """
    return {
        "engine": run.engine.name,
        "config": asdict(config),
        "data": source,
        "environment": describe(),
        "losses": run.losses,
        "accuracy": accuracy,
        "seconds": run.seconds,
        "weights": run.digests,
        "interrupted": interrupted,
        "diverged": run.diverged(),
    }


def train(run: Run, config: Config, path: Path | None, ranks: Ranks = ALONE) -> bool:
    """Train to the end or to Ctrl-C, saving now and then; whether it was Ctrl-C."""
    from sidebyside.report import line

    interrupted = False
    checkpoint = run.checkpoint(config) if path else {}
    try:
        with progress("epoch", config.epochs) as show:
            for epoch in range(len(run.losses) + 1, config.epochs + 1):
                run.advance()
                ranks.agree_on_weights(run)
                if (
                    path
                ):  # Ctrl-C may come in the middle of an epoch: what is resumed is the state between two
                    checkpoint = run.checkpoint(config)
                show(epoch, f"loss {run.losses[-1]:.5f}")
                if config.tells(epoch):
                    print(line(epoch, config.epochs, sum(run.losses) / epoch), flush=True)
                if path and epoch % config.log_each == 0:
                    save(checkpoint, path)
    except KeyboardInterrupt:
        interrupted = True
        print(f"Interrupted after {len(run.losses)} of {config.epochs} epochs.")
    if path:
        save(checkpoint, path)
        further = "" if run.diverged() else f": go on with --resume {path}"
        print(f"Saved {path} after epoch {len(checkpoint['losses'])}{further}", flush=True)
    return interrupted
