"""Recurrence: one step of each kind of network, and the loop over time.   torch: aten/src/ATen/native/RNN.cpp

A layer reads a sequence x₁, x₂ ... and keeps a state. W·xₜ + b needs no state, so it is one product for all steps at
once; the loop then adds U·hₜ₋₁ step by step. Backward needs no rule of its own: the graph of the loop is the network
unrolled in time, and the engine goes back along it (backpropagation through time).

For each of these ops Python takes longer than NumPy. So IN_ONE_STEP has the usual layers once more, computed as one
step of the graph with the same bits: recurrent_kernels.py.

A state is a tuple of tensors (N, H): (h,) or, for an LSTM, (h, c).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from minigrad.autograd.fused import Fused
from minigrad.nn import functional as F
from minigrad.nn.later import recurrent_kernels as kernels
from minigrad.nn.later.recurrent_kernels import Layer
from minigrad.tensors.joining import cat, stack
from minigrad.tensors.tensor import Tensor

State = tuple[Tensor, ...]


class Weights(NamedTuple):
    """The weights of a layer in one direction. For an LSTM the rows of W, U, b and v are those of i, f, g and o."""

    W: Tensor  # weight_ih (gates·H, inputs)
    U: Tensor  # weight_hh (gates·H, H)
    b: Tensor | None = None  # bias_ih (gates·H,)
    v: Tensor | None = None  # bias_hh (gates·H,)
    P: Tensor | None = None  # weight_hr (proj_size, H)


Step = Callable[[Tensor, State, Weights], State]
Loop = Callable[[Step, Sequence[Tensor], State, Weights], tuple[list[Tensor], State]]


# One step. Its x is W·xₜ + b.


def tanh_step(x: Tensor, state: State, w: Weights) -> State:
    """h' = tanh(x + U·h + v)"""
    (h,) = state
    return ((F.linear(h, w.U, w.v) + x).tanh(),)


def relu_step(x: Tensor, state: State, w: Weights) -> State:
    """h' = max(x + U·h + v, 0)"""
    (h,) = state
    return ((F.linear(h, w.U, w.v) + x).relu(),)


def lstm_step(x: Tensor, state: State, w: Weights) -> State:
    """i, f, g, o = x + U·h + v        c' = σ(f)·c + σ(i)·tanh(g)    h' = P·(σ(o)·tanh(c'))"""
    h, c = state
    i, f, g, o = (F.linear(h, w.U, w.v) + x).chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c = f * c + i * g
    h = o * c.tanh()
    return (h if w.P is None else F.linear(h, w.P)), c


def gru_step(x: Tensor, state: State, w: Weights) -> State:
    """xr, xz, xn = x    hr, hz, hn = U·h + v        r = σ(hr + xr)    z = σ(hz + xz)    n = tanh(xn + r·hn)
    h' = (1 - z)·n + z·h
    """
    (h,) = state
    xr, xz, xn = x.chunk(3, 1)
    hr, hz, hn = F.linear(h, w.U, w.v).chunk(3, 1)
    r, z = (hr + xr).sigmoid(), (hz + xz).sigmoid()
    n = (xn + hn * r).tanh()
    return ((h - n) * z + n,)


# The loop over time


def forwards(step: Step, xs: Sequence[Tensor], state: State, w: Weights) -> tuple[list[Tensor], State]:
    """The outputs h₁, h₂ ..., and the last state of each sequence.

    The sequences are sorted by length, and xₜ has a row for each that has not ended: a state is kept when it ends.
    """
    outputs, ended = [], []
    for x in xs:
        n = len(x)
        if n < len(state[0]):
            ended.append(tuple(s[n:] for s in state))
            state = tuple(s[:n] for s in state)
        state = step(x, state, w)
        outputs.append(state[0])
    if not ended:
        return outputs, state
    return outputs, tuple(cat(parts[::-1]) for parts in zip(*ended, state, strict=True))


def backwards(step: Step, xs: Sequence[Tensor], first: State, w: Weights) -> tuple[list[Tensor], State]:
    """The same from the end of each sequence to its beginning: a shorter one joins later. h₁ is the last to be made."""
    outputs: list[Tensor] = []
    state = tuple(s[: len(xs[-1])] for s in first) if len(xs[-1]) < len(first[0]) else first
    for x in reversed(xs):
        n = len(state[0])
        if n < len(x):
            state = tuple(cat([s, s0[n : len(x)]]) for s, s0 in zip(state, first, strict=True))
        state = step(x, state, w)
        outputs.append(state[0])
    return outputs[::-1], state


# Layers that are computed as one step of the graph, by the same mathematics in few calls of NumPy


def in_one_step(name: str, step: Step, loop: Loop, layer: Layer) -> Fused:
    """A step and a loop over time as a function of U, and v if there is one, for each step; xs; and the first state."""

    def composition(*inputs: Tensor) -> tuple[Tensor, ...]:
        (U, *v), xs = layer.weights(inputs), inputs[-1 - layer.states]
        w = Weights(U, U, v=v[0] if v else None)  # of W a step knows nothing
        hs, state = loop(step, xs.unbind(0), inputs[-layer.states :], w)
        return (stack(hs), *state)

    return Fused(name, composition, layer.forward, layer.backward)


IN_ONE_STEP: dict[tuple[Step, Loop], Fused] = {
    (step, loop): in_one_step(name, step, loop, Layer(forth, back, states, loop is backwards))
    for name, step, forth, back, states in (
        ("RnnBackward0", tanh_step, kernels.tanh, kernels.tanh_back, 1),
        ("MkldnnRnnLayerBackward0", lstm_step, kernels.lstm, kernels.lstm_back, 2),  # torch's name
        ("GruBackward0", gru_step, kernels.gru, kernels.gru_back, 1),
    )
    for loop in (forwards, backwards)
}


def outputs_of(
    step: Step, loop: Loop, xs: Tensor, state: State, w: Weights, batch_sizes: Sequence[int] | None
) -> tuple[Tensor, State]:
    """All outputs of a layer in one direction, and its last state."""
    if batch_sizes is not None:
        hs, state = loop(step, xs.split(batch_sizes), state, w)
        return cat(hs), state
    fused = IN_ONE_STEP.get((step, loop))
    if fused is None or w.P is not None:
        hs, state = loop(step, xs.unbind(0), state, w)
        return stack(hs), state
    weights = [w.U] if w.v is None else [w.U, w.v]
    z, *last = fused(*weights * len(xs), xs, *state)
    return z, tuple(last)


def recurrence(
    step: Step,
    x: Tensor,
    hidden: State,
    layers: Sequence[Sequence[Weights]],
    dropout: float = 0.0,
    batch_sizes: Sequence[int] | None = None,
) -> tuple[Tensor, State]:
    """Layers one above the other, each with one direction or two, with dropout between them.

    x: (T, N, inputs), or with batch_sizes a packed one; hidden: tensors (layers·directions, N, H). Returns the last
    layer's outputs (T, N, directions·H), and the last states in the shape of hidden.
    """
    states = zip(*(h.unbind(0) for h in hidden), strict=True)
    last = []
    for number, directions in enumerate(layers):
        if number and dropout:
            x = F.dropout(x, dropout)
        outputs = []
        for w, loop in zip(directions, (forwards, backwards), strict=False):
            xs = F.linear(x, w.W, w.b)
            z, state = outputs_of(step, loop, xs, next(states), w, batch_sizes)
            outputs.append(z)
            last.append(state)
        x = outputs[0] if len(outputs) == 1 else cat(outputs, -1)
    return x, tuple(map(stack, zip(*last, strict=True)))
