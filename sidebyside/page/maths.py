"""The docstrings' small language of formulas as MathML:   z = x·y        dx = dz·y    dy = dz·x

Four spaces or more part two formulas; letters above and below the line, fractions without spaces and Greek sums
mean what they look like; words of two letters and more that are no function are text, which is translated.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from itertools import groupby

UP = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣʸᵖᵀⁱʲᵇ", "0123456789-+nxypTijb", strict=True))
DOWN = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗ", "0123456789ijkl", strict=True))
FUNCTIONS = {
    "log",
    "exp",
    "erf",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "max",
    "min",
}
ROMAN = {"sign", "trunc", "floor", "ceil", "round", "var", "mean", "softmax", "lr", "low", "high", "values",
         "src", "nan", "key", "dim", "value", "grad", "arsinh", "arcosh", "artanh", "offset", "shifts"}  # fmt: skip
SIGNS = {
    "·": r"\cdot ", "Σ": r"\sum ", "Π": r"\prod ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "←": r"\leftarrow ",
    "∞": r"\infty ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "−": "-", "%": r"\%", "×": r"\times ", "√": r"\surd ",
}  # fmt: skip

# Words that docstrings have within formulas.
SPANISH = {
    "which is known already": "que ya se conoce", "at the place of the maximum gets": "en el sitio del máximo recibe",
    "over": "donde", "along one axis after the other": "a lo largo de un eje tras otro",
    "over the window": "en la ventana", "over the windows that show it": "en las ventanas que lo muestran",
    "as in batch_norm": "como en batch_norm",
    "the": "la", "the mean along dim": "la media a lo largo de dim", "the correction": "la corrección", "of": "de",
    "elements": "elementos", "over the": "sobre los", "elements along dim": "elementos a lo largo de dim",
    "for the": "para los", "elements that attain it": "elementos que lo alcanzan", "over all": "sobre todos los", "with": "con",
    "the integers in key": "los enteros de key", "the indices along dim": "los índices a lo largo de dim",
    "here the last": "aquí el último", "if not given": "si no se indica",
    "a number": "un número", "rounded down": "redondeado hacia abajo", "or towards": "o hacia",
    "exact for small": "exacto para pequeños", "as": "como", "is": "es", "where": "donde",
    "rounded to so many decimals": "redondeado a tantos decimales", "or": "o", "and": "y", "else": "si no",
    "of tensors": "de tensores", "where chosen": "donde se eligió",
    "where the condition holds": "donde se cumple la condición", "for every element": "para cada elemento",
    "over the axes dim": "sobre los ejes dim", "for every element summed": "para cada elemento sumado",
    "the variance's": "el de la varianza", "for": "para", "the maximum of": "el máximo de", "the maximum": "el máximo",
    "how many are not": "cuántos no son", "along dim": "a lo largo de dim",
    "in equal parts for the elements that attain it": "en partes iguales para los elementos que lo alcanzan",
    "at one index along dim": "en un índice a lo largo de dim", "as in": "como en", "there": "ahí",
    "shifted by the maximum": "desplazado por el máximo", "matrices": "matrices", "matrix and vector": "matriz y vector",
    "vectors": "vectores", "batches of matrices": "lotes de matrices", "each": "cada uno", "over the batch": "sobre el lote",
    "their sum": "su suma", "or their mean": "o su media",
    "but for": "salvo",
    "added up where an index repeats": "sumado donde se repite un índice", "at key": "en key",
    "these elements of the flattened": "estos elementos del aplanado",
    "a change in place of a view": "un cambio in situ de una vista", "elsewhere": "en lo demás",
    "where the mask holds": "donde vale la máscara", "up to this diagonal": "hasta esta diagonal", "above": "encima",
    "from this diagonal on": "desde esta diagonal", "below": "debajo", "in another shape": "con otra forma",
    "the same memory": "la misma memoria", "in the first shape": "con la primera forma",
    "copied where the memory does not fit": "copiado donde la memoria no encaja", "its axes in the order dims": "sus ejes en el orden dims",
    "eps": "eps",
    "in the order before": "en el orden de antes", "with an axis of size": "con un eje de tamaño", "at dim": "en dim",
    "without": "sin él", "without these axes of size": "sin estos ejes de tamaño", "with them": "con ellos",
    "repeated to size": "repetido hasta size", "not copied": "sin copiar", "over the repetitions": "sobre las repeticiones",
    "which the engine does": "lo que hace el motor", "one after the other along dim": "uno tras otro a lo largo de dim",
    "its part of": "su parte de", "a copy of": "una copia de",
    "in reverse order along dims": "en orden inverso a lo largo de dims", "reversed": "invertido",
    "copies of": "copias de", "side by side": "lado a lado", "so many along every dimension": "tantas en cada dimensión",
    "over the copies": "sobre las copias", "row after row": "fila tras fila", "on another device": "en otro dispositivo",
    "on the device that": "en el dispositivo de donde", "came from": "vino", "in another type": "en otro tipo",
    "which the engine sees to": "de lo que se ocupa el motor",
    "and so is every gradient of it": "y también todo gradiente suyo",
    "elementwise": "elemento a elemento",
    "of y's sign": "con el signo de y",
    "of x's sign": "con el signo de x",
    "a copy": "una copia",

    "in x's shape and type": "con la forma y el tipo de x",
    "in x's type": "con el tipo de x",
    "at these elements": "en estos elementos",
    "moved in circles by": "movido en círculo", "along dims": "a lo largo de dims", "moved back": "movido atrás",
    "along two dims": "a lo largo de dos dims", "a view": "una vista", "along two new dims": "a lo largo de dos dims nuevas",
    "windows of": "ventanas de", "over the windows": "sobre las ventanas", "the angle of": "el ángulo de", "view": "vista",
    "along": "a lo largo de",
    "by which": "por la cual",
    "would be lost": "se perdería",
    "a division": "una división", "no division": "sin división",
    "a new axis dim": "un eje nuevo dim",

    "of slices and numbers": "de cortes y números", "of integer arrays": "de arrays de enteros", "as in torch": "como en torch",
}  # fmt: skip

_TOKEN = re.compile(
    r"(?P<text>\(\"\w+\"\)|x\.copy_\(src\)|[A-Za-z][A-Za-z'_]*[A-Za-z'](?:[ ][A-Za-z][a-z'_]+)*"
    r"|\ba (?:copy of|copy|view|number|change in place of a view|division|new axis dim))"
    r"|(?P<name>[A-Za-z])|(?P<number>\d+(?:\.\d+)?)|(?P<up>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣʸᵖᵀⁱʲᵇ]+)|(?P<down>[₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗ]+)"
    r"|(?P<sign>.)"
)


def formulas(text: str) -> list[str]:
    """Return the formulas and shapes in a docstring's first line, or none if it has no = sign."""
    first = text.split("\n")[0].strip().rstrip(".")
    return [part for part in re.split(r" {4,}", first) if re.search(r"[=←≠≤≥<>×]", part)]


