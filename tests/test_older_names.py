"""What older tutorials call by older names, and small functions of theirs, against PyTorch."""

import numpy as np
import pytest
import torch

import minigrad
from minigrad.arrays import device

LIBRARIES = [torch, minigrad]
CHANGING = [
    name
    for name in vars(minigrad)
    if name.endswith("_") and not name.startswith("_") and hasattr(torch.Tensor, name)
]


def outcome(call, library):
    """What a call gives: numbers, or the type of its error and the first sentence."""
    try:
        z = call(library)
    except Exception as error:
        return type(error).__name__, str(error).split("\n")[0]
    return str(z.dtype), z.detach().numpy().tolist()


def test_there_are_functions_that_change_their_argument():
    assert len(CHANGING) == 35


@pytest.mark.parametrize("name", CHANGING)
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_a_function_that_changes_its_argument_does_what_the_method_does(name, dtype):
    def function(library):
        x = library.tensor([0.0, 1.0]).to(getattr(library, dtype))
        z = getattr(library, name)(x)
        assert z is x
        return z

    def method(library):
        return getattr(library.tensor([0.0, 1.0]).to(getattr(library, dtype)), name)()

    np.testing.assert_equal(outcome(function, minigrad), outcome(method, minigrad))
    theirs, ours = outcome(function, torch), outcome(function, minigrad)
    assert theirs[0] == ours[0]
    if isinstance(theirs[1], str):
        assert theirs == ours


@pytest.mark.parametrize("args", [(1,), ("a",), ()])
def test_what_such_a_function_refuses(args):
    found = [outcome(lambda library: library.sin_(*args), library) for library in LIBRARIES]
    assert found[0] == found[1]
    assert found[0][0] == "TypeError"


@pytest.mark.filterwarnings("ignore:.*range is deprecated:UserWarning")
@pytest.mark.parametrize(
    ("args", "dtype"),
    [
        ((1, 4), None),
        ((0, 2, 0.5), None),
        ((0.0, 1.0, 0.1), None),
        ((-3, -2.4, 0.1), "float16"),
        ((-3, -2.4, 0.1), "float64"),
        ((5, 0, -2), "int64"),
        ((0, 10, 3), "int32"),
        ((0, 1, 0), None),
        ((0, 5, -1), None),
        ((0, float("inf")), None),
        (("a", 1), None),
        ((0, 1, [2]), None),
    ],
)
def test_range_has_its_end(args, dtype):
    found = [
        outcome(lambda library: library.range(*args, dtype=dtype and getattr(library, dtype)), library)
        for library in LIBRARIES
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("range", lambda library: library.range(0, 1)),
        ("constant", lambda library: library.nn.init.constant(library.ones(2), 0.5)),
        pytest.param(
            "xavier_uniform",
            lambda library: library.nn.init.xavier_uniform(library.ones(2, 2)),
            marks=pytest.mark.seeded("uniform"),
        ),
        (
            "clip_grad_norm",
            lambda library: library.nn.utils.clip_grad_norm(library.nn.Parameter(library.ones(2, 2)), 1.0),
        ),
    ],
)
def test_what_is_deprecated_warns(name, call):
    said, results = [], []
    for library in LIBRARIES:
        library.manual_seed(0)
        with pytest.warns((FutureWarning, UserWarning), match=f"{name}.* is .*deprecated") as caught:
            results.append(call(library).detach().numpy().tolist())
        said.append([(each.category, str(each.message)) for each in caught])
    assert said[0] == said[1]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("shape", "new"),
    [((2, 6), (3, 4)), ((2, 6), (4,)), ((4,), (4,)), ((2, 2, 3), (-1,)), ((0,), (0, 3)), ((), (1,))],
)
def test_resize_takes_the_first_elements(shape, new):
    def call(library):
        x = library.arange(float(np.prod(shape))).reshape(shape)
        before = x._version
        assert x.resize_(*new) is x
        return x + (x._version - before)

    found = [outcome(call, library) for library in LIBRARIES]
    if -1 in new:
        assert found[0][0] == found[1][0] == "RuntimeError"
    else:
        assert found[0] == found[1]


