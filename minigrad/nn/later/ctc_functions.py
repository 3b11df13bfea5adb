"""ctc_loss: labels of which nobody knows when they are spoken.   torch: aten/src/ATen/native/LossCTC.cpp

Between the labels, and before and after them, there may be blanks: the states of a path are blank, l₁, blank, l₂, ...,
blank. In each step a path stays in its state, goes to the next one, or past a blank between two different labels. The
loss is -log of the probability of all paths together. αₜ(s) is that of the first steps that end in state s, βₜ(s) that
of the last ones, both by their logarithms (Graves et al., 2006).
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.autograd.base import Array, TensorBase
from minigrad.autograd.op import differentiable
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.functions import refuse, where

__all__ = ["ctc_loss"]


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability of the labels, whenever they are spoken: (T, N, C), or (T, C) for one sequence.

    log_probs       log-probabilities of C labels in T steps, from log_softmax: the gradient is that of its input
    targets         labels (N, S), or those of all sequences one after the other
    input_lengths   how many steps, and target_lengths how many labels, each sequence has: numbers or a tensor
    reduction       "none"; "sum"; "mean", of the losses divided by their numbers of labels
    zero_infinity   whether a sequence too short for its labels counts as 0, not ∞
    Raises RuntimeError for lengths that do not fit, and for a second derivative. torch: torch.nn.functional.ctc_loss.
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    inputs, labels = (_lengths(each, name) for each, name in
                      ((input_lengths, "input_lengths"), (target_lengths, "target_lengths")))  # fmt: skip
    single = log_probs.ndim == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    loss = _per_sequence(x, targets, inputs, labels, blank, zero_infinity)
    if zero_infinity:
        loss = where(loss == float("inf"), 0.0, loss)
    if reduction == "none":
        return loss.squeeze(0) if single else loss
    if reduction == "sum":
        return loss.sum()
    counts = np.maximum(labels, 1).astype(x.array.dtype)
    return ops.div(loss, counts).mean()


def _lengths(given: Any, name: str) -> Array:
    array = np.asarray(given.detach().cpu().numpy() if hasattr(given, "detach") else given)
    if array.dtype.kind not in "iu" and array.size:
        raise RuntimeError(f"{name} must be integral")
    return np.atleast_1d(array).astype(np.int64)


@tensor_function
def _per_sequence(
    input: Tensor, targets: Tensor, inputs: Any, labels: Any, blank: int, zero_infinity: bool
) -> Tensor:
    refuse("ctc_loss_cpu", "biu", input)
    steps, batch, classes = input.shape
    _check(steps, batch, classes, targets, inputs, labels, blank)
    flat = targets.detach().cpu().numpy().astype(np.int64)
    most = int(labels.max()) if batch else 0
    states = np.full((batch, 2 * most + 1), blank)  # beyond a sequence's own states nothing is read
    start = 0
    for n, count in enumerate(labels):
        states[n, 1 : 2 * count : 2] = flat[n, :count] if targets.ndim == 2 else flat[start : start + count]
        start += count
    return _ctc(input, states, inputs, labels, zero_infinity)


def _logs(x: Array, states: Array) -> Array:
    """The log-probabilities of the states in each step: (T, N, S)."""
    return np.take_along_axis(x, np.broadcast_to(states, (len(x), *states.shape)), 2)


def _shifted(x: Array, by: int) -> Array:
    """x, moved by so many states; -∞ comes in."""
    z = np.full_like(x, -np.inf)
    if by < x.shape[1]:
        z[:, by:] = x[:, : x.shape[1] - by]
    return z


def _alphas(logs: Array, states: Array) -> Array:
    """αₜ(s), by its logarithm."""
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = states[:, 2:] != states[:, :-2]
    skips[:, ::2] = False
    a = np.full_like(logs, -np.inf)
    if len(logs):
        a[0, :, :2] = logs[0, :, :2]
    for t in range(1, len(logs)):
        last = a[t - 1]
        past = np.where(skips, _shifted(last, 2), -np.inf)
        a[t] = np.logaddexp(np.logaddexp(last, _shifted(last, 1)), past) + logs[t]
    return a


def _losses(a: Array, inputs: Array, labels: Array) -> Array:
    """-log of the probabilities of both states in which a path may end, at each sequence's own end."""
    n = np.arange(len(labels))
    ends = a[np.maximum(inputs, 1) - 1, n] if len(a) else np.full(a.shape[1:], -np.inf)
    last, before = ends[n, 2 * labels], ends[n, np.maximum(2 * labels - 1, 0)]
    z = -np.where(labels > 0, np.logaddexp(last, before), last)
    return np.where(inputs > 0, z, np.where(labels > 0, np.inf, 0)).astype(a.dtype)


