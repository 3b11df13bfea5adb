"""Streams and events: the order of work on a GPU.   torch: torch/cuda/streams.py

A GPU works asynchronously: an op only adds its work to the current stream. CuPy implements the streams.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minigrad.arrays.device import cupy_module, gpu_or, is_capturing


class Stream:
    """A queue of work on a GPU: `with stream(s):`. RuntimeError, as in torch, without a GPU.

    Its work is not ordered with that of other streams, except by wait_stream or an Event.
    """

    def __init__(self, device: Any = None, priority: int = 0, **kwargs: Any) -> None:
        cupy = gpu_or("torch.cuda.Stream requires CUDA support")
        if kwargs:
            raise NotImplementedError(
                f"Stream({', '.join(kwargs)}=...)\nA stream is made new, or current_stream()."
            )
        self.stream = cupy.cuda.Stream(non_blocking=True, priority=priority or None)

    @classmethod
    def _around(cls, cupy_stream: Any) -> Stream:
        """The Stream of one of CuPy's streams."""
        stream = cls.__new__(cls)
        stream.stream = cupy_stream
        return stream

    @property
    def cuda_stream(self) -> int:
        """CUDA's handle: 0 is the default stream."""
        return int(self.stream.ptr)

    def synchronize(self) -> None:
        """Wait until all its work is done."""
        self.stream.synchronize()

    def query(self) -> bool:
        """Whether all its work is done."""
        return bool(self.stream.done)

    def record_event(self, event: Event | None = None) -> Event:
        """An event that is reached when all work so far is done."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """All work from now on waits for the event."""
        self.stream.wait_event(event.event)

    def wait_stream(self, stream: Stream) -> None:
        """All work from now on waits for the work of the other stream so far."""
        self.wait_event(stream.record_event())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.cuda_stream == other.cuda_stream

    def __hash__(self) -> int:
        return hash(self.cuda_stream)

    def __repr__(self) -> str:
        return f"<torch.cuda.Stream device=cuda:0 cuda_stream={self.cuda_stream:#x}>"


class Event:
    """A moment in a stream, to wait for or, with enable_timing, to measure times. RuntimeError without a GPU."""

    def __init__(
        self,
        enable_timing: bool = False,
        blocking: bool = False,
        interprocess: bool = False,
        external: bool = False,
    ) -> None:
        cupy = gpu_or("Tried to instantiate dummy base class Event")
        if interprocess or external:
            raise NotImplementedError(
                "Events of other processes or in graphs are not to be had\nLeave interprocess and external out."
            )
        self.timed = enable_timing
        self.event = cupy.cuda.Event(block=blocking, disable_timing=not enable_timing)
        self._recorded = False

    def record(self, stream: Stream | None = None) -> None:
        """Let the event be the moment when the work so far of the stream, by default the current one, is done."""
        self.event.record((stream or current_stream()).stream)
        self._recorded = True

    def wait(self, stream: Stream | None = None) -> None:
        """All work from now on of the stream, by default the current one, waits for the event."""
        (stream or current_stream()).wait_event(self)

    def query(self) -> bool:
        """Whether the event has been reached."""
        return bool(self.event.done)

    def synchronize(self) -> None:
        """Wait until the event has been reached."""
        self.event.synchronize()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another. Both have enable_timing and have been reached."""
        if not (self.timed and end_event.timed):
            raise ValueError(
                "Both events must be created with argument 'enable_timing=True'.\nEvent(enable_timing=True) is one."
            )
        if not (self._recorded and end_event._recorded):
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return float(cupy_module().cuda.get_elapsed_time(self.event, end_event.event))


def current_stream(device: Any = None) -> Stream:
    """The current stream. Raises without a GPU."""
    return Stream._around(cupy_module().cuda.get_current_stream())


def default_stream(device: Any = None) -> Stream:
    """The default stream. Raises without a GPU."""
    return Stream._around(cupy_module().cuda.Stream.null)


@contextmanager
def stream(stream: Stream | None) -> Iterator[None]:
    """Ops within use this stream. None changes nothing."""
    if stream is None:
        yield
        return
    with stream.stream:
        yield


def is_current_stream_capturing() -> bool:
    """Whether the current stream is being captured as a graph. RuntimeError, as in torch, without a GPU."""
    gpu_or("Tried to instantiate dummy base class _cuda_isCurrentStreamCapturing")
    return is_capturing()
