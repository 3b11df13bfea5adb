"""Every op against torch's: one table, one line per op.

Four claims, from the strongest: *bits*, any floats at all, nan, infinities and subnormals among them;
*exact*, small dyadic numbers of which every sum and product is a float; *bound*, both libraries within a
running rounding error of a long double truth; *finite differences*, first and second derivatives.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from both import DTYPES, lines, program
from both import same as both_same
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minigrad
from minigrad.autograd import gradcheck, gradgradcheck


@dataclass
class Case:
    """One line of the table: a program for both libraries, and the shapes of its inputs."""

    name: str
    program: object
    shapes: tuple
    claim: str = (
        "exact"  # or "bits", where every element is correctly rounded; "bits+0", but for -0.0; "rough"
    )
    positive: bool = False  # the op's domain
    ties: bool = True  # whether equal elements may be drawn
    smooth: bool = True  # whether finite differences apply
    kinds: tuple = field(default=("float32", "float64"))


def case(name, program, *shapes, **options):
    return Case(name, program, shapes, **options)


def written(x, key, value):
    x[key] = value
    return x


A, B, C = (2, 4), (4,), (2, 3, 4)
TABLE = [
    # arithmetic
    case("add", lambda torch, x, y: x + y, A, A, claim="bits"),
    case("add-broadcast", lambda torch, x, y: x + y, A, B),
    case("add-broadcast-both", lambda torch, x, y: x + y, (2, 1, 4), (3, 1)),
    case("add-number", lambda torch, x: x + 2, A, claim="bits"),
    case("add-number-left", lambda torch, x: 0.5 + x, A, claim="bits"),
    case("add-function", lambda torch, x, y: torch.add(x, y), A, A, claim="bits"),
    case("add-alpha", lambda torch, x, y: torch.add(x, y, alpha=2), A, A),
    case("add-self", lambda torch, x: x + x, A, claim="bits"),
    case("add-0d", lambda torch, x, y: x + y, (), (), claim="bits"),
    case("sub", lambda torch, x, y: x - y, A, A, claim="bits"),
    case("sub-broadcast", lambda torch, x, y: x - y, A, (2, 1)),
    case("sub-number", lambda torch, x: x - 2, A, claim="bits"),
    case("sub-number-left", lambda torch, x: 1 - x, A, claim="bits"),
    case("sub-alpha", lambda torch, x, y: x.sub(y, alpha=2), A, A),
    case("mul", lambda torch, x, y: x * y, A, A, claim="bits"),
    case("mul-broadcast", lambda torch, x, y: x * y, A, ()),
    case("mul-number", lambda torch, x: x * 3, A, claim="bits"),
    case("mul-number-left", lambda torch, x: -0.25 * x, A, claim="bits"),
    case("mul-bool", lambda torch, x: x * True, A),
    case("div", lambda torch, x, y: x / y, A, A, claim="bits"),
    case("div-number", lambda torch, x: x / 3, A, claim="bits"),
    case("div-number-left", lambda torch, x: 2 / x, A, claim="bits"),
    case("div-broadcast", lambda torch, x, y: x / y.abs().clamp(1, 1), A, B),
    case("reciprocal", lambda torch, x: x.reciprocal(), A, claim="bits"),
    case("neg", lambda torch, x: -x, A, claim="bits"),
    case("neg-function", lambda torch, x: torch.neg(x), A, claim="bits"),
    case("pow-0", lambda torch, x: x**0, A, claim="bits"),
    case("pow-1", lambda torch, x: x**1, A, claim="bits"),
    case("pow-2", lambda torch, x: x**2, A, claim="bits"),
    case("pow-3", lambda torch, x: x**3, A, claim="bits"),
    case("pow-minus-1", lambda torch, x: x**-1, A, claim="bits"),
    case("pow-half", lambda torch, x: x**0.5, A, claim="rough", positive=True),
    case("pow-2.5", lambda torch, x: torch.pow(x, 2.5), A, claim="rough", positive=True),
    case("pow-tensor", lambda torch, x, y: x**y, A, A, claim="rough", positive=True),
    case("pow-base", lambda torch, x: 2**x, A, claim="rough"),
    case("floor-div", lambda torch, x, y: torch.div(x, y, rounding_mode="floor"), A, A, smooth=False),
    case("trunc-div", lambda torch, x: x.div(2, rounding_mode="trunc"), A, smooth=False),
    case("remainder", lambda torch, x, y: x % (y.abs() + 1), A, A, smooth=False),
    case("fmod", lambda torch, x: torch.fmod(x, 2), A, smooth=False),
    case("square", lambda torch, x: x.square(), A, claim="bits"),
    case("square-by-mul", lambda torch, x: x * x, A, claim="bits"),
    # functions of one variable
    case("exp", lambda torch, x: torch.exp(x), A, claim="rough"),
    case("exp-method", lambda torch, x: x.exp(), (), claim="rough"),
    case("log", lambda torch, x: torch.log(x), A, claim="rough", positive=True),
    case("sqrt", lambda torch, x: x.sqrt(), A, claim="rough", positive=True),
    case("tanh", lambda torch, x: torch.tanh(x), A, claim="rough"),
    case("sigmoid", lambda torch, x: x.sigmoid(), A, claim="rough"),
    case("log1p", lambda torch, x: x.log1p(), A, claim="rough", positive=True),
    case("log2", lambda torch, x: torch.log2(x), A, claim="rough", positive=True),
    case("log10", lambda torch, x: x.log10(), A, claim="rough", positive=True),
    case("expm1", lambda torch, x: x.expm1(), A, claim="rough"),
    case("rsqrt", lambda torch, x: x.rsqrt(), A, claim="rough", positive=True),
    case("sin", lambda torch, x: torch.sin(x), A, claim="rough"),
    case("cos", lambda torch, x: x.cos(), A, claim="rough"),
    case("floor", lambda torch, x: x.floor(), A, claim="bits"),
    case("ceil", lambda torch, x: torch.ceil(x), A, claim="bits"),
    case("trunc", lambda torch, x: x.trunc(), A, claim="bits"),
    case("round", lambda torch, x: x.round(), A, claim="bits"),
    case("round-decimals", lambda torch, x: x.round(decimals=1), A, claim="rough"),
    case("sign", lambda torch, x: x.sign(), A, claim="bits"),
    case("abs", lambda torch, x: abs(x), A, claim="bits"),
    case("abs-function", lambda torch, x: torch.abs(x), A, claim="bits"),
    case("relu", lambda torch, x: torch.relu(x), A, claim="bits"),
    case("relu-method", lambda torch, x: x.relu(), (), claim="bits"),
    case("clamp", lambda torch, x: x.clamp(-1, 1), A, claim="bits"),
    case("clamp-at-its-bounds", lambda torch, x: x.clamp(-1, 1), A),
    case("clamp-min", lambda torch, x: x.clamp(min=0), A, claim="bits"),
    case("clamp-max", lambda torch, x: torch.clamp(x, max=0.5), A, claim="bits"),
    case("clamp-tensors", lambda torch, x, y: x.clamp(y, y + 1), A, A, ties=False),
    case("clamp-below-tensor", lambda torch, x, y: x.clamp(min=y), A, B, ties=False),
    case("clone", lambda torch, x: x.clone(), A, claim="bits"),
    # choice
    case("where", lambda torch, x, y: torch.where(x > y, x, y), A, A, claim="bits"),
    case("where-number", lambda torch, x: torch.where(x > 0, x, 0.0), A, claim="bits"),
    case("where-method", lambda torch, x, y: x.where(y < 0, y), A, A, claim="bits"),
    case("where-broadcast", lambda torch, x, y: torch.where(x[:, :1] > 0, x, y), A, B),
    case("maximum", lambda torch, x, y: torch.maximum(x, y), A, A, claim="bits+0", ties=False),
    case("minimum", lambda torch, x, y: torch.minimum(x, y), A, A, claim="bits+0", ties=False),
    case("maximum-broadcast", lambda torch, x, y: x.maximum(y), A, B, ties=False),
    case("max-of-two", lambda torch, x, y: torch.max(x, y), A, A, claim="bits+0", ties=False),
    # reductions
    case("sum", lambda torch, x: x.sum(), C),
    case("sum-0d", lambda torch, x: x.sum(), (), claim="bits"),
    case("sum-dim", lambda torch, x: x.sum(0), C),
    case("sum-axis", lambda torch, x: torch.sum(x, axis=1), C),
    case("sum-dims", lambda torch, x: x.sum((0, -1)), C),
    case("sum-keepdim", lambda torch, x: x.sum(-1, keepdim=True), C),
    case("sum-keepdims", lambda torch, x: torch.sum(x, dim=(1, 2), keepdims=True), C),
    case("sum-all-dims", lambda torch, x: x.sum((0, 1, 2)), C),
    case("mean", lambda torch, x: x.mean(), A),
    case("mean-dim", lambda torch, x: x.mean(1), A),
    case("mean-dims", lambda torch, x: x.mean((0, 2), keepdim=True), (2, 3, 4)),
    case("mean-axis", lambda torch, x: x.mean(axis=-1), C),
    case("max", lambda torch, x: x.max(), A),
    case("min", lambda torch, x: torch.min(x), A),
    case("max-dim", lambda torch, x: x.max(1).values, A),
    case("max-dim-keepdim", lambda torch, x: torch.max(x, dim=0, keepdim=True)[0], A),
    case("min-dim", lambda torch, x: x.min(dim=-1)[0], C),
    case("amax", lambda torch, x: x.amax(1), A),
    case("amax-dims", lambda torch, x: torch.amax(x, (0, 1), keepdim=True), A),
    case("amin", lambda torch, x: x.amin(0), A),
    case("amax-all", lambda torch, x: x.amax(), A),
    case("var", lambda torch, x: x.var(), A, claim="rough"),
    case("var-dim", lambda torch, x: x.var(1, keepdim=True), C, claim="rough"),
    case("std", lambda torch, x: x.std(), A, claim="rough"),
    case("std-of-all", lambda torch, x: x.std(0, correction=0), C, claim="rough"),
    case("norm", lambda torch, x: x.norm(), A, claim="rough"),
    case("norm-1", lambda torch, x: torch.norm(x, 1, 1), A, claim="rough"),
    case("norm-3", lambda torch, x: x.norm(p=3, dim=(0, 2), keepdim=True), C, claim="rough"),
    case("norm-inf", lambda torch, x: x.norm(float("inf"), dim=0), A, smooth=False),
    case("prod", lambda torch, x: x.prod(), (3,), claim="rough"),
    case("prod-dim", lambda torch, x: x.prod(1), (2, 3), claim="rough"),
    case("prod-dim-0", lambda torch, x: x.prod(0), (2, 3), claim="rough"),
    case("cumsum", lambda torch, x: x.cumsum(1), C),
    case("sort", lambda torch, x: x.sort().values, A, ties=False),
    case("sort-down", lambda torch, x: torch.sort(x, 0, descending=True)[0], C, ties=False),
    case("topk", lambda torch, x: (x + 99 * torch.arange(4)).topk(2).values, A),  # of ties torch takes any
    case("logsumexp", lambda torch, x: x.logsumexp(1), A, claim="rough"),
    case("logsumexp-dims", lambda torch, x: torch.logsumexp(x, (0, 1), keepdim=True), A, claim="rough"),
    case("softmax", lambda torch, x: x.softmax(1), A, claim="rough"),
    case("softmax-dim-0", lambda torch, x: torch.softmax(x, dim=0), C, claim="rough"),
    case("log_softmax", lambda torch, x: torch.log_softmax(x, dim=-1), A, claim="rough"),
    case("log_softmax-middle", lambda torch, x: x.log_softmax(1), C, claim="rough"),
    # products
    case("dot", lambda torch, x, y: x @ y, (4,), (4,)),
    case("mv", lambda torch, x, y: x @ y, (2, 3), (3,)),
    case("dot-function", lambda torch, x, y: torch.dot(x, y), (4,), (4,)),
    case("mv-function", lambda torch, x, y: x.mv(y), (2, 3), (3,)),
    case("bmm", lambda torch, x, y: torch.bmm(x, y), (2, 3, 4), (2, 4, 2)),
    case("outer", lambda torch, x, y: torch.outer(x, y), (2,), (3,)),
    case("mse_loss", lambda torch, x, y: torch.nn.functional.mse_loss(x, y), A, A),
    case("mse_loss-sum", lambda torch, x, y: torch.nn.MSELoss(reduction="sum")(x, y), A, A),
    case("mse_loss-none", lambda torch, x, y: torch.nn.MSELoss(reduction="none")(x, y), A, A),
    case("vm", lambda torch, x, y: x @ y, (2,), (2, 3)),
    case("mm", lambda torch, x, y: torch.mm(x, y), (2, 3), (3, 4)),
    case("mm-square", lambda torch, x, y: x @ y, (3, 3), (3, 3)),
    case("mm-transposed", lambda torch, x, y: x @ y.t(), (2, 3), (4, 3)),
    case("mm-both-transposed", lambda torch, x, y: x.T @ y.T, (3, 2), (4, 3)),
    case("mm-self", lambda torch, x: x @ x.T, (2, 3)),
    case("matmul-3-1", lambda torch, x, y: x @ y, (2, 3, 4), (4,)),
    case("matmul-1-3", lambda torch, x, y: x @ y, (3,), (2, 3, 4)),
    case("matmul-3-2", lambda torch, x, y: x @ y, (2, 3, 4), (4, 2)),
    case("matmul-2-3", lambda torch, x, y: torch.matmul(x, y), (2, 3), (4, 3, 2)),
    case("matmul-3-3", lambda torch, x, y: x @ y, (2, 3, 4), (2, 4, 2)),
    case("matmul-3-3-broadcast", lambda torch, x, y: x @ y, (1, 3, 2), (4, 2, 2)),
    case("matmul-3-3-broadcast-right", lambda torch, x, y: x @ y, (4, 3, 2), (1, 2, 2)),
    case("matmul-3-3-one", lambda torch, x, y: x @ y, (1, 3, 2), (1, 2, 2)),
    case("matmul-4-1", lambda torch, x, y: x @ y, (2, 2, 3, 2), (2,)),
    case("matmul-1-4", lambda torch, x, y: x @ y, (3,), (2, 2, 3, 2)),
    case("matmul-4-2", lambda torch, x, y: x @ y, (2, 2, 3, 2), (2, 3)),
    case("matmul-2-4", lambda torch, x, y: x @ y, (2, 3), (2, 2, 3, 2)),
    case("matmul-4-3", lambda torch, x, y: x @ y, (2, 2, 3, 2), (2, 2, 3)),
    case("matmul-4-4", lambda torch, x, y: x @ y, (2, 1, 3, 2), (1, 3, 2, 2)),
    case("matmul-empty", lambda torch, x, y: x @ y, (2, 0), (0, 3)),
    # indexing
    case("select", lambda torch, x: x[1], C, claim="bits"),
    case("select-negative", lambda torch, x: x[-1, 0], C, claim="bits"),
    case("select-all", lambda torch, x: x[1, 2, 3], C, claim="bits"),
    case("slice", lambda torch, x: x[0:1], C, claim="bits"),
    case("slice-full", lambda torch, x: x[:], C, claim="bits"),
    case("slice-steps", lambda torch, x: x[:, 1:, ::2], C, claim="bits"),
    case("slice-beyond", lambda torch, x: x[-9:1, 5:9], C, claim="bits"),
    case("none", lambda torch, x: x[None], A, claim="bits"),
    case("none-inside", lambda torch, x: x[:, None, 1:], A, claim="bits"),
    case("ellipsis", lambda torch, x: x[..., 0], C, claim="bits"),
    case("ellipsis-alone", lambda torch, x: x[...], C, claim="bits"),
    case("empty-key", lambda torch, x: x[()], C, claim="bits"),
    case("slices-full", lambda torch, x: x[:, 0:3], C, claim="bits"),
    case("ellipsis-middle", lambda torch, x: x[0, ..., None, 1:3], C, claim="bits"),
    case("index-number-in-tensor", lambda torch, x: x[torch.tensor(1)], C, claim="bits"),
    case("index", lambda torch, x: x[torch.tensor([1, 0])], C, claim="bits"),
    case("index-repeated", lambda torch, x: x[torch.tensor([1, 0, 1, 1, -1])], C),
    case("index-2d", lambda torch, x: x[torch.tensor([[1, 0], [1, 1]])], C),
    case("index-list", lambda torch, x: x[[1, 1]], C),
    case("index-pair", lambda torch, x: x[torch.tensor([0, 1]), torch.tensor([2, 2])], C),
    case("index-pair-repeated", lambda torch, x: x[torch.tensor([0, 0]), torch.tensor([2, 2])], C),
    case("index-pair-broadcast", lambda torch, x: x[torch.tensor([[0], [1]]), torch.tensor([2, 1])], C),
    case("index-arange", lambda torch, x: x[torch.arange(2), torch.tensor([3, 0])], A, claim="bits"),
    case("index-then-slice", lambda torch, x: x[torch.tensor([1, 1]), 1:], C),
    case("slice-then-index", lambda torch, x: x[:, torch.tensor([1, 1, 0])], C),
    case("slice-index-slice", lambda torch, x: x[1:, torch.tensor([1, 1]), ::2], C),
    case("index-slice-index", lambda torch, x: x[torch.tensor([1, 0]), :, torch.tensor([3, 3])], C),
    case("index-number-index", lambda torch, x: x[torch.tensor([1, 0]), 2, torch.tensor([3, 3])], C),
    case("index-none", lambda torch, x: x[torch.tensor([1, 0]), None], A),
    case("index-ellipsis", lambda torch, x: x[..., torch.tensor([1, 1])], C),
    case("mask", lambda torch, x: x[x > 0], A, smooth=False),
    case("mask-fixed", lambda torch, x: x[torch.tensor([True, False])], C),
    case("mask-2d", lambda torch, x: x[torch.tensor([[True, False, True], [False, False, True]])], C),
    case("mask-second", lambda torch, x: x[:, torch.tensor([True, False, True])], C),
    case("mask-and-index", lambda torch, x: x[torch.tensor([True, True]), torch.tensor([0, 2])], C),
    case("mask-none", lambda torch, x: x[torch.tensor([False, False])], C),
    case("gather", lambda torch, x: x.gather(1, torch.tensor([[0, 0, 3], [1, 2, 1]])), A),
    case("index_select", lambda torch, x: x.index_select(1, torch.tensor([2, 0, 2])), C),
    case("masked_select", lambda torch, x: x.masked_select(torch.tensor([True, False, True, True])), A),
    case("masked_fill", lambda torch, x: x.masked_fill(x.detach() > 0, -1.0), A, smooth=False),
    case("masked_fill-tensor", lambda torch, x, y: x.masked_fill(torch.tensor([True, False, True, True]), y), A, ()),
    case("tril", lambda torch, x: x.tril(), C, claim="bits"),
    case("triu", lambda torch, x: torch.triu(x, 1), A, claim="bits"),
    # writing
    case("put-number", lambda torch, x: written(x.clone(), 0, 1.0), A),
    case("put-slice", lambda torch, x, y: written(x.clone(), (slice(None), slice(1, 3)), y), A, (2, 2)),
    case("put-broadcast", lambda torch, x, y: written(x.clone(), slice(1, None), y), A, B),
    case("put-whole", lambda torch, x, y: written(x.clone(), slice(None), y), A, A),
    case("put-0d", lambda torch, x, y: written(x.clone(), (0, 1), y), A, ()),
    case("put-lead-ones", lambda torch, x, y: written(x.clone(), 0, y), A, (1, 4)),
    case("put-index", lambda torch, x, y: written(x.clone(), torch.tensor([2, 0]), y), (3, 2), (2, 2)),
    case(
        "put-pair",
        lambda torch, x, y: written(x.clone(), (torch.tensor([0, 1]), torch.tensor([1, 3])), y),
        A,
        (2,),
    ),
    case("put-mask", lambda torch, x: written(x.clone(), x.detach() > 0, 0.0), A, smooth=False),
    case("put-mask-values", lambda torch, x, y: written(x.clone(), torch.tensor([True, False]), y), A, B),
    case("put-index-in-slice", lambda torch, x, y: written(x.clone(), (0, torch.tensor([1, 2])), y), A, (2,)),
    case("put-into-zeros", lambda torch, x: written(torch.zeros(2, 4, dtype=x.dtype), 1, x), B),
    # shapes
    case("reshape", lambda torch, x: x.reshape(4, 6), C, claim="bits"),
    case("reshape-infer", lambda torch, x: torch.reshape(x, (-1, 2)), C, claim="bits"),
    case("reshape-copy", lambda torch, x: x.transpose(0, 1).reshape(-1), A, claim="bits"),
    case("view", lambda torch, x: x.view(-1), C, claim="bits"),
    case("view-tuple", lambda torch, x: x.view((4, 2)), A, claim="bits"),
    case("flatten", lambda torch, x: x.flatten(), C, claim="bits"),
    case("flatten-dims", lambda torch, x: torch.flatten(x, start_dim=1), C, claim="bits"),
    case("flatten-0d", lambda torch, x: x.flatten(), (), claim="bits"),
    case("flatten-copy", lambda torch, x: x.transpose(0, 2).flatten(), C, claim="bits"),
    case("t", lambda torch, x: x.t(), A, claim="bits"),
    case("t-1d", lambda torch, x: x.t(), B, claim="bits"),
    case("T", lambda torch, x: x.T, A, claim="bits"),
    case("mT", lambda torch, x: x.mT, C, claim="bits"),
    case("transpose", lambda torch, x: x.transpose(0, -1), C, claim="bits"),
    case("permute", lambda torch, x: x.permute(2, 0, 1), C, claim="bits"),
    case("permute-tuple", lambda torch, x: torch.permute(x, (1, 2, 0)), C, claim="bits"),
    case("unsqueeze", lambda torch, x: x.unsqueeze(1), A, claim="bits"),
    case("unsqueeze-last", lambda torch, x: torch.unsqueeze(x, -1), A, claim="bits"),
    case("squeeze", lambda torch, x: x.squeeze(), (1, 3, 1), claim="bits"),
    case("squeeze-dim", lambda torch, x: x.squeeze(0), (1, 3, 1), claim="bits"),
    case("squeeze-not-1", lambda torch, x: x.squeeze(1), (1, 3, 1), claim="bits"),
    case("squeeze-dims", lambda torch, x: torch.squeeze(x, (0, 2)), (1, 3, 1), claim="bits"),
    case("expand", lambda torch, x: x.expand(3, 2, 4), (2, 1)),
    case("expand-minus-1", lambda torch, x: x.expand(-1, 3), (2, 1)),
    case("expand-as", lambda torch, x, y: x.expand_as(y) * y, B, A),
    case("ravel", lambda torch, x: x.t().ravel(), A, claim="bits"),
    case("movedim", lambda torch, x: x.movedim(0, -1), C, claim="bits"),
    case("repeat", lambda torch, x: x.repeat(2, 1, 2), A),
    case("flip", lambda torch, x: x.flip(0, 2), C, claim="bits"),
    case("split", lambda torch, x: x.split(3, 1)[1], A, claim="bits"),
    case("split-sizes", lambda torch, x: torch.split(x, [1, 3], dim=1)[1], A, claim="bits"),
    case("chunk", lambda torch, x: x.chunk(2, -1)[0], C, claim="bits"),
    case("unbind", lambda torch, x: x.unbind(1)[2], A, claim="bits"),
    case("rows", lambda torch, x: list(x)[1], A, claim="bits"),
    case("contiguous", lambda torch, x: x.t().contiguous(), A, claim="bits"),
    case("contiguous-already", lambda torch, x: (x * 1).contiguous(), A, claim="bits"),
    # joining
    case("cat", lambda torch, x, y: torch.cat([x, y]), A, (3, 4), claim="bits"),
    case("cat-dim", lambda torch, x, y: torch.cat((x, y, x), dim=1), A, (2, 1)),
    case("cat-one", lambda torch, x: torch.cat([x], -1), A, claim="bits"),
    case("hstack", lambda torch, x, y: torch.hstack([x, y]), A, (2, 1), claim="bits"),
    case("vstack", lambda torch, x, y: torch.vstack([x, y]), A, B, claim="bits"),
    case("stack", lambda torch, x, y: torch.stack([x, y]), A, A, claim="bits"),
    case("stack-dim", lambda torch, x, y: torch.stack((x, y, x), dim=-1), A, A),
    case("stack-0d", lambda torch, x, y: torch.stack([x, y]), (), (), claim="bits"),
    # types and copies
    case("double", lambda torch, x: x.double(), A, kinds=("float32",), smooth=False),
    case("float", lambda torch, x: x.float(), A, kinds=("float64",), smooth=False),
    case("to-same", lambda torch, x: (x * 1).to(x.dtype), A, claim="bits"),
    case("detach", lambda torch, x: x * x.detach(), A, smooth=False),
]  # fmt: skip
NAMES = [case.name for case in TABLE]
EVERY = pytest.mark.parametrize("case", TABLE, ids=NAMES)


def claiming(*claims):
    cases = [case for case in TABLE if case.claim in claims]
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def run(library, case, arrays, dz=None):
    """The output, its gradient's arrays (None: no gradient) and the output's node, in one of the libraries."""
    make = torch.from_numpy if library is torch else minigrad.from_numpy
    inputs = [make(a.copy()).requires_grad_() for a in arrays]
    versions = [x._version for x in inputs]
    z = case.program(library, *inputs)
    if dz is not None:
        z.backward(make(dz.astype(z.detach().numpy().dtype)))
    assert [x._version for x in inputs] == versions, "an input was changed"
    for x, a in zip(inputs, arrays, strict=True):
        assert x.detach().numpy().tobytes() == a.tobytes(), "an input was changed"
    gradients = [None if x.grad is None else x.grad.numpy() for x in inputs]
    return z.detach().numpy(), gradients, z.grad_fn


def same(ours, theirs, plus_zero=False):
    """Bit for bit: dtype, shape, bytes, but every nan equals every nan; -0.0 equals 0.0 if plus_zero."""
    assert (ours is None) == (theirs is None)
    if ours is None:
        return
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    if plus_zero and ours.dtype.kind == "f":
        ours, theirs = ours + 0.0, theirs + 0.0
    either = np.isnan(ours) & np.isnan(theirs) if ours.dtype.kind == "f" else np.zeros(ours.shape, bool)
    a, b = np.where(either, 0, ours), np.where(either, 0, theirs)
    assert np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes(), f"{ours}\n≠\n{theirs}"


def draw_arrays(draw, case, elements, dtype):
    return [draw(hnp.arrays(dtype, shape, elements=elements, fill=st.nothing())) for shape in case.shapes]


def fixed_arrays(case, dtype, seed=0):
    """Distinct numbers, no two of which are closer than finite differences reach, none near a kink at a
    multiple of a half."""
    rng, arrays = np.random.default_rng(seed), []
    count = sum(math.prod(shape) for shape in case.shapes)
    numbers = (rng.permutation(count) - count // 2) / 8 + 0.0625
    for shape in case.shapes:
        part, numbers = numbers[: math.prod(shape)], numbers[math.prod(shape) :]
        arrays.append((np.abs(part) if case.positive else part).reshape(shape).astype(dtype))
    return arrays


def output_shape(case, arrays):
    return case.program(minigrad, *[minigrad.from_numpy(a.copy()) for a in arrays]).array.shape


# -- what kind of thing comes out ---------------------------------------------------------------------------


@EVERY
def test_types_shapes_names_and_views_are_torchs(case):
    for kind in case.kinds:
        arrays = fixed_arrays(case, kind)
        ours, _, node = run(minigrad, case, arrays)
        theirs, _, grad_fn = run(torch, case, arrays)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        assert node.name() == grad_fn.name().removeprefix("torch::autograd::")
        if case.claim != "rough":
            same(ours, theirs, plus_zero=True)


@EVERY
def test_nothing_is_recorded_for_inputs_that_want_no_gradient(case):
    arrays = fixed_arrays(case, case.kinds[0])
    z = case.program(minigrad, *[minigrad.from_numpy(a.copy()) for a in arrays])
    assert z.grad_fn is None
    assert not z.requires_grad


# -- exact --------------------------------------------------------------------------------------------------

# Inputs are multiples of 2**-1 of magnitude at most 2: integers up to 4, over 2. A product of d of them is
# an integer up to 4**d over 2**d, so a sum of n such, in any order and with or without FMA, is a float if
# n·4**d ≤ 2**24. In the table d ≤ 4 (x·x·x and dz), n ≤ 4 times the number of elements (the 4 for numbers
# in the programs); divisions are by powers of two, which shift, or by one power-of-two mean, likewise.
HALVES = st.integers(-4, 4).map(lambda k: k / 2)


@claiming("exact")
@given(data=st.data())
def test_small_dyadic_numbers_give_torchs_bits(case, data):
    dtype = data.draw(st.sampled_from(case.kinds))
    arrays = draw_arrays(data.draw, case, HALVES, dtype)
    if not case.ties:
        count = itertools.count()
        arrays = [np.reshape([v + next(count) for v in a.ravel()], a.shape).astype(dtype) for a in arrays]
    elements = max(math.prod(shape) for shape in case.shapes)
    dz = data.draw(hnp.arrays(dtype, output_shape(case, arrays), elements=HALVES, fill=st.nothing()))
    assert 4 * max(elements, dz.size) * 4**4 <= 2**24
    ours, our_gradients, _ = run(minigrad, case, arrays, dz)
    theirs, their_gradients, _ = run(torch, case, arrays, dz)
    same(ours, theirs, plus_zero=True)
    for a, b in zip(our_gradients, their_gradients, strict=True):
        same(a, b, plus_zero=True)


# -- bits ---------------------------------------------------------------------------------------------------


@claiming("bits", "bits+0")  # whether max(0.0, -0.0) is -0.0 depends, in torch, on where it stands in memory
@given(data=st.data())
def test_any_floats_give_torchs_bits(case, data):
    dtype = data.draw(st.sampled_from(case.kinds))
    anything = st.floats(width=32 if dtype == "float32" else 64)
    arrays = draw_arrays(data.draw, case, anything, dtype)
    dz = data.draw(hnp.arrays(dtype, output_shape(case, arrays), elements=anything, fill=st.nothing()))
    ours, our_gradients, _ = run(minigrad, case, arrays, dz)
    theirs, their_gradients, _ = run(torch, case, arrays, dz)
    same(ours, theirs, plus_zero=case.claim == "bits+0")
    for a, b in zip(our_gradients, their_gradients, strict=True):
        same(a, b, plus_zero=case.claim == "bits+0")


# -- bound --------------------------------------------------------------------------------------------------


class Ball:
    """A number in long double, and how far from it any computation in the precision tested may end up.

    Higham, Accuracy and Stability of Numerical Algorithms, ch. 2 and 3: one operation errs by u relative to
    its exact result, u half the distance from 1 to the next float, and by η where results are subnormal; a
    sum of n in any order by γ = (n-1)u / (1 - (n-1)u) times Σ|x|. The one thing assumed, not proved, is that
    exp, log, tanh, pow and sqrt of either library err by at most 4 units in the last place, 8u.
    """

    u = eta = None

    def __init__(self, c, r=0):
        self.c = np.asarray(c, np.longdouble)
        self.r = np.broadcast_to(np.asarray(r, np.longdouble), self.c.shape)

    def rounded(self, units=1):
        return Ball(self.c, self.r + units * self.u * (abs(self.c) + self.r) + self.eta)

    def __add__(self, y):
        return Ball(self.c + y.c, self.r + y.r).rounded()

    def __sub__(self, y):
        return Ball(self.c - y.c, self.r + y.r).rounded()

    def __mul__(self, y):
        return Ball(self.c * y.c, abs(self.c) * y.r + self.r * abs(y.c) + self.r * y.r).rounded()

    def __truediv__(self, y):
        assert (y.r < abs(y.c)).all()
        c = self.c / y.c
        return Ball(c, (self.r + abs(c) * y.r) / (abs(y.c) - y.r)).rounded()

    def __neg__(self):
        return Ball(-self.c, self.r)

    def exp(self):
        return Ball(np.exp(self.c), np.exp(self.c) * np.expm1(self.r)).rounded(8)

    def log(self):
        assert (self.r < self.c).all()
        return Ball(np.log(self.c), -np.log1p(-self.r / self.c)).rounded(8)

    def sqrt(self):
        return Ball(np.sqrt(self.c), self.r / np.sqrt(self.c)).rounded(8)

    def tanh(self):
        return Ball(np.tanh(self.c), self.r).rounded(8)

    def power(self, y):
        """xʸ for an x without error: y's error counts times log x, in the exponent."""
        z = self.c**y.c
        return Ball(z, z * np.expm1(abs(np.log(self.c)) * y.r)).rounded(8)

    def sum(self, axis=None):
        n = self.c.size if axis is None else self.c.shape[axis]
        gamma = (n - 1) * self.u / (1 - (n - 1) * self.u)
        size = (abs(self.c) + self.r).sum(axis, keepdims=axis is not None)
        return Ball(
            self.c.sum(axis, keepdims=axis is not None),
            self.r.sum(axis, keepdims=axis is not None) + gamma * size,
        )

    def shifted(self, axis):
        return self - Ball(self.c.max(axis, keepdims=True))

    def __matmul__(self, y):
        n, size = self.c.shape[-1], abs(self.c) @ abs(y.c)  # of inputs without error
        return Ball(self.c @ y.c, n * self.u / (1 - n * self.u) * size + n * self.eta)

    T = property(lambda self: Ball(self.c.T, self.r.T))

    def holds(self, computed, what):
        """Fail, and say what is computed wrongly, unless it lies within."""
        if not (abs(computed.astype(np.longdouble) - self.c) <= self.r).all():
            raise AssertionError(
                f"{what} is\n{computed}\nthe truth\n{self.c}\nand rounding explains\n{self.r}"
            )


