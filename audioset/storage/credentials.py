"""Credentials of S3 from the provider's own files, where the environment has none.

The client reads `AWS_*` variables by itself, and the files of Google and Azure; the files of the
AWS command line it does not.
"""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from audioset.errors import StorageError

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
# Name in the files -> name of the client's setting.
_SETTINGS = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "region": "region",
    "endpoint_url": "endpoint",
}


def read_s3_profile(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read the profile of `AWS_PROFILE`, or `default`, from `~/.aws/credentials` and `config`.

    Variables win: where they have a key, the files are not read, and a region or endpoint in a
    variable is left out here.

    Returns:
        Settings of the client; empty when there are no files.

    Raises:
        StorageError: the profile that is asked for does not exist or holds no keys.
    """
    if environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    profile = environ.get("AWS_PROFILE", "default")
    found = {
        **_section(environ.get("AWS_CONFIG_FILE"), "config", _config_section(profile)),
        **_section(environ.get("AWS_SHARED_CREDENTIALS_FILE"), "credentials", profile),
    }
    if "AWS_PROFILE" in environ and "aws_secret_access_key" not in found:
        raise StorageError(
            f"the AWS profile {profile!r} of AWS_PROFILE "
            + ("holds no keys" if found else "does not exist")
            + '; where you log in by SSO or a role: eval "$(aws configure export-credentials '
            '--format env)"'
        )
    told = {
        "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
        "endpoint": next((environ[name] for name in ENDPOINTS if environ.get(name)), None),
    }
    settings = {_SETTINGS[name]: value for name, value in found.items() if name in _SETTINGS}
    return {name: value for name, value in settings.items() if not told.get(name)}


def is_plain_http(
    scheme: str, profile: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> bool:
    """Tell whether the user named an endpoint without TLS, which obstore refuses by default."""
    if scheme != "s3":
        return False
    endpoints = [environ.get(name, "") for name in ENDPOINTS] + [profile.get("endpoint", "")]
    return any(endpoint.startswith("http://") for endpoint in endpoints)


def find_endpoint(url: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Give the address of the server of a store; None of a folder, or where nothing tells it.

    Raises:
        StorageError: as for `read_s3_profile`.
    """
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme == "s3":
        named = next((environ[name] for name in ENDPOINTS if environ.get(name)), None)
        profile = {} if named else read_s3_profile(environ)
        region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        region = region or profile.get("region", "us-east-1")
        return named or profile.get("endpoint", f"https://s3.{region}.amazonaws.com")
    if scheme in ("gs", "gcs"):
        return "https://storage.googleapis.com"
    account = environ.get("AZURE_STORAGE_ACCOUNT_NAME")
    is_azure = scheme in ("az", "azure", "abfs", "abfss") and account
    return f"https://{account}.blob.core.windows.net" if is_azure else None


def _config_section(profile: str) -> str:
    return profile if profile == "default" else f"profile {profile}"


def _section(named: str | None, name: str, section: str) -> dict[str, str]:
    path = Path(named) if named else Path.home() / ".aws" / name
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        # The text may hold a key, so it is not shown.
        raise StorageError(f"{path} cannot be read as a file of AWS profiles") from error
    return dict(parser[section]) if parser.has_section(section) else {}
