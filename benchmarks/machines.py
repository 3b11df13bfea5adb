"""The tests on machines that are not this one.   make machines, python -m benchmarks.machines [--only arm]

Other kernels of the BLAS and of PyTorch, other versions, and an emulated ARM processor: each is a row of MACHINES. What
has to be installed for one goes to --folder, outside of the repository. Every part that has run is written to
benchmarks/results/machines.json at once: an interrupted run goes on where it stopped, and measures anew what was
measured at another commit. Exits with 1 if a test failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import emulation
from sidebyside.options import writable_file, write_text

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "machines.json"
FOLDER = Path.home() / ".cache" / "minigrad-machines"
SUITE = {"all tests": ["-m", "pytest", "-n", "auto", "--dist", "worksteal"]}
DESCRIBE = "import json, torch, sidebyside.environment as e; print(json.dumps(e.describe() | e.conditions()))"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


# Hours where it is emulated: the commands and tests whose answer depends on the processor.
ARM_PARTS = {
    **{
        f"compare --model {model}": ["-m", "sidebyside", "compare", "--model", model, "--epochs", "5"]
        for model in ("sequential", "custom", "residual")
    },
    **{
        name: ["-m", "pytest", f"tests/test_{name}.py"]
        for name in "random optim loss nn nn_layers module module_state containers explain page ops".split()
    },
}
EMULATED = {"HYPOTHESIS_PROFILE": "emulated"}


@dataclass(frozen=True)
class Machine:
    """A machine as the tests see it: variables, which Python, which versions; and what is run on it."""

    title: str
    variables: dict[str, str] = field(default_factory=dict)
    python: str = ""  # a command; nothing: the Python that runs this, with its packages
    pins: dict[str, str] = field(default_factory=dict)  # versions other than those of constraints.txt
    parts: dict[str, list[str]] = field(default_factory=lambda: SUITE)
    download: str = ""


MACHINES = {
    "here": Machine("as it is"),
    "one-thread": Machine("one thread", ONE_THREAD),
    "avx2": Machine(
        "AVX2, no AVX-512",
        {
            "OPENBLAS_CORETYPE": "Haswell",
            "ATEN_CPU_CAPABILITY": "avx2",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        },
    ),
    "sse": Machine(
        "no AVX in PyTorch, SSE in OpenBLAS",
        {
            "OPENBLAS_CORETYPE": "Nehalem",
            "ATEN_CPU_CAPABILITY": "default",
            "MKL_CBWR": "COMPATIBLE",
        },
    ),
    "oldest": Machine(
        "the oldest NumPy and torch that pyproject.toml allows",
        python="python3.11",
        pins={"numpy": "2.3.0", "torch": "2.13.0"},
        download="3 GB",
    ),
    "python3.12": Machine("Python 3.12, PyPI's torch", python="python3.12", download="3 GB"),
    "python3.13": Machine("Python 3.13, PyPI's torch", python="python3.13", download="3 GB"),
    "arm": Machine("aarch64, emulated", EMULATED, parts=ARM_PARTS, download="0.3 GB"),
    "arm-versions": Machine(
        "x86-64 with the versions of the emulated aarch64",
        EMULATED,
        "python3.11",
        {"torch": emulation.TORCH},
        ARM_PARTS,
        download="3 GB",
    ),
}


class NotHereError(Exception):
    """Why a machine cannot be had here, and what would bring it."""


def requirements() -> list[str]:
    """What pyproject.toml asks for to run the tests, without its own name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + [
        each for name in ("app", "torch", "notebook", "dev") for each in extras[name]
    ]
    return [each for each in wanted if not each.startswith(project["name"])]


def install(name: str, machine: Machine, folder: Path) -> list[str]:
    """The command that starts this machine's Python, whose packages are installed where they are not yet."""
    found = shutil.which(machine.python)
    if found is None or subprocess.run([found, "-c", ""], capture_output=True).returncode:
        raise NotHereError(f"there is no {machine.python}")
    place = folder / name
    python = place / "bin" / "python"
    pinned = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    )
    constraints = [f"{key}=={each}" for key, each in (pinned | machine.pins).items()]
    wanted = [each.partition(">=")[0] for each in requirements()]
    installed, text = place / "installed", "\n".join([*wanted, *constraints])
    if installed.exists() and installed.read_text() == text:
        return [str(python)]
    subprocess.run([machine.python, "-m", "venv", "--clear", str(place)], check=True)
    (place / "constraints.txt").write_text("\n".join(constraints))
    pip = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(place / "constraints.txt")]
    if subprocess.run([*pip, *wanted]).returncode:
        raise NotHereError("its packages could not be installed")
    installed.write_text(text)
    return [str(python)]


def interpreter(name: str, machine: Machine, folder: Path) -> list[str]:
    """The command that starts a machine's Python. NotHereError where the machine cannot be had."""
    if machine.download:
        print(
            f"  where it is not there yet, up to {machine.download} are downloaded into {folder}", flush=True
        )
    if name == "arm":
        if missing := emulation.missing():
            raise NotHereError(f"first apt-get install {' '.join(missing)}")
        return [str(emulation.install(folder / name))]
    return install(name, machine, folder) if machine.python else [sys.executable]


