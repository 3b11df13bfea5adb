"""Devices: their texts and errors, and what happens without a GPU."""

import copy
import pickle
import sys
import warnings
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from both import cupy_without_gpu, for_every, tells_the_same, title

import minigrad
from minigrad.arrays import device as devices

DEVICES = [
    lambda t: [
        t.device(*a) for a in (("cpu",), ("cuda",), ("cuda:0",), ("cuda", 1), ("cuda:12",), ("cpu", 0))
    ],
    lambda t: ([str(t.device(a)) for a in ("cpu", "cuda", "cuda:3")], f"{t.device('cuda:1')}"),
    lambda t: [(d.type, d.index) for d in (t.device("cpu"), t.device("cuda:2"))],
    lambda t: (
        t.device(t.device("cuda:1")),
        t.device("cuda") == t.device("cuda:0"),
        t.device("cuda:0") == t.device("cuda", 0),
    ),
    lambda t: (
        t.device("cpu") == "cpu",
        t.device("cpu") != t.device("cuda"),
        len({t.device("cpu"), t.device("cpu")}),
    ),
    lambda t: (copy.deepcopy(t.device("cuda:1")), pickle.loads(pickle.dumps(t.device("cpu")))),
    lambda t: t.device("gpu"),
    lambda t: t.device(""),
    lambda t: t.device("cuda:"),
    lambda t: t.device("cuda:01"),
    lambda t: t.device("cuda:-1"),
    lambda t: t.device("cuda:a"),
    lambda t: t.device("float64"),
    lambda t: t.device("cuda:0", 1),
    lambda t: (
        t.ones(1).device,
        t.ones(1).is_cuda,
        t.ones(1).to("cpu").device,
        t.ones(1, device="cpu").device,
    ),
    lambda t: (lambda x: (x.to("cpu") is x, x.cpu() is x, x.to(t.device("cpu")) is x))(t.ones(1)),
    lambda t: t.ones(1).to("gpu"),
    lambda t: t.ones(1).cuda(),
    lambda t: t.ones(1).to("cuda"),
    lambda t: t.ones(1).to("cuda:1"),
    lambda t: t.ones(1).to(t.device("cuda")),
    lambda t: t.ones(1, device="cuda"),
    lambda t: t.nn.Linear(1, 1).cuda(),
    lambda t: t.nn.Linear(1, 1).to("cuda"),
    lambda t: t.nn.Linear(1, 1, device="cuda"),
    lambda t: t.cuda.is_available(),
    lambda t: t.cuda.device_count(),
    lambda t: t.cuda.current_device(),
    lambda t: t.cuda.get_device_name(),
    lambda t: t.cuda.get_device_name(0),
    lambda t: t.cuda.synchronize(),
    lambda t: t.cuda.synchronize("cuda:0"),
    lambda t: t.cuda.current_stream(),
    lambda t: t.cuda.default_stream(),
    lambda t: t.cuda.Stream(),
    lambda t: t.cuda.CUDAGraph(),
    lambda t: t.cuda.is_current_stream_capturing(),
    lambda t: t.cuda.graph(None),
    lambda t: t.cuda.empty_cache(),
    lambda t: (t.cuda.memory_allocated(), t.cuda.memory_allocated(0), t.cuda.memory_allocated("cuda:0")),
    lambda t: (t.cuda.memory_reserved(), t.cuda.max_memory_allocated(), t.cuda.max_memory_allocated("cuda")),
    lambda t: (
        t.cuda.manual_seed(1),
        t.cuda.manual_seed_all(2),
        t.cuda.manual_seed(2**70),
        t.cuda.manual_seed(-1.5),
    ),
    lambda t: t.cuda.manual_seed("a"),
    lambda t: t.cuda.manual_seed_all(None),
    lambda t: (t.rand(3), t.cuda.manual_seed(1), t.cuda.manual_seed_all(0), t.rand(3)),
]


@for_every(DEVICES)
def test_devices(program, monkeypatch):
    if torch.cuda.is_available() or devices.is_available():
        monkeypatch.setattr(torch.cuda, "is_available", minigrad.cuda.is_available)
        written = title(program)
        if "cuda" in written and "t.device" not in written:
            pytest.skip("this machine has a GPU")
    tells_the_same(program)


NOT_COMPILED, NO_DRIVER = (
    "Torch not compiled with CUDA enabled",
    "Found no NVIDIA driver on your system. Please check",
)
# For each state: CuPy, and what torch raises in it for a tensor and for a CUDAGraph.
STATES = {
    "no CuPy": (None, AssertionError, NOT_COMPILED, "RuntimeError", "Tried to instantiate dummy base class CUDAGraph"),
    "no driver": (
        cupy_without_gpu(35), RuntimeError, NO_DRIVER,
        "AcceleratorError", "CUDA error: CUDA driver version is insufficient for CUDA runtime version",
    ),
    "no GPU": (
        cupy_without_gpu(100), RuntimeError, "No CUDA GPUs are available",
        "AcceleratorError", "CUDA error: no CUDA-capable device is detected",
    ),
}  # fmt: skip


@pytest.fixture(params=STATES)
def refusal(request, monkeypatch):
    """The states without a GPU: pytest.raises with what minigrad raises then."""
    cupy, error, sentence, *_ = STATES[request.param]
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return partial(pytest.raises, error, match=rf"^{sentence}[\s\S]*\n.*CuPy.*MINIGRAD_CUDA=cpu")


def test_nothing_is_available(refusal):
    cuda = minigrad.cuda
    assert (cuda.is_available(), cuda.device_count(), cuda.memory_allocated(), cuda.empty_cache()) == (
        False,
        0,
        0,
        None,
    )


