"""The schedulers: every rate is PyTorch's to the last bit, over hundreds of steps; states, warnings and errors too."""

import copy
import pickle

import pytest
import torch
from both import for_every, tells_the_same
from hypothesis import given
from hypothesis import strategies as st

import minigrad

# -- every rate equals PyTorch's --------------------------------------------------------------------------------

EPOCHS = st.integers(1, 40)
GAMMA = st.floats(0, 2)
SHARES = st.floats(2**-10, 1)
FACTORS = st.floats(0, 1)
OPTIONS = {
    "StepLR": {"step_size": EPOCHS, "gamma": GAMMA},
    "MultiStepLR": {"milestones": st.lists(st.integers(0, 60), max_size=6), "gamma": GAMMA},
    "ExponentialLR": {"gamma": GAMMA},
    "ConstantLR": {"factor": SHARES, "total_iters": EPOCHS},
    "LinearLR": {"start_factor": SHARES, "end_factor": FACTORS, "total_iters": EPOCHS},
    "PolynomialLR": {"total_iters": EPOCHS, "power": st.floats(0, 4)},
    "LambdaLR": {"lr_lambda": st.sampled_from([lambda t: 0.95**t, lambda t: 1 / (1 + t), lambda t: t % 7])},
    "MultiplicativeLR": {"lr_lambda": st.sampled_from([lambda t: 0.95, lambda t: 1 + 1 / (1 + t)])},
    "CosineAnnealingLR": {"T_max": EPOCHS, "eta_min": FACTORS},
    "CosineAnnealingWarmRestarts": {"T_0": EPOCHS, "T_mult": st.integers(1, 3), "eta_min": FACTORS},
    "CyclicLR": {
        "base_lr": FACTORS, "max_lr": FACTORS, "step_size_up": EPOCHS, "step_size_down": st.none() | EPOCHS,
        "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]), "gamma": FACTORS,
        "cycle_momentum": st.booleans(), "scale_mode": st.sampled_from(["cycle", "iterations"]),
        "scale_fn": st.sampled_from([None, lambda x: 1 / (1 + x)]),
        "base_momentum": FACTORS, "max_momentum": FACTORS,
    },
    "OneCycleLR": {
        "max_lr": FACTORS, "total_steps": st.integers(2, 300), "pct_start": st.floats(0.125, 0.875),
        "anneal_strategy": st.sampled_from(["cos", "linear"]), "cycle_momentum": st.booleans(),
        "base_momentum": FACTORS, "max_momentum": FACTORS, "div_factor": st.floats(1, 100),
        "final_div_factor": st.floats(1, 1e5), "three_phase": st.booleans(),
    },
}  # fmt: skip
NEEDED = {"T_max", "T_0", "base_lr", "max_lr", "total_steps", "step_size", "milestones", "lr_lambda"}
STEPS = 300


def made(t, optimizer="SGD", lrs=(0.7, 0.3)):
    """An optimiser of two groups that has been stepped once a scheduler asks."""
    groups = [{"params": [t.nn.Parameter(t.ones(1))], "lr": lr} for lr in lrs]
    options = {"momentum": 0.5} if optimizer == "SGD" else {}
    return getattr(t.optim, optimizer)(groups, lr=0.1, **options)


def course(t, make, optimizer="SGD", steps=STEPS, lrs=(0.7, 0.3), step=lambda scheduler, k: scheduler.step()):
    """What a scheduler sets in every epoch: the rates, and the momentum or β₁; at last its state, or an error."""
    o = made(t, optimizer, lrs)
    o.step()
    seen = []
    try:
        scheduler = make(t.optim.lr_scheduler, o)
        for k in range(steps):
            o.step()
            options = [(group["lr"], group.get("momentum"), group.get("betas")) for group in o.param_groups]
            seen.append((options, scheduler.get_last_lr()))
            step(scheduler, k)
    except (ZeroDivisionError, ValueError, OverflowError) as error:
        return seen, type(error).__name__, str(error).split("\n")[0]
    return seen, ordered(scheduler.state_dict())


def ordered(value):
    """The text of a state, whatever the order of its entries."""
    if isinstance(value, dict):
        return [(key, ordered(value[key])) for key in sorted(value, key=str)]
    return [ordered(each) for each in value] if isinstance(value, list) else repr(value)


