"""How rounding errors pass through PyTorch's kernels of bags of embeddings."""

from __future__ import annotations

import numpy as np

from sidebyside.contract.balls import Ball
from sidebyside.contract.kernel_bounds import added_at, bound, part, placed, sure
from sidebyside.contract.pool_bounds import BOUNDS

__all__ = ["BOUNDS"]

SUM, MEAN, MAX = range(3)  # as aten numbers them


class Bags:
    """Which indices count, and in which bag each of them is."""

    def __init__(self, indices, offsets, bags, padding_idx):
        k, starts = sure(indices), sure(offsets)
        bag = np.searchsorted(starts, np.arange(len(k)), "right") - 1
        kept = (bag < bags) & (k != padding_idx)
        self.at, self.k, self.bag = np.flatnonzero(kept), k[kept], bag[kept]
        self.counts = np.bincount(self.bag, minlength=bags)

    def terms(self, rows, weights):
        """The rows that are added up, each times its weight."""
        return rows if weights is None else rows.scaled(part(weights, (self.at, None)))

    def shares(self, kind):
        """1/n, for the rows of a bag of n"""
        return 1 / Ball(np.maximum(self.counts, 1)[:, None].astype(kind))


def added_to_rows(terms, rows, shape):
    """Zeros of this shape, to whose rows the terms are added."""
    places = rows[:, None] * shape[1] + np.arange(shape[1])
    return added_at(terms, places, shape)


@bound("_embedding_bag")
def _embedding_bag(
    call, weight, indices, offsets, scale_grad_by_freq=False, mode=0, sparse=False, per_sample_weights=None,
    include_last_offset=False, padding_idx=-1,
):  # fmt: skip
    shape = call.results[0].shape
    bags = Bags(indices, offsets, shape[0], padding_idx)
    rows = part(call.ball(weight), bags.k)
    if mode == MAX:
        z = Ball(call.results[0], rows.r.max(initial=0), kind=call.kind)
    else:
        z = added_to_rows(bags.terms(rows, per_sample_weights), bags.bag, shape)
    return [z.scaled(bags.shares(call.kind)) if mode == MEAN else z, *[None] * (len(call.results) - 1)]


@bound("_embedding_bag_backward")
def _embedding_bag_backward(
    call, dz, indices, offsets, offset2bag, bag_size, maximum_indices, num_weights, scale_grad_by_freq, mode, sparse,
    per_sample_weights, padding_idx=-1,
):  # fmt: skip
    dz, shape = call.ball(dz), (num_weights, dz.shape[1])
    bags = Bags(indices, offsets, dz.shape[0], padding_idx)
    if mode == MAX:
        rows, columns = np.nonzero(bags.counts[:, None] * np.ones(shape[1]))
        taken = sure(maximum_indices)[rows, columns]
        return added_at(part(dz, (rows, columns)), taken * shape[1] + columns, shape)
    dz = dz.scaled(bags.shares(call.kind)) if mode == MEAN else dz
    terms = bags.terms(part(dz, bags.bag), per_sample_weights)
    if scale_grad_by_freq:
        terms = terms.scaled(1 / call.ball(np.bincount(sure(indices))[bags.k][:, None]))
    return added_to_rows(terms, bags.k, shape)


@bound("_embedding_bag_per_sample_weights_backward")
def _per_sample_weights_backward(call, dz, weight, indices, offsets, offset2bag, mode, padding_idx=-1):
    bags = Bags(indices, offsets, dz.shape[0], padding_idx)
    found = part(call.ball(dz), bags.bag).scaled(part(call.ball(weight), bags.k)).sum((1,))
    return placed(Ball(np.zeros(call.results[0].shape, call.kind)), bags.at, found)
