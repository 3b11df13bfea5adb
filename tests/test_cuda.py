"""On a real GPU: minigrad on the CPU and through CuPy, both against torch_ref on CUDA.

Skipped aloud where CuPy or a CUDA build of torch finds no GPU. What needs none is in test_cupy_standin.py.
"""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from both import for_every
from test_ops import fixed_arrays

import minigrad
from minigrad import models, optim
from minigrad import train as our_train
from sidebyside.contract import same_bits
from sidebyside.contract.run_both import arriving, run
from sidebyside.contract.track import Track
from sidebyside.programs.ops import TABLE
from torch_ref import models as their_models
from torch_ref import train as their_train

pytestmark = pytest.mark.cuda  # conftest.py skips them aloud
OURS = {"cpu": "cpu", "cupy": "cuda"}
THEIRS = "cuda"  # torch_ref's device; a rehearsal without a GPU has it on the CPU
EACH = pytest.mark.parametrize("ours", OURS)
KINDS = pytest.mark.parametrize("kind", ["float32", "float64"])


@pytest.fixture(autouse=True)
def no_tf32():
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32 = before


def host(x):
    return None if x is None else x.detach().cpu().numpy()


def on(library, device, case, arrays):
    """Value and gradients of a case of the table, with everything on one device."""

    class There:
        def __getattr__(self, name):
            value = getattr(library, name)
            if name not in ("tensor", "arange", "zeros", "ones", "full", "eye"):
                return value
            return lambda *args, **options: value(*args, **{"device": device} | options)

    inputs = [library.from_numpy(a.copy()).to(device).requires_grad_() for a in arrays]
    z = case.program(There(), *inputs)
    z.backward(library.from_numpy(arriving(z.shape, host(z).dtype)).to(device))
    return host(z), [host(x.grad) for x in inputs]


def halves(case, kind, seed):
    """Small multiples of a half: nothing rounds in a few products of a few of them."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.integers(-8, 9, shape) / 2, kind) for shape in case.fixed_shapes()]


def same(ours, theirs):
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    assert same_bits(ours, theirs)


EXACT = [case for case in TABLE if case.claim in ("exact", "bits") and not case.positive]


@EACH
@KINDS
@pytest.mark.parametrize("case", EXACT, ids=[case.name for case in EXACT])
def test_exact(case, kind, ours):
    if kind not in case.kinds:
        pytest.skip(f"{case.name} is for {case.kinds}")
    for seed in range(3):
        arrays = halves(case, kind, seed)
        z, gradients = on(minigrad, OURS[ours], case, arrays)
        their_z, their_gradients = on(torch, THEIRS, case, arrays)
        for a, b in zip([z, *gradients], [their_z, *their_gradients], strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                same(a, b)


BOUNDED = [case for case in TABLE if case.bounded and case.claim == "rough"]


@KINDS
@pytest.mark.parametrize("case", BOUNDED, ids=[case.name for case in BOUNDED])
def test_bounded(case, kind):
    """Each within the bound that sidebyside works out from the program, whatever kernels compute it."""
    if kind not in case.kinds:
        pytest.skip(f"{case.name} is for {case.kinds}")
    arrays = fixed_arrays(case, kind)
    with Track() as track:
        balls = run(torch, partial(case.program, torch), arrays, track).balls
    for library, device in ((minigrad, "cpu"), (minigrad, "cuda"), (torch, THEIRS)):
        z, gradients = on(library, device, case, arrays)
        for ball, computed in zip(balls, [z, *gradients], strict=True):
            if ball is not None and computed is not None:
                assert np.all(np.abs(computed.astype(np.longdouble) - ball.c) <= ball.r)


@EACH
@pytest.mark.seeded("rand", "uniform", "randint", "randperm", "long normal float32")
def test_seeded_numbers_are_torchs_of_the_cpu(ours):
    device = OURS[ours]
    for draw in (
        lambda t, d: t.rand(100, **d), lambda t, d: t.randn(100, **d), lambda t, d: t.randint(0, 9, (100,), **d),
        lambda t, d: t.randperm(50, **d), lambda t, d: t.nn.Linear(20, 3, **d).weight,
    ):  # fmt: skip
        minigrad.manual_seed(3), torch.manual_seed(3)
        same(host(draw(minigrad, {"device": device})), host(draw(torch, {})))


def test_products_are_not_tf32():
    wanted = np.float32(1 + 2**-12)
    for library in (minigrad, torch):
        device = "cuda" if library is minigrad else THEIRS
        x, eye = library.full((64, 64), float(wanted)).to(device), library.eye(64).to(device)
        assert (host(x @ eye) == wanted).all(), library.__name__
        assert (host(library.nn.functional.linear(x, eye)) == wanted).all(), library.__name__


# -- training -----------------------------------------------------------------------------------------------


def data(n=96, inputs=20, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    x = (rng.standard_normal((n, inputs)) + 2 * np.eye(classes, inputs)[y]).astype(np.float32)
    return x, y


def pair(name, ours, kind="float32"):
    """A model of ours and torch_ref's on CUDA, with the same weights, and the data for each."""
    made = []
    for library, which, device in ((minigrad, models, OURS[ours]), (torch, their_models, THEIRS)):
        library.manual_seed(0)
        model = which.MODELS[name](20, 16, 4).to(device)
        x, y = data()
        x = x.astype(kind)
        model = model.to(getattr(library, kind))
        made.append((model, library.from_numpy(x).to(device), library.from_numpy(y).to(device)))
    return made


