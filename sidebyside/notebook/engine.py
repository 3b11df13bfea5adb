"""One engine's process: it runs a notebook's cells when told, and tells what each said, bound and took.

Each engine has a process of its own, so that what a cell imports keeps the engine that it was imported under.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import os
import random
import re
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from multiprocessing import set_start_method
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

from sidebyside.runs import numbers_of
from sidebyside.standin import as_torch, lent_torchvision


@dataclass
class Failure:
    """What a cell raised; or how its process ended, if it did."""

    kind: str
    message: str
    line: int = 0
    traceback: str = ""
    crash: bool = False


@dataclass
class Outcome:
    """What became of a cell: `values` are the fingerprints of the numbers that it made or changed."""

    text: str = ""
    stderr: str = ""
    error: Failure | None = None
    seconds: float = 0.0
    values: dict[str, Any] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


class Shell:
    """What magics and `!` lines talk to, in IPython's place. None is run, but for what only wraps Python."""

    def __init__(self, cells: Cells) -> None:
        self.cells, self.skipped = cells, list[str]()

    def run_line_magic(self, name: str, line: str, *_: Any) -> Any:
        """%name line"""
        return self.cells.execute(line) if name == "time" else self._skip(f"%{name} {line}")

    def run_cell_magic(self, name: str, line: str, body: str) -> Any:
        """%%name line, and the cell below it"""
        if name == "time":
            return self.cells.execute(body)
        if name != "capture":
            return self._skip(f"%%{name} {line}")
        with redirect_stdout(StringIO()):
            self.cells.execute(body)
        return None

    def system(self, command: str) -> None:
        """!command"""
        self._skip("!" + command)

    def getoutput(self, command: str) -> list[str]:
        """lines = !command"""
        return self._skip("!" + command) or []

    def _skip(self, what: str) -> Any:
        self.skipped.append(what.strip())


class Cells:
    """A notebook's variables, and the cells run so far."""

    def __init__(self) -> None:
        from IPython.core.inputtransformer2 import TransformerManager
        from IPython.lib.pretty import pretty

        self.transform = TransformerManager().transform_cell
        self.shell, self.known, self.count = Shell(self), dict[str, bytes](), 0
        # Where pickle, inspect and dataclasses look for what a notebook defines.
        self.main = sys.modules["__main__"] = ModuleType("__main__")
        self.names = self.main.__dict__
        self.show = lambda *values: print(*map(pretty, values), sep="\n")
        self.names |= {"get_ipython": lambda: self.shell, "display": self.show}

    def execute(self, source: str) -> Any:
        """Run a cell; the value of its last expression, None where there is none or a `;` ends it."""
        from IPython.core.displayhook import DisplayHook

        self.count += 1
        name, code = f"<cell {self.count}>", self.transform(source)
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        tree = ast.parse(code, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), self.names)
        if last is None:
            return None
        value = eval(compile(ast.Expression(last.value), name, "eval"), self.names)
        return None if DisplayHook.semicolon_at_end_of_expression(code) else value

    def run(self, source: str) -> Outcome:
        """Run a cell as Jupyter does, and say what became of it."""
        outcome, out, err = Outcome(), StringIO(), StringIO()
        start = time.perf_counter()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                value = self.execute(source)
                outcome.seconds = time.perf_counter() - start
                if value is not None:
                    self.names["_"] = value
                    self.show(value)
            except BaseException as error:  # sys.exit() and KeyboardInterrupt end a cell, not this process
                outcome.seconds = time.perf_counter() - start
                outcome.error = failure(error)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")  # as Jupyter does after every cell
        # No two runs share addresses, not even of one engine.
        outcome.text = re.sub(r"\b0x[0-9a-f]{6,}", "0x...", out.getvalue())
        outcome.stderr, outcome.values = err.getvalue(), self.changed()
        outcome.skipped, self.shell.skipped = self.shell.skipped, []
        return outcome

    def arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        """All numbers that the notebook's variables hold, each by the path a reader would write."""
        for name, value in list(self.names.items()):
            if not name.startswith("_") and not isinstance(value, ModuleType):
                try:
                    yield from arrays_in(value, name)
                except Exception:  # it only looks like a tensor, or is of a type that NumPy has not
                    continue

    def changed(self) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
        """The numbers that are new or other than after the last cell: dtype, shape and fingerprint."""
        found = {path: (str(a.dtype), a.shape, fingerprint(a)) for path, a in self.arrays()}
        before, self.known = self.known, {path: print_ for path, (_, _, print_) in found.items()}
        return {path: about for path, about in found.items() if before.get(path) != about[2]}

    def fetch(self, paths: list[str]) -> dict[str, np.ndarray]:
        """The numbers themselves: asked for where fingerprints differ."""
        wanted = set(paths)
        return {path: array for path, array in self.arrays() if path in wanted}


