"""Floor 5: the front door. One short function per verb; top to bottom it is the way of a clip.

    source ──cut──▶ clips + manifest ──decide──▶ effective manifest ──publish──▶ scots@v1
    scots@v1 ──open, pin──▶ training run ──▶ registered model        lineage: both ways

Every verb takes `settings`; without it, those of the current folder are read.
"""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError, NotFoundError, WithdrawnWarning
from audioset.records.cut_options import CutOptions
from audioset.records.identity import (
    VersionRef,
    is_reference,
    is_version_ref,
    parse_reference,
    split_view,
)
from audioset.records.line_options import TranscriptOptions
from audioset.records.pin import Pin
from audioset.settings import Settings, create_workspace, load_settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from audioset.catalog.decisions import Decision, RecordedDecision
    from audioset.curation.cut.cut import CutReport
    from audioset.curation.measure import MeasureReport
    from audioset.curation.workspace.clip_sets import ClipSet
    from audioset.experiments.reproduce.reproduce import Begun
    from audioset.experiments.search.search import Told
    from audioset.hearing.align.voices.phone_models import PhoneModels
    from audioset.interop.exporters.lines import ExportedLines
    from audioset.interop.exporters.webdataset import ExportReport
    from audioset.interop.importers.folder import ImportReport
    from audioset.plugins import Plugin
    from audioset.records.alias import Alias
    from audioset.records.check_report import CheckLimits, CheckReport
    from audioset.records.clip_lineage import ClipLineage, ConsumedClips
    from audioset.records.comparison import Comparison
    from audioset.records.dedupe_report import DedupeReport
    from audioset.records.description import Description
    from audioset.records.guard_report import GuardReport
    from audioset.records.lineage import Lineage
    from audioset.records.metric import Direction
    from audioset.records.promotion import Promotion
    from audioset.records.recipe import Recipe
    from audioset.records.reproduction import Reproduction
    from audioset.records.search_report import SearchOptions, SearchReport
    from audioset.records.split_report import SplitCertificate, SplitOptions, SplitReport
    from audioset.records.trained_aligner import TrainedAligner
    from audioset.records.transcribe_report import TranscribeReport
    from audioset.records.verify_report import VerifyReport
    from audioset.records.version import VersionRecord
    from audioset.records.version_diff import VersionDiff
    from audioset.records.view import View
    from audioset.tracking.client.ui import MlflowUi
    from audioset.tracking.published.mirror import MirrorReport
    from audioset.tracking.trainers.lightning import LightningCallback
    from audioset.tracking.trainers.transformers import TransformersCallback
    from audioset.tracking.withdrawal.carry_out import ForgetReport
    from audioset.training.reader import Dataset
    from audioset.training.torch_stream import TorchStream
    from audioset.versions.collect import CollectReport
    from audioset.versions.diff.diff import DiffInput
    from audioset.versions.publish.publish import Publication
    from audioset.versions.pull import PullReport

WORKING = "working"  # what `diff` calls the clips that the next publish would take


def init(directory: str | Path = ".", *, name: str | None = None) -> Settings:
    """Make a folder a workspace: write its `audioset.toml`.

    Args:
        directory: made when missing.
        name: of the dataset, `[a-z0-9-]`; the folder's name when None.

    Raises:
        AlreadyExistsError: the folder is a workspace already.
        InvalidInputError: the name is not allowed.
    """
    return create_workspace(directory, name=name)


