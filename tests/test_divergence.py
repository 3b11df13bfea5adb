"""A training that becomes nan or infinite: since which epoch, what to do, and exit status 1, though both agree."""

import json
import math
from pathlib import Path

import pytest

from minigrad.serialization import load
from sidebyside import cli, data, page
from sidebyside.graph.steps import steps
from sidebyside.page import pictures
from sidebyside.page.verdicts import MODEL
from sidebyside.report import divergence
from sidebyside.runs import Config, start

NAN = [
    "--lr",
    "1e38",
]  # finite weights of some 1e36 after the first step, whose products overflow in the second
LOSS = {"what": "loss", "epoch": 2}


@pytest.fixture
def run(capsys):
    """The exit status of a command, and what went to the two streams."""

    def main(*argv):
        status = cli.main([str(each) for each in argv])
        return status, *capsys.readouterr()

    return main


def test_compare_says_since_when_and_what_to_do(run, tmp_path):
    status, out, err = run("compare", "--epochs", 4, *NAN, "--json", tmp_path / "r.json")
    assert (status, err) == (1, "")
    assert out.splitlines()[-4:-1] == [
        "With PyTorch's autograd computing on minigrad's kernels, loss, every gradient and every weight are equal "
        "bit for bit in 4 of 4 epochs.",
        "The training diverged: both engines' loss is nan or infinite since epoch 2.",
        "Train with a lower --lr than 1e38.",
    ]
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["diverged"] == {"minigrad": LOSS, "torch": LOSS}
    assert found["contract"]["held"]
    assert found["epochs"][0]["loss"]["minigrad"] is not None
    assert [epoch["loss"] for epoch in found["epochs"][1:]] == [{"minigrad": None, "torch": None}] * 3


@pytest.mark.parametrize("engine", ["minigrad", "torch"])
def test_train_says_so_too(run, engine, tmp_path):
    status, out, err = run("train", "--engine", engine, "--epochs", 4, *NAN, "--json", tmp_path / "r.json")
    assert (status, err) == (1, "")
    assert out.splitlines()[-3:-1] == [
        "The training diverged: its loss is nan or infinite since epoch 2.",
        "Train with a lower --lr than 1e38.",
    ]
    assert json.loads((tmp_path / "r.json").read_text())["diverged"] == LOSS


def test_explain_says_so_and_has_explained_all_the_same(run):
    status, out, _ = run("explain", "--epochs", 3, *NAN)
    assert status == 0
    assert out.endswith("is nan or infinite since epoch 2.\nTrain with a lower --lr than 1e38.\n")


@pytest.mark.parametrize("command", ["compare", "train"])
def test_a_training_that_stays_finite_says_nothing_of_it(run, command, tmp_path):
    status, out, _ = run(command, "--epochs", 2, "--json", tmp_path / "r.json")
    assert status == 0
    assert "diverged" not in out
    expected = None if command == "train" else {"minigrad": None, "torch": None}
    assert json.loads((tmp_path / "r.json").read_text())["diverged"] == expected


def test_the_loop_by_hand_overflows_where_the_other_does_not(run):
    """exp(x) is infinite in float32 for x above 88; log_softmax takes the largest x away first."""
    status, out, _ = run("train", "--loop", "manual", "--epochs", 6, "--lr", 10)
    assert status == 1
    assert out.endswith(
        "Train with a lower --lr than 10, or with --loop optimizer, whose softmax does not overflow.\n"
    )
    assert run("train", "--loop", "optimizer", "--epochs", 6, "--lr", 10)[0] == 0


def test_a_run_that_diverged_is_saved_and_not_resumed(run, tmp_path):
    path = tmp_path / "run.npz"
    status, out, _ = run("train", "--epochs", 3, *NAN, "--save", path)
    assert status == 1
    assert f"Saved {path} after epoch 3\n" in out
    assert math.isnan(load(path)["losses"][-1])
    for epochs in (3, 9):
        status, out, err = run("train", "--epochs", epochs, *NAN, "--resume", path)
        assert (status, out) == (2, "")
        assert err == (
            f"minigrad train: --resume {path} cannot go on. The training diverged: its loss is nan or infinite since "
            "epoch 2. Train with a lower --lr than 1e38.\n"
        )


@pytest.mark.parametrize("engine", ["minigrad", "torch"])
def test_weights_that_no_loss_has_shown_yet(engine):
    config = Config(epochs=3)
    training = start(engine, config, data.load("digits"))
    training.advance(2)
    assert training.diverged() is None
    next(training.model.parameters()).detach()[0, 0] = math.inf
    assert training.diverged() == {"what": "weights", "epoch": 2}
    training.advance()
    assert training.diverged() == {"what": "loss", "epoch": 3}


@pytest.mark.parametrize(
    ("config", "found", "said"),
    [
        (Config(), {"minigrad": None, "torch": None}, ""),
        (
            Config(lr=3.0),
            {"minigrad": LOSS, "torch": None},
            "The training diverged: minigrad's loss is nan or infinite since epoch 2.\n"
            "Train with a lower --lr than 3.",
        ),
        (
            Config(lr=3.0, momentum=2.0, weight_decay=0.5),
            {"minigrad": LOSS, "torch": {"what": "weights", "epoch": 5}},
            "The training diverged: minigrad's loss is nan or infinite since epoch 2, PyTorch's weights are nan or "
            "infinite after epoch 5.\n"
            "Train with a lower --lr than 3 or a lower --momentum than 2 or a lower --weight-decay than 0.5.",
        ),
    ],
)
def test_the_sentences(config, found, said):
    assert divergence(config, found) == said


def test_the_page_shows_such_a_run(run, tmp_path):
    assert run("compare", "--epochs", 3, *NAN, "--out", tmp_path)[0] == 1
    training = pictures.read(tmp_path)
    measured = {
        "versions": {"minigrad": "0", "torch": "0", "numpy": "0"},
        "verdicts": {},
        "steps": steps(MODEL),
    }
    shown = lambda: page.pages([], measured, Path("a.html"), "verdicts.json", training)[Path("a.html")]
    assert "The training diverged: it became nan or infinite." in shown()
    del training["diverged"]  # as in files that were written before it was told
    assert "The training diverged" not in shown()
