"""What writers of other people's formats are given, and what they are: one `ExportFormat` each.

A format of another package is a callable that gives an `ExportFormat`, named under the entry point
`audioset.exporters`; `docs/plugins.md` shows one. It is handed an `ExportJob`, which has chosen the
clips, converts their sound, and lets files appear only when all of them are whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, get_args

from audioset.errors import InvalidInputError
from audioset.records.export_report import ExportedFile

if TYPE_CHECKING:
    import pyarrow as pa

    from audioset.records.dataset_card import DatasetCard
    from audioset.records.version import VersionRecord

AudioKind = Literal["flac", "wav"]
AUDIO_KINDS: tuple[str, ...] = get_args(AudioKind)
NO_SPLIT = "unsplit"  # names the part of the clips that have no split
_SAMPLING_RATES = (1_000, 384_000)  # Hz; what a cut may ask for too
DEFAULT_PART_BYTES = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How clips are to be written.

    Attributes:
        sampling_rate: of the clips, in Hz; None keeps that of each.
        channels: "mix" writes the mean of all channels as one; None keeps them.
        text_column: column or further fact that is given as the text.
        audio: how the sound is written; the format's own choice when None.
        part_bytes: about how large a file that holds many clips becomes.
        push: name of a repository that takes the files too, where the format knows how.

    Raises:
        InvalidInputError: a value that cannot be.
    """

    sampling_rate: int | None = None
    channels: str | None = None
    text_column: str = "text"
    audio: str | None = None
    part_bytes: int = DEFAULT_PART_BYTES
    push: str | None = None

    def __post_init__(self) -> None:
        low_hz, high_hz = _SAMPLING_RATES
        rate = self.sampling_rate
        for name, allowed, text in (
            (
                "sampling_rate",
                rate is None or low_hz <= rate <= high_hz,
                f"from {low_hz} to {high_hz} Hz",
            ),
            ("channels", self.channels in (None, "mix"), "mix, or nothing to keep them"),
            ("audio", self.audio in (None, *AUDIO_KINDS), f"one of {', '.join(AUDIO_KINDS)}"),
            ("part_bytes", self.part_bytes > 0, "above 0"),
        ):
            if not allowed:
                raise InvalidInputError(f"{name} must be {text}; got {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedClip:
    """One clip on its way out.

    Attributes:
        row: what is known of it, by the names of our columns; `text` is the chosen text, `extra` a
            dict, and `sampling_rate`, `channels`, `num_samples` and `length_seconds` are those of
            the sound that is written.
        sound: the bytes of a whole file.
        kind: what they are, and how such a file's name ends: "flac" or "wav".
    """

    row: Mapping[str, Any]
    sound: bytes
    kind: str

    @property
    def clip_id(self) -> str:
        """Names it; only a-z, 0-9 and -."""
        name: str = self.row["clip_id"]
        return name

    @property
    def file_name(self) -> str:
        """Its id with the ending of its kind, such as `talk-….flac`."""
        return f"{self.clip_id}.{self.kind}"


class ExportRows(Protocol):
    """Rows of chosen clips, which may lie on the drive: what formats use of a `pyarrow.Table`."""

    @property
    def num_rows(self) -> int:
        """How many."""

    @property
    def schema(self) -> "pa.Schema":
        """Their columns."""

    def __getitem__(self, name: str) -> "pa.ChunkedArray":
        """Read one column."""

    def select(self, names: Sequence[str]) -> "pa.Table":
        """Read some columns."""

    def slice(self, start: int, num_rows: int) -> "pa.Table":
        """Read some rows that follow each other."""

    def take(self, places: "pa.Array") -> "ExportRows":
        """Name some rows by their places, in that order; none is read."""


class ExportJob(Protocol):
    """One export under way.

    Attributes:
        record: of the version.
        options: what was asked for.
        splits: names of the splits that the clips are of, sorted; `NO_SPLIT` where they have none.
        kind: "flac" or "wav".
        place: where the files will lie, an absolute folder or a URL.
        is_folder: whether that is a folder of this machine.
    """

    record: "VersionRecord"
    options: ExportOptions
    splits: tuple[str, ...]
    kind: str
    place: str
    is_folder: bool

    @property
    def rows(self) -> ExportRows:
        """Those of all chosen clips, with all columns of the manifest, in the order of their ids.

        `text` is the chosen text. Rates and lengths are those before a conversion.
        """

    @property
    def files(self) -> tuple[ExportedFile, ...]:
        """Those that were opened and closed so far."""

    @property
    def card(self) -> "DatasetCard":
        """The dataset card of the chosen clips, written when it is asked for."""

    def rows_of(self, split: str) -> ExportRows:
        """Give the rows of a split, in the order of their ids."""

    def parts_of(self, split: str) -> Sequence[ExportRows]:
        """Divide the rows of a split into parts of about `options.part_bytes` of sound."""

    def clips(self, rows: ExportRows) -> Iterator[ExportedClip]:
        """Give the clips of some rows in their order, read and converted ahead; few are held."""

    def open(self, name: str, *, num_clips: int | None = None) -> AbstractContextManager[BinaryIO]:
        """Open a new file for writing; nobody sees it before the export is whole.

        Args:
            name: its path below the place, with `/`.
            num_clips: how many clips it holds. A file without any stands for all the others, and
                becomes visible after them where files appear one by one, as in a bucket.
        """

    def write_clip(self, name: str, clip: ExportedClip) -> None:
        """Write a clip as a file of its own."""

    def changed(self, why: str, num_clips: int = 1) -> None:
        """Count clips of which something could not be written as it is, by what was done."""

    def left_out(self, why: str, num_clips: int = 1) -> None:
        """Count clips that the format cannot hold, by the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """A format that versions can be written in.

    Attributes:
        name: that people choose it by, `[a-z][a-z0-9-]*`.
        summary: what it is, in one line.
        write: writes all of it.
        audio: how sound can be written, the usual way first.
        holds: columns of the manifest, `extra` among them, that have a place in it. What others
            say is counted and told.
        needs_text: clips without a text are left out, which is told.
        push: asked with the name of a repository before anything is written: gives what sends a
            folder there and tells its address, or raises InvalidInputError.
    """

    name: str
    summary: str
    write: Callable[[ExportJob], None]
    audio: tuple[AudioKind, ...] = AUDIO_KINDS  # type: ignore[assignment]
    holds: frozenset[str] = field(default_factory=frozenset)
    needs_text: bool = False
    push: Callable[[str], Callable[[str], str]] | None = None


OpenExportFormat = Callable[[], ExportFormat]
