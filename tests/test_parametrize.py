"""nn.utils.parametrize and what is built on it, and the older norms by hooks: torch's names, state dicts and texts."""

import copy
import pickle

import pytest
import torch
from both import for_every, tells_the_same

import minigrad


def linear(t, n=2, m=2, values=None):
    """A layer whose numbers have few bits."""
    layer = t.nn.Linear(n, m)
    with t.no_grad():
        layer.weight.copy_(t.tensor(values) if values else t.arange(m * n).reshape(m, n) - 1.0)
        layer.bias.copy_(t.arange(m))
    return layer


def state(module):
    return {name: x.tolist() for name, x in module.state_dict().items()}


def parts(t):
    """Parametrizations: a symmetric matrix; a doubled one; a product of two; and mistakes."""

    class Symmetric(t.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        def right_inverse(self, a):
            return a.triu()

    class Double(t.nn.Module):
        def forward(self, x):
            return 2 * x

        def right_inverse(self, z):
            return z / 2

    class Sum(t.nn.Module):
        def forward(self, x, y):
            return x + y

        def right_inverse(self, z):
            return [z - 1, t.ones_like(z)]

    class Only(t.nn.Module):
        """A forward, and a right_inverse if it is given."""

        def __init__(self, forward, right_inverse=None):
            super().__init__()
            self.forward = forward
            if right_inverse:
                self.right_inverse = right_inverse

    return Symmetric, Double, Sum, Only


def registered(t, *kinds, name="weight", layer=None, **options):
    layer = layer or linear(t)
    for kind in kinds:
        t.nn.utils.parametrize.register_parametrization(layer, name, kind, **options)
    return layer


def trained(t, *kinds):
    layer = registered(t, *kinds)
    optimizer = t.optim.SGD(layer.parameters(), lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        layer(t.arange(2.0)).sum().backward()
        optimizer.step()
    return layer, type(layer).__name__, state(layer), layer.weight, [n for n, _ in layer.named_parameters()]


def assigned(t, kind, value):
    layer = registered(t, kind)
    layer.weight = value(t)
    return state(layer), layer.weight


def removed(t, *kinds, leave=True):
    P = t.nn.utils.parametrize
    layer = registered(t, *kinds)
    before = (
        P.is_parametrized(layer),
        P.is_parametrized(layer, "bias"),
        P.type_before_parametrizations(layer).__name__,
    )
    ids = {id(x) for x in layer.parameters()}
    P.remove_parametrizations(layer, "weight", leave)
    kept = id(layer.weight) in ids
    return before, layer, state(layer), type(layer).__name__, P.is_parametrized(layer), kept


def in_the_cache(t):
    calls = []
    Only = parts(t)[3]
    layer = registered(t, Only(lambda x: (calls.append(0), x * 1)[1]))
    made = len(calls)
    with t.nn.utils.parametrize.cached():
        layer(t.ones(2)), layer(t.ones(2))
        same = layer.weight is layer.weight
    layer(t.ones(2))
    return made, same, len(calls), layer.weight is layer.weight


def of_a_buffer(t):
    layer = t.nn.BatchNorm1d(2)
    Double = parts(t)[1]
    registered(t, Double(), name="running_mean", layer=layer)
    found = layer, [n for n, _ in layer.named_buffers()], layer.running_mean
    t.nn.utils.parametrize.remove_parametrizations(layer, "running_mean")
    return found, [n for n, _ in layer.named_buffers()]


def copied(t):
    layer = registered(t, parts(t)[1]())
    twin = copy.deepcopy(layer)
    with t.no_grad():
        twin.parametrizations.weight.original.add_(1)
    twin.load_state_dict(twin.state_dict())
    return twin, twin.weight, layer.weight, pickle.dumps(layer)


def transferred(t):
    Symmetric, Double, Sum, _ = parts(t)
    found = []
    for kinds in ([Symmetric(), Double()], [Sum()]):
        other = t.nn.utils.parametrize.transfer_parametrizations_and_params(registered(t, *kinds), linear(t))
        found.append([other, state(other), other.weight])
    return found


def wrong(t, forward, right_inverse=None, twice=False, unsafe=False):
    Only = parts(t)[3]
    kinds = [Only(lambda x: x)] * twice + [Only(forward, right_inverse)]
    layer = linear(t)
    for kind in kinds:
        t.nn.utils.parametrize.register_parametrization(layer, "weight", kind, unsafe=unsafe)
    return layer, state(layer), layer.weight


@for_every([
    lambda t: trained(t, parts(t)[0]()),
    lambda t: trained(t, parts(t)[1](), parts(t)[1]()),
    lambda t: trained(t, parts(t)[2]()),
    lambda t: registered(t, parts(t)[1](), parts(t)[1](), layer=t.nn.Sequential(linear(t))[0]).eval().parametrizations,
    lambda t: assigned(t, parts(t)[1](), lambda t: t.ones(2, 2)),
    lambda t: assigned(t, parts(t)[2](), lambda t: t.ones(2, 2)),
    lambda t: assigned(t, parts(t)[1](), lambda t: t.nn.Parameter(t.ones(2, 2))),
    lambda t: assigned(t, parts(t)[1](), lambda t: t.ones(2, 2).double()),
    lambda t: assigned(t, parts(t)[2](), lambda t: t.ones(2, 2).double()),
    lambda t: assigned(t, parts(t)[3](lambda x: x), lambda t: t.ones(2, 2)),
    lambda t: removed(t, parts(t)[1]()),
    lambda t: removed(t, parts(t)[1](), leave=False),
    lambda t: removed(t, parts(t)[1](), parts(t)[0]()),
    lambda t: removed(t, parts(t)[2]()),
    lambda t: removed(t, parts(t)[2](), leave=False),
    lambda t: t.nn.utils.parametrize.remove_parametrizations(linear(t), "weight"),
    in_the_cache, of_a_buffer, copied, transferred,
    lambda t: registered(t, parts(t)[1](), name="height"),
    lambda t: wrong(t, lambda x: None),
    lambda t: wrong(t, lambda x: x.double()),
    lambda t: wrong(t, lambda x: x.double(), unsafe=True),
    lambda t: wrong(t, lambda x: x[0]),
    lambda t: wrong(t, lambda x: x, lambda z: 3),
    lambda t: wrong(t, lambda x: x, lambda z: z.double()),
    lambda t: wrong(t, lambda x: x, lambda z: [z, 3]),
    lambda t: wrong(t, lambda x: None, twice=True),
    lambda t: wrong(t, lambda x: x.double(), twice=True),
    lambda t: wrong(t, lambda x: x[0], twice=True),
    lambda t: wrong(t, lambda x: x[0], twice=True, unsafe=True),
    lambda t: wrong(t, lambda x: x, lambda z: [z], twice=True),
    lambda t: wrong(t, lambda x: x, lambda z: z.double(), twice=True),
    lambda t: wrong(t, lambda x: x, lambda z: z[0], twice=True),
])  # fmt: skip
def test_parametrizations_tell_the_same(program):
    tells_the_same(program)


# -- norms: on Pythagorean weights nothing is rounded ---------------------------------------------------------

PAIRS = [[3.0, 4.0], [0.0, -2.0], [-8.0, 6.0]]


def normed(t, where, **options):
    """A layer with a weight norm, a step of training, and the layer without it again."""
    layer = where(t).weight_norm(linear(t, 2, 3, PAIRS), **options)
    first = str(layer), state(layer), layer(t.ones(2))
    layer(t.tensor([0.0, 5.0])).sum().backward()
    gradients = [x.grad for x in layer.parameters()]
    if hasattr(layer, "parametrizations"):
        t.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    else:
        t.nn.utils.remove_weight_norm(layer)
    return first, gradients, layer, state(layer), [n for n, _ in layer.named_parameters()]


def newer(t):
    return t.nn.utils.parametrizations


def older(t):
    return t.nn.utils


def loaded(t):
    layer = newer(t).weight_norm(linear(t, 2, 3))
    layer.load_state_dict(older(t).weight_norm(linear(t, 2, 3, PAIRS)).state_dict())
    return state(layer)


@for_every([
    lambda t: normed(t, newer),
    lambda t: normed(t, older),
    lambda t: normed(t, newer, dim=None),
    lambda t: normed(t, older, dim=-1),
    loaded,
    lambda t: older(t).weight_norm(older(t).weight_norm(linear(t, 2, 3, PAIRS))),
    lambda t: older(t).weight_norm(t.nn.LazyLinear(2)),
    lambda t: older(t).spectral_norm(t.nn.LazyLinear(2)),
    lambda t: older(t).spectral_norm(t.nn.Linear(2, 2, bias=False), "bias"),
    lambda t: older(t).spectral_norm(older(t).spectral_norm(linear(t))),
    lambda t: older(t).spectral_norm(linear(t), n_power_iterations=0),
    lambda t: older(t).remove_weight_norm(linear(t)),
    lambda t: older(t).remove_spectral_norm(linear(t)),
    lambda t: newer(t).spectral_norm(linear(t), n_power_iterations=0),
    lambda t: newer(t).spectral_norm(linear(t), "height"),
    lambda t: newer(t).spectral_norm(linear(t), dim=2),
    lambda t: newer(t).spectral_norm(linear(t)),
    lambda t: sorted(newer(t).spectral_norm(t.nn.ConvTranspose2d(2, 3, 2)).state_dict()),
    lambda t: [x.shape for x in newer(t).spectral_norm(t.nn.ConvTranspose2d(2, 3, 2)).state_dict().values()],
    lambda t: sorted(older(t).spectral_norm(linear(t)).state_dict()),
    lambda t: [x.shape for x in older(t).spectral_norm(t.nn.Conv1d(2, 3, 2)).state_dict().values()],
    lambda t: newer(t).spectral_norm(linear(t, 1, 2), "bias").bias.shape,
])  # fmt: skip
def test_norms_tell_the_same(program):
    tells_the_same(program)


@pytest.mark.parametrize("where", [newer, older])
def test_the_spectral_norm_approaches_the_largest_singular_value(where):
    layer = where(minigrad).spectral_norm(linear(minigrad, 3, 4), n_power_iterations=20)
    layer(minigrad.ones(3))
    largest = minigrad.linalg.svdvals(layer.weight.detach())[0]
    assert float(largest) == pytest.approx(1, abs=1e-5)  # the second value is a tenth of it: 0.1**40 is left


@pytest.mark.parametrize("where", [newer, older])
def test_the_spectral_norm_begins_with_torchs_vectors(where):
    def vectors(t):
        t.manual_seed(0)
        layer = where(t).spectral_norm(linear(t, 3, 4))
        layer(t.ones(3)).sum().backward()
        tensors = *layer.state_dict().values(), *(x.grad for x in layer.parameters())
        return [number for x in tensors for number in x.reshape(-1).tolist()]

    assert vectors(minigrad) == pytest.approx(vectors(torch), abs=1e-5)  # 16 steps, each rounds to 6e-8 of 1