def words(text: str) -> list[str]:
    """Return the words within a formula that need a translation."""
    return [piece for kind, piece in _pieces(text) if kind == "text" and not piece.startswith(("(", "x."))]


def segments(text: str) -> list[tuple[str, str]]:
    """A formula as LaTeX ("math"), prose ("text") and what stands between ("plain"), in turn: prose may wrap."""
    found: list[tuple[str, str]] = []
    for is_text, run in groupby(_pieces(text), lambda piece: piece[0] == "text"):
        pieces = list(run)
        if is_text:
            found.append(("text", " ".join(piece for _, piece in pieces)))
            continue
        code = _fractions("".join(_latex(kind, piece) for kind, piece in pieces))
        match = re.fullmatch(r"([\s,;:]*)(.*?)([\s,;:]*)", code, re.DOTALL)
        assert match is not None
        found += [
            (kind, part.replace(": ", r":\; ") if kind == "math" else part)
            for kind, part in zip(("plain", "math", "plain"), match.groups(), strict=True)
            if part
        ]
    return found


def _pieces(text: str) -> list[tuple[str, str]]:
    """Split a formula into tokens. A run of words is split where it contains a function or a variable."""
    pieces: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup or "sign", match[0]
        if kind != "text" or piece.startswith(("(", "x.")):
            pieces.append((kind, piece))
            continue
        run: list[str] = []
        for word in piece.split(" "):
            if _is_symbol(word) and not run:
                pieces.append(("symbol", word))
            elif _is_symbol(word) and word not in _PROSE:
                pieces += [("text", " ".join(run)), ("sign", " "), ("symbol", word)]
                run = []
            else:
                run.append(word)
        pieces += [("text", " ".join(run))] if run else []
    return pieces


