"""Source text for `minigrad page`: our own, found by module and name, and PyTorch's, from the installed wheel.

minigrad's and torch_ref's files are parsed and not imported. PyTorch's functions come from `inspect`, its rules from
derivatives.yaml.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sidebyside.programs.ops import MODULES, Case
from sidebyside.segment import segment

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """Consecutive lines of a file."""

    file: str
    first: int
    lines: tuple[str, ...]
    language: str = "python"


@cache
def _parsed(module: str) -> tuple[Path, tuple[str, ...], ast.Module]:
    package, *inner = module.split(".")  # only the package is looked up, so nothing inside it is imported
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin or "").parent.joinpath(*inner) if spec else Path()
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.is_file():
        raise LookupError(f"no module {module}")
    text = path.read_text(encoding="utf-8")
    return path, tuple(text.splitlines()), ast.parse(text)


def ours(place: str) -> list[Part]:
    """Return the parts of our own source at module:name.

    An op is followed by the private helpers that it uses, and by the functions that its rules do nothing but call.
    """
    module, _, name = place.partition(":")
    path, lines, tree = _parsed(module)
    file = path.relative_to(ROOT).as_posix()
    owner, node = _found(tree, name)
    spans = [_span(node)]
    if owner is not None:
        spans.insert(0, (_span(owner)[0], _head(owner)))
    if module in MODULES:
        helpers = [*_helpers(tree, [node]), *_rules_bodies(tree, node)]
        spans += sorted({_span(helper) for helper in helpers} - {*spans})
    return [Part(file, a, lines[a - 1 : b]) for a, b in spans]


def whole(module: str) -> Part:
    """Return all lines of one of our own files."""
    path, lines, _ = _parsed(module)
    return Part(path.relative_to(ROOT).as_posix(), 1, lines)


def _found(tree: ast.Module, name: str) -> tuple[ast.ClassDef | None, ast.stmt]:
    owner, _, member = name.rpartition(".")
    if owner:
        within = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == owner)
        # A method may stand under `if not TYPE_CHECKING:`.
        members = [n for part in within.body for n in (part.body if isinstance(part, ast.If) else [part])]
        return within, next(n for n in members if member in _names(n))
    try:
        return None, next(n for n in tree.body if name in _names(n))
    except StopIteration:
        raise LookupError(f"no {name}") from None


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]


def _span(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)]), node.end_lineno or node.lineno


def _head(owner: ast.ClassDef) -> int:
    """Return the last line of a class's head, which is its name and its docstring."""
    first = owner.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.end_lineno or first.lineno
    return owner.body[0].lineno - 1


def _helpers(tree: ast.Module, wanted: list[ast.stmt]) -> list[ast.stmt]:
    """Find the private functions and tables that these statements use, directly or through each other."""
    private = {
        name: n
        for n in tree.body
        if not isinstance(n, ast.ClassDef)
        for name in _names(n)
        if name.startswith("_")
    }
    found: list[ast.stmt] = []
    while wanted:
        used = {n.id for node in wanted for n in ast.walk(node) if isinstance(n, ast.Name)}
        wanted = [n for name, n in private.items() if name in used and n not in found]
        found += wanted
    return found


def _rules_bodies(tree: ast.Module, op: ast.stmt) -> list[ast.stmt]:
    """Find the functions that the lambdas in an op's decorators do nothing but call."""
    decorators = [n for n in getattr(op, "decorator_list", []) if isinstance(n, ast.Call)]
    names = {_only_call(keyword.value) for n in decorators for keyword in n.keywords}
    return [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in names and n is not op]


def _only_call(rule: ast.expr) -> str | None:
    """Return the name of the function that a lambda hands its arguments to as they are, bare arrays at most."""
    call = rule.body if isinstance(rule, ast.Lambda) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return None
    plain = all(re.fullmatch(r"\w+|unwrap\(\w+\)", ast.unparse(given)) for given in call.args)
    return call.func.id if plain else None


def rule_body(module: str, rule: str) -> Part | None:
    """Return the function that a rule, a lambda of this module, does nothing but call; None if it does more."""
    name = _only_call(ast.parse(rule, mode="eval").body)
    path, lines, tree = _parsed(module)
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    if not found:
        return None
    first, last = found[0].lineno, found[0].end_lineno or found[0].lineno  # without its decorator
    return Part(path.relative_to(ROOT).as_posix(), first, lines[first - 1 : last])


