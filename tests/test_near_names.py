"""A name that is a slip away from one that there is: who types it is asked what is meant."""

from pathlib import Path

import pytest

from audioset.cli.app import run
from audioset.near_names import ask_whether, near_names
from tests.workspaces import make_workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = make_workspace(tmp_path_factory.mktemp("near") / "scots", clips_per_source=1)
    ws.publish(track=False)
    ws.alias("production", "scots@v1")
    return ws.folder


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("diff scots@producton", "scots@producton does not exist; did you mean production?"),
        ("describe scot@v1", "has no dataset 'scot'; did you mean scots?"),
        ("versions scotts", "has no dataset 'scotts'; did you mean scots?"),
        ("describe --by gendre", "did you mean gender?"),
        ("export csv scots@v1 out --where accentt='x'", "'accentt'; did you mean accent or"),
        ("decide --speaker Speaker1x --accept", "'Speaker1x'; did you mean speaker1 or speaker0?"),
        ("forget --speaker spaeker0", "did you mean speaker0 or speaker1?"),
        ("remove tlak", "did you mean 'talk"),
        ("export kladi scots@v1 out", "no format 'kladi'; did you mean kaldi?"),
        ("import --format librispech .", "no format 'librispech' is known; did you mean libri"),
        (
            "transcribe --model whsper",
            "no transcriber 'whsper' is installed; did you mean whisper",
        ),
        ("cut talk.wav --by lines --aligner strctural", "did you mean structural?"),
        ("check --rule lowsnr", "no rule 'lowsnr'; did you mean low_snr?"),
        ("check --limit low_sn=15", "there is no limit 'low_sn'; did you mean low_snr?"),
        ("pubish", "Did you mean 'publish'"),
        ("publish --mesage x", "--message"),
    ],
)
def test_who_slips_is_asked_what_is_meant(
    folder: Path,
    words: str,
    question: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    assert run(words.split()) in (1, 2)
    assert question in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ('stroe = "x"', "unknown setting 'stroe'; did you mean store?"),
        (
            "[cut]\npause_second = 1",
            "cut option 'pause_second'; did you mean pause_seconds or",
        ),
        ("[split]\nvalidaton = 0.1", "unknown split option 'validaton'; did you mean validation?"),
    ],
)
def test_settings_too(
    tmp_path: Path, text: str, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "audioset.toml").write_text(text)
    command = ["cut", "talk.wav"] if "[cut]" in text else ["split"]
    assert run([*command, "--workspace", str(tmp_path)]) == 1
    assert question in capsys.readouterr().err


def test_what_is_like_no_name_is_not_guessed() -> None:
    assert ask_whether("location", ["duration", "split"]) == ""
    assert near_names("snr", ["snr_db", "speaker"]) == ["snr_db"]
    assert near_names("Video", ["speaker", "source_name"]) == ["source_name"]
    assert near_names("video", ["video_id", "speaker"]) == ["video_id"]
    assert near_names("ISLA", ["isla", "morag"]) == ["isla"]
