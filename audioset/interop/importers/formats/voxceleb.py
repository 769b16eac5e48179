"""VoxCeleb, and what is laid out like it: `<speaker>/<video>/<number>.wav`, and no texts.

`vox1_meta.csv` and `vox2_meta.csv` say more about speakers, one with tabs, one with commas. What
VoxCeleb calls dev is for training; it is taken for that.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from audioset.documents.reading.header import normal_name
from audioset.errors import InvalidInputError
from audioset.interop.importers.folders import folders_down_to, folders_in, sounds_in
from audioset.interop.importers.values import side_lines
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_SPEAKER = re.compile(r"id\d{5}")
_DEPTH = 2  # folders from what was unpacked to those of speakers: dev/aac
_PEOPLE = "vox*_meta.csv"
_SUBSETS = {"dev": "train", "test": "test"}
_USED = frozenset({"gender", "set"})


class VoxCeleb:
    """The format `voxceleb`."""

    title = "VoxCeleb"
    layout = "<speaker>/<video>/<number>.wav or .m4a, vox1_meta.csv"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look for a speaker with a number of VoxCeleb who has a video with sounds."""
        for folder in _tops(path):
            for speaker in _numbered(folder):
                if any(sounds_in(video) for video in folders_in(speaker)):
                    return f"{speaker.relative_to(path).as_posix()}/<video>/"
        return None

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:  # noqa: ARG002  finds files itself
        """Read speaker after speaker; all folders are speakers where none has a number."""
        if not path.is_dir():
            raise InvalidInputError(f"{path} is no folder of speakers")
        tables = [t for folder in (path, path.parent) for t in sorted(folder.glob(_PEOPLE))]
        told: list[BadItem] = []
        people = {key: row for table in reversed(tables) for key, row in _people(table, told)}
        yield from told
        if not people:
            yield Remark(f"there is no {_PEOPLE}, which says more about the speakers")
        tops = [(top, _numbered(top)) for top in _tops(path)]
        for top, speakers in tops or [(path, folders_in(path))]:
            for speaker in speakers:
                for video in folders_in(speaker):
                    for file in sounds_in(video):
                        yield _item(path, top, file, people.get(speaker.name, {}))


def _item(path: Path, top: Path, file: Path, person: dict[str, str]) -> CorpusItem:
    speaker, video = file.parts[-3:-1]
    where = file.relative_to(path).as_posix()
    folders = (*reversed(top.relative_to(path).parts), path.name)
    subset = next((name for name in folders if name in _SUBSETS), person.get("set", ""))
    return CorpusItem(
        origin_id=f"{speaker}/{video}/{file.stem}",
        sound=WholeFile(file),
        facts={"speaker": speaker, "gender": person.get("gender", "")},
        extra={
            "video": video,
            "subset": subset,
            **{name: value for name, value in person.items() if name not in _USED},
        },
        split=_SUBSETS.get(subset),
        where=where,
    )


def _tops(path: Path) -> list[Path]:
    """List the folders that hold speakers with numbers."""
    if not path.is_dir():
        return []
    return [folder for folder in folders_down_to(path, _DEPTH) if _numbered(folder)]


def _numbered(folder: Path) -> list[Path]:
    return [each for each in folders_in(folder) if _SPEAKER.fullmatch(each.name)]


def _people(table: Path, told: list[BadItem]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give what a table says of each speaker, by heading; the first column is who it is."""
    headings: list[str] = []
    for line in side_lines(table, told):
        cells = [cell.strip() for cell in line.text.split("\t" if "\t" in line.text else ",")]
        if not headings:
            headings = [normal_name(cell) for cell in cells]
        elif cells[0]:
            said = zip(headings[1:], cells[1:], strict=False)
            yield cells[0], {name: value for name, value in said if value}
