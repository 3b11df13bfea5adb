"""The arithmetic of one entry of a gradient, as one would write it with a pencil.

    dweight[0,1] = dz[0,0]·x[0,1] + dz[1,0]·x[1,1]

No op has its sums written here. The op's own rule runs once more, on numbers that remember how they were computed:
so what is shown is what the rule does, even if the rule is wrong. Where a rule does something that these numbers
cannot do, there is no arithmetic to show.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.autograd.op import Rule

SUM, PRODUCT, ATOM = 1, 2, 3  # how tightly an expression binds
DECIMALS = 4  # of a number that is shown


class Written:
    """A number and how it was computed: in symbols, and with the numbers in their place.

    `uses` are the entries in it, with their values. `compared` says whether a condition has asked for the value.
    """

    def __init__(
        self,
        value: float,
        symbols: str,
        numbers: str,
        binding: int = ATOM,
        uses: dict[str, float] | None = None,
    ) -> None:
        self.value, self.symbols, self.numbers, self.binding = value, symbols, numbers, binding
        self.uses, self.compared = uses or {}, False

    def _joined(self, sign: str, y: Written, value: float, binding: int, right: int) -> Written:
        """Both operands with a sign between them. The right one must bind as tightly as `right`."""
        symbols, numbers = (
            f"{(_left if binding == SUM else _right)(a, self.binding, binding)}{sign}{_right(b, y.binding, right)}"
            for a, b in ((self.symbols, y.symbols), (self.numbers, y.numbers))
        )
        return Written(value, symbols, numbers, binding, self.uses | y.uses)

    def __add__(self, y: Any) -> Written:
        y = written(y)
        if "0" in (self.symbols, y.symbols):  # NumPy's sums may start with 0
            return y if self.symbols == "0" else self
        return self._joined(" + ", y, self.value + y.value, SUM, SUM)

    def __sub__(self, y: Any) -> Written:
        y = written(y)
        return self._joined(" − ", y, self.value - y.value, SUM, PRODUCT)

    def __mul__(self, y: Any) -> Written:
        y = written(y)
        return self._joined("·", y, self.value * y.value, PRODUCT, PRODUCT)

    def __truediv__(self, y: Any) -> Written:
        y = written(y)
        return self._joined("/", y, self.value / y.value, PRODUCT, ATOM)

    def __neg__(self) -> Written:
        symbols, numbers = (f"−{_right(a, self.binding, PRODUCT)}" for a in (self.symbols, self.numbers))
        return Written(-self.value, symbols, numbers, PRODUCT, self.uses)

    def __radd__(self, x: Any) -> Written:
        return written(x) + self

    def __rsub__(self, x: Any) -> Written:
        return written(x) - self

    def __rmul__(self, x: Any) -> Written:
        return written(x) * self

    def exp(self) -> Written:
        """What np.exp calls."""
        symbols, numbers = f"exp({self.symbols})", f"exp({self.numbers})"
        return Written(math.exp(self.value), symbols, numbers, uses=self.uses)

    def __le__(self, y: Any) -> bool:
        self.compared = True
        return self.value <= written(y).value


# A negative number may begin a sum as it is: −0.5 + (−0.2)·0.75.
def _left(text: str, binding: int, wanted: int) -> str:
    return text if binding >= wanted else f"({text})"


def _right(text: str, binding: int, wanted: int) -> str:
    return text if binding >= wanted and not text.startswith("−") else f"({text})"


def written(x: Any) -> Written:
    """A plain number, which stands for itself."""
    return x if isinstance(x, Written) else Written(float(x), number(x), number(x))


def number(value: float) -> str:
    """A number as it is shown: rounded, without zeros at the end."""
    text = f"{float(value):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def place(name: str, at: tuple[int, ...]) -> str:
    """The name of an entry: x[0,1], or x if x is one number."""
    return f"{name}[{','.join(map(str, at))}]" if at else name


class Page(np.ndarray[Any, Any]):
    """An array of Written numbers."""

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The sum, whatever dtype is asked for: objects have none."""
        return np.add.reduce(self, axis, keepdims=keepdims)


def page(name: str, values: Any) -> Page:
    """An array whose numbers are written as its entries."""
    made = np.empty(np.shape(values), object)
    for at, value in np.ndenumerate(values):
        entry = place(name, at)
        made[at] = Written(float(value), entry, number(value), uses={entry: float(value)})
    return made.view(Page)


def arithmetic(name: str, rule: Rule, values: dict[str, Any], dx: Any) -> list[dict[str, Any]]:
    """How each entry of dx, the gradient of the input `name`, follows from the values that its rule reads. Each has

    entry: its name, such as dweight[0,1]
    symbols, numbers: dz[0,0]·x[0,1] + dz[1,0]·x[1,1], and the same with rounded numbers in their place
    chosen: entries that are not in the sum but decide what it is, with their numbers: z[0,1] = 0.25
    uses: the entries in all of these
    exact: whether no number was rounded

    An empty list if the rule cannot run on Written numbers, or if the engine changes the shape of what it returns.
    """
    read = {key: page(key, value) if _kind(value) == "f" else value for key, value in values.items()}
    try:
        found = np.asarray(rule.function(*rule.pick(read)), object)
    except (TypeError, ValueError, AttributeError):
        return []
    if found.shape != dx.shape:
        return []
    choosing = {key: value for key, value in values.items() if _chooses(value, read[key], dx.shape)}
    return [
        _entry(
            place(f"d{name}", at),
            written(one),
            {place(k, i := at[: v.ndim]): v[i] for k, v in choosing.items()},
        )
        for at, one in np.ndenumerate(found)
    ]


def _chooses(value: Any, read: Any, shape: tuple[int, ...]) -> bool:
    """Whether entries of this value decide on those of dx: it is an array of indices, or it was compared."""
    if _kind(value) == "i":
        return value.shape == shape[: value.ndim]
    return _kind(value) == "f" and value.shape == shape and any(each.compared for each in read.flat)


def _entry(entry: str, one: Written, chosen: dict[str, Any]) -> dict[str, Any]:
    return {
        "entry": entry, "symbols": one.symbols, "numbers": one.numbers,
        "chosen": [f"{key} = {number(value)}" for key, value in chosen.items()],
        "uses": list(one.uses | chosen),
        "exact": all(value == round(value, DECIMALS) for value in (one.value, *one.uses.values())),
    }  # fmt: skip


def _kind(value: Any) -> str:
    """f for arrays of floats, i for arrays of integers, otherwise nothing."""
    is_array = isinstance(value, (np.ndarray, np.generic))
    return value.dtype.kind if is_array and value.dtype.kind in "fi" else ""
