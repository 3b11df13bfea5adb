"""NumPy's .npz: a zip file with an .npy for each array. The tree of a checkpoint is the entry `__minigrad__`."""

from __future__ import annotations

from typing import IO, Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.serialization.archive import Archive
from minigrad.serialization.tree import TREE, Arrays, array_of, put_together, take_apart
from minigrad.tensors.tensor import Tensor


def write(file: IO[bytes], value: Any) -> None:
    """Write a value. A state dict gives the same entries as numpy.savez."""
    import zipfile

    arrays, tree, plain = take_apart(value)
    if not plain:
        arrays = {**arrays, TREE: np.frombuffer(tree.encode(), np.uint8)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read(archive: Archive) -> tuple[Any, list[Tensor]]:
    """Return the value and its tensors. Raises ValueError if an entry is not an array of numbers."""
    arrays: Arrays = {}
    for entry in archive.entries:
        name = entry.removesuffix(".npy")
        if name == entry:
            raise ValueError(f"its entry {name!r} is not an .npy file")
        arrays[name] = _array(archive, entry, name)
    tree = arrays.pop(TREE, None)
    return put_together(arrays, None if tree is None else tree.tobytes().decode())


def _array(archive: Archive, entry: str, name: str) -> np.ndarray[Any, Any]:
    """The array of an .npy file. Its header is read first, and says how many bytes must follow."""
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with archive.zip.open(entry) as stream:
        shape, fortran, kind = headers[np.lib.format.read_magic(stream)](stream)
        dtypes.dtype_of(kind)
        return array_of(name, archive.rest(stream, entry), shape, kind, "F" if fortran else "C")
