"""What the commands share: options and their checks. What the user can mend is a UsageError, one line."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from sidebyside.runs import FURTHER, LEARNING_RATES, OPTIMIZERS, Config, short

CHECKOUT = Path(__file__).resolve().parent.parent
MOST = 10**9  # of epochs, units, samples in a batch: beyond, what is meant is a slip of the finger


def from_checkout(file: str | Path) -> str:
    """Return the path of one of the project's files from the folder that minigrad is in; of another as it is."""
    path = Path(file)
    return path.relative_to(CHECKOUT).as_posix() if path.is_relative_to(CHECKOUT) else str(file)


class UsageError(Exception):
    """What the user can mend: printed as one line."""

    status = 2


class Failure(UsageError):
    """What was asked for does not hold: printed as one line, too."""

    status = 1


def number(
    kind: Callable[[str], Any], low: float, what: str, high: float = sys.float_info.max
) -> Callable[[str], Any]:
    """An argument type: a number from `low` to `high`."""

    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return value

    return parse


def add_training(to: argparse.ArgumentParser, more: Iterable[str] = ()) -> None:
    """The options that say what is trained, and how. `more` are models that this command knows besides."""
    count = number(int, 1, f"a whole number from 1 to {MOST:,}", MOST)
    share = number(float, 0, "a finite number of at least 0")
    to.add_argument(
        "--model",
        choices=[*LEARNING_RATES, *FURTHER, *more],
        default="sequential",
        help="default: %(default)s",
    )
    to.add_argument("--loop", choices=("optimizer", "manual"), default="optimizer",
                    help="CrossEntropyLoss and an optimizer, or all by hand; default: %(default)s")  # fmt: skip
    to.add_argument(
        "--data", default="digits", metavar="digits|mnist|fashion-mnist|PATH", help="default: %(default)s"
    )
    to.add_argument("--epochs", type=count, default=100, metavar="N", help="default: %(default)s")
    to.add_argument(
        "--lr", type=share, help="learning rate; default: the optimizer's, for sgd the tutorial's"
    )
    to.add_argument("--batch-size", type=count, metavar="N", help="default: all at once, as in the tutorial")
    to.add_argument(
        "--hidden", type=count, default=100, metavar="N", help="hidden units; default: %(default)s"
    )
    to.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="default: %(default)s")
    to.add_argument("--device", default="cpu", help="cpu or cuda; default: %(default)s")
    to.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    to.add_argument("--log-each", type=count, default=10, metavar="EPOCHS", help="default: %(default)s")
    rates = ", ".join(f"{name} {short(each.lr)}" for name, each in OPTIMIZERS.items() if each.lr is not None)
    to.add_argument(
        "--optimizer", type=str.lower, choices=list(OPTIMIZERS), default="sgd",
        help=f"default: %(default)s; learning rates: sgd 0.8, residual 0.2, as in the tutorial, {rates}",
    )  # fmt: skip
    to.add_argument("--momentum", type=share, default=0.0, help="of sgd and rmsprop; default: %(default)s")
    to.add_argument(
        "--weight-decay",
        type=share,
        default=None,
        metavar="DECAY",
        help="default: the optimizer's, of adamw 0.01",
    )
    to.add_argument("--nesterov", action="store_true", help="sgd with Nesterov's momentum")
    to.add_argument("--compile", action="store_true", help="minigrad's step through torch.compile")
    to.add_argument(
        "--shards", type=count, default=None, metavar="K",
        help="split every batch into K and take the mean of their gradients; mpiexec -n K does it in K processes",
    )  # fmt: skip
    to.add_argument(
        "--timeout", type=number(float, 0.1, "a number of seconds from 0.1 to 1e6", 1e6), default=60, metavar="SECONDS",
        help="how long one process waits for another; default: %(default)s",
    )  # fmt: skip


def config_of(args: argparse.Namespace) -> Config:
    """The options as a Config, checked against each other."""
    values = {field.name: getattr(args, field.name) for field in fields(Config)}
    kind = OPTIMIZERS[values["optimizer"]]
    if values["lr"] is None:
        values["lr"] = (LEARNING_RATES | FURTHER)[args.model] if kind.lr is None else kind.lr
    if values["weight_decay"] is None:
        values["weight_decay"] = kind.weight_decay
    config = Config(**values)
    if config.loop == "manual" and config.optimizer != "sgd":
        raise UsageError(f"--loop manual has no --optimizer {config.optimizer}: use --loop optimizer")
    if config.options and config.loop == "manual":
        raise UsageError(f"--loop manual knows no {', '.join(config.options)}: use --loop optimizer")
    for name in config.options:
        if name not in kind.options:
            have = " or ".join(each for each, other in OPTIMIZERS.items() if name in other.options)
            raise UsageError(f"--optimizer {config.optimizer} has no {name}: use --optimizer {have}")
    if config.nesterov and not config.momentum:
        raise UsageError("--nesterov needs a momentum: add --momentum 0.9")
    largest = float(np.finfo(config.dtype).max)
    for name, value in {"lr": config.lr, **config.options}.items():
        if value > largest:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} {short(value)} does not fit into {config.dtype}: give a smaller one")
    if not -(2**63) <= config.seed < 2**64:
        raise UsageError(f"--seed {config.seed} does not fit into 64 bits: give a smaller one")
    return config


