"""CUDA's compiler sees every kernel of minigrad/cuda/source.py, and no multiply and add become one. No GPU is needed.

What is read is PTX, from which the driver makes a GPU's code: it may fuse a `mul.f32` with an `add.f32`, but never
what says how it rounds, as `mul.rn.f32`. That the kernels compute what they should is test_cupy_standin.py's, by g++,
and on a GPU test_cuda.py's.
"""

import re

import nvrtc
import pytest

from minigrad.cuda import source as gpu

ARCHITECTURES = (75, 90, 100)  # Turing, the oldest that CUDA 13 knows, Hopper, Blackwell
KERNELS = re.findall(r"__global__ void (\w+)", gpu.SOURCE)
TRANSCENDENTAL = {"log_softmax", "log_softmax_gradient"}  # exp and log have fused steps of their own
ARITHMETIC = re.compile(r"\b((?:add|sub|mul|mad|fma)\.[\w.]*f(?:32|64))\b")

if nvrtc.library() is None:
    pytest.skip(
        'NO KERNEL IS SEEN BY CUDA\'S COMPILER, which is not installed: pip install -e ".[nvrtc]"',
        allow_module_level=True,
    )


@pytest.fixture(params=ARCHITECTURES)
def architecture(request):
    if request.param not in nvrtc.architectures():
        pytest.skip(f"NVRTC {nvrtc.version()} does not compile for compute_{request.param}")
    return request.param


@pytest.fixture(params=gpu.TYPES)
def kind(request):
    return request.param


def entries(source, architecture, options=gpu.OPTIONS):
    """The PTX of every kernel, by its name; nothing may be refused or warned of."""
    ptx, said = nvrtc.compiled(source, (f"--gpu-architecture=compute_{architecture}", *options))
    assert said == ""
    assert f".target sm_{architecture}" in ptx
    parts = re.split(r"\.visible \.entry (\w+)", ptx)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def fused(ptx):
    """Steps of floating-point arithmetic that are fused, or that the driver may fuse."""
    return [step for step in ARITHMETIC.findall(ptx) if not re.match(r"(add|sub|mul)\.rn\.", step)]


def without_exp_and_log(kind):
    """The source, where exp and log are functions of another file, so that nothing of theirs is in the PTX."""
    number = gpu.TYPES[kind]
    declared = f'extern "C" __device__ {number} exp_({number}), log_({number});\n'
    return f"{declared}#define exp exp_\n#define log log_\n{gpu.source(kind)}"


def test_every_kernel_compiles_without_a_warning(kind, architecture):
    assert list(entries(gpu.source(kind), architecture)) == KERNELS
    assert len(KERNELS) == len(set(KERNELS)) == 7


def test_no_step_is_fused_outside_exp_and_log(kind, architecture):
    whole = entries(gpu.source(kind), architecture)
    assert {name for name, ptx in whole.items() if fused(ptx)} == TRANSCENDENTAL
    bare = entries(without_exp_and_log(kind), architecture, (*gpu.OPTIONS, "--relocatable-device-code=true"))
    assert list(bare) == KERNELS
    assert {name: fused(ptx) for name, ptx in bare.items() if fused(ptx)} == {}
    called = {name for name, ptx in bare.items() if re.search(r"\b(?:exp|log)_\b", ptx)}
    assert called == TRANSCENDENTAL


def test_what_is_fused_in_the_whole_is_fused_with_certainty(kind, architecture):
    """exp and log fuse by fma alone, which rounds as it says; no plain step of theirs is left to the driver."""
    for ptx in entries(gpu.source(kind), architecture).values():
        assert {step.split(".")[0] for step in fused(ptx)} <= {"fma"}


def test_without_the_option_steps_are_fused(kind, architecture):
    """What shows that the tests above would notice."""
    whole = entries(gpu.source(kind), architecture, ())
    assert any(step.startswith("fma") for step in fused(whole["sgd"]))
    assert {name for name, ptx in whole.items() if fused(ptx)} == set(KERNELS) - {"outside"}
