"""Chapter 3, its first verb: working clips become the next version."""

import dataclasses
import random
import time
from contextlib import ExitStack, suppress
from functools import cache, partial
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference
from audioset.engine import Progress
from audioset.errors import (
    AudiosetError,
    ConflictError,
    InvalidInputError,
    StorageError,
    as_option,
)
from audioset.notebook import notebook_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from audioset.curation.workspace.working import Working
    from audioset.records.parent import Parent
    from audioset.records.version import ContentObject, VersionRecord
    from audioset.storage.rows.laid_rows import ManyRows
    from audioset.versions.onto import OntoVersion
    from audioset.versions.publish import Publication

_TRIES = 50  # to come after others who publish at the same moment; each of them got through
_MOST_WAIT_SECONDS = 5.0  # before one of them


class PublishVerb(Names):
    """Publishes the working clips."""

    def publish(
        self,
        *,
        message: str = "",
        filter: str | None = None,
        onto: Reference | None = None,
        add: bool = False,
        replace: bool = False,
        shard_bytes: int | None = None,
        compact: bool = False,
        with_unsure: bool = False,
        track: bool = True,
        progress: Progress = notebook_progress,
    ) -> "Publication":
        """Publish the working clips, with what people decided, as the next immutable version.

        Rejected clips stay out, and those of which a person was unsure, which are counted; flagged
        ones that nobody judged do not, but are counted. Notes and tags are never published. When
        nothing changed since the latest version, that version is given back. Audio that the parent
        has is not sent again, and needs no file here; audio that the version leaves out may stay in
        a shard that it shares with its parent, up to `dead_share` of the settings, which
        `VersionRecord.num_dead_clips` counts. The version stands
        even when MLflow is out of reach: `Publication.tracking_error` then tells why it was not
        logged, and `log` catches up. Clips that were withdrawn stay out. Clips that `remove` keeps
        aside are let go: they cannot be brought back after it.

        Where the version that it goes on from has clips which the workspace lacks, and nobody took
        them out here, or was changed by others since, one has to say which is meant: `add` or
        `replace`. After an `add` it is asked of other clips only: what was kept stays so, and is
        counted. Who publishes at the same moment as others comes after them, with what was changed
        here.

        Args:
            message: what is new in this version.
            filter: SQL condition on the columns of the manifest; other clips stay out.
            onto: version that this one goes on from; the latest when None.
            add: keep what that version has, and add what was changed here.
            replace: publish the clips of this workspace alone.
            shard_bytes: mean audio bytes of a new shard, to 16 GiB; those of the parent when None,
                64 MiB for the first version.
            compact: put clips again until no shard holds one that the version does not name, and no
                shard is small; also when nothing changed.
            with_unsure: publish those too of which a person was unsure.
            track: log it in MLflow.

        Raises:
            InvalidInputError: there is nothing to publish, the condition is not SQL, no shard can
                have that size, `onto` is of another dataset, or it is not said whether to add or
                to replace.
            NotFoundError: no such version.
            MediaError: a clip's audio is missing or does not match its manifest row.
            ConflictError: others changed the same clips, each otherwise; or published
                meanwhile what `replace` would leave out unseen.
            StorageError: the store refused or did not answer.
        """
        from audioset.curation.accepted import lay_accepted
        from audioset.curation.decide import count_unjudged
        from audioset.curation.removed import let_go
        from audioset.curation.shapes import list_waiting
        from audioset.curation.workspace.effective import find_unsure, list_clip_ids
        from audioset.tracking.published import log_publication
        from audioset.versions.publish import PutBefore, publish_table

        if add and replace:
            raise InvalidInputError(
                f"say {as_option('add', 'True')} or {as_option('replace', 'True')}, not both"
            )
        cut_shards = _CutShards(self.working)
        aside = list_clip_ids(self.working.aside)  # not what somebody removes meanwhile
        with ExitStack() as laid:
            folder = cache(lambda: laid.enter_context(self.store.scratch()))
            rows = lay_accepted(self.working, filter, with_unsure=with_unsure, folder=folder)
            num_unsure = 0 if with_unsure else len(find_unsure(self.working))
            num_unjudged = count_unjudged(rows, self.working)
            publication = self._publish_onto(
                rows,
                None if onto is None else self._resolve(onto),
                partial(
                    publish_table,
                    clips_dir=self.clips_dir,
                    store=self.store,
                    dataset=self.name,
                    message=message,
                    progress=progress,
                    shard_bytes=shard_bytes,
                    dead_share=self.settings.dead_share,
                    compact=compact,
                    find_cut_shards=cut_shards.find,
                    before=PutBefore(),
                ),
                folder,
                add=add,
                replace=replace,
            )
        if cut_shards.found.keys() - {shard.sha256 for shard in publication.record.shards}:
            self._note_places(publication.record)
        publication = dataclasses.replace(
            publication,
            num_unjudged=num_unjudged,
            num_unsure=num_unsure,
            waiting=list_waiting(self.working),
            num_let_go=let_go(self.working, aside),
        )
        if not track:
            return publication
        return log_publication(publication, self.tracking, self.store, self.split_options)

    def _publish_onto(
        self,
        ours: "ManyRows",
        chosen: "VersionRecord | None",
        put: "Callable[..., Publication]",
        folder: "Callable[[], Path]",
        *,
        add: bool,
        replace: bool,
    ) -> "Publication":
        """Publish rows after a version, as is meant where it has what is not here."""
        from audioset.versions.read.parent import find_parent

        if chosen is not None and chosen.dataset != self.name:
            raise InvalidInputError(
                f"{chosen.ref} is a version of another dataset than {self.name}, which is published"
            )
        parent, base = find_parent(self.store, self.folder, self.name)
        if not replace and chosen is None:
            return self._publish_change(ours, base, parent, put, folder, add=add)
        rows, behind = ours, dict[str, int]()
        if not replace:
            rows, behind = self._planned(ours, chosen, base, parent, folder, add=add)
        num_not_here = _count_others(rows, ours)
        publication = self._publish_as_they_are(rows, chosen, put)
        return self._told(publication, num_not_here, behind)

    def _publish_change(
        self,
        ours: "ManyRows",
        base: "VersionRecord | None",
        parent: "Parent | None",
        put: "Callable[..., Publication]",
        folder: "Callable[[], Path]",
        *,
        add: bool,
    ) -> "Publication":
        """Publish a change of the latest version, planned again on those that appear meanwhile."""
        from audioset.versions.publish import find_latest

        here, behind = ours, dict[str, int]()
        for lost in range(_TRIES):
            started = time.monotonic()
            target = find_latest(self.store, self.name)[0]
            rows, found = self._planned(ours, target, base, parent, folder, add=add)
            behind = {**found, **behind}
            # What others publish until it is put must be known to the plan.
            expected = 0 if target is None else target.version
            with suppress(ConflictError):
                publication = put(rows, expected=expected)
                return self._told(publication, _count_others(rows, here), behind)
            _let_others_pass(time.monotonic() - started, lost)
            # What is published now is a change of what was the latest until this moment.
            ours, base, add = rows, target, True
            parent = None if target is None else _parent_of(target, lacks=False)
        raise ConflictError(f"others publish {self.name} all the time; run publish again")

    def _publish_as_they_are(
        self,
        rows: "ManyRows",
        chosen: "VersionRecord | None",
        put: "Callable[..., Publication]",
    ) -> "Publication":
        """Publish rows that leave out what is not in them: alone, or onto a version that is named.

        Raises:
            ConflictError: no version was named, and others published one that nobody has looked at.
        """
        from audioset.versions.publish import find_latest

        seen = find_latest(self.store, self.name)[0] if chosen is None else None
        for _ in range(_TRIES):
            with suppress(ConflictError):
                if chosen is not None:
                    return put(rows, parent=chosen.version)
                return put(rows, expected=0 if seen is None else seen.version)
            latest = find_latest(self.store, self.name)[0]
            if chosen is None and latest is not None and latest != seen:
                raise ConflictError(
                    f"{latest.ref} was published by {latest.created_by} meanwhile, and nothing "
                    f"here says that what it brought goes; see audioset diff {latest.ref}, and "
                    "publish again"
                )
        raise ConflictError(f"others publish {self.name} all the time; run publish again")

    def _told(
        self, publication: "Publication", num_not_here: int, behind: "Mapping[str, int]"
    ) -> "Publication":
        """Remember what the next publish goes on from, and tell what is not here of it."""
        parent = _parent_of(publication.record, lacks=num_not_here > 0)
        self._remember(dataclasses.replace(parent, behind=behind))
        return dataclasses.replace(publication, num_not_here=num_not_here)

    def _planned(
        self,
        ours: "ManyRows",
        target: "VersionRecord | None",
        base: "VersionRecord | None",
        parent: "Parent | None",
        folder: "Callable[[], Path]",
        *,
        add: bool,
    ) -> "tuple[ManyRows, dict[str, int]]":
        """Give the rows of the version after another; asks where that is not said.

        Returns:
            The rows, and of clips of which others' rows are taken the version that ours are of.

        Raises:
            InvalidInputError: it is not said whether to add or to replace.
        """
        plan = self._plan_onto(ours, target, base, parent, folder)
        if plan is None:
            return ours, {}
        if not add and not plan.is_plain:
            raise plan.ask()
        if base is None:  # then all rows of the workspace hold
            return plan.rows, {}
        known = {} if parent is None else parent.behind
        return plan.rows, {clip: known.get(clip, base.version) for clip in plan.behind}

    def _plan_onto(
        self,
        ours: "ManyRows",
        target: "VersionRecord | None",
        base: "VersionRecord | None",
        parent: "Parent | None",
        folder: "Callable[[], Path]",
    ) -> "OntoVersion | None":
        """Find what the workspace lacks of a version; None where it is the one that it had whole.

        Args:
            base: version that the workspace goes on from; None where it is not known.
            parent: what is remembered of it.
            folder: gives the folder for the rows of many clips.
        """
        from audioset.curation.status import read_held
        from audioset.versions.onto import OntoBase, plan_onto
        from audioset.versions.read.parent import read_earlier
        from audioset.versions.read.resolve import scan_version

        is_whole = parent is not None and parent.is_whole
        behind = {} if parent is None else parent.behind
        is_same = base is not None and target is not None and base.ref == target.ref
        if target is None or (is_whole and is_same and not behind):
            return None
        before = None
        if base is not None:
            told = None if is_same else scan_version(self.store, base)
            before = OntoBase(told=told)
            if parent is not None and parent.behind:
                ids, earlier = read_earlier(self.store, parent)
                before = OntoBase(told=told, behind=ids, earlier=earlier)
        return plan_onto(
            ours,
            scan_version(self.store, target),
            before,
            read_held(self.working),
            target.ref,
            folder=folder,
            is_whole=is_whole,
            keeps=parent is not None and parent.keeps,
        )

    def _note_places(self, record: "VersionRecord") -> None:
        """Note where a version has clips that it took out of the shards of their cuts.

        Those are needed by nobody then. Where that cannot be noted, `cut` and readers find out.
        """
        from audioset.curation.workspace.stored_places import note_places
        from audioset.versions.read.local_clips import scan_places

        with suppress(AudiosetError):
            note_places(self.working, scan_places(self.store, record))

    def _remember(self, parent: "Parent") -> None:
        """Remember what the next publish goes on from; where that cannot be written, it asks."""
        from audioset.versions.read.parent import write_parent

        with suppress(StorageError):
            write_parent(self.folder, parent)


