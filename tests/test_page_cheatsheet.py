"""The cheat sheet: every gradient on it is computed as it stands there, and every mistake is made and named."""

import argparse
import re

import numpy as np
import pytest
import torch

from sidebyside.mistakes.scene import Scene
from sidebyside.page import cheatsheet, maths
from sidebyside.page.pair import Said
from sidebyside.wrong import named

F = torch.nn.functional
DRAW = np.random.default_rng(0)
ROWS = {row.op: row for rows in cheatsheet.GROUPS.values() for row in rows}


def numbers(*shape):
    return DRAW.normal(size=shape)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigma(x):
    return 1 / (1 + np.exp(-x))


def row(array):
    """A number for each row, beside the row's elements."""
    return array[:, None]


X, Y, POSITIVE, TIED = (
    numbers(3, 4),
    numbers(3, 4),
    abs(numbers(3, 4)) + 1,
    np.array([[1.0, 3, 0], [3, 2, 3]]),
)
KINKED = np.array([[1.0, 0, -2], [0, 0.5, -1]])
LABELS, K = np.array([2, 0, 3]), np.array([0, 2, 0, 1])
DZ, ROW, ONE, FOUR = numbers(3, 4), numbers(3), np.float64(1.25), numbers(4, 4)
CHOSEN = X > Y
HOT = np.eye(4)[LABELS]
MEAN = row(X.mean(1))

