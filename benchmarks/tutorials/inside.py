"""What is in place inside an engine's process before a tutorial's first statement, the same for both engines."""

from __future__ import annotations

import struct
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

MNIST = 700  # images: tutorials split 70,000 after the first 60,000, and play.SMALLER makes that 600


class Rounds:
    """What every for-loop of a tutorial iterates through: the time under PyTorch decides how long a long loop is.

    A loop that has taken `seconds` of processor time ends before its next round, and `cut` keeps how many it had, by
    the loop's number in the order in which the statement's loops began. Given a `cut`, the same loops end after as many
    rounds.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begin(None)

    def begin(self, cut: dict[int, int] | None) -> None:
        """Before a statement: None for the engine whose time decides, its `cut` for the other one."""
        self.given, self.cut, self.started = cut, dict[int, int](), 0

    def __call__(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items, until the loop is to end."""
        number, self.started, start = self.started, self.started + 1, time.process_time()
        for done, item in enumerate(items):
            if self.given is not None:
                if done == self.given.get(number):
                    return
            elif done and time.process_time() - start > self.seconds:
                self.cut[number] = done
                return
            yield item


def prepare(script: str, root: str, data: str | None) -> None:
    """The script's arguments, its repository's own packages, and what the packages of its day had."""
    sys.argv = [script]
    sys.path.append(root)
    for name, kind in {"int": int, "float": float, "bool": bool, "object": object}.items():
        if name not in np.__dict__:  # gone since NumPy 1.24
            setattr(np, name, kind)
    if data and "CIFAR10" in Path(script).read_text(encoding="utf-8", errors="replace"):
        trust_cifar()
    raw = Path(data, "MNIST", "raw") if data else None
    if raw and raw.is_dir():
        import sklearn.datasets

        sklearn.datasets.fetch_openml = lambda *_, return_X_y=False, **__: openml(raw, return_X_y)


def trust_cifar() -> None:
    """torchvision reads CIFAR10's files only if they are the published ones: here any will do."""
    from torchvision.datasets import cifar

    cifar.check_integrity = lambda path, *_: Path(path).exists()


def openml(raw: Path, pair: bool) -> Any:
    """What fetch_openml gave of MNIST before scikit-learn 0.24: arrays. The folder's images, over and over."""
    images, labels = read(raw / "train-images-idx3-ubyte"), read(raw / "train-labels-idx1-ubyte")
    order = np.arange(MNIST) % len(images)
    x = images.reshape(len(images), -1)[order].astype(float)
    y = labels.astype(str).astype(object)[order]
    return (x, y) if pair else {"data": x, "target": y}


def read(path: Path) -> np.ndarray:
    """An IDX file: two zeros, the type of unsigned bytes, the number of dimensions, the dimensions, the bytes."""
    whole = path.read_bytes()
    shape = struct.unpack_from(f">{whole[3]}I", whole, 4)
    return np.frombuffer(whole, np.uint8, offset=4 + 4 * whole[3]).reshape(shape)
