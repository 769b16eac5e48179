"""What became of the lines of a transcript as one HTML file: each take can be heard and seen.

The file loads nothing from elsewhere: style, script and audio are inside. Of a long source the most
doubtful quarter of an hour can be heard.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.cut.lines import choose_stretches, gaps_of, read_stretches, stretch_of
from audioset.curation.workspace.fetch_source import local_file
from audioset.errors import AudiosetError, InvalidInputError
from audioset.media.flac import encode_flac
from audioset.pages.html import render, write_page
from audioset.pages.wave import WAVE_BOX, draw_wave
from audioset.records.line_report import LineReport, colour_of
from audioset.records.lines import flag_meaning
from audioset.records.lost_speech import Mending, mend
from audioset.records.plugin_contracts import SOUND_RATE
from audioset.records.span import Span

if TYPE_CHECKING:
    from audioset.curation.cut import CutReport, SourceReport

_LEAST_SAMPLES = 160  # a hundredth of a second: shorter is no sound
_SEEN_PEAK = 0.8


@dataclass(slots=True)
class _Sounds:
    """What the page holds: FLAC as base64 by key, and drawings."""

    audio: dict[str, str] = field(default_factory=dict)
    waves: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SourceTakes:
    """A source as the page shows it; `unheard` says why there is no sound of it."""

    number: int
    name: str
    status: str
    error: str
    report: LineReport
    gaps: Mapping[int, Span]
    unheard: str
    clip_ids: Mapping[tuple[int, int], str]  # by line and take; none where nothing was cut
    mendings: Mapping[tuple[float, float], Mending]  # by stretch in no line; of what was cut


def write_line_page(report: "CutReport", path: Path, *, workspace: Path, review: str = "") -> Path:
    """Write the page of a cut by lines, and return `path`.

    Args:
        report: of the cut; its sources are read again for their sound, and those on object storage
            are fetched again.
        path: replaced when it exists.
        workspace: where a source is kept while it is read.
        review: address of the review into which ids lead; "" where there is none.

    Raises:
        InvalidInputError: none of the sources was cut by lines.
        StorageError: the file cannot be written.
    """
    found = [(source, source.lines) for source in report.sources if source.lines is not None]
    if not found:
        raise InvalidInputError("no source was cut by lines; there are no takes to show")
    sounds = _Sounds()
    sources = [
        _SourceTakes(
            number=number,
            name=Path(source.path).name,
            status=source.status,
            error=source.error or "",
            report=lines,
            gaps=gaps_of(lines),
            clip_ids=_clip_ids(lines),
            mendings=_mendings(source, lines),
            unheard=_listen(number, source, lines, sounds, workspace),
        )
        for number, (source, lines) in enumerate(found)
    ]
    page = render(
        "takes.html",
        title="Lines and takes",
        sources=sources,
        review=review,
        written=datetime.now().astimezone().isoformat(" ", "minutes"),
        audio=sounds.audio,
        waves=sounds.waves,
        wave_box=WAVE_BOX,
        meaning_of=flag_meaning,
        colour_of=colour_of,
        stretch_of=stretch_of,
        key_of=_key_of,
    )
    return write_page(path, page)


def _listen(
    number: int, source: "SourceReport", report: LineReport, sounds: _Sounds, workspace: Path
) -> str:
    """Put the sound of a source into the page; say why there is none."""
    etag = source.source.etag if source.source else None
    try:
        with local_file(source.path, workspace, etag=etag) as file:
            found = read_stretches(file, report, choose_stretches(report))
    except AudiosetError as error:
        return str(error)
    for stretch, pcm in found.items():
        if pcm.size < _LEAST_SAMPLES:
            continue
        key = _key_of(number, stretch)
        samples = pcm.astype(np.float32) / np.float32(32768)
        peak = float(np.abs(samples).max())
        gain = np.float32(_SEEN_PEAK / peak if peak else 1)
        sounds.waves[key] = draw_wave((samples * gain).astype(np.float32))
        sounds.audio[key] = base64.b64encode(encode_flac(pcm, SOUND_RATE)).decode()
    return ""


def _clip_ids(report: LineReport) -> dict[tuple[int, int], str]:
    spans = report.alignment.spans
    if len(report.clip_ids) != len(spans):
        return {}
    return {(s.line, s.take): c for s, c in zip(spans, report.clip_ids, strict=True)}


def _mendings(source: "SourceReport", report: LineReport) -> dict[tuple[float, float], Mending]:
    if source.status != "cut" or source.source is None:
        return {}
    found = mend(report, source.source.source_id)
    return {(each.start_seconds, each.end_seconds): each for each in found}


def _key_of(number: int, stretch: Span) -> str:
    return f"{number}-{stretch.start_seconds:.3f}-{stretch.end_seconds:.3f}"
