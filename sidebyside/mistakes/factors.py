"""The right gradient times something, or plus something."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from sidebyside.mistakes.scene import Guesses, Scene, spreads


def factor(s: Scene) -> Guesses:
    """A known number of times the right one."""
    known = {2.0: TWICE, -1.0: "the sign is wrong", **CONSTANTS}
    for n in s.counts():
        why = f"N = {n}: the mean's division by N is forgotten"
        known[float(n)] = f"{why}, or {known[2.0]}" if n == 2 else why
        why = f"1/N, N = {n}: it is divided by N once too often"
        known[1 / n] = f"{why}, or {HALF}" if n == 2 else why
        if n > 2:
            known.setdefault((n - 1) / n, f"it is divided by N for N - 1, N = {n}")
            known.setdefault(n / (n - 1), f"it is divided by N - 1 for N, N = {n}")
    if s.name:
        known.setdefault(0.5, HALF)
    for n, m in permutations(s.counts(), 2):
        known.setdefault(m / n, f"it is divided by {n} where it should be divided by {m}")
    for times, why in list(known.items()):
        known.setdefault(-times, f"the sign is wrong, and {why}")
    for times, why in known.items():
        yield times * s.right, f"it is {times:.6g} times the right one ({why})"


TWICE = "something is accumulated twice, or a factor 2 is too many"
HALF = "one of two uses of an input is not added, or a factor 2 is missing"
CONSTANTS = {
    float(np.log(2)): "ln 2: exp2 or log2 and exp or log are mixed up",
    float(1 / np.log(2)): "1 / ln 2: exp2 or log2 and exp or log are mixed up",
    float(np.log(10)): "ln 10: log10 and log are mixed up",
    float(1 / np.log(10)): "1 / ln 10: log10 and log are mixed up",
    float(np.pi / 180): "π/180: degrees and radians are mixed up",
    float(180 / np.pi): "180/π: degrees and radians are mixed up",
}


def variable(s: Scene) -> Guesses:
    """A factor of the formula too many or too few."""
    powers = {"exp(z)": np.exp(s.z)} if s.z is not None else {}
    signs = {f"|{k}|": abs(v) for k, v in s.floats().items() if (v < 0).any() and k != "dz"}
    for k, v in {**s.floats(), **powers, **signs}.items():
        if not spreads(v, s.right.shape) or not v.size:
            continue
        yield s.right * v * v, f"it is multiplied by {k} where it should be divided, or {k}² is too many"
        for power, factor in ((v, k), (v * v, f"{k}²")):
            for number, times in ((1, ""), (2, "2·")):
                each, text = number * power, times + factor
                missing = f"a factor {text} is missing, or it is divided by it"
                yield s.right / each, "dz is ignored" if text == "dz" else missing
                yield s.right * each, f"a factor {text} is there once too often, or it is not divided by it"
                yield -s.right / each, f"a factor {text} is missing, and the sign is wrong"
                yield -s.right * each, f"a factor {text} is there once too often, and the sign is wrong"


def constant(s: Scene) -> Guesses:
    """Some number of times the right one."""
    sure = abs(s.right) > s.slack
    if sure.sum() < 2 or not np.isfinite(s.right).all() or not np.isfinite(s.found).all():
        return
    place = np.unravel_index(np.argmax(abs(s.right)), s.right.shape)
    times = float(s.found[place] / s.right[place])
    for digits in range(1, 18 if times else 0):  # the shortest number that fits
        yield (
            float(f"{times:.{digits}g}") * s.right,
            f"every element is {times:.{digits}g} times the right one",
        )


def offset(s: Scene) -> Guesses:
    """The right one, and a number."""
    if s.right.size > 2 and np.isfinite(s.right).all() and np.isfinite(s.found).all():
        more = np.mean(s.found - s.right)
        sign = "-" if more < 0 else "+"
        yield s.right + more, f"it is the right one {sign} {abs(float(more)):.6g} everywhere"
