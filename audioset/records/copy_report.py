"""What `audioset copy` found and did: versions, aliases, withdrawals, decisions, runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from audioset.records.identity import VersionRef

CopyState = Literal["missing", "copied", "repaired", "there", "left out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedVersion:
    """One version, and what became of it at the target.

    Attributes:
        ref: its name.
        state: "copied" now; "missing" and not copied, in a dry run; "there" already; "repaired",
            when it was there and some of its objects were not; or "left out", as `problem` says.
        num_objects, size_bytes: shards and parts of the manifest that the target lacked, and that
            no version before it brings.
        problem: why it was left out, one line; empty otherwise.
    """

    ref: VersionRef
    state: CopyState
    num_objects: int = 0
    size_bytes: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedAlias:
    """One alias, and what became of it at the target.

    Attributes:
        alias: its name.
        version: number of the version that it names where it comes from.
        state: as of a version.
        problem: why it was left out, one line; empty otherwise.
    """

    alias: str
    version: int
    state: CopyState
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedWithdrawal:
    """One withdrawal that the target did not know.

    Attributes:
        number: as in the store, from 1.
        state: as of a version.
        versions: numbers of versions at the target that lose clips by it.
        problem: why it was left out, one line; empty otherwise.
    """

    number: int
    state: CopyState
    versions: tuple[int, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedVersions:
    """The part of a copy that goes from store to store.

    Attributes:
        versions: oldest first.
        aliases: by name.
        withdrawals: those that the target lacked, in order.
        num_removed: objects at the target that held withdrawn recordings, and are gone.
        problems: what else is to be looked after, a line each.
    """

    versions: tuple[CopiedVersion, ...] = ()
    aliases: tuple[CopiedAlias, ...] = ()
    withdrawals: tuple[CopiedWithdrawal, ...] = ()
    num_removed: int = 0
    problems: tuple[str, ...] = ()

    def all_problems(self) -> Iterator[str]:
        """Give why each thing was left out, and the rest to be looked after."""
        parts: list[CopiedWithdrawal | CopiedVersion | CopiedAlias]
        parts = [*self.withdrawals, *self.versions, *self.aliases]
        yield from (part.problem for part in parts if part.problem)
        yield from self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyConflict:
    """A field that two catalogs decided differently, each without knowing of the other.

    Attributes:
        subject_kind, subject_id, field: what was decided.
        value, decided_by, decided_at: what holds at the target now.
        other_value, other_by, other_at: what lost; it stays in the history.
    """

    subject_kind: str
    subject_id: str
    field: str
    value: str | bool | int | None
    decided_by: str
    decided_at: datetime
    other_value: str | bool | int | None
    other_by: str
    other_at: datetime

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"{self.field} of {self.subject_kind} {self.subject_id}: {self.value!r} holds "
            f"({self.decided_by}, {self.decided_at:%Y-%m-%d %H:%M}), not {self.other_value!r} "
            f"({self.other_by}, {self.other_at:%Y-%m-%d %H:%M}); both were decided on their own"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedDecisions:
    """The part of a copy that goes from catalog to catalog.

    Attributes:
        num_added: decisions that the target lacked, and has now; or would have.
        num_there: that it had.
        num_left_out: about clips that were withdrawn.
        num_assignments: of clips to reviewers that the target lacked, and has now; or would have.
        conflicts: fields that both decided differently, each on its own; the newer decision holds.
    """

    num_added: int = 0
    num_there: int = 0
    num_left_out: int = 0
    num_assignments: int = 0
    conflicts: tuple[CopyConflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedRuns:
    """The part of a copy that goes from MLflow to MLflow.

    Attributes:
        num_added: runs that the target lacked, and has now; or would have.
        num_there: runs that an earlier copy brought.
        models: versions of registered models that were added, such as `speakers v3`.
        num_models_there: of them, those that an earlier copy brought.
        incomplete: what could not be copied, a line each.
    """

    num_added: int = 0
    num_there: int = 0
    models: tuple[str, ...] = ()
    num_models_there: int = 0
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What a copy did, or would do.

    Attributes:
        origin, to: addresses of both ends, without passwords.
        dry_run: nothing was changed.
        versions: what went from store to store; None when something else was copied.
        decisions: what went from catalog to catalog; None when something else was copied.
        runs: what went from MLflow to MLflow; None when something else was copied.
    """

    origin: str
    to: str
    dry_run: bool
    versions: CopiedVersions | None = None
    decisions: CopiedDecisions | None = None
    runs: CopiedRuns | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What was left out and why, and what else is to be looked after; a line each."""
        found = self.versions.all_problems() if self.versions else ()
        conflicts = map(str, self.decisions.conflicts) if self.decisions else ()
        return (*found, *conflicts, *(self.runs.incomplete if self.runs else ()))
