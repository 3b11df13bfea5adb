"""Graphs as texts: SVG, HTML, Graphviz' dot, Mermaid, and lines for a terminal. The same graphs give the same bytes."""

from __future__ import annotations

import html as markup
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from sidebyside.graph import FOLDED, LEAF, Graph, Vertex, twins
from sidebyside.graph.layout import Layout, layout

HEIGHT, ROW = 30, 76  # of a box, and from row to row
CHARACTER = 7.9  # the width of one, of 13 pixels
MARGIN, HEADING, BETWEEN = 20, 74, 56
LONGEST = 32  # characters of a name
LETTERS = string.ascii_lowercase  # of nodes that are used more than once
SHOWN = {"minigrad": "minigrad", "torch": "PyTorch"}

STYLE = """
.autograd{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.autograd text{fill:currentColor;text-anchor:middle}
.autograd .side{font-weight:bold;font-size:15px}
.autograd .note,.autograd .shape{font-size:11.5px}
.autograd .shape{text-anchor:start}
.autograd path{fill:none;stroke:currentColor;stroke-opacity:.55;stroke-width:1.3}
.autograd path.head{fill:currentColor;fill-opacity:.75;stroke:none}
.autograd rect.box{fill:currentColor;fill-opacity:.06;stroke:currentColor;stroke-opacity:.6;stroke-width:1.2}
.autograd .leaf rect.box{fill:#2f81f7;fill-opacity:.16;stroke:#2f81f7;stroke-opacity:1}
.autograd .alone rect.box{stroke:#d1242f;stroke-opacity:1;stroke-width:2;stroke-dasharray:5 3}
"""
COLOURS = """
.autograd{color:#1f2328}
.autograd .paper{fill:#fff}
@media (prefers-color-scheme:dark){
.autograd{color:#e6edf3}
.autograd .paper{fill:#0d1117}
}
"""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body{{margin:1rem;background:#fff}}
svg{{display:block;margin:auto;max-width:100%;height:auto}}
@media (prefers-color-scheme:dark){{body{{background:#0d1117}}}}
</style>
{svg}</html>
"""


def clean(text: str, longest: int = LONGEST) -> str:
    """A name for the eye: of one line, not too long, without what XML has no place for."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028-\u202e\u2066-\u2069]", "�", text)
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[1 - longest // 2 :]}"


def label(vertex: Vertex) -> str:
    """What its box says."""
    return clean(vertex.leaf or vertex.name)


def shape(vertex: Vertex) -> str:
    """The shapes of its outputs, which are those of the gradients that arrive: [32, 10]."""
    return ", ".join(str(list(each)) for each in vertex.shapes)


def summary(graphs: Sequence[Graph]) -> str:
    """One line on what is drawn."""
    first = graphs[0]
    sizes = f"{len(first.vertices)} nodes, {first.edges} edges"
    if len(graphs) == 1:
        return f"{SHOWN[first.engine]}'s graph: {sizes}"
    if graphs[0] == graphs[1]:
        return f"the same graph, twice: {sizes}"
    alone = [len(_alone(graphs, i)) for i in range(2)]
    return f"two graphs: {alone[0]} nodes of the left and {alone[1]} of the right have no twin"


def _alone(graphs: Sequence[Graph], side: int) -> set[int]:
    """The vertices without a twin in the other graph."""
    matched = twins(graphs[0], graphs[1])[side] if len(graphs) == 2 else None
    everything = set(range(len(graphs[side].vertices)))
    return set() if matched is None else everything - matched


def svg(graphs: Sequence[Graph], *, alone: bool = True) -> str:
    """The graphs side by side; not `alone`, without paper and in the ink of the page around."""
    panels, x, height = [], float(MARGIN), 0.0
    for i, graph in enumerate(graphs):
        places = layout([_width(each) for each in graph.vertices], [v.below for v in graph.vertices])
        width = max(places.width + 50, 120)  # the rightmost shape stands beside its arrow
        panels.append(_panel(graph, places, x, width, _alone(graphs, i)))
        x += width + BETWEEN
        height = max(height, HEADING + max(places.rows) * ROW + HEIGHT / 2)
    notes = _notes(graphs)
    width = max(x - BETWEEN, *(len(note) * 7 + MARGIN for note in notes)) + MARGIN
    height += 40 + 17 * len(notes)
    said = [
        f'<text class="note" x="{_n(width / 2)}" y="{_n(height - 16 - 17 * i)}">{markup.escape(note)}</text>\n'
        for i, note in enumerate(reversed(notes))
    ]
    words = markup.escape("; ".join(notes))
    paper = '<rect class="paper" width="100%" height="100%"/>\n' if alone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="autograd" role="img" width="{_n(width)}" '
        f'height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}">\n<title>{words}</title>\n'
        f"<style>{STYLE}{COLOURS if alone else ''}</style>\n{paper}{''.join(panels)}"
        f"{''.join(said)}</svg>\n"
    )


def _notes(graphs: Sequence[Graph]) -> list[str]:
    """The summary, and what was folded on the way, line by line."""
    names = {vertex.name for graph in graphs for vertex in graph.vertices}
    folded = [f"{inner} is folded into {outer}" for outer, inner in FOLDED.items() if outer in names]
    return [summary(graphs), *folded]


def _width(vertex: Vertex) -> float:
    wide = sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in label(vertex))
    return wide * CHARACTER + 24


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _panel(graph: Graph, places: Layout, x: float, width: float, alone: set[int]) -> str:
    """One graph: its heading, arrows, and boxes over them."""
    left = x + (width - places.width) / 2
    points = [
        (left + at, HEADING + HEIGHT / 2 + row * ROW) for at, row in zip(places.x, places.rows, strict=True)
    ]
    parts = [f'<g class="side-{graph.engine}">\n<text class="side" x="{_n(x + width / 2)}" y="26">']
    parts.append(f"{SHOWN[graph.engine]}</text>\n")
    top = points[0]
    parts.append(f'<path d="M{_n(top[0])} {_n(top[1] - HEIGHT / 2 - 22)}v16"/>\n')
    for i, j in places.links:
        parts.append(f'<path d="{_curve(points[i], points[j], 6 * (j < len(graph.vertices)))}"/>\n')
    passages = points[len(graph.vertices) :]
    parts += [f'<path d="M{_n(x)} {_n(y - HEIGHT / 2)}v{HEIGHT}"/>\n' for x, y in passages]
    parts += [_box(i, vertex, points[i], i in alone) for i, vertex in enumerate(graph.vertices)]
    return "".join([*parts, "</g>\n"])


def _curve(start: tuple[float, float], end: tuple[float, float], head: int) -> str:
    """From under one row to above the next, less the arrow's head."""
    (x0, y0), (x1, y1) = (start[0], start[1] + HEIGHT / 2), (end[0], end[1] - HEIGHT / 2 - head)
    middle = (y0 + y1) / 2
    return f"M{_n(x0)} {_n(y0)}C{_n(x0)} {_n(middle)} {_n(x1)} {_n(middle)} {_n(x1)} {_n(y1)}"


def _box(i: int, vertex: Vertex, point: tuple[float, float], alone: bool) -> str:
    """A node: the head of the arrows that reach it, the shape of what arrives, its box and name."""
    x, y, width = point[0], point[1] - HEIGHT / 2, _width(vertex)
    kind = " leaf" * (vertex.name == LEAF) + " alone" * alone
    full = ": ".join(clean(each, 500) for each in (vertex.leaf, vertex.name) if each)
    return (
        f'<g class="node{kind}" data-node="{i}"><title>{markup.escape(full)}, {shape(vertex)} {vertex.dtype}</title>'
        f'<path class="head" d="M{_n(x)} {_n(y)}l-4 -8h8z"/>'
        f'<text class="shape" x="{_n(x + 8)}" y="{_n(y - 4)}">{shape(vertex)}</text>'
        f'<rect class="box" x="{_n(x - width / 2)}" y="{_n(y)}" width="{_n(width)}" height="{HEIGHT}" '
        f'rx="{HEIGHT // 2 if vertex.name == LEAF else 5}"/>'
        f'<text x="{_n(x)}" y="{_n(y + 19.5)}">{markup.escape(label(vertex))}</text></g>\n'
    )


def html(graphs: Sequence[Graph]) -> str:
    """The picture on a page of its own."""
    return PAGE.format(title=markup.escape(summary(graphs)), svg=svg(graphs))


def dot(graphs: Sequence[Graph]) -> str:
    """The graphs for Graphviz, each in a frame."""
    lines = ["digraph {", '  node [shape=box, fontname="monospace"]', '  edge [fontname="monospace"]']
    for side, graph in enumerate(graphs):
        lines += [f"  subgraph cluster_{side} {{", f'    label="{SHOWN[graph.engine]}"']
        for i, vertex in enumerate(graph.vertices):
            style = ", style=rounded" if vertex.name == LEAF else ""
            lines.append(f"    {'ab'[side]}{i} [label={_quoted(label(vertex))}{style}]")
        lines += _arrows(graph, "ab"[side], lambda a, b, text: f"    {a} -> {b} [label={_quoted(text)}]")
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


def text(graphs: Sequence[Graph]) -> str:
    """The graphs as indented text: below each node the inputs that its gradient goes on to."""
    drawn = graphs[:1] if len(graphs) == 2 and graphs[0] == graphs[1] else graphs
    said = summary(graphs)
    parts = [
        f"{said[0].upper()}{said[1:]}.\nEach node with the shape of its output; the nodes of its inputs below it.\n"
    ]
    for side, graph in enumerate(drawn):
        heading = " and ".join(SHOWN[each.engine] for each in (graphs if drawn is not graphs else [graph]))
        parts.append("\n".join([heading, *_tree(graph, _alone(graphs, side)), ""]))
    return "\n".join(parts)


def _tree(graph: Graph, alone: set[int]) -> list[str]:
    """A line for each vertex; one that is used again is only named there, by the letter that it got."""
    uses = Counter(i for vertex in graph.vertices for i in vertex.below)
    letters = {
        i: f" ({letter})"
        for i, letter in zip(sorted(i for i, n in uses.items() if n > 1), LETTERS, strict=False)
    }
    rows: list[tuple[str, str]] = []
    seen: set[int] = set()
    stack = [(0, "", "")]
    while stack:
        i, lead, below = stack.pop()
        vertex, again = graph.vertices[i], i in seen
        seen.add(i)
        name = f"{lead}{label(vertex)}{letters.get(i, '')}"
        rows.append((name, "as above" if again else shape(vertex) + "  no twin" * (i in alone)))
        inputs = [] if again else vertex.below
        for place, j in reversed(list(enumerate(inputs))):
            last = place == len(inputs) - 1
            stack.append((j, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")))
    width = max(len(name) for name, _ in rows) + 2
    return [f"{name:<{width}}{beside}".rstrip() for name, beside in rows]


def mermaid(graphs: Sequence[Graph]) -> str:
    """The graphs for Mermaid, each in a frame."""
    lines = ["flowchart TB"]
    for side, graph in enumerate(graphs):
        lines.append(f"  subgraph {SHOWN[graph.engine]}")
        for i, vertex in enumerate(graph.vertices):
            left, right = "([", "])"
            if vertex.name != LEAF:
                left, right = "[", "]"
            lines.append(f'    {"ab"[side]}{i}{left}"{_coded(label(vertex))}"{right}')
        lines += _arrows(graph, "ab"[side], lambda a, b, text: f'    {a} -- "{_coded(text)}" --> {b}')
        lines.append("  end")
    return "\n".join([*lines, ""])


def _coded(text: str) -> str:
    """Mermaid's own spelling of all that could mean something to it, or to HTML."""
    return re.sub(r"[^\w .,()…-]", lambda found: f"#{ord(found[0])};", text)


def _arrows(graph: Graph, prefix: str, line: Callable[[str, str, str], str]) -> list[str]:
    """A line for each edge, with the shape of what flows along it."""
    found = []
    for i, vertex in enumerate(graph.vertices):
        for j, output in vertex.inputs:
            shapes = graph.vertices[j].shapes
            flows = shape(Vertex("", shapes[output : output + 1], ""))
            found.append(line(f"{prefix}{i}", f"{prefix}{j}", flows))
    return found
