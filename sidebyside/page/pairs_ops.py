"""The rows of the ops. Their programs and headings are in sidebyside/programs/ops.py."""

from __future__ import annotations

from typing import Any, NamedTuple

from sidebyside.aten import EXCHANGED, KERNELS, MOVED, VIEW, Kernel
from sidebyside.page import sources
from sidebyside.page.pair import Pair, Said
from sidebyside.programs.ops import PROGRAMS, Case, module_of, ops_by_name

WHY = {
    "rounded": Said(
        "They do not: each element is rounded once, as IEEE 754 prescribes, in NumPy as in PyTorch.",
        "No difieren: cada elemento se redondea una vez, como manda IEEE 754, en NumPy y en PyTorch.",
    ),
    "fused": Said(
        "The rule is the same; PyTorch rounds the product and the sum at once, minigrad one after the other.",
        "La regla es la misma; PyTorch redondea el producto y la suma de una vez, minigrad uno tras otra.",
    ),
    "steps": Said(
        "They do not: the rule takes PyTorch's steps in PyTorch's order, and each step is rounded once.",
        "No difieren: la regla sigue los pasos de PyTorch en el mismo orden, y cada paso se redondea una vez.",
    ),
    "moved": Said(
        "They do not: elements are moved or chosen, and nothing is computed that could round.",
        "No difieren: los elementos se mueven o se eligen, y no se calcula nada que haya que redondear.",
    ),
    "added": Said(
        "Elements are moved, and gradients that meet in one place are added up, perhaps in another order.",
        "Los elementos se mueven, y los gradientes que coinciden en un mismo sitio se suman, quizá en otro orden.",
    ),
    "flat": Said(
        "They do not: between its steps the function is constant, so every gradient is 0.",
        "No difieren: entre sus saltos la función es constante, así que todo gradiente es 0.",
    ),
    "approximation": Said(
        "The rule is the same; NumPy and PyTorch compute the function with different polynomials, so their last digits differ.",
        "La regla es la misma; NumPy y PyTorch aproximan la función con polinomios distintos, así que difieren en las últimas cifras.",
    ),
    "sum": Said(
        "The rule is the same; NumPy and PyTorch add in another order, and each order rounds in its own way.",
        "La regla es la misma; NumPy y PyTorch suman en distinto orden, y cada orden redondea a su manera.",
    ),
    "product": Said(
        "The rule is the same; a matrix product is many sums, which two BLAS libraries add up in other orders.",
        "La regla es la misma; un producto de matrices son muchas sumas, que dos bibliotecas BLAS hacen en distinto orden.",
    ),
    "ties": Said(
        "They do not: the value is one of the elements, and those that tie share the gradient, as in PyTorch.",
        "No difieren: el valor es uno de los elementos, y los que empatan comparten el gradiente, como en PyTorch.",
    ),
    "divided": Said(
        "PyTorch divides the whole product by each element; minigrad multiplies the others, so that a 0 does no harm.",
        "PyTorch divide el producto entero entre cada elemento; minigrad multiplica los demás, así que un 0 no estorba.",
    ),
    "inner": Said(
        "PyTorch has it inside another op's rule; here it is an op, so that the rule can be differentiated again.",
        "PyTorch lo tiene dentro de la regla de otra operación; aquí es una operación, para que la regla se pueda derivar otra vez.",
    ),
    "strided": Said(
        "PyTorch walks the memory by strides; minigrad lists the positions once, and reads and writes by them.",
        "PyTorch recorre la memoria con strides; minigrad anota las posiciones una vez, y con ellas lee y escribe.",
    ),
    "twin-name": Said(
        "PyTorch has three nodes for what is one function: so has minigrad, under the same three names.",
        "PyTorch tiene tres nodos para lo que es una sola función; minigrad también, con los mismos tres nombres.",
    ),
    "sliced": Said(
        "PyTorch leaves one node for each index; minigrad takes the whole key at once, under the node's name.",
        "PyTorch deja un nodo por cada índice; minigrad aplica la clave entera de una vez, con el nombre de ese nodo.",
    ),
    "device": Said(
        "PyTorch copies to another device and to another type in one op; minigrad keeps the one that needs CuPy apart.",
        "PyTorch copia a otro dispositivo y a otro tipo con una sola operación; minigrad separa la que necesita CuPy.",
    ),
    "gradless": Said(
        "They do not: a comparison is true or false, and has no gradient.",
        "No difieren: una comparación es cierta o falsa, y no tiene gradiente.",
    ),
    "addmm": Said(
        "The rule is the same; PyTorch's addmm adds the bias inside the product, two BLAS libraries in two orders.",
        "La regla es la misma; el addmm de PyTorch suma el sesgo dentro del producto, y las dos BLAS suman en distinto orden.",
    ),
    "norm": Said(
        "The rule is the same; PyTorch computes mean and variance at once, and multiplies in another order.",
        "La regla es la misma; PyTorch calcula media y varianza a la vez, y multiplica en otro orden.",
    ),
    "nll": Said(
        "The rule is the same; the losses of the samples are added up in another order.",
        "La regla es la misma; las pérdidas de las muestras se suman en distinto orden.",
    ),
}
WHY |= {"sqrt": WHY["approximation"], "softmax": WHY["approximation"]}

