"""The tutorial's training on shards. torch_ref/shards.py and minigrad/shards.py differ in one line.

A batch is split into K shards of equal size. Each of K ranks computes the gradients of one shard and takes the step
with the mean of all ranks' gradients, so that all keep the same weights. `InTurns` takes the same steps without ranks:
in one process, one shard after another.

Adds to train.py: samplers that split the data, and an order for each epoch that no rank has to tell another.
"""

from collections.abc import Callable, Iterable, Iterator

import torch

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def parallel(model: torch.nn.Module) -> torch.nn.Module:
    """Return the model as a rank uses it: backward takes the mean of the gradients over all ranks."""
    return torch.nn.parallel.DistributedDataParallel(model)


class InTurns:
    """An optimizer for one process that goes through the shards: it steps after every K-th backward pass.

    As DistributedDataParallel does, it multiplies each gradient by 1/K and adds them in order: Σᵣ gᵣ·(1/K).
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, parameters: Iterable[torch.Tensor], shards: int
    ) -> None:
        self.optimizer, self.parameters, self.shards = optimizer, list(parameters), shards
        self.gradients: list[list[torch.Tensor]] = []

    def zero_grad(self) -> None:
        """Forget the gradients of the shard before."""
        self.optimizer.zero_grad()

    def step(self) -> None:
        """Keep the gradients of this shard. After the last one take the step."""
        self.gradients.append([p.grad * (1 / self.shards) for p in self.parameters])
        if len(self.gradients) == self.shards:
            for p, first, *others in zip(self.parameters, *self.gradients, strict=True):
                p.grad = first
                for gradient in others:
                    p.grad += gradient
            self.optimizer.step()
            self.gradients = []


def loaders(
    x: torch.Tensor, y: torch.Tensor, batch_size: int | None, shards: int, ranks: Iterable[int], seed: int
) -> list[torch.utils.data.DataLoader]:
    """Return a loader for each of these ranks: it yields the rank's shard of each batch."""
    data = torch.utils.data.TensorDataset(x, y)
    samplers = [torch.utils.data.DistributedSampler(data, shards, rank, seed=seed) for rank in ranks]
    sizes = [len(each) if batch_size is None else batch_size // shards for each in samplers]
    return [
        torch.utils.data.DataLoader(data, size, sampler=each)
        for size, each in zip(sizes, samplers, strict=True)
    ]


def fit(
    model: torch.nn.Module, step: Step, loaders: list[torch.utils.data.DataLoader], epochs: Iterable[int]
) -> Iterator[float]:
    """Train the model on one shard of each batch, or on all in turns. Yield each epoch's mean loss."""
    model.train()
    for epoch in epochs:
        for loader in loaders:
            loader.sampler.set_epoch(epoch)
        losses = [step(*shard).item() for batch in zip(*loaders, strict=True) for shard in batch]
        losses = of_all_ranks(losses)
        yield sum(losses) / len(losses)


def of_all_ranks(losses: list[float]) -> list[float]:
    """Return the losses of all ranks, batch by batch; without ranks these losses."""
    if not torch.distributed.is_initialized():
        return losses
    mine = torch.tensor(losses, dtype=torch.float64)
    rows = [torch.empty_like(mine) for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather(rows, mine)
    return torch.stack(rows, dim=1).reshape(-1).tolist()
