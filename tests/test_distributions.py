"""torch.distributions: samples of the same seed, log-probabilities and entropies, gradients, errors."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad
from sidebyside.exchange import numbers_alike
from sidebyside.testing import same


def made(t, text):
    return eval(text, {"t": t, "d": t.distributions})  # a table of programs for both libraries


ALL = [
    "d.Normal(0.0, 1.0)",
    "d.Normal(t.tensor([0.5, -1.0]), 2.0)",
    "d.Normal(t.tensor([[0.5], [1.0]]), t.tensor([1.0, 0.25]))",
    "d.Uniform(0.0, 2.0)",
    "d.Uniform(t.tensor([0.0, -1.0]), 4.0)",
    "d.Bernoulli(0.25)",
    "d.Bernoulli(t.tensor([0.25, 0.5]))",
    "d.Bernoulli(logits=t.tensor([0.0, 1.5]))",
    "d.Categorical(t.tensor([1.0, 2.0, 1.0]))",
    "d.Categorical(t.tensor([[0.5, 0.5], [0.25, 0.75]]))",
    "d.Categorical(logits=t.tensor([[0.0, 0.0], [0.0, 1.0]]))",
]


# PyTorch draws from means and deviations that are tensors in C++, where its numbers cannot be exchanged.
IN_C = pytest.mark.seeded("short normal", "long normal float32")


@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
@pytest.mark.parametrize(
    "text", [pytest.param(text, marks=IN_C if text.startswith("d.Normal(t.") else ()) for text in ALL]
)
def test_samples_of_one_seed_are_torchs(text, shape):
    drawn = []
    for t in (minigrad, torch):
        t.manual_seed(3)
        with numbers_alike():
            x = made(t, text).sample(shape)
        assert not x.requires_grad
        drawn.append((tuple(x.shape), str(x.dtype).partition(".")[2], x.numpy()))
    assert drawn[0][:2] == drawn[1][:2]
    assert np.array_equal(drawn[0][2], drawn[1][2])


def test_log_probabilities_and_entropies_with_their_gradients():
    x, y = np.array([0.5, -1.0, 2.0], "float32"), np.array([1.5, 0.25, 1.0], "float32")

    def normal(torch, x, y):
        p = torch.distributions.Normal(x, y, False)
        q = torch.distributions.Normal(0.5, y * y, False)
        return p.log_prob(y), p.entropy(), p.cdf(y), p.variance, torch.distributions.kl_divergence(p, q)

    def categorical(torch, x, y):
        p, q = (
            torch.distributions.Categorical(logits=x, validate_args=False),
            torch.distributions.Categorical(y, validate_args=False),
        )
        found = torch.distributions.kl_divergence(p, q)
        return p.log_prob(torch.tensor([2, 0])), p.entropy(), q.log_prob(torch.tensor(1)), q.entropy(), found

    def bernoulli(torch, x, y):
        p, q = (
            torch.distributions.Bernoulli(logits=x, validate_args=False),
            torch.distributions.Bernoulli(y / 2, validate_args=False),
        )
        ones = torch.tensor([1.0, 0.0, 1.0])
        return p.log_prob(ones), p.entropy(), p.mean, p.variance, q.log_prob(ones), q.entropy()

    def uniform(torch, x, y):
        p = torch.distributions.Uniform(x, x + y, False)
        return p.log_prob((x + 0.125).detach()), p.entropy(), p.mean, p.variance

    for program in (normal, categorical, bernoulli, uniform):
        same(program, x, y)


def test_rsample_has_the_gradient_of_its_formula():
    loc, scale = minigrad.tensor(1.0, requires_grad=True), minigrad.tensor(2.0, requires_grad=True)
    z = minigrad.distributions.Normal(loc, scale).rsample((4,))
    z.sum().backward()
    assert loc.grad == 4
    assert abs(scale.grad - ((z.detach() - 1) / 2).sum()) < 1e-5  # four differences of numbers below 16


ERRORS = [
    *(lambda t, text=text: made(t, text) for text in ALL),
    *(lambda t, text=text: (made(t, text).batch_shape, made(t, text).event_shape) for text in ALL),
    lambda t: t.distributions.Normal(0.0, -1.0),
    lambda t: t.distributions.Normal(t.tensor([0.0, 1.0]), t.tensor([1.0, 0.0])),
    lambda t: t.distributions.Uniform(1.0, 0.0),
    lambda t: t.distributions.Bernoulli(1.5),
    lambda t: t.distributions.Bernoulli(),
    lambda t: t.distributions.Bernoulli(0.5, 0.5),
    lambda t: t.distributions.Categorical(),
    lambda t: t.distributions.Categorical(t.tensor(1.0)),
    lambda t: t.distributions.Categorical(t.ones(3)).log_prob(t.tensor(3)),
    lambda t: t.distributions.Bernoulli(0.5).log_prob(t.tensor(0.5)),
    lambda t: t.distributions.Bernoulli(0.5).log_prob(1),
    lambda t: t.distributions.Categorical(t.tensor([0.2, 0.5, 0.3])).mode,
    lambda t: t.distributions.kl_divergence(
        t.distributions.Bernoulli(0.5), t.distributions.Categorical(t.ones(2))
    ),
]


@for_every(ERRORS)
def test_texts_and_errors(program):
    tells_the_same(program)
