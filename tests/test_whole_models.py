"""Whole models in files: torch.save(model) names their classes, torch.load(weights_only=False) imports them."""

import io
import pickle
import re

import numpy as np
import pytest
import torch
from both import first_sentence, same_bits

import minigrad


def net_of(t):
    """A model of a user's own class, under the name that both libraries' programs would give it."""

    class Net(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = t.nn.Linear(3, 4)
            self.rest = t.nn.Sequential(
                t.nn.BatchNorm1d(4), t.nn.ReLU(), t.nn.Dropout(0.5), t.nn.Linear(4, 2)
            )
            self.again = self.first
            self.register_buffer("scale", t.ones(2), persistent=False)
            self.kept = {"sizes": (3, 4.5, None), "names": {"a", "b"}, "bytes": b"abc", "dtype": t.float64}
            self.itself = [self]

        def forward(self, x):
            return self.rest(self.first(x)) * self.scale

    Net.__qualname__ = "Net"
    globals()["Net"] = Net
    return Net()


def through(model, save, load):
    file = io.BytesIO()
    save(model, file)
    file.seek(0)
    return load(file, weights_only=False)


@pytest.mark.parametrize("written_by", [minigrad, torch], ids=["minigrad", "torch"])
def test_a_model_comes_back(written_by):
    """torch's file names the program's own class, which by then is a module of minigrad's."""
    theirs, file = net_of(written_by), io.BytesIO()
    written_by.save(theirs, file)
    ours = net_of(minigrad)
    read = minigrad.load(file, weights_only=False)
    assert type(read) is type(ours)
    assert repr(read) == repr(ours)
    assert list(read.state_dict()) == list(theirs.state_dict())
    for one, other in zip(read.parameters(), theirs.parameters(), strict=True):
        assert type(one) is minigrad.nn.Parameter
        assert one.is_leaf
        assert np.array_equal(one.detach().numpy(), other.detach().numpy())
    assert read.again is read.first
    assert read.itself[0] is read
    assert read.kept == {**theirs.kept, "dtype": minigrad.float64}
    read(minigrad.ones(2, 3)).sum().backward()
    assert read.first.weight.grad is not None


def test_an_optimizer_and_its_model_stay_together():
    model = minigrad.nn.Linear(2, 1)
    value = {
        "model": model,
        "optimizer": minigrad.optim.SGD(model.parameters(), lr=0.5),
        "losses": np.ones(2),
    }
    read = through(value, minigrad.save, minigrad.load)
    assert read["optimizer"].param_groups[0]["params"][0] is read["model"].weight
    assert read["losses"].tolist() == [1, 1]


LAYERS = {
    "conv": lambda t: t.nn.Conv2d(1, 2, 3),
    "lstm": lambda t: t.nn.LSTM(3, 2),
    "attention": lambda t: t.nn.TransformerEncoderLayer(4, 2, 8, activation=t.nn.functional.gelu),
    "embedding": lambda t: t.nn.Embedding(3, 2),
    "layers": lambda t: t.nn.ModuleList([t.nn.LayerNorm(3), t.nn.PReLU()]),
}


@pytest.mark.parametrize("name", LAYERS)
def test_torchs_layers_become_ours(name):
    theirs = LAYERS[name](torch)
    read = through(theirs, torch.save, minigrad.load)
    assert repr(read) == repr(theirs).replace("NonDynamicallyQuantizable", "")
    assert type(read) is type(LAYERS[name](minigrad))
    for one, other in zip(read.parameters(), theirs.parameters(), strict=True):
        same_bits(one, other)


def test_hooks_of_torchs_files_are_called():
    theirs = torch.nn.Linear(2, 2)
    theirs.register_forward_hook(print, always_call=True)
    read = through(theirs, torch.save, minigrad.load)
    [hook] = read._forward_hooks.values()
    assert tuple(hook) == (print, False, True)


@pytest.mark.parametrize("options", [{}, {"weights_only": True}], ids=str)
def test_only_a_program_that_trusts_the_file_loads_it(tmp_path, options):
    for t in (minigrad, torch):
        t.save(net_of(t), tmp_path / "model.pt")
        with pytest.raises(pickle.UnpicklingError) as caught:
            t.load(tmp_path / "model.pt", **options)
        assert first_sentence(str(caught.value)) == "Weights only load failed."
        assert re.search(r"test_whole_models.Net", str(caught.value))


def test_a_class_that_is_gone_is_named_as_in_torch(tmp_path):
    said = []
    for t in (minigrad, torch):
        t.save(net_of(t), tmp_path / "model.pt")
        del globals()["Net"]
        with pytest.raises(AttributeError) as caught:
            t.load(tmp_path / "model.pt", weights_only=False)
        said.append(str(caught.value))
    assert said[0] == said[1]
    with pytest.raises(pickle.PicklingError, match=r"Can't pickle .*it's not found as"):
        minigrad.save(lambda: 0, tmp_path / "lambda.pt")
