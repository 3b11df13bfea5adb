"""a + α·b, which torch rounds once and minigrad twice, and the steps of optimisers."""

from __future__ import annotations

import minigrad
from minigrad.autograd.base import wrap
from sidebyside.exchange.table import aten, called, exchanged

exchanged(aten.add.Tensor)(called(minigrad.add))
exchanged(aten.sub.Tensor)(called(minigrad.sub))
exchanged(aten.addcmul.default)(called(minigrad.addcmul))
exchanged(aten.lerp.Scalar, aten.lerp.Tensor)(called(minigrad.lerp))


@exchanged(aten._fused_sgd_.default, aten._fused_sgd_.tensor_lr)
def _fused_sgd(params, grads, buffers, *, is_first_step, grad_scale=None, found_inf=None, lr, **options):
    """Do the whole step as one kernel, by minigrad's SGD in the arrays' memory."""
    _refuse_scaler("SGD", grad_scale, found_inf)
    weights = [wrap(p) for p in params]
    sgd = minigrad.optim.SGD(weights, lr=float(lr), **options)
    for w, grad, buffer in zip(weights, grads, buffers or [None] * len(weights), strict=True):
        w.grad = wrap(grad)
        if buffer is not None and not is_first_step:
            sgd.state[w]["momentum_buffer"] = wrap(buffer)
    sgd.step()
    for w, buffer in zip(weights, buffers, strict=False):
        buffer[...] = sgd.state[w]["momentum_buffer"].array


def _refuse_scaler(name, grad_scale, found_inf):
    if grad_scale is not None or found_inf is not None:
        raise NotImplementedError(f"fused {name} with a gradient scaler is no kernel of minigrad")


def _fused(name, *kept):
    """The whole step of an optimizer that keeps these tensors. It finds the step counted already."""

    def step(params, grads, *states, grad_scale=None, found_inf=None, lr, beta1=None, beta2=None, **options):
        _refuse_scaler(name, grad_scale, found_inf)
        betas = {} if beta1 is None else {"betas": (beta1, beta2)}
        state = {key: values for key, values in zip((*kept, "step"), states, strict=True) if values}
        for i, (p, grad) in enumerate(zip(params, grads, strict=True)):
            w = wrap(p)
            w.grad = wrap(grad)
            optimizer = getattr(minigrad.optim, name)([w], lr=float(lr), **betas, **options)
            optimizer.state[w] = {key: wrap(values[i] - (key == "step")) for key, values in state.items()}
            optimizer.step()
            for key in kept:
                if key in state:
                    state[key][i][...] = optimizer.state[w][key].array

    return step


_ADAM = "exp_avg", "exp_avg_sq", "max_exp_avg_sq"
exchanged(aten._fused_adam_.default, aten._fused_adam_.tensor_lr)(_fused("Adam", *_ADAM))
exchanged(aten._fused_adamw_.default, aten._fused_adamw_.tensor_lr)(_fused("AdamW", *_ADAM))
exchanged(aten._fused_adagrad_.default, aten._fused_adagrad_.tensor_lr)(_fused("Adagrad", "sum"))
