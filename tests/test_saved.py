"""What a node saved is checked before its rules use it: every tensor that an op takes or gives, changed in between.

Each line of the table is an op; each of its inputs and outputs is changed in place between forward and backward, and
again between backward and the backward of the gradient. PyTorch refuses, or still has what it needs; so does minigrad.
"""

import re
import warnings

import pytest
from both import lines, tells_the_same

INPUTS = {
    "x": lambda t: t.tensor([[3.0, 1.0, 2.0], [0.5, 5.0, 4.0]], requires_grad=True),
    "y": lambda t: t.tensor([[1.0, 2.0, 1.0], [2.0, 0.5, 1.0]], requires_grad=True),
    "b": lambda t: t.tensor([[1.0, 2.0, 1.0], [2.0, 0.5, 1.0]]),
    "v": lambda t: t.tensor([1.0, 2.0, 3.0], requires_grad=True),
    "c": lambda t: t.tensor([2.0, 0.5, 1.0]),
    "s": lambda t: t.tensor(2.0, requires_grad=True),
    "n": lambda t: t.tensor(2.0),
    "e": lambda t: t.tensor([[3, 1, 2], [1, 5, 4]]),
    "m": lambda t: t.tensor([[True, False, True], [False, False, True]]),
    "k": lambda t: t.tensor([True, False, True]),
    "true": lambda t: t.tensor(True),
    "u": lambda t: t.tensor([1, 0, 1], dtype=t.uint8),
    "i": lambda t: t.tensor([1, 0, 1]),
    "j": lambda t: t.tensor([1, 1]),
    "h": lambda t: t.tensor([1, 0], dtype=t.int32),
    "o": lambda t: t.tensor(1),
    "zero": lambda t: t.tensor(0),
    "g": lambda t: t.tensor([[1, 0, 1], [0, 0, 1]]),
    "f": lambda t: t.tensor([[1, 2], [0, 2]], dtype=t.int32),
    "q": lambda t: t.tensor([0, 2]),
    "r": lambda t: t.tensor([0, 2], dtype=t.uint8),
    "w": lambda t: t.tensor([1.0, 2.0, 3.0]),
    "p": lambda t: t.tensor([[0.25, 0.25, 0.5], [0.125, 0.125, 0.75]], requires_grad=True),
    "a": lambda t: t.tensor([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]]], requires_grad=True),
    "d": lambda t: t.tensor([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]]]),
    "l": lambda t: t.tensor([[1.0, 2.0], [0.5, 1.0], [2.0, 3.0]], requires_grad=True),
    "image": lambda t: (t.arange(16.0).reshape(2, 2, 2, 2) / 4).requires_grad_(),
    "pixels": lambda t: t.tensor([[[0, 1], [1, 0]], [[1, 1], [0, 0]]]),
    "series": lambda t: (t.arange(12.0).reshape(2, 3, 2) / 4).requires_grad_(),
    "steps": lambda t: t.tensor([[0, 1], [2, 1]]),
}

