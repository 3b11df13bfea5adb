"""Reverse-mode automatic differentiation: the backward pass.   torch: torch/csrc/autograd/engine.cpp

A program computes a loss from weights, op by op. Every op `z = f(x, y)` knows one thing more than its value: given dz,
the gradient of the loss with respect to z, what are dx and dy? That is its *rule*, an application of the chain rule,
declared beside the op (op.py, ops.py).

While ops run, each leaves a `Node` (node.py) that remembers where its inputs came from and exactly those values that
its rules name. `run_backward` then visits the nodes, newest first, and hands each gradient on.

Notation, here and in ops.py: `z` is an op's output and `dz` the gradient that arrives for it; an input `x` gets `dx`.
Rules are written with operations that arrays and Tensors share. An ordinary backward pass runs them on bare arrays;
`create_graph=True` runs the same rules on Tensors, so that what they compute can be differentiated again.

Adds to pocket.py: several roots, chosen targets, second derivatives, hooks, and an order of sums that is torch's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from operator import add, call

from minigrad.autograd import anomaly
from minigrad.autograd.base import Gradient
from minigrad.autograd.broadcasting import to_shape_and_dtype
from minigrad.autograd.grad_mode import THREAD
from minigrad.autograd.hooks import call_hooks
from minigrad.autograd.node import Node
from minigrad.autograd.targets import leading_to


def run_backward(
    roots: Sequence[tuple[Node, Gradient]],
    *,
    retain_graph: bool,
    create_graph: bool,
    targets: Sequence[Node] = (),
) -> dict[Node, Gradient]:
    """Send gradients from the roots to the leaves, newest node first.

    When a node's turn comes, all its consumers, being younger, have had theirs: what has arrived is
    complete. This is torch's order too, so that sums of three gradients associate as torch's do.
    With `targets`, only what leads to them is visited, no leaf accumulates, and what arrived there is returned.
    """
    arriving = Arriving(roots, create_graph)
    asked = set(targets)
    wanted = leading_to(asked, roots) if asked else None
    captured: dict[Node, Gradient] = {}
    state = THREAD.state
    before, state.enabled = state.enabled, create_graph
    try:
        for node, dz in arriving:
            shown = call_hooks(node, dz) if node.hooks or node.retained else dz
            if wanted is not None:
                ends = wanted.isdisjoint(node.edges)
                if node in asked:  # torch captures what hooks left only if the gradient ends here
                    captured[node] = shown if ends else dz
                if ends:
                    continue
            backward = anomaly.watched(node) if anomaly.Mode.enabled else node.backward
            for edge, dx in zip(node.edges, backward(shown, create_graph, wanted), strict=True):
                if edge is not None and dx is not None:
                    # Two inputs may receive the same array. A view marks it as shared, so that a leaf copies it.
                    arriving.add(edge, dx.view() if dx is shown and not create_graph else dx, node)
            if not retain_graph:
                node.release()
    finally:
        state.enabled = before
    return captured


class Arriving:
    """The gradients that are on their way. To iterate over it is to visit the nodes, each with what arrived there."""

    def __init__(self, roots: Sequence[tuple[Node, Gradient]], create_graph: bool) -> None:
        self.sums: dict[Node, Gradient] = {}  # for each node that still waits: what has arrived there so far
        self.queue: list[tuple[int, Node]] = []
        # Leaves come last, in the order in which they were reached. Age would put them last too; this is quicker.
        self.leaves: deque[Node] = deque()
        # Ops on Tensors silence NumPy's warnings themselves.
        self.quietly = call if create_graph else THREAD.state.without_warnings
        for node, dz in roots:
            self.add(node, dz, None)

    def __iter__(self) -> Iterator[tuple[Node, Gradient]]:
        """The youngest node that waits, and the sum that arrived there, until none waits any more."""
        sums, queue, leaves = self.sums, self.queue, self.leaves
        while sums:
            node = heappop(queue)[1] if queue else leaves.popleft()
            yield node, sums.pop(node)

    def add(self, node: Node, dx: Gradient, source: Node | None) -> None:
        """One gradient more for a node; it comes from `source`, or from the user."""
        if source is not None and (dx.shape != node.shape or dx.dtype is not node.dtype):
            dx = self.quietly(to_shape_and_dtype, dx, node, source)
        if node in self.sums:
            self.sums[node] = self.quietly(add, self.sums[node], dx)
            return
        self.sums[node] = dx
        if node.edges:
            heappush(self.queue, (-node.age, node))
        else:
            self.leaves.append(node)
