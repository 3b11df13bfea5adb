"""Data sets of images: MNIST, FashionMNIST, CIFAR10 and ImageFolder, from files in torchvision's layout."""

from ..missing import missing
from .cifar import CIFAR10
from .folder import ImageFolder
from .mnist import MNIST, FashionMNIST
from .vision import VisionDataset

__all__ = ["CIFAR10", "MNIST", "FashionMNIST", "ImageFolder", "VisionDataset"]
__getattr__ = missing(__name__, __all__)
