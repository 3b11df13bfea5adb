"""minigrad.backends.cudnn: flags that change nothing: there is no cuDNN.   torch: torch/backends/cudnn/__init__.py

NumPy computes the same each time, as deterministic = True asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["flags", "is_available", "version"]

enabled, benchmark, deterministic, allow_tf32 = True, False, False, True
benchmark_limit: int | None = 10


def is_available() -> bool:
    """Return False: there is no cuDNN."""
    return False


def version() -> int | None:
    """Return None: there is no cuDNN."""
    return None


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int | None = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
) -> Iterator[None]:
    """Set the flags inside a with statement."""
    given, own = dict(locals()), globals()
    before = {name: own[name] for name in given}
    own.update(given)
    try:
        yield
    finally:
        own.update(before)
