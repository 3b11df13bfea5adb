"""DistributedDataParallel: each rank has a part of every batch.   torch: torch/nn/parallel/distributed.py

If a batch is split into K parts of equal size, the gradient of its mean loss is the mean of the K parts' gradients. So
each rank computes its own part's gradient, and as soon as backward has the last of them, all ranks take the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from minigrad import distributed as dist
from minigrad.autograd import is_grad_enabled, no_grad
from minigrad.nn.modules.module import Module
from minigrad.tensors.joining import cat
from minigrad.tensors.tensor import Tensor

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """Calls the module. During backward every gradient becomes the mean over all K ranks: g ← Σᵣ gᵣ·(1/K).

    The order of the sum is that of the ranks. All begin with rank 0's weights, and take rank 0's buffers, such as
    BatchNorm's means, before each forward pass, unless broadcast_buffers is False. A small part counts as much as a
    large one: give every rank equally many samples. The state dict has the prefix "module.".
    Raises RuntimeError if the ranks have other parameters, or if the last backward pass did not reach all of them;
    NotImplementedError for find_unused_parameters. torch's other options are about speed.
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0,
        broadcast_buffers: bool | None = None, init_sync: bool = True, process_group: Any = None,
        bucket_cap_mb: float | None = None, find_unused_parameters: bool = False, check_reduction: bool = False,
        gradient_as_bucket_view: bool = False, static_graph: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if find_unused_parameters:
            raise NotImplementedError("find_unused_parameters: every parameter must get a gradient here")
        self.module, self.require_backward_grad_sync = module, True
        self._buffers_follow = broadcast_buffers is not False
        self._trained = [p for p in module.parameters() if p.requires_grad]
        if not self._trained:
            needless = "is not needed when a module doesn't have any parameter that requires a gradient."
            raise RuntimeError(f"DistributedDataParallel {needless}")
        self._awaited, self._ranks = 0, dist.get_world_size(process_group)
        if init_sync:
            self._agree()
            self._broadcast(module.state_dict().values())
        for p in self._trained:
            p.register_post_accumulate_grad_hook(self._arrived)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """module(*inputs, **kwargs)"""
        if is_grad_enabled() and self.require_backward_grad_sync:
            if 0 < self._awaited < len(self._trained):
                missing = f"{self._awaited} of {len(self._trained)} parameters got no gradient in backward."
                expected = (
                    "Expected to have finished reduction in the prior iteration before starting a new one."
                )
                raise RuntimeError(f"{expected}\n{missing}")
            self._awaited = len(self._trained)
        if self._buffers_follow:
            self._broadcast(self.module.buffers())
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Within, gradients stay each rank's own, and add up: the first backward pass outside takes their mean."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def _arrived(self, parameter: Tensor) -> None:
        """Backward has added to a parameter's gradient. The last of them starts the exchange."""
        if self.require_backward_grad_sync:
            self._awaited -= 1
            if self._awaited == 0:
                self._average()

    @no_grad()
    def _average(self) -> None:
        for _, group in groupby(self._trained, key=lambda p: (p.dtype, p.device)):
            gradients = [p.grad for p in group if p.grad is not None]
            together = cat([g.reshape(-1) * (1 / self._ranks) for g in gradients])  # one exchange for all
            dist.all_reduce(together)
            for g, part in zip(gradients, together.split([g.numel() for g in gradients]), strict=True):
                g.copy_(part.view_as(g))

    def _broadcast(self, tensors: Any) -> None:
        for tensor in tensors:
            dist.broadcast(tensor, 0)

    def _agree(self) -> None:
        mine = {(name, str(p.dtype), *p.shape) for name, p in self.module.named_parameters()}
        ranks: list[Any] = [None] * self._ranks
        dist.all_gather_object(ranks, mine)
        for rank, theirs in enumerate(ranks):
            if theirs != ranks[0]:
                raise RuntimeError(
                    f"DDP expects same model across all ranks, but Rank 0 has {len(ranks[0])} params, while rank "
                    f"{rank} has inconsistent {len(theirs)} params.\n"
                    f"Only one of the two has {sorted(theirs ^ ranks[0])}."
                )
