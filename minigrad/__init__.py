"""minigrad: reverse-mode autograd in NumPy, with PyTorch's names.   torch: torch/__init__.py

    import minigrad as torch

Read pocket.py first: it holds the whole idea in one file. Then read autograd/ (engine.py, node.py, op.py), nn/ops.py,
nn/modules/linear.py, optim/sgd.py and train.py. ops.py has the gradient rules of all other ops. tensors/ builds Tensor
and torch's functions of tensors from the ops. arrays/ has the dtypes, devices and kernels that all of them use. This
file only lists the public names.
"""

# ruff: noqa: I001
# fmt: off
import sys as _sys
from math import e, inf, nan, pi

from minigrad import autograd, cuda, nn, optim, testing, utils
from minigrad.cuda import accelerator, backends
from minigrad.autograd import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled,
)
from minigrad.tensors.creation import (
    arange, as_tensor, asarray, empty, empty_like, eye, from_numpy, full, full_like, linspace, logspace, ones,
    ones_like, tensor, tril_indices, triu_indices, zeros, zeros_like,
)
from minigrad.tensors.distributions import (
    bernoulli, get_rng_state, normal, rand, rand_like, randint, randint_like, randn, randn_like, randperm,
    set_rng_state,
)
from minigrad.arrays.device import AcceleratorError, device, get_default_device, set_default_device
from minigrad.tensors.dlpack import from_dlpack
from minigrad.arrays.dtypes import (
    bool, double, dtype, float, float16, float32, float64, finfo, get_default_dtype, half, iinfo, int, int8, int16,
    int32, int64, long, promote_types, set_default_dtype, short, uint8,
)
from minigrad.tensors.functions import (
    abs, absolute, add, addcdiv, addcmul, allclose, ceil, clamp, clip, clone, cos, div, divide, eq, equal, erf, exp,
    expm1, floor, floor_divide, fmod, ge, gt, isclose, isfinite, isinf, isnan, le, lerp, log, log10, log1p, log2,
    logical_and, logical_not, logical_or, logical_xor, lt, maximum, minimum, mul, multiply, ne, neg,
    negative, nonzero, positive, pow, reciprocal, remainder, round, rsqrt, sigmoid, sign, sin, sqrt,
    square, sub, subtract, tanh, trunc, where, xlogy,
)
from minigrad.tensors.functions import (
    fix, greater, greater_equal, less, less_equal, not_equal, true_divide,
)
from minigrad.tensors.more_functions import (
    acos, acosh, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, asin, asinh, atan, atan2, atanh,
    bitwise_and, bitwise_not, bitwise_or, bitwise_xor, cosh, cumprod, deg2rad, exp2, frac, hypot, nanmean, nansum,
    rad2deg, sinh, std_mean, tan, var_mean,
)
from minigrad.tensors.contractions import (
    addmm, addmv, baddbmm, chain_matmul, cross, einsum, inner, kron, tensordot,
)
from minigrad.tensors.statistics import (
    aminmax, block_diag, bucketize, cartesian_prod, cdist, combinations, diff, dist, isin, median, mode, nan_to_num,
    searchsorted,
)
from minigrad.compiler import compile
from minigrad.tensors.counting import bincount, histc, histogram
from minigrad.tensors.older import (
    abs_, acos_, acosh_, asin_, asinh_, atan_, atanh_, ceil_, cos_, cosh_, deg2rad_, detach_, exp2_, exp_, expm1_,
    floor_, frac_, log10_, log1p_, log2_, log_, neg_, rad2deg_, range, reciprocal_, rsqrt_, sigmoid_, sin_, sinh_,
    sqrt_, square_, tan_, tanh_, trunc_, zero_,
)
from minigrad.tensors import functional, linalg
from minigrad.tensors.linalg import (
    torch_det as det, torch_inverse as inverse, torch_matrix_power as matrix_power,
)
from minigrad.tensors.reductions import (
    all, any, count_nonzero, cumsum, logsumexp, mean, norm, prod, std, sum, var,
)
from minigrad.nn.activations import log_softmax, relu, relu_, softmax
from minigrad.tensors.ordering import amax, amin, argmax, argmin, argsort, max, min, sort, topk, unique
from minigrad.tensors.products import bmm, dot, matmul, mm, mv, outer
from minigrad.tensors.shapes import (
    flatten, flip, moveaxis, movedim, permute, ravel, reshape, squeeze, swapaxes, swapdims, t, transpose, tril, triu,
    unsqueeze,
)
from minigrad.tensors.joining import cat, chunk, concat, concatenate, hstack, split, stack, unbind, vstack
from minigrad.tensors.indexing import gather, index_select, masked_fill, masked_select
from minigrad.tensors.arranging import (
    argwhere, atleast_1d, atleast_2d, atleast_3d, broadcast_shapes, broadcast_tensors, broadcast_to, column_stack,
    diag, diag_embed, diagonal, dstack, fliplr, flipud, meshgrid, narrow, repeat_interleave, roll, rot90, select,
    tensor_split, tile, trace, unflatten,
)
from minigrad.tensors.placing import (
    index_add, index_copy, index_fill, masked_scatter, scatter, scatter_add, take, take_along_dim,
)
from minigrad.tensors.printing import set_printoptions
from minigrad.random import Generator, default_generator, initial_seed, manual_seed, seed
from minigrad.serialization import load, save
from minigrad.tensors.sampling import multinomial
from minigrad.tensors.settings import (
    are_deterministic_algorithms_enabled, get_float32_matmul_precision, get_num_threads, is_complex,
    is_deterministic_algorithms_warn_only_enabled, is_inference, is_nonzero, is_storage,
    set_default_tensor_type, set_float32_matmul_precision, set_num_threads, typename,
    use_deterministic_algorithms,
)
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor, detach, is_floating_point, is_tensor, numel
from minigrad.tensors.tensor_types import (
    BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor,
)
from minigrad.nn.later import HOMES as _HOMES, PARTS as _PARTS
from minigrad.tensors.missing import Finder as _Finder, open_doors as _open_doors
# fmt: on

__version__ = "0.1.0"

# An unknown name in this module or one of these raises AttributeError with a line of help.
_open_doors(_sys.modules[__name__], _HOMES[__name__], _PARTS[__name__])
for _module in (
    autograd, autograd.graph, cuda, linalg, nn, nn.functional, nn.init, nn.modules, nn.parallel, nn.utils, optim,
    testing,
):  # fmt: skip
    _open_doors(_module, _HOMES.get(_module.__name__, {}), _PARTS.get(_module.__name__, {}))
_sys.meta_path.append(_Finder(_PARTS))
