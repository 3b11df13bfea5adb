"""A small graph with numbers in its boxes, drawn with matplotlib: `boxes(x=x, w=w, z=z)` in a notebook."""

from __future__ import annotations

from typing import Any

from sidebyside.graph import _root, node_name

WIDE, HIGH = 1.9, 0.95  # of a box's place, in inches
LEAF, MADE, INK = "#fff2cc", "#dcebf7", "#333333"


def boxes(**tensors: Any) -> None:
    """Draw the named tensors, of one element each, from the inputs on the left to the results on the right.

    A box shows the tensor's name, the op that made it, its number (data) and its gradient (grad). Call
    `retain_grad()` before `backward()` on the tensors in between, or their gradients are gone: a dash. The tensors
    may be minigrad's or torch's. Raises TypeError if there is none or for what is no tensor, RuntimeError for a
    tensor that wants no gradient, ValueError for a tensor of several elements.
    """
    from matplotlib import pyplot as plt

    if not tensors:
        raise TypeError("boxes() has nothing to draw\nname the tensors: boxes(x=x, z=z)")
    below = arrows(tensors)
    columns = [[name for name in tensors if name in each] for each in arranged(below)]
    rows = max(map(len, columns))
    _, axes = plt.subplots(figsize=(WIDE * len(columns), HIGH * rows), layout="constrained")
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, rows - 0.5))
    axes.set_axis_off()
    style: dict[str, Any] = {"ha": "center", "va": "center", "linespacing": 1.4, "color": INK}
    drawn, column = {}, {}
    for i, names in enumerate(columns):
        for j, name in enumerate(names):
            y = (rows + len(names)) / 2 - 1 - j  # a column stands in the middle, its first box on top
            column[name] = i
            face = LEAF if tensors[name].is_leaf else MADE
            frame = {"boxstyle": "round,pad=0.4", "facecolor": face, "edgecolor": INK}
            drawn[name] = axes.text(i, y, told(name, tensors[name]), bbox=frame, **style)
    for name, sources in below.items():
        for source in sources:
            ends = {"patchA": drawn[source].get_bbox_patch(), "patchB": drawn[name].get_bbox_patch()}
            bent = -0.3 if column[name] - column[source] > 1 else 0  # over the boxes in between
            arrow = {"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0, **ends}
            arrow["connectionstyle"] = f"arc3,rad={bent}"
            axes.annotate("", drawn[name].get_position(), drawn[source].get_position(), arrowprops=arrow)


def told(name: str, tensor: Any) -> str:
    """What a box says, in three lines."""
    op = "" if tensor.is_leaf else f"  ({node_name(tensor.grad_fn).removesuffix('Backward0')})"
    grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    shown = "–" if grad is None else f"{grad.item():.4g}"
    return f"{name}{op}\ndata {tensor.item():.4g}\ngrad {shown}"


def arranged(below: dict[str, set[str]]) -> list[set[str]]:
    """The columns from left to right: a box stands just left of the first box that it has an arrow to."""
    columns, left = list[set[str]](), set(below)
    while left:
        inner = {source for name in left for source in below[name]}
        columns.insert(0, left - inner)
        left &= inner
    return columns


def arrows(tensors: dict[str, Any]) -> dict[str, set[str]]:
    """For each tensor the names of those it was made from, past tensors that have no name here."""
    for name, tensor in tensors.items():
        if hasattr(tensor, "numel") and tensor.numel() != 1:
            raise ValueError(f"boxes() draws tensors of one element, and {name} has {tensor.numel()}")
    names = {_root(tensor): name for name, tensor in tensors.items()}
    found = {}
    for node, name in names.items():
        found[name], waiting = set[str](), [node]
        while waiting:
            for source, _ in waiting.pop().next_functions:
                if source in names:
                    found[name].add(names[source])
                elif source is not None:
                    waiting.append(source)
    return found
