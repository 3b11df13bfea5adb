"""Public names of minigrad that have no row on the page, and why. A test finds a name that has neither."""

from __future__ import annotations

import importlib
from types import ModuleType

from sidebyside.page.pair import Said
from sidebyside.programs.ops import MODULES

ROOMS = {
    "": "minigrad", "ops": "minigrad.ops", "nn.ops": "minigrad.nn.ops", "autograd": "minigrad.autograd", "nn": "minigrad.nn",
    "nn.functional": "minigrad.nn.functional", "optim": "minigrad.optim",
    "optim.lr_scheduler": "minigrad.optim.lr_scheduler", "models": "minigrad.models", "train": "minigrad.train",
}  # fmt: skip

REASONS: list[tuple[Said, str]] = [
    (
        Said("Takes many steps in one, as many as the loss asks for; tests/test_lbfgs.py compares them.",
             "Da muchos pasos en uno, tantos como pida la pérdida; tests/test_lbfgs.py los compara."),
        "LBFGS",
    ),
    (
        Said("Another name, or another form, of one that has a row.", "Otro nombre, u otra forma, de algo que ya tiene fila."),
        """absolute clip concat concatenate divide moveaxis movedim multiply negative positive ravel relu_ subtract swapaxes
        swapdims arccos arccosh arcsin arcsinh arctan arctan2 arctanh fix greater greater_equal less less_equal not_equal true_divide
        abs_ acos_ acosh_ asin_ asinh_ atan_ atanh_ ceil_ cos_ cosh_ deg2rad_ detach_ exp2_ exp_ expm1_ floor_ frac_ log10_
        log1p_ log2_ log_ neg_ rad2deg_ reciprocal_ rsqrt_ sigmoid_ sin_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ zero_
        inverse matrix_power detach dropout enable_grad inference_mode set_grad_enabled Variable logsigmoid relu6 ReLU6 NLLLoss2d selu selu_ celu_ elu_ hardtanh_ leaky_relu_ rrelu_ threshold_
        AlphaDropout FeatureAlphaDropout Dropout1d Dropout2d Dropout3d BatchNorm2d BatchNorm3d InstanceNorm2d InstanceNorm3d Conv1d Conv3d ConvTranspose1d ConvTranspose3d conv1d conv2d conv3d
        conv_transpose1d conv_transpose2d conv_transpose3d pad CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d
        ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad3d
        ParameterDict ChannelShuffle PixelShuffle PixelUnshuffle Unflatten Fold Unfold fold interpolate upsample upsample_bilinear upsample_nearest Upsample UpsamplingBilinear2d UpsamplingNearest2d
        MaxPool3d AvgPool3d AdaptiveAvgPool3d AdaptiveMaxPool3d max_pool3d avg_pool3d adaptive_avg_pool3d adaptive_max_pool3d
        max_pool3d_with_indices adaptive_max_pool3d_with_indices MaxPool2d AvgPool2d AdaptiveAvgPool2d AdaptiveMaxPool2d max_pool2d_with_indices max_pool1d_with_indices
        adaptive_max_pool2d adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices""",
    ),
    (
        Said("A few calls of ops that have rows; it leaves their nodes.",
             "Unas pocas llamadas a operaciones con fila; deja los nodos de esas operaciones."),
        """addbmm addr ger row_stack scatter_reduce unravel_index vdot CosineSimilarity gumbel_softmax softmin softsign tanhshrink addmm addmv baddbmm atleast_1d atleast_2d atleast_3d broadcast_tensors broadcast_to aminmax block_diag cartesian_prod cdist combinations diff dist median mode nan_to_num chain_matmul chunk column_stack cosine_similarity cross deg2rad diag dstack
        clamp_max clamp_min corrcoef cov cummax cummin cumulative_trapezoid diagflat diagonal_scatter dsplit fmax fmin gcd heaviside
        hsplit isneginf isposinf isreal kthvalue lcm msort nanquantile quantile select_scatter signbit slice_scatter
        trapezoid trapz unique_consecutive vander vsplit
        einsum local_response_norm TripletMarginWithDistanceLoss cosine_embedding_loss gaussian_nll_loss hinge_embedding_loss margin_ranking_loss multilabel_soft_margin_loss
        pairwise_distance poisson_nll_loss triplet_margin_loss triplet_margin_with_distance_loss EmbeddingBag embedding_bag flatten fliplr flipud frac hstack alpha_dropout feature_alpha_dropout dropout1d dropout2d dropout3d adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d max_pool1d instance_norm index_add index_copy index_fill index_select inner kl_div kron l1_loss masked_scatter matmul
        meshgrid nanmean nansum narrow normalize outer rms_norm rad2deg repeat_interleave reshape rot90 select sort split square std_mean take
        take_along_dim vmap tensor_split tensordot tile topk trace unbind unflatten var_mean vstack""",
    ),
    (
        Said("Makes a tensor: no gradient flows back through it. Compared to the bit in tests/test_random.py, test_tensor.py.",
             "Crea un tensor: ningún gradiente pasa por él hacia atrás. Se compara bit a bit en tests/test_random.py y test_tensor.py."),
        """arange as_tensor asarray bernoulli empty empty_like eye from_dlpack from_numpy full full_like linspace logspace tril_indices triu_indices multinomial normal ones ones_like rand
        rand_like randint randint_like randn randn_like randperm range tensor zeros""",
    ),
    (
        Said("Answers a question about numbers, and has no gradient.", "Responde a una pregunta sobre números y no tiene gradiente."),
        """bucketize isin searchsorted argwhere bincount bitwise_and bitwise_not bitwise_or bitwise_xor broadcast_shapes histc all allclose any argmax argmin argsort count_nonzero equal isclose isfinite isinf isnan is_floating_point
        is_tensor nonzero logical_and logical_not logical_or logical_xor numel one_hot accuracy predict""",
    ),
    (
        Said("Recorded without a gradient rule, as in PyTorch: backward raises.",
             "Se registra sin regla de gradiente, como en PyTorch: backward lanza un error."),
        "floor_divide histogram unique",
    ),
    (
        Said("Computed by LAPACK, whose results have no bound here; its rule is in tensors/linalg.py or decompositions.py.",
             "Lo calcula LAPACK, cuyos resultados no tienen cota aquí; su regla está en tensors/linalg.py o decompositions.py."),
        """cholesky cholesky_inverse cholesky_solve det logdet matrix_exp pinverse qr slogdet svd triangular_solve""",
    ),
    (
        Said("Gathers, places and products of other ops, whose rules it leaves; tests/test_grid.py compares it.",
             "Recogidas, colocaciones y productos de otras operaciones, cuyas reglas deja; tests/test_grid.py lo compara."),
        """affine_grid bilinear Bilinear Buffer ctc_loss CTCLoss grid_sample max_unpool1d max_unpool2d max_unpool3d MaxUnpool1d
        MaxUnpool2d MaxUnpool3d""",
    ),
    (
        Said("A special function, whose kernel has no bound here; its rule is in more_ops/special.py.",
             "Una función especial, cuyo cálculo no tiene cota aquí; su regla está en more_ops/special.py."),
        """copysign digamma erfc erfinv float_power frexp i0 ldexp lgamma logaddexp logaddexp2 logcumsumexp logit mvlgamma
        nanmedian nextafter polygamma sgn sinc""",
    ),
    (
        Said("A type, or a setting of the library.", "Un tipo o un ajuste de la biblioteca."),
        """autocast Generator Size bool default_generator device double dtype finfo float float16 float32 float64 get_default_dtype
        are_deterministic_algorithms_enabled get_default_device get_float32_matmul_precision get_num_threads
        is_complex is_deterministic_algorithms_warn_only_enabled is_inference is_nonzero is_storage set_default_device
        set_default_tensor_type set_float32_matmul_precision set_num_threads typename use_deterministic_algorithms
        get_rng_state half iinfo initial_seed int int16 int32 int64 int8 is_grad_enabled is_inference_mode_enabled long
        manual_seed promote_types seed set_default_dtype set_printoptions set_rng_state short uint8 AcceleratorError GradcheckError
        BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor ShortTensor""",
    ),
    (
        Said("Becomes at the first call what has a row, or another form of it.",
             "En la primera llamada se convierte en algo que tiene fila, u otra forma de ello."),
        """LazyLinear UninitializedBuffer UninitializedParameter LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d
        LazyConvTranspose2d LazyConvTranspose3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyInstanceNorm1d
        LazyInstanceNorm2d LazyInstanceNorm3d""",
    ),
    (
        Said("What the recurrent layers, which have rows, have in common.", "Lo que tienen en común las capas recurrentes, que tienen fila."),
        "RNNBase RNNCellBase",
    ),
    (
        Said("Attention, linear layers and norms, which have rows, one after the other.",
             "Atención, capas lineales y normalizaciones, que tienen fila, una tras otra."),
        """Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer
        multi_head_attention_forward""",
    ),
    (
        Said("Calls the module that it holds.", "Llama al módulo que contiene."),
        "DataParallel",
    ),
    (
        Said("Looks for mistakes in rules; what it finds is on this page.", "Busca errores en las reglas; lo que encuentra está en esta página."),
        "detect_anomaly gradcheck gradgradcheck set_detect_anomaly",
    ),
    (
        Said("Writes and reads files: nothing to differentiate.",
             "Escribe y lee ficheros: no hay nada que derivar."),
        "load save",
    ),
]  # fmt: skip


def public() -> set[str]:
    """Return every public name of minigrad's modules, without submodules and plain numbers."""
    found = set()
    for module in map(importlib.import_module, ROOMS.values()):
        listed = getattr(module, "__all__", None) or [
            name for name in dir(module) if not name.startswith("_")
        ]
        for name in listed:
            value = getattr(module, name)
            if isinstance(value, (ModuleType, float)) or not _is_its_own(value, module):
                continue
            found.add(name)
    return found


def _is_its_own(value: object, module: ModuleType) -> bool:
    """Say whether the module defines the name, rather than importing it for its own use."""
    if module.__name__ in (*MODULES, "minigrad.models", "minigrad.train"):
        return getattr(value, "__module__", None) == module.__name__ and (
            module.__name__ not in MODULES or hasattr(value, "rules")
        )
    return not getattr(value, "__module__", "").startswith(("typing", "collections"))


def reasons() -> dict[str, Said]:
    """Return the reason for each name."""
    return {name: why for why, names in REASONS for name in names.split()}
