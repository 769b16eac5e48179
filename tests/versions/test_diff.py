"""A diff gives back exactly what was changed, and nothing when nothing was."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.catalog.decisions import Decision
from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.pages.diff import ENTRIES_PER_KIND, write_diff_page
from audioset.records.identity import make_clip_id
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.version_diff import (
    DiffClip,
    RecutClip,
    RelabelledClip,
    RetextedClip,
    VersionDiff,
)
from audioset.storage.rows import laid_entries
from audioset.storage.tables import order_manifest
from audioset.versions.diff.diff import DIFF_COLUMNS, DiffInput, diff_rows
from audioset.versions.layout import manifest_key
from audioset.versions.read.digest import table_digest
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.workspaces import add_source, changed, make_workspace

__all__ = ["s3_url"]  # a fixture: imported to be found by pytest

SPACE = 2.0  # seconds from one clip to the next; each is a second long
RATE = 8000


def make_row(source: str, start_seconds: float, **values: object) -> Clip:
    """Make the row of a clip that is a second long, unless `end_seconds` says otherwise."""
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    source_id = f"{source}-{sha256[:8]}"
    end_seconds = float(values.pop("end_seconds", start_seconds + 1))  # type: ignore[arg-type]
    clip_id = make_clip_id(source_id, start_seconds, end_seconds)
    start, end = round(start_seconds * RATE), round(end_seconds * RATE)
    made = Clip(
        clip_id=clip_id,
        source_id=source_id,
        source_name=f"{source}.mp4",
        source_sha256=sha256,
        pcm_sha256=hashlib.sha256(clip_id.encode()).hexdigest(),
        start_sample=start,
        end_sample=end,
        start_seconds=start_seconds,
        end_seconds=end_seconds,
        length_seconds=end_seconds - start_seconds,
        num_samples=end - start,
        sampling_rate=RATE,
        channels=1,
        source_channels=1,
        bit_depth=16,
        track=1,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def as_input(clips: list[Clip], name: str = "x", rows_at_once: int = 1000) -> DiffInput:
    table = order_manifest(table_from_clips(clips), name).select(DIFF_COLUMNS)
    return DiffInput(name, table.combine_chunks().to_batches(rows_at_once))


def diff_of(before: list[Clip], after: list[Clip]) -> VersionDiff:
    return diff_rows(as_input(before), as_input(after))


def digest_of(clips: list[Clip]) -> str:
    return table_digest(order_manifest(table_from_clips(clips), "x").to_batches())


def shown(clip: Clip) -> DiffClip:
    return DiffClip(
        clip_id=clip.clip_id,
        source_name=clip.source_name,
        length_seconds=clip.length_seconds,
        speaker=clip.speaker,
        split=clip.split,
        text=clip.text,
    )


BASE = [
    make_row(
        f"talk{number % 3}", SPACE * number, text=f"line {number}", speaker=f"s{number % 2}",
        split="train", snr_db=20.0, extra={"room": "hall", "mic": "m7"},
    )
    for number in range(12)
]  # fmt: skip
TEXTS = st.none() | st.text(max_size=5)
# What may happen to a clip that stays: column and new value; each differs from the old one.
EDITS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "pcm_sha256": st.just("f" * 64),
    "snr_db": st.sampled_from([None, 21.5]),
    "speaker": st.sampled_from([None, "new", "s9"]),
    "split": st.sampled_from([None, "test"]),
    "accepted": st.booleans(),
    "line": st.integers(1, 9),
    "licence": TEXTS.filter(lambda value: value is not None),
    "source_name": st.just("renamed.mp4"),
    "room": TEXTS,
}
KEPT_EDITS = st.fixed_dictionaries({}, optional=EDITS)
FATES = st.one_of(
    st.just("stay"), st.just("remove"),
    st.tuples(st.just("cut"), st.floats(-0.4, 0.4).filter(lambda shift: abs(shift) > 0.01)),
    KEPT_EDITS,
)  # fmt: skip


class Script:
    """A generated edit of `BASE`, and what a diff must say of it."""

    def __init__(self, fates: list[Any], num_added: int) -> None:
        self.after: list[Clip] = []
        self.added = [make_row("new", SPACE * number, text="hi") for number in range(num_added)]
        self.removed: list[Clip] = []
        self.recut: list[tuple[Clip, Clip]] = []
        self.retexted: list[RetextedClip] = []
        self.relabelled: list[RelabelledClip] = []
        self.num_remeasured = self.num_unchanged = 0
        for clip, fate in zip(BASE, fates, strict=True):
            self.apply(clip, fate)
        self.after += self.added

    def apply(self, clip: Clip, fate: Any) -> None:
        if fate == "remove":
            self.removed.append(clip)
        elif isinstance(fate, tuple):
            source = clip.source_id.partition("-")[0]
            cut = make_row(
                source,
                clip.start_seconds + max(0, fate[1]),
                end_seconds=clip.end_seconds + min(0, fate[1]),
            )
            self.recut.append((clip, cut))
            self.after.append(cut)
        else:
            self.edit(clip, {} if fate == "stay" else fate)

    def edit(self, clip: Clip, edits: dict[str, Any]) -> None:
        new = clip
        told = measured = False
        changes = []
        for column, value in edits.items():
            if column == "room":
                facts = {**clip.extra, "room": value} if value is not None else {"mic": "m7"}
                old, new = clip.extra["room"], replace(new, extra=facts)
                name = "extra['room']"
            else:
                old, new, name = getattr(clip, column), replace(new, **{column: value}), column
            if old == value:
                continue
            if column == "text":
                self.retexted.append(RetextedClip(clip_id=clip.clip_id, before=old, after=value))
            elif column == "source_name" and "pcm_sha256" in edits:
                continue
            elif column not in ("pcm_sha256", "snr_db"):
                changes.append(
                    RelabelledClip(clip_id=clip.clip_id, column=name, before=old, after=value)
                )
            told |= column != "snr_db"
            measured |= column == "snr_db"
        if "pcm_sha256" in edits:
            self.recut.append((clip, new))
        self.relabelled += changes
        self.num_remeasured += measured and not told
        self.num_unchanged += not measured and not told
        self.after.append(new)


@settings(max_examples=50)
@given(
    st.lists(FATES, min_size=len(BASE), max_size=len(BASE)),
    st.integers(0, 4),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from([0, 3, laid_entries.MOST_HELD_ENTRIES]),
)
def test_an_edit_script_comes_back_exactly(
    fates: list[Any], num_added: int, rows_at_once: int, other_rows_at_once: int, most_held: int
) -> None:
    script = Script(fates, num_added)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_entries, "MOST_HELD_ENTRIES", most_held)
        found = diff_rows(
            as_input(BASE, "old", rows_at_once), as_input(script.after, "new", other_rows_at_once)
        )

    def key(entry: Any) -> Any:
        return (entry.clip_id, getattr(entry, "column", ""))

    assert found.added == tuple(shown(c) for c in sorted(script.added, key=key))
    assert found.removed == tuple(shown(c) for c in sorted(script.removed, key=key))
    pairs = sorted(script.recut, key=lambda pair: pair[0].clip_id)
    assert found.recut == tuple(RecutClip(before=shown(a), after=shown(b)) for a, b in pairs)
    assert list(found.retexted) == sorted(script.retexted, key=key)
    assert sorted(found.relabelled, key=key) == sorted(script.relabelled, key=key)
    assert (found.num_remeasured, found.num_unchanged) == (
        script.num_remeasured,
        script.num_unchanged,
    )
    assert found.is_empty == (digest_of(BASE) == digest_of(script.after))
    for side, clips in ((found.before, BASE), (found.after, script.after)):
        assert side.num_clips == len(clips)
        assert side.length_seconds == pytest.approx(sum(c.length_seconds for c in clips))
    for column, changes in (("speaker", found.speakers), ("split", found.splits)):
        assert {(c.name, c.num_before, c.num_after) for c in changes} == {
            (
                name,
                *(sum(getattr(c, column) == name for c in clips) for clips in (BASE, script.after)),
            )
            for name in {getattr(c, column) for c in [*BASE, *script.after]}
        }
        assert sum(c.after_seconds for c in changes) == pytest.approx(found.after.length_seconds)


def test_lists_are_in_the_order_of_clip_ids() -> None:
    after = [replace(clip, text="x", speaker="y", split="test") for clip in BASE]
    found = diff_of(BASE, after)
    ids = sorted(clip.clip_id for clip in BASE)
    assert [change.clip_id for change in found.retexted] == ids
    assert [change.clip_id for change in found.relabelled] == [i for i in ids for _ in range(2)]
    assert found.num_relabelled == len(BASE)
    assert found.relabelled_columns == {"speaker": 12, "split": 12}


def test_a_clip_is_measured_anew_only_when_it_is_nothing_else() -> None:
    after = [replace(clip, text_score=0.5, text_source="model:asr@2") for clip in BASE]
    after[0] = replace(BASE[0], text_score=0.5)
    after[1] = replace(BASE[1], text_score=0.5, text="x")
    after[2] = replace(BASE[2], snr_db=1.0)
    after[3] = replace(BASE[3], text_score=0.5, take_similarity=0.5, snr_db=1.0)
    found = diff_of(BASE, after)
    assert found.num_relabelled == len(BASE) - 4
    assert set(found.relabelled_columns) == {"text_source"}
    assert found.num_measured_anew == 3
    assert found.measured_columns == {"text_score": 2, "take_similarity": 1, "quality": 1}
    changes = {(change.clip_id, change.column) for change in found.relabelled}
    assert {(clip.clip_id, "text_score") for clip in BASE if clip is not BASE[2]} < changes


@settings(max_examples=30)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "text": st.just("x"),
                "pcm_sha256": st.just("f" * 64),
                "snr_db": st.just(1.0),
                "speaker": st.just("new"),
                "text_score": st.just(0.5),
                "take_similarity": st.just(0.5),
            },
        ),
        min_size=len(BASE),
        max_size=len(BASE),
    )
)
def test_counts_are_those_of_the_entries_however_they_are_held(edits: list[dict[str, Any]]) -> None:
    after = [replace(clip, **edit) for clip, edit in zip(BASE, edits, strict=True)]
    few = diff_of(BASE, after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_entries, "MOST_HELD_ENTRIES", 0)
        many = diff_of(BASE, after)
    assert many == few
    measures = {"text_score", "take_similarity"}
    only_measured = [edit for edit in edits if edit.keys() and edit.keys() <= {*measures, "snr_db"}]
    for found in (few, many):
        labels = [change for change in found.relabelled if change.column == "speaker"]
        assert list(found.labels) == labels
        assert found.labels[:2] == tuple(labels[:2])
        assert len(found.labels) == found.num_relabelled == len(labels)
        assert found.num_measured_anew == len(only_measured)
        assert found.measured_columns == {
            name: number
            for name in measures
            if (number := sum(name in edit for edit in only_measured))
        } | ({"quality": quality} if (quality := only_measured.count({"snr_db": 1.0})) else {})


def test_what_says_the_same_is_no_change() -> None:
    """As for the digest: the order of further facts, an empty one, NaN and -0.0."""
    before = make_row("talk", 0, snr_db=None, dc_offset=0.0, extra={"a": "1", "b": "2"})
    table = order_manifest(table_from_clips([before, make_row("talk", 5)]), "x")
    nan = pa.array([float("nan"), float("nan")], pa.float32())
    same = table.set_column(
        table.schema.get_field_index("snr_db"), table.schema.field("snr_db"), nan
    )
    other = same
    for name, values in (("extra", [[("b", "2"), ("a", "1")], None]), ("dc_offset", [-0.0, None])):
        index = other.schema.get_field_index(name)
        field = other.schema.field(index)
        other = other.set_column(index, field, pa.array(values, field.type))
    assert not other.equals(same)
    inputs = [DiffInput("x", t.select(DIFF_COLUMNS).to_batches()) for t in (same, other)]
    found = diff_rows(*inputs)
    assert (found.is_empty, found.num_unchanged) == (True, 2)
    assert table_digest(same.to_batches()) == table_digest(other.to_batches())


def test_less_than_half_of_the_shorter_clip_is_another_clip() -> None:
    before = [make_row("talk", 0, end_seconds=4.0)]
    half = diff_of(before, [make_row("talk", 3.0, end_seconds=5.0)])
    assert [(p.before.clip_id, p.after.clip_id) for p in half.recut] == [
        (before[0].clip_id, make_row("talk", 3.0, end_seconds=5.0).clip_id)
    ]
    assert not half.added + half.removed
    less = diff_of(before, [make_row("talk", 3.1, end_seconds=5.1)])
    assert (len(less.recut), len(less.added), len(less.removed)) == (0, 1, 1)


@pytest.mark.parametrize("other", [{"channel": 2}, {"track": 2}, {"source_sha256": "0" * 64}])
def test_another_channel_track_or_source_is_another_clip(other: dict[str, Any]) -> None:
    after = replace(make_row("talk", 0.1), **other)
    found = diff_of([make_row("talk", 0)], [after])
    assert (len(found.recut), len(found.added), len(found.removed)) == (0, 1, 1)


def test_of_several_overlaps_the_greatest_makes_the_pair() -> None:
    """A clip that was split in two: the longer half is the clip, the other half is new."""
    whole = make_row("talk", 0, end_seconds=10.0)
    halves = [make_row("talk", 0, end_seconds=4.0), make_row("talk", 4.0, end_seconds=10.0)]
    found = diff_of([whole], halves)
    assert [p.after.clip_id for p in found.recut] == [halves[1].clip_id]
    assert [clip.clip_id for clip in found.added] == [halves[0].clip_id]


def test_nothing_and_something_can_be_compared() -> None:
    for before, after, kind in ((BASE, [], "removed"), ([], BASE, "added")):
        found = diff_of(before, after)
        assert len(getattr(found, kind)) == len(BASE)
        assert found.num_unchanged == 0
    assert diff_of([], []).is_empty


@pytest.fixture(params=["local", "s3"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A workspace with scots@v1, and a store of either kind."""
    made = make_workspace(tmp_path / "work", sources=2, clips_per_source=4)
    if request.param == "s3":
        made = changed(made, store=request.getfixturevalue("s3_url"))
    made.publish(track=False)
    return made


