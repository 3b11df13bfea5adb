"""The solution of exercises/13_no_grad.py"""

import minigrad as torch

library = "minigrad.train:manual", "minigrad.optim.sgd:SGD._update"


def step(w, lr):
    """Move the tensor w itself by -lr·w.grad. Autograd records nothing of it."""
    with torch.no_grad():
        w -= lr * w.grad


def test_the_tensor_moves():
    """The tensor moves"""
    w = torch.tensor([2.0, 4.0], requires_grad=True)
    (w * w).sum().backward()
    step(w, lr=0.25)
    wrong = {
        (2.0, 4.0): "w has not changed: w = w - ... makes another tensor, w -= ... changes this one",
        (3.0, 6.0): "the step goes uphill: subtract it",
        (-2.0, -4.0): "lr is missing: the step is lr times the gradient",
    }
    found = tuple(w.tolist())
    assert found == (1.0, 2.0), wrong.get(found, f"w is {found}; (2, 4) - 0.25·(4, 8) = (1, 2) is right")


def test_the_tensor_is_a_weight_as_before():
    """The tensor is a weight as before"""
    w = torch.tensor([2.0, 4.0], requires_grad=True)
    (w * w).sum().backward()
    step(w, lr=0.25)
    assert w.requires_grad, "w wants no gradient any more: leave requires_grad alone and use torch.no_grad()"
    w.grad = None
    (w * w).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0], "the next gradient of w is wrong: the step must not be recorded"
