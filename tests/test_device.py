"""Devices: their texts and errors, and what happens without a GPU."""

import copy
import importlib
import pickle
import warnings

import pytest
import torch
from both import lines, program, same

import minigrad

devices = importlib.import_module("minigrad.device")  # the module; minigrad.device is the class

DEVICES = lines("""
    [t.device(*a) for a in (("cpu",), ("cuda",), ("cuda:0",), ("cuda", 1), ("cuda:12",), ("cpu", 0))]
    [str(t.device(a)) for a in ("cpu", "cuda", "cuda:3")], f"{t.device('cuda:1')}"
    [(d.type, d.index) for d in (t.device("cpu"), t.device("cuda:2"))]
    t.device(t.device("cuda:1")), t.device("cuda") == t.device("cuda:0"), t.device("cuda:0") == t.device("cuda", 0)
    t.device("cpu") == "cpu", t.device("cpu") != t.device("cuda"), len({t.device("cpu"), t.device("cpu")})
    copy.deepcopy(t.device("cuda:1")), pickle.loads(pickle.dumps(t.device("cpu")))
    t.device("gpu")
    t.device("")
    t.device("cuda:")
    t.device("cuda:01")
    t.device("cuda:-1")
    t.device("cuda:a")
    t.device("float64")
    t.device("cuda:0", 1)
    t.ones(1).device, t.ones(1).is_cuda, t.ones(1).to("cpu").device, t.ones(1, device="cpu").device
    (lambda x: (x.to("cpu") is x, x.cpu() is x, x.to(t.device("cpu")) is x))(t.ones(1))
    t.ones(1).to("gpu")
    t.ones(1).cuda()
    t.ones(1).to("cuda")
    t.ones(1).to("cuda:1")
    t.ones(1).to(t.device("cuda"))
    t.ones(1, device="cuda")
    t.nn.Linear(1, 1).cuda()
    t.nn.Linear(1, 1).to("cuda")
    t.nn.Linear(1, 1, device="cuda")
    t.cuda.is_available()
""")


@pytest.mark.parametrize("source", DEVICES)
def test_devices(source, monkeypatch):
    if torch.cuda.is_available() or devices.is_available():
        monkeypatch.setattr(torch.cuda, "is_available", minigrad.cuda.is_available)
        if "cuda" in source and "t.device" not in source:
            pytest.skip("this machine has a GPU")
    same(program(source))


def test_the_error_says_what_to_install():
    if devices.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(
        AssertionError, match=r"^Torch not compiled with CUDA enabled\n[\s\S]*MINIGRAD_CUDA=cpu"
    ):
        minigrad.ones(1).cuda()


def test_a_refused_move_changes_nothing():
    if devices.is_available():
        pytest.skip("this machine has a GPU")
    layer = minigrad.nn.Linear(1, 1)
    before = layer.weight
    with pytest.raises(AssertionError):
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


def test_any_other_value_of_the_variable_means_nothing(monkeypatch):
    if devices.is_available():
        pytest.skip("this machine has a GPU")
    monkeypatch.setenv("MINIGRAD_CUDA", "1")
    with pytest.raises(AssertionError):
        minigrad.ones(1).cuda()


def test_copies_of_devices():
    for each in (minigrad.device("cpu"), minigrad.device("cuda", 3)):
        assert copy.copy(each) == each
        assert pickle.loads(pickle.dumps(each)) == each
