"""The tutorial's three models. torch_ref/models.py and minigrad/models.py are this file, but for one line.

All three are multilayer perceptrons with one hidden layer of ReLUs: the first as a sequence of layers, the
second as a class with a forward of its own, the third with a connection around the ReLU.
"""

import minigrad as torch

nn = torch.nn


def sequential(inputs: int, hidden: int, classes: int) -> nn.Sequential:
    """Layers called one after the other."""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )


class Custom(nn.Module):
    """The same network, its forward written out."""

    def __init__(self, inputs: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs) → (N, classes)"""
        x = self.fc1(x)
        x = self.relu(x)
        return self.fc2(x)


class Residual(Custom):
    """The hidden layer reaches the output both through the ReLU and around it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs) → (N, classes)"""
        x1 = self.fc1(x)
        x = self.relu(x1)
        return self.fc2(x + x1)


MODELS = {"sequential": sequential, "custom": Custom, "residual": Residual}
