"""PyTorch's own samples of modules and of optimisers examine minigrad; test_torch_samples.py has those of ops."""

import re
import types
import warnings
from collections import defaultdict

import numpy as np
import pytest
import torch
from both import NIGHTLY, sampled
from optimizer_truths import TRUTHS
from test_torch_samples import (
    ANY,
    DTYPES,
    OURS,
    THEIRS,
    Inputs,
    call,
    cotangent,
    different_errors,
    different_gradients,
    different_results,
    different_values,
    seed_samples,
    tracked,
    truth_of,
    written,
)
from truths import Ball

import minigrad

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_modules import ModuleErrorEnum, module_db
    from torch.testing._internal.common_optimizers import (
        _get_optim_inputs_including_global_cliquey_kwargs,
        optim_db,
    )

pytestmark = pytest.mark.filterwarnings("ignore")  # warnings are other tests' business

# -- modules ------------------------------------------------------------------------------------------------

MODULES = {
    info.module_cls.__name__: info for info in module_db if hasattr(minigrad.nn, info.module_cls.__name__)
}
del MODULES["TransformerEncoder"]  # its samples hold a layer of torch's
FUNCTIONS = {
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "CrossEntropyLoss": "nn.functional.cross_entropy",
}
# Those that round, whose kernels have bounds in aten.py
TRACKED = (
    *("CELU", "GLU", "Hardsigmoid", "Hardswish", "Mish", "PReLU", "RReLU", "SELU", "Softmax2d"),
    *("Softmin", "Softsign", "Tanhshrink"),
    *("ELU", "GELU", "SiLU", "Softplus", "LogSigmoid", "L1Loss", "SmoothL1Loss", "HuberLoss", "KLDivLoss"),
    *("BCELoss", "BCEWithLogitsLoss"),
    *("CosineEmbeddingLoss", "GaussianNLLLoss", "HingeEmbeddingLoss", "MarginRankingLoss", "PoissonNLLLoss"),
    *("SoftMarginLoss", "TripletMarginLoss", "PairwiseDistance", "TripletMarginWithDistanceLoss"),
    *("MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss"),
    *("LayerNorm", "GroupNorm", "LocalResponseNorm", "RMSNorm", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
    *("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"),
    *("AvgPool1d", "AvgPool2d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AvgPool3d", "AdaptiveAvgPool3d"),
    *("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"),
    "MultiheadAttention",
)
# Through so many layers no bound stays finite: types and shapes are compared. tests/test_attention.py compares bits, on
# exchanged kernels. CTC has no bound; tests/test_grid.py compares it.
SHAPES_ALONE = ("CTCLoss", "TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer")
# Dozens of samples, each of dozens of kernels: by day a third of a third of them; of others a third.
LONG = ("RNN", "LSTM", "GRU", "MultiheadAttention", *SHAPES_ALONE)


def built(library, name, given, dtype=None, training=True, first=()):
    """The module of a sample; given a type, in that type and with multiples of 1/4 for parameters.

    A lazy module has seen the `first` input before.
    """
    inputs = Inputs(library, name not in FUNCTIONS and name not in TRACKED)
    module = getattr(library.nn, name)(*inputs(given.args), **inputs(given.kwargs))
    if dtype is None:
        return module
    module.to(getattr(library, dtype))
    if name.startswith("Lazy"):
        module(*inputs(first))
    with library.no_grad():
        for p in module.parameters():
            p.copy_(cotangent(library, p, 1))
    return module.train(training)


def forwards(each):
    """A module's sample as a sample of the module, and as one of its function."""
    named = each.forward_input.kwargs
    args, named = (each.forward_input.args, named) if each.forward_input.args else (tuple(named.values()), {})
    options = dict(zip(("dim",), each.constructor_input.args, strict=False))
    call_ = types.SimpleNamespace(input=args[0], args=args[1:], kwargs=named)
    function = types.SimpleNamespace(
        input=args[0], args=args[1:], kwargs=options | each.constructor_input.kwargs
    )
    return call_, function


def module_samples(function, name, dtype, training):
    seed_samples()
    info = MODULES[name]
    return function(info, device="cpu", dtype=getattr(torch, dtype), requires_grad=True, training=training)


# By day each module trains with one of the two types, and is asked with the other.
@pytest.mark.parametrize(
    ("name", "dtype", "training"),
    [
        pytest.param(name, dtype, training, id=f"{name}-{dtype}-{'train' if training else 'eval'}")
        for i, name in enumerate(MODULES)
        for j, dtype in enumerate(DTYPES[:2])
        for training in (True, False)
        if NIGHTLY or (i + j + training) % 2
    ],
)
def test_module_samples(name, dtype, training):
    failures = []
    samples = module_samples(MODULES[name].module_inputs_func, name, dtype, training)
    tried = samples
    for _ in range(2 if name in LONG else 1):
        tried = sampled(tried, DTYPES.index(dtype) + training) if len(tried) > 3 else tried
    for each in tried:
        first = each.forward_input.args
        pair = [
            built(library, name, each.constructor_input, dtype, training, first) for library in (OURS, THEIRS)
        ]
        ours, theirs = pair
        assert repr(ours) == repr(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        call_, function = forwards(each)
        coarse = name not in FUNCTIONS and name not in TRACKED
        outcomes = [
            call(library, module, call_, coarse=coarse, parameters=module.parameters())
            for library, module in zip((OURS, THEIRS), pair, strict=True)
        ]
        if name in SHAPES_ALONE:
            truth = ANY, defaultdict(lambda: ANY)
        elif name in TRACKED:
            result = outcomes[1].results[0].detach()
            truth = tracked(theirs, call_, result, theirs.parameters())
        else:
            truth = truth_of(FUNCTIONS.get(name), function, outcomes[1])
        why = different_results(*outcomes, truth) or different_gradients(*outcomes, truth)
        if why:
            failures.append(f"{theirs} {each.desc} {written(call_)}: {why}")
    assert tried
    assert not failures, f"{len(failures)} of {len(tried)}:\n" + "\n".join(failures[:6])


@pytest.mark.parametrize("name", [name for name, info in MODULES.items() if info.module_error_inputs_func])
def test_module_error_inputs(name):
    failures = []
    for each in module_samples(MODULES[name].module_error_inputs_func, name, "float32", True):
        given = each.module_error_input
        errors = []
        for library in (OURS, THEIRS):
            try:
                module = built(library, name, given.constructor_input)
                assert each.error_on == ModuleErrorEnum.FORWARD_ERROR
                errors.append(call(library, module, forwards(given)[0]).error)
            except Exception as error:
                errors.append(error)
        if str(errors[0]) == "complex":  # there are no complex numbers
            continue
        assert isinstance(errors[1], each.error_type)
        assert re.search(each.error_regex, str(errors[1]))
        why = different_errors(*errors)
        if why:
            failures.append(f"{written(forwards(given)[0])}: {why}")
    assert not failures, "\n".join(failures)


# -- optimisers ---------------------------------------------------------------------------------------------

OPTIMIZERS = {
    info.optim_cls.__name__: info for info in optim_db if hasattr(minigrad.optim, info.optim_cls.__name__)
}
STEPPED = OPTIMIZERS.keys() - {"LBFGS"}  # which calls a closure many times: tests/test_lbfgs.py
STEPS = 4


def stepped(library, name, options, dtype):
    """An optimiser's weights before its steps, the gradients, the weights afterwards, and the optimiser."""
    rng = np.random.default_rng(0)
    w = library.from_numpy(rng.standard_normal((3, 4)).astype(dtype))
    w.requires_grad_(not options["differentiable"])  # no step in place of a leaf can be differentiated
    before, gradients = (
        w.detach().numpy().copy(),
        [rng.standard_normal((3, 4)).astype(dtype) for _ in range(STEPS)],
    )
    optimizer = getattr(library.optim, name)([w], **Inputs(library)(options))
    for g in gradients:
        optimizer.zero_grad()
        w.grad = library.from_numpy(g.copy())
        optimizer.step()
    return before, gradients, w.detach().numpy(), optimizer


@pytest.mark.parametrize("dtype", DTYPES[:2])
@pytest.mark.parametrize("name", sorted(STEPPED))
def test_optimizer_samples(name, dtype):
    failures = []
    samples = _get_optim_inputs_including_global_cliquey_kwargs(
        "cpu", getattr(torch, dtype), OPTIMIZERS[name]
    )
    for each in samples:
        options = each.kwargs
        before, gradients, ours, ours_optimizer = stepped(minigrad, name, options, dtype)
        *_, theirs, optimizer = stepped(torch, name, options, dtype)
        kind = np.finfo(dtype)
        Ball.u, Ball.eta = np.longdouble(kind.eps) / 2, np.longdouble(kind.smallest_subnormal)
        truth = TRUTHS[name](
            before.astype(np.longdouble), [g.astype(np.longdouble) for g in gradients], **options
        )
        why = different_values(ours, theirs, truth)
        if why is None and repr(ours_optimizer) != repr(optimizer):
            why = f"{ours_optimizer!r}, torch {optimizer!r}"
        if why:
            failures.append(f"{each.desc} {options}: {why}")
    assert samples
    assert not failures, f"{len(failures)} of {len(samples)}:\n" + "\n".join(failures)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_error_inputs(name):
    failures = []
    for each in OPTIMIZERS[name].optim_error_inputs_func("cpu", torch.float32):
        given, errors = each.optimizer_error_input, []
        for library in (OURS, THEIRS):
            inputs = Inputs(library)
            params = inputs(given.params or [torch.nn.Parameter(torch.ones(1, 1))])
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                try:
                    getattr(library.optim, name)(params, **inputs(given.kwargs))
                    errors.append(None)
                except Exception as error:
                    errors.append(error)
        assert isinstance(errors[1], each.error_type)
        assert re.search(each.error_regex, str(errors[1]))
        why = different_errors(*errors)
        if why:
            failures.append(f"{given.desc}: {why}")
    assert not failures, "\n".join(failures)


def test_the_modules_and_optimisers_of_the_tutorial_are_among_them():
    assert {
        "Linear",
        "ReLU",
        "Softmax",
        "LogSoftmax",
        "CrossEntropyLoss",
        "LSTM",
        "GRUCell",
    } <= MODULES.keys()
    assert TRUTHS.keys() == STEPPED
