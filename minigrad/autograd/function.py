"""Ops of your own: subclass Function.   torch: torch/autograd/function.py

class Square(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, dz):
        (x,) = ctx.saved_tensors
        return 2 * x * dz

z = Square.apply(x)
"""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.arrays.dtypes import full_name
from minigrad.arrays.kernels import zeros
from minigrad.autograd.base import Gradient, TensorBase, as_tensor, node_of, unwrap, wrap
from minigrad.autograd.grad_mode import THREAD, no_grad, set_grad_enabled
from minigrad.autograd.history import rebase_history
from minigrad.autograd.misuse import TWICE
from minigrad.autograd.node import Node
from minigrad.autograd.outputs import OutputNode, SeveralOutputs
from minigrad.autograd.saved import Saved


class Context:
    """What a Function's forward leaves for its backward: the `ctx` of both."""

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.to_save: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()
        self.materialize_grads = True
        self.node: Any = None  # a weak reference, for the node holds this object; None during forward

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs or outputs; a change in place before backward is then noticed."""
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, TensorBase):
                kind = type(tensor).__name__
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {kind}\n"
                    "Anything else is kept as an attribute: ctx.name = ..."
                )
        self.to_save = tensors

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """These outputs have no gradient: indices, masks, counts."""
        self.non_differentiable = outputs

    def mark_dirty(self, *inputs: Any) -> None:
        """These inputs were changed in place; forward returns them."""
        for i, tensor in enumerate(inputs):
            if not isinstance(tensor, TensorBase):
                kind = type(tensor).__name__
                raise RuntimeError(
                    f"mark_dirty can only accept variables, but argument {i} is of type {kind}"
                )
        self.dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros for an output that no gradient arrives for (the default), or None."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to save_for_backward; RuntimeError if they were freed or changed in place."""
        return self.node().saved_tensors if self.node else ()


class FunctionNode(SeveralOutputs):
    """A step whose rule a user wrote.

    Each Function has a subclass of its own, so that `type(tensor.grad_fn)` has its name.
    """

    __slots__ = ("ctx", "outputs")

    function: type[Function]

    def __init__(self, ctx: Context, edges: tuple[Node | None, ...]) -> None:
        super().__init__(edges)
        self.ctx = ctx
        self.outputs: list[Any] = []  # one array of zeros each, without memory (stride 0); None for no tensor

    def __getattr__(self, name: str) -> Any:
        """In torch a Function's ctx and its node are one object: what forward left on ctx is found here."""
        if name == "ctx":  # a node that is still being made
            raise AttributeError(name)
        return getattr(self.ctx, name)

    def apply(self, *gradients: Any) -> Any:
        """backward, on gradients of the outputs."""
        return self(*gradients)

    def save(self, tensors: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Save arrays, versions and nodes, not the tensors: an output holds this node, and a cycle is not freed."""
        numbers = {id(out): number for number, out in enumerate(outputs)}
        self.saved = [
            None if t is None else Saved(t.array, t.version, numbers.get(id(t), node_of(t))) for t in tensors
        ]

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The saved tensors, if they are still there and still what they were."""
        if self.saved is None:
            raise RuntimeError(TWICE)
        return tuple(None if kept is None else kept.unpack(self, True) for kept in self.saved)

    def nothing(self, number: int) -> Any:
        """The gradient of an output for which none arrived: zeros, or None after set_materialize_grads(False)."""
        blank = self.outputs[number]
        return None if blank is None or not self.ctx.materialize_grads else zeros(blank, blank.shape)

    def output(self, number: int) -> Node | None:
        """The node of an output. If the output was freed although its value is saved, a new node in its place."""
        node = self.nodes[number]
        return node and (node() or OutputNode(self, number, self.outputs[number]))

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """The user's backward, on Tensors. Values that it returns beyond the number of inputs must be None."""
        arrived = self.outputs_of(dz)
        self.tell_unreached(arrived)
        parts = [self.nothing(i) if part is None else part for i, part in enumerate(arrived)]
        with set_grad_enabled(on_tensors):
            answer = self.function.backward(self.ctx, *[None if p is None else as_tensor(p) for p in parts])
        answers = answer if isinstance(answer, tuple) else (answer,)
        if len(answers) < len(self.edges) or any(a is not None for a in answers[len(self.edges) :]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {len(self.edges)}, "
                f"got {len(answers)})"
            )
        answers = answers[: len(self.edges)]
        for a in answers:
            if a is not None and not isinstance(a, TensorBase):
                raise RuntimeError(
                    f"expected Variable or None (got {full_name(a)})\nbackward returns Tensors."
                )
        if wanted is not None:
            answers = tuple(
                a if edge in wanted else None for a, edge in zip(answers, self.edges, strict=True)
            )
        return [a if on_tensors or a is None else unwrap(a).view() for a in answers]


class Function:
    """An op with a hand-written gradient; see the top of this file. Call it with `apply`.

    `forward(ctx, *args)` returns a Tensor or a tuple of Tensors and runs unrecorded; `backward(ctx, *dz)`
    returns a gradient, or None, for every argument of forward.
    """

    _backward_cls: type[FunctionNode]  # the class of its nodes

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._backward_cls = type(f"{cls.__name__}Backward", (FunctionNode,), {"function": cls})

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """To be written by the subclass."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Where a subclass has it, forward takes no ctx, and what backward needs is saved here."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """To be written by the subclass."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Compute, and record one node for the whole of forward."""
        separate = cls.setup_context is not Function.setup_context
        if kwargs or separate:
            args = _in_order(cls.forward, args, kwargs, separate)
        nodes = tuple(node_of(arg) if isinstance(arg, TensorBase) else None for arg in args)
        ctx = Context(tuple(node is not None for node in nodes))
        with no_grad():
            if separate:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args)
        returned = result if isinstance(result, tuple) else (result,)
        state = THREAD.state
        if not (
            state.enabled
            and not state.inference
            and any(ctx.needs_input_grad)
            and any(isinstance(o, TensorBase) for o in returned)
        ):
            return result
        given = {id(arg) for arg in args if isinstance(arg, TensorBase)}
        outputs = tuple(wrap(o.array) if id(o) in given else o for o in returned)
        node = cls._backward_cls(ctx, nodes)
        ctx.node = weakref.ref(node)
        _attach(node, outputs, ctx)
        if ctx.dirty:
            outputs = _changed_in_place(ctx.dirty, returned, outputs)
        node.save(ctx.to_save, outputs)
        ctx.to_save = ()
        return outputs if isinstance(result, tuple) else outputs[0]


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a Function's backward whose answer cannot be differentiated again: to try it raises RuntimeError."""

    @functools.wraps(fn)
    def backward(ctx: Any, *gradients: Any) -> Any:
        with no_grad():
            answer = fn(ctx, *gradients)
        if not THREAD.state.enabled or not any(dz is not None and dz.requires_grad for dz in gradients):
            return answer
        answers = answer if isinstance(answer, tuple) else (answer,)
        ends = tuple(
            _End.apply(wrap(dx.array).requires_grad_()) if isinstance(dx, TensorBase) else dx
            for dx in answers
        )
        return ends if isinstance(answer, tuple) else ends[0]

    return backward


