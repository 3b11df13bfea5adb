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

import contextvars
import inspect
import itertools
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from minigrad.autograd.engine import Array, Gradient, Node, TensorBase, restored, wrap
from minigrad.autograd.grad_mode import INFERENCE, GradMode
from minigrad.autograd.misuse import TWICE
from minigrad.device import as_array, of, together
from minigrad.dtypes import promote


class _Quiet(threading.local):
    """run(f, *args): f without NumPy's remarks on log(0) or 0/0, about which torch is silent.

    A context per thread in which NumPy is silent is entered in a tenth of what np.errstate takes.
    """

    def __init__(self) -> None:
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


QUIET = _Quiet()


@lru_cache(1024)
def _tensors(*types: type) -> tuple[int, ...]:
    """Which of the arguments are Tensors, told once for every row of types that is seen."""
    return tuple(i for i, kind in enumerate(types) if issubclass(kind, TensorBase))


class Rule:
    """One gradient rule, the names it is written in, and `pick`, which takes their values out of a dict."""

    __slots__ = ("function", "names", "pick")

    def __init__(self, function: Callable[..., Gradient]) -> None:
        self.function, self.names = function, tuple(inspect.signature(function).parameters)
        # itemgetter of one name gives its value bare, of more a tuple
        self.pick = (
            itemgetter(*self.names) if len(self.names) > 1 else lambda values: (values[self.names[0]],)
        )


class Needs(NamedTuple):
    """What a node must hold, given which inputs want a gradient: worked out once for each such case."""

    places: tuple[tuple[str, int], ...]  # arguments that rules name, and where they stand
    output: bool
    strides: bool


class OpNode(Node):
    """The node of an op. What it saved can be looked at under torch's names, such as `_saved_self`."""

    __slots__ = ()

    def release(self) -> None:
        """Let go of what was saved. What saved sizes and options alone may be visited again; factors are values."""
        for name, (value, version, _) in (self.saved or {}).items():
            if version is not None or name == "y" or _has_array(value):
                self.saved = None
                return

    def __dir__(self) -> list[str]:
        names = self.saved or ()
        return [*super().__dir__(), *(f"_saved_{_TORCH_NAMES.get(name, name)}" for name in names)]

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_saved_"):
            raise AttributeError(f"{self.name()!r} object has no attribute {name!r}")
        if self.saved is None:
            raise RuntimeError(TWICE)
        for own, (value, version, _) in self.saved.items():
            if name == f"_saved_{_TORCH_NAMES.get(own, own)}":
                return value if version is None else restored(value, version, self._made_by(own))
        raise AttributeError(
            f"{self.name()!r} object has no attribute {name!r}\nIts rules need {list(self.saved)}."
        )


def _has_array(value: Any) -> bool:
    return hasattr(value, "dtype") or (isinstance(value, (tuple, list)) and any(map(_has_array, value)))


