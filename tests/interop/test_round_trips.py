"""A version through every format and back: all comes back equal, or what does not was told."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import audioset
from audioset.interop.exporters import export_format_names
from audioset.records.fact_columns import column_of_fact, fact_of_column
from audioset.records.manifest import Clip, column_names
from audioset.workspace import Workspace
from tests.interop.round_trips import (
    BEGIN,
    END,
    FURTHER,
    KEPT,
    LOST,
    OF_IMPORT,
    OTHERWISE,
    PAGE,
    RoundTrip,
    as_table,
    go_round,
    make_version,
    published_clips,
    working_clips,
)
from tests.workspaces import add_source, make_workspace

# Formats that hold all that is known of a clip; the others are lists of texts and sounds.
FULL = ("audb", "croissant", "csv", "huggingface", "jsonl", "lhotse-shar", "webdataset")
FOLDER = {"csv": "train", "jsonl": "train", "audb": "audio"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_version(tmp_path_factory.mktemp("w") / "scots")


@pytest.fixture(scope="module")
def trips(ws: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RoundTrip]:
    folder = tmp_path_factory.mktemp("trips")
    return {name: go_round(ws, name, folder / name) for name in export_format_names()}


def test_there_is_something_in_every_column_that_could_be_lost(ws: Workspace) -> None:
    clips = published_clips(ws).values()
    empty = [
        name for name in column_names() if all(getattr(clip, name) in (None, {}) for clip in clips)
    ]
    assert empty == []


@pytest.mark.parametrize("name", export_format_names())
def test_nothing_is_lost_without_a_word(name: str, trips: dict[str, RoundTrip]) -> None:
    trip = trips[name]
    silent = {
        column: outcome
        for column, outcome in trip.outcomes.items()
        if outcome not in (KEPT, OTHERWISE, LOST)
    }
    assert silent == {}
    assert [each for each in trip.imported.problems if each.kind != "told"] == []


@pytest.mark.parametrize("name", FULL)
def test_a_format_that_holds_all_brings_the_very_clips_back(
    name: str, ws: Workspace, trips: dict[str, RoundTrip]
) -> None:
    trip = trips[name]
    assert (trip.exported.no_place, trip.exported.changed, trip.exported.left_out) == ({}, {}, {})
    assert set(trip.outcomes.values()) == {KEPT}
    assert (trip.imported.mapped, trip.imported.problems, trip.imported.lost) == ((), (), {})
    sound = {clip.clip_id: clip for clip in published_clips(ws).values()}
    for clip in working_clips(trip.ws).values():
        assert clip.extra.keys() - sound[clip.clip_id].extra.keys() == set(OF_IMPORT)
        first, second = (
            soundfile.read(each.clips_dir / f"{clip.clip_id}.flac", dtype="int32")[0]
            for each in (ws, trip.ws)
        )
        assert np.array_equal(first, second)


def test_the_page_shows_what_comes_back(trips: dict[str, RoundTrip]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page.partition(BEGIN)[2].partition(END)[0]
    assert shown == as_table(trips.values()), "python -m tests.interop.round_trips writes it anew"


@pytest.mark.parametrize("name", ["csv", "huggingface", "kaldi", "nemo-tarred"])
def test_imported_again_all_is_the_same(name: str, trips: dict[str, RoundTrip]) -> None:
    trip = trips[name]
    before = working_clips(trip.ws)
    again = trip.ws.import_corpus(trip.exported.place)
    assert (again.num_new, again.num_same, again.num_changed) == (0, len(before), 0)
    assert working_clips(trip.ws) == before


def test_clips_that_are_here_are_not_taken_twice(
    ws: Workspace, trips: dict[str, RoundTrip], tmp_path: Path
) -> None:
    shutil.copytree(ws.folder, tmp_path / "copy")
    copy = audioset.open_workspace(tmp_path / "copy")
    before = working_clips(copy)
    for dry_run in (True, False):
        report = copy.import_corpus(trips["jsonl"].exported.place, dry_run=dry_run)
        assert (report.num_new, report.num_elsewhere) == (0, len(before))
    assert working_clips(copy) == before
    assert len(list(copy.clips_dir.iterdir())) == len(before)


def test_what_a_person_removed_stays_removed(trips: dict[str, RoundTrip], tmp_path: Path) -> None:
    back = audioset.init(tmp_path / "back", name="scots")
    back.import_corpus(trips["csv"].exported.place)
    (first, second, _) = [c.clip_id for c in clips_of(back) if c.source_name == "Talk one.mp4"]
    (whole, _) = [c for c in clips_of(back) if c.source_name == "lines.wav"]
    back.remove([first, whole.source_id], yes=True)
    left = {clip.clip_id for clip in clips_of(back)}
    again = back.import_corpus(trips["csv"].exported.place, corpus="again")
    assert (again.num_removed, again.num_elsewhere, again.num_new) == (3, len(left), 0)
    assert second in left
    assert {clip.clip_id for clip in clips_of(back)} == left


def clips_of(ws: Workspace) -> list[Clip]:
    return sorted(working_clips(ws).values(), key=lambda clip: clip.clip_id)


@pytest.mark.parametrize("name", ["csv", "jsonl", "audb"])
def test_a_sound_that_somebody_changed_is_a_clip_of_its_own(
    name: str, trips: dict[str, RoundTrip], tmp_path: Path
) -> None:
    shutil.copytree(trips[name].exported.place, tmp_path / "export")
    changed, kept = sorted((tmp_path / "export" / FOLDER[name]).glob("talk-one*.flac"))[:2]
    samples, rate = soundfile.read(changed, dtype="int16")
    soundfile.write(changed, samples // 2, rate)
    back = audioset.init(tmp_path / "back", name="scots")
    report = back.import_corpus(tmp_path / "export")
    (told,) = report.problems
    assert (told.kind, changed.stem in told.why) == ("told", True)
    found = {clip.clip_id: clip for clip in clips_of(back)}
    assert kept.stem in found
    assert changed.stem not in found
    (own,) = [c for c in found.values() if c.source_name == changed.name]
    assert (own.start_sample, own.text, own.snr_db) == (0, found[kept.stem].text, own.snr_db)
    assert back.import_corpus(tmp_path / "export").num_same == len(found)


def test_of_a_converted_sound_what_was_published_stands_beside(
    ws: Workspace, tmp_path: Path
) -> None:
    ws.export("huggingface", "scots@v1", tmp_path / "export", sampling_rate=16_000)
    back = audioset.init(tmp_path / "back", name="scots")
    report = back.import_corpus(tmp_path / "export")
    assert (report.problems, report.mapped) == ((), ())
    published = {clip.clip_id: clip for clip in published_clips(ws).values()}
    for clip in clips_of(back):
        was = published[clip.extra["clip_id"]]
        assert clip.clip_id != was.clip_id
        assert (clip.sampling_rate, was.sampling_rate) == (16_000, 8000)
        for column in ("text", "text_source", "text_score", "hypothesis", "line", "speaker"):
            assert getattr(clip, column) == getattr(was, column)
        assert clip.extra["source_sha256"] == was.source_sha256
        assert json.loads(clip.extra["start_seconds"]) == was.start_seconds
        assert ("snr_db" in clip.extra) == (was.snr_db is not None)


def test_what_a_cell_cannot_tell_is_told(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w", sources=0)
    add_source(made, "a.wav", 1, text="one\r\ntwo", text_source="human", hypothesis="")
    add_source(made, "b.wav", 1, text="19", text_source="human", speaker="19", extra={"mood": ""})
    made.publish(track=False)
    for name in ("csv", "audb"):
        trip = go_round(made, name, tmp_path / name)
        assert trip.exported.changed == {
            "with a carriage return in a column: a line break": 1,
            "with a column that says it is empty: as if it said nothing": 2,
        }
        assert {clip.text for clip in clips_of(trip.ws)} == {"one\ntwo", "19"}
        assert {clip.speaker for clip in clips_of(trip.ws)} == {None, "19"}
    for name in ("huggingface", "jsonl", "lhotse-shar", "webdataset"):
        assert set(go_round(made, name, tmp_path / name).outcomes.values()) == {KEPT}


def test_facts_without_a_column_have_names_of_their_own_there() -> None:
    odd = (
        "text",
        "extra",
        "extra_text",
        "extra_extra",
        "extra_",
        "",
        "room",
        "extra_room",
        *FURTHER,
    )
    keys = [*odd, *(f"extra_{key}" for key in odd), *column_names()]
    named = {key: column_of_fact(key) for key in keys}
    assert len(set(named.values())) == len(named)
    assert not set(named.values()) & {*column_names(), "audio", "file_name", "file"}
    assert all(fact_of_column(name) == key for key, name in named.items())


@pytest.mark.parametrize(
    "change", ["clip_id", "source_sha256", "start_seconds", "line", "accepted"]
)
def test_a_row_that_only_looks_like_ours_is_one_of_others(
    change: str, trips: dict[str, RoundTrip], tmp_path: Path
) -> None:
    shutil.copytree(trips["jsonl"].exported.place, tmp_path / "export")
    table = tmp_path / "export" / "validation" / "metadata.jsonl"
    lines = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    lines[0][change] = "../../etc"
    table.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    back = audioset.init(tmp_path / "back", name="scots")
    report = back.import_corpus(tmp_path / "export", corpus="x")
    assert report.num_left_out == 0
    (other,) = [clip for clip in clips_of(back) if change in clip.extra]
    assert other.extra[change] == "../../etc"
    assert other.source_name == lines[0]["file_name"]
