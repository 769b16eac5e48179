"""What became of the lines of a transcript as one HTML file: each take can be heard and seen.

The file loads nothing from elsewhere: style, script and audio are inside. Of a long source the most
doubtful quarter of an hour can be heard.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.cut.lines.sound import (
    choose_stretches,
    gaps_of,
    read_stretches,
    stretch_of,
)
from audioset.curation.workspace.fetch_source import local_file
from audioset.errors import AudiosetError, InvalidInputError
from audioset.media.flac import encode_flac
from audioset.pages.wave import WAVE_HEIGHT, WAVE_POINTS, draw_wave
from audioset.records.line_report import LineReport, colour_of
from audioset.records.lines import FLAGS, Line, LineSpan
from audioset.records.plugin_contracts import SOUND_RATE
from audioset.records.span import Span
from audioset.storage.files import write_page

if TYPE_CHECKING:
    from audioset.curation.cut.cut import CutReport
    from audioset.curation.cut.one_source import SourceReport

_LEAST_SAMPLES = 160  # a hundredth of a second: shorter is no sound
_SEEN_PEAK = 0.8


@dataclass(slots=True)
class _Sounds:
    """What the page holds: FLAC as base64 by key, and drawings."""

    audio: dict[str, str]
    waves: dict[str, str]


def write_line_page(report: "CutReport", path: Path, *, workspace: Path) -> Path:
    """Write the page of a cut by lines, and return `path`.

    Args:
        report: of the cut; its sources are read again for their sound, and those on object storage
            are fetched again.
        path: replaced when it exists.
        workspace: where a source is kept while it is read.

    Raises:
        InvalidInputError: none of the sources was cut by lines.
        StorageError: the file cannot be written.
    """
    sources = [source for source in report.sources if source.lines is not None]
    if not sources:
        raise InvalidInputError("no source was cut by lines; there are no takes to show")
    sounds = _Sounds({}, {})
    sections = "".join(
        _section(number, source, sounds, workspace) for number, source in enumerate(sources)
    )
    return write_page(path, _page(sections, sounds))


def _page(sections: str, sounds: _Sounds) -> str:
    assets = files("audioset.pages")
    style, more, script = (
        assets.joinpath(name).read_text(encoding="utf-8")
        for name in ("check.css", "takes.css", "check.js")
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Lines and takes</title><style>{style}{more}</style></head>"
        f"<body><main><h1>Lines and takes</h1>{sections}</main>"
        # Keys and base64 hold nothing that could end the element.
        f'<script type="application/json" id="audio">{json.dumps(sounds.audio)}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def _section(number: int, source: "SourceReport", sounds: _Sounds, workspace: Path) -> str:
    report = source.lines
    assert report is not None  # noqa: S101  the caller chose it so
    trouble = _listen(number, source, report, sounds, workspace)
    heard = _Heard(number, sounds)
    gaps = gaps_of(report)
    parts = [
        _line(line, report.spans_of.get(line.number, []), gaps.get(line.number), heard)
        for line in report.lines
    ]
    return (
        f"<section><h2>{escape(_visible(Path(source.path).name))} "
        f"<small>{escape(_visible(report.transcript))}, {escape(report.alignment.aligner)}</small>"
        f"</h2>{_summary(number, source, report)}{trouble}{''.join(parts)}"
        f"{_unexplained(report, heard)}</section>"
    )


def _listen(
    number: int, source: "SourceReport", report: LineReport, sounds: _Sounds, workspace: Path
) -> str:
    """Put the sound of a source into the page; say why there is none."""
    etag = source.source.etag if source.source else None
    try:
        with local_file(source.path, workspace, etag=etag) as file:
            found = read_stretches(file, report, choose_stretches(report))
    except AudiosetError as error:
        return f'<p class="quiet">nothing can be heard: {escape(_visible(str(error)))}</p>'
    for stretch, pcm in found.items():
        if pcm.size < _LEAST_SAMPLES:
            continue
        key = _key(number, stretch)
        samples = pcm.astype(np.float32) / np.float32(32768)
        peak = float(np.abs(samples).max())
        gain = np.float32(_SEEN_PEAK / peak if peak else 1)
        sounds.waves[key] = draw_wave((samples * gain).astype(np.float32))
        sounds.audio[key] = base64.b64encode(encode_flac(pcm, SOUND_RATE)).decode()
    return ""


def _key(number: int, stretch: Span) -> str:
    return f"{number}-{stretch.start_seconds:.3f}-{stretch.end_seconds:.3f}"


@dataclass(frozen=True, slots=True)
class _Heard:
    """Players of one source."""

    number: int
    sounds: _Sounds

    def anchor(self, line: int) -> str:
        return _anchor(self.number, line)

    def player(self, stretch: Span) -> str:
        key = _key(self.number, stretch)
        if key not in self.sounds.audio:
            return '<p class="quiet">not in the page</p>'
        size = f'viewBox="0 0 {WAVE_POINTS} {WAVE_HEIGHT}" preserveAspectRatio="none"'
        return (
            f'<svg {size} aria-hidden="true"><path d="{self.sounds.waves[key]}"/></svg>'
            f'<audio controls preload="metadata" data-clip="{key}"></audio>'
        )


def _summary(number: int, source: "SourceReport", report: LineReport) -> str:
    colours = report.colours
    words = (
        f"<b>{report.num_found:,}</b> of <b>{len(report.lines):,}</b> lines found, "
        f"<b>{len(report.alignment.spans):,}</b> takes: {colours['green']:,} green (no flag), "
        f"{colours['yellow']:,} yellow (one), {colours['red']:,} red (two or more); "
        f"{report.unexplained_seconds:.1f} s of speech in no line."
    )
    short = ""
    if report.short:
        named = ", ".join(
            f'<a href="#{_anchor(number, line.line)}">{line}</a>' for line in report.short
        )
        short = f'<p class="finding">Fewer takes than asked for: {named}</p>'
    refused = ""
    if source.status == "refused":
        refused = f'<p class="finding">Nothing was cut: {escape(_visible(source.error or ""))}</p>'
    return f"<p>{words}</p>{short}{refused}"


def _anchor(number: int, line: int) -> str:
    return f"source-{number}-line-{line}"


def _line(line: Line, spans: Sequence[LineSpan], gap: Span | None, heard: _Heard) -> str:
    speaker = f"<small>{escape(_visible(line.speaker))}</small>" if line.speaker else ""
    heading = f'<span class="number-tag">{line.number}</span>{escape(_visible(line.text))}{speaker}'
    if not spans:
        where = f"<p>it should be here:</p>{heard.player(gap)}" if gap else ""
        return (
            f'<div class="missing"><h3 id="{heard.anchor(line.number)}">{heading}</h3>'
            f'<p class="finding">not found</p>{where}</div>'
        )
    short = ""
    if line.takes and len(spans) < line.takes:
        short = f'<p class="finding">{len(spans)} of {line.takes} takes found</p>'
    cards = "".join(_take(span, len(spans), heard) for span in spans)
    start = f'<h3 id="{heard.anchor(line.number)}">{heading}</h3>'
    return f'{start}{short}<div class="cards">{cards}</div>'


def _take(span: LineSpan, count: int, heard: _Heard) -> str:
    tags = "".join(_tags(span, count))
    alike = "" if span.similarity is None else f", likeness {span.similarity:.2f}"
    flags = "".join(f'<p class="flag">{escape(FLAGS[flag])}</p>' for flag in span.flags)
    return (
        f'<article class="{colour_of(span)}"><p class="take">take {span.take}{tags}</p>'
        f"{heard.player(stretch_of(span.start_seconds, span.end_seconds))}{flags}"
        f'<p class="quiet">{format_place(span.start_seconds)} to '
        f"{format_place(span.end_seconds)}{alike}, score {span.score:.2f}</p></article>"
    )


def _tags(span: LineSpan, count: int) -> Iterator[str]:
    if span.best and count > 1:
        yield '<span class="tag best">proposed</span>'
    if "odd_take" in span.flags:
        yield '<span class="tag odd">odd one out</span>'


def _unexplained(report: LineReport, heard: _Heard) -> str:
    stretches = report.alignment.unexplained
    if not stretches:
        return ""
    cards = "".join(
        f'<article class="red"><p class="take">{format_place(start)} to {format_place(end)}</p>'
        f"{heard.player(stretch_of(start, end))}</article>"
        for start, end in stretches
    )
    return f'<h3>Speech that is in no line</h3><div class="cards">{cards}</div>'


def format_place(seconds: float) -> str:
    """Write a place in a recording as m:ss.ss."""
    hundredths = round(100 * seconds)
    return f"{hundredths // 6000}:{hundredths % 6000 / 100:05.2f}"


def _visible(text: str) -> str:
    """Show what has no shape of its own, such as control characters, by its code."""
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in text)
