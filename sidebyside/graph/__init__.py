"""The recorded graph of a tensor, minigrad's or PyTorch's, in one form: `draw(loss)` in a notebook.

    draw(loss, model=model)                          # one graph
    draw(ours, theirs, model=(our_model, model))     # two, side by side, and where they differ

Nodes bear torch's names on both sides. Where PyTorch takes two steps and minigrad one, the second is folded into the
first: Linear transposes its weight (TBackward0) on the way into a product, and a reshape that has to copy clones
before it views. An arrow from such a product or view goes on to what was transposed or cloned, on both sides, also
where a program did so itself. Addmm's inputs are in Linear's order: x, weight, bias. Inputs that want no gradient are
no part of a graph, and are not drawn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minigrad.autograd.function import FunctionNode
from minigrad.autograd.node import Node
from minigrad.serialization.files import replacing
from sidebyside.options import UsageError, need, writable_file, write_text
from sidebyside.runs import ENGINES, LEARNING_RATES, engine, numbers_of

LEAF = "AccumulateGrad"
FOLDED = {  # what is left out where it comes right after
    "AddmmBackward0": "TBackward0",
    "MmBackward0": "TBackward0",
    "UnsafeViewBackward0": "CloneBackward0",
}


@dataclass(frozen=True)
class Vertex:
    """A node: torch's name for it, its outputs' shapes and type, its inputs as (vertex, number of the output)."""

    name: str
    shapes: tuple[tuple[int, ...], ...]
    dtype: str
    inputs: tuple[tuple[int, int], ...] = ()
    leaf: str | None = None  # the parameter's name

    @property
    def below(self) -> list[int]:
        """The vertices that its inputs come from, each once."""
        return list(dict.fromkeys(i for i, _ in self.inputs))


@dataclass(frozen=True)
class Graph:
    """Vertices from the loss down: each has a smaller number than its inputs.

    The numbers follow from the structure alone, so that equal graphs have equal vertices, whatever made them.
    """

    vertices: tuple[Vertex, ...]
    engine: str = field(compare=False)

    @property
    def edges(self) -> int:
        """How many there are."""
        return sum(len(vertex.inputs) for vertex in self.vertices)


def walk(tensor: Any, names: dict[Any, str] | None = None) -> Graph:
    """The graph of a tensor of either library; `names` are its leaves'.

    Raises TypeError for what is no tensor, RuntimeError where it wants no gradient.
    """
    order = topological(_root(tensor))
    number = {node: i for i, node in enumerate(order)}
    ours = isinstance(order[0], Node)
    vertices = []
    for node in order:
        name, variable = node_name(node), getattr(node, "variable", None) if node_name(node) == LEAF else None
        shapes, dtype = (_our_outputs if ours else _their_outputs)(node, variable)
        inputs = tuple((number[source], output) for source, output in _inputs(node))
        vertices.append(Vertex(name, shapes, dtype, inputs, (names or {}).get(variable)))
    return Graph(tuple(vertices), "minigrad" if ours else "torch")


def _root(tensor: Any) -> Any:
    """The node of a tensor."""
    if not hasattr(tensor, "grad_fn"):
        raise TypeError(
            f"draw() takes a tensor of minigrad or torch, not {type(tensor).__name__}\nGive it the loss, say."
        )
    if not tensor.requires_grad:
        raise RuntimeError(
            "the tensor does not require grad and does not have a grad_fn\nDraw one that was computed from a "
            "parameter, and not under no_grad()."
        )
    node = tensor.grad_fn
    if node is None:  # a leaf
        if hasattr(tensor, "node"):
            return tensor.node
        import torch

        return torch.autograd.graph.get_gradient_edge(tensor).node
    return node


def node_name(node: Any) -> str:
    """The name of a node of either library, without C++'s namespace."""
    return str(node.name()).removeprefix("torch::autograd::")


def _inputs(node: Any) -> Iterator[tuple[Any, int]]:
    """The nodes that gradients go on to, with the numbers of their outputs, as the top of this file says."""
    return ((source, output) for _, _, source, output in ways(node))


