"""The losses of fewer programs: what torch refuses and warns of, the shapes they take, and compositions' bits."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad
from sidebyside.exchange import minigrad_kernels

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
Y = [2, 0, 1, 1]

PROGRAMS = [
    lambda t, F, x: F.multi_margin_loss(x[None], t.tensor(Y)),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor([0])),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor([0, 1, 3, 0])),
    lambda t, F, x: F.multi_margin_loss(x, t.ones(4)),
    lambda t, F, x: F.multi_margin_loss(x.int(), t.tensor(Y)),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor(Y), weight=t.ones(2)),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor(Y), weight=t.ones(3, 1)),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor(Y), weight=t.ones(3).double()),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor(Y), p=3),
    lambda t, F, x: F.multi_margin_loss(x, t.tensor(Y), reduction="most"),
    lambda t, F, x: F.multi_margin_loss(t.ones(3), t.tensor(1), reduction="none"),
    lambda t, F, x: F.multi_margin_loss(t.ones(3), t.tensor([1]), reduction="none"),
    lambda t, F, x: F.multilabel_margin_loss(x[None], t.ones(1, 4, 3).long()),
    lambda t, F, x: F.multilabel_margin_loss(x, t.ones(4, 2).long()),
    lambda t, F, x: F.multilabel_margin_loss(x, t.ones(4, 3)),
    lambda t, F, x: F.multilabel_margin_loss(x, t.full((4, 3), 3)),
    lambda t, F, x: F.multilabel_margin_loss(x.int(), t.ones(4, 3).long()),
    lambda t, F, x: F.multilabel_margin_loss(t.ones(3), t.tensor([0, -1, 1]), reduction="none"),
    lambda t, F, x: F.multilabel_margin_loss(t.ones(2, 4), t.tensor([[0, 0, -1, 1], [3, 1, 2, 0]]), reduction="none"),
    lambda t, F, x: F.soft_margin_loss(x.int(), x),
    lambda t, F, x: F.soft_margin_loss(x, t.ones(2)),
    lambda t, F, x: F.soft_margin_loss(x[0], x),
    lambda t, F, x: F.soft_margin_loss(x, t.ones(3, requires_grad=True)),
    lambda t, F, x: F.hinge_embedding_loss(x.int(), t.ones(3)),
    lambda t, F, x: F.hinge_embedding_loss(t.tensor([0.5, 2.0]), -t.ones(1), 2, reduction="none"),
    lambda t, F, x: F.cosine_embedding_loss(t.ones(3), t.ones(3), t.ones(1)),
    lambda t, F, x: F.cosine_embedding_loss(x, x, t.ones(4, 1)),
    lambda t, F, x: F.cosine_embedding_loss(x, x, t.tensor(1.0)),
    lambda t, F, x: F.margin_ranking_loss(t.ones(3), t.ones(3, 1), t.ones(3)),
    lambda t, F, x: F.triplet_margin_loss(t.ones(3), t.ones(3, 1), t.ones(3)),
    lambda t, F, x: F.triplet_margin_loss(x, x, x, margin=0),
    lambda t, F, x: t.nn.TripletMarginLoss(margin=-1),
    lambda t, F, x: t.nn.TripletMarginWithDistanceLoss(margin=0),
    lambda t, F, x: F.triplet_margin_with_distance_loss(x, x, x, reduction="most"),
    lambda t, F, x: F.pairwise_distance(t.ones(2, 3), t.zeros(3), p=float("inf"), keepdim=True, eps=0),
    lambda t, F, x: F.pairwise_distance(x, t.ones(4)),
    lambda t, F, x: F.gaussian_nll_loss(x, x, -t.ones(4, 3)),
    lambda t, F, x: F.gaussian_nll_loss(x, x, t.ones(2)),
    lambda t, F, x: F.gaussian_nll_loss(x, x, -1.0),
    lambda t, F, x: F.gaussian_nll_loss(x, x, t.ones(4), reduction="most"),
    lambda t, F, x: F.poisson_nll_loss(x, x, reduction="most"),
    lambda t, F, x: F.multilabel_soft_margin_loss(x, x, reduction="most"),
    lambda t, F, x: F.hinge_embedding_loss(t.zeros(2), t.ones(2), size_average=False),
    lambda t, F, x: t.nn.MultiMarginLoss(weight=t.ones(1, 1)),
    lambda t, F, x: t.nn.MultiMarginLoss(p=2, weight=t.ones(3)).state_dict(),
    lambda t, F, x: (t.nn.PairwiseDistance(), t.nn.GaussianNLLLoss(full=True), t.nn.TripletMarginWithDistanceLoss()),
]  # fmt: skip


@for_every(PROGRAMS)
def test_programs(program):
    tells_the_same(lambda t: program(t, t.nn.functional, t.from_numpy(X)))


SIGNS = [1.0, -1.0, 1.0, -1.0]
LOSSES = {
    "triplet": lambda t, F, x, y, z: F.triplet_margin_loss(x, y, z, p=3, reduction="none"),
    "triplet-swap": lambda t, F, x, y, z: F.triplet_margin_loss(x, y, z, swap=True),
    "triplet-distance": lambda t, F, x, y, z: t.nn.TripletMarginWithDistanceLoss(swap=True)(x, y, z),
    "cosine": lambda t, F, x, y, z: F.cosine_embedding_loss(x, y, t.tensor(SIGNS, dtype=x.dtype), -0.5),
    "ranking": lambda t, F, x, y, z: F.margin_ranking_loss(x, y, z, 0.25),
    "hinge": lambda t, F, x, y, z: F.hinge_embedding_loss(x, t.tensor(SIGNS)[:, None]),
    "soft": lambda t, F, x, y, z: F.soft_margin_loss(x * y, z.detach()),
    "multi": lambda t, F, x, y, z: F.multi_margin_loss(x * y, t.tensor(Y), reduction="none"),
    "multi-squares": lambda t, F, x, y, z: F.multi_margin_loss(x, t.tensor(Y), 2, 0.5, z[0].detach().abs()),
    "multilabel": lambda t, F, x, y, z: F.multilabel_margin_loss(x, t.tensor([[0, 2, -1], [1, -1, 0]] * 2)),
    "multilabel-soft": lambda t, F, x, y, z: F.multilabel_soft_margin_loss(x, y, z),
    "poisson": lambda t, F, x, y, z: F.poisson_nll_loss(x, y.exp() * 4, full=True),
    "poisson-means": lambda t, F, x, y, z: F.poisson_nll_loss(
        x.exp(), y.exp() * 4, log_input=False, full=True
    ),
    "gaussian": lambda t, F, x, y, z: F.gaussian_nll_loss(x, y, z.exp(), full=True),
}


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_on_exchanged_kernels_the_gradients_have_the_same_bits(name, kind):
    """The graph too: the order in which gradients are added up is torch's."""

    def gradients(t):
        x, y, z = (t.from_numpy(X.astype(kind) * c + c).requires_grad_() for c in (1, 0.5, -0.75))
        loss = LOSSES[name](t, t.nn.functional, x, y, z)
        loss.sum().backward()
        return loss.detach().tolist(), [
            each.grad if each.grad is None else each.grad.tolist() for each in (x, y, z)
        ]

    with minigrad_kernels():
        theirs = gradients(torch)
    assert gradients(minigrad) == theirs
