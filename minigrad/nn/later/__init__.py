"""Layers and functions that are imported at the first use of their name, so that `import minigrad` stays quick.

A row is a file and its public names, its `__all__`. PyTorch imports all of them at once. Type checkers and editors do
not see this table: nn/__init__.py and functional.py tell them.

This folder holds the functions, with their ops and checks; the layers are in nn/modules/.
"""

LAYERS = {  # of nn and nn.modules, by file in minigrad/nn/modules/
    "attention": ["MultiheadAttention"],
    "batchnorm": [
        "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d",
    ],
    "bilinear": ["Bilinear"],
    "channel_dropout": ["AlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"],
    "conv": [
        "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d",
        "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d",
    ],
    "ctc": ["CTCLoss"],
    "distance": ["CosineSimilarity", "PairwiseDistance"],
    "fold": ["Fold", "Unfold"],
    "instancenorm": [
        "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
        "LazyInstanceNorm3d",
    ],
    "more_activations": [
        "CELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Mish", "PReLU", "RReLU", "Softmax2d",
        "Softmin", "Softshrink", "Softsign", "Tanhshrink", "Threshold",
    ],
    "more_losses": [
        "CosineEmbeddingLoss", "GaussianNLLLoss", "HingeEmbeddingLoss", "MarginRankingLoss", "MultiLabelMarginLoss",
        "MultiLabelSoftMarginLoss", "MultiMarginLoss", "PoissonNLLLoss", "SoftMarginLoss", "TripletMarginLoss",
        "TripletMarginWithDistanceLoss",
    ],
    "normalization": ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"],
    "padding": [
        "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
        "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
        "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
    ],
    "parameter_dict": ["ParameterDict"],
    "pooling": [
        "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
        "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d",
    ],
    "rnn": ["GRU", "LSTM", "RNN", "RNNBase"],
    "rnn_cells": ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"],
    "shuffles": ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Unflatten"],
    "sparse": ["Embedding", "EmbeddingBag"],
    "transformer": [
        "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
    ],
    "unpooling": ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"],
    "upsampling": ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"],
}  # fmt: skip

FUNCTIONS = {  # of nn.functional, by file in this folder
    "activation_functions": [
        "celu", "celu_", "elu_", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh_",
        "leaky_relu_", "mish", "prelu", "rrelu", "rrelu_", "selu", "selu_", "softmin", "softshrink", "softsign",
        "tanhshrink", "threshold", "threshold_",
    ],
    "attention_functions": ["scaled_dot_product_attention"],
    "bilinear_functions": ["bilinear"],
    "conv_functions": ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
    "ctc_functions": ["ctc_loss"],
    "directions": ["cosine_similarity", "normalize"],
    "dropout_functions": ["alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"],
    "embedding_bag_functions": ["embedding_bag"],
    "embedding_functions": ["embedding"],
    "fold_functions": ["fold", "unfold"],
    "grid_functions": ["affine_grid", "grid_sample"],
    "more_loss_functions": [
        "cosine_embedding_loss", "gaussian_nll_loss", "hinge_embedding_loss", "margin_ranking_loss",
        "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "pairwise_distance",
        "poisson_nll_loss", "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
    ],
    "multihead_functions": ["multi_head_attention_forward"],
    "norm_functions": ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"],
    "pad_functions": ["pad"],
    "pool3d_functions": [
        "adaptive_avg_pool3d", "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool3d", "max_pool3d",
        "max_pool3d_with_indices",
    ],
    "pool_functions": [
        "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool1d", "adaptive_max_pool1d_with_indices",
        "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices", "avg_pool1d", "avg_pool2d", "max_pool1d",
        "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices",
    ],
    "shuffles": ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"],
    "unpool_functions": ["max_unpool1d", "max_unpool2d", "max_unpool3d"],
    "upsample_functions": ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"],
}  # fmt: skip

AT_THE_TOP = {  # those of them that torch has, too, by file in this folder
    "activations": [
        "celu", "celu_", "hardshrink", "prelu", "rrelu", "rrelu_", "selu", "selu_", "threshold", "threshold_",
    ],
    "bilinear_functions": ["bilinear"],
    "conv_functions": ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
    "directions": ["cosine_similarity"],
    "distances": ["pairwise_distance"],
    "norms": ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"],
    "pools": ["adaptive_avg_pool1d", "adaptive_max_pool1d", "avg_pool1d", "max_pool1d", "max_pool2d"],
    "shuffles": ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"],
}  # fmt: skip

