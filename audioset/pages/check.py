"""The report of `audioset check` as one HTML file: findings that can be heard and seen.

The file loads nothing from elsewhere: style, script and audio are inside. At most 20 clips per
rule are shown, and at most 24 MB of FLAC are embedded (32 MB as base64), the worst clips of every
rule first; with drawings and texts the file stays below 40 MB, whatever the dataset.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioset.curation.check.rules import MEANINGS
from audioset.curation.workspace.clip_sets import PLACE_COLUMNS, ClipSet, decode_mono, places_of
from audioset.errors import AudiosetError
from audioset.pages.wave import WAVE_HEIGHT, WAVE_POINTS, draw_wave
from audioset.records.check_report import CheckReport, Finding
from audioset.storage.files import write_page

CLIPS_PER_RULE = 20
AUDIO_BYTES = 24_000_000
# One clip never takes more, so that others are heard too; half a minute at 48 kHz is about 2 MB.
_CLIP_BYTES = 3_000_000
_TEXT_SHOWN = 400
_COLUMNS = (
    *PLACE_COLUMNS,
    "text",
    "source_name",
    "start_seconds",
    "length_seconds",
    "speaker",
    "sampling_rate",
)
_MAX_GAIN = 100.0
_GAIN_TOLD = 1.95  # a smaller one deceives nobody


@dataclass(frozen=True, slots=True)
class _Heard:
    """A clip's audio as the page has it."""

    flac: bytes | None  # None: too large for the page
    wave: str  # path of an SVG drawing
    gain: float  # by which the drawing is higher than the sound


def write_check_page(report: CheckReport, clips: ClipSet, path: Path) -> Path:
    """Write the report as an HTML file, and return `path`.

    Args:
        clips: those that were checked; read again for texts and audio.
        path: replaced when it exists.

    Raises:
        StorageError: the file cannot be written.
    """
    shown = _worst(report)
    turns = _in_turn(shown)
    rows = _read_rows(clips, turns)
    heard = _listen(turns, rows, clips)
    return write_page(path, _page(report, shown, rows, heard))


def _worst(report: CheckReport) -> dict[str, list[Finding]]:
    shown: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        if len(shown[finding.rule]) < CLIPS_PER_RULE:
            shown[finding.rule].append(finding)
    return shown


def _in_turn(shown: dict[str, list[Finding]]) -> list[str]:
    """Give the clips by turns, the worst of every rule first: that is how audio is shared out."""
    turns = zip_longest(*shown.values())
    found = [finding for turn in turns for finding in turn if finding is not None]
    return list(dict.fromkeys(clip_id for finding in found for clip_id in _clips_of(finding)))


def _clips_of(finding: Finding) -> tuple[str, ...]:
    """Give the clip, and the one that a duplicate repeats."""
    if finding.rule in ("duplicate_audio", "near_duplicate"):
        return finding.clip_id, str(finding.value)
    return (finding.clip_id,)


def _read_rows(clips: ClipSet, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(wanted, pa.string())
    found = (batch.filter(pc.is_in(batch.column("clip_id"), ids)) for batch in clips.scan(_COLUMNS))
    return {row["clip_id"]: row for batch in found for row in batch.to_pylist()}


def _listen(
    clip_ids: Sequence[str], rows: dict[str, dict[str, Any]], clips: ClipSet
) -> dict[str, _Heard]:
    """Read the clips' audio; one that cannot be read is left out."""
    heard: dict[str, _Heard] = {}
    left = AUDIO_BYTES
    for clip_id in clip_ids:
        [place] = places_of([rows[clip_id]])
        try:
            flac = clips.audio.read(place)
            samples, _ = decode_mono(flac, name=clip_id)
        except AudiosetError:
            continue
        fits = len(flac) <= min(left, _CLIP_BYTES)
        left -= len(flac) if fits else 0
        gain = _gain(samples)
        heard[clip_id] = _Heard(flac if fits else None, draw_wave(samples * gain), gain)
    return heard


def _gain(samples: NDArray[np.float32]) -> float:
    """Give the gain at which a quiet clip can be seen, at most 100."""
    peak = float(np.abs(samples).max(initial=0.0))
    return min(_MAX_GAIN, max(1.0, 0.8 / peak)) if peak else 1.0


def _page(
    report: CheckReport,
    shown: dict[str, list[Finding]],
    rows: dict[str, dict[str, Any]],
    heard: dict[str, _Heard],
) -> str:
    sections = "".join(
        _section(rule, report.counts[rule], found, rows, heard) for rule, found in shown.items()
    )
    audio = {
        clip_id: base64.b64encode(clip.flac).decode()
        for clip_id, clip in heard.items()
        if clip.flac is not None
    }
    assets = files("audioset.pages")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Check of {escape(report.name)}</title>"
        f"<style>{assets.joinpath('check.css').read_text(encoding='utf-8')}</style></head>"
        f"<body><main><h1>Check of {escape(report.name)}</h1>{_summary(report)}{sections}</main>"
        # Clip ids and base64 hold nothing that could end the element.
        f'<script type="application/json" id="audio">{json.dumps(audio)}</script>'
        f"<script>{assets.joinpath('check.js').read_text(encoding='utf-8')}</script>"
        "</body></html>\n"
    )


