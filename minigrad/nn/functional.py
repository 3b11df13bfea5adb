"""What layers and losses compute, as functions of tensors.   torch: torch/nn/functional.py

The ops are in ops.py, with their gradient rules. The errors that a wrong argument raises are in checks.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd.base import wrap
from minigrad.nn import activations, checks, ops
from minigrad.nn.activation_functions import (
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    logsigmoid,
    relu6,
    silu,
    softplus,
)
from minigrad.nn.checks import (
    check_classes,
    check_probabilities,
    checked_reduction,
    legacy_reduction,
)
from minigrad.nn.linear_functions import dropout, linear
from minigrad.nn.loss_functions import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    broadcast,
    huber_loss,
    kl_div,
    l1_loss,
    smooth_l1_loss,
    weighted,
)
from minigrad.ops import div
from minigrad.tensors import functions
from minigrad.tensors.arguments import tensor_function
from minigrad.tensors.inplace import change
from minigrad.tensors.tensor import Tensor

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "dropout", "elu",
    "gelu", "hardtanh", "huber_loss", "kl_div", "l1_loss", "leaky_relu", "linear", "log_softmax", "logsigmoid",
    "mse_loss", "nll_loss", "one_hot", "relu", "relu6", "relu_", "sigmoid", "silu", "smooth_l1_loss",
    "softmax", "softplus", "tanh",
]  # fmt: skip

if TYPE_CHECKING:  # as in later/
    from minigrad.nn.later.activation_functions import *  # noqa: F403
    from minigrad.nn.later.attention_functions import *  # noqa: F403
    from minigrad.nn.later.bilinear_functions import *  # noqa: F403
    from minigrad.nn.later.conv_functions import *  # noqa: F403
    from minigrad.nn.later.ctc_functions import *  # noqa: F403
    from minigrad.nn.later.directions import *  # noqa: F403
    from minigrad.nn.later.dropout_functions import *  # noqa: F403
    from minigrad.nn.later.embedding_bag_functions import *  # noqa: F403
    from minigrad.nn.later.embedding_functions import *  # noqa: F403
    from minigrad.nn.later.fold_functions import *  # noqa: F403
    from minigrad.nn.later.grid_functions import *  # noqa: F403
    from minigrad.nn.later.more_loss_functions import *  # noqa: F403
    from minigrad.nn.later.multihead_functions import *  # noqa: F403
    from minigrad.nn.later.norm_functions import *  # noqa: F403
    from minigrad.nn.later.pad_functions import *  # noqa: F403
    from minigrad.nn.later.pool3d_functions import *  # noqa: F403
    from minigrad.nn.later.pool_functions import *  # noqa: F403
    from minigrad.nn.later.shuffles import *  # noqa: F403
    from minigrad.nn.later.unpool_functions import *  # noqa: F403
    from minigrad.nn.later.upsample_functions import *  # noqa: F403

# One function under several of torch's names
_nll_loss2d = ops.nll_loss.named("NllLoss2DBackward0")
_mean_of = div.named("DivBackward1")


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), elementwise; with `inplace` in the input's own memory."""
    return relu_(input) if inplace else activations.relu(input)


@tensor_function
def relu_(input: Tensor) -> Tensor:
    """max(x, 0), in x's own memory."""
    if input.array.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    return change(input, ops.relu)


def sigmoid(input: Tensor) -> Tensor:
    """1/(1 + e⁻ˣ), elementwise."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """tanh x, elementwise."""
    return input.tanh()


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """eˣ / Σ eˣ along dim: probabilities."""
    return input.softmax(activations.implicit_dim("softmax", input.ndim) if dim is None else dim, dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """x - log Σ eˣ along dim: log-probabilities, safe for large x."""
    return input.log_softmax(
        activations.implicit_dim("log_softmax", input.ndim) if dim is None else dim, dtype=dtype
    )


@tensor_function
def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """A row for each class number: 1 at that place, else 0; int64, one dimension more than the input.

    num_classes is by default one more than the largest number. Raises RuntimeError for another type than int64, or
    for a number out of range.
    """
    classes = input.array
    num_classes = checks.check_one_hot(classes, num_classes)
    return wrap((classes[..., None] == np.arange(num_classes, like=classes)).astype(np.int64))


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-w[y]·x[y], x log-probabilities (N, C, d₁ ...) or (C,), y classes (N, d₁ ...): their mean, sum, or each.

    The mean divides by Σ w[y]. Samples whose class is ignore_index do not count. Raises as cross_entropy does.
    """
    return nll_loss_nd(
        input, target, weight, checked_reduction(reduction, size_average, reduce), ignore_index
    )


