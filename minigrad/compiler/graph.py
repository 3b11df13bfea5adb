"""The backward pass of a compiled forward: recorded at once, and run when the loss that was made of it goes backward.

    model = torch.compile(model)
    loss = criterion(model(x), y)       # the model's forward is one list of calls
    loss.backward()                     # eager until it reaches the model's output; then one list of calls

Seen from outside, the forward is one step of the graph, whose inputs are the arguments and weights that want gradients.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.arrays.kernels import without_warnings
from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.base import Array, wrap
from minigrad.autograd.engine import run_backward
from minigrad.autograd.function import Function, once_differentiable
from minigrad.autograd.misuse import TWICE
from minigrad.autograd.node import Node
from minigrad.compiler.pool import Pool
from minigrad.compiler.recorded import Call, Recorded, plain
from minigrad.compiler.recording import Recording
from minigrad.compiler.text import Text


class CompiledFunction(Function):
    """A compiled forward as one step."""

    @staticmethod
    def forward(ctx: Any, graph: Graph, inputs: list[Any], *leaves: Any) -> Any:
        """Copies of the outputs that the program has computed."""
        ctx.graph, ctx.arrays = graph, [x.array for x in inputs]
        ctx.save_for_backward(*(leaf for leaf, is_read in zip(leaves, graph.is_read, strict=True) if is_read))
        graph.waiting = weakref.ref(ctx)
        return tuple(wrap(output.array.copy("K")) for output in graph.outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The gradients of the leaves."""
        ctx.saved_tensors  # noqa: B018 raises an error if one was changed in place, or for a second time
        return None, None, *ctx.graph.gradients(ctx.arrays, [dz.array for dz in gradients])


class Spent(Node):
    """The history of an output whose step has gone backward itself: it has the name, and can do nothing more."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.op, (), node)
        self._name = node.name()

    def name(self) -> str:
        """The name of the node that the step has made."""
        return self._name

    def backward(self, *_: Any) -> Any:
        """Raise RuntimeError."""
        raise RuntimeError(f"{TWICE}\nA compiled step keeps no graph: go backward inside of it.")


class Graph:
    """The recorded backward pass: from gradients of the outputs to those of the leaves."""

    def __init__(self, recording: Recording, outputs: list[Any]) -> None:
        self.outputs = outputs
        self.waiting: Callable[[], Any] = lambda: None  # the ctx of a forward whose backward may still come
        self.nodes = _leaves(output.node for output in outputs)
        self.leaves = [node.variable for node in self.nodes]
        forward, recording.calls = recording.calls, []
        # What forward has computed stays where it is: the backward pass is still to come.
        recording.pool = Pool()
        arriving = [np.zeros_like(plain(output.array)) for output in outputs]
        for i, dz in enumerate(arriving):
            recording.own(dz, f"d{i}")
        roots = [(output.node, dz.view(Recorded)) for output, dz in zip(outputs, arriving, strict=True)]
        found = run_backward(roots, retain_graph=False, create_graph=False, targets=self.nodes)
        self.found = [
            None if (dx := found.get(node)) is None else plain(np.asanyarray(dx)) for node in self.nodes
        ]
        self.arriving = {f"d{i}": dz for i, dz in enumerate(arriving)}
        self.calls: list[Call]
        self.calls, recording.calls = recording.calls, forward

    def write(self, recording: Recording, arguments: dict[str, Array]) -> None:
        """Make the function of the recorded calls."""
        self.text = Text(self.calls, recording.memory, arguments | self.arriving)
        self.function = self.text.function()
        names = {memory for memory, _ in (key for key in self.text.names if isinstance(key, tuple))}
        self.is_read = [recording.name_of(leaf.array) in names for leaf in self.leaves]

    def attached(self, inputs: list[Any]) -> dict[int, Any]:
        """The outputs as tensors with a history, by the ids of those that were recorded."""
        made = CompiledFunction.apply(self, inputs, *self.leaves)
        return {id(mine): output for mine, output in zip(self.outputs, made, strict=True)}

    def gradients(self, arrays: list[Array], arriving: list[Array]) -> list[Any]:
        """The gradients of the leaves, each in memory of its own."""
        self.waiting = lambda: None
        laid = [
            dz if dz.strides == mine.strides else np.copy(dz)
            for dz, mine in zip(arriving, self.arriving.values(), strict=True)
        ]
        without_warnings(self.function, *arrays, *laid)
        return [None if dx is None else wrap(dx.copy("K")) for dx in self.found]


def graph_of(recording: Recording, outputs: list[Any]) -> Graph | None:
    """The backward pass of these outputs; None if the step has gone backward itself."""
    outputs = [output for output in outputs if output.node is not None and _leaves([output.node])]
    if not outputs:
        return None
    calls = list(recording.calls)
    try:
        return Graph(recording, outputs)
    except RuntimeError as error:
        if str(error) != TWICE:
            raise
        recording.calls = calls
        return None


def _leaves(nodes: Any) -> list[AccumulateGrad]:
    """The nodes of the leaves that these lead to, in the order in which they are met."""
    met: dict[Node, None] = {}
    waiting = deque(nodes)
    while waiting:
        node = waiting.popleft()
        if node is not None and node not in met:
            met[node] = None
            waiting += node.edges
    return [node for node in met if isinstance(node, AccumulateGrad) and not isinstance(node.array, Recorded)]
