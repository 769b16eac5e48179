"""A small published dataset with one object of every kind, and ways to damage it."""

import hashlib
import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

from audioset.errors import (
    AudiosetError,
    DamagedWarning,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
)
from audioset.records.identity import VersionRef
from audioset.storage.store import Store, open_store
from audioset.training.reader import Dataset
from audioset.versions.aliases import move_alias
from audioset.versions.forget.forget import forget, plan_forget
from audioset.workspace import Workspace
from tests.versions.publishing import publish, with_value, working_table
from tests.workspaces import changed, make_workspace

CLOSED = (IntegrityError, InvalidInputError, NotFoundError)
KINDS = {
    "records": "versions",
    "manifests": "manifests",
    "shards": "shards",
    "aliases": "aliases",
    "withdrawals": "withdrawn",
}


def make_published(directory: Path) -> Workspace:
    """Two versions, a speaker withdrawn from both, the third version without her, an alias."""
    ws = make_workspace(directory, sources=3, clips_per_source=6)
    store = open_store(ws.settings.store)
    publish(ws)
    publish(ws, with_value(working_table(ws), 0, "text", "said otherwise"))
    forget(store, plan_forget(store, "scots", column="speaker", value="speaker1"))
    move_alias(store, "prod", VersionRef("scots", 3))
    return ws


def copy_of(ws: Workspace, directory: Path) -> Workspace:
    """The same workspace and store elsewhere, to be damaged."""
    shutil.copytree(ws.folder, directory)
    return changed(ws, workspace=directory, store=str(directory / "store"))


def flip(path: Path, position: int) -> None:
    """Flip one bit of the byte at a position, counted from the end when negative."""
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    """Keep the first half of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def change_number(path: Path) -> None:
    """Flip a bit of a digit, so that JSON stays JSON; anywhere in other files."""
    match = re.search(rb'"(?:version|num_clips)": [0-9]', path.read_bytes())
    flip(path, match.end() - 1 if match else path.stat().st_size // 3)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "first byte flipped": lambda path: flip(path, 0),
    "middle byte flipped": lambda path: flip(path, path.stat().st_size // 2),
    "last byte flipped": lambda path: flip(path, -1),
    "digit flipped": change_number,
    "truncated": truncate,
    "emptied": lambda path: path.write_bytes(b"") and None,
    "deleted": Path.unlink,
}


def heard(dataset: Dataset) -> tuple[object, ...]:
    """All that somebody can learn of a version by reading it."""
    running = hashlib.sha256()
    for clip in dataset:
        running.update(clip.samples.tobytes())
    rows = dataset.table.drop_columns(["shard_sha256", "offset_bytes"])
    return (str(dataset.ref), dataset.digest, len(dataset), rows.to_pylist(), running.hexdigest())


class LeftOutError(Exception):
    """A list without what is damaged, and the warnings that say so."""

    def __init__(self, rest: object, told: list[warnings.WarningMessage]) -> None:
        super().__init__(*(str(one.message) for one in told))
        self.rest = rest


def read_everything(ws: Workspace) -> dict[str, object]:
    """Read every version in every way; an error that names what is wrong stands for its result."""
    results: dict[str, object] = {}

    def attempt(name: str, read: Callable[[], object]) -> None:
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                result = read()
            damaged = [w for w in told if issubclass(w.category, DamagedWarning)]
            is_list = name.startswith("list ")
            results[name] = LeftOutError(result, damaged) if damaged and is_list else result
        except AudiosetError as error:
            if not isinstance(error, CLOSED) or "\n" in str(error):
                raise
            results[name] = error

    with warnings.catch_warnings():
        for reference in ("scots@v1", "scots@v2", "scots@v3", "scots@prod"):
            attempt(
                f"open {reference}",
                lambda r=reference: heard(ws.open(r)),  # type: ignore[misc]
            )
            attempt(
                f"describe {reference}",
                lambda r=reference: ws.describe(r),  # type: ignore[misc]
            )
        attempt("list versions", ws.versions)
        attempt("list aliases", ws.aliases)
        attempt("publish", lambda: heard_of_next(ws, open_store(ws.settings.store)))
    return results


def heard_of_next(ws: Workspace, store: Store) -> tuple[object, ...]:
    """Publish a change and read it back."""
    made = publish(ws, with_value(working_table(ws), 0, "text", "new"), store)
    return heard(Dataset(store, made.record))
