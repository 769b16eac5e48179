"""`audioset remove`: sources and clips out of the workspace, and back."""

from collections.abc import Sequence
from dataclasses import replace

from audioset.curation.removed.bring_back import find_removed, listed_as_removed
from audioset.curation.removed.change import carry_out, finish_change
from audioset.curation.removed.listing import list_sources
from audioset.curation.removed.names import Register
from audioset.curation.removed.plan import marks_of_clips, marks_of_sources, plan_move, report_of
from audioset.curation.removed.state import alone, read_removed
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, as_option
from audioset.records.removal_report import RemovalReport
from audioset.records.removed import Removed


def remove_clips(
    names: Sequence[str], working: Working, *, undo: bool = False, yes: bool = False
) -> RemovalReport:
    """Take sources and clips out of the workspace, or bring them back; see `Workspace.remove`.

    Raises:
        InvalidInputError: nothing is named, or a name means several sources.
        NotFoundError: no such source or clip, or nothing was removed that could come back.
        StorageError: the workspace or the catalog cannot be read or written.
    """
    if not names and not undo:
        raise InvalidInputError("name what to remove: sources or clips, by file name or id")
    roots = Roots.read(working)
    names = [roots.row_of(roots.root_of(n)) if roots.knows(n) else n for n in names]
    find = find_removed if undo else _find_there
    if not yes:
        finish_change(working)
        return find(names, working, read_removed(working))[0]
    with alone(working):
        carry_out(working, read_removed(working))  # what was broken off
        report, removed = find(names, working, read_removed(working))
        carry_out(working, removed)
    return replace(report, done=True)


def _find_there(
    names: Sequence[str], working: Working, removed: Removed
) -> tuple[RemovalReport, Removed]:
    """Find what is to be removed, and what counts as removed then."""
    listed = Register(list_sources(working))
    chosen, unknown = listed.choose(names)
    if unknown:
        was_there = not Register(listed_as_removed(removed)).choose(unknown[:1])[1]
        undo = as_option("undo", "True")
        back = f"it was removed already; audioset remove with {undo} brings it back"
        hint = back if was_there else ""
        raise listed.not_found(unknown[0], hint=hint)
    then = replace(
        removed,
        sources={**removed.sources, **marks_of_sources(chosen.sources.values())},
        clips={**removed.clips, **marks_of_clips(chosen.clips.values())},
        going=plan_move(chosen, undo=False),
    )
    return report_of(chosen, working, undo=False), then
