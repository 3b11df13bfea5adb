"""Save and load tensors, state dicts and checkpoints without pickle.   torch: torch/serialization.py

A file holds named arrays in one of two formats: `.npz`, NumPy's format, or `.safetensors`, which torch can read and
write too (with the package safetensors). A state dict consists of named arrays already. A checkpoint also has dicts,
lists and numbers around its tensors. They form its *tree*: JSON in which {"tensor": "model.0.weight"} stands for an
array and {"tuple": [1, 2]} for a tuple. The tree is stored as the metadata `minigrad` of a .safetensors file, or as the
entry `__minigrad__` of an .npz file.

A file may be incomplete or come from a stranger. Therefore loading runs no code from the file, makes no array that is
larger than the file, and raises LoadError for every defect.

json, pathlib and zipfile are imported when a file is written or read, so that `import minigrad` is fast.
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
RESERVED = {TREE, "__metadata__"}  # safetensors uses the name "__metadata__" itself
STALE = 60.0  # seconds after which an unfinished temporary file counts as abandoned


class LoadError(RuntimeError):
    """Raised for a file that cannot be loaded: it is incomplete, damaged, malicious, or has another format."""


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a state dict or a checkpoint to an .npz or .safetensors file.

    A checkpoint consists of dicts, lists and tuples that hold tensors, numbers, strings and None. The ending of the
    name chooses the format; an open file without a name is written as .npz. An existing file is replaced only after
    everything is written, so an error leaves it unchanged. Tensors that share memory are saved separately.
    Raises TypeError if obj contains something else, ValueError for another ending, ImportError if the package
    safetensors is needed and not installed. torch: torch.save.
    """
    import json
    from pathlib import Path

    write, _ = _format(f, "write")
    tensors: dict[str, Tensor] = {}
    try:
        tree = _to_tree(obj, (), tensors)
        text = json.dumps(tree)
    except RecursionError:
        raise ValueError(
            "cannot save an object that contains itself or is nested hundreds of levels deep"
        ) from None
    arrays = {name: np.asarray(tensor.detach().cpu().numpy(), order="C") for name, tensor in tensors.items()}
    plain = _is_state_dict(obj, tensors)
    if not isinstance(f, (str, os.PathLike)):
        write(f, arrays, text, plain)
        return
    path = Path(f)
    if not path.parent.is_dir():
        raise RuntimeError(
            f"Parent directory {path.parent} does not exist.\nCreate it first: os.makedirs(...)"
        )
    with replacing(path) as temporary, temporary.open("wb") as file:
        write(file, arrays, text, plain)


def load(
    f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, *, weights_only: bool | None = None
) -> Any:
    """Read a file that `save` wrote. A file of named arrays from another program gives an OrderedDict of tensors.

    The tensors are on the CPU, or on the device map_location. Raises LoadError if the file cannot be loaded, OSError
    (FileNotFoundError for example) if it cannot be opened, ValueError for another ending or for weights_only=False,
    ImportError if the package safetensors is needed and not installed. torch: torch.load.
    """
    if weights_only is False:
        raise ValueError(
            "weights_only=False allows pickled objects, which can run any code; minigrad never loads them: leave it out"
        )
    where = device("cpu" if map_location is None else map_location)
    is_path = isinstance(f, (str, os.PathLike))
    with open(f, "rb") if is_path else nullcontext(f) as file:  # type: ignore[arg-type]
        _, read = _format(f, "read")
        try:
            arrays, text = read(file)
            tensors = {name: wrap(array) for name, array in arrays.items()}
            value = OrderedDict(tensors) if text is None else _from_tree(text, tensors)
        except ImportError:
            raise
        except Exception as error:  # zipfile, NumPy and json raise many kinds of errors for bad bytes
            raise LoadError(
                f"{f if is_path else 'the buffer'} cannot be loaded: {error or type(error).__name__}\n"
                "Is the file complete, and was it written by save() of minigrad, numpy.savez() or safetensors?"
            ) from error
    for tensor in tensors.values():
        tensor.array = move(tensor.array, where)
    return value


def _format(f: Any, action: str) -> tuple[Any, Any]:
    """The functions that write and read a file, chosen by the ending of its name."""
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


# The tree around the tensors


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
        raise TypeError(_cannot_save(value, path))
    if not isinstance(value, dict):
        parts = [_to_tree(each, (*path, str(i)), tensors) for i, each in enumerate(value)]
        return {kind.__name__: parts}
    for key in value:
        if type(key) not in ATOMS:
            raise TypeError(_cannot_save(key, (*path, "a key")))
    return {kind.__name__: [[key, _to_tree(each, (*path, str(key)), tensors)] for key, each in value.items()]}