def test_resize_shares_memory_and_grows_by_zeros():
    x = minigrad.ones(2, 3)
    view = x.view(-1)
    x.resize_(2, 2)
    x.fill_(5)
    assert view.tolist() == [5, 5, 5, 5, 1, 1]
    assert x.resize_(5).tolist() == [5, 5, 5, 5, 0]
    for library in LIBRARIES:
        with pytest.raises(RuntimeError, match="cannot resize variables that require grad"):
            library.ones(2, requires_grad=True).resize_(1)
    with pytest.raises(RuntimeError, match="not contiguous"):
        minigrad.ones(2, 3).t().resize_(6)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize(
    "call",
    [
        lambda F, x, y: F.normalize(x),
        lambda F, x, y: F.normalize(x, p=1, dim=0),
        lambda F, x, y: F.normalize(x, dim=(0, 1), eps=100.0),
        lambda F, x, y: F.cosine_similarity(x, y),
        lambda F, x, y: F.cosine_similarity(x, y, dim=0),
        lambda F, x, y: F.cosine_similarity(x, y[:1], dim=-1, eps=100.0),
        lambda F, x, y: F.cosine_similarity(x, x * 0),
        lambda F, x, y: F.cosine_similarity(x[0], y[0]),
    ],
)
def test_vectors_divided_by_their_norms(call, dtype):
    rng = np.random.default_rng(0)
    arrays = [(rng.normal(size=(3, 4)) * 4).astype(dtype) for _ in range(2)]
    found = []
    for library in LIBRARIES:
        xs = [library.from_numpy(each.copy()) for each in arrays]
        for each in xs:
            each.requires_grad_(each.is_floating_point())
        try:
            z = call(library.nn.functional, *xs)
        except Exception as error:
            found.append((type(error).__name__, str(error).split("\n")[0]))
            continue
        weights = library.arange(float(z.numel())).reshape(z.shape).to(z.dtype)
        gradients = library.autograd.grad((z * weights).sum(), xs, allow_unused=True)
        found.append([each.detach().numpy() for each in (z, *gradients) if each is not None])
    if isinstance(found[0], tuple):
        assert found[0] == found[1]
        return
    # Sums of 12 products at most, of numbers below 100: a few roundings apart.
    unit = np.finfo(dtype).eps
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=32 * unit, atol=100 * unit)


def test_cosine_similarity_as_a_module():
    x = minigrad.tensor([[1.0, 0.0], [3.0, 4.0]])
    y = minigrad.tensor([[0.0, 2.0], [3.0, 4.0]])
    assert minigrad.nn.CosineSimilarity()(x, y).tolist() == pytest.approx([0.0, 1.0])
    assert [repr(library.nn.CosineSimilarity(0)) for library in LIBRARIES] == ["CosineSimilarity()"] * 2


@pytest.mark.parametrize("replacement", [True, False])
def test_a_weighted_sampler_draws_pytorchs_indices(replacement):
    found = []
    for library in LIBRARIES:
        library.manual_seed(3)
        sampler = library.utils.data.WeightedRandomSampler([0.1, 3.0, 0.5, 0.0, 9.0], 4, replacement)
        found.append((len(sampler), list(sampler), list(sampler)))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "args", [([1.0], 0), ([1.0], True), ([1.0], 1, 1), ([[1.0]], 1), ([1.0], 2.5), (["a"], 1)]
)
def test_what_a_weighted_sampler_refuses(args):
    said = []
    for library in LIBRARIES:
        with pytest.raises((ValueError, TypeError)) as error:
            library.utils.data.WeightedRandomSampler(*args)
        said.append((error.type, str(error.value).split("\n")[0]))
    assert said[0] == said[1]


def test_a_gpu_is_chosen_only_where_there_is_one(monkeypatch):
    monkeypatch.setenv("MINIGRAD_CUDA", "cpu")
    monkeypatch.setattr(device, "_warned", True)
    assert minigrad.cuda.set_device(0) is None
