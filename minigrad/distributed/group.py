"""The ranks, and their messages by MPI.   torch: torch/csrc/distributed/c10d/ProcessGroupMPI.cpp

MPI waits for ever for a rank that has died, and confuses the messages of ranks that are in different calls. So before
every exchange each rank tells all others in which call it is, and nobody waits longer than `timeout`.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import functools
import sys
import time
from typing import Any

import numpy as np

GRACE = 5.0  # seconds, at most, that a rank waits for the others to say what happened, before all are ended
PATIENCE = 0.001  # seconds after which a rank that waits leaves the processor to others
OPERATIONS = {"SUM": np.add, "PROD": np.multiply, "MIN": np.minimum, "MAX": np.maximum}


class DistBackendError(RuntimeError):
    """A rank has died, hangs, or is elsewhere in the program."""


class Group:
    """All ranks; this one is `rank` of `size`. They exchange NumPy arrays, contiguous, of one shape and type."""

    def __init__(self, timeout: float, ordered: bool) -> None:
        # The import starts MPI, which waits for ever for all ranks, and lets no Python run: a timer in C ends it.
        faulthandler.dump_traceback_later(timeout, exit=True, file=2)
        from mpi4py import MPI

        faulthandler.cancel_dump_traceback_later()
        self.mpi, self.comm = MPI, MPI.COMM_WORLD
        self.rank, self.size = self.comm.rank, self.comm.size
        self.timeout, self.ordered, self.broken = timeout, ordered, ""
        atexit.register(self._end)

    def meet(self, call: str) -> None:
        """Return when every rank is in this call. If one is in another, all raise the same DistBackendError."""
        if self.broken:
            raise DistBackendError(self.broken)
        others = [rank for rank in range(self.size) if rank != self.rank]
        self._sent = [self.comm.isend(call, rank) for rank in others]  # kept until it has arrived
        calls = self._wait(call, {rank: self.comm.irecv(source=rank) for rank in others}) | {self.rank: call}
        for rank, theirs in sorted(calls.items()):
            if theirs != calls[0]:
                self._break(f"rank 0 {calls[0]}, and rank {rank} {theirs}: all must do the same")

    def gather(self, array: Any, what: str = "calls all_gather") -> Any:
        """The arrays of all ranks, by rank: (K, ...)."""
        rows = np.empty((self.size, *array.shape), array.dtype)
        self._exchange(what, array, lambda: self.comm.Iallgather(_bytes(array), _bytes(rows)))
        return rows

    def reduce(self, array: Any, operation: str) -> Any:
        """Their sum, product, minimum or maximum: in order of the ranks, or as MPI does it."""
        what, result = f"calls all_reduce by {operation}", np.empty_like(array)
        if self.ordered:
            return functools.reduce(OPERATIONS[operation], self.gather(array, what))
        operator = getattr(self.mpi, operation)
        self._exchange(what, array, lambda: self.comm.Iallreduce(array, result, operator))
        return result

    def broadcast(self, array: Any, root: int) -> Any:
        """The array of rank `root`."""
        self._exchange(
            f"calls broadcast from rank {root}", array, lambda: self.comm.Ibcast(_bytes(array), root)
        )
        return array

    def part(self) -> None:
        """Wait until all have come here, after which MPI can end."""
        self.meet("has ended")
        atexit.unregister(self._end)

    def _exchange(self, what: str, array: Any, begin: Any) -> None:
        call = f"{what} of {list(array.shape)} {array.dtype}"
        self.meet(call)
        self._wait(call, {-1: begin()})

    def _wait(self, call: str, requests: dict[int, Any]) -> dict[int, Any]:
        """The messages that arrive, by rank; DistBackendError if one does not within the timeout."""
        started, arrived = time.monotonic(), dict[int, Any]()
        while missing := sorted(requests.keys() - arrived.keys()):
            for rank in missing:
                done, message = requests[rank].test()
                if done:
                    arrived[rank] = message
            waited = time.monotonic() - started
            if waited > self.timeout and len(arrived) < len(requests):
                whom = f"rank {missing[0]}" if missing[0] >= 0 else "the others"
                self._break(f"rank {self.rank} {call}, and has waited {self.timeout:g} s for {whom}")
            time.sleep(0 if waited < PATIENCE else PATIENCE)  # another rank may need this processor
        return arrived

    def _break(self, sentence: str) -> None:
        self.broken = sentence
        raise DistBackendError(sentence)

    def _end(self) -> None:
        """At the end of the process. MPI's own end waits for ever for ranks that do not come: then all are ended."""
        sys.stdout.flush()  # what this rank has said is safe before another one's end ends all
        try:
            self.part()
        except DistBackendError:
            self.broken, self.timeout = "", GRACE
            with contextlib.suppress(DistBackendError):
                self.meet("has ended")  # and so have said why, like this rank
            self.comm.Abort(1)


def _bytes(array: Any) -> Any:
    return array.reshape(-1).view(np.uint8)
