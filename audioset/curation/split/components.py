"""Which clips hang together, by numbers of what they share.

Of twenty million clips an array of 64 bits takes 160 MB, so numbers have 32 where that is enough,
and where all clips are meant nothing is copied.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioset.storage.arrays import least_kind

# One number per clip: clips of equal numbers share something; -1 shares nothing.
Codes = NDArray[np.signedinteger[Any]]


def chosen_of(values: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Give some of the values of clips; no copy of them where it is all, as it mostly is."""
    return values if chosen.all() else values[chosen]


def first_clips(codes: Codes, number: int) -> Codes:
    """Give the first clip of each code from 0, shape (number,); that of no clip is their count."""
    kind = least_kind(len(codes))
    firsts = np.full(number + 1, len(codes), kind)  # the last: of -1
    firsts[codes[::-1]] = np.arange(len(codes) - 1, -1, -1, dtype=kind)  # the last word holds
    return firsts[:-1]


def components(codes: Iterable[Codes], number: int) -> Codes:
    """Label the connected components of clips, shape (number,), from 0 in the order of the clips.

    Not clips are joined, which are many, but labels so far with the codes of the next kind, once
    each.

    Args:
        codes: shape (number,) each.
        number: of clips.
    """
    labels: Codes = np.arange(number, dtype=least_kind(number))
    count = number
    for kind in codes:
        codes_of, width = _dense(kind)
        if not width:
            continue
        if count == number:  # every clip by itself so far
            labels = _ranked(*_alone_without(codes_of, width))
        else:
            ones, others = _joined_by(labels, codes_of, count, width)
            nodes = join_pairs(ones, others + count, count + width)
            labels = _ranked(nodes[labels], len(nodes))
        count = int(labels.max(initial=-1)) + 1
    return labels


def _dense(codes: Codes) -> tuple[Codes, int]:
    """Give codes that are not much larger than there are clips, and how many they may be."""
    width = int(codes.max(initial=-1)) + 1
    if width <= 2 * len(codes):
        return codes, width
    found, dense = np.unique(codes, return_inverse=True)
    has_none = int(found[0] < 0)
    return dense - has_none, len(found) - has_none


def _alone_without(codes: Codes, width: int) -> tuple[Codes, int]:
    """Give clips that share nothing a code of their own, and how many codes there may be."""
    if (codes >= 0).all():
        return codes, width
    most = width + len(codes)
    alone = np.arange(width, most, dtype=least_kind(most))
    return np.where(codes >= 0, codes, alone), most


def _joined_by(labels: Codes, kind: Codes, count: int, width: int) -> tuple[Codes, Codes]:
    """Give each label with the codes of its clips, once each; codes of one label join nothing."""
    inside = kind >= 0
    keys = np.multiply(labels, width, dtype=np.int64)
    keys += kind
    keys = chosen_of(keys, inside)
    if count * width <= 8 * len(labels):
        met = np.zeros(count * width, bool)
        met[keys] = True
        keys = np.flatnonzero(met)
    else:
        keys = np.unique(keys)
    ones, others = np.divmod(keys, width)
    joins = (np.bincount(others, minlength=width) > 1)[others]
    return ones[joins], others[joins]


def _ranked(labels: Codes, number: int) -> Codes:
    """Number labels by the first of their clips."""
    firsts = first_clips(labels, number)
    is_first = np.zeros(len(labels) + 1, bool)
    is_first[firsts] = True
    ranks = np.cumsum(is_first[:-1], dtype=firsts.dtype) - 1
    ranked: Codes = ranks[firsts[labels]]
    return ranked


def join_pairs(ones: NDArray[np.integer], others: NDArray[np.integer], number: int) -> Codes:
    """Label the connected components of a graph given by pairs of clips."""
    if not len(ones):  # the usual case, for which nothing large is loaded
        return np.arange(number, dtype=np.int32)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    weights = np.ones(len(ones), np.int8)
    graph = coo_matrix((weights, (ones, others)), shape=(number, number)).tocsr()
    labels: Codes = connected_components(graph, directed=False)[1]
    return labels
