"""The pairs of minigrad/ops.py: one line for each op.

A line: op, program, shapes of its inputs, its name in derivatives.yaml, why the two differ, and what else there is.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from sidebyside.page.pairs import Pair, Said

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


def _op(
    name: str,
    program: str,
    shapes: str,
    rule: str,
    why: str,
    decomp: str = "",
    python: str = "",
    **options: Any,
) -> Pair:
    return Pair(
        key=f"ops/{name}", group=groups()[name], ours=(f"minigrad.ops:{name}",), why=WHY[why],
        tests=options.pop("test", f"tests/test_ops.py::{options.pop('case', name)}"), program=program, shapes=shapes, rule=rule,
        decomp=tuple(decomp.split()), python=tuple(python.split()), about=None,
        twin=tuple(f"torch_ref.functions:{twin}" for twin in TWINS.get(name, ())), **options,
    )  # fmt: skip


@cache
def groups() -> dict[str, str]:
    """The heading of ops.py under which each op stands."""
    import minigrad.ops

    found, heading = {}, ""
    for line in Path(minigrad.ops.__file__).read_text(encoding="utf-8").splitlines():
        if line.startswith("# -- "):
            heading = line.strip("# -")
        elif match := re.match(r"def ([a-z]\w*)\(|([a-z][\w, ]*) = (?:\(|permute\.named)", line):
            found |= dict.fromkeys((match[1] or match[2]).split(", "), heading)
    return found


def pairs() -> list[Pair]:
    """Every op's row, in the order of ops.py."""
    flat, kinked = {"smooth": False}, {"smooth": False}
    return [
        _op("add", "x + y", "NM NM", "add.Tensor", "rounded"),
        _op("sub", "x - y", "NM NM", "sub.Tensor", "rounded"),
        _op("rsub", "1 - x", "NM", "rsub.Scalar", "rounded", case="sub-number-left"),
        _op("mul", "x * y", "NM NM", "mul.Tensor", "rounded"),
        _op("div", "x / y", "NM NM", "div.Tensor", "steps", positive=True),
        _op("div_rounded", 'torch.div(x, y, rounding_mode="floor")', "NM NM", "div.Tensor_mode", "flat",
            case="floor-div", positive=True, **flat),
        _op("remainder", "x % y", "NM NM", "remainder.Tensor", "steps", positive=True, **kinked),
        _op("fmod", "torch.fmod(x, y)", "NM NM", "fmod.Tensor", "steps", positive=True, **kinked),
        _op("neg", "-x", "NM", "neg", "rounded"),
        _op("reciprocal", "x.reciprocal()", "NM", "reciprocal", "steps", positive=True),
        _op("pow_scalar", "x ** 3", "NM", "pow.Tensor_Scalar", "steps", case="pow"),
        _op("pow", "x ** y", "NM NM", "pow.Tensor_Tensor", "kernel", case="pow-tensor", positive=True),
        _op("rpow", "2 ** x", "NM", "pow.Scalar", "kernel", case="pow-base"),
        _op("exp", "torch.exp(x)", "NM", "exp", "kernel"),
        _op("log", "torch.log(x)", "NM", "log", "kernel", positive=True),
        _op("sqrt", "x.sqrt()", "NM", "sqrt", "kernel", positive=True),
        _op("tanh", "torch.tanh(x)", "NM", "tanh", "kernel", "tanh_backward"),
        _op("sigmoid", "x.sigmoid()", "NM", "sigmoid", "kernel", "sigmoid_backward"),
        _op("log1p", "x.log1p()", "NM", "log1p", "kernel", positive=True),
        _op("log2", "x.log2()", "NM", "log2", "kernel", positive=True),
        _op("log10", "x.log10()", "NM", "log10", "kernel", positive=True),
        _op("expm1", "x.expm1()", "NM", "expm1", "kernel"),
        _op("rsqrt", "x.rsqrt()", "NM", "rsqrt", "kernel", positive=True),
        _op("sin", "torch.sin(x)", "NM", "sin", "kernel"),
        _op("cos", "torch.cos(x)", "NM", "cos", "kernel"),
        _op("floor", "x.floor()", "NM", "floor", "flat"),
        _op("ceil", "x.ceil()", "NM", "ceil", "flat"),
        _op("trunc", "x.trunc()", "NM", "trunc", "flat"),
        _op("round", "x.round()", "NM", "round", "flat"),
        _op("round_decimals", "x.round(decimals=1)", "NM", "round.decimals", "flat", case="round-decimals", **flat),
        _op("sign", "x.sign()", "NM", "sign", "flat"),
        _op("abs", "abs(x)", "NM", "abs", "rounded"),
        _op("relu", "torch.relu(x)", "NM", "relu", "rounded", "threshold_backward",
            "torch.nn.functional:relu"),
        _op("clamp", "x.clamp(-0.5, 0.5)", "NM", "clamp", "moved", case="clamp"),
        _op("clamp_between", "x.clamp(y, y + 1)", "NM NM", "clamp.Tensor", "moved", case="clamp-tensors"),
        _op("where", "torch.where(x > y, x, y)", "NM NM", "where.self", "moved"),
        _op("maximum", "torch.maximum(x, y)", "NM NM", "maximum", "moved"),
        _op("minimum", "torch.minimum(x, y)", "NM NM", "minimum", "moved"),
        _op("sum", "x.sum()", "NM", "sum", "sum"),
        _op("sum_dim", "x.sum(0)", "NM", "sum.dim_IntList", "sum", case="sum-dim"),
        _op("mean", "x.mean()", "NM", "mean", "sum"),
        _op("mean_dim", "x.mean(1)", "NM", "mean.dim", "sum", case="mean-dim"),
        _op("var", "x.var(1)", "NM", "var.correction", "sum"),
        _op("std", "x.std(1)", "NM", "std.correction", "sum"),
        _op("norm", "x.norm()", "NM", "linalg_vector_norm", "sum"),
        _op("others", "x.prod(1)", "NM", "", "inner", case="prod-dim"),
        _op("prod_dim", "x.prod(1)", "NM", "prod.dim_int", "product", case="prod-dim"),
        _op("prod", "x.prod()", "N", "prod", "product"),
        _op("cumsum", "x.cumsum(1)", "NM", "cumsum", "sum"),
        _op("max", "x.max()", "NM", "max", "ties"),
        _op("min", "x.min()", "NM", "min", "ties"),
        _op("amax", "x.amax(1)", "NM", "amax", "ties"),
        _op("amin", "x.amin(0)", "NM", "amin", "ties"),
        _op("gather_along", "x.max(1).values", "NM", "max.dim", "inner", case="max-dim"),
        _op("gather", "x.gather(1, torch.zeros(N, 1, dtype=torch.int64))", "NM", "gather", "added"),
        _op("logsumexp", "x.logsumexp(1)", "NM", "logsumexp", "kernel"),
        _op("mm", "x @ y", "NM MK", "mm", "blas"),
        _op("mv", "x @ y", "NM M", "mv", "blas"),
        _op("dot", "x @ y", "M M", "dot", "blas"),
        _op("bmm", "torch.bmm(x, y)", "KNM KMN", "bmm", "blas"),
        _op("linear", "F.linear(x, y, v)", "NM KM K", "addmm", "addmm", "addmm", "torch.nn.modules.linear:Linear.forward",
            test="tests/test_torch_ref.py::test_linear"),
        _op("softmax", "x.softmax(1)", "NM", "_softmax", "kernel", "_softmax _softmax_backward_data",
            "torch.nn.functional:softmax"),
        _op("log_softmax", "torch.log_softmax(x, 1)", "NM", "_log_softmax", "kernel",
            "_log_softmax _log_softmax_backward_data", "torch.nn.functional:log_softmax"),
        _op("nll_loss", "F.nll_loss(x, torch.arange(N) % M)", "NM", "nll_loss_forward", "nll",
            "_nll_loss_forward _nll_loss_backward", "torch.nn.functional:nll_loss", test="tests/test_loss.py::nll_loss"),
        _op("mse_loss", "F.mse_loss(x, y)", "NM NM", "mse_loss", "sum", "mse_loss mse_loss_backward",
            "torch.nn.functional:mse_loss"),
        _op("cut", "x[:, 1:]", "NM", "slice.Tensor", "sliced", "slice_backward", case="slice"),
        _op("embed", "torch.autograd.grad(x[1:].sum() ** 2, x, create_graph=True)[0]", "NM", "slice_backward",
            "inner", "slice_backward", case="second"),
        _op("index", "x[torch.arange(N) // 2]", "NM", "index.Tensor", "added"),
        _op("scatter", "torch.autograd.grad((x[torch.arange(N) // 2] ** 2).sum(), x, create_graph=True)[0]", "NM",
            "index_put", "inner", case="second"),
        _op("index_put", "z = x.clone()\nz[torch.arange(N)] = y\nz", "NM NM", "index_put", "moved", case="put-index"),
        _op("as_strided", "z = x.clone()\nv = z[1]\nz += 1\nv", "NM", "as_strided", "strided", case="put"),
        _op("copy_slices", "z = x.clone()\nz[1].copy_(y)\nz", "NM M", "", "strided", case="put"),
        _op("masked_fill", "x.masked_fill(torch.arange(M) > 1, -1.0)", "NM", "masked_fill.Scalar", "moved",
            case="masked_fill"),
        _op("masked_select", "x.masked_select(torch.arange(M) > 1)", "NM", "masked_select", "moved"),
        _op("tril", "x.tril()", "NM", "tril", "moved"),
        _op("triu", "x.triu(1)", "NM", "triu", "moved"),
        _op("view", "x.view(M, N)", "NM", "view", "moved"),
        _op("reshape_copy", "x.t().reshape(N, M)", "NM", "_unsafe_view", "moved", case="reshape-copy"),
        _op("permute", "x.permute(2, 0, 1)", "NMK", "permute", "moved"),
        _op("t", "x.t()", "NM", "t", "twin-name", case="t"),
        _op("transpose", "x.transpose(0, 2)", "NMK", "transpose.int", "twin-name"),
        _op("unsqueeze", "x.unsqueeze(1)", "NM", "unsqueeze", "moved"),
        _op("squeeze", "x.unsqueeze(1).squeeze(1)", "NM", "squeeze.dim", "moved"),
        _op("expand", "x.expand(N, M)", "M", "expand", "added"),
        _op("cat", "torch.cat([x, y])", "NM KM", "cat", "moved"),
        _op("stack", "torch.stack([x, y])", "NM NM", "stack", "moved"),
        _op("flip", "x.flip(0)", "NM", "flip", "moved"),
        _op("repeat", "x.repeat(2, 1)", "NM", "repeat", "added"),
        _op("clone", "x.clone()", "NM", "clone", "moved"),
        _op("contiguous", "x.t().contiguous()", "NM", "clone", "moved"),
        _op("to_device", "", "", "_to_copy", "device", "_to_copy", test="tests/test_device.py::cuda"),
        _op("to_copy", "x.float().double()", "NM", "_to_copy", "rounded", "_to_copy", case="double", **flat),
        _op("copy", "x.clone().copy_(y)", "NM NM", "", "moved", case="copy"),
        _op("zeros_like", "x.sign()", "NM", "", "inner", case="sign"),
        _op("eq", "x == y", "NM NM", "eq.Tensor", "gradless"),
        _op("ne", "x != y", "NM NM", "ne.Tensor", "gradless"),
        _op("lt", "x < y", "NM NM", "lt.Tensor", "gradless"),
        _op("le", "x <= y", "NM NM", "le.Tensor", "gradless"),
        _op("gt", "x > y", "NM NM", "gt.Tensor", "gradless"),
        _op("ge", "x >= y", "NM NM", "ge.Tensor", "gradless"),
    ]  # fmt: skip
