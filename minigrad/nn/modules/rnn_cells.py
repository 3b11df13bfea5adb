"""Recurrent cells: one step, which the caller repeats.   torch: torch/nn/modules/rnn.py

The equations are in nn/later/recurrent_functions.py.
"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.later import recurrent_functions as recurrent
from minigrad.nn.later.recurrent_functions import Step, Weights
from minigrad.nn.modules.rnn import Recurrent
from minigrad.nn.parameter import Parameter
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]


class RNNCellBase(Recurrent):
    """The base class of the cells: one step, which the caller repeats. torch: torch.nn.RNNCellBase."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        shapes: dict[str, Any] = {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size)}
        for name, shape in (shapes | {"bias_ih": (rows,), "bias_hh": (rows,)}).items():
            wanted = bias or name.startswith("weight")
            self.register_parameter(name, Parameter(creation.empty(shape, dtype=dtype)) if wanted else None)
        self.reset_parameters()
        if device is not None:
            self.to(device=device)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        bias = "" if self.bias is True else f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return f"{self.input_size}, {self.hidden_size}{bias}" + (
            f", nonlinearity={nonlinearity}" if nonlinearity != "tanh" else ""
        )

    def _step(
        self, step: Step, x: Tensor, states: list[tuple[str, Tensor]] | None, number: int = 1
    ) -> tuple[Tensor, ...]:
        """The states after one step from named states, by default zeros, with a batch or without."""
        name = type(self).__name__
        if x.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {x.ndim}D instead")
        for which, h in states or ():
            if h.ndim not in (1, 2):
                raise ValueError(f"{name}: Expected {which} to be 1D or 2D, got {h.ndim}D instead")
        batched = x.ndim == 2
        x = x if batched else x.unsqueeze(0)
        if states is None:
            state = (creation.zeros((len(x), self.hidden_size), dtype=x.dtype, device=x.device),) * number
        else:
            state = tuple(h if batched else h.unsqueeze(0) for _, h in states)
        self._check(x, state)
        w = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        after = step(F.linear(x, w.W, w.b), state, w)
        return after if batched else tuple(h.squeeze(0) for h in after)

    def _check(self, x: Tensor, state: tuple[Tensor, ...]) -> None:
        """Raise torch's RuntimeErrors for sizes that do not fit."""
        if x.shape[1] != self.input_size:
            raise RuntimeError(
                f"input has inconsistent input_size: got {x.shape[1]} expected {self.input_size}"
            )
        for i, h in enumerate(state):
            if len(h) != len(x):
                raise RuntimeError(f"Input batch size {len(x)} doesn't match hidden{i} batch size {len(h)}")
            if h.shape[1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{i} has inconsistent hidden_size: got {h.shape[1]}, expected {self.hidden_size}"
                )


class RNNCell(RNNCellBase):
    """h' = tanh(W·x + b + U·h + v), or max(..., 0) with nonlinearity="relu".   x: (N, input_size) → (N, hidden_size)

    torch: torch.nn.RNNCell.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """h'"""
        steps = {"tanh": recurrent.tanh_step, "relu": recurrent.relu_step}
        if self.nonlinearity not in steps:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(steps[self.nonlinearity], input, None if hx is None else [("hidden", hx)])[0]


class LSTMCell(RNNCellBase):
    """i, f, g, o = W·x + b + U·h + v        c' = σ(f)·c + σ(i)·tanh(g)    h' = σ(o)·tanh(c')

    torch: torch.nn.LSTMCell.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """h', c'"""
        states = None if hx is None else [(f"hx[{i}]", h) for i, h in enumerate(hx)]
        h, c = self._step(recurrent.lstm_step, input, states, 2)
        return h, c


class GRUCell(RNNCellBase):
    """r, z = σ(W·x + b + U·h + v)    n = tanh(W·x + b + r·(U·h + v))        h' = (1 - z)·n + z·h

    torch: torch.nn.GRUCell.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """h'"""
        return self._step(recurrent.gru_step, input, None if hx is None else [("hidden", hx)])[0]
