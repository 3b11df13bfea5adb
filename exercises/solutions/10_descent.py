"""The solution of exercises/10_descent.py"""

import minigrad as torch

library = "minigrad.train:manual"


def fit(x, y, lr, steps):
    """The w of y ≈ w·x after some steps, from w = 0"""
    w = torch.tensor(0.0, requires_grad=True)
    for _ in range(steps):
        loss = ((w * x - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            w.grad = None
    return w.item()


x, y = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0])  # y = 2·x


def test_the_first_step():
    """The first step"""
    w = fit(x, y, lr=0.125, steps=1)
    wrong = {
        0.0: "w has not moved: write w -= ..., which changes w itself",
        -1.25: "the step goes uphill: subtract it",
        10.0: "lr is missing: the step is lr times the gradient",
    }
    assert w == 1.25, wrong.get(w, f"w is {w} after one step; 0 - 0.125·(-10) = 1.25 is right")


def test_the_second_step():
    """The second step"""
    w = fit(x, y, lr=0.125, steps=2)
    old = "the gradient of the first step is still in w.grad: set it to None in every step"
    assert w != 2.96875, old
    assert w == 1.71875, f"w is {w} after two steps; 1.25 - 0.125·(-3.75) = 1.71875 is right"
