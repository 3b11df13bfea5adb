"""Datasets: collections of samples.   torch: torch/utils/data/dataset.py"""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from minigrad import random
from minigrad.tensors.distributions import randperm
from minigrad.tensors.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """The base class of datasets. `__getitem__` returns the sample at an index, and `__len__` the number of samples.

    A subclass may define `__getitems__(indices)`, which returns a list of samples. `a + b` has the samples of a, then
    those of b. torch: torch.utils.data.Dataset.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], ABC):
    """The base class of streams of samples: `__iter__` yields them. `a + b` yields those of a, then those of b."""

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]: ...

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """A dataset of tensors: sample i is the tuple of row i of each tensor.

    Raises AssertionError if the tensors have different numbers of rows.
    """

    def __init__(self, *tensors: Tensor) -> None:
        if any(tensors[0].size(0) != tensor.size(0) for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].size(0))


class ConcatDataset(Dataset[T_co]):
    """Several datasets one after the other. Raises AssertionError if there is none, or if one is an IterableDataset."""

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets: list[Any] = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        if index < -len(self):
            raise ValueError("absolute value of index should not exceed dataset length")
        index += len(self) if index < 0 else 0
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - ([0, *self.cumulative_sizes])[which]]


class ChainDataset(IterableDataset[T_co]):
    """Several iterable datasets one after the other. Iteration raises AssertionError at any other dataset."""

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets = datasets

    def _checked(self) -> Iterator[Any]:
        """Yield the datasets. Raises AssertionError at one that is not iterable."""
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self) -> Iterator[T_co]:
        return itertools.chain.from_iterable(self._checked())

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._checked())


class Subset(Dataset[T_co]):
    """The samples of a dataset at the given indices.

    Raises NotImplementedError if a subclass overrides `__getitem__` but not `__getitems__`, which DataLoader calls.
    """

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        self.dataset: Any = dataset
        self.indices = indices
        cls = type(self)
        if cls.__getitem__ is not Subset.__getitem__ and cls.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{cls.__name__} overrides __getitem__ but not __getitems__. \n"
                "Add: def __getitems__(self, indices): return [self[i] for i in indices]"
            )

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        return samples(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def samples(dataset: Any, indices: Iterable[Any]) -> list[Any]:
    """Return the samples at these indices, with one call if the dataset has `__getitems__`."""
    at_once = getattr(dataset, "__getitems__", None)
    return at_once(indices) if at_once else [dataset[index] for index in indices]


def batch_at_once(dataset: Any, indices: Any) -> list[Tensor] | None:
    """Return the batch of these samples of a TensorDataset, or of a Subset of one. Each tensor is indexed once.

    The result equals the stacked samples, but is computed faster. For any other dataset, return None.
    """
    if not indices or not all(type(index) is int for index in indices):
        return None
    if type(dataset) is Subset:
        return batch_at_once(dataset.dataset, [dataset.indices[index] for index in indices])
    if type(dataset) is not TensorDataset:
        return None
    if any(tensor.requires_grad for tensor in dataset.tensors):
        return None
    return [tensor[indices].contiguous() for tensor in dataset.tensors]


def random_split(
    dataset: Dataset[T_co],
    lengths: Sequence[int | float],
    generator: random.Generator | None = random.default_generator,
) -> list[Subset[T_co]]:
    """Split a dataset at random into subsets of these lengths, or of these fractions of its length.

    Each fraction is rounded down, and the remaining samples go one by one to the first subsets. Raises ValueError if
    the lengths do not add up to the length of the dataset, or if a fraction is not in [0, 1]. Warns if a subset is
    empty. torch: torch.utils.data.random_split.
    """
    n: int = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _fraction_lengths(n, lengths)
        for i in (i for i, length in enumerate(lengths) if length == 0):
            warnings.warn(
                f"Length of split at index {i} is 0. This might result in an empty dataset.", stacklevel=2
            )
    if sum(lengths) != n:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order = iter(randperm(sum(lengths), generator=generator).tolist())  # type: ignore[arg-type]
    return [Subset(dataset, list(itertools.islice(order, length))) for length in lengths]  # type: ignore[arg-type]


def _fraction_lengths(n: int, fractions: Sequence[float]) -> list[int]:
    """Return the lengths of subsets with these fractions of n samples. They add up to n."""
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    shares = [math.floor(n * fraction) for fraction in fractions]
    for i in range(n - sum(shares)):
        shares[i % len(shares)] += 1
    return shares
