"""How one source shall be cut: as it was, but for what was asked for."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from audioset.curation.cut.job import CutJob
from audioset.curation.cut.place import CuePlace, find_place
from audioset.curation.cut.wish import require_possible
from audioset.errors import NotFoundError
from audioset.records.cut_options import CutOptions
from audioset.records.model_choice import REGISTERED
from audioset.records.way import Way, WayFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """How one source shall be cut.

    Attributes:
        job: with options and transcript as they are for this source.
        place: of its cues or lines.
        way: what a cut notes of all that; `release` and the hash of its file included.
        same: it is cut in just that way already, by the same files.
        same_file: it is cut by the same file, though that may say something else now.
        gone: a file that it was cut by and that is nowhere now, so that it cannot be cut again.
        notes: what was asked for and decides nothing here, a sentence each.
    """

    job: CutJob
    place: CuePlace
    way: Way
    same: bool = False
    same_file: bool = False
    gone: WayFile | None = None
    notes: tuple[str, ...] = ()


def plan_cut(job: CutJob, path: Path, way: Way | None, *, near: Path | None) -> SourcePlan:
    """Plan the cut of one source.

    Args:
        job: what was asked for.
        path: of the source.
        way: that it was cut in before, or that whose place it takes.
        near: the same path, where files beside it are its own; None for one that is fetched.

    Raises:
        NotFoundError: there is no file to cut it by.
        InvalidInputError: what was asked for does not go together with what is the source's own.
    """
    if way is None:
        require_possible(job.options)
        options = CutOptions.from_mapping({"by": job.options.by, **job.options.asked()})
        job = replace(job, options=options)
        return _plan(job, _find_place(job, path), near)
    options = job.wish.options_over(way)
    require_possible(options)
    lexicon, lost = _find_again(way.lexicon, job, near)
    transcript = job.wish.transcript_over(way, lexicon) if options.by == "lines" else job.transcript
    aligner = transcript.aligner
    if aligner != job.transcript.aligner and aligner.startswith(REGISTERED):
        job = replace(job, models=None)
    else:
        job = replace(job, fetch_models=None)
    job = replace(job, options=options, transcript=transcript)
    if way.by != options.by or not way.noted or _names_place(job):
        return _plan(job, _find_place(job, path), near, way)
    place, gone = _own_place(way, job, path, near)
    return _plan(job, place, near, way, gone=gone or (lost if transcript.lexicon is None else None))


def has_own_place(job: CutJob, way: Way) -> bool:
    """Tell whether it is known what a source is cut by without looking beside it, or inside."""
    options = job.wish.options_over(way)
    if options.by != "lines" and not options.by_cues:
        return True
    own = way.noted and way.by == options.by and (way.file is not None or way.stream is not None)
    return own or (job.transcript.path if options.by == "lines" else job.labels) is not None


def _plan(
    job: CutJob,
    place: CuePlace,
    near: Path | None,
    way: Way | None = None,
    gone: WayFile | None = None,
) -> SourcePlan:
    """Complete a plan.

    Args:
        way: that the source was cut in before.
    """
    wanted = _way_by(job, place, near)
    before, now = _file_before(way, job, near), place.file
    idle = job.wish.idle(job.options.by)
    return SourcePlan(
        job=job,
        place=place,
        way=wanted,
        same=way is not None and gone is None and _cuts_the_same(way, wanted),
        same_file=before is not None and now is not None and before.samefile(now),
        gone=gone,
        notes=(f"{' and '.join(idle)}: of no use in a cut by {job.options.by}",) if idle else (),
    )


def _find_place(job: CutJob, path: Path) -> CuePlace:
    named = job.transcript.path
    return find_place(path, job.options, labels=job.labels, transcript=named)


def _names_place(job: CutJob) -> bool:
    """Whether a file or a stream was asked for."""
    if job.options.by == "lines":
        return job.transcript.path is not None
    return job.labels is not None or job.wish.says("stream")


def _own_place(
    way: Way, job: CutJob, path: Path, near: Path | None
) -> tuple[CuePlace, WayFile | None]:
    """Find what a source was cut by; where it is nowhere, tell what is gone."""
    if way.file is None:
        return CuePlace(stream=way.stream), None
    found, gone = _find_again(way.file, job, near)
    if found is not None:
        return CuePlace(found, beside=way.file.beside), None
    if way.file.beside and near is not None:  # it may have another ending now
        with suppress(NotFoundError):
            place = _find_place(job, path)
            if place.file is not None:
                return place, None
    return CuePlace(), gone


def _find_again(
    file: WayFile | None, job: CutJob, near: Path | None
) -> tuple[Path | None, WayFile | None]:
    """Give the path of a file of a way; or the file, where it is nowhere."""
    if file is None:
        return None, None
    places = file.places(source=near, workspace=job.working.folder)
    found = next((path for path in places if path.exists()), None)
    return found, file if found is None else None


def _file_before(way: Way | None, job: CutJob, near: Path | None) -> Path | None:
    if way is None or way.by != job.options.by:
        return None
    return _find_again(way.file, job, near)[0]


def _way_by(job: CutJob, place: CuePlace, near: Path | None) -> Way:
    """Note how a source is cut by a job."""
    by_lines, lexicon = job.options.by == "lines", job.transcript.lexicon
    return Way(
        by=job.options.by,
        options=job.options.asked(),
        file=_noted(place, job, near) if place.file else None,
        stream=place.stream,
        transcript=job.transcript.asked() if by_lines else {},
        lexicon=_noted(CuePlace(lexicon), job, near) if by_lines and lexicon else None,
        release=job.options.fingerprint(),
    )


def _noted(place: CuePlace, job: CutJob, near: Path | None) -> WayFile:
    assert place.file is not None  # noqa: S101  asked of a file only
    return WayFile.of(
        place.file,
        place.sha256(),
        source=near,
        workspace=job.working.folder,
        beside=place.beside,
    )


def _cuts_the_same(one: Way, other: Way) -> bool:
    """Tell whether two ways give the same clips, in the same release."""
    return one.noted and _what_decides(one) == _what_decides(other)


def _what_decides(way: Way) -> tuple[object, ...]:
    files = [file and file.sha256 for file in (way.file, way.lexicon)]
    return way.by, way.options, way.stream, way.transcript, files
