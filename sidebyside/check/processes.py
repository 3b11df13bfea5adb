"""Runs the process in which a student's file is judged, and ends it when its time is over."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

STARTING = 120.0  # seconds for Python and the libraries, on a slow and busy machine


def judged(path: Path, formula: str | None, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield a file's verdicts, item by item. A process that ends in an item is followed by one for the rest."""
    done: list[str] = []
    rest = True
    while rest:
        rest = False
        asked = {"file": str(path), "formula": formula, "seconds": seconds, "done": done}
        with _Child(asked) as child:
            yield from _told(child, path, seconds, done)
            rest = child.item is not None and child.item != child.last


def _told(child: _Child, path: Path, seconds: float, done: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what one process says, and what its end says. `done` grows by the items that it has begun."""
    about = {
        "file": str(path),
        "item": "",
        "kind": "",
        "title": "",
        "seconds": 0.0,
        "reference": "",
        "detail": "",
    }
    limit = STARTING
    while (event := child.next(limit))["event"] != "end":
        limit = seconds
        match event.pop("event"):
            case "ready":
                about["reference"] = event["reference"]
            case "failed":
                yield about | {"verdict": "error", "sentence": event["sentence"]}
            case "listed":
                listed = {name: {"kind": kind, "title": title} for name, kind, title in event["items"]}
                child.last = next(reversed(listed), None)
                if not listed:
                    yield about | {"verdict": "error", "sentence": NOTHING}
            case "begin":
                child.item = event["item"]
                done.append(child.item)
                about |= {"item": child.item, **listed[child.item]}
            case "judged":
                child.item = None
                yield about | event
            case end:
                why = LATE.format(seconds) if end == "late" else child.died()
                yield about | {"verdict": "error", "sentence": f"{about['item'] or IMPORTING} {why}"}
                return


IMPORTING = "importing the file"
LATE = "has not ended after {:g} s: an endless loop?"
NOTHING = "there is nothing to check: no f with f_backward, no autograd.Function, no @differentiable, no test_ function"


class _Child:
    """The process, its events, and its end."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.item: str | None = None  # the one that is being judged
        self.last: str | None = None  # the file's last one
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()

    def __enter__(self) -> _Child:
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sidebyside.check.child", json.dumps(self.asked)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # where what the file prints goes, too
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

    def died(self) -> str:
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
