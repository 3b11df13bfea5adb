"""Runs one program in both libraries, forward and backward, and says whether they agree."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

import minigrad
from sidebyside.contract import TIERS, NoTier, explain_difference
from sidebyside.contract.balls import Ball, NoBound
from sidebyside.wrong import Scene, named, rounded, shapes

try:  # `minigrad check` also runs without PyTorch
    from sidebyside.contract.track import Track
    from sidebyside.exchange import minigrad_kernels
except ModuleNotFoundError as missing:
    if missing.name != "torch":
        raise

# The gradient of an output. Its elements differ, so that a rule that forgets it is noticed. They have two bits, so
# that products with them still fit into a float in the exact tier.
ARRIVING = (0.5, -1.0, 2.0, 1.5, -0.5, 1.0, -2.0, 3.0, -1.5)
FAILED = "minigrad and PyTorch differ"
NO_GRADIENT = "(it has no rule, or detach() or no_grad() cut it off)"

Program = Callable[..., Any]


def arriving(shape: Sequence[int], kind: Any) -> Any:
    """Return the gradient that backward begins with at an output."""
    return np.resize(np.asarray(ARRIVING, kind), tuple(shape))


@dataclass
class Run:
    """What a program left behind in one library."""

    values: list[Any] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    arrived: list[Any] = field(default_factory=list)
    gradients: list[Any] = field(default_factory=list)
    balls: list[Ball | None] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


def tensors_of(result: Any) -> Iterator[Any]:
    """Yield the tensors and numbers in a program's result."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)):
        for each in result:
            yield from tensors_of(each)
    elif result is not None:
        yield result


def array(x: Any) -> Any:
    """Return a tensor of either library, or a number, as a NumPy array."""
    # torch has zeros without memory, which need force
    return x.detach().numpy(force=True) if hasattr(x, "detach") else np.asarray(x)


def run(
    library: Any,
    program: Program,
    inputs: Sequence[Any],
    track: Track | None = None,
    dz: Callable[..., Any] = arriving,
) -> Run:
    """Run the program, and backward from its outputs with dz(shape, dtype). Float arrays require grad."""
    library.default_generator.manual_seed(0)  # library.manual_seed is slow, because it looks for GPUs
    given = [_given(library, x) for x in inputs]
    versions = [x._version if hasattr(x, "_version") else None for x in given]
    results = list(tensors_of(program(*given)))
    found = Run([np.array(array(z)) for z in results])
    for z in results:
        node = getattr(z, "grad_fn", None)
        found.names.append(None if node is None else node.name().removeprefix("torch::autograd::"))
    roots = [z for z in results if getattr(z, "requires_grad", False)]
    leaves = [x for x in given if getattr(x, "requires_grad", False)]
    if roots and all(x.grad is None for x in leaves):  # otherwise the program has called backward itself
        found.arrived = [dz(z.shape, array(z).dtype) for z in roots]
        library.autograd.backward(roots, [library.from_numpy(dz.copy()) for dz in found.arrived])
    found.gradients = [getattr(x, "grad", None) for x in given]
    if track is not None:
        each = [*results, *found.gradients]
        found.balls = [track.ball(z) if hasattr(z, "detach") else None for z in each]
    found.trouble = [*_changed(given, inputs, versions), *_aliased(given, found.gradients, results)]
    found.gradients = [None if g is None else np.array(array(g)) for g in found.gradients]
    return found


def _given(library: Any, x: Any) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    tensor = library.from_numpy(x.copy())
    return tensor.requires_grad_() if x.dtype.kind == "f" else tensor


def _changed(given: Sequence[Any], inputs: Sequence[Any], versions: Sequence[Any]) -> list[str]:
    pairs = enumerate(zip(given, inputs, versions, strict=True))
    return [
        f"the program changes its input {{{i}}}"
        for i, (x, before, version) in pairs
        if version is not None and (x._version != version or array(x).tobytes() != before.tobytes())
    ]


def _aliased(given: Sequence[Any], gradients: Sequence[Any], results: Sequence[Any]) -> list[str]:
    """Name the gradients that share memory with an input, an output or another gradient."""
    named = [(f"the gradient of {{{i}}}", array(g)) for i, g in enumerate(gradients) if g is not None]
    others = [(f"{{{i}}}", array(x)) for i, x in enumerate(given) if hasattr(x, "detach")]
    others += [("the output", array(z)) for z in results if hasattr(z, "detach")]
    return [
        f"{name} shares memory with {other}"
        for i, (name, g) in enumerate(named)
        for other, a in named[i + 1 :] + others
        if np.shares_memory(g, a)
    ]


