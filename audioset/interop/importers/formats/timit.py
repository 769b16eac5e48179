"""TIMIT: `TRAIN/DR1/FCJF0/SA1.WAV` and `SA1.TXT`, in large letters or small ones.

The sounds are NIST SPHERE whatever their name says; copies that were converted are called
`SA1.WAV.wav`. A text is `0 46797 She had …`, with times in samples at 16,000 Hz. `DOC/SPKRINFO.TXT`
says who the speakers are: dates are month/day/year, heights feet'inches", both turned into what
everybody reads.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.interop.importers.folders import folders_down_to, folders_in, sounds_in, whole_text
from audioset.interop.importers.values import side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

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
_PEOPLE = "SPKRINFO.TXT"
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d\d)")
_HEIGHT = re.compile(r"(\d)'(?:(\d{1,2}(?:\.\d+)?)\")?")
_EDUCATION = {
    "HS": "high school",
    "AS": "associate degree",
    "BS": "bachelor's degree",
    "MS": "master's degree",
    "PHD": "doctorate",
}
_CENTIMETRES_IN_AN_INCH = 2.54
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
        told: list[BadItem] = []
        table = _table_of_people(path)
        people = dict(_people(table, told)) if table else {}
        yield from told
        if not people:
            yield Remark(f"there is no {_PEOPLE} that says more about the speakers")
        for speaker in _speakers(path):
            beside = {each.name.upper(): each for each in speaker.iterdir()}
            sounds: dict[str, Path] = {}
            for file in sounds_in(speaker):
                sounds.setdefault(file.name.partition(".")[0].upper(), file)
            for sentence, file in sounds.items():
                person = people.get(speaker.name.upper()[1:], {})
                yield _item(path, speaker, sentence, file, beside, person)


def _item(
    path: Path,
    speaker: Path,
    sentence: str,
    file: Path,
    beside: dict[str, Path],
    person: dict[str, str],
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
            "age": person.get("age", ""),
            "accent": _DIALECTS[region],
            "language": "en-US",
        },
        extra={
            "dialect_region": region,
            "sentence_type": sentence[:2],
            **{name: value for name, value in person.items() if name != "age"},
        },
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


def _table_of_people(path: Path) -> Path | None:
    """Find the table of speakers in the corpus, or beside the part of it that was named."""
    above = path.resolve().parent
    beside = (above, above / "DOC", above / "doc")
    for folder in (*folders_down_to(path, _DEPTH - 1), *beside) if path.is_dir() else ():
        for name in (_PEOPLE, _PEOPLE.lower()):
            if (folder / name).is_file():
                return folder / name
    return None


def _people(table: Path, told: list[BadItem]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give what the table says of each speaker, by the id without the letter of the sex.

    A line is id, sex, dialect, use, date of recording, date of birth, height, race, education and
    comments, between blanks; `?` says that nobody knows.
    """
    for line in side_lines(table, told):
        cells = line.text.split(None, 9)
        if line.text.startswith(";") or len(cells) < 9:
            continue
        name, recorded, born, height, race, education = (cells[0].upper(), *cells[4:9])
        said = {
            "age": _age(_as_date(born), _as_date(recorded)),
            "recording_date": _as_date(recorded),
            "birth_date": _as_date(born),
            "height_centimetres": _as_centimetres(height),
            "race": race,
            "education": _EDUCATION.get(education.upper(), education),
            "speaker_comment": cells[9].strip() if len(cells) > 9 else "",
        }
        name = name[1:] if _SPEAKER.fullmatch(name) else name
        yield name, {key: value for key, value in said.items() if value.strip("?")}


def _as_date(written: str) -> str:
    """Give a date of the twentieth century as ISO 8601; nothing where a part is not known."""
    found = _DATE.fullmatch(written)
    return f"19{found[3]}-{found[1]}-{found[2]}" if found else ""


def _age(born: str, recorded: str) -> str:
    """Give whole years from one ISO date to another."""
    if not born or not recorded:
        return ""
    return str(int(recorded[:4]) - int(born[:4]) - (recorded[5:] < born[5:]))


def _as_centimetres(written: str) -> str:
    found = _HEIGHT.fullmatch(written)
    if found is None:
        return ""
    inches = 12 * int(found[1]) + float(found[2] or 0)
    return f"{inches * _CENTIMETRES_IN_AN_INCH:.0f}"
