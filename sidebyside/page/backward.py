"""Backward, step by step: a card for each node's turn, with the numbers of graph/steps.py, and the graph."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from sidebyside.page import highlight, maths, sources

MODEL = "sequential"


def shown(steps: list[dict[str, Any]], rules: dict[str, str]) -> dict[str, Any]:
    """Return what the template reads. `rules` maps an op's name to its entry in derivatives.yaml."""
    from sidebyside.graph.drawing import svg
    from sidebyside.graph.steps import drawing

    names = {str(step["node"]): step["leaf"] or step["name"] for step in steps}
    cards = [card(number, step, names, rules) for number, step in enumerate(steps, 1)]
    return {"model": MODEL, "graph": Markup(svg(drawing(MODEL).graphs, alone=False)), "cards": cards}


def card(number: int, step: dict[str, Any], names: dict[str, str], rules: dict[str, str]) -> dict[str, Any]:
    """Return the card of one node's turn."""
    entry = sources.rule(rules.get(step["op"], "")) if step["op"] else None
    added = [(names[node], matrix(values)) for node, values in step["waiting"].items()]
    return {
        "number": number, "node": step["node"], "name": step["name"], "leaf": step["leaf"], "op": step["op"],
        "formulas": [Markup(maths.html(formula)) for formula in maths.formulas(step["formula"])],
        "arrives": matrix(step["values"]), "torch": step["torch"] | {"values": matrix(step["torch"]["values"])},
        "rule": entry and Markup(highlight.lines(entry)), "rule_from": entry and f"{entry.file}:{entry.first}",
        "inputs": [sent(each, names) for each in step["inputs"]],
        "waiting": added, "grads": [(name, matrix(values)) for name, values in step["grads"].items()],
    }  # fmt: skip


def sent(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return the gradient that an input gets, and the rule that computes it."""
    head, _, body = given["rule"].partition(":")
    text = re.sub(r"\s*\n\s*", " ", f"{head}: {body.strip()}").replace("( ", "(").replace(" )", ")")
    code = highlight.lines(sources.Part("", 1, (text,)), numbered=False)
    return {"name": given["name"], "to": names[str(given["node"])], "rule": Markup(code),
            "values": matrix(given["values"])}  # fmt: skip


def matrix(values: Any) -> Markup:
    """Return numbers as a table in brackets. A vector is one row, a number is one cell."""
    rows = values if isinstance(values, list) else [values]
    rows = rows if rows and isinstance(rows[0], list) else [rows]
    decimals = max(len(f"{value:.6f}".rstrip("0").partition(".")[2]) for row in rows for value in row)
    lines = "".join(f"<tr>{''.join(f'<td>{value:.{decimals}f}' for value in row)}" for row in rows)
    return Markup(f"<table class=matrix>{lines.replace('-', '−')}</table>")
