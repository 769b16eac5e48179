"""The effective manifest: clip decisions over speaker decisions over what was measured."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

import audioset
from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import Decision
from audioset.curation.workspace.effective import (
    read_effective,
    read_history,
    record_decisions,
    scan_effective,
)
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import manifest_schema, table_from_clips
from audioset.storage.tables import list_manifests, read_manifest, write_manifest
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)


def rows(ws: Workspace) -> dict[str, dict[str, Any]]:
    return {row["clip_id"]: row for row in read_effective(ws.working).to_pylist()}


def clip_ids(ws: Workspace) -> list[str]:
    return sorted(path.stem for path in ws.clips_dir.glob("*.flac"))


def measured(ws: Workspace) -> pa.Table:
    paths = list_manifests(ws.manifests_dir)
    return pa.concat_tables(read_manifest(path) for path in paths)


def test_without_decisions_it_is_what_was_measured(workspace: Workspace) -> None:
    table = read_effective(workspace.working)
    assert table.equals(measured(workspace))
    assert table.schema == manifest_schema()
    assert not (workspace.folder / "catalog.db").exists()


def test_without_manifests_it_is_empty_and_a_scan_says_so(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "empty")
    assert read_effective(ws.working).num_rows == 0
    with pytest.raises(NotFoundError, match="cut a source first"):
        list(scan_effective(ws.working))


def test_a_persons_text_is_marked_as_such(workspace: Workspace) -> None:
    add_source(workspace, "model.mp4", 1, text="eye", text_source="model:asr@1", text_score=0.4)
    (clip_id,) = (c for c in clip_ids(workspace) if c.startswith("model"))
    assert rows(workspace)[clip_id]["text_score"] == pytest.approx(0.4)
    record_decisions([Decision("clip", clip_id, "text", "Aye")], workspace.working, by="ada")
    row = rows(workspace)[clip_id]
    assert (row["text"], row["text_source"], row["text_score"]) == ("Aye", "human", None)
    record_decisions([Decision("clip", clip_id, "text", None)], workspace.working, by="ada")
    row = rows(workspace)[clip_id]
    assert (row["text"], row["text_source"], row["text_score"]) == (None, None, None)


def test_a_clip_wins_over_its_speaker_and_the_speaker_over_the_manifest(
    workspace: Workspace,
) -> None:
    first, second, *_ = clip_ids(workspace)  # both of speaker0, split test
    record_decisions(
        [
            Decision("clip", first, "split", "validation"),
            Decision("speaker", "speaker0", "split", "train"),
            Decision("speaker", "speaker0", "gender", "f"),
        ],
        workspace.working,
        by="ada",
    )
    decided = rows(workspace)
    assert (decided[first]["split"], decided[first]["gender"]) == ("validation", "f")
    assert (decided[second]["split"], decided[second]["gender"]) == ("train", "f")
    assert all(row["gender"] is None for row in decided.values() if row["speaker"] == "speaker1")


def test_facts_follow_the_speaker_that_was_decided(workspace: Workspace) -> None:
    first, second, *_ = clip_ids(workspace)
    record_decisions(
        [
            Decision("clip", first, "speaker", "zoe"),
            Decision("speaker", "zoe", "accent", "leith"),
            Decision("speaker", "speaker0", "accent", "ayr"),
        ],
        workspace.working,
        by="ada",
    )
    decided = rows(workspace)
    assert (decided[first]["speaker"], decided[first]["accent"]) == ("zoe", "leith")
    assert (decided[second]["speaker"], decided[second]["accent"]) == ("speaker0", "ayr")


def test_extra_facts_are_set_overruled_and_removed(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    facts = {"microphone": "m7", "room": "hall"}
    first, second = (c.clip_id for c in add_source(ws, "a.mp4", 2, speaker="ada", extra=facts))
    record_decisions(
        [
            Decision("speaker", "ada", "room", "booth"),
            Decision("speaker", "ada", "a shoe", "42"),
            Decision("clip", first, "room", "stairs"),
            Decision("clip", first, "microphone", None),
        ],
        ws.working,
        by="ada",
    )
    decided = rows(ws)
    assert decided[first]["extra"] == [("a shoe", "42"), ("room", "stairs")]
    assert decided[second]["extra"] == [("a shoe", "42"), ("microphone", "m7"), ("room", "booth")]


def test_rejected_clips_are_scanned_but_not_read_for_publishing(workspace: Workspace) -> None:
    first, second, third, *rest = clip_ids(workspace)
    verdicts = {first: False, second: True, third: None}
    record_decisions(
        [Decision("clip", clip, "accepted", value) for clip, value in verdicts.items()],
        workspace.working,
        by="ada",
    )
    assert sorted(rows(workspace)) == [second, third, *rest]
    batches = scan_effective(workspace.working, columns=["accepted", "clip_id"])
    scanned = {row["clip_id"]: row["accepted"] for batch in batches for row in batch.to_pylist()}
    assert scanned == {**dict.fromkeys(clip_ids(workspace)), **verdicts}


def test_a_scan_gives_the_wanted_columns_only(workspace: Workspace) -> None:
    record_decisions([Decision("speaker", "speaker0", "gender", "f")], workspace.working, by="ada")
    for batch in scan_effective(workspace.working, columns=["gender", "length_seconds"]):
        assert batch.schema.names == ["gender", "length_seconds"]
        assert set(batch.column("gender").to_pylist()) <= {"f", None}


def test_a_clip_in_two_manifests_is_refused_and_both_are_named(workspace: Workspace) -> None:
    path, *_ = list_manifests(workspace.manifests_dir)
    copy = path.with_name(f"{path.stem}-copy.parquet")
    write_manifest(copy, read_manifest(path).slice(1, 1))
    with pytest.raises(InvalidInputError, match=rf"{copy.name} and .*{path.name}") as caught:
        read_effective(workspace.working)
    assert read_manifest(path)["clip_id"][1].as_py() in str(caught.value)


def test_one_source_may_be_spread_over_manifests(workspace: Workspace) -> None:
    before = read_effective(workspace.working)
    path, *_ = list_manifests(workspace.manifests_dir)
    table = read_manifest(path)
    write_manifest(path, table.slice(0, 1))
    write_manifest(path.with_name(f"{path.stem}-2.parquet"), table.slice(1))
    assert read_effective(workspace.working).sort_by("clip_id").equals(before.combine_chunks())


def test_unknown_clips_and_speakers_are_refused_and_nothing_is_recorded(
    workspace: Workspace,
) -> None:
    known = Decision("clip", clip_ids(workspace)[0], "accepted", True)
    with pytest.raises(NotFoundError, match="no clip 'nope'"):
        record_decisions(
            [known, Decision("clip", "nope", "accepted", True)], workspace.working, by="ada"
        )
    with pytest.raises(NotFoundError, match="'rab'; speakers are speaker0, speaker1"):
        record_decisions(
            [known, Decision("speaker", "rab", "gender", "m")], workspace.working, by="ada"
        )
    with pytest.raises(InvalidInputError, match="split is train"):
        record_decisions(
            [known, Decision("speaker", "rab", "split", "dev")], workspace.working, by="ada"
        )
    assert CatalogDatabase(workspace.settings.catalog).current() == {}


def test_history_tells_who_and_what(workspace: Workspace) -> None:
    clip_id = clip_ids(workspace)[0]
    assert read_history(clip_id, workspace.working) == []
    record_decisions([Decision("clip", clip_id, "line", 1)], workspace.working, by="ada")
    record_decisions([Decision("clip", clip_id, "line", 2)], workspace.working)
    history = read_history(clip_id, workspace.working)
    assert [entry.decision.value for entry in history] == [1, 2]
    assert history[0].decided_by == "ada"
    assert history[1].decided_by


def test_decisions_hold_after_a_source_is_cut_again(workspace: Workspace) -> None:
    path, *_ = list_manifests(workspace.manifests_dir)
    table = read_manifest(path)
    clip_id = table["clip_id"][0].as_py()
    record_decisions([Decision("clip", clip_id, "text", "Aye")], workspace.working, by="ada")
    write_manifest(path, table.slice(1))  # the new cut lacks the clip: its decision waits
    assert clip_id not in rows(workspace)
    write_manifest(path, table)
    assert rows(workspace)[clip_id]["text"] == "Aye"


_FIELDS = {
    "text": st.sampled_from(["Aye", "och", None]),
    "accepted": st.sampled_from([True, None]),
    "split": st.sampled_from(["train", "test", None]),
    "line": st.integers(1, 5),
    "accent": st.sampled_from(["ayr", "leith", None]),
    "shoe": st.sampled_from(["42", None]),
}
_CLIPS = st.integers(0, 5)


@examples(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    data=st.data(),
    plan=st.lists(st.tuples(st.sampled_from(sorted(_FIELDS)), st.booleans(), _CLIPS), max_size=12),
)
def test_decisions_fold_like_the_words_say(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, plan: list[tuple[str, bool, int]]
) -> None:
    ws = audioset.init(tmp_path_factory.mktemp("fold") / "scots")
    clips = [
        clip
        for name in ("a", "b")
        for clip in add_source(ws, f"{name}.mp4", 3, speaker=name, text="x", text_source="human")
    ]
    of_clip: dict[tuple[str, str], Any] = {}
    of_speaker: dict[tuple[str, str], Any] = {}
    for field, for_speaker, number in plan:
        value = data.draw(_FIELDS[field])
        clip = clips[number]
        if for_speaker and field not in ("text", "line"):
            of_speaker[clip.speaker or "", field] = value
            record_decisions([Decision("speaker", clip.speaker or "", field, value)], ws.working)
        else:
            of_clip[clip.clip_id, field] = value
            record_decisions([Decision("clip", clip.clip_id, field, value)], ws.working)
    table = rows(ws)
    for row in table_from_clips(clips).to_pylist():
        got = table[row["clip_id"]]
        for field in _FIELDS:
            expected = of_clip.get(
                (row["clip_id"], field), of_speaker.get((row["speaker"], field), row.get(field))
            )
            actual = dict(got["extra"]).get("shoe") if field == "shoe" else got[field]
            assert actual == expected, field
