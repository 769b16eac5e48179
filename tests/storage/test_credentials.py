"""Credentials come from the environment or the provider's own files, and stand in no message."""

from pathlib import Path

import pytest

from audioset.errors import AudiosetError, StorageError
from audioset.storage.store import open_store
from tests.servers import ACCESS_KEY, BUCKET, SECRET_KEY, start_s3


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with AWS files, and no variable that tells the same."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    # Without it, a client without keys asks the cloud for some.
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    endpoint = start_s3().environment["AWS_ENDPOINT_URL"]
    (tmp_path / ".aws" / "config").write_text(
        f"[default]\nregion = us-east-1\nendpoint_url = {endpoint}\n"
        f"[profile lab]\nregion = us-east-1\nendpoint_url = {endpoint}\n"
        "[profile sso]\nsso_session = lab\n"
    )
    (tmp_path / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        f"[lab]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = wrong-secret\n"
    )
    return tmp_path


def put_and_get() -> bytes:
    store = open_store(f"s3://{BUCKET}/credentials")
    store.put_content("a", b"1")
    return store.get("a")


@pytest.mark.usefixtures("home")
def test_the_default_profile_is_enough() -> None:
    assert put_and_get() == b"1"


@pytest.mark.usefixtures("home")
def test_a_named_profile_is_taken_and_variables_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "lab")
    with pytest.raises(StorageError, match="the secret key does not fit the access key; check"):
        put_and_get()
    for name, value in start_s3().environment.items():
        monkeypatch.setenv(name, value)
    assert put_and_get() == b"1"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("profile", "why"), [("sso", "holds no keys"), ("eve", "does not exist")])
def test_a_profile_without_keys_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, profile: str, why: str
) -> None:
    monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(StorageError, match=rf"'{profile}' of AWS_PROFILE {why}.*export-credent"):
        put_and_get()


def test_no_credentials_at_all_are_told_as_such(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".aws" / "credentials").unlink()
    with pytest.raises(StorageError, match="no credentials; set AWS_ACCESS_KEY_ID"):
        put_and_get()


def test_no_message_holds_a_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "very-secret-words"
    (home / ".aws" / "credentials").write_text(f"{secret} [broken\n")
    with pytest.raises(AudiosetError) as broken:
        put_and_get()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_ENDPOINT_URL", start_s3().environment["AWS_ENDPOINT_URL"])
    with pytest.raises(AudiosetError) as refused:
        put_and_get()
    assert secret not in f"{broken.value} {refused.value}"
