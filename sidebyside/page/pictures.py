"""A run to look at: curves and mistaken images as SVG, from the files that `minigrad compare --out` wrote.

Colours are CSS variables with a value of their own behind them, so that a picture follows the page's light and dark
and stands alone as a file too. The same run gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from sidebyside.options import UsageError

INK = {"minigrad": "var(--ours,#1f5c99)", "torch": "var(--theirs,#c2410c)", "text": "var(--soft,#5b6472)",
       "grid": "var(--line,#d9dee5)"}  # fmt: skip
NAMES = {"minigrad": "minigrad", "torch": "PyTorch"}
WIDTH, LEFT, RIGHT = 720, 64, 12
MOST_IMAGES = 60


def read(folder: Path) -> dict[str, Any]:
    """compare.json of a run's folder; UsageError where it is none."""
    path = folder / "compare.json"
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        losses = [float(entry["loss"][name]) for entry in run["epochs"] for name in NAMES]
        if not losses:
            raise ValueError("no epochs")
    except OSError:
        raise UsageError(
            f"--run {folder}: there is no compare.json in it: minigrad compare --out {folder}"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"--run {folder}: its compare.json is not what minigrad compare --out writes"
        ) from None
    return dict(run)


# -- curves -------------------------------------------------------------------------------------------------


def curves(run: dict[str, Any]) -> str:
    """Both losses, and below them their difference on a logarithmic axis, as one <svg>."""
    losses = {name: [float(entry["loss"][name]) for entry in run["epochs"]] for name in NAMES}
    epochs = [int(entry["epoch"]) for entry in run["epochs"]]
    across = _scale(epochs[0], max(epochs[-1], epochs[0] + 1), LEFT, WIDTH - RIGHT)
    body = [*_above(epochs, losses, across), *_below(epochs, losses, across)]
    for epoch in _round_steps(epochs[0], epochs[-1]):
        body.append(_text(across(epoch), 396, f"{epoch:g}", "middle"))
    body.append(_text((LEFT + WIDTH) / 2, 414, "epoch", "middle"))
    label = f"Losses of minigrad and PyTorch over {len(epochs)} epochs, and their difference."
    return _svg(WIDTH, 420, label, body)


