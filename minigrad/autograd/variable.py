"""What a tensor knows of its gradient.   torch: torch/csrc/autograd/variable.h, torch/_tensor.py

tensor.py makes Tensor of this by adding operators and methods. (Variable is the name that torch's own engine
still has for a tensor, from the time when the two were two classes.)
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import Any

from minigrad.arrays.dtypes import dtype_of, full_name
from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.base import TensorBase, node_of, tensor_of, wrap
from minigrad.autograd.grad_mode import INFERENCE, THREAD
from minigrad.autograd.gradients import backward
from minigrad.autograd.hooks import RemovableHandle
from minigrad.autograd.node import Node

Tensor = Any  # the class is made of this one


class Variable(TensorBase):
    """The part of Tensor that has to do with autograd."""

    _grad: Tensor | None = None
    _idle: AccumulateGrad | None = None  # its node while requires_grad is off: older graphs lead there

    @property
    def requires_grad(self) -> bool:
        """Whether backward computes a gradient for it, or through it."""
        if self.view_meta is not None and self.view_meta.base.node is not None:
            return True
        return node_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(wanted, bool):
            raise RuntimeError("requires_grad must be a bool")
        if not self.is_leaf:
            if wanted:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if wanted and self.is_inference() and not THREAD.state.inference:
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.\n"
                "It was made under inference_mode(): make a clone() first."
            )
        if wanted and self.array.dtype.kind != "f":
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients\n"
                "Convert it first, for example with .float()."
            )
        elsewhere = isinstance(self.node, AccumulateGrad) and self.node.leaf() is not self  # inplace.view_of
        if wanted and (self.node is None or elsewhere):
            self.node = self._idle or AccumulateGrad(self)
            self._idle = None
            self.node.follow(self)
        elif self.node is not None and not wanted:
            self.node, self._idle = None, self.node

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set requires_grad and return self."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was not computed from anything that requires grad: where gradients accumulate."""
        return self.grad_fn is None

    @property
    def grad_fn(self) -> Node | None:
        """The node that made it; None for a leaf."""
        node = node_of(self)
        return None if node is None or isinstance(node, AccumulateGrad) else node.source[0]

    @property
    def output_nr(self) -> int:
        """The number of this tensor among the outputs of its grad_fn."""
        return 0 if self.is_leaf else self.node.source[1]

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward left here; None before."""
        if self._grad is None and self.node is not None and not self.is_leaf and self.node.retained is None:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor.",
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, TensorBase):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {full_name(value)}"
                )
            if value.array.shape != self.array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.array.shape)}' to a tensor of size "
                    f"'{list(self.array.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
            if value.array.dtype != self.array.dtype:
                given, own = (dtype_of(tensor.array.dtype).scalar_name for tensor in (value, self))
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{given.lower()}' to a tensor with grad_dtype "
                    f"'{own}'. The gradient must match the tensor's dtype."
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the `.grad` of every leaf it depends on: autograd.backward."""
        backward(self, gradient, retain_graph, create_graph, inputs)

    def detach(self) -> Tensor:
        """The same memory and version, without history."""
        tensor: Tensor = tensor_of(self.array, self.version)
        return tensor

    def detach_(self) -> Tensor:
        """Forget the history."""
        if self.view_meta is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if self.is_leaf:
            self.requires_grad = False
        self.node = None
        return self

    @property
    def data(self) -> Tensor:
        """The same memory without history or version: changes through it go unnoticed. Prefer detach()."""
        tensor: Tensor = wrap(self.array)
        return tensor

    @data.setter
    def data(self, value: Tensor) -> None:
        if self.requires_grad and value.array.dtype.kind != "f":
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex dtype\n"
                "Convert it with .float() first."
            )
        self.array = value.array
        if isinstance(self.node, AccumulateGrad):
            self.node.follow(self)
        elif self.node is not None:
            self.node.strides = value.array.strides

    @property
    def _version(self) -> int:
        """How often the memory was changed in place."""
        if self.is_inference():
            raise RuntimeError("Inference tensors do not track version counter.")
        return self.version[0]

    def is_inference(self) -> bool:
        """Whether it was made under inference_mode, and so can never be saved for a gradient."""
        return self.version is INFERENCE

    def retain_grad(self) -> None:
        """Keep the gradient in `.grad` although this is not a leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            self.node.retained = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether retain_grad() was called on it, and it is not a leaf."""
        return not self.is_leaf and self.node.retained is not None

    def register_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Call hook(gradient) when the gradient is known; what it returns, if anything, replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = node_of(self)
        assert node is not None
        if node.hooks is None:
            node.hooks = {}
        return RemovableHandle(node.hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Call hook(leaf) whenever backward has added to its `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        assert isinstance(self.node, AccumulateGrad)
        if self.node.post_hooks is None:
            self.node.post_hooks = {}
        return RemovableHandle(self.node.post_hooks, hook)
