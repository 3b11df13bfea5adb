"""One thread, fixed profiles: a test that passes once passes always."""

import gc
import os
import signal
import sys
from importlib.util import find_spec
from types import SimpleNamespace

# A shell that starts the tests in the background has them ignore Ctrl-C; programs that they start would, too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Before NumPy and torch load: sums over more than 32,768 elements depend on the number of threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
# Without CuPy minigrad has no GPU. Then torch gets none either: the two are compared in the same state.
if find_spec("cupy") is None:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

# Plugins of Hypothesis are other packages' (trio's, which selenium brings); to load them takes every process 0.2 s.
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"

import pytest
from _pytest.runner import runtestprotocol


def pytest_configure(config):
    """The libraries, and Hypothesis, as the tests want them.

    Under -n the process that hands out the tests runs none, and loads nothing that takes seconds to load.
    """
    if not config.getoption("numprocesses", None) or "PYTEST_XDIST_WORKER" in os.environ:
        prepare_libraries()
        prepare_hypothesis()


def prepare_libraries():
    import torch
    from both import cupy_without_gpu

    import minigrad
    from sidebyside import doctor

    torch.set_num_threads(1)
    # torch.manual_seed formats the stack three times, in case a GPU refuses the seed: within pytest that takes 5 ms.
    for device in (torch.cuda, torch.xpu, torch.mtia):
        device.traceback = SimpleNamespace(format_stack=list)

    # Without a GPU minigrad's refusals depend on CuPy, torch's on its build: minigrad gets a CuPy that fits the build.
    if not torch.cuda.is_available() and not minigrad.cuda.is_available():
        status = 35 if doctor._driver() is None else 100
        sys.modules["cupy"] = cupy_without_gpu(status) if torch.version.cuda else None


def prepare_hypothesis():
    from hypothesis import HealthCheck, Phase, settings

    common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("dev", max_examples=10, **common)
    settings.register_profile("ci", max_examples=10, derandomize=True, **common)
    settings.register_profile("nightly", max_examples=2000, **common)
    # For an emulated processor: shrinking what fails would take it many minutes.
    settings.register_profile(
        "emulated", max_examples=3, derandomize=True, phases=[Phase.explicit, Phase.generate], **common
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture
def recording_stays_on():
    """After the test, ops are recorded in both libraries."""
    import torch

    import minigrad

    yield
    assert minigrad.is_grad_enabled()
    assert torch.is_grad_enabled()


@pytest.fixture(scope="session")
def browser():
    """Chromium, one for all tests of a process."""
    from in_browser import started

    driver = started()
    yield driver
    driver.quit()


@pytest.fixture
def page(browser):
    """The page, 1280 pixels wide; a test in which the console has something to say fails."""
    from in_browser import reset

    reset(browser)
    yield browser
    assert browser.get_log("browser") == []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """Under -n a test that passes sends one report, not five messages: of twenty thousand tests they take 15 s.

    A set-up and a teardown are reported where they fail or skip.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported and collected stays until the end: the garbage collector leaves its million objects out."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items):
    """A seeded test names its generators, and runs where torch draws their numbers. Some tests need a GPU."""
    import torch

    import minigrad
    from sidebyside.seeds import PROBES, differing

    for item in items:
        for marker in item.iter_markers("seeded"):
            if not marker.args or not PROBES.keys() >= set(marker.args):
                raise pytest.UsageError(f"{item.nodeid}: seeded takes names of {', '.join(PROBES)}")
            for name in sorted(differing().intersection(marker.args)):
                drawn, numbers = PROBES[name].drawn(torch).tolist(), PROBES[name].numbers
                reason = f"NOT TESTED: torch's {name} draws other numbers here: {drawn}, not {numbers}"
                item.add_marker(pytest.mark.skip(reason=reason))
    for_gpu = [item for item in items if item.get_closest_marker("cuda")]
    if for_gpu and not (torch.cuda.is_available() and minigrad.cuda.is_available()):
        reason = (
            f"NOTHING IS TESTED ON A GPU: CuPy or a CUDA build of torch finds none; tests: {len(for_gpu)}"
        )
        for_gpu[0].add_marker(pytest.mark.skip(reason=reason))
        rest = set(for_gpu[1:])  # one skip speaks for all, which would take seconds
        items[:] = [item for item in items if item not in rest]
