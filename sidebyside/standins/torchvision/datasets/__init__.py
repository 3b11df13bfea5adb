"""Data sets of images: MNIST, FashionMNIST and CIFAR10, from files in torchvision's layout."""

from ..missing import missing
from .cifar import CIFAR10
from .folder import VisionDataset
from .mnist import MNIST, FashionMNIST

__all__ = ["CIFAR10", "MNIST", "FashionMNIST", "VisionDataset"]
__getattr__ = missing(__name__, __all__)