ONE, TWO = Ball(1), Ball(2)


def of_one(function, derivative):
    """z = f(x), and dx = derivative(dz, z, x)"""

    def truth(dz, x):
        z = function(x)
        return z, [derivative(dz, z, x)]

    return truth


def softmax(axis):
    def value(x):
        e = x.shifted(axis).exp()
        return e / e.sum(axis)

    return of_one(value, lambda dz, z, x: (dz - (dz * z).sum(axis)) * z)


def log_softmax(axis):
    def value(x):
        s = x.shifted(axis)
        return s - s.exp().sum(axis).log()

    return of_one(value, lambda dz, z, x: dz - z.exp() * dz.sum(axis))


def logsumexp(axis, keep):
    def value(x):
        z = x.shifted(axis).exp().sum(axis).log() + Ball(x.c.max(axis, keepdims=True))
        return z if keep else Ball(z.c.squeeze(axis), z.r.squeeze(axis))

    def spread(a):
        return a if keep else Ball(np.expand_dims(a.c, axis), np.expand_dims(a.r, axis))

    return of_one(value, lambda dz, z, x: spread(dz) * (x - spread(z)).exp())


def constant(value):
    return lambda x: Ball(np.full(x.c.shape, value))


TRUTHS = {
    "exp": of_one(Ball.exp, lambda dz, z, x: dz * z),
    "log": of_one(Ball.log, lambda dz, z, x: dz / x),
    "sqrt": of_one(Ball.sqrt, lambda dz, z, x: dz / (TWO * z)),
    "tanh": of_one(Ball.tanh, lambda dz, z, x: dz * (ONE - z * z)),
    "sigmoid": of_one(lambda x: ONE / (ONE + (-x).exp()), lambda dz, z, x: dz * (ONE - z) * z),
    "pow-half": of_one(Ball.sqrt, lambda dz, z, x: dz * (Ball(0.5) * x.power(Ball(-0.5)))),
    "pow-2.5": of_one(
        lambda x: x.power(Ball(2.5)), lambda dz, z, x: dz * (Ball(2.5) * x.power(Ball(1.5)))
    ),
    "pow-base": of_one(lambda x: TWO.power(x), lambda dz, z, x: dz * (z * TWO.log())),
    "pow-tensor": lambda dz, x, y: (
        x.power(y), [dz * (y * x.power(y - ONE)), dz * (x.power(y) * x.log())]
    ),
    "softmax": softmax(1),
    "softmax-dim-0": softmax(0),
    "log_softmax": log_softmax(1),
    "log_softmax-middle": log_softmax(1),
    "logsumexp": logsumexp(1, keep=False),
    "sum": of_one(Ball.sum, lambda dz, z, x: Ball(np.broadcast_to(dz.c, x.c.shape))),
    "mean": of_one(
        lambda x: x.sum() / Ball(x.c.size), lambda dz, z, x: Ball(np.broadcast_to(dz.c, x.c.shape)) / Ball(x.c.size)
    ),
    "mm": lambda dz, x, y: (x @ y, [dz @ y.T, x.T @ dz]),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUTHS)
