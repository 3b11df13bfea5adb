"""minigrad.utils.data gives torch's batches in torch's order, and leaves torch's random state."""

import inspect
import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from both import SEEDS, for_every, tells_the_same
from hypothesis import example, given
from hypothesis import strategies as st

import minigrad
import minigrad.utils.data

seeded = pytest.mark.seeded
Point = namedtuple("Point", "x y")
SIZES = st.integers(1, 40)


def plain(value):
    """A value with every tensor as its type, shape, layout and bytes, so that == compares all there is."""
    if isinstance(value, (torch.Tensor, minigrad.Tensor)):
        array = value.detach().numpy()
        return str(array.dtype), array.shape, value.is_contiguous(), array.tobytes(), value.requires_grad
    if isinstance(value, Mapping):
        return type(value), {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(each) for each in value]
    return type(value), value


def both(program, seed=0):
    """A program's value in both libraries, the random state afterwards with it, must be the same."""
    told = []
    for t in (torch, minigrad):
        t.manual_seed(seed)
        told.append((plain(program(t)), t.get_rng_state().numpy().tobytes()))
    assert told[1] == told[0]


def data(t):
    return t.utils.data


def generator(t, seed):
    return None if seed is None else t.Generator().manual_seed(seed)


def state(generator):
    return None if generator is None else np.asarray(generator.get_state()).tobytes()


# -- the order ----------------------------------------------------------------------------------------------


@seeded("randint", "randperm")
@given(
    n=SIZES,
    batch_size=st.none() | st.integers(1, 12),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=SEEDS,
    own=st.none() | SEEDS,
    stop=st.none() | st.integers(0, 9),
)
@example(n=9, batch_size=3, shuffle=True, drop_last=True, seed=0, own=1, stop=None)
@example(n=9, batch_size=3, shuffle=True, drop_last=False, seed=0, own=1, stop=2)
def test_a_loader_gives_the_samples_in_order_over_several_epochs_and_leaves_the_random_state(
    n, batch_size, shuffle, drop_last, seed, own, stop
):
    def run(t):
        g, told = generator(t, own), []
        last = drop_last and batch_size is not None
        loader = data(t).DataLoader(range(n), batch_size, shuffle, drop_last=last, generator=g)
        for _ in range(3):
            for i, batch in enumerate(loader):
                told.append(batch)
                if i == stop:
                    break
            told += [t.get_rng_state(), state(g)]
        return len(loader), told

    both(run, seed)


@seeded("randint", "randperm")
@given(
    n=SIZES,
    replacement=st.booleans(),
    samples=st.none() | st.integers(1, 130),
    seed=SEEDS,
    own=st.none() | SEEDS,
)
@example(n=5, replacement=True, samples=64, seed=0, own=None)
@example(n=5, replacement=False, samples=15, seed=0, own=3)
def test_a_random_sampler_draws_with_and_without_replacement_any_number(n, replacement, samples, seed, own):
    def run(t):
        g = generator(t, own)
        sampler = data(t).RandomSampler(range(n), replacement, samples, g)
        batches = data(t).BatchSampler(sampler, 4, False)
        return list(sampler), len(sampler), list(batches), len(batches), sampler.num_samples, state(g)

    both(run, seed)


@seeded("randint", "randperm")
@given(
    indices=st.lists(st.integers(0, 9)),
    batch_size=st.integers(1, 5),
    drop_last=st.booleans(),
    own=st.none() | SEEDS,
)
def test_samplers_of_subsets_and_of_batches(indices, batch_size, drop_last, own):
    def run(t):
        g, D = generator(t, own), data(t)
        sampler = D.SubsetRandomSampler(indices, g)
        loader = D.DataLoader(range(10), sampler=sampler, batch_size=batch_size, drop_last=drop_last)
        batches = D.BatchSampler(indices, batch_size, drop_last)
        by_batch = D.DataLoader(range(10), batch_sampler=batches)
        return list(loader), len(loader), list(by_batch), len(by_batch), list(batches), list(loader), state(g)

    both(run)


