"""SGD: every option, bit for bit where nothing rounds; state, groups, texts and refusals beside torch's."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from both import assert_same_refusal, assert_same_text
from hypothesis import given
from hypothesis import strategies as st
from test_nn import model

import minigrad
from sidebyside.identity import same_bits


@dataclass(frozen=True)
class Bound:
    """A set of numbers: multiples of 2⁻ᵉ, at most m in magnitude. Exact in p bits while m·2ᵉ ≤ 2ᵖ, in any order."""

    e: int
    m: float

    def __add__(self, other):
        return Bound(max(self.e, other.e), self.m + other.m)

    def __mul__(self, other):
        return Bound(self.e + other.e, self.m * other.m)

    def sum(self, n):
        return Bound(self.e, self.m * n)

    @property
    def bits(self):
        return np.log2(self.m) + self.e


D, H, C, N, STEPS = 4, 3, 2, 2, 3
GRID, MOST = 4, 2  # parameters are multiples of 2⁻⁴ up to 2; after each step they are put back on this grid


def bits_needed():
    """The most that any intermediate of a step needs, over the options below: a theorem about the strategy."""
    x, w, t, option = (
        Bound(1, 2),
        Bound(GRID, MOST),
        Bound(1, 2),
        Bound(2, 1),
    )  # an option is a multiple of 2⁻²
    h = (x * w).sum(D) + w
    y = (h * w).sum(H) + w
    dy = (y + t) * Bound(0, 2)
    dh = (dy * w).sum(C)
    grads = [(dy * h).sum(N), dy.sum(N), (dh * x).sum(N), dh.sum(N)]
    needed = [((y + t) * (y + t)).sum(N * C).bits]
    for grad in grads:
        g = buffer = grad + option * w
        for _ in range(STEPS):
            buffer = option * buffer + option * g
        step = w + option * (g + option * buffer)
        needed += [buffer.bits, step.bits]
    return max(needed)


def network(t, values):
    x, target, w1, b1, w2, b2 = (t.from_numpy(v.copy()) for v in values)
    parameters = [p.requires_grad_() for p in (w1, b1, w2, b2)]

    def loss():
        h = t.relu(t.nn.functional.linear(x, w1, b1))
        d = t.nn.functional.linear(h, w2, b2) - target
        return (d * d).sum()

    return parameters, loss


SHAPES = ((N, D), (N, C), (H, D), (H,), (C, H), (C,))


@st.composite
def values(draw):
    def dyadic(shape, e):
        n = int(np.prod(shape))
        flat = draw(st.lists(st.integers(-(MOST << e), MOST << e), min_size=n, max_size=n))
        return np.array(flat, np.float64).reshape(shape) / 2**e

    return [dyadic(shape, 1 if i < 2 else GRID) for i, shape in enumerate(SHAPES)]


OPTIONS = [
    {"lr": lr, "momentum": m, "dampening": d, "weight_decay": wd, "nesterov": nesterov, "maximize": maximize}
    for lr, m, d, wd, nesterov, maximize in itertools.product(
        (0.5, 0.25), (0, 0.75), (0, 0.25), (0, 0.5), (False, True), (False, True)
    )
    if not nesterov or (m and not d)
]


@given(values(), st.sampled_from(OPTIONS), st.sampled_from([None, True]))
def test_every_option_is_torchs_bit_for_bit(drawn, options, foreach):
    assert bits_needed() <= 53
    runs = []
    for t in (minigrad, torch):
        parameters, loss = network(t, drawn)
        runs.append((t, parameters, loss, t.optim.SGD(parameters, foreach=foreach, **options)))
    for _ in range(STEPS):
        seen = []
        for _, parameters, loss, sgd in runs:
            sgd.zero_grad()
            value = loss()
            value.backward()
            grads = [p.grad.numpy().copy() for p in parameters]
            sgd.step()
            seen.append([value.detach().numpy(), *grads, *(p.detach().numpy().copy() for p in parameters)])
            for p in parameters:  # the same elementwise steps on both sides
                p.detach().numpy()[...] = np.clip(
                    np.rint(p.detach().numpy() * 2**GRID) / 2**GRID, -MOST, MOST
                )
        for ours, theirs in zip(*seen, strict=True):
            assert same_bits(ours, theirs)


@pytest.mark.parametrize(
    "program",
    [
        lambda t: repr(t.optim.SGD(model(t).parameters(), lr=0.1, momentum=0.9)),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1).state_dict(),
        lambda t: t.optim.SGD(
            [
                {"params": list(model(t).fc1.parameters()), "lr": 0.5},
                {"params": list(model(t).fc2.parameters())},
            ],
            lr=0.1,
        ).state_dict(),
        lambda t: repr(t.optim.SGD(model(t).named_parameters(), lr=0.1).param_groups[0]["param_names"]),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1, differentiable=True).step(),
        lambda t: len(state_after_steps(t)["state"]),
        lambda t: [v["momentum_buffer"].tolist() for v in state_after_steps(t)["state"].values()],
        lambda t: state_after_steps(t)["param_groups"],
        lambda t: resumed(t),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1).step(),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1).step(lambda: 7),
        lambda t: list(
            t.optim.SGD([{"params": model(t).fc1.parameters(), "mine": 1}], lr=0.1).param_groups[0]
        ),
    ],
)
def test_text(program):
    assert_same_text(program)


def state_after_steps(t):
    p = t.nn.Parameter(t.tensor([1.0, 2.0]))
    sgd = t.optim.SGD([p], lr=0.5, momentum=0.5)
    for _ in range(2):
        p.grad = t.tensor([1.0, -1.0])
        sgd.step()
    return sgd.state_dict()


def resumed(t):
    p = t.nn.Parameter(t.tensor([1.0, 2.0]))
    sgd = t.optim.SGD([p], lr=9.0, momentum=0.25)
    sgd.load_state_dict(state_after_steps(t))
    p.grad = t.tensor([1.0, -1.0])
    sgd.step()
    return p.tolist(), sgd.param_groups[0]["lr"]


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.optim.SGD(model(t).parameters(), lr=-0.1),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1, momentum=-1),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1, weight_decay=-1),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1, nesterov=True),
        lambda t: t.optim.SGD(model(t).parameters(), lr=t.tensor([0.1, 0.2])),
        lambda t: t.optim.SGD([], lr=0.1),
        lambda t: t.optim.SGD(t.zeros(2), lr=0.1),
        lambda t: t.optim.SGD([t.ones(2, requires_grad=True) * 2], lr=0.1),
        lambda t: t.optim.SGD([1], lr=0.1),
        lambda t: t.optim.SGD([{"params": (p := list(model(t).parameters()))}, {"params": p}], lr=0.1),
        lambda t: t.optim.SGD(model(t).parameters, lr=0.1),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1, fused=True, foreach=True),
        lambda t: t.optim.SGD(model(t).parameters(), lr=0.1).load_state_dict(
            t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.1).state_dict()
        ),
    ],
)
def test_refusal(program):
    assert_same_refusal(program)


def test_groups_have_options_of_their_own():
    a, b = (minigrad.nn.Parameter(minigrad.zeros(1)) for _ in range(2))
    sgd = minigrad.optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.25}], lr=0.5)
    for p in (a, b):
        p.grad = minigrad.ones(1)
    sgd.step()
    assert (a.item(), b.item()) == (-0.5, -0.25)


def test_a_parameter_without_gradient_is_left_alone():
    p = minigrad.nn.Parameter(minigrad.ones(1))
    minigrad.optim.SGD([p], lr=1.0, weight_decay=0.5).step()
    assert p.item() == 1
    assert p._version == 0


def test_a_step_between_forward_and_backward_is_noticed():
    p = minigrad.nn.Parameter(minigrad.ones(2))
    sgd = minigrad.optim.SGD([p], lr=1.0)
    loss = (p * p).sum()
    p.grad = minigrad.ones(2)
    sgd.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_zero_grad():
    p = minigrad.nn.Parameter(minigrad.ones(1))
    sgd = minigrad.optim.SGD([p], lr=1.0)
    p.grad = grad = minigrad.ones(1)
    sgd.zero_grad(set_to_none=False)
    assert p.grad is grad
    assert grad.item() == 0
    sgd.zero_grad()
    assert p.grad is None