@pytest.mark.parametrize("name", ["current_device", "get_device_name", "synchronize", "current_stream"])
def test_the_first_line_is_torchs_and_the_next_one_helps(refusal, name):
    with refusal():
        getattr(minigrad.cuda, name)()


@pytest.mark.parametrize("state", STATES)
def test_what_torch_makes_in_cpp_has_its_own_error(state, monkeypatch):
    cupy, *_, error, sentence = STATES[state]
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(RuntimeError, match=rf"^{sentence}\n.*MINIGRAD_CUDA=cpu") as caught:
        minigrad.cuda.CUDAGraph()
    assert type(caught.value).__name__ == error


def test_another_error_of_cuda_is_quoted(monkeypatch):
    cupy = cupy_without_gpu(35)
    cupy.cuda.runtime.getDeviceCount = lambda: [][0]
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(RuntimeError, match=r"^list index out of range\nCuPy is installed"):
        minigrad.ones(1).cuda()


def test_a_refused_move_changes_nothing(refusal):
    layer = minigrad.nn.Linear(1, 1)
    before = layer.weight
    with refusal():
        layer.cuda()
    assert layer.weight is before
    assert layer.weight.device == minigrad.device("cpu")


@pytest.fixture
def stay(monkeypatch):
    monkeypatch.setenv("MINIGRAD_CUDA", "cpu")
    monkeypatch.setattr(devices, "_warned", False)


def test_staying_on_the_cpu_warns_once(stay):
    with pytest.warns(UserWarning, match="MINIGRAD_CUDA=cpu") as caught:
        x = minigrad.ones(1).to("cuda")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = minigrad.nn.Linear(1, 1).to("cuda")
        assert net(x.to("cuda:0")).device == minigrad.device("cpu")
        assert minigrad.ones(1, device="cuda").device == minigrad.device("cpu")


def test_staying_on_the_cpu_trains(stay):
    with pytest.warns(UserWarning, match="MINIGRAD_CUDA=cpu"):
        net = minigrad.nn.Linear(2, 1).cuda()
    weight = net.weight
    assert net.cuda().weight is weight
    net(minigrad.ones(3, 2).cuda()).sum().backward()
    assert weight.grad.cpu().numpy().tolist() == [[3, 3]]


def test_any_other_value_of_the_variable_means_nothing(refusal, monkeypatch):
    monkeypatch.setenv("MINIGRAD_CUDA", "1")
    with refusal():
        minigrad.ones(1).cuda()


def test_copies_of_devices():
    for each in (minigrad.device("cpu"), minigrad.device("cuda", 3)):
        assert copy.copy(each) == each
        assert pickle.loads(pickle.dumps(each)) == each


def test_staying_on_the_cpu_goes_for_minigrad_cuda_too(stay):
    with pytest.warns(UserWarning, match="MINIGRAD_CUDA=cpu") as caught:
        minigrad.cuda.synchronize()
    assert caught[0].filename == __file__
    assert minigrad.cuda.current_device() == 0
    assert minigrad.cuda.get_device_name("cuda:1") == "CPU"


class TwoGpus:
    """A stand-in for CuPy, with as much of it as minigrad.cuda calls: two GPUs, 100 and 101 bytes in use."""

    def __init__(self, number=None):
        self.id = TwoGpus.current if number is None else number

    def __enter__(self):
        self.before, TwoGpus.current = TwoGpus.current, self.id

    def __exit__(self, *error):
        TwoGpus.current = self.before

    def synchronize(self):
        TwoGpus.done.append(f"synchronized {self.id}")


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(TwoGpus, "current", 0, raising=False)
    monkeypatch.setattr(TwoGpus, "done", [], raising=False)
    runtime = SimpleNamespace(
        getDeviceCount=lambda: 2, getDeviceProperties=lambda number: {"name": f"GPU {number}".encode()}
    )
    pool = SimpleNamespace(
        used_bytes=lambda: 100 + TwoGpus.current,
        total_bytes=lambda: 200 + TwoGpus.current,
        free_all_blocks=lambda: TwoGpus.done.append(f"freed {TwoGpus.current}"),
    )
    cupy = SimpleNamespace(
        cuda=SimpleNamespace(runtime=runtime, Device=TwoGpus), get_default_memory_pool=lambda: pool
    )
    monkeypatch.setitem(sys.modules, "cupy", cupy)


def test_what_cupy_is_asked(two_gpus):
    cuda = minigrad.cuda
    assert cuda.is_available()
    assert cuda.device_count() == 2
    assert cuda.current_device() == 0
    assert [cuda.get_device_name(which) for which in (None, 1, "cuda", "cuda:1")] == [
        "GPU 0", "GPU 1", "GPU 0", "GPU 1",
    ]  # fmt: skip
    assert [cuda.memory_allocated(which) for which in (None, 0, minigrad.device("cuda:1"))] == [100, 100, 101]
    assert cuda.memory_reserved(1) == 201
    cuda.synchronize()
    cuda.synchronize(1)
    cuda.empty_cache()
    assert TwoGpus.done == ["synchronized 0", "synchronized 1", "freed 0", "freed 1"]
    assert TwoGpus.current == 0


def test_what_cupy_cannot_say(two_gpus):
    with pytest.raises(ValueError, match=r"^Expected a cuda device, but got: cpu\n"):
        minigrad.cuda.synchronize("cpu")
    with pytest.raises(NotImplementedError, match=r"^CuPy does not record the peak of memory\n"):
        minigrad.cuda.max_memory_allocated()
