"""What the page begins with: minigrad/pocket.py, the whole idea in one file, beside the same lines in PyTorch."""

from __future__ import annotations

import inspect
from typing import Any

from markupsafe import Markup

from sidebyside.page import highlight, sources

# Parts of pocket.py, and their twins by hand. PyTorch's backward is in C++.
ROWS = {
    "Tensor.backward": (),
    "Tensor.log_softmax": ("torch_ref.functions:LogSoftmax",),
    "Tensor.nll_loss": ("torch_ref.functions:NLLLoss",),
    "Linear": ("torch_ref.functions:Linear",),
    "SGD.step": ("torch_ref.optim:SGD._update",),
}
# The example of pocket.py's docstring, as a user of PyTorch writes it.
STEP = """\
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
loss = nn.CrossEntropyLoss()(model(x), y)
loss.backward()
torch.optim.SGD(model.parameters(), lr=0.8).step()"""


def example() -> str:
    """One step of training, from the docstring of pocket.py."""
    import minigrad.pocket

    lines = inspect.cleandoc(minigrad.pocket.__doc__ or "").splitlines()
    return "\n".join(line.strip().partition("    #")[0].rstrip() for line in lines if line.startswith("    "))


def shown() -> dict[str, Any]:
    """Both examples, parts of the file beside their twins, and the whole file, as the template wants them."""
    rows = [([_example("pocket.py", example())], [_example("PyTorch", STEP)])]
    for name, twins in ROWS.items():
        # Of a method the last part alone: the one before it is the head of its class.
        mine, *theirs = (_block(sources.ours(place)[-1]) for place in (f"minigrad.pocket:{name}", *twins))
        rows.append(([mine], theirs))
    whole = sources.whole("minigrad.pocket")
    return {
        "rows": rows, "whole": _block(whole), "lines": len(whole.lines), "file": whole.file,
    }  # fmt: skip


def _example(title: str, text: str) -> dict[str, Any]:
    part = sources.Part("", 1, tuple(text.split("\n")))
    return {"title": (title, title), "where": "", "code": Markup(highlight.block(part, numbered=False))}


def _block(part: sources.Part) -> dict[str, Any]:
    return {"title": None, "where": part.file, "code": Markup(highlight.block(part))}
