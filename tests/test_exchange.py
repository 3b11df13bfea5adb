"""PyTorch's autograd on minigrad's kernels: equal bit for bit, whatever the numbers and however long."""

import contextlib
import itertools
import re

import numpy as np
import pytest
import test_ops
import torch
from both import NIGHTLY, in_turns, one_ulp_up, sampled
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad
from minigrad import ops
from sidebyside import aten, data, exchange
from sidebyside.compare import compare
from sidebyside.contract import run_both, same_bits
from sidebyside.contract.kernel_bounds import BOUNDS
from sidebyside.exchange import minigrad_kernels, modes
from sidebyside.programs.ops import PLAIN, TABLE, case
from sidebyside.result import Contract
from sidebyside.runs import OPTIMIZERS, Config, start
from sidebyside.testing import same

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


MODELS = itertools.product(("sequential", "custom", "residual"), ("float32", "float64"))
EPOCHS = 6 if NIGHTLY else 3
EVERY_RUN = [(*run, *model) for i, model in enumerate(MODELS) for run in sampled(RUNS, i)]


@pytest.mark.parametrize(("loop", "options", "model", "dtype"), EVERY_RUN, ids=str)
def test_every_epoch_is_equal(digits, model, loop, options, dtype):
    config = Config(model, loop, epochs=EPOCHS, lr=0.2, dtype=dtype, log_each=EPOCHS, seed=3, **options)
    contract = compare(config, digits).contract
    assert contract.held, contract
    assert contract.epochs == EPOCHS


@pytest.mark.parametrize(
    ("name", "dtype"), in_turns([(name,) for name in OPTIMIZERS], ("float32", "float64"))
)
def test_every_epoch_is_equal_with_each_optimizer(digits, name, dtype):
    momentum = 0.5 if "momentum" in OPTIMIZERS[name].options else 0.0
    config = Config(
        optimizer=name, epochs=3, lr=0.02, dtype=dtype, hidden=32, momentum=momentum, batch_size=500
    )
    contract = compare(config, digits).contract
    assert contract.held, contract
    assert contract.epochs == 3


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


# -- the lists ----------------------------------------------------------------------------------------------


def names(ops):
    """As the table has them: without the underscore of what writes into its input."""
    return {aten.bare(op) for op in ops}


def test_the_table_has_every_kernel_that_is_exchanged_or_drawn():
    assert names(exchange.EXCHANGED) == aten.named("exchanged") | aten.named("in part")
    assert names(modes.DRAWN) == aten.named("drawn")
    assert names(modes.EXACT) == aten.named("exact") | aten.named("in part")
    assert not modes.DRAWN.keys() & modes.EXACT


def test_every_kernel_with_a_computed_bound_has_one_and_no_other():
    computed = {name for name, kernel in aten.KERNELS.items() if kernel.bound == "computed"}
    functions = {name for name, kernel in aten.KERNELS.items() if callable(kernel.bound)}
    missing = computed - BOUNDS.keys()
    assert not missing, (
        f"aten.py says computed: write a bound in sidebyside/contract/kernel_bounds.py for {missing}"
    )
    assert BOUNDS.keys() == computed | functions


