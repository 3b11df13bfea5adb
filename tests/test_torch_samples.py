"""PyTorch's own samples examine minigrad: the inputs that PyTorch is tested with, run in both libraries.

The wheel carries them in torch.testing._internal: OpInfo has inputs of every operator, and inputs that it refuses;
test_torch_modules.py has the samples of modules and optimisers. Every op of theirs that minigrad has by name is tried
on its first samples: as function, method, change in place, operator and alias, whichever both libraries have.
Compared are kind, type, shape and values of the result, whose memory it is, the gradient of every input for a fixed
cotangent, and for what is refused the exception's type and first sentence.

Values are equal bit for bit (-0.0 counts as 0.0), but for the ops of TRUTHS, whose functions round: those
lie, in both libraries, within a bound of a long double truth (truths.py). So that sums do not round,
floats are brought to multiples of 1/8 first; where an op does not sum, its function is tried with them as they come.

What differs is listed in DIFFERENT, what is not covered in NOT_COVERED, each with its reason. An entry that no
sample meets fails.
"""

import functools
import importlib.util
import itertools
import random
import re
import sys
import types
import unittest
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
import torch
from both import NIGHTLY, first_sentence, sampled
from truths import TRUTHS, Ball

import minigrad
from minigrad.autograd.base import TensorBase
from sidebyside.aten import KERNELS
from sidebyside.contract.track import Track

if importlib.util.find_spec("expecttest") is None:
    # All of torch.testing._internal imports this package, which is not a dependency of torch, for the base
    # class of its own test cases. A stand-in with that one name serves the samples.
    stand_in = types.ModuleType("expecttest")
    stand_in.TestCase = unittest.TestCase
    sys.modules["expecttest"] = stand_in

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")
    patch.setitem(
        sys.modules, "scipy", None
    )  # with it PyTorch makes references of its own, which are not needed here
    from torch.testing._internal.common_methods_invocations import op_db
# That import also forbids setting torch.backends' flags for the rest of the process: allow it again.
torch.backends.__allow_nonbracketed_mutation_flag = True

pytestmark = pytest.mark.filterwarnings("ignore")  # warnings are other tests' business
DTYPES = ("float32", "float64", "int64", "bool")
OURS, THEIRS = minigrad, torch
# torch.manual_seed writes out the call stack for each kind of GPU, which takes as long as all the rest here.
SEED = {minigrad: minigrad.manual_seed, torch: torch.default_generator.manual_seed}

# -- what differs, and what is not covered ------------------------------------------------------------------


@dataclass(frozen=True)
class Different:
    """Failures of an op that are expected: those whose description matches, with the reason."""

    op: str  # a pattern, as the others
    failure: str
    reason: str
    dtypes: tuple = DTYPES
    variants: str = ".*"


