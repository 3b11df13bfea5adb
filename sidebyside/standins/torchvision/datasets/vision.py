"""What the data sets have in common: a folder, the transforms, and how they print.   torchvision/datasets/vision.py"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from torch.utils.data import Dataset

Transform = Callable[[Any], Any]


class VisionDataset(Dataset):
    """Images in a folder, for a subclass that returns them from __getitem__ and counts them in __len__.

    transform takes an image, target_transform a label; `transforms`, in their place, takes both.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        transforms: Callable[[Any, Any], Any] | None = None,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        if transforms is not None and (transform is not None or target_transform is not None):
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transform, self.target_transform = transform, target_transform
        separate = transform is not None or target_transform is not None
        self.transforms = StandardTransform(transform, target_transform) if separate else transforms

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}"]
        lines += [f"Root location: {self.root}"] if self.root is not None else []
        lines += self.extra_repr().splitlines()
        lines += [repr(self.transforms)] if self.transforms is not None else []
        return "\n".join((f"Dataset {type(self).__name__}", *(f"    {line}" for line in lines)))

    def extra_repr(self) -> str:
        """Further lines of what is printed."""
        return ""


class StandardTransform:
    """A transform of the image and one of the label, each of them or None."""

    def __init__(self, transform: Transform | None = None, target_transform: Transform | None = None) -> None:
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, image: Any, target: Any) -> tuple[Any, Any]:
        """The image and the label, transformed."""
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __repr__(self) -> str:
        lines = [type(self).__name__]
        for head, transform in (
            ("Transform: ", self.transform),
            ("Target transform: ", self.target_transform),
        ):
            if transform is not None:
                first, *rest = repr(transform).splitlines()
                lines += [head + first, *(" " * len(head) + line for line in rest)]
        return "\n".join(lines)


class Classified(VisionDataset):
    """Images of a train and a test split, each with the number of its class.

    A subclass says in `load` what images, labels and names of classes there are, and in `image` what image i is.
    """

    data: Any
    targets: Any
    classes: list[str]

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            self.download()
        self.load()

    def load(self) -> None:
        """Read the files. RuntimeError if one is missing."""
        raise NotImplementedError

    def download(self) -> None:
        """Bring the files to the folder. RuntimeError if that is not possible."""
        raise NotImplementedError

    def image(self, index: int) -> Any:
        """The image at this index, as a PIL image."""
        raise NotImplementedError

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, target = self.image(index), int(self.targets[index])
        # Not self.transforms: programs set dataset.transform later.
        return StandardTransform(self.transform, self.target_transform)(image, target)

    def __len__(self) -> int:
        return len(self.data)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class, by its name."""
        return {name: index for index, name in enumerate(self.classes)}

    def extra_repr(self) -> str:
        """The split, which is printed too."""
        return f"Split: {'Train' if self.train is True else 'Test'}"