def _reversed(x: Array, inputs: Array) -> Array:
    """Each sequence's own steps in reverse order."""
    t = np.arange(len(x))[:, None]
    return np.take_along_axis(x, np.where(t < inputs, inputs - 1 - t, t)[..., None], 0)


def _slopes(
    dz: Any, x: Any, z: Any, states: Array, inputs: Array, labels: Array, zero_infinity: bool
) -> Array:
    if isinstance(dz, TensorBase):
        raise RuntimeError("derivative for aten::_ctc_loss_backward is not implemented")
    # β is α of the sequences read backwards; `mirror` maps the states 0 to 2·labels to themselves, the last one first
    logs = _logs(x, states)
    s = np.arange(states.shape[1])
    mirror = (2 * labels[:, None] - s) % states.shape[1]
    back = np.take_along_axis(_reversed(logs, inputs), mirror[None], 2)
    b = np.take_along_axis(
        _reversed(_alphas(back, np.take_along_axis(states, mirror, 1)), inputs), mirror[None], 2
    )
    both = np.where(s <= 2 * labels[:, None], _alphas(logs, states) + b - logs, -np.inf)
    held = np.arange(len(x))[:, None] < inputs
    share = np.zeros_like(x)
    weight = np.exp(both + np.where(np.isfinite(z), z, 0)[:, None])
    np.add.at(
        share, (np.arange(len(x))[:, None, None], np.arange(len(labels))[:, None], states[None]), weight
    )
    slope = np.where(np.isinf(z)[:, None], 0 if zero_infinity else np.nan, np.exp(x) - share)
    return np.where(held[..., None], slope * dz[:, None], 0).astype(x.dtype)


@differentiable(
    "CtcLossBackward0",
    x=lambda dz, x, z, states, inputs, labels, zero_infinity: _slopes(
        dz, x, z, states, inputs, labels, zero_infinity
    ),
)
def _ctc(x: Array, states: Array, inputs: Array, labels: Array, zero_infinity: bool) -> Array:
    """z = -log Σ of all paths        dx = eˣ - Σ αₜ(s)·βₜ(s)/e⁻ᶻ over the states s with this label"""
    return _losses(_alphas(_logs(x, states), states), inputs, labels)


_WHERE = "(while checking arguments for ctc_loss_allocate_outputs)"


def _check(
    steps: int, batch: int, classes: int, targets: Any, inputs: Array, labels: Array, blank: int
) -> None:
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, lengths in (("input_lengths", inputs), ("target_lengths", labels)):
        if len(lengths) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    for low in labels[labels < 0]:
        raise RuntimeError(f"Expected target_lengths to have value at least 0, but got value {low} {_WHERE}")
    if targets.ndim == 1 and targets.shape[0] != labels.sum():
        raise RuntimeError(
            f"Expected tensor to have size {labels.sum()} at dimension 0, but got size {targets.shape[0]} for "
            f"argument #2 'targets' {_WHERE}"
        )
    if targets.ndim == 2 and batch and targets.shape[1] < labels.max():
        raise RuntimeError(
            f"Expected tensor to have size at least {labels.max()} at dimension 1, but got size {targets.shape[1]} for "
            f"argument #2 'targets' {_WHERE}"
        )
    for high in inputs[inputs > steps]:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {high} {_WHERE}"
        )
