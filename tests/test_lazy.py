"""LazyLinear: the sizes come with the first input, the numbers are torch's, and so is what is refused before."""

import copy

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same, told

import minigrad

BOTH = (minigrad, torch)


def model(library):
    nn = library.nn
    return nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2, bias=False))


def outcomes(program):
    return [program(library) for library in BOTH]


def test_the_text_before_and_after_and_the_class():
    def program(library):
        m = model(library)
        before = repr(m), repr(m[0].weight), str(list(m.parameters())), repr(m.state_dict())
        m(library.ones(3, 5))
        return (
            *before,
            repr(m),
            type(m[0]).__name__,
            type(m[0].weight).__name__,
            hasattr(m[0], "_initialize_hook"),
        )

    ours, theirs = outcomes(program)
    assert ours == theirs


@pytest.mark.seeded("uniform")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_first_call_draws_torchs_numbers(dtype):
    def program(library):
        m = model(library).to(getattr(library, dtype))
        library.manual_seed(0)
        m(library.ones(3, 5, dtype=getattr(library, dtype)))
        return [p.detach().numpy() for p in m.parameters()]

    for ours, theirs in zip(*outcomes(program), strict=True):
        assert ours.dtype == theirs.dtype == np.dtype(dtype)
        assert ours.tobytes() == theirs.tobytes()


def test_an_optimizer_made_before_the_first_call_trains_the_parameters():
    m = model(minigrad)
    optimizer = minigrad.optim.SGD(m.parameters(), lr=0.1)
    x = minigrad.ones(3, 5)
    m(x)
    before = m[0].weight.detach().clone()
    (m(x) - 3).square().sum().backward()
    optimizer.step()
    assert m[0].weight.is_leaf
    assert m[0].weight.grad.shape == (4, 5)
    assert not minigrad.equal(m[0].weight, before)


def test_weights_can_be_loaded_before_the_first_call():
    def program(library):
        m, given = library.nn.LazyLinear(3), library.nn.Linear(4, 3)
        keys = repr(m.load_state_dict(given.state_dict()))
        before = repr(m), tuple(m.weight.shape), m.in_features
        same = library.equal(m(library.ones(2, 4)), given(library.ones(2, 4)))
        return keys, before, same, repr(m)

    ours, theirs = outcomes(program)
    assert ours == theirs


def test_a_copy_is_lazy_by_itself():
    def program(library):
        m = library.nn.LazyLinear(3)
        c = copy.deepcopy(m)
        c(library.ones(1, 2))
        return repr(m), repr(c), m.has_uninitialized_params()

    ours, theirs = outcomes(program)
    assert ours == theirs


REFUSED = [
    lambda t: t.nn.LazyLinear(3).weight.shape,
    lambda t: t.nn.Linear(2, 3).load_state_dict(t.nn.LazyLinear(3).state_dict()),
    lambda t: t.nn.LazyLinear(3)(t.tensor(1.0)),
    lambda t: t.nn.LazyLinear(3)(),
    lambda t: t.nn.LazyLinear(3)(t.ones(1, 2, dtype=t.int64)),
    lambda t: loaded(t)(t.ones(1, 3)),
]
UNINITIALIZED = {
    "sum": lambda w: w.sum(), "numel": lambda w: w.numel(), "+": lambda w: w + 1, "[0]": lambda w: w[0],
    "len": len, "float": float, "detach": lambda w: w.detach(), "tolist": lambda w: w.tolist(),
}  # fmt: skip


def loaded(library):
    m = library.nn.LazyLinear(3)
    m.load_state_dict(library.nn.Linear(4, 3).state_dict())
    return m


@for_every(REFUSED)
def test_what_is_refused(program):
    tells_the_same(program)


@pytest.mark.parametrize("name", UNINITIALIZED)
def test_an_uninitialized_parameter_has_no_elements(name):
    words = (
        "Attempted to use an uninitialized parameter in .*Call `forward` with a dummy batch to initialize the"
    )
    for library in BOTH:
        with pytest.raises(ValueError, match=words):
            UNINITIALIZED[name](library.nn.LazyLinear(3).weight)


def test_a_lazy_module_of_ones_own():
    def program(library):
        class Scale(library.nn.modules.lazy.LazyModuleMixin, library.nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = library.nn.parameter.UninitializedParameter()

            def initialize_parameters(self, x):
                self.scale.materialize(x.shape[-1:])
                library.nn.init.ones_(self.scale)

            def forward(self, x):
                return x * self.scale

        class Forgetful(Scale):
            def initialize_parameters(self, x):
                pass

        class Unwritten(library.nn.modules.lazy.LazyModuleMixin, library.nn.Module):
            pass

        x = library.arange(3.0)
        errors = [told(lambda _, kind=kind: kind()(x), library)[0] for kind in (Forgetful, Unwritten)]
        return Scale()(x).tolist(), errors

    ours, theirs = outcomes(program)
    assert ours == theirs


# -- norms: their running statistics wait, too ---------------------------------------------------------------

NORMS = {
    "BatchNorm": [{}, {"momentum": None, "bias": False}, {"affine": False}, {"track_running_stats": False}],
    "InstanceNorm": [{}, {"affine": True, "bias": False}, {"affine": True, "track_running_stats": True}],
}


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize(
    ("kind", "options"), [(kind, each) for kind, given in NORMS.items() for each in given]
)
def test_norms(kind, options, dims):
    def program(library):
        m = getattr(library.nn, f"Lazy{kind}{dims}d")(dtype=library.float64, **options)
        seen = [repr(m), repr(m.state_dict()), m.has_uninitialized_params()]
        m.float()
        z = m(library.arange(6.0 * 2**dims).reshape(2, 3, *(2,) * dims))
        loaded = getattr(library.nn, f"Lazy{kind}{dims}d")(**options)
        loaded.load_state_dict(m.state_dict())
        values = [(name, type(t), t.dtype, t.tolist()) for name, t in m.state_dict().items()]
        told_ = [repr(values).replace("minigrad", "torch").replace(".tensors.tensor", ""), repr(loaded)]
        return *seen, repr(m), type(m).__name__, tuple(z.shape), *told_

    ours, theirs = outcomes(program)
    assert ours == theirs


NORMS_REFUSED = [
    lambda t: t.nn.LazyBatchNorm2d()(t.ones(3, 4, 5)),
    lambda t: t.nn.LazyBatchNorm1d()(t.ones(3)),
    lambda t: t.nn.LazyBatchNorm2d().running_mean.shape,
    lambda t: t.nn.BatchNorm2d(3).load_state_dict(t.nn.LazyBatchNorm2d().state_dict()),
    lambda t: t.nn.LazyInstanceNorm2d(affine=True)(t.ones(3, 4, 5)),
]


@for_every(NORMS_REFUSED)
def test_norms_refused(program):
    tells_the_same(program)
