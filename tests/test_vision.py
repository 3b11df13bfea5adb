"""torchvision's first page under as_torch(): data sets in its layout, transforms, and pickles that may do harm."""

import hashlib
import importlib
import os
import pickle
import random
import struct
import sys
from dataclasses import replace
from multiprocessing import spawn
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import minigrad
from sidebyside import as_torch, data
from sidebyside.exchange import minigrad_kernels, numbers_alike
from sidebyside.standin import PLACE, lent_torchvision
from sidebyside.standins.torchvision import models as models_over_torch
from sidebyside.standins.torchvision import transforms as over_torch  # the same code, on PyTorch
from sidebyside.standins.torchvision.datasets import cifar

CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()


def imported(name):
    """A module as a program under as_torch() gets it."""
    with as_torch():
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def vision():
    return imported("torchvision")


def write_idx(folder, n=20):
    """Four IDX files of made-up images, n to train with and n // 2 to test with; returns the arrays."""
    folder.mkdir(parents=True)
    rng, arrays = np.random.default_rng(0), {}
    for key, name in data.IDX_FILES.items():
        count = n if key.endswith("train") else n // 2
        shape, most = ((count, 28, 28), 256) if key.startswith("x") else ((count,), 10)
        arrays[key] = rng.integers(0, most, shape).astype(np.uint8)
        header = struct.pack(f">{1 + len(shape)}I", 0x800 + len(shape), *shape)
        (folder / name).write_bytes(header + arrays[key].tobytes())
    return arrays


