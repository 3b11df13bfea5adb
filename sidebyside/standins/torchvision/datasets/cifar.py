"""CIFAR10: colour images of 32x32 from the pickles of its Python version.   torchvision/datasets/cifar.py

A pickle may run any code. These are read by minigrad's reader of checkpoints, which imports nothing and calls nothing
but the functions below: a pickle can name them alone. NumPy's own unpickling takes no part.
"""

from __future__ import annotations

import math
import os
import pickletools
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from minigrad.serialization.pickles import INSTRUCTIONS, Machine
from sidebyside.data import DataError, decoding

from .vision import Classified

ADDRESS = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
MOST_BYTES = 1 << 25  # a batch has 31035704 bytes
MOST_INSTRUCTIONS = 1 << 18  # a batch has about 30000


class CIFAR10(Classified):
    """Ten classes of small photographs, from ROOT/cifar-10-batches-py, the Python version.

    Items are (PIL image, int); `data` is a uint8 array of shape (N, 32, 32, 3), `targets` a list of ints.

    Nothing is downloaded: download=True says what to put where, if it is not there. Unlike torchvision it takes files
    of any MD5, so that a small data set of your own can lie there.
    Raises RuntimeError if a file is missing, and sidebyside.data.DataError if one is damaged or is no such batch.
    """

    base_folder = "cifar-10-batches-py"
    train_files = tuple(f"data_batch_{i}" for i in range(1, 6))
    test_files = ("test_batch",)
    meta_file = "batches.meta"

    def load(self) -> None:
        """Read one split, and the names of the classes."""
        folder = os.path.join(self.root or "", self.base_folder)
        if not self._is_there():
            raise RuntimeError(
                "Dataset not found or corrupted. You can use download=True to download it\n"
                f"The files {', '.join(self._files())} must lie in {os.path.abspath(folder)}."
            )
        self.classes = read_names(os.path.join(folder, self.meta_file))
        files = self.train_files if self.train else self.test_files
        batches = [read_batch(os.path.join(folder, name), len(self.classes)) for name in files]
        images = np.concatenate([images for images, _ in batches])
        self.data = images.reshape(-1, 3, 32, 32).transpose((0, 2, 3, 1))
        self.targets = [label for _, labels in batches for label in labels]

    def download(self) -> None:
        """RuntimeError if the files are not there: it says where they come from and where they must lie."""
        if not self._is_there():
            root = os.path.abspath(self.root or "")
            raise RuntimeError(
                f"Error downloading {os.path.basename(ADDRESS)}\nminigrad does not download CIFAR10: get {ADDRESS} "
                f"and unpack it in {root}, so that {os.path.join(root, self.base_folder, self.test_files[0])} exists."
            )

    def image(self, index: int) -> Image.Image:
        """The image at this index."""
        return Image.fromarray(self.data[index])

    def _files(self) -> tuple[str, ...]:
        return *self.train_files, *self.test_files, self.meta_file

    def _is_there(self) -> bool:
        folder = os.path.join(self.root or "", self.base_folder)
        return all(os.path.isfile(os.path.join(folder, name)) for name in self._files())


def read_batch(path: str, classes: int) -> tuple[np.ndarray, list[int]]:
    """The images of a batch, uint8 of shape (N, 3072), and their labels. DataError if it holds anything else."""
    batch = read_pickle(path)
    images, labels = batch.get("data"), batch.get("labels")
    if not isinstance(images, Array) or len(images.shape) != 2 or images.shape[1] != 3072:
        raise damaged(path, "holds no array of N x 3072 bytes called data")
    if type(labels) is not list or len(labels) != images.shape[0]:
        raise damaged(path, f"has not one label for each of its {images.shape[0]} images")
    if any(type(label) is not int or not 0 <= label < classes for label in labels):
        raise damaged(path, f"has labels that are not from 0 to {classes - 1}")
    return np.frombuffer(images.content, np.uint8).reshape(images.shape), labels


