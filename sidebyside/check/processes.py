"""Runs the process in which a student's file is judged, and ends it when its time is over."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

STARTING = 120.0  # seconds for Python and the libraries, on a slow and busy machine


def judged(path: Path, formula: str | None, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield a file's verdicts, item by item. A process that ends in an item is followed by one for the rest."""
    done: list[str] = []
    while True:
        asked = {"file": str(path), "formula": formula, "seconds": seconds, "done": done}
        for found in _one_process(path, asked, seconds):
            done.append(found["item"])
            again = found.pop("again", False)
            yield found
        if not done or not again:
            return


def _one_process(path: Path, asked: dict[str, Any], seconds: float) -> Iterator[dict[str, Any]]:
    common = {"file": str(path), "kind": "", "seconds": 0.0, "reference": "", "detail": ""}
    error = lambda sentence, item="": {**common, "item": item, "verdict": "error", "sentence": sentence}
    kinds: dict[str, str] = {}
    item, stage, limit = "", "starting", STARTING
    with tempfile.TemporaryFile("w+b") as printed, _Child(asked, printed) as child:
        while True:
            event = child.next(limit)
            kind = event.pop("event")
            if kind == "ready":
                common["reference"], stage, limit = event["reference"], "importing", seconds
            elif kind == "failed":
                yield error(event["sentence"])
                return
            elif kind == "listed":
                kinds = dict(event["items"])
                if not kinds:
                    yield error(NOTHING)
                    return
                stage, limit = "judging", seconds
            elif kind == "begin":
                item, common["kind"] = event["item"], kinds[event["item"]]
                limit = seconds
            elif kind == "judged":
                yield {**common, **event}
            elif kind == "end":
                return
            else:
                what = item if stage == "judging" else "importing the file"
                why = (
                    f"has not ended after {seconds:g} s: an endless loop?"
                    if kind == "late"
                    else child.died(printed)
                )
                last = stage != "judging" or item == list(kinds)[-1]
                yield {
                    **error(f"{what} {why}", item if stage == "judging" else ""),
                    "seconds": seconds * (kind == "late"),
                    "again": not last,
                }
                return


NOTHING = "there is nothing to check: no f with f_backward, no autograd.Function, no @differentiable, no test_ function"


class _Child:
    """The process, its events, and its end."""

    def __init__(self, asked: dict[str, Any], printed: IO[bytes]) -> None:
        self.asked, self.printed = asked, printed
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()

    def __enter__(self) -> _Child:
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sidebyside.check.child", json.dumps(self.asked)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.printed,
            env=os.environ | one_thread | {"PYTHONPATH": _path()},
            start_new_session=True,  # a group of its own, to end what it may have started
        )
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _read(self) -> None:
        for line in self.process.stdout:  # type: ignore[union-attr]
            self.events.put(json.loads(line))
        self.events.put({"event": "died"})

    def next(self, seconds: float) -> dict[str, Any]:
        """Return what the process says next; "late" if it says nothing in time, "died" if it will say nothing more."""
        try:
            return self.events.get(timeout=seconds)
        except queue.Empty:
            return {"event": "late"}

    def died(self, printed: IO[bytes]) -> str:
        """Say how the process ended."""
        status = self.process.wait()
        if status < 0:
            return f"crashes Python ({signal.Signals(-status).name})"
        return f"ends Python with exit status {status}"

    def __exit__(self, *exception: Any) -> None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # it has ended, and all that it started
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()  # type: ignore[union-attr]


def _path() -> str:
    """Python's path of this process, so that the other finds the same libraries."""
    return os.pathsep.join(each for each in sys.path if each)
