"""Everything that knows both: minigrad and PyTorch next to each other, and whether they are the same."""

from sidebyside.standin import as_torch

__all__ = ["as_torch"]