def options_of(name, data):
    """Options of a scheduler; those that have a default may be left out."""
    needed = {
        key: value
        for key, value in OPTIONS[name].items()
        if key in NEEDED or (key == "gamma" and len(OPTIONS[name]) == 1)
    }
    others = {key: value for key, value in OPTIONS[name].items() if key not in needed}
    return data.draw(st.fixed_dictionaries(needed, optional=others))


@pytest.mark.parametrize("name", OPTIONS)
@given(data=st.data())
def test_every_rate_is_torchs(name, data):
    options = options_of(name, data)
    optimizer = data.draw(st.sampled_from(["SGD", "Adam"]))
    steps = data.draw(st.sampled_from([3, 50, STEPS]))
    make = lambda schedulers, o: getattr(schedulers, name)(o, **options)
    assert course(minigrad, make, optimizer, steps) == course(torch, make, optimizer, steps)


@pytest.mark.parametrize("name", [name for name in OPTIONS if name not in ("MultiplicativeLR", "OneCycleLR")])
@pytest.mark.filterwarnings("ignore:The epoch parameter")
@given(data=st.data())
def test_every_rate_is_torchs_at_an_epoch_that_is_told(name, data):
    options, epochs = options_of(name, data), data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=8))
    make = lambda schedulers, o: getattr(schedulers, name)(o, **options)
    step = lambda scheduler, k: scheduler.step(epochs[k] if k < len(epochs) else None)
    ours, theirs = (course(t, make, steps=len(epochs) + 3, step=step) for t in (minigrad, torch))
    assert ours == theirs


@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=60),
    st.sampled_from(["min", "max"]), st.sampled_from(["rel", "abs"]),
    st.integers(0, 4), st.integers(0, 3), FACTORS.filter(lambda f: f < 1), st.floats(0, 0.5),
    st.sampled_from([0, 0.01, [0.1, 0.001]]), st.sampled_from([1e-8, 0.0, 0.1]),
)  # fmt: skip
def test_a_plateau_is_seen_when_torch_sees_it(
    metrics, mode, how, patience, cooldown, factor, threshold, least, eps
):
    make = lambda schedulers, o: schedulers.ReduceLROnPlateau(
        o, mode, factor, patience, threshold, how, cooldown, least, eps
    )
    step = lambda scheduler, k: scheduler.step(metrics[k])
    ours, theirs = (course(t, make, steps=len(metrics), step=step) for t in (minigrad, torch))
    assert ours == theirs


PARTS = {
    "warm up": lambda s, o: s.LinearLR(o, 0.1, total_iters=4),
    "constant": lambda s, o: s.ConstantLR(o, 0.5, 3),
    "down": lambda s, o: s.ExponentialLR(o, 0.9),
    "stairs": lambda s, o: s.StepLR(o, 3, 0.5),
    "wave": lambda s, o: s.CosineAnnealingLR(o, 7, 0.01),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2),
    "curve": lambda s, o: s.PolynomialLR(o, 9, 2.0),
    "lambda": lambda s, o: s.LambdaLR(o, [lambda t: 1 / (1 + t), lambda t: 0.9**t]),
}
SEVERAL = st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=4)


@given(SEVERAL, st.lists(st.integers(1, 20), min_size=3, max_size=3, unique=True).map(sorted))
def test_one_schedule_after_the_other(names, milestones):
    def make(schedulers, o):
        parts = [PARTS[name](schedulers, o) for name in names]
        return schedulers.SequentialLR(o, parts, milestones[: len(names) - 1])

    assert course(minigrad, make, steps=60) == course(torch, make, steps=60)


@given(SEVERAL, SEVERAL)
def test_several_schedules_at_once(names, others):
    def make(schedulers, o):
        parts = [PARTS[name](schedulers, o) for name in names]
        first = schedulers.ChainedScheduler([PARTS[name](schedulers, o) for name in others])
        return schedulers.ChainedScheduler([first, *parts])

    assert course(minigrad, make, steps=40) == course(torch, make, steps=40)