def ways(node: Any) -> Iterator[tuple[int, list[Any], Any, int]]:
    """For each input that wants a gradient: its place among the node's edges, the nodes that are folded into this one
    on the way, the node that the gradient goes on to, and the number of its output.
    """
    name = node_name(node)
    if isinstance(node, Node):
        edges = [(place, edge.source) for place, edge in enumerate(node.edges) if edge]
    else:
        edges = list(enumerate(node.next_functions))
        if name == "AddmmBackward0":
            edges = [*edges[1:], edges[0]]  # of addmm(bias, x, weight.T)
    for place, (source, output) in edges:
        if source is None:
            continue
        folded = []
        while node_name(source) == FOLDED.get(name):
            folded.append(source)
            source, output = source.next_functions[0]
        yield place, folded, source, output


def topological(root: Any) -> list[Any]:
    """The root and all it depends on, each before its inputs: depth first, and backwards."""
    finished: list[Any] = []
    seen, stack = {root}, [(root, _inputs(root))]
    while stack:
        node, inputs = stack[-1]
        for source, _ in inputs:
            if source not in seen:
                seen.add(source)
                stack.append((source, _inputs(source)))
                break
        else:
            finished.append(node)
            stack.pop()
    return finished[::-1]


def _our_outputs(node: Any, variable: Any) -> tuple[tuple[tuple[int, ...], ...], str]:
    outputs = node.outputs if isinstance(node, FunctionNode) else [node]
    return tuple(tuple(each.shape) for each in outputs), str(outputs[0].dtype)


def _their_outputs(node: Any, variable: Any) -> tuple[tuple[tuple[int, ...], ...], str]:
    outputs = [variable] if variable is not None else node._input_metadata
    return tuple(tuple(each.shape) for each in outputs), str(outputs[0].dtype).removeprefix("torch.")


def twins(ours: Graph, theirs: Graph) -> tuple[set[int], set[int]]:
    """The vertices of each that are the same in the other, found from the loss down, input by input."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    stack = [(0, 0)]
    while stack:
        i, j = stack.pop()
        a, b = ours.vertices[i], theirs.vertices[j]
        if i in pairs or j in taken or (a.name, a.shapes, a.dtype) != (b.name, b.shapes, b.dtype):
            continue
        pairs[i] = j
        taken.add(j)
        stack += [(x, y) for (x, m), (y, n) in zip(a.inputs, b.inputs, strict=False) if m == n]
    return set(pairs), taken


class Drawing:
    """A picture of one graph, or of two side by side: Jupyter shows it; `save` writes it."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.graphs = tuple(graphs)

    def svg(self) -> str:
        """A picture that needs nothing else, light or dark as its reader is. Raises TooLarge above some 1,000 nodes."""
        from sidebyside.graph.drawing import svg

        return svg(self.graphs)

    def html(self) -> str:
        """The picture on a page."""
        from sidebyside.graph.drawing import html

        return html(self.graphs)

    def dot(self) -> str:
        """Text for Graphviz."""
        from sidebyside.graph.drawing import dot

        return dot(self.graphs)

    def mermaid(self) -> str:
        """Text for Mermaid, as in a ```mermaid block of Markdown."""
        from sidebyside.graph.drawing import mermaid

        return mermaid(self.graphs)

    def text(self) -> str:
        """Lines for a terminal, indented."""
        from sidebyside.graph.drawing import text

        return text(self.graphs)

    _repr_svg_ = svg

    def save(self, path: str | Path) -> None:
        """Write it as the name ends: .svg, .html, .dot, .mmd or .txt; ValueError for others."""
        path = Path(path)
        if path.suffix.lower() not in ENDINGS:
            raise ValueError(f"a graph is saved as {', '.join(ENDINGS)}, not '{path.suffix}'")
        text = getattr(self, ENDINGS[path.suffix.lower()])()
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def __repr__(self) -> str:
        from sidebyside.graph.drawing import summary

        return f"<{summary(self.graphs)}>"


ENDINGS = {".svg": "svg", ".html": "html", ".dot": "dot", ".mmd": "mermaid", ".txt": "text"}


