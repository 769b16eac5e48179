"""A second opinion on a cut by lines: a model writes what each take says.

What it wrote is held against the text of the take by its sounds, as a synthetic voice would say
both, so that spelling does not count: a model writes `3` or `was nay` where a line says `three` or
`wasnae`. Nobody expects it to know a dialect: a take is doubted only if what it wrote is as far
from its own text as from texts of other lines.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from audioset.curation.cut.lines.sound import read_stretches, stretch_of
from audioset.errors import InvalidInputError
from audioset.hearing.align.takes import with_best
from audioset.hearing.align.voices.espeak import PAUSE, is_installed, speak
from audioset.hearing.align.voices.languages import choose_voice
from audioset.hearing.transcribers import open_transcriber, transcribe_sounds
from audioset.records.line_options import TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import CONFIRMED_SCORE, Line, LineSpan
from audioset.records.model_choice import ModelChoice
from audioset.records.plugin_contracts import Transcriber, Weights
from audioset.records.sentence import normalise_sentence

_FLAG = "heard_otherwise"
_TAKES_AT_ONCE = 8
_MOST_STRANGERS = 24  # other lines that a take is held against
_ENOUGH = 0.5  # share of sounds that are the same: no more is asked for
_ABOVE_STRANGERS = 0.1


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
    spans = report.alignment.spans
    hypotheses = _transcribed(model, path, report, _language_of(transcript))
    sounds = _SpokenLines(report.lines, transcript)
    judged = tuple(
        _judged(span, text, sounds) if text is not None else span
        for span, text in zip(spans, hypotheses, strict=True)
    )
    return replace(report, alignment=replace(report.alignment, spans=with_best(judged)))


def _open(name: str) -> Transcriber:
    choice = ModelChoice.from_text(name)
    if choice.registered:
        raise InvalidInputError(
            f"the second opinion {name!r} is a model of MLflow; name a plug-in such as whisper, or "
            "a folder with its files"
        )
    weights = None if choice.folder is None else Weights(choice.folder)
    return open_transcriber(choice.plugin, weights, 1)


def _language_of(transcript: TranscriptOptions) -> str:
    return transcript.language or (transcript.voice or "en").partition("+")[0]


def _transcribed(
    model: Transcriber, path: Path, report: LineReport, language: str
) -> list[str | None]:
    """Give what the model wrote of each take; None where it failed."""
    spans = report.alignment.spans
    places = [stretch_of(span.start_seconds, span.end_seconds) for span in spans]
    sounds = read_stretches(path, report, sorted(set(places)))
    texts: dict[str, str | None] = {}
    failure = ""
    for first in range(0, len(places), _TAKES_AT_ONCE):
        some = enumerate(places[first : first + _TAKES_AT_ONCE], first)
        given = {
            str(number): (sounds[place] / 32_768).astype(np.float32)
            for number, place in some
            if sounds[place].size
        }
        for key, found in transcribe_sounds(model, given, dict.fromkeys(given, language)):
            failure = found if isinstance(found, str) else failure
            texts[key] = None if isinstance(found, str) else found.text
    if spans and all(texts.get(str(number)) is None for number in range(len(spans))):
        raise InvalidInputError(f"{path}: the second opinion failed at every take: {failure}")
    return [texts.get(str(number)) for number in range(len(spans))]


def _judged(span: LineSpan, hypothesis: str, sounds: "_SpokenLines") -> LineSpan:
    """Note what was written, and raise the flag unless it is the text or a person confirmed it."""
    if span.score == CONFIRMED_SCORE or not sounds.are_others(hypothesis, span.line):
        return replace(span, hypothesis=hypothesis)
    return replace(span, hypothesis=hypothesis, flags=tuple(sorted({*span.flags, _FLAG})))


class _SpokenLines:
    """The lines as sequences of sounds: phones of a synthetic voice, or letters without one."""

    def __init__(self, lines: Sequence[Line], transcript: TranscriptOptions) -> None:
        self._voice = None
        if is_installed():
            self._voice = choose_voice(transcript.voice, transcript.language)
        self._of = {line.number: self._sounds(line.text) for line in lines}
        self._strangers = list(self._of)[:: -(-len(self._of) // _MOST_STRANGERS)]

    def are_others(self, hypothesis: str, line: int) -> bool:
        """Tell whether what was written is another text than that of a line."""
        sounds, own = self._sounds(hypothesis), self._of[line]
        fit = _alike(sounds, own)
        if fit >= _ENOUGH:
            return False
        strangers = (self._of[number] for number in self._strangers if self._of[number] != own)
        return fit < _ABOVE_STRANGERS + max((_alike(sounds, each) for each in strangers), default=0)

    def _sounds(self, text: str) -> str:
        """Give sounds with a space between them; empty where there is none."""
        words = normalise_sentence(text)
        if not words or self._voice is None:
            return " ".join(words.replace(" ", ""))
        spoken = speak([Line(number=1, text=words)], self._voice)[0]
        return " ".join(phone for phone in spoken.phones if phone != PAUSE)


def _alike(one: str, two: str) -> float:
    """Give the share of sounds that two texts have in common, in their order, [0, 1]."""
    import jiwer

    if not one or not two:
        return 0.0
    edits = jiwer.process_words(one, two)
    wrong = edits.substitutions + edits.deletions + edits.insertions
    return max(0.0, 1 - wrong / max(one.count(" ") + 1, two.count(" ") + 1))
