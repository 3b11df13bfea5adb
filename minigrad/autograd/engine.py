"""Reverse-mode automatic differentiation, whole.   torch: torch/csrc/autograd/engine.cpp

A program computes a loss from weights, op by op. Every op `z = f(x, y)` knows one thing more than its
value: given dz, the gradient of the loss with respect to z, what are dx and dy? That is its *rule*,
an application of the chain rule, and `differentiable` declares it beside the op:

    @differentiable(x=lambda dz, y: dz * y,
                    y=lambda dz, x: dz * x)
    def mul(x, y):
        return x * y

While ops run, each leaves a `Node` that remembers where its inputs came from and exactly those values
that its rules name. `run_backward` then visits the nodes, newest first, and hands each gradient on.
That is all. Everything else in this file is care: broadcasting, types, shared memory, misuse.

Notation, here and in ops.py: `z` is an op's output and `dz` the gradient that arrives for it; an input
`x` gets `dx`. Rules are written with operations that arrays and Tensors share. An ordinary backward
pass runs them on bare arrays; `create_graph=True` runs the same rules on Tensors, so that what they
compute can be differentiated again.
"""

from __future__ import annotations

import heapq
import inspect
import itertools
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..dtypes import of, promote

Array = Any  # numpy.ndarray or cupy.ndarray: the array decides where its ops run
Gradient = Any  # an Array, or a Tensor under create_graph


class TensorBase:
    """What the engine must know of a tensor. tensor.py adds the operators and calls the result Tensor."""

    array: Array
    node: Node | None = None  # where its gradient goes; None if it wants none
    window: Any = None  # whose memory it shows, if not its own: see inplace.py
    version: list[int]  # how often its memory was changed in place; one box for all who share the memory

    Tensor: ClassVar[Any]  # the class of every result, filled in by tensor.py


def wrap(array: Array, node: Node | None = None) -> Any:
    """A Tensor around an array."""
    tensor = TensorBase.Tensor.__new__(TensorBase.Tensor)
    tensor.array, tensor.node, tensor.version = array, node, [0]
    return tensor