DIFFERENT = [
    Different(
        "round",
        "round_vml_cpu",
        "torch takes integers for round(), and not for special.round()",
        ("int64",),
        "alias special.*",
    ),
    Different(
        "sort|argsort", "bool.8000", "which of equal elements comes first torch promises to none", ("bool",)
    ),
    Different(
        "topk|kthvalue",
        "values: at",
        "which of equal elements is taken torch promises to none",
        ("int64",),
    ),
    Different(
        "norm/nuc",
        "p='nuc' is not supported",
        "the nuclear norm wants singular values",
        ("float32", "float64"),
    ),
    Different(
        "masked_scatter",
        "here it says output with shape",
        "in place, torch fits the mask to the tensor first; here the result has the wrong shape",
        variants="in place",
    ),
    Different(
        "nn.functional.avg_pool3d",
        "values: at",
        "of integers, the means of planes are cut to integers before those along the depth",
        ("int64",),
    ),
    Different(
        "nn.functional.local_response_norm",
        "values: here at",
        "of integers, the means are cut to integers, as torch's are, which the bound does not know",
        ("int64",),
    ),
    Different(
        "cov",
        "aweights=float32.*is not within",
        "float32 weights of float64 numbers round in float32, as torch's do, which the bound does not know",
        ("float64",),
    ),
    Different("mode", r"\[3000\]", "of many places of the mode torch's sort names any, of few the last"),
    Different(
        "sgn",
        "Cannot convert a ZeroTensor to numpy",
        "torch's gradient of zeros has no memory here, which NumPy could read",
        ("float32", "float64"),
    ),
    Different(
        "cdist", "0.0, .*gradient .: None", "of a count of differences there is no gradient, in torch 0"
    ),
    Different(
        "a(sin|cos|tan)h",
        "torch raises NotImplementedError: the derivative for 'inplace version of",
        "torch has no derivative for atanh_ and its kin; here they have atanh's",
        ("float32", "float64"),
        "(alias .*)?in place",
    ),
]
DIFFERENT_ERRORS = [
    Different(
        "xlogy",
        "special_xlogy",
        "torch.special's has a name of its own in its messages",
        variants="alias special.*",
    ),
    Different("aminmax|kthvalue", "out=", "these have no out= here"),
    Different(
        "arange|cat|gather|index_select|masked_select|amax|amin|multinomial|take",
        "out=",
        "each kernel of torch has its own rules for out=; here the result is computed, and then written as by copy_",
    ),
    Different(
        "[hv]split",
        r"got \(str\)",
        "the names of what was given count the tensor, too, where it is a method's",
        variants="method",
    ),
    Different(
        "(lin|log)space.*", "only supports 0-dimensional", "a start of two elements is refused as no number"
    ),
]
DIFFERENT_TYPES = [
    Different(
        "nn.functional.gaussian_nll_loss",
        "result type Float can't be cast to the desired output type (long int|bool)",
        "clamp_ says the type's name of C++",
    ),
    Different(
        "nn.functional.(alpha_dropout|feature_alpha_dropout/with_train)",
        "desired output type Long",
        "torch has added 0 to the mask of bools by then, and names int64",
        ("bool",),
    ),
    Different(
        "tensordot",
        'bool function .* raises NotImplementedError|torch raises NotImplementedError: "dot"',
        "torch takes products of bools by other ways, of which some are refused; here all are",
    ),
    Different(
        "cumsum|cumprod",
        "bool in place",
        "the sums of bools are int64, which do not fit into bools: torch has another sentence for it",
    ),
    Different(
        "remainder",
        "doesn't match the broadcast shape",
        "which of two things is wrong is said first: the shape in torch, here the type",
    ),
    Different(
        "round/decimals_0",
        "torch raises .*; here it runs",
        "torch takes integers for round(), and not for round(decimals=0)",
    ),
    Different(
        "randint_like",
        "torch raises .*; here it runs",
        "torch has no kernel for bools, or for integers that it would not change; NumPy has",
    ),
    Different("linspace.*", "bool .*: raises", "of 0 and 1 steps torch makes even bools"),
    Different("norm/nuc", "p='nuc' is not supported", "the nuclear norm wants singular values"),
    Different(
        "pow|div/.*_rounding|bitwise_(and|or|xor)",
        "doesn't match the broadcast shape .*; here NotImplementedError",
        "of two errors, shape and type, torch tells the shape's and we the type's",
    ),
    Different(
        "mm|linalg.multi_dot|nn.functional.(linear|bilinear|batch_norm.*|adaptive_avg_pool1d)|randn_like|rand_like",
        r"\[(\d+, )*0(, \d+)*\].*: raises NotImplementedError",
        "where nothing is to be computed, torch does not look at the type",
    ),
]

# By op: what samples ask for that minigrad has not, and why.
FORMATS = "memory formats are torch's, for convolutions; NumPy's arrays say with their strides how they lie"
NOT_COVERED = {
    "to": {"preserve_format": FORMATS, "channels_last": FORMATS},
    **{
        name: {"contiguous_format": FORMATS, "channels_last": FORMATS}
        for name in ("bool", "byte", "char", "double", "float", "half", "int", "long", "short")
    },
    "normal/number_mean": {"strided": "there are no sparse tensors, so there is no layout to name"},
}
NOT_COVERED_ERRORS = {
    **{
        name: {"more than 64 dimensions": "NumPy's arrays have 64 at most"}
        for name in ("amax", "amin", "aminmax")
    },
    "masked_fill": {"complex": "there are no complex numbers", "complex64": "there are no complex numbers"},
    **{f"nn.functional.conv{n}d": {"complex128": "there are no complex numbers"} for n in (1, 2, 3)},
}


ANY = object()  # in place of a ball: types and shapes are compared