def counts(output: str) -> dict[str, int]:
    """What the last line of pytest's says: passed, failed, skipped, xfailed, errors."""
    lines = [line for line in output.splitlines() if re.search(r"\d+ \w+.* in [\d.]+s", line)]
    found = re.findall(r"(\d+) (passed|failed|skipped|xfailed|error)", lines[-1] if lines else "")
    return {word: int(number) for number, word in found}


def run(command: list[str], variables: dict[str, str], log: Path) -> dict[str, Any]:
    """A part on a machine: its status, pytest's counts and the names of what failed, or compare's last line."""
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    log.write_text(done.stdout)
    found = {"status": done.returncode, "seconds": round(time.monotonic() - began), **counts(done.stdout)}
    if "pytest" in command:
        found["names"] = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    else:
        found["said"] = done.stdout.strip().splitlines()[-1:]
    return found


def measure(name: str, folder: Path, tests: list[str], report: dict[str, Any], save: Any) -> None:
    """Runs the parts of a machine that have not run at this commit."""
    machine = MACHINES[name]
    python = interpreter(name, machine, folder)
    variables = os.environ | machine.variables | {"PYTHONPATH": str(ROOT)}
    variables.pop("CI", None)  # which chooses another profile of Hypothesis
    done = subprocess.run(
        [*python, "-c", DESCRIBE], cwd=ROOT, env=variables, stdout=subprocess.PIPE, check=True
    )
    described = json.loads(done.stdout)
    before = report.get(name, {})
    same = not described["changed"] and before.get("environment", {}).get("commit") == described["commit"]
    parts = before.get("parts", {}) if same else {}
    report[name] = {"title": machine.title, "environment": described, "parts": parts}
    wanted = {" ".join(tests): [*SUITE["all tests"], *tests]} if tests else machine.parts
    for part, arguments in wanted.items():
        if part in parts:
            continue
        print(f"  {part}", end=": ", flush=True)
        extra = ["-p", "no:cacheprovider", "-rfE"] if "pytest" in arguments else []
        parts[part] = run(
            [*python, *arguments, *extra], variables, folder / f"{name}-{re.sub(r'[^a-z]+', '-', part)}.log"
        )
        save()
        print(", ".join(f"{key} {value}" for key, value in parts[part].items() if key != "names"), flush=True)


def table(report: dict[str, Any]) -> str:
    """The results as Markdown: a row for each machine and part, then what failed."""
    lines = [
        "| machine | Python, NumPy, torch | what ran | passed | failed | errors | skipped | expected to fail |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for machine in report.values():
        versions = machine["environment"]["versions"]
        said = ", ".join(versions[key] for key in ("python", "numpy", "torch"))
        for part, found in machine["parts"].items():
            figures = [
                str(found.get(word, 0)) for word in ("passed", "failed", "error", "skipped", "xfailed")
            ]
            if "said" in found:
                figures = ["-", "no", "-", "-", "-"] if found["status"] else ["yes", "-", "-", "-", "-"]
            lines.append(f"| {machine['title']} | {said} | {part} | {' | '.join(figures)} |")
    failed: dict[str, list[str]] = {}
    for machine in report.values():
        for found in machine["parts"].values():
            for name in found.get("names", []):
                failed.setdefault(name, []).append(machine["title"])
    lines += ["", "Failed:", "", *(f"- `{name}`: {'; '.join(titles)}" for name, titles in failed.items())]
    lines += [] if failed else ["- nothing"]
    commits = sorted({str(machine["environment"]["commit"])[:7] for machine in report.values()})
    processors = sorted({machine["environment"]["processor"] for machine in report.values()})
    lines += ["", f"Measured on {', '.join(processors)}, commit {', '.join(commits)}, by `make machines`."]
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Measures what is missing; goes on after a machine that cannot be had or on which something fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machines", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MACHINES, default=list(MACHINES), metavar="MACHINE",
                        help=", ".join(MACHINES))  # fmt: skip
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where other Pythons and the emulation go"
    )
    parser.add_argument("--tests", nargs="+", default=[], help="these files rather than all, for a look")
    parser.add_argument(
        "--out", type=writable_file, default=RESULTS, help="the JSON; the Markdown lies beside it"
    )
    args = parser.parse_args(argv)
    args.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(args.folder).free / 1e9
    print(f"{args.folder} has {free:.0f} GB free; the other Pythons take 6 GB each, the emulation 2 GB.")
    report = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else {}

    def save() -> None:
        write_text(args.out, json.dumps(report, indent=1) + "\n")
        write_text(args.out.with_suffix(".md"), table(report))

    for name in args.only:
        print(f"{name}: {MACHINES[name].title}", flush=True)
        try:
            measure(name, args.folder, args.tests, report, save)
        except (NotHereError, subprocess.CalledProcessError) as error:
            print(f"  not run: {error}", flush=True)
    ran = [part for name in args.only for part in report.get(name, {}).get("parts", {}).values()]
    return int(not ran or any(part["status"] for part in ran))


if __name__ == "__main__":
    sys.exit(main())
