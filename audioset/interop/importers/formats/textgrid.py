"""TextGrids beside sounds, as people draw them in Praat, or as the Montreal Forced Aligner writes.

A tier of utterances gives a span for each interval with a text, and its name is the speaker's, as
that aligner means it; where there are only tiers of words, a file of one speaker is one clip.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from audioset.documents.reading.praat import TextGridTier, read_tiers
from audioset.documents.reading.text import load_text
from audioset.errors import InvalidInputError, as_option
from audioset.interop.importers.folders import files_by_stem, files_in, folders_down_to
from audioset.media.suffixes import MEDIA_SUFFIXES
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    FileSpan,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_SUFFIX = ".textgrid"
_BOTH = frozenset({_SUFFIX, *MEDIA_SUFFIXES})
_DEPTH = 6  # folders below the corpus
_ELSEWHERE = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a")
_WORDS = frozenset({"word", "words"})
_PHONES = frozenset({"phone", "phones", "phoneme", "phonemes", "segments", "syllables"})
_NOT_NAMES = (
    "utterance utterances sentence sentences text texts transcript transcription phrase phrases "
    "orthography ort speech labels intervals"
)
_NOBODY = frozenset(_NOT_NAMES.split(" "))
_SILENCES = frozenset({"sp", "sil", "spn", "<eps>", "<sil>", "<p:>"})


@dataclass(slots=True)
class _Read:
    """The tiers of a file that say something, by what they hold: (speaker, intervals)."""

    utterances: list[tuple[str, TextGridTier]] = field(default_factory=list)
    words: list[tuple[str, TextGridTier]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class TextGrids:
    """The format `textgrid`."""

    title = "TextGrids beside sounds"
    layout = "<name>.wav and <name>.TextGrid, also in a folder for each speaker"
    is_general = True

    def recognise(self, path: Path) -> str | None:
        """Look for the first TextGrid."""
        found = next((g for f in _folders(path) for g in files_in(f, {_SUFFIX})), None)
        return None if found is None else found.relative_to(path).as_posix()

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read folder after folder."""
        has_folders = False
        for folder in _folders(path):
            speaker = "" if folder == path or options.has_speaker else folder.name
            for _, files in files_by_stem(folder, _BOTH):
                grids = [file for file in files if file.suffix.lower() == _SUFFIX]
                sounds = [file for file in files if file not in grids]
                has_folders |= bool(grids) and folder != path
                for grid in grids[:1]:
                    sound = sounds[0] if sounds else _elsewhere(grid, path, options)
                    yield from _items(path, grid, sound, speaker)
                yield from _unread(path, grids, sounds)
        if has_folders and not options.has_speaker:
            yield Remark(
                "where no tier says who speaks, the name of the folder does, as the Montreal "
                f"Forced Aligner means it; {as_option('speaker', 'NAME')} says another"
            )


def _unread(root: Path, grids: list[Path], sounds: list[Path]) -> Iterator[BadItem]:
    """Tell the files of one name of which nothing was taken: the first of each kind is."""
    for files in (grids, sounds):
        for file in files[1:]:
            where = file.relative_to(root).as_posix()
            yield BadItem(where, f"has the name of {files[0].name}, which was read", where)
    for file in () if grids else sounds[:1]:
        where = file.relative_to(root).as_posix()
        yield BadItem(where, "has no TextGrid beside it", where)


def _items(
    root: Path, grid: Path, sound: Path | None, speaker: str
) -> Iterator[CorpusItem | BadItem]:
    where = grid.relative_to(root).as_posix()
    name = where.rpartition(".")[0]
    if sound is None:
        audio = as_option("audio", "DIR")
        yield BadItem(name, f"has no sound beside it; {audio} names the folder of sounds", where)
        return
    try:
        read = _by_kind(read_tiers(load_text(grid)))
    except InvalidInputError as error:
        yield BadItem(name, str(error), where)
        return
    if read.utterances:
        lost = (*read.lost, *(["times of words"] if read.words else []))
        for tier_speaker, tier in read.utterances:
            yield from _spans(name, sound, tier_speaker or speaker, tier, where, lost)
    elif len(read.words) == 1:
        tier_speaker, tier = read.words[0]
        said = (label.strip() for _, _, label in tier.intervals)
        yield CorpusItem(
            origin_id=name,
            sound=WholeFile(sound),
            text=" ".join(word for word in said if word not in _SILENCES),
            facts={"speaker": tier_speaker or speaker},
            lost=(*read.lost, "times of words"),
            where=where,
        )
    else:
        yield BadItem(
            name,
            f"has words of {len(read.words)} speakers and no utterances; add a tier of utterances"
            if read.words
            else "has no tier of intervals with words or utterances",
            where,
        )


def _spans(
    name: str, sound: Path, speaker: str, tier: TextGridTier, where: str, lost: tuple[str, ...]
) -> Iterator[CorpusItem | BadItem]:
    for start, end, label in tier.intervals:
        text = " ".join(label.split())
        if not text or text in _SILENCES:
            continue
        origin_id = f"{name}@{tier.name}@{_seconds(start)}-{_seconds(end)}"
        if not 0 <= start < end:
            yield BadItem(origin_id, "ends before it begins", where)
            continue
        yield CorpusItem(
            origin_id=origin_id,
            sound=FileSpan(sound, float(start), float(end)),
            text=text,
            facts={"speaker": speaker},
            extra={"tier": tier.name},
            lost=lost,
            where=where,
        )


def _by_kind(tiers: list[TextGridTier]) -> _Read:
    """Tell tiers of utterances, of words and of phones apart by their names."""
    read = _Read()
    for tier in tiers:
        speaker, _, kind = tier.name.strip().rpartition(" - ")
        kind = kind.strip().casefold()
        if kind in _PHONES:
            read.lost.append("phones")
        elif not any(label.strip() for _, _, label in tier.intervals):
            read.lost += ["points"] if tier.points else []
        elif kind in _WORDS:
            read.words.append((speaker, tier))
        else:
            read.utterances.append((speaker or ("" if kind in _NOBODY else tier.name), tier))
    return read


def _elsewhere(grid: Path, root: Path, options: ReadingOptions) -> Path | None:
    """Find the sound of a TextGrid in the folders that the user named."""
    written = grid.relative_to(root).with_suffix("").as_posix()
    tried = (options.find(f"{written}{suffix}") for suffix in _ELSEWHERE)
    by_path = next((found for found in tried if isinstance(found, Path)), None)
    if by_path is not None:
        return by_path
    places = (f / w for f in options.audio for w in (Path(written), Path(grid.stem)))
    named = (Path(f"{place}{suffix}") for place in places for suffix in _ELSEWHERE)
    return next((file for file in named if file.is_file()), None)


def _folders(path: Path) -> Iterator[Path]:
    return folders_down_to(path, _DEPTH) if path.is_dir() else iter(())


def _seconds(value: Decimal) -> str:
    return f"{value:.3f}"
