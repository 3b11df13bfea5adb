"""Functions that take a function and return its derivative.   torch: torch/func/__init__.py

torch.func. All of them are backward passes. A row of a Jacobian comes from one, with a 1 at one output. A column, or a
product J·v, comes from two: uᵀ·J is linear in u, and its derivative with respect to u, times v, is J·v. Derivatives may
be nested: an input of which a derivative is taken outside stays connected to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from minigrad import autograd
from minigrad.autograd.node import Node
from minigrad.tensors import creation
from minigrad.tensors.joining import stack
from minigrad.tensors.stateless import functional_call, stack_module_state
from minigrad.tensors.tensor import Tensor
from minigrad.tensors.trees import flatten, mapped
from minigrad.tensors.vmap import vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]  # fmt: skip

ArgNums = int | tuple[int, ...]
Check = Callable[[str, Any], None]  # of what a function returned


def check_outputs(api: str, result: Any) -> None:
    """Raise torch's RuntimeErrors if a function returns something else than tensors."""
    outputs = flatten(result)[0]
    if not outputs:
        raise RuntimeError(
            f"{api}: Expected f to be a function that has non-empty output (got output = {outputs})"
        )
    for y in outputs:
        if not isinstance(y, Tensor):
            raise RuntimeError(
                f"{api}: expected f(*primals) to return only tensors, got unsupported type {type(y)}"
            )


def check_number(api: str, result: Any) -> None:
    """Raise torch's RuntimeErrors if a function returns something else than a number in a tensor."""
    if not isinstance(result, Tensor):
        raise RuntimeError(f"{api}: Expected f(*args) to return a Tensor, got {type(result)}")
    if result.ndim != 0:
        raise RuntimeError(
            f"{api}: Expected f(*args) to return a scalar Tensor, got tensor with {result.ndim} dims. Maybe you wanted "
            "to use the vjp or jacrev APIs instead?"
        )


class Recorded:
    """A call of a function, recorded from chosen inputs on. `outputs` and `inputs` are lists of tensors."""

    def __init__(
        self, api: str, func: Callable[..., Any], inputs: Any, has_aux: bool, check: Check = check_outputs
    ) -> None:
        """`inputs` is a tree of tensors, which func takes as one tuple of arguments."""
        wanted = autograd.is_grad_enabled()
        with autograd.enable_grad():
            given = mapped(_tracked, inputs)
            result = func(*given)
        self.aux = None
        if has_aux:
            if not isinstance(result, tuple) or len(result) != 2:
                raise RuntimeError(
                    f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True"
                )
            result, self.aux = result
        self.inputs = flatten(given)[0]
        check(api, result)
        self.outputs, self.built = flatten(result)
        self.connected = wanted and _leads_further(self.outputs, self.inputs)

    def let_go(self, tree: Any) -> Any:
        """The tree without its graph, unless the graph leads to more than the inputs."""
        return tree if self.connected else mapped(lambda x: x.detach() if isinstance(x, Tensor) else x, tree)

    @property
    def value(self) -> Any:
        """The output of the function, as it returned it."""
        return self.let_go(self.built(iter(self.outputs)))

    def pulled_back(self, cotangents: Sequence[Tensor], create_graph: bool = False) -> list[Tensor]:
        """uᵀ·J: for each input, the sum over the outputs."""
        pairs = [(y, u) for y, u in zip(self.outputs, cotangents, strict=True) if y.requires_grad]
        if not pairs:
            return [creation.zeros_like(x) for x in self.inputs]
        found = autograd.grad(
            [y for y, _ in pairs], self.inputs, [u for _, u in pairs], retain_graph=True,
            create_graph=create_graph or self.connected, allow_unused=True,
        )  # fmt: skip
        return [
            creation.zeros_like(x) if dx is None else dx for x, dx in zip(self.inputs, found, strict=True)
        ]

    def pushforward(self) -> Callable[[Sequence[Tensor]], list[Tensor]]:
        """v ↦ J·v: for each output, the sum over the inputs."""
        with autograd.enable_grad():
            us = [creation.zeros_like(y).requires_grad_() for y in self.outputs]
            rows = self.pulled_back(us, create_graph=True)

        def pushed(tangents: Sequence[Tensor]) -> list[Tensor]:
            pairs = [(row, v) for row, v in zip(rows, tangents, strict=True) if row.requires_grad]
            if not pairs:
                return [creation.zeros_like(u) for u in us]
            found = autograd.grad(
                [row for row, _ in pairs], us, [v for _, v in pairs], retain_graph=True,
                create_graph=self.connected, allow_unused=True,
            )  # fmt: skip
            return [creation.zeros_like(u) if dy is None else dy for u, dy in zip(us, found, strict=True)]

        return pushed


