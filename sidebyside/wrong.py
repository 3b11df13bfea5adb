"""The mistakes that people make in a gradient: each with what it gives and the sentence that names it.

An entry of the catalogue is a generator. It reads a Scene, which is all that is known of a wrong array, and yields
pairs: the array that one mistake would have given, and what to say then. `named` returns the first sentence whose
array is what was found, up to rounding, and is not the right one too. So a mistake that nobody has listed gets no name.

`same`, `cmp`, and the commands compare and explain all read this one catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from sidebyside.contract.balls import L

Guesses = Iterator[tuple[Any, str]]
LARGEST = 10**7  # multiplications that a guess may take


@dataclass(frozen=True)
class Scene:
    """A wrong array, the right one, and what both were made of."""

    found: Any
    right: Any  # in long double, within `slack` of the truth
    slack: Any = 0
    name: str = ""  # the input whose gradient it is; none for an output
    values: Mapping[str, Any] = field(
        default_factory=dict
    )  # the inputs by name, the output z and its gradient dz
    rights: Mapping[str, Any] = field(default_factory=dict)  # the right gradients of all inputs
    again: Callable[..., Any] | None = None  # the right one for other inputs, again(x=...), or another dz

    def near(self, guess: Any, array: Any) -> bool:
        """Whether a guess is the array up to rounding: four times the slack, and 8 u of the largest element.

        That something is wrong is known by then, from a derived bound. This only tells which mistake it is.
        """
        guess = np.asarray(guess, L)
        return guess.shape == array.shape and bool((self._off(guess, array) <= self._grain(guess)).all())

    def is_right(self, guess: Any) -> bool:
        """Whether a formula gives the right array. One that does can be spoiled on purpose, to see what it gives."""
        return self.near(guess, np.asarray(self.right))

    def fits(self, guess: Any) -> bool:
        """Whether a guess is what was found, and is not the right one as well. What was found fits by itself."""
        if guess is self.found:
            return True
        if not self.near(guess, np.asarray(self.found)):
            return False
        if np.shape(guess) != np.shape(self.right):
            return True
        guess = np.asarray(guess, L)
        return bool((self._off(guess, self.right) > 4 * self._grain(guess)).any())

    def _off(self, guess: Any, array: Any) -> Any:
        same = (guess == array) | ((guess != guess) & (array != array))
        return np.where(same, 0, np.nan_to_num(abs(guess - array.astype(L)), nan=np.inf))

    def _grain(self, guess: Any) -> Any:
        finite = abs(guess[np.isfinite(guess)])
        unit = L(np.finfo(self.found.dtype).eps) / 2
        return 4 * np.max(self.slack, initial=0) + 8 * unit * np.max(finite, initial=0)

    @property
    def x(self) -> Any:
        """The input whose gradient it is."""
        return self.values.get(self.name)

    @property
    def dz(self) -> Any:
        """The gradient that arrived, in long double."""
        return None if (dz := self.values.get("dz")) is None else np.asarray(dz, L)

    @property
    def z(self) -> Any:
        """The output, in long double."""
        return None if (z := self.values.get("z")) is None else np.asarray(z, L)

    def floats(self) -> dict[str, Any]:
        """The inputs, z and dz that are floats, in long double."""
        return {k: np.asarray(v, L) for k, v in self.values.items() if np.asarray(v).dtype.kind == "f"}

    def integers(self) -> list[Any]:
        """The inputs that are integers: labels, or indices."""
        return [v for v in self.values.values() if np.asarray(v).dtype.kind in "iu"]

    def counts(self) -> list[int]:
        """The counts that a mean may have divided by: of all elements, or of one axis."""
        arrays = [*self.values.values(), *([self.found] if "dz" in self.values else [])]
        return [n for n in dict.fromkeys(n for a in arrays for n in (np.size(a), *np.shape(a))) if n > 1]


def named(scene: Scene, only_here: bool = False) -> str | None:
    """Return the sentence for what is wrong, or None if no listed mistake gives this array.

    `only_here` leaves the mistakes that show at special numbers alone: kinks, ties, overflow, rounding.
    """
    if np.asarray(scene.found).dtype.kind != "f":
        return None
    entries = SPECIAL if only_here else CATALOGUE
    if np.shape(scene.found) != np.shape(scene.right):
        entries = OTHER_SHAPE
    with np.errstate(all="ignore"):
        for entry in entries:
            for guess, sentence in entry(scene):
                if scene.fits(guess):
                    return sentence
    return None


def shapes(found: Sequence[int], wanted: Sequence[int], arrived: Sequence[int] = ()) -> str | None:
    """Say what is wrong from shapes alone, if a library refuses a gradient for its shape."""
    found, wanted, arrived = tuple(found), tuple(wanted), tuple(arrived)
    if len(found) > 1 and found[::-1] == wanted:
        return "it is transposed: a product with its factors in the wrong order, or a .T too few"
    if len(found) == len(wanted) < len(arrived) and {*found, *wanted} <= {*arrived}:
        return "dz is summed over the wrong axis"
    if np.prod(found) > np.prod(wanted):
        return UNBROADCAST
    return None


UNBROADCAST = "it is not un-broadcast: sum it over the axes along which the input was repeated"
TRANSPOSED = "it is the transpose of the right one"


# -- special numbers --------------------------------------------------------------------------------------------


def exp_overflows(s: Scene) -> Guesses:
    """The maximum is not subtracted before exp."""
    bad = ~np.isfinite(s.found) & np.isfinite(s.right)
    if not bad.any():
        return
    inputs = [v for k, v in s.floats().items() if k not in ("z", "dz") and v.size]
    for v in inputs:
        for dim in range(v.ndim):
            lost = _softmax(v, dim).astype(s.found.dtype) == 0
            if lost.any() and lost.shape == bad.shape and (lost == bad).all():
                yield (
                    s.found,
                    "exp underflowed to 0, and its log is -inf: log_softmax takes the log without the exp",
                )
    top = np.log(L(np.finfo(s.found.dtype).max))
    if any((abs(v) > top).any() and np.isfinite(v).all() for v in inputs):
        yield s.found, "exp overflowed: subtract the row's maximum"
    if any((v == 0).any() for v in inputs):
        yield s.found, "it divides by an input that is 0, or takes its log"


def ties(s: Scene) -> Guesses:
    """Every element that ties for the maximum gets dz."""
    if s.x is None or s.z is None or s.z.shape == s.x.shape:
        return
    for axes in [tuple(range(s.x.ndim)), *((i,) for i in range(s.x.ndim))]:
        for best, what in ((np.max, "largest"), (np.min, "smallest")):
            tied = s.x == best(s.x, axis=axes, keepdims=True)
            crowded = tied & (tied.sum(axis=axes, keepdims=True) > 1)
            if crowded.any() and (s.right[crowded] != 0).any() and (s.found[crowded] != 0).any():
                shared = (s.right[crowded] != 0).all()
                does = "shares dz among them" if shared else "gives dz to one of them"
                yield (
                    np.where(crowded, s.found, s.right),
                    f"they differ only at ties: several elements are the {what}, and PyTorch {does}",
                )


def kinks(s: Scene) -> Guesses:
    """Another derivative at a kink."""
    if s.x is None or s.x.shape != s.right.shape:
        return
    off = np.asarray(s.found != s.right)
    where = {}
    others = {k: v for k, v in s.floats().items() if k not in (s.name, "z", "dz") and k in s.rights}
    where[f"{s.name} is 0"] = s.x == 0
    where |= {f"{s.name} is {k}": s.x == v for k, v in others.items() if _spreads(v, s.x.shape)}
    at = np.unique(s.x[off])
    if 0 < at.size <= 2 and (at.size < off.sum() or (at % 0.5 == 0).all()):
        where[f"{s.name} is {' or '.join(f'{v:g}' for v in at)}"] = np.isin(s.x, at)
    for what, there in where.items():
        worth = np.unique(s.right[there & off])
        rule = (
            f"PyTorch's gradient there is {float(worth[0]):g}"
            if worth.size == 1
            else "PyTorch's differs there"
        )
        yield np.where(there, s.found, s.right), f"they differ only where {what}, at the kink: {rule}"


def float32(s: Scene) -> Guesses:
    """A step is taken in float32 on the way."""
    if s.found.dtype != np.float64:
        return
    close = abs(s.found - s.right) <= 2.0**-20 * np.max(abs(s.right), initial=0)
    if close.all() and not _rounded(s):
        for each in (L(1), *(v for v in s.floats().values() if _spreads(v, s.found.shape))):
            number = (s.found / each).astype(np.float64)
            narrow = number.astype(np.float32).astype(np.float64)
            if (abs(number - narrow) <= 4 * np.spacing(abs(number))).all():
                yield s.found, "it was rounded to float32 on the way, within a float64 program"
    if s.again is not None:
        halved = {k: v.astype(np.float32).astype(v.dtype) for k, v in s.values.items() if k in s.rights}
        yield s.again(**halved), "an input was rounded to float32, within a float64 program"


def rounding(s: Scene) -> Guesses:
    """Another formula of the same value, which rounds more."""
    eps = L(np.finfo(s.found.dtype).eps)
    off = abs(s.found - s.right)
    if not _rounded(s):
        return
    output = s.z if s.name else s.right
    for k, v in s.floats().items():
        for dim in range(v.ndim if output is not None and k not in ("z", "dz") else 0):
            if np.shape(output) == v.shape and np.allclose(_log_softmax(v, dim), output):
                yield s.found, ROUNDS.format("as the log of a softmax is: log_softmax rounds less")
    if (off <= 8 * eps * np.max(abs(s.right))).all():
        yield s.found, ROUNDS.format("as by another formula or another order of its steps")


def _rounded(s: Scene) -> bool:
    """Whether all that is wrong may be a few roundings."""
    most = 8 * L(np.finfo(s.found.dtype).eps) * (1 + np.max(abs(s.right), initial=0))
    return bool(s.found.size and (abs(s.found - s.right) <= most).all())


ROUNDS = "it is off by a few roundings alone, {}"

# -- whole arrays -------------------------------------------------------------------------------------------------


def nothing(s: Scene) -> Guesses:
    """No gradient goes on."""
    yield np.zeros(s.found.shape), "it is 0 everywhere: nothing is passed on"


def swapped(s: Scene) -> Guesses:
    """The gradients of two inputs in each other's place."""
    for name, other in s.rights.items():
        if s.name and name != s.name:
            yield other, f"it is the gradient of {name}: the two are swapped"
    if s.again is not None and not s.name:
        for a, b in combinations(s.rights, 2):
            if np.shape(s.values[a]) == np.shape(s.values[b]):
                yield s.again(**{a: s.values[b], b: s.values[a]}), f"{a} and {b} are in each other's place"


