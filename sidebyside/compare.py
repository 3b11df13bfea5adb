"""The same training twice, and whether the two are the same.

Three comparisons. *Exchanged kernels* is the contract: unmodified PyTorch, computing with minigrad's kernels,
beside minigrad; in every epoch the loss, all gradients and all weights must be equal bit for bit. *Bounded* is
its other half: of a few samples, on its own kernels, each library's first gradients must lie where rounding can
take them; a wrong rule that PyTorch leaves to a kernel shows only here, for exchanged it is on both sides. *Own
kernels* is shown, and decides nothing: the two free runs, and in every epoch the gradients of both at the
same weights, how far apart they are and how far each is from the truth in float64.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np

from sidebyside import environment, report
from sidebyside.contract import largest_difference, relative_error, same_bits, ulps
from sidebyside.data import Dataset
from sidebyside.options import (
    add_json,
    add_training,
    check_device,
    config_of,
    data_of,
    need,
    writable_folder,
    write_report,
)
from sidebyside.ranks import Ranks, joined
from sidebyside.replay import enough, find_wrong
from sidebyside.result import Result
from sidebyside.runs import ENGINES, Config, Run, loss_of, start, tensors

PROBED = (
    2048  # samples for which gradients are compared: enough to round as in training, cheap in every epoch
)
BOUNDED = 8  # samples of which the first gradients' bounds are worked out, in long double
FILES = ("compare.json", "losses.csv", "curves.svg", "gradients.svg", "mistakes.svg")  # of --out
OTHER = {
    "gpt": "sidebyside.texts"
}  # models that learn something else than the class of a digit, and who compares them
MOST_IMAGES = 60  # of those that were mistaken


def compare(
    config: Config,
    data: Dataset,
    watch: Callable[[Result], None] = lambda result: None,
    busy: Callable[[int, str], None] = lambda epochs, what: None,
) -> Result:
    """Train, and compare. `watch` is called after the first epoch and whenever log_each more are done; Ctrl-C ends with
    those. `busy` is told how many epochs are done, and what comes next.

    The runs take turns, log_each epochs each, so that both engines meet the same state of the machine.
    """
    from sidebyside.exchange import minigrad_kernels

    free = {name: start(name, config, data) for name in ENGINES}
    on_cpu = {name: run if config.device == "cpu" else None for name, run in free.items()}
    ours = start("minigrad", config, data, "cpu", share=on_cpu["minigrad"])
    theirs = start("torch", config, data, "cpu", share=on_cpu["torch"])
    result = Result(config, data, environment.describe())
    result.same_start = start_alike(ours, [theirs, free["torch"]])
    result.contract.wrong = find_wrong(config, data, ours.parameters(), ours.x, ours.y)
    if result.contract.wrong:  # training would but spread it
        return result
    result.contract.unexplained = unexplained(config, data, ours, theirs)
    if config.shards is not None:
        result.shards = shards_and_whole(config, data, ours, theirs)
        apart = [f"the shards' {name}" for name, found in result.shards.items() if not found["within"]]
        result.contract.unexplained = [*(result.contract.unexplained or []), *apart]
    probes = Probes(config, data, ours, theirs)
    try:
        while len(result.epochs) < config.epochs:
            done = len(result.epochs)
            block = min(config.log_each - done % config.log_each if done else 1, config.epochs - done)
            busy(done, "own kernels")
            for run in free.values():
                advance_run(run, config, block)
            started = time.perf_counter()
            for epoch in range(done + 1, done + block + 1):
                busy(epoch - 1, "exchanged kernels")
                worst = probes.worst_gradient(epoch, ours)
                weights = {name: w.copy() for name, w in ours.parameters().items()}
                advance_run(ours, config)
                with minigrad_kernels():
                    advance_run(theirs, config)
                if result.contract.check(
                    epoch, ours, theirs
                ):  # the first break: with these weights, at the latest
                    samples = enough(ours.x, config)
                    result.contract.wrong = find_wrong(config, data, weights, ours.x, ours.y, samples)
                loss = {name: run.losses[epoch - 1] for name, run in free.items()}
                result.epochs.append({"epoch": epoch, "loss": loss, "worst_gradient": worst})
            result.seconds_exchanged += time.perf_counter() - started
            result.seconds = {name: run.seconds for name, run in free.items()}
            result.diverged = {name: run.diverged() for name, run in free.items()}
            watch(result)
    except KeyboardInterrupt:
        result.interrupted = True
    result.weights = ours.digests
    result.gradients = probes.table()
    result.mistakes = mistakes(data, {name: predicted(run, config, data) for name, run in free.items()})
    result.accuracy = {name: run.accuracy(data, config) for name, run in free.items()}
    return result


def advance_run(run: Run, config: Config, epochs: int = 1) -> None:
    """Train on. Each epoch draws its batches from a seed of its own, so that runs that take turns draw the same."""
    for epoch in range(len(run.losses) + 1, len(run.losses) + epochs + 1):
        run.engine.torch.manual_seed((config.seed * 1_000_003 + epoch) % 2**63)
        run.advance()


def start_alike(ours: Run, others: list[Run]) -> bool:
    """Whether the same seed gave the same weights; where the platform draws others, ours are copied."""
    mine = ours.parameters()
    alike = all(same_bits(mine[name], p) for other in others for name, p in other.parameters().items())
    if not alike:
        for other in others:
            state = {name: other.engine.torch.from_numpy(p.copy()) for name, p in mine.items()}
            other.model.load_state_dict(state)
    return alike


class Probes:
    """Both engines' gradients, with their own kernels, at the same weights and samples; and the truth, in float64."""

    def __init__(self, config: Config, data: Dataset, ours: Run, theirs: Run) -> None:
        size = min(PROBED, config.batch_size or PROBED)
        self.sides = [
            self.probe(run.engine, config, data, run.x[:size], run.y[:size]) for run in (ours, theirs)
        ]
        self.truth = None
        if config.dtype == "float32":
            self.truth = self.probe(theirs.engine, config, data, theirs.x[:size].double(), theirs.y[:size])
            self.truth.model.double()
        self.last: tuple[int, dict[str, Any], dict[str, Any], dict[str, Any]] | None = None
        self.most: dict[str, dict[str, Any]] = {}

    @staticmethod
    def probe(side: SimpleNamespace, config: Config, data: Dataset, x: Any, y: Any) -> SimpleNamespace:
        """A model to be given weights, with the loss and the samples that it is tried on."""
        model = side.models[config.model](x.shape[1], config.hidden, data.classes)
        model.to(getattr(side.torch, config.dtype))
        return SimpleNamespace(**vars(side) | {"model": model, "x": x, "y": y, "loss": loss_of(side, config)})

    @staticmethod
    def gradients(probe: SimpleNamespace, weights: dict[str, Any]) -> dict[str, Any]:
        """Those of the loss with these weights."""
        probe.model.load_state_dict({name: probe.torch.from_numpy(w) for name, w in weights.items()})
        probe.model.zero_grad()
        probe.loss(probe.model(probe.x), probe.y).backward()
        return {name: p.grad.detach().numpy() for name, p in probe.model.named_parameters()}

    def worst_gradient(self, epoch: int, run: Run) -> dict[str, Any]:
        """The parameter whose two gradients are the furthest apart, in last places, as an epoch begins."""
        weights = run.parameters()
        ours, theirs = (self.gradients(probe, weights) for probe in self.sides)
        truth = {} if self.truth is None else self.gradients(self.truth, weights)
        self.last = epoch, ours, theirs, truth
        apart = {name: ulps(ours[name], theirs[name]) for name in ours}
        for name, distance in apart.items():
            if name not in self.most or distance > self.most[name]["ulp"]:
                self.most[name] = {"ulp": distance, "epoch": epoch}
        return self._described(max(apart, key=lambda each: apart[each]))

    def table(self) -> dict[str, Any] | None:
        """Every parameter's gradients in the last epoch; and in which epoch they were the furthest apart."""
        if self.last is None:
            return None
        epoch, ours, _, _ = self.last
        rows = [
            self._described(name)
            | {"shape": list(g.shape), "norm": float(np.linalg.norm(g.astype(np.float64))), "most": self.most[name]}
            for name, g in ours.items()
        ]  # fmt: skip
        return {"epoch": epoch, "parameters": rows}

    def _described(self, name: str) -> dict[str, Any]:
        """Of the last epoch's: one parameter's two gradients, how far apart, and how far each from the truth."""
        assert self.last is not None
        _, ours, theirs, truth = self.last
        a, b = ours[name], theirs[name]
        found: dict[str, Any] = {"parameter": name, "difference": largest_difference(a, b), "ulp": ulps(a, b)}
        if truth:
            pair = zip(ENGINES, (a, b), strict=True)
            found["error"] = {engine: relative_error(g, truth[name]) for engine, g in pair}
        return found


