"""The right program on other inputs: one in reverse, with its sign, as a column, through a softmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, sigmoid, softmax

# By what is written for an input v: what it becomes, or None if it cannot be so.
ALTERED: dict[str, Callable[[Any], Any]] = {
    "-{}": lambda v: -v,
    "{}.T": lambda v: v.T if v.ndim == 2 and len(set(v.shape)) == 1 else None,
    "{}.unsqueeze(1)": lambda v: v[:, None] if v.ndim == 1 else None,
    "{}.squeeze(1)": lambda v: v[:, 0] if v.ndim == 2 and v.shape[1] == 1 else None,
    "{} in reverse": lambda v: np.flip(v) if v.ndim == 1 else None,
    "softmax({}, -1)": lambda v: softmax(v, -1) if v.ndim else None,
    "sigmoid({})": sigmoid,
    "{}²": lambda v: v * v,
    "{}, from degrees to radians,": lambda v: v * (np.pi / 180),
    "{}, from radians to degrees,": lambda v: v * (180 / np.pi),
    "{}·√{d}": lambda v: v * np.sqrt(v.shape[-1]) if v.ndim else None,
    "{}/√{d}": lambda v: v / np.sqrt(v.shape[-1]) if v.ndim else None,
    "{}·{d}": lambda v: v * v.shape[-1] if v.ndim else None,
    "{}/{d}": lambda v: v / v.shape[-1] if v.ndim else None,
}
SHIFTED: dict[str, Callable[[Any], Any]] = {"{} + 1": lambda v: v + 1, "{} - 1": lambda v: v - 1}  # labels


def altered(s: Scene) -> Guesses:
    """The program is right for another input than the one that was given."""
    if s.again is None or not s.tells():
        return
    for k, v in s.values.items():
        if k in ("z", "dz") or not np.size(v):
            continue
        for text, f in (ALTERED if v.dtype.kind == "f" else SHIFTED).items():
            new = f(v.astype(L) if v.dtype.kind == "f" else v)
            if new is not None:
                guess = np.asarray(s.again(**{k: new.astype(v.dtype)}))
                yield (
                    guess,
                    f"it is what {text.format(k, d=v.shape[-1] if v.ndim else 1)} in place of {k} gives",
                )
