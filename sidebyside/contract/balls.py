"""Numbers with what rounding can do to them: a running error bound.

A Ball is, for every element of an array, a centre `c` in long double and a radius `r` such that the true
value and the value computed in the type `kind`, by either library, both lie within r of c. Sums may be
taken in any order, with or without fused multiply-add. After N. Higham, Accuracy and Stability of Numerical
Algorithms, chapters 2 and 3: one operation errs by at most u·|result|, u half the distance from 1 to the
next float, and by η where results are subnormal; a sum of n by γ(n-1)·Σ|x|, γ(n) = nu/(1-nu).

Where the operands are known without error and the result provably is a float (`fits`), nothing is added:
a radius of 0 is a proof that nothing has rounded. `d`, determined, says that both libraries must have the
same bits even so: nothing rounded, or every step up to here was a single one, rounded as IEEE 754 says.

The one thing assumed, not proved: exp, log and their kin err by at most 4 units in the last place, 8u.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

L = np.longdouble
BITS = {"float16": 11, "float32": 24, "float64": 53}
KIN = 8  # u by which exp and its kin may err: 4 units in the last place
NO_GRID = 2**20  # the exponent of a grid on which zero lies, and any number may


class NoBound(Exception):
    """No bound is derived here, and why."""


def grid(x: Any) -> Any:
    """Return the exponent of the lowest bit that is set: x is a multiple of 2^grid(x). Zero lies on every grid."""
    mantissa, exponent = np.frexp(np.where(np.isfinite(x), x, 0).astype(L))
    whole = np.ldexp(abs(mantissa), 64).astype(np.uint64)
    with np.errstate(over="ignore"):  # the complement of 0 is all ones
        lowest = whole & (~whole + np.uint64(1))
    low = np.frexp(lowest.astype(L))[1] - 1 + exponent - 64
    return np.where(whole == 0, NO_GRID, low)


@cache
def unit(kind: np.dtype) -> Any:
    """A type's u, as a Ball has it; NoBound for a type for which none is derived."""
    if kind.kind != "f":
        return L(0)
    if kind.name not in (*BITS, L(0).dtype.name):
        raise NoBound(f"no bound is derived for {kind}, only for {', '.join(BITS)}")
    if (
        np.finfo(L).nmant < BITS.get(kind.name, 64) + 10
    ):  # long double is float64 on this machine: there is no truth
        return L(np.inf)
    return L(np.finfo(kind).eps) / 2 * (1 + L(2) ** -8)


def lowest_grid(x: Any, axis: Any = None) -> Any:
    """Return the exponent of a grid on which all elements lie."""
    return np.min(grid(x), axis=axis, keepdims=axis is not None, initial=NO_GRID)


def fits(size: Any, exponent: Any, kind: np.dtype) -> Any:
    """Whether every multiple of 2^exponent up to this size is a float: the bit budget."""
    if kind.kind != "f":
        return np.asarray(size < 2.0**62)
    info = np.finfo(kind)
    bits = info.nmant + 1
    least = info.minexp - info.nmant
    exponent = np.minimum(exponent, NO_GRID)
    top = np.ldexp(L(1), np.minimum(exponent, 2000) + bits)
    return (exponent >= least) & (size <= top) & (size <= L(info.max))


def _finite(x: Any) -> Any:
    """The finite elements; 0 for the others."""
    return np.where(np.isfinite(x), x, 0)


