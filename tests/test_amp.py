"""Mixed precision, which is off without a GPU, and the Timer of utils.benchmark."""

import re

import pytest
import torch
from both import for_every, tells_the_same

import minigrad


def step(t, scaler):
    """A step as programs for GPUs write it."""
    w = t.ones(2, requires_grad=True)
    optimizer = t.optim.SGD([w], lr=0.5)
    with t.autocast("cuda", dtype=t.float16):
        loss = (w * w).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    return w, loss, scaler.get_scale(), scaler.is_enabled(), scaler.state_dict()


PROGRAMS = [
    lambda t: step(t, t.amp.GradScaler()),
    lambda t: step(t, t.cuda.amp.GradScaler()),
    lambda t: step(t, t.amp.GradScaler(enabled=False)),
    lambda t: t.cuda.amp.autocast()(lambda x: x + 1)(t.ones(2)),
    lambda t: t.amp.autocast("cuda", enabled=False)(lambda x: x + 1)(t.ones(2)),
    lambda t: t.autocast(t.float16),
]


@pytest.mark.skipif(torch.cuda.is_available() or minigrad.cuda.is_available(), reason="there is a GPU")
@for_every(PROGRAMS)
def test_mixed_precision_is_off(program):
    tells_the_same(program)


@pytest.mark.parametrize("make", [minigrad.autocast, minigrad.amp.GradScaler])
def test_what_would_be_on_is_refused(make):
    with pytest.raises(NotImplementedError, match="no mixed precision"):
        make("cpu")


def test_a_timer_runs_its_statement_and_reports():
    calls = []
    timer = minigrad.utils.benchmark.Timer(
        "calls.append(x)", "x = 3", globals={"calls": calls}, label="append"
    )
    measured = timer.timeit(100)
    assert calls == [3] * 102
    assert measured.times == [measured.raw_times[0] / 100] == [measured.median] == [measured.mean]
    assert re.search(
        r"append\nsetup: x = 3\n  \d+\.\d\d \w+\n  1 measurement, 100 runs , 1 thread$", repr(measured)
    )


def test_a_timer_finds_how_often_to_run():
    measured = minigrad.utils.benchmark.Timer().blocked_autorange(min_run_time=0.01)
    assert sum(measured.raw_times) >= 0.01
    assert min(measured.times) <= measured.median <= max(measured.times)


def test_a_timer_of_another_language_is_refused():
    with pytest.raises(NotImplementedError, match="Python alone"):
        minigrad.utils.benchmark.Timer("x", language="c++")
