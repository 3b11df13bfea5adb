"""Truths in long double for ops whose functions round, each with a bound of what a library may err by."""

import numpy as np


class Ball:
    """A number in long double, and how far from it any computation in the precision tested may end up.

    Higham, Accuracy and Stability of Numerical Algorithms, ch. 2 and 3: one operation errs by u relative to
    its exact result, u half the distance from 1 to the next float, and by η where results are subnormal; a
    sum of n in any order by γ = (n-1)u / (1 - (n-1)u) times Σ|x|. The one thing assumed, not proved, is that
    exp, log, tanh, pow and sqrt of either library err by at most 4 units in the last place, 8u.
    """

    u = eta = None

    def __init__(self, c, r=0):
        self.c = np.asarray(c, np.longdouble)
        self.r = np.broadcast_to(np.asarray(r, np.longdouble), self.c.shape)

    def rounded(self, units=1):
        return Ball(self.c, self.r + units * self.u * (abs(self.c) + self.r) + self.eta)

    def __add__(self, y):
        return Ball(self.c + y.c, self.r + y.r).rounded()

    def __sub__(self, y):
        return Ball(self.c - y.c, self.r + y.r).rounded()

    def __mul__(self, y):
        return Ball(self.c * y.c, abs(self.c) * y.r + self.r * abs(y.c) + self.r * y.r).rounded()

    def __truediv__(self, y):
        assert (y.r < abs(y.c)).all()
        c = self.c / y.c
        return Ball(c, (self.r + abs(c) * y.r) / (abs(y.c) - y.r)).rounded()

    def __neg__(self):
        return Ball(-self.c, self.r)

    def exp(self):
        return Ball(np.exp(self.c), np.exp(self.c) * np.expm1(self.r)).rounded(8)

    def log(self):
        assert (self.r < self.c).all()
        return Ball(np.log(self.c), -np.log1p(-self.r / self.c)).rounded(8)

    def sqrt(self):
        return Ball(np.sqrt(self.c), self.r / np.sqrt(self.c)).rounded(8)

    def tanh(self):
        return Ball(np.tanh(self.c), self.r).rounded(8)

    def sum(self, axis=None):
        n = self.c.size if axis is None else self.c.shape[axis]
        gamma = (n - 1) * self.u / (1 - (n - 1) * self.u)
        size = (abs(self.c) + self.r).sum(axis, keepdims=axis is not None)
        return Ball(
            self.c.sum(axis, keepdims=axis is not None),
            self.r.sum(axis, keepdims=axis is not None) + gamma * size,
        )

    def shifted(self, axis):
        return self - Ball(self.c.max(axis, keepdims=True))


ONE, TWO = Ball(1), Ball(2)


def of_one(function, derivative):
    """z = f(x), and dx = derivative(dz, z, x)"""

    def truth(dz, x):
        z = function(x)
        return z, [derivative(dz, z, x)]

    return truth


def softmax(axis):
    def value(x):
        e = x.shifted(axis).exp()
        return e / e.sum(axis)

    return of_one(value, lambda dz, z, x: (dz - (dz * z).sum(axis)) * z)


def log_softmax(axis):
    def value(x):
        s = x.shifted(axis)
        return s - s.exp().sum(axis).log()

    return of_one(value, lambda dz, z, x: dz - z.exp() * dz.sum(axis))


ONE_TENSOR = {
    "exp": of_one(Ball.exp, lambda dz, z, x: dz * z),
    "log": of_one(Ball.log, lambda dz, z, x: dz / x),
    "sqrt": of_one(Ball.sqrt, lambda dz, z, x: dz / (TWO * z)),
    "tanh": of_one(Ball.tanh, lambda dz, z, x: dz * (ONE - z * z)),
    "sigmoid": of_one(lambda x: ONE / (ONE + (-x).exp()), lambda dz, z, x: dz * (ONE - z) * z),
}

# Each takes the gradient that arrives and the sample's arguments, arrays in long double, and gives the ball of
# the result and those of the gradients of the arguments, in their order.


def onto(ball, shape):
    """Summed over what was broadcast, in any order."""
    lead = ball.c.ndim - len(shape)
    axes = tuple(i for i, n in enumerate(ball.c.shape) if i < lead or n != shape[i - lead])
    return total(ball, axes, shape)


