"""CUDA's own compiler, called without a GPU: NVRTC, by ctypes, from the package nvidia-cuda-nvrtc-cu12 or a toolkit."""

import ctypes
import ctypes.util
import functools
import importlib.util
from pathlib import Path


@functools.cache
def library():
    """libnvrtc; None where there is none."""
    spec = importlib.util.find_spec("nvidia")
    folders = map(Path, spec.submodule_search_locations) if spec else ()
    found = [str(path) for folder in folders for path in sorted(folder.glob("*/lib/libnvrtc.so.*"))]
    path = next(iter(found), None) or ctypes.util.find_library("nvrtc")
    return path and ctypes.CDLL(path)


def version():
    """As (12, 9)."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    library().nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return major.value, minor.value


def architectures():
    """Those that it compiles for, as 90."""
    count = ctypes.c_int()
    library().nvrtcGetNumSupportedArchs(ctypes.byref(count))
    found = (ctypes.c_int * count.value)()
    library().nvrtcGetSupportedArchs(found)
    return list(found)


@functools.cache
def compiled(source, options):
    """PTX, and what the compiler said; PTX is empty where it refused the source."""
    program = ctypes.c_void_p()
    given = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
    assert not library().nvrtcCreateProgram(
        ctypes.byref(program), source.encode(), b"kernels.cu", 0, None, None
    )
    try:
        refused = library().nvrtcCompileProgram(program, len(options), given)
        return "" if refused else _text("PTX", program), _text("ProgramLog", program)
    finally:
        library().nvrtcDestroyProgram(ctypes.byref(program))


def _text(what, program):
    size = ctypes.c_size_t()
    assert not getattr(library(), f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    text = ctypes.create_string_buffer(size.value)
    assert not getattr(library(), f"nvrtcGet{what}")(program, text)
    return text.value.decode()
