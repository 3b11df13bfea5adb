"""torch's files, .pt and .pth: what one library writes the other reads, bit for bit, and none of them runs code."""

import collections
import io
import os
import pickle
import random
import struct
import tracemalloc
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from both import same_bits
from hypothesis import given
from hypothesis import strategies as st
from test_hostile_files import zipped
from test_serialization import same, values

import minigrad
from minigrad.serialization import LoadError, archive, load, save

LEAVES = {minigrad.Tensor: lambda t: torch.from_numpy(t.array), minigrad.Size: torch.Size}


def of_torch(value):
    """The same value with torch's tensors, which share memory with minigrad's."""
    if type(value) in LEAVES:
        return LEAVES[type(value)](value)
    if isinstance(value, dict):
        return type(value)((key, of_torch(each)) for key, each in value.items())
    return type(value)(map(of_torch, value)) if isinstance(value, (list, tuple)) else value


def agree(ours, theirs):
    """Types, order, bits, strides and which tensors require a gradient."""
    if isinstance(theirs, torch.Tensor):
        same_bits(ours, theirs)
        assert type(ours).__name__ == type(theirs).__name__
        assert (ours.requires_grad, ours.is_leaf) == (theirs.requires_grad, theirs.is_leaf)
        if theirs.numel() > 0:
            pairs = zip(ours.stride(), theirs.stride(), theirs.shape, strict=True)
            assert all(a == b for a, b, size in pairs if size > 1)
    elif isinstance(theirs, dict):
        assert type(ours) is type(theirs)
        assert list(map(repr, ours)) == list(map(repr, theirs))
        for pair in zip(ours.values(), theirs.values(), strict=True):
            agree(*pair)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours).__name__ == type(theirs).__name__
        for pair in zip(ours, theirs, strict=True):
            agree(*pair)
    else:
        assert type(ours) is type(theirs)
        assert repr(ours) == repr(theirs)