@pytest.mark.parametrize("name", PARTS)
@given(first=st.integers(0, 12), second=st.integers(0, 12))
def test_a_training_goes_on_from_its_state(name, first, second):
    """The state of one library serves in the other one; and a scheduler may begin at an epoch, with last_epoch."""

    def run(t, steps, state=None, groups=None, lrs=(0.7, 0.3)):
        o = made(t, lrs=lrs)
        scheduler = PARTS[name](t.optim.lr_scheduler, o)
        if state is not None:
            scheduler.load_state_dict(state)
            for group, lr in zip(o.param_groups, groups, strict=True):
                group["lr"] = lr
        seen = []
        for _ in range(steps):
            o.step()
            scheduler.step()
            seen.append(scheduler.get_last_lr())
        return seen, scheduler.state_dict(), [g["lr"] for g in o.param_groups]

    whole, _, _ = run(torch, first + second)
    for one, other in ((torch, minigrad), (minigrad, torch), (minigrad, minigrad)):
        _, state, groups = run(one, first)
        begun = copy.deepcopy(state)
        then, _, _ = run(other, second, state, groups)
        assert then == whole[first:]
        assert state == begun  # loading does not change it


# -- texts, warnings and errors ---------------------------------------------------------------------------------


def several(s, o):
    return [s.StepLR(o, 2), s.ExponentialLR(o, 0.5)]


class Scale:
    """A callable with attributes: they are in the state dict."""

    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return self.by / (1 + x)


