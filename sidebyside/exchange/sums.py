"""Sums, powers and remainders; sums over equal indices."""

from __future__ import annotations

import numpy as np

import minigrad
from minigrad import ops
from minigrad.arrays import kernels
from minigrad.more_ops import places
from minigrad.nn.later import embedding_ops
from minigrad.nn.later.embedding_functions import embedding_renorm_
from sidebyside.exchange.table import (
    aten,
    called,
    cast,
    dims,
    exchanged,
    refuse,
    rule,
)


@exchanged(aten.sum.default)
def _sum(x, *, dtype=None):
    return ops.sum.forward(cast(x, dtype))


@exchanged(aten.sum.dim_IntList)
def _sum_dim(x, dim, keepdim=False, *, dtype=None):
    return ops.sum_dim.forward(cast(x, dtype), dims(dim, x.ndim), keepdim)


@exchanged(aten.mean.default)
def _mean(x, *, dtype=None):
    return ops.mean.forward(cast(x, dtype))


@exchanged(aten.mean.dim)
def _mean_dim(x, dim, keepdim=False, *, dtype=None):
    return ops.mean_dim.forward(cast(x, dtype), dims(dim, x.ndim), keepdim)


@exchanged(aten.var.correction)
def _var(x, dim=None, *, correction=None, keepdim=False):
    return ops.var.forward(x, dims(dim, x.ndim), 1 if correction is None else correction, keepdim)


@exchanged(aten.std.correction)
def _std(x, dim=None, *, correction=None, keepdim=False):
    return ops.std.forward(x, dims(dim, x.ndim), 1 if correction is None else correction, keepdim)


@exchanged(aten.linalg_vector_norm.default, aten.norm.ScalarOpt_dim)
def _norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    return ops.norm.forward(cast(x, dtype), ord, dims(dim, x.ndim), keepdim)


@exchanged(aten.logsumexp.default)
def _logsumexp(x, dim, keepdim=False):
    return called(minigrad.logsumexp)(x, dims(dim, x.ndim), keepdim)


@exchanged(aten.cumsum.default)
def _cumsum(x, dim, *, dtype=None):
    return ops.cumsum.forward(cast(x, dtype), *dims(dim, x.ndim))


@exchanged(aten.prod.default)
def _prod(x, *, dtype=None):
    return ops.prod.forward(cast(x, dtype))


@exchanged(aten.prod.dim_int)
def _prod_dim(x, dim, keepdim=False, *, dtype=None):
    return ops.prod_dim.forward(cast(x, dtype), *dims(dim, x.ndim), keepdim)


@exchanged(aten.cumprod.default)
def _cumprod(x, dim):
    return np.cumprod(x, *dims(dim, x.ndim))


# Sums over equal indices


@exchanged(aten.index_put.default)
def _index_put(x, indices, values, accumulate=False, unsafe=False):
    key = tuple(slice(None) if index is None else index for index in indices)
    return _added(x, key, values) if accumulate else ops.index_put.forward(x, key, values)


@exchanged(aten.index_add.default)
def _index_add(x, dim, index, source, *, alpha=1):
    refuse("index_add", alpha)
    return places.scatter_add.forward(x, (slice(None),) * (dim % x.ndim) + (index,), source)


@exchanged(aten.scatter_add.default)
def _scatter_add(x, dim, index, source):
    return places.scatter_add.forward(x, kernels.along(index, dim), source[tuple(map(slice, index.shape))])


@exchanged(aten.embedding_dense_backward.default)
def _embedding_backward(dz, indices, rows, padding_idx, scale_grad_by_freq):
    shape = (rows, dz.shape[-1])
    return rule(
        embedding_ops.embedding, "weight", dz=dz, indices=indices, shape=shape, padding_idx=padding_idx,
        scale_grad_by_freq=scale_grad_by_freq,
    )  # fmt: skip


exchanged(aten.embedding_renorm.default)(called(embedding_renorm_))


@exchanged(aten.unfold_backward.default)
def _unfold_backward(dz, sizes, dim, size, step):
    shape = tuple(sizes)
    return rule(places.unfold, "x", dz=dz, shape=shape, dimension=dim % len(shape), size=size, step=step)


def _added(x, key, values):
    return x + ops.scatter.forward(values, x.shape, key)


# Powers and remainders


exchanged(aten.pow.Scalar)(lambda base, x: called(ops.rpow)(x, base))
exchanged(aten.pow.Tensor_Scalar, aten.pow_.Scalar)(
    called(ops.pow_scalar)
)  # after pow.Scalar, which would enter pow_.Scalar too
exchanged(aten.pow.Tensor_Tensor, aten.pow_.Tensor)(called(ops.pow))
exchanged(aten.remainder.Tensor, aten.remainder.Scalar, aten.remainder.Scalar_Tensor)(
    called(minigrad.remainder)
)
exchanged(aten.fmod.Tensor, aten.fmod.Scalar)(called(ops.fmod))


@exchanged(aten.round.decimals)
def _round(x, *, decimals):
    return called(ops.round_decimals)(x, decimals)


@exchanged(aten.div.Tensor_mode, aten.div.Scalar_mode)
def _div(x, y, *, rounding_mode):
    return called(minigrad.div)(x, y, rounding_mode=rounding_mode)


@exchanged(aten.floor_divide.default, aten.floor_divide.Scalar, aten.floor_divide_.Tensor)
def _floor_divide(x, y):
    return called(ops.div_rounded)(x, y, "floor")


@exchanged(aten.tanh_backward.default)
def _tanh_backward(dz, z):
    return rule(ops.tanh, "x", dz=dz, z=z)


@exchanged(aten.sigmoid_backward.default)
def _sigmoid_backward(dz, z):
    return rule(ops.sigmoid, "x", dz=dz, z=z)