TWINS = {
    "relu": ("functions:ReLU",),
    "linear": ("functions:Linear",),
    "softmax": ("functions:Softmax", "functions:softmax"),
    "log_softmax": ("functions:LogSoftmax", "functions:log_softmax"),
    "nll_loss": ("functions:NLLLoss", "functions:nll_loss"),
    "embedding": ("attention:Embedding",),
    "safe_softmax": ("attention:Attention",),
    "layer_norm": ("norms:LayerNorm", "norms:three_terms"),
    "batch_norm": ("norms:BatchNorm", "norms:three_terms"),
    "convolution": ("convolution:Conv2d",),
}


class Row(NamedTuple):
    """What the page says of an op: its name in derivatives.yaml, and why the two libraries differ, a key of WHY.

    `decomp` names its functions in torch/_decomp, `python` its place in PyTorch's Python, `test` the test that
    compares it, where that is not the op's line in tests/test_ops.py.
    """

    rule: str | None = None  # the op's own name; "" where derivatives.yaml has none
    why: str = ""  # as aten.py says of the kernel that has the op's name
    decomp: str = ""
    python: str = ""
    test: str = ""


ROWS = {
    "add": Row(rule="add.Tensor"),
    "sub": Row(rule="sub.Tensor"),
    "rsub": Row(rule="rsub.Scalar"),
    "mul": Row(rule="mul.Tensor"),
    "div": Row(rule="div.Tensor", why="steps"),
    "div_rounded": Row(rule="div.Tensor_mode", why="flat"),
    "remainder": Row(rule="remainder.Tensor", why="steps"),
    "fmod": Row(rule="fmod.Tensor", why="steps"),
    "reciprocal": Row(why="steps"),
    "lerp": Row(rule="lerp.Tensor"),
    "lerp_scalar": Row(rule="lerp.Scalar", why="fused"),
    "pow_scalar": Row(rule="pow.Tensor_Scalar", why="steps"),
    "pow": Row(rule="pow.Tensor_Tensor"),
    "rpow": Row(rule="pow.Scalar", why="approximation"),
    "tanh": Row(decomp="tanh_backward"),
    "sigmoid": Row(decomp="sigmoid_backward"),
    "xlogy": Row(rule="xlogy.Tensor"),
    "floor": Row(why="flat"),
    "ceil": Row(why="flat"),
    "trunc": Row(why="flat"),
    "round": Row(why="flat"),
    "round_decimals": Row(rule="round.decimals", why="flat"),
    "sign": Row(why="flat"),
    "relu": Row(decomp="threshold_backward", python="torch.nn.functional:relu"),
    "clamp": Row(why="moved"),
    "clamp_between": Row(rule="clamp.Tensor", why="moved"),
    "where": Row(rule="where.self", why="moved"),
    "maximum": Row(why="moved"),
    "minimum": Row(why="moved"),
    "sum_dim": Row(rule="sum.dim_IntList", why="sum"),
    "mean_dim": Row(rule="mean.dim", why="sum"),
    "var": Row(rule="var.correction"),
    "std": Row(rule="std.correction", why="sum"),
    "norm": Row(rule="linalg_vector_norm", why="sum"),
    "others": Row(rule="", why="inner"),
    "prod_dim": Row(rule="prod.dim_int", why="divided"),
    "prod": Row(why="divided"),
    "max": Row(why="ties"),
    "min": Row(why="ties"),
    "amax": Row(why="ties"),
    "amin": Row(why="ties"),
    "gather_along": Row(rule="max.dim", why="inner"),
    "gather": Row(why="added"),
    "linear": Row(rule="addmm", why="addmm", decomp="addmm", python="torch.nn.modules.linear:Linear.forward", test="tests/test_torch_ref.py::test_linear"),
    "softmax": Row(rule="_softmax", why="approximation", decomp="_softmax _softmax_backward_data", python="torch.nn.functional:softmax"),
    "log_softmax": Row(rule="_log_softmax", why="approximation", decomp="_log_softmax _log_softmax_backward_data", python="torch.nn.functional:log_softmax"),
    "nll_loss": Row(rule="nll_loss_forward", why="nll", decomp="_nll_loss_forward _nll_loss_backward", python="torch.nn.functional:nll_loss", test="tests/test_loss.py::nll_loss"),
    "mse_loss": Row(decomp="mse_loss mse_loss_backward", python="torch.nn.functional:mse_loss"),
    "hardtanh": Row(why="moved"),
    "leaky_relu": Row(decomp="leaky_relu_backward"),
    "elu": Row(decomp="elu_backward"),
    "gelu": Row(decomp="gelu_backward"),
    "gelu_tanh": Row(rule="gelu", why="approximation", decomp="gelu_backward"),
    "silu": Row(decomp="silu_backward"),
    "softplus": Row(decomp="softplus_backward"),
    "log_sigmoid": Row(rule="log_sigmoid_forward", why="approximation", decomp="log_sigmoid_forward log_sigmoid_backward"),
    "scaled_elu": Row(rule="elu", why="approximation", decomp="elu_backward"),
    "prelu": Row(rule="_prelu_kernel", why="sum"),
    "rrelu": Row(rule="rrelu_with_noise", why="moved"),
    "multilabel_margin_loss": Row(rule="multilabel_margin_loss_forward", why="sum"),
    "smooth_l1_loss": Row(decomp="smooth_l1_loss smooth_l1_loss_backward"),
    "huber_loss": Row(decomp="huber_loss_backward"),
    "binary_cross_entropy": Row(decomp="binary_cross_entropy binary_cross_entropy_backward"),
    "binary_cross_entropy_with_logits": Row(decomp="binary_cross_entropy_with_logits"),
    "convolution": Row(python="torch.nn.modules.conv:Conv2d._conv_forward"),
    "convolution_transpose": Row(rule="convolution", why="product", python="torch.nn.modules.conv:ConvTranspose2d.forward"),
    "convolution_weight": Row(rule="convolution_backward", why="inner", test="tests/test_ops.py::second"),
    "in_places": Row(rule="reflection_pad1d", why="added"),
    "add_in_places": Row(rule="reflection_pad1d_backward", why="inner", test="tests/test_ops.py::second"),
    "resample": Row(rule="upsample_linear1d", why="added", python="torch.nn.functional:interpolate"),
    "resample_transpose": Row(rule="upsample_linear1d_backward", why="inner", test="tests/test_ops.py::second"),
    "safe_softmax": Row(rule="_softmax", why="approximation", decomp="_softmax_backward_data"),
    "embedding": Row(why="added", decomp="embedding_dense_backward", python="torch.nn.functional:embedding"),
    "max_pool2d": Row(rule="max_pool2d_with_indices", why="added", decomp="max_pool2d_with_indices_backward"),
    "avg_pool2d": Row(why="added"),
    "adaptive_avg_pool2d": Row(rule="_adaptive_avg_pool2d", why="sum", decomp="adaptive_avg_pool2d"),
    "layer_norm": Row(rule="native_layer_norm", why="norm", decomp="native_layer_norm_backward", python="torch.nn.functional:layer_norm"),
    "batch_norm": Row(rule="native_batch_norm", why="norm", decomp="native_batch_norm native_batch_norm_backward", python="torch.nn.functional:batch_norm"),
    "running_norm": Row(rule="native_batch_norm", why="norm"),
    "group_norm": Row(rule="native_group_norm", why="norm", decomp="native_group_norm_backward", python="torch.nn.functional:group_norm"),
    "pixel_shuffle": Row(why="moved"),
    "pixel_unshuffle": Row(why="moved"),
    "channel_shuffle": Row(why="moved"),
    "cut": Row(rule="slice.Tensor", why="sliced", decomp="slice_backward"),
    "embed": Row(rule="slice_backward", why="inner", decomp="slice_backward", test="tests/test_ops.py::second"),
    "index": Row(rule="index.Tensor", why="added"),
    "scatter": Row(rule="index_put", why="inner", test="tests/test_ops.py::second"),
    "index_put": Row(why="moved"),
    "as_strided": Row(why="strided"),
    "copy_slices": Row(rule="", why="strided"),
    "masked_fill": Row(rule="masked_fill.Scalar", why="moved"),
    "reshape_copy": Row(rule="_unsafe_view", why="moved"),
    "t": Row(why="twin-name"),
    "transpose": Row(rule="transpose.int", why="twin-name"),
    "squeeze": Row(rule="squeeze.dim"),
    "expand": Row(why="added"),
    "repeat": Row(why="added"),
    "clone": Row(why="moved"),
    "contiguous": Row(rule="clone", why="moved"),
    "to_device": Row(rule="_to_copy", why="device", decomp="_to_copy", test="tests/test_device.py::cuda"),
    "to_copy": Row(rule="_to_copy", why="rounded", decomp="_to_copy"),
    "copy": Row(rule=""),
    "zeros_like": Row(rule="", why="inner"),
    "exp2": Row(),
    "atan2": Row(),
    "scatter_add": Row(why="added"),
    "unfold": Row(why="added"),
    "eq": Row(rule="eq.Tensor", why="gradless"),
    "ne": Row(rule="ne.Tensor", why="gradless"),
    "lt": Row(rule="lt.Tensor", why="gradless"),
    "le": Row(rule="le.Tensor", why="gradless"),
    "gt": Row(rule="gt.Tensor", why="gradless"),
    "ge": Row(rule="ge.Tensor", why="gradless"),
}  # fmt: skip


