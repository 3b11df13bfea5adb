"""Formulas that can be recognised: it is dz·sin(x), and the right one is dz·cos(x)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from itertools import combinations, product
from typing import Any

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, shaped, sigmoid, softmax, spreads

Formulas = Iterator[tuple[str, Any]]
Functions = dict[str, Callable[[Any], Any]]
LARGEST = 10**7  # multiplications that a matrix product may take
SOME = 16  # elements that a search looks at; a formula that fits there is computed for all
FACTORS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0)
LEAST = 1e-5  # what a search tells apart, in parts of the largest element

PLAIN: Functions = {
    "{}": lambda v: v,
    "{}²": lambda v: v * v,
    "{}³": lambda v: v**3,
    "1/{}": lambda v: 1 / v,
    "1/{}²": lambda v: 1 / (v * v),
    "exp({})": np.exp,
    "log({})": np.log,
    "sin({})": np.sin,
    "cos({})": np.cos,
    "({} > 0)": lambda v: v > 0,
    "({} < 0)": lambda v: v < 0,
    "|{}|": abs,
    "sign({})": np.sign,
    "tanh({})": np.tanh,
    "sigmoid({})": sigmoid,
    "sigmoid(-{})": lambda v: sigmoid(-v),
}
SMOOTH = {text: f for text, f in PLAIN.items() if text not in ("({} > 0)", "({} < 0)", "sign({})", "|{}|")}
MORE: Functions = {
    "√{}": np.sqrt,
    "1/√{}": lambda v: 1 / np.sqrt(v),
    "log2({})": np.log2,
    "log10({})": np.log10,
    "log(1 + {})": np.log1p,
    "exp2({})": np.exp2,
    "exp(-{})": lambda v: np.exp(-v),
    "exp({} - 1)": lambda v: np.exp(v - 1),
    "tan({})": np.tan,
    "(1 - {})": lambda v: 1 - v,
    "(1 + {})": lambda v: 1 + v,
    "1/(1 + {})": lambda v: 1 / (1 + v),
    "(1 - {}²)": lambda v: 1 - v * v,
    "(1 + {}²)": lambda v: 1 + v * v,
    "1/(1 + {}²)": lambda v: 1 / (1 + v * v),
    "1/(1 - {}²)": lambda v: 1 / (1 - v * v),
    "√(1 - {}²)": lambda v: np.sqrt(1 - v * v),
    "1/√(1 - {}²)": lambda v: 1 / np.sqrt(1 - v * v),
    "(1 - tanh({})²)": lambda v: 1 - np.tanh(v) ** 2,
}
ALONG_ROWS: dict[str, Callable[[Any, int], Any]] = {
    "softmax({}, {})": softmax,
    "({0} - {0}.mean({1}))": lambda v, dim: v - v.mean(dim, keepdims=True),
    "normalised({}, {})": lambda v, dim: (
        (v - v.mean(dim, keepdims=True)) / np.sqrt(v.var(dim, keepdims=True) + 1e-5)
    ),
    "(the largest of {} along axis {})": lambda v, dim: v == v.max(dim, keepdims=True),
    "(the smallest of {} along axis {})": lambda v, dim: v == v.min(dim, keepdims=True),
}
ROWS: dict[str, Callable[[Any, Any, int], Any]] = {
    "{v}·(dz - Σ dz·{v})": lambda dz, v, dim: v * (dz - (dz * v).sum(dim, keepdims=True)),
    "{v}·(dz - mean of dz·{v})": lambda dz, v, dim: v * (dz - (dz * v).mean(dim, keepdims=True)),
    "dz - exp({v})·Σ dz": lambda dz, v, dim: dz - np.exp(v) * dz.sum(dim, keepdims=True),
    "dz - {v}·Σ dz": lambda dz, v, dim: dz - v * dz.sum(dim, keepdims=True),
}


def formula(s: Scene) -> Guesses:
    """Another formula stands where the right one belongs, and both are known."""
    if not s.tells():
        return
    right = recognised(s, np.asarray(s.right, L))
    found = recognised(s, np.asarray(s.found, L)) if right else []
    if found:
        alike = lambda pair: SequenceMatcher(None, *pair).ratio()
        text, wanted = max(product(found, right), key=alike)
        yield s.found, f"it is {text}, and the right one is {wanted}"


def term(s: Scene) -> Guesses:
    """A term is missing, as the way around a residual block, or is one too many."""
    if not s.tells() or s.found.shape != s.right.shape:
        return
    missing = np.asarray(s.right, L) - s.found
    any_number = missing.size > 3
    for terms in (
        _products(s, missing, {}, any_number),
        _products(s, missing, PLAIN if missing.size > 9 else SMOOTH),
        _scaled(s, missing, {**_matrices(s), **_sums(s)}),
    ):
        for text, guess in terms:
            what = f"{text[1:]} is too much" if text.startswith("-") else f"{text} is missing"
            if any(map(str.isalpha, text)):  # a number alone is no term
                yield s.right - guess, f"the term {what}"


def recognised(s: Scene, target: Any) -> list[str]:
    """Return the simplest formulas that give an array; several may, as dz·z and dz·exp(x)."""
    groups = (
        _products(s, target, {**PLAIN, **MORE}),
        _scaled(s, target, {**_matrices(s), **_sums(s)}),
        _along_rows(s),
    )
    for group in groups:
        if texts := [text for text, guess in group if s.near(guess, target)]:
            fewest = min(text.count("·") for text in texts)
            return [text for text in texts if text.count("·") == fewest]
    return []


def _along_rows(s: Scene) -> Formulas:
    """Yield rules like those of softmax and log_softmax."""
    for k, v in s.floats().items():
        for dim in range(v.ndim if s.dz is not None and k != "dz" and v.shape == s.dz.shape else 0):
            for text, rule in ROWS.items():
                yield f"{text.format(v=k)} along axis {dim}", rule(s.dz, v, dim)


def _products(s: Scene, target: Any, functions: Functions, any_number: bool = False) -> Formulas:
    """Yield number · dz · f(v) · g(w), for functions of the inputs and the output."""
    atoms = _atoms(s, target.shape, functions)
    texts, arrays = list(atoms), list(atoms.values())
    size = target.size
    if not size:
        return
    top = int(np.argmax(abs(target)))
    some = np.unique([top, *np.linspace(0, size - 1, min(size, SOME)).astype(int)])
    few = np.stack([a.reshape(-1)[some].astype(float) for a in arrays])
    for head, dz in _arrivals(s, target.shape).items():
        pairs = few[:, None] * few * dz.reshape(-1)[some].astype(float)
        wanted = target.reshape(-1)[some].astype(float)
        place = int(np.searchsorted(some, top))
        times = wanted[place] / pairs[..., place]
        rounds = 8 * np.finfo(s.found.dtype).eps * np.max(abs(s.right), initial=0)
        close = abs(times[..., None] * pairs - wanted) <= LEAST * abs(wanted[place]) + rounds
        hits = np.argwhere(close.all(-1) & np.isfinite(times) & (times != 0))
        functions_used = (hits > 0).sum(-1)  # the first of the atoms is 1
        for i, j in hits[functions_used == functions_used.min(initial=2)]:
            if i <= j and (number := _number(s, times[i, j], any_number)):
                value, before, after = number
                text = _written([head, texts[i], texts[j]])
                yield before + text + after, value * dz * arrays[i] * arrays[j]


def _scaled(s: Scene, target: Any, formulas: dict[str, Any]) -> Formulas:
    """Yield the formulas that are the target but for a number."""
    top = np.argmax(abs(target)) if target.size else 0
    for text, array in formulas.items():
        guess = shaped(array, target)
        if target.size and guess.shape == target.shape:
            number = _number(s, float(target.reshape(-1)[top] / guess.reshape(-1)[top]))
            if number:
                value, before, after = number
                yield before + text + after, value * guess


def _number(s: Scene, times: float, any_number: bool = False) -> tuple[Any, str, str] | None:
    """Return a number that a formula may have, or a quotient by a count, and what is written before and after."""
    for n in (1, *([] if any_number else s.counts())):
        for c in FACTORS:
            if abs(times - c / n) <= LEAST * abs(times):
                before = {1.0: "", -1.0: "-"}.get(c, f"{c:g}·")
                return L(c) / n, before, f"/{n}" if n > 1 else ""
    return (L(times), f"{times:.4g}·", "") if any_number else None


def _written(parts: list[str]) -> str:
    over = [each.removeprefix("1/") for each in parts if each.startswith("1/")]
    return "/".join(["·".join(each for each in parts if each and not each.startswith("1/")) or "1", *over])


def _arrivals(s: Scene, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return dz as it may be spread over an input, and 1 for a formula without dz."""
    if s.dz is None:
        return {"": np.ones(shape, L)}
    each = {"dz": s.dz}
    if len(shape) == s.dz.ndim + 1:
        each = {f"dz.unsqueeze({i})": np.expand_dims(s.dz, i) for i in range(len(shape))}
    for axis, n in enumerate(shape if len(shape) == s.dz.ndim else ()):
        starts = range(0, s.dz.shape[axis], n) if n and s.dz.shape[axis] > n else ()
        each |= {
            f"dz.narrow({axis}, {i}, {n})": s.dz.take(range(i, i + n), axis, mode="clip") for i in starts
        }
    return {k: np.broadcast_to(v, shape) for k, v in each.items() if spreads(v, shape)} | {
        "": np.ones(shape, L)
    }