def not_unbroadcast(s: Scene) -> Guesses:
    """The gradient has the shape of the output, not of the input that was repeated."""
    lead = s.found.ndim - s.right.ndim
    if lead < 0 or s.found.size <= s.right.size:
        return
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(s.right.shape) if n == 1 and s.found.shape[i + lead] != 1
    )
    summed = s.found.astype(L).sum(axes)
    if summed.size == s.right.size and s.is_right(summed.reshape(s.right.shape)):
        yield s.found, UNBROADCAST


def transposed(s: Scene) -> Guesses:
    """Rows for columns."""
    if s.right.ndim > 1:
        yield np.swapaxes(s.right, -1, -2), TRANSPOSED
        yield s.right.T, TRANSPOSED


def product(s: Scene) -> Guesses:
    """A factor of a matrix product is not transposed, or the factors are in the wrong order."""
    made = {}
    matrices = {k: v for k, v in s.floats().items() if v.ndim == 2 and k != "z"}
    for a, x in matrices.items():
        for b, y in matrices.items():
            for left, p in ((a, x), (f"{a}.T", x.T)):
                for right, q in ((b, y), (f"{b}.T", y.T)):
                    if a != b and p.shape[1] == q.shape[0] and p.size * q.shape[1] <= LARGEST:
                        made[f"{left} @ {right}"] = p @ q
    for wanted in [text for text, array in made.items() if s.is_right(array)]:
        bases = set(wanted.replace(".T", "").split(" @ "))
        for text, array in made.items():
            if set(text.replace(".T", "").split(" @ ")) == bases:
                yield array, f"it is {text}, and the right one is {wanted}"