@EACH
@pytest.mark.parametrize("name", models.MODELS)
@pytest.mark.parametrize("how", ["manual", "optimizer"])
def test_the_three_models_train_alike(name, how, ours):
    """In float64, the losses at the five decimals that the tutorial prints, and both learn."""
    (model, x, y), (theirs, their_x, their_y) = pair(name, ours, "float64")
    if how == "manual":
        step, their_step = our_train.manual(model, 0.1), their_train.manual(theirs, 0.1)
    else:
        step = our_train.optimizer(model, optim.SGD(model.parameters(), lr=0.1))
        their_step = their_train.optimizer(theirs, torch.optim.SGD(theirs.parameters(), lr=0.1))
    losses = [(step(x, y).item(), their_step(their_x, their_y).item()) for _ in range(100)]
    assert [f"{a:.5f}" for a, _ in losses] == [f"{b:.5f}" for _, b in losses]
    assert losses[-1][0] < losses[0][0] / 2


@pytest.mark.parametrize("name", models.MODELS)
@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "weight_decay": 0.01}])
def test_exchanged_kernels_give_minigrads_bits(name, options):
    from sidebyside.exchange import minigrad_kernels

    (model, x, y), (theirs, their_x, their_y) = pair(name, "cupy")
    step = our_train.optimizer(model, optim.SGD(model.parameters(), lr=0.3, **options))
    their_step = their_train.optimizer(theirs, torch.optim.SGD(theirs.parameters(), lr=0.3, **options))
    for _ in range(20):
        loss = step(x, y)
        with minigrad_kernels():
            their_loss = their_step(their_x, their_y)
        assert loss.item() == their_loss.item()
        for p, q in zip(model.parameters(), theirs.parameters(), strict=True):
            same(host(p.grad), host(q.grad))
            same(host(p), host(q))


def test_memory_is_flat_over_many_steps():
    (model, x, y), _ = pair("sequential", "cupy")
    step = our_train.optimizer(model, optim.SGD(model.parameters(), lr=0.1, momentum=0.5))
    for _ in range(10):
        step(x, y)
    before = minigrad.cuda.memory_allocated(), minigrad.cuda.memory_reserved()
    for _ in range(500):
        step(x, y)
    assert (minigrad.cuda.memory_allocated(), minigrad.cuda.memory_reserved()) == before


def eager(model, sgd, x, y):
    loss = minigrad.nn.functional.cross_entropy(model(x), y)
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    return loss


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "nesterov": True}])
def test_a_replayed_graph_is_eager_bit_for_bit(options):
    (model, x, y), _ = pair("residual", "cupy")
    twin = copy.deepcopy(model)
    sgd, twin_sgd = (optim.SGD(m.parameters(), lr=0.3, **options) for m in (model, twin))
    static_x, static_y = x.clone(), y.clone()
    eager(model, sgd, x, y)
    eager(twin, twin_sgd, static_x, static_y)
    g = minigrad.cuda.CUDAGraph()
    twin_sgd.zero_grad()
    with minigrad.cuda.graph(g):
        static_loss = minigrad.nn.functional.cross_entropy(twin(static_x), static_y)
        static_loss.backward()
        twin_sgd.step()
    for seed in range(1, 30):
        new_x, new_y = (minigrad.from_numpy(a).cuda() for a in data(seed=seed))
        loss = eager(model, sgd, new_x, new_y)
        static_x.copy_(new_x), static_y.copy_(new_y)
        minigrad.cuda.synchronize()
        g.replay()
        minigrad.cuda.synchronize()
        assert host(loss).tobytes() == host(static_loss).tobytes()
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert host(p).tobytes() == host(q).tobytes()
            assert host(p.grad).tobytes() == host(q.grad).tobytes()


