"""backward, grad, leaves, hooks and the graph as a user sees them: the same programs in both libraries."""

import inspect
import operator
import warnings

import pytest
import torch
from both import in_both, leaf, registry

import minigrad

pytestmark = pytest.mark.usefixtures("recording_stays_on")
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
def deleting_grad(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    del x.grad
    first = x.grad
    (x * 3).sum().backward()
    return first, x.grad


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
def a_leaf_that_is_told_again_to_want_gradients_keeps_its_node(torch):
    x = leaf(torch)
    node = (x * 2).grad_fn.next_functions[0][0]
    x.requires_grad_()
    return (x * 2).grad_fn.next_functions[0][0] is node


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


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_do_what_they_do_in_torch(name):
    ours, theirs = in_both(PROGRAMS[name])
    assert ours == theirs


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


@pytest.mark.parametrize("bias", [True, False])
def test_next_functions_of_a_linear_layer_begin_as_torchs(bias):
    """torch has one node more, which transposes the weight, and it comes last."""
    names = []
    for lib in (minigrad, torch):
        x = lib.ones(2, 3, requires_grad=True).relu()
        node = lib.nn.Linear(3, 2, bias=bias)(x).grad_fn
        names.append([f.name().rpartition("::")[2] for f, _ in node.next_functions])
    assert names[0][:-1] == names[1][:-1]
