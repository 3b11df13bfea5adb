"""One run of a function: tensors show recorded arrays, and what the run depends on is noted.   torch: torch/_dynamo"""

from __future__ import annotations

import builtins
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.compiler.calls import Calls
from minigrad.compiler.recorded import Array, Now, Recorded, again, fill, plain, set_grad
from minigrad.more_ops import running
from minigrad.nn import activation_functions, checks
from minigrad.nn.modules.module import Module
from minigrad.optim.optimizer import Optimizer
from minigrad.random import Generator
from minigrad.tensors import indexing
from minigrad.tensors.tensor import Tensor

# Functions that a recording does not look into: each run calls them as eager code does. They check data, draw random
# numbers, or take an optimizer's step, whose learning rate and state are Python's.
CHECKS: list[tuple[Any, str]] = [
    (checks, "none_ignored"),
    (checks, "check_one_hot"),
    (checks, "check_between_0_and_1"),
    (indexing, "_check_bounds"),
    (indexing, "_check_range"),
    (kernels, "first_equal"),  # these six look at their numbers to choose a formula
    (kernels, "power"),
    (kernels, "sums_of_rows"),
    (ops, "error_function"),
    (running, "cumprod_gradient"),
    (activation_functions, "normal_cdf"),
]
DRAWS = "uniform normal randint randperm random exponential bernoulli bernoulli_of".split()
# NumPy's functions that make an ordinary array of any, without asking the array.
MAKING = "array asarray ascontiguousarray asfortranarray require".split()
LEAVING: list[tuple[Any, str]] = [(Tensor, "numpy"), (builtins, "print")]
ANYTHING = object()  # in the place of a .grad that was set before it was read
EFFECTS: list[tuple[Any, str]] = [(Generator, name) for name in DRAWS] + [(Optimizer, "_take_step")]


