"""CuPy without a GPU: arrays that can do what CuPy's can, and nothing more, computing with NumPy inside.

What is not in surface.json (written by survey.py from a real CuPy) fails here as it would there: functions that
CuPy lacks, parameters it does not know, attributes its arrays do not have, NumPy arrays where it wants its own. As
with CuPy, NumPy's functions find their way by __array_function__ and __array_ufunc__, results keep 0 dimensions
where NumPy would hand back a number, and ufuncs compute in the types of CuPy's own tables.

A GPU differs from a CPU in more than names, so the stand-in also keeps a log of what costs: `traffic` has every
copy and every wait for a result. While a stream is captured nothing is computed: results hold garbage, what waits
raises, and the launched graph computes it all again in the same memory.

CUDA kernels run, too: their source is compiled for this machine (emulator.py), and every thread is a turn of a loop.
"""

import functools
import inspect
import itertools
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

from . import emulator

SURFACE = json.loads(Path(__file__).with_name("surface.json").read_text())
NUMBERS = (bool, int, float, complex, np.generic)
traffic: list[str] = []
tape: list | None = None  # what a captured stream was asked to do


class CaptureError(RuntimeError):
    """What CuPy raises for a wait or a copy from pageable memory while a stream is captured."""


def log(what):
    """Note a copy between the two memories, or a wait."""
    if tape is not None:
        raise CaptureError(f"cudaErrorStreamCaptureUnsupported: {what} while the stream is captured")
    traffic.append(what)


def bare(value):
    """The NumPy array within, also in lists; a NumPy array has no business there."""
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, (list, tuple)):
        return type(value)(map(bare, value))
    return value.host if isinstance(value, ndarray) else value


def roots(value):
    """The stand-in arrays among the arguments."""
    if isinstance(value, (list, tuple)):
        return list(itertools.chain.from_iterable(map(roots, value)))
    return [value] if isinstance(value, ndarray) else []


def launched(compute, *sources):
    """The result of compute(): a view of a source's memory, or the work of a kernel."""
    result = compute()
    if isinstance(result, (list, tuple)):
        return type(result)(launched(lambda i=i: compute()[i], *sources) for i in range(len(result)))
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    result = np.asarray(result)
    for source in sources:
        if result.size and np.may_share_memory(result, source.host):
            return ndarray._of(result, source)
    if tape is not None:
        result = result.copy(order="K")
        tape.append(lambda: np.copyto(result, compute()))
        result.view(np.uint8 if result.flags.c_contiguous and result.ndim else result.dtype).fill(1)
    return ndarray._of(result)


def written(host, compute):
    """Change memory in place."""

    def work():
        host[...] = compute()

    work() if tape is None else tape.append(work)


def ufunc(name, *args, out=None, dtype=None):
    """A ufunc in the first of CuPy's types that all arguments fit into."""
    kinds = SURFACE["ufuncs"][name]
    args = tuple(map(bare, args))
    met = np.dtype(dtype) if dtype is not None else np.result_type(*args)
    for kind in kinds:
        taken, _, given = kind.partition("->")
        if np.can_cast(met, taken[0], "safe"):
            break
    else:
        raise TypeError(f"Wrong type ({met}) of arguments for cupy_{name}")
    function = getattr(np, {"absolute": "abs"}.get(name, name))

    def compute():
        with np.errstate(all="ignore"):
            return np.asarray(function(*(np.asarray(a, taken[0]) for a in args))).astype(given)

    if out is None:
        return launched(compute, *())
    written(out.host, compute)
    return out


def called(name, args, kwargs):
    """A function of CuPy's, its call bound to CuPy's own parameters."""
    if name in SURFACE["ufuncs"]:
        return ufunc(name, *args, **kwargs)
    signature(SURFACE["functions"][name]).bind(*args, **kwargs)
    if name in ("array", "asarray", "ascontiguousarray"):
        return _array(name, *args, **kwargs)
    if name in WAITS:
        log(f"{name} waits")
    function = functools.reduce(getattr, name.split("."), np)
    given, named = tuple(map(bare, args)), {key: bare(value) for key, value in kwargs.items()}

    def compute():
        with np.errstate(all="ignore"):
            return function(*given, **named)

    result = launched(compute, *roots(args), *roots(tuple(kwargs.values())))
    return ndarray._of(np.asarray(result)) if name in ANSWERS and not isinstance(result, ndarray) else result


