"""copy, deepcopy and pickle of tensors: what is kept, what is shared, and what is refused."""

import copy
import pickle

import pytest
from both import lines, tells_the_same

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "pickle by protocol 2": lambda x: pickle.loads(pickle.dumps(x, 2)),
}
PROGRAMS = lines("""
    x = t.ones(2); x.note = "n"; y = way(x); (y, y.note, y is x)
    x = t.ones(2); x.other = t.zeros(2); way(x).other
    x = t.ones(2); x.parts = [x[:1]]; y = way(x); y.add_(1); y.parts[0]
    x = t.ones(2, requires_grad=True); x.note = [1]; y = way(x); (y, y.note, y.is_leaf)
    x = t.ones(2, requires_grad=True); x.other = x * 2; way(x).other.requires_grad
    x = t.ones(2, requires_grad=True); (x * 2).sum().backward(); y = way(x); (y, y.grad, y.grad is x.grad)
    x = t.ones(2, requires_grad=True); (x * 2).sum().backward(); y, g = way([x, x.grad]); (y.grad is g, g)
    x = t.ones(2, requires_grad=True); y = way(x); (y * 3).sum().backward(); (y.grad, x.grad)
    x = t.ones(2, requires_grad=True); z = x * 2; way([x]); z.sum().backward(); x.grad
    x = t.ones(2, requires_grad=True); way(x * 2)
    x = t.ones(2, requires_grad=True); way(x[:1])
    x = t.ones(2, requires_grad=True); y, d = way([x, x.detach()]); d.add_(1); (y, d)
    p = t.nn.Parameter(t.ones(2)); p.note = "n"; q = way(p); (q, type(q).__name__, hasattr(q, "note"))
    p = t.nn.Parameter(t.ones(2)); (p * 2).sum().backward(); q = way(p); (q, q.grad)
    p = t.nn.Parameter(t.ones(2), requires_grad=False); way(p)
    x = t.ones(2).requires_grad_().requires_grad_(False); y = way(x).requires_grad_(); (y * 2).sum().backward(); y.grad
    p = t.nn.Parameter(t.ones(2)); q, d = way([p, p.data]); d.add_(1); (q, d)
    x = t.arange(4.); way(x[1:3])
    x = t.arange(6.).reshape(2, 3).t(); y = way(x); (y, y.stride())
    x = t.arange(4.); a, b = way([x, x]); a is b
    x = t.arange(4.); a, b = way([x, x[:2]]); a[0] = 9; (a, b, x)
    x = t.arange(4.); a, b = way([x[1:3], x]); b[1] = 9; (a, b, x)
    x = t.arange(4.); a, b = way([x[:3], x[1:]]); b[0] = 9; (a, b, x)
    x = t.arange(4.).reshape(2, 2); a, b = way([x.t(), x]); b[0, 1] = 9; (a, b, a.stride())
    x = t.arange(4.); d = way({"x": x, "y": x[2:]}); d["x"][3] = 9; d
    x = t.arange(6.).reshape(2, 3).t(); a, b = way([x[0], x]); b[0, 1] = 9; (a, b)
    x = t.tensor(1.5); a, b = way([x, x.view(1)]); a.add_(1); (a, b)
    x = t.ones(1, 2).expand(3, 2); way(x)
    x = t.arange(3); a, b = way([x, x.view(3, 1)]); a[0] = 7; (a, b)
    x = t.arange(4.); y = way(x[1:3]); y.requires_grad_(); (y * y).sum().backward(); (y, y.grad)
    m = t.nn.Linear(2, 2); m(t.ones(1, 2)).sum().backward(); n = way(m); (n.weight.grad, n.weight is m.weight)
    m = t.nn.Linear(2, 2); n = t.nn.Linear(2, 2); n.weight = m.weight; a, b = way([m, n]); a.weight is b.weight
    m = t.nn.Linear(2, 2); n, o = way([m, t.optim.SGD(m.parameters(), .5)]); o.param_groups[0]["params"][0] is n.weight
""")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("source", PROGRAMS)
def test_copies_keep_and_share_what_they_do_in_torch(source, way):
    *statements, answer = source.split("; ")

    def program(t):
        scope = {"t": t, "way": WAYS[way]}
        exec("\n".join(statements), scope)
        return eval(answer, scope)

    tells_the_same(program)


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
