"""A module called with other weights than its own.   torch: torch/_functorch/functional_call.py"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from minigrad.tensors.joining import stack
from minigrad.tensors.tensor import Tensor

REGISTERS = ("_parameters", "_buffers")


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """module(*args, **kwargs) with these tensors, by their paths, in place of its parameters and buffers.

    args that are no tuple are one argument. With tie_weights, a tensor that the module has under several names is
    replaced under all of them. ValueError for what is not a dict, or for a name in several dicts; with strict,
    RuntimeError for a name that is missing or that the module does not have. torch: torch.func.functional_call.
    """
    given = _one_dict(parameter_and_buffer_dicts)
    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    if strict:
        _check_names(module, own.keys(), given.keys())
    if tie_weights:
        given = given | _tied(own, given)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, given):
        return module(*args, **(kwargs or {}))


def _one_dict(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, "
            f"but got {type(dicts)}"
        )
    if not all(isinstance(each, dict) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in dicts for name in each]
    repeated = [name for i, name in enumerate(dict.fromkeys(names)) if names.count(name) > 1]
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous"
        )
    return {name: value for each in dicts for name, value in each.items()}


def _check_names(module: Any, own: Any, given: Any) -> None:
    wrong = [
        f"{word} key(s): {', '.join(map(repr, sorted(names)))}."
        for word, names in (("Unexpected", given - own), ("Missing", own - given))
        if names
    ]
    if wrong:
        raise RuntimeError(
            f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(wrong)
        )


def _tied(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The given tensors under the other names that the module has for them."""
    names: dict[int, list[str]] = {}
    for name, tensor in own.items():
        names.setdefault(id(tensor), []).append(name)
    more = {}
    for several in (each for each in names.values() if len(each) > 1):
        values = [given[name] for name in several if name in given]
        if any(value is not values[0] for value in values):
            raise ValueError(f"functional_call got multiple values for keys {several}, which are tied.")
        more.update({name: values[0] for name in several if values})
    return more


@contextmanager
def _replaced(module: Any, given: Mapping[str, Tensor]) -> Iterator[None]:
    """Inside, the module has the given tensors. After it, its own again."""
    before: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for path, value in given.items():
            parent, _, name = path.rpartition(".")
            owner = module.get_submodule(parent)
            place = next((vars(owner)[each] for each in REGISTERS if name in vars(owner)[each]), vars(owner))
            before.append((place, name, place.get(name, before)))
            place[name] = value
        yield
    finally:
        for place, name, value in reversed(before):
            if value is before:  # there was none
                del place[name]
            else:
                place[name] = value


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of models of one class, by name, each stacked along a new first dim.

    RuntimeError if there is no model, or if they differ in class or mode. torch: torch.func.stack_module_state.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        return {name: _leaf(name, [state[name] for state in states]) for name in states[0]}

    parameters = [dict(model.named_parameters()) for model in models]
    return stacked(parameters), stacked([dict(model.named_buffers()) for model in models])


def _leaf(name: str, tensors: list[Tensor]) -> Tensor:
    wanted = {tensor.requires_grad for tensor in tensors}
    if len(wanted) > 1:
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    return stack(tensors).detach().requires_grad_(wanted.pop())
