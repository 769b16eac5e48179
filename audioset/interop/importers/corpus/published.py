"""An item that audioset exported itself: where its samples are still those, it is that clip."""

from dataclasses import replace
from pathlib import Path

from audioset.errors import StorageError
from audioset.interop.importers.corpus.said import ORIGIN_SOUND, PROVEN_COLUMNS
from audioset.records.corpus_item import CorpusItem
from audioset.records.corpus_report import CorpusProblem
from audioset.records.identity import clip_path
from audioset.records.manifest import Clip

_PROOF = "pcm_sha256"
_OTHER_SOUND = (
    "its sound is not the one that its row was written of ({}): it is taken as a clip of its own, "
    "measured anew"
)


def is_claimed(item: CorpusItem) -> bool:
    """Tell whether an item says which samples it was written of."""
    return _PROOF in item.published


def as_published(clip: Clip, item: CorpusItem, sha256: str) -> Clip | None:
    """Give the row of the clip that was exported; None where the samples are others.

    Args:
        clip: the item as its file tells it.
        item: as its corpus says it.
        sha256: of the file.
    """
    said = item.published
    if said.get(_PROOF) != clip.pcm_sha256:
        return None
    proven = {name: said.get(name) for name in PROVEN_COLUMNS}
    return replace(clip, **proven, extra={**clip.extra, ORIGIN_SOUND: sha256})  # type: ignore[arg-type]  # typed as in the manifest


def rename_clip(clips_dir: Path, from_id: str, to_id: str) -> None:
    """Give the file of a clip the name of another id.

    Raises:
        StorageError: the workspace cannot be written.
    """
    try:
        clip_path(clips_dir, from_id).replace(clip_path(clips_dir, to_id))
    except OSError as error:
        raise StorageError(f"{clips_dir} cannot be written ({error.strerror})") from error


def other_sound(item: CorpusItem) -> CorpusProblem:
    """Say that the sound of an item is not the one of its row."""
    why = _OTHER_SOUND.format(item.published["clip_id"])
    return CorpusProblem("told", item.origin_id, why, item.where)
