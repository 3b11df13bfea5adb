"""Schedules that multiply the learning rate by a factor."""

from __future__ import annotations

import types
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from minigrad.optim.lr_scheduler.base import LRScheduler, Rate, rates
from minigrad.optim.optimizer import Optimizer


class Multiplied(LRScheduler):
    """lr ← lr·factor in each epoch; and lr = base_lr·product, if `step` is told the epoch."""

    def _factor(self) -> float | None:
        """The factor of this epoch; None if the rate stays."""
        raise NotImplementedError

    def _product(self) -> float:
        """The product of the factors up to this epoch, in closed form."""
        raise NotImplementedError

    def _rates(self) -> list[Rate]:
        factor = self._factor()
        if factor is None:
            return rates(self.optimizer)
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> list[Rate]:
        return [base_lr * self._product() for base_lr in self.base_lrs]


class StepLR(Multiplied):
    """lr ← lr·gamma, every step_size epochs.   torch: torch.optim.lr_scheduler.StepLR"""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float | None:
        return self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else None

    def _product(self) -> float:
        return self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(Multiplied):
    """lr ← lr·gamma, at each of the milestones.   torch: torch.optim.lr_scheduler.MultiStepLR"""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float | None:
        if self.last_epoch not in self.milestones:
            return None
        return self.gamma ** self.milestones[self.last_epoch]

    def _product(self) -> float:
        return self.gamma ** bisect_right(sorted(self.milestones.elements()), self.last_epoch)


class ExponentialLR(Multiplied):
    """lr ← lr·gamma, in every epoch.   torch: torch.optim.lr_scheduler.ExponentialLR"""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float | None:
        return None if self._is_initial else self.gamma

    def _product(self) -> float:
        return self.gamma**self.last_epoch


class ConstantLR(Multiplied):
    """base_lr·factor, and from epoch total_iters on base_lr.   torch: torch.optim.lr_scheduler.ConstantLR

    Raises ValueError if factor is not between 0 and 1.
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float | None:
        if self.last_epoch == 0:
            return self.factor
        return 1.0 / self.factor if self.last_epoch == self.total_iters else None

    def _product(self) -> float:
        return self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)


class LinearLR(Multiplied):
    """From base_lr·start_factor to base_lr·end_factor, by equal steps in total_iters epochs.

    Raises ValueError if start_factor is not above 0 and at most 1, or if end_factor is not between 0 and 1.
    torch: torch.optim.lr_scheduler.LinearLR.
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float | None:
        if self.last_epoch == 0:
            return self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return None
        growth = self.end_factor - self.start_factor
        return 1.0 + growth / (self.total_iters * self.start_factor + (self.last_epoch - 1) * growth)

    def _product(self) -> float:
        growth = self.end_factor - self.start_factor
        return self.start_factor + growth * min(self.total_iters, self.last_epoch) / self.total_iters


class PolynomialLR(Multiplied):
    """base_lr·(1 - epoch/total_iters)^power, and then 0.   torch: torch.optim.lr_scheduler.PolynomialLR"""

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float | None:
        if self._is_initial or self.last_epoch > self.total_iters:
            return None
        now, before = (1.0 - epoch / self.total_iters for epoch in (self.last_epoch, self.last_epoch - 1))
        return (now / before) ** self.power

    def _product(self) -> float:
        return (1.0 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power


class LambdaLR(LRScheduler):
    """base_lr·f(epoch), where f is lr_lambda, or for each group one of a list.

    Raises ValueError if the list has another length than the groups. Functions are not in the state dict; of other
    callables their attributes are.
    torch: torch.optim.lr_scheduler.LambdaLR.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        groups = len(optimizer.param_groups)
        if not isinstance(lr_lambda, (list, tuple)):
            lr_lambda = [lr_lambda] * groups
        elif len(lr_lambda) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
        self.lr_lambdas: list[Callable[[int], float]] = list(lr_lambda)
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base_lr * function(self.last_epoch) for base_lr, function in pairs]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and the functions."""
        kept = [None if isinstance(f, types.FunctionType) else f.__dict__.copy() for f in self.lr_lambdas]
        return super().state_dict() | {"lr_lambdas": kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes that state_dict() returned."""
        functions = self.lr_lambdas
        for function, kept in zip(functions, state_dict["lr_lambdas"], strict=False):
            if kept is not None:
                function.__dict__.update(kept)
        super().load_state_dict({**state_dict, "lr_lambdas": functions})


class MultiplicativeLR(LambdaLR):
    """lr ← lr·f(epoch), where f is lr_lambda, or for each group one of a list.

    Raises ValueError if the list has another length than the groups, TypeError if an item cannot be called.
    torch: torch.optim.lr_scheduler.MultiplicativeLR.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        for function in lr_lambda if isinstance(lr_lambda, (list, tuple)) else [lr_lambda]:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, lr_lambda, last_epoch)

    def _rates(self) -> list[Rate]:
        if self._is_initial:
            return rates(self.optimizer)
        pairs = zip(self.optimizer.param_groups, self.lr_lambdas, strict=True)
        return [group["lr"] * function(self.last_epoch) for group, function in pairs]
