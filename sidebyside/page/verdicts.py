"""The measurements of each pair: the JSON file from which `minigrad page` takes its numbers.

Each pair's program runs with both libraries on the same numbers, and is compared in three ways: with each library's
own kernels; with PyTorch's autograd on minigrad's kernels (exchange/); and with finite differences, in float64.
"""

from __future__ import annotations

import ast
import json
import math
import warnings
from functools import cache
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np

from sidebyside.contract import same_bits, ulps
from sidebyside.exchange import minigrad_kernels, numbers_alike
from sidebyside.graph.steps import steps
from sidebyside.options import write_text
from sidebyside.page.backward import MODEL
from sidebyside.page.pair import Pair
from sidebyside.programs.ops import sized
from sidebyside.runs import engine
from sidebyside.seeds import differing

LARGE = {"B": 8, "N": 24, "M": 30, "K": 8}  # sizes for which values are compared
SMALL = {"B": 2, "N": 3, "M": 4, "K": 2}  # and derivatives
MOVED = 30  # elements of an input, at most, for finite differences


def measure(pairs: list[Pair]) -> dict[str, Any]:
    """Measure all pairs, and note the versions and sizes."""
    import torch

    import minigrad

    versions = {"minigrad": minigrad.__version__, "torch": torch.__version__, "numpy": np.__version__}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        verdicts = {pair.key: verdict(pair) for pair in pairs if pair.program}
        turns = steps(MODEL)
    finally:
        torch.set_num_threads(threads)
    return {
        "versions": versions,
        "sizes": LARGE,
        "sizes_gradcheck": SMALL,
        "dtype": "float32",
        "verdicts": verdicts,
        "steps": turns,
    }


def write(verdicts: dict[str, Any], path: Path) -> None:
    """Write the measurements as JSON."""
    write_text(path, json.dumps(verdicts, indent=1) + "\n")


def verdict(pair: Pair) -> dict[str, Any]:
    """Measure one pair. The result can be written as JSON."""
    arrays = inputs(pair, LARGE, np.float32)
    ours, drawn = (run(pair, name, arrays, LARGE) for name in ("minigrad", "torch"))
    with numbers_alike():
        theirs = run(pair, "torch", arrays, LARGE)
    found: dict[str, Any] = {
        "numbers": int(sum(np.size(part) for part in ours.parts.values())),
        "node": ours.node,
        "torch_node": drawn.node,
        "own_kernels_equal": equal(ours, theirs),
        "forward_ulp": apart(ours, theirs, backward=False),
        "backward_ulp": apart(ours, theirs, backward=True),
    }
    if pair.seeded:
        found["seeded_equal"] = seeded_alike(ours.start, drawn.start)
    try:
        with minigrad_kernels() as kernels:
            found["exchanged_equal"] = equal(ours, run(pair, "torch", arrays, LARGE))
    except NotImplementedError:
        found["exchanged_equal"] = None
    found["exchanged"] = sorted(kernels.used)
    found["tier"] = tier(found)
    if pair.smooth and ours.node is not None:
        found["gradcheck"] = gradcheck(pair)
    return found


def seeded_alike(ours: dict[str, Any], theirs: dict[str, Any]) -> bool | None:
    """Say whether the same seed gave the same weights, or None if PyTorch draws other numbers on this processor."""
    return same_parts(ours, theirs) or (None if "uniform" in differing() else False)


def tier(found: dict[str, Any]) -> str:
    """Return the strongest tier that holds on every processor.

    Where a kernel is exchanged, the libraries' own may give the same bits here and others elsewhere.
    """
    if found["own_kernels_equal"] and not found["exchanged"]:
        return "bits"
    return "exchanged" if found["exchanged_equal"] else "shown"