_TORCH_NAMES = {"x": "self", "y": "other", "z": "result"}
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
        self.node_name: str = node_name or _camel(forward.__name__) + "Backward0"
        self.promoted = promoted
        # What meets in a common type: not a condition, nor what says how ("mean").
        plain = [parameters[name].annotation == "str" or name == "condition" for name in self.params]
        self.operands = [i for i, stays in enumerate(plain) if not stays]
        self._check(rules)
        self.rules = {name: Rule(rules[name]) for name in self.params if name in rules}
        self.inputs = self._inputs([self.params.index(name) for name in self.rules])
        self._needs: dict[tuple[bool, ...], Needs] = {}

    def _check(self, rules: dict[str, Any]) -> None:
        """A rule that misspells a name, or an input that bears a reserved one, is found here, at import."""
        taken, unknown = RESERVED & set(self.params), set(rules) - set(self.params)
        for rule in map(Rule, rules.values()):
            unknown |= set(rule.names) - set(self.params) - RESERVED
        if taken or unknown:
            raise TypeError(f"{self.__name__}(): reserved {sorted(taken)}, unknown {sorted(unknown)}")  # type: ignore[attr-defined]

    def _inputs(self, places: list[int]) -> slice:
        """Where the inputs stand that have a rule: one after the other, or in even steps."""
        step = places[1] - places[0] if len(places) > 1 else 1
        return slice(places[0], places[-1] + 1, step) if places else slice(0)

    def named(self, node_name: str) -> Op:
        """The same op under another of torch's names, as `t` and `permute` are one function to us."""
        twin: Op = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, node_name=node_name)
        return twin

    def __repr__(self) -> str:
        return f"<op {self.node_name.partition('Backward')[0]}>"

    def __call__(self, *args: Any) -> Any:
        """Compute; and where a Tensor wants a gradient, leave a node."""
        places = _tensors(*map(type, args))
        if not places:
            return self.forward(*args)
        values, nodes = list(args), [None] * len(args)
        for i in places:
            x = args[i]
            if x.window is not None:
                x.window.refresh(x)
            values[i], nodes[i] = x.array, x.node
        if self.promoted is not None:
            values = self._promote(values, self.promoted)
        try:
            z = QUIET.run(self.forward, *values)
        except (ValueError, TypeError):
            check_broadcast([value.shape for value in values if hasattr(value, "shape")])
            moved = _on_one_device(args, self.promoted is not None)
            if moved is None:
                raise
            return self(*moved)
        out = wrap(z if type(z) is np.ndarray else as_array(z))
        edges = nodes[self.inputs]
        if GradMode.enabled and any(edges):
            self.record(out, args, values, tuple(edges))
        return out

    def _promote(self, values: list[Any], to: str) -> list[Any]:
        if len(self.operands) == len(values):
            return promote(values, to)
        met = promote([values[i] for i in self.operands], to)
        for i, value in zip(self.operands, met, strict=True):
            values[i] = value
        return values

    def record(
        self, out: Any, args: Sequence[Any], values: Sequence[Any], edges: tuple[Node | None, ...]
    ) -> None:
        """Leave a node that holds what the rules of the wanted gradients name, and nothing else.

        An edge is the node of an input that has a rule; None where it wants no gradient.
        """
        wanted = tuple(map(bool, edges))
        needs = self._needs.get(wanted)
        if needs is None:
            needs = self._needs[wanted] = self._needed(wanted)
        saved: dict[str, Any] = {}
        for name, i in needs.places:
            arg = args[i]
            if isinstance(arg, TensorBase):
                if arg.version is INFERENCE:
                    raise RuntimeError(SAVED_INFERENCE)
                saved[name] = (values[i], arg.version, arg.version[0])
            else:
                saved[name] = (values[i], None, 0)
        if needs.output:
            saved["z"] = (out.array, out.version, 0)
        if needs.strides:
            saved["stride"] = ([_stride(value) for value in values[self.inputs]], None, 0)
        out.node = OpNode(self, edges, saved, out.array.shape, out.array.dtype)

    def _needed(self, wanted: tuple[bool, ...]) -> Needs:
        names = dict.fromkeys(name for rule in self._applying(wanted) for name in rule.names)
        places = tuple((name, self.params.index(name)) for name in names if name not in RESERVED)
        return Needs(places, "z" in names, "stride" in names)

    def _applying(self, wanted: tuple[bool, ...]) -> list[Rule]:
        return [rule for rule, want in zip(self.rules.values(), wanted, strict=True) if want]

    def gradients(self, values: dict[str, Any], edges: Sequence[Node | None]) -> list[Gradient | None]:
        """The rules at work on the saved values: dx for every input whose edge is there."""
        strides = values.get("stride")
        found: list[Gradient | None] = []
        for i, (rule, edge) in enumerate(zip(self.rules.values(), edges, strict=True)):
            if edge is None:
                found.append(None)
                continue
            values["shape"] = edge.shape
            if strides is not None:
                values["stride"] = strides[i]
            found.append(rule.function(*rule.pick(values)))
        return found


class VariadicOp(Op):
    """An op of any number of inputs, such as cat: one rule answers for all of them at once, with a list."""

    def _inputs(self, places: list[int]) -> slice:
        return slice(places[0], None)

    def _applying(self, wanted: tuple[bool, ...]) -> list[Rule]:
        return list(self.rules.values())

    def gradients(self, values: dict[str, Any], edges: Sequence[Node | None]) -> list[Gradient | None]:
        """The rule at work, once: to each input its part."""
        (rule,) = self.rules.values()
        parts = rule.function(*rule.pick(values))
        return [dx if edge else None for dx, edge in zip(parts, edges, strict=True)]


def differentiable(name: str | None = None, *, promoted: str | None = None, **rules: Any) -> Any:
    """Declare an op and, by keyword, the gradient rule of each input that has one.

    The parameters that a rule names are what is saved for it: `dz` the gradient that arrives, `z` the
    output, any input by its own name; `shape` and `stride` are those of the input concerned and keep
    nothing alive. Nodes bear `name`, torch's; `promoted` inputs meet in their common type ("common"),
    integers as the default float ("floating"), or bools not at all ("numbers").
    """

    def declare(forward: Callable[..., Array]) -> Op:
        last = list(inspect.signature(forward).parameters.values())[-1]
        kind = VariadicOp if last.kind is last.VAR_POSITIONAL else Op
        return kind(forward, rules, name, promoted)

    return declare


SAVED_INFERENCE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `minigrad.no_grad()` instead of `minigrad.inference_mode()`."
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


def _on_one_device(args: Sequence[Any], elementwise: bool) -> list[Any] | None:
    """The arguments again, but a CPU tensor's number on the GPU where the others are; None if all are together.

    RuntimeError, in torch's words, for whole tensors on two devices.
    """
    tensors = [arg for arg in args if isinstance(arg, TensorBase)]
    gpus = [of(t.array) for t in tensors if not isinstance(t.array, np.ndarray)]
    rest = [t for t in tensors if isinstance(t.array, np.ndarray)]
    if not gpus or not rest:
        return None
    if not elementwise or any(t.array.ndim for t in rest):
        together(*(t.array for t in tensors))
    return [arg.to(device=gpus[0]) if any(arg is t for t in rest) else arg for arg in args]


def _stride(value: Any) -> tuple[int, ...]:
    """Strides in elements, as torch counts them."""
    return tuple(s // value.itemsize for s in value.strides)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.strip("_").split("_"))
