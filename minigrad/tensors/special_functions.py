"""Special functions: erfc, lgamma, logit, logaddexp and their kin.   torch: torch/special/__init__.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.misuse import check_broadcast
from minigrad.more_ops import special
from minigrad.tensors.arguments import (
    Number,
    Tensor,
    combination,
    named,
    one_dim,
    overloaded,
    tensor_function,
)
from minigrad.tensors.functions import elementwise, pow, refuse
from minigrad.tensors.indexing import gather
from minigrad.tensors.ordering import pair, sort
from minigrad.tensors.return_types import results
from minigrad.tensors.statistics import median

__all__ = [
    "copysign", "digamma", "erfc", "erfinv", "float_power", "frexp", "i0", "ldexp", "lgamma", "logaddexp", "logaddexp2",
    "logcumsumexp", "logit", "mvlgamma", "nanmedian", "nextafter", "polygamma", "sgn", "sinc",
]  # fmt: skip

erfc, erfinv, lgamma, digamma, i0, i1, sinc, entr = map(
    elementwise,
    (
        special.erfc,
        special.erfinv,
        special.lgamma,
        special.digamma,
        special.i0,
        special.i1,
        special.sinc,
        special.entr,
    ),
)


def _sgn(input: Tensor) -> Tensor:
    return ops.sign.named("SgnBackward0")(input)


sgn = tensor_function(named(_sgn, "sgn", "-1, 0 or 1: sign, for there are no complex numbers."))


@tensor_function
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(input/(1 - input)), after the input is brought between eps and 1 - eps, if eps is given."""
    return special.logit(input, eps)


def _of_floats(op: Any, kernel: str) -> Any:
    name = op.forward.__name__

    def function(input: Tensor, other: Tensor) -> Tensor:
        check_broadcast([input.array.shape, other.array.shape])
        refuse(kernel, "biu", input, other)
        return op(input, other)

    return tensor_function(named(function, name, op.__doc__))


logaddexp, logaddexp2, nextafter = (
    _of_floats(op, f"{op.forward.__name__}_cpu")
    for op in (special.logaddexp, special.logaddexp2, special.nextafter)
)


@overloaded((2, 2), (2, 2))
def copysign(input: Tensor, other: Tensor | Number) -> Tensor:
    """|input| with other's sign, that of -0.0 too."""
    if isinstance(other, TensorBase):
        return special.copysign(input, other)
    x: Any = input if input.is_floating_point() else input.to(dtypes.get_default_dtype())
    return special.copysign.named("CopysignBackward1")(x, float(other))


@tensor_function
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input·2ⁿ for n = other."""
    return ops.mul.named("LdexpBackward0")(input, pow(2.0, other))


@overloaded((2, 2), (2, 2), (2, 2))
def float_power(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """inputⁿ, computed in float64; one of the two may be a number."""
    if not isinstance(input, TensorBase) and not isinstance(exponent, TensorBase):
        raise TypeError(f"{combination('float_power', (input, exponent), {})}\nOne of the two is a tensor.")
    return pow(_as_double(input), _as_double(exponent))


def _as_double(x: Any) -> Any:
    return x.to(dtypes.float64) if hasattr(x, "to") else float(x)


_Frexp = results("frexp", "mantissa exponent")


@tensor_function
def frexp(input: Tensor) -> Any:
    """The mantissas, between ½ and 1, and the exponents of 2, as int32."""
    if not input.is_floating_point():
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    exponent = np.asarray(np.frexp(input.array)[1], np.int32)
    return _Frexp(special.frexp(input, exponent), wrap(exponent))


@tensor_function
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """zᵢ = log Σ exp inputⱼ, j ≤ i, along dim."""
    axis = one_dim(dim, input.ndim)
    refuse("logcumsumexp_out_cpu", "biu", input)
    if input.ndim == 0:
        return ops.clone.named("LogcumsumexpBackward0")(input)
    return special.logcumsumexp(input, axis)


# -- of the gamma function ------------------------------------------------------------------------------------


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma. Raises RuntimeError for a negative n. torch: torch.polygamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return special.polygamma(input, int(n))


def _polygamma_method(self: Tensor, n: int) -> Tensor:
    return polygamma(n, self)


polygamma.method = lambda: named(_polygamma_method, "polygamma", polygamma.__doc__)  # type: ignore[attr-defined]


@tensor_function
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """log of the gamma function of p×p matrices: p(p - 1)/4·log π + Σ lgamma(input - i/2), i < p."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    refuse("mvlgamma", "b", input)
    x = input if input.is_floating_point() else input.to(dtypes.get_default_dtype())
    terms = (x.unsqueeze(-1) - wrap(np.arange(p, dtype=x.array.dtype) / 2)).lgamma()
    return terms.sum(-1) + p * (p - 1) / 4 * math.log(math.pi)


# -- medians --------------------------------------------------------------------------------------------------

_Nanmedian = pair("nanmedian")


@tensor_function
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """median without nan: of all elements, or along dim with the index; nan where all are nan."""
    refuse("median_cpu" if dim is None else "median_out", "b", input)
    if dim is None:
        if not input.is_floating_point():
            return median(input)
        flat = input.reshape(-1)
        kept = flat[~flat.isnan()]
        return median(kept if len(kept) else flat) if flat.numel() else median(flat)
    if not input.is_floating_point() or input.ndim == 0:
        return _Nanmedian(*median(input, dim, keepdim))
    axis = one_dim(dim, input.ndim)
    if not input.shape[axis]:
        return _Nanmedian(*median(input, dim, keepdim))
    order = sort(input.detach(), axis, stable=True).indices
    count = (~input.isnan()).sum(axis, keepdim=True)
    middle = order.gather(axis, ((count - 1) // 2).clamp(min=0))
    values = gather(input, axis, middle)
    return _Nanmedian(*(each if keepdim else each.squeeze(axis) for each in (values, middle)))


# -- in torch.special alone -----------------------------------------------------------------------------------


def xlog1py(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """input·log(1 + other), and 0 where input is 0; one of the two may be a number."""
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        raise TypeError(f"{combination('special_xlog1py', (input, other), {})}\nOne of the two is a tensor.")
    kind = dtypes.get_default_dtype().numpy
    return special.xlog1py(
        *(x if isinstance(x, TensorBase) else wrap(np.asarray(x, kind)) for x in (input, other))
    )


@tensor_function
def ndtr(input: Tensor) -> Tensor:
    """The area under Gauss's curve up to the input: erfc(-input/√2)/2."""
    return erfc(input * -math.sqrt(0.5)) * 0.5
