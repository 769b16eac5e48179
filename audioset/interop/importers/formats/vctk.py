"""VCTK: `wav48_silence_trimmed/<speaker>/<id>_mic1.flac` and `txt/<speaker>/<id>.txt`.

The release before it has `wav48/<speaker>/<id>.wav`. `speaker-info.txt` says age, gender, accent
and region, between blanks; the older one leaves the `p` out of the names of speakers.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from audioset.errors import InvalidInputError
from audioset.interop.importers.folders import folders_in, sounds_in, whole_text
from audioset.interop.importers.values import side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_SOUNDS = ("wav48_silence_trimmed", "wav48", "wav16")
_OPEN = "wav48_silence_trimmed"  # the release whose licence is CC-BY-4.0
_PEOPLE = "speaker-info.txt"
_ID = re.compile(r"(?P<utterance>(?P<speaker>[a-z]\d+)_\d+)(_(?P<microphone>mic\d))?")
_COMMENT = re.compile(r"\((?P<comment>.*)\)\s*$")


class VCTK:
    """The format `vctk`."""

    title = "VCTK"
    layout = (
        "wav48_silence_trimmed/<speaker>/<id>_mic1.flac, txt/<speaker>/<id>.txt, speaker-info.txt"
    )
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for the folders of sounds and of texts."""
        sounds = _sounds_of(path)
        return f"{sounds.name}/ and txt/" if sounds and (path / "txt").is_dir() else None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:  # noqa: ARG002  finds files itself
        """Read speaker after speaker."""
        sounds = _sounds_of(path)
        if sounds is None:
            raise InvalidInputError(f"{path} has no folder {' or '.join(_SOUNDS)}")
        told: list[BadItem] = []
        people = _people(path / _PEOPLE, told)
        yield from told
        if not people:
            yield Remark(f"there is no {_PEOPLE}, which says who the speakers are")
        num_second = 0
        for speaker in folders_in(sounds):
            for file in sounds_in(speaker):
                item = _item(path, file, people, has_licence=sounds.name == _OPEN)
                num_second += file.stem.endswith("_mic2")
                yield item
        if num_second:
            yield Remark(
                f"{num_second} items are what a second microphone heard of the same utterance: "
                "extra.microphone says which"
            )


def _item(
    path: Path, file: Path, people: dict[str, dict[str, str]], *, has_licence: bool
) -> CorpusItem | BadItem:
    where = file.relative_to(path).as_posix()
    named = _ID.fullmatch(file.stem)
    if named is None:
        return BadItem(file.stem, "is no id such as p225_001_mic1", where)
    speaker = named["speaker"]
    try:
        text = whole_text(path / "txt" / speaker / f"{named['utterance']}.txt")
    except InvalidInputError as error:
        return BadItem(file.stem, str(error), where)
    known = dict(people.get(speaker, {}))
    comment = known.pop("comment", "")
    facts = {"speaker": speaker, "language": "en", **known}
    extra = {"microphone": named["microphone"] or "", "speaker_comment": comment}
    return CorpusItem(
        origin_id=file.stem,
        sound=WholeFile(file),
        text=text,
        facts=facts | ({"licence": "CC-BY-4.0"} if has_licence else {}),
        extra=extra,
        where=where,
    )


def _sounds_of(path: Path) -> Path | None:
    return next((path / name for name in _SOUNDS if (path / name).is_dir()), None)


def _people(path: Path, told: list[BadItem]) -> dict[str, dict[str, str]]:
    """Read what is known of each speaker, as facts, and a comment."""
    found = {}
    for line in side_lines(path, told):
        comment = _COMMENT.search(line.text)
        cells = _COMMENT.sub("", line.text).split(None, 4)
        if not cells or cells[0].upper() == "ID":
            continue
        names = ("age", "gender", "accent", "location")
        said = dict(zip(names, (" ".join(cell.split()) for cell in cells[1:]), strict=False))
        said |= {"comment": comment["comment"]} if comment else {}
        found[f"p{cells[0]}" if cells[0].isdecimal() else cells[0]] = said
    return found
