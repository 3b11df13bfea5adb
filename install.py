"""What `make` runs to fill .venv: pip, which build of PyTorch it takes, and a line for every large file.

PyPI's PyTorch for Linux is built for CUDA: with it .venv takes 5.3 GB, with the build for the CPU 1.6 GB. Without an
NVIDIA driver the build for the CPU is taken, if pip knows it or PyTorch's own index can be reached.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

CPU_BUILDS = "https://download.pytorch.org/whl/cpu/torch/"
PIP = [sys.executable, "-m", "pip", "install", "--constraint", "constraints.txt"]


def has_driver() -> bool:
    """Whether this machine has an NVIDIA driver."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def found_by_pip() -> str:
    """The torch that pip would install, such as 2.13.0, or 2.13.0+cpu from a folder of wheels that it knows."""
    ask = [*PIP, "--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--report", "-", "torch"]
    report = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=True).stdout
    return str(json.loads(report)["install"][0]["metadata"]["version"])


def can_reach(address: str) -> bool:
    """Whether a web page answers within a few seconds."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def choice() -> tuple[str | None, str]:
    """A page of wheels for pip to search, or None; and which build of PyTorch comes."""
    if sys.platform != "linux" or has_driver():
        return None, "PyTorch: PyPI's build"
    if found_by_pip().endswith("+cpu"):
        return None, "PyTorch: the build for the CPU, which pip finds by itself"
    if can_reach(CPU_BUILDS):
        return CPU_BUILDS, f"PyTorch: the build for the CPU, from {CPU_BUILDS} (there is no NVIDIA driver)"
    return None, (
        f"PyTorch: PyPI's build for CUDA, though there is no NVIDIA driver: {CPU_BUILDS} cannot be reached.\n"
        "With it .venv takes 5.3 GB of disk, instead of 1.6 GB."
    )


def install(what: str, page: str | None) -> int:
    """Runs pip and returns its status. Shows its errors, and one line for every file of a megabyte or more."""
    places = " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), page)))
    environment = os.environ | ({"PIP_FIND_LINKS": places} if places else {})
    pip = [*PIP, "--progress-bar", "off", "--editable", what]
    with subprocess.Popen(pip, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or ():
            if file := re.search(r"(?:Downloading|Using cached) (?:\S*/)?(\S+) \(([\d.]+ [MG]B)\)", line):
                print(f"  {file[2]:>9}  {file[1]}", flush=True)
            elif line.startswith("Installing collected packages"):
                print(f"  unpacking {line.count(',') + 1} packages", flush=True)
    return process.returncode


def main() -> int:
    """Fills the environment whose Python runs this."""
    os.chdir(Path(__file__).parent)
    page, said = choice()
    print(said, flush=True)
    return install(".[dev]", page)


if __name__ == "__main__":
    sys.exit(main())
