"""What users ask the engine for: backward and grad.   torch: torch/autograd/__init__.py"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad.arrays.kernels import ones
from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.base import TensorBase, node_of, private_copy, wrap
from minigrad.autograd.engine import run_backward
from minigrad.autograd.function import Function
from minigrad.autograd.grad_mode import set_grad_enabled
from minigrad.autograd.node import Node


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradient of the tensors' sum to the `.grad` of every leaf, or of `inputs` alone.

    `grad_tensors` (v in the product vᵀ·J) have the tensors' shapes; None means 1 and wants tensors of one
    element. Raises RuntimeError for tensors that require no grad, for a gradient missing or of another
    shape, and for a graph that was freed. torch: torch.autograd.backward.
    """
    roots = _roots(_listed(tensors), _listed(grad_tensors), create_graph)
    targets = [] if inputs is None else _nodes(_listed(inputs), retained=True)
    if inputs is not None and not targets:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.\nLeave it out for all leaves.")
    if create_graph:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
            "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid "
            "this.",
            stacklevel=3,
        )
    keep = create_graph if retain_graph is None else retain_graph
    arrived = run_backward(roots, retain_graph=keep, create_graph=create_graph, targets=targets)
    for node, dz in arrived.items():
        if isinstance(node, AccumulateGrad):
            with set_grad_enabled(create_graph):
                node.backward(dz, create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the outputs' sum with respect to the inputs; no `.grad` is touched.

    With `create_graph` the gradients have a history and can be differentiated again. An input that the
    outputs do not depend on raises RuntimeError, or gives None with `allow_unused`, or zeros with
    `materialize_grads`. With `is_grads_batched` each grad_output has a dimension more in front, along which the
    gradients are worked out one after the other, and stacked. torch: torch.autograd.grad.
    """
    if materialize_grads:
        if allow_unused is False:
            raise ValueError(
                "Expected allow_unused to be True or not passed when materialize_grads=True, "
                "but got: allow_unused=False."
            )
        found = grad(outputs, inputs, grad_outputs, retain_graph, create_graph, True, True, is_grads_batched)
        pairs = zip(found, _listed(inputs), strict=True)
        return tuple(_zeros(x, create_graph) if dx is None else dx for dx, x in pairs)
    keep = bool(create_graph if retain_graph is None else retain_graph)
    if is_grads_batched:
        return _batched(outputs, inputs, _listed(grad_outputs), keep, create_graph, allow_unused)
    wanted = _listed(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.\nSay with respect to what.")
    roots = _roots(_listed(outputs), _listed(grad_outputs), create_graph)
    targets = _nodes(wanted)
    arrived = run_backward(roots, retain_graph=keep, create_graph=create_graph, targets=targets)
    if not allow_unused and len(arrived) < len(targets):
        _refuse_unused([node in arrived for node in targets])
    return tuple([_result(arrived.get(node)) for node in targets])


def _refuse_unused(used: list[bool]) -> None:
    """Raise torch's RuntimeError for the first input, if any, that the outputs do not depend on."""
    if not all(used):
        raise RuntimeError(
            f"The differentiated Tensor at index {used.index(False)} appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )


def _result(dz: Any) -> Any:
    """A gradient as users get it: a Tensor of its own, or None."""
    return dz if dz is None or isinstance(dz, TensorBase) else wrap(private_copy(dz))


def _batched(
    outputs: Any,
    inputs: Any,
    grad_outputs: Sequence[Any],
    keep: bool,
    create_graph: bool,
    allow_unused: bool | None,
) -> tuple[Any, ...]:
    """grad for each row of the grad_outputs; the gradients of one input are stacked."""
    rows = list(zip(*grad_outputs, strict=True))
    each = [
        grad(outputs, inputs, row, keep or i < len(rows) - 1, create_graph, allow_unused=allow_unused)
        for i, row in enumerate(rows)
    ]
    columns = zip(*each, strict=True)
    return tuple(None if column[0] is None else Stack.apply(*column) for column in columns)


class Stack(Function):
    """Gradients of one tensor, stacked along a new first dimension. (ops.py imports this folder, which has no ops.)"""

    @staticmethod
    def forward(ctx: Any, *rows: Any) -> Any:
        """z_i = row_i"""
        return wrap(np.stack([row.array for row in rows]))

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """drow_i = dz_i"""
        return tuple(grad_outputs[0])


def _zeros(x: Any, requires_grad: bool) -> Any:
    return wrap(np.zeros_like(x.array)).requires_grad_(requires_grad)


def _listed(tensors: Any) -> list[Any]:
    return [] if tensors is None else [tensors] if isinstance(tensors, TensorBase) else list(tensors)


def _nodes(inputs: Sequence[Any], retained: bool = False) -> list[Node]:
    """The nodes of the inputs; with `retained`, those that are not leaves keep their gradient in `.grad`."""
    for tensor in inputs:
        if not isinstance(tensor, TensorBase):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}"
            )
        if retained:
            tensor.retain_grad()  # type: ignore[attr-defined]
        if not tensor.requires_grad:  # type: ignore[attr-defined]
            raise RuntimeError(
                "One of the differentiated Tensors does not require grad\n"
                "Make it with requires_grad=True, or call .requires_grad_() before it is used."
            )
    return [_target(tensor) for tensor in inputs]


def _target(tensor: Any) -> Node:
    """The node at which a gradient arrives for a tensor."""
    node = node_of(tensor)
    assert node is not None
    return AccumulateGrad(tensor) if _is_unrecorded_view(node, tensor) else node


def _is_unrecorded_view(node: Node, tensor: Any) -> bool:
    """Whether it is a view that was made under no_grad: it requires grad as its base does, but gets no gradient."""
    return isinstance(node, AccumulateGrad) and node.leaf() is not tensor


def _roots(outputs: list[Any], given: list[Any], create_graph: bool) -> list[tuple[Node, Any]]:
    """The nodes to start from, each with what arrives there."""
    roots = []
    for i, tensor in enumerate(outputs):
        node = node_of(tensor)
        if node is None or _is_unrecorded_view(node, tensor):
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn\n"
                "Nothing that it was computed from has requires_grad=True, or it was computed under no_grad()."
            )
        gradient = given[i] if i < len(given) else None
        roots.append((node, _seed(i, tensor, gradient, create_graph)))
    return roots


def _seed(i: int, tensor: Any, gradient: Any, create_graph: bool) -> Any:
    if gradient is None:
        if tensor.array.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs\n"
                "Reduce the tensor first, as in loss.mean().backward(), or pass backward(gradient=...)."
            )
        gradient = ones(tensor.array, tensor.array.shape)
        return wrap(gradient) if create_graph else gradient
    if not isinstance(gradient, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if gradient.array.shape != tensor.array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{i}] has a shape of {gradient.shape} "  # type: ignore[attr-defined]
            f"and output[{i}] has a shape of {tensor.shape}."
        )
    if create_graph:
        return gradient
    return gradient.array.astype(tensor.array.dtype, copy=False).view()
