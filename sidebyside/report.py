"""What a comparison shows: lines or tables on the screen, and the files of `--json` and `--out`."""

from __future__ import annotations

import csv
import io
import sys
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidebyside.options import write_json, write_text
from sidebyside.page import pictures
from sidebyside.progress import progress
from sidebyside.result import Result
from sidebyside.runs import ENGINES, Config, short

if TYPE_CHECKING:
    from sidebyside.replay import Wrong

WIDTH = 79
GLOSSARY = (
    "Losses are means so far. Gradients are compared at the same weights, each library with its own kernels, the "
    "functions that compute: apart is how far the worst one's two are from each other, in ulp, last places of its "
    "largest element; off is how far each is from the value in float64, as a share of it. Exchanged kernels: "
    "PyTorch's autograd computes with minigrad's."
)
EXCHANGE = "both again, on exchanged kernels"
SINCE = {"loss": "is nan or infinite since epoch", "weights": "are nan or infinite after epoch"}
SHOWN = {"minigrad": "minigrad", "torch": "PyTorch"}


def line(epoch: int, epochs: int, loss: float) -> str:
    """The tutorial's line; the loss is the mean of the losses so far."""
    return f"Epoch {epoch}/{epochs} Loss {loss:.5f}"


APART = {
    "op": "Outputs are apart by more than rounding allows, because an op is wrong:",
    "rule": "Gradients are apart by more than rounding allows, because a rule is wrong:",
    "step": "Weights are apart by more than rounding allows, because the step is wrong:",
}


def accusation(wrong: Sequence[Wrong]) -> str:
    """What is wrong, where that stands, and where to see it, in lines of 80 columns."""
    lines = [APART[wrong[0].kind]]
    for each in wrong:
        lines += [f"  {each.where}, {each.file}:{each.line}:", *wrapped(f"{each.how}.", indent=4)]
    return "\n".join([*lines, "`minigrad page` shows it beside PyTorch's."])


def distrust(unexplained: Sequence[str]) -> str:
    """Which gradients are wrong, where every op and rule by itself is right."""
    return (
        f"With own kernels, rounding does not explain the first gradients: {', '.join(unexplained)}.\n"
        "Every op and every rule by itself is right: `pytest tests/test_engine.py` tests how they are joined."
    )


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Wrap a text to the width of a terminal."""
    space = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False,
                         break_on_hyphens=False)  # fmt: skip


def verdict(result: Result) -> str:
    """One sentence on the contract."""
    contract = result.contract
    count = f"{contract.epochs_equal} of {contract.epochs} epochs"
    if contract.first_break is None and not contract.unexplained:
        return (
            "With PyTorch's autograd computing on minigrad's kernels, loss, every gradient and every weight are equal "
            f"bit for bit in {count}."
        )
    said = ["The contract broke."]
    if (broken := contract.first_break) is not None:
        said = [
            f"The contract broke: equal bit for bit in {count}; first apart in epoch {broken['epoch']}, "
            f"{broken['what']}, by {broken['difference']:.3g}."
        ]
    if contract.wrong:
        said.append(accusation(contract.wrong))
    elif contract.unexplained:
        said.append(distrust(contract.unexplained))
    return "\n".join(said)


def divergence(config: Config, found: dict[str, dict[str, Any] | None]) -> str:
    """Two sentences, a line each: by engine, what is nan or infinite since when; and what to do. Else nothing."""
    bad = {name: each for name, each in found.items() if each}
    if not bad:
        return ""
    said = [f"{each['what']} {SINCE[each['what']]} {each['epoch']}" for each in bad.values()]
    if len(found) == 1:
        what = f"its {said[0]}"
    elif len(bad) == len(found) and len(set(said)) == 1:
        what = f"both engines' {said[0]}"
    else:
        what = ", ".join(f"{SHOWN[name]}'s {each}" for name, each in zip(bad, said, strict=True))
    lower = {"--lr": config.lr, "--momentum": config.momentum, "--weight-decay": config.weight_decay}
    less = " or ".join(f"a lower {option} than {short(value)}" for option, value in lower.items() if value)
    other = ", or with --loop optimizer, whose softmax does not overflow" if config.loop == "manual" else ""
    return f"The training diverged: {what}.\nTrain with {less}{other}."


def notes(result: Result) -> list[str]:
    """What else has to be said, if anything."""
    said = []
    if not result.same_start:
        said.append(
            "This platform draws other random numbers than PyTorch's wheels: minigrad's weights were copied."
        )
    if result.interrupted:
        said.append(f"Interrupted after {len(result.epochs)} of {result.config.epochs} epochs.")
    return said


class Plain:
    """For pipes and files: lines in the tutorial's format."""

    def __init__(self, config: Config, source: str) -> None:
        self.config, self.printed = config, 0
        print(f"minigrad and PyTorch: {config}\ndata: {source}", flush=True)

    def watch(self, result: Result) -> None:
        """One line more."""
        for entry in result.epochs[self.printed :]:
            if self.config.tells(entry["epoch"]):
                print(self._line(result, entry), flush=True)
        self.printed = len(result.epochs)

    def _line(self, result: Result, entry: dict[str, Any]) -> str:
        epoch, worst = entry["epoch"], entry["worst_gradient"]
        ours, theirs = (result.mean_losses(name)[epoch - 1] for name in ENGINES)
        return (
            f"{line(epoch, self.config.epochs, ours)} PyTorch {theirs:.5f} "
            f"gradients {worst['ulp']:.1f} ulp apart ({worst['parameter']})"
        )

    def busy(self, epochs: int, what: str) -> None:
        """Nothing is drawn while it works."""

    def stop(self) -> None:
        """Nothing is drawn that has to be taken away."""

    def accuse(self, result: Result) -> None:
        """Say what is wrong, and that nothing was trained."""
        print(f"{accusation(result.contract.wrong)} Nothing was trained.", flush=True)

    def finish(self, result: Result) -> None:
        """Accuracies, times, verdict."""
        print("\n".join(wrapped(GLOSSARY)))
        for name in ENGINES:
            seconds = result.seconds.get(name, 0.0)
            print(f"{SHOWN[name]}: accuracy {result.accuracy[name]:.4f}, {seconds:.2f} s")
        print(f"{EXCHANGE}: {result.seconds_exchanged:.2f} s")
        print("\n".join([*notes(result), verdict(result)]), flush=True)
        if diverged := divergence(self.config, result.diverged):
            print(diverged, flush=True)


