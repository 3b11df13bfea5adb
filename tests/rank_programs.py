"""Programs for every rank of both libraries: tests/test_distributed.py has mpiexec run this file, which prints JSON."""

import json
import sys

import numpy as np

from sidebyside.compare import start_alike
from sidebyside.data import load
from sidebyside.exchange import minigrad_kernels
from sidebyside.ranks import joined
from sidebyside.result import Contract
from sidebyside.runs import Config, start

DTYPES = ("float32", "float64", "float16", "int64")


def collectives(t, rank, size):
    """Sums, products, minima, maxima, broadcasts and gathers of several types and shapes."""
    dist = t.distributed
    for dtype in DTYPES:
        for shape in ((), (2, 0), (2, 3)):
            for op in ("SUM", "PRODUCT", "MIN", "MAX"):
                x = t.full(shape, 2 + rank, dtype=getattr(t, dtype))
                dist.all_reduce(x, getattr(dist.ReduceOp, op))
                yield x
            x = t.full(shape, 5 - rank, dtype=getattr(t, dtype))
            rows = [t.zeros_like(x) for _ in range(size)]
            dist.all_gather(rows, x)
            dist.broadcast(x, size - 1)
            yield from (x, *rows)
    x = t.arange(6.0).reshape(2, 3).t() * rank  # not contiguous
    dist.all_reduce(x)
    yield x
    dist.barrier()
    objects = [None] * size
    dist.all_gather_object(objects, {"rank": rank, "text": "x" * 1000 * rank})
    yield t.tensor([len(str(each)) for each in objects])


def wrapped(t, rank, size):
    """DistributedDataParallel: what it begins with, gradients, accumulated ones, buffers, modes and names."""
    model = t.nn.Sequential(t.nn.Linear(3, 2), t.nn.ReLU(), t.nn.Linear(2, 2, bias=rank < 9))
    with t.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_(t.arange(float(p.numel())).reshape(p.shape) / 8 - i / 4 + rank)
    model.register_buffer("seen", t.tensor([float(rank)]))
    parallel = t.nn.parallel.DistributedDataParallel(model)
    yield from parallel.state_dict().values()
    x = t.arange(6.0).reshape(2, 3) / 4 - rank / 2
    for _ in range(2):  # gradients add up
        parallel(x).sum().backward()
        yield from (p.grad.clone() for p in model.parameters())
    with parallel.no_sync():
        parallel(x * 2).sum().backward()
    parallel(x).sum().backward()
    yield from (p.grad.clone() for p in model.parameters())
    model.seen += rank + 1
    parallel.eval()(x)
    yield model.seen
    parallel.zero_grad()
    with t.no_grad():
        parallel(x)
    parallel.train()
    frozen = t.nn.Linear(3, 2)
    with t.no_grad():
        frozen.bias.fill_(rank)
    frozen.bias.requires_grad_(False)
    parallel = t.nn.parallel.DistributedDataParallel(frozen)
    parallel(x).sum().backward()
    yield from (frozen.weight.grad, frozen.bias)


def refused(t, rank, size):
    """What both refuse, by the type and the first sentence."""
    linear = t.nn.Linear(2, 2)
    for parameter in linear.parameters():
        parameter.requires_grad_(False)
    for wrong in (
        lambda: t.distributed.init_process_group(),
        lambda: t.nn.parallel.DistributedDataParallel(linear),
        lambda: t.utils.data.DistributedSampler(range(4), 2, 2),
    ):
        try:
            wrong()
        except (RuntimeError, ValueError) as error:
            yield type(error).__name__, str(error).splitlines()[0].rstrip(".")


def trained(data, size):
    """In how many of 3 epochs PyTorch's ranks, on minigrad's kernels, have minigrad's losses, gradients and weights."""
    config = Config("residual", batch_size=240, epochs=3, hidden=20, optimizer="adam", lr=0.01, shards=size)
    ours, theirs, contract = start("minigrad", config, data), start("torch", config, data), Contract()
    start_alike(ours, [theirs])
    for epoch in range(config.epochs):
        ours.advance()
        with minigrad_kernels():
            theirs.advance()
        contract.check(epoch, ours, theirs)
    return contract.epochs_equal, ours.digests


def main():
    with joined(["minigrad", "torch"], 60) as ranks:
        import torch

        import minigrad

        found = {}
        for program in (collectives, wrapped, refused):
            for name, t in (("minigrad", minigrad), ("torch", torch)):
                found[f"{program.__name__} {name}"] = [
                    each if isinstance(each, tuple) else [str(each.detach().numpy().dtype), each.tolist()]
                    for each in program(t, ranks.rank, ranks.size)
                ]
        found["equal"], found["weights"] = trained(load(sys.argv[1]), ranks.size)
        order = minigrad.tensor([1e8, 1.0, -1e8, np.pi][ranks.rank], dtype=minigrad.float32)
        minigrad.distributed.all_reduce(order)
        found["ordered"] = order.item()
        x = minigrad.from_numpy(np.random.default_rng(ranks.rank).random(1000, np.float32))
        sums = [x.clone(), x.clone()]
        for ordered, each in zip((True, False), sums, strict=True):  # of two numbers the order is no matter
            minigrad.distributed._groups[0].ordered = ordered
            minigrad.distributed.all_reduce(each)
        found["allreduce"] = minigrad.equal(*sums) and not minigrad.equal(sums[0], x)
        sys.__stdout__.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
