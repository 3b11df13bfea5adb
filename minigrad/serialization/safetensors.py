"""The format .safetensors, which the package safetensors reads and writes. The tree is its metadata `minigrad`."""

from __future__ import annotations

import os
from typing import IO, Any

import numpy as np

from minigrad.serialization.tree import Arrays, array_of, put_together, take_apart
from minigrad.tensors.tensor import Tensor

TYPES = {
    "F16": "float16", "F32": "float32", "F64": "float64", "I8": "int8", "I16": "int16", "I32": "int32",
    "I64": "int64", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def write(file: IO[bytes], value: Any) -> None:
    """Write a value."""
    arrays, tree, _ = take_apart(value)
    file.write(_package().numpy.save(arrays, {"minigrad": tree}))


def read(file: IO[bytes]) -> tuple[Any, list[Tensor]]:
    """Return the value and its tensors. Raises ValueError if an array has an unsupported dtype."""
    import json

    package = _package()
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read(size)
    arrays: Arrays = {}
    for name, entry in package.deserialize(data):
        kind = TYPES.get(entry["dtype"])
        if kind is None:
            raise ValueError(
                f"{name!r} has dtype {entry['dtype']}, which minigrad does not have: convert it in torch with .float()"
            )
        arrays[name] = array_of(name, entry["data"], entry["shape"], np.dtype(kind))
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return put_together(arrays, header.get("__metadata__", {}).get("minigrad"))


def _package() -> Any:
    """Return the package safetensors. Raises ImportError if it is not installed."""
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            ".safetensors files need the package safetensors, which is not installed: pip install safetensors, or "
            "use an .npz file."
        ) from None
    return safetensors
