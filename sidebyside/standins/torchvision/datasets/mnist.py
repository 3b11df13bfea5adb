"""MNIST and FashionMNIST: images of 28x28 bytes in IDX files.   torchvision/datasets/mnist.py"""

from __future__ import annotations

import os

import torch
from PIL import Image

from sidebyside import data

from .vision import Classified

DIGITS = "0 - zero,1 - one,2 - two,3 - three,4 - four,5 - five,6 - six,7 - seven,8 - eight,9 - nine"
CLOTHES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"


class MNIST(Classified):
    """Ten handwritten digits, from the four IDX files in ROOT/MNIST/raw, gzipped or not.

    Items are (PIL image, int); `data` is uint8 of shape (N, 28, 28), `targets` int64 of shape (N,).

    download=True looks where sidebyside/data.py looks, then at OpenML, and puts the four files into the folder.
    Raises RuntimeError if there is no data, and sidebyside.data.DataError if a file is damaged.
    """

    recipe = "mnist"
    classes = DIGITS.split(",")

    @property
    def raw_folder(self) -> str:
        """Where the IDX files lie."""
        return os.path.join(self.root or "", type(self).__name__, "raw")

    def load(self) -> None:
        """Read one split. RuntimeError if a file is missing."""
        if not data.has_idx(self.raw_folder):
            files = ", ".join(data.IDX_FILES.values())
            raise RuntimeError(
                "Dataset not found. You can use download=True to download it\n"
                f"The files {files} must lie in {os.path.abspath(self.raw_folder)}, .gz or not."
            )
        images, labels = data.read_split(self.raw_folder, "train" if self.train else "test")
        self.data, self.targets = torch.from_numpy(images), torch.from_numpy(labels).long()

    def download(self) -> None:
        """Put the four files into the folder, unless they are there. RuntimeError if they cannot be found."""
        if data.has_idx(self.raw_folder):
            return
        try:
            found = data.load(self.recipe)
        except data.DataError as error:
            folder = os.path.abspath(self.raw_folder)
            files = ", ".join(data.IDX_FILES.values())
            raise RuntimeError(
                f"Error downloading {data.IDX_FILES['x_train']}.gz\n{error}.\n"
                f"Or put {files}, .gz or not, into {folder}."
            ) from error
        data.write_idx(found, self.raw_folder)

    def image(self, index: int) -> Image.Image:
        """The image at this index."""
        return Image.fromarray(self.data[index].numpy())


class FashionMNIST(MNIST):
    """Ten kinds of clothes, in MNIST's format, from ROOT/FashionMNIST/raw."""

    recipe = "fashion-mnist"
    classes = CLOTHES.split(",")
