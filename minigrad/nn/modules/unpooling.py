"""Layers that undo maximum pools in part.   torch: torch/nn/modules/pooling.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn.later.unpool_functions import max_unpool1d, max_unpool2d, max_unpool3d
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]


class _MaxUnpool(Module):
    """A layer that calls `unpool` with its options."""

    dims: int
    unpool: Any

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = (
            (each,) * self.dims if isinstance(each, int) else tuple(each)
            for each in (kernel_size, kernel_size if stride is None else stride, padding)
        )

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The maxima at their places."""
        unpool = type(self).unpool
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """The maxima of MaxPool1d(return_indices=True) at their places, 0 elsewhere. torch: torch.nn.MaxUnpool1d."""

    dims, unpool = 1, staticmethod(max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """The maxima of MaxPool2d(return_indices=True) at their places, 0 elsewhere. torch: torch.nn.MaxUnpool2d."""

    dims, unpool = 2, staticmethod(max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """The maxima of MaxPool3d(return_indices=True) at their places, 0 elsewhere. torch: torch.nn.MaxUnpool3d."""

    dims, unpool = 3, staticmethod(max_unpool3d)
