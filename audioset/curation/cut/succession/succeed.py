"""A source takes the place of an earlier one, such as an edited video of the first.

Clips with the same sound are the same clip: what people decided about the earlier one is decided
about the later, under their names, and texts of models and cues go with it. What finds no place is
listed, and stays in the catalog. Only then does the earlier source leave the workspace, as by
`audioset remove`, which also brings it back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audioset.catalog.decisions import Decision, DecisionValue
from audioset.curation.cut.carry.people import carried_author
from audioset.curation.cut.carry.texts import with_text_of
from audioset.curation.removed import remove_clips
from audioset.curation.sources.known import KnownSource
from audioset.curation.workspace.clip_audio import place_of_clip
from audioset.curation.workspace.clip_sets import decode_mono
from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError
from audioset.hearing.fingerprint import Fingerprint, make_fingerprint
from audioset.hearing.matches import Match, find_matches
from audioset.records.check_report import CheckLimits
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.records.succession import Succession, Unplaced
from audioset.storage.tables import read_manifest, replace_rows

# A clip that lacks more sound than this at an edge may lack a word: what was said of it is not
# said of the other. Edges of the detector differ in silence only.
_MOST_ALONE_SECONDS = 0.1
_NOWHERE = "its sound is not in the new file"
_PART = "the new file has only a part of its sound, or more"
_OTHERWISE = "it was decided otherwise for the new clip"
_OWN_TEXT = "the new clip has a text of its own"


def succeed(
    before: KnownSource, manifest: Path, working: Working, *, only_alike: bool
) -> Succession | None:
    """Let a source that was cut take the place of an earlier one; may be repeated after a crash.

    Args:
        before: the earlier source.
        manifest: of the new one; it is in its place.
        working: the workspace.
        only_alike: do nothing where the two have no sound in common.

    Returns:
        None where nothing was done.

    Raises:
        StorageError: the workspace or the catalog cannot be written.
    """
    old, new = _clips(before.manifest), _clips(manifest)
    aside = _clips(working.aside.manifests_dir / before.manifest.name)
    there = _Prints.make(new, working)
    found = _FoundAgain.look(_Prints.make(old, working), there)
    if only_alike and not found.whole:
        return None
    told = Succession(
        source_id=before.source_id,
        name=before.name,
        num_clips=len(old),
        num_found=len(found.whole),
    )
    told = _carry_texts(told, old, new, found, manifest, read_decisions(working))
    told = _carry_decisions(told, old, found, working)
    again = _FoundAgain.look(_Prints.make(aside, working.aside), there).whole
    if again:
        remove_clips(sorted(again.values()), working, yes=True)
    remove_clips([before.source_id], working, yes=True)
    return replace(told, num_removed=len(again))


@dataclass(frozen=True, slots=True)
class _Prints:
    """The clips of a source whose audio is here, with their fingerprints."""

    clip_ids: tuple[str, ...]
    prints: tuple[tuple[float, Fingerprint], ...]

    @classmethod
    def make(cls, rows: Iterable[Clip], working: Working) -> "_Prints":
        made = [(row, _fingerprint(row, working)) for row in rows]
        return cls(
            tuple(row.clip_id for row, print_ in made if print_ is not None),
            tuple((row.start_seconds, print_) for row, print_ in made if print_ is not None),
        )


def _fingerprint(row: Clip, working: Working) -> Fingerprint | None:
    """Give the fingerprint of a clip; None where its audio is not here, or damaged."""
    try:
        flac = working.audio.read(place_of_clip(row))
        return make_fingerprint(*decode_mono(flac, name=row.clip_id))
    except AudiosetError:
        return None


@dataclass(frozen=True, slots=True)
class _FoundAgain:
    """Clips of the earlier source that are found in the new one, by clip id.

    Attributes:
        whole: the same sound, no word more or less.
        partly: those of which only a part is there, or that are part of a longer one.
    """

    whole: Mapping[str, str]
    partly: frozenset[str]

    @classmethod
    def look(cls, old: _Prints, new: _Prints) -> "_FoundAgain":
        matches = find_matches(old.prints, new.prints, limit=CheckLimits().near_duplicate)
        whole = {
            old.clip_ids[match.one]: new.clip_ids[match.other]
            for match in matches
            if _is_whole(match)
        }
        partly = {old.clip_ids[match.one] for match in matches} - set(whole)
        return cls(whole, frozenset(partly))

    def why_not(self, clip_id: str) -> str:
        return _PART if clip_id in self.partly else _NOWHERE


def _is_whole(match: Match) -> bool:
    return match.alone_seconds <= _MOST_ALONE_SECONDS


def _clips(manifest: Path) -> list[Clip]:
    return list(clips_from_table(read_manifest(manifest))) if manifest.exists() else []


def _carry_texts(
    told: Succession,
    old: Sequence[Clip],
    new: Sequence[Clip],
    found: _FoundAgain,
    manifest: Path,
    decisions: Decisions,
) -> Succession:
    """Give new clips without a text that of the earlier one, with who wrote it."""
    before = {found.whole[row.clip_id]: row for row in old if row.clip_id in found.whole}
    filled = [_with_text(row, before.get(row.clip_id)) for row in new]
    if filled != list(new):
        replace_rows(manifest, table_from_clips(filled))
    said = {row.text for row in filled}
    left = [
        Unplaced(
            clip_id=row.clip_id,
            field="text",
            value=row.text,
            by=row.text_source or "",
            why=_OWN_TEXT if row.clip_id in found.whole else found.why_not(row.clip_id),
        )
        for row in old
        if row.text
        and ("clip", row.clip_id, "text") not in decisions
        and row.text not in said  # the line of another take, say, is not lost
    ]
    carried = sum(one != other for one, other in zip(filled, new, strict=True))
    return replace(told, num_texts=carried, unplaced=(*told.unplaced, *left))


def _with_text(row: Clip, before: Clip | None) -> Clip:
    if before is None or row.text is not None or row.hypothesis_source is not None:
        return row
    if before.text is None and before.hypothesis_source is None:
        return row
    return with_text_of(row, before)


def _carry_decisions(
    told: Succession, old: Sequence[Clip], found: _FoundAgain, working: Working
) -> Succession:
    """Decide about new clips what was decided about the earlier ones, under the same names."""
    decisions = read_decisions(working)
    before = {row.clip_id for row in old}
    carried: defaultdict[str, list[Decision]] = defaultdict(list)
    unplaced: list[Unplaced] = []
    num_decisions = 0
    for (kind, clip_id, field), (value, author) in decisions.items():
        if kind != "clip" or clip_id not in before:
            continue
        target = found.whole.get(clip_id)
        there = decisions.get(("clip", target, field)) if target else None
        if target is None or (there is not None and not _may_replace(there, value, field)):
            why = _OTHERWISE if target else found.why_not(clip_id)
            if (field, author) != ("split", SPLIT_AUTHOR):
                unplaced.append(_unplaced(clip_id, field, value, author, why))
            continue
        num_decisions += 1
        if there is None or there[0] != value:
            decision = Decision("clip", target, field, value)
            carried[carried_author(author, clip_id, field)].append(decision)
    for author, some in carried.items():
        working.catalog.record(some, by=author)
    return replace(
        told, num_decisions=num_decisions, unplaced=(*told.unplaced, *_in_order(unplaced))
    )


def _may_replace(there: tuple[DecisionValue, str], value: DecisionValue, field: str) -> bool:
    """Whether the new clip says the same already, or only a plan says otherwise."""
    return there[0] == value or (field, there[1]) == ("split", SPLIT_AUTHOR)


def _unplaced(clip_id: str, field: str, value: DecisionValue, author: str, why: str) -> Unplaced:
    return Unplaced(clip_id=clip_id, field=field, value=value, by=author, why=why)


def _in_order(unplaced: Iterable[Unplaced]) -> list[Unplaced]:
    return sorted(unplaced, key=lambda each: (each.clip_id, each.field))