class Part(NamedTuple):
    """An output or a gradient, as each run has it."""

    name: str
    ours: Any
    theirs: list[Any]
    ball: Ball | None
    place: int = 0  # outputs first, then gradients


class Failure(NamedTuple):
    """The first part that breaks a tier, at which elements, and the runs that it is of."""

    part: Part
    bad: Any
    tier: str
    ours: Run
    theirs: Run
    balls: Sequence[Ball | None]


class Trial:
    """The runs of one program for both libraries, or of minigrad's and then torch's, the last being torch's own."""

    def __init__(
        self,
        programs: Sequence[Program],
        inputs: Sequence[Any],
        dz: Callable[..., Any] = arriving,
        library: Any = None,
    ) -> None:
        self.given, self.inputs, self.dz = programs, inputs, dz
        self.library = library or import_module("torch")  # the one that is held to be right
        self.brief = False  # say that something differs, not what
        self.listed = True  # list the inputs
        self.shared = len(programs) == 1
        if self.shared:
            (program,) = programs
            programs = [lambda *xs: program(minigrad, *xs), lambda *xs: program(self.library, *xs)]
            self.names = _names([program], len(inputs), skip=1)
        else:
            self.names = _names(programs, len(inputs))
        self.ours, self.theirs = programs[0], programs[1:]
        self.heads = ["minigrad", *(["by hand"] * (len(self.theirs) > 1)), "PyTorch"]
        self.own_kernels: tuple[list[Run], list[Ball | None]] | None = None
        self.unbounded: str | None = None

    def check(self, tier: str) -> None:
        """Raise AssertionError if the libraries differ in this tier, and NoTier if it makes no claim."""
        __tracebackhide__ = True
        if failure := self.failure(tier):
            raise AssertionError(FAILED if self.brief else self._explained(failure))

    def failure(self, tier: str) -> Failure | None:
        """Return the first part that differs in this tier. Raises AssertionError if they differ in kind."""
        __tracebackhide__ = True
        if tier not in TIERS:
            raise ValueError(f"tier must be one of {', '.join(TIERS)}, not {tier!r}")
        try:
            theirs, balls = self._of_torch(tier)
        except NoTier:
            raise
        except Exception as error:
            self._raises_too(error)
            raise
        ours = self._of_minigrad(theirs[-1])
        self._same_kind(ours, theirs)
        for part in self._parts(ours, theirs, balls):
            try:
                bad = TIERS[tier](part.ours, part.theirs, part.ball)
            except NoTier as reason:
                raise NoTier(f"{part.name}: {reason}") from None
            if np.any(bad):
                return Failure(part, bad, tier, ours, theirs[-1], balls)
        return None

    def _of_torch(self, tier: str) -> tuple[list[Run], list[Ball | None]]:
        """Return torch's runs and, if the tier needs them, the bounds. Errors of the program pass through."""
        if tier == "exchanged":
            with minigrad_kernels():
                runs = [run(self.library, program, self.inputs, dz=self.dz) for program in self.theirs]
            return runs, [None] * (len(runs[-1].values) + len(self.inputs))
        if self.own_kernels is None and self.unbounded is None:
            runs = [run(self.library, program, self.inputs, dz=self.dz) for program in self.theirs]
            try:
                balls = self._bounds(runs[-1])
                self.own_kernels = runs, balls if self.shared else [_unrounded(ball) for ball in balls]
            except NoBound as reason:
                self.unbounded = str(reason)
        if self.own_kernels is None:
            raise NoTier(str(self.unbounded))
        return self.own_kernels

    def _bounds(self, ran: Run) -> list[Ball | None]:
        """Return the bounds of all outputs and gradients. Raises NoBound where none is derived."""
        with Track() as track:
            return run(self.library, self.theirs[-1], self.inputs, track, self.dz).balls

    def _raises_too(self, theirs: Exception) -> None:
        """Raise AssertionError if only torch refuses the program. One that fails in both libraries is wrong itself."""
        __tracebackhide__ = True
        try:
            ours = run(minigrad, self.ours, self.inputs, dz=self.dz)
        except Exception:
            return
        text = f"PyTorch raises {type(theirs).__name__} where minigrad does not: {theirs}"
        raise AssertionError("\n".join([*_wrapped(text), "", *self.example(ours)])) from theirs

    def _of_minigrad(self, theirs: Run) -> Run:
        __tracebackhide__ = True
        try:
            return run(minigrad, self.ours, self.inputs, dz=self.dz)
        except Exception as error:
            text = _wrapped(f"minigrad raises {type(error).__name__} where PyTorch does not: {error}")
            said = re.search(
                r"got \[([\d, ]*)\] but expected shape compatible with \[([\d, ]*)\]", str(error)
            )
            if said:
                found, wanted = ([int(n) for n in part.split(",") if n.strip()] for part in said.groups())
                why = shapes(found, wanted, *(z.shape for z in theirs.arrived[:1]))
                text += _wrapped(f"Its gradient: {why}.") if why else []
            raise AssertionError("\n".join([*text, "", *self.example(theirs)])) from error

    def _same_kind(self, ours: Run, theirs: Sequence[Run]) -> None:
        """Compare everything but the numbers: count, dtypes, shapes, node names."""
        __tracebackhide__ = True
        found = [line.format(*self.names) for line in ours.trouble]
        for other in theirs:
            if len(ours.values) != len(other.values):
                found.append(f"minigrad returns {len(ours.values)} values, PyTorch {len(other.values)}")
            pairs = [
                *zip(ours.values, other.values, strict=False),
                *zip(ours.gradients, other.gradients, strict=True),
            ]
            for name, (a, b) in zip(self._part_names(ours), pairs, strict=False):
                if (a is None) != (b is None):
                    found.append(
                        f"{name}: minigrad has one, PyTorch none"
                        if b is None
                        else f"{name}: minigrad has none, PyTorch one\n{NO_GRADIENT}"
                    )
                elif a is not None and (a.dtype, a.shape) != (b.dtype, b.shape):
                    found.append(f"{name}: {a.dtype} {a.shape} in minigrad, {b.dtype} {b.shape} in PyTorch")
            if self.shared:
                pairs = zip(ours.names, other.names, strict=False)
                found += [f"grad_fn: {a} in minigrad, {b} in PyTorch" for a, b in pairs if a != b]
            else:
                found += [
                    f"torch's: {line.format(*self.names)}" for line in other.trouble if "changes" in line
                ]
        if found:
            raise AssertionError("\n".join(["minigrad and PyTorch differ:", *found, "", *self.example(ours)]))

    def _part_names(self, ours: Run) -> list[str]:
        several = len(ours.values) > 1
        return [
            *(f"output {i}" if several else "the output" for i in range(len(ours.values))),
            *(f"the gradient of {name}" for name in self.names),
        ]

    def _parts(self, ours: Run, theirs: Sequence[Run], balls: Sequence[Ball | None]) -> Iterator[Part]:
        every = [[*each.values, *each.gradients] for each in (ours, *theirs)]
        columns = zip(self._part_names(ours), every[0], balls, *every[1:], strict=True)
        for place, (name, mine, ball, *others) in enumerate(columns):
            if mine is not None:
                yield Part(name, mine, others, ball, place)

    def example(self, ran: Run) -> list[str]:
        """Return lines that show the inputs, and the gradients that backward began with."""
        inputs = self.inputs if self.listed else ()
        lines = [explain_difference.shown(name, x) for name, x in zip(self.names, inputs, strict=False)]
        several = len(ran.arrived) > 1
        lines += [
            explain_difference.shown(f"dz{i}" if several else "dz", dz) for i, dz in enumerate(ran.arrived)
        ]
        return ["with", *lines] if lines else []

    def _explained(self, failure: Failure) -> str:
        trial, failure, why = self.explained(failure)
        return trial._text(failure, why)

    def explained(self, failure: Failure) -> tuple[Trial, Failure, str | None]:
        """Return the trial where what differs is plainest, its failure, and the sentence that names the mistake.

        An example of zeros, to which Hypothesis shrinks, tells little. So the programs run on ordinary numbers, too.
        """
        scene = self._scene(failure)
        elsewhere = self._on_ordinary_numbers(failure.part.place)
        if elsewhere is None:
            return self, failure, named(scene)
        trial, other = elsewhere
        if other is not None and other.part.place < failure.part.place:
            return trial, other, named(trial._scene(other))
        if other is not None and other.part.place == failure.part.place and not scene.overflows():
            there = trial._scene(other)
            if not rounded(there):
                return self, failure, named(there)
        return self, failure, named(scene, only_here=True)

    def _on_ordinary_numbers(self, place: int) -> tuple[Trial, Failure | None] | None:
        """Run the programs on numbers without zeros, ties and patterns. None if they fail there, or have no bound.

        They are positive, or small, if the part at this place is finite for such numbers alone.
        """
        ran = None
        draw = np.random.default_rng(0)
        numbers = lambda shape, kind: np.asarray(np.round(draw.normal(size=shape), 3), kind)
        for domain in (np.asarray, lambda x: abs(x) + np.asarray(0.125, x.dtype), lambda x: x / 8):
            inputs = [domain(numbers(x.shape, x.dtype)) if _is_float(x) else x for x in self.inputs]
            fixed = numbers(1009, np.float64)  # a prime, so that no two rows are the same
            dz = lambda shape, kind, fixed=fixed: np.asarray(np.resize(fixed, tuple(shape)), kind)
            trial = self._like(inputs, dz)
            with suppress(Exception):  # whatever a program raises on numbers that it was not called with
                ran = trial, (failure := trial.failure("bounded"))
                part = failure.part if failure and failure.part.place == place else None
                if part is None or all(np.isfinite(v).all() for v in (part.ours, part.theirs[-1])):
                    return ran
        return ran

    def _like(self, inputs: Sequence[Any], dz: Callable[..., Any]) -> Trial:
        """Return a trial of the same programs on other numbers."""
        return Trial(self.given, inputs, dz, self.library)

    def _scene(self, failure: Failure) -> Scene:
        """Gather what is known of the part that is wrong."""
        part, theirs = failure.part, failure.theirs
        exact = lambda array, ball: array if ball is None else ball.c
        values = {k: x for k, x in zip(self.names, self.inputs, strict=True) if isinstance(x, np.ndarray)}
        count = len(theirs.values)
        name = self.names[part.place - count] if part.place >= count else ""
        if name and count == 1 and theirs.arrived:
            values |= {"z": exact(theirs.values[0], failure.balls[0]), "dz": theirs.arrived[0]}
        rights = zip(self.names, theirs.gradients, failure.balls[count:], strict=True)

        def again(dz: Callable[..., Any] = self.dz, **inputs: Any) -> Any:
            new = [inputs.get(k, x) for k, x in zip(self.names, self.inputs, strict=True)]
            with suppress(Exception):  # whatever torch refuses: numbers that it was not called with
                ran = run(self.library, self.theirs[-1], new, dz=dz)
                return np.asarray([*ran.values, *ran.gradients][part.place])
            return np.empty(0)

        return Scene(
            part.ours,
            exact(np.asarray(part.theirs[-1]), part.ball),
            0 if part.ball is None else part.ball.r,
            name,
            values,
            {k: exact(g, ball) for k, g, ball in rights if g is not None},
            again,
            dict(zip(self.names, failure.ours.gradients, strict=True)),
        )

    def _text(self, failure: Failure, why: str | None) -> str:
        part, ball = failure.part, failure.part.ball
        truth = np.asarray(part.theirs[-1]) if ball is None else ball.c
        columns = dict(zip(self.heads, (part.ours, *part.theirs), strict=False))
        lines = [f"{FAILED} in {part.name}.", f"{CLAIMS[failure.tier]}.", ""]
        lines += [explain_difference.table(columns, truth, np.asarray(failure.bad)), ""]
        if why:
            what = "gradient" if part.name.startswith("the gradient") else "output"
            lines += [textwrap.fill(f"minigrad's {what}: {why}.", explain_difference.WIDTH), ""]
        return "\n".join([*lines, *self.example(failure.ours)])


