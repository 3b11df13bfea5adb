"""AdamW.   torch: torch/optim/adamw.py"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minigrad.optim.adam import Adam


class AdamW(Adam):
    """Adam with decoupled weight decay λ: w ← w - lr·λ·w, and then Adam's step. The decay is in neither mean.

    Its options are Adam's, but weight_decay is 1e-2 by default.
    torch: torch.optim.AdamW; Loshchilov and Hutter, Decoupled Weight Decay Regularization (2017), algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        ways = {
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
        }
        decay = {"weight_decay": weight_decay, "decoupled_weight_decay": True}
        super().__init__(params, lr, betas, eps, amsgrad=amsgrad, maximize=maximize, **decay, **ways)  # type: ignore[arg-type]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the state. The decay stays decoupled, also if the state is Adam's."""
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
