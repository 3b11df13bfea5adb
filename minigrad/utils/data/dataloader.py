"""DataLoader: an iterator over the batches of a dataset.   torch: torch/utils/data/dataloader.py

    for x, y in DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True): ...

In every pass, a sampler yields indices, the dataset returns the samples at these indices, and collate_fn makes a batch
of them. For the same seed, the order and the random state afterwards are torch's.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from minigrad import random
from minigrad.arrays.device import is_available
from minigrad.utils.data._utils.collate import default_collate, default_collate_fn_map, default_convert
from minigrad.utils.data.dataset import Dataset, IterableDataset, batch_at_once, samples
from minigrad.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler

T_co = TypeVar("T_co", covariant=True)
_UNCHANGED = dict(default_collate_fn_map)


def get_worker_info() -> None:
    """Return None, because minigrad has no worker processes."""


class DataLoader(Generic[T_co]):
    """Yields the batches of a dataset, in order, or in a new random order in every pass with shuffle=True.

    `collate_fn` makes a batch of `batch_size` samples (by default `default_collate`). With batch_size=None the samples
    come one by one. `sampler` or `batch_sampler` determine another order. Random numbers come from `generator`, or
    from the default generator. Raises ValueError if two options exclude each other. torch: torch.utils.data.DataLoader.

    Differences from torch: minigrad has no worker processes. With num_workers > 0 it warns, and loads the data in this
    process in the same order as torch; random numbers that the dataset draws differ from those of torch's workers.
    Raises NotImplementedError for an IterableDataset with num_workers > 0: each of torch's workers yields all samples.
    """

    _fixed = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: random.Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset: Any = dataset
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.multiprocessing_context = _context(multiprocessing_context, num_workers)
        self.pin_memory, self.pin_memory_device, self.in_order = pin_memory, pin_memory_device, in_order
        self.generator, self.persistent_workers = generator, persistent_workers
        if isinstance(dataset, IterableDataset):
            _check_iterable(shuffle, sampler, batch_sampler, num_workers)
        _check_batching(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
        if sampler is None:
            sampler = _default_sampler(dataset, bool(shuffle), generator)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._seeded = False
        self._ready = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fixed and hasattr(self, "_ready"):
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized\n"
                "Make a new DataLoader."
            )
        super().__setattr__(name, value)

    @property
    def _index_sampler(self) -> Any:
        """The sampler of one pass: it yields indices, or lists of indices for batches."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler)
        n: int = len(self.dataset)  # type: ignore[arg-type]  # raises if the dataset has no length
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        return _SingleProcessDataLoaderIter(self)

    def _seed_workers(self) -> None:
        """Draw the number with which torch seeds its workers: in every pass, or only once with persistent_workers."""
        generator = random.default_generator if self.generator is None else self.generator
        if not isinstance(generator, random.Generator):
            raise TypeError(
                "random_() received an invalid combination of arguments - got (generator="
                f"{type(generator).__name__}, ), but expected one of:\n * None\n * minigrad.Generator()"
            )
        if not (self._seeded and self.persistent_workers):
            generator.random_int64()
        self._seeded = True


