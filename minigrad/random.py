"""Random numbers.   torch: aten/src/ATen/core/MT19937RNGEngine.h, ATen/native/cpu/DistributionTemplates.h

After `manual_seed(0)`, minigrad and PyTorch draw the same weights, bit for bit. Two things lie between a seed and a
weight: a generator of 32-bit words (the Mersenne Twister, which NumPy has too), and short formulas that turn words into
numbers. Rounding makes these formulas hard to copy: PyTorch's compiler fuses `x * y + z` into one operation that rounds
once (arrays/fma.py). arrays/box_muller.py makes normal numbers from uniform ones.

All functions here return NumPy arrays, filled in memory order. A shape is a tuple of ints. A negative size raises
RuntimeError, as in torch.
"""

from __future__ import annotations

import math
import operator
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.arrays.box_muller import box_muller
from minigrad.arrays.device import CPU
from minigrad.arrays.fma import fma32, fma64
from minigrad.autograd.base import TensorBase, wrap

__all__ = ["Generator", "default_generator", "initial_seed", "manual_seed", "seed"]

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

Array = Any  # numpy.ndarray
Shape = tuple[int, ...]


# The names of a dtype in torch's messages: its own name, and the name of the C++ type.
_NAMES = {
    "float32": ("Float", "float"), "float64": ("Double", "double"), "bool": ("Bool", "bool"),
    "uint8": ("Byte", "unsigned char"), "int8": ("Char", "signed char"), "int16": ("Short", "short int"),
    "int32": ("Int", "int"), "int64": ("Long", "long int"),
}  # fmt: skip

