"""What `audioset versions` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json
from audioset.cli.screens.parts import short_digest, show_some
from audioset.cli.text import format_size
from audioset.wording import count, format_hms

if TYPE_CHECKING:
    from audioset.records.version import VersionRecord


def show_versions(
    records: Sequence["VersionRecord"], dataset: str, *, show_all: bool, as_json: bool
) -> None:
    """Show the versions of a dataset, oldest first."""
    if as_json:
        write_json(records)
        return
    if not records:
        say(f"{dataset} has no version yet; audioset publish makes the first")
        return
    rows = [
        (
            str(record.ref),
            short_digest(record.digest),
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
    columns = ["version", "digest", *counts, "published", "~message"]
    show_some(columns, rows, things="versions", show_all=show_all, newest=True)


def _message_of(record: "VersionRecord") -> str:
    if not record.num_withdrawn:
        return record.message
    return f"{record.message} [{count(record.num_withdrawn, 'clip')} withdrawn since]".strip()
