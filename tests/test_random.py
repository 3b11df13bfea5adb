"""Every number that minigrad.random draws is torch's, to the last bit; no tolerance anywhere.

Where torch itself draws other numbers, sidebyside/seeds.py knows it, generator by generator, and the tests skip.
"""

import ctypes.util
import itertools
import math
import platform
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import minigrad
from minigrad import random as mrandom
from minigrad.arrays.fma import fma32, fma64
from minigrad.random import Generator
from sidebyside.seeds import PROBES, differing

TORCH_DTYPES = {
    np.dtype(name): getattr(torch, name)
    for name in ("float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")
}


def torch_generator(seed):
    return torch.Generator().manual_seed(seed)


seeded = pytest.mark.seeded


def assert_same(ours, theirs):
    """Equal dtype, shape and bytes, with every nan equal to every nan."""
    theirs = theirs.numpy()
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    if ours.dtype.kind == "f":
        assert np.array_equal(np.isnan(ours), np.isnan(theirs))
        ours, theirs = (np.where(np.isnan(a), a.dtype.type(0), a) for a in (ours, theirs))
    assert ours.tobytes() == theirs.tobytes()


def assert_same_state(ours, theirs):
    assert ours.get_state().numpy().tobytes() == theirs.get_state().numpy().tobytes()
    assert ours.initial_seed() == theirs.initial_seed()


class Both:
    """One generator of ours and one of torch's, asked the same and compared after every answer."""

    def __init__(self, seed):
        self.ours, self.theirs = Generator().manual_seed(seed), torch_generator(seed)

    def compare(self, ours, theirs):
        assert_same(ours, theirs)
        assert_same_state(self.ours, self.theirs)

    def fill(self, name, shape, low, high, dtype):
        ours = getattr(self.ours, name)(shape, low, high, dtype)
        empty = torch.empty(shape, dtype=TORCH_DTYPES[np.dtype(dtype)])
        self.compare(ours, getattr(empty, f"{name}_")(low, high, generator=self.theirs))

    def randint(self, low, high, shape, dtype=np.int64):
        theirs = torch.randint(low, high, shape, generator=self.theirs, dtype=TORCH_DTYPES[np.dtype(dtype)])
        self.compare(self.ours.randint(low, high, shape, dtype), theirs)

    def randperm(self, n):
        self.compare(self.ours.randperm(n), torch.randperm(n, generator=self.theirs))

    def random_int64(self):
        theirs = torch.empty((), dtype=torch.int64).random_(generator=self.theirs)
        self.compare(np.array(self.ours.random_int64()), theirs)

    def bernoulli(self, shape, p, dtype=torch.float32):
        theirs = torch.empty(shape, dtype=dtype).bernoulli_(p, generator=self.theirs)
        self.compare(self.ours.bernoulli(shape, p), theirs.bool())

    def bernoulli_of(self, p):
        self.compare(self.ours.bernoulli_of(p), torch.bernoulli(torch.from_numpy(p), generator=self.theirs))

    def exchange_states(self):
        ours, theirs = self.ours.get_state().numpy(), self.theirs.get_state().numpy()
        self.ours, self.theirs = Generator().manual_seed(1), torch.Generator()
        self.ours.set_state(minigrad.from_numpy(theirs))
        self.theirs.set_state(torch.from_numpy(ours))
        assert_same_state(self.ours, self.theirs)


seeds = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.integers(-3, 3),
    st.sampled_from([2**32 - 1, 2**32, 2**64 - 1, -(2**63)]),
)
shapes = st.one_of(
    st.integers(0, 40).map(lambda n: (n,)),
    st.lists(st.integers(0, 7), max_size=4).map(tuple),
    st.just((2, 2049)),
)
floating = st.sampled_from([np.float32, np.float64])
numbers = st.one_of(
    st.floats(-1e3, 1e3),
    st.floats(-(2.0**126), 2.0**126, width=32),
    st.sampled_from([0.0, 1.0, 1e-40, -1e-300, 1 / 28]),
)


# ---- the platform


