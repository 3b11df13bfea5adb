"""Pictures of a run as SVG, from the compare.json of `minigrad compare --out`: curves, gradients, mistaken images.

On the page a picture takes the page's colours. As a file it has its own, which follow the reader's light or dark mode.
The same run gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from sidebyside.options import UsageError
from sidebyside.page.pair import Said
from sidebyside.runs import Config

NAMES = {"minigrad": "minigrad", "torch": "PyTorch"}
EQUAL = Said("equal in every epoch", "iguales en todas las épocas")
WIDTH, LEFT, RIGHT = 580, 62, 16
TILE, TILES = (64, 92), 10  # of an image and what is said of it, in a file; how many in a row
RULES = """.chart text{fill:%(text)s;stroke:none}.chart .strong{fill:%(ink)s}.chart .grid{stroke:%(line)s}
.chart .minigrad{stroke:%(minigrad)s}.chart .torch{stroke:%(torch)s}.chart .dots{stroke:%(text)s}
.chart text.minigrad{fill:%(minigrad)s}.chart text.torch{fill:%(torch)s}
.chart .pixels{fill:#fff;stroke:%(line)s}.chart .wrong{font-weight:700}
"""
ON_PAGE = {"text": "var(--soft)", "ink": "var(--ink)", "line": "var(--line)", "minigrad": "var(--ours)",
           "torch": "var(--theirs)"}  # fmt: skip
LIGHT = {"text": "#59626e", "ink": "#22272e", "line": "#e3e0d8", "minigrad": "#1f5c99", "torch": "#b23c12"}
DARK = {"text": "#9aa6b4", "ink": "#dde3ea", "line": "#2c323b", "minigrad": "#7db8f0", "torch": "#f0935f"}
ALONE = f".es{{display:none}}{RULES % LIGHT}.paper{{fill:#fff}}@media(prefers-color-scheme:dark){{{RULES % DARK}.paper{{fill:#14171c}}}}"


def read(folder: Path) -> dict[str, Any]:
    """Read compare.json from a run's folder. Raise UsageError if there is none, or if it is not a run."""
    path = folder / "compare.json"
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        run |= {key: _numbers(run[key]) for key in ("epochs", "gradients")}
        drawn = files(run)
        if not run["epochs"] or len(drawn) != 3 or {*run["accuracy"]} != {*NAMES}:
            raise ValueError("not all is there")
        int(run["contract"]["epochs_equal"])
    except OSError:
        raise UsageError(
            f"--run {folder}: there is no compare.json in it: minigrad compare --out {folder}"
        ) from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise UsageError(
            f"--run {folder}: its compare.json is not what minigrad compare --out writes: write it again"
        ) from None
    return dict(run)


def _numbers(value: Any) -> Any:
    """Replace null by nan: in the JSON null stands for nan and for infinity."""
    if isinstance(value, dict):
        return {key: _numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return math.nan if value is None else value


def files(run: dict[str, Any]) -> dict[str, str]:
    """Return the pictures that `minigrad compare --out` writes, by file name."""
    return {
        "curves.svg": curves(run, alone=True),
        "gradients.svg": gradients(run),
        "mistakes.svg": mistakes(run),
    }


def title(run: dict[str, Any]) -> str:
    """Return the model and the options of the training in one line."""
    return str(Config(**run["config"]))


# -- curves -------------------------------------------------------------------------------------------------


def curves(run: dict[str, Any], *, alone: bool = False) -> str:
    """Draw both losses, and below them their difference on a logarithmic axis."""
    losses = {name: [float(entry["loss"][name]) for entry in run["epochs"]] for name in NAMES}
    epochs = [int(entry["epoch"]) for entry in run["epochs"]]
    across = _scale(epochs[0], max(epochs[-1], epochs[0] + 1), LEFT, WIDTH - RIGHT)
    body = [*_above(epochs, losses, across), *_below(epochs, losses, across)]
    for epoch in _whole_steps(epochs[0], epochs[-1]):
        body.append(_text(across(epoch), 412, f"{epoch:g}", "middle"))
    body.append(_text((LEFT + WIDTH) / 2, 431, Said("epoch", "época"), "middle"))
    label = f"Losses of minigrad and PyTorch over {len(epochs)} epochs, and their difference"
    return _svg(WIDTH, 438, label, body, title(run) if alone else None)


def _above(
    epochs: Sequence[int], losses: dict[str, list[float]], across: Callable[[float], float]
) -> list[str]:
    finite = [loss for side in losses.values() for loss in side if math.isfinite(loss)] or [1.0]
    top = max(finite) * 1.05 or 1.0
    down = _scale(0, top, 226, 26)
    out = [_text(0, 11, Said("loss", "pérdida"), kind="strong")]
    for value in _round_steps(0, top, 5):
        out += [_rule(down(value)), _text(LEFT - 10, down(value) + 4, f"{value:g}", "end")]
    for name, width, opacity in (("torch", 6, 0.45), ("minigrad", 1.7, 1)):
        points = [(across(e), down(v)) for e, v in zip(epochs, losses[name], strict=True) if math.isfinite(v)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        style = f'stroke-width="{width}" opacity="{opacity}"'
        out.append(f'<polyline class="{name}" fill="none" {style} stroke-linejoin="round" points="{path}"/>')
        x = WIDTH - (190 if name == "minigrad" else 84)
        out.append(f'<path class="{name}" {style} d="M{x} 7h24"/>')
        out.append(_text(x + 31, 11, NAMES[name]))
    return out


def _below(
    epochs: Sequence[int], losses: dict[str, list[float]], across: Callable[[float], float]
) -> list[str]:
    apart = [abs(a - b) for a, b in zip(losses["minigrad"], losses["torch"], strict=True)]
    seen = [d for d in apart if d > 0 and math.isfinite(d)]
    out = [
        _text(0, 258, Said("|difference|", "|diferencia|"), kind="strong"),
        _text(
            84,
            258,
            Said("logarithmic; no dot: equal to the bit", "logarítmica; sin punto: iguales bit a bit"),
        ),
    ]
    if not seen:
        return [*out, _rule(390), _text((LEFT + WIDTH) / 2, 330, EQUAL, "middle")]
    low, high = math.floor(math.log10(min(seen))), math.ceil(math.log10(max(seen)))
    high = max(high, low + 1)
    down = _scale(low, high, 390, 276)
    for power in range(low, high + 1, max(1, (high - low) // 4)):
        y = down(power)
        out.append(_rule(y))
        out.append(
            f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">10<tspan dy="-5" font-size="9.5">'
            f"{str(power).replace('-', '−')}</tspan></text>"
        )
    dots = "".join(
        f"M{across(e):.1f} {down(math.log10(d)):.1f}h0"
        for e, d in zip(epochs, apart, strict=True)
        if d > 0 and math.isfinite(d)
    )
    return [*out, f'<path class="dots" stroke-width="3.8" stroke-linecap="round" d="{dots}"/>']


def _scale(low: float, high: float, at_low: float, at_high: float) -> Callable[[float], float]:
    return lambda value: at_low + (value - low) / (high - low) * (at_high - at_low)


def _round_steps(low: float, high: float, about: int = 6) -> list[float]:
    """Return about this many round numbers between two numbers."""
    step = 10 ** math.floor(math.log10((high - low) / about)) if high > low else 1
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= about)
    return [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _whole_steps(low: int, high: int) -> list[float]:
    """Return those that are whole: there is no epoch 1.5."""
    return [step for step in _round_steps(low, high) if step == int(step)]


def _text(x: float, y: float, text: str | Said, anchor: str = "start", kind: str = "") -> str:
    if isinstance(text, Said):
        spoken = (
            _text(x, y, each, anchor, f"{kind} {name}".strip()) for name, each in text._asdict().items()
        )
        return "".join(spoken)
    more = f' class="{kind}"' if kind else ""
    return f'<text{more} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _rule(y: float, width: float = WIDTH - RIGHT, left: float = LEFT) -> str:
    return f'<path class="grid" d="M{left} {y:.1f}H{width}"/>'


def _svg(width: int, height: int, label: str, body: Sequence[str], heading: str | None = None) -> str:
    """Return an SVG file with a heading."""
    alone, margin = heading is not None, 18
    box = (
        f"{-margin} {-margin - 26} {width + 2 * margin} {height + 2 * margin + 26}"
        if alone
        else f"0 0 {width} {height}"
    )
    size = f' width="{width + 2 * margin}" height="{height + 2 * margin + 26}"' if alone else ""
    around = (
        f'<style>{ALONE}</style><rect class="paper" x="{-margin}" y="{-margin - 26}" width="100%" height="100%"/>'
        f"{_text(0, -18, heading or '', kind='strong')}"
        if alone
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="{box}"{size} role="img" '
        f'aria-label="{escape(label)}" font-family="system-ui,sans-serif" font-size="13">{around}{"".join(body)}</svg>\n'
    )


# -- gradients ----------------------------------------------------------------------------------------------

COLUMNS = ("shape", "norm", "apart", "ulp", "most", "in epoch", "minigrad off", "PyTorch off")


def cells(row: dict[str, Any]) -> list[str]:
    """Return a parameter's cells of the table, in the order of COLUMNS."""
    off = [f"{row['error'][name]:.1e}" for name in NAMES] if "error" in row else ["–", "–"]
    shape = "×".join(str(int(size)) for size in row["shape"])
    return [shape, f"{row['norm']:.3e}", f"{row['difference']:.1e}", f"{row['ulp']:.1f}", f"{row['most']['ulp']:.1f}",
            f"{row['most']['epoch']:d}", *off]  # fmt: skip


def gradients(run: dict[str, Any]) -> str:
    """Draw the table of gradients, as a file."""
    table = run["gradients"]
    rights = [180, 270, 350, 405, 465, 535, 635, 740]
    body = [
        _text(0, 12, "parameter"),
        *(_text(x, 12, name, "end") for x, name in zip(rights, COLUMNS, strict=True)),
    ]
    for i, row in enumerate(table["parameters"]):
        y = 40 + 26 * i
        body += [_rule(y - 18, 740, 0), _text(0, y, row["parameter"], kind="strong")]
        body += [_text(x, y, cell, "end", "strong") for x, cell in zip(rights, cells(row), strict=True)]
    label = f"Gradients of both at the weights with which epoch {table['epoch']} began; off: from float64"
    return _svg(740, 26 + 26 * len(table["parameters"]), label, body, label)


# -- images -------------------------------------------------------------------------------------------------


def mistakes(run: dict[str, Any]) -> str:
    """Draw, as a file, the test images that one of the two gets wrong, each with its class and both answers."""
    found = run["mistakes"]
    width, height = TILE
    body = []
    for i, image in enumerate(found["images"]):
        body.append(
            f'<g transform="translate({i % TILES * width} {i // TILES * height})">{pixels(image["pixels"], found["width"])}'
        )
        body.append(_text(0, 73, f"{image['label']}:", kind="strong"))
        for name, x in (("minigrad", 20), ("torch", 38)):
            wrong = " wrong" if image[name] != image["label"] else ""
            body.append(_text(x, 73, str(image[name]), kind=name + wrong))
        body.append("</g>")
    rows = math.ceil(len(found["images"]) / TILES)
    heading = f"{counted(found)}. Below each: what it is, minigrad’s answer, PyTorch’s."
    return _svg(TILES * width, max(rows * height, 1), heading, body, heading)


def counted(found: dict[str, Any]) -> str:
    """Say in one line how many images each gets wrong."""
    wrong, shown = found["wrong"], len(found["images"])
    some = f"the first {shown} of {found['either']}" if shown < found["either"] else f"{found['either']}"
    return f"minigrad gets {int(wrong['minigrad'])} wrong, PyTorch {int(wrong['torch'])}; shown: {some}"


def pixels(grey: str, width: int, size: int = 56) -> str:
    """Draw an image, given as two hexadecimal digits for each pixel, as one path for each of seven greys."""
    levels = [byte // 32 for byte in bytes.fromhex(grey)]
    rows = len(levels) // width
    unit = size / max(width, rows)
    paths: dict[int, str] = {}
    for row in range(rows):
        start = 0
        for column in range(1, width + 1):
            level = levels[row * width + start]
            if column < width and levels[row * width + column] == level:
                continue
            if level:
                part = (
                    f"M{start * unit:g} {row * unit:g}h{(column - start) * unit:g}v{unit:g}H{start * unit:g}z"
                )
                paths[level] = paths.get(level, "") + part
            start = column
    drawn = "".join(
        f'<path fill="#{(255 - level * 36) * 0x10101:06x}" d="{d}"/>' for level, d in sorted(paths.items())
    )
    return f'<rect class="pixels" width="{size}" height="{size}"/>{drawn}'