def change(ws: Workspace) -> list[str]:
    """Decide about three clips and add a source; gives the ids of the three."""
    ids = sorted(path.stem for path in ws.clips_dir.iterdir())[:3]
    ws.decide(
        [
            Decision("clip", ids[0], "text", "aye"),
            Decision("clip", ids[1], "accepted", False),
            Decision("clip", ids[2], "accent", "fife"),
        ]
    )
    add_source(ws, "late.mp4", 2, speaker="late")
    return ids


def test_the_working_clips_are_compared_as_the_next_publish_takes_them(
    workspace: Workspace,
) -> None:
    assert workspace.diff("scots@v1").is_empty
    ids = change(workspace)
    found = workspace.diff("scots@v1")
    assert [(c.clip_id, c.after) for c in found.retexted] == [(ids[0], "aye")]
    assert [clip.clip_id for clip in found.removed] == [ids[1]]
    assert [(c.clip_id, c.column, c.after) for c in found.relabelled] == [
        (ids[2], "accent", "fife")
    ]
    assert {clip.speaker for clip in found.added} == {"late"}
    workspace.publish(track=False)
    published = workspace.diff("scots@v1", "scots@v2")
    assert replace(published, after=found.after) == found
    assert workspace.diff("scots@v2", "working").is_empty


