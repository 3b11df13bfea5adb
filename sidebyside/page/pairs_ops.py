"""The rows of the ops, under their headings. An op's program is in sidebyside/programs/ops.py."""

from __future__ import annotations

from typing import Any, NamedTuple

from sidebyside.page import sources
from sidebyside.page.pair import Pair, Said
from sidebyside.programs.ops import Case, module_of, program_of

WHY = {
    "rounded": Said(
        "They do not: each element is rounded once, as IEEE 754 prescribes, in NumPy as in PyTorch.",
        "No difieren: cada elemento se redondea una vez, como manda IEEE 754, en NumPy y en PyTorch.",
    ),
    "steps": Said(
        "They do not: the rule takes PyTorch's steps in PyTorch's order, and each step is rounded once.",
        "No difieren: la regla da los pasos de PyTorch en su orden, y cada paso se redondea una vez.",
    ),
    "moved": Said(
        "They do not: elements are moved or chosen, and nothing is computed that could round.",
        "No difieren: los elementos se mueven o se eligen, y no se calcula nada que pueda redondear.",
    ),
    "added": Said(
        "Elements are moved, and gradients that meet in one place are added up, perhaps in another order.",
        "Los elementos se mueven, y los gradientes que caen en un mismo lugar se suman, quizá en otro orden.",
    ),
    "flat": Said(
        "They do not: between its steps the function is constant, so every gradient is 0.",
        "No difieren: entre sus saltos la función es constante, así que todo gradiente es 0.",
    ),
    "kernel": Said(
        "The rule is the same; NumPy and PyTorch compute the function with other polynomials, so last digits part.",
        "La regla es la misma; NumPy y PyTorch calculan la función con otros polinomios, y se separan las últimas cifras.",
    ),
    "sum": Said(
        "The rule is the same; NumPy and PyTorch add in another order, and each order rounds in its own way.",
        "La regla es la misma; NumPy y PyTorch suman en otro orden, y cada orden redondea a su manera.",
    ),
    "blas": Said(
        "The rule is the same; a matrix product is many sums, which two BLAS libraries add up in other orders.",
        "La regla es la misma; un producto de matrices son muchas sumas, que dos bibliotecas BLAS suman en otro orden.",
    ),
    "ties": Said(
        "They do not: the value is one of the elements, and those that tie share the gradient, as in PyTorch.",
        "No difieren: el valor es uno de los elementos, y los que empatan comparten el gradiente, como en PyTorch.",
    ),
    "product": Said(
        "PyTorch divides the whole product by each element; minigrad multiplies the others, so that a 0 does no harm.",
        "PyTorch divide el producto entero por cada elemento; minigrad multiplica los demás, y un 0 no hace daño.",
    ),
    "inner": Said(
        "PyTorch has it inside another op's rule; here it is an op, so that the rule can be differentiated again.",
        "PyTorch lo tiene dentro de la regla de otra operación; aquí es una operación, y la regla se deriva otra vez.",
    ),
    "strided": Said(
        "PyTorch walks the memory by strides; minigrad lists the positions once, and reads and writes by them.",
        "PyTorch recorre la memoria por pasos; minigrad apunta las posiciones una vez, y lee y escribe con ellas.",
    ),
    "twin-name": Said(
        "PyTorch has three nodes for what is one function: so has minigrad, under the same three names.",
        "PyTorch tiene tres nodos para lo que es una función: minigrad también, con los mismos tres nombres.",
    ),
    "sliced": Said(
        "PyTorch leaves one node for each index; minigrad takes the whole key at once, under the node's name.",
        "PyTorch deja un nodo por índice; minigrad toma la clave entera de una vez, con el nombre del nodo.",
    ),
    "device": Said(
        "PyTorch copies to another device and to another type in one op; minigrad keeps the one that needs CuPy apart.",
        "PyTorch copia a otro dispositivo y a otro tipo en una operación; minigrad aparta la que necesita CuPy.",
    ),
    "gradless": Said(
        "They do not: a comparison is true or false, and has no gradient.",
        "No difieren: una comparación es cierta o falsa, y no tiene gradiente.",
    ),
    "addmm": Said(
        "The rule is the same; PyTorch's addmm adds the bias inside the product, two BLAS libraries in two orders.",
        "La regla es la misma; el addmm de PyTorch suma el sesgo dentro del producto, dos BLAS en dos órdenes.",
    ),
    "nll": Said(
        "The rule is the same; the losses of the samples are added up in another order.",
        "La regla es la misma; las pérdidas de las muestras se suman en otro orden.",
    ),
}

