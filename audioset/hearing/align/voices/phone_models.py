"""Phone models: how the phones of a dataset's speakers sound, learnt from clips with right texts.

Linear discriminant analysis makes 20 numbers of three frames; each phone is one Gaussian in them,
drawn towards the mean of all where there are few examples. All of it is made of sums, which are
gathered clip by clip: memory does not grow with what is learnt from.

Features are normalised for each recording before they come here, so that microphones and rooms
matter little.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import IntegrityError, InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MODELS_FORMAT = 1  # of the file; raised when an older reader would misread it
TRUSTED_SHARE = 0.9  # of spans, by how well they fit: what phones are learnt from
DISTANCE_WEIGHT = 0.5  # of what frames are like, beside phone models
_NUM_DIRECTIONS = 20
_LEAST_FRAMES, _LEAST_PHONES = 200, 3  # for a model to be worth anything
_MEAN_WORTH, _SPREAD_WORTH = 10.0, 40.0  # frames that the prior counts as
_RIDGE = 0.05
_COST_SCALE = 0.25
_APART_FRAMES = 2  # how far the frames lie apart that are looked at together
_BLOCK_FRAMES = 4_096
_MAX_BYTES = 64 * 1024 * 1024
_ARRAYS = ("directions", "means", "variances", "counts")


@dataclass(frozen=True, slots=True, eq=False)
class PhoneModels:
    """The phones of a dataset.

    Attributes:
        names: IPA symbols as the synthetic voice gives them.
        directions: float32, shape (3 x cepstra, directions).
        means, variances: float32, shape (phones, directions).
        counts: frames that each phone was learnt from, int64.
        voice: of espeak-ng, that divided the texts into phones.
        trained_on: the version, as `name@v3`.
        language: of the texts, as it was asked for; empty where it was not.
        lexicon_sha256: of the lexicon that said them, as `lexicon_digest` gives it, empty without
            one; None where an older file does not say.
    """

    names: tuple[str, ...]
    directions: "NDArray[np.float32]"
    means: "NDArray[np.float32]"
    variances: "NDArray[np.float32]"
    counts: "NDArray[np.int64]"
    voice: str = ""
    trained_on: str = ""
    language: str = ""
    lexicon_sha256: str | None = None

    def costs(
        self, cepstra: "NDArray[np.float32]", names: Sequence[str], *, most: float = np.inf
    ) -> "NDArray[np.float32]":
        """Give what frames cost in phones; 0 is what speech costs that could be anything.

        Args:
            cepstra: of consecutive frames, normalised.
            names: the phones that are asked for; an unknown one costs 0.
            most: no cost is further from 0.

        Returns:
            Negative log likelihood ratios, scaled, float32, shape (frames, names).
        """
        parts = []
        for start in range(0, len(cepstra), _BLOCK_FRAMES):
            end = min(len(cepstra), start + _BLOCK_FRAMES)
            first = max(0, start - _APART_FRAMES)  # what lies beside the block is looked at too
            part = self._costs(cepstra[first : end + _APART_FRAMES], names)
            parts.append(np.clip(part[start - first : end - first], -most, most))
        return np.concatenate(parts) if parts else np.zeros((0, len(names)), np.float32)

    def _costs(self, cepstra: "NDArray[np.float32]", names: Sequence[str]) -> "NDArray[np.float32]":
        from scipy.special import logsumexp

        projected = stacked(cepstra) @ self.directions
        inverse = 1 / self.variances
        constant = np.log(self.variances).sum(axis=1) + (self.means**2 * inverse).sum(axis=1)
        likely = projected @ (self.means * inverse).T
        likely -= 0.5 * (constant + projected**2 @ inverse.T)
        any_of_them = logsumexp(likely, axis=1, keepdims=True) - np.log(len(self.names))
        ratios = _COST_SCALE * (any_of_them - likely)
        places = {name: number for number, name in enumerate(self.names)}
        costs = np.zeros((len(cepstra), len(names)), np.float32)
        known = [k for k, name in enumerate(names) if name in places]
        costs[:, known] = ratios[:, [places[names[k]] for k in known]]
        return costs

    def to_bytes(self) -> bytes:
        """Write the file: an npz without pickled objects."""
        facts = {
            "format": _MODELS_FORMAT,
            "names": self.names,
            "voice": self.voice,
            "trained_on": self.trained_on,
            "language": self.language,
            "lexicon_sha256": self.lexicon_sha256,
        }
        file = io.BytesIO()
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez_compressed(
            file, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str) -> "PhoneModels":
        """Read the file.

        Raises:
            IntegrityError: it is damaged, or none of ours; `name` is used in the message.
            InvalidInputError: a newer audioset wrote it.
        """
        try:
            facts, arrays = _unpack(data)
            names = tuple(str(phone) for phone in facts["names"])
            shapes = [arrays[key].shape for key in _ARRAYS]
            wanted = (len(names), shapes[0][1])
            whole = shapes[1:] == [wanted, wanted, wanted[:1]] and all(
                np.isfinite(arrays[key]).all() for key in _ARRAYS
            )
        except (KeyError, IndexError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
            raise IntegrityError(f"{name} is no file of phone models ({error})") from error
        if facts.get("format") != _MODELS_FORMAT:
            raise InvalidInputError(
                f"{name} has format {facts.get('format')!r}; this audioset reads {_MODELS_FORMAT}: "
                "update it, or train the aligner again"
            )
        if not whole or not (arrays["variances"] > 0).all():
            raise IntegrityError(f"{name} is damaged: its arrays do not fit together")
        return cls(
            names,
            **arrays,
            voice=str(facts["voice"]),
            trained_on=str(facts["trained_on"]),
            language=str(facts.get("language", "")),
            lexicon_sha256=facts.get("lexicon_sha256"),
        )


def _unpack(data: bytes) -> "tuple[dict[str, Any], dict[str, NDArray[Any]]]":
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(member.file_size for member in packed.infolist()) > _MAX_BYTES:
            raise ValueError("it is too large")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        facts = json.loads(file["facts"].tobytes())
        return facts, {key: file[key] for key in _ARRAYS}


class PhoneSums:
    """What phone models are made of, gathered from labelled frames."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._counts: list[int] = []
        self._sums: list[NDArray[np.float64]] = []
        self._squares: list[NDArray[np.float64]] = []

    def add(
        self,
        cepstra: "NDArray[np.float32]",
        frames: "NDArray[np.int64]",
        phones: "NDArray[np.int64]",
        names: Sequence[str],
    ) -> None:
        """Take labelled frames of one recording.

        Args:
            cepstra: of all frames of the recording, normalised.
            frames: numbers of the frames that are labelled.
            phones: their labels, indices into `names`.
            names: IPA symbols.
        """
        last = len(cepstra) - 1
        for phone in np.unique(phones):
            here = frames[phones == phone]
            beside = (here - _APART_FRAMES, here, here + _APART_FRAMES)
            some = np.concatenate([cepstra[np.clip(k, 0, last)] for k in beside], axis=1)
            some = some.astype(np.float64)
            place = self._place(names[phone], some.shape[1])
            self._counts[place] += len(some)
            self._sums[place] += some.sum(axis=0)
            self._squares[place] += some.T @ some

    @property
    def num_frames(self) -> int:
        """Frames that have been taken."""
        return sum(self._counts)

    def make(self, *, voice: str = "", trained_on: str = "") -> PhoneModels | None:
        """Make the models; None when there is too little to learn from."""
        if self.num_frames < _LEAST_FRAMES or len(self._names) < _LEAST_PHONES:
            return None
        counts = np.array(self._counts, np.float64)
        sums, squares = np.array(self._sums), np.array(self._squares)
        directions = _discriminants(counts, sums, squares)
        means = sums @ directions / counts[:, None]
        moments = np.einsum("pij,id,jd->pd", squares, directions, directions, optimize=True)
        mean = sums.sum(axis=0) @ directions / counts.sum()
        spread = (moments / counts[:, None] - means**2).mean(axis=0)
        shrunk = (counts[:, None] * means + _MEAN_WORTH * mean) / (counts[:, None] + _MEAN_WORTH)
        # Sum of squares around the shrunk mean, from sums alone.
        around = moments - counts[:, None] * (2 * shrunk * means - shrunk**2)
        variances = (around + _SPREAD_WORTH * spread) / (counts[:, None] + _SPREAD_WORTH)
        return PhoneModels(
            tuple(self._names),
            directions.astype(np.float32),
            shrunk.astype(np.float32),
            variances.astype(np.float32),
            counts.astype(np.int64),
            voice,
            trained_on,
        )

    def _place(self, name: str, width: int) -> int:
        if name not in self._names:
            self._names[name] = len(self._names)
            self._counts.append(0)
            self._sums.append(np.zeros(width))
            self._squares.append(np.zeros((width, width)))
        return self._names[name]


def stacked(cepstra: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Put each frame between the ones two before and two after it."""
    apart = _APART_FRAMES
    padded = np.pad(cepstra, ((apart, apart), (0, 0)), mode="edge")
    return np.concatenate([padded[: -2 * apart], cepstra, padded[2 * apart :]], axis=1)


def _discriminants(
    counts: "NDArray[np.float64]", sums: "NDArray[np.float64]", squares: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Give the directions that tell the phones apart best, shape (cepstra, directions)."""
    from scipy.linalg import eigh

    total = counts.sum()
    means, mean = sums / counts[:, None], sums.sum(axis=0) / total
    within = (squares.sum(axis=0) - (sums.T @ means)) / total
    apart = means - mean
    between = (apart * counts[:, None]).T @ apart / total
    within += np.eye(len(within)) * _RIDGE * np.trace(within) / len(within)
    _, vectors = eigh(between, within)
    # So many phones differ in one direction fewer; all others would be noise.
    best: NDArray[np.float64] = vectors[:, ::-1][:, : min(_NUM_DIRECTIONS, len(counts) - 1)]
    return best
