"""The modes (no_grad, inference_mode, anomaly detection), what nodes saved, and silence: the same in both libraries."""

import contextvars
import os
import threading
import warnings

import numpy as np
import pytest
import torch
from both import BOTH, first_sentence, for_every, tells_the_same

import minigrad


def made_inside(t):
    with t.inference_mode():
        return t.ones(2)


def leaf(t):
    return t.tensor([1.0, -2.0], requires_grad=True)


@BOTH
def test_modes_nest_and_are_restored(library):
    states = []
    note = lambda: states.append(library.is_grad_enabled())
    with library.no_grad():
        note()
        with library.enable_grad():
            note()
            with library.set_grad_enabled(False):
                note()
            note()
        note()
    note()
    with pytest.raises(ZeroDivisionError), library.no_grad():
        raise ZeroDivisionError
    note()
    assert states == [False, True, False, True, False, True, True]


@BOTH
def test_modes_decorate_with_and_without_parentheses(library):
    @library.no_grad
    def bare():
        return library.is_grad_enabled()

    @library.no_grad()
    def called():
        """Its doc."""
        return library.is_grad_enabled()

    @library.enable_grad()
    def enabled(raising=False):
        if raising:
            raise ZeroDivisionError
        return library.is_grad_enabled()

    @library.set_grad_enabled(False)
    def switched():
        return library.is_grad_enabled()

    assert not bare()
    assert not called()
    assert called.__name__ == "called"
    assert called.__doc__ == "Its doc."
    assert not switched()
    assert library.is_grad_enabled()
    with library.no_grad():
        assert enabled()
        with pytest.raises(ZeroDivisionError):
            enabled(raising=True)
        assert not library.is_grad_enabled()
    assert library.is_grad_enabled()


@BOTH
def test_set_grad_enabled_is_a_function_too(library):
    library.set_grad_enabled(False)
    assert not library.is_grad_enabled()
    library.set_grad_enabled(True)
    assert library.is_grad_enabled()


def test_one_switch_can_be_entered_twice():
    switch = minigrad.no_grad()  # torch's forgets what was before
    with switch, switch:
        assert not minigrad.is_grad_enabled()
    assert minigrad.is_grad_enabled()


@BOTH
def test_backward_runs_in_no_grad(library):
    x = library.tensor([1.0, 2.0], requires_grad=True)
    z = (x * x).sum()
    with library.no_grad():
        z.backward()
    assert x.grad.tolist() == [2, 4]


def an_inference_tensor_is_written(t, x, y):
    y[0] = 5


INFERENCE = [
    lambda t, x, y: (y.is_inference(), y.requires_grad, y.grad_fn, y),
    lambda t, x, y: (x.is_inference(), (x * 2).is_inference(), t.is_inference_mode_enabled()),
    lambda t, x, y: y._version,
    lambda t, x, y: y * x,
    lambda t, x, y: y + x,
    lambda t, x, y: (
        (y * 2).is_inference(),
        y.clone().is_inference(),
        y.detach().is_inference(),
        y[0].is_inference(),
    ),
    lambda t, x, y: y.add_(1),
    an_inference_tensor_is_written,
    lambda t, x, y: y.requires_grad_(),
    lambda t, x, y: y.clone().requires_grad_().sum().backward(),
    lambda t, x, y: (y.clone() * x).sum().backward(),
    lambda t, x, y: t.inference_mode(lambda: (t.ones(1).is_inference(), t.is_grad_enabled()))(),
    lambda t, x, y: t.inference_mode()(lambda: (x * 2).requires_grad)(),
    lambda t, x, y: t.inference_mode(False)(lambda: (t.ones(1).is_inference(), t.is_grad_enabled()))(),
    lambda t, x, y: t.inference_mode()(lambda: x[0].is_inference())(),
    lambda t, x, y: t.inference_mode()(lambda: x.clone().add_(1))(),
    lambda t, x, y: t.inference_mode()(lambda: t.inference_mode(False)(lambda: (x * 2).requires_grad)())(),
    lambda t, x, y: t.inference_mode()(lambda: t.nn.Linear(2, 1).weight.requires_grad)(),
]


@for_every(INFERENCE)
def test_inference_mode(program):
    tells_the_same(lambda t: program(t, leaf(t), made_inside(t)))


@BOTH
def test_inference_mode_is_left_after_an_error(library):
    def fails():
        with library.inference_mode():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not library.is_inference_mode_enabled()
    assert library.is_grad_enabled()


