"""Small faults for a Python file, one at a time: operators swapped, conditions forced, constants changed.

`mutants(path)` lists them. Docstrings, type hints, the texts of errors and what is there for type checkers alone
(assert, `__slots__`, `__all__`) stay as they are.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

OPERATORS: dict[type, list[type]] = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.Pow: [ast.Mult],
    ast.FloorDiv: [ast.Mult], ast.Mod: [ast.Mult], ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd],
    ast.LShift: [ast.RShift], ast.RShift: [ast.LShift], ast.MatMult: [ast.Mult],
}  # fmt: skip
COMPARISONS: dict[type, list[type]] = {
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE], ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}  # fmt: skip
ORDERED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv, ast.Mod)
SILENT = {"__slots__", "__all__"}


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, as text that survives a change of line numbers, and how to make it."""

    path: str
    line: int
    scope: str  # the function or class around it
    before: str  # source, as ast writes it
    after: str
    start: int  # lines of the statement around it; of a compound statement those of its head
    end: int
    last: int  # the last line of the definition whose head it is in, else `end`
    within_lambda: bool
    number: int  # its place in the file's list
    text: str  # of the line
    copy: int  # which of those alike in one line

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it in the results, whatever its line's number is by then."""
        again = f" ({self.copy + 1})" if self.copy else ""
        return self.path, self.text, f"{self.before} -> {self.after}{again}"


class Site(NamedTuple):
    """A node of a tree, where it hangs, and what might stand in its place."""

    parent: ast.AST
    field: str
    place: int | None  # in the field, where that is a list
    node: ast.AST
    other: ast.AST
    scope: str
    statement: ast.AST
    within_lambda: bool


def sites(tree: ast.Module) -> list[Site]:
    """Every place for a fault, in an order that depends on the text alone."""
    found: list[Site] = []

    def visit(node: ast.AST, scope: str, statement: ast.AST, within_lambda: bool) -> None:
        for field, value in ast.iter_fields(node):
            for i, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST) or _left_alone(node, field, child):
                    continue
                around: ast.AST = child if isinstance(child, ast.stmt) else statement
                found.extend(
                    Site(node, field, i, child, other, scope, around, within_lambda)
                    for other in _others(field, child)
                )
                inner = scope
                if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                    inner = f"{scope}.{child.name}".removeprefix("module.")
                visit(child, inner, around, within_lambda or isinstance(child, ast.Lambda))

    visit(tree, "module", tree, False)
    return found


def _left_alone(parent: ast.AST, name: str, child: ast.AST) -> bool:
    if name in ("annotation", "returns", "type_comment", "ctx", "type_params"):
        return True
    if isinstance(child, (ast.Import, ast.ImportFrom, ast.Assert, ast.JoinedStr)):
        return True
    if isinstance(child, ast.Assign):
        return any(isinstance(t, ast.Name) and t.id in SILENT for t in child.targets)
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True  # a docstring
    if isinstance(parent, ast.Call) and isinstance(child, ast.keyword) and child.arg == "strict":
        return True  # zip's own assertion
    if isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith(".reshape"):
        return ast.unparse(child) == "-1"  # NumPy takes -2 for the same
    if isinstance(parent, ast.Raise):
        return True  # what is raised is text; whether is mutated
    if isinstance(child, ast.Call):
        called = ast.unparse(child.func)
        return called in ("warnings.warn", "TypeVar", "_missing") or called.endswith("Error")
    return isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"


def _others(field: str, node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.expr) and field in ("test", "ifs"):
        yield from (ast.Constant(True), ast.Constant(False))
    for kind, make in OTHERS.items():
        if isinstance(node, kind):
            yield from make(node)


def _binary(node: ast.BinOp) -> Iterator[ast.AST]:
    for other in OPERATORS.get(type(node.op), []):
        yield ast.BinOp(node.left, other(), node.right)
    if isinstance(node.op, ORDERED):
        yield ast.BinOp(node.right, node.op, node.left)
    if isinstance(node.op, (ast.Mult, ast.Div, ast.Add, ast.Sub)):
        yield node.left


def _augmented(node: ast.AugAssign) -> Iterator[ast.AST]:
    for other in OPERATORS.get(type(node.op), []):
        yield ast.AugAssign(node.target, other(), node.value)
    if not isinstance(node.value, ast.Constant):  # no longer in place: a number never is
        load = ast.parse(ast.unparse(node.target), mode="eval").body
        yield ast.Assign([node.target], ast.BinOp(load, node.op, node.value))
    yield ast.Pass()


