"""LJSpeech: `metadata.csv` of lines `id|text|normalised text`, and `wavs/<id>.wav`.

No header and no quoting. Many corpora for synthetic voices have this layout. The numbers of the
original are written out in the third field, which is what is said; the second goes to `extra`.
Where the second names speakers, as Piper has it, it is another format.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from audioset.documents.reading.text_lines import text_lines
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_TABLE = "metadata.csv"
_LOOKED_AT = 5  # lines, of which one must name a file that is there
_COMPARED = 200  # lines, to tell names from texts
_MANY = 10  # lines, of which some have one speaker
_WORD = re.compile(r"\w+")
_ORIGINAL = re.compile(r"LJ\d{3}-\d{4}")
_OF_ORIGINAL = {
    "speaker": "LJ",
    "gender": "female",
    "language": "en",
    "licence": "Public-Domain",
}


class LJSpeech:
    """The format `ljspeech`."""

    title = "LJSpeech"
    layout = "metadata.csv (id|text|normalised text), wavs/<id>.wav"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first lines of the table."""
        table = path / _TABLE
        if not table.is_file():
            return None
        try:
            if names_speakers(table):
                return None
            for line in text_lines(table):
                fields = line.text.split("|")
                if 2 <= len(fields) <= 3 and _sound_of(path, fields[0]) is not None:
                    return (
                        f"{_TABLE} without a header, whose first field names wavs/{fields[0]}.wav"
                    )
                if line.number == _LOOKED_AT:
                    break
        except (InvalidInputError, NotFoundError):
            return None
        return None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read the table line by line."""
        num_odd = 0
        is_original = False
        for line in text_lines(path / _TABLE):
            if not line.text.strip():
                continue
            where = f"{_TABLE}, line {line.number}"
            num_odd += line.is_odd
            origin_id, *texts = line.text.split("|")
            if not 1 <= len(texts) <= 2:
                why = f"has {len(texts) + 1} fields between |, and 2 or 3 are meant"
                yield BadItem(origin_id or "no id", why, where)
                continue
            sound = _sound_of(path, origin_id)
            if sound is None:
                yield BadItem(origin_id or "no id", f"wavs/{origin_id}.wav is not there", where)
                continue
            is_original = _ORIGINAL.fullmatch(origin_id) is not None
            said = next((text for text in reversed(texts) if text.strip()), None)
            raw = texts[0] if said != texts[0] else ""
            yield CorpusItem(
                origin_id=origin_id,
                sound=WholeFile(sound),
                text=said,
                facts=_OF_ORIGINAL if is_original else {},
                extra={"raw_text": raw},
                where=where,
            )
        if num_odd:
            yield Remark(f"{num_odd} lines of {_TABLE} are not UTF-8 and were read as Windows-1252")
        if not is_original and not options.has_speaker:
            yield Remark(f"who speaks is not said; {as_option('speaker', 'NAME')} says it")


def names_speakers(table: Path) -> bool | None:
    """Tell whether the second of three fields names who speaks, and is no text.

    Names come again in other lines, and few words of theirs stand in the third field; two writings
    of a text share most of their words. None where that does not tell: some lines are two writings
    without a common word, such as `3` and `three`, or by a speaker each.

    Raises:
        NotFoundError, InvalidInputError: the table cannot be read.
    """
    num_lines = num_alike = 0
    firsts, lasts = set(), set()
    for line in islice(text_lines(table), _COMPARED):
        fields = line.text.split("|")
        if len(fields) != 3:
            return False
        second, third = (set(_WORD.findall(field.casefold())) for field in fields[1:])
        num_lines += 1
        num_alike += 2 * len(second & third) > len(second) or not second
        firsts.add(fields[1])
        lasts.add(fields[2])
    if 5 * num_alike > num_lines or _MANY <= num_lines == len(firsts):
        return False
    return True if len(firsts) < len(lasts) and 2 * len(firsts) <= num_lines else None


def _sound_of(path: Path, origin_id: str) -> Path | None:
    """Give the file of an id; the id is a name, and leads nowhere."""
    name = origin_id.strip()
    if not name or name != Path(name).name or "\0" in name:
        return None
    place = path / "wavs" / (name if name.endswith(".wav") else f"{name}.wav")
    return place if place.is_file() else None
