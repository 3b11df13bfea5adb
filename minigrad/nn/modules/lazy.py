"""Lazy modules: they learn the sizes of their parameters from their first input.   torch: torch/nn/modules/lazy.py

A lazy module registers a forward pre-hook. At the first call the hook gives the parameters their shapes and initial
values, removes itself and makes the module one of the ordinary class: LazyLinear becomes Linear.
"""

from __future__ import annotations

from typing import Any

from minigrad.autograd import no_grad
from minigrad.nn.modules.linear import Linear
from minigrad.nn.parameter import UninitializedParameter, is_lazy
from minigrad.tensors.tensor import Tensor


class LazyModuleMixin:
    """Comes before a Module among the base classes. A subclass defines initialize_parameters(*args).

    torch: torch.nn.modules.lazy.LazyModuleMixin.
    """

    cls_to_become: Any = None  # the class after the first call
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    weight: Any
    bias: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._initialize_hook = self.register_forward_pre_hook(  # type: ignore[attr-defined]
            self._infer_parameters, with_kwargs=True
        )

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters shapes and values that fit the input of forward."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter has no shape yet."""
        return any(map(is_lazy, (*self._parameters.values(), *self._buffers.values())))

    def _wait(self, bias: bool, device: Any, dtype: Any) -> None:
        """Let weight and bias wait for their shapes."""
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def _materialize(self, shape: tuple[int, ...], outputs: int) -> None:
        """Give weight and bias their shapes and initial values."""
        with no_grad():
            self.weight.materialize(shape)
            if self.bias is not None:
                self.bias.materialize((outputs,))
            self.reset_parameters()  # type: ignore[attr-defined]

    def _infer_parameters(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The forward pre-hook."""
        module.initialize_parameters(*args, **kwargs)
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {type(self).__name__} has not been fully initialized")
        module._initialize_hook.remove()
        del module._initialize_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become


class LazyLinear(LazyModuleMixin, Linear):
    """Linear, with in_features taken from the last size of the first input.

    The initial values are drawn at the first call: for the same seed they are torch's. torch: torch.nn.LazyLinear.
    """

    cls_to_become = Linear
    weight: Any
    bias: Any

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False)
        self.out_features = out_features
        self._wait(bias, device, dtype)

    def reset_parameters(self) -> None:
        """Draw new initial values, if the parameters have shapes."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take in_features from the input, and draw the initial values."""
        if self.has_uninitialized_params():
            self.in_features = input.shape[-1]
            self._materialize((self.out_features, self.in_features), self.out_features)
        if self.in_features == 0:  # the weights were loaded before the first call
            if input.shape[-1] != self.weight.shape[-1]:
                raise AssertionError(
                    f"The in_features inferred from input: {input.shape[-1]} is not equal to in_features from "
                    f"self.weight: {self.weight.shape[-1]}"
                )
            self.in_features = input.shape[-1]