def draw(*tensors: Any, model: Any = ()) -> Drawing:
    """A picture of how a tensor was computed, or two of them side by side; leaves bear the names of the model's
    parameters. The tensors may be minigrad's or torch's. With two, `model` is a tuple of two, and nodes without a
    twin on the other side are outlined. Raises as `walk` does, and TypeError for more than two.
    """
    if not 1 <= len(tensors) <= 2:
        raise TypeError(f"draw() takes one tensor, or two to compare, not {len(tensors)}")
    models = model if isinstance(model, (tuple, list)) else (model,)
    names = {parameter: name for each in models for name, parameter in each.named_parameters()}
    return Drawing([walk(tensor, names) for tensor in tensors])


def example(name: str, model: str, loop: str = "optimizer") -> tuple[Any, Any]:
    """The loss of a training step of the tutorial's model, of 784 inputs, on 32 samples; and the model."""
    side = engine(name)
    side.torch.manual_seed(0)
    with numbers_of(name):
        made, x = side.models[model](784, 100, 10), side.torch.randn(32, 784)
    y = side.torch.arange(32) % 10
    criterion = side.train.cross_entropy if loop == "manual" else side.torch.nn.CrossEntropyLoss()
    return criterion(made(x), y), made


def drawing_of(model: str, loop: str = "optimizer", engines: Sequence[str] = ENGINES) -> Drawing:
    """The graphs of a training step of the tutorial's model."""
    losses, models = zip(*(example(name, model, loop) for name in engines), strict=True)
    return draw(*losses, model=models)


def svg_pair(model: str, loop: str = "optimizer") -> str:
    """minigrad's and torch's graph of a training step, as an <svg> that takes its ink from the page around it."""
    from sidebyside.graph.drawing import svg

    return svg(drawing_of(model, loop).graphs, alone=False)


def add_arguments(to: argparse.ArgumentParser) -> None:
    """The options of `minigrad graph`."""
    to.description = "Draw the graph that a training step of a model records, by minigrad and by PyTorch."
    to.add_argument(
        "--model", choices=list(LEARNING_RATES), default="sequential", help="default: %(default)s"
    )
    to.add_argument("--loop", choices=("optimizer", "manual"), default="optimizer",
                    help="CrossEntropyLoss, or the loss written out by hand; default: %(default)s")  # fmt: skip
    to.add_argument("--engines", choices=("both", *ENGINES), default="both", help="default: %(default)s")
    kind = to.add_mutually_exclusive_group()
    for each, what in FORMATS.items():
        kind.add_argument(f"--{each}", dest="kind", action="store_const", const=each, help=what)
    to.add_argument("--out", type=writable_file, metavar="FILE",
                    help="where to; default: the screen. Its ending tells the format, too")  # fmt: skip


FORMATS = {
    "text": "lines for a terminal; the default", "svg": "a picture", "html": "a page with the picture",
    "dot": "text for Graphviz", "mermaid": "text for Mermaid",
}  # fmt: skip


def format_of(kind: str | None, out: Path | None) -> str:
    """What to write: what is asked for by name, or by the file's ending; UsageError if these two differ."""
    ending = out.suffix.lower() if out is not None else ""
    if ending and ending not in ENDINGS:
        raise UsageError(f"--out {out}: a graph is written as {', '.join(ENDINGS)}, not as {ending}")
    if ending and kind and ENDINGS[ending] != kind:
        raise UsageError(
            f"--{kind} --out {out}: the name says {ENDINGS[ending]}: leave out --{kind}, or rename it"
        )
    return kind or (ENDINGS[ending] if ending else "text")


def run(args: argparse.Namespace) -> int:
    """minigrad graph"""
    from sidebyside.graph.drawing import summary

    kind = format_of(args.kind, args.out)
    if args.engines != "minigrad":
        need("torch", "torch", f"--engines {args.engines}")
    drawing = drawing_of(args.model, args.loop, ENGINES if args.engines == "both" else (args.engines,))
    text = getattr(drawing, kind)()
    if args.out is None:
        sys.stdout.write(text)
        return 0
    write_text(args.out, text)
    print(f"Wrote {args.out}: {summary(drawing.graphs)}")
    return 0