TWO = [
    f"{op}({pair})"
    for op in "t.add t.sub t.mul t.div t.maximum t.minimum t.pow t.remainder t.fmod t.floor_divide".split()
    for pair in ("x, y", "x, b", "b, x", "x, v", "x, s", "x, n")
]
ONE = [
    f"x.{op}()"
    for op in """exp log sqrt tanh sigmoid reciprocal clone log1p log2 log10 expm1 rsqrt sin cos sign floor ceil trunc
        round abs neg square positive relu sum mean prod var std norm max min amax amin argmax argmin unique t double
        contiguous tril triu flatten""".split()
]
IN_PLACE = [
    f"(x * 1).{op}"
    for op in """add_(y) sub_(y) mul_(y) div_(y) pow_(y) add_(b) mul_(b) div_(b) pow_(b) abs_() exp_() log_() sqrt_()
        tanh_() sigmoid_() round_() neg_() relu_() clamp_(1,3) copy_(y) copy_(b) zero_() masked_fill_(m,0.)
        masked_fill_(m,s) masked_fill_(k,n)""".split()
]
LOSSES = [
    f"t.nn.functional.{loss}, reduction={reduction!r})"
    for loss in """nll_loss(x,q nll_loss(x,q,w cross_entropy(x,q cross_entropy(x,q,w cross_entropy(x,r cross_entropy(x,b
        cross_entropy(x,q,label_smoothing=.25 cross_entropy(x,q,ignore_index=0 cross_entropy(x,p cross_entropy(b,p
        cross_entropy(x,p,w,label_smoothing=.25 cross_entropy(v,o cross_entropy(v,o,w cross_entropy(image,pixels
        cross_entropy(series,steps,w mse_loss(x,b mse_loss(x,y mse_loss(b,y mse_loss(x,y,weight=b""".split()
    for reduction in ("mean", "sum", "none")
]
OTHERS = lines("""
    t.add(x, y, alpha=2)
    2 - x
    2 / x
    2 ** x
    x ** 3
    x % 2
    7 % x
    x // 2
    5 // x
    t.div(x, y, rounding_mode="floor")
    t.div(x, b, rounding_mode="trunc")
    t.round(x, decimals=1)
    t.clamp(x, 1, 3)
    t.clamp(x, y, b)
    t.clamp(b, x, y)
    t.clamp(x, min=b)
    t.clamp(x, max=c)
    t.where(m, x, y)
    t.where(k, x, b)
    t.where(m, x, 0.)
    t.where(m, 0., x)
    x.where(m, y)
    x.sum(1), x.mean(1), x.prod(1), x.std(1), x.norm(dim=1), x.amax(1), x.logsumexp(1), x.cumsum(1)
    x.var(1, keepdim=True), x.amin(0, True)
    x.softmax(1)
    x.log_softmax(1)
    x.norm(0), x.norm(1)
    x.norm(float("inf"))
    x.norm(.5), x.norm(3)
    x.max(1)
    x.max(1, True)
    x.min(0)
    s.max(0)
    v.expand(2, 3).max(0)
    t.max(x, y)
    x.sort()
    x.sort(0, descending=True)
    t.sort(x, stable=True)
    x.t().sort()
    s.sort()
    x.topk(2)
    x.topk(1, 0)
    x.topk(2, largest=False)
    s.topk(1)
    x.unique(return_inverse=True)
    x.unique(dim=0)
    t.mm(x, y.t())
    t.mm(b.t(), x)
    x @ v
    x @ c
    t.dot(v, c)
    t.bmm(a, d)
    a @ d
    t.outer(v, c)
    a @ y[:, :2].t()
    image @ a
    t.nn.functional.linear(x, y)
    t.nn.functional.linear(b, y)
    t.nn.functional.linear(x, b)
    t.nn.functional.linear(v, y)
    t.nn.functional.linear(a, l)
    t.nn.functional.linear(d, l, v)
    t.nn.functional.linear(x, y, v[:2])
    t.nn.functional.linear(b, y, c[:2])
    t.nn.functional.linear(x, b, c[:2])
    x[j]
    x[:, i]
    x[j, j]
    x[j, q]
    x[j, 0]
    x[0, i]
    x[j, None]
    x[..., i]
    x[h]
    v[u]
    v[u]
    t.where(u, v, c)
    x * e
    e / x
    x * m
    t.nn.functional.mse_loss(x, b.double())
    x[m]
    x[:, k]
    x[0, k]
    x[j, k]
    x[o]
    x[o, i]
    x[true]
    x[g]
    x[[0, 1]]
    x[j.tolist()]
    x[[0, 1], q]
    x[j.unsqueeze(1), q]
    x[i[:2]]
    x[i - 2]
    x[j][q - 1]
    put(x, j, v)
    put(b, j, v)
    put(x, j, c)
    put(x, j, 2.)
    put(x, h, v)
    put(x, (j, q), s)
    put(x, (slice(None), q), s)
    put(x, (0, q), s)
    put(x, m, 2.)
    put(x, m, s)
    put(b, m, v)
    put(x, o, v)
    put(x, true, v)
    put(x, slice(0, 1), v)
    x.index_select(0, j)
    x.index_select(1, i)
    x.index_select(0, h)
    x.index_select(0, o)
    x.gather(0, g)
    x.gather(1, f)
    x.gather(1, x.argmax(1, keepdim=True))
    v.gather(0, i)
    v.gather(0, o)
    x.masked_fill(m, 0.)
    x.masked_fill(k, 0.)
    v.masked_fill(m, 0.)
    x.masked_fill(m, s)
    b.masked_fill(m, s)
    x.masked_fill(m, n)
    x.masked_select(m)
    x.masked_select(k)
    v.masked_select(m)
    s.masked_select(true)
    t.cat([x, b])
    t.stack([x, y])
    t.bernoulli(t.sigmoid(x))
    t.bernoulli(x, .5)
    x.flip(0), x.repeat(2, 1)
    x.t().reshape(-1)
    t.nn.functional.one_hot(j, 2)[:, :1] * x
    t.where(x > b, x, b), x > b
""")
OF_TWO_OUTPUTS = [line for line in OTHERS if line.startswith(("x.max(", "x.min(", "s.max(", "t.where(x > b"))]
OF_TWO_OUTPUTS += [line for line in OTHERS if ".sort(" in line or ".topk(" in line]
TABLE = [*ONE, *TWO, *IN_PLACE, *LOSSES, *OTHERS]


