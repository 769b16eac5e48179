"""What an import would do: which files are new, which are clips already, and what would be lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audioset.curation.workspace.clip_files import file_size, read_sha256
from audioset.curation.workspace.effective import Decisions, read_decisions
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do.

    Attributes:
        manifest: to be written.
        said: of the folder.
        facts: of all clips, those of an earlier import included.
        folder_as: as in `ImportOptions`.
        known: clips that are there, by the names of their files, as they are now.
        gone: clips of the earlier import that would go.
        new: names of the files that are no clips yet.
        elsewhere: names of files that were imported with another folder.
        renamed: (name, name before) of files that are known by their content.
        lost: what would be lost.
        overruled: row and file of texts that a person's decision goes before.
    """

    manifest: Path
    said: SaidOfFolder
    facts: Mapping[str, str]
    folder_as: str | None
    known: Mapping[str, Clip]
    gone: Sequence[Clip]
    new: Sequence[str]
    elsewhere: Sequence[str]
    renamed: Sequence[tuple[str, str]]
    lost: ImportLoss
    overruled: Sequence[tuple[int, str]]

    def finished(self, name: str, clip: Clip) -> Clip:
        """Give the clip of a file with what holds for it."""
        return _finished(name, clip, self.said, self.facts, self.folder_as)


def make_plan(
    directory: Path, said: SaidOfFolder, options: ImportOptions, working: Working
) -> ImportPlan:
    """Hold a folder against what was imported earlier.

    Raises:
        InvalidInputError: a manifest of an earlier import cannot be used.
        StorageError: a manifest or the catalog cannot be read.
    """
    wanted = said.wanted(named_only=options.named_only)
    earlier = read_earlier_imports(working)
    contents = _contents(directory, wanted) if earlier else {}
    own = find_own(earlier, directory, contents.values())
    facts = {**(own.facts if own else {}), **options.facts}
    known = _known(contents, own, working) if own else {}
    others = [each for each in earlier if each is not own]
    elsewhere = [
        name
        for name, sha256 in contents.items()
        if name not in known and any(each.holds(sha256) for each in others)
    ]
    left = {*known, *elsewhere}
    kept = {clip.clip_id for clip in known.values()}
    gone = [clip for clip in own.clips if clip.clip_id not in kept] if own else []
    changes = [
        (name, clip, _finished(name, clip, said, facts, options.folder_as))
        for name, clip in known.items()
    ]
    decisions = read_decisions(working) if own else {}
    return ImportPlan(
        manifest=own.manifest if own else new_manifest(directory, working),
        said=said,
        facts=facts,
        folder_as=options.folder_as,
        known=known,
        gone=gone,
        new=[name for name in wanted if name not in left],
        elsewhere=elsewhere,
        renamed=[
            (name, clip.source_name)
            for name, clip in known.items()
            if clip.source_name != Path(name).name
        ],
        lost=_loss(gone, changes, decisions),
        overruled=[
            (said.facts[name].number, name)
            for name, before, after in changes
            if after.text != before.text
            and after.text is not None
            and _decided(decisions, before, "text") not in (None, after.text)
        ],
    )


def _finished(
    name: str, clip: Clip, said: SaidOfFolder, facts: Mapping[str, str], folder_as: str | None
) -> Clip:
    if folder_as and "/" in name:
        facts = {**facts, folder_as: name.partition("/")[0]}
    return with_facts(clip, said.facts.get(name), facts)


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
