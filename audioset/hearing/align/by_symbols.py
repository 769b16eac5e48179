"""Find lines by what a model of another package scores: its symbols, our decoder.

A frame of speech in a line is worth a little (`_SPEECH_IN_LINE`: what is said is expected to be
in the transcript), and a symbol that was found is worth as many frames as a symbol lasts in this
source (`_WORTH` of each). A symbol costs more the less likely it is beside the likeliest one, up to
a limit: what the model takes for another sound, as it does in a dialect, costs about as much as a
sound that fits is worth; foreign speech costs twice that in each of its sounds, and is left in a
gap.

The numbers were chosen on `three_takes_digits`, `lj_chapter01` and digits of the speakers george
and jackson, clean and damaged; nothing else had a part in it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from audioset.engine import attempt
from audioset.errors import InvalidInputError
from audioset.hearing.align.decoder.decode import LinePlan
from audioset.hearing.align.decoder.emission import SILENT_IN_LINE
from audioset.hearing.align.decoder.lacking import BY_SYMBOLS, LineWords
from audioset.hearing.align.decoder.scene import make_scene
from audioset.hearing.align.ear.features import HOP_SECONDS, Features, read_features
from audioset.hearing.align.ear.silence import normalised_cepstra, silence_of
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.grid import AGAIN_COST, BEAM, SKIP_COST, LineSearch
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.plugin import require
from audioset.hearing.align.sections import Agenda, make_agenda
from audioset.hearing.align.symbols import SymbolFeatures, SymbolReader
from audioset.records.lines import Line
from audioset.records.plugin_contracts import EmissionModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORTH = 0.4  # of a frame of speech whose symbol is the likeliest
_FAR_MISFIT = 3.0  # natural logarithm: a symbol that is not there
_MISFIT_COST = 2.0  # of one that is not there, in units of what one that is there is worth
_SPEECH_IN_LINE = -0.25  # of any frame of speech: lines are expected to be said
_LEAST_SPOKEN = 0.3  # of the frames that a line takes to say: what has less hides in a pause
_USUAL_SYMBOL_SECONDS = 0.08  # where a source tells nothing


class _SymbolScores:
    """Costs of frames in states; see `grid.Scores`."""

    def __init__(
        self, symbols: SymbolFeatures, silent: "NDArray[np.bool_]", states: "NDArray[np.int64]"
    ) -> None:
        self._columns = np.searchsorted(symbols.columns, states)
        named, count = _runs(symbols, ~silent)
        worth = _WORTH * _frames_per_symbol(symbols, ~silent) * count / max(1, named)
        costs = np.minimum(symbols.misfits / _FAR_MISFIT, 1) * np.float32(_MISFIT_COST * worth)
        costs[:, symbols.columns != symbols.blank] -= worth
        if symbols.blank is not None:
            costs[~silent] += _SPEECH_IN_LINE
        else:  # it has no word for silence
            costs[silent] = 0
        costs[silent] += SILENT_IN_LINE
        self._costs = costs.astype(np.float32)

    def costs(self, start: int, end: int, first: int, last: int) -> "NDArray[np.float32]":
        """Give the costs of frames `[start, end)` in states `[first, last)`."""
        return np.asarray(self._costs[start:end][:, self._columns[first:last]])


def spell(
    model: EmissionModel, lines: Sequence[Line], language: str | None
) -> list["NDArray[np.int64]"]:
    """Write lines as symbols of a model.

    Raises:
        InvalidInputError: a line cannot be said, or the model raised.
    """
    spelled = []
    for line in lines:
        outcome = attempt(lambda text: list(model.symbols(text, language)), line.text)
        given = require(outcome.value, outcome.error, model.name, f"failed at line {line.number}")
        symbols = np.array(given, np.int64)
        if not symbols.size:
            raise InvalidInputError(
                f"line {line.number} has no word that the aligner {model.name!r} can say: "
                f"{line.text!r}; write it in letters, or take it out"
            )
        spelled.append(symbols)
    return spelled


def place_by_symbols(
    model: EmissionModel,
    sound: Sound16k,
    lines: Sequence[Line],
    language: str | None,
    takes: Sequence[int | None],
    pins: Sequence[Placed],
    within: Sequence[tuple[float, float]] | None = None,
) -> tuple[Features, list[Placed]]:
    """Read a source once, and find lines in it.

    Args:
        model: scores the frames.
        sound: the source.
        lines: what is said, in order.
        language: BCP 47 tag of the lines; None where nobody knows.
        takes: how often each line is said; None = unknown.
        pins: spans that a person confirmed, in order of time.
        within: what the model listens to, (start, end) in seconds; None for all of the source.

    Raises:
        InvalidInputError: the model raised or gave what cannot be, or a line cannot be said.
    """
    spelled = spell(model, lines, language)
    wanted = {int(symbol) for line in spelled for symbol in line}
    reader = SymbolReader(model, language, wanted, within)
    features = read_features(Sound16k(reader.pass_on(sound), sound.probabilities))
    symbols, silent = reader.features(len(features)), silence_of(features)
    agenda = make_agenda(takes, pins, len(features))
    states = [_with_blanks(spelled[line], symbols.blank) for line in agenda.order]
    lengths = np.array([spelled[line].size for line in agenda.order], np.float64)
    lengths *= _frames_per_symbol(symbols, ~silent)
    search = LineSearch(
        agenda,
        _plan(states, lengths, agenda, symbols.blank),
        make_scene(features),
        silent,
        normalised_cepstra(features),
        lengths=lengths.round().astype(np.int64),
        words=_words(model, lines, spelled, language, agenda, symbols.blank),
    )
    scores = _SymbolScores(symbols, silent, np.concatenate(states))
    found = [
        span
        for span in search.decode(scores, beam=BEAM)
        if (~silent[span.start : span.end]).sum() >= _LEAST_SPOKEN * lengths[span.line]
    ]
    placed = search.placed(search.filled(found, scores), scores)
    return features, search.with_said_again(placed, scores)


def _words(
    model: EmissionModel,
    lines: Sequence[Line],
    spelled: "Sequence[NDArray[np.int64]]",
    language: str | None,
    agenda: Agenda,
    blank: int | None,
) -> LineWords:
    """Tell which word each state belongs to; what stands between words belongs to the later one."""
    texts = [line.text.split() for line in lines]
    of_lines = [
        _word_of_each(model, words, symbols, language)
        for words, symbols in zip(texts, spelled, strict=True)
    ]
    if blank is not None:
        of_lines = [np.append(word_of[:1], np.repeat(word_of, 2)) for word_of in of_lines]
    return LineWords(
        np.concatenate([of_lines[line] for line in agenda.order]),
        [texts[line] for line in agenda.order],
        BY_SYMBOLS,
    )


def _word_of_each(
    model: EmissionModel, words: Sequence[str], symbols: "NDArray[np.int64]", language: str | None
) -> "NDArray[np.int64]":
    """Give the word of each symbol, as spelling the first words tells; 0 where it does not."""
    ends = []
    for count in range(1, len(words)):
        outcome = attempt(lambda text: list(model.symbols(text, language)), " ".join(words[:count]))
        begin = np.array(outcome.value or [], np.int64)
        if outcome.error is not None or not np.array_equal(begin, symbols[: begin.size]):
            return np.zeros(symbols.size, np.int64)
        ends.append(begin.size)
    return np.searchsorted(ends, np.arange(symbols.size), side="right")


def _with_blanks(symbols: "NDArray[np.int64]", blank: int | None) -> "NDArray[np.int64]":
    """Put blanks around and between symbols."""
    if blank is None:
        return symbols
    states = np.full(2 * symbols.size + 1, blank, np.int64)
    states[1::2] = symbols
    return states


def _plan(
    states: "Sequence[NDArray[np.int64]]",
    lengths: "NDArray[np.float64]",
    agenda: Agenda,
    blank: int | None,
) -> LinePlan:
    """Make the plan: blanks may be left out, symbols cost what they do not fit.

    Args:
        states: of each place of the order.
        lengths: frames that each takes to say, about.
        agenda: what is looked for.
        blank: symbol that stands for none.
    """
    at = np.concatenate([[0], np.cumsum([len(some) for some in states])]).astype(np.int64)
    again = np.full(len(states), np.inf, np.float32)
    again[list(agenda.repeated)] = AGAIN_COST * np.median(lengths)
    skip = np.where(np.array(agenda.free), 0, SKIP_COST * lengths).astype(np.float32)
    leaps = np.full(int(at[-1]), np.inf, np.float32)
    if blank is not None:
        for first, last in pairwise(at.tolist()):
            leaps[first + 3 : last : 2] = 0  # from a symbol to the next one
    return LinePlan(at, skip, again, leaps, stay=0.0)


def _runs(symbols: SymbolFeatures, speech: "NDArray[np.bool_]") -> tuple[int, int]:
    """Give how many frames of speech have a symbol, and how many stretches of one they make."""
    named = (
        speech
        & (symbols.best >= 0)
        & (symbols.best != (-1 if symbols.blank is None else symbols.blank))
    )
    begins = named & np.diff(np.where(named, symbols.best, -1), prepend=-1).astype(bool)
    return int(named.sum()), int(begins.sum())


def _frames_per_symbol(symbols: SymbolFeatures, speech: "NDArray[np.bool_]") -> float:
    """Give how many frames of speech there are for one symbol that was found."""
    _, count = _runs(symbols, speech)
    return (
        float((speech & (symbols.best >= 0)).sum()) / count
        if count
        else _USUAL_SYMBOL_SECONDS / HOP_SECONDS
    )
