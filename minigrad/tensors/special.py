"""minigrad.special: functions under the names that torch.special has for them.   torch: torch/special/__init__.py"""

from __future__ import annotations

from typing import Any

from minigrad.tensors.functions import erf, expm1, log1p, round, sigmoid, xlogy
from minigrad.tensors.missing import module_getattr
from minigrad.tensors.more_functions import exp2
from minigrad.tensors.reductions import logsumexp
from minigrad.tensors.special_functions import (
    digamma,
    entr,
    erfc,
    erfinv,
    i0,
    i1,
    lgamma,
    logit,
    mvlgamma,
    ndtr,
    polygamma,
    sinc,
    xlog1py,
)

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "i0", "i1", "log1p", "log_softmax",
    "logit", "logsumexp", "multigammaln", "ndtr", "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy",
]  # fmt: skip

expit, gammaln, psi, multigammaln = sigmoid, lgamma, digamma, mvlgamma


def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """exp xᵢ / Σⱼ exp xⱼ along dim."""
    return input.softmax(dim, dtype)


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """log of softmax along dim."""
    return input.log_softmax(dim, dtype)


__getattr__ = module_getattr(__name__)  # for a line of help