def wrong_axis(s: Scene) -> Guesses:
    """A sum over, or along, another axis."""
    for text, whole in _summed(s).items():
        for a in range(whole.ndim):
            if not _reshaped(s, whole.sum(a)):
                continue
            for b in range(whole.ndim):
                if a != b:
                    yield (
                        whole.sum(b).reshape(s.found.shape)
                        if whole.sum(b).size == s.found.size
                        else whole.sum(b),
                        f"{text} is summed over axis {b}, and the right one over axis {a}",
                    )
            for part in (whole.take(0, a), whole.take(-1, a)):
                yield _as(part, s.found), f"it is one slice of {text} along axis {a}: sum over that axis"
            yield (
                _as(whole.max(a), s.found),
                f"it is the maximum of {text} along axis {a}: sum over that axis",
            )


def _summed(s: Scene) -> dict[str, Any]:
    """The arrays that a gradient may be the sum of: dz, or dz times an input; of an output, the inputs."""
    floats = s.floats()
    if s.dz is None:
        return {k: v for k, v in floats.items() if k != "z" and v.ndim > 1}
    times = {
        f"dz * {k}": s.dz * v
        for k, v in floats.items()
        if k != "dz" and _spreads(v, s.dz.shape) and s.dz.ndim > 1
    }
    return ({"dz": s.dz} if s.dz.ndim > 1 else {}) | times