@given(data=st.data())
def test_both_libraries_round_within_the_bound(name, data):
    case = next(case for case in TABLE if case.name == name)
    within_the_bound(case, data, 2**-6 if case.positive else -8, 8)


@pytest.mark.parametrize(
    "name", ["softmax", "softmax-dim-0", "log_softmax", "log_softmax-middle", "logsumexp"]
)
@given(data=st.data())
def test_large_numbers_are_shifted_before_they_overflow(name, data):
    within_the_bound(next(case for case in TABLE if case.name == name), data, -1000, 1000)


def within_the_bound(case, data, low, high):
    dtype, name = np.dtype(data.draw(st.sampled_from(case.kinds))), case.name
    finite = st.floats(low, high, width=dtype.itemsize * 8)
    arrays = draw_arrays(data.draw, case, finite, dtype)
    signed = st.floats(-8, 8, width=dtype.itemsize * 8)
    dz = data.draw(hnp.arrays(dtype, output_shape(case, arrays), elements=signed, fill=st.nothing()))
    Ball.u, Ball.eta = (
        np.longdouble(np.finfo(dtype).eps) / 2,
        np.longdouble(np.finfo(dtype).smallest_subnormal),
    )
    z, gradients = TRUTHS[name](Ball(dz), *map(Ball, arrays))
    for library in (minigrad, torch):
        value, found, _ = run(library, case, arrays, dz)
        z.holds(value, f"{library.__name__}'s {name}")
        for i, (truth, gradient) in enumerate(zip(gradients, found, strict=True)):
            truth.holds(gradient, f"{library.__name__}'s gradient of {name} for input {i}")


