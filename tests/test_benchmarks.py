"""The benchmarks: statistics on samples whose answer is known, equality before time, and that the runner runs."""

import json
import math
import os
import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from both import NIGHTLY

import minigrad
from benchmarks import fresh, plots, report, statistics, texts, tricks, truth, turns, worker, workloads
from benchmarks.__main__ import RESULTS, main, updated
from benchmarks.contestants import MAKERS, network, samples
from benchmarks.floor import Floor
from benchmarks.measure import Measurement
from benchmarks.operations import OF_LAYERS, OPERATIONS, inputs
from benchmarks.turns import CONTROL, SMOKE, Effort, hot, order, take
from benchmarks.workloads import find, groups
from sidebyside.programs.ops import ops_by_name

# -- statistics ---------------------------------------------------------------------------------------------


def drifting(costs, rounds, drift):
    """What each contestant's samples are on a machine that grows slower by `drift` with every sample."""
    found, now = {name: [] for name in costs}, 0
    for number in range(rounds):
        pairs = {name: [] for name in costs}
        for name in order(list(costs), number):
            pairs[name].append(costs[name] + drift * now)
            now += 1
        for name, pair in pairs.items():
            found[name].append(pair)
    return found


def test_rows_measured_anew_take_their_places():
    row = lambda name, time: {"family": "f", "name": name, "size": 1, "time": time}
    failed = [{"row": "f: a, 1", "why": "different"}, {"row": "f: z, 1", "why": "different"}]
    earlier = {
        "started": "then",
        "rows": [row("b", 1), row("c", 1)],
        "failed": failed,
        "memory": [1],
        "sums": [2],
    }
    anew = {"started": "now", "minutes": 2, "environment": {"commit": "1234"}, "memory": [], "sums": [3]}
    anew |= {"rows": [row("a", 9), row("b", 9)], "failed": [{"row": "f: c, 1", "why": "different"}]}
    found = updated(earlier, anew, "f")
    assert found["rows"] == [row("b", 9), row("a", 9)]
    assert [entry["row"] for entry in found["failed"]] == ["f: z, 1", "f: c, 1"]
    assert (found["started"], found["memory"], found["sums"]) == ("then", [1], [3])
    assert found["updates"] == [{"only": "f", "commit": "1234", "started": "now", "minutes": 2}]


def test_a_drift_does_not_reach_the_ratio():
    """Both samples of a round have the same middle in time: what is left is the drift's share of both."""
    found = drifting({"a": 1.0, "b": 1.0, "c": 1.0}, rounds=6, drift=0.01)
    for name in "bc":
        assert statistics.ratios(found[name], found["a"]) == pytest.approx([1.0] * 6, rel=1e-12)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_an_order_reads_the_same_from_both_ends_and_nobody_is_always_first(count):
    names = [str(i) for i in range(count)]
    orders = [order(names, number) for number in range(count)]
    assert all(each == each[::-1] and sorted(each) == sorted(names * 2) for each in orders)
    assert sorted(each[0] for each in orders) == names


def test_a_ratio_is_of_rounds_and_a_disturbed_round_does_not_move_it():
    ours, theirs = [[1, 3], [2, 2], [9, 91], [2, 2], [2, 2]], [[4, 4]] * 5
    assert statistics.ratios(ours, theirs) == [0.5, 0.5, 12.5, 0.5, 0.5]
    assert statistics.compare(ours, theirs)["ratio"] == 0.5
    assert statistics.seconds(ours) == 2


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([[1, 1]], [])])
def test_rounds_that_are_missing_are_an_error(ours, theirs):
    with pytest.raises(ValueError, match="rounds"):
        statistics.ratios(ours, theirs)


