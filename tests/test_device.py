"""Devices: what they print, and what is said where there is no GPU."""

import importlib

import pytest
import torch
from both import assert_same_refusal, assert_same_text

import minigrad

without_cuda = pytest.mark.skipif(
    torch.cuda.is_available() or minigrad.cuda.is_available(),
    reason="THE LACK OF A GPU IS NOT TESTED: there is one",
)


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.device("cpu"),
        lambda t: repr(t.device("cuda", 1)),
        lambda t: str(t.device("cuda:1")),
        lambda t: t.device("cuda:1") == t.device("cuda", 1),
        lambda t: t.device("cuda") == t.device("cuda:0"),
        lambda t: t.zeros(1).device,
        lambda t: t.zeros(1).to("cpu").device.type,
        lambda t: t.zeros(1).is_cuda,
    ],
)
def test_text(program):
    assert_same_text(program)


def test_an_unknown_device():
    assert_same_refusal(lambda t: t.device("gpu"))
    assert_same_refusal(lambda t: t.zeros(1).to("gpu"))


@without_cuda
@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.zeros(1).cuda(),
        lambda t: t.zeros(1).to("cuda"),
        lambda t: t.nn.Linear(1, 1).to("cuda"),
        lambda t: t.zeros(1, device="cuda:0"),
    ],
)
def test_no_gpu_is_said_with_what_to_install(program):
    assert_same_refusal(program)
    with pytest.raises(AssertionError, match="pip install cupy-cuda13x"):
        program(minigrad)


def test_a_notebook_for_a_gpu_can_stay_on_the_cpu(monkeypatch):
    monkeypatch.setenv("MINIGRAD_CUDA", "cpu")
    monkeypatch.setattr(importlib.import_module("minigrad.device"), "_warned", False)
    with pytest.warns(UserWarning, match="stays on the CPU"):
        x = minigrad.zeros(1).cuda()
    assert x.device.type == "cpu"
    minigrad.nn.Linear(1, 1).to("cuda")  # said once: a second warning would be an error here
