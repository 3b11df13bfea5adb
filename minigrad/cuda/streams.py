"""Streams and events: the order of work on a GPU.   torch: torch/cuda/streams.py

A GPU works asynchronously: an op adds its work to the current stream and returns. CuPy implements the streams.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minigrad.arrays.device import cupy_module, gpu_or, is_capturing


class Stream:
    """A queue of work on a GPU. Inside `with stream(s):`, ops add their work to s.

    Two streams run independently, unless wait_stream or an Event orders their work. Raises RuntimeError without a GPU,
    as torch does. torch: torch.cuda.Stream.
    """

    def __init__(self, device: Any = None, priority: int = 0, **kwargs: Any) -> None:
        cupy = gpu_or("torch.cuda.Stream requires CUDA support")
        if kwargs:
            raise NotImplementedError(
                f"Stream({', '.join(kwargs)}=...)\nUse Stream() for a new stream, or current_stream()."
            )
        self.stream = cupy.cuda.Stream(non_blocking=True, priority=priority or None)

    @classmethod
    def _around(cls, cupy_stream: Any) -> Stream:
        """Return a Stream around a stream of CuPy."""
        stream = cls.__new__(cls)
        stream.stream = cupy_stream
        return stream

    @property
    def cuda_stream(self) -> int:
        """CUDA's handle of the stream. It is 0 for the default stream."""
        return int(self.stream.ptr)

    def synchronize(self) -> None:
        """Wait until all work of this stream is done."""
        self.stream.synchronize()

    def query(self) -> bool:
        """Return whether all work of this stream is done."""
        return bool(self.stream.done)

    def record_event(self, event: Event | None = None) -> Event:
        """Record an event, a new one if event is None, and return it. It is reached when all work so far is done."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Let all later work of this stream wait for the event."""
        self.stream.wait_event(event.event)

    def wait_stream(self, stream: Stream) -> None:
        """Let all later work of this stream wait for all present work of the other stream."""
        self.wait_event(stream.record_event())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.cuda_stream == other.cuda_stream

    def __hash__(self) -> int:
        return hash(self.cuda_stream)

    def __repr__(self) -> str:
        return f"<torch.cuda.Stream device=cuda:0 cuda_stream={self.cuda_stream:#x}>"


class Event:
    """A point in the work of a stream: other work can wait for it, and with enable_timing it measures time.

    Raises RuntimeError without a GPU, as torch does. torch: torch.cuda.Event.
    """

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
                "minigrad has no events of other processes or in graphs\nLeave out interprocess and external."
            )
        self.timed = enable_timing
        self.event = cupy.cuda.Event(block=blocking, disable_timing=not enable_timing)
        self._recorded = False

    def record(self, stream: Stream | None = None) -> None:
        """Put the event after all present work of the stream, or of the current stream if None."""
        self.event.record((stream or current_stream()).stream)
        self._recorded = True

    def wait(self, stream: Stream | None = None) -> None:
        """Let all later work of the stream, or of the current stream if None, wait for the event."""
        (stream or current_stream()).wait_event(self)

    def query(self) -> bool:
        """Return whether the event has been reached."""
        return bool(self.event.done)

    def synchronize(self) -> None:
        """Wait until the event has been reached."""
        self.event.synchronize()

    def elapsed_time(self, end_event: Event) -> float:
        """Return the milliseconds from this event to another one.

        Raises ValueError unless both events have enable_timing and have been recorded.
        """
        if not (self.timed and end_event.timed):
            raise ValueError(
                "Both events must be created with argument 'enable_timing=True'.\nUse Event(enable_timing=True)."
            )
        if not (self._recorded and end_event._recorded):
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return float(cupy_module().cuda.get_elapsed_time(self.event, end_event.event))


def current_stream(device: Any = None) -> Stream:
    """Return the current stream. Raises RuntimeError or AssertionError without a GPU."""
    return Stream._around(cupy_module().cuda.get_current_stream())


def default_stream(device: Any = None) -> Stream:
    """Return the default stream. Raises RuntimeError or AssertionError without a GPU."""
    return Stream._around(cupy_module().cuda.Stream.null)


@contextmanager
def stream(stream: Stream | None) -> Iterator[None]:
    """Make a stream the current one inside the `with` block. None changes nothing."""
    if stream is None:
        yield
        return
    with stream.stream:
        yield


def is_current_stream_capturing() -> bool:
    """Return whether the current stream is being captured. Raises RuntimeError without a GPU, as torch does."""
    gpu_or("Tried to instantiate dummy base class _cuda_isCurrentStreamCapturing")
    return is_capturing()
