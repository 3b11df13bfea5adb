"""SGD by hand in PyTorch: the twin of minigrad/optim/sgd.py.

Every product is rounded before it is added, as in the tutorial's `p -= lr * g`. torch.optim.SGD rounds only once:
it computes `p.add_(g, alpha=-lr)`.
"""

import torch


class SGD(torch.optim.Optimizer):
    """w ← w - lr·g. First maximize, weight decay, momentum, dampening and nesterov change g, in this order."""

    def __init__(
        self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False
    ):
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, options | {"nesterov": nesterov, "maximize": maximize})

    @torch.no_grad()
    def step(self, closure=None):
        """Change each parameter that has a gradient. A closure is called first, and its result is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)
        return loss

    def _update(self, p, grad, group):
        """w ← w - lr·g for one parameter, in place. The options change g first."""
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad + group["weight_decay"] * p
        if group["momentum"] != 0:
            grad = self._with_momentum(grad, self.state[p], group)
        p -= group["lr"] * grad

    def _with_momentum(self, grad, state, group):
        """b ← μ·b + (1 - τ)·g. Return b, or with nesterov g + μ·b."""
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = grad.clone()
        else:
            buffer *= group["momentum"]
            buffer += (1 - group["dampening"]) * grad
        return grad + group["momentum"] * buffer if group["nesterov"] else buffer
