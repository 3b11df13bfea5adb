"""Mutants that nobody can tell from the original, and why: what `make mutants` does not count as survivors.

By file, text of the line (`*`: any) and mutation, as benchmarks/results/mutants.md has them. An entry that fits no
mutant any more is an error.
"""

ENGINE, OP, VARIABLE = (f"minigrad/autograd/{name}.py" for name in ("engine", "op", "variable"))
FUNCTION, GRADCHECK, OPS, SGD = (
    "minigrad/autograd/function.py", "minigrad/autograd/gradcheck.py", "minigrad/ops.py", "minigrad/optim/sgd.py",
)  # fmt: skip
EQUIVALENT: dict[tuple[str, str, str], str] = {
    (OPS, "*", "'common' -> 'XXcommon'"): "promote() knows two other words, and all else means common",
    (OP, "*", "'common' -> 'XXcommon'"): "promote() knows two other words, and all else means common",
    (OP, "*", "not stays -> True"): "a condition means the same as a float, and promotion passes over a word",
    (OP, "*", "rule is not None and True in wanted -> True in wanted"): "every op of any number of inputs has a rule",
    (OP, "*", "GradMode.enabled and edges.count(None) < len(edges) -> GradMode.enabled"):
        "record() sees itself that nothing wants a gradient: it takes longer",
    (OP, "*", "edges.count(None) < len(edges) -> edges.count(None) <= len(edges)"):
        "record() sees itself that nothing wants a gradient: it takes longer",
    (OP, "*", "needs is None -> True"): "worked out anew each time: it takes longer",
    (OP, "saved[name] = (values[i], None, 0)", "0 -> 1"): "where there is no version nobody looks at the count",
    (ENGINE, "*", "isinstance(dx, np.generic) or dx.base is not None -> True"): "a copy more: it takes longer",
    (ENGINE, "*", "lead -> True"): "a reshape to the shape that it has",
    (FUNCTION, "*", "self.keys() -> self"): "a dict and its keys meet other keys alike",
    (GRADCHECK, "draw = np.random.default_rng(0)", "0 -> 1"): "other directions",
    (VARIABLE, "*",
     "self._grad is None and self.node is not None and (not self.is_leaf) and (self.node.retained is None)"
     " -> self._grad is None and (not self.is_leaf) and (self.node.retained is None)"):
        "what has no node is a leaf",
    (OPS, "*", "_all_bool(x, y) -> _all_bool(y, x)"): "it is symmetric",
    (OPS, "*", "_refuse_bools(x, base) -> _refuse_bools(base, x)"): "it is symmetric",
    (OPS, "top = np.where(np.isinf(top), 0, top)  # inf - inf would be nan", "0 -> 1"): "any finite number will do",
    (OPS, "*", "to_device(dz, origin, where) -> to_device(dz, origin)"):
        "another device than the CPU: the tests marked cuda",
    (OPS, "*", "return move(x, where) -> return None"): "another device than the CPU: the tests marked cuda",
    (OPS, "*", "np.logical_or(x, y) -> np.logical_or(y, x)"): "it is symmetric",
    (OPS, "*", "np.minimum(x, y) -> np.minimum(y, x)"): "which of two zeros comes out is not fixed in torch either",
    (OPS, "*", "np.maximum(x, y) -> np.maximum(y, x)"): "which of two zeros comes out is not fixed in torch either",
    (OPS, "*", "x, y = (unwrap(x), unwrap(y)) -> pass"): "a comparison of Tensors has no gradient: it takes longer",
    (OPS, "*", "z += bias -> z = z + bias"): "the same sums, in new memory",
    (OPS, "*", "isinstance(k, np.ndarray) and k.dtype.kind == 'i' -> isinstance(k, np.ndarray)"):
        "masks have been made numbers before",
    (OPS, "*", "'i' -> 'XXi'"): "the same sums by a slower way",
    (OPS, "*", "move(x, where) -> move(x)"): "another device than the CPU: the tests marked cuda",
    (SGD, "*", "group.setdefault('foreach', None) -> group.setdefault('foreach')"): "None is setdefault's own default",
    (
        SGD, "*", "options |= {'nesterov': nesterov, 'maximize': maximize, 'foreach': foreach} -> "
        "options = options | {'nesterov': nesterov, 'maximize': maximize, 'foreach': foreach}",
    ): "nobody else holds the dict",
}  # fmt: skip
