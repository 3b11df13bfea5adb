"""What is folded in the code that the page shows: refusals, checks and long docstrings, so that the rest is seen first."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence

from sidebyside.page.pair import Said
from sidebyside.page.sources import Part

CHECKS = Said("checks", "comprobaciones")
MORE = Said("docstring", "docstring")
DOCSTRING = 5  # lines; a longer one is folded after its first paragraph
# Calls for something else than the result: they only look, or ask another library to take over.
LOOKS = ("check", "_check", "refuse", "_refuse", "warn", "_log_api")
ELSEWHERE = ("has_torch_function", "_functorch", "is_scripting", "is_tracing", "_get_tracing_state")

Fold = tuple[int, int, Said]  # the first line, the line after the last, and what is in them


def folds(part: Part) -> list[Fold]:
    """Return the lines to fold, counted from 0, in order."""
    if part.language != "python":
        return []
    try:
        tree = ast.parse(textwrap.dedent("\n".join(part.lines)))
    except SyntaxError:  # the head of a class, which has no body
        return []
    found: list[Fold] = []
    for first, end, what in sorted(_within(tree.body, part.lines), key=lambda fold: fold[0]):
        if found and found[-1][1:] == (first, what):
            first = found.pop()[0]
        while end < len(part.lines) and not part.lines[end].strip():
            end += 1
        found.append((first, end, what))
    return [fold for fold in found if fold[1] - fold[0] > 1]


def _within(body: Sequence[ast.AST], lines: tuple[str, ...]) -> Iterator[Fold]:
    for node in body:
        first, end = getattr(node, "lineno", 1) - 1, getattr(node, "end_lineno", None) or 0
        if isinstance(node, ast.stmt) and _checks(node):
            while first and lines[first - 1].lstrip().startswith("#"):  # what is said of it
                first -= 1
            yield first, end, CHECKS
            continue
        if _is_text(node):
            rest = next((i for i in range(first, end) if not lines[i].strip()), end)
            if end - first > DOCSTRING:
                yield rest, end, MORE
            continue
        inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, (ast.stmt, ast.ExceptHandler))]
        if isinstance(node, ast.FunctionDef) and all(_is_text(n) or _checks(n) for n in node.body):
            inner = [n for n in inner if _is_text(n)]  # to refuse is all that it does
        yield from _within(inner, lines)


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, or another string alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _checks(node: ast.stmt) -> bool:
    """Whether a statement only refuses, warns or checks, or hands over to another library."""
    if isinstance(node, (ast.Raise, ast.Assert)):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func).rpartition(".")[2].startswith(LOOKS)
    if (
        isinstance(node, ast.If)
        and not node.orelse
        and any(name in ast.unparse(node.test) for name in ELSEWHERE)
    ):
        return True
    if isinstance(node, (ast.If, ast.For)):
        return all(map(_checks, [*node.body, *node.orelse]))
    return False
