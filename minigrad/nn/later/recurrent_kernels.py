"""Recurrent layers on arrays, forward and backward, in few calls of NumPy.

The mathematics is in recurrent_functions.py, and what is computed here has the bits of the ops there. A step is given
x = W·xₜ + b, u = U·hₜ₋₁ + v, and the last tensor of its state: c of an LSTM, h of the others. It may overwrite u. It
returns the new state, and what it keeps. On the way back it writes dx, and returns du and dc or dh. To this dh the
layer adds what comes through the product U·h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays.kernels import product, sum_of
from minigrad.autograd.base import Array

State = tuple[Array, ...]
Gradients = Sequence[Any]  # arrays; None where no gradient arrives

# -- one step -----------------------------------------------------------------------------------------------


def tanh(x: Array, u: Array, h: Array) -> tuple[State, Any]:
    """h' = tanh(x + u)"""
    u += x
    z = np.tanh(u)
    return (z,), z


def tanh_back(dstate: Gradients, h: Array, z: Array, dx: Array) -> tuple[Array, Array | None]:
    """dx = du = dh'·(1 - h'²)"""
    return np.multiply(dstate[0], 1 - z * z, out=dx), None


def lstm(x: Array, u: Array, c: Array) -> tuple[State, Any]:
    """i, f, g, o = x + u        c' = σ(f)·c + σ(i)·tanh(g)    h' = σ(o)·tanh(c')"""
    n, gates = c.shape[1], np.add(u, x, out=u)
    g = np.tanh(gates[:, 2 * n : 3 * n])
    sigmoid_(gates)  # of g as well: one call for all is quicker
    gates[:, 2 * n : 3 * n] = g
    new = gates[:, n : 2 * n] * c
    new += gates[:, :n] * g
    t = np.tanh(new)
    return (gates[:, 3 * n :] * t, new), (gates, t)


def lstm_back(dstate: Gradients, c: Array, kept: Any, dx: Array) -> tuple[Array, Array | None]:
    """do = dh'·tanh(c')    dc' += dh'·σ(o)·(1 - tanh²c')    df = dc'·c    di = dc'·tanh(g)    dg = dc'·σ(i)

    Each gate's gradient is then multiplied by the derivative of its σ or tanh. dc = dc'·σ(f)
    """
    (dh, dc), (gates, t), n = dstate, kept, c.shape[1]
    i, f, g, o = (gates[:, k * n : k * n + n] for k in range(4))
    dx[:, 2 * n :] = 0
    if dh is not None:
        np.multiply(dh, t, out=dx[:, 3 * n :])
        through = 1 - t * t
        through *= dh * o
        dc = through if dc is None else dc + through
    np.multiply(dc, g, out=dx[:, :n])
    np.multiply(dc, c, out=dx[:, n : 2 * n])
    times_slope_(dx, gates)
    np.multiply(dc * i, 1 - g * g, out=dx[:, 2 * n : 3 * n])
    return dx, dc * f


def gru(x: Array, u: Array, h: Array) -> tuple[State, Any]:
    """r, z = σ(x + u)    n = tanh(x + r·u)        h' = (h - n)·z + n"""
    size = h.shape[1]
    gates = u[:, : 2 * size]
    gates += x[:, : 2 * size]
    sigmoid_(gates)
    n = u[:, 2 * size :] * gates[:, :size]
    n += x[:, 2 * size :]
    np.tanh(n, out=n)
    difference = h - n
    return (difference * gates[:, size:] + n,), (u, n, difference)


def gru_back(dstate: Gradients, h: Array, kept: Any, dx: Array) -> tuple[Array, Array | None]:
    """dh = dh'·z    dz = dh'·(h - n)    dn = (dh' - dh'·z)·(1 - n²)    dr = dn·u

    Those of r and z are then multiplied by the derivative of their σ. x gets dn, and u gets dn·r.
    """
    (dnew,), (u, n, difference), size = dstate, kept, h.shape[1]
    gates, dgates, dn = u[:, : 2 * size], dx[:, : 2 * size], dx[:, 2 * size :]
    dh = dnew * gates[:, size:]
    np.multiply(dnew - dh, 1 - n * n, out=dn)
    np.multiply(dn, u[:, 2 * size :], out=dgates[:, :size])
    np.multiply(dnew, difference, out=dgates[:, size:])
    times_slope_(dgates, gates)
    du = dx.copy()
    du[:, 2 * size :] *= gates[:, :size]
    return du, dh


def sigmoid_(x: Array) -> None:
    """σ(x) in the place of x"""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.divide(1, x, out=x)


def times_slope_(dz: Array, z: Array) -> None:
    """dz·(1 - z)·z in the place of dz, the gradient of x where z = σ(x)"""
    dz *= 1 - z
    dz *= z


# -- all steps ----------------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """One direction of a layer, as the inputs of a Fused: U, and v if there is one, for each step; then x; then state.

    The weights are given once for a step, because the sum of their gradients rounds in this order, the last step first.
    """

    forth: Callable[..., tuple[State, Any]]
    back: Callable[..., tuple[Array, Array | None]]
    states: int  # tensors in a state
    reverse: bool  # from the last xₜ to the first

    def times(self, x: Array) -> Sequence[int]:
        """Which xₜ is next."""
        return range(len(x))[:: -1 if self.reverse else 1]

    def weights(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """U and v, or U alone."""
        steps = len(inputs[-1 - self.states])
        return inputs[: (len(inputs) - 1 - self.states) // steps]

    def forward(self, inputs: Sequence[Array]) -> tuple[Sequence[Array], Any]:
        """All hₜ, and the last state."""
        (U, *v), x, state, kept = self.weights(inputs), inputs[-1 - self.states], inputs[-self.states :], []
        hs = np.empty_like(x, shape=(*x.shape[:2], state[0].shape[1]), order="C")
        for t in self.times(x):
            u = product(state[0], U.T)
            for each in v:
                u += each
            new, own = self.forth(x[t], u, state[-1])
            kept.append((state, own))
            state = new
            hs[t] = state[0]
        return (hs, *state), kept

    def backward(
        self, arriving: Gradients, inputs: Sequence[Array], kept: Any, wanted: Sequence[bool]
    ) -> Iterator[Any]:
        """dU and dv of each step, the last step first; dx; the gradient of the first state."""
        (U, *v), x = self.weights(inputs), inputs[-1 - self.states]
        (dhs, *terms), dc, dx = arriving[:2], list(arriving[2:]), np.empty_like(x, order="C")
        for t, (state, own) in zip(reversed(self.times(x)), reversed(kept), strict=True):
            dh = added([*([] if dhs is None else [dhs[t]]), *terms])
            du, ds = self.back((dh, *dc), state[-1], own, dx[t])
            yield product(du.T, state[0]) if wanted[0] else None
            for _ in v:
                yield sum_of(du, (0,)) if wanted[1] else None
            terms, dc = ([product(du, U)], [ds]) if dc else ([ds, product(du, U)], [])
        yield from (dx, added(terms), *dc)


def added(terms: Gradients) -> Array | None:
    """The sum of those that are not None; None if all are."""
    found = [term for term in terms if term is not None]
    return reduce(add, found) if found else None
