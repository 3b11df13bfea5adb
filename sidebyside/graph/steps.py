"""Backward, node by node: what arrives, the rule, what it reads, what each input gets; and PyTorch beside it.

The numbers are those of real backward passes of a small model: every node tells what has arrived when its turn comes.
PyTorch runs twice, on its own kernels and, by the contract bit for bit as minigrad does, on minigrad's.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np

from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.broadcasting import to_shape_and_dtype
from minigrad.autograd.node import Node
from minigrad.autograd.op import NOT_SAVED, Op
from minigrad.autograd.saved import Saved
from sidebyside.contract import same_bits, ulps
from sidebyside.exchange import minigrad_kernels
from sidebyside.graph import node_name, topological
from sidebyside.graph.pencil import arithmetic
from sidebyside.runs import engine
from sidebyside.segment import segment

SAMPLES, CLASSES = [[1.0, 2.0], [-1.0, 0.5]], [0, 1]
HIDDEN = 3
PLAIN = (bool, int, float, str, tuple)  # options that are shown


def steps(model: str, loop: str = "optimizer") -> list[dict[str, Any]]:
    """The turns of minigrad's backward pass over a small model, in their order. Each has

    node, name, leaf, op: the vertex's number as in `graph.walk`, torch's name for it, its parameter's name or None,
        the name of its op in minigrad.ops or None
    formula: what the op computes, and its derivative
    output, values: the tensor that the node made, or the parameter; the gradient that arrives
    reads, options: what the rules read besides, by name: arrays, and the source of everything else
    inputs: for each that gets a gradient its name, its node, the rule's source, the values, and the arithmetic of
        each entry, as in `pencil.arithmetic`
    waiting: by node, the sums of what has arrived so far where the turn is yet to come
    grads: by parameter, .grad so far
    torch: its node's name; the values that arrive there, whether they are equal bit for bit, and how many ulps apart;
        exchanged: whether they are equal bit for bit where PyTorch computes with minigrad's kernels
    """
    with _outputs() as outputs:
        ours, loss = _small("minigrad", model, loop)
    theirs = _arriving_in_torch(model, loop)
    with minigrad_kernels():
        exchanged = _arriving_in_torch(model, loop)
    told = []
    for step in _turns(loss, {parameter: name for name, parameter in ours.named_parameters()}, outputs):
        name, values = theirs[step["node"]]
        beside = {
            "name": name, "values": values, "equal": same_bits(step["values"], values),
            "ulps": ulps(values, step["values"]), "exchanged": same_bits(step["values"], exchanged[step["node"]][1]),
        }  # fmt: skip
        told.append(_plain(step | {"torch": beside}))
    return told


def _small(name: str, model: str, loop: str) -> tuple[Any, Any]:
    """A model of two inputs, three hidden units and two classes, its weights multiples of 1/4; and its loss."""
    side = engine(name)
    made = side.models[model](len(SAMPLES[0]), HIDDEN, 2)
    rng = np.random.default_rng(
        9
    )  # of the first seeds, one with units on and off, and no two weights of a class alike
    for parameter in made.parameters():
        values = rng.integers(-4, 5, tuple(parameter.shape)) / np.float32(4)
        parameter.data.copy_(side.torch.from_numpy(values.astype(np.float32)))
    criterion = side.train.cross_entropy if loop == "manual" else side.torch.nn.CrossEntropyLoss()
    return made, criterion(made(side.torch.tensor(SAMPLES)), side.torch.tensor(CLASSES))


@contextmanager
def _outputs() -> Iterator[dict[Node, Any]]:
    """Keep what the ops within compute, by node: nodes do not hold their output."""
    outputs: dict[Node, Any] = {}
    record = Op.record

    def recorded(op: Op, out: Any, *given: Any) -> None:
        record(op, out, *given)
        outputs[out.node] = out.array

    with patch.object(Op, "record", recorded):
        yield outputs


def _turns(loss: Any, names: dict[Any, str], outputs: dict[Node, Any]) -> Iterator[dict[str, Any]]:
    """Run backward, and tell of each node's turn."""
    number = {node: i for i, node in enumerate(topological(loss.grad_fn))}
    visits: list[tuple[Node, Any, dict[str, Any], list[dict[str, Any]]]] = []

    def visited(node: Node) -> Any:
        def hook(dz: Any) -> None:
            dz = np.array(dz.numpy())
            leaf = isinstance(node, AccumulateGrad)
            read = {} if leaf else _read(node)
            visits.append((node, dz, read, [] if leaf else _sent(node, dz, read, number)))

        return hook

    for node in number:
        node.hooks = {0: visited(node)}
    loss.backward()
    waiting: dict[int, Any] = {}
    grads: dict[str, Any] = {}
    for node, dz, read, inputs in visits:
        waiting.pop(number[node], None)
        for each in inputs:
            target, dx = each["node"], each["values"]
            waiting[target] = waiting[target] + dx if target in waiting else dx
        variable = getattr(node, "variable", None)
        leaf = names.get(variable)
        if leaf is not None:
            grads[leaf] = dz
        yield {
            "node": number[node], "name": node_name(node), "leaf": leaf,
            "op": node.op and node.op.forward.__name__, "formula": _formula(node), "values": dz,
            "output": outputs[node] if variable is None else variable.array,
            "reads": {name: value for name, value in read.items() if isinstance(value, np.ndarray)},
            "options": {name: repr(value) for name, value in read.items() if isinstance(value, PLAIN)},
            "inputs": inputs, "waiting": dict(waiting), "grads": dict(grads),
        }  # fmt: skip


