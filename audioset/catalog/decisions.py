"""What a person decided about one clip or one speaker. No SQLAlchemy here, so it loads at once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from audioset.hiding import require_address
from audioset.settings import SQLITE_FILE

SubjectKind = Literal["clip", "speaker"]
DecisionValue = str | bool | int | None
DecisionKey = tuple[SubjectKind, str, str]  # subject_kind, subject_id, field


@dataclass(frozen=True, slots=True)
class Decision:
    """One field of one clip or speaker, as a person wants it.

    Attributes:
        subject_kind: "clip", or "speaker" for all clips of that speaker.
        subject_id: the clip id, or the speaker's id as in the manifest.
        field: a column that people decide, or any other name, which is kept as an extra fact.
        value: text, true or false, a whole number, or None to empty the field.
    """

    subject_kind: SubjectKind
    subject_id: str
    field: str
    value: DecisionValue


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as the catalog keeps it: with who and when (UTC)."""

    decision: Decision
    decided_by: str
    decided_at: datetime


def sqlite_url(place: str | Path) -> str:
    """Give the URL of a catalog: as it is, or that of a SQLite file that is named by its path.

    Raises:
        InvalidInputError: a password in the URL cannot be read.
    """
    text = str(place)
    if "://" in text:
        return require_address(text, "catalog")
    return f"{SQLITE_FILE}{Path(text).expanduser().absolute()}"


def catalog_is_missing(url: str) -> bool:
    """Tell whether `url` is a SQLite file that does not exist: then nothing was decided yet.

    Only a way to be fast: it needs no SQLAlchemy, and `Catalog` says the same.
    """
    path = url.removeprefix(SQLITE_FILE)
    return url.startswith(SQLITE_FILE) and path not in ("", ":memory:") and not Path(path).exists()