@given(value=values())
def test_any_checkpoint_is_read_by_torch(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "ours.pt"
    save(value, path)
    agree(value, torch.load(path, weights_only=True))


@given(value=values())
def test_any_checkpoint_of_torch_is_read(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "theirs.pt"
    torch.save(of_torch(value), path)
    same(load(path), value)


@given(value=values(), protocol=st.sampled_from([2, 3, 4, 5]))
def test_every_protocol_of_pickle_that_torch_writes_is_read(tmp_path_factory, value, protocol):
    path = tmp_path_factory.getbasetemp() / "protocol.pt"
    torch.save(of_torch(value), path, pickle_protocol=protocol)
    same(load(path), value)


def views(t):
    """Tensors that share memory, in all ways that torch has."""
    x = t.arange(24.0).reshape(2, 3, 4)
    w = t.nn.Parameter(t.ones(2, 3))
    return {
        "x": x,
        "again": x,
        "transposed": x.transpose(0, 2),
        "a row": x[1, 2],
        "a column": x[..., 1],
        "stepped": x[:, ::2, 1::2],
        "expanded": x[:1].expand(5, 3, 4),
        "empty": x[:0],
        "a number": x[1, 1, 1],
        "another": t.arange(3),
        "w": w,
        "its transpose": w.detach().T,
        "half": t.ones(3).half(),
        "requires": t.ones(2, requires_grad=True),
    }


def test_views_share_memory_and_keep_their_strides_in_both_directions(tmp_path):
    save(views(minigrad), tmp_path / "ours.pt")
    torch.save(views(torch), tmp_path / "theirs.pt")
    ours, theirs = load(tmp_path / "theirs.pt"), torch.load(tmp_path / "ours.pt", weights_only=True)
    agree(ours, theirs)
    agree(ours, views(torch))
    agree(load(tmp_path / "ours.pt"), views(torch))
    for t, read in ((minigrad, ours), (torch, theirs)):
        assert read["x"] is read["again"]
        with t.no_grad():
            read["x"][1, 2, 3] = 100.0
            read["w"][0, 1] = 7.0
        assert read["a row"].tolist() == [20.0, 21.0, 22.0, 100.0]
        assert read["transposed"][3, 2, 1] == 100
        assert read["its transpose"][1, 0] == 7


def test_a_file_has_as_many_storages_as_torchs(tmp_path):
    save(views(minigrad), tmp_path / "ours.pt")
    torch.save(views(torch), tmp_path / "theirs.pt")
    sizes = []
    for name in ("ours.pt", "theirs.pt"):
        with zipfile.ZipFile(tmp_path / name) as written:
            sizes.append([each.file_size for each in written.infolist() if "/data/" in each.filename])
    assert sizes[0] == sizes[1]


def test_torch_maps_our_storages_into_memory(tmp_path):
    path = tmp_path / "ours.pt"
    save(views(minigrad), path)
    agree(views(minigrad), torch.load(path, weights_only=True, mmap=True))
    with zipfile.ZipFile(path) as written, path.open("rb") as file:
        for entry in written.infolist():
            file.seek(entry.header_offset + 26)
            name, extra = struct.unpack("<2H", file.read(4))
            assert (entry.header_offset + 30 + name + extra) % 64 == 0, entry.filename


def test_a_model_and_its_optimizer_go_to_torch_and_back(tmp_path):
    def step(t, model, optimizer):
        (model(t.arange(12.0).reshape(4, 3)) ** 2).sum().backward()
        optimizer.step()

    def made(t):
        model = t.nn.Sequential(t.nn.Linear(3, 4), t.nn.ReLU(), t.nn.Linear(4, 1))
        with t.no_grad():
            for p in model.parameters():  # few bits: no sum rounds
                p.copy_(t.arange(float(p.numel())).reshape(p.shape) / 8 - 0.5)
        return model, t.optim.SGD(model.parameters(), lr=2**-8, momentum=0.5)

    def checkpoint(model, optimizer):
        return {"epoch": 1, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "best": 0.5}

    for t, other, read, write in ((minigrad, torch, torch.load, save), (torch, minigrad, load, torch.save)):
        model, optimizer = made(t)
        step(t, model, optimizer)
        write(checkpoint(model, optimizer), tmp_path / "a.pth")
        theirs, theirs_optimizer = made(other)
        read_back = read(tmp_path / "a.pth", weights_only=True)
        assert (read_back["epoch"], read_back["best"]) == (1, 0.5)
        assert read_back["model"]._metadata[""] == {"version": 1}
        theirs.load_state_dict(read_back["model"])
        theirs_optimizer.load_state_dict(read_back["optimizer"])
        for part in ("model", "optimizer"):
            agree(read_back[part], torch.load(tmp_path / "a.pth", weights_only=True)[part])
        for mine, other_one in zip(model.parameters(), theirs.parameters(), strict=True):
            same_bits(mine, other_one)
            buffers = [
                each.state[p]["momentum_buffer"]
                for each, p in ((optimizer, mine), (theirs_optimizer, other_one))
            ]
            same_bits(*buffers)


# Refused


class Runs:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.made = function, arguments

    def __reduce__(self):
        return self.made


def of_pickle(data, *storages, **more):
    """A file of torch with this pickle."""
    entries = [
        ("a/data.pkl", data),
        ("a/version", b"3\n"),
        *((f"a/data/{i}", each) for i, each in enumerate(storages)),
    ]
    return zipped(*entries, *more.items())


def pickled(value):
    return of_pickle(pickle.dumps(value, 2))


def by_torch(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def a_tensor(
    offset=0,
    shape=(2,),
    strides=(1,),
    count=2,
    storage=b"FloatStorage",
    key=b"0",
    data=b"12345678",
    kind=b"storage",
):
    """A file with one tensor of two floats, which may claim anything else."""

    def number(value):
        return pickle.dumps(value, 2)[2:-1]

    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value

    return of_pickle(
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(("
        + text(kind)
        + b"ctorch\n"
        + storage
        + b"\n"
        + text(key)
        + text(b"cpu")
        + number(count)
        + b"tQ"
        + number(offset)
        + b"("
        + b"".join(map(number, shape))
        + b"t("
        + b"".join(map(number, strides))
        + b"t\x89NtR.",
        data,
    )


def nested(levels):
    return of_pickle(b"\x80\x02" + b"]" * levels + b"a" * (levels - 1) + b".")


def laughs(levels):
    """Ten times ten times ... the same list."""
    get = b"".join(b"]q" + bytes([i]) + b"(" + (b"h" + bytes([i - 1])) * 10 + b"e" for i in range(1, levels))
    return of_pickle(b"\x80\x02(]q\0(" + b"K\1" * 10 + b"e" + get + b"t.")


def endless(start, add):
    return of_pickle(b"\x80\x02" + start + b"q\0" + add + b".")


def script():
    """A program of TorchScript has the code of a model beside its data."""
    return zipped(("a/data.pkl", b"\x80\x02N."), ("a/constants.pkl", b"\x80\x02)."), ("a/code/f.py", b""))


FUNCTIONS = {
    "os.system": Runs(os.system, "touch ran"),
    "eval": Runs(eval, "open('ran', 'w')"),
    "exec": Runs(exec, "open('ran', 'w')"),
    "open": Runs(open, "ran", "w"),
    "import": Runs(__import__, "antigravity"),
    "a class": os.PathLike,
    "a method": [].append,
    "bytearray": Runs(bytearray, 10**12),
    "a Counter": collections.Counter("ab"),
    "an exception": ValueError("x"),
    "a set": {1, 2},
    "bytes": b"abc",
    "a complex number": 1j,
    "an array": np.ones(3),
    "a number of NumPy": np.float64(1.5),
    "a device": torch.device("cpu"),
    "a dtype": torch.float32,
    "a slice": slice(1, 2),
    "a range": range(3),
    "a frozen set": frozenset({1}),
    "a defaultdict": collections.defaultdict(list),
    "a subclass of dict": collections.Counter(),
}

MODELS = "save model.state_dict() instead of the model"
HOSTILE = {
    **{what: (pickled(value), "its pickle") for what, value in FUNCTIONS.items()},
    **{f"{what} within": (pickled({"w": [value]}), "its pickle") for what, value in FUNCTIONS.items()},
    "a model": (by_torch(torch.nn.Linear(2, 1)), "torch.nn.modules.linear.Linear"),
    "a model, said": (by_torch(torch.nn.Sequential()), MODELS),
    "an optimizer": (by_torch(torch.optim.SGD([torch.ones(1)])), "torch.optim.sgd.SGD"),
    "before 1.6": (
        by_torch({"w": torch.ones(2)}, _use_new_zipfile_serialization=False),
        "PyTorch before 1.6",
    ),
    "a plain pickle": (pickle.dumps({"w": 1}), "a plain pickle"),
    "TorchScript": (script(), "TorchScript"),
    "bfloat16": (by_torch(torch.ones(2, dtype=torch.bfloat16)), "convert the tensors with .float()"),
    "complex": (by_torch(torch.ones(2, dtype=torch.complex64)), "ComplexFloatStorage"),
    "no pickle": (zipped(("a/version", b"3\n")), "is not an .npy"),
    "two pickles": (zipped(("a/data.pkl", b"."), ("b/data.pkl", b".")), ""),
    "an empty pickle": (of_pickle(b""), "pickle exhausted"),
    "a pickle that is cut": (of_pickle(pickle.dumps({"w": 1}, 2)[:-1]), "pickle exhausted"),
    "nothing": (of_pickle(b"\x80\x02."), "does not end with one value"),
    "two values": (of_pickle(b"\x80\x02NN."), "does not end with one value"),
    "no stack": (of_pickle(b"\x80\x02\x85."), "takes values that it has not made"),
    "no mark": (of_pickle(b"\x80\x02Nt."), "damaged"),
    "an open mark": (of_pickle(b"\x80\x02N(N."), "does not end with one value"),
    "a memo of gigabytes": (of_pickle(b"\x80\x02Nr\xff\xff\xff\xff0."), "instruction POP"),
    "something never remembered": (of_pickle(b"\x80\x02j\xff\xff\xff\xff."), "damaged"),
    "a string of gigabytes": (of_pickle(b"\x80\x02X\xff\xff\xff\x7fabc."), "expected"),
    "a string of exabytes": (of_pickle(b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7fabc."), ""),
    "a number of gigabytes": (of_pickle(b"\x80\x02\x8b\xff\xff\xff\x7f1."), ""),
    "ten lists in ten lists": (laughs(30), "repeats parts of itself"),
    "lists, thousands deep": (nested(10**5), "levels deep"),
    "tuples as keys, thousands deep": (
        of_pickle(b"\x80\x02})" + b"\x85" * 10**5 + b"Ns."),
        "keys are not numbers or strings",
    ),
    "a list for a key": (of_pickle(b"\x80\x02}]Ns."), "keys are not"),
    "a key without a value": (of_pickle(b"\x80\x02}(K\1u."), "a key without a value"),
    "a list that contains itself": (endless(b"]", b"h\0a"), "contains itself"),
    "a dict that contains itself": (endless(b"}", b"K\1h\0s"), "contains itself"),
    "a tuple that contains itself": (of_pickle(b"\x80\x02]q\0h\0\x85q\1a."), "contains itself"),
    "appends to a tuple": (of_pickle(b"\x80\x02)Na."), "not a list"),
    "items of a list": (of_pickle(b"\x80\x02]K\1Ns."), "dict"),
    "attributes of a dict": (of_pickle(b"\x80\x02}}b."), "sets attributes"),
    "attributes of a state dict": (
        of_pickle(b"\x80\x02ccollections\nOrderedDict\n)R}X\7\0\0\0__len__Nsb."),
        "sets attributes",
    ),
    "metadata that are a function": (
        of_pickle(b"\x80\x02ccollections\nOrderedDict\n)R}X\t\0\0\0_metadataccollections\nOrderedDict\nsb."),
        "a type",
    ),
    "calls a number": (of_pickle(b"\x80\x02K\1)R."), "not a function"),
    "calls with a list": (of_pickle(b"\x80\x02ccollections\nOrderedDict\n]R."), "not a function"),
    "calls with nonsense": (of_pickle(b"\x80\x02ccollections\nOrderedDict\nK\1\x85R."), "damaged"),
    "the function itself": (
        of_pickle(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n."),
        "its value contains a method",
    ),
    "a new object": (of_pickle(b"\x80\x02ccollections\nOrderedDict\n)\x81."), "instruction NEWOBJ"),
    "an extension": (of_pickle(b"\x80\x02\x82\x01."), "instruction EXT1"),
    "an instance of old": (of_pickle(b"(ios\nsystem\n."), "instruction INST"),
    "a storage in the value": (
        of_pickle(
            b"\x80\x02(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpuK\2tQ.", b"12345678"
        ),
        "ndarray",
    ),
    "a number as storage": (of_pickle(b"\x80\x02K\1Q."), "damaged"),
    "a dtype that is none": (a_tensor(storage=b"UntypedStorage"), "UntypedStorage"),
    "something else outside": (a_tensor(kind=b"module"), "not a storage"),
    "no such storage": (a_tensor(key=b"7"), "damaged (KeyError"),
    "a path for a storage": (a_tensor(key=b"../../../etc/passwd"), "damaged (KeyError"),
    "a storage of gigabytes": (a_tensor(count=2**40), "claims 1099511627776 elements"),
    "a storage of half an element": (a_tensor(data=b"12345"), ""),
    "a tensor beyond its storage": (a_tensor(shape=(3,)), "beyond its storage"),
    "a tensor that begins beyond": (a_tensor(offset=2), "beyond its storage"),
    "a tensor before its storage": (a_tensor(offset=-1), "negative"),
    "backwards": (a_tensor(offset=1, strides=(-1,)), "negative"),
    "strides of gigabytes": (a_tensor(strides=(2**40,)), "beyond its storage"),
    "strides beyond integers": (a_tensor(strides=(2**80,)), "beyond its storage"),
    "a shape of exabytes": (a_tensor(shape=(2**62, 2**62), strides=(0, 0)), ""),
    "a negative shape": (a_tensor(shape=(-2,)), "negative"),
    "fewer strides than dimensions": (a_tensor(shape=(1, 2)), ""),
    "a hundred dimensions": (a_tensor(shape=(1,) * 100, strides=(1,) * 100), ""),
    "another byte order": (of_pickle(b"\x80\x02N.", **{"a/byteorder": b"big"}), "byte order is not little"),
    "a bomb": (
        zipped(("a/data.pkl", b"\x80\x02N" + b"0N" * 10**6 + b"."), compression=zipfile.ZIP_DEFLATED),
        "instruction POP",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_bad_file_of_torch_is_one_clear_error_and_runs_nothing(tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    data, said = HOSTILE[what]
    (tmp_path / "bad.pt").write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(LoadError) as caught:
            load("bad.pt")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    first, *_, last = str(caught.value).splitlines()
    only_weights = isinstance(
        caught.value, pickle.UnpicklingError
    )  # torch's type for a name that is not allowed
    assert first.startswith("Weights only load failed. " * only_weights + "bad.pt cannot be loaded: ")
    assert only_weights == ("its pickle needs" in first)
    assert said in str(caught.value)
    assert last.startswith("Is the file complete, and was it written by")
    assert peak < 5_000_000 + 200 * len(data)
    assert os.listdir(tmp_path) == ["bad.pt"]


def test_every_instruction_of_pickle_is_known_or_refused(tmp_path):
    """Random pickles of all instructions: a value or one clear error."""
    rng = random.Random(0)
    path = tmp_path / "x.pt"
    refused = 0
    for _ in range(2_000):
        body = b"".join(
            rng.choice(
                [
                    bytes([rng.randrange(256)]),
                    rng.randbytes(3),
                    b"ctorch\nSize\n",
                    b"(K\1K\2t",
                    b"]q\0",
                    b"h\0",
                    b"}",
                    b")R",
                ]
            )
            for _ in range(rng.randrange(12))
        )
        path.write_bytes(of_pickle(b"\x80\x02" + body + b"."))
        try:
            load(path)
        except LoadError:
            refused += 1
    assert 0 < refused < 2_000


def test_a_bomb_of_storages_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LEAST", 10**6)
    storages = [(f"a/data/{i}", bytes(10**6)) for i in range(3)]
    data = zipped(("a/data.pkl", b"\x80\x02N."), *storages, compression=zipfile.ZIP_DEFLATED)
    (tmp_path / "x.pt").write_bytes(data)
    tracemalloc.start()
    with pytest.raises(LoadError, match=f"its {len(data)} bytes would become 3000004"):
        load(tmp_path / "x.pt")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


# Compressed files


@pytest.mark.parametrize(
    "array", [np.zeros(10**6, np.float32), np.arange(7), np.ones((0, 3)), np.asfortranarray(np.eye(3))]
)
def test_a_compressed_npz_is_read_with_bounded_memory(tmp_path, array):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, w=array)
    tracemalloc.start()
    read = load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert type(read) is OrderedDict
    same_bits(read["w"], torch.from_numpy(array))
    assert peak < 2 * array.nbytes + 3_000_000  # the array, and a chunk of it


def test_a_compressed_file_of_torch_is_read(tmp_path):
    with zipfile.ZipFile(io.BytesIO(by_torch({"w": torch.arange(4.0)}))) as theirs:
        entries = [(name, theirs.read(name)) for name in theirs.namelist()]
    (tmp_path / "x.pt").write_bytes(zipped(*entries, compression=zipfile.ZIP_DEFLATED))
    assert load(tmp_path / "x.pt")["w"].tolist() == [0.0, 1.0, 2.0, 3.0]
