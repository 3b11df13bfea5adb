"""The arithmetic of an entry: it is what the rule does, and it gives the gradient that was computed."""

import math
import re

import numpy as np
import pytest

from sidebyside.graph.pencil import arithmetic, page, written
from sidebyside.graph.steps import steps

U = 2.0**-24  # float32's unit roundoff
HALF = 0.5e-4  # what rounding to four decimals changes at most
EVERY = pytest.mark.parametrize(
    ("model", "loop"), [("sequential", "optimizer"), ("residual", "optimizer"), ("residual", "manual")]
)


def entries(model="sequential", loop="optimizer"):
    """Every entry with its arithmetic, the numbers that it may read, and the gradient that was computed."""
    for step in steps(model, loop):
        values = {"dz": np.asarray(step["values"]), **{k: np.asarray(v) for k, v in step["reads"].items()}}
        for sent in step["inputs"]:
            flat = np.ravel(np.asarray(sent["values"]))
            assert len(sent["pencil"]) == flat.size
            yield from ((pencil, values, float(dx)) for pencil, dx in zip(sent["pencil"], flat, strict=True))


def computed(text, values):
    """The value of an expression as it is written on the page."""
    return float(eval(text.replace("·", "*").replace("−", "-"), {"exp": math.exp, **values}))


@EVERY
def test_the_arithmetic_of_every_entry_gives_the_gradient(model, loop):
    """float32 rounds each of at most six operations, whose results are below 4 or the gradient: 6·4·u."""
    for pencil, values, dx in entries(model, loop):
        assert abs(computed(pencil["symbols"], values) - dx) <= 24 * U * max(1, abs(dx)), pencil


def test_its_rounded_numbers_add_up_to_the_rounded_gradient():
    """Each number is off by HALF at most, its factor is below 4, and so the sum by 4·HALF for each number."""
    for pencil, _, dx in entries():
        numbers = re.findall(r"\d+(?:\.\d+)?", pencil["numbers"])
        assert abs(computed(pencil["numbers"], {}) - dx) <= 4 * HALF * len(numbers), pencil
        if pencil["exact"]:
            assert computed(pencil["numbers"], {}) == dx


def test_what_is_used_is_what_stands_in_the_sum_or_decides():
    for pencil, values, _ in entries():
        names = "|".join(values)
        written = re.findall(rf"(?:{names})(?:\[[\d,]+\])?", " ".join([pencil["symbols"], *pencil["chosen"]]))
        assert pencil["uses"] == list(dict.fromkeys(written))
        for each in pencil["chosen"]:
            entry, _, number = each.partition(" = ")
            assert abs(computed(entry, values) - computed(number, {})) <= HALF


def test_an_entry_of_a_product_is_a_row_times_a_column():
    (third,) = [step for step in steps("sequential") if step["op"] == "linear" and len(step["inputs"]) == 3]
    x, weight, bias = (each["pencil"] for each in third["inputs"])
    assert x[0]["symbols"] == "dz[0,0]·weight[0,0] + dz[0,1]·weight[1,0]"
    assert weight[1]["symbols"] == "dz[0,0]·x[0,1] + dz[1,0]·x[1,1]"
    assert weight[1]["entry"] == "dweight[0,1]"
    assert bias[1]["symbols"] == "dz[0,1] + dz[1,1]"


def test_relu_and_the_loss_say_what_decides():
    by_op = {step["op"]: step for step in steps("sequential")}
    for pencil in by_op["relu"]["inputs"][0]["pencil"]:
        (chosen,) = pencil["chosen"]
        assert (pencil["symbols"] == "0") == chosen.endswith("] = 0")
    loss = [(each["symbols"], each["chosen"]) for each in by_op["nll_loss"]["inputs"][0]["pencil"]]
    assert loss == [("−dz/2", ["target[0] = 0"]), ("0", ["target[0] = 0"]),
                    ("0", ["target[1] = 1"]), ("−dz/2", ["target[1] = 1"])]  # fmt: skip
    assert (
        by_op["log_softmax"]["inputs"][0]["pencil"][0]["symbols"]
        == "dz[0,0] − exp(z[0,0])·(dz[0,0] + dz[0,1])"
    )


class Rule:
    """A rule of dz and x."""

    def __init__(self, function):
        self.function, self.pick = function, lambda values: (values["dz"], values["x"])


DZ, X = np.array([[0.25, -0.5]]), np.array([[2.0, -3.0]])


def test_a_wrong_rule_shows_what_it_does():
    (first, second) = arithmetic("x", Rule(lambda dz, x: 2 * dz / x), {"dz": DZ, "x": X}, DZ)
    assert first["symbols"] == "2·dz[0,0]/x[0,0]"
    assert second["numbers"] == "2·(−0.5)/(−3)"


@pytest.mark.parametrize(
    "function", [lambda dz, x: np.sqrt(dz), lambda dz, x: dz.sum(0), lambda dz, x: dz.astype(np.float32)]
)
def test_where_the_numbers_cannot_follow_nothing_is_said(function):
    assert arithmetic("x", Rule(function), {"dz": DZ, "x": X}, DZ) == []


def test_parentheses_stand_where_they_are_needed():
    a, b, c = page("a", np.array([0.5, -0.25, 3.0]))
    for made, symbols, numbers in [
        (a * (b + c), "a[0]·(a[1] + a[2])", "0.5·(−0.25 + 3)"),
        (a - (b - c), "a[0] − (a[1] − a[2])", "0.5 − (−0.25 − 3)"),
        (a / (b * c), "a[0]/(a[1]·a[2])", "0.5/((−0.25)·3)"),
        (-(a + b), "−(a[0] + a[1])", "−(0.5 + (−0.25))"),
        (-b, "−a[1]", "−(−0.25)"),
        (1 - b.exp(), "1 − exp(a[1])", "1 − exp(−0.25)"),
        (0 + a + 0.0, "a[0]", "0.5"),
    ]:
        assert (made.symbols, made.numbers) == (symbols, numbers)
        assert computed(numbers, {}) == made.value == computed(symbols, {"a": [0.5, -0.25, 3.0]})
    assert written(2).symbols == "2"
