"""LBFGS beside PyTorch's: on exchanged kernels every loss, every weight and every count is the same."""

import numpy as np
import pytest
import torch
from both import for_every, sampled, tells_the_same

import minigrad
from sidebyside.exchange import minigrad_kernels

pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor")  # PyTorch turns losses into floats

OPTIONS = [
    {},
    {"line_search_fn": "strong_wolfe"},
    {"lr": 0.1, "history_size": 3},
    {"lr": 0.5, "line_search_fn": "strong_wolfe", "max_iter": 7, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "max_eval": 3},
]


def run(t, options, dtype="float32", steps=3):
    """Fit two layers' weights; one weight has no gradient at all."""
    rng = np.random.default_rng(0)
    weights = [
        t.tensor(rng.standard_normal(shape).astype(dtype)).requires_grad_() for shape in ((3, 2), (2,), (1,))
    ]
    x, y = (t.tensor(rng.standard_normal(shape).astype(dtype)) for shape in ((20, 3), (20, 2)))
    optimizer = t.optim.LBFGS(weights, **options)

    def closure():
        optimizer.zero_grad()
        loss = ((x @ weights[0] + weights[1]).tanh() - y).square().mean()
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(steps)]
    state = optimizer.state[weights[0]]
    counts = state["func_evals"], state["n_iter"], float(state["t"]), len(state["old_dirs"])
    return losses, [w.detach().numpy().tobytes() for w in weights], counts, sorted(state.keys() - {"al"})


@pytest.mark.parametrize("options", sampled(OPTIONS), ids=str)
def test_every_step_is_the_same(options):
    with minigrad_kernels():
        assert run(minigrad, options) == run(torch, options)


def rosenbrock(t, **options):
    """Where a bracket has to be found and divided."""
    w = t.tensor([-1.5, 2.0], dtype=t.float64, requires_grad=True)
    optimizer = t.optim.LBFGS([w], line_search_fn="strong_wolfe", **options)

    def closure():
        optimizer.zero_grad()
        loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] * w[0]) ** 2
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach(), optimizer.state[w]["func_evals"]


def test_a_narrow_valley():
    with minigrad_kernels():
        tells_the_same(lambda t: rosenbrock(t, max_iter=20))


REFUSED = [
    lambda t: t.optim.LBFGS([t.ones(2, requires_grad=True)], lr=-1),
    lambda t: t.optim.LBFGS([t.ones(2, requires_grad=True)], lr=t.ones(2)),
    lambda t: t.optim.LBFGS([{"params": [t.ones(2, requires_grad=True)]}, {"params": [t.ones(1)]}]),
    lambda t: t.optim.LBFGS([]),
    lambda t: repr(t.optim.LBFGS([t.ones(2, requires_grad=True)])),
]


@for_every(REFUSED)
def test_what_is_refused(program):
    tells_the_same(program)