@seeded("randperm")
@pytest.mark.filterwarnings(
    "ignore:Length of split"
)  # of [0, 1], which are fractions; the next test compares it
@given(parts=st.lists(st.integers(0, 9), min_size=1).filter(sum), seed=SEEDS, own=st.none() | SEEDS)
def test_random_split_by_lengths_shares_the_samples_out_as_torch_does(parts, seed, own):
    def run(t):
        options = {} if own is None else {"generator": generator(t, own)}
        splits = data(t).random_split(range(100, 100 + sum(parts)), parts, **options)
        return [(list(split), split.indices, len(split)) for split in splits]

    both(run, seed)


@seeded("randperm")
@given(n=st.integers(0, 50), parts=st.lists(st.integers(1, 9), min_size=1, max_size=6), seed=SEEDS)
def test_random_split_by_fractions_shares_the_samples_out_as_torch_does(n, parts, seed):
    fractions = [part / sum(parts) for part in parts]

    def run(t):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                splits = [split.indices for split in data(t).random_split(range(n), fractions, None)]
            except ValueError as error:  # fractions whose sum rounds to more than 1 are lengths
                splits = str(error)
        return splits, [str(warning.message) for warning in caught]

    both(run, seed)


@seeded("randint", "randperm")
def test_a_sampler_that_draws_as_soon_as_it_is_asked_draws_before_the_loader():
    def run(t):
        class Eager(data(t).Sampler):
            def __iter__(self):
                return iter(t.randperm(10).tolist())

            def __len__(self):
                return 10

        loaders = [data(t).DataLoader(range(10), size, sampler=Eager()) for size in (4, None)]
        return [list(loader) for loader in loaders * 2]

    both(run)


@seeded("randint", "randperm", "rand")
@pytest.mark.parametrize("options", [{}, {"persistent_workers": True}, {"prefetch_factor": 3, "timeout": 60}])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_workers_change_no_batch_and_no_random_state_and_a_warning_says_that_there_are_none(options):
    def run(t):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "num_workers=1: minigrad loads in this process")
            warnings.filterwarnings("ignore", "This DataLoader will create")
            loader = data(t).DataLoader(range(10), 3, True, num_workers=1, **options)
        return [list(loader) for _ in range(3)], loader.num_workers, loader.prefetch_factor, t.rand(3)

    both(run)
    with pytest.warns(UserWarning, match="num_workers=1: minigrad loads in this process") as caught:
        data(minigrad).DataLoader(range(10), num_workers=1)
    assert caught[0].filename == __file__


# -- the batches --------------------------------------------------------------------------------------------

LAYOUTS = [
    lambda x: x,
    lambda x: x[::2],
    lambda x: x[:, 0, 0, 0],
    lambda x: x[:, :0],
    lambda x: x.permute(0, 3, 1, 2),
    lambda x: x.transpose(0, 1),
    lambda x: x.double().clone().requires_grad_(),
    lambda x: x.long(),
    lambda x: x > 0,
]


@seeded("randint", "randperm")
@given(
    layouts=st.lists(st.sampled_from(LAYOUTS), min_size=1, max_size=3),
    dtype=st.sampled_from(["float32", "float64", "uint8"]),
    n=st.integers(3, 9),
    batch_size=st.integers(1, 5),
    indices=st.lists(st.integers(-2, 1)),
    seed=SEEDS,
)
def test_batches_of_a_tensor_dataset_are_equal_bit_for_bit(layouts, dtype, n, batch_size, indices, seed):
    array = (np.random.default_rng(seed % 2**32).normal(size=(n, n, 2, 3)) * 50).astype(dtype)

    def run(t):
        D, x = data(t), t.from_numpy(array)
        tensors = [layout(x) for layout in layouts]
        rows = min(len(tensor) for tensor in tensors)
        dataset = D.TensorDataset(*(tensor[:rows] for tensor in tensors))
        subset = D.Subset(D.Subset(dataset, range(rows - 1, -1, -1)), indices)
        loaders = [
            D.DataLoader(dataset, batch_size, shuffle=True),
            D.DataLoader(dataset, batch_size=None),
            D.DataLoader(subset, batch_size),
            D.DataLoader(dataset, batch_sampler=[indices, [0]] if indices else [[0]]),
            D.DataLoader(dataset, batch_size, sampler=[t.tensor(1), np.int64(-1), 0]),
            D.DataLoader(dataset + subset, batch_size),
        ]
        return [list(loader) for loader in loaders], len(dataset), dataset[0], dataset[-1], dataset[:2]

    both(run, seed)


