"""`audioset decide --speaker OLD --set speaker=NEW`: another name for all clips of speakers."""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import Decision
from audioset.catalog.fields import is_private
from audioset.curation.workspace.effective import read_decisions, scan_effective
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError


def spread_names(decisions: Iterable[Decision], working: Working) -> list[Decision]:
    """Turn decisions that name a speaker anew into decisions about each of the clips.

    A name is decided for a clip, so that one that is wrong in a few clips can be mended there.

    Raises:
        NotFoundError: no working clip is of that speaker.
        InvalidInputError: something was decided of the speaker that would no longer hold.
        StorageError: a manifest or the catalog cannot be read.
    """
    wanted = list(decisions)
    if not any(map(_is_name, wanted)):
        return wanted
    names = {each.subject_id: each for each in wanted if _is_name(each)}
    for each in names.values():
        _require_nothing_lost(each, working)
    return [*(each for each in wanted if not _is_name(each)), *_of_clips(names, working)]


def _is_name(decision: Decision) -> bool:
    # What is no decision at all is told where decisions are checked.
    return isinstance(decision, Decision) and (decision.subject_kind, decision.field) == (
        "speaker",
        "speaker",
    )


def _of_clips(names: Mapping[str, Decision], working: Working) -> Iterator[Decision]:
    """Decide the name of each clip whose speaker is named anew; by the speaker's name until now."""
    left = set(names)
    wanted = pa.array(sorted(names), pa.string())
    for batch in scan_effective(working, ["clip_id", "speaker"]):
        theirs = batch.filter(pc.is_in(batch["speaker"], wanted))
        clips = zip(theirs["clip_id"].to_pylist(), theirs["speaker"].to_pylist(), strict=True)
        for clip_id, speaker in clips:
            left.discard(speaker)
            yield Decision("clip", clip_id, "speaker", names[speaker].value)
    if left:
        raise NotFoundError(f"no clip of speaker {min(left)!r}")


def _require_nothing_lost(name: Decision, working: Working) -> None:
    """Refuse where what was decided of the earlier name is not decided of the new one too."""
    held = read_decisions(working)
    lost = [
        (field, value)
        for (kind, subject, field), (value, _) in held.items()
        if (kind, subject) == ("speaker", name.subject_id) and not is_private(field)
        if held.get(("speaker", str(name.value), field), (None,))[0] != value
    ]
    if lost:
        field, value = lost[0]
        fields = ", ".join(sorted(field for field, _ in lost))
        raise InvalidInputError(
            f"what was decided of speaker {name.subject_id!r} ({fields}) would no longer hold for "
            f"these clips; decide it of {name.value!r} first: audioset decide --speaker "
            f"{name.value!r} --set {field}={value}"
        )
