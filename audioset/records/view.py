"""View: the clips of one published version for which a condition holds. Nothing of it is stored."""

from dataclasses import dataclass

from audioset.records.pin import Pin
from audioset.records.version import VersionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A part of a version, or all of it.

    Attributes:
        record: of the version.
        filter: SQL condition on the columns of the manifest; None for the whole version.
        digest: sha256 over the rows, hex: equal digests mean equal data, whatever the condition
            says; that of the version when no clip is left out.
        num_clips, length_seconds, num_speakers, size_bytes: totals over the clips of the view,
            the size without what lies around the clips in their shards.
    """

    record: VersionRecord
    filter: str | None
    digest: str
    num_clips: int
    length_seconds: float
    num_speakers: int
    size_bytes: int

    @property
    def name(self) -> str:
        """How it is written, `scots@v3?snr_db > 20`."""
        return view_name(self.record, self.filter)

    def pin(self, store: str) -> Pin:
        """Give its pin; `store` is the URL of the store that holds it."""
        return Pin(
            dataset=self.record.dataset,
            version=self.record.version,
            digest=self.digest,
            store=store,
            filter=self.filter,
            version_digest=None if self.filter is None else self.record.digest,
        )


def whole(record: VersionRecord) -> View:
    """Take a whole version as a view; no row is read."""
    return View(
        record=record,
        filter=None,
        digest=record.digest,
        num_clips=record.num_clips,
        length_seconds=record.length_seconds,
        num_speakers=record.num_speakers,
        size_bytes=record.size_bytes,
    )


def view_name(record: VersionRecord, condition: str | None) -> str:
    """Write the name of a view, `scots@v3?snr_db > 20`."""
    return str(record.ref) if condition is None else f"{record.ref}?{condition}"


def both_conditions(one: str | None, other: str | None) -> str | None:
    """Join two conditions by `and`."""
    if one is None or other is None:
        return one or other
    # The line ends a comment in the first.
    lines = "\n" if "--" in one else ""
    return f"({one}{lines}) and ({other})"
