"""torch.Size.   torch: torch/csrc/Size.cpp"""

from __future__ import annotations

import math
from typing import Any

from minigrad.tensors.arguments import is_int


class Size(tuple[int, ...]):
    """A shape: a tuple that prints as torch.Size and whose slices, sums and multiples are Sizes."""

    __module__ = "minigrad"  # the name that error messages show, as torch.Size
    __slots__ = ()

    def __new__(cls, sizes: Any = ()) -> Size:
        """Raises TypeError if an item is not an int."""
        numbers = tuple(sizes)
        for i, n in enumerate(numbers):
            if not is_int(n):
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {i} is '{type(n).__name__}')")
        return super().__new__(cls, map(int, numbers))

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return Size(part) if isinstance(key, slice) else part

    def __add__(self, other: Any) -> Any:
        return Size((*self, *other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Size((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(super().__mul__(times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"
