"""`audioset export`: a version, or a part of one, in the format of others.

One way for all formats: the clips are chosen, their sound is streamed and converted in a fixed
order, files appear when all of them are whole, and what the format has no place for is counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError
from audioset.interop.exporters.chosen import ChosenRows, choose_clips
from audioset.interop.exporters.destination import open_destination
from audioset.interop.exporters.extra import num_filled_maps
from audioset.interop.exporters.formats import find_export_format
from audioset.interop.exporters.job import RunningExport
from audioset.records.export_contracts import ExportFormat, ExportOptions, ExportRows
from audioset.records.export_report import ExportReport
from audioset.records.manifest import SOUND_COLUMNS, columns
from audioset.records.version import VersionRecord
from audioset.records.view import view_name
from audioset.storage.store import Store
from audioset.version import __version__

if TYPE_CHECKING:
    from audioset.records.dataset_card import DatasetCard

# All that is known of clips, but for where they lie in our store.
_TOLD_GROUPS = ("identity", "time", "text", "speaker", "quality", "rights", "curation")


def export(
    store: Store,
    record: VersionRecord,
    to: str,
    *,
    format: str,
    options: ExportOptions,
    card_of: "Callable[[ExportRows], DatasetCard]",
    where: str | None = None,
    splits: Sequence[str] = (),
    workers: int = 1,
    progress: Progress = no_progress,
) -> ExportReport:
    """Write clips of a version in a format of others.

    The same version, options and place give the same bytes. Rejected and withdrawn clips stay out.

    Args:
        store, record: where the version lies.
        to: a folder, made when missing, which must be empty; or a URL where nothing lies. A folder
            appears when all of it is whole; at a URL what stands for the rest comes last.
        format: name of the format.
        options: how clips are to be written.
        card_of: writes the dataset card of rows, where a format has a place for it.
        where: SQL condition on the columns of the manifest; other clips stay out.
        splits: their names; clips of all splits when empty.
        workers: threads that convert sound.
        progress: told of bytes of audio.

    Raises:
        NotFoundError: no such format.
        InvalidInputError: an option that cannot be, a condition that is no SQL, no clip is left, or
            the place cannot be used.
        AlreadyExistsError: something lies there.
        IntegrityError: a shard or the manifest is missing or damaged; nothing was written.
        StorageError: the store did not answer, or the disk is full.
    """
    kind = find_export_format(format)
    _require_options(kind, options, to)
    send = kind.push(options.push) if kind.push and options.push else None
    wish = {
        "audioset": __version__,
        "digest": record.digest,
        "format": format,
        "view": view_name(record, where),
        "splits": sorted(splits),
        **asdict(options),
    }
    chosen = choose_clips(
        store, record, kind, text_column=options.text_column, where=where, splits=splits
    )
    with chosen as (rows, left_out):
        with open_destination(to, wish) as destination:
            job = RunningExport(
                store,
                record,
                rows,
                kind,
                options,
                destination,
                card_of=card_of,
                workers=workers,
                progress=progress,
            )
            job.num_left_out.update(left_out)
            kind.write(job)
        return ExportReport(
            ref=record.ref,
            format=format,
            place=destination.place,
            files=tuple(destination.files),
            num_clip_files=destination.num_clip_files,
            num_clips=rows.num_rows,
            size_bytes=destination.size_bytes,
            splits={split: job.rows_of(split).num_rows for split in job.splits},
            left_out=dict(job.num_left_out),
            no_place=_without_place(rows, kind),
            changed=dict(job.num_changed),
            pushed=send(destination.place) if send else None,
        )


def _require_options(kind: ExportFormat, options: ExportOptions, to: str) -> None:
    if options.audio is not None and options.audio not in kind.audio:
        raise InvalidInputError(
            f"{kind.name} holds sound as {' or '.join(kind.audio)}, not as {options.audio}"
        )
    if options.push is None:
        return
    if kind.push is None:
        raise InvalidInputError(f"{kind.name} has no repository that push could name")
    if "://" in to:
        raise InvalidInputError("what is pushed lies in a folder first; name one, no URL")


def _without_place(rows: ChosenRows, kind: ExportFormat) -> Mapping[str, int]:
    """Count the clips of which a column says something that the format has no place for."""
    found = {}
    for group in _TOLD_GROUPS:
        for column in columns(group=group):
            values = rows[column.name]
            number = rows.num_rows - values.null_count
            if column.name == "extra":
                number = num_filled_maps(values)
            if number and column.name not in kind.holds and column.name not in SOUND_COLUMNS:
                found[column.name] = number
    return found
