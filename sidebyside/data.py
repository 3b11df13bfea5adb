"""The images that both sides train on: digits, MNIST, Fashion-MNIST or your own file, checked before use.

A name is looked for in this order, and the first place that holds anything of the dataset is taken:
`$MINIGRAD_DATA` (a folder or an .npz), Keras's cache, torchvision's `./data` and `~/data`, Debian's package,
and at last OpenML through scikit-learn, which keeps a cache of its own. What is found must be whole and must
be what was asked for; a damaged or foreign file is an error, never a reason to look further in silence.
"""

import gzip
import hashlib
import io
import math
import os
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sidebyside.nearest import meant

Array = npt.NDArray[Any]
# torchvision's names, which Fashion-MNIST shares with MNIST: the name of a file proves nothing.
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
CLASSES = 10
DIGITS_TRAIN = 1437
OPENML_TRAIN = 60_000
# No ten-class set of this family comes near; a gzip of zeros would otherwise fill the memory.
MOST_BYTES = 1 << 29


class DataError(ValueError):
    """A dataset is missing, damaged or not the one named; one sentence says where and what to do."""


@dataclass(frozen=True)
class Recipe:
    """Where a dataset in MNIST's format lies and how it is known: one row of RECIPES.

    `inside` are places within $MINIGRAD_DATA, `places` the usual caches: .npz files, folders of IDX files.
    `md5` are the sums of the four uncompressed IDX files, in the order of IDX_FILES.
    """

    title: str
    openml: str
    inside: tuple[str, ...]
    places: tuple[str, ...]
    md5: tuple[str, ...]


