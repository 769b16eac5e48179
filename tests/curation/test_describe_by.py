"""describe --by: how many clips say what, of any column or fact, wherever the clips lie."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audioset
from audioset.cli.app import run
from audioset.curation.describe import describe_batches
from audioset.curation.describe.by_facts import FactSums
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.description import FactTotal
from audioset.records.manifest import table_from_clips
from audioset.workspace import Workspace, open_workspace
from tests.workspaces import add_source, make_clip

CLIP, _ = make_clip("talk.wav", 0, seconds=0.01)
FACTS = st.sampled_from([None, "female", "male", "", " "])
CLIPS = st.lists(st.tuples(FACTS, FACTS, st.sampled_from([True, False, None])), max_size=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four voices, of whom one says the gender with a blank and two have a microphone."""
    ws = audioset.init(tmp_path_factory.mktemp("by") / "scots", name="scots")
    add_source(ws, "a.wav", 8, speaker="isla", gender="female", extra={"mic": "lapel"})
    add_source(ws, "b.wav", 2, speaker="rab", gender="male ", extra={"mic": "rode", "room": "1"})
    add_source(ws, "c.wav", 4, speaker="rab")
    ws.publish(track=False)
    return ws.folder


@pytest.fixture
def ws(folder: Path) -> Workspace:
    return open_workspace(folder)


def told(groups: tuple[FactTotal, ...]) -> list[tuple[object, ...]]:
    return [(*group.values.values(), group.num_clips) for group in groups]


@settings(max_examples=60, deadline=None)
@given(clips=CLIPS, rows_at_once=st.integers(1, 30))
def test_every_clip_is_counted_once_under_what_it_says(
    clips: list[tuple[str | None, str | None, bool | None]], rows_at_once: int
) -> None:
    rows = [
        make_row(n, gender=gender, extra={} if mic is None else {"mic": mic}, accepted=accepted)
        for n, (gender, mic, accepted) in enumerate(clips)
    ]
    batches = table_from_clips(rows).to_batches(max_chunksize=rows_at_once)
    has_mic = any(mic is not None for _, mic, _ in clips)
    by = ("gender", "mic") if has_mic else ("gender",)
    found = describe_batches(batches, name="scots", by=by)
    kept = [clip for clip in clips if clip[2] is not False]
    expected: dict[tuple[str | None, ...], int] = {}
    for clip in kept:
        key = tuple(((value or "").strip() and value) or None for value in clip[: len(by)])
        expected[key] = expected.get(key, 0) + 1
    assert {tuple(g.values.values()): g.num_clips for g in found.groups} == expected
    assert sum(group.share for group in found.groups) == pytest.approx(1.0 if kept else 0.0)
    assert sum(group.length_seconds for group in found.groups) == pytest.approx(found.total_seconds)


def make_row(number: int, **values: object) -> audioset.Clip:
    return replace(CLIP, clip_id=f"talk-{number}", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "by", "expected"),
    [
        (None, "gender", [("female", 8), ("male ", 2), (None, 4)]),
        (None, "mic", [("lapel", 8), ("rode", 2), (None, 4)]),
        ("scots@v1", "mic", [("lapel", 8), ("rode", 2), (None, 4)]),
        ("scots@v1?speaker = 'rab'", "mic", [("rode", 2), (None, 4)]),
        ("scots@v1?speaker = 'rab'", "speaker", [("rab", 6)]),
        (None, "accepted", [(None, 14)]),
        (None, "sampling_rate", [("8000", 14)]),
        (None, "speaker, mic", [("isla", "lapel", 8), ("rab", "rode", 2), ("rab", None, 4)]),
        (None, ["mic", "speaker", "mic"], [("lapel", "isla", 8), ("rode", "rab", 2),
                                           (None, "rab", 4)]),
    ],
)  # fmt: skip
def test_workspaces_versions_and_views_are_counted_by_what_they_say(
    ws: Workspace, what: str | None, by: str, expected: list[tuple[object, ...]]
) -> None:
    assert told(ws.describe(what, by=by).groups) == expected


def test_what_was_decided_counts(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path, name="scots")
    first, *_ = add_source(ws, "a.wav", 3, speaker="isla")
    ws.decide(audioset.Decision("speaker", "isla", "gender", "female"), by="mairi")
    ws.decide(audioset.Decision("clip", first.clip_id, "room", "hall"), by="mairi")
    found = ws.describe(by=["gender", "room"])
    assert told(found.groups) == [("female", "hall", 1), ("female", None, 2)]


@pytest.mark.parametrize(
    ("by", "error", "words"),
    [
        ("gendr", NotFoundError, "no clip has a fact 'gendr'; did you mean gender"),
        ("mik", NotFoundError, "did you mean mic? there are mic, room, speaker, gender"),
        ("snr_db", InvalidInputError, "'snr_db' is measured and differs from clip to clip"),
        ("extra", InvalidInputError, "name one of them"),
        ("speaker,", InvalidInputError, "'speaker,' lacks a name"),
        ("", InvalidInputError, "lacks a name"),
    ],
)
def test_a_name_that_cannot_be_counted_by_is_told(
    ws: Workspace, by: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as raised:
        ws.describe(by=by)
    assert words in str(raised.value)


def test_more_values_than_anybody_reads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audioset.curation.describe.by_facts._MOST_GROUPS", 20)
    table = table_from_clips(make_row(number) for number in range(21))
    with pytest.raises(InvalidInputError, match="'clip_id' has more than 20 values"):
        describe_batches(table.to_batches(), name="scots", by=["clip_id"])
    few = describe_batches(table[:20].to_batches(), name="scots", by=["clip_id"])
    assert len(few.groups) == 20


def test_the_screen_shows_the_table_and_nothing_else(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(ws.folder)]
    assert run(["describe", "--by", "gender", *where]) == 0
    out = capsys.readouterr().out
    assert [line.split() for line in out.splitlines()[-3:]] == [
        ["female", "8", "0:00:02", "57.1%"],
        ["'male", "'", "2", "0:00:00", "14.3%"],
        ["(not", "given)", "4", "0:00:01", "28.6%"],
    ]
    assert "quality" not in out
    assert run(["describe", "--by", "gender", "--json", *where]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["by"] == ["gender"]
    assert values["groups"][-1] == {
        "values": {"gender": None},
        "num_clips": 4,
        "length_seconds": 1.0,
        "share": pytest.approx(4 / 14),
    }


def test_nothing_is_counted_where_nobody_asked() -> None:
    assert FactSums(()).ranked() == ()
