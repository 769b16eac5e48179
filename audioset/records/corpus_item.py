"""Corpus item: one recording or utterance of somebody else's corpus, as its format reads it.

A format gives a stream of these, and nothing else: what a path may be, what is decoded, what words
mean and how clips are made is the same for all of them, and stands in the importer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from audioset.records.corpus_paths import find_below


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A media file that is one clip, whole.

    Attributes:
        path: as `ReadingOptions.find` gave it, or of a file that the format listed itself.
    """

    path: Path


@dataclass(frozen=True, slots=True)
class FileSpan:
    """A part of a recording, which stays a span of that source.

    Attributes:
        path: of the recording, as in `WholeFile`.
        start_seconds: from its first sample, not negative.
        end_seconds: after the start; None for the end of the recording.
        channel: of the recording, from 1; None for the mix of all.
    """

    path: Path
    start_seconds: float = 0.0
    end_seconds: float | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class FileRange:
    """A media file that lies as it is inside of another, such as a tar.

    Attributes:
        path: of the other.
        name: of the media file, with its suffix.
        start_bytes, size_bytes: where it lies.
    """

    path: Path
    name: str
    start_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class HeldBytes:
    """The bytes of a media file, where they cannot be read from a place: a cell of a Parquet file.

    Attributes:
        name: of the media file, with its suffix where one is known.
        data: its bytes.
    """

    name: str
    data: bytes = field(repr=False)


ItemSound = WholeFile | FileSpan | FileRange | HeldBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusItem:
    """One item of a corpus that becomes a clip.

    Values are as the corpus writes them: words for genders, languages and splits are translated by
    the importer, and speakers whose ids are bare numbers get the name of the corpus before them.

    Attributes:
        origin_id: its id in the corpus, the same whenever it is read, and of no other item.
        sound: where its sound is.
        text: what is said; None where nobody wrote it.
        text_source: who wrote the text: human, subtitles, transcript or model:<name>@<version>.
        hypothesis: what a model wrote, beside a text that it did not write.
        hypothesis_source: which model, model:<name>@<version>; with a hypothesis only.
        facts: by column of the manifest: speaker, gender, age, accent, social_class, location,
            language, licence, consent. Only what the corpus says.
        extra: all else that it says, by its own names.
        split: word of the corpus for it.
        accepted: False for what the corpus itself says is not to be used.
        published: all other columns that audioset itself wrote of the clip when it exported it, by
            name and typed as in the manifest; empty for all corpora of others. With it words are
            taken as they are, and where its `pcm_sha256` is that of the decoded samples, the item
            is that clip: its id, source, times and measures are those.
        length_seconds: that it claims; compared with the decoded length, never believed.
        lost: names of what the item has and what has no place here, such as "phones".
        where: it stands in the corpus, for messages: "metadata.csv, line 7".
    """

    origin_id: str
    sound: ItemSound
    text: str | None = None
    text_source: str = "human"
    hypothesis: str | None = None
    hypothesis_source: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    accepted: bool | None = None
    published: Mapping[str, Any] = field(default_factory=dict)
    length_seconds: float | None = None
    lost: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class BadItem:
    """Something in a corpus that gives no clip; the rest goes on.

    Attributes:
        name: the item, its file or its line.
        why: in words that tell what to do, where anything can be done.
        where: as in `CorpusItem`.
    """

    name: str
    why: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about the corpus as a whole: what was chosen, or left unread."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """What a format is told.

    Attributes:
        root: folder that relative paths of the corpus are meant from, unless its format says
            otherwise.
        audio: further folders of which files may be used; the user named them.
        has_speaker: the user says who speaks where the corpus does not.
    """

    root: Path
    audio: tuple[Path, ...] = ()
    has_speaker: bool = False

    def find(self, written: str, *, base: Path | None = None) -> Path | str:
        """Find a file that a table names, without leaving the folders that the user named.

        Args:
            written: as it stands in the table.
            base: folder that it is relative to; the root when None.

        Returns:
            The path of a file that is there; or why it cannot be used, in words.
        """
        return find_below(written, base or self.root, (self.root, *self.audio))


ReadItem = CorpusItem | BadItem | Remark


class CorpusFormat(Protocol):
    """One format of corpora.

    Attributes:
        title: its name for people, such as "Common Voice".
        layout: how it looks on disk, in one line.
        is_general: whether it only is what remains: where a particular format fits as well, that
            is the one, such as one of tars with certain names in them.
    """

    title: str
    layout: str
    is_general: bool

    def recognise(self, path: Path) -> str | None:
        """Tell by what a file or folder is seen to have this format; None where it has another.

        A few looks, no decoding: `audioset import PATH` asks all formats.
        """

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Yield the items, never all at once: there may be millions.

        Raises:
            InvalidInputError: the corpus as a whole cannot be read.
        """