class Recording(Calls):
    """One run of a function: its calls, and what they depend on."""

    def __init__(self, inputs: list[Any]) -> None:
        super().__init__()
        self.thread = threading.get_ident()
        self.inputs = {id(x) for x in inputs}
        self.read: dict[int, tuple[Any, Array, int]] = {}  # tensors that are no arguments, arrays, versions
        self.grads: dict[int, tuple[Any, Any]] = {}  # leaves whose .grad was read before it was set
        self.modules: dict[int, tuple[Any, ModuleState]] = {}
        self.made: list[weakref.ref[Any]] = []  # tensors that came into being
        for i, x in enumerate(inputs):
            self.own(x.array, f"x{i}")

    def whole(self, function: Any, changes: bool, args: Any, kwargs: Any) -> Any:
        """A function that the recording does not look into."""
        before = {number: t.version[0] for number, (t, _, _) in self.read.items()}
        args, kwargs, self.paused = plain(args), plain(kwargs), True
        try:
            found = function(*args, **kwargs)
        finally:
            self.paused = False
        for number, was in before.items():  # the function counts its changes itself, in each run
            tensor, array, version = self.read[number]
            self.read[number] = tensor, array, version + tensor.version[0] - was
        first = not self.effects
        self.effects += changes
        if isinstance(found, np.ndarray):
            z = self.new(found)
            self.calls.append((fill, (plain(z), function, *args), kwargs))
            return z
        self.calls.append((again, (found, first, function, *args), kwargs))
        return found

    # What is asked of tensors and modules

    def array_of(self, tensor: Any) -> Any:
        """tensor.array, recorded."""
        array = tensor.__dict__["array"]
        if self.is_away():
            return plain(array)
        if not isinstance(array, Recorded):
            if id(tensor) not in self.inputs:
                self.own(array, f"w{len(self.owners)}")
                self.read.setdefault(id(tensor), (tensor, array, tensor.version[0]))
            array = array.view(Recorded)
        return array

    def set_array(self, tensor: Any, array: Any) -> None:
        """tensor.array = array; a new tensor of an ordinary array is a constant."""
        if not self.is_away():
            if not isinstance(array, Recorded) and "array" not in tensor.__dict__:
                array = self.new(array, constant=True)
            self.made.append(weakref.ref(tensor))
        tensor.__dict__["array"] = array

    def grad_of(self, tensor: Any) -> Any:
        """tensor._grad"""
        grad = tensor.__dict__.get("_grad")
        if not self.is_away() and not is_made_here(tensor):
            self.grads.setdefault(id(tensor), (tensor, grad))
        return grad

    def set_grad(self, tensor: Any, grad: Any) -> None:
        """tensor._grad = grad, in each run"""
        tensor.__dict__["_grad"] = grad
        if not self.is_away() and not is_made_here(tensor):
            self.grads.setdefault(id(tensor), (tensor, ANYTHING))
            self.calls.append((set_grad, (tensor, grad), {}))

    def entered(self, module: Any) -> Any:
        """Take note of the state of a module that is called."""
        self.modules.setdefault(id(module), (module, ModuleState(module)))
        return module

    def is_away(self) -> bool:
        """Whether this is another thread, or a function that is called whole."""
        return self.paused or threading.get_ident() != self.thread

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While this lasts, tensors show recorded arrays, and the functions above are called whole."""
        with ExitStack() as undo:
            _put(undo, Now, "recording", self)
            _put(undo, Tensor, "array", property(self.array_of, self.set_array))
            _put(undo, Tensor, "_grad", property(self.grad_of, self.set_grad))
            for where in CHECKS + EFFECTS:
                _put(undo, *where, self._as_whole(getattr(*where), where in EFFECTS))
            for where in LEAVING:
                _put(undo, *where, self._as_refused(getattr(*where)))
            for name in MAKING:
                _put(undo, np, name, self._as_told(getattr(np, name)))
            call = Module.__call__
            _put(undo, Module, "__call__", lambda module, *a, **k: call(self.entered(module), *a, **k))
            undo.callback(self.settle)
            yield

    def _as_whole(self, function: Any, changes: bool) -> Any:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if self.is_away():
                return function(*plain(args), **plain(kwargs))
            return self.whole(function, changes, args, kwargs)

        return called

    def _as_told(self, function: Any) -> Any:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if self.is_away() or not args or not isinstance(args[0], Recorded):
                return function(*args, **kwargs)
            return self.function(function, args, kwargs)

        return called

    def _as_refused(self, function: Any) -> Any:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs) if self.is_away() else self.leaves(function.__name__)

        return called

    def settle(self) -> None:
        """Give the tensors that are left ordinary arrays."""
        for tensor in self.survivors():
            tensor.__dict__["array"] = plain(tensor.__dict__["array"])

    def survivors(self) -> list[Any]:
        """The tensors that came into being and are still held."""
        return [tensor for made in self.made if (tensor := made()) is not None]


def is_made_here(tensor: Any) -> bool:
    """Whether a tensor came into being in the recording."""
    return isinstance(tensor.__dict__["array"], Recorded)


class ModuleState:
    """What the forward of a module depends on, but for the contents of its tensors."""

    def __init__(self, module: Any) -> None:
        self.attributes, self.training = module.__dict__, module.training
        self.registers = [
            (r, [*map(id, r.values())]) for r in (module._parameters, module._buffers, module._modules)
        ]
        self.held = [list(r.values()) for r, _ in self.registers]  # their ids stay theirs

    def is_same(self) -> bool:
        """Whether it is still so."""
        for register, ids in self.registers:
            if [*map(id, register.values())] != ids:
                return False
        return self.attributes["training"] is self.training


def _put(undo: ExitStack, owner: Any, name: str, value: Any) -> None:
    """Set an attribute until undo."""
    if name in vars(owner):
        undo.callback(setattr, owner, name, vars(owner)[name])
    else:
        undo.callback(delattr, owner, name)
    setattr(owner, name, value)
