"""Tensors, state dicts and checkpoints to and from files, without pickle.   torch: torch/serialization.py

A file holds arrays by name, in one of two formats: `.npz`, which is NumPy's and needs nothing else, and
`.safetensors`, which torch reads and writes too (package safetensors). A state dict is such arrays already. The
rest of a checkpoint, dicts and lists and numbers around its tensors, is its *tree*: JSON in which
{"tensor": "model.0.weight"} stands for an array and {"tuple": [1, 2]} for a tuple. It is safetensors' metadata
`minigrad`, or the entry `__minigrad__` of an .npz.

A file may come from a stranger or be cut off. So nothing in it is executed, no array is made that is larger than the
file, and any fault in it raises LoadError.

json, pathlib and zipfile are imported when a file is written or read, so that `import minigrad` is quick.
"""

from __future__ import annotations

import math
import os
import re
import stat
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.arrays.device import device, move
from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import wrap
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

if TYPE_CHECKING:
    from pathlib import Path

Arrays = dict[str, np.ndarray[Any, Any]]
ATOMS = (type(None), bool, int, float, str)
CONTAINERS: dict[str, Any] = {
    "dict": dict, "OrderedDict": OrderedDict, "list": list, "tuple": tuple, "Size": Size
}  # fmt: skip
SAFETENSORS_TYPES = {
    "F16": "float16", "F32": "float32", "F64": "float64", "I8": "int8", "I16": "int16", "I32": "int32",
    "I64": "int64", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
TREE = "__minigrad__"
RESERVED = {TREE, "__metadata__"}  # the latter is safetensors' own
STALE = 60.0  # seconds without a write, after which an unfinished file counts as left over


class LoadError(RuntimeError):
    """A file that cannot be loaded: cut off, damaged, of another kind, or malicious."""


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a state dict, or tensors in dicts and lists with numbers and strings, to an .npz or .safetensors file.

    The suffix of the name decides the format; an open file without a name gets .npz. A file of that name is replaced
    when all is written, and stays as it was if anything fails before. Tensors that share memory are saved separately.
    Raises TypeError for a value that cannot be saved, ValueError for other endings. torch: torch.save.
    """
    import json
    from pathlib import Path

    write, _ = _format(f, "write")
    tensors: dict[str, Tensor] = {}
    try:
        tree = _taken_apart(obj, (), tensors)
        text = json.dumps(tree)
    except RecursionError:
        raise ValueError("cannot save what contains itself, or is nested hundreds of levels deep") from None
    arrays = {name: np.asarray(tensor.detach().cpu().numpy(), order="C") for name, tensor in tensors.items()}
    plain = _is_state_dict(obj, tensors)
    if not isinstance(f, (str, os.PathLike)):
        write(f, arrays, text, plain)
        return
    path = Path(f)
    if not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.\nMake it first: os.makedirs(...)")
    with replacing(path) as temporary, temporary.open("wb") as file:
        write(file, arrays, text, plain)


def load(
    f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, *, weights_only: bool | None = None
) -> Any:
    """The value that `save` wrote. A file of named arrays from elsewhere gives an OrderedDict of tensors.

    Tensors are put on the CPU, or on the device map_location. Raises LoadError for any other file,
    FileNotFoundError and so on as open() does, ValueError for other endings. torch: torch.load.
    """
    if weights_only is False:
        raise ValueError(
            "weights_only=False asks for pickled objects, which can run any code; minigrad loads none: leave it out"
        )
    where = device("cpu" if map_location is None else map_location)
    is_path = isinstance(f, (str, os.PathLike))
    with open(f, "rb") if is_path else nullcontext(f) as file:  # type: ignore[arg-type]
        _, read = _format(f, "read")
        try:
            arrays, text = read(file)
            tensors = {name: wrap(array) for name, array in arrays.items()}
            value = OrderedDict(tensors) if text is None else _put_together(text, tensors)
        except ImportError:
            raise
        except Exception as error:  # the parsers raise many types for bad bytes
            raise LoadError(
                f"{f if is_path else 'the buffer'} cannot be loaded: {error or type(error).__name__}\n"
                "Is it whole, and was it written by save() of minigrad, numpy.savez() or safetensors?"
            ) from error
    for tensor in tensors.values():
        tensor.array = move(tensor.array, where)
    return value


def _format(f: Any, action: str) -> tuple[Any, Any]:
    """The functions that write and read a file of this name."""
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, action):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a '{action}' attribute"
        )
    is_path = isinstance(f, (str, os.PathLike))
    name = os.fspath(f) if is_path else str(getattr(f, "name", ""))
    ending = os.path.splitext(name)[1] or ("" if is_path else ".npz")
    try:
        return FORMATS[ending.lower()]
    except KeyError:
        raise ValueError(
            f"minigrad reads and writes .npz and .safetensors, not '{ending}': torch's own files are pickles, which "
            "can run any code when they are loaded. Use model.npz, or model.safetensors (in torch: safetensors.torch)."
        ) from None


# What surrounds the tensors


def _taken_apart(value: Any, path: tuple[str, ...], tensors: dict[str, Tensor]) -> Any:
    """The tree of a value. Its tensors are added to `tensors`, by name."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if isinstance(value, Tensor):
        name = _free_name(path, tensors)
        tensors[name] = value
        return {"leaf" if value.requires_grad else "tensor": name}
    if kind not in CONTAINERS.values():
        raise TypeError(_refusal(value, path))
    if not isinstance(value, dict):
        parts = [_taken_apart(each, (*path, str(i)), tensors) for i, each in enumerate(value)]
        return {kind.__name__: parts}
    for key in value:
        if type(key) not in ATOMS:
            raise TypeError(_refusal(key, (*path, "a key")))
    return {
        kind.__name__: [[key, _taken_apart(each, (*path, str(key)), tensors)] for key, each in value.items()]
    }


def _free_name(path: tuple[str, ...], taken: dict[str, Tensor]) -> str:
    """The path with dots, without characters that a zip file does not allow in names."""
    name = re.sub(r"[\0\\\ud800-\udfff]", "_", ".".join(path) if path else "tensor")[:10_000]
    while name in taken or name in RESERVED:
        name += "_"
    return name


def _refusal(value: Any, path: tuple[str, ...]) -> str:
    where = f" at {'.'.join(path)}" if path else ""
    if hasattr(value, "state_dict"):
        help = (
            f"Save its state_dict(), and load that with load_state_dict() into a new {type(value).__name__}."
        )
    elif isinstance(value, (np.ndarray, np.generic)):
        help = "Save torch.from_numpy(array), or .item() of a number."
    else:
        help = "Saved are tensors, numbers, texts and None, in dicts, lists and tuples."
    return f"cannot save a {full_name(value)}{where}\n{help}"


def _is_state_dict(obj: Any, tensors: dict[str, Tensor]) -> bool:
    """Whether the value is a flat dict of tensors, which needs no tree."""
    return (
        isinstance(obj, dict)
        and list(obj) == list(tensors)
        and all(isinstance(each, Tensor) and not each.requires_grad for each in obj.values())
    )


def _put_together(text: str, tensors: dict[str, Tensor]) -> Any:
    """The value of a tree, which must use each tensor once."""
    import json

    unused = dict(tensors)
    try:
        value = _built(json.loads(text), unused)
    except Exception as error:
        raise ValueError(f"its tree is damaged ({type(error).__name__}: {error})") from None
    if unused:
        raise ValueError(f"its tree has no place for {', '.join(map(repr, unused))}")
    return value


def _built(node: Any, tensors: dict[str, Tensor]) -> Any:
    if type(node) in ATOMS:
        return node
    [(kind, content)] = node.items()
    if kind in ("tensor", "leaf"):
        return tensors.pop(content).requires_grad_(kind == "leaf")
    make = CONTAINERS[kind]
    if issubclass(make, dict):
        return make((key, _built(each, tensors)) for key, each in content)
    return make(_built(each, tensors) for each in content)


# The two formats


def _write_npz(file: IO[bytes], arrays: Arrays, tree: str, plain: bool) -> None:
    import zipfile

    if not plain:
        arrays = {**arrays, TREE: np.frombuffer(tree.encode(), np.uint8)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read_npz(file: IO[bytes]) -> tuple[Arrays, str | None]:
    import zipfile

    size = file.seek(0, os.SEEK_END)
    arrays: Arrays = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if any(member.compress_type or member.compress_size != member.file_size for member in members):
            raise ValueError("it is compressed, or lies about its size: write it with numpy.savez()")
        if sum(member.file_size for member in members) > size:
            raise ValueError("its entries claim more bytes than it has")
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name == member.filename or name in arrays:
                raise ValueError(f"its entry {name!r} is no .npy, or there twice")
            arrays[name] = _npy(archive.read(member), name)
    tree = arrays.pop(TREE, None)
    return arrays, None if tree is None else tree.tobytes().decode()


def _npy(data: bytes, name: str) -> np.ndarray[Any, Any]:
    """The array of an .npy file. ValueError if its header does not match its size."""
    file = BytesIO(data)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, fortran, kind = read[np.lib.format.read_magic(file)](file)
    return _array(name, data[file.tell() :], shape, kind, "F" if fortran else "C")


def _array(name: str, data: Any, shape: Any, kind: Any, order: Any = "C") -> np.ndarray[Any, Any]:
    """An array with these bytes as its memory."""
    dtypes.dtype_of(kind)
    if math.prod(shape) * kind.itemsize != len(data):
        raise ValueError(f"{name!r} claims the shape {tuple(shape)}, and has {len(data)} bytes")
    return np.ndarray(shape, kind, bytearray(data), order=order)


def _write_safetensors(file: IO[bytes], arrays: Arrays, tree: str, plain: bool) -> None:
    file.write(_safetensors().numpy.save(arrays, {"minigrad": tree}))


def _read_safetensors(file: IO[bytes]) -> tuple[Arrays, str | None]:
    import json

    package = _safetensors()
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read(size)
    arrays: Arrays = {}
    for name, entry in package.deserialize(data):
        kind = SAFETENSORS_TYPES.get(entry["dtype"])
        if kind is None:
            raise ValueError(
                f"{name!r} is of type {entry['dtype']}, which minigrad has not: convert it, in torch with .float()"
            )
        arrays[name] = _array(name, entry["data"], entry["shape"], np.dtype(kind))
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return arrays, header.get("__metadata__", {}).get("minigrad")


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            ".safetensors files need the package safetensors, which is not installed: pip install safetensors, or "
            "use an .npz file"
        ) from None
    return safetensors


FORMATS = {".npz": (_write_npz, _read_npz), ".safetensors": (_write_safetensors, _read_safetensors)}


# Files


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to. It replaces the file when all is written, so a failure does not damage the old file.

    The file gets the permissions that open(path, "w") would give it, and a link stays a link. A device or a pipe is
    written to directly, because a file must not replace it.
    """
    path = type(path)(os.path.realpath(path))
    mode = None
    if path.exists():
        with path.open("ab") as old:  # raises for a folder, or without permission to write
            mode = os.fstat(old.fileno()).st_mode
        if not stat.S_ISREG(mode):
            yield path
            return
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        temporary.open("xb").close()
        yield temporary
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sweep(path: Path) -> None:
    """Remove unfinished files of processes that were killed."""
    pattern = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{8}\.part")
    for left in path.parent.iterdir():
        with suppress(FileNotFoundError):  # another process may have removed it
            if pattern.fullmatch(left.name) and time.time() - left.stat().st_mtime > STALE:
                left.unlink()
