"""NeMo manifest: JSON lines with `audio_filepath`, `duration`, `text`, and `offset` of a span.

Paths are relative to the manifest. A file that a line names with an offset is a recording, and
every line that names it a span; all others are whole clips.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audioset.errors import InvalidInputError, NotFoundError
from audioset.interop.importers.corpus.said import short_hash
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.words import split_word
from audioset.interop.importers.values import (
    as_seconds,
    first_object,
    first_words,
    json_lines,
    other_words,
)
from audioset.records.corpus_item import (
    BadItem,
    CorpusItem,
    FileSpan,
    ReadingOptions,
    ReadItem,
    Remark,
    WholeFile,
)

_FILE, _SUFFIXES = "audio_filepath", (".json", ".jsonl", ".manifest")
_FACTS = {
    "speaker": ("speaker", "speaker_id"),
    "gender": ("gender",),
    "language": ("lang", "language", "source_lang", "lang_id"),
}
_USED = {_FILE, "duration", "offset", "text", *(n for names in _FACTS.values() for n in names)}


class NeMo:
    """The format `nemo`."""

    title = "NeMo manifest"
    layout = "*.json or *.jsonl, a line each: audio_filepath, duration, text, offset"
    is_general = False

    def recognise(self, path: Path) -> str | None:
        """Look at the first line of the file, or of those of the folder."""
        found = _manifests(path)
        if not found:
            return None
        return f"{found[0].name}, whose lines have {_FILE}"

    def read(self, path: Path, options: ReadingOptions) -> Iterator[ReadItem]:
        """Read one manifest after the other."""
        manifests = _manifests(path)
        if not manifests:
            raise InvalidInputError(f"{path} is no NeMo manifest: no line has {_FILE}")
        names = ", ".join(manifest.name for manifest in manifests)
        if len(manifests) > 1:
            yield Remark(f"all {len(manifests)} manifests were read: {names}")
        recordings = SeenIds()
        for manifest in manifests:
            for line in json_lines(manifest):
                if not isinstance(line, BadItem) and as_seconds(line[1].get("offset")):
                    recordings.add(short_hash(str(line[1].get(_FILE))))
        for manifest in manifests:
            for line in json_lines(manifest):
                yield (
                    line
                    if isinstance(line, BadItem)
                    else _item(*line, manifest, options, recordings)
                )


def _item(
    where: str,
    values: dict[str, Any],
    manifest: Path,
    options: ReadingOptions,
    recordings: SeenIds,
) -> CorpusItem | BadItem:
    written = values.get(_FILE)
    if not isinstance(written, str):
        return BadItem(where, f"has no {_FILE}", where)
    if "shard_id" in values:
        return BadItem(written, "lies in a tar of NeMo; import the tars: audioset import", where)
    path = options.find(written, base=manifest.parent)
    if isinstance(path, str):
        return BadItem(written, path, where)
    length, offset = as_seconds(values.get("duration")), as_seconds(values.get("offset")) or 0.0
    is_span = short_hash(written) in recordings
    end = None if length is None else offset + length
    return CorpusItem(
        origin_id=f"{written}@{offset:g}+{length or 0:g}" if is_span else written,
        sound=FileSpan(path, offset, end) if is_span else WholeFile(path),
        text=first_words(values, ("text",)) or None,
        facts={fact: first_words(values, names) for fact, names in _FACTS.items()},
        extra=other_words(values, _USED),
        split=split_word(manifest.stem),
        length_seconds=None if is_span else length,
        where=where,
    )


def _manifests(path: Path) -> list[Path]:
    """List the manifests that a path means."""
    if path.is_file():
        candidates = [path]
    elif path.is_dir():
        candidates = sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES and p.is_file())
    else:
        candidates = []
    return [each for each in candidates if _is_manifest(each)]


def _is_manifest(path: Path) -> bool:
    if path.suffix.lower() not in _SUFFIXES:
        return False
    try:
        first = first_object(path)
    except (InvalidInputError, NotFoundError):
        return False
    return first is not None and _FILE in first
