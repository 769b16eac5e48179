"""The aligner `hama`: a small model of CTC that names the phones of speech in IPA.

The package `hama` (Apache-2.0, 23 MB) carries its weights and spells English and Korean text; it
needs no other library. Nothing is downloaded.
"""

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from audioset.errors import NotFoundError
from audioset.installation import install_line
from audioset.records.plugin_contracts import SOUND_RATE, Emissions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD_END = "<wb>"
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def open_hama(threads: int) -> "Hama":  # noqa: ARG001  it uses one
    """Load the model; see `records.plugin_contracts.OpenAligner`.

    Raises:
        NotFoundError: the package is not installed.
    """
    try:
        import hama
    except ImportError:
        raise NotFoundError(
            f"the aligner hama needs the package hama: {install_line('hama')}"
        ) from None
    hop_seconds = hama.asr.ASR_OUTPUT_FRAME_SAMPLES / SOUND_RATE
    return Hama(hama.ASRModel(), hama.G2PModel(), hop_seconds)


class Hama:
    """One loaded model; see `records.plugin_contracts.EmissionModel`.

    Attributes:
        tokens: what the columns of its emissions mean.
    """

    name = "hama"

    def __init__(self, ears: Any, speller: Any, hop_seconds: float) -> None:
        self.version = version("hama")
        self._ears, self._speller, self._hop_seconds = ears, speller, hop_seconds
        self.tokens: tuple[str, ...] = tuple(ears.decoder_tokens)
        self._columns = {token: column for column, token in enumerate(self.tokens)}
        self._spelled: dict[str, list[int]] = {}

    def emissions(self, sound: "NDArray[np.float32]", language: str | None) -> Emissions:  # noqa: ARG002
        """Score the frames of a stretch of sound; it has one model for all languages."""
        import numpy as np

        asked = {"waveform": sound[None], "waveform_lengths": np.array([sound.size])}
        scores, counts = self._ears.session.run(["log_probs", "out_lengths"], asked)
        return Emissions(
            scores[0, : int(counts[0])],
            self._hop_seconds,
            offset_seconds=0.0,
            blank=self._ears.blank_id,
        )

    def symbols(self, text: str, language: str | None) -> list[int]:  # noqa: ARG002
        """Write a line in phones, with the ends of words between them."""
        words = [self._phones(word) for word in _WORD.findall(text)]
        ended = [[self._columns[_WORD_END], *phones] for phones in words if phones]
        return [symbol for word in ended for symbol in word][1:]

    def _phones(self, word: str) -> list[int]:
        if word.isdecimal():  # a placeholder of about the right length: who knows how it is read
            word = _DIGITS[int(word)]
        if word not in self._spelled:
            spoken = self._speller.predict(word.lower()).alignments
            columns = (self._columns.get(part.phoneme) for part in spoken if part.phoneme.strip())
            self._spelled[word] = [column for column in columns if column is not None]
        return self._spelled[word]
