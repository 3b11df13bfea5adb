"""Which random numbers PyTorch draws on this machine as minigrad draws them everywhere.

Every generator takes the same words from the Mersenne Twister. What PyTorch makes of them can differ in the last bit:
its compiler fuses multiply and add or does not, float32 normal numbers come from polynomials or from the C library,
and two rules are newer than PyTorch 2.6. So each generator has a probe of its own: a few numbers, drawn from seed 0,
that tell one way from the others. Where PyTorch draws them, the seeded tier of docs/identity.md is claimed, and tested.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np


class Probe(NamedTuple):
    """What to draw, given a library and its generator; and the numbers that minigrad draws from seed 0."""

    draw: Callable[[Any, Any], Any]
    numbers: list[float]

    def drawn(self, library: Any) -> Any:
        """What a library draws, as an array."""
        return self.draw(library, library.Generator().manual_seed(0)).numpy()

    def holds(self, library: Any) -> bool:
        """Whether a library draws these numbers, to the last bit and the sign of zero."""
        drawn = self.drawn(library)
        return bool(drawn.tobytes() == np.array(self.numbers, drawn.dtype).tobytes())


def _both_types(torch: Any, g: Any, fill: str, *parameters: float) -> Any:
    """Eight float32 numbers, and eight of float64."""
    empty = [torch.empty(8, dtype=dtype) for dtype in (torch.float32, torch.float64)]
    return torch.cat([getattr(each, fill)(*parameters, generator=g) for each in empty])


def _coins(torch: Any, g: Any) -> Any:
    """With a tensor of probabilities, and with one number."""
    few = torch.full((16,), 0.3)
    return torch.cat([torch.bernoulli(few, generator=g), torch.bernoulli(few, 0.3, generator=g)])


def _at_the_bounds(torch: Any, g: Any) -> Any:
    """Every other number of the first eight rounds to the upper bound, and so does the last."""
    first, last = torch.empty(8), torch.empty(1)
    return torch.cat(
        [first.uniform_(1.0, 1.0 + 2.0**-23, generator=g), last.uniform_(-0.0, 0.0, generator=g)]
    )


# By generator. `uniform` is what initial weights are drawn with; `rand` has nothing to round. "Short" are fewer
# than 16 numbers. PyTorch 2.6 draws 32-bit words for "large randint", and lets `uniform_` reach its upper bound.
# linspace is not random, but it is fused where these are.
PROBES = {
    "randint": Probe(lambda torch, g: torch.randint(1000, (8,), generator=g), [
        44, 239, 933, 760, 963, 379, 427, 503,
    ]),
    "large randint": Probe(lambda torch, g: torch.randint(2**28, (4,), generator=g), [
        130329135, 136432832, 195187451, 149257575,
    ]),
    "randperm": Probe(lambda torch, g: torch.randperm(12, generator=g), [
        8, 0, 5, 9, 7, 4, 2, 10, 3, 1, 11, 6,
    ]),
    "bernoulli": Probe(_coins, [
        0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0,
        0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0,
    ]),
    "rand": Probe(lambda torch, g: _both_types(torch, g, "uniform_", 0.0, 1.0), [
        0.49625658988952637, 0.7682217955589294, 0.08847743272781372, 0.13203048706054688,
        0.30742281675338745, 0.6340786814689636, 0.4900934100151062, 0.8964447379112244,
        0.6450241201227648, 0.7911478921803037, 0.17860617520075095, 0.3511076243939284,
        0.5813409198075745, 0.2882358921361502, 0.4528688488811142, 0.17679952620371409,
    ]),
    "uniform": Probe(lambda torch, g: _both_types(torch, g, "uniform_", -1 / 28, 1 / 28), [
        -0.00026738643646240234, 0.019158700481057167, -0.029394470155239105,
        -0.026283537968993187, -0.013755513355135918, 0.009577048942446709,
        -0.0007076135952956975, 0.028317483142018318, 0.010358865723054627, 0.020796278012878835,
        -0.022956701771374932, -0.010635169686147972, 0.005810065700541036, -0.0151260077045607,
        -0.0033665107942061263, -0.023085748128306136,
    ]),
    "uniform's bounds": Probe(_at_the_bounds, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -0.0]),
    "exponential": Probe(lambda torch, g: _both_types(torch, g, "exponential_", 2.0), [
        1.754163146018982, 0.6151923537254333, 0.3075220584869385, 1.267559289932251, 0.5178527235984802,
        0.7830644249916077, 0.09837629646062851, 0.21624420583248138, 0.4353491706728877, 0.17000436582257952,
        0.3015333704567555, 0.09727775945408983, 0.21945931327715149, 0.4863052249523821, 0.32874370847820994,
        0.29062449024423515,
    ]),
    "short normal": Probe(lambda torch, g: _both_types(torch, g, "normal_", 0.1, 0.3), [
        0.5622988343238831, 0.011971328407526016, -0.5536367893218994, 0.2705293893814087,
        -0.22535669803619385, -0.319578617811203, 0.22100405395030975, 0.35140788555145264,
        -0.11577727354080776, -0.02100305747965236, -0.07899060878453817, 0.15461094551839166,
        -0.15700237798891228, 0.43018125127102813, -0.2213562089327442, 0.13681037174899366,
    ]),
    "long normal float32": Probe(lambda torch, g: torch.empty(20).normal_(0.1, 0.3, generator=g), [
        -0.23775196, -0.24570808, 0.024826424, -0.030163646, 0.27965185, -0.36652854,
        -0.0024081196, 0.65590185, 0.24042892, 0.052686267, 0.53309804, 0.17981483, 0.5168099,
        0.5759003, 0.38388953, -0.15310304, 0.37954798, 0.4777028, 0.7014942, 0.116121076,
    ]),
    "linspace": Probe(lambda torch, g: torch.linspace(-3, 7, 16), [
        -3.0, -2.3333333, -1.6666666, -0.99999994, -0.33333325, 0.33333343, 1.0000001, 1.6666667,
        2.3333333, 3.0, 3.6666665, 4.333333, 5.0, 5.6666665, 6.3333335, 7.0,
    ]),
    "long normal float64": Probe(lambda torch, g: torch.empty(20, dtype=torch.float64).normal_(0.1, 0.3, generator=g), [
        -0.5931235400702528, -0.01197525837732928, -0.21824500356388585, 0.39985280643435284,
        0.09401057472767121, 0.1630899670305084, 0.15315680541809976, -0.1491530153025347,
        0.1716154174504512, 0.32005851055818524, -0.29656454874264127, 0.494443409559137,
        -0.10610110821306389, 0.5464222947432017, -0.03452474141343532, -0.16730091055122123,
        0.30245726307820114, 0.41405961309443967, 0.14628855359397686, -0.12496745685175822,
    ]),
}  # fmt: skip


@cache
def differing() -> frozenset[str]:
    """The generators, by their names in PROBES, of which this machine's PyTorch draws other numbers."""
    import torch

    return frozenset(name for name, probe in PROBES.items() if not probe.holds(torch))