def unwrap(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return value.array if isinstance(value, TensorBase) else value


# -- recording ----------------------------------------------------------------------------------------------


class GradMode:
    """Whether ops leave nodes. One flag for the process."""

    enabled = True


@contextmanager
def grad_mode(enabled: bool) -> Iterator[None]:
    """Record, or do not, within the block; what was before is restored however the block ends."""
    before, GradMode.enabled = GradMode.enabled, enabled
    try:
        yield
    finally:
        GradMode.enabled = before


_age = itertools.count()  # of nodes: each op is younger than its inputs, so age is a topological order


class Node:
    """One step of the recorded program: `tensor.grad_fn`.   torch: torch/csrc/autograd/function.h

    Holds the nodes of its inputs, what its op's rules need, and the shape and type of its output; never
    the output itself, which holds the node: without cycles a graph dies with the last tensor that needs it.
    """

    __slots__ = ("__weakref__", "age", "dtype", "edges", "hooks", "op", "retained", "saved", "shape")

    def __init__(
        self, op: Any, edges: tuple[Node | None, ...], saved: dict[str, Any] | None, shape: Any, dtype: Any
    ) -> None:
        self.op, self.edges, self.saved, self.shape, self.dtype = op, edges, saved, shape, dtype
        self.age = next(_age)
        self.hooks: dict[int, Callable[[Any], Any]] | None = None
        self.retained: weakref.ref[Any] | None = None  # the tensor that asked to keep its .grad

    def name(self) -> str:
        """torch's name for this step, such as MulBackward0."""
        return str(self.op.node_name)

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of the output that was used, as in torch."""
        return tuple((edge, 0) for edge in self.edges)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"

    def load(self, name: str, on_tensors: bool) -> Any:
        """A saved value, provided that nobody has changed it in place since."""
        value, version, saved_at = self.saved[name]  # type: ignore[index]
        if version is None:
            return value
        made_by = self if name == "z" else self.edges[self.op.params.index(name)]
        if version[0] != saved_at:
            raise RuntimeError(_modified(value, version[0], saved_at, made_by))
        if not on_tensors:
            return value
        tensor = wrap(value, made_by)
        tensor.version = version
        return tensor

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """The rules at work: a gradient for every input that wants one, of `wanted` if that is given."""
        if self.saved is None:
            raise RuntimeError(_TWICE)
        values = {"dz": dz}
        for name in self.saved:
            values[name] = self.load(name, on_tensors)
        strides = values.get("stride")
        gradients: list[Gradient | None] = []
        answer, last = None, None
        for i, rule in enumerate(self.op.rules_for(len(self.edges))):
            edge = self.edges[i]
            if edge is None or rule is None or (wanted is not None and edge not in wanted):
                gradients.append(None)
                continue
            if rule is not last:  # the one rule of cat's many inputs is run once
                values["shape"] = edge.shape
                if strides is not None:
                    values["stride"] = strides[i]
                answer, last = rule.function(*[values[name] for name in rule.names]), rule
            gradients.append(answer)
        distributed: list[Gradient | None] = self.op.distribute(gradients)
        return distributed

    def release(self) -> None:
        """Let go of what was saved. The edges stay: a node that saved nothing may be visited again."""
        if self.saved:
            self.saved = None


class AccumulateGrad(Node):
    """The end of a path: adds what arrives to a leaf's `.grad`.   torch: .../functions/accumulate_grad.h"""

    __slots__ = ("leaf",)

    def __init__(self, leaf: TensorBase) -> None:
        super().__init__(None, (), {}, leaf.array.shape, leaf.array.dtype)
        self.leaf: Any = weakref.ref(leaf)  # the leaf holds this node

    def name(self) -> str:
        """`AccumulateGrad`, as in torch."""
        return "AccumulateGrad"

    @property
    def variable(self) -> Any:
        """The leaf, or None when nobody holds it any more."""
        return self.leaf()

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """grad ← grad + dz: into the same tensor, or under create_graph into a new one with a history."""
        leaf = self.leaf()
        if leaf is not None:
            if leaf.grad is None:
                leaf.grad = dz if on_tensors else wrap(owned(dz))
            elif on_tensors:
                leaf.grad = leaf.grad + dz
            else:
                leaf.grad.array += dz
                leaf.grad.version[0] += 1
            for hook in (leaf.post_accumulate_hooks or {}).values():
                hook(leaf)
        return ()


class Rule:
    """One gradient rule and the names it is written in."""

    __slots__ = ("function", "names")

    def __init__(self, function: Callable[..., Gradient]) -> None:
        self.function, self.names = function, tuple(inspect.signature(function).parameters)


class Needs(NamedTuple):
    """What a node must hold, given which inputs want a gradient: worked out once for each such case."""

    recorded: bool  # whether any rule applies
    places: tuple[tuple[str, int], ...]  # arguments that rules name, and where they stand
    output: bool
    strides: bool


RESERVED = {"dz", "z", "shape", "stride"}


class Op:
    """A function of arrays together with its gradient rules, made by `differentiable`.

    Called with Tensors it computes, wraps and records; called with arrays alone it just computes, which
    is how one op serves inside another's rule.
    """

    def __init__(
        self,
        forward: Callable[..., Array],
        rules: dict[str, Callable[..., Gradient]],
        node_name: str | None,
        promoted: str | None,
    ) -> None:
        update_wrapper(self, forward)
        parameters = inspect.signature(forward).parameters
        self.forward, self.params = forward, tuple(parameters)
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
        self.node_name: str = node_name or _camel(forward.__name__) + "Backward0"
        self.promoted = promoted
        self.rules = tuple(Rule(rules[name]) if name in rules else None for name in self.params)
        self._needs: dict[tuple[bool, ...], Needs] = {}
        self._check(rules)

    def _check(self, rules: dict[str, Any]) -> None:
        """A rule that misspells a name, or an input that bears a reserved one, is found here, at import."""
        taken, unknown = RESERVED & set(self.params), set(rules) - set(self.params)
        for rule in filter(None, self.rules):
            unknown |= set(rule.names) - set(self.params) - RESERVED
        if taken or unknown:
            raise TypeError(f"{self.__name__}(): reserved {sorted(taken)}, unknown {sorted(unknown)}")  # type: ignore[attr-defined]

    def named(self, node_name: str) -> Op:
        """The same op under another of torch's names, as `t` and `permute` are one function to us."""
        twin: Op = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, node_name=node_name)
        return twin

    def __repr__(self) -> str:
        return f"<op {self.node_name.partition('Backward')[0]}>"

    def __call__(self, *args: Any) -> Any:  # noqa: D102
        values, edges, source = [], [], None
        for arg in args:
            if isinstance(arg, TensorBase):
                source = arg
                if arg.window is not None:
                    arg.window.refresh(arg)
                values.append(arg.array)
                edges.append(arg.node)
            else:
                values.append(arg)
                edges.append(None)
        if source is None:
            return self.forward(*args)
        if self.promoted is not None:
            values = self._promote(values)
        try:
            z = self.forward(*values)
        except ValueError:
            check_broadcast([value.shape for value in values if hasattr(value, "shape")])
            raise
        out = wrap(z if type(z) is np.ndarray else _as_array(z))
        if GradMode.enabled and edges.count(None) < len(edges):
            self.record(out, args, values, edges)
        return out

    def _promote(self, values: list[Any]) -> list[Any]:
        first = 1 if self.params[0] == "condition" else 0
        return values[:first] + promote(values[first:], self.promoted or "common")

    def record(
        self, out: Any, args: Sequence[Any], values: Sequence[Any], edges: Sequence[Node | None]
    ) -> None:
        """Leave a node that holds what the rules of the wanted gradients name, and nothing else."""
        wanted = tuple([edge is not None for edge in edges])
        needs = self._needs.get(wanted)
        if needs is None:
            needs = self._needs[wanted] = self._needed(wanted)
        if not needs.recorded:
            return
        saved: dict[str, Any] = {}
        for name, i in needs.places:
            arg = args[i]
            if isinstance(arg, TensorBase):
                saved[name] = (values[i], arg.version, arg.version[0])
            else:
                saved[name] = (values[i], None, 0)
        if needs.output:
            saved["z"] = (out.array, out.version, 0)
        if needs.strides:
            saved["stride"] = ([_stride(value) for value in values], None, 0)
        out.node = Node(self, tuple(edges), saved, out.array.shape, out.array.dtype)

    def _needed(self, wanted: tuple[bool, ...]) -> Needs:
        rules = [
            rule for want, rule in zip(wanted, self.rules_for(len(wanted)), strict=True) if want and rule
        ]
        names = dict.fromkeys(name for rule in rules for name in rule.names)
        places = tuple((name, self.params.index(name)) for name in names if name not in RESERVED)
        return Needs(bool(rules), places, "z" in names, "stride" in names)

    def rules_for(self, inputs: int) -> tuple[Rule | None, ...]:
        """One rule per input; the last one serves all the inputs of a variadic op such as cat."""
        if not self.variadic:
            return self.rules
        return self.rules[:-1] + self.rules[-1:] * (inputs - len(self.rules) + 1)

    def distribute(self, gradients: list[Gradient | None]) -> list[Gradient | None]:
        """A variadic rule answers for all its inputs at once: give each its own part."""
        if not self.variadic:
            return gradients
        first = len(self.rules) - 1
        return [None if g is None else g[i - first] for i, g in enumerate(gradients)]