def total(ball, axes, shape=None):
    """Σ over axes that are kept, or in another shape, in any order."""
    n = max(1, ball.c.size // max(1, ball.c.sum(axes).size))
    gamma = (n - 1) * Ball.u / (1 - (n - 1) * Ball.u)
    parts = [part.sum(axes, keepdims=True) for part in (ball.c, ball.r, abs(ball.c) + ball.r)]
    c, r, size = parts if shape is None else (part.reshape(shape) for part in parts)
    return Ball(c, r + gamma * size)


def smooth(function, derivative, domain=-np.inf):
    """A function of one number that errs by 4 units in the last place at most, and so does its derivative."""

    def truth(dz, x, **_):
        inside = x > domain
        z, d = function(np.where(inside, x, np.nan)), derivative(np.where(inside, x, np.nan))
        return Ball(z).rounded(8), [Ball(dz) * Ball(d).rounded(16)]

    return truth


def unary(name, domain=-np.inf):
    def truth(dz, x, **_):
        inside = x > domain
        z, (dx,) = ONE_TENSOR[name](Ball(dz), Ball(np.where(inside, x, 1)))
        return Ball(np.where(inside, z.c, np.nan), z.r), [Ball(np.where(inside, dx.c, np.nan), dx.r)]

    return truth


def without_each(x, axis):
    """The product of all the others, for every element along an axis."""
    n = x.shape[axis]
    table = np.broadcast_to(np.moveaxis(x, axis, -1)[..., None, :], (*np.delete(x.shape, axis), n, n))
    return np.moveaxis(np.where(np.eye(n, dtype=bool), 1, table).prod(-1), -1, axis)


def prod(dz, x, dim=None, keepdim=False, **_):
    """n factors in any order, then divided again and multiplied by dz: n + 3 roundings."""
    flat_x, axis = (x.reshape(-1), 0) if dim is None or x.ndim == 0 else (x, dim)
    units = flat_x.shape[axis] + 3
    z = flat_x.prod(axis, keepdims=True)
    dx = dz.reshape(z.shape) * without_each(flat_x, axis)
    return Ball(z.reshape(dz.shape)).rounded(units), [Ball(dx.reshape(x.shape)).rounded(units)]


def spread(x, axes, correction):
    """The variance, the deviations and the mean's error.

    Updating it element by element errs by nκu relative, κ² = Σx²/Σ(x - m)², which is more than the two passes' (n + 3)u
    (Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983).
    """
    n = max(1, x.size // max(1, x.sum(axes).size))
    mean = x.mean(axes, keepdims=True)
    deviation = Ball(x - mean, n * Ball.u * abs(x).mean(axes, keepdims=True)).rounded()
    square = (deviation.c**2).sum(axes, keepdims=True)
    condition = np.sqrt((x**2).sum(axes, keepdims=True) / square)
    degrees = max(0, n - correction)
    variance = Ball(square / np.longdouble(degrees)).rounded((n + 4) * (1 + np.nan_to_num(condition)))
    return variance, deviation, degrees


def moments(root):
    def truth(dz, x, dim=None, unbiased=True, keepdim=False, correction=None):
        dim, unbiased = (None, dim) if isinstance(dim, bool) else (dim, unbiased)
        every = dim is None or dim == () or x.ndim == 0
        axes = tuple(range(x.ndim)) if every else (dim,) if isinstance(dim, int) else tuple(dim)
        variance, deviation, degrees = spread(x, axes, int(unbiased) if correction is None else correction)
        z, given = variance, Ball(dz.reshape(variance.c.shape))
        two = Ball(np.longdouble(1 if root else 2)) / Ball(np.longdouble(max(degrees, 1)))
        if root:
            c = np.sqrt(variance.c)
            z = Ball(c, variance.r / c).rounded(8)  # |√a - √b| ≤ |a - b| / √a
            given = Ball(given.c / c, abs(given.c / c) * (z.r / c) / (1 - z.r / c)).rounded()
        return Ball(z.c.reshape(dz.shape), z.r.reshape(dz.shape)), [given * two * deviation]

    return truth


def expm1(dz, x):
    """dx = dz·(z + 1), where z and 1 may cancel."""
    z = Ball(np.expm1(x)).rounded(8)
    return z, [Ball(dz) * (z + Ball(np.ones_like(x)))]


def norm(dz, x, p="fro", dim=None, keepdim=False, **_):
    """(Σ|x|ᵖ)^(1/p), dx = sign x·|x|ᵖ⁻¹·dz/zᵖ⁻¹: relative errors of powers are multiplied by their exponents."""
    p = 2 if p in ("fro", None) else p
    if p == "nuc" or p in (0, np.inf, -np.inf):  # no SVD here; the others do not round
        return Ball(np.nan), [Ball(np.nan)]
    every = dim is None or dim == () or x.ndim == 0
    axes = tuple(range(x.ndim)) if every else (dim,) if isinstance(dim, int) else tuple(dim)
    total_ = total(Ball(abs(x) ** p).rounded(8), axes)
    error = np.log1p(total_.r / total_.c) + abs(np.log(total_.c)) * Ball.u
    z = total_.c ** (1 / np.longdouble(p))
    z = Ball(z, z * np.expm1(error / abs(p))).rounded(8)
    dx = np.sign(x) * abs(x) ** (p - 1) * dz.reshape(z.c.shape) / z.c ** (p - 1)
    dx = Ball(dx, abs(dx) * np.expm1(abs(p - 1) * np.log1p(z.r / z.c))).rounded(20)
    return Ball(z.c.reshape(dz.shape), z.r.reshape(dz.shape)), [dx]


def linspace(dz, start, end, steps, **_):
    """start + i·step, or end minus as much, of a step of two roundings."""
    start, end = np.longdouble(start), np.longdouble(end)
    way = (end - start) * np.arange(steps) / max(1, steps - 1)
    return Ball(start + way, 8 * Ball.u * (abs(start) + abs(end))), []


def div(dz, x, y, **_):
    z = Ball(x) / Ball(y)
    return z, [onto(Ball(dz) / Ball(y), np.shape(x)), onto(-Ball(dz) * (z / Ball(y)), np.shape(y))]


def plane(function, radius):
    """A function of a point (x, y) whose derivatives are one of the coordinates through a power of the radius."""

    def truth(dz, x, y):
        x, y = np.broadcast_arrays(*(np.asarray(each, np.longdouble) for each in (x, y)))
        return Ball(function(x, y)).rounded(8), radius(x, y)

    def with_gradients(dz, x, y):
        z, slopes = truth(dz, x, y)
        shapes = np.shape(x), np.shape(y)
        slopes = [np.where(np.isfinite(each), each, 0) for each in slopes]
        return z, [onto(Ball(dz) * Ball(d).rounded(24), s) for d, s in zip(slopes, shapes, strict=True)]

    return with_gradients


def pow(dz, x, y):
    """y - 1 is rounded, which counts times log x in the power; elsewhere all errors are relative."""
    x, y = np.asarray(x, np.longdouble), np.asarray(y, np.longdouble)
    z, less = Ball(np.power(x, y)).rounded(8), np.power(x, y - 1)
    less = Ball(less, abs(less) * np.expm1(Ball.u * abs(y - 1) * abs(np.log(abs(x))))).rounded(8)
    log = Ball(np.log(x)).rounded(8)
    return z, [onto(Ball(dz) * (Ball(y) * less), x.shape), onto(Ball(dz) * (z * log), y.shape)]


def rpow(dz, x, base):
    z, (d_base, dx) = pow(dz, base, x)
    return z, [dx, d_base]


def along(family):
    def truth(dz, x, dim, dtype=None):
        column = (x.reshape(1), dz.reshape(1)) if x.ndim == 0 else (x, dz)
        z, (dx,) = family(dim)(Ball(column[1]), Ball(column[0]))
        return (z, [dx]) if x.ndim else (Ball(z.c[0], z.r[0]), [Ball(dx.c[0], dx.r[0])])

    return truth


def log_sum_exp(dz, x, dim, keepdim=False):
    axes = (
        tuple(range(x.ndim)) if dim == () or x.ndim == 0 else (dim,) if isinstance(dim, int) else tuple(dim)
    )
    top = Ball(x.max(axes, keepdims=True) if x.size else x.sum(axes, keepdims=True))
    with_dims = total((Ball(x) - top).exp(), axes).log() + top
    z = Ball(with_dims.c.reshape(dz.shape), with_dims.r.reshape(dz.shape))
    return z, [Ball(dz.reshape(with_dims.c.shape)) * (Ball(x) - with_dims).exp()]


def cross_entropy(dz, x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """loss = -Σ coef·log p / d: the coefficients, of at most 8 roundings each, are known beforehand.

    The terms of smoothing are added apart from the others and after them: sums of their absolute values.
    """
    dim = 0 if x.ndim == 1 else 1
    classes, s = x.shape[dim], np.longdouble(label_smoothing)
    shape = [classes if i == dim else 1 for i in range(x.ndim)]
    w = (np.ones(classes, np.longdouble) if weight is None else weight).reshape(shape)
    if target.shape == x.shape and target.dtype.kind == "f":
        q, counted, divisor = target, 1, Ball(np.longdouble(x.size // classes))
    else:
        one = np.expand_dims(target, dim) == np.arange(classes).reshape(shape)
        counted = np.expand_dims(target != ignore_index, dim)
        q, divisor = one * np.longdouble(1), total(Ball(one * w * counted), tuple(range(x.ndim)), ())
    coef = Ball(((1 - s) * q + s / classes) * w * counted).rounded(8)
    log_p = along(log_softmax)(np.zeros_like(x), x, dim)[0]
    losses = total(-(coef * log_p).rounded(8), (dim,), np.delete(x.shape, dim))
    if reduction == "none":
        z, given = losses, Ball(np.expand_dims(dz, dim))
    else:
        z, given = total(losses, tuple(range(x.ndim - 1)), ()), Ball(dz)
        if reduction == "mean" and divisor.c == 0:  # nan, in both libraries to the bit
            return Ball(np.nan), [Ball(np.full_like(x, np.nan)), None]
        if reduction == "mean":
            z, given = z / divisor, given / divisor
    arriving = -coef * given
    dx = arriving - log_p.exp() * total(arriving, (dim,))
    return z, [dx, -(log_p * Ball(w * (1 - s)).rounded(2)) * given, None]


def addcmul(dz, x, y, w, value=1):
    dz, c, factors = Ball(dz), Ball(value).rounded(), (Ball(y), Ball(w))
    parts = dz, dz * (factors[1] * c), dz * (factors[0] * c)
    return Ball(x) + c * factors[0] * factors[1], [
        onto(*each) for each in zip(parts, map(np.shape, (x, y, w)), strict=True)
    ]


def addcdiv(dz, x, y, w, value=1):
    dz, c, top, bottom = Ball(dz), Ball(value).rounded(), Ball(y), Ball(w)
    parts = dz, dz * (c / bottom), -dz * (c * top / (bottom * bottom))
    return Ball(x) + c * top / bottom, [
        onto(*each) for each in zip(parts, map(np.shape, (x, y, w)), strict=True)
    ]


def lerp(dz, x, y, weight):
    dz, start, end, w = Ball(dz), Ball(x), Ball(y), Ball(weight).rounded()
    near, far = start + w * (end - start), end - (end - start) * (ONE - w)
    z = Ball(*(np.where(np.abs(weight) < 0.5, getattr(near, part), getattr(far, part)) for part in "cr"))
    parts = dz * (ONE - w), dz * w, dz * (end - start)
    return z, [onto(*each) for each in zip(parts, map(np.shape, (x, y, weight)), strict=True)]


TRUTHS = {
    "addcmul": addcmul,
    "addcdiv": addcdiv,
    "lerp": lerp,
    **{name: unary(name) for name in ("exp", "tanh", "sigmoid")},
    **{name: unary(name, 0) for name in ("log", "sqrt")},
    "sin": smooth(np.sin, np.cos),
    "cos": smooth(np.cos, lambda x: -np.sin(x)),
    "log1p": smooth(np.log1p, lambda x: 1 / (1 + x), -1),
    "expm1": expm1,
    "norm": norm,
    "log2": smooth(np.log2, lambda x: 1 / (x * np.log(np.longdouble(2))), 0),
    "log10": smooth(np.log10, lambda x: 1 / (x * np.log(np.longdouble(10))), 0),
    "rsqrt": smooth(lambda x: 1 / np.sqrt(x), lambda x: -0.5 / (x * np.sqrt(x)), 0),
    "prod": prod,
    "var": moments(root=False),
    "std": moments(root=True),
    "linspace": linspace,
    "div": div,
    "true_divide": div,
    "hypot": plane(np.hypot, lambda x, y: (x / np.hypot(x, y), y / np.hypot(x, y))),
    "atan2": plane(np.arctan2, lambda x, y: (y / (x * x + y * y), -x / (x * x + y * y))),
    "pow": pow,
    "__rpow__": rpow,
    "softmax": along(softmax),
    "log_softmax": along(log_softmax),
    "logsumexp": log_sum_exp,
    "nn.functional.cross_entropy": cross_entropy,
}
