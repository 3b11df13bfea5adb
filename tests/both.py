"""What the tests that run one program in both libraries share."""

import linecache
import os
import re
import warnings
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

import minigrad
from sidebyside import seeds

BOTH = pytest.mark.parametrize("library", [minigrad, torch], ids=["minigrad", "torch"])
DTYPES = st.sampled_from(["float32", "float64"])
SEEDS = st.integers(-(2**63), 2**64 - 1)
NIGHTLY = (
    os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
)  # when everything is tried that a day has no time for


# CUDA's status where there is no driver, and where there is one and no GPU; and CuPy's text for it.
CUDA_ERRORS = {
    35: "cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime version",
    100: "cudaErrorNoDevice: no CUDA-capable device is detected",
}


def cupy_without_gpu(status):
    """A stand-in for a CuPy that is installed and finds no GPU."""

    def refuse():
        error = RuntimeError(CUDA_ERRORS[status])
        error.status = status
        raise error

    runtime = SimpleNamespace(getDeviceCount=refuse)
    return SimpleNamespace(cuda=SimpleNamespace(runtime=runtime), __version__="a stand-in without a GPU")


def text(value):
    """Both libraries' texts are the same for the same tensor; a nested value is the texts of its parts."""
    if isinstance(value, dict):
        return {text(key): text(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [text(each) for each in value]
    return re.sub(r"\b(?:torch|minigrad)\.(?:\w+\.)*(\w+)", r"\1", repr(value))


def told(program, library):
    """What a program tells in a library: its text, or its error, and the warnings on the way."""
    library.manual_seed(0)
    torch.set_warn_always(True)  # torch gives some warnings once a process: the order of tests would show
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Python's, since 3.12, about a line of torch's own
        warnings.filterwarnings("ignore", r"the \(type, exc, tb\) signature of throw", DeprecationWarning)
        try:
            answer = text(program(library))
        except (NameError, SyntaxError):
            raise  # a mistake of the program itself: both libraries would tell the same
        except Exception as error:
            answer = type(error).__name__, re.sub(r"\b(?:torch|minigrad)\.(?:\w+\.)*(\w+)", r"\1", str(error))
    torch.set_warn_always(False)
    return answer, [(each.category.__name__, str(each.message).partition(". ")[0]) for each in caught]


def first_sentence(message):
    return message if "Error(s) in" in message else re.split(r"(?<=\.) |\n", message)[0]


def tells_the_same(program):
    """Asserts that a program gives the same text, or the same error, and the same warnings in both libraries."""
    (theirs, their_warnings), (ours, our_warnings) = told(program, torch), told(program, minigrad)
    assert our_warnings == their_warnings
    if isinstance(theirs, tuple):
        assert isinstance(ours, tuple), f"{theirs} in torch, {ours} here"
        assert ours[0] == theirs[0]
        assert ours[1].startswith(first_sentence(theirs[1]))
    else:
        assert ours == theirs


def leaf(library, values=(1.0, 2.0), **options):
    return library.tensor(values, requires_grad=True, **options)


def matrix(library):
    return library.arange(1.0, 7).reshape(2, 3)


def own(library, forward, backward, **parts):
    """A Function of these parts."""
    parts |= {"forward": forward, "backward": backward}
    return type(
        "Own", (library.autograd.Function,), {name: staticmethod(part) for name, part in parts.items()}
    )


def plain(value):
    """What can be compared between the libraries: tensors as lists with their types, nodes as names."""
    if isinstance(value, (minigrad.Tensor, torch.Tensor)):
        node = value.grad_fn.name().removeprefix("torch::autograd::") if value.grad_fn is not None else None
        return str(value.dtype), value.tolist(), node, value.requires_grad
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def in_both(program):
    """What a program returns in each library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return plain(program(minigrad)), plain(program(torch))


def failure(program, library):
    """The exception that a program raises in a library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program(library)
        except Exception as error:
            return error
    pytest.fail(f"{library.__name__} raises nothing")


def before_the_advice(message):
    """What an error says, without the advice that follows.

    For a tensor that was changed in place, torch names the last op that changed it, minigrad the op that made it:
    this part is left out.
    """
    message = re.sub(r", which is output 0 of [\w:]+,", "", message)
    for end in (". ", ".\n", "\n", ": Hint", " Hint"):
        message = message.split(end)[0]
    return message.rstrip(". ")


def model(t):
    """A module with submodules, parameters and buffers."""

    class M(t.nn.Module):
        def __init__(self):
            super(M, self).__init__()  # noqa: UP008 the way of older notebooks
            self.fc1 = t.nn.Linear(2, 3)
            self.act = t.nn.ReLU()
            self.fc2 = t.nn.Linear(3, 1)
            self.register_buffer("step", t.tensor(0))
            self.register_buffer("tmp", t.tensor(0.0), persistent=False)

        def forward(self, x):
            return self.fc2(self.act(self.fc1(x)))

    return M()


def last(*steps):
    """The value of the last step of a program that is written as one expression."""
    return steps[-1]


def title(program):
    """A function's name; of a lambda its text, from the file."""
    code = program.__code__
    if program.__name__ != "<lambda>":
        return program.__name__
    end = max(end for _, end, *_ in code.co_positions() if end)
    written = "".join(
        linecache.getline(code.co_filename, i).strip() for i in range(code.co_firstlineno, end + 1)
    )
    return written.partition(": ")[2].removesuffix(",")


def sampled(cases, first=0):
    """Every third of the cases, for tests of thousands; all of them with HYPOTHESIS_PROFILE=nightly."""
    return cases if NIGHTLY else cases[first % 3 :: 3]


def in_turns(cases, others):
    """Each case with each of the others as its last; by day with one of them, in turns."""
    return [
        (*case, other)
        for i, case in enumerate(cases)
        for j, other in enumerate(others)
        if NIGHTLY or j == i % len(others)
    ]


def for_every(programs):
    """Runs a test for every one of these programs."""
    return pytest.mark.parametrize("program", programs, ids=lambda program: title(program)[:80])


def bits(tensor):
    array = tensor.detach().numpy()
    return array.dtype, array.shape, array.tobytes()


def same_bits(ours, theirs):
    assert bits(ours) == bits(theirs)


def registry():
    """An empty dict, and the decorator that enters functions into it by their names."""
    functions = {}

    def enter(function):
        functions[function.__name__] = function
        return function

    return functions, enter


class Dyadic:
    """An array of multiples of 2^-e, at most M in size; arithmetic on these works out what its result is at worst.

    Where M·2^e stays below 2^p, p the bits of the type, every partial sum in any order is exact.
    """

    worst = 0.0

    def __init__(self, e, M):
        self.e, self.M = e, M
        Dyadic.worst = max(Dyadic.worst, M * 2**e)

    def __add__(self, other):
        return Dyadic(max(self.e, other.e), self.M + other.M)

    def __mul__(self, other):
        return Dyadic(self.e + other.e, self.M * other.M)

    def sum(self, n):
        return Dyadic(self.e, self.M * n)

    def dot(self, other, n):
        return (self * other).sum(n)


def mlp_budget(D, H, C, N, e, M):
    """log₂ of the worst value, forward and backward, of D-H-C with a weighted sum as its loss."""
    Dyadic.worst = 0.0
    x, w1, b1, w2, b2, dz = (Dyadic(e, M) for _ in range(6))
    h = x.dot(w1, D) + b1
    (h.dot(w2, H) + b2).dot(dz, N * C)
    dh = dz.dot(w2, C)
    dz.dot(h, N), dz.sum(N), dh.dot(x, N), dh.sum(N), dh.dot(w1, H)
    return np.log2(Dyadic.worst)


def dyadics(seed, dtype, e, M, *shapes):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.integers(-(M << e), (M << e) + 1, shape) / 2.0**e, dtype) for shape in shapes]


BITS = {"float32": 24, "float64": 53}


def one_ulp_up(kernel):
    """A stand-in for a kernel that rounds apart from it on every processor."""

    def up(z):
        if isinstance(z, tuple):
            return tuple(map(up, z))
        return np.nextafter(z, z.dtype.type(np.inf)) if z is not None and z.dtype.kind == "f" else z

    return lambda *args, **options: up(kernel(*args, **options))


class OtherNumbers(TorchDispatchMode):
    """A stand-in for a processor on which torch's uniform numbers end in other bits."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        z = func(*args, **kwargs or {})
        return z.copy_(torch.nextafter(z, z + 1)) if func.overloadpacket is torch.ops.aten.uniform_ else z


@contextmanager
def other_numbers():
    """Within, torch is on such a processor, and its probes notice."""
    seeds.differing.cache_clear()
    with OtherNumbers():
        yield
    seeds.differing.cache_clear()