def put(x, key, value):
    y = x * 1
    y[key] = value
    return y


def inputs_of(source):
    return [name for name in INPUTS if re.search(rf"(?<![\w.']){name}(?![\w'=(])", source)]


def squares(tensors):
    """One number that depends on all of them."""
    return sum(((each.float() * each.float()).sum() for each in tensors if each.requires_grad), 0)


def gradients(t, source, change, again):
    """What backward leaves in the inputs of a line, if an input, or the output of that number, is changed before."""
    scope = {name: make(t) for name, make in INPUTS.items()}
    leaves = [scope[name] for name in inputs_of(source) if scope[name].requires_grad]
    answer = eval(source, {"t": t, "put": put} | scope)
    outputs = answer if isinstance(answer, tuple) else (answer,)
    total = squares(outputs)
    if again:
        first = t.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
        total = squares([each for each in first if each is not None])
    with t.no_grad():
        if isinstance(change, str):
            scope[change].zero_()
        elif change is not None:
            outputs[change].zero_()
    if t.is_tensor(total):
        total.backward()
    return [leaf.grad for leaf in leaves]


def changed(source, change, again):
    """Whether the change is noticed, or does not matter."""

    def program(t):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # uint8 masks
            there = gradients(t, source, None, again)
            return repr(gradients(t, source, change, again)) == repr(there)

    return program


CASES = [
    (source, change, again)
    for source in TABLE
    for change in [*inputs_of(source), *range(2 if source in OF_TWO_OUTPUTS else 1)]
    for again in (False, True)
]
# Refused in both, where a step of the gradient's own saved it; only the shape or the op that is named is another.
NAMED_OTHERWISE = {
    ("x.prod()", "x", True), ("x.norm()", 0, True), ("x.norm(.5), x.norm(3)", 0, True), ("x.max(1)", 1, True),
    ("x.min(0)", 1, True), ("t.nn.functional.linear(x, y)", "y", True),
    ("t.nn.functional.linear(x, y, v[:2])", "y", True), ("t.nn.functional.linear(v, y)", 0, False),
}  # fmt: skip
# What was converted for the op is saved in the common type, which is the one that is named.
NAMED_OTHERWISE |= {
    (source, change, again)
    for again in (False, True)
    for source, change in (
        ("x * e", "e"),
        ("e / x", "e"),
        ("x * m", "m"),
        ("t.nn.functional.mse_loss(x, b.double())", "x"),
    )
}
KNOWN = pytest.mark.xfail(strict=True, reason="refused in both, but another shape, type or version is named")


@pytest.mark.parametrize(
    ("source", "change", "again"),
    [pytest.param(*case, marks=KNOWN if case in NAMED_OTHERWISE else ()) for case in CASES],
)
def test_a_change_in_place_is_noticed_or_does_not_matter(source, change, again):
    tells_the_same(changed(source, change, again))