def _read(node: Any) -> dict[str, Any]:
    """What the node has saved for its rules, by name."""
    return {
        name: value.unpack(node, False) if isinstance(value, Saved) else value
        for name, value in node.saved.items()
    }


def _sent(node: Any, dz: Any, read: dict[str, Any], number: dict[Node, int]) -> list[dict[str, Any]]:
    """For each input that gets a gradient: its name, its node, the rule's source, the values, their arithmetic."""
    sent = []
    for i, dx in enumerate(node.backward(dz, False)):
        if dx is None:
            continue
        (name, used), edge = list(node.op.rules.items())[i], node.edges[i]
        dx = to_shape_and_dtype(dx, edge, node)
        values = {"dz": dz, **read, "shape": edge.shape, "stride": edge.stride}
        sent.append({
            "name": name, "node": number[edge], "rule": rule(node.op, i), "values": dx,
            "reads": [each for each in used.names if each not in NOT_SAVED],
            "pencil": arithmetic(name, used, {each: values[each] for each in used.names}, dx),
        })  # fmt: skip
    return sent


def _arriving_in_torch(model: str, loop: str) -> dict[int, tuple[str, Any]]:
    """Of every vertex, torch's name and the gradient that arrives there in torch's own backward."""
    loss = _small("torch", model, loop)[1]
    arrived: dict[int, tuple[str, Any]] = {}
    for i, node in enumerate(topological(loss.grad_fn)):

        def hook(gradients: Any, i: int = i, node: Any = node) -> None:
            arrived[i] = (node_name(node), gradients[0].numpy().copy())

        node.register_prehook(hook)
    loss.backward()
    return arrived


def _formula(node: Node) -> str:
    return "grad ← grad + dz" if node.op is None else inspect.getdoc(node.op) or ""


def rule(op: Op, i: int) -> str:
    """The source of the rule for an op's input, as it stands beside the op."""
    module = inspect.getmodule(op.forward)
    assert module is not None
    return _rules(module)[op.forward.__name__, list(op.rules)[i]]


@cache
def _rules(module: Any) -> dict[tuple[str, str], str]:
    """All rules of a file, by op and input."""
    lines = inspect.getsource(module).split("\n")
    return {
        (function.name, keyword.arg): inspect.cleandoc(segment(lines, keyword.value))
        for function in ast.parse("\n".join(lines)).body
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
        if keyword.arg is not None and isinstance(keyword.value, ast.Lambda)
    }


def _plain(value: Any) -> Any:
    """Arrays as lists, in dicts and lists."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
