"""Runs the process in which a student's file is judged, and ends it when its time is over.

The libraries take seconds to load: on Linux one process loads them, and the process of each file is forked from it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sidebyside.check import child

CONTEXT = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
# Not sidebyside.testing, which takes a gradient: where there is a GPU, no fork of a process that has can take one.
# The first of these is what torch imports for its first gradient; without torch it is not there, and is left out.
CONTEXT.set_forkserver_preload(["torch.fx.experimental.symbolic_shapes", "sidebyside.check.searching"])
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
STARTING = 120.0  # seconds for Python and the libraries, on a slow and busy machine


def judged(path: Path, formula: str | None, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield a file's verdicts, item by item. A process that ends in an item is followed by one for the rest."""
    if (wrong := _syntax_error(path)) is not None:  # told at once, before anything takes time to load
        yield ABOUT | {"file": str(path), "verdict": "error", "sentence": child.why(wrong, path)}
        return
    done: list[str] = []
    rest = True
    while rest:
        rest = False
        asked = {"file": str(path), "formula": formula, "seconds": seconds, "done": done}
        with _Child(asked) as process:
            yield from _told(process, path, seconds, done)
            rest = process.item is not None and process.item != process.last


def _syntax_error(path: Path) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the file's process imports it and meets them again
        try:
            compile(path.read_bytes(), str(path), "exec")
        except (SyntaxError, ValueError) as error:
            return error
    return None


ABOUT = dict.fromkeys(("file", "item", "kind", "title", "reference", "detail"), "") | {"seconds": 0.0}


def _told(process: _Child, path: Path, seconds: float, done: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what one process says, and what its end says. `done` grows by the items that it has begun."""
    about = ABOUT | {"file": str(path)}
    limit = STARTING
    while (event := process.next(limit))["event"] != "end":
        limit = seconds
        match event.pop("event"):
            case "ready":
                about["reference"] = event["reference"]
            case "failed":
                yield about | {"verdict": "error", "sentence": event["sentence"]}
            case "listed":
                listed = {name: {"kind": kind, "title": title} for name, kind, title in event["items"]}
                process.last = next(reversed(listed), None)
                if not listed:
                    yield about | {"verdict": "error", "sentence": NOTHING}
            case "begin":
                process.item = event["item"]
                done.append(process.item)
                about |= {"item": process.item, **listed[process.item]}
            case "judged":
                process.item = None
                yield about | event
            case end:
                why = LATE.format(seconds) if end == "late" else process.died()
                yield about | {"verdict": "error", "sentence": f"{about['item'] or IMPORTING} {why}"}
                return


IMPORTING = "importing the file"
LATE = "has not ended after {:g} s: an endless loop?"
NOTHING = "there is nothing to check: no f with f_backward, no autograd.Function, no @differentiable, no test_ function"


@contextmanager
def _one_thread() -> Iterator[None]:
    """A process that starts within computes with one thread. This one's environment is then as it was."""
    before = dict(os.environ)
    os.environ |= ONE_THREAD
    try:
        yield
    finally:
        for name in ONE_THREAD:
            if name in before:
                os.environ[name] = before[name]
            else:
                del os.environ[name]


class _Child:
    """The process, its events, and its end."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.item: str | None = None  # the one that is being judged
        self.last: str | None = None  # the file's last one

    def __enter__(self) -> _Child:
        self.events, end = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=child.main, args=(self.asked, end))
        with _one_thread():  # told before the libraries load there
            self.process.start()
        end.close()  # here, so that the process's end is the pipe's
        return self

    def next(self, seconds: float) -> dict[str, Any]:
        """Return what the process says next; "late" if it says nothing in time, "died" if it will say nothing more."""
        if not self.events.poll(seconds):
            return {"event": "late"}
        try:
            return json.loads(self.events.recv_bytes())
        except (EOFError, OSError):  # it has ended, perhaps in the middle of a sentence
            return {"event": "died"}

    def died(self) -> str:
        """Say how the process ended."""
        self.process.join()
        status = self.process.exitcode
        if status < 0:
            return f"crashes Python ({signal.Signals(-status).name})"
        return f"ends Python with exit status {status}"

    def __exit__(self, *exception: Any) -> None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # it has ended, and all that it started
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.events.close()
