"""Ranks: minigrad.distributed beside torch.distributed, shards beside the whole, and what is said when a rank fails.

Two ranks of mpiexec run rank_programs.py once for all tests of both libraries. HYPOTHESIS_PROFILE=nightly runs more.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from both import NIGHTLY
from hypothesis import find, given, settings
from hypothesis import strategies as st

import minigrad
from benchmarks.ranks import digits, kill_and_go_on
from sidebyside import cli
from sidebyside.contract import same_bits
from sidebyside.data import load
from sidebyside.runs import LEARNING_RATES, Config, engine, start
from sidebyside.shards import few_bit_steps, proved_steps

ROOT = Path(__file__).parent.parent
MPIEXEC = shutil.which(
    "mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
)
REASON = "NO RANKS ARE TESTED: mpi4py and mpiexec are not installed: python -m pip install -e '.[mpi]'"
ranks_run = pytest.mark.skipif(not (find_spec("mpi4py") and MPIEXEC), reason=REASON)
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
TRAIN = [sys.executable, "-m", "sidebyside", "train", "--log-each", "1", "--batch-size", "48"]


def mpiexec(*commands, seconds=120):
    """The end of some processes, each of its own command: status, output, errors."""
    argv = " : ".join(["-n 1 %s"] * len(commands)).split(" ")
    words = iter(commands)
    argv = [word for each in argv for word in (next(words) if each == "%s" else [each])]
    done = subprocess.run(
        [MPIEXEC, *argv], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=seconds
    )
    return done.returncode, done.stdout, done.stderr


# -- both libraries ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(train):
    """What two ranks of both libraries computed, rank by rank."""
    status, out, err = mpiexec(*[[sys.executable, "tests/rank_programs.py", train[-1]]] * 2)
    assert status == 0, err
    return [json.loads(line) for line in out.splitlines()]


@ranks_run
@pytest.mark.parametrize("program", ["collectives", "wrapped", "refused"])
def test_two_ranks_compute_what_torchs_do(found, program):
    assert len(found) == 2
    for rank in found:
        ours, theirs = rank[f"{program} minigrad"], rank[f"{program} torch"]
        assert ours == theirs
        assert len(ours) > 2


@ranks_run
def test_minigrads_ranks_are_pytorchs_over_gloo_bit_for_bit(found, train):
    """Claim (c), and claim (a): these are the weights of two shards one after another, here."""
    config = Config("residual", batch_size=240, epochs=3, hidden=20, optimizer="adam", lr=0.01, shards=2)
    run = start("minigrad", config, load(train[-1]))
    run.advance(3)
    for rank in found:
        assert rank["equal"] == 3
        assert rank["weights"] == run.digests


@ranks_run
def test_allreduce_of_two_ranks_has_the_bits_of_the_sum_in_order(found):
    assert [rank["allreduce"] for rank in found] == [True, True]


@settings(max_examples=100)
@given(
    st.integers(0, 40), st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 2**40), st.integers(0, 9)
)  # fmt: skip
def test_the_sampler_has_torchs_order(n, ranks, shuffle, drop_last, seed, epoch):
    for rank in range(ranks):
        options = {"shuffle": shuffle, "seed": seed, "drop_last": drop_last}
        both = [t.utils.data.DistributedSampler(range(n), ranks, rank, **options) for t in (minigrad, torch)]
        for each in both:
            each.set_epoch(epoch)
        ours, theirs = both
        assert list(ours) == list(theirs)
        assert len(ours) == len(theirs)


def test_without_a_group_both_say_the_same():
    for call in (
        lambda t: t.distributed.get_rank(),
        lambda t: t.distributed.all_reduce(t.zeros(2)),
        lambda t: t.utils.data.DistributedSampler(range(3)),
        lambda t: t.nn.parallel.DistributedDataParallel(t.nn.Linear(2, 2)),
    ):
        said = []
        for t in (minigrad, torch):
            with pytest.raises(ValueError, match="Default process group has not been initialized") as error:
                call(t)
            said.append(str(error.value))
        assert said[0] == said[1]


def test_without_mpi4py_one_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.setattr(minigrad.distributed, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"doesn't have MPI built in\.\npip install mpi4py mpich"):
        minigrad.distributed.init_process_group()
    monkeypatch.setenv("PMI_SIZE", "2")
    assert cli.main(["train", "--epochs", "1"]) == 2
    assert "mpiexec needs mpi4py, which is not installed" in capsys.readouterr().err


def test_import_minigrad_imports_no_mpi():
    code = (
        "import sys, minigrad; minigrad.nn.parallel.DistributedDataParallel; print('mpi4py' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "False\n"


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """The command that trains on the digits from a file: scikit-learn takes two seconds to load."""
    return [*TRAIN, "--data", digits(tmp_path_factory.mktemp("data"))]


# -- shards and ranks -------------------------------------------------------------------------------------------------

OPTIMIZERS = {"sgd": ["--momentum", "0.9", "--lr", "0.1"], "adam": ["--optimizer", "adam"]}
WHOLE_RUNS = [
    (model, dtype, optimizer, ranks)
    for optimizer in OPTIMIZERS for ranks in (2, 3, 4) for dtype in ("float64", "float32") for model in LEARNING_RATES
]  # fmt: skip


@ranks_run
@pytest.mark.parametrize(
    ("model", "dtype", "optimizer", "ranks"), WHOLE_RUNS if NIGHTLY else [WHOLE_RUNS[10]]
)
def test_ranks_end_in_the_weights_of_shards_one_after_another(
    tmp_path, train, model, dtype, optimizer, ranks
):
    """Claim (a): one SHA-256 of all weights after every epoch."""
    options = [
        "--model",
        model,
        "--dtype",
        dtype,
        *OPTIMIZERS[optimizer],
        "--epochs",
        "20" if NIGHTLY else "3",
    ]
    ends = [[*options, "--json", str(tmp_path / f"{name}.json")] for name in ("ranks", "shards")]
    assert mpiexec(*[[*train, *ends[0]]] * ranks)[::2] == (0, "")
    assert cli.main([*train[3:], *ends[1], "--shards", str(ranks)]) == 0
    one, other = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("ranks", "shards"))
    assert one["weights"] == other["weights"]
    assert len(set(one["weights"])) == one["config"]["epochs"]
    assert one["losses"] == other["losses"]


def copied(steps, count):
    return [{name: p.detach().numpy().copy() for name, p in each.items()} for each in islice(steps, count)]


@pytest.mark.parametrize(("dtype", "steps"), [("float32", 1), ("float64", 2)])
@pytest.mark.parametrize("model", LEARNING_RATES)
def test_where_nothing_rounds_the_shards_are_the_whole(model, dtype, steps):
    """Claim (b): for as many steps as are proved, whatever the library and the number of shards."""
    config = Config(model, dtype=dtype, lr=0.25, momentum=0.5)
    whole = copied(few_bit_steps("torch", config, 1), steps)
    for shards in (1, 2, 4):
        assert proved_steps(config, shards) == steps
        for library in ("minigrad", "torch"):
            for ours, theirs in zip(
                copied(few_bit_steps(library, config, shards), steps), whole, strict=True
            ):
                assert all(same_bits(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("shards", [1, 2, 4])
def test_compare_on_shards(capsys, tmp_path, shards):
    """Claim (b) on any floats: within the bound; and in one process PyTorch's shards are minigrad's."""
    path = tmp_path / "found.json"
    argv = ["compare", "--epochs", "2", "--shards", str(shards), "--batch-size", "720", "--json", str(path)]
    assert cli.main(argv) == 0
    result, out = json.loads(path.read_text()), capsys.readouterr().out
    assert f"minigrad's weights: SHA-256 {result['weights'][-1]}" in out
    assert len(result["weights"]) == 2
    for each in result["shards"].values():
        assert each["within"]
        assert (each["apart"] == 0) if shards == 1 else (0 < each["apart"] < each["bound"])


# -- counterexamples --------------------------------------------------------------------------------------------------


def mean(numbers):
    return sum(numbers) / len(numbers)


def split_unlike_the_whole(parts):
    """Whether the plain mean of the shards' means is another number than the mean of all samples."""
    return all(parts) and mean([mean(part) for part in parts]) != mean(
        [each for part in parts for each in part]
    )


