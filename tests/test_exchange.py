"""PyTorch's autograd on minigrad's kernels: equal bit for bit, whatever the numbers and however long."""

import numpy as np
import pytest
import torch

import minigrad
from sidebyside import data, exchange
from sidebyside.compare import Contract, compare
from sidebyside.exchange import minigrad_kernels
from sidebyside.identity import same_bits
from sidebyside.runs import Config, start

SGD_OPTIONS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    {"weight_decay": 1e-3},
]
RUNS = [("manual", {}), *(("optimizer", options) for options in SGD_OPTIONS)]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("model", ["sequential", "custom", "residual"])
@pytest.mark.parametrize(("loop", "options"), RUNS, ids=str)
def test_every_epoch_is_equal(digits, model, loop, options, dtype):
    config = Config(model, loop, epochs=12, lr=0.2, dtype=dtype, log_each=12, seed=3, **options)
    contract = compare(config, digits).contract
    assert contract.held, contract
    assert contract.epochs == 12


@pytest.mark.parametrize("loop", ["manual", "optimizer"])
def test_batches(digits, loop):
    contract = compare(Config(loop=loop, epochs=2, lr=0.2, batch_size=100), digits).contract
    assert (contract.epochs_equal, contract.epochs) == (2, 2)


def test_a_break_is_found_and_named(digits):
    config = Config(epochs=2)
    ours, theirs = start("minigrad", config, digits), start("torch", config, digits)
    state = {name: torch.from_numpy(p.copy()) for name, p in ours.parameters().items()}
    theirs.model.load_state_dict(state)  # not every platform draws the same
    contract = Contract()
    for run in (ours, theirs):
        run.losses.append(1.0)
        for p in run.model.parameters():
            p.grad = run.engine.torch.zeros(*p.shape)
    contract.check(1, ours, theirs)
    assert contract.held
    ours.model[2].bias.data[3] = minigrad.tensor(
        np.nextafter(ours.model[2].bias.data[3].item(), 9.0, dtype=np.float32)
    )
    contract.check(2, ours, theirs)
    assert not contract.held
    assert contract.first_break["epoch"] == 2
    assert contract.first_break["what"] == "parameter 2.bias"
    assert 0 < contract.first_break["difference"] < 1e-7


def test_own_kernels_do_round_apart():
    """Otherwise the exchange would prove nothing: some of the exchanged ops must give other bits in torch itself."""
    x = np.random.default_rng(0).normal(size=(64, 784)).astype(np.float32)
    w = np.random.default_rng(1).normal(size=(784, 100)).astype(np.float32)
    own = (torch.from_numpy(x) @ torch.from_numpy(w)).numpy()
    with minigrad_kernels() as kernels:
        exchanged = (torch.from_numpy(x) @ torch.from_numpy(w)).numpy()
    assert same_bits(exchanged, x @ w)
    assert not same_bits(own, exchanged)
    assert kernels.used == {"aten.mm.default": 1}


def test_the_modes_end_with_the_block():
    a = torch.randn(3, 3)
    with pytest.raises(ZeroDivisionError), minigrad_kernels():
        raise ZeroDivisionError
    with minigrad_kernels() as kernels:
        pass
    a @ a
    assert kernels.used == {}


def test_an_op_on_neither_list_raises():
    with (
        minigrad_kernels(),
        pytest.raises(NotImplementedError, match=r"aten\.erf\.default is neither exchanged"),
    ):
        torch.erf(torch.ones(2))


def test_no_op_is_on_both_lists_but_those_that_take_alpha():
    both = {op.overloadpacket for op in exchange.EXCHANGED} & exchange.EXACT
    assert both == {torch.ops.aten.add, torch.ops.aten.add_, torch.ops.aten.sub, torch.ops.aten.sub_}


def test_sgd_with_foreach_is_equal_too(digits):
    x, y = digits.inputs("train", np.float32)[:200], digits.labels("train")[:200]
    minigrad.manual_seed(0)
    torch.manual_seed(0)
    runs = []
    for library, options in ((minigrad, {}), (torch, {"foreach": True})):
        model = library.nn.Linear(64, 10)
        sgd = library.optim.SGD(
            model.parameters(), lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.01, **options
        )
        runs.append((library, model, sgd))
    for _ in range(5):
        for library, model, sgd in runs:
            with minigrad_kernels():
                loss = library.nn.functional.cross_entropy(
                    model(library.from_numpy(x)), library.from_numpy(y)
                )
                sgd.zero_grad()
                loss.backward()
                sgd.step()
    ours, theirs = ([p.detach().numpy() for p in model.parameters()] for _, model, _ in runs)
    assert all(same_bits(a, b) for a, b in zip(ours, theirs, strict=True))


def test_inference_mode_takes_linear_apart():
    x, w, b = (torch.randn(*shape) for shape in ((5, 7), (3, 7), (3,)))
    with minigrad_kernels(), torch.inference_mode():
        z = torch.nn.functional.linear(x, w, b)
    ours = minigrad.nn.functional.linear(*(minigrad.from_numpy(t.numpy()) for t in (x, w, b)))
    assert same_bits(z.numpy(), ours.numpy())
