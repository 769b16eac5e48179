"""How the recordings of a version were cut: only the workspace that cut them knows it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from audioset.errors import AudiosetError
from audioset.records.description import GroupTotal
from audioset.records.way import way_of
from audioset.storage.tables import read_manifest_metadata


def count_ways(manifests_dir: Path, sources: Iterable[GroupTotal]) -> dict[str, int]:
    """Count recordings by how they were cut, in words, most first.

    Those that the workspace lacks, or of which it noted nothing, are left out. Names of files are
    too: they may name people.

    Args:
        manifests_dir: of the workspace.
        sources: of the version; names are source ids.
    """
    found: Counter[str] = Counter()
    for source in sources:
        path = manifests_dir / f"{source.name}.parquet"
        try:
            way = way_of(read_manifest_metadata(path))
        except (AudiosetError, ValueError):  # a card tells what can be known
            continue
        if way.by is not None:
            found[str(replace(way, file=None, stream=None))] += 1
    return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))
