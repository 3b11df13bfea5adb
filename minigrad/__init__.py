"""minigrad: reverse-mode autograd in NumPy, with PyTorch's names.   torch: torch/__init__.py

    import minigrad as torch

Read in this order: autograd/engine.py and op.py (the whole idea), ops.py (every gradient rule), tensor.py,
functions.py, shapes.py, inplace.py, nn/, optim.py, random.py. This file only says what is public.
"""

import warnings
from math import e, inf, nan, pi

from minigrad import autograd, cuda, nn, optim
from minigrad.autograd import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from minigrad.creation import (
    arange,
    as_tensor,
    bernoulli,
    empty,
    eye,
    from_numpy,
    full,
    get_rng_state,
    linspace,
    ones,
    ones_like,
    rand,
    randint,
    randn,
    randperm,
    set_rng_state,
    tensor,
    zeros,
    zeros_like,
)  # fmt: skip
from minigrad.device import device
from minigrad.dtypes import (
    bool,
    double,
    dtype,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    short,
    uint8,
)  # fmt: skip
from minigrad.functions import (
    abs,
    add,
    all,
    allclose,
    amax,
    amin,
    any,
    argmax,
    argmin,
    clamp,
    clone,
    div,
    eq,
    equal,
    exp,
    ge,
    gt,
    isnan,
    le,
    log,
    log_softmax,
    logsumexp,
    lt,
    matmul,
    max,
    maximum,
    mean,
    min,
    minimum,
    mm,
    mul,
    ne,
    neg,
    pow,
    reciprocal,
    relu,
    sigmoid,
    softmax,
    sqrt,
    sub,
    sum,
    tanh,
    where,
)  # fmt: skip
from minigrad.printing import set_printoptions
from minigrad.random import Generator, initial_seed, manual_seed, seed
from minigrad.shapes import cat, flatten, permute, reshape, squeeze, stack, t, transpose, unsqueeze
from minigrad.tensor import Size, Tensor

__version__ = "0.1.0"

# log(0) is -inf and 0/0 is nan, in torch without a word: NumPy's remarks on our files' arithmetic are not for users.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\.")
