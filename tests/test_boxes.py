"""boxes(): a graph's data and gradients, under both engines."""

import matplotlib
import pytest
import torch
from matplotlib import pyplot as plt

import minigrad
from sidebyside.graph.boxes import arranged, arrows, boxes, told

LIBRARIES = pytest.mark.parametrize("library", [minigrad, torch], ids=["minigrad", "torch"])


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setitem(matplotlib.rcParams, "backend", "Agg")
    yield
    plt.close("all")


def line(library):
    w, x, b = (library.tensor(value, requires_grad=True) for value in (3.0, 2.0, 1.0))
    p = w * x
    loss = (p + b - 4) ** 2
    p.retain_grad()
    loss.backward()
    return {"w": w, "x": x, "b": b, "p": p, "loss": loss}


@LIBRARIES
def test_a_box_shows_data_and_grad_and_a_dash_where_none_was_kept(library):
    drawn = line(library)
    assert told("w", drawn["w"]) == "w\ndata 3\ngrad 12"
    assert told("p", drawn["p"]) == "p  (Mul)\ndata 6\ngrad 6"
    assert told("loss", drawn["loss"]) == "loss  (Pow)\ndata 9\ngrad –"


@LIBRARIES
def test_arrows_pass_over_what_has_no_name_and_an_input_stands_next_to_its_first_use(library):
    below = arrows(line(library))
    assert below == {"w": set(), "x": set(), "b": set(), "p": {"w", "x"}, "loss": {"p", "b"}}
    assert arranged(below) == [{"w", "x"}, {"b", "p"}, {"loss"}]


@LIBRARIES
def test_the_figure_has_a_text_for_every_box_and_an_arrow_for_every_input(library):
    drawn = line(library)
    boxes(**drawn)
    figure = plt.gcf()
    figure.draw_without_rendering()
    texts = figure.axes[0].texts
    assert [text.get_text() for text in texts if text.get_text()] == [
        told(name, drawn[name]) for name in ("w", "x", "b", "p", "loss")
    ]
    assert sum(not text.get_text() for text in texts) == 4


@LIBRARIES
def test_a_tensor_that_is_used_twice_has_two_arrows_and_the_long_one_is_bent(library):
    a, c = (library.tensor(value, requires_grad=True) for value in (2.0, 5.0))
    m = a * c
    z = m + a
    assert arrows({"a": a, "c": c, "m": m, "z": z}) == {
        "a": set(),
        "c": set(),
        "m": {"a", "c"},
        "z": {"a", "m"},
    }
    boxes(a=a, c=c, m=m, z=z)
    bends = [
        text.arrow_patch.get_connectionstyle().rad for text in plt.gcf().axes[0].texts if not text.get_text()
    ]
    assert sorted(bends) == [-0.3, 0, 0, 0]


@LIBRARIES
def test_what_cannot_be_drawn_is_refused(library):
    with pytest.raises(ValueError, match="one element, and row has 3"):
        boxes(row=library.ones(3, requires_grad=True))
    with pytest.raises(RuntimeError, match="does not require grad"):
        boxes(x=library.tensor(1.0))
    with pytest.raises(TypeError, match="a tensor of minigrad or torch, not int"):
        boxes(x=1)
    with pytest.raises(TypeError, match="name the tensors"):
        boxes()