def test_what_a_graph_cannot_hold():
    x = minigrad.ones(3, device="cuda")
    with pytest.raises(RuntimeError), minigrad.cuda.graph(minigrad.cuda.CUDAGraph()):
        x.sum().item()
    with (
        pytest.raises(RuntimeError, match="during CUDA graph capture"),
        minigrad.cuda.graph(minigrad.cuda.CUDAGraph()),
    ):
        minigrad.ones(3).cuda()
    assert (x * 2).sum().item() == 6


def test_scatter_is_the_same_in_every_run():
    rng = np.random.default_rng(0)
    x = minigrad.from_numpy(rng.standard_normal((50, 7)).astype(np.float32))
    rows = minigrad.from_numpy(rng.integers(0, 50, 20_000))
    dz = minigrad.from_numpy(rng.standard_normal((20_000, 7)).astype(np.float32))
    found = []
    for device in ("cpu", *["cuda"] * 5):
        leaf = x.to(device).detach().requires_grad_()
        leaf[rows.to(device)].backward(dz.to(device))
        found.append(host(leaf.grad).tobytes())
    assert set(found) == {found[0]}


# -- devices ------------------------------------------------------------------------------------------------


MIXED = [
    lambda t, x, y: x + y,
    lambda t, x, y: x @ y,
    lambda t, x, y: t.nn.Linear(2, 2)(x),
    lambda t, x, y: t.cat([x, y]),
    lambda t, x, y: t.where(x > 0, x, y),
]


@for_every(MIXED)
def test_two_devices_in_one_op_raise_torchs_error(program):
    told = []
    for t in (torch, minigrad):
        x, y = t.ones(2, 2).cuda(), t.ones(2, 2)
        with pytest.raises(RuntimeError) as caught:
            program(t, x, y)
        told.append(str(caught.value)[:60])
    assert told[0] == told[1]


def test_a_number_on_the_cpu_meets_any_device():
    for t in (torch, minigrad):
        x, factor = t.ones(2, requires_grad=True, device="cuda"), t.tensor(3.0, requires_grad=True)
        (x * factor).sum().backward()
        assert (x.grad.tolist(), factor.grad.item(), factor.grad.device.type) == ([3, 3], 2, "cpu")


def test_a_tensor_prints_as_torchs():
    for make in (
        lambda t: t.arange(3.0).cuda(),
        lambda t: t.ones(2, 2, device="cuda", requires_grad=True) * 2,
    ):
        assert repr(make(minigrad)) == repr(make(torch))


def test_dlpack_shows_one_memory():
    ours = minigrad.arange(6.0).reshape(2, 3).cuda()
    theirs = torch.from_dlpack(ours)
    assert theirs.is_cuda
    assert theirs.data_ptr() == ours.array.data.ptr
    theirs.t()[0] = 7
    torch.cuda.synchronize()
    assert ours.tolist() == theirs.tolist()
    back = minigrad.from_dlpack(theirs.t())
    assert (back.array.data.ptr, back.shape, back.stride()) == (theirs.data_ptr(), (3, 2), (1, 3))
    back.zero_()
    minigrad.cuda.synchronize()
    assert not theirs.any()
    with pytest.raises(BufferError, match="require gradient"):
        torch.from_dlpack(ours.requires_grad_())


def test_weights_saved_on_a_gpu_load_anywhere(tmp_path):
    layer = minigrad.nn.Linear(3, 2).cuda()
    minigrad.save(layer.state_dict(), tmp_path / "w.npz")
    other = minigrad.nn.Linear(3, 2)
    other.load_state_dict(minigrad.load(tmp_path / "w.npz"))
    assert other.weight.device.type == "cpu"
    assert host(other.weight).tobytes() == host(layer.weight).tobytes()
    layer.load_state_dict(other.state_dict())
    assert layer.weight.device.type == "cuda"
