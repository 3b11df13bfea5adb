"""Where torch keeps collate, and so where a torch program looks for it.   torch: torch/utils/data/_utils/__init__.py"""

from minigrad.utils.data._utils import collate

__all__ = ["collate"]
