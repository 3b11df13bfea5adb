"""minigrad.nn.parallel: one model on several devices or in several processes.   torch: torch/nn/parallel/__init__.py"""

from typing import TYPE_CHECKING

from minigrad.nn.parallel.data_parallel import DataParallel

if TYPE_CHECKING:  # imported at the first use of its name: nn/later/__init__.py
    from minigrad.nn.parallel.distributed import *  # noqa: F403

__all__ = ["DataParallel"]