# torch's state is a C struct. torch never uses its fields normal_x, normal_rho, cached_float and has_cached_float.
_STATE = np.dtype([
    ("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("key", "<u8", 624),
    ("normal_x", "<f8"), ("cached", "<f8"), ("normal_rho", "<f8"), ("has_cached", "<i4"), ("", "<i4"),
    ("cached_float", "<f4"), ("has_cached_float", "<i4"),
])  # fmt: skip


def _check(condition: object, message: str) -> None:
    """Raise RuntimeError with this message unless the condition holds."""
    if not condition:
        raise RuntimeError(message)


def _numel(shape: Shape) -> int:
    """Return the number of elements of a shape. Raises RuntimeError if a size is negative."""
    for size in shape:
        _check(size >= 0, f"Trying to create tensor with negative dimension {size}: {list(shape)}")
    return math.prod(shape)


def _floating(dtype: DTypeLike, kernel: str) -> np.dtype[Any]:
    """Return the dtype if it is float32 or float64. Raises torch's NotImplementedError for any other dtype."""
    dtype = np.dtype(dtype)
    if dtype.char not in "fd":
        name, _ = _NAMES.get(dtype.name, (dtype.name, ""))
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{name}'\nUse float32 or float64.")
    return dtype


def _exact_ints(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the smallest and the largest int of the range in which `dtype` represents every int."""
    known = dtype.name in _NAMES
    _check(known, "check_random_bounds handles only integral, floating-point and boolean types")
    if dtype.kind == "f":
        return -(2 ** (np.finfo(dtype).nmant + 1)), 2 ** (np.finfo(dtype).nmant + 1)
    return (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


_DEFAULT_SEED = 67280421310721  # torch's default seed


class Generator:
    """A generator of random numbers: the Mersenne Twister, its seed, and one cached normal number.

    Two generators with the same seed return the same numbers for the same calls.
    torch: torch.Generator, aten/src/ATen/CPUGeneratorImpl.cpp.
    """

    def __init__(self, device: Any = None) -> None:
        if str(device or "cpu") != "cpu":
            raise RuntimeError(
                f"Device type {device} is not supported for a Generator\nminigrad draws all numbers on the CPU."
            )
        self.manual_seed(_DEFAULT_SEED)

    @cached_property
    def _twister(self) -> Any:
        """NumPy's Mersenne Twister with this seed. It is made at the first draw, because that imports numpy.random."""
        twister = np.random.MT19937(0)
        np.random.RandomState(twister).seed(self._seed % 2**32)
        return twister

    @property
    def device(self) -> Any:
        """The device on which numbers are drawn: always the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start again from `seed`, an int in [-2⁶³, 2⁶⁴); a negative seed s means 2⁶⁴ + s. Returns the generator.

        The Mersenne Twister uses only the lowest 32 bits: the seeds 5 and 2³² + 5 give the same numbers.
        Raises RuntimeError if seed is not an int, ValueError if it is out of range.
        """
        is_int = isinstance(seed, int) and not isinstance(seed, bool)
        _check(is_int, f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long\nA seed lies in [-2**63, 2**64).")
        self._seed = seed % 2**64
        self.__dict__.pop("_twister", None)
        self._fresh = True  # No word is drawn yet. torch's state distinguishes this from 624 words drawn.
        self._cached_normal: float | None = None
        return self

    def initial_seed(self) -> int:
        """The last seed that was set, in [0, 2⁶⁴)."""
        return self._seed

    def seed(self) -> int:
        """Start again from an unpredictable seed, and return the seed."""
        return self.manual_seed(_unpredictable_seed()).initial_seed()

    def get_state(self) -> Any:
        """The state as a uint8 tensor of 5056 bytes, the same bytes as torch's. torch: Generator.get_state."""
        twister = self._twister.state["state"]
        state = np.zeros(1, _STATE)
        state["seed"], state["seeded"], state["key"] = self._seed, 1, twister["key"]
        state["next"], state["left"] = (0, 1) if self._fresh else (twister["pos"], 625 - twister["pos"])
        if self._cached_normal is not None:
            state["cached"], state["has_cached"] = self._cached_normal, 1
        return wrap(state.view(np.uint8))

    def set_state(self, new_state: Any) -> Generator:
        """Restore a state that `get_state()` returned, in minigrad or in torch. Returns the generator.

        Raises TypeError if new_state is not a uint8 tensor, RuntimeError if its size or content is not valid.
        """
        if not isinstance(new_state, TensorBase):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        new_state = new_state.array
        if new_state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor\nIts dtype is uint8.")
        sizes = f"size {_STATE.itemsize} but found the input RNG state size to be {new_state.size}"
        _check(new_state.size == _STATE.itemsize, f"Expected a CPUGeneratorImplState of {sizes}")
        state = np.frombuffer(new_state.tobytes(), _STATE)[0]
        position, left = int(state["next"]), int(state["left"])
        valid = state["seeded"] and position <= 624 and left == (625 - position if position else 1)
        _check(valid, "Invalid mt19937 state\nPass a tensor that get_state() returned.")
        self._seed, self._fresh = int(state["seed"]), position == 0
        key = state["key"].astype(np.uint32)
        self._twister.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position or 624}}
        self._cached_normal = float(state["cached"]) if state["has_cached"] else None
        return self

    def _words32(self, n: int) -> NDArray[np.uint32]:
        """Draw n words of 32 bits."""
        self._fresh = self._fresh and n == 0
        return self._twister.random_raw(n).astype(np.uint32)

    def _words64(self, n: int) -> NDArray[np.uint64]:
        """Draw n words of 64 bits, each from two words of 32 bits: the first one gives the high bits."""
        words = self._words32(2 * n).astype(np.uint64)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def _uniforms(self, n: int, dtype: DTypeLike) -> Array:
        """Draw n numbers uniform in [0, 1): the lowest 24 bits (float32) or 53 bits (float64) of a word, scaled."""
        if dtype == np.float32:
            return (self._words32(n) & (2**24 - 1)).astype(np.float32) * np.float32(2.0**-24)
        return (self._words64(n) & (2**53 - 1)).astype(np.float64) * 2.0**-53

    @np.errstate(all="ignore")
    def uniform(
        self, shape: Shape, low: float = 0.0, high: float = 1.0, dtype: DTypeLike = np.float32
    ) -> Array:
        """u·(high - low) + low with one rounding, u uniform in [0, 1). A result that rounds to `high` becomes `low`.

        Raises NotImplementedError unless dtype is float32 or float64. Raises RuntimeError if low > high, or if low,
        high or high - low is not finite in that dtype. torch: Tensor.uniform_, torch.rand.
        """
        dtype = _floating(dtype, "check_uniform_bounds")
        if low == 0 and high == 1:
            return self._uniforms(_numel(shape), dtype).reshape(shape)
        largest, (name, c_name) = float(np.finfo(dtype).max), _NAMES[dtype.name]
        _check(-largest <= low <= largest, f"from is out of bounds for {c_name}")
        _check(-largest <= high <= largest, f"to is out of bounds for {c_name}")
        found = f"range, but found from={low:g} > to={high:g}"
        _check(low <= high, f"uniform_ expects to return a [from, to) {found}")
        found = f"but found to={high:g} and from={low:g} which result in to-from to exceed the limit"
        limit = f"std::numeric_limits<{name}>::max()"
        _check(high - low <= largest, f"uniform_ expects to-from <= {limit}, {found}")
        a, b = dtype.type(low), dtype.type(high)
        value = (fma32 if dtype == np.float32 else fma64)(self._uniforms(_numel(shape), dtype), b - a, a)
        return np.where(value == b, a, value).reshape(shape)

    @np.errstate(all="ignore")
    def normal(
        self, shape: Shape, mean: float = 0.0, std: float = 1.0, dtype: DTypeLike = np.float32
    ) -> Array:
        """n·std + mean with one rounding, n normal with mean 0 and standard deviation 1.

        Fewer than 16 numbers are drawn one by one, and 16 or more in blocks of 16. If the last block is not full, the
        last 16 numbers are drawn again as one block. Raises NotImplementedError unless dtype is float32 or float64,
        RuntimeError unless std >= 0. torch: Tensor.normal_, torch.randn.
        """
        _check(std >= 0, f"normal expects std >= 0.0, but found std {std:g}")
        dtype, n = _floating(dtype, "normal_kernel_cpu"), _numel(shape)
        if n < 16:
            few = np.array([self._one_normal() for _ in range(n)], np.float64)
            if mean != 0 or std != 1:
                few = fma64(few, std, mean)
            return few.astype(dtype).reshape(shape)
        values, full = self._uniforms(n, dtype), n - n % 16
        for part in np.split(values[:full], range(2**12, full, 2**12)):  # a part fits in the cache
            part[:] = box_muller(part, mean, std)
        if n % 16:
            values[-16:] = box_muller(self._uniforms(16, dtype), mean, std)
        return values.reshape(shape)

    def _one_normal(self) -> float:
        """Draw one normal number by Box and Muller, in float64: the cosine now, and the sine at the next call."""
        if self._cached_normal is not None:
            value, self._cached_normal = self._cached_normal, None
            return value
        v, u = self._uniforms(2, np.float64).tolist()
        r, angle = math.sqrt(-2 * math.log1p(-u)), 2 * math.pi * v
        self._cached_normal = r * math.sin(angle)
        return r * math.cos(angle)

    def randint(self, low: int, high: int, shape: Shape, dtype: DTypeLike = np.int64) -> Array:
        """low + (word mod (high - low)): integers in [low, high), in an integer, floating point or bool dtype.

        A range of 2²⁸ or more uses 64-bit words; otherwise remainders would favour small numbers. Raises RuntimeError
        if low >= high or if `dtype` cannot represent every number of the range, ValueError if int64 cannot.
        torch: torch.randint. Difference: if a floating point dtype is too short, torch only warns.
        """
        low, high, dtype = operator.index(low), operator.index(high), np.dtype(dtype)
        if low < -(2**63) or high >= 2**63:
            raise ValueError("Overflow when unpacking long long\nBounds lie in [-2**63, 2**63).")
        _check(low < high, f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
        least, largest = _exact_ints(dtype)
        _check(low >= least, f"from is out of bounds for {_NAMES[dtype.name][1]}")
        _check(high - 1 <= largest, f"to - 1 is out of bounds for {_NAMES[dtype.name][1]}")
        n, size = _numel(shape), high - low
        words = self._words64(n) if size >= 2**28 else self._words32(n).astype(np.uint64)
        return ((words % np.uint64(size)).view(np.int64) + low).astype(dtype).reshape(shape)

    def random_int64(self) -> int:
        """One int in [0, 2⁶³). DataLoader uses it as a seed for workers and shuffles. torch: Tensor.random_."""
        return int(self._words64(1)[0]) % 2**63

    def randperm(self, n: int) -> NDArray[np.int64]:
        """0 ... n-1 in random order, int64: each element is swapped with itself or a later one (Fisher and Yates).

        Raises RuntimeError if n < 0, NotImplementedError if n >= 2³² // 20, for which torch has another algorithm.
        torch: torch.randperm, aten/src/ATen/native/TensorFactories.cpp.
        """
        if n >= 2**32 // 20:
            raise NotImplementedError(f"randperm of {n}: torch has another algorithm for so many numbers")
        numbers = list(range(_numel((n,))))
        steps = self._words32(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
        for i, step in enumerate(steps.tolist()):
            numbers[i], numbers[i + step] = numbers[i + step], numbers[i]
        return np.array(numbers, np.int64)

    def random(self, shape: Shape, dtype: DTypeLike) -> Array:
        """Any number from 0 to the largest int up to which `dtype` represents every int. torch: Tensor.random_."""
        dtype, n = np.dtype(dtype), _numel(shape)
        words = self._words64(n) if dtype in (np.int64, np.float64) else self._words32(n).astype(np.uint64)
        return (words % np.uint64(_exact_ints(dtype)[1] + 1)).astype(dtype).reshape(shape)

    def exponential(self, shape: Shape, rate: float = 1.0, dtype: DTypeLike = np.float32) -> Array:
        """-log(1 - u)/rate, u uniform in [0, 1) and float64 for every dtype. torch: Tensor.exponential_."""
        _check(rate > 0, f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
        dtype = _floating(dtype, "exponential")
        logarithms = map(math.log1p, (-self._uniforms(_numel(shape), np.float64)).tolist())
        return (np.fromiter(logarithms, np.float64) * (-1 / rate)).astype(dtype).reshape(shape)

    def bernoulli(self, shape: Shape, p: float) -> NDArray[np.bool_]:
        """u < p as bools, u uniform in [0, 1). u is float64 for every dtype. Dropout's mask is drawn so.

        Raises RuntimeError unless 0 <= p <= 1. torch: Tensor.bernoulli_(p) with a number p.
        """
        _check(0 <= p <= 1, f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        return (self._uniforms(_numel(shape), np.float64) < p).reshape(shape)

    def bernoulli_of(self, probabilities: Array) -> Array:
        """u < p for each p of an array, u uniform in [0, 1): 0 and 1 in the dtype and shape of the array.

        Raises RuntimeError unless every p is in [0, 1], NotImplementedError unless the dtype is float32 or float64.
        torch: torch.bernoulli(p) with a tensor p.
        """
        if probabilities.size == 0:
            return np.zeros_like(probabilities)
        dtype = _floating(probabilities.dtype, "bernoulli_tensor_cpu_p_")
        valid = np.all((probabilities >= 0) & (probabilities <= 1))
        _check(valid, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
        drawn = self._uniforms(probabilities.size, dtype).reshape(probabilities.shape)
        return np.asarray(drawn < probabilities).astype(dtype)


def _unpredictable_seed() -> int:
    """64 bits from the operating system's random source."""
    return int.from_bytes(os.urandom(8))


# As in torch, the default generator has another seed in each run until manual_seed is called. A new Generator does not.
default_generator = Generator().manual_seed(_unpredictable_seed())
initial_seed, seed = default_generator.initial_seed, default_generator.seed


def manual_seed(seed: int) -> Generator:
    """Seed the default generator and return it. torch: torch.manual_seed."""
    return default_generator.manual_seed(int(seed))
