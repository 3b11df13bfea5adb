"""Save and load tensors, state dicts, checkpoints and models.   torch: torch/serialization.py

The ending of a file's name chooses its format:

- `.npz`: NumPy's format of named arrays;
- `.safetensors`: named arrays, too, for which torch has the package safetensors;
- every other name, such as `.pt`, `.pth` or `.tar`, and an open file without a name: torch's own format.

A file may be incomplete or come from a stranger. Therefore loading runs no code from the file, needs no more memory
than a fixed multiple of its size, and raises LoadError for every defect. A whole model is more than tensors: its file
names the classes that make it again, and it is loaded only by a program that trusts it, with weights_only=False.

The modules of the formats, json, pathlib and zipfile are imported when a file is written or read, so that
`import minigrad` is fast.
"""

from __future__ import annotations

import os
import pickle
from contextlib import nullcontext
from functools import partial
from typing import IO, Any

from minigrad.arrays.device import device, move
from minigrad.tensors.tensor import Tensor


class LoadError(RuntimeError):
    """Raised for a file that cannot be loaded: it is incomplete, damaged, malicious, or has another format."""


class UnpicklingError(LoadError, pickle.UnpicklingError):
    """Raised for a file that holds more than tensors and plain values, such as a whole model: pickle's, as in torch."""


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a state dict or a checkpoint to a file; or a whole model, which only load(f, weights_only=False) reads.

    A checkpoint consists of dicts, lists and tuples that hold tensors, numbers, strings and None. The ending of the
    name chooses the format: .npz, .safetensors, or torch's own for every other name. An existing file is replaced only
    after everything is written, so an error leaves it unchanged. In torch's format tensors that share memory share it
    in the file, too, and keep their strides, and everything that pickle can save may be in it, such as a model, of
    which the file names the classes. In the other two each tensor is saved separately.
    Raises TypeError if obj contains something else, pickle's errors for what it cannot save, ImportError if the
    package safetensors is needed and not installed. torch: torch.save.
    """
    from pathlib import Path

    from minigrad.serialization.files import replacing

    write, _ = _format(f, "write")
    if not isinstance(f, (str, os.PathLike)):
        write(f, obj)
        return
    path = Path(f)
    if not path.parent.is_dir():
        raise RuntimeError(
            f"Parent directory {path.parent} does not exist.\nCreate it first: os.makedirs(...)"
        )
    with replacing(path) as temporary, temporary.open("wb") as file:
        write(file, obj)


def load(
    f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, *, weights_only: bool | None = None
) -> Any:
    """Read a file that `save` or torch.save wrote. Named arrays of another program give an OrderedDict of tensors.

    The tensors are on the CPU, or on the device map_location. With weights_only=False a file in torch's format may hold
    a whole model, whose classes the program has; then loading it can run any code, so do it with your own files alone.
    A layer of torch's becomes minigrad's. Raises LoadError if the file cannot be loaded, and pickle.UnpicklingError,
    too, if it holds a model; OSError (FileNotFoundError for example) if it cannot be opened; AttributeError or
    ImportError if a class is missing, or the package safetensors where it is needed. torch: torch.load.
    """
    where = device("cpu" if map_location is None else map_location)
    is_path = isinstance(f, (str, os.PathLike))
    with open(f, "rb") if is_path else nullcontext(f) as file:  # type: ignore[arg-type]
        _, read = _format(f, "read", weights_only is not False)
        try:
            value, tensors = read(file)
        except Exception as error:  # zipfile, NumPy and json raise many kinds of errors for bad bytes
            if isinstance(error, ImportError) or (
                weights_only is False and isinstance(error, AttributeError)
            ):
                raise
            raise _cannot_load(f, error, weights_only is not False) from error
    for tensor in tensors:
        tensor.array = move(tensor.array, where)
    return value


def _cannot_load(f: Any, error: Exception, weights_only: bool) -> LoadError:
    """What to raise for a file that a reader refuses."""
    name = f if isinstance(f, (str, os.PathLike)) else "the buffer"
    said = (
        f"{name} cannot be loaded: {error or type(error).__name__}\n"
        "Is the file complete, and was it written by save() of minigrad or torch, numpy.savez() or safetensors?"
    )
    if weights_only and isinstance(error, pickle.UnpicklingError):
        return UnpicklingError(f"Weights only load failed. {said}")
    return LoadError(said)


def _format(f: Any, action: str, weights_only: bool = True) -> tuple[Any, Any]:
    """The functions that write and read a file, chosen by the ending of its name."""
    from minigrad.serialization import npz, safetensors, torch_zip

    read_zip = partial(_read_zip, weights_only=weights_only)
    formats: dict[str, tuple[Any, Any]] = {
        ".npz": (npz.write, read_zip),
        ".safetensors": (safetensors.write, safetensors.read),
        ".pt": (torch_zip.write, read_zip),
    }
    is_path = isinstance(f, (str, os.PathLike))
    if not is_path and not hasattr(f, action):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a '{action}' attribute"
        )
    name = os.fspath(f) if is_path else str(getattr(f, "name", ""))
    return formats.get(os.path.splitext(name)[1].lower(), formats[".pt"])


def _read_zip(file: IO[bytes], weights_only: bool) -> tuple[Any, list[Tensor]]:
    """Return what a zip file holds: an .npz, or a file of torch."""
    from minigrad.serialization import npz, torch_zip
    from minigrad.serialization.archive import Archive

    if file.read(1) == b"\x80":
        raise ValueError(
            "it is a plain pickle, which can run any code, or comes from a PyTorch before 1.6. Load it in torch, and "
            "save a state_dict() there"
        )
    archive = Archive(file)
    return torch_zip.read(archive, weights_only) if torch_zip.pickles(archive) else npz.read(archive)