class NotCovered(Exception):
    """A sample asks for something of torch's that minigrad has not."""


# -- a sample in either library -----------------------------------------------------------------------------


def memory_of(tensor):
    """A copy of the tensor's memory, seen with the tensor's strides."""
    tensor = tensor.detach()
    count = tensor.untyped_storage().nbytes() // tensor.itemsize
    flat = torch.as_strided(tensor, (count,), (1,), 0).numpy().copy()
    strides = [stride * tensor.itemsize for stride in tensor.stride()]
    return np.lib.stride_tricks.as_strided(flat[tensor.storage_offset() :], tensor.shape, strides)


def snapped(array):
    """The nearest multiples of 1/8: up to 10 in size, as the samples are, 2^11 products of two add up in 24 bits."""
    if array.dtype.kind == "f":
        array[...] = np.rint(array * 8) / 8
    return array


@cache
def has(name):
    return hasattr(minigrad, name)  # of what is not there it takes 10 ms to find out what might be meant


class Inputs:
    """What a sample's arguments are in one of the libraries: tensors of the same memory, types of the same name."""

    def __init__(self, library, coarse=False):
        self.library, self.coarse, self.known, self.tensors = library, coarse, {}, []

    def __call__(self, value):
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, torch.Size):
            return self.library.Size(value)
        if isinstance(value, (list, tuple)):
            return type(value)(map(self, value))
        if isinstance(value, dict):
            return {key: self(each) for key, each in value.items()}
        if isinstance(value, complex):
            raise NotCovered("complex")
        if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
            return self.named(str(value).removeprefix("torch."))
        if isinstance(value, torch.nn.PairwiseDistance):
            return self.library.nn.PairwiseDistance()
        if isinstance(value, torch.device):
            return self.library.device(str(value))
        return value

    def named(self, name):
        if not has(name):
            raise NotCovered(name)
        return getattr(self.library, name)

    def tensor(self, value):
        if value.layout != torch.strided or value.ndim > 64:
            raise NotCovered("sparse" if value.ndim <= 64 else "more than 64 dimensions")
        self.named(str(value.dtype).removeprefix("torch."))
        if id(value) not in self.known:
            array = snapped(memory_of(value)) if self.coarse else memory_of(value)
            tensor = self.library.from_numpy(array).requires_grad_(value.requires_grad)
            self.known[id(value)] = value, tensor  # the value is kept, lest its id be another's
            self.tensors.append(tensor)
        return self.known[id(value)][1]


def is_tensor(value):
    return isinstance(value, (torch.Tensor, TensorBase))


def flat(value):
    """The tensors and other results within a result."""
    if isinstance(value, (torch.Size, minigrad.Size)):
        return [tuple(value)]
    if isinstance(value, (list, tuple)):
        return [part for each in value for part in flat(each)]
    return [value]


def cotangent(library, tensor, i):
    """Multiples of 1/4 up to 1.25 in size, none of them special."""
    numbers = (np.arange(tensor.numel()) * 7 + 3 * i) % 11 / 4.0 - 1.25
    return library.from_numpy(numbers.reshape(tensor.shape)).to(tensor.dtype)


def shared(a, b):
    return np.may_share_memory(a.detach().numpy(), b.detach().numpy())


@dataclass
class Outcome:
    """What came of a call: its error, or its results and the gradients of the inputs that want one."""

    error: Exception | None = None
    value: object = None
    results: list = field(default_factory=list)
    is_input: bool = False
    unchanged: bool = True
    views: list = field(default_factory=list)
    gradients: list | Exception | None = None


