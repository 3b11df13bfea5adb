"""14. Gradient accumulation

    mean over all rows = Σ (mean over a part) / number of parts        with parts of equal size

A batch that does not fit into memory can be taken in parts: `backward` adds to w.grad, so that
after the last part the whole gradient is there. Each part's loss is a mean over that part alone. To
get the mean over all rows, divide it by the number of parts, and then call backward.

Replace every `...`, then run:    minigrad check exercises/14_accumulation.py
"""

import minigrad as torch


def gradient(w, x, y, parts):
    """The gradient of the mean loss over all rows, part by part. x: (N, K), y: (N,), w: (K,)"""
    w.grad = None
    for x_part, y_part in zip(x.chunk(parts), y.chunk(parts), strict=True):
        loss = ((x_part @ w - y_part) ** 2).mean()
        ...
    return w.grad


def test_the_gradient_of_the_whole_batch():
    """The gradient of the whole batch"""
    w = torch.tensor([1.0, -1.0], requires_grad=True)
    x = torch.tensor([[1.0, 2.0], [3.0, 1.0], [0.0, 2.0], [2.0, 4.0]])
    y = torch.tensor([1.0, 0.0, 2.0, -2.0])
    found = gradient(w, x, y, parts=2)
    assert found is not None, (
        "w.grad is None: call backward for each part, and do not set w.grad to None again"
    )
    wrong = {
        (4.0, -10.0): "it is 2 times the right one, with 2 parts: divide each loss by the number of parts",
        (1.0, -2.5): "each loss is divided by the number of rows: divide it by the number of parts",
        (0.0, -4.0): "only the last part is there: w.grad is emptied once, before the loop",
        (0.0, -8.0): "only the last part is there: w.grad is emptied once, before the loop",
    }
    found = tuple(found.tolist())
    assert found == (2.0, -5.0), wrong.get(
        found, f"the gradient is {found}; that of the whole batch is (2, -5)"
    )
