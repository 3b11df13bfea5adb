"""Sentences in Spanish. Everything is said in English first; a template finds its translation."""

from __future__ import annotations

import re
from functools import cache

SPANISH: dict[str, str] = {
    "wrong: {}": "mal: {}",
    "error: {}": "error: {}",
    "right: {}": "bien: {}",
    "not done yet": "todavía sin hacer",
}


def translated(text: str, lang: str) -> str:
    """Return a sentence in this language; what has no translation stays English."""
    if lang == "en":
        return text
    for pattern, spanish in _patterns():
        if found := pattern.fullmatch(text):
            return spanish.format(*(translated(each, lang) for each in found.groups()))
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(re.escape(en).replace(r"\{\}", "(.*)")), es) for en, es in SPANISH.items()]
