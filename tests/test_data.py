"""sidebyside/data.py: every place a dataset may lie in, and every way in which a file can be wrong."""

import gzip
import hashlib
import io
import json
import os
import pickle
import struct
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidebyside import data
from sidebyside.data import IDX_FILES, DataError, Dataset, load

GIVEN = os.environ.get("MINIGRAD_DATA", "")
STARTED_IN = os.getcwd()
RECIPES = dict(data.RECIPES)
SIZES = {"train": 7, "test": 3}


def synthetic(seed=0, side=(4, 5)):
    draw = np.random.default_rng(seed)
    arrays = {}
    for split, n in SIZES.items():
        arrays[f"x_{split}"] = draw.integers(0, 256, (n, *side), dtype=np.uint8)
        arrays[f"y_{split}"] = draw.integers(0, 10, n, dtype=np.uint8)
    return arrays


def idx(array):
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def write_idx(folder, arrays, suffix=""):
    folder.mkdir(parents=True, exist_ok=True)
    pack = gzip.compress if suffix else bytes
    for key, stem in IDX_FILES.items():
        (folder / (stem + suffix)).write_bytes(pack(idx(arrays[key])))
    return folder


def write_npz(path, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path


def same(dataset, arrays):
    for split, n in SIZES.items():
        x, y = getattr(dataset, f"x_{split}"), getattr(dataset, f"y_{split}")
        assert x.dtype == np.uint8
        assert y.dtype == np.int64
        np.testing.assert_array_equal(x, arrays[f"x_{split}"].reshape(n, -1))
        np.testing.assert_array_equal(y, arrays[f"y_{split}"])
    return True


def refused(name_or_path, where, *words):
    """load() must raise DataError, in one sentence with the place and the words; hand back the sentence."""
    with pytest.raises(DataError) as caught:
        load(str(name_or_path))
    sentence = str(caught.value)
    assert caught.type is DataError
    for word in (str(where), *words):
        assert word in sentence
    assert "\n" not in sentence
    assert ": " in sentence.split(str(where), 1)[1], "says nothing to do"
    return sentence


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home and working folder, no $MINIGRAD_DATA, no Debian package, no network."""
    for name in ("home", "cwd"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.chdir(tmp_path / "cwd")
    for name, recipe in list(data.RECIPES.items()):
        places = tuple(p for p in recipe.places if not p.startswith("/"))
        monkeypatch.setitem(data.RECIPES, name, replace(recipe, places=places))

    def offline(*args, **kwargs):
        raise OSError("no route\nto host")

    monkeypatch.setattr("sklearn.datasets.fetch_openml", offline)  # by its name: to import it takes seconds
    return tmp_path / "home"


@pytest.fixture
def known(monkeypatch):
    """Synthetic arrays that pass for MNIST and Fashion-MNIST: their own MD5s stand in the table."""
    arrays = {"mnist": synthetic(1), "fashion-mnist": synthetic(2)}
    for name, four in arrays.items():
        md5 = tuple(data._md5(four[key]) for key in IDX_FILES)
        monkeypatch.setitem(data.RECIPES, name, replace(data.RECIPES[name], md5=md5))
    return arrays


# Digits, and what a Dataset does


def test_digits():
    digits = load("digits")
    assert (digits.name, digits.classes, digits.scale, digits.shape) == ("digits", 10, 16.0, (8, 8))
    assert digits.x_train.shape == (1437, 64)
    assert digits.x_test.shape == (360, 64)
    assert digits.x_train.dtype == np.float64
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    np.testing.assert_array_equal(np.concatenate([digits.x_train, digits.x_test]), x)
    np.testing.assert_array_equal(np.concatenate([digits.labels("train"), digits.labels("test")]), y)
    assert digits.inputs("train").max() == 1.0
    assert "load_digits" in digits.source
    assert "no MD5" in digits.source


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    refused("digits", "digits", "pip install scikit-learn")


def test_inputs_are_divided_in_float64_then_rounded():
    x = np.arange(256, dtype=np.uint8).reshape(1, 256)
    y = np.zeros(1, np.int64)
    dataset = Dataset("ramp", x, y, x, y, 10, 255.0, (16, 16), "here")
    wide = np.array([[i / 255.0 for i in range(256)]])
    for dtype in (np.float64, np.float32, "float16"):
        got = dataset.inputs("test", dtype)
        assert got.dtype == dtype
        assert got.tobytes() == wide.astype(dtype).tobytes()
    assert dataset.inputs("train").dtype == np.float32


def test_what_is_handed_out_is_fresh():
    digits = load("digits")
    digits.inputs("test", np.float64)[:] = -1
    digits.labels("test")[:] = -1
    assert digits.x_test.min() == 0
    assert digits.y_test.min() == 0


def test_a_split_is_train_or_test():
    for method in (load("digits").inputs, load("digits").labels):
        with pytest.raises(ValueError, match="'train' or 'test', not 'valid'"):
            method("valid")


def test_repr_shows_no_arrays():
    assert len(repr(load("digits"))) < 300


# Places and their order


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_folder(tmp_path, suffix):
    arrays = synthetic()
    dataset = load(str(write_idx(tmp_path / "mine", arrays, suffix)))
    assert same(dataset, arrays)
    assert dataset.shape == (4, 5)
    assert dataset.name == str(tmp_path / "mine")
    assert dataset.source == f"{tmp_path / 'mine'} (unverified: of no known MD5)"


@pytest.mark.parametrize("dtype", ["uint8", "int64", ">i2"])
def test_an_npz(tmp_path, dtype):
    arrays = synthetic()
    arrays |= {key: arrays[key].astype(dtype) for key in ("y_train", "y_test")}
    assert same(load(str(write_npz(tmp_path / "mine.npz", arrays))), arrays)


def test_a_column_major_compressed_npz(tmp_path):
    arrays = {key: np.asfortranarray(a) for key, a in synthetic().items()}
    np.savez_compressed(tmp_path / "mine.npz", **arrays)
    assert same(load(str(tmp_path / "mine.npz")), arrays)


def test_a_path_may_start_at_home(home):
    write_npz(home / "mine.npz", synthetic())
    assert load("~/mine.npz").name == str(home / "mine.npz")


def test_a_path_of_known_content_is_called_by_its_name(tmp_path, known):
    dataset = load(str(write_idx(tmp_path / "raw", known["mnist"])))
    assert dataset.name == "mnist"
    assert dataset.source.endswith("(MD5 of the four IDX files verified)")


FOLDERS = [
    ("mnist", "given/MNIST/raw"),
    ("mnist", "given/mnist"),
    ("mnist", "given"),
    ("mnist", "home/data/MNIST/raw"),
    ("mnist", "./data/MNIST/raw"),
    ("fashion-mnist", "given/FashionMNIST/raw"),
    ("fashion-mnist", "given/fashion-mnist"),
    ("fashion-mnist", "given"),
    ("fashion-mnist", "home/.keras/datasets/fashion-mnist"),
    ("fashion-mnist", "home/data/FashionMNIST/raw"),
    ("fashion-mnist", "./data/FashionMNIST/raw"),
]
FILES = [
    ("mnist", "given/mnist.npz"),
    ("mnist", "home/.keras/datasets/mnist.npz"),
    ("fashion-mnist", "given/fashion-mnist.npz"),
]


@pytest.mark.parametrize(
    ("name", "place", "write"),
    [(*row, lambda spot, arrays: write_idx(spot, arrays)) for row in FOLDERS]
    + [(*row, lambda spot, arrays: write_idx(spot, arrays, ".gz")) for row in FOLDERS]
    + [(*row, write_npz) for row in FILES],
)
def test_every_place_is_looked_in(tmp_path, monkeypatch, known, name, place, write):
    (tmp_path / "given").mkdir()
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "given"))
    spot = place if place.startswith("./") else str(tmp_path / place)
    write(Path(spot), known[name])
    dataset = load(name)
    assert same(dataset, known[name])
    assert dataset.name == name
    assert dataset.source == f"{spot} (MD5 of the four IDX files verified)"


def test_debians_package_is_looked_in_last():
    assert RECIPES["fashion-mnist"].places[-1] == "/usr/share/datasets/fashion-mnist"


def test_the_order_of_the_places(tmp_path, monkeypatch, known, home):
    for spot in ("cwd/data/MNIST/raw", "home/data/MNIST/raw"):
        write_idx(tmp_path / spot, known["mnist"])
    assert load("mnist").source.startswith("./data/MNIST/raw")
    write_npz(home / ".keras/datasets/mnist.npz", known["mnist"])
    assert load("mnist").source.startswith(str(home / ".keras"))
    mine = write_npz(tmp_path / "given/mnist.npz", known["mnist"])
    monkeypatch.setenv("MINIGRAD_DATA", str(mine))
    assert load("mnist").source.startswith(str(mine))
    monkeypatch.setenv("MINIGRAD_DATA", str(mine.parent))
    assert load("mnist").source.startswith(str(mine))


def test_an_uncompressed_file_wins_over_its_gzip(tmp_path):
    write_idx(tmp_path / "mine", synthetic(3), ".gz")
    arrays = synthetic(4)
    assert same(load(str(write_idx(tmp_path / "mine", arrays))), arrays)


def test_a_given_folder_without_the_dataset_hides_nothing(tmp_path, monkeypatch, known, home):
    write_npz(home / ".keras/datasets/mnist.npz", known["mnist"])
    (tmp_path / "given").mkdir()
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "given"))
    assert load("mnist").name == "mnist"


def test_a_given_path_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "gone"))
    refused("mnist", tmp_path / "gone", "$MINIGRAD_DATA")


def test_a_path_is_loaded_and_nothing_else(tmp_path, monkeypatch, known):
    monkeypatch.setenv("MINIGRAD_DATA", str(write_npz(tmp_path / "given.npz", known["mnist"])))
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", tmp_path / "empty", "has no train-images-idx3-ubyte")
    refused(tmp_path / "gone", tmp_path / "gone", "digits, mnist, fashion-mnist")
    refused("", "''", "digits, mnist, fashion-mnist")
    refused("minst", "minst", "did you mean mnist?")
    refused("a\0b", r"a\x00b")
    refused("x" * 5000, "xxx")


# Identity


@pytest.mark.parametrize(("asked", "other"), [("mnist", "fashion-mnist"), ("fashion-mnist", "mnist")])
def test_one_is_never_taken_for_the_other(tmp_path, monkeypatch, known, asked, other):
    spot = write_idx(tmp_path / "given", known[other])
    monkeypatch.setenv("MINIGRAD_DATA", str(spot))
    titles = {name: recipe.title for name, recipe in data.RECIPES.items()}
    refused(asked, spot, f"holds {titles[other]}, not {titles[asked]}")


@pytest.mark.parametrize("key", list(IDX_FILES))
def test_one_changed_byte_is_not_mnist(home, known, key):
    arrays = {k: a.copy() for k, a in known["mnist"].items()}
    arrays[key].flat[0] = (int(arrays[key].flat[0]) + 1) % 10
    spot = write_npz(home / ".keras/datasets/mnist.npz", arrays)
    refused("mnist", spot, "holds other data, not MNIST")


def test_a_label_beyond_a_byte_never_wraps_into_the_md5(home, known):
    arrays = known["mnist"] | {"y_train": known["mnist"]["y_train"].astype(np.int64) + 256}
    refused("mnist", write_npz(home / ".keras/datasets/mnist.npz", arrays), "labels from")


def test_an_interrupted_download_is_reported(home, known):
    spot = write_idx(home / "data/MNIST/raw", known["mnist"])
    (spot / IDX_FILES["y_test"]).unlink()
    refused("mnist", spot, "has no t10k-labels-idx1-ubyte")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_real_one_where_it_is(monkeypatch, name):
    if not GIVEN:
        pytest.skip(f"$MINIGRAD_DATA is not set: the real {name} was not read")
    monkeypatch.setenv("MINIGRAD_DATA", os.path.join(STARTED_IN, GIVEN))
    if not any(map(data._holds_data, data._places(data.RECIPES[name]))):
        pytest.skip(f"$MINIGRAD_DATA={GIVEN} holds no {name}")
    dataset = load(name)
    assert dataset.x_train.shape == (60000, 784)
    assert dataset.x_test.shape == (10000, 784)
    assert dataset.shape == (28, 28)
    assert "MD5 of the four IDX files verified" in dataset.source
    assert [len(dataset.labels(split)) for split in ("train", "test")] == [60000, 10000]


# OpenML


def fake_openml(monkeypatch, arrays, **changes):
    calls = []

    def fetch(name, **options):
        calls.append((name, options))
        x = np.concatenate([arrays["x_train"], arrays["x_test"]])
        y = np.concatenate([arrays["y_train"], arrays["y_test"]])
        bunch = {"data": x.reshape(len(x), -1).astype(np.float64), "target": y.astype(str).astype(object)}
        return SimpleNamespace(**(bunch | changes))

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    monkeypatch.setattr(data, "OPENML_TRAIN", SIZES["train"])
    return calls


@pytest.mark.parametrize(("name", "openml"), [("mnist", "mnist_784"), ("fashion-mnist", "Fashion-MNIST")])
def test_openml_comes_last(monkeypatch, home, name, openml):
    arrays = synthetic(5, (28, 28))
    md5 = tuple(data._md5(arrays[key]) for key in IDX_FILES)
    monkeypatch.setitem(data.RECIPES, name, replace(data.RECIPES[name], md5=md5))
    calls = fake_openml(monkeypatch, arrays)
    dataset = load(name)
    assert same(dataset, arrays)
    assert dataset.source == f"OpenML's {openml} (MD5 of the four IDX files verified)"
    assert [call[0] for call in calls] == [openml]
    assert calls[0][1]["version"] == 1
    assert calls[0][1]["as_frame"] is False
    write_idx(home / "data" / ("MNIST" if name == "mnist" else "FashionMNIST") / "raw", arrays)
    assert load(name).name == name
    assert len(calls) == 1


def openml_server(arrays):
    """Stand in for scikit-learn's urlopen: OpenML's answers for one dataset, as gzipped JSON and ARFF."""
    x, y = (np.concatenate([arrays[f"{part}_train"], arrays[f"{part}_test"]]) for part in "xy")
    rows = [",".join(map(str, [*image.ravel(), label])) for image, label in zip(x, y, strict=True)]
    arff = "\n".join(["@RELATION r", "@DATA", *rows, ""]).encode()
    flags = {"is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": "0"}
    feature = [
        flags | {"index": str(i), "name": f"pixel{i}", "data_type": "numeric", "is_target": "false"}
        for i in range(784)
    ]
    label = {"index": "784", "name": "class", "data_type": "nominal", "is_target": "true"}
    feature.append(flags | label | {"nominal_value": list("0123456789")})
    described = {"id": "1", "name": "d", "version": "1", "format": "ARFF", "status": "active", "file_id": "1"}
    described |= {
        "url": "https://api.openml.org/data/v1/download/1/d.arff",
        "default_target_attribute": "class",
    }
    described |= {"md5_checksum": hashlib.md5(arff).hexdigest(), "description": "fake"}
    answers = {
        "/data/list/": {"data": {"dataset": [{"did": 1, "name": "d", "version": 1, "status": "active"}]}},
        "/features/": {"data_features": {"feature": feature}},
        "/qualities/": {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": str(len(y))}]}},
        "/json/data/1": {"data_set_description": described},
    }

    def urlopen(request, *args, **kwargs):
        found = [json.dumps(answer).encode() for part, answer in answers.items() if part in request.full_url]
        response = io.BytesIO(gzip.compress(found[0] if found else arff))
        response.info = lambda: {"Content-Encoding": "gzip"}
        return response

    return urlopen


def test_scikit_learns_own_parser(monkeypatch):
    """The whole of fetch_openml, not a stand-in: it has fallen on integer labels under pandas 3.1."""
    openml = pytest.importorskip("sklearn.datasets._openml")
    arrays = synthetic(7, (28, 28))
    md5 = tuple(data._md5(arrays[key]) for key in IDX_FILES)
    monkeypatch.setitem(data.RECIPES, "mnist", replace(data.RECIPES["mnist"], md5=md5))
    monkeypatch.setattr(data, "OPENML_TRAIN", SIZES["train"])
    monkeypatch.setattr("sklearn.datasets.fetch_openml", openml.fetch_openml)
    monkeypatch.setattr(openml, "urlopen", openml_server(arrays))
    assert same(load("mnist"), arrays)
    assert same(load("mnist"), arrays)  # and from the cache in the home folder


def test_openml_with_other_content(monkeypatch):
    fake_openml(monkeypatch, synthetic(6, (28, 28)))
    refused("mnist", "OpenML's mnist_784", "holds other data, not MNIST")


@pytest.mark.parametrize(
    "changes",
    [{"target": np.array(["seven"] * 10, object)}, {"data": np.zeros((10, 5))}, {"data": np.zeros((0, 784))}],
    ids=["labels", "width", "empty"],
)
def test_openml_with_nonsense(monkeypatch, changes):
    fake_openml(monkeypatch, synthetic(6, (28, 28)), **changes)
    with pytest.raises(DataError, match=r"OpenML.*: "):
        load("mnist")


@pytest.mark.parametrize(("name", "title"), [("mnist", "MNIST"), ("fashion-mnist", "Fashion-MNIST")])
def test_a_download_that_fails(name, title):
    refused(name, title, "OpenML", "OSError: no route to host", "$MINIGRAD_DATA", "digits")


def test_openml_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    refused("mnist", "MNIST", "scikit-learn")


# Damaged IDX files


def damage(tmp_path, key, change, suffix=""):
    folder = write_idx(tmp_path / "bad", synthetic(), suffix)
    path = folder / (IDX_FILES[key] + suffix)
    path.write_bytes(change(path.read_bytes()))
    return folder, path


def sizes(*shape):
    return lambda b: b[:4] + struct.pack(f">{len(shape)}I", *shape) + b[4 + 4 * len(shape) :]


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("x_train", lambda b: b"", "ends inside its header, after 0 bytes"),
        ("x_train", lambda b: b[:15], "ends inside its header, after 15 bytes"),
        ("y_test", lambda b: b[:7], "ends inside its header, after 7 bytes"),
        ("x_train", lambda b: b[:-1], "declares 7x4x5 bytes of data but holds 139"),
        ("x_test", lambda b: b + b"\0", "declares 3x4x5 bytes of data but holds 61"),
        ("x_train", lambda b: b"\0\0\x08\x01" + b[4:], "begins with 0x00000801, not with 0x00000803"),
        ("y_train", lambda b: b"\0\0\x08\x03" + b[4:], "begins with 0x00000803, not with 0x00000801"),
        ("x_train", lambda b: b"\0\0\x0d\x03" + b[4:], "begins with 0x00000d03"),
        ("x_train", lambda b: b"<html><body>404 not found</body>", "begins with 0x3c68746d"),
        ("x_train", gzip.compress, "begins with 0x1f8b"),
        (
            "x_train",
            sizes(2**32 - 1, 2**32 - 1, 2**32 - 1),
            "declares 4294967295x4294967295x4294967295 bytes",
        ),
        ("y_train", sizes(2**32 - 1), "declares 4294967295 bytes"),
        ("x_test", lambda b: sizes(0, 4, 5)(b)[:16], "declares 0x4x5 bytes of data but holds 0"),
        ("y_test", lambda b: sizes(0)(b)[:8], "declares 0 bytes of data but holds 0"),
    ],
)
def test_a_damaged_idx_file(tmp_path, key, change, words):
    folder, path = damage(tmp_path, key, change)
    refused(folder, path, words, "put an intact copy in its place")


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b"",
        lambda b: b[:30],
        lambda b: b[:-9],
        lambda b: b[:-6] + b"\xff" + b[-5:],
        lambda b: b"PK" + b,
    ],
    ids=["empty", "cut", "no trailer", "checksum", "foreign"],
)
def test_a_damaged_gzip(tmp_path, change):
    folder, path = damage(tmp_path, "x_train", change, ".gz")
    refused(folder, path)


def test_a_gzip_that_unpacks_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "MOST_BYTES", 1 << 21)
    bomb = gzip.compress(idx(synthetic()["x_train"])[:4] + bytes(1 << 25))
    folder, path = damage(tmp_path, "x_train", lambda b: bomb, ".gz")
    tracemalloc.start()
    refused(folder, path, "holds more than 2097152 bytes")
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_an_unreadable_file(tmp_path):
    folder, path = damage(tmp_path, "x_train", bytes)
    path.unlink()
    path.mkdir()
    refused(folder, path, "IsADirectoryError")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y_train": np.zeros(6, np.uint8)}, "has 7 images but 6 labels in its train split"),
        ({"y_test": np.zeros(4, np.uint8)}, "has 3 images but 4 labels in its test split"),
        ({"y_train": np.full(7, 10, np.uint8)}, "has labels from 10 to 10 in its train split"),
        ({"x_test": np.zeros((3, 5, 4), np.uint8)}, "training images of (4, 5) but test images of (5, 4)"),
    ],
)
def test_files_that_disagree(tmp_path, changes, words):
    arrays = synthetic() | changes
    folder = write_idx(tmp_path / "bad", arrays)
    refused(folder, folder, words)
    refused(write_npz(tmp_path / "bad.npz", arrays), tmp_path / "bad.npz", words)


# Damaged .npz files


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y_train": np.full(7, -1)}, "has labels from -1 to -1"),
        ({"y_train": np.full(7, 2**64 - 1, np.uint64)}, "has labels from 18446744073709551615"),
        ({"x_train": np.zeros((7, 20), np.uint8)}, "x_train of shape (7, 20)"),
        ({"x_train": np.zeros((7, 4, 5, 3), np.uint8)}, "x_train of shape (7, 4, 5, 3)"),
        ({"y_test": np.zeros((3, 1), np.uint8)}, "y_test of shape (3, 1)"),
        ({"y_test": np.uint8(3)}, "y_test of shape ()"),
        (
            {"x_train": np.zeros((0, 4, 5), np.uint8), "y_train": np.zeros(0, int)},
            "x_train of shape (0, 4, 5)",
        ),
        ({"x_train": np.zeros((7, 4, 5))}, "holds x_train as float64"),
        ({"x_train": np.zeros((7, 4, 5), int)}, "holds x_train as int64"),
        ({"y_train": np.zeros(7)}, "holds y_train as float64"),
        ({"y_train": np.array(list("0123456"))}, "holds y_train as <U1"),
    ],
)
def test_an_npz_of_the_wrong_arrays(tmp_path, changes, words):
    path = write_npz(tmp_path / "bad.npz", synthetic() | changes)
    refused(path, path, words)


@pytest.mark.parametrize("key", list(IDX_FILES))
def test_an_npz_that_lacks_an_array(tmp_path, key):
    arrays = synthetic()
    del arrays[key]
    path = write_npz(tmp_path / "bad.npz", arrays)
    refused(path, path, f"has no array {key}")


class Trap:
    """Unpickled, it would raise something other than DataError."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


@pytest.mark.parametrize("key", ["x_train", "y_train"])
def test_a_pickle_is_never_run(tmp_path, key):
    with pytest.raises(SystemExit):
        pickle.loads(pickle.dumps(Trap()))
    path = write_npz(tmp_path / "bad.npz", synthetic() | {key: np.array([Trap()], object)})
    refused(path, path, f"holds {key} as object")
    path.write_bytes(pickle.dumps(Trap()))
    refused(path, path)


def npy(shape="(7, 4, 5)", descr="'|u1'", content=bytes(140), version=b"\x01\x00"):
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + content


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (npy("(1000000000000, 4, 5)"), "declares 20000000000000 bytes of x_train but holds 140"),
        (npy(f"({2**62}, {2**62}, 4)"), "bytes of x_train but holds 140"),
        (npy("(-7, -4, 5)"), "cannot be read"),
        (npy(content=bytes(139)), "declares 140 bytes of x_train but holds 139"),
        (npy(content=bytes(141)), "declares 140 bytes of x_train but holds 141"),
        (npy(descr="'nonsense'"), "cannot be read"),
        (npy(shape="(7, 4"), "cannot be read"),
        (npy(shape="'seven'"), "cannot be read"),
        (npy(descr="(" * 3000), "cannot be read"),
        (npy(version=b"\x09\x09"), "cannot be read"),
        (npy()[:9], "cannot be read"),
        (b"", "cannot be read"),
        (b"GIF89a", "cannot be read"),
    ],
)
def test_an_npz_with_a_damaged_array(tmp_path, member, words):
    path = write_npz(tmp_path / "bad.npz", {k: a for k, a in synthetic().items() if k != "x_train"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", member)
    refused(path, path, words)


def test_a_whole_hand_made_npy_is_read(tmp_path):
    path = write_npz(tmp_path / "good.npz", {k: a for k, a in synthetic().items() if k != "x_train"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", npy())
    assert not load(str(path)).x_train.any()


def test_an_npz_that_unpacks_without_end(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "bomb.npz", **synthetic() | {"x_train": np.zeros((7, 999, 999), np.uint8)})
    monkeypatch.setattr(data, "MOST_BYTES", 1 << 21)
    refused(tmp_path / "bomb.npz", tmp_path / "bomb.npz", "holds more than 2097152 bytes in x_train")


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b"",
        lambda b: b[: len(b) // 2],
        lambda b: b"not a zip",
        lambda b: b.replace(b"NUMPY", b"DUMPY"),
    ],
    ids=["empty", "cut", "text", "checksum"],
)
def test_a_foreign_or_cut_npz(tmp_path, change):
    path = write_npz(tmp_path / "bad.npz", synthetic())
    path.write_bytes(change(path.read_bytes()))
    refused(path, path, "cannot be read")


def test_a_file_of_another_kind(tmp_path):
    for name in ("train-images-idx3-ubyte", "mnist.npy", "mnist.csv"):
        (tmp_path / name).write_bytes(npy())
        refused(tmp_path / name, tmp_path / name, "neither an .npz nor a folder of IDX files")


def test_a_given_file_of_another_kind(tmp_path, monkeypatch):
    (tmp_path / "mnist.csv").write_text("5,0,0")
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "mnist.csv"))
    refused("mnist", tmp_path / "mnist.csv", "neither an .npz nor a folder of IDX files")


# Drawn damage: a DataError, or the very same pixels and labels


def loads_the_same_or_refuses(path, arrays):
    try:
        dataset = load(str(path))
    except DataError as error:
        sentence = str(error)
    else:
        assert same(dataset, arrays)
        return
    assert str(path) in sentence


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return tmp_path_factory.mktemp("drawn")


@given(key=st.sampled_from(list(IDX_FILES)), drawn=st.data())
def test_a_flipped_header_byte(workshop, key, drawn):
    arrays = synthetic()
    path = write_idx(workshop / "flipped", arrays) / IDX_FILES[key]
    content = bytearray(path.read_bytes())
    header = 16 if key.startswith("x") else 8
    flips = st.tuples(st.integers(0, header - 1), st.integers(1, 255))
    for place, mask in drawn.draw(st.lists(flips, min_size=1, max_size=3)):
        content[place] ^= mask
    path.write_bytes(content)
    loads_the_same_or_refuses(path.parent, arrays)


@given(key=st.sampled_from(list(IDX_FILES)), suffix=st.sampled_from(["", ".gz"]), drawn=st.data())
def test_a_cut_file(workshop, key, suffix, drawn):
    arrays = synthetic()
    path = write_idx(workshop / f"cut{suffix}", arrays, suffix) / (IDX_FILES[key] + suffix)
    content = path.read_bytes()
    path.write_bytes(content[: drawn.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(DataError, match="cut"):
        load(str(path.parent))


@given(key=st.sampled_from(list(IDX_FILES)), drawn=st.data())
def test_a_flipped_byte_in_a_gzip(workshop, key, drawn):
    arrays = synthetic()
    path = write_idx(workshop / "flipped.gz", arrays, ".gz") / (IDX_FILES[key] + ".gz")
    content = bytearray(path.read_bytes())
    content[drawn.draw(st.integers(0, len(content) - 1))] ^= drawn.draw(st.integers(1, 255))
    path.write_bytes(content)
    loads_the_same_or_refuses(path.parent, arrays)


@given(cut=st.booleans(), drawn=st.data())
def test_a_flipped_or_cut_npz(workshop, cut, drawn):
    arrays = synthetic()
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    content = bytearray(stream.getvalue())
    place = drawn.draw(st.integers(0, len(content) - 1))
    if cut:
        del content[place:]
    else:
        content[place] ^= drawn.draw(st.integers(1, 255))
    path = workshop / "drawn.npz"
    path.write_bytes(content)
    loads_the_same_or_refuses(path, arrays)
