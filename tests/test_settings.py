from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import AlreadyExistsError, InvalidInputError
from audioset.new_workspace import create_workspace
from audioset.records.cut_options import CutOptions
from audioset.settings import load_settings, require_dataset_name, slug


def test_flags_beat_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "audioset.toml").write_text('name = "from-file"\nstore = "s3://file"\n')
    environ = {"AUDIOSET_NAME": "from-environment"}
    assert load_settings(workspace=tmp_path, environ={}).name == "from-file"
    assert load_settings(workspace=tmp_path, environ=environ).name == "from-environment"
    flag = load_settings(workspace=tmp_path, name="from-flag", environ=environ)
    assert flag.name == "from-flag"
    assert flag.store == "s3://file"
    assert flag.catalog == f"sqlite:///{tmp_path}/catalog.db"


def test_every_setting_has_a_default_without_a_workspace_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "My Talks").mkdir()
    monkeypatch.chdir(tmp_path / "My Talks")
    settings = load_settings(environ={})
    assert settings.name == "my-talks"
    assert settings.store == str(tmp_path / "My Talks" / "store")
    assert list(settings.workspace.iterdir()) == []


def test_the_workspace_is_found_from_a_folder_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_workspace(tmp_path / "scots")
    (tmp_path / "scots" / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "scots" / "deep" / "down")
    assert load_settings(environ={}).workspace == tmp_path / "scots"


def test_the_shared_mlflow_server_of_the_environment_is_used() -> None:
    environ = {"MLFLOW_TRACKING_URI": "http://mlflow:5000"}
    assert load_settings(environ=environ).tracking == "http://mlflow:5000"
    environ["AUDIOSET_TRACKING"] = "sqlite:////data/mlflow.db"
    assert load_settings(environ=environ).tracking == "sqlite:////data/mlflow.db"


def test_a_cache_is_a_folder_of_the_workspace_or_anywhere_and_none_by_default(
    tmp_path: Path,
) -> None:
    assert load_settings(workspace=tmp_path, environ={}).cache is None
    (tmp_path / "audioset.toml").write_text('cache = "kept"\ncache_bytes = 1_000\n')
    settings = load_settings(workspace=tmp_path, environ={"AUDIOSET_CACHE_BYTES": "2000"})
    assert (settings.cache, settings.cache_bytes) == (tmp_path / "kept", 2000)
    elsewhere = load_settings(workspace=tmp_path, cache="/var/cache/a", environ={})
    assert (elsewhere.cache, elsewhere.cache_bytes) == (Path("/var/cache/a"), 1000)


def test_what_a_training_process_may_hold_is_chosen_in_file_or_environment(tmp_path: Path) -> None:
    (tmp_path / "audioset.toml").write_text("read_ahead_bytes = 1_000\n")
    assert load_settings(workspace=tmp_path, environ={}).read_ahead_bytes == 1000
    environ = {"AUDIOSET_READ_AHEAD_BYTES": "2000"}
    assert load_settings(workspace=tmp_path, environ=environ).read_ahead_bytes == 2000
    environ = {"AUDIOSET_READ_AHEAD_BYTES": "0"}
    with pytest.raises(InvalidInputError, match="read_ahead_bytes is a number of bytes above 0"):
        load_settings(workspace=tmp_path, environ=environ)


@pytest.mark.parametrize("text", ["0", "-5", "50GB"])
def test_a_size_of_the_cache_that_is_no_number_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=f"number of bytes above 0, not '{text}'"):
        load_settings(environ={"AUDIOSET_CACHE_BYTES": text})


def test_reports_are_logged_unless_the_file_or_the_environment_says_no(tmp_path: Path) -> None:
    def wanted(**environ: str) -> bool:
        return load_settings(workspace=tmp_path, environ=environ).log_reports

    assert wanted()
    (tmp_path / "audioset.toml").write_text("log_reports = false\n")
    assert (wanted(), wanted(AUDIOSET_LOG_REPORTS="1")) == (False, True)
    with pytest.raises(InvalidInputError, match="log_reports is true or false, not 'maybe'"):
        wanted(AUDIOSET_LOG_REPORTS="maybe")


def test_a_second_init_is_refused(tmp_path: Path) -> None:
    create_workspace(tmp_path, name="scots")
    before = (tmp_path / "audioset.toml").read_bytes()
    with pytest.raises(AlreadyExistsError, match=r"audioset\.toml exists"):
        create_workspace(tmp_path, name="other")
    assert (tmp_path / "audioset.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "not valid TOML"),
        ('nmae = "scots"', "unknown setting 'nmae'"),
        ('cut = "fast"', "'cut' is a table"),
        ('name = "Scots!"', "dataset name 'Scots!' is not allowed"),
    ],
)
def test_a_bad_workspace_file_is_named_with_its_fault(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "audioset.toml").write_text(text)
    with pytest.raises(InvalidInputError, match=reason):
        load_settings(workspace=tmp_path, environ={})


@given(st.text(max_size=200))
def test_every_text_has_a_slug_that_may_name_a_dataset(text: str) -> None:
    assert require_dataset_name(slug(text, fallback="dataset"))


def test_cut_options_come_from_the_file_and_are_checked() -> None:
    assert CutOptions.from_mapping({"pause_seconds": 1}).pause_seconds == 1.0
    assert CutOptions.from_mapping({"pause_seconds": 0.2}).pad_seconds == 0.1
    for bad, reason in (
        ({"pause": 1}, "unknown cut option 'pause'"),
        ({"pause_seconds": "long"}, "must be a number"),
        ({"pad_seconds": 5}, "pad_seconds must be from 0 to half of pause_seconds"),
        ({"threshold": 1.5}, "threshold must be between 0 and 1"),
    ):
        with pytest.raises(InvalidInputError, match=reason):
            CutOptions.from_mapping(bad)


def test_options_that_cut_differently_have_another_fingerprint() -> None:
    assert CutOptions().fingerprint() == CutOptions().fingerprint()
    assert CutOptions().fingerprint() != CutOptions(pause_seconds=0.4).fingerprint()


def test_a_place_that_stayed_behind_when_the_workspace_moved_is_told(tmp_path: Path) -> None:
    now = tmp_path / "now"
    (now / "store").mkdir(parents=True)
    (now / "mlflow.db").touch()
    for key, value, right in (
        ("store", f"{tmp_path}/old/store", "store"),
        ("tracking", f"sqlite:///{tmp_path}/old/mlflow.db", "sqlite:///mlflow.db"),
    ):
        (now / "audioset.toml").write_text(f'name = "scots"\n{key} = "{value}"\n')
        with pytest.raises(InvalidInputError) as caught:
            load_settings(workspace=now, environ={})
        assert str(caught.value) == (
            f"{now}/audioset.toml: {key} is {value}, which is not there, but "
            f'{now / Path(value).name} is; was the workspace moved? Write {key} = "{right}"'
        )
        load_settings(workspace=now, environ={f"AUDIOSET_{key.upper()}": right})
    # A place of one's own that is made with the first version, and one that is there.
    for value in (f"{tmp_path}/new/versions", str(now / "store"), "s3://bucket/store"):
        (now / "audioset.toml").write_text(f'name = "scots"\nstore = "{value}"\n')
        assert load_settings(workspace=now, environ={}).store == value
