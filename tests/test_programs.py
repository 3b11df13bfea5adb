"""Random programs in both libraries: equal in everything that can be seen of a tensor, bit for bit."""

import textwrap
import warnings

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import minigrad
from benchmarks import nightly
from sidebyside.programs.bits import Account, Bits, Edge
from sidebyside.programs.drawn import DIFFERENT, Program, differences, observe, programs
from sidebyside.testing import same

MORE = settings(max_examples=5 * settings().max_examples)


@MORE
@given(programs())
def test_exact_programs_on_the_libraries_own_kernels(program):
    assert same(program) == "exact"


@MORE
@given(programs(exact=False))
def test_any_floats_on_exchanged_kernels(program):
    assert same(program) == "exchanged"


@MORE
@given(programs(second=True, steps=5))
def test_exact_second_derivatives(program):
    assert same(program) == "exact"


@given(programs())
def test_exact_programs_are_the_same_on_exchanged_kernels_too(program):
    assert same(program, tier="exchanged") == "exchanged"


def test_a_difference_is_told_with_the_program(monkeypatch):
    program = Program(("a = torch.ones(2, requires_grad=True)", "a.exp().sum().backward()"), exact=False)
    assert same(program) == "exchanged"
    monkeypatch.setattr(minigrad.Tensor, "exp", lambda x: x * 3)
    with pytest.raises(
        AssertionError, match=r"(?s)^import torch .*a\.exp\(\)\.sum.*\na\.grad: .* in torch, .* here$"
    ):
        same(program)


# -- what is different by design, strictly ------------------------------------------------------------------


def written(text):
    return Program(tuple(textwrap.dedent(text).strip().splitlines()))


@pytest.mark.parametrize("reason", DIFFERENT)
def test_what_is_listed_as_different_is(reason):
    program = written(DIFFERENT[reason])
    assert differences(observe(program, minigrad), observe(program, torch), strict=True)


# -- the programs themselves --------------------------------------------------------------------------------


@given(programs(), st.sampled_from(["torch", "minigrad as torch"]))
def test_a_programs_text_runs_when_pasted(program, library):
    text = repr(program).replace("import torch  # or: import minigrad as torch", f"import {library}")
    assert text.startswith(f"import {library}\n")
    theirs = observe(program, torch)
    scope = {}
    raised = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(text, scope)
        except Exception as error:
            raised = type(error).__name__
    assert raised == (theirs["error"] and theirs["error"][1])
    assert {name for name in theirs if len(name) == 1} <= set(scope)


@given(programs())
def test_exact_programs_are_exact(program):
    """In float64, with 29 digits more, a float32 program has the same values and gradients."""
    statements = tuple(line.replace("float32", "float64") for line in program.statements)
    wide, narrow = observe(Program(statements), minigrad), observe(program, minigrad)
    # x.double() copies no float64, so that a change of it in place may be one of a leaf, which is refused.
    assume(bool(wide["error"]) is bool(narrow["error"]))
    for name in set(wide) & set(narrow) - {"error"}:
        for feature in ("value", "grad"):
            a, b = wide[name][feature], narrow[name][feature]
            if a is not None and b is not None:
                assert np.array_equal(a, b.astype(a.dtype), equal_nan=True), (name, feature)


def test_the_nightly_measurement_counts():
    program = written("a = torch.ones(2)\nb = a.relu() * 2 + a[0]\nb -= 1")
    counted = {"ones", "relu", "Mult", "Add", "Sub", "index"}
    assert set(nightly.operations(program)) == counted
    found = nightly.measure({"steps": 2}, 10, 0)
    assert (found["programs"], found["failures"], found["shortest_failures"]) == (10, 0, [])
    assert found["tensors_compared"] >= 10


def test_a_difference_is_found_and_named():
    program = written("a = torch.ones(2, requires_grad=True)\nb = a * 2\nb.sum().backward()")
    ours, theirs = observe(program, minigrad), observe(program, torch)
    assert differences(ours, theirs) == []
    theirs["a"]["grad"] = theirs["a"]["grad"] * np.float32(1 + 2**-23)
    (found,) = differences(ours, theirs)
    assert found.startswith("a.grad: array([2.0000002, 2.0000002]")
    theirs["b"]["changes"] = 1
    theirs["error"] = ("b", "RuntimeError", "No.")
    assert [each.partition(":")[0] for each in differences(ours, theirs)] == ["error", "a.grad", "b.changes"]


def test_an_error_is_the_same_if_its_type_and_first_sentence_are():
    program = written("a = torch.ones(2, requires_grad=True)\na.add_(1)\nb = a * 2")
    ours, theirs = observe(program, minigrad), observe(program, torch)
    assert theirs["error"][0] == "a.add_(1)"
    assert "b" not in theirs
    assert differences(ours, theirs) == []
    statement, kind, text = theirs["error"]
    for other in (
        ("b", kind, text),
        (statement, "ValueError", text),
        (statement, kind, "Another. " + text),
        None,
    ):
        assert differences(ours, theirs | {"error": other})


def test_the_account_adds_up_a_linear_layer_by_hand():
    """x·w of 3 terms, each a multiple of 1/2 and at most 2: 12 of quarters; dx, dw: 6·2 of halves, twice, once."""
    account = Account()
    x, w = account.enter(Bits(1, 2)), account.enter(Bits(1, 2))
    z = account.enter(
        (Bits(1, 2) * Bits(1, 2)).times(3), [Edge(x, factors=(w,)), Edge(w, factors=(x,), times=2)]
    )
    assert account.nodes[z][0] == Bits(2, 12)
    gradients = account.backward(z, Bits(0, 6))
    assert account.nodes[gradients[x]][0] == Bits(1, 12)
    assert account.nodes[gradients[w]][0] == Bits(1, 24)
    assert account.worst() == 48