def test_the_batches_of_images_and_labels_are_what_a_training_loop_expects():
    def run(t):
        images = t.from_numpy(np.arange(24, dtype=np.float32).reshape(6, 2, 2))
        loader = data(t).DataLoader(data(t).TensorDataset(images, t.arange(6)), batch_size=4)
        shapes = [(i, x.shape, str(y.dtype)[-5:]) for i, (x, y) in enumerate(loader)]
        x, _ = next(iter(loader))
        sizes = len(loader), len(loader.dataset), loader.batch_size, len(iter(loader))
        return shapes, x, sizes, loader.dataset[1]

    both(run)


def test_a_batch_is_a_copy_and_a_sample_is_a_view_of_the_data():
    def run(t):
        x = t.zeros(4, 2)
        dataset = data(t).TensorDataset(x)

        def marked(samples):
            for (row,) in samples:
                row += 1
            return type(samples), samples

        (batch,) = next(iter(data(t).DataLoader(dataset, 2)))
        batch += 5
        return x.tolist(), list(data(t).DataLoader(dataset, 3, collate_fn=marked)), x

    both(run)


def own_datasets(t):
    """What a student writes: datasets of their own, by index and as a stream."""
    D = data(t)

    class Squares(D.Dataset):
        def __init__(self, n=7):
            self.n = n

        def __len__(self):
            return self.n

        def __getitem__(self, i):
            if i == 5:
                raise KeyError("5 is missing")
            return np.full((2,), i * i, np.float32), i % 2

    class ManyAtOnce(Squares):
        def __getitems__(self, indices):
            return [(i, "at once") for i in indices]

    class Doubled(D.TensorDataset):
        def __getitem__(self, i):
            return [2 * each for each in super().__getitem__(i)]

    class Stream(D.IterableDataset):
        def __init__(self, n=7):
            self.n = n

        def __iter__(self):
            assert D.get_worker_info() is None
            return iter(range(self.n))

    class Sized(Stream):
        def __len__(self):
            return self.n

    class Alone(D.Subset):
        def __getitem__(self, i):
            return i

    class Tenfold(D.Subset):
        def __getitem__(self, i):
            return super().__getitem__(i) * 10

        def __getitems__(self, indices):
            return [self[i] for i in indices]

    class Abstract(D.IterableDataset):
        pass

    class Nothing(D.Dataset):
        pass

    class Samples(D.Sampler):
        pass

    return SimpleNamespace(**locals())


def surviving(own, D):
    """The batches of a pass that goes on after a sample that cannot be read."""
    batches, told = iter(D.DataLoader(own.Squares(), 2)), []
    while True:
        try:
            told.append(next(batches))
        except KeyError as error:
            told.append(str(error))
        except StopIteration:
            return told


