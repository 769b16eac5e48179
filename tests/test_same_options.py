"""The same wish gives the same options: from Python, from `audioset.toml`, and by a flag."""

import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest

from audioset import CutOptions, SplitOptions, TranscriptOptions
from audioset.cli.app import run
from audioset.curation.cut.cut import CutReport
from audioset.records.cut_options import WAYS
from audioset.workspace import Workspace, init, open_workspace
from tests.curation.splitting import add_clip, sentence

# Field, value, and how it is said with flags.
CUT_WISHES: dict[str, tuple[Any, list[str]]] = {
    "threshold": (0.6, ["--threshold", "0.6"]),
    "silence_dbfs": (-35.0, ["--silence", "-35"]),
    "pause_seconds": (0.2, ["--pause", "0.2"]),
    "pad_seconds": (0.1, ["--pad", "0.1"]),
    "min_seconds": (0.3, ["--min-seconds", "0.3"]),
    "max_seconds": (20, ["--max-seconds", "20"]),
    "merge_seconds": (0.5, ["--merge", "0.5"]),
    "every_seconds": (5, ["--every", "5s"]),
    "overlap_seconds": (2, ["--overlap", "2s"]),
    "snap": (True, ["--snap"]),
    "snap_seconds": (0.3, ["--snap-seconds", "0.3"]),
    "tier": ("Story", ["--tier", "Story"]),
    "stream": (2, ["--stream", "2"]),
    "track": (2, ["--track", "2"]),
    "channels": ("each", ["--channels", "each"]),
    "sampling_rate": (16000, ["--sampling-rate", "16000"]),
    "time_unit": ("frames@25", ["--time-unit", "frames@25"]),
    "stretch": (0.96, ["--stretch", "24/25"]),
    "shift_seconds": (-3600.0, ["--shift", "-1:00:00"]),
}
LINE_WISHES: dict[str, tuple[Any, list[str]]] = {
    "path": (Path("lines.txt"), ["--transcript", "lines.txt"]),
    "column": ("2", ["--column", "2"]),
    "speakers": (False, ["--no-speakers"]),
    "takes": (3, ["--takes", "3"]),
    "aligner": ("structural", ["--aligner", "structural"]),
    "voice": ("de", ["--voice", "de"]),
    "language": ("de", ["--language", "de"]),
    "lexicon": (Path("words.txt"), ["--lexicon", "words.txt"]),
    "second_opinion": ("whisper", ["--second-opinion", "whisper"]),
    "anyway": (True, ["--anyway"]),
    "strict": (True, ["--strict"]),
    "max_doubtful": (0.2, ["--max-doubtful", "0.2"]),
}
SPLIT_WISHES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "train": ({"train": 0.7, "test": 0.2}, ["--train", "0.7", "--test", "0.2"]),
    "validation": ({"validation": 0.2}, ["--validation", "0.2"]),
    "test": ({"test": 0.2}, ["--test", "0.2"]),
    "by": ({"by": "takes,speaker"}, ["--by", "takes,speaker"]),
    "min_words": ({"min_words": 2}, ["--min-words", "2"]),
    "seed": ({"seed": 7}, ["--seed", "7"]),
}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return init(tmp_path / "scots")


def with_table(ws: Workspace, table: str, values: dict[str, Any]) -> Workspace:
    """Open a workspace whose `audioset.toml` says these values."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    (ws.folder / "audioset.toml").write_text("\n".join(['name = "scots"', f"[{table}]", *lines]))
    return open_workspace(ws.folder)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Hear what a cut is asked for, in the place of one: it is the wish that is looked at."""
    heard: dict[str, Any] = {}

    def cut_sources(*_: object, **wish: Any) -> CutReport:
        heard.update(wish)
        return CutReport(sources=())

    monkeypatch.setattr("audioset.curation.cut.cut_sources", cut_sources)
    return heard


def cut_by_flags(ws: Workspace, asked: dict[str, Any], *words: str) -> dict[str, Any]:
    asked.clear()
    # Nothing is cut here, which is what status 3 tells.
    assert run(["cut", "talk.wav", "--workspace", str(ws.folder), *words]) == 3
    return dict(asked)


def all_four(
    ws: Workspace, asked: dict[str, Any], values: dict[str, Any], words: list[str]
) -> list[CutOptions]:
    """Give the options of one wish from Python, as a mapping, from the file, and by flags."""
    ws.cut("talk.wav", options=CutOptions(**values))
    found = [asked["options"]]
    ws.cut("talk.wav", options=values)
    found.append(asked["options"])
    with_table(ws, "cut", values).cut("talk.wav")
    found.append(asked["options"])
    with_table(ws, "cut", {})
    return [*found, cut_by_flags(ws, asked, *words)["options"]]


def test_every_field_of_a_record_is_wished_for() -> None:
    assert [*CUT_WISHES] == [f.name for f in fields(CutOptions) if f.name != "by"]
    assert [*LINE_WISHES] == [field.name for field in fields(TranscriptOptions)]
    assert [*SPLIT_WISHES][1:] == [field.name for field in fields(SplitOptions)]


@pytest.mark.parametrize("by", WAYS)
def test_no_wish_but_the_way_is_the_same_everywhere(
    by: str, ws: Workspace, asked: dict[str, Any]
) -> None:
    found = all_four(ws, asked, {"by": by}, ["--by", by])
    assert found == [CutOptions(by=by)] * 4
    assert found[0].pad_seconds == (0.08 if by == "lines" else 0.15)