def _tracked(x: Any) -> Tensor:
    """x as an input of a derivative: a leaf of its own, or connected to x if x has a gradient outside."""
    if not isinstance(x, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _leads_further(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> bool:
    """Whether the graph of the outputs has leaves that are not inputs."""
    own = {x.node for x in inputs}
    waiting: list[Node | None] = [y.node for y in outputs]
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if not node.edges and node not in own:
            return True
        waiting.extend(node.edges)
    return False


def _chosen(args: Sequence[Any], argnums: Any) -> tuple[tuple[Any, ...], list[int]]:
    """The arguments to differentiate with respect to, and their places. Raises torch's RuntimeErrors."""
    if isinstance(argnums, int) and not isinstance(argnums, bool):
        listed: tuple[int, ...] = (argnums,)
    elif isinstance(argnums, tuple):
        listed = argnums
    else:
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not listed:
        raise RuntimeError("argnums must be non-empty")
    for place in listed:
        if not isinstance(place, int):
            raise RuntimeError(f"argnum must be int, got: {type(place)}")
        if not -len(args) <= place < len(args):
            raise RuntimeError(f"Got argnum={place}, but only {len(args)} positional inputs")
    places = [place % len(args) for place in listed]
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return tuple(args[place] for place in places), places


def _recorded(
    api: str,
    func: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Any,
    argnums: ArgNums,
    has_aux: bool = False,
    check: Check = check_outputs,
) -> tuple[Recorded, Callable[[Iterator[Any]], Any]]:
    """A call of func, recorded from some of its arguments on; and what builds their tree of other tensors."""
    inputs, places = _chosen(args, argnums)

    def call(*given: Any) -> Any:
        new = list(args)
        for place, value in zip(places, given, strict=True):
            new[place] = value
        return func(*new, **kwargs)

    _, build = flatten(inputs if isinstance(argnums, tuple) else inputs[0])
    return Recorded(api, call, inputs, has_aux, check), build


# -- gradients, and products with a Jacobian ----------------------------------------------------------------


def grad_and_value(
    func: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of func, whose output is one number, and that output.

    With has_aux func returns (output, aux), and the result is (gradient, (output, aux)). RuntimeError for an output of
    other shape. torch: torch.func.grad_and_value.
    """

    def gradient(*args: Any, **kwargs: Any) -> Any:
        api = "grad_and_value(f)(*args)"
        call, build = _recorded(api, func, args, kwargs, argnums, has_aux, check_number)
        found = build(iter(call.pulled_back([creation.ones_like(call.outputs[0])])))
        return found, (call.value, call.let_go(call.aux)) if has_aux else call.value

    return gradient


def grad(func: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of func with respect to its argument, or arguments, argnums.

    An argument may be a tuple, list or dict of tensors. With has_aux func returns (output, aux), and the result is
    (gradient, aux). Raises what grad_and_value raises. torch: torch.func.grad.
    """
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """func(*primals), and the function u ↦ uᵀ·J, which may be called again.

    That function returns a tuple with a gradient for each primal. torch: torch.func.vjp.
    """
    call = Recorded("vjp(f, *primals)", func, primals, has_aux)
    build = flatten(primals)[1]

    def pulled(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = flatten(cotangents)[0]
        if len(given) != len(call.outputs):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function."
            )
        return build(iter(call.pulled_back(given, bool(create_graph))))

    return (call.value, pulled, call.let_go(call.aux)) if has_aux else (call.value, pulled)


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """func(*primals) and J·v, v the tangents, by two backward passes. torch: torch.func.jvp."""
    api = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{api}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    vs = flatten(tangents)[0]
    if not isinstance(tangents, tuple) or len(vs) != len(flatten(primals)[0]):
        raise RuntimeError(
            f"{api}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            "tuple of 3 tensors, tangents also must be."
        )
    call = Recorded(api, func, primals, has_aux)
    if strict and not all(y.requires_grad for y in call.outputs):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
            "with strict=True."
        )
    pushed = call.let_go(call.built(iter(call.pushforward()(vs))))
    return (call.value, pushed, call.let_go(call.aux)) if has_aux else (call.value, pushed)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """func(*primals), and the function v ↦ J·v. torch: torch.func.linearize."""
    call = Recorded("linearize", func, primals, False)
    pushed = call.pushforward()
    return call.value, lambda *tangents: call.let_go(call.built(iter(pushed(flatten(tangents)[0]))))


# -- Jacobians ----------------------------------------------------------------------------------------------


def unit_vectors(x: Tensor) -> Iterator[Tensor]:
    """Tensors of x's shape with a 1 at one place, one for each place."""
    for place in range(x.numel()):
        unit = creation.zeros_like(x).reshape(-1)
        unit[place] = 1
        yield unit.view(x.shape)


def jacrev(
    func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that returns the Jacobian ∂y/∂x, of shape (*y.shape, *x.shape), row by row.

    For several outputs or inputs it is a tree of them. torch: torch.func.jacrev.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call, build = _recorded("jacrev(f, *args)", func, args, kwargs, argnums, has_aux)

        def rows_of(number: int) -> Any:
            zeros = [creation.zeros_like(y) for y in call.outputs]
            y = call.outputs[number]
            rows = [call.pulled_back([*zeros[:number], u, *zeros[number + 1 :]]) for u in unit_vectors(y)]
            return build(
                stack(parts).view(*y.shape, *x.shape)
                for x, parts in zip(call.inputs, zip(*rows, strict=True), strict=True)
            )

        found = call.let_go(call.built(map(rows_of, range(len(call.outputs)))))
        return (found, call.let_go(call.aux)) if has_aux else found

    return jacobian


def jacfwd(
    func: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """The same as jacrev, column by column. torch: torch.func.jacfwd."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call, build = _recorded("jacfwd(f, *args)", func, args, kwargs, argnums, has_aux)
        pushed, zeros = call.pushforward(), [creation.zeros_like(x) for x in call.inputs]
        columns = [  # for each input, for each of its places, a column of every output
            [pushed([*zeros[:i], v, *zeros[i + 1 :]]) for v in unit_vectors(x)]
            for i, x in enumerate(call.inputs)
        ]
        found = call.built(
            build(
                stack([column[number] for column in columns[i]], -1).reshape(*y.shape, *x.shape)
                for i, x in enumerate(call.inputs)
            )
            for number, y in enumerate(call.outputs)
        )
        found = call.let_go(found)
        return (found, call.let_go(call.aux)) if has_aux else found

    return jacobian


def hessian(func: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
    """A function that returns the second derivatives of func. torch: torch.func.hessian."""
    return jacfwd(jacrev(func, argnums), argnums)
