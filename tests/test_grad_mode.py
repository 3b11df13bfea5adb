"""Whether ops are recorded: in each thread, in the body of a generator, and what tensors do where they are not."""

import asyncio
import functools
import inspect
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same
from hypothesis import given
from hypothesis import strategies as st

import minigrad

SECONDS = 30  # until a thread that waits for another gives up
OFF = {
    "no_grad": lambda t: t.no_grad(),
    "inference_mode": lambda t: t.inference_mode(),
    "set_grad_enabled": lambda t: t.set_grad_enabled(False),
}
each_mode = pytest.mark.parametrize("mode", OFF)


def leaf(t):
    return t.tensor([1.0, 2.0], requires_grad=True)


def mode_of(t):
    """All that shows the mode: what is said of it, and what an op and a new tensor are."""
    said = t.is_grad_enabled(), t.is_inference_mode_enabled()
    return *said, (leaf(t) * 2).requires_grad, t.ones(1).is_inference()


def in_thread(f):
    """What f returns in a thread of its own, or raises there."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f).result(SECONDS)


def wait(event):
    assert event.wait(SECONDS)


# -- threads ------------------------------------------------------------------------------------------------


@each_mode
def test_a_new_thread_records_whatever_the_mode_of_the_one_that_starts_it(mode):
    def run(t):
        with OFF[mode](t):
            here, there = mode_of(t), in_thread(lambda: mode_of(t))
        return here, there, mode_of(t)

    tells_the_same(run)
    assert run(minigrad)[1] == (True, False, True, False)


@each_mode
def test_a_model_in_a_pool_of_threads_records(mode):
    def run(t):
        net = t.nn.Linear(2, 1)
        with ThreadPoolExecutor(2) as pool, OFF[mode](t):
            return [y.requires_grad for y in pool.map(net, [t.ones(2)] * 4)], net(t.ones(2)).requires_grad

    tells_the_same(run)


@each_mode
def test_a_thread_keeps_its_mode_and_the_others_keep_theirs(mode):
    def run(t):
        with ThreadPoolExecutor(1) as pool:
            block = pool.submit(lambda: OFF[mode](t)).result()
            pool.submit(block.__enter__).result()
            seen = [mode_of(t), pool.submit(mode_of, t).result()]
            pool.submit(block.__exit__, None, None, None).result()
            return *seen, mode_of(t), pool.submit(mode_of, t).result()

    tells_the_same(run)


@pytest.mark.parametrize("first", ["worker", "main"])
@each_mode
def test_blocks_of_two_threads_that_overlap_leave_recording_on(mode, first):
    def run(t):
        inside, go = threading.Event(), threading.Event()

        def work():
            with OFF[mode](t):
                inside.set()
                wait(go)
                seen = [mode_of(t)]
            return [*seen, mode_of(t)]

        with ThreadPoolExecutor(1) as pool:
            if first == "worker":
                worker = pool.submit(work)
                wait(inside)
            with OFF[mode](t):
                if first == "main":
                    worker = pool.submit(work)
                    wait(inside)
                else:
                    go.set()
                    worker.result(SECONDS)
                seen = [mode_of(t)]
            go.set()
            return *seen, mode_of(t), *worker.result(SECONDS)

    tells_the_same(run)
    assert run(minigrad)[1] == (True, False, True, False)


@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
def test_one_object_in_the_blocks_of_two_threads_gives_each_its_own_mode_back(mode):
    # torch's no_grad remembers the mode of the thread that entered last, and gives it to both
    block, inside, left = OFF[mode](minigrad), threading.Event(), threading.Event()

    def work():
        with minigrad.no_grad():
            with block:
                inside.set()
                wait(left)
            return mode_of(minigrad)

    with ThreadPoolExecutor(1) as pool:
        with block, block:
            worker = pool.submit(work)
            wait(inside)
            within = mode_of(minigrad)
        after = mode_of(minigrad)
        left.set()
        assert worker.result(SECONDS) == (False, False, False, False)
    assert within[0] is False
    assert after == (True, False, True, False)


@each_mode
def test_a_decorated_function_runs_in_two_threads_at_once_and_calls_itself(mode):
    def run(t):
        barrier = threading.Barrier(2, timeout=SECONDS)

        @OFF[mode](t)
        def deep(n):
            barrier.wait()
            inner = deep(n - 1) if n else []
            barrier.wait()
            return [*inner, mode_of(t)]

        def work():
            with t.enable_grad():
                return deep(2), mode_of(t)

        with ThreadPoolExecutor(2) as pool:
            return [each.result(SECONDS) for each in [pool.submit(work), pool.submit(work)]], mode_of(t)

    tells_the_same(run)


def test_a_thread_trains_while_another_evaluates():
    def run(t):
        x, evaluating, trained = leaf(t), threading.Event(), threading.Event()

        def evaluate():
            with t.no_grad():
                before = (x * 2).requires_grad
                evaluating.set()
                wait(trained)
                return before, (x * 2).requires_grad

        with ThreadPoolExecutor(1) as pool:
            worker = pool.submit(evaluate)
            wait(evaluating)
            (x * x).sum().backward()
            trained.set()
            return x.grad, worker.result(SECONDS)

    tells_the_same(run)


@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_sets_the_mode_of_its_thread_alone(create_graph):
    def run(t):
        inside, go, seen = threading.Event(), threading.Event(), []

        def hook(gradient):
            inside.set()
            wait(go)
            seen.append((mode_of(t), gradient.requires_grad))

        def work():
            x = leaf(t)
            z = x * x
            z.register_hook(hook)
            t.autograd.grad(z.sum(), x, create_graph=create_graph)
            return mode_of(t)

        with ThreadPoolExecutor(1) as pool, t.set_grad_enabled(not create_graph):
            worker = pool.submit(work)
            wait(inside)
            here = mode_of(t)
            go.set()
            return here, worker.result(SECONDS), mode_of(t), seen

    tells_the_same(run)


def test_a_function_runs_in_the_mode_of_its_thread():
    def run(t):
        class Own(t.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                seen.append(mode_of(t))
                return x * 2

            @staticmethod
            def backward(ctx, dz):
                seen.append(mode_of(t))
                return dz * 2

        seen = []
        with t.no_grad():
            x = leaf(t)
            in_thread(lambda: Own.apply(x).sum().backward())
            return seen, x.grad, mode_of(t)

    tells_the_same(run)


def test_anomalies_are_looked_for_in_every_thread():
    def run(t):
        with t.autograd.set_detect_anomaly(True):
            in_thread(lambda: (t.sqrt(-leaf(t))).sum().backward())

    tells_the_same(run)
    with (
        pytest.raises(RuntimeError, match="SqrtBackward0"),
        pytest.warns(UserWarning, match="Error detected"),
    ):
        run(minigrad)


def test_a_generator_may_leave_its_block_in_another_thread():
    def run(t):
        def modes():
            with t.no_grad():
                yield mode_of(t)
            yield mode_of(t)

        steps = modes()
        return in_thread(lambda: next(steps)), mode_of(t), list(steps), mode_of(t)

    tells_the_same(run)


def test_a_block_that_another_thread_entered_is_left_without_a_change():
    block = minigrad.no_grad()  # torch gives the mode of the thread that entered
    in_thread(block.__enter__)
    with minigrad.no_grad():
        block.__exit__(None, None, None)
        assert not minigrad.is_grad_enabled()


# -- blocks that end out of order ---------------------------------------------------------------------------


def test_a_block_in_a_generator_may_end_after_a_block_around_it():
    def run(t):
        def modes():
            with t.no_grad():
                yield mode_of(t)
            yield mode_of(t)

        steps = modes()
        with t.enable_grad():
            seen = [next(steps)]
        return *seen, mode_of(t), *steps, mode_of(t)

    tells_the_same(run)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_blocks_end_in_any_order(order):
    def run(t):
        blocks, seen = [t.no_grad(), t.enable_grad(), t.inference_mode()], []
        for block in blocks:
            block.__enter__()
            seen.append(mode_of(t))
        for i in order:
            blocks[i].__exit__(None, None, None)
            seen.append(mode_of(t))
        t.set_grad_enabled(True)
        return seen, mode_of(t)

    tells_the_same(run)


def test_an_object_that_is_entered_twice_leaves_its_last_block_first():
    twice, other, enabled = minigrad.no_grad(), minigrad.no_grad(), []  # torch's forgets what was before
    for block in (twice, twice, other):
        block.__enter__()
    for block in (twice, other, twice):
        block.__exit__(None, None, None)
        enabled.append(minigrad.is_grad_enabled())
    assert enabled == [False, False, True]


def test_a_set_grad_enabled_that_was_made_earlier():
    def run(t):
        off = t.set_grad_enabled(False)
        t.set_grad_enabled(True)
        with off:
            return mode_of(t)

    tells_the_same(run)
    assert mode_of(minigrad) == mode_of(torch) == (True, False, True, False)


INFERENCE_WINS = [
    lambda t, x, y: t.enable_grad()(lambda: mode_of(t))(),
    lambda t, x, y: t.enable_grad()(lambda: x.add_(1).requires_grad)(),
    lambda t, x, y: t.enable_grad()(lambda: (y.mul_(3), y.grad_fn.name()))(),
    lambda t, x, y: t.enable_grad()(lambda: x.numpy())(),
    lambda t, x, y: t.no_grad()(lambda: x.numpy())(),
    lambda t, x, y: t.inference_mode(False)(lambda: mode_of(t))(),
    lambda t, x, y: (t.set_grad_enabled(True), mode_of(t)),
]


@for_every(INFERENCE_WINS)
def test_enable_grad_does_not_record_in_inference_mode(program):
    def run(t):
        x = leaf(t)
        y = x * 2
        with t.inference_mode():
            inside = program(t, x, y)
        return inside, mode_of(t), (y * x).requires_grad

    tells_the_same(run)


def test_a_view_that_is_looked_at_in_inference_mode_keeps_its_history():
    def run(t):
        x = leaf(t)
        y = x * 2
        v = y[0]
        y.mul_(3)
        with t.inference_mode():
            wanted = v.requires_grad
        v.backward()
        return wanted, x.grad

    tells_the_same(run)


def acts():
    """Entering the n-th block, leaving one that the thread entered, a step of a decorated generator: by a thread."""
    thread, mode = st.integers(0, 1), st.sampled_from(sorted(MADE))
    kinds = st.tuples(st.just("enter"), thread, mode), st.tuples(st.just("leave"), thread, st.integers(0, 5))
    return st.lists(st.one_of(*kinds, st.tuples(st.just("step"), thread, mode)), max_size=15)


MADE = {
    **OFF,
    "enable_grad": lambda t: t.enable_grad(),
    "inference_mode(False)": lambda t: t.inference_mode(False),
    "set_grad_enabled(True)": lambda t: t.set_grad_enabled(True),
}


@given(acts())
def test_blocks_of_two_threads_in_any_order(program):
    def run(t):
        def modes():
            while True:
                yield mode_of(t)

        def act(thread, kind, which):
            if kind == "enter":
                entered[thread].append(MADE[which](t))
                entered[thread][-1].__enter__()
            elif kind == "step":
                steps = generators.setdefault(which, MADE[which](t)(modes)())
                return next(steps)
            elif entered[thread]:
                entered[thread].pop(which % len(entered[thread])).__exit__(None, None, None)
            return None

        entered, generators, seen = [[], []], {}, []
        with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
            pools = first, second
            for kind, thread, which in program:
                answer = pools[thread].submit(act, thread, kind, which).result(SECONDS)
                seen.append([answer, *(pool.submit(mode_of, t).result(SECONDS) for pool in pools)])
            for thread, pool in enumerate(pools):
                while entered[thread]:
                    pool.submit(act, thread, "leave", -1).result(SECONDS)
        return seen, mode_of(t)

    tells_the_same(run)


# -- generators ---------------------------------------------------------------------------------------------


DECORATORS = {
    "no_grad()": lambda t: t.no_grad(),
    "no_grad": lambda t: t.no_grad,
    "inference_mode()": lambda t: t.inference_mode(),
    "inference_mode": lambda t: t.inference_mode,
    "inference_mode(False)": lambda t: t.inference_mode(False),
    "enable_grad()": lambda t: t.enable_grad(),
    "enable_grad": lambda t: t.enable_grad,
    "set_grad_enabled(False)": lambda t: t.set_grad_enabled(False),
    "set_grad_enabled(True)": lambda t: t.set_grad_enabled(True),
}
AROUND = {"recording": lambda t: t.enable_grad(), **OFF}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("decorator", DECORATORS)
def test_a_generators_body_runs_in_the_mode_and_its_consumer_does_not(decorator, around):
    def run(t):
        @DECORATORS[decorator](t)
        def modes(n):
            for _ in range(n):
                yield mode_of(t)

        with AROUND[around](t):
            seen = [(inside, mode_of(t)) for inside in modes(2)]
        return inspect.isgeneratorfunction(modes), modes.__name__, seen, mode_of(t)

    tells_the_same(run)


def talker(t, said):
    """A generator function that notes its mode wherever it is resumed."""

    def talk(first="first"):
        try:
            got = yield first, mode_of(t)
            said.append(("got", got, mode_of(t)))
            try:
                yield "second"
            except ValueError as error:
                said.append(("caught", error, mode_of(t)))
                yield "caught"
            yield "third"
        finally:
            said.append(("left", mode_of(t)))
        return "returned"

    return talk


TALKS = [
    lambda t, talk, it, returned: list(talk()),
    lambda t, talk, it, returned: [
        next(it),
        it.send("a"),
        it.throw(ValueError("b")),
        next(it),
        next(it, "end"),
    ],
    lambda t, talk, it, returned: [
        next(it),
        it.send(None),
        it.throw(ValueError),
        it.close(),
        next(it, "end"),
    ],
    lambda t, talk, it, returned: [next(it), it.close(), next(it, "end")],
    lambda t, talk, it, returned: it.close(),
    lambda t, talk, it, returned: it.send("too early"),
    lambda t, talk, it, returned: it.throw(KeyError("before it began")),
    lambda t, talk, it, returned: [next(it), it.throw(KeyError("c"))],
    lambda t, talk, it, returned: [next(it), it.throw(StopIteration("d"))],
    lambda t, talk, it, returned: [next(it), it.throw(GeneratorExit("e"))],
    lambda t, talk, it, returned: talk(first=1).__next__(),
    lambda t, talk, it, returned: talk(second=1).gi_frame is None,
    lambda t, talk, it, returned: next(talk(second=1)),
    lambda t, talk, it, returned: list(returned(it)),
    lambda t, talk, it, returned: [type(it).__name__, it is iter(it), it.gi_running],
    lambda t, talk, it, returned: [next(it), list(it), list(it)],
    lambda t, talk, it, returned: list(zip(it, talk(), strict=False)),
    lambda t, talk, it, returned: t.inference_mode()(lambda: [next(it), next(talk()), mode_of(t)])(),
    lambda t, talk, it, returned: t.enable_grad()(talk).__wrapped__ is talk,
    lambda t, talk, it, returned: list(t.enable_grad()(talk)()),
    lambda t, talk, it, returned: list(t.no_grad()(functools.partial(talk, "bound"))()),
    lambda t, talk, it, returned: inspect.isgeneratorfunction(t.no_grad()(functools.partial(talk))),
    lambda t, talk, it, returned: [mode_of(t) for _ in t.no_grad()(lambda: (mode_of(t) for _ in range(2)))()],
    lambda t, talk, it, returned: list(t.no_grad()(lambda: (mode_of(t) for _ in range(2)))()),
]


@for_every(TALKS)
def test_what_goes_into_and_out_of_a_decorated_generator(program):
    def run(t):
        def returned(steps):
            yield (yield from steps), mode_of(t)

        said = []
        talk = t.no_grad()(talker(t, said))
        try:
            answer = program(t, talk, talk(), returned)
        except BaseException as error:  # a GeneratorExit is no Exception
            answer = type(error).__name__, str(error).replace(".<locals>", "")
        return answer, said, mode_of(t)

    tells_the_same(run)


def test_a_body_that_switches_does_so_until_its_next_step():
    def run(t):
        @t.no_grad()
        def modes():
            t.set_grad_enabled(True)
            yield mode_of(t)
            yield mode_of(t)
            with t.enable_grad():
                yield mode_of(t)
                yield mode_of(t)
            yield mode_of(t)

        return [(inside, mode_of(t)) for inside in modes()]

    tells_the_same(run)


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_generator_that_swallows_its_end(stubborn):
    def run(t):
        @t.no_grad()
        def modes():
            try:
                yield 1
            except GeneratorExit:
                seen.append(mode_of(t))
                if stubborn:
                    yield 2

        seen, steps = [], modes()
        next(steps)
        steps.close()
        return seen, mode_of(t)

    tells_the_same(run)


@pytest.mark.parametrize("error", [KeyError, StopIteration, GeneratorExit])
def test_a_generator_that_raises(error):
    def run(t):
        @t.no_grad()
        def modes():
            yield 1
            raise error("why")

        with pytest.raises((error, RuntimeError)) as raised:
            list(modes())
        return raised.type.__name__, str(raised.value), mode_of(t)

    tells_the_same(run)


def test_a_generator_that_is_forgotten_is_closed_in_its_mode():
    def run(t):
        @t.no_grad()
        def modes():
            try:
                yield
            finally:
                seen.append(mode_of(t))

        seen, steps = [], modes()
        next(steps)
        del steps
        return seen, mode_of(t)

    tells_the_same(run)


def test_a_method_and_a_generator_in_a_thread():
    def run(t):
        class Loader:
            @t.no_grad()
            def batches(self, function="a name that the decorator must not take"):
                for _ in range(2):
                    yield (leaf(t) * 2).requires_grad, function

        return in_thread(lambda: list(Loader().batches(function=1))), list(Loader().batches()), mode_of(t)

    tells_the_same(run)


def test_arguments_of_any_name_reach_a_decorated_function():
    def run(t):
        @t.no_grad()
        def both(*args, **kwargs):
            return args, kwargs

        return both(1, 2, self=3, function=4, args=5)

    tells_the_same(run)


def test_coroutines_run_in_the_mode_of_whoever_awaits_them():
    def run(t):
        @t.no_grad()
        async def answer():
            return mode_of(t)

        @t.no_grad
        async def answers():
            yield mode_of(t)

        async def both():
            return await answer(), [each async for each in answers()]

        kinds = inspect.iscoroutinefunction(answer), inspect.isasyncgenfunction(answers)
        return kinds, asyncio.run(both()), mode_of(t)

    tells_the_same(run)


@pytest.mark.parametrize("decorator", DECORATORS)
def test_a_class_makes_its_objects_in_the_mode_and_the_decorator_warns(decorator):
    def run(t):
        @DECORATORS[decorator](t)
        class Own:
            def __init__(self, *args, **kwargs):
                self.made = args, kwargs, mode_of(t)

            def asked(self):
                return mode_of(t)

        with t.no_grad():
            own = Own(1, two=2)
            return type(Own).__name__, own.made, own.asked(), hasattr(Own, "asked"), mode_of(t)

    tells_the_same(run)


# -- NumPy --------------------------------------------------------------------------------------------------


ARRAYS = [
    lambda t, x, y: x.numpy(),
    lambda t, x, y: (x * 2).numpy(),
    lambda t, x, y: np.asarray(x),
    lambda t, x, y: x.__array__(),
    lambda t, x, y: x.__array__(np.float64),
    lambda t, x, y: x.numpy(force=True),
    lambda t, x, y: np.shares_memory(x.numpy(), x.detach().numpy()),
    lambda t, x, y: (x.numpy().fill(7), x),
    lambda t, x, y: t.nn.Linear(2, 1).weight.numpy().shape,
    lambda t, x, y: y.numpy(),
    lambda t, x, y: x[0].numpy(),
    lambda t, x, y: t.enable_grad()(lambda: x.numpy())(),
    lambda t, x, y: t.inference_mode(False)(lambda: x.numpy())(),
]


@pytest.mark.parametrize("around", AROUND)
@for_every(ARRAYS)
def test_a_tensor_that_requires_grad_gives_its_array_where_nothing_is_recorded(program, around):
    def run(t):
        x = leaf(t)
        y = x * 2
        with AROUND[around](t):
            return program(t, x, y)

    tells_the_same(run)


@pytest.mark.parametrize("mode", OFF)
def test_asarray_shares_the_memory_of_a_parameter(mode):
    w = minigrad.nn.Linear(2, 1).weight
    with OFF[mode](minigrad):
        array = np.asarray(w)  # torch 2.13 has a DeprecationWarning of NumPy's here
    assert np.shares_memory(array, w.array)
    with pytest.raises(RuntimeError, match="Can't call numpy"):
        np.asarray(w)
