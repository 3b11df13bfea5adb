"""benchmarks/machines.py: what was measured on other machines, and that the program runs, goes on and keeps going."""

import json
import tomllib
from pathlib import Path

import pytest

from benchmarks import emulation, machines
from sidebyside import environment

ROOT = Path(__file__).parent.parent


def test_the_table_is_what_was_measured():
    report = json.loads(machines.RESULTS.read_text(encoding="utf-8"))
    assert machines.RESULTS.with_suffix(".md").read_text(encoding="utf-8") == machines.table(report)
    assert set(report) <= set(machines.MACHINES)


def test_the_oldest_versions_are_those_that_pyproject_allows():
    wanted = dict(each.split(">=") for each in machines.requirements())
    oldest = machines.MACHINES["oldest"]
    assert oldest.pins == {name: f"{wanted[name]}.0" for name in ("numpy", "torch")}
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert asked == f">={oldest.python.removeprefix('python')}"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command on one file of tests, with its results in a folder of its own."""
    monkeypatch.setitem(machines.SUITE, "all tests", ["-m", "pytest", f"--rootdir={tmp_path}"])

    def command(*only, tests):
        file = tmp_path / "test_one.py"
        file.write_text(tests)
        told = ["--folder", str(tmp_path), "--out", str(tmp_path / "machines.json"), "--tests", str(file)]
        status = machines.main([*told, "--only", *only])
        return status, json.loads((tmp_path / "machines.json").read_text())

    return command


@pytest.fixture
def describe_as(tmp_path, monkeypatch):
    """What machines are taken for from then on, without a process that loads torch to describe them."""

    def describe(environment):
        file = tmp_path / "described"
        file.write_text(json.dumps(environment))
        monkeypatch.setattr(machines, "DESCRIBE", f"print(open({str(file)!r}).read())")

    return describe


def test_a_machine_is_measured_and_the_next_run_goes_on(run, describe_as, tmp_path, capsys):
    right = "def test_a():\n    pass\n"
    status, report = run("one-thread", tests=right)
    (part,) = report["one-thread"]["parts"].values()
    assert status == 0
    assert part["passed"] == 1
    assert part["names"] == []
    assert report["one-thread"]["environment"]["variables"]["OMP_NUM_THREADS"] == "1"
    assert (tmp_path / "machines.md").read_text() == machines.table(report)
    unchanged = report["one-thread"]["environment"] | {"changed": False}
    describe_as(unchanged)
    capsys.readouterr()
    assert run("one-thread", tests=right)[1]["one-thread"]["parts"] == report["one-thread"]["parts"]
    assert "passed" not in capsys.readouterr().out


def test_what_fails_is_named_and_the_others_still_run(run, describe_as, monkeypatch, capsys):
    wrong = "def test_a():\n    assert False\n\n\ndef test_b():\n    pass\n"
    monkeypatch.setitem(machines.MACHINES, "sse", machines.Machine("none", python="python0.0"))
    describe_as(environment.describe() | environment.conditions())
    status, report = run("sse", "one-thread", tests=wrong)
    assert status == 1
    assert "not run: there is no python0.0" in capsys.readouterr().out
    (part,) = report["one-thread"]["parts"].values()
    assert (part["passed"], part["failed"], part["status"]) == (1, 1, 1)
    assert [name.rpartition("::")[2] for name in part["names"]] == ["test_a"]


def test_what_the_emulation_needs_is_said(run, monkeypatch, capsys):
    monkeypatch.setattr(emulation.shutil, "which", lambda tool: None)
    status = machines.main(["--only", "arm", "--folder", "/tmp"])
    assert status in (0, 1)
    assert "first apt-get install qemu-user-static debootstrap" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("1 failed, 7563 passed, 21 skipped, 12 xfailed in 135.84s (0:02:15)",
         {"failed": 1, "passed": 7563, "skipped": 21, "xfailed": 12}),
        ("3 passed, 2 errors in 0.50s", {"passed": 3, "error": 2}),
        ("no tests ran", {}),
    ],
)  # fmt: skip
def test_pytests_last_line_is_read(line, found):
    assert machines.counts(f"FAILED tests/test_a.py - 2 passed\n{line}\n") == found