def read_names(path: str) -> list[str]:
    """The names of the classes. DataError if the file holds anything else."""
    names = read_pickle(path).get("label_names")
    if type(names) is not list or not names or any(type(name) is not str for name in names):
        raise damaged(path, "holds no list of names called label_names")
    return names


def damaged(path: str, problem: str) -> DataError:
    """The error about a file that could be read but holds something else."""
    return DataError(f"{path} {problem}: put an intact copy in its place")


def read_pickle(path: str) -> dict[str, Any]:
    """The dict in a pickle of numbers, strings, lists, dicts and arrays of bytes. DataError for any other."""
    with decoding(path), open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        value = run(content)
        if type(value) is not dict:
            raise ValueError(f"it holds a {type(value).__name__}, not a dict")
        return value


# Reading a pickle


class Array(NamedTuple):
    """An array of bytes as the pickle describes it."""

    shape: tuple[int, ...]
    content: bytes


class Unfilled:
    """An array that numpy.core.multiarray._reconstruct makes; its shape and content follow."""

    def __init__(self, *_: Any) -> None:
        pass


def byte_type(name: str, *_: Any) -> str:
    """numpy.dtype, for bytes alone."""
    if name not in ("u1", "|u1", "uint8"):
        raise ValueError(f"it has an array of dtype {name}, not of uint8")
    return "uint8"


def encode(text: str, encoding: str) -> bytes:
    """_codecs.encode, as Python 3 writes bytes for Python 2."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"it has bytes in {encoding}")
    return text.encode("latin-1")


NAMES = {
    "_codecs encode": encode,
    "numpy.core.multiarray _reconstruct": Unfilled,
    "numpy._core.multiarray _reconstruct": Unfilled,
    "numpy ndarray": "ndarray",
    "numpy dtype": byte_type,
}


def push_name(machine: Machine, name: str) -> None:
    """GLOBAL: one of NAMES, and nothing is imported."""
    if name not in NAMES:
        raise ValueError(f"its pickle needs {name.replace(' ', '.')}, which no batch needs")
    machine.push(NAMES[name])


def fill(machine: Machine, _: Any) -> None:
    """BUILD: what an array gets, (version, shape, dtype, whether in Fortran's order, content)."""
    target, state = machine.take(2)
    if isinstance(target, Unfilled):
        _, shape, dtype, fortran, content = state
        content = content.encode("latin-1") if isinstance(content, str) else content
        if type(shape) is not tuple or any(type(size) is not int or size < 0 for size in shape):
            raise ValueError(f"it has an array of shape {shape!r}")
        if dtype != "uint8" or fortran or type(content) is not bytes or math.prod(shape) != len(content):
            raise ValueError(f"its array of shape {shape} has not as many bytes")
        target = Array(shape, content)
    elif target != "uint8":
        raise ValueError("it sets attributes")
    machine.push(target)


TABLE = {
    **INSTRUCTIONS,
    "GLOBAL": push_name,
    "STACK_GLOBAL": lambda machine, _: push_name(machine, " ".join(map(str, machine.take(2)))),
    "BUILD": fill,
    # Python 2 wrote strings and an array's content as bytes. pickletools reads them as Latin-1, as torchvision does.
    **dict.fromkeys(
        ("SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"), Machine.push
    ),
}


def run(content: bytes) -> Any:
    """Return the value of a pickle whose instructions are all in TABLE.

    Raises ValueError, LookupError or TypeError for any other, and for one that is damaged.
    """
    machine = Machine({}, lambda key: None)
    for count, (instruction, argument, _) in enumerate(pickletools.genops(content)):
        if instruction.name not in TABLE or count > MOST_INSTRUCTIONS:
            raise ValueError(f"its pickle has the instruction {instruction.name}, or more than a batch needs")
        TABLE[instruction.name](machine, argument)
    if machine.marks or len(machine.stack) != 1:
        raise ValueError("its pickle does not end with one value")
    return machine.stack[0]
