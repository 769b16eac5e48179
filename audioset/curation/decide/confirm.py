"""A person says that texts are right as they are: they become decisions, by that person."""

from collections.abc import Sequence

from audioset.catalog.decisions import Decision, Recorded
from audioset.curation.workspace.effective import record_decisions, scan_effective
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError


def confirm_texts(clip_ids: Sequence[str], working: Working, *, by: str | None = None) -> Recorded:
    """Record the present text of clips as what a person decided, all or nothing.

    Raises:
        NotFoundError: no such working clip.
        InvalidInputError: a clip has no text.
    """
    roots = Roots.read(working)
    row_of = {clip_id: roots.row_of(roots.root_of(clip_id)) for clip_id in clip_ids}
    texts: dict[str, str | None] = dict.fromkeys(row_of.values())
    found = set()
    for batch in scan_effective(working, ("clip_id", "text")):
        for clip_id, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if clip_id in texts:
                texts[clip_id] = text
                found.add(clip_id)
    missing = sorted(clip_id for clip_id, row in row_of.items() if row not in found)
    if missing:
        raise NotFoundError(f"no clip {missing[0]!r} in {working.manifests_dir}")
    for clip_id, text in texts.items():
        if not (text or "").strip():
            raise InvalidInputError(
                f"clip {clip_id} has no text to confirm; decide it first: audioset decide "
                f"{clip_id} --text TEXT (decide in Python)"
            )
    decisions = [Decision("clip", clip_id, "text", text) for clip_id, text in texts.items()]
    return record_decisions(decisions, working, by=by)
