"""Chapter 3, its verb that knows two places: from alone to a team, and back."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.engine import Progress
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.hiding import hide, require_address
from audioset.notebook import notebook_progress
from audioset.records.identity import VersionRef, parse_reference
from audioset.records.several import Several, several
from audioset.settings import SQLITE_FILE

if TYPE_CHECKING:
    from audioset.records.copy_report import CopyReport
    from audioset.storage.store import Store


class CopyVerb(Names):
    """Brings what a workspace has to another place, or from there."""

    def copy(
        self,
        references: Several[str] = (),
        *,
        to: str | Path | None = None,
        origin: str | Path | None = None,
        catalog: bool = False,
        tracking: bool = False,
        yes: bool = False,
        dry_run: bool = False,
        progress: Progress = notebook_progress,
    ) -> "CopyReport":
        """Bring versions with their aliases, decisions, or runs to another place, or from there.

        Only what is missing is sent. One end is the workspace's own, the other is named. A copy
        that stops anywhere is continued by the next one, and a second one adds nothing.

        Of versions every object is held against its hash on the way, and a version appears last and
        whole, under the same number and with the same bytes. Withdrawals come along: what was
        withdrawn never travels, and what is withdrawn at the target stays so. A version that is
        damaged where it comes from is left out and named; the others go on.

        Decisions, and what is assigned to whom, come with who and when, in their order, but for
        those about clips that were withdrawn from the workspace's store. What both catalogs
        decided, each on its own, is told where it differs; the newer decision holds, and all are
        kept.

        Runs come with params, metrics, tags, inputs and artifacts, and models with their versions
        and aliases; runs get new ids, and keep the old one in the tag `audioset.copied_from`. Those
        of versions are written anew by `log`, which a copy from another place calls at its end.

        Args:
            references: `name@v3` or `name@alias`, one or several of one dataset; all versions of
                the workspace's own when empty.
            to: the store to copy to, a folder or an address such as `s3://bucket/prefix`; or the
                catalog, a SQLite file or a URL such as `postgresql+psycopg://user@host/database`.
            origin: the place to copy from instead. Exactly one of the two is given.
            catalog: copy decisions, not versions.
            tracking: copy runs and models of MLflow, not versions.
            yes: also change what the target has: move aliases that somebody moved there, of models
                too, and withdraw clips from its versions.
            dry_run: only tell what would be copied.

        Raises:
            InvalidInputError: neither of the two ends is named, both are, they are the same place,
                the references name several datasets, or more than one of versions, decisions and
                runs is asked for.
            NotFoundError: no such version, or no such file, where it comes from.
            ConflictError: the target has another version under the same number, or other
                withdrawals: nothing was copied. Or clips were withdrawn meanwhile: copy again.
            IntegrityError: a withdrawal is damaged.
            StorageError: a store or a catalog did not answer, or refused. What was copied stands.
            TrackingError: an MLflow did not answer, or refused. What was copied stands.
        """
        from audioset.records.copy_report import CopyReport
        from audioset.versions.copy import copy_versions

        if catalog or tracking:
            if several(references) or (catalog and tracking):
                raise InvalidInputError(
                    "copy versions, decisions (catalog) or runs (tracking): one of them at a "
                    "time; decisions and runs go all together"
                )
            if catalog:
                return self._copy_decisions(to, origin, dry_run=dry_run, progress=progress)
            return self._copy_runs(to, origin, yes=yes, dry_run=dry_run, progress=progress)
        source, target = self._both_stores(to, origin)
        refs = [_version_of(text, source) for text in several(references)]
        datasets = sorted({ref.dataset for ref in refs}) or [self.name]
        if len(datasets) > 1:
            raise InvalidInputError(f"copy one dataset at a time, not {' and '.join(datasets)}")
        copied = copy_versions(
            source,
            target,
            datasets[0],
            numbers=[ref.version for ref in refs],
            yes=yes,
            dry_run=dry_run,
            progress=progress,
        )
        return CopyReport(
            origin=hide(source.url), to=hide(target.url), dry_run=dry_run, versions=copied
        )

    def _copy_decisions(
        self,
        to: str | Path | None,
        origin: str | Path | None,
        *,
        dry_run: bool,
        progress: Progress,
    ) -> "CopyReport":
        """Copy what people decided, to or from the workspace's catalog."""
        from audioset.catalog.assignments import copy_assignments
        from audioset.catalog.copy_decisions import copy_decisions
        from audioset.catalog.database import CatalogDatabase
        from audioset.catalog.decisions import catalog_is_missing, sqlite_url
        from audioset.curation.workspace.roots import Roots
        from audioset.records.copy_report import CopyReport
        from audioset.versions.read.withdrawals import list_withdrawals, withdrawn_ids

        own, other = self.settings.catalog, sqlite_url(_other_end(to, origin))
        if own == other:
            raise InvalidInputError(
                f"{hide(own, own)} is the catalog of this workspace itself; name another to copy "
                f"{'to' if to is not None else 'from'}"
            )
        first, second = (own, other) if to is not None else (other, own)
        if catalog_is_missing(first):
            raise NotFoundError(f"{first.removeprefix(SQLITE_FILE)} does not exist")
        source, target = CatalogDatabase(first), CatalogDatabase(second)
        by_place = withdrawn_ids(list_withdrawals(self._store_as_it_is, self.name))
        withdrawn = Roots.read(self.working).widened(by_place)  # a moved clip lay elsewhere before
        copied = copy_decisions(
            source, target, is_withdrawn=withdrawn, dry_run=dry_run, progress=progress
        )
        assigned = copy_assignments(source, target, is_withdrawn=withdrawn, dry_run=dry_run)
        copied = replace(copied, num_assignments=assigned)
        return CopyReport(origin=source.shown, to=target.shown, dry_run=dry_run, decisions=copied)

    def _copy_runs(
        self,
        to: str | Path | None,
        origin: str | Path | None,
        *,
        yes: bool,
        dry_run: bool,
        progress: Progress,
    ) -> "CopyReport":
        """Copy what MLflow knows, to or from the workspace's tracking."""
        from audioset.records.copy_report import CopyReport
        from audioset.tracking.copying import copy_runs
        from audioset.tracking.published import log_missing

        place = str(_other_end(to, origin))
        uri = place if "://" in place else f"{SQLITE_FILE}{Path(place).expanduser().absolute()}"
        own = self.tracking
        other = replace(own, uri=require_address(uri, "tracking"))
        if own.uri == other.uri:
            raise InvalidInputError(
                f"{hide(uri, uri)} is the MLflow of this workspace itself; name another to copy "
                f"{'to' if to is not None else 'from'}"
            )
        first, second = (own, other) if to is not None else (other, own)
        copied = copy_runs(first, second, yes=yes, dry_run=dry_run, progress=progress)
        if origin is not None and not dry_run:  # the settings name the store of the new place
            log_missing(second, self._store_as_it_is, self.name, self.split_options)
        return CopyReport(
            origin=hide(first.uri, first.uri),
            to=hide(second.uri, second.uri),
            dry_run=dry_run,
            runs=copied,
        )

    def _both_stores(
        self, to: str | Path | None, origin: str | Path | None
    ) -> "tuple[Store, Store]":
        """Open the store to copy from, and that to copy to."""
        from audioset.storage.store import open_store

        own, other = self._store_as_it_is, open_store(str(_other_end(to, origin)))
        if _is_same(other.url, own.url):
            raise InvalidInputError(
                f"{other.url} is the store of this workspace itself; name another to copy "
                f"{'to' if to is not None else 'from'}"
            )
        return (own, other) if to is not None else (other, own)


def _version_of(text: str, source: "Store") -> VersionRef:
    """Find the version that a name means where it comes from."""
    from audioset.versions.aliases import read_alias

    named = parse_reference(text)
    return named if isinstance(named, VersionRef) else read_alias(source, named).ref


def _other_end(to: str | Path | None, origin: str | Path | None) -> str | Path:
    """Give the end that is named; exactly one is."""
    named = [end for end in (to, origin) if end is not None]
    if len(named) != 1:
        raise InvalidInputError(
            f"name one other place, where to copy to, {as_option('to')}, or where to copy from, "
            f"{as_option('origin', flag='from')}; the workspace's own is the other end"
        )
    return named[0]


def _is_same(a: str, b: str) -> bool:
    """Tell whether two addresses of stores name one place."""
    if "://" in a or "://" in b:
        return a == b
    return Path(a).resolve() == Path(b).resolve()