# -- ops without a gradient ---------------------------------------------------------------------------------

PLAIN = {
    "eq": lambda torch, x, y: x == y,
    "ne": lambda torch, x, y: x != y,
    "lt": lambda torch, x, y: x < y,
    "le": lambda torch, x, y: torch.le(x, y),
    "gt": lambda torch, x, y: x > y,
    "ge": lambda torch, x, y: x.ge(y),
    "eq-number": lambda torch, x, y: x == 0,
    "isnan": lambda torch, x, y: torch.isnan(x),
    "argmax": lambda torch, x, y: torch.argmax(x),
    "argmax-dim": lambda torch, x, y: x.argmax(1),
    "argmax-axis": lambda torch, x, y: torch.argmax(x, axis=0, keepdims=True),
    "argmax-keepdim": lambda torch, x, y: x.argmax(dim=-1, keepdim=True),
    "argmin": lambda torch, x, y: x.argmin(),
    "argmin-dim": lambda torch, x, y: torch.argmin(x, dim=0),
    "max-indices": lambda torch, x, y: x.max(1).indices,
    "min-indices": lambda torch, x, y: torch.min(x, 0, keepdim=True).indices,
    "mask-and": lambda torch, x, y: (x > 0) & (y > 0),
    "mask-or": lambda torch, x, y: (x > 0) | (y > 0),
    "mask-not": lambda torch, x, y: ~(x > 0),
    "all": lambda torch, x, y: (x == y).all(),
    "any": lambda torch, x, y: torch.any(x == y),
    "count": lambda torch, x, y: (x == y).sum(),
}


