"""grid_sample and affine_grid, bilinear, max_unpool, ctc_loss, nn.Buffer: as in PyTorch."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad


def multiples(t, *shape):
    """Multiples of 1/4, of which no sum and few products round."""
    return t.tensor((np.arange(np.prod(shape)) * 7 % 11 / 4 - 1.25).reshape(shape).tolist())


def gradients(t, program, *inputs):
    """The value, and the gradients of the sum of its square."""
    inputs = [x.double().requires_grad_() for x in inputs]
    z = program(*inputs)
    z.square().sum().backward()
    return z.detach() + 0.0, [x.grad + 0.0 for x in inputs]  # -0.0 counts as 0.0


def sampled_at(t, **options):
    """Points inside, outside, at pixels and between them; 4 pixels of [-1, 1] and powers of 2 lose nothing."""
    grid = t.tensor([-1.75, -1.0, -0.5, -0.375, 0.0, 0.25, 0.5, 1.0, 1.25, 3.5]).double()
    points = t.stack(t.meshgrid(grid, grid, indexing="ij"), -1).unsqueeze(0)
    return gradients(
        t, lambda x, p: t.nn.functional.grid_sample(x, p, **options), multiples(t, 1, 2, 4, 4), points
    )


def volumes(t, mode):
    points = multiples(t, 1, 2, 2, 2, 3) / 2
    return gradients(
        t,
        lambda x, p: t.nn.functional.grid_sample(x, p, mode, align_corners=False),
        multiples(t, 1, 1, 2, 4, 2),
        points,
    )


class Buffers:
    """A module with buffers of both kinds."""

    def __new__(cls, t):
        class Made(t.nn.Module):
            def __init__(self):
                super().__init__()
                self.kept = t.nn.Buffer(t.ones(2))
                self.other = t.nn.Buffer(t.zeros(1), persistent=False)
                self.plain = t.ones(1)

        return Made()


EXACT = [
    lambda t: sampled_at(t, align_corners=False),
    lambda t: sampled_at(t, mode="nearest", align_corners=False),
    lambda t: sampled_at(t, padding_mode="border", align_corners=False),
    lambda t: sampled_at(t, padding_mode="reflection", align_corners=False),
    lambda t: sampled_at(t, padding_mode="border", mode="nearest", align_corners=False),
    lambda t: volumes(t, "bilinear"),
    lambda t: volumes(t, "nearest"),
    lambda t: gradients(
        t, lambda x: t.nn.functional.affine_grid(x, (2, 1, 3, 5), align_corners=True), multiples(t, 2, 2, 3)
    ),
    lambda t: t.nn.functional.affine_grid(multiples(t, 1, 3, 4), (1, 1, 2, 1, 4), align_corners=False),
    lambda t: t.nn.functional.affine_grid(multiples(t, 1, 2, 3), (1, 1, 2, 4)),
    lambda t: t.nn.functional.affine_grid(t.ones(1, 2, 2), (1, 1, 2, 2)),
    lambda t: t.nn.functional.affine_grid(t.ones(1, 2, 3), (1, 1, 0, 2)),
    lambda t: t.nn.functional.grid_sample(t.ones(1, 1, 3, 3), t.zeros(1, 2, 2, 2), mode="cubic"),
    lambda t: t.nn.functional.grid_sample(t.ones(2, 1, 3, 3), t.zeros(1, 2, 2, 2), align_corners=True),
    lambda t: t.nn.functional.grid_sample(t.ones(1, 1, 3, 3), t.zeros(1, 2, 2, 2).double(), align_corners=True),
    lambda t: gradients(t, t.nn.functional.bilinear, *(multiples(t, *n) for n in ((2, 3), (2, 2), (4, 3, 2), (4,)))),
    lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(3, 4), t.ones(5, 3, 4)),
    lambda t: (t.manual_seed(3), t.nn.Bilinear(2, 3, 2), [*t.nn.Bilinear(2, 3, 2).parameters()])[1:],
    lambda t: t.nn.Bilinear(0, 3, 2),
    lambda t: gradients(
        t, lambda x: t.nn.MaxUnpool2d(2)(*t.nn.MaxPool2d(2, return_indices=True)(x)), multiples(t, 1, 1, 4, 4)
    ),
    lambda t: t.nn.MaxUnpool1d(2)(*t.nn.MaxPool1d(2, return_indices=True)(multiples(t, 1, 5)), output_size=(1, 1, 5)),
    lambda t: [t.nn.MaxUnpool1d(3, 2, 1), t.nn.MaxUnpool2d(2), t.nn.MaxUnpool3d((1, 2, 3))],
    lambda t: t.nn.functional.max_unpool2d(t.ones(1, 1, 2, 2), t.full((1, 1, 2, 2), 99), 2),
    lambda t: t.nn.functional.max_unpool2d(t.ones(1, 1, 2, 2), t.zeros(1, 1, 2, 2).long(), 2, output_size=(9, 9)),
    lambda t: t.nn.functional.ctc_loss(t.zeros(3, 1, 2), t.ones(1, 2).long(), (4,), (2,)),
    lambda t: t.nn.functional.ctc_loss(t.zeros(3, 1, 2), t.ones(1, 2).long(), (3,), (3,)),
    lambda t: t.nn.functional.ctc_loss(t.zeros(3, 1, 2), t.ones(1, 2).long(), (3,), (2,), blank=2),
    lambda t: t.nn.functional.ctc_loss(t.zeros(3, 1, 2), t.ones(1, 2).long(), (1,), (2,), 0, "none", True),
    lambda t: t.nn.CTCLoss(reduction="x")(t.zeros(3, 1, 2), t.ones(1, 2).long(), (3,), (2,)),
    lambda t: [list(Buffers(t).state_dict()), [name for name, _ in Buffers(t).named_buffers()], Buffers(t).kept],
    lambda t: [isinstance(x, t.nn.Buffer) for x in (Buffers(t).kept, Buffers(t).plain, t.ones(1))],
    lambda t: setattr(Buffers(t), "plain", t.nn.Buffer(t.ones(1))),
]  # fmt: skip


@for_every(EXACT)
def test_both_tell_the_same(program):
    tells_the_same(program)


@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_samples_with_their_corners_aligned_are_near(mode, padding):
    """Sums of at most 16 products of three factors below 10, in float64; their gradients too."""
    options = {"mode": mode, "padding_mode": padding, "align_corners": True}
    (ours, our_dx), (theirs, their_dx) = (sampled_at(t, **options) for t in (minigrad, torch))
    for one, other in zip((ours, *our_dx), (theirs, *their_dx), strict=True):
        assert np.allclose(one.numpy(), other.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_ctc_is_near_torchs(reduction):
    """Both add logarithms of at most 7 steps; a sequence that is too short has the loss 0 and no gradient."""
    numbers = np.random.default_rng(1).normal(size=(7, 4, 3))
    results = []
    for t in (minigrad, torch):
        x = t.from_numpy(numbers.copy()).requires_grad_()
        loss = t.nn.CTCLoss(reduction=reduction, zero_infinity=True)
        targets, lengths = t.tensor([1, 1, 2, 2, 1, 1, 1]), t.tensor([7, 5, 2, 7])
        z = loss(x.log_softmax(2), targets, lengths, t.tensor([3, 1, 3, 0]))
        z.sum().backward()
        results.append((z.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*results, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-12)
