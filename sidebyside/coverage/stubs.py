"""Stubs: what type checkers and editors read.   `python -m sidebyside coverage` writes them too.

Most functions of tensors are made by other functions, and Tensor gets its methods from a table: a type checker that
only reads the source cannot know them. So the two stubs list them with parameters, types and docstrings, as Python
itself shows them when minigrad is imported:

    minigrad/tensors/signatures.pyi    the functions, and Methods, a base class of Tensor that only type checkers see
    minigrad/__init__.pyi              where each of minigrad's own names comes from
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import minigrad
from minigrad.autograd.variable import Variable
from minigrad.nn.later import HOMES, PARTS
from sidebyside.coverage.surface import signature_with_out

PACKAGE = Path(minigrad.__file__).parent
HEADER = '"""{}   Written by `python -m sidebyside coverage`; do not edit."""\n'

# Functions whose result depends on their arguments: each line is an overload, for a function and for a method.
# `*, ` before `other` and so on are torch's.
OVERLOADS = {
    name: (
        "(input: Tensor) -> Tensor",
        f"(input: Tensor, dim: _int, keepdim: _bool = False) -> {pair}",
        "(input: Tensor, other: Tensor) -> Tensor",
    )
    for name, pair in (("max", "ValuesAndIndices"), ("min", "ValuesAndIndices"))
} | {
    "sort": (
        "(input: Tensor, dim: _int = -1, descending: _bool = False, *, stable: _bool = False) -> ValuesAndIndices",
    ),
    "topk": (
        "(input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> ValuesAndIndices",
    ),
    "nonzero": (
        "(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor",
        "(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
    ),
    "where": (
        "(condition: Tensor) -> tuple[Tensor, ...]",
        "(condition: Tensor, input: Tensor | _Number, other: Tensor | _Number) -> Tensor",
    ),
    "unique": (
        "(input: Tensor, sorted: _bool = True, *, dim: _int | None = None) -> Tensor",
        "(input: Tensor, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, "
        "dim: _int | None = None) -> Any",
    ),
}
PROPERTIES = {"grad": "Grad", "data": "Tensor"}
# Names in annotations. minigrad.int is a dtype and Tensor.int a method, so Python's own int has another name here.
NAMES = {
    "int": "_int", "float": "_float", "bool": "_bool", "Number": "_Number", "Dims": "_Dims", "dtypes": "_dtypes",
    "random": "_random", "devices": "_devices",
    "dtype": "_dtypes.dtype", "device": "_devices.device",
}  # fmt: skip
IMPORTS = [
    "import builtins",
    "import os",
    *(f"from collections.abc import {name}" for name in ("Callable", "Sequence")),
    *(
        f"from typing import {name}"
        for name in "IO Any Literal NamedTuple NoReturn ParamSpec Protocol TypeAlias TypeVar overload".split()
    ),
    "import numpy as np",
    "from minigrad import random as _random",
    "from minigrad.arrays import device as _devices",
    "from minigrad.arrays import dtypes as _dtypes",
    "from minigrad.autograd.hooks import RemovableHandle",
    "from minigrad.autograd.variable import Variable",
    "from minigrad.random import Generator",
    "from minigrad.tensors.tensor import Tensor as Tensor",
]
ALIASES = """\
_int: TypeAlias = builtins.int
_float: TypeAlias = builtins.float
_bool: TypeAlias = builtins.bool
_Number: TypeAlias = builtins.int | builtins.float | np.number[Any] | np.bool
_Dims: TypeAlias = builtins.int | Sequence[builtins.int]
"""


def stubs() -> dict[Path, str]:
    """The text of each stub."""
    return {PACKAGE / "__init__.pyi": front_door(), PACKAGE / "tensors" / "signatures.pyi": signatures()}


def front_door() -> str:
    """minigrad/__init__.pyi: where each name comes from; the functions from signatures.pyi."""
    imports = []
    for module, name, alias in public():
        home = "minigrad.tensors.signatures" if isinstance(getattr(minigrad, alias), FunctionType) else module
        imports.append(f"from {home} import {name if home == module else alias} as {alias}")
    return stub("What `import minigrad` gives.", imports, ["__version__: str\n"])


def public() -> Iterator[tuple[str, str, str]]:
    """The names that minigrad/__init__.py imports, at once or later: the module, the name there and the name here."""
    for node in ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body:
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if not (name := alias.asname or alias.name).startswith("_"):
                yield str(node.module), alias.name, name
    yield from ((home, name, name) for name, home in HOMES["minigrad"].items())
    yield from (
        (home.rpartition(".")[0], home.rpartition(".")[2], name) for name, home in PARTS["minigrad"].items()
    )


def signatures() -> str:
    """minigrad/tensors/signatures.pyi: the public functions, and Methods."""
    lines = [ALIASES, TYPES]
    for _, _, name in public():
        if isinstance(value := getattr(minigrad, name), FunctionType):
            lines += function(name, value)
    body = ['"""The methods that methods.py gives to Tensor."""\n']
    for name, value in vars(Variable).items():
        if not name.startswith("_") and "Tensor" in str(inspect.signature(getattr(value, "fget", value))):
            body += of_variable(name, value)
    for name in list(vars(minigrad.Tensor)):
        getattr(minigrad.Tensor, name, None)  # a method that is imported at its first use is one from now on
    for name, value in vars(minigrad.Tensor).items():
        made = isinstance(value, FunctionType) and not value.__qualname__.startswith("Tensor.")
        if made and not name.startswith("_"):
            body += function(name, value, method=True)
    lines += ["class Methods(Variable):", textwrap.indent("\n".join(body), "    ")]
    return stub("What type checkers know of minigrad's functions and of Tensor's methods.", [], lines)


def stub(title: str, imports: list[str], lines: list[str]) -> str:
    """The text of a stub, with the imports that it needs."""
    text = "\n".join(lines)
    needed = [line for line in IMPORTS if re.search(rf"\b{line.split()[-1]}\b", text)]
    return "\n".join([HEADER.format(title), *needed, *imports, "", text])


TYPES = '''\
class ValuesAndIndices(tuple[Tensor, Tensor]):
    """What max, min, sort and topk return along a dim."""

    values: Tensor
    indices: Tensor

Operand: TypeAlias = Tensor | _Number | np.ndarray[Any, Any]
Binary: TypeAlias = Callable[[Any, Operand], Tensor]
T = TypeVar("T")

class InPlace(Protocol):
    """An operator such as +=, whose result is the tensor on its left."""

    def __get__(self, tensor: T, owner: Any) -> Callable[[Operand], T]: ...

class Grad:
    """The property grad. It is None before backward; but whoever reads it has called backward, and need not check.

    If it took None, mypy would think that it is still None after `x.grad = None; y.backward()`: so it takes Any.
    If it gave `Tensor | Any`, pyright would forget what w is after `w -= lr * w.grad`.
    """

    def __get__(self, tensor: Any, owner: Any) -> Tensor: ...
    def __set__(self, tensor: Any, value: Any) -> None: ...

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

class HasForward(Protocol[P, R]):
    """A module, by its forward."""

    @property
    def forward(self) -> Callable[P, R]: ...

class CallsForward:
    """A base class of Module: to call a module takes what its forward takes, and returns what that returns."""

    def __call__(self: HasForward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

'''


def function(name: str, value: Any, *, method: bool = False) -> Iterator[str]:
    """A function or a method, as its stub has it."""
    in_place = method and name.endswith("_")
    shown = (
        getattr(minigrad.Tensor, name[:-1], value) if in_place else value
    )  # exp_ has the parameters of exp
    forms = OVERLOADS.get(name) or [translated(signature_with_out(shown, method))]
    for form in forms:
        if len(forms) > 1:
            yield "@overload"
        yield f"def {name}{as_method(form) if method else form}:"
        yield textwrap.indent(f'"""{inspect.getdoc(value)}"""', "    ")
        yield "    ...\n"


def as_method(form: str) -> str:
    """A signature with self as its first parameter."""
    return re.sub(r"^\(\w+(: [^,)]*)?", "(self", form)


def of_variable(name: str, value: Any) -> Iterator[str]:
    """A property or method of Variable."""
    if isinstance(value, property):
        yield f'{name}: {PROPERTIES[name]}\n"""{inspect.getdoc(value)}"""\n'
    else:
        yield from function(name, value)


def translated(signature: inspect.Signature) -> str:
    """A signature as stubs write it, also with NumPy's names for dim and keepdim, which arguments.py accepts."""
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        default = parameter.default
        if default is not parameter.empty and not is_plain(default):
            default = ...
        annotation = type_text(parameter.annotation)
        parameters.append(parameter.replace(default=default, annotation=annotation))
    returned = type_text(signature.return_annotation)
    names = [p.name for p in parameters if p.default is not p.empty]
    parameters += [
        inspect.Parameter(alias, inspect.Parameter.KEYWORD_ONLY, default=..., annotation=Text(kind))
        for name, alias, kind in (("dim", "axis", "_Dims"), ("keepdim", "keepdims", "_bool"))
        if name in names and alias not in signature.parameters
    ]
    return str(signature.replace(parameters=parameters, return_annotation=returned)).replace(
        "Ellipsis", "..."
    )


class Text(str):
    """An annotation that shows itself without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def type_text(annotation: Any) -> Any:
    """An annotation with the names that the stubs use."""
    if annotation is inspect.Signature.empty:
        return annotation
    text = inspect.formatannotation(annotation).strip("'")
    return Text(re.sub(r"(?<![\w.])\w+", lambda found: NAMES.get(found[0], found[0]), text))


def is_plain(value: Any) -> bool:
    """Whether a default can be written in a stub."""
    return (
        value is None
        or type(value) in (bool, int, str)
        or value == ()
        or (type(value) is float and value == value)
    )
