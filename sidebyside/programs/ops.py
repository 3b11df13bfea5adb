"""What each op does, as one program for both libraries: read by the tests, by the page and by the benchmarks.

A case that has the name of an op of minigrad/ops.py, or names it in `shows`, is that op's own program: the page shows
it beside the op's code, and the benchmarks time it. The other cases are further uses of ops, for the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from minigrad.autograd.op import Op

# Letters of a shape: a batch, rows, columns of a matrix, columns of another. Each reader has its own sizes.
SIZES = {"B": 2, "N": 2, "M": 4, "K": 3}  # of the tests

# Shapes that tests draw: any; the first input's; one that broadcasts with the first input's. Elsewhere "NM".
ANY, SAME, FIT = "any", "same", "fit"


@dataclass(frozen=True)
class Case:
    """A program of both libraries, which takes the library and its inputs.

    A shape is a word of letters (SIZES) and ones, a tuple of numbers, or ANY, SAME or FIT.
    """

    name: str
    program: Callable[..., Any]
    shapes: tuple[Any, ...]
    claim: str = "exact"  # on dyadics; "any": on any floats; "bits": with the sign of zeros; "rough": nowhere
    positive: bool = False  # the op's domain
    divides: bool = (
        False  # the op is defined for negative numbers too, but not at 0: the page draws positive ones
    )
    smooth: bool = True  # whether it has derivatives
    bounded: bool = True  # whether any floats have a bound
    kinds: tuple[str, ...] = ("float32", "float64")
    shows: str = ""  # the ops whose own program it is, where they have other names

    @property
    def ops(self) -> list[str]:
        """The names of ops whose own program it is, if there are such ops."""
        return self.shows.split() or [self.name]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        code = self.program.__code__
        return code.co_varnames[1 : code.co_argcount]

    def fixed_shapes(self, sizes: Mapping[str, int] = SIZES) -> list[tuple[int, ...]]:
        """The shapes of the inputs for these sizes."""
        return sized(self.shapes, sizes)


def sized(shapes: Sequence[Any], sizes: Mapping[str, int]) -> list[tuple[int, ...]]:
    """Shapes as numbers."""
    words = ["NM" if shape in (ANY, SAME, FIT) else shape for shape in shapes]
    return [tuple(sizes[n] if n in sizes else int(n) for n in word) for word in words]


def case(name: str, program: Callable[..., Any], *shapes: Any, **options: Any) -> Case:
    """A line of the table."""
    return Case(name, program, shapes, **options)


def plain(name: str, program: Callable[..., Any]) -> Case:
    """A line of the table of ops without a gradient."""
    return Case(name, program, ("NM", "NM"), smooth=False)


def written(x: Any, key: Any, value: Any) -> Any:
    """x[key] = value, as an expression."""
    x[key] = value
    return x


def index_put(torch: Any, x: Any, y: Any) -> Any:
    """Rows in another order."""
    z = x.clone()
    z[torch.arange(len(y) - 1, -1, -1)] = y
    return z


def copy_slices(torch: Any, x: Any, y: Any) -> Any:
    """A view is written to."""
    z = x.clone()
    z[1].copy_(y)
    return z


def as_strided(torch: Any, x: Any) -> Any:
    """A view whose tensor is changed in place."""
    z = x.clone()
    v = z[1]
    z += 1
    return v


def embed(torch: Any, x: Any) -> Any:
    """The gradient of a part of x."""
    z = x[1:].sum() ** 2
    return torch.autograd.grad(z, x, create_graph=True)[0]


def convolution_weight(torch: Any, x: Any) -> Any:
    """The gradient of the kernel."""
    w = torch.ones(1, x.shape[1], 2, 2, dtype=x.dtype, device=x.device, requires_grad=True)
    return torch.autograd.grad((torch.conv2d(x, w) * x[:, :1, 1:, 1:]).sum(), w, create_graph=True)[0]


def resample_transpose(torch: Any, x: Any) -> Any:
    """The gradient of what interpolation spreads."""
    z = torch.nn.functional.interpolate(x, scale_factor=2, mode="linear") ** 2
    return torch.autograd.grad(z.sum(), x, create_graph=True)[0]


def add_in_places(torch: Any, x: Any) -> Any:
    """The gradient of what padding repeats."""
    z = torch.nn.functional.pad(x, (1, 1), "reflect") ** 2
    return torch.autograd.grad(z.sum(), x, create_graph=True)[0]


def scatter(torch: Any, x: Any) -> Any:
    """The gradient of rows that are taken twice."""
    z = x[torch.arange(len(x)) // 2] ** 2
    return torch.autograd.grad(z.sum(), x, create_graph=True)[0]


# By the headings of the page.
PROGRAMS: dict[str, list[Case]] = {
    "arithmetic": [
        case("add", lambda torch, x, y: x + y, ANY, SAME, claim="bits"),
        case("add-broadcast", lambda torch, x, y: x + y, ANY, FIT),
        case("add-broadcast-both", lambda torch, x, y: x + y, "B1M", "K1"),
        case("add-number", lambda torch, x: x + 2, ANY, claim="bits"),
        case("add-number-left", lambda torch, x: 0.5 + x, ANY, claim="bits"),
        case("add-function", lambda torch, x, y: torch.add(x, y), ANY, SAME, claim="bits"),
        case("add-alpha", lambda torch, x, y: torch.add(x, y, alpha=2), ANY, SAME),
        case("add-self", lambda torch, x: x + x, ANY, claim="bits"),
        case("add-0d", lambda torch, x, y: x + y, (), (), claim="bits"),
        case("sub", lambda torch, x, y: x - y, ANY, SAME, claim="bits"),
        case("sub-broadcast", lambda torch, x, y: x - y, "NM", "N1"),
        case("sub-number", lambda torch, x: x - 2, ANY, claim="bits"),
        case("sub-number-left", lambda torch, x: 1 - x, ANY, claim="bits", shows="rsub"),
        case("sub-alpha", lambda torch, x, y: x.sub(y, alpha=2), ANY, SAME),
        case("mul", lambda torch, x, y: x * y, ANY, SAME, claim="bits"),
        case("mul-broadcast", lambda torch, x, y: x * y, ANY, ()),
        case("mul-number", lambda torch, x: x * 3, ANY, claim="bits"),
        case("mul-number-left", lambda torch, x: -0.25 * x, ANY, claim="bits"),
        case("mul-bool", lambda torch, x: x * True, ANY),
        case("addcmul", lambda torch, x, y, w: torch.addcmul(x, y, w, value=2), ANY, SAME, SAME),
        case("addcmul-method", lambda torch, x, y: x.addcmul(y, y), "NM", "M"),
        case("addcdiv", lambda torch, x, y, w: torch.addcdiv(x, y, w, value=0.5), ANY, SAME, SAME, claim="bits",
             divides=True),
        case("lerp", lambda torch, x, y, w: torch.lerp(x, y, w), ANY, SAME, SAME),
        case("lerp-number", lambda torch, x, y: x.lerp(y, 0.25), ANY, SAME, shows="lerp_scalar"),
        case("lerp-number-near-the-end", lambda torch, x, y: x.lerp(y, 0.75), "NM", "M"),
        case("div", lambda torch, x, y: x / y, ANY, SAME, claim="bits", divides=True),
        case("div-number", lambda torch, x: x / 3, ANY, claim="bits"),
        case("div-number-left", lambda torch, x: 2 / x, ANY, claim="bits"),
        case("div-broadcast", lambda torch, x, y: x / y.abs().clamp(1, 1), ANY, FIT),
        case("reciprocal", lambda torch, x: x.reciprocal(), ANY, claim="bits", divides=True),
        case("neg", lambda torch, x: -x, ANY, claim="bits"),
        case("neg-function", lambda torch, x: torch.neg(x), ANY, claim="bits"),
        case("pow-0", lambda torch, x: x**0, ANY, claim="bits"),
        case("pow-1", lambda torch, x: x**1, ANY, claim="bits"),
        case("pow-2", lambda torch, x: x**2, ANY, claim="bits"),
        case("pow-3", lambda torch, x: x**3, ANY, claim="bits", shows="pow_scalar"),
        case("pow-minus-1", lambda torch, x: x**-1, ANY, claim="bits"),
        case("pow-half", lambda torch, x: x**0.5, ANY, claim="rough", positive=True),
        case("pow-2.5", lambda torch, x: torch.pow(x, 2.5), ANY, claim="rough", positive=True),
        case("pow-tensor", lambda torch, x, y: x**y, ANY, SAME, claim="rough", positive=True, shows="pow"),
        case("pow-base", lambda torch, x: 2**x, ANY, claim="rough", shows="rpow"),
        case("floor-div", lambda torch, x, y: torch.div(x, y, rounding_mode="floor"), ANY, SAME, smooth=False,
             divides=True, shows="div_rounded"),
        case("trunc-div", lambda torch, x: x.div(2, rounding_mode="trunc"), ANY, smooth=False),
        case("remainder", lambda torch, x, y: x % y, ANY, SAME, smooth=False, divides=True),
        case("fmod", lambda torch, x, y: torch.fmod(x, y), ANY, SAME, smooth=False, divides=True),
        case("fmod-number", lambda torch, x: torch.fmod(x, 2), ANY, smooth=False),
        case("square", lambda torch, x: x.square(), ANY, claim="bits"),
        case("square-by-mul", lambda torch, x: x * x, ANY, claim="bits"),
    ],
    "functions of one variable": [
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
        case("erf", lambda torch, x: torch.erf(x), ANY, claim="rough"),
        case("xlogy", lambda torch, x, y: torch.xlogy(x, y), ANY, SAME, claim="rough", positive=True),
        case("tan", lambda torch, x: torch.tan(x / 8), ANY, claim="rough"),
        case("asin", lambda torch, x: torch.asin(x / 16), ANY, claim="rough"),
        case("acos", lambda torch, x: torch.acos(x / 16), ANY, claim="rough"),
        case("atan", lambda torch, x: x.atan(), ANY, claim="rough"),
        case("sinh", lambda torch, x: x.sinh(), ANY, claim="rough"),
        case("cosh", lambda torch, x: torch.cosh(x), ANY, claim="rough"),
        case("asinh", lambda torch, x: torch.asinh(x), ANY, claim="rough"),
        case("acosh", lambda torch, x: (x + 1.5).acosh(), ANY, claim="rough", positive=True),
        case("atanh", lambda torch, x: torch.atanh(x / 16), ANY, claim="rough"),
        case("exp2", lambda torch, x: torch.exp2(x), ANY, claim="rough"),
        case("atan2", lambda torch, x, y: torch.atan2(x, y), ANY, SAME, claim="rough", positive=True),
        case("hypot", lambda torch, x, y: x.hypot(y), ANY, SAME, claim="rough", positive=True),
        case("floor", lambda torch, x: x.floor(), ANY, claim="bits"),
        case("ceil", lambda torch, x: torch.ceil(x), ANY, claim="bits"),
        case("trunc", lambda torch, x: x.trunc(), ANY, claim="bits"),
        case("round", lambda torch, x: x.round(), ANY, claim="bits"),
        case("round-decimals", lambda torch, x: x.round(decimals=1), ANY, claim="rough", shows="round_decimals"),
        case("sign", lambda torch, x: x.sign(), ANY, claim="bits", shows="sign zeros_like"),
        case("abs", lambda torch, x: abs(x), ANY, claim="bits"),
        case("abs-function", lambda torch, x: torch.abs(x), ANY, claim="bits"),
        case("clamp", lambda torch, x: x.clamp(-1, 1), ANY, claim="bits"),
        case("clamp-at-its-bounds", lambda torch, x: x.clamp(-1, 1), ANY),
        case("clamp-min", lambda torch, x: x.clamp(min=0), ANY, claim="bits"),
        case("clamp-max", lambda torch, x: torch.clamp(x, max=0.5), ANY, claim="bits"),
        case("clamp-tensors", lambda torch, x, y: x.clamp(y, y + 1), ANY, SAME, shows="clamp_between"),
        case("clamp-below-tensor", lambda torch, x, y: x.clamp(min=y), ANY, FIT),
    ],
    "choice": [
        case("where", lambda torch, x, y: torch.where(x > y, x, y), ANY, SAME, claim="bits"),
        case("where-number", lambda torch, x: torch.where(x > 0, x, 0.0), ANY, claim="bits"),
        case("where-method", lambda torch, x, y: x.where(y < 0, y), ANY, SAME, claim="bits"),
        case("where-broadcast", lambda torch, x, y: torch.where(x[:, :1] > 0, x, y), "NM", "M"),
        case("maximum", lambda torch, x, y: torch.maximum(x, y), ANY, SAME, claim="any"),
        case("minimum", lambda torch, x, y: torch.minimum(x, y), ANY, SAME, claim="any"),
        case("maximum-broadcast", lambda torch, x, y: x.maximum(y), ANY, FIT),
        case("max-of-two", lambda torch, x, y: torch.max(x, y), ANY, SAME, claim="any"),
    ],
    "reductions": [
        case("sum", lambda torch, x: x.sum(), ANY),
        case("sum-0d", lambda torch, x: x.sum(), (), claim="bits"),
        case("sum-dim", lambda torch, x: x.sum(0), "NM", shows="sum_dim"),
        case("sum-rows", lambda torch, x: x.sum(1), "NM"),
        case("sum-dim-3d", lambda torch, x: x.sum(0), "BKM"),
        case("sum-axis", lambda torch, x: torch.sum(x, axis=1), "BKM"),
        case("sum-dims", lambda torch, x: x.sum((0, -1)), "BKM"),
        case("sum-keepdim", lambda torch, x: x.sum(-1, keepdim=True), "BKM"),
        case("sum-keepdims", lambda torch, x: torch.sum(x, dim=(1, 2), keepdims=True), "BKM"),
        case("sum-all-dims", lambda torch, x: x.sum((0, 1, 2)), "BKM"),
        case("mean", lambda torch, x: x.mean(), "NM"),
        case("mean-of-any", lambda torch, x: x.mean(), ANY, claim="rough"),
        case("mean-dim", lambda torch, x: x.mean(1), "NM", shows="mean_dim"),
        case("mean-dims", lambda torch, x: x.mean((0, 2), keepdim=True), "BKM"),
        case("mean-axis", lambda torch, x: x.mean(axis=-1), "BKM"),
        case("max", lambda torch, x: x.max(), "NM"),
        case("min", lambda torch, x: torch.min(x), "NM"),
        case("max-dim", lambda torch, x: x.max(1).values, "NM", shows="gather_along"),
        case("max-dim-keepdim", lambda torch, x: torch.max(x, dim=0, keepdim=True)[0], "NM"),
        case("min-dim", lambda torch, x: x.min(dim=-1)[0], "BKM"),
        case("amax", lambda torch, x: x.amax(1), "NM"),
        case("amax-dims", lambda torch, x: torch.amax(x, (0, 1), keepdim=True), "NM"),
        case("amin", lambda torch, x: x.amin(0), "NM"),
        case("amax-all", lambda torch, x: x.amax(), "NM"),
        case("var", lambda torch, x: x.var(), "NM", claim="rough"),
        case("var-dim", lambda torch, x: x.var(1, keepdim=True), "BKM", claim="rough"),
        case("std-dim", lambda torch, x: x.std(1), "NM", claim="rough", bounded=False, shows="std"),
        case("std-of-spread", lambda torch, x: (x + 99 * torch.arange(4)).std(), "NM", claim="rough"),
        case("std-of-all", lambda torch, x: (x + 99 * torch.arange(4)).std(2, correction=0), "BKM", claim="rough"),
        case("norm", lambda torch, x: x.norm(), "NM", claim="rough"),
        case("norm-1", lambda torch, x: torch.norm(x, 1, 1), "NM", claim="rough"),
        case("norm-3", lambda torch, x: x.norm(p=3, dim=(0, 2), keepdim=True), "BKM", claim="rough", positive=True),
        case("norm-inf", lambda torch, x: x.norm(float("inf"), dim=0), "NM", smooth=False),
        case("prod", lambda torch, x: x.prod(), "K", claim="rough", positive=True),
        case("prod-negative", lambda torch, x: (-x).prod(), "K", claim="rough", positive=True),
        case("prod-dim", lambda torch, x: x.prod(1), "NK", claim="rough", positive=True, shows="prod_dim others"),
        case("prod-dim-0", lambda torch, x: x.prod(0), "NK", claim="rough", positive=True),
        case("cumsum", lambda torch, x: x.cumsum(1), "BKM"),
        case("cumprod", lambda torch, x: x.cumprod(1), "NK", claim="rough", positive=True),
        case("sort", lambda torch, x: x.sort().values, "NM"),
        case("sort-down", lambda torch, x: torch.sort(x, 0, descending=True)[0], "BKM"),
        # of ties torch takes any
        case("topk", lambda torch, x: (x + 99 * torch.arange(x.shape[1])).topk(2).values, "NM"),
        case("logsumexp", lambda torch, x: x.logsumexp(1), "NM", claim="rough"),
        case("logsumexp-dims", lambda torch, x: torch.logsumexp(x, (0, 1), keepdim=True), "NM", claim="rough"),
    ],
    "products": [
        case("dot", lambda torch, x, y: x @ y, "M", "M"),
        case("mv", lambda torch, x, y: x @ y, "NK", "K"),
        case("dot-function", lambda torch, x, y: torch.dot(x, y), "M", "M"),
        case("mv-function", lambda torch, x, y: x.mv(y), "NK", "K"),
        case("bmm", lambda torch, x, y: torch.bmm(x, y), "BKM", "BMN"),
        case("outer", lambda torch, x, y: torch.outer(x, y), "N", "K"),
        case("vm", lambda torch, x, y: x @ y, "N", "NK"),
        case("mm", lambda torch, x, y: torch.mm(x, y), "NK", "KM"),
        case("mm-square", lambda torch, x, y: x @ y, "KK", "KK"),
        case("mm-transposed", lambda torch, x, y: x @ y.t(), "NK", "MK"),
        case("mm-both-transposed", lambda torch, x, y: x.T @ y.T, "KN", "MK"),
        case("mm-self", lambda torch, x: x @ x.T, "NK"),
        case("matmul-3-1", lambda torch, x, y: x @ y, "BKM", "M"),
        case("matmul-1-3", lambda torch, x, y: x @ y, "K", "BKM"),
        case("matmul-3-2", lambda torch, x, y: x @ y, "BKM", "MN"),
        case("matmul-2-3", lambda torch, x, y: torch.matmul(x, y), "NK", "MKN"),
        case("matmul-3-3", lambda torch, x, y: x @ y, "BKM", "BMN"),
        case("matmul-3-3-broadcast", lambda torch, x, y: x @ y, "1KN", "MNN"),
        case("matmul-3-3-broadcast-right", lambda torch, x, y: x @ y, "MKN", "1NN"),
        case("matmul-3-3-one", lambda torch, x, y: x @ y, "1KN", "1NN"),
        case("matmul-4-1", lambda torch, x, y: x @ y, "NNKN", "N"),
        case("matmul-1-4", lambda torch, x, y: x @ y, "K", "NNKN"),
        case("matmul-4-2", lambda torch, x, y: x @ y, "NNKN", "NK"),
        case("matmul-2-4", lambda torch, x, y: x @ y, "NK", "NNKN"),
        case("matmul-4-3", lambda torch, x, y: x @ y, "NNKN", "BNK"),
        case("matmul-4-4", lambda torch, x, y: x @ y, "N1KN", "1KNN"),
        case("einsum", lambda torch, x, y: torch.einsum("ij,kj->ik", x, y), "NM", "KM"),
        case("einsum-batches", lambda torch, x, y: torch.einsum("bij,bjk->bik", x, y), "BKM", "BMN"),
        case("einsum-trace", lambda torch, x: torch.einsum("ii", x), "KK"),
        case("tensordot", lambda torch, x, y: torch.tensordot(x, y, 1), "BKM", "MN"),
        case("matmul-empty", lambda torch, x, y: x @ y, "N0", "0K"),
    ],
    "ops of layers": [
        case("relu", lambda torch, x: torch.relu(x), ANY, claim="bits"),
        case("relu-method", lambda torch, x: x.relu(), (), claim="bits"),
        case("linear", lambda torch, x, w, b: torch.nn.functional.linear(x, w, b), "NM", "KM", "K"),
        case("linear-no-bias", lambda torch, x, w: torch.nn.functional.linear(x, w), "NM", "KM"),
        case("linear-1d", lambda torch, x, w, b: torch.nn.functional.linear(x, w, b), "M", "KM", "K"),
        case("linear-1d-no-bias", lambda torch, x, w: torch.nn.functional.linear(x, w), "M", "KM"),
        case("linear-3d", lambda torch, x, w, b: torch.nn.functional.linear(x, w, b), "BNM", "KM", "K"),
        case("linear-3d-no-bias", lambda torch, x, w: torch.nn.functional.linear(x, w), "BNM", "KM"),
        case("linear-strided", lambda torch, x, w, b: torch.nn.functional.linear(x.T, w, b), "MN", "KM", "K"),
        case("softmax", lambda torch, x: x.softmax(1), "NM", claim="rough"),
        case("softmax-dim-0", lambda torch, x: torch.softmax(x, dim=0), "BKM", claim="rough"),
        case("log_softmax", lambda torch, x: torch.log_softmax(x, dim=-1), "NM", claim="rough"),
        case("log_softmax-middle", lambda torch, x: x.log_softmax(1), "BKM", claim="rough"),
        case("nll_loss", lambda torch, x: torch.nn.functional.nll_loss(x, torch.arange(len(x), device=x.device)), "NM"),
        case("cross_entropy",
             lambda torch, x: torch.nn.functional.cross_entropy(x, torch.arange(len(x), device=x.device)), "NM",
             claim="rough"),
        case("mse_loss", lambda torch, x, y: torch.nn.functional.mse_loss(x, y), "NM", "NM"),
        case("mse_loss-sum", lambda torch, x, y: torch.nn.MSELoss(reduction="sum")(x, y), "NM", "NM"),
        case("mse_loss-none", lambda torch, x, y: torch.nn.MSELoss(reduction="none")(x, y), "NM", "NM"),
    ],
    "activations": [
        case("leaky_relu", lambda torch, x: torch.nn.functional.leaky_relu(x, 0.25), ANY, claim="bits"),
        case("elu", lambda torch, x: torch.nn.functional.elu(x), ANY, claim="rough"),
        case("elu-alpha", lambda torch, x: torch.nn.functional.elu(x, 0.5), ANY, claim="rough"),
        case("hardtanh", lambda torch, x: torch.nn.functional.hardtanh(x), ANY),
        case("relu6", lambda torch, x: torch.nn.functional.relu6(x), ANY),
        case("silu", lambda torch, x: torch.nn.functional.silu(x), ANY, claim="rough"),
        case("gelu", lambda torch, x: torch.nn.functional.gelu(x), ANY, claim="rough"),
        case("gelu_tanh", lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"), ANY, claim="rough"),
        case("softplus", lambda torch, x: torch.nn.functional.softplus(x), ANY, claim="rough"),
        case("softplus-beta", lambda torch, x: torch.nn.functional.softplus(x, 2, 1), ANY, claim="rough"),
        case("log_sigmoid", lambda torch, x: torch.nn.functional.logsigmoid(x), ANY, claim="rough"),
        case("mish", lambda torch, x: torch.nn.functional.mish(x), ANY, claim="rough"),
        case("hardswish", lambda torch, x: torch.nn.functional.hardswish(x), ANY, claim="rough"),
        case("hardsigmoid", lambda torch, x: torch.nn.functional.hardsigmoid(x), ANY, claim="rough",
             smooth=False),  # torch's gradient is a sixth in float32, and has no derivative
        case("softsign", lambda torch, x: torch.nn.functional.softsign(x), ANY, claim="rough"),
        case("tanhshrink", lambda torch, x: torch.nn.functional.tanhshrink(x), ANY, claim="rough"),
        case("hardshrink", lambda torch, x: torch.hardshrink(x), ANY),
        case("softshrink", lambda torch, x: torch.nn.functional.softshrink(x), ANY),
        case("threshold", lambda torch, x: torch.threshold(x, 0.5, 0.25), ANY),
        case("scaled_elu", lambda torch, x: torch.selu(x), ANY, claim="rough"),
        case("celu", lambda torch, x: torch.celu(x, 0.5), ANY, claim="rough"),
        case("prelu", lambda torch, x, w: torch.prelu(x, w), "NM", "M"),
        case("prelu-one", lambda torch, x, w: torch.prelu(x, w), "BNM", ""),
        case("rrelu", lambda torch, x: torch.rrelu(x, 0.25, 0.25, training=True), ANY),
        case("rrelu-mean", lambda torch, x: torch.rrelu(x, 0.25, 0.75), ANY),
        case("glu", lambda torch, x: torch.nn.functional.glu(torch.cat([x, x.flip(0)]), 0), "NM", claim="rough"),
    ],
    "losses": [
        case("l1_loss", lambda torch, x, y: torch.nn.functional.l1_loss(x, y), "NM", "NM"),
        case("smooth_l1_loss", lambda torch, x, y: torch.nn.functional.smooth_l1_loss(x, y), "NM", "NM"),
        case("smooth_l1_loss-none",
             lambda torch, x, y: torch.nn.functional.smooth_l1_loss(x, y, reduction="none", beta=2), "NM", "NM"),
        case("huber_loss", lambda torch, x, y: torch.nn.functional.huber_loss(x, y), "NM", "NM"),
        case("huber_loss-sum",
             lambda torch, x, y: torch.nn.functional.huber_loss(x, y, reduction="sum", delta=2), "NM", "NM"),
        case("binary_cross_entropy",
             lambda torch, x, y: torch.nn.functional.binary_cross_entropy(
                 x.sigmoid().masked_fill(x.isnan(), 0.5), y.sigmoid()),
             "NM", "NM", claim="rough"),
        case("binary_cross_entropy_with_logits",
             lambda torch, x, y: torch.nn.functional.binary_cross_entropy_with_logits(x, y), "NM", "NM", claim="rough"),
        case("binary_cross_entropy_with_logits-weights",
             lambda torch, x, y: torch.nn.functional.binary_cross_entropy_with_logits(
                 x, y, torch.arange(x.shape[1]) + 1, pos_weight=torch.arange(x.shape[1]) + 2, reduction="sum"),
             "NM", "NM", claim="rough"),
        case("kl_div", lambda torch, x, y: torch.nn.functional.kl_div(x, y.softmax(1), reduction="batchmean"),
             "NM", "NM", claim="rough"),
        case("soft_margin_loss", lambda torch, x, y: torch.nn.functional.soft_margin_loss(x, y.detach().sign()),
             "NM", "NM", claim="rough", smooth=False),  # the target has no gradient
        case("multi_margin_loss",
             lambda torch, x: torch.nn.functional.multi_margin_loss(x, torch.arange(len(x)) % 2), "NM", claim="rough",
             smooth=False),  # torch's gradient has no derivative
        case("multi_margin_loss-squares",
             lambda torch, x: torch.nn.functional.multi_margin_loss(
                 x, torch.arange(len(x)) % 2, p=2, weight=torch.arange(x.shape[1]).to(x.dtype), reduction="sum"),
             "NM", claim="rough", smooth=False),
        case("multilabel_margin_loss",
             lambda torch, x: torch.nn.functional.multilabel_margin_loss(
                 x, torch.arange(x.shape[1]).expand(len(x), x.shape[1]) - 1 + (torch.arange(len(x)) % 2)[:, None]),
             "NM", claim="rough", smooth=False),
    ],
    "attention": [
        case("embedding", lambda torch, x: torch.nn.functional.embedding(torch.tensor([[0, 1], [1, 1]]), x), "KM"),
        case("embedding-padding", lambda torch, x: torch.nn.functional.embedding(torch.arange(5) % len(x), x, -1), "KM",
             smooth=False),  # the padding gets no gradient
        case("attention", lambda torch, q, k, v: torch.nn.functional.scaled_dot_product_attention(q, k, v),
             "BNK", "BMK", "BMN", claim="rough", shows="safe_softmax"),
        case("attention-causal",
             lambda torch, q, k: torch.nn.functional.scaled_dot_product_attention(q, k, k, is_causal=True, scale=2),
             "BKM", "BKM", claim="rough"),
        case("attention-mask",
             lambda torch, q, k, m: torch.nn.functional.scaled_dot_product_attention(q, k, k, m), "NM", "KM", "NK",
             claim="rough"),
        case("attention-of-nothing",
             lambda torch, q, k: torch.nn.functional.scaled_dot_product_attention(q, k, k, q.mm(k.mT) > 1e9),
             "NM", "KM", claim="rough", bounded=False),
    ],
    "pools": [
        case("max_pool2d", lambda torch, x: torch.nn.functional.max_pool2d(x, 2), "BMM", claim="any"),
        case("max_pool2d-overlapping", lambda torch, x: torch.max_pool2d(x, 3, 1, 1), "BMM"),
        case("max_pool2d-dilated", lambda torch, x: torch.max_pool2d(x, 2, 1, dilation=2), "BMM"),
        case("max_pool1d", lambda torch, x: torch.nn.functional.max_pool1d(x, 2, 1), "NM"),
        case("avg_pool2d", lambda torch, x: torch.nn.functional.avg_pool2d(x, 2), "BMM"),
        case("avg_pool2d-overlapping",
             lambda torch, x: torch.nn.functional.avg_pool2d(x, (2, 4), 1, (1, 2), divisor_override=8), "BMM"),
        case("avg_pool1d", lambda torch, x: torch.avg_pool1d(x, 2, 1), "NM"),
        case("adaptive_avg_pool2d", lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 2), "BMM"),
        case("adaptive_avg_pool2d-unequal", lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 3), "BMM",
             claim="rough"),
        case("adaptive_max_pool2d", lambda torch, x: torch.nn.functional.adaptive_max_pool2d(x, 3), "BMM"),
    ],
    "norms": [
        case("layer_norm", lambda torch, x, w, b: torch.nn.functional.layer_norm(x, x.shape[-1:], w, b),
             "BKM", "M", "M", claim="rough"),
        case("layer_norm-dims", lambda torch, x, w, b: torch.layer_norm(x, x.shape[1:], w, b),
             "BKM", "KM", "KM", claim="rough"),
        case("layer_norm-plain", lambda torch, x: torch.nn.functional.layer_norm(x, x.shape[-1:]), "NM", claim="rough"),
        case("batch_norm", lambda torch, x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, training=True),
             "BKM", "K", "K", claim="rough"),
        case("batch_norm-plain", lambda torch, x: torch.nn.functional.batch_norm(x, None, None, training=True), "MK",
             claim="rough"),
        case("batch_norm-eval", lambda torch, x, w, b: torch.nn.functional.batch_norm(
                 x, torch.ones(x.shape[1], dtype=x.dtype), torch.ones(x.shape[1], dtype=x.dtype), w, b),
             "BKM", "K", "K", claim="rough", shows="running_norm"),
        case("group_norm", lambda torch, x, w, b: torch.nn.functional.group_norm(x, 2, w, b), "BMK", "M", "M",
             claim="rough"),
        case("group_norm-plain", lambda torch, x: torch.group_norm(x, 2), "BMK", claim="rough"),
        case("instance_norm", lambda torch, x, w, b: torch.nn.functional.instance_norm(x, weight=w, bias=b),
             "BKM", "K", "K", claim="rough"),
        case("rms_norm", lambda torch, x, w: torch.nn.functional.rms_norm(x, x.shape[-1:], w), "NM", "M",
             claim="rough"),
    ],
    "convolutions": [
        case("pixel_shuffle", lambda torch, x: torch.pixel_shuffle(x, 2), "423"),
        case("pixel_unshuffle", lambda torch, x: torch.pixel_unshuffle(x, 2), "242"),
        case("channel_shuffle", lambda torch, x: torch.channel_shuffle(x, 2), "162"),
        case("convolution", lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b), "BKMM", "NK22", "N"),
        case("conv2d-options", lambda torch, x, w: torch.conv2d(x, w, None, (2, 1), (1, 0), (1, 2)), "BKMM", "NK22"),
        case("conv2d-groups", lambda torch, x, w: torch.conv2d(x, w, padding=1, groups=2), "BMKK", "M222"),
        case("conv2d-same", lambda torch, x, w: torch.conv2d(x, w, padding="same"), "KMM", "NK13"),
        case("conv1d", lambda torch, x, w, b: torch.conv1d(x, w, b), "BKM", "NK2", "N"),
        case("conv3d", lambda torch, x, w: torch.conv3d(x, w, stride=2, padding=1), "1NKKK", "1N222"),
        case("convolution_transpose", lambda torch, x, w, b: torch.nn.functional.conv_transpose2d(x, w, b, 2), "BKNN",
             "KN22", "N"),
        case("conv_transpose1d", lambda torch, x, w: torch.conv_transpose1d(x, w, None, 2, 1, 1, 2), "BMK", "M23"),
        case("im2col", lambda torch, x: torch.nn.functional.unfold(x, 2, padding=1), "1NKK"),
        case("col2im", lambda torch, x: torch.nn.functional.fold(x, (2, x.shape[2] + 1), 2), "B8M"),
        case("upsample", lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2), "BKM"),
        case("upsample-exact", lambda torch, x: torch.nn.functional.interpolate(x, 5, mode="nearest-exact"), "BKM"),
        case("resample", lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2, mode="linear"), "BKM"),
        case("resample-corners", lambda torch, x: torch.nn.functional.interpolate(
            x, (5, 4), mode="bilinear", align_corners=True), "BKMM", claim="rough"),
        case("resample-bicubic", lambda torch, x: torch.nn.functional.interpolate(
            x, scale_factor=(0.5, 2), mode="bicubic"), "BKMM", claim="rough"),
        case("constant_pad_nd", lambda torch, x: torch.nn.functional.pad(x, (1, 2)), "NM", claim="bits"),
        case("pad-cut", lambda torch, x: torch.nn.functional.pad(x, (-1, 2, 1, -1), value=0.5), "NM"),
        case("in_places", lambda torch, x: torch.nn.functional.pad(x, (1, 2), "reflect"), "NM"),
        case("pad-replicate", lambda torch, x: torch.nn.functional.pad(x, (1, 2, 2, -1), "replicate"), "BKM"),
        case("pad-circular", lambda torch, x: torch.nn.functional.pad(x, (1, 2, 2, 0), "circular"), "BKM"),
    ],
    "indexing": [
        case("cut", lambda torch, x: x[:, 1:], "NM", claim="bits"),
        case("select", lambda torch, x: x[1], "BKM", claim="bits"),
        case("select-negative", lambda torch, x: x[-1, 0], "BKM", claim="bits"),
        case("select-all", lambda torch, x: x[1, 2, 3], "BKM", claim="bits"),
        case("slice", lambda torch, x: x[0:1], "BKM", claim="bits"),
        case("slice-full", lambda torch, x: x[:], "BKM", claim="bits"),
        case("slice-steps", lambda torch, x: x[:, 1:, ::2], "BKM", claim="bits"),
        case("slice-beyond", lambda torch, x: x[-9:1, 5:9], "BKM", claim="bits"),
        case("none", lambda torch, x: x[None], "NM", claim="bits"),
        case("none-inside", lambda torch, x: x[:, None, 1:], "NM", claim="bits"),
        case("ellipsis", lambda torch, x: x[..., 0], "BKM", claim="bits"),
        case("ellipsis-alone", lambda torch, x: x[...], "BKM", claim="bits"),
        case("empty-key", lambda torch, x: x[()], "BKM", claim="bits"),
        case("slices-full", lambda torch, x: x[:, 0:3], "BKM", claim="bits"),
        case("ellipsis-middle", lambda torch, x: x[0, ..., None, 1:3], "BKM", claim="bits"),
        case("index-number-in-tensor", lambda torch, x: x[torch.tensor(1)], "BKM", claim="bits"),
        case("index", lambda torch, x: x[torch.arange(len(x)) // 2], "NM"),
        case("index-columns", lambda torch, x: x[torch.arange(len(x)), torch.arange(len(x)) // 2], "NM", claim="bits"),
        case("index-permuted", lambda torch, x: x[torch.tensor([1, 0])], "BKM", claim="bits"),
        case("index-repeated", lambda torch, x: x[torch.tensor([1, 0, 1, 1, -1])], "BKM"),
        case("index-2d", lambda torch, x: x[torch.tensor([[1, 0], [1, 1]])], "BKM"),
        case("index-list", lambda torch, x: x[[1, 1]], "BKM"),
        case("index-pair", lambda torch, x: x[torch.tensor([0, 1]), torch.tensor([2, 2])], "BKM"),
        case("index-pair-repeated", lambda torch, x: x[torch.tensor([0, 0]), torch.tensor([2, 2])], "BKM"),
        case("index-pair-broadcast", lambda torch, x: x[torch.tensor([[0], [1]]), torch.tensor([2, 1])], "BKM"),
        case("index-arange", lambda torch, x: x[torch.arange(2), torch.tensor([3, 0])], "NM", claim="bits"),
        case("index-then-slice", lambda torch, x: x[torch.tensor([1, 1]), 1:], "BKM"),
        case("slice-then-index", lambda torch, x: x[:, torch.tensor([1, 1, 0])], "BKM"),
        case("slice-index-slice", lambda torch, x: x[1:, torch.tensor([1, 1]), ::2], "BKM"),
        case("index-slice-index", lambda torch, x: x[torch.tensor([1, 0]), :, torch.tensor([3, 3])], "BKM"),
        case("index-number-index", lambda torch, x: x[torch.tensor([1, 0]), 2, torch.tensor([3, 3])], "BKM"),
        case("index-none", lambda torch, x: x[torch.tensor([1, 0]), None], "NM"),
        case("index-ellipsis", lambda torch, x: x[..., torch.tensor([1, 1])], "BKM"),
        case("mask", lambda torch, x: x[x > 0], "NM", smooth=False),
        case("mask-fixed", lambda torch, x: x[torch.tensor([True, False])], "BKM"),
        case("mask-2d", lambda torch, x: x[torch.tensor([[True, False, True], [False, False, True]])], "BKM"),
        case("mask-second", lambda torch, x: x[:, torch.tensor([True, False, True])], "BKM"),
        case("mask-and-index", lambda torch, x: x[torch.tensor([True, True]), torch.tensor([0, 2])], "BKM"),
        case("mask-none", lambda torch, x: x[torch.tensor([False, False])], "BKM"),
        case("gather", lambda torch, x: x.gather(1, torch.arange(len(x))[:, None] // 2), "NM"),
        case("gather-repeated", lambda torch, x: x.gather(1, torch.tensor([[0, 0, 3], [1, 2, 1]])), "NM"),
        case("index_select", lambda torch, x: x.index_select(1, torch.tensor([2, 0, 2])), "BKM"),
        case("masked_select", lambda torch, x: x.masked_select(torch.arange(x.shape[1]) != 1), "NM"),
        case("masked_fill", lambda torch, x: x.masked_fill(torch.arange(x.shape[1]) > 1, -1.0), "NM"),
        case("masked_fill-by-value", lambda torch, x: x.masked_fill(x.detach() > 0, -1.0), "NM", smooth=False),
        case("masked_fill-tensor",
             lambda torch, x, y: x.masked_fill(torch.tensor([True, False, True, True]), y), "NM", ()),
        case("scatter_add",
             lambda torch, x, y: x.scatter_add(1, torch.arange(y.numel()).reshape(y.shape) // 2 % x.shape[1], y),
             "NM", "NM"),
        case("scatter-function", lambda torch, x, y: x.scatter(1, torch.tensor([[2, 0, 1], [3, 1, 0]]), y), "NM", "NK"),
        case("index_add", lambda torch, x, y: x.index_add(1, torch.tensor([2, 0, 2]), y), "NM", "NK"),
        case("narrow", lambda torch, x: x.narrow(1, 1, 2), "NM", claim="bits"),
        case("select-function", lambda torch, x: torch.select(x, 1, -1), "BKM", claim="bits"),
        case("tril", lambda torch, x: x.tril(), "BKM", claim="bits"),
        case("triu", lambda torch, x: torch.triu(x, 1), "NM", claim="bits"),
        # writing
        case("index_put", index_put, "NM", "NM"),
        case("copy_slices", copy_slices, "NM", "M"),
        case("as_strided", as_strided, "NM"),
        case("put-columns",
             lambda torch, x, y: written(x.clone(), (torch.arange(len(x)), torch.arange(len(x)) // 2), y), "NM", "N"),
        case("put-slice-rows", lambda torch, x, y: written(x.clone(), slice(1, None), y[1:]), "NM", "NM"),
        case("put-number", lambda torch, x: written(x.clone(), 0, 1.0), "NM"),
        case("put-slice", lambda torch, x, y: written(x.clone(), (slice(None), slice(1, 3)), y), "NM", (2, 2)),
        case("put-broadcast", lambda torch, x, y: written(x.clone(), slice(1, None), y), "NM", "M"),
        case("put-whole", lambda torch, x, y: written(x.clone(), slice(None), y), "NM", "NM"),
        case("put-0d", lambda torch, x, y: written(x.clone(), (0, 1), y), "NM", ()),
        case("put-lead-ones", lambda torch, x, y: written(x.clone(), 0, y), "NM", "1M"),
        case("put-index", lambda torch, x, y: written(x.clone(), torch.tensor([2, 0]), y), (3, 2), (2, 2)),
        case("put-pair", lambda torch, x, y: written(x.clone(), (torch.tensor([0, 1]), torch.tensor([1, 3])), y),
             "NM", (2,)),
        case("put-mask", lambda torch, x: written(x.clone(), x.detach() > 0, 0.0), "NM", smooth=False),
        case("put-mask-values", lambda torch, x, y: written(x.clone(), torch.tensor([True, False]), y), "NM", "M"),
        case("put-index-in-slice", lambda torch, x, y: written(x.clone(), (0, torch.tensor([1, 2])), y), "NM", (2,)),
        case("put-into-zeros", lambda torch, x: written(torch.zeros(2, 4, dtype=x.dtype), 1, x), "M"),
    ],
    "shape": [
        case("reshape", lambda torch, x: x.reshape(4, 6), "BKM", claim="bits"),
        case("reshape-infer", lambda torch, x: torch.reshape(x, (-1, 2)), "BKM", claim="bits"),
        case("reshape-copy", lambda torch, x: x.transpose(0, 1).reshape(-1), "NM", claim="bits", shows="reshape_copy"),
        case("view", lambda torch, x: x.view(-1), "BKM", claim="bits"),
        case("view-tuple", lambda torch, x: x.view((4, 2)), "NM", claim="bits"),
        case("flatten", lambda torch, x: x.flatten(), "BKM", claim="bits"),
        case("flatten-dims", lambda torch, x: torch.flatten(x, start_dim=1), "BKM", claim="bits"),
        case("flatten-0d", lambda torch, x: x.flatten(), (), claim="bits"),
        case("flatten-copy", lambda torch, x: x.transpose(0, 2).flatten(), "BKM", claim="bits"),
        case("t", lambda torch, x: x.t(), "NM", claim="bits"),
        case("t-1d", lambda torch, x: x.t(), "M", claim="bits"),
        case("T", lambda torch, x: x.T, "NM", claim="bits"),
        case("mT", lambda torch, x: x.mT, "BKM", claim="bits"),
        case("transpose", lambda torch, x: x.transpose(0, -1), "BKM", claim="bits"),
        case("permute", lambda torch, x: x.permute(2, 0, 1), "BKM", claim="bits"),
        case("permute-tuple", lambda torch, x: torch.permute(x, (1, 2, 0)), "BKM", claim="bits"),
        case("unsqueeze", lambda torch, x: x.unsqueeze(1), "NM", claim="bits"),
        case("unsqueeze-last", lambda torch, x: torch.unsqueeze(x, -1), "NM", claim="bits"),
        case("squeeze-all", lambda torch, x: x.squeeze(), (1, 3, 1), claim="bits"),
        case("squeeze-dim", lambda torch, x: x.squeeze(0), "1K1", claim="bits", shows="squeeze"),
        case("squeeze-not-1", lambda torch, x: x.squeeze(1), (1, 3, 1), claim="bits"),
        case("squeeze-dims", lambda torch, x: torch.squeeze(x, (0, 2)), (1, 3, 1), claim="bits"),
        case("expand", lambda torch, x: x.expand(2, *x.shape), "NM"),
        case("expand-lead", lambda torch, x: x.expand(3, 2, 4), (2, 1)),
        case("expand-minus-1", lambda torch, x: x.expand(-1, 3), (2, 1)),
        case("expand-as", lambda torch, x, y: x.expand_as(y) * y, "M", "NM"),
        case("ravel", lambda torch, x: x.t().ravel(), "NM", claim="bits"),
        case("movedim", lambda torch, x: x.movedim(0, -1), "BKM", claim="bits"),
        case("repeat", lambda torch, x: x.repeat(2, 1, 2), "NM"),
        case("flip", lambda torch, x: x.flip(0, 2), "BKM", claim="bits"),
        case("roll", lambda torch, x: x.roll((1, -2), (0, 2)), "BKM", claim="bits"),
        case("roll-flat", lambda torch, x: torch.roll(x, 3), "NM", claim="bits"),
        case("diagonal", lambda torch, x: x.diagonal(1, 0, 2), "BKM"),
        case("diag_embed", lambda torch, x: torch.diag_embed(x, 1), "NM", claim="bits"),
        case("diag", lambda torch, x: torch.diag(x), "M", claim="bits"),
        case("unfold", lambda torch, x: x.unfold(1, 2, 1), "NM"),
        case("unfold-steps", lambda torch, x: x.unfold(-1, 2, 2), "BKM"),
        case("repeat_interleave", lambda torch, x: x.repeat_interleave(2, 1), "NM"),
        case("repeat_interleave-tensor", lambda torch, x: x.repeat_interleave(torch.tensor([2, 0, 1]), 1), "NK"),
        case("tile", lambda torch, x: x.tile(2), "NM"),
        case("unflatten", lambda torch, x: x.unflatten(1, (2, -1)), "NM", claim="bits"),
        case("meshgrid", lambda torch, x, y: torch.meshgrid(x, y, indexing="xy")[0], "N", "K"),
        case("split", lambda torch, x: x.split(3, 1)[1], "NM", claim="bits"),
        case("split-sizes", lambda torch, x: torch.split(x, [1, 3], dim=1)[1], "NM", claim="bits"),
        case("chunk", lambda torch, x: x.chunk(2, -1)[0], "BKM", claim="bits"),
        case("unbind", lambda torch, x: x.unbind(1)[2], "NM", claim="bits"),
        case("rows", lambda torch, x: list(x)[1], "NM", claim="bits"),
        # joining
        case("cat", lambda torch, x, y: torch.cat([x, y]), "NM", "KM", claim="bits"),
        case("cat-dim", lambda torch, x, y: torch.cat((x, y, x), dim=1), "NM", "N1"),
        case("cat-one", lambda torch, x: torch.cat([x], -1), "NM", claim="bits"),
        case("hstack", lambda torch, x, y: torch.hstack([x, y]), "NM", "N1", claim="bits"),
        case("vstack", lambda torch, x, y: torch.vstack([x, y]), "NM", "M", claim="bits"),
        case("stack", lambda torch, x, y: torch.stack([x, y]), "NM", "NM", claim="bits"),
        case("stack-dim", lambda torch, x, y: torch.stack((x, y, x), dim=-1), "NM", "NM"),
        case("stack-0d", lambda torch, x, y: torch.stack([x, y]), (), (), claim="bits"),
    ],
    "copies": [
        case("clone", lambda torch, x: x.clone(), ANY, claim="bits"),
        case("contiguous", lambda torch, x: x.t().contiguous(), "NM", claim="bits"),
        case("contiguous-already", lambda torch, x: (x * 1).contiguous(), "NM", claim="bits"),
        case("copy", lambda torch, x, y: x.clone().copy_(y), "NM", "NM", claim="bits"),
        case("double", lambda torch, x: x.double(), "NM", kinds=("float32",), smooth=False, shows="to_copy"),
        case("float", lambda torch, x: x.float(), "NM", kinds=("float64",), smooth=False),
        case("to-same", lambda torch, x: (x * 1).to(x.dtype), "NM", claim="bits"),
        case("detach", lambda torch, x: x * x.detach(), "NM", smooth=False),
    ],
    "within gradients": [
        case("embed", embed, "NM"),
        case("convolution_weight", convolution_weight, "BKMM"),
        case("add_in_places", add_in_places, "NM"),
        case("resample_transpose", resample_transpose, "BKM"),
        case("scatter", scatter, "NM"),
    ],
    "without a gradient": [
        plain("eq", lambda torch, x, y: x == y),
        plain("ne", lambda torch, x, y: x != y),
        plain("lt", lambda torch, x, y: x < y),
        plain("le", lambda torch, x, y: torch.le(x, y)),
        plain("gt", lambda torch, x, y: x > y),
        plain("ge", lambda torch, x, y: x.ge(y)),
        plain("eq-number", lambda torch, x, y: x == 0),
        plain("isnan", lambda torch, x, y: torch.isnan(x)),
        plain("argmax", lambda torch, x, y: torch.argmax(x)),
        plain("argmax-dim", lambda torch, x, y: x.argmax(1)),
        plain("argmax-axis", lambda torch, x, y: torch.argmax(x, axis=0, keepdims=True)),
        plain("argmax-keepdim", lambda torch, x, y: x.argmax(dim=-1, keepdim=True)),
        plain("argmin", lambda torch, x, y: x.argmin()),
        plain("argmin-dim", lambda torch, x, y: torch.argmin(x, dim=0)),
        plain("max-indices", lambda torch, x, y: x.max(1).indices),
        plain("min-indices", lambda torch, x, y: torch.min(x, 0, keepdim=True).indices),
        plain("mask-and", lambda torch, x, y: (x > 0) & (y > 0)),
        plain("mask-or", lambda torch, x, y: (x > 0) | (y > 0)),
        plain("mask-not", lambda torch, x, y: ~(x > 0)),
        plain("all", lambda torch, x, y: (x == y).all()),
        plain("any", lambda torch, x, y: torch.any(x == y)),
        plain("count", lambda torch, x, y: (x == y).sum()),
    ],
}  # fmt: skip

PLAIN = PROGRAMS["without a gradient"]
SECOND = PROGRAMS[
    "within gradients"
]  # ops that only gradients use: these programs differentiate inputs themselves
TABLE = [case for cases in PROGRAMS.values() if cases not in (PLAIN, SECOND) for case in cases]


# Where the ops stand.
MODULES = (
    "minigrad.ops", "minigrad.nn.ops", "minigrad.nn.activation_ops", "minigrad.nn.loss_ops",
    "minigrad.nn.later.activation_ops", "minigrad.nn.later.loss_ops", "minigrad.nn.later.norm_ops",
    "minigrad.nn.later.pool_ops", "minigrad.more_ops.places", "minigrad.more_ops.functions",
    "minigrad.more_ops.running", "minigrad.nn.later.embedding_ops", "minigrad.nn.later.attention_ops",
    "minigrad.nn.later.conv_ops", "minigrad.nn.later.pad_ops", "minigrad.nn.later.upsample_ops",
    "minigrad.nn.later.shuffle_ops",
)  # fmt: skip


def ops_by_name() -> dict[str, Op]:
    """Every op that minigrad has."""
    found = {}
    for module in map(import_module, MODULES):
        found |= {name: op for name, op in vars(module).items() if isinstance(op, Op) and name[0] != "_"}
    return found


def module_of(op: str) -> str:
    """The module that defines an op."""
    return next(module for module in MODULES if op in vars(import_module(module)))


def program_of(op: str) -> Case:
    """The case that is this op's own program; LookupError if there is none."""
    found = [each for cases in PROGRAMS.values() for each in cases if op in each.ops]
    if not found:
        raise LookupError(
            f"minigrad has the op {op}, but no program shows it: add one to sidebyside/programs/ops.py"
        )
    return found[0]
