"""Derivatives of a function at a point.   torch: torch/autograd/functional.py

torch.autograd.functional: older than torch.func (func.py), which returns functions. `inputs` and `v` are a tensor or a
tuple of tensors. With create_graph the results can be differentiated again. With strict a RuntimeError says that an
output does not depend on an input, where 0 is returned otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minigrad import autograd
from minigrad.tensors import creation
from minigrad.tensors.joining import stack
from minigrad.tensors.tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]
Tensors = tuple[Tensor, ...]


class Call:
    """The outputs of a function at its inputs, and their derivatives."""

    def __init__(self, name: str, func: Function, inputs: Any, create_graph: bool, strict: bool) -> None:
        self.create_graph, self.strict = create_graph, strict
        self.one_input, given = as_tuple(inputs, "inputs", name)
        with autograd.enable_grad():
            self.inputs = tuple(
                x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
                for x in given
            )
            self.one_output, self.outputs = as_tuple(
                func(*self.inputs), "outputs of the user-provided function", name
            )
        for i, y in enumerate(self.outputs):
            if strict and not y.requires_grad:
                raise RuntimeError(
                    f"Output {i} of the user-provided function does not require gradients. The outputs must be "
                    "computed in a differentiable manner from the input when running in strict mode."
                )

    def derivative(
        self,
        ys: Sequence[Tensor],
        xs: Sequence[Tensor],
        dz: Sequence[Tensor | None],
        what: str,
        again: bool = False,
    ) -> Tensors:
        """Σ dy·∂y/∂x for each x, 0 if no y depends on it. `what` says in errors what does not; again: to be derived."""
        pairs = [(y, dy) for y, dy in zip(ys, dz, strict=True) if y.requires_grad]
        create_graph = self.create_graph or again
        found: Sequence[Tensor | None] = [None] * len(xs)
        if pairs:
            with autograd.set_grad_enabled(create_graph or autograd.is_grad_enabled()):
                found = autograd.grad(
                    [y for y, _ in pairs], xs, [dy for _, dy in pairs], create_graph=create_graph,
                    retain_graph=True, allow_unused=True,
                )  # fmt: skip
        for i, dx in enumerate(found):
            if self.strict and dx is None:
                raise RuntimeError(f"{what} is independent of input {i}. This is not allowed in strict mode.")
            if self.strict and self.create_graph and dx is not None and not dx.requires_grad:
                raise RuntimeError(
                    f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in "
                    "strict mode when create_graph=True."
                )
        return tuple(creation.zeros_like(x) if dx is None else dx for x, dx in zip(xs, found, strict=True))

    def returned(self, values: Sequence[Any], one: bool) -> Any:
        """As torch returns it: a tensor for a tensor, without a graph that was not asked for."""
        kept = tuple(values) if self.create_graph else tuple(each.detach() for each in values)
        return kept[0] if one else kept

    def one_number(self, name: str) -> None:
        """Raise torch's RuntimeError if the output is not a single number."""
        if not self.one_output:
            raise RuntimeError(f"The function given to {name} should return a single Tensor")
        if self.outputs[0].numel() != 1:
            raise RuntimeError(
                f"The Tensor returned by the function given to {name} should contain a single element"
            )

    def vector(self, v: Any, name: str, like: Tensors, one: bool, missing: str) -> Sequence[Tensor | None]:
        """v, as a tuple; None for 1. Raises torch's errors if its sizes are others than those of `like`."""
        if v is None:
            if len(like) != 1 or like[0].numel() != 1:
                raise RuntimeError(
                    f"The vector v can only be None if the {missing} a single Tensor with a single element."
                )
            return (creation.ones_like(like[0]),)
        _, vs = as_tuple(v, "v", name)
        if len(vs) != len(like):
            raise RuntimeError(
                "The given v should contain a single Tensor."
                if one
                else f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
            )
        for i, (each, x) in enumerate(zip(vs, like, strict=True)):
            if each.shape != x.shape:
                entry = "" if one else f"Entry {i} in "
                raise RuntimeError(f"{entry}v has invalid size: should be {x.size()} but got {each.size()}.")
        return vs if self.create_graph else tuple(each.detach() for each in vs)


