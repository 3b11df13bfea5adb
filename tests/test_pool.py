"""The memory of a compiled step: pieces are used again, cut, and joined."""

import numpy as np

import minigrad as torch
from minigrad import train
from minigrad.compiler.pool import SMALL, Pool, whole
from minigrad.compiler.recorded import owner_of
from minigrad.models import MODELS

N = 64 * SMALL


def given(size=N):
    pool = Pool()
    pool.give(whole(np.empty(size, np.uint8)))
    return pool


def test_a_piece_of_the_same_size_is_taken_whole():
    pool = given()
    root = pool.free[0].memory
    assert pool.take(N).memory is root
    assert pool.free == []


def test_a_large_piece_is_cut_and_joined_again():
    pool = given()
    a, b, c = (pool.take(n) for n in (2 * SMALL, 2 * SMALL + 1, 3 * SMALL))
    assert (a.start, a.stop, b.start) == (0, 2 * SMALL, 2 * SMALL)
    assert b.stop == c.start == 4 * SMALL + 64  # the next multiple of 64 bytes
    a.memory[:], b.memory[:], c.memory[:] = 1, 2, 3
    assert a.root[a.start] == 1
    assert set(c.root[c.start : c.stop]) == {3}
    for piece in (a, c, b):
        pool.give(piece)
    (piece,) = pool.free
    assert (piece.start, piece.stop) == (0, N)
    assert np.shares_memory(piece.memory, piece.root)


def test_neither_a_mask_nor_what_is_small_cuts_a_piece():
    assert given().take(N // 4) is None
    assert given().take(SMALL) is None
    assert given().take(N + 1) is None


def memory_of(program):
    """The bytes of a program's own results."""
    arrays = [
        value
        for name, value in program.text.values.items()
        if name[0] == "m" and isinstance(value, np.ndarray)
    ]
    roots = {}
    for array in arrays:
        owner = owner_of(array)
        held = np.ndarray.base.__get__(owner)
        root = owner_of(held.obj) if isinstance(held, memoryview) else owner
        roots[id(root)] = root.nbytes
    return sum(roots.values())


def test_the_tutorials_step_keeps_three_arrays_of_the_hidden_layers_size():
    """relu h, its gradient, and h with all that comes while h is not needed; two masks of bools are a quarter each."""
    samples, hidden = 2048, 100
    model = MODELS["sequential"](20, hidden, 10)
    step = torch.compile(train.optimizer(model, torch.optim.SGD(model.parameters(), 0.1)))
    x, y = torch.ones(samples, 20), torch.zeros(samples, dtype=torch.int64)
    for _ in range(2):
        step(x, y)
    ((program,),) = (kind.programs for kind in step.kinds.values())
    size = samples * hidden * 4
    on_their_own = samples * (10 + 1 + 1) * 4  # the gradient of nll_loss, and vectors of the batch
    assert memory_of(program) <= 3.5 * size + 2 * on_their_own
