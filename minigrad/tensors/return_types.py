"""Tuples with names, which functions of several results return.   torch: torch/return_types.py"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from typing import Any

_fields_of = cache(lambda fields: namedtuple("_Results", fields))  # many functions have the same fields


def results(name: str, fields: str) -> Any:
    """The class of what a function returns: a tuple with these names, which prints itself as torch's."""

    def shown(self: Any) -> str:
        parts = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{parts})"

    about = {"__doc__": f"What {name} returns.", "__slots__": (), "__repr__": shown}
    return type(name, (_fields_of(fields),), about)
