"""The module from which torch programs import collate.   torch: torch/utils/data/_utils/__init__.py"""

from minigrad.utils.data._utils import collate

__all__ = ["collate"]
