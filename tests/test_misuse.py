"""Misuse of the engine: PyTorch's exception, and its first sentence."""

import copy

import numpy as np
import pytest
import torch
from both import before_the_advice, failure, leaf, own

import minigrad

pytestmark = pytest.mark.usefixtures("recording_stays_on")


def changed_after_it_was_saved(torch, change, f=lambda y: y * y):
    x = leaf(torch)
    y = x + 1
    z = f(y)
    change(y, z)
    z.sum().backward()


def changed_before_the_second_derivative(torch):
    x = leaf(torch)
    y = x * 1
    (dx,) = torch.autograd.grad((y * y * y).sum(), x, create_graph=True)
    y.add_(1)
    dx.sum().backward()


def twice(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward()
    y.backward()


def step_between(torch):
    w, x = leaf(torch), leaf(torch)
    z = (w * x).sum()
    with torch.no_grad():
        w -= 1
    z.backward()


def wrong_number(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, dz):
            return dz

    Bad.apply(leaf(torch), leaf(torch)).sum().backward()


def wrong_shape(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sum()

        @staticmethod
        def backward(ctx, dz):
            return torch.ones(3)

    Bad.apply(leaf(torch)).backward()


def no_backward(torch):
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

    Half.apply(leaf(torch)).sum().backward()


def no_forward(torch):
    class Empty(torch.autograd.Function):
        pass

    Empty.apply(leaf(torch))


def square(torch):
    """A Function that saves its input."""
    return own(
        torch,
        lambda ctx, x: (ctx.save_for_backward(x), x * x)[1],
        lambda ctx, dz: 2 * ctx.saved_tensors[0] * dz,
    )


def function_twice(torch):
    z = square(torch).apply(leaf(torch)).sum()
    z.backward()
    z.backward()


def function_changed(torch):
    y = leaf(torch) * 1
    z = square(torch).apply(y).sum()
    y.add_(1)
    z.backward()


MISUSE = {
    "backward twice": twice,
    "no gradient for many elements": lambda torch: (leaf(torch) * 2).backward(),
    "gradient of a wrong shape": lambda torch: (leaf(torch) * 2).backward(torch.ones(3)),
    "gradient is not broadcast": lambda torch: (leaf(torch) * 2).backward(torch.tensor(1.0)),
    "nothing requires grad": lambda torch: torch.ones(1).backward(),
    "grad of many elements": lambda torch: torch.autograd.grad(leaf(torch) * 2, leaf(torch)),
    "integers require grad": lambda torch: torch.tensor([1, 2], requires_grad=True),
    "integers require grad later": lambda torch: torch.tensor([1, 2]).requires_grad_(),
    "flag of a computed tensor": lambda torch: setattr(leaf(torch) * 2, "requires_grad", False),
    "grad unused": lambda torch: torch.autograd.grad(leaf(torch).sum(), leaf(torch)),
    "grad of what requires none": lambda torch: torch.autograd.grad(leaf(torch).sum(), torch.ones(2)),
    "backward into nothing": lambda torch: leaf(torch).sum().backward(inputs=[]),
    "retain_grad without grad": lambda torch: torch.ones(2).retain_grad(),
    "hook without grad": lambda torch: torch.ones(2).register_hook(print),
    "post hook without grad": lambda torch: torch.ones(2).register_post_accumulate_grad_hook(print),
    "post hook on a computed tensor": lambda torch: (leaf(torch) * 2).register_post_accumulate_grad_hook(print),
    "grad of a wrong shape": lambda torch: setattr(leaf(torch), "grad", torch.ones(3)),
    "grad of a wrong type": lambda torch: setattr(leaf(torch), "grad", np.ones(2)),
    "grad of a wrong dtype": lambda torch: setattr(leaf(torch), "grad", torch.ones(2, dtype=torch.float64)),
    "numpy of what requires grad": lambda torch: leaf(torch).numpy(),
    "deepcopy of a computed tensor": lambda torch: copy.deepcopy(leaf(torch) * 2),
    "leaf add_": lambda torch: leaf(torch).add_(1),
    "leaf +=": lambda torch: leaf(torch).__iadd__(1),
    "leaf zero_": lambda torch: leaf(torch).zero_(),
    "leaf fill_": lambda torch: leaf(torch).fill_(1.0),
    "leaf copy_": lambda torch: leaf(torch).copy_(torch.ones(2)),
    "leaf setitem": lambda torch: leaf(torch).__setitem__(0, 1.0),
    "leaf setitem whole": lambda torch: leaf(torch).__setitem__(slice(None), 1.0),
    "leaf setitem ...": lambda torch: leaf(torch).__setitem__(..., 1.0),
    "leaf setitem mask": lambda torch: leaf(torch).__setitem__(torch.tensor([True, False]), 1.0),
    "view of a leaf": lambda torch: leaf(torch).view(2).mul_(2),
    "view of a view of a leaf": lambda torch: leaf(torch).view(2)[1:].mul_(2),
    "saved for the second derivative changed": changed_before_the_second_derivative,
    "saved input changed": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y.add_(1)),
    "saved output changed": lambda torch: changed_after_it_was_saved(torch, lambda y, z: z.add_(1), lambda y: y.exp()),
    "saved changed through a view": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y[0].mul_(2)),
    "saved changed by setitem": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y.__setitem__(0, 2.0)),
    "saved changed through detach": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y.detach().mul_(2)),
    "saved view changed through its base": lambda torch: changed_after_it_was_saved(
        torch, lambda y, z: y.mul_(2), lambda y: y[:] * y[:]
    ),
    "weights stepped between forward and backward": step_between,
    "in place of another shape": lambda torch: (leaf(torch) * 1).add_(torch.ones(2, 2)),
    "in place of another type": lambda torch: torch.tensor([1, 2]).add_(0.5),
    "in place of an expanded tensor": lambda torch: torch.ones(1).expand(3).add_(1),
    "detach_ of a view": lambda torch: (leaf(torch) * 1)[0].detach_(),
    "Function: wrong number": wrong_number,
    "Function: wrong shape": wrong_shape,
    "Function: no backward": no_backward,
    "Function: no forward": no_forward,
    "Function: backward twice": function_twice,
    "Function: saved changed": function_changed,
    "grad is not a tensor": lambda torch: leaf(torch).sum().backward(2.0),
    "gradcheck without inputs": lambda torch: torch.autograd.gradcheck(lambda x: x * 2, (torch.ones(2),)),
}  # fmt: skip


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_raises_torchs_type_and_before_the_advice(name):
    ours, theirs = failure(MISUSE[name], minigrad), failure(MISUSE[name], torch)
    assert type(ours) is type(theirs), ours
    assert before_the_advice(str(ours)) == before_the_advice(str(theirs))


def test_a_call_by_keyword_that_fitted_lets_no_wrong_one_pass():
    x = minigrad.ones(2, 3)
    for _ in range(2):
        assert x.sum(dim=1, keepdim=True).shape == (2, 1)
        assert x.sum(axis=1).shape == (2,)
        assert x.clamp(min=np.float64(2)).tolist() == [[2, 2, 2]] * 2
        with pytest.raises(TypeError, match="argument 'dim' must be tuple of ints, not float"):
            x.sum(dim=1.0, keepdim=True)
        with pytest.raises(TypeError, match="argument 'keepdim' must be bool, not int"):
            x.sum(dim=1, keepdim=1)
        with pytest.raises(TypeError, match="unexpected keyword argument 'keepdims_'"):
            x.sum(dim=1, keepdims_=True)
        with pytest.raises(IndexError, match="Dimension out of range"):
            x.sum(dim=7, keepdim=True)
