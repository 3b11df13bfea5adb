"""L-BFGS.   torch: torch/optim/lbfgs.py

It looks for a minimum along d = -H·g. H, which stands for the inverse of the second derivatives, is never written down:
its product comes from the last changes s of the weights and y of the gradient.   Nocedal and Wright, Numerical
Optimization (2006), algorithm 7.4 for the direction, 3.5 and 3.6 for the strong Wolfe conditions
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from minigrad.autograd import enable_grad, no_grad
from minigrad.optim.optimizer import Optimizer
from minigrad.tensors.creation import zeros
from minigrad.tensors.joining import cat
from minigrad.tensors.tensor import Tensor

__all__ = ["LBFGS"]

C1, C2 = 1e-4, 0.9  # of the strong Wolfe conditions: f falls enough, its slope is small enough
LEAST = 1e-9  # a bracket that is smaller is not divided any more


class LBFGS(Optimizer):
    """L-BFGS: each step calls the closure several times, and moves all weights along one direction.

    With line_search_fn="strong_wolfe" a step is long enough, and not too long; otherwise its length is lr, and of the
    first one min(1, 1/Σ|g|)·lr. A call of `step` ends after max_iter directions or max_eval calls of the closure, or
    when no gradient is larger than tolerance_grad, or when no weight and no loss changes by more than tolerance_change.
    Raises ValueError for a negative lr, and for several groups of parameters. torch: torch.optim.LBFGS.
    """

    def __init__(
        self, params: Iterable[Any], lr: Any = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        options = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, options)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Change the weights until a limit is reached. Returns what the closure returned first."""
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        self._params = group["params"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        evals, loss, g = 1, _number(first), self._flat_grad()
        state["func_evals"] += 1
        done = bool(g.abs().max() <= group["tolerance_grad"])
        for i in range(0 if done else group["max_iter"]):
            state["n_iter"] += 1
            d = _direction(state, g, group["history_size"])
            lr = float(group["lr"])
            least: Any = min(1.0, 1.0 / g.abs().sum())
            state["t"] = least * lr if state["n_iter"] == 1 else lr
            state["d"], state["prev_flat_grad"], state["prev_loss"] = d, g.clone(), loss
            slope = g.dot(d)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if group["line_search_fn"] is not None:
                loss, g, used = self._search(closure, Point(0, loss, g, slope), group["max_eval"] - evals)
            self._move(state["t"], d)
            if group["line_search_fn"] is None and i + 1 < group["max_iter"]:
                loss, used = _number(closure()), 1
                g = self._flat_grad()
            evals += used
            state["func_evals"] += used
            if (
                evals >= group["max_eval"]
                or g.abs().max() <= group["tolerance_grad"]
                or d.mul(state["t"]).abs().max() <= group["tolerance_change"]
                or abs(loss - state["prev_loss"]) < group["tolerance_change"]
            ):
                break
        return first

    def _flat_grad(self) -> Tensor:
        """The gradients of all weights, one after the other."""
        return cat(
            [zeros(p.numel(), dtype=p.dtype) if p.grad is None else p.grad.reshape(-1) for p in self._params]
        )

    def _move(self, t: Any, d: Tensor) -> None:
        """w ← w + t·d"""
        start = 0
        for p in self._params:
            p.add_(d[start : start + p.numel()].view_as(p), alpha=float(t))
            start += p.numel()

    def _search(self, closure: Callable[[], Any], start: Point, most: int) -> tuple[float, Tensor, int]:
        """Find how far to go, state["t"]; the loss and the gradient there, and how often the closure was called."""
        group = self.param_groups[0]
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        state, before, calls = self.state[self._params[0]], [p.clone() for p in self._params], 0

        def at(t: Any) -> Point:
            nonlocal calls
            calls += 1
            self._move(t, state["d"])
            loss, g = _number(closure()), self._flat_grad()
            for p, kept in zip(self._params, before, strict=True):
                p.copy_(kept)
            return Point(t, loss, g, g.dot(state["d"]))

        found = strong_wolfe(at, state["t"], start, float(state["d"].abs().max()), most)
        state["t"] = found.t
        return found.loss, found.g, calls


def _number(loss: Any) -> float:
    return float(loss.detach() if isinstance(loss, Tensor) else loss)


def _direction(state: dict[str, Any], g: Tensor, history: int) -> Tensor:
    """-H·g, from the last changes of the weights (old_stps) and of the gradient (old_dirs)."""
    if state["n_iter"] == 1:
        state["old_dirs"], state["old_stps"], state["ro"], state["H_diag"] = [], [], [], 1
        return g.neg()
    changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
    y, s = g.sub(state["prev_flat_grad"]), state["d"].mul(state["t"])
    ys = y.dot(s)
    if ys > 1e-10:  # else the curvature along s is not positive
        if len(changes) == history:
            for each in (changes, steps, ro):
                each.pop(0)
        changes.append(y)
        steps.append(s)
        ro.append(1.0 / ys)
        state["H_diag"] = ys / y.dot(y)
    weights = state.setdefault("al", [None] * history)
    q = g.neg()
    for i in reversed(range(len(changes))):
        weights[i] = steps[i].dot(q) * ro[i]
        q.add_(changes[i], alpha=-float(weights[i]))
    d = q.mul(state["H_diag"])
    for i in range(len(changes)):
        back = changes[i].dot(d) * ro[i]
        d.add_(steps[i], alpha=float(weights[i] - back))
    return d


# -- how far to go along the direction ----------------------------------------------------------------------


class Point(NamedTuple):
    """What is known at a distance t along the direction: loss, gradient, and the slope of the loss along it."""

    t: Any
    loss: float
    g: Tensor
    slope: Any


def strong_wolfe(at: Callable[[Any], Point], t: Any, start: Point, size: float, most: int) -> Point:
    """A point that fulfils the strong Wolfe conditions, or the lowest one that was found with `most` tries."""
    points, tries, done = _bracket(at, t, start, most)
    return points[0] if done else _zoom(at, points, start, size, tries, most)


def _is_high(now: Point, start: Point) -> bool:
    """Whether the loss has not fallen enough."""
    return bool(now.loss > start.loss + C1 * now.t * start.slope)


def _is_flat(now: Point, start: Point) -> bool:
    """Whether the slope is small enough."""
    return bool(abs(now.slope) <= -C2 * start.slope)


def _bracket(at: Any, t: Any, start: Point, most: int) -> tuple[list[Point], int, bool]:
    """Go further until two points have a minimum between them, or one is good enough."""
    before, now = start, at(t)
    for tries in range(most):
        if _is_high(now, start) or (tries > 1 and now.loss >= before.loss):
            return [before, now], tries, False
        if _is_flat(now, start):
            return [now], tries, True
        if now.slope >= 0:
            return [before, now], tries, False
        bounds = now.t + 0.01 * (now.t - before.t), now.t * 10
        before, now = now, at(_lowest_of_cubic(before, now, bounds))
    return [start, now], most, False


def _zoom(at: Any, points: list[Point], start: Point, size: float, tries: int, most: int) -> Point:
    """Make the bracket smaller until a point in it is good enough."""
    low = int(points[0].loss > points[1].loss)
    stuck = False
    for _ in range(tries, most):
        left, right = sorted(point.t for point in points)
        if (right - left) * size < LEAST:
            break
        t = _lowest_of_cubic(points[0], points[1], (left, right))
        margin = 0.1 * (right - left)
        near = min(right - t, t - left) < margin
        if near and (stuck or t >= right or t <= left):
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            near = False
        stuck = bool(near)
        now = at(t)
        if _is_high(now, start) or now.loss >= points[low].loss:
            points[1 - low] = now
            low = int(points[0].loss > points[1].loss)
            continue
        done = _is_flat(now, start)
        if not done and now.slope * (points[1 - low].t - points[low].t) >= 0:
            points[1 - low] = points[low]
        points[low] = now
        if done:
            break
    return points[low]


def _lowest_of_cubic(a: Point, b: Point, bounds: tuple[Any, Any]) -> Any:
    """Where the cubic polynomial through two points, with their slopes, is lowest, within bounds."""
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (bounds[0] + bounds[1]) / 2.0
    d2 = square.sqrt()
    if a.t <= b.t:
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(t, bounds[0]), bounds[1])
