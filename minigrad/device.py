"""Where arrays live: NumPy's on the CPU, CuPy's on a GPU.   torch: torch/cuda/__init__.py, c10/core/Device.h

The one file that knows CuPy exists. There is no global switch: the array decides where its ops run,
and a device is chosen when a tensor is made or moved. CuPy is imported when first asked for.
"""

from __future__ import annotations

import os
import re
import warnings
from types import ModuleType
from typing import Any

import numpy as np

_TYPES = "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone"  # noqa: E501


class device:
    """`device("cpu")`, `device("cuda:0")` or `device("cuda", 0)`; compares and prints as torch's."""

    __slots__ = ("index", "type")
    type: str
    index: int | None

    def __init__(self, type: Any = None, index: int | None = None, *, device: Any = None) -> None:
        type = device if type is None else type
        if type is None:
            raise TypeError('device() missing 1 required positional argument: "device"')
        if isinstance(type, int):
            type, index = "cuda", type
        if type == "":
            raise RuntimeError("Device string must not be empty")
        parts = re.fullmatch(r"([a-zA-Z_]+)(?::(0|[1-9][0-9]*))?", str(type))
        if parts is None:
            raise RuntimeError(f"Invalid device string: '{type}'\nSay 'cpu', 'cuda' or 'cuda:0'.")
        name, number = parts.groups()
        if name not in ("cpu", "cuda"):
            raise RuntimeError(
                f"Expected one of {_TYPES} device type at start of device string: {name}\nminigrad knows cpu and cuda."
            )
        if index is not None and number is not None:
            raise RuntimeError(
                f"type (string) must not include an index because index was passed explicitly: {type}"
            )
        self.type, self.index = name, index if number is None else int(number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")


CPU = device("cpu")


def as_device(value: Any) -> device:
    """What a user gave as a device: a device, its name, or the number of a GPU."""
    return value if isinstance(value, device) else device(value)


def of(array: Any) -> device:
    """The device that an array lives on."""
    return CPU if isinstance(array, np.ndarray) else device("cuda", int(array.device.id))


def move(array: Any, where: device) -> Any:
    """The array on that device; itself if it is there already."""
    if where.type == "cpu":
        return array if isinstance(array, np.ndarray) else array.get()
    if stay_on_cpu():
        return array
    cupy = cupy_module()
    with cupy.cuda.Device(where.index or 0):
        return cupy.asarray(array)


def is_available() -> bool:
    """Whether tensors can be moved to a GPU: CuPy is installed and finds one. `cuda.is_available()`."""
    try:
        return bool(cupy_module())
    except AssertionError:
        return False


def cupy_module() -> ModuleType:
    """CuPy; AssertionError, in torch's words, where it is not installed or finds no GPU."""
    try:
        import cupy  # type: ignore[import-not-found]

        cupy.cuda.runtime.getDeviceCount()
    except ImportError:
        raise AssertionError(
            "Torch not compiled with CUDA enabled\nminigrad computes on a GPU through CuPy, which is not installed: "
            "pip install cupy-cuda13x (or cupy-cuda12x for a CUDA 12 driver). "
            "MINIGRAD_CUDA=cpu lets code written for a GPU stay on the CPU."
        ) from None
    except Exception as error:  # CuPy raises its own classes, which we cannot name without it
        raise AssertionError(
            f"Torch not compiled with CUDA enabled\nCuPy is installed but finds no usable GPU ({error}). "
            "MINIGRAD_CUDA=cpu lets code written for a GPU stay on the CPU."
        ) from None
    return cupy


_warned = False


def stay_on_cpu() -> bool:
    """MINIGRAD_CUDA=cpu: a notebook written for a GPU runs on a laptop, and says so once."""
    global _warned
    if os.environ.get("MINIGRAD_CUDA") != "cpu":
        return False
    if not _warned:
        _warned = True
        warnings.warn("MINIGRAD_CUDA=cpu: what is sent to CUDA stays on the CPU.", stacklevel=4)
    return True
