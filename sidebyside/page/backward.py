"""The lesson's first part: backward, step by step, with the numbers of graph/steps.py.

A card for each node's turn, and the graph, in whose boxes stand a tensor and its gradient, as in micrograd's.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from sidebyside.graph.pencil import DECIMALS, place
from sidebyside.page import highlight, maths, sources
from sidebyside.programs.ops import module_of

MODEL = "sequential"
IN_BOX = 3  # decimals, so that the graph is as wide as a telephone


def shown(steps: list[dict[str, Any]], rules: dict[str, str]) -> dict[str, Any]:
    """Return what the template reads. `rules` maps an op's name to its entry in derivatives.yaml."""
    names = {str(step["node"]): step["leaf"] or step["name"] for step in steps}
    cards = [card(number, step, names, rules) for number, step in enumerate(steps, 1)]
    return {"model": MODEL, "chain": chain(steps), "cards": cards}


def chain(steps: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The graph as ops from the loss down, each with its parameters: MODEL's ops have one other op as input each."""
    boxes = {step["node"]: box(turn, step) for turn, step in enumerate(steps, 1)}
    return [
        (boxes[step["node"]], [boxes[i["node"]] for i in reversed(step["inputs"]) if boxes[i["node"]]["leaf"]][::-1])
        for step in steps
        if step["inputs"]
    ]  # fmt: skip


def box(turn: int, step: dict[str, Any]) -> dict[str, Any]:
    """A tensor and its gradient."""
    return {
        "turn": turn, "node": step["node"], "leaf": step["leaf"], "name": step["leaf"] or step["name"],
        "data": matrix(step["output"], IN_BOX), "grad": matrix(step["values"], IN_BOX),
    }  # fmt: skip


def card(turn: int, step: dict[str, Any], names: dict[str, str], rules: dict[str, str]) -> dict[str, Any]:
    """Return the card of one node's turn."""
    entry = sources.rule(rules.get(step["op"], "")) if step["op"] else None
    added = [(names[node], matrix(values)) for node, values in step["waiting"].items()]
    read = dict.fromkeys(name for each in step["inputs"] for name in each["reads"])
    return {
        "number": turn, "node": step["node"], "name": step["name"], "leaf": step["leaf"], "op": step["op"],
        "formulas": [Markup(maths.html(formula)) for formula in maths.formulas(step["formula"])],
        "arrives": matrix(step["values"], name="dz"),
        "torch": step["torch"] | {"values": matrix(step["torch"]["values"])},
        "arrays": [(name, matrix(step["reads"][name], name=name)) for name in read if name in step["reads"]],
        "options": [f"{name} = {step['options'][name]}" for name in read if name in step["options"]],
        "rule": entry and Markup(highlight.lines(entry)), "rule_from": entry and f"{entry.file}:{entry.first}",
        "inputs": [sent(each, step["op"], names) for each in step["inputs"]],
        "waiting": added, "grads": [(name, matrix(values)) for name, values in step["grads"].items()],
    }  # fmt: skip


def sent(given: dict[str, Any], op: str, names: dict[str, str]) -> dict[str, Any]:
    """Return the gradient that an input gets, the rule that computes it, and the arithmetic of its entries."""
    name, values = f"d{given['name']}", given["values"]
    texts = dict(zip(entries(name, values), (text for row in rows(values) for text in row), strict=True))
    pencil = {each["entry"]: arithmetic(each, texts[each["entry"]]) for each in given["pencil"]}
    largest = max(range(np.size(values)), key=lambda i: abs(np.ravel(values)[i]))
    return {
        "name": given["name"], "to": names[str(given["node"])], "rule": rule(op, given["rule"]),
        "values": matrix(values, name=name, pencil=pencil), "first": pencil.get(list(texts)[largest]),
    }  # fmt: skip


def arithmetic(entry: dict[str, Any], text: str) -> dict[str, str]:
    """The arithmetic of an entry in the words of the page, where it is shown as this text."""
    sign = "=" if entry["exact"] else "≈"
    numbers = sign if entry["numbers"] == text else f"{sign} {entry['numbers']} {sign}"
    return {
        "symbols": f"{entry['entry']} = {entry['symbols']}", "numbers": f"{numbers} {text}",
        "chosen": ", ".join(entry["chosen"]), "uses": " ".join(entry["uses"]),
    }  # fmt: skip


def rule(op: str, text: str) -> Markup:
    """Return a rule's code: the lambda, or the function that it does nothing but call."""
    body = sources.rule_body(module_of(op), text)
    if body is not None:
        return Markup(highlight.lines(body, numbered=False))
    head, _, tail = text.partition(":")
    text = re.sub(r"\s*\n\s*", " ", f"{head}: {tail.strip()}").replace("( ", "(").replace(" )", ")")
    return Markup(highlight.lines(sources.Part("", 1, (text,)), numbered=False))


def matrix(
    values: Any, decimals: int = DECIMALS, name: str = "", pencil: dict[str, Any] | None = None
) -> Markup:
    """Return numbers as a table in brackets. A vector is one row, a number is one cell.

    With a name every cell says which entry it is. Where its arithmetic is known, the cell is a button that has it.
    """
    at = iter(entries(name, values))
    lines = ("".join(_cell(text, next(at), pencil or {}) for text in row) for row in rows(values, decimals))
    return Markup(f"<table class=matrix><tr>{'<tr>'.join(lines)}</table>")


def entries(name: str, values: Any) -> list[str]:
    """The names of the entries of a matrix, a vector or a number, row by row; empty without a name."""
    return [name and place(name, at) for at in np.ndindex(np.shape(values))]


def rows(values: Any, decimals: int = DECIMALS) -> list[list[str]]:
    """A matrix' numbers as texts, with as many decimals as the longest needs, and no more than these."""
    found = [list(row) for row in np.atleast_2d(np.asarray(values, object))]
    digits = max(len(f"{value:.{decimals}f}".rstrip("0").partition(".")[2]) for row in found for value in row)
    return [[f"{value:.{digits}f}".replace("-", "−") for value in row] for row in found]


def _cell(text: str, at: str, pencil: dict[str, dict[str, str]]) -> str:
    if at in pencil:
        data = "".join(f' data-{key}="{escape(value)}"' for key, value in pencil[at].items() if value)
        text = f"<button type=button{data}>{text}</button>"
    return f'<td data-at="{at}">{text}' if at else f"<td>{text}"
