"""Reverse-mode automatic differentiation: nodes and the backward pass.   torch: torch/csrc/autograd/engine.cpp

A program computes a loss from weights, op by op. Every op `z = f(x, y)` knows one thing more than its
value: given dz, the gradient of the loss with respect to z, what are dx and dy? That is its *rule*,
an application of the chain rule, declared beside the op (op.py, ops.py).

While ops run, each leaves a `Node` that remembers where its inputs came from and exactly those values
that its rules name. `run_backward` then visits the nodes, newest first, and hands each gradient on.
That is all. Everything else in this file is care: broadcasting, types, shared memory, misuse.

Notation, here and in ops.py: `z` is an op's output and `dz` the gradient that arrives for it; an input
`x` gets `dx`. Rules are written with operations that arrays and Tensors share. An ordinary backward
pass runs them on bare arrays; `create_graph=True` runs the same rules on Tensors, so that what they
compute can be differentiated again.
"""

from __future__ import annotations

import itertools
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from operator import add, attrgetter, call, iadd
from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.dtypes import dtype_of
from minigrad.arrays.kernels import QUIET, total
from minigrad.autograd import anomaly
from minigrad.autograd.grad_mode import INFERENCE, THREAD
from minigrad.autograd.hooks import Hookable, call_hooks, call_post_hooks

Array = Any  # numpy.ndarray or cupy.ndarray: the array decides where its ops run
Gradient = Any  # an Array, or a Tensor under create_graph


class TensorBase:
    """What the engine must know of a tensor. tensor.py adds the operators and calls the result Tensor."""

    array: Array
    node: Node | None = None  # where its gradient goes; None if it wants none
    view_meta: Any = None  # whose memory it shows, if not its own: see inplace.py
    # How often its memory was changed in place: one box for all who share the memory. After a change that was recorded
    # the box also holds the name of the node that the memory's owner then got, for error messages.
    version: list[Any]

    Tensor: ClassVar[Any]  # the class of every result, filled in by tensor.py


_new: Callable[[Any], Any] = object.__new__


def tensor_of(array: Array, version: list[int], node: Node | None = None) -> Any:
    """A Tensor of an array, its count of changes, and its node: such as a saved value, as the Tensor that it was."""
    tensor = _new(TensorBase.Tensor)
    tensor.array, tensor.version, tensor.node = array, version, node
    return tensor


def wrap(array: Array, node: Node | None = None) -> Any:
    """A new Tensor around an array; in inference mode an inference tensor."""
    tensor = _new(TensorBase.Tensor)
    tensor.array, tensor.node, tensor.version = array, node, INFERENCE if THREAD.state.inference else [0]
    return tensor


def as_tensor(dz: Gradient) -> Any:
    """A gradient as a Tensor, for hooks and Functions. NumPy's arithmetic on 0-d arrays gives scalars: no arrays."""
    if isinstance(dz, TensorBase):
        return dz
    return wrap(np.asarray(dz) if isinstance(dz, np.generic) else dz)


def node_of(tensor: TensorBase) -> Node | None:
    """Its node. That of a view is made anew if the memory that it shows was changed in place."""
    if tensor.view_meta is not None:
        tensor.view_meta.refresh(tensor)
    return tensor.node