def call(library, function, sample, in_place=False, coarse=False, parameters=()):
    """The outcome of function(*sample) in one of the libraries."""
    inputs = Inputs(library, coarse)
    subject, args, kwargs = inputs(sample.input), inputs(sample.args), inputs(sample.kwargs)
    before = [tensor.detach().numpy().copy() for tensor in inputs.tensors]
    SEED[library](0)
    try:
        subject = subject.clone() if in_place else subject
        value = function(subject, *args, **kwargs)
        outcome = Outcome(None, value, flat(value), value is subject)
        outcome.views = [
            is_tensor(each) and any(shared(each, x) for x in inputs.tensors) for each in outcome.results
        ]
    except Exception as error:
        missing = re.match(r"module 'minigrad' has no attribute '(\w+)'", str(error))
        if missing:
            raise NotCovered(missing[1]) from None
        return Outcome(error)
    outcome.unchanged = all(
        np.array_equal(a, tensor.detach().numpy(), equal_nan=a.dtype.kind == "f")
        for a, tensor in zip(before, inputs.tensors, strict=True)
    )
    leaves = [tensor for tensor in (*inputs.tensors, *parameters) if tensor.requires_grad]
    live = [result for result in outcome.results if is_tensor(result) and result.requires_grad]
    if leaves and live:
        seeds = [cotangent(library, tensor, i) for i, tensor in enumerate(live)]
        try:
            found = library.autograd.grad(live, leaves, seeds, allow_unused=True)
            outcome.gradients = [None if dx is None else dx.detach().numpy() for dx in found]
        except Exception as error:
            outcome.gradients = error
    return outcome


# -- is it the same? each of these says how not, or nothing --------------------------------------------------


def different_errors(ours, theirs):
    if theirs is None:
        return f"raises {type(ours).__name__}: {first_sentence(str(ours))}"
    said = f"torch raises {type(theirs).__name__}: {first_sentence(str(theirs))}"
    if ours is None:
        return f"{said}; here it runs"
    if type(ours).__name__ != type(theirs).__name__:
        return f"{said}; here {type(ours).__name__}: {first_sentence(str(ours))}"
    if not str(ours).startswith(first_sentence(str(theirs))):
        return f"{said}; here it says {first_sentence(str(ours))}"
    return None


def different_bits(ours, theirs):
    if (ours is None) != (theirs is None):
        return f"{'none' if ours is None else 'some'} here"
    if ours is None:
        return None
    if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
        return f"{ours.dtype}{ours.shape}, torch {theirs.dtype}{theirs.shape}"
    equal = (ours == theirs) | ((ours != ours) & (theirs != theirs))
    if equal.all():
        return None
    where = tuple(np.argwhere(~equal)[0].tolist())
    return f"at {list(where)} {ours[where]!r}, torch {theirs[where]!r} ({(~equal).sum()} of {equal.size})"


def different_values(ours, theirs, ball):
    """Not bit for bit, nor both within a ball; where the truth is no number, it is bit for bit."""
    if ball is ANY:
        kinds = [each if each is None else (each.dtype, each.shape) for each in (ours, theirs)]
        return None if kinds[0] == kinds[1] else f"{kinds[0]}, torch {kinds[1]}"
    why = different_bits(ours, theirs)
    if why is None or ball is None or ours is None or theirs is None:
        return why
    if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
        return why
    truth, radius = (np.broadcast_to(part, ours.shape) for part in (ball.c, ball.r))
    equal = (ours == theirs) | ((ours != ours) & (theirs != theirs))
    for whose, array in (("here", ours), ("torch's", theirs)):
        near = abs(array.astype(np.longdouble) - truth) <= radius
        within = equal | (near & np.isfinite(radius))
        if not within.all():
            at = tuple(np.argwhere(~within)[0].tolist())
            return f"{whose} at {list(at)} {array[at]!r} is not within {float(radius[at])!r} of {truth[at]!r}"
    return None


def different_results(ours, theirs, truth):
    """How the outcomes of a call differ, but for the gradients. Values: by truth's balls, or else bit for bit."""
    if ours.error or theirs.error:
        return different_errors(ours.error, theirs.error)
    for name in ("is_input", "unchanged", "views"):
        if getattr(ours, name) != getattr(theirs, name):
            return f"{name}: {getattr(ours, name)} here"
    if len(ours.results) != len(theirs.results):
        return f"{len(ours.results)} results, torch {len(theirs.results)}"
    names = [name for name in ("values", "indices") if type(theirs.value).__module__ == "torch.return_types"]
    if not all(hasattr(ours.value, name) for name in names if hasattr(theirs.value, name)):
        return "no names for the results"
    for i, (ours_, theirs_) in enumerate(zip(ours.results, theirs.results, strict=True)):
        if not is_tensor(theirs_):
            if type(ours_) is not type(theirs_) or not (ours_ == theirs_ or ours_ != ours_):
                return f"{ours_!r}, torch {theirs_!r}"
            continue
        if not is_tensor(ours_):
            return f"{type(ours_).__name__}, torch Tensor"
        if ours_.requires_grad != theirs_.requires_grad:
            return f"requires_grad {ours_.requires_grad} here"
        a, b = ours_.detach().numpy(), theirs_.detach().numpy()
        ball = truth and (truth[0][i] if isinstance(truth[0], list) else truth[0])
        why = different_values(a, b, ball)
        if why:
            return f"values: {why}"
    return None


