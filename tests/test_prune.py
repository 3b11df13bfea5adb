"""nn.utils.prune: torch's masks, names, hooks, state dicts and errors."""

import copy
import importlib

from both import for_every, tells_the_same

importlib.import_module("torch.nn.utils.prune")  # torch does not import it by itself


def prune(t):
    return t.nn.utils.prune


def linear(t, n=3, m=2, start=0.0):
    """A layer whose numbers are distinct, also without their signs."""
    layer = t.nn.Linear(n, m)
    with t.no_grad():
        values = t.arange(m * n).reshape(m, n).float()
        layer.weight.copy_(t.where(values % 2 == 0, values + 1, -values - 1) * (1 + start))
        layer.bias.copy_(t.arange(m) + 0.75)
    return layer


def state(module):
    """All that pruning changes in a module."""
    names = [n for n, _ in module.named_parameters()], [n for n, _ in module.named_buffers()]
    return names, {n: x.tolist() for n, x in module.state_dict().items()}, module.weight, str(module)


def pruned(t, *steps):
    """The state after each of these steps, after a step of training, and after remove."""
    layer, states = linear(t), []
    for step in steps:
        t.manual_seed(1)
        assert step(layer) is layer
        states.append(state(layer))
    layer(t.ones(3)).sum().backward()
    states.append([x.grad for x in layer.parameters()])
    hooks = [type(h).__name__ for h in layer._forward_pre_hooks.values()]
    twin = copy.deepcopy(layer)
    is_pruned = prune(t).is_pruned(t.nn.Sequential(layer))
    prune(t).remove(layer, "weight")
    return states, hooks, is_pruned, state(layer), prune(t).is_pruned(layer), state(twin)


def through_all_layers(t, method="L1Unstructured", before=False, **options):
    layers = [linear(t), linear(t, 2, 2, 0.125)]
    if before:
        prune(t).ln_structured(layers[0], "weight", 1, 2, dim=0)
    t.manual_seed(1)
    places = [(layers[0], "weight"), (layers[1], "weight"), (layers[1], "bias")]
    prune(t).global_unstructured(places, getattr(prune(t), method), **options)
    return [state(layer) for layer in layers]


def own_method(t):
    class EveryOther(prune(t).BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    layer = linear(t)
    EveryOther.apply(layer, "weight")
    prune(t).l1_unstructured(layer, "weight", 1)
    (container,) = layer._forward_pre_hooks.values()
    kinds = [type(method).__name__ for method in container]
    return state(layer), kinds, len(container), container._tensor_name, EveryOther().prune(t.ones(4))


def after_an_error(t):
    """The layer, which is as before."""
    layer = linear(t)
    try:
        prune(t).l1_unstructured(layer, "weight", 100)
    except ValueError as error:
        return str(error), state(layer)


def scores(t):
    return (t.arange(6.0) - 2.5).reshape(2, 3)


@for_every([
    lambda t: pruned(t, lambda x: prune(t).identity(x, "weight")),
    lambda t: pruned(t, lambda x: prune(t).l1_unstructured(x, "weight", 2)),
    lambda t: pruned(t, lambda x: prune(t).l1_unstructured(x, "weight", 0.3)),
    lambda t: pruned(t, lambda x: prune(t).l1_unstructured(x, "weight", amount=0)),
    lambda t: pruned(t, lambda x: prune(t).l1_unstructured(x, "weight", 3, importance_scores=scores(t) ** 3)),
    lambda t: pruned(t, lambda x: prune(t).random_unstructured(x, "weight", 4)),
    lambda t: pruned(t, lambda x: prune(t).random_structured(x, "weight", 1, dim=0)),
    lambda t: pruned(t, lambda x: prune(t).random_structured(x, "weight", 0.5, dim=1)),
    lambda t: pruned(t, lambda x: prune(t).ln_structured(x, "weight", 1, n=2, dim=1)),
    lambda t: pruned(t, lambda x: prune(t).ln_structured(x, "weight", 0.5, n=1, dim=-2)),
    lambda t: pruned(t, lambda x: prune(t).ln_structured(x, "weight", 1, float("inf"), -1, scores(t))),
    lambda t: pruned(t, lambda x: prune(t).custom_from_mask(x, "weight", t.tensor([[1, 0, 1], [0, 0, 1]]))),
    lambda t: pruned(
        t, lambda x: prune(t).l1_unstructured(x, "weight", 2), lambda x: prune(t).l1_unstructured(x, "weight", 0.5)
    ),
    lambda t: pruned(
        t,
        lambda x: prune(t).ln_structured(x, "weight", 1, 2, dim=1),
        lambda x: prune(t).random_unstructured(x, "weight", 1),
        lambda x: prune(t).ln_structured(x, "weight", 1, 1, dim=1),
        lambda x: prune(t).identity(x, "weight"),
    ),
    lambda t: through_all_layers(t, amount=0.4),
    lambda t: through_all_layers(t, amount=3, before=True),
    lambda t: through_all_layers(t, "RandomUnstructured", amount=5),
    lambda t: through_all_layers(t, "LnStructured", amount=5, n=2),
    lambda t: through_all_layers(t, amount=1, importance_scores=3),
    lambda t: prune(t).global_unstructured(3, prune(t).L1Unstructured, amount=1),
    own_method,
    after_an_error,
    lambda t: prune(t).L1Unstructured(2).prune(t.arange(4.0), importance_scores=-t.arange(4.0)),
    lambda t: prune(t).L1Unstructured(2).prune(t.arange(4.0), importance_scores=t.ones(2)),
    lambda t: prune(t).remove(linear(t), "weight"),
    lambda t: prune(t).l1_unstructured(linear(t), "weight", "many"),
    lambda t: prune(t).l1_unstructured(linear(t), "weight", -1),
    lambda t: prune(t).l1_unstructured(linear(t), "weight", 1.5),
    lambda t: prune(t).l1_unstructured(linear(t), "weight", 1, importance_scores=t.ones(3)),
    lambda t: prune(t).l1_unstructured(linear(t), "height", 1),
    lambda t: prune(t).random_structured(linear(t), "bias", 1, 0),
    lambda t: prune(t).ln_structured(linear(t), "weight", 1, 2, dim=2),
    lambda t: prune(t).ln_structured(linear(t), "weight", 5, 2, dim=1),
    lambda t: prune(t).custom_from_mask(linear(t), "weight", t.ones(2)),
    lambda t: prune(t).PruningContainer(3),
    lambda t: prune(t).BasePruningMethod(),
])  # fmt: skip
def test_programs_tell_the_same(program):
    tells_the_same(program)
