"""`audioset transcribe`: a model writes the texts of working clips that have none.

What people wrote or decided is never touched. What the model wrote stands in a column of its own,
so that a later correction does not lose it. Each manifest is replaced whole, now and then while
its clips are written: a run that is stopped goes on where it was.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, AudioPlace, ClipAudio, places_of
from audioset.curation.workspace.clip_sets import decode_mono
from audioset.curation.workspace.effective import read_decisions, scan_effective_files
from audioset.curation.workspace.one_writer import change_rows
from audioset.curation.workspace.working import Working
from audioset.engine import Progress, map_items, no_progress, runs_elsewhere
from audioset.errors import AudiosetError, MediaError, NotFoundError, as_option, one_line
from audioset.hearing.transcribers import needs_of, open_transcriber, transcribe_sounds
from audioset.records.check_report import LEAST_DETECTED_SECONDS, CheckLimits
from audioset.records.manifest import Clip
from audioset.records.plugin_contracts import (
    SOUND_RATE,
    Hypothesis,
    Transcriber,
    Weights,
    writer_of,
)
from audioset.records.transcribe_report import TranscribeReport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAVE_SECONDS = 30.0  # as much work is lost when the process is killed
_COLUMNS = (
    *PLACE_COLUMNS,
    "text",
    "text_source",
    "hypothesis_source",
    "language",
    "accepted",
)


@dataclass(frozen=True, slots=True)
class _Job:
    """What all manifests of one call share."""

    working: Working
    plugin: str
    weights: Weights | None
    threads: int
    clips_at_once: int


@dataclass(frozen=True, slots=True)
class _Work:
    """The clips of one manifest that the model is to transcribe: in which language, and where."""

    path: Path
    languages: dict[str, str | None]  # by clip id
    places: dict[str, AudioPlace]  # likewise


@dataclass(slots=True)
class _Done:
    """What became of the clips of one manifest; nothing, where the model cannot be opened."""

    text_source: str
    num_written: int = 0
    num_silent: int = 0
    num_doubtful: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    unopened: AudiosetError | None = None


def transcribe_clips(
    working: Working,
    *,
    plugin: str,
    weights: Weights | None,
    language: str | None = None,
    again: bool = False,
    clips_at_once: int = 8,
    workers: int = 1,
    threads: int = 1,
    progress: Progress = no_progress,
) -> TranscribeReport:
    """Let a model write texts; see `Workspace.transcribe`.

    Args:
        plugin: name of the transcriber.
        weights: of the model; None for what the plug-in brings.
        threads: CPU threads of each worker.

    Raises:
        NotFoundError: there are no working clips, or no such transcriber or folder of weights.
        InvalidInputError: the transcriber cannot be loaded.
    """
    needs = needs_of(plugin)
    if weights is not None and not weights.folder.exists():
        raise NotFoundError(
            f"no folder {weights.folder}; {as_option('model')} names one with the files of a model"
        )
    work, num_clips = _find_work(working, language, again=again)
    total = sum(len(item.languages) for item in work)
    job = _Job(working, plugin, weights, threads, clips_at_once)
    bar = _ClipsBar(progress, total)
    in_process = not runs_elsewhere(min(workers, len(work)))
    done, failures = list[_Done](), []
    try:
        function = partial(_transcribe_manifest, job=job, inside=bar.add if in_process else None)
        for outcome in map_items(function, work, workers=workers, needs=needs):
            if outcome.value is None:
                failures.append((outcome.item.path.name, one_line(outcome.error)))
            else:
                done.append(outcome.value)
                if outcome.value.unopened is not None:
                    break  # told once; nobody tries the next manifest with it
            if not in_process:
                bar.add(len(outcome.item.languages))
    finally:
        open_transcriber.cache_clear()
    if done and done[-1].unopened is not None:
        raise done[-1].unopened
    return TranscribeReport(
        text_source=done[0].text_source if done else None,
        num_clips=num_clips,
        num_written=sum(each.num_written for each in done),
        num_silent=sum(each.num_silent for each in done),
        num_doubtful=sum(each.num_doubtful for each in done),
        num_kept=num_clips - total,
        failures=tuple(sorted([*failures, *(f for each in done for f in each.failures)])),
    )


class _ClipsBar:
    """Progress over the clips of all manifests."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, number: int) -> None:
        self._done += number
        self._progress("transcribing", self._done, self._total, "clips")


