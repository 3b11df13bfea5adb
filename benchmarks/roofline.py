"""The two floors of the tutorial's step, by its operations and by its bytes, given what a machine can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np


def ceilings(batch: int, sizes: Sequence[int]) -> dict[str, float]:
    """What NumPy reaches on this CPU: operations a second in the step's first product, bytes in a copy of its data."""
    x = np.random.default_rng(0).random((batch, sizes[0]), dtype=np.float32)
    weight, h = np.ones(sizes[:2], np.float32), np.empty((batch, sizes[1]), np.float32)
    copy = np.empty_like(x)
    product = _quickest(lambda: np.matmul(x, weight, out=h))
    copying = _quickest(lambda: np.copyto(copy, x))
    operations = 2 * batch * sizes[0] * sizes[1]
    return {"operations_per_second": operations / product, "bytes_per_second": 2 * x.nbytes / copying}


def _quickest(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(7):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return min(times)


def floors(n: int, sizes: Sequence[int], ceiling: dict[str, float]) -> dict[str, Any]:
    """The least that a step at this batch size can take, by its operations and by its bytes.

    Operations: both products forward, both weights' gradients, the hidden layer's gradient. Bytes, each array once
    for each kernel that must read or write it: x twice; the hidden layer written, read by ReLU's successor and by the
    second weight's gradient, its gradient written and read twice; the scores and their gradient as often; weights and
    gradients read and written.
    """
    inputs, hidden, classes = sizes
    operations = 2 * n * (2 * inputs * hidden + 3 * hidden * classes)
    weights = inputs * hidden + hidden + hidden * classes + classes
    moved = 4 * (n * (2 * inputs + 6 * hidden + 6 * classes) + 5 * weights)
    by = {
        "operations": operations / ceiling["operations_per_second"],
        "bytes": moved / ceiling["bytes_per_second"],
    }
    return {"operations": operations, "bytes": moved, "by": by, "seconds": max(by.values())}
