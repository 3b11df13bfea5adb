"""Hooks around state_dict and load_state_dict.   torch: torch/nn/modules/module.py

Few modules have such hooks, so a module gets a place for them when the first one is registered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from minigrad.autograd.hooks import RemovableHandle

SAVE_BEFORE, SAVE_AFTER, LOAD_BEFORE, LOAD_AFTER = "save before", "save after", "load before", "load after"


def _register(module: Any, when: str, hook: Any) -> RemovableHandle:
    hooks = module.__dict__.setdefault("_state_hooks", {}).setdefault(when, OrderedDict())
    return RemovableHandle(hooks, hook)


def hooks_of(module: Any, when: str) -> tuple[Any, ...]:
    """The hooks of a module."""
    every = module.__dict__.get("_state_hooks")
    return tuple(every.get(when, {}).values()) if every else ()


def register_state_dict_pre_hook(self: Any, hook: Callable[..., Any]) -> RemovableHandle:
    """Call hook(module, prefix, keep_vars) before state_dict collects this module's tensors."""
    return _register(self, SAVE_BEFORE, hook)


def register_state_dict_post_hook(self: Any, hook: Callable[..., Any]) -> RemovableHandle:
    """Call hook(module, state_dict, prefix, local_metadata) after them. It may change state_dict, and returns None."""
    return _register(self, SAVE_AFTER, hook)


def register_load_state_dict_pre_hook(self: Any, hook: Callable[..., Any]) -> RemovableHandle:
    """Call a hook before load_state_dict loads this module. It may change state_dict, a copy.

    hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs). Of a module
    below the one that is loaded, state_dict has the keys with its prefix.
    """
    return _register(self, LOAD_BEFORE, hook)


def register_load_state_dict_post_hook(self: Any, hook: Callable[..., Any]) -> RemovableHandle:
    """Call hook(module, incompatible_keys) after this module was loaded. It may change these lists."""
    return _register(self, LOAD_AFTER, hook)


def before_saving(module: Any, prefix: str, keep_vars: bool) -> None:
    """Call the hooks before state_dict."""
    for hook in hooks_of(module, SAVE_BEFORE):
        hook(module, prefix, keep_vars)


def after_saving(module: Any, destination: Any, prefix: str) -> None:
    """Call the hooks after state_dict. Raises RuntimeError if one returns something."""
    for hook in hooks_of(module, SAVE_AFTER):
        if hook(module, destination, prefix, {"version": 1}) is not None:
            raise RuntimeError("state_dict post-hook must return None")


def before_loading(module: Any, state: dict[str, Any], strict: bool, lists: Any, prefix: str = "") -> None:
    """Call the hooks before load_state_dict, of this module and then of those below it. They change `state`.

    `lists` are those for missing keys, unexpected keys and errors.
    """
    for hook in hooks_of(module, LOAD_BEFORE):
        hook(module, state, prefix, {"version": 1}, strict, *lists)
    for name, child in module._modules.items():
        if child is not None:
            below = f"{prefix}{name}."
            part = {key: value for key, value in state.items() if key.startswith(below)}
            before_loading(child, changed := dict(part), strict, lists, below)
            for key in part:
                del state[key]
            state |= changed


def after_loading(module: Any, keys: Any) -> None:
    """Call the hooks after load_state_dict, of the modules below first. AssertionError if one returns something."""
    for each in _from_below(module):
        for hook in hooks_of(each, LOAD_AFTER):
            if hook(each, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace."
                )


def _from_below(module: Any) -> Iterator[Any]:
    for child in module._modules.values():
        if child is not None:
            yield from _from_below(child)
    yield module


def has_hooks(module: Any, when: str) -> bool:
    """Whether the module, or one below it, has such hooks."""
    return any(hooks_of(each, when) for each in module.modules())