def _atoms(s: Scene, shape: tuple[int, ...], functions: Functions) -> dict[str, Any]:
    """Return 1, the variables, functions of each, and what is made of rows."""
    variables = {}
    for k, v in s.floats().items():
        forms = {k: v}
        if v.ndim == 1 and len(shape) == 2:
            forms = {f"{k}.unsqueeze(0)": v[None], f"{k}.unsqueeze(1)": v[:, None]}
        variables |= {t: a for t, a in forms.items() if k != "dz" and spreads(a, shape)}
    whole = {k: v for k, v in variables.items() if v.shape == shape and k != "z"}
    variables |= {f"({a} - {b})": whole[a] - whole[b] for a, b in combinations(whole, 2)}
    atoms = {"": np.ones(shape, L)} | variables
    for text, f in functions.items():
        atoms |= {text.format(k): f(v) for k, v in variables.items()}
    if len(functions) > len(PLAIN):
        atoms |= {text: v for text, v in _rows(s).items() if v.shape == shape}
    return {k: np.broadcast_to(np.asarray(v, L), shape) for k, v in atoms.items()}


def _rows(s: Scene) -> dict[str, Any]:
    """Return softmax and its like of every input, along every axis."""
    return {
        text.format(k, dim): np.asarray(f(v, dim), L)
        for k, v in s.floats().items()
        for dim in range(v.ndim if k not in ("z", "dz") and v.size else 0)
        for text, f in ALONG_ROWS.items()
    }