@pytest.mark.parametrize("n", [7, 17, 29])
def test_the_interval_is_the_bootstraps(n):
    """Of n distinct values, n odd, the median drawn is at most the k-th with the chance that over half of n are."""
    chance = lambda k: sum(
        math.comb(n, i) * (k / n) ** i * (1 - k / n) ** (n - i) for i in range((n + 1) // 2, n + 1)
    )
    low = next(k for k in range(1, n + 1) if chance(k) > 0.025)
    high = next(k for k in range(1, n + 1) if chance(k) >= 0.975)
    # 10,000 draws tell a chance to 0.0016, one standard deviation: four keep the ends apart from their neighbours.
    assert all(abs(chance(k) - p) > 0.0064 for k in range(1, n + 1) for p in (0.025, 0.975))
    assert statistics.interval(list(range(1, n + 1))) == (low, high)


def test_the_noise_floor_reaches_as_far_to_either_side():
    low, high = statistics.noise_floor([0.8, 1.0, 1.0, 1.0])
    assert low == pytest.approx(1 / high)
    assert 0.8 < low < 0.82  # interpolated between 0.8 and 1.0, 7.5 % of the way
    assert statistics.noise_floor([1.0, 1.0]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("ratio", "ends", "floor", "said"),
    [
        (0.5, (0.4, 0.6), (0.9, 1.1), "faster"),
        (2.0, (1.8, 2.2), (0.9, 1.1), "slower"),
        (1.05, (1.04, 1.06), (0.9, 1.1), "no difference"),  # inside the noise
        (1.2, (0.9, 1.5), (0.95, 1.05), "no difference"),  # the interval holds 1
    ],
)
def test_a_verdict_needs_both_the_noise_and_the_interval(ratio, ends, floor, said):
    assert statistics.verdict(ratio, ends, floor) == said


def test_compare_takes_its_noise_from_the_control():
    ours, theirs = [[1, 1]] * 20, [[2, 2]] * 20
    calm, wild = [[1, 1]] * 20, [[1, 1], [4, 4]] * 10
    assert statistics.compare(ours, theirs, calm)["verdict"] == "faster"
    assert statistics.compare(ours, theirs, wild)["verdict"] == "no difference"


ROW = "overhead: mul, forward, 1"

# -- turns --------------------------------------------------------------------------------------------------


def test_everyone_has_two_turns_a_round_and_every_program_its_own_rounds():
    seen = []

    def turn(name, *seconds):
        seen.append(name)
        return list(seconds)

    both = {"a": lambda: turn("a", 1.0, 2.0), "b": lambda: turn("b", 3.0, 4.0)}
    first, second = take(both, SMOKE)
    assert seen == ["a", "b", "b", "a", "b", "a", "a", "b"]
    assert first == {"a": [[1.0, 1.0]] * SMOKE.rounds, "b": [[3.0, 3.0]] * SMOKE.rounds}
    assert second == {"a": [[2.0, 2.0]] * SMOKE.rounds, "b": [[4.0, 4.0]] * SMOKE.rounds}


@pytest.mark.parametrize(("each", "calls"), [(0.001, 400), (0.1, 4), (3.0, 1)])
def test_a_hot_loop_lasts_as_long_as_it_should(monkeypatch, each, calls):
    """By a clock that only the call moves: a tenth of the time is not timed, or one call if that is longer."""
    now, made = 0.0, 0

    def call():
        nonlocal now, made
        now, made = now + each, made + 1

    monkeypatch.setattr(turns.time, "perf_counter", lambda: now)
    assert hot(call, 0.4) == pytest.approx(each)
    untimed = made - calls
    assert 0.04 <= untimed * each < 0.04 + each * 1.5


def test_the_pause_comes_before_every_turn(monkeypatch):
    slept = []
    monkeypatch.setattr(turns.time, "sleep", slept.append)
    take({"a": lambda: [1.0], "b": lambda: [1.0]}, Effort(rounds=3, pause=0.5))
    assert slept == [0.5] * 12


def test_a_contestant_has_one_process_with_its_own_library_alone():
    pid, modules = (
        "__import__('os').getpid()",
        "[m for m in ('minigrad', 'torch') if m in __import__('sys').modules]",
    )
    with worker.processes() as apart:
        for name in ("minigrad", "torch"):
            apart(name, worker.prepare, name, [ROW], True)
        first = {os.getpid(), *(apart(name, eval, pid) for name in ("minigrad", "torch"))}
        assert len(first) == 3
        (seconds,) = apart("minigrad", worker.turn, [ROW], 0.0)
        assert 0 < seconds < 1
        assert apart("minigrad", eval, modules) == ["minigrad"]
        assert apart("minigrad", eval, pid) in first


# -- equality before time -----------------------------------------------------------------------------------

SIZES = (20, 7, 4)


def worst(made, bounds):
    loss, after = bounds
    return max(loss.misses(made.step()), *(b.misses(w) for b, w in zip(after, made.weights(), strict=True)))


def missed(who, batch):
    given = (*samples(batch, SIZES[0], SIZES[-1]), network(SIZES), 0.8)
    return worst(MAKERS[who](*given), truth.step(*given))


@pytest.mark.parametrize("batch", [1, 2, 33])
@pytest.mark.parametrize("who", ["minigrad", "floor", "torch", "MyGrad", "HIPS autograd", "JAX jit"])
def test_a_step_lies_within_the_bound(who, batch):
    pytest.importorskip({"MyGrad": "mygrad", "HIPS autograd": "autograd", "JAX jit": "jax"}.get(who, "numpy"))
    if who == "JAX jit":  # whose threads would make every later fork of this process a warning
        with get_context("spawn").Pool(1) as pool:
            assert pool.apply(missed, (who, batch)) <= 1
    else:
        assert missed(who, batch) <= 1


@pytest.mark.parametrize("batch", [1, 33])
@pytest.mark.parametrize("fault", ["rate", "mask", "bias", "share"])
def test_a_wrong_step_lies_outside_the_bound(fault, batch):
    x, y = samples(batch, SIZES[0], SIZES[-1])
    weights = network(SIZES)
    made = Floor(x, y, weights, 0.8)
    if fault == "rate":
        made.lr *= np.float32(1.0001)
    elif fault == "share":
        made.share *= np.float32(1.001)
    made.forward()
    if fault == "mask":
        made.h[:] = 1  # all alive, and the second layer's gradient wrong, too
    made.backward()
    if fault == "bias":
        made.gradients[1][:] = 0
    made.flat -= made.lr * made.flat_gradient
    _, after = truth.step(x, y, weights, 0.8)
    assert max(b.misses(w) for b, w in zip(after, made.weights, strict=True)) > 1


@pytest.mark.parametrize("batch", [1, 64])
def test_a_network_is_still_training_after_thousands_of_steps(batch):
    """A hot loop takes as many. A dead one would have other numbers to compute with: zeros, or ones below normal."""
    made = Floor(*samples(batch, 784, 10), network(workloads.TUTORIAL), workloads.LR)
    losses = [made.step() for _ in range(2000)]
    sizes = np.abs(made.flat_gradient[made.flat_gradient != 0])
    assert 0 < losses[-1] < losses[100] < losses[0]
    assert made.alive.mean() > 0.2
    assert sizes.min() > np.finfo(np.float32).tiny


def test_what_is_not_equal_is_not_timed(capsys):
    def apart(name, function, *args):
        assert function is not worker.turn
        if function is worker.check:
            raise AssertionError("bits differ")

    found = {"rows": [], "skipped": [], "failed": []}
    Measurement(apart, SMOKE, True, found).rows([ROW], ("minigrad", "torch"))
    assert found == {"rows": [], "skipped": [], "failed": [{"row": ROW, "why": "bits differ"}]}
    assert f"FAILED {ROW}: bits differ" in capsys.readouterr().err


def test_after_a_process_that_died_there_is_another():
    with worker.processes() as apart:
        with pytest.raises(BrokenProcessPool):
            apart("one", os._exit, 1)
        assert apart("one", abs, -2) == 2


def test_a_row_that_breaks_loses_no_other(capsys):
    def apart(name, function, *args):
        if function is worker.prepare and name == "minigrad":
            raise ZeroDivisionError("division by zero")

    found = {"rows": ["measured before"], "skipped": [], "failed": []}
    Measurement(apart, SMOKE, True, found).group([ROW], ("minigrad", "torch"))
    assert found["rows"] == ["measured before"]
    assert found["failed"] == [{"row": ROW, "why": "ZeroDivisionError: division by zero"}]
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (None, "ModuleNotFoundError: not installed: pip install -e '.[bench]'"),
        (object(), "RuntimeError: no C++ compiler"),
    ],
)
def test_who_cannot_is_skipped_aloud_and_once(monkeypatch, capsys, spec, why):
    def apart(name, function, who, titles, smoke):
        if who == "torch.compile":
            raise RuntimeError("no C++ compiler\nInstall one.")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    found = {"skipped": []}
    for _ in range(2):
        assert Measurement(apart, SMOKE, True, found).takes_part("floor", [ROW])
        assert not Measurement(apart, SMOKE, True, found).takes_part("torch.compile", [ROW])
    assert found["skipped"] == [{"who": "torch.compile", "why": why}]
    assert capsys.readouterr().err == f"SKIPPED torch.compile: {why}\n"