@tensor_function
def nll_loss_nd(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int
) -> Tensor:
    """nll_loss after its options are read. torch's error messages use this name."""
    return _nll_loss(input, target, weight, reduction, ignore_index)


def _nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int
) -> Tensor:
    ignored = None if check_classes(input, target, weight, ignore_index) else ignore_index
    if input.array.ndim <= 2:
        return ops.nll_loss(input, target, weight, reduction, ignored)
    if input.array.ndim == 4:
        return _nll_loss2d(input, target, weight, reduction, ignore_index)
    n, classes, *rest = input.array.shape
    pixels, places = input.reshape(n, classes, 1, -1), target.reshape(n, 1, -1)
    loss = _nll_loss2d(pixels, places, weight, reduction, ignore_index)
    return loss.view(n, *rest) if reduction == "none" else loss


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(x)[y]: how surprised the model is by the right class.

    x are logits (N, C, d₁ ...) or (C,); y are classes, int64 (N, d₁ ...), or probabilities of x's shape.
    With classes, the mean divides by Σ w[y] over those that are not ignore_index; with probabilities, by
    N·d₁···. Label smoothing s mixes the target with the uniform distribution, (1 - s)·q + s/C.
    Raises what torch raises for shapes, types, classes or options that make no sense.
    torch: torch.nn.functional.cross_entropy.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    return cross_entropy_loss(input, target, weight, reduction, ignore_index, label_smoothing)


@tensor_function
def cross_entropy_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    reduction: str,
    ignore_index: int,
    label_smoothing: float,
) -> Tensor:
    """cross_entropy after its options are read. torch's error messages use this name."""
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    class_dim = 0 if input.array.ndim == 1 else 1
    if target.array.shape == input.array.shape:
        check_probabilities(input, target, weight, ignore_index, class_dim)
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, class_dim)
    log_p = activations.along(input, ops.log_softmax, class_dim)
    loss = _nll_loss(log_p, target, weight, reduction, ignore_index)
    if label_smoothing == 0:
        return loss
    target = target.reshape(()) if input.ndim == 1 else target
    smooth = _smoothing(log_p, target, weight, ignore_index, reduction, class_dim)
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / input.array.shape[class_dim])


def _smoothing(
    log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, class_dim: int
) -> Tensor:
    """The loss against all classes at once, -Σ w·log p, in the steps that torch takes."""
    weighted = log_p
    if weight is not None:
        weighted = log_p * weight.reshape(*(-1 if d == class_dim else 1 for d in range(log_p.ndim)))
    ignored = target == ignore_index
    losses = functions.where(ignored, 0.0, -weighted.sum(class_dim))
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    if weight is None:
        return losses.sum() / (~ignored).sum()
    classes = np.where(ignored.array, 0, target.array)
    counted = np.where(ignored.array, weight.array.dtype.type(0), weight.array[classes])
    return losses.sum() / wrap(counted).sum()


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float, dim: int
) -> Tensor:
    """Against probabilities q: -Σ w·q·log p."""
    classes = input.array.shape[dim]
    log_p = activations.along(input, ops.log_softmax, dim)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    product = log_p * target
    if weight is not None:
        product = product * weight.reshape(*(-1 if d == dim else 1 for d in range(input.ndim)))
    if reduction == "none":
        return -product.sum(dim)
    total = -product.sum()
    if reduction == "sum":
        return total
    return _mean_of(total, input.array.size // max(classes, 1))


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """(x - y)², elementwise: their mean, sum, or each; with a weight w, w·(x - y)² and the mean divides by Σ w.

    Warns if the shapes differ: they broadcast, which is seldom meant. Raises RuntimeError if they do not broadcast,
    NotImplementedError for integers. torch: torch.nn.functional.mse_loss.
    """
    x, y = broadcast(input, target)
    reduction = legacy_reduction(reduction, size_average, reduce)
    if weight is not None:
        return weighted(functions.pow(x - y, 2), weight, input.size(), reduction, weight.sum())
    if x.array.dtype.kind != "f" and y.array.dtype.kind != "f":
        kind = dtypes.promote_types(x.dtype, y.dtype)
        raise NotImplementedError(
            f"\"mse_cpu\" not implemented for '{kind.scalar_name}'\nConvert with .float() first."
        )
    return ops.mse_loss(x, y, checked_reduction(reduction, None, None))
