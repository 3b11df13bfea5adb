"""One memory, two libraries: DLPack with NumPy and torch on the CPU; test_cuda.py has the same on a GPU."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad

KINDS = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]


def counted(kind, library):
    return library.arange(6).reshape(2, 3).to(getattr(library, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_torch_shows_our_memory(kind):
    ours = counted(kind, minigrad)
    theirs = torch.from_dlpack(ours)
    assert theirs.data_ptr() == ours.numpy().ctypes.data
    assert (str(theirs.dtype), theirs.shape, theirs.stride()) == (str(ours.dtype), (2, 3), ours.stride())
    theirs[1, 2] = 0
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("capsule", [False, True])
def test_we_show_torchs_memory(kind, transposed, capsule):
    theirs = counted(kind, torch)
    theirs = theirs.t() if transposed else theirs
    ours = minigrad.from_dlpack(torch.utils.dlpack.to_dlpack(theirs) if capsule else theirs)
    assert theirs.data_ptr() == ours.numpy().ctypes.data
    assert (str(theirs.dtype), theirs.shape, theirs.stride()) == (str(ours.dtype), ours.shape, ours.stride())
    ours.zero_()
    assert theirs.tolist() == ours.tolist()
    assert not theirs.any()


def test_the_memory_outlives_its_maker():
    ours = [minigrad.from_dlpack(torch.full((1000,), i)) for i in range(20)]
    ours += [minigrad.from_dlpack(torch.utils.dlpack.to_dlpack(torch.full((1000,), i))) for i in range(20)]
    theirs = [torch.from_dlpack(minigrad.full((1000,), i)) for i in range(20)]
    assert [x.sum().item() for x in [*ours, *theirs]] == [1000 * i for i in range(20)] * 3


def test_a_capsule_of_ours():
    x = minigrad.utils.dlpack.to_dlpack(minigrad.arange(3))
    assert torch.utils.dlpack.from_dlpack(x).tolist() == [0, 1, 2]


def test_an_older_library_that_knows_no_versions():
    class Old:
        def __init__(self, tensor):
            self.tensor = tensor

        def __dlpack__(self, stream=None):
            return self.tensor.__dlpack__()

        def __dlpack_device__(self):
            return self.tensor.__dlpack_device__()

    theirs = torch.ones(3)
    minigrad.from_dlpack(Old(theirs)).mul_(2)
    assert theirs.tolist() == [2, 2, 2]


def test_what_is_read_only_stays_so():
    array = np.arange(3.0)
    array.flags.writeable = False
    ours = minigrad.from_dlpack(array)
    assert ours.numpy().ctypes.data == array.ctypes.data
    with pytest.raises(RuntimeError, match="read-only"):
        ours.mul_(2)
    expanded = minigrad.ones(1).expand(3)  # NumPy calls its memory read-only
    assert torch.from_dlpack(expanded).tolist() == np.from_dlpack(expanded).tolist() == [1, 1, 1]
    assert torch.utils.dlpack.from_dlpack(expanded.__dlpack__()).tolist() == [1, 1, 1]


def test_a_copy_is_a_copy():
    theirs = torch.ones(3)
    minigrad.from_dlpack(theirs, copy=True).mul_(2)
    assert theirs.tolist() == [1, 1, 1]
    assert minigrad.from_dlpack(theirs, device="cpu").numpy().ctypes.data == theirs.data_ptr()


def test_numpy_shows_our_memory():
    ours = minigrad.ones(2)
    np.from_dlpack(ours)[0] = 5
    assert ours.tolist() == [5, 1]


SAME = [
    lambda t: (
        t.from_dlpack(t.ones(2)),
        t.from_dlpack(np.arange(3)),
        t.utils.dlpack.from_dlpack(np.arange(3.0)),
    ),
    lambda t: t.from_dlpack(t.ones(2, requires_grad=True)),
    lambda t: t.ones(2, requires_grad=True).__dlpack__(),
    lambda t: t.ones(2, requires_grad=True).detach().__dlpack_device__() == (1, 0),
    lambda t: t.from_dlpack(t.utils.dlpack.to_dlpack(t.ones(2))),
    lambda t: t.from_dlpack(t.ones(2).requires_grad_().detach()).requires_grad,
]


@for_every(SAME)
def test_dlpack_as_in_torch(program):
    tells_the_same(program)


@pytest.mark.parametrize("wrong", [[1.0], 3, "x", np.array(["a"]), np.ones(2, np.complex64)])
def test_what_cannot_be_shared(wrong):
    with pytest.raises((TypeError, BufferError)):
        minigrad.from_dlpack(wrong)


def test_the_cpu_has_no_streams():
    with pytest.raises(BufferError, match=r"^stream=1"):
        minigrad.ones(1).__dlpack__(stream=1)