TENSOR_FUNCTIONS = {  # of the top alone, by file in minigrad/tensors/
    "further": [
        "clamp_max", "clamp_min", "diagflat", "diagonal_scatter", "dsplit", "fmax", "fmin", "gcd", "heaviside",
        "hsplit", "isneginf", "isposinf", "isreal", "lcm", "select_scatter", "signbit", "slice_scatter", "vander",
        "vsplit",
    ],
    "integration": ["cumulative_trapezoid", "trapezoid", "trapz"],
    "more_places": ["as_strided", "index_put", "scatter_reduce"],
    "more_products": ["addbmm", "addr", "ger", "row_stack", "unravel_index", "vdot"],
    "quantiles": [
        "corrcoef", "cov", "cummax", "cummin", "kthvalue", "msort", "nanquantile", "quantile", "unique_consecutive",
    ],
    "special_functions": [
        "copysign", "digamma", "erfc", "erfinv", "float_power", "frexp", "i0", "ldexp", "lgamma", "logaddexp",
        "logaddexp2", "logcumsumexp", "logit", "mvlgamma", "nanmedian", "nextafter", "polygamma", "sgn", "sinc",
    ],
    "torch_linalg": [
        "cholesky", "cholesky_inverse", "cholesky_solve", "logdet", "matrix_exp", "pinverse", "qr", "slogdet", "svd",
        "triangular_solve",
    ],
}  # fmt: skip

LINALG = {  # of linalg, by file in minigrad/tensors/
    "decompositions": ["cholesky", "cholesky_ex", "eigh", "eigvalsh", "qr", "svd", "svdvals"],
    "solutions": [
        "cond", "diagonal", "inv_ex", "lstsq", "matrix_exp", "matrix_rank", "multi_dot", "pinv", "slogdet", "tensorinv",
        "tensorsolve", "vander", "vecdot",
    ],
    "triangular": ["solve_triangular"],
}  # fmt: skip

PARTS = {  # modules that are a part of another one, and where they are
    "minigrad": {
        "amp": "minigrad.cuda.mixed_precision",
        "distributed": "minigrad.distributed",
        "distributions": "minigrad.nn.later.distributions",
        "func": "minigrad.tensors.func",
        "linalg": "minigrad.tensors.linalg",
        "special": "minigrad.tensors.special",
    },
    "minigrad.autograd": {"functional": "minigrad.tensors.derivatives"},
    "minigrad.cuda": {"amp": "minigrad.cuda.amp"},
    "minigrad.optim": {name: f"minigrad.optim.{name}" for name in ("lr_scheduler", "swa_utils")},
    "minigrad.nn.utils": {
        name: f"minigrad.nn.utils.{name}" for name in ("parametrizations", "parametrize", "prune", "rnn")
    },
}


def _homes(package: str, table: dict[str, list[str]]) -> dict[str, str]:
    return {name: f"{package}.{file}" for file, names in table.items() for name in names}


# The module of each name.
HOMES = {
    "minigrad": _homes("minigrad.nn.later", AT_THE_TOP)
    | _homes("minigrad.tensors", TENSOR_FUNCTIONS)
    | {"autocast": "minigrad.cuda.mixed_precision", "vmap": "minigrad.tensors.vmap"},
    "minigrad.tensors.linalg": _homes("minigrad.tensors", LINALG),
    "minigrad.nn": _homes("minigrad.nn.modules", LAYERS),
    "minigrad.nn.modules": _homes("minigrad.nn.modules", LAYERS),
    "minigrad.nn.functional": _homes("minigrad.nn.later", FUNCTIONS),
    "minigrad.nn.utils": dict.fromkeys(
        ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"],
        "minigrad.nn.utils.hooked_norms",
    ),
    "minigrad.optim": {"LBFGS": "minigrad.optim.lbfgs"},
    "minigrad.nn.parallel": {"DistributedDataParallel": "minigrad.nn.parallel.distributed"},
}
