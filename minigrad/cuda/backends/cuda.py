"""minigrad.backends.cuda: whether CuPy is installed, and flags of cuBLAS.   torch: torch/backends/cuda/__init__.py"""

from types import SimpleNamespace

from minigrad.arrays.device import is_installed

__all__ = ["is_built", "matmul"]

# They change nothing: CuPy computes products in the type of their factors.
matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True)


def is_built() -> bool:
    """Return whether CuPy is installed. Whether it finds a GPU says minigrad.cuda.is_available()."""
    return is_installed()