class _SingleProcessDataLoaderIter:
    """One pass over the dataset. The steps are in torch's order, because each may draw random numbers."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        _warn_about_pinning(loader)
        self._loader, self._indices = loader, iter(loader._index_sampler)
        loader._seed_workers()
        if loader.num_workers == 0 and loader.timeout != 0:
            raise AssertionError(
                "_SingleProcessDataLoaderIter requires timeout == 0\nWithout workers there is nothing to wait for."
            )
        streamed = isinstance(loader.dataset, IterableDataset)
        self._stream: Iterator[Any] | None = iter(loader.dataset) if streamed else None

    def __iter__(self) -> _SingleProcessDataLoaderIter:
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def __next__(self) -> Any:
        loader, index = self._loader, next(self._indices)
        if self._stream is not None:
            return loader.collate_fn(self._next_from(self._stream, index))
        if loader.batch_sampler is None:
            return loader.collate_fn(loader.dataset[index])
        # Only a collate_fn sees single samples. With the default one, the batch can be indexed at once.
        by_default = loader.collate_fn is default_collate and default_collate_fn_map == _UNCHANGED
        batch = batch_at_once(loader.dataset, index) if by_default else None
        return loader.collate_fn(samples(loader.dataset, index)) if batch is None else batch

    def _next_from(self, stream: Iterator[Any], index: Any) -> Any:
        """Return the next sample or batch of samples of a stream."""
        if self._loader.batch_sampler is None:
            return next(stream)
        batch = list(itertools.islice(stream, len(index)))
        if not batch or (self._loader.drop_last and len(batch) < len(index)):
            raise StopIteration
        return batch


def _refuse(*rules: tuple[Any, str]) -> None:
    """Raise ValueError with the message of the first pair whose condition is true."""
    for wrong, message in rules:
        if wrong:
            raise ValueError(message)


def _check_workers(workers: int, timeout: float, prefetch: int | None, persistent: bool) -> None:
    """Raise torch's ValueError if an option for workers is wrong. Warn if there are workers."""
    _refuse(
        (
            workers < 0,
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.",
        ),
        (timeout < 0, "timeout option should be non-negative"),
        (
            workers == 0 and prefetch is not None,
            "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None.",
        ),
        (prefetch is not None and prefetch < 0, "prefetch_factor option should be non-negative"),
        (persistent and workers == 0, "persistent_workers option needs num_workers > 0"),
    )
    if workers > 0:
        warnings.warn(
            f"num_workers={workers}: minigrad loads in this process, in the order of torch's workers. timeout, "
            "worker_init_fn, prefetch_factor and multiprocessing_context do nothing, and random numbers that the "
            "dataset draws are not those of torch's workers.",
            stacklevel=3,
        )


def _context(context: Any, workers: int) -> Any:
    """Return the multiprocessing context. Raises TypeError or ValueError if it does not exist."""
    if context is None:
        return None
    import multiprocessing  # rarely used

    _refuse(
        (
            workers == 0,
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={workers}",
        ),
    )
    if isinstance(context, str):
        known = multiprocessing.get_all_start_methods()
        message = f"multiprocessing_context option should specify a valid start method in {known!r}, but got "
        _refuse((context not in known, f"{message}multiprocessing_context={context!r}"))
        return multiprocessing.get_context(context)
    if not isinstance(context, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start "
            f"method, but got multiprocessing_context={context}"
        )
    return context


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any, workers: int) -> None:
    """Raise torch's ValueError if an option orders the indices: an IterableDataset has no indices."""
    expected = "DataLoader with IterableDataset: expected unspecified"
    given = {"sampler": sampler, "batch_sampler": batch_sampler}
    _refuse(
        (shuffle, f"{expected} shuffle option, but got shuffle={shuffle}"),
        *((v is not None, f"{expected} {name} option, but got {name}={v}") for name, v in given.items()),
    )
    if workers > 0:
        raise NotImplementedError(
            f"IterableDataset with num_workers={workers}: each of torch's workers reads its own stream\n"
            "minigrad has no workers: pass num_workers=0."
        )


def _check_batching(size: Any, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool) -> None:
    """Raise torch's ValueError if two options for batches exclude each other."""
    others_given = size != 1 or shuffle or sampler is not None or drop_last
    _refuse(
        (sampler is not None and shuffle, "sampler option is mutually exclusive with shuffle"),
        (
            batch_sampler is not None and others_given,
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
        ),
        (
            batch_sampler is None and size is None and drop_last,
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
        ),
    )


def _default_sampler(dataset: Any, shuffle: bool, generator: random.Generator | None) -> Iterable[Any]:
    """Return the sampler that is used if the user gives none."""
    if isinstance(dataset, IterableDataset):
        return itertools.repeat(None)  # None in place of each index
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _warn_about_pinning(loader: DataLoader[Any]) -> None:
    """Warn, as torch does, if pin_memory has no effect."""
    if not loader.pin_memory:
        return
    if loader.pin_memory_device:
        warnings.warn(
            "pin_memory_device is deprecated, the current accelerator will be used as the device,ignore "
            f"pin_memory_device='{loader.pin_memory_device}'.",
            stacklevel=4,
        )
    found = "pinned memory is not used" if is_available() else "no accelerator is found"
    warnings.warn(
        f"'pin_memory' argument is set as true but {found}, then device pinned memory won't be used.",
        stacklevel=4,
    )
