"""The processes that mpiexec or torchrun has started, in which `train` and `compare` run on a shard of each batch.

minigrad's ranks speak MPI, PyTorch's gloo. torchrun tells PyTorch's ranks where to meet; under mpiexec it is a file.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sidebyside.data import Dataset
from sidebyside.options import Failure, UsageError, need
from sidebyside.runs import Config, Run

# What each launcher tells the processes that it starts: MPICH and Slurm, Open MPI, and PyTorch's.
LAUNCHERS = {"mpiexec": ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE"), "torchrun": ("TORCHELASTIC_RUN_ID",)}


@dataclass(frozen=True)
class Ranks:
    """This process is `rank` of `size`. `library` is torch.distributed or minigrad's; None without a launcher."""

    rank: int = 0
    size: int = 1
    library: Any = None

    def configure(self, config: Config) -> Config:
        """The config with a shard for each rank; UsageError for options that do not fit together."""
        if self.library is not None:
            if config.shards not in (None, self.size):
                raise UsageError(f"--shards {config.shards} in {self.size} processes: leave it out")
            config = replace(config, shards=self.size)
        if config.shards is None:
            return config
        if config.compile:
            raise UsageError("--compile knows no shards: leave it out")
        if config.batch_size is not None and config.batch_size % config.shards:
            raise UsageError(
                f"--batch-size {config.batch_size} cannot be split into {config.shards} equal shards: "
                f"give a multiple of {config.shards}"
            )
        if config.loop == "manual" and self.library is None:
            raise UsageError("--loop manual knows no shards in one process: use --loop optimizer")
        return config

    def agree(self, config: Config, data: Dataset, resumed: Path | None) -> None:
        """Refuse ranks that were given other options, other data, or another file to go on from."""
        if config.shards is not None and config.shards > len(data.x_train):
            raise UsageError(
                f"--shards {config.shards}, and the data has {len(data.x_train)} samples: give fewer"
            )
        if self.library is None:
            return
        arrays = (data.x_train, data.y_train, data.x_test, data.y_test)
        facts = {f"--{name.replace('_', '-')}": value for name, value in asdict(config).items()}
        facts["data"] = hashlib.sha256(b"".join(each.tobytes() for each in arrays)).hexdigest()
        facts["--resume file"] = resumed and hashlib.sha256(resumed.read_bytes()).hexdigest()
        self._same(facts)

    def agree_on_weights(self, run: Run) -> None:
        """Refuse to go on if the weights of two ranks differ after an epoch."""
        if self.library is not None and run.digests:
            self._same({f"SHA-256 of the weights after epoch {len(run.losses)}": run.digests[-1]})

    def _same(self, facts: dict[str, Any]) -> None:
        gathered: list[Any] = [None] * self.size
        self.library.all_gather_object(gathered, facts)
        for rank, theirs in enumerate(gathered):
            for what, value in theirs.items():
                if value != (first := gathered[0][what]):
                    raise Failure(
                        f"rank {rank} has another {what} than rank 0, {value} and not {first}: give all ranks the same"
                    )


ALONE = Ranks()


@contextmanager
def joined(engines: Sequence[str], timeout: float) -> Iterator[Ranks]:
    """Within, the ranks are joined, if a launcher has started several. Only rank 0 prints, but for errors."""
    by = next((name for name, told in LAUNCHERS.items() if any(map(os.environ.get, told))), None)
    if by is None:
        yield ALONE
        return
    if by == "torchrun" and "minigrad" in engines:
        raise UsageError("torchrun starts PyTorch's ranks: use --engine torch, or mpiexec for minigrad's")
    rank = "?"
    try:
        libraries = _join(by, engines, timedelta(seconds=timeout))
        rank = libraries[0].get_rank()
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere) if rank else nullcontext():
            yield Ranks(rank, libraries[0].get_world_size(), libraries[0])
        for each in libraries:
            each.destroy_process_group()
    except RuntimeError as error:
        if "Dist" not in type(error).__name__ and "gloo" not in str(error):
            raise
        raise Failure(f"rank {rank} ends: {str(error).splitlines()[0]}") from None


def _join(by: str, engines: Sequence[str], timeout: timedelta) -> list[Any]:
    """Join the ranks of MPI, and PyTorch's if they are asked for."""
    if by == "torchrun":
        import torch

        torch.distributed.init_process_group("gloo", timeout=timeout)
        return [torch.distributed]
    need("mpi4py", "mpi", "mpiexec")
    from minigrad import distributed

    distributed.init_process_group(timeout=timeout)
    if "torch" not in engines:
        return [distributed]
    import torch

    rank, size = distributed.get_rank(), distributed.get_world_size()
    places: list[Any] = [None] * size
    distributed.all_gather_object(places, tempfile.mktemp(prefix="minigrad-ranks-"))
    torch.distributed.init_process_group(
        "gloo", init_method=Path(places[0]).as_uri(), rank=rank, world_size=size, timeout=timeout
    )
    return [distributed, torch.distributed]
