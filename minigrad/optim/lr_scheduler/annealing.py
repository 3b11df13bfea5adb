"""Schedules that follow a curve: up, down, or round and round."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

from minigrad.optim.lr_scheduler.base import (
    LRScheduler,
    Rate,
    check_optimizer,
    for_each_group,
    put,
    rates,
)
from minigrad.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (base_lr - eta_min)·(1 + cos(π·epoch/T_max))/2: down half a wave, and up again.

    Each rate is computed from the one before: lr ← (1 + cos(π·t/T))/(1 + cos(π·(t - 1)/T))·(lr - eta_min) + eta_min.
    torch: torch.optim.lr_scheduler.CosineAnnealingLR; Loshchilov and Hutter, SGDR (2016), without its restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        t, T, low = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return rates(self.optimizer)
        if self._step_count == 1 and t > 0:
            return [low + (base_lr - low) * (1 + math.cos(t * math.pi / T)) / 2 for base_lr in self.base_lrs]
        groups = self.optimizer.param_groups
        if (t - 1 - T) % (2 * T) == 0:  # the rate before was eta_min, and its factor would be 0/0
            pairs = zip(self.base_lrs, groups, strict=True)
            return [
                group["lr"] + (base_lr - low) * (1 - math.cos(math.pi / T)) / 2 for base_lr, group in pairs
            ]
        factor = (1 + math.cos(math.pi * t / T)) / (1 + math.cos(math.pi * (t - 1) / T))
        return [factor * (group["lr"] - low) + low for group in groups]

    def _get_closed_form_lr(self) -> list[Rate]:
        return [_cosine(base_lr, self.eta_min, self.last_epoch, self.T_max) for base_lr in self.base_lrs]


def _cosine(high: Rate, low: float, t: float, T: float) -> Rate:
    """low + (high - low)·(1 + cos(π·t/T))/2"""
    return low + (high - low) * (1 + math.cos(math.pi * t / T)) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """lr = eta_min + (base_lr - eta_min)·(1 + cos(π·T_cur/T_i))/2: down half a wave, and again from the top.

    T_cur counts the epochs since the last restart. The first wave takes T_0 epochs, each further one T_mult times as
    many.
    Raises ValueError if T_0 or T_mult is not a positive int, or if eta_min is no number.
    torch: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts; Loshchilov and Hutter, SGDR (2016).
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        return [_cosine(base_lr, self.eta_min, self.T_cur, self.T_i) for base_lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to this one, which may be a fraction such as 3.5, and set the rates."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        self._set_rates()

    def _go_to(self, epoch: float) -> None:
        """Find the wave in which the epoch lies."""
        first, mult = self.T_0, self.T_mult
        if epoch < first:
            self.T_cur, self.T_i = epoch, first
        elif mult == 1:
            self.T_cur = epoch % first
        else:
            n = int(math.log((epoch / first * (mult - 1) + 1), mult))
            self.T_cur = epoch - first * (mult**n - 1) / (mult - 1)
            self.T_i = first * mult**n


def _start_momentum(
    scheduler: Any, base_momentum: Any, max_momentum: Any, fresh: bool
) -> tuple[list[Any], list[Any]]:
    """The base and the maximum of the momentum, or of β₁, for each group; a fresh training starts at the maximum.

    Raises ValueError if the optimizer has neither.
    """
    optimizer = scheduler.optimizer
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    scheduler.use_beta1 = "betas" in optimizer.defaults
    low = for_each_group("base_momentum", optimizer, base_momentum)
    high = for_each_group("max_momentum", optimizer, max_momentum)
    if fresh:
        for group, least, most in zip(optimizer.param_groups, low, high, strict=True):
            _put_momentum(scheduler, group, most)
            group["max_momentum"], group["base_momentum"] = most, least
    return low, high


def _put_momentum(scheduler: Any, group: dict[str, Any], momentum: Any) -> None:
    if scheduler.use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


class CyclicLR(LRScheduler):
    """lr = base_lr + (max_lr - base_lr)·height·scale: up in step_size_up steps, down in step_size_down, and again.

    The height goes from 0 to 1 and back. The scale is 1 in mode "triangular", ½ᶜ in "triangular2" at the c-th cycle,
    counted from 0, and gammaᵗ in "exp_range" at step t; or scale_fn of the cycle, counted from 1, or of the step
    (scale_mode "iterations"). With cycle_momentum the momentum, or β₁, goes from max_momentum down to base_momentum
    and back.
    Raises ValueError if the mode is unknown and there is no scale_fn; if the optimizer has no momentum to cycle; if a
    list has another length than the groups.
    torch: torch.optim.lr_scheduler.CyclicLR; Smith, Cyclical Learning Rates for Training Neural Networks (2015).
    """

    def __init__(
        self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000, step_size_down: int | None =
        None, mode: str = "triangular", gamma: float = 1.0, scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle", cycle_momentum: bool = True, base_momentum: Any = 0.8, max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.optimizer = check_optimizer(optimizer)
        base_lrs = for_each_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                put(group, "lr", lr)
        self.max_lrs = for_each_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode, self.gamma, self.scale_mode, self._scale_fn_custom = mode, gamma, scale_mode, scale_fn
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = _start_momentum(
                self, base_momentum, max_momentum, last_epoch == -1
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The scale at the cycle x, counted from 1, or at the step x."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return 1 / (2.0 ** (x - 1)) if self.mode == "triangular2" else 1.0

    def _rates(self) -> list[Rate]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momentums = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in momentums:
                _put_momentum(self, group, high - (high - low) * height * scale)
        return [
            low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer; of scale_fn its attributes, if it is no plain function."""
        function = self._scale_fn_custom
        kept = (
            None if function is None or isinstance(function, types.FunctionType) else function.__dict__.copy()
        )
        return super().state_dict() | {"_scale_fn_custom": kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes that state_dict() returned."""
        function, kept = self._scale_fn_custom, state_dict["_scale_fn_custom"]
        if kept is not None:
            function.__dict__.update(kept)
        super().load_state_dict({**state_dict, "_scale_fn_custom": function})


class OneCycleLR(LRScheduler):
    """Up from max_lr/div_factor to max_lr, and down to far below where it began: one cycle for the whole training.

    It takes total_steps, or epochs·steps_per_epoch; call step after every batch. The way up takes the share pct_start;
    the last rate is max_lr/div_factor/final_div_factor. With three_phase the way down first takes as long as the way
    up. Between these points the rate follows half a cosine, or a line (anneal_strategy "linear"). With cycle_momentum
    the momentum, or β₁, goes from max_momentum down to base_momentum and back.
    Raises ValueError if an option is out of its range, if the optimizer has no momentum to cycle, and after the last
    step.
    torch: torch.optim.lr_scheduler.OneCycleLR; Smith and Topin, Super-Convergence (2017).
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None, epochs: int | None = None,
        steps_per_epoch: int | None = None, pct_start: float = 0.3, anneal_strategy: str = "cos",
        cycle_momentum: bool = True, base_momentum: Any = 0.85, max_momentum: Any = 0.95, div_factor: float = 25.0,
        final_div_factor: float = 1e4, three_phase: bool = False, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.optimizer = check_optimizer(optimizer)
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = _phases(float(pct_start * self.total_steps), self.total_steps, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        max_lrs = for_each_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for highest, group in zip(max_lrs, optimizer.param_groups, strict=True):
                group["initial_lr"], group["max_lr"] = highest / div_factor, highest
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            _start_momentum(self, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def _anneal_func(self, start: Rate, end: Rate, share: float) -> Rate:
        """Between start and end, when this share of the way has been gone."""
        if self._anneal_func_type == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)

    def _rates(self) -> list[Rate]:
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. The specified number of total steps is {self.total_steps}\n"
                "Call step once for each batch, and no further."
            )
        start = 0.0
        for phase in self._schedule_phases:
            if step <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            start = phase["end_step"]
        share = (step - start) / (phase["end_step"] - start)
        found = []
        for group in self.optimizer.param_groups:
            found.append(self._anneal_func(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                ends = group[phase["start_momentum"]], group[phase["end_momentum"]]
                _put_momentum(self, group, self._anneal_func(*ends, share))
        return found


def _total_steps(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    """The number of steps. Raises ValueError if it is not told by positive ints."""
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    for name, value in (given if total_steps is None else {"total_steps": total_steps}).items():
        if value <= 0 or not isinstance(value, int):
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return epochs * steps_per_epoch if total_steps is None else total_steps


def _phases(up: float, total_steps: int, three: bool) -> list[dict[str, Any]]:
    """The phases of one cycle: the step at which each ends, and between which options of a group it leads."""
    ends = [up - 1, float(2 * up) - 2, total_steps - 1] if three else [up - 1, total_steps - 1]
    lrs = ["initial_lr", "max_lr", *["initial_lr"] * three, "min_lr"]
    momentums = ["max_momentum", "base_momentum", "max_momentum", "max_momentum"]
    return [
        {
            "end_step": end, "start_lr": lrs[i], "end_lr": lrs[i + 1], "start_momentum": momentums[i],
            "end_momentum": momentums[i + 1],
        }
        for i, end in enumerate(ends)
    ]  # fmt: skip
