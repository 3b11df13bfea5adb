"""How rounding errors pass through torch's kernels, where aten.py has no short formula for it.

A bound takes the call (its result as torch computed it, and the result's type) and the kernel's arguments,
tensors as Balls. It must hold for every way of computing that either library may take: sums in any order,
products fused with the sum or not, a composite kernel step by step or at once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad.more_ops import places
from minigrad.ops import POWERS
from sidebyside.aten import KERNELS
from sidebyside.contract.balls import KIN, NO_GRID, Ball, L, NoBound, fits, grid, lowest_grid
from sidebyside.exchange import REDUCTIONS, dims

BOUNDS: dict[str, Callable[..., Any]] = {}


class Call(NamedTuple):
    """The results of a kernel, as torch computed them."""

    results: list[Any]

    @property
    def kind(self) -> np.dtype:
        """Return the dtype of the computation."""
        return self.results[0].dtype

    def ball(self, x: Any) -> Ball:
        """Convert an argument to the result's dtype. The two libraries round a number to float16 in different ways."""
        if isinstance(x, Ball):
            return x.to(self.kind)
        near = self.kind.type(x)
        return Ball(near, abs(L(near) - L(x)), near == x) if self.kind == np.float16 else Ball(near)


def bound(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function as the bound of these kernels."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            BOUNDS[name] = function
        return function

    return enter


def of_elements(function: Callable[..., Ball]) -> Callable[..., Ball]:
    """A bound that takes all its arguments as Balls of the result's type."""
    return lambda call, *args, **kwargs: function(*map(call.ball, args))


BOUNDS |= {name: of_elements(kernel.bound) for name, kernel in KERNELS.items() if callable(kernel.bound)}


# arithmetic


@bound("add")
def _add(call, x, y, *, alpha=1):
    x, y = call.ball(x), call.ball(y)
    return x + (y if alpha == 1 else y.scaled(call.ball(alpha)))


@bound("sub")
def _sub(call, x, y, *, alpha=1):
    return _add(call, x, -call.ball(y), alpha=alpha)


@bound("rsub")
def _rsub(call, x, y, alpha=1):
    return _add(call, y, -call.ball(x), alpha=alpha)


@bound("addcmul")
def _addcmul(call, x, y, z, *, value=1):
    return call.ball(x) + call.ball(y).scaled(call.ball(z)).scaled(call.ball(value))


@bound("addcdiv")
def _addcdiv(call, x, y, z, *, value=1):
    return call.ball(x) + call.ball(value) * call.ball(y) / call.ball(z)


@bound("lerp")
def _lerp(call, x, y, weight):
    """Both libraries start from the end that is nearer."""
    x, y, w = call.ball(x), call.ball(y), call.ball(weight)
    near = Ball(abs(w.c), w.r, w.d, w.kind).condition(abs(w.c) < 0.5, Ball(w.kind.type(0.5)))
    from_x, from_y = x + (y - x).scaled(w), y - (y - x).scaled(Ball(w.kind.type(1)) - w)
    return near.where(*together(from_x, from_y))


@bound("div")
def _div(call, x, y, *, rounding_mode=None):
    z = call.ball(x) / call.ball(y)
    if rounding_mode is None:
        return z
    return z.stepped({"floor": np.floor, "trunc": np.trunc}[rounding_mode])


@bound("sigmoid")
def _sigmoid(call, x):
    x = call.ball(x)
    one = Ball(x.kind.type(1))
    z = one / (one + (-x).exp())
    return Ball(z.c, z.r, z.d & ~np.isfinite(x.c) & x.d, z.kind).rounded(units=8)


@bound("pow")
def _pow(call, x, y):
    """torch and minigrad compute some powers by the same steps."""
    base = call.ball(x)
    if isinstance(y, Ball) or not isinstance(x, Ball):
        return base.power(call.ball(y))
    if y == 1:
        return base
    return POWERS[y](base) if y in POWERS else base.power(call.ball(y))


@bound("atan2")
def _atan2(call, y, x):
    """The angle moves by at most asin(r/d), r the error of the point and d its distance from the origin."""
    y, x = call.ball(y), call.ball(x)
    off, distance = np.hypot(y.r, x.r), np.hypot(y.c, x.c)
    turn = np.where(off == 0, 0, np.where(off < distance, np.arcsin(np.minimum(1, off / distance)), np.inf))
    return y.new(np.arctan2(y.c, x.c), turn, False).rounded(units=KIN)


@bound("hypot")
def _hypot(call, x, y):
    """A distance moves by at most as much as the point."""
    x, y = call.ball(x), call.ball(y)
    return x.new(np.hypot(x.c, y.c), np.hypot(x.r, y.r), False).rounded(units=KIN)


@bound("unfold_backward")
def _unfold_backward(call, dz, sizes, dim, size, step):
    """Every element of x is the sum of those windows that show it."""
    n = math.prod(sizes)
    where = places.unfold.forward(np.arange(n).reshape(sizes), dim % max(len(sizes), 1), size, step)
    return added_at(call.ball(dz), where, sizes)


def added_at(dz, where, sizes):
    """Zeros of these sizes, to which each element of dz is added at its place in their memory."""
    n, where = math.prod(sizes), where.reshape(-1)
    c, r, size_of, count = (np.zeros(n, L) for _ in range(4))
    for total, part_ in ((c, dz.c), (r, dz.r), (size_of, dz.size), (count, np.ones(dz.shape, L))):
        np.add.at(total, where, part_.reshape(-1))
    low = np.full(n, NO_GRID)
    np.minimum.at(low, where, grid(dz.c).reshape(-1))
    exact = fits(size_of, low, dz.kind) & (r == 0)
    off = r + np.where(exact | (count <= 1), 0, dz.gamma(np.maximum(count - 1, 0)) * size_of)
    return dz.new(c.reshape(sizes), off.reshape(sizes), (exact | (count <= 1)).reshape(sizes))


@bound("tanh_backward")
def _tanh_backward(call, dz, z):
    dz, z = call.ball(dz), call.ball(z)
    return dz * (call.ball(1) + (-z).scaled(z))


@bound("sigmoid_backward")
def _sigmoid_backward(call, dz, z):
    dz, z = call.ball(dz), call.ball(z)
    return dz.scaled(call.ball(1) - z) * z


# sums


@bound("sum")
def _sum(call, x, dim=None, keepdim=False, *, dtype=None):
    x = call.ball(x)
    return x.sum(dims(dim, len(x.shape)), keepdim)


@bound("mean")
def _mean(call, x, dim=None, keepdim=False, *, dtype=None):
    x, axes = call.ball(x), dims(dim, len(x.shape))
    return x.sum(axes, keepdim) / call.ball(math.prod(x.shape[i] for i in axes))


@bound("cumsum")
def _cumsum(call, x, dim, *, dtype=None):
    return _running(Ball.sum, call.ball(x), dim)


def joined(parts, axis, like):
    """Concatenate Balls."""
    if not parts:
        return like
    c, r, d = (np.concatenate([getattr(p, name) for p in parts], axis) for name in "crd")
    return Ball(c, r, d, like.kind)


@bound("prod")
def _prod(call, x, dim=None, keepdim=False, *, dtype=None):
    x = call.ball(x)
    return x.prod(dims(dim, len(x.shape)), keepdim)


@bound("cumprod")
def _cumprod(call, x, dim, *, dtype=None):
    """Only the gradient of prod calls it, under this mode. Else torch divides the whole product: 3 roundings more."""
    z = _running(Ball.prod, call.ball(x), dim)
    return Ball(z.c, z.r, False, z.kind).rounded(units=3)


def _running(total, x, dim):
    """Apply `total` to the first element along dim, the first two, and so on."""
    (axis,) = dims(dim, max(len(x.shape), 1))
    if not x.shape:
        return total(x, ())
    heads = ((slice(None),) * axis + (slice(0, n),) for n in range(1, x.shape[axis] + 1))
    return joined([total(part(x, head), axis, True) for head in heads], axis, x)


@bound("var")
def _var(call, x, dim=None, *, correction=None, keepdim=False):
    """Σ (x - m)² in two passes, or Welford's and Chan's updates of the sums so far, or of parts (Higham 1.9).

    All of them square differences, at most the spread R, of numbers and means of some of them. A mean that is
    updated n times is off by e ≤ (n + 7)·u·max |x| + r, so a square by 2Re + e², of which there are at most n in
    each of log₂ 2n levels of parts; and n + 6 roundings in a row.
    """
    x, axes = call.ball(x), dims(dim, len(x.shape))
    n = math.prod(x.shape[i] for i in axes)
    over = lambda f, values: f(values, axis=axes, keepdims=keepdim)
    if n < 2:  # nothing to add, or 0
        total = Ball(over(np.sum, x.c - x.c), 0, over(np.all, x.d), x.kind)
    else:
        mean = x.c.mean(axes, keepdims=True)
        squares = over(np.sum, (x.c - mean) ** 2)
        spread = over(np.max, x.c + x.r) - over(np.min, x.c - x.r)
        e = over(np.max, x.r) + (n + 7) * x.u * over(np.max, x.size)
        off = n * (1 + math.log2(n)) * (2 * spread * e + e * e)
        nought = over(np.max, x.size) == 0
        settled = (over(np.any, ~np.isfinite(x.c)) | nought) & over(np.all, x.d)
        off = np.where(nought, 0, off + x.gamma(n + 6) * (squares + off) + n * x.eta)
        total = x.new(squares, off, settled)
    return total / call.ball(max(n - (1 if correction is None else correction), 0))


@bound("std")
def _std(call, x, dim=None, *, correction=None, keepdim=False):
    """√var. No variance is negative, and |√a - √b| ≤ √|a - b|."""
    z = _var(call, x, dim, correction=correction, keepdim=keepdim)
    root = z.sqrt()
    wide = z.new(np.sqrt(z.c), np.sqrt(z.r), False).rounded(units=KIN)
    return Ball(root.c, np.minimum(root.r, wide.r), root.d, root.kind)


@bound("linalg_vector_norm", "norm")
def _norm(call, x, ord=2, dim=None, keepdim=False, *, dtype=None):
    x, axes = call.ball(x), dims(dim, len(x.shape))
    size = x.lipschitz(np.abs)
    if math.isinf(ord):
        return size.extreme(np.max if ord > 0 else np.min, axes, keepdim)
    if ord == 0:
        one, nought = call.ball(1), call.ball(0)
        return x.condition(x.c != 0, nought).where(*together(one, nought, x)[:2]).sum(axes, keepdim)
    if ord == 1:
        return size.sum(axes, keepdim)
    if ord == 2:
        return x.scaled(x).sum(axes, keepdim).sqrt()
    power, root = call.ball(ord), call.ball(1) / call.ball(ord)
    return size.power(power).sum(axes, keepdim).power(root)


@bound("logsumexp")
def _logsumexp(call, x, dim, keepdim=False):
    x, axes = call.ball(x), dims(dim, len(x.shape))
    top = x.extreme(np.max, axes, True)
    z = (x - top).exp().sum(axes, True).log() + top
    return z if keepdim else Ball(z.c.squeeze(axes), z.r.squeeze(axes), z.d.squeeze(axes), z.kind)


# products


@bound("addmm", "addmv", "baddbmm")
def _addmm(call, bias, x, y, *, beta=1, alpha=1):
    if beta != 1 or alpha != 1:
        raise NoBound("no bound is derived for addmm with alpha or beta")
    return call.ball(x).affine(call.ball(y), call.ball(bias))


# softmax and losses


@bound("_softmax")
def _softmax(call, x, dim, half_to_float):
    return _softmax_of(call.ball(x), dims(dim, len(x.shape)), nothing=np.nan)


@bound("_safe_softmax")
def _safe_softmax(call, x, dim, dtype=None):
    return _softmax_of(call.ball(x), dims(dim, len(x.shape)), nothing=0)


def _softmax_of(x, axes, nothing):
    """What is -∞ counts for nothing. Where all is, the result is this."""
    hidden = (x.c == -np.inf) & x.d
    empty = hidden.all(axes, keepdims=True)
    top = np.where(empty, 0, np.where(hidden, -np.inf, x.c).max(axes, keepdims=True))
    x = placed(x, hidden, Ball(np.broadcast_to(top, x.shape)[hidden]))
    e = (x - x.extreme(np.max, axes, True)).exp()
    e = placed(e, hidden, Ball(np.zeros(np.count_nonzero(hidden))))
    total = placed(e.sum(axes, True), empty, Ball(np.ones(np.count_nonzero(empty))))
    z = (e / total).rounded()  # a product with the reciprocal has one rounding more
    hidden = np.broadcast_to(empty, z.shape)
    return placed(z, hidden, Ball(np.full(np.count_nonzero(hidden), nothing)))


@bound("_log_softmax")
def _log_softmax(call, x, dim, half_to_float):
    x, axes = call.ball(x), dims(dim, len(x.shape))
    s = x - x.extreme(np.max, axes, True)
    return s - s.exp().sum(axes, True).log()


@bound("_softmax_backward_data")
def _softmax_backward(call, dz, z, dim, dtype):
    dz, z, axes = call.ball(dz), call.ball(z), dims(dim, len(z.shape))
    return (dz - dz.scaled(z).sum(axes, True)).scaled(z)


@bound("_log_softmax_backward_data")
def _log_softmax_backward(call, dz, z, dim, dtype):
    dz, z, axes = call.ball(dz), call.ball(z), dims(dim, len(z.shape))
    return dz - z.exp().scaled(dz.sum(axes, True))


def _kept(target, ignore_index, ndim):
    """Return the places that the loss reads, one for each sample: a key of x, a key of the target, and the classes."""
    target = target.c.astype(np.int64) if ndim > 1 else target.c.astype(np.int64).reshape(1)
    places = np.nonzero(target != ignore_index)
    classes = target[places]
    return ((places[0], classes, *places[1:]) if ndim > 1 else (classes,)), places, classes


@bound("nll_loss_forward", "nll_loss2d_forward")
def _nll_loss(call, x, target, weight, reduction, ignore_index):
    x = call.ball(x)
    key, places, classes = _kept(target, ignore_index, len(x.shape))
    losses = -part(x, key)
    weights = Ball(np.ones(len(classes), x.kind)) if weight is None else part(call.ball(weight), (classes,))
    losses, total = losses if weight is None else losses.scaled(weights), weights.sum()
    if REDUCTIONS[reduction] == "none":
        z = Ball(np.zeros(call.results[0].shape, x.kind))
        return [placed(z, places if z.shape else ((),), losses), total]
    z = losses.sum()
    return [z / total if REDUCTIONS[reduction] == "mean" else z, total]


@bound("nll_loss_backward", "nll_loss2d_backward")
def _nll_loss_backward(call, dz, x, target, weight, reduction, ignore_index, total_weight):
    dz = call.ball(dz)
    key, places, classes = _kept(target, ignore_index, len(x.shape))
    if REDUCTIONS[reduction] == "none":
        dz = part(dz, places) if dz.shape else dz
    weights = Ball(np.ones(len(classes), dz.kind)) if weight is None else part(call.ball(weight), (classes,))
    if REDUCTIONS[reduction] == "mean":
        dz = dz / weights.sum()
    z = Ball(np.zeros(x.shape, dz.kind))
    return placed(z, key, -dz if weight is None else (-dz).scaled(weights))


def part(x, key):
    """Select elements."""
    return Ball(x.c[key], x.r[key], x.d[key], x.kind)


def placed(z, key, x):
    """Return z with these elements replaced."""
    c, r, d = z.c.copy(), z.r.copy(), z.d.copy()
    for whole, news in ((c, x.c), (r, x.r), (d, x.d)):
        whole[key] = news
    return Ball(c, r, d, z.kind)


@bound("mse_loss")
def _mse_loss(call, x, y, reduction=1):
    difference = call.ball(x) - call.ball(y)
    z = difference * difference
    total = z if REDUCTIONS[reduction] == "none" else z.sum()
    return total / call.ball(math.prod(z.shape)) if REDUCTIONS[reduction] == "mean" else total


@bound("mse_loss_backward")
def _mse_loss_backward(call, dz, x, y, reduction):
    x, y = call.ball(x), call.ball(y)
    factor = call.ball(2.0 / max(math.prod(x.shape), 1) if REDUCTIONS[reduction] == "mean" else 2.0)
    return factor.scaled(x - y).scaled(call.ball(dz))


# choice and steps


@bound("where")
def _where(call, condition, yes, no):
    return condition.where(*together(call.ball(yes), call.ball(no)))


def together(*balls):
    """Broadcast Balls to one shape."""
    shape = np.broadcast_shapes(*(ball.shape for ball in balls))
    return [Ball(*(np.broadcast_to(getattr(b, n), shape) for n in "crd"), b.kind) for b in balls]


@bound("masked_fill")
def _masked_fill(call, x, mask, value):
    return mask.where(*together(call.ball(value), call.ball(x)))


@bound("eq", "ne", "lt", "le", "gt", "ge")
def _compare(call, x, y):
    x, y = (each if isinstance(each, Ball) else Ball(np.float64(each)) for each in (x, y))
    return x.condition(call.results[0], y)


def _logic(call, *operands, name):
    """Combine conditions. The result is uncertain where the other outcome of an uncertain one would change it."""
    if call.kind.kind != "b":  # of integers: their bits
        return NotImplemented
    nought = Ball(np.False_)
    known = together(*(x.condition(x.c != 0, nought) for x in map(call.ball, operands)))
    both_ways = [(x.c != 0, (x.c != 0) ^ (x.r > 0)) for x in known]
    first, *others = (getattr(np, name)(*each) for each in itertools.product(*both_ways))
    unsure = np.logical_or.reduce([other != first for other in others])
    return Ball(call.results[0], unsure, np.logical_and.reduce([x.d for x in known]), call.kind)


for _operator, _name in itertools.product(("logical", "bitwise"), ("and", "or", "xor", "not")):
    BOUNDS[f"{_operator}_{_name}"] = lambda call, *args, name=f"logical_{_name}": _logic(
        call, *args, name=name
    )


@bound("threshold_backward")
def _threshold_backward(call, dz, z, threshold):
    dz, z = call.ball(dz), call.ball(z)
    limit = Ball(z.kind.type(threshold))
    low = z.condition(z.c <= limit.c, limit)
    return low.where(*together(Ball(np.zeros(dz.shape, dz.kind)), dz))


@bound("maximum")
def _maximum(call, x, y):
    return Ball.lipschitz(*_pair(np.maximum, call.ball(x), call.ball(y)))


@bound("minimum")
def _minimum(call, x, y):
    return Ball.lipschitz(*_pair(np.minimum, call.ball(x), call.ball(y)))


def _pair(f, x, y):
    x, y = together(x, y)
    return x, f, y


@bound("round")
def _round(call, x, *, decimals=0):
    x, tens = call.ball(x), call.ball(10.0 ** abs(decimals))
    if decimals < 0:
        return (x / tens).stepped(np.rint) * tens
    return (x * tens).stepped(np.rint) / tens if decimals else x.stepped(np.rint)


@bound("fmod", "remainder")
def _fmod(call, x, y, *, name):
    """fmod is exact, except that torch's vector code gives nan if x/y overflows. remainder adds y if signs differ."""
    x, y = together(call.ball(x), call.ball(y))
    if x.r.any() or y.r.any():
        raise NoBound(f"torch's {name} jumps where x/y is whole, and rounding decides on which side it is")
    z = Ball(np.fmod(x.c, y.c), 0, x.d & y.d, x.kind)
    over = np.isfinite(x.c) & (y.c != 0) & ~(abs(x.c / y.c) < x.most)
    z = z.new(z.c, np.where(over, np.inf, 0), z.d & ~over)
    other = Ball((z.c != 0) & ((z.c < 0) != (y.c < 0)))
    return z if name == "fmod" else other.where(z + y, z)


for _name in ("fmod", "remainder"):
    BOUNDS[_name] = lambda call, *args, name=_name: _fmod(call, *args, name=name)


@bound("clamp", "clamp_min", "clamp_max")
def _clamp(call, x, min=None, max=None):
    x = call.ball(x)
    for f, limit in ((np.maximum, min), (np.minimum, max)):
        x = x if limit is None else Ball.lipschitz(*_pair(f, x, call.ball(limit)))
    return x


BOUNDS["clamp_min"] = lambda call, x, low: _clamp(call, x, low)
BOUNDS["clamp_max"] = lambda call, x, high: _clamp(call, x, None, high)


@bound("amax", "amin", "max", "min")
def _extreme(call, x, dim=None, keepdim=False, *, name):
    if isinstance(dim, Ball):
        return Ball.lipschitz(*_pair(np.maximum if name == "max" else np.minimum, x, dim))
    f = np.max if name.endswith("max") else np.min
    z = x.extreme(f, dims(dim, len(x.shape)), keepdim)
    if len(call.results) > 1:
        _settled(x, dims(dim, len(x.shape)), f)
    return [z, None][: len(call.results)]


for _name in ("amax", "amin", "max", "min"):
    BOUNDS[_name] = lambda call, *args, name=_name, **kwargs: _extreme(call, *args, name=name, **kwargs)


def _settled(x, axes, f):
    """Raise NoBound if rounding decides which element is the greatest."""
    if x.d.all() or not x.r.any():
        return
    sign = 1 if f is np.max else -1
    low, high = sign * x.c - x.r, sign * x.c + x.r
    best = low.max(axis=axes, keepdims=True)
    rivals = high >= best
    if ((rivals.sum(axis=axes) != 1) & (rivals & (x.r > 0)).any(axis=axes)).any():
        raise NoBound("two numbers tie within their bounds: which of them is the greatest, rounding decides")


# order


@bound("sort")
def _sort(call, x, dim=-1, descending=False, *, stable=False):
    """Sorting does not enlarge the errors."""
    if not x.shape:
        return [x, None]
    _in_order(x, dim)
    places = call.results[1]
    r = np.broadcast_to(x.r.max(dim, keepdims=True, initial=0), x.shape) if x.r.any() else x.r
    c, d = (np.take_along_axis(each, places, dim) for each in (x.c, x.d))
    return [Ball(c, np.take_along_axis(r, places, dim), d, x.kind), None]


@bound("topk")
def _topk(call, x, k, dim=-1, largest=True, sorted=True):
    return _sort(call, x, dim)


def _in_order(x, dim):
    """Raise NoBound if rounding decides the order."""
    places = np.argsort(x.c, dim)
    c, r = (np.take_along_axis(each, places, dim) for each in (x.c, x.r))
    ahead, behind = ((slice(None),) * (dim % c.ndim) + (cut,) for cut in (slice(1, None), slice(-1)))
    spread = r[ahead] + r[behind]
    if not x.d.all() and ((spread > 0) & ~(c[ahead] - c[behind] > spread)).any():
        raise NoBound("two numbers tie within their bounds: which of them is the greater, rounding decides")


@bound("isnan", "isinf")
def _isnan(call, x):
    if not (x.d | np.isfinite(x.r)).all():
        raise NoBound("what may be nan or infinite has no bound")


@bound("argmax", "argmin")
def _argmax(call, x, dim=None, keepdim=False, *, name):
    _settled(x, dims(dim, len(x.shape)), np.max if name == "argmax" else np.min)


for _name in ("argmax", "argmin"):
    BOUNDS[_name] = lambda call, *args, name=_name: _argmax(call, *args, name=name)


# places


def sure(index):
    """Return positions as an array. Raise NoBound if rounding decides them."""
    if index.r.any():
        raise NoBound("rounding decides which places are meant")
    return index.c.astype(bool if index.kind.kind == "b" else np.int64)


@bound("index_put", "_index_put_impl")
def _index_put(call, x, indices, values, accumulate=False, unsafe=False):
    x, values = call.ball(x), call.ball(values)
    key = tuple(slice(None) if i is None else sure(i) for i in indices)
    if not accumulate:
        return placed(x, key, values)
    return _added(x, key, values)


def _added(x, key, values):
    """x[key] += values, where indices repeat in any order: at each place a sum of 1 + count numbers."""
    c, r, size, count = x.c.copy(), x.r.copy(), x.size.copy(), np.ones(x.shape, np.int64)
    for whole, news in ((c, values.c), (r, values.r), (size, values.size), (count, 1)):
        np.add.at(whole, key, news)
    low = np.minimum(lowest_grid(x.c), lowest_grid(values.c))
    d = np.full(x.shape, bool(x.d.all() and values.d.all()))
    free = fits(size, low, x.kind) & (r == 0)
    return x.new(
        c, np.where(free, 0, r + x.gamma(np.maximum(count - 1, 0)) * size), d & (free | (count <= 2))
    )


@bound("scatter_add")
def _scatter_add(call, x, dim, index, values):
    key = list(np.indices(index.shape))
    head = tuple(slice(0, n) for n in index.shape)
    if key:
        key[dim] = sure(index)
    return _added(call.ball(x), tuple(key), part(call.ball(values), head))


@bound("index_add")
def _index_add(call, x, dim, index, values, *, alpha=1):
    key = (slice(None),) * (dim % max(len(x.shape), 1)) + (sure(index),)
    return _added(
        call.ball(x), key, call.ball(values) if alpha == 1 else call.ball(values).scaled(call.ball(alpha))
    )


@bound("embedding_dense_backward")
def _embedding_dense_backward(call, dz, indices, rows, padding_idx, scale_grad_by_freq):
    key = sure(indices)
    kept = key != padding_idx
    values = part(call.ball(dz), kept)
    if scale_grad_by_freq:
        values = values.scaled(1 / call.ball(np.bincount(key.reshape(-1))[key[kept]][:, None]))
    return _added(Ball(np.zeros((rows, dz.shape[-1]), call.kind)), (key[kept],), values)


@bound("_to_copy")
def _to_copy(call, x, **kwargs):
    if call.kind.kind != "f" and x.kind.kind == "f":
        return x.stepped(np.trunc).to(call.kind) if call.kind.kind != "b" else None
    return call.ball(x)


@bound("clone", "_unsafe_view", "_reshape_alias", "contiguous")
def _copied(call, x, *args, **kwargs):
    shape = call.results[0].shape
    return Ball(x.c.reshape(shape), x.r.reshape(shape), x.d.reshape(shape), x.kind)
