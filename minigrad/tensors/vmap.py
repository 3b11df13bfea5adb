"""vmap: a function of one sample becomes a function of a batch.   torch: torch/_functorch/vmap.py

It is a loop over the batch, and as slow as one: it computes what PyTorch's vmap computes, which calls the function
once and lets each op take the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from minigrad import random
from minigrad.tensors.joining import stack, unbind
from minigrad.tensors.tensor import Tensor
from minigrad.tensors.trees import flatten, spread


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that calls func for every slice of its arguments along in_dims and stacks the results along out_dims.

    None in in_dims means that every call gets the whole argument; in out_dims, that the first result is returned.
    randomness: "error" refuses random numbers, "different" draws new ones for each slice, "same" the same.
    Raises ValueError for dims that do not fit. torch: torch.func.vmap.
    """
    name = getattr(func, "__name__", repr(func))
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @wraps(func)
    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, build = flatten(args)
        dims = _in_dims(name, in_dims, args, leaves)
        slices = [[x] if d is None else unbind(x, d) for x, d in zip(leaves, dims, strict=True)]
        size = _batch_size([len(s) for s, d in zip(slices, dims, strict=True) if d is not None])
        before, results = random.default_generator.get_state(), []
        for i in range(size):
            if randomness == "same":
                random.default_generator.set_state(before)
            results.append(
                func(*build(s[0 if d is None else i] for s, d in zip(slices, dims, strict=True)), **kwargs)
            )
        if randomness == "error" and not (random.default_generator.get_state() == before).all():
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )
        return _stacked(name, out_dims, results)

    return batched


def _batch_size(sizes: list[int]) -> int:
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, "
            f"got sizes {sizes} for the mapped dimension"
        )
    if sizes[0] == 0:
        raise ValueError(
            "vmap: the batch is empty\nA loop over no samples does not know the shape of a result."
        )
    return sizes[0]


def _in_dims(name: str, in_dims: Any, args: tuple[Any, ...], leaves: list[Any]) -> list[int | None]:
    """The dim of each tensor in the arguments, from the front. Raises torch's ValueErrors."""
    called = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{called}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    try:
        dims = spread(in_dims, args)
    except ValueError:
        raise ValueError(f"{called}in_dims is not compatible with the structure of `inputs`.") from None
    for x, d in zip(leaves, dims, strict=True):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(
                f"{called}Got in_dim={d} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{called}Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.ndim <= d < x.ndim:
            raise ValueError(
                f"{called}Got in_dim={d} for some input, but that input is a Tensor of dimensionality {x.ndim} so "
                f"expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
            )
    return dims


def _stacked(name: str, out_dims: Any, results: list[Any]) -> Any:
    """The results of all slices as one. Raises torch's ValueErrors."""
    first, build = flatten(results[0])
    one = isinstance(results[0], Tensor)
    try:
        dims = spread(out_dims, (results[0],) if one and isinstance(out_dims, tuple) else results[0])
    except ValueError:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            "`outputs`."
        ) from None
    columns = list(zip(*(flatten(result)[0] for result in results), strict=True))
    for x, d in zip(first, dims, strict=True):
        if d is not None and not isinstance(x, Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(x)}. Did you mean to set "
                "out_dims= to None for output?"
            )
    return build(parts[0] if d is None else stack(parts, d) for parts, d in zip(columns, dims, strict=True))