_PROSE = {"mean", "values", "sign", "dim", "key"}  # as part of a sentence


def _is_symbol(word: str) -> bool:
    return word in FUNCTIONS | ROMAN or bool(re.fullmatch(r"d(?:[a-zA-Z]|low|high|src|values)", word))


def _latex(kind: str, piece: str) -> str:
    if kind == "symbol":
        if piece in FUNCTIONS:
            return rf"\{piece} "
        if piece[0] == "d" and piece not in ROMAN:
            return rf"\mathrm{{{piece}}}"
        return rf"\mathrm{{{piece}}}"
    if kind in ("up", "down"):
        table, mark = (UP, "^") if kind == "up" else (DOWN, "_")
        return mark + "{" + "".join(table[c] for c in piece) + "}"
    return SIGNS.get(piece, piece)


_GROUP = (
    r"(?:\d+)?(?:\\mathrm\{\w+\}\w?|\\lfloor [^\\]*\\rfloor|[A-Za-z]|\|[^|]*\|"
    r"|\((?:[^()]|\([^()]*\))*\))(?:\^\{[^}]*\}|_\{[^}]*\})*"
)


def _fractions(text: str) -> str:
    """Set a/b as a fraction, and a / b as a fraction of everything between = and a comma."""
    text = re.sub(r"\\surd (\\mathrm\{\w+\}|\w)", r"\\sqrt{\1}", text)
    text = re.sub(r"\^\(([^()]*)\)", r"^{\1}", text)
    text = re.sub(rf"(\d+|{_GROUP})/(\\sqrt\{{\w\}}|{_GROUP}|\d+)", _over, text)
    side = r"((?:[^=,\[]|\[[^\]]*\])*?)"  # a comma within brackets is part of an index
    match = re.fullmatch(rf"([^=]*=)\s*{side} / {side}(,.*)?", text)
    if match and match[2].count("(") == match[2].count(")"):
        text = rf"{match[1]} \frac{{{_bare(match[2])}}}{{{_bare(match[3])}}}{match[4] or ''}"
    return text


def _over(match: re.Match[str]) -> str:
    return rf"\frac{{{match[1]}}}{{{_bare(match[2])}}}"


def _bare(text: str) -> str:
    """Remove the parentheses around a denominator."""
    inner = re.fullmatch(r"\(((?:[^()]|\([^()]*\))*)\)", text.strip())
    return inner[1] if inner else text


@cache
def mathml(code: str) -> str:
    """Convert LaTeX to MathML."""
    from latex2mathml.converter import convert

    made = convert(code).replace(' xmlns="http://www.w3.org/1998/Math/MathML" display="inline"', "")
    made = re.sub(r"&#x0*([0-9A-F]+);", lambda m: escape(chr(int(m[1], 16))), made)
    # One element for each upright word: a row of single letters is set like a product.
    return re.sub(
        r'(?:<mi mathvariant="normal">\w</mi>){2,}', lambda m: f"<mi>{re.sub('<[^>]*>', '', m[0])}</mi>", made
    )


def html(text: str) -> str:
    """Return one formula as HTML, with its words in both languages."""
    out = []
    for kind, piece in segments(text):
        if kind == "math":
            out.append(mathml(piece))
        elif kind == "plain":
            out.append(escape(piece))
        elif piece in SPANISH and SPANISH[piece] != piece:
            out.append(
                f" <span class=en>{escape(piece)}</span><span class=es lang=es>{escape(SPANISH[piece])}</span> "
            )
        else:
            out.append(f" {escape(piece)} ")
    return re.sub(r" (?=[,;:.])", "", "".join(out)).strip()
