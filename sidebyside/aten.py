"""What is known of PyTorch's kernels: one table, by aten's names.

Of each kernel it says whether both libraries give the same bits, which kernel of minigrad computes it where they do
not, why they do not, and how rounding errors pass through it. exchange/ reads the first two, explain.py the third,
contract/track.py the last. A name stands for all its overloads, and for `name_`, which writes into its input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sidebyside.contract.balls import Ball

# Whose kernel computes, when PyTorch computes with minigrad's kernels.
EXACT = "exact"  # both libraries give the same bits: torch's own
EXCHANGED = "exchanged"  # they round differently: minigrad's
IN_PART = "in part"  # minigrad's for some arguments, as alpha in a + alpha·b; torch's own for the others
DRAWN = "drawn"  # the last bits depend on the machine, of random numbers above all: as draws.py draws them
APART = "apart"  # the kernel is taken apart into others, or refused

# How a kernel's result is bounded. Instead of one of these words a kernel may have a function of Balls.
COMPUTED = "computed"  # by the function that contract/kernel_bounds.py has under this name
MOVED = "moved"  # it only chooses, places or copies elements: run on their numbers, it tells which went where
DECIDED = "decided"  # the result is what it is, if nothing that decides it has been rounded
MADE = "made"  # it makes numbers from none, or looks at shapes alone
VIEW = "view"  # it shows the same memory in another way: nothing is computed
UNBOUNDED = "unbounded"  # no bound is derived

# Why the results of two kernels differ.
ORDER = "the two add up in another order"
CAUSES = {
    "product": f"order of summation: a product is many sums; {ORDER}",
    "sum": f"order of summation: {ORDER}",
    "fused": "fused multiply-add: PyTorch rounds a + α·b once, minigrad twice",
    "sqrt": "sqrt: minigrad's is correctly rounded, PyTorch's not always",
    "softmax": f"exp, log: other approximations; and {ORDER}",
    "softmax backward": f"exp, and order of summation: {ORDER}",
    "norm": f"means and variances, by steps that round elsewhere; and {ORDER}",
    "approximation": "another approximation in each library; the last place may differ",
}


@dataclass(frozen=True)
class Kernel:
    """A line of the table."""

    shared: str
    bound: str | Callable[..., Ball] = UNBOUNDED
    why: str = "approximation"  # a key of CAUSES, for what is exchanged
    op: str = (
        ""  # the op of minigrad that computes it; without one, exchange/ has a function for each overload
    )


def kernels(names: str, shared: str, bound: Any = UNBOUNDED, why: str = "approximation") -> dict[str, Kernel]:
    """Lines that say the same of several kernels."""
    return {name: Kernel(shared, bound, why) for name in names.split()}


def by_op(names: str, bound: Any = COMPUTED, why: str = "approximation") -> dict[str, Kernel]:
    """Lines of kernels that minigrad's ops of the same names compute."""
    return {name: Kernel(EXCHANGED, bound, why, op=name) for name in names.split()}