TWINS = {
    "relu": ("ReLU",),
    "linear": ("Linear",),
    "softmax": ("Softmax", "softmax"),
    "log_softmax": ("LogSoftmax", "log_softmax"),
    "nll_loss": ("NLLLoss", "nll_loss"),
}


class Row(NamedTuple):
    """An op, its name in derivatives.yaml, and why the two libraries differ, a key of WHY.

    `decomp` names its functions in torch/_decomp, `python` its place in PyTorch's Python, `test` the test that
    compares it, where that is not the op's line in tests/test_ops.py.
    """

    op: str
    rule: str
    why: str
    decomp: str = ""
    python: str = ""
    test: str = ""


ROWS = {
    "arithmetic": [
        Row("add", "add.Tensor", "rounded"),
        Row("sub", "sub.Tensor", "rounded"),
        Row("rsub", "rsub.Scalar", "rounded"),
        Row("mul", "mul.Tensor", "rounded"),
        Row("div", "div.Tensor", "steps"),
        Row("div_rounded", "div.Tensor_mode", "flat"),
        Row("remainder", "remainder.Tensor", "steps"),
        Row("fmod", "fmod.Tensor", "steps"),
        Row("neg", "neg", "rounded"),
        Row("reciprocal", "reciprocal", "steps"),
        Row("pow_scalar", "pow.Tensor_Scalar", "steps"),
        Row("pow", "pow.Tensor_Tensor", "kernel"),
        Row("rpow", "pow.Scalar", "kernel"),
    ],
    "functions of one variable": [
        Row("exp", "exp", "kernel"),
        Row("log", "log", "kernel"),
        Row("sqrt", "sqrt", "kernel"),
        Row("tanh", "tanh", "kernel", decomp="tanh_backward"),
        Row("sigmoid", "sigmoid", "kernel", decomp="sigmoid_backward"),
        Row("log1p", "log1p", "kernel"),
        Row("log2", "log2", "kernel"),
        Row("log10", "log10", "kernel"),
        Row("expm1", "expm1", "kernel"),
        Row("rsqrt", "rsqrt", "kernel"),
        Row("sin", "sin", "kernel"),
        Row("cos", "cos", "kernel"),
        Row("floor", "floor", "flat"),
        Row("ceil", "ceil", "flat"),
        Row("trunc", "trunc", "flat"),
        Row("round", "round", "flat"),
        Row("round_decimals", "round.decimals", "flat"),
        Row("sign", "sign", "flat"),
        Row("abs", "abs", "rounded"),
        Row("relu", "relu", "rounded", decomp="threshold_backward", python="torch.nn.functional:relu"),
        Row("clamp", "clamp", "moved"),
        Row("clamp_between", "clamp.Tensor", "moved"),
    ],
    "choice": [
        Row("where", "where.self", "moved"),
        Row("maximum", "maximum", "moved"),
        Row("minimum", "minimum", "moved"),
    ],
    "reductions": [
        Row("sum", "sum", "sum"),
        Row("sum_dim", "sum.dim_IntList", "sum"),
        Row("mean", "mean", "sum"),
        Row("mean_dim", "mean.dim", "sum"),
        Row("var", "var.correction", "sum"),
        Row("std", "std.correction", "sum"),
        Row("norm", "linalg_vector_norm", "sum"),
        Row("others", "", "inner"),
        Row("prod_dim", "prod.dim_int", "product"),
        Row("prod", "prod", "product"),
        Row("cumsum", "cumsum", "sum"),
        Row("max", "max", "ties"),
        Row("min", "min", "ties"),
        Row("amax", "amax", "ties"),
        Row("amin", "amin", "ties"),
        Row("gather_along", "max.dim", "inner"),
        Row("gather", "gather", "added"),
        Row("logsumexp", "logsumexp", "kernel"),
    ],
    "products": [
        Row("mm", "mm", "blas"),
        Row("mv", "mv", "blas"),
        Row("dot", "dot", "blas"),
        Row("bmm", "bmm", "blas"),
        Row("linear", "addmm", "addmm", decomp="addmm", python="torch.nn.modules.linear:Linear.forward", test="tests/test_torch_ref.py::test_linear"),
    ],
    "softmax and its loss": [
        Row("softmax", "_softmax", "kernel", decomp="_softmax _softmax_backward_data", python="torch.nn.functional:softmax"),
        Row("log_softmax", "_log_softmax", "kernel", decomp="_log_softmax _log_softmax_backward_data", python="torch.nn.functional:log_softmax"),
        Row("nll_loss", "nll_loss_forward", "nll", decomp="_nll_loss_forward _nll_loss_backward", python="torch.nn.functional:nll_loss", test="tests/test_loss.py::nll_loss"),
        Row("mse_loss", "mse_loss", "sum", decomp="mse_loss mse_loss_backward", python="torch.nn.functional:mse_loss"),
    ],
    "indexing": [
        Row("cut", "slice.Tensor", "sliced", decomp="slice_backward"),
        Row("embed", "slice_backward", "inner", decomp="slice_backward", test="tests/test_ops.py::second"),
        Row("index", "index.Tensor", "added"),
        Row("scatter", "index_put", "inner", test="tests/test_ops.py::second"),
        Row("index_put", "index_put", "moved"),
        Row("as_strided", "as_strided", "strided"),
        Row("copy_slices", "", "strided"),
        Row("masked_fill", "masked_fill.Scalar", "moved"),
        Row("masked_select", "masked_select", "moved"),
        Row("tril", "tril", "moved"),
        Row("triu", "triu", "moved"),
    ],
    "shape": [
        Row("view", "view", "moved"),
        Row("reshape_copy", "_unsafe_view", "moved"),
        Row("permute", "permute", "moved"),
        Row("t", "t", "twin-name"),
        Row("transpose", "transpose.int", "twin-name"),
        Row("unsqueeze", "unsqueeze", "moved"),
        Row("squeeze", "squeeze.dim", "moved"),
        Row("expand", "expand", "added"),
        Row("cat", "cat", "moved"),
        Row("stack", "stack", "moved"),
        Row("flip", "flip", "moved"),
        Row("repeat", "repeat", "added"),
    ],
    "copies": [
        Row("clone", "clone", "moved"),
        Row("contiguous", "clone", "moved"),
        Row("to_device", "_to_copy", "device", decomp="_to_copy", test="tests/test_device.py::cuda"),
        Row("to_copy", "_to_copy", "rounded", decomp="_to_copy"),
        Row("copy", "", "moved"),
        Row("zeros_like", "", "inner"),
    ],
    "without a gradient": [
        Row("eq", "eq.Tensor", "gradless"),
        Row("ne", "ne.Tensor", "gradless"),
        Row("lt", "lt.Tensor", "gradless"),
        Row("le", "le.Tensor", "gradless"),
        Row("gt", "gt.Tensor", "gradless"),
        Row("ge", "ge.Tensor", "gradless"),
    ],
}  # fmt: skip


def _pair(group: str, row: Row) -> Pair:
    case = None if row.op in WITHOUT_PROGRAM else program_of(row.op)
    return Pair(
        key=f"ops/{row.op}", group=group, ours=(f"{module_of(row.op)}:{row.op}",), why=WHY[row.why],
        tests=row.test or f"tests/test_ops.py::{case.name if case else row.op}", rule=row.rule,
        decomp=tuple(row.decomp.split()), python=tuple(row.python.split()),
        twin=tuple(f"torch_ref.functions:{twin}" for twin in TWINS.get(row.op, ())), **(_measured(case) if case else {}),
    )  # fmt: skip


WITHOUT_PROGRAM = {"to_device"}  # it needs two devices


def _measured(case: Case) -> dict[str, Any]:
    """What a Pair takes from the op's program."""
    return {
        "program": sources.program(case), "shapes": " ".join(case.shapes), "inputs": case.inputs, "smooth": case.smooth,
        "positive": case.positive or case.divides,
    }  # fmt: skip


def pairs() -> list[Pair]:
    """Every op's row."""
    return [_pair(group, row) for group, rows in ROWS.items() for row in rows]
