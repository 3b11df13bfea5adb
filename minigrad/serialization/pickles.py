"""Read and write the pickles within torch's files, without Python's unpickler.

A pickle is a list of instructions for a stack machine. Two of them make it dangerous: GLOBAL imports any name, and
REDUCE calls it. Here GLOBAL looks into a short table and imports nothing. The other instructions that a checkpoint
needs build numbers, strings, lists, tuples and dicts. A pickle with any further instruction is refused.
The instructions: pickletools, in Python's library.   torch: torch/_weights_only_unpickler.py
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from minigrad.serialization.tree import ATOMS, TOO_DEEP, cannot_save
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

DEEPEST = 300  # levels of lists, tuples and dicts in each other
REPEATS = 100  # how much larger a value may be than its pickle: parts of it may occur many times


class Name(str):
    """Something outside the pickle, such as `Name("collections OrderedDict")`: its module and its name."""


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
            raise ValueError(_unknown(name))
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


def _unknown(name: str) -> str:
    """The message for a name outside the table, which is mostly the class of a whole model."""
    called = name.replace(" ", ".")
    if "Storage" in name:
        return f"it has a {called}: minigrad has no such dtype. In torch, convert the tensors with .float() first"
    return (
        f"its pickle needs {called}, and only tensors, numbers, strings, dicts, lists and tuples are loaded. "
        "If it is a model: in torch, save model.state_dict() instead of the model"
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


# Writing


class Writer:
    """Writes the pickle of a value. `describe` says what a tensor is made of: a Call."""

    def __init__(self, describe: Callable[[Tensor], Call]) -> None:
        import pickle

        self.describe, self.code = describe, pickle
        self.parts: list[bytes] = [pickle.PROTO + b"\x02"]
        self.memo: dict[int, int] = {}

    def pickle(self, value: Any) -> bytes:
        """Return the pickle. Raises TypeError for a value that no checkpoint may hold, ValueError if it is too deep."""
        self.put(value, ())
        return b"".join((*self.parts, self.code.STOP))

    def put(self, value: Any, path: tuple[str, ...]) -> None:
        """Write one value. An object that occurs twice is written once."""
        if len(path) > DEEPEST:
            raise ValueError(TOO_DEEP)
        if type(value) in ATOMS:
            # pickle writes its version before, and keeps a string as number 0, which is never asked for
            self.parts.append(self.code.dumps(value, 2)[2:-1])
        elif id(value) in self.memo:
            self.parts.append(self.code.LONG_BINGET + self.memo[id(value)].to_bytes(4, "little"))
        else:
            self.put_new(value, path)
            self.memo[id(value)] = number = len(self.memo) + 1
            self.parts.append(self.code.LONG_BINPUT + number.to_bytes(4, "little"))

    def put_new(self, value: Any, path: tuple[str, ...]) -> None:
        """Write a tensor, a list, a tuple or a dict for the first time."""
        if isinstance(value, Tensor):
            self.put_made(self.describe(value))
        elif type(value) is Size:
            self.put_made(Call(Name("torch Size"), (tuple(value),)))
        elif type(value) in (list, tuple):
            self.parts.append(self.code.EMPTY_LIST * (type(value) is list) + self.code.MARK)
            for i, part in enumerate(value):
                self.put(part, (*path, str(i)))
            self.parts.append(self.code.APPENDS if type(value) is list else self.code.TUPLE)
        elif type(value) in (dict, OrderedDict):
            self.put_dict(value, path)
        else:
            raise TypeError(cannot_save(value, path))

    def put_dict(self, value: dict[Any, Any], path: tuple[str, ...]) -> None:
        """Write a dict, and the metadata of a state dict."""
        if type(value) is OrderedDict:
            self.put_made(Call(Name("collections OrderedDict"), ()))
        else:
            self.parts.append(self.code.EMPTY_DICT)
        self.parts.append(self.code.MARK)
        for key, part in value.items():
            if type(key) not in ATOMS:
                raise TypeError(cannot_save(key, (*path, "a key")))
            self.put(key, path)
            self.put(part, (*path, str(key)))
        self.parts.append(self.code.SETITEMS)
        if hasattr(value, "_metadata"):
            self.put({"_metadata": value._metadata}, path)
            self.parts.append(self.code.BUILD)

    def put_made(self, value: Any) -> None:
        """Write names, calls, data outside, and the tuples that hold them; they are never written twice."""
        if isinstance(value, Name):
            self.parts.append(self.code.GLOBAL + value.replace(" ", "\n").encode() + b"\n")
        elif isinstance(value, Call):
            self.put_made(value.function)
            self.put_made(value.arguments)
            self.parts.append(self.code.REDUCE)
        elif isinstance(value, Outside):
            self.put_made(value.key)
            self.parts.append(self.code.BINPERSID)
        elif isinstance(value, tuple):
            self.parts.append(self.code.MARK)
            for part in value:
                self.put_made(part)
            self.parts.append(self.code.TUPLE)
        else:
            self.put(value, ())