def test_a_contestant_that_must_be_there_is_not_skipped():
    def apart(*_):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        Measurement(apart, SMOKE, True, {"skipped": []}).takes_part("minigrad", [ROW])


def test_first_weights_do_not_depend_on_the_librarys_random_numbers(monkeypatch):
    """On some processors torch draws other numbers."""
    row = next(row for row in workloads.FAMILIES["fit"](True))
    monkeypatch.setattr(torch.nn.init, "kaiming_uniform_", lambda tensor, *_, **__: tensor)
    assert "the same" in row.check(workloads.BOTH)


# -- the ops ------------------------------------------------------------------------------------------------

# Nodes of ops that are not timed: torch has no name for them, or only gradients use them.
APART = {
    "EmbedBackward0": "only in second derivatives",
    "OthersBackward0": "only in second derivatives of prod",
    "IndexPutImplBackward0": "only in second derivatives",
    "SqueezeBackward0": "goes by other names: squeeze of some axes, of one, of all",
    "ConvolutionBackwardBackward0": "only in second derivatives of convolutions",
    "IndexAddBackward0": "only in second derivatives of a reflected or replicated border",
    "UpsampleBilinear2DBackwardBackward0": "only in second derivatives of interpolate",
    "GatherAlongBackward0": "goes by other names: max, sort, topk",
}


