"""The text of a node of a parsed file."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def segment(lines: Sequence[str], node: ast.expr | ast.stmt, padded: bool = False) -> str:
    """Return a node's text; `padded` keeps the indentation of its first line.

    ast.get_source_segment does the same, but splits the whole file for every node.
    """
    own = [line.encode() for line in lines[node.lineno - 1 : node.end_lineno]]  # columns count bytes
    own[-1] = own[-1][: node.end_col_offset]
    start = own[0][: node.col_offset]
    indent = start if padded and not start.strip() else b""
    return b"\n".join([indent + own[0][node.col_offset :], *own[1:]]).decode()
