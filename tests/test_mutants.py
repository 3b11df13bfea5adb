"""Tests of the tests: mistakes that a student or a careless refactoring makes, each caught by an ordinary test.

Every entry breaks one thing, names the test that must then fail, and that test is run with and without. `make
mutants` does the same with some thousands of faults made by machine.
"""

import inspect
import math

import hypothesis
import numpy as np
import pytest
import test_autograd
import test_engine
import test_gradients
import test_loss
import test_nn
import test_ops
import test_optim
from hypothesis import Phase, settings

from minigrad import ops
from minigrad.autograd import GradcheckError, accumulate_grad, broadcasting
from minigrad.autograd.accumulate_grad import AccumulateGrad
from minigrad.autograd.base import unwrap, wrap
from minigrad.autograd.node import OpNode
from minigrad.nn import ops as nn
from minigrad.optim import SGD

# As in CI, but without the search for the smallest example: that there is one is enough.
AS_IN_CI = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip

# Hypothesis draws constants from the modules that are loaded, so the 25 examples depend on which tests run together.
# A mistake gets as many as four runs in CI.
FOUR_RUNS = settings(AS_IN_CI, max_examples=100)
# Without the mistake the test passes: it is one of the suite, and looks at more there.
TWO = settings(AS_IN_CI, max_examples=2)


# -- how to break things ------------------------------------------------------------------------------------


def forward(op, function):
    """The op computes something else."""
    return lambda patch: patch.setattr(op, "forward", function)


def rule(op, **functions):
    """The gradients of these inputs are something else, computed from what the true rule gets."""

    def instead(function, names):
        wanted = inspect.signature(function).parameters
        assert wanted.keys() <= set(names)
        return lambda *values: function(
            **{name: value for name, value in zip(names, values, strict=True) if name in wanted}
        )

    def apply(patch):
        for name, function in functions.items():
            patch.setattr(op.rules[name], "function", instead(function, op.rules[name].names))

    return apply


def attribute(owner, name, value):
    return lambda patch: patch.setattr(owner, name, value)


def single(function):
    """float32 in the middle of a float64 path."""
    return lambda *args: np.asarray(function(*[a.astype("float32") for a in args])).astype(args[0].dtype)


# -- the mistakes -------------------------------------------------------------------------------------------


def axes(x, dim):
    return {"axis": dim, "keepdims": True}


def log_softmax_plus_epsilon(x, dim):
    s = x - x.max(**axes(x, dim))
    return s - np.log(np.exp(s).sum(**axes(x, dim)) + 1e-8)


def logsumexp_plus_epsilon(x, dim, keepdim):
    top = x.max(**axes(x, dim))
    z = np.log(np.exp(x - top).sum(**axes(x, dim)) + 1e-8) + top
    return z if keepdim else z.squeeze(dim)


def softmax_without_shift(x, dim):
    return np.exp(x) / np.exp(x).sum(**axes(x, dim))


def log_softmax_without_shift(x, dim):
    return x - np.log(np.exp(x).sum(**axes(x, dim)))


def logsumexp_without_shift(x, dim, keepdim):
    return np.log(np.exp(x).sum(axis=dim, keepdims=keepdim))


def mean_by_n_minus_1(x):
    return ops.sum.forward(x) / x.dtype.type(max(x.size - 1, 1))


def all_to_the_first(dz, x, z, shape, dim, keepdim):
    first = np.zeros(shape, bool)
    first.reshape(-1)[np.argmax(unwrap(x))] = True
    return ops.where(first, dz, 0.0)


def a_version_not_bumped(self, closure=None):
    for group in self.param_groups:
        for p in group["params"]:
            if p._grad is not None:
                self._update(p, p.array, p._grad.array, group)


def overwriting(self, dz, on_tensors, wanted=None):
    self.leaf().grad = wrap(accumulate_grad.private_copy(unwrap(dz)))
    return ()


