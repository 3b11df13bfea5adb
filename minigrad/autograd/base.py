"""What the engine must know of a tensor.   torch: aten/src/ATen/core/TensorBase.h"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.memory import has_own_memory
from minigrad.autograd.grad_mode import INFERENCE, THREAD

Array = Any  # numpy.ndarray or cupy.ndarray: the array decides where its ops run
Gradient = Any  # an Array, or a Tensor under create_graph


class TensorBase:
    """An array with a place in the graph. tensor.py adds the operators and calls the result Tensor."""

    array: Array
    node: Any = None  # the Node where its gradient goes; None if it wants none
    # How it shows the memory of another tensor (inplace.py); None if the memory is its own.
    view_meta: Any = None
    # How often its memory was changed in place. All tensors that share the memory share this list. After a recorded
    # change it also holds the name of the node that made the change, for error messages.
    version: list[Any]

    Tensor: ClassVar[Any]  # the class of every result, filled in by tensor.py


_new = object.__new__


def tensor_of(array: Array, version: list[Any], node: Any = None) -> Any:
    """A Tensor of an array, its count of changes and its node."""
    tensor = _new(TensorBase.Tensor)
    tensor.array, tensor.version, tensor.node = array, version, node
    return tensor


def wrap(array: Array, node: Any = None) -> Any:
    """A new Tensor around an array; in inference mode an inference tensor."""
    tensor = _new(TensorBase.Tensor)
    tensor.array, tensor.node, tensor.version = array, node, INFERENCE if THREAD.state.inference else [0]
    return tensor


def unwrap(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return value.array if isinstance(value, TensorBase) else value


def as_tensor(dz: Gradient) -> Any:
    """A gradient as a Tensor, for hooks and Functions. NumPy's arithmetic on 0-d arrays gives scalars: no arrays."""
    if isinstance(dz, TensorBase):
        return dz
    return wrap(np.asarray(dz) if isinstance(dz, np.generic) else dz)


def node_of(tensor: TensorBase) -> Any:
    """Its node. A view gets a new one if the memory that it shows was changed in place."""
    if tensor.view_meta is not None:
        tensor.view_meta.refresh(tensor)
    return tensor.node


def contiguous_clone(tensor: Any) -> Any:
    """A copy of a Tensor that lies row after row."""
    return tensor.clone() if tensor.is_contiguous() else tensor.contiguous()


def private_copy(dx: Array) -> Array:
    """An array that nothing else sees: a rule may return a view of dz, or a read-only expansion."""
    if isinstance(dx, np.generic):
        return np.asarray(dx)
    return dx if has_own_memory(dx) else dx.copy(order="K")
