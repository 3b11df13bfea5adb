"""Code as numbered HTML lines, coloured by Pygments. page.js makes names <var>, so that all uses of one can be lit."""

from __future__ import annotations

import ast
import difflib
import re
from functools import cache
from html import escape
from typing import Any

from sidebyside.page.folds import folds
from sidebyside.page.pair import both
from sidebyside.page.sources import Part

Line = list[tuple[str, str]]  # pairs of class and text


@cache
def _lexer(language: str) -> Any:
    from pygments.lexers import PythonLexer, YamlLexer

    return {"python": PythonLexer, "yaml": YamlLexer}[language](stripnl=False, ensurenl=False)


@cache
def _kind(token: Any) -> str:
    """Return a letter for the colour: keyword, string, comment, number, name, defined name or decorator."""
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    table = (
        (Name.Function, "f"), (Name.Class, "f"), (Name.Decorator, "d"), (Name.Builtin.Pseudo, "k"),
        (Name, "n"), (Comment, "c"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "m"),
    )  # fmt: skip
    return next((letter for kind, letter in table if token in kind), "")


@cache
def _tokens(part: Part) -> list[Line]:
    lines: list[Line] = [[]]
    for token, text in _lexer(part.language).get_tokens("\n".join(part.lines)):
        kind = _kind(token)
        for i, piece in enumerate(text.split("\n")):
            if i:
                lines.append([])
            if not piece:
                continue
            if lines[-1] and lines[-1][-1][0] == kind and kind not in ("n", "f"):
                lines[-1][-1] = (kind, lines[-1][-1][1] + piece)
            else:
                lines[-1].append((kind, piece))
    return lines[: len(part.lines)]


def _html(line: Line, language: str) -> str:
    out = []
    for kind, text in line:
        plain = kind in ("", "n") or (language == "yaml" and kind != "c")  # yaml's values are C++ expressions
        tag = "var" if kind == "f" else "i"
        code = escape(text, quote=False)
        out.append(code if plain else f"<{tag} class={kind}>{code}</{tag}>")
    return "".join(out)


Marks = dict[int, tuple[str, str]]  # by line number the twins' ids, and "same" or "near"


def lines(part: Part, marks: Marks | None = None, numbered: bool = True) -> str:
    """Return a part as HTML: one element for each line, with its number, its indentation and its twins."""
    return "".join(_each(part, marks, numbered))


def block(part: Part, marks: Marks | None = None, numbered: bool = True) -> str:
    """Return a part as a <div> of one or more <pre>; those that hold what is to be folded are folded."""
    each, out, at = _each(part, marks, numbered), "", 0
    for first, end, what in folds(part):
        out += _pre(each[at:first])
        count = f"{end - first} {{}}: "
        en, es = count.format("lines") + what.en, count.format("líneas") + what.es
        inside, at = _pre(each[first:end]), end
        out += f"<details class=fold><summary>{both(en, es)}</summary>{inside}</details>"
    return f"<div class=part>{out}{_pre(each[at:])}</div>"


def _pre(lines: list[str]) -> str:
    return f"<pre><code>{''.join(lines)}</code></pre>" if lines else ""