def _as(array: Any, found: Any) -> Any:
    return array.reshape(found.shape) if array.size == found.size else array


def _reshaped(s: Scene, array: Any) -> bool:
    return array.size == s.right.size and s.is_right(array.reshape(s.right.shape))


def _spreads(v: Any, shape: Any) -> bool:
    """Whether an array broadcasts to this shape."""
    sides = zip(reversed(v.shape), reversed(shape), strict=False)
    return v.ndim <= len(shape) and all(n in (1, m) for n, m in sides)


def wrong_spread(s: Scene) -> Guesses:
    """What a sum gives back to each of its elements is spread along another axis."""
    if not s.name or s.dz is None or s.right.ndim != s.dz.ndim + 1:
        return
    for a, n in enumerate(s.right.shape):
        for share in (s.dz, s.dz / n):
            if not _spreads(np.expand_dims(share, a), s.right.shape):
                continue
            if not s.is_right(np.broadcast_to(np.expand_dims(share, a), s.right.shape)):
                continue
            for b in range(s.right.ndim):
                if _spreads(guess := np.expand_dims(share, b), s.found.shape):
                    yield (
                        np.broadcast_to(guess, s.found.shape),
                        f"dz is spread along axis {b}, not {a}: " + TRANSPOSED,
                    )


def wrong_dim(s: Scene) -> Guesses:
    """A function of rows is taken along another axis, or over all of the input."""
    if s.name:
        return
    for k, v in s.floats().items():
        for text, along in ALONG.items():
            for a in range(v.ndim if k != "z" and v.size else 0):
                if s.is_right(along(v, a)):
                    for b in range(v.ndim):
                        yield (
                            along(v, b),
                            f"{text} is taken along axis {b} of {k}, and the right one along axis {a}",
                        )
                    whole = np.asarray(along(v.reshape(-1), 0))
                    yield _as(whole, s.found), f"{text} is taken over all of {k}, not along axis {a}"


