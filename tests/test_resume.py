"""`minigrad train --save FILE --resume FILE`: a run that stops and goes on is the run that did not stop, to the bit."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from both import in_turns

import minigrad
from minigrad.serialization import load, npz, save
from sidebyside import cli, training
from sidebyside.data import load as dataset
from sidebyside.runs import Config, start

ROOT = Path(__file__).parent.parent
TRAIN = ["train", "--batch-size", "500", "--momentum", "0.9", "--lr", "0.1", "--log-each", "2"]


def run(capsys, *argv):
    status = cli.main([str(each) for each in argv])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def epochs(out):
    return [line for line in out.splitlines() if line.startswith("Epoch ")]


@pytest.mark.parametrize(
    ("ending", "options", "engine"),
    in_turns([
        (".npz", []),
        (".safetensors", ["--dtype", "float64", "--nesterov", "--weight-decay", "0.01"]),
        (".npz", ["--model", "residual", "--momentum", "0", "--loop", "manual", "--dtype", "float64"]),
        (".safetensors", ["--model", "custom", "--seed", "-1"]),
        (".npz", ["--optimizer", "rmsprop"]),
        (".pt", ["--optimizer", "adam", "--momentum", "0"]),
        (".safetensors", ["--optimizer", "adamw", "--momentum", "0"]),
        (".npz", ["--optimizer", "nadam", "--momentum", "0"]),
        (".npz", ["--optimizer", "adagrad", "--momentum", "0"]),
    ], ["minigrad", "torch"]),
)  # fmt: skip
def test_ten_epochs_are_five_and_five_bit_for_bit(capsys, tmp_path, engine, ending, options):
    """Weights, momentum, random state and losses: the two files are equal, byte for byte."""
    whole, part = tmp_path / f"whole{ending}", tmp_path / f"part{ending}"
    train = [*TRAIN, *options, "--engine", engine]
    status, expected, _ = run(capsys, *train, "--epochs", 10, "--save", whole)
    assert status == 0
    status, first, _ = run(capsys, *train, "--epochs", 5, "--save", part)
    assert status == 0
    assert f"Saved {part} after epoch 5: go on with --resume {part}" in first
    at_five = part.read_bytes()
    status, second, _ = run(capsys, *train, "--epochs", 10, "--resume", part, "--save", part)
    assert status == 0
    assert f"Resumed after epoch 5 from {part}" in second
    # the file says how many epochs were asked for: the same in both, now
    assert part.read_bytes() == whole.read_bytes() != at_five
    lines = [line.replace("/5 ", "/10 ") for line in epochs(first)] + epochs(second)
    assert [line for line in lines if not line.startswith("Epoch 5/")] == epochs(
        expected
    )  # the first run's last
    assert len(epochs(expected)) == 6


def test_the_file_holds_what_the_next_epoch_depends_on(capsys, tmp_path):
    path = tmp_path / "run.npz"
    run(capsys, *TRAIN, "--epochs", 3, "--save", path)
    saved = load(path)
    assert list(saved) == ["config", "losses", "model", "optimizer", "random"]
    assert len(saved["losses"]) == 3
    assert saved["random"].shape == (5056,)
    assert saved["config"]["momentum"] == 0.9
    assert list(saved["optimizer"]["state"][0]) == ["momentum_buffer"]
    model = minigrad.nn.Sequential(
        minigrad.nn.Linear(64, 100), minigrad.nn.ReLU(), minigrad.nn.Linear(100, 10)
    )
    assert repr(model.load_state_dict(saved["model"])) == "<All keys matched successfully>"


def test_one_engine_goes_on_where_the_other_stopped(capsys, tmp_path):
    """The next epoch starts from the same weights, momentum and random state; it may round differently."""
    path = tmp_path / "run.safetensors"
    config = Config(batch_size=500, momentum=0.5, lr=0.1)
    data = dataset("digits")
    first = start("minigrad", config, data)
    first.advance(2)
    save(first.checkpoint(config), path)
    second = start("torch", config, data)
    second.restore(load(path))
    save(second.checkpoint(config), tmp_path / "again.safetensors")
    ours, theirs = load(path), load(tmp_path / "again.safetensors")
    assert theirs["random"].equal(ours["random"])
    assert theirs["losses"] == ours["losses"]
    assert all(theirs["model"][name].equal(tensor) for name, tensor in ours["model"].items())
    for i, state in ours["optimizer"]["state"].items():
        assert theirs["optimizer"]["state"][i]["momentum_buffer"].equal(state["momentum_buffer"])


def test_the_state_of_another_optimizer_is_refused():
    """Also where the options are the same, and one tensor of the state is missing, or has another shape."""
    config, data = Config(batch_size=500, optimizer="adam", lr=0.01), dataset("digits")
    first = start("minigrad", config, data)
    first.advance()
    for change in ("pop", "shape", "parameter"):
        taken = first.checkpoint(config)
        state = taken["optimizer"]["state"]
        if change == "pop":
            del state[0]["exp_avg"]
        elif change == "shape":
            state[0]["exp_avg"] = minigrad.zeros(3)
        else:
            del state[1]
        with pytest.raises(ValueError, match="another optimizer's"):
            start("minigrad", config, data).restore(taken)


def test_a_file_from_before_there_was_a_choice_of_optimizers(capsys, tmp_path):
    path = tmp_path / "run.npz"
    run(capsys, *TRAIN, "--epochs", 1, "--save", path)
    saved = load(path)
    del saved["config"]["optimizer"]
    save(saved, path)
    assert run(capsys, *TRAIN, "--epochs", 2, "--resume", path)[::2] == (0, "")


def test_a_checkpoint_is_a_copy():
    config = Config(batch_size=500, momentum=0.5, lr=0.1)
    going = start("minigrad", config, dataset("digits"))
    going.advance()
    taken = going.checkpoint(config)
    before = str(taken)
    going.advance()
    assert str(taken) == before != str(going.checkpoint(config))


def test_a_run_that_is_done_says_so(capsys, tmp_path):
    path = tmp_path / "run.npz"
    run(capsys, *TRAIN, "--epochs", 4, "--save", path)
    before = path.read_bytes()
    for asked in (4, 2):
        status, out, err = run(capsys, *TRAIN, "--epochs", asked, "--resume", path)
        assert (status, err, epochs(out)) == (0, "", [])
        assert "Resumed after epoch 4" in out
        assert f"Nothing to train: --epochs {asked} are done. Ask for more to go on." in out
        assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--hidden", "7"], "was trained with --hidden 100, not 7: give the same --hidden"),
        (["--lr", "0.2"], "was trained with --lr 0.1, not 0.2"),
        (["--dtype", "float64"], "was trained with --dtype float32, not float64"),
        (["--model", "custom"], "was trained with --model sequential, not custom"),
        (["--momentum", "0.8"], "was trained with --momentum 0.9, not 0.8"),
        (["--weight-decay", "1"], "was trained with --weight-decay 0.0, not 1.0"),
        (["--nesterov"], "was trained with --nesterov False, not True"),
        (["--batch-size", "3"], "was trained with --batch-size 500, not 3"),
        (["--optimizer", "rmsprop"], "was trained with --optimizer sgd, not rmsprop"),
        (["--seed", "3"], "was trained with --seed 0, not 3"),
        (["--momentum", "0", "--loop", "manual"], "was trained with --loop optimizer, not manual"),
    ],
)
def test_another_configuration_is_refused_by_name(capsys, tmp_path, changed, said):
    path = tmp_path / "run.npz"
    run(capsys, *TRAIN, "--epochs", 1, "--save", path)
    status, out, err = run(capsys, *TRAIN, "--epochs", 3, "--resume", path, *changed)
    assert (status, out) == (2, "")
    assert err.startswith(f"minigrad train: --resume {path} ")
    assert said in err
    assert err.count("\n") == 1


def test_other_epochs_and_log_each_are_no_other_configuration(capsys, tmp_path):
    path = tmp_path / "run.npz"
    run(capsys, *TRAIN, "--epochs", 1, "--save", path)
    status, out, _ = run(capsys, *TRAIN, "--epochs", 3, "--resume", path, "--log-each", "3")
    assert status == 0
    assert len(epochs(out)) == 1


def written(path, value):
    save(value, path)
    return path


BAD = {
    "missing": (lambda folder: folder / "no.npz", "there is no such file"),
    "another ending": (lambda folder: folder / "run.txt", "must end in .npz, .safetensors, .pt or .pth"),
    "a folder": (lambda folder: folder, "must end in"),
    "cut short": (lambda folder: (folder / "x.npz").write_bytes(b"PK\3\4") and folder / "x.npz", "cannot be loaded"),
    "a state dict": (lambda folder: written(folder / "x.npz", {"w": minigrad.ones(2)}), "holds no training run"),
    "a number": (lambda folder: written(folder / "x.npz", 5), "holds no training run"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_no_run_is_one_line(capsys, tmp_path, what):
    make, said = BAD[what]
    path = make(tmp_path)
    status, out, err = run(capsys, *TRAIN, "--resume", path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert str(path) in err
    assert said in err


@pytest.mark.parametrize("broken", ["model", "optimizer", "random", "losses"])
@pytest.mark.parametrize("by", [None, "text", {}, {"state": {}, "param_groups": []}, {"x": minigrad.ones(2)}])
def test_a_run_with_parts_that_do_not_fit_is_one_line(capsys, tmp_path, broken, by):
    path = tmp_path / "run.npz"
    run(capsys, *TRAIN, "--epochs", 1, "--save", path)
    checkpoint = load(path)
    save({**checkpoint, broken: by}, path)
    status, _, err = run(capsys, *TRAIN, "--resume", path)
    assert status == 2
    assert err.startswith(f"minigrad train: --resume {path} does not fit this run")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("run.txt", "--save run.txt: the name must end in .npz, .safetensors, .pt or .pth"),
        ("run.txt/run.npz", "run.txt is a file, not a folder"),
        ("folder.npz", "is a folder"),
    ],
)
def test_a_bad_place_to_save_is_said_before_anything_is_trained(capsys, tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "run.txt").write_text("")
    status, out, err = run(capsys, *TRAIN, "--save", name)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_full_disk_is_one_line(capsys, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(npz, "write", fail)
    status, _, err = run(capsys, *TRAIN, "--epochs", 1, "--save", tmp_path / "run.npz")
    assert status == 2
    assert err.count("\n") == 1
    assert "No space left on device" in err
    assert os.listdir(tmp_path) == []


def test_ctrl_c_saves_the_last_whole_epoch(capsys, tmp_path):
    path = tmp_path / "run.npz"
    argv = [sys.executable, "-m", "sidebyside", *TRAIN, "--epochs", "100000", "--save", str(path)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not process.stdout.readline().startswith("Epoch 4/"):
        assert process.poll() is None, process.stderr.read()
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    done = len(load(path)["losses"])
    assert done >= 4
    assert f"Saved {path} after epoch {done}: go on with --resume {path}" in out
    going = start("minigrad", config := Config(**load(path)["config"]), dataset("digits"))
    going.advance(done)
    save(going.checkpoint(config), tmp_path / "same.npz")
    assert path.read_bytes() == (tmp_path / "same.npz").read_bytes()


@pytest.mark.parametrize("at", [1, 3])
def test_ctrl_c_within_an_epoch_loses_no_more_than_that_epoch(capsys, tmp_path, monkeypatch, at):
    """The second batch of an epoch never ends: what was saved is the state before that epoch."""
    config = Config(batch_size=500, epochs=4, momentum=0.9, lr=0.1)
    going = start("minigrad", config, dataset("digits"))
    steps = going.steps

    def interrupted():
        for _ in range(at):
            yield next(steps)
        going.model(going.x)[0, 0].backward()
        going.optimizer.step()
        raise KeyboardInterrupt

    going.steps = interrupted()
    assert training.train(going, config, tmp_path / "run.npz") is True
    assert f"after epoch {at}: " in capsys.readouterr().out
    other = start("minigrad", replace(config), dataset("digits"))
    other.advance(at)
    save(other.checkpoint(config), tmp_path / "same.npz")
    assert (tmp_path / "run.npz").read_bytes() == (tmp_path / "same.npz").read_bytes()
