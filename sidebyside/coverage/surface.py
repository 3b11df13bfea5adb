"""The public surface of torch and of minigrad: their names, what each takes, and how the two differ.

torch's signatures come from `inspect.signature`; what is compiled has none, and there the stubs in torch's wheel
(torch/_C/*.pyi), which are generated from the same source as the argument parser, give every overload.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import types
from collections.abc import Iterable, Iterator
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch

import minigrad

EMPTY = Parameter.empty
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
KEYWORD = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
NUMPY_NAMES = {"axis", "keepdims", "x1", "x2"}  # torch's parser hears them everywhere, and says so nowhere

# Where a stub is mistaken: torch itself takes what stands here (tests/test_coverage.py asks it).
_NEW = "dtype=None, device=None, requires_grad=False, out=None, layout=None, pin_memory=False"
CORRECTED = {
    "tensor": "data, *, dtype=None, device=None, requires_grad=False, pin_memory=False",
    "full": f"size, fill_value, *, {_NEW}",
    "linspace": f"start, end, steps, *, {_NEW}",
    "TensorBase.add": "other, *, alpha=1",
    "TensorBase.sub": "other, *, alpha=1",
    "TensorBase.mul": "other",
    "TensorBase.to": "device=None, dtype=None, non_blocking=False, copy=False, *, memory_format=None"
    " | dtype, non_blocking=False, copy=False, *, memory_format=None"
    " | other, /, non_blocking=False, copy=False, *, memory_format=None",
    "TensorBase.requires_grad_": "requires_grad=True",
    "subtract": "input, other, *, alpha=1, out=None",
    "TensorBase.subtract": "other, *, alpha=1",
    "Generator.set_state": "new_state",
    "set_num_threads": "num, /",
    "logspace": f"start, end, steps, base=10.0, *, {_NEW}",
    "_nn.one_hot": "input, num_classes=-1",
}


_UNDOCUMENTED = {"finfo", "iinfo", "layout", "memory_format"}  # public, although they have no docstring
_INTERNAL = (
    "sym_", "Sym", "parse_", "import_ir", "from_file", "fake_quant", "quantize", "init_num", "AVG", "SUM",
    "AggregationType", "DispatchKey", "Script", "Tag", "compiled_with", "merge_type", "unify_type", "is_storage",
    "thread_safe_generator", "reduce_op", "has_torch_function", "ScalingType", "SwizzleType", "_",
)  # fmt: skip


_DATA = torch.dtype | minigrad.dtype | float


class Untold:
    """A default that a stub does not tell."""


class Difference(NamedTuple):
    """What differs in one parameter."""

    parameter: str
    text: str


# -- names ----------------------------------------------------------------------------------------------------


def resolve(root: types.ModuleType, path: str) -> Any:
    """`torch.nn.init` in a library; None where it has no such thing."""
    found: Any = root
    for part in path.split(".")[1:]:
        if isinstance(found, types.ModuleType) and part not in vars(found):
            try:
                importlib.import_module(f"{found.__name__}.{part}")
            except ModuleNotFoundError:
                return None
        found = getattr(found, part, None)
    return found


def public(space: Any, known: Iterable[str] = ()) -> list[str]:
    """The names meant for users: documented ones, dtypes and numbers; of those that are `known`, all."""
    names = (name for name in dir(space) if not name.startswith(_INTERNAL) and not name.endswith("_copy"))
    inherited = {name for base in _covered_bases(space) for name in dir(base)}
    at_home = (name for name in names if name not in inherited and _at_home(space, name))
    return [name for name in at_home if name in known or _meant(getattr(space, name), name)]


def _covered_bases(space: Any) -> list[type]:
    """The base classes whose members are listed elsewhere."""
    elsewhere = (torch.nn.Module, minigrad.nn.Module, torch._C._FunctionBase, tuple, object)
    return [base for base in getattr(space, "__mro__", ())[1:] if base in elsewhere]


def _at_home(space: Any, name: str) -> bool:
    """Whether a name is the namespace's own, not what it imported for its own use."""
    value = getattr(space, name)
    if isinstance(value, types.ModuleType | str | bool | TypeVar) or value is None:
        return False
    if not isinstance(space, types.ModuleType) or isinstance(value, _DATA):
        return True
    if space is not torch and name not in getattr(space, "__all__", [name]):
        return False
    if isinstance(value, types.BuiltinFunctionType):
        return True
    home = getattr(value, "__module__", None) or ""
    return home.startswith(("torch", "minigrad")) and not home.startswith(("torch._jit", "torch.overrides"))


