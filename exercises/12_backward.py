"""12. The backward pass

    dx = Σ slope·dz        over every z that x is an input of

A value that is used several times gets a gradient from each use, and all of them are added. It may
hand its own gradient on only when all of them have arrived, that is after everything that was made
of it. A simple order does that: always take the value that was made last. Each value has a number,
`age`: the later it was made, the larger.

Replace every `...`, then run:    minigrad check exercises/12_backward.py
"""


class Value:
    """A number that remembers what it was made of: an (input, slope) for each input"""

    count = 0

    def __init__(self, number, *inputs):
        Value.count += 1
        self.number, self.inputs, self.age, self.grad = number, inputs, Value.count, 0

    def __add__(self, y):
        """x + y has slope 1 in both"""
        return Value(self.number + y.number, (self, 1), (y, 1))

    def __mul__(self, y):
        """x·y has slope y in x, and x in y"""
        return Value(self.number * y.number, (self, y.number), (y, self.number))


def backward(loss):
    """Give each value that the loss was made of its gradient, in `.grad`."""
    loss.grad = 1
    waiting = {loss}
    while waiting:
        z = ...
        waiting.remove(z)
        for x, slope in z.inputs:
            x.grad = ...
            waiting.add(x)


def test_the_chain_rule():
    """Two products, one after the other"""
    x, y, c = Value(2), Value(3), Value(10)
    backward(x * y * c)
    wrong = {
        3: "z.grad is missing: the chain rule multiplies the slopes",
        14: "slope and z.grad are added: multiply them",
        1: "slope is missing: multiply z.grad by it",
    }
    assert x.grad == 30, wrong.get(x.grad, f"the gradient of x·3·10 with respect to x is 30, not {x.grad}")


def test_a_value_that_is_used_twice():
    """A value that is used twice"""
    x = Value(3)
    backward(x * x)
    wrong = {3: "the second use overwrites the gradient of the first: add them"}
    assert x.grad == 6, wrong.get(x.grad, f"the gradient of x·x at 3 is 6, not {x.grad}")


def test_the_order():
    """Each value is the sum of the two before: gradients of Fibonacci"""
    a, b = first, second = Value(1), Value(1)
    for _ in range(10):
        a, b = b, a + b
    backward(b)
    early = "a value hands its gradient on before all of it has arrived: take the one that was made last"
    assert (first.grad, second.grad) == (55, 89), early
