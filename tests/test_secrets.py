"""Must hold for every secret, planted in every place: nothing that audioset writes holds it.

A secret begins and ends with marks that stand nowhere else, so that parts of it are found too.
"""

import contextlib
import io
import os
import runpy
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import mlflow
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audioset.cli.app import run
from tests.workspaces import changed, make_workspace

BEGIN, END = "Zq7vX", "Kw9jY"
secrets = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=12
).map(lambda middle: f"{BEGIN}{middle}{END}")
_PLAIN_ONLY = set("@/?# '\"<>`|&;,()[]{}\\=:+$*…%")


def said(*words: str) -> str:
    """Give all that a command says, with the traceback, for whoever asks for it."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run(list(words))
    return out.getvalue() + err.getvalue()


def require_hidden(text: str | bytes, where: object) -> None:
    data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
    for mark in (BEGIN, END, b64encode(BEGIN.encode()).decode()[:6]):
        assert mark.encode() not in data, f"{mark} in {where}: {data[:2000]!r}"


def commands(secret: str) -> Iterator[tuple[str, ...]]:
    """Plant a secret in each place of a command line that takes an address."""
    plain = secret if not _PLAIN_ONLY & set(secret) else quote(secret, safe="")
    for form in dict.fromkeys((secret, quote(secret, safe=""), plain)):
        yield "describe", "--catalog", f"postgresql+psycopg://ada:{form}@127.0.0.1:9/x"
        yield "check", "--json", "--catalog", f"postgresql+nodriver://ada:{form}@127.0.0.1:9/x"
        yield "versions", "--store", f"s3://key:{form}@bucket/x"
        yield "versions", "--store", f"s3:/key:{form}@bucket/x"
        yield "versions", "--json", "--store", f"ftp://key:{form}@host/x"
        yield "copy", "--to", f"s3://key:{form}@bucket/x"
        yield "copy", "--catalog", "--to", f"postgresql+psycopg://ada:{form}@127.0.0.1:9/x"
    quoted = quote(secret, safe="")
    yield "describe", "--catalog", f"postgresql+psycopg://ada@127.0.0.1:9/x?password={quoted}"
    yield "versions", "--store", f"s3://bucket/x?access_key={quoted}"
    yield "cut", f"https://b.s3.amazonaws.com/talk.mp4?X-Amz-Signature={quoted}&X-Amz-Date=1"
    yield "cut", f"https://a.blob.core.windows.net/c/talk.mp4?sv=1&sig={quoted}"
    yield "cut", f"https://ada:{quoted}@host/talk.mp4"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=secrets)
@example(secret=f"{BEGIN}p@ss/w?o#r%d{END}")
@example(secret=f"{BEGIN}:ä'\"{END}")
def test_no_command_says_a_secret(
    secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIOSET_DEBUG", "1")
    for words in commands(secret):
        require_hidden(said(*words, "--workspace", str(tmp_path)), words)
    (tmp_path / "audioset.toml").write_text(
        f"name = 'scots'\nstore = 's3://key:{quote(secret)}@bucket'\n", encoding="utf-8"
    )
    require_hidden(said("versions", "--workspace", str(tmp_path)), "audioset.toml")
    (tmp_path / "audioset.toml").unlink()


SCRIPT = """\
import os, sys
import audioset, mlflow
with audioset.training_run("scots@v1"):
    for clip in audioset.open("scots@v1"):
        mlflow.log_metric("seconds", clip.row.length_seconds)
"""


@pytest.mark.timeout(900)
def test_no_file_of_a_training_holds_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret stands in the command, the environment, the script and git's remote."""
    secret = f"{BEGIN}-a1-{END}"
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    for name in ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "WANDB_API_KEY", "PGPASSWORD"):
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:{secret}@127.0.0.1:9")
    ws.publish(message="first")
    code = tmp_path / "code"
    code.mkdir()
    script = code / "fit.py"
    script.write_text(f"api_key = '{secret}'\n{SCRIPT}")
    words = [
        "fit.py", "--hf-token", secret, f"--api-key={secret}", "-p", secret, f"PASSWORD={secret}",
        f"http://ada:{secret}@mlflow:5000", "-H", f"Authorization: Bearer {secret}", secret,
        f"--db=postgresql://ada:{secret}@db/x?sslpassword={secret}", f'{{"secret": "{secret}"}}',
    ]  # fmt: skip
    monkeypatch.chdir(code)
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(sys, "orig_argv", [sys.executable, *words])
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    mlflow.set_tracking_uri(ws.settings.tracking)
    try:
        runpy.run_path("fit.py")
    finally:
        mlflow.set_tracking_uri(None)
    (run_id,) = (r.run_id for r in ws.lineage("scots@v1").runs)
    for command in (("recipe", run_id), ("recipe", run_id, "--json"), ("reproduce", run_id)):
        require_hidden(said(*command), command)
    assert os.environ["HF_TOKEN"] == secret
    searched = [path for path in ws.folder.rglob("*") if path.is_file()]
    assert {"mlflow.db", "recipe.json", "packages.txt"} <= {path.name for path in searched}
    for path in searched:
        require_hidden(path.read_bytes(), path)
    require_hidden(repr(changed(ws, tracking=f"http://ada:{secret}@mlflow").settings), "settings")
