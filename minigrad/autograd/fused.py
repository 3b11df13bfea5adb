"""Several ops as one step of the graph.   torch: aten/src/ATen/native/mkldnn/RNN.cpp, which has such a step

A recurrent layer is hundreds of ops on small arrays, and for each of them Python takes longer than NumPy. Such a
composition of ops gets two quick functions of arrays beside it: one for its results, one for the gradients of its
inputs. They give the composition's bits.

With create_graph=True the gradients are to be differentiated again. Then the composition itself is run, and the engine
goes back through its ops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from minigrad.autograd.base import Array, Gradient, node_of, tensor_of, wrap
from minigrad.autograd.engine import run_backward
from minigrad.autograd.grad_mode import THREAD
from minigrad.autograd.misuse import TWICE
from minigrad.autograd.node import Node
from minigrad.autograd.outputs import SeveralOutputs
from minigrad.autograd.saved import Saved

Composition = Callable[..., tuple[Any, ...]]
Forward = Callable[[Sequence[Array]], tuple[Sequence[Array], Any]]
Backward = Callable[[Sequence[Any], Sequence[Array], Any, Sequence[bool]], Iterable[Any]]


class Fused:
    """A composition of ops, computed as one step.

    `composition(*tensors)` returns the results, as Tensors. `forward(arrays)` returns them as arrays, and what it keeps
    for `backward(arriving, arrays, kept, wanted)`. That yields the gradient of each input, or None for one that is not
    wanted; a gradient that arrives is None if the loss does not depend on that result. An input that is given several
    times gets as many gradients: the engine adds them up in their order, and one need not wait for the other.
    """

    def __init__(
        self, node_name: str, composition: Composition, forward: Forward, backward: Backward
    ) -> None:
        self.composition, self.forward, self.backward = composition, forward, backward
        self.node_class = type(node_name, (FusedNode,), {"__slots__": (), "fused": self})

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        """The results; where an input wants a gradient, they have a node in common."""
        kind = inputs[0].array.dtype
        if any(x.array.dtype != kind for x in inputs):  # as under autocast: the ops find a common type
            return self.composition(*inputs)
        nodes, arrays, state = [node_of(x) for x in inputs], [x.array for x in inputs], THREAD.state
        results, kept = state.without_warnings(self.forward, arrays)
        if not any(nodes) or not state.enabled or state.inference:
            return tuple(map(wrap, results))
        node = self.node_class(nodes)
        node.saved = [Saved(x.array, x.version, edge) for x, edge in zip(inputs, nodes, strict=True)], kept
        return tuple([tensor_of(z, [0], node.add_output(z)) for z in results])


class FusedNode(SeveralOutputs):
    """The node of a Fused. It saves the inputs, and what forward keeps for backward."""

    __slots__ = ()

    fused: Fused

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """The gradients of the inputs that want one, of `wanted` if that is given."""
        if self.saved is None:
            raise RuntimeError(TWICE)
        arrived = self.outputs_of(dz)
        self.tell_unreached(arrived)
        saved, kept = self.saved
        inputs = [x.unpack(self, on_tensors) for x in saved]
        wants = [edge is not None and (wanted is None or edge in wanted) for edge in self.edges]
        if on_tensors:
            return self._composed(inputs, arrived, wants)
        return OneByOne(lambda: iter(self.fused.backward(arrived, inputs, kept, wants)), len(inputs))

    def _composed(
        self, inputs: Sequence[Any], arrived: Sequence[Any], wants: Sequence[bool]
    ) -> list[Gradient | None]:
        """The same by the ops. Beyond these inputs the engine goes on when this node has answered, not here."""
        ends = [x.node and End(None, (x.node,), x.array) for x in inputs]
        results = self.fused.composition(
            *[tensor_of(x.array, x.version, end) for x, end in zip(inputs, ends, strict=True)]
        )
        roots = [(z.node, dz) for z, dz in zip(results, arrived, strict=True) if dz is not None]
        targets = [end for end, asked in zip(ends, wants, strict=True) if asked]
        found = run_backward(roots, retain_graph=True, create_graph=True, targets=targets)
        return [found.get(end) for end in ends]


class End(Node):
    """An input of a composition that is run again. A second derivative goes through it to the input's own node."""

    __slots__ = ()

    def name(self) -> str:
        """As torch names a step that computes nothing."""
        return "AliasBackward0"

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """dx = dz"""
        return (dz,)


class OneByOne(Sequence[Any]):
    """Gradients that are computed when it is their turn, so that they are not all in memory at once."""

    def __init__(self, begin: Callable[[], Iterator[Any]], length: int) -> None:
        self.begin, self.length = begin, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, i: Any) -> Any:
        return list(self)[i]

    def __iter__(self) -> Iterator[Any]:
        gradients, quietly = self.begin(), THREAD.state.without_warnings
        for _ in range(self.length):
            yield quietly(next, gradients)
