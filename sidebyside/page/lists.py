"""What one training step asks for: minigrad's list of NumPy calls, and PyTorch's of ATen functions.

minigrad's is the list that torch.compile repeats. PyTorch's is taken down by a dispatch mode while the same step runs:
each line is a function of ATen with the memory that it reads and writes; views write nothing and are left out. Names mean the same on both sides: x are
the arguments, w the weights, m results; c constants.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import minigrad
from minigrad import models as our_models
from minigrad import train as our_train
from torch_ref import models as their_models
from torch_ref import train as their_train

SIZES = (784, 100, 10)
BATCH = 64
RATE = 0.8


def _step(library: Any, models: Any, train: Any) -> tuple[Any, Any, Any, Any]:
    """The tutorial's step on a batch of zeros: the function, its two arguments, and the model."""
    model = models.sequential(*SIZES)
    step = train.optimizer(model, library.optim.SGD(model.parameters(), RATE))
    return step, library.zeros(BATCH, SIZES[0]), library.zeros(BATCH, dtype=library.int64), model


def ours() -> str:
    """minigrad's list of calls."""
    step, x, y, _ = _step(minigrad, our_models, our_train)
    compiled = minigrad.compile(step)
    for _ in range(2):  # it is recorded twice
        compiled(x, y)
    return str(compiled.code)


class Called(TorchDispatchMode):  # type: ignore[misc]
    """While it is on, each call of ATen becomes a line, unless it makes a view."""

    def __init__(self, memory: dict[int, str]) -> None:
        super().__init__()
        self.memory, self.lines = memory, list[str]()
        self.kept: list[Any] = []  # memory that is not given away again, so that a name means one thing

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call it, and write its name and the memory of its arguments and results."""
        found = func(*args, **(kwargs or {}))
        words = ", ".join(word for word in map(self.word, args) if word)
        if func.namespace == "aten" and not func.is_view:
            self.lines.append(f"{self.word(found)} = {func._schema.name.removeprefix('aten::')}({words})")
        return found

    def word(self, value: Any) -> str:
        """A tensor by the name of its memory; a list of them; nothing for a number or None."""
        if isinstance(value, torch.Tensor):
            storage = value.untyped_storage()
            self.kept.append(storage)
            return self.memory.setdefault(storage.data_ptr(), f"m{len(self.memory)}")
        if isinstance(value, (tuple, list)):
            words = [self.word(each) for each in value if isinstance(each, torch.Tensor)]
            return f"[{', '.join(words)}]" if words else ""
        return ""


def theirs() -> str:
    """PyTorch's."""
    step, x, y, model = _step(torch, their_models, their_train)
    step(x, y)
    named = [("x0", x), ("x1", y), *((f"w{i}", p) for i, p in enumerate(model.parameters()))]
    with Called({t.untyped_storage().data_ptr(): name for name, t in named}) as called:
        step(x, y)
    return "\n".join(called.lines)
