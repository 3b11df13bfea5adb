"""The tool that holds a program or an op against torch: what it lets pass, what it catches, what it says."""

import re
import textwrap

import numpy as np
import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import minigrad
from sidebyside import testing
from sidebyside.contract.explain_difference import WIDTH, distance
from sidebyside.testing import NoTier, dyadics, floats, labels, logits, same
from sidebyside.wrong import Scene, named, shapes

X = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.5]])
SQUARE = X[:, :2] + 1


def op(forward, backward):
    """An op of a student's own."""

    class Own(minigrad.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            ctx.save_for_backward(*xs)
            return forward(*xs)

        @staticmethod
        def backward(ctx, dz):
            return backward(dz, *ctx.saved_tensors)

    return Own.apply


def complaint(*args, **options):
    with pytest.raises(AssertionError) as caught:
        same(*args, **options)
    assert caught.type is AssertionError
    return str(caught.value)


def said_of_gradient(*args, **options):
    """What a complaint guesses; None where it guesses nothing."""
    found = re.search(r"minigrad's gradient: (.*?)\.\n\n", complaint(*args, **options), re.DOTALL)
    return found and found[1].replace("\n", " ")


# -- what passes --------------------------------------------------------------------------------------------


@given(dyadics((3, 4)), dyadics((4,)))
def test_a_right_program_passes_in_the_exact_tier(x, y):
    assert same(lambda torch, x, y: (x * y - y).relu().sum(1), x, y) == "exact"


def test_a_right_op_passes():
    assert same(op(lambda x: x * x, lambda dz, x: 2 * x * dz), lambda x: x**2, X) == "exact"


@given(floats(), st.data())
def test_any_floats_agree_in_every_bit_where_each_step_rounds_by_itself(x, data):
    y = data.draw(floats(x.shape))
    assert same(lambda torch, x, y: torch.where(x > y, x / 3, x * y - abs(y)), x, y) == "exact"


@pytest.mark.parametrize(
    "program",
    [
        lambda torch, x: x.softmax(1),
        lambda torch, x: x.log_softmax(0),
        lambda torch, x: x.logsumexp((0, 1)),
        lambda torch, x: (x.exp() / (1 + x.exp())).sum(0),
        lambda torch, x: x.sigmoid().mean() + x.tanh().sum(),
        lambda torch, x: (x @ x.T).relu().sum(1),
        lambda torch, x: (x * x + 1).sqrt().log1p().norm(),
        lambda torch, x: torch.nn.functional.mse_loss(x.sin(), x.cos()),
        lambda torch, x: torch.cat([x, x.flip(0)])[[0, 0, 1]].cumsum(0),
        lambda torch, x: (2**x).clamp(0.5, 2) * (abs(x) + 1) ** 2.5,
        lambda torch, x: torch.stack([x.gather(1, torch.zeros(len(x), 2, dtype=torch.int64)), x[:, :2]]),
    ],
)
@given(x=logits(classes=3, dtype=st.sampled_from(["float32", "float64"])))
def test_any_floats_agree_within_the_bound(program, x):
    assert same(program, x / 4) in ("exact", "bounded")
    assert same(program, x / 4, tier="bounded") == "bounded"


@given(dyadics((3, 4)), dyadics((2, 4)), dyadics((2,)), labels(3, 2))
def test_a_network_agrees_within_the_bound(x, w, b, y):
    def program(torch, x, w, b, y):
        F = torch.nn.functional
        return F.cross_entropy(F.relu(F.linear(x, w, b)), y)

    same(program, x / 3, w / 3, b / 3, y)
    same(program, x / 3, w / 3, b / 3, y, tier="exchanged")


def test_modules_changes_in_place_and_a_backward_of_its_own_are_followed():
    def program(torch, x):
        linear = torch.nn.Linear(3, 2).double()
        with torch.no_grad():  # powers of two: nothing rounds
            linear.weight.fill_(0.5)
            linear.bias.zero_()
        z = linear(x)
        z[0] = 1.0
        z.mul_(2).sum().backward()
        return linear.weight.grad

    assert same(program, X) == "exact"


def test_integers_come_without_a_gradient():
    assert same(lambda torch, x, y: x[y], X, np.array([1, 0, 1])) == "exact"


@given(floats((0, 3)) | floats(()) | floats((2, 0)))
def test_empty_and_0d_arrays(x):
    assert same(lambda torch, x: (x * 2).sum(), x) == "exact"


# -- what is caught, and named ------------------------------------------------------------------------------


def test_a_forgotten_mean():
    wrong = op(lambda x: (x * x).mean(), lambda dz, x: 2 * x * dz)
    said = said_of_gradient(wrong, lambda x: (x * x).mean(), X[:, :1] * np.ones(3))
    assert said == "it is 6 times the right one (N = 6: the mean's division by N is forgotten)"


def test_a_gradient_accumulated_twice():
    said = said_of_gradient(op(lambda x: x * 3, lambda dz, x: 6 * dz), lambda x: x * 3, X.reshape(-1)[:5])
    assert said == "it is 2 times the right one (something is accumulated twice, or a factor 2 is too many)"


def test_a_mean_over_two_that_is_forgotten_might_be_an_accumulation():
    said = said_of_gradient(op(lambda x: x.mean(), lambda dz, x: dz + 0 * x), lambda x: x.mean(), X[0, :2])
    assert "N = 2: the mean's division by N is forgotten, or something is accumulated twice" in said


def test_a_wrong_sign():
    said = said_of_gradient(op(lambda x: -x, lambda dz, x: dz), lambda x: -x, X)
    assert said == "it is -1 times the right one (the sign is wrong)"


def test_a_division_too_many():
    said = said_of_gradient(op(lambda x: x.sum(), lambda dz, x: dz / 6 + 0 * x), lambda x: x.sum(), X)
    assert "N = 6: it is divided by N once too often" in said


def test_another_constant_factor_is_said_without_a_guess():
    said = said_of_gradient(op(lambda x: x * x, lambda dz, x: 2.001 * x * dz), lambda x: x * x, X)
    assert said == "every element is 1.0005 times the right one"


def test_a_transposed_gradient_of_a_square_matrix():
    wrong = op(lambda x, y: x @ y, lambda dz, x, y: (y @ dz.T, x.T @ dz))
    assert said_of_gradient(wrong, torch.matmul, SQUARE, X[:, 1:]) == "it is the transpose of the right one"


def test_a_transposed_gradient_that_does_not_fit():
    wrong = op(lambda x, y: x @ y, lambda dz, x, y: (y @ dz.T, x.T @ dz))
    text = complaint(wrong, torch.matmul, X[:, :2], X)
    assert "minigrad raises RuntimeError where PyTorch does not" not in text or "transposed" in text
    text = complaint(wrong, torch.matmul, np.ones((3, 2)), np.ones((2, 4)))
    assert "Its gradient: it is transposed: a product with its factors" in text


def test_a_gradient_that_is_not_unbroadcast():
    wrong = op(lambda x, y: x[:, None] * y, lambda dz, x, y: (dz * y, dz * x[:, None]))
    text = complaint(wrong, lambda x, y: x[:, None] * y, np.ones(2), np.ones((2, 3)))
    assert "Its gradient: it is not un-broadcast: sum it over" in text


def test_nothing_is_guessed_of_a_gradient_that_is_just_wrong():
    assert (
        said_of_gradient(op(lambda x: x * x, lambda dz, x: x.exp() ** 1.5 * dz), lambda x: x * x, X) is None
    )


def test_patterns_of_arrays_that_differ_in_shape():
    right = np.array([3.0, 5.0])
    assert named(Scene(X.T, X)) == "it is the transpose of the right one"
    assert "not un-broadcast" in named(Scene(np.array([[1.0, 2.0], [2.0, 3.0]]), right))
    assert "not un-broadcast" in named(Scene(np.array([[1.0, 2.0], [2.0, 3.0]]), np.array([[3.0], [5.0]])))
    assert named(Scene(np.ones((3, 2)), right)) is None
    assert shapes((2,), (3,)) is None


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_one_last_place_is_caught_in_the_exact_tier(kind):
    def off(x):
        return minigrad.from_numpy(np.nextafter(x.detach().numpy(), 9, dtype=kind))

    x = X.astype(kind)
    assert "the output" in complaint(op(off, lambda dz, x: dz), lambda x: x * 1, x)
    assert "the gradient of x" in complaint(op(lambda x: x * 1, lambda dz, x: off(dz)), lambda x: x * 1, x)


MUTANTS = {
    "log(S + 1e-8)": (lambda x: (x.exp().sum(1) + 1e-8).log(), lambda x: x.logsumexp(1)),
    "a float32 in a float64 path": (lambda x: x.float().exp().double(), lambda x: x.exp()),
    "a leaky relu": (lambda x: x.relu() - 1e-6 * (-x).relu(), lambda x: x.relu()),
    "a dropped shift": (lambda x: (100 * x).exp().sum(1).log(), lambda x: (100 * x).logsumexp(1)),
    "a mean by N - 1": (lambda x: x.sum() / (x.numel() - 1), lambda x: x.mean()),
    "a relative 1e-6": (lambda x: x.softmax(1) * (1 + 1e-6), lambda x: x.softmax(1)),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_small_errors_of_programs_are_caught(name):
    ours, theirs = MUTANTS[name]
    assert "differ" in complaint(ours, theirs, 3 * X)


def test_a_gradient_that_is_missing():
    ours, theirs = lambda x, y: x * y.detach(), lambda x, y: x * y
    assert "the gradient of y: minigrad has none" in complaint(ours, theirs, X, X)


def test_another_dtype_or_shape():
    assert "the output: float32 (2, 3) in minigrad" in complaint(lambda x: x.float(), lambda x: x * 1, X)
    assert "(3, 2) in minigrad, float64 (2, 3)" in complaint(lambda x: x.T * 1, lambda x: x * 1, X)
    assert "returns 2 values, PyTorch 1" in complaint(lambda x: (x * 1, x * 2), lambda x: x * 1, X)


def test_another_name_of_grad_fn():
    text = complaint(lambda torch, x: x * 2 if torch is minigrad else x + x, X)
    assert "grad_fn: MulBackward0 in minigrad, AddBackward0 in PyTorch" in text


def test_an_input_that_is_changed():
    assert "changes its input y" in complaint(lambda torch, x, y: x * y.add_(1), X, np.ones(3, np.int64))


def test_gradients_that_share_memory():
    def program(torch, x, y):
        x.grad = y.grad = torch.ones(2, 3, dtype=torch.float64)

    assert "the gradient of x shares memory with the gradient of y" in complaint(program, X, X)


def test_an_error_of_minigrads_alone():
    def ours(x):
        raise ValueError("no such thing")

    assert "minigrad raises ValueError where PyTorch does not: no such thing" in complaint(ours, torch.exp, X)


def test_an_error_of_torchs_alone():
    text = complaint(lambda x: x.sum(), lambda x: x.sum(7), X)
    assert "PyTorch raises IndexError where minigrad does not: Dimension out of range" in text
    with pytest.raises(IndexError):
        same(lambda torch, x: x.sum(7), X)


# -- what is no answer --------------------------------------------------------------------------------------


def test_an_error_of_the_program_itself_is_let_through():
    with pytest.raises(NameError):
        same(lambda torch, x: undefined * x, X)  # noqa: F821


def test_no_tier_is_claimed_where_none_is_derived():
    with pytest.raises(NoTier, match="no bound is derived for torch's lgamma") as caught:
        same(lambda x: x * 1, torch.lgamma, X)
    assert 'tier="exchanged"' in str(caught.value)
    with pytest.raises(NoTier, match="exact: the output: rounding can part the libraries"):
        same(lambda torch, x: x.exp(), X, tier="exact")
    with pytest.raises(NoTier, match="no finite bound is derived for element"):
        same(lambda torch, x: x.softmax(0), np.array([np.nan, 1.0]), tier="bounded")
    tied = np.array([1 / 3, 1 / 3])
    for program in (lambda torch, x: x.exp().argmax(), lambda torch, x: x.exp().sort().values):
        with pytest.raises(NoTier, match="two numbers tie within their bounds"):
            same(program, tied)
    with pytest.raises(NoTier, match="rounding decides"):
        same(lambda torch, x: x.exp() >= x.exp().max(), tied)
    with pytest.raises(NoTier, match="looks at numbers that have been rounded"):
        same(lambda torch, x: (x.exp() > 1.5).any(), np.log(np.full(2, 1.5)))
    with pytest.raises(NoTier, match="rounding decides on which side"):
        same(lambda torch, x: x.exp() % x.exp(), X)


@pytest.mark.parametrize("program", [
    lambda torch, x: x.var(),
    lambda torch, x: x.std(0),
    lambda torch, x: x.prod(),
    lambda torch, x: x.norm(3),
    lambda torch, x: x.norm(float("inf")),
    lambda torch, x: x.exp().norm(1.5, 1),
    lambda torch, x: x.norm(-1),
    lambda torch, x: abs(x) ** 2.5 + x**4,
    lambda torch, x: x.exp().argmax(1),
    lambda torch, x: x.exp().sort(1, descending=True).values,
    lambda torch, x: x.exp().topk(2)[0],
    lambda torch, x: (x / 3).round(decimals=2),
    lambda torch, x: x.masked_select(torch.tensor([True, False, True])),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_what_has_a_bound(program, kind):
    x = (X + 0.1).astype(kind)
    assert same(program, x) in ("exact", "bounded")
    assert same(program, x, tier="exchanged")


def test_a_budget_that_is_exceeded_is_no_exact_tier():
    x = np.full(4, 2.0**12 + 1, np.float32)
    assert same(lambda torch, x: x.sum(), x) == "exact"
    with pytest.raises(NoTier):
        same(lambda torch, x: (x * x).sum(), x, tier="exact")


def test_bad_usage():
    with pytest.raises(TypeError, match="takes a program first"):
        same(X)
    with pytest.raises(ValueError, match="tier must be one of bits, exact, bounded, exchanged"):
        same(lambda torch, x: x, X, tier="close")


# -- what is said -------------------------------------------------------------------------------------------


TEXTS = [
    lambda: complaint(op(lambda x, y: x @ y, lambda dz, x, y: (y @ dz.T, x.T @ dz)), torch.matmul, X, X.T),
    lambda: complaint(lambda x: x.sum(), lambda x: x.sum(7), X),
    lambda: complaint(op(lambda x: x * x, lambda dz, x: 2.001 * x * dz), lambda x: x * x, X / 3),
    lambda: complaint(lambda x: x * 2, lambda x: x * 3, lambda x: x * 3, np.ones((40, 7), np.float32) / 3),
    lambda: complaint(lambda x: x * 2, lambda x: x * 3, np.array(1 / 3)),
    lambda: complaint(lambda x: x > 0, lambda x: x < 0, X),
]


@pytest.mark.parametrize("text", TEXTS)
def test_complaints_fit_into_80_columns(text):
    assert max(map(len, text().splitlines())) <= WIDTH


def test_a_complaint_in_full():
    wrong = op(lambda x: x * x, lambda dz, x: 4 * x * dz)
    assert complaint(wrong, lambda x: x * x, np.array([1.0, -2.0, 0.0], np.float32)) == textwrap.dedent("""\
        minigrad and PyTorch differ in the gradient of x.
        Exact tier: nothing here can round apart, every bit must be the same.

          element  minigrad  PyTorch  truth
              [1]       8.0      4.0    4.0
              [0]       2.0      1.0    1.0
          2 of 3 elements differ

        minigrad's gradient: it is 2 times the right one (something is accumulated
        twice, or a factor 2 is too many).

        with
          x = [ 1., -2.,  0.]
              float32, shape (3,)
          dz = [ 0.5, -1. ,  2. ]
               float32, shape (3,)""")


def test_the_example_is_the_shrunk_one():
    @settings(database=None)
    @given(dyadics((2, 2)))
    def wrong(x):
        same(lambda x: x * 2, lambda x: torch.where(x < 0, 3 * x, 2 * x), x)

    with pytest.raises(AssertionError) as caught:
        wrong()
    text = "\n".join([str(caught.value), *caught.value.__notes__])
    assert "x=array([[ 0. ,  0. ],\n           [ 0. , -0.5]], dtype=float32)" in text
    assert text.count("-0.5]]") == 1  # Hypothesis lists the example, so `same` does not
    assert "Explanation" not in text


def test_a_traceback_ends_at_the_line_that_calls_same():
    with pytest.raises(AssertionError) as caught:
        same(lambda x: x * 2, lambda x: x * 3, X)
    hidden = [entry.frame.f_locals.get("__tracebackhide__", False) for entry in caught.traceback]
    assert hidden[0] is False
    assert all(hidden[1:])


ANY = settings(max_examples=5000, database=None, phases=[Phase.generate])  # the first found: not the smallest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (logits(3, 4), logits((3, 4))),
        (labels(3, 4), labels((3, 4))),
        (dyadics(3, 4), dyadics((3, 4))),
        (dyadics((3, 4), "float64"), dyadics(3, 4, dtype="float64")),
        (floats(3, 4, low=0), floats((3, 4), low=0)),
    ],
)
def test_a_shape_is_given_as_numbers_or_as_a_tuple(one, other):
    one, other = (find(each, lambda x: True, settings=ANY) for each in (one, other))
    assert (one.shape, one.dtype) == (other.shape, other.dtype)


def test_logits_overflow_exp_where_the_maximum_is_not_subtracted():
    for dtype in ("float32", "float64"):
        x = find(logits(2, 2, dtype), lambda x: x.max() > np.log(np.finfo(x.dtype).max), settings=ANY)
        assert x.dtype == dtype


def test_the_examples_of_the_docstring_run():
    first, second = re.findall(r"(?m)(?:^    .*\n|^\n(?=    ))+", testing.__doc__)
    scope = {"minigrad": minigrad, "np": np, "same": same}
    exec(textwrap.dedent(first), scope)
    scope["test_product"]()
    assert len(textwrap.dedent(second).strip().partition("\n\n")[0].splitlines()) == 8
    exec(textwrap.dedent(second), scope)


# -- what is drawn ------------------------------------------------------------------------------------------


@given(dyadics(dtype="float64", e=2, most=4))
def test_dyadics_are_multiples_within_their_budget(x):
    assert ((4 * x) % 1 == 0).all()
    assert (abs(x) <= 4).all()
    assert x.dtype == np.float64


@pytest.mark.parametrize(
    "drawn",
    [
        lambda x: np.isnan(x).any(),
        lambda x: np.isinf(x).any(),
        lambda x: (np.signbit(x) & (x == 0)).any(),
        lambda x: ((x != 0) & (abs(x) < np.finfo(np.float32).tiny)).any(),
        lambda x: x.shape == (),
        lambda x: x.size == 0,
        lambda x: x.size > 4 and len(set(x.ravel().tolist())) > 4,
    ],
)
def test_floats_draws_all_there_is(drawn):
    assert find(floats(), drawn, settings=ANY) is not None


@given(floats((3,), st.sampled_from(["float32", "float64"]), low=-8, high=8))
def test_floats_between_limits(x):
    assert x.shape == (3,)
    assert (abs(x) <= 8).all()


@given(logits(), logits(2, 3, "float64"), labels(5, 3))
def test_logits_and_labels(x, y, classes):
    assert x.ndim == 2
    assert x.size > 0
    assert (abs(x) <= 100).all()
    assert (y.dtype, y.shape) == (np.float64, (2, 3))
    assert (classes.dtype, classes.shape) == (np.int64, (5,))
    assert set(classes) <= {0, 1, 2}


def test_a_distance_beyond_float32_tells_nothing():
    assert distance(np.float32(1), np.float64(1e-45), np.dtype("float32")) == "-"
