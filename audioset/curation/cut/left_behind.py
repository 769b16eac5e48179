"""What the clips of a source have that a new cut would leave behind: counted before it is done."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audioset.catalog.decisions import DecisionKey, DecisionValue
from audioset.catalog.fields import ACCEPTED_TEXT_FIELD, is_private
from audioset.curation.workspace.laid_over import Decisions
from audioset.records.manifest import Clip
from audioset.records.removed import SAME_SHARE
from audioset.records.reshaping import RESHAPING_FIELDS
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.records.succession import Unplaced

_SAME_PLACE = 0.5  # of the shorter of two clips, to be the same place
ACCEPTED_TEXTS = "accepted_texts"
# Kinds of what may be left behind: one, several.
_TEXTS = {
    "subtitle_texts": ("text of subtitles", "texts of subtitles"),
    "line_texts": ("text of lines", "texts of lines"),
    "people_texts": ("text of people", "texts of people"),
    "model_texts": ("text of a model", "texts of models"),
}
_DECISIONS = {
    "decided_texts": ("decided text", "decided texts"),
    "acceptances": ("acceptance", "acceptances"),
    "rejections": ("rejection", "rejections"),
    "unsure_verdicts": ("clip left unsure", "clips left unsure"),
    "splits": ("split", "splits"),
    "decided_facts": ("decided fact", "decided facts"),
    "private_words": ("note or tag", "notes and tags"),
}
_OTHERS = {
    ACCEPTED_TEXTS: (
        "text under which a clip was accepted",
        "texts under which clips were accepted",
    ),
    "planned_splits": ("planned split", "planned splits"),
    "named_speakers": ("clip with a speaker of its file", "clips with a speaker of their file"),
    "line_facts": ("clip with facts of its line", "clips with facts of their lines"),
    "given_facts": ("given fact", "given facts"),
    "speaker_decisions": ("decision about a speaker", "decisions about speakers"),
}
KINDS: Mapping[str, tuple[str, str]] = {**_TEXTS, **_DECISIONS, **_OTHERS}
_TEXT_SOURCES = {"subtitles": "subtitle_texts", "transcript": "line_texts", "human": "people_texts"}
_VERDICTS: Mapping[object, str] = {True: "acceptances", False: "rejections"}
_FIELDS = {"text": "decided_texts", "split": "splits"}
_TAKEN_BACK = ("accepted", "split", *RESHAPING_FIELDS)  # where they are emptied
_NOWHERE = "no clip lies in its place"
_OTHERWISE = "it was decided otherwise for the clip in its place"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """What the clips of a source had before it was cut again, and no clip has now.

    Attributes:
        kinds: how many of each kind of `left_behind.KINDS`: texts by who wrote them, that no clip
            holds as text or hypothesis, and nobody decided otherwise; decisions about clips that
            are gone, where a decided text is not the text of another clip now, and a rejected place
            is cut again; facts that were given for the whole source, and are others now; texts of
            clips that a person accepted with them, and that have others now.
    """

    kinds: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is left behind."""
        return bool(self.kinds)

    def __add__(self, other: "LeftBehind") -> "LeftBehind":
        """Count both together."""
        return LeftBehind(kinds=dict(Counter(self.kinds) + Counter(other.kinds)))

    @property
    def num_texts(self) -> int:
        """Texts that models, files and people wrote."""
        return sum(self.kinds.get(kind, 0) for kind in _TEXTS)

    @property
    def num_decisions(self) -> int:
        """Decisions of people about clips."""
        return sum(self.kinds.get(kind, 0) for kind in _DECISIONS)

    def __str__(self) -> str:
        """Say it, such as `23 texts of subtitles, 1 split`."""
        return ", ".join(
            f"{self.kinds[kind]:,} {one if self.kinds[kind] == 1 else several}"
            for kind, (one, several) in KINDS.items()
            if kind in self.kinds
        )


NOTHING = LeftBehind()


def left_behind(
    old: Sequence[Clip],
    new: Sequence[Clip],
    decisions: Decisions,
    *,
    same_file: bool = False,
    kept: Collection[str] = (),
    carried: Collection[DecisionKey] = (),
) -> LeftBehind:
    """Count what the old clips have and the new ones have not.

    Args:
        old, new: clips of one source before and after a cut.
        decisions: all that hold.
        same_file: both are cut by one file, whose texts may have been corrected since.
        kept: ids of clips that stayed because only the text of their line was corrected.
        carried: decisions that hold on, or went over to the clips in their places.
    """
    words, places = set(_words(new)), _ClipPlaces(new)
    lost = [
        _kind_of(name, value, author)
        for _, (name, value, author) in _lost(old, new, decisions, carried)
    ]
    for row in _with_own_text(old, decisions):
        corrected = row.clip_id in kept or any(
            clip.text and (same_file or _by_person(clip)) for clip in places.at(row)
        )
        by_model = _writer_of(row) == "model_texts"
        if _flat(row.text or "") not in words and (by_model or not corrected):
            lost.append(_writer_of(row))
    return LeftBehind(kinds=dict(Counter(lost)))


