"""The autograd engine as a user sees it: the same programs, and the same misuse, in both libraries."""

import copy
import gc
import inspect
import itertools
import operator
import re
import warnings
import weakref

import numpy as np
import pytest
import torch
from both import registry
from hypothesis import given
from hypothesis import strategies as st

import minigrad

BOTH = pytest.mark.parametrize("library", [minigrad, torch], ids=["minigrad", "torch"])


@pytest.fixture(autouse=True)
def _recording():
    yield
    assert minigrad.is_grad_enabled()
    assert torch.is_grad_enabled()


def leaf(library, values=(1.0, 2.0), **options):
    return library.tensor(values, requires_grad=True, **options)


def plain(value):
    """What can be compared between the libraries: tensors as lists with their types, nodes as names."""
    if isinstance(value, (minigrad.Tensor, torch.Tensor)):
        node = value.grad_fn.name().removeprefix("torch::autograd::") if value.grad_fn is not None else None
        return str(value.dtype), value.tolist(), node, value.requires_grad
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def both(program):
    """What a program returns in each library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return plain(program(minigrad)), plain(program(torch))


# -- programs -----------------------------------------------------------------------------------------------

PROGRAMS, program = registry()


@program
def backward_of_a_sum_runs_twice(torch):
    x = leaf(torch)
    y = x.sum()
    y.backward()
    y.backward()
    return x.grad


@program
def backward_of_an_addition_runs_twice(torch):
    x = leaf(torch)
    y = x + x
    y.backward(torch.ones(2))
    y.backward(torch.ones(2))
    return x.grad


@program
def retain_graph_lets_backward_run_twice(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


@program
def one_element_needs_no_gradient(torch):
    x = leaf(torch, [[3.0]])
    (x * x).backward()
    return x.grad


@program
def backward_with_a_gradient(torch):
    x = leaf(torch)
    (x * 2).backward(torch.tensor([1.0, 10.0]))
    return x.grad


@program
def gradient_of_another_type(torch):
    x = leaf(torch)
    (x * 2).backward(torch.tensor([1.0, 10.0], dtype=torch.float64))
    return x.grad


@program
def backward_on_a_leaf(torch):
    x = leaf(torch, 3.0)
    x.backward()
    return x.grad


@program
def backward_from_several(torch):
    x, y = leaf(torch), leaf(torch)
    torch.autograd.backward([(x * y).sum(), (x + y).sum()])
    return x.grad, y.grad


@program
def backward_into_some_inputs_only(torch):
    x, y = leaf(torch), leaf(torch)
    z = x * y
    (z * z).sum().backward(inputs=[x])
    return x.grad, y.grad


@program
def backward_into_several_tensors_within(torch):
    x = leaf(torch)
    y, z = x * 3, x * 5
    (y * z).sum().backward(inputs=[y, z])
    return y.grad, z.grad


@program
def backward_into_a_tensor_within(torch):
    x = leaf(torch)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward(inputs=[y])
    return x.grad, y.grad


@program
def accumulation(torch):
    x = leaf(torch)
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    return x.grad is first, x.grad


@program
def accumulation_with_create_graph(torch):
    x = leaf(torch)
    (x * x).sum().backward(create_graph=True)
    first = x.grad
    (x * x).sum().backward(create_graph=True)
    answer = x.grad is first, x.grad.requires_grad, x.grad.detach()
    x.grad = None
    return answer


@program
def a_detached_gradient_kept_by_the_user_changes_with_accumulation(torch):
    x = leaf(torch)
    (x * 2).sum().backward()
    kept = x.grad.detach()
    (x * 3).sum().backward()
    return kept


@program
def grad_touches_nothing(torch):
    x = leaf(torch)
    return torch.autograd.grad((x * x).sum(), x), x.grad


@program
def grad_of_several(torch):
    x, y = leaf(torch), leaf(torch)
    return torch.autograd.grad([(x * y).sum(), x.sum()], [y, x])


@program
def grad_with_outputs(torch):
    x = leaf(torch)
    return torch.autograd.grad(x * x, x, torch.tensor([1.0, 10.0]))


@program
def grad_of_a_tensor_within(torch):
    x = leaf(torch)
    y = x * 3
    return torch.autograd.grad((y * y * x).sum(), [y, x])


@program
def grad_of_the_output_itself(torch):
    x = leaf(torch, 2.0)
    y = x * x
    return torch.autograd.grad(y, [y, x])


@program
def grad_twice_for_one_input(torch):
    x = leaf(torch)
    return torch.autograd.grad((x * x).sum(), [x, x])


@program
def grad_unused(torch):
    x, y = leaf(torch), leaf(torch)
    return (
        torch.autograd.grad(x.sum(), [x, y], allow_unused=True),
        torch.autograd.grad(x.sum(), [y], materialize_grads=True),
    )


@program
def grad_runs_only_what_is_needed(torch):
    x, y = leaf(torch), leaf(torch)
    z = (x * x).sum() + (y * y).sum()
    return torch.autograd.grad(z, x)


@program
def derivatives_to_the_third(torch):
    x = leaf(torch, [2.0, 3.0])
    (first,) = torch.autograd.grad((x**4).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    return first, second, third


@program
def mixed_second_derivative(torch):
    x, y = leaf(torch), leaf(torch, [3.0, 5.0])
    (dx,) = torch.autograd.grad((x * x * y).sum(), x, create_graph=True)
    return torch.autograd.grad(dx.sum(), [x, y])


@program
def backward_through_a_gradient(torch):
    x = leaf(torch)
    (dx,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
    (dx * dx).sum().backward()
    return x.grad


@program
def requires_grad_spreads(torch):
    x, y = leaf(torch), torch.ones(2)
    with torch.no_grad():
        z = x * 2
    return (
        (x * y).requires_grad,
        (y * y).requires_grad,
        z.requires_grad,
        (x > 0).requires_grad,
        x.is_leaf,
        (x * 1).is_leaf,
    )


@program
def detach_shares_memory(torch):
    x = leaf(torch)
    y = x.detach()
    y[0] = 7.0
    return y.requires_grad, y.is_leaf, x.detach(), x._version


@program
def detach_in_place(torch):
    x = leaf(torch)
    y = x * 2
    y.detach_()
    z = (y * leaf(torch)).sum()
    z.backward()
    return x.grad, y.requires_grad, y.is_leaf


@program
def clone_carries_gradients(torch):
    x = leaf(torch)
    (x.clone() * 3).sum().backward()
    return x.grad


@program
def retain_grad_of_a_tensor_within(torch):
    x = leaf(torch)
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    (y * y).sum().backward()
    return y.grad, x.grad


@program
def hooks_replace_in_order(torch):
    x, seen = leaf(torch), []
    y = x * 2
    y.register_hook(lambda dz: seen.append(dz.tolist()))
    y.register_hook(lambda dz: dz * 10)
    y.register_hook(lambda dz: dz + 1)
    y.sum().backward()
    return x.grad, seen


@program
def hooks_can_be_removed(torch):
    x = leaf(torch)
    handle = x.register_hook(lambda dz: dz * 100)
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    return x.grad


@program
def a_leafs_hook_sees_the_sum_of_this_pass(torch):
    x, seen = leaf(torch), []
    x.register_hook(lambda dz: seen.append(dz.tolist()))
    (x + x * 3).sum().backward()
    x.sum().backward()
    return seen, x.grad


@program
def hook_after_accumulation(torch):
    x, seen = leaf(torch), []
    x.register_hook(lambda dz: dz * 3)
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.tolist())))
    x.sum().backward()
    x.sum().backward()
    return seen


@program
def retain_grad_after_hooks(torch):
    x = leaf(torch)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda dz: dz * 5)
    y.sum().backward()
    return y.grad, x.grad


@program
def the_graph_can_be_walked(torch):
    x = leaf(torch)
    y = (x * 2 + 1).sum()
    add = y.grad_fn.next_functions[0][0]
    mul = add.next_functions[0][0]
    end = mul.next_functions[0][0]
    return (
        y.grad_fn.name(),
        add.name(),
        mul.name(),
        end.variable is x,
        len(add.next_functions),
        add.next_functions[1],
    )


@program
def next_functions_are_those_of_differentiable_inputs(torch):
    x, y, F = leaf(torch), leaf(torch), torch.nn.functional
    classes = torch.zeros(len(x), dtype=torch.int64)
    rows = torch.stack([x.detach(), x, y]), torch.cat([x, y.detach()]), torch.where(x.detach() > 0, x, y)
    made = [
        *rows,
        x * 2,
        x.detach() * y,
        rows[0].sum(1),
        rows[0].mean(0, True),
        x.clamp(0, 1),
        x[0],
        rows[0].t() * 2,
    ]
    made += [
        F.nll_loss(F.log_softmax(rows[0].t(), 1), classes),
        F.mse_loss(x, y),
        x.masked_fill(x > 0, y.sum()),
    ]
    rows[0][classes[:1]] = y * 3
    made += [rows[0]]
    return [[f and f.name().rpartition("::")[2] for f, _ in z.grad_fn.next_functions] for z in made]


@program
def a_function_may_return_what_is_no_tensor(torch):
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, n):
            ctx.n = n
            return x * n, n

        @staticmethod
        def backward(ctx, dz, dn):
            return dz * ctx.n, None

    x = leaf(torch)
    z, n = Scaled.apply(x, 3)
    z.sum().backward()
    return z.detach(), n, x.grad


@program
def deleting_grad(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    del x.grad
    first = x.grad
    (x * 3).sum().backward()
    return first, x.grad


@program
def a_view_of_what_has_come_to_want_a_gradient(torch):
    a = torch.ones(2)
    b = a[:1]
    a.mul_(leaf(torch))
    return b.requires_grad, b.is_leaf


@program
def a_retained_gradient_with_a_history(torch):
    x = leaf(torch)
    y = x * 3
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a cycle, which this test makes on purpose
        (y * y * y).sum().backward(create_graph=True)
    y.grad.sum().backward()
    return y.grad.detach(), x.grad.detach()


@program
def an_inference_tensor_may_be_told_to_want_no_gradient(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    return x.requires_grad_(False).requires_grad


@program
def setting_grad_by_hand(torch):
    x = leaf(torch)
    x.grad = torch.ones(2)
    (x * 2).sum().backward()
    first = x.grad
    x.grad = None
    x.sum().backward()
    return first, x.grad


@program
def zeroing_grad_in_place(torch):
    x = leaf(torch)
    x.sum().backward()
    x.grad.zero_()
    (x * 2).sum().backward()
    return x.grad


@program
def no_grad_update_keeps_the_leaf(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    with torch.no_grad():
        x -= 0.25 * x.grad
    return x.is_leaf, x.requires_grad, x.detach(), x._version


@program
def rebinding_loses_the_leaf(torch):
    x = leaf(torch)
    x.sum().backward()
    y = x - 0.5 * x.grad
    with torch.no_grad():
        z = x - 0.5 * x.grad
    return y.is_leaf, y.requires_grad, z.is_leaf, z.requires_grad


@program
def a_tensor_made_in_no_grad_can_want_gradients(torch):
    with torch.no_grad():
        x = leaf(torch)
    (x * 2).sum().backward()
    return x.grad


@program
def integers_beside_floats_get_no_gradient(torch):
    x, k = leaf(torch), torch.tensor([3, 4])
    (x * k).sum().backward()
    return x.grad, k.grad


@program
def gradients_keep_the_inputs_type(torch):
    x, y = leaf(torch), leaf(torch, [3.0, 4.0], dtype=torch.float64)
    (x * y).sum().backward()
    return x.grad, y.grad


@program
def zero_d_beside_dimensioned(torch):
    x, y = leaf(torch, 3.0, dtype=torch.float64), leaf(torch)
    z = x * y
    z.sum().backward()
    return z, x.grad, y.grad


# In place


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
    ours, theirs = both(PROGRAMS[name])
    assert ours == theirs


# -- misuse -------------------------------------------------------------------------------------------------


def changed_after_it_was_saved(torch, change, f=lambda y: y * y):
    x = leaf(torch)
    y = x + 1
    z = f(y)
    change(y, z)
    z.sum().backward()


def changed_before_the_second_derivative(torch):
    x = leaf(torch)
    y = x * 1
    (dx,) = torch.autograd.grad((y * y * y).sum(), x, create_graph=True)
    y.add_(1)
    dx.sum().backward()


def twice(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward()
    y.backward()


def step_between(torch):
    w, x = leaf(torch), leaf(torch)
    z = (w * x).sum()
    with torch.no_grad():
        w -= 1
    z.backward()


def wrong_number(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, dz):
            return dz

    Bad.apply(leaf(torch), leaf(torch)).sum().backward()


def wrong_shape(torch):
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sum()

        @staticmethod
        def backward(ctx, dz):
            return torch.ones(3)

    Bad.apply(leaf(torch)).backward()


def no_backward(torch):
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

    Half.apply(leaf(torch)).sum().backward()


def no_forward(torch):
    class Empty(torch.autograd.Function):
        pass

    Empty.apply(leaf(torch))


def function_twice(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, dz):
            return 2 * ctx.saved_tensors[0] * dz

    z = Square.apply(leaf(torch)).sum()
    z.backward()
    z.backward()


def function_changed(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, dz):
            return 2 * ctx.saved_tensors[0] * dz

    y = leaf(torch) * 1
    z = Square.apply(y).sum()
    y.add_(1)
    z.backward()


MISUSE = {
    "backward twice": twice,
    "no gradient for many elements": lambda torch: (leaf(torch) * 2).backward(),
    "gradient of a wrong shape": lambda torch: (leaf(torch) * 2).backward(torch.ones(3)),
    "gradient is not broadcast": lambda torch: (leaf(torch) * 2).backward(torch.tensor(1.0)),
    "nothing requires grad": lambda torch: torch.ones(1).backward(),
    "grad of many elements": lambda torch: torch.autograd.grad(leaf(torch) * 2, leaf(torch)),
    "integers require grad": lambda torch: torch.tensor([1, 2], requires_grad=True),
    "integers require grad later": lambda torch: torch.tensor([1, 2]).requires_grad_(),
    "flag of a computed tensor": lambda torch: setattr(leaf(torch) * 2, "requires_grad", False),
    "grad unused": lambda torch: torch.autograd.grad(leaf(torch).sum(), leaf(torch)),
    "grad of what requires none": lambda torch: torch.autograd.grad(leaf(torch).sum(), torch.ones(2)),
    "backward into nothing": lambda torch: leaf(torch).sum().backward(inputs=[]),
    "retain_grad without grad": lambda torch: torch.ones(2).retain_grad(),
    "hook without grad": lambda torch: torch.ones(2).register_hook(print),
    "post hook without grad": lambda torch: torch.ones(2).register_post_accumulate_grad_hook(print),
    "post hook on a computed tensor": lambda torch: (leaf(torch) * 2).register_post_accumulate_grad_hook(print),
    "grad of a wrong shape": lambda torch: setattr(leaf(torch), "grad", torch.ones(3)),
    "grad of a wrong type": lambda torch: setattr(leaf(torch), "grad", np.ones(2)),
    "grad of a wrong dtype": lambda torch: setattr(leaf(torch), "grad", torch.ones(2, dtype=torch.float64)),
    "numpy of what requires grad": lambda torch: leaf(torch).numpy(),
    "deepcopy of a computed tensor": lambda torch: copy.deepcopy(leaf(torch) * 2),
    "leaf add_": lambda torch: leaf(torch).add_(1),
    "leaf +=": lambda torch: leaf(torch).__iadd__(1),
    "leaf zero_": lambda torch: leaf(torch).zero_(),
    "leaf fill_": lambda torch: leaf(torch).fill_(1.0),
    "leaf copy_": lambda torch: leaf(torch).copy_(torch.ones(2)),
    "leaf setitem": lambda torch: leaf(torch).__setitem__(0, 1.0),
    "leaf setitem whole": lambda torch: leaf(torch).__setitem__(slice(None), 1.0),
    "leaf setitem ...": lambda torch: leaf(torch).__setitem__(..., 1.0),
    "leaf setitem mask": lambda torch: leaf(torch).__setitem__(torch.tensor([True, False]), 1.0),
    "view of a leaf": lambda torch: leaf(torch).view(2).mul_(2),
    "view of a view of a leaf": lambda torch: leaf(torch).view(2)[1:].mul_(2),
    "saved for the second derivative changed": changed_before_the_second_derivative,
    "saved input changed": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y.add_(1)),
    "saved output changed": lambda torch: changed_after_it_was_saved(torch, lambda y, z: z.add_(1), lambda y: y.exp()),
    "saved changed through a view": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y[0].mul_(2)),
    "saved changed by setitem": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y.__setitem__(0, 2.0)),
    "saved changed through detach": lambda torch: changed_after_it_was_saved(torch, lambda y, z: y.detach().mul_(2)),
    "saved view changed through its base": lambda torch: changed_after_it_was_saved(
        torch, lambda y, z: y.mul_(2), lambda y: y[:] * y[:]
    ),
    "weights stepped between forward and backward": step_between,
    "in place of another shape": lambda torch: (leaf(torch) * 1).add_(torch.ones(2, 2)),
    "in place of another type": lambda torch: torch.tensor([1, 2]).add_(0.5),
    "in place of an expanded tensor": lambda torch: torch.ones(1).expand(3).add_(1),
    "detach_ of a view": lambda torch: (leaf(torch) * 1)[0].detach_(),
    "Function: wrong number": wrong_number,
    "Function: wrong shape": wrong_shape,
    "Function: no backward": no_backward,
    "Function: no forward": no_forward,
    "Function: backward twice": function_twice,
    "Function: saved changed": function_changed,
    "grad is not a tensor": lambda torch: leaf(torch).sum().backward(2.0),
    "gradcheck without inputs": lambda torch: torch.autograd.gradcheck(lambda x: x * 2, (torch.ones(2),)),
}  # fmt: skip


def failure(program, library):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program(library)
        except Exception as error:
            return error
    pytest.fail(f"{library.__name__} raises nothing")


def first_sentence(text):
    text = re.sub(
        r", which is output 0 of [\w:]+,", "", text
    )  # torch names the last to change it, we the first to make it
    for end in (". ", ".\n", "\n", ": Hint", " Hint"):
        text = text.split(end)[0]
    return text.rstrip(". ")


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_raises_torchs_type_and_first_sentence(name):
    ours, theirs = failure(MISUSE[name], minigrad), failure(MISUSE[name], torch)
    assert type(ours) is type(theirs), ours
    assert first_sentence(str(ours)) == first_sentence(str(theirs))


# -- recording or not ---------------------------------------------------------------------------------------


@BOTH
def test_modes_nest_and_are_restored(library):
    states = []
    note = lambda: states.append(library.is_grad_enabled())
    with library.no_grad():
        note()
        with library.enable_grad():
            note()
            with library.set_grad_enabled(False):
                note()
            note()
        note()
    note()
    with pytest.raises(ZeroDivisionError), library.no_grad():
        raise ZeroDivisionError
    note()
    assert states == [False, True, False, True, False, True, True]


@BOTH
def test_modes_decorate_with_and_without_parentheses(library):
    @library.no_grad
    def bare():
        return library.is_grad_enabled()

    @library.no_grad()
    def called():
        """Its doc."""
        return library.is_grad_enabled()

    @library.enable_grad()
    def enabled(raising=False):
        if raising:
            raise ZeroDivisionError
        return library.is_grad_enabled()

    @library.set_grad_enabled(False)
    def switched():
        return library.is_grad_enabled()

    assert not bare()
    assert not called()
    assert called.__name__ == "called"
    assert called.__doc__ == "Its doc."
    assert not switched()
    assert library.is_grad_enabled()
    with library.no_grad():
        assert enabled()
        with pytest.raises(ZeroDivisionError):
            enabled(raising=True)
        assert not library.is_grad_enabled()
    assert library.is_grad_enabled()


@BOTH
def test_set_grad_enabled_is_a_function_too(library):
    library.set_grad_enabled(False)
    assert not library.is_grad_enabled()
    library.set_grad_enabled(True)
    assert library.is_grad_enabled()


def test_one_switch_can_be_entered_twice():
    switch = minigrad.no_grad()  # torch's forgets what was before
    with switch, switch:
        assert not minigrad.is_grad_enabled()
    assert minigrad.is_grad_enabled()


@BOTH
def test_backward_runs_in_no_grad(library):
    x = leaf(library)
    z = (x * x).sum()
    with library.no_grad():
        z.backward()
    assert x.grad.tolist() == [2, 4]


# -- what callers may leave out -----------------------------------------------------------------------------

CALLED = """
    autograd.backward autograd.grad autograd.gradcheck autograd.gradgradcheck autograd.set_detect_anomaly
    autograd.detect_anomaly Tensor.backward Tensor.register_hook set_grad_enabled
    inference_mode optim.SGD optim.SGD.step optim.SGD.zero_grad optim.Optimizer nn.utils.clip_grad_norm_
