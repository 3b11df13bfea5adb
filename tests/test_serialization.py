"""Saving: what is saved comes back bit for bit; whatever a file holds, there is one clear error or none."""

import io
import json
import os
import random
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from both import same_bits
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import serialization
from minigrad.serialization import LoadError, load, save

ROOT = Path(__file__).parent.parent
MUTATIONS = int(os.environ.get("MINIGRAD_MUTATIONS", "400"))  # the nightly figure is 10,000
KILLS = int(os.environ.get("MINIGRAD_KILLS", "15"))  # 200
ENDINGS = [".npz", ".safetensors"]
DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]

each_format = pytest.mark.parametrize("ending", ENDINGS)


@st.composite
def arrays(draw):
    """Any bits: nans with payloads, -0.0, denormals; 0-d, empty, transposed, strided."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    size = int(np.prod(shape)) * dtype.itemsize
    data = draw(st.binary(min_size=size, max_size=size))
    if dtype.kind == "b":
        data = bytes(byte & 1 for byte in data)
    array = np.frombuffer(bytearray(data), dtype).reshape(shape) if size else np.zeros(shape, dtype)
    change = draw(st.sampled_from(["as it is", "transposed", "strided"]))
    if change == "transposed":
        return array.T
    return np.repeat(array, 2, axis=0)[::2] if change == "strided" and shape else array


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\\"), max_size=8).filter(
    lambda name: name not in serialization.RESERVED
)
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5)


def values():
    leaves = arrays().map(minigrad.from_numpy) | ATOMS
    keys = (
        st.text(st.characters(), max_size=3)
        | st.integers()
        | st.sampled_from([*serialization.RESERVED, "a.0", "a"])
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(keys, inner, max_size=3)
            | st.dictionaries(keys, inner, max_size=3).map(OrderedDict)
        ),
        max_leaves=8,
    )


def same(ours, theirs):
    """Types, order and bits; two nans are the same number."""
    assert type(ours) is type(theirs)
    if isinstance(ours, minigrad.Tensor):
        same_bits(ours, theirs)
        assert ours.requires_grad == theirs.requires_grad
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        assert [type(key) for key in ours] == [type(key) for key in theirs]
        for key in ours:
            same(ours[key], theirs[key])
    elif isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs)
        for pair in zip(ours, theirs, strict=True):
            same(*pair)
    else:
        assert repr(ours) == repr(theirs)


# Round trips


@each_format
@given(value=values())
def test_any_checkpoint_comes_back(tmp_path_factory, ending, value):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    save(value, path)
    came = load(path)
    if isinstance(value, dict) and ending == ".npz":
        came = type(value)(came)  # an .npz of nothing but tensors by name is a state dict, so an OrderedDict
    same(came, value)


@given(state=st.dictionaries(NAMES, arrays(), max_size=4))
def test_a_state_dict_goes_to_torch_and_back_through_safetensors(tmp_path_factory, state):
    folder = tmp_path_factory.getbasetemp()
    save({name: minigrad.from_numpy(array) for name, array in state.items()}, folder / "ours.safetensors")
    theirs = safetensors.torch.load_file(folder / "ours.safetensors")
    safetensors.torch.save_file(theirs, folder / "theirs.safetensors")
    back = load(folder / "theirs.safetensors")
    assert type(back) is OrderedDict
    assert theirs.keys() == back.keys() == state.keys()
    for name, array in state.items():
        same_bits(theirs[name], minigrad.from_numpy(array))
        same_bits(back[name], theirs[name])


@given(state=st.dictionaries(NAMES, arrays(), max_size=4))
def test_a_state_dict_is_a_plain_npz_for_numpy_and_back(tmp_path_factory, state):
    path = tmp_path_factory.getbasetemp() / "plain.npz"
    save(OrderedDict((name, minigrad.from_numpy(array)) for name, array in state.items()), path)
    with np.load(path) as theirs:
        assert theirs.files == list(state)
        read = dict(theirs)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in read.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asfortranarray(array) if array.ndim else array)
    back = load(path)
    assert list(back) == list(state)
    for name, array in state.items():
        same_bits(minigrad.from_numpy(read[name]), minigrad.from_numpy(array))
        same_bits(back[name], minigrad.from_numpy(array))


def test_a_model_of_torch_goes_on_in_minigrad_and_back(tmp_path):
    theirs, ours = (
        t.nn.Sequential(t.nn.Linear(3, 4), t.nn.ReLU(), t.nn.Linear(4, 2)) for t in (torch, minigrad)
    )
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "a.safetensors")
    assert repr(ours.load_state_dict(load(tmp_path / "a.safetensors"))) == "<All keys matched successfully>"
    for name, tensor in ours.state_dict().items():
        same_bits(tensor, theirs.state_dict()[name])
    with minigrad.no_grad():
        ours[0].weight *= 2
    save(ours.state_dict(), tmp_path / "b.safetensors")
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "b.safetensors"))
    same_bits(theirs[0].weight, ours[0].weight)


@each_format
def test_a_tutorials_checkpoint_goes_on_as_if_nothing_had_been(tmp_path, ending):
    def build():
        minigrad.manual_seed(0)
        model = minigrad.nn.Linear(3, 2)
        return model, minigrad.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(minigrad.ones(4, 3)).pow(2).sum().backward()
        optimizer.step()

    (model, optimizer), (resumed, theirs) = build(), build()
    step(model, optimizer)
    path = str(tmp_path / f"checkpoint{ending}")
    save({"epoch": 1, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.1}, path)
    checkpoint = load(path, map_location="cpu", weights_only=True)
    assert (checkpoint["epoch"], checkpoint["loss"]) == (1, 0.1)
    assert list(checkpoint["optimizer"]["state"]) == [0, 1]
    resumed.load_state_dict(checkpoint["model"])
    theirs.load_state_dict(checkpoint["optimizer"])
    for _ in range(3):
        step(model, optimizer)
        step(resumed, theirs)
    same(resumed.state_dict(), model.state_dict())
    same(theirs.state_dict(), optimizer.state_dict())


@each_format
def test_what_requires_grad_does_so_again_as_in_torch(tmp_path, ending):
    def made(t):
        w = t.ones(2, requires_grad=True)
        return {
            "w": w,
            "result": w * 2,
            "data": t.ones(2),
            "parameters": list(t.nn.Linear(2, 1).parameters()),
        }

    save(made(minigrad), tmp_path / f"x{ending}")
    torch.save(made(torch), tmp_path / "x.pt")
    ours, theirs = load(tmp_path / f"x{ending}"), torch.load(tmp_path / "x.pt")
    for name in ("w", "result", "data"):
        assert (ours[name].requires_grad, ours[name].is_leaf) == (
            theirs[name].requires_grad,
            theirs[name].is_leaf,
        )
    assert all(p.requires_grad for p in ours["parameters"])


@each_format
def test_tied_weights_are_saved_each(tmp_path, ending):
    model = minigrad.nn.Sequential(minigrad.nn.Linear(2, 2), minigrad.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    save(model.state_dict(), tmp_path / f"x{ending}")
    back = load(tmp_path / f"x{ending}")
    same(OrderedDict(back), OrderedDict(model.state_dict()))
    assert back["0.weight"].array is not back["1.weight"].array


@each_format
def test_loaded_tensors_can_be_changed(tmp_path, ending):
    save({"w": minigrad.ones(2)}, tmp_path / f"x{ending}")
    w = load(tmp_path / f"x{ending}")["w"]
    w += 1
    assert w.tolist() == [2.0, 2.0]


def test_a_buffer_in_memory_is_an_npz():
    buffer = io.BytesIO()
    save({"w": minigrad.ones(2)}, buffer)
    buffer.seek(0)
    assert load(buffer)["w"].tolist() == [1.0, 1.0]
    buffer.seek(0)
    assert np.load(buffer).files == ["w"]


@each_format
def test_an_open_file_has_the_format_of_its_name(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    with path.open("wb") as file:
        save({"w": minigrad.ones(2)}, file)
    with path.open("rb") as file:
        same(OrderedDict(load(file)), OrderedDict(load(path)))
    assert (path.read_bytes()[:2] == b"PK") == (ending == ".npz")


@each_format
def test_the_same_value_makes_the_same_bytes(tmp_path, ending):
    for name in "ab":
        save({"w": minigrad.ones(2), "epoch": 3}, tmp_path / f"{name}{ending}")
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


# Refused


def endless():
    value = []
    value.append(value)
    return value


MODEL = minigrad.nn.Linear(2, 1)


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (MODEL, TypeError, f"cannot save a {type(MODEL).__module__}.Linear\nSave its state_dict(), and load it into"),
        ({"a": [MODEL]}, TypeError, f"cannot save a {type(MODEL).__module__}.Linear at a.0"),
        (minigrad.optim.SGD(MODEL.parameters()), TypeError, "Save its state_dict()"),
        ({"a": {"b": np.ones(2)}}, TypeError, "cannot save a numpy.ndarray at a.b\nSave torch.from_numpy(array)"),
        ({"loss": np.float64(1)}, TypeError, "cannot save a numpy.float64 at loss"),
        ({"a": torch.ones(2)}, TypeError, "cannot save a torch.Tensor at a"),
        ({(1, 2): 3}, TypeError, "cannot save a tuple at a key"),
        ({1, 2}, TypeError, "cannot save a set"),
        (minigrad.float32, TypeError, "cannot save a minigrad.dtype"),
        (lambda: 0, TypeError, "cannot save a function"),
        (endless(), ValueError, "contains itself"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_said_and_the_old_file_stays(tmp_path, value, error, said):
    path = tmp_path / "x.npz"
    save({"w": minigrad.ones(2)}, path)
    before = path.read_bytes()
    with pytest.raises(error) as caught:
        save(value, path)
    assert said in str(caught.value)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["x.npz"]


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "model.pkl", "model.bin", "model", "model.npz.pt"])
def test_pickles_are_refused_with_what_to_use(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    for action in (lambda: save({}, path), lambda: load(path)):
        with pytest.raises(ValueError, match=r"pickles, which can run any code .* Use model\.npz") as caught:
            action()
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == b""


def test_weights_only_false_is_refused(tmp_path):
    save({}, tmp_path / "x.npz")
    with pytest.raises(ValueError, match="leave it out"):
        load(tmp_path / "x.npz", weights_only=False)


@pytest.mark.parametrize(
    "action",
    [
        lambda save, load: save({}, "no/such/folder/x.npz"),
        lambda save, load: save({}, 5),
        lambda save, load: load("missing.npz"),
        lambda save, load: load("missing.pt"),
        lambda save, load: load("."),
    ],
)
def test_files_that_are_not_there_are_torchs_errors(tmp_path, monkeypatch, action):
    monkeypatch.chdir(tmp_path)
    told = []
    for each in ((save, load), (torch.save, torch.load)):
        with pytest.raises((OSError, RuntimeError, AttributeError)) as caught:
            action(*each)
        told.append((caught.type, str(caught.value).splitlines()[0]))
    assert told[0] == told[1]


def test_an_unknown_device_is_no_fault_of_the_file(tmp_path):
    save({"w": minigrad.ones(2)}, tmp_path / "x.npz")
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda") as caught:
        load(tmp_path / "x.npz", map_location="gpu")
    assert not isinstance(caught.value, LoadError)


def test_without_the_package_safetensors_one_line_says_what_to_install(tmp_path, monkeypatch):
    save({}, tmp_path / "x.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for action in (lambda: save({}, tmp_path / "y.safetensors"), lambda: load(tmp_path / "x.safetensors")):
        with pytest.raises(ImportError, match=r"pip install safetensors, or use an \.npz file"):
            action()
    assert os.listdir(tmp_path) == ["x.safetensors"]
    save({}, tmp_path / "x.npz")
    assert load(tmp_path / "x.npz") == {}


# Foreign, damaged and hostile files


def npy(array=None, header=None, data=b""):
    file = io.BytesIO()
    if array is not None:
        np.save(file, array)
        return file.getvalue()
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def zipped(*members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def claimed(shape, descr="'<f4'", data=b"1234"):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    return zipped(("w.npy", npy(header=header, data=data)))


def tensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def with_tree(tree):
    return zipped(
        ("w.npy", npy(np.ones(2))), ("__minigrad__.npy", npy(np.frombuffer(tree.encode(), np.uint8)))
    )


def lying(value, *fields):
    """An .npz whose directory claims something else of its one entry; fields as in the zip specification, 4.3.12."""
    data = bytearray(zipped(("w.npy", npy(np.ones(2)))))
    at = data.index(b"PK\1\2")
    for field in fields:
        struct.pack_into("<I", data, at + {"compressed": 20, "size": 24, "offset": 42}[field], value)
    return bytes(data)


def pickled():
    file = io.BytesIO()
    np.savez(file, w=np.array([print, "run"], dtype=object))
    return file.getvalue()


def torchs_own():
    file = io.BytesIO()
    torch.save({"w": torch.ones(2)}, file)
    return file.getvalue()


def in_bfloat16():
    return safetensors.torch.save({"fc.weight": torch.ones(2, dtype=torch.bfloat16)})


def small(name, dtype="F32", shape=(1,), offsets=(0, 4)):
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


HOSTILE_NPZ = {
    "empty": (b"", "not a zip"),
    "text": (b"hello, world" * 9, "not a zip"),
    "a pickle of torch": (torchs_own(), "is not an .npy"),
    "pickled objects": (pickled(), "numpy.object_"),
    "no .npy": (zipped(("w.txt", b"w")), "'w.txt' is not an .npy"),
    "one name twice": (
        zipped(("a.npy", npy(np.ones(1))), ("b.npy", npy(np.ones(1)))).replace(b"b.npy", b"a.npy"),
        "occurs twice",
    ),
    "a bomb": (zipped(("w.npy", b"\0" * 10**7), compression=zipfile.ZIP_DEFLATED), "compressed"),
    "an .npy within that is none": (zipped(("w.npy", b"no numpy")), "magic string"),
    "a header that claims gigabytes": (claimed((2**33,)), "claims the shape"),
    "a header that claims more than there is": (claimed((2**62, 2**62)), "claims the shape"),
    "a header that claims less": (claimed((), "'<i2'"), "claims the shape"),
    "a negative size": (claimed((-1,)), "claims the shape"),
    "two negative sizes": (claimed((-1, -1)), "w"),
    "elements of a gigabyte": (claimed((1,), "'V1000000000'"), "numpy.void"),
    "texts": (claimed((1,), "'<U1'"), "numpy.str_"),
    "big end first": (claimed((1,), "'>f4'"), "float32"),
    "fields": (claimed((1,), "[('a', '<f4')]"), "numpy.void"),
    "code for a header": (claimed("__import__('os').system('true')"), "malformed"),
    "a header ten thousand deep": (claimed("-" * 9000 + "1"), ""),
    "a directory that claims gigabytes": (lying(2**31, "size", "compressed"), "claim more bytes"),
    "a directory that claims more than it gives": (lying(2**31, "compressed"), "lies about its size"),
    "a directory that points outside": (lying(2**31, "offset"), ""),
    "a tree that is no JSON": (with_tree("{"), ""),
    "a tree for other tensors": (with_tree('{"tensor": "v"}'), "its tree is damaged (KeyError: 'v')"),
    "a tree without its tensor": (with_tree("1"), "its tree does not mention 'w'"),
    "a tree that uses one twice": (with_tree('{"list": [{"tensor": "w"}, {"tensor": "w"}]}'), "w"),
    "a tree of unknown kind": (with_tree('{"os.system": [{"tensor": "w"}]}'), "os.system"),
    "a tree with a list for a key": (with_tree('{"dict": [[["a"], {"tensor": "w"}]]}'), "unhashable"),
    "a tree too deep": (with_tree('{"list": [' * 10**5), "recursion"),
    "a number of a million digits": (with_tree("9" * 10**6), "digits"),
}  # fmt: skip

HOSTILE_SAFETENSORS = {
    "empty": (b"", "header"),
    "text": (b"hello, world" * 9, "header"),
    "a header of exabytes": (tensors({}, length=2**63), "header"),
    "a header of more than there is": (tensors({}, length=90_000_000), "header"),
    "a tensor of gigabytes": (tensors(small("w", shape=(2**31,), offsets=(0, 2**33)), b"1234"), ""),
    "sizes that overflow": (tensors(small("w", shape=(2**62, 2**62)), b"1234"), ""),
    "offsets that overlap": (tensors(small("a") | small("b", offsets=(2, 6)), b"123456"), ""),
    "the same bytes twice": (tensors(small("a") | small("b"), b"1234"), ""),
    "offsets backwards": (tensors(small("a", offsets=(4, 0)), b"1234"), ""),
    "a negative offset": (tensors(small("a", offsets=(-4, 0)), b"1234"), ""),
    "bytes of nobody": (tensors(small("a"), b"12345678"), ""),
    "one name twice": (
        tensors(json.dumps(small("a") | small("b", offsets=(4, 8))).replace('"b"', '"a"').encode(), b"12345678"), ""
    ),
    "no UTF-8": (tensors(b'{"\xff": 1}'), ""),
    "a type that is none": (tensors(small("a", dtype="object"), b"1234"), ""),
    "a type that tensors have not": (tensors(small("a", dtype="U32"), b"1234"), "'a' has dtype U32"),
    "bfloat16": (in_bfloat16(), "'fc.weight' has dtype BF16, which minigrad does not have: convert it in torch with"),
    "metadata that are no texts": (tensors({"__metadata__": {"minigrad": 1}}), ""),
    "a tree of unknown kind": (tensors({"__metadata__": {"minigrad": '{"x": []}'}} | small("w"), b"1234"), ""),
    "nested too deep": (tensors(b"[" * 10**5), ""),
}  # fmt: skip

HOSTILE = {".npz": HOSTILE_NPZ, ".safetensors": HOSTILE_SAFETENSORS}


@pytest.mark.parametrize(
    ("ending", "what"), [(ending, what) for ending in HOSTILE for what in HOSTILE[ending]]
)
def test_a_bad_file_is_one_clear_error_and_little_memory(tmp_path, ending, what):
    data, said = HOSTILE[ending][what]
    path = tmp_path / f"bad{ending}"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(LoadError) as caught:
            load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    first, second = str(caught.value).split("\n", 1)[0], str(caught.value).splitlines()[-1]
    assert first.startswith(f"{path} cannot be loaded: ")
    assert said in str(caught.value)
    assert second.startswith("Is the file complete, and was it written by")
    assert peak < 5_000_000 + 40 * len(
        data
    )  # what is claimed is gigabytes; parsers make objects of their input
    assert os.listdir(tmp_path) == [path.name]


def test_names_are_names_and_no_paths(tmp_path):
    path = tmp_path / "folder" / "x.npz"
    path.parent.mkdir()
    path.write_bytes(zipped(("../../w.npy", npy(np.ones(2))), ("/etc/w.npy", npy(np.ones(2)))))
    assert list(load(path)) == ["../../w", "/etc/w"]
    assert [os.listdir(each) for each in (tmp_path, path.parent)] == [["folder"], ["x.npz"]]


@each_format
def test_every_file_cut_short_is_refused(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    save({"w": minigrad.ones(3), "epoch": 1}, path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(LoadError):
            load(path)


def mutated(data, rng):
    """A few bytes changed, cut, repeated, inserted, or a number in them made extreme."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        head = rng.random() < 0.5  # half of them where the headers are
        at = rng.randrange(max(1, min(len(data), 400) if head else len(data)))
        kind = rng.choice(["flip", "byte", "cut", "drop", "insert", "repeat", "number", "digit", "tail"])
        if kind == "flip" and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == "byte" and data:
            data[at] = rng.choice([0, 0x7F, 0x80, 0xFF])
        elif kind == "cut":
            del data[at:]
        elif kind == "drop":
            del data[at : at + rng.randrange(1, 20)]
        elif kind == "insert":
            data[at:at] = rng.choice(
                [rng.randbytes(rng.randrange(1, 20)), b"}", b'"', b"PK\1\2", b"[" * 2000]
            )
        elif kind == "repeat":
            data[at:at] = data[at : at + rng.randrange(1, 200)]
        elif kind == "number":
            data[at : at + 8] = struct.pack("<Q", rng.choice([0, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1]))
        elif kind == "digit":
            digits = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
            if digits:
                data[rng.choice(digits)] = rng.choice(b"0123456789-")
        elif kind == "tail" and len(data) > 100:
            data[rng.randrange(len(data) - 100, len(data))] = rng.randrange(256)
    return bytes(data)


