"""minigrad doctor: what is installed, what it would take to have the rest, and what slows things down."""

from __future__ import annotations

import argparse
import ctypes
import os
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sidebyside import environment
from sidebyside.options import add_json, install, write_report

# What for, and which extra of pyproject.toml brings it.
PACKAGES = {
    "torch": ("the other side of every comparison", "torch"),
    "scikit-learn": ("the digits, and MNIST from OpenML", "app"),
    "pandas": ("MNIST from OpenML", "app"),
    "rich": ("tables and progress on a terminal", "app"),
    "matplotlib": ("curves", "app"),
    "threadpoolctl": ("which BLAS, on how many threads", "app"),
    "safetensors": ("weights in files that PyTorch reads", "app"),
    "jinja2": ("the page", "app"),
    "pygments": ("the page", "app"),
    "latex2mathml": ("the page's formulas", "app"),
    "mpi4py": ("ranks: minigrad.distributed", "mpi"),
    "jupytext": ("notebooks", "notebook"),
    "ipython": ("notebooks", "notebook"),
    "notebook": ("Jupyter, to open notebooks", "jupyter"),
    "selenium": ("the page's tests in a browser", "dev"),
    "axe-core-python": ("the page's accessibility tests", "dev"),
    "pytest": ("the tests", "dev"),
    "pytest-xdist": ("the tests, on all cores", "dev"),
    "hypothesis": ("the tests", "dev"),
    "ruff": ("make lint", "dev"),
    "mypy": ("make lint", "dev"),
    "basedpyright": ("the tests of types", "dev"),
    "jedi": ("the tests of what editors complete", "dev"),
}
SLOW = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
)  # set, they keep NumPy's BLAS from choosing for this processor
WIDTH = 79


@dataclass(frozen=True)
class Finding:
    """One line: whether it is as it should be, what was found, and what mends it."""

    topic: str
    good: bool
    found: str
    mend: str = ""

    def __str__(self) -> str:
        lines = [f"  {'ok' if self.good else '--':3} {self.topic:<17} {self.found}"]
        lines += [" " * 24 + self.mend] if self.mend else []
        wrap = {"subsequent_indent": " " * 24, "break_long_words": False, "break_on_hyphens": False}
        return "\n".join(textwrap.fill(line, WIDTH, **wrap) for line in lines)


def packages() -> Iterator[Finding]:
    """What the commands and the tests use."""
    for name, (why, extra) in PACKAGES.items():
        version = environment.installed(name)
        mend = "" if version else install(extra)
        yield Finding(name, bool(version), version or f"not installed: {why}", mend)


def arithmetic() -> Iterator[Finding]:
    """Which BLAS computes the products, on how many threads; and whether random numbers are PyTorch's."""
    torch, broken = _torch()
    described = environment.describe()
    yield Finding("processor", True, f"{described['processor']}, {described['cores']} cores")
    for pool in described["blas"]:
        parts = (pool.get("internal_api"), pool.get("version"), pool.get("architecture"))
        name = " ".join(str(part) for part in parts if part)
        yield Finding(str(pool.get("prefix")), True, f"{name}, {pool['num_threads']} threads")
    if broken:
        yield Finding("PyTorch", False, f"does not load: {broken}", _again("torch"))
    if torch is not None:
        blas = "MKL" if torch.backends.mkl.is_available() else "no MKL"
        yield Finding("PyTorch", True, f"{blas}, {torch.get_num_threads()} threads")
        yield _seeded()
    for name in SLOW:
        if name in os.environ:
            mend = f"unset {name} before you measure speed"
            yield Finding(name, False, f"= {os.environ[name]}: slows NumPy's products down", mend)


def _seeded() -> Finding:
    """Whether torch draws here what minigrad draws everywhere."""
    from sidebyside.seeds import differing

    if not differing():
        return Finding("random numbers", True, "minigrad's are PyTorch's, bit for bit")
    mend = "PyTorch 2.13 on x86-64 with AVX2 and glibc draws them all as minigrad does"
    found = f"PyTorch draws others, and tests of these skip: {', '.join(sorted(differing()))}"
    return Finding("random numbers", False, found, mend)


