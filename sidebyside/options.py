"""What the commands share: options and their checks. What the user can mend is a UsageError, one line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sidebyside.runs import LEARNING_RATES, Config


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
    from sidebyside.runs import engine

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
    from sidebyside.data import DataError, load

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
