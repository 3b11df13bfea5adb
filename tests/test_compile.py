"""A compiled step is the eager step, bit for bit: losses, gradients, weights, in every step."""

import inspect
import math
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from both import sampled
from hypothesis import given

import minigrad as torch
from minigrad import train
from minigrad.autograd.op import differentiable
from minigrad.models import MODELS
from minigrad.train import cross_entropy
from sidebyside import data
from sidebyside.programs import drawn
from sidebyside.programs.ops import TABLE
from sidebyside.runs import Config, start

OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, 0.1),
    "momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "Adam": lambda p: torch.optim.Adam(p),
    "AdamW": lambda p: torch.optim.AdamW(p, amsgrad=True),
    "NAdam": lambda p: torch.optim.NAdam(p),
    "RMSprop": lambda p: torch.optim.RMSprop(p, centered=True, momentum=0.5),
    "Adagrad": lambda p: torch.optim.Adagrad(p),
}


def batch(seed, n=6, inputs=5, classes=3, dtype=np.float32):
    r = np.random.default_rng(seed)
    return torch.from_numpy(r.normal(size=(n, inputs)).astype(dtype)), torch.from_numpy(
        r.integers(0, classes, n)
    )


def training(name, make_optimizer, dtype=torch.float32, dropout=0.0):
    """A model and its step, the same at each call."""
    torch.manual_seed(0)
    model = MODELS[name](5, 8, 3).to(dtype)
    optimizer = make_optimizer(list(model.parameters()))
    criterion = torch.nn.CrossEntropyLoss()

    def step(x, y):
        loss = criterion(model(torch.nn.functional.dropout(x, dropout)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return model, step


def manual(name):
    """The tutorial's step by hand."""
    torch.manual_seed(0)
    model = MODELS[name](5, 8, 3)

    def step(x, y):
        loss = cross_entropy(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for param in model.parameters():
                param -= 0.1 * param.grad
        return loss

    return model, step


def bits(*tensors):
    return [None if t is None else (str(t.dtype), t.detach().numpy().tobytes()) for t in tensors]


def programs(compiled):
    return [program for kind in compiled.kinds.values() for program in kind.programs]


def same_steps(eager, compiled, batches):
    """Take the steps side by side; the last must have been repeated from a list."""
    (model, step), (twin, twin_step) = eager, compiled
    repeated = torch.compile(twin_step)
    for x, y in batches:
        torch.manual_seed(int(y.sum()))
        loss = step(x, y)
        after = torch.get_rng_state()
        torch.manual_seed(int(y.sum()))
        assert bits(loss) == bits(repeated(x, y))
        assert bits(after) == bits(torch.get_rng_state())
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert bits(p, p.grad) == bits(q, q.grad)
            assert p._version == q._version
    assert programs(repeated)
    return repeated


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_every_step_is_the_eager_one(name, optimizer):
    made = [training(name, OPTIMIZERS[optimizer]) for _ in range(2)]
    same_steps(*made, [batch(seed) for seed in range(8)])


@pytest.mark.parametrize("name", MODELS)
def test_the_step_by_hand_is_the_eager_one(name):
    same_steps(manual(name), manual(name), [batch(seed) for seed in range(6)])


def test_float64_and_dropout_which_draws_anew():
    made = [training("custom", OPTIMIZERS["Adam"], torch.float64, dropout=0.5) for _ in range(2)]
    same_steps(*made, [batch(seed, dtype=np.float64) for seed in range(6)])


def test_each_shape_has_its_list_and_a_learning_rate_may_change():
    made = [training("sequential", OPTIMIZERS["SGD"]) for _ in range(2)]
    repeated = same_steps(*made, [batch(seed, n) for n in (6, 4, 100) for seed in range(4)])
    assert len(programs(repeated)) == 3


def test_a_compiled_module_and_a_loss_outside():
    (model, _), (twin, _) = (training("residual", OPTIMIZERS["SGD"]) for _ in range(2))
    compiled = torch.compile(twin)
    for seed in range(5):
        x, y = batch(seed)
        for each in (model, compiled):
            each.zero_grad()
            torch.nn.functional.cross_entropy(each(x), y).backward()
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert bits(p.grad) == bits(q.grad)
    assert programs(compiled.forward)


# -- every op -----------------------------------------------------------------------------------------------


def inputs_of(case, seed):
    r = np.random.default_rng(seed)
    arrays = [r.integers(-6, 7, size=shape) / 2 for shape in case.fixed_shapes()]
    positive = case.positive or case.divides
    return [torch.from_numpy(np.asarray(abs(a) + 0.5 if positive else a, case.kinds[0])) for a in arrays]


def forward_and_backward(case):
    """The values of a program, and the gradients of the sum of their squares."""

    def step(*inputs):
        leaves = [x.clone().requires_grad_(x.dtype.is_floating_point) for x in inputs]
        outputs = case.program(torch, *leaves)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        total = sum((z * z).sum() for z in outputs if z.requires_grad)
        if isinstance(total, torch.Tensor):
            total.backward()
        return [*outputs, *(x.grad for x in leaves if x.grad is not None)]

    return step


@pytest.mark.parametrize("case", sampled(TABLE, 2), ids=lambda case: case.name)
def test_every_op_is_repeated_or_refused(case):
    step = forward_and_backward(case)
    compiled = torch.compile(step)
    for seed in (0, 0, 1, 2):  # recorded twice with the same numbers: what they made is no constant
        inputs = inputs_of(case, seed)
        expected = step(*inputs)
        if case.name in REFUSED:
            with pytest.raises(RuntimeError, match="reads numbers"):
                compiled(*inputs)
            return
        found = compiled(*inputs)
        assert bits(*found) == bits(*expected)
        assert [z.stride() for z in found] == [z.stride() for z in expected]
    assert programs(compiled)


REFUSED = (
    set(  # a mask whose trues are counted, an index that becomes a number, draws for some, checks of classes
        """mask mask-fixed mask-2d mask-second mask-and-index mask-none masked_select put-mask put-mask-values
    index-number-in-tensor repeat_interleave-tensor rrelu multi_margin_loss
    multi_margin_loss-squares multilabel_margin_loss""".split()
    )
)


# -- random programs ----------------------------------------------------------------------------------------

LEAF = re.compile(r"([a-z]) = torch\.tensor\((.*), dtype=torch\.(\w+)(, requires_grad=True)?\)")


def step_of(program):
    """A random program as a function of its leaves, which gives every tensor and gradient; and its leaves."""
    leaves, lines = [], []
    for statement in program.statements:
        if leaf := LEAF.fullmatch(statement):
            name, numbers, dtype, grad = leaf.groups()
            leaves.append(torch.tensor(eval(numbers, vars(math)), dtype=getattr(torch, dtype)))
            statement = f"{name} = inputs[{len(leaves) - 1}].clone().requires_grad_({bool(grad)})"
        lines.append(statement)
    code = compile("\n".join(lines), "<program>", "exec")

    def step(*inputs):
        scope = {"torch": torch, "inputs": inputs, "inf": math.inf, "nan": math.nan}
        exec(code, scope)
        variables = [value for name, value in scope.items() if len(name) == 1]
        lists = [value if isinstance(value, (tuple, list)) else [value] for value in variables]
        tensors = [value for values in lists for value in values if value is not None]
        leaves = [t for t in tensors if t.is_leaf or t.retains_grad]
        return [*(t.detach() for t in tensors), *(t.grad for t in leaves if t.grad is not None)]

    return step, leaves


def other_numbers(leaves, seed):
    r = np.random.default_rng(seed)
    return [torch.from_numpy(np.asarray(r.standard_normal(x.shape), x.numpy().dtype)) for x in leaves]


def outcome(step, inputs):
    """The bits and strides of what a step returns, or its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [(bits(z), z.stride(), z.dtype) for z in step(*inputs)]
        except Exception as error:
            return f"{type(error).__name__}: {error}"


@given(drawn.programs(exact=False) | drawn.programs(exact=False, second=True))
def test_random_programs_with_other_numbers(program):
    """The same shapes, drawn again: every variable and gradient has eager's bits, or the program reads numbers."""
    step, leaves = step_of(program)
    compiled = torch.compile(step)
    for inputs in (leaves, leaves, other_numbers(leaves, 1), other_numbers(leaves, 2)):
        expected, found = outcome(step, inputs), outcome(compiled, inputs)
        if "reads numbers" in found:
            assert (
                "nonzero" in found or "(int)" in found
            )  # a mask whose trues are counted; an index by a tensor
            return
        assert found == expected


# -- what a list cannot do ----------------------------------------------------------------------------------


def line_of(function, text):
    lines, start = inspect.getsourcelines(function)
    return start + next(i for i, line in enumerate(lines) if text in line)


def item(x):
    return x.sum().item()


def branch(x):
    if x.sum() > 0:
        return x
    return -x


def shown(x):
    print(x.sum())
    return x


def told(x):
    print("a step")
    return x * 2


def numpys(x):
    return torch.from_numpy(x.numpy() + 1)


def looped(x):
    return sum(x * i for i in range(int(x[0])))


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (item, ".item()"),
        (branch, "if x.sum()"),
        (shown, "print"),
        (told, "print"),
        (numpys, ".numpy()"),
        (looped, "int("),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_number_that_leaves_is_refused_with_its_line(function, text):
    with pytest.raises(RuntimeError, match=rf"test_compile.py:{line_of(function, text)} reads numbers"):
        torch.compile(function)(torch.ones(3))
    assert torch.ones(3).sum().item() == 3  # nothing is left as it was while recording


def test_a_mask_is_refused_with_what_keeps_the_shape():
    with pytest.raises(RuntimeError, match=r"torch\.where and masked_fill keep the shape"):
        torch.compile(lambda x: x[x > 0].sum())(torch.ones(3))


def test_classes_that_become_rows_are_checked_in_each_run():
    rows = torch.compile(lambda y: torch.nn.functional.one_hot(y, 3) * 2)
    for _ in range(2):
        assert rows(torch.tensor([0, 2])).tolist() == [[2, 0, 0], [0, 0, 2]]
        assert rows(torch.tensor([1, 1])).tolist() == [[0, 2, 0], [0, 2, 0]]
    with pytest.raises(RuntimeError, match="Class values must be smaller than num_classes"):
        rows(torch.tensor([0, 3]))


def test_a_tensor_that_is_kept_outside_is_refused():
    kept = []
    with pytest.raises(RuntimeError, match="Return it from the step"):
        torch.compile(lambda x: kept.append(x * 2))(torch.ones(3))
    assert kept[0].tolist() == [2, 2, 2]


@pytest.mark.parametrize("make", [np.array, np.asarray, np.ascontiguousarray, np.asfortranarray], ids=str)
def test_an_op_may_make_an_ordinary_array(make):
    @differentiable(x=lambda dz: dz * 2)
    def doubled(x):
        """z = 2x        dx = 2dz"""
        return getattr(np, make.__name__)(x.T) * np.float32(2)

    compiled = torch.compile(lambda x: doubled(x.clone()))
    for _ in range(2):  # the same numbers twice: what was made of them is no constant
        compiled(torch.ones(2, 3))
    assert programs(compiled)
    assert bits(compiled(torch.arange(6.0).view(2, 3))) == bits(torch.arange(6.0).view(2, 3).T * 2)


@pytest.mark.parametrize("value", [np.ones(2), {1, 2}, [bytearray(b"x")]], ids=["array", "set", "bytearray"])
def test_an_argument_without_a_hash_is_refused(value):
    with pytest.raises(TypeError, match="which has no hash"):
        torch.compile(lambda x, other: x * 2)(torch.ones(2), value)


def test_what_differs_at_each_call_stays_eager_and_is_told():
    times = iter(range(1, 100))
    compiled = torch.compile(lambda x: x * next(times))
    with pytest.warns(UserWarning, match=r"stays eager.*multiply\(x0, 8, out=m1\)"):
        found = [compiled(torch.ones(1)).item() for _ in range(10)]
    assert found == list(range(1, 11))


# -- what may change between two calls ----------------------------------------------------------------------


def pair():
    """Two equal trainings, one of them compiled and recorded."""
    eager, compiled = training("custom", OPTIMIZERS["momentum"]), training("custom", OPTIMIZERS["momentum"])
    repeated = torch.compile(compiled[1])
    for seed in range(3):
        eager[1](*batch(seed)), repeated(*batch(seed))
    return eager, (compiled[0], repeated)


def frozen(model):
    model.fc1.weight.requires_grad_(False)


def other_layer(model):
    torch.manual_seed(7)
    model.fc2 = torch.nn.Linear(8, 3)


def other_data(model):
    model.fc1.weight.data = torch.ones(8, 5)


def loaded(model):
    model.load_state_dict({name: torch.ones_like(value) for name, value in model.state_dict().items()})


def changed_in_place(model):
    with torch.no_grad():
        model.fc1.bias += 1


def no_gradients(model):
    model.zero_grad()


@pytest.mark.parametrize("change", [frozen, other_layer, other_data, loaded, changed_in_place, no_gradients])
def test_a_model_may_change_between_two_calls(change):
    (model, step), (twin, repeated) = pair()
    change(model), change(twin)
    for seed in range(4):
        assert bits(step(*batch(seed))) == bits(repeated(*batch(seed)))
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert bits(p, p.grad) == bits(q, q.grad)


def test_results_and_gradients_that_are_kept_stay_what_they_were():
    _, (model, repeated) = pair()
    losses, gradients, arrays = [], [], []
    for seed in range(4):
        losses.append(repeated(*batch(seed)))
        gradients.append(model.fc1.weight.grad)
        arrays.append(model.fc2.weight.grad.numpy())
        at_once = bits(losses[-1], gradients[-1]), arrays[-1].tobytes()
        for other in range(3):
            repeated(*batch(other))
        assert at_once == (bits(losses[-1], gradients[-1]), arrays[-1].tobytes())


def test_gradients_add_up_as_in_eager_code():
    (model, _), (twin, _) = (training("residual", OPTIMIZERS["SGD"]) for _ in range(2))

    def accumulate(model):
        def step(x, y):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            return loss

        return step

    step, repeated = accumulate(model), torch.compile(accumulate(twin))
    for seed in range(6):
        assert bits(step(*batch(seed))) == bits(repeated(*batch(seed)))
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            assert bits(p.grad) == bits(q.grad)
    assert programs(repeated)


def test_a_wrong_class_raises_and_the_weights_stay():
    (_, step), (model, repeated) = pair()
    before = bits(*model.parameters())
    x, y = batch(0)
    with pytest.raises(IndexError, match="Target 9 is out of bounds"):
        repeated(x, torch.full_like(y, 9))
    assert bits(*model.parameters()) == before
    assert bits(step(x, y)) == bits(repeated(x, y))


def test_targets_that_are_ignored_take_another_list():
    (_, step), (_, repeated) = pair()
    x, y = batch(0)
    ignored = y.clone()
    ignored[0] = -100
    with pytest.raises(RuntimeError, match="reads numbers"):  # how many count is decided by data
        repeated(x, ignored)
    step(x, ignored)
    assert bits(step(x, y)) != bits(repeated(x, y))


def test_arguments_of_other_types_layouts_and_modes_have_lists_of_their_own():
    compiled = torch.compile(lambda x, n, scale=1.0: (x @ x.T) * n + scale)
    x = torch.arange(6.0).reshape(2, 3)
    for _ in range(3):
        for each in (x, x.double(), x.T, torch.arange(12.0).reshape(2, 6)[:, ::2]):
            for n, scale in ((1, 1.0), (2, 1.0), (2, 0.5)):
                assert bits(compiled(each, n, scale=scale)) == bits((each @ each.T) * n + scale)
        with torch.inference_mode():
            assert compiled(x, 3).is_inference()


def test_threads_wait_for_one_another():
    (_, step), (_, repeated) = pair()
    expected = [step(*batch(0)) for _ in range(1)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: repeated(*batch(0)), range(1)))
        doubled = list(
            pool.map(lambda i: torch.compile(lambda x: x * 2 + i)(torch.ones(3)).tolist(), range(20))
        )
    assert bits(*expected) == bits(*found)
    assert doubled == [[2.0 + i] * 3 for i in range(20)]


def test_a_module_keeps_its_ways():
    model = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 3))
    compiled = torch.compile(model)
    assert list(compiled.state_dict()) == ["_orig_mod." + name for name in model.state_dict()]
    assert [*map(id, compiled.parameters())] == [*map(id, model.parameters())]
    x, _ = batch(0)
    for training_mode in (True, False, True):
        model.train(training_mode)
        for _ in range(4):
            torch.manual_seed(3)
            expected = model(x)
            torch.manual_seed(3)
            assert bits(compiled(x)) == bits(expected)
    compiled.eval()
    assert not model.training


