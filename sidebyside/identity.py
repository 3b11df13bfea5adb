"""What "the same" means, and how far apart what is not the same is."""

from __future__ import annotations

from typing import Any

import numpy as np


def same_bits(a: Any, b: Any) -> bool:
    """Equal dtype and shape, every nan equal to every nan, and bytes equal after `+ 0.0`.

    Adding 0.0 makes -0.0 positive: libraries differ in the sign of a zero that a sum of products leaves.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def largest_difference(a: Any, b: Any) -> float:
    """max |a - b|, worked out in float64; nan where one of them is nan, 0 for empty arrays."""
    return float(np.max(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)), initial=0.0))


def ulps(a: Any, b: Any) -> float:
    """The largest difference in units of the last place of the array's largest element.

    Small elements of a gradient are sums of large ones that cancel: their own last place says nothing.
    """
    a = np.asarray(a)
    scale = np.max(np.abs(a), initial=0.0)
    return largest_difference(a, b) / float(np.spacing(scale))


def relative_error(a: Any, truth: Any) -> float:
    """max |a - truth| as a share of max |truth|."""
    top = float(np.max(np.abs(truth), initial=0.0))
    return largest_difference(a, truth) / top if top else largest_difference(a, truth)
