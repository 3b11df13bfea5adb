"""Views and changes in place: gradients stay right when tensors share memory.   torch: torch/csrc/autograd/variable.h

Two tensors can show the same memory: `v = x[0]` is a view of its base x. When that memory is changed in place, three
things must hold:

- The gradient of the changed tensor flows through the change. `x.mul_(2)` computes the op `x * 2` and writes the result
  into x's memory; x then has the history of the product.
- The same holds for every other tensor that shows the memory. A change of a view is a change of a part of its base
  (torch's CopySlices). Every other view asks for its base's new history when it is used next.
- A value that a node saved before the change must not be used after it. All tensors that share the memory share a
  version counter, and a saved value remembers its count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, reduce
from operator import add
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays.device import is_dense, is_writeable
from minigrad.arrays.dtypes import category, dtype_of
from minigrad.arrays.kernels import zeros
from minigrad.arrays.memory import empty
from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.base import Array, Gradient, node_of, wrap
from minigrad.autograd.grad_mode import INFERENCE, THREAD, inference_mode
from minigrad.autograd.history import rebase_history, set_history
from minigrad.autograd.misuse import op_name
from minigrad.autograd.node import Node, OpNode
from minigrad.autograd.op import Op
from minigrad.autograd.outputs import SeveralOutputs
from minigrad.autograd.saved import OUTPUT, Saved

fill = ops.copy.named("FillBackward3")

# Views that may not be changed in place: how they were made, and torch's error message.
_MADE = {
    "several": " This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "no_grad": " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be "
    "tracked) or both outside (if you want the inplace to be tracked).",
}


class ViewMeta:
    """How a view shows the memory of its base.   torch: DifferentiableViewMeta"""

    __slots__ = ("args", "base", "made", "number", "op", "parent", "seen")

    def __init__(self, source: Any, op: Op, args: Sequence[Any], number: int | None) -> None:
        self.parent: ViewMeta | None = source.view_meta
        self.base: Any = source if source.view_meta is None else source.view_meta.base
        self.op, self.args = op, args
        self.seen: int = self.base.version[0]
        self.number = number or 0  # of the output, if its op has several
        state = THREAD.state
        self.made: str | None = None  # a key of _MADE if the view may not be changed
        if state.inference or not state.enabled:
            self.made = "no_grad"
        elif number is not None:
            self.made = "several"
        elif self.parent is not None:
            self.made = self.parent.made

    def positions(self) -> Array:
        """The positions, in the flattened base, of the elements that the view shows; in the view's shape."""
        steps: list[ViewMeta] = []
        step: ViewMeta | None = self
        while step is not None:
            steps.append(step)
            step = step.parent
        shown = np.arange(self.base.array.size, like=self.base.array).reshape(self.base.array.shape)
        for step in reversed(steps):
            shown = step.op.forward(shown, *step.args)
        return shown

    def refresh(self, tensor: Any) -> None:
        """If the memory has changed since the last look, give the view a new node: it is a part of the changed base."""
        if self.seen == self.base.version[0]:
            return
        if self.made is not None and self.base.node is not None:
            if THREAD.state.enabled:
                self.refuse(tensor, "its base or another view of its base has been")
            return
        self.seen = self.base.version[0]
        if self.base.node is not None:
            with inference_mode(False):  # the change was recorded, even if recording is off now
                set_history(tensor, ops.as_strided(self.base, self.positions()).node)
        elif not isinstance(tensor.node, AccumulateGrad):
            tensor.node = None

    def rebase_history(self, tensor: Any, z: Any) -> None:
        """The view now holds z: its base has the history of a tensor of which this part was replaced."""
        base, positions = self.base, self.positions()
        before = base.node
        args, values = [base, z, positions], [base.array, z.array, positions]
        ops.copy_slices.record(base, args, values, [before, z.node])
        after, base.node = base.node, before
        set_history(base, after)
        base.version[1:] = [after.name()]
        self.refresh(tensor)

    def refuse(self, tensor: Any, changed: str) -> None:
        """Raise torch's RuntimeError if the view may not be changed in place. `changed` is a part of the message."""
        if self.made is None:
            return
        node = None if isinstance(tensor.node, AccumulateGrad) else tensor.node
        text = f"Output {self.number} of {op_name(node.name())} is a view" if node else "A view"
        if self.made == "several" and node:
            text += f" and {changed} modified inplace."
        else:
            text += f"{' of a view which' if node else ''} was created in no_grad mode and {changed} modified inplace"
            text += " with grad mode enabled."
        raise RuntimeError(text + _MADE[self.made])