def _find_work(working: Working, language: str | None, *, again: bool) -> tuple[list[_Work], int]:
    """Find the clips that the model is to write of; also gives how many clips there are."""
    decided = {
        subject
        for kind, subject, field in read_decisions(working)
        if kind == "clip" and field == "text"
    }
    found: dict[Path, _Work] = {}
    num_clips = 0
    for path, batch in scan_effective_files(working, _COLUMNS):
        for row in _rows(batch):
            if row["accepted"] is False:
                continue
            num_clips += 1
            if row["clip_id"] not in decided and _needs_text(row, again=again):
                work = found.setdefault(path, _Work(path, {}, {}))
                work.languages[row["clip_id"]] = language or row["language"]
                [work.places[row["clip_id"]]] = places_of([row])
    return list(found.values()), num_clips


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    for start in range(0, batch.num_rows, 1000):
        yield from batch.slice(start, 1000).to_pylist()


def _needs_text(row: Mapping[str, Any], *, again: bool) -> bool:
    if not (row["text"] or "").strip():
        return again or row["hypothesis_source"] is None
    return again and (row["text_source"] or "").startswith("model:")


def _transcribe_manifest(work: _Work, *, job: _Job, inside: Callable[[int], None] | None) -> _Done:
    try:
        transcriber = open_transcriber(job.plugin, job.weights, job.threads)
    except AudiosetError as error:
        return _Done("", unopened=error)
    done = _Done(writer_of(transcriber))
    failures: list[tuple[str, str]] = []
    unsaved: dict[str, Hypothesis] = {}
    saved_at = time.monotonic()
    left = iter(work.languages)
    try:
        while ids := list(islice(left, job.clips_at_once)):
            heard = _transcribe(transcriber, ids, work, job.working.audio)
            for clip_id, hypothesis in heard:
                if isinstance(hypothesis, str):
                    failures.append((clip_id, hypothesis))
                    continue
                unsaved[clip_id] = hypothesis
            if unsaved and time.monotonic() - saved_at > _SAVE_SECONDS:
                failures += _save(work.path, unsaved, done, job.working)
                saved_at = time.monotonic()
            if inside is not None:
                inside(len(ids))
    finally:
        failures += _save(work.path, unsaved, done, job.working)
    done.failures = tuple(failures)
    return done


def _save(
    path: Path, written: dict[str, Hypothesis], done: _Done, working: Working
) -> list[tuple[str, str]]:
    """Write texts into the rows as they are now, and forget them; give the clips that are gone."""
    if not written:
        return []
    doubtful = set[str]()

    def with_text(row: Clip) -> Clip:
        hypothesis = written[row.clip_id]
        if _may_be_made_up(row, hypothesis.text):
            doubtful.add(row.clip_id)
        return _with_text(row, hypothesis, done.text_source)

    there = change_rows(working, path, written, with_text)
    done.num_written += sum(bool(written[clip].text) for clip in there)
    done.num_silent += sum(not written[clip].text for clip in there)
    done.num_doubtful += len(doubtful.intersection(there))
    gone = [clip for clip in written if clip not in there]
    written.clear()
    return [(clip, "taken out or cut anew meanwhile; its text was not kept") for clip in gone]


def _may_be_made_up(row: Clip, text: str) -> bool:
    """Tell whether hardly any speech is heard where a model wrote a text, or too little for it."""
    num_letters = sum(map(str.isalnum, text))
    if not num_letters:
        return False
    limits, share, seconds = CheckLimits(), row.speech_share, row.length_seconds
    if share is not None and share < limits.no_speech and seconds >= LEAST_DETECTED_SECONDS:
        return True
    return num_letters > limits.chars_per_second_max * seconds


def _with_text(row: Clip, hypothesis: Hypothesis, text_source: str) -> Clip:
    return replace(
        row,
        text=hypothesis.text or None,
        text_source=text_source if hypothesis.text else None,
        text_score=hypothesis.score if hypothesis.text else None,
        hypothesis=hypothesis.text,
        hypothesis_source=text_source,
    )


def _transcribe(
    transcriber: Transcriber,
    clip_ids: Sequence[str],
    work: _Work,
    audio: ClipAudio,
) -> Iterator[tuple[str, Hypothesis | str]]:
    """Give what the model wrote of each clip, or why it could not."""
    sounds: dict[str, NDArray[np.float32]] = {}
    for clip_id in clip_ids:
        try:
            sounds[clip_id] = _read_sound(audio, work.places[clip_id])
        except AudiosetError as error:
            yield clip_id, one_line(error)
    if sounds:
        yield from transcribe_sounds(transcriber, sounds, work.languages)


def _read_sound(audio: ClipAudio, place: AudioPlace) -> "NDArray[np.float32]":
    """Read a clip as one channel at 16 kHz.

    Raises:
        NotFoundError: its file is missing.
        IntegrityError: the store holds other audio there.
        MediaError: it is damaged or empty.
        StorageError: it cannot be read.
    """
    from audioset.media.resample import Resampler

    samples, sampling_rate = decode_mono(audio.read(place), name=place.clip_id)
    sound = Resampler(sampling_rate, SOUND_RATE).push(samples, last=True)
    if sound.size == 0:
        raise MediaError(f"{place.clip_id}: no sound in it")
    return sound
