"""weight_norm and spectral_norm, torch's older ones: hooks that compute a weight before each forward.

torch: torch/nn/utils/weight_norm.py, torch/nn/utils/spectral_norm.py. parametrizations.py has the newer ones.
"""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from minigrad.autograd import no_grad
from minigrad.nn.later.directions import normalize
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter, is_lazy
from minigrad.tensors.products import dot, mv
from minigrad.tensors.tensor import Tensor

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)

_LAZY = (
    "The module passed to `{}` can't have uninitialized parameters. Make sure to run the dummy forward before "
    "applying {} normalization"
)


def norm_except_dim(v: Tensor, dim: int) -> Tensor:
    """The norm over all dims but this one, which are kept; of the whole tensor, without dims, if dim is -1."""
    if dim == -1:
        return v.norm()
    return v.norm(dim=[d for d in range(v.ndim) if d != dim % v.ndim], keepdim=True)


def weight_of_norm(v: Tensor, g: Tensor, dim: int) -> Tensor:
    """w = v·(g/|v|)"""
    return v * (g / norm_except_dim(v, dim))


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight as a matrix whose rows are numbered by `dim`."""
    return weight.movedim(dim, 0).flatten(1)


def output_dim(module: Module) -> int:
    """The dim of a weight that numbers the outputs: 1 in transposed convolutions, else 0."""
    return int(any(kind.__name__.startswith("ConvTranspose") for kind in type(module).__mro__))


def _numbers(module: Module, kind: type, name: str) -> list[int]:
    """The numbers of the module's forward pre-hooks of this kind and name."""
    hooks: Any = module._forward_pre_hooks.items()
    return [n for n, (hook, *_) in hooks if isinstance(hook, kind) and hook.name == name]  # type: ignore[attr-defined]


def _refuse_second(module: Module, kind: type, name: str, what: str) -> None:
    if _numbers(module, kind, name):
        raise RuntimeError(f"Cannot register two {what} hooks on the same parameter {name}")


def _remove(module: Module, kind: type, name: str, what: str) -> None:
    for number in _numbers(module, kind, name)[:1]:
        hook: Any = module._forward_pre_hooks.pop(number).function
        hook.remove(module)
        return
    raise ValueError(f"{what} of '{name}' not found in {module}")


class WeightNorm:
    """The hook of weight_norm."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """w = g·v/|v|"""
        return weight_of_norm(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        for name in (self.name, f"{self.name}_g", f"{self.name}_v"):
            delattr(module, name)
        setattr(module, self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Train the length and the direction of a weight: w = g·v/|v|, where g is name_g and v is name_v.

    Warns that torch has a newer one. Raises RuntimeError if the weight has a norm already, ValueError if it is lazy.
    torch: torch.nn.utils.weight_norm; arXiv:1602.07868.
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    _refuse_second(module, WeightNorm, name, "weight_norm")
    hook, weight = WeightNorm(name, dim), getattr(module, name)
    if is_lazy(weight):
        raise ValueError(_LAZY.format("WeightNorm", "weight"))
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(norm_except_dim(weight, hook.dim).detach()))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    hook(module, None)
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo weight_norm. ValueError if the weight has none."""
    _remove(module, WeightNorm, name, "weight_norm")
    return module


class SpectralNorm:
    """The hook of spectral_norm."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """w/σ, where σ ≈ uᵀ·W·v: v ← Wᵀ·u/|Wᵀ·u|, u ← W·v/|W·v|."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(normalize(mv(matrix, v), dim=0, eps=self.eps))
                u, v = u.clone(), v.clone()  # the next call changes them in place
        scaled: Tensor = weight / dot(u, mv(matrix, v))
        return scaled

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, False)
        for end in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + end)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: M,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> M:
    """Divide a weight by its largest singular value, before each forward: name_orig is trained.

    The buffers name_u and name_v are its singular vectors, which n_power_iterations at each call in training approach.
    Raises RuntimeError if the weight has a norm already, ValueError if it is None or lazy.
    torch: torch.nn.utils.spectral_norm; arXiv:1802.05957.
    """
    _refuse_second(module, SpectralNorm, name, "spectral_norm")
    hook = SpectralNorm(name, n_power_iterations, output_dim(module) if dim is None else dim, eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    if is_lazy(weight):
        raise ValueError(_LAZY.format("SpectralNorm", "spectral"))
    u, v = (
        normalize(weight.detach().new_empty(n).normal_(0, 1), dim=0, eps=eps)
        for n in as_matrix(weight.detach(), hook.dim).shape
    )
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.detach())  # an attribute, until the first forward computes it
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo spectral_norm. ValueError if the weight has none."""
    _remove(module, SpectralNorm, name, "spectral_norm")
    return module