def test_the_smallest_unequal_shards_whose_plain_mean_is_wrong():
    few = st.lists(st.integers(0, 8), min_size=1, max_size=4)
    assert find(st.tuples(few, few).map(list), split_unlike_the_whole) == [[0], [0, 1]]


@pytest.mark.parametrize("sizes", [(40, 24), (32, 32)])
def test_unequal_shards_with_a_plain_mean_are_wrong_and_weighted_right(sizes):
    side, data = engine("minigrad"), load("digits")
    x = minigrad.from_numpy(data.inputs("train", "float64")[: sum(sizes)])
    y = minigrad.from_numpy(data.labels("train")[: sum(sizes)])
    minigrad.manual_seed(0)
    model, loss = side.models["sequential"](64, 16, 10).double(), minigrad.nn.CrossEntropyLoss()

    def gradient(first, end):
        model.zero_grad()
        loss(model(x[first:end]), y[first:end]).backward()
        return model[0].weight.grad.numpy().copy()

    whole, parts = gradient(0, sum(sizes)), [gradient(0, sizes[0]), gradient(sizes[0], sum(sizes))]
    weighted = sum(n / sum(sizes) * g for n, g in zip(sizes, parts, strict=True))
    rounding = 64 * np.finfo(np.float64).eps * max(abs(g).max() for g in parts)  # of sums of 64 samples
    assert abs(weighted - whole).max() < rounding
    assert (abs(sum(parts) / 2 - whole).max() > 1e-3) == (sizes[0] != sizes[1])


