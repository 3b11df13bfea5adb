"""Pruning: weights that are set to 0 by a mask.   torch: torch/nn/utils/prune.py

After l1_unstructured(layer, "weight", 0.3), the layer has the parameter weight_orig and the buffer weight_mask, and
before each forward it computes weight = weight_mask·weight_orig. remove() makes the weight a parameter again.

A method is a subclass of BasePruningMethod. It tells what it masks by PRUNING_TYPE: "unstructured" chooses among the
entries that are left, "structured" among the rows along `dim` that are left, "global" among all entries.
"""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from minigrad.nn.modules.hooks import add_hook
from minigrad.nn.modules.module import Module
from minigrad.nn.utils.convert_parameters import parameters_to_vector
from minigrad.tensors.creation import ones_like, zeros_like
from minigrad.tensors.distributions import rand, rand_like
from minigrad.tensors.ordering import topk
from minigrad.tensors.reductions import norm
from minigrad.tensors.tensor import Tensor

M = TypeVar("M", bound=Module)

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
    "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
    "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove",
]  # fmt: skip


class BasePruningMethod(ABC):
    """The base of all methods, and the hook that computes the weight. A subclass defines compute_mask.

    torch: torch.nn.utils.prune.BasePruningMethod.
    """

    PRUNING_TYPE: ClassVar[str]
    _tensor_name: str

    # The method itself stands among the module's hooks, where programs look for it: these are a hook's attributes.
    with_kwargs = False

    @property
    def function(self) -> Callable[..., Any]:
        """What is called before forward."""
        return self.__call__

    def __call__(self, module: Module, inputs: Any) -> None:
        """Compute the weight."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of a tensor, 0 where it is pruned and 1 elsewhere. default_mask is what was pruned before."""

    def apply_mask(self, module: Module) -> Tensor:
        """mask·orig"""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        mask = getattr(module, f"{self._tensor_name}_mask")
        orig = getattr(module, f"{self._tensor_name}_orig")
        pruned: Tensor = mask.to(dtype=orig.dtype) * orig
        return pruned

    @classmethod
    def apply(
        cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter, also one that is pruned already. By default its own entries are the importance_scores."""
        method, weight = _joined(cls(*args, **kwargs), module, name), getattr(module, name)
        _check_scores(importance_scores, weight, f"parameter {name} of {module}")
        fresh = not isinstance(method, PruningContainer)
        if fresh:
            module.register_parameter(f"{name}_orig", weight)
            del module._parameters[name]
            default_mask = ones_like(weight)
        else:
            default_mask = getattr(module, f"{name}_mask").detach().clone()
        try:
            scores = weight if importance_scores is None else importance_scores
            mask = method.compute_mask(scores, default_mask=default_mask)
            module.register_buffer(f"{name}_mask", mask)
            setattr(module, name, method.apply_mask(module))
            add_hook(module._forward_pre_hooks, method, False)  # type: ignore[arg-type]
        except Exception:
            if fresh:
                module.register_parameter(name, module._parameters.pop(f"{name}_orig"))
            raise
        return method

    def prune(self, t: Tensor, default_mask: Any = None, importance_scores: Any = None) -> Tensor:
        """The tensor times its mask."""
        _check_scores(importance_scores, t, "tensor t")
        scores = t if importance_scores is None else importance_scores
        mask = ones_like(t) if default_mask is None else default_mask
        pruned: Tensor = t * self.compute_mask(scores, default_mask=mask)
        return pruned

    def remove(self, module: Any) -> None:
        """Make the parameter what it is with the mask. Zeros stay, but nothing keeps them so."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        orig = module._parameters.pop(f"{name}_orig")
        orig.data = weight.detach()
        del module._buffers[f"{name}_mask"]
        setattr(module, name, orig)


def _methods(module: Any, name: str) -> list[tuple[int, Any]]:
    """The numbers and methods of the hooks that prune this parameter."""
    return [
        (number, hook)
        for number, hook in module._forward_pre_hooks.items()
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
    ]


def _joined(method: BasePruningMethod, module: Any, name: str) -> BasePruningMethod:
    """The method, or the container of it and of those that prune the parameter already. Their hook is taken out."""
    method._tensor_name = name
    found = _methods(module, name)
    if len(found) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer."
        )
    if not found:
        return method
    number, old = found[0]
    del module._forward_pre_hooks[number]
    container = old if isinstance(old, PruningContainer) else PruningContainer(old)
    container.add_pruning_method(method)
    return container


def _check_scores(scores: Any, tensor: Tensor, of: str) -> None:
    if scores is not None and scores.shape != tensor.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {of}, got {scores.shape} vs {tensor.shape}"
        )


class PruningContainer(BasePruningMethod):
    """Several methods, one after the other, for one parameter. torch: torch.nn.utils.prune.PruningContainer."""

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method. TypeError if it is none, ValueError if it prunes another parameter."""
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of the newest method, on what the others have left."""
        method = self._pruning_methods[-1]
        left = _left(method, t, default_mask)
        mask = default_mask.to(dtype=t.dtype)
        mask[left] = method.compute_mask(t[left], default_mask=default_mask[left]).to(dtype=mask.dtype)
        return mask


def _left(method: Any, t: Any, mask: Any) -> Any:
    """An index of what the method chooses among."""
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    if method.PRUNING_TYPE == "global":
        return (slice(None),) * t.ndim
    if method.PRUNING_TYPE != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    if not hasattr(method, "dim"):
        raise AttributeError(
            'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
        )
    dim = method.dim + t.ndim if method.dim < 0 else method.dim
    if dim < 0:
        raise IndexError(f"Index is out of bounds for tensor with dimensions {t.ndim}")
    return _rows(t, dim, mask.sum(dim=[d for d in range(t.ndim) if d != dim]) != 0)


