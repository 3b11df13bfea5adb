"""The page, built once for all tests that look at it."""

import argparse
import atexit
import json
import shutil
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

from both import NIGHTLY

from sidebyside import page
from sidebyside.page import pictures, verdicts
from sidebyside.page.pairs import every

HOSTILE = '<script>alert("x")</script><b>&'


def arguments(*given):
    parser = argparse.ArgumentParser()
    page.add_arguments(parser)
    return parser.parse_args(list(map(str, given)))


def a_run(folder, model="sequential", **more):
    """A folder such as `minigrad compare --out` writes, of three epochs."""
    losses = [(2.0, 2.0), (1.5, 1.5 + 1e-7), (1.25, 1.25 - 3e-7)]
    epochs = [
        {"epoch": i + 1, "loss": {"minigrad": a, "torch": b},
         "worst_gradient": {"parameter": f"{model}.bias", "difference": 1e-8, "ulp": 2.5}}
        for i, (a, b) in enumerate(losses)
    ]  # fmt: skip
    image = {"index": 7, "label": 3, "minigrad": 8, "torch": 3, "pixels": "00ff800000ffff00ff"}
    weight = {"parameter": f"{model}.weight", "shape": [4, 3], "norm": 0.5, "difference": 1e-9, "ulp": 1.5,
              "error": {"minigrad": 1e-7, "torch": 2e-7}, "most": {"ulp": 3.25, "epoch": 2}}  # fmt: skip
    run = {
        "config": {"model": model, "epochs": 3}, "data": {"source": f"made here {model}"}, "epochs": epochs,
        "contract": {"held": True, "epochs": 3, "epochs_equal": 3}, "accuracy": {"minigrad": 0.5, "torch": 0.625},
        "mistakes": {"wrong": {"minigrad": 1, "torch": 0}, "either": 1, "both": 0, "different": 1, "width": 3,
                     "images": [image]},
        "gradients": {"epoch": 3, "parameters": [weight]},
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compare.json").write_text(json.dumps(run | more))
    return folder


@cache
def built():
    """The page with a run whose names are hostile; its folder goes when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="minigrad-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    a_run(folder / "run", model=HOSTILE)
    out = folder / "minigrad.html"
    assert page.run(arguments("--out", out, "--run", folder / "run")) == 0
    return out


def both_files():
    """The page's two files."""
    return {"first": built(), "second": page.second(built())}


# In the browser every tenth row, and those that a test points at: Chromium takes minutes for all. All of them with
# HYPOTHESIS_PROFILE=nightly.
POINTED_AT = {
    *("ops/linear", "ops/mul", "ops/relu", "ops/softmax", "ops/log_softmax", "ops/nll_loss", "ops/to_device"),
    *("optim/SGD", "train/manual", "models/Custom", "backward", "nn/Linear", "nn/CrossEntropyLoss"),
    *("ops/exp", "nn.functional/cross_entropy", "nn/Softmax", "nn/LogSoftmax", "nn/NLLLoss", "nn/GELU"),
}
SHOWN = [pair for i, pair in enumerate(every()) if i % 10 == 0 or pair.key in POINTED_AT or NIGHTLY]


def page_of(pairs):
    """The page with these rows, and a run whose names are hostile."""
    folder = Path(tempfile.mkdtemp(prefix="minigrad-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    a_run(folder / "run", model=HOSTILE)
    found, out = verdicts.measure(pairs), folder / "minigrad.html"
    verdicts.write(found, out.with_suffix(".verdicts.json"))
    training = pictures.read(folder / "run")
    for file, text in page.pages(pairs, found, out, "minigrad.verdicts.json", training).items():
        file.write_text(text, encoding="utf-8")
    return out


@cache
def shown():
    """The page that the browser shows."""
    return page_of(SHOWN)


def digests():
    """What identifies the bytes of a page of few rows: of both files and of the numbers."""
    out = page_of(SHOWN[::4])
    files = (out, page.second(out), out.with_suffix(".verdicts.json"))
    return [sha256(file.read_bytes()).hexdigest() for file in files]
