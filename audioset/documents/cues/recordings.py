"""Which cues of a file about several recordings are about this one."""

from collections.abc import Sequence
from pathlib import PureWindowsPath

from audioset.errors import InvalidInputError
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.cue import Cue

_LISTED = 5


def of_recording(named: Sequence[tuple[str, Cue]], recording: str | None) -> list[Cue]:
    """Take the cues of one recording, in file order.

    Names are compared without folders and without the ending of a media file, letter by letter:
    `talks/ted_01.mp4` and `ted_01` are the same recording, `TED_01` is another. A file about one
    other recording is refused too: labels of the wrong recording make wrong clips, and nothing
    shows it.

    Args:
        named: the name of its recording and the cue, for each cue.
        recording: the source's file name or stem; None takes all when only one is named.

    Raises:
        InvalidInputError: nothing about this recording, or several and none asked for.
    """
    names = list(dict.fromkeys(recording_name(name) for name, _ in named))
    if recording is None:
        if len(names) > 1:
            raise InvalidInputError(
                f"is about {len(names)} recordings ({_listed(names)}); say which one is meant"
            )
        return [cue for _, cue in named]
    wanted = recording_name(recording)
    if names and wanted not in names:
        raise InvalidInputError(
            f"has nothing about {wanted!r}, only about {_listed(names)}; name the recording in "
            "the file like the media file"
        )
    return [cue for name, cue in named if recording_name(name) == wanted]


def recording_name(name: str) -> str:
    """Take folders and the ending of a media file off; other dots belong to the name."""
    path = PureWindowsPath(name.strip())  # understands both kinds of slashes
    return path.stem if path.suffix.lower() in MEDIA_SUFFIXES else path.name


def _listed(names: list[str]) -> str:
    listed = ", ".join(repr(name[:80]) for name in names[:_LISTED])
    return listed if len(names) <= _LISTED else f"{listed} and {len(names) - _LISTED} more"