class Ball:
    """Centre c, radius r, and whether determined; see the top of this file. Arithmetic broadcasts."""

    __slots__ = ("c", "d", "kind", "r")

    def __init__(self, c: Any, r: Any = 0, d: Any = True, kind: Any = None) -> None:
        self.kind = np.dtype(kind if kind is not None else np.asarray(c).dtype)
        unit(self.kind)  # it refuses a type without a bound
        with np.errstate(invalid="ignore"):  # a nan of 16 bits
            self.c = np.asarray(c, L)
        r = np.asarray(r, L)
        self.r = np.where(np.isfinite(self.c) & (r == r), r, np.inf)
        self.d = np.full(self.c.shape, d, bool)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array."""
        return self.c.shape

    @classmethod
    def known(cls, c: Any, r: Any, d: Any, kind: np.dtype) -> Ball:
        """Make a Ball of arrays that were a Ball's before, and need no check."""
        ball = cls.__new__(cls)
        ball.c, ball.r, ball.d, ball.kind = c, r, d, kind
        return ball

    @property
    def u(self) -> Any:
        """Half the distance from 1 to the next float, and 2⁻⁸ of it for long double's own rounding."""
        return unit(self.kind)

    @property
    def eta(self) -> Any:
        """The smallest number: what an operation may lose where results are subnormal."""
        return L(np.finfo(self.kind).smallest_subnormal) if self.kind.kind == "f" else L(0)

    @property
    def most(self) -> Any:
        """The largest number."""
        return L(np.finfo(self.kind).max if self.kind.kind == "f" else 2.0**62)

    @property
    def size(self) -> Any:
        """The most that the magnitude can be."""
        return abs(self.c) + self.r

    def gamma(self, n: Any) -> Any:
        """γ(n) = nu/(1-nu)"""
        return n * self.u / (1 - n * self.u)

    def new(self, c: Any, r: Any, d: Any) -> Ball:
        """Return a Ball of the same dtype. An element that may overflow has no bound."""
        c, r = np.asarray(c, L), np.asarray(r, L)
        over = abs(c) + r > L(np.finfo(self.kind).max) if self.kind.kind == "f" else False
        return Ball(c, np.where(over, np.inf, r), d, self.kind)

    def rounded(self, exact: Any = False, units: int = 1) -> Ball:
        """Add the error of an operation. There is none where the result is known and a float.

        Of halves torch takes several steps at once, in float32: what has rounded is not determined.
        """
        exact = exact & (self.r == 0)
        d = self.d & (exact | ~np.isfinite(self.c) | (self.kind != np.float16))
        return self.new(self.c, np.where(exact, 0, self.r + units * self.u * self.size + self.eta), d)

    def to(self, kind: Any) -> Ball:
        """Convert to another dtype. A narrower one rounds."""
        kind = np.dtype(kind)
        if kind == self.kind or kind.kind != "f":
            return Ball(self.c, self.r, self.d, kind)
        return Ball(self.c, self.r, self.d, kind).rounded(fits(abs(self.c), grid(self.c), kind))

    # arithmetic

    def __add__(self, y: Ball) -> Ball:
        c = self.c + y.c
        low = np.minimum(grid(self.c), grid(y.c))
        settled = (np.isinf(self.c) & self.d & np.isfinite(y.r)) | (np.isinf(y.c) & y.d & np.isfinite(self.r))
        return self.new(c, self.r + y.r, self.d & y.d | settled).rounded(fits(abs(c), low, self.kind))

    def __neg__(self) -> Ball:
        return self.new(-self.c, self.r, self.d)

    def __sub__(self, y: Ball) -> Ball:
        return self + -y

    def __mul__(self, y: Ball) -> Ball:
        c = self.c * y.c
        r = abs(self.c) * y.r + self.r * abs(y.c) + self.r * y.r
        return self.new(c, r, self.d & y.d).rounded(self.product_fits(y))

    def product_fits(self, y: Ball) -> Any:
        """Whether the product is a float; if so, a fused multiply-add rounds no later than a plain one."""
        return fits(abs(self.c * y.c), grid(self.c) + grid(y.c), self.kind) & (self.r == 0) & (y.r == 0)

    def __truediv__(self, y: Ball) -> Ball:
        c = self.c / y.c
        r = np.where(y.r < abs(y.c), (self.r + abs(c) * y.r) / (abs(y.c) - y.r), np.inf)
        low = grid(c)
        back = fits(abs(self.c), low + grid(y.c), np.dtype("float64")) & (c * y.c == self.c)
        return self.new(c, r, self.d & y.d).rounded(back & fits(abs(c), low, self.kind))

    def __rtruediv__(self, number: float) -> Ball:
        return Ball(self.kind.type(number)) / self

    def scaled(self, y: Ball) -> Ball:
        """Return the product as a term of a sum, rounded or fused. It is determined only where it is a float."""
        z = self * y
        return Ball(z.c, z.r, z.d & self.product_fits(y), self.kind)

    # functions of one variable

    def function(self, f: Any, r: Any, low: float = -np.inf) -> Ball:
        """f, with the radius that the input's own leads to; nan and the infinities have their image by IEEE 754."""
        c = f(self.c)
        special = self.d & (~np.isfinite(self.c) | ((self.r == 0) & ~np.isfinite(c)))  # log 0, too
        over = self.d & (c * (1 - 2 * KIN * self.u) > L(np.finfo(self.kind).max) * (1 + self.u))
        inside = self.c - self.r >= low
        z = self.new(c, np.where(inside, r, np.inf), special | over | (self.d & (self.c < low)))
        return z.rounded(units=KIN)

    def exp(self) -> Ball:
        """eˣ"""
        return self.function(np.exp, np.exp(self.c) * np.expm1(self.r))

    def expm1(self) -> Ball:
        """eˣ - 1"""
        return self.function(np.expm1, np.exp(self.c) * np.expm1(self.r))

    def log(self) -> Ball:
        """log x"""
        return self.function(np.log, -np.log1p(-self.r / self.c), low=0)

    def log1p(self) -> Ball:
        """log(1 + x)"""
        return self.function(np.log1p, -np.log1p(-self.r / (1 + self.c)), low=-1)

    def log2(self) -> Ball:
        """log₂ x"""
        return self.function(np.log2, -np.log1p(-self.r / self.c) / np.log(L(2)), low=0)

    def log10(self) -> Ball:
        """log₁₀ x"""
        return self.function(np.log10, -np.log1p(-self.r / self.c) / np.log(L(10)), low=0)

    def sqrt(self) -> Ball:
        """√x. torch's is not rounded as IEEE 754 says, except for 0, where it is 0."""
        z = self.function(np.sqrt, np.where(self.r > 0, self.r / np.sqrt(self.c), 0), low=0)
        zero = (self.c == 0) & (self.r == 0)
        return Ball(z.c, np.where(zero, 0, z.r), z.d | (zero & self.d), self.kind)

    def tanh(self) -> Ball:
        """tanh x, whose slope is at most 1"""
        return self.function(np.tanh, self.r)

    def sin(self) -> Ball:
        """sin x, whose slope is at most 1"""
        return self.function(np.sin, self.r)

    def cos(self) -> Ball:
        """cos x, whose slope is at most 1"""
        return self.function(np.cos, self.r)

    def ends(self, f: Any, low: float = -np.inf, high: float = np.inf) -> Ball:
        """f, monotone or convex between low and high: off by no more than at the ends of the ball."""
        c = f(self.c)
        r = np.maximum(*(abs(f(np.clip(self.c + side * self.r, low, high)) - c) for side in (-1, 1)))
        inside = (self.c - self.r >= low) & (self.c + self.r <= high)
        return self.function(f, np.where(self.r == 0, 0, np.where(inside, r, np.inf)))

    def tan(self) -> Ball:
        """tan x, where no pole is near"""
        half = L(np.pi) / 2
        turns = np.rint(self.c / (2 * half))
        near = abs(self.c - 2 * half * turns) + self.r
        z = self.ends(np.tan)
        return Ball(z.c, np.where(near < half, z.r, np.inf), z.d, z.kind)

    def power(self, y: Ball) -> Ball:
        """xʸ: relative errors of x count y times, errors of y count log |x| times, in the exponent.

        x⁰, 1ʸ and 0ʸ are exact, and what is nan or infinite is so by IEEE 754.
        """
        z, size = self.c**y.c, abs(self.c)
        spread = (abs(y.c) + y.r) * -np.log1p(-self.r / size) + (abs(np.log(size)) + self.r / size) * y.r
        defined = (size > self.r) & ((self.c > 0) | ((y.r == 0) & (y.c == np.rint(y.c))))
        zero, d = (self.c == 0) & (self.r == 0), self.d & y.d
        exact = ((y.c == 0) & (y.r == 0)) | ((self.c == 1) & (self.r == 0)) | (zero & (y.c > y.r))
        settled = exact | (d & ((zero & (y.r == 0)) | ~(np.isfinite(self.c) & np.isfinite(y.c))))
        settled = settled | (d & (self.r == 0) & (y.r == 0) & np.isnan(z))
        over = d & (abs(z) * (1 - 2 * KIN * self.u) > L(np.finfo(self.kind).max) * (1 + self.u))
        r = np.where(exact, 0, np.where(defined, abs(z) * np.expm1(spread), np.inf))
        z = self.new(z, r, settled | over)
        rough = z.rounded(units=KIN)
        return Ball(z.c, np.where(exact, 0, rough.r), rough.d | exact, self.kind)

    # sums

    def sum(self, axis: Any = None, keepdims: bool = False) -> Ball:
        """Σ x in any order."""
        axes = tuple(range(self.c.ndim)) if axis is None else axis
        n = int(np.prod([self.shape[i] for i in np.atleast_1d(axes)])) if np.size(axes) else 1
        size = self.size.sum(axes, keepdims=keepdims)
        low = lowest_grid(self.c, axes)
        low = low if keepdims else low.squeeze(axes)
        free = fits(size, low, self.kind) & (self.r.sum(axes, keepdims=keepdims) == 0)
        once = free | self._special(self.c, axes, keepdims) | (n <= 2)
        r = self.r.sum(axes, keepdims=keepdims) + np.where(free, 0, self.gamma(max(n - 1, 0)) * size)
        return self.new(self.c.sum(axes, keepdims=keepdims), r, self.d.all(axes, keepdims=keepdims) & once)

    def _special(self, terms: Any, axes: Any, keepdims: bool) -> Any:
        """Whether a nan or an infinity settles the sum, and no overflow on the way can unsettle it."""
        rest = abs(_finite(terms)).sum(axes, keepdims=keepdims)
        return ~np.isfinite(terms).all(axes, keepdims=keepdims) & (rest < self.most / 2)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Ball:
        """Π x in any order: n - 1 factors 1 + δ, unless a product of some may overflow or be subnormal.

        Nothing rounds where the odd numbers that are left of the factors without their powers of two have a
        product of few bits: that of some of them has fewer.
        """
        axes = tuple(range(self.c.ndim)) if axis is None else axis
        n = int(np.prod([self.shape[i] for i in np.atleast_1d(axes)])) if np.size(axes) else 1
        over, some = (lambda x, f=f: f(x, axis=axes, keepdims=keepdims) for f in (np.prod, np.any))
        if self.kind.kind != "f":  # exact, unless it wraps around
            c = over(self.c)
            return self.new(c, np.where(abs(c) < L(2) ** 62, 0, np.inf), ~some(~self.d))
        info, zero, finite = np.finfo(self.kind), self.size == 0, np.isfinite(self.c)
        odd = np.ldexp(abs(self.c), -np.where(finite, np.minimum(grid(self.c), 2**14), 0))
        most = over(np.where(finite, np.maximum(self.size, 1), 1)) * (1 + self.gamma(n))
        least = over(np.where(finite & ~zero, np.minimum(abs(self.c) - self.r, 1), 1))
        below, above = most <= L(info.max), least >= L(info.tiny)
        c, size = over(self.c), over(self.size)
        safe = below & (above | some(zero))
        few = over(np.where(finite & ~zero, odd, 1)) <= L(2) ** (info.nmant + 1)
        free = safe & (some(zero) | (few & ~some(self.r > 0)))
        settled = some(np.isnan(self.c)) | (some(np.isinf(self.c)) & (some(zero) | above))
        r = np.where(safe, size - abs(c) + np.where(free, 0, self.gamma(max(n - 1, 0)) * size), np.inf)
        return self.new(c, r, ~some(~self.d) & (free | settled | (n <= 2)))

    def __matmul__(self, y: Ball) -> Ball:
        if self.c.ndim > 1:
            return self.affine(y)
        z = Ball(self.c[None], self.r[None], self.d[None], self.kind).affine(y)
        return Ball(z.c[0], z.r[0], z.d[0], z.kind)

    def affine(self, y: Ball, bias: Ball | None = None) -> Ball:
        """x·y + bias: sums of n products, in any order, fused or not."""
        n = self.shape[-1] + (bias is not None)
        size = abs(self.c) @ abs(y.c)
        r = abs(self.c) @ y.r + self.r @ (abs(y.c) + y.r)
        column = -1 if y.c.ndim == 1 else -2
        rows, columns = lowest_grid(self.c, -1), lowest_grid(y.c, column)
        low = rows.squeeze(-1) + columns.squeeze(-1) if y.c.ndim == 1 else rows + columns
        c, d = self.c @ y.c, self.d.all(-1, keepdims=True) & y.d.all(column, keepdims=True)
        d = d.squeeze(-1) if y.c.ndim == 1 else d
        settled = False if bias is None else np.isinf(bias.c) & bias.d & np.isfinite(r)
        if bias is not None:
            c, r, size, d = c + bias.c, r + bias.r, size + abs(bias.c), d & bias.d
            low = np.minimum(low, grid(bias.c))
        free = fits(size, low, self.kind) & (r == 0)
        rest = abs(_finite(self.c)) @ abs(_finite(y.c)) + (0 if bias is None else abs(_finite(bias.c)))
        special = ~np.isfinite(c) & (rest < self.most / 2)
        r = np.where(free, 0, r + self.gamma(n + 1) * (size + r) + n * self.eta)
        return self.new(c, r, d & (free | special) | settled)

    # choice: nothing rounds

    def where(self, yes: Ball, no: Ball) -> Ball:
        """self, a condition: yes or no; where rounding decides the condition, anything between the two."""
        c = np.where(self.c != 0, yes.c, no.c)
        r = np.where(self.c != 0, yes.r, no.r)
        hull = abs(yes.c - no.c) + np.maximum(yes.r, no.r)
        d = self.d & np.where(self.c != 0, yes.d, no.d)
        return yes.new(c, np.where(self.r > 0, hull, r), d)

    def condition(self, computed: Any, other: Ball) -> Ball:
        """A comparison as it came out; uncertain where self and other are as close as they are known."""
        spread, d = self.r + other.r, self.d & other.d
        special = d & ~(np.isfinite(self.c) & np.isfinite(other.c))
        unsure = (spread > 0) & ~(abs(self.c - other.c) > spread) & ~special
        return Ball(computed, unsure, d, np.dtype(bool))

    def lipschitz(self, f: Any, *others: Ball) -> Ball:
        """A choice among arguments, such as maximum: off by no more than the worst of them."""
        r, d = self.r, self.d
        for other in others:
            r, d = np.maximum(r, other.r), d & other.d
        return self.new(f(self.c, *(other.c for other in others)), r, d)

    def stepped(self, f: Any) -> Ball:
        """A step function that never falls: off by its steps within the ball."""
        c = f(self.c)
        return self.new(c, np.maximum(f(self.c + self.r) - c, c - f(self.c - self.r)), self.d)

    def extreme(self, f: Any, axes: Any, keepdims: bool = False) -> Ball:
        """The greatest or smallest along axes."""
        c = f(self.c, axis=axes, keepdims=keepdims)
        r = self.r.max(axis=axes, keepdims=keepdims)
        return self.new(c, r, self.d.all(axis=axes, keepdims=keepdims))
