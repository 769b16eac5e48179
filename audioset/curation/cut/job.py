"""What a worker must know to cut any source of one call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.cut.earlier import EarlierCut
from audioset.curation.cut.new_clips import NewClips, NewFiles, NewShard
from audioset.curation.cut.wish import CutWish
from audioset.curation.sources.known import KnownSource
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.clip_files import file_size
from audioset.curation.workspace.working import Working
from audioset.errors import StorageError, as_option
from audioset.records.cut_options import CutOptions
from audioset.records.cut_shards import ClipShards
from audioset.records.identity import clip_path
from audioset.records.line_options import TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.model_choice import REGISTERED
from audioset.records.removed import Removed
from audioset.wording import some_of

if TYPE_CHECKING:
    from audioset.curation.cut.source_report import SourceReport
    from audioset.hearing.align.voices.phone_models import PhoneModels

    Finish = Callable[[SourceReport, Path | None], SourceReport]
    FetchModels = Callable[[str], tuple[PhoneModels, str]]  # by name; with name and version

_SHORT_NAMED = 5
_NO_PLACES, _NOTHING_REMOVED = SourcePlaces(), Removed()
_NO_TRANSCRIPT, _OPTIONS, _NO_WISH = TranscriptOptions(), CutOptions(), CutWish()


@dataclass(frozen=True, slots=True, kw_only=True)
class CutJob:
    """What a worker must know to cut any source of one call.

    Attributes:
        labels: file or folder of cues; None looks beside the source and inside it.
        transcript: how a cut by lines was asked for.
        as_given: the options for sources that were never cut, with what decides nothing.
        models: of a trained aligner, where one was asked for.
        fetch_models: of the one that a source was cut by before; None for other aligners.
        wish: what was said of how to cut; all else of a source that was cut before is its own.
        yes: really leave behind what clips have that are cut again.
        places: what this machine remembers of sources.
        imported: files that are clips already, taken whole, by sha256.
        replace: whether a file with other bytes where a source lay is its successor; False: a
            source of its own; None: nobody said it, and it is not cut.
        removed: what a person removed from the workspace.
        shards: puts clips into the store, and tells what is there; None where nothing can.
        into_store: whether clips go there; None: as the source was cut, and where it never was, as
            `new_into_store` says.
        sources: paths and addresses of all that are cut, which one table of lines may name.
        finish: called with what became of a source, and its file, where that is here; gives what
            became of it at last.
    """

    working: Working
    options: CutOptions
    facts: Mapping[str, str]
    labels: Path | None = None
    transcript: TranscriptOptions = _NO_TRANSCRIPT
    as_given: CutOptions = _OPTIONS
    models: "PhoneModels | None" = None
    fetch_models: "FetchModels | None" = None
    wish: CutWish = _NO_WISH
    yes: bool = False
    places: SourcePlaces = _NO_PLACES
    imported: Mapping[str, KnownSource] = field(default_factory=dict)
    replace: bool | None = None
    removed: Removed = _NOTHING_REMOVED
    finish: "Finish | None" = None
    shards: ClipShards | None = None
    into_store: bool | None = None
    new_into_store: bool = False
    sources: tuple[str, ...] = ()

    def finished(self, report: "SourceReport", path: Path | None) -> "SourceReport":
        """Give what became of a source at last."""
        return report if self.finish is None else self.finish(report, path)

    def make_folders(self) -> None:
        """Make the workspace's folders.

        Raises:
            StorageError: the workspace cannot be written.
        """
        for folder in (self.working.clips_dir, self.working.manifests_dir):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{folder} cannot be made ({error.strerror})") from error

    def facts_of(self, earlier: EarlierCut | None) -> dict[str, str]:
        """Facts given earlier hold until they are given anew: a re-run must not lose a speaker."""
        return {**(earlier.facts if earlier else {}), **self.facts}

    def has_all_clips(self, earlier: EarlierCut) -> bool:
        """Tell whether the audio of all clips of an earlier cut is there, or in the store.

        The store is asked of shards that the cut put there: no version may name them yet, and then
        `collect` takes them after a while.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        is_here = all(
            clip_id in earlier.in_store
            or file_size(clip_path(self.working.clips_dir, clip_id)) == size_bytes
            for clip_id, size_bytes in earlier.sizes_bytes.items()
        )
        if not is_here or not earlier.noted or self.shards is None:
            return is_here
        return self.shards.hold(earlier.table, earlier.noted)

    def puts_anew(self, earlier: EarlierCut) -> bool:
        """Tell whether an earlier cut made files of clips that shall lie in the store."""
        is_stored = earlier.noted is not None or earlier.in_store >= earlier.sizes_bytes.keys()
        return self.into_store is True and not is_stored

    def new_clips(self, source_id: str, earlier: EarlierCut | None) -> NewClips:
        """Give where the clips of a source go."""
        into_store = self.into_store
        if into_store is None:
            into_store = self.new_into_store if earlier is None else earlier.noted is not None
        if into_store and self.shards is not None:
            return NewShard(self.shards, self.working.clips_dir, source_id)
        return NewFiles(self.working.clips_dir, source_id)

    def phone_models(self) -> "PhoneModels | None":
        """Give the models of the trained aligner, which are fetched when they are needed."""
        name = self.transcript.aligner
        if self.models is None and self.fetch_models is not None and name.startswith(REGISTERED):
            return self.fetch_models(name)[0]
        return self.models

    @property
    def asks_for_lines(self) -> bool:
        """Whether somebody asks for a cut by lines, and gets one: confirmed takes guide it."""
        return self.options.by == "lines" and self.wish.names_lines

    def refusal_of(self, lines: LineReport) -> str | None:
        """Say why a strict cut refuses what was found; None when it does not."""
        most = self.transcript.max_doubtful
        if not self.transcript.strict or (
            not lines.alignment.missing and lines.doubtful_share <= most
        ):
            return None
        why = [f"{len(lines.alignment.missing)} missing"] if lines.alignment.missing else []
        if lines.short:
            named = some_of(lines.short, _SHORT_NAMED)
            why.append(f"{len(lines.short)} with fewer takes than asked for ({named})")
        return (
            f"{len(lines.doubtful)} of {len(lines.lines)} lines are doubtful"
            + (f", {' and '.join(why)}" if why else "")
            + f"; {as_option('strict', 'True')} lets pass {most:.0%} and no missing one"
        )

    def manifest_path(self, source_id: str) -> Path:
        """Where the manifest of a source lies."""
        return self.working.manifests_dir / f"{source_id}.parquet"
