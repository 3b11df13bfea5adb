"""How long a statement takes.   torch: torch/utils/benchmark/__init__.py

torch.utils.benchmark, as far as timeit.Timer goes: a Measurement has the times of several runs and their median.
"""

from __future__ import annotations

import timeit
from statistics import fmean, median
from typing import Any

__all__ = ["Measurement", "Timer"]

_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))


class Measurement:
    """Times of one statement, in seconds. torch: torch.utils.benchmark.Measurement."""

    def __init__(self, number_per_run: int, raw_times: list[float], title: str, num_threads: int) -> None:
        self.number_per_run, self.raw_times = number_per_run, raw_times
        self.title, self.num_threads = title, num_threads

    @property
    def times(self) -> list[float]:
        """Of each run, the time of the statement once."""
        return [each / self.number_per_run for each in self.raw_times]

    @property
    def median(self) -> float:
        """The median of times."""
        return median(self.times)

    @property
    def mean(self) -> float:
        """The mean of times."""
        return fmean(self.times)

    def __repr__(self) -> str:
        name, size = next((unit for unit in _UNITS if self.median >= unit[1]), _UNITS[-1])
        runs, number = len(self.raw_times), self.number_per_run
        several = runs > 1
        return (
            f"{object.__repr__(self)}\n{self.title}\n"
            f"  {'Median: ' * several}{self.median / size:.2f} {name}\n"
            f"  {runs} measurement{'s' * several}, {number} runs {'per measurement' * several}, "
            f"{self.num_threads} thread{'s' * (self.num_threads > 1)}"
        )


class Timer:
    """Runs a statement with the names in `globals`, after `setup`. torch: torch.utils.benchmark.Timer.

    num_threads is what the report says: NumPy's BLAS reads its number from OMP_NUM_THREADS when it is loaded.
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Any = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = "python",
    ) -> None:
        if global_setup or str(language).lower() not in ("python", "py", "language.python"):
            raise NotImplementedError("minigrad's Timer runs Python alone")
        self._timer = timeit.Timer(stmt, setup, timer, dict(globals or {}))
        title = (label or stmt) + (f": {sub_label}" if sub_label else "")
        lines = [
            title,
            *([description] if description else []),
            *([f"setup: {setup}"] if setup != "pass" else []),
        ]
        self._title, self._num_threads = "\n".join(lines), num_threads

    def timeit(self, number: int = 1000000) -> Measurement:
        """Run the statement `number` times, after a few to warm up, as one measurement."""
        self._timer.timeit(max(number // 100, 2))
        return self._measured(number, [self._timer.timeit(number)])

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Several measurements, together at least min_run_time long, of so many runs that the clock's cost is small."""
        number, taken = 1, self._timer.timeit(1)
        while taken < min_run_time / 1000:
            number *= 10
            taken = self._timer.timeit(number)
        times: list[float] = []
        while sum(times) < min_run_time:
            times.append(self._timer.timeit(number))
            if callback is not None:
                callback(number, times[-1])
        return self._measured(number, times)

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, self._title, self._num_threads)
