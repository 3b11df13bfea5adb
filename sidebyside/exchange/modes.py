"""Modes in which PyTorch computes with minigrad's kernels, or draws minigrad's numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

import minigrad
from sidebyside.aten import named
from sidebyside.draws import DRAWN
from sidebyside.exchange.table import EXCHANGED, FLOATS, array, aten, tensor


def packets(names: Iterable[str]) -> set[Any]:
    """Return the ops with these names, and those that write into their input."""
    return {getattr(aten, each) for name in names for each in (name, name + "_") if hasattr(aten, each)}


EXACT = packets(named("exact") | named("in part"))


def is_exchanged(func: Any, options: dict[str, Any]) -> bool:
    """Say whether minigrad computes an op. x ± y without α is left to torch: it is exact, and torch promotes types."""
    plain = func.overloadpacket in EXACT and not options.get("rounding_mode") and options.get("alpha", 1) == 1
    return func in EXCHANGED and (not plain or func._overloadname == "decimals")


def computed(func: Any, args: Any, options: dict[str, Any]) -> Any:
    """Compute an exchanged op with minigrad's kernel."""
    listed, named = map(array, args), {name: array(value) for name, value in options.items()}
    with np.errstate(all="ignore"):
        result = EXCHANGED[func](*listed, **named)
    if isinstance(result, tuple):
        return tuple(each if each is None else tensor(each) for each in result)
    return result if result is None else tensor(result)


def uncompiled(dispatch: Any) -> Any:
    """Mark a function as not for torch.compile. Otherwise torch loads its compiler first, which takes seconds."""
    dispatch.__dynamo_disable = dispatch
    return dispatch


class SingleKernels(TorchDispatchMode):
    """A mode that sees PyTorch's LSTM and attention as products and functions, never one kernel for a whole layer."""

    SWITCHES = (
        (torch._C._get_mkldnn_enabled, torch._C._set_mkldnn_enabled),
        (torch.backends.cuda.flash_sdp_enabled, torch.backends.cuda.enable_flash_sdp),
        (torch.backends.cuda.mem_efficient_sdp_enabled, torch.backends.cuda.enable_mem_efficient_sdp),
        (torch.backends.cuda.cudnn_sdp_enabled, torch.backends.cuda.enable_cudnn_sdp),
        (torch.backends.mha.get_fastpath_enabled, torch.backends.mha.set_fastpath_enabled),
    )

    def __init__(self) -> None:
        super().__init__()
        self.before: list[list[bool]] = []

    def __enter__(self) -> Any:
        self.before.append([enabled() for enabled, _ in self.SWITCHES])
        for _, enable in self.SWITCHES:
            enable(False)
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        for (_, enable), was in zip(self.SWITCHES, self.before.pop(), strict=True):
            enable(was)


class minigrad_kernels(SingleKernels):
    """A mode in which PyTorch computes with minigrad's kernels, on CPU or GPU. `used` counts the exchanged ops."""

    def __init__(self) -> None:
        super().__init__()
        self.used: Counter[str] = Counter()

    @uncompiled
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one aten op, below autograd: minigrad's if the two libraries round differently, else torch's."""
        kwargs = kwargs or {}
        if is_exchanged(func, kwargs):
            self.used[str(func)] += 1
            return self.exchange(func, args, kwargs)
        if func.overloadpacket in DRAWN:
            return DRAWN[func.overloadpacket](func, args, kwargs)
        if func.namespace in ("profiler", "c10d") or func.overloadpacket in EXACT:
            return func(*args, **kwargs)
        with self:
            result = _apart(func, args, kwargs)
        if result is NotImplemented:
            raise NotImplementedError(
                f"{func} is neither exchanged for a kernel of minigrad nor known to be exact in both libraries"
            )
        return result

    def exchange(self, func: Any, args: Any, options: dict[str, Any]) -> Any:
        """Compute the result in the memory that torch expects. Errors are torch's own."""
        kinds = {x.dtype for x in tree_leaves(args) if isinstance(x, torch.Tensor)}
        if (
            len(kinds) > 1 or not kinds & FLOATS
        ):  # torch refuses mixed dtypes and integers, which NumPy accepts
            _refused(func, args, options)
        for kind in kinds:
            if not hasattr(minigrad, str(kind).removeprefix("torch.")):
                raise NotImplementedError(f"{func} of {kind}: minigrad has no such type")
        if func._schema.is_mutable:
            _refuse_overlap(func, args, options)
        try:
            result = computed(func, args, options)
        except Exception:
            _refused(func, args, options)
            raise
        return args[0].copy_(result) if func._schema.is_mutable and result is not None else result


class minigrad_numbers(TorchDispatchMode):
    """A mode in which PyTorch computes with its own kernels, but draws minigrad's random numbers (draws.py)."""

    @uncompiled
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one aten op: torch's own, unless it draws random numbers."""
        drawn = DRAWN.get(func.overloadpacket)
        return func(*args, **kwargs or {}) if drawn is None else drawn(func, args, kwargs or {})


def numbers_alike() -> AbstractContextManager[Any]:
    """Return a mode in which PyTorch's random numbers are minigrad's. If they are equal anyway, it does nothing."""
    from sidebyside.seeds import differing

    return minigrad_numbers() if differing() else nullcontext()


def _refused(func: Any, args: Any, options: dict[str, Any]) -> None:
    """Run torch's op so that it raises its own error. Its result is ignored."""
    func(*tree_map(lambda x: x.clone() if isinstance(x, torch.Tensor) else x, args), **options)


def _refuse_overlap(func: Any, args: Any, options: dict[str, Any]) -> None:
    """Run torch's op on a copy of the memory if an argument shares it: torch raises its error for an overlap."""
    if not isinstance(args[0], torch.Tensor):  # _fused_sgd_ takes lists
        return
    memory = args[0].untyped_storage()
    if not any(_lies_in(memory, x) for x in args[1:]):
        return
    copy = memory.clone()
    copies = tree_map(
        lambda x: (
            x.new_empty(0).set_(copy, x.storage_offset(), x.shape, x.stride()) if _lies_in(memory, x) else x
        ),
        args,
    )
    func(*copies, **options)


def _lies_in(memory: Any, x: Any) -> bool:
    """Say whether a tensor shows this memory."""
    return isinstance(x, torch.Tensor) and x.untyped_storage().data_ptr() == memory.data_ptr()


def _apart(func: Any, args: Any, options: dict[str, Any]) -> Any:
    """Express an op by others: `_foreach_add(xs, ys)` is add(x, y) for each pair, and composite ops are taken apart."""
    if not func._schema.name.startswith("aten::_foreach_"):
        composite = (
            torch._C.DispatchKey.CompositeImplicitAutograd
        )  # torch's own decomposition, not the one for compilers
        has = torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), composite)
        return func._op_dk(composite, *args, **options) if has else NotImplemented
    name = func._schema.name.removeprefix("aten::_foreach_")
    each = aten.linalg_vector_norm if name == "norm" else getattr(aten, name, None)
    if each is None:  # such as maximum_
        each = lambda x, *rest: x.copy_(getattr(aten, name.removesuffix("_"))(x, *rest))
    count = len(args[0])
    columns = [arg if isinstance(arg, (list, tuple)) else [arg] * count for arg in args]
    # addcmul and addcdiv take their factor by name
    factors = [{"value": value} for value in columns.pop()] if len(args) == 4 else [{}] * count
    rows = zip(zip(*columns, strict=True), factors, strict=True)
    results = [each(*row, **options, **factor) for row, factor in rows]
    return None if func._schema.is_mutable else results
