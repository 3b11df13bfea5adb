"""A bar for what takes long: on a terminal where rich is installed, and nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """Gives a function that is told how much is done, and perhaps what to say beside the bar.

    The bar is taken away in the end, whatever happens: an error or Ctrl-C leaves the terminal as it was.
    """
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ModuleNotFoundError:
        Progress = None
    if Progress is None or not sys.stdout.isatty():
        yield lambda done, beside="": None
        return
    columns = (TextColumn(what), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, beside="": bar.update(task, completed=done, description=beside)