def apart_after(layer, parts):
    """How far the outputs of a layer for two shards are from those for the whole batch."""
    parts = [
        minigrad.tensor(part, dtype=minigrad.float64).reshape(-1, 1) * minigrad.ones(2) for part in parts
    ]
    whole = layer(minigrad.cat(parts))
    return (whole - minigrad.cat([layer(part) for part in parts])).abs().max().item()


def test_the_smallest_shards_that_batchnorm_tells_from_the_whole():
    """It sees the mean and the variance of one shard. What normalizes each sample by itself sees the same as before."""
    pair = st.lists(st.integers(0, 3), min_size=2, max_size=2)
    parts = find(
        st.tuples(pair, pair), lambda parts: apart_after(minigrad.nn.BatchNorm1d(2).double(), parts) > 0.1
    )
    assert parts == ([0, 0], [0, 1])
    assert apart_after(minigrad.nn.LayerNorm(2).double(), parts) == 0


def test_padded_shards_count_samples_twice():
    """The sampler makes shards equal: three samples on two ranks are four, and their mean is not that of three."""
    parts = [list(minigrad.utils.data.DistributedSampler(range(3), 2, r, shuffle=False)) for r in range(2)]
    assert parts == [[0, 2], [1, 0]]
    assert mean([mean(part) for part in parts]) != mean(range(3))


# -- faults -----------------------------------------------------------------------------------------------------------


def told(err):
    return sorted(line for line in err.splitlines() if line.startswith("minigrad train: rank"))


def other_data(folder):
    images, labels = np.zeros((9, 8, 8), np.uint8), np.arange(9)
    path = folder / "other.npz"
    np.savez(path, x_train=images, x_test=images, y_train=labels, y_test=labels)
    return ["--data", str(path)]


@ranks_run
@pytest.mark.parametrize("what", ["--data", "--hidden"] if NIGHTLY else ["--data"])
def test_other_options_and_data_are_refused_by_every_rank(tmp_path, train, what):
    other = ["--hidden", "7"] if what == "--hidden" else other_data(tmp_path)
    status, out, err = mpiexec(train, [*train, *other])
    assert status == 1
    assert len(told(err)) == 2, err
    assert all(f"rank 1 has another {what} than rank 0, {other[1]} and not " in line for line in told(err))
    assert "Epoch" not in out


RAISES = """
import sys
from datetime import timedelta
from minigrad import distributed as dist, zeros
if {version} and "{rank}" == "1":
    sys.modules["minigrad"].__version__ = "0.0.1"
dist.init_process_group(timeout=timedelta(seconds=1))
for step in range(3):
    if dist.get_rank() == 1 and step == 2:
        {fault}
    dist.all_reduce(zeros(2))
dist.destroy_process_group()
"""
FAULTS = {
    "raises": ("raise ValueError('oh')", "rank 0 calls all_reduce by SUM of [2] float32, and rank 1 has ended"),
    "exits": ("sys.exit(3)", "rank 0 calls all_reduce by SUM of [2] float32, and rank 1 has ended"),
    "elsewhere": ("dist.barrier()", "rank 0 calls all_reduce by SUM of [2] float32, and rank 1 calls barrier"),
    "other shape": ("dist.all_reduce(zeros(3))", "[2] float32, and rank 1 calls all_reduce by SUM of [3] float32"),
    "hangs": ("import time; time.sleep(60)", "by SUM of [2] float32, and has waited 1 s for rank 1"),
    "version": ("pass", "rank 0 has minigrad 0.1.0, NumPy {numpy} and ordered=True, and rank 1 has minigrad 0.0.1"),
}  # fmt: skip


