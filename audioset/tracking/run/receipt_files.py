"""The files of receipts among the artifacts of a run: one of each process that noted for it."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from audioset.records.receipt import Receipt, decode_receipts, encode_receipts, merge_receipts
from audioset.tracking.moves import ARTIFACTS_FOLDER, sqlite_path

FOLDER = "audioset"  # of the run's artifacts
NOTING_TAG = "audioset.noting"  # with a token behind it: of a process that notes what it consumes
STILL_NOTING = "the run goes on"
BROKEN_OFF = "a process of the run was killed, and what it read last was not logged"
_FILE = re.compile(rf"{FOLDER}/receipt(-\w+)?\.bin")


def upload_receipts(client: Any, run_id: str, receipts: Sequence[Receipt], *, name: str) -> None:
    """Log what one process noted for a run; the tags are not yet true then.

    Args:
        client: of MLflow.
        run_id: of the run.
        receipts: of this process.
        name: of the file among the run's artifacts.
    """
    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        path = Path(scratch) / name
        path.write_bytes(encode_receipts(receipts))
        client.log_artifact(run_id, str(path), FOLDER)


def merge_files(
    client: Any, run: Any, *, known: Mapping[str, Sequence[Receipt]] | None = None
) -> tuple[Receipt, ...]:
    """Join what the processes of a run logged; complete when all are, and none goes on.

    Args:
        client: of MLflow.
        run: the run.
        known: what need not be read, by the name of the file.

    Raises:
        InvalidInputError: a file is not a receipt, or of a newer release.
    """
    parts: list[Receipt] = []
    for path, _ in list_files(client, run):
        mine = (known or {}).get(Path(path).name)
        parts += _read(client, run, path) if mine is None else mine
    if noting_tags(run):
        why = STILL_NOTING if run.info.status == "RUNNING" else BROKEN_OFF
        parts = [
            replace(one, complete=False, unknown=(*one.unknown, why)) if one.complete else one
            for one in parts
        ]
    return merge_receipts(parts)


def list_files(client: Any, run: Any) -> list[tuple[str, int]]:
    """List the files of receipts of a run, each with its size."""
    local = _local_folder(client, run)
    if local is None:
        found = client.list_artifacts(run.info.run_id, FOLDER)
        files = [(file.path, file.file_size) for file in found]
    else:
        paths = (local / FOLDER).glob("receipt*.bin")
        files = [(f"{FOLDER}/{path.name}", path.stat().st_size) for path in paths]
    return sorted(file for file in files if _FILE.fullmatch(file[0]))


def noting_tags(run: Any) -> list[str]:
    """Name the processes that note for a run, or were killed while they did."""
    return sorted(key for key in run.data.tags if key.startswith(f"{NOTING_TAG}."))


def _read(client: Any, run: Any, path: str) -> tuple[Receipt, ...]:
    name = f"the receipt of MLflow run {run.info.run_id}"
    local = _local_folder(client, run)
    if local is not None:  # also while the process ends, when MLflow can download no more
        return decode_receipts((local / path).read_bytes(), name=name)
    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        downloaded = client.download_artifacts(run.info.run_id, path, scratch)
        return decode_receipts(Path(downloaded).read_bytes(), name=name)


def _local_folder(client: Any, run: Any) -> Path | None:
    """Give the folder of a run's artifacts; None when they are in a store or behind a server.

    MLflow keeps it as an absolute path. When that is gone, it may lie beside the database still.
    """
    uri = run.info.artifact_uri
    if len(urlsplit(uri).scheme) > 1 and not uri.startswith("file:"):  # of one letter: a drive
        return None
    folder = Path(url2pathname(urlsplit(uri).path) if uri.startswith("file:") else uri)
    database = sqlite_path(client.tracking_uri)
    if not folder.parent.exists() and database is not None and ARTIFACTS_FOLDER in folder.parts:
        place = len(folder.parts) - folder.parts[::-1].index(ARTIFACTS_FOLDER)
        moved = database.parent.joinpath(ARTIFACTS_FOLDER, *folder.parts[place:])
        folder = moved if moved.exists() else folder
    return folder