def _softmax(v: Any, dim: int) -> Any:
    e = np.exp(v - v.max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)


def _log_softmax(v: Any, dim: int) -> Any:
    if not v.size:
        return v
    s = v - v.max(dim, keepdims=True)
    return s - np.log(np.exp(s).sum(dim, keepdims=True))


ALONG: dict[str, Callable[[Any, int], Any]] = {
    "the sum": lambda v, dim: v.sum(dim),
    "the mean": lambda v, dim: v.mean(dim),
    "the maximum": lambda v, dim: v.max(dim),
    "the minimum": lambda v, dim: v.min(dim),
    "the product": lambda v, dim: v.prod(dim),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": lambda v, dim: v.max(dim) + np.log(np.exp(v - v.max(dim, keepdims=True)).sum(dim)),
    "the running sum": lambda v, dim: v.cumsum(dim),
    "the variance": lambda v, dim: v.var(dim, ddof=1) if v.shape[dim] > 1 else v.sum(dim) * np.nan,
}


# -- rules that are nearly right ----------------------------------------------------------------------------------

# The rule of an op in terms of its output v; for the input in its place the rule gives something else.
RULES: dict[str, Callable[[Any, Any], Any]] = {
    "tanh": lambda dz, v: dz * (1 - v * v),
    "sigmoid": lambda dz, v: dz * v * (1 - v),
    "exp": lambda dz, v: dz * v,
    "sqrt": lambda dz, v: dz / (2 * v),
    "rsqrt": lambda dz, v: -dz * v**3 / 2,
    "reciprocal": lambda dz, v: -dz * v * v,
}


def input_for_output(s: Scene) -> Guesses:
    """A rule that wants the output is given the input, or the other way round."""
    if s.x is None or s.z is None or s.dz is None or s.z.shape != s.x.shape:
        return
    x = s.x.astype(L)
    by_rows = {
        f"{op} along axis {dim}": (lambda dz, v, rule=rule, dim=dim: rule(dz, v, dim))
        for op, rule in ROWS.items()
        for dim in range(x.ndim)
    }
    for op, rule in {**RULES, **by_rows}.items():
        if s.is_right(rule(s.dz, s.z)):
            yield rule(s.dz, x), f"the input {s.name} is used for the output z in the rule of {op}"
    if s.again is not None:
        yield (
            s.again(**{s.name: s.z.astype(s.x.dtype)}),
            f"the output z is used for the input {s.name} in the rule",
        )


ROWS: dict[str, Callable[[Any, Any, int], Any]] = {
    "softmax": lambda dz, v, dim: v * (dz - (dz * v).sum(dim, keepdims=True)),
    "log_softmax": lambda dz, v, dim: dz - np.exp(v) * dz.sum(dim, keepdims=True),
}


