"""Hooks around state_dict and load_state_dict: when they are called, with what, and what they may change."""

import copy

import pytest
import torch
from both import for_every, tells_the_same

import minigrad


def model(t):
    torch_nn = t.nn

    class Root(torch_nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch_nn.Linear(1, 1)
            self.b = torch_nn.Sequential(torch_nn.Linear(1, 1))

    return Root()


def seen_while_saving(t):
    m, seen = model(t), []
    for name, module in m.named_modules():
        module.register_state_dict_pre_hook(lambda _, *args, name=name: seen.append((name, *args)))
        module.register_state_dict_post_hook(
            lambda _, state, *args, name=name: seen.append((name, sorted(state), *args))
        )
    m.state_dict()
    return seen


def seen_before_loading(t):
    m, seen = model(t), []
    for name, module in m.named_modules():
        module.register_load_state_dict_pre_hook(
            lambda _, state, *args, name=name: seen.append((name, sorted(state), *args))
        )
    m.load_state_dict(model(t).state_dict())
    return seen


def seen_after_loading(t):
    m, seen = model(t), []
    for name, module in m.named_modules():
        module.register_load_state_dict_post_hook(lambda _, keys, name=name: seen.append((name, repr(keys))))
    m.load_state_dict(model(t).state_dict())
    return seen


def renamed(t):
    """A state with old names, which a hook puts right in a copy."""

    def rename(module, state, prefix, *rest):
        for key in list(state):
            if key.startswith(f"{prefix}old"):
                state[key.replace("old", "a")] = state.pop(key)

    m, given = model(t), model(t)
    m.register_load_state_dict_pre_hook(rename)
    state = {key.replace("a.", "old."): value for key, value in given.state_dict().items()}
    keys = repr(m.load_state_dict(state))
    return keys, sorted(state), bool(t.equal(m.a.weight, given.a.weight))


def taken_away_below(t):
    m = model(t)
    m.b.register_load_state_dict_pre_hook(
        lambda _, state, prefix, *rest: state.pop(f"{prefix}0.weight") and None
    )
    return m.load_state_dict(model(t).state_dict())


def an_error_of_a_hook(t):
    m = model(t)
    m.register_load_state_dict_pre_hook(lambda *args: args[-1].append("This state is too old."))
    return m.load_state_dict(m.state_dict())


def excused(t):
    """A hook after loading clears the missing keys, and so excuses them."""
    m = model(t)
    m.register_load_state_dict_post_hook(lambda _, keys: keys.missing_keys.clear())
    return repr(m.load_state_dict({}))


def answered(t):
    m = model(t)
    m.register_load_state_dict_post_hook(lambda _, keys: keys)
    return m.load_state_dict(m.state_dict())


def answered_after_saving(t):
    m = model(t)
    m.register_state_dict_post_hook(lambda *args: 3)
    return m.state_dict()


def removed(t):
    m, seen = model(t), []
    m.register_state_dict_post_hook(lambda *args: seen.append("saved")).remove()
    m.register_load_state_dict_pre_hook(lambda *args: seen.append("loaded")).remove()
    m.load_state_dict(m.state_dict())
    return seen


def less_is_saved(t):
    m = model(t)
    m.register_state_dict_post_hook(lambda _, state, prefix, metadata: state.pop("a.bias") and None)
    return sorted(m.state_dict()), sorted(copy.deepcopy(m).state_dict())


@for_every(
    [
        seen_while_saving, seen_before_loading, renamed, taken_away_below, an_error_of_a_hook, excused, answered,
        answered_after_saving, removed, less_is_saved,
    ]
)  # fmt: skip
def test_both_tell_the_same(program):
    tells_the_same(program)


def test_after_loading_each_module_is_seen_after_those_below_it():
    """torch calls them as it goes; here all is loaded first, so that a refused state changes nothing."""
    ours, theirs = seen_after_loading(minigrad), seen_after_loading(torch)
    assert sorted(ours) == sorted(theirs)
    assert [name for name, _ in ours] == ["a", "b.0", "b", ""]


def test_hooks_before_loading_do_not_change_the_state_that_was_given():
    m = model(minigrad)
    m.register_load_state_dict_pre_hook(lambda _, state, *rest: state.clear())
    state = m.state_dict()
    with pytest.raises(RuntimeError, match="Missing key"):
        m.load_state_dict(state)
    assert len(state) == 4