def view_of(source: Any, op: Op, *args: Any) -> Any:
    """op(source, *args) as a view: it shows source's memory, counts its changes and follows its history."""
    return _showing(source, op(source, *args), op, args)


def views_of(source: Any, op: Op, keys: Sequence[Any]) -> tuple[Any, ...]:
    """source[key] for every key, as views: one node of the graph with an output for each."""
    node, state, step, views = node_of(source), THREAD.state, None, []
    if node is not None and state.enabled and not state.inference:
        step = views_node(op.node_name)((node,), keys)
    for number, key in enumerate(keys):
        array = source.array[key]
        view = wrap(array, None if step is None else step.add_output(array))
        views.append(_showing(source, view, op, (key,), number))
    return tuple(views)


def _showing(source: Any, view: Any, op: Op, args: Sequence[Any], number: int | None = None) -> Any:
    """Mark a tensor as a view of source. `number` is its position among several views that an op returns.

    If source requires grad but nothing was recorded, the view is a leaf that requires grad. As in torch, a gradient
    that arrives there is lost.
    """
    view.version, view.view_meta = source.version, ViewMeta(source, op, args, number)
    if view.node is None and view.view_meta.base.node is not None:
        view.node = AccumulateGrad(view.detach())  # the node holds this leaf weakly, so it is gone at once
    return view


