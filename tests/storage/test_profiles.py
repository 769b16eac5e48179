"""Profiles of the AWS command line, read from its own files where no variable tells the same."""

from pathlib import Path

import pytest

from audioset.errors import StorageError
from audioset.storage.credentials import is_plain_http, read_s3_profile

CONFIG = """
[default]
region = eu-north-1
output = json
[profile lab]
region = eu-west-1
endpoint_url = http://lab:9000
aws_session_token = of-config
[profile sso]
sso_session = lab
[lab]
region = nowhere
"""
CREDENTIALS = """
[default]
aws_access_key_id = one
aws_secret_access_key = two%
[lab]
aws_access_key_id = three
aws_secret_access_key = four
aws_session_token = five
"""
LAB_KEYS = {"access_key_id": "three", "secret_access_key": "four", "session_token": "five"}
LAB = {**LAB_KEYS, "region": "eu-west-1", "endpoint": "http://lab:9000"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Variables that name the two files."""
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "credentials").write_text(CREDENTIALS)
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


def test_the_default_profile_stands_under_its_name_in_both_files(files: dict[str, str]) -> None:
    assert read_s3_profile(files) == {
        "access_key_id": "one",
        "secret_access_key": "two%",
        "region": "eu-north-1",
    }


def test_a_named_profile_is_put_together_and_credentials_win(files: dict[str, str]) -> None:
    assert read_s3_profile({**files, "AWS_PROFILE": "lab"}) == LAB


def test_variables_win(files: dict[str, str]) -> None:
    lab = {**files, "AWS_PROFILE": "lab"}
    assert read_s3_profile({**lab, "AWS_ACCESS_KEY_ID": "key"}) == {}
    assert read_s3_profile({**lab, "AWS_ACCESS_KEY_ID": ""}) == LAB
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        assert read_s3_profile({**lab, name: "x"}) == {**LAB_KEYS, "endpoint": "http://lab:9000"}
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        assert read_s3_profile({**lab, name: "x"}) == {**LAB_KEYS, "region": "eu-west-1"}
        assert read_s3_profile({**lab, name: "", "AWS_REGION": ""}) == LAB


def test_files_lie_in_the_home_folder_and_need_not_be(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_s3_profile({}) == {}
    (tmp_path / ".aws").mkdir()
    for name in ("config", "credentials"):
        (tmp_path / name).rename(tmp_path / ".aws" / name)
    assert read_s3_profile({"AWS_PROFILE": "lab"}) == LAB
    for name in ("AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert read_s3_profile() == LAB


@pytest.mark.parametrize(
    ("profile", "why"), [("sso", "holds no keys"), ("eve", "does not exist"), ("", "does not")]
)
def test_a_profile_without_keys_says_what_to_do(
    files: dict[str, str], profile: str, why: str
) -> None:
    told = (
        rf"^the AWS profile '{profile}' of AWS_PROFILE {why}.*; where you log in by SSO or a role"
    )
    with pytest.raises(StorageError, match=told):
        read_s3_profile({**files, "AWS_PROFILE": profile})


@pytest.mark.parametrize("text", [b"key = hushhush", b"[a]\n\xff = hushhush", b"[a]\nx=1\n[a]\n"])
def test_a_file_that_cannot_be_read_is_named_and_not_shown(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "config"
    path.write_bytes(text)
    with pytest.raises(StorageError) as told:
        read_s3_profile({"AWS_CONFIG_FILE": str(path)})
    assert str(told.value) == f"{path} cannot be read as a file of AWS profiles"


def test_an_endpoint_without_tls_is_meant() -> None:
    http, https = "http://127.0.0.1:9", "https://s3.example"
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        assert is_plain_http("s3", {}, {name: http})
        assert not is_plain_http("s3", {}, {name: https})
        assert not is_plain_http("gs", {}, {name: http})
    assert is_plain_http("s3", {"endpoint": http}, {})
    assert not is_plain_http("s3", {"endpoint": https}, {})
    assert not is_plain_http("s3", {}, {})
