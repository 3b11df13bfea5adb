"""minigrad standing in for torch: what a notebook's own imports then fetch, and what is there afterwards."""

import importlib
import sys

import pytest
import torch

import minigrad
from sidebyside import as_torch


def test_imports_in_a_notebook_fetch_minigrads_modules_and_no_copies():
    known = {name: module for name, module in sys.modules.items() if name.startswith("minigrad")}
    scope = {}
    with as_torch() as given:
        exec(
            "import torch, torch.nn as nn, torch.nn.functional as F, torch.optim as optim\n"
            "from torch import Tensor, autograd\n"
            "from torch.nn import init, Linear\n"
            "from torch.autograd import Function\n"
            "from torch.utils.data import DataLoader\n",
            scope,
        )
    assert given is scope["torch"] is minigrad
    assert scope["nn"] is minigrad.nn
    assert scope["F"] is minigrad.nn.functional
    assert scope["optim"] is minigrad.optim
    assert scope["Tensor"] is minigrad.Tensor
    assert scope["init"] is minigrad.nn.init
    assert scope["Linear"] is minigrad.nn.Linear
    assert scope["Function"] is minigrad.autograd.Function
    assert scope["DataLoader"] is minigrad.utils.data.DataLoader
    assert known.items() <= sys.modules.items()


def test_what_was_there_is_restored_even_after_an_error():
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"}
    finders = list(sys.meta_path)

    def fails():
        with as_torch(), as_torch():
            assert importlib.import_module("torch") is minigrad
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert {n: m for n, m in sys.modules.items() if n.partition(".")[0] == "torch"} == before
    assert sys.meta_path == finders
    assert importlib.import_module("torch") is torch


@pytest.mark.parametrize("name", ["torch.onnx", "torch.fx", "torch.nn.attention"])
def test_a_module_that_minigrad_has_not_is_refused_and_says_so(name):
    with as_torch(), pytest.raises(ModuleNotFoundError, match=r"No module named.*\n.*COVERAGE\.md") as caught:
        importlib.import_module(name)
    assert caught.value.name == name


def test_modules_of_others_are_found_as_ever():
    with as_torch():
        assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
