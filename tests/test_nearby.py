"""Where no workspace is, that is said, and where the nearest one is; who needs none needs none."""

from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.errors import InvalidInputError, NotFoundError
from audioset.nearby import is_workspace, require_workspace
from tests.sounds import SPEECH_RATE, spoken, write_audio
from tests.workspaces import add_source, make_workspace


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, beside it a workspace, and one a level further down."""
    audioset.init(tmp_path / "sets" / "scots")
    audioset.init(tmp_path / "other")
    (tmp_path / "bare").mkdir()
    monkeypatch.chdir(tmp_path / "bare")
    return tmp_path / "bare"


NEEDS_ONE = [
    "status",
    "describe",
    "check",
    "publish",
    "versions",
    "versions scots",
    "aliases",
    "diff scots@v1",
    "verify",
    "pull scots@v1 there",
    "collect",
    "log",
    "ui",
    "remove talk.mp4",
    "remove --undo",
    "decide x --accept",
    "confirm x",
    "split",
    "dedupe",
    "measure",
    "transcribe",
    "accept-best-takes",
    "export lines",
    "forget --clip x",
    "lineage scots@v1",
    "recipe x",
    "compare x",
]


@pytest.mark.parametrize("words", NEEDS_ONE)
def test_what_needs_a_workspace_says_so_and_where_one_is(
    bare: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words.split()) == 1
    said = capsys.readouterr().err
    there = f"{bare.parent / 'other'}, {bare.parent / 'sets' / 'scots'}"
    assert f"audioset: no workspace in {bare}: the nearest are {there}; go there" in said
    assert list(bare.iterdir()) == []


def test_who_names_a_store_needs_no_workspace(bare: Path, tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "made", sources=1, clips_per_source=1)
    made.publish(track=False)
    store = ["--store", str(made.folder / "store")]
    assert run(["versions", "scots", *store]) == 0
    assert run(["verify", "scots@v1", *store]) == 0
    assert run(["pull", "scots@v1", "there", *store]) == 0
    assert run(["describe", "scots@v1", *store]) == 0
    assert run(["history", "nobody", "--catalog", made.settings.catalog]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("versions nope", "has no dataset 'nope'; it has scots"),
        ("aliases nope", "has no dataset 'nope'; it has scots"),
        ("collect nope", "has no dataset 'nope'; it has scots"),
        ("history nope", "no clip or speaker 'nope': nothing was decided about it"),
        ("history nope --subject-kind speaker", "no speaker 'nope': nothing was decided"),
        (
            "history speaker0 --subject-kind clip",
            "; there is a speaker of this name: --subject-kind speaker",
        ),
    ],
)
def test_a_name_of_nothing_is_an_error(
    tmp_path: Path, words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=1)
    ws.publish(track=False)
    assert run([*words.split(), "--workspace", str(ws.folder)]) == 1
    assert said in capsys.readouterr().err
    assert run(["history", "speaker0", "--workspace", str(ws.folder)]) == 0


def test_a_named_workspace_must_be_there(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match="no workspace scot: the nearest are"):
        audioset.open_workspace("scot")
    with pytest.raises(NotFoundError, match=r"audioset.toml is a file; a workspace is a folder"):
        audioset.open_workspace(bare.parent / "other" / "audioset.toml")
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(bare / "gone"))
    with pytest.raises(NotFoundError, match=r"gone \(AUDIOSET_WORKSPACE\): the nearest"):
        audioset.open_workspace()
    # The one whose name is like it comes first.
    with pytest.raises(NotFoundError, match=f"are {bare.parent / 'sets' / 'scots'}, "):
        audioset.open_workspace(bare.parent / "scot")


def test_nothing_near_is_said_as_well(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(NotFoundError, match="there is none near it; audioset init FOLDER makes"):
        require_workspace(tmp_path / "a" / "b")


def test_a_cut_in_a_bare_folder_makes_it_a_workspace_and_says_so(bare: Path) -> None:
    write_audio(bare / "talk.wav", spoken()[0], SPEECH_RATE)
    ws = audioset.open_workspace()
    assert not ws.settings.is_workspace
    assert "is a workspace now, of dataset 'bare'" in ws.cut("talk.wav").notes[0]
    assert ws.cut("talk.wav").notes == ()
    assert is_workspace(bare)
    assert ws.describe().num_clips == 6


def test_a_workspace_inside_of_a_workspace_is_refused(bare: Path) -> None:
    inside = bare.parent / "other" / "new"
    with pytest.raises(InvalidInputError, match=f"make it beside: audioset init {bare.parent}/new"):
        audioset.init(inside)
    with pytest.raises(InvalidInputError, match="is that workspace already"):
        audioset.init(bare.parent / "other" / "other")
    assert not inside.exists()


def test_a_cut_says_that_a_source_was_withdrawn(tmp_path: Path) -> None:
    write_audio(tmp_path / "talk.wav", spoken()[0], SPEECH_RATE)
    ws = audioset.init(tmp_path / "scots")
    (source,) = ws.cut(tmp_path / "talk.wav").sources
    assert source.source is not None
    ws.publish(track=False)
    ws.forget(source=source.source.source_id, yes=True)
    (again,) = ws.cut(tmp_path / "talk.wav").sources
    assert (again.status, again.num_clips) == ("unchanged", 0)
    assert again.warnings == ("withdrawn (audioset forget): no version takes it again",)
    assert add_source(ws, "other.mp4", 1)


def test_a_workspace_that_is_moved_while_it_is_open_is_not_made_anew(tmp_path: Path) -> None:
    alone = tmp_path / "far" / "from" / "others"  # those of other tests are not near
    ws = audioset.init(alone / "scots")
    (alone / "talk.wav").write_bytes(b"none")
    assert ws.cut(alone / "talk.wav").failed  # all that is opened once is open
    (alone / "scots").rename(alone / "moved")
    for verb in (
        lambda: ws.cut(alone / "talk.wav"),
        lambda: ws.import_folder(alone),
        lambda: ws.decide(audioset.Decision("clip", "a-1", "accepted", True)),
        ws.publish,
    ):
        with pytest.raises(
            NotFoundError, match=r"no workspace in .*scots: the nearest is .*moved;"
        ):
            verb()
    assert not (alone / "scots").exists()


def test_a_workspace_that_the_environment_names_over_the_one_at_hand_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(make_workspace(tmp_path / "demo").folder))
    assert run(["init", str(tmp_path / "scots")]) == 0
    assert f"AUDIOSET_WORKSPACE names {tmp_path / 'demo'}" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path / "scots")
    told = f"so the workspace here, {tmp_path / 'scots'}, is not used"
    assert run(["describe"]) == 0
    assert told in capsys.readouterr().err
    assert run(["describe", "--workspace", str(tmp_path / "demo")]) == 0
    assert told not in capsys.readouterr().err
    monkeypatch.chdir(tmp_path / "demo")
    assert run(["describe"]) == 0
    assert "is not used" not in capsys.readouterr().err
