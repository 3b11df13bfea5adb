"""CUDA kernels on the CPU: the source compiled by g++, and every thread of every block a turn of a loop.

Good for kernels whose threads do not wait for each other. `extern "C" __global__ void name(types and names)` is
found in the source by its text, and gets a twin that takes pointers to its arguments, as cuLaunchKernel does.
"""

import ctypes
import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import cupy_standin as standin

COMPILER = shutil.which("g++")
SHIM = """
#include <cmath>
#include <cstring>
#include <cstdint>
#include <algorithm>
using std::min; using std::max;
struct Dim { unsigned x, y, z; };
static Dim blockIdx, blockDim, threadIdx, gridDim;
#define __global__
#define __device__
#define __restrict__
#define __forceinline__ inline
#define CUDART_INF_F INFINITY
typedef _Float16 __half_for_host;
"""


@functools.cache
def compiled(source, options):
    """The library of a source, with a launcher for each kernel in it."""
    assert COMPILER, "g++ is needed to run kernels without a GPU"
    launchers = ""
    for name, text in re.findall(r'extern "C" __global__ void\s+(\w+)\s*\(([^)]*)\)', source):
        types = [re.sub(r"\s*\w+$", "", each.strip()) for each in text.split(",")]
        given = ", ".join(f"*(std::remove_const_t<{kind}>*)args[{i}]" for i, kind in enumerate(types))
        launchers += f"""
extern "C" void run_{name}(unsigned grid, unsigned block, void** args) {{
    gridDim.x = grid; blockDim.x = block;
    for (blockIdx.x = 0; blockIdx.x < grid; blockIdx.x++)
        for (threadIdx.x = 0; threadIdx.x < block; threadIdx.x++) {name}({given});
}}"""
    folder = Path(tempfile.mkdtemp())
    (folder / "kernels.cpp").write_text(f"#include <type_traits>\n{SHIM}{source}{launchers}")
    library = folder / "kernels.so"
    defines = [option for option in options if option.startswith("-D")]
    command = [COMPILER, "-std=c++17", "-O1", "-ffp-contract=off", "-w", "-shared", "-fPIC", *defines]
    subprocess.run([*command, "-o", library, folder / "kernels.cpp"], check=True)
    return ctypes.CDLL(str(library))


class RawModule:
    """cupy.RawModule(code=..., options=...)."""

    def __init__(self, *, code, options=(), backend="nvrtc", name_expressions=None):
        assert "-fmad=false" in options, "a GPU would fuse multiply and add, which this machine does not"
        self.code, self.options = code, tuple(options)

    def get_function(self, name):
        """The kernel of that name."""
        return functools.partial(self.launch, name)

    def launch(self, name, grid, block, args, *, shared_mem=0, stream=None):
        """All threads, one after the other; what the arguments are is settled now, as on a GPU."""
        assert len(grid) == len(block) == 1, "grids and blocks of one dimension"
        run = getattr(compiled(self.code, self.options), f"run_{name}")
        kept = [self._held(arg) for arg in args]
        pointers = (ctypes.c_void_p * len(kept))(*(each.ctypes.data for each in kept))

        def work(kept=kept):
            run(ctypes.c_uint(grid[0]), ctypes.c_uint(block[0]), pointers)

        work() if standin.tape is None else standin.tape.append(work)

    @staticmethod
    def _held(arg):
        """The argument's bits: an array's address, or a NumPy value that says its own type."""
        if isinstance(arg, standin.ndarray):
            return np.array(arg.host.ctypes.data, np.uint64)
        if isinstance(arg, np.ndarray) and arg.size == 1:
            return arg.copy()
        assert isinstance(arg, np.generic), f"{arg!r}: say its type, as np.int32(1) does"
        return np.asarray(arg).copy()


# -- cuBLAS, in NumPy ---------------------------------------------------------------------------------------

KINDS = {0: np.float32, 1: np.float64, 2: np.float16}


class Blas:
    """The five functions of cuBLAS that minigrad calls, with their C signatures, on this machine's memory."""

    @staticmethod
    def cublasCreate_v2(handle):
        handle._obj.value = 1
        return 0

    @staticmethod
    def cublasSetStream_v2(handle, stream):
        return 0

    @staticmethod
    def cublasSetWorkspace_v2(handle, workspace, size):
        assert workspace.value
        assert size.value
        return 0

    @classmethod
    def cublasGemmEx(
        cls, handle, ta, tb, m, n, k, alpha, a, ka, lda, b, kb, ldb, beta, c, kc, ldc, compute, algo
    ):
        return cls._gemm(
            ta, tb, m, n, k, alpha, a, ka, lda, 0, b, kb, ldb, 0, beta, c, kc, ldc, 0, 1, compute
        )

    @classmethod
    def cublasGemmStridedBatchedEx(
        cls, handle, ta, tb, m, n, k, alpha, a, ka, lda, sa, b, kb, ldb, sb, beta, c, kc, ldc, sc, count, compute, algo
    ):  # fmt: skip
        sizes = sa.value, sb.value, sc.value
        return cls._gemm(
            ta, tb, m, n, k, alpha, a, ka, lda, sizes[0], b, kb, ldb, sizes[1], beta, c, kc, ldc, sizes[2], count,
            compute,
        )  # fmt: skip

    @staticmethod
    def _gemm(ta, tb, m, n, k, alpha, a, ka, lda, sa, b, kb, ldb, sb, beta, c, kc, ldc, sc, count, compute):
        assert alpha._obj.value == 1, "a product, not a multiple of one"
        assert beta._obj.value == 0, "nothing is added"
        assert compute == (70 if ka == 1 else 68), "computed in the type itself, not in TF32"

        def columns(pointer, kind, rows, cols, ld, offset):
            """A matrix of columns ld apart."""
            assert ld >= max(1, rows)
            item = np.dtype(KINDS[kind]).itemsize
            size = (cols - 1) * ld + rows
            memory = (ctypes.c_byte * (size * item)).from_address(pointer.value + offset * item)
            flat = np.frombuffer(memory, KINDS[kind])
            return np.lib.stride_tricks.as_strided(flat, (rows, cols), (item, ld * item))

        def work():
            for i in range(count):
                x = columns(a, ka, *((k, m) if ta else (m, k)), lda, i * sa)
                y = columns(b, kb, *((n, k) if tb else (k, n)), ldb, i * sb)
                z = columns(c, kc, m, n, ldc, i * sc)
                # z = x·y here is y'·x' of who reads rows: multiply as minigrad does on the CPU
                left, right = (y if tb else y.T), (x if ta else x.T)
                z.T[...] = left * right if k == 1 and count == 1 else left @ right

        work() if standin.tape is None else standin.tape.append(work)
        return 0


def blas_library():
    """The stand-in for the library that CuPy has loaded."""
    return Blas
