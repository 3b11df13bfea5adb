"""Wrong programs by kind, as sidebyside/mistakes/ has the entries that name them."""

from benchmarks.wrong_programs import arrays, factors, outputs, rules, special
from benchmarks.wrong_programs.making import MISTAKES, own

__all__ = ["MISTAKES", "arrays", "factors", "outputs", "own", "rules", "special"]
