"""The text of a tensor, character for character PyTorch's (torch: torch/_tensor_str.py).

A tensor is printed in four steps. A large one is first reduced to its corners. The remaining numbers decide one format
for all of them: integers with a dot, four decimals, or powers of ten. Each number becomes a cell of text, and the cells
are laid out in lines and brackets. What the numbers do not show (device, dtype, `grad_fn`) comes last. Some details of
torch's format look like mistakes, and comments say which. They are kept, so that the texts of the two libraries can be
compared with `==`.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from minigrad.arrays.dtypes import get_default_dtype

DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")


class PrintOptions(SimpleNamespace):
    """What `set_printoptions` sets, with torch's defaults.

    A `sci_mode` of None leaves the choice of powers of ten to the numbers.
    """

    def __init__(self, **changed: Any) -> None:
        default = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
        super().__init__(**(default | changed))


PRINT_OPTS = PrintOptions()

PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are printed from now on (torch: torch.set_printoptions).

    `precision` is the number of decimals. A tensor of more than `threshold` elements is summarised to
    `edgeitems` at either end of each dimension. Lines are broken to fit `linewidth` columns.
    `profile` sets these four at once ("default", "short" or "full"), and the other arguments override it.

    As in torch, an option that is not given keeps its value, except `sci_mode`, which every call sets. A profile of
    another name is ignored without an error.
    """
    base = PRINT_OPTS if profile is None else PROFILES.get(profile, PRINT_OPTS)
    PRINT_OPTS.precision = base.precision if precision is None else precision
    PRINT_OPTS.threshold = base.threshold if threshold is None else threshold
    PRINT_OPTS.edgeitems = base.edgeitems if edgeitems is None else edgeitems
    PRINT_OPTS.linewidth = base.linewidth if linewidth is None else linewidth
    PRINT_OPTS.sci_mode = sci_mode


def tensor_text(
    array: np.ndarray,
    *,
    prefix: str = "tensor(",
    device: str | None = None,
    grad_fn: str | None = None,
    requires_grad: bool = False,
) -> str:
    """What `repr` of a tensor that holds `array` says (torch: torch.Tensor.__repr__).

    The lines are indented to the end of `prefix`. Pass `device` only if it is not the CPU.
    `grad_fn` is the node's name, such as "MulBackward0"; a tensor that has one requires grad, so then
    `requires_grad` is not printed.

    Raises TypeError for a dtype that is not one of DTYPES.
    """
    if array.dtype.name not in DTYPES:
        raise TypeError(f"cannot print an array of dtype {array.dtype}; the dtypes are {', '.join(DTYPES)}")
    suffixes = [] if device is None else [f"device='{device}'"]
    suffixes += _shape_and_dtype(array)
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    return _append(prefix + _contents(array, len(prefix)), suffixes, len(prefix)) + ")"


def _shape_and_dtype(array: np.ndarray) -> list[str]:
    """The suffixes for a shape and a dtype that the numbers do not show."""
    # Without elements neither the shape nor the dtype can be seen.
    default = get_default_dtype().name
    usual = (default, "int64", "bool") if array.size else (default,)
    shape_told = not PRINT_OPTS.edgeitems if array.size else array.ndim != 1
    dtype_told = array.dtype.name not in usual
    told = {f"size={array.shape}": shape_told, f"dtype=torch.{array.dtype.name}": dtype_told}
    return [suffix for suffix, needed in told.items() if needed]


def _append(text: str, suffixes: list[str], indent: int) -> str:
    """Add each suffix to the last line, or begin a new line if it does not fit."""
    # torch counts two columns more than the line has, until the first suffix that begins a line.
    column = len(text.rpartition("\n")[2]) + 2
    for suffix in suffixes:
        end = column + len(", ") + len(suffix)
        if end <= PRINT_OPTS.linewidth:
            text, column = f"{text}, {suffix}", end
        else:
            text, column = f"{text},\n{' ' * indent}{suffix}", indent + len(suffix)
    return text