def _free_name(path: tuple[str, ...], taken: dict[str, Tensor]) -> str:
    """The path joined with dots, without characters that a name in a zip file cannot have."""
    name = re.sub(r"[\0\\\ud800-\udfff]", "_", ".".join(path) if path else "tensor")[:10_000]
    while name in taken or name in RESERVED:
        name += "_"
    return name


def _cannot_save(value: Any, path: tuple[str, ...]) -> str:
    """The message for a value that cannot be saved, with help that fits its type."""
    where = f" at {'.'.join(path)}" if path else ""
    if hasattr(value, "state_dict"):
        help = f"Save its state_dict(), and load it into a new {type(value).__name__} with load_state_dict()."
    elif isinstance(value, (np.ndarray, np.generic)):
        help = "Save torch.from_numpy(array), or number.item()."
    else:
        help = "Tensors, numbers, strings and None can be saved, in dicts, lists and tuples."
    return f"cannot save a {full_name(value)}{where}\n{help}"


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


# The two formats


def _write_npz(file: IO[bytes], arrays: Arrays, tree: str, plain: bool) -> None:
    """Write the arrays, and the tree unless the file needs none (`plain`)."""
    import zipfile

    if not plain:
        arrays = {**arrays, TREE: np.frombuffer(tree.encode(), np.uint8)}
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read_npz(file: IO[bytes]) -> tuple[Arrays, str | None]:
    """Return the arrays and the tree, or None. Raises ValueError if the file is compressed or its sizes are wrong."""
    import zipfile

    size = file.seek(0, os.SEEK_END)
    arrays: Arrays = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if any(member.compress_type or member.compress_size != member.file_size for member in members):
            raise ValueError("it is compressed or lies about its size: write it with numpy.savez()")
        if sum(member.file_size for member in members) > size:
            raise ValueError("its entries claim more bytes than it has")
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name == member.filename or name in arrays:
                raise ValueError(f"its entry {name!r} is not an .npy file, or occurs twice")
            arrays[name] = _npy(archive.read(member), name)
    tree = arrays.pop(TREE, None)
    return arrays, None if tree is None else tree.tobytes().decode()


def _npy(data: bytes, name: str) -> np.ndarray[Any, Any]:
    """The array of an .npy file. Raises ValueError if the header and the number of bytes do not agree."""
    file = BytesIO(data)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, fortran, kind = read[np.lib.format.read_magic(file)](file)
    return _array(name, data[file.tell() :], shape, kind, "F" if fortran else "C")


def _array(name: str, data: Any, shape: Any, kind: Any, order: Any = "C") -> np.ndarray[Any, Any]:
    """An array with a copy of these bytes."""
    dtypes.dtype_of(kind)
    if math.prod(shape) * kind.itemsize != len(data):
        raise ValueError(f"{name!r} claims the shape {tuple(shape)}, but has {len(data)} bytes")
    return np.ndarray(shape, kind, bytearray(data), order=order)


def _write_safetensors(file: IO[bytes], arrays: Arrays, tree: str, plain: bool) -> None:
    """Write the arrays, with the tree as metadata."""
    file.write(_safetensors().numpy.save(arrays, {"minigrad": tree}))


def _read_safetensors(file: IO[bytes]) -> tuple[Arrays, str | None]:
    """Return the arrays and the tree, or None. Raises ValueError if an array has an unsupported dtype."""
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
                f"{name!r} has dtype {entry['dtype']}, which minigrad does not have: convert it in torch with .float()"
            )
        arrays[name] = _array(name, entry["data"], entry["shape"], np.dtype(kind))
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return arrays, header.get("__metadata__", {}).get("minigrad")


def _safetensors() -> Any:
    """Return the package safetensors. Raises ImportError if it is not installed."""
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            ".safetensors files need the package safetensors, which is not installed: pip install safetensors, or "
            "use an .npz file."
        ) from None
    return safetensors


FORMATS = {".npz": (_write_npz, _read_npz), ".safetensors": (_write_safetensors, _read_safetensors)}


# Files


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to. It replaces the file after the block ends without an error.

    The new file has the permissions that open(path, "w") would give it. If path is a link, the file that it points to
    is replaced. A device or a pipe is written directly, because replacing it would destroy it.
    """
    path = type(path)(os.path.realpath(path))
    mode = None
    if path.exists():
        with path.open("ab") as old:  # raises OSError for a folder and for a file that may not be written
            mode = os.fstat(old.fileno()).st_mode
        if not stat.S_ISREG(mode):
            yield path
            return
    _remove_abandoned(path)
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


def _remove_abandoned(path: Path) -> None:
    """Remove temporary files of processes that were killed while they saved."""
    pattern = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{8}\.part")
    for left in path.parent.iterdir():
        with suppress(FileNotFoundError):  # another process may remove the same file
            if pattern.fullmatch(left.name) and time.time() - left.stat().st_mtime > STALE:
                left.unlink()
