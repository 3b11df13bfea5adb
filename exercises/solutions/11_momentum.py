"""The solution of exercises/11_momentum.py"""

from hypothesis import given

import minigrad as torch
from sidebyside.testing import dyadics

library = "minigrad.optim.sgd:SGD._with_momentum", "minigrad.optim.sgd:SGD._update"


def step(w, v, g, lr, momentum):
    """One step with the gradient g. Return the new w and the new v."""
    v = momentum * v + g
    w = w - lr * v
    return w, v


def test_one_step():
    """One step"""
    w, v = step(8.0, 8.0, 2.0, lr=0.25, momentum=0.5)
    wrong_v = {
        10.0: "v forgets nothing: multiply the old v by the momentum",
        4.5: "g is multiplied by lr in v: here lr belongs to the step of w",
        5.0: "g is multiplied by 1 - μ: PyTorch adds g as it is",
        2.0: "v is g alone: add the old v times the momentum",
    }
    wrong_w = {
        9.5: "the step goes uphill: subtract it",
        2.0: "lr is missing in the step of w",
        7.5: "w moves by g: it should move by v",
        6.0: "w moves by the old v: use the new one",
    }
    assert v == 6.0, wrong_v.get(v, f"v is {v}; 0.5·8 + 2 = 6 is right")
    assert w == 6.5, wrong_w.get(w, f"w is {w}; 8 - 0.25·6 = 6.5 is right")


@given(dyadics(5))
def test_steps_of_sgd(gradients):
    """Five steps, beside those of torch.optim.SGD"""
    parameter = torch.tensor(1.0, requires_grad=True)
    sgd = torch.optim.SGD([parameter], lr=0.25, momentum=0.5)
    w, v = 1.0, 0.0
    for i, g in enumerate(gradients.tolist(), start=1):
        w, v = step(w, v, g, lr=0.25, momentum=0.5)
        parameter.grad = torch.tensor(g)
        sgd.step()
        right = parameter.item()
        assert w == right, f"after {i} steps w is {w}, and SGD has {right}"
