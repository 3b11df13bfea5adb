"""Loops that minigrad runs another way than NumPy's plain one, each beside it: what was tried, and what it gave.

A trick's two ways compute the same; how the same is said by `exact`, bit for bit, or else to the rounding of a sum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.turns import Call
from minigrad import ops
from minigrad.arrays import kernels
from minigrad.arrays.kernels import without_warnings
from minigrad.nn import ops as nn

OURS, PLAIN = "minigrad's way", "NumPy's plain way"


class Trick(NamedTuple):
    """Two ways, each a function of the arrays that `given(rng, n)` makes."""

    given: Callable[[Any, int], tuple[Any, ...]]
    ours: Callable[..., Any]
    plain: Callable[..., Any]
    size: int
    exact: bool = True

    def calls(self) -> dict[str, Call]:
        """Both on the same arrays."""
        arrays = self.given(np.random.default_rng(0), self.size)
        return {OURS: lambda: self.ours(*arrays), PLAIN: lambda: self.plain(*arrays)}


def _floats(*shape: int) -> Callable[[Any, int], tuple[Any, ...]]:
    return lambda rng, n: (rng.standard_normal((n, *shape), dtype=np.float32),)


def _quietly(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.negative(x)


def _log_softmax(x: Any) -> Any:
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _added_at(x: Any, *at: Any) -> Any:
    z = np.zeros((len(x), 10), x.dtype)
    np.add.at(z, at, x)
    return z


TRICKS = {
    "relu's gradient: a product of bits; np.where": Trick(
        lambda rng, n: (rng.random((n, 100)) < 0.5, *_floats(100)(rng, n)),
        lambda off, dz: kernels.where(off, 0.0, dz),
        lambda off, dz: np.where(off, np.float32(0), dz),
        60_000,
    ),
    "a bias's gradient: products with ones; x.sum(axis=0)": Trick(
        _floats(100), lambda dz: kernels.sum_of(dz, (0,)), lambda dz: dz.sum(axis=0), 60_000, exact=False
    ),
    "log_softmax of rows of 10: turned; as they lie": Trick(
        _floats(10), lambda x: nn.log_softmax.forward(x, (1,)), _log_softmax, 60_000, exact=False
    ),
    "a weight's gradient at batch 1: x * y; x @ y": Trick(
        lambda rng, n: (*_floats(1)(rng, n), rng.standard_normal((1, 784), dtype=np.float32)),
        ops.mm.forward,
        np.matmul,
        100,
    ),
    "a column and a row for all others: a loop for each row; in NumPy's buffers": Trick(
        lambda rng, n: (*_floats(1)(rng, n), rng.standard_normal(784, dtype=np.float32)),
        lambda column, row: kernels.by_rows(np.multiply, column, row),
        np.multiply,
        100,
    ),
    "adding up where a pair of indices repeats: at one index; np.add.at": Trick(
        lambda rng, n: (*_floats()(rng, n), rng.integers(0, n, n), rng.integers(0, 10, n)),
        lambda x, *at: ops.scatter.forward(x, (len(x), 10), at),
        _added_at,
        60_000,
    ),
    "silence about 0/0: a context that is entered; np.errstate": Trick(
        _floats(), lambda x: without_warnings(np.negative, x), _quietly, 1
    ),
}


def check(trick: Trick) -> str:
    """What was found equal; AssertionError where the two ways part."""
    ours, plain = (call() for call in trick.calls().values())
    if trick.exact:
        np.testing.assert_array_equal(ours, plain)
        return "the same bits"
    # Sums of n terms in two orders: each errs by at most (n - 1)·u of Σ|x|; see Higham, section 4.2.
    (x, *_) = trick.given(np.random.default_rng(0), trick.size)
    allowed = 2 * len(x) * 2.0**-24 * max(1.0, float(np.abs(x).sum(axis=0, dtype=float).max()))
    worst = float(np.abs(ours.astype(float) - plain).max()) / allowed
    if not worst <= 1:
        raise AssertionError(f"apart by {worst:.3g} times what rounding allows: not timed")
    return f"apart by {worst:.2g} of what rounding allows"
