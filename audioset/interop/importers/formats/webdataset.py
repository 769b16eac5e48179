"""WebDataset: tars of sounds, with a `.txt` or `.json` of the same key beside each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.headed import read_headed
from audioset.interop.importers.packed import is_packed_tar
from audioset.interop.importers.tars import TarGroup, first_groups, list_tars, tar_groups
from audioset.records.corpus_item import BadItem, CorpusItem, ReadingOptions, ReadItem

_TEXTS = frozenset({"txt", "json"})
_LOOKED_AT = 3  # groups of the first tar


class WebDataset:
    """The format `webdataset`."""

    title = "WebDataset tars"
    layout = "*.tar, *.tar.gz, …: <key>.flac (wav, mp3, opus, …), <key>.txt or <key>.json"
    is_general = True

    def recognise(self, path: Path) -> str | None:
        """Look into the first tar."""
        tars = list_tars(path)
        if not tars or list(tars[0].parent.glob("cuts.*.jsonl*")):
            return None
        groups = first_groups(tars[0], _LOOKED_AT, _TEXTS)
        # Most corpora are downloaded as packed tars: only what stands beside a sound tells them.
        needs_text = is_packed_tar(tars[0])
        found = next((g for g in groups if g.sounds and (g.texts or not needs_text)), None)
        if found is None:
            return None
        sound = next(iter(found.sounds.values()))
        return f"{tars[0].name}, which holds {sound.name}"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:  # noqa: ARG002  names no files
        """Read tar after tar."""
        keys = SeenIds()
        for tar in list_tars(path):
            own: list[int] = []
            try:
                for group in tar_groups(tar, _TEXTS):
                    is_other = short_hash(group.key) in keys
                    own.append(short_hash(group.key))
                    yield _item(group, tar, f"{tar.stem}/{group.key}" if is_other else group.key)
            except InvalidInputError as error:
                yield BadItem(tar.name, str(error))
            keys.add_all(own)  # in one tar a key that comes twice is a fault


def _item(group: TarGroup, tar: Path, origin_id: str) -> CorpusItem | BadItem:
    where = f"{tar.name}, {group.key}"
    if len(group.sounds) != 1:
        what = "several sounds" if group.sounds else "no sound"
        names = ", ".join(group.sounds or group.others)
        return BadItem(origin_id, f"has {what}{f' ({names})' if names else ''}", where)
    values, lost = _values_of(group)
    row = read_headed(values)
    text = next((data for ending, data in group.texts.items() if ending.endswith("txt")), None)
    said = (_decoded_text(text) if text else None) or row.text
    return CorpusItem(
        origin_id=origin_id,
        sound=next(iter(group.sounds.values())),
        text=said,
        facts=row.facts,
        extra=row.extra,
        split=row.split or split_word(tar.stem) or split_word(tar.parent.name),
        length_seconds=row.length_seconds,
        published=row.published,
        lost=(*row.lost, *group.others, *lost),
        where=where,
    )


def _values_of(group: TarGroup) -> tuple[dict[str, Any], list[str]]:
    """Give what the JSON of a group says, and what could not be read of it."""
    values: dict[str, Any] = {}
    lost = []
    for ending, data in group.texts.items():
        if not ending.endswith("json"):
            continue
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            lost.append(f"{ending} that is not JSON")
            continue
        values |= value if isinstance(value, dict) else {ending: value}
    return values, lost


def _decoded_text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
