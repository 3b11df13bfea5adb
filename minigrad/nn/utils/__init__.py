"""Functions of many parameters at once.   torch: torch/nn/utils/__init__.py"""

from typing import TYPE_CHECKING

from minigrad.nn.utils import clip_grad, convert_parameters
from minigrad.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from minigrad.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad", "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "convert_parameters",
    "get_total_norm", "parameters_to_vector", "vector_to_parameters",
]  # fmt: skip

if TYPE_CHECKING:  # imported at the first use of its name: nn/later/__init__.py
    from minigrad.nn.utils.hooked_norms import *  # noqa: F403