@ranks_run
@pytest.mark.parametrize("fault", FAULTS if NIGHTLY else ["raises", "version"])
def test_a_rank_that_fails_ends_all_with_a_sentence(fault):
    code, said = FAULTS[fault]
    programs = [RAISES.format(version=fault == "version", rank=rank, fault=code) for rank in range(2)]
    status, _, err = mpiexec(*[[sys.executable, "-c", program] for program in programs], seconds=60)
    sentences = [line for line in err.splitlines() if "DistBackendError: " in line]
    assert status != 0
    assert all(said.format(numpy=np.__version__) in line for line in sentences)
    assert len(sentences) == (1 if fault in ("raises", "exits", "hangs") else 2)


@ranks_run
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process")
def test_a_rank_that_is_stopped_in_a_training_ends_it(tmp_path, train):
    pids = tmp_path / "pid"
    rank = [sys.executable, "-m", "benchmarks.ranks", "--rank", str(pids), *train[3:], "--timeout", "1"]
    argv = [*rank, "--epochs", "100000", "--save", str(tmp_path / "run.npz")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([MPIEXEC, "-n", "2", *argv], env=ENVIRONMENT, cwd=ROOT, **pipes) as process:
        while not process.stdout.readline().startswith("Epoch 2/"):
            assert process.poll() is None, process.stderr.read()
        os.kill(int(pids.with_suffix(".1").read_text()), signal.SIGSTOP)
        _, err = process.communicate(timeout=60)
    (sentence,) = told(err)
    assert re.match(
        r"minigrad train: rank 0 ends: rank 0 calls \w+ .* and has waited 1 s for (rank 1|the others)$",
        sentence,
    )
    assert len(minigrad.load(tmp_path / "run.npz")["losses"]) >= 2


@ranks_run
def test_a_rank_killed_at_random_moments_loses_no_epoch(tmp_path, train, monkeypatch):
    """The kills of benchmarks/ranks.py, a few of them; one process goes on to the end of two ranks without kills."""
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])
    monkeypatch.chdir(ROOT)
    saved, count = tmp_path / "run.npz", 50 if NIGHTLY else 2
    options = ["--data", train[-1], "--batch-size", "480", "--epochs", str(count * 60)]
    kill_and_go_on(saved, options, count)
    shards = ["train", *options, "--shards", "2"]
    resumed = ["--resume", str(saved)] if saved.exists() else []
    assert cli.main([*shards, *resumed, "--save", str(tmp_path / "end.npz")]) == 0
    assert cli.main([*shards, "--save", str(tmp_path / "whole.npz")]) == 0
    end, whole = (minigrad.load(tmp_path / f"{name}.npz") for name in ("end", "whole"))
    assert all(end["model"][name].equal(p) for name, p in whole["model"].items())
    assert end["losses"] == whole["losses"]


def test_a_run_on_shards_goes_on_with_another_number_of_them(tmp_path, train):
    saved = str(tmp_path / "run.npz")
    assert cli.main([*train[3:], "--shards", "2", "--epochs", "2", "--save", saved]) == 0
    for argv in (["--shards", "3"], [], ["--shards", "2"]):
        path = tmp_path / "on.json"
        assert cli.main([*train[3:], *argv, "--epochs", "4", "--resume", saved, "--json", str(path)]) == 0
    whole = tmp_path / "whole.json"
    assert cli.main([*train[3:], "--shards", "2", "--epochs", "4", "--json", str(whole)]) == 0
    assert json.loads(path.read_text())["weights"] == json.loads(whole.read_text())["weights"][2:]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--shards", "3", "--batch-size", "50"], "cannot be split into 3 equal shards: give a multiple of 3"),
        (["--shards", "2", "--loop", "manual"], "--loop manual knows no shards in one process: use --loop optimizer"),
        (["--shards", "2", "--compile"], "--compile knows no shards: leave it out"),
        (["--shards", "1438"], "--shards 1438, and the data has 1437 samples: give fewer"),
    ],
)  # fmt: skip
def test_shards_that_do_not_fit_are_refused(capsys, argv, said):
    assert cli.main(["train", "--epochs", "1", *argv]) == 2
    assert capsys.readouterr().err.endswith(f"{said}\n")
