"""What compile returns: it keeps programs by the shapes and types of the arguments, and records where none fits."""

from __future__ import annotations

import gc
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from minigrad.arrays.dtypes import full_name, get_default_dtype
from minigrad.autograd.grad_mode import THREAD
from minigrad.compiler.graph import graph_of
from minigrad.compiler.program import Program, tensors_in
from minigrad.compiler.recorded import Differs, Now
from minigrad.compiler.recording import Recording
from minigrad.compiler.text import Summary
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

ATTEMPTS = 8  # recordings for one kind of arguments, after which the function stays eager; torch's limit, too
LOCK = threading.RLock()  # only one thread records, or fills the memory of a program


class Kind:
    """What was learnt of arguments of one kind."""

    def __init__(self) -> None:
        self.programs: list[Program] = []  # the newest first
        self.last: list[Summary] = []  # the last recording
        self.attempts = 0  # recordings since one was equal to the one before


class Compiled:
    """A function that is recorded twice and then repeated."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.kinds: defaultdict[Any, Kind] = defaultdict(Kind)
        update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Repeat a list of calls that fits the arguments, or run the function and write one down."""
        if Now.recording is not None and not Now.recording.is_away():
            return self.function(*args, **kwargs)  # a part of a larger step
        inputs: list[Any] = []
        state = THREAD.state
        key = state.enabled, state.inference, get_default_dtype(), *_kind(args, inputs)
        if kwargs:
            key = *key, *kwargs, *_kind(kwargs.values(), inputs)
        with LOCK:
            kind = self.kinds[key]
            for program in kind.programs:
                if program.fits():
                    if program.graph is not None and program.graph.waiting() is not None:
                        # What its backward will need lies in the program's memory.
                        return self.function(*args, **kwargs)
                    try:
                        return program.run(inputs)
                    except Differs:
                        break
            if kind.attempts >= ATTEMPTS:
                return self.function(*args, **kwargs)
            return self.record(kind, inputs, args, kwargs)

    @property
    def code(self) -> str:
        """The newest list of calls as Python text: m are results, w weights, c constants, x arguments."""
        programs = [program for kind in self.kinds.values() for program in kind.programs[:1]]
        return "\n    ".join(programs[-1].text.lines) if programs else ""

    def record(self, kind: Kind, inputs: list[Any], args: Any, kwargs: Any) -> Any:
        """Run the function, and write down what it does."""
        recording = Recording(inputs)
        with recording.watching():
            output = self.function(*args, **kwargs)
            outputs = tensors_in(output)
            graph = graph_of(recording, outputs)
        program = Program(recording, inputs, output, graph)
        _check_survivors(recording, program, outputs)
        summary = program.summary()
        different = _difference(summary, kind.last)
        if different is None:
            kind.programs, kind.attempts = [program, *kind.programs[: ATTEMPTS - 1]], 0
        else:
            kind.attempts += 1
        kind.last = summary
        if kind.attempts == ATTEMPTS:
            warnings.warn(
                f"compile: {self.function} does something else at each of {ATTEMPTS} calls and stays eager from now "
                f"on. The last difference: {different}",
                stacklevel=3,
            )
        del recording, outputs, output, graph
        program.counts = program.holders()
        return program.give(inputs)


def _difference(now: list[Summary], before: list[Summary]) -> str | None:
    """What a recording has that the one before had not; None if the two are the same."""
    if len(now) != len(before):
        return "it is the first" if not before else "one of them has a backward pass"
    pairs = zip(now, before, strict=True)
    return next((found for mine, theirs in pairs if (found := mine.difference(theirs))), None)


def _check_survivors(recording: Recording, program: Program, outputs: list[Any]) -> None:
    """Raise RuntimeError if somebody keeps a tensor that the step has made: the next run would write over it."""
    bases = (output.view_meta.base for output in outputs if output.view_meta is not None)
    known = {id(tensor) for tensor in (*outputs, *bases, *(grad for grad, _ in program.given))}
    if all(id(tensor) in known for tensor in recording.survivors()):
        return
    gc.collect()
    kept = [tensor for tensor in recording.survivors() if id(tensor) not in known]
    if kept:
        raise RuntimeError(
            f"compile: a tensor of shape {tuple(kept[0].shape)} that the step has made is kept outside of it, and the "
            "next run would not make it anew.\nReturn it from the step."
        )


def _kind(values: Any, inputs: list[Any]) -> list[Any]:
    """What arguments must have in common to share a program. Collects the tensors among them."""
    key: list[Any] = []
    for value in values:
        if isinstance(value, Tensor):
            if value.node is not None:  # a weight: read where it lies, like any other
                key.append(id(value))
                continue
            inputs.append(value)
            array = value.array
            key += (array.dtype, array.shape, array.strides)
        elif isinstance(value, dict):
            key += (dict, *value, *_kind(value.values(), inputs))
        elif isinstance(value, (tuple, list)):
            key += (type(value), len(value), *_kind(value, inputs))
        elif value.__hash__ is None:
            raise TypeError(
                f"compile: an argument is a {full_name(value)}, which has no hash, so no list of calls is found by "
                "it.\nGive arrays as tensors (torch.from_numpy), and sets as tuples."
            )
        else:
            key += (type(value), value)
    return key


class OptimizedModule(Module):
    """A module whose calls are compiled; anything else is the module's own.   torch: torch/_dynamo/eval_frame.py"""

    def __init__(self, model: Module) -> None:
        super().__init__()
        self._orig_mod = model
        self.training = model.training
        self.__dict__["forward"] = Compiled(model)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self.__dict__["_modules"]["_orig_mod"]
        return getattr(self._orig_mod, name)
