"""Graphs of both libraries: the same after one folding, and drawn so that nothing overlaps and nothing escapes."""

import argparse
import itertools
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import torch
from both import for_every
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad
from sidebyside import graph
from sidebyside.graph import draw, walk
from sidebyside.graph.layout import GAP, TooLarge, layout
from sidebyside.options import UsageError

LIBRARIES = (minigrad, torch)
MODELS = ("sequential", "custom", "residual")
LOOPS = ("optimizer", "manual")


def pair(build):
    return [walk(build(library)) for library in LIBRARIES]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("model", MODELS)
def test_a_training_step_leaves_the_same_graph_in_both_libraries(model, loop):
    ours, theirs = graph.drawing_of(model, loop).graphs
    assert (ours.engine, theirs.engine) == ("minigrad", "torch")
    assert ours == theirs  # names, shapes, types, parameters' names, and every edge in its place
    assert {v.leaf for v in ours.vertices if not v.inputs} == {
        name for name, _ in graph.example("torch", model)[1].named_parameters()
    }


def test_the_graph_is_what_pytorch_records_but_for_the_folding():
    loss, model = graph.example("torch", "sequential")
    found, nodes, names = [], [loss.grad_fn], {p: n for n, p in model.named_parameters()}
    while nodes:
        node = nodes.pop(0)
        nodes += [source for source, _ in node.next_functions if source is not None]
        found.append(names[node.variable] if hasattr(node, "variable") else node.name())
    assert [name for name in found if name == "TBackward0"] == ["TBackward0"] * 2
    drawn = [v.leaf or v.name for v in walk(loss, names).vertices]
    assert sorted(drawn) == sorted(name for name in found if name != "TBackward0")


SAME = [
    lambda t, w, v: w.relu().sum(),
    lambda t, w, v: (w * w).mean(),
    lambda t, w, v: (w @ w.t()).sum(),
    lambda t, w, v: (w @ w.T.contiguous()).sum(),
    lambda t, w, v: t.nn.functional.linear(w, v).sum(),
    lambda t, w, v: t.nn.functional.linear(w, v.t().t(), w[:, 0]).sum(),
    lambda t, w, v: t.nn.functional.linear(w.view(1, 3, 3), v, w[0]).exp().sum(),
    lambda t, w, v: t.nn.functional.cross_entropy(w, t.tensor([0, 2, 1])),
    lambda t, w, v: w.log_softmax(1)[t.arange(3), t.tensor([0, 2, 1])].neg().mean(),
    lambda t, w, v: (w / v - 2 * w + v**2).sum(0).max(),
    lambda t, w, v: t.cat([w, v, w]).sum(dim=1, keepdim=True).mean(),
    lambda t, w, v: t.stack([w, v]).reshape(-1).norm(),
    lambda t, w, v: w.permute(1, 0).flatten()[2:5].sum(),
    lambda t, w, v: (w + w.detach() * t.ones(3, 3)).std(),
    lambda t, w, v: t.where(w > 0, w, v).tanh().sigmoid().prod(),
    lambda t, w, v: w,
]


@for_every(SAME)
def test_the_same_program_leaves_the_same_graph(program):
    def leaf(t):
        return t.ones(3, 3, requires_grad=True)

    ours, theirs = pair(lambda t: program(t, leaf(t), leaf(t)))
    assert ours == theirs


UNARY = ("relu", "tanh", "exp", "neg", "sigmoid", "t")
BINARY = ("add", "sub", "mul", "mm", "maximum")


@given(
    st.lists(st.tuples(st.sampled_from(UNARY + BINARY), st.integers(0, 5), st.integers(0, 5)), max_size=30)
)
@settings(max_examples=60, deadline=None)
def test_random_programs_leave_the_same_graph_and_the_same_picture(program):
    def build(t):
        values = [t.ones(2, 2, requires_grad=True), t.ones(2, 2), t.ones(2, 2, requires_grad=True)]
        for name, i, j in program:
            operands = [values[-1 - k % len(values)] for k in ((i,) if name in UNARY else (i, j))]
            values.append(getattr(t, name)(*operands))
        return sum(values[1:], start=values[0]).sum()

    ours, theirs = pair(build)
    assert ours == theirs
    picture = draw(build(minigrad), build(torch))
    assert picture.svg().count('class="node alone"') == 0
    _check_layout(ours)