def unwrap(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return value.array if isinstance(value, TensorBase) else value


# -- recording ----------------------------------------------------------------------------------------------


_age = itertools.count()  # of nodes: each op is younger than its inputs, so age is a topological order


class Node(Hookable):
    """One step of the recorded program: `tensor.grad_fn`.   torch: torch/csrc/autograd/function.h

    Holds the nodes of its inputs, what its op's rules need, and the shape and type of its output; never
    the output itself, which holds the node: without cycles a graph dies with the last tensor that needs it.
    """

    __slots__ = ("__dict__", "__weakref__", "age", "dtype", "edges", "op", "saved", "shape")

    saved: Any  # what backward needs, in a form that is the subclass's affair; None once it was let go of

    # Hooks and traces are rare, so they have no slot: a node gets a __dict__ only when it needs one.
    hooks: dict[int, Callable[[Any], Any]] | None = None  # of the tensor that the node made
    retained: weakref.ref[Any] | None = None  # the tensor that asked to keep its .grad
    trace: str | None = None  # the call that made it, under anomaly detection

    def __init__(self, op: Any, edges: Sequence[Node | None], shape: Any, dtype: Any) -> None:
        self.op, self.edges, self.saved, self.shape, self.dtype = op, edges, (), shape, dtype
        self.age = next(_age)
        if anomaly.Mode.enabled:
            self.trace = anomaly.callers()

    def name(self) -> str:
        """torch's name for this step, such as MulBackward0."""
        return str(self.op.node_name)

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of the output that was used, as in torch."""
        return tuple((None, 0) if edge is None else edge.source for edge in self.edges)

    @property
    def source(self) -> tuple[Node, int]:
        """The node that users see, and which of its outputs this one stands for."""
        return self, 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    # backward(dz, on_tensors, wanted): the chain rule, a gradient for every input that wants one
    backward: Callable[..., Sequence[Gradient | None]]

    def release(self) -> None:
        """Let go of what was saved. The edges stay."""
        self.saved = None


class AccumulateGrad(Node):
    """The end of a path: adds what arrives to a leaf's `.grad`.   torch: .../functions/accumulate_grad.h"""

    __slots__ = ("array", "leaf", "version")

    # They are called with the leaf, after its .grad has changed.
    post_hooks: dict[int, Callable[[Any], Any]] | None = None

    def __init__(self, leaf: TensorBase) -> None:
        super().__init__(None, (), None, None)
        self.leaf: weakref.ref[Any] = weakref.ref(leaf)  # the leaf holds this node
        self.follow(leaf)

    def follow(self, leaf: TensorBase) -> None:
        """Take note of the leaf's memory, which may be another one from now on."""
        self.array, self.version = leaf.array, leaf.version
        self.shape, self.dtype = leaf.array.shape, leaf.array.dtype

    def name(self) -> str:
        """torch's name, in which C++ shows."""
        return "torch::autograd::AccumulateGrad"

    @property
    def variable(self) -> Any:
        """The leaf; where nobody holds it any more, another one with the same memory."""
        leaf = self.leaf()
        if leaf is None:
            leaf = tensor_of(self.array, self.version, self)
            self.leaf = weakref.ref(leaf)
        return leaf

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """grad ← grad + dz: into the same tensor, or under create_graph into a new one with a history."""
        hooks = self.post_hooks
        leaf = self.variable if hooks else self.leaf()
        if leaf is not None and leaf.node is not None:  # else requires_grad was switched off after forward
            grad = leaf._grad
            if grad is None:
                leaf._grad = dz.clone() if on_tensors else wrap(owned(dz))
            elif on_tensors:
                leaf._grad = grad + dz
            else:
                QUIET.run(iadd, grad.array, dz)
                grad.version[0] += 1
        if hooks:
            call_post_hooks(leaf, tuple(hooks.values()))
        return ()


# -- the backward pass --------------------------------------------------------------------------------------


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
    arrived: dict[Node, Gradient] = {}
    queue: list[tuple[int, Node]] = []
    leaves: deque[Node] = deque()  # whose turn comes last, in the order in which they were reached
    asked = set(targets)
    needed, wanted = _leading_to(asked, [root for root, _ in roots]) if asked else (None, None)
    captured: dict[Node, Gradient] = {}
    quietly = call if create_graph else QUIET.run  # ops on Tensors see to their silence themselves

    def send(node: Node, dx: Gradient) -> None:
        if node in arrived:
            arrived[node] = quietly(add, arrived[node], dx)
            return
        arrived[node] = dx
        if node.edges:
            heappush(queue, (-node.age, node))
        else:
            leaves.append(node)

    for root, gradient in roots:
        send(root, gradient)
    state = THREAD.state
    before, state.enabled = state.enabled, create_graph
    try:
        while arrived:
            node = heappop(queue)[1] if queue else leaves.popleft()
            dz = arrived.pop(node)
            if needed is not None and node in asked:
                captured[node] = dz
            if node.hooks or node.retained:
                dz = call_hooks(node, dz)
            if needed is not None and node not in needed:
                if node in captured:
                    captured[node] = dz  # as its hooks left it, in torch only where it goes no further
                continue
            backward = anomaly.watched(node) if anomaly.Mode.enabled else node.backward
            for edge, dx in zip(node.edges, backward(dz, create_graph, wanted), strict=True):
                if edge is None or dx is None:
                    continue
                if dx is dz and not create_graph:
                    dx = dx.view()  # two inputs may get this one array: a view lets the leaf know
                if dx.shape != edge.shape or dx.dtype is not edge.dtype:
                    dx = quietly(fit, dx, edge, node)
                send(edge, dx)
            if not retain_graph:
                node.release()
    finally:
        state.enabled = before
    return captured


_AGE = attrgetter("age")


def _leading_to(targets: set[Node], roots: Iterable[Node]) -> tuple[set[Node], set[Node]]:
    """The nodes through which a gradient must pass on its way to a target; and these with the targets."""
    seen = set(roots)
    stack, inner = list(seen), []
    while stack:
        node = stack.pop()
        inner.append(node)
        for edge in node.edges:
            if edge is not None and edge.edges and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    leading: set[Node] = set()
    wanted = targets.copy()
    for node in sorted(inner, key=_AGE):  # inputs come before what is made of them
        if not wanted.isdisjoint(node.edges):
            leading.add(node)
            wanted.add(node)
    return leading, wanted


def fit(dx: Gradient, edge: Node, source: Node) -> Gradient:
    """dx as its input wants it: un-broadcast to its shape, in its type."""
    array = unwrap(dx)
    on_tensors = array is not dx
    if array.shape != edge.shape:
        dx = unbroadcast(dx, edge.shape, source)
    if array.dtype != edge.dtype:
        dx = dx.to(dtype_of(edge.dtype)) if on_tensors else dx.astype(edge.dtype)
    return dx


def unbroadcast(dx: Gradient, shape: tuple[int, ...], source: Node | None = None) -> Gradient:
    """The sum over every axis along which an input of this shape was repeated: broadcasting's own gradient."""
    lead = dx.ndim - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, dx.shape[lead:], strict=True)):
        raise RuntimeError(
            f"Function {source.name() if source else ''} returned an invalid gradient at index 0 - got "
            f"{list(dx.shape)} but expected shape compatible with {list(shape)}"
        )
    stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1 and dx.shape[lead + i] != 1)
    axes = (*range(lead), *stretched)
    dx = total(dx, axes, True) if unwrap(dx) is dx else dx.sum(axes, True)
    return dx.reshape(shape) if lead else dx


def owned(dx: Array) -> Array:
    """An array that nothing else sees: a rule may hand on a view of dz, or a read-only expansion."""
    if isinstance(dx, np.generic):
        return np.asarray(dx)
    return dx if dx.base is None else dx.copy(order="K")
