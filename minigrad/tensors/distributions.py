"""New tensors by chance: the numbers that torch draws from the same seed.   torch: aten/.../Distributions.cpp

Every number is drawn on the CPU and then moved to the device that was asked for.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops, random
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.misuse import check_broadcast, no_derivative
from minigrad.autograd.op import differentiable
from minigrad.tensors.arguments import (
    check_negative,
    combination,
    generator_of,
    is_int,
    is_number,
    named,
    type_name,
)
from minigrad.tensors.creation import as_number, checked_shape, like_options, new_tensor, numpy_type
from minigrad.tensors.out import into
from minigrad.tensors.tensor import Tensor


def _drawn(name: str, distribution: str, doc: str) -> Any:
    def function(
        *given: Any,
        size: Any = None,
        generator: random.Generator | None = None,
        out: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        draw = getattr(generator_of(name, generator, given), distribution)
        array = draw(checked_shape(name, given, size), dtype=numpy_type(name, dtype, out))
        return new_tensor(array, device, requires_grad, out)

    return named(function, name, f"{doc}: torch's numbers for the same seed.")


rand = _drawn("rand", "uniform", "Uniform on [0, 1)")
randn = _drawn("randn", "normal", "Normal with mean 0 and standard deviation 1")


@differentiable("NormalBackward3", mean=lambda dz: ops.zeros_like(dz), std=lambda dz: ops.zeros_like(dz))
def _normal(mean: Any, std: Any, drawn: Any) -> Any:
    """z is drawn already        dmean = dstd = 0"""
    return drawn


# By whether mean and std are tensors.
_NORMAL = {
    (True, True): _normal,
    (True, False): _normal.named("NormalBackward1"),
    (False, True): _normal.named("NormalBackward2"),
}


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: random.Generator | None = None,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal with this mean and standard deviation: numbers and a size, or tensors, which broadcast.

    torch's numbers for the same seed. The gradients of mean and std are 0. RuntimeError unless std >= 0.
    """
    given = (mean, std) if size is None else (mean, std, size)
    draw = generator_of("normal", generator, given).normal
    if is_number(mean) and is_number(std) and isinstance(size, (tuple, list)):
        shape, kind = checked_shape("normal", (size,)), numpy_type("normal", dtype, out)
        return new_tensor(draw(shape, as_number(mean), as_number(std), kind), device, requires_grad, out)
    of_tensors = isinstance(mean, TensorBase), isinstance(std, TensorBase)
    known = all(isinstance(value, TensorBase) or is_number(value) for value in (mean, std))
    if size is not None or not known or not any(of_tensors):
        raise TypeError(
            f"{combination('normal', given, {})}\nnormal(mean, std, size), or tensors without a size."
        )
    if out is not None:
        return into(out, "normal", (mean, std), lambda: _normal_of_tensors(draw, mean, std))
    return _NORMAL[of_tensors](mean, std, _normal_of_tensors(draw, mean, std))


