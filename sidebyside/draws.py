"""PyTorch's random numbers, drawn by minigrad: for programs whose claim is not about seeds.

The same words of the Mersenne Twister, and the formula of minigrad/random.py in place of PyTorch's, whose last bits
depend on the machine (seeds.py). PyTorch's generator moves on as it does without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import minigrad

aten = torch.ops.aten


def _filled(name: str) -> Callable[..., Any]:
    """A kernel that fills a tensor, its own or a new one, in place."""

    def draw(func: Any, args: Any, options: dict[str, Any]) -> Any:
        generator = options.get("generator") or torch.default_generator
        state = generator.get_state()
        result = func(
            *args, **options
        )  # torch refuses what is wrong, makes the tensor, and moves its generator
        if result.dtype not in (torch.float32, torch.float64) or result.device.type != "cpu":
            return result
        ours = _generator(state)
        kind = str(result.dtype).removeprefix("torch.")
        parameters = args[1:] if func._schema.is_mutable else ()
        numbers = getattr(ours, name)(tuple(result.shape), *parameters, dtype=kind)
        return result.copy_(torch.from_numpy(numbers))

    return draw


def _generator(state: torch.Tensor) -> minigrad.Generator:
    """minigrad's generator in the state of PyTorch's."""
    return minigrad.Generator().set_state(minigrad.from_numpy(state.numpy()))


def _multinomial(func: Any, args: Any, options: dict[str, Any]) -> Any:
    """Places drawn by numbers with an exponential distribution, whose logarithms the two libraries round apart."""
    state = (options.get("generator") or torch.default_generator).get_state()
    result = func(*args, **options)
    if result.device.type != "cpu":
        return result
    p = minigrad.from_numpy(args[0].detach().numpy())
    drawn = minigrad.multinomial(p, *args[1:], generator=_generator(state))
    return result.copy_(torch.from_numpy(drawn.numpy()))


def _linspace(func: Any, args: Any, options: dict[str, Any]) -> Any:
    """Not random, but rounded once or twice as uniform numbers are."""
    result = func(*args, **options)
    if result.dtype not in (torch.float32, torch.float64):
        return result
    kind = getattr(minigrad, str(result.dtype).removeprefix("torch."))
    return result.copy_(torch.from_numpy(minigrad.linspace(*args[:3], dtype=kind).numpy()))


DRAWN: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys([aten.uniform_, aten.rand, aten.rand_like], _filled("uniform")),
    **dict.fromkeys([aten.normal_, aten.randn, aten.randn_like], _filled("normal")),
    aten.linspace: _linspace,
    aten.multinomial: _multinomial,
}