def different_gradients(ours, theirs, truth):
    ours, theirs = ours.gradients, theirs.gradients
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        errors = [each if isinstance(each, Exception) else None for each in (ours, theirs)]
        why = different_errors(*errors)
        return why and f"backward: {why}"
    if (ours is None) != (theirs is None):
        return f"gradients: {'none' if ours is None else 'some'} here"
    for i, (a, b) in enumerate(zip(ours or [], theirs or [], strict=True)):
        why = different_values(a, b, truth and truth[1][i])
        if why:
            return f"gradient {i}: {why}"
    return None


# Functions that round and are not in TRUTHS: aten.py has their bounds, which Track applies.
TRACKED = {
    name for name, each in KERNELS.items() if each.op and each.why == "approximation"
} - TRUTHS.keys() | {
    "xlogy",
    "trapezoid",
    "trapz",
    "cumulative_trapezoid",
    "cov",
    "corrcoef",
    "quantile",
    "nanquantile",
    *(
        f"nn.functional.{name}"
        for name in """
            elu gelu silu softplus logsigmoid mish selu celu hardswish hardsigmoid softsign tanhshrink glu prelu rrelu
            cosine_embedding_loss gaussian_nll_loss hinge_embedding_loss margin_ranking_loss pairwise_distance
            multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss triplet_margin_with_distance_loss
            poisson_nll_loss soft_margin_loss triplet_margin_loss softmin l1_loss smooth_l1_loss huber_loss kl_div
            binary_cross_entropy binary_cross_entropy_with_logits normalize cosine_similarity
            embedding_bag interpolate upsample_bilinear
            layer_norm batch_norm group_norm instance_norm rms_norm local_response_norm scaled_dot_product_attention
            multi_head_attention_forward adaptive_avg_pool1d adaptive_avg_pool2d avg_pool1d avg_pool2d
            adaptive_avg_pool3d avg_pool3d""".split()
    ),
}

WEIGHT_FIRST = {  # in samples, not in the function
    "nn.functional.embedding_bag": lambda weight, indices, **options: torch.nn.functional.embedding_bag(
        indices, weight, **options
    )
}


def tracked(function, sample, result, parameters=()):
    """The balls of a function's results and of the gradients, of the program that torch runs."""
    leaves, wanted = [], []

    def leaf(value):
        if isinstance(value, tuple):
            return tuple(map(leaf, value))
        if not is_tensor(value):
            return value
        if value.dtype in (torch.bool, torch.int32, torch.int64) and leaves:  # a mask, indices, or counts
            return value
        leaves.append(value.detach().to(result.dtype).requires_grad_(value.requires_grad))
        wanted.extend(leaves[-1:] if value.requires_grad else [])
        return leaves[-1]

    x, args = leaf(sample.input), [leaf(value) for value in sample.args]
    kwargs = {key: leaf(value) for key, value in sample.kwargs.items()}
    leaves[0].requires_grad_()
    SEED[torch](42)  # the seed of torch's tests for functions that draw
    with Track() as track:
        results = list(filter(is_tensor, flat(function(x, *args, **kwargs))))
        seeds = [cotangent(torch, z.detach(), i) for i, z in enumerate(results)]
        gradients = torch.autograd.grad(results, [leaves[0], *wanted, *parameters], seeds, allow_unused=True)
        balls = [each if each is None else track.ball(each) for each in gradients[1:]]
        return [track.ball(z) for z in results], balls


