"""The command `minigrad`: one front for all commands.   `python -m sidebyside` is the same.

Exit status: 0 when what was asked for holds, 1 when it does not, 2 for bad usage, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sidebyside import compare, coverage, doctor, explain, graph, notebook, page, training
from sidebyside.options import UsageError

EXAMPLES = """examples:
  minigrad compare                                   digits, 100 epochs, seconds
  minigrad compare --model residual --loop manual    another model, trained by hand
  minigrad compare --data mnist --epochs 350 --out build/mnist
  minigrad train --engine minigrad --epochs 20       needs no PyTorch
  minigrad train --epochs 500 --save run.npz         go on later with --epochs 1000 --resume run.npz
  minigrad explain --out build/why                   why do they part with their own kernels?
  minigrad graph --model residual --out build/residual.svg
  minigrad page                                      then open build/minigrad.html
  minigrad notebook lesson.ipynb --cpu               where do the two engines differ?
  minigrad doctor                                    what is installed, and what is missing
"""

# Every command is a module with add_arguments(parser) and run(args), which returns the exit status.
COMMANDS = {
    "compare": (compare, "train with both, and say whether they agree"),
    "train": (training, "train with one engine; stop and go on"),
    "explain": (explain, "say why the two part with their own kernels, op by op"),
    "graph": (graph, "draw the graph a training step records, by both"),
    "page": (page, "write both, side by side, as one HTML file"),
    "notebook": (notebook, "run a notebook's cells with both, and say where they differ"),
    "coverage": (coverage, "write COVERAGE.md: what minigrad has of PyTorch"),
    "doctor": (doctor, "say what is installed, and how to get what is missing"),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    shape = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="minigrad",
        description="minigrad and PyTorch, side by side.",
        epilog=EXAMPLES,
        formatter_class=shape,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, help) in COMMANDS.items():
        examples = [line for line in EXAMPLES.splitlines() if f"minigrad {name} " in f"{line} "]
        epilog = "\n".join(["examples:", *examples]) if examples else None
        module.add_arguments(commands.add_parser(name, help=help, epilog=epilog, formatter_class=shape))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    args = parser().parse_args(argv)
    try:
        return COMMANDS[args.command][0].run(args)
    except UsageError as error:
        print(f"minigrad {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"minigrad {args.command}: interrupted, and nothing was written.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `minigrad compare | head`: the reader has had enough
        sys.stdout = None  # type: ignore[assignment]
        return 0