@pytest.mark.parametrize("name", PROBES)
def test_minigrad_draws_the_same_numbers_on_every_machine(name):
    assert PROBES[name].holds(minigrad)


def test_a_probe_tells_one_rounding_from_two():
    low, high = np.float32(-1 / 28), np.float32(1 / 28)
    twice = Generator().manual_seed(0).uniform((8,)) * (high - low) + low
    assert sum(twice != np.array(PROBES["uniform"].numbers[:8], np.float32)) == 4


NEWER = {"large randint", "uniform's bounds"}  # than torch 2.6
FUSED = {"uniform", "short normal", "linspace"}


def test_torch_draws_other_numbers_only_where_the_documents_say_so():
    """Else a seeded test could skip, unnoticed, where it should fail."""
    glibc = platform.libc_ver()[0] == "glibc"
    match platform.machine(), torch.backends.cpu.get_cpu_capability():
        case "x86_64", "AVX2" | "AVX512" if glibc:
            others = set()
        case "x86_64", "DEFAULT" if glibc:
            others = FUSED | {"long normal float32"}
        case "aarch64", _ if glibc:
            others = {"long normal float32"}
        case _:
            others = PROBES.keys() - {"randint", "randperm", "bernoulli", "rand"}  # nothing rounds there
    assert differing() - NEWER <= others
    assert not differing() & NEWER or torch.__version__ < "2.13"


# ---- the fused multiply-add, against rational numbers


def rounded(exact, dtype):
    """A rational number, not 0, as the nearest number of a floating dtype, ties to even."""
    digits, least = np.finfo(dtype).nmant + 1, int(np.finfo(dtype).minexp)
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    if abs(exact) < Fraction(2) ** exponent:
        exponent -= 1
    quantum = Fraction(2) ** (max(exponent, least) - digits + 1)
    magnitude = round(abs(exact) / quantum) * quantum  # round() of a Fraction is ties to even
    over = magnitude > Fraction(float(np.finfo(dtype).max))
    return math.copysign(math.inf if over else float(magnitude), 1 if exact > 0 else -1)


def fma_by_definition(a, b, c, dtype):
    a, b, c = float(a), float(b), float(c)
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact:
        return rounded(exact, dtype)
    return a * b + c if a == 0 or b == 0 else 0.0  # only zeros that are added carry their signs on


def assert_fma(function, a, b, c):
    dtype = np.float32 if function is fma32 else np.float64
    a, b, c = (np.asarray(values, dtype) for values in (a, b, c))
    expected = [fma_by_definition(*operands, dtype) for operands in zip(a.flat, b.flat, c.flat, strict=True)]
    assert_same(function(a, b, c), torch.from_numpy(np.array(expected, dtype).reshape(a.shape)))


@pytest.mark.parametrize("function", [fma32, fma64])
def test_fma_of_special_values(function):
    info = np.finfo(np.float32 if function is fma32 else np.float64)
    tiny, least, large, eps = (float(v) for v in (info.tiny, info.smallest_subnormal, info.max, info.eps))
    special = [0.0, 1.0, 1 + eps, tiny, least, 3 * least, large, math.inf, math.sqrt(tiny), 1.5 / eps]
    special = [*special, *(-value for value in special), math.nan]
    assert_fma(function, *np.array(list(itertools.product(special, repeat=3))).T)


@given(st.sampled_from([fma32, fma64]), st.data())
def test_fma_of_any_three_numbers(function, data):
    number = st.floats(width=32 if function is fma32 else 64)
    assert_fma(function, *([data.draw(number)] for _ in "abc"))


