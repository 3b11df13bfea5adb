"""How often is a mistake named, and a right program blamed?   python -m benchmarks.diagnosis, in about 10 minutes

Every mistake of benchmarks/wrong_programs/ is made on purpose, on random shapes and dtypes: a wrong op, the right
formula in PyTorch, and inputs. It counts as named if `same` says the sentence that belongs to the mistake. The right
programs are all of sidebyside/programs/ops.py, on numbers of several kinds; one that `same` fails is blamed.

Writes benchmarks/results/diagnosis.json. Exits with 1 if a mistake is named in fewer than 95 of 100 programs, or
if a right one is blamed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import minigrad
from benchmarks.wrong_programs import MISTAKES
from sidebyside import environment
from sidebyside.contract import NoTier
from sidebyside.options import number, writable_file, write_text
from sidebyside.programs.ops import ANY, FIT, SAME, SECOND, TABLE
from sidebyside.testing import same

RESULTS = Path(__file__).parent / "results" / "diagnosis.json"
NAMED = 0.95  # the least share
RIGHT = [*TABLE, *SECOND]
NUMBERS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda r, shape: r.normal(size=shape),
    lambda r, shape: 20 * r.normal(size=shape),  # exp of it is far from 1
    lambda r, shape: r.integers(-2, 3, shape),  # zeros and ties
    lambda r, shape: r.integers(-8, 9, shape) / 4,
)


def said(ours: Any, theirs: Any, inputs: list[Any]) -> str | None:
    """What `same` says; "" if it passes, None if it makes no claim because no bound is derived."""
    try:
        same(ours, theirs, *inputs)
    except AssertionError as error:
        return " ".join(str(error).split())
    except NoTier:
        return None
    return ""


def misses(name: str, count: int, seed: int = 0) -> list[str | None]:
    """What is said of this many cases of a mistake where it is not named."""
    sentence, make = MISTAKES[name]
    texts = [said(*make(np.random.default_rng([seed, i]))) for i in range(count)]
    return [text for text in texts if sentence not in (text or "")]


def right_program(i: int) -> tuple[str, Callable[..., Any], list[Any]]:
    """The i-th right program: its name, the program, and its inputs."""
    r, case = np.random.default_rng([1, i]), RIGHT[i % len(RIGHT)]
    draw = NUMBERS[i // len(RIGHT) % len(NUMBERS)]
    dtype, any_shape = r.choice(case.kinds), tuple(map(int, r.integers(1, 5, r.integers(4))))
    drawn = {ANY: any_shape, SAME: any_shape, FIT: any_shape[r.integers(len(any_shape) + 1) :]}
    shapes = zip(case.shapes, case.fixed_shapes(), strict=True)
    inputs = [np.asarray(draw(r, drawn.get(asked, fixed)), dtype) for asked, fixed in shapes]
    if case.positive:
        inputs = [abs(x) + np.asarray(0.25, x.dtype) for x in inputs]
    return case.name, case.program, inputs


def verdict(i: int) -> str | None:
    """What `same` says of the i-th right program."""
    _, program, inputs = right_program(i)
    each = (lambda *xs, library=library: program(library, *xs) for library in (minigrad, torch))
    return said(*each, inputs)


def measure_mistakes(count: int) -> dict[str, Any]:
    """The share of programs in which each mistake is named."""
    shares = {}
    for name in MISTAKES:
        shares[name] = 1 - len(misses(name, count)) / count
        print(f"{name:<40} {shares[name]:>6.1%} of {count}", flush=True)
    return shares


def measure_right(count: int) -> dict[str, Any]:
    """How many right programs are held, and which are blamed."""
    held: Counter[str] = Counter()
    blamed = []
    for i in range(count):
        text, name = verdict(i), right_program(i)[0]
        held[name] += text is not None
        if text:
            blamed.append({"program": name, "number": i, "said": text})
            print(name, text)
    print(f"{len(blamed)} of {count} right programs blamed; no bound is derived for {count - held.total()}")
    without = sorted(name for name, claims in held.items() if not claims)
    return {"programs": count, "held": held.total(), "blamed": blamed, "without_a_bound": without}


def main() -> int:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    many = number(int, 1, "a whole number from 1")
    parser.add_argument(
        "--each", type=many, default=200, help="programs for each mistake; default: %(default)s"
    )
    parser.add_argument("--right", type=many, default=10_000, help="right programs; default: %(default)s")
    parser.add_argument("--out", type=writable_file, default=str(RESULTS), help="default: %(default)s")
    args = parser.parse_args()
    torch.set_num_threads(1)
    began, started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), time.perf_counter()
    named, right = measure_mistakes(args.each), measure_right(args.right)
    report = {
        "started": began,
        "environment": environment.describe() | environment.conditions(),
        "programs_for_each_mistake": args.each,
        "named": named,
        "right": right,
        "seconds": round(time.perf_counter() - started, 1),
    }
    write_text(args.out, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return int(min(named.values()) < NAMED or bool(right["blamed"]))


if __name__ == "__main__":
    sys.exit(main())
