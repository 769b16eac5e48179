"""What becomes of the sound of a clip that is exported: as it is, or encoded anew."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from audioset.media.encode_anew import encode_anew
from audioset.records.export_contracts import ExportedClip, ExportOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import opened_store
from audioset.versions.read.fetch import stream_clips


@dataclass(frozen=True, slots=True)
class MadeClip:
    """A clip on its way out.

    Attributes:
        clip: as it is written.
        read_bytes: of its audio in the store.
        was_held: whether samples that came out louder than full scale were held at it.
    """

    clip: ExportedClip
    read_bytes: int
    was_held: bool = False


@dataclass(frozen=True, slots=True)
class Conversion:
    """How the sound of clips is written.

    Attributes:
        kind: "flac" or "wav".
        options: what the user asked for.
    """

    kind: str
    options: ExportOptions

    @property
    def changes_any(self) -> bool:
        """Whether the sound of any clip may become another one; else all go out as they lie."""
        return self.kind != "flac" or (self.options.sampling_rate, self.options.channels) != (
            None,
            None,
        )

    def of(self, found: tuple[dict[str, Any], bytes]) -> MadeClip:
        """Make a clip of its row and its FLAC bytes.

        Raises:
            MediaError: they are not whole FLAC, or FLAC cannot hold the rate.
        """
        row, flac = found
        row["extra"] = dict(row["extra"] or ())
        keeps_samples = self._keeps_samples(row)
        if keeps_samples and self.kind == "flac":
            return MadeClip(ExportedClip(row=row, sound=flac, kind="flac"), len(flac))
        made = encode_anew(
            flac,
            name=row["clip_id"],
            kind=self.kind,
            bit_depth=row["bit_depth"],
            sampling_rate=self.options.sampling_rate,
            mix=self.options.channels == "mix",
        )
        row |= {
            "sampling_rate": made.sampling_rate,
            "num_samples": made.num_samples,
            "channels": made.channels,
            "length_seconds": made.num_samples / made.sampling_rate,
            "size_bytes": len(made.data),
            "pcm_sha256": row["pcm_sha256"] if keeps_samples else None,
            "audio_sha256": None,
        }
        clip = ExportedClip(row=row, sound=made.data, kind=self.kind)
        return MadeClip(clip, len(flac), made.was_held)

    def there(self, rows: pa.Table, *, store: str, record: VersionRecord) -> list[MadeClip]:
        """Read some clips and make them, on another machine.

        Args:
            rows: of the clips, all columns.
            store: URL of the store.
            record: of their version; it need not name its shards.

        Raises:
            IntegrityError, StorageError: as `stream_clips`.
            MediaError: as `of`.
        """
        return [self.of(found) for found in stream_clips(opened_store(store), record, rows)]

    def _keeps_samples(self, row: dict[str, Any]) -> bool:
        wish = self.options
        return wish.sampling_rate in (None, row["sampling_rate"]) and (
            wish.channels is None or row["channels"] == 1
        )
