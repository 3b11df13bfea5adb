"""minigrad doctor: what is installed, what it would take to have the rest, and what slows things down."""

from __future__ import annotations

import argparse
import json
import os
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sidebyside import environment
from sidebyside.options import check_json

# What for, and which extra of pyproject.toml brings it.
PACKAGES = {
    "torch": ("the other side of every comparison", "torch"),
    "scikit-learn": ("the digits, and MNIST from OpenML", "app"),
    "matplotlib": ("curves", "app"),
    "rich": ("tables and progress on a terminal", "app"),
    "safetensors": ("weights in files that PyTorch reads", "app"),
    "threadpoolctl": ("which BLAS, on how many threads", "app"),
    "jupytext": ("notebooks", "notebook"),
    "ipython": ("notebooks", "notebook"),
    "pytest": ("the tests", "dev"),
    "hypothesis": ("the tests", "dev"),
}
SLOW = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
)  # set, they keep NumPy's BLAS from choosing for this processor


@dataclass(frozen=True)
class Finding:
    """One line: whether it is as it should be, what was found, and what mends it."""

    topic: str
    good: bool
    found: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"  {'ok' if self.good else '--':3} {self.topic:<17} {self.found}"
        mend = textwrap.fill(self.mend, 80, initial_indent=" " * 24, subsequent_indent=" " * 24)
        return f"{line}\n{mend}" if mend else line


def packages() -> Iterator[Finding]:
    """What the commands and the tests use."""
    for name, (why, extra) in PACKAGES.items():
        version = environment.installed(name)
        mend = "" if version else f"pip install -e '.[{extra}]' in the checkout"
        yield Finding(name, bool(version), version or f"not installed: {why}", mend)


def arithmetic() -> Iterator[Finding]:
    """Which BLAS computes the products, and on how many threads."""
    described = environment.describe()
    yield Finding("processor", True, f"{described['processor']}, {described['cores']} cores")
    for pool in described["blas"]:
        parts = (pool.get("internal_api"), pool.get("version"), pool.get("architecture"))
        name = " ".join(str(part) for part in parts if part)
        yield Finding(str(pool.get("prefix")), True, f"{name}, {pool['num_threads']} threads")
    for name in SLOW:
        if name in os.environ:
            mend = f"unset {name} before you measure speed"
            yield Finding(name, False, f"= {os.environ[name]}: slows NumPy's products down", mend)


def gpu() -> Iterator[Finding]:
    """Whether PyTorch and CuPy see the same GPU."""
    from minigrad import cuda

    ours = cuda.device_count()
    theirs = _torch_gpus()
    if ours:
        yield Finding("CuPy", True, f"{ours} GPU: {cuda.get_device_name(0)}")
    else:
        try:
            cuda.synchronize("cuda")
        except AssertionError as error:
            yield Finding("CuPy", False, "no GPU for minigrad", str(error).partition("\n")[2])
        else:
            yield Finding("CuPy", True, "MINIGRAD_CUDA=cpu: what is sent to CUDA stays on the CPU")
    if theirs is not None:
        yield Finding(
            "PyTorch's CUDA", bool(theirs), f"{theirs} GPU" if theirs else "no GPU, or a CPU build of torch"
        )
        if bool(ours) != bool(theirs):
            yield Finding("agreement", False, "only one of the two sees a GPU: nothing can be compared on it")


def _torch_gpus() -> int | None:
    if not environment.installed("torch"):
        return None
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def data() -> Iterator[Finding]:
    """The data sets that are there without a download."""
    from sidebyside.data import RECIPES, DataError, find

    digits = bool(environment.installed("scikit-learn"))
    yield Finding("digits", digits, "in scikit-learn" if digits else "comes with scikit-learn")
    for name in RECIPES:
        try:
            place = find(name)
        except DataError as error:
            yield Finding(name, False, str(error))
            continue
        mend = "" if place else f"fetched by --data {name}; or set MINIGRAD_DATA to a folder that has it"
        yield Finding(name, bool(place), place or "not on this machine", mend)


SECTIONS = {"packages": packages, "arithmetic": arithmetic, "GPU": gpu, "data": data}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `minigrad doctor`."""
    parser.description = (
        "Say what is installed, what is missing, and the command that brings it. Changes nothing."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all findings")


def run(args: argparse.Namespace) -> int:
    """minigrad doctor"""
    if args.json is not None:
        check_json(args.json)
    versions = environment.describe()["versions"]
    print(f"minigrad {versions['minigrad']}, Python {versions['python']}, NumPy {versions['numpy']}")
    report: dict[str, Any] = {"versions": versions}
    for title, section in SECTIONS.items():
        findings = list(section())
        report[title] = [asdict(finding) for finding in findings]
        print(f"{title}\n" + "\n".join(map(str, findings)), flush=True)
    if args.json is not None:
        from minigrad.serialization import replacing

        with replacing(args.json) as path:
            path.write_text(json.dumps(report, indent=1))
    return 0