def program(case: Case) -> str:
    """Return a program of sidebyside/programs/ops.py as lines. The last one is an expression."""
    _, lines, tree = _parsed("sidebyside.programs.ops")
    if case.program.__name__ != "<lambda>":
        _, function = _found(tree, case.program.__name__)
        assert isinstance(function, ast.FunctionDef)
        body = [textwrap.dedent(segment(lines, n, padded=True)) for n in function.body[1:]]
        return "\n".join(body).replace("return ", "")
    return segment(lines, _lambdas("sidebyside.programs.ops")[case.name].body)


@cache
def _lambdas(module: str) -> dict[Any, ast.Lambda]:
    """Return the lambdas that are second arguments of calls, by the first: the first such call of each."""
    calls = [n.args for n in ast.walk(_parsed(module)[2]) if isinstance(n, ast.Call) and len(n.args) > 1]
    return {
        first.value: function
        for first, function, *_ in reversed(calls)
        if isinstance(first, ast.Constant) and isinstance(function, ast.Lambda)
    }


# -- PyTorch's own ------------------------------------------------------------------------------------------


def theirs(place: str) -> Part | None:
    """Return a function or class of PyTorch without docstrings, or None if this PyTorch does not have it in Python."""
    module, _, name = place.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
        value = inspect.unwrap(value) if callable(value) and not inspect.isclass(value) else value
        lines, first = inspect.getsourcelines(value)
        file = inspect.getsourcefile(value) or ""
    except (ImportError, AttributeError, OSError, TypeError):
        return None
    return Part(_within(file), first, _without_docstrings("".join(lines)))


def _within(file: str) -> str:
    """Return the path from the package on."""
    parts = Path(file).parts
    start = max((i for i, part in enumerate(parts) if part in ("torch", "torchgen")), default=0)
    start = parts.index("site-packages") + 1 if "site-packages" in parts else start
    return "/".join(parts[start:])


def _without_docstrings(text: str) -> tuple[str, ...]:
    lines = text.rstrip().split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    lines = [line[indent:] if not line[:indent].strip() else line for line in lines]
    drop: set[int] = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            first = node.body[0]
            if len(node.body) > 1:
                drop |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return tuple(line for i, line in enumerate(lines, 1) if i not in drop)


@cache
def _rules() -> tuple[str, tuple[str, ...]]:
    """Return the path of derivatives.yaml in the wheel, and its lines."""
    spec = importlib.util.find_spec("torchgen")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "packaged/autograd/derivatives.yaml"
        if path.is_file():
            return _within(str(path)), tuple(path.read_text(encoding="utf-8").splitlines())
    return "", ()


def rule(name: str) -> Part | None:
    """Return an entry of derivatives.yaml, or None."""
    file, lines = _rules()
    for i, line in enumerate(lines):
        if line.startswith(f"- name: {name}("):
            end = i + 1
            while end < len(lines) and lines[end].strip() and not lines[end].startswith(("- ", "#")):
                end += 1
            return Part(file, i + 1, lines[i:end], "yaml")
    return None


def decomposition(name: str) -> Part | None:
    """Return a function of torch/_decomp, or None."""
    try:
        path, lines, tree = _parsed("torch._decomp.decompositions")
        _, node = _found(tree, name)
    except LookupError:
        return None
    a, b = _span(node)
    return Part(_within(str(path)), a, _without_docstrings("\n".join(lines[a - 1 : b])))


def docstring(place: str) -> str:
    """Return the docstring at a place. An op that is made by a table has the one that the table gave it."""
    module, _, name = place.partition(":")
    owner, node = _found(_parsed(module)[2], name)
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return ast.get_docstring(node) or (ast.get_docstring(owner) if owner else None) or ""
    value = getattr(importlib.import_module(module), name)
    return inspect.cleandoc(value.__doc__ or "")


def version() -> str:
    """Return PyTorch's version."""
    import torch

    return re.sub(r"[^\w.+-]", "", torch.__version__)
