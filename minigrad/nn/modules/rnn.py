"""Recurrent layers: parameters and checks.   torch: torch/nn/modules/rnn.py

What they compute, the equations and the loop over time, is in nn/later/recurrent_functions.py.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from minigrad.nn import init
from minigrad.nn.later import recurrent_functions as recurrent
from minigrad.nn.later.recurrent_functions import Step, Weights
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.nn.utils.rnn import PackedSequence
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

STEPS: dict[str, tuple[Step, int]] = {  # of each mode: its step, and how many rows of W a hidden unit has
    "RNN_TANH": (recurrent.tanh_step, 1),
    "RNN_RELU": (recurrent.relu_step, 1),
    "LSTM": (recurrent.lstm_step, 4),
    "GRU": (recurrent.gru_step, 3),
}
USUAL = {
    "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False
}  # fmt: skip


class Recurrent(Module):
    """What layers and cells share: their initial weights."""

    hidden_size: int

    def reset_parameters(self) -> None:
        """Draw new initial values, uniform from [-1/√hidden_size, 1/√hidden_size)."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)


class RNNBase(Recurrent):
    """The base class of RNN, LSTM and GRU. torch: torch.nn.RNNBase.

    For layer k there are `weight_ih_lk`, `weight_hh_lk`, `bias_ih_lk`, `bias_hh_lk`; with proj_size `weight_hr_lk`; and
    for the other direction the same with `_reverse`. Raises TypeError and ValueError for arguments that make no sense.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check_options(input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        if mode not in STEPS:
            raise ValueError(f"Unrecognized RNN mode: {mode}\nChoose one of {', '.join(STEPS)}.")
        self.mode, self.input_size, self.hidden_size, self.num_layers = (
            mode,
            input_size,
            hidden_size,
            num_layers,
        )
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        rows, outputs = STEPS[mode][1] * hidden_size, proj_size or hidden_size
        ends = ("", "_reverse") if bidirectional else ("",)
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else outputs * len(ends)
            shapes: dict[str, Any] = {"weight_ih": (rows, inputs), "weight_hh": (rows, outputs)}
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}
            shapes |= {"weight_hr": (proj_size, hidden_size)} if proj_size else {}
            for end in ends:
                for name, shape in shapes.items():
                    weight = Parameter(creation.empty(shape, dtype=dtype))
                    self.register_parameter(f"{name}_l{layer}{end}", weight)
        self.reset_parameters()
        if device is not None:  # the initial values are drawn on the CPU
            self.to(device=device)

    @property
    def _layers(self) -> list[list[Weights]]:
        """The weights of each layer, for each direction."""
        ends = ("", "_reverse") if self.bidirectional else ("",)
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [
            [Weights(*[getattr(self, f"{name}_l{layer}{end}", None) for name in names]) for end in ends]  # type: ignore[arg-type]
            for layer in range(self.num_layers)
        ]

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The weights of each layer and direction."""
        return [[each for each in w if each is not None] for layer in self._layers for w in layer]

    def flatten_parameters(self) -> None:
        """Do nothing. In torch it moves the weights together for cuDNN."""

    def extra_repr(self) -> str:
        """The text in the parentheses of repr: the sizes, and the options that are not the default."""
        options = (
            f"{name}={getattr(self, name)}" for name, usual in USUAL.items() if getattr(self, name) != usual
        )
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *options])


