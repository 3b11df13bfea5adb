"""What a checkpoint may hold, and the *tree* that says how it holds its tensors, for formats of named arrays.

A state dict consists of named arrays already. A checkpoint also has dicts, lists and numbers around its tensors. They
form its tree: JSON in which {"tensor": "model.0.weight"} stands for an array and {"tuple": [1, 2]} for a tuple.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import wrap
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

Arrays = dict[str, np.ndarray[Any, Any]]
ATOMS = (type(None), bool, int, float, str)
CONTAINERS: dict[str, Any] = {
    "dict": dict, "OrderedDict": OrderedDict, "list": list, "tuple": tuple, "Size": Size
}  # fmt: skip
TREE = "__minigrad__"
RESERVED = {TREE, "__metadata__"}  # safetensors uses the name "__metadata__" itself
TOO_DEEP = "cannot save an object that contains itself or is nested hundreds of levels deep"


def take_apart(value: Any) -> tuple[Arrays, str, bool]:
    """Return a value's arrays by name, its tree, and whether it is a state dict, which needs no tree.

    Raises TypeError if it contains something that cannot be saved, ValueError if it contains itself.
    """
    import json

    tensors: dict[str, Tensor] = {}
    try:
        text = json.dumps(_to_tree(value, (), tensors))
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    arrays = {name: np.asarray(tensor.detach().cpu().numpy(), order="C") for name, tensor in tensors.items()}
    return arrays, text, _is_state_dict(value, tensors)


def put_together(arrays: Arrays, text: str | None) -> tuple[Any, list[Tensor]]:
    """Return the value of a tree, and its tensors. Without a tree it is an OrderedDict of all arrays as tensors.

    Raises ValueError unless the tree uses each array exactly once.
    """
    tensors = {name: wrap(array) for name, array in arrays.items()}
    value = OrderedDict(tensors) if text is None else _from_tree(text, tensors)
    return value, list(tensors.values())


def array_of(name: str, data: Any, shape: Any, kind: Any, order: Any = "C") -> np.ndarray[Any, Any]:
    """Return an array that owns these bytes. Raises ValueError if they are not as many as the shape says."""
    dtypes.dtype_of(kind)
    if math.prod(shape) * kind.itemsize != len(data):
        raise ValueError(f"{name!r} claims the shape {tuple(shape)}, but has {len(data)} bytes")
    return np.ndarray(shape, kind, data if isinstance(data, bytearray) else bytearray(data), order=order)


def cannot_save(value: Any, path: tuple[str, ...]) -> str:
    """The message for a value that cannot be saved, with help that fits its type."""
    where = f" at {'.'.join(path)}" if path else ""
    if hasattr(value, "state_dict"):
        help = f"Save its state_dict(), and load it into a new {type(value).__name__} with load_state_dict()."
    elif isinstance(value, (np.ndarray, np.generic)):
        help = "Save torch.from_numpy(array), or number.item()."
    else:
        help = "Tensors, numbers, strings and None can be saved, in dicts, lists and tuples."
    return f"cannot save a {full_name(value)}{where}\n{help}"


def _to_tree(value: Any, path: tuple[str, ...], tensors: dict[str, Tensor]) -> Any:
    """Return the tree of a value, and add its tensors to `tensors` by name."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if isinstance(value, Tensor):
        name = _free_name(path, tensors)
        tensors[name] = value
        return {"leaf" if value.requires_grad else "tensor": name}
    if kind not in CONTAINERS.values():
        raise TypeError(cannot_save(value, path))
    if not isinstance(value, dict):
        parts = [_to_tree(each, (*path, str(i)), tensors) for i, each in enumerate(value)]
        return {kind.__name__: parts}
    for key in value:
        if type(key) not in ATOMS:
            raise TypeError(cannot_save(key, (*path, "a key")))
    return {kind.__name__: [[key, _to_tree(each, (*path, str(key)), tensors)] for key, each in value.items()]}


def _free_name(path: tuple[str, ...], taken: dict[str, Tensor]) -> str:
    """The path joined with dots, without characters that a name in a zip file cannot have."""
    name = re.sub(r"[\0\\\ud800-\udfff]", "_", ".".join(path) if path else "tensor")[:10_000]
    while name in taken or name in RESERVED:
        name += "_"
    return name


def _is_state_dict(obj: Any, tensors: dict[str, Tensor]) -> bool:
    """Whether obj is a flat dict of tensors that require no gradient. Its file needs no tree."""
    return (
        isinstance(obj, dict)
        and list(obj) == list(tensors)
        and all(isinstance(each, Tensor) and not each.requires_grad for each in obj.values())
    )


def _from_tree(text: str, tensors: dict[str, Tensor]) -> Any:
    """Return the value of a tree. Raises ValueError unless the tree uses each tensor exactly once."""
    import json

    unused = dict(tensors)
    try:
        value = _value_of(json.loads(text), unused)
    except Exception as error:
        raise ValueError(f"its tree is damaged ({type(error).__name__}: {error})") from None
    if unused:
        raise ValueError(f"its tree does not mention {', '.join(map(repr, unused))}")
    return value


def _value_of(node: Any, tensors: dict[str, Tensor]) -> Any:
    """Return the value of a node of the tree, and remove its tensors from `tensors`."""
    if type(node) in ATOMS:
        return node
    [(kind, content)] = node.items()
    if kind in ("tensor", "leaf"):
        return tensors.pop(content).requires_grad_(kind == "leaf")
    make = CONTAINERS[kind]
    if issubclass(make, dict):
        return make((key, _value_of(each, tensors)) for key, each in content)
    return make(_value_of(each, tensors) for each in content)
