"""The report of a version or of the working clips as one HTML file, to read, hear and hand on.

The file loads nothing from elsewhere, so that it also plays in MLflow's sandboxed frame. Of the few
clips that are to be heard at most 20 seconds each are embedded, as MP3 and 5 MB together; with
tables and drawings the file stays below 8 MB, whatever the dataset.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from audioset.curation.workspace.clip_audio import ClipAudio, place_of_clip
from audioset.curation.workspace.clip_sets import decode_mono
from audioset.errors import AudiosetError
from audioset.media.encoders.mp3 import encode_mp3
from audioset.pages.diff import SideReviews, changes_of_kinds, mark_words
from audioset.pages.html import format_place, render, write_page
from audioset.pages.wave import WAVE_BOX, draw_wave
from audioset.records.dataset_report import ColumnHistogram, DatasetReport, ReportedClip
from audioset.records.lines import FLAGS, flag_meaning
from audioset.records.version_diff import VersionDiff

REPORT_AUDIO_BYTES = 5_000_000
_HEARD_SECONDS = 20
_GROUPS_SHOWN, _CHANGES_SHOWN = 25, 20
_BOX = (240, 72)  # of a histogram
_MEASURES = {  # the ones that are told beside a clip, and how
    "text_score": "text score {:.2f}",
    "take_similarity": "likeness of takes {:.2f}",
    "loudness_lufs": "{:.1f} LUFS",
    "snr_db": "SNR {:.1f} dB",
    "clipped_share": "clipped {:.2%}",
    "edge_speech": "speech at an edge {:.2f}",
}
_WORTH_TELLING = ("clipped_share", "edge_speech")  # where they are not 0


@dataclass(frozen=True, slots=True)
class _HeardClip:
    """A clip's sound as the page has it."""

    mp3: bytes | None  # None: the page would become too large
    wave: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar of a histogram as the page draws it."""

    x: float
    y: float
    width: float
    height: float
    words: str


def write_report_page(
    report: DatasetReport, audio: ClipAudio, path: Path, *, review: str = ""
) -> Path:
    """Write the report as an HTML file, and return `path`.

    Args:
        audio: of its clips; one that cannot be read is shown without sound.
        path: replaced when it exists.
        review: address of the review into which ids lead; "" where there is none, as in all pages
            that others read.

    Raises:
        StorageError: the file cannot be written.
    """
    return write_page(path, make_report_page(report, audio, review))


def make_report_page(report: DatasetReport, audio: ClipAudio, review: str = "") -> str:
    """Give the page as HTML."""
    diff = _without_removed(report.diff)
    sounds = _listen(report.heard, audio)
    told = report.description
    return render(
        "report.html",
        title=f"Report of {report.name}",
        report=report,
        review=review,
        told=told,
        verdicts=_shares({word: clips for word, clips in report.verdicts.items() if clips}),
        splits=_shares({total.name or "no split": total.num_clips for total in told.splits}),
        split_seconds={t.name or "no split": t.length_seconds for t in told.splits},
        flags=[(name, FLAGS.get(name, ""), number) for name, number in report.flags.items()],
        box=_BOX,
        bars={one.column: list(_bars(one)) for one in report.histograms},
        plain=_plain,
        groups=_groups(report),
        groups_shown=_GROUPS_SHOWN,
        choices=_choices(report),
        cards={clip.clip_id: _card(clip, sounds.get(clip.clip_id)) for clip in report.heard},
        audio={
            clip_id: base64.b64encode(sound.mp3).decode()
            for clip_id, sound in sounds.items()
            if sound.mp3 is not None
        },
        wave_box=WAVE_BOX,
        diff=diff,
        reviews=SideReviews(after=review),
        kinds=_kinds(report.diff),
        marked=mark_words,
        changes_shown=_CHANGES_SHOWN,
    )


def _without_removed(diff: VersionDiff | None) -> VersionDiff | None:
    """Leave out the clips that went: they were rejected, and nobody is to read of them here."""
    return replace(diff, removed=()) if diff is not None else None


def _kinds(diff: VersionDiff | None) -> list[tuple[str, int, bool]]:
    if diff is None:
        return []
    found = changes_of_kinds(diff)
    return [(name, number, listed and name != "removed") for name, number, listed in found]


def _listen(clips: Sequence[ReportedClip], audio: ClipAudio) -> dict[str, _HeardClip]:
    """Read and encode the clips, the worst first; one that cannot be read is left out."""
    sounds: dict[str, _HeardClip] = {}
    left = REPORT_AUDIO_BYTES
    for clip in clips:
        try:
            whole, sampling_rate = decode_mono(audio.read(place_of_clip(clip)), name=clip.clip_id)
            samples = whole[: round(_HEARD_SECONDS * sampling_rate)]
            mp3 = encode_mp3(samples, sampling_rate) if samples.size else b""
        except AudiosetError:
            continue
        fits = 0 < len(mp3) <= left
        left -= len(mp3) if fits else 0
        peak = float(np.abs(samples).max(initial=0.0))
        wave = draw_wave(samples * np.float32(0.9 / peak if peak else 1.0)) if samples.size else ""
        sounds[clip.clip_id] = _HeardClip(mp3 if fits else None, wave, len(samples) == len(whole))
    return sounds


def _shares(counts: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """Give each name with its count, and its share of all in per cent."""
    total = sum(counts.values()) or 1
    return [(name, number, round(100 * number / total, 1)) for name, number in counts.items()]


def _bars(histogram: ColumnHistogram) -> Iterator[_Bar]:
    width, height = _BOX
    step, most = width / len(histogram.counts), max(histogram.counts)
    edges = zip(histogram.edges[:-1], histogram.edges[1:], histogram.counts, strict=True)
    for place, (low, high, number) in enumerate(edges):
        # At least a hair high, so that a lone clip is seen.
        tall = max(round(height * number / most, 1), 1.0) if number else 0.0
        words = f"{_plain(low)} to {_plain(high)} {histogram.unit}: {number:,}"
        yield _Bar(round(place * step, 2), height - tall, round(step - 1, 2), tall, words)


def _plain(number: float) -> str:
    """Write a border of a histogram as short as it can be."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.6g}"


