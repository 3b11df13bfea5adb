"""Images in a folder for each class: root/cat/1.png, root/dog/1.png.   torchvision/datasets/folder.py"""

from __future__ import annotations

import os
from typing import Any

from PIL import Image

from .vision import StandardTransform, Transform, VisionDataset

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class ImageFolder(VisionDataset):
    """Colour images, each with the number of its folder, in the order of the names.

    Raises FileNotFoundError if there is no folder, or one without images.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        root = os.fspath(self.root or root)
        self.classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        if not self.classes:
            raise FileNotFoundError(f"Couldn't find any class folder in {root}.")
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        self.samples = [
            (path, self.class_to_idx[name]) for name in self.classes for path in _images(root, name)
        ]
        self.targets = [target for _, target in self.samples]
        self.imgs = self.samples
        empty = sorted(set(self.classes) - {self.classes[target] for target in self.targets})
        if empty:
            raise FileNotFoundError(
                f"Found no valid file for the classes {', '.join(empty)}. "
                f"Supported extensions are: {', '.join(IMG_EXTENSIONS)}"
            )

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        with Image.open(path) as file:
            image = file.convert("RGB")
        return StandardTransform(self.transform, self.target_transform)(image, target)

    def __len__(self) -> int:
        return len(self.samples)


def _images(root: str, name: str) -> list[str]:
    """The images in a class's folder and in those below it, folder by folder."""
    folders = sorted(os.walk(os.path.join(root, name), followlinks=True))
    return [
        os.path.join(folder, file)
        for folder, _, files in folders
        for file in sorted(files)
        if file.lower().endswith(IMG_EXTENSIONS)
    ]
