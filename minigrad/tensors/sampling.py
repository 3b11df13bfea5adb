"""Draws from a table of probabilities, and methods that fill a tensor by chance.   torch: aten/.../Distributions.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops, random
from minigrad.arrays import dtypes
from minigrad.arrays.device import CPU, move, on_device_of
from minigrad.autograd.base import wrap
from minigrad.tensors.arguments import Tensor, generator_of, tensor_function
from minigrad.tensors.inplace import change


@tensor_function
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Any = None,
) -> Tensor:
    """Indices of the last dimension, each drawn with the probability that its element gives, up to a common factor.

    torch's for the same seed. RuntimeError unless the probabilities are finite, >= 0 and not all 0.
    """
    source, p = generator_of("multinomial", generator), move(input.array, CPU)
    _check_probabilities(p, num_samples, replacement)
    if p.shape[0] == 0:
        drawn = np.zeros((0, num_samples), np.int64)
    elif replacement and num_samples > 1:
        drawn = np.stack([_with_replacement(row, num_samples, source) for row in np.atleast_2d(p)])
    else:
        drawn = _without_replacement(np.atleast_2d(p), num_samples, source)
    return wrap(on_device_of(drawn.reshape(*p.shape[:-1], num_samples), input.array))


def _check_probabilities(p: Any, count: int, replacement: bool) -> None:
    if p.dtype.kind != "f":
        name = dtypes.dtype_of(p.dtype).scalar_name
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {name}\n"
            "Convert with .float() first."
        )
    if p.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim\nIt has {p.ndim} dimensions.")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > p.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if p.shape[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


def _without_replacement(p: Any, count: int, source: random.Generator) -> Any:
    """The places of the largest p/q, q exponential: each place is the first with the probability p."""
    if not (np.all(p >= 0) and np.all(p < np.inf)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(p.sum(-1) == 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    with np.errstate(all="ignore"):
        q = p / source.exponential(p.shape, dtype=p.dtype)
    if count == 1:
        return q.argmax(-1, keepdims=True)
    return np.argsort(-q, axis=-1, kind="stable")[:, :count]


def _with_replacement(p: Any, count: int, source: random.Generator) -> Any:
    """The places at which the sums of p from the left first reach u, u uniform."""
    for wrong in p[~((p >= 0) & (p < np.inf))][:1]:
        kind = "= infinity or NaN" if wrong == np.inf else "< 0"  # nan counts as < 0
        raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {kind})")
    sums = np.cumsum(p, dtype=p.dtype)
    if not p.size or sums[-1] <= 0:
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    sums /= sums[-1]
    sums[-1] = 1
    return np.searchsorted(sums, source.uniform((count,), dtype=np.float64))


def exponential_(self: Tensor, lambd: float = 1, *, generator: random.Generator | None = None) -> Any:
    """Fill with exponential numbers, of density λ·e^(-λx): torch's for the same seed."""
    if self.array.dtype.kind != "f":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but "
            f"you specified {self.dtype.scalar_name}"
        )
    drawn = generator_of("exponential_", generator).exponential(self.array.shape, lambd, self.array.dtype)
    return change(self, ops.copy.named("ExponentialBackward0"), drawn)


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: random.Generator | None = None) -> Any:
    """Fill with 1 and 0: 1 with the probability p, a number or a tensor. torch's for the same seed."""
    source, shape = generator_of("bernoulli_", generator), self.array.shape
    if hasattr(p, "array"):
        drawn = source.bernoulli_of(np.broadcast_to(move(p.array, CPU), shape)).astype(self.array.dtype)
    else:
        drawn = source.bernoulli(shape, p).astype(self.array.dtype)
    return change(self, ops.copy.named("BernoulliBackward0"), drawn)


def random_(
    self: Tensor,
    from_: int | None = None,
    to: int | None = None,
    *,
    generator: random.Generator | None = None,
) -> Any:
    """Fill with integers: random_(from, to), random_(to), or of all that the dtype has. torch's for the same seed."""
    source, kind = generator_of("random_", generator), self.array.dtype
    if from_ is None and to is None:
        drawn = source.random(self.array.shape, kind)
    else:
        low, high = (0, from_) if to is None else (from_ or 0, to)
        drawn = source.randint(low, high, self.array.shape, kind)  # type: ignore[arg-type]
    return change(self, ops.copy.named("RandomBackward0"), drawn)
