"""Ops: functions of arrays that know their gradients.   torch: tools/autograd/gen_variable_type.py

`differentiable` declares an op's rules beside its forward, and works out what each needs:

    @differentiable(x=lambda dz, y: dz * y,
                    y=lambda dz, x: dz * x)
    def mul(x, y):
        return x * y

The keyword says whose gradient it is; the parameters that a rule names are what is saved for it. A rule for
an input that wants no gradient is never run, and what it alone names is not saved.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from functools import cached_property, partial, update_wrapper
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays.device import as_array, check_same_device, device_of
from minigrad.arrays.dtypes import promote
from minigrad.arrays.kernels import QUIET
from minigrad.autograd.engine import Array, Gradient, Node, TensorBase, tensor_of
from minigrad.autograd.grad_mode import INFERENCE, THREAD
from minigrad.autograd.misuse import TWICE, made_by, modified, op_name

Pick = Callable[[Sequence[Any]], tuple[Any, ...]]


def picker(places: Sequence[int]) -> Pick:
    """What takes the values at these places out of a row of values."""
    # itemgetter gives the value of one place bare
    return itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)


def parameters(function: Any) -> tuple[str, ...]:
    """Their names. inspect.signature tells more, and takes longer: there are hundreds to read at import."""
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount + is_variadic(function)])


def is_variadic(function: Any) -> bool:
    """Whether it takes any number of arguments."""
    return bool(function.__code__.co_flags & inspect.CO_VARARGS)


class Rule:
    """One gradient rule, and the names it is written in."""

    __slots__ = ("function", "names")

    def __init__(self, function: Callable[..., Gradient]) -> None:
        self.function, self.names = function, parameters(function)


class Needs(NamedTuple):
    """What a node must hold, given which inputs want a gradient: worked out once for each such case.

    A row is what there is to choose from: in forward the arguments, the output and the inputs' strides, of which
    `save` takes what the node holds; in backward dz, the shape of the input concerned, and what was saved.
    """

    names: tuple[str, ...]  # of what is saved
    save: Pick
    rules: list[tuple[int, Rule, Pick]]  # an input's number, its rule, and what the rule takes
    freed: (
        bool  # whether backward lets go of it: sizes and options alone may be visited again, values may not
    )


class OpNode(Node):
    """The node of an op. Each op has a subclass, in which what was saved has torch's names, such as `_saved_self`."""

    __slots__ = ("counts", "needs", "versions")

    saved: tuple[Any, ...] | None
    needs: Needs
    versions: tuple[list[int], ...]  # of what was saved: how often each was changed in place, now and
    counts: tuple[int, ...]  # when it was saved

    def holds(self) -> dict[str, Any]:
        """What it saved, by name."""
        return dict(zip(self.needs.names, self.saved or (), strict=False))

    def keep(self, name: str, value: Any, version: list[int], count: int) -> None:
        """Save another value in the place of one that was saved, if it was."""
        if self.saved is not None and name in self.needs.names:
            i = self.needs.names.index(name)
            self.saved, self.versions, self.counts = (
                (*row[:i], new, *row[i + 1 :])
                for row, new in ((self.saved, value), (self.versions, version), (self.counts, count))
            )

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """The rules at work: dx for every input that wants one, of `wanted` if that is given."""
        saved = self.saved
        if saved is None:
            raise RuntimeError(TWICE)
        if tuple(map(_count, self.versions)) != self.counts:
            raise self._modified()
        if not on_tensors:
            return QUIET.run(self.op.gradients, self, [dz, None, *saved], wanted)
        with np.errstate(all="ignore"):
            return self.op.gradients(self, [dz, None, *self._tensors(saved)], wanted)

    def _modified(self) -> RuntimeError:
        """What to say of the first saved value that was changed since."""
        rows = zip(self.needs.names, self.saved or (), self.versions, self.counts, strict=True)
        name, value, version, count = next(row for row in rows if row[2][0] != row[3])
        node = self._made_by(name)
        source: str | None
        if name == "z":
            source = op_name(self.name())
        elif name == self.op.transposed:
            value, source = value.T, "AsStrided" if node else None
        else:
            source = made_by(node, version)
        return modified(value, version[0], count, source)

    def _tensors(self, saved: tuple[Any, ...]) -> list[Any]:
        """What was saved, as the Tensors that they were: what rules do with them is recorded in turn."""
        return [
            value if version is CONSTANT else tensor_of(value, version, self._made_by(name))
            for name, value, version in zip(self.needs.names, saved, self.versions, strict=True)
        ]

    def _made_by(self, name: str) -> Node | None:
        """The node of a saved value."""
        rules = list(self.op.rules)
        return self if name == "z" else self.edges[rules.index(name)] if name in rules else None

    def release(self) -> None:
        """Let go of what was saved."""
        if self.needs.freed:
            self.saved = None

    def look_up(self, name: str) -> Any:
        """A saved value as the Tensor that it was; None if it was not needed."""
        if self.saved is None:
            raise RuntimeError(TWICE)
        return dict(zip(self.needs.names, self._tensors(self.saved), strict=True)).get(name)


