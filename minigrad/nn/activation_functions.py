"""Further activations as functions of tensors.   torch: torch/nn/functional.py

nn/functional.py has them under torch's names. Their ops are in activation_ops.py, with the rules.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

from minigrad.arrays.normal import gaussian, gelu_slope, normal_cdf
from minigrad.autograd.grad_mode import THREAD, is_grad_enabled
from minigrad.autograd.op import Op
from minigrad.nn import activation_ops as ops
from minigrad.tensors.arguments import Number, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.inplace import change
from minigrad.tensors.tensor import Tensor


def activated(op: Op, kernel: str, input: Tensor, inplace: bool, *options: Any) -> Tensor:
    """Apply an op, in the input's own memory if `inplace`. Raises torch's error for integers."""
    refuse(kernel, "iub", input)
    return change(input, op, *options) if inplace else op(input, *options)


@tensor_function
def leaky_relu(input: Tensor, negative_slope: Number = 0.01, inplace: bool = False) -> Tensor:
    """x where x > 0, else negative_slope·x. torch: torch.nn.functional.leaky_relu."""
    return activated(ops.leaky_relu, "leaky_relu_cpu", input, inplace, negative_slope)


@tensor_function
def elu(input: Tensor, alpha: Number = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else α·(eˣ - 1). torch: torch.nn.functional.elu."""
    return activated(ops.elu, "elu_cpu", input, inplace, alpha)


@tensor_function
def hardtanh(input: Tensor, min_val: Number = -1.0, max_val: Number = 1.0, inplace: bool = False) -> Tensor:
    """x between min_val and max_val, beyond them the nearer one. ValueError if min_val > max_val.

    torch: torch.nn.functional.hardtanh.
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    kind = input.array.dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if kind == "u" and min_val < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return change(input, ops.hardtanh, min_val, max_val) if inplace else ops.hardtanh(input, min_val, max_val)


@tensor_function
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6). torch: torch.nn.functional.relu6."""
    return hardtanh(input, 0, 6, inplace)


@tensor_function
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x·σ(x), also called swish. torch: torch.nn.functional.silu."""
    return activated(ops.silu, "silu_cpu", input, inplace)


@tensor_function
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x·Φ(x), Φ the distribution of the normal numbers; with approximate="tanh" the formula of BERT and GPT-2.

    Raises RuntimeError for another word. torch: torch.nn.functional.gelu.
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    refuse("GeluKernelImpl", "iub", input)
    if approximate == "tanh":
        return ops.gelu_tanh(input)
    x, quiet = input.array, THREAD.state.without_warnings
    g = quiet(gaussian, x)
    cdf = quiet(normal_cdf, x, g)
    slope = quiet(gelu_slope, x, cdf, g) if input.requires_grad and is_grad_enabled() else None
    return ops.gelu(input, cdf, slope)


@tensor_function
def softplus(input: Tensor, beta: Number = 1, threshold: Number = 20) -> Tensor:
    """log(1 + e^(β·x))/β: smooth, and near max(x, 0). x itself where β·x > threshold.

    torch: torch.nn.functional.softplus.
    """
    return activated(ops.softplus, "softplus_cpu", input, False, beta, threshold)


@tensor_function
def logsigmoid(input: Tensor) -> Tensor:
    """log σ(x), without overflow. torch: torch.nn.functional.logsigmoid."""
    return activated(ops.log_sigmoid, "log_sigmoid_cpu", input, False)
