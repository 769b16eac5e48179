"""What each command shows a person; one function per command, records in, text out."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.line_screen import as_values, show_lines
from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.text import clean, count, format_hms, format_size
from audioset.settings import Settings

if TYPE_CHECKING:
    from audioset.catalog.decisions import RecordedDecision
    from audioset.curation.cut import CutReport
    from audioset.interop.folder import ImportReport
    from audioset.records.lineage import Lineage
    from audioset.records.version import VersionRecord
    from audioset.tracking.mirror import MirrorReport
    from audioset.versions.publish import Publication

_DIGEST_SHOWN = 12


def show_cut(report: "CutReport", settings: Settings, *, as_json: bool) -> None:
    """Show what became of each source, the totals, and what to do next."""
    if as_json:
        write_json(
            {
                "sources": [as_values(source) for source in report.sources],
                "num_clips": report.num_clips,
                "length_seconds": report.length_seconds,
                "manifests_dir": settings.manifests_dir,
            }
        )
        return
    folder = _common_folder([source.path for source in report.sources])
    used = [source for source in report.sources if source.status in ("cut", "unchanged")]
    rows: list[tuple[str, ...]] = [
        (
            source.path.removeprefix(folder),
            source.status,
            f"{source.num_clips:,}",
            format_hms(source.length_seconds),
            "; ".join(source.warnings),
        )
        for source in used
    ]
    columns = ["~source", "", ">clips", ">length", "~warnings"]
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    if folder:
        write_line(f"in {folder}")
    if rows:
        show(make_table(columns, rows), "")
    for source in report.sources:
        if source.lines is not None:
            show_lines(source.lines, source.path.removeprefix(folder))
    for word, bad in (("failed", report.failed), ("refused", report.refused)):
        why = [
            (
                source.path.removeprefix(folder),
                (source.error or "").removeprefix(f"{source.path}: "),
            )
            for source in bad
        ]
        if why:
            show(make_table([f"~{word}", "~why"], why), "")
    _say_cut_totals(report, len(used), settings)


def _common_folder(paths: Sequence[str]) -> str:
    """Give the folder that all paths begin with, and its slash; empty when that saves nothing."""
    if len(paths) < 2:
        return ""
    folder = os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120  text
    return f"{folder}/" if folder not in ("", "/") else ""


def _say_cut_totals(report: "CutReport", num_used: int, settings: Settings) -> None:
    say(
        f"{count(report.num_clips, 'clip')}, {format_hms(report.length_seconds)}, "
        f"from {count(num_used, 'source')}; manifests in {settings.manifests_dir}"
    )
    _say_left_behind(report)
    if report.failed:
        say(f"audioset: {len(report.failed)} of {count(len(report.sources), 'source')} failed")
    elif report.refused:
        refused = f"{len(report.refused)} of {count(len(report.sources), 'source')}"
        say(f"audioset: {refused} refused; without --strict it is cut, and the doubtful is flagged")
    elif report.num_clips:
        say("next: audioset describe, then audioset publish")


def _say_left_behind(report: "CutReport") -> None:
    """Say what to do about decisions and texts that this cut left behind."""
    left = report.left_behind
    for sentence in left.sentences():
        say(f"audioset: {sentence}")
    if left.num_decisions:
        say("the same cut as before brings back clips and what was decided about them")
    if left.num_texts:
        say(
            "audioset transcribe writes texts anew; a cut by the file of audioset export lines "
            "keeps them"
        )


def show_import(report: "ImportReport", *, as_json: bool) -> None:
    """Show what was imported, and what was left out."""
    if as_json:
        write_json(report)
        return
    if report.failures:
        show(make_table(["~left out", "~why"], report.failures), "")
    write_line(
        f"{count(report.num_clips, 'clip')}, {format_hms(report.length_seconds)}, "
        f"in {report.manifest}"
    )
    if report.failures:
        say(f"audioset: {count(len(report.failures), 'row')} of the table left out")
    else:
        say("next: audioset describe, then audioset publish")


def show_decided(num_decisions: int, *, as_json: bool) -> None:
    """Show how many decisions were recorded."""
    if as_json:
        write_json({"num_decisions": num_decisions})
    elif num_decisions:
        say(f"{count(num_decisions, 'decision')} recorded; audioset publish takes them up")
    else:
        say("nothing new to decide")


def show_history(history: Sequence["RecordedDecision"], clip_id: str, *, as_json: bool) -> None:
    """Show what was ever decided about a clip, oldest first."""
    if as_json:
        write_json(history)
        return
    if not history:
        say(f"nothing was decided about {clip_id}")
        return
    rows = [
        (
            f"{entry.decided_at:%Y-%m-%d %H:%M:%S}",
            entry.decided_by,
            entry.decision.field,
            _format_value(entry.decision.value),
        )
        for entry in history
    ]
    show(make_table(["when (UTC)", "who", "field", "~value"], rows))


def show_publication(publication: "Publication", *, as_json: bool) -> None:
    """Show the version, what was uploaded and reused, and where it was logged."""
    record = publication.record
    if as_json:
        write_json({"ref": str(record.ref), **_fields_of(publication)})
    else:
        write_line(f"{record.ref}  {record.digest}")
    unchanged = " (nothing changed since it was published)" if publication.unchanged else ""
    say(
        f"{count(record.num_clips, 'clip')}, {format_hms(record.length_seconds)}, "
        f"{count(record.num_speakers, 'speaker')}{unchanged}"
    )
    if not publication.unchanged or publication.uploaded_bytes:
        say(
            f"uploaded {_shards(publication.num_new_shards, publication.uploaded_bytes)}, "
            f"reused {_shards(publication.num_reused_shards, publication.reused_bytes)}"
        )
    if publication.num_left_out:
        say(f"{count(publication.num_left_out, 'clip')} left out: withdrawn (audioset forget)")
    if publication.num_cut_anew:
        say(
            f"{publication.num_cut_anew:,} of them share 0.1 s or more of their source with "
            "withdrawn clips: it was cut otherwise since"
        )
    if publication.num_unjudged:
        carry = "clip of lines carries" if publication.num_unjudged == 1 else "clips of lines carry"
        say(
            f"audioset: {publication.num_unjudged:,} {carry} flags, judged by nobody: listen (the "
            "page of audioset cut --report), then audioset decide CLIP --accept or --reject; "
            '--filter "flags is null or accepted" publishes without'
        )
    if publication.tracking_error:
        say(
            f"audioset: {record.ref} is published but not logged in MLflow: "
            f"{publication.tracking_error}; audioset log catches up"
        )
    elif publication.run_id:
        say(f"logged in MLflow as run {publication.run_id}; audioset ui shows it")


def show_versions(records: Sequence["VersionRecord"], name: str, *, as_json: bool) -> None:
    """Show the versions of a dataset, oldest first."""
    if as_json:
        write_json([{"ref": str(record.ref), **_fields_of(record)} for record in records])
        return
    if not records:
        say(f"{name} has no version yet; audioset publish makes the first")
        return
    rows = [
        (
            str(record.ref),
            record.digest[:_DIGEST_SHOWN],
            f"{record.num_clips:,}",
            format_hms(record.length_seconds),
            f"{record.num_speakers:,}",
            format_size(record.size_bytes),
            record.created_at[:10],
            _message_of(record),
        )
        for record in records
    ]
    counts = [">clips", ">length", ">speakers", ">size"]
    show(make_table(["version", "digest", *counts, "published", "~message"], rows))


def _message_of(record: "VersionRecord") -> str:
    if not record.num_withdrawn:
        return record.message
    return f"{record.message} [{count(record.num_withdrawn, 'clip')} withdrawn since]".strip()


def show_pin(path: Path, *, as_json: bool) -> None:
    """Show where the pin file is."""
    if as_json:
        write_json({"path": path})
        return
    write_line(str(path))
    say(f'commit it, and train with audioset.training_run("{path}")')


def show_lineage(lineage: "Lineage", *, as_json: bool) -> None:
    """Show the linked versions, runs and models as tables."""
    if as_json:
        write_json(lineage)
        return
    name_of = {version.pin.digest[:32]: str(version.pin.ref) for version in lineage.versions}
    versions = [
        (
            str(version.pin.ref),
            version.pin.digest[:_DIGEST_SHOWN],
            "" if version.num_clips is None else f"{version.num_clips:,}",
            "" if version.length_seconds is None else format_hms(version.length_seconds),
            version.run_id or "not logged",
        )
        for version in lineage.versions
    ]
    runs = [
        (
            run.run_id,
            run.name,
            run.experiment,
            run.status,
            ", ".join(name_of.get(digest, digest[:_DIGEST_SHOWN]) for digest in run.digests),
        )
        for run in lineage.runs
    ]
    models = [
        (f"{model.name} v{model.version}", ", ".join(model.aliases), model.run_id)
        for model in lineage.models
    ]
    _show_or_say("versions", ["version", "digest", ">clips", ">length", "logged as run"], versions)
    _show_or_say("runs", ["run", "~name", "~experiment", "status", "~trained on"], runs)
    _show_or_say("models", ["model", "~aliases", "run"], models)
    _show_texts(lineage)


def _show_texts(lineage: "Lineage") -> None:
    """Show which models wrote texts, and what is linked through them."""
    if not lineage.texts:
        return
    texts = [
        (f"{edge.model} v{edge.model_version}", str(edge.version), f"{edge.num_clips:,}")
        for edge in lineage.texts
    ]
    _show_or_say("texts by models", ["model", "version", ">clips"], texts)
    beyond = [
        (
            part.subject,
            ", ".join(str(version.pin.ref) for version in part.versions),
            ", ".join(f"{model.name} v{model.version}" for model in part.models),
        )
        for part in lineage.beyond
    ]
    _show_or_say("linked through texts", ["what", "~versions", "~models"], beyond)


def show_log(report: "MirrorReport", *, as_json: bool) -> None:
    """Show which versions MLflow did not know, and how many models were linked."""
    if as_json:
        write_json(report)
        return
    for ref in report.logged:
        write_line(f"logged {ref}")
    say(
        f"{count(len(report.logged), 'version')} logged, {report.num_known:,} known before; "
        f"{count(report.num_models, 'model version')} linked"
    )


def _show_or_say(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    listed = list(rows)
    if listed:
        show(make_table(columns, listed, title=title), "")
    else:
        say(f"no {title}")


def _shards(number: int, size_bytes: int) -> str:
    return f"{count(number, 'shard')} ({format_size(size_bytes)})"


def _format_value(value: object) -> str:
    named = {None: "(emptied)", True: "yes", False: "no"}
    return named[value] if value is None or isinstance(value, bool) else clean(str(value))


def _fields_of(record: object) -> dict[str, object]:
    """Give the fields of a record as they are; JSON turns what they hold into plain values."""
    from dataclasses import fields

    return {field.name: getattr(record, field.name) for field in fields(record)}  # type: ignore[arg-type]
