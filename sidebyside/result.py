"""What a comparison found: the contract, and everything that is shown or written of two trainings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sidebyside.contract import largest_difference, same_bits
from sidebyside.data import Dataset
from sidebyside.runs import Config, Run

if TYPE_CHECKING:
    from sidebyside.replay import Wrong  # which needs torch


@dataclass
class Contract:
    """In how many epochs were loss, gradients and weights equal, and where did that first fail?"""

    epochs: int = 0
    epochs_equal: int = 0
    first_break: dict[str, Any] | None = None
    unexplained: list[str] | None = (
        None  # gradients further from the truth than rounding goes; None: no bound
    )
    wrong: list[Wrong] = field(default_factory=list)  # what a step that was replayed has found

    @property
    def held(self) -> bool:
        """Whether every epoch was equal, and there was one, and rounding explains the first gradients."""
        return 0 < self.epochs == self.epochs_equal and not self.unexplained and not self.wrong

    def check(self, epoch: int, ours: Run, theirs: Run) -> bool:
        """One epoch more; whether it is the first that breaks the contract."""
        pairs = {"loss": (np.float64(ours.losses[-1]), np.float64(theirs.losses[-1]))}
        for kind in ("gradients", "parameters"):
            mine, other = getattr(ours, kind)(), getattr(theirs, kind)()
            pairs |= {f"{kind[:-1]} {name}": (mine[name], other[name]) for name in mine}
        broken = [what for what, (a, b) in pairs.items() if not same_bits(a, b)]
        self.epochs += 1
        self.epochs_equal += not broken
        if not broken or self.first_break is not None:
            return False
        a, b = pairs[broken[0]]
        self.first_break = {"epoch": epoch, "what": broken[0], "difference": largest_difference(a, b)}
        return True

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "held": self.held,
            "epochs_equal": self.epochs_equal,
            "epochs": self.epochs,
            "first_break": self.first_break,
            "unexplained": self.unexplained,
            "wrong": [asdict(each) for each in self.wrong],
        }


@dataclass
class Result:
    """All that a comparison found; `as_dict` is what `--json` writes."""

    config: Config
    data: Dataset
    environment: dict[str, Any]
    epochs: list[dict[str, Any]] = field(default_factory=list)
    gradients: dict[str, Any] | None = None
    accuracy: dict[str, float] = field(default_factory=dict)
    mistakes: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    seconds_exchanged: float = (
        0.0  # of the two runs on exchanged kernels, and all that is compared in every epoch
    )
    contract: Contract = field(default_factory=Contract)
    same_start: bool = True
    interrupted: bool = False
    weights: list[str] | None = None  # SHA-256 of minigrad's after each epoch, of runs on shards
    shards: dict[str, dict[str, Any]] | None = None  # their first gradients beside the whole batch's
    diverged: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether both engines agree, and on numbers: two runs of nan are equal, and of no use."""
        return self.contract.held and not any(self.diverged.values())

    def mean_losses(self, name: str) -> list[float]:
        """The mean of the losses so far, after every epoch: what the tutorial prints."""
        losses = [epoch["loss"][name] for epoch in self.epochs]
        return list(np.cumsum(losses) / np.arange(1, len(losses) + 1))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "config": asdict(self.config),
            "data": {
                "source": self.data.source,
                "train": len(self.data.x_train),
                "test": len(self.data.x_test),
            },
            "environment": self.environment,
            "same_initial_weights": self.same_start,
            "epochs": self.epochs,
            "gradients": self.gradients,
            "accuracy": self.accuracy,
            "mistakes": self.mistakes,
            "seconds": self.seconds,
            "seconds_exchanged": self.seconds_exchanged,
            "weights": self.weights,
            "shards": self.shards,
            "contract": self.contract.as_dict(),
            "interrupted": self.interrupted,
            "diverged": self.diverged,
        }
