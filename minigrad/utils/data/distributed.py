"""DistributedSampler: every rank's part of a dataset.   torch: torch/utils/data/distributed.py"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import cycle, islice
from typing import Any

from minigrad import distributed as dist
from minigrad.random import Generator
from minigrad.tensors.distributions import randperm
from minigrad.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Yields the indices of one rank of K: r, r + K, r + 2K ... of an order that is the same on all ranks.

    The order depends on seed + epoch alone, so call set_epoch(epoch) before every epoch, or all have the same order.
    All ranks get equally many: without drop_last the first indices come again at the end, with it the last are left
    out. Without num_replicas and rank they are those of minigrad.distributed.
    Raises ValueError if rank is not in 0 ... K - 1. torch: torch.utils.data.DistributedSampler.
    """

    def __init__(
        self, dataset: Sized, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
        seed: int = 0, drop_last: bool = False,
    ) -> None:  # fmt: skip
        replicas = dist.get_world_size() if num_replicas is None else num_replicas
        rank = dist.get_rank() if rank is None else rank
        if not 0 <= rank < replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {replicas - 1}]")
        self.dataset, self.num_replicas, self.rank, self.epoch = dataset, replicas, rank, 0
        self.shuffle, self.seed, self.drop_last = shuffle, seed, drop_last
        self.num_samples = len(dataset) // replicas if drop_last else -(-len(dataset) // replicas)
        self.total_size = self.num_samples * replicas

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        order: Any = range(n)
        if self.shuffle:
            order = randperm(n, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        return islice(cycle(order), self.rank, self.total_size, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass."""
        self.epoch = epoch
