"""Sentences in Spanish. Everything is said in English first; a template finds its translation.

What stands at a template's {} is translated by itself. What no template fits stays as it is: names and formulas.
"""

from __future__ import annotations

import re
from functools import cache

from sidebyside.check.spanish import SPANISH


def translated(text: str, lang: str) -> str:
    """Return a sentence in this language, en or es."""
    if lang == "en":
        return text
    for pattern, spanish in _templates():
        if found := pattern.fullmatch(text):
            return spanish.format(*(translated(each, lang) for each in found.groups()))
    return text


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Return the templates as patterns, those with the most letters first: they fit the fewest sentences."""
    ordered = sorted(SPANISH.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [(re.compile(re.escape(en).replace(r"\{\}", "(.+?)"), re.DOTALL), es) for en, es in ordered]