@given(
    st.sampled_from([fma32, fma64]), st.integers(0, 2**32 - 1), st.integers(-1200, 1200), st.integers(-70, 70)
)
def test_fma_where_product_and_sum_are_of_like_size(function, seed, exponent, gap):
    dtype, digits = (np.float32, 24) if function is fma32 else (np.float64, 53)
    random = np.random.default_rng(seed)
    if function is fma32:
        exponent //= 8
    scales = exponent // 2, exponent - exponent // 2, exponent + gap
    few_bits = random.integers(1, digits, (3, 40))  # few bits make ties
    significands = random.integers(0, 2**few_bits) * random.choice([-1, 1], (3, 40))
    with np.errstate(all="ignore"):
        a, b, c = (
            np.ldexp(m.astype(np.float64), scale - bits).astype(dtype)
            for m, scale, bits in zip(significands, scales, few_bits, strict=True)
        )
        c[::2] = np.nextafter(-a * b, dtype(gap))[::2]  # cancellation down to the error of the product
    assert_fma(function, a, b, c)


def test_fma_broadcasts_and_keeps_shapes():
    assert (
        fma32(np.ones((2, 1)), np.ones(3), 1).shape == fma64(np.ones((2, 1)), np.ones(3), 1).shape == (2, 3)
    )
    assert fma32(2, 3, 4) == fma64(2, 3, 4) == 10
    assert fma64(1e-200, 1e-200, np.array([1e-310, 0.0])).tolist() == [1e-310, 0.0]


@pytest.mark.skipif(not ctypes.util.find_library("m"), reason="no C library to ask")
def test_fma_is_the_c_librarys():
    fma = ctypes.CDLL(ctypes.util.find_library("m")).fma
    fma.restype, fma.argtypes = ctypes.c_double, [ctypes.c_double] * 3
    a, b, c = np.random.default_rng(0).normal(size=(3, 5000))
    c[::2] = np.round(-a * b, 15)[::2]
    assert fma64(a, b, c).tolist() == [fma(*operands) for operands in zip(a, b, c, strict=True)]


# ---- seeds and states


@given(seeds)
def test_seeds(seed):
    assert_same_state(Generator().manual_seed(seed), torch_generator(seed))
    assert_same_state(Generator().manual_seed(seed), torch_generator(seed))


def test_the_default_seed_of_a_generator():
    assert_same_state(Generator(), torch.Generator())


@given(seeds)
def test_only_the_lowest_32_bits_choose_the_numbers(seed):
    assert np.array_equal(
        Generator().manual_seed(seed).uniform((20,)), Generator().manual_seed(seed % 2**32).uniform((20,))
    )


def test_seeding_forgets_the_cached_normal():
    generator = Generator().manual_seed(3)
    first = generator.normal((3,))
    assert np.array_equal(generator.manual_seed(3).normal((3,)), first)


def test_unpredictable_seeds():
    generator = Generator()
    drawn = [generator.seed() for _ in range(4)]
    assert len(set(drawn)) == 4
    assert generator.initial_seed() == drawn[-1]
    assert np.array_equal(generator.uniform((5,)), Generator().manual_seed(drawn[-1]).uniform((5,)))


def test_the_default_generator():
    before = mrandom.default_generator.get_state()
    try:
        assert mrandom.manual_seed(-7) is mrandom.default_generator
        assert mrandom.initial_seed() == 2**64 - 7
        assert_same_state(mrandom.default_generator, torch_generator(-7))
        assert mrandom.seed() == mrandom.initial_seed() == mrandom.default_generator.initial_seed()
        assert mrandom.manual_seed("3").initial_seed() == 3  # torch.manual_seed too takes what int() takes
    finally:
        mrandom.default_generator.set_state(before)


@given(seeds, st.integers(0, 1300), st.integers(0, 3))
@example(0, 624, 0)
@example(0, 1248, 1)
@seeded("rand", "short normal")
def test_states_are_exchanged_both_ways(seed, words, normals):
    both = Both(seed)
    both.fill("uniform", (words,), 0.0, 1.0, np.float32)
    both.fill("normal", (normals,), 0.0, 1.0, np.float64)
    both.exchange_states()
    both.fill("normal", (2,), 1.0, 2.0, np.float32)
    both.fill("uniform", (700,), 0.0, 1.0, np.float64)


