"""What is in place inside an engine's process before a tutorial's first statement, the same for both engines."""

from __future__ import annotations

import os
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import Any
from urllib import request
from urllib.parse import urlsplit
from urllib.response import addinfourl

import numpy as np

MNIST = 700  # images: tutorials split 70,000 after the first 60,000, and play.SMALLER makes that 600
# makemore takes the mean of each 1000 of 200,000 losses: such a loop gets ten times as long to end after a thousand.
MANY, ROUND = 100_000, 1_000


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
        step = ROUND if isinstance(items, range) and len(items) >= MANY else 1
        for done, item in enumerate(items):
            if self.given is not None:
                if done == self.given.get(number):
                    return
            elif done and time.process_time() - start > self.seconds * (10 if done % step else 1):
                self.cut[number] = done
                return
            yield item


class Downloads(request.BaseHandler):
    """urllib gets a URL's last name from a folder, if it lies there."""

    handler_order = 0  # before the handlers that ask the network

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def https_open(self, asked: request.Request) -> addinfourl | None:
        """The file; None sends urllib on."""
        path = self.folder / PurePosixPath(urlsplit(asked.full_url).path).name
        if not path.is_file():
            return None
        found = addinfourl(path.open("rb"), Message(), asked.full_url, 200)
        found.msg = "OK"  # urllib asks for it, and addinfourl has none
        return found

    http_open = https_open


def prepare(script: str, root: str, data: str | None) -> None:
    """The script's arguments, its repository's own packages, and what the packages of its day had."""
    sys.argv = [script]
    sys.path.append(root)
    if data:
        request.install_opener(request.build_opener(Downloads(Path(data))))
        os.environ["TORCH_HOME"] = data  # trained weights: hub/checkpoints
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
