"""State dicts: a module's tensors by their paths, to be saved and loaded.   torch: torch/nn/modules/module.py"""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Iterator, Mapping
from typing import Any

from minigrad.nn.modules.tree import Tree, joined
from minigrad.nn.parameter import Parameter
from minigrad.tensors.tensor import Tensor

EXTRA = "_extra_state"


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict returns."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


class Stateful(Tree):
    """The part of Module that is saved and loaded."""

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Paths and tensors, sharing memory: of each module its parameters, its persistent buffers, its children's.

        Detached, unless `keep_vars`. Added to `destination` if there is one, else to an OrderedDict, whose
        attribute `_metadata` is torch's, for a reader of that kind.
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead. Say state_dict(prefix=...).",
                FutureWarning,
                stacklevel=2,
            )
            destination, prefix, keep_vars = (*args, *(destination, prefix, keep_vars)[len(args) :])[:3]
        if destination is None:
            destination = OrderedDict()
            destination.__dict__["_metadata"] = OrderedDict()
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = {"version": 1}
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if self._has_extra("get"):
            destination[prefix + EXTRA] = self.get_extra_state()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return destination

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            if tensor is not None and name not in self._transient:
                yield name, tensor

    def get_extra_state(self) -> Any:
        """What else is to be saved: to be written, with set_extra_state, by a subclass that has such."""
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state: Any) -> None:
        """Take what get_extra_state gave."""
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def _has_extra(self, verb: str) -> bool:
        method = f"{verb}{EXTRA}"
        return getattr(type(self), method) is not getattr(Stateful, method)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy a state dict's tensors into this module's, or with `assign` take them over.

        With `strict`, raises RuntimeError that lists missing and unexpected keys; shapes that differ always
        raise. Nothing is changed where something is refused.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        places = {joined(path, name): (module, name, tensor) for path, module, name, tensor in self._places()}
        missing = [key for key in places if key not in state_dict]
        unexpected = [key for key in state_dict if key not in places]
        errors = []
        for kind, keys in (("Missing", missing), ("Unexpected", unexpected)) if strict else ():
            if keys:
                errors.append(f"{kind} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in keys) + ". ")
        taken = {
            key: _fitting(place[2], state_dict[key]) for key, place in places.items() if key in state_dict
        }
        errors += filter(None, (_misfit(key, places[key][2], given) for key, given in taken.items()))
        if errors:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors)
            )
        for key, given in taken.items():
            _take(*places[key], given, assign)
        return _IncompatibleKeys(missing, unexpected)

    def _places(self) -> Iterator[tuple[str, Stateful, str, Tensor | None]]:
        """Everything that can be loaded; where the tensor would be, None for extra state."""
        for path, module in self.named_modules(remove_duplicate=False):
            for name, tensor in module._own_state():
                yield path, module, name, tensor
            if module._has_extra("set"):
                yield path, module, EXTRA, None


def _fitting(tensor: Tensor | None, given: Any) -> Any:
    """A scalar was saved as one element in torch's early days."""
    scalar = tensor is not None and tensor.ndim == 0
    return given[0] if scalar and isinstance(given, Tensor) and given.array.shape == (1,) else given


def _misfit(key: str, tensor: Tensor | None, given: Any) -> str:
    if tensor is None:
        return ""
    if not isinstance(given, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(given)}"
        )
    if given.array.shape != tensor.array.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current "
            f"model is {tensor.shape}."
        )
    return ""


def _take(module: Stateful, name: str, tensor: Tensor | None, given: Any, assign: bool) -> None:
    if tensor is None:
        module.set_extra_state(given)
    elif not assign:
        tensor.detach().copy_(given.detach())
    elif isinstance(tensor, Parameter):
        given = given if isinstance(given, Parameter) else Parameter(given.detach(), tensor.requires_grad)
        setattr(module, name, given.requires_grad_(tensor.requires_grad))
    else:
        setattr(module, name, given)
