"""Sequences of several lengths in one tensor: padded, or packed.   torch: torch/nn/utils/rnn.py

Padded, each sequence has a column of the same length, filled up at its end. Packed, the sequences are sorted by length
and the rows of one time stand together: as many as there are sequences that have not ended (`batch_sizes`), so that
nothing is computed for padding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.base import wrap
from minigrad.tensors import creation
from minigrad.tensors.joining import cat, stack
from minigrad.tensors.ordering import argsort
from minigrad.tensors.tensor import Tensor

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


_packed = ops.index.named("PackPaddedSequenceBackward0")


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """data: the rows of time 1, of time 2 ...; batch_sizes: how many each time has; and the order of the sequences.

    sorted_indices[i] is the place in the user's batch of the sequence that is in column i; None if they were sorted
    already. The functions of this file make it. torch: torch.nn.utils.rnn.PackedSequence.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        """Of a pair (data, batch_sizes) as well. Raises ValueError if batch_sizes are not on the CPU."""
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        assert batch_sizes is not None
        if batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Use pack_sequence or pack_padded_sequence."
            )
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with data.to(...). The order goes to the same device, the batch sizes stay on the CPU."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        order = [None if each is None else each.to(data.device) for each in self[2:]]
        return PackedSequence(data, self.batch_sizes, *order)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same on a GPU."""
        return self.to(*args, **({"device": "cuda"} | kwargs))

    def cpu(self) -> PackedSequence:
        """The same on the CPU."""
        return self.to("cpu")

    def double(self) -> PackedSequence:
        """The same in float64."""
        return self.to(dtypes.float64)

    def float(self) -> PackedSequence:
        """The same in float32."""
        return self.to(dtypes.float32)

    def half(self) -> PackedSequence:
        """The same in float16."""
        return self.to(dtypes.float16)

    @property
    def is_cuda(self) -> bool:
        """Whether data is on a GPU."""
        return self.data.is_cuda


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """p⁻¹, with p⁻¹[p[i]] = i."""
    return None if permutation is None else argsort(permutation)


def _places(lengths: Any) -> Any:
    """Where the rows of packed sequences lie in a padded (T·N, *) tensor: time by time, those that have not ended."""
    longest, count = int(lengths[0]), len(lengths)
    times, columns = np.nonzero(np.arange(longest)[:, None] < lengths)
    return wrap(times * count + columns)


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded input (T, N, *), with batch_first (N, T, *), of sequences of these N lengths.

    Raises RuntimeError if a length is 0, if there are not N, or if they do not descend while enforce_sorted.
    torch: torch.nn.utils.rnn.pack_padded_sequence.
    """
    lengths = lengths if isinstance(lengths, Tensor) else creation.as_tensor(lengths, dtype=dtypes.int64)
    sizes, order = lengths.to(dtypes.int64), None
    if not enforce_sorted:
        sizes, order = sizes.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    x, n = input.transpose(0, 1) if batch_first else input, sizes.numpy()
    _check_lengths(x, n)
    data = _packed(x.flatten(0, 1), (_places(n).array,))
    batch_sizes = (np.arange(n[0])[:, None] < n).sum(1)
    return PackedSequence(data, wrap(batch_sizes), order)


def _check_lengths(x: Tensor, lengths: Any) -> None:
    """Raise torch's RuntimeErrors."""
    if not x.array.size:
        raise RuntimeError("Cannot pack empty tensors.")
    if lengths.shape != (x.shape[1],):
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {lengths.size} (batch_size={x.shape[1]})"
        )
    if (np.diff(lengths) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you "
            "do not need ONNX exportability."
        )
    if lengths[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if lengths[0] > x.shape[0]:
        raise RuntimeError(
            f"Expected lengths of at most {x.shape[0]}, the length of the input, but got {lengths[0]}"
        )


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded tensor (T, N, *), with batch_first (N, T, *), and the N lengths, in the order before packing.

    Raises ValueError if total_length is less than the longest. torch: torch.nn.utils.rnn.pad_packed_sequence.
    """
    x, batch_sizes, _, back = sequence
    longest, count = len(batch_sizes), int(batch_sizes[0])
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    n = (np.arange(count)[:, None] < batch_sizes.numpy()).sum(1)
    steps, rest = longest if total_length is None else total_length, x.shape[1:]
    empty = creation.full((steps * count, *rest), padding_value, dtype=x.dtype, device=x.device)
    padded, lengths = empty.index_copy(0, _places(n), x).view(steps, count, *rest), wrap(n)
    if batch_first:
        padded = padded.transpose(0, 1)
    if back is not None:
        padded, lengths = padded.index_select(0 if batch_first else 1, back), lengths[back.cpu()]
    return padded, lengths


def pad_sequence(
    sequences: Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (Lᵢ, *) as one tensor (T, N, *), with batch_first (N, T, *), filled up to the longest length T.

    Raises RuntimeError if there is none. torch: torch.nn.utils.rnn.pad_sequence.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    parts = list(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    first, longest = parts[0], max(len(part) for part in parts)

    def padded(part: Tensor) -> Tensor:
        shape = (longest - len(part), *first.shape[1:])
        pad = creation.full(shape, padding_value, dtype=first.dtype, device=first.device)
        part = part.to(first.dtype)
        return cat([part, pad] if padding_side == "right" else [pad, part])

    return stack([padded(part) for part in parts], 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded tensor, each in its length. torch: torch.nn.utils.rnn.unpad_sequence."""
    columns = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    times = creation.arange(columns.shape[1], device=lengths.device)
    return [x[times < length] for x, length in zip(columns, lengths, strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (Lᵢ, *). torch: torch.nn.utils.rnn.pack_sequence."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences (Lᵢ, *) in the order before packing. torch: torch.nn.utils.rnn.unpack_sequence."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
