"""Ops: functions of arrays that know their gradients.   torch: tools/autograd/gen_variable_type.py

A rule needs some of the values of the forward pass, and backward runs long after it. Which ones must be kept? The rule
says so itself, by the names of its parameters:

    @differentiable(x=lambda dz, y: dz * y,
                    y=lambda dz, x: dz * x)
    def mul(x, y):
        return x * y

The keyword tells whose gradient it is. A rule for an input that wants no gradient is never run, and what it alone
names is not saved.

Adds to pocket.py: declared rules, a common type of the inputs, and saved values that notice when they were changed.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from functools import cached_property, partial, update_wrapper
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays.device import as_array
from minigrad.arrays.dtypes import promote
from minigrad.autograd.base import Array, Gradient, TensorBase, tensor_of
from minigrad.autograd.grad_mode import INFERENCE, THREAD
from minigrad.autograd.misuse import check_declaration, check_function, moved_together
from minigrad.autograd.node import Node, OpNode
from minigrad.autograd.saved import OUTPUT, Key, Saved

NOT_SAVED = {"dz", "shape", "stride"}  # names in a rule that need no saved value
_TORCH_NAMES = {"x": "self", "y": "other", "z": "result"}
_TENSORS = itertools.repeat(TensorBase)  # for map(isinstance, args, _TENSORS): faster than a loop


class Rule:
    """The gradient of one input, and the names of the values that it is computed from."""

    __slots__ = ("function", "names", "pick", "sized", "strided")

    def __init__(self, function: Callable[..., Gradient]) -> None:
        self.function, self.names = function, parameters(function)
        pick = itemgetter(
            *self.names
        )  # takes the values of these names out of a dict; of one, it makes no tuple
        self.pick: Any = pick if len(self.names) > 1 else lambda values: (pick(values),)
        self.strided = "stride" in self.names
        self.sized = self.strided or "shape" in self.names


class Needs(NamedTuple):
    """What a node saves if these of its inputs want a gradient."""

    places: list[tuple[str, int]]  # names, and which arguments they are; the output is none of them, -1
    freed: bool  # whether backward frees it: tensors are freed; sizes and options may be used again


class Op:
    """A function of arrays together with its gradient rules, made by `differentiable`.

    Called with Tensors it computes, wraps and records. Called with arrays alone it only computes: so one op serves
    inside another's rule.
    """

    def __init__(
        self,
        forward: Callable[..., Array],
        rules: dict[str, Callable[..., Gradient]],
        node_name: str | None,
        promoted: str | None,
        plain: Sequence[str],
        tensors: Sequence[str],
        transposed: str | None,
    ) -> None:
        update_wrapper(self, forward)
        self.forward, self.params = forward, parameters(forward)
        listed = (*plain, *tensors, *filter(None, [transposed]))
        check_declaration(forward.__name__, self.params, rules, listed, promoted)
        self.rules = {name: Rule(rules[name]) for name in self.params if name in rules}
        self.node_name: str = node_name or forward.__name__.title().replace("_", "") + "Backward0"
        self.promoted = promoted
        self.operands = [i for i, name in enumerate(self.params) if name not in (*plain, *tensors)]
        self.tensors = {"z", *self.rules, *tensors}
        self.place = {name: i for i, name in enumerate(self.params)}
        self.places = [self.place[name] for name in self.rules]  # of the inputs that have a rule
        self.all_have_rules = len(self.rules) == len(self.params)
        self.transposed = transposed
        self._twins: dict[str, Op] = {}
        self._needs: dict[Any, Needs] = {}  # by which inputs want a gradient; False: all do

    def named(self, node_name: str) -> Op:
        """The same op under another of torch's names: `t` and `permute` are one function here."""
        if node_name not in self._twins:
            twin = self._twins[node_name] = object.__new__(type(self))
            twin.__dict__.update(self.__dict__, node_name=node_name)
            twin.__dict__.pop("node_class", None)
        return self._twins[node_name]

    @cached_property
    def node_class(self) -> type[OpNode]:
        """The class of its nodes, under torch's name."""
        shown = {
            f"_saved_{_TORCH_NAMES.get(name, name)}": property(partial(OpNode.look_up, name=name))
            for name, _ in self._needed(list(self.rules.values())).places
        }
        return type(self.node_name, (OpNode,), {"__slots__": (), **shown})

    def __repr__(self) -> str:
        return f"<op {self.node_name.partition('Backward')[0]}>"

    def __call__(self, *args: Any) -> Any:
        """Compute; and where a Tensor wants a gradient, leave a node."""
        if not any(map(isinstance, args, _TENSORS)):
            return self.forward(*args)
        values, nodes = [], []
        for x in args:
            if isinstance(x, TensorBase):
                if x.view_meta is not None:
                    x.view_meta.refresh(x)
                values.append(x.array)
                nodes.append(x.node)
            else:
                values.append(x)
                nodes.append(None)
        if self.promoted is not None:
            values = self._promote(values, self.promoted)
        state = THREAD.state
        try:
            z = state.without_warnings(self.forward, *values)
        except (ValueError, TypeError):
            moved = moved_together(args, values, self.promoted is not None)
            if moved is None:
                raise
            return self(*moved)
        inference = state.inference
        out = tensor_of(z if type(z) is np.ndarray else as_array(z), INFERENCE if inference else [0])
        if state.enabled and not inference:
            edges = nodes if self.all_have_rules else self._edges(nodes)
            if any(edges):
                self.record(out, args, values, edges)
        return out

    def _promote(self, values: list[Any], to: str) -> list[Any]:
        if len(self.operands) == len(values):
            return promote(values, to)
        met = promote([values[i] for i in self.operands], to)
        for i, value in zip(self.operands, met, strict=True):
            values[i] = value
        return values

    def record(
        self, out: Any, args: Sequence[Any], values: Sequence[Any], edges: Sequence[Node | None]
    ) -> None:
        """Leave a node that holds what the rules of the wanted gradients name, and nothing else.

        `values` are the args with arrays in place of the Tensors; `edges` the nodes of the inputs that have a rule.
        """
        case = None in edges and tuple(map(bool, edges))
        needs = self._needs.get(case) or self._needs.setdefault(case, self._needed(self._wanted(edges)))
        node = self.node_class(self, edges, out.array)
        saved: dict[str, Any] = {}
        for name, i in needs.places:
            if i < 0:
                saved[name] = Saved(out.array, out.version, OUTPUT)
            elif isinstance(x := args[i], TensorBase):
                saved[name] = Saved(values[i], x.version, x.node)
            else:
                saved[name] = values[i]
                if type(x) is Key:
                    saved |= x.saved_tensors(name)
        node.saved, node.freed, out.node = saved, needs.freed, node

    def _edges(self, nodes: list[Node | None]) -> list[Node | None]:
        """Pick the nodes of the inputs that have a rule."""
        return [nodes[i] for i in self.places]

    def _wanted(self, edges: Sequence[Node | None]) -> list[Rule]:
        """The rules of those inputs that want a gradient."""
        return [rule for rule, edge in zip(self.rules.values(), edges, strict=True) if edge is not None]

    def _needed(self, rules: Sequence[Rule]) -> Needs:
        """What these rules name, in the order in which torch checks it: by torch's names, the output last."""
        names = {name for rule in rules for name in rule.names}.difference(NOT_SAVED)
        ordered = sorted(names, key=lambda name: (name == "z", _TORCH_NAMES.get(name, name)))
        return Needs(
            [(name, self.place.get(name, -1)) for name in ordered], not self.tensors.isdisjoint(names)
        )

    def gradients(
        self, edges: Sequence[Node | None], values: dict[str, Any], wanted: set[Node] | None
    ) -> Sequence[Gradient | None]:
        """dx for each input that wants one: its rule, called with the values that it names."""
        found: list[Gradient | None] = []
        for rule, edge in zip(self.rules.values(), edges, strict=True):
            if edge is None or (wanted is not None and edge not in wanted):
                found.append(None)
                continue
            if rule.sized:
                values.update(shape=edge.shape, stride=edge.stride if rule.strided else None)
            found.append(rule.function(*rule.pick(values)))
        return found