def differentiable(name: str | None = None, *, promoted: str | None = None, **rules: Any) -> Any:
    """Declare an op and, by keyword, the gradient rule of each input that has one.

    The parameters that a rule names are what is saved for it: `dz` the gradient that arrives, `z` the
    output, any input by its own name; `shape` and `stride` are those of the input concerned and keep
    nothing alive. Nodes bear `name`, torch's; `promoted` inputs meet in their common type ("common"),
    integers as the default float ("floating"), or bools not at all ("numbers").
    """
    return lambda forward: Op(forward, rules, name, promoted)


# -- the backward pass --------------------------------------------------------------------------------------


def run_backward(
    roots: Sequence[Node],
    gradients: Sequence[Gradient],
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
    needed = _leading_to(targets, roots) if targets else None
    wanted = needed and needed.union(targets)
    captured: dict[Node, Gradient] = {}

    def send(node: Node, dx: Gradient) -> None:
        if node in arrived:
            arrived[node] = arrived[node] + dx
        else:
            arrived[node] = dx
            heapq.heappush(queue, (-node.age, node))

    for root, gradient in zip(roots, gradients, strict=True):
        send(root, gradient)
    with grad_mode(create_graph):
        while queue:
            node = heapq.heappop(queue)[1]
            dz = arrived.pop(node)
            if node.hooks or node.retained:
                dz = _call_hooks(node, dz)
            if node in targets:
                captured[node] = dz
            if needed is not None and node not in needed:
                continue
            for edge, dx in zip(node.edges, node.backward(dz, create_graph, wanted), strict=True):
                if edge is None or dx is None:
                    continue
                # Where a rule hands dz on as it is, two inputs may get one array: a view lets the leaf know.
                send(edge, fit(dx.view() if dx is dz and not create_graph else dx, edge, node))
            if not retain_graph:
                node.release()
    return captured


def _leading_to(targets: Sequence[Node], roots: Sequence[Node]) -> set[Node]:
    """The nodes through which a gradient must pass on its way from the roots to a target."""
    order, seen, stack = [], set(roots), list(roots)
    while stack:
        node = stack.pop()
        order.append(node)
        for edge in node.edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    leading: set[Node] = set()
    for node in sorted(order, key=lambda node: node.age):  # inputs come before what is made of them
        if any(edge in leading or edge in targets for edge in node.edges):
            leading.add(node)
    return leading


def fit(dx: Gradient, edge: Node, source: Node) -> Gradient:
    """dx as its input wants it: un-broadcast to its shape, in its type."""
    array = unwrap(dx)
    on_tensors = array is not dx
    if array.shape != edge.shape:
        dx = unbroadcast(dx, edge.shape, source)
    if array.dtype != edge.dtype:
        dx = dx.to(of(edge.dtype)) if on_tensors else dx.astype(edge.dtype)
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
    dx = dx.sum(axis=(*range(lead), *stretched), keepdims=True)
    return dx.reshape(shape) if lead else dx


def owned(dx: Array) -> Array:
    """An array that nothing else sees: a rule may hand on a view of dz, or a read-only expansion."""
    return np.array(dx) if isinstance(dx, np.generic) or dx.base is not None else dx


def _call_hooks(node: Node, dz: Gradient) -> Gradient:
    """Show the gradient of a tensor to its hooks, each of which may replace it, and keep it where asked."""
    for hook in tuple((node.hooks or {}).values()):
        answer = hook(dz if isinstance(dz, TensorBase) else wrap(dz))
        if answer is not None:
            dz = answer if isinstance(dz, TensorBase) else answer.array.view()
    tensor = node.retained() if node.retained else None
    if tensor is not None:
        tensor.grad = dz if isinstance(dz, TensorBase) else wrap(owned(dz))
    return dz


# -- torch's words for misuse -------------------------------------------------------------------------------

_TWICE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


def _modified(value: Array, version: int, expected: int, made_by: Node | None) -> str:
    output = ""
    if made_by is not None and not isinstance(made_by, AccumulateGrad):
        output = f", which is output 0 of {made_by.name().removesuffix('0').removesuffix('Backward')},"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{of(value.dtype).scalar_name}Tensor {list(value.shape)}]{output} is at version {version}; "
        f"expected version {expected} instead. Hint: change a clone() of it, or compute a new tensor, "
        "so that the value that the gradient needs is still there when backward comes."
    )


def check_broadcast(shapes: list[tuple[int, ...]]) -> None:
    """Raise torch's RuntimeError for shapes that do not broadcast."""
    for a, b in itertools.pairwise(shapes):
        for i in range(1, min(len(a), len(b)) + 1):
            if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
                raise RuntimeError(
                    f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at non-singleton "
                    f"dimension {max(len(a), len(b)) - i}\nThe shapes are {list(a)} and {list(b)}: counted from the "
                    "last dimension, sizes must be equal or 1."
                ) from None


def _stride(value: Any) -> tuple[int, ...]:
    """Strides in elements, as torch counts them."""
    return tuple(s // value.itemsize for s in value.strides)


def _as_array(z: Any) -> Array:
    """NumPy hands back a scalar where an array has no dimensions; CuPy does not."""
    return np.asarray(z) if isinstance(z, (np.generic, int, float)) else z


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.strip("_").split("_"))


def warn_cycle() -> None:
    """torch's warning for backward(create_graph=True)."""
    warnings.warn(
        "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
        "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this.",
        stacklevel=4,
    )