def as_tuple(value: Any, argument: str, name: str) -> tuple[bool, Tensors]:
    """Whether it is a single tensor; and it, or them, as a tuple. TypeError for anything else."""
    one = not isinstance(value, tuple)
    for i, x in enumerate((value,) if one else value):
        if not isinstance(x, Tensor):
            where = f"given {argument} has" if one else f"value at index {i} has"
            raise TypeError(
                f"The {argument} given to {name} must be either a Tensor or a tuple of Tensors but the {where} type "
                f"{type(x)}."
            )
    return one, (value,) if one else value


OUTPUT = "The output of the user-provided function"
JACOBIAN = "The jacobian of the user-provided function"
INPUT_IS = "input to the user-provided function is"


def vjp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(*inputs), and vᵀ·J in the shape of the inputs. torch: torch.autograd.functional.vjp."""
    call = Call("vjp", func, inputs, create_graph, strict)
    v = call.vector(v, "vjp", call.outputs, call.one_output, "user-provided function returns")
    found = call.derivative(call.outputs, call.inputs, v, OUTPUT)
    return call.returned(call.outputs, call.one_output), call.returned(found, call.one_input)


def jvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(*inputs), and J·v in the shape of the outputs: the derivative of uᵀ·J with respect to u, times v.

    torch: torch.autograd.functional.jvp.
    """
    call = Call("jvp", func, inputs, create_graph, strict)
    v = call.vector(v, "jvp", call.inputs, call.one_input, INPUT_IS)
    with autograd.enable_grad():
        us = tuple(creation.zeros_like(y).requires_grad_() for y in call.outputs)
        rows = call.derivative(call.outputs, call.inputs, us, OUTPUT, again=True)
    found = call.derivative(rows, us, v, "The gradient with respect to the input")
    return call.returned(call.outputs, call.one_output), call.returned(found, call.one_output)


def _hessian_product(name: str, func: Function, inputs: Any, v: Any, create_graph: bool, strict: bool) -> Any:
    call = Call(name, func, inputs, create_graph, strict)
    v = call.vector(v, name, call.inputs, call.one_input, INPUT_IS)
    call.one_number(name)
    gradient = call.derivative(call.outputs, call.inputs, [None], OUTPUT, again=True)
    if strict:
        _check_gradient(gradient)
    found = call.derivative(gradient, call.inputs, v, JACOBIAN)
    return call.returned(call.outputs, True), call.returned(found, call.one_input)


def _check_gradient(gradient: Tensors) -> None:
    """Raise torch's RuntimeError if the gradient does not depend on an input."""
    for i, dx in enumerate(gradient):
        if not dx.requires_grad:
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided function with respect to "
                f"input {i} is independent of the input. This is not allowed in strict mode. You should ensure that "
                "your function is twice differentiable."
            )


def vhp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(*inputs), one number, and vᵀ·H, H its second derivatives. torch: torch.autograd.functional.vhp."""
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """func(*inputs), one number, and H·v, which is vᵀ·H: H is symmetric. torch: torch.autograd.functional.hvp."""
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """∂y/∂x of shape (*y.shape, *x.shape), row by row; for several outputs or inputs tuples of them.

    vectorize and strategy change how torch computes it, and here nothing. torch: torch.autograd.functional.jacobian.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    if strategy == "forward-mode" and create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported '
            "together (yet)."
        )
    if vectorize and strict:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together."
        )
    call = Call("jacobian", func, inputs, create_graph, strict)
    found = []
    for number, y in enumerate(call.outputs):
        with autograd.enable_grad():
            numbers = y.reshape(-1).unbind(0)
        what = f"Output {number} of the user-provided function"
        rows = [call.derivative([each], call.inputs, [None], what) for each in numbers]
        blocks = [
            stack([row[i] for row in rows]).view(*y.shape, *x.shape)
            if rows
            else x.new_zeros(*y.shape, *x.shape)
            for i, x in enumerate(call.inputs)
        ]
        found.append(call.returned(blocks, call.one_input))
    return found[0] if call.one_output else tuple(found)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function that returns one number. torch: torch.autograd.functional.hessian."""
    one, _ = as_tuple(inputs, "inputs", "hessian")

    def number(*given: Tensor) -> Tensor:
        call_one, (y, *_) = as_tuple(func(*given), "outputs of the user-provided function", "hessian")
        if not call_one:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if y.numel() != 1:
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain a single element"
            )
        return y.squeeze()

    def gradient(*given: Tensor) -> Any:
        found = jacobian(number, given, create_graph=True)
        if strict:
            _check_gradient(found)
        return found[0] if one else found

    return jacobian(gradient, inputs, create_graph, strict, vectorize)