def _above(
    epochs: Sequence[int], losses: dict[str, list[float]], across: Callable[[float], float]
) -> list[str]:
    finite = [loss for side in losses.values() for loss in side if math.isfinite(loss)] or [1.0]
    top = max(finite) * 1.05 or 1.0
    down = _scale(0, top, 220, 14)
    out = []
    for value in _round_steps(0, top, 5):
        out += [_rule(down(value)), _text(LEFT - 8, down(value) + 4, f"{value:g}", "end")]
    for name, width, opacity in (("torch", 5, 0.45), ("minigrad", 1.6, 1)):
        points = [(across(e), down(v)) for e, v in zip(epochs, losses[name], strict=True) if math.isfinite(v)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        out.append(f'<polyline fill="none" stroke="{INK[name]}" stroke-width="{width}" opacity="{opacity}" '
                   f'stroke-linejoin="round" points="{path}"/>')  # fmt: skip
    for i, name in enumerate(NAMES):
        x = WIDTH - 190 + 100 * i
        out.append(f'<line x1="{x}" y1="20" x2="{x + 22}" y2="20" stroke="{INK[name]}" stroke-width="{1.6 if i == 0 else 5}" '
                   f'opacity="{1 if i == 0 else 0.45}"/>')  # fmt: skip
        out.append(_text(x + 28, 24, NAMES[name]))
    return [*out, _text(LEFT, 10, "loss")]


def _below(
    epochs: Sequence[int], losses: dict[str, list[float]], across: Callable[[float], float]
) -> list[str]:
    apart = [abs(a - b) for a, b in zip(losses["minigrad"], losses["torch"], strict=True)]
    seen = [d for d in apart if d > 0 and math.isfinite(d)]
    out = [_text(LEFT, 250, "|difference|, logarithmic; no dot: equal to the bit")]
    if not seen:
        return [*out, _rule(376), _text((LEFT + WIDTH) / 2, 320, "equal in every epoch", "middle")]
    low, high = math.floor(math.log10(min(seen))), math.ceil(math.log10(max(seen)))
    high = max(high, low + 1)
    down = _scale(low, high, 376, 264)
    for power in range(low, high + 1, max(1, (high - low) // 4)):
        out.append(_rule(down(power)))
        out.append(
            f'<text x="{LEFT - 8}" y="{down(power) + 4:.1f}" text-anchor="end">10<tspan dy="-4" font-size="8">{power}</tspan></text>'
        )
    out += [
        f'<circle cx="{across(e):.1f}" cy="{down(math.log10(d)):.1f}" r="1.8" fill="{INK["text"]}"/>'
        for e, d in zip(epochs, apart, strict=True)
        if d > 0 and math.isfinite(d)
    ]
    return out


def _scale(low: float, high: float, at_low: float, at_high: float) -> Callable[[float], float]:
    return lambda value: at_low + (value - low) / (high - low) * (at_high - at_low)


def _round_steps(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers between two, about so many."""
    step = 10 ** math.floor(math.log10((high - low) / about)) if high > low else 1
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= about)
    return [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _rule(y: float) -> str:
    return f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{INK["grid"]}"/>'


def _svg(width: int, height: int, label: str, body: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="{INK["text"]}">{"".join(body)}</svg>\n'
    )


# -- images -------------------------------------------------------------------------------------------------


def mistakes(run: dict[str, Any]) -> str:
    """The test images that one of the two gets wrong, each with its class and both answers, as one <svg>."""
    shown = run.get("mistakes", {}).get("images", [])[:MOST_IMAGES]
    cells, columns, wide, high = [], 10, 70, 96
    width = int(run["mistakes"]["width"]) if shown else 1
    for i, image in enumerate(shown):
        x, y = i % columns * wide, i // columns * high
        said = "".join(
            f'<text x="{px}" y="82" fill="{INK[name]}" font-weight="{700 if image[name] != image["label"] else 400}">'
            f"{image[name]}</text>"
            for name, px in (("minigrad", 16), ("torch", 40))
        )
        title = f"{image['label']}: minigrad {image['minigrad']}, PyTorch {image['torch']}"
        cells.append(
            f'<g transform="translate({x} {y})"><title>{escape(title)}</title>{_pixels(image["pixels"], width)}{said}</g>'
        )
    rows = math.ceil(len(shown) / columns) or 1
    label = "Test images that minigrad or PyTorch gets wrong, each with both answers."
    return _svg(columns * wide, rows * high, label, cells)


def _pixels(pixels: Sequence[int], width: int, size: int = 56) -> str:
    """An image of values from 0 to 255, one rectangle for each run of equal dark ones in a row."""
    rows = len(pixels) // width
    unit = size / max(width, rows)
    levels = [int(p) // 32 for p in pixels]
    out = [f'<rect x="4" y="4" width="{size}" height="{size}" fill="#fff" stroke="{INK["grid"]}"/>']
    for row in range(rows):
        start = 0
        for column in range(1, width + 1):
            level = levels[row * width + start]
            if column < width and levels[row * width + column] == level:
                continue
            if level:
                out.append(f'<rect x="{4 + start * unit:g}" y="{4 + row * unit:g}" width="{(column - start) * unit:g}" '
                           f'height="{unit:g}" fill="#{(255 - level * 36) * 0x10101:06x}"/>')  # fmt: skip
            start = column
    return "".join(out)


# -- what compare has to note -------------------------------------------------------------------------------


def noted_mistakes(data: Any, predicted: dict[str, Any]) -> dict[str, Any]:
    """For compare.json: how many test images each gets wrong, and the first of those that one of them does."""
    import numpy as np

    labels = np.asarray(data.y_test)
    ours, theirs = (np.asarray(predicted[name]) for name in NAMES)
    wrong = np.flatnonzero((ours != labels) | (theirs != labels))
    images = [
        {
            "index": int(i), "label": int(labels[i]), "minigrad": int(ours[i]), "torch": int(theirs[i]),
            "pixels": [int(p) for p in np.rint(np.asarray(data.x_test[i], float) / data.scale * 255)],
        }
        for i in wrong[:MOST_IMAGES]
    ]  # fmt: skip
    counts = {name: int((np.asarray(predicted[name]) != labels).sum()) for name in NAMES}
    return {"wrong": counts, "width": data.shape[1], "both": int(((ours != labels) & (theirs != labels)).sum()),
            "different": int((ours != theirs).sum()), "images": images}  # fmt: skip


def noted_gradients(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """For compare.json: both engines' gradients at the same weights, parameter by parameter."""
    import numpy as np

    from sidebyside.identity import largest_difference, ulps

    return [
        {
            "parameter": name, "shape": list(a.shape), "norm": float(np.linalg.norm(a.astype(np.float64))),
            "difference": largest_difference(a, theirs[name]), "ulp": ulps(a, theirs[name]),
        }
        for name, a in ours.items()
    ]  # fmt: skip


def worst_by_parameter(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Of runs that noted the worst gradient of each epoch alone: how often it was which parameter's, and how far."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in run["epochs"]:
        worst = entry.get("worst_gradient")
        if worst:
            found.setdefault(str(worst["parameter"]), []).append(worst)
    return [
        {"parameter": name, "epochs": len(each), "ulp": max(w["ulp"] for w in each),
         "difference": max(w["difference"] for w in each)}
        for name, each in sorted(found.items())
    ]  # fmt: skip