def _wrapped(text: str) -> list[str]:
    """Wrap an error's text to the width of a terminal."""
    return [
        part for line in text.splitlines() for part in textwrap.wrap(line, explain_difference.WIDTH) or [""]
    ]


def _unrounded(ball: Ball | None) -> Ball | None:
    """Ask for equal bits only where nothing rounds, or the value is nan or infinite: the two programs may differ."""
    if ball is None:
        return None
    special = ball.d & ~np.isfinite(ball.c)
    return Ball(ball.c, ball.r, (ball.r == 0) | special, ball.kind)


CLAIMS = {
    "bits": "Bit for bit: nothing here can round apart, and zeros have the same sign",
    "exact": "Exact tier: nothing here can round apart, every bit must be the same",
    "bounded": "Bounded tier: one is further from the truth than rounding can take it",
    "exchanged": "Exchanged tier: torch computed with minigrad's kernels, every bit must be the same",
}


def _is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _names(programs: Sequence[Program], count: int, skip: int = 0) -> list[str]:
    """Name the inputs as the first of the programs does that names them all, else as the last one does."""
    each = [_parameters(program, count, skip) for program in programs]
    names = next((names for names in each if len(names) == count), each[-1])
    spare = (n for n in ("x", "y", *(f"x{i}" for i in range(count))) if n not in names)
    return [*names, *(next(spare) for _ in range(count - len(names)))]


def _parameters(program: Program, count: int, skip: int) -> list[str]:
    """The names of a program's first parameters; of an autograd.Function's apply, those of its forward."""
    forward = getattr(getattr(program, "__self__", None), "forward", None)
    if forward is not None and getattr(program, "__name__", "") == "apply":
        program, skip = forward, 1
    try:
        parameters = list(inspect.signature(program).parameters.values())[skip:]
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds][:count]
