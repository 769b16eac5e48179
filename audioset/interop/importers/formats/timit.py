"""TIMIT: `TRAIN/DR1/FCJF0/SA1.WAV` and `SA1.TXT`, in large letters or small ones.

The sounds are NIST SPHERE whatever their name says; copies that were converted are called
`SA1.WAV.wav`. A text is `0 46797 She had …`, with times in samples at 16,000 Hz.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.interop.importers.folders import folders_down_to, folders_in, sounds_in, whole_text
from audioset.records.corpus_item import BadItem, CorpusItem, ReadingOptions, ReadItem, WholeFile

_RATE_HZ = 16_000  # of the times in its texts
_DEPTH = 3  # folders from what was unpacked to those of the dialects
_SPEAKER = re.compile(r"(?P<gender>[MF])[A-Z]{3}\d")
_SENTENCE = re.compile(r"S[AIX]\d{1,4}")
_TEXT = re.compile(r"\d+\s+(?P<end>\d+)\s+(?P<text>.+)")
_DIALECTS = {
    "DR1": "New England",
    "DR2": "Northern",
    "DR3": "North Midland",
    "DR4": "South Midland",
    "DR5": "Southern",
    "DR6": "New York City",
    "DR7": "Western",
    "DR8": "Army Brat",
}
_LOST = {".PHN": "phones", ".WRD": "times of words"}


class TIMIT:
    """The format `timit`."""

    title = "TIMIT"
    layout = "TRAIN/DR1/<speaker>/<sentence>.WAV and .TXT"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for the first speaker of a dialect."""
        found = next(_speakers(path), None)
        return None if found is None else f"{found.relative_to(path).as_posix()}/"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:  # noqa: ARG002  finds files itself
        """Read speaker after speaker."""
        for speaker in _speakers(path):
            beside = {each.name.upper(): each for each in speaker.iterdir()}
            sounds: dict[str, Path] = {}
            for file in sounds_in(speaker):
                sounds.setdefault(file.name.partition(".")[0].upper(), file)
            for sentence, file in sounds.items():
                yield _item(path, speaker, sentence, file, beside)


def _item(
    path: Path, speaker: Path, sentence: str, file: Path, beside: dict[str, Path]
) -> CorpusItem | BadItem:
    where = file.relative_to(path).as_posix()
    name, region = speaker.name.upper(), speaker.parent.name.upper()
    origin_id = f"{name}_{sentence}"
    if not _SENTENCE.fullmatch(sentence):
        return BadItem(origin_id, "is no sentence such as SA1 or SX217", where)
    try:
        written = whole_text(beside.get(f"{sentence}.TXT", speaker / f"{sentence}.TXT"))
    except InvalidInputError as error:
        return BadItem(origin_id, str(error), where)
    said = _TEXT.fullmatch(written or "")
    if written and said is None:
        return BadItem(origin_id, f"{sentence}.TXT is no line of start, end and text", where)
    named = _SPEAKER.fullmatch(name)
    return CorpusItem(
        origin_id=origin_id,
        sound=WholeFile(file),
        text=said["text"] if said else None,
        facts={
            "speaker": name,
            "gender": named["gender"] if named else "",
            "accent": _DIALECTS[region],
            "language": "en-US",
        },
        extra={"dialect_region": region, "sentence_type": sentence[:2]},
        split=speaker.parent.parent.name,
        length_seconds=int(said["end"]) / _RATE_HZ if said else None,
        lost=tuple(what for suffix, what in _LOST.items() if f"{sentence}{suffix}" in beside),
        where=where,
    )


def _speakers(path: Path) -> Iterator[Path]:
    for folder in folders_down_to(path, _DEPTH) if path.is_dir() else ():
        if folder.name.upper() in _DIALECTS:
            for speaker in folders_in(folder):
                if _SPEAKER.fullmatch(speaker.name.upper()):
                    yield speaker