def _row(op: str) -> Row:
    """Return what the page says of an op. What ROWS leaves out follows from the kernel of that name in aten.py."""
    row = ROWS.get(op, Row())
    return row._replace(rule=op if row.rule is None else row.rule, why=row.why or _why(KERNELS[op]))


def _why(kernel: Kernel) -> str:
    if kernel.shared == EXCHANGED:
        return kernel.why
    return "moved" if kernel.bound in (MOVED, VIEW) else "rounded"


def _pair(op: str, group: str, case: Case | None) -> Pair:
    row = _row(op)
    return Pair(
        key=f"ops/{op}", group=group, ours=(f"{module_of(op)}:{op}",), why=WHY[row.why],
        tests=row.test or f"tests/test_ops.py::{case.name if case else op}", rule=row.rule or "",
        decomp=tuple(row.decomp.split()), python=tuple(row.python.split()),
        twin=tuple(f"torch_ref.{twin}" for twin in TWINS.get(op, ())), **(_measured(case) if case else {}),
    )  # fmt: skip


def _measured(case: Case) -> dict[str, Any]:
    """Return what a Pair takes from the op's program."""
    return {
        "program": sources.program(case), "shapes": " ".join(case.shapes), "inputs": case.inputs, "smooth": case.smooth,
        "positive": case.positive or case.divides,
    }  # fmt: skip


def pairs() -> list[Pair]:
    """Return a row for every op, under the heading of its program."""
    known = ops_by_name()
    programs = [(op, group, case) for group, cases in PROGRAMS.items() for case in cases for op in case.ops]
    return [*(_pair(*each) for each in programs if each[0] in known), _pair("to_device", "copies", None)]
