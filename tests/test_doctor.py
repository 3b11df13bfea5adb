"""minigrad doctor: what it finds, and the command for what it misses."""

import json
import subprocess
import sys

import pytest

from sidebyside import cli, doctor, environment


def test_everything_is_said_in_80_columns(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    assert cli.main(["doctor"]) == 0
    told = capsys.readouterr().out
    for title in doctor.SECTIONS:
        assert f"{title}\n" in told
    for name in ("torch", "scikit-learn", "digits", "mnist", "processor"):
        assert f" {name} " in told
    assert environment.installed("torch") in told
    mends = [line for line in told.splitlines() if line.startswith(" " * 24)]
    assert mends
    assert max(map(len, mends)) <= 80


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


def test_data_sets_are_found_and_a_wrong_folder_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    (tmp_path / "mnist.npz").write_bytes(b"")
    assert next(f for f in doctor.data() if f.topic == "mnist").found == str(tmp_path / "mnist.npz")
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "nowhere"))
    wrong = next(f for f in doctor.data() if f.topic == "mnist")
    assert not wrong.good
    assert "does not exist" in wrong.found


def test_the_json_holds_the_findings(tmp_path, capsys):
    assert cli.main(["doctor", "--json", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"packages", "arithmetic", "GPU", "data", "versions"} == set(found)
    assert cli.main(["doctor", "--json", str(tmp_path / "no" / "found.json")]) == 2
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself_in_80_columns(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert f"usage: minigrad {name}" in told
    assert max(map(len, told.splitlines())) <= 120


def test_a_command_that_does_not_exist_is_one_line_and_a_hint():
    done = subprocess.run(
        [sys.executable, "-m", "sidebyside", "fly"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "invalid choice: 'fly'" in done.stderr
