"""A backward pass for chosen tensors: autograd.grad, backward(inputs=).   torch: torch/csrc/autograd/graph_task.h

`loss.backward()` sends gradients to every leaf. A program that asks for the gradient of one
tensor wants no other work done, and no `.grad` changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from minigrad.autograd.base import Gradient
from minigrad.autograd.node import Node


class Targets:
    """The nodes that `grad` or `inputs=` asked for: what arrives there, and what need not be visited."""

    def __init__(self, nodes: Sequence[Node], roots: Iterable[tuple[Node, Gradient]]) -> None:
        self.nodes = set(nodes)
        self.wanted = _leading_to(self.nodes, [root for root, _ in roots])
        self.captured: dict[Node, Gradient] = {}

    def ends_at(self, node: Node, dz: Gradient, shown: Gradient) -> bool:
        """Whether no target lies beyond the node; what arrived at a target is captured.

        `shown` is dz after the node's hooks. torch captures it only where the gradient goes no further.
        """
        ends = self.wanted.isdisjoint(node.edges)
        if node in self.nodes:
            self.captured[node] = shown if ends else dz
        return ends


def _leading_to(targets: set[Node], roots: Iterable[Node]) -> set[Node]:
    """The targets, and all nodes through which a gradient must pass on its way to one."""
    seen = set(roots)
    stack, inner = list(seen), []
    while stack:
        node = stack.pop()
        inner.append(node)
        for edge in node.edges:
            if edge is not None and edge.edges and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    wanted = targets.copy()
    for node in sorted(inner, key=attrgetter("age")):  # inputs come before what is made of them
        if not wanted.isdisjoint(node.edges):
            wanted.add(node)
    return wanted