def _torch() -> tuple[Any, str]:
    """PyTorch, or None where it is missing; and why, where it is there and does not load."""
    try:
        import torch
    except ModuleNotFoundError:
        return None, ""
    except (ImportError, OSError) as error:
        return None, " ".join(str(error).split())
    return torch, ""


def _again(extra: str) -> str:
    """The command that brings what is there, but not as it should be."""
    return install(extra).replace("install", "install --force-reinstall")


def gpu() -> Iterator[Finding]:
    """Whether the driver, CuPy and PyTorch see the same GPUs."""
    from minigrad import cuda

    speaks, (torch, _) = _driver(), _torch()
    if speaks is None:
        yield Finding("NVIDIA driver", True, "none: both sides compute on the CPU")
        return
    yield Finding("NVIDIA driver", True, f"for CUDA {speaks}")
    ours = [cuda.get_device_name(number) for number in range(cuda.device_count())]
    theirs = []
    if torch is not None and torch.cuda.is_available():
        theirs = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    yield Finding("CuPy", bool(ours), ", ".join(ours) or _no_cupy(), "" if ours else install(f"cuda{speaks}"))
    if torch is not None:
        found = ", ".join(theirs) or "no GPU: this torch is a build for the CPU, or for a newer driver"
        yield Finding("PyTorch's CUDA", bool(theirs), found, "" if theirs else _again("torch"))
    if ours and theirs and ours != theirs:
        mend = "give both the same CUDA_VISIBLE_DEVICES, in an order that both have"
        yield Finding("agreement", False, "the two do not see the same GPUs", mend)
    elif ours and theirs:
        yield Finding("agreement", True, "both see the same GPUs: --device cuda compares on them")


def _driver() -> int | None:
    """The CUDA, 12 or 13 say, that the machine's NVIDIA driver speaks; None without one."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return None
    version = ctypes.c_int()
    return version.value // 1000 if driver.cuDriverGetVersion(ctypes.byref(version)) == 0 else None


def _no_cupy() -> str:
    """Why minigrad sees no GPU."""
    from minigrad import cuda

    try:
        cuda.synchronize("cuda")
    except (AssertionError, RuntimeError) as error:
        return str(error).partition("\n")[0]
    return "MINIGRAD_CUDA=cpu: what is sent to CUDA stays on the CPU"


def data() -> Iterator[Finding]:
    """The data sets that are there without a download, read and checked."""
    from sidebyside.data import RECIPES, DataError, find, load

    digits = bool(environment.installed("scikit-learn"))
    found = "in scikit-learn" if digits else "come with scikit-learn"
    yield Finding("digits", digits, found, "" if digits else install("app"))
    for name in RECIPES:
        try:
            if find(name) is not None:
                yield Finding(name, True, load(name).source)
                continue
        except DataError as error:
            yield Finding(name, False, str(error))
            continue
        found = "in none of its usual places; from OpenML it comes with"
        yield Finding(name, False, found, f"minigrad train --epochs 1 --data {name}")


SECTIONS = {"packages": packages, "arithmetic": arithmetic, "GPU": gpu, "data": data}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `minigrad doctor`."""
    parser.description = (
        "Say what is installed, what is missing, and the command that brings it. Changes nothing."
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """minigrad doctor"""
    versions = environment.describe()["versions"]
    print(f"minigrad {versions['minigrad']}, Python {versions['python']}, NumPy {versions['numpy']}")
    report: dict[str, Any] = {"versions": versions}
    for title, section in SECTIONS.items():
        findings = list(section())
        report[title] = [asdict(finding) for finding in findings]
        print(f"{title}\n" + "\n".join(map(str, findings)), flush=True)
    print(summary(report))
    write_report(report, args.json)
    return 0


def summary(report: dict[str, Any]) -> str:
    """One line: what is missing, and which data are there."""
    missing = [
        each["topic"]
        for title in ("packages", "arithmetic", "GPU")
        for each in report[title]
        if not each["good"]
    ]
    data = [each["topic"] for each in report["data"] if each["good"]]
    lines = [f"not as they should be: {', '.join(missing)}" if missing else "all as it should be"]
    lines.append(f"data: {', '.join(data) or 'none'}")
    return textwrap.fill(f"In short: {'; '.join(lines)}.", WIDTH, subsequent_indent="  ")
