"""What an import would do: which files are new, which are clips already, and what would be lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audioset.curation.removed import finish_change, read_removed
from audioset.curation.workspace.clip_files import file_size, read_sha256
from audioset.curation.workspace.effective import read_decisions
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError
from audioset.interop.importers.earlier import (
    EarlierImport,
    find_own,
    new_manifest,
    read_earlier_imports,
)
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.report import ImportLoss
from audioset.interop.importers.said import SaidOfFolder
from audioset.interop.importers.take import with_facts
from audioset.records.identity import clip_path
from audioset.records.manifest import Clip
from audioset.records.split_report import SPLIT_AUTHOR

_NO_LOSS = ImportLoss()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do.

    Attributes:
        manifest: to be written.
        said: of the folder.
        facts: of all clips, those of an earlier import included.
        folder_as, named_only: as in `ImportOptions`.
        known: clips that are there, by the names of their files, as they are now.
        gone: clips of the earlier import that would go.
        new: names of the files that are no clips yet.
        elsewhere: names of files that were imported with another folder.
        removed: names of files that a person took out of the workspace.
        moved_from: name of the folder where it lay at another place; None where it did not.
        renamed: (name, name before) of files that are known by their content.
        lost: what would be lost.
        overruled: row and file of texts that a person's decision goes before.
    """

    manifest: Path
    said: SaidOfFolder
    facts: Mapping[str, str]
    folder_as: str | None
    named_only: bool
    known: Mapping[str, Clip]
    gone: Sequence[Clip]
    new: Sequence[str]
    elsewhere: Sequence[str]
    removed: Sequence[str]
    moved_from: str | None
    renamed: Sequence[tuple[str, str]]
    lost: ImportLoss = _NO_LOSS
    overruled: Sequence[tuple[int, str]] = ()

    def finished(self, name: str, clip: Clip) -> Clip:
        """Give the clip of a file with what holds for it."""
        if self.named_only and name not in self.said.facts:
            return clip  # it is here already, and nothing was said of it
        return with_facts(clip, self.said.facts.get(name), self._facts_of(name))

    def _facts_of(self, name: str) -> Mapping[str, str]:
        if self.folder_as and "/" in name:
            return {**self.facts, self.folder_as: name.partition("/")[0]}
        return self.facts


def make_plan(
    directory: Path, said: SaidOfFolder, options: ImportOptions, working: Working
) -> ImportPlan:
    """Hold a folder against what was imported earlier.

    Raises:
        InvalidInputError: a manifest of an earlier import cannot be used.
        StorageError: a manifest or the catalog cannot be read.
    """
    finish_change(working)
    earlier, out = read_earlier_imports(working), read_removed(working)
    is_first = not (earlier or out.sources or out.clips)  # then no file is read for nothing
    contents = {} if is_first else _contents(directory, said.wanted(named_only=False))
    own = find_own(earlier, directory, contents.values())
    known = _known(contents, own, working) if own else {}
    removed = [
        name
        for name, sha256 in contents.items()
        if name not in known and (sha256 in out.sources or out.clips_of(sha256))
    ]
    others = [each for each in earlier if each is not own]
    elsewhere = [
        name
        for name, sha256 in contents.items()
        if name not in known and any(each.holds(sha256) for each in others)
    ]
    kept = {clip.clip_id for clip in known.values()}
    plan = ImportPlan(
        manifest=own.manifest if own else new_manifest(directory, working),
        said=said,
        facts={**(own.facts if own else {}), **options.facts},
        folder_as=options.folder_as,
        named_only=options.named_only and said.table is not None,
        known=known,
        gone=[clip for clip in own.clips if clip.clip_id not in kept] if own else [],
        new=[
            name
            for name in said.wanted(named_only=options.named_only)
            if name not in {*known, *elsewhere, *removed}
        ],
        elsewhere=elsewhere,
        removed=removed,
        moved_from=own.folder if own and own.moved_to(directory) else None,
        renamed=[
            (name, clip.source_name)
            for name, clip in known.items()
            if clip.source_name != Path(name).name
        ],
    )
    return _with_changes(plan, read_decisions(working) if own else {})


def _with_changes(plan: ImportPlan, decisions: Decisions) -> ImportPlan:
    """Say what would be lost, and which texts of the table would not show."""
    changes = [(name, clip, plan.finished(name, clip)) for name, clip in plan.known.items()]
    return replace(
        plan,
        lost=_loss(plan.gone, changes, decisions),
        overruled=[
            (plan.said.facts[name].number, name)
            for name, before, after in changes
            if after.text != before.text
            and after.text is not None
            and _decided(decisions, before, "text") not in (None, after.text)
        ],
    )


def _contents(directory: Path, names: Sequence[str]) -> dict[str, str]:
    """Give the sha256 of each file; one that cannot be read is told when it is taken."""
    found = {}
    for name in names:
        try:
            found[name] = read_sha256(directory / name)
        except AudiosetError:
            continue
    return found


def _known(contents: Mapping[str, str], own: EarlierImport, working: Working) -> dict[str, Clip]:
    """Give the clips of files that were imported before, and whose audio is there."""
    known = {}
    before = own.source_names
    # Of files with the same bytes, each takes the clip of its name first.
    names = sorted(contents, key=lambda name: Path(name).name not in before)
    for name in names:
        clip = own.clip_of(contents[name], Path(name).name)
        if clip is not None and _has_audio(clip, working):
            known[name] = clip
    return {name: known[name] for name in contents if name in known}


def _has_audio(clip: Clip, working: Working) -> bool:
    there = file_size(clip_path(working.clips_dir, clip.clip_id)) == clip.size_bytes
    return there or clip.shard_sha256 is not None


def _loss(
    gone: Sequence[Clip], changes: Sequence[tuple[str, Clip, Clip]], decisions: Decisions
) -> ImportLoss:
    ids = {clip.clip_id for clip in gone}
    return ImportLoss(
        files=tuple(clip.source_name for clip in gone),
        num_decisions=sum(
            kind == "clip" and clip_id in ids and (field, author) != ("split", SPLIT_AUTHOR)
            for (kind, clip_id, field), (_, author) in decisions.items()
        ),
        texts=tuple(
            (name, before.text)
            for name, before, after in changes
            if before.text is not None
            and after.text is None
            and _decided(decisions, before, "text") is None
        ),
    )


def _decided(decisions: Decisions, clip: Clip, field: str) -> object:
    value, _ = decisions.get(("clip", clip.clip_id, field), (None, ""))
    return value
