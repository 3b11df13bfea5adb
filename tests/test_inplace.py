"""Changes in place, of tensors and of their views: the same programs in both libraries, written and drawn."""

import numpy as np
import pytest
import torch
from both import before_the_advice, in_both, leaf, registry
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import ops

pytestmark = pytest.mark.usefixtures("recording_stays_on")
PROGRAMS, program = registry()


@program
def a_view_of_what_has_come_to_want_a_gradient(torch):
    a = torch.ones(2)
    b = a[:1]
    a.mul_(leaf(torch))
    return b.requires_grad, b.is_leaf


@program
def in_place_add_is_harmless(torch):
    x = leaf(torch)
    y = x + 1
    z = y * 2
    y.add_(5)
    z.sum().backward()
    return x.grad, y


@program
def in_place_product(torch):
    x = leaf(torch)
    y = x * 2
    y.mul_(3)
    y *= x.detach()
    y.sum().backward()
    return x.grad, y


@program
def in_place_function_of_its_own_output(torch):
    x = leaf(torch, [0.0, 1.0])
    y = x * 1
    y.relu_()
    y.sum().backward()
    return x.grad, y


@program
def in_place_square_keeps_the_old_value(torch):
    x = leaf(torch)
    y = x * 2
    y.pow_(2)
    y.sum().backward()
    return x.grad, y


@program
def in_place_with_a_tensor_that_wants_gradients(torch):
    x, y = leaf(torch), torch.ones(2)
    y.mul_(x)
    y.sum().backward()
    return x.grad, y


@program
def in_place_on_itself(torch):
    x = leaf(torch)
    y = x * 1
    y += y
    y.sum().backward()
    return x.grad, y


@program
def setitem_on_a_computed_tensor(torch):
    x = leaf(torch)
    y = x * 2
    y[0] = 5.0
    y.sum().backward()
    return x.grad, y


@program
def setitem_into_a_tensor_that_wants_no_gradient(torch):
    x, y = leaf(torch), torch.zeros(2, 2)
    y[0] = x * 3
    (y * y).sum().backward()
    return x.grad, y


@program
def setitem_with_itself(torch):
    x = leaf(torch)
    y = x * 2
    y[0] = y[1]
    (y * y).sum().backward()
    return x.grad, y


