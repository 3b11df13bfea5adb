"""Read and write the pickles within torch's files; those of strangers without Python's unpickler.

A pickle is a list of instructions for a stack machine. Two of them make it dangerous: GLOBAL imports any name, and
REDUCE calls it. Here GLOBAL looks into a short table and imports nothing. The other instructions that a checkpoint
needs build numbers, strings, lists, tuples and dicts. A pickle with any further instruction is refused.
The instructions: pickletools, in Python's library.   torch: torch/_weights_only_unpickler.py
"""

from __future__ import annotations

import importlib
import io
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, NoReturn

from minigrad.nn.modules.hooks import HOOKS, Hook
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import is_lazy
from minigrad.serialization.tree import ATOMS, TOO_DEEP
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

DEEPEST = 300  # levels of lists, tuples and dicts in each other
REPEATS = 100  # how much larger a value may be than its pickle: parts of it may occur many times


class Name(str):
    """Something outside the pickle, such as `Name("collections OrderedDict")`: its module and its name."""

    def __call__(self, *args: Any) -> NoReturn:
        """Pickle writes a call only of what is callable; what has this name is called when the file is read."""
        raise TypeError(f"{self} is a name")


class Call(NamedTuple):
    """A function that is called when the pickle is read."""

    function: Name
    arguments: tuple[Any, ...]


class Outside(NamedTuple):
    """Data that lie outside the pickle: here a storage."""

    key: tuple[Any, ...]


# Reading


class Machine:
    """The stack machine. `names` are the things outside that a pickle may name, `outside` finds data."""

    def __init__(self, names: Mapping[str, Any], outside: Callable[[Any], Any]) -> None:
        self.names, self.outside = names, outside
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """Return the value. Raises ValueError for an instruction or a value that a checkpoint does not need."""
        import pickletools

        try:
            for instruction, argument, _ in pickletools.genops(data):
                if instruction.name not in INSTRUCTIONS:
                    raise ValueError(
                        f"its pickle has the instruction {instruction.name}, which no tensor needs"
                    )
                INSTRUCTIONS[instruction.name](self, argument)
            if self.marks or len(self.stack) != 1:
                raise ValueError("its pickle does not end with one value")
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"its pickle is damaged ({type(error).__name__}: {error})") from None
        [value] = self.stack
        size = _size(value, 0, {})
        if size > max(10**6, REPEATS * len(data)):
            raise ValueError(f"its value repeats parts of itself: it would have {size} objects")
        return value

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def take(self, count: int) -> list[Any]:
        """Return the last values of the stack, and remove them."""
        taken = self.stack[len(self.stack) - count :]
        if len(taken) < count:
            raise ValueError("its pickle takes values that it has not made")
        del self.stack[len(self.stack) - count :]
        return taken

    def mark(self, _: Any) -> None:
        """Begin a new stack for the elements of a list, a tuple or a dict."""
        self.marks.append(self.stack)
        self.stack = []

    def marked(self) -> list[Any]:
        """Return the values since the last mark, and remove them."""
        values, self.stack = self.stack, self.marks.pop()
        return values

    def name(self, name: str) -> None:
        """Put what this name stands for on the stack. Raises ValueError if it is not in the table."""
        if name not in self.names:
            raise _unknown(name)
        self.push(self.names[name])

    def call(self, _: Any) -> None:
        """Call a function of the table."""
        function, arguments = self.take(2)
        if not callable(function) or type(arguments) is not tuple:
            raise ValueError("its pickle calls something that is not a function")
        self.push(function(*arguments))

    def append(self, values: list[Any]) -> None:
        """Append values to the list on the stack."""
        if type(self.stack[-1]) is not list:
            raise ValueError("its pickle appends to something that is not a list")
        self.stack[-1].extend(values)

    def set_items(self, values: list[Any]) -> None:
        """Put keys and values, in turn, into the dict on the stack."""
        if not isinstance(self.stack[-1], dict) or any(type(key) not in ATOMS for key in values[::2]):
            raise ValueError("its pickle has a dict whose keys are not numbers or strings")
        if len(values) % 2:
            raise ValueError("its pickle has a key without a value")
        self.stack[-1].update(zip(values[::2], values[1::2], strict=True))

    def set_metadata(self, _: Any) -> None:
        """Give a state dict the attribute that load_state_dict reads."""
        target, state = self.take(2)
        if type(target) is not OrderedDict or type(state) is not dict or list(state) != ["_metadata"]:
            raise ValueError("its pickle sets attributes")
        target.__dict__.update(state)
        self.push(target)


def _joined(machine: Machine) -> str:
    return " ".join(map(str, machine.take(2)))


def _constant(value: Any) -> Callable[[Machine, Any], None]:
    return lambda machine, _: machine.push(value)


def _tuple(count: int) -> Callable[[Machine, Any], None]:
    return lambda machine, _: machine.push(tuple(machine.take(count)))


def _remember(machine: Machine, index: int | None) -> None:
    machine.memo[len(machine.memo) if index is None else index] = machine.stack[-1]


def _nothing(machine: Machine, argument: Any) -> None:
    """PROTO and FRAME say how the pickle is written, STOP that it ends."""