PROGRAMS = [
    lambda t, s, o: s.StepLR(o, 2).state_dict(),
    lambda t, s, o: s.MultiStepLR(o, [2, 2, 5]).state_dict(),
    lambda t, s, o: s.ExponentialLR(o, 0.5).state_dict(),
    lambda t, s, o: s.ConstantLR(o).state_dict(),
    lambda t, s, o: s.LinearLR(o).state_dict(),
    lambda t, s, o: s.PolynomialLR(o).state_dict(),
    lambda t, s, o: s.LambdaLR(o, lambda x: x).state_dict(),
    lambda t, s, o: s.LambdaLR(o, [Scale(3), lambda x: x]).state_dict(),
    lambda t, s, o: s.CosineAnnealingLR(o, 5).state_dict(),
    lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 5).state_dict(),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 20).state_dict(),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 20, three_phase=True).state_dict(),
    lambda t, s, o: s.ReduceLROnPlateau(o).state_dict(),
    lambda t, s, o: s.SequentialLR(o, several(s, o), [3]).state_dict(),
    lambda t, s, o: s.ChainedScheduler(several(s, o)).state_dict(),
    lambda t, s, o: {k: v for k, v in s.CyclicLR(o, 0.1, 0.5).state_dict().items() if "scale_fn" not in k},
    lambda t, s, o: s.CyclicLR(o, 0.1, 0.5, scale_fn=Scale(2)).state_dict(),
    lambda t, s, o: (s.OneCycleLR(o, 0.5, epochs=3, steps_per_epoch=4).last_epoch, o),
    lambda t, s, o: (s.CyclicLR(o, 0.1, 0.5).last_epoch, o),
    lambda t, s, o: (s.StepLR(o, 2).last_epoch, o, o.state_dict()),
    lambda t, s, o: (s.StepLR(o, 2).get_lr(),),
    lambda t, s, o: (lambda x: (x.step(), x.step()))(s.StepLR(o, 2)),
    lambda t, s, o: (lambda x: (o.step(), x.step(), x.step()))(s.StepLR(o, 2)),
    lambda t, s, o: (o.step(), (lambda x: x.step())(s.StepLR(o, 2))),
    lambda t, s, o: (lambda x, y: (o.step(), x.step(), y.step()))(s.StepLR(o, 2), s.ExponentialLR(o, 0.5)),
    lambda t, s, o: (lambda x: (setattr(o, "step", lambda: 0), x.step()))(s.StepLR(o, 2)),
    lambda t, s, o: (lambda x: (o.step(), x.step(3), x.get_last_lr()))(s.StepLR(o, 2)),
    lambda t, s, o: (lambda x: (x.step(1.0), x.step(2.0, 5), x.state_dict()))(s.ReduceLROnPlateau(o, patience=0)),
    lambda t, s, o: (lambda x: (x.step(t.tensor(1.0)), x.step(t.tensor([2.0])), x.best))(s.ReduceLROnPlateau(o)),
    lambda t, s, o: (lambda x: (o.step(), x.step(2.5), x.T_cur, x.last_epoch))(s.CosineAnnealingWarmRestarts(o, 2)),
    lambda t, s, o: (lambda x: [(o.step(), x.step(), x.last_epoch) for _ in range(4)])(s.OneCycleLR(o, 0.5, 3)),
    lambda t, s, o: [(o.step(), x.step(), o.param_groups[0]["lr"]) for x in [s.StepLR(o, 1)] for _ in range(3)],
    lambda t, s, o: [x.get_last_lr() for x in (
        s.StepLR(o, 2), s.StepLR(o, 2, last_epoch=4), s.CosineAnnealingLR(o, 9, 0, 4), s.ExponentialLR(o, 0.5, 3),
        s.LinearLR(o, last_epoch=3), s.MultiplicativeLR(o, lambda x: 0.5, 3), s.PolynomialLR(o, 9, last_epoch=3))],
    lambda t, s, o: s.StepLR(3, 2),
    lambda t, s, o: s.StepLR(t.nn.Linear(1, 1), 2),
    lambda t, s, o: s.LambdaLR(3, 2),
    lambda t, s, o: s.OneCycleLR(3, 2),
    lambda t, s, o: s.CyclicLR("a", 1, 2),
    lambda t, s, o: s.ReduceLROnPlateau(3),
    lambda t, s, o: s.LRScheduler(o),
    lambda t, s, o: s.StepLR(o),
    lambda t, s, o: s.StepLR(o, 0).last_epoch,
    lambda t, s, o: s.StepLR(o, "a").last_epoch,
    lambda t, s, o: s.LambdaLR(o, [lambda x: x]),
    lambda t, s, o: s.MultiplicativeLR(o, 3),
    lambda t, s, o: s.MultiplicativeLR(o, [lambda x: x]),
    lambda t, s, o: s.ConstantLR(o, 2.0),
    lambda t, s, o: s.ConstantLR(o, -1),
    lambda t, s, o: s.LinearLR(o, 0),
    lambda t, s, o: s.LinearLR(o, 1, 2),
    lambda t, s, o: s.OneCycleLR(o, 0.5),
    lambda t, s, o: s.OneCycleLR(o, 0.5, epochs=3),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 0),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 2.5),
    lambda t, s, o: s.OneCycleLR(o, 0.5, epochs=-1, steps_per_epoch=3),
    lambda t, s, o: s.OneCycleLR(o, 0.5, epochs=1, steps_per_epoch=0.5),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 10, pct_start=2.0),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 10, pct_start=1),
    lambda t, s, o: s.OneCycleLR(o, 0.5, 10, anneal_strategy="sin"),
    lambda t, s, o: s.OneCycleLR(o, [0.5], 10),
    lambda t, s, o: s.OneCycleLR(t.optim.Adagrad([t.nn.Parameter(t.ones(1))]), 0.5, 10),
    lambda t, s, o: s.OneCycleLR(t.optim.Adagrad([t.ones(1)]), 0.5, 10, cycle_momentum=False).last_epoch,
    lambda t, s, o: s.CyclicLR(o, 0.1, 0.5, mode="round"),
    lambda t, s, o: s.CyclicLR(o, [0.1], 0.5),
    lambda t, s, o: s.CyclicLR(o, 0.1, [0.5]),
    lambda t, s, o: s.CyclicLR(o, 0.1, 0.5, base_momentum=[0.1]),
    lambda t, s, o: s.CyclicLR(t.optim.Adagrad([t.nn.Parameter(t.ones(1))]), 0.1, 0.5),
    lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2.5),
    lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2, 0),
    lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2, eta_min="a"),
    lambda t, s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
    lambda t, s, o: s.ReduceLROnPlateau(o, factor=1.0),
    lambda t, s, o: s.ReduceLROnPlateau(o, "best"),
    lambda t, s, o: s.ReduceLROnPlateau(o, threshold_mode="best"),
    lambda t, s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    lambda t, s, o: s.ReduceLROnPlateau(o).step(),
    lambda t, s, o: s.ReduceLROnPlateau(o).step("a"),
    lambda t, s, o: (lambda x: (o.add_param_group({"params": t.nn.Parameter(t.ones(1))}), x.step(1), x.step(2), o))(
        s.ReduceLROnPlateau(o, patience=0)),
    lambda t, s, o: (lambda x: (o.add_param_group({"params": t.nn.Parameter(t.ones(1))}), x.step(1), x.step(2)))(
        s.ReduceLROnPlateau(o, patience=0, min_lr=[0, 0])),
    lambda t, s, o: (lambda x: (o.add_param_group({"params": t.ones(1)}), o.step(), x.step()))(s.LambdaLR(o, abs)),
    lambda t, s, o: s.SequentialLR(o, [], []),
    lambda t, s, o: s.SequentialLR(o, several(s, o), []),
    lambda t, s, o: s.SequentialLR(o, [3], []),
    lambda t, s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    lambda t, s, o: s.SequentialLR(made(t), several(s, o), [1]),
    lambda t, s, o: s.ChainedScheduler([]),
    lambda t, s, o: s.ChainedScheduler([s.StepLR(o, 1), s.StepLR(made(t), 1)]),
    lambda t, s, o: s.ChainedScheduler([s.StepLR(o, 1), 3]),
    lambda t, s, o: s.ChainedScheduler(several(s, o), made(t)),
    lambda t, s, o: (issubclass(s.StepLR, s.LRScheduler), isinstance(s.StepLR(o, 1), s._LRScheduler)),
]  # fmt: skip


