"""Where a result goes is tried before the work begins: every option of every command that names a file or a folder."""

import importlib
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from sidebyside import cli
from sidebyside.options import unwritable

ROOT = Path(__file__).parent.parent
OUTPUTS = {  # command and option: an ending that the option takes
    "compare --json": ".json",
    "compare --out": "",
    "train --json": ".json",
    "train --save": ".npz",
    "explain --json": ".json",
    "explain --out": "",
    "page --out": ".html",
    "cheatsheet --out": ".html",
    "graph --svg --out": ".svg",
    "notebook notebooks/en/1_networks.ipynb --json": ".json",
    "coverage --out": ".md",
    "coverage --json": ".json",
    "doctor --json": ".json",
    "benchmarks.__main__ --out": "",
    "benchmarks.gpu --dry-run --out": ".json",
    "benchmarks.nightly --out": ".json",
    "benchmarks.tutorial --out": ".json",
    "benchmarks.mutants.__main__ --out": "",
}
FOLDERS = {
    "compare": ["compare.json", "losses.csv", "curves.svg", "gradients.svg", "mistakes.svg"],
    "explain": ["explain.json", "drift.svg"],
    "benchmarks.__main__": ["cpu.json", "cpu.md"],
    "benchmarks.mutants.__main__": ["mutants.json", "mutants.md"],
}
INPUTS = {"--resume", "--run", "--verdicts", "notebook", "files"}


@pytest.fixture
def run(capsys, monkeypatch):
    """The exit status of a command of minigrad's or the benchmarks', and what went to the two streams."""
    monkeypatch.chdir(ROOT)

    def main(words, path):
        command, *rest = [*words.split(), str(path)]
        if command in cli.COMMANDS:
            return cli.main([command, *rest]), *capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [command, *rest])
        with pytest.raises(SystemExit) as stopped:
            importlib.import_module(command).main()
        return stopped.value.code, *capsys.readouterr()

    return main


def everything(folder):
    """All that is in a folder, with what is in it and when it was changed."""
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None
        for path in folder.rglob("*")
    }


# -- every option -----------------------------------------------------------------------------------------------

PLACES = {
    "taken": "is a folder: name a file in it",
    "file/x": "file is a file, not a folder: choose another place",
    "x" * 300: "File name too long): choose another place",
}


@pytest.mark.parametrize("words", OUTPUTS)
@pytest.mark.parametrize("place", PLACES, ids=["a folder", "under a file", "too long"])
def test_a_bad_place_is_told_before_any_work(run, words, place, tmp_path):
    *_, last = FOLDERS.get(words.split()[0], [""]) if words.endswith("--out") else [""]
    (tmp_path / "file").write_text("kept")
    (tmp_path / "taken" / last).mkdir(parents=True)
    before = everything(tmp_path)
    status, out, err = run(words, tmp_path / (place if place == "taken" else place + OUTPUTS[words]))
    assert (status, out) == (2, "")
    assert f"argument {words.split()[-1]}: " in err
    assert PLACES[place] in err.splitlines()[-1]
    assert everything(tmp_path) == before


def options_of(command):
    """A command's options as argparse has them."""
    (commands,) = (each for each in cli.parser(command)._actions if each.dest == "command")
    return commands.choices[command]._actions


def test_every_option_that_takes_a_path_is_tried_or_is_read():
    """A path that is only read has the type Path; one that is written has one of the types that try it."""
    told, read = set(), set()
    for command in cli.COMMANDS:
        for action in options_of(command):
            name = next(iter(action.option_strings), action.dest)
            if action.type is Path:
                read.add(name)
            elif action.metavar in ("FILE", "DIR"):
                assert "writable" in action.type.__qualname__, f"{command} {name}"
                told.add(f"{command} {name}")
    assert read == INPUTS
    listed = {(words.split()[0], words.split()[-1]) for words in OUTPUTS}
    assert told == {" ".join(each) for each in listed if each[0] in cli.COMMANDS}


@pytest.mark.parametrize("command", ["compare", "explain"])
def test_what_is_tried_in_a_folder_is_what_is_written_there(run, command, tmp_path):
    status, _, err = run(f"{command} --epochs 1 --out", tmp_path / "new" / "folder")
    assert (status, err) == (0, "")
    assert {each.name for each in (tmp_path / "new" / "folder").iterdir()} == set(FOLDERS[command])


@pytest.mark.parametrize("name", ["page.layers.html", "page.verdicts.json"])
def test_what_is_written_beside_a_page_is_tried_too(run, tmp_path, name):
    (tmp_path / name).mkdir()
    status, out, err = run("page --out", tmp_path / "page.html")
    assert (status, out) == (2, "")
    assert err == f"minigrad page: {tmp_path}/{name} is a folder: name a file in it\n"
    assert not (tmp_path / "page.html").exists()


def test_a_page_is_not_written_over_its_numbers(run, tmp_path):
    numbers = tmp_path / "verdicts.json"
    numbers.write_text("{}")
    status, _, err = run(f"page --verdicts {numbers} --out", numbers)
    assert (status, numbers.read_text()) == (2, "{}")
    assert "out and verdicts name the same place" in err


# -- the trial --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["train --epochs 1 --json", "train --epochs 1 --save", "graph --engines minigrad --svg --out"]
)
def test_a_missing_folder_is_made_when_there_is_something_to_write(run, words, tmp_path):
    path = tmp_path / "no" / "such" / f"file{OUTPUTS.get(words.replace(' --epochs 1', ''), '.svg')}"
    assert unwritable(path) is None
    assert everything(tmp_path) == {}
    status, _, err = run(words, path)
    assert (status, err) == (0, "")
    assert path.stat().st_size > 0
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_work_that_fails_leaves_nothing_behind_and_loses_nothing(run, tmp_path):
    old = tmp_path / "old.json"
    old.write_text("precious")
    before = everything(tmp_path)
    for path in (old, tmp_path / "new.json", tmp_path / "no" / "new.json"):
        assert run("train --data no/such/data --json", path)[0] == 2
    assert everything(tmp_path) == before


def test_a_link_is_tried_where_it_points(tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "file" / "there.json")
    assert unwritable(link) is None
    (tmp_path / "file").write_text("")
    assert "is a file, not a folder" in unwritable(link)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="PERMISSIONS ARE NOT TESTED: this system has others")
def test_what_may_not_be_written_is_refused():
    folder = Path(tempfile.mkdtemp())  # pytest's own is for one user alone
    try:
        (folder / "read-only").write_text("kept")
        (folder / "read-only").chmod(0o444)
        (folder / "inner").mkdir(mode=0o555)
        folder.chmod(0o755)
        with as_nobody():
            found = [unwritable(folder / name) for name in ("read-only", "inner/new", "inner/no/new")]
        assert found == [
            f"{folder / name} cannot be written (Permission denied): choose another place"
            for name in ("read-only", "inner/new", "inner/no/new")
        ]
        assert everything(folder).keys() == {folder / "read-only", folder / "inner"}
        assert (folder / "read-only").read_text() == "kept"
    finally:
        shutil.rmtree(folder)


@contextmanager
def as_nobody():
    """As a user who may not write everywhere, as root may."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