def list_unplaced(
    old: Sequence[Clip], new: Sequence[Clip], decisions: Decisions, carried: Collection[DecisionKey]
) -> tuple[Unplaced, ...]:
    """List the decisions that `left_behind` counts, those of a plan left out."""
    places = _ClipPlaces(new)
    return tuple(
        Unplaced(
            clip_id=row.clip_id,
            field=name,
            value=value,
            by=author,
            why=_OTHERWISE if _shares_half_of_both(row, places) else _NOWHERE,
        )
        for row, (name, value, author) in _lost(old, new, decisions, carried)
        if (name, author) != ("split", SPLIT_AUTHOR)
    )


def _lost(
    old: Sequence[Clip], new: Sequence[Clip], decisions: Decisions, carried: Collection[DecisionKey]
) -> Iterator[tuple[Clip, tuple[str, DecisionValue, str]]]:
    """Give what was decided about clips that are gone, and holds for no other clip."""
    words, places = set(_words(new)), _ClipPlaces(new)
    there = {row.clip_id for row in new}
    for row, (name, value, author) in _decided(old, decisions):
        if row.clip_id in there or ("clip", row.clip_id, name) in carried:
            continue
        if name == "text" and isinstance(value, str) and _flat(value) in words:
            continue
        # What was not wanted may go.
        if (name, value) != ("accepted", False) or places.at(row):
            yield row, (name, value, author)


def _shares_half_of_both(row: Clip, places: "_ClipPlaces") -> bool:
    return any(
        min(row.length_seconds, other.length_seconds) * _share(row, other)
        >= SAME_SHARE * max(row.length_seconds, other.length_seconds)
        for other in places.at(row)
    )


def what_clips_have(rows: Sequence[Clip], decisions: Decisions) -> LeftBehind:
    """Count all that a cut could leave behind which finds other clips."""
    decided = [_kind_of(*what) for _, what in _decided(rows, decisions)]
    written = [_writer_of(row) for row in _with_own_text(rows, decisions)]
    return LeftBehind(kinds=dict(Counter([*decided, *written])))


def _decided(
    rows: Sequence[Clip], decisions: Decisions
) -> Iterator[tuple[Clip, tuple[str, DecisionValue, str]]]:
    """Give what was decided about clips: field, value and author; not what was taken back."""
    before = {row.clip_id: row for row in rows}
    for (kind, clip_id, name), (value, author) in decisions.items():
        # Those about edges go over, or make clips that no cut replaces.
        if value is None:
            skipped = name in _TAKEN_BACK or is_private(name)
        else:
            skipped = name in (*RESHAPING_FIELDS, ACCEPTED_TEXT_FIELD)
        if kind == "clip" and clip_id in before and not skipped:
            yield before[clip_id], (name, value, author)


def _with_own_text(rows: Sequence[Clip], decisions: Decisions) -> Iterator[Clip]:
    """Give the clips whose text holds: nobody decided another one, or does not want the clip."""
    for row in rows:
        verdict, _ = decisions.get(("clip", row.clip_id, "accepted"), (None, ""))
        if row.text and verdict is not False and ("clip", row.clip_id, "text") not in decisions:
            yield row


def _kind_of(name: str, value: object, author: str) -> str:
    if (name, author) == ("split", SPLIT_AUTHOR):
        return "planned_splits"
    if name == "accepted":
        return _VERDICTS.get(value, "unsure_verdicts")
    if is_private(name):
        return "private_words"
    return _FIELDS.get(name, "decided_facts")


def _writer_of(row: Clip) -> str:
    return _TEXT_SOURCES.get(row.text_source or "human", "model_texts")


def _by_person(row: Clip) -> bool:
    """Whether a person's text came with a file of `export lines`, where another one stood."""
    return row.text_source == "human" and row.line is not None


def _words(rows: Sequence[Clip]) -> Iterator[str]:
    for row in rows:
        yield _flat(row.text or "")
        yield _flat(row.hypothesis or "")


def _flat(text: str) -> str:
    return " ".join(text.split())


class _ClipPlaces:
    """Finds the clips that lie at the place of another one."""

    def __init__(self, rows: Sequence[Clip]) -> None:
        self._rows = sorted(rows, key=lambda row: row.start_seconds)
        self._starts = [row.start_seconds for row in self._rows]
        self._longest = max((row.length_seconds for row in rows), default=0.0)

    def at(self, row: Clip) -> list[Clip]:
        """Give the clips that share half of the shorter one with `row`."""
        low = bisect_left(self._starts, row.start_seconds - self._longest)
        high = bisect_right(self._starts, row.end_seconds)
        return [other for other in self._rows[low:high] if _share(row, other) >= _SAME_PLACE]


def _share(one: Clip, other: Clip) -> float:
    shared = min(one.end_seconds, other.end_seconds) - max(one.start_seconds, other.start_seconds)
    shorter = min(one.length_seconds, other.length_seconds)
    return shared / shorter if shorter > 0 else 0.0
