"""A backward pass for chosen tensors: autograd.grad, backward(inputs=).   torch: torch/csrc/autograd/graph_task.h

`loss.backward()` sends gradients to every leaf. A program that asks for the gradient of one tensor wants no other work
done, and no `.grad` changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from minigrad.autograd.base import Gradient
from minigrad.autograd.node import Node


def leading_to(targets: Iterable[Node], roots: Iterable[tuple[Node, Gradient]]) -> set[Node]:
    """The targets, and all nodes through which a gradient must pass on its way to one."""
    seen = {root for root, _ in roots}
    stack, inner = list(seen), []
    while stack:
        node = stack.pop()
        inner.append(node)
        for edge in node.edges:
            if edge is not None and edge.edges and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    wanted = set(targets)
    inner.sort(key=attrgetter("age"))  # inputs come before what is made of them
    for node in inner:
        if not wanted.isdisjoint(node.edges):
            wanted.add(node)
    return wanted
