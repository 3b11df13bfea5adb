"""The solution of exercises/15_residual.py"""

import minigrad as torch

library = "minigrad.models:Residual.forward"


class Residual(torch.nn.Module):
    """A network with one hidden layer, and a way around its relu"""

    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.fc1 = torch.nn.Linear(inputs, hidden)
        self.fc2 = torch.nn.Linear(hidden, outputs)

    def forward(self, x):
        """(N, inputs) → (N, outputs)"""
        a = self.fc1(x)
        return self.fc2(torch.relu(a) + a)


def model():
    """Weights with which x = (1, 2) gives a = (3, -2): the relu lets the first through and stops the second."""
    network = Residual(2, 2, 1)
    weights = {
        "fc1.weight": [[1.0, 1.0], [0.0, -1.0]],
        "fc1.bias": [0.0, 0.0],
        "fc2.weight": [[1.0, 10.0]],
        "fc2.bias": [0.0],
    }
    network.load_state_dict({name: torch.tensor(numbers) for name, numbers in weights.items()})
    return network


def test_the_output():
    """The output"""
    (z,) = model()(torch.tensor([[1.0, 2.0]])).tolist()
    wrong = {
        (3.0,): "the way around the relu is missing: add a to relu(a)",
        (-17.0,): "the relu is missing: it is fc2(relu(a) + a)",
        (6.0,): "the relu comes before the sum: relu(a) + a, not relu(a + a)",
        (6.0, -2.0): "fc2 is missing: it takes the sum",
        (6.0, 1.0): "a is added after fc2: add it before",
        (24.0,): "x is added in place of a: the way around begins after fc1",
    }
    assert z == [-14.0], wrong.get(tuple(z), f"the output is {z}; fc2 of (3, 0) + (3, -2) is -14")


def test_the_gradient():
    """The gradient of fc1, also where the relu is closed"""
    network = model()
    network(torch.tensor([[1.0, 2.0]])).sum().backward()
    found = network.fc1.bias.grad.tolist()
    wrong = "da should be (1, 0) through the relu, plus (1, 10) around it"
    assert found == [2.0, 10.0], wrong