def test_a_state_is_a_copy():
    generator = Generator().manual_seed(5)
    state = generator.get_state()
    numbers = generator.uniform((4,))
    generator.set_state(state.reshape(2, -1))
    state[:] = 0
    assert np.array_equal(generator.uniform((4,)), numbers)


# ---- distributions


@seeded("uniform", "uniform's bounds")
@given(seeds, shapes, numbers, numbers, floating)
@example(0, (4099,), 1.0, 1.0 + 2.0**-23, np.float32)  # every other number rounds to the upper bound
@example(0, (99,), 1.0, 1.0 + 2.0**-52, np.float64)
@example(0, (99,), -(2.0**127), 1.5 * 2.0**126, np.float32)
@example(0, (99,), -1e-300, 1e-300, np.float64)
@example(0, (99,), 0.0, 1e-310, np.float64)
@example(0, (99,), -0.0, 0.0, np.float32)
def test_uniform(seed, shape, low, high, dtype):
    low, high = sorted((low, high))
    if high - low > np.finfo(dtype).max:
        low = 0.0
    both = Both(seed)
    both.fill("uniform", shape, low, high, dtype)
    both.fill("uniform", (3,), 0.0, 1.0, dtype)


@seeded("uniform")
@given(seeds, shapes, st.floats(2.0**-100, 2.0**100), floating)
def test_uniform_as_initial_weights_are_drawn(seed, shape, bound, dtype):
    both = Both(seed)
    both.fill("uniform", shape, -bound, bound, dtype)
    both.fill("uniform", (3,), -1 / 28, 1 / 28, dtype)


@seeded("rand")
@given(seeds, shapes, floating)
def test_rand(seed, shape, dtype):
    Both(seed).fill("uniform", shape, 0.0, 1.0, dtype)


def test_uniform_leaves_the_upper_bound_out():
    draws = Generator().manual_seed(0).uniform((999,), 1.0, 1.0 + 2.0**-23)
    assert np.all(draws == 1)
    assert Generator().manual_seed(0).uniform((3,), 2.5, 2.5).tolist() == [2.5] * 3


long_normal = [
    pytest.param(np.dtype(name), marks=seeded(f"long normal {name}"), id=name)
    for name in ("float32", "float64")
]
few = st.one_of(st.integers(0, 15).map(lambda n: (n,)), st.lists(st.integers(0, 2), max_size=3).map(tuple))


@seeded("short normal")
@given(seeds, few, numbers, numbers, floating)
@example(0, (3,), math.nan, 1.0, np.float32)
@example(0, (3,), 0.0, math.inf, np.float32)
@example(0, (3,), 0.0, 1e39, np.float32)
def test_short_normal(seed, shape, mean, std, dtype):
    both = Both(seed)
    both.fill("normal", shape, mean, abs(std), dtype)
    both.fill("normal", (3,), 0.0, 1.0, dtype)


@seeded("short normal")
@pytest.mark.parametrize("dtype", long_normal)
@given(seed=seeds, shape=shapes, mean=numbers, std=numbers)
@example(seed=0, shape=(33,), mean=math.nan, std=1.0)
@example(seed=0, shape=(33,), mean=0.0, std=math.inf)
@example(seed=0, shape=(33,), mean=1e39, std=1.0)
@example(seed=0, shape=(33,), mean=-3.0, std=0.0)
@example(seed=0, shape=(33,), mean=0.0, std=-0.0)
@example(seed=0, shape=(33,), mean=1e-310, std=1e-310)
def test_normal(seed, shape, mean, std, dtype):
    both = Both(seed)
    both.fill("normal", shape, mean, abs(std), dtype)
    both.fill("normal", (3,), 0.0, 1.0, dtype)


@pytest.mark.parametrize("dtype", long_normal)
@pytest.mark.parametrize("n", [16, 17, 31, 32, 100_003])
def test_long_normal_by_blocks(n, dtype):
    both = Both(n)
    both.fill("normal", (n,), 0.0, 1.0, dtype)
    both.fill("uniform", (n,), 0.0, 1.0, dtype)


