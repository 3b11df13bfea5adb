"""torch's own format, .pt and .pth: a zip file with a pickle of the value, and the bytes of each storage.

A storage is memory that tensors may share, as a weight and its transpose do. The pickle describes a tensor as a part of
a storage, by offset, shape and strides.   torch: torch/serialization.py, caffe2/serialize/inline_container.h
"""

from __future__ import annotations

import struct
import sys
from collections import OrderedDict
from typing import IO, Any

import numpy as np

from minigrad.arrays.memory import address_of, owner_of
from minigrad.autograd.base import wrap
from minigrad.nn.parameter import Parameter
from minigrad.serialization.archive import Archive
from minigrad.serialization.pickles import Call, Machine, Name, Outside, Trusting, Writer
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

Array = np.ndarray[Any, Any]
STORAGES = {
    "float16": "torch HalfStorage", "float32": "torch FloatStorage", "float64": "torch DoubleStorage",
    "int8": "torch CharStorage", "int16": "torch ShortStorage", "int32": "torch IntStorage",
    "int64": "torch LongStorage", "uint8": "torch ByteStorage", "bool": "torch BoolStorage",
}  # fmt: skip
DTYPES = {name: np.dtype(dtype) for dtype, name in STORAGES.items()}
ALIGNMENT = 64  # bytes: torch may map a storage into memory where it lies in the file


def write(file: IO[bytes], value: Any) -> None:
    """Write a value, and each storage once."""
    import zipfile

    storages = Storages()
    entries: dict[str, Any] = {"data.pkl": Writer(storages.describe).written(value)}
    entries |= {"byteorder": sys.byteorder.encode(), "version": b"3\n"}
    entries |= {f"data/{key}": data for key, data in enumerate(storages.data)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(f"archive/{name}")
            begins = (
                file.tell() + 30 + len(entry.filename) + 4
            )  # after the entry's header and that of the gap
            gap = -begins % ALIGNMENT
            entry.extra = struct.pack("<2sH", b"FB", gap) + bytes(gap)
            archive.writestr(entry, data)


class Storages:
    """The storages of the tensors that are saved, in the order in which they are met."""

    def __init__(self) -> None:
        self.data: list[Array] = []
        self.keys: dict[int, int] = {}
        self.owners: list[Array] = []  # kept, so that no other array gets the id of one of them

    def describe(self, tensor: Tensor) -> Call:
        """Return how torch makes this tensor again."""
        array = tensor.detach().cpu().numpy()
        if min(array.strides, default=0) < 0:
            array = array.copy()  # torch has no negative strides
        owner = _owner(array)
        if owner is None:
            owner = array = array.copy()
        key = self.key_of(owner)
        size = array.itemsize
        offset = (address_of(array) - address_of(owner)) // size
        storage = ("storage", Name(STORAGES[array.dtype.name]), str(key), "cpu", owner.nbytes // size)
        strides = tuple(stride // size for stride in array.strides)
        is_parameter = isinstance(tensor, Parameter)
        needs = tensor.requires_grad and not is_parameter
        made = Call(
            Name("torch._utils _rebuild_tensor_v2"),
            (Outside(storage), offset, tuple(array.shape), strides, needs, OrderedDict()),
        )
        if is_parameter:
            return Call(Name("torch._utils _rebuild_parameter"), (made, tensor.requires_grad, OrderedDict()))
        return made

    def key_of(self, owner: Array) -> int:
        """The number of a storage."""
        if id(owner) not in self.keys:
            self.keys[id(owner)] = len(self.data)
            self.owners.append(owner)
            self.data.append(owner.reshape(-1, order="A").view(np.uint8))
        return self.keys[id(owner)]


def _owner(array: Array) -> Array | None:
    """The array whose memory this one shows, if it has no gaps; else None."""
    owner = owner_of(array)
    return owner if owner.flags.forc else None


def pickles(archive: Archive) -> list[str]:
    """The names of the pickles in an archive: torch writes one, numpy.savez none."""
    return [name for name in archive.entries if name.endswith("data.pkl")]


def read(archive: Archive, weights_only: bool) -> tuple[Any, list[Tensor]]:
    """Return the value and its tensors. Tensors share memory if they did when they were saved.

    Unless weights_only, the pickle may run any code.
    """
    [pickle] = pickles(archive)
    folder = pickle.removesuffix("data.pkl")
    order = archive.entries.get(f"{folder}byteorder")
    if f"{folder}constants.pkl" in archive.entries:
        raise ValueError("it is a program of TorchScript: in torch, save model.state_dict() with torch.save")
    if order and archive.read(order.filename) != sys.byteorder.encode():
        raise ValueError(f"it was written by a machine whose byte order is not {sys.byteorder}")
    loading = Loading(archive, f"{folder}data/")
    names = {
        "collections OrderedDict": OrderedDict,
        "torch Size": Size,
        "torch._utils _rebuild_tensor_v2": loading.tensor,
        "torch._utils _rebuild_parameter": loading.parameter,
        **DTYPES,
    }
    data = bytes(archive.read(pickle))
    if weights_only:
        return Machine(names, loading.storage).run(data), loading.tensors
    return Trusting(data, names, loading.storage).run(), loading.tensors


class Loading:
    """The storages that were read from an archive, and the tensors that were made of them."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self.archive, self.folder = archive, folder
        self.storages: dict[tuple[str, np.dtype[Any]], Array] = {}
        self.tensors: list[Tensor] = []

    def storage(self, key: Any) -> Array:
        """Return a storage as an array of one dimension."""
        kind, dtype, name, _, count = key
        if kind != "storage" or not isinstance(dtype, np.dtype) or type(name) is not str:
            raise ValueError("its pickle asks for something that is not a storage")
        if (name, dtype) not in self.storages:
            data = self.archive.read(self.folder + name)
            self.storages[name, dtype] = np.frombuffer(data, dtype) if data else np.empty(0, dtype)
        storage = self.storages[name, dtype]
        if storage.size != count:
            raise ValueError(f"its storage {name} claims {count} elements and has {storage.size}")
        return storage

    def tensor(
        self, storage: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...],
        requires_grad: bool, hooks: Any, metadata: Any = None,
    ) -> Tensor:  # fmt: skip
        """torch._utils._rebuild_tensor_v2: a part of a storage."""
        size = storage.itemsize
        if min((offset, *strides, *shape)) < 0:
            raise ValueError("a tensor has a negative stride, size or offset")
        last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
        if 0 not in shape and last >= storage.size:
            raise ValueError("a tensor reaches beyond its storage")
        array = np.ndarray(
            shape, storage.dtype, storage, offset * size, [stride * size for stride in strides]
        )
        if 0 in array.strides:
            array.flags.writeable = False  # as every tensor that expand() has made
        self.tensors.append(wrap(array).requires_grad_(requires_grad))
        return self.tensors[-1]

    def parameter(self, tensor: Tensor, requires_grad: bool, hooks: Any) -> Parameter:
        """torch._utils._rebuild_parameter"""
        self.tensors.append(Parameter(tensor, requires_grad))
        return self.tensors[-1]  # type: ignore[return-value]