class VariadicOp(Op):
    """An op of any number of inputs, such as cat: one rule answers for all of them at once, with a list."""

    def _edges(self, nodes: list[Node | None]) -> list[Node | None]:
        return nodes[self.places[0] :]

    def _wanted(self, edges: Sequence[Node | None]) -> list[Rule]:
        return list(self.rules.values())

    def gradients(
        self, edges: Sequence[Node | None], values: dict[str, Any], wanted: set[Node] | None
    ) -> Sequence[Gradient | None]:
        """dx for each input that wants one: the rule is called once, for all of them."""
        (rule,) = self.rules.values()
        parts = rule.function(*rule.pick(values))
        return [
            dx if edge and (wanted is None or edge in wanted) else None
            for dx, edge in zip(parts, edges, strict=True)
        ]


def differentiable(
    name: str | None = None,
    *,
    promoted: str | None = None,
    plain: Sequence[str] = (),
    tensors: Sequence[str] = (),
    transposed: str | None = None,
    **rules: Any,
) -> Any:
    """Declare an op and, by keyword, the gradient rule of each input that has one.

    What a rule names is saved for it: `dz` the gradient that arrives, `z` the output, any input by its own name;
    `shape` and `stride` are those of the input concerned and keep nothing alive. Nodes bear `name`, torch's. The
    inputs meet in their common type if `promoted` is "common"; "floating" makes floats of integers, too, and
    "numbers" refuses bools. `tensors` are inputs without a gradient, such as a mask: they keep their type, and
    backward frees them. `plain` parameters, such as "mean", keep their type too. Of the input `transposed` torch
    saves a transposed view.
    Raises TypeError if a rule or a list names something that is not a parameter.
    """
    if callable(name):
        raise TypeError("differentiable() needs parentheses: write @differentiable(x=lambda dz: ...)")

    def declare(forward: Callable[..., Array]) -> Op:
        variadic = check_function(forward).__code__.co_flags & inspect.CO_VARARGS
        return (VariadicOp if variadic else Op)(forward, rules, name, promoted, plain, tensors, transposed)

    return declare


def parameters(function: Any) -> tuple[str, ...]:
    """The names of a function's parameters. inspect.signature takes longer: hundreds are read at import."""
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount + bool(code.co_flags & inspect.CO_VARARGS)])
