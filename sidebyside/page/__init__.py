"""minigrad page: both libraries side by side, symbol by symbol, as two HTML files that need nothing else.

The first has the lesson and the core, the second the layers and losses beyond the tutorial's.
minigrad's code is on the left. The mathematics and what was measured are in the middle. On the right are the same by
hand in PyTorch and PyTorch's own text, read from the installed wheel. The numbers come from a JSON file.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sidebyside.options import UsageError, need, unwritable, writable_file, write_text
from sidebyside.page import highlight, maths, pictures, sources
from sidebyside.page.pair import Pair, Said
from sidebyside.page.pairs import GROUPS, LATER, every
from sidebyside.programs.ops import MODULES

ASSETS = Path(__file__).parent / "assets"
BY_HAND = Said("The same by hand, in PyTorch", "Lo mismo a mano, en PyTorch")
PYTHON = Said("PyTorch’s Python", "El Python de PyTorch")
RULE = Said("PyTorch’s rule", "La regla de PyTorch")
DECOMPOSITION = Said("PyTorch’s decomposition", "La descomposición de PyTorch")
OUR_LIST = Said("What the tutorial’s step then repeats", "Lo que repite después el paso del tutorial")
THEIR_LIST = Said("What the same step asks of PyTorch’s ATen", "Lo que el mismo paso pide al ATen de PyTorch")
DESCRIPTION = """Write minigrad and PyTorch side by side, symbol by symbol, as HTML: code, mathematics, measured
verdicts, and PyTorch's own text, read from the installed PyTorch. Open FILE in a browser; it needs no
network. Layers beyond the tutorial's are in a second file beside it. What was measured is written to a JSON
file beside them, which --verdicts reads."""


def add_arguments(to: argparse.ArgumentParser) -> None:
    """The options of `minigrad page`."""
    to.description, to.formatter_class = DESCRIPTION, argparse.RawDescriptionHelpFormatter
    to.add_argument("--out", type=writable_file, default="build/minigrad.html", metavar="FILE",
                    help="default: %(default)s")  # fmt: skip
    to.add_argument(
        "--run", type=Path, metavar="DIR", help="show a training: a folder of `minigrad compare --out`"
    )
    to.add_argument("--verdicts", type=Path, metavar="FILE",
                    help="take the numbers from this file, do not measure; default: measure, and write them")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """minigrad page"""
    for package in ("jinja2", "pygments", "latex2mathml"):
        need(package, "app", "page")
    need("torch", "torch", "page")
    numbers = args.verdicts or args.out.with_suffix(".verdicts.json")
    for beside in (second(args.out), *([numbers] if args.verdicts is None else [])):
        if problem := unwritable(beside):
            raise UsageError(problem)
    training = None if args.run is None else pictures.read(args.run)
    from sidebyside.page import verdicts

    pairs = every()
    if args.verdicts is None:
        measured = verdicts.measure(pairs)
        verdicts.write(measured, numbers)
    else:
        measured = read_verdicts(numbers)
    written = pages(pairs, measured, args.out, numbers.name, training)
    for file, text in written.items():
        write_text(file, text)
    sizes = ", ".join(f"{file} ({len(text.encode()) / 1e6:.2f} MB)" for file, text in written.items())
    print(f"{sizes}: {len(pairs)} pairs; the numbers are from {numbers}")
    broken = verdicts.broken(measured["verdicts"], measured["steps"])
    for key, what in broken.items():
        print(f"The contract broke: {key}, {' and '.join(what)}.")
    return 1 if broken else 0


def read_verdicts(path: Path) -> dict[str, Any]:
    """Read what `measure` wrote. Raise UsageError if the file is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            "versions": dict(found["versions"]),
            "verdicts": dict(found["verdicts"]),
            "steps": list(found["steps"]),
        }
    except OSError as error:
        raise UsageError(f"--verdicts {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"--verdicts {path} is not what minigrad page writes") from None


@dataclass
class Block:
    """Code as HTML, with a title and the place where it stands."""

    title: Said | None
    where: str
    code: str


@dataclass
class Row:
    """A pair in the form that the template reads."""

    pair: Pair
    left: list[Block]
    right: list[Block]
    folded: list[Block]
    formulas: list[str]
    program: str
    verdict: dict[str, Any] | None
    test: str


def second(out: Path) -> Path:
    """Return the place of the second page."""
    return out.with_suffix(".layers.html")


def pages(
    pairs: list[Pair],
    measured: dict[str, Any],
    out: Path,
    verdicts: str,
    training: dict[str, Any] | None = None,
) -> dict[Path, str]:
    """The text of both files. `verdicts` is the name of the JSON file."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from sidebyside.page import backward, crossentropy, pocket
    from sidebyside.page.verdicts import broken as broken_by

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["safe_code"] = Markup
    rows = [row(pair, measured["verdicts"].get(pair.key)) for pair in pairs]
    derivatives = {pair.name: pair.rule for pair in pairs if pair.key.startswith("ops/")}
    files = {out: GROUPS, second(out): LATER}
    environment.globals |= {
        "css": Markup(asset("page.css") + asset("lesson.css") + pictures.RULES % pictures.ON_PAGE), "broken": broken_by(measured["verdicts"], measured["steps"]),
        "versions": measured["versions"], "torch_version": sources.version(), "verdicts": verdicts, "unpaired": without_a_pair(), "run": training and shown(training),
        "graph": graphs(), "pocket": pocket.shown(), "walk": backward.shown(measured["steps"], derivatives), "softmax": crossentropy.shown(measured["steps"]),
        "derived": crossentropy.derives, "pixels": lambda grey, width: Markup(pictures.pixels(grey, width)), "first": quote(out.name), "second": quote(second(out).name), "later": LATER,
        "places": {pair.key: f"{quote(file.name)}#{pair.id}" for file, titles in files.items() for pair in pairs if pair.group in titles},
    }  # fmt: skip
    template, texts = environment.get_template("page.html"), {}
    for file, titles in files.items():
        groups = {key: [each for each in rows if each.pair.group == key] for key in titles}
        script = asset("page.js") + (asset("lesson.js") if file == out else "")
        counts = counted([each for group in groups.values() for each in group])
        texts[file] = template.render(
            here=quote(file.name), titles=titles, groups=groups, counts=counts, js=Markup(script)
        )
    return texts


def asset(name: str) -> str:
    """Read the page's style or script."""
    return (ASSETS / name).read_text(encoding="utf-8")


def row(pair: Pair, verdict: dict[str, Any] | None) -> Row:
    """Return everything that the page shows of a pair."""
    from sidebyside.page import lists

    left = [part for place in pair.ours for part in sources.ours(place)]
    left = list(dict.fromkeys(left))
    twin = list(dict.fromkeys(part for place in pair.twin for part in sources.ours(place)))
    rule = sources.rule(pair.rule) if pair.rule else None
    marks, twin_marks = highlight.twins(left, twin)
    if twin and pair.key.startswith("ops/"):
        highlight.add_rules(left, marks, twin, twin_marks)
    rule_marks: dict[int, tuple[str, str]] = {}
    if not twin and rule is not None:
        marks, rule_marks = highlight.rule_twins(left, rule)
    right = blocks(twin, BY_HAND, twin_marks)
    folded = blocks([part for part in map(sources.theirs, pair.python) if part is not None], PYTHON)
    if rule is not None:
        (folded if twin else right).extend(blocks([rule], RULE, [rule_marks]))
    decomposed = [part for part in map(sources.decomposition, pair.decomp) if part is not None]
    folded += blocks(decomposed, DECOMPOSITION)
    shown = blocks(left, None, marks)
    if pair.lists:
        shown, right = listed(shown, OUR_LIST, lists.ours()), listed(right, THEIR_LIST, lists.theirs())
    return Row(pair, shown, right, folded, formulas(pair), program(pair), verdict, pair.tests)


def blocks(
    parts: list[sources.Part], title: Said | None, marks: list[highlight.Marks] | None = None
) -> list[Block]:
    """Return one block for each file that the parts are from."""
    from markupsafe import Markup

    code: dict[str, str] = {}
    for part, mark in zip(parts, marks or [{} for _ in parts], strict=True):
        code[part.file] = code.get(part.file, "") + highlight.block(part, mark)
    return [Block(title, file, Markup(text)) for file, text in code.items()]


def listed(shown: list[Block], title: Said, text: str) -> list[Block]:
    """Blocks, and one more of calls."""
    from markupsafe import Markup

    part = sources.Part("", 1, tuple(text.splitlines()))
    return [*shown, Block(title, "", Markup(highlight.block(part, numbered=False)))]


def formulas(pair: Pair) -> list[str]:
    """Return the pair's formula, or those of the docstring of its op, as HTML."""
    from markupsafe import Markup

    is_op = pair.ours[0].partition(":")[0] in MODULES
    text = pair.formula or (sources.docstring(pair.ours[0]) if is_op else "")
    return [Markup(maths.html(formula)) for formula in maths.formulas(text)]


def program(pair: Pair) -> str:
    """Return the measured program as coloured HTML."""
    from markupsafe import Markup

    part = sources.Part("", 1, tuple(pair.program.split("\n")))
    return Markup(highlight.block(part, numbered=False)) if pair.program else Markup("")


def counted(rows: list[Row]) -> dict[str, int]:
    """Count the pairs, and those for which each comparison holds."""
    verdicts = [each.verdict for each in rows if each.verdict]
    checked = [v["gradcheck"] for v in verdicts if "gradcheck" in v]
    return {
        "pairs": len(rows), "measured": len(verdicts), "bits": sum(v["own_kernels_equal"] for v in verdicts),
        "exchanged": sum(v["exchanged_equal"] is True for v in verdicts), "checked": len(checked),
        "right": sum(g["error"] <= g["allowed"] for g in checked),
    }  # fmt: skip


def without_a_pair() -> list[tuple[Any, list[str]]]:
    """Return the names that have no row, grouped by the reason."""
    from sidebyside.page.unpaired import REASONS

    return [(why, names.split()) for why, names in REASONS]


def graphs() -> dict[str, Any]:
    """Draw the graph of one step for each model."""
    from markupsafe import Markup

    from sidebyside.graph import svg_pair
    from sidebyside.runs import LEARNING_RATES

    return {model: Markup(svg_pair(model)) for model in LEARNING_RATES}


def shown(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run in the form that the template reads. Of a path its last name is shown: the page is to be shared."""
    from markupsafe import Markup

    where, bracket, proof = run["data"]["source"].partition(" (")
    config = run["config"] | {"data": Path(run["config"].get("data", "digits")).name}
    title = pictures.title(run | {"config": config})
    words = {"optimizer loop": "bucle con optimizador", "manual loop": "bucle a mano", "full batch": "lote completo",
             "batches of": "lotes de", "seed": "semilla"}  # fmt: skip
    in_spanish = re.sub("|".join(words), lambda found: words[found[0]], title)
    return run | {
        "title": Said(title, in_spanish), "source": Path(where).name + bracket + proof,
        "curves": Markup(pictures.curves(run)),
        "rows": [(row["parameter"], pictures.cells(row)) for row in run["gradients"]["parameters"]],
    }  # fmt: skip
