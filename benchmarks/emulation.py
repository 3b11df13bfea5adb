"""An emulated aarch64 with Python, NumPy and PyTorch, for benchmarks/machines.py: Debian's files and QEMU, no root.

torch 2.10.0 is the newest whose aarch64 wheel on PyPI is a build for the CPU alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

TOOLS = {"qemu-aarch64-static": "qemu-user-static", "debootstrap": "debootstrap", "dpkg": "dpkg"}
DEBIAN = ["python3.11", "libpython3.11-stdlib", "libgomp1", "libstdc++6"]
TORCH = "2.10.0"
# Of constraints.txt: what neither the commands nor the tests that run there import.
LEFT_OUT = (
    "torch jax jaxlib autograd mygrad ml_dtypes opt_einsum mypy ruff librt ast_serialize selenium".split()
)
RUN = """#!/bin/sh
# Python on an emulated aarch64: what PYTHONPATH names, or else the folder you stand in, is on its path.
export QEMU_CPU=max OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH="{site}:${{PYTHONPATH:-$PWD}}"
exec qemu-aarch64-static -L {root} {root}/usr/bin/python3.11 "$@"
"""
# Programs that Python starts by sys.executable are emulated, too.
SITE = "import sys\nsys.executable = {run!r}\n"


def missing() -> list[str]:
    """The Debian packages whose tools are not here."""
    return [package for tool, package in TOOLS.items() if shutil.which(tool) is None]


def install(folder: Path) -> Path:
    """The script that runs emulated Python; what it needs is brought into the folder where it is not yet."""
    root, wheels, site, run = (folder.absolute() / name for name in ("root", "wheels", "site", "run"))
    if run.exists():
        return run
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["debootstrap", "--foreign", "--arch=arm64", "--variant=minbase", f"--include={','.join(DEBIAN)}",
                    "bookworm", str(root)], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    lines = (Path(__file__).parent.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if "==" in line and line.partition("==")[0] not in LEFT_OUT]
    platforms = [
        f"--platform={name}_aarch64" for name in ("manylinux_2_28", "manylinux_2_27", "manylinux2014")
    ]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels)]
    python = ["--only-binary=:all:", "--python-version=3.11", *platforms]
    subprocess.run([*pip, *python, f"torch=={TORCH}", *pinned], check=True)
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as file:
            file.extractall(site)
    (site / "sitecustomize.py").write_text(SITE.format(run=str(run)))
    run.write_text(RUN.format(site=site, root=root))
    run.chmod(0o755)
    return run
