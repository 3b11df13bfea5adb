"""Records for TensorBoard: the same as those that torch writes, but for the time."""

import importlib
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

import minigrad

NO_TENSORBOARD = "the package tensorboard is not installed: its records are not compared"


def pictures(dtype=np.float32, shape=(10, 1, 3, 5)):
    x = np.random.default_rng(0).random(shape)
    return (x * 255 if dtype == np.uint8 else x * 1.2).astype(dtype)


def scalars(lib, w):
    w.add_scalar("a", 1.5, 3)
    w.add_scalar("a", lib.tensor([[2.5]]), lib.tensor(4))
    w.add_scalar("b", np.float64(0.1), new_style=True)
    w.add_scalar("b", 0.1, 5, new_style=True, double_precision=True)
    w.add_scalars("several/of", {"x": 1, "y": lib.tensor(2.0)}, 1)
    w.add_scalars("several/of", {"x": 3}, 2)


def histograms(lib, w):
    x = np.random.default_rng(1).standard_normal(200).astype(np.float32)
    w.add_histogram("h", lib.tensor(x), 1)
    w.add_histogram("zeros", lib.zeros(3))
    w.add_histogram("whole", lib.arange(7), bins="auto")
    w.add_histogram("few", x, 2, bins=20, max_bins=6)
    w.add_histogram("parameter", lib.nn.Parameter(lib.ones(2, 3)), 2)


def images(lib, w):
    w.add_images("batch", lib.tensor(pictures()), 1)
    w.add_images("colors", pictures(np.uint8, (3, 4, 5, 3)), dataformats="NHWC")
    w.add_image("one", lib.tensor(pictures(np.uint8, (3, 4, 5))))
    w.add_image("gray", pictures(shape=(1, 4, 5)), 2)
    w.add_image("flat", pictures(shape=(4, 5)), dataformats="HW")
    w.add_image("turned", pictures(shape=(4, 5)), dataformats="WH")
    w.add_image("last", pictures(shape=(4, 5, 3)), dataformats="HWC")


def figures(lib, w):
    from matplotlib.figure import Figure

    drawn = [Figure((2, 1)), Figure((2, 1))]
    drawn[0].subplots().plot([1, 2, 1])
    w.add_figure("one", drawn[0], 1, close=False)
    w.add_figure("two", drawn, 2)


def texts(lib, w):
    w.add_text("t", "*ñ*", 1)
    w.add_text("t", "")


def curves(lib, w):
    rng = np.random.default_rng(2)
    labels, predictions = rng.integers(0, 2, 50), rng.random(50)
    w.add_pr_curve("p", labels, predictions, 1)
    w.add_pr_curve(
        "q", lib.tensor(labels), lib.tensor(predictions), num_thresholds=10, weights=rng.random(50)
    )
    w.add_pr_curve("r", labels > 0, predictions, num_thresholds=1000)


def hyperparameters(lib, w):
    w.add_hparams(
        {"lr": 0.1, "n": 3, "name": "sgd", "flag": True, "none": None, "t": lib.tensor([2.5])},
        {"loss": 1.0, "accuracy": lib.tensor(0.5)},
        {"lr": [0.1, 0.2], "name": ["sgd", "adam"]},
        run_name="run",
        global_step=2,
    )


def records(lib, folder, program, monkeypatch, **options):
    """Of each file below folder what its events hold; the clock counts."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    tensorboard = importlib.import_module(f"{lib.__name__}.utils.tensorboard")
    clock = count(1000)
    monkeypatch.setattr("time.time", lambda: float(next(clock)))
    with tensorboard.SummaryWriter(folder, **options) as w:
        program(lib, w)
    found = {}
    for path in sorted(Path(folder).rglob("events*")):
        events = [Event.FromString(raw) for raw in RawEventFileLoader(str(path)).Load()]
        for event in events:
            event.wall_time = 0
        found.setdefault(str(path.parent.relative_to(folder)), []).extend(map(str, events))
    return found


@pytest.mark.parametrize("program", [scalars, histograms, images, figures, texts, curves, hyperparameters])
def test_records_are_torchs(program, tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason=NO_TENSORBOARD)
    ours = records(minigrad, tmp_path / "ours", program, monkeypatch)
    torchs = records(torch, tmp_path / "torchs", program, monkeypatch)
    assert ours == torchs
    assert any("summary" in event for events in ours.values() for event in events)


def test_purged_steps_and_suffix(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason=NO_TENSORBOARD)
    options = {"purge_step": 3, "filename_suffix": ".end"}
    ours = records(minigrad, tmp_path / "ours", texts, monkeypatch, **options)
    assert ours == records(torch, tmp_path / "torchs", texts, monkeypatch, **options)
    assert [path.suffix for path in (tmp_path / "ours").iterdir()] == [".end"]


BAD = {
    "several elements": lambda lib, w: w.add_scalar("a", lib.ones(2)),
    "a word": lambda lib, w: w.add_scalar("a", [1]),
    "empty": lambda lib, w: w.add_histogram("a", lib.zeros(0)),
    "twice": lambda lib, w: w.add_image("a", lib.zeros(1, 2, 2), dataformats="CHH"),
    "dims": lambda lib, w: w.add_image("a", lib.zeros(2, 2)),
    "channels": lambda lib, w: w.add_images("a", lib.zeros(1, 2, 2, 2)),
    "no dict": lambda lib, w: w.add_hparams([], {}),
    "a list": lambda lib, w: w.add_hparams({"a": [1]}, {}),
    "domain": lambda lib, w: w.add_hparams({"a": 1}, {}, {"a": ["b"]}),
    "domain of none": lambda lib, w: w.add_hparams({"a": 1}, {}, {"b": [1]}),
}


@pytest.mark.parametrize("program", BAD.values(), ids=BAD)
def test_errors_are_torchs(program, tmp_path):
    pytest.importorskip("tensorboard", reason=NO_TENSORBOARD)
    found = []
    for lib in (minigrad, torch):
        tensorboard = importlib.import_module(f"{lib.__name__}.utils.tensorboard")
        with (
            tensorboard.SummaryWriter(tmp_path / lib.__name__) as w,
            pytest.raises(Exception, match=r"\w") as caught,
        ):
            program(lib, w)
        found.append((caught.type, " ".join(str(caught.value).replace("minigrad", "torch").split())))
    assert found[0][0] is found[1][0]
    assert found[0][1].startswith(found[1][1][:40])


def test_without_tensorboard_the_import_fails_as_torchs(monkeypatch):
    loaded = [name for name in sys.modules if name.startswith("tensorboard.")]
    for name in ["tensorboard", "tensorboard.summary", *loaded]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("minigrad.utils.tensorboard", "torch.utils.tensorboard"):
        for part in ("", ".writer", ".summary"):
            monkeypatch.delitem(sys.modules, name + part, raising=False)
        with pytest.raises(ModuleNotFoundError) as caught:
            importlib.import_module(name)
        assert caught.value.name.partition(".")[0] == "tensorboard"
