"""Every op against torch's: one table, one line per op, each held in every tier that there is.

*bits*, any floats at all, nan, infinities, -0.0 and subnormals among them; *exact*, small dyadic numbers; *bounded*,
any floats: `same` proves or derives what each asks for, from the program and its inputs. Derivatives, first and
second, are held against differences of what is differentiated. Every op on exchanged kernels: test_exchange.py.
"""

import itertools
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from both import DTYPES, lines, program, tells_the_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minigrad
from sidebyside.contract import same_bits
from sidebyside.contract.derivatives import derivative, gradient
from sidebyside.testing import ANY_SHAPE, NoTier, dyadics, floats, same


@dataclass
class Case:
    """One line of the table: a program for both libraries, and the shapes of its inputs.

    A shape may be a function of the first input's shape that says what to draw: see ANY.
    """

    name: str
    program: object
    shapes: tuple
    claim: str = "exact"  # on dyadics; "any": on any floats; "bits": with the sign of zeros; "rough": nowhere
    positive: bool = False  # the op's domain
    smooth: bool = True  # whether it has derivatives
    bounded: bool = True  # whether any floats have a bound
    kinds: tuple = field(default=("float32", "float64"))

    def arrays(self, draw, numbers):
        """Inputs of such numbers, which is a strategy's function of shape and dtype."""
        dtype, shapes = draw(st.sampled_from(self.kinds)), []
        for shape in self.shapes:
            shapes.append(draw(shape(*shapes[:1])) if callable(shape) else shape)
        return [draw(numbers(shape, dtype)) for shape in shapes]

    def fixed_shapes(self):
        """The shapes of its inputs, once, where they need not be drawn."""
        return [(2, 4) if callable(shape) else shape for shape in self.shapes]


def case(name, program, *shapes, **options):
    return Case(name, program, shapes, **options)


def written(x, key, value):
    x[key] = value
    return x


