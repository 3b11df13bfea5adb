"""minigrad.backends.mps: Apple's GPUs, which minigrad does not use.   torch: torch/backends/mps/__init__.py"""

__all__ = ["is_available", "is_built"]


def is_built() -> bool:
    """Return False."""
    return False


def is_available() -> bool:
    """Return False."""
    return False