@pytest.mark.parametrize("name", PLAIN)
@given(data=st.data())
def test_ops_without_a_gradient(name, data):
    elements = st.sampled_from([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-40]) | st.floats(
        width=32
    )
    x, y = (data.draw(hnp.arrays("float32", A, elements=elements, fill=st.nothing())) for _ in range(2))
    ours = PLAIN[name](minigrad, minigrad.from_numpy(x), minigrad.from_numpy(y).requires_grad_())
    theirs = PLAIN[name](torch, torch.from_numpy(x), torch.from_numpy(y).requires_grad_())
    assert not ours.requires_grad
    same(ours.numpy(), theirs.numpy())


# -- types --------------------------------------------------------------------------------------------------

KINDS = ("float32", "float64", "int64", "int32", "uint8", "bool")
FORMS = {
    "dimensioned": lambda torch, kind: torch.tensor([3, 0, 2], dtype=getattr(torch, kind)),
    "0-d": lambda torch, kind: torch.tensor(3, dtype=getattr(torch, kind)),
    "number": lambda torch, kind: {"f": 2.5, "i": 2, "u": 2, "b": True}[np.dtype(kind).kind],
}
MEETINGS = {
    "add": lambda torch, x, y: x + y,
    "sub": lambda torch, x, y: x - y,
    "mul": lambda torch, x, y: x * y,
    "div": lambda torch, x, y: x / y,
    "pow": lambda torch, x, y: x**y,
    "eq": lambda torch, x, y: x == y,
    "ne": lambda torch, x, y: x != y,
    "lt": lambda torch, x, y: x < y,
    "le": lambda torch, x, y: x <= y,
    "gt": lambda torch, x, y: x > y,
    "ge": lambda torch, x, y: x >= y,
    "maximum": lambda torch, x, y: torch.maximum(x, y),
    "where": lambda torch, x, y: torch.where(torch.tensor([True, False, True]), x, y),
    "add_": lambda torch, x, y: x.clone().add_(y),
    "mul_": lambda torch, x, y: x.clone().mul_(y),
    "div_": lambda torch, x, y: x.clone().div_(y),
}

