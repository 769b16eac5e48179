"""Recordings and supervisions of Lhotse without cuts: each supervision is the cut that it means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.keyed import KeyedValues, keyed_values
from audioset.interop.importers.values import first_object, json_lines
from audioset.records.corpus_item import BadItem, Remark

_RECORDINGS, _SUPERVISIONS = "recordings", "supervisions"
_TELLING = frozenset({"id", "sources", "sampling_rate", "duration"})

WrittenCut = tuple[str, dict[str, Any]]


def files_of_recordings(candidates: list[Path]) -> list[Path]:
    """List the files of recordings among files of JSON lines; one of supervisions means its own."""
    named = dict.fromkeys(
        file.with_name(file.name.replace(_SUPERVISIONS, _RECORDINGS)) for file in candidates
    )
    return [file for file in named if file.is_file() and _holds_recordings(file)]


def cuts_meant(recordings: Path) -> Iterator[WrittenCut | BadItem | Remark]:
    """Yield (where it stands, cut) for each supervision, then for each recording without any.

    Recordings stand on disk once they are many.
    """
    supervisions = recordings.with_name(recordings.name.replace(_RECORDINGS, _SUPERVISIONS))
    with keyed_values() as held:
        told: list[BadItem] = []
        twice = held.fill(_RECORDINGS, _recordings(recordings, told))
        yield from told
        if twice:
            yield Remark(
                f"{twice} ids stand twice in {recordings.name}; the first line of each holds"
            )
        spoken = SeenIds()
        if supervisions != recordings and supervisions.is_file():
            for line in json_lines(supervisions):
                if isinstance(line, BadItem):
                    yield line
                    continue
                where, said = line
                spoken.add(short_hash(str(said.get("recording_id"))))
                yield _cut_of(where, said, held, recordings)
        else:
            yield Remark(
                f"there are no supervisions for {recordings.name}: its recordings are taken whole, "
                "without texts"
            )
        for name in held.keys(_RECORDINGS):
            if short_hash(name) not in spoken:
                yield _whole(name, held, recordings)


def _recordings(file: Path, told: list[BadItem]) -> Iterator[tuple[str, str]]:
    for line in json_lines(file):
        if isinstance(line, BadItem):
            told.append(line)
        elif not isinstance(line[1].get("id"), str):
            told.append(BadItem(line[0], "is a recording without an id", line[0]))
        else:
            yield line[1]["id"], json.dumps(line[1])


def _cut_of(
    where: str, said: dict[str, Any], held: KeyedValues, recordings: Path
) -> WrittenCut | BadItem:
    name, recording_id = str(said.get("id") or where), str(said.get("recording_id"))
    recording = held.get(_RECORDINGS, recording_id)
    if recording is None:
        return BadItem(name, f"its recording {recording_id} is not in {recordings.name}", where)
    channel = said.get("channel")
    if isinstance(channel, list) and len(channel) == 1:
        channel = channel[0]
    return where, {
        "id": name,
        "type": "MonoCut",
        "start": said.get("start"),
        "duration": said.get("duration"),
        "channel": channel,
        "recording": json.loads(recording),
        "supervisions": [{**said, "start": 0}],
    }


def _whole(name: str, held: KeyedValues, recordings: Path) -> WrittenCut:
    recording = json.loads(held.get(_RECORDINGS, name) or "{}")
    where = f"{recordings.name}, {name}"
    duration = recording.get("duration")
    cut = {"id": name, "type": "MonoCut", "start": 0, "duration": duration, "recording": recording}
    return where, cut


def _holds_recordings(path: Path) -> bool:
    try:
        first = first_object(path)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and first.keys() >= _TELLING and "type" not in first