PROGRAMS = [
    lambda t, D, own: list(D.DataLoader(own.Squares(5), 2)),
    lambda t, D, own: list(D.DataLoader(own.Squares(5), 2, drop_last=True)),
    lambda t, D, own: list(D.DataLoader(own.Squares(5), batch_size=None)),
    lambda t, D, own: surviving(own, D),
    lambda t, D, own: list(D.DataLoader(own.ManyAtOnce(), 2)),
    lambda t, D, own: list(D.DataLoader(D.Subset(own.ManyAtOnce(), [3, 1]), 2)),
    lambda t, D, own: list(D.DataLoader(own.Doubled(t.arange(3), t.ones(3)), 2)),
    lambda t, D, own: list(D.DataLoader(D.Subset(own.Doubled(t.arange(3)), [2, 0]), 2)),
    lambda t, D, own: list(D.DataLoader(own.Tenfold(D.TensorDataset(t.arange(3)), [2, 0]), 2)),
    lambda t, D, own: list(D.DataLoader(D.TensorDataset(t.ones(3, requires_grad=True)), 2)),
    lambda t, D, own: list(D.DataLoader(own.Squares(3) + own.Squares(2), 4)),
    lambda t, D, own: D.ConcatDataset([range(3), range(4)]).cumulative_sizes,
    lambda t, D, own: [D.ConcatDataset([range(3), range(4)])[i] for i in (0, 2, 3, 6, -1, -7)],
    lambda t, D, own: list(D.DataLoader(t.arange(6.0).reshape(3, 2), 2)),
    lambda t, D, own: list(D.DataLoader({"a": 1, "b": 2}, sampler=["b", "a"])),
    lambda t, D, own: list(D.DataLoader(["one", "two", "three"], 2)),
    lambda t, D, own: list(D.DataLoader([(1, {"a": 2.5}), (3, {"a": 4.5})], 2)),
    lambda t, D, own: list(D.DataLoader([[1, 2], [3]], batch_size=None)),
    lambda t, D, own: list(D.DataLoader(own.Stream(), 3)),
    lambda t, D, own: list(D.DataLoader(own.Stream(), 3, drop_last=True)),
    lambda t, D, own: list(D.DataLoader(own.Stream(), batch_size=None)),
    lambda t, D, own: list(D.DataLoader(own.Stream(3) + own.Stream(4), 2, shuffle=False)),
    lambda t, D, own: (
        [len(D.DataLoader(own.Sized(), n)) for n in (1, 2, 7, 8, None)]
        + [len(D.DataLoader(own.Sized(), 2, drop_last=True))]
    ),
    lambda t, D, own: len(own.Sized() + own.Sized(2)),
    lambda t, D, own: len(iter(D.DataLoader(range(7), 2))),
    lambda t, D, own: (
        D.Subset(range(9), [3, 4])[1],
        len(D.Subset(range(9), [3, 4])),
        D.Subset(np.arange(9), [3, 4, 5])[[0, 2]].tolist(),
    ),
    lambda t, D, own: (list(D.SequentialSampler(range(3))), len(D.SequentialSampler(range(3)))),
    lambda t, D, own: (
        [list(D.BatchSampler("abcde", 2, last)) for last in (True, False)],
        list(D.BatchSampler([], 2, False)),
    ),
    lambda t, D, own: (D.Sampler[int].__name__, D.Dataset[int].__name__, D.DataLoader[int].__name__),
    lambda t, D, own: [
        getattr(D.DataLoader(range(3), 2), name)
        for name in (
            "batch_size",
            "drop_last",
            "num_workers",
            "pin_memory",
            "timeout",
            "generator",
            "prefetch_factor",
            "persistent_workers",
            "in_order",
            "worker_init_fn",
            "pin_memory_device",
            "multiprocessing_context",
        )
    ],
    lambda t, D, own: [
        type(getattr(D.DataLoader(range(3), 2, shuffle=True), name)).__name__
        for name in ("sampler", "batch_sampler", "dataset")
    ],
    lambda t, D, own: [
        f.__name__ for f in (D.DataLoader([1]).collate_fn, D.DataLoader([1], batch_size=None).collate_fn)
    ],
    lambda t, D, own: (
        D.DataLoader(range(3), batch_sampler=[[0, 1]]).batch_size,
        D.DataLoader(range(3), None).batch_sampler,
    ),
    lambda t, D, own: list(D.DataLoader(range(3), 2, pin_memory=True)),
    lambda t, D, own: list(D.DataLoader(range(3), 2, pin_memory=True, pin_memory_device="cuda")),
    lambda t, D, own: list(
        D.DataLoader(range(3), 2, worker_init_fn=print, in_order=False, pin_memory_device="cuda")
    ),
    lambda t, D, own: D.default_collate([t.ones(2), t.zeros(2)]),
    lambda t, D, own: D.default_collate([t.ones(2), t.zeros(2, dtype=t.float64)]),
    lambda t, D, own: D.default_collate([t.ones(2, requires_grad=True), t.zeros(2)]),
    lambda t, D, own: (
        D.default_collate([True, False]),
        D.default_collate([1, 2.5]),
        D.default_collate([2.5, 1]),
        D.default_collate([1, True]),
    ),
    lambda t, D, own: (
        D.default_collate([np.float32(1), np.float32(2)]),
        D.default_collate([np.float64(1)]),
        D.default_collate([np.int32(1)]),
        D.default_collate([np.bool_(1)]),
    ),
    lambda t, D, own: (
        D.default_collate([np.array(1.0), np.array(2.0)]),
        D.default_collate([np.arange(2, dtype=np.int16)] * 2),
    ),
    lambda t, D, own: (
        D.default_collate([range(2), range(2)]),
        D.default_collate([(), ()]),
        D.default_collate(("a", "b")),
        D.default_collate([b"a"]),
    ),
    lambda t, D, own: (
        D.default_collate([{"a": 1}, {"b": 2, "a": 3}]),
        D.default_collate([OrderedDict(a=1)]),
        D.default_collate([Point(1, 2.0), Point(3, 4.0)]),
    ),
    lambda t, D, own: (
        D.default_convert({"a": np.ones(2), "b": [np.float32(1), "c", 3]}),
        D.default_convert((np.arange(2), 1)),
        D.default_convert(Point(np.ones(1), None)),
    ),
    lambda t, D, own: (
        D.default_convert(np.array("a")),
        D.default_convert(b"a"),
        D.default_convert(range(2)),
        D.default_convert(np.str_("a")),
        D.default_convert(None),
    ),
    lambda t, D, own: (
        t.utils.data.dataloader.default_collate is D._utils.collate.default_collate,
        t.utils.data.dataset.Dataset is D.Dataset,
    ),
]


