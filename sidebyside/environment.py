"""On what a figure was measured: versions, BLAS, threads, processor."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

BLAS_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",
)  # fmt: skip


def processor() -> str:
    """The processor's name, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def installed(name: str) -> str | None:
    """A package's version, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def describe() -> dict[str, Any]:
    """The environment block of a report, ready for JSON."""
    import minigrad

    packages = {
        name: installed(name) for name in ("numpy", "torch", "scikit-learn", "cupy-cuda12x", "cupy-cuda13x")
    }
    blas = _blas()
    return {
        "versions": {"python": platform.python_version(), "minigrad": minigrad.__version__, **packages},
        "blas": blas,
        "threads": _threads(blas),
        "processor": processor(),
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "variables": {name: os.environ[name] for name in BLAS_VARIABLES if name in os.environ},
    }


def _blas() -> list[dict[str, Any]]:
    """The BLAS and OpenMP libraries that are loaded, with their threads."""
    try:
        from threadpoolctl import threadpool_info
    except ModuleNotFoundError:
        return []
    keep = ("internal_api", "version", "architecture", "threading_layer", "num_threads", "prefix")
    return [{key: pool[key] for key in keep if key in pool} for pool in threadpool_info()]


def _threads(blas: list[dict[str, Any]]) -> dict[str, Any]:
    torch = sys.modules.get("torch")
    numpy_threads = [pool["num_threads"] for pool in blas if pool["internal_api"] == "openblas"]
    return {
        "numpy": numpy_threads[0] if numpy_threads else None,
        "torch": torch.get_num_threads() if torch else None,
    }