def test_aliases_and_pin_files_name_versions_too(workspace: Workspace, tmp_path: Path) -> None:
    change(workspace)
    workspace.publish(track=False)
    workspace.alias("prod", "scots@v1")
    pin = workspace.write_pin("scots@v2", tmp_path / "scots.pin.json")
    expected = workspace.diff("scots@v1", "scots@v2")
    assert workspace.diff("scots@prod", pin) == expected
    with pytest.raises(NotFoundError, match="scots@v7 does not exist; scots has v1 to v2"):
        workspace.diff("scots@v7")


def test_withdrawn_clips_are_told_and_not_compared(workspace: Workspace) -> None:
    workspace.publish(track=False)
    gone = add_source(workspace, "late.mp4", 2, speaker="late")
    workspace.publish(track=False)
    workspace.forget(speaker="late", yes=True)
    # The same recordings come back: publish leaves them out, and so does the comparison.
    add_source(workspace, "late.mp4", 2, speaker="late")
    found = workspace.diff("scots@v2")
    assert found.is_empty
    assert (found.before.num_withdrawn, found.after.num_withdrawn) == (len(gone), len(gone))


def test_a_damaged_manifest_is_never_compared(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    record = made.publish(track=False).record
    path = Path(made.settings.store) / manifest_key("scots", record.manifests[0].sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match="scots@v1 is damaged"):
        made.diff("scots@v1")


def test_a_clip_that_stands_twice_is_named(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    made.publish(track=False)
    [path] = made.manifests_dir.iterdir()
    path.with_name("copy.parquet").write_bytes(path.read_bytes())
    with pytest.raises(InvalidInputError, match="stands in both"):
        made.diff("scots@v1")


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[[VersionDiff], str]:
    def write_and_read(diff: VersionDiff) -> str:
        return write_diff_page(diff, tmp_path / "diff.html").read_text(encoding="utf-8")

    return write_and_read


def test_the_page_escapes_texts_and_loads_nothing(page_of: Callable[[VersionDiff], str]) -> None:
    evil = "<script>alert('x')</script>\x07 & \u202e"
    after = [replace(clip, text=evil, speaker=evil, extra={"room": evil}) for clip in BASE[1:]]
    page = page_of(diff_of(BASE, [*after, make_row("new", 0, text=evil)]))
    assert "<script" not in page
    assert "\x07" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page
    for loads in ("http:", "https:", "src=", "@import", "url(", "<link"):
        assert loads not in page


def test_the_page_marks_the_words_that_replace(page_of: Callable[[VersionDiff], str]) -> None:
    before = [make_row("talk", 0, text="the wee bairn slept")]
    page = page_of(diff_of(before, [replace(before[0], text="the wee lass slept")]))
    assert "the wee <del>bairn</del> slept" in page
    assert "the wee <ins>lass</ins> slept" in page


def test_the_page_stays_small_and_says_what_it_leaves_out(
    page_of: Callable[[VersionDiff], str],
) -> None:
    rows = [make_row("talk", 2.0 * n, text="y " * 9_000) for n in range(ENTRIES_PER_KIND + 50)]
    page = page_of(diff_of([], rows))
    assert page.count('class="id"') == ENTRIES_PER_KIND
    assert f"550, the first {ENTRIES_PER_KIND}; --json gives all" in page
    assert len(page) < 1_000_000


def test_the_page_says_that_nothing_replace(page_of: Callable[[VersionDiff], str]) -> None:
    assert "Nothing changed." in page_of(diff_of(BASE, BASE))
