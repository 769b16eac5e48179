"""One speaker under several names: asked about by check, held together by split, made one."""

import shlex
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.errors import InvalidInputError, NotFoundError
from audioset.workspace import Workspace
from tests.curation.splitting import add_clip


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = audioset.init(tmp_path / "scots")
    for name, speaker in (("a", "Mairi"), ("b", "Mairi"), ("c", "mairi "), ("d", "Màiri")):
        add_clip(ws, name, speaker=speaker)
    for name in ("Ben", "Cal", "Dee", "Eva", "Fay", "Gus"):
        add_clip(ws, name, speaker=name)
    return ws


def sides_of_mairi(ws: Workspace) -> set[str]:
    table = ws.to_pandas()
    return set(table[table["speaker"].str.strip().str.lower().isin(["mairi", "màiri"])]["split"])


def test_check_asks_and_says_how_to_make_them_one(ws: Workspace) -> None:
    [found] = ws.check(rules=("fact_spelling",)).facts
    assert (found.fact, found.num_clips) == ("speaker", 2)
    assert set(found.values) == {"Mairi", "mairi ", "Màiri"}
    assert found.remedy == (
        "audioset decide --speaker 'Màiri' --speaker 'mairi ' --set speaker=Mairi"
        "  # if all are one person"
    )


def test_split_holds_them_together_and_says_so(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["split", "--yes", "--by", "speaker", "--workspace", str(ws.folder)]) == 0
    said = capsys.readouterr().err
    assert "held to be one speaker: Mairi, 'Màiri', 'mairi '; if they are, name them alike" in said
    assert len(sides_of_mairi(ws)) == 1
    assert {*ws.to_pandas()["speaker"]} >= {"Mairi", "mairi ", "Màiri"}  # nothing is renamed


def test_a_speaker_gets_another_name_in_all_clips_and_undo_takes_it_back(ws: Workspace) -> None:
    words = ["decide", "--speaker", "mairi ", "--set", "speaker=Mairi", "--by", "ada"]
    assert run([*words, "--workspace", str(ws.folder)]) == 0
    assert [*ws.to_pandas()["speaker"]].count("Mairi") == 3
    [found] = ws.check(rules=("fact_spelling",)).facts
    assert set(found.values) == {"Mairi", "Màiri"}
    ws.undo(by="ada")
    assert [*ws.to_pandas()["speaker"]].count("mairi ") == 1
    with pytest.raises(NotFoundError, match="no clip of speaker 'nobody'"):
        ws.decide(audioset.Decision("speaker", "nobody", "speaker", "Mairi"))


def test_what_was_decided_of_a_name_is_not_lost_with_it(ws: Workspace) -> None:
    ws.decide(audioset.Decision("speaker", "mairi ", "consent", "research only"))
    rename = audioset.Decision("speaker", "mairi ", "speaker", "Mairi")
    with pytest.raises(InvalidInputError, match=r"'mairi ' \(consent\) would no longer hold"):
        ws.decide(rename)
    ws.decide(audioset.Decision("speaker", "Mairi", "consent", "research only"))
    assert ws.decide(rename).num_decisions == 1


def test_status_gives_one_command_for_all_spellings_and_it_settles_them(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    add_clip(ws, "e", speaker="MAIRI")
    add_clip(ws, "f", speaker="ben")
    add_clip(ws, "g", speaker="ben")
    status = ws.status()
    assert status.clips is not None
    assert status.clips.one_speaker == (
        ("ben", "Ben"),  # with most clips first
        ("Mairi", "MAIRI", "Màiri", "mairi "),
    )
    [step] = [step for step in status.steps if "--speaker" in step.command]
    assert step.why == "if they are one speaker, in 2 spellings; so are those of 1 more"
    assert run([*shlex.split(step.command)[1:], "--workspace", str(ws.folder)]) == 0
    [step] = [step for step in ws.status().steps if "--speaker" in step.command]
    assert run([*shlex.split(step.command)[1:], "--workspace", str(ws.folder)]) == 0
    assert {*ws.to_pandas()["speaker"]} == {"ben", "Mairi", "Cal", "Dee", "Eva", "Fay", "Gus"}
    with pytest.raises(NotFoundError, match="no clip of speaker 'Anna'"):
        ws.decide([audioset.Decision("speaker", name, "speaker", "x") for name in ("Cal", "Anna")])