def softmax_rule(s: Scene) -> Guesses:
    """A part of the rule of softmax or log_softmax is missing."""
    dz, z = s.dz, s.z
    if dz is None or z is None or dz.shape != z.shape:
        return
    for op, rule in ROWS.items():
        for dim in range(z.ndim):
            if not s.is_right(rule(dz, z, dim)):
                continue
            for b in range(z.ndim):
                yield (
                    rule(dz, z, b),
                    f"the rule of {op} sums over axis {b}, and the right one over axis {dim}",
                )
            total = dz.sum(dim, keepdims=True)
            if op == "softmax":
                yield (
                    dz * z * (1 - z),
                    "it is the diagonal of softmax's Jacobian alone: - z·Σ(dz·z) is missing",
                )
                yield dz * z, "- z·Σ(dz·z) is missing in the rule of softmax"
                yield dz - (dz * z).sum(dim, keepdims=True), "a factor z is missing in the rule of softmax"
                yield z * (dz - total), "softmax's rule sums dz·z, not dz"
                yield (
                    z * (dz + (dz * z).sum(dim, keepdims=True)),
                    "the sign of Σ(dz·z) is wrong in softmax's rule",
                )
            else:
                yield (
                    dz * (1 - np.exp(z)),
                    "it is the diagonal of log_softmax's Jacobian alone: it sums dz over the row",
                )
                yield dz - np.exp(z), "Σdz is missing in the rule of log_softmax"
                yield dz - z * total, "exp(z) is needed, not z, in the rule of log_softmax"
                yield dz + np.exp(z) * total, "the sign of exp(z)·Σdz is wrong in log_softmax's rule"
                yield np.exp(z) * total, "dz itself is missing in the rule of log_softmax"


def labels(s: Scene) -> Guesses:
    """Cross-entropy's p - y with a part missing."""
    if s.x is None or s.x.ndim < 1 or s.x.shape != s.right.shape or not s.x.size:
        return
    x = s.x.astype(L)
    kinds = {"softmax": _softmax(x, -1), "sigmoid": 1 / (1 + np.exp(-x))}
    given = [v for k, v in s.floats().items() if k not in (s.name, "z", "dz") and v.shape == x.shape]
    for y in s.integers():
        if x.ndim == 2 and y.shape == x.shape[:1] and ((y >= 0) & (y < x.shape[1])).all():
            given.append(np.eye(x.shape[1], dtype=L)[y])
    for y in given:
        for text, p in kinds.items():
            d = p - y
            k = (s.right * d).sum(-1, keepdims=True) / (d * d).sum(-1, keepdims=True)
            if not s.is_right(k * d):
                continue
            n = len(x)
            for more, also in (
                (1, ""),
                (n, f", and 1/N, N = {n}"),
                (1 / L(n), f", and 1/N, N = {n}, is there twice"),
            ):
                k_more = k * more
                yield k_more * p, f"the one-hot labels are not subtracted: it is p, not p - y{also}"
                yield k_more * (p - 1), f"1 is subtracted at every class, not at the label alone{also}"
                yield k_more * (x - y), f"the logits are used for p: {text} is forgotten{also}"
                yield -k_more * y, f"p is missing in p - y{also}"
                yield k_more * (p + y), f"the labels are added, not subtracted: p + y for p - y{also}"


def dz_ignored(s: Scene) -> Guesses:
    """The chain rule is forgotten: dz is not multiplied in, or it is all there is."""
    if s.dz is None:
        return
    if s.again is not None:
        ones = np.asarray(s.again(dz=lambda shape, kind: np.ones(shape, kind)))
        yield ones, "dz is ignored: multiply by the gradient that arrives"
        if _spreads(s.dz, ones.shape):
            yield ones + s.dz, "dz is added to the derivative: multiply by it"
        squares = lambda shape, kind: np.asarray(s.dz * s.dz, kind)
        yield s.again(dz=squares), "dz is multiplied in twice"


def dz_unchanged(s: Scene) -> Guesses:
    """The op's own derivative is forgotten."""
    if s.dz is not None and _spreads(s.dz, s.found.shape):
        yield (
            np.broadcast_to(s.dz, s.found.shape),
            "dz is passed on unchanged: the op's own derivative is missing",
        )


def overwritten(s: Scene) -> Guesses:
    """An index that occurs twice gets one gradient, not the sum."""
    if s.dz is None:
        return
    for index in s.integers():
        if s.right.ndim and s.dz.shape == index.shape + s.right.shape[1:] and (index < len(s.right)).all():
            total, last = np.zeros(s.right.shape, L), np.zeros(s.right.shape, L)
            np.add.at(total, index, s.dz)
            last[index] = s.dz
            if s.is_right(total):
                yield last, "where an index occurs twice, the later gradient overwrites the earlier: add them"