class ViewsNode(SeveralOutputs):
    """The node of a function that returns several views of x, such as unbind."""

    __slots__ = ("keys",)

    def __init__(self, edges: Sequence[Node | None], keys: Sequence[Any]) -> None:
        super().__init__(edges)
        self.keys = keys  # where each view lies in x

    def backward(
        self, dz: Any, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """dx = dz where the views lie, 0 where no gradient arrived"""
        arrived = self.outputs_of(dz)
        self.tell_unreached(arrived)
        shape = self.edges[0].shape  # type: ignore[union-attr]
        parts = [(key, part) for key, part in zip(self.keys, arrived, strict=True) if part is not None]
        if on_tensors:
            return (reduce(add, (ops.embed(part, shape, key) for key, part in parts)),)
        # Together the views are all of x.
        dx = empty(parts[0][1], shape) if len(parts) == len(self.keys) else zeros(parts[0][1], shape)
        for key, part in parts:
            dx[key] = part
        return (dx,)


@cache
def views_node(name: str) -> type[ViewsNode]:
    """The class of the nodes with this name, which is torch's."""
    return type(name, (ViewsNode,), {"__slots__": ()})


def change(tensor: Any, op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Write op(x, *args) into x's memory, as the methods do whose names end in an underscore.

    Raises torch's RuntimeErrors for a leaf that requires grad (or a view of one) while recording, and for a result
    whose shape or type does not fit into x.
    """
    recording = check_change(tensor)
    if (
        op is not fill and op is not ops.index_put
    ):  # fill reads its number first; indexing.put checks this itself
        for arg in (*args, *kwargs.values()):
            if arg is not tensor and getattr(arg, "version", None) is tensor.version:
                refuse_overlap(tensor.array, arg.array)
    _refuse_repeated(tensor.array)
    z = op(tensor, *args, **kwargs)
    if recording and tensor.view_meta is not None and z.node is not None:
        tensor.view_meta.refuse(tensor, "is being")
    _refuse_misfit(tensor.array, z.array)
    if not is_writeable(tensor.array):
        raise RuntimeError(
            "unsupported operation: the memory of this tensor is read-only. Please clone() the tensor before "
            "performing the operation.\nIt is a part of an expanded tensor, or NumPy protects it."
        )
    if isinstance(z.node, OpNode):
        _keep_saved_values(tensor, z.node)
    tensor.array[...] = z.array
    tensor.version[0] += 1
    if recording and (z.node is not None or tensor.node is not None):
        rebase_history(tensor, z)
    return tensor


def check_change(tensor: Any) -> bool:
    """Raise torch's RuntimeError if the tensor may not be changed in place. Returns whether a change is recorded."""
    state, view_meta = THREAD.state, tensor.view_meta
    if tensor.version is INFERENCE and not state.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed."
            "You can make a clone to get a normal tensor before doing inplace update."
            "See https://github.com/pytorch/rfcs/pull/17 for more details."
        )
    recording = state.enabled and not state.inference
    if recording:
        if view_meta is not None and (tensor.node is not None or view_meta.base.node is not None):
            view_meta.refuse(tensor, "is being")
        _refuse_leaf(tensor)
    return recording


def _keep_saved_values(tensor: Any, node: OpNode) -> None:
    """If the op saved x, which is about to be overwritten, keep a copy. If it saved z: that will be in x."""
    saved, x = node.saved or {}, node.op.params[0]
    if x in saved:
        saved[x] = Saved(tensor.array.copy(), [0], saved[x].node)
    if "z" in saved:
        saved["z"] = Saved(tensor.array, tensor.version, OUTPUT)
        saved["z"].count += 1


def _refuse_leaf(tensor: Any) -> None:
    base = None if tensor.view_meta is None else tensor.view_meta.base
    if isinstance(tensor.node, AccumulateGrad) or (
        base is not None and isinstance(base.node, AccumulateGrad)
    ):
        raise RuntimeError(
            f"a {'' if base is None else 'view of a '}leaf Variable that requires grad is being used in an in-place "
            "operation.\n"
            "Update weights inside `with minigrad.no_grad():`, or compute a new tensor instead."
        )


def check_shape(x: Array, shape: tuple[int, ...]) -> None:
    """Raise torch's RuntimeError if what is to be written into x has another shape."""
    if shape != x.shape:
        raise RuntimeError(
            f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(shape)}\n"
            "A change in place cannot change the shape: compute a new tensor instead."
        )


def _refuse_misfit(x: Array, z: Array) -> None:
    check_shape(x, z.shape)
    if category(z.dtype) > category(x.dtype):
        raise RuntimeError(
            f"result type {dtype_of(z.dtype).scalar_name} can't be cast to the desired output type "
            f"{dtype_of(x.dtype).scalar_name}\n"
            "Convert the tensor first, for example with .float()."
        )


def _refuse_repeated(x: Array) -> None:
    if x.size and 0 in x.strides and any(s == 0 and n > 1 for s, n in zip(x.strides, x.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


def refuse_overlap(x: Array, y: Array, whole: bool = False) -> None:
    """Raise torch's RuntimeError if y, which is to be written into x, overlaps x; if `whole`, even if it is all of x.

    As in torch, arrays with gaps in their memory are not checked.
    """
    shared = x.size and y.size and np.may_share_memory(x, y) and is_dense(x) and is_dense(y)
    if not shared and x is not y:
        return
    if whole or (x.strides, x.nbytes, _start(x)) != (y.strides, y.nbytes, _start(y)):
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
            "memory location. Please clone() the tensor before performing the operation."
        )


def _start(x: Array) -> Any:
    """The address of the first element."""
    return x.ctypes.data if isinstance(x, np.ndarray) else x.data.ptr


def clear_grad(parameter: Any, set_to_none: bool) -> None:
    """Set a gradient to None, or to 0 in place."""
    if set_to_none:
        parameter._grad = None
    elif parameter._grad is not None:
        parameter._grad.detach_().zero_()
