"""The whole idea in one file: a tensor that remembers how it was made, and a network that learns from that.

A program computes a loss from weights, op by op. Every op z = f(x, y) knows one thing more than its value: given
dz, the gradient of the loss with respect to z, what are the gradients dx and dy? The chain rule answers in a line.
`backward` starts with the gradient of the loss with respect to itself, which is 1, and visits the ops in reverse
order. What arrives at a weight is the gradient of the loss with respect to that weight.

    model = Sequential(Linear(w1, b1), ReLU(), Linear(w2, b2))    # NumPy arrays of first weights
    loss = CrossEntropyLoss()(model(Tensor(x)), y)                # x: (N, features), y: (N,) classes
    loss.backward()
    SGD(model.parameters(), lr=0.8).step()

The rest of minigrad adds broadcasting, types, changes in place, second derivatives, clear errors, speed and GPUs.
"""

import numpy as np

product, total = np.matmul, np.sum  # Other libraries add up in another order: their last bits differ.


class Tensor:
    """An array, and a pair (x, rule) for every input x that it was made of: the rule computes dx from dz."""

    age = 0  # every tensor is younger than what it was made of

    def __init__(self, array, *rules, requires_grad=False):
        Tensor.age += 1
        self.array, self.grad, self.age = np.asarray(array), None, Tensor.age
        self.rules = [(x, rule) for x, rule in rules if x.requires_grad]
        self.requires_grad = requires_grad or bool(self.rules)

    def backward(self):
        """Add the gradient of this loss to the `.grad` of every weight that it depends on."""
        arrived = {self: np.ones_like(self.array)}
        while arrived:
            z = max(arrived, key=lambda tensor: tensor.age)
            dz = arrived.pop(z)  # It is complete: whatever was made of z is younger, and had its turn before.
            if not z.rules:
                z.grad = dz if z.grad is None else z.grad + dz
            for x, rule in z.rules:
                dx = rule(dz)
                assert dx.shape == x.array.shape, "the ops of this file do not broadcast"
                arrived[x] = arrived[x] + dx if x in arrived else dx

    def __add__(self, y):
        """z = x + y        dx = dz    dy = dz"""
        return Tensor(self.array + y.array, (self, lambda dz: dz), (y, lambda dz: dz))

    def __mul__(self, y):
        """z = x·y        dx = dz·y    dy = dz·x"""
        return Tensor(self.array * y.array, (self, lambda dz: dz * y.array), (y, lambda dz: dz * self.array))

    def __neg__(self):
        """z = -x        dx = -dz"""
        return Tensor(-self.array, (self, lambda dz: -dz))

    def exp(self):
        """z = eˣ        dx = dz·z"""
        z = np.exp(self.array)
        return Tensor(z, (self, lambda dz: dz * z))

    def log(self):
        """z = log x        dx = dz/x"""
        return Tensor(np.log(self.array), (self, lambda dz: dz / self.array))

    def sum(self):
        """z = Σ x along the last axis        dx = dz, for every element"""
        shape = self.array.shape
        return Tensor(total(self.array, axis=-1), (self, lambda dz: np.broadcast_to(dz[..., None], shape)))

    def mean(self):
        """z = Σ x / n        dx = dz/n, for every element"""
        n, shape = self.array.size, self.array.shape
        return Tensor(total(self.array) / n, (self, lambda dz: np.broadcast_to(dz / n, shape)))

    def pick(self, y):
        """zᵢ = x[i, yᵢ], one number of every row        dx = dz there, else 0"""
        one_hot = y[:, None] == np.arange(self.array.shape[1])
        return Tensor(self.array[one_hot], (self, lambda dz: dz[:, None] * one_hot))

    def log_softmax(self):
        """zᵢ = xᵢ - log Σⱼ exp xⱼ        dxᵢ = dzᵢ - exp(zᵢ)·Σⱼ dzⱼ        Σ along every row"""
        x = self.array - self.array.max(axis=1, keepdims=True)  # z is the same, and exp does not overflow
        z = x - np.log(total(np.exp(x), axis=1, keepdims=True))
        return Tensor(z, (self, lambda dz: dz - np.exp(z) * total(dz, axis=1, keepdims=True)))

    def nll_loss(self, y):
        """z = -Σᵢ x[i, yᵢ] / N: after log_softmax, the gradient is (softmax - one-hot) / N"""
        return (-self.pick(y)).mean()


class Linear:
    """z = x·Wᵀ + b        dx = dz·W    dW = dzᵀ·x    db = Σ dz over the batch        W: (out, in)    b: (out,)"""

    def __init__(self, weight, bias):
        self.weight, self.bias = Tensor(weight, requires_grad=True), Tensor(bias, requires_grad=True)

    def __call__(self, input):
        x, w, b = input.array, self.weight.array, self.bias.array
        dx, dw, db = lambda dz: product(dz, w), lambda dz: product(dz.T, x), lambda dz: total(dz, axis=0)
        z = product(x, w.T)
        z += b
        return Tensor(z, (input, dx), (self.weight, dw), (self.bias, db))


class ReLU:
    """z = max(x, 0)        dx = dz where x > 0, else 0"""

    def __call__(self, x):
        return Tensor(np.maximum(x.array, 0), (x, lambda dz: dz * (x.array > 0)))


class Sequential:
    """Layers called one after the other."""

    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        """The weights of all layers."""
        return [p for layer in self.layers for p in vars(layer).values()]


class CrossEntropyLoss:
    """-log softmax(x)[y], the mean over the batch."""

    def __call__(self, x, y):
        return x.log_softmax().nll_loss(y)


class SGD:
    """w ← w - lr·dw"""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = parameters, lr

    def zero_grad(self):
        """Forget the gradients: backward adds to them."""
        for p in self.parameters:
            p.grad = None

    def step(self):
        """One step downhill."""
        for p in self.parameters:
            p.array -= self.lr * p.grad
