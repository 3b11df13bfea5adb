"""LRScheduler: counts epochs, and sets the learning rate of each group of parameters."""

from __future__ import annotations

import warnings
from typing import Any

from minigrad.autograd.base import TensorBase
from minigrad.optim.optimizer import Optimizer

Rate = Any  # a float, or a Tensor of one number

EPOCH_GIVEN = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler.\nIf an epoch is given, the closed form is used, where there is one."
)
ORDER = "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"


class LRScheduler:
    """The base of all schedulers. A subclass defines `get_lr`: the rates of the groups at `last_epoch`.

    The first rates are set at once, as epoch 0. Raises TypeError if optimizer is no Optimizer; KeyError if last_epoch
    is given, to go on with a training, but the groups have no initial_lr.
    torch: torch.optim.lr_scheduler.LRScheduler.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = check_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch "
                    ">= 0.\nLoad the optimizer's state first, or leave out last_epoch."
                )
        self.base_lrs = rates(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        optimizer._watch_steps()
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch and set the rates. Call it after optimizer.step().

        Warns if the first call comes before optimizer.step(): the first rate is then never used.
        """
        if self._step_count == 1:
            self._warn_of_order()
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_GIVEN, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _warn_of_order(self) -> None:
        if self.optimizer._step_was_replaced():
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                "Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`. "
                f"See more details at {ORDER}",
                UserWarning,
                stacklevel=3,
            )
        elif not self.optimizer._stepped:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: "
                "otherwise the first value of the learning rate schedule is skipped. "
                f"See more details at {ORDER}",
                UserWarning,
                stacklevel=3,
            )

    def _update_lr(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch; or those of this epoch, by the closed form where there is one."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
        self._set_rates(closed)

    def _set_rates(self, closed: Any = None) -> None:
        self._get_lr_called_within_step = True
        try:
            values = (closed or self.get_lr)()
        finally:
            self._get_lr_called_within_step = False
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            put(group, "lr", value)
        self._last_lr = rates(self.optimizer)

    def get_lr(self) -> list[Rate]:
        """The rates of the groups at `last_epoch`, computed from the present ones: `step` calls it.

        Warns if anything else calls it: get_last_lr() tells the present rates.
        """
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=2,
            )
        return self._rates()

    def _rates(self) -> list[Rate]:
        """What get_lr returns."""
        raise NotImplementedError

    def get_last_lr(self) -> list[Rate]:
        """The rates that were set last."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes that state_dict() returned."""
        self.__dict__.update(state_dict)


def check_optimizer(optimizer: Any) -> Optimizer:
    """Raise torch's TypeError if it is no Optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def copied(value: Rate) -> Rate:
    """The value; a copy of a Tensor, so that a change in place of one does not change the other."""
    return value.clone() if isinstance(value, TensorBase) else value  # type: ignore[attr-defined]


def rates(optimizer: Optimizer, name: str = "lr") -> list[Rate]:
    """This option of every group."""
    return [copied(group[name]) for group in optimizer.param_groups]


def put(group: dict[str, Any], name: str, value: Rate) -> None:
    """Set an option of a group. A Tensor keeps its memory."""
    if isinstance(group[name], TensorBase):
        group[name].fill_(value.reshape(()) if isinstance(value, TensorBase) else value)  # type: ignore[attr-defined]
    else:
        group[name] = value


def for_each_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group. Raises torch's ValueError if the list has another length."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        value = [value] * groups
    elif len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {groups}."
        )
    return [copied(each) for each in value]
