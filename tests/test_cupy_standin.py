"""minigrad on arrays that can do no more than CuPy's: what would break on a GPU breaks here.

The stand-in (cupy_standin/) has CuPy's surface, taken from a real CuPy, and computes with NumPy. So every result
must be the CPU's, bit for bit; what is to be seen on a real GPU only is in test_cuda.py.
"""

import copy
import re
import subprocess
import sys
from pathlib import Path

import cupy_standin
import numpy as np
import pytest
import test_cuda
from both import NIGHTLY, for_every
from cupy_standin import emulator

import minigrad
from minigrad.arrays import device as devices
from minigrad.cuda import blas, kernels, source
from sidebyside.programs.ops import TABLE

MAKERS = ("tensor", "zeros", "ones", "full", "eye", "arange", "linspace", "rand", "randn", "randint", "randperm",
          "empty", "as_tensor", "asarray")  # fmt: skip


class OnDevice:
    """minigrad, whose new tensors are on the device from the start."""

    def __init__(self, device):
        self.device = device

    def __getattr__(self, name):
        value = getattr(minigrad, name)
        if name not in MAKERS:
            return value
        return lambda *args, **options: value(*args, **{"device": self.device} | options)


def forget():
    """What was made with one CuPy is not for the next."""
    kernels._kernel.cache_clear()
    blas._blas.cache_clear()
    minigrad.cuda.graph.default_capture_stream = None


@pytest.fixture
def standin(monkeypatch):
    if not emulator.COMPILER:
        pytest.skip("NOTHING OF CUDA IS TESTED: the kernels are compiled by g++ here, which is not installed")
    monkeypatch.setitem(sys.modules, "cupy", cupy_standin.module())
    monkeypatch.setattr(devices, "blas_library", emulator.blas_library)
    monkeypatch.setattr(blas, "blas_library", emulator.blas_library)
    cupy_standin.traffic.clear()
    forget()
    yield cupy_standin
    forget()


def results(case, kind, device):
    """Value, gradients and second derivatives, as arrays of the CPU; and the arrays as they came."""
    rng = np.random.default_rng(0)
    torch = OnDevice(device)
    inputs = []
    for shape in case.fixed_shapes():
        numbers = rng.integers(-8, 9, shape) / 4
        numbers = np.abs(numbers) + 0.5 if case.positive else numbers
        inputs.append(minigrad.tensor(numbers.astype(kind)).to(device).requires_grad_())
    z = case.program(torch, *inputs)
    tensors = [z]
    if z.requires_grad:
        dz = minigrad.tensor((rng.integers(-8, 9, z.shape) / 4).astype(kind)).to(device)
        grads = minigrad.autograd.grad(z, inputs, dz, create_graph=True, allow_unused=True)
        tensors += [g for g in grads if g is not None]
        smooth = [g for g in grads if g is not None and g.requires_grad]
        if smooth:
            seconds = minigrad.autograd.grad(
                smooth, inputs, [g.detach() * 0.5 for g in smooth], allow_unused=True
            )
            tensors += [g for g in seconds if g is not None]
        z = case.program(torch, *inputs)  # and the ordinary pass, on bare arrays
        z.backward(dz)
        tensors += [x.grad for x in inputs if x.grad is not None]
    return tensors


# By day each op with one of its types, in turns.
TYPED = [
    pytest.param(case, kind, id=f"{kind}-{case.name}")
    for i, case in enumerate(TABLE)
    for j, kind in enumerate(case.kinds)
    if NIGHTLY or (i + j) % len(case.kinds) == 0
]