def unexplained(config: Config, data: Dataset, ours: Run, theirs: Run) -> list[str] | None:
    """Of a few samples, on its own kernels: each library's first gradients that rounding does not explain."""
    from sidebyside.contract.balls import NoBound
    from sidebyside.contract.track import Track

    few = [Probes.probe(run.engine, config, data, run.x[:BOUNDED], run.y[:BOUNDED]) for run in (ours, theirs)]
    found = [Probes.gradients(probe, ours.parameters()) for probe in few]
    followed = few[1].model
    followed.zero_grad()
    try:
        with Track() as track:
            few[1].loss(followed(few[1].x), few[1].y).backward()
            balls = {name: track.ball(p.grad) for name, p in followed.named_parameters()}
    except NoBound:
        return None
    return [
        f"{engine}'s {name}"
        for engine, gradients in zip(ENGINES, found, strict=True)
        for name, ball in balls.items()
        if not np.all(abs(gradients[name] - ball.c) <= ball.r)
    ]


def shards_and_whole(config: Config, data: Dataset, ours: Run, theirs: Run) -> dict[str, dict[str, Any]]:
    """How far the first gradients of a few samples, in shards and as a whole, are apart and can be."""
    from sidebyside.shards import bounded

    shards = config.shards or 1
    samples = shards * min(BOUNDED, len(ours.x) // shards)
    probes = [
        Probes.probe(run.engine, config, data, run.x[:samples], run.y[:samples]) for run in (ours, theirs)
    ]
    for probe in probes:
        state = {name: probe.torch.from_numpy(w.copy()) for name, w in ours.parameters().items()}
        probe.model.load_state_dict(state)
    return bounded(probes, shards)


def predicted(run: Run, config: Config, data: Dataset) -> Any:
    """The class that a run's model gives to every test sample, as a NumPy array."""
    x, _ = tensors(run.engine, data, "test", config, config.device)
    return run.engine.train.predict(run.model, x).cpu().numpy()


def mistakes(data: Dataset, answers: dict[str, Any]) -> dict[str, Any]:
    """How many test images each gets wrong, and the first of those that one of them does, with both answers."""
    labels = np.asarray(data.y_test)
    ours, theirs = (np.asarray(answers[name]) for name in ENGINES)
    missed, missed_there = ours != labels, theirs != labels
    images = [
        {
            "index": int(i), "label": int(labels[i]), "minigrad": int(ours[i]), "torch": int(theirs[i]),
            "pixels": np.rint(data.x_test[i] / data.scale * 255).astype(np.uint8).tobytes().hex(),
        }
        for i in np.flatnonzero(missed | missed_there)[:MOST_IMAGES]
    ]  # fmt: skip
    return {
        "wrong": {"minigrad": int(missed.sum()), "torch": int(missed_there.sum())},
        "either": int((missed | missed_there).sum()), "both": int((missed & missed_there).sum()),
        "different": int((ours != theirs).sum()), "width": int(data.shape[1]), "images": images,
    }  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `minigrad compare`."""
    parser.description = (
        "Train the same model with minigrad and with PyTorch, show both, and check the\n"
        "contract: with PyTorch's autograd on minigrad's kernels, every epoch is equal bit for bit."
    )
    add_training(parser, OTHER)
    add_json(parser)
    parser.add_argument(
        "--out", type=writable_folder(*FILES), metavar="DIR",
        help="write compare.json, losses.csv and, as SVG, curves, gradients, mistakes; for `minigrad page --run`",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """minigrad compare"""
    need("torch", "torch", "compare")
    if args.model in OTHER:
        return int(import_module(OTHER[args.model]).run(args))
    config = config_of(args)
    check_device(config.device, ENGINES)
    with joined(ENGINES, args.timeout) as ranks:
        return _run(args, ranks.configure(config), ranks)


def _run(args: argparse.Namespace, config: Config, ranks: Ranks) -> int:
    if ranks.rank:  # the first writes for all
        args.json = args.out = None
    data = data_of(config.data)
    ranks.agree(config, data, None)
    shown = report.reporter(config, data.source)
    try:
        result = compare(config, data, shown.watch, shown.busy)
    finally:
        shown.stop()
    if result.contract.wrong and not result.epochs:
        shown.accuse(result)
    else:
        shown.finish(result)
    if result.weights and result.shards is not None:
        worst = max(result.shards.values(), key=lambda each: each["apart"])
        print(
            f"The first gradients in {config.shards} shards and as a whole: at most {worst['apart']:.1e} apart; "
            f"rounding can take them {worst['bound']:.1e} apart.\n"
            f"minigrad's weights: SHA-256 {result.weights[-1]}"
        )
    write_report(result.as_dict(), args.json)
    if args.out is not None:
        report.write_folder(result, args.out)
    return 130 if result.interrupted else 0 if result.holds else 1
