"""A convolutional network for square images. torch_ref/lenet.py and minigrad/lenet.py differ in one line: the import.

After LeNet-5 (LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998): twice a
convolution, ReLU and pooling, then two linear layers. Each pooling halves the sides of the image.

Adds to models.py: images as images, weights that all places of an image share, pooling.
"""

import math

import torch

nn = torch.nn


class LeNet(nn.Module):
    """Scores of the classes of images with one channel, given row after row as in models.py."""

    def __init__(self, inputs: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.side = math.isqrt(inputs)
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5, padding=2)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * (self.side // 4) ** 2, hidden)
        self.fc2 = nn.Linear(hidden, classes)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, side·side) → (N, classes)"""
        x = x.view(-1, 1, self.side, self.side)
        x = self.pool(self.relu(self.conv1(x)))  # (N, 6, side/2, side/2)
        x = self.pool(self.relu(self.conv2(x)))  # (N, 16, side/4, side/4)
        x = self.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)