WAITS = ("nonzero", "argwhere", "unique", "flatnonzero", "repeat", "delete")  # their shape hangs on the data
ANSWERS = ("array_equal", "allclose", "all", "any")


@functools.cache
def signature(text):
    """Parameters as survey.py wrote them."""
    return inspect.signature(eval(f"lambda {text}: None"))


def _array(name, a, dtype=None, order=None, copy=None, **ignored):
    order = "C" if name == "ascontiguousarray" else order or "K"
    if isinstance(a, ndarray):
        return launched(lambda: np.array(a.host, dtype, order=order, copy=copy or None), a)
    log(f"{name} copies to the GPU")
    return ndarray._of(np.array(a, dtype, order=order, copy=True))


class Flags:
    """As much as CuPy says of an array's memory: not whether it is writeable."""

    def __init__(self, flags, owndata):
        self.c_contiguous, self.f_contiguous, self.owndata = flags.c_contiguous, flags.f_contiguous, owndata


class ndarray:
    """CuPy's array: `host` is what a GPU would hold."""

    __slots__ = ("base", "host")
    __array_priority__ = 100
    __hash__ = None

    @classmethod
    def _of(cls, host, source=None):
        array = object.__new__(cls)
        array.host, array.base = (
            host,
            None if source is None else (source if source.base is None else source.base),
        )
        return array

    def __getattr__(self, name):
        if name not in SURFACE["attributes"]:
            raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")
        value = getattr(self.host, name)
        return ndarray._of(value, self) if isinstance(value, np.ndarray) else value

    def __array__(self, dtype=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc_, method, *inputs, **kwargs):
        if "out" in kwargs:
            kwargs["out"] = kwargs["out"][0]
        if ufunc_.__name__ not in SURFACE["ufuncs"]:
            if ufunc_.__name__ in SURFACE["functions"] and method == "__call__":
                return called(ufunc_.__name__, inputs, kwargs)
            return NotImplemented
        if method == "at":
            raise AssertionError("add.at adds by atomics, in an order that differs from run to run")
        if method != "__call__":
            return NotImplemented
        if ufunc_.__name__ in COMPARISONS:
            inputs = [x.item() if isinstance(x, np.ndarray) and x.ndim == 0 else x for x in inputs]
        if not all(isinstance(x, (ndarray, np.ndarray, *NUMBERS)) for x in inputs):
            return NotImplemented
        return ufunc(ufunc_.__name__, *inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        name = ".".join([*func.__module__.split(".")[1:], func.__name__])
        if name not in SURFACE["functions"] or not all(issubclass(t, (ndarray, np.ndarray)) for t in types):
            return NotImplemented
        return called(name, args, kwargs)

    # Elements

    def __len__(self):
        return len(self.host)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def _key(self, key):
        parts = list(key) if isinstance(key, tuple) else [key]
        for i, part in enumerate(parts):
            if isinstance(part, (np.ndarray, list)):
                log("an index is copied to the GPU")
            if isinstance(part, ndarray):
                parts[i] = part.host
                if part.host.dtype == bool:
                    log("a mask as an index waits")
        return tuple(parts)

    def __getitem__(self, key):
        key = self._key(key)
        if all(part is None or part is ... or isinstance(part, (slice, int, np.integer)) for part in key):
            # of no dimensions it stays a view of the memory, which NumPy would only give by ...
            return ndarray._of(self.host[key if ... in key else (*key, ...)], self)
        return launched(lambda: self.host[key])

    def __setitem__(self, key, value):
        key = self._key(key)
        if isinstance(value, np.ndarray):
            if value.size > 1:
                raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
            value = value.item()
        given = value.host if isinstance(value, ndarray) else value

        def work():
            self.host[key] = given

        work() if tape is None else tape.append(work)

    def get(self, stream=None, order="C", out=None, blocking=True):
        log("get copies to the CPU")
        return self.host.copy()

    def item(self):
        log("item waits")
        return self.host.item()

    def tolist(self):
        log("tolist waits")
        return self.host.tolist()

    def __bool__(self):
        log("a condition waits")
        return bool(self.host)

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __repr__(self):
        return repr(self.get())

    def __format__(self, spec):
        return format(self.get(), spec)

    # Memory

    @property
    def device(self):
        return SimpleNamespace(id=0)

    @property
    def data(self):
        return SimpleNamespace(ptr=self.host.ctypes.data)

    @property
    def flags(self):
        return Flags(self.host.flags, self.base is None)

    @property
    def __cuda_array_interface__(self):
        raise AssertionError("asked of an array, this may wait for the GPU: ask its type")

    def __dlpack_device__(self):
        return (2, 0)

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        return ("capsule", stream)


COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
}  # fmt: skip