def failure(error: BaseException) -> Failure:
    """An exception, told from the cell's first line on."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<cell "):
        trace = trace.tb_next
    line = trace.tb_lineno if trace else getattr(error, "lineno", None) or 0
    text = "".join(traceback.format_exception(type(error), error, trace))
    return Failure(type(error).__name__, str(error), line, text)


def arrays_in(value: Any, path: str, depth: int = 3) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays in tensors, numbers, modules, optimisers, and lists and dicts of no more than a hundred such."""
    if isinstance(value, type) or depth == 0:
        return
    if hasattr(value, "detach"):
        yield path, value.detach().cpu().numpy()
    elif hasattr(value, "state_dict"):
        state = value.state_dict()
        # An optimiser's param_groups are settings, not results.
        yield from (
            arrays_in(state["state"], f"{path}.state")
            if "param_groups" in state
            else (pair for name, each in state.items() for pair in arrays_in(each, f"{path}.{name}"))
        )
    elif isinstance(value, (dict, list, tuple)) and not _numbers(value):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in list(pairs) if len(value) <= 100 else ():
            yield from arrays_in(each, f"{path}[{key!r}]", depth - 1)
    elif isinstance(value, (np.ndarray, np.generic, bool, int, float, complex, list, tuple)):
        array = np.asarray(value)
        if array.dtype.kind in "biufc":
            yield path, array


def _numbers(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, (int, float)) for each in value)


def fingerprint(array: np.ndarray) -> bytes:
    """Equal for equal dtype, shape and bytes."""
    about = f"{array.dtype}{array.shape}".encode()
    return hashlib.sha1(np.ascontiguousarray(array), usedforsecurity=False).digest() + about


# What takes a device: torch's functions, methods of tensors, methods of modules.
FACTORIES = (
    "arange as_tensor empty empty_like eye full full_like linspace logspace normal ones ones_like rand "
    "rand_like randint randint_like randn randn_like randperm tensor tril_indices triu_indices zeros zeros_like"
)
MOVES = "cuda new_empty new_full new_ones new_tensor new_zeros to"


@contextmanager
def torch_on_cpu() -> Iterator[None]:
    """What torch is told to put on CUDA stays on the CPU, as MINIGRAD_CUDA=cpu does for minigrad.

    Only what takes a device is wrapped: a TorchFunctionMode would make every op some microseconds slower.
    """
    import torch

    def moved(value: Any) -> Any:
        named = isinstance(value, (str, torch.device)) and str(value).startswith("cuda")
        return torch.device("cpu") if named else value

    def wrapped(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            return function(*map(moved, args), **{name: moved(value) for name, value in kwargs.items()})

        return call

    with ExitStack() as stack:
        for owner, names in ((torch, FACTORIES), (torch.Tensor, MOVES), (torch.nn.Module, "cuda to")):
            for name in names.split():
                stays = (lambda self, *_, **__: self) if name == "cuda" else wrapped(getattr(owner, name))
                stack.enter_context(patch.object(owner, name, stays))
        # A lazy module's parameter has no shape yet, and lets only these methods of Tensor be called.
        lazy = torch.nn.parameter.UninitializedTensorMixin
        moves = [getattr(torch.Tensor, name) for name in MOVES.split()]
        stack.enter_context(patch.object(lazy, "_allowed_methods", [*lazy._allowed_methods, *moves]))
        yield


@contextmanager
def engine(name: str, cpu: bool) -> Iterator[Any]:
    """torch itself, or minigrad in its place."""
    with ExitStack() as stack:
        if name == "minigrad":
            yield stack.enter_context(as_torch())
        else:
            import torch

            if cpu:
                stack.enter_context(torch_on_cpu())
            stack.enter_context(numbers_of(name))
            stack.enter_context(lent_torchvision())
            yield torch


def say_whose_numbers(name: str) -> None:
    """Where PyTorch's random numbers are not minigrad's, both engines draw minigrad's: say so above the report."""
    if name == "torch":
        from sidebyside.seeds import differing

        if differing():
            which = ", ".join(sorted(differing()))
            print(f"PyTorch's own random numbers are others on this processor: {which}.", file=sys.stderr)
            print("Both engines draw minigrad's here.", file=sys.stderr, flush=True)


def serve(connection: Connection, name: str, folder: Path, seed: int, cpu: bool) -> None:
    """Run in a process of its own: answer every cell with its Outcome, every list of paths with arrays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it ends this process
    set_start_method(None, force=True)  # a notebook's own processes start by the default, not as this one did
    os.dup2(2, 1)  # what is printed past sys.stdout must not land between the report's lines
    os.environ["MPLBACKEND"] = "Agg"
    if cpu:
        os.environ |= {"MINIGRAD_CUDA": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
    with engine(name, cpu) as library:
        say_whose_numbers(name)
        library.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002 the global one, which notebooks use
        random.seed(seed)
        cells = Cells()
        connection.send(None)  # ready: loading the engine is no cell's time
        with suppress(EOFError, OSError):  # the parent is gone
            while True:
                asked = connection.recv()
                connection.send(cells.run(asked) if isinstance(asked, str) else cells.fetch(asked))