# By op: PyTorch's program, its inputs, dz, the sheet's gradients by the text that stands there, computed from what the
# text names, and a mistake: of which input's gradient (or of z), and what it gives.
CASES = {
    "add": (lambda x, y: x + y, (X, Y), DZ, {"dx = dz": DZ, "dy = dz": DZ}, None),
    "sub": (lambda x, y: x - y, (X, Y), DZ, {"dx = dz": DZ, "dy = -dz": -DZ}, None),
    "mul": (lambda x, y: x * y, (X, Y), DZ, {"dx = dz·y": DZ * Y, "dy = dz·x": DZ * X}, ("x", DZ * X)),
    "div": (lambda x, y: x / y, (X, POSITIVE), DZ,
            {"dx = dz/y": DZ / POSITIVE, "dy = -dz·x/y²": -DZ * X / POSITIVE**2}, ("y", DZ * X / POSITIVE**2)),
    "pow_scalar": (lambda x: x**3, (X,), DZ, {"dx = dz·n·xⁿ⁻¹": DZ * 3 * X ** (3 - 1)}, ("x", DZ * 3 * X**3)),
    "expand": (lambda x: x.expand(3, 4), (X[0],), DZ,
               {"dx = Σ dz over the repetitions, which the engine does": DZ.sum(0)}, ("x", DZ)),
    "exp": (torch.exp, (X,), DZ, {"dx = dz·z": DZ * np.exp(X)}, ("x", DZ * X)),
    "log": (torch.log, (POSITIVE,), DZ, {"dx = dz/x": DZ / POSITIVE}, ("x", DZ * POSITIVE)),
    "sqrt": (torch.sqrt, (POSITIVE,), DZ, {"dx = dz/2z": DZ / (2 * np.sqrt(POSITIVE))}, ("x", DZ / (2 * POSITIVE))),
    "tanh": (torch.tanh, (X,), DZ, {"dx = dz·(1 - z²)": DZ * (1 - np.tanh(X) ** 2)}, ("x", DZ * (1 - np.tanh(X)))),
    "sigmoid": (torch.sigmoid, (X,), DZ, {"dx = dz·(1 - z)·z": DZ * (1 - sigma(X)) * sigma(X)}, ("x", DZ * sigma(X))),
    "relu": (torch.relu, (KINKED,), DZ[:2, :3], {"dx = dz where z > 0, else 0": DZ[:2, :3] * (KINKED > 0)},
             ("x", DZ[:2, :3] * (KINKED >= 0))),
    "where": (lambda x, y: torch.where(torch.tensor(CHOSEN), x, y), (X, Y), DZ,
              {"dx, dy = dz where chosen, else 0": (DZ * CHOSEN, DZ * ~CHOSEN)}, ("x", DZ * (X > 0.5))),
    "maximum": (torch.maximum, (KINKED + 4, 0 * KINKED + 4), DZ[:2, :3],
                {"dx = dz where x > y, dz/2 where x = y": np.where(KINKED > 0, DZ[:2, :3], DZ[:2, :3] / 2 * (KINKED == 0))},
                ("x", DZ[:2, :3] * (KINKED >= 0))),
    "max": (torch.max, (TIED,), ONE, {"dxᵢ = dz/n for the n elements that attain it, else 0": ONE / 3 * (TIED == 3)},
            ("x", ONE * (TIED == 3))),
    "sum": (torch.sum, (X,), ONE, {"dxᵢ = dz": ONE + 0 * X}, ("x", 1 + 0 * X)),
    "sum_dim": (lambda x: x.sum(1), (X[:, :3],), ROW, {"dxᵢⱼ = dzᵢ": row(ROW) + 0 * X[:, :3]}, ("x", ROW + 0 * X[:, :3])),
    "mean": (torch.mean, (X,), ONE, {"dxᵢ = dz/n": ONE / X.size + 0 * X}, ("x", ONE + 0 * X)),
    "var": (lambda x: x.var(1), (X,), ROW, {"dxᵢⱼ = 2·dzᵢ·(xᵢⱼ - mᵢ) / (n - c)": 2 * row(ROW) * (X - MEAN) / (4 - 1)},
            ("x", 2 * row(ROW) * (X - MEAN) / 4)),
    "mm": (torch.mm, (X[:, :3], Y[:, :3]), DZ[:, :3], {"dx = dz·yᵀ": DZ[:, :3] @ Y[:, :3].T, "dy = xᵀ·dz": X[:, :3].T @ DZ[:, :3]},
           ("y", X[:, :3] @ DZ[:, :3])),
    "linear": (F.linear, (X, Y, ROW), DZ[:, :3],
               {"dx = dz·W": DZ[:, :3] @ Y, "dW = dzᵀ·x": DZ[:, :3].T @ X, "dbⱼ = Σᵢ dzᵢⱼ": DZ[:, :3].sum(0)},
               ("b", DZ[:, :3].sum(1))),
    "softmax": (lambda x: x.softmax(1), (X,), DZ,
                {"dxᵢⱼ = (dzᵢⱼ - Σₖ dzᵢₖ·zᵢₖ)·zᵢⱼ": (DZ - row((DZ * softmax(X)).sum(1))) * softmax(X)},
                ("x", DZ * softmax(X) * (1 - softmax(X)))),
    "log_softmax": (lambda x: x.log_softmax(1), (X,), DZ,
                    {"dxᵢⱼ = dzᵢⱼ - exp(zᵢⱼ)·Σₖ dzᵢₖ": DZ - np.exp(np.log(softmax(X))) * row(DZ.sum(1))},
                    ("x", DZ - np.log(softmax(X)) * row(DZ.sum(1)))),
    "logsumexp": (lambda x: x.logsumexp(1), (X * 1000,), ROW,
                  {"dxᵢⱼ = dzᵢ·exp(xᵢⱼ - zᵢ)": row(ROW) * softmax(X * 1000)}, ("", np.array([np.inf] * 3))),
    "cross_entropy": (lambda x: F.cross_entropy(x, torch.tensor(LABELS)), (X,), ONE,
                      {"dxᵢⱼ = (pᵢⱼ - 1[j = yᵢ])·dz/N": (softmax(X) - HOT) * ONE / 3}, ("x", softmax(X) * ONE / 3)),
    "binary_cross_entropy_with_logits": (
        lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor(HOT), torch.tensor(POSITIVE), reduction="none"), (X,), DZ,
        {"dxᵢ = dzᵢ·wᵢ·(σ(xᵢ) - yᵢ), where p = 1": DZ * POSITIVE * (sigma(X) - HOT)}, None),
    "mse_loss": (F.mse_loss, (X, Y), ONE, {"dxᵢ = 2·(xᵢ - yᵢ)·dz / n": 2 * (X - Y) * ONE / 12, "dyᵢ = -dxᵢ": -2 * (X - Y) * ONE / 12},
                 ("x", (X - Y) * ONE / 12)),
    "view": (lambda x: x.reshape(4, 3), (X,), DZ.T.copy(), {"dx = dz in the first shape": DZ.T.reshape(3, 4)}, ("x", DZ)),
    "transpose": (lambda x: x.transpose(0, 1), (X[:, :3],), DZ[:, :3], {"dx = dz, in the order before": DZ[:, :3].T},
                  ("x", DZ[:, :3])),
    "cut": (lambda x: x[1:3], (X[:, 0],), ROW[:2], {"dx = dz there, else 0": np.array([0, *ROW[:2]])},
            ("x", np.array([*ROW[:2], 0]))),
    "index": (lambda x: x[torch.tensor(K)], (X,), FOUR,
              {"dxⱼ = Σᵢ dzᵢ over all i with kᵢ = j": np.array([sum(FOUR[i] for i in range(4) if K[i] == j) for j in range(3)])},
              ("x", FOUR[[2, 3, 1]])),
}  # fmt: skip


def of_pytorch(program, inputs, dz):
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    z = program(*tensors)
    z.backward(torch.tensor(dz))
    return z.detach().numpy(), [x.grad.numpy() for x in tensors]


def test_every_op_of_the_sheet_has_a_case():
    assert CASES.keys() == ROWS.keys()