def _meant(value: Any, name: str) -> bool:
    """Whether torch means it for users."""
    documented = value.__dict__.get("__doc__") if isinstance(value, type) else value.__doc__
    return isinstance(value, _DATA) or name in _UNDOCUMENTED or bool(documented)


# -- signatures -----------------------------------------------------------------------------------------------


@cache
def stubs() -> dict[str, list[Signature]]:
    """What torch's stubs declare: `sum`, `TensorBase.sum`, `_nn.linear`; one signature for each overload."""
    found: dict[str, list[Signature]] = {}
    folder = Path(torch.__file__).parent / "_C"
    for file, prefix in (("_VariableFunctions.pyi", ""), ("__init__.pyi", ""), ("_nn.pyi", "_nn.")):
        for node in ast.parse((folder / file).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(prefix + node.name, []).append(_declared(node, method=False))
            if not isinstance(node, ast.ClassDef):
                continue
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    found.setdefault(f"{node.name}.{inner.name}", []).append(_declared(inner, method=True))
    corrected = {name: [_written(each) for each in said.split(" | ")] for name, said in CORRECTED.items()}
    return {name: [s for s in overloads if _current(s)] for name, overloads in found.items()} | corrected


def _written(parameters: str) -> Signature:
    node = ast.parse(f"def f({parameters}): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    return _declared(node, method=False)


def _declared(node: ast.FunctionDef, method: bool) -> Signature:
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = [None] * (len(positional) - len(node.args.defaults)) + list(node.args.defaults)
    both = list(zip(positional, defaults, strict=True))
    star = [(node.args.vararg, None)] if node.args.vararg else []
    kinds = (
        (Parameter.POSITIONAL_ONLY, both[: len(node.args.posonlyargs)]),
        (Parameter.POSITIONAL_OR_KEYWORD, both[len(node.args.posonlyargs) :]),
        (Parameter.VAR_POSITIONAL, star),
        (Parameter.KEYWORD_ONLY, zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)),
    )
    made = [
        Parameter(_name(arg.arg, method), kind, default=_default(default), annotation=_text(arg.annotation))
        for kind, pairs in kinds
        for arg, default in pairs
    ]
    return Signature(made[1:] if method else made, __validate_parameters__=False)


def _name(name: str, method: bool) -> str:
    """The stub says `self` in some functions for what the parser calls `input`."""
    return "input" if name == "self" and not method else name


def _text(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


def _default(node: ast.expr | None) -> Any:
    if node is None:
        return EMPTY
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return Untold
    return Untold if value is ... else value


def _current(signature: Signature) -> bool:
    """Not one of the deprecated overloads, such as add(input, alpha, other) and addmm(beta, input, mat1, mat2)."""
    names = [name for name in signature.parameters if name != "input"]
    return names[:1] not in (["alpha"], ["beta"]) and names[:2] != ["value", "tensor1"]


def torch_signatures(owner: Any, name: str) -> list[Signature]:
    """The overloads of `owner.name`, without self; empty where torch tells nothing."""
    value = getattr(owner, name)
    if isinstance(owner, type):
        keys = [f"{'TensorBase' if owner is torch.Tensor else owner.__name__}.{name}"]
    elif isinstance(value, type):
        keys = [f"{name}.__init__", f"{name}.__new__"]
    else:
        keys = [f"_nn.{name}" if value.__module__ == "torch._C._nn" else name]
    try:
        found = signature_of(owner, name)
    except ValueError:
        return next((stubs()[key] for key in keys if key in stubs()), [])
    return [] if [p.kind for p in found.parameters.values()] == list(VARIADIC) else [found]


def signature_of(owner: Any, name: str) -> Signature:
    """What `inspect` says of `owner.name`, without self."""
    if not isinstance(owner, type):
        return signature_with_out(getattr(owner, name))
    value = inspect.getattr_static(owner, name)
    found = inspect.signature(getattr(value, "__func__", value))
    drop = 0 if isinstance(value, staticmethod) else 1
    return found.replace(parameters=list(found.parameters.values())[drop:])


def signature_with_out(function: Any, method: bool = False) -> Signature:
    """What `inspect` says of a function, and `out`, which arguments.py takes for it."""
    found = inspect.signature(function)
    if method or not getattr(function, "takes_out", False):
        return found
    out = Parameter("out", Parameter.KEYWORD_ONLY, default=None, annotation="Any")
    return found.replace(parameters=[*found.parameters.values(), out])


def differences(theirs: list[Signature], ours: Signature) -> Iterator[Difference]:
    """Where a call that torch's overloads take would mean something else here, or nothing."""
    known: dict[str, list[Parameter]] = {}
    for signature in theirs:
        for name, parameter in signature.parameters.items():
            known.setdefault(name, []).append(parameter)
    order = [p.name for p in ours.parameters.values() if p.kind in POSITIONAL]
    nameless = sum(p.kind is Parameter.POSITIONAL_ONLY for p in theirs[0].parameters.values())
    yield from _places(theirs, order, nameless)
    for name, there in known.items():
        yield from _lacking(name, there, ours, len(order) if len(theirs) > 1 else 0)
    for name, here in ours.parameters.items():
        there = [p for p in known.get(name, []) if p.kind not in VARIADIC]
        if here.kind in VARIADIC or name in NUMPY_NAMES or name in order[:nameless]:
            continue
        if name not in known:
            yield Difference(name, f"`{name}=` is minigrad's alone")
        else:
            yield from _defaults(here, there, len(theirs))


def _places(theirs: list[Signature], order: list[str], nameless: int) -> Iterator[Difference]:
    """Where an argument that stands in some place means another parameter here."""
    for i, name in enumerate(order):
        overloads = ([p.name for p in s.parameters.values() if p.kind in POSITIONAL] for s in theirs)
        there = {names[i] for names in overloads if i < len(names)}
        if there and name not in there and i >= nameless:
            said = " or ".join(f"`{each}`" for each in sorted(there))
            yield Difference(name, f"argument {i + 1} is `{name}`, not {said}")


def _lacking(name: str, there: list[Parameter], ours: Signature, shared: int) -> Iterator[Difference]:
    """`shared`: how many of our places may stand for one parameter or another, as in max(input, dim or other)."""
    here = ours.parameters.get(name)
    kinds = {p.kind for p in ours.parameters.values()}
    if any(p.kind in VARIADIC and p.kind not in kinds for p in there):
        yield Difference(f"*{name}", f"lacks `*{name}`")
    there = [p for p in there if p.kind not in VARIADIC]
    if not there:
        return
    if here is None or here.kind not in KEYWORD:
        if Parameter.VAR_KEYWORD not in kinds and there[0].kind in KEYWORD:
            yield Difference(name, f"lacks `{name}`")
    elif Parameter.VAR_POSITIONAL in kinds:
        return  # any number of arguments are heard: by what, the tests try
    elif here.kind is Parameter.KEYWORD_ONLY and any(p.kind in POSITIONAL for p in there):
        if not shared:
            yield Difference(name, f"`{name}` by keyword alone")
    elif here.kind in POSITIONAL and all(p.kind is Parameter.KEYWORD_ONLY for p in there):
        yield Difference(name, f"`{name}` by position, too")


def _defaults(here: Parameter, there: list[Parameter], overloads: int) -> Iterator[Difference]:
    """A default that differs. Ours is None where overloads are told apart, and for that alone: the tests try."""
    told = [p.default for p in there if p.default is not Untold]
    given = [default for default in told if default is not EMPTY]
    if here.default is EMPTY:
        if given or len(there) < overloads:
            yield Difference(here.name, f"`{here.name}` must be given")
    elif told and not given:
        if overloads == 1 and here.default is not None:
            yield Difference(here.name, f"`{here.name}` may be left out")
    elif given and not any(_same(here.default, default) for default in given):
        yield Difference(here.name, f"`{here.name}={here.default!r}`, not `{given[0]!r}`")


def _same(ours: Any, theirs: Any) -> bool:
    if " at 0x" in repr(theirs):  # a random generator: the default one
        return type(ours).__name__ == type(theirs).__name__
    return repr(ours).replace("minigrad", "torch") == repr(theirs) or bool(ours == theirs)
