"""multinomial and the methods that fill a tensor by chance: torch's numbers for the same seed, and its errors."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad

FLOATS = ("float32", "float64")


def table(seed, shape, dtype):
    """Probabilities, a third of them 0."""
    numbers = np.random.default_rng(seed).random(shape)
    numbers.reshape(-1)[::3] = 0
    return numbers.astype(dtype)


def drawn(library, p, *args, seed):
    library.manual_seed(seed)
    return library.multinomial(library.from_numpy(p), *args).numpy(), float(library.rand(1))


@pytest.mark.seeded("exponential", "rand")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("args", [(1,), (5,), (18,), (1, True), (40, True)], ids=str)
@pytest.mark.parametrize("shape", [(27,), (3, 27), (1, 27), (0, 27)], ids=str)
def test_multinomial_draws_as_torch(shape, args, dtype):
    for seed in range(20):
        p = table(seed, shape, dtype)
        (ours, after), (theirs, also_after) = (
            drawn(library, p, *args, seed=seed) for library in (minigrad, torch)
        )
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        assert np.array_equal(ours, theirs)
        assert after == also_after


@pytest.mark.seeded("exponential")
def test_multinomial_takes_a_generator_and_is_a_method():
    p = [0.1, 0.2, 0.3, 0.4]
    answers = [
        library.tensor(p)
        .multinomial(6, replacement=True, generator=library.Generator().manual_seed(3))
        .tolist()
        for library in (minigrad, torch)
    ]
    assert answers[0] == answers[1]


REFUSED = [
    lambda t: t.multinomial(t.tensor([0.1, -1.0]), 1),
    lambda t: t.multinomial(t.tensor([0.1, -1.0]), 2, True),
    lambda t: t.multinomial(t.tensor([float("nan"), 1.0]), 1),
    lambda t: t.multinomial(t.tensor([float("inf"), 1.0]), 2, True),
    lambda t: t.multinomial(t.tensor([0.0, 0.0]), 1),
    lambda t: t.multinomial(t.tensor([0.0, 0.0]), 2, True),
    lambda t: t.multinomial(t.tensor([[0.0, 0.0], [1.0, 1.0]]), 2, True),
    lambda t: t.multinomial(t.tensor([1, 2]), 1),
    lambda t: t.multinomial(t.tensor(1.0), 1),
    lambda t: t.multinomial(t.ones(1, 1, 1), 1),
    lambda t: t.multinomial(t.ones(2), 3),
    lambda t: t.multinomial(t.ones(2), 0),
    lambda t: t.multinomial(t.ones(2), 1, generator=3),
    lambda t: t.multinomial(t.ones(2)),
    lambda t: t.multinomial([1.0], 1),
    lambda t: t.ones(2).exponential_(-1.0),
    lambda t: t.ones(2, dtype=t.int64).exponential_(),
    lambda t: t.ones(2).bernoulli_(2.0),
    lambda t: t.ones(2).random_(3, 3),
    lambda t: t.ones(2, requires_grad=True).random_(),
]


@for_every(REFUSED)
def test_what_is_refused(program):
    tells_the_same(program)


def filled(library, dtype, name, *args):
    library.manual_seed(5)
    return getattr(library.zeros(50, dtype=getattr(library, dtype)), name)(*args).tolist()


@pytest.mark.seeded("exponential")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("args", [(), (2.5,)])
def test_exponential(dtype, args):
    assert filled(minigrad, dtype, "exponential_", *args) == filled(torch, dtype, "exponential_", *args)


@pytest.mark.seeded("randint")
@pytest.mark.parametrize("dtype", [*FLOATS, "int64", "int32", "int16", "int8", "uint8", "bool"])
def test_random(dtype):
    for args in [(), *([(5,), (1, 100)] if dtype != "bool" else [])]:
        assert filled(minigrad, dtype, "random_", *args) == filled(torch, dtype, "random_", *args)


@pytest.mark.seeded("bernoulli")
@pytest.mark.parametrize("dtype", [*FLOATS, "int64"])
def test_bernoulli_in_place(dtype):
    assert filled(minigrad, dtype, "bernoulli_", 0.3) == filled(torch, dtype, "bernoulli_", 0.3)
    answers = []
    for library in (minigrad, torch):
        library.manual_seed(5)
        answers.append(library.zeros(3, 4).bernoulli_(library.full((4,), 0.3)).tolist())
    assert answers[0] == answers[1]
