"""Which cues a source is cut by: those of a named file, of one beside it, or of a stream inside."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from audioset.curation.cut.edges.pad import Padder
from audioset.curation.cut.edges.planners import (
    Mark,
    MarkPlanner,
    Planner,
    SpeechPlanner,
    windows_of,
)
from audioset.curation.cut.edges.tape import Tape
from audioset.curation.cut.place import CuePlace
from audioset.documents.cues import explain_misfit, read_cues, read_embedded_cues, tidy
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.records.cue import Cue
from audioset.records.cue_file import CueFile
from audioset.records.cut_options import CutOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import Writer, edges_of
from audioset.records.manifest import MODEL_WRITER
from audioset.records.player_clock import PlayerClock
from audioset.records.span import Span
from audioset.records.time_unit import parse_time_unit

# Sound of this length stays within the limit of memory; a longer cue is a mistake or a chapter.
_MAX_SECONDS = 1800
_LEAST_LOST_SECONDS = 0.05  # of a cue that lies over lost sound; less is no word
_OF_ANY_UNIT = ("audacity", "csv", "xlsx")  # kinds of files that do not say what they count


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCues:
    """The cues of one source, ready to be cut.

    Attributes:
        cues: in order of their starts, by the clock of a player.
        text_source: who wrote the texts; None without cues.
        digest: hash of all that the cues say; empty without cues.
        problems: what had to be left out or changed, a sentence each.
        read: as they were read, before anything was put right; `misfits` looks at them.
        origin: what they were read from, and what its numbers count.
        found: the lines of a transcript, where it is cut by those.
        kept: edges of spans of lines that a person confirmed, to those of their clips.
    """

    cues: tuple[Cue, ...] = ()
    text_source: str | None = None
    digest: str = ""
    problems: tuple[str, ...] = ()
    read: tuple[Cue, ...] = ()
    origin: "CueOrigin | None" = None
    found: LineReport | None = None
    kept: Mapping[Span, Span] = field(default_factory=dict)

    def from_first_sample(self, start_seconds: float) -> "ChosenCues":
        """Count times from the first sample, which a player shows at `start_seconds`."""
        if not self.cues or not start_seconds:
            return self
        tidied = tidy([cue.moved(shift_seconds=-start_seconds) for cue in self.cues])
        read = tuple(cue.moved(shift_seconds=-start_seconds) for cue in self.read)
        notes = [f"the sound starts {start_seconds:.2f} s after the file; cues follow its clock"]
        if len(tidied.cues) < len(self.cues):
            notes.append(f"{len(self.cues) - len(tidied.cues)} cues lie before the sound starts")
        return replace(self, cues=tidied.cues, read=read, problems=(*self.problems, *notes))

    def misfits(
        self, length_seconds: float, sampling_rate: int, clock: PlayerClock
    ) -> tuple[str, ...]:
        """Say which cues do not fit into a recording: they are trimmed to it.

        Args:
            length_seconds: of its sound.
            sampling_rate: of the recording, in Hz.
            clock: of a player, from the first sample.

        Raises:
            InvalidInputError: the cues are meant otherwise than they were read, so that hardly one
                fits.
        """
        if self.origin is None:
            return ()
        misfit = explain_misfit(
            self.read,
            clock.shown(length_seconds),
            sampling_rate,
            unit=self.origin.unit,
            may_be_large=self.origin.format in _OF_ANY_UNIT,
        )
        if misfit.hopeless:
            raise InvalidInputError(f"{self.origin.name}: {misfit.sentences[0]}")
        return (*misfit.sentences, *self._in_gaps(clock))

    def _in_gaps(self, clock: PlayerClock) -> tuple[str, ...]:
        if not clock.joints or not self.cues:
            return ()
        heard = [(clock.heard(c.start_seconds), clock.heard(c.end_seconds)) for c in self.cues]
        lost = sum(end <= start for start, end in heard)
        over = sum(
            cue.end_seconds - cue.start_seconds - (end - start) >= _LEAST_LOST_SECONDS
            for cue, (start, end) in zip(self.cues, heard, strict=True)
            if end > start
        )
        return (
            "cues follow the clock of a player over what is missing",
            *([f"{_cues(lost, 'lies')} in it, left out"] if lost else []),
            *([f"{_cues(over, 'runs')} into it: words may be gone"] if over else []),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CueOrigin:
    """What cues were read from: its name for messages, and as in `CueFile` its format and unit."""

    name: str
    format: str
    unit: str | None


def choose_cues(path: Path, options: CutOptions, place: CuePlace) -> ChosenCues:
    """Read the cues that a source is cut by; none unless it is cut by cues.

    Args:
        path: the source.
        options: way to cut, tier, stream.
        place: of the cues, as `find_place` gives it.

    Raises:
        NotFoundError: there is no such file or stream.
        InvalidInputError: the file cannot be used.
    """
    if not options.by_cues:
        return ChosenCues()
    name, found = _read(path, options, place)
    read = [
        cue.moved(stretch=options.stretch, shift_seconds=options.shift_seconds)
        for cue in found.cues
    ]
    tidied = tidy(read)
    cues = tuple(cue for cue in tidied.cues if cue.end_seconds - cue.start_seconds <= _MAX_SECONDS)
    problems = [f"{name}: {'; '.join(found.problems)}"] if found.problems else []
    problems += tidied.problems
    if len(cues) < len(tidied.cues):
        problems.append(
            f"{len(tidied.cues) - len(cues)} cues are longer than {_MAX_SECONDS // 60} minutes "
            "and were left out"
        )
    return ChosenCues(
        cues=cues,
        text_source=found.text_source,
        digest=_digest(cues, found),
        problems=tuple(problems),
        read=tuple(cue for cue in read if cue.end_seconds > cue.start_seconds),
        origin=CueOrigin(name=name, format=found.format, unit=found.unit),
    )


def _read(path: Path, options: CutOptions, place: CuePlace) -> tuple[str, CueFile]:
    """Give the cues, and the name of what they were read from."""
    if place.file is not None:
        unit = parse_time_unit(options.time_unit) if options.time_unit else None
        found = read_cues(place.file, tier=options.tier, recording=path.name, unit=unit)
        return place.file.name, found
    stream = place.stream or 1
    try:
        return f"subtitle stream {stream}", read_embedded_cues(path, stream=stream)
    except NotFoundError:
        if options.stream or not path.exists():
            raise
        raise NotFoundError(
            f"{path}: no subtitle file of the same name beside it and none inside; "
            f"name one with {as_option('labels')}"
        ) from None


def _cues(count: int, verb: str) -> str:
    return f"1 cue {verb}" if count == 1 else f"{count} cues {verb.removesuffix('s')}"


def _digest(cues: tuple[Cue, ...], file: CueFile) -> str:
    origin = [file.text_source, file.format == "stream"]
    text = json.dumps([origin, [asdict(cue) for cue in cues]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def make_planner(
    options: CutOptions, chosen: ChosenCues, clock: Callable[[], PlayerClock], tape: Tape
) -> Planner:
    """Make the planner of the asked way to cut, for one tape; cues go by the clock of a player."""
    if options.by == "windows":
        return MarkPlanner(windows_of(options, tape.rate), options, tape, windows=True)
    if chosen.found is not None:
        return _line_planner(options, chosen.found, chosen.kept, tape)
    if options.by_cues:
        marks = [
            Mark(
                round(cue.start_seconds * tape.rate),
                round(cue.end_seconds * tape.rate),
                cue.text,
                cue.speaker,
                writer=_model_writer(cue, chosen.text_source),
            )
            for cue in chosen.cues
        ]
        return MarkPlanner(marks, options, tape, windows=False, clock=clock)
    return SpeechPlanner(options, tape)


def _model_writer(cue: Cue, text_source: str | None) -> Writer | None:
    """Keep what a model wrote also for the time when a person writes another text."""
    if text_source is None or not cue.text or MODEL_WRITER.fullmatch(text_source) is None:
        return None
    return Writer(text_source=text_source, hypothesis=cue.text, hypothesis_source=text_source)


def _line_planner(
    options: CutOptions, report: LineReport, kept: Mapping[Span, Span], tape: Tape
) -> Planner:
    lines = {line.number: line for line in report.lines}
    places = [(kept.get(edges_of(span)), span) for span in report.alignment.spans]
    # A clip that is kept has its room already: others leave it that.
    speech = [clip or (span.start_seconds, span.end_seconds) for clip, span in places]
    marks = [
        Mark(
            round(start * tape.rate),
            round(end * tape.rate),
            lines[span.line].text,
            lines[span.line].speaker,
            span,
            lines[span.line].writer,
            fixed=clip is not None,
            facts=lines[span.line].facts,
        )
        for (start, end), (clip, span) in zip(speech, places, strict=True)
    ]
    mover = Padder([*speech, *report.alignment.unexplained], options.pad_seconds, tape)
    marks.sort(key=lambda mark: mark.start)
    return MarkPlanner(marks, options, tape, windows=False, mover=mover)