# -- factors --------------------------------------------------------------------------------------------------------


def factor(s: Scene) -> Guesses:
    """A known number of times the right one."""
    known = {2.0: "something is accumulated twice", -1.0: "the sign is wrong"}
    for n in s.counts():
        why = f"N = {n}: the mean's division by N is forgotten"
        known[float(n)] = f"{why}, or {known[2.0]}" if n == 2 else why
        why = f"1/N, N = {n}: it is divided by N once too often"
        known[1 / n] = f"{why}, or {HALF}" if n == 2 else why
    if s.name:
        known.setdefault(0.5, HALF)
    for times, why in list(known.items()):
        known.setdefault(-times, f"the sign is wrong, and {why}")
    for times, why in known.items():
        yield times * s.right, f"it is {times:.6g} times the right one ({why})"


HALF = "one of two uses of an input is not added"


def variable(s: Scene) -> Guesses:
    """A factor of the formula too many or too few."""
    for k, v in s.floats().items():
        if _spreads(v, s.right.shape) and v.size:
            yield s.right / v, "dz is ignored" if k == "dz" else f"a factor {k} is missing"
            yield s.right * v, f"a factor {k} is there once too often"
            yield s.right / (v * v), f"a factor {k}² is missing"
            yield s.right * v * v, f"it is multiplied by {k} where it should be divided, or {k}² is too many"
            yield -s.right / v, f"a factor {k} is missing, and the sign is wrong"
            yield -s.right * v, f"a factor {k} is there once too often, and the sign is wrong"


def constant(s: Scene) -> Guesses:
    """Some number of times the right one, or more than it."""
    sure = abs(s.right) > s.slack
    if sure.sum() < 2 or not np.isfinite(s.right).all() or not np.isfinite(s.found).all():
        return
    place = np.unravel_index(np.argmax(abs(s.right)), s.right.shape)
    times = float(s.found[place] / s.right[place])
    for digits in range(1, 18 if times else 0):  # the shortest number that fits
        yield (
            float(f"{times:.{digits}g}") * s.right,
            f"every element is {times:.{digits}g} times the right one",
        )
    if sure.sum() > 2:
        more = np.mean(s.found - s.right)
        yield (
            s.right + more,
            f"it is the right one {'-' if more < 0 else '+'} {abs(float(more)):.6g} everywhere",
        )


# -- places ---------------------------------------------------------------------------------------------------------


def places(s: Scene) -> Guesses:
    """The right numbers, elsewhere."""
    right = s.right
    if right.size < 3 or s.found.size != right.size:
        return
    for axis in range(right.ndim):
        yield np.flip(right, axis), f"it is the right one in reverse along axis {axis}"
        for step in (1, -1):
            yield np.roll(right, step, axis), f"it is the right one, shifted by one along axis {axis}"
    for turned in (right.T.reshape(right.shape), right.reshape(right.shape[::-1]).T):
        yield _as(turned, s.found), "it is reshaped where it should be transposed, or the other way round"


def masked(s: Scene) -> Guesses:
    """A mask of other elements."""
    zero = (s.found == 0) | (s.right == 0)
    if zero.any() and not zero.all():
        yield (
            np.where(zero, s.found, s.right),
            "a mask is wrong: where they differ, it is 0 or the right one is 0",
        )


OTHER_SHAPE = (not_unbroadcast, swapped, transposed, product, wrong_axis, wrong_dim)
SPECIAL = (exp_overflows, ties, kinks, float32, rounding)
CATALOGUE = (
    exp_overflows, nothing, not_unbroadcast, swapped, wrong_spread, transposed, product, wrong_axis, wrong_dim,
    input_for_output, softmax_rule, labels, dz_ignored, overwritten, ties, kinks, factor, dz_unchanged, variable,
    places, float32, rounding, constant, masked,
)  # fmt: skip
