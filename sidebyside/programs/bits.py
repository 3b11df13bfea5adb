"""How many bits the values and gradients of a program can need at worst: an account, step by step.

What is a multiple of 2^-e and at most m in size is a float of p digits while m·2^e is at most 2^p. So if all that a
program computes stays below that, sums and products in whatever order are exact, and libraries must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

LARGEST = 64  # elements of a tensor
DIGITS = {"float32": 24, "float64": 53}


class Bits(NamedTuple):
    """Multiples of 2^-e, at most m in size. They are exact in a type of p digits while m·2^e is at most 2^p."""

    e: int
    m: float

    def __add__(self, other: Any) -> Bits:
        return Bits(max(self.e, other.e), self.m + other.m)

    def __mul__(self, other: Any) -> Bits:
        """The product with other Bits."""
        return Bits(self.e + other.e, self.m * other.m)

    def times(self, n: float) -> Bits:
        """A sum of so many."""
        return Bits(self.e, self.m * n)

    def __or__(self, other: Bits) -> Bits:
        return Bits(max(self.e, other.e), max(self.m, other.m))


ONE = Bits(0, 1)


class Edge(NamedTuple):
    """One term of a derivative: what arrives, times a constant, times other nodes, added up so many times."""

    source: int
    constant: Bits = ONE
    factors: tuple[int, ...] = ()
    times: float = 1


class Account:
    """What every step of a program and of its backward passes can need at worst."""

    def __init__(self) -> None:
        self.nodes: list[tuple[Bits, tuple[Edge, ...]]] = []

    def enter(self, bits: Bits, edges: Sequence[Edge] = ()) -> int:
        """A new node, by its number."""
        self.nodes.append((bits, tuple(edges)))
        return len(self.nodes) - 1

    def product(self, constant: Bits, nodes: Sequence[int], times: float) -> Bits:
        """Of nodes and a constant, so many added up."""
        bits = constant.times(times)
        for node in nodes:
            bits = bits * self.nodes[node][0]
        return bits

    def backward(self, root: int, seed: Bits) -> dict[int, int]:
        """Enter all that a backward pass computes; the gradients' nodes by those that they are of.

        A term dz·c·f·g is itself a product, whose derivatives the next backward pass can ask for.
        """
        arrived: dict[int, list[int]] = {root: [self.enter(seed)]}
        gradients = {}
        for node in range(root, -1, -1):
            terms = arrived.pop(node, [])
            if not terms:
                continue
            total = Bits(0, 0)
            for term in terms:
                total = total + self.nodes[term][0]
            dz = gradients[node] = self.enter(total, [Edge(term) for term in terms])
            for source, constant, factors, times in self.nodes[node][1]:
                every = (dz, *factors)
                edges = [
                    Edge(each, constant, every[:i] + every[i + 1 :], LARGEST if i else times)
                    for i, each in enumerate(every)
                ]
                arrived.setdefault(source, []).append(self.enter(self.product(constant, every, times), edges))
        return gradients

    def worst(self) -> float:
        """The largest m·2^e."""
        return max((bits.m * 2.0**bits.e for bits, _ in self.nodes), default=0.0)