class _Layer(RNNBase):
    """The forward of RNN, LSTM and GRU."""

    # The states that a layer is given and returns: h, and for an LSTM (h, c)

    def _sizes(self, batch: int) -> tuple[tuple[int, int, int], ...]:
        """The shapes of the states of a batch."""
        return (
            (self.num_layers * (2 if self.bidirectional else 1), batch, self.proj_size or self.hidden_size),
        )

    def _states(self, hx: Any) -> tuple[Tensor, ...]:
        return (hx,)

    def _returned(self, states: tuple[Tensor, ...]) -> Any:
        return states[0]

    # Forward

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The outputs of the last layer, (T, N, directions·H), and the last state (layers·directions, N, H).

        input: (T, N, input_size); with batch_first (N, T, input_size); without a batch (T, input_size); or a
        PackedSequence. hx: the first state, by default zeros. Raises ValueError or RuntimeError for other shapes.
        """
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        self._check_dims(input, hx)
        batched, dim = input.ndim == 3, 0 if self.batch_first else 1
        x = input if batched else input.unsqueeze(dim)
        states = None if hx is None else self._states(hx)
        if states is not None and not batched:
            states = tuple(h.unsqueeze(1) for h in states)
        states = self._checked(x, states, x.shape[dim])
        if x.shape[1 - dim] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        y, states = self._run(x.transpose(0, 1) if self.batch_first else x, states)
        y = y.transpose(0, 1) if self.batch_first else y
        if batched:
            return y, self._returned(states)
        return y.squeeze(dim), self._returned(tuple(h.squeeze(1) for h in states))

    def _packed(self, input: PackedSequence, hx: Any) -> Any:
        """The same for sequences of several lengths: the states are in the order that the user gave them in."""
        x, batch_sizes, order, back = input
        states = None if hx is None else self._states(hx)
        if states is not None and order is not None:
            states = tuple(h.index_select(1, order) for h in states)
        states = self._checked(x, states, int(batch_sizes[0]), packed=True)
        y, states = self._run(x, states, batch_sizes.tolist())
        if back is not None:
            states = tuple(h.index_select(1, back) for h in states)
        return PackedSequence(y, batch_sizes, order, back), self._returned(states)

    def _run(self, x: Tensor, states: tuple[Tensor, ...], batch_sizes: Any = None) -> Any:
        p = self.dropout if self.training else 0.0
        return recurrent.recurrence(STEPS[self.mode][0], x, states, self._layers, p, batch_sizes)

    def _checked(
        self, x: Tensor, states: tuple[Tensor, ...] | None, batch: int, packed: bool = False
    ) -> tuple[Tensor, ...]:
        """The states, or zeros. Raises torch's errors for a type or a size that does not fit."""
        weight, dims = self._layers[0][0].W, 2 if packed else 3
        if x.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({x.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: model.to({x.dtype})"
            )
        if x.ndim != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {x.ndim}")
        if x.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.shape[-1]}"
            )
        sizes = self._sizes(batch)
        if states is None:
            return tuple(creation.zeros(size, dtype=x.dtype, device=x.device) for size in sizes)
        for i, (h, size) in enumerate(zip(states, sizes, strict=True)):
            if h.shape != size:
                name = f"hidden[{i}]" if len(sizes) > 1 else "hidden"
                raise RuntimeError(f"Expected {name} size {size}, got {list(h.shape)}")
        return states

    def _check_dims(self, input: Tensor, hx: Any) -> None:
        """Raise torch's errors for an input, or a first state, of another number of dimensions."""
        name = self.mode.partition("_")[0]
        if input.ndim not in (2, 3):
            tensor = "D tensor" if name == "RNN" else "D"
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.ndim}{tensor} instead")
        dims = [h.ndim for h in self._states(hx)] if hx is not None else []
        if any(each != input.ndim for each in dims):
            which = "batched 3-D" if input.ndim == 3 else "unbatched 2-D"
            raise RuntimeError(f"For {which} input, " + self._misfit(input.ndim, dims))

    def _misfit(self, wanted: int, dims: list[int]) -> str:
        return f"hx should also be {wanted}-D but got {dims[0]}-D tensor"


def _check_options(
    input_size: Any,
    hidden_size: Any,
    num_layers: int,
    bias: Any,
    batch_first: Any,
    dropout: Any,
    proj_size: int,
) -> None:
    """Raise torch's errors, in its order."""
    if not isinstance(dropout, (int, float)) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )
    for name, flag in (("bias", bias), ("batch_first", batch_first)):
        if not isinstance(flag, bool):
            raise TypeError(f"{name} should be of type bool, got: {type(flag).__name__}")
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


def _refuse_projection(options: dict[str, Any]) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(_Layer):
    """hₜ = tanh(W·xₜ + b + U·hₜ₋₁ + v), or max(..., 0) with nonlinearity="relu".

    The arguments are RNNBase's, and `nonlinearity` is the fourth. torch: torch.nn.RNN.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        nonlinearity = args[3] if len(args) > 3 else kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args[:3], *args[4:], **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(_Layer):
    """i, f, g, o = W·xₜ + b + U·hₜ₋₁ + v        cₜ = σ(f)·cₜ₋₁ + σ(i)·tanh(g)    hₜ = σ(o)·tanh(cₜ)

    The arguments are RNNBase's. The state is (h, c). With proj_size hₜ is multiplied by a further matrix.
    torch: torch.nn.LSTM.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def _sizes(self, batch: int) -> tuple[tuple[int, int, int], ...]:
        ((number, _, _),) = sizes = super()._sizes(batch)
        return (*sizes, (number, batch, self.hidden_size))

    def _states(self, hx: Any) -> tuple[Tensor, ...]:
        return hx[0], hx[1]

    def _returned(self, states: tuple[Tensor, ...]) -> Any:
        return states

    def _misfit(self, wanted: int, dims: list[int]) -> str:
        return f"hx and cx should also be {wanted}-D but got ({dims[0]}-D, {dims[1]}-D) tensors"


class GRU(_Layer):
    """r, z = σ(W·xₜ + b + U·hₜ₋₁ + v)    n = tanh(W·xₜ + b + r·(U·hₜ₋₁ + v))        hₜ = (1 - z)·n + z·hₜ₋₁

    Each of r, z and n has its own rows of the weights. The arguments are RNNBase's. torch: torch.nn.GRU.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)