_count: Callable[[list[int]], int] = itemgetter(0)  # of a version
_TORCH_NAMES = {"x": "self", "y": "other", "z": "result"}
RESERVED = {"dz", "z", "shape", "stride"}
CONSTANT = [0]  # the version of what is no tensor
_TENSORS = itertools.repeat(TensorBase)


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
        self.forward, self.params = forward, parameters(forward)
        kinds = [str(forward.__annotations__.get(name, "Array")) for name in self.params]
        self.node_name: str = node_name or _camel(forward.__name__) + "Backward0"
        # What meets in a common type: not a condition, nor what says how ("mean").
        self.operands = [i for i, name in enumerate(self.params) if kinds[i] != "str" and name != "condition"]
        self.promoted = promoted
        self.is_value = ["Array" in kind for kind in kinds]
        self.rules = {name: Rule(rules[name]) for name in self.params if name in rules}
        self._check(set(rules))
        self.inputs = self._inputs([self.params.index(name) for name in self.rules])
        self.strided = any("stride" in rule.names for rule in self.rules.values())
        self.transposed: str | None = None  # an input of which torch saves a view, transposed
        self._twins: dict[str, Op] = {}
        self._needs: dict[Any, Needs] = {}  # by which inputs want a gradient; False: all do

    def _check(self, inputs: set[str]) -> None:
        """A rule that misspells a name, or an input that bears a reserved one, is found here, at import."""
        named = inputs.union(*(rule.names for rule in self.rules.values()))
        taken, unknown = RESERVED & set(self.params), named - set(self.params) - (RESERVED - inputs)
        if taken or unknown:
            raise TypeError(f"{self.__name__}(): reserved {sorted(taken)}, unknown {sorted(unknown)}")  # type: ignore[attr-defined]

    def _inputs(self, places: list[int]) -> slice:
        """Where the inputs stand that have a rule: one after the other, or in even steps."""
        step = places[1] - places[0] if len(places) > 1 else 1
        return slice(places[0], places[-1] + 1, step) if places else slice(0)

    def named(self, node_name: str) -> Op:
        """The same op under another of torch's names, as `t` and `permute` are one function to us."""
        if node_name not in self._twins:
            twin = self._twins[node_name] = object.__new__(type(self))
            twin.__dict__.update(self.__dict__, node_name=node_name)
            twin.__dict__.pop("node_class", None)
        return self._twins[node_name]

    @cached_property
    def node_class(self) -> type[OpNode]:
        """The class of its nodes, under torch's name."""
        names = dict.fromkeys(name for rule in self.rules.values() for name in rule.names)
        shown = {
            f"_saved_{_TORCH_NAMES.get(name, name)}": property(partial(OpNode.look_up, name=name))
            for name in names
            if name not in ("dz", "shape", "stride")
        }
        return type(self.node_name, (OpNode,), shown)

    def __repr__(self) -> str:
        return f"<op {self.node_name.partition('Backward')[0]}>"

    def __call__(self, *args: Any) -> Any:
        """Compute; and where a Tensor wants a gradient, leave a node."""
        if not any(map(isinstance, args, _TENSORS)):
            return self.forward(*args)
        values, nodes, versions = [], [], []
        for x in args:
            if isinstance(x, TensorBase):
                if x.view_meta is not None:
                    x.view_meta.refresh(x)
                values.append(x.array)
                nodes.append(x.node)
                versions.append(x.version)
            else:
                values.append(x)
                nodes.append(None)
                versions.append(CONSTANT)
        if self.promoted is not None:
            values = self._promote(values, self.promoted)
        state = THREAD.state
        try:
            z = state.quietly(self.forward, *values)
        except (ValueError, TypeError):
            check_broadcast([value.shape for value in values if hasattr(value, "shape")])
            moved = _on_one_device(args, self.promoted is not None)
            if moved is None:
                raise
            return self(*moved)
        inference = state.inference
        out = tensor_of(z if type(z) is np.ndarray else as_array(z), INFERENCE if inference else [0])
        if state.enabled and not inference:
            edges = nodes[self.inputs]
            if any(edges):
                self.record(out, values, versions, edges)
        return out

    def _promote(self, values: list[Any], to: str) -> list[Any]:
        if len(self.operands) == len(values):
            return promote(values, to)
        met = promote([values[i] for i in self.operands], to)
        for i, value in zip(self.operands, met, strict=True):
            values[i] = value
        return values

    def record(
        self, out: Any, values: list[Any], versions: list[list[int]], edges: list[Node | None]
    ) -> None:
        """Leave a node that holds what the rules of the wanted gradients name, and nothing else.

        An edge is the node of an input that has a rule; None where it wants no gradient.
        """
        case = None in edges and tuple(map(bool, edges))
        needs = self._needs.get(case)
        if needs is None:
            needs = self._needs[case] = self._needed(edges)
        node = out.node = self.node_class(self, edges, out.array.shape, out.array.dtype)
        node.needs, node.versions, node.counts = needs, (), ()
        if needs.names:
            self._save(node, out, values, versions)

    def _save(self, node: OpNode, out: Any, values: list[Any], versions: list[list[int]]) -> None:
        """Let a node hold what it needs, and remember how often each value was changed by now."""
        save, values, versions = node.needs.save, [*values, out.array], [*versions, out.version]
        if self.strided:
            values += map(_stride, values[self.inputs])
            versions += [CONSTANT] * len(self.rules)
        node.saved, node.versions = save(values), save(versions)
        node.counts = tuple(map(_count, node.versions))
        if INFERENCE[0] in node.counts:
            raise RuntimeError(SAVED_INFERENCE)

    def _needed(self, edges: Sequence[Node | None]) -> Needs:
        """What a node holds whose inputs want a gradient as these do, and where in a row its rules find it."""
        saved: dict[str, int] = {}
        rules = []
        for i, rule in self._applying(edges):
            found = {"dz": 0, "shape": 1}
            for name in rule.names:
                if name not in found:
                    own, place = (f"{name} {i}", i) if name == "stride" else (name, 0)
                    saved.setdefault(own, self._place(name) + place)
                    found[name] = 2 + list(saved).index(own)
            rules.append((i, rule, picker([found[name] for name in rule.names])))
        values = [*self.is_value, True, *(False for _ in self.rules)]  # the output is one, a stride is none
        freed = any(values[place] for place in saved.values())
        return Needs(tuple(saved), picker(list(saved.values())), rules, freed)

    def _place(self, name: str) -> int:
        """Where a name's value stands in the row of what there is to save."""
        return [*self.params, "z", "stride"].index(name)

    def _applying(self, edges: Sequence[Node | None]) -> list[tuple[int, Rule]]:
        """The rules of the gradients that are wanted, each with the number of its input."""
        pairs = zip(self.rules.values(), edges, strict=True)
        return [(i, rule) for i, (rule, edge) in enumerate(pairs) if edge is not None]

    def gradients(self, node: OpNode, row: list[Any], wanted: set[Node] | None) -> Sequence[Gradient | None]:
        """The rules at work on a row of dz, a place for the input's shape, and what was saved."""
        edges = node.edges
        found: list[Gradient | None] = [None] * len(edges)
        for i, rule, pick in node.needs.rules:
            edge = edges[i]
            if wanted is None or edge in wanted:
                row[1] = edge.shape  # type: ignore[union-attr]
                found[i] = rule.function(*pick(row))
        return found