class Seen(minigrad_kernels):
    """Remembers the other ops, too."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.used[str(func)] += func.overloadpacket in modes.EXACT | modes.DRAWN.keys()
        return super().__torch_dispatch__(func, types, args, kwargs)


def test_every_op_on_the_lists_is_met_by_a_program_below():
    """So that what is claimed to be exact is tested: all these programs' bits are compared with minigrad's."""
    with Seen() as kernels:
        for case in [*TABLE, *MORE]:
            run_both.run(
                torch, lambda *xs, case=case: case.program(torch, *xs), test_ops.fixed_arrays(case, "float32")
            )
        for program in [*(case.program for case in PLAIN), *MORE_PLAIN, *DRAWN]:
            program(torch, torch.ones(2, 4), torch.ones(2, 4))
        for reduction, weight in itertools.product(("none", "mean", "sum"), (None, torch.ones(3))):
            for shape in ((2, 3), (2, 3, 2, 2)):
                x, target = torch.ones(shape, requires_grad=True), torch.ones(shape[:1] + shape[2:]).long()
                options = {"weight": weight, "reduction": reduction, "label_smoothing": 0.1}
                torch.nn.functional.cross_entropy(x, target, **options).sum().backward()
        for seed in range(30):
            list(Architecture(seed).trained(torch, "float32", steps=2))
        for name in ("Adam", "AdamW", "Adagrad"):  # test_optimizers.py compares them
            p = torch.nn.Parameter(torch.ones(2))
            p.grad = torch.ones(2)
            getattr(torch.optim, name)([p], fused=True).step()
        torch.empty(0).set_(torch.ones(2)).resize_(1, 2)  # a loader with processes of its own asks for them
        made_of_another(torch)
    met = names(name for name in kernels.used if kernels.used[name])
    for shared in ("exchanged", "in part", "exact", "drawn"):
        assert sorted(aten.named(shared) - met) == []


def test_an_op_on_neither_list_raises():
    with (
        minigrad_kernels(),
        pytest.raises(NotImplementedError, match=r"aten\.lgamma\.default is neither exchanged"),
    ):
        torch.lgamma(torch.ones(2))


REFUSED = [
    lambda x, y: x @ y,
    lambda x, y: x[0] @ y[0],
    lambda x, y: x @ y[0],
    lambda x, y: x[None] @ y[None],
    lambda x, y: torch.nn.functional.linear(x, y),
    lambda x, y: torch.nn.functional.linear(x, x, y[0]),
    lambda x, y: torch.nn.functional.cross_entropy(x, torch.tensor([0, 1]), weight=y[0]),
    lambda x, y: x.index_add(0, torch.tensor([0]), y[:1]),
    lambda x, y: x @ x[:, :1].T,
    lambda x, y: x.sum(5),
    lambda x, y: x.softmax(2),
    lambda x, y: x.long().mean(),
    lambda x, y: x.long().softmax(0),
    lambda x, y: torch.nn.functional.nll_loss(x, x[0]),
    lambda x, y: torch.nn.functional.nll_loss(x, torch.tensor([0, 7])),
]


@pytest.mark.parametrize("program", REFUSED)
def test_what_torch_refuses_is_refused_in_its_words(program):
    """Two dtypes, say, of which NumPy would make a product."""
    x, y = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64)
    with pytest.raises(Exception) as alone:  # noqa: PT011 - what is raised is what is compared
        program(x, y)
    with minigrad_kernels(), pytest.raises(alone.type, match=re.escape(str(alone.value))):
        program(x, y)


def test_types_that_minigrad_has_not_are_refused():
    with minigrad_kernels(), pytest.raises(NotImplementedError, match="bfloat16: minigrad has no such type"):
        torch.ones(2).bfloat16().sum()


@pytest.mark.parametrize("program", [
    lambda x: torch.addmm(x, x, x, alpha=2),
    lambda x: torch.addmv(x[0], x, x[0], beta=3),
    lambda x: torch.baddbmm(x[None], x[None], x[None], alpha=2),
    lambda x: torch.index_add(x, 0, torch.tensor([0]), x[:1], alpha=2),
])  # fmt: skip
def test_factors_before_terms_are_refused(program):
    with (
        minigrad_kernels(),
        pytest.raises(NotImplementedError, match="factors before its terms is no kernel"),
    ):
        program(torch.ones(2, 2))


# -- every op, any floats -----------------------------------------------------------------------------------


def either(theirs, ours):
    """A program that the two libraries spell differently."""
    return lambda library, *args: (theirs if library is torch else ours)(library, *args)


def resized(mode):
    return lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2, mode=mode)


def padded(mode, dims):
    return lambda torch, x: torch.nn.functional.pad(x, (1, 1) * dims, mode=mode)


def pooled(kind):
    return lambda torch, x: getattr(torch.nn.functional, f"{kind}_pool3d")(x, 2)


MORE = [
    *(case(f"{kind}_pool3d", pooled(kind), (1, 4, 4, 4)) for kind in ("avg", "max", "adaptive_avg", "adaptive_max")),
    *(case(f"{mode}-{dims}", resized(mode), (2, 1, *(2,) * dims))
      for mode in ("nearest", "nearest-exact") for dims in (2, 3)),
    *(case(f"{mode}-{dims}", resized(mode), (2, 1, *(3,) * dims))
      for mode, dims in (("bilinear", 2), ("bicubic", 2), ("trilinear", 3))),
    *(case(f"{mode}-{dims}", padded(mode, dims), (2, 1, *(3,) * dims))
      for mode, dims in (("reflect", 2), ("reflect", 3), ("replicate", 1), ("replicate", 3))),
    case("margin", lambda torch, x, y: torch.nn.functional.margin_ranking_loss(x, y, torch.ones(4)), (4,), (4,)),
    case("distance", lambda torch, x, y: torch.nn.functional.pairwise_distance(x, y), (4, 3), (4, 3)),
    case("addmm", either(lambda t, b, x, y: t.addmm(b, x, y), lambda t, b, x, y: b + x @ y), (3,), (4, 5), (5, 3)),
    case("addmv", either(lambda t, b, x, y: t.addmv(b, x, y), lambda t, b, x, y: b + x @ y), (4,), (4, 5), (5,)),
    case("baddbmm", either(lambda t, b, x, y: t.baddbmm(b, x, y), lambda t, b, x, y: b + x @ y),
         (2, 4, 3), (2, 4, 5), (2, 5, 3)),
    case("prod-4", lambda torch, x: x.prod(1), (2, 4)),
    case("prod-keepdim", lambda torch, x: x.prod(0, keepdim=True), (5, 2)),
    case("norm-half", lambda torch, x: x.norm(0.5), (2, 4)),
    case("norm-1.5", lambda torch, x: x.norm(1.5, dim=1), (2, 4)),
    case("var-of-one", lambda torch, x: x.var(1, correction=0), (2, 1)),
    case("remainder-left", lambda torch, x: x + 5 % x.detach(), (4,)),
    case("remainder-number", lambda torch, x: x % 0.3, (4,)),
    case("floor-divide", lambda torch, x: x + x.detach() // 0.3, (4,)),
    case("floor-div-number", lambda torch, x: x.div(0.3, rounding_mode="floor"), (4,)),
    case("mean-3d", lambda torch, x: x.transpose(0, 2).mean((0, 1)), (3, 4, 5)),
    case("sum-transposed", lambda torch, x: x.T.sum(0), (4, 9)),
    case("long-sum", lambda torch, x: x.sum(), (300,)),
    case("long-product", lambda torch, x, y: x @ y, (3, 100), (100, 3)),
    case("add_-alpha", lambda torch, x, y: x.clone().add_(y, alpha=-0.3), (4,), (4,)),
    case("sub_-alpha", lambda torch, x, y: x.clone().sub_(y, alpha=0.3), (4,), (4,)),
    case("exp_", lambda torch, x: (x * 1).exp_(), (4,)),
    case("put-accumulated", lambda torch, x, y: x[torch.tensor([0, 2, 0, 0, 2])] * y, (3, 2), (5, 2)),
    case("dropout", lambda torch, x: dropped(torch, x), (4, 5)),
    case("softmax-0d", lambda torch, x: x.softmax(0), ()),
    case("triple", lambda torch, x: (x * torch.tanh(x)).cumsum(0).logsumexp(0), (6,)),
]  # fmt: skip


MORE_PLAIN = [
    lambda torch, x, y: torch.nn.functional.embedding(torch.tensor([0, 1]), x.detach().clone(), max_norm=0.5),
    lambda torch, x, y: torch.nn.utils.rnn.pack_sequence([x, y]).data,
    lambda torch, x, y: torch.nn.GRU(4, 2)(x)[1],
    lambda torch, x, y: torch.logical_xor(x > 0, y > 0),
    lambda torch, x, y: (x > 0) ^ (y > 0),
    lambda torch, x, y: x.isinf(),
    lambda torch, x, y: x.logical_not(),
    lambda torch, x, y: torch.full((2, 3), 0.1),
    lambda torch, x, y: torch.full_like(x, 0.1),
    lambda torch, x, y: torch.ones_like(x) * torch.equal(x, y),
    lambda torch, x, y: torch.zeros(2, 3) + torch.ones(3),
    lambda torch, x, y: x.clone().zero_(),
    lambda torch, x, y: x.isfinite(),
    lambda torch, x, y: x * torch.allclose(x, y),
    lambda torch, x, y: x.nonzero(),
    lambda torch, x, y: x.count_nonzero(),
    lambda torch, x, y: torch.where(x.isnan(), 0.0, x).detach().unique(),
    lambda torch, x, y: torch.eye(3),
    lambda torch, x, y: torch.linspace(-0.3, 1.7, 11),
    lambda torch, x, y: torch.nn.functional.one_hot(torch.tensor([2, 0])),
]
DRAWN = [
    lambda torch, x, y: torch.rand(20),
    lambda torch, x, y: torch.randn(20),
    lambda torch, x, y: torch.randint(9, (20,)),
    lambda torch, x, y: torch.randperm(20),
    lambda torch, x, y: torch.empty((), dtype=torch.int64).random_(),
    lambda torch, x, y: torch.multinomial(torch.rand(3, 20), 5),
    lambda torch, x, y: torch.multinomial(torch.rand(20), 30, True),
    lambda torch, x, y: torch.bernoulli(torch.full((20,), 0.3)),
    lambda torch, x, y: torch.nn.Linear(4, 3).weight.detach(),
    lambda torch, x, y: torch.nn.init.normal_(torch.empty(4, 5)),
    lambda torch, x, y: torch.randn_like(x, dtype=torch.float64),
    lambda torch, x, y: torch.rand_like(x) + torch.empty(3, 1, 4).uniform_(-0.3, 0.2),
    lambda torch, x, y: torch.empty(2, 9).normal_(0.1, 0.3),
    lambda torch, x, y: torch.randn(40, dtype=torch.float64, generator=torch.Generator().manual_seed(5)),
]


@pytest.mark.parametrize("program", [*(case.program for case in PLAIN), *MORE_PLAIN])
def test_ops_without_a_gradient(program):
    x, y = (numbers(np.random.default_rng(seed), (2, 4), "float32", "special") for seed in (0, 1))
    same(program, x, y, tier="exchanged")


@pytest.mark.parametrize("program", DRAWN)
def test_random_numbers(program):
    same(program, *np.ones((2, 2, 4), "float32"), tier="exchanged")


def dropped(torch, x):
    torch.manual_seed(1)
    return torch.nn.functional.dropout(x, 0.3)


def numbers(rng, shape, dtype, kind):
    """Numbers of one size; or of any, subnormals among them, from random bits; or with special ones between."""
    normal = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4)
    if kind == "bits":
        whole = rng.integers(0, 2**64, shape, np.uint64, endpoint=False)
        drawn = np.asarray(whole.astype(f"u{np.dtype(dtype).itemsize}")).view(dtype)
        return np.where(np.isnan(drawn), np.asarray(np.nan, dtype), drawn)  # quiet ones: the others warn
    if kind == "special":
        info = np.finfo(dtype)
        rare = [
            0.0,
            -0.0,
            1,
            -1,
            np.inf,
            -np.inf,
            np.nan,
            info.max,
            info.tiny,
            info.smallest_subnormal,
            -info.tiny / 2,
        ]
        normal = np.where(rng.random(shape) < 0.3, rng.choice(np.array(rare, dtype), shape), normal)
    return np.asarray(normal, dtype)


TIED = {"topk"}  # of equal elements, two infinities say, torch takes any
BOTH = [*TABLE, *MORE]
# Where the right-hand side is a batch and nothing wants a gradient, torch takes the product apart in another way.
UNFOLDED = {"matmul-1-3", "matmul-1-4"}
KINDS = st.sampled_from(["plain", "special", "bits"])
FEWER = settings(max_examples=max(2, settings.default.max_examples // 5))  # each has dozens of numbers


# By day every third; the page's contract, test_page.py, exchanges kernels below every op.
@pytest.mark.parametrize("case", sampled(BOTH, 1), ids=lambda case: case.name)
@FEWER
@given(seed=st.integers(0, 2**32 - 1), kind=KINDS, data=st.data())
def test_any_floats_through_every_op(case, seed, kind, data):
    kind = "plain" if case.name in TIED else kind
    rng = np.random.default_rng(seed)
    drawn = lambda shape, dtype: st.just(numbers(rng, shape, dtype, kind))
    arrays = test_ops.drawn_arrays(case, data.draw, drawn)
    dz = test_ops.arriving(data.draw, case, arrays, drawn)
    ours, theirs = (
        lambda *given, t=library: test_ops.sent(case.program)(t, *given) for library in (minigrad, torch)
    )
    same(ours, theirs, dz, *arrays, tier="exchanged")
    with minigrad_kernels(), data.draw(st.sampled_from([torch.no_grad, torch.inference_mode]))():
        inferred = case.program(torch, *[torch.from_numpy(a.copy()) for a in arrays]).numpy()
    if case.name not in UNFOLDED:
        assert same_bits(case.program(minigrad, *map(minigrad.from_numpy, arrays)).numpy(), inferred)


@pytest.mark.parametrize("name", sorted(UNFOLDED))
def test_the_exceptions_are_needed(name, monkeypatch):
    """A batched product that is off by an ulp shows where torch has taken it and minigrad has not."""
    (case,) = (case for case in TABLE if case.name == name)
    monkeypatch.setitem(exchange.EXCHANGED, torch.ops.aten.bmm.default, one_ulp_up(ops.bmm.forward))
    arrays = [np.random.default_rng(0).normal(size=shape) for shape in case.fixed_shapes()]
    ours = case.program(minigrad, *map(minigrad.from_numpy, arrays)).numpy()
    for wants_gradient in (False, True):
        given = [torch.from_numpy(a).requires_grad_(wants_gradient) for a in arrays]
        with minigrad_kernels():
            theirs = case.program(torch, *given).detach().numpy()
        assert same_bits(ours, theirs) is wants_gradient


@settings(max_examples=4 * settings.default.max_examples)
@given(
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(["float32", "float64"]),
    shape=st.sampled_from([(4,), (3, 4), (1, 5), (2, 3, 4), (2, 3, 2, 2), (2, 3, 1, 2, 2)]),
    kind=KINDS,
    weighted=st.booleans(),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    smoothing=st.sampled_from([0.0, 0.1, 0.3]),
    ignored=st.sampled_from([-100, 1]),
    probabilities=st.booleans(),
)
def test_cross_entropy_of_every_kind(
    seed, dtype, shape, kind, weighted, reduction, smoothing, ignored, probabilities
):
    rng = np.random.default_rng(seed)
    classes = shape[0] if len(shape) == 1 else shape[1]
    x, weight = numbers(rng, shape, dtype, kind), rng.random(classes).astype(dtype)
    target = rng.integers(0, classes, shape[:1] + shape[2:] if len(shape) > 1 else ())
    if probabilities:
        target, ignored = rng.random(shape).astype(dtype), -100
    results = []
    for library in (minigrad, torch):
        with minigrad_kernels() if library is torch else contextlib.nullcontext():
            logits = library.from_numpy(x.copy()).requires_grad_()
            loss = library.nn.functional.cross_entropy(
                logits, library.from_numpy(np.asarray(target)),
                weight=library.from_numpy(weight) if weighted else None,
                ignore_index=ignored, reduction=reduction, label_smoothing=smoothing,
            )  # fmt: skip
            loss.backward(library.ones_like(loss))
        results.append((loss.detach().numpy(), logits.grad.numpy()))
    for a, b in zip(*results, strict=True):
        assert same_bits(a, b)


# -- whole runs of any network ------------------------------------------------------------------------------


class Architecture:
    """A network, its loss and its optimiser, drawn from a seed; `trained` gives every bit of every step."""

    def __init__(self, seed):
        rng = self.rng = np.random.default_rng(seed)
        pick = lambda *choices: choices[rng.integers(len(choices))]
        self.seed, self.residual = seed, pick(True, False)
        self.widths = rng.integers(2, 12, rng.integers(3, 6)).tolist()  # two to four layers
        self.hidden = int(rng.integers(2, 12))
        self.activation = pick("relu", "relu", "tanh", "sigmoid")
        self.bias = pick(True, True, False)
        self.loss = pick("library", "library", "by hand")
        self.criterion = {"label_smoothing": pick(0.0, 0.1), "reduction": pick("mean", "sum")}
        self.rows = int(rng.integers(1, 20))
        momentum = pick(0.0, 0.9, 0.5)
        nesterov = pick(True, False) and momentum > 0
        self.options = {
            "lr": pick(0.1, 0.03), "momentum": momentum, "nesterov": nesterov, "maximize": pick(False, False, True),
            "dampening": 0.0 if nesterov else pick(0.0, 0.3), "weight_decay": pick(0.0, 1e-3),
        }  # fmt: skip
        self.how = pick({}, {"foreach": True}, {"foreach": False}, {"fused": True}, None)  # None: by hand
        self.clip = pick(None, None, 0.5)

    def model(self, library):
        nn = library.nn
        widths = [self.hidden] * len(self.widths) if self.residual else self.widths
        layers = nn.ModuleList([nn.Linear(a, b, bias=self.bias) for a, b in itertools.pairwise(widths)])
        activation = getattr(library, self.activation)

        def forward(x):
            for i, layer in enumerate(layers):
                z = layer(x)
                x = z if i == len(layers) - 1 else x + activation(z) if self.residual else activation(z)
            return x

        return layers, forward, (widths[0], widths[-1])

    def objective(self, library, z, y):
        if self.loss == "library":
            return library.nn.functional.cross_entropy(z, y, **self.criterion)
        return (library.log(library.exp(z).sum(1)) - z[library.arange(len(z)), y]).mean()

    def update(self, library, parameters, optimizer):
        if self.clip is not None:
            library.nn.utils.clip_grad_norm_(parameters, self.clip)
        if optimizer is not None:
            optimizer.step()
            return
        with library.no_grad():
            for p in parameters:
                p -= self.options["lr"] * p.grad

    def trained(self, library, dtype, steps=100):
        """After every step the loss, all gradients and all weights."""
        library.manual_seed(self.seed)
        layers, forward, (inputs, classes) = self.model(library)
        layers.to(getattr(library, dtype))
        rng = np.random.default_rng(self.seed)
        x = library.from_numpy(rng.normal(size=(self.rows, inputs)).astype(dtype))
        y = library.from_numpy(rng.integers(0, classes, self.rows))
        parameters = list(layers.parameters())
        optimizer = None if self.how is None else library.optim.SGD(parameters, **self.options, **self.how)
        for _ in range(steps):
            layers.zero_grad()
            loss = self.objective(library, forward(x), y)
            loss.backward()
            gradients = [p.grad.numpy().copy() for p in parameters]
            self.update(library, parameters, optimizer)
            yield [loss.detach().numpy(), *gradients, *(p.detach().numpy().copy() for p in parameters)]


@FEWER
@given(seed=st.integers(0, 2**32 - 1))
def test_a_hundred_steps_of_any_network(seed):
    architecture = Architecture(seed)
    for dtype in ("float32", "float64"):
        with minigrad_kernels():
            theirs = list(architecture.trained(torch, dtype))
        for step, (a, b) in enumerate(zip(architecture.trained(minigrad, dtype), theirs, strict=True)):
            for ours, other in zip(a, b, strict=True):
                assert same_bits(ours, other), f"step {step} of {vars(architecture)}"


def test_fused_sgd_with_a_gradient_scaler_is_refused():
    p = torch.ones(2)
    with minigrad_kernels(), pytest.raises(NotImplementedError, match="gradient scaler is no kernel"):
        torch._fused_sgd_([p], [p.clone()], [], weight_decay=0, momentum=0, lr=0.1, dampening=0, nesterov=False,
                          maximize=False, is_first_step=False, found_inf=torch.zeros(1))  # fmt: skip


@pytest.mark.parametrize("alpha", [1, 2])
def test_a_change_by_a_part_of_the_same_memory_is_refused_as_on_torchs_kernels(alpha):
    def change():
        b = -torch.ones(2)
        b.add_(b[0], alpha=alpha)

    with pytest.raises(RuntimeError) as torchs:
        change()
    with minigrad_kernels(), pytest.raises(RuntimeError) as exchanged:
        change()
    assert str(exchanged.value) == str(torchs.value)


def test_a_change_by_itself_is_computed():
    with minigrad_kernels():
        b = torch.ones(2)
        b.add_(b, alpha=2)
    assert b.tolist() == [3, 3]


def test_a_loader_with_processes_of_its_own_gives_its_batches():
    x = torch.arange(6.0).view(3, 2)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), batch_size=2, num_workers=1)
    with minigrad_kernels():
        batches = [batch for (batch,) in loader]
    assert torch.cat(batches).equal(x)


def made_of_another(library):
    x = library.zeros(2)
    return [x.new_full((2,), 3.0), x.new_ones(2), library.empty_strided((2,), (1,)).fill_(4)]


def test_new_tensors_are_made_from_what_another_is():
    with minigrad_kernels():
        made = made_of_another(torch)
    assert [each.tolist() for each in made] == [[3, 3], [1, 1], [4, 4]]