def write_cifar(root, protocol, n=4):
    """Six batches of n made-up images and the names of the classes; returns the images and labels."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, n, 3, 32, 32)).astype(np.uint8)
    labels = rng.integers(0, 10, (6, n)).tolist()
    for i, name in enumerate((*cifar.CIFAR10.train_files, *cifar.CIFAR10.test_files)):
        batch = {
            "batch_label": name,
            "labels": labels[i],
            "data": images[i].reshape(n, 3072),
            "filenames": ["a.png"] * n,
        }
        (folder / name).write_bytes(pickle.dumps(batch, protocol))
    names = {"num_cases_per_batch": n, "label_names": CLASSES, "num_vis": 3072}
    (folder / "batches.meta").write_bytes(pickle.dumps(names, protocol))
    return images, labels


# As a stand-in


def test_imports_fetch_ours_only_inside_and_no_second_copies(monkeypatch):
    real = ModuleType("torchvision")
    monkeypatch.setitem(sys.modules, "torchvision", real)
    scope = {}
    with as_torch():
        exec(
            "import torchvision, torchvision.transforms as transforms\n"
            "from torchvision import datasets\n"
            "from torchvision.transforms import ToTensor, Compose\n"
            "from torchvision.datasets import MNIST\n",
            scope,
        )
        assert scope["torchvision"] is not real
        assert scope["torchvision"].transforms is scope["transforms"]
        assert scope["datasets"].MNIST is scope["MNIST"]
        assert scope["transforms"].torch is minigrad
        with as_torch():
            assert importlib.import_module("torchvision.transforms") is scope["transforms"]
    assert sys.modules["torchvision"] is real
    assert "torchvision.transforms" not in sys.modules
    assert imported("torchvision.transforms") is scope["transforms"]


def test_outside_python_looks_for_the_real_one():
    imported("torchvision")
    found = importlib.util.find_spec("torchvision")
    assert found is None or "sidebyside" not in found.origin


def test_torch_gets_it_too_where_torchvision_is_not_installed(tmp_path, monkeypatch):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").touch()
    with monkeypatch.context() as patch, lent_torchvision():
        patch.syspath_prepend(tmp_path)
        assert importlib.import_module("torchvision").__path__ == [str(tmp_path / "torchvision")]
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("torchvision.transforms")
    sys.modules.pop("torchvision")
    if importlib.util.find_spec("torchvision") is None:
        finders, path = list(sys.meta_path), list(sys.path)
        with lent_torchvision():
            transforms = importlib.import_module("torchvision.transforms")
            assert type(transforms.ToTensor()(PIXELS)) is torch.Tensor
            # A process that a DataLoader starts looks there, too.
            assert str(PLACE) in spawn.get_preparation_data("worker")["sys_path"]
        assert "torchvision" not in sys.modules
        assert (sys.meta_path, sys.path) == (finders, path)


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("import torchvision.ops", ModuleNotFoundError),
        ("from torchvision import datasets, ops", ModuleNotFoundError),
        ("import torchvision; torchvision.ops", AttributeError),
        ("from torchvision.models import resnet18, vgg19", ImportError),
        ("import torchvision; torchvision.datasets.SVHN", AttributeError),
        ("from torchvision import transforms as T; T.ColorJitter(3)", AttributeError),
        ("from torchvision.transforms import ColorJitter, Normalize", ImportError),
        ("import torchvision.transforms.v2", ImportError),
    ],
)
def test_what_is_not_there_says_what_is(program, kind):
    with (
        as_torch(),
        pytest.raises(
            kind,
            match=r"^(No module named|module 'torchvision).*\nsidebyside/standins/torchvision.* has \w+, ",
        ),
    ):
        exec(program, {})


# MNIST


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_items_are_images_and_labels_in_the_files_order(vision, tmp_path, name, split):
    arrays = write_idx(tmp_path / name / "raw")
    images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    dataset = getattr(vision.datasets, name)(str(tmp_path), train=split == "train", download=True)
    assert len(dataset) == len(images) == (20 if split == "train" else 10)
    for i in (0, 3, -1):
        image, label = dataset[i]
        assert (type(image), image.mode, image.size) == (Image.Image, "L", (28, 28))
        np.testing.assert_array_equal(np.asarray(image), images[i])
        assert type(label) is int
        assert label == labels[i]
    assert (dataset.data.dtype, dataset.targets.dtype) == (minigrad.uint8, minigrad.int64)
    np.testing.assert_array_equal(dataset.data.numpy(), images)
    np.testing.assert_array_equal(dataset.targets.numpy(), labels)
    assert len(dataset.classes) == 10
    assert dataset.class_to_idx[dataset.classes[7]] == 7


def test_a_loader_gives_batches_of_floats(vision, tmp_path):
    arrays = write_idx(tmp_path / "MNIST" / "raw")
    transform = vision.transforms.Compose(
        [vision.transforms.ToTensor(), vision.transforms.Normalize((0.1307,), (0.3081,))]
    )
    dataset = vision.datasets.MNIST(tmp_path, transform=transform, target_transform=lambda y: y + 1)
    batches = list(minigrad.utils.data.DataLoader(dataset, batch_size=8))
    assert [tuple(x.shape) for x, _ in batches] == [(8, 1, 28, 28), (8, 1, 28, 28), (4, 1, 28, 28)]
    x = np.concatenate([x.numpy() for x, _ in batches])
    expected = (torch.from_numpy(arrays["x_train"]).float().div(255) - 0.1307) / 0.3081
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x[:, 0], expected.numpy())
    y = np.concatenate([y.numpy() for _, y in batches])
    np.testing.assert_array_equal(y, arrays["y_train"] + 1)


def test_a_transform_can_be_set_later(vision, tmp_path):
    write_idx(tmp_path / "MNIST" / "raw")
    dataset = vision.datasets.MNIST(tmp_path, transform=vision.transforms.ToTensor())
    dataset.transform, dataset.target_transform = np.asarray, str
    image, label = dataset[0]
    assert (type(image), type(label)) == (np.ndarray, str)


def test_gzipped_files_are_read_too(vision, tmp_path):
    import gzip

    raw = tmp_path / "MNIST" / "raw"
    arrays = write_idx(raw)
    for name in data.IDX_FILES.values():
        (raw / f"{name}.gz").write_bytes(gzip.compress((raw / name).read_bytes()))
        (raw / name).unlink()
    np.testing.assert_array_equal(vision.datasets.MNIST(tmp_path).data.numpy(), arrays["x_train"])


def test_a_dataset_prints_as_torchvisions(vision, tmp_path):
    write_idx(tmp_path / "MNIST" / "raw")
    transform = vision.transforms.Compose([vision.transforms.ToTensor()])
    dataset = vision.datasets.MNIST(str(tmp_path), False, transform, vision.transforms.Lambda(abs))
    assert repr(dataset) == (
        f"Dataset MNIST\n    Number of datapoints: 10\n    Root location: {tmp_path}\n    Split: Test\n"
        "    StandardTransform\nTransform: Compose(\n               ToTensor()\n           )\n"
        "Target transform: Lambda()"
    )


def test_without_data_the_first_sentence_is_torchvisions_and_the_second_says_where(vision, tmp_path):
    with pytest.raises(RuntimeError, match="Dataset not found") as error:
        vision.datasets.MNIST(tmp_path)
    first, second = str(error.value).split("\n")
    assert first == "Dataset not found. You can use download=True to download it"
    assert str(tmp_path / "MNIST" / "raw") in second
    assert "train-images-idx3-ubyte" in second


def test_download_that_finds_nothing_says_where_the_files_must_lie(vision, tmp_path, monkeypatch):
    def offline(recipe):
        raise data.DataError(f"OpenML did not give {recipe.title}")

    monkeypatch.setattr(data, "find", lambda name: None)
    monkeypatch.setattr(data, "_openml", offline)
    with pytest.raises(RuntimeError, match=r"^Error downloading train-images-idx3-ubyte.gz\n") as error:
        vision.datasets.FashionMNIST(tmp_path, download=True)
    assert str(tmp_path / "FashionMNIST" / "raw") in str(error.value)
    assert "OpenML did not give Fashion-MNIST" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_download_takes_what_lies_elsewhere_and_the_next_run_needs_no_download(vision, tmp_path, monkeypatch):
    arrays = write_idx(tmp_path / "elsewhere")
    sums = tuple(data._md5(arrays[key]) for key in data.IDX_FILES)
    monkeypatch.setitem(data.RECIPES, "mnist", replace(data.RECIPES["mnist"], md5=sums))
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "elsewhere"))
    vision.datasets.MNIST(tmp_path / "root", download=True)
    raw = tmp_path / "root" / "MNIST" / "raw"
    assert sorted(os.listdir(raw)) == sorted(data.IDX_FILES.values())
    for name in data.IDX_FILES.values():
        assert (raw / name).read_bytes() == (tmp_path / "elsewhere" / name).read_bytes()
    test = vision.datasets.MNIST(tmp_path / "root", train=False)
    np.testing.assert_array_equal(test.data.numpy(), arrays["x_test"])


def test_a_damaged_file_is_named(vision, tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    write_idx(raw)
    (raw / "train-labels-idx1-ubyte").write_bytes((raw / "train-labels-idx1-ubyte").read_bytes()[:-1])
    with pytest.raises(
        data.DataError, match="train-labels-idx1-ubyte declares 20 bytes of data but holds 19"
    ):
        vision.datasets.MNIST(tmp_path, download=True)
    assert len(vision.datasets.MNIST(tmp_path, train=False)) == 10


# CIFAR10


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_cifar_gives_colour_images(vision, tmp_path, protocol):
    images, labels = write_cifar(tmp_path, protocol)
    for train, part in ((True, slice(0, 5)), (False, slice(5, 6))):
        dataset = vision.datasets.CIFAR10(str(tmp_path), train, download=True)
        pixels = images[part].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        np.testing.assert_array_equal(dataset.data, pixels)
        assert dataset.targets == [label for batch in labels[part] for label in batch]
        image, label = dataset[-1]
        assert (image.mode, image.size, type(label)) == ("RGB", (32, 32), int)
        np.testing.assert_array_equal(np.asarray(image), pixels[-1])
        assert dataset.classes == CLASSES
        dataset.transform = vision.transforms.ToTensor()
        np.testing.assert_array_equal(dataset[0][0].numpy(), images[part][0, 0] / np.float32(255))


def short(text, memo):
    """A string as Python 2 pickled it: SHORT_BINSTRING, and BINPUT."""
    return b"U" + bytes([len(text)]) + text.encode() + b"q" + bytes([memo])


def test_the_names_in_cifars_own_file_are_read(tmp_path):
    """The file that Python 2 wrote, rebuilt byte by byte; its MD5 is the one that torchvision asks for."""
    content = b"\x80\x02}q\x01(" + short("num_cases_per_batch", 2) + b"M\x10\x27" + short("label_names", 3)
    content += b"]q\x04(" + b"".join(short(name, 5 + i) for i, name in enumerate(CLASSES)) + b"e"
    content += short("num_vis", 15) + b"M\x00\x0cu."
    assert hashlib.md5(content).hexdigest() == "5ff9c542aee3614f3951f8cda6e48888"
    (tmp_path / "batches.meta").write_bytes(content)
    assert cifar.read_names(str(tmp_path / "batches.meta")) == CLASSES


def test_a_batch_as_python_2_wrote_it_is_read(tmp_path):
    pixels = bytes(i % 256 for i in range(2 * 3072))
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09"
    array += b"(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b"
    array += (
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + struct.pack("<i", len(pixels))
        + pixels
        + b"tb"
    )
    content = (
        b"\x80\x02}q\x01(" + short("labels", 2) + b"]q\x03(K\x06K\x09e" + short("data", 4) + array + b"u."
    )
    batch = pickle.loads(content, encoding="latin1")  # Python reads it as we mean it
    assert batch["labels"] == [6, 9]
    (tmp_path / "data_batch_1").write_bytes(content)
    images, labels = cifar.read_batch(str(tmp_path / "data_batch_1"), 10)
    np.testing.assert_array_equal(images, batch["data"])
    assert labels == [6, 9]


def test_cifar_is_not_downloaded_and_says_what_to_put_where(vision, tmp_path):
    for options, first in (
        ({}, "Dataset not found or corrupted. You can use download=True to download it"),
        ({"download": True}, "Error downloading cifar-10-python.tar.gz"),
    ):
        with pytest.raises(RuntimeError) as error:
            vision.datasets.CIFAR10(tmp_path, **options)
        assert str(error.value).split("\n")[0] == first
        assert str(tmp_path / "cifar-10-batches-py") in str(error.value)


class Harm:
    """Pickled, it creates a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def array_of(content=b"x" * 3072, shape=(1, 3072), dtype=b"u1", build=b"b"):
    """A batch whose array is described by these."""
    sizes = b"".join(b"M" + struct.pack("<H", size) for size in shape)
    described = b"(K\x01(" + sizes + b"tcnumpy\ndtype\nU" + bytes([len(dtype)]) + dtype + b"\x85R\x89"
    described += b"T" + struct.pack("<i", len(content)) + content + b"t" + build
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R" + described
    return b"\x80\x02}(U\x06labels](K\x01eU\x04data" + array + b"u."


