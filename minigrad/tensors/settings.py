"""Settings that programs make at their beginning, and small questions.   torch: torch/__init__.py

NumPy chooses threads and precision itself: what is set here is remembered, for programs that ask, and changes nothing.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase
from minigrad.tensors.tensor import Tensor
from minigrad.tensors.tensor_types import tensortype

_PRECISIONS = ("highest", "high", "medium")
_SET: dict[str, Any] = {"precision": "highest", "deterministic": False, "warn only": False}


def get_num_threads() -> int:
    """The number of threads that was set, or the number of processors that this program may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _SET.get("threads") or (int(given) if given.isdigit() and int(given) else usable)


def set_num_threads(num: int, /) -> None:
    """Remember a number of threads. NumPy's BLAS reads its own from OMP_NUM_THREADS when it is loaded."""
    if not isinstance(num, int):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(num).__name__}")
    if num <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _SET["threads"] = num


def get_float32_matmul_precision() -> str:
    """The precision that was set; "highest" at first."""
    return str(_SET["precision"])


def set_float32_matmul_precision(precision: str) -> None:
    """Remember "highest", "high" or "medium". Products are computed in float32 with each."""
    if precision in _PRECISIONS:
        _SET["precision"] = precision
    else:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current"
            "setFloat32MatmulPrecision call has no effect.",
            stacklevel=2,
        )


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same result each time. NumPy's functions give it anyway."""
    for name, value, place in (("mode", mode, " (position 1)"), ("warn_only", warn_only, "")):
        if not isinstance(value, bool):
            raise TypeError(
                f"_set_deterministic_algorithms(): argument '{name}'{place} must be bool, not {type(value).__name__}"
            )
    _SET.update({"deterministic": mode, "warn only": warn_only})


def are_deterministic_algorithms_enabled() -> bool:
    """Whether use_deterministic_algorithms(True) was called."""
    return bool(_SET["deterministic"])


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was called with warn_only=True."""
    return bool(_SET["deterministic"] and _SET["warn only"])


def set_default_tensor_type(t: Any, /) -> None:
    """Set the default dtype by the name of a tensor type, such as FloatTensor. Prefer set_default_dtype."""
    if not isinstance(t, (str, tensortype)):
        raise TypeError(f"invalid type object\nExpected a name or a type such as FloatTensor, not {t!r}.")
    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives. Here it sets the dtype alone.",
        stacklevel=2,
    )
    kind = dtypes.of_tensor_type(t)
    if not kind.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    dtypes.set_default_dtype(kind)


def typename(obj: Any, /) -> str:
    """The name of an object's type, with its module; of a tensor, its tensor type."""
    if isinstance(obj, TensorBase):
        return str(Tensor.type(obj))  # type: ignore[arg-type]
    owner = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(owner, "__module__", None)
    named = str(owner.__qualname__)
    return named if module in ("builtins", "__builtin__", None) else f"{module}.{named}"


def is_complex(input: Any) -> bool:
    """False: there are no complex tensors. TypeError for what is no tensor."""
    _need_tensor("is_complex", input)
    return False


def is_storage(obj: Any, /) -> bool:
    """False: the memory of a tensor is its `array`, not an object of its own."""
    return False


def is_nonzero(input: Any) -> bool:
    """Whether the one element of a tensor is not 0."""
    return bool(_need_tensor("is_nonzero", input))


def is_inference(input: Any) -> bool:
    """Whether a tensor was made in inference mode."""
    return bool(_need_tensor("is_inference", input).is_inference())


def _need_tensor(name: str, value: Any) -> Any:
    if not isinstance(value, TensorBase):
        raise TypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {dtypes.full_name(value)}"
        )
    return value