RECIPES = {
    "mnist": Recipe(
        title="MNIST",
        openml="mnist_784",
        inside=("mnist.npz", "MNIST/raw", "mnist", "."),
        places=("~/.keras/datasets/mnist.npz", "./data/MNIST/raw", "~/data/MNIST/raw"),
        md5=(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
    ),
    "fashion-mnist": Recipe(
        title="Fashion-MNIST",
        openml="Fashion-MNIST",
        inside=("fashion-mnist.npz", "FashionMNIST/raw", "fashion-mnist", "."),
        places=(
            "~/.keras/datasets/fashion-mnist",
            "./data/FashionMNIST/raw",
            "~/data/FashionMNIST/raw",
            "/usr/share/datasets/fashion-mnist",
        ),
        # Computed from Debian's dataset-fashion-mnist 0.0~git20200523.55506a9-1.
        md5=(
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "9018921c3c673c538a1fc5bad174d6f9",
            "8181f5470baa50b63fa0f6fddb340f0a",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
    ),
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels in two splits, as they lay in the files.

    x_train, x_test: (N, D), uint8 for MNIST's kin, float64 for digits; D is height·width of `shape`.
    y_train, y_test: (N,), int64, each in 0 <= y < classes.
    scale: the largest value a pixel can have, 255.0 or 16.0.
    source: where it was found, and whether its MD5 was verified.
    """

    name: str
    x_train: Array = field(repr=False)
    y_train: Array = field(repr=False)
    x_test: Array = field(repr=False)
    y_test: Array = field(repr=False)
    classes: int
    scale: float
    shape: tuple[int, int]
    source: str

    def inputs(self, split: str, dtype: npt.DTypeLike = np.float32) -> Array:
        """The images of "train" or "test" in 0..1: (N, D), of `dtype`, a fresh array. Else ValueError.

        Divided in float64 and only then rounded, as the tutorial's `X / 255.` then `.float()` does.
        """
        x = self._split(split)[0]
        return np.divide(x, self.scale, dtype=np.float64).astype(dtype, copy=False)

    def labels(self, split: str) -> Array:
        """The labels of "train" or "test": (N,), int64, a fresh array. Else ValueError."""
        return self._split(split)[1].copy()

    def _split(self, split: str) -> tuple[Array, Array]:
        splits = {"train": (self.x_train, self.y_train), "test": (self.x_test, self.y_test)}
        if split not in splits:
            raise ValueError(f"split must be 'train' or 'test', not {split!r}")
        return splits[split]


def load(name_or_path: str) -> Dataset:
    """The dataset of that name ("digits", "mnist", "fashion-mnist"), or the one at that path and no other.

    A path is an .npz with uint8 x_train, x_test (N, height, width) and integer y_train, y_test (N,), or a
    folder with the four IDX files, .gz or not. A name wins over a folder so called: write ./mnist for the
    folder. What lies at a path need be of no known MD5; `source` then calls it unverified.

    Raises DataError where the dataset is missing, damaged, or not the one that was named.
    """
    loader = LOADERS.get(name_or_path, partial(_at_path, name_or_path))
    return loader()


def has_idx(folder: str) -> bool:
    """Whether all four IDX files lie in a folder, .gz or not."""
    return all(_idx_paths(folder, key) for key in IDX_FILES)


def read_split(folder: str, split: str) -> tuple[Array, Array]:
    """The images, (N, height, width), and labels, (N,), of "train" or "test" in a folder of IDX files: uint8.

    They need be of no known MD5. Raises DataError where they are damaged or do not fit each other.
    """
    x, y = _idx(folder, f"x_{split}"), _idx(folder, f"y_{split}")
    _check(x, y, split, folder)
    return x, y


def write_idx(dataset: Dataset, folder: str) -> None:
    """Write the four IDX files of a dataset of bytes into a folder, each of them whole or not at all."""
    os.makedirs(folder, exist_ok=True)
    for key, name in IDX_FILES.items():
        array = getattr(dataset, key)
        shaped = array.reshape(-1, *dataset.shape) if key.startswith("x") else array
        path = os.path.join(folder, name)
        with open(f"{path}.part", "wb") as file:
            file.write(_idx_bytes(shaped))
        os.replace(f"{path}.part", path)


def _digits() -> Dataset:
    package = find_spec("sklearn")  # not imported, which takes two seconds: load_digits reads this file
    if package is None or not package.submodule_search_locations:
        raise _wrong("digits", "comes with scikit-learn, which is missing", "pip install scikit-learn")
    file = Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    with gzip.open(file, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",")
    # The package's own order, unshuffled: the split depends on no random generator.
    x, y, n = table[:, :-1], table[:, -1].astype(np.int64), DIGITS_TRAIN
    source = f"scikit-learn's load_digits, first {n} train, rest test (in the package: no MD5 to verify)"
    return Dataset("digits", x[:n], y[:n], x[n:], y[n:], CLASSES, 16.0, (8, 8), source)


def find(name: str) -> str | None:
    """Where a data set lies on this machine, if it does. DataError where $MINIGRAD_DATA does not exist."""
    return next(filter(_holds_data, _places(RECIPES[name])), None)


def _named(name: str) -> Dataset:
    place = find(name)
    if place is None:
        return _dataset(_openml(RECIPES[name]), f"OpenML's {RECIPES[name].openml}", name)
    return _dataset(_read(place), place, name)


def _at_path(path: str) -> Dataset:
    place = os.path.expanduser(path)
    if not os.path.exists(place):
        todo = meant(place, LOADERS)[2:] or f"name {', '.join(LOADERS)} or an .npz or folder"
        raise _wrong(repr(place), "is neither a dataset's name nor a path that exists", todo)
    return _dataset(_read(place), place)


LOADERS: dict[str, Callable[[], Dataset]] = {
    "digits": _digits,
    **{name: partial(_named, name) for name in RECIPES},
}


def _places(recipe: Recipe) -> Iterator[str]:
    if given := os.path.expanduser(os.environ.get("MINIGRAD_DATA", "")):
        if not os.path.exists(given):
            raise _wrong(given, "is in $MINIGRAD_DATA but does not exist", "correct the variable or unset it")
        inside = recipe.inside if os.path.isdir(given) else (".",)
        yield from (os.path.normpath(os.path.join(given, place)) for place in inside)
    yield from map(os.path.expanduser, recipe.places)


def _holds_data(place: str) -> bool:
    # One file of the four is enough: an interrupted download must be reported, not passed over.
    return os.path.isfile(place) or any(_idx_paths(place, key) for key in IDX_FILES)


def _idx_paths(folder: str, key: str) -> list[str]:
    paths = (os.path.join(folder, IDX_FILES[key] + suffix) for suffix in ("", ".gz"))
    return [path for path in paths if os.path.exists(path)]


def _read(place: str) -> dict[str, Array]:
    if os.path.isdir(place):
        return {key: _idx(place, key) for key in IDX_FILES}
    if place.endswith(".npz"):
        return _npz(place)
    raise _wrong(place, "is neither an .npz nor a folder of IDX files", "give the one or the other")


def _idx(folder: str, key: str) -> Array:
    """The uint8 array in an IDX file: a magic number, the sizes, the bytes."""
    if not (paths := _idx_paths(folder, key)):
        raise _wrong(folder, f"has no {IDX_FILES[key]}, .gz or not", "put all four IDX files there")
    path, ndim = paths[0], 3 if key.startswith("x") else 1
    content, start = _content(path), 4 + 4 * ndim
    if len(content) < start:
        raise _wrong(path, f"ends inside its header, after {len(content)} bytes")
    magic, *shape = struct.unpack(f">{1 + ndim}I", content[:start])
    if magic != 0x800 + ndim:
        raise _wrong(path, f"begins with 0x{magic:08x}, not with 0x{0x800 + ndim:08x} as IDX {key} does")
    declared, held = math.prod(shape), len(content) - start
    if declared != held or not held:
        raise _wrong(path, f"declares {'x'.join(map(str, shape))} bytes of data but holds {held}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _content(path: str) -> bytearray:
    # In small steps: the header may lie about the length, and that of a gzip is known only at its end.
    content = bytearray()
    with decoding(path), gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        while len(content) <= MOST_BYTES and (chunk := file.read(1 << 20)):
            content += chunk
    if len(content) > MOST_BYTES:
        raise _wrong(path, f"holds more than {MOST_BYTES} bytes")
    return content


def _npz(path: str) -> dict[str, Array]:
    with decoding(path), zipfile.ZipFile(path) as archive:
        return {key: _npy(path, key, archive) for key in IDX_FILES}


def _npy(path: str, key: str, archive: zipfile.ZipFile) -> Array:
    """One array of an .npz; np.load allocates what the header declares, so the length is checked first."""
    if f"{key}.npy" not in archive.namelist():
        raise _wrong(path, f"has no array {key}", f"save {', '.join(IDX_FILES)} in it")
    if archive.getinfo(f"{key}.npy").file_size > MOST_BYTES:
        raise _wrong(path, f"holds more than {MOST_BYTES} bytes in {key}")
    content = archive.read(f"{key}.npy")
    file, npy = io.BytesIO(content), np.lib.format
    old = npy.read_magic(file) == (1, 0)
    shape, _, dtype = npy.read_array_header_1_0(file) if old else npy.read_array_header_2_0(file)
    # An object array is a pickle, and a pickle runs code.
    if dtype.kind not in "ui" or (key.startswith("x") and dtype != np.uint8):
        raise _wrong(path, f"holds {key} as {dtype}", "save images as uint8 and labels as integers")
    declared, held = math.prod(shape) * dtype.itemsize, len(content) - file.tell()
    if declared != held:
        raise _wrong(path, f"declares {declared} bytes of {key} but holds {held}")
    file.seek(0)
    return np.load(file, allow_pickle=False)


def _openml(recipe: Recipe) -> dict[str, Array]:
    try:
        # scikit-learn warns at each retry; our one sentence says it all.
        with warnings.catch_warnings(action="ignore"):
            from sklearn.datasets import fetch_openml

            # Left to itself pandas 3.1 makes the labels a category of integers, on which scikit-learn falls
            # up to 1.9.1 (its pull request 34902); float32 holds every byte, in half the memory.
            pandas = {"parser": "pandas", "read_csv_kwargs": {"dtype": np.float32}}
            bunch = fetch_openml(recipe.openml, version=1, as_frame=False, n_retries=1, **pandas)
            x = np.asarray(bunch.data).astype(np.uint8).reshape(-1, 28, 28)
            y = np.asarray(bunch.target).astype(np.int64)
    except Exception as error:  # of urllib, gzip, pandas or scikit-learn: no list would be whole
        problem = f"is in none of the usual places and OpenML did not give it ({_reason(error)})"
        todo = (
            "go online with scikit-learn and pandas, set $MINIGRAD_DATA to where you have it, or use digits"
        )
        raise _wrong(recipe.title, problem, todo) from error
    n = OPENML_TRAIN
    return {"x_train": x[:n], "y_train": y[:n], "x_test": x[n:], "y_test": y[n:]}


def _dataset(arrays: dict[str, Array], where: str, wanted: str | None = None) -> Dataset:
    """Check the four arrays against each other and, where a name was `wanted`, against its MD5s."""
    for split in ("train", "test"):
        _check(arrays[f"x_{split}"], arrays[f"y_{split}"], split, where)
    shape, other = arrays["x_train"].shape[1:], arrays["x_test"].shape[1:]
    if shape != other:
        raise _wrong(where, f"has training images of {shape} but test images of {other}")
    known = _identify(arrays)
    if wanted and known != wanted:
        problem = f"holds {RECIPES[known].title if known else 'other data'}, not {RECIPES[wanted].title}"
        todo = f"set $MINIGRAD_DATA to the right one, or give a path instead of the name {wanted}"
        raise _wrong(where, f"{problem}, by its MD5", todo)
    flat = {key: a.reshape(len(a), -1) if a.ndim == 3 else a.astype(np.int64) for key, a in arrays.items()}
    proof = "MD5 of the four IDX files verified" if known else "unverified: of no known MD5"
    return Dataset(
        known or where, **flat, classes=CLASSES, scale=255.0, shape=shape, source=f"{where} ({proof})"
    )


def _check(x: Array, y: Array, split: str, where: str) -> None:
    if x.ndim != 3 or y.ndim != 1 or not x.size:
        problem = f"has x_{split} of shape {x.shape} and y_{split} of shape {y.shape}"
        raise _wrong(where, problem, "make them (N, height, width) and (N,), none of them 0")
    if len(x) != len(y):
        raise _wrong(where, f"has {len(x)} images but {len(y)} labels in its {split} split")
    if y.min() < 0 or y.max() >= CLASSES:
        todo = f"give labels from 0 to {CLASSES - 1}"
        raise _wrong(where, f"has labels from {y.min()} to {y.max()} in its {split} split", todo)


def _identify(arrays: dict[str, Array]) -> str | None:
    """The name of the dataset whose four IDX files, rebuilt from the arrays, have the MD5s of RECIPES."""
    found = tuple(_md5(arrays[key]) for key in IDX_FILES)
    return next((name for name, recipe in RECIPES.items() if recipe.md5 == found), None)


def _md5(array: Array) -> str:
    return hashlib.md5(_idx_bytes(array), usedforsecurity=False).hexdigest()


def _idx_bytes(array: Array) -> bytes:
    """An IDX file of bytes: what _idx reads."""
    header = struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@contextmanager
def decoding(path: str) -> Iterator[None]:
    """Inside, whatever goes wrong is a DataError that names the file."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # zipfile, gzip and NumPy raise a dozen types over a foreign file
        raise _wrong(path, f"cannot be read ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _wrong(what: str, problem: str, todo: str = "put an intact copy in its place") -> DataError:
    return DataError(f"{what} {problem}: {todo}")