def broken(verdicts: dict[str, Any], turns: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the pairs and steps of backward that break the contract, and the comparisons that show it.

    First those that finite differences contradict: their own derivative is wrong, the others compute with it.
    """
    found = {
        f"backward, step {i}": ["exchanged kernels"]
        for i, step in enumerate(turns, 1)
        if not step["torch"]["exchanged"]
    }
    for key, each in verdicts.items():
        checked = each.get("gradcheck")
        what = [
            *(["exchanged kernels"] if each["exchanged_equal"] is False else []),
            *(["finite differences"] if checked and not checked["error"] <= checked["allowed"] else []),
            *(["first weights"] if each.get("seeded_equal") is False else []),
        ]
        if what:
            found[key] = what
    return dict(sorted(found.items(), key=lambda each: "finite differences" not in each[1]))


def inputs(pair: Pair, sizes: dict[str, int], dtype: Any) -> list[Any]:
    """Draw the inputs of a pair. They are the same at every call."""
    rng = np.random.default_rng(0)
    numbers = [rng.standard_normal(shape) for shape in sized(pair.shapes.split(), sizes)]
    return [np.asarray(abs(a) + 0.25 if pair.positive else a, dtype) for a in numbers]


def run(pair: Pair, name: str, arrays: list[Any], sizes: dict[str, int]) -> SimpleNamespace:
    """Run the program with one library. Return its value, all gradients and, for a model, its first weights."""
    side = engine(name)
    leaves = [side.torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    side.torch.manual_seed(0)
    scope = namespace(side, pair, leaves, sizes)
    z = evaluate(pair.program, scope)
    model = scope.get("model")
    node = z.grad_fn and z.grad_fn.name().removeprefix("torch::autograd::")
    if z.requires_grad:
        if model is not None:
            model.zero_grad()
        rng = np.random.default_rng(1)
        z.backward(
            side.torch.from_numpy(np.asarray(rng.standard_normal(tuple(z.shape)), z.detach().numpy().dtype))
        )
    parts = {"z": z.detach().numpy()}
    parts |= {
        f"d{letter}": leaf.grad.numpy()
        for letter, leaf in zip(pair.inputs, leaves, strict=False)
        if leaf.grad is not None
    }
    weights = dict(model.named_parameters()) if model is not None else {}
    parts |= {f"d{key}": p.grad.numpy() for key, p in weights.items() if p.grad is not None}
    start = {key: p.detach().numpy() for key, p in weights.items()}
    return SimpleNamespace(parts=parts, node=node, start=start)


def namespace(side: SimpleNamespace, pair: Pair, leaves: list[Any], sizes: dict[str, int]) -> dict[str, Any]:
    """Return the names that a pair's program may use."""
    torch = side.torch
    given = {
        "torch": torch,
        "nn": torch.nn,
        "F": torch.nn.functional,
        "models": side.models,
        "train": side.train,
    }
    return {**given, **sizes, **dict(zip(pair.inputs, leaves, strict=False)), "__name__": "program"}


def evaluate(program: str, scope: dict[str, Any]) -> Any:
    """Run lines of code and return the value of the last one, an expression."""
    lines, value = _compiled(program)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(lines, scope)
        return eval(value, scope)


@cache
def _compiled(program: str) -> tuple[CodeType, CodeType]:
    tree = ast.parse(program)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    return compile(tree, "<program>", "exec"), compile(ast.Expression(last.value), "<program>", "eval")


def same_parts(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Say whether both sides have the same arrays, equal bit for bit."""
    return list(ours) == list(theirs) and all(same_bits(a, theirs[key]) for key, a in ours.items())


def equal(ours: SimpleNamespace, theirs: SimpleNamespace) -> bool:
    """Say whether value, gradients and weights are equal bit for bit."""
    return same_parts(ours.parts, theirs.parts) and same_parts(ours.start, theirs.start)


def apart(ours: SimpleNamespace, theirs: SimpleNamespace, backward: bool) -> float | None:
    """Return the largest distance in units of the last place, or None if there is nothing to compare."""
    keys = [key for key in ours.parts if (key != "z") == backward and ours.parts[key].dtype.kind == "f"]
    distances = [ulps(theirs.parts[key], ours.parts[key]) for key in keys if ours.parts[key].size]
    return max((round(d, 2) for d in distances), default=None)


def gradcheck(pair: Pair, eps: float = 1e-6) -> dict[str, float]:
    """minigrad's gradients beside central differences, in float64: the largest error and what is allowed.

    A central difference errs by ε²·|f‴|/6 and by u·|f|/ε; minigrad.autograd.gradcheck allows 1e-5 + 1e-3·|J|.
    Of a large input every k-th element is moved, at most MOVED of them: an image has hundreds.
    """
    arrays = [a / 4 + (0.5 if pair.positive else 0) for a in inputs(pair, SMALL, np.float64)]
    side = engine("minigrad")

    def value(changed: list[Any]) -> Any:
        side.torch.manual_seed(0)
        leaves = [side.torch.from_numpy(a.copy()).requires_grad_() for a in changed]
        scope = namespace(side, pair, leaves, SMALL)
        side.torch.set_default_dtype(side.torch.float64)  # of the program's own weights
        try:
            return evaluate(pair.program, scope), leaves
        finally:
            side.torch.set_default_dtype(side.torch.float32)

    z, leaves = value(arrays)
    rng = np.random.default_rng(1)
    dz = rng.standard_normal(tuple(z.shape))
    z.backward(side.torch.from_numpy(np.asarray(dz)))
    worst = size = 0.0
    for i, leaf in enumerate(leaves):
        kth = max(1, math.ceil(arrays[i].size / MOVED))
        for place in list(np.ndindex(arrays[i].shape))[::kth]:
            sides = []
            for step in (eps, -eps):
                moved = [a.copy() for a in arrays]
                moved[i][place] += step
                sides.append(float((value(moved)[0].detach().numpy() * dz).sum()))
            numerical = (sides[0] - sides[1]) / (2 * eps)
            analytical = float(leaf.grad.numpy()[place]) if leaf.grad is not None else 0.0
            worst, size = max(worst, abs(numerical - analytical)), max(size, abs(analytical))
    return {"error": float(f"{worst:.1e}"), "allowed": float(f"{1e-5 + 1e-3 * size:.1e}")}
