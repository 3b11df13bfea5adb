"""Data sets of images: MNIST, FashionMNIST and CIFAR10, from files in torchvision's layout."""

from ..missing import missing
from .cifar import CIFAR10
from .mnist import MNIST, FashionMNIST
from .vision import VisionDataset

__all__ = ["CIFAR10", "MNIST", "FashionMNIST", "VisionDataset"]
__getattr__ = missing(__name__, __all__)