def nodes(z):
    found, todo = set(), [z.grad_fn]
    while todo:
        node = todo.pop()
        if node is not None:
            found.add(node.name())
            todo += [inner for inner, _ in node.next_functions]
    return found


def run(library, program, arrays):
    given = [library.from_numpy(a.copy()) for a in arrays]
    return program(library, *[t.requires_grad_() if t.is_floating_point() else t for t in given])


def test_the_table_has_every_op_with_a_gradient():
    seen = set()
    for case in OPERATIONS.values():
        arrays = inputs(case, 3)
        ours, theirs = run(minigrad, case.program, arrays), run(torch, case.program, arrays)
        assert (ours.shape, str(ours.dtype).split(".")[-1]) == (
            theirs.shape,
            str(theirs.dtype).split(".")[-1],
        )
        seen |= nodes(ours)
    left_out = {name for case in OF_LAYERS for name in case.ops} | {"diag_embed", "multilabel_margin_loss"}
    known = {op.node_name for name, op in ops_by_name().items() if any(op.rules) and name not in left_out}
    assert known - seen == set(APART)


# -- the whole --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """What is quick to start: a few ops, no other networks, libraries, nor processes whose memory is measured.

    By day without the families that need processes, or data in each process, for themselves alone.
    """
    folder = tmp_path_factory.mktemp("bench")
    only = "^(step|overhead|depth): |^operation: (add|relu|mm)|^(ceilings|sums)$"
    only += "|^(trick|fit): |^import$" if NIGHTLY else ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBLAS_CORETYPE", "Haswell")
        assert main(["--smoke", "--threads", "1", "--only", only, "--out", str(folder)]) == 0
        assert os.environ["OPENBLAS_CORETYPE"] == "Haswell"  # only the benchmark's processes go without it
    return SimpleNamespace(folder=folder, report=json.loads((folder / "cpu.json").read_text()))


def test_the_json_has_every_sample(smoke):
    rows = smoke.report["rows"]
    families = {row["family"] for row in rows}
    at_night = {"trick", "fit", "import"} if NIGHTLY else set()
    assert families == {"step", "overhead", "operation", "depth"} | at_night
    for row in rows:
        assert {len(rounds) for rounds in row["rounds"].values()} == {SMOKE.rounds}
        assert all(sample > 0 for rounds in row["rounds"].values() for pair in rounds for sample in pair)
        assert CONTROL in row["rounds"]
        assert row["check"] or row["family"] == "import"
    assert not smoke.report["failed"]
    assert len(smoke.report["sums"]) == 16


@pytest.mark.parametrize(("titles", "who"), list(groups(True, "^(trick|fit): ")), ids=str)
def test_what_is_timed_at_night_is_equal_and_runs(titles, who):
    for title in titles:
        row = find(title, True)
        assert row.check(who)
        for name in who:
            row.make(name)()


def test_an_import_is_timed():
    assert 0 < fresh.import_seconds("numpy") < 60


def test_the_environment_says_what_was_measured_on(smoke):
    found = smoke.report["environment"]
    assert smoke.report["removed_variables"] == {"OPENBLAS_CORETYPE": "Haswell"}
    assert "OPENBLAS_CORETYPE" not in found["variables"]
    assert found["threads"] == {"numpy": 1, "torch": 1}
    assert (
        found["versions"]["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
    )  # PyPI's name has no +cu130
    assert found["variables"]["OMP_NUM_THREADS"] == "1"  # conftest.py's
    assert found["commit"] is None or re.fullmatch("[0-9a-f]{40}", found["commit"])
    assert found["processor"] in (smoke.folder / "cpu.md").read_text()


def test_table_and_plots_are_made_from_the_json(smoke):
    text = (smoke.folder / "cpu.md").read_text()
    assert text == report.markdown(smoke.report)
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    at_night = dict.fromkeys(("Whole trainings", "Tricks", "Import"), NIGHTLY)
    assert titles == [title for title in [
        "The tutorial's step", "Two floors of the step", "Everyone over the floor", "Whole trainings",
        "Python per op", "Op by op", "Tricks", "Depth", "Import", "Accuracy of sums",
    ] if at_night.get(title, True)]  # fmt: skip
    row = next(row for row in smoke.report["rows"] if row["family"] == "step")
    found = statistics.compare(row["rounds"]["minigrad"], row["rounds"]["floor"])
    assert f"{found['ratio']:.2f} [{found['interval'][0]:.2f}, {found['interval'][1]:.2f}]" in text
    drawn = plots.draw(smoke.report)
    assert list(drawn) == ["cpu-step.svg", "cpu-ops.svg", "cpu-depth.svg"]
    for name, svg in drawn.items():
        assert (smoke.folder / name).read_text() == svg  # the same bytes from the same figures
        ElementTree.fromstring(svg)


def test_the_tables_that_are_published_are_made_from_the_json():
    published = json.loads((RESULTS / "cpu.json").read_text())
    assert (RESULTS / "cpu.md").read_text() == report.markdown(published)


@pytest.mark.parametrize("name", texts.DOCUMENTS)
def test_a_document_has_the_figures_that_were_measured(name):
    text = (texts.ROOT / name).read_text(encoding="utf-8")
    report = json.loads((RESULTS / "cpu.json").read_text())
    assert texts.renewed(text, report) == text, "run: python -m benchmarks report"


def test_every_writer_of_figures_has_its_place():
    found = [
        mark
        for name in texts.DOCUMENTS
        for _, mark, _ in texts.MARKED.findall((texts.ROOT / name).read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted(texts.FIGURES)


def test_rows_of_another_processor_are_not_mixed(smoke, capsys, monkeypatch):
    monkeypatch.setattr("sidebyside.environment.processor", lambda: "an abacus")
    with pytest.raises(SystemExit, match="2"):
        main(["--update", "--only", "^step", "--out", str(smoke.folder)])
    assert "another processor" in capsys.readouterr().err


def test_report_makes_them_anew(smoke):
    before = {path.name: path.read_text() for path in smoke.folder.iterdir()}
    for path in smoke.folder.glob("*.svg"):
        path.unlink()
    assert main(["report", "--out", str(smoke.folder)]) == 0
    assert {path.name: path.read_text() for path in smoke.folder.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--threads", "0"], "--threads 0: choose from 1 to"),
        (["--rounds", "1"], "--rounds 1: take at least 2"),
        (["report", "--out", "nowhere"], "measure first"),
        (["--only", "(step"], "'(step' is no regular expression"),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "said"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 µs"), (1e-8, "0.01 µs")]
)
def test_a_duration_has_three_digits_and_a_unit(seconds, said):
    assert report.duration(seconds) == said


@pytest.mark.parametrize("name", tricks.TRICKS)
def test_both_ways_of_a_trick_compute_the_same(name):
    said = tricks.check(tricks.TRICKS[name]._replace(size=700))
    assert said == "the same bits" or "of what rounding allows" in said


def test_a_trick_that_computes_something_else_is_not_timed():
    trick = next(trick for trick in tricks.TRICKS.values() if not trick.exact)
    with pytest.raises(AssertionError, match=r"apart by .* not timed"):
        tricks.check(trick._replace(size=700, ours=lambda dz: dz.sum(axis=0) + 1))