INSTRUCTIONS: dict[str, Callable[[Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), _nothing),
    **dict.fromkeys(
        ("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
        Machine.push,
    ),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _remember),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda machine, index: machine.push(machine.memo[index])),
    "NONE": _constant(None), "NEWTRUE": _constant(True), "NEWFALSE": _constant(False),
    "EMPTY_LIST": lambda machine, _: machine.push([]), "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_TUPLE": _tuple(0), "TUPLE1": _tuple(1), "TUPLE2": _tuple(2), "TUPLE3": _tuple(3),
    "MARK": Machine.mark,
    "TUPLE": lambda machine, _: machine.push(tuple(machine.marked())),
    "APPEND": lambda machine, _: machine.append(machine.take(1)),
    "APPENDS": lambda machine, _: machine.append(machine.marked()),
    "SETITEM": lambda machine, _: machine.set_items(machine.take(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.marked()),
    "GLOBAL": Machine.name,
    "STACK_GLOBAL": lambda machine, _: machine.name(_joined(machine)),
    "REDUCE": Machine.call,
    "BUILD": Machine.set_metadata,
    "BINPERSID": lambda machine, _: machine.push(machine.outside(*machine.take(1))),
}  # fmt: skip


def _unknown(name: str) -> Exception:
    """What to raise for a name outside the table, which is mostly the class of a whole model."""
    called = name.replace(" ", ".")
    if "Storage" in name:
        return ValueError(
            f"it has a {called}: minigrad has no such dtype. In torch, convert the tensors with .float() first"
        )
    return pickle.UnpicklingError(
        f"its pickle needs {called}, and only tensors, numbers, strings, dicts, lists and tuples are loaded. "
        "If it is a model: save model.state_dict() instead of the model. If you wrote the file yourself, or trust it "
        "to run any code: load(f, weights_only=False)"
    )


def _size(value: Any, depth: int, known: dict[int, int]) -> int:
    """Return the number of objects in a value, each counted as often as it occurs. Refuses what is no checkpoint."""
    if type(value) in ATOMS or isinstance(value, Tensor):
        return 1
    if id(value) in known:
        return known[id(value)]
    if type(value) not in (list, tuple, Size, dict, OrderedDict):
        raise ValueError(f"its value contains a {type(value).__name__}")
    if depth == DEEPEST:
        raise ValueError(f"its value contains itself or is nested more than {DEEPEST} levels deep")
    size = 1
    attributes = getattr(value, "__dict__", {})  # the metadata of a state dict
    for part in (*value.values(), *attributes.values()) if isinstance(value, dict) else value:
        size += _size(part, depth + 1, known)
    known[id(value)] = size
    return size


# Reading whole models


class Trusting(pickle.Unpickler):
    """Python's unpickler, which imports and calls what the pickle says. Classes of torch are minigrad's."""

    def __init__(self, data: bytes, names: Mapping[str, Any], outside: Callable[[Any], Any]) -> None:
        super().__init__(io.BytesIO(data))
        self.names, self.persistent_load = names, outside  # type: ignore[method-assign]

    def run(self) -> Any:
        """Return the value. Raises AttributeError or ImportError for a class that is not there."""
        value = self.load()
        for each in self.memo.copy().values():
            if isinstance(each, Module) and "_non_persistent_buffers_set" in vars(each):
                _from_torch(vars(each))
        return value

    def find_class(self, module: str, name: str) -> Any:
        """The class or function of this name."""
        if f"{module} {name}" in self.names:
            return self.names[f"{module} {name}"]
        if module.partition(".")[0] != "torch":
            return super().find_class(module, name)
        ours = re.sub(r"torch\._C\._nn", "minigrad.nn.functional", module)
        ours = re.sub(
            r"torch\.nn\.modules\..*", "minigrad.nn.modules", ours
        )  # whose files are divided otherwise
        ours = re.sub(r"^torch\b", "minigrad", ours)
        return getattr(importlib.import_module(ours), name.removeprefix("NonDynamicallyQuantizable"))


def _from_torch(state: dict[str, Any]) -> None:
    """Rename in a module's attributes what torch's module calls otherwise."""
    state["_non_persistent"] = state.pop("_non_persistent_buffers_set")
    with_kwargs, always = state["_forward_hooks_with_kwargs"], state["_forward_hooks_always_called"]
    with_kwargs = {*with_kwargs, *state["_forward_pre_hooks_with_kwargs"]}
    for name in HOOKS:
        state[name] = OrderedDict((i, Hook(f, i in with_kwargs, i in always)) for i, f in state[name].items())


# Writing


_Pickler: Any = pickle._Pickler


class Writer(_Pickler):  # type: ignore[misc]
    """Writes the pickle of a value. `describe` says what a tensor is made of: a Call.

    It is Python's pickler, whose twin in C writes only names that can be imported here, and torch's cannot.
    """

    def __init__(self, describe: Callable[[Tensor], Call]) -> None:
        self.describe, self.file = describe, io.BytesIO()
        self.strings: dict[str, str] = {}
        super().__init__(self.file, protocol=2)

    def written(self, value: Any) -> bytes:
        """Return the pickle. Raises pickle's errors for what it cannot save, ValueError if it is too deep."""
        try:
            self.dump(value)
        except RecursionError:
            raise ValueError(TOO_DEEP) from None
        return self.file.getvalue()

    def reducer_override(self, value: Any) -> Any:
        """How a tensor is made. Everything else is pickled as always."""
        if isinstance(value, Tensor) and not is_lazy(value):
            return tuple(self.describe(value))
        return (Name("torch Size"), (tuple(value),)) if type(value) is Size else NotImplemented

    def persistent_id(self, value: Any) -> Any:
        """What stands for data outside the pickle."""
        return value.key if type(value) is Outside else None

    def save_name(self, name: Name) -> None:
        """Write a name of torch's."""
        self.write(pickle.GLOBAL + name.replace(" ", "\n").encode() + b"\n")

    def save_call(self, call: Call) -> None:
        """Write a call within the arguments of another."""
        self.save_reduce(*call)

    def save_string(self, value: str) -> None:
        """Write equal strings once, so that equal values give equal files."""
        first = self.strings.setdefault(value, value)
        super().save_str(value) if first is value else self.save(first)

    dispatch: ClassVar = {**_Pickler.dispatch, Name: save_name, Call: save_call, str: save_string}