class VariadicOp(Op):
    """An op of any number of inputs, such as cat: one rule answers for all of them at once, with a list."""

    def _inputs(self, places: list[int]) -> slice:
        return slice(places[0], None)

    def _applying(self, edges: Sequence[Node | None]) -> list[tuple[int, Rule]]:
        return list(enumerate(self.rules.values()))

    def gradients(self, node: OpNode, row: list[Any], wanted: set[Node] | None) -> Sequence[Gradient | None]:
        """The rule at work, once: to each input its part."""
        ((_, rule, pick),) = node.needs.rules
        parts = rule.function(*pick(row))
        return [
            dx if edge and (wanted is None or edge in wanted) else None
            for dx, edge in zip(parts, node.edges, strict=True)
        ]


def differentiable(name: str | None = None, *, promoted: str | None = None, **rules: Any) -> Any:
    """Declare an op and, by keyword, the gradient rule of each input that has one.

    The parameters that a rule names are what is saved for it: `dz` the gradient that arrives, `z` the
    output, any input by its own name; `shape` and `stride` are those of the input concerned and keep
    nothing alive. Nodes bear `name`, torch's; `promoted` inputs meet in their common type ("common"),
    integers as the default float ("floating"), or bools not at all ("numbers").
    """

    def declare(forward: Callable[..., Array]) -> Op:
        kind = VariadicOp if is_variadic(forward) else Op
        return kind(forward, rules, name, promoted)

    return declare


