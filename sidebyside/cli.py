"""The command `minigrad`: one front for all commands.   `python -m sidebyside` is the same.

Exit status: 0 when what was asked for holds, 1 when it does not, a training becomes nan, or nobody reads on to the
end, 2 for bad usage, or for no command, which shows the help, 130 after Ctrl-C. A command is a module with
add_arguments(parser) and run(args), which returns the exit status; it is imported when it is asked for, so that help
comes at once and what one command lacks stops no other.
"""

from __future__ import annotations

import argparse
import codecs
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

from sidebyside.nearest import meant

# command: (module, what it does, examples)
COMMANDS = {
    "compare": (
        "compare",
        "train with both, and say whether they agree",
        """minigrad compare                           digits, 100 epochs, seconds
           minigrad compare --model residual --loop manual    another model, by hand
           minigrad compare --data mnist --epochs 350 --out build/mnist""",
    ),
    "train": (
        "training",
        "train with one engine; stop and go on",
        """minigrad train --epochs 20                 needs no PyTorch
           minigrad train --epochs 500 --save build/run.npz
           minigrad train --epochs 1000 --resume build/run.npz    go on from there
           minigrad train --engine torch --json build/torch.json""",
    ),
    "page": (
        "page",
        "write both, side by side, as HTML",
        """minigrad page                              then open build/minigrad.html
           minigrad page --run build/mnist            with a run of compare --out""",
    ),
    "cheatsheet": (
        "page.cheatsheet",
        "write the gradients of a course on one page to print",
        """minigrad cheatsheet                        then open build/cheatsheet.html
           minigrad cheatsheet --lang es --out build/chuleta.html""",
    ),
    "graph": (
        "graph",
        "draw the graph a training step records, by both",
        """minigrad graph                             as text, in the terminal
           minigrad graph --out build/graph.svg
           minigrad graph --model residual --engines minigrad --mermaid""",
    ),
    "explain": (
        "explain",
        "say why the two part with their own kernels, op by op",
        """minigrad explain                           the first op that rounds apart
           minigrad explain --dtype float64 --out build/why""",
    ),
    "notebook": (
        "notebook",
        "run a notebook's cells with both, and say where they differ",
        """minigrad notebook notebooks/en/1_networks.ipynb
           minigrad notebook yours.ipynb --cpu        CUDA's tensors stay on the CPU""",
    ),
    "check": (
        "check",
        "say whether gradients that you wrote are right, or how they are wrong",
        """minigrad check mine.py                     f and f_backward, a Function
           minigrad check mine.py --formula "torch.relu(x)"
           minigrad check --json hand-ins             a class' files""",
    ),
    "coverage": (
        "coverage",
        "write COVERAGE.md: what minigrad has of PyTorch",
        """minigrad coverage --check                  is COVERAGE.md what the code says?
           minigrad coverage --json build/coverage.json""",
    ),
    "doctor": (
        "doctor",
        "say what is installed, and how to get what is missing",
        """minigrad doctor                            changes nothing
           minigrad doctor --json build/doctor.json""",
    ),
}


INTERRUPTED = "interrupted; no file was left half written"
NO_MEMORY = "there is not enough memory for that: try a smaller --hidden, --batch-size or --data"


class Help(argparse.HelpFormatter):
    """Prose is filled to the terminal's width; examples stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("examples:") else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """What is wrong is said in one line, with a hint, and not after ten lines of usage."""

    def error(self, message: str) -> NoReturn:
        """One line, and exit status 2."""
        colon = "" if message.endswith("?") else ":"
        self.exit(2, f"{self.prog}: {message}{colon} {self.prog} --help says what there is\n")

    def refuse(self, words: Sequence[str]) -> NoReturn:
        """Say that there are no such options, and which was meant."""
        options = [word.partition("=")[0] for word in words if word.startswith("-")]
        near = (meant(option, self._option_string_actions) for option in options)
        self.error(f"unrecognized arguments: {' '.join(words)}{next(filter(None, near), '')}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Where a choice is nearly right, say which was meant instead of listing all."""
        if (
            action.choices is not None
            and value not in action.choices
            and (near := meant(value, action.choices))
        ):
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}{near}")
        super()._check_value(action, value)


def examples(*commands: str) -> str:
    """These commands' examples, for the end of a help text."""
    lines = (line.strip() for name in commands for line in COMMANDS[name][2].splitlines())
    return "\n  ".join(["examples:", *lines])


def parser(asked: str | None = None) -> Parser:
    """The command line, with the options of the command that is asked for."""
    from minigrad import __version__

    top = Parser(prog="minigrad", description="minigrad and PyTorch, side by side.", formatter_class=Help)
    top.epilog = examples(*COMMANDS)
    top.add_argument("--version", action="version", version=f"minigrad {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, (module, help, _) in COMMANDS.items():
        command = commands.add_parser(name, help=help, epilog=examples(name))
        if name == asked:
            import_module(f"sidebyside.{module}").add_arguments(command)
        command.formatter_class = Help
        command.set_defaults(parser=command)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    asked = next((each for each in argv if not each.startswith("-")), None)
    _prepare_streams()
    try:
        status = _run(argv, asked)
        sys.stdout.flush()  # here, where a reader that has gone away is understood
        return status
    except KeyboardInterrupt:
        return _failed(asked, INTERRUPTED, 130)
    except BrokenPipeError:  # `minigrad compare | head`: the reader has had enough
        _hush()
        return 1
    except MemoryError:
        return _failed(asked, NO_MEMORY, 2)
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # while a class was made, in some import
            return _failed(asked, INTERRUPTED, 130)
        if "memory" not in str(error):  # for which PyTorch has no class of its own
            raise
        return _failed(asked, NO_MEMORY, 2)
    except OSError as error:
        _hush()
        return _failed(asked, f"{error.filename or 'what was to be written'}: {error.strerror or error}", 2)


def _run(argv: Sequence[str], asked: str | None) -> int:
    from sidebyside.options import UsageError, check_apart

    try:
        top = parser(asked)
        args, unknown = top.parse_known_args(argv)
        if unknown:
            getattr(args, "parser", top).refuse(unknown)
        if args.command is None:
            top.print_help()
            return 2
        check_apart(args)
        return import_module(f"sidebyside.{COMMANDS[args.command][0]}").run(args)
    except SystemExit as stop:  # argparse: help was shown, or bad usage told
        return int(stop.code or 0)
    except UsageError as error:
        return _failed(asked, str(error), error.status)


def _failed(asked: str | None, why: str, status: int) -> int:
    """One line, and the exit status."""
    print(" ".join(["minigrad", *([asked] if asked in COMMANDS else [])]) + f": {why}", file=sys.stderr)
    return status


PLAIN = {"·": ".", "●": "o", "α": "a", "−": "-", "…": "...", "×": "x", "√": "sqrt", "→": "->", "∂": "d"}
PLAIN |= {"├": "|", "│": "|", "└": "`", "─": "-"}


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """What stands for letters that a terminal's encoding has not."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end


def _prepare_streams() -> None:
    """A stream that is closed swallows what is written; one that knows few letters gets others for the rest."""
    codecs.register_error("plainly", _plainly)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 it stays open to the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plainly")


def _hush() -> None:
    """What standard output still holds has nowhere to go: Python would complain when it ends."""
    with suppress(
        OSError, ValueError
    ):  # ValueError: what stands for it in a test or a notebook has no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
