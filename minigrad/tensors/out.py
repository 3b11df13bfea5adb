"""out=: the result of a function, written into a tensor that was given.   torch: aten/src/ATen/native/Resize.cpp"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase
from minigrad.autograd.grad_mode import is_grad_enabled
from minigrad.tensors.inplace import change

copy_over = ops.copy


def into(out: Any, name: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
    """Write what `compute` returns into `out`: a tensor, or a tuple with one for each result. Returns out.

    `args` are the arguments of the function. RuntimeError if gradients are recorded and one of them requires grad.
    """
    outs = out if isinstance(out, (tuple, list)) else (out,)
    for each in outs:
        if not isinstance(each, TensorBase):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {dtypes.full_name(each)}")
    tensors = [*outs, *(each for each in _flat(args) if isinstance(each, TensorBase))]
    if is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad.\nLeave out= away, or compute under no_grad()."
        )
    result = compute()
    if isinstance(result, tuple) is not isinstance(out, (tuple, list)) or (
        isinstance(result, tuple) and len(result) != len(outs)
    ):
        got = [_type_name(arg) for arg in args] + [f"out={_type_name(out)}"]
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({', '.join(got)}), but expected one of:\n"
            "out= has one tensor for each result."
        )
    for each, z in zip(outs, result if isinstance(result, tuple) else (result,), strict=True):
        _write(each, z)
    if not isinstance(result, tuple):
        return out
    return type(result)(*out) if hasattr(result, "_fields") else tuple(out)


def _flat(args: Sequence[Any]) -> Iterable[Any]:
    for arg in args:
        yield from arg if isinstance(arg, (tuple, list)) else (arg,)


def _write(out: Any, z: Any) -> None:
    """Copy z into out, which gets z's shape. torch warns if it had elements and another shape."""
    if dtypes.category(z.array.dtype) > dtypes.category(out.array.dtype):
        there, here = (dtypes.dtype_of(each.array.dtype).scalar_name for each in (z, out))
        raise RuntimeError(
            f"result type {there} can't be cast to the desired output type {here}\nGive an out= of another type."
        )
    if out.array.shape != z.array.shape:
        if out.array.size:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out.array.shape)}, which "
                f"does not match the required output shape {list(z.array.shape)}. This behavior is deprecated, and in "
                "a future PyTorch release outputs will not be resized unless they have zero elements.",
                stacklevel=6,
            )
        out.array = np.empty_like(z.array, dtype=out.array.dtype)
    change(out, copy_over, z)


# The tensor functions that take out=.
WITH_OUT = """
    abs absolute add all amax amin any argmax argmin argsort ceil clamp clip cos cumsum div divide dot eq exp expm1
    floor floor_divide fmod gather ge gt index_select le log log10 log1p log2 logical_and logical_not logical_or
    logical_xor logsumexp lt masked_select matmul max maximum mean min minimum mm bmm mul multiply mv ne neg
    negative nonzero outer pow prod reciprocal remainder round rsqrt sigmoid sign sin sort sqrt square std sub
    subtract sum tanh topk tril triu trunc var multinomial erf xlogy addcmul addcdiv lerp scatter scatter_add
    index_add index_copy diag take take_along_dim cumprod addmm addmv baddbmm"""


def accept_out(*modules: Any) -> None:
    """Let the functions of WITH_OUT in these modules take out=."""
    for module in modules:
        for name in vars(module).keys() & set(WITH_OUT.split()):
            getattr(module, name).takes_out = True


def _type_name(value: Any) -> str:
    return type(value).__name__ if isinstance(value, TensorBase) else dtypes.full_name(value)
