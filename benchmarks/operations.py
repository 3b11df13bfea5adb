"""Every op that has a gradient, as one program for both libraries: a line each.

The letters name the inputs, of one side n: x, y (n, n), p, q the same and positive, v (n,), b (4, n, n), all of which
want a gradient; i, (n,) of whole numbers below n, and m, (n, n) of bools, which do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Program = Callable[..., Any]


def _written(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


OPERATIONS: dict[str, Program] = {
    "add": lambda torch, x, y: x + y,
    "add, broadcast": lambda torch, x, v: x + v,
    "sub": lambda torch, x, y: x - y,
    "number - x": lambda torch, x: 1 - x,
    "mul": lambda torch, x, y: x * y,
    "mul by number": lambda torch, x: x * 3,
    "div": lambda torch, x, p: x / p,
    "div, rounded": lambda torch, x, p: torch.div(x, p, rounding_mode="floor"),
    "remainder": lambda torch, x, p: x % p,
    "fmod": lambda torch, x, p: torch.fmod(x, p),
    "neg": lambda torch, x: -x,
    "reciprocal": lambda torch, p: p.reciprocal(),
    "pow 2": lambda torch, x: x**2,
    "pow": lambda torch, p, q: p**q,
    "number ** x": lambda torch, x: 2**x,
    "exp": lambda torch, x: x.exp(),
    "log": lambda torch, p: p.log(),
    "sqrt": lambda torch, p: p.sqrt(),
    "rsqrt": lambda torch, p: p.rsqrt(),
    "tanh": lambda torch, x: x.tanh(),
    "sigmoid": lambda torch, x: x.sigmoid(),
    "log1p": lambda torch, p: p.log1p(),
    "log2": lambda torch, p: p.log2(),
    "log10": lambda torch, p: p.log10(),
    "expm1": lambda torch, x: x.expm1(),
    "sin": lambda torch, x: x.sin(),
    "cos": lambda torch, x: x.cos(),
    "floor": lambda torch, x: x.floor(),
    "ceil": lambda torch, x: x.ceil(),
    "trunc": lambda torch, x: x.trunc(),
    "round": lambda torch, x: x.round(),
    "round to decimals": lambda torch, x: x.round(decimals=1),
    "sign": lambda torch, x: x.sign(),
    "abs": lambda torch, x: x.abs(),
    "relu": lambda torch, x: x.relu(),
    "clamp": lambda torch, x: x.clamp(-1, 1),
    "clamp between": lambda torch, x, y, p: x.clamp(y, y + p),
    "where": lambda torch, m, x, y: torch.where(m, x, y),
    "maximum": lambda torch, x, y: torch.maximum(x, y),
    "minimum": lambda torch, x, y: torch.minimum(x, y),
    "sum": lambda torch, x: x.sum(),
    "sum(0)": lambda torch, x: x.sum(0),
    "sum(1)": lambda torch, x: x.sum(1),
    "mean": lambda torch, x: x.mean(),
    "mean(0)": lambda torch, x: x.mean(0),
    "var": lambda torch, x: x.var(),
    "std(0)": lambda torch, x: x.std(0),
    "norm": lambda torch, x: x.norm(),
    "prod(1)": lambda torch, x: x.prod(1),
    "cumsum": lambda torch, x: x.cumsum(1),
    "max": lambda torch, x: x.max(),
    "min": lambda torch, x: x.min(),
    "max(1)": lambda torch, x: x.max(1).values,
    "amax(1)": lambda torch, x: x.amax(1),
    "amin(1)": lambda torch, x: x.amin(1),
    "sort": lambda torch, x: x.sort(stable=True).values,
    "topk": lambda torch, x: x.topk(1).values,
    "logsumexp": lambda torch, x: x.logsumexp(1),
    "mm": lambda torch, x, y: x @ y,
    "mm, transposed": lambda torch, x, y: x @ y.T,
    "mv": lambda torch, x, v: x @ v,
    "dot": lambda torch, v, w: v @ w,
    "bmm": lambda torch, b, c: torch.bmm(b, c),
    "linear": lambda torch, x, y, v: torch.nn.functional.linear(x, y, v),
    "softmax": lambda torch, x: x.softmax(1),
    "log_softmax": lambda torch, x: x.log_softmax(1),
    "nll_loss": lambda torch, x, i: torch.nn.functional.nll_loss(x, i),
    "cross_entropy": lambda torch, x, i: torch.nn.functional.cross_entropy(x, i),
    "mse_loss": lambda torch, x, y: torch.nn.functional.mse_loss(x, y),
    "x[a:b]": lambda torch, x: x[1:],
    "x[i]": lambda torch, x, i: x[i],
    "x[rows, i]": lambda torch, x, i: x[torch.arange(len(x)), i],
    "x[rows, i] = v": lambda torch, x, v, i: _written(x.clone(), (torch.arange(len(x)), i), v),
    "x[a:b] = y": lambda torch, x, y: _written(x.clone(), slice(1, None), y[1:]),
    "gather": lambda torch, x, i: x.gather(1, i[:, None]),
    "masked_select": lambda torch, x, m: x.masked_select(m),
    "masked_fill": lambda torch, x, m: x.masked_fill(m, 0.0),
    "tril": lambda torch, x: x.tril(),
    "triu": lambda torch, x: x.triu(),
    "view": lambda torch, x: x.view(-1),
    "reshape, copied": lambda torch, x: x.T.reshape(-1),
    "T": lambda torch, x: x.T,
    "t": lambda torch, x: x.t(),
    "transpose": lambda torch, b: b.transpose(0, 2),
    "permute": lambda torch, b: b.permute(2, 0, 1),
    "contiguous": lambda torch, x: x.T.contiguous(),
    "unsqueeze": lambda torch, x: x.unsqueeze(0),
    "squeeze": lambda torch, x: x[None].squeeze(0),
    "expand": lambda torch, x: x.expand(2, *x.shape),
    "cat": lambda torch, x, y: torch.cat((x, y)),
    "stack": lambda torch, x, y: torch.stack((x, y)),
    "flip": lambda torch, x: x.flip(0),
    "repeat": lambda torch, x: x.repeat(2, 1),
    "clone": lambda torch, x: x.clone(),
    "to float64": lambda torch, x: x.double(),
}
# Where Python's share shows: on 1x1 tensors next to nothing is computed.
OVERHEAD = "mul add exp relu sum mm linear cross_entropy".split()


def inputs(program: Program, n: int, seed: int = 0) -> list[Any]:
    """Arrays for a program's letters; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    normal = lambda *shape: rng.standard_normal(shape, dtype=np.float32)
    make = {
        **dict.fromkeys("xy", lambda: normal(n, n)),
        **dict.fromkeys("pq", lambda: np.abs(normal(n, n)) + np.float32(0.5)),
        **dict.fromkeys("vw", lambda: normal(n)),
        **dict.fromkeys("bc", lambda: normal(4, n, n)),
        "i": lambda: rng.integers(0, n, n),
        "m": lambda: normal(n, n) > 0,
    }
    _, *letters = program.__code__.co_varnames[: program.__code__.co_argcount]
    return [make[letter]() for letter in letters]
