"""Every mutant in a fork of the process that collected the tests, which run quickest first until one fails."""

from __future__ import annotations

import collections
import ctypes
import dataclasses
import gc
import itertools
import json
import os
import resource
import signal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from benchmarks.mutants.child import ROOT, Stop, all_functions, exchange, run_afresh
from benchmarks.mutants.mutations import Mutant

BUDGET = 20.0  # seconds that the tests of a mutant take without it: what lives that long has survived
LIMIT = 8 << 30  # bytes of address space beyond what is used: a mutant may ask for the world

Line = tuple[str, int, bool]  # a file, a line of it, and whether it ran as part of a lambda


class Tracer:
    """The lines of our files that ran."""

    def __init__(self, files: list[str]) -> None:
        self.names = {str(ROOT / file): file for file in files}
        self.lines: set[Line] = set()

    def __enter__(self) -> Tracer:
        self.lines = set()
        sys.settrace(self.called)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.settrace(None)

    def called(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        """Follow a call into our files, no other."""
        name = self.names.get(frame.f_code.co_filename)
        if name is None:
            return None
        add, within_lambda = self.lines.add, frame.f_code.co_name == "<lambda>"

        def line(frame: types.FrameType, event: str, arg: Any) -> Any:
            add((name, frame.f_lineno, within_lambda))
            return line

        return line(frame, event, arg)


def ran(mutant: Mutant, lines: set[Line]) -> bool:
    """Whether the statement around a mutant ran."""
    return any(
        (mutant.path, line, mutant.within_lambda) in lines for line in range(mutant.start, mutant.end + 1)
    )


def concerns(mutant: Mutant, lines: set[Line]) -> bool:
    """Whether anything ran of the definition whose head, such as a default, has the fault; or that names a constant."""
    spans = [range(mutant.start, mutant.last + 1)]
    if mutant.scope == "module" and mutant.last == mutant.end:
        text = (ROOT / mutant.path).read_text().splitlines()
        name = text[mutant.start - 1].partition("=")[0].partition(":")[0].strip()
        spans += [range(i, i + 1) for i, line in enumerate(text, 1) if name and name in line]
    return any(
        (mutant.path, line, within) in lines for span in spans for line in span for within in (True, False)
    )


@dataclasses.dataclass(eq=False)
class Runner:
    """A pytest plugin: instead of running the tests once, run them for every mutant."""

    chosen: list[Mutant]
    workers: int
    tracer: Tracer
    imported: set[Line]
    note: Callable[[Runner], None]
    found: dict[Mutant, tuple[str, str]] = dataclasses.field(default_factory=dict)
    running: dict[int, tuple[Mutant, int, float, bool]] = dataclasses.field(default_factory=dict)
    killers: dict[Any, set[str]] = dataclasses.field(default_factory=lambda: collections.defaultdict(set))

    def pytest_runtestloop(self, session: Any) -> bool:
        """The tests once, with an eye on lines and seconds; then the mutants."""
        if session.testsfailed:
            raise pytest.UsageError("the tests cannot be collected")
        self.items = {item.nodeid: item for item in session.items}
        sys.settrace(None)
        self.functions = all_functions(list(self.tracer.names.values()))
        self.collected = self.tracer.lines - self.imported
        gc.collect()
        gc.freeze()
        self.lines, self.seconds = self.baseline()
        quickest = sorted(self.items, key=lambda nodeid: self.seconds[nodeid])
        turn: collections.Counter[str] = collections.Counter()
        turns = {}
        for nodeid in quickest:  # a test of every file in turn: those of one file are often alike
            turn[file := nodeid.partition("::")[0]] += 1
            turns[nodeid] = turn[file]
        self.order = sorted(quickest, key=lambda nodeid: turns[nodeid])
        self.control()
        waiting = collections.deque((mutant, ran(mutant, self.imported)) for mutant in self.chosen)
        while waiting or self.running:
            while waiting and len(self.running) < self.workers:
                self.start(*waiting.popleft())
            again = self.wait()
            if again is not None:
                waiting.append((again, True))
            elif len(self.found) % 50 == 0:
                self.note(self)
        self.check_killers()
        return True

    def baseline(self) -> tuple[dict[str, set[Line]], dict[str, float]]:
        """Each test's lines and seconds, from children: what tests leave behind in memory could hide a mutant."""
        lines: dict[str, set[Line]] = {}
        seconds: dict[str, float] = {}
        nodeids = list(self.items)
        for pid, read in [self.observe(nodeids[i :: self.workers]) for i in range(self.workers)]:
            with os.fdopen(read) as file:
                told, took = json.load(file)
            os.waitpid(pid, 0)
            lines |= {nodeid: {tuple(line) for line in each} for nodeid, each in told.items()}
            seconds |= took
        for nodeid in [nodeid for nodeid, each in seconds.items() if each < 0]:
            print("left out, for it fails without a mutant:", nodeid)
            del self.items[nodeid], lines[nodeid]
        return lines, seconds

    def observe(self, nodeids: list[str]) -> tuple[int, int]:
        """A child that runs these tests, and the pipe on which it tells their lines and seconds."""
        read, write = os.pipe()
        if (pid := os.fork()) != 0:
            os.close(write)
            return pid, read
        lines, seconds = {}, {}
        mute()
        for nodeid in nodeids:
            item = self.items[nodeid]
            with self.tracer as tracer:
                failed = fails(item)
            lines[nodeid] = list(tracer.lines)
            began = time.process_time()
            failed = fails(item) or failed  # once more, for tracing takes most of the time
            seconds[nodeid] = -1 if failed else time.process_time() - began
        with os.fdopen(write, "w") as out:
            json.dump([lines, seconds], out)
        os._exit(0)

    def tests(self, mutant: Mutant) -> list[str]:
        """Those that run its line; for what runs at import, too, then those that it concerns, then all.

        First what has killed another mutant of its statement or its definition, then the quickest.
        """
        found = [nodeid for nodeid in self.order if ran(mutant, self.lines[nodeid])]
        if ran(mutant, self.imported):
            concerned = [nodeid for nodeid in self.order if concerns(mutant, self.lines[nodeid])]
            found = list(dict.fromkeys([*found, *concerned, *self.order]))
        statement, definition = (self.killers[place] for place in self.around(mutant))
        found.sort(key=lambda nodeid: (nodeid not in statement, nodeid not in definition))
        spent = itertools.accumulate(self.seconds[nodeid] for nodeid in found)
        return [nodeid for nodeid, seconds in zip(found, spent, strict=True) if seconds < BUDGET]

    @staticmethod
    def around(mutant: Mutant) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """What names its statement, and its definition."""
        return (mutant.path, mutant.start), (mutant.path, mutant.scope)

    def start(self, mutant: Mutant, afresh: bool) -> None:
        """Fork, and run its tests in the child."""
        tests = self.tests(mutant)
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            try:
                self.child(mutant, afresh, tests, write)
            except BaseException as error:  # a fault of this program kills no mutant
                os.write(write, f"{type(error).__name__}: {error}".encode())
            os._exit(0)
        os.close(write)
        limit = 60 + 10 * sum(self.seconds[test] for test in tests)
        self.running[pid] = mutant, read, time.monotonic() + limit, afresh

    def child(self, mutant: Mutant, afresh: bool, tests: list[str], write: int) -> None:
        """One mutant's life."""
        mute()
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT, used + LIMIT))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # dies of a test that hangs
        if not afresh and not exchange(mutant, self.functions):
            afresh = True
        if afresh:
            run_afresh(mutant, tests, write)
            return
        stop = Stop(write)
        for test in tests:
            stop.pytest_runtest_logstart(test)
            if fails(self.items[test]):
                stop.end(test)

    def wait(self) -> Mutant | None:
        """Until one child has ended. The mutant again, where it lived but code of it had run before the tests."""
        while True:
            for pid, (mutant, read, deadline, afresh) in self.running.items():
                ended, status = os.waitpid(pid, os.WNOHANG)
                if not ended and time.monotonic() < deadline:
                    continue
                if not ended:
                    os.kill(pid, signal.SIGKILL)
                    _, status = os.waitpid(pid, 0)
                del self.running[pid]
                with os.fdopen(read) as file:
                    words = file.read()
                if status == 0 and words:
                    print(f"not examined, so it counts as a survivor: {mutant.key}: {words}")
                elif status == 0 and not afresh and ran(mutant, self.collected):
                    return mutant
                self.found[mutant] = "killed" if status else "survived", words
                for place in self.around(mutant):
                    self.killers[place] |= {words} & self.items.keys()
                return None
            time.sleep(0.002)

    def control(self) -> None:
        """What is imported anew, without a fault, passes: else every mutant would be killed by that."""
        none = dataclasses.replace(self.chosen[0], number=-1)
        self.start(none, True)
        self.wait()
        if (found := self.found.pop(none))[0] == "killed":
            raise SystemExit(f"without a mutant, imported anew: {found[1]}")

    def check_killers(self) -> None:
        """A test that fails alone without a mutant has killed nothing."""
        killers = sorted({words for state, words in self.found.values() if words in self.items})
        pid = os.fork()
        if pid == 0:
            mute()
            os._exit(any(fails(self.items[test]) for test in killers))
        if os.waitpid(pid, 0)[1]:
            raise SystemExit(
                "a test that killed mutants fails without one: it depends on the tests before it"
            )


def fails(item: Any) -> bool:
    """Whether a test does."""
    item.config.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    return any(report.failed for report in runtestprotocol(item, nextitem=None, log=False))


def mute() -> None:
    """What a mutant says is of no interest."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # nor does it outlive us: PR_SET_PDEATHSIG
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
