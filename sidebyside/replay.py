"""What is wrong in a training step?   Each op, each rule and the optimizer is held against PyTorch's by itself.

A wrong rule spoils every gradient after it: gradients that are apart do not tell where the mistake is. So a step is
replayed node by node. PyTorch's node gets the gradient dz that arrived at minigrad's, and has the same saved values,
for PyTorch's forward pass computes with minigrad's kernels. How far rounding can take that one formula is worked out
(contract/track.py); a gradient that lies outside is a mistake of the rule. Kernels of the forward pass and the
optimizer's step are held against PyTorch's in the same way, from the same numbers.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from minigrad import ops
from minigrad.autograd.broadcasting import to_shape_and_dtype
from minigrad.autograd.op import Op
from minigrad.nn import ops as nn
from sidebyside.aten import bare
from sidebyside.contract import outside, same_bits
from sidebyside.contract.balls import Ball, NoBound
from sidebyside.contract.track import Track, tensors_in, value
from sidebyside.data import Dataset
from sidebyside.exchange import EXCHANGED, minigrad_kernels, uncompiled
from sidebyside.graph import node_name, topological, ways
from sidebyside.options import from_checkout
from sidebyside.runs import Config, Run, loss_of, start
from sidebyside.wrong import Scene, named

SAMPLES = 8  # of which the first step is taken: bounds are worked out in long double
MOST = 2 * 10**6  # multiplications in a product of samples and weights, for a few seconds
STEPS = 2  # of the optimizer: momentum shows in the second


@dataclass(frozen=True)
class Wrong:
    """What gives something else than PyTorch's does, from the same numbers."""

    kind: str  # "op", "rule" or "step"
    where: str  # "AddmmBackward0, the rule of `weight`"
    file: str
    line: int
    how: str  # "it is 2 times the right one"

    def __str__(self) -> str:
        return f"{self.where}, {self.file}:{self.line}: {self.how}."


def find_wrong(
    config: Config, data: Dataset, weights: dict[str, Any], x: Any, y: Any, samples: int = SAMPLES
) -> list[Wrong]:
    """What is wrong in a step from these weights: ops, else rules in backward's order, else the optimizer's step.

    `x` and `y` are minigrad's tensors, of which the first samples are taken. Where no bound is derived, nothing is
    claimed.
    """
    few = x[:samples], y[:samples]
    ours, theirs = (_small(name, config, data, weights, *few) for name in ("minigrad", "torch"))
    with _outputs_of_nodes() as computed, Outputs() as beside, Checked() as kernels:
        losses = [loss_of(run.engine, config)(run.model(run.x), run.y) for run in (ours, theirs)]
    order, order_there = (topological(loss.grad_fn) for loss in losses)
    if [node_name(node) for node in order] != [node_name(node) for node in order_there]:
        return []  # of two graphs that differ, no node has a twin
    pairs = dict(zip(order, order_there, strict=True))
    found = list(dict.fromkeys(_wrong_ops(pairs, computed, beside.kept))) or [*kernels.wrong.values()]
    with suppress(NoBound):
        found = found or _first_of_each(_wrong_rules(losses[0], pairs))
        found = found or list(_wrong_step(ours, theirs))
    return found