@for_every(PROGRAMS)
def test_what_is_said(program):
    tells_the_same(lambda t: program(t, t.optim.lr_scheduler, made(t)))


@pytest.mark.parametrize("t", [minigrad, torch], ids=["minigrad", "torch"])
def test_a_training_that_goes_on_needs_the_first_rate(t):
    with pytest.raises(
        KeyError, match=r"param 'initial_lr' is not specified in param_groups\[0\] when resuming"
    ):
        t.optim.lr_scheduler.StepLR(made(t), 2, last_epoch=4)


def test_a_rate_that_is_a_tensor_stays_the_same_tensor():
    def run(t):
        lrs = t.tensor(0.5), t.tensor([0.25])
        o = made(t, lrs=lrs)
        s = t.optim.lr_scheduler
        schedulers = [s.StepLR(o, 2, 0.5), s.ExponentialLR(o, 0.75), s.LinearLR(o, 0.5)]
        seen = []
        for _ in range(6):
            o.step()
            for scheduler in schedulers:
                scheduler.step()
            seen.append(
                [(lr.clone(), group["lr"] is lr) for lr, group in zip(lrs, o.param_groups, strict=True)]
            )
        return seen, schedulers[0].get_last_lr()[0] is lrs[0], schedulers[1].state_dict()

    tells_the_same(run)


def test_one_of_ones_own():
    def run(t):
        class Halved(t.optim.lr_scheduler.LRScheduler):
            def get_lr(self):
                return [base_lr / 2**self.last_epoch for base_lr in self.base_lrs]

        o = made(t)
        own = Halved(o)
        for _ in range(3):
            o.step()
            own.step()
        return own.get_last_lr(), own.state_dict(), o

    tells_the_same(run)


@pytest.mark.parametrize("t", [minigrad, torch], ids=["minigrad", "torch"])
def test_an_optimiser_and_its_scheduler_can_be_pickled_and_copied(t):
    o = made(t)
    scheduler = t.optim.lr_scheduler.StepLR(o, 1, 0.5)
    for each in (copy.deepcopy(o), pickle.loads(pickle.dumps(o))):
        each.step()
        assert [group["lr"] for group in each.param_groups] == [0.7, 0.3]
    o.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.35, 0.15]


def test_a_training_with_a_schedule_is_equal_on_exchanged_kernels():
    """OneCycleLR turns the rate and β₁ of an Adam at every step."""
    from sidebyside.exchange import minigrad_kernels

    def run(t):
        t.manual_seed(0)
        layer = t.nn.Linear(3, 2)
        with t.no_grad():
            layer.weight.copy_(t.arange(6.0).reshape(2, 3) / 8)
            layer.bias.zero_()
        x = t.arange(12.0).reshape(4, 3) / 4
        o = t.optim.Adam(layer.parameters())
        scheduler = t.optim.lr_scheduler.OneCycleLR(o, 0.1, 30)
        for _ in range(30):
            o.zero_grad()
            (layer(x) ** 2).mean().backward()
            o.step()
            scheduler.step()
        return layer.weight.tolist(), o.param_groups[0]["betas"], scheduler.get_last_lr()

    ours = run(minigrad)
    with minigrad_kernels():
        assert run(torch) == ours
