"""What "the same" means, and the tiers in which it is claimed."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from sidebyside.contract import (
    NoTier,
    bounded,
    exact,
    exchanged,
    largest_difference,
    related,
    relative_error,
    same_bits,
    truth_of,
    ulps,
)
from sidebyside.contract.balls import BITS, Ball, fits, grid
from sidebyside.contract.derivatives import derivative
from sidebyside.contract.track import Track
from sidebyside.testing import dyadics, floats, labels, logits

f = np.float32
KINDS = st.sampled_from(["float32", "float64"])


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ([1.0], [1.0], True),
        ([1.0], [np.nextafter(f(1), f(2))], False),
        ([0.0], [-0.0], True),
        ([np.nan], [np.nan], True),
        ([np.nan], [0.0], False),
        ([np.inf], [-np.inf], False),
        ([1.0], [1.0, 1.0], False),
        ([1e-45], [0.0], False),
    ],
)
def test_same_bits(a, b, same):
    assert same_bits(np.array(a, f), np.array(b, f)) is same


def test_another_dtype_is_not_the_same():
    assert not same_bits(np.zeros(2, f), np.zeros(2, np.float64))
    assert same_bits(np.arange(3), np.arange(3))


def test_one_ulp_is_one():
    a = np.array([1.0, 0.25], f)
    assert ulps(a, np.nextafter(a, f(2))) == 1.0
    assert ulps(a, a) == 0.0


def test_distances():
    assert largest_difference(np.array([1.0, 2.0]), np.array([1.0, 2.5])) == 0.5
    assert relative_error(np.array([1.0, 2.5]), np.array([1.0, 2.0])) == 0.25
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0
    assert np.isnan(largest_difference(np.array([np.nan]), np.array([1.0])))


# -- bounds -------------------------------------------------------------------------------------------------


def rational(x):
    """An array of Fractions."""
    return np.frompyfunc(lambda v: Fraction(*v.as_integer_ratio()), 1, 1)(np.asarray(x, np.longdouble))


@given(floats((), KINDS))
def test_the_grid_is_that_of_the_lowest_bit(x):
    if np.isfinite(x) and x != 0:
        steps = rational(x) / Fraction(2) ** int(grid(x))
        assert steps.denominator == 1
        assert steps.numerator % 2 == 1


@given(st.integers(-(2**26), 2**26), st.integers(-150, 100))
def test_a_number_fits_if_and_only_if_it_is_a_float(steps, exponent):
    wide = np.ldexp(np.longdouble(steps), exponent)
    is_float = np.longdouble(np.float32(wide)) == wide
    if fits(abs(wide), exponent, np.dtype("float32")):
        assert is_float
    assert fits(abs(wide), grid(wide), np.dtype("float32")) == is_float


OPERATIONS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("numbers", [floats, dyadics])
@given(data=st.data())
def test_one_operation_is_within_its_radius_of_the_rational_truth(name, numbers, data):
    kind = data.draw(KINDS)
    x, y = data.draw(numbers((), kind)), data.draw(numbers((), kind))
    operation = OPERATIONS[name]
    with np.errstate(all="ignore"):
        ball, computed = operation(Ball(x), Ball(y)), operation(x, y)
    if np.isfinite(ball.r):
        truth, centre, radius = operation(rational(x), rational(y)), rational(ball.c), rational(ball.r)
        assert abs(truth - centre) <= radius
        assert abs(rational(computed) - centre) <= radius
        assert (radius == 0) <= (truth == rational(computed))


@given(floats((2, 5), KINDS, low=-8, high=8), st.permutations(range(5)))
def test_sums_and_products_are_within_their_radius_in_any_order(x, order):
    x, y = x
    kind = x.dtype.type
    plain = kind(0)
    for i in order:
        plain = plain + x[i] * y[i]
    total = list(itertools.accumulate(x[list(order)]))[-1]
    truths = sum(rational(x)), sum(rational(x) * rational(y))
    balls = Ball(x).sum(), Ball(x[None]).affine(Ball(y[:, None]))
    for truth, ball, computed in zip(truths, balls, (total, plain), strict=True):
        centre, radius = (Fraction(*np.ravel(part)[0].as_integer_ratio()) for part in (ball.c, ball.r))
        for each in (truth, Fraction(*computed.as_integer_ratio())):
            assert abs(each - centre) <= radius


def within(ball, *values):
    """Whether rational numbers and floats lie within the radius of the centre."""
    centre, radius = (Fraction(*np.ravel(part)[0].as_integer_ratio()) for part in (ball.c, ball.r))
    return all(abs(Fraction(*v.as_integer_ratio()) - centre) <= radius for v in values)


@given(floats((5,), KINDS, low=-8, high=8) | dyadics((5,)), st.permutations(range(5)))
def test_products_of_many_are_within_their_radius_in_any_order(x, order):
    ball, total = Ball(x).prod(), x.dtype.type(1)
    for i in order:
        total = total * x[i]
    if np.isfinite(ball.r):
        truth = np.prod(rational(x))
        assert within(ball, truth, total)
        assert ball.r > 0 or truth == rational(total)


def welford(x):
    """Σ (x - mean)², updated number by number."""
    mean, total = x[0], x.dtype.type(0)
    for k, each in enumerate(x[1:], 2):
        step = each - mean
        mean = mean + step / x.dtype.type(k)
        total = total + step * (each - mean)
    return total


def chan(x):
    """The same of two halves, put together."""
    parts = [(len(half), half.mean(dtype=x.dtype), welford(half)) for half in (x[:2], x[2:])]
    (n, a, first), (m, b, second) = parts
    return first + second + (b - a) * (b - a) * x.dtype.type(n * m / (n + m))


@given(floats((6,), KINDS, low=-8, high=8))
def test_a_variance_is_within_its_radius_by_two_passes_and_by_updates(x):
    value, ball = truth_of(lambda torch, x: x.var(correction=0), x)
    q = rational(x)
    truth = sum((each - sum(q) / 6) ** 2 for each in q) / 6
    six = x.dtype.type(6)
    two_passes = ((x - x.sum() / six) ** 2).sum() / six
    assert within(ball, truth, value[()], two_passes, welford(x) / six, chan(x) / six)


POWERS = [0.0, 0.5, -0.5, 1.0, 2.5, 3.0, 4.0, -3.0, 1 / 3]


@given(floats((), KINDS), st.sampled_from(POWERS), st.booleans())
def test_powers_are_within_their_radius_or_what_IEEE_754_says(x, y, numpy):
    y = np.asarray(y, x.dtype)
    with np.errstate(all="ignore"):
        ball = Ball(x).power(Ball(y))
        z = (
            minigrad.ops.pow.forward(x, y)
            if numpy
            else torch.pow(torch.from_numpy(x), torch.from_numpy(y)).numpy()[()]
        )
        if np.isfinite(ball.r):
            assert abs(np.longdouble(z) - ball.c) <= ball.r
        elif ball.d:
            assert z == x.dtype.type(ball.c) or (z != z and ball.c != ball.c)


@given(dyadics((3, 4)), dyadics((3, 4)), dyadics((2, 3)), dyadics((2,)))
def test_a_network_is_exact_in_rational_arithmetic(x, w1, w2, b):
    """Two layers and a square: every gradient as Fractions, without a float in between."""

    def program(torch, x, w1, w2, b):
        h = (x @ w1.T).relu()
        return ((h @ w2.T + b) ** 2).sum() / 4

    exact(program, x, w1, w2, b)
    leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w1, w2, b)]
    program(torch, *leaves).backward()
    qx, q1, q2, qb = map(rational, (x, w1, w2, b))
    pre = qx @ q1.T
    h = pre * (pre > 0)
    out = h @ q2.T + qb
    dout = out / 2
    dh = (dout @ q2) * (pre > 0)
    truths = [dh @ q1, dh.T @ qx, dout.T @ h, dout.sum(0)]
    for leaf, truth in zip(leaves, truths, strict=True):
        assert (rational(leaf.grad.numpy()) == truth).all()


def test_a_radius_of_0_is_a_proof():
    """The budget is the number of bits: one more and the radius is not 0."""
    for kind, bits in BITS.items():
        most = np.array([2.0 ** (bits - 1), 2.0 ** (bits - 1) - 1], kind)
        assert Ball(most).sum().r == 0
        assert Ball(np.array([2.0 ** (bits - 1), 2.0 ** (bits - 1), 1.0], kind)).sum().r > 0
    x, y = Ball(f(3) / f(7)), Ball(f(0.1))
    assert (x * y).r > 0
    assert (x * Ball(f(0.25))).r == 0
    assert (Ball(f(1)) / Ball(f(3))).r > 0
    assert (Ball(f(3)) / Ball(f(4))).r == 0


def test_memory_is_followed_through_views_and_changes_in_place():
    x = torch.tensor([[1.0, 3.0], [5.0, 7.0]])
    with Track() as track:
        y = x.clone()
        row = y.t()[0]  # a view of a column
        row.div_(3)
        y[0, 1] = 2.0
    assert (track.ball(y).r > 0).tolist() == [[True, False], [True, False]]
    assert track.ball(y).c[1, 0] == np.longdouble(5) / 3
    assert track.ball(y).c[0, 1] == 2


LOGIC = {
    "and": lambda torch, a, b: torch.logical_and(a, b),
    "or": lambda torch, a, b: torch.logical_or(a, b),
    "xor": lambda torch, a, b: torch.logical_xor(a, b),
    "not": lambda torch, a, b: torch.logical_not(a),
    "&": lambda torch, a, b: a & b,
    "|": lambda torch, a, b: a | b,
    "^": lambda torch, a, b: a ^ b,
    "~": lambda torch, a, b: ~a,
}


@pytest.mark.parametrize("name", LOGIC)
def test_a_condition_of_conditions_is_uncertain_only_where_rounding_can_change_it(name):
    """Of log x > 0 it is uncertain at x = 1 alone; all pairs of true, false and uncertain are tried."""
    answers = {2.0: {True}, 0.5: {False}, 1.0: {True, False}}
    x, y = (torch.tensor(each) for each in zip(*itertools.product(answers, repeat=2), strict=True))
    with Track() as track:
        z = LOGIC[name](torch, x.log() > 0, y.log() > 0)
    possible = [
        {bool(LOGIC[name](torch, torch.tensor(a), torch.tensor(b))) for a in answers[u] for b in answers[v]}
        for u, v in zip(x.tolist(), y.tolist(), strict=True)
    ]
    assert (track.ball(z).r > 0).tolist() == [len(each) == 2 for each in possible]
    assert all(found in each for found, each in zip(z.tolist(), possible, strict=True))


def test_where_rounding_decides_a_limit_the_gradient_may_pass_or_not():
    x = np.array([1.0, 0.5, 3.0])  # 2¹ rounds, and lies on the limit
    with pytest.raises(NoTier):
        exact(lambda torch, x: (2**x).clamp(0.5, 2), x)
    bounded(lambda torch, x: (2**x).clamp(0.5, 2), x)

    def doubled(torch, x):
        return (2 ** (x + x - x.detach() if torch is minigrad else x)).clamp(0.5, 2)

    bounded(doubled, x[2:])  # beyond the limit the gradient is 0, once or twice
    with pytest.raises(AssertionError, match="the gradient of x"):
        bounded(doubled, x[1:2])  # within it is certain


# -- the tiers ----------------------------------------------------------------------------------------------


def network(torch, x, w, b, y):
    F = torch.nn.functional
    return F.cross_entropy(F.linear(x, w, b).relu(), y)


@given(logits(3, 4, KINDS, most=4), st.data())
def test_a_network_is_the_same_in_the_exchanged_and_in_the_bounded_tier(x, data):
    w, b = (data.draw(floats(shape, x.dtype, low=-2, high=2)) for shape in ((2, 4), (2,)))
    y = data.draw(labels(3, 2))
    exchanged(network, x, w, b, y)
    bounded(network, x, w, b, y)


def test_the_exact_tier_makes_no_claim_where_rounding_is_possible():
    with pytest.raises(NoTier):
        exact(lambda torch, x: x.exp(), np.ones(2))


@pytest.mark.parametrize("tier", [exact, bounded, exchanged])
def test_every_tier_catches_a_difference(tier):
    with pytest.raises(AssertionError, match="differ in the output"):
        tier(lambda torch, x: x * (1 if torch is minigrad else 2), np.ones(2))


# -- relations ----------------------------------------------------------------------------------------------

RELATIONS = {
    "softmax of shifted logits": (
        lambda torch, x: torch.softmax(x + 3, 1),
        lambda torch, x: torch.softmax(x, 1),
    ),
    "log of softmax": (lambda torch, x: torch.softmax(x, 1).log(), lambda torch, x: x.log_softmax(1)),
    "rows of softmax sum to 1": (
        lambda torch, x: x.softmax(1).sum(1),
        lambda torch, x: torch.ones(len(x), dtype=x.dtype),
    ),
    "linearity": (lambda torch, x: (3 * x) @ x.T + x @ x.T, lambda torch, x: 4 * (x @ x.T)),
    "logarithm of a product": (
        lambda torch, x: ((x * x + 1) * (x * x + 2)).log(),
        lambda torch, x: (x * x + 1).log() + (x * x + 2).log(),
    ),
    "the sum of a batch in two halves": (
        lambda torch, x: x.sum(0),
        lambda torch, x: x[:1].sum(0) + x[1:].sum(0),
    ),
    "sigmoid as a softmax of two": (
        lambda torch, x: x.sigmoid(),
        lambda torch, x: torch.stack([x, 0 * x]).softmax(0)[0],
    ),
}


@pytest.mark.parametrize("name", RELATIONS)
@given(x=logits(dtype=KINDS, most=8))
def test_relations_hold_within_both_bounds(name, x):
    related(*RELATIONS[name], x)


@given(x=logits(5, 4, KINDS), y=labels(5, 4), order=st.permutations(range(4)))
def test_cross_entropy_does_not_mind_the_order_of_classes(x, y, order):
    places = np.argsort(order)
    related(
        lambda torch, x, y: torch.nn.functional.cross_entropy(x, y),
        lambda torch, x, y: torch.nn.functional.cross_entropy(x[:, order], torch.from_numpy(places)[y]),
        x,
        y,
    )


@given(x=dyadics((3, 4)), shift=st.integers(-512, 512))
def test_a_shift_leaves_the_bits_of_softmax_on_dyadics(x, shift):
    related(lambda torch, x: (x + shift / 8).log_softmax(1), lambda torch, x: x.log_softmax(1), x, bits=True)


@given(x=floats((3, 4), KINDS, low=-100, high=100), k=st.integers(-20, 20))
def test_a_power_of_two_leaves_the_bits_of_a_product(x, k):
    x[abs(x) < 2.0**-20] = 0  # below, products are subnormal, and a power of two rounds
    y = x.T.copy()  # BLAS has another kernel for an array times its own transpose
    related(lambda torch, x, y: (x * 2.0**k) @ y, lambda torch, x, y: (x @ y) * 2.0**k, x, y, bits=True)


@pytest.mark.parametrize("bits", [False, True])
def test_a_false_relation_is_caught(bits):
    x = np.array([[1.0, 2.0]])
    with pytest.raises(AssertionError):
        related(lambda torch, x: (2 * x).softmax(1), lambda torch, x: x.softmax(1), x, bits=bits)


def test_the_truth_is_closer_than_float64_can_say():
    value, ball = truth_of(lambda torch, x: x / 3, np.ones(1))
    assert value == 1 / 3
    assert ball.c != np.longdouble(1 / 3)
    assert abs(value - ball.c) <= ball.r


# -- derivatives --------------------------------------------------------------------------------------------

SMOOTH = {
    "product": lambda torch, x: x @ x.T @ x,
    "softmax": lambda torch, x: x.softmax(1),
    "logsumexp": lambda torch, x: x.logsumexp(0),
    "ratio": lambda torch, x: x.exp() / (x * x + 1),
    "powers": lambda torch, x: (x**3).sum(0) - (x * x + 1) ** 0.5,
    "tanh": lambda torch, x: x.tanh().mean() * x.sin().sum(),
}


@pytest.mark.parametrize("name", SMOOTH)
@given(x=logits(dtype="float64", most=2))
def test_gradients_are_derivatives_by_differences(name, x):
    derivative(SMOOTH[name], x)


@pytest.mark.parametrize("name", ["product", "ratio", "powers", "tanh"])
@given(x=logits(dtype="float64", most=2))
def test_gradients_are_derivatives_by_the_complex_step(name, x):
    derivative(SMOOTH[name], x, by="complex step")


@given(x=logits(dtype="float64", most=2))
def test_kinks_widen_the_bound_and_no_more(x):
    derivative(lambda torch, x: x.relu() + abs(x), x)


@pytest.mark.parametrize("by", ["differences", "complex step"])
def test_a_gradient_that_is_no_derivative_is_caught(by):
    def program(torch, x):
        return x.detach() * x  # whose slope is 2x, not x

    with pytest.raises(AssertionError, match="the gradient's slope is"):
        derivative(program, np.array([1.0, 2.0, 4.0]), by=by)


def test_derivatives_that_cannot_be_had():
    with pytest.raises(NoTier, match="complex numbers do not pass"):
        derivative(lambda torch, x: x.relu(), np.ones(2), by="complex step")
    with pytest.raises(NoTier, match="complex numbers do not pass: an output is real"):
        derivative(lambda torch, x: abs(x), np.ones(2), by="complex step")
    with pytest.raises(NoTier, match="no bound is derived"):
        derivative(lambda torch, x: x.lgamma() if torch is not minigrad else x, np.ones(2))
    with pytest.raises(TypeError, match="float64"):
        derivative(lambda torch, x: x, np.ones(2, f))
