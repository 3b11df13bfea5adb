"""12. La pasada hacia atrás

    dx = Σ pendiente·dz        sobre cada z del que x es una entrada

Un valor que se usa varias veces recibe un gradiente por cada uso, y todos se suman. Solo puede
transmitir el suyo cuando han llegado todos, es decir, después de todo lo que se hizo con él. Hay un
orden sencillo que lo cumple: tomar siempre el valor que se creó el último. Cada valor tiene un
número, `age`: mayor cuanto más tarde se creó.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/12_backward.py
"""


class Value:
    """Un número que recuerda de qué se hizo: un (entrada, pendiente) por cada entrada"""

    count = 0

    def __init__(self, number, *inputs):
        Value.count += 1
        self.number, self.inputs, self.age, self.grad = number, inputs, Value.count, 0

    def __add__(self, y):
        """x + y tiene pendiente 1 en ambos"""
        return Value(self.number + y.number, (self, 1), (y, 1))

    def __mul__(self, y):
        """x·y tiene pendiente y en x, y x en y"""
        return Value(self.number * y.number, (self, y.number), (y, self.number))


def backward(loss):
    """Da su gradiente, en `.grad`, a cada valor del que se hizo la pérdida."""
    loss.grad = 1
    waiting = {loss}
    while waiting:
        z = ...
        waiting.remove(z)
        for x, slope in z.inputs:
            x.grad = ...
            waiting.add(x)


def test_the_chain_rule():
    """Dos productos, uno tras otro"""
    x, y, c = Value(2), Value(3), Value(10)
    backward(x * y * c)
    wrong = {
        3: "falta z.grad: la regla de la cadena multiplica las pendientes",
        14: "slope y z.grad se suman: multiplícalos",
        1: "falta slope: multiplica z.grad por él",
    }
    assert x.grad == 30, wrong.get(x.grad, f"el gradiente de x·3·10 respecto de x es 30, no {x.grad}")


def test_a_value_that_is_used_twice():
    """Un valor que se usa dos veces"""
    x = Value(3)
    backward(x * x)
    wrong = {3: "el segundo uso borra el gradiente del primero: súmalos"}
    assert x.grad == 6, wrong.get(x.grad, f"el gradiente de x·x en 3 es 6, no {x.grad}")


def test_the_order():
    """Cada valor es la suma de los dos anteriores: gradientes de Fibonacci"""
    a, b = first, second = Value(1), Value(1)
    for _ in range(10):
        a, b = b, a + b
    backward(b)
    early = "un valor transmite su gradiente antes de que haya llegado entero: toma el que se creó el último"
    assert (first.grad, second.grad) == (55, 89), early