def test_no_wish_at_all_is_the_same_everywhere(ws: Workspace, asked: dict[str, Any]) -> None:
    assert all_four(ws, asked, {}, []) == [CutOptions()] * 4


@pytest.mark.parametrize("field", CUT_WISHES)
def test_one_wish_is_the_same_everywhere_for_every_way_of_cutting(
    field: str, ws: Workspace, asked: dict[str, Any]
) -> None:
    value, words = CUT_WISHES[field]
    for by in WAYS:
        values = {"by": by, field: value}
        if field == "overlap_seconds":
            values["every_seconds"] = 10
        first, *others = all_four(ws, asked, values, ["--by", by, *words])
        assert others == [first] * 3
        assert getattr(first, field) == value
        assert first.fingerprint() == others[-1].fingerprint()


@pytest.mark.parametrize(
    ("words", "by"),
    [
        (["--every", "10s"], "windows"),
        (["--silence", "-30"], "silence"),
        (["--stream", "1"], "subtitles"),
        (["--labels", "talk.eaf"], "labels"),
        (["--transcript", "lines.txt"], "lines"),
    ],
)
def test_a_flag_alone_can_mean_a_way_which_python_names(
    words: list[str], by: str, ws: Workspace, asked: dict[str, Any]
) -> None:
    with_table(ws, "cut", {"by": "speech"})
    assert cut_by_flags(ws, asked, *words)["options"].by == by


@pytest.mark.parametrize("field", LINE_WISHES)
def test_one_wish_about_lines_is_the_same_from_python_and_by_a_flag(
    field: str, ws: Workspace, asked: dict[str, Any]
) -> None:
    value, words = LINE_WISHES[field]
    ws.cut("talk.wav", options={"by": "lines"}, transcript=TranscriptOptions(**{field: value}))
    said = asked["transcript"]
    assert getattr(said, field) == value
    assert cut_by_flags(ws, asked, "--by", "lines", *words)["transcript"] == said
    assert said.strict == (field in ("strict", "max_doubtful"))


def test_no_wish_about_lines_is_the_same_everywhere(ws: Workspace, asked: dict[str, Any]) -> None:
    assert cut_by_flags(ws, asked, "--by", "lines")["transcript"] is None
    assert TranscriptOptions() == TranscriptOptions(strict=False, max_doubtful=0.1)
    assert not replace(TranscriptOptions(), path=Path("lines.txt")).strict


@pytest.mark.parametrize("field", SPLIT_WISHES)
def test_one_wish_about_splits_is_the_same_everywhere(
    field: str, ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(20):
        add_clip(ws, f"talk {number}.wav", speaker=f"s{number % 10}", text=sentence(number))
    values, words = SPLIT_WISHES[field]
    said = ws.split(options=SplitOptions(**values)).options
    assert ws.split(options=values).options == said
    assert with_table(ws, "split", values).split().options == said
    with_table(ws, "split", {})
    assert run(["split", "--workspace", str(ws.folder), "--json", *words]) == 0
    told = json.loads(capsys.readouterr().out)["options"]
    assert SplitOptions(**told) == said
    assert asdict(SplitOptions(**values)) == {**asdict(said), "seed": values.get("seed")}


def test_what_is_said_of_a_certificate_is_the_same_everywhere(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_clip(ws, "talk.wav", speaker="ada", split="train")
    values = {"by": "speaker,takes", "min_words": 2}
    said = ws.certify_splits(options=values)
    assert with_table(ws, "split", values).certify_splits() == said
    with_table(ws, "split", {})
    words = ["--by", "speaker,takes", "--min-words", "2", "--json"]
    assert run(["certify-splits", "--workspace", str(ws.folder), *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kinds"], told["min_words"]) == (list(said.kinds), said.min_words)


@pytest.mark.parametrize(
    ("values", "fingerprint"),
    [
        ({}, "c94068d5447b4d46"),
        ({"by": "lines", "pad_seconds": 0.08}, "384ce528ff17bc4d"),
        ({"by": "lines", "pad_seconds": 0.15}, "21f7d4e33e9af3e5"),
        ({"by": "lines"}, "384ce528ff17bc4d"),
        ({"pause_seconds": 0.2, "pad_seconds": 0.1}, "5444f326f5c97e6f"),
        ({"pause_seconds": 0.2}, "5444f326f5c97e6f"),
        ({"by": "windows", "every_seconds": 5, "overlap_seconds": 1}, "2f4e848bc986b287"),
        (
            {"by": "labels", "snap": True, "snap_seconds": 0.3, "tier": "Story"},
            "82b03bcf702b0dfc",
        ),
        ({"by": "silence", "silence_dbfs": -35.0, "max_seconds": 20}, "283c5cb4bc76aab0"),
        ({"track": 2, "channels": "each", "sampling_rate": 16000}, "3df4e267a7c43db9"),
    ],
)
def test_the_same_wish_has_the_fingerprint_of_earlier_releases(
    values: dict[str, Any], fingerprint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written down from revision 3: only a new revision may cut every source again."""
    monkeypatch.setattr("audioset.records.cut_options.CUT_REVISION", 3)
    values = {"track": 1, **values}  # nobody chose among tracks then
    assert CutOptions(**values).fingerprint() == fingerprint
