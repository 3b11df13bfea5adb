"""Learning rates that change while a model trains.   torch: torch/optim/lr_scheduler.py

    scheduler = StepLR(optimizer, step_size=30, gamma=0.1)
    for epoch in range(100):
        ...                 # optimizer.step(), once for each batch
        scheduler.step()    # once for each epoch, after the optimizer

base.py has the counting; factors.py the schedules that multiply the rate, annealing.py those that follow a curve,
plateau.py the one that looks at a metric, compound.py those that consist of others. As in PyTorch most compute the
next rate from the present one, not from the first: so several can act on one optimizer, and a rate that was changed by
hand stays changed. All of it is done with Python's floats, in PyTorch's order, so that every rate equals PyTorch's.
"""

from minigrad.optim.lr_scheduler.annealing import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    OneCycleLR,
)
from minigrad.optim.lr_scheduler.base import LRScheduler
from minigrad.optim.lr_scheduler.compound import ChainedScheduler, SequentialLR
from minigrad.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from minigrad.optim.lr_scheduler.plateau import ReduceLROnPlateau


class _LRScheduler(LRScheduler):
    """The base under its name in older programs."""


__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip
