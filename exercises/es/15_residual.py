"""15. Un bloque residual

    a = fc1(x)        z = fc2(relu(a) + a)

a llega a fc2 por dos caminos, a través de la relu y rodeándola. A la vuelta se suman los dos
gradientes: da es dh donde a > 0, más dh en todas partes. Así fc1 aprende también donde la relu está
cerrada, y en una red profunda el gradiente no se pierde al atravesar muchas capas.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/15_residual.py
"""

import minigrad as torch


class Residual(torch.nn.Module):
    """Una red con una capa oculta y un camino que rodea su relu"""

    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.fc1 = torch.nn.Linear(inputs, hidden)
        self.fc2 = torch.nn.Linear(hidden, outputs)

    def forward(self, x):
        """(N, inputs) → (N, outputs)"""
        a = self.fc1(x)
        return ...


def model():
    """Pesos con los que x = (1, 2) da a = (3, -2): la relu deja pasar el primero y detiene el segundo."""
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
    """La salida"""
    (z,) = model()(torch.tensor([[1.0, 2.0]])).tolist()
    wrong = {
        (3.0,): "falta el camino que rodea la relu: suma a y relu(a)",
        (-17.0,): "falta la relu: es fc2(relu(a) + a)",
        (6.0,): "la relu va antes de la suma: relu(a) + a, no relu(a + a)",
        (6.0, -2.0): "falta fc2: recibe la suma",
        (6.0, 1.0): "a se suma después de fc2: súmalo antes",
        (24.0,): "se suma x en lugar de a: el rodeo empieza después de fc1",
    }
    assert z == [-14.0], wrong.get(tuple(z), f"la salida es {z}; fc2 de (3, 0) + (3, -2) es -14")


def test_the_gradient():
    """El gradiente de fc1, también donde la relu está cerrada"""
    network = model()
    network(torch.tensor([[1.0, 2.0]])).sum().backward()
    found = network.fc1.bias.grad.tolist()
    wrong = "da debe ser (1, 0) por la relu, más (1, 10) por el rodeo"
    assert found == [2.0, 10.0], wrong