def _summary(report: CheckReport) -> str:
    words = [
        f"<b>{report.num_flagged:,}</b> of <b>{report.num_clips:,}</b> clips have something "
        "that is worth a look"
    ]
    if report.num_rejected:
        words.append(f"{report.num_rejected:,} rejected clips were left out")
    if report.num_without_audio:
        words.append(f"the audio of {report.num_without_audio:,} could not be read")
    found = {rule: count for rule, count in report.counts.items() if count}
    most = max(found.values(), default=1)
    lines = "".join(
        f'<tr><td><a href="#{rule}">{rule}</a></td><td>{escape(MEANINGS[rule])}</td>'
        f'<td class="number">{count:,}</td><td class="bar"><i style="width:'
        f'{max(1, round(100 * count / most))}%"></i></td></tr>'
        for rule, count in found.items()
    )
    table = (
        '<table><thead><tr><th>rule</th><th>what</th><th class="number">clips</th><th></th></tr>'
        f"</thead><tbody>{lines}</tbody></table>"
        if found
        else '<p class="fine">Nothing was found.</p>'
    )
    clean = ", ".join(rule for rule, count in report.counts.items() if not count)
    rest = f'<p class="quiet">Nothing found by: {clean}.</p>' if clean and found else ""
    return f"<p>{'; '.join(words)}.</p>{table}{rest}"


def _section(
    rule: str,
    count: int,
    found: Sequence[Finding],
    rows: dict[str, dict[str, Any]],
    heard: dict[str, _Heard],
) -> str:
    more = f", the worst {len(found)}" if count > len(found) else ""
    clips = "s" if count != 1 else ""
    cards = "".join(_card(f, rows, heard) for f in found)
    return (
        f'<section id="{rule}"><h2>{rule} <small>{escape(MEANINGS[rule])}; '
        f'{count:,} clip{clips}{more}</small></h2><div class="cards">{cards}</div></section>'
    )


def _card(finding: Finding, rows: dict[str, dict[str, Any]], heard: dict[str, _Heard]) -> str:
    limit = "" if finding.limit is None else f' <span class="quiet">limit {finding.limit:g}</span>'
    clips = "".join(_clip(rows[clip_id], heard.get(clip_id)) for clip_id in _clips_of(finding))
    sentence = escape(_visible(finding.sentence))
    return f'<article><p class="finding">{sentence}{limit}</p>{clips}</article>'


def _clip(row: dict[str, Any], heard: _Heard | None) -> str:
    facts = [*_facts(row)]
    if heard is not None and heard.gain > _GAIN_TOLD:
        facts.append(f"drawn {heard.gain:.0f} times as high")
    return (
        f"{_sound(row['clip_id'], heard)}{_text(row['text'])}"
        f'<p class="quiet">{escape(" · ".join(facts))}</p>'
        f'<p class="id">{escape(row["clip_id"])}</p>'
    )


def _sound(clip_id: str, heard: _Heard | None) -> str:
    if heard is None:
        return '<p class="quiet">its audio cannot be read</p>'
    size = f'viewBox="0 0 {WAVE_POINTS} {WAVE_HEIGHT}" preserveAspectRatio="none"'
    drawing = f'<svg {size} aria-hidden="true"><path d="{heard.wave}"/></svg>'
    if heard.flac is None:
        return f'{drawing}<p class="quiet">too large to be embedded</p>'
    return f'{drawing}<audio controls preload="metadata" data-clip="{escape(clip_id)}"></audio>'


def _text(text: str | None) -> str:
    if not text:
        return ""
    shown = text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + "…"
    return f'<p class="text">{escape(_visible(shown))}</p>'


def _facts(row: dict[str, Any]) -> Iterator[str]:
    minutes, seconds = divmod(row["start_seconds"], 60)
    yield f"{row['source_name']} at {minutes:.0f}:{seconds:04.1f}"
    yield f"{row['length_seconds']:.2f} s"
    yield f"{row['sampling_rate'] / 1000:g} kHz"
    if row["speaker"]:
        yield row["speaker"]


def _visible(text: str) -> str:
    """Show what has no shape of its own, such as control characters, by its code."""
    return "".join(c if c.isprintable() or c == "\n" else f"⟨U+{ord(c):04X}⟩" for c in text)
