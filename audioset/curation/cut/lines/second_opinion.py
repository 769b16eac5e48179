"""A second opinion on a cut by lines: a model writes what each take says.

What it wrote is held against the text of the take by its sounds, as a synthetic voice would say
both, so that spelling does not count: a model writes `3` or `was nay` where a line says `three` or
`wasnae`. Nobody expects it to know a dialect: a whole text is doubted only if what it wrote is as
far from it as from texts of other lines. A word of it is doubted only if the model, asked again,
finds the line's own word far less likely than the one that it wrote, in this take or at the same
place of another take of the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.cut.lines.compare_words import other_words
from audioset.curation.cut.lines.rest_of_take import with_rest
from audioset.curation.cut.lines.sound import read_stretches, stretch_of
from audioset.curation.cut.lines.spoken import SpokenTexts
from audioset.curation.cut.lines.weigh_words import WeighedWords, told_in_takes, weighed_words
from audioset.errors import InvalidInputError
from audioset.hearing.align.takes import with_best
from audioset.hearing.transcribers import open_transcriber, transcribe_sounds
from audioset.records.line_options import TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import CONFIRMED_SCORE, Line, LineSpan, otherwise_flag
from audioset.records.model_choice import ModelChoice
from audioset.records.plugin_contracts import Hypothesis, Transcriber, Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAKES_AT_ONCE = 8
_MOST_STRANGERS = 24  # other lines that a take is held against
_ENOUGH = 0.5  # share of sounds that are the same: no more is asked for
_ABOVE_STRANGERS = 0.1


@dataclass(frozen=True, slots=True)
class _HeardTake:
    """A take, and what the model wrote of it."""

    sound: "NDArray[np.float32]"
    hypothesis: Hypothesis


@dataclass(frozen=True, slots=True)
class _WeighedTake:
    """A take with what was written of it, whether that is another text, and words that differ."""

    span: LineSpan
    is_other: bool = False
    words: tuple[WeighedWords, ...] = ()


def with_second_opinion(
    path: Path, report: LineReport, transcript: TranscriptOptions
) -> LineReport:
    """Give a report whose takes tell what a model wrote, with a flag where that is another text.

    Args:
        path: the source.
        report: what was found in it.
        transcript: names the model, the language and the voice.

    Raises:
        NotFoundError: no such transcriber, folder or voice.
        InvalidInputError: it cannot be loaded, or failed at every take.
        MediaError: the source cannot be decoded.
    """
    model = _open(transcript.second_opinion or "")
    voice, language = _voice_of(report, transcript)
    opinion = _SecondOpinion(model, language, report.lines, SpokenTexts(voice, language))
    spans = report.alignment.spans
    takes = [
        opinion.weighed(span, heard) if heard is not None else _WeighedTake(span)
        for span, heard in zip(spans, _heard(model, path, report, language), strict=True)
    ]
    judged = with_best(_judged(takes))
    return replace(report, alignment=replace(report.alignment, spans=judged))


def _open(name: str) -> Transcriber:
    choice = ModelChoice.from_text(name)
    if choice.registered:
        raise InvalidInputError(
            f"the second opinion {name!r} is a model of MLflow; name a plug-in such as whisper, or "
            "a folder with its files"
        )
    weights = None if choice.folder is None else Weights(choice.folder)
    return open_transcriber(choice.plugin, weights, 1)


def _voice_of(report: LineReport, transcript: TranscriptOptions) -> tuple[str | None, str]:
    """Give the voice that the lines are said by, and their language."""
    spoken = report.alignment.spoken
    if spoken is not None:
        return spoken.voice, spoken.language
    voice = transcript.voice
    return voice, transcript.language or (voice or "en").partition("+")[0]


def _heard(
    model: Transcriber, path: Path, report: LineReport, language: str
) -> list[_HeardTake | None]:
    """Give what the model wrote of each take; None where it failed."""
    spans = report.alignment.spans
    places = [stretch_of(span.start_seconds, span.end_seconds) for span in spans]
    sounds = read_stretches(path, report, sorted(set(places)))
    found: dict[str, _HeardTake] = {}
    failure = ""
    for first in range(0, len(places), _TAKES_AT_ONCE):
        some = enumerate(places[first : first + _TAKES_AT_ONCE], first)
        given = {
            str(number): (sounds[place] / 32_768).astype(np.float32)
            for number, place in some
            if sounds[place].size
        }
        for key, told in transcribe_sounds(model, given, dict.fromkeys(given, language)):
            if isinstance(told, str):
                failure = told
            else:
                found[key] = _HeardTake(given[key], told)
    if spans and not found:
        raise InvalidInputError(f"{path}: the second opinion failed at every take: {failure}")
    return [found.get(str(number)) for number in range(len(spans))]


def _judged(takes: Sequence[_WeighedTake]) -> list[LineSpan]:
    """Raise the flag of takes that are not the text of their line."""
    of_lines: dict[int, list[int]] = {}
    for at, take in enumerate(takes):
        of_lines.setdefault(take.span.line, []).append(at)
    judged = [take.span for take in takes]
    for places in of_lines.values():
        told = told_in_takes([takes[at].words for at in places])
        for at, changes in zip(places, told, strict=True):
            if changes or takes[at].is_other:
                flags = {*judged[at].flags, otherwise_flag(changes)}
                judged[at] = replace(judged[at], flags=tuple(sorted(flags)))
    return judged


class _SecondOpinion:
    """Holds what was written of takes against their lines."""

    def __init__(
        self, model: Transcriber, language: str, lines: Sequence[Line], spoken: SpokenTexts
    ) -> None:
        self._model, self._language, self._spoken = model, language, spoken
        self._texts = {line.number: line.text for line in lines}
        self._strangers = [line.text for line in lines][:: -(-len(lines) // _MOST_STRANGERS)]

    def weighed(self, span: LineSpan, heard: _HeardTake) -> _WeighedTake:
        """Note what was written, and weigh what differs from the text if nobody confirmed it."""
        heard = self._with_rest(span.line, heard)
        hypothesis = heard.hypothesis.text
        span = replace(span, hypothesis=hypothesis)
        if span.score == CONFIRMED_SCORE:
            return _WeighedTake(span)
        if self._is_other(hypothesis, span.line):
            return _WeighedTake(span, is_other=True)
        return _WeighedTake(span, words=tuple(self._words(span.line, heard)))

    def _with_rest(self, line: int, heard: _HeardTake) -> _HeardTake:
        given = heard.sound, self._language, self._texts[line], heard.hypothesis
        return replace(heard, hypothesis=with_rest(self._model, *given, self._spoken))

    def _words(self, line: int, heard: _HeardTake) -> list[WeighedWords]:
        text = self._texts[line]
        differences = other_words(text, heard.hypothesis.text, self._spoken)
        return weighed_words(
            self._model, heard.sound, self._language, text, heard.hypothesis, differences
        )

    def _is_other(self, hypothesis: str, line: int) -> bool:
        """Tell whether what was written is another text than that of a line."""
        own, likeness = self._texts[line], self._spoken.likeness
        fit = likeness(hypothesis, own)
        if fit >= _ENOUGH:
            return False
        others = (each for each in self._strangers if likeness(each, own) < 1)
        nearest = max((likeness(hypothesis, each) for each in others), default=0.0)
        return fit < _ABOVE_STRANGERS + nearest
