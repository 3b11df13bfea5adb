"""Foreign, damaged and hostile files: whatever a file holds, load() gives one clear error or none and little memory."""

import io
import json
import os
import random
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from test_serialization import each_format

import minigrad
from minigrad.serialization import LoadError, load, save

MUTATIONS = int(os.environ.get("MINIGRAD_MUTATIONS", "400"))  # the nightly figure is 10,000


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


def lying(value, *fields, compression=zipfile.ZIP_STORED):
    """An .npz whose directory claims something else of its one entry; fields as in the zip specification, 4.3.12."""
    data = bytearray(zipped(("w.npy", npy(np.ones(2))), compression=compression))
    at = data.index(b"PK\1\2")
    for field in fields:
        struct.pack_into("<I", data, at + {"compressed": 20, "size": 24, "offset": 42}[field], value)
    return bytes(data)


def pickled():
    file = io.BytesIO()
    np.savez(file, w=np.array([print, "run"], dtype=object))
    return file.getvalue()


def in_bfloat16():
    return safetensors.torch.save({"fc.weight": torch.ones(2, dtype=torch.bfloat16)})


def small(name, dtype="F32", shape=(1,), offsets=(0, 4)):
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


HOSTILE_NPZ = {
    "empty": (b"", "not a zip"),
    "text": (b"hello, world" * 9, "not a zip"),
    "pickled objects": (pickled(), "numpy.object_"),
    "no .npy": (zipped(("w.txt", b"w")), "'w.txt' is not an .npy"),
    "one name twice": (
        zipped(("a.npy", npy(np.ones(1))), ("b.npy", npy(np.ones(1)))).replace(b"b.npy", b"a.npy"),
        "occurs twice",
    ),
    "a bomb": (zipped(("w.npy", b"\0" * 10**7), compression=zipfile.ZIP_DEFLATED), "magic string"),
    "a bomb of gigabytes": (lying(2**31, "size", compression=zipfile.ZIP_DEFLATED), "lies about its size"),
    "another compression": (zipped(("w.npy", npy(np.ones(2))), compression=zipfile.ZIP_LZMA), "neither NumPy nor"),
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
    "a directory whose entry is larger than stored": (lying(2**31, "size"), "lies about its size"),
    "a directory that claims more than it gives": (lying(2**31, "compressed"), "claim more bytes"),
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