def enough(x: Any, config: Config) -> int:
    """How many samples can be replayed in a few seconds."""
    return max(SAMPLES, MOST // (x.shape[1] * config.hidden))


def _small(name: str, config: Config, data: Dataset, weights: dict[str, Any], x: Any, y: Any) -> Run:
    """A run on a few samples, with these weights."""
    few = (x, y) if name == "minigrad" else (torch.from_numpy(each.numpy()) for each in (x, y))
    share: Any = SimpleNamespace(**dict(zip("xy", few, strict=True)))
    run = start(
        name, replace(config, batch_size=None, epochs=STEPS, compile=False, shards=None), data, "cpu", share
    )
    run.model.load_state_dict({key: run.engine.torch.from_numpy(w.copy()) for key, w in weights.items()})
    return run


def _first_of_each(found: Iterable[Wrong]) -> list[Wrong]:
    """A rule is used by several nodes, and may be wrong in all of them."""
    first: dict[str, Wrong] = {}
    for each in found:
        first.setdefault(each.where, each)
    return list(first.values())


# -- the forward pass ---------------------------------------------------------------------------------------------


class Checked(minigrad_kernels):
    """PyTorch computes with minigrad's kernels, each of which must be as near to the truth as rounding allows."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: dict[str, Wrong] = {}

    def exchange(self, func: Any, args: Any, options: dict[str, Any]) -> Any:
        """Compute the result with minigrad's kernel, and the bound of PyTorch's."""
        result = super().exchange(func, args, options)
        with suppress(NoBound), Track() as track:
            for ours, theirs in zip(tensors_in(result), tensors_in(func(*args, **options)), strict=True):
                if how := difference(value(ours), track.ball(theirs)):
                    self.wrong.setdefault(str(func), Wrong("op", *_kernel(func), how))
        return result


def _kernel(func: Any) -> tuple[str, str, int]:
    """minigrad's op for a kernel of PyTorch's, and where it stands."""
    name = {"addmm": "linear"}.get(bare(func), bare(func)).strip("_").removesuffix("_forward")
    for each in (f"{name}_{func._overloadname.partition('_')[0]}", name):
        for module in (nn, ops):
            if isinstance(op := getattr(module, each, None), Op):
                return _forward(op)
    code = EXCHANGED[func].__code__
    return f"the kernel for {func}", from_checkout(code.co_filename), code.co_firstlineno


def _forward(op: Op) -> tuple[str, str, int]:
    code = _declaration(op)
    return f"the op `{op.__name__}`", from_checkout(code.co_filename), code.co_firstlineno


def _declaration(op: Op) -> Any:
    """The code of the function with which an op was declared."""
    return inspect.unwrap(op.__wrapped__).__code__


@contextmanager
def _outputs_of_nodes() -> Iterator[dict[Any, Any]]:
    """What the nodes of minigrad's that are made meanwhile have computed."""
    kept: dict[Any, Any] = {}
    record = Op.record

    def recorded(op: Op, out: Any, *inputs: Any) -> None:
        record(op, out, *inputs)
        kept[out.node] = out.array.copy()

    with patch.object(Op, "record", recorded):
        yield kept


class Outputs(TorchFunctionMode):
    """`kept` is what PyTorch's nodes have computed, of those whose output a program sees."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[Any, Any] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the function, and keep a copy."""
        z = func(*args, **kwargs or {})
        if isinstance(z, torch.Tensor) and z.grad_fn is not None:
            self.kept[z.grad_fn] = z.detach().numpy().copy()
        return z


def _wrong_ops(pairs: dict[Any, Any], computed: dict[Any, Any], beside: dict[Any, Any]) -> Iterator[Wrong]:
    """The first op whose output is another than PyTorch's, bit for bit: the kernels are the same."""
    for node, twin in reversed(pairs.items()):
        if node in computed and twin in beside and not same_bits(computed[node], beside[twin]):
            how = difference(computed[node], Ball(beside[twin])) or "its type is another"
            yield Wrong("op", *_forward(node.op), how)
            return


# -- rules --------------------------------------------------------------------------------------------------------


def _wrong_rules(loss: Any, pairs: dict[Any, Any]) -> Iterator[Wrong]:
    """The rules that give something else than PyTorch's, from what arrives at each node in minigrad's backward pass."""
    for node, dz in _arrived(loss, pairs):
        if isinstance(node.op, Op):
            yield from _wrong_at(node, pairs[node], dz)


def _arrived(loss: Any, nodes: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Nodes and the gradients that arrive there, up to where the backward pass fails, if it does."""
    visits: list[tuple[Any, Any]] = []
    for node in nodes:
        node.register_prehook(lambda dz, node=node: visits.append((node, dz[0].detach().numpy().copy())))
    with suppress(Exception):  # whatever a wrong rule raises: it will be called again, by itself
        loss.backward(retain_graph=True)
    return visits


def _wrong_at(node: Any, twin: Any, dz: Any) -> Iterator[Wrong]:
    """The rules of a node that give something else than PyTorch's node."""
    names = list(node.op.rules)
    for (place, folded, *_), (its_place, its_folded, *_) in zip(ways(node), ways(twin), strict=True):
        name = names[min(place, len(names) - 1)]  # an op of many inputs, such as cat, has one rule for all
        if how := _difference_at([node, *folded], place, [twin, *its_folded], its_place, dz):
            yield Wrong("rule", f"{node_name(node)}, the rule of `{name}`", *declared(node.op, name), how)


def _difference_at(ours: list[Any], place: int, theirs: list[Any], its_place: int, dz: Any) -> str | None:
    """How the gradient of one input, through a node and those folded into it, differs from PyTorch's; None if not."""
    try:
        dx = _through(ours, place, dz, _backward)
    except Exception as error:
        return f"it raises {type(error).__name__}: {' '.join(str(error).split())}"
    with torch.no_grad(), Track() as track:
        right = _through(theirs, its_place, torch.from_numpy(dz.copy()), _torch_backward)
        if dx.shape != right.shape:  # not yet summed over what was repeated, which the engine does
            edge = ours[-1].edges[0 if len(ours) > 1 else place]
            with suppress(RuntimeError):
                dx, right = to_shape_and_dtype(dx, edge, ours[-1]), right.sum_to_size(edge.shape)
        return difference(dx, track.ball(right), dz)


def _through(nodes: list[Any], place: int, dz: Any, backward: Callable[[Any, Any, int], Any]) -> Any:
    """What an input gets: the first node's gradient at this place, and what the others make of it."""
    for node in nodes:
        dz, place = backward(node, dz, place), 0
    return dz


def _backward(node: Any, dz: Any, place: int) -> Any:
    """One gradient that a node of minigrad's gives, by the rule of this input alone."""
    return type(node).backward(node, dz, False, {node.edges[place]})[place]


def _torch_backward(node: Any, dz: Any, place: int) -> Any:
    """One gradient that a node of PyTorch's gives."""
    answer = node(dz)
    return answer[place] if isinstance(answer, tuple) else answer


def difference(found: Any, right: Ball, dz: Any = None) -> str | None:
    """How an array, made of dz, differs from the right one by more than rounding can do; None if it does not."""
    if found.shape == right.shape and not outside(found, right).any():
        return None
    if why := named(Scene(found, right.c, right.r, *(("x", {"dz": dz}) if dz is not None else ()))):
        return why
    if found.shape != right.shape:
        return f"its shape is {list(found.shape)}, not {list(right.shape)}"
    off = np.where(outside(found, right), abs(found - right.c), 0)
    place = np.unravel_index(np.argmax(np.nan_to_num(off, nan=np.inf)), off.shape)
    at = f"at {[int(i) for i in place]} it is" if place else "it is"
    return f"{at} {found[place]:.6g}, and the right one is {float(right.c[place]):.6g}"


def declared(op: Op, name: str) -> tuple[str, int]:
    """The file and the line where an op declares the rule of an input."""
    code = _declaration(op)
    for function in _functions(code.co_filename):
        for each in function.decorator_list if function.name == code.co_name else ():
            for keyword in each.keywords if isinstance(each, ast.Call) else ():
                if keyword.arg == name:
                    return from_checkout(code.co_filename), keyword.lineno
    code = op.rules[name].function.__code__
    return from_checkout(code.co_filename), code.co_firstlineno


@cache
def _functions(file: str) -> list[ast.FunctionDef]:
    """The functions of a file."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return [each for each in tree.body if isinstance(each, ast.FunctionDef)]


# -- the optimizer's step -----------------------------------------------------------------------------------------


class TrackedUpdate(Track):
    """Bounds of what changes the weights. The forward and the backward pass before it run without."""

    @uncompiled
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run torch's kernel, and in an update record the bounds of its result."""
        if torch.is_grad_enabled() or torch._C._current_graph_task_id() != -1:
            return func(*args, **kwargs or {})
        return super().__torch_dispatch__(func, types, args, kwargs)


def _wrong_step(ours: Run, theirs: Run) -> Iterator[Wrong]:
    """The optimizer, if it makes other weights than PyTorch's of the same gradients."""
    gradients: dict[str, Any] = {}
    for name, parameter in theirs.model.named_parameters():
        parameter.register_hook(lambda dz, name=name: torch.from_numpy(gradients[name]))
    with TrackedUpdate() as track:
        for _ in range(STEPS):
            before = {name: w.copy() for name, w in ours.parameters().items()}
            ours.advance()
            gradients.update({name: g.copy() for name, g in ours.gradients().items()})
            theirs.advance()
            for name, parameter in theirs.model.named_parameters():
                weight, after = ours.parameters()[name], track.ball(parameter)
                if outside(weight, after).any():
                    how = _moved(before[name], weight, after)
                    yield Wrong("step", *_stepping(ours), f"the change of {name}: {how}")
                    return


def _moved(before: Any, weight: Any, after: Ball) -> str:
    """How the change of a weight differs from the right one. That the weight was rounded counts as no difference."""
    change = Ball.known(after.c - before, after.r + np.spacing(abs(weight)), after.d, after.kind)
    return difference(weight.astype(after.c.dtype) - before, change) or "by less than its last digit"


def _stepping(run: Run) -> tuple[str, str, int]:
    """What takes a run's steps, and where it stands."""
    source: Any = run.engine.train.manual if run.optimizer is None else type(run.optimizer)
    name = "the loop by hand" if run.optimizer is None else f"the optimizer {source.__name__}"
    return name, from_checkout(str(inspect.getsourcefile(source))), inspect.getsourcelines(source)[1]