# torch refuses `x - True`, which is x - 1 to us.
OURS_ALONE = {("sub", "number", "bool")}


def outcome(program, library, *args):
    """What a program returns, or how it fails: the exception's type and its first sentence."""
    try:
        return program(library, *args)
    except Exception as error:
        return error


@pytest.mark.parametrize(
    ("op", "form_x", "form_y"),
    [
        forms
        for forms in itertools.product(MEETINGS, FORMS, FORMS)
        if forms[0] == "where" or forms[1:] != ("number", "number")  # two numbers are Python's own business
    ],
)
def test_types_meet_as_in_torch(op, form_x, form_y):
    for kind_x, kind_y in itertools.product(KINDS, KINDS):
        if {(op, form_x, kind_x), (op, form_y, kind_y)} & OURS_ALONE:
            continue
        values = [
            outcome(MEETINGS[op], library, FORMS[form_x](library, kind_x), FORMS[form_y](library, kind_y))
            for library in (minigrad, torch)
        ]
        ours, theirs = values
        where = f"{op} of {form_x} {kind_x} and {form_y} {kind_y}: {ours!r} for {theirs!r}"
        if isinstance(theirs, Exception):
            assert type(ours) is type(theirs), where
            continue
        assert not isinstance(ours, Exception), where
        assert str(ours.dtype) == str(theirs.dtype), where
        same(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "mean",
        "exp",
        "log",
        "sqrt",
        "tanh",
        "sigmoid",
        "relu",
        "abs",
        "neg",
        "max",
        "prod",
        "sign",
        "floor",
    ],
)
def test_types_of_functions_of_one_tensor(name, kind):
    program = lambda torch: getattr(torch, name)(torch.tensor([[1, 0, 1]], dtype=getattr(torch, kind)))
    ours, theirs = outcome(program, minigrad), outcome(program, torch)
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs)
        assert str(ours).startswith(str(theirs).split("\n")[0].split(". ")[0])
        return
    assert str(ours.dtype) == str(theirs.dtype)
    np.testing.assert_allclose(
        ours.double().numpy(), theirs.double().numpy(), rtol=8 * 2**-24
    )  # 4 units in the last place


