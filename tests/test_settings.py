"""Where new tensors are made, the questions about GPUs, and the settings that programs make at their beginning."""

import importlib

import pytest
import torch
from both import for_every, tells_the_same

import minigrad
from sidebyside import as_torch


def steps(*each):
    return each[-1]


SAME = [
    # the default device
    lambda t: t.get_default_device(),
    lambda t: steps(t.set_default_device("cpu"), t.ones(2).device, t.set_default_device(None)),
    lambda t: t.set_default_device("floppy"),
    lambda t: steps(d := t.device("cpu"), d.__enter__().type, d.__exit__(None, None, None)),
    lambda t: t.zeros(2, device="cpu").device,
    # questions
    lambda t: t.accelerator.current_accelerator().type if t.accelerator.is_available() else "cpu",
    lambda t: [t.backends.mps.is_available(), t.backends.mps.is_built(), t.backends.cudnn.is_available()],
    lambda t: t.backends.cudnn.version(),
    lambda t: [t.backends.cudnn.benchmark, t.backends.cudnn.deterministic, t.backends.cudnn.enabled],
    # settings
    lambda t: t.get_float32_matmul_precision(),
    lambda t: steps(t.set_float32_matmul_precision("high"), t.get_float32_matmul_precision()),
    lambda t: steps(t.set_float32_matmul_precision("highest"), t.get_float32_matmul_precision()),
    lambda t: t.set_num_threads(0),
    lambda t: t.set_num_threads("two"),
    lambda t: steps(t.set_num_threads(1), t.get_num_threads()),
    lambda t: t.use_deterministic_algorithms(1),
    lambda t: steps(t.use_deterministic_algorithms(True), t.are_deterministic_algorithms_enabled()),
    lambda t: t.is_deterministic_algorithms_warn_only_enabled(),
    lambda t: steps(t.use_deterministic_algorithms(False), t.are_deterministic_algorithms_enabled()),
    lambda t: steps(t.set_default_tensor_type(t.DoubleTensor), t.ones(1).dtype),
    lambda t: steps(t.set_default_tensor_type("torch.FloatTensor"), t.ones(1).dtype),
    lambda t: t.set_default_tensor_type("torch.LongTensor"),
    # small questions
    lambda t: [t.typename(t.ones(1)), t.typename(3), t.typename(int)],
    lambda t: [
        t.is_nonzero(t.tensor([2.0])),
        t.is_complex(t.ones(2)),
        t.is_storage(3),
        t.is_inference(t.ones(1)),
    ],
    lambda t: t.is_nonzero(t.ones(2)),
    lambda t: t.is_complex(3),
]


@for_every(SAME)
def test_both_tell_the_same(program):
    tells_the_same(program)


def asks_for_a_gpu(library):
    return [
        function
        for name in (
            "current_device_index",
            "synchronize",
            "current_stream",
            "empty_cache",
            "memory_allocated",
        )
        for function in [getattr(library.accelerator, name)]
    ]


@pytest.mark.skipif(minigrad.cuda.is_available(), reason="THE REFUSALS ARE NOT TESTED: there is a GPU")
@pytest.mark.skipif(torch.version.cuda is not None, reason="THE REFUSALS ARE NOT COMPARED: torch has CUDA")
def test_without_a_gpu_both_refuse_what_needs_one():
    for ours, theirs in zip(asks_for_a_gpu(minigrad), asks_for_a_gpu(torch), strict=True):
        for call in (ours, theirs):
            with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is available"):
                call()


@pytest.fixture
def on_a_gpu(monkeypatch):
    """A default device "cuda", which stands for the CPU here: MINIGRAD_CUDA=cpu."""
    moved = []
    monkeypatch.setattr(
        minigrad.tensors.creation.devices, "move", lambda array, where: moved.append(where) or array
    )
    return moved


