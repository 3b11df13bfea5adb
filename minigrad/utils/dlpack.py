"""minigrad.utils.dlpack: tensors that share memory with other libraries.   torch: torch/utils/dlpack.py"""

from minigrad.tensors.dlpack import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
