"""DataParallel, for programs that wrap their model in it.   torch: torch/nn/parallel/data_parallel.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn.modules.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Calls the module on the device where it is. torch would split a batch among several GPUs; the results are equal.

    Its state dict has the prefix "module.", as torch's. The other arguments are accepted and change nothing.
    torch: torch.nn.DataParallel.
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids, self.output_device, self.dim = list(device_ids or []), output_device, dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """module(*inputs, **kwargs)"""
        return self.module(*inputs, **kwargs)