def _normal_of_tensors(draw: Any, mean: Any, std: Any) -> Tensor:
    """The numbers of normal where mean or std is a tensor: in torch's order, x = drawn, x *= std, x += mean."""
    arrays = [value.array for value in (mean, std) if isinstance(value, TensorBase)]
    check_broadcast([array.shape for array in arrays])
    shape, kind = np.broadcast_shapes(*(array.shape for array in arrays)), arrays[0].dtype
    if not isinstance(std, TensorBase):
        drawn: Tensor = wrap(draw(shape, 0, std, kind))
    elif np.any(std.array < 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    else:
        drawn = wrap(draw(shape, 0, 1, kind)).mul_(wrap(std.array))
    drawn.add_(wrap(mean.array) if isinstance(mean, TensorBase) else mean)
    return drawn


def randint(
    *given: Any,
    low: int = 0,
    high: int | None = None,
    size: Any = None,
    generator: random.Generator | None = None,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """randint(high, size) or randint(low, high, size): integers low ≤ k < high, torch's for the same seed."""
    three = len(given) == 3 or (len(given) == 2 and size is not None)
    names = ["low", "high", "size"] if three else ["high", "size"]
    bound = {"low": low, "high": high, "size": size} | dict(zip(names, given, strict=False))
    if len(given) > 3 or bound["high"] is None or bound["size"] is None or is_int(bound["size"]):
        raise TypeError(
            f"{combination('randint', given, {})}\nrandint(high, size), randint(low, high, size)."
        )
    for name in ("low", "high"):
        if not is_int(bound[name]):
            raise TypeError(f"randint(): argument '{name}' must be int, not {type_name(bound[name])}")
    shape = checked_shape("randint", (bound["size"],))
    array = generator_of("randint", generator, given).randint(int(bound["low"]), int(bound["high"]), shape)
    kind = dtypes.as_dtype(dtype, "randint")
    return new_tensor(array if kind is None else array.astype(kind.numpy), device, requires_grad, out)


def randperm(
    n: int,
    *,
    generator: random.Generator | None = None,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The integers below n in random order: torch's for the same seed."""
    if not is_int(n):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type_name(n)}")
    source = generator_of("randperm", generator, (n,))
    check_negative((n,))
    array, kind = source.randperm(n), dtypes.as_dtype(dtype, "randperm")
    return new_tensor(array if kind is None else array.astype(kind.numpy), device, requires_grad, out)


def _drawn_like(make: Any, doc: str) -> Any:
    name = f"{make.__name__}_like"

    def like(
        input: Tensor,
        *,
        generator: random.Generator | None = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        alike = like_options(input, name, dtype, device)
        source = generator_of(name, generator, (input,))
        return make(input.shape, generator=source, **alike, requires_grad=requires_grad)

    return named(like, name, f"{doc}, in the tensor's shape, dtype and device.")


rand_like, randn_like = _drawn_like(rand, "Uniform on [0, 1)"), _drawn_like(randn, "Normal")


def randint_like(
    input: Tensor,
    *bounds: int,
    low: int = 0,
    high: int | None = None,
    generator: random.Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers below high, or low ≤ k < high, in the tensor's shape, dtype and device."""
    alike = like_options(input, "randint_like", dtype, device)
    source = generator_of("randint_like", generator, (input, *bounds))
    given = (*bounds, input.shape) if bounds else (low, high, input.shape)
    return randint(*given, generator=source, **alike, requires_grad=requires_grad)


@differentiable("BernoulliBackward0", x=lambda dz: ops.zeros_like(dz))
def _bernoulli(x: Any, drawn: Any) -> Any:
    """z = 0 or 1, drawn with the probabilities x        dx = 0"""
    return drawn


@differentiable("NotImplemented", x=no_derivative("derivative for aten::bernoulli is not implemented"))
def _bernoulli_of_number(x: Any, drawn: Any) -> Any:
    """z = 0 or 1, drawn already, in x's shape"""
    return drawn


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: random.Generator | None = None, out: Any = None
) -> Tensor:
    """1 with the probability that each element gives, or with p, else 0: torch's numbers for the same seed.

    The gradient of the probabilities is 0. With p, backward raises RuntimeError, as in torch.
    """
    source = generator_of("bernoulli", generator, (input,) if p is None else (input, p))
    if out is not None:
        return into(out, "bernoulli", (input,), lambda: bernoulli(input, p, generator=source))
    if p is None:
        return _bernoulli(input, source.bernoulli_of(input.array))
    return _bernoulli_of_number(input, source.bernoulli(input.array.shape, p).astype(input.array.dtype))


def get_rng_state() -> Tensor:
    """The 5056 bytes of the random state, which torch.set_rng_state understands too."""
    return random.default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the random state, from the bytes of ours or of torch's."""
    random.default_generator.set_state(new_state)
