"""A fact that looks mistyped is asked about, and told where nobody can be asked."""

import json
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.cut.doubts import doubts_about
from audioset.errors import InvalidInputError
from audioset.workspace import Workspace
from tests.sounds import tone, write_audio
from tests.workspaces import add_source


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = audioset.init(tmp_path_factory.mktemp("facts") / "work", name="scots")
    many = {
        "speaker": "isla",
        "gender": "female",
        "extra": {"shirt colour": "crimson", "room": "12"},
    }
    add_source(ws, "many.wav", 9, **many)
    add_source(ws, "one.wav", 1, speaker="joe", extra={"village": "Oban"})
    return ws


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"gendre": "female"}, "did you mean 'gender', which 9 of 10 clips have?"),
        ({"speakr": "isla"}, "did you mean 'speaker', which 10 of 10 clips have?"),
        ({"Gender": "female"}, "did you mean 'gender'"),
        ({"shirt_colour": "red"}, "did you mean 'shirt colour', which 9 of 10 clips have?"),
        ({"acccent": "glasgow"}, "did you mean 'accent', which has a column?"),
        ({"speaker": "ilsa"}, "did you mean 'isla', as 9 of 10 clips with a speaker?"),
        ({"speaker": "Isla"}, "did you mean 'isla'"),
        ({"gender": "femal"}, "did you mean 'female'"),
        ({"shirt colour": "crimsom"}, "did you mean 'crimson'"),
        ({"gender": "male"}, None),  # two slips away
        ({"speaker": "joe"}, None),  # known
        ({"speaker": "jo"}, None),  # of a name that few have
        ({"speaker": "mairi"}, None),
        ({"room": "13"}, None),
        ({"vilage": "Oban"}, None),  # hardly a clip has the other one
        ({"accent": "glasgow", "mood": "calm"}, None),
    ],
)
def test_a_name_or_a_value_that_nearly_all_clips_have_otherwise_is_doubted(
    facts: dict[str, str], told: str | None, ws: Workspace
) -> None:
    doubts = doubts_about(facts, ws.working)
    assert len(doubts) == (told is not None)
    assert told is None or told in doubts[0]


def test_in_a_script_it_is_told_and_done_and_at_a_terminal_it_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = audioset.init(tmp_path / "work", name="scots")
    source = write_audio(tmp_path / "hum.wav", tone(200, 3, 16_000), 16_000)
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    way = {"by": "windows", "every_seconds": 1}
    with pytest.raises(InvalidInputError, match="nothing was cut: no clip has a fact 'gendre' yet"):
        ws.cut(source, options=way, facts={"gendre": "female"}, ask=no)
    assert len(asked) == 1
    assert not list(ws.clips_dir.glob("*"))
    words = ["cut", str(source), "--every", "1s", "--set", "gendre=female"]
    assert run([*words, "--workspace", str(ws.folder), "--json"]) == 0
    (doubt,) = json.loads(capsys.readouterr().out)["doubts"]
    assert "did you mean 'gender'" in doubt
    assert run([*words, "--workspace", str(ws.folder)]) == 0
    assert "did you mean" not in capsys.readouterr().err  # now clips have it
    done = ws.cut(source, facts={"gendre": "female"}, ask=no)
    assert (done.sources[0].status, done.doubts, len(asked)) == ("unchanged", (), 1)
