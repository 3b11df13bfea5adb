"""State dicts: the tensors of a module by path, for saving and loading.   torch: torch/nn/modules/module.py"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Mapping
from typing import Any

from minigrad.nn.modules.registers import join_path
from minigrad.nn.modules.state_hooks import (
    LOAD_AFTER,
    LOAD_BEFORE,
    after_loading,
    after_saving,
    before_loading,
    before_saving,
    has_hooks,
)
from minigrad.nn.parameter import Parameter, is_lazy
from minigrad.tensors.tensor import Tensor

EXTRA = "_extra_state"


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """The result of load_state_dict: lists of missing and unexpected keys."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


def get_extra_state(self: Any) -> Any:
    """Return extra state for the state dict. A subclass with such state defines this method and set_extra_state."""
    raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")


def set_extra_state(self: Any, state: Any) -> None:
    """Restore the state that get_extra_state returned."""
    raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")


def save_to(destination: Any, module: Any, prefix: str, keep_vars: bool) -> dict[str, Any]:
    """Add to destination the tensors and the extra state of the module, then those of the modules below it."""
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = {"version": module._version}
    before_saving(module, prefix, keep_vars)
    for name, tensor in _own_tensors(module):
        destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()
    if type(module).get_extra_state is not get_extra_state:
        destination[prefix + EXTRA] = module.get_extra_state()
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    after_saving(module, destination, prefix)
    found: dict[str, Any] = destination
    return found


def _own_tensors(module: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield the names of the module's parameters and persistent buffers, with their tensors."""
    for name, tensor in (*module._parameters.items(), *module._buffers.items()):
        if tensor is not None and name not in module._non_persistent:
            yield name, tensor


def load_into(module: Any, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> _IncompatibleKeys:
    """Check every tensor of the state dict, then copy all of them into the module, or assign them."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    missing: list[str] = []
    unexpected: list[str] = []
    errors: list[str] = []
    if has_hooks(module, LOAD_BEFORE):
        state_dict = dict(state_dict)
        before_loading(module, state_dict, strict, (missing, unexpected, errors))
    places = {join_path(path, name): (owner, name, tensor) for path, owner, name, tensor in _loadable(module)}
    missing += [key for key in places if key not in state_dict]
    unexpected += [key for key in state_dict if key not in places]
    keys = _IncompatibleKeys(missing, unexpected)
    hooked = has_hooks(module, LOAD_AFTER)
    if hooked and strict and (missing or unexpected):  # the hooks may excuse keys, so that nothing is refused
        after_loading(module, keys)
        hooked = False
    for kind, lacking in (("Unexpected", unexpected), ("Missing", missing)) if strict else ():
        if lacking:
            errors.insert(
                0, f"{kind} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in lacking) + ". "
            )
    taken = {
        key: _as_loadable(place[2], state_dict[key]) for key, place in places.items() if key in state_dict
    }
    errors += filter(None, (_mismatch(key, places[key][2], given) for key, given in taken.items()))
    if errors:
        raise RuntimeError(
            f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(errors)
        )
    for key, given in taken.items():
        _load_one(*places[key], given, assign)
    if hooked:
        after_loading(module, keys)
    return keys


def _loadable(module: Any) -> Iterator[tuple[str, Any, str, Tensor | None]]:
    """Yield path, module, name and tensor of everything that can be loaded. For extra state the tensor is None."""
    for path, each in module.named_modules(remove_duplicate=False):
        for name, tensor in _own_tensors(each):
            yield path, each, name, tensor
        if type(each).set_extra_state is not set_extra_state:
            yield path, each, EXTRA, None


def _as_loadable(tensor: Tensor | None, given: Any) -> Any:
    """The given tensor, as a scalar if the module has a scalar: early versions of torch saved it as a vector."""
    scalar = tensor is not None and not is_lazy(tensor) and tensor.ndim == 0
    return given[0] if scalar and isinstance(given, Tensor) and given.array.shape == (1,) else given


def _mismatch(key: str, tensor: Tensor | None, given: Any) -> str:
    """Return torch's message if the given value cannot be loaded into the tensor, else ""."""
    if tensor is None:
        return ""
    if not isinstance(given, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(given)}"
        )
    if not is_lazy(tensor) and given.shape != tensor.shape:  # a lazy parameter takes any shape
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current "
            f"model is {tensor.shape}."
        )
    return ""


def _load_one(module: Any, name: str, tensor: Tensor | None, given: Any, assign: bool) -> None:
    """Load one value into a module: copy it into the tensor, or assign it, or restore extra state."""
    if tensor is None:
        module.set_extra_state(given)
    elif is_lazy(tensor):
        if not is_lazy(given):
            tensor.materialize(given.shape)  # type: ignore[attr-defined]
            _load_one(module, name, tensor, given, assign)
    elif not assign:
        tensor.detach().copy_(given.detach())
    elif isinstance(tensor, Parameter):
        given = given if isinstance(given, Parameter) else Parameter(given.detach(), tensor.requires_grad)
        setattr(module, name, given.requires_grad_(tensor.requires_grad))
    else:
        setattr(module, name, given)