def _check_layout(drawn):
    """Boxes keep their distance within a row, and every link leads one row down."""
    widths = [40.0 + 10 * len(v.name) for v in drawn.vertices]
    places = layout(widths, [v.below for v in drawn.vertices])
    boxes = sorted((places.rows[i], places.x[i], width) for i, width in enumerate(widths))
    for (row, x, width), (below, right, other) in itertools.pairwise(boxes):
        assert row < below or right - x >= (width + other) / 2 + GAP - 1e-6
    assert all(places.rows[j] == places.rows[i] + 1 for i, j in places.links)
    assert all(width / 2 <= x + 1e-6 and x + width / 2 <= places.width + 1e-6 for _, x, width in boxes)
    arrows = {(i, j) for i, v in enumerate(drawn.vertices) for j in v.below}
    assert _reached(places, len(widths)) == arrows


def _reached(places, boxes):
    """Which boxes an arrow's pieces lead to, from every box on."""
    after = {}
    for i, j in places.links:
        after.setdefault(i, []).append(j)
    found = set()
    for i in range(boxes):
        front = list(after.get(i, ()))
        while front:
            j = front.pop()
            if j < boxes:
                found.add((i, j))
            else:
                front += after[j]
    return found


def test_functions_of_ones_own_with_several_outputs_are_one_node():
    def build(t):
        class Split(t.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2, x[0].clone()

            @staticmethod
            def backward(ctx, a, b):
                return a * 2 + b

        a, b = Split.apply(t.ones(3, 2, requires_grad=True))
        return a.sum() * b.sum()

    ours, theirs = pair(build)
    assert ours == theirs
    (split,) = [v for v in ours.vertices if v.name == "SplitBackward"]
    assert split.shapes == ((3, 2), (2,))
    assert {output for v in ours.vertices for _, output in v.inputs if v.name == "SumBackward0"} == {0, 1}


def test_vertices_without_a_twin_are_outlined():
    def build(t, op):
        w = t.ones(2, 3, requires_grad=True)
        return (op(w) * w).sum()

    picture = draw(build(minigrad, minigrad.exp), build(torch, torch.tanh))
    ours, theirs = picture.graphs
    assert ours != theirs
    alone = re.findall(r'class="node alone" data-node="\d+"><title>(\w+)', picture.svg())
    assert alone == ["ExpBackward0", "TanhBackward0"]
    assert repr(picture) == "<two graphs: 1 nodes of the left and 1 of the right have no twin>"


def test_the_same_graph_gives_the_same_bytes_and_no_address():
    first, second = (graph.drawing_of("residual", "manual") for _ in range(2))
    for text in ("svg", "html", "dot", "mermaid"):
        assert getattr(first, text)() == getattr(second, text)()
        assert "0x" not in getattr(first, text)()
    assert first._repr_svg_() == first.svg()


def test_the_bytes_are_those_of_another_process():
    code = (
        "from sidebyside.graph import drawing_of; print(drawing_of('residual', 'manual', ['minigrad']).svg())"
    )
    environment = {"PYTHONHASHSEED": "1", "PYTHONPATH": ".", "PYTHONIOENCODING": "utf-8"}
    there = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    here = graph.drawing_of("residual", "manual", ["minigrad"]).svg()
    assert there.stdout.decode() == here + "\n"


HOSTILE = [
    "<script>alert(1)</script>",
    '"]; a --> b & #quot; %%{init}%%',
    "a\nb\x00c\x1b[0m‮d\ud800",
    "x" * 500,
    "名前" * 9,
]


class Named:
    """A stand-in for a module, whose parameters may have any name."""

    def __init__(self, parameters):
        self.parameters = parameters

    def named_parameters(self):
        return self.parameters


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_wherever_they_are_written(name, library):
    w = library.ones(2, requires_grad=True)
    picture = draw(w.exp(), model=Named([(name, w)]))
    root = ElementTree.fromstring(picture.svg())
    space = "{http://www.w3.org/2000/svg}"
    assert {e.tag.removeprefix(space) for e in root.iter()} == set("svg title style rect g text path".split())
    shown = [e.text for e in root.iter(f"{space}text")]
    assert any(each.startswith(name[:1]) and len(each) <= 32 for each in shown)
    assert "<script>" not in picture.html() + picture.mermaid()
    (line,) = [line for line in picture.mermaid().splitlines() if "a1([" in line]
    assert re.fullmatch(r'    a1\(\["(?:[\w .,()…-]|#\d+;)*"\]\)', line)
    (line,) = [line for line in picture.dot().splitlines() if "rounded" in line]
    assert re.fullmatch(r'    a1 \[label="(?:[^"\\\n]|\\["\\])*", style=rounded\]', line)


def test_a_parameters_name_with_markup_passes_through_a_real_module():
    model = minigrad.nn.Module()
    model.register_parameter("<script>", minigrad.nn.Parameter(minigrad.ones(2)))
    picture = draw(next(model.parameters()).sum(), model=model)
    assert "&lt;script&gt;" in picture.svg()
    assert "<script" not in picture.svg()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_chain_of_twelve_thousand_ops_is_walked_written_and_refused_as_a_picture(library):
    z = library.ones(2, requires_grad=True)
    for _ in range(12_000):
        z = z * 2
    picture = draw(z)
    assert len(picture.graphs[0].vertices) == 12_001
    assert picture.dot().count("->") == picture.mermaid().count("-->") == 12_000
    with pytest.raises(
        TooLarge, match=r"12001 boxes and passages of arrows, and at most 10000 are drawn\n.*dot\(\)"
    ):
        picture.svg()


def test_a_weight_shared_by_hundreds_of_steps_has_one_rail():
    w, z = minigrad.ones(2, 2, requires_grad=True), minigrad.ones(2, 2)
    for _ in range(300):
        z = (z @ w).tanh()
    drawn = walk(z.sum())
    assert len(drawn.vertices) == 602
    places = layout([100.0] * 602, [v.below for v in drawn.vertices])
    assert len(places.x) < 2 * 602
    assert places.width < 400
    _check_layout(drawn)


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_cannot_be_drawn_is_said(library):
    with pytest.raises(TypeError, match="takes a tensor of minigrad or torch, not list"):
        draw([1.0])
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        draw(library.ones(2))
    with pytest.raises(TypeError, match="takes one tensor, or two to compare, not 3"):
        draw(*[library.ones(2, requires_grad=True)] * 3)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_graph_is_drawn_after_backward_too(library):
    w = library.ones(2, requires_grad=True)
    z = (w * w).sum()
    before = draw(z).svg()
    z.backward()
    assert draw(z).svg() == before


@pytest.mark.parametrize("ending", ["svg", "html", "dot", "mmd"])
def test_a_drawing_is_saved_as_its_name_ends(tmp_path, ending):
    picture = graph.drawing_of("sequential")
    picture.save(tmp_path / f"g.{ending}")
    text = getattr(picture, {"mmd": "mermaid"}.get(ending, ending))()
    assert (tmp_path / f"g.{ending}").read_text(encoding="utf-8") == text
    assert [path.name for path in tmp_path.iterdir()] == [f"g.{ending}"]
    with pytest.raises(
        ValueError, match=r"a graph is saved as \.svg, \.html, \.dot, \.mmd, \.txt, not '\.png'"
    ):
        picture.save(tmp_path / "g.png")


def test_the_pair_for_the_page_brings_no_colours_and_fetches_nothing():
    text = graph.svg_pair("residual")
    root = ElementTree.fromstring(text)
    assert root.attrib["role"] == "img"
    assert root[0].tag.endswith("title")
    assert root[0].text.startswith("the same graph, twice: 10 nodes, 10 edges")
    assert "paper" not in text
    assert "prefers-color-scheme" not in text
    assert "prefers-color-scheme" in graph.drawing_of("residual").svg()
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"url\(|href|<script|@import", text)