@pytest.mark.parametrize(
    "most",
    [
        pytest.param(15, id="short"),
        pytest.param(35, id="long", marks=seeded("long normal float32", "long normal float64")),
    ],
)
@seeded("uniform", "randint", "randperm", "bernoulli", "short normal")
@given(seed=seeds, calls=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 35), floating), max_size=12))
def test_any_sequence_of_calls(seed, calls, most):
    both = Both(seed)
    for kind, n, dtype in calls:
        match kind:
            case 0 | 1:
                both.fill("normal", (n % 5 if kind else min(n, most),), 0.5, 2.0, dtype)
            case 2:
                both.fill("uniform", (n,), -0.1, 0.3, dtype)
            case 3:
                both.randint(-n, 10, (n,))
            case 4:
                both.randperm(n)
            case 5:
                both.bernoulli((n,), 0.25)
            case 6:
                both.exchange_states()
            case 7:
                both.random_int64()


@given(
    seeds,
    shapes,
    st.integers(-(2**63), 2**63 - 2),
    st.one_of(
        st.sampled_from([1, 2, 2**28 - 1, 2**28, 2**28 + 1, 2**32 - 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1]),
        st.integers(1, 2**64 - 1),
    ),
)
@seeded("randint", "large randint")
def test_randint(seed, shape, low, size):
    low = min(low, 2**63 - 1 - size) if size < 2**63 else -(2**63)
    Both(seed).randint(low, min(low + size, 2**63 - 1), shape)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.uint8, 0, 256), (np.int8, -128, 128), (np.int16, -(2**15), 2**15), (np.int32, -(2**31), 2**31),
        (np.bool_, 0, 2), (np.float32, -(2**24), 2**24 + 1), (np.float64, -(2**53), 2**53 + 1),
    ],
)  # fmt: skip
@seeded("randint")
def test_randint_in_every_dtype_to_its_limits(dtype, low, high):
    both = Both(11)
    both.randint(low, high, (3, 50), dtype)
    both.randint(0, 2, (), dtype)
    for bounds, name in (
        ((low - 1, high), "from is out of bounds"),
        ((low, high + 1), "to - 1 is out of bounds"),
    ):
        with pytest.raises(RuntimeError, match=f"^{name}"):
            both.ours.randint(*bounds, (0,), dtype)


@given(seeds, st.integers(0, 200))
@seeded("randperm")
def test_randperm(seed, n):
    both = Both(seed)
    both.randperm(n)
    both.randperm(n + 1)


@pytest.mark.parametrize("n", [0, 1, 2, 623, 624, 625, 30_000])
@seeded("randperm")
def test_randperm_of_many(n):
    both = Both(2)
    both.randperm(n)
    assert np.array_equal(np.sort(both.ours.randperm(n)), np.arange(n))


@given(seeds, shapes, st.one_of(st.floats(0, 1), st.sampled_from([0, 1, -0.0, 0.5, 1 - 2**-53])))
@seeded("bernoulli")
def test_bernoulli(seed, shape, p):
    both = Both(seed)
    both.bernoulli(shape, p)
    both.bernoulli(shape, p, torch.float64)
    both.bernoulli(shape, p, torch.bool)


@given(seeds, shapes, floating)
@seeded("bernoulli")
def test_bernoulli_of_an_array(seed, shape, dtype):
    p = np.asarray(np.random.default_rng(seed % 2**32).uniform(size=shape).round(1), dtype)
    both = Both(seed)
    both.bernoulli_of(p)
    both.bernoulli_of(np.ascontiguousarray(p.T).T)  # drawn in the order of the result, whatever p's strides
    both.bernoulli_of(np.zeros((2, 0), dtype))


@seeded("randint", "randperm")
def test_random_int64_and_the_order_of_a_data_loader():
    both = Both(4)
    both.random_int64()
    torch_order = list(
        torch.utils.data.DataLoader(range(300), batch_size=None, shuffle=True, generator=both.theirs)
    )
    both.ours.random_int64()  # the seed for the workers
    assert [int(i) for i in torch_order] == both.ours.randperm(300).tolist()