ERRORS = [
    lambda t, D, own: D.DataLoader(range(3), batch_size=0),
    lambda t, D, own: D.DataLoader(range(3), batch_size=-1),
    lambda t, D, own: D.DataLoader(range(3), batch_size=2.0),
    lambda t, D, own: D.DataLoader(range(3), batch_size=True),
    lambda t, D, own: D.DataLoader(range(3), drop_last=1),
    lambda t, D, own: D.DataLoader(range(3), shuffle=True, sampler=[0]),
    lambda t, D, own: D.DataLoader(range(3), batch_sampler=[[0]], batch_size=2),
    lambda t, D, own: D.DataLoader(range(3), batch_sampler=[[0]], shuffle=True),
    lambda t, D, own: D.DataLoader(range(3), batch_sampler=[[0]], sampler=[0]),
    lambda t, D, own: D.DataLoader(range(3), batch_sampler=[[0]], drop_last=True),
    lambda t, D, own: D.DataLoader(range(3), batch_size=None, drop_last=True),
    lambda t, D, own: D.DataLoader(range(3), num_workers=-1),
    lambda t, D, own: D.DataLoader(range(3), timeout=-1),
    lambda t, D, own: list(D.DataLoader(range(3), timeout=1)),
    lambda t, D, own: D.DataLoader(range(3), prefetch_factor=2),
    lambda t, D, own: D.DataLoader(range(3), persistent_workers=True),
    lambda t, D, own: D.DataLoader(range(3), multiprocessing_context="fork"),
    lambda t, D, own: D.DataLoader([], shuffle=True),
    lambda t, D, own: D.DataLoader(range(3), unknown=1),
    lambda t, D, own: D.DataLoader(),
    lambda t, D, own: list(D.DataLoader([], batch_size=2)),
    lambda t, D, own: list(D.DataLoader(range(3), sampler=[3])),
    lambda t, D, own: list(D.DataLoader(D.TensorDataset(t.arange(3)), sampler=[3])),
    lambda t, D, own: list(D.DataLoader(D.TensorDataset(t.arange(3)), batch_sampler=[[0, -4]])),
    lambda t, D, own: list(D.DataLoader(D.TensorDataset(t.arange(3)), batch_sampler=[[]])),
    lambda t, D, own: list(D.DataLoader(range(3), generator=42)),
    lambda t, D, own: list(D.DataLoader(range(3), generator=42, shuffle=True)),
    lambda t, D, own: setattr(D.DataLoader(range(3)), "batch_size", 2),
    lambda t, D, own: setattr(D.DataLoader(range(3)), "sampler", [1]),
    lambda t, D, own: setattr(D.DataLoader(range(3)), "dataset", [1]),
    lambda t, D, own: len(D.DataLoader(range(3), sampler=iter([1]))),
    lambda t, D, own: D.DataLoader(own.Stream(), shuffle=True),
    lambda t, D, own: D.DataLoader(own.Stream(), sampler=[1]),
    lambda t, D, own: D.DataLoader(own.Stream(), batch_sampler=[[1]]),
    lambda t, D, own: len(D.DataLoader(own.Stream())),
    lambda t, D, own: len(own.Stream() + own.Stream()),
    lambda t, D, own: list(own.Stream() + range(3)),
    lambda t, D, own: own.Stream()[0],
    lambda t, D, own: own.Abstract(),
    lambda t, D, own: list(D.DataLoader(own.Nothing(), sampler=[0])),
    lambda t, D, own: D.DataLoader(own.Nothing(), shuffle=True),
    lambda t, D, own: list(D.DataLoader(own.Nothing())),
    lambda t, D, own: len(own.Samples()),
    lambda t, D, own: list(own.Samples()),
    lambda t, D, own: own.Alone(range(3), [0]),
    lambda t, D, own: D.TensorDataset(t.ones(3), t.ones(2)),
    lambda t, D, own: D.TensorDataset([1, 2]),
    lambda t, D, own: D.TensorDataset(np.arange(3)),
    lambda t, D, own: D.TensorDataset(t.arange(3))[3],
    lambda t, D, own: len(D.TensorDataset()),
    lambda t, D, own: D.ConcatDataset([]),
    lambda t, D, own: D.ConcatDataset([own.Stream()]),
    lambda t, D, own: D.ConcatDataset([range(3)])[-4],
    lambda t, D, own: D.ConcatDataset([range(3)])[3],
    lambda t, D, own: D.random_split(range(3), [1, 1]),
    lambda t, D, own: D.random_split(range(3), [0.5, 0.4]),
    lambda t, D, own: D.random_split(range(3), [1.5, -0.5]),
    lambda t, D, own: D.RandomSampler([]),
    lambda t, D, own: D.RandomSampler(range(3), replacement=1),
    lambda t, D, own: D.RandomSampler(range(3), num_samples=0),
    lambda t, D, own: D.RandomSampler(range(3), num_samples=2.5),
    lambda t, D, own: list(D.RandomSampler([], num_samples=3)),
    lambda t, D, own: list(D.RandomSampler([], True, 3)),
    lambda t, D, own: D.BatchSampler(range(3), 0, False),
    lambda t, D, own: D.BatchSampler(range(3), True, False),
    lambda t, D, own: D.BatchSampler(range(3), 2, None),
    lambda t, D, own: D.default_collate([]),
    lambda t, D, own: D.default_collate([None]),
    lambda t, D, own: D.default_collate([1j]),
    lambda t, D, own: D.default_collate([object]),
    lambda t, D, own: D.default_collate([(1, 2), (3,)]),
    lambda t, D, own: D.default_collate([(1, 2), 3]),
    lambda t, D, own: D.default_collate([{"a": 1}, {"b": 1}]),
    lambda t, D, own: D.default_collate([{"a": None}]),
    lambda t, D, own: D.default_collate([np.array("a")]),
    lambda t, D, own: D.default_collate([np.array([None])]),
    lambda t, D, own: D.default_collate([t.ones(2), t.ones(3)]),
    lambda t, D, own: D.default_collate([np.ones(2), np.ones((2, 1))]),
]


