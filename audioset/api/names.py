"""What the words of a caller mean: a set of clips, a version, a view, one thing or several."""

import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union, cast

from audioset.api.opened import Opened
from audioset.errors import NAMES_SHOWN, InvalidInputError, NotFoundError, WithdrawnWarning
from audioset.near_names import ask_whether
from audioset.records.identity import VersionRef, is_reference, split_view

if TYPE_CHECKING:
    from audioset.curation.workspace.clip_audio import ClipAudio
    from audioset.curation.workspace.clip_sets import ClipSet
    from audioset.records.cut_options import CutOptions
    from audioset.records.pin import Pin
    from audioset.records.split_report import SplitOptions
    from audioset.records.version import VersionRecord
    from audioset.training.reader import Dataset
    from audioset.versions.diff import DiffInput
    from audioset.versions.publish import Publication

# What names a version: text, a pin file, or a version in the hand. `| None` adds to a real Union.
Reference: TypeAlias = Union[str, Path, VersionRef, "VersionRecord", "Publication"]
WORKING = "working"  # what `diff` calls the clips that the next publish would take


class Names(Opened):
    """Finds what a name means in this workspace."""

    def _clip_set(self, what: Reference | None) -> "ClipSet":
        """Find clips: of a manifest, a folder of them, a version or a view, or the working ones."""
        from audioset.curation.workspace.clip_audio import PublishedAudio
        from audioset.curation.workspace.clip_sets import ClipSet
        from audioset.curation.workspace.effective import scan_effective
        from audioset.storage.tables import list_manifests, scan_manifests
        from audioset.versions.layout import shard_key
        from audioset.versions.read.resolve import resolve_reference, scan_version
        from audioset.versions.read.views import scan_rows

        here = self._any_audio()
        if what is None:
            return ClipSet(self.name, partial(scan_effective, self.working), here)
        what = named(what)
        reference, condition = split_view(str(what))
        if not is_reference(reference) or Path(what).exists():
            paths = list_manifests(Path(what))
            return ClipSet(str(what), partial(scan_manifests, paths), here)
        record = resolve_reference(self.store, reference)
        published = PublishedAudio(self.store.url, partial(shard_key, record.dataset))
        scan = (
            partial(scan_version, self.store, record)
            if condition is None
            else partial(scan_rows, self.store, record, condition)
        )
        return ClipSet(str(what), scan, published)

    def _any_audio(self) -> "ClipAudio":
        """Give the audio of clips of the dataset, wherever it lies: here, or in the store."""
        from audioset.curation.workspace.clip_audio import EitherAudio, WorkingAudio

        return EitherAudio(WorkingAudio(self.clips_dir), self._published_audio)

    def _split_options(self, given: "SplitOptions | Mapping[str, object] | None") -> "SplitOptions":
        """Give options as they are, or a mapping over those of `audioset.toml`."""
        from audioset.records.split_report import SplitOptions

        if isinstance(given, SplitOptions):
            return given
        return SplitOptions.from_mapping({**self.settings.split_defaults, **(given or {})})

    def _cut_options(
        self, given: "CutOptions | Mapping[str, object] | None", *, implied: str | None
    ) -> "CutOptions":
        """Give options as they are, or a mapping over those of `audioset.toml`.

        Args:
            given: of the caller.
            implied: the way to cut that another argument asks for.
        """
        from audioset.records.cut_options import CutOptions

        if isinstance(given, CutOptions):
            return given
        way = {"by": implied} if implied else {}
        return CutOptions.from_mapping({**self.settings.cut_defaults, **way, **(given or {})})

    def _find_view(self, reference: Reference) -> "tuple[VersionRecord, str | None, Pin | None]":
        """Find what a reference or a pin file names: version, condition of a view, and the pin."""
        from audioset.versions.read.resolve import resolve_pin, resolve_reference

        reference = named(reference)
        name, condition = split_view(str(reference))
        if is_reference(name):
            return resolve_reference(self.store, name), condition, None
        record, pinned = resolve_pin(self.store, Path(reference))
        return record, pinned.filter, pinned

    def _find_record(self, reference: Reference) -> "VersionRecord":
        """Find the version that a reference or a pin file names; a view is refused."""
        record, condition, _ = self._find_view(reference)
        if condition is not None:
            raise InvalidInputError(
                f"{reference} names a part of {record.ref}, by the condition {condition!r}; name "
                "the whole version here"
            )
        return record

    def _resolve(self, reference: Reference) -> "VersionRecord":
        """Find the version that a reference or a pin file names; tell when clips were withdrawn."""
        record = self._find_record(reference)
        tell_withdrawn(record)
        return record

    def _open(self, reference: Reference) -> "Dataset":
        """Open a version or a view for reading; that of a pin file must be the one it names."""
        from audioset.storage.cache import open_cache
        from audioset.training.reader import Dataset
        from audioset.versions.read.views import require_pinned_rows

        record, condition, pinned = self._find_view(reference)
        tell_withdrawn(record)
        cache = open_cache(self.settings.cache, self.settings.cache_bytes)
        dataset = Dataset(
            self.store,
            record,
            filter=condition,
            cache=cache,
            read_ahead_bytes=self.settings.read_ahead_bytes,
        )
        if pinned is not None and condition is not None:
            require_pinned_rows(pinned, dataset.view)
        return dataset

    @property
    def _review_address(self) -> str:
        """Where the working clips were reviewed the last time, so that pages lead there; or ""."""
        from audioset.curation.workspace.review_address import read_review_address

        return read_review_address(self.folder)

    def _diff_input(self, what: Reference) -> "DiffInput":
        """Take a version, or the working clips, as one side of a diff."""
        from audioset.versions.diff import table_input, version_input

        if str(what) == WORKING:
            from audioset.curation.workspace.effective import read_effective

            return table_input(self.store, self.name, read_effective(self.working), name=WORKING)
        return version_input(self.store, self._find_record(what))

    def _dataset_name(self, name: str | None) -> str:
        """Give the dataset that is named, which the store must have; the workspace's own if none.

        Raises:
            NotFoundError: the store has no such dataset; the text names those that it has.
        """
        if name is None or name == self.name:
            return self.name
        known = self.store.list_folders()
        if name not in known:
            has = f"it has {', '.join(known[:NAMES_SHOWN])}" if known else "it is empty"
            has = ask_whether(name, known) or has
            raise NotFoundError(f"the store {self.store.url} has no dataset {name!r}; {has}")
        return name

    def _dataset(self, reference: "Reference | Dataset") -> "Dataset":
        """Open what a reference or a pin file names; a dataset is open already."""
        if hasattr(reference, "view"):
            return cast("Dataset", reference)
        return self._open(reference)

    @property
    def _has_version(self) -> bool:
        """Whether the workspace's dataset has any version."""
        from audioset.versions.read.resolve import list_version_numbers

        return bool(list_version_numbers(self.store, self.name))

    def _newest(self) -> str:
        """Name the newest version of the workspace's dataset."""
        from audioset.versions.read.resolve import list_version_numbers

        numbers = list_version_numbers(self.store, self.name)
        if not numbers:
            raise NotFoundError(f"{self.name} has no version yet; make one with audioset publish")
        return f"{self.name}@v{numbers[-1]}"


def named(reference: Reference) -> str | Path:
    """Give what names a version as text; a version in the hand is named as it names itself.

    Raises:
        InvalidInputError: it is neither a text nor a path nor a version.
    """
    if isinstance(reference, str | Path):
        return reference
    record = getattr(reference, "record", reference)  # of a publication
    ref = getattr(record, "ref", record)  # of a record
    if not isinstance(ref, VersionRef):
        raise InvalidInputError(
            f"{reference!r} names no version; write name@v3 or name@alias, or give a version"
        )
    return str(ref)


def tell_withdrawn(record: "VersionRecord") -> None:
    """Warn that a version opens without the clips that were withdrawn from it."""
    if record.num_withdrawn:
        warnings.warn(
            f"{record.num_withdrawn} clips were withdrawn from {record.ref}; it opens without them",
            WithdrawnWarning,
            stacklevel=4,
        )
