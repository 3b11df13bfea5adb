"""The tutorial's three models. torch_ref/models.py and minigrad/models.py differ in one line: the import.

All three are multilayer perceptrons with one hidden layer of ReLUs. The first is a sequence of layers, the second is
a class with its own forward, and the third adds a residual connection around the ReLU.

Adds to minigrad/pocket.py: models as classes, initial weights, and a residual connection.
"""

import minigrad as torch

nn = torch.nn


def sequential(inputs: int, hidden: int, classes: int) -> nn.Sequential:
    """A model whose layers are called one after the other."""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )


class Custom(nn.Module):
    """The same network, with its forward written out."""

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