@for_every(PROGRAMS + ERRORS)
def test_a_line_of_a_student_says_the_same(program):
    tells_the_same(lambda t: program(t, data(t), own_datasets(t)))


def test_what_only_workers_could_do_is_refused_or_told():
    D, own = data(minigrad), own_datasets(minigrad)
    with (
        pytest.warns(UserWarning, match="num_workers=2: minigrad loads in this process"),
        pytest.raises(NotImplementedError, match="pass num_workers=0"),
    ):
        D.DataLoader(own.Stream(), num_workers=2)
    for context, error in (("teleport", ValueError), (3, TypeError)):
        told = []
        for library in (torch, minigrad):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with pytest.raises(error) as caught:
                    data(library).DataLoader(range(3), num_workers=1, multiprocessing_context=context)
            told.append(str(caught.value))
        assert told[0] == told[1]


# -- how samples are put together ---------------------------------------------------------------------------

ARRAYS = ["float32", "float64", "int64", "uint8", "bool"]
LEAVES = {
    "int": lambda t, k: k,
    "bool": lambda t, k: k > 0,
    "float": lambda t, k: k / 3,
    "str": lambda t, k: f"{k}",
    "bytes": lambda t, k: b"%d" % k,
    "scalar": lambda t, k: np.float32(k / 3),
    "int scalar": lambda t, k: np.int16(k),
    "0-d": lambda t, k: np.array(k / 3),
    **{name: lambda t, k, name=name: np.arange(k, k + 6).astype(name).reshape(2, 3) for name in ARRAYS},
    "tensor": lambda t, k: t.arange(k, k + 4).reshape(2, 2),
    "row": lambda t, k: t.arange(12.0).reshape(4, 3).t()[abs(k) % 3],
}
SAMPLES = st.recursive(
    st.sampled_from(list(LEAVES)),
    lambda kind: (
        st.lists(kind, max_size=3)
        | st.lists(kind, max_size=3).map(tuple)
        | st.builds(Point, kind, kind)
        | st.dictionaries(st.sampled_from("abc"), kind)
    ),
    max_leaves=6,
)


