"""The command `minigrad`: compare and train.   `python -m sidebyside` is the same.

Exit status: 0 when the contract held, 1 when it broke, 2 for bad usage, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .runs import ENGINES, LEARNING_RATES, Config, Run

EXAMPLES = """examples:
  minigrad compare                                   digits, 100 epochs, seconds
  minigrad compare --model residual --loop manual    another model, trained by hand
  minigrad compare --data mnist --epochs 350 --out build/mnist
  minigrad train --engine minigrad --epochs 20       needs no PyTorch
  minigrad train --epochs 500 --save run.npz         go on later with --epochs 1000 --resume run.npz
"""


class UsageError(Exception):
    """What the user can mend: printed as one line."""


def number(kind: Callable[[str], Any], low: float, what: str) -> Callable[[str], Any]:
    """An argument type: a number that is at least `low`."""

    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value < math.inf:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return value

    return parse


def parser() -> argparse.ArgumentParser:
    """The command line."""
    from . import coverage, notebook  # which import this file

    top = argparse.ArgumentParser(
        prog="minigrad", description="minigrad and PyTorch, side by side.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    compare = commands.add_parser(
        "compare", help="train with both, and say whether they agree", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train the same model with minigrad and with PyTorch, show both, and check the\n"
        "contract: with PyTorch's autograd on minigrad's kernels, every epoch is equal bit for bit.",
    )  # fmt: skip
    add_training(compare)
    compare.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    compare.add_argument(
        "--out", type=Path, metavar="DIR", help="write losses.csv, compare.json and curves.svg"
    )
    train = commands.add_parser("train", help="train with one engine", description="Train with one engine.")
    train.add_argument("--engine", choices=ENGINES, default="minigrad", help="default: %(default)s")
    add_training(train)
    train.add_argument("--save", type=Path, metavar="FILE",
                       help="write weights, momentum, random state and losses to FILE.npz or FILE.safetensors, every "
                       "--log-each epochs and at the end")  # fmt: skip
    train.add_argument("--resume", type=Path, metavar="FILE",
                       help="go on from a file of --save, bit for bit; --epochs counts from the beginning")  # fmt: skip
    notebook.add_arguments(
        commands.add_parser("notebook", help="run a notebook's cells with both, and say where they differ")
    )
    coverage.add_arguments(
        commands.add_parser("coverage", help="write COVERAGE.md: what minigrad has of PyTorch")
    )
    return top


def add_training(to: argparse.ArgumentParser) -> None:
    """The options that say what is trained, and how."""
    count = number(int, 1, "a whole number from 1")
    share = number(float, 0, "a number from 0")
    to.add_argument(
        "--model", choices=list(LEARNING_RATES), default="sequential", help="default: %(default)s"
    )
    to.add_argument("--loop", choices=("optimizer", "manual"), default="optimizer",
                    help="CrossEntropyLoss and SGD, or everything by hand; default: %(default)s")  # fmt: skip
    to.add_argument(
        "--data", default="digits", metavar="digits|mnist|fashion-mnist|PATH", help="default: %(default)s"
    )
    to.add_argument("--epochs", type=count, default=100, help="default: %(default)s")
    to.add_argument("--lr", type=share, help="learning rate; default: 0.8, residual 0.2, as in the tutorial")
    to.add_argument("--batch-size", type=count, help="default: all at once, as in the tutorial")
    to.add_argument("--hidden", type=count, default=100, help="hidden units; default: %(default)s")
    to.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="default: %(default)s")
    to.add_argument("--device", default="cpu", help="cpu or cuda; default: %(default)s")
    to.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    to.add_argument("--log-each", type=count, default=10, metavar="EPOCHS", help="default: %(default)s")
    to.add_argument("--momentum", type=share, default=0.0, help="SGD's; default: %(default)s")
    to.add_argument("--weight-decay", type=share, default=0.0, help="SGD's; default: %(default)s")
    to.add_argument("--nesterov", action="store_true", help="Nesterov's momentum")


def config_of(args: argparse.Namespace) -> Config:
    """The options as a Config, checked against each other."""
    values = {field.name: getattr(args, field.name) for field in fields(Config)}
    if values["lr"] is None:
        values["lr"] = LEARNING_RATES[args.model]
    config = Config(**values)
    if config.options and config.loop == "manual":
        raise UsageError(f"--loop manual knows no {', '.join(config.options)}: use --loop optimizer")
    if config.nesterov and not config.momentum:
        raise UsageError("--nesterov needs a momentum: add --momentum 0.9")
    if not -(2**63) <= config.seed < 2**64:
        raise UsageError(f"--seed {config.seed} does not fit into 64 bits")
    return config


def need(package: str, extra: str, why: str) -> None:
    """Say what to install where something is missing."""
    if find_spec(package) is None:
        raise UsageError(
            f"{why} needs {package}, which is not installed: pip install -e '.[{extra}]' in the checkout"
        )


def check_device(name: str, engines: Sequence[str]) -> None:
    """Refuse a device that an engine cannot use, before anything is trained."""
    from .runs import engine

    for each in engines:
        try:
            engine(each).torch.zeros(1).to(name)
        except (AssertionError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise UsageError(f"--device {name} cannot be used with {each}: {reason[:300]}") from None


def data_of(name: str) -> Any:
    """The dataset, or one line on why not."""
    if name == "digits":
        need("sklearn", "app", "--data digits")
    from .data import DataError, load

    try:
        return load(name)
    except DataError as error:
        raise UsageError(str(error)) from None


def check_json(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is trained."""
    if not path.parent.is_dir():
        raise UsageError(f"--json {path}: there is no folder {path.parent}: make it first")
    if path.is_dir():
        raise UsageError(f"--json {path} is a folder: name a file in it")


