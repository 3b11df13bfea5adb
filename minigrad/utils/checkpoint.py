"""checkpoint: backward computes a part of the model again, which was not kept.   torch: torch/utils/checkpoint.py

The first call computes the output; of the arrays that its nodes saved only the inputs are kept. When backward comes to
one of these nodes, the function is called again, with the same random numbers. The nodes of the second call saved the
same arrays, and the nodes of the first call take them over. So the graph is the one of a call without checkpoint, and
so are all gradients.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import numpy as np

from minigrad.autograd import backward, enable_grad, is_grad_enabled, no_grad
from minigrad.autograd.base import TensorBase, node_of
from minigrad.autograd.function import Function, FunctionNode
from minigrad.autograd.node import Node, _age
from minigrad.autograd.saved import Saved
from minigrad.random import default_generator
from minigrad.tensors.trees import flatten

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn"]

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


class CheckpointError(RuntimeError):
    """The second call did not compute what the first call had computed."""


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing, for the first and for the second call."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), which is computed again in backward instead of keeping what its ops save.

    With use_reentrant=True, torch's older way, the graph has one node for the whole function: at least one of args
    must require grad, and only backward() without `inputs` works. preserve_rng_state=False draws new random numbers in
    the second call. The second call runs to its end: with early_stop, it may have more ops at its end than the first.
    debug has no effect. Warns if use_reentrant is not given; backward raises CheckpointError if the second call saves
    other shapes or dtypes. torch: torch.utils.checkpoint.checkpoint.
    """
    if use_reentrant is None:
        _warn_of_default("")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        _check_names(kwargs)
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ['default', 'none'], but got {determinism_check}"
        )
    contexts = context_fn()
    if not is_grad_enabled():
        return function(*args, **kwargs)
    segment = Segment(function, args, kwargs, contexts, preserve)
    segment.exact, segment.compared = not early_stop, determinism_check == "default"
    return segment.first_call(args)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """The functions or modules, one after the other, in so many segments: all of them but the last are checkpointed.

    torch: torch.utils.checkpoint.checkpoint_sequential.
    """
    if use_reentrant is None:
        _warn_of_default(".checkpoint_sequential")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    _check_names(kwargs)
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def in_order(steps: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for step in steps:
                x = step(x)
            return x

        return run

    size, end = len(steps) // segments, 0
    for start in range(0, size * (segments - 1), size):
        end = start + size
        run = in_order(steps[start:end])
        input = checkpoint(run, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return in_order(steps[end:])(input)


def _warn_of_default(name: str) -> None:
    warnings.warn(
        f"torch.utils.checkpoint{name}: the use_reentrant parameter should be passed explicitly. Starting in PyTorch "
        "2.9, calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, "
        "but if you need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for "
        "more details on the differences between the two variants.",
        stacklevel=3,
    )


def _check_names(kwargs: dict[str, Any]) -> None:
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))


@contextmanager
def _random_numbers_from(state: Any) -> Iterator[None]:
    """Inside, random numbers are drawn from this state of the generator. After it, from where they were."""
    before = None if state is None else default_generator.get_state()
    try:
        if state is not None:
            default_generator.set_state(state)
        yield
    finally:
        if before is not None:
            default_generator.set_state(before)


# -- use_reentrant=False --------------------------------------------------------------------------------------


class Segment:
    """A call of a function, which can be repeated to get the arrays that its nodes saved.

    It holds its nodes weakly, because they hold the segment.
    """

    exact = False  # whether the second call must end where the first did
    compared = True  # whether shapes and dtypes are compared

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        contexts: Contexts,
        preserve: bool,
    ) -> None:
        self.function, self.kwargs = function, kwargs
        self.first, self.second = contexts
        self.state = default_generator.get_state() if preserve else None
        self.args = [Saved(x.array, x.version, node_of(x)) if isinstance(x, TensorBase) else x for x in args]
        self.nodes: list[weakref.ref[Node]] = []
        self.again: dict[int, list[Any]] = {}  # by place of the node: what the second call saved

    def first_call(self, args: tuple[Any, ...]) -> Any:
        """The output. Its nodes let go of the arrays that they saved."""
        start = next(_age)
        with self.first:
            output = self.function(*args, **self.kwargs)
        nodes = _nodes_since(start, output)
        self.nodes = [weakref.ref(node) for node in nodes]
        for place, node in enumerate(nodes):
            kind: Any = node.plain if isinstance(node, Checkpointed) else type(node)
            node.__class__ = _checkpointed(kind)
            node.__dict__.update(segment=self, place=place)
            _let_go(node)
        return output

    def fill(self, node: Any) -> None:
        """Give a node of the first call the arrays that it had saved."""
        if node.place not in self.again:
            self._second_call(node)
        for mine, (array, version, count) in zip(_saved(node), self.again.pop(node.place), strict=True):
            mine.array, mine.version, mine.count = array, version, count

    def _second_call(self, owner: Node) -> None:
        args = [x.unpack(owner, True) if type(x) is Saved else x for x in self.args]
        start = next(_age)
        with enable_grad(), _random_numbers_from(self.state), self.second:
            nodes = _nodes_since(start, self.function(*args, **self.kwargs))
        self._check_number(nodes)
        for place, node in enumerate(nodes[: len(self.nodes)]):
            first = self.nodes[place]()
            if first is None or first.saved is None:  # freed, so that nothing will ask for it
                continue
            if isinstance(node, Checkpointed):  # of a checkpoint inside of this one
                node.segment.fill(node)
            found = [(each.array, each.version, each.count) for each in _saved(node)]
            self._check_arrays(_saved(first), [array for array, _, _ in found])
            self.again[place] = found

    def _check_number(self, nodes: list[Any]) -> None:
        before, now = len(self.nodes), len(nodes)
        if now < before or (self.exact and now > before):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nThe first call left {before} nodes in the graph, the second call {now}."
            )

    def _check_arrays(self, before: list[Saved], now: list[Any]) -> None:
        if len(before) != len(now):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nA node saved {len(before)} tensors in the first call, and {len(now)} in the second."
            )
        for saved, array in zip(before, now, strict=True):
            was = saved.array
            if self.compared and (was.shape, was.dtype) != (array.shape, array.dtype):
                raise CheckpointError(
                    "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                    f"during the forward pass.\nShape and dtype were {list(was.shape)}, {was.dtype}; now they are "
                    f"{list(array.shape)}, {array.dtype}."
                )


