"""Which audio track of a file is meant for all, as far as the file says."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from av.stream import Disposition

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

# Commentary, description of pictures, music without its singer, effects without speech.
_UNFIT = (
    Disposition.comment
    | Disposition.visual_impaired
    | Disposition.karaoke
    | Disposition.clean_effects
)


def default_track(tracks: "Sequence[AudioStream]") -> int:
    """Give the number of the track that is meant for all: decodable, no comment, marked so."""
    return ranked(tracks)[0]


def ranked(tracks: "Sequence[AudioStream]") -> list[int]:
    """Give the numbers of tracks, from 1, the most fitting first."""

    def rank(number: int) -> tuple[bool, bool, bool, int]:
        stream = tracks[number - 1]
        marks = stream.disposition
        default = bool(marks & Disposition.default)
        return stream.codec_context is None, bool(marks & _UNFIT), not default, number

    return sorted(range(1, len(tracks) + 1), key=rank)
