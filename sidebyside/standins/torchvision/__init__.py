"""torchvision's first page: what tutorials read images with, where minigrad stands in for torch.

`as_torch()` serves this folder under the name torchvision, so that `import torch` in it fetches minigrad. Outside
as_torch() a program that imports torchvision gets the real one. The numbers are those of torchvision 0.28; of its
models it has the residual ones, of augmentation crops and flips, and it has no detection.
"""

from . import datasets, io, models, transforms, utils
from .missing import missing

__all__ = ["datasets", "io", "models", "transforms", "utils"]
__version__ = "0.28.0"
__getattr__ = missing(__name__, __all__)
