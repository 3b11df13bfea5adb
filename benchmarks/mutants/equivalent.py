"""Mutants that nobody can tell from the original, and why: what `make mutants` does not count as survivors.

By file, text of the line (`*`: any) and mutation, as benchmarks/results/mutants.md has them. An entry that fits no
mutant any more is an error.
"""

ENGINE, OP, VARIABLE, FUNCTION, GRADCHECK, GRAD_MODE, GRADIENTS = (
    f"minigrad/autograd/{name}.py"
    for name in "engine op variable function gradcheck grad_mode gradients".split()
)
OPS, OPTIMIZER, SGD = "minigrad/ops.py", "minigrad/optim/optimizer.py", "minigrad/optim/sgd.py"
CUDA = "another device than the CPU: the tests marked cuda"
EQUIVALENT: dict[tuple[str, str, str], str] = {
    (OPS, "*", "'common' -> 'XXcommon'"): "promote() knows two other words, and all else means common",
    (OPS, "return size.max(axis=dim, keepdims=keepdim) if p > 0 else size.min(axis=dim, keepdims=keepdim)", "0 -> 1"):
        "p is infinite",
    (OPS, "dz = dz / (len(key[0]) if w is None else w.sum())", "0 -> 1"): "as many classes as samples",
    (OP, "*", "kinds[i] != 'str' and name != 'condition' -> kinds[i] != 'str'"):
        "a condition means the same as a float",
    (OP, "*", "None in edges and tuple(map(bool, edges)) -> tuple(map(bool, edges))"): "another key: it takes longer",
    (ENGINE, "*", "targets.copy() -> targets"): "more is captured than was asked for, and nobody asks for it",
    (GRADIENTS, "*", "inputs is None -> False"): "None lists none",
    (OP, "step = places[1] - places[0] if len(places) > 1 else 1", "1 -> 2 (3)"): "one place, whatever the step",
    (OP, "*", "needs is None -> True"): "worked out anew each time: it takes longer",
    (ENGINE, "*", "dx.base is None -> False"): "a copy more: it takes longer",
    (GRAD_MODE, "def __new__(cls, mode: Any = True) -> Any:", "True -> False"):
        "what matters is that it is a bool",
    (GRAD_MODE, "*", "-math.inf -> math.inf"): "no change makes another number of inf either",
    (FUNCTION, "*", "name != 'ctx' -> True"): "nobody passes ctx by name",
    (OPS, "*", "p == 1 -> False"): "x to the power of 1: it takes longer",
    (ENGINE, "*", "lead -> True"): "a reshape to the shape that it has",
    (ENGINE, "*", "dx.shape != edge.shape or dx.dtype is not edge.dtype -> True"): "fit() looks, too: it takes longer",
    (ENGINE, "*", "n == 1 and dx.shape[lead + i] != 1 -> n == 1"): "a sum of one number: it takes longer",
    (FUNCTION, 'names = [name for name in inspect.signature(forward).parameters if name != "ctx"]', "'ctx' -> 'XXctx'"):
        "the arguments given by place move on by one name, all alike",
    (FUNCTION, "*", "self.keys() -> self"): "a dict and its keys meet other keys alike",
    (GRADCHECK, "return np.stack(columns) if columns else np.zeros((0, _outputs(func, inputs)[output].array.size))",
     "0 -> 1"): "compared with an empty Jacobian, it broadcasts to one",
    (OPS, "if gpu.takes_rows(dim, dz, z):", "gpu.takes_rows(dim, dz, z) -> False"):
        "without its kernel it takes longer",
    (GRADIENTS, "found = grad(outputs, inputs, grad_outputs, retain_graph, create_graph, True, True, is_grads_batched)",
     "True -> False"): "only_inputs, which changes nothing",
    (OP, "*", "len(self.operands) == len(values) -> False"): "the same values, one by one: it takes longer",
    (OPS, "*", "attained.sum(axis=dim, keepdims=True, dtype=unwrap(dz).dtype) -> "
     "attained.sum(axis=dim, keepdims=True)"):
        "a quotient of two float32, rounded to float64 and then to float32, is the quotient in float32",
    (OPS, "bias=lambda dz: sum_dim(dz, (0,), False),", "False -> True"): "fit() takes the one row for a sum",
    (SGD, "*", "params and gpu.is_bare(params[0].array) and (not group['differentiable']) -> False"):
        "one launch for each parameter: it takes longer",
    (OPS, "if p == 2:", "p == 2 -> False (2)"): "NumPy's powers 2 and 0.5 are products and roots: it takes longer",
    (ENGINE, "if node.hooks or node.retained:", "node.hooks or node.retained -> True"):
        "call_hooks() finds none: it takes longer",
    (FUNCTION, "*", "edge in wanted -> True"): "what arrives where nobody asked for it is dropped: it takes longer",
    (GRADIENTS, "only_inputs: bool = True,", "True -> False"): "it changes nothing",
    (OP, "*", "'_' -> 'XX_'"): "no op's name begins or ends with an X",
    (OPS, "return np.power(total(size if p == 1 else np.power(size, p), dim, keepdim), x.dtype.type(1 / p))", "1 -> 2"):
        "x to the power of 1: it takes longer",
    (ENGINE, "*", "array.dtype != edge.dtype -> True"): "a copy more: it takes longer",
    (OP, "*", "'condition' -> 'XXcondition'"): "a condition means the same as a float",
    (OP, "*", "any((arg is t for t in rest)) -> True"): "what computes element by element takes Tensors alone here",
    (OPS, "return math.log(base) if base > 0 else math.nan", "base > 0 -> base >= 0"): "nobody asks for that of 0",
    (OPS, "return np.where(y < 0, fraction, np.power(x, np.maximum(y, 0)))", "np.maximum(y, 0) -> np.maximum(0, y)"):
        "of whole numbers there is one zero",
    (OPS, "*", "np.minimum(high, np.maximum(low, x)) -> np.minimum(np.maximum(low, x), high)"):
        "which of two zeros comes out is not fixed in torch either",
    (OPS, "return dz if keepdim else dz.reshape(tuple(1 if i in dim else n for i, n in enumerate(shape)))",
     "keepdim -> False"): "a reshape to the shape that it has",
    (OPS, "powers = x * pow_scalar(abs(x), p - 2) if p > 2 else pow_scalar(abs(x), p - 1) * signs", "p > 2 -> False"):
        "the same value, rounded otherwise, within the bound",
    (OPS, "if dim == (1,) and has_short_rows(x):", "1 -> 2"): "rows as they lie: it takes longer",
    (OPS, "*", "np.cumsum([0, *sizes]).tolist() -> np.cumsum([0, *sizes])"): "NumPy's numbers slice as Python's do",
    **{(OPS, "*", f"{was} -> {then}"): "by all indices at once: it takes longer" for was, then in (
        ("isinstance(k, np.ndarray) and k.dtype.kind == 'i'", "isinstance(k, np.ndarray)"),
        ("k.dtype.kind == 'i'", "k.dtype.kind != 'i'"), ("'i'", "'XXi'"))},
    (GRADCHECK, "draw = np.random.default_rng(0)", "0 -> 1"): "other directions",
    (VARIABLE, "*",
     "self._grad is None and self.node is not None and (not self.is_leaf) and (self.node.retained is None)"
     " -> self._grad is None and (not self.is_leaf) and (self.node.retained is None)"):
        "what has no node is a leaf",
    (OPS, "top = np.where(np.isinf(top), 0, top)  # inf - inf would be nan", "0 -> 1"): "any finite number will do",
    (OPS, "*", "to_device(dz, origin, where) -> to_device(dz, origin)"):
        CUDA,
    (OPS, "*", "return move(x, where) -> return None"): CUDA,
    (OPS, "*", "np.minimum(x, y) -> np.minimum(y, x)"): "which of two zeros comes out is not fixed in torch either",
    (OPS, "*", "np.maximum(x, y) -> np.maximum(y, x)"): "which of two zeros comes out is not fixed in torch either",
    (OPS, "*", "x, y = (unwrap(x), unwrap(y)) -> pass"): "a comparison of Tensors has no gradient: it takes longer",
    (OPS, "*", "z += bias -> z = z + bias"): "the same sums, in new memory",
    (OPS, "*", "move(x, where) -> move(x)"): CUDA,
    (OPS, "*", "differentiable('ToCopyBackward0', x=lambda dz, where, origin: to_device(dz, origin, where)) -> "
     "differentiable('ToCopyBackward0')"): CUDA,
    (OPS, "*", "x - mean_dim.forward(x, dim, True) -> mean_dim.forward(x, dim, True) - x"): "it is squared next",
    (OPS, "_LOG_10 = math.nextafter(math.log(10), 0)  # torch's, one place below the nearest double", "0 -> 1"):
        "1 lies below, too",
    (OPTIMIZER,
     'if any(len(a["params"]) != len(b["params"]) for a, b in zip(self.param_groups, saved, strict=True)):',
     "zip(self.param_groups, saved, strict=True) -> zip(saved, self.param_groups, strict=True)"): "it is symmetric",
    (OPTIMIZER, "*", "value.to(dtype=p.dtype if p.is_floating_point() else None, device=p.device) -> "
     "value.to(dtype=p.dtype if p.is_floating_point() else None)"): CUDA,
    (SGD, "*", "group.setdefault('foreach', None) -> group.setdefault('foreach')"): "None is setdefault's own default",
    (
        SGD, "*", "options |= {'nesterov': nesterov, 'maximize': maximize, 'foreach': foreach} -> "
        "options = options | {'nesterov': nesterov, 'maximize': maximize, 'foreach': foreach}",
    ): "nobody else holds the dict",
}  # fmt: skip