SAVED_INFERENCE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `minigrad.no_grad()` instead of `minigrad.inference_mode()`."
)


def check_broadcast(shapes: list[tuple[int, ...]]) -> None:
    """Raise torch's RuntimeError for shapes that do not broadcast."""
    for b, a in zip(shapes[1:], itertools.accumulate(shapes, np.broadcast_shapes), strict=False):
        for i in range(1, min(len(a), len(b)) + 1):
            if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
                raise RuntimeError(
                    f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at non-singleton "
                    f"dimension {max(len(a), len(b)) - i}\nThe shapes are {list(a)} and {list(b)}: counted from the "
                    "last dimension, sizes must be equal or 1."
                ) from None


def _on_one_device(args: Sequence[Any], elementwise: bool) -> list[Any] | None:
    """The arguments again, but a CPU tensor's number on the GPU where the others are; None if all are together.

    RuntimeError, in torch's words, for whole tensors on two devices.
    """
    tensors = [arg for arg in args if isinstance(arg, TensorBase)]
    gpus = [device_of(t.array) for t in tensors if not isinstance(t.array, np.ndarray)]
    rest = [t for t in tensors if isinstance(t.array, np.ndarray)]
    if not gpus or not rest:
        return None
    if not elementwise or any(t.array.ndim for t in rest):
        check_same_device(*(t.array for t in tensors))
    return [arg.to(device=gpus[0]) if any(arg is t for t in rest) else arg for arg in args]


def _stride(value: Any) -> tuple[int, ...]:
    """Strides in elements, as torch counts them."""
    size = value.itemsize
    return tuple([s // size for s in value.strides])


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.strip("_").split("_"))