def _contents(array: np.ndarray, indent: int) -> str:
    """The numbers in their brackets, without prefix and suffixes."""
    if array.size == 0:
        return "[]"
    summarised = array.ndim > 0 and array.size > PRINT_OPTS.threshold
    if summarised and not PRINT_OPTS.edgeitems:
        return "[...]"
    shown = _corners(array) if summarised else array
    texts, width = _cells(shown)
    cells = np.array(texts, dtype=object).reshape(shown.shape)
    # The innermost rows stand one column to the right for each bracket that encloses them.
    room = PRINT_OPTS.linewidth - indent - (array.ndim - 1)
    per_line = max(1, room // (width + len(", ")))
    return _layout(cells, array.shape, indent, per_line)


def _corners(array: np.ndarray) -> np.ndarray:
    """The elements that a summary shows. No other element is read, so a large data set prints fast."""
    edge = PRINT_OPTS.edgeitems
    kept = [np.r_[:edge, n - edge : n] if n > 2 * edge else np.arange(n) for n in array.shape]
    corners: np.ndarray = array[np.ix_(*kept)]
    return corners


def _cells(shown: np.ndarray) -> tuple[list[str], int]:
    """Each value as text, aligned right, and the width of the texts."""
    write: Callable[[float], str] = str
    measured = shown
    if shown.dtype.kind == "f":
        # Zeros, nan and inf are ignored when the format and the width are chosen, so they may be wider:
        # `tensor([-inf, 0.])` has a width of 1, and a long row of zeros runs past the line's end.
        measured = shown[np.isfinite(shown) & (shown != 0)]
        write = _float_format(measured)
    width = max([1, *(len(write(value)) for value in measured.ravel().tolist())])
    return [write(value).rjust(width) for value in shown.ravel().tolist()], width


def _float_format(measured: np.ndarray) -> Callable[[float], str]:
    """The one format for all floats of a tensor, chosen by its finite values other than zero."""
    if measured.size == 0:
        return _whole
    sizes = np.abs(measured)
    # In float64, because in float16 quotients overflow, and 1e8 is larger than its maximum of 65504.
    smallest, largest = float(sizes.min()), float(sizes.max())
    scientific = PRINT_OPTS.sci_mode
    if scientific is None:
        scientific = largest / smallest > 1000.0 or largest > 1e8 or smallest < 1e-4
    if scientific:
        return f"{{:.{PRINT_OPTS.precision}e}}".format
    if np.all(measured == np.ceil(measured)):
        return _whole
    return f"{{:.{PRINT_OPTS.precision}f}}".format


def _whole(value: float) -> str:
    """A float without a fraction: the dot shows that it is a float."""
    return f"{value:.0f}." if math.isfinite(value) else f"{value}"


def _layout(cells: np.ndarray, shape: tuple[int, ...], indent: int, per_line: int) -> str:
    """Lines and brackets around the cells, with dots for the elements of `shape` that have no cell."""
    if cells.ndim == 0:
        return str(cells.item())
    left_out = len(cells) < shape[0]
    if cells.ndim == 1:
        row = cells.tolist()
        if left_out:
            # torch has two blanks: "1,  ..., 9". The dots count as one more cell of the line.
            row.insert(PRINT_OPTS.edgeitems, " ...")
        parts = [", ".join(row[i : i + per_line]) for i in range(0, len(row), per_line)]
    else:
        parts = [_layout(part, shape[1:], indent + 1, per_line) for part in cells]
        if left_out:
            parts.insert(PRINT_OPTS.edgeitems, "...")
    # One blank line separates matrices, two separate stacks of matrices, and so on.
    newlines = "\n" * max(1, cells.ndim - 1)
    return "[" + f",{newlines}{' ' * (indent + 1)}".join(parts) + "]"