def cut(
    sources: Sequence[str | Path],
    *,
    facts: Mapping[str, str] | None = None,
    options: CutOptions | None = None,
    labels: str | Path | None = None,
    transcript: str | Path | TranscriptOptions | None = None,
    workers: int | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "CutReport":
    """Cut sources into clips and write one manifest per source.

    A source whose bytes and options did not change is skipped. A source that cannot be used is
    listed in the report with its reason; the others go on. When a source is cut again, clips of the
    same span keep their ids, what was decided about them and texts that models wrote for them; the
    report counts what is left behind.

    Args:
        sources: files, folders (searched for media), globs and URLs such as `s3://bucket/talks/`.
        facts: static facts of every clip of these sources, such as `{"speaker": "ada"}`.
        options: how to cut; those of `audioset.toml` when None.
        labels: file of cues to cut by, or a folder of such files, for `CutOptions.by` "labels" or
            "subtitles"; None looks beside each source, and for subtitles inside it.
        transcript: text file with one phrase per line (also docx, csv, xlsx), or a folder of such
            files: each phrase is found in the source, with all its takes. `TranscriptOptions` says
            more. With `CutOptions.by` "lines" and None, a file beside each source.
        workers: CPU cores to use, all when None; one source uses two at most.

    Raises:
        NotFoundError: no such transcript, lexicon, voice or registered aligner.
        InvalidInputError: nothing to cut, a fact or an option is not allowed, or the transcript
            cannot be read.
    """
    from audioset.curation.cut.cut import cut_sources

    settings = settings or load_settings()
    by_lines = {} if transcript is None else {"by": "lines"}
    if transcript is not None and not isinstance(transcript, TranscriptOptions):
        transcript = TranscriptOptions(path=Path(transcript))
    transcript, models = _with_models(transcript, settings)
    return cut_sources(
        sources,
        settings,
        options=options or CutOptions.from_mapping({**settings.cut_defaults, **by_lines}),
        facts=facts or {},
        labels=Path(labels) if labels is not None else None,
        transcript=transcript,
        models=models,
        workers=workers,
        progress=progress,
    )


def write_line_page(
    report: "CutReport", path: str | Path, *, settings: Settings | None = None
) -> Path:
    """Write a page with every take of a cut by lines, to be listened to; returns its path.

    One HTML file that needs nothing else: the takes of each line under each other with their flags
    in words, the proposed take, missing lines, and speech that is in no line.

    Args:
        report: of `cut`; its sources are read again for their sound, and those on object storage
            are fetched again.
        path: of the HTML file; replaced when it exists.

    Raises:
        InvalidInputError: none of the sources was cut by lines.
        StorageError: the file cannot be written.
    """
    from audioset.pages.takes import write_line_page as run

    return run(report, Path(path), workspace=(settings or load_settings()).workspace)


def import_folder(
    directory: str | Path,
    *,
    metadata: str | Path,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "ImportReport":
    """Take a folder of clips with a CSV table of their facts into the workspace.

    Args:
        directory: holds the audio files.
        metadata: CSV with a header; one column names the file, relative to `directory`.

    Raises:
        InvalidInputError: no such folder or table, or no column of the table names files.
    """
    from audioset.interop.importers.folder import import_folder as run

    return run(
        Path(directory), Path(metadata), settings=settings or load_settings(), progress=progress
    )


def decide(
    decisions: "Iterable[Decision]", *, settings: Settings | None = None, by: str | None = None
) -> int:
    """Record what a person decided about clips or speakers; returns how many decisions.

    Nothing is overwritten: the newest decision holds; all stay in the catalog with who and when.

    Args:
        decisions: subject, field and value of each.
        by: who decided; the user's name when None.

    Raises:
        NotFoundError: a clip or speaker that no working manifest has.
        InvalidInputError: a field that a person cannot decide, or a bad value.
    """
    from audioset.curation.workspace.effective import record_decisions

    return record_decisions(decisions, settings or load_settings(), by=by)


def accept_best_takes(*, settings: Settings | None = None, by: str | None = None) -> int:
    """Accept the proposed take of each line and reject its others; returns how many decisions.

    Of clips that were cut by the lines of a transcript. Lines that were found once, and those of
    which a person accepted or rejected a take, stay as they are.

    Args:
        by: who decides; the user's name when None.

    Raises:
        NotFoundError: nothing in the workspace was cut by lines.
    """
    from audioset.curation.decide.best_takes import accept_best_takes as run

    return run(settings or load_settings(), by=by)


def history(
    subject_id: str,
    *,
    subject_kind: Literal["clip", "speaker"] = "clip",
    settings: Settings | None = None,
) -> "list[RecordedDecision]":
    """List every decision about a clip or a speaker with who and when, oldest first.

    Args:
        subject_id: clip id, or speaker id.
        subject_kind: "clip" or "speaker".
    """
    from audioset.curation.workspace.effective import read_history

    return read_history(subject_id, settings or load_settings(), subject_kind=subject_kind)


def describe(
    what: str | Path | None = None,
    *,
    goal_seconds: float | None = None,
    settings: Settings | None = None,
) -> "Description":
    """Summarise lengths, totals and quality of clips.

    Working clips that were withdrawn are not counted, where the store is a folder of this machine:
    others are not asked for each description, and there only `publish` tells.

    Args:
        what: a manifest file, a folder of manifests, a version `name@v3` or a view of one, written
            `name@v3?snr_db > 20`, or None for the working manifests with what people decided.
        goal_seconds: length to collect; the description then tells how far it is.

    Raises:
        NotFoundError: no such manifest or version.
        InvalidInputError: the file is not a manifest.
    """
    from dataclasses import replace

    from audioset.curation.describe.describe import DESCRIBE_COLUMNS, describe_batches
    from audioset.storage.store import open_store
    from audioset.versions.read.sieve import WITHDRAWN_COLUMNS, Sieve, Withdrawn
    from audioset.versions.read.withdrawals import list_withdrawals

    settings = settings or load_settings()
    clips = _clip_set(what, settings)
    store = open_store(settings.store) if what is None else None
    if store is None or not store.is_local or not (gone := list_withdrawals(store, settings.name)):
        return describe_batches(
            clips.scan(DESCRIBE_COLUMNS), name=clips.name, goal_seconds=goal_seconds
        )
    sieve = Sieve(Withdrawn.of(gone))
    rows = sieve.sift(clips.scan((*DESCRIBE_COLUMNS, *WITHDRAWN_COLUMNS)))
    description = describe_batches(rows, name=clips.name, goal_seconds=goal_seconds)
    return replace(description, num_withdrawn=sieve.num_left_out)


def measure(
    *,
    again: bool = False,
    workers: int | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "MeasureReport":
    """Measure the quality of working clips that lack it: imported ones, or of an older release.

    A cut measures its clips already. What people decided is not touched.

    Args:
        again: measure all clips anew.
        workers: processes; one per CPU core when None.

    Raises:
        NotFoundError: there are no working clips.
    """
    from audioset.curation.measure import measure_clips

    return measure_clips(
        settings or load_settings(),
        again=again,
        workers=workers or os.cpu_count() or 1,
        progress=progress,
    )


def transcribe(
    *,
    model: str = "whisper",
    language: str | None = None,
    again: bool = False,
    clips_at_once: int = 8,
    workers: int = 1,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "TranscribeReport":
    """Let a model write the texts of working clips that have none.

    The manifest says which model wrote a text, and keeps what it heard when a person writes
    another one. What people wrote, decided or rejected is not touched, nor are texts of subtitles
    and transcripts. Nothing is downloaded but a model of the workspace's own MLflow.

    Args:
        model: a plug-in such as "whisper"; `models:/name@alias` or a folder (with a slash), whose
            files the plug-in whisper loads; or `plugin:` and one of these.
        language: BCP 47 tag; that of each clip when None, and without one the model finds out.
        again: also write anew what models wrote, or found silent.
        clips_at_once: how many clips the model is given together.
        workers: processes, each with a model of its own; they share the CPU cores.

    Raises:
        NotFoundError: there are no working clips, or no such plug-in, model or folder.
        InvalidInputError: the plug-in or its model cannot be loaded.
        TrackingError: MLflow did not answer.
    """
    from contextlib import nullcontext

    from audioset.curation.transcribe import transcribe_clips
    from audioset.records.model_choice import ModelChoice
    from audioset.records.plugin_contracts import Weights
    from audioset.tracking.models.model_folder import fetched_model

    settings = settings or load_settings()
    choice = ModelChoice.from_text(model)
    given = nullcontext(Weights(choice.folder) if choice.folder is not None else None)
    with fetched_model(choice.registered, settings) if choice.registered else given as weights:
        return transcribe_clips(
            settings,
            plugin=choice.plugin,
            weights=weights,
            language=language,
            again=again,
            clips_at_once=clips_at_once,
            workers=workers,
            threads=max(1, (os.cpu_count() or 1) // workers),
            progress=progress,
        )


def confirm(
    clip_ids: Sequence[str], *, settings: Settings | None = None, by: str | None = None
) -> int:
    """Record that the texts of clips are right as they are; returns how many.

    They become decisions of a person, whoever wrote them first.

    Args:
        clip_ids: of working clips.
        by: who says so; the user's name when None.

    Raises:
        NotFoundError: no such working clip.
        InvalidInputError: a clip has no text.
    """
    from audioset.curation.decide.confirm import confirm_texts

    return confirm_texts(clip_ids, settings or load_settings(), by=by)


def list_plugins() -> "tuple[Plugin, ...]":
    """List the aligners and transcribers that installed packages bring; see `docs/plugins.md`."""
    from audioset.plugins import list_plugins as run

    return run()


def check(
    what: str | Path | None = None,
    *,
    limits: "CheckLimits | None" = None,
    rules: Sequence[str] = (),
    skip: Sequence[str] = (),
    report: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "CheckReport":
    """Find what is wrong with clips: damaged audio, odd texts, duplicates, leaks between splits.

    Clips that a person rejected are left out. Near-duplicates, and leaks by them, need the audio of
    every clip; all other rules need the manifest alone.

    Args:
        what: as for `describe`.
        limits: of the rules; their defaults when None.
        rules: names of the rules to apply; those that are on by default when empty. What splits
            must not share is said under `[split]` in `audioset.toml`.
        skip: names of rules to leave out.
        report: HTML file to write, with the worst clips to listen to.

    Raises:
        NotFoundError: no such manifest or version.
        InvalidInputError: the file is not a manifest, or no such rule.
        StorageError: the report cannot be written.
    """
    from audioset.curation.check.check import check_clips
    from audioset.records.check_report import CheckLimits
    from audioset.records.split_report import SplitOptions

    settings = settings or load_settings()
    clips = _clip_set(what, settings)
    found = check_clips(
        clips,
        limits=limits or CheckLimits(),
        only=rules,
        skip=skip,
        split=SplitOptions.from_mapping(settings.split_defaults),
        progress=progress,
    )
    if report is not None:
        from audioset.pages.check import write_check_page

        write_check_page(found, clips, Path(report))
    return found


def dedupe(
    what: str | Path | None = None,
    *,
    reject: bool = False,
    near_limit: float | None = None,
    settings: Settings | None = None,
    by: str | None = None,
    progress: Progress = no_progress,
) -> "DedupeReport":
    """Find groups of clips that hold the same recording, and the one of each to keep.

    Kept is a clip that a person accepted, else one that has a text, else one that is not clipped
    or off centre, else the longest, else the first by clip id.

    Args:
        what: as for `describe`.
        reject: record that all others are rejected; working clips only.
        near_limit: greatest share of fingerprint bits in which near-duplicates differ; 0 finds
            equal samples only. The default of `CheckLimits.near_duplicate` when None.
        by: who decides; the user's name when None.

    Raises:
        NotFoundError: no such manifest or version.
        InvalidInputError: the file is not a manifest, or `reject` for anything but working clips.
    """
    from audioset.curation.duplicates.find import find_duplicates
    from audioset.curation.duplicates.reject import reject_duplicates
    from audioset.records.check_report import CheckLimits

    if reject and what is not None:
        raise InvalidInputError(
            f"clips of {what} cannot be rejected; dedupe the working clips, then publish again"
        )
    settings = settings or load_settings()
    limit = CheckLimits().near_duplicate if near_limit is None else near_limit
    found = find_duplicates(_clip_set(what, settings), near_limit=limit or None, progress=progress)
    return reject_duplicates(found, settings, by=by) if reject else found


def split(
    *,
    options: "SplitOptions | None" = None,
    anew: bool = False,
    dry_run: bool = True,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "SplitReport":
    """Divide the working clips into train, validation and test so that nothing leaks between them.

    Clips that share a speaker, source, sentence, line of a transcript or recording stay together.
    A clip that a version or an earlier run put into a split stays there; new clips join those that
    they share something with, or get no split where they would leak. What people decide wins.
    Clips that were withdrawn get no split, like rejected ones.

    Args:
        options: ratios, and what is held apart; those of `audioset.toml` when None.
        anew: let clips change sides too, but for what people decided: test splits of earlier
            versions are then no longer held out.
        dry_run: only tell what would be decided.

    Raises:
        NotFoundError: there are no working clips.
        InvalidInputError: all clips hang together; the text tells what would divide them.
        IntegrityError: a published manifest is damaged.
        StorageError: the store or the catalog did not answer, or refused.
    """
    from functools import partial

    from audioset.curation.split.shared import SHARED_COLUMNS
    from audioset.curation.split.split import plan_split, write_split
    from audioset.curation.workspace.clip_sets import EitherAudio, PublishedAudio, WorkingAudio
    from audioset.records.check_report import CheckLimits
    from audioset.records.split_report import SplitOptions
    from audioset.storage.store import open_store
    from audioset.versions.layout import shard_key
    from audioset.versions.read.ever_published import published_clips
    from audioset.versions.read.resolve import list_versions as run
    from audioset.versions.read.sieve import Withdrawn
    from audioset.versions.read.withdrawals import list_withdrawals

    settings = settings or load_settings()
    store = open_store(settings.store)
    published = published_clips(store, run(store, settings.name), SHARED_COLUMNS)
    withdrawn = Withdrawn.of(list_withdrawals(store, settings.name))
    report = plan_split(
        settings,
        published,
        options or SplitOptions.from_mapping(settings.split_defaults),
        audio=EitherAudio(
            WorkingAudio(settings.clips_dir),
            PublishedAudio(settings.store, partial(shard_key, settings.name)),
        ),
        near_limit=CheckLimits().near_duplicate,
        withdrawn=withdrawn.holds if withdrawn else None,
        anew=anew,
        progress=progress,
    )
    return report if dry_run else write_split(report, settings)


def certify_splits(
    what: str | Path | None = None,
    *,
    options: "SplitOptions | None" = None,
    listen: bool = True,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "SplitCertificate":
    """Prove that no clip of one split leaks to another, or name those that do.

    Args:
        what: as for `describe`; rejected clips are left out.
        options: what splits must not share; those of `audioset.toml` when None.
        listen: compare the sound of all clips for near-duplicates; without, the manifest suffices.

    Raises:
        NotFoundError: no such manifest or version.
        InvalidInputError: the file is not a manifest.
    """
    from audioset.curation.split.leaks import certify_clips
    from audioset.records.check_report import CheckLimits
    from audioset.records.split_report import SplitOptions

    settings = settings or load_settings()
    return certify_clips(
        _clip_set(what, settings),
        options or SplitOptions.from_mapping(settings.split_defaults),
        near_limit=CheckLimits().near_duplicate if listen else None,
        progress=progress,
    )


def plot(description: "Description", path: str | Path) -> Path:
    """Draw a description as a PNG file and return its path: lengths, and totals per speaker.

    Raises:
        StorageError: the file cannot be written.
    """
    from audioset.pages.lengths import plot_lengths

    return plot_lengths(description, Path(path))


def publish(
    *,
    message: str = "",
    filter: str | None = None,
    parent: int | None = None,
    shard_bytes: int | None = None,
    track: bool = True,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "Publication":
    """Publish the working clips, with what people decided, as the next immutable version.

    Rejected clips stay out; flagged ones that nobody judged do not, but are counted. When nothing
    changed since the latest version, that version is given back. The version stands even when
    MLflow is out of reach: `Publication.tracking_error` then tells why it was not logged, and `log`
    catches up. Clips that were withdrawn stay out.

    Args:
        message: what is new in this version.
        filter: SQL condition on the columns of the manifest; other clips stay out.
        parent: number of the version that this one goes on from; the latest when None.
        shard_bytes: mean audio bytes of a shard, to 16 GiB; those of the parent when None, 64 MiB
            for the first version. Shards of another size are shared with no version before.
        track: log it in MLflow.

    Raises:
        InvalidInputError: there is nothing to publish, the condition is not SQL, or no shard can
            have that size.
        NotFoundError: no such parent.
        MediaError: a clip's audio is missing or does not match its manifest row.
        ConflictError: somebody published at the same moment; try again.
        StorageError: the store refused or did not answer.
    """
    from dataclasses import replace

    from audioset.curation.decide.unjudged import count_unjudged
    from audioset.curation.workspace.effective import read_accepted
    from audioset.storage.store import open_store
    from audioset.tracking.published.mirror import log_publication
    from audioset.versions.publish.publish import publish_table

    settings = settings or load_settings()
    rows = read_accepted(settings, filter)
    num_unjudged = count_unjudged(rows, settings)
    publication = publish_table(
        rows,
        clips_dir=settings.clips_dir,
        store=open_store(settings.store),
        dataset=settings.name,
        parent=parent,
        message=message,
        progress=progress,
        shard_bytes=shard_bytes,
    )
    publication = replace(publication, num_unjudged=num_unjudged)
    return log_publication(publication, settings) if track else publication


def list_versions(
    name: str | None = None, *, settings: Settings | None = None
) -> "list[VersionRecord]":
    """List the published versions of a dataset (the workspace's own when None), oldest first."""
    from audioset.storage.store import open_store
    from audioset.versions.read.resolve import list_versions as run

    settings = settings or load_settings()
    return run(open_store(settings.store), name or settings.name)


def diff(
    a: str | Path,
    b: str | Path | None = None,
    *,
    report: str | Path | None = None,
    settings: Settings | None = None,
) -> "VersionDiff":
    """Tell what changed from `a` to `b`, clip by clip; nothing when their digests are equal.

    Args:
        a, b: `name@v3`, `name@alias`, a pin file, or `working` for the working clips with what
            people decided, as the next publish would take them; `b` is `working` when None.
        report: HTML file to write, to read it in a browser.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: a working file is not a manifest, or a clip stands in two of them.
        IntegrityError: a stored manifest is damaged.
        StorageError: the store did not answer, or the report cannot be written.
    """
    from audioset.versions.diff.diff import diff_rows

    settings = settings or load_settings()
    found = diff_rows(_diff_input(a, settings), _diff_input(b or WORKING, settings))
    if report is not None:
        from audioset.pages.diff import write_diff_page

        write_diff_page(found, Path(report))
    return found


def pull(
    reference: str | Path,
    directory: str | Path,
    *,
    filter: str | None = None,
    split: str | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "PullReport":
    """Write clips and manifest of a version into a folder: `clips/` and `manifest.parquet`.

    Clips that are there with the right hash are not fetched again, so a pull that was broken off
    goes on where it was. The manifest comes last: where it is, all of its clips are.

    Args:
        reference: `name@v3`, `name@alias`, a view such as `name@v3?snr_db > 20`, or a pin file.
        directory: made when missing; not a workspace.
        filter: SQL condition on the columns of the manifest; other clips stay out.
        split: train, validation or test; all when None.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: the condition is not SQL, no clip is chosen, or it is a workspace.
        IntegrityError: a shard or the manifest is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    from audioset.records.view import both_conditions
    from audioset.versions.pull import pull as run

    settings = settings or load_settings()
    dataset = open(reference, settings=settings)
    return run(
        dataset.store,
        dataset.record,
        Path(directory),
        where=both_conditions(dataset.filter, filter),
        split=split,
        progress=progress,
    )


def export_webdataset(
    reference: str | Path,
    directory: str | Path,
    *,
    tar_bytes: int | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "ExportReport":
    """Write a version as tars for others: audio, text and all columns of each clip.

    Stock webdataset reads them; they are named `train-000000.tar` by split and number. The same
    version gives the same bytes. An export that fails leaves no tar.

    Args:
        reference: `name@v3`, `name@alias`, or a pin file.
        directory: made when missing; must not hold a tar.
        tar_bytes: about how large a tar becomes; 1 GB when None.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: the size is not positive, or a split cannot name a file.
        AlreadyExistsError: the folder holds a tar.
        IntegrityError: a shard or the manifest is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    from audioset.interop.exporters.webdataset import DEFAULT_TAR_BYTES
    from audioset.interop.exporters.webdataset import export_webdataset as run
    from audioset.storage.store import open_store

    settings = settings or load_settings()
    record = _resolve(reference, settings)
    size = DEFAULT_TAR_BYTES if tar_bytes is None else tar_bytes
    return run(
        open_store(settings.store), record, Path(directory), tar_bytes=size, progress=progress
    )


def export_lines(
    path: str | Path | None = None,
    *,
    source: str | None = None,
    overwrite: bool = False,
    settings: Settings | None = None,
) -> "tuple[ExportedLines, ...]":
    """Write the texts of sources as lines files, to be corrected and to be cut by.

    One row per line in order of time, with the texts that hold now: `text`, `speaker`, `takes`,
    `text_source`, `text_score`, `hypothesis`, `hypothesis_source`. `cut(..., transcript=path)`
    reads all of it; a text that was changed in the file is then a person's. Takes of a line are
    one row; rejected clips and clips without a text are left out.

    Args:
        path: a CSV or, when the name says so, XLSX file for one source; or a folder, which gets a
            CSV file for each. `lines/` in the workspace when None.
        source: id or file name of the source; all that were cut when None.
        overwrite: also replace a file that says something else, which a person may have written.

    Raises:
        NotFoundError: nothing was cut, or no such source.
        InvalidInputError: several sources for one file, a name that fits several sources, or an
            ending that is none of a table.
        AlreadyExistsError: a file says something else; nothing was written.
        StorageError: the file cannot be written, or the catalog cannot be reached.
    """
    from audioset.interop.exporters.lines import export_lines as run

    return run(
        settings or load_settings(),
        None if path is None else Path(path),
        source=source,
        overwrite=overwrite,
    )


def set_alias(
    alias: str,
    reference: str,
    *,
    expect: int | None = None,
    message: str = "",
    settings: Settings | None = None,
) -> "Alias":
    """Let a name such as `prod` stand for a version from now on: `scots@prod`.

    Args:
        alias: `[a-z][a-z0-9-]*`, not like `v3`.
        reference: `name@v3`, or another alias of the dataset.
        expect: number of the version that it must name until now, else nothing is changed.
        message: why it moves; kept in its history with who and when.

    Raises:
        InvalidInputError: not a name for an alias.
        NotFoundError: no such version.
        ConflictError: somebody else moved it meanwhile, or it does not name what is expected.
    """
    from audioset.storage.store import open_store
    from audioset.versions.aliases import move_alias
    from audioset.versions.read.resolve import resolve_reference

    settings = settings or load_settings()
    store = open_store(settings.store)
    to = resolve_reference(store, reference).ref
    return move_alias(store, alias, to, expect=expect, message=message)


def list_aliases(name: str | None = None, *, settings: Settings | None = None) -> "list[Alias]":
    """List the aliases of a dataset (the workspace's own when None) with their histories."""
    from audioset.storage.store import open_store
    from audioset.versions.aliases import list_aliases as run

    settings = settings or load_settings()
    return run(open_store(settings.store), name or settings.name)


def open(reference: str | Path, *, settings: Settings | None = None) -> "Dataset":
    """Open a published version, or a view of it, for reading. Needs the store only.

    Args:
        reference: `name@v3`, `name@alias`, a view such as `name@v3?snr_db > 20`, or a pin file,
            whose digest is then required.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: the condition of the view is not SQL on the columns of the manifest.
        IntegrityError: the version or the view is not the one that the pin file names.
    """
    from audioset.storage.cache import open_cache
    from audioset.storage.store import open_store
    from audioset.training.reader import Dataset
    from audioset.versions.read.views import require_pinned_rows

    settings = settings or load_settings()
    record, condition, pinned = _find_view(reference, settings)
    _tell_withdrawn(record)
    cache = open_cache(settings.cache, settings.cache_bytes)
    dataset = Dataset(open_store(settings.store), record, filter=condition, cache=cache)
    if pinned is not None and condition is not None:
        require_pinned_rows(pinned, dataset.view)
    return dataset


def pin(
    reference: "str | Path | Dataset",
    *,
    context: str = "training",
    frozen_test: str | Path | None = None,
    frozen_by: Sequence[str] | None = None,
    allow_leak: bool = False,
    settings: Settings | None = None,
) -> Pin:
    """Pin a version or a view in the active MLflow run: log it as the run's dataset input.

    Works beside any framework and with `mlflow.autolog()`. Where no run is active it starts one, as
    MLflow's own logging functions do; pin before the clips are read, since they go into the receipt
    from then on. Whoever ends the run, its receipt is logged and its models are linked. A view is
    logged with its own digest, its condition and the digest of its version, so that the lineage of
    the version finds the run.

    Args:
        reference: as for `open`, or an open dataset.
        context: what the run uses it for: training, validation, test.
        frozen_test, frozen_by, allow_leak: as for `training_run`.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: the training split overlaps the frozen test split.
        TrackingError: MLflow did not answer, or refused.
    """
    from audioset.tracking.run.pins import log_pin

    settings = settings or load_settings()
    view = _view_of(reference, settings)
    tags = _held_out_tags(view.record, frozen_test, frozen_by, settings, allow_leak=allow_leak)
    return log_pin(view.record, settings, context=context, view=view, tags=tags)


def training_run(
    reference: "str | Path | Dataset",
    *,
    experiment: str | None = None,
    run_name: str | None = None,
    frozen_test: str | Path | None = None,
    frozen_by: Sequence[str] | None = None,
    allow_leak: bool = False,
    settings: Settings | None = None,
) -> "AbstractContextManager[Pin]":
    """Start an MLflow run that pins a version or a view; link the models it registers at its end.

    Args:
        reference: as for `open`, or an open dataset.
        experiment: MLflow experiment; `<dataset>-training` when None.
        run_name: MLflow's choice when None.
        frozen_test: the version whose test split the model is to be tested on; nothing that the
            training split of `reference` holds may be in it.
        frozen_by: what they must not have in common: clip, samples, span (of a source), sentence,
            speaker. When None the first three, and of the last two what `[split]` holds apart.
        allow_leak: train all the same, with a warning and a tag of the run that says so.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: the training split overlaps the frozen test split; or it has none.
    """
    from audioset.tracking.run.pins import pinned_run

    settings = settings or load_settings()
    view = _view_of(reference, settings)
    tags = _held_out_tags(view.record, frozen_test, frozen_by, settings, allow_leak=allow_leak)
    return pinned_run(
        view.record, settings, experiment=experiment, run_name=run_name, view=view, tags=tags
    )


def lightning_callback(
    reference: "str | Path | Dataset",
    *,
    stream: "TorchStream | None" = None,
    frozen_test: str | Path | None = None,
    frozen_by: Sequence[str] | None = None,
    allow_leak: bool = False,
    settings: Settings | None = None,
) -> "LightningCallback":
    """Give a Lightning callback that pins a version or a view in the MLflow run of the trainer.

    Args:
        reference: as for `open`, or an open dataset.
        stream: of `Dataset.torch`, that the trainer's DataLoader reads; checkpoints then hold its
            position, and a fit from a checkpoint goes on at the next batch.
        frozen_test, frozen_by, allow_leak: as for `training_run`.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: Lightning is not installed, or the training split overlaps the frozen
            test split.
    """
    from audioset.tracking.trainers.lightning import LightningCallback

    settings = settings or load_settings()
    view = _view_of(reference, settings)
    tags = _held_out_tags(view.record, frozen_test, frozen_by, settings, allow_leak=allow_leak)
    return LightningCallback(view, settings, stream=stream, tags=tags)


def transformers_callback(
    reference: "str | Path | Dataset",
    *,
    frozen_test: str | Path | None = None,
    frozen_by: Sequence[str] | None = None,
    allow_leak: bool = False,
    settings: Settings | None = None,
) -> "TransformersCallback":
    """Give a callback for Hugging Face's Trainer that pins a version or a view in its MLflow run.

    Args:
        reference: as for `open`, or an open dataset.
        frozen_test, frozen_by, allow_leak: as for `training_run`.

    Raises:
        NotFoundError: no such version.
        InvalidInputError: transformers is not installed, or the training split overlaps the frozen
            test split.
    """
    from audioset.tracking.trainers.transformers import TransformersCallback

    settings = settings or load_settings()
    view = _view_of(reference, settings)
    tags = _held_out_tags(view.record, frozen_test, frozen_by, settings, allow_leak=allow_leak)
    return TransformersCallback(view, settings, tags=tags)


def write_pin(
    reference: "str | Path | Dataset",
    path: str | Path | None = None,
    *,
    settings: Settings | None = None,
) -> Path:
    """Write a pin file for git; `<dataset>.pin.json` in the current folder when `path` is None."""
    settings = settings or load_settings()
    made = _view_of(reference, settings).pin(settings.store)
    target = Path(path) if path is not None else Path(f"{made.dataset}.pin.json")
    target.write_text(made.to_json(), encoding="utf-8")
    return target


def search(
    command: Sequence[str],
    params: Mapping[str, str],
    options: "SearchOptions",
    *,
    space: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
    told: "Told | None" = None,
) -> "SearchReport":
    """Search for the values with which a training gives the best metric.

    Each trial is a process and an MLflow run of its own, nested in one run of the search; inside of
    it `audioset.training_run` and `mlflow.start_run()` go on in the trial's run. Called again with
    the same study it goes on, also after it was killed. With `options.register` the trials have a
    model registry that is thrown away, and only the best one's model is registered.

    Args:
        command: the words of a trial; `{name}` stands for a value, also inside of a word such as
            `digits@v1?snr_db > {snr}`. A first word that ends with `.py` is run with this Python.
        params: values by name: `log:0.1..100`, `0..30`, `int:1..4` or `rbf,linear`. One that no
            placeholder names is given as `--name value`.
        options: metric, direction, how many trials, and so on.
        space: TOML file with more parameters in a table `[params]`.
        told: called with each trial that ends, and the best one so far.

    Raises:
        InvalidInputError: the parameters do not fit the command, or the first trials all failed,
            or the study was begun with another command, space or metric.
        NotFoundError: no such script, or Optuna is not installed.
        ConflictError: another process is at this study.
        TrackingError: MLflow did not answer, or refused.
        StorageError: the database of the studies cannot be reached.
    """
    from audioset.experiments.search.search import search as run
    from audioset.experiments.search.search import tell_nobody
    from audioset.experiments.search.space import parse_param, read_space

    texts = {**(read_space(Path(space)) if space is not None else {}), **params}
    return run(
        command,
        [parse_param(name, text) for name, text in texts.items()],
        options,
        settings or load_settings(),
        progress=progress,
        told=told or tell_nobody,
    )


def train_aligner(
    reference: "str | Path | Dataset | None" = None,
    *,
    name: str | None = None,
    aliases: Sequence[str] = (),
    voice: str | None = None,
    language: str | None = None,
    lexicon: str | Path | None = None,
    unconfirmed: bool = False,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "TrainedAligner":
    """Train the dataset's own aligner with confirmed lines, and register it in MLflow.

    A cut by transcript lines can begin with it, so that the next recording is cut better. Its run
    pins the clips it learnt from: those that were accepted, and of those that nobody judged the
    ones whose text a person wrote. It remembers voice, language and lexicon: a cut with it has its
    voice unless another is asked for, and warns when the lexicon is another.

    Args:
        reference: as for `open`, or an open dataset; the newest version of the workspace's dataset
            when None.
        name: of the registered model; `<dataset>-aligner` when None.
        aliases: to move to it, such as "prod".
        voice: of espeak-ng; one for the language when None.
        language: of the texts; English when None.
        lexicon: file that says how words are said, as for `TranscriptOptions`.
        unconfirmed: learn from all clips that nobody rejected; texts by models stay out.

    Raises:
        InvalidInputError: there is too little to learn from, or the lexicon cannot be read.
        NotFoundError: no such version, voice or lexicon, or espeak-ng is not installed.
        IntegrityError: stored audio does not match its hash.
        TrackingError: MLflow did not answer, or a run is active.
        StorageError: the store did not answer.
    """
    from audioset.documents.transcripts import read_lexicon
    from audioset.experiments.train_aligner import train_aligner as run

    settings = settings or load_settings()
    if reference is None:
        reference = _newest(settings)
    dataset = open(reference, settings=settings) if isinstance(reference, str | Path) else reference
    return run(
        dataset,
        settings,
        name=name or f"{dataset.ref.dataset}-aligner",
        aliases=tuple(aliases),
        voice=voice,
        language=language,
        unconfirmed=unconfirmed,
        progress=progress,
        lexicon=read_lexicon(Path(lexicon)) if lexicon is not None else {},
    )


def recipe(subject: str, *, settings: Settings | None = None) -> "Recipe":
    """Tell exactly how a training can be run again: data, code, command and params.

    Args:
        subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.

    Raises:
        InvalidInputError: the subject is neither a model nor a run.
        NotFoundError: no such model or run; or it was trained without `audioset.training_run` and
            `audioset.pin`; or a version that it used is gone.
        IntegrityError: the store holds other data under a version's name than was used.
        TrackingError: MLflow did not answer.
    """
    from audioset.tracking.run.recipe import read_recipe

    return read_recipe(subject, settings or load_settings())


def reproduce(
    subject: str,
    *,
    ignore: Sequence[str] = (),
    despite_withdrawal: bool = False,
    settings: Settings | None = None,
    begun: "Begun | None" = None,
) -> "Reproduction":
    """Run a training again, by its recipe, and compare every metric to the last bit.

    The commit is copied from the repository of the current folder, with the changes that the run
    had. The new run is linked with the first one. No alias moves and nothing is registered: what
    the training registers goes to a registry that is thrown away.

    Args:
        subject: as for `recipe`.
        ignore: names of metrics that are not compared, such as `*_seconds`; what MLflow measures
            of the machine (`system/*`) never is.
        despite_withdrawal: train without the clips that were withdrawn since.
        begun: called with the id of the new run, and the file with what it says.

    Raises:
        InvalidInputError: it cannot be run again as it stands, or it failed this time.
        NotFoundError, IntegrityError, TrackingError: as for `recipe`; or the commit is not here.
    """
    from audioset.experiments.reproduce.reproduce import reproduce as run
    from audioset.experiments.reproduce.reproduce import tell_nobody

    settings = settings or load_settings()
    return run(
        recipe(subject, settings=settings),
        settings,
        ignore=ignore,
        despite_withdrawal=despite_withdrawal,
        begun=begun or tell_nobody,
    )


def lineage(subject: str, *, settings: Settings | None = None) -> "Lineage":
    """Follow the links of a version, a run or a registered model, both ways.

    Args:
        subject: `name@v3`, `name@alias`, `models:/name@alias`, `models:/name/3`, or an MLflow run
            id.

    Raises:
        NotFoundError: no such version, model or run.
        TrackingError: MLflow did not answer.
    """
    from audioset.tracking.lineage.trace import trace

    settings = settings or load_settings()
    if is_reference(subject) and not is_version_ref(subject):
        subject = str(_resolve(subject, settings).ref)
    return trace(subject, settings)


def lineage_of_clip(clip_id: str, *, settings: Settings | None = None) -> "ClipLineage":
    """Tell which runs and models heard a clip, from their receipts where they have them.

    Raises:
        NotFoundError: no version in the store holds the clip.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer, or refused.
    """
    from audioset.tracking.lineage.clips import trace_clip

    return trace_clip(clip_id, settings or load_settings())


def clips_behind(
    subject: str, *, output: str | Path | None = None, settings: Settings | None = None
) -> "ConsumedClips":
    """Give the clips that a model or a run rests on, from its receipt where it has one.

    Args:
        subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.
        output: also write the table of the clips there, `.parquet` or `.csv`.

    Raises:
        InvalidInputError: the subject is neither a model nor a run, or `output` ends otherwise.
        NotFoundError: no such model or run, or it pinned no version.
        IntegrityError: the store holds other data under the version's name than was used.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.plain_tables import write_plain_table
    from audioset.tracking.lineage.clips import clips_behind as run

    found = run(subject, settings or load_settings())
    if output is not None:
        write_plain_table(Path(output), found.table)
    return found


def lineage_diff(a: str, b: str, *, settings: Settings | None = None) -> "VersionDiff":
    """Tell what changed from the data of one model to that of another.

    Args:
        a, b: `models:/name@alias`, `models:/name/3`, an MLflow run id, or `name@v3`.

    Raises:
        InvalidInputError: one was trained on several versions.
        NotFoundError: no such model, run or version, or it pinned none.
        IntegrityError: the store holds other data under a version's name than was trained on.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.store import open_store
    from audioset.tracking.lineage.trained_on import trained_on
    from audioset.versions.diff.diff import diff_rows, version_input

    settings = settings or load_settings()
    store = open_store(settings.store)
    before, after = (version_input(store, trained_on(subject, settings)) for subject in (a, b))
    return diff_rows(before, after)


def guard_test_set(
    reference: str | Path, model: str, *, settings: Settings | None = None
) -> "GuardReport":
    """Count test clips whose text a model of the same line wrote and nobody has confirmed.

    Args:
        reference: `name@v3`, `name@alias`, or a pin file: the version whose test split is asked
            about.
        model: `models:/name@alias` or `models:/name/3`, the model to be tested.

    Raises:
        InvalidInputError: the model has another form.
        NotFoundError: no such version or model.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer, or refused.
    """
    from audioset.tracking.lineage.guard import guard_test_split

    settings = settings or load_settings()
    return guard_test_split(_find_record(reference, settings), model, settings)


def compare(
    what: Sequence[str] | str = (),
    *,
    metric: str | None = None,
    direction: "Direction | None" = None,
    explain: bool = False,
    output: str | Path | None = None,
    report: str | Path | None = None,
    plots: str | Path | None = None,
    log: bool = False,
    settings: Settings | None = None,
) -> "Comparison":
    """Compare training runs: the data behind each, what it chose, what it reached.

    Args:
        what: experiments, datasets, versions `name@v3`, models `models:/name`, run ids; all runs on
            the workspace's dataset when empty.
        metric: to rank by; one of the test set when None.
        direction: "max" or "min"; told by the metric's name when None.
        explain: find out which param explains the metric; so do `report`, `plots` and `log`.
        output: table of the runs to write, `.parquet` or `.csv`.
        report: HTML file to write, with all plots, that loads nothing.
        plots: folder to write the plots to, as PNG files.
        log: log page, plots and table in MLflow, as a run `comparison` beside the versions.

    Raises:
        InvalidInputError: no run has the metric, or `output` ends otherwise.
        NotFoundError: there is no such thing, or no run of it.
        TrackingError: MLflow did not answer, or refused.
        StorageError: the store did not answer, or a file cannot be written.
    """
    from dataclasses import replace

    from audioset.experiments.compare.compare import compare_runs, comparison_table
    from audioset.storage.plain_tables import write_plain_table

    settings = settings or load_settings()
    subjects = (what,) if isinstance(what, str) else tuple(what)
    explain = explain or log or report is not None or plots is not None
    found = compare_runs(subjects, settings, metric=metric, direction=direction, explain=explain)
    if output is not None:
        write_plain_table(Path(output), comparison_table(found))
    if report is not None:
        from audioset.pages.comparison import write_compare_page

        write_compare_page(found, Path(report))
    if plots is not None:
        from audioset.pages.comparison_plots import write_plots

        write_plots(found, Path(plots))
    if log:
        from audioset.experiments.compare.log import log_in_mlflow

        found = replace(found, logged_as=log_in_mlflow(found, settings))
    return found


def promote(
    model: str,
    *,
    alias: str = "champion",
    version: int | None = None,
    metric: str | None = None,
    direction: "Direction | None" = None,
    force: str | None = None,
    rollback: bool = False,
    dry_run: bool = False,
    settings: Settings | None = None,
) -> "Promotion":
    """Give a registered model version an alias, when its data, its test and its score allow it.

    Its run must have pinned versions that still open, nothing of its training may leak to its test
    set, and it must be better than the version that has the alias, on the same test clips. Where a
    check refuses, nothing changes: look at `outcome` and `failures`. The version that had the alias
    stays at hand as `previous-<alias>`.

    Args:
        model: `name`, `models:/name/3` or `models:/name@alias`.
        alias: that it is to have.
        version: the newest when None, unless `model` names one.
        metric: that it must be better by; one of the test set when None.
        direction: "max" or "min"; told by the metric's name when None.
        force: why to promote it whatever the checks say; kept with who and when.
        rollback: instead, give the alias back to the version that had it before.
        dry_run: only tell what would be done.

    Raises:
        InvalidInputError: the model is named wrongly, or the reason is empty.
        NotFoundError: no such model or version; or nothing to go back to.
        ConflictError: somebody moved the alias at the same moment.
        TrackingError: MLflow did not answer, or refused.
        StorageError: the store did not answer.
    """
    from audioset.experiments.promote.promote import promote_model, roll_back

    settings = settings or load_settings()
    if rollback:
        return roll_back(model, settings, alias=alias, dry_run=dry_run)
    return promote_model(
        model,
        settings,
        alias=alias,
        version=version,
        metric=metric,
        direction=direction,
        force=force,
        dry_run=dry_run,
    )


def draw_lineage(what: "Lineage | ClipLineage", path: str | Path) -> Path:
    """Draw a lineage as a self-contained HTML page or as a PNG, by the name of the file.

    Raises:
        InvalidInputError: the name ends with neither `.html` nor `.png`.
        StorageError: the file cannot be written.
    """
    from audioset.pages.lineage import write_picture
    from audioset.pages.lineage_layout import draw_clip_lineage, draw_lineage
    from audioset.records.clip_lineage import ClipLineage

    graph = draw_clip_lineage(what) if isinstance(what, ClipLineage) else draw_lineage(what)
    return write_picture(graph, Path(path))


def log(*, settings: Settings | None = None) -> "MirrorReport":
    """Bring MLflow up to date with the store: log versions it lacks, link models to versions."""
    from audioset.tracking.published.mirror import log_missing

    return log_missing(settings or load_settings())


def collect(
    name: str | None = None,
    *,
    age: timedelta | None = None,
    dry_run: bool = True,
    settings: Settings | None = None,
) -> "CollectReport":
    """Remove objects of a dataset that no version needs, as a broken-off publish leaves them.

    Args:
        name: of the dataset; the workspace's own when None.
        age: younger objects stay; at least 24 hours, 7 days when None.
        dry_run: only tell what would be removed.

    Raises:
        InvalidInputError: the age is too short.
        IntegrityError: a record is damaged; nothing was removed.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.store import open_store
    from audioset.versions.collect import DEFAULT_AGE
    from audioset.versions.collect import collect as run

    settings = settings or load_settings()
    store = open_store(settings.store)
    return run(store, name or settings.name, age=age or DEFAULT_AGE, dry_run=dry_run)


def verify(
    references: Sequence[str] = (),
    *,
    decode: bool = False,
    workers: int | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "VerifyReport":
    """Prove that the store holds what was published, and name every object that it does not.

    Reads everything, each object once; `progress` is told of bytes.

    Args:
        references: `name@v3` or `name@alias`, of one dataset; all versions of the workspace's own
            when empty.
        decode: also decode every clip and hold its samples against their hash.
        workers: CPU cores to use, all when None.

    Raises:
        InvalidInputError: the references name several datasets.
        NotFoundError: no such version or alias, or the dataset has no version.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.store import open_store
    from audioset.versions.aliases import read_alias
    from audioset.versions.verify.verify import verify as run

    settings = settings or load_settings()
    store = open_store(settings.store)
    names = [parse_reference(text) for text in references]
    refs = [n if isinstance(n, VersionRef) else read_alias(store, n).ref for n in names]
    datasets = sorted({ref.dataset for ref in refs}) or [settings.name]
    if len(datasets) > 1:
        raise InvalidInputError(f"verify one dataset at a time, not {' and '.join(datasets)}")
    return run(
        store,
        datasets[0],
        versions=[ref.version for ref in refs],
        decode=decode,
        workers=workers,
        progress=progress,
    )


def forget(
    *,
    speaker: str | None = None,
    clip: str | None = None,
    source: str | None = None,
    message: str = "",
    dry_run: bool = True,
    settings: Settings | None = None,
    progress: Progress = no_progress,
) -> "ForgetReport":
    """Take withdrawn recordings out of the workspace and of every version in the store.

    Versions that held them open without them and say so; a new version goes on from the latest. The
    report tells which runs and models heard them: those cannot be taken back.

    Args:
        speaker, clip, source: whose clips; exactly one, by speaker, clip id or source id.
        message: why; stands in the withdrawal.
        dry_run: only tell what it would reach.

    Raises:
        InvalidInputError: none of the three is given, or several.
        NotFoundError: nobody has such clips.
        ConflictError: somebody published or withdrew at the same moment; try again.
        IntegrityError: a shard is damaged; nothing was withdrawn.
        TrackingError: MLflow did not answer: what it reaches is not known.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.store import open_store
    from audioset.tracking.withdrawal.blast_radius import find_blast_radius
    from audioset.tracking.withdrawal.carry_out import ForgetReport, carry_out

    settings = settings or load_settings()
    store = open_store(settings.store)
    selectors = {"speaker": speaker, "clip": clip, "source": source}
    radius = find_blast_radius(store, settings, selectors)
    if dry_run:
        return ForgetReport(radius=radius)
    return carry_out(radius, store, settings, message=message, progress=progress)


def ui(
    *, port: int = 5000, host: str = "127.0.0.1", settings: Settings | None = None
) -> "AbstractContextManager[MlflowUi]":
    """Start MLflow's own pages on the workspace's tracking backend; they end with the context.

    Raises:
        TrackingError: the server did not start, or the port is taken.
    """
    from audioset.tracking.client.ui import start_ui

    return start_ui(settings or load_settings(), port=port, host=host)


def _clip_set(what: str | Path | None, settings: Settings) -> "ClipSet":
    """Find the clips that `what` means: a manifest, a folder of them, a version, or the working."""
    from functools import partial

    from audioset.curation.workspace.clip_sets import ClipSet, PublishedAudio, WorkingAudio
    from audioset.curation.workspace.effective import scan_effective
    from audioset.storage.store import open_store
    from audioset.storage.tables import list_manifests, scan_manifests
    from audioset.versions.layout import shard_key
    from audioset.versions.read.resolve import resolve_reference, scan_version
    from audioset.versions.read.views import scan_rows

    working = WorkingAudio(settings.clips_dir)
    if what is None:
        return ClipSet(settings.name, partial(scan_effective, settings), working)
    reference, condition = split_view(str(what))
    if is_reference(reference) and not Path(what).exists():
        store = open_store(settings.store)
        record = resolve_reference(store, reference)
        published = PublishedAudio(settings.store, partial(shard_key, record.dataset))
        if condition is not None:
            return ClipSet(str(what), partial(scan_rows, store, record, condition), published)
        return ClipSet(str(what), partial(scan_version, store, record), published)
    paths = list_manifests(Path(what))
    return ClipSet(str(what), partial(scan_manifests, paths), working)


def _held_out_tags(
    record: "VersionRecord",
    frozen_test: str | Path | None,
    frozen_by: Sequence[str] | None,
    settings: Settings,
    *,
    allow_leak: bool,
) -> dict[str, str]:
    """Refuse to train on what a frozen test split holds; give the tags that tell of the test."""
    from audioset.records.overlap import require_overlap_kinds, usual_kinds
    from audioset.records.split_report import SplitOptions
    from audioset.storage.store import open_store
    from audioset.tracking.run.held_out import describe_test_split, held_out_tags
    from audioset.versions.diff.overlap import find_overlap

    if frozen_test is None:
        return {}
    store, test = open_store(settings.store), _find_record(frozen_test, settings)
    options = SplitOptions.from_mapping(settings.split_defaults)
    kinds = frozen_by or usual_kinds(options.by)
    found = find_overlap(
        store, record, test, require_overlap_kinds(tuple(kinds)), min_words=options.min_words
    )
    if not allow_leak:
        found.require_none()
    elif found.num_clips:
        warnings.warn(
            f"{found.training} leaks to the test split of {found.test}: {found.verdict}",
            stacklevel=3,
        )
    return held_out_tags(describe_test_split(store, test), found)


def _diff_input(what: str | Path, settings: Settings) -> "DiffInput":
    """Take a version, or the working clips, as one side of a diff."""
    from audioset.storage.store import open_store
    from audioset.versions.diff.diff import table_input, version_input

    store = open_store(settings.store)
    if str(what) == WORKING:
        from audioset.curation.workspace.effective import read_effective

        return table_input(store, settings.name, read_effective(settings), name=WORKING)
    return version_input(store, _find_record(what, settings))


def _find_view(
    reference: str | Path, settings: Settings
) -> "tuple[VersionRecord, str | None, Pin | None]":
    """Find what a reference or a pin file names: version, condition of a view, and the pin."""
    from audioset.storage.store import open_store
    from audioset.versions.read.resolve import resolve_pin, resolve_reference

    store = open_store(settings.store)
    name, condition = split_view(str(reference))
    if is_reference(name):
        return resolve_reference(store, name), condition, None
    record, pinned = resolve_pin(store, Path(reference))
    return record, pinned.filter, pinned


def _view_of(reference: "str | Path | Dataset", settings: Settings) -> "View":
    """Describe the version or view that a reference, a pin file or an open dataset is."""
    if isinstance(reference, str | Path):
        reference = open(reference, settings=settings)
    return reference.view


def _with_models(
    transcript: TranscriptOptions | None, settings: Settings
) -> "tuple[TranscriptOptions | None, PhoneModels | None]":
    """Fetch a trained aligner where one is asked for: its version for its alias, and its voice."""
    if transcript is None or not transcript.aligner.startswith("models:/"):
        return transcript, None
    from dataclasses import replace

    from audioset.curation.cut.lines.learnt_voice import said_as_learnt
    from audioset.hearing.align.voices.phone_models import PhoneModels
    from audioset.tracking.models.aligners import fetch_aligner

    data, name = fetch_aligner(transcript.aligner, settings)
    models = PhoneModels.from_bytes(data, name=name)
    transcript = replace(transcript, aligner=f"models:/{name.replace('@', '/')}")
    return said_as_learnt(transcript, models), models


def _newest(settings: Settings) -> str:
    """Name the newest version of the workspace's dataset."""
    from audioset.storage.store import open_store
    from audioset.versions.read.resolve import list_version_numbers

    numbers = list_version_numbers(open_store(settings.store), settings.name)
    if not numbers:
        raise NotFoundError(f"{settings.name} has no version yet; make one with audioset publish")
    return f"{settings.name}@v{numbers[-1]}"


def _find_record(reference: str | Path, settings: Settings) -> "VersionRecord":
    """Find the version that a reference or a pin file names; a view is refused."""
    record, condition, _ = _find_view(reference, settings)
    if condition is not None:
        raise InvalidInputError(
            f"{reference} names a part of {record.ref}, by the condition {condition!r}; name the "
            "whole version here"
        )
    return record


def _resolve(reference: str | Path, settings: Settings) -> "VersionRecord":
    """Find the version that a reference or a pin file names; tell when clips were withdrawn."""
    record = _find_record(reference, settings)
    _tell_withdrawn(record)
    return record


def _tell_withdrawn(record: "VersionRecord") -> None:
    if record.num_withdrawn:
        warnings.warn(
            f"{record.num_withdrawn} clips were withdrawn from {record.ref}; it opens without them",
            WithdrawnWarning,
            stacklevel=4,
        )
