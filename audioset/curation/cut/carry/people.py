"""What people said of the clips that a cut replaces goes over to those that lie in their places.

A clip with at least half of both in common with one before is that clip, cut otherwise. Edges that
people moved are theirs: where no new clip is in their place they become a clip of their own. So
do clips that people made, which no cut replaces.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audioset.catalog.decisions import Decision, DecisionKey, HeldDecision
from audioset.catalog.fields import ACCEPTED_TEXT_FIELD
from audioset.curation.cut.carry.texts import with_text_of
from audioset.curation.workspace.originals import (
    Originals,
    keep_audio,
    read_originals,
    write_originals,
)
from audioset.curation.workspace.private_words import text_accepted
from audioset.curation.workspace.roots import read_reshaped
from audioset.curation.workspace.working import Working
from audioset.records.identity import read_part
from audioset.records.manifest import Clip
from audioset.records.removed import SAME_SHARE
from audioset.records.reshaping import EDGES_FIELD, MADE_FIELD, REPLACED_FIELD, Reshaped
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.records.succession import CARRIED, person_of

_CUT_AUTHOR = "audioset cut"
_NAME_LENGTH = 80  # of an author, so that it fits the catalog with the clip's id behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplesClips:
    """What of an earlier cut is people's, and where it goes.

    Attributes:
        decisions: what is to be decided, by author.
        keys: of decisions about rows before that hold on, or went over.
        rows: clips of people, by root, which stay as they are.
        accepted: ids of new clips that a person accepted with another text than theirs, to that
            text; None for those that have it again.
        heard: ids of new clips that get edges of people, to those of the rows before that have
            them: what a model heard there holds.
    """

    decisions: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    keys: frozenset[DecisionKey] = frozenset()
    rows: Mapping[str, Clip] = field(default_factory=dict)
    accepted: Mapping[str, str | None] = field(default_factory=dict)
    heard: Mapping[str, str] = field(default_factory=dict)

    @property
    def num_accepted_otherwise(self) -> int:
        """Accepted clips that get another text than the one with which they were accepted."""
        return sum(text is not None for text in self.accepted.values())

    def with_texts(self, old: Iterable[Clip], new: Iterable[Clip]) -> list[Clip]:
        """Give new clips, where they have no text, what a model heard in those before."""
        before = {row.clip_id: row for row in old if row.hypothesis_source}
        return [
            with_text_of(row, before[self.heard[row.clip_id]])
            if row.text is None
            and row.hypothesis_source is None
            and self.heard.get(row.clip_id) in before
            else row
            for row in new
        ]


NO_CLIPS = PeoplesClips()


def carried_author(author: str, clip_id: str, name: str) -> str:
    """Say who decided, and about which clip; what `audioset split` planned stays a plan."""
    if (name, author) == ("split", SPLIT_AUTHOR):
        return author
    return f"{person_of(author)[:_NAME_LENGTH]}{CARRIED}{clip_id}"


def find_peoples_clips(
    working: Working,
    manifest_name: str,
    old: Sequence[Clip],
    new: Sequence[Clip],
    *,
    fingerprint: str,
) -> PeoplesClips:
    """Find what people said of the clips of a source, and the clips of it that are theirs.

    Args:
        working: the workspace.
        manifest_name: of the source.
        old, new: its clips before and after a cut.
        fingerprint: of the cut before.

    Raises:
        StorageError: the catalog cannot be reached.
    """
    held: defaultdict[str, dict[str, HeldDecision]] = defaultdict(dict)
    source_id = old[0].source_id if old else ""
    for (kind, root, name), what in working.catalog.held_all().items():
        if kind == "clip" and read_part(root, source_id):
            held[root][name] = what
    if not held:
        return NO_CLIPS
    reshaped = read_reshaped(working.manifests_dir / manifest_name)
    kept = read_originals(working, manifest_name).of_cut(fingerprint)
    return _Carrier(reshaped, kept, old, new, held).carry()


class _Carrier:
    def __init__(
        self,
        reshaped: Reshaped,
        originals: Originals,
        old: Sequence[Clip],
        new: Sequence[Clip],
        held: Mapping[str, Mapping[str, HeldDecision]],
    ) -> None:
        there = {reshaped.roots.get(row.clip_id, row.clip_id): row for row in old}
        self._rows = {**originals.rows, **there}
        self._moved = {reshaped.root_of(clip_id) for clip_id in reshaped.edges}
        self._there, self._new, self._held = there, {row.clip_id: row for row in new}, held
        self._made = {root for root, said in held.items() if _value(said, MADE_FIELD)}
        self._decisions: defaultdict[str, list[Decision]] = defaultdict(list)
        self._keys: set[DecisionKey] = set()
        self._mine: dict[str, Clip] = {}
        self._accepted: dict[str, str | None] = {}
        self._heard: dict[str, str] = {}

    def carry(self) -> PeoplesClips:
        for root, row in self._rows.items():
            if root in self._made:
                self._mine[root] = row
                self._keep(root, row)
            elif root in self._new and root in self._moved:
                self._heard[root] = row.clip_id
                self._keep(root, row)  # its edges are cut again, and all else holds
            if root in self._there and root in self._new:
                self._hold_text(root, row, root)
        left = {r: row for r, row in self._rows.items() if r not in (*self._made, *self._new)}
        for root, clip_id in _matched(left, self._new):
            self._carry_to(root, left.pop(root), clip_id)
        for root, row in left.items():
            if root in self._moved and root in self._there:
                self._make_own(root, row)
        for root in sorted(self._made & self._there.keys()):
            self._give_way(root)
        return PeoplesClips(
            decisions=self._decisions,
            keys=frozenset(self._keys),
            rows=self._mine,
            accepted=self._accepted,
            heard=self._heard,
        )

    def _give_way(self, root: str) -> None:
        """Let the new clips give way that are, cut otherwise, one that a person made."""
        made = self._held[root][MADE_FIELD]
        for clip_id, row in _near(self._mine[root], self._new):
            before = _value(self._held.get(clip_id, {}), REPLACED_FIELD)
            if _shared(self._mine[root], row) >= SAME_SHARE and before != root:
                self._decide(made.by, root, Decision("clip", clip_id, REPLACED_FIELD, root))

    def _carry_to(self, root: str, row: Clip, clip_id: str) -> None:
        """Decide of a new clip what was decided of the one before; the newer word holds."""
        if root in self._moved:
            self._heard[clip_id] = row.clip_id
        self._hold_text(root, row, clip_id)
        for name, what in sorted(self._held.get(root, {}).items(), key=lambda one: one[1].row_id):
            there = self._held.get(clip_id, {}).get(name)
            if there is None or there.value == what.value or there.row_id < what.row_id:
                self._keys.add(("clip", row.clip_id, name))
                if there is None or there.value != what.value:
                    self._decide(what.by, root, Decision("clip", clip_id, name, what.value))

    def _hold_text(self, root: str, row: Clip, clip_id: str) -> None:
        """Note of a clip that a person accepted with which text, where it is another one now."""
        said, text = self._held.get(root, {}), self._new[clip_id].text
        if _value(said, "accepted") is not True or "text" in said or not (row.text and text):
            return
        before = text_accepted(said) or row.text
        if not _same(before, text) and "text" not in self._held.get(clip_id, {}):
            if not _same(row.text, text):
                self._accepted[clip_id] = before
        elif text_accepted(said):
            self._accepted[clip_id] = None

    def _make_own(self, root: str, row: Clip) -> None:
        """Make a clip of its own of one whose edges a person moved, and that no cut finds."""
        self._mine[row.clip_id] = row
        self._keep(root, row)
        for name, what in self._held.get(root, {}).items():
            self._decide(what.by, root, Decision("clip", row.clip_id, name, what.value))
        moved = self._held[root][EDGES_FIELD]
        self._decide(moved.by, root, Decision("clip", row.clip_id, MADE_FIELD, row.source_id))
        self._decide(moved.by, row.clip_id, Decision("clip", root, EDGES_FIELD, None))

    def _keep(self, root: str, row: Clip) -> None:
        self._keys |= {("clip", row.clip_id, name) for name in self._held.get(root, {})}

    def _decide(self, author: str, clip_id: str, decision: Decision) -> None:
        self._decisions[carried_author(author, clip_id, decision.field)].append(decision)


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _value(said: Mapping[str, HeldDecision], name: str) -> object:
    return said[name].value if name in said else None


def _matched(old: Mapping[str, Clip], new: Mapping[str, Clip]) -> Iterator[tuple[str, str]]:
    """Match clips before with clips after, each once, those first that share most."""
    pairs = [
        (share, root, clip_id)
        for root, row in old.items()
        for clip_id, other in _near(row, new)
        if (share := _shared(row, other)) >= SAME_SHARE
    ]
    taken: set[str] = set()
    done: set[str] = set()
    for _, root, clip_id in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if root not in done and clip_id not in taken:
            done.add(root)
            taken.add(clip_id)
            yield root, clip_id


def _near(row: Clip, new: Mapping[str, Clip]) -> Iterator[tuple[str, Clip]]:
    return (
        (i, other)
        for i, other in new.items()
        if other.start_seconds < row.end_seconds and row.start_seconds < other.end_seconds
    )


def _shared(one: Clip, other: Clip) -> float:
    """Give the share that two clips have in common, of the longer one."""
    if (one.track or 1, one.channel) != (other.track or 1, other.channel):
        return 0.0  # it is another sound
    shared = min(one.end_seconds, other.end_seconds) - max(one.start_seconds, other.start_seconds)
    longer = max(one.end_seconds - one.start_seconds, other.end_seconds - other.start_seconds)
    return shared / longer if longer > 0 else 0.0


def keep_peoples_clips(working: Working, manifest_name: str, peoples: PeoplesClips) -> None:
    """Keep what is people's, before the manifest is replaced.

    Raises:
        StorageError: the workspace or the catalog cannot be written.
    """
    for author, decisions in peoples.decisions.items():
        working.catalog.record(decisions, by=author)
    if peoples.accepted:
        texts = peoples.accepted.items()
        working.catalog.record(
            [Decision("clip", clip_id, ACCEPTED_TEXT_FIELD, text) for clip_id, text in texts],
            by=_CUT_AUTHOR,
        )
    if not peoples.rows:
        return
    kept = read_originals(working, manifest_name)
    for root, row in peoples.rows.items():
        if root not in kept.rows:
            keep_audio(working, root, row.clip_id)
    rows = {**kept.rows, **peoples.rows}
    cuts = {root: cut for root, cut in kept.cuts.items() if root not in peoples.rows}
    write_originals(working, manifest_name, Originals(rows=rows, cuts=cuts))
