"""On what a figure was measured: versions, BLAS, threads, processor."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

# Variables that begin so change how fast a BLAS, OpenMP, an allocator or NumPy's own loops are.
SPEED = (
    "OMP_",
    "GOMP_",
    "KMP_",
    "OPENBLAS_",
    "GOTO_",
    "BLIS_",
    "MKL_",
    "NPY_",
    "ATEN_",
    "XLA_",
    "MALLOC_",
    "LD_PRELOAD",
)


def processor() -> str:
    """The processor's name, as far as the system tells."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def vendor() -> str:
    """The processor's maker, by which MKL chooses its kernels: GenuineIntel, AuthenticAMD, or nothing known."""
    return _cpuinfo("vendor_id") or "unknown"


def _cpuinfo(key: str) -> str | None:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


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
        "variables": {name: value for name, value in sorted(os.environ.items()) if name.startswith(SPEED)},
    }


def conditions() -> dict[str, Any]:
    """What else a time depends on: the code, and what the machine is doing."""
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return {
        "vendor": vendor(),
        "governor": governor.read_text().strip() if governor.exists() else None,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "commit": _git("rev-parse", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--", ":/*.py")),
        "benchmarked": {name: installed(name) for name in ("autograd", "mygrad", "jax", "scipy")},
    }


def _git(*command: str) -> str | None:
    """What git says of the folder that this file is in, or None where there is no git or no repository."""
    try:
        done = subprocess.run(["git", *command], cwd=Path(__file__).parent, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


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
