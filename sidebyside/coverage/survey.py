"""What minigrad has of PyTorch, name by name: the survey that COVERAGE.md is written from.

Every public name of the namespaces below is looked up on both sides and its signatures are compared. What may
differ is said in RULES, for parameters that are left out everywhere, in REASONS, for one function, and in
BEHAVIOUR, for what no signature shows; tests/test_coverage.py fails where a reason is missing, or is out of date.
"""

from __future__ import annotations

import pkgutil
import types
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

import minigrad
from sidebyside.coverage.surface import (
    Difference,
    differences,
    public,
    resolve,
    signature_of,
    torch_signatures,
)

# Modules, and the classes whose members a program names. One that minigrad lacks is listed as absent.
SPACES = [
    "torch", "torch.Tensor", "torch.Size", "torch.Generator", "torch.nn", "torch.nn.Module",
    "torch.nn.Sequential", "torch.nn.ModuleList", "torch.nn.ModuleDict", "torch.nn.ParameterList",
    "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.nn.utils.rnn", "torch.optim",
    "torch.optim.Optimizer", "torch.optim.lr_scheduler", "torch.autograd", "torch.autograd.Function",
    "torch.autograd.functional", "torch.func", "torch.utils.data", "torch.cuda",
    "torch.accelerator", "torch.random", "torch.distributed",
]  # fmt: skip

# Parameters that minigrad leaves out wherever torch has them.
RULES = {
    "out": "results are new tensors; write into one with `copy_`",
    "memory_format": "arrays have no channels-last order",
    "layout": "there are no sparse tensors",
    "sparse_grad": "there are no sparse tensors",
    "out_dtype": "a product has the type of its factors",
    "pin_memory": "there is no pinned memory",
}

# Why a signature differs: the function, then its parameters, then the reason.
_BARE = "`@no_grad` without parentheses works in both; PyTorch's signature hides how"
_NO_CHECK = "there is nothing of the kind to check: no forward mode, batching, sparse or complex tensors"
_NO_PICKLE = "nothing is pickled but tensors, numbers, strings, dicts, lists and tuples"
REASONS: dict[str, dict[str, str]] = {
    "torch.dtype": {"name scalar_name": "the library makes all there are"},
    "torch.no_grad": {"function": _BARE},
    "torch.enable_grad": {"function orig_func": _BARE},
    "torch.autograd.no_grad": {"function": _BARE},
    "torch.autograd.enable_grad": {"function orig_func": _BARE},
    "torch.autograd.backward": {
        "inputs grad_variables": "`grad_variables` is an old name of `grad_tensors`; here `inputs` takes its place",
    },
    "torch.autograd.gradcheck": {
        "nondet_tol": "NumPy computes the same each time",
        "fast_mode": "every entry is checked",
        "check_undefined_grad check_grad_dtypes check_batched_grad check_batched_forward_grad check_forward_ad "
        "check_backward_ad masked": _NO_CHECK,
    },
    "torch.autograd.gradgradcheck": {
        "nondet_tol": "NumPy computes the same each time",
        "fast_mode": "every entry is checked",
        "gen_non_contig_grad_outputs check_undefined_grad check_grad_dtypes check_batched_grad check_fwd_over_rev "
        "check_rev_over_rev masked": _NO_CHECK,
    },
    "torch.save": {
        "pickle_module pickle_protocol _use_new_zipfile_serialization _disable_byteorder_record": _NO_PICKLE
    },
    "torch.load": {"pickle_module *pickle_load_args": _NO_PICKLE, "mmap": "files are read whole"},
    "torch.distributed.all_reduce": {"op": "an enum with the same members"},
    "torch.distributed.barrier": {
        "device_ids timeout": "messages are of the CPU's memory; the group has a timeout"
    },
    "torch.distributed.broadcast": {"src group_src": "there is one group"},
    "torch.distributed.init_process_group": {"device_id _ranks": "messages are of the CPU's memory"},
    "torch.nn.functional.scaled_dot_product_attention": {
        "scale enable_gqa": "by keyword alone in PyTorch, too; its signature is C++'s"
    },
    "torch.norm": {"dtype": "in the place where torch has `out`"},
    "torch.isin": {
        "element test_element elements test_elements": "torch has other names for these two where one is a number"
    },
    "torch.tensor_split": {
        "indices_or_sections indices sections tensor_indices_or_sections": "one parameter for torch's three"
    },
    "torch.Tensor.tensor_split": {
        "indices_or_sections indices sections tensor_indices_or_sections": "one parameter for torch's three"
    },
    **{
        f"torch.{name}": {"indices_or_sections indices sections": "one parameter for torch's two"}
        for name in ("dsplit", "hsplit", "vsplit")
    },
    **{
        f"torch.Tensor.{name}": {
            "indices_or_sections indices sections *indices": "one parameter for torch's two"
        }
        for name in ("dsplit", "hsplit", "vsplit")
    },
    "torch.Tensor.new": {"device storage other size": "sizes or data, as FloatTensor takes them"},
    "torch.func.jacrev": {"_preallocate_and_copy": "PyTorch's own use"},
    "torch.Tensor.expand": {"implicit": "PyTorch's own use"},
    "torch.Tensor.view": {"dtype": "memory is not read as another type; `t.numpy().view(...)` does"},
}