def test_the_array_of_these_tests_is_read(tmp_path):
    (tmp_path / "b").write_bytes(array_of())
    images, labels = cifar.read_batch(str(tmp_path / "b"), 10)
    assert (images.shape, labels) == ((1, 3072), [1])


HOSTILE = {
    "a function of os": b"cos\nsystem\nU\x04true\x85R.",
    "a builtin": b"c__builtin__\neval\nU\x011\x85R.",
    "numpy.load": b"cnumpy\nload\nU\x01x\x85R.",
    "an instance": b"(ios\nsystem\n.",
    "a persistent id": b"}Q.",
    "an extension": b"\x82\x01.",
    "ndarray is called": b"cnumpy\nndarray\n(M\xff\xffM\xff\xfft\x85R.",
    "an attribute of a function is set": b"cnumpy\ndtype\n}U\x01aK\x01sb.",
    "bytes of a number": array_of().replace(
        b"T" + struct.pack("<i", 3072) + b"x" * 3072, b"J\xff\xff\xff\x7f"
    ),
    "objects": array_of(dtype=b"O8"),
    "floats": array_of(dtype=b"f8"),
    "a shape that is too large": array_of(shape=(60000, 3072)),
    "a shape of other images": array_of(shape=(3, 1024)),
    "an array that is not filled": array_of(build=b"0"),
    "a list in itself as labels": b"\x80\x02}(U\x06labels]q\x00(h\x00eU\x04dataK\x00u.",
    "a list, not a dict": b"].",
    "nothing": b"",
    "a jump back in the memo": b"}(h\x07u.",
    "a memo of two thousand million": b"}r\xff\xff\xff\x7f.",
    "too many numbers": b"](" + b"K\x00" * (1 << 18) + b"e.",
    "a line that never ends": b"c" + b"x" * 10000,
    "no memory": b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_batch_is_refused_and_nothing_is_run(tmp_path, name):
    path = tmp_path / "data_batch_1"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(data.DataError, match="data_batch_1"):
        cifar.read_batch(str(path), 10)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_call_in_a_pickle_is_not_made(tmp_path, protocol):
    harm = tmp_path / "harm"
    content = pickle.dumps({"data": Harm(str(harm)), "labels": [1]}, protocol)
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(data.DataError, match="cannot be read"):
        cifar.read_batch(str(tmp_path / "b"), 10)
    assert not harm.exists()
    pickle.loads(content)["data"].close()
    assert harm.exists()  # by Python's own unpickler it would have been


def test_a_batch_that_was_changed_is_read_or_refused(tmp_path):
    write_cifar(tmp_path, 2, 1)
    path, draw = tmp_path / "cifar-10-batches-py" / "data_batch_1", random.Random(0)
    content, refused = path.read_bytes(), 0
    for _ in range(100):
        changed = bytearray(content)
        for _ in range(draw.randint(1, 4)):
            changed[draw.choice((draw.randrange(200), draw.randrange(len(changed))))] = draw.randrange(256)
        path.write_bytes(changed[: draw.choice((len(changed), draw.randrange(len(changed))))])
        try:
            images, labels = cifar.read_batch(str(path), 10)
        except data.DataError:
            refused += 1
        else:
            assert images.shape == (1, 3072)
            assert len(labels) == 1
    assert refused > 30


# Transforms


RNG = np.random.default_rng(1)
PIXELS = RNG.integers(0, 256, (31, 45, 3)).astype(np.uint8)
IMAGES = {
    mode: Image.fromarray(PIXELS).convert(mode) for mode in "1 L LA P RGB RGBA CMYK YCbCr HSV I F".split()
}
IMAGES["I;16"] = Image.fromarray(RNG.integers(0, 65000, (31, 45)).astype(np.uint16))


@pytest.mark.parametrize("mode", IMAGES)
def test_to_tensor_puts_channels_first_and_divides_bytes_by_255(vision, mode):
    image = IMAGES[mode]
    x = vision.transforms.ToTensor()(image).numpy()
    raw = np.asarray(image).reshape(31, 45, -1).transpose(2, 0, 1)
    as_it_is = {"I": np.int32, "F": np.float32, "I;16": np.int16}
    if mode in as_it_is:
        expected = raw.astype(as_it_is[mode])
    else:
        expected = (raw.astype(np.uint8) * (255 if mode == "1" else 1) / 255).astype(np.float32)
    assert x.dtype == expected.dtype
    np.testing.assert_array_equal(x, expected)
    assert x.flags.c_contiguous


@pytest.mark.parametrize(
    "array", [PIXELS, PIXELS[::2, 1:], PIXELS[..., 0], PIXELS / 7, PIXELS.astype(np.int64), PIXELS > 9],
    ids=["bytes", "a view", "two dimensions", "floats", "ints", "bools"],
)  # fmt: skip
def test_to_tensor_takes_arrays_and_does_on_torch_what_it_does_here(vision, array):
    ours, theirs = vision.transforms.ToTensor()(array), over_torch.ToTensor()(array)
    assert str(ours.dtype) == str(theirs.dtype)
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert tuple(ours.shape) == (array.shape[2] if array.ndim == 3 else 1, *array.shape[:2])


def test_to_tensor_follows_the_default_dtype_and_pil_to_tensor_does_not_scale(vision):
    minigrad.set_default_dtype(minigrad.float64)
    try:
        x = vision.transforms.ToTensor()(PIXELS)
    finally:
        minigrad.set_default_dtype(minigrad.float32)
    np.testing.assert_array_equal(x.numpy(), PIXELS.transpose(2, 0, 1) / 255)
    x = vision.transforms.PILToTensor()(IMAGES["RGB"])
    assert x.dtype == minigrad.uint8
    np.testing.assert_array_equal(x.numpy(), PIXELS.transpose(2, 0, 1))


def test_what_to_tensor_refuses(vision):
    for bad in ("x", [1], minigrad.ones(2)):
        with pytest.raises(TypeError, match=r"^pic should be PIL Image or ndarray. Got <class"):
            vision.transforms.ToTensor()(bad)
    with pytest.raises(ValueError, match=r"^pic should be 2/3 dimensional. Got 1 dimensions."):
        vision.transforms.ToTensor()(np.zeros(3))
    with pytest.raises(TypeError, match=r"^pic should be PIL Image. Got"):
        vision.transforms.PILToTensor()(np.zeros((3, 3)))


@pytest.mark.parametrize("shape", [(2, 3, 4), (5, 2, 3, 4)])
@pytest.mark.parametrize("about", [((0.5, 0.2), (0.5, 0.3)), (0.1, 0.7), ([0.1], [0.2])])
def test_normalize_is_torchs_to_the_last_bit_and_in_place_only_if_asked(vision, shape, about):
    array = np.random.default_rng(2).random(shape, np.float32)
    mean, std = (torch.tensor(each).view(-1, 1, 1) for each in about)
    expected = ((torch.from_numpy(array) - mean) / std).numpy()
    x = minigrad.from_numpy(array.copy())
    z = vision.transforms.Normalize(*about)(x)
    np.testing.assert_array_equal(z.numpy(), expected)
    np.testing.assert_array_equal(x.numpy(), array)
    assert vision.transforms.Normalize(*about, inplace=True)(x) is x
    np.testing.assert_array_equal(x.numpy(), expected)


NO_IMAGES = {
    "an array": (PIXELS, 1, TypeError, "img should be Tensor Image. Got <class 'numpy.ndarray'>"),
    "integers": (
        minigrad.ones(1, 2, 2).long(),
        1,
        TypeError,
        "Input tensor should be a float tensor. Got torch.int64.",
    ),
    "two dimensions": (
        minigrad.ones(2, 2),
        1,
        ValueError,
        "Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = torch.Size([2, 2])",
    ),
    "a std of zero": (
        minigrad.ones(1, 2, 2),
        0,
        ValueError,
        "std evaluated to zero after conversion to torch.float32, leading to division by zero.",
    ),
}


@pytest.mark.parametrize("name", NO_IMAGES)
def test_what_normalize_refuses(vision, name):
    x, std, kind, says = NO_IMAGES[name]
    with pytest.raises(kind) as error:
        vision.transforms.Normalize(0.5, std)(x)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("size", "height", "width"),
    [(10, 10, 14), ((12, 7), 12, 7), ([16], 16, 23), (62, 62, 90), (31, 31, 45), ((31, 45), 31, 45)],
)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_resize_is_pillows_bilinear(vision, size, height, width, mode):
    image = IMAGES[mode]
    resized = vision.transforms.Resize(size)(image)
    assert resized.size == (width, height)
    expected = image.resize((width, height), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(np.asarray(resized), np.asarray(expected))
    assert (resized is image) == ((height, width) == (31, 45))
    turned = vision.transforms.Resize(size)(image.transpose(Image.Transpose.ROTATE_90))
    assert turned.size == ((height, width) if isinstance(size, int) or len(size) == 1 else (width, height))


def test_the_options_of_resize(vision):
    transforms, image = vision.transforms, IMAGES["L"]
    assert transforms.Resize(12, max_size=14)(image).size == (14, 9)
    for mode in (transforms.InterpolationMode.BICUBIC, 3, Image.Resampling.BICUBIC):
        resized = transforms.Resize(10, mode)(image)
        np.testing.assert_array_equal(np.asarray(resized), np.asarray(image.resize((14, 10), 3)))
    with pytest.warns(UserWarning, match="Anti-alias option is always applied for PIL Image input"):
        transforms.Resize(10, antialias=False)(image)


@pytest.mark.parametrize(
    ("args", "image", "kind", "says"),
    [
        (("a" * 3,), "L", ValueError, "If size is a sequence"),
        ((3.0,), "L", TypeError, "Size should be int or sequence. Got <class 'float'>"),
        ((3, "bilinear"), "L", TypeError, "Argument interpolation should be a InterpolationMode"),
        (((3, 4), 2, 9), "L", ValueError, "max_size should only be passed"),
        ((9, 2, 9), "L", ValueError, "max_size = 9 must be strictly greater"),
        ((9,), None, NotImplementedError, "Resize takes PIL images alone"),
        ((9,), "array", TypeError, "Unexpected type <class 'numpy.ndarray'>"),
    ],
)
def test_what_resize_refuses(vision, args, image, kind, says):
    given = {"L": IMAGES["L"], "array": PIXELS, None: minigrad.ones(1, 20, 20)}[image]
    with pytest.raises(kind, match=f"^{says}"):
        vision.transforms.Resize(*args)(given)


def test_lambda_is_called_and_must_be_callable(vision):
    one_hot = vision.transforms.Lambda(lambda y: minigrad.nn.functional.one_hot(minigrad.tensor(y), 10))
    assert one_hot(3).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    with pytest.raises(TypeError, match=r"^Argument lambd should be callable, got 'int'$"):
        vision.transforms.Lambda(3)


def test_transforms_print_as_torchvisions(vision):
    transforms = vision.transforms
    chain = [
        transforms.ToTensor(),
        transforms.Normalize((0.5,), (0.5,)),
        transforms.Resize((3, 4), 3),
        transforms.PILToTensor(),
    ]
    assert repr(transforms.Compose(chain)) == (
        "Compose(\n    ToTensor()\n    Normalize(mean=(0.5,), std=(0.5,))\n"
        "    Resize(size=(3, 4), interpolation=bicubic, max_size=None, antialias=True)\n    PILToTensor()\n)"
    )


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_read_image_gives_a_pngs_bytes(vision, tmp_path, mode):
    IMAGES[mode].save(tmp_path / "a.png")
    x = vision.io.read_image(str(tmp_path / "a.png"))
    assert x.dtype == minigrad.uint8
    np.testing.assert_array_equal(x.numpy(), np.asarray(IMAGES[mode]).reshape(31, 45, -1).transpose(2, 0, 1))


# Grids


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("as_list", [False, True])
def test_a_grid_has_frames_of_the_pad_value_and_rows_of_nrow(vision, count, channels, as_list):
    x = np.random.default_rng(3).random((count, channels, 4, 5), np.float32)
    given = [minigrad.tensor(image) for image in x] if as_list else minigrad.tensor(x)
    grid = vision.utils.make_grid(given, nrow=3, padding=2, pad_value=0.5)
    columns, rows = min(3, count), -(-count // 3)
    expected = np.full((3, 2 + 6 * rows, 2 + 7 * columns), 0.5, np.float32)
    for i in range(count):
        top, left = 2 + 6 * (i // 3), 2 + 7 * (i % 3)
        expected[:, top : top + 4, left : left + 5] = x[i]
    np.testing.assert_array_equal(grid.numpy(), expected)


def test_one_image_has_no_frame(vision):
    x = minigrad.rand(3, 4, 5)
    np.testing.assert_array_equal(vision.utils.make_grid(x).numpy(), x.numpy())
    assert vision.utils.make_grid(minigrad.ones(4, 5)).shape == (3, 4, 5)


def test_gradients_do_not_pass_through_a_grid(vision):
    assert not vision.utils.make_grid(minigrad.rand(2, 3, 4, 5, requires_grad=True)).requires_grad


@pytest.mark.parametrize(
    "options", [{}, {"scale_each": True}, {"value_range": (0.25, 0.5)}], ids=["all", "each", "a range"]
)
def test_a_grid_is_brought_to_0_to_1_and_the_images_stay(vision, options):
    x = np.random.default_rng(4).random((2, 3, 2, 2), np.float32)
    given = minigrad.tensor(x)
    grid = vision.utils.make_grid(given, padding=0, normalize=True, **options).numpy()
    expected = []
    for image in x:
        of = image if "scale_each" in options else x
        low, high = options.get("value_range", (float(of.min()), float(of.max())))
        expected.append(torch.tensor(image).clamp(low, high).sub(low).div(high - low).numpy())
    np.testing.assert_array_equal(grid, np.concatenate(expected, axis=2))
    np.testing.assert_array_equal(given.numpy(), x)


def test_what_make_grid_refuses(vision):
    make_grid = vision.utils.make_grid
    for bad in ("x", (minigrad.ones(2, 2),)):
        with pytest.raises(TypeError, match=r"^tensor or list of tensors expected, got <class"):
            make_grid(bad)
    with pytest.raises(
        TypeError, match=r"^tensor or list of tensors expected, got a list containing <class 'int'>"
    ):
        make_grid([1])
    with pytest.raises(ValueError, match=r"^images have 2 dimensions, 3 with channels, 4 as a batch, not 1"):
        make_grid(minigrad.ones(4))
    with pytest.raises(TypeError, match=r"^value_range has to be a tuple"):
        make_grid(minigrad.ones(2, 2), normalize=True, value_range=[0, 1])


def test_a_saved_image_is_rounded_to_levels(vision, tmp_path):
    x = np.array([[[0.0, 0.1, 0.5, 1.0, -1.0, 2.0, 0.499]]], np.float32)
    vision.utils.save_image(minigrad.tensor(x), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert np.asarray(image)[0, :, 0].tolist() == [0, 26, 128, 255, 0, 255, 127]


CROPS = {
    "RandomCrop": ((3, 4), (1, 2)),
    "RandomHorizontalFlip": (),
    "RandomResizedCrop": ((3, 5),),
    "CenterCrop": (9,),
    "Pad": ((1, 2, 3, 4), 7),
}


@pytest.mark.parametrize("name", CROPS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_crops_draw_torchs_random_numbers_and_take_tensors(vision, name, mode):
    rng = np.random.default_rng(0)
    img = Image.fromarray(rng.integers(0, 256, (7, 8) if mode == "L" else (7, 8, 3)).astype(np.uint8))
    theirs, ours = (
        each(*CROPS[name]) for each in (getattr(over_torch, name), getattr(vision.transforms, name))
    )
    assert repr(ours) == repr(theirs)
    for seed in range(3):
        found = []
        for library, transform in ((torch, theirs), (minigrad, ours)):
            library.manual_seed(seed)
            found.append(np.array(transform(img)))
        assert found[0].tolist() == found[1].tolist()
        if name != "RandomResizedCrop":
            minigrad.manual_seed(seed)
            pixels = ours(vision.transforms.PILToTensor()(img))
            assert pixels.numpy().transpose(1, 2, 0).tolist() == np.atleast_3d(found[0]).tolist()


def test_crops_take_the_parts_that_they_say(vision):
    img, T = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4)), vision.transforms
    assert np.array(T.CenterCrop(2)(img)).tolist() == [[1, 2], [5, 6]]
    assert np.array(T.CenterCrop((1, 6))(img)).tolist() == [[0, 4, 5, 6, 7, 0]]
    assert np.array(T.Pad((1, 0), 9)(img)).tolist()[0] == [9, 0, 1, 2, 3, 9]
    assert np.array(T.RandomHorizontalFlip(1.0)(img)).tolist()[0] == [3, 2, 1, 0]
    assert T.RandomCrop((3, 4))(img) is img
    # No part of more than the whole area lies inside: the middle, of the nearest ratio.
    assert T.RandomResizedCrop.get_params(img, (3, 4), (0.5, 1.0)) == (0, 0, 3, 3)
    assert T.RandomResizedCrop.get_params(img, (3, 4), (2.0, 3.0)) == (0, 0, 2, 4)


@pytest.mark.parametrize(
    ("program", "kind", "says"),
    [
        (
            "T.RandomCrop(9)(img)",
            ValueError,
            r"Required crop size \(9, 9\) is larger than input image size \(3, 4\)",
        ),
        ("T.CenterCrop((1, 2, 3))", ValueError, "Please provide only two dimensions"),
        ("T.Pad((1, 2, 3))(img)", ValueError, "not a 3 element tuple"),
        ("T.Pad(1, padding_mode='edge')", NotImplementedError, "a constant alone"),
        ("T.RandomHorizontalFlip(1.0)([1])", TypeError, "Unexpected type <class 'list'>"),
    ],
)
def test_what_crops_refuse(vision, program, kind, says):
    with pytest.raises(kind, match=says):
        eval(program, {"T": vision.transforms, "img": Image.new("L", (4, 3))})


def test_a_folder_of_folders_gives_an_image_and_its_folders_number(vision, tmp_path):
    ImageFolder = vision.datasets.ImageFolder
    with pytest.raises(FileNotFoundError, match=r"^Couldn't find any class folder in"):
        ImageFolder(tmp_path)
    for number, name in enumerate(("dog/1.png", "cat/10.PNG", "cat/2.png", "cat/a/3.png")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (2, 1), number).save(path, "PNG")
    (tmp_path / "cat" / "about.txt").write_text("no image")
    found = ImageFolder(tmp_path, vision.transforms.PILToTensor())
    assert (found.classes, found.class_to_idx) == (["cat", "dog"], {"cat": 0, "dog": 1})
    assert [(x.tolist(), y) for x, y in found] == [
        ([[[n] * 2]] * 3, y) for n, y in ((1, 0), (2, 0), (3, 0), (0, 1))
    ]
    assert found.targets == [0, 0, 0, 1]
    (tmp_path / "eel").mkdir()
    with pytest.raises(FileNotFoundError, match=r"^Found no valid file for the classes eel\. Supported ext"):
        ImageFolder(tmp_path)


# Models


@pytest.mark.parametrize(
    ("name", "weights"), [("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032)]
)
def test_residual_networks_have_as_many_weights_as_torchvisions(name, weights):
    network = getattr(models_over_torch, name)()
    assert sum(p.numel() for p in network.parameters()) == weights
    assert "layer4.0.downsample.1.running_var" in network.state_dict()


@pytest.mark.parametrize("block", ["BasicBlock", "Bottleneck"])
def test_residual_blocks_give_what_they_give_on_torch(block):
    groups = []
    for library, models in ((torch, models_over_torch), (minigrad, imported("torchvision.models"))):
        library.manual_seed(0)
        network = SimpleNamespace(inplanes=6)
        with numbers_alike():
            groups.append(models.ResNet._make_layer(network, getattr(models, block), 4, 2, 2))
    theirs, ours = (group.state_dict() for group in groups)
    assert list(ours) == list(theirs)
    assert all(ours[name].numpy().tobytes() == theirs[name].numpy().tobytes() for name in ours)
    assert str(groups[1]) == str(groups[0])
    x = np.random.default_rng(0).standard_normal((2, 6, 8, 8), dtype=np.float32)
    with minigrad_kernels():
        expected = groups[0](torch.tensor(x))
    assert groups[1](minigrad.tensor(x)).numpy(force=True).tobytes() == expected.numpy(force=True).tobytes()


def test_trained_weights_are_read_where_torch_hub_keeps_them(tmp_path, monkeypatch):
    models = imported("torchvision.models")
    monkeypatch.setattr(models, "ResNet", lambda *_: minigrad.nn.Linear(2, 1))  # the real one takes seconds
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(
        {"weight": torch.tensor([[3.0, 4.0]]), "bias": torch.zeros(1)}, folder / "resnet18-f37072fd.pth"
    )
    for options in (
        {"weights": models.ResNet18_Weights.DEFAULT},
        {"weights": "IMAGENET1K_V1", "progress": False},
        {"pretrained": True},
    ):
        assert models.resnet18(**options).weight.tolist() == [[3, 4]]
    assert models.resnet18().weight.tolist() != [[3, 4]]
    with pytest.raises(FileNotFoundError, match=r"resnet34-\w+.pth is not there\.\nThe torchvision that"):
        models.resnet34(weights=models.ResNet34_Weights.DEFAULT)