KERNELS: dict[str, Kernel] = {
    # functions of one variable
    **by_op("exp", Ball.exp),
    **by_op("expm1", Ball.expm1),
    **by_op("log", Ball.log),
    **by_op("log1p", Ball.log1p),
    **by_op("log2", Ball.log2),
    **by_op("log10", Ball.log10),
    **by_op("sqrt", Ball.sqrt, why="sqrt"),
    **by_op("rsqrt", lambda x: 1 / x.sqrt(), why="sqrt"),
    **by_op("tanh", Ball.tanh),
    **by_op("sigmoid"),
    **by_op("sin", Ball.sin),
    **by_op("cos", Ball.cos),
    **by_op("erf"),
    **kernels("xlogy", EXCHANGED, COMPUTED),
    **by_op("tan", Ball.tan),
    **by_op("asin", lambda x: x.ends(np.arcsin, -1, 1)),
    **by_op("acos", lambda x: x.ends(np.arccos, -1, 1)),
    **by_op("atan", lambda x: x.ends(np.arctan)),
    **by_op("sinh", lambda x: x.ends(np.sinh)),
    **by_op("cosh", lambda x: x.ends(np.cosh)),
    **by_op("asinh", lambda x: x.ends(np.arcsinh)),
    **by_op("acosh", lambda x: x.ends(np.arccosh, 1)),
    **by_op("atanh", lambda x: x.ends(np.arctanh, -1, 1)),
    **by_op("exp2", lambda x: x.ends(np.exp2)),
    **by_op("atan2 hypot"),
    **kernels("neg", EXACT, Ball.__neg__),
    **kernels("reciprocal", EXACT, lambda x: 1 / x),
    **kernels("abs", EXACT, lambda x: x.lipschitz(np.abs)),
    **kernels("relu", EXACT, lambda x: x.stepped(lambda c: np.maximum(0, c))),
    **kernels("floor", EXACT, lambda x: x.stepped(np.floor)),
    **kernels("ceil", EXACT, lambda x: x.stepped(np.ceil)),
    **kernels("trunc", EXACT, lambda x: x.stepped(np.trunc)),
    **kernels("sign sgn", EXACT, lambda x: x.stepped(np.sign)),
    **kernels("round", IN_PART, COMPUTED),
    **kernels("tanh_backward sigmoid_backward", EXCHANGED, COMPUTED),
    # arithmetic
    **kernels("add sub", IN_PART, COMPUTED, why="fused"),
    **kernels("rsub", EXACT, COMPUTED),
    **kernels("mul", EXACT, Ball.__mul__),
    **kernels("div", IN_PART, COMPUTED),
    **kernels("pow fmod remainder", EXCHANGED, COMPUTED),
    **kernels("floor_divide", EXCHANGED, DECIDED),
    **kernels("addcmul lerp", EXCHANGED, COMPUTED, why="fused"),
    **kernels("addcdiv", EXACT, COMPUTED),
    **kernels("_fused_sgd _fused_adam _fused_adamw _fused_adagrad", EXCHANGED),
    # products
    **by_op("mm mv dot bmm", Ball.__matmul__, why="product"),
    **kernels("addmm addmv baddbmm", EXCHANGED, COMPUTED, why="product"),
    **kernels("convolution convolution_backward", EXCHANGED, COMPUTED, why="product"),
    # sums, and sums over equal indices
    **kernels("sum mean var linalg_vector_norm norm cumsum prod cumprod", EXCHANGED, COMPUTED, why="sum"),
    **kernels("index_put index_add scatter_add embedding_dense_backward", EXCHANGED, COMPUTED, why="sum"),
    **kernels("embedding_renorm", EXCHANGED),
    **kernels(
        "_embedding_bag _embedding_bag_backward _embedding_bag_per_sample_weights_backward", APART, COMPUTED
    ),
    **kernels("_index_put_impl", APART, COMPUTED),
    **kernels("std", EXCHANGED, COMPUTED, why="sqrt"),
    # softmax and the losses
    **kernels("_softmax _safe_softmax _log_softmax logsumexp", EXCHANGED, COMPUTED, why="softmax"),
    **kernels(
        "_softmax_backward_data _log_softmax_backward_data", EXCHANGED, COMPUTED, why="softmax backward"
    ),
    **kernels("nll_loss_forward nll_loss2d_forward mse_loss", EXCHANGED, COMPUTED, why="sum"),
    **kernels("nll_loss_backward nll_loss2d_backward mse_loss_backward", EXCHANGED, COMPUTED),
    # normalization
    **kernels("native_layer_norm native_batch_norm native_group_norm", EXCHANGED, COMPUTED, why="norm"),
    **kernels(
        "native_layer_norm_backward native_batch_norm_backward native_group_norm_backward",
        EXCHANGED,
        COMPUTED,
        why="norm",
    ),
    # pools
    **kernels("max_pool2d_with_indices adaptive_max_pool2d", EXACT, DECIDED),
    **kernels("max_pool2d_with_indices_backward adaptive_max_pool2d_backward", EXACT, COMPUTED),
    **kernels("avg_pool2d avg_pool2d_backward", EXACT, COMPUTED),
    **kernels("_adaptive_avg_pool2d _adaptive_avg_pool2d_backward", EXCHANGED, COMPUTED, why="sum"),
    **kernels("max_pool3d_with_indices adaptive_max_pool3d", EXACT, DECIDED),
    **kernels(
        "max_pool3d_with_indices_backward adaptive_max_pool3d_backward", EXCHANGED, COMPUTED, why="sum"
    ),
    **kernels(
        "avg_pool3d avg_pool3d_backward _adaptive_avg_pool3d _adaptive_avg_pool3d_backward",
        EXCHANGED,
        COMPUTED,
        why="sum",
    ),
    # further activations and losses
    **kernels("leaky_relu leaky_relu_backward hardtanh", EXACT, COMPUTED),
    **kernels(
        "hardtanh_backward elu elu_backward gelu gelu_backward silu silu_backward", EXCHANGED, COMPUTED
    ),
    **kernels("hardswish hardswish_backward hardsigmoid hardsigmoid_backward", EXACT, COMPUTED),
    **kernels("hardshrink softshrink threshold _prelu_kernel _prelu_kernel_backward", EXACT, COMPUTED),
    **kernels("hardshrink_backward softshrink_backward", EXCHANGED, COMPUTED),
    **kernels("rrelu_with_noise rrelu_with_noise_backward", EXACT, COMPUTED),
    **kernels("mish mish_backward celu glu glu_backward", EXCHANGED, COMPUTED),
    **kernels("softplus softplus_backward log_sigmoid_forward log_sigmoid_backward", EXCHANGED, COMPUTED),
    **kernels("smooth_l1_loss huber_loss", EXCHANGED, COMPUTED, why="sum"),
    **kernels("smooth_l1_loss_backward huber_loss_backward", EXCHANGED, COMPUTED),
    **kernels("binary_cross_entropy binary_cross_entropy_with_logits", EXCHANGED, COMPUTED),
    **kernels("binary_cross_entropy_backward logit", EXCHANGED, COMPUTED),
    **kernels("logit_backward", APART, COMPUTED),  # of second derivatives
    **kernels("soft_margin_loss soft_margin_loss_backward", EXCHANGED, COMPUTED),
    **kernels("multi_margin_loss multilabel_margin_loss_forward", EXCHANGED, COMPUTED, why="sum"),
    **kernels("multi_margin_loss_backward multilabel_margin_loss_backward", EXCHANGED, COMPUTED, why="sum"),
    # choice and order
    **kernels(
        "where masked_fill clamp maximum minimum max min amax amin argmax argmin sort topk", EXACT, COMPUTED
    ),
    **kernels("clamp_max", APART, COMPUTED),
    **kernels("clamp_min", EXACT, COMPUTED),
    **kernels("eq ne lt le gt ge isnan isinf", EXACT, COMPUTED),
    **kernels("logical_and logical_or logical_xor logical_not", EXACT, COMPUTED),
    **kernels("bitwise_and bitwise_or bitwise_xor bitwise_not", EXACT, COMPUTED),
    **kernels("threshold_backward", EXACT, COMPUTED),
    **kernels("all allclose any equal nonzero _local_scalar_dense repeat_interleave", EXACT, DECIDED),
    **kernels("aminmax count_nonzero _unique2", EXACT),
    # copies, views, places
    **kernels("clone _to_copy _unsafe_view", EXACT, COMPUTED),
    **kernels("contiguous _reshape_alias", APART, COMPUTED),
    **kernels("cat stack flip repeat tril triu copy select_backward slice_backward", EXACT, MOVED),
    **kernels("gather index index_select masked_select masked_scatter scatter embedding", EXACT, MOVED),
    **kernels("constant_pad_nd", EXACT, COMPUTED),
    **kernels("im2col pixel_shuffle pixel_unshuffle channel_shuffle", EXACT, MOVED),
    **kernels("col2im", EXCHANGED, COMPUTED, "sum"),
    **kernels("upsample_nearest1d upsample_nearest2d upsample_nearest3d", EXACT, COMPUTED),
    **kernels(
        "_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d", EXACT, COMPUTED
    ),
    **kernels(
        "upsample_nearest1d_backward upsample_nearest2d_backward upsample_nearest3d_backward",
        EXCHANGED,
        COMPUTED,
        "sum",
    ),
    **kernels(
        "_upsample_nearest_exact1d_backward _upsample_nearest_exact2d_backward _upsample_nearest_exact3d_backward",
        EXCHANGED,
        COMPUTED,
        "sum",
    ),
    **kernels(
        "upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d",
        EXCHANGED,
        COMPUTED,
        "sum",
    ),
    **kernels(
        "upsample_linear1d_backward upsample_bilinear2d_backward upsample_trilinear3d_backward "
        "upsample_bicubic2d_backward",
        EXCHANGED,
        COMPUTED,
        "sum",
    ),
    **kernels("reflection_pad1d reflection_pad2d reflection_pad3d", EXACT, MOVED),
    **kernels("replication_pad1d replication_pad2d replication_pad3d", EXACT, MOVED),
    **kernels(
        "reflection_pad1d_backward reflection_pad2d_backward reflection_pad3d_backward",
        EXCHANGED,
        COMPUTED,
        "sum",
    ),
    **kernels(
        "replication_pad1d_backward replication_pad2d_backward replication_pad3d_backward",
        EXCHANGED,
        COMPUTED,
        "sum",
    ),
    **kernels("diagonal_backward roll diag_embed", EXACT, MOVED),
    **kernels("alias as_strided detach expand permute select slice split split_with_sizes", EXACT, VIEW),
    **kernels("unsafe_split", EXACT, VIEW),
    **kernels("_pack_padded_sequence", EXACT, MOVED),
    **kernels("diagonal unfold", EXACT, VIEW),
    **kernels("unfold_backward", EXCHANGED, COMPUTED, why="sum"),
    **kernels("squeeze t transpose unbind unsqueeze view", EXACT, VIEW),
    **kernels("resize set", EXACT, VIEW),  # what loaders do in their processes
    # new tensors
    **kernels(
        "arange empty empty_like eye fill full full_like lift_fresh new_empty new_empty_strided new_zeros",
        EXACT,
        MADE,
    ),
    **kernels("ones ones_like scalar_tensor zero zeros zeros_like", EXACT, MADE),
    **kernels("empty_strided new_full new_ones", EXACT, MADE),
    **kernels("is_same_size lift_fresh_copy", APART, MADE),
    **kernels("bernoulli randint random randperm", EXACT, MADE),
    **kernels("linspace multinomial normal rand rand_like randn randn_like uniform", DRAWN, MADE),
}


def named(shared: str) -> set[str]:
    """The names of the kernels of which the table says this."""
    return {name for name, kernel in KERNELS.items() if kernel.shared == shared}


def bare(op: Any) -> str:
    """The name of an op of torch.ops.aten, or of one of its overloads, as the table has it."""
    name = str(op).removeprefix("aten.").partition(".")[0]
    return name if name in KERNELS else name.removesuffix("_")
