"""K shards of a batch, one after another in one process, beside the whole batch: are gradients and weights the same?

Where nothing rounds they are the same bits, and `proved_steps` says for how many steps that is proved. On any floats a
sum of sums rounds elsewhere than one sum, and `bounded` says how far apart the two can be, and are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np

from sidebyside.contract import largest_difference, outside
from sidebyside.runs import Config, engine

FEW = (8, 4, 4, 2)  # samples, inputs, hidden units, outputs: so few that the first steps need few bits


def mean_gradients(
    side: SimpleNamespace, model: Any, loss: Any, x: Any, y: Any, shards: int
) -> dict[str, Any]:
    """The mean of the shards' gradients, as the ranks compute it: of samples r, r + K, r + 2K ... for each r."""
    nothing = SimpleNamespace(zero_grad=model.zero_grad, step=lambda: None)
    turns = side.shards.InTurns(nothing, model.parameters(), shards)
    for r in range(shards):
        turns.zero_grad()
        loss(model(x[r::shards]), y[r::shards]).backward()
        turns.step()
    return {name: p.grad for name, p in model.named_parameters()}


# -- where nothing rounds -----------------------------------------------------------------------------------------


def few_bit_steps(library: str, config: Config, shards: int) -> Iterator[dict[str, Any]]:
    """The parameters after each step with MSE, from data and weights that are halves of small whole numbers."""
    side, random = engine(library), np.random.default_rng(config.seed)
    samples, inputs, hidden, outputs = FEW

    def drawn(*shape: int) -> Any:
        return side.torch.from_numpy((random.integers(-2, 3, shape) / 2).astype(config.dtype))

    model = side.models[config.model](inputs, hidden, outputs).to(getattr(side.torch, config.dtype))
    model.load_state_dict({name: drawn(*p.shape) for name, p in model.named_parameters()})
    x, y, loss = drawn(samples, inputs), drawn(samples, outputs), side.torch.nn.MSELoss()
    optimizer = side.torch.optim.SGD(model.parameters(), lr=config.lr, momentum=config.momentum)
    while True:
        mean_gradients(side, model, loss, x, y, shards)
        optimizer.step()
        yield dict(model.named_parameters())


def proved_steps(config: Config, shards: int, most: int = 10) -> int:
    """The number of steps in which no bit of the weights can have rounded, in whatever order anything was added."""
    from sidebyside.contract.track import Track

    proved = 0
    with Track() as track:
        for parameters in islice(few_bit_steps("torch", config, shards), most):
            if any(track.ball(p).r.any() for p in parameters.values()):
                break
            proved += 1
    return proved


# -- any floats ---------------------------------------------------------------------------------------------------


def bounded(probes: Sequence[SimpleNamespace], shards: int) -> dict[str, dict[str, Any]]:
    """For each parameter how far the shards' mean gradient is `apart` from the whole batch's, how far rounding can take
    the two apart, `bound`, and whether the gradients of both libraries lie `within` their bounds of the true one.

    A probe has a library, `torch`, with a model, its loss, and samples; the last one's library is PyTorch.
    """
    from sidebyside.contract.track import Track

    balls, gradients = [], []
    for parts in (1, shards):
        with Track() as track:
            tracked = _mean_of(probes[-1], parts)
            balls.append({name: track.ball(g) for name, g in tracked.items()})
        gradients.append([_mean_of(probe, parts) for probe in probes])
    return {
        name: {
            "apart": max(
                largest_difference(one[name], many[name]) for one, many in zip(*gradients, strict=True)
            ),
            "bound": float((whole.r + split.r + abs(whole.c - split.c)).max()),
            "within": not any(
                outside(each[name].numpy(), ball).any()
                for ball, sides in zip((whole, split), gradients, strict=True)
                for each in sides
            ),
        }
        for name, (whole, split) in ((name, (balls[0][name], balls[1][name])) for name in balls[0])
    }


def _mean_of(probe: SimpleNamespace, shards: int) -> dict[str, Any]:
    return mean_gradients(probe, probe.model, probe.loss, probe.x, probe.y, shards)