def check_saving(option: str, path: Path) -> None:
    """Refuse a file that cannot be saved to or loaded from, before anything is trained."""
    if path.suffix.lower() not in (".npz", ".safetensors"):
        raise UsageError(f"{option} {path}: the name must end in .npz or .safetensors")
    if path.suffix.lower() == ".safetensors":
        need("safetensors", "app", f"{option} {path}")
    if path.is_dir():
        raise UsageError(f"{option} {path} is a folder: name a file in it")
    if option == "--save" and not path.parent.is_dir():
        raise UsageError(f"--save {path}: there is no folder {path.parent}: make it first")


def resume(run: Run, path: Path, config: Config) -> None:
    """Take a run to where the file left it."""
    from minigrad.serialization import load

    from .runs import FREE

    try:
        checkpoint = load(path)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"--resume {path}: {str(error).splitlines()[0]}") from None
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("config"), dict):
        raise UsageError(f"--resume {path} holds no training run: name a file that --save has written")
    saved = checkpoint["config"]
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


def save(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, or say in one line why not."""
    from minigrad.serialization import save as write

    try:
        write(checkpoint, path)
    except OSError as error:
        raise UsageError(f"--save {path}: {error}") from None


def run_compare(args: argparse.Namespace) -> int:
    """minigrad compare"""
    from . import report

    need("torch", "torch", "compare")
    config = config_of(args)
    if args.json is not None:
        check_json(args.json)
    if args.out is not None:
        need("matplotlib", "app", "--out")
        if args.out.exists() and not args.out.is_dir():
            raise UsageError(f"--out {args.out} is a file: name a folder")
    check_device(config.device, ENGINES)
    data = data_of(config.data)
    from .compare import compare

    shown = report.reporter(config, data.source)
    result = compare(config, data, shown.watch)
    shown.finish(result)
    if args.json is not None:
        report.write_json(result, args.json)
    if args.out is not None:
        report.write_folder(result, args.out)
    return 130 if result.interrupted else 0 if result.contract.held else 1


def run_train(args: argparse.Namespace) -> int:
    """minigrad train"""
    from .runs import start

    if args.engine == "torch":
        need("torch", "torch", "--engine torch")
    config = config_of(args)
    for option, path in (("--save", args.save), ("--resume", args.resume)):
        if path is not None:
            check_saving(option, path)
    check_device(config.device, [args.engine])
    data = data_of(config.data)
    run = start(args.engine, config, data)
    if args.resume is not None:
        resume(run, args.resume, config)
    print(f"{args.engine}: {config}\ndata: {data.source}", flush=True)
    if args.resume is not None:
        print(f"Resumed after epoch {len(run.losses)} from {args.resume}", flush=True)
    if len(run.losses) >= config.epochs:
        print(f"Nothing to train: --epochs {config.epochs} are done. Ask for more to go on.")
    interrupted = train(run, config, args.save)
    print(f"accuracy {run.accuracy(data, config):.4f}, {run.seconds:.2f} s")
    return 130 if interrupted else 0


def train(run: Run, config: Config, path: Path | None) -> bool:
    """Train to the end or to Ctrl-C, saving now and then; whether it was Ctrl-C."""
    from .report import line

    interrupted = False
    checkpoint = run.checkpoint(config) if path else {}
    try:
        for epoch in range(len(run.losses) + 1, config.epochs + 1):
            run.advance()
            if path:  # Ctrl-C may come in the middle of an epoch: what is resumed is the state between two
                checkpoint = run.checkpoint(config)
            if epoch % config.log_each == 0:
                print(line(epoch, config.epochs, sum(run.losses) / epoch), flush=True)
                if path:
                    save(checkpoint, path)
    except KeyboardInterrupt:
        interrupted = True
        print(f"Interrupted after {len(run.losses)} of {config.epochs} epochs.")
    if path:
        save(checkpoint, path)
        print(f"Saved {path} after epoch {len(checkpoint['losses'])}: go on with --resume {path}", flush=True)
    return interrupted


def run_notebook(args: argparse.Namespace) -> int:
    """minigrad notebook"""
    from .notebook import run

    return run(args)


def run_coverage(args: argparse.Namespace) -> int:
    """minigrad coverage"""
    need("torch", "torch", "coverage")
    from .coverage import run

    return run(args)


COMMANDS = {"compare": run_compare, "train": run_train, "notebook": run_notebook, "coverage": run_coverage}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    args = parser().parse_args(argv)
    try:
        return COMMANDS[args.command](args)
    except UsageError as error:
        print(f"minigrad {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted before the first epoch.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `minigrad compare | head`: the reader has had enough
        sys.stdout = None  # type: ignore[assignment]
        return 0
