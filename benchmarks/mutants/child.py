"""A mutant's life, in a child of the process that collected the tests."""

from __future__ import annotations

import collections
import gc
import importlib.util
import os
import signal
import sys
import types
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutants.mutations import Mutant, mutated

ROOT = Path(__file__).parents[2]
OURS = ("minigrad", "sidebyside", "torch_ref", "test_", "conftest", "both", "expecttest")  # imported anew
PYTEST = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is there
SLOW = 20.0  # seconds of computing that a single test may take under a mutant


class Stop:
    """A pytest plugin that ends the process at the first failure, with the test's name for its last words."""

    def __init__(self, pipe: int, only: set[str] | None = None) -> None:
        self.pipe, self.only = pipe, only

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Say which test failed."""
        if report.failed:
            self.end(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        """A test file that cannot even be imported fails, too."""
        if report.failed:
            self.end(f"import of {report.nodeid}")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test that hangs is a test that fails."""
        signal.setitimer(signal.ITIMER_PROF, SLOW)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Only the tests that were asked for."""
        if self.only is not None:
            items[:] = [item for item in items if item.nodeid in self.only]

    def end(self, words: str) -> None:
        """No clearing up: the process is a copy."""
        os.write(self.pipe, words.encode()[:4000])
        os._exit(1)


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object, and those within it, in order."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def exchange(mutant: Mutant, functions: dict[Any, list[types.FunctionType]]) -> bool:
    """Give the functions at fault their new code; False where that cannot be done."""
    source = (ROOT / mutant.path).read_text()
    before = list(codes(compile(source, str(ROOT / mutant.path), "exec")))
    after = list(codes(compile(mutated(source, mutant), str(ROOT / mutant.path), "exec")))
    if len(before) != len(after):
        return False
    for old, new in zip(before, after, strict=True):
        if _where(old) != _where(new):
            return False
        if old != new:
            for function in functions.get(_where(old), []):
                try:
                    function.__code__ = new
                except ValueError:  # another number of free variables
                    return False
    return True


def _where(code: types.CodeType) -> tuple[Any, ...]:
    column = next(iter(code.co_positions()), (0, 0, 0, 0))
    place = column if code.co_name == "<lambda>" else 0
    return code.co_filename, code.co_qualname, code.co_firstlineno, place


def all_functions(files: list[str]) -> dict[Any, list[types.FunctionType]]:
    """Every function of our files, by its code."""
    ours = {str(ROOT / file) for file in files}
    found: dict[Any, list[types.FunctionType]] = collections.defaultdict(list)
    for each in gc.get_objects():
        if type(each) is types.FunctionType and each.__code__.co_filename in ours:
            found[_where(each.__code__)].append(each)
    return found


class Faulty(SourceFileLoader):
    """Imports a module with a fault in it."""

    mutant: Mutant

    def get_code(self, fullname: str) -> types.CodeType:
        """The mutated file, compiled."""
        return compile(mutated((ROOT / self.mutant.path).read_text(), self.mutant), self.path, "exec")


class Finder:
    """Where Python looks first for the module at fault."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """None for all others."""
        if name != self.name:
            return None
        loader = Faulty(name, str(ROOT / self.mutant.path))
        loader.mutant = self.mutant
        return importlib.util.spec_from_file_location(name, loader.path, loader=loader)


def run_afresh(mutant: Mutant, tests: list[str], pipe: int) -> None:
    """Import everything of ours again, and run the tests on it."""
    for name in [name for name in sys.modules if name.startswith(OURS)]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder(mutant))
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    for file in files:  # one after the other: the first often does
        status = pytest.main([*PYTEST, "-x", str(ROOT / file)], plugins=[Stop(pipe, set(tests))])
        if status not in (0, 5):
            Stop(pipe).end(f"{file}: pytest ended with {status}")