class Rich:
    """For terminals: a progress bar, then tables. Another console than the terminal keeps a picture of it."""

    def __init__(self, config: Config, source: str, console: Any = None) -> None:
        from rich.console import Console
        from rich.text import Text

        self.config, self.console, self.bar = config, console or Console(highlight=False), ExitStack()
        self.console.print(Text.assemble(("minigrad and PyTorch", "bold"), f": {config}\n", (source, "dim")))
        self.loss = ""
        self.show = self.bar.enter_context(progress("epoch", config.epochs))

    def watch(self, result: Result) -> None:
        """The loss, beside the bar."""
        self.loss = f"loss {result.epochs[-1]['loss']['minigrad']:.5f}, "

    def busy(self, epochs: int, what: str) -> None:
        """The bar a bit further, and what is being done."""
        self.show(epochs, f"{self.loss}{what}")

    def stop(self) -> None:
        """Take the bar away."""
        self.bar.close()

    def accuse(self, result: Result) -> None:
        """Say what is wrong, and that nothing was trained."""
        said = f"{accusation(result.contract.wrong)} Nothing was trained."
        self.console.print(said, style="bold red", markup=False)

    def finish(self, result: Result) -> None:
        """The epochs, accuracies, times, verdict."""
        self.console.print(self._epochs(result))
        self.console.print(self._totals(result))
        for note in notes(result):
            self.console.print(note, style="yellow")
        self.console.print(
            verdict(result), markup=False, style="bold green" if result.contract.held else "bold red"
        )
        if diverged := divergence(self.config, result.diverged):
            self.console.print(diverged, style="bold red")

    def _epochs(self, result: Result) -> Any:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        truth = any("error" in entry["worst_gradient"] for entry in result.epochs)
        table = Table(
            title="Own kernels",
            title_justify="left",
            caption_justify="left",
            caption=GLOSSARY,
            box=SIMPLE_HEAD,
        )
        for heading in (
            "epoch",
            "minigrad",
            "PyTorch",
            "apart",
            "in",
            *(("minigrad off", "PyTorch off") if truth else ()),
        ):
            table.add_column(heading, justify="left" if heading == "in" else "right")
        ours, theirs = (result.mean_losses(name) for name in ENGINES)
        for entry in result.epochs:
            if not self.config.tells(entry["epoch"]):
                continue
            i, worst = entry["epoch"] - 1, entry["worst_gradient"]
            errors = [f"{worst['error'][name]:.1e}" for name in ENGINES] if truth else []
            table.add_row(
                str(i + 1),
                f"{ours[i]:.5f}",
                f"{theirs[i]:.5f}",
                f"{worst['ulp']:.1f}",
                worst["parameter"],
                *errors,
            )
        return table

    def _totals(self, result: Result) -> Any:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        table = Table(box=SIMPLE_HEAD)
        for heading in ("", "accuracy", "seconds"):
            table.add_column(heading, justify="right" if heading else "left")
        for name in ENGINES:
            table.add_row(SHOWN[name], f"{result.accuracy[name]:.4f}", f"{result.seconds.get(name, 0.0):.2f}")
        table.add_row(EXCHANGE, "", f"{result.seconds_exchanged:.2f}")
        return table


def reporter(config: Config, source: str) -> Plain | Rich:
    """Tables on a terminal, lines elsewhere or where rich is not installed."""
    if not sys.stdout.isatty():
        return Plain(config, source)
    try:
        return Rich(config, source)
    except ModuleNotFoundError:
        return Plain(config, source)


def write_folder(result: Result, folder: Path) -> None:
    """compare.json and losses.csv; and as pictures the curves, the gradients and the mistaken images. Says so."""
    write_json(result.as_dict(), folder / "compare.json")
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["epoch", *ENGINES])
    writer.writerows(
        [entry["epoch"], *(repr(entry["loss"][name]) for name in ENGINES)] for entry in result.epochs
    )
    write_text(folder / "losses.csv", table.getvalue())
    if result.epochs:
        for name, picture in pictures.files(result.as_dict()).items():
            write_text(folder / name, picture)
        print(f"Wrote {folder}: minigrad page --run {folder} shows it", flush=True)
    else:
        print(f"Wrote {folder}", flush=True)