class _CutShards:
    """The shards that cuts put into the store, read when a publish asks for them.

    Attributes:
        found: by hash; none until then.
    """

    def __init__(self, working: "Working") -> None:
        self.found: dict[str, ContentObject] = {}
        self._working = working

    def find(self) -> "dict[str, ContentObject]":
        from audioset.curation.workspace.stored_places import find_cut_shards

        self.found = find_cut_shards(self._working)
        return self.found


def _let_others_pass(seconds: float, lost: int) -> None:
    """Wait by chance, the longer the more tries were lost: of many at once few then lose again.

    Args:
        seconds: that the last try took.
        lost: tries before it.
    """
    time.sleep(random.uniform(0, min(seconds * 2**lost, _MOST_WAIT_SECONDS)))  # noqa: S311


def _parent_of(record: "VersionRecord", *, lacks: bool) -> "Parent":
    """Give what is remembered of a version that was published with clips that are not here."""
    from audioset.records.parent import Parent

    return Parent(
        dataset=record.dataset,
        version=record.version,
        digest=record.digest,
        is_whole=not lacks,
        keeps=lacks,
    )


def _count_others(rows: "ManyRows", here: "ManyRows") -> int:
    """Count the clips that only the first have; both are in the order of clip ids."""
    from audioset.records.manifest import manifest_schema
    from audioset.storage.rows.laid_rows import scan_rows
    from audioset.versions.read.windows import side_by_side

    if rows is here:
        return 0
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = pa.schema([manifest_schema().field("clip_id")])
    both = side_by_side(scan_rows(rows, ["clip_id"]), scan_rows(here, ["clip_id"]), schema)
    return sum(
        len(theirs)
        - pc.sum(pc.is_in(theirs["clip_id"], value_set=ours["clip_id"]), min_count=0).as_py()
        for theirs, ours in both
    )
