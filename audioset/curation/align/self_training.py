"""Phone models of one recording, learnt from where its lines were found so far.

Frames that lie in lines which fit well carry the phone that the synthetic voice has there. From
three frames each, linear discriminant analysis makes 20 numbers; each phone becomes one Gaussian
in them, drawn towards the mean of all where there are few examples.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUM_DIRECTIONS = 20
_LEAST_FRAMES = 200  # of labels, for a model to be worth anything
_MEAN_WORTH, _SPREAD_WORTH = 10.0, 40.0  # frames that the prior counts as
_COST_SCALE = 0.25
_TOLD_SHARE = 0.5  # of the way to the synthetic voice's own mean
_TOLD_SPREAD = 1.5  # the variance of a phone that was only told, relative to the others


@dataclass(frozen=True, slots=True)
class Labelled:
    """Frames of which the phone is known.

    Attributes:
        features: of consecutive frames, float32, shape (frames, 26).
        frames: numbers of those that are labelled.
        phones: their labels.
    """

    features: "NDArray[np.float32]"
    frames: "NDArray[np.int64]"
    phones: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class PhoneModels:
    """One Gaussian for each phone.

    Attributes:
        directions: shape (78, 20): three frames to the numbers that tell phones apart.
        means: shape (phones, 20).
        variances: shape (phones, 20).
        known: which phones have a model, shape (phones,).
    """

    directions: "NDArray[np.float32]"
    means: "NDArray[np.float32]"
    variances: "NDArray[np.float32]"
    known: "NDArray[np.bool_]"

    def costs(self, features: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Give what each frame costs in each phone, float32, shape (frames, phones).

        The negative log likelihood ratio of the phone to all of them, scaled.
        """
        from scipy.special import logsumexp

        samples = _stacked(features) @ self.directions
        inverse = 1 / self.variances
        constant = -0.5 * (np.log(self.variances) + self.means**2 * inverse).sum(axis=1)
        likely = constant - 0.5 * (samples**2 @ inverse.T) + samples @ (self.means * inverse).T
        any_of_them = logsumexp(likely[:, self.known], axis=1) - np.log(self.known.sum())
        costs = _COST_SCALE * (any_of_them[:, None] - likely)
        costs[:, ~self.known] = 0
        return costs.astype(np.float32)


def learn_phones(
    examples: Labelled, num_phones: int, before: Labelled | None = None
) -> PhoneModels | None:
    """Learn phone models.

    Args:
        examples: from the recording.
        num_phones: how many phones there may be.
        before: what is thought of a phone before there are examples: a synthetic voice.

    Returns:
        None when there is too little to learn from.
    """
    if examples.frames.size < _LEAST_FRAMES or np.unique(examples.phones).size < 3:
        return None
    samples = _stacked(examples.features)[examples.frames]
    directions = _discriminants(samples, examples.phones)
    samples = samples @ directions
    mean = samples.mean(axis=0)
    labels = np.unique(examples.phones)
    spread = np.mean([samples[examples.phones == k].var(axis=0) for k in labels], axis=0)
    means, variances = np.tile(mean, (num_phones, 1)), np.tile(spread, (num_phones, 1))
    known = np.zeros(num_phones, bool)
    if before is not None:
        told = _stacked(before.features)[before.frames] @ directions
        for label in np.unique(before.phones):
            means[label] = mean + _TOLD_SHARE * (told[before.phones == label].mean(axis=0) - mean)
            known[label] = True
        variances *= _TOLD_SPREAD
    for label in labels:
        some = samples[examples.phones == label]
        count = len(some)
        means[label] = (some.sum(axis=0) + _MEAN_WORTH * means[label]) / (count + _MEAN_WORTH)
        around = ((some - means[label]) ** 2).sum(axis=0)
        variances[label] = (around + _SPREAD_WORTH * spread) / (count + _SPREAD_WORTH)
        known[label] = True
    return PhoneModels(directions, means, variances, known)


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