def _binary(name, reverse=False, in_place=False):
    def operator(self, other):
        if not isinstance(other, (ndarray, np.ndarray, *NUMBERS)):
            return NotImplemented
        x, y = (other, self) if reverse else (self, other)
        return ufunc(name, x, y, out=self if in_place else None)

    return operator


for _sign, _name in OPERATORS.items():
    setattr(ndarray, f"__{_sign}__", _binary(_name))
    setattr(ndarray, f"__r{_sign}__", _binary(_name, reverse=True))
    setattr(ndarray, f"__i{_sign}__", _binary(_name, in_place=True))
for _sign, _name in zip(("gt", "ge", "lt", "le", "eq", "ne"), COMPARISONS, strict=True):
    setattr(ndarray, f"__{_sign}__", _binary(_name))
for _sign, _name in {"neg": "negative", "invert": "invert", "abs": "absolute"}.items():
    setattr(ndarray, f"__{_sign}__", functools.partialmethod(lambda self, name: ufunc(name, self), _name))


def _matmul(x, y):
    if tape is not None:
        raise NotImplementedError("calling cuBLAS API during stream capture is currently unsupported")
    if not (isinstance(x, ndarray) and isinstance(y, ndarray)):
        raise TypeError(f"Unsupported type {type(y if isinstance(x, ndarray) else x)}")
    return launched(lambda: np.matmul(x.host, y.host))


ndarray.__matmul__ = _matmul
ndarray.__rmatmul__ = lambda self, other: _matmul(other, self)


def _method(name):
    parameters = signature(SURFACE["methods"][name])

    def method(self, *args, **kwargs):
        parameters.bind(self, *args, **kwargs)
        if name in WAITS:
            log(f"{name} waits")
        given, named = tuple(map(bare, args)), {key: bare(value) for key, value in kwargs.items()}

        def compute():
            with np.errstate(all="ignore"):
                return getattr(self.host, name)(*given, **named)

        return launched(compute, self)

    return method


for _name in SURFACE["methods"]:
    if hasattr(np.ndarray, _name) and _name not in vars(ndarray):
        setattr(ndarray, _name, _method(_name))


# -- the module ---------------------------------------------------------------------------------------------


def module(**cuda):
    """The module `cupy`; what is to be found in `cupy.cuda` is given, or as much of it as minigrad uses."""
    cupy = ModuleType("cupy")
    cupy.__version__ = SURFACE["cupy"]
    cupy.linalg = SimpleNamespace()
    for name in (*SURFACE["functions"], *SURFACE["ufuncs"]):
        where = cupy.linalg if name.startswith("linalg.") else cupy
        leaf = name.removeprefix("linalg.")
        setattr(where, leaf, lambda *args, _name=name, **kwargs: called(_name, args, kwargs))
    cupy.ndarray = ndarray
    cupy.RawModule, cupy.from_dlpack = emulator.RawModule, lambda array: array
    from . import streams

    cupy.cuda = SimpleNamespace(**({name: getattr(streams, name) for name in streams.__all__} | cuda))
    cupy.get_default_memory_pool = lambda: streams.default_pool
    return cupy
