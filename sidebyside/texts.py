"""`minigrad compare --model gpt`: a GPT trained on a text with both engines, step by step, and what the two write.

Both draw the same batches, since both draw them by their own random numbers from the same seed. On exchanged kernels
the loss, every gradient and every weight must be equal bit for bit in each step, and so must the text that they write.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from sidebyside.contract import same_bits
from sidebyside.options import UsageError, write_report
from sidebyside.progress import progress
from sidebyside.runs import Config, engine

OWN_WORDS = "minigrad/autograd"  # whose files are the text, if none is named
RATE = 3e-3
WRITTEN = 100  # characters
DIGITS = "digits"  # the default of --data, which is no text
TAKEN = ("model", "data", "epochs", "lr", "seed", "log_each")  # of the options of `compare`


@dataclass
class Result:
    """The losses of both engines on exchanged kernels, the first step that differs, and what was written."""

    losses: dict[str, list[float]] = field(default_factory=lambda: {"minigrad": [], "torch": []})
    first_break: dict[str, Any] | None = None
    written: dict[str, str] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether all of it is equal."""
        return self.first_break is None and len(set(self.written.values())) <= 1


def text_of(name: str) -> str:
    """The text of a file; without one, the words of minigrad's own engine. UsageError where there is none."""
    if name == DIGITS:
        folder = Path(import_module("minigrad").__file__ or "").parent / "autograd"
        return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--data {name} is no text: {error}") from None
    if len(set(text)) < 2 or len(text) < 64:
        raise UsageError(f"--data {name} is too short: a text has at least 64 characters")
    return text


def start(name: str, text: str, seed: int, steps: int, lr: float) -> Any:
    """An engine with a model, the text, and the training, which goes on step by step."""
    side = engine(name)
    side.torch.manual_seed(seed)
    side.text, side.characters = side.gpt.encode(text)
    side.model = side.gpt.GPT(len(side.characters))
    side.training = side.gpt.fit(side.model, side.text, steps, lr)
    return side


def different(ours: Any, theirs: Any) -> str:
    """The first gradient or weight whose bits differ; "" if none does."""
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        for what, a, b in (("gradient", p.grad, q.grad), ("parameter", p, q)):
            if not same_bits(a.detach().numpy(), b.detach().numpy()):
                return f"{what} {name}"
    return ""


def compare(text: str, steps: int, seed: int, lr: float, written: int = WRITTEN, watch: Any = None) -> Result:
    """Train both on exchanged kernels, each step from a seed of its own, and let both write."""
    from sidebyside.exchange import minigrad_kernels

    ours, theirs = (start(name, text, seed, steps, lr) for name in ("minigrad", "torch"))
    state = {
        name: theirs.torch.from_numpy(p.detach().numpy().copy()) for name, p in ours.model.named_parameters()
    }
    theirs.model.load_state_dict(state)  # where the platform draws other first weights
    result = Result()
    for number in range(1, steps + 1):
        for side in (ours, theirs):
            side.torch.manual_seed((seed * 1_000_003 + number) % 2**63)
        mine = next(ours.training)
        with minigrad_kernels():
            other = next(theirs.training)
        result.losses["minigrad"].append(mine)
        result.losses["torch"].append(other)
        broken = "loss" if mine != other else different(ours.model, theirs.model)
        if broken:
            result.first_break = {"step": number, "what": broken}
            break
        if watch:
            watch(number, mine)
    for name, side in (("minigrad", ours), ("torch", theirs)):
        side.torch.manual_seed(seed)
        with minigrad_kernels():
            numbers = side.gpt.write(side.model, side.text[: side.model.context], written)
        result.written[name] = "".join(side.characters[i] for i in numbers.tolist())
    return result


def check(args: argparse.Namespace) -> None:
    """Raise UsageError for an option that this comparison does not take."""
    given = {field.name: (getattr(args, field.name, None), field.default) for field in fields(Config)}
    given["out"] = args.out, None
    for name, (value, default) in given.items():
        if name not in TAKEN and value not in (None, default):
            raise UsageError(f"--model gpt takes no --{name.replace('_', '-')}: leave it out")


def run(args: argparse.Namespace) -> int:
    """minigrad compare --model gpt"""
    check(args)
    text, lr = text_of(args.data), RATE if args.lr is None else args.lr
    source = OWN_WORDS if args.data == DIGITS else args.data
    print(
        f"minigrad and PyTorch: gpt, AdamW, {source}, {len(text):,} characters, lr {lr:g}, seed {args.seed}",
        flush=True,
    )
    with progress("step", args.epochs) as show:

        def watch(number: int, loss: float) -> None:
            show(number, f"loss {loss:.5f}")
            if number in (1, args.epochs) or number % args.log_each == 0:
                print(f"Step {number}/{args.epochs} Loss {loss:.5f}", flush=True)

        result = compare(text, args.epochs, args.seed, lr, watch=watch)
    print(f"Both write:\n{result.written['minigrad']}\n" if result.equal else "", end="")
    if result.equal:
        print(
            "With PyTorch's autograd computing on minigrad's kernels, loss, every gradient and every weight are equal "
            f"bit for bit in {args.epochs} of {args.epochs} steps, and so is the text."
        )
    else:
        broken = result.first_break or {"step": args.epochs, "what": "text"}
        print(f"The contract broke in step {broken['step']}: {broken['what']}.")
    report = {
        "data": source, "seed": args.seed, "lr": lr, "losses": result.losses, "written": result.written,
        "first_break": result.first_break, "equal": result.equal,
    }  # fmt: skip
    write_report(report, args.json)
    return 0 if result.equal else 1
