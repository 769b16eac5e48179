"""The clips of one source made to agree with what people decided of their edges.

Only the clips concerned are touched, and what is there again is just as it was. Whatever moment a
process is killed in, the next run makes the same of it:

1. New clips are cut, under temporary names.
2. What goes and may come back is kept, rows and audio, and it is noted which ids come and go.
3. New clips get their names, where those are free.
4. The manifest is replaced as a whole.
5. New clips of names that were in use get them; files that no row names are removed.
6. What came back is kept no more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from audioset.catalog.decisions import DecisionKey
from audioset.curation.removed import read_removed
from audioset.curation.reshape.change import Change
from audioset.curation.reshape.cut_clips import cut_clips
from audioset.curation.reshape.sound import CutSound, ReadSource
from audioset.curation.shapes.plan import Held, ReshapePlan, held_of, plan_reshaping
from audioset.curation.shapes.shape import SourceShape, lost_clips, read_shape
from audioset.curation.sources.find import Finder
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.fetch_source import local_file
from audioset.curation.workspace.one_writer import reshaping
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError, InvalidInputError, NotFoundError, StorageError
from audioset.records.identity import source_of_clip
from audioset.records.reshaping import RESHAPING_FIELDS

OpenSound = Callable[[SourceShape], AbstractContextManager[CutSound]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshapeOutcome:
    """What became of the clips of one source.

    Attributes:
        rows: ids of the rows that clips have now, by their roots.
        waits: why something is not done yet, one line; None when all is.
    """

    rows: Mapping[str, str]
    waits: str | None = None


def reshape_source(
    working: Working,
    source_id: str,
    *,
    held: Held | None = None,
    open_sound: OpenSound | None = None,
) -> ReshapeOutcome:
    """Make the clips of a source agree with what people decided; may be repeated at any time.

    Where a clip has to be cut and the source is not here, or cannot be used, all else is done.

    Args:
        working: the workspace.
        source_id: of the source.
        held: decisions that hold, as `held_of` gives them; they are read when None.
        open_sound: gives the sound of the source; None looks for its file, and listens to it.

    Raises:
        NotFoundError: no such source was cut here.
        InvalidInputError: its manifest is damaged, or says not what it was cut from.
        StorageError: the workspace cannot be written, or the catalog cannot be reached.
    """
    with reshaping(working, source_id):
        shape = read_shape(working, source_id)
        if held is None:
            held = held_of(working.catalog.current_with_author(), source_id)
        removed = [clip.clip_id for clip in read_removed(working).clips_of(shape.source.sha256)]
        plan = plan_reshaping(shape, held, removed=removed, lost=lost_clips(shape, working))
        return _carry_out(working, shape, plan, open_sound or (lambda it: find_sound(working, it)))


def reshape_after(
    working: Working, keys: Iterable[DecisionKey], *, open_sound: OpenSound | None = None
) -> str | None:
    """Make the clips agree with what was decided or taken back just now, where it is about edges.

    Args:
        working: the workspace.
        keys: of what was decided or taken back.
        open_sound: as for `reshape_source`.

    Returns:
        Why something is not done yet, one line; None when all is.

    Raises:
        StorageError: as `reshape_source`.
    """
    about = (root for kind, root, name in keys if kind == "clip" and name in RESHAPING_FIELDS)
    sources = {source_of_clip(root) for root in about} - {None}
    waits = None
    for source_id in sorted(filter(None, sources)):
        try:
            outcome = reshape_source(working, source_id, open_sound=open_sound)
        except (NotFoundError, InvalidInputError) as error:  # it was removed, or is damaged
            waits = str(error)
        else:
            waits = outcome.waits or waits
    return waits


def _carry_out(
    working: Working, shape: SourceShape, plan: ReshapePlan, open_sound: OpenSound
) -> ReshapeOutcome:
    change = Change(working, shape, plan)
    waits = None
    try:
        if change.to_cut:
            try:
                with open_sound(shape) as sound:
                    for root, clip in cut_clips(working, shape, sound, change.to_cut):
                        change.take(root, clip)
                change.tell_missing()
            except StorageError:
                raise
            except AudiosetError as error:
                waits = str(error)
        change.carry_out()
    except BaseException:
        change.undo()
        raise
    return ReshapeOutcome(rows=change.rows, waits=waits or change.why_not)


@contextmanager
def find_sound(working: Working, shape: SourceShape) -> Iterator[CutSound]:
    """Find the file of a source, and give its sound.

    Raises:
        NotFoundError: the file is nowhere where this machine looks.
        MediaError: it cannot be used, or has changed.
        StorageError: a source on object storage cannot be fetched.
    """
    source = shape.source
    word = source.url
    if word is None:
        found = Finder(SourcePlaces.read(working.folder), working).find(source.sha256, source.name)
        if found is None:
            raise NotFoundError(
                f"the file of {source.name} is not found on this machine, so its clips cannot be "
                f"cut; put it back, or cut the folder in which it lies now ({source.source_id})"
            )
        word = str(found)
    with local_file(word, working.folder, etag=source.etag) as path:
        yield ReadSource(path, shape.asked, source, working)