def truth_of(name, sample, theirs):
    """The balls of the result and of the gradients of those arguments that want one; None where nothing rounds."""
    if name in SHAPES_ALONE:
        return ANY, defaultdict(lambda: ANY)
    if (
        name in TRACKED
        and not theirs.error
        and theirs.results[0].is_floating_point()
        and theirs.results[0].numel()
    ):
        function = WEIGHT_FIRST.get(name, found(torch, name))
        return tracked(function, sample, theirs.results[0].detach())
    if name not in TRUTHS or theirs.error or not getattr(theirs.results[0], "is_floating_point", bool)():
        return None
    result = theirs.results[0].detach()
    if not result.numel() or not all(e.numel() for e in (sample.input, *sample.args) if is_tensor(e)):
        return None
    kind = result.numpy().dtype
    tensors = [each for each in (sample.input, *sample.args) if is_tensor(each)]
    wide = max(np.finfo(t.detach().numpy().dtype).eps for t in (*tensors, result) if t.is_floating_point())
    Ball.u, Ball.eta = np.longdouble(wide) / 2, np.longdouble(np.finfo(kind).smallest_subnormal)

    def exact(value):
        if not is_tensor(value):
            return value
        array = value.detach().numpy()
        classes = name.endswith("entropy") and array.dtype.kind != "f"
        return array if classes else array.astype(kind).astype(np.longdouble)

    dz = cotangent(torch, result, 0).numpy().astype(np.longdouble)
    kwargs = {key: exact(value) for key, value in sample.kwargs.items()}
    with np.errstate(all="ignore"):
        z, gradients = TRUTHS[name](dz, *map(exact, (sample.input, *sample.args)), **kwargs)
    arguments = zip((sample.input, *sample.args), gradients, strict=False)
    return z, [ball for value, ball in arguments if is_tensor(value) and value.requires_grad]


# -- operators ----------------------------------------------------------------------------------------------


def found(root, name):
    for part in name.split("."):
        root = getattr(root, part, None)
    return root


def in_minigrad(function):
    """A function of torch's tests with minigrad for torch, and with our seed for torch's."""

    def seeded(op, *args, **kwargs):
        minigrad.manual_seed(42)
        return op(*args, **kwargs)

    names = {**function.__globals__, "torch": minigrad, "wrapper_set_seed": seeded}
    ours = types.FunctionType(function.__code__, names, None, function.__defaults__, function.__closure__)
    ours.__kwdefaults__ = function.__kwdefaults__
    return ours


def variants(op):
    """The ways to call an op that both libraries have: (name, ours, torch's)."""
    name = op.name
    ours = found(minigrad, name) or (None if "." in name else getattr(minigrad.Tensor, name, None))
    if ours is None and not hasattr(minigrad.Tensor, name + "_"):
        return
    if ours is not None:
        local = isinstance(op.op, types.FunctionType) and op.op.__module__.startswith("torch.testing")
        yield "function", in_minigrad(op.op) if local else ours, op.op
    for label, theirs in (("method", op.method_variant), ("in place", op.inplace_variant)):
        if isinstance(theirs, functools.partial):  # F.mish with inplace=True
            yield label, functools.partial(ours, **theirs.keywords), theirs
            continue
        method = theirs and getattr(minigrad.Tensor, theirs.__name__, None)
        if method:
            yield label, method, theirs
    if op.operator_variant:
        yield "operator", op.operator_variant, op.operator_variant
    if op.inplace_operator_variant:
        yield "operator in place", op.inplace_operator_variant, op.inplace_operator_variant
    for alias in op.aliases:
        yield from aliases(alias)


def aliases(alias):
    for label, root, theirs in (
        (f"alias {alias.name}", minigrad, alias.op),
        (f"alias method {alias.name}", minigrad.Tensor, alias.method_variant),
    ):
        ours = found(root, alias.name)
        if ours and theirs:
            yield label, ours, theirs
    ours = getattr(minigrad.Tensor, alias.name + "_", None)
    if ours and alias.inplace_variant:
        yield f"alias {alias.name} in place", ours, alias.inplace_variant


