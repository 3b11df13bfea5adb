"""What is said of the project in several files is the same in all of them."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
PYTHONS = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))


def cited(field):
    found = re.search(rf"^{field}: (.+)$", CITATION, re.MULTILINE)
    return found and found[1].strip('"')


def test_the_citation_is_of_this_version_and_licence():
    assert (cited("version"), cited("license")) == (PROJECT["version"], PROJECT["license"])


def test_the_repository_is_named_where_it_is_published_and_nowhere_before():
    assert cited("repository-code") == PROJECT["urls"].get("Repository")


def test_the_readmes_name_the_tutorial_that_the_package_names():
    for name in ("README.md", "README.es.md"):
        assert f"]({PROJECT['urls']['Tutorial']})" in (ROOT / name).read_text(encoding="utf-8")


def test_every_python_of_the_package_is_tested():
    tests = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    assert re.search(r"python: \[(.+)\]", tests)[1] == ", ".join(f'"{version}"' for version in PYTHONS)
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_githubs_own_and_pinned_by_commit(path):
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
