"""The GPU's benchmark, run on the CPU: its whole logic, with small numbers."""

import json

import pytest

from benchmarks import gpu, roofline


def test_a_dry_run_measures_everything(tmp_path, capsys):
    out = tmp_path / "gpu.json"
    assert gpu.main(["--dry-run", "--out", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["errors"] == {}
    assert [each["batch"] for each in report["steps"]] == list(gpu.DRY.batches)
    for each in report["steps"]:
        assert list(each["seconds"]) == list(gpu.CONTESTANTS)
        assert len(each["samples"]["torch eager"]) == gpu.DRY.rounds
        assert each["largest_difference_of_losses"] < 1e-3
        assert all(share > 0 for share in each["share_of_roofline"].values())
    assert (tmp_path / report["plot"]).stat().st_size > 1000
    assert "minigrad CuPy / torch eager" in capsys.readouterr().out


def test_what_fails_is_told_and_the_rest_goes_on(tmp_path, monkeypatch):
    def broken(machine, n):
        raise RuntimeError("no compiler")

    monkeypatch.setitem(gpu.CONTESTANTS, "torch.compile", (gpu.torch, broken))
    out = tmp_path / "gpu.json"
    assert gpu.main(["--dry-run", "--out", str(out)]) == 1
    report = json.loads(out.read_text())
    assert report["errors"] == {
        f"batch {n}: torch.compile": "RuntimeError: no compiler" for n in gpu.DRY.batches
    }
    assert all("torch graph" in each["seconds"] for each in report["steps"])


def test_without_a_gpu_it_says_so(capsys):
    if gpu.torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert gpu.main([]) == 2
    assert "finds no GPU" in capsys.readouterr().err


def test_the_floor_of_the_tutorials_step():
    """784-100-10 at 60,000: 2·60000·(2·78400 + 3·1000) operations."""
    found = roofline.floors(60_000, gpu.SIZES, {"operations_per_second": 1e12, "bytes_per_second": 1e15})
    assert found["operations"] == 120_000 * 159_800
    assert found["seconds"] == found["operations"] / 1e12
