"""Every mistake of the catalogue is named, a right program is not blamed, and what nobody has listed has no name."""

import re
from functools import cache

import numpy as np
import pytest
import torch
from both import NIGHTLY, sampled

import minigrad
from benchmarks.diagnosis import RIGHT, misses, right_program, said, verdict
from benchmarks.wrong_programs import MISTAKES, own
from sidebyside import wrong
from sidebyside.testing import cmp, same
from sidebyside.wrong import CATALOGUE, Scene, named, not_unbroadcast, shapes

TABLES = "CATALOGUE", "SPECIAL", "OTHER_SHAPE"
X = np.array([[1.5, -2.0, 0.5], [0.25, 3.0, -1.5]], np.float32)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name):
    assert misses(name, 3 if NIGHTLY else 1, seed=5) == []


@cache
def answered():
    """For each entry the mistakes that it names: the others are named alike without it."""
    found = {entry: [] for entry in CATALOGUE}

    def listening(entry):
        def listened(scene):
            for each in entry(scene):
                try:
                    yield each
                except GeneratorExit:  # `named` asks no further: this is the name
                    found[entry].append(name)
                    raise

        return listened

    with pytest.MonkeyPatch.context() as patch:
        for table in TABLES:
            patch.setattr(wrong, table, tuple(map(listening, getattr(wrong, table))))
        for name in MISTAKES:
            misses(name, 1, seed=5)
    return found


# A gradient of too large a shape is refused by the libraries, so that only cmp meets one: test_testing_tool.py.
@pytest.mark.parametrize(
    "entry", [e for e in CATALOGUE if e is not not_unbroadcast], ids=lambda e: e.__name__
)
def test_every_entry_has_a_mistake(entry, monkeypatch):
    """Without its entry some mistake has no name, or another one."""
    names = answered()[entry]
    for table in TABLES:
        monkeypatch.setattr(wrong, table, tuple(each for each in getattr(wrong, table) if each is not entry))
    assert any(misses(name, 1, seed=5) for name in names)


def test_right_programs_are_not_blamed():
    for i in sampled(range(len(RIGHT))):
        assert not verdict(i), right_program(i)


# -- for one tensor -------------------------------------------------------------------------------------------------


def printed(capsys, *args, **values):
    cmp(*args, **values)
    return capsys.readouterr().out


def test_cmp_of_what_is_equal(capsys):
    assert printed(capsys, "dx", torch.from_numpy(X), X) == "dx: exact: every bit is PyTorch's\n"
    assert "equal, but it is float64 (2, 3), and" in printed(capsys, "dx", X.astype("float64"), X)


def test_cmp_of_rounding_with_its_bound(capsys):
    program = lambda: torch.from_numpy(X).softmax(1)
    off = np.nextafter(program().numpy(), 9)
    said = printed(capsys, "p", minigrad.from_numpy(off), program)
    found, most = map(
        float, re.fullmatch(r"p: right: (.*) ulp off where rounding may take (.*)\n", said).groups()
    )
    assert 0 < found < most < 100


def test_cmp_of_rounding_without_a_bound(capsys):
    said = printed(capsys, "p", np.nextafter(X, 9), X)
    assert said.startswith(
        "p: rounding, as it seems: 1 ulp of the largest element; how far rounding may take it"
    )
    assert "is not known" in printed(
        capsys, "p", np.nextafter(X, 9), lambda: torch.from_numpy(X) + torch.lgamma(torch.ones(2, 3))
    )


def test_cmp_of_what_is_wrong(capsys):
    said = printed(capsys, "dW", 6 * X, lambda: torch.from_numpy(X) * 1, x=X)
    assert said.startswith(
        "dW: wrong: it is 6 times the right one (N = 6: the mean's division by N is forgotten)\n"
    )
    assert "6 of 6 elements differ, the worst 5 shown" in said
    assert "the transpose of the right one" in printed(capsys, "dW", X.T, X)
    assert printed(capsys, "dW", X[0], X).startswith("dW: wrong: it is float32 (3,), and the right one is")
    x = torch.from_numpy(X).requires_grad_()
    z = x.tanh()
    z.sum().backward()
    said = printed(capsys, "dx", 1 - x.detach() ** 2, x.grad, x=x, z=z, dz=torch.ones_like(z))
    assert "the input x is used for the output z in the rule of tanh" in said
    assert printed(capsys, "i", np.arange(3), np.arange(1, 4)).startswith("i: wrong")


# -- what has no name -----------------------------------------------------------------------------------------------

sums = lambda v: v.sum(1, keepdim=True)
tensor = lambda array: minigrad.from_numpy(np.asarray(array))

