"""Compare rules with finite differences.   torch: torch/autograd/gradcheck.py

A Jacobian can be had in two ways: row by row from the rules, J = ∂z/∂x, one backward pass for each
element of z; or column by column from the definition, (f(x + ε) - f(x - ε)) / 2ε, one pair of forward
passes for each element of x. If the two differ by more than finite differences err, a rule is wrong.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.gradients import grad


class GradcheckError(RuntimeError):
    """What gradcheck raises when the two Jacobians differ."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of func at the inputs agree with central differences of step `eps`.

    Inputs are Tensors, float64 if the result is to mean anything; those that require grad are checked.
    Agreement is |numerical - analytical| ≤ atol + rtol·|analytical|, as in torch.autograd.gradcheck.
    Raises ValueError when no input requires grad, GradcheckError (or returns False) on disagreement.
    """
    inputs = [inputs] if isinstance(inputs, TensorBase) else list(inputs)
    checked = [(i, x) for i, x in enumerate(inputs) if isinstance(x, TensorBase) and x.node is not None]
    _refuse_inputs(checked)
    outputs = _outputs(func, inputs)
    for o, output in enumerate(outputs):
        for i, x in checked:
            expected, found = _numerical(func, inputs, x, o, eps), _analytical(output, x)
            if not np.allclose(found, expected, rtol, atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {o} with respect to input {i},\n"
                    f"numerical:{wrap(expected)}\nanalytical:{wrap(found)}\n"
                    "Each row is an element of the input, each column one of the output."
                )
    return True


def _refuse_inputs(checked: Sequence[tuple[int, Any]]) -> None:
    """Raise gradcheck's errors for inputs, by number, that it cannot check; warn of those that are not float64."""
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for i, x in checked:
        if x.array.dtype != np.float64:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )
        if any(stride == 0 and n > 1 for stride, n in zip(x.array.strides, x.array.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of func's gradients agree with central differences, too.

    The function that is checked takes the inputs and `grad_outputs` (drawn if None) to the gradients of
    the inputs. Arguments and errors are those of gradcheck.
    """
    inputs = [inputs] if isinstance(inputs, TensorBase) else list(inputs)
    outputs = _outputs(func, inputs)
    if grad_outputs is None:
        draw = np.random.default_rng(0)
        grad_outputs = [wrap(draw.standard_normal(z.array.shape).astype(z.array.dtype)) for z in outputs]
        for v in grad_outputs:
            v.requires_grad_()
    directions = [grad_outputs] if isinstance(grad_outputs, TensorBase) else list(grad_outputs)

    def gradients(*args: Any) -> tuple[Any, ...]:
        x, v = args[: len(inputs)], args[len(inputs) :]
        wanted = [t for t in x if isinstance(t, TensorBase) and t.node is not None]
        return grad(_outputs(func, x), wanted, v, create_graph=True, materialize_grads=True)

    return gradcheck(
        gradients, [*inputs, *directions], eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )


def _outputs(func: Callable[..., Any], inputs: Sequence[Any]) -> list[Any]:
    result = func(*inputs)
    results = [result] if isinstance(result, TensorBase) else list(result)
    return [z for z in results if z.array.dtype.kind == "f"]


def _analytical(output: Any, x: Any) -> Any:
    jacobian = np.zeros((x.array.size, output.array.size), x.array.dtype)
    if output.node is None:
        return jacobian
    for column in range(output.array.size):
        direction = np.zeros_like(output.array, order="C")
        direction.reshape(-1)[column] = 1
        (dx,) = grad(output, x, wrap(direction), retain_graph=True, materialize_grads=True)
        jacobian[:, column] = dx.array.reshape(-1)
    return jacobian


def _numerical(func: Callable[..., Any], inputs: Sequence[Any], x: Any, output: int, eps: float) -> Any:
    columns = []
    for place in np.ndindex(x.array.shape):
        centre = x.array[place]
        sides = []
        for step in (eps, -eps):
            x.array[place] = centre + step
            sides.append(_outputs(func, inputs)[output].array.reshape(-1).copy())
        x.array[place] = centre
        columns.append((sides[0] - sides[1]) / (2 * eps))
    return np.stack(columns) if columns else np.zeros((0, _outputs(func, inputs)[output].array.size))