class _End(Function):
    """z = x, without a derivative."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


def _changed_in_place(dirty: Sequence[Any], given: Sequence[Any], outputs: Sequence[Any]) -> tuple[Any, ...]:
    """The outputs, with the dirty inputs themselves among them: their history is this Function's from now on."""
    if any(all(tensor is not out for out in given) for tensor in dirty):
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
            "modified inplace must all be outputs of the Function."
        )
    shown = list(outputs)
    for i, tensor in enumerate(given):
        if any(tensor is each for each in dirty):
            if tensor.requires_grad and tensor.is_leaf:
                raise RuntimeError(
                    "a leaf Variable that requires grad has been used in an in-place operation.\n"
                    "Call the Function on a clone()."
                )
            tensor.version[0] += 1
            rebase_history(tensor, outputs[i])
            shown[i] = tensor
    return tuple(shown)


def _in_order(
    forward: Any, args: tuple[Any, ...], kwargs: dict[str, Any], separate: bool = False
) -> tuple[Any, ...]:
    """The arguments by place, those given by name among them: backward answers for each place.

    Where setup_context is written separately it gets those that were left out, too.
    """
    if separate:
        bound = inspect.signature(forward).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args
    names = [name for name in inspect.signature(forward).parameters if name != "ctx"]
    named = dict(zip(names, args, strict=False)) | kwargs
    return tuple(named[name] for name in names if name in named)


def _attach(node: FunctionNode, outputs: Sequence[Any], ctx: Context) -> None:
    for i, out in enumerate(outputs):
        node.nodes.append(None)
        if not isinstance(out, TensorBase):
            node.outputs.append(None)
            continue
        node.outputs.append(np.broadcast_to(np.zeros((), out.array.dtype, like=out.array), out.array.shape))
        if out.array.dtype.kind != "f" or any(out is other for other in ctx.non_differentiable):
            continue
        if len(outputs) == 1:
            node.describe(out.array)
            out.node = node
        else:
            out.node = OutputNode(node, i, out.array)
        node.nodes[i] = weakref.ref(out.node)