@each_format
def test_mutated_files_load_or_are_refused(tmp_path, ending):
    """Nothing but a value or LoadError, and no more memory than the file could need."""
    rng = random.Random(0)
    path = tmp_path / f"x{ending}"
    state = {"0.weight": minigrad.randn(3, 4), "0.bias": minigrad.zeros(3), "n": minigrad.tensor(2)}
    checkpoint = {"model": state, "epoch": 3, "lists": [1.5, None, ("a", True)], 0: minigrad.ones(2)}
    originals = []
    for value in (state, checkpoint):
        save(value, path)
        originals.append(path.read_bytes())
    refused = 0
    tracemalloc.start()
    try:
        for i in range(MUTATIONS // 2):
            path.write_bytes(mutated(originals[i % 2], rng))
            try:
                load(path)
            except LoadError:
                refused += 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.5 < refused / (MUTATIONS // 2) < 1  # they do damage, and not all of them
    assert peak < 5_000_000


# Files


def test_a_new_file_has_the_permissions_that_open_gives(tmp_path):
    old = os.umask(0o027)
    try:
        save({}, tmp_path / "x.npz")
        (tmp_path / "y").touch()
    finally:
        os.umask(old)
    assert (tmp_path / "x.npz").stat().st_mode == (tmp_path / "y").stat().st_mode


@pytest.mark.skipif(os.name == "nt", reason="NO PERMISSIONS ARE TESTED: Windows has none of that kind")
def test_an_old_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "x.npz"
    save({}, path)
    path.chmod(0o640)
    save({"a": 1}, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "x.npz"
    try:
        link.symlink_to(tmp_path / "there" / "real.npz")
    except OSError as error:
        pytest.skip(f"LINKS ARE NOT TESTED: this system refuses to make one: {error}")
    save({"a": 1}, link)
    save({"a": 2}, link)
    assert link.is_symlink()
    assert load(tmp_path / "there" / "real.npz") == {"a": 2}
    assert os.listdir(tmp_path / "there") == ["real.npz"]


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "x.npz").mkdir()
    for action in (lambda: save({}, tmp_path / "x.npz"), lambda: load(tmp_path / "x.npz")):
        with pytest.raises((IsADirectoryError, PermissionError)):
            action()
    assert os.listdir(tmp_path) == ["x.npz"]


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="PIPES ARE NOT TESTED: this system has none among its files"
)
def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with serialization.replacing(tmp_path / "pipe") as path:
        path.write_bytes(b"all")
    assert os.read(reading, 10) == b"all"
    os.close(reading)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


@each_format
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch, ending, error):
    path = tmp_path / f"x{ending}"
    save({"a": minigrad.ones(2)}, path)

    def fail(file, *rest):
        file.write(b"half")
        raise error

    monkeypatch.setitem(serialization.FORMATS, ending, (fail, serialization.FORMATS[ending][1]))
    with pytest.raises(type(error)):
        save({"a": minigrad.zeros(2)}, path)
    assert os.listdir(tmp_path) == [path.name]
    assert load(path)["a"].tolist() == [1.0, 1.0]