def test_zero_dimensional_draws():
    generator = Generator().manual_seed(0)
    for draw in (
        generator.uniform(()),
        generator.normal(()),
        generator.randint(0, 3, ()),
        generator.bernoulli((), 0.5),
    ):
        assert isinstance(draw, np.ndarray)
        assert draw.shape == ()


# ---- misuse: torch's exception, and torch's first sentence


def good_state():
    return Generator().manual_seed(0).get_state().numpy()


def bad_state(field, value):
    state = good_state()
    offset = {"left": 8, "seeded": 12, "next": 16}[field]
    state[offset : offset + 4] = np.frombuffer(np.int32(value).tobytes(), np.uint8)
    return state


def uniform_misuse(low, high, dtype=np.float32, shape=(3,)):
    return (
        lambda g: g.uniform(shape, low, high, dtype),
        lambda t: torch.empty(shape, dtype=TORCH_DTYPES[np.dtype(dtype)]).uniform_(low, high, generator=t),
    )


def normal_misuse(std, shape=(3,), dtype=np.float32):
    return (
        lambda g: g.normal(shape, 0.0, std, dtype),
        lambda t: torch.empty(shape, dtype=TORCH_DTYPES[np.dtype(dtype)]).normal_(0.0, std, generator=t),
    )


def randint_misuse(low, high, dtype=np.int64):
    return (
        lambda g: g.randint(low, high, (2,), dtype),
        lambda t: torch.randint(low, high, (2,), generator=t, dtype=TORCH_DTYPES[np.dtype(dtype)]),
    )


def seed_misuse(seed):
    return lambda g: g.manual_seed(seed), lambda t: t.manual_seed(seed)


def state_misuse(state):
    return lambda g: g.set_state(minigrad.from_numpy(state)), lambda t: t.set_state(torch.from_numpy(state))


def bernoulli_misuse(p, shape=(2,)):
    return lambda g: g.bernoulli(shape, p), lambda t: torch.empty(shape).bernoulli_(p, generator=t)


def bernoulli_of_misuse(p):
    return lambda g: g.bernoulli_of(np.array(p)), lambda t: torch.bernoulli(torch.tensor(p), generator=t)


MISUSES = [
    *(seed_misuse(seed) for seed in (2**64, -(2**63) - 1, 10**30, 1.5, "3", None, True)),
    *(state_misuse(state) for state in (good_state()[:-1], good_state()[:0], good_state().astype(np.int32))),
    *(state_misuse(bad_state("left", left)) for left in (-1, 0, 625)),
    *(state_misuse(bad_state("next", position)) for position in (-1, 625)),
    state_misuse(bad_state("seeded", 0)),
    (lambda g: g.set_state(None), lambda t: t.set_state(None)),
    (lambda g: g.set_state([1, 2]), lambda t: t.set_state([1, 2])),
    *(
        uniform_misuse(low, high)
        for low, high in itertools.permutations([0.0, math.inf, -math.inf, math.nan], 2)
    ),
    *(
        uniform_misuse(1.0, 0.0, dtype, shape)
        for dtype in (np.float32, np.float64)
        for shape in ((), (0,), (5,))
    ),
    *(uniform_misuse(1.25e-7, -33.3, dtype) for dtype in (np.float32, np.float64)),
    *(uniform_misuse(-3e38, 3e38), uniform_misuse(-1.7e308, 1.7e308, np.float64), uniform_misuse(0.0, 1e39)),
    *(uniform_misuse(0.0, 1.0, dtype) for dtype in (np.int64, np.uint8, np.bool_)),
    *(normal_misuse(std, shape) for std in (-1.0, math.nan, -1e-30) for shape in ((0,), (3,), (20,))),
    *(normal_misuse(1.0, dtype=dtype) for dtype in (np.int64, np.int32, np.int16, np.int8)),
    *(
        randint_misuse(low, high)
        for low, high in ((0, 0), (5, 3), (0, 2**63), (-(2**63) - 1, 0), (7, -(2**63)))
    ),
    *(randint_misuse(-1, 1, dtype) for dtype in (np.uint8, np.bool_)),
    *(randint_misuse(-(2**40), 1, dtype) for dtype in (np.int8, np.int16, np.int32)),
    *(randint_misuse(0, 2**40, dtype) for dtype in (np.uint8, np.int8, np.int16, np.int32, np.bool_)),
    *(bernoulli_misuse(p, shape) for p in (-0.1, 1.5, math.nan, math.inf) for shape in ((0,), (2,))),
    *(bernoulli_of_misuse(p) for p in ([0.5, 1.1], [-0.1], [math.nan], [1, 0], [True])),
    (lambda g: g.randperm(-1), lambda t: torch.randperm(-1, generator=t)),
    (lambda g: g.uniform((2, -1)), lambda t: torch.rand(2, -1, generator=t)),
    (lambda g: g.normal((-3,)), lambda t: torch.randn(-3, generator=t)),
    (lambda g: g.randint(0, 2, (0, -1)), lambda t: torch.randint(0, 2, (0, -1), generator=t)),
    (lambda g: g.bernoulli((-2,), 0.5), lambda t: torch.empty(-2).bernoulli_(0.5, generator=t)),
]


