"""Probability distributions: samples, log-probabilities, entropies.   torch: torch/distributions/

torch.distributions, with Bernoulli, Categorical, Normal and Uniform. For the same seed the samples are torch's.
`sample` gives no gradient; `rsample` computes the sample from the parameters, so that a gradient flows back to them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd import no_grad
from minigrad.nn import functional as F
from minigrad.tensors import creation
from minigrad.tensors import distributions as draws
from minigrad.tensors.arranging import broadcast_tensors
from minigrad.tensors.missing import module_getattr
from minigrad.tensors.sampling import multinomial
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

__all__ = ["Bernoulli", "Categorical", "Distribution", "Normal", "Uniform", "kl_divergence"]


class Distribution:
    """One distribution for each element of batch_shape. torch: torch.distributions.Distribution."""

    parameters: tuple[str, ...] = ()  # of which the constructor was given some
    has_rsample = False

    def __init__(self, batch_shape: Any, validate_args: bool | None = None) -> None:
        self._batch_shape, self._validates = Size(batch_shape), validate_args is not False

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """Of one sample: a number."""
        return Size(())

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that is computed from the parameters. NotImplementedError if there is no such way."""
        raise NotImplementedError

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample of shape (*sample_shape, *batch_shape), without a gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def _shape(self, sample_shape: Any) -> tuple[int, ...]:
        return (*sample_shape, *self._batch_shape)

    def _check_parameter(self, name: str, fits: Tensor, constraint: str) -> None:
        """Raise torch's ValueError if a parameter does not fit everywhere."""
        value = getattr(self, name)
        if self._validates and not fits.all():
            raise ValueError(
                f"Expected parameter {name} (Tensor of shape {tuple(value.shape)}) of distribution {self!r} to satisfy "
                f"the constraint {constraint}, but found invalid values:\n{value}"
            )

    def _check_value(self, value: Any, fits: Any, support: str) -> None:
        """Raise torch's ValueError if a value is not one that the distribution has."""
        if not self._validates:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        if not fits(value).all():
            raise ValueError(
                f"Expected value argument (Tensor of shape {tuple(value.shape)}) to be within the support ({support}) "
                f"of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        given = {name: vars(self)[name] for name in self.parameters if name in vars(self)}
        texts = (f"{name}: {x if x.numel() == 1 else x.size()}" for name, x in given.items())
        return f"{type(self).__name__}({', '.join(texts)})"


def _together(*values: Any) -> list[Tensor]:
    """Numbers and tensors as tensors of one shape."""
    kind = next((x.dtype for x in values if isinstance(x, Tensor)), dtypes.get_default_dtype())
    return list(
        broadcast_tensors(*(x if isinstance(x, Tensor) else creation.tensor(x, dtype=kind) for x in values))
    )


class Normal(Distribution):
    """p(x) = exp(-(x - μ)²/2σ²) / (σ·√2π), μ loc, σ scale. torch: torch.distributions.Normal."""

    parameters = ("loc", "scale")
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = _together(loc, scale)
        super().__init__(self.loc.shape, validate_args)
        self._check_parameter("loc", self.loc == self.loc, "Real()")
        self._check_parameter("scale", self.scale > 0, "GreaterThan(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        """μ"""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """σ"""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """σ²"""
        return self.stddev.pow(2)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """μ + σ·ε, ε normal."""
        shape = self._shape(sample_shape)
        with no_grad():
            return draws.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """μ + σ·ε, ε normal."""
        shape = self._shape(sample_shape)
        zero = creation.zeros(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + draws.normal(zero, creation.ones_like(zero)) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """-(x - μ)²/2σ² - log σ - log √2π"""
        self._check_value(value, lambda x: x == x, "Real()")
        square = (value - self.loc) ** 2
        return -square / (2 * self.scale**2) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        """(1 + erf((x - μ)/σ√2))/2"""
        return 0.5 * (1 + ((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)).erf())

    def entropy(self) -> Tensor:
        """½ + ½·log 2π + log σ"""
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()


class Uniform(Distribution):
    """p(x) = 1/(high - low) between them. torch: torch.distributions.Uniform."""

    parameters = ("low", "high")
    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = _together(low, high)
        super().__init__(self.low.shape, validate_args)
        self._check_parameter("low", self.low < self.high, f"LessThan(upper_bound={self.high})")

    @property
    def mean(self) -> Tensor:
        """(low + high)/2"""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        """(high - low)²/12"""
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """low + u·(high - low), u uniform in [0, 1)."""
        u = draws.rand(self._shape(sample_shape), dtype=self.low.dtype, device=self.low.device)
        return self.low + u * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        """-log(high - low), or -∞ outside [low, high)."""
        inside = (self.low.le(value).to(self.low.dtype)) * (self.high.gt(value).to(self.low.dtype))
        return inside.log() - (self.high - self.low).log()

    def entropy(self) -> Tensor:
        """log(high - low)"""
        return (self.high - self.low).log()


class _OfProbabilities(Distribution):
    """A distribution that is given by probabilities, or by their logits. The other ones are computed from them."""

    parameters = ("probs", "logits")

    def _given(self, probs: Any, logits: Any) -> Any:
        """The one that was given. ValueError if it was both or none."""
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        return logits if probs is None else probs

    def _clamped(self) -> Tensor:
        """The probabilities, so far from 0 and 1 that their logits are finite."""
        eps = float(np.finfo(self.probs.array.dtype).eps)
        return self.probs.clamp(eps, 1 - eps)

    probs: Tensor
    logits: Tensor


class Bernoulli(_OfProbabilities):
    """p(1) = probs = σ(logits), p(0) = 1 - p(1). torch: torch.distributions.Bernoulli."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        (given,) = _together(self._given(probs, logits))
        setattr(self, "probs" if logits is None else "logits", given)
        super().__init__(given.shape, validate_args)
        if logits is None:
            self._check_parameter(
                "probs", (given >= 0) & (given <= 1), "Interval(lower_bound=0.0, upper_bound=1.0)"
            )

    def __getattr__(self, name: str) -> Any:
        if name == "probs" and "logits" in vars(self):
            self.probs = self.logits.sigmoid()
            return self.probs
        if name == "logits" and "probs" in vars(self):
            p = self._clamped()
            self.logits = p.log() - (-p).log1p()
            return self.logits
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def mean(self) -> Tensor:
        """p"""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """p·(1 - p)"""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Zeros and ones."""
        with no_grad():
            return draws.bernoulli(self.probs.expand(self._shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """log p(x)"""
        self._check_value(value, lambda x: (x == 0) | (x == 1), "Boolean()")
        logits, value = _together(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        """-Σ p·log p"""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(_OfProbabilities):
    """p(k) = probs[..., k] / Σ probs = softmax(logits)[..., k]. torch: torch.distributions.Categorical."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        given = self._given(probs, logits)
        if given.ndim < 1:
            raise ValueError(
                f"`{'probs' if logits is None else 'logits'}` parameter must be at least one-dimensional."
            )
        if logits is None:
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given - given.logsumexp(-1, keepdim=True)
        super().__init__(given.shape[:-1], validate_args)
        if logits is None:
            self._check_parameter("probs", given >= 0, "Simplex()")

    def __getattr__(self, name: str) -> Any:
        if name == "probs" and "logits" in vars(self):
            self.probs = F.softmax(self.logits, -1)
            return self.probs
        if name == "logits" and "probs" in vars(self):
            self.logits = self._clamped().log()
            return self.logits
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def mode(self) -> Tensor:
        """The most probable class."""
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of classes, int64."""
        rows = self.probs.reshape(-1, self.probs.shape[-1]).detach()
        drawn = multinomial(rows, math.prod(sample_shape), True)
        return drawn.t().reshape(self._shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """log p(k)"""
        classes = self.probs.shape[-1]
        support = f"IntegerInterval(lower_bound=0, upper_bound={classes - 1})"
        self._check_value(value, lambda x: (x % 1 == 0) & (x >= 0) & (x < classes), support)
        value, log_p = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return log_p.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        """-Σ p·log p"""
        log_p = self.logits.clamp(min=float(np.finfo(self.logits.array.dtype).min))
        return -(log_p * self.probs).sum(-1)


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Σ p·log(p/q), for two normal or two categorical distributions. NotImplementedError for others.

    torch: torch.distributions.kl_divergence.
    """
    if isinstance(p, Normal) and isinstance(q, Normal):
        ratio, distance = (p.scale / q.scale).pow(2), ((p.loc - q.loc) / q.scale).pow(2)
        return 0.5 * (ratio + distance - 1 - ratio.log())
    if isinstance(p, Categorical) and isinstance(q, Categorical):
        terms = p.probs * (p.logits - q.logits)
        terms = terms.masked_fill((q.probs == 0).expand_as(terms), math.inf)
        return terms.masked_fill((p.probs == 0).expand_as(terms), 0.0).sum(-1)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


__getattr__ = module_getattr(__name__)  # for a line of help