def command(*words):
    parser = argparse.ArgumentParser()
    graph.add_arguments(parser)
    return graph.run(parser.parse_args(words))


@pytest.mark.parametrize("kind", ["text", "svg", "html", "dot", "mermaid"])
def test_the_command_writes_what_it_is_asked_for(kind, capsys, tmp_path):
    text = getattr(graph.drawing_of("custom", "manual"), kind)()
    assert command("--model", "custom", "--loop", "manual", f"--{kind}") == 0
    assert capsys.readouterr().out == text
    assert command("--model", "custom", "--loop", "manual", f"--{kind}", "--out", str(tmp_path / "g")) == 0
    assert (tmp_path / "g").read_text(encoding="utf-8") == text
    assert "the same graph, twice: 14 nodes, 14 edges" in capsys.readouterr().out


def test_the_command_draws_one_engine_and_knows_a_format_by_its_ending(tmp_path):
    assert command("--engines", "minigrad", "--out", str(tmp_path / "g.svg")) == 0
    text = (tmp_path / "g.svg").read_text(encoding="utf-8")
    assert "side-minigrad" in text
    assert "side-torch" not in text


def test_the_commands_misuse_is_one_line(tmp_path):
    with pytest.raises(
        UsageError, match=r"a graph is written as \.svg, \.html, \.dot, \.mmd, \.txt, not as \.png"
    ):
        command("--out", str(tmp_path / "g.png"))
    with pytest.raises(
        UsageError, match=r"--svg --out .*g\.html: the name says html: leave out --svg, or rename it"
    ):
        command("--svg", "--out", str(tmp_path / "g.html"))
    assert list(tmp_path.iterdir()) == []