@pytest.mark.parametrize("misuse", range(len(MISUSES)))
def test_misuse_raises_what_torch_raises(misuse):
    ours, theirs = MISUSES[misuse]
    generator, untouched = Generator().manual_seed(0), Generator().manual_seed(0)
    with pytest.raises(Exception) as expected:  # noqa: PT011 (whatever torch raises)
        theirs(torch_generator(0))
    with pytest.raises(expected.type) as raised:
        ours(generator)
    assert raised.type is expected.type
    first_sentence = str(expected.value).split("\n")[0].split("  (Could this error message")[0]
    assert str(raised.value).split("\n")[0] == first_sentence
    assert np.array_equal(generator.get_state(), untouched.get_state())  # a refused call draws nothing


def test_what_only_minigrad_refuses():
    generator = Generator().manual_seed(0)
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        generator.randint(0.5, 3, (2,))
    with pytest.raises(NotImplementedError, match="torch has another algorithm for so many numbers"):
        generator.randperm(2**32 // 20)
    with pytest.raises(NotImplementedError, match="\"normal_kernel_cpu\" not implemented for 'float16'"):
        generator.normal((2,), dtype=np.float16)
    with pytest.raises(
        RuntimeError, match="check_random_bounds handles only integral, floating-point and boolean"
    ):
        generator.randint(0, 2, (2,), np.complex64)
    with pytest.raises(
        RuntimeError, match="Invalid mt19937 state"
    ):  # torch takes it, and reads past its words
        generator.set_state(minigrad.from_numpy(bad_state("next", 600)))


@pytest.mark.parametrize(
    "draw",
    [
        lambda t: t.rand(3, generator=1),
        lambda t: t.rand(2, 3, generator=1),
        lambda t: t.randn((2, 3), generator="a"),
        lambda t: t.randint(3, (2,), generator=1),
        lambda t: t.randint(0, 3, (2,), generator=1),
        lambda t: t.randperm(3, generator=1),
        lambda t: t.bernoulli(t.ones(2), generator=1),
        lambda t: t.bernoulli(t.ones(2), 0.5, generator=1),
        lambda t: t.normal(0.0, 1.0, (2,), generator=1),
        lambda t: t.normal(t.ones(2), 1.0, generator=1),
        lambda t: t.rand_like(t.ones(2), generator=1),
        lambda t: t.randint_like(t.ones(2), 3, generator=1),
        lambda t: t.ones(2).normal_(generator=1),
        lambda t: t.ones(2).uniform_(generator=1),
    ],
)
def test_what_is_no_generator_is_refused_in_torchs_words(draw):
    with pytest.raises(TypeError) as theirs:
        draw(torch)
    with pytest.raises(TypeError) as ours:
        draw(minigrad)
    assert str(ours.value).split("\n")[0] == str(theirs.value).split("\n")[0]
