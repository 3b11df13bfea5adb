"""Counts of elements, which have no gradient: bincount, histc, histogram.   torch: aten/.../native/Histogram.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.misuse import no_derivative
from minigrad.autograd.op import differentiable
from minigrad.tensors.arguments import Tensor, tensor_function


@tensor_function
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of the numbers 0, 1, 2 ... occurs in a vector, or the sum of the weights where it does."""
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input.array.dtype.kind not in "iu":
        kind = input.dtype.scalar_name
        raise NotImplementedError(
            f"\"bincount_cpu\" not implemented for '{kind}'\nConvert with .long() first."
        )
    if input.ndim != 1 or (input.array < 0).any():
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.array.shape != input.array.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    given = None if weights is None else weights.array
    counts = np.bincount(input.array.astype(np.int64), given, minlength)
    single = given is not None and given.dtype == np.float32
    return wrap(counts.astype(np.float32) if single else counts)


def _range(name: str, x: Any, low: float, high: float) -> tuple[float, float]:
    """The range of the bins: that of the elements if low = high; a range of nothing gets the width 1 around it."""
    if low == high and x.size:
        low, high = x.min(), x.max()
    if low == high:
        low, high = low - (0.5 if name == "histogram" else 1), high + (0.5 if name == "histogram" else 1)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    return low, high


def _places(x: Any, edges: Any, low: Any, high: Any, uniform: bool) -> tuple[Any, Any]:
    """The elements that are in the range, as a mask, and the bin of each. The last bin has its upper edge."""
    inside = (x >= low) & (x <= high)
    bins, held = len(edges) - 1, x[inside]
    if uniform:
        where = ((held - low) * (x.dtype.type(bins) / (high - low))).astype(np.int64)
        where = np.clip(where, 0, bins - 1)
        where -= held < edges[where]
        where += (held >= edges[where + 1]) & (where < bins - 1)
    else:
        where = np.searchsorted(edges, held, side="right") - 1
    return inside, np.clip(where, 0, bins - 1)


@tensor_function
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of so many bins of equal width from min to max, in the input's type.

    Without a range, from the smallest element to the largest. What lies outside is not counted.
    """
    if input.array.dtype.kind != "f" or input.array.dtype == np.float16:
        kind = input.dtype.scalar_name
        raise NotImplementedError(
            f"\"{'linspace' if kind == 'Bool' else 'histogram'}_cpu\" not implemented for '{kind}'\n"
            "Convert with .float() first."
        )
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    x = input.array.reshape(-1)
    low, high = (x.dtype.type(each) for each in _range("histc", x, min, max))
    edges = np.linspace(low, high, bins + 1, dtype=x.dtype)
    _, where = _places(x, edges, low, high, True)
    return wrap(np.bincount(where, minlength=bins).astype(x.dtype))


@differentiable("NotImplemented", x=no_derivative("derivative for aten::histogram is not implemented"))
def _counted(x: Any, found: Any) -> Any:
    """z = what was counted of x before"""
    return found


class histogram_result(NamedTuple):
    """What histogram returns."""

    hist: Any
    bin_edges: Any

    def __repr__(self) -> str:
        return f"torch.return_types.histogram(\nhist={self.hist!r},\nbin_edges={self.bin_edges!r})"


@tensor_function
def histogram(
    input: Tensor, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Any:
    """How many elements lie in each bin, or the sum of their weights, and the edges of the bins.

    bins is their number, or a vector of edges. With density the areas add up to 1. The counts have no gradient.
    """
    if input.array.dtype.kind != "f" or input.array.dtype == np.float16:
        kind = input.dtype.scalar_name
        raise NotImplementedError(
            f"\"histogram{'_cpu' if isinstance(bins, TensorBase) else 'dd'}\" not implemented for '{kind}'\n"
            "Convert with .float() first."
        )
    x = input.array.reshape(-1)
    uniform = not isinstance(bins, TensorBase)
    if uniform:
        if bins <= 0:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
        low, high = range if range is not None else _range("histogram", x, 0, 0)
        edges = (
            np.linspace(low, high, bins + 1, dtype=x.dtype)
            if x.size or range
            else np.linspace(0, 1, bins + 1)
        )
        edges = edges.astype(x.dtype)
    else:
        edges = bins.array
    inside, where = _places(x, edges, edges[0], edges[-1], uniform)
    weights = None if weight is None else weight.array.reshape(-1)[inside]
    counts = np.bincount(where, weights, len(edges) - 1).astype(x.dtype)
    if density:
        counts = counts / (counts.sum() * np.diff(edges))
    return histogram_result(_counted(input, counts), _counted(input, edges.copy()))


histogram_result.__name__ = histogram_result.__qualname__ = "histogram"
