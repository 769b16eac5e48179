"""What is wrong in a workspace, and what is sensible to do next: from what was counted alone."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from audioset.records.identity import VersionRef
from audioset.records.source_state import SourceState
from audioset.records.speaker_names import naming_command
from audioset.records.workspace_status import ClipTotals, NextPublish, NextStep, SourceTotals
from audioset.settings import seen_from
from audioset.wording import some_of

_NAMED = 3  # things of one kind that a sentence names
_GONE = "; clips stay: put it back, or cut the folder where it lies now"


def tell_problems(sources: SourceTotals, clips: ClipTotals | None) -> Iterator[str]:
    """Give what needs a person, one sentence each."""
    if clips is not None and clips.without_audio:
        have = "clip has" if len(clips.without_audio) == 1 else "clips have"
        yield (
            f"{len(clips.without_audio):,} {have} no audio, the file is gone: of "
            f"{_named(clips.without_audio_of)}"
        )
    for state, said, way in (
        ("changed", "holds other bytes than it did", ""),
        ("missing", "is gone from where it lay", _GONE),
    ):
        found = [source for source in sources.here.sources if source.state == state]
        if found:
            where = found[0].path or found[0].name
            more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
            yield f"{where} {said}{more}{way}"
    yield from sources.here.notes


def tell_steps(
    workspace: Path,
    sources: SourceTotals,
    clips: ClipTotals | None,
    publish: NextPublish | None,
    unlogged: Sequence[VersionRef] | None,
) -> Iterator[NextStep]:
    """Give what is sensible to do now, the first thing first."""
    new, folder = sources.here.new_files, workspace
    if clips is not None and not clips.num_clips and not sources.num_sources:
        if clips.num_kept_aside:
            yield NextStep(command="audioset remove --undo", why="all was removed; see what was")
        why = "nothing was cut yet; audioset import takes clips that are cut already"
        yield NextStep(command=_cut(_folders(new, folder) or ["FILES"]), why=why)
        return
    if clips is not None and clips.without_audio:
        lost = [s for s in sources.here.sources if s.name in clips.without_audio_of]
        of = _named(clips.without_audio_of)
        why = f"{len(clips.without_audio):,} without audio, of {of}"
        yield from _steps_for(lost, folder, why=why)
    yield from _steps_for(sources.here.of("changed"), folder, why="another recording lies there")
    if new:
        yield NextStep(command=_cut(_folders(new, folder)), why=f"{_files(len(new))} never cut")
    if clips is not None and clips.num_flagged:
        yield NextStep(
            command='audioset review --where "flags is not null"',
            why=f"{clips.num_flagged:,} flagged, judged by nobody",
        )
    if clips is not None and clips.one_speaker:
        yield _name_step(clips.one_speaker)
    if publish is not None and publish.is_needed:
        why = "changes since " + str(publish.latest) if publish.latest else "no version yet"
        yield NextStep(command='audioset publish -m "what is new"', why=why)
    if clips is not None and clips.num_without_text:
        yield from _texts_step(clips, publish)
    if unlogged:
        yield NextStep(command="audioset log", why=f"MLflow lacks {_named(map(str, unlogged))}")


def _name_step(found: Sequence[Sequence[str]]) -> NextStep:
    """Say how the spellings of one name become one; those of others when these are done."""
    name, *others = found[0]
    more = f"; so are those of {len(found) - 1:,} more" if len(found) > 1 else ""
    why = f"if they are one speaker, in {len(found[0]):,} spellings{more}"
    return NextStep(command=naming_command(others, name), why=why)


def _texts_step(clips: ClipTotals, publish: NextPublish | None) -> Iterator[NextStep]:
    """Say how texts come in; who published without any wants none."""
    why = f"{clips.num_without_text:,} without a text, though others have one"
    if clips.num_without_text == clips.num_clips - clips.num_rejected:
        if publish is None or publish.latest is not None:
            return
        why = "if texts are wanted: no clip has one; audioset transcribe writes some"
    command = 'audioset export table texts.xlsx --where "text is null"'
    yield NextStep(command=command, why=why)


def _steps_for(sources: Sequence[SourceState], folder: Path, *, why: str) -> Iterator[NextStep]:
    """Give the commands that look at sources again: those that were cut, and those imported."""
    if cut := [source for source in sources if not source.is_imported]:
        yield NextStep(command=_cut(_places(cut, folder)), why=why)
    imported = [source.path for source in sources if source.is_imported and source.path]
    for where in _folders(imported, folder):
        yield NextStep(command=f"audioset import folder {shlex.quote(where)}", why=why)


def _cut(words: Sequence[str]) -> str:
    return (
        f"audioset cut {' '.join(word if word == 'FILES' else shlex.quote(word) for word in words)}"
    )


def _places(sources: Sequence[SourceState], workspace: Path) -> list[str]:
    """Give the files of sources, or their folders where they are many."""
    paths = [source.path for source in sources if source.path and source.state != "missing"]
    if len(paths) > _NAMED:
        return _folders(paths, workspace)
    return [seen_from(path, workspace) for path in paths] or ["FILES"]


def _folders(files: Sequence[str], workspace: Path) -> list[str]:
    folders = dict.fromkeys(_folder_of(file) for file in files)
    top = [f for f in folders if not any(PurePath(f).is_relative_to(g) for g in folders if g != f)]
    return [seen_from(folder, workspace) for folder in top[:_NAMED]]


def _folder_of(file: str) -> str:
    is_url = "://" in file
    return f"{file.rpartition('/')[0]}/" if is_url else str(PurePath(file).parent)


def _named(names: "Sequence[str] | Iterator[str]") -> str:
    return some_of(list(names), _NAMED)


def _files(number: int) -> str:
    return "1 file was" if number == 1 else f"{number:,} files were"