def test_kernels_take_the_place_of_ops_with_the_first_gpu():
    program = """
import sys, cupy_standin, minigrad
plain = minigrad.ops.mm.forward
assert "minigrad.cuda.kernels" not in sys.modules
sys.modules["cupy"] = cupy_standin.module()
minigrad.ones(2, device="cuda")
assert "minigrad.cuda.kernels" in sys.modules and minigrad.ops.mm.forward is not plain
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent)


@pytest.mark.parametrize(("case", "kind"), TYPED)
def test_every_op_on_cupys_surface(case, kind, standin):
    expected, got = results(case, kind, "cpu"), results(case, kind, "cuda")
    assert len(got) == len(expected)
    for ours, cpu in zip(got, expected, strict=True):
        assert isinstance(ours.array, standin.ndarray), f"{ours!r} left the GPU"
        assert (ours.dtype, ours.shape) == (cpu.dtype, cpu.shape)
        if any(
            word in case.name for word in ("log_softmax", "cross_entropy", "log-softmax", "cross-entropy")
        ):
            # Our kernel takes exp and log from libm, each within 4 ulp as NumPy's own are, and a row has 4 classes:
            # a value is at most log 4 + 8 here, so an ulp of it eps·8; the sum's error is relative, at most 7 eps.
            eps = np.finfo(kind).eps
            np.testing.assert_allclose(ours.array.host, cpu.array, rtol=0, atol=8 * 15 * eps)
        else:
            np.testing.assert_array_equal(ours.array.host, cpu.array)
            assert ours.array.host.tobytes() == cpu.array.tobytes()


def test_nll_loss_of_images(standin):
    x = np.random.default_rng(0).standard_normal((2, 3, 2, 2)).astype(np.float32)
    y = np.array([[[0, 1], [2, -100]], [[1, 1], [0, 2]]])

    def loss_and_gradient(device):
        leaf = minigrad.tensor(x).to(device).requires_grad_()
        loss = minigrad.nn.functional.nll_loss(leaf, minigrad.tensor(y).to(device))
        loss.backward()
        return loss.item(), leaf.grad.cpu().numpy().tolist()

    assert loss_and_gradient("cuda") == loss_and_gradient("cpu")


def test_sgd_refuses_to_be_differentiated_here_too(standin):
    p = minigrad.ones(2).to("cuda").requires_grad_()
    p.grad = minigrad.ones(2).to("cuda")
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        minigrad.optim.SGD([p], 0.1, differentiable=True).step()


def test_gradients_of_rows_that_arrive_column_after_column(standin):
    dz = np.arange(9, dtype=np.float32).reshape(3, 3)

    def gradient(device):
        x = minigrad.ones(4, 3).to(device).requires_grad_()
        x[minigrad.tensor([0, 0, 2]).to(device)].backward(minigrad.tensor(dz).to(device).t())
        return x.grad.cpu().numpy()

    np.testing.assert_array_equal(gradient("cuda"), gradient("cpu"))


def test_log_softmax_that_lies_column_after_column(standin):
    x = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32)
    dz = np.random.default_rng(1).standard_normal((6, 4)).astype(np.float32)

    def gradient(device):
        leaf = minigrad.tensor(x).to(device).requires_grad_()
        minigrad.nn.functional.log_softmax(leaf.t(), 1).backward(minigrad.tensor(dz).to(device))
        return leaf.grad.cpu().numpy()

    np.testing.assert_array_equal(gradient("cuda"), gradient("cpu"))


# -- training -----------------------------------------------------------------------------------------------

OPTIONS = {
    "plain": {},
    "momentum": {"momentum": 0.75},
    "all": {"momentum": 0.75, "dampening": 0.25, "weight_decay": 0.125},
    "nesterov": {"momentum": 0.5, "nesterov": True, "maximize": True},
}


def network(device):
    minigrad.manual_seed(0)
    nn = minigrad.nn
    return nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4)).to(device)


def batch(device, seed=0, n=16):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 12)).astype(np.float32), rng.integers(0, 4, n)
    return minigrad.tensor(x).to(device), minigrad.tensor(y).to(device)


def step(model, optimizer, x, y):
    loss = minigrad.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def host(tensor):
    return tensor.detach().cpu().numpy().copy()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_one_launch_of_sgd_is_the_cpus_step_bit_for_bit(options, standin):
    weights = []
    for device in ("cpu", "cuda"):
        model = network(device)
        optimizer = minigrad.optim.SGD(model.parameters(), lr=0.3, **options)
        rng = np.random.default_rng(0)
        for _ in range(4):
            for p in model.parameters():
                p.grad = minigrad.tensor(rng.standard_normal(p.shape).astype(np.float32)).to(device)
            optimizer.step()
        weights.append([host(p) for p in model.parameters()])
    for cpu, on_gpu in zip(*weights, strict=True):
        assert cpu.tobytes() == on_gpu.tobytes()


ADAPTIVE = [
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"capturable": True, "maximize": True}),
    ("AdamW", {"fused": True}),
    ("NAdam", {"capturable": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("Adamax", {"capturable": True}),
]


@pytest.mark.parametrize(("name", "options"), ADAPTIVE, ids=str)
def test_adam_and_its_kin_take_the_cpus_steps(name, options, standin):
    found = []
    for device in ("cpu", "cuda"):
        model = network(device)
        known = {key: value for key, value in options.items() if device == "cuda" or key != "capturable"}
        optimizer = getattr(minigrad.optim, name)(model.parameters(), **known)
        rng = np.random.default_rng(0)
        for _ in range(4):
            for p in model.parameters():
                p.grad = minigrad.tensor(rng.standard_normal(p.shape).astype(np.float32)).to(device)
            optimizer.step()
        kept = optimizer.state[next(model.parameters())]
        beside = options.keys() & {"capturable", "fused"}
        assert {kept[key].device.type for key in kept.keys() & {"step", "mu_product"}} == {
            device if beside else "cpu"
        }
        found.append([host(t) for t in (*model.parameters(), *kept.values())])
    for cpu, on_gpu in zip(*found, strict=True):
        assert cpu.tobytes() == on_gpu.tobytes()


def test_more_parameters_than_one_launch_takes(standin):
    weights = [minigrad.ones(3, device="cuda", requires_grad=True) for _ in range(source.TENSORS + 5)]
    for i, w in enumerate(weights):
        w.grad = minigrad.full((3,), float(i)).to("cuda")
    minigrad.optim.SGD(weights, lr=0.5).step()
    assert [host(w).tolist() for w in weights] == [[1 - i / 2] * 3 for i in range(len(weights))]


def test_the_arguments_of_sgd_fit_into_a_launch(standin):
    assert 8 + 4 * 8 * source.TENSORS + 4 * 8 + 3 * 8 <= 4096  # the struct, four factors, three flags


def test_a_step_waits_once_for_the_check_of_its_classes(standin):
    model, (x, y) = network("cuda"), batch("cuda")
    optimizer = minigrad.optim.SGD(model.parameters(), lr=0.3)
    step(model, optimizer, x, y)
    standin.traffic.clear()
    step(model, optimizer, x, y)
    assert standin.traffic == ["tolist waits"]


def test_a_class_that_is_none(standin):
    (x, y), model = batch("cuda"), network("cuda")
    y[3] = 4
    with pytest.raises(IndexError, match=r"^Target 4 is out of bounds"):
        minigrad.nn.functional.cross_entropy(model(x), y)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignored", [-100, 2])
def test_nll_loss_and_its_gradient(reduction, weighted, ignored, standin):
    found = []
    for device in ("cpu", "cuda"):
        x = minigrad.tensor((np.arange(24).reshape(6, 4) % 7 - 3) / 4, dtype=minigrad.float32).to(device)
        y = minigrad.tensor([0, 2, 1, 3, 2, 0]).to(device)
        w = minigrad.tensor([0.5, 1.0, 2.0, 0.25]).to(device) if weighted else None
        x.requires_grad_()
        loss = minigrad.nn.functional.nll_loss(x, y, w, ignore_index=ignored, reduction=reduction)
        loss.backward(minigrad.ones(loss.shape).to(device) * 0.5)
        found.append((host(loss), host(x.grad)))
    for cpu, on_gpu in zip(*found, strict=True):
        np.testing.assert_array_equal(
            on_gpu, cpu
        )  # few dyadic numbers: every sum is exact but the last quotient's


def test_many_equal_places_add_up_in_order(standin):
    found = []
    for device in ("cpu", "cuda"):
        rng = np.random.default_rng(1)
        x = minigrad.tensor(rng.standard_normal((5, 3)).astype(np.float32)).to(device).requires_grad_()
        rows = minigrad.tensor(rng.integers(0, 5, 400)).to(device)
        z = x[rows]
        z.backward(minigrad.tensor(rng.standard_normal((400, 3)).astype(np.float32)).to(device))
        found.append(host(x.grad))
    assert found[0].tobytes() == found[1].tobytes()


# -- graphs -------------------------------------------------------------------------------------------------


def captured(model, optimizer, x, y):
    step(model, optimizer, x, y)  # warm up
    g = minigrad.cuda.CUDAGraph()
    optimizer.zero_grad()
    with minigrad.cuda.graph(g):
        loss = minigrad.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return g, loss


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_replayed_steps_are_eager_steps_bit_for_bit(options, standin):
    runs = []
    for with_graph in (False, True):
        model, (x, y) = network("cuda"), batch("cuda")
        optimizer = minigrad.optim.SGD(model.parameters(), lr=0.3, **options)
        losses = []
        if with_graph:
            g, loss = captured(model, optimizer, x, y)
        else:
            step(model, optimizer, x, y)
        for seed in range(1, 5):
            new_x, new_y = batch("cpu", seed)
            x.copy_(new_x), y.copy_(new_y)
            if with_graph:
                g.replay()
                losses.append(host(loss))
            else:
                losses.append(host(step(model, optimizer, x, y)))
        runs.append(
            [*losses, *(host(p) for p in model.parameters()), *(host(p.grad) for p in model.parameters())]
        )
    for eager, replayed in zip(*runs, strict=True):
        assert eager.tobytes() == replayed.tobytes()


def test_while_a_step_is_captured_nothing_waits_and_nothing_is_copied(standin):
    x = minigrad.ones(3, device="cuda")
    with (
        pytest.raises(
            RuntimeError, match=r"^Cannot copy between CPU and CUDA tensors during CUDA graph capture"
        ),
        minigrad.cuda.graph(minigrad.cuda.CUDAGraph()),
    ):
        minigrad.ones(3).to("cuda")
    refused = pytest.raises(RuntimeError, match="cudaErrorStreamCaptureUnsupported")
    with refused, minigrad.cuda.graph(minigrad.cuda.CUDAGraph()):
        x.sum().item()
    assert x.sum().item() == 3  # and afterwards all is well again


def test_graphs_are_used_as_torchs_are(standin):
    cuda = minigrad.cuda
    x, g = minigrad.ones(3, device="cuda"), cuda.CUDAGraph()
    with pytest.raises(
        RuntimeError, match=r"^Called CUDAGraph::replay without a preceding successful capture"
    ):
        g.replay()
    with pytest.raises(RuntimeError, match=r"^CUDA graphs must be captured on a non-default stream"):
        g.capture_begin()
    s = cuda.Stream()
    with cuda.stream(s):
        assert cuda.current_stream() == s
        g.capture_begin()
        assert cuda.is_current_stream_capturing()
        x += 1
        g.capture_end()
    assert host(x).tolist() == [1, 1, 1]
    g.replay(), g.replay()
    assert host(x).tolist() == [3, 3, 3]
    other = cuda.CUDAGraph()
    with cuda.graph(other, pool=g.pool(), stream=s):
        x *= 2
    other.replay()
    assert host(x).tolist() == [6, 6, 6]
    g.reset()
    with pytest.raises(RuntimeError, match=r"^Called CUDAGraph::replay"):
        g.replay()


def test_events_measure(standin):
    start, end = (minigrad.cuda.Event(enable_timing=True) for _ in range(2))
    with pytest.raises(ValueError, match=r"^Both events must be recorded"):
        start.elapsed_time(end)
    start.record()
    end.record(minigrad.cuda.Stream())
    end.synchronize()
    assert start.elapsed_time(end) >= 0
    with pytest.raises(ValueError, match="enable_timing=True"):
        start.elapsed_time(minigrad.cuda.Event())


# -- the rest of a tensor's life ------------------------------------------------------------------------------

LIFE = [
    lambda t, x: repr(x),
    lambda t, x: repr(x[0, 0]),
    lambda t, x: x.tolist(),
    lambda t, x: x[0, 1].item(),
    lambda t, x: (float(x.sum()), int(x.sum()), bool((x > 0).any())),
    lambda t, x: [row.tolist() for row in x],
    lambda t, x: (
        x[:, 1].tolist(),
        x[x > 0].tolist(),
        x[t.tensor([0, 1, 0])].tolist(),
        x[[1, 0]].tolist(),
        x[..., None].shape,
    ),
    lambda t, x: (x.t().contiguous().stride(), x.is_contiguous(), x.t().is_contiguous()),
    lambda t, x: (x.sort(1), x.topk(2), x.unique(), x.argsort(), x.max(1), x.argmin()),
    lambda t, x: (x.double().dtype, x.to(t.int64).tolist(), x.half().dtype),
    lambda t, x: (x.isnan().any().item(), x.allclose(x + 1e-9), x.equal(x), t.isclose(x, x).all().item()),
    lambda t, x: (t.where(x > 0, x, 0.0).tolist(), t.where(x > 0), x.nonzero()),
    lambda t, x: (
        x.clone().fill_(2).tolist(),
        x.clone().zero_().tolist(),
        x.clone().copy_(t.ones(2, 3)).tolist(),
    ),
    lambda t, x: (x.clone().uniform_().tolist(), x.clone().normal_().tolist()),
    lambda t, x: t.nn.functional.one_hot(t.tensor([0, 2])).tolist(),
    lambda t, x: t.nn.functional.dropout(x, 0.5).tolist(),
    lambda t, x: (x.clone().masked_fill_(x > 0, 7).tolist(), x.masked_select(x > 0).tolist()),
    lambda t, x: (
        (5 - x).tolist(),
        (2 / x.abs()).tolist(),
        (7 % x.abs()).tolist(),
        (x // 2).tolist(),
        (2**x).tolist(),
    ),
    lambda t, x: ((x > 0).sum().item(), (~(x > 0)).tolist(), ((x > 0) & (x < 2)).tolist()),
    lambda t, x: (
        x.std().item(),
        x.var(0).tolist(),
        x.norm().item(),
        x.norm(1).item(),
        x.norm(3, 1).tolist(),
    ),
    lambda t, x: (
        x.cumsum(1).tolist(),
        x.prod().item(),
        x.count_nonzero().item(),
        t.logsumexp(x, 1).tolist(),
    ),
    lambda t, x: (t.nn.functional.mse_loss(x, x + 1).item(), t.nn.functional.softmax(x, 1).tolist()),
    lambda t, x: (
        t.cat([x, x], 1).tolist(),
        t.stack([x, x], 2).tolist(),
        x.repeat(2, 1).tolist(),
        x.flip(0).tolist(),
    ),
    lambda t, x: (
        x.tril().tolist(),
        x.split(1)[0].tolist(),
        x.gather(1, t.tensor([[0], [2]])).tolist(),
        x.outer if False else 0,
    ),
    lambda t, x: (x.device.type, x.cpu().device.type, x.type()),
    lambda t, x: copy.deepcopy(x).tolist(),
]


@for_every(LIFE)
def test_what_a_user_does_with_a_tensor(program, standin):
    found = []
    for device in ("cpu", "cuda"):
        minigrad.manual_seed(0)
        t = OnDevice(device)
        x = t.tensor([[1.5, -2.0, 0.25], [3.0, -0.5, 1.0]])
        told = str(program(t, x))
        found.append(re.sub(r",?\s*device='cuda:0'|\s|cuda\.", "", told).replace("cuda", "cpu"))
    assert found[1] == found[0]


def test_in_place_changes_of_views(standin):
    found = []
    for device in ("cpu", "cuda"):
        t = OnDevice(device)
        x = t.tensor([[1.0, 2.0], [3.0, 4.0]]).requires_grad_()
        y = x * 2
        y[0] *= 3
        y[:, 1] = 5.0
        y[t.tensor([1])] = t.tensor([[7.0, 8.0]])
        y.t()[0].add_(1)
        (y * y).sum().backward()
        found.append((host(y).tolist(), host(x.grad).tolist()))
    assert found[0] == found[1]


MIXED = [
    lambda t, x, y: x + y,
    lambda t, x, y: y * x,
    lambda t, x, y: x @ y,
    lambda t, x, y: t.nn.Linear(2, 2)(x),
    lambda t, x, y: t.cat([x, y]),
    lambda t, x, y: t.where(x > 0, x, y),
    lambda t, x, y: t.nn.functional.nll_loss(x, t.tensor([0, 1])),
    lambda t, x, y: t.nn.functional.mse_loss(x, y),
    lambda t, x, y: x.maximum(y),
    lambda t, x, y: t.nn.functional.linear(x, x, t.tensor(1.0)),
]


@for_every(MIXED)
def test_two_devices_in_one_op(program, standin):
    x, y = minigrad.ones(2, 2, device="cuda"), minigrad.ones(2, 2)
    with pytest.raises(RuntimeError, match=r"^Expected all tensors to be on the same device"):
        program(minigrad, x, y)


def test_a_number_in_a_tensor_of_the_cpu_meets_any_device(standin):
    x, factor = minigrad.ones(2, device="cuda", requires_grad=True), minigrad.tensor(3.0, requires_grad=True)
    z = x * factor + minigrad.tensor(1)
    z.sum().backward()
    assert (host(z).tolist(), host(x.grad).tolist(), factor.grad.item()) == ([4, 4], [3, 3], 2)
    assert factor.grad.device.type == "cpu"


# -- the tests of a real GPU, rehearsed -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mul-broadcast", "mm-transposed", "sum-dims", "relu", "mm"])
def test_rehearse_the_exact_tier(name, standin, monkeypatch):
    monkeypatch.setattr(test_cuda, "THEIRS", "cpu")
    (case,) = (case for case in TABLE if case.name == name)
    for ours in test_cuda.OURS:
        test_cuda.test_exact(case, "float32", ours)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "exp"])
def test_rehearse_the_bounded_tier(name, standin, monkeypatch):
    monkeypatch.setattr(test_cuda, "THEIRS", "cpu")
    (case,) = (case for case in test_cuda.BOUNDED if case.name == name)
    test_cuda.test_bounded(case, "float32")


@pytest.mark.parametrize("how", ["manual", "optimizer"] if NIGHTLY else ["optimizer"])
def test_rehearse_the_training(how, standin, monkeypatch):
    monkeypatch.setattr(test_cuda, "THEIRS", "cpu")
    for name in ("sequential", "residual"):
        test_cuda.test_the_three_models_train_alike(name, how, "cupy")


def test_rehearse_the_rest(standin, monkeypatch, tmp_path):
    monkeypatch.setattr(test_cuda, "THEIRS", "cpu")
    test_cuda.test_products_are_not_tf32()
    test_cuda.test_memory_is_flat_over_many_steps()
    test_cuda.test_a_replayed_graph_is_eager_bit_for_bit({"momentum": 0.9, "nesterov": True})
    test_cuda.test_what_a_graph_cannot_hold()
    test_cuda.test_scatter_is_the_same_in_every_run()
    test_cuda.test_weights_saved_on_a_gpu_load_anywhere(tmp_path)


@pytest.mark.seeded("rand", "uniform", "randint", "randperm", "long normal float32")
def test_rehearse_the_seeded_tier(standin):
    test_cuda.test_seeded_numbers_are_torchs_of_the_cpu("cupy")