class Checkpointed(Node):
    """A node that has the arrays that it saved only while it runs backward."""

    __slots__ = ()

    segment: Segment
    place: int
    plain: type[Node]

    def backward(self, dz: Any, on_tensors: bool, wanted: set[Node] | None = None) -> Sequence[Any | None]:
        """The rule of the node, after the function was computed again."""
        if self.saved:
            self.segment.fill(self)
        answer = super().backward(dz, on_tensors, wanted)
        _let_go(self)
        return answer


@cache
def _checkpointed(kind: type[Node]) -> type[Node]:
    """The class of the checkpointed nodes of this kind. It has the same name."""
    return type(kind.__name__, (Checkpointed, kind), {"__slots__": (), "plain": kind})


def _nodes_since(start: int, output: Any) -> list[Any]:
    """The nodes that lead to the tensors of the output and are younger than `start`, in the order of their making."""
    waiting = [node_of(leaf) for leaf in flatten(output)[0] if isinstance(leaf, TensorBase)]
    found: dict[Node, None] = {}
    while waiting:
        node = waiting.pop()
        if node is not None and node.edges and node.age > start and node not in found:
            found[node] = None
            waiting += node.edges
    return sorted(found, key=lambda node: node.age)


def _saved(node: Any) -> list[Saved]:
    """The tensors that a node saved. Sizes and options are not among them."""
    kept = node.saved or ()
    return [each for each in (kept.values() if isinstance(kept, dict) else kept) if type(each) is Saved]


def _let_go(node: Node) -> None:
    """Put arrays without memory (stride 0), of the same shapes and dtypes, in place of those that a node saved."""
    for each in _saved(node):
        empty = np.empty((), each.array.dtype, like=each.array)
        each.array, each.version, each.count = np.broadcast_to(empty, each.array.shape), [0], 0


# -- use_reentrant=True ---------------------------------------------------------------------------------------


class CheckpointFunction(Function):
    """z = function(x): backward calls the function again, and backward() of its output."""

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        """The output, without a graph."""
        if not any(x.requires_grad for x in args if isinstance(x, TensorBase)):  # type: ignore[attr-defined]
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=4)
        ctx.function, ctx.state = function, default_generator.get_state() if preserve else None
        ctx.others = [None if isinstance(x, TensorBase) else x for x in args]
        ctx.save_for_backward(*(x if isinstance(x, TensorBase) else None for x in args))
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of args. Those of the weights go to their .grad at once."""
        pairs = zip(ctx.saved_tensors, ctx.others, strict=True)
        args = [other if x is None else x.detach().requires_grad_(x.requires_grad) for x, other in pairs]
        with _random_numbers_from(ctx.state), enable_grad():
            found = ctx.function(*args)
        outputs = found if isinstance(found, tuple) else (found,)
        wanted = [
            (z, dz)
            for z, dz in zip(outputs, grad_outputs, strict=True)
            if isinstance(z, TensorBase) and z.requires_grad  # type: ignore[attr-defined]
        ]
        if not wanted:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([z for z, _ in wanted], [dz for _, dz in wanted])
        return (None, None, *(x.grad if isinstance(x, TensorBase) else None for x in args))  # type: ignore[attr-defined]


class CheckpointFunctionBackward(FunctionNode):
    """The node of CheckpointFunction. It knows whether backward has targets."""

    __slots__ = ()
    function = CheckpointFunction

    def backward(self, dz: Any, on_tensors: bool, wanted: set[Node] | None = None) -> Sequence[Any | None]:
        """CheckpointFunction.backward. RuntimeError in autograd.grad and in backward(inputs=...)."""
        if wanted is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        return super().backward(dz, on_tensors)


CheckpointFunction._backward_cls = CheckpointFunctionBackward
