"""What a statement of a random program may be: a table, to which a function adds an entry by its name.

An entry proposes a statement: its text, the bits of its value, and what of its inputs its gradients need (draft.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from hypothesis import strategies as st

from sidebyside.programs.bits import LARGEST, ONE, Bits
from sidebyside.programs.draft import Draft, Read, Step, broadcasts, together

STATEMENTS: dict[str, Callable[[Draft], Step | str | None]] = {}


def statement(function: Callable[[Draft], Step | str | None]) -> Callable[[Draft], Step | str | None]:
    """Enter it into the table, under its name."""
    STATEMENTS[function.__name__.strip("_")] = function
    return function


# Of one tensor, element by element: at most c·x + d, of multiples of 2^-e of x's.
LINEAR = {
    "-{x}": (ONE, Bits(0, 0)),
    "{x} * 2": (Bits(0, 2), Bits(0, 0)),
    "0.5 * {x}": (Bits(1, 0.5), Bits(0, 0)),
    "{x} / -4": (Bits(2, 0.25), Bits(0, 0)),
    "{x} * 0": (Bits(0, 0), Bits(0, 0)),
    "{x} + 1": (ONE, ONE),
    "0.5 - {x}": (ONE, Bits(1, 0.5)),
    "torch.add({x}, {x}, alpha=2)": (Bits(0, 3), Bits(0, 0)),
    "torch.relu({x})": (ONE, Bits(0, 0)),
    "{x}.abs()": (ONE, Bits(0, 0)),
    "{x}.clamp(-1, 1)": (ONE, ONE),
    "{x}.clamp(min=0)": (ONE, Bits(0, 0)),
    "{x}.clamp(max=0.5)": (ONE, Bits(1, 0.5)),
    "{x}.sign()": (ONE, ONE),
    "{x}.floor()": (ONE, ONE),
    "{x}.clone()": (ONE, Bits(0, 0)),
    "{x}.double()": (ONE, Bits(0, 0)),
    "{x}.exp()": None,
    "{x}.log()": None,
    "{x}.sqrt()": None,
    "torch.tanh({x})": None,
    "{x}.sigmoid()": None,
    "{x} / 3": None,
    "{x}.reciprocal()": None,
    "2 / {x}": None,
    "{x} ** 0.5": None,
    "{x} ** -1": None,
}


@statement
def elementwise(d: Draft) -> Step | None:
    """A function of one tensor."""
    x = d.tensor()
    if x is None:
        return None
    text, known = d.one([item for item in LINEAR.items() if item[1] or not d.exact])
    factor, plus = known or (ONE, ONE)
    return Step(text.format(x=x), d.bits(x) * factor + plus, (Read(x, factor),))


@statement
def power(d: Draft) -> Step | None:
    """x² and x³."""
    x = d.tensor()
    if x is None:
        return None
    n, text = d.one([(2, "{x} ** 2"), (2, "{x}.square()"), (3, "{x} ** 3"), (2, "{x} * {x}")])
    bits = d.bits(x)
    for _ in range(n - 1):
        bits = bits * d.bits(x)
    return Step(text.format(x=x), bits, (Read(x, Bits(0, n), (x,) * (n - 1)),))


@statement
def binary(d: Draft) -> Step | None:
    """Of two tensors that broadcast, ties and all."""
    x = d.tensor()
    if x is None:
        return None
    y = d.tensor(lambda t: together(t.shape, d.scope[x].shape) is not None)
    op = d.one(["+", "-", "*", "maximum", "minimum", *([] if d.exact else ["/"])])
    assert y is not None
    shape = together(d.scope[x].shape, d.scope[y].shape)
    assert shape is not None
    if math.prod(shape) > LARGEST:
        return None
    tx, ty = (math.prod(shape) / max(d.scope[each].numel(), 1) for each in (x, y))
    if op == "*":
        return Step(f"{x} * {y}", d.bits(x) * d.bits(y), (Read(x, ONE, (y,), tx), Read(y, ONE, (x,), ty)))
    text = f"{x} {op} {y}" if len(op) == 1 else f"torch.{op}({x}, {y})" + ("" if d.exact else " + 0.0")
    half = ONE if len(op) == 1 else Bits(1, 1)
    return Step(text, d.bits(x) + d.bits(y), (Read(x, half, (), tx), Read(y, half, (), ty)))


@statement
def compare(d: Draft) -> Step | None:
    """A mask."""
    x = d.tensor()
    if x is None:
        return None
    other = d.one(["0", "1", *d.names(lambda t: t.shape == d.scope[x].shape and t.is_floating_point())])
    return Step(f"{x} {d.one(['>', '>=', '==', '!=', '<'])} {other}", ONE, (Read(x),))


@statement
def choose(d: Draft) -> Step | None:
    """where and masked_fill."""
    x = d.tensor()
    if x is None:
        return None
    mask = d.one([f"({x} >= 0)", *d.masks(d.scope[x].shape)])
    y = d.tensor(lambda t: broadcasts(t.shape, d.scope[x].shape))
    text = d.one(["torch.where({m}, {x}, {y})", "{x}.masked_fill({m}, 0.5)", "torch.where({m}, {x}, 0.0)"])
    assert y is not None
    times = d.scope[x].numel() / max(d.scope[y].numel(), 1)
    reads = (Read(x), *((Read(y, ONE, (), times),) if "{y}" in text else ()))
    return Step(text.format(m=mask, x=x, y=y), d.bits(x) | d.bits(y) | Bits(1, 0.5), reads)


@statement
def reduce(d: Draft) -> Step | None:
    """sum, mean and extremes, over all dimensions or some."""
    x = d.tensor()
    if x is None:
        return None
    op = d.one(["sum", "mean", "max", "min", "amax", "amin", *([] if d.exact else SOFT)])
    needed = op in ("softmax", "log_softmax", "logsumexp")
    some = needed or (d.draw(st.booleans()) and d.scope[x].ndim > 0)
    dim = d.dim(x) if some else None
    n = d.scope[x].numel() if dim is None else d.size(x, dim)
    factor = ONE
    if d.exact and op == "mean":
        if n not in (1, 2, 4, 8, 16, 32):
            return None
        factor = Bits(n.bit_length() - 1, 1 / n)
    elif d.exact and op in ("amax", "amin", "max", "min"):
        if n > 2 and (dim is None or op.startswith("a")):
            return None  # of three equal elements each gets a third
        factor = Bits(1, 1)
    keep = ", keepdim=True" if dim is not None and "softmax" not in op and d.draw(st.booleans()) else ""
    values = ".values" if op in ("max", "min") and dim is not None else ""
    text = f"{x}.{op}({'' if dim is None else dim}{keep}){values}"
    if not d.exact and op in ("max", "min", "amax", "amin"):
        text += " + 0.0"  # which of 0.0 and -0.0 is the larger depends on the processor, and 1/x tells
    return Step(text, d.bits(x).times(max(n, 1)) * factor, (Read(x, factor),))


SOFT = ("softmax", "log_softmax", "logsumexp")


@statement
def sum_dims(d: Draft) -> Step | None:
    """A sum over two dimensions."""
    x = d.tensor(lambda t: t.ndim >= 2)
    if x is None:
        return None
    first, second = d.one([(0, 1), (-1, 0), (-2, -1)])
    op = "sum" if d.exact else d.one(["sum", "mean"])
    text = f"{x}.{op}(({first}, {second}){d.maybe(', keepdim=True')})"
    return Step(text, d.bits(x).times(max(d.scope[x].numel(), 1)), (Read(x),))


@statement
def product(d: Draft) -> Step | None:
    """A matrix product of vectors, matrices or batches."""
    x = d.tensor(lambda t: t.ndim > 0)
    y = x and d.tensor(
        lambda t: (
            t.ndim > 0
            and t.shape[-2 if t.ndim > 1 else 0] == d.scope[x].shape[-1]
            and _multiply(d.scope[x], t)
        )
    )
    if not x or not y:
        return None
    if d.scope[x].ndim <= 2 < d.scope[y].ndim and not d.scope[x].requires_grad:
        return None  # see DIFFERENT
    return _product(d, f"{x} @ {y}", x, y)


def _multiply(x: Any, y: Any) -> bool:
    """Whether there is a product of a small size."""
    if x.ndim == 0 or y.ndim == 0:
        return False
    batch = together(x.shape[:-2], y.shape[:-2])
    if batch is None:
        return False
    rows, columns = (x.shape[-2] if x.ndim > 1 else 1), (y.shape[-1] if y.ndim > 1 else 1)
    return math.prod(batch) * rows * columns <= LARGEST


def _product(d: Draft, text: str, x: str, y: str) -> Step:
    n = max(d.size(x, -1), 1)
    return Step(
        text, (d.bits(x) * d.bits(y)).times(n), (Read(x, ONE, (y,), LARGEST), Read(y, ONE, (x,), LARGEST))
    )


@statement
def linear(d: Draft) -> Step | None:
    """A linear layer."""
    x = d.tensor(lambda t: t.ndim > 0)
    w = x and d.tensor(
        lambda t: t.ndim == 2 and t.shape[1] == d.scope[x].shape[-1] and t.dtype == d.scope[x].dtype
    )
    if not x or not w or d.scope[x].numel() * d.scope[w].shape[0] > LARGEST:
        return None
    b = d.one([None, *d.names(lambda t: t.dtype == d.scope[w].dtype and t.shape == d.scope[w].shape[:1])])
    step = _product(d, f"torch.nn.functional.linear({x}, {w}{f', {b}' if b else ''})", x, w)
    if b is None:
        return step
    return step._replace(bits=step.bits + d.bits(b), reads=(*step.reads, Read(b, ONE, (), LARGEST)))


VIEWS = (
    "{x}.transpose({i}, {j})", "{x}.unsqueeze({u})", "{x}.squeeze()", "{x}.squeeze({i})", "{x}.reshape(-1)",
    "{x}.flatten()", "{x}.view({shape})", "{x}.reshape({shape})", "{x}.expand({more})", "{x}[{key}]",
    "{x}.T", "{x}.t()", "{x}.permute({order})", "{x}.detach()", "{x}.contiguous()", "{x}.flip(0)",
    "{x}.tril()", "{x}.triu()", "{x}.unbind({i})[0]", "{x}.split(1, {i})[-1]", "{x}.chunk(2, {i})[0]",
    "{x}.view_as({x})", "{x}.movedim({i}, {j})", "{x}.mT", "{x}.expand_as({x})",
)  # fmt: skip


@statement
def view(d: Draft) -> Step | None:
    """A view, or what looks like one and is a copy."""
    x = d.tensor()
    if x is None:
        return None
    t, text = d.scope[x], d.one(VIEWS)
    if "tril" in text or "triu" in text or ".mT" in text:
        text = text if t.ndim >= 2 else "{x}[...]"
    if text in ("{x}.T", "{x}.t()") and t.ndim not in (0, 2):
        text = "{x}.transpose(0, -1)"
    if not t.ndim and any(part in text for part in ("unbind", "split", "chunk", "flip", "{key}")):
        text = "{x}[None]"
    if t.ndim and not all(t.shape) and "[" in text:
        text = "{x}[..., None]"
    given = {"x": x, "i": d.dim(x), "j": d.dim(x), "u": d.integer(-t.ndim - 1, t.ndim)}
    if "{shape}" in text:
        n = t.numel()
        options = [(n,), (n, 1), *(((k, n // k)) for k in (2, 3) if n and n % k == 0), tuple(t.shape)]
        given["shape"] = repr(d.one(options))
    if "{more}" in text:
        shape = [3 if n == 1 and d.draw(st.booleans()) else n for n in t.shape]
        given["more"] = repr((*([2] if d.draw(st.booleans()) else []), *shape))
        if t.numel() * 6 > LARGEST:
            return None
    if "{order}" in text:
        given["order"] = repr(tuple(d.draw(st.permutations(range(t.ndim)))))
    if "{key}" in text:
        given["key"] = key(d, t.shape)
    return Step(text.format(**given), d.bits(x), (Read(x),))


def key(d: Draft, shape: Sequence[int]) -> str:
    """Numbers, slices, None and ... as an index."""
    parts = []
    for n in shape[: d.integer(1, len(shape))]:
        parts.append(str(d.one([":", "0", "-1", "1:", ":-1", "::2", "None, :", "0:1"][: 8 if n else 1])))
    if len(parts) < len(shape) and d.draw(st.booleans()):
        parts.insert(0, "...")
        parts[1:] = [":"] * (len(parts) - 2) + ["0" if shape[-1] else ":"]
    return ", ".join(parts)


@statement
def pick(d: Draft) -> Step | None:
    """Elements by tensors of positions or by a mask."""
    x = d.tensor(lambda t: t.ndim > 0 and all(t.shape) and t.numel() <= LARGEST // 3)
    if x is None:
        return None
    t, dim = d.scope[x], d.dim(x)
    n = int(t.shape[dim])
    where = [d.integer(0, n - 1) for _ in range(d.integer(1, 3))]
    first = [d.integer(-t.shape[0], t.shape[0] - 1) for _ in range(d.integer(1, 3))]
    mask = d.one(d.names(lambda m: m.dtype is torch.bool and m.ndim > 0 and m.shape == t.shape[: m.ndim]))
    index = torch.tensor(where).reshape([-1 if i == dim % t.ndim else 1 for i in range(t.ndim)])
    wide = index.expand([-1 if i == dim % t.ndim else n for i, n in enumerate(t.shape)]).tolist()
    text = d.one(
        [
            f"{x}[{first}]",
            f"{x}[torch.tensor({first})]",
            f"{x}.index_select({dim}, torch.tensor({where}))",
            f"{x}.gather({dim}, torch.tensor({wide}))",
            f"{x}[..., torch.tensor({[d.integer(0, int(t.shape[-1]) - 1)] * 2})]",
            *([f"{x}[{mask}]"] if mask else []),
        ]
    )
    return Step(text, d.bits(x), (Read(x, ONE, (), 3),))


@statement
def join(d: Draft) -> Step | None:
    """cat and stack."""
    x = d.tensor(lambda t: t.numel() * 2 <= LARGEST)
    if x is None:
        return None
    y = d.tensor(lambda t: t.shape == d.scope[x].shape)
    op = d.one(["stack"] if d.scope[x].ndim == 0 else ["cat", "stack"])
    return Step(f"torch.{op}([{x}, {y}], {d.dim(x)})", d.bits(x) | d.bits(y or x), (Read(x), Read(y or x)))


# In place: the change, what it adds to the value, and what it is read with.
CHANGES = (
    "{x}.add_({y})", "{x} += {y}", "{x}.sub_({y})", "{x}.mul_({y})", "{x} *= {y}", "{x}.copy_({y})",
    "{x}.add_({y}, alpha=-2)", "{x}.relu_()", "{x}.neg_()", "{x}.abs_()", "{x}.clamp_(-1, 1)", "{x}.zero_()",
    "{x}.fill_(0.5)", "{x}.mul_(2)", "{x} /= 2", "{x}.masked_fill_({m}, 0.5)", "{x}[{key}] = {z}",
    "{x}[{key}] = 0.5", "{x}[{m}] = 0.5", "{x}[[0]] = {z}", "{x}.data.mul_(0.5)",
)  # fmt: skip


@statement
def change(d: Draft) -> Step | None:
    """In place, mostly where torch allows it."""
    rarely = d.integer(0, 15) == 15
    x = d.tensor(lambda t: rarely or not _guarded(t))
    if x is None or x in d.frozen:
        return None
    t, text = d.scope[x], d.one(CHANGES)
    y = d.tensor(lambda u: broadcasts(u.shape, t.shape)) or x
    z = d.tensor(lambda u: u.ndim == 0)
    mask = d.one([f"({x} >= 0)", *d.masks(t.shape)])
    if "{z}" in text and not z:
        return None
    if ("{key}" in text or "[[0]]" in text) and not (t.ndim and all(t.shape)):
        return None
    if "[{m}]" in text:
        mask = f"{x} >= 0"
    other = z if "{z}" in text else y
    assert other is not None
    statement = text.format(x=x, y=y, z=z, m=mask, key=key(d, t.shape) if "{key}" in text else "")
    bx, by, half = d.bits(x), d.bits(other), Bits(1, 0.5)
    if "mul_({y})" in text or "*= {y}" in text:
        reads = (Read(x, ONE, (y,)), Read(y, ONE, (x,), LARGEST))
        return Step(statement, bx * by, reads, True)
    return Step(
        statement,
        bx.times(2) * Bits(1, 1) + by.times(2) + half,
        (
            Read(x, Bits(1, 2)),
            *((Read(other, Bits(0, 2), (), LARGEST),) if "{y}" in text or "{z}" in text else ()),
        ),
        True,
    )


def _guarded(t: Any) -> bool:
    """Whether torch refuses to change it in place."""
    return bool(t.requires_grad and (t.is_leaf or (t._is_view() and t._base.is_leaf)))


@statement
def retain(d: Draft) -> str | None:
    """Keep the gradient of a tensor that is no leaf."""
    x = d.tensor(lambda t: t.requires_grad)
    return x and f"{x}.retain_grad()"


@statement
def require(d: Draft) -> str | None:
    """From here on a leaf requires a gradient."""
    x = d.tensor(lambda t: t.is_leaf and not t.requires_grad and not d.shared(t))
    return None if d.second else x and f"{x}.requires_grad_()"  # see DIFFERENT
