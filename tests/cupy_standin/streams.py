"""cupy.cuda's streams, events, graphs and pools, as far as minigrad uses them, with one GPU that is no GPU."""

import itertools
import time
from types import SimpleNamespace

import cupy_standin as standin

__all__ = (
    "Device", "Event", "Graph", "Memory", "MemoryPool", "Stream", "get_current_stream", "get_elapsed_time", "runtime",
    "using_allocator",
)  # fmt: skip
_numbers = itertools.count(16)


class Device:
    """One GPU, number 0."""

    def __init__(self, device=None):
        self.id = device or 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def synchronize(self):
        standin.log("synchronize waits")


runtime = SimpleNamespace(
    getDeviceCount=lambda: 1,
    getDeviceProperties=lambda device: {"name": b"no GPU", "multiProcessorCount": 1},
    getDevice=lambda: 0,
    streamCaptureModeGlobal=0,
    streamCaptureModeThreadLocal=1,
    streamCaptureModeRelaxed=2,
)


class Graph:
    """What was captured, to be done again."""

    def __init__(self, tape):
        self.tape = tape

    def launch(self, stream=None):
        for work in self.tape:
            work()

    def upload(self, stream=None):
        pass


class Stream:
    """A stream: here everything is done at once, except while it is captured."""

    null = None

    def __init__(self, null=False, non_blocking=False, ptds=False, priority=None):
        self.ptr = 0 if null else next(_numbers)
        self.before = []

    def __enter__(self):
        self.before.append(current[0])
        current[0] = self
        return self

    def __exit__(self, *error):
        current[0] = self.before.pop()

    def use(self):
        current[0] = self

    @property
    def done(self):
        return True

    def synchronize(self):
        standin.log("a stream is waited for")

    def record(self, event=None):
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event):
        pass

    def begin_capture(self, mode=None):
        if self.ptr == 0:
            raise RuntimeError("cannot capture on the default (legacy) stream")
        standin.tape = []

    def end_capture(self):
        tape, standin.tape = standin.tape, None
        return Graph(tape)

    def is_capturing(self):
        return standin.tape is not None


Stream.null = Stream(null=True)
current = [Stream.null]


def get_current_stream(device_id=-1):
    """The stream that is used now."""
    return current[0]


class Event:
    """A moment."""

    def __init__(self, block=False, disable_timing=False, interprocess=False):
        self.timed, self.at = not disable_timing, None

    def record(self, stream=None):
        self.at = time.perf_counter()

    def synchronize(self):
        pass

    @property
    def done(self):
        return True


def get_elapsed_time(start_event, end_event):
    """Milliseconds between two events."""
    return 1e3 * (end_event.at - start_event.at)


class MemoryPool:
    """Where arrays come from: counts nothing here."""

    def malloc(self, size):
        raise NotImplementedError

    def used_bytes(self):
        return 0

    def total_bytes(self):
        return 0

    def free_all_blocks(self):
        standin.traffic.append("blocks freed")


default_pool = MemoryPool()
allocators = []


class using_allocator:
    """Allocations within come from this function."""

    def __init__(self, allocator=None):
        self.allocator = allocator

    def __enter__(self):
        allocators.append(self.allocator)

    def __exit__(self, *error):
        allocators.pop()


class Memory:
    """Memory of its own, from no pool."""

    def __init__(self, size):
        import numpy as np

        self.host = np.empty(size, np.uint8)
        self.ptr = self.host.ctypes.data