# Rules that are wrong in ways which are nobody's habit, with the function of PyTorch's that they are for.
UNLISTED = {
    "1 - z³ for 1 - z²": (lambda x: x.tanh(), lambda dz, z, x: dz * (1 - z**3)),
    "1 + z³ for 1 - z²": (lambda x: x.tanh(), lambda dz, z, x: dz * (1 + z**3)),
    "exp(x/7) for exp": (lambda x: x.exp(), lambda dz, z, x: dz * (x / 7).exp()),
    "cos(2x) for cos": (lambda x: x.sin(), lambda dz, z, x: dz * (2 * x).cos()),
    "z + cos(3x) for z": (lambda x: x.exp(), lambda dz, z, x: dz * z + (3 * x).cos()),
    "z^1.3 for its sign": (lambda x: x.abs(), lambda dz, z, x: dz * z**1.3),
    "z^0.7 for z(1 - z)": (lambda x: x.sigmoid(), lambda dz, z, x: dz * z**0.7),
    "tanh(2x) for a mask": (lambda x: x.relu(), lambda dz, z, x: dz * (2 * x).tanh()),
    "a noise of 1 %": (lambda x: x.sin(), lambda dz, z, x: dz * x.cos() * (1 + 0.01 * (7 * x).sin())),
    "one element off": (
        lambda x: x * 3,
        lambda dz, z, x: dz * 3 + tensor(np.eye(*x.shape, dtype="float32")[:1]),
    ),
    "one row twice": (
        lambda x: x * 3,
        lambda dz, z, x: dz * tensor(np.arange(3, 3 + len(x), dtype="float32")[:, None]),
    ),
    "√p": (lambda x: x.softmax(1), lambda dz, z, x: z.sqrt() * (dz - sums(dz * z))),
    "Σ dz·z²": (lambda x: x.softmax(1), lambda dz, z, x: z * (dz - sums(dz * z * z))),
    "exp(2z)": (lambda x: x.log_softmax(1), lambda dz, z, x: dz - (2 * z).exp() * sums(dz)),
    "a mean and a wave": (lambda x: x.mean(0), lambda dz, z, x: dz / len(x) + (3 * x).sin()),
    "x³ for 3x²": (lambda x: x**3, lambda dz, z, x: dz * x**3 * (x + 2)),
    "a leak of relu": (
        lambda x: x.relu(),
        lambda dz, z, x: dz * ((x > 0).to(x.dtype) + 0.01 * (3 * x).sin()),
    ),
    "z^1.3 for its quotient": (lambda x: (x * x + 1).log(), lambda dz, z, x: dz * z**1.3),
    "cumsum twice": (lambda x: x.cumsum(1), lambda dz, z, x: dz.cumsum(1).cumsum(1)),
}


@pytest.mark.parametrize("name", UNLISTED)
def test_another_mistake_has_no_name(name):
    forward, backward = UNLISTED[name]
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    text = said(own(forward, backward), forward, [x])
    assert "differ in the gradient of x" in text
    assert "minigrad's gradient:" not in text


# -- two formulas, both known ---------------------------------------------------------------------------------------

KNOWN = {
    "it is dz·x², and the right one is 2·dz·x": (lambda x: x * x, lambda dz, z, x: dz * x * x),
    "it is -dz·cos(x), and the right one is -dz·sin(x)": (lambda x: x.cos(), lambda dz, z, x: -dz * x.cos()),
    "it is dz·z², and the right one is dz·z": (
        lambda x: x.sigmoid(),
        lambda dz, z, x: dz * z * z,
    ),
    "it is dz·(1 - z²), and the right one is dz·(1 + z²)": (
        lambda x: x.tan(),
        lambda dz, z, x: dz * (1 - z * z),
    ),
    "the term x is too much": (lambda x: x.exp(), lambda dz, z, x: dz * z + x),
}


@pytest.mark.parametrize("sentence", KNOWN)
def test_a_formula_is_recognised(sentence):
    forward, backward = KNOWN[sentence]
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    assert sentence in said(own(forward, backward), forward, [x])


def test_small_whole_numbers_do_not_tell_formulas_apart():
    assert (
        named(Scene(np.array([4.0, 16.0]), np.array([4.0, 8.0]), 0, "x", {"x": np.array([2.0, 4.0])})) is None
    )


def test_shapes_alone():
    assert shapes((4, 3), (3, 4)).startswith("it is transposed")
    assert shapes((4,), (3,), (4, 3)) == "dz is summed over the wrong axis"
    assert "not un-broadcast" in shapes((4, 3), (3,), (4, 3))
    assert shapes((2,), (3,)) is None


def test_a_factor_is_never_said_to_be_1():
    right = np.array([1.0, 2.0, 3.0])
    assert named(Scene(right * (1 + 1e-12), right)) == "every element is 1.000000000001 times the right one"
    assert "a few roundings" in named(Scene(np.nextafter(right, 9), right))


def test_the_least_spread_of_binary_cross_entropy_is_torchs():
    """It is a float32 in float64, too: a difference that the right programs of benchmarks.diagnosis found."""
    x, y = np.array([2.3e-14, 0.3, 1 - 1e-14]), np.array([0.5, 0.2, 0.1])
    program = lambda torch, x, y: torch.nn.functional.binary_cross_entropy(x, y)
    assert same(program, x, y, tier="bounded") == "bounded"