# -- the small print ----------------------------------------------------------------------------------------

# Each line is here because a mutant (`make mutants`) lived without it.
SMALL_PRINT = lines("""
    zeros(2).norm()
    tensor([1., 0.]).norm()
    tensor([1., 0.]).norm(3)
    tensor([3., 0., -4.]).norm(1)
    tensor([3., 0., -4.]).norm(float("inf"))
    0. ** tensor([0., 1., -1.])
    tensor([0., 1., -1.]) ** 0
    tensor([0., 1., -1.]) ** t.tensor([0., 0., 2.])
    t.tensor([0., 1., 2.]) ** tensor([0., 0., 2.])
    (-2.) ** tensor([1., 2.])
    tensor([0., 0., 2.]).std()
    tensor([1., 1.]).std()
    tensor([[1., 2., 3.], [4., 0., 6.]]).prod(0)
    tensor([[[1., 2.], [3., 4.]], [[5., 0.], [7., 8.]]]).prod(1)
    tensor([[[1., 2.], [3., 4.]], [[5., 0.], [7., 8.]]]).prod(0, keepdim=True)
    tensor([[[1., 2., 5.], [3., 4., 6.]], [[5., 0., 1.], [7., 8., 2.]]]).prod(1)
    tensor([[[1., 2., 5.], [3., 4., 6.]], [[5., 0., 1.], [7., 8., 2.]]]).prod(0)
    tensor([0., 0., 3.]).prod()
    t.tensor([True, False]) ** t.tensor([True, True])
    t.tensor([True, False]) + t.tensor([True, True]) + tensor([1., 2.])
    t.nn.functional.mse_loss(tensor([1., 2.]), t.ones(2).double())
    t.nn.functional.mse_loss(tensor([1., 2.]).double(), t.ones(2))
    tensor([6e4, 6e4]).half().mean()
    tensor([6e4, 6e4]).half().mean(0)
    tensor([1., 2., 2.]).max()
    tensor([[2., 2.], [1., 2.]]).amin((0, 1))
    t.maximum(tensor([1., 2.]), t.tensor([1., 3.]))
    tensor([1., 1.]).clamp(t.tensor([1., 2.]), t.tensor([1., 1.]))
    tensor([float("nan"), 0., -0.]).abs()
    tensor([float("inf"), float("-inf")]).logsumexp(0)
    t.zeros(0, 2).add(tensor([1., 2.]))
    tensor([[2.]]) * t.ones(1, 3)
    tensor([1., 0.]).norm(0) + tensor([3.])
    zeros(2).norm(1.5)
    zeros(2).norm(.5)
    tensor([1., 2.]).half().norm(3, keepdim=True)
    t.ones(2).clamp(min=tensor([float("inf"), 3.]))
    t.ones(2).clamp(t.zeros(2), tensor([float("inf"), .5]))
    tensor([-0., 0., 1.]).clamp(max=0.)
    tensor([float("nan"), 1.]).norm(float("inf"))
    tensor([float("nan"), 1.]).max()
    tensor([float("nan"), 1.]).amax(0)
    tensor([[3., -3., 1.]]).norm(float("inf"), 1, keepdim=True)
    tensor([[3., -3., 0.]]).norm(1.5, 1)
    tensor([1., 2.]).clamp(1., 2.)
    tensor([-0., 0., 1.]).clamp(min=0.)
    tensor([1., 2., 3.])[t.tensor([-1, 0, -1])]
""")