def first_row_alone(dx, shape, source=None):
    """Un-broadcasting that forgets to add up."""
    while dx.ndim > len(shape):
        dx = dx[0]
    return dx[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def momentum(buffer_first, buffer_then, answer):
    """The three places where SGD's momentum is worked out, as functions of gradient, buffer and options."""

    def with_momentum(self, g, state, group):
        if "momentum_buffer" not in state:
            b = state["momentum_buffer"] = wrap(np.array(buffer_first(g, group)))
        else:
            b = state["momentum_buffer"]
            b.array[...] = buffer_then(b.array, g, group)
        return answer(b.array, g, group)

    return attribute(SGD, "_with_momentum", with_momentum)


def first_gradient_for_ever(self, g, state, group):
    return state.setdefault("momentum_buffer", wrap(g)).array


def mu(group):
    return group["momentum"]


def kept(group):
    return 1 - group["dampening"]


def step_of(b, g, group):
    return g + mu(group) * b if group["nesterov"] else b


def update(change):
    """One step of one parameter, by `change(self, p, w, g, group)`, which returns the new w."""

    def _update(self, p, array, grad, group):
        array[...] = change(self, p, array, grad, group)

    return attribute(SGD, "_update", _update)


def decay_after_momentum(self, p, w, g, group):
    g = -g if group["maximize"] else g
    g = self._with_momentum(g, self.state[p], group) if mu(group) else g
    return w - group["lr"] * (g + group["weight_decay"] * w)


def no_maximize(self, p, w, g, group):
    g = g + group["weight_decay"] * w
    return w - group["lr"] * (self._with_momentum(g, self.state[p], group) if mu(group) else g)


def maximize_after_decay(self, p, w, g, group):
    g = g + group["weight_decay"] * w
    g = -g if group["maximize"] else g
    return w - group["lr"] * (self._with_momentum(g, self.state[p], group) if mu(group) else g)


def single_step(self, p, w, g, group):
    return w - (group["lr"] * g).astype("float32")


BOUND, LARGE, EXACT, BITS, FINITE, TWICE = (
    "both_libraries_round_within_the_bound", "large_numbers_are_shifted_before_they_overflow",
    "small_dyadic_numbers_give_torchs_bits", "any_floats_give_torchs_bits",
    "gradients_are_those_of_finite_differences", "second_derivatives_are_those_of_finite_differences",
)  # fmt: skip
# The mistake, how it is made, and the ordinary test that must see it: of the table in test_ops.py by its claim and
# line, else by module, name and parameters.
MUTANTS = {
    # forwards
    "log(S + 1e-8) in log_softmax": (forward(nn.log_softmax, log_softmax_plus_epsilon), BOUND, "log_softmax"),
    "log(S + 1e-8) in logsumexp": (forward(ops.logsumexp, logsumexp_plus_epsilon), BOUND, "logsumexp"),
    "softmax without shift": (forward(nn.softmax, softmax_without_shift), LARGE, "softmax"),
    "log_softmax without shift": (
        forward(nn.log_softmax, log_softmax_without_shift), LARGE, "log_softmax"),
    "logsumexp without shift": (forward(ops.logsumexp, logsumexp_without_shift), LARGE, "logsumexp"),
    "leaky relu": (forward(nn.relu, lambda x: np.where(x > 0, x, x * 1e-6)), BITS, "relu"),
    "leaky relu, backward": (rule(nn.relu, x=lambda dz, z: ops.where(unwrap(z) <= 0, 1e-6 * dz, dz)), BITS, "relu"),
    "mean by N - 1": (forward(ops.mean, mean_by_n_minus_1), EXACT, "mean"),
    "mean's gradient by N - 1": (
        rule(ops.mean, x=lambda dz, shape: ops.expand(dz / (math.prod(shape) - 1), shape)), EXACT, "mean"),
    "float32 within exp": (forward(ops.exp, single(np.exp)), BOUND, "exp"),
    "float32 within mm": (forward(ops.mm, single(np.matmul)), BOUND, "mm"),
    "float32 within sum": (forward(ops.sum, single(np.sum)), BOUND, "sum"),
    "float32 within mul": (forward(ops.mul, single(np.multiply)), BITS, "mul"),
    "float32 within mul's gradient": (
        rule(ops.mul, x=lambda dz, y: dz * (y + 0).astype("f").astype(y.dtype)), BITS, "mul"),
    # rules
    "2.001 in sqrt's": (rule(ops.sqrt, x=lambda dz, z: dz / (2.001 * z)), BOUND, "sqrt"),
    "2.001 in the square's": (
        rule(ops.pow_scalar, x=lambda dz, x, exponent: dz * (1.0005 * exponent * x ** (exponent - 1))), BITS, "pow-2"),
    "sub's second not negated": (rule(ops.sub, y=lambda dz: dz), BITS, "sub"),
    "relu'(0) = 1": (rule(nn.relu, x=lambda dz, z: ops.where(unwrap(z) < 0, 0.0, dz)), BITS, "relu"),
    "relu's by a product with a mask": (rule(nn.relu, x=lambda dz, z: dz * (unwrap(z) > 0)), BITS, "relu"),
    "clamp's bounds excluded": (
        rule(ops.clamp, x=lambda dz, x, low, high: ops.where((unwrap(x) > low) & (unwrap(x) < high), dz, 0.0)),
        EXACT, "clamp-at-its-bounds"),
    "max: a tie's all to the first": (rule(ops.amax, x=all_to_the_first), EXACT, "amax-all"),
    "softmax's Jacobian without what is off its diagonal": (
        rule(nn.softmax, x=lambda dz, z, dim: dz * z * (1 - z)), BOUND, "softmax"),
    "log_softmax's along another axis": (
        rule(nn.log_softmax, x=lambda dz, z, dim: dz - ops.exp(z) * ops.sum_dim(dz, (0,), True)),
        BOUND, "log_softmax"),
    "log_softmax's detached": (
        rule(nn.log_softmax, x=lambda dz, z, dim: dz - ops.sum_dim(dz, dim, True) * np.exp(unwrap(z))),
        TWICE, "log_softmax"),
    "mul's second detached": (rule(ops.mul, y=lambda dz, x: ops.zeros_like(dz)), EXACT, "mul-broadcast"),
    "div's rounds otherwise": (rule(ops.div, y=lambda dz, x, y: -dz * (x / (y * y))), BITS, "div"),
    "mm's untransposed": (rule(ops.mm, x=lambda dz, y, shape, stride: ops.mm(dz, y)), EXACT, "mm-square"),
    "linear's bias by the batch's mean": (
        rule(nn.linear, bias=lambda dz: ops.mean_dim(dz, (0,), False)),
        test_nn, "test_linear_and_relu_are_exact"),
    "mse_loss: / n forgotten": (
        rule(nn.mse_loss, x=lambda dz, x, y, reduction: 2.0 * (x - y) * dz), test_loss, "test_mse_loss_is_exact"),
    "nll_loss: weights' sum forgotten": (
        forward(nn.nll_loss, lambda x, target, weight, reduction, ignore_index: np.asarray(
            -(x[np.arange(len(x)), target] * (1 if weight is None else weight[target])).mean())),
        test_loss, "test_cross_entropy_of_any_logits"),
    "index's overwrites where an index repeats": (rule(
        ops.index, x=lambda dz, shape, key: ops.embed(dz, shape, key)), EXACT, "index-repeated"),
    "cumsum's not reversed": (rule(ops.cumsum, x=lambda dz, dim: ops.cumsum(dz, dim)), EXACT, "cumsum"),
    "var's correction forgotten": (
        forward(ops.var, lambda x, dim, correction, keepdim: x.var(axis=dim, keepdims=keepdim)), BOUND, "var"),
    # the engine
    "un-broadcasting forgets to add up": (
        attribute(broadcasting, "unbroadcast", first_row_alone), EXACT, "add-broadcast"),
    "gradients that share memory": (
        attribute(accumulate_grad, "private_copy", lambda dx: dx),
        test_gradients, "test_no_two_gradients_share_memory", "add"),
    "gradients replaced, not added up": (
        attribute(AccumulateGrad, "backward", overwriting),
        test_autograd, "test_programs_do_what_they_do_in_torch", "accumulation"),
    "what is saved is not freed": (
        attribute(OpNode, "release", lambda self: None), test_engine, "test_saved_values_are_freed_by_backward"),
    # the optimiser
    "version not bumped": (
        attribute(SGD, "step", a_version_not_bumped),
        test_optim, "test_stepping", test_optim.versions_after_a_step, "plain"),
    "momentum: dampened at first": (
        momentum(lambda g, o: kept(o) * g, lambda b, g, o: mu(o) * b + kept(o) * g, step_of),
        test_optim, "test_every_option_is_exact"),
    "momentum: (1 - μ)·g": (
        momentum(lambda g, o: g, lambda b, g, o: mu(o) * b + (1 - mu(o)) * g, step_of),
        test_optim, "test_every_option_is_exact"),
    "momentum: g + μ·b without dampening": (
        momentum(lambda g, o: g, lambda b, g, o: g + mu(o) * b, step_of), test_optim, "test_every_option_is_exact"),
    "momentum: the rate in the buffer": (
        momentum(lambda g, o: g * o["lr"], lambda b, g, o: mu(o) * b + kept(o) * g * o["lr"], step_of),
        test_optim, "test_every_option_is_exact"),
    "nesterov: b + μ·g": (
        momentum(lambda g, o: g, lambda b, g, o: mu(o) * b + kept(o) * g,
                 lambda b, g, o: b + mu(o) * g if o["nesterov"] else b),
        test_optim, "test_every_option_is_exact"),
    "nesterov: as without": (
        momentum(lambda g, o: g, lambda b, g, o: mu(o) * b + kept(o) * g, lambda b, g, o: b),
        test_optim, "test_every_option_is_exact"),
    "momentum: the buffer is the first gradient itself": (
        attribute(SGD, "_with_momentum", first_gradient_for_ever),
        test_optim, "test_every_option_is_exact"),
    "weight decay after momentum": (update(decay_after_momentum), test_optim, "test_every_option_is_exact"),
    "maximize forgotten": (update(no_maximize), test_optim, "test_every_option_is_exact"),
    "maximize after weight decay": (update(maximize_after_decay), test_optim, "test_every_option_is_exact"),
    "float32 within the step": (update(single_step), test_optim, "test_training_is_exact_on_a_grid"),
}  # fmt: skip


def ordinary(patch, examples, where, name, *chosen):
    """The test, ready to be called without arguments."""
    if isinstance(where, str):
        test = getattr(test_ops, f"test_{where}")
        chosen = [test_ops.BY_NAME[name]]
    else:
        test = getattr(where, name)
    if hasattr(test, "hypothesis"):
        patch.setattr(test, "_hypothesis_internal_use_settings", examples)
    return lambda: test(*chosen)


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mistake_is_caught_by_name(name, monkeypatch):
    mistake, *where = MUTANTS[name]
    ordinary(monkeypatch, TWO, *where)()
    mistake(monkeypatch)
    with pytest.raises((AssertionError, GradcheckError)):
        ordinary(monkeypatch, FOUR_RUNS, *where)()
