"""optim.swa_utils: averages of weights, their learning rate, and statistics of batch norms for them."""

import pytest
from both import for_every, tells_the_same

FUNCTIONS = {
    "mean": lambda S: {},
    "avg_fn": lambda S: {"avg_fn": S.get_swa_avg_fn()},
    "multi_avg_fn": lambda S: {"multi_avg_fn": S.get_swa_multi_avg_fn()},
    "ema": lambda S: {"avg_fn": S.get_ema_avg_fn(0.75)},
    "multi ema": lambda S: {"multi_avg_fn": S.get_ema_multi_avg_fn(0.75)},
    "own": lambda S: {"avg_fn": lambda average, weight, n: average * 2 + weight * n},
}


def model(t):
    net = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.BatchNorm1d(2), t.nn.Linear(2, 1).double())
    with t.no_grad():
        for i, x in enumerate(net.parameters()):
            x.copy_(t.arange(x.numel()).reshape(x.shape) + i)
    return net


def averaged(t, options, **more):
    """The state after each of three steps. The numbers have few bits, so that nothing is rounded."""
    net, states = model(t), []
    average = t.optim.swa_utils.AveragedModel(net, **options(t.optim.swa_utils), **more)
    for step in range(1, 4):
        with t.no_grad():
            for x in net.parameters():
                x.mul_(3 - step)
            net[1].running_mean += step * 6
            net[1].num_batches_tracked += 4
        average.update_parameters(net)
        states.append({name: x.tolist() for name, x in average.state_dict().items()})
    return states, average, net.state_dict()


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_averages_are_torchs(name, use_buffers):
    tells_the_same(lambda t: averaged(t, FUNCTIONS[name], use_buffers=use_buffers))


def rates(t, **options):
    w, v = (t.ones(1, requires_grad=True) for _ in range(2))
    optimizer = t.optim.SGD([{"params": [w]}, {"params": [v], "lr": 0.5}], lr=1.0)
    schedule = t.optim.swa_utils.SWALR(optimizer, **options)
    seen = []
    for _ in range(5):
        optimizer.step()
        schedule.step()
        seen.append(schedule.get_last_lr())
    state = schedule.state_dict()
    fresh = t.optim.swa_utils.SWALR(optimizer, **{**options, "anneal_epochs": 3})
    fresh.load_state_dict(state)
    return seen, sorted(state), fresh.anneal_epochs, fresh.last_epoch, optimizer.param_groups[1]["swa_lr"]


def statistics(t, pack, momentum=0.5):
    net = t.nn.Sequential(t.nn.Linear(2, 2), t.nn.BatchNorm1d(2, momentum=momentum)).eval()
    with t.no_grad():
        for x in net.parameters():
            x.copy_(t.arange(x.numel()).reshape(x.shape))
    batches = [t.arange(4.0).reshape(2, 2) * i for i in range(1, 4)]
    before = t.is_grad_enabled()
    t.optim.swa_utils.update_bn(map(pack, batches), net, device=None)
    layer = net[1]
    found = layer.running_mean, layer.running_var, layer.num_batches_tracked, layer.momentum
    return found, net.training, before == t.is_grad_enabled()


@for_every([
    lambda t: rates(t, swa_lr=0.25, anneal_epochs=4, anneal_strategy="linear"),
    lambda t: rates(t, swa_lr=[0.25, 0.125], anneal_epochs=2, anneal_strategy="linear"),
    lambda t: rates(t, swa_lr=0.25, anneal_epochs=2),
    lambda t: rates(t, swa_lr=0.25, anneal_epochs=0),
    lambda t: rates(t, swa_lr=0.25),
    lambda t: rates(t, swa_lr=[0.25]),
    lambda t: rates(t, swa_lr=0.25, anneal_strategy="exp"),
    lambda t: rates(t, swa_lr=0.25, anneal_epochs=-1),
    lambda t: rates(t, swa_lr=0.25, anneal_epochs=1.5),
    lambda t: statistics(t, lambda x: x),
    lambda t: statistics(t, lambda x: (x, 1)),
    lambda t: statistics(t, lambda x: [x], momentum=None),
    lambda t: t.optim.swa_utils.update_bn([], t.nn.Linear(1, 1)),
    lambda t: t.optim.swa_utils.get_ema_avg_fn(1.5),
    lambda t: t.optim.swa_utils.get_ema_multi_avg_fn(-1),
    lambda t: t.optim.swa_utils.AveragedModel(t.nn.ReLU(), avg_fn=abs, multi_avg_fn=abs),
    lambda t: t.optim.swa_utils.AveragedModel(t.nn.Linear(2, 1), device="cpu"),
    lambda t: t.optim.swa_utils.AveragedModel(model(t)).eval()(t.ones(1, 2)).shape,
])  # fmt: skip
def test_programs_tell_the_same(program):
    tells_the_same(program)
