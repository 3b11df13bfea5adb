"""install.py: which build of PyTorch `make` takes, and what it says meanwhile."""

import io
import subprocess

import pytest

import install

# The system, whether it has an NVIDIA driver, the torch that pip finds, whether PyTorch's index can be reached;
# then whether pip gets that index, and a part of what is said.
CHOICES = {
    "macOS": ("darwin", False, "2.13.0", True, False, "PyPI's build"),
    "Windows": ("win32", True, "2.13.0", True, False, "PyPI's build"),
    "a GPU": ("linux", True, "2.13.0", True, False, "PyPI's build"),
    "a folder of wheels": ("linux", False, "2.13.0+cpu", True, False, "which pip finds by itself"),
    "PyTorch's index": (
        "linux",
        False,
        "2.13.0",
        True,
        True,
        "for the CPU, from https://download.pytorch.org",
    ),
    "PyPI alone": ("linux", False, "2.13.0", False, False, "cannot be reached.\nWith it .venv takes 5.3 GB"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_which_build_comes(monkeypatch, case):
    system, driver, found, reached, taken, said = CHOICES[case]
    monkeypatch.setattr(install.sys, "platform", system)
    monkeypatch.setattr(install, "has_driver", lambda: driver)
    monkeypatch.setattr(install, "found_by_pip", lambda: found)
    monkeypatch.setattr(install, "can_reach", lambda address: reached)
    page, text = install.choice()
    assert page == (install.CPU_BUILDS if taken else None)
    assert said in text


def test_an_address_that_does_not_answer_is_not_reached(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("")
    assert install.can_reach(page.as_uri())
    assert not install.can_reach((tmp_path / "none.html").as_uri())


class Pip:
    """A pip that says these lines and ends with this status."""

    def __init__(self, lines, status):
        self.stdout, self.returncode = io.StringIO(lines), status

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@pytest.mark.parametrize(
    ("known", "page"), [(None, None), ("/wheels", None), (None, "page"), ("/wheels", "page")]
)
def test_large_files_are_shown_and_known_folders_stay(monkeypatch, capsys, known, page):
    if known:
        monkeypatch.setenv("PIP_FIND_LINKS", known)
    else:
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    told = """Collecting numpy
  Downloading numpy-2.4.6.whl.metadata (6.6 kB)
Downloading https://files/numpy-2.4.6.whl (16.9 MB)
Using cached torch-2.13.0.whl (1.1 GB)
Installing collected packages: numpy, torch, minigrad-vs-torch
"""
    asked = []

    def pip(command, env, **options):
        asked.append((command, env.get("PIP_FIND_LINKS")))
        return Pip(told, 7)

    monkeypatch.setattr(subprocess, "Popen", pip)
    assert install.install(".[dev]", page) == 7
    (command, places), *_ = asked
    assert command[-2:] == ["--editable", ".[dev]"]
    assert places == (" ".join(filter(None, (known, page))) or None)
    assert (
        capsys.readouterr().out
        == "    16.9 MB  numpy-2.4.6.whl\n     1.1 GB  torch-2.13.0.whl\n  unpacking 3 packages\n"
    )
