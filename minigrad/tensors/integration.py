"""Integrals by the trapezoidal rule.   torch: aten/src/ATen/native/Integration.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

from minigrad.tensors.arguments import Tensor, one_dim, tensor_function

__all__ = ["cumulative_trapezoid", "trapezoid", "trapz"]


@tensor_function
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """Σᵢ (yᵢ + yᵢ₊₁)·(xᵢ₊₁ - xᵢ)/2 along dim. Without x the points are dx apart.

    Raises RuntimeError for bools, or if a vector x has another length than y along dim. torch: torch.trapezoid.
    """
    axis = one_dim(dim, y.ndim)
    if x is None:
        _refuse_bool("trapezoid", "`y`", y)
        if y.shape[axis] == 0:
            return y.sum(axis)
        return (y.sum(axis) - (y.select(axis, 0) + y.select(axis, -1)) * 0.5) * dx
    steps = _steps("trapezoid", y, x, axis)
    return (_neighbours(y, axis) * steps).sum(axis) / 2.0


@tensor_function
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integrals up to each point but the first, along dim. torch: torch.cumulative_trapezoid."""
    axis = one_dim(dim, y.ndim)
    if x is None:
        _refuse_bool("cumulative_trapezoid", "`y`", y)
        return (dx / 2.0) * _neighbours(y, axis).cumsum(axis)
    steps = _steps("cumulative_trapezoid", y, x, axis)
    return (_neighbours(y, axis) * steps).cumsum(axis) / 2.0


@tensor_function
def trapz(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The older name of trapezoid."""
    integral: Tensor = trapezoid(y, x, dx=dx, dim=dim)
    return integral


def _neighbours(y: Any, axis: int) -> Any:
    """yᵢ + yᵢ₊₁"""
    n = max(y.shape[axis] - 1, 0)
    return y.narrow(axis, 0, n) + y.narrow(axis, min(1, y.shape[axis]), n)


def _steps(name: str, y: Any, x: Any, axis: int) -> Any:
    """xᵢ₊₁ - xᵢ, along the same dim as y."""
    _refuse_bool(name, "`x` or `y`", x, y)
    if x.ndim == 1:
        if x.shape[0] != y.shape[axis]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = x.reshape([-1 if d == axis else 1 for d in range(y.ndim)])
    elif x.ndim < y.ndim:
        x = x.reshape([1] * (y.ndim - x.ndim) + list(x.shape))
    return x.diff(dim=axis)


def _refuse_bool(name: str, what: str, *tensors: Any) -> None:
    if any(x.array.dtype == bool for x in tensors):
        raise RuntimeError(
            f"{name}: received a bool input for {what}, but bool is not supported\nConvert with .float() first."
        )
