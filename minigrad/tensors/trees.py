"""Values in nested tuples, lists and dicts.   torch: torch/utils/_pytree.py"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Callable[[Iterator[Any]], Any]]:
    """The leaves from left to right, and a function that builds such a tree of other leaves."""
    if isinstance(tree, dict):
        leaves, build = flatten(list(tree.values()))
        return leaves, lambda new: dict(zip(tree, build(new), strict=True))
    if not isinstance(tree, (tuple, list)):
        return [tree], next
    parts = [flatten(part) for part in tree]
    kind: Any = type(tree)
    make = kind if kind in (tuple, list) else lambda items: kind(*items)  # of a named tuple
    return [leaf for found, _ in parts for leaf in found], lambda new: make(
        [build(new) for _, build in parts]
    )


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with function(leaf) for each leaf."""
    leaves, build = flatten(tree)
    return build(map(function, leaves))


def spread(prefix: Any, tree: Any) -> list[Any]:
    """For each leaf of the tree the leaf of the prefix that stands for it. ValueError if they do not fit."""
    if not isinstance(prefix, (tuple, list, dict)):
        return [prefix] * len(flatten(tree)[0])
    if type(prefix) is not type(tree) or len(prefix) != len(tree):
        raise ValueError("not a prefix")
    if isinstance(prefix, dict):
        return [each for key in tree for each in spread(prefix[key], tree[key])]
    return [each for one, other in zip(prefix, tree, strict=True) for each in spread(one, other)]
