"""Lists of texts and sound files, as trainers of voices read them: one line a clip, `|` between.

Piper's `metadata.csv` of several speakers, those of XTTS and F5-TTS with a header, and the lists of
StyleTTS 2. Nothing is quoted. Piper's list of one speaker is one of LJSpeech.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audioset.documents.reading.text_lines import text_lines
from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.formats.ljspeech import names_speakers
from audioset.interop.importers.values import lines_or_bad
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_BESIDE = "wavs"  # folder of sounds that lists name without it


@dataclass(frozen=True, slots=True)
class SpeakingLists:
    """One of the formats.

    Attributes:
        title, layout: as in `CorpusFormat`.
        lists: names of the files, and which split each is.
        columns: of a line: file, text, speaker.
        header: the first line; None for none.
        remark: what is to be known of all such corpora.
    """

    title: str
    layout: str
    lists: tuple[tuple[str, str | None], ...]
    columns: tuple[str, ...]
    header: str | None = None
    remark: str | None = None
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first lines of the lists."""
        for name, _ in self.lists:
            if (path / name).is_file() and self._fits(path, name):
                return f"{name} of {' | '.join(self.columns)}"
        return None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one list after the other."""
        lists = [(path / name, split) for name, split in self.lists if (path / name).is_file()]
        if not lists:
            names = " or ".join(name for name, _ in self.lists)
            raise InvalidInputError(f"{path} has no {names}")
        if self.remark is not None:
            yield Remark(self.remark)
        for file, split in lists:
            for line in lines_or_bad(file):
                if isinstance(line, BadItem):
                    yield line
                elif line.text.strip() and not (line.number == 1 and line.text == self.header):
                    where = f"{file.name}, line {line.number}"
                    yield self._item(path, line.text, where, split, options)

    def _item(
        self, root: Path, line: str, where: str, split: str | None, options: ReadingOptions
    ) -> CorpusItem | BadItem:
        cells = line.split("|")
        if len(cells) != len(self.columns):
            why = f"has {len(cells)} fields between |, and {len(self.columns)} are meant"
            return BadItem(cells[0], why, where)
        said = dict(zip(self.columns, cells, strict=True))
        found = _sound_of(root, said["file"], options)
        if isinstance(found, str):
            return BadItem(said["file"], found, where)
        inside = found.relative_to(root).as_posix() if found.is_relative_to(root) else found.name
        return CorpusItem(
            origin_id=inside,
            sound=WholeFile(found),
            text=said["text"],
            facts={"speaker": said.get("speaker", "")},
            split=split,
            where=where,
        )

    def _fits(self, path: Path, name: str) -> bool:
        try:
            first = next(iter(text_lines(path / name)), None)
            if first is None:
                return False
            if self.header is not None:
                return first.text == self.header
            cells = first.text.split("|")
            is_there = not isinstance(_sound_of(path, cells[0], ReadingOptions(root=path)), str)
            is_piper = self.columns[1] == "speaker"
            return (
                len(cells) == len(self.columns)
                and is_there
                and (not is_piper or names_speakers(path / name) is not False)
            )
        except (InvalidInputError, NotFoundError):
            return False


def _sound_of(root: Path, written: str, options: ReadingOptions) -> Path | str:
    """Find a file that is named by its path, or by its name or its id below `wavs/`."""
    name = written.strip()
    if name == Path(name).name:
        for inside in (f"{_BESIDE}/{name}", f"{_BESIDE}/{name}.wav"):
            if "\0" not in name and (root / inside).is_file():
                return root / inside
    return options.find(written)


def piper() -> SpeakingLists:
    """Make the format `piper`."""
    return SpeakingLists(
        "Piper",
        "metadata.csv (id|speaker|text), wavs/<id>.wav",
        (("metadata.csv", None),),
        ("file", "speaker", "text"),
    )


def xtts() -> SpeakingLists:
    """Make the format `xtts`."""
    return SpeakingLists(
        "XTTS",
        "metadata_train.csv, metadata_eval.csv (audio_file|text|speaker_name)",
        (("metadata_train.csv", "train"), ("metadata_eval.csv", "eval")),
        ("file", "text", "speaker"),
        "audio_file|text|speaker_name",
    )


def f5() -> SpeakingLists:
    """Make the format `f5`."""
    return SpeakingLists(
        "F5-TTS",
        "metadata.csv (audio_file|text)",
        (("metadata.csv", None),),
        ("file", "text"),
        "audio_file|text",
    )


def styletts() -> SpeakingLists:
    """Make the format `styletts`."""
    return SpeakingLists(
        "StyleTTS 2",
        "train_list.txt, val_list.txt (file|text|speaker)",
        (("train_list.txt", "train"), ("val_list.txt", "val")),
        ("file", "text", "speaker"),
        remark="texts are as they stand in the lists; where those are phonemes, so are the texts",
    )