OPS = {
    op.name + (f"/{op.variant_test_name}" if op.variant_test_name else ""): op
    for op in op_db
    if next(variants(op), None)
}
# Samples of an op and type, the first ones: linspace, eye, repeat and unique have hundreds. Aliases are tried with few.
# By day every third of these, another third for each variant and type.
MOST, FEW = 60, 8
UNSET = {"empty", "empty_like", "new_empty", "empty_strided"}  # whatever was in the memory
# Their results are sums of products.
SUMMING = set(
    """matmul mm bmm mv dot sum mean cumsum outer trace einsum
cross linalg.cross sum_to_size tensordot inner kron nansum nanmean cumprod linalg.vector_norm addmm nn.functional.linear
nn.functional.nll_loss nn.functional.mse_loss nn.functional.l1_loss
nn.functional.conv1d nn.functional.conv2d nn.functional.conv3d nn.functional.conv_transpose1d
nn.functional.conv_transpose2d nn.functional.conv_transpose3d nn.functional.fold""".split()
)
# No bound is derived, of LAPACK's results above all; or they are two functions that are examined by themselves. Types
# and shapes are compared; tests/test_linalg.py has what must hold of inverses and singular values.
SHAPES_ALONE = set(
    """inverse linalg.inv linalg.det det linalg.solve matrix_power linalg.matrix_power svd linalg.svd linalg.svdvals
std_mean var_mean logspace linalg.vector_norm linalg.norm linalg.matrix_norm
histogram cdist dist addbmm addr vdot addmm addmv baddbmm
cholesky cholesky_inverse cholesky_solve logdet matrix_exp pinverse qr triangular_solve
linalg.cholesky linalg.cholesky_ex linalg.cond linalg.eigh linalg.eigvalsh linalg.inv_ex linalg.lstsq linalg.multi_dot
linalg.pinv linalg.qr linalg.slogdet linalg.solve_triangular linalg.tensorinv linalg.tensorsolve
linalg.vander linalg.vecdot
digamma erfc erfinv i0 lgamma logaddexp logaddexp2 logcumsumexp logit mvlgamma polygamma sinc
nn.functional.bilinear nn.functional.ctc_loss nn.functional.grid_sample
special.entr special.i1 special.ndtr special.polygamma special.xlog1py float_power ldexp""".split()
)
# Their results say which of equal elements was chosen, which torch promises for none: multiples of 1/8 are often equal.
CHOOSING = {"topk", "sort", "argsort", "msort", "median", "kthvalue"}


def described(value):
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype)[6:]}{list(value.shape)}{'' if value.is_contiguous() else value.stride()}"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(described, value))})"
    return repr(value)


def written(sample):
    named = (f"{key}={described(value)}" for key, value in sample.kwargs.items())
    return f"({', '.join([*map(described, (sample.input, *sample.args)), *named])})"


def compared(op, ours, theirs, sample, variant):
    """How a sample's outcomes differ in the two libraries, if they do."""
    rounds = op.name in {*TRUTHS, *TRACKED, *CHOOSING, *SHAPES_ALONE}
    summing = op.name in SUMMING or "alpha" in sample.kwargs
    in_place = "in place" in variant
    if variant == "function" and not rounds and not summing and op.name not in UNSET:
        # Any floats: nothing rounds but the sums in the gradients.
        outcomes = [call(lib, f, sample, in_place) for lib, f in ((OURS, ours), (THEIRS, theirs))]
        why = different_results(*outcomes, None)
        if why:
            return why
    outcomes = [call(lib, f, sample, in_place, not rounds) for lib, f in ((OURS, ours), (THEIRS, theirs))]
    if op.name in UNSET:
        for outcome in outcomes:
            for result in outcome.results:
                result.detach().zero_()
    truth = truth_of(op.name, sample, outcomes[1])
    return different_results(*outcomes, truth) or different_gradients(*outcomes, truth)


class Examination:
    """The failures of one test, and which of them were expected."""

    def __init__(self, name, dtype, differences, not_covered):
        self.name, self.failures, self.tried, self.lacking = name, [], 0, set()
        self.not_covered = not_covered.get(name, {}).keys()
        self.expected = [
            each
            for each in differences
            if re.fullmatch(each.op, name) and (dtype is None or dtype in each.dtypes)
        ]
        self.met = set()

    def sample(self, variant, op, ours, theirs, sample):
        if ("method" in variant or op.name.startswith("__")) and not is_tensor(sample.input):
            return  # a method of what is no tensor
        try:
            why = compared(op, ours, theirs, sample, variant)
        except NotCovered as missing:
            self.lacking.add(str(missing))
            return
        self.tried += 1
        if why:
            self.failed(variant, f"{variant} {written(sample)}: {why}")

    def failed(self, variant, description):
        for each in self.expected:
            if re.fullmatch(each.variants, variant) and re.search(each.failure, description):
                self.met.add(each)
                return
        self.failures.append(description)

    def report(self):
        first = "\n".join(self.failures[:6])
        assert not self.failures, f"{len(self.failures)} of {self.tried} samples of {self.name}:\n{first}"
        assert self.lacking == self.not_covered, f"what samples of {self.name} ask for and minigrad has not"
        stale = [each for each in self.expected if each not in self.met]
        assert not stale, f"no sample meets {stale}"


