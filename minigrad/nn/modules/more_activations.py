"""Activations of fewer programs.   torch: torch/nn/modules/activation.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn import init
from minigrad.nn.modules.activation import ELU, ReLU, Softmax
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = [
    "CELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Mish", "PReLU", "RReLU", "Softmax2d",
    "Softmin", "Softshrink", "Softsign", "Tanhshrink", "Threshold",
]  # fmt: skip


class Mish(ReLU):
    """x·tanh(log(1 + eˣ)). torch: torch.nn.Mish."""

    def forward(self, input: Tensor) -> Tensor:
        """x·tanh(log(1 + eˣ))"""
        return F.mish(input, self.inplace)


class Hardswish(Module):
    """x·min(max(x + 3, 0), 6)/6. torch: torch.nn.Hardswish."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x·min(max(x + 3, 0), 6)/6"""
        return F.hardswish(input, self.inplace)


class Hardsigmoid(Hardswish):
    """min(max(x + 3, 0), 6)/6. torch: torch.nn.Hardsigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        """min(max(x + 3, 0), 6)/6"""
        return F.hardsigmoid(input, self.inplace)


class Softsign(Module):
    """x/(|x| + 1). torch: torch.nn.Softsign."""

    def forward(self, input: Tensor) -> Tensor:
        """x/(|x| + 1)"""
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh x. torch: torch.nn.Tanhshrink."""

    def forward(self, input: Tensor) -> Tensor:
        """x - tanh x"""
        return F.tanhshrink(input)


class Hardshrink(Module):
    """x where |x| > lambd, else 0. torch: torch.nn.Hardshrink."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """x where |x| > lambd, else 0"""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return str(self.lambd)


class Softshrink(Hardshrink):
    """x, brought nearer to 0 by lambd, or to 0. torch: torch.nn.Softshrink."""

    def forward(self, input: Tensor) -> Tensor:
        """x - lambd where x > lambd, x + lambd where x < -lambd, else 0"""
        return F.softshrink(input, self.lambd)


class CELU(ELU):
    """x where x > 0, else α·(exp(x/α) - 1). torch: torch.nn.CELU."""

    def forward(self, input: Tensor) -> Tensor:
        """x where x > 0, else α·(exp(x/α) - 1)"""
        return F.celu(input, self.alpha, self.inplace)


class SELU(ReLU):
    """s·x where x > 0, else s·α·(eˣ - 1): mean 0 and variance 1 stay what they are. torch: torch.nn.SELU."""

    def forward(self, input: Tensor) -> Tensor:
        """s·x where x > 0, else s·α·(eˣ - 1)"""
        return F.selu(input, self.inplace)


class Threshold(Module):
    """x where x > threshold, else value. torch: torch.nn.Threshold."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        """x where x > threshold, else value"""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        inplace = ", inplace=True" if self.inplace else ""
        return f"threshold={self.threshold}, value={self.value}{inplace}"


class RReLU(Module):
    """x where x > 0, else r·x: r uniform in [lower, upper) while training, else their mean. torch: torch.nn.RReLU."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        """x where x > 0, else r·x"""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"


class PReLU(Module):
    """x where x > 0, else w·x: w a parameter, one for all or one for each channel, the second dimension.

    Raises the errors of functional.prelu. torch: torch.nn.PReLU.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        self.num_parameters = num_parameters
        super().__init__()
        self.init = init
        self.weight = Parameter(creation.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Every slope is `init`."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """x where x > 0, else w·x"""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"num_parameters={self.num_parameters}"


class Softmin(Softmax):
    """e⁻ˣ / Σ e⁻ˣ along dim. torch: torch.nn.Softmin."""

    def forward(self, input: Tensor) -> Tensor:
        """e⁻ˣ / Σ e⁻ˣ"""
        return F.softmin(input, self.dim)


class Softmax2d(Module):
    """softmax over the channels of images (N, C, H, W) or (C, H, W).

    Raises ValueError for other shapes. torch: torch.nn.Softmax2d.
    """

    def forward(self, input: Tensor) -> Tensor:
        """eˣ / Σ eˣ along the channels"""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)


class GLU(Module):
    """a·σ(b), a and b the halves of x along dim. Raises the errors of functional.glu. torch: torch.nn.GLU."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """a·σ(b)"""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"dim={self.dim}"