_ROUNDS = (
    "rounds every product before it is added, torch only once; `differentiable=True` raises; with `foreach=True` or "
    "`fused=True` it computes as without"
)

# What behaves differently though it is called the same. The tests hold each as a strict xfail or a named exception.
BEHAVIOUR = {
    "torch.empty": "filled with zeros",
    "torch.Tensor.new_empty": "filled with zeros",
    "torch.Tensor.data_ptr": "an address, which is another one in each run",
    "torch.det": "another LAPACK: the last digit may differ",
    "torch.Tensor.det": "another LAPACK: the last digit may differ",
    "torch.empty_like": "filled with zeros",
    "torch.optim.SGD": "rounds `lr·g` before it is subtracted, as `p -= lr * g` does; `differentiable=True` raises",
    "torch.optim.Adam": _ROUNDS,
    "torch.optim.AdamW": _ROUNDS,
    "torch.optim.NAdam": _ROUNDS,
    "torch.optim.RMSprop": _ROUNDS,
    "torch.optim.Adagrad": _ROUNDS,
    "torch.optim.Adadelta": _ROUNDS,
    "torch.optim.Adamax": _ROUNDS,
    "torch.nn.functional.scaled_dot_product_attention": "its node has a second derivative, PyTorch's has none; "
    "one node for each step if there is dropout, or no batch",
    "torch.nn.Module.load_state_dict": "a refused state changes nothing; torch loads what it can, then raises",
}


class Row(NamedTuple):
    """One name that both have: what differs in its signature, and what else does."""

    name: str
    different: list[Difference]
    behaviour: str | None

    def because(self, space: str) -> dict[str, str | None]:
        """A reason for every parameter that differs; None where there is none."""
        own = REASONS.get(f"{space}.{self.name}", {})
        reasons = {parameter: why for names, why in own.items() for parameter in names.split()}
        return {d.parameter: reasons.get(d.parameter) or self.rule(d) for d in self.different}

    @staticmethod
    def rule(difference: Difference) -> str | None:
        """The general rule for a parameter that is left out."""
        return RULES.get(difference.parameter) if difference.text.startswith("lacks") else None


@dataclass
class Space:
    """What there is in one namespace."""

    name: str
    rows: list[Row]
    absent: list[str]
    alone: list[str]

    @property
    def same(self) -> list[str]:
        """The names whose signatures are torch's."""
        return [row.name for row in self.rows if not row.different and not row.behaviour]

    @property
    def general(self) -> list[Row]:
        """The names that lack only what RULES leave out."""
        return [r for r in self.rows if r.different and not r.behaviour and all(map(r.rule, r.different))]

    @property
    def differing(self) -> list[Row]:
        """The names that differ for a reason of their own."""
        return [r for r in self.rows if r.behaviour or not all(map(r.rule, r.different))]


def survey(name: str) -> Space | None:
    """One namespace on both sides; None where minigrad has no such one."""
    theirs, ours = resolve(torch, name), resolve(minigrad, name)
    if ours is None:
        return None
    here = public(ours, known=dir(ours))
    names = public(theirs, known=here)
    rows = [_row(name, theirs, ours, each) for each in names if each in here]
    absent = [each for each in names if each not in here]
    return Space(name, rows, absent, [each for each in here if not hasattr(theirs, each)])


def _row(space: str, theirs: Any, ours: Any, name: str) -> Row:
    found: list[Difference] = []
    there, here = getattr(theirs, name), getattr(ours, name)
    if callable(there) and callable(here):
        overloads = torch_signatures(theirs, name)
        found = list(differences(overloads, signature_of(ours, name))) if overloads else []
    elif callable(there) != callable(here):
        found = [Difference("()", "one is a function, the other is not")]
    elif isinstance(there, torch.dtype | float) and repr(there) != repr(here):
        found = [Difference("=", f"is {here!r}, not {there!r}")]
    return Row(name, found, BEHAVIOUR.get(f"{space}.{name}"))


def spaces() -> list[Space]:
    """All that minigrad has."""
    return [space for space in map(survey, SPACES) if space is not None]


def absent_modules() -> list[str]:
    """torch's public modules of which minigrad has nothing."""
    found = [name for name in SPACES if isinstance(resolve(torch, name), types.ModuleType)]
    for parent in (torch, torch.nn, torch.autograd, torch.utils):
        every = pkgutil.iter_modules(parent.__path__, f"{parent.__name__}.")
        found += [each.name for each in every if not each.name.rpartition(".")[2].startswith("_")]
    return sorted({name for name in found if resolve(minigrad, name) is None})


def version() -> str:
    """PyTorch's, without the build: 2.13.0, not 2.13.0+cpu."""
    return str(torch.__version__).partition("+")[0]