@pytest.mark.parametrize("op", ROWS)
def test_every_gradient_is_right(op):
    program, inputs, dz, said, _ = CASES[op]
    assert list(said) == cheatsheet.gradients(ROWS[op])
    found = [each for value in said.values() for each in (value if isinstance(value, tuple) else (value,))]
    _, right = of_pytorch(program, inputs, dz)
    for ours, theirs in zip(
        found, right, strict=op != "maximum"
    ):  # whose second rule is the first's mirror image
        # a wrong formula is off by parts of the numbers themselves; some ten roundings, by 1e-15 of them
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * abs(theirs).max())


# Mistakes that show in another program: an input that is used twice or subtracted, a loss without weights.
ELSEWHERE = {
    "add": (lambda x: x + x, (X,), DZ, ("x", DZ)),
    "sub": (lambda x: 1 - x, (X,), DZ, ("x", DZ)),
    "binary_cross_entropy_with_logits": (
        F.binary_cross_entropy_with_logits,
        (X, HOT),
        ONE,
        ("x", (X - HOT) * ONE / 12),
    ),
}


@pytest.mark.parametrize("op", ROWS)
def test_every_mistake_is_named_in_the_words_of_the_sheet(op):
    program, inputs, dz, *_, (name, found) = ELSEWHERE.get(op, CASES[op])
    z, right = of_pytorch(program, inputs, dz)
    names = "xwb" if op == "linear" else "xy"
    rights = dict(zip(names, right, strict=False))
    values = dict(zip(names, inputs, strict=False)) | {"z": z, "dz": dz}
    values |= {"cross_entropy": {"y": LABELS}, "index": {"k": K}}.get(op, {})
    said = named(Scene(found, rights[name] if name else z, 0, name, values, rights))
    assert said is not None
    for part in ROWS[op].mistake.en.split(": "):
        assert part in said


def sgd(w, gradients, lr, momentum):
    """As the sheet says: the first b is g."""
    b = None
    for g in gradients:
        b = g if b is None else momentum * b + (1 - 0) * g
        w = w - lr * b
    return w


def adam(w, gradients, lr, momentum):
    m, v = 0, 0
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + (1 - 0.9) * g, 0.999 * v + (1 - 0.999) * g**2
        m_, v_ = m / (1 - 0.9**t), v / (1 - 0.999**t)
        w = w - lr * m_ / (np.sqrt(v_) + 1e-8)
    return w


STEPS = {
    "SGD": (sgd, torch.optim.SGD, {"momentum": 0}, "w ← w - lr·g"),
    "SGD, momentum": (sgd, torch.optim.SGD, {"momentum": 0.9}, "b ← μ·b + (1 - τ)·g    g ← b    w ← w - lr·g"),
    "Adam": (adam, torch.optim.Adam, {},
             "m ← β₁·m + (1 - β₁)·g    v ← β₂·v + (1 - β₂)·g²    m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ)    w ← w - lr·m̂/(√v̂ + eps)"),
}  # fmt: skip


@pytest.mark.parametrize("step", cheatsheet.STEPS, ids=lambda step: step.code)
def test_every_step_is_right_and_stands_in_a_docstring(step):
    by_hand, theirs, options, said = STEPS[step.code]
    assert "    ".join(step.formulas) == said
    assert all(each in cheatsheet.docstring(step) for each in step.formulas)
    w = torch.tensor(X, requires_grad=True)
    optimizer = theirs([w], lr=0.1, **options)
    for g in (Y, DZ, X):
        w.grad = torch.tensor(g)
        optimizer.step()
    ours = by_hand(X, (Y, DZ, X), 0.1, **{"momentum": 0, **options})
    np.testing.assert_allclose(ours, w.detach().numpy(), rtol=0, atol=1e-12)  # as above


@pytest.mark.parametrize("lang", Said._fields)
def test_the_sheet_is_whole(lang, tmp_path, capsys):
    parser = argparse.ArgumentParser()
    cheatsheet.add_arguments(parser)
    out = tmp_path / "sheet.html"
    assert cheatsheet.run(parser.parse_args(["--lang", lang, "--out", str(out)])) == 0
    assert str(out) in capsys.readouterr().out
    text = out.read_text(encoding="utf-8")
    assert re.search("<html lang=(..)>", text)[1] == lang
    assert text.count("<td class=mistake>") == len(ROWS) + len(STEPS)
    assert all(row.mistake.en != row.mistake.es for row in [*ROWS.values(), *cheatsheet.STEPS])
    formulas = [f for row in ROWS.values() for f in cheatsheet.formulas(row)]
    assert text.count("<span class=formula>") == len(formulas) + sum(
        len(row.formulas) for row in cheatsheet.STEPS
    )
    assert [word for f in formulas for word in maths.words(f) if word not in maths.SPANISH] == []