def seed_samples():
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    torch.default_generator.manual_seed(0)


def samples_of(op, dtype):
    seed_samples()
    kind = getattr(torch, dtype)
    # Past op.sample_inputs, which looks up its caller's source for every sample.
    return list(itertools.islice(op.sample_inputs_func(op, "cpu", kind, kind.is_floating_point), MOST))


NORMAL = "short normal", "long normal float32", "long normal float64"
SEEDED = {
    **dict.fromkeys(["normal", "normal/in_place", "normal/number_mean", "randn", "randn_like"], NORMAL),
    "uniform": ["uniform", "uniform's bounds"], "rand_like": ["rand", *NORMAL], "randint": ["randint"],
    "randint_like": ["randint"], "bernoulli": ["bernoulli"], "nn.functional.dropout": ["bernoulli"],
}  # fmt: skip


# By day each op with float32 or with float64, in turns, and with int64 and bool.
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        pytest.param(
            name,
            dtype,
            id=f"{name}-{dtype}",
            marks=pytest.mark.seeded(*SEEDED[name]) if name in SEEDED else (),
        )
        for i, (name, op) in enumerate(OPS.items())
        for dtype in (DTYPES if NIGHTLY else (DTYPES[i % 2], *DTYPES[2:]))
        if getattr(torch, dtype) in op.supported_dtypes("cpu")
    ],
)
def test_samples(name, dtype):
    op, exam = OPS[name], Examination(name, dtype, DIFFERENT, NOT_COVERED)
    samples = samples_of(op, dtype)
    whole = exam.expected or exam.not_covered  # which some sample must meet
    for i, (variant, ours, theirs) in enumerate(variants(op), DTYPES.index(dtype)):
        tried = samples[: FEW if variant.startswith("alias") else MOST]
        for sample in tried if whole or len(tried) < 4 else sampled(tried, i):
            exam.sample(variant, op, ours, theirs, sample)
    assert exam.tried or exam.lacking
    exam.report()


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.error_inputs_func])
def test_error_inputs(name):
    op, exam = OPS[name], Examination(name, None, DIFFERENT_ERRORS, NOT_COVERED_ERRORS)
    seed_samples()
    for variant, ours, theirs in variants(op):
        if "in place" in variant:
            continue
        for each in op.error_inputs_func(op, "cpu"):
            exam.sample(variant, op, ours, theirs, each.sample_input)
    exam.report()


@pytest.mark.parametrize("name", OPS)
def test_types_that_torch_refuses(name):
    """The first samples of every type that an op is not for: both raise the same, or neither does."""
    op, exam = OPS[name], Examination(name, None, DIFFERENT_TYPES, NOT_COVERED)
    for dtype in DTYPES:
        if getattr(torch, dtype) in op.supported_dtypes("cpu"):
            continue
        try:
            samples = samples_of(op, dtype)[:4]
        except Exception:
            continue  # of some types torch cannot even make samples
        for variant, ours, theirs in variants(op):
            for sample in samples:
                exam.sample(f"{dtype} {variant}", op, ours, theirs, sample)
    exam.not_covered = exam.lacking  # test_samples says what that may be
    exam.report()


def test_what_is_listed_is_an_op():
    """A reason for an op that is not examined would be met by no sample, and nobody would notice."""
    patterns = [each.op for each in (*DIFFERENT, *DIFFERENT_ERRORS, *DIFFERENT_TYPES)]
    names = {*NOT_COVERED, *NOT_COVERED_ERRORS, *TRUTHS}
    known = OPS.keys() | {op.name for op in OPS.values()}
    assert names - known == set()
    assert [p for p in patterns if not any(re.fullmatch(p, name) for name in OPS)] == []
    assert {"add", "matmul", "sum", "nn.functional.linear", "nn.functional.cross_entropy"} <= OPS.keys()