ANY = lambda *first: ANY_SHAPE
SAME = lambda first: st.just(first)
FIT = lambda first: hnp.broadcastable_shapes(first, min_dims=0, max_dims=len(first), min_side=0)
A, B, C = (2, 4), (4,), (2, 3, 4)
TABLE = [
    # arithmetic
    case("add", lambda torch, x, y: x + y, ANY, SAME, claim="bits"),
    case("add-broadcast", lambda torch, x, y: x + y, ANY, FIT),
    case("add-broadcast-both", lambda torch, x, y: x + y, (2, 1, 4), (3, 1)),
    case("add-number", lambda torch, x: x + 2, ANY, claim="bits"),
    case("add-number-left", lambda torch, x: 0.5 + x, ANY, claim="bits"),
    case("add-function", lambda torch, x, y: torch.add(x, y), ANY, SAME, claim="bits"),
    case("add-alpha", lambda torch, x, y: torch.add(x, y, alpha=2), ANY, SAME),
    case("add-self", lambda torch, x: x + x, ANY, claim="bits"),
    case("add-0d", lambda torch, x, y: x + y, (), (), claim="bits"),
    case("sub", lambda torch, x, y: x - y, ANY, SAME, claim="bits"),
    case("sub-broadcast", lambda torch, x, y: x - y, A, (2, 1)),
    case("sub-number", lambda torch, x: x - 2, ANY, claim="bits"),
    case("sub-number-left", lambda torch, x: 1 - x, ANY, claim="bits"),
    case("sub-alpha", lambda torch, x, y: x.sub(y, alpha=2), ANY, SAME),
    case("mul", lambda torch, x, y: x * y, ANY, SAME, claim="bits"),
    case("mul-broadcast", lambda torch, x, y: x * y, ANY, ()),
    case("mul-number", lambda torch, x: x * 3, ANY, claim="bits"),
    case("mul-number-left", lambda torch, x: -0.25 * x, ANY, claim="bits"),
    case("mul-bool", lambda torch, x: x * True, ANY),
    case("div", lambda torch, x, y: x / y, ANY, SAME, claim="bits"),
    case("div-number", lambda torch, x: x / 3, ANY, claim="bits"),
    case("div-number-left", lambda torch, x: 2 / x, ANY, claim="bits"),
    case("div-broadcast", lambda torch, x, y: x / y.abs().clamp(1, 1), ANY, FIT),
    case("reciprocal", lambda torch, x: x.reciprocal(), ANY, claim="bits"),
    case("neg", lambda torch, x: -x, ANY, claim="bits"),
    case("neg-function", lambda torch, x: torch.neg(x), ANY, claim="bits"),
    case("pow-0", lambda torch, x: x**0, ANY, claim="bits"),
    case("pow-1", lambda torch, x: x**1, ANY, claim="bits"),
    case("pow-2", lambda torch, x: x**2, ANY, claim="bits"),
    case("pow-3", lambda torch, x: x**3, ANY, claim="bits"),
    case("pow-minus-1", lambda torch, x: x**-1, ANY, claim="bits"),
    case("pow-half", lambda torch, x: x**0.5, ANY, claim="rough", positive=True),
    case("pow-2.5", lambda torch, x: torch.pow(x, 2.5), ANY, claim="rough", positive=True),
    case("pow-tensor", lambda torch, x, y: x**y, ANY, SAME, claim="rough", positive=True),
    case("pow-base", lambda torch, x: 2**x, ANY, claim="rough"),
    case("floor-div", lambda torch, x, y: torch.div(x, y, rounding_mode="floor"), ANY, SAME, smooth=False),
    case("trunc-div", lambda torch, x: x.div(2, rounding_mode="trunc"), ANY, smooth=False),
    case("remainder", lambda torch, x, y: x % y, ANY, SAME, smooth=False),
    case("fmod", lambda torch, x: torch.fmod(x, 2), ANY, smooth=False),
    case("square", lambda torch, x: x.square(), ANY, claim="bits"),
    case("square-by-mul", lambda torch, x: x * x, ANY, claim="bits"),
    # functions of one variable
    case("exp", lambda torch, x: torch.exp(x), ANY, claim="rough"),
    case("exp-method", lambda torch, x: x.exp(), (), claim="rough"),
    case("log", lambda torch, x: torch.log(x), ANY, claim="rough", positive=True),
    case("sqrt", lambda torch, x: x.sqrt(), ANY, claim="rough", positive=True),
    case("tanh", lambda torch, x: torch.tanh(x), ANY, claim="rough"),
    case("sigmoid", lambda torch, x: x.sigmoid(), ANY, claim="rough"),
    case("log1p", lambda torch, x: x.log1p(), ANY, claim="rough", positive=True),
    case("log2", lambda torch, x: torch.log2(x), ANY, claim="rough", positive=True),
    case("log10", lambda torch, x: x.log10(), ANY, claim="rough", positive=True),
    case("expm1", lambda torch, x: x.expm1(), ANY, claim="rough"),
    case("rsqrt", lambda torch, x: x.rsqrt(), ANY, claim="rough", positive=True),
    case("sin", lambda torch, x: torch.sin(x), ANY, claim="rough"),
    case("cos", lambda torch, x: x.cos(), ANY, claim="rough"),
    case("floor", lambda torch, x: x.floor(), ANY, claim="bits"),
    case("ceil", lambda torch, x: torch.ceil(x), ANY, claim="bits"),
    case("trunc", lambda torch, x: x.trunc(), ANY, claim="bits"),
    case("round", lambda torch, x: x.round(), ANY, claim="bits"),
    case("round-decimals", lambda torch, x: x.round(decimals=1), ANY, claim="rough"),
    case("sign", lambda torch, x: x.sign(), ANY, claim="bits"),
    case("abs", lambda torch, x: abs(x), ANY, claim="bits"),
    case("abs-function", lambda torch, x: torch.abs(x), ANY, claim="bits"),
    case("relu", lambda torch, x: torch.relu(x), ANY, claim="bits"),
    case("relu-method", lambda torch, x: x.relu(), (), claim="bits"),
    case("clamp", lambda torch, x: x.clamp(-1, 1), ANY, claim="bits"),
    case("clamp-at-its-bounds", lambda torch, x: x.clamp(-1, 1), ANY),
    case("clamp-min", lambda torch, x: x.clamp(min=0), ANY, claim="bits"),
    case("clamp-max", lambda torch, x: torch.clamp(x, max=0.5), ANY, claim="bits"),
    case("clamp-tensors", lambda torch, x, y: x.clamp(y, y + 1), ANY, SAME),
    case("clamp-below-tensor", lambda torch, x, y: x.clamp(min=y), ANY, FIT),
    case("clone", lambda torch, x: x.clone(), ANY, claim="bits"),
    # choice
    case("where", lambda torch, x, y: torch.where(x > y, x, y), ANY, SAME, claim="bits"),
    case("where-number", lambda torch, x: torch.where(x > 0, x, 0.0), ANY, claim="bits"),
    case("where-method", lambda torch, x, y: x.where(y < 0, y), ANY, SAME, claim="bits"),
    case("where-broadcast", lambda torch, x, y: torch.where(x[:, :1] > 0, x, y), A, B),
    case("maximum", lambda torch, x, y: torch.maximum(x, y), ANY, SAME, claim="any"),
    case("minimum", lambda torch, x, y: torch.minimum(x, y), ANY, SAME, claim="any"),
    case("maximum-broadcast", lambda torch, x, y: x.maximum(y), ANY, FIT),
    case("max-of-two", lambda torch, x, y: torch.max(x, y), ANY, SAME, claim="any"),
    # reductions
    case("sum", lambda torch, x: x.sum(), ANY),
    case("sum-0d", lambda torch, x: x.sum(), (), claim="bits"),
    case("sum-dim", lambda torch, x: x.sum(0), C),
    case("sum-axis", lambda torch, x: torch.sum(x, axis=1), C),
    case("sum-dims", lambda torch, x: x.sum((0, -1)), C),
    case("sum-keepdim", lambda torch, x: x.sum(-1, keepdim=True), C),
    case("sum-keepdims", lambda torch, x: torch.sum(x, dim=(1, 2), keepdims=True), C),
    case("sum-all-dims", lambda torch, x: x.sum((0, 1, 2)), C),
    case("mean", lambda torch, x: x.mean(), A),
    case("mean-of-any", lambda torch, x: x.mean(), ANY, claim="rough"),
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
    case("std", lambda torch, x: (x + 99 * torch.arange(4)).std(), A, claim="rough"),
    case("std-of-all", lambda torch, x: (x + 99 * torch.arange(4)).std(2, correction=0), C, claim="rough"),
    case("norm", lambda torch, x: x.norm(), A, claim="rough"),
    case("norm-1", lambda torch, x: torch.norm(x, 1, 1), A, claim="rough"),
    case("norm-3", lambda torch, x: x.norm(p=3, dim=(0, 2), keepdim=True), C, claim="rough", positive=True),
    case("norm-inf", lambda torch, x: x.norm(float("inf"), dim=0), A, smooth=False),
    case("prod", lambda torch, x: (-x).prod(), (3,), claim="rough", positive=True),
    case("prod-dim", lambda torch, x: x.prod(1), (2, 3), claim="rough", positive=True),
    case("prod-dim-0", lambda torch, x: x.prod(0), (2, 3), claim="rough", positive=True),
    case("cumsum", lambda torch, x: x.cumsum(1), C),
    case("sort", lambda torch, x: x.sort().values, A),
    case("sort-down", lambda torch, x: torch.sort(x, 0, descending=True)[0], C),
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
BY_NAME = {case.name: case for case in TABLE}
FEW = settings(max_examples=max(5, settings.default.max_examples // 5))  # each of many numbers


def every(claim):
    chosen = [case for case in TABLE if claim(case)]
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


def sent(program):
    """The program and its backward pass, from a gradient that is given first."""

    def run(torch, dz, *inputs):
        z = program(torch, *inputs)
        z.backward(dz.detach())
        return z

    return run


def arriving(draw, case, arrays, numbers):
    """A gradient for the output: of any numbers, too."""
    z = case.program(minigrad, *[minigrad.from_numpy(a.copy()) for a in arrays])
    return draw(numbers(tuple(z.shape), z.numpy().dtype))


def fixed_arrays(case, dtype):
    """Distinct numbers, none near a kink at a multiple of a half."""
    shapes = case.fixed_shapes()
    sizes = [int(np.prod(shape)) for shape in shapes]
    numbers = (np.random.default_rng(0).permutation(sum(sizes)) - sum(sizes) // 2) / 32 + 1 / 64
    parts = np.split(abs(numbers) if case.positive else numbers, np.cumsum(sizes)[:-1])
    return [np.asarray(part.reshape(shape), dtype) for part, shape in zip(parts, shapes, strict=True)]


@every(lambda case: True)
def test_nothing_is_recorded_for_inputs_that_want_no_gradient(case):
    z = case.program(minigrad, *map(minigrad.from_numpy, fixed_arrays(case, case.kinds[0])))
    assert z.grad_fn is None
    assert not z.requires_grad


# -- the tiers ----------------------------------------------------------------------------------------------


@every(lambda case: case.claim in ("bits", "any"))
@FEW
@given(data=st.data())
def test_any_floats_give_torchs_bits(case, data):
    arrays = case.arrays(data.draw, floats)
    same(
        sent(case.program),
        arriving(data.draw, case, arrays, floats),
        *arrays,
        tier="bits" if case.claim == "bits" else "exact",
    )


@every(lambda case: case.claim == "exact")
@FEW
@given(data=st.data())
def test_small_dyadic_numbers_give_torchs_bits(case, data):
    arrays = case.arrays(data.draw, dyadics)
    same(sent(case.program), arriving(data.draw, case, arrays, dyadics), *arrays, tier="exact")


def within(low, high):
    return lambda shape, dtype: floats(shape, dtype, low=low, high=high)


@every(lambda case: case.claim in ("exact", "rough") and case.bounded)
@FEW
@given(data=st.data())
def test_both_libraries_round_within_the_bound(case, data):
    arrays = case.arrays(data.draw, within(2**-6 if case.positive else -8, 8))
    dz = arriving(data.draw, case, arrays, within(-8, 8))
    try:
        same(sent(case.program), dz, *arrays, tier="bounded")
    except NoTier:
        # torch disagrees with itself on remainders whose quotient overflows, as that of a subnormal
        assume("remainder" not in case.name and "fmod" not in case.name)
        raise


@every(lambda case: case.name.startswith(("softmax", "log_softmax", "logsumexp")))
@given(data=st.data())
def test_large_numbers_are_shifted_before_they_overflow(case, data):
    arrays = case.arrays(data.draw, within(-1000, 1000))
    same(case.program, *arrays, tier="bounded")


# -- derivatives --------------------------------------------------------------------------------------------


@every(lambda case: case.smooth)
def test_gradients_are_those_of_finite_differences(case):
    derivative(case.program, *fixed_arrays(case, "float64"))


POLYNOMIAL = "mul pow-2 pow-3 square dot mv vm outer bmm mm matmul mse expand-as sum".split()
FAMILIES = ("mul-", "mm-", "matmul-", "mse-", "sum-")  # and their variants


@every(
    lambda case: (
        case.smooth and (case.claim == "rough" or case.name.startswith(("div", "reciprocal", "pow-minus")))
    )
)
def test_second_derivatives_are_those_of_finite_differences(case):
    derivative(gradient(case.program), *fixed_arrays(case, "float64"))


def slopes(program, library):
    """The gradients; a zero is added, for some are constants, which have no gradient."""
    return lambda *inputs: [g + 0 * sum(x.sum() for x in inputs) for g in gradient(program)(library, *inputs)]


@every(lambda case: case.name in POLYNOMIAL or case.name.startswith(FAMILIES))
@FEW
@given(data=st.data())
def test_second_derivatives_of_polynomials_are_exact(case, data):
    arrays = case.arrays(data.draw, dyadics)
    same(slopes(case.program, minigrad), slopes(case.program, torch), *arrays, tier="exact")


def history(program, library, arrays):
    """Of each first gradient, where its own gradients go: None where they go nowhere, else whether they are zeros."""
    inputs = [library.from_numpy(a.copy()).requires_grad_() for a in arrays]
    z = program(library, *inputs)
    found = []
    for g in library.autograd.grad(z.sum(), inputs, create_graph=True, allow_unused=True):
        if g is None or not g.requires_grad:
            found.append(None)
            continue
        weighted = g * library.arange(1, g.numel() + 1).reshape(g.shape)  # lest the terms of a sum cancel
        seconds = library.autograd.grad(weighted.sum(), inputs, retain_graph=True, allow_unused=True)
        found.append([h if h is None else not (h != 0).any().item() for h in seconds])
    return found


@every(lambda case: True)
def test_gradients_have_a_history_where_torchs_have_one(case):
    arrays = fixed_arrays(case, "float64")
    assert history(case.program, minigrad, arrays) == history(case.program, torch, arrays)


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
@FEW
@given(data=st.data())
def test_ops_without_a_gradient(name, data):
    special = st.sampled_from([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40])
    elements = special | st.floats(width=32)
    x, y = (data.draw(hnp.arrays("float32", (2, 4), elements=elements, fill=st.nothing())) for _ in range(2))
    same(PLAIN[name], x, y, tier="bits")


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
        assert same_bits(ours.numpy(), theirs.numpy()), where


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
    theirs = outcome(program, torch)
    if isinstance(theirs, Exception):
        ours = outcome(program, minigrad)
        assert type(ours) is type(theirs)
        assert str(ours).startswith(str(theirs).split("\n")[0].split(". ")[0])
    else:
        same(program)


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
    tensor([2.]).var()
    tensor([2.]).var(0, correction=0)
    tensor([1., 2.]).norm(1.5)
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
    tensor([1e-38, 0.]).norm(1.5)
    t.fmod(tensor([7., -7.]), t.tensor([2., 3.]))
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

    tells_the_same(run)


# Without a gradient: values, types and errors.
PLAIN_PRINT = lines("""
    [f(t.tensor([1, 2]), t.tensor([1.5, .5])) for f in (t.minimum, t.maximum)], t.minimum(t.tensor([1, 2], dtype=t.int8), t.tensor([3, 0]))
    ((x := t.ones(2, requires_grad=True)) + 0).backward(g := t.ones(2), create_graph=True), g.fill_(5.), x.grad
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
    t.ones(2, 3).half().mean(1, keepdim=True), t.ones(2, 3).half().mean(0), t.ones(2, 3).half().mean((0, 1), True)
    t.tensor([2.5, -2.5, 3.5, .5]).round(), t.tensor([25., 35.]).round(decimals=-1), t.tensor([2, 3]).round(), t.tensor([True]).sign()
    t.tensor([7, -7]) % 3, t.tensor([7., -7.]) % -3, t.fmod(t.tensor([7, -7]), 3), t.tensor([7, -7]) // 2, 7 % t.tensor([3, -3])
    t.where(t.tensor([True, False]), t.tensor([1, 2]), t.tensor([.5, .5])), t.where(t.tensor([True]), 1, 2.)
    t.tensor([1, 2]) ** 0.5, t.tensor([2, 3]) ** 3, t.tensor([float("-inf"), -0., -1.]) ** 0.5
    [t.tensor([200, 3], dtype=t.uint8).sign(), t.tensor([float("nan"), -0., -2.]).sign(), t.tensor(-3).sign()]
    [f(t.tensor([200, 200], dtype=t.uint8)) for f in (t.sum, t.prod, lambda x: x.sum(0), lambda x: x.prod(0), lambda x: x.cumsum(0))]
    [f(t.tensor([2**24 + 1, -(2**24) - 1]), t.tensor([2.**24, -(2.**24)])) for f in (t.eq, t.ne, t.lt, t.le, t.gt, t.ge)]
    [t.ones(2, 3).t().clone().stride(), t.ones(2, 3).t().contiguous().stride(), t.ones(4, 6)[:, ::2].clone().stride()]
    t.ones(2).clamp(t.zeros(2), 3.)
    t.tensor([1., 1., 0., 2.]).norm(0)
    t.ones(2).clamp(0., t.ones(2))
    t.fmod(t.tensor([7, -7], dtype=t.int32), t.tensor([2.5, 2.])), t.fmod(t.tensor([7, -7], dtype=t.int32), t.tensor([2, 3], dtype=t.int8))
""")  # noqa: E501


@pytest.mark.parametrize("source", PLAIN_PRINT)
def test_the_small_print_without_gradients(source):
    tells_the_same(program(source))


def test_gradients_of_a_product_lie_as_its_factors_do():
    """Strides of the gradients, for factors row after row, column after column, and cut out of larger ones."""

    def run(t):
        lefts = [t.ones(2, 3), t.ones(3, 2).t(), t.ones(3, 4)[:, :2].t(), t.ones(4, 3)[:2]]
        rights = [t.ones(3, 4), t.ones(4, 3).t(), t.ones(4, 6)[:, :3].t(), t.ones(6, 4)[::2]]
        pairs = [[x.requires_grad_(), y.requires_grad_()] for x in lefts for y in rights]
        return [[dx.stride() for dx in t.autograd.grad((x @ y).sum(), [x, y])] for x, y in pairs]

    tells_the_same(run)


@given(data=st.data())
def test_powers_that_need_no_logarithm(data):
    """Bit for bit, for torch has them from products, and 1/√x; its √x alone is another than NumPy's."""
    exponent, dtype = data.draw(st.sampled_from([2, 3, -1, -2, -0.5])), data.draw(DTYPES)
    x = data.draw(hnp.arrays(dtype, 16, elements=st.floats(-1, 100, width=32), fill=st.nothing()))
    ours, theirs = minigrad.from_numpy(x) ** exponent, torch.from_numpy(x) ** exponent
    assert ours.numpy().tobytes() == theirs.numpy().tobytes()