def install(extra: str) -> str:
    """The command that brings one of pyproject.toml's extras, for the Python that runs."""
    python, here = Path(sys.executable), Path.cwd()
    program = python.relative_to(here) if python.is_relative_to(here) else python
    if not (CHECKOUT / "pyproject.toml").exists():
        return f'{program} -m pip install "minigrad-vs-torch[{extra}]"'
    return f'{program} -m pip install -e "{"." if here == CHECKOUT else CHECKOUT}[{extra}]"'


def need(package: str, extra: str, why: str) -> None:
    """Say what to install where something is missing, or does not load."""
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        missing = error.name or package
        raise UsageError(f"{why} needs {missing}, which is not installed: {install(extra)}") from None
    except (ImportError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{why} needs {package}, which does not load ({reason}): {install(extra)}") from None


def check_device(name: str, engines: Sequence[str]) -> None:
    """Refuse a device that an engine cannot use, before anything is trained."""
    from sidebyside.runs import engine

    for each in engines:
        try:
            engine(each).torch.zeros(1).to(name).tolist()  # torch's "meta" takes tensors, and gives none back
        except (AssertionError, RuntimeError) as error:
            lines = [" ".join(line.split()).rstrip(".") for line in str(error).splitlines() if line.strip()]
            reason = ". ".join(lines)
            raise UsageError(f"--device {name} cannot be used with {each}: {reason[:300]}") from None


def data_of(name: str) -> Any:
    """The dataset, or one line on why not."""
    if name == "digits" and find_spec("sklearn") is None:
        need("sklearn", "app", "--data digits")
    from sidebyside.data import DataError, load

    try:
        return load(name)
    except DataError as error:
        raise UsageError(str(error)) from None


# -- files ------------------------------------------------------------------------------------------------------
# Where a result goes is tried before the work begins. A folder that is missing is made when the result is written.


def unwritable(path: Path) -> str | None:
    """Why this file could not be written, and what to do; None if it can. Leaves nothing behind."""
    try:
        target = Path(os.path.realpath(path))  # a link stays a link: what it points to is written
        if target.is_dir():
            return f"{path} is a folder: name a file in it"
        if target.exists() and not target.is_file():
            return f"{path} is no ordinary file: name one"
        if target.exists():
            target.open("ab").close()  # which changes neither what is in it nor its time
        there = next(each for each in target.parents if each.exists())
        if not there.is_dir():
            return f"{path} cannot be written: {there} is a file, not a folder: choose another place"
        tempfile.NamedTemporaryFile(dir=there, prefix=f".{target.name}.", suffix=".part").close()
    except OSError as error:
        return f"{path} cannot be written ({error.strerror or error}): choose another place"
    return None


def writable_file(text: str) -> Path:
    """An argument type: a file that can be written."""
    if problem := unwritable(Path(text)):
        raise argparse.ArgumentTypeError(problem)
    return Path(text)


def writable_folder(*names: str) -> Callable[[str], Path]:
    """An argument type: a folder in which files of these names can be written."""

    def parse(text: str) -> Path:
        for name in names:
            writable_file(os.path.join(text, name))
        return Path(text)

    return parse


def check_apart(args: argparse.Namespace) -> None:
    """Refuse one place for two things: the second would be written over the first. A run may be saved where it was."""
    paths = {name: os.path.realpath(value) for name, value in vars(args).items() if isinstance(value, Path)}
    for one, other in itertools.combinations(paths, 2):
        if paths[one] == paths[other] and {one, other} != {"save", "resume"}:
            raise UsageError(
                f"{one} and {other} name the same place, {getattr(args, one)}: give each its own"
            )


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all, in a folder that is made if it is missing."""
    from minigrad.serialization.files import replacing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:  # which names the temporary file
        raise OSError(error.errno, error.strerror, str(path)) from None


def add_json(to: argparse.ArgumentParser) -> None:
    """The option that all commands with figures have."""
    to.add_argument(
        "--json", type=writable_file, metavar="FILE", help="write all that was found, for programs to read"
    )


def write_report(report: Any, path: Path | None) -> None:
    """Write what `--json` asks for, and say so; nothing without a path."""
    if path is not None:
        write_json(report, path)
        print(f"Wrote {path}", flush=True)


def write_json(report: Any, path: Path) -> None:
    """Write it as JSON; where a number is nan or infinite, JSON has none, and null stands for it."""
    write_text(path, json.dumps(_finite(report), indent=1, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