def _each(part: Part, marks: Marks | None, numbered: bool) -> list[str]:
    out = []
    for i, line in enumerate(_tokens(part)):
        number = part.first + i
        twins, how = (marks or {}).get(number, ("", ""))
        text = part.lines[i]
        indent = min((len(text) - len(text.lstrip())) // 2, 12)
        attributes = f' class="i{indent} {how}"' if how else f" class=i{indent}" if indent else ""
        attributes += f" data-n={number}" if numbered else ""
        attributes += f' data-t="{twins}"' if twins else ""
        out.append(f"<span{attributes}>{_html(line, part.language) or ' '}\n</span>")
    return out


# -- twins --------------------------------------------------------------------------------------------------

# Pairs of names for the same thing: in minigrad, and in derivatives.yaml or torch_ref.
_SAME = {"np": "torch", "axis": "dim", "keepdims": "keepdim", "array": "p", "Array": "Tensor"}


# Many programs have lines like these: they are twins only if they are equal.
_SHAPES = {"class", "def", "@", "import", "from", '"', "ctx"}


def _words(text: str) -> list[str]:
    text = re.sub(r":\s*[\w.|\[\], ]+(?=[,)=])|\s*->.*(?=:$)|#.*", "", text)
    return [_SAME.get(word, word) for word in re.findall(r"\w+|[^\w\s]", text)]


def _likeness(a: list[str], b: list[str]) -> float:
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def twins(left: list[Part], right: list[Part]) -> tuple[list[Marks], list[Marks]]:
    """Find for every line its twin on the other side: the line with the most similar words, if it is similar."""
    ours = [
        (p, part.first + i, _words(line)) for p, part in enumerate(left) for i, line in enumerate(part.lines)
    ]
    theirs = [
        (p, part.first + i, _words(line)) for p, part in enumerate(right) for i, line in enumerate(part.lines)
    ]
    pairs: list[tuple[int, int, float]] = []
    for a, (_, _, words) in enumerate(ours):
        if len(words) < 3:
            continue
        scored = [
            (_likeness(words, other), -b)
            for b, (_, _, other) in enumerate(theirs)
            if len(other) >= 3 and (other[0] not in _SHAPES or other == words)
        ]
        score, b = max(scored, default=(0.0, 0))
        if score == 1 or (score >= 0.6 and words[0] not in _SHAPES):
            pairs.append((a, -b, score))
    marks: tuple[list[Marks], ...] = ([{} for _ in left], [{} for _ in right])
    for group, (a, b, score) in enumerate(pairs):
        how = "same" if score == 1 else "near"
        for side, (part, number, _) in zip(marks, (ours[a], theirs[b]), strict=True):
            before = side[part].get(number, ("", how))
            side[part][number] = (
                f"{before[0]} {group}".strip(),
                "near" if "near" in (how, before[1]) else "same",
            )
    return marks[0], marks[1]


def returned(parts: list[Part], wanted: int) -> list[tuple[int, int]]:
    """Find where a backward by hand returns its gradients: (part, line) for each of the first inputs."""
    for p, part in enumerate(parts):
        functions = [n for n in ast.walk(ast.parse("\n".join(part.lines))) if isinstance(n, ast.FunctionDef)]
        for node in functions:
            last = node.body[-1]
            if node.name == "backward" and isinstance(last, ast.Return) and last.value is not None:
                values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
                return [(p, part.first + value.lineno - 1) for value in values][:wanted]
    return []


def add_rules(
    left: list[Part],
    marks: list[Marks],
    right: list[Part],
    twin_marks: list[Marks],
) -> None:
    """Tie each of minigrad's rules to the gradient that the Function by hand returns for that input."""
    starts = _rule_lines(left)
    for group, (number, (part, line)) in enumerate(zip(starts, returned(right, len(starts)), strict=False)):
        for side, key in ((marks[0], number), (twin_marks[part], line)):
            side[key] = (f"{side.get(key, ('',))[0]} r{group}".strip(), "near")


def _rule_lines(left: list[Part]) -> list[int]:
    """Return the lines of an op's decorator on which rules begin."""
    head = "\n".join(left[0].lines).split("\ndef ")[0] if left else ""
    return [
        left[0].first + head[: m.start()].count("\n") for m in re.finditer(r"(?:^|[(, ])\w+=lambda", head)
    ]


def rule_twins(left: list[Part], entry: Part) -> tuple[list[Marks], Marks]:
    """Tie each of minigrad's rules to the one of derivatives.yaml for the same input."""
    entries = [i for i, line in enumerate(entry.lines) if re.match(r"  (?!output_diff|result)[\w, ]+:", line)]
    ours: Marks = {}
    theirs: Marks = {}
    for group, (key, i) in enumerate(zip(_rule_lines(left), entries, strict=False)):
        ours[key] = (f"{ours.get(key, ('',))[0]} {group}".strip(), "near")
        theirs[entry.first + i] = (str(group), "near")
    return [ours, *({} for _ in left[1:])], theirs