def _rows(t: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The index of some rows along dim."""
    where = [slice(None)] * t.ndim
    where[dim] = index
    return tuple(where)


# -- how many -------------------------------------------------------------------------------------------------


def _is_whole(amount: Any) -> bool:
    return isinstance(amount, numbers.Integral)


class _Amount(BasePruningMethod):
    """A method that prunes a number of entries or rows, an int, or a share of them, a float in [0, 1]."""

    amount: Any

    def __init__(self, amount: Any) -> None:
        if not isinstance(amount, numbers.Real):
            raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
        self.amount = amount
        if self.amount < 0 or (not _is_whole(amount) and self.amount > 1.0):
            raise ValueError(
                f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"
            )

    def count(self, size: int) -> int:
        """How many of so many. ValueError if there are not so many."""
        if not _is_whole(self.amount):
            return round(self.amount * size)
        if self.amount > size:
            raise ValueError(
                f"amount={self.amount} should be smaller than the number of parameters to prune={size}"
            )
        return int(self.amount)


class _Unstructured(_Amount):
    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """default_mask, and 0 where `places` says."""
        count, mask = self.count(t.nelement()), default_mask.clone()
        if count:
            mask.view(-1)[self.places(t, count)] = 0
        return mask

    def places(self, t: Any, count: int) -> Any:
        """The places of so many entries of t.view(-1)."""
        raise NotImplementedError


class _Structured(_Amount):
    PRUNING_TYPE = "structured"
    dim: int

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """default_mask where `kept` says, 0 elsewhere."""
        if t.ndim <= 1:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                f"{t.shape} with {t.ndim} dims"
            )
        if self.dim >= t.ndim:
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        count = self.count(t.shape[self.dim])
        if not count:
            return default_mask
        mask = zeros_like(t)
        mask[_rows(t, self.dim, self.kept(t, count))] = 1
        mask *= default_mask.to(dtype=mask.dtype)
        return mask

    def kept(self, t: Any, count: int) -> Any:
        """An index of the rows that stay if so many are pruned."""
        raise NotImplementedError


# -- the methods ----------------------------------------------------------------------------------------------


class Identity(BasePruningMethod):
    """Prunes nothing, but gives the parameter a mask."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """default_mask"""
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name)


class RandomUnstructured(_Unstructured):
    """Prunes entries at random."""

    def places(self, t: Any, count: int) -> Any:
        """Those of the greatest of random numbers."""
        return topk(rand_like(t).view(-1), k=count).indices

    @classmethod
    def apply(cls, module: Any, name: str, amount: float) -> Any:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Unstructured):
    """Prunes the entries with the smallest absolute values."""

    def places(self, t: Any, count: int) -> Any:
        """Those of the smallest |t|."""
        return topk(t.abs().view(-1), k=count, largest=False).indices

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, importance_scores: Any = None) -> Any:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(_Structured):
    """Prunes rows along dim at random."""

    def __init__(self, amount: float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def kept(self, t: Any, count: int) -> Any:
        """A row stays if its random number is greater than the one that is the count-th in order."""
        drawn = rand(t.shape[self.dim])
        return drawn > drawn.sort().values[count - 1]

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, dim: int = -1) -> Any:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Prunes the rows along dim with the smallest n-norms."""

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.n, self.dim = n, dim

    def kept(self, t: Any, count: int) -> Any:
        """The rows with the greatest norms."""
        others = [d for d in range(t.ndim) if d != self.dim % t.ndim]
        return topk(norm(t, p=self.n, dim=others), k=t.shape[self.dim] - count).indices

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None
    ) -> Any:
        """Prune a parameter."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is 0."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """default_mask·mask"""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, mask: Any) -> Any:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name, mask=mask)


# -- the functions that programs call --------------------------------------------------------------------------


def identity(module: M, name: str) -> M:
    """Give a parameter a mask of ones. Returns the module, as all these functions do."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: M, name: str, amount: float) -> M:
    """Prune entries at random: a number of them, or a share of those that are left."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: M, name: str, amount: float, importance_scores: Any = None) -> M:
    """Prune the entries with the smallest absolute values, or the smallest |importance_scores|."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: M, name: str, amount: float, dim: int) -> M:
    """Prune rows along dim at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: M, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None) -> M:
    """Prune the rows along dim with the smallest n-norms."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: M, name: str, mask: Tensor) -> M:
    """Prune where the mask is 0."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune several parameters, pairs of a module and a name, as if they were one vector.

    TypeError if parameters cannot be iterated, importance_scores are no dict, or the method is not unstructured.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    given = {} if importance_scores is None else importance_scores
    if not isinstance(given, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    scores = [given.get((module, name), getattr(module, name)) for module, name in parameters]
    masks = [getattr(module, f"{name}_mask", ones_like(getattr(module, name))) for module, name in parameters]
    method, container = pruning_method(**kwargs), PruningContainer()
    container._tensor_name = method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of '
            f"type {method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    mask = container.compute_mask(parameters_to_vector(scores), parameters_to_vector(masks))
    start = 0
    for module, name in parameters:
        weight = getattr(module, name)
        end = start + weight.numel()
        custom_from_mask(module, name, mask=mask[start:end].view_as(weight))
        start = end


def remove(module: M, name: str) -> M:
    """Make a pruned parameter a parameter again, with the zeros. ValueError if it is not pruned."""
    for number, method in _methods(module, name)[:1]:
        method.remove(module)
        del module._forward_pre_hooks[number]
        return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module, or of one below it, is pruned."""
    return any(
        isinstance(hook, BasePruningMethod)
        for each in module.modules()
        for hook in each._forward_pre_hooks.values()
    )
