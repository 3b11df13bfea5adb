"""Which of some names a word was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, names: Iterable[str]) -> str:
    """The end of a sentence, ": did you mean x?", or nothing if no name is near. The dashes of options do not count."""
    bare = {name.lstrip("-"): name for name in names}
    near = get_close_matches(word.lstrip("-"), bare, 1)
    return f": did you mean {bare[near[0]]}?" if near else ""
