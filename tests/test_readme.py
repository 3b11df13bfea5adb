"""What the README says is so: its figures come from files that a command wrote, its map names every file."""

import json
from pathlib import Path

import pytest

from benchmarks import tutorial
from sidebyside.report import line

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_tutorials_table_is_what_was_measured():
    runs = json.loads(tutorial.RESULTS.read_text())["runs"]
    assert tutorial.table(runs) in README


def test_ours_lie_within_the_tutorials_figures():
    """0.01 in accuracy and 0.03 in mean loss: about twice what PyTorch itself moves from seed to seed."""
    runs = json.loads(tutorial.RESULTS.read_text())["runs"]
    assert {run["seed"] for run in runs} >= {0, 1, 2}
    for run in runs:
        accuracy, loss = tutorial.TUTORIAL[run["model"], run["loop"]][run["epochs"]]
        assert accuracy is None or abs(run["accuracy"] - accuracy) <= 0.01, run
        assert loss is None or abs(run["mean_loss"] - loss) <= 0.03, run


def test_the_shown_run_is_what_was_measured():
    result = json.loads((ROOT / "benchmarks" / "results" / "compare-digits.json").read_text())
    ours = theirs = 0.0
    for entry in result["epochs"]:
        ours += entry["loss"]["minigrad"]
        theirs += entry["loss"]["torch"]
        epoch, worst = entry["epoch"], entry["worst_gradient"]
        if epoch % 10 == 0:
            shown = line(epoch, 100, ours / epoch)
            apart = f"gradients {worst['ulp']:.1f} ulp apart ({worst['parameter']})"
            assert f"{shown} PyTorch {theirs / epoch:.5f} {apart}\n" in README
    for name, engine in (("minigrad", "minigrad"), ("PyTorch", "torch")):
        said = f"{name}: accuracy {result['accuracy'][engine]:.4f}, {result['seconds'][engine]:.2f} s\n"
        assert said in README
    assert result["contract"]["held"]
    assert f"in {result['contract']['epochs_equal']} of 100 epochs" in README


@pytest.mark.parametrize("room", ["minigrad", "torch_ref", "sidebyside"])
def test_the_map_names_every_file(room):
    for path in sorted((ROOT / room).rglob("*.py")):
        if path.name not in ("__init__.py", "__main__.py"):
            assert f"({path.relative_to(ROOT)})" in README or (
                path.parent.name in ("nn", "modules", "data", "_utils", "utils")
                and f"`{path.name}`" in README
            )