def _sums(s: Scene) -> dict[str, Any]:
    """Return dz, and dz times another array, summed over an axis or all of them."""
    if s.dz is None:
        return {}
    factors = {**s.floats(), **_rows(s)}
    wholes = {f"(dz * {k})": s.dz * v for k, v in factors.items() if k != "dz" and spreads(v, s.dz.shape)}
    return {
        f"{text}.sum({'' if axis is None else axis})": whole.sum(axis)
        for text, whole in {"dz": s.dz, **wholes}.items()
        for axis in (None, *range(whole.ndim))
    }


def _matrices(s: Scene) -> dict[str, Any]:
    """Return the products of two arrays, each as it is or transposed."""
    forms = {}
    for k, v in s.floats().items():
        if v.ndim:
            forms[k] = k, v
        if v.ndim > 1:
            forms[f"{k}.T" if v.ndim == 2 else f"{k}.mT"] = k, np.swapaxes(v, -1, -2)
    made = {}
    for left, (a, p) in forms.items():
        for right, (b, q) in forms.items():
            inner = q.shape[0] if q.ndim == 1 else q.shape[-2]
            batch = p.ndim < 3 or q.ndim < 3 or p.shape[:-2] == q.shape[:-2]
            if a != b and p.shape[-1] == inner and batch and p.size * q.shape[-1] <= LARGEST:
                made[f"{left} @ {right}"] = p @ q
    return made