""".split()


@pytest.mark.parametrize("name", CALLED)
def test_what_callers_leave_out_is_what_torch_takes_it_for(name):
    ours, theirs = (
        {p.name: p.default for p in inspect.signature(operator.attrgetter(name)(library)).parameters.values()}
        for library in (minigrad, torch)
    )
    shared = (ours.keys() & theirs.keys()) - {"self"}
    assert shared
    for parameter in shared:
        assert ours[parameter] == theirs[parameter], parameter


# -- who owns a gradient ------------------------------------------------------------------------------------

SHARING = {
    "add": lambda x, y: x + y,
    "add twice": lambda x, y: x + y + x,
    "sum": lambda x, y: (x + y).sum(),
    "reshape": lambda x, y: x.reshape(2, 1) + y.reshape(2, 1),
    "clone": lambda x, y: x.clone() + y.clone(),
    "stack": lambda x, y: minigrad.stack([x, y]),
    "cat": lambda x, y: minigrad.cat([x, y]),
    "transpose": lambda x, y: x.t() + y.t(),
    "expand": lambda x, y: x.expand(3, 2) + y,
    "view": lambda x, y: x[:] + y[...],
    "copy_slices": lambda x, y: stacked(x, y),
    "product of a sum": lambda x, y: (x + y) * 2,
    "product of a sum of sums": lambda x, y: ((x + y) + (y + x)) * 2,
}


def stacked(x, y):
    z = minigrad.zeros(2, 2)
    z[0], z[1] = x, y
    return z


@pytest.mark.parametrize("name", SHARING)
def test_no_two_gradients_share_memory(name):
    x, y = leaf(minigrad), leaf(minigrad, [3.0, 4.0])
    z = SHARING[name](x, y)
    dz = minigrad.ones(z.shape)
    z.backward(dz)
    for a, b in itertools.combinations([x.grad.array, y.grad.array, dz.array, z.array], 2):
        assert not np.shares_memory(a, b)
    assert x.grad.array.flags.writeable
    before = y.grad.tolist()
    x.grad.add_(1)
    assert y.grad.tolist() == before
    assert dz.tolist() == minigrad.ones(z.shape).tolist()


def test_a_gradient_handed_in_twice_is_copied():
    x, y, dz = leaf(minigrad), leaf(minigrad), minigrad.ones(2)
    minigrad.autograd.backward([x, y], [dz, dz])
    x.grad.add_(5)
    assert (dz.tolist(), y.grad.tolist()) == ([1, 1], [1, 1])


def test_grad_returns_arrays_of_its_own():
    x, y = leaf(minigrad), leaf(minigrad)
    dx, dy = minigrad.autograd.grad((x + y).sum(), [x, y])
    dx.add_(1)
    assert dy.tolist() == [1, 1]


# -- changes in place, drawn --------------------------------------------------------------------------------

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
        return type(error), first_sentence(str(error))
    return values, names, None if x.grad is None else x.grad.tolist()


@given(st.lists(STEPS, max_size=8), st.booleans(), st.booleans())
def test_drawn_programs_of_views_and_changes_in_place(steps, grad_leaf, base_grad):
    ours = small_program(minigrad, steps, grad_leaf, base_grad)
    theirs = small_program(torch, steps, grad_leaf, base_grad)
    assert ours == theirs


# -- Function -----------------------------------------------------------------------------------------------


def functions(library):
    """The same ops of their own in either library."""

    class Cube(library.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.save_for_backward(x)
            ctx.scale = scale
            return x * x * x * scale

        @staticmethod
        def backward(ctx, dz):
            (x,) = ctx.saved_tensors
            return 3 * x * x * ctx.scale * dz, None

    class Exp(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            z = x.exp()
            ctx.save_for_backward(z)
            return z

        @staticmethod
        def backward(ctx, dz):
            return dz * ctx.saved_tensors[0]

    class SumAndProduct(library.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x + y, x * y

        @staticmethod
        def backward(ctx, ds, dp):
            x, y = ctx.saved_tensors
            seen.append((ctx.needs_input_grad, ds.tolist(), dp.tolist()))
            return ds + dp * y, (ds + dp * x if ctx.needs_input_grad[1] else None)

    class Top(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            at = library.argmax(x)
            ctx.mark_non_differentiable(at)
            ctx.at, ctx.n = at, len(x)
            return x[at], at

        @staticmethod
        def backward(ctx, dz, dat):
            dx = library.zeros(ctx.n)
            dx[ctx.at] = dz
            return dx, None, None

    seen = []
    return Cube, Exp, SumAndProduct, Top, seen


def custom(library, which):
    cube, exp, both_of, top, seen = functions(library)
    x, y = leaf(library), leaf(library, [3.0, 5.0])
    if which == "value and gradient":
        z = cube.apply(x, 2)
        z.sum().backward()
        return z, x.grad
    if which == "twice differentiable":
        (dx,) = library.autograd.grad(cube.apply(x, 1).sum(), x, create_graph=True)
        (ddx,) = library.autograd.grad(dx.sum(), x)
        return dx.detach(), ddx
    if which == "twice through a saved output":
        x = leaf(library, [0.0, 0.0])
        (dx,) = library.autograd.grad(exp.apply(x).sum(), x, create_graph=True)
        return dx.detach(), library.autograd.grad(dx.sum(), x)
    if which == "several outputs":
        s, p = both_of.apply(x, y)
        (s * 2 + p).sum().backward()
        return s, p, x.grad, y.grad, seen
    if which == "one of several outputs":
        _, p = both_of.apply(x, y.detach())
        p.sum().backward()
        return x.grad, y.grad, seen
    if which == "outputs without a gradient":
        value, at = top.apply(x)
        (value * 7).backward()
        return value, at, x.grad
    with library.no_grad():
        return cube.apply(x, 1)


@pytest.mark.parametrize(
    "which",
    [
        "value and gradient", "twice differentiable", "twice through a saved output", "several outputs",
        "one of several outputs", "outputs without a gradient", "unrecorded",
    ],
)  # fmt: skip
def test_functions_of_ones_own(which):
    assert plain(custom(minigrad, which)) == plain(custom(torch, which))


# -- gradcheck itself ---------------------------------------------------------------------------------------


@BOTH
def test_gradcheck_finds_a_wrong_rule(library):
    class Wrong(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, dz):
            return dz * 3

    x = leaf(library, dtype=library.float64)
    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"):
        library.autograd.gradcheck(Wrong.apply, (x,))
    assert not library.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)
    assert library.autograd.gradcheck(lambda x: x * 2, x)
    assert library.autograd.gradgradcheck(lambda x: x * x, x)


@BOTH
def test_gradgradcheck_looks_at_the_gradient_that_arrives_and_only_at_inputs_that_want_one(library):
    class Crooked(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, dz):
            return dz * 2 + (dz * dz).detach()

    x, y = leaf(library, dtype=library.float64), leaf(library, dtype=library.float64).detach()
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        library.autograd.gradgradcheck(Crooked.apply, x)
    assert library.autograd.gradgradcheck(lambda x, y: x * x * y, (x, y))


@BOTH
def test_gradcheck_of_outputs_that_lie_otherwise_or_have_no_gradient(library):
    x = library.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=library.float64, requires_grad=True)
    assert library.autograd.gradcheck(lambda x: x.t() * 2, x)
    assert library.autograd.gradcheck(lambda x: (x * 2, x.long()), x)  # which jumps at whole numbers


def test_gradcheck_shows_both_jacobians_as_torch_does():
    def message(library, dtype):
        class Wrong(library.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x.sum() * 2, y * 2

            @staticmethod
            def backward(ctx, dx, dy):
                return dx * 2 * library.ones(2), dy * 3

        x, y = (leaf(library, dtype=getattr(library, dtype)) for _ in range(2))
        check = lambda t: t.autograd.gradcheck(Wrong.apply, (x, y), eps=0.25)  # a power of two: no rounding
        return str(failure(check, library)).replace("torch.", "").replace("minigrad.", "")

    for dtype in ("float32", "float64"):
        ours, theirs = message(minigrad, dtype), message(torch, dtype)
        assert ours.startswith(theirs), ours


# -- second derivatives of a loss ---------------------------------------------------------------------------


def hessian_vector_product(library, x, v, target):
    nll = library.nn.functional.nll_loss
    x, v = library.from_numpy(x.copy()).requires_grad_(), library.from_numpy(v)
    loss = nll(library.log_softmax(x, dim=1), library.from_numpy(target))
    (dx,) = library.autograd.grad(loss, x, create_graph=True)
    return library.autograd.grad((dx * v).sum(), x)[0].numpy()


@given(st.integers(0, 2**32 - 1))
def test_the_hessian_of_cross_entropy_in_float64(seed):
    rng = np.random.default_rng(seed)
    x, v, target = rng.normal(0, 3, (4, 5)), rng.standard_normal((4, 5)), rng.integers(0, 5, 4)
    z = x.astype(np.longdouble)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    truth = (p * v - p * (p * v).sum(1, keepdims=True)) / 4
    # Hv = p·(v - Σp·v)/N. Each p errs by a relative 4u + 2·8u (exp, log) + 4·|x|u < 80u at |x| < 15, every
    # other step, about ten, by u; all are relative to terms no larger than these:
    size = (p * abs(v) + p * (p * abs(v)).sum(1, keepdims=True)) / 4
    bound = 200 * 2**-53 * size
    assert (abs(hessian_vector_product(minigrad, x, v, target) - truth) <= bound).all()
    assert (abs(hessian_vector_product(torch, x, v, target) - truth) <= bound).all()


# -- what nodes hold ----------------------------------------------------------------------------------------


def test_a_graph_dies_with_its_last_tensor():
    gc.disable()
    try:
        x = leaf(minigrad)
        y = x * x
        node = weakref.ref(y.grad_fn)
        z = y.sum()
        del y
        assert node() is not None
        del z
        assert node() is None
    finally:
        gc.enable()


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


def test_a_gradient_that_lies_column_after_column_is_scattered_all_the_same():
    def gradient(torch):
        a = torch.ones(3, 3, requires_grad=True)
        d = a.gather(0, torch.tensor([[0, 0, 0], [1, 1, 1], [2, 2, 0]]))
        (dx,) = torch.autograd.grad(d.mT, a, torch.arange(9.0).reshape(3, 3))
        return dx.tolist()

    assert gradient(minigrad) == gradient(torch)
