"""The process in which a student's file runs.

What it finds goes through a pipe, one JSON object after another. What the file prints goes nowhere.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

from sidebyside.check.said import last_frame, told

MEMORY = 2 << 30  # bytes that a student's file may take besides what Python and the libraries do
NAME = "checked"


def main(asked: dict[str, Any], channel: Connection) -> None:
    """Import the file, then judge its items, except those that an earlier process has done with."""
    if hasattr(os, "setsid"):
        os.setsid()  # a group of its own, to end what the file may start
    gc.freeze()  # to look through what was loaded before the fork would copy all of it
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)

    def tell(event: str, **values: Any) -> None:
        channel.send_bytes(json.dumps({"event": event, **values}).encode())

    path = Path(asked["file"])
    from hypothesis import settings

    import sidebyside.testing  # noqa: F401 torch imports what its first gradient needs
    from sidebyside.check.items import listed, reference_or_none
    from sidebyside.check.judging import judge
    from sidebyside.check.searching import SETTINGS

    settings.register_profile("check", SETTINGS)
    settings.load_profile("check")
    reference = "torch" if reference_or_none() else "minigrad"
    _limit_memory()
    tell("ready", reference=reference)
    try:
        module = _imported(path)
    except BaseException as error:  # the file may raise whatever it likes, SystemExit too
        tell("failed", sentence=why(error, path))
    else:
        items = listed(module)
        tell("listed", items=[[item.name, item.kind, item.title] for item in items])
        for item in items:
            if item.name in asked["done"]:
                continue
            tell("begin", item=item.name)
            began = time.perf_counter()
            try:
                found = vars(judge(item, module, asked["formula"], asked["seconds"]))
            except BaseException as error:
                ours = isinstance(error, Exception) and not isinstance(error, MemoryError)
                sentence = f"minigrad check itself fails at {item.name}" if ours else _ended(item.name, error)
                found = {
                    "verdict": "error",
                    "sentence": sentence,
                    "detail": traceback.format_exc() if ours else "",
                }
            tell("judged", item=item.name, seconds=round(time.perf_counter() - began, 2), **found)
    tell("end")
    os._exit(0)  # whatever threads the file has started


def _imported(path: Path) -> ModuleType:
    sys.path.insert(0, str(path.parent.resolve()))
    loader = SourceFileLoader(NAME, str(path))
    spec = spec_from_loader(NAME, loader)
    module = module_from_spec(spec)  # type: ignore[arg-type]
    module.__file__ = str(path)
    sys.modules[NAME] = module
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def _limit_memory() -> None:
    """Bound what the file may take, where the system can: not on Windows, and hardly on macOS."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    with open("/proc/self/status") if os.path.exists("/proc/self/status") else open(os.devnull) as status:
        taken = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmData")), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (taken + MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def why(error: BaseException, path: Path) -> str:
    """Why a file cannot be imported, in one sentence."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        text = (error.text or "").strip()
        return f"line {error.lineno}: {error.msg}: {text}"
    frame = last_frame(error, str(path))
    at = f"line {frame.lineno}: " if frame else ""
    return at + _ended("importing the file", error).removeprefix("importing the file raises ")


def _ended(what: str, error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return f"{what} takes more than {MEMORY >> 30} GB of memory"
    if isinstance(error, SystemExit):
        return f"{what} ends Python with sys.exit"
    return f"{what} raises {told(error)}"
