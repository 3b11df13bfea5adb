"""minigrad.distributed: a program in several processes, its ranks.   torch: torch/distributed/__init__.py

    mpiexec -n 4 python program.py

Every rank runs the whole program on its own part of the data, and in the functions of this file all of them exchange
tensors. The names are torch's; group.py sends the messages. A sum is added in order of the ranks, so that it has the
same bits in every run. nn.parallel.DistributedDataParallel does this for gradients, and shards.py trains with it.
"""

from __future__ import annotations

import pickle
import sys
from datetime import timedelta
from enum import Enum
from importlib.util import find_spec
from typing import Any

import numpy as np

from minigrad.autograd import no_grad
from minigrad.distributed.group import DistBackendError, Group
from minigrad.tensors.creation import from_numpy
from minigrad.tensors.tensor import Tensor

__all__ = [
    "DistBackendError", "ReduceOp", "all_gather", "all_gather_object", "all_reduce", "barrier", "broadcast",
    "destroy_process_group", "get_rank", "get_world_size", "init_process_group", "is_available", "is_initialized",
]  # fmt: skip

_groups: list[Group] = []  # none, or one


class ReduceOp(Enum):
    """What all_reduce makes of the ranks' tensors; the values are MPI's names."""

    SUM, PRODUCT, MIN, MAX = "SUM", "PROD", "MIN", "MAX"


def is_available() -> bool:
    """Whether mpi4py is installed."""
    return find_spec("mpi4py") is not None


def is_initialized() -> bool:
    """Whether init_process_group was called, and destroy_process_group was not."""
    return bool(_groups)


def init_process_group(
    backend: str | None = None, init_method: Any = None, timeout: timedelta | None = None,
    world_size: int = -1, rank: int = -1, store: Any = None, group_name: str = "", pg_options: Any = None,
) -> None:  # fmt: skip
    """Meet the other ranks that mpiexec has started; without mpiexec this process is rank 0 of 1.

    A rank that waits for another longer than `timeout`, by default a minute (torch: 30), raises DistBackendError. With
    pg_options={"ordered": False} MPI's Allreduce adds, in an order of its own.
    Raises ValueError for a second call, another backend than "mpi", or a world_size or rank that is not MPI's;
    RuntimeError without mpi4py, and, on every rank, if the ranks have other versions or options.
    """
    if _groups:
        raise ValueError("trying to initialize the default process group twice!")
    if backend not in (None, "mpi"):
        raise ValueError(f"Unknown backend {backend!r}\nminigrad has one: pass 'mpi', or none.")
    if not is_available():
        raise RuntimeError(
            "Distributed package doesn't have MPI built in.\npip install mpi4py mpich brings it."
        )
    ordered = (pg_options or {}).get("ordered", True)
    group = Group((timeout or timedelta(minutes=1)).total_seconds(), ordered)
    if world_size not in (-1, group.size) or rank not in (-1, group.rank):
        raise ValueError(f"mpiexec says rank {group.rank} of {group.size}: leave out world_size and rank")
    _groups.append(group)
    group.meet(f"has minigrad {sys.modules['minigrad'].__version__}, NumPy {np.__version__} and {ordered=}")


def destroy_process_group(group: Any = None) -> None:
    """Part from the other ranks, once all have come here."""
    world = _world(group)
    _groups.clear()
    world.part()


def get_rank(group: Any = None) -> int:
    """The number of this process: 0, 1 ... K - 1."""
    return _world(group).rank


def get_world_size(group: Any = None) -> int:
    """K, the number of processes."""
    return _world(group).size


def all_reduce(
    tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> None:
    """x ← x₀ + x₁ + ... in order of the ranks, on every rank; or their product, minimum or maximum."""
    _put(tensor, _world(group, async_op).reduce(_array(tensor), op.value))


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> None:
    """tensor_list[r] ← xᵣ, on every rank."""
    for each, row in zip(tensor_list, _world(group, async_op).gather(_array(tensor)), strict=True):
        _put(each, row)


def broadcast(tensor: Tensor, src: int, group: Any = None, async_op: bool = False) -> None:
    """x ← x of rank src, on every rank."""
    _put(tensor, _world(group, async_op).broadcast(_array(tensor), src))


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """object_list[r] ← what rank r gives, on every rank; pickled on the way."""
    world, sent = _world(group), np.frombuffer(pickle.dumps(obj), np.uint8)
    lengths = world.gather(np.array([len(sent)]))[:, 0]
    rows = world.gather(np.pad(sent, (0, lengths.max() - len(sent))))
    object_list[:] = [pickle.loads(row[:n].tobytes()) for row, n in zip(rows, lengths, strict=True)]


def barrier(group: Any = None, async_op: bool = False) -> None:
    """Wait until all ranks have come here."""
    _world(group, async_op).meet("calls barrier")


def _world(group: Any, async_op: bool = False) -> Group:
    if not _groups:
        missing = "Default process group has not been initialized"
        raise ValueError(f"{missing}, please make sure to call init_process_group.")
    if group is not None or async_op:
        raise NotImplementedError("minigrad has one group, and waits: pass neither group nor async_op=True")
    return _groups[0]


def _array(tensor: Tensor) -> Any:
    return np.array(tensor.detach().cpu().numpy(), order="C")


@no_grad()
def _put(tensor: Tensor, array: Any) -> None:
    tensor.copy_(from_numpy(np.asarray(array)))