def test_new_tensors_go_to_the_default_device_unless_one_is_given(on_a_gpu):
    cuda = minigrad.device("cuda")
    with cuda:
        minigrad.ones(2)
        with minigrad.device("cpu"):
            minigrad.zeros(2)
        minigrad.tensor([1.0])
        minigrad.rand(2)
        minigrad.arange(3, device="cpu")
    minigrad.ones(2)
    assert [str(where) for where in on_a_gpu] == ["cuda", "cpu", "cuda", "cuda", "cpu"]
    minigrad.set_default_device("cuda")
    try:
        minigrad.full((2,), 3.0)
    finally:
        minigrad.set_default_device(None)
    minigrad.full((2,), 3.0)
    assert on_a_gpu[5:] == [cuda]


def test_the_default_device_is_restored_after_an_error():
    with pytest.raises(ZeroDivisionError), minigrad.device("cuda"):
        raise ZeroDivisionError
    assert minigrad.get_default_device() == minigrad.device("cpu")


def test_flags_of_cudnn_can_be_set_for_a_while():
    cudnn = minigrad.backends.cudnn
    with cudnn.flags(enabled=True, deterministic=True):
        assert cudnn.deterministic
        assert not cudnn.benchmark
    assert not cudnn.deterministic
    assert cudnn.enabled


def test_modules_are_imported_under_torchs_names():
    with as_torch():
        assert importlib.import_module("torch.backends.cudnn") is minigrad.backends.cudnn
        assert importlib.import_module("torch.accelerator") is minigrad.accelerator
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("torch.cuda.backends")


# -- out= ---------------------------------------------------------------------------------------------------


def given(library, shape=(2,), **options):
    return library.zeros(shape, **options)


OUT = [
    lambda t: steps(out := given(t), t.add(t.ones(2), 1, out=out), out),
    lambda t: steps(out := given(t), t.add(t.ones(2), 1, out=out) is out),
    lambda t: t.mul(t.ones(2), 3, out=given(t, dtype=t.float64)),
    lambda t: t.add(t.ones(2), 1, out=given(t, (3,))),
    lambda t: t.add(t.ones(2), 1, out=given(t, (0,))),
    lambda t: t.add(t.ones(2), 1, out=None),
    lambda t: t.add(t.ones(2), 1, out=given(t, dtype=t.int64)),
    lambda t: t.add(t.ones(2, requires_grad=True), 1, out=given(t)),
    lambda t: t.add(t.ones(2), 1, out=given(t, requires_grad=True)),
    lambda t: t.no_grad()(t.add)(t.ones(2, requires_grad=True), 1, out=given(t)),
    lambda t: t.matmul(t.ones(2, 3), t.ones(3, 2), out=given(t, (2, 2))),
    lambda t: t.max(t.eye(2), 1, out=(given(t), given(t, dtype=t.int64))).values,
    lambda t: list(t.sort(t.eye(2), out=(given(t, (2, 2)), given(t, (2, 2), dtype=t.int64)))),
    lambda t: t.max(t.eye(2), 1, out=given(t)),
    lambda t: t.cat([t.ones(2), t.zeros(1)], out=given(t, (3,))),
    lambda t: t.stack([t.ones(2), t.zeros(2)], out=given(t, (2, 2))),
    lambda t: t.hstack([t.ones(2), t.zeros(2)], out=given(t, (4,))),
    lambda t: t.zeros(3, out=given(t, (3,), dtype=t.int32)),
    lambda t: t.arange(3, out=given(t, (3,))),
    lambda t: t.eye(2, out=given(t, (2, 2), dtype=t.float64)),
    lambda t: t.linspace(0, 1, 3, out=given(t, (3,), dtype=t.float64)),
    lambda t: steps(t.manual_seed(0), t.rand(2, 2, out=given(t, (2, 2), dtype=t.float64))),
    lambda t: t.multinomial(t.tensor([0.0, 1.0]), 1, out=given(t, (1,), dtype=t.int64)),
    lambda t: t.allclose(t.ones(2), t.ones(2), out=given(t)),
    lambda t: t.ones(2).add(1, out=given(t)),
]


@for_every(OUT)
def test_out_is_written(program):
    tells_the_same(program)