@program
def in_place_on_a_view_changes_its_base(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    v = y[0]
    v.mul_(10)
    (y * y).sum().backward()
    return x.grad, y, v


@program
def in_place_on_a_base_changes_its_views(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    v, w = y[0], y.t()
    y.mul_(10)
    (v * v).sum().backward()
    return x.grad, v, w


@program
def in_place_on_one_view_changes_another(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    v, w = y[0], y[:, 0]
    v.mul_(10)
    (w * w).sum().backward()
    return x.grad, v, w


@program
def in_place_on_a_view_of_a_view(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    v = y.t()[0].unsqueeze(0)
    v.add_(7)
    v *= 2
    (y * y).sum().backward()
    return x.grad, y, v


@program
def in_place_on_a_view_of_a_plain_tensor(torch):
    x, y = leaf(torch), torch.zeros(2, 2)
    v = y[1]
    v.add_(x)
    (y * 3).sum().backward()
    return x.grad, y, v, y.requires_grad


@program
def in_place_on_a_masked_part(torch):
    x = leaf(torch, [1.0, -2.0, 3.0])
    y = x * 2
    y[y < 0] = 0.0
    y[torch.tensor([0, 2])] = x[:2] * 10
    y.sum().backward()
    return x.grad, y


@program
def a_view_in_no_grad_may_be_written(torch):
    x = leaf(torch)
    with torch.no_grad():
        x[0] = 9.0
        x.view(-1).mul_(2)
    (x * x).sum().backward()
    return x.grad, x._version


@program
def a_view_looked_at_in_no_grad_keeps_its_history(torch):
    x = leaf(torch)
    y = x * 2
    v = y[:1]
    y.mul_(3)
    with torch.no_grad():
        seen = v.requires_grad
        y.mul_(5)
        again = v.requires_grad
    v.sum().backward()
    return seen, again, v, x.grad


@program
def a_view_of_a_changed_leaf(torch):
    x = leaf(torch)
    v = x[0]
    with torch.no_grad():
        x.mul_(3)
    (v * 2).backward()
    return v, x.grad


@program
def a_view_that_is_a_leaf_itself(torch):
    x = torch.ones(2)
    v = x[0]
    v.requires_grad_()
    with torch.no_grad():
        x.mul_(3)
    (v * 2).backward()
    return v.is_leaf, v, v.grad, x.requires_grad


@program
def copy_and_fill_cut_the_history(torch):
    x, y = leaf(torch), leaf(torch, [5.0, 6.0])
    z = x * 2
    z.copy_(y)
    w = x * 3
    w.fill_(1.0)
    v = x * 4
    v.zero_()
    (z + w + v).sum().backward()
    return x.grad, y.grad, z, w, v


@program
def versions_are_shared(torch):
    x = torch.zeros(4)
    v, d = x[1:], x.detach()
    v.add_(1)
    d[0] = 3.0
    x.mul_(2)
    return x._version, v._version, d._version, x


@program
def data_is_not_watched(torch):
    x = leaf(torch)
    y = x * 1
    z = (y * y).sum()
    y.data.mul_(2)
    z.backward()
    return x.grad, y._version


@program
def numpy_is_not_watched(torch):
    x = leaf(torch, [3.0, 4.0])
    z = (x * x).sum()
    x.detach().numpy()[0] = 18.0
    z.backward()
    return x.grad


@program
def clamp_in_place_and_friends(torch):
    x = leaf(torch, [0.25, 4.0])
    y = x * 1
    y.neg_()
    y.abs_()
    y.sub_(1, alpha=2)
    y.clamp_(-1, 1)
    y.div_(2)
    y.sum().backward()
    return x.grad, y


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_do_what_they_do_in_torch(name):
    ours, theirs = in_both(PROGRAMS[name])
    assert ours == theirs


# -- views made under no_grad -------------------------------------------------------------------------------

VIEWS_MADE_UNRECORDED = {
    "of-a-non-leaf": lambda torch, v: v.mul_(3),
    "by-what-requires-grad": lambda torch, v: v.mul_(torch.ones(1, requires_grad=True)),
    "by-setitem": lambda torch, v: v.__setitem__(0, 3.0),
}


@pytest.mark.parametrize("change", VIEWS_MADE_UNRECORDED.values(), ids=VIEWS_MADE_UNRECORDED)
def test_a_view_made_under_no_grad_is_not_changed_outside(change):
    for library in (minigrad, torch):
        y = library.ones(3, requires_grad=True) * 2
        with library.no_grad():
            v = y[0:1]
        with pytest.raises(RuntimeError, match="created in no_grad mode and is being modified inplace"):
            change(library, v)
        with library.no_grad():
            v.mul_(3)
        assert y.tolist() == [6.0, 2.0, 2.0]


def test_the_op_that_is_recorded_for_a_changed_view_computes_the_change():
    x, changed = np.arange(6.0), np.array([7.0, 8.0])
    assert ops.copy_slices(x, changed, np.array([1, 3])).tolist() == [0, 7, 2, 8, 4, 5]
    assert x.tolist() == [0, 1, 2, 3, 4, 5]


# -- programs that are drawn --------------------------------------------------------------------------------

VIEWS = [
    lambda t: t[0],
    lambda t: t[-1],
    lambda t: t[1:],
    lambda t: t[::2],
    lambda t: t.t() if t.ndim <= 2 else t.transpose(0, 1),
    lambda t: t.unsqueeze(0),
    lambda t: t[..., None],
    lambda t: t.view(t.shape),
    lambda t: t.detach(),
]
CHANGES = [
    lambda t, s: t.add_(s.sum()),
    lambda t, s: t.mul_(2),
    lambda t, s: t.neg_(),
    lambda t, s: t.sub_(t),
    lambda t, s: t.mul_(s.sum()),
    lambda t, s: t.zero_(),
    lambda t, s: t.copy_(s.sum()),
    lambda t, s: t.__setitem__(0, s.sum()) if t.ndim else t.fill_(3.0),
    lambda t, s: t.relu_(),
]
READS = [lambda t, s: t * s.sum(), lambda t, s: t + 1, lambda t, s: -t]
STEPS = st.one_of(
    st.tuples(st.just("view"), st.integers(0, len(VIEWS) - 1), st.integers(0, 9)),
    st.tuples(st.just("change"), st.integers(0, len(CHANGES) - 1), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.just("read"), st.integers(0, len(READS) - 1), st.integers(0, 9), st.integers(0, 9)),
)


def small_program(library, steps, grad_leaf, base_grad):
    """Views, changes and reads of the tensors so far; the values and gradients at the end, or how it failed."""
    x = library.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=grad_leaf)
    base = x * 1 if base_grad else library.tensor([[1.0, 2.0], [-1.0, 0.5]])
    tensors = [base, x * 2, x]
    try:
        for kind, which, *at in steps:
            chosen = [tensors[i % len(tensors)] for i in at]
            if kind == "view":
                if chosen[0].ndim and chosen[0].shape[0] > 0:
                    tensors.append(VIEWS[which](chosen[0]))
            elif kind == "change":
                if chosen[0].numel() and chosen[1].numel():
                    CHANGES[which](*chosen)
            else:
                tensors.append(READS[which](*chosen))
        total = sum((t.sum() * (i + 1) for i, t in enumerate(tensors)), library.zeros(()))
        values = [(t.tolist(), t.requires_grad, t.is_leaf, t._version) for t in tensors]
        names = [t.grad_fn.name().removeprefix("torch::autograd::") if t.grad_fn else None for t in tensors]
        if total.requires_grad:
            total.backward()
    except (RuntimeError, IndexError) as error:
        return type(error), before_the_advice(str(error))
    return values, names, None if x.grad is None else x.grad.tolist()


@given(st.lists(STEPS, max_size=8), st.booleans(), st.booleans())
def test_drawn_programs_of_views_and_changes_in_place(steps, grad_leaf, base_grad):
    ours = small_program(minigrad, steps, grad_leaf, base_grad)
    theirs = small_program(torch, steps, grad_leaf, base_grad)
    assert ours == theirs


def test_a_vector_times_a_matrix_counts_a_change_as_torchs_squeeze_does():
    def program(t):
        z = t.ones(2, requires_grad=True) @ t.ones(2, 3)
        versions = [z._version]
        with t.inference_mode():
            w = t.ones(2) @ t.ones(2, 3)
        z.mul_(z)
        return [*versions, z._version, w.is_inference()]

    ours, theirs = in_both(program)
    assert ours == theirs