@pytest.mark.parametrize("source", SMALL_PRINT)
def test_the_small_print(source):
    """The value of an expression with one leaf, and the leaf's gradient, also of the nan and inf kind."""

    def run(t):
        made = []

        def leaf(values):
            made.append(t.tensor(values, requires_grad=True))
            return made[-1]

        z = program(source, tensor=lambda t: leaf, zeros=lambda t: lambda n: leaf([0.0] * n))(t)
        z.sum().backward()
        return z, z.grad_fn.name(), made[0].grad

    both_same(run)


# Without a gradient: values, types and errors.
PLAIN_PRINT = lines("""
    [t.tensor([7, -7]).div(y, rounding_mode="trunc") for y in (2, 2.5, t.tensor(2), t.tensor([2, 2]), t.tensor(2.5))]
    t.tensor([7., -7.]).div(2, rounding_mode="trunc")
    [t.tensor([True, False]) ** n for n in (True, False, 2, 1.5)], t.tensor([True, False]) ** t.tensor([2, 0])
    True ** t.tensor([True, False])
    t.tensor([1, 2]) ** -1
    t.tensor([-1, 1, 2, -2, 0, -1]) ** t.tensor([-1, -2, -1, 3, 0, -2]), 2 ** t.tensor([-1, 0, 3]), (-1) ** t.tensor([-1, 2])
    [t.arange(2.).var(correction=c) for c in (0, 1, 2, 3)], t.arange(2.).std(correction=2)
    t.zeros(0, 2).logsumexp(0), t.zeros(2, 0).logsumexp(1, keepdim=True), t.zeros(0, 3).softmax(1), t.zeros(3, 0).softmax(0)
    t.tensor([[-1.], [0.]]) @ t.tensor([[0., 2.]])
    t.full((70000,), 1., dtype=t.float16).mean(), t.full((70000,), 1., dtype=t.float16).sum()
    t.tensor([2.5, -2.5, 3.5, .5]).round(), t.tensor([25., 35.]).round(decimals=-1), t.tensor([2, 3]).round(), t.tensor([True]).sign()
    t.tensor([7, -7]) % 3, t.tensor([7., -7.]) % -3, t.fmod(t.tensor([7, -7]), 3), t.tensor([7, -7]) // 2, 7 % t.tensor([3, -3])
    t.where(t.tensor([True, False]), t.tensor([1, 2]), t.tensor([.5, .5])), t.where(t.tensor([True]), 1, 2.)
    t.tensor([1, 2]) ** 0.5, t.tensor([2, 3]) ** 3, t.tensor([float("-inf"), -0., -1.]) ** 0.5
    [t.tensor([200, 3], dtype=t.uint8).sign(), t.tensor([float("nan"), -0., -2.]).sign(), t.tensor(-3).sign()]
    [f(t.tensor([200, 200], dtype=t.uint8)) for f in (t.sum, t.prod, lambda x: x.sum(0), lambda x: x.prod(0), lambda x: x.cumsum(0))]
    [f(t.tensor([2**24 + 1, -(2**24) - 1]), t.tensor([2.**24, -(2.**24)])) for f in (t.eq, t.ne, t.lt, t.le, t.gt, t.ge)]
    [t.ones(2, 3).t().clone().stride(), t.ones(2, 3).t().contiguous().stride(), t.ones(4, 6)[:, ::2].clone().stride()]
    t.ones(2).clamp(t.zeros(2), 3.)
    t.ones(2).clamp(0., t.ones(2))
""")  # noqa: E501


@pytest.mark.parametrize("source", PLAIN_PRINT)
def test_the_small_print_without_gradients(source):
    both_same(program(source))


def test_gradients_of_a_product_lie_as_its_factors_do():
    """Strides of the gradients, for factors row after row, column after column, and cut out of larger ones."""

    def run(t):
        lefts = [t.ones(2, 3), t.ones(3, 2).t(), t.ones(3, 4)[:, :2].t(), t.ones(4, 3)[:2]]
        rights = [t.ones(3, 4), t.ones(4, 3).t(), t.ones(4, 6)[:, :3].t(), t.ones(6, 4)[::2]]
        pairs = [[x.requires_grad_(), y.requires_grad_()] for x in lefts for y in rights]
        return [[dx.stride() for dx in t.autograd.grad((x @ y).sum(), [x, y])] for x, y in pairs]

    both_same(run)


@given(data=st.data())
def test_powers_that_need_no_logarithm(data):
    """Bit for bit, for torch has them from products, and 1/√x; its √x alone is another than NumPy's."""
    exponent, dtype = data.draw(st.sampled_from([2, 3, -1, -2, -0.5])), data.draw(DTYPES)
    x = data.draw(hnp.arrays(dtype, 16, elements=st.floats(-1, 100, width=32), fill=st.nothing()))
    same((minigrad.from_numpy(x) ** exponent).numpy(), (torch.from_numpy(x) ** exponent).numpy())


# -- finite differences -------------------------------------------------------------------------------------

SMOOTH = pytest.mark.parametrize(
    "case", [c for c in TABLE if c.smooth], ids=[c.name for c in TABLE if c.smooth]
)


def gentle_inputs(case):
    """Inputs of small size, so that the error of central differences, ε²·f‴/6 + u·|f|/ε, is within their tolerance."""
    return [minigrad.from_numpy(np.asarray(a / 4)).requires_grad_() for a in fixed_arrays(case, "float64")]


@SMOOTH
def test_gradients_are_those_of_finite_differences(case):
    assert gradcheck(lambda *inputs: case.program(minigrad, *inputs), gentle_inputs(case))


@SMOOTH
def test_second_derivatives_are_those_of_finite_differences(case):
    assert gradgradcheck(lambda *inputs: case.program(minigrad, *inputs), gentle_inputs(case))
