"""What a person decided about one clip or one speaker. No SQLAlchemy here, so it loads at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from audioset.errors import ConflictError
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

    @property
    def key(self) -> DecisionKey:
        """What is decided: of one key the newest decision holds."""
        return self.subject_kind, self.subject_id, self.field


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A row of the catalog: a decision, or that one holds no more, with who and when.

    Attributes:
        decision: what was decided; of a retraction, with what was retracted as its value.
        decided_by: who.
        decided_at: when (UTC).
        row_id: number of the row; a later row has a greater one.
        op_id: the operation of which it is a part.
        retracts: the operation that holds no more, for this subject and field; None of a decision.
        review_pass: from 2 on, an opinion that does not hold; None or 1 of the word that does.
        heard_share: share of the clip that was heard before it was judged, 0 to 1.
    """

    decision: Decision
    decided_by: str
    decided_at: datetime
    row_id: int
    op_id: str
    retracts: str | None = None
    review_pass: int | None = None
    heard_share: float | None = None


@dataclass(frozen=True, slots=True)
class HeldDecision:
    """The decision that holds for a key: its value, who took it and when (UTC), and its row."""

    value: DecisionValue
    by: str
    at: datetime
    row_id: int
    op_id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an operation wrote.

    Attributes:
        op_id: of the operation, by which it can be repeated and retracted.
        row_ids: the row of each key that it decided, or retracted.
        repeated: the operation was recorded before, and nothing was added now.
    """

    op_id: str
    row_ids: Mapping[DecisionKey, int]
    repeated: bool = False

    @property
    def num_decisions(self) -> int:
        """How many keys it decided, or retracted."""
        return len(self.row_ids)


class HeldInstead(NamedTuple):
    """What holds now, where somebody expected something else.

    Where nothing holds, `row_id` is None; `by` and `at` then say who retracted it, if anybody did.
    """

    key: DecisionKey
    value: DecisionValue
    by: str | None
    at: datetime | None
    row_id: int | None

    def __str__(self) -> str:
        """Say it in one line."""
        kind, subject, field = self.key
        what = f"{field} of {kind} {subject}"
        when = f"{self.by}, {self.at:%Y-%m-%d %H:%M:%S}" if self.at else "nobody"
        if self.row_id is None:
            return f"{what}: nothing is decided any more ({when})"
        return f"{what} is {self.value!r} by now ({when})"


class DecisionConflict(ConflictError):  # noqa: N818  named by what it tells of
    """Somebody decided the same meanwhile, so nothing was recorded: look again.

    Attributes:
        conflicts: what holds now, for each key that changed since the person looked.
    """

    def __init__(self, conflicts: tuple[HeldInstead, ...]) -> None:
        """Take what holds instead; at least one."""
        super().__init__(conflicts)
        self.conflicts = conflicts

    def __str__(self) -> str:
        """Say it in one line."""
        more = f" (and {len(self.conflicts) - 1} more)" if len(self.conflicts) > 1 else ""
        return f"{self.conflicts[0]}{more}; nothing was recorded: look at it, and decide again"


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