def anomaly(t, program, check_nan=True, forward=True):
    """The error, and the messages of the warnings, of a program whose backward goes wrong."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loss = None if forward else program(t)
        with t.autograd.detect_anomaly(check_nan):
            try:
                (program(t) if forward else loss).backward()
                error = None
            except RuntimeError as raised:
                error = first_sentence(str(raised))
    return error, [str(each.message) for each in caught]


class Fails:
    """An op whose backward raises."""

    @staticmethod
    def of(t):
        parts = {
            "forward": staticmethod(lambda ctx, x: x * 2),
            "backward": staticmethod(lambda ctx, dz: dz.reshape(7)),
        }
        return type("Own", (t.autograd.Function,), parts)


class Forgives:
    """An op of two outputs whose backward makes a nan that arrives to 0."""

    @staticmethod
    def of(t):
        parts = {
            "forward": staticmethod(lambda ctx, x: (x * 2, x * 3)),
            "backward": staticmethod(lambda ctx, da, db: t.zeros(2)),
        }
        return type("Own", (t.autograd.Function,), parts)


ANOMALIES = {
    "a nan that an op of two outputs forgives": lambda t: t.where(
        t.tensor([True, False]), *(z * float("nan") for z in Forgives.of(t).apply(leaf(t)))
    ).sum(),
    "sqrt of a negative": lambda t: t.sqrt(leaf(t)).sum(),
    "0 / 0": lambda t: ((leaf(t) - leaf(t).detach()) / t.zeros(2)).sum(),
    "a nan that flows on": lambda t: (leaf(t) * float("nan")).exp().sum(),
    "an op of one's own": lambda t: Fails.of(t).apply(leaf(t)).sum(),
    "nothing": lambda t: leaf(t).exp().sum(),
}


@pytest.mark.parametrize("name", ANOMALIES)
@pytest.mark.parametrize("check_nan", [True, False])
def test_anomaly_detection_names_the_op_and_shows_where_it_was_called(name, check_nan):
    ours, our_warnings = anomaly(minigrad, ANOMALIES[name], check_nan)
    theirs, their_warnings = anomaly(torch, ANOMALIES[name], check_nan)
    assert ours == theirs
    assert len(our_warnings) == len(their_warnings)
    for mine, other in zip(our_warnings, their_warnings, strict=True):
        assert mine.split(". ")[0] == other.split(". ")[0]
    if ours:
        assert "test_modes.py" in our_warnings[-1]
        assert os.path.dirname(minigrad.__file__) not in our_warnings[-1]
        assert "lambda t:" in our_warnings[-1] or "return" in our_warnings[-1]


def test_a_graph_made_before_has_no_call_to_show():
    ours, theirs = (anomaly(t, ANOMALIES["sqrt of a negative"], forward=False) for t in (minigrad, torch))
    assert ours[0] == theirs[0]
    assert "No forward pass information available" in ours[1][-1]
    assert "No forward pass information available" in theirs[1][-1]


@BOTH
def test_anomaly_detection_is_off_again_afterwards(library):
    anomaly(library, ANOMALIES["sqrt of a negative"])
    library.sqrt(leaf(library)).sum().backward()
    detected = pytest.warns(UserWarning, match="Error detected"), pytest.raises(RuntimeError, match="nan")
    with library.autograd.set_detect_anomaly(True), detected[0], detected[1]:
        library.sqrt(leaf(library)).sum().backward()
    library.sqrt(leaf(library)).sum().backward()


SAVED = [
    lambda t, x: ((x * x).grad_fn._saved_self, (x * x).grad_fn._saved_other),
    lambda t, x: ((x**3).grad_fn._saved_self, (x**3).grad_fn._saved_exponent),
    lambda t, x: x.exp().grad_fn._saved_result,
    lambda t, x: [name for name in dir((x**3).grad_fn) if name.startswith("_saved")],
    lambda t, x: (x + x).grad_fn._saved_self,
    lambda t, x: (x * 2).grad_fn.foo,
]


@for_every(SAVED)
def test_nodes_show_what_they_saved(program):
    tells_the_same(lambda t: program(t, leaf(t)))


@BOTH
def test_what_a_freed_node_saved_is_gone(library):
    y = leaf(library).exp()
    y.sum().backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.grad_fn._saved_result  # noqa: B018


def test_numpy_is_silent_in_every_thread_and_speaks_again_outside():
    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answers.append(minigrad.log(minigrad.zeros(1)).item())

    answers = []
    threads = [threading.Thread(target=contextvars.copy_context().run, args=(work,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()
    assert answers == [-np.inf] * 5
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.log(np.zeros(1))