def test_without_options_the_graph_is_drawn_in_the_terminal(capsys):
    assert command() == 0
    assert (
        capsys.readouterr().out
        == """\
The same graph, twice: 9 nodes, 8 edges.
Each node with the shape of its output; the nodes of its inputs below it.

minigrad and PyTorch
NllLossBackward0            []
└─ LogSoftmaxBackward0      [32, 10]
   └─ AddmmBackward0        [32, 10]
      ├─ ReluBackward0      [32, 100]
      │  └─ AddmmBackward0  [32, 100]
      │     ├─ 0.weight     [100, 784]
      │     └─ 0.bias       [100]
      ├─ 2.weight           [10, 100]
      └─ 2.bias             [10]
"""
    )


@pytest.mark.parametrize("loop", ["optimizer", "manual"])
@pytest.mark.parametrize("model", ["sequential", "custom", "residual"])
def test_lines_for_the_terminal_fit_80_columns_and_name_every_node(model, loop):
    drawing = graph.drawing_of(model, loop)
    lines = drawing.text().splitlines()
    assert max(map(len, lines)) <= 80
    nodes = [line for line in lines[4:] if not line.endswith("as above")]
    assert len(nodes) == len(drawing.graphs[0].vertices)
    again = [re.search(r"(\w+ \(\w\)) +as above", line)[1] for line in lines if line.endswith("as above")]
    assert all(sum(each in line for line in nodes) == 1 for each in again)


def test_two_graphs_that_differ_are_both_drawn_in_lines():
    x = torch.ones(2, requires_grad=True)
    y = minigrad.ones(2, requires_grad=True)
    lines = graph.draw((y * y).sum(), x.sum()).text().splitlines()
    assert lines[0] == "Two graphs: 2 nodes of the left and 1 of the right have no twin."
    assert lines[3:] == [
        "minigrad",
        "SumBackward0          []",
        "└─ MulBackward0       [2]  no twin",
        "   └─ AccumulateGrad  [2]  no twin",
        "",
        "PyTorch",
        "SumBackward0       []",
        "└─ AccumulateGrad  [2]  no twin",
    ]