def _groups(report: DatasetReport) -> list[tuple[str, Sequence[Any]]]:
    """Give the tables of speakers and sources that tell anything."""
    speakers = report.speakers if any(group.name for group in report.speakers) else ()
    return [
        (word, groups)
        for word, groups in (("speaker", speakers), ("source", report.sources))
        if groups
    ]


def _choices(report: DatasetReport) -> list[tuple[str, str, tuple[ReportedClip, ...]]]:
    worst = "flags and measures speak against them, the worst first"
    by_chance = "by the hashes of their samples: the same ones each time"
    lists = (
        ("Worst clips", worst, report.worst),
        ("Best clips", "least speaks against them", report.best),
        ("Clips by chance", by_chance, report.random),
    )
    return [entry for entry in lists if entry[2]]


def _card(clip: ReportedClip, sound: _HeardClip | None) -> dict[str, Any]:
    return {
        "clip_id": clip.clip_id,
        "text": clip.text,
        "hypothesis": clip.hypothesis if clip.hypothesis != clip.text else None,
        "flags": [flag_meaning(flag) for flag in clip.flags],
        "facts": list(_facts(clip)),
        "wave": sound.wave if sound is not None else "",
        "is_whole": sound is None or sound.is_whole,
        "name": f"{clip.clip_id}: {clip.text}" if clip.text else clip.clip_id,
    }


def _facts(clip: ReportedClip) -> Iterator[str]:
    yield f"{clip.source_name} at {format_place(clip.start_seconds, 1)}"
    yield f"{clip.length_seconds:.2f} s"
    yield f"{clip.sampling_rate / 1000:g} kHz"
    yield from filter(None, (clip.speaker, clip.split))
    if clip.accepted:
        yield "accepted"
    for column, words in _MEASURES.items():
        value = clip.measures.get(column)
        if value is not None and np.isfinite(value) and (value or column not in _WORTH_TELLING):
            yield words.format(round(value, 4) + 0.0)  # no "-0"
