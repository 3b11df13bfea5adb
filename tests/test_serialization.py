"""Saving: what is saved comes back bit for bit, and a file is replaced as a whole or not at all."""

import io
import os
import stat
import subprocess
import sys
import time
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
from minigrad.serialization import LoadError, files, load, npz, save, torch_zip, tree
from minigrad.serialization import safetensors as by_name

ROOT = Path(__file__).parent.parent
KILLS = int(os.environ.get("MINIGRAD_KILLS", "15"))  # 200
ENDINGS = [".npz", ".safetensors", ".pt"]
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
    lambda name: name not in tree.RESERVED
)
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5)


def values():
    leaves = arrays().map(minigrad.from_numpy) | ATOMS
    keys = (
        st.text(st.characters(), max_size=3) | st.integers() | st.sampled_from([*tree.RESERVED, "a.0", "a"])
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


def test_a_buffer_in_memory_is_a_file_of_torch_and_can_be_read_as_an_npz():
    buffer = io.BytesIO()
    save({"w": minigrad.ones(2)}, buffer)
    buffer.seek(0)
    assert load(buffer)["w"].tolist() == [1.0, 1.0]
    buffer.seek(0)
    assert torch.load(buffer, weights_only=True)["w"].tolist() == [1.0, 1.0]
    buffer = io.BytesIO()
    np.savez(buffer, w=np.ones(2))
    buffer.seek(0)
    assert load(buffer)["w"].tolist() == [1.0, 1.0]


@each_format
def test_an_open_file_has_the_format_of_its_name(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    with path.open("wb") as file:
        save({"w": minigrad.ones(2)}, file)
    with path.open("rb") as file:
        same(OrderedDict(load(file)), OrderedDict(load(path)))
    assert (path.read_bytes()[:2] == b"PK") == (ending != ".safetensors")


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


@pytest.mark.parametrize(
    "name", ["model.pt", "model.pth", "model.tar", "model.ckpt", "model.bin", "model", "a.npz.pt"]
)
def test_every_other_name_is_a_file_of_torch(tmp_path, name):
    save({"w": minigrad.ones(2)}, tmp_path / name)
    same_bits(torch.load(tmp_path / name, weights_only=True)["w"], minigrad.ones(2))
    same_bits(load(tmp_path / name)["w"], torch.ones(2))


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
    with files.replacing(tmp_path / "pipe") as path:
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

    written_by = {".npz": npz, ".safetensors": by_name, ".pt": torch_zip}
    monkeypatch.setattr(written_by.get(ending, torch_zip), "write", fail)
    with pytest.raises(type(error)):
        save({"a": minigrad.zeros(2)}, path)
    assert os.listdir(tmp_path) == [path.name]
    assert load(path)["a"].tolist() == [1.0, 1.0]


def test_what_killed_processes_left_is_swept_away(tmp_path):
    names = [".x.npz.0123abcd.part", ".x.npz.89abcdef.part", ".y.npz.0123abcd.part", ".x.npz.mine.part"]
    for name in names:
        (tmp_path / name).touch()
    long_ago = time.time() - 2 * files.STALE
    for name in names[1:]:
        os.utime(tmp_path / name, (long_ago, long_ago))
    save({}, tmp_path / "x.npz")
    assert sorted(os.listdir(tmp_path)) == sorted([names[0], names[2], names[3], "x.npz"])


KILLER = """
import os, random, signal, sys, time
import minigrad
from minigrad import serialization
from minigrad.serialization import files

path, kills = sys.argv[1], int(sys.argv[2])
files.STALE = 0.0
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
