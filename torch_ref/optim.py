"""The optimizers by hand in PyTorch: the twins of minigrad/optim/.

Every product is rounded before it is added, as in the tutorial's `p -= lr * g`. torch.optim rounds only once where it
computes `p.add_(g, alpha=-lr)`, `m.lerp_(g, 1 - β₁)` or `v.addcmul_(g, g, value=1 - β₂)`.
"""

import torch


class ByHand(torch.optim.Optimizer):
    """An optimizer that changes one parameter after the other: a subclass defines `_update`."""

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

    def _count(self, p, *zeros):
        """The state of a parameter, and the number of this step. At first the tensors of these names are 0."""
        state = self.state[p]
        if not state:
            state["step"] = 0
            state.update((name, torch.zeros_like(p)) for name in zeros)
        state["step"] += 1
        return state, state["step"]


class SGD(ByHand):
    """w ← w - lr·g. First maximize, weight decay, momentum, dampening and nesterov change g, in this order."""

    def __init__(
        self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False
    ):
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, options | {"nesterov": nesterov, "maximize": maximize})

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


def lerp(x, y, weight):
    """x + weight·(y - x), from the end that is nearer."""
    weight = torch.tensor(weight, dtype=x.dtype)
    return x + weight * (y - x) if weight < 0.5 else y - (1 - weight) * (y - x)


class Adam(ByHand):
    """m ← β₁·m + (1 - β₁)·g, v ← β₂·v + (1 - β₂)·g², w ← w - lr·m̂/(√v̂ + eps); m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ)."""

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, maximize=False,
        decoupled_weight_decay=False,
    ):  # fmt: skip
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        options |= {"maximize": maximize, "decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, options)

    def _update(self, p, g, group):
        """w ← w - lr·m̂/(√v̂ + eps) for one parameter, in place."""
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        state, t = self._count(p, "exp_avg", "exp_avg_sq", "max_exp_avg_sq")
        m, v, largest = state["exp_avg"], state["exp_avg_sq"], state["max_exp_avg_sq"]
        if group["maximize"]:
            g = -g
        if decay != 0 and group["decoupled_weight_decay"]:
            p *= 1 - lr * decay
        elif decay != 0:
            g = g + decay * p
        m.copy_(lerp(m, g, 1 - beta1))
        v *= beta2
        v += (1 - beta2) * g * g
        if group["amsgrad"]:
            v = largest.copy_(torch.maximum(largest, v))
        step_size = lr / (1 - beta1**t)
        root = v.sqrt() / (1 - beta2**t) ** 0.5 + group["eps"]
        p -= step_size * m / root


class AdamW(Adam):
    """Adam with decoupled weight decay λ: w ← w - lr·λ·w, and then Adam's step."""

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=1e-2,
        amsgrad=False,
        *,
        maximize=False,
    ):
        options = {"weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize}
        super().__init__(params, lr, betas, eps, decoupled_weight_decay=True, **options)


class RMSprop(ByHand):
    """v ← α·v + (1 - α)·g², w ← w - lr·g/(√v + eps)."""

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0,
        momentum=0,
        centered=False,
        *,
        maximize=False,
    ):
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, options | {"centered": centered, "maximize": maximize})

    def _update(self, p, g, group):
        """w ← w - lr·g/(√v + eps) for one parameter, in place."""
        lr, alpha, momentum = group["lr"], group["alpha"], group["momentum"]
        state, _ = self._count(p, "square_avg", "grad_avg", "momentum_buffer")
        v, mean, b = state["square_avg"], state["grad_avg"], state["momentum_buffer"]
        if group["maximize"]:
            g = -g
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        v *= alpha
        v += (1 - alpha) * g * g
        if group["centered"]:
            mean.copy_(lerp(mean, g, 1 - alpha))
            v = v - mean * mean
        root = v.sqrt() + group["eps"]
        if momentum > 0:
            b *= momentum
            b += g / root
            p -= lr * b
        else:
            p -= lr * g / root


class Adagrad(ByHand):
    """s ← s + g², w ← w - lr/(1 + (t - 1)·lr_decay)·g/(√s + eps)."""

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        *,
        maximize=False,
    ):
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, options)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = {"step": 0, "sum": torch.full_like(p, initial_accumulator_value)}

    def _update(self, p, g, group):
        """w ← w - lr·g/(√s + eps) for one parameter, in place."""
        state, t = self._count(p)
        s = state["sum"]
        if group["maximize"]:
            g = -g
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        step_size = group["lr"] / (1 + (t - 1) * group["lr_decay"])
        s += g * g
        p -= step_size * g / (s.sqrt() + group["eps"])


class NAdam(ByHand):
    """Adam, whose m̂ = (1 - μₜ)·g/(1 - μ₁⋯μₜ) + μₜ₊₁·m/(1 - μ₁⋯μₜ₊₁), with μₜ = β₁·(1 - ½·0.96^(t·momentum_decay))."""

    def __init__(
        self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3,
        decoupled_weight_decay=False, *, maximize=False,
    ):  # fmt: skip
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        options |= {"momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, options)

    def _update(self, p, g, group):
        """w ← w - lr·m̂/(√v̂ + eps) for one parameter, in place: first the part of g, then the part of m."""
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        state, t = self._count(p, "exp_avg", "exp_avg_sq")
        m, v, product = state["exp_avg"], state["exp_avg_sq"], state.setdefault("mu_product", torch.ones(()))
        if group["maximize"]:
            g = -g
        if decay != 0 and group["decoupled_weight_decay"]:
            p *= 1 - lr * decay
        elif decay != 0:
            g = g + decay * p
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (n * group["momentum_decay"])) for n in (t, t + 1))
        product *= mu
        m.copy_(lerp(m, g, 1 - beta1))
        v *= beta2
        v += (1 - beta2) * g * g
        root = (v / (1 - beta2**t)).sqrt() + group["eps"]
        p += -lr * (1.0 - mu) / (1.0 - product.item()) * g / root
        p += -lr * mu_next / (1.0 - product.item() * mu_next) * m / root


class Adadelta(ByHand):
    """v ← ρ·v + (1 - ρ)·g², Δ = √(u + eps)/√(v + eps)·g, u ← ρ·u + (1 - ρ)·Δ², w ← w - lr·Δ."""

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False):
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options)

    def _update(self, p, g, group):
        """w ← w - lr·√(u + eps)/√(v + eps)·g for one parameter, in place."""
        lr, rho, eps = group["lr"], group["rho"], group["eps"]
        state, _ = self._count(p, "square_avg", "acc_delta")
        v, u = state["square_avg"], state["acc_delta"]
        if group["maximize"]:
            g = -g
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        v *= rho
        v += (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u *= rho
        u += (1 - rho) * delta * delta
        p -= lr * delta


class Adamax(ByHand):
    """m ← β₁·m + (1 - β₁)·g, u ← max(β₂·u, |g| + eps), w ← w - lr/(1 - β₁ᵗ)·m/u."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False):
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options)

    def _update(self, p, g, group):
        """w ← w - lr/(1 - β₁ᵗ)·m/u for one parameter, in place."""
        beta1, beta2 = group["betas"]
        state, t = self._count(p, "exp_avg", "exp_inf")
        m, u = state["exp_avg"], state["exp_inf"]
        if group["maximize"]:
            g = -g
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        m.copy_(lerp(m, g, 1 - beta1))
        u.copy_(torch.maximum(beta2 * u, g.abs() + group["eps"]))
        step_size = group["lr"] / (1 - beta1**t)
        p -= step_size * m / u
