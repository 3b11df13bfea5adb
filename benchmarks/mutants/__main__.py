"""Mutation testing: does a test fail when the engine, the ops or the optimisers are wrong?   make mutants

A mutant is one small fault (mutations.py). For each, the tests that run its line are run, quickest first, until one
fails: then it is killed. What lives is a survivor, whether a test is missing or nobody could tell the difference. The
results go to benchmarks/results/mutants.json and .md. All mutants take hours; `--sample 500` takes a part of one, and
a run that is stopped leaves the results of the mutants so far, which are a random sample, too.

Tools that exist were tried: mutmut leaves decorators and what they decorate alone, and here the rules are decorators;
cosmic-ray changes the files in place and starts Python and torch anew for each of thousands of mutants. So here a
process with the tests collected forks for each mutant. In the child the code of the functions at fault is exchanged;
where code ran at import already, minigrad is imported again with the fault in it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from benchmarks.mutants.child import PYTEST, ROOT
from benchmarks.mutants.mutations import Mutant, mutants
from benchmarks.mutants.runner import Runner, Tracer
from sidebyside import environment
from sidebyside.options import number, writable_folder, write_text

RESULTS = ROOT / "benchmarks" / "results"
FILES = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("autograd/*.py", "ops.py", "nn/ops.py", "optim/*.py", "optim/lr_scheduler/*.py")
    for path in sorted((ROOT / "minigrad").glob(pattern))
]
TESTS = """
    engine engine_details autograd inplace misuse gradients gradient_memory gradcheck hooks nodes function saved views
    graph modes grad_mode ops kernels loss tensor first_hour first_refusals quiet nn nn_layers module module_state
    module_hooks optim optimizers lr_scheduler torch_samples torch_modules cupy_standin
"""


def prepare() -> None:
    """One thread; Hypothesis as it is in CI, but without shrinking: that a test fails is enough."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    hypothesis.settings.register_profile(
        "mutants",
        max_examples=25,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def figures(found: dict[Mutant, tuple[str, str]], of: int) -> dict[str, Any]:
    """How many were killed, by file; and those that lived."""
    files: dict[str, dict[str, int]] = {}
    lived = []
    for mutant, (state, _) in sorted(found.items(), key=lambda each: (each[0].path, each[0].number)):
        for file in (mutant.path, "all"):
            files.setdefault(file, {"killed": 0, "survived": 0})[state] += 1
        if state != "killed":
            path, text, mutation = mutant.key
            lived.append({"line": f"{path}:{mutant.line}", "text": text, "mutation": mutation})
    files["all"] = files.pop("all", {"killed": 0, "survived": 0})
    return {"mutants": of, "examined": len(found), "files": files, "lived": lived}


def killed_before(every: list[Mutant], folder: Path) -> set[Mutant]:
    """Those that a whole run, whose results are there, has killed: what is in lines that are as they were then."""
    earlier = json.loads((folder / "mutants.json").read_text())
    if earlier["examined"] < earlier["mutants"]:
        raise SystemExit(f"{folder / 'mutants.json'} is of a sample: run all of it first")
    with tempfile.TemporaryDirectory() as then:
        archive = [
            "git",
            "-C",
            str(ROOT),
            "archive",
            f"--output={then}/then.tar",
            earlier["commit"],
            "minigrad",
        ]
        subprocess.run(archive, check=True)
        shutil.unpack_archive(f"{then}/then.tar", then)
        files = [file for file in FILES if (Path(then) / file).is_file()]
        were = {mutant.key for file in files for mutant in mutants(Path(then), file)}
    lived = {(row["line"].partition(":")[0], row["text"], row["mutation"]) for row in earlier["lived"]}
    return {mutant for mutant in every if mutant.key in were - lived}


def interval(good: int, n: int) -> str:
    """Of a sample: where the share in all lies, at 95 % (Wilson, 1927)."""
    z, p = 1.96, good / n
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (100 * (centre + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    return f", {low:.1f} to {high:.1f} % of all with 95 % confidence"


def table(results: dict[str, Any]) -> str:
    """The figures by file, then every mutant that lived."""
    lines = ["| file | mutants | killed | survived | score |", "| --- | --- | --- | --- | --- |"]
    for file, (killed, lived) in ((file, each.values()) for file, each in results["files"].items()):
        n = killed + lived
        score = f"{100 * killed / max(n, 1):.1f} %"
        if file == "all" and 0 < n < results["mutants"]:
            score += interval(killed, n)
        lines.append(f"| {file} | {n} | {killed} | {lived} | {score} |")
    lines += ["", "## Survivors", "", "| line | text | mutation |", "| --- | --- | --- |"]
    for row in results["lived"]:
        cells = [row["line"], f"`{row['text']}`", f"`{row['mutation']}`"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    about = (
        f"{results['examined']} of {results['mutants']} mutants of commit {results['commit'][:7]}, "
        f"{results['tests']} tests, {results['minutes']} minutes: `make mutants`."
    )
    return "\n".join(["# Mutants", "", about, "", *lines, ""])


def main() -> int:
    """Exit status 1 for survivors."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mutants", description=__doc__.partition("\n")[0]
    )
    some = number(int, 1, "a whole number from 1")
    parser.add_argument("files", nargs="*", default=FILES, help="of minigrad; all by default")
    parser.add_argument("--workers", type=some, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=some, help="so many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--again",
        action="store_true",
        help="only what lived in the last whole run, and lines that have changed since",
    )
    parser.add_argument("--out", type=writable_folder("mutants.json", "mutants.md"), default=str(RESULTS),
                        help="the folder of mutants.json and mutants.md")  # fmt: skip
    arguments = parser.parse_args()
    if unknown := set(arguments.files).difference(FILES):
        parser.error(f"no mutants are made of {', '.join(sorted(unknown))}: choose from {', '.join(FILES)}")
    if arguments.again and not (arguments.out / "mutants.json").is_file():
        parser.error(
            f"--again: there is no {arguments.out / 'mutants.json'}: run all of it first, without --again"
        )
    every = [mutant for file in arguments.files for mutant in mutants(ROOT, file)]
    random.Random(arguments.seed).shuffle(every)  # so that what is done so far is always a fair sample
    known = killed_before(every, arguments.out) if arguments.again else set()
    chosen = [mutant for mutant in every if mutant not in known][: arguments.sample]
    prepare()
    tracer = Tracer(FILES).__enter__()  # until the tests are collected
    import minigrad  # noqa: F401

    imported = set(tracer.lines)
    began = time.monotonic()

    def note(runner: Runner) -> None:
        minutes = round((time.monotonic() - began) / 60)
        found = runner.found | dict.fromkeys(known, ("killed", "before"))
        results = figures(found, len(every)) | {"tests": len(runner.items), "minutes": minutes}
        results["commit"] = environment.conditions()["commit"]
        write_text(arguments.out / "mutants.json", json.dumps(results, indent=1, ensure_ascii=False) + "\n")
        write_text(arguments.out / "mutants.md", table(results))
        print(f"{len(runner.found)} mutants, {minutes} minutes: {results['files']['all']}", flush=True)

    files = [str(ROOT / "tests" / f"test_{name}.py") for name in TESTS.split()]
    runner = Runner(chosen, arguments.workers, tracer, imported, note)
    if pytest.main([*PYTEST, *files], plugins=[runner]) != 0:
        return 2
    note(runner)
    return int(figures(runner.found, len(every))["files"]["all"]["survived"] > 0)


if __name__ == "__main__":
    sys.exit(main())
