"""How clips show themselves in a notebook: a table of the first ones, with a small player each.

The sound is embedded as MP3, which every browser plays from inside of a page; of FLAC that is not
known. Of clips of ten seconds at 44.1 kHz, `PLAYED_BYTES` holds ten as MP3, two as FLAC and none
as WAV; a notebook of many megabytes is slow, and editors cease to back it up. Looking is not
training: no receipt tells of what is shown.
"""

import base64
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.errors import AudiosetError, IntegrityError, MediaError
from audioset.records.in_notebook import (
    ROWS_SHOWN,
    Html,
    html_block,
    html_line,
    html_table,
    html_text,
)
from audioset.records.manifest import Clip
from audioset.training.rows import Rows
from audioset.wording import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.training.clip import LoadedClip
    from audioset.training.version_table import VersionTable

PLAYED_SECONDS = 10.0  # of each of several clips
ALONE_SECONDS = 30.0  # of one that somebody asked for
PLAYED_BYTES = 1_000_000  # of all players of a cell, as they stand in the notebook
_MOST_DECODED_SECONDS = 600.0  # a longer one would be read and decoded for its beginning alone
_HEADS = ("", "text", "speaker", "split", ">seconds", "clip")

Load = Callable[[int], "LoadedClip"]


def show_dataset(dataset: "VersionTable", rows: Callable[[], Rows], load: Load) -> Html:
    """Give the first clips of a version or view with a player for each.

    What cannot be read is told in a line; the rest is shown.

    Args:
        dataset: the version or view.
        rows: gives its rows, or raises an AudiosetError.
        load: loads the clip of a position, or raises an AudiosetError.
    """
    try:
        num_clips = len(dataset)
        shown = [make() for make in rows().clips(range(min(num_clips, ROWS_SHOWN)))]
    except AudiosetError as error:
        told = "" if dataset.filter is not None else f": {count(dataset.record.num_clips, 'clip')}"
        return html_block(f"{dataset.name}{told}", html_line(f"its rows cannot be read: {error}"))
    players, words = _players(shown, load)
    more = num_clips - len(shown)
    return html_block(
        f"{dataset.name}: {count(num_clips, 'clip')}",
        html_table(_HEADS, range(len(shown)), lambda place: _cells(shown[place], players[place])),
        *(html_line(line) for line in words),
        *([html_line(f"and {more:,} more")] if more else []),
    )


def show_clip(row: Clip, samples: "NDArray[np.float32]", sampling_rate: int) -> Html:
    """Give one clip with its player, of at most half a minute.

    Args:
        row: of its manifest.
        samples: float32, shape (num_samples,) or (num_samples, channels), range [-1, 1].
        sampling_rate: in Hz.
    """
    try:
        player, words = _player(row, samples, sampling_rate, ALONE_SECONDS), ""
    except MediaError as error:
        player, words = Html(), f"no player: {error}"
    shown = html_table(_HEADS, [row], lambda one: _cells(one, player))
    return html_block(row.clip_id, shown, *([html_line(words)] if words else []))


def _players(rows: Sequence[Clip], load: Load) -> tuple[list[Html], list[str]]:
    """Make the players, and say once why there is none; a damaged clip does not stop the others."""
    players, words, left = [Html() for _ in rows], list[str](), PLAYED_BYTES
    for number, row in enumerate(rows):
        if row.length_seconds > _MOST_DECODED_SECONDS:
            players[number] = html_text("too long to be shown here")
            continue
        try:
            clip = load(number)
            player = _player(row, clip.samples, clip.sampling_rate, PLAYED_SECONDS)
        except (IntegrityError, MediaError) as error:
            players[number] = html_text(error)
            continue
        except AudiosetError as error:  # the next one would be waited for as long, and in vain
            words.append(f"no player: {error}")
            break
        if len(player) > left:
            words.append("no more players: a notebook would become too large")
            break
        left -= len(player)
        players[number] = player
    return players, words


def _player(row: Clip, samples: "NDArray[np.float32]", sampling_rate: int, seconds: float) -> Html:
    from audioset.media.encoders.mp3 import encode_mp3  # late: what reads no sound loads no codec

    part = samples[: round(seconds * sampling_rate)]
    if part.ndim > 1:
        part = part.mean(axis=1, dtype=part.dtype)
    if not part.size:
        return Html()
    mp3 = base64.b64encode(encode_mp3(np.nan_to_num(part), sampling_rate)).decode()
    name = html_text(row.text or row.clip_id).replace("<br>", " ")
    player = f'<audio controls preload="none" title="{name}" src="data:audio/mpeg;base64,{mp3}">'
    cut = f"<br>the first {seconds:.0f} s" if len(part) < len(samples) else ""
    return Html(f"{player}</audio>{cut}")


def _cells(row: Clip, player: Html) -> tuple[object, ...]:
    length = f"{row.length_seconds:.2f}"
    return player, row.text, row.speaker, row.split, length, row.clip_id
