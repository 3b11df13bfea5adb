"""Tutorials as Python: the cells of a notebook, of a script, of a page of d2l; and the statements in them."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIXES = (".ipynb", ".py", ".md")
# A page of d2l shows a cell once for each library, under `%%tab pytorch`, `%%tab pytorch, mxnet` or `%%tab all`.
BLOCK = re.compile(r"^```\{\.python \.input[^\n]*\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
TAB = re.compile(r"\s*(?:%%tab|#@tab) ([\w, ]+)\n")
SELECTED = re.compile(r"\btab\.selected\(([^)]*)\)")


def tutorials(folders: Iterable[Path]) -> Iterator[Path]:
    """Every file in the folders that imports torch, but for what Jupyter keeps in .ipynb_checkpoints."""
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
            copy = path.parent.name.startswith(".")
            if path.suffix in SUFFIXES and not copy and path.is_file() and imports_torch(path):
                yield path


def imports_torch(path: Path) -> bool:
    """Whether the file's Python imports torch, or d2l's page about it."""
    return any(
        name.partition(".")[0] == "torch" or name == "d2l"
        for tree in trees(path)
        for node in ast.walk(tree)
        for name in imported(node)
    )


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []


def trees(path: Path) -> list[ast.Module]:
    """The cells that are Python; magics and `!` lines have become calls of get_ipython()."""
    return [found for found in map(parsed, cells(path)) if found is not None]


def parsed(cell: str) -> ast.Module | None:
    """A cell's statements; None where it is no Python."""
    try:
        return ast.parse(cell)
    except SyntaxError:
        return None


def cells(path: Path) -> list[str]:
    """The sources of a file's cells, as IPython hands them to Python; a script is one cell."""
    from IPython.core.inputtransformer2 import TransformerManager

    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".py":
        return [text]
    found = notebook(text) if path.suffix == ".ipynb" else list(page(text))
    return [TransformerManager().transform_cell(cell) for cell in found if cell.strip()]


def notebook(text: str) -> list[str]:
    """The code cells of an .ipynb; none where it is not one in Python."""
    import nbformat

    try:
        with warnings.catch_warnings(action="ignore", category=nbformat.warnings.MissingIDFieldWarning):
            found = nbformat.reads(text, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, json.JSONDecodeError, AttributeError):
        return []
    if found.metadata.get("kernelspec", {}).get("language", "python") != "python":
        return []
    return [cell.source for cell in found.cells if cell.cell_type == "code"]


def page(text: str) -> Iterator[str]:
    """The cells of d2l's tab pytorch, with each question of the tab answered."""
    for block in BLOCK.findall(text):
        tab = TAB.match(block)
        if tab and {"pytorch", "all"} & set(re.split(r"[,\s]+", tab[1])):
            yield SELECTED.sub(lambda asked: str("pytorch" in asked[1]), block[tab.end() :])