def test_what_killed_processes_left_is_swept_away(tmp_path):
    names = [".x.npz.0123abcd.part", ".x.npz.89abcdef.part", ".y.npz.0123abcd.part", ".x.npz.mine.part"]
    for name in names:
        (tmp_path / name).touch()
    long_ago = time.time() - 2 * serialization.STALE
    for name in names[1:]:
        os.utime(tmp_path / name, (long_ago, long_ago))
    save({}, tmp_path / "x.npz")
    assert sorted(os.listdir(tmp_path)) == sorted([names[0], names[2], names[3], "x.npz"])


KILLER = """
import os, random, signal, sys, time
import minigrad
from minigrad import serialization

path, kills = sys.argv[1], int(sys.argv[2])
serialization.STALE = 0.0
rng = random.Random(0)
last, halfway, most = 0, 0, 0
started = time.perf_counter()
serialization.save({"version": 0, "w": minigrad.zeros(200_000)}, path)
takes = time.perf_counter() - started
for kill in range(kills):
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        version = last
        while True:
            version += 1
            serialization.save({"version": version, "w": minigrad.full((200_000,), float(version))}, path)
            os.write(go, b"!")
    os.read(ready, 1)
    time.sleep(rng.uniform(0, 3 * takes))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ready), os.close(go)
    found = serialization.load(path)
    assert found["version"] > last, (found["version"], last)
    assert (found["w"] == float(found["version"])).all(), "a mixture"
    last = found["version"]
    left = [name for name in os.listdir(os.path.dirname(path)) if name.endswith(".part")]
    halfway += len(left) > 0
    most = max(most, len(left))
print(kills, last, halfway, most)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="KILLS ARE NOT TESTED: this system cannot fork")
@each_format
def test_a_process_killed_while_it_saves_leaves_a_whole_file(tmp_path, ending):
    """SIGKILL at random moments: the file always loads, and is one of the versions written, the last or a later."""
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path / f"x{ending}"), str(KILLS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kills, versions, halfway, most = map(int, done.stdout.split())
    assert kills == KILLS
    assert versions >= kills  # each of them had written one
    assert halfway > 0  # some were killed in the midst of a file
    assert most <= 2  # and what they left does not pile up