def test_a_graph_that_waits_is_not_overwritten():
    model = torch.nn.Linear(5, 3)
    compiled = torch.compile(model)
    x, _ = batch(0)
    for _ in range(3):
        compiled(x).sum().backward()
    model.zero_grad()
    first, second = compiled(x), compiled(x * 2)
    (first * first).sum().backward()
    second.sum().backward()
    found = bits(model.weight.grad)
    model.zero_grad()
    (model(x) ** 2).sum().backward()
    model(x * 2).sum().backward()
    assert found == bits(model.weight.grad)


def test_gradients_of_arguments_and_a_second_backward():
    compiled = torch.compile(lambda x: (x * x).sum())
    for seed in range(4):
        x = batch(seed)[0].requires_grad_()
        z = compiled(x)
        z.backward()
        assert bits(x.grad) == bits(2 * x)
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()


def test_torchs_forms():
    @torch.compile(fullgraph=True, dynamic=False, mode="reduce-overhead")
    def twice(x):
        """Twice."""
        return 2 * x

    assert twice.__doc__ == "Twice."
    assert [twice(torch.ones(1)).item() for _ in range(4)] == [2.0] * 4
    assert torch.compile(item, disable=True) is item


def test_the_documents_show_the_tutorials_list():
    torch.manual_seed(0)
    model = MODELS["sequential"](784, 100, 10)
    step = torch.compile(train.optimizer(model, torch.optim.SGD(model.parameters(), 0.8)))
    for seed in range(3):
        step(*batch(seed, 64, 784, 10))
    text = (Path(__file__).parent.parent / "docs" / "speed.md").read_text(encoding="utf-8")
    assert f"```text\n{step.code}\n```\n" in text


@pytest.mark.parametrize("loop", ["optimizer", "manual"])
@pytest.mark.parametrize("name", MODELS)
def test_compare_may_compile(name, loop):
    config = Config(name, loop, epochs=4, batch_size=300, lr=0.2)
    digits = data.load("digits")
    epochs = []
    for each in (False, True):
        run = start("minigrad", replace(config, compile=each), digits)
        epochs.append([])
        for _ in range(4):
            run.advance()
            epochs[-1].append((run.losses[-1], [p.tobytes() for p in run.parameters().values()]))
    assert epochs[0] == epochs[1]
