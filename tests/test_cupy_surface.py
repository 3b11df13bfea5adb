"""What the stand-in for CuPy offers, held against the real CuPy, which has its names and parameters without a GPU too.

Every name of the stand-in's is one of CuPy's, and every call that it takes is one that CuPy takes. What the calls do is
seen on a GPU alone, by test_cuda.py; and cuBLAS, which CuPy's package does not bring, is not compared.
"""

import inspect
import sys
from types import SimpleNamespace

import cupy_standin
import pytest
from cupy_standin.survey import parameters, survey

with pytest.MonkeyPatch.context() as patch:
    patch.delitem(sys.modules, "cupy", raising=False)  # conftest.py may have put another there, or None
    cupy = pytest.importorskip(
        "cupy",
        reason='THE STAND-IN IS NOT HELD AGAINST CUPY, which is not installed: pip install -e ".[cuda12]"',
    )
# What Python puts into every class, and what the stand-in's need for themselves.
OWN = set(dir(type("", (), {}))) - {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
OWN |= {"__slots__", "__getattr__", "__name__", "host", "launch"}


def walk(ours, theirs, path=""):
    """Every name in a module or class of the stand-in's, with what lies there, and with what CuPy has there."""
    for name, mine in sorted(vars(ours).items()):
        if name in OWN or (name.startswith("_") and not name.startswith("__")):
            continue
        its = getattr(theirs, name, None)
        yield path + name, mine, its
        if isinstance(mine, SimpleNamespace) or (isinstance(mine, type) and isinstance(its, type)):
            yield from walk(mine, its, f"{path}{name}.")


OFFERED = {path: (mine, its) for path, mine, its in walk(cupy_standin.module(), cupy)}
KINDS = inspect.Parameter


def told(path):
    """The parameters that ours takes and those that CuPy takes; None for what takes any, for surface.json checks it."""
    mine, its = OFFERED[path]
    ours = inspect.signature(mine).parameters
    text = parameters(its)
    return None if KINDS.VAR_POSITIONAL in {p.kind for p in ours.values()} else (ours, text)


def test_every_name_is_cupys():
    assert [path for path, (_, its) in OFFERED.items() if its is None and not path.endswith("__hash__")] == []
    assert {
        "RawModule",
        "cuda.Stream.begin_capture",
        "ndarray.__matmul__",
        "cuda.runtime.getDevice",
    } <= OFFERED.keys()


def test_every_call_that_the_standin_takes_is_one_that_cupy_takes():
    compared, untold = 0, []
    for path, (mine, _) in OFFERED.items():
        if not callable(mine) or path.rpartition(".")[2].startswith("__") or told(path) is None:
            continue
        ours, text = told(path)
        if text is None:
            untold.append(path)
            continue
        compared += 1
        theirs = cupy_standin.signature(text).parameters
        if KINDS.VAR_KEYWORD in {p.kind for p in theirs.values()}:
            continue
        assert takes(theirs, ours), f"cupy.{path}({text}), and the stand-in's takes {list(ours)}"
    assert untold == []
    assert compared > 20


def takes(theirs, ours):
    """Whether a function with their parameters takes every call that one with ours takes."""
    places = list(theirs)
    for place, (name, p) in enumerate(ours.items()):
        if name not in theirs:
            return False
        if p.kind is KINDS.POSITIONAL_OR_KEYWORD and (places[place], theirs[name].kind) != (name, p.kind):
            return False
    needed = {name for name, p in theirs.items() if p.default is p.empty}
    return needed <= {name for name, p in ours.items() if p.default is p.empty}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("_core.flags.Flags", "c_contiguous f_contiguous owndata"),
        ("cuda.Device", "id"),
        ("cuda.Memory", "ptr"),
        ("cuda.MemoryPointer", "ptr"),
        ("cuda.Stream.null", "ptr"),
    ],
)
def test_what_the_standins_objects_have_cupys_have(path, names):
    thing = cupy
    for name in path.split("."):
        thing = getattr(thing, name)
    assert [name for name in names.split() if not hasattr(thing, name)] == []


def test_the_modes_of_capturing_are_cupys():
    runtime = cupy_standin.module().cuda.runtime
    modes = [name for name in vars(runtime) if name.startswith("streamCaptureMode")]
    assert len(modes) == 3
    assert [getattr(runtime, name) for name in modes] == [getattr(cupy.cuda.runtime, name) for name in modes]


def test_surface_json_is_cupys():
    if cupy.__version__ != cupy_standin.SURFACE["cupy"]:
        pytest.skip(f"surface.json is of CuPy {cupy_standin.SURFACE['cupy']}, this is {cupy.__version__}")
    assert survey(cupy) == cupy_standin.SURFACE