def _unary(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if not isinstance(node.operand, ast.Constant):
        yield node.operand


def _comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for i, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            yield ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)


def _boolean(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for i in range(len(node.values)):
        rest = node.values[:i] + node.values[i + 1 :]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield ast.Constant(value + 1)
        if isinstance(value, float) and value:
            yield ast.Constant(value * 1.001)  # a constant a little off
    elif isinstance(value, str) and " " not in value and value:
        yield ast.Constant("XX" + value)


def _call(node: ast.Call) -> Iterator[ast.AST]:
    args, keywords = node.args, node.keywords
    if ast.unparse(node.func) in ("isinstance", "issubclass", "getattr", "hasattr", "setattr", "cast"):
        return  # a TypeError for certain
    if len(args) >= 2 and not any(isinstance(a, ast.Starred) for a in args[:2]):
        yield ast.Call(node.func, [args[1], args[0], *args[2:]], keywords)
    if len(args) >= 2:
        yield ast.Call(node.func, args[:-1], keywords)
    for i in (i for i, each in enumerate(keywords) if each.arg != "strict"):
        yield ast.Call(node.func, args, keywords[:i] + keywords[i + 1 :])
    if isinstance(node.func, ast.Attribute) and not args and not keywords:
        yield node.func.value  # x.copy() -> x


def _returning(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(ast.Constant(None))


def _lambda(node: ast.Lambda) -> Iterator[ast.AST]:
    yield ast.Lambda(node.args, ast.Constant(None))


def _dropped(node: ast.AST) -> Iterator[ast.AST]:
    yield ast.Pass()


def _assigned(node: ast.Assign) -> Iterator[ast.AST]:
    if not isinstance(
        node.targets[0], ast.Name
    ):  # without a name the next line would fail, which says little
        yield ast.Pass()


def _decided(node: ast.IfExp) -> Iterator[ast.AST]:
    yield ast.IfExp(node.test, node.orelse, node.body)


OTHERS: dict[type, Callable[..., Iterator[ast.AST]]] = {
    ast.BinOp: _binary, ast.AugAssign: _augmented, ast.UnaryOp: _unary, ast.Compare: _comparison,
    ast.BoolOp: _boolean, ast.Constant: _constant, ast.Call: _call, ast.Return: _returning,
    ast.Lambda: _lambda, ast.Expr: _dropped, ast.Raise: _dropped, ast.Continue: _dropped, ast.Break: _dropped,
    ast.Assign: _assigned, ast.Delete: _dropped, ast.IfExp: _decided,
}  # fmt: skip


def mutants(root: Path, path: str) -> list[Mutant]:
    """Every mutant of a file, each with a different text."""
    source = (root / path).read_text()
    lines, found, seen = source.splitlines(), [], set()
    alike: Counter[tuple[str, str, str]] = Counter()
    for number, site in enumerate(sites(ast.parse(source))):
        node: Any = site.node
        before, after = ast.unparse(node), ast.unparse(ast.fix_missing_locations(site.other))
        place = node.lineno, node.col_offset, before, after
        if before == after or place in seen:
            continue
        seen.add(place)
        shown = lines[node.lineno - 1].strip(), _short(before), _short(after)
        found.append(
            Mutant(
                path, node.lineno, site.scope, shown[1], shown[2], *_lines(site.statement),
                within_lambda=site.within_lambda, number=number, text=shown[0], copy=alike[shown],
            )
        )  # fmt: skip
        alike[shown] += 1
    return found


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The file's tree with that fault in it, its line numbers as they were."""
    tree = ast.parse(source)
    if mutant.number < 0:  # none, to see that the tests pass then
        return tree
    site = sites(tree)[mutant.number]
    ast.copy_location(site.other, site.node)
    if site.place is None:
        setattr(site.parent, site.field, site.other)
    else:
        getattr(site.parent, site.field)[site.place] = site.other
    return ast.fix_missing_locations(tree)


def _short(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= 100 else line[:97] + "..."


def _lines(statement: Any) -> tuple[int, int, int]:
    """A statement's first line, the last of its head, and the last of the definition of which it is the head."""
    first = min([each.lineno for each in getattr(statement, "decorator_list", [])] + [statement.lineno])
    body = getattr(statement, "body", None)
    end = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno
    defines = isinstance(statement, (ast.FunctionDef, ast.ClassDef))
    return first, end, statement.end_lineno if defines else end
