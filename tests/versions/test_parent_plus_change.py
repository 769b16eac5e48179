"""A version is its parent plus a change: only new audio is sent, and what is dead is bounded."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioset.errors import ConflictError, IntegrityError, MediaError
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.version import VersionRecord
from audioset.storage.store import Store, open_store
from audioset.versions.forget import forget, plan_forget
from audioset.versions.layout import shard_key
from audioset.versions.publish.publish import Publication, publish_table
from audioset.versions.read.resolve import list_versions, read_version
from audioset.versions.verify.verify import verify
from audioset.workspace import Workspace
from tests.versions.publishing import SHARD_BYTES, publish, with_value, working_table
from tests.workspaces import add_source, make_clip, make_workspace

MADE = {
    (talk, number, seconds): make_clip(
        f"talk {talk}.mp4", number, seconds=seconds, speaker=f"speaker{talk}"
    )
    for talk in range(3)
    for number in range(8)
    for seconds in (0.25, 0.3)
}
Key = tuple[int, int, float]


@dataclass
class History:
    """A dataset whose clips come and go; it keeps their files in a folder."""

    folder: Path
    store: Store = field(default_factory=lambda: open_store("memory://"))
    clips: set[Key] = field(default_factory=set)

    def publish(self, **options: Any) -> Publication:
        return publish_clips(self.folder, self.store, self.clips, **options)


def publish_clips(
    folder: Path, store: Store, clips: set[Key], *, dead_share: float = 0.1, compact: bool = False
) -> Publication:
    chosen: list[Clip] = []
    for key in sorted(clips):
        clip, flac = MADE[key]
        (folder / f"{clip.clip_id}.flac").write_bytes(flac)
        chosen.append(clip)
    return publish_table(
        table_from_clips(chosen),
        clips_dir=folder,
        store=store,
        dataset="scots",
        shard_bytes=SHARD_BYTES,
        dead_share=dead_share,
        compact=compact,
    )


def require_ranges(store: Store, record: VersionRecord) -> None:
    """Every row says where bytes lie that have its hash."""
    for row in read_version(store, record).to_pylist():
        key = shard_key("scots", row["shard_sha256"])
        (flac,) = store.get_ranges(key, [(row["offset_bytes"], row["size_bytes"])])
        assert hashlib.sha256(flac).hexdigest() == row["audio_sha256"]


def live_bytes(rows: pa.Table) -> int:
    """Bytes of clips with headers and facts, which are at most 3 KiB here."""
    return sum(rows["size_bytes"].to_pylist()) + 3 * 1024 * rows.num_rows


steps = st.lists(
    st.tuples(
        st.sets(st.sampled_from(sorted(MADE)), max_size=6),
        st.sets(st.sampled_from(sorted(MADE)), max_size=6),
        st.sampled_from(["as it is", "as it is", "none dead", "compact"]),
    ),
    min_size=1,
    max_size=5,
)


@given(steps=steps)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_after_any_history_a_version_is_what_a_fresh_publish_gives(
    tmp_path: Path, steps: list[tuple[set[Key], set[Key], str]]
) -> None:
    history = History(tmp_path)
    for added, removed, how in steps:
        before = set(history.clips)
        history.clips = (history.clips | added) - removed or {min(MADE)}
        dead_share = 0.0 if how == "none dead" else 0.1
        made = history.publish(dead_share=dead_share, compact=how == "compact")
        record, store = made.record, history.store
        fresh = publish_clips(tmp_path, open_store("memory://"), history.clips).record
        assert record.digest == fresh.digest
        require_ranges(store, record)
        rows = read_version(store, record)
        is_new = bool(history.clips - before)
        if how == "as it is" or made.unchanged:
            dead = sum(s.size_bytes for s in record.shards) - live_bytes(rows)
            assert dead <= 0.12 * record.size_bytes + 1024 * len(record.shards)
        if how != "as it is" and not (made.unchanged and how == "none dead"):
            assert record.num_dead_clips == 0
        assert record.format_version == (2 if record.num_dead_clips else 1)
        if history.clips == before and how == "as it is":
            assert made.uploaded_bytes == 0
        assert is_new or made.uploaded_bytes <= record.size_bytes
    report = verify(history.store, "scots")
    assert (report.problems, report.num_dead_clips) == ((), record.num_dead_clips)
    assert report.num_unneeded == 0


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "work", clips_per_source=20)


def shards_of(record: VersionRecord) -> set[str]:
    return {shard.sha256 for shard in record.shards}


def test_new_clips_go_into_new_shards_and_all_others_stay(ws: Workspace) -> None:
    first, store = publish(ws).record, open_store(ws.settings.store)
    places = read_version(store, first).select(["clip_id", "shard_sha256", "offset_bytes"])
    added = add_source(ws, "talk 0 more.mp4", 3)
    second = publish(ws)
    assert shards_of(first) < shards_of(second.record)
    size = sum((ws.clips_dir / f"{clip.clip_id}.flac").stat().st_size for clip in added)
    assert size < second.uploaded_bytes < size + 3 * 4096
    rows = read_version(store, second.record)
    kept = rows.filter(
        pa.array([i in set(places["clip_id"].to_pylist()) for i in rows["clip_id"].to_pylist()])
    )
    assert kept.select(places.column_names).equals(places)
    assert second.record.format_version == 1, "all clips of its shards are its own"


def test_removed_clips_send_nothing_until_they_are_a_tenth(ws: Workspace) -> None:
    first, table = publish(ws).record, working_table(ws)
    second = publish(ws, table.slice(2))
    assert (second.uploaded_bytes, second.record.num_dead_clips) == (0, 2)
    assert second.record.format_version == 2
    assert shards_of(second.record) == shards_of(first)
    scattered = table.take([number for number in range(2, 60) if number % 5])
    third = publish(ws, scattered)
    assert 0 < third.uploaded_bytes < first.size_bytes
    assert 0 < third.record.num_dead_clips <= 6
    none = publish(ws, scattered.slice(1), dead_share=0.0)
    assert (none.record.num_dead_clips, none.record.format_version) == (0, 1)


def test_compact_writes_a_version_of_the_same_rows_without_dead_clips(ws: Workspace) -> None:
    table = working_table(ws)
    publish(ws)
    second = publish(ws, table.slice(3)).record
    assert second.num_dead_clips == 3
    made = publish(ws, table.slice(3), compact=True)
    assert (made.unchanged, made.record.version, made.record.num_dead_clips) == (False, 3, 0)
    assert made.record.digest == second.digest
    assert publish(ws, table.slice(3), compact=True).unchanged
    assert publish(ws, table.slice(3)).record == made.record


def test_small_shards_of_many_publishes_become_few(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    sizes = []
    for number in range(24):
        add_source(ws, f"day {number}.mp4", 1, seconds=0.05)
        made = publish_table(
            working_table(ws),
            clips_dir=ws.clips_dir,
            store=open_store(ws.settings.store),
            dataset="scots",
            shard_bytes=10**6,
        )
        sizes.append(len(made.record.shards))
    assert max(sizes) <= 16 + 3
    assert made.record.num_dead_clips == 0


def test_a_retry_plans_the_same(ws: Workspace, tmp_path: Path) -> None:
    publish(ws)
    table = working_table(ws).slice(9)
    broken = Path(ws.settings.store)
    before = {path: path.read_bytes() for path in broken.rglob("*") if path.is_file()}
    first = publish(ws, table).record
    for path in broken.rglob("v0002.json"):
        path.unlink()  # as if it had been killed before its last step
    again = publish(ws, table)
    assert (again.record.shards, again.record.manifests) == (first.shards, first.manifests)
    assert again.uploaded_bytes == 0
    assert all(path.read_bytes() == data for path, data in before.items())


def test_clips_that_the_parent_holds_need_no_file(ws: Workspace) -> None:
    first = publish(ws).record
    for path in ws.clips_dir.iterdir():
        path.unlink()
    add_source(ws, "new.mp4", 2)
    second = publish(ws, working_table(ws)).record
    assert second.num_clips == first.num_clips + 2
    some = working_table(ws).slice(20)
    third = publish(ws, some, dead_share=0.0).record
    assert third.num_dead_clips == 0, "live clips of rewritten shards came from the store"
    require_ranges(open_store(ws.settings.store), third)
    lost = table_from_clips([make_clip("lost.mp4", 1)[0]])
    with pytest.raises(MediaError, match=r"1 of 43 clips have no audio, the first is .*lost-"):
        publish(ws, pa.concat_tables([some, lost]))


def test_a_clip_is_named_where_another_version_has_it(ws: Workspace) -> None:
    """As of a checkout: rows that say where their audio lies, and no file."""
    store, table = open_store(ws.settings.store), working_table(ws)
    first = publish(ws).record
    thin = read_version(store, first)
    publish(ws, table.slice(40, 20), dead_share=0.0)  # the latest lacks the others
    for path in ws.clips_dir.iterdir():
        path.unlink()
    made = publish(ws, thin)
    require_ranges(store, made.record)
    assert made.record.digest == first.digest
    assert made.uploaded_bytes < first.size_bytes / 2
    assert verify(store, "scots").problems == ()
    few = publish(ws, pa.concat_tables([thin.slice(0, 1), thin.slice(30)]), dead_share=1.0)
    require_ranges(store, few.record)


def test_a_thin_clip_that_is_not_what_it_says_is_refused(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    thin = read_version(store, publish(ws).record)
    publish(ws, working_table(ws).slice(40, 20), dead_share=0.0)
    for path in ws.clips_dir.iterdir():
        path.unlink()
    for column, value, error in (
        ("shard_sha256", "0" * 64, MediaError),
        ("shard_sha256", "../x", MediaError),
        ("audio_sha256", "0" * 64, IntegrityError),
        ("offset_bytes", 0, IntegrityError),
    ):
        with pytest.raises(error, match=f"clip {thin['clip_id'][0].as_py()} "):
            publish(ws, with_value(thin, 0, column, value))
    assert len(list_versions(store, "scots")) == 2


def test_forget_rewrites_shards_in_which_the_clip_is_only_dead(ws: Workspace) -> None:
    store, table = open_store(ws.settings.store), working_table(ws)
    first = publish(ws).record
    gone = table["clip_id"][0].as_py()
    second = publish(ws, table.slice(1), dead_share=1.0).record
    third = publish(ws, table.slice(2), dead_share=1.0).record
    assert shards_of(first) == shards_of(second) == shards_of(third)
    plan = plan_forget(store, "scots", column="clip_id", value=gone)
    assert [one.record.version for one in plan.versions] == [1]
    assert [record.version for record in plan.sharing] == [2, 3]
    forget(store, plan)
    left = list_versions(store, "scots")
    assert [(r.num_clips, r.num_withdrawn, r.num_dead_clips) for r in left] == [
        (59, 1, 0),
        (59, 0, 0),
        (58, 0, 1),
    ]
    for record in left:
        require_ranges(store, record)
    assert len({tuple(sorted(shards_of(record))) for record in left}) == 1, "each shard once"
    held = b"".join(store.get(key) for key in store.list_keys("scots/shards"))
    assert gone.encode() not in held
    report = verify(store, "scots", decode=True)
    assert (report.problems, report.num_unneeded) == ((), 0)


def test_a_version_that_appears_while_its_shard_is_withdrawn_is_found(ws: Workspace) -> None:
    store, table = open_store(ws.settings.store), working_table(ws)
    publish(ws)
    gone = table["clip_id"][0].as_py()
    plan = plan_forget(store, "scots", column="clip_id", value=gone)
    publish(ws, table.slice(1), dead_share=1.0)  # names the shard, not the clip
    with pytest.raises(ConflictError, match="scots@v2 was published meanwhile"):
        forget(store, plan)
    problems = verify(store, "scots").problems
    assert {problem.what for problem in problems} == {"still holds withdrawn recordings"}
    again = plan_forget(store, "scots", column="clip_id", value=gone)
    assert [record.version for record in again.sharing] == [2]
    forget(store, again)
    report = verify(store, "scots", decode=True)
    assert (report.problems, report.num_unneeded) == ((), 0)
    held = b"".join(store.get(key) for key in store.list_keys("scots/shards"))
    assert gone.encode() not in held


def test_rows_that_were_decided_on_another_version_are_refused(ws: Workspace) -> None:
    store, table = open_store(ws.settings.store), working_table(ws)
    publish(ws, table.slice(2))

    def publish_expecting(number: int) -> Publication:
        return publish_table(
            table, clips_dir=ws.clips_dir, store=store, dataset="scots", expected=number
        )

    for number in (0, 2):
        with pytest.raises(ConflictError, match="scots was published by others meanwhile; run pub"):
            publish_expecting(number)
    assert [record.version for record in list_versions(store, "scots")] == [1]
    assert publish_expecting(1).record.version == 2
