"""Train the dataset's own aligner with clips whose texts a person confirmed, and register it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from audioset.documents.transcripts import lexicon_digest
from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError, as_option
from audioset.hearing.align.lessons import SpokenText, learn_from
from audioset.hearing.align.voices.languages import choose_voice
from audioset.hearing.align.voices.phone_models import PhoneModels, PhoneSums
from audioset.media.resample import Resampler
from audioset.records.plugin_contracts import SOUND_RATE
from audioset.records.split_report import SplitOptions
from audioset.records.trained_aligner import TrainedAligner
from audioset.storage.store import Store
from audioset.tracking.client import Tracking
from audioset.tracking.models.aligners import register_aligner
from audioset.tracking.run.pins import pinned_run
from audioset.training.clip import LoadedClip
from audioset.training.reader import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Accepted clips; of those that nobody judged, the ones whose text a person wrote or confirmed. That
# a line's text is a person's says nothing of the span that was found for it.
CONFIRMED = "trim(text) <> '' and coalesce(accepted, text_source = 'human' and line is null)"
# All that nobody rejected, texts of models left out: they were never held against the sound.
NOT_REJECTED = (
    "trim(text) <> '' and coalesce(accepted, true) and coalesce(text_source, '') not like 'model:%'"
)
_SECONDS_AT_ONCE = 600.0  # of sound that is held; more of one recording teaches no better


def train_aligner(
    dataset: Dataset,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    *,
    name: str,
    aliases: tuple[str, ...],
    voice: str | None,
    language: str | None,
    lexicon: Mapping[str, str],
    unconfirmed: bool = False,
    progress: Progress = no_progress,
) -> TrainedAligner:
    """Train an aligner with the clips of a version or a view; see `Workspace.train_aligner`.

    Raises:
        InvalidInputError: there is too little to learn from.
        NotFoundError: no such voice, or espeak-ng is not installed.
        IntegrityError: stored audio does not match its hash.
        TrackingError: MLflow did not answer, or a run is active.
        StorageError: the store did not answer.
    """
    chosen = dataset.where(NOT_REJECTED if unconfirmed else CONFIRMED)
    if not len(chosen):
        raise InvalidInputError(_nothing(dataset, unconfirmed=unconfirmed))
    spoken = choose_voice(voice, language)
    view = chosen.view
    with pinned_run(
        chosen.record,
        tracking,
        store,
        split_options,
        experiment=f"{chosen.record.dataset}-aligner",
        view=view,
    ):
        models, num_used = _learn(chosen, spoken, lexicon, progress)
        models = replace(models, language=language or "", lexicon_sha256=lexicon_digest(lexicon))
        data = models.to_bytes()
        model, run_id = register_aligner(
            data,
            tracking,
            name=name,
            aliases=aliases,
            params={
                "voice": spoken,
                "language": language or "en",
                **({"lexicon_sha256": lexicon_digest(lexicon)} if lexicon else {}),
            },
            metrics={
                "num_clips": len(chosen),
                "num_used": num_used,
                "num_phones": len(models.names),
                "num_frames": int(models.counts.sum()),
                "length_seconds": view.length_seconds,
            },
        )
    return TrainedAligner(
        model=model,
        aliases=aliases,
        version=dataset.name,
        run_id=run_id,
        voice=spoken,
        language=language,
        lexicon_sha256=models.lexicon_sha256 or None,
        num_clips=len(chosen),
        num_used=num_used,
        length_seconds=view.length_seconds,
        num_phones=len(models.names),
        size_bytes=len(data),
    )


def _learn(
    chosen: Dataset, voice: str, lexicon: Mapping[str, str], progress: Progress
) -> tuple[PhoneModels, int]:
    """Give the models, and how many clips they were learnt from."""
    sums, num_used, num_learnt = PhoneSums(), 0, 0
    for clips in _lessons(chosen):
        num_used += learn_from(sums, clips, voice, lexicon)
        num_learnt += len(clips)
        progress("learning", num_learnt, len(chosen), "clip")
    models = sums.make(voice=voice, trained_on=chosen.name)
    if models is None:
        raise InvalidInputError(
            f"{chosen.name}: {len(chosen)} clips are too little to learn from, "
            f"{num_used} of which fit their texts; confirm more of them: audioset confirm"
        )
    return models, num_used


def _lessons(chosen: Dataset) -> Iterator[list[SpokenText]]:
    """Give the clips of each recording, some minutes of it at once."""
    for _, clips in groupby(chosen, key=lambda clip: clip.row.source_id):
        lesson: list[SpokenText] = []
        seconds = 0.0
        for clip in clips:
            lesson.append(SpokenText(clip.row.text or "", _at_16_khz(clip)))
            seconds += clip.row.length_seconds
            if seconds >= _SECONDS_AT_ONCE:
                yield lesson
                lesson, seconds = [], 0.0
        if lesson:
            yield lesson


def _at_16_khz(clip: LoadedClip) -> "NDArray[np.float32]":
    """Give a clip's sound at the aligner's rate, channels averaged."""
    samples = clip.samples
    if samples.ndim > 1:
        samples = samples.mean(axis=1, dtype=np.float32)
    resampled = Resampler(clip.sampling_rate, SOUND_RATE).push(samples, last=True)
    return np.array(resampled, np.float32)  # the clip's own memory belongs to its batch


def _nothing(dataset: Dataset, *, unconfirmed: bool) -> str:
    if unconfirmed:
        return f"{dataset.name} has no clip with a text; texts of models do not count here"
    return (
        f"{dataset.name} has no clip whose text a person confirmed; accept clips with audioset "
        "decide and publish, or learn from all texts that no model wrote: "
        f"{as_option('unconfirmed', 'True')}"
    )
