"""minigrad doctor: what it finds, and the command for what it misses."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import torch

import minigrad
from sidebyside import cli, doctor, environment, seeds

PYPROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())


def test_everything_is_said_in_80_columns(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    assert cli.main(["doctor"]) == 0
    told = capsys.readouterr().out
    for title in doctor.SECTIONS:
        assert f"{title}\n" in told
    for name in ("torch", "scikit-learn", "digits", "mnist", "processor"):
        assert f" {name} " in told
    assert environment.installed("torch") in told
    assert f"{torch.get_num_threads()} threads" in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_long_finding_is_wrapped_under_itself():
    lines = str(doctor.Finding("topic", False, "what was found " * 9, "what mends it " * 9)).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.startswith(" " * 24) for line in lines[1:])


@pytest.mark.parametrize("extra", ["app", "torch", "notebook", "jupyter", "dev"])
def test_every_package_of_the_project_is_looked_for(extra):
    for requirement in PYPROJECT["project"]["optional-dependencies"][extra]:
        name = re.match(r"[\w-]+", requirement)[0]
        assert name == "minigrad-vs-torch" or doctor.PACKAGES[name][1] == extra


def test_what_is_missing_comes_with_the_command_that_brings_it(monkeypatch):
    monkeypatch.setattr(environment, "installed", lambda name: None)
    for finding in doctor.packages():
        assert not finding.good
        assert "pip install" in finding.mend
        assert "not installed" in finding.found


def test_variables_that_slow_numpy_are_named(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    slow = [finding for finding in doctor.arithmetic() if finding.topic == "OPENBLAS_CORETYPE"]
    assert [(finding.good, "unset" in finding.mend) for finding in slow] == [(False, True)]


def data(name):
    return next(finding for finding in doctor.data() if finding.topic == name)


def test_data_sets_are_read_and_what_is_wrong_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert data("digits").good
    assert data("mnist").mend == "minigrad train --epochs 1 --data mnist"
    (tmp_path / "mnist.npz").write_bytes(b"")
    assert not data("mnist").good
    assert f"{tmp_path / 'mnist.npz'} cannot be read" in data("mnist").found
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "nowhere"))
    assert not data("mnist").good
    assert "does not exist" in data("mnist").found


# What driver, CuPy and PyTorch see; the topics that are good, and those that are not with what mends them.
GPUS = {
    "no GPU": (None, [], [], {"NVIDIA driver": True}, []),
    "all agree": (13, ["H100"], ["H100"], {"NVIDIA driver": True, "CuPy": True, "PyTorch's CUDA": True,
                  "agreement": True}, []),
    "no CuPy": (12, [], ["H100"], {"NVIDIA driver": True, "CuPy": False, "PyTorch's CUDA": True}, ["[cuda12]"]),
    "a torch for the CPU": (13, ["H100"], [], {"NVIDIA driver": True, "CuPy": True, "PyTorch's CUDA": False},
                            ["pip install --force-reinstall"]),
    "two that differ": (13, ["H100", "T4"], ["T4"], {"NVIDIA driver": True, "CuPy": True, "PyTorch's CUDA": True,
                        "agreement": False}, ["CUDA_VISIBLE_DEVICES"]),
}  # fmt: skip


@pytest.mark.parametrize("case", GPUS)
def test_whether_both_see_the_same_gpus(monkeypatch, case):
    driver, ours, theirs, good, mends = GPUS[case]
    monkeypatch.setattr(doctor, "_driver", lambda: driver)
    for library, gpus in ((minigrad, ours), (torch, theirs)):
        monkeypatch.setattr(library.cuda, "is_available", lambda gpus=gpus: bool(gpus))
        monkeypatch.setattr(library.cuda, "device_count", lambda gpus=gpus: len(gpus))
        monkeypatch.setattr(library.cuda, "get_device_name", lambda number, gpus=gpus: gpus[number])
    findings = list(doctor.gpu())
    assert {finding.topic: finding.good for finding in findings} == good
    for finding, mend in zip([each for each in findings if not each.good], mends, strict=True):
        assert mend in finding.mend


def test_a_pytorch_that_does_not_load_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "_torch", lambda: (None, "libtorch.so: cannot open shared object file"))
    wrong = next(finding for finding in doctor.arithmetic() if finding.topic == "PyTorch")
    assert not wrong.good
    assert "does not load: libtorch.so" in wrong.found
    assert "pip install --force-reinstall" in wrong.mend


def test_where_pytorch_draws_other_numbers_it_is_said(monkeypatch):
    monkeypatch.setattr(seeds, "differing", lambda: {"uniform", "rand"})
    wrong = next(finding for finding in doctor.arithmetic() if finding.topic == "random numbers")
    assert not wrong.good
    assert "tests of these skip: rand, uniform" in wrong.found


def test_the_json_holds_the_findings(tmp_path):
    assert cli.main(["doctor", "--json", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"packages", "arithmetic", "GPU", "data", "versions"} == set(found)
