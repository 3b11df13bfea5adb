"""copy, deepcopy and pickle of tensors: what is kept, what is shared, and what is refused."""

import copy
import pickle

import pytest
from both import for_every, last, tells_the_same

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "pickle by protocol 2": lambda x: pickle.loads(pickle.dumps(x, 2)),
}


def an_attribute(t, way):
    x = t.ones(2)
    x.note = "n"
    y = way(x)
    return (y, y.note, y is x)


def an_attribute_that_is_a_tensor(t, way):
    x = t.ones(2)
    x.other = t.zeros(2)
    return way(x).other


def an_attribute_that_is_a_view(t, way):
    x = t.ones(2)
    x.parts = [x[:1]]
    y = way(x)
    y.add_(1)
    return y.parts[0]


def an_attribute_of_a_leaf(t, way):
    x = t.ones(2, requires_grad=True)
    x.note = [1]
    y = way(x)
    return (y, y.note, y.is_leaf)


def an_attribute_with_a_history(t, way):
    x = t.ones(2, requires_grad=True)
    x.other = x * 2
    return way(x).other.requires_grad


def a_leaf_and_its_gradient(t, way):
    x = t.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    y, g = way([x, x.grad])
    return (y.grad is g, g)


def a_leaf_and_what_was_detached(t, way):
    x = t.ones(2, requires_grad=True)
    y, d = way([x, x.detach()])
    d.add_(1)
    return (y, d)


def an_attribute_of_a_parameter(t, way):
    p = t.nn.Parameter(t.ones(2))
    p.note = "n"
    q = way(p)
    return (q, type(q).__name__, hasattr(q, "note"))


def a_parameter_and_its_data(t, way):
    p = t.nn.Parameter(t.ones(2))
    q, d = way([p, p.data])
    d.add_(1)
    return (q, d)


def one_tensor_twice(t, way):
    x = t.arange(4.0)
    a, b = way([x, x])
    return a is b


def a_tensor_and_its_beginning(t, way):
    x = t.arange(4.0)
    a, b = way([x, x[:2]])
    a[0] = 9
    return (a, b, x)


def a_part_and_its_tensor(t, way):
    x = t.arange(4.0)
    a, b = way([x[1:3], x])
    b[1] = 9
    return (a, b, x)


def two_parts_that_overlap(t, way):
    x = t.arange(4.0)
    a, b = way([x[:3], x[1:]])
    b[0] = 9
    return (a, b, x)


def a_tensor_and_its_transpose(t, way):
    x = t.arange(4.0).reshape(2, 2)
    a, b = way([x.t(), x])
    b[0, 1] = 9
    return (a, b, a.stride())


def a_dict_of_a_tensor_and_its_end(t, way):
    x = t.arange(4.0)
    d = way({"x": x, "y": x[2:]})
    d["x"][3] = 9
    return d


def a_row_and_its_transposed_tensor(t, way):
    x = t.arange(6.0).reshape(2, 3).t()
    a, b = way([x[0], x])
    b[0, 1] = 9
    return (a, b)


def a_0d_tensor_and_its_view(t, way):
    x = t.tensor(1.5)
    a, b = way([x, x.view(1)])
    a.add_(1)
    return (a, b)


def integers_and_their_view(t, way):
    x = t.arange(3)
    a, b = way([x, x.view(3, 1)])
    a[0] = 7
    return (a, b)


def two_modules_that_share_a_weight(t, way):
    m = t.nn.Linear(2, 2)
    n = t.nn.Linear(2, 2)
    n.weight = m.weight
    a, b = way([m, n])
    return a.weight is b.weight


def a_module_and_its_optimiser(t, way):
    m = t.nn.Linear(2, 2)
    n, o = way([m, t.optim.SGD(m.parameters(), 0.5)])
    return o.param_groups[0]["params"][0] is n.weight


PROGRAMS = [
    an_attribute,
    an_attribute_that_is_a_tensor,
    an_attribute_that_is_a_view,
    an_attribute_of_a_leaf,
    an_attribute_with_a_history,
    lambda t, way: last(
        x := t.ones(2, requires_grad=True),
        (x * 2).sum().backward(),
        y := way(x),
        (y, y.grad, y.grad is x.grad),
    ),
    a_leaf_and_its_gradient,
    lambda t, way: last(
        x := t.ones(2, requires_grad=True), y := way(x), (y * 3).sum().backward(), (y.grad, x.grad)
    ),
    lambda t, way: last(x := t.ones(2, requires_grad=True), z := x * 2, way([x]), z.sum().backward(), x.grad),
    lambda t, way: last(x := t.ones(2, requires_grad=True), way(x * 2)),
    lambda t, way: last(x := t.ones(2, requires_grad=True), way(x[:1])),
    a_leaf_and_what_was_detached,
    an_attribute_of_a_parameter,
    lambda t, way: last(p := t.nn.Parameter(t.ones(2)), (p * 2).sum().backward(), q := way(p), (q, q.grad)),
    lambda t, way: last(p := t.nn.Parameter(t.ones(2), requires_grad=False), way(p)),
    lambda t, way: last(
        x := t.ones(2).requires_grad_().requires_grad_(False),
        y := way(x).requires_grad_(),
        (y * 2).sum().backward(),
        y.grad,
    ),
    a_parameter_and_its_data,
    lambda t, way: last(x := t.arange(4.0), way(x[1:3])),
    lambda t, way: last(x := t.arange(6.0).reshape(2, 3).t(), y := way(x), (y, y.stride())),
    one_tensor_twice,
    a_tensor_and_its_beginning,
    a_part_and_its_tensor,
    two_parts_that_overlap,
    a_tensor_and_its_transpose,
    a_dict_of_a_tensor_and_its_end,
    a_row_and_its_transposed_tensor,
    a_0d_tensor_and_its_view,
    lambda t, way: last(x := t.ones(1, 2).expand(3, 2), way(x)),
    integers_and_their_view,
    lambda t, way: last(
        x := t.arange(4.0), y := way(x[1:3]), y.requires_grad_(), (y * y).sum().backward(), (y, y.grad)
    ),
    lambda t, way: last(
        m := t.nn.Linear(2, 2),
        m(t.ones(1, 2)).sum().backward(),
        n := way(m),
        (n.weight.grad, n.weight is m.weight),
    ),
    two_modules_that_share_a_weight,
    a_module_and_its_optimiser,
]


@pytest.mark.parametrize("way", WAYS)
@for_every(PROGRAMS)
def test_copies_keep_and_share_what_they_do_in_torch(program, way):
    tells_the_same(lambda t: program(t, WAYS[way]))


def test_a_copy_in_the_order_of_columns_shares_its_memory_too():
    import numpy as np

    import minigrad

    columns = minigrad.from_numpy(np.asfortranarray([[1.0, 2.0], [3.0, 5.0]]))
    whole, row = copy.deepcopy([columns, columns[0]])
    whole[0, 1] = 9
    assert row.tolist() == [1, 9]
    assert columns.tolist() == [[1, 2], [3, 5]]
    assert whole.stride() == columns.stride()


def test_tensors_of_an_array_with_gaps_are_copied_each():
    import numpy as np

    import minigrad

    owner = np.lib.stride_tricks.as_strided(np.arange(6.0), (2, 2), (24, 8))
    x = minigrad.from_numpy(owner)
    y = copy.deepcopy(x[0])
    y[0] = 9
    assert x.tolist() == [[0, 1], [3, 4]]
