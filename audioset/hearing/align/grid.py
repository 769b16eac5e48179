"""The source and the lines at one resolution: finding lines, and learning from what was found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from audioset.hearing.align.decoder.decode import LEAP_COST, Found, LinePlan, Scene, Windows, decode
from audioset.hearing.align.decoder.emission import Emission
from audioset.hearing.align.decoder.lacking import BY_VOICES, LineWords, lacking_words
from audioset.hearing.align.decoder.scene import coarser, make_scene
from audioset.hearing.align.ear.features import HOP_SECONDS, Features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.left_over import with_left_over
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.said_again import said_again
from audioset.hearing.align.sections import Agenda, Section, make_agenda
from audioset.hearing.align.voices.lend import lend_frames
from audioset.hearing.align.voices.phone_models import (
    DISTANCE_WEIGHT,
    TRUSTED_SHARE,
    PhoneModels,
    PhoneSums,
)
from audioset.hearing.align.voices.templates import Templates

if TYPE_CHECKING:
    from numpy.typing import NDArray

SKIP_COST, AGAIN_COST = 0.2, 0.15  # per frame of a line
BEAM = 400.0
COARSE = 2  # frames of 20 ms in one of a first pass
_TOLD_WEIGHT = 0.2  # of phone models that do not know the recording yet
# Voices are far more regular than people: models of them alone are too sure of what they hear.
_MOST_TOLD = 1.0
_LEAST_SPEECH_SECONDS = 0.08


class Scores(Protocol):
    """What frames cost in states of lines."""

    def costs(self, start: int, end: int, first: int, last: int) -> "NDArray[np.float32]":
        """Give the costs of frames `[start, end)` in states `[first, last)`."""


class LineSearch:
    """Lines that are looked for in a source, whatever scores its frames.

    Frames are `factor` times 20 ms. What is given to it as `scores` tells what frames cost in
    states: by synthetic voices, by phones that were learnt, or by a model of another package.
    Places of the order take `lengths` frames to say, which are their states unless told.
    """

    def __init__(
        self,
        agenda: Agenda,
        plan: LinePlan,
        scene: Scene,
        silent: "NDArray[np.bool_]",
        cepstra: "NDArray[np.float32]",
        factor: int = 1,
        lengths: "NDArray[np.int64] | None" = None,
        words: LineWords | None = None,
    ) -> None:
        self._lengths = np.diff(plan.at) if lengths is None else lengths
        self._agenda, self._plan, self._scene, self._factor = agenda, plan, scene, factor
        self._silent, self._cepstra, self._words = silent, cepstra, words

    def decode(
        self, scores: Scores, *, windows: Windows | None = None, beam: float = np.inf
    ) -> list[Found]:
        """Find lines: those that are confirmed, and the others between them."""
        found = [
            Found(pin.line, pin.start // self._factor, pin.end // self._factor)
            for pin in self._agenda.pinned
        ]
        for section in self._agenda.sections:
            found += self._decode_section(scores, section, windows, beam)
        return sorted(found, key=lambda span: span.start)

    def filled(self, found: Sequence[Found], scores: Scores) -> list[Found]:
        """Give the spans and those that the decoder left out although they fit."""

        def cost_of(span: Found) -> float:
            return self._trace(scores, span)[1]

        return with_left_over(
            found, self._agenda, self._silent, self._cepstra, self._lengths, cost_of
        )

    def with_said_again(self, placed: Sequence[Placed], scores: Scores) -> list[Placed]:
        """Give takes with those that are said out of the order of the lines, in order of time.

        A take that lacks words gives way to a line that is said there with all of its words.
        """

        def search(place: int, start: int, end: int) -> tuple[Found, float] | None:
            span = self._find_alone(place, start, end, scores)
            if span is None or self._lacks(span, scores):
                return None
            return span, self._trace(scores, span)[1]

        again = said_again(placed, self._agenda, self._silent, self._lengths, search)
        others = [
            span
            for span in placed
            if not (span.lacks and any(_overlap(span, other) for other in again))
        ]
        new = [replace(span, out_of_order=True) for span in self.placed(again, scores)]
        return sorted([*others, *new], key=lambda span: span.start)

    def _find_alone(self, place: int, start: int, end: int, scores: Scores) -> Found | None:
        """Give where a line is said in a stretch, if it is."""
        section = Section(start * self._factor, end * self._factor, place, place + 1)
        found = self._decode_section(scores, section, None, np.inf)
        return found[0] if found else None

    def placed(self, found: Sequence[Found], scores: Scores) -> list[Placed]:
        """Give spans of lines, with their mean costs and the words that they lack."""
        pinned = set(self._agenda.pinned)
        return [
            Placed(
                self._agenda.order[span.line],
                span.start,
                span.end,
                self._trace(scores, span)[1],
                pinned=span in pinned,
                lacks=() if span in pinned else self._lacks(span, scores),
            )
            for span in found
        ]

    def _lacks(self, span: Found, scores: Scores) -> tuple[str, ...]:
        if self._words is None:
            return ()
        first, last = (int(k) for k in self._plan.at[span.line : span.line + 2])
        costs = scores.costs(span.start, span.end, first, last)
        costs = costs[~self._silent[span.start : span.end]]
        leaps = self._plan.leaps[first:last]
        said = lacking_words(
            costs, self._words.of[first:last], self._plan.stay, leaps, self._words.limits
        )
        texts = self._words.texts[span.line]
        return () if said is None else (*texts[: said[0]], *texts[said[1] :])

    def _decode_section(
        self, scores: Scores, section: Section, windows: Windows | None, beam: float
    ) -> list[Found]:
        start, end = section.start // self._factor, -(-section.end // self._factor)
        end = min(end, self._scene.gaps.size)
        low, high, plan = section.low, section.high, self._plan
        first = int(plan.at[low])
        edges = self._scene.edges[start : end + 1].copy()
        edges[0] = edges[-1] = 0
        if windows is not None:
            opens = np.clip(windows.opens[low:high] - start, 0, end - start)
            windows = Windows(opens, np.clip(windows.closes[low:high] - start, 0, end - start))

        def costs(a: int, b: int, i: int, j: int) -> "NDArray[np.float32]":
            return scores.costs(start + a, start + b, first + i, first + j)

        found = decode(
            plan.part(low, high),
            Scene(self._scene.gaps[start:end], edges),
            costs,
            windows=windows,
            beam=beam,
        )
        placed = [Found(span.line + low, span.start + start, span.end + start) for span in found]
        least = _LEAST_SPEECH_SECONDS / (HOP_SECONDS * self._factor)
        # Where there is no better place for a line than silence, it is missing.
        return [span for span in placed if (~self._silent[span.start : span.end]).sum() >= least]

    def _trace(self, scores: Scores, span: Found) -> "tuple[NDArray[np.int64], float]":
        from audioset.hearing.align.decoder import kernels

        first, last = (int(k) for k in self._plan.at[span.line : span.line + 2])
        end = max(span.end, span.start + 1)
        costs = scores.costs(span.start, end, first, last)
        states, cost = kernels.trace(costs, self._plan.stay, self._plan.leaps[first:last])
        return first + states.astype(np.int64), cost


def _overlap(one: Placed, other: Found) -> bool:
    return one.start < other.end and one.end > other.start


class Grid(LineSearch):
    """A source and its lines as synthetic voices say them, in states as long as its frames."""

    def __init__(
        self,
        features: Features,
        cepstra: "NDArray[np.float32]",
        agenda: Agenda,
        voices: Sequence[Templates],
        known: "NDArray[np.float32] | None" = None,
        factor: int = 1,
        texts: Sequence[Sequence[str]] | None = None,
    ) -> None:
        """Make the search.

        Args:
            features: of the source.
            cepstra: of its frames of 20 ms.
            agenda: what is looked for.
            voices: all lines as one voice says them, then some as others do.
            known: costs of the phones of the dataset's speakers.
            factor: frames of 20 ms in one.
            texts: the words of each line; None where nobody asks which of them lack.
        """
        silent = silence_of(features)
        if factor > 1:
            cepstra = coarser(cepstra, factor)
            silent = coarser(silent.astype(np.float32), factor) >= 0.5
            voices = [voice.coarser(factor) for voice in voices]
            known = None if known is None else coarser(known, factor)
        self._voices, self._known = voices, known
        self._templates = voices[0].taken(agenda.order)
        plan = _plan(self._templates, agenda)
        words = None
        if texts is not None:
            said = [texts[line] for line in agenda.order]
            words = LineWords(self._templates.words, said, BY_VOICES)
        scene = make_scene(features, factor)
        super().__init__(agenda, plan, scene, silent, cepstra, factor, words=words)
        self._alone = Emission(cepstra, silent, self._templates)
        self._last = self._alone = self._untaught()

    def emission(self, found: Sequence[Found] = ()) -> Emission:
        """Give costs by the voices alone, or also by what spans that were found teach."""
        models = self._learn(found) if found else None
        if models is None:
            return self._alone
        costs = models.costs(self._cepstra, self._templates.names)
        self._last = self._alone.with_phones(costs, DISTANCE_WEIGHT)
        return self._last

    def _untaught(self) -> Emission:
        """Give costs by the distance to the first voice, and by phones of all or of the dataset."""
        if self._known is not None:  # people of the dataset say phones better than voices do
            return self._alone.with_phones(_TOLD_WEIGHT * self._known, 1.0)
        sums = PhoneSums()
        for voice in self._voices:
            sums.add(voice.cepstra, np.arange(len(voice.phones)), voice.phones, voice.names)
        told = sums.make()
        if told is None:
            return self._alone
        costs = told.costs(self._cepstra, self._templates.names, most=_MOST_TOLD)
        return self._alone.with_phones(_TOLD_WEIGHT * costs, 1.0)

    def _learn(self, found: Sequence[Found]) -> PhoneModels | None:
        traces = [(span, *self._trace(self._last, span)) for span in found]
        confirmed = {pin.line for pin in self._agenda.pinned}
        traces.sort(key=lambda trace: (trace[0].line not in confirmed, trace[2]))
        trusted = traces[: max(1, len(confirmed), round(TRUSTED_SHARE * len(traces)))]
        frames = np.concatenate([span.start + np.arange(len(s)) for span, s, _ in trusted])
        phones = np.concatenate([self._templates.phones[states] for _, states, _ in trusted])
        sums = PhoneSums()
        sums.add(self._cepstra, frames, phones, self._templates.names)
        lend_frames(sums, self._voices, phones)
        return sums.make()


def _plan(templates: Templates, agenda: Agenda) -> LinePlan:
    lengths = np.diff(templates.at).astype(np.float32)
    again = np.full(lengths.size, np.inf, np.float32)
    again[list(agenda.repeated)] = AGAIN_COST * np.median(lengths)
    skip = np.where(np.array(agenda.free), 0, SKIP_COST * lengths).astype(np.float32)
    leaps = np.full(int(templates.at[-1]), LEAP_COST, np.float32)
    return LinePlan(templates.at, skip, again, leaps)


def explained(
    features: Features,
    cepstra: "NDArray[np.float32]",
    templates: Templates,
    copies: Sequence[int | None],
) -> float:
    """Give how much better lines are than speech that is no line; 0 is not at all.

    Leaving lines out is free: how many of them are said here is not known.

    Args:
        features: of the sound.
        cepstra: of the sound, normalised.
        templates: the lines.
        copies: how often each is said; None = unknown.
    """
    agenda = make_agenda(copies, (), len(features))
    agenda = replace(agenda, free=(True,) * len(agenda.order))
    grid = Grid(features, cepstra, agenda, [templates], factor=COARSE)
    emission = grid.emission()
    spans = grid.placed(grid.decode(emission, beam=BEAM), emission)
    return -sum(span.cost * (span.end - span.start) for span in spans)
