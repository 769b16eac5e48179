"""Phone models of one recording, learnt from where its lines were found so far.

Frames that lie in lines which fit well carry the phone that the synthetic voice has there. From
three frames each, linear discriminant analysis makes 20 numbers; each phone becomes one Gaussian
in them, drawn towards the mean of all where there are few examples.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUM_DIRECTIONS = 20
_LEAST_FRAMES = 200  # of labels, for a model to be worth anything
_MEAN_WORTH, _SPREAD_WORTH = 10.0, 40.0  # frames that the prior counts as
_COST_SCALE = 0.25


def learn_phone_costs(
    features: "NDArray[np.float32]",
    frames: "NDArray[np.int64]",
    phones: "NDArray[np.int64]",
    num_phones: int,
) -> "NDArray[np.float32] | None":
    """Give what each frame costs in each phone, float32, shape (frames, phones).

    Args:
        features: of all frames.
        frames: numbers of the frames that are labelled.
        phones: their labels.
        num_phones: how many there may be.

    Returns:
        None when there is too little to learn from.
    """
    if frames.size < _LEAST_FRAMES or np.unique(phones).size < 3:
        return None
    stacked = _stacked(features)
    directions = _discriminants(stacked[frames], phones)
    projected = stacked @ directions
    means, variances = _gaussians(projected[frames], phones, num_phones)
    return _costs(projected, means, variances, np.bincount(phones, minlength=num_phones))


def _stacked(features: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Put each frame between the ones two before and two after it."""
    padded = np.pad(features, ((2, 2), (0, 0)), mode="edge")
    return np.concatenate([padded[:-4], features, padded[4:]], axis=1)


def _discriminants(
    samples: "NDArray[np.float32]", labels: "NDArray[np.int64]"
) -> "NDArray[np.float32]":
    """Give the directions that tell the labels apart best, shape (features, directions)."""
    from scipy.linalg import eigh

    samples = samples.astype(np.float64)
    mean = samples.mean(axis=0)
    within = np.zeros((samples.shape[1], samples.shape[1]))
    between = np.zeros_like(within)
    for label in np.unique(labels):
        some = samples[labels == label]
        middle = some.mean(axis=0)
        within += (some - middle).T @ (some - middle)
        between += len(some) * np.outer(middle - mean, middle - mean)
    within /= len(samples)
    between /= len(samples)
    within += np.eye(len(within)) * 0.05 * np.trace(within) / len(within)
    _, vectors = eigh(between, within)
    best: NDArray[np.float32] = vectors[:, ::-1][:, :_NUM_DIRECTIONS].astype(np.float32)
    return best


def _gaussians(
    samples: "NDArray[np.float32]", labels: "NDArray[np.int64]", num_phones: int
) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Give mean and variance of each phone, both shape (phones, directions)."""
    mean = samples.mean(axis=0)
    spread = np.mean([samples[labels == k].var(axis=0) for k in np.unique(labels)], axis=0)
    means = np.tile(mean, (num_phones, 1))
    variances = np.tile(spread, (num_phones, 1))
    for label in np.unique(labels):
        some = samples[labels == label]
        count = len(some)
        means[label] = (some.sum(axis=0) + _MEAN_WORTH * mean) / (count + _MEAN_WORTH)
        around = ((some - means[label]) ** 2).sum(axis=0)
        variances[label] = (around + _SPREAD_WORTH * spread) / (count + _SPREAD_WORTH)
    return means, variances


def _costs(
    samples: "NDArray[np.float32]",
    means: "NDArray[np.float32]",
    variances: "NDArray[np.float32]",
    counts: "NDArray[np.int64]",
) -> "NDArray[np.float32]":
    """Give the negative log likelihood ratio of each phone to all of them, scaled."""
    from scipy.special import logsumexp

    inverse = 1 / variances
    constant = -0.5 * (np.log(variances).sum(axis=1) + (means**2 * inverse).sum(axis=1))
    likely = constant - 0.5 * (samples**2 @ inverse.T) + samples @ (means * inverse).T
    known = counts > 0
    all_of_them = logsumexp(likely[:, known], axis=1) - np.log(known.sum())
    costs = _COST_SCALE * (all_of_them[:, None] - likely)
    costs[:, ~known] = 0
    result: NDArray[np.float32] = costs.astype(np.float32)
    return result