def sample(t, kind, k):
    if isinstance(kind, str):
        return LEAVES[kind](t, k)
    if isinstance(kind, dict):
        return {key: sample(t, each, k) for key, each in kind.items()}
    parts = [sample(t, each, k) for each in kind]
    return type(kind)(*parts) if isinstance(kind, Point) else type(kind)(parts)


@given(kind=SAMPLES, numbers=st.lists(st.integers(-99, 99), min_size=1, max_size=5))
def test_default_collate_puts_nested_samples_together_as_torch_does(kind, numbers):
    both(lambda t: data(t).default_collate([sample(t, kind, k) for k in numbers]))


@given(kind=SAMPLES, k=st.integers(-99, 99))
def test_default_convert_converts_nested_samples_as_torch_does(kind, k):
    both(lambda t: data(t).default_convert(sample(t, kind, k)))


def test_a_rule_of_ones_own_for_a_type_holds_in_every_loader():
    def run(t):
        rules = data(t)._utils.collate.default_collate_fn_map
        dataset = data(t).TensorDataset(t.arange(4))
        told = [
            list(data(t).DataLoader(dataset, 2)),
            data(t)._utils.collate.collate([(1,)], collate_fn_map={int: len_of}),
        ]
        rules[tuple] = len_of
        try:
            return [*told, list(data(t).DataLoader(dataset, 3)), list(data(t).DataLoader(dataset, 3))]
        finally:
            del rules[tuple]

    both(run)


def len_of(batch, *, collate_fn_map):
    return len(batch)


# -- signatures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", data(minigrad).__all__)
def test_what_is_public_has_torchs_parameters(name):
    def parameters(library):
        signature = inspect.signature(getattr(data(library), name))
        return [
            (p.name, p.kind, repr(p.default).replace("torch._C.", "")) for p in signature.parameters.values()
        ]

    ours, theirs = parameters(minigrad), parameters(torch)
    hidden = "Generator object"  # random_split's default, which each library has its own of
    assert [p for p in ours if hidden not in p[2]] == [p for p in theirs if hidden not in p[2]]
    assert [p[:2] for p in ours] == [p[:2] for p in theirs]
