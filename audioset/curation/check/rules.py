"""The rules of `audioset check`: what can be wrong with a clip, seen from its manifest row.

Each rule looks at one batch of rows at once and gives what it found, row by row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.check.facts import FACT_RULES
from audioset.curation.check.text_rules import (
    DIGITS,
    PLACEHOLDER,
    count_letters,
    explain_odd,
    explain_unsaid,
    is_empty,
    longest_run,
    matches,
    may_be_odd,
    may_be_unsaid,
)
from audioset.curation.check.voices import VOICE_RULES
from audioset.errors import InvalidInputError
from audioset.near_names import near_or_all
from audioset.records.check_report import LEAST_DETECTED_SECONDS, CheckLimits
from audioset.records.lines import ANY_TEXT, HEARD_OTHERWISE, flag_meaning, flag_name

Numbers = NDArray[np.float64]
# Below this many clips with a text, nobody can say what is usual among them.
_LEAST_TEXTS = 30
# The logarithm of letters per second varies at least so much in honest transcripts of one reader:
# keeps a very even dataset from flagging everything.
_LEAST_SPREAD = 0.2
_SIGMA_PER_MAD = 1.4826  # of a normal distribution
# A level needs some frames; less tells nothing.
_LEAST_LEVEL_SECONDS = 0.2
_LEAST_DENSE_SECONDS = 1.0  # from here on noise is heard under speech too
_SILENCE_BADNESS = 1e3  # nothing measured is that far below the limit; JSON has no infinity
_NARROW_FROM_HZ = 16_000  # below that rate, telephone speech is what one expects


class Hit(NamedTuple):
    """What a rule found in one row of a batch; see `Finding`."""

    row: int
    value: float | str | None
    limit: float | None
    sentence: str
    badness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What must be known of all clips before one can be judged.

    Attributes:
        has_texts: whether some clip has a text.
        usual_rates: letters per second that are usual here, from and to; None with few texts.
    """

    has_texts: bool
    usual_rates: tuple[float, float] | None


Find = Callable[[pa.RecordBatch, CheckLimits, Corpus], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: that people choose it by.
        meaning: what a finding means, for people.
        columns: of the manifest that it looks at.
        find: looks at a batch; None for facts, duplicates and leaks, which are found among all
            clips together.
        on: whether it is applied when nobody chose.
    """

    name: str
    meaning: str
    columns: tuple[str, ...]
    find: Find | None
    on: bool = True


def _beyond(column: str, limit: str, sentence: str, *, above: bool) -> Find:
    """Make a rule that a column lies above, or below, a limit; null breaks nothing."""

    def find(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
        values, bound = numbers(batch, column), float(getattr(limits, limit))
        excess = values - bound if above else bound - values
        yield from _hits(values, excess, bound, sentence)

    return find


def _hits(values: Numbers, excess: Numbers, limit: float | Numbers, sentence: str) -> Iterator[Hit]:
    """Give the rows whose excess is above 0; nan never is."""
    limits = np.broadcast_to(limit, values.shape)
    for row in np.flatnonzero(excess > 0).tolist():
        value, bound = float(values[row]), float(limits[row])
        text = sentence.format(value=value, limit=bound)
        yield Hit(row, value, bound, text, float(excess[row]))


def _find_no_speech(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    values, bound = numbers(batch, "speech_share"), limits.no_speech
    excess = np.where(long_enough(batch), bound - values, 0)
    yield from _hits(values, excess, bound, "speech in {value:.0%} of the clip")


def _find_low_snr(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    values, bound = numbers(batch, "snr_db"), limits.low_snr
    excess = np.where(level_is_told(batch), bound - values, 0)
    yield from _hits(values, excess, bound, "speech is {value:.1f} dB over the noise")


def _find_dc_offset(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    values = numbers(batch, "dc_offset")
    sentence = "the samples' mean is {value:+.3f}, which is no sound"
    yield from _hits(values, np.abs(values) - limits.dc_offset, limits.dc_offset, sentence)


def _find_too_quiet(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    values, bound = numbers(batch, "loudness_lufs"), limits.too_quiet
    yield from _hits(values, bound - values, bound, "loudness is {value:.1f} LUFS")
    # Loudness and peak are null for digital silence, and when nothing was measured at all.
    silent = np.isnan(numbers(batch, "peak_dbfs")) & ~np.isnan(numbers(batch, "clipped_share"))
    for row in np.flatnonzero(silent).tolist():
        yield Hit(row, None, bound, "digital silence", _SILENCE_BADNESS)


def _find_narrow_band(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    values, rates = numbers(batch, "bandwidth_hz"), numbers(batch, "sampling_rate")
    bounds = np.maximum(
        limits.narrow_band * rates / 2, np.where(rates >= _NARROW_FROM_HZ, limits.narrow_band_hz, 0)
    )
    sentence = "nothing above {value:,.0f} Hz: perhaps resampled from a lower rate"
    yield from _hits(values, (bounds - values) / bounds, bounds, sentence)


def _find_long_silence(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    for column, place in (("head_silence_seconds", "before"), ("tail_silence_seconds", "after")):
        values, bound = numbers(batch, column), limits.long_silence
        yield from _hits(
            values, values - bound, bound, f"{{value:.2f}} s of silence {place} speech"
        )


def _find_no_text(batch: pa.RecordBatch, _: CheckLimits, corpus: Corpus) -> Iterator[Hit]:
    if corpus.has_texts:
        for row in _rows(is_empty(batch.column("text"))):
            yield Hit(row, None, None, "no text, though other clips have one", 0.0)


def _find_placeholder(batch: pa.RecordBatch, _: CheckLimits, __: Corpus) -> Iterator[Hit]:
    texts = batch.column("text")
    for row in _rows(pc.and_(matches(texts, PLACEHOLDER), pc.invert(is_empty(texts)))):
        text = texts[row].as_py()
        yield Hit(row, text, None, "text says that there is no text", 0.0)


def _find_unsaid(batch: pa.RecordBatch, _: CheckLimits, __: Corpus) -> Iterator[Hit]:
    texts = batch.column("text")
    for row in _rows(pc.and_(may_be_unsaid(texts), pc.invert(matches(texts, PLACEHOLDER)))):
        part, sentence = explain_unsaid(texts[row].as_py())
        yield Hit(row, part, None, sentence, 0.0)


def _find_odd_characters(batch: pa.RecordBatch, _: CheckLimits, __: Corpus) -> Iterator[Hit]:
    texts = batch.column("text")
    for row in _rows(may_be_odd(texts)):
        explained = explain_odd(texts[row].as_py())
        if explained is not None:
            yield Hit(row, explained[0], None, explained[1], 0.0)


def _find_digits(batch: pa.RecordBatch, _: CheckLimits, __: Corpus) -> Iterator[Hit]:
    texts = batch.column("text")
    for row in _rows(matches(texts, DIGITS)):
        yield Hit(row, texts[row].as_py(), None, "digits can be read aloud in several ways", 0.0)


def _find_unsure_text(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    by_model = np.asarray(_by_model(batch), bool)
    values, bound = numbers(batch, "text_score"), limits.unsure_text
    excess = np.where(by_model, bound - values, 0)
    yield from _hits(
        values, excess, bound, "the model gives its words a probability of {value:.2f}"
    )


def _find_repeated_words(batch: pa.RecordBatch, limits: CheckLimits, _: Corpus) -> Iterator[Hit]:
    texts = batch.column("text")
    for row in _rows(pc.and_(_by_model(batch), pc.invert(is_empty(texts)))):
        words, times = longest_run(texts[row].as_py())
        if times >= limits.repeated_words:
            sentence = f"{words!r} {times} times in a row"
            yield Hit(row, words, limits.repeated_words, sentence, float(times))


def _find_heard_otherwise(batch: pa.RecordBatch, _: CheckLimits, __: Corpus) -> Iterator[Hit]:
    return _flagged(batch, HEARD_OTHERWISE, pc.equal(batch.column("text_source"), "human"))


def _find_any_text(batch: pa.RecordBatch, _: CheckLimits, __: Corpus) -> Iterator[Hit]:
    return _flagged(batch, ANY_TEXT, batch.column("accepted"))


def _flagged(batch: pa.RecordBatch, name: str, judged: pa.Array) -> Iterator[Hit]:
    """Give the rows with a flag but those that a person has judged."""
    flags = batch.column("flags")
    for row in _rows(pc.and_not(matches(flags, name), pc.fill_null(judged, False))):  # noqa: FBT003
        text = batch.column("text")[row].as_py()
        for flag in flags[row].as_py().split(","):
            if flag_name(flag.strip()) == name:
                yield Hit(row, text, None, flag_meaning(flag.strip()), 0.0)


def _by_model(batch: pa.RecordBatch) -> pa.Array:
    return pc.fill_null(pc.starts_with(batch.column("text_source"), "model:"), False)  # noqa: FBT003


def _find_chars_per_second(
    batch: pa.RecordBatch, limits: CheckLimits, corpus: Corpus
) -> Iterator[Hit]:
    low, high = limits.chars_per_second_min, limits.chars_per_second_max
    if corpus.usual_rates is not None:
        low, high = max(low, corpus.usual_rates[0]), min(high, corpus.usual_rates[1])
    values = chars_per_second(batch)
    with np.errstate(divide="ignore"):  # a text without a letter is a placeholder, not slow
        distance = np.log(values)
    fast = "{value:.1f} letters per second: text for longer audio?"
    slow = "{value:.1f} letters per second: text for shorter audio?"
    yield from _hits(values, distance - np.log(high), high, fast)
    yield from _hits(values, np.where(values > 0, np.log(low) - distance, 0), low, slow)


def chars_per_second(batch: pa.RecordBatch) -> Numbers:
    """Letters and digits of the text per second of speech, shape (rows,); nan without a text."""
    letters = count_letters(batch.column("text"))
    head, tail = numbers(batch, "head_silence_seconds"), numbers(batch, "tail_silence_seconds")
    silence = np.where(np.isnan(head), 0, head) + np.where(np.isnan(tail), 0, tail)
    silence = np.where(long_enough(batch), silence, 0)  # in less the detector hears too little
    spoken = np.maximum(numbers(batch, "length_seconds") - silence, 0.01)
    rates: Numbers = _as_numbers(letters) / spoken
    return rates


def long_enough(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Tell which clips are long enough for the speech detector, shape (rows,)."""
    enough: NDArray[np.bool_] = numbers(batch, "length_seconds") >= LEAST_DETECTED_SECONDS
    return enough


def level_is_told(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Tell in which clips there is enough to compare speech with noise, shape (rows,)."""
    share, seconds = numbers(batch, "speech_share"), numbers(batch, "length_seconds")
    told: NDArray[np.bool_] = (share * seconds >= _LEAST_LEVEL_SECONDS) & (
        ((1 - share) * seconds >= _LEAST_LEVEL_SECONDS) | (seconds >= _LEAST_DENSE_SECONDS)
    )
    return told


def usual_rates(rates: Numbers, deviations: float) -> tuple[float, float] | None:
    """Give the range of letters per second that is usual: median and MAD of the logarithm.

    Args:
        rates: of all clips; those without a letter are nan or 0 and do not count.
        deviations: half of the range, in robust standard deviations.

    Returns:
        None when too few clips have a text to tell.
    """
    logs = np.log(rates[rates > 0])
    if len(logs) < _LEAST_TEXTS:
        return None
    middle = float(np.median(logs))
    spread = max(_SIGMA_PER_MAD * float(np.median(np.abs(logs - middle))), _LEAST_SPREAD)
    return float(np.exp(middle - deviations * spread)), float(np.exp(middle + deviations * spread))


def numbers(batch: pa.RecordBatch, column: str) -> Numbers:
    """Give a column as float64, shape (rows,), nan for null and for what is not finite."""
    return _as_numbers(batch.column(column))


def _as_numbers(array: pa.Array) -> Numbers:
    values = np.from_dlpack(pc.fill_null(pc.cast(array, pa.float64()), np.nan))
    return np.where(np.isfinite(values), values, np.nan)


def _rows(mask: pa.Array) -> list[int]:
    rows: list[int] = pc.indices_nonzero(mask).to_pylist()
    return rows


RATE_COLUMNS = ("text", "length_seconds", "head_silence_seconds", "tail_silence_seconds")

# In the order of how useless a finding makes a clip; reports keep it.
RULES: tuple[Rule, ...] = (
    Rule("no_speech", "hardly any speech", ("speech_share", "length_seconds"), _find_no_speech),
    Rule("too_quiet", "very quiet, or silent",
         ("loudness_lufs", "peak_dbfs", "clipped_share"), _find_too_quiet),
    Rule("clipped", "clipped: too loud for the recorder", ("clipped_share",),
         _beyond("clipped_share", "clipped", "{value:.2%} of the samples are clipped", above=True)),
    Rule("dc_offset", "the samples' mean is not zero", ("dc_offset",), _find_dc_offset),
    Rule("low_snr", "noisy", ("snr_db", "speech_share", "length_seconds"), _find_low_snr),
    Rule("narrow_band", "less bandwidth than the sampling rate promises",
         ("bandwidth_hz", "sampling_rate"), _find_narrow_band),
    Rule("cut_edge", "begins or ends inside a word", ("edge_speech",),
         _beyond("edge_speech", "cut_edge", "speech breaks off at an edge ({value:.2f} of 1)",
                 above=True)),
    Rule("long_silence", "long silence at an end",
         ("head_silence_seconds", "tail_silence_seconds"), _find_long_silence),
    Rule("too_short", "very short", ("length_seconds",),
         _beyond("length_seconds", "too_short", "{value:.2f} s long", above=False)),
    Rule("too_long", "very long", ("length_seconds",),
         _beyond("length_seconds", "too_long", "{value:.1f} s long", above=True)),
    Rule("no_text", "no text, though others have one", ("text",), _find_no_text),
    Rule("placeholder", "a text that stands for none", ("text",), _find_placeholder),
    Rule("unsaid", "words or marks on the page that nobody says", ("text",), _find_unsaid),
    Rule("odd_characters", "characters that nobody says", ("text",), _find_odd_characters),
    Rule("chars_per_second", "text too long or too short for the audio", RATE_COLUMNS,
         _find_chars_per_second),
    Rule("heard_otherwise", "a model that was asked heard other words than the text has",
         ("text", "text_source", "flags"), _find_heard_otherwise),
    Rule("any_text", "other words would fit the sound about as well",
         ("text", "accepted", "flags"), _find_any_text),
    Rule("repeated_words", "a model repeats itself", ("text", "text_source"),
         _find_repeated_words),
    Rule("unsure_text", "a model was not sure of its text", ("text_source", "text_score"),
         _find_unsure_text),
    *(Rule(name, meaning, (), None) for name, (meaning, _) in FACT_RULES.items()),
    *(Rule(name, meaning, (), None, on=False) for name, meaning in VOICE_RULES.items()),
    Rule("digits", "digits in the text", ("text",), _find_digits, on=False),
    Rule("duplicate_audio", "samples equal to those of another clip", (), None),
    Rule("near_duplicate", "the same recording as another clip, or a part of it", (), None),
    Rule("leak", "shares what it must not with a clip of another split", (), None),
)  # fmt: skip


def choose_rules(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Choose rules by name: `only` these, or all that are on by default, but those of `skip`.

    Raises:
        InvalidInputError: an unknown name, or nothing is left.
    """
    known = [rule.name for rule in RULES]
    for name in (*only, *skip):
        if name not in known:
            hint = near_or_all(name, known, told="rules are")
            raise InvalidInputError(f"no rule {name!r}; {hint}")
    chosen = tuple(
        rule for rule in RULES if (rule.name in only if only else rule.on) and rule.name not in skip
    )
    if not chosen:
        raise InvalidInputError("every rule is skipped; nothing is left to check")
    return chosen


# Kept beside the rules so that a report can be read without the code.
MEANINGS: dict[str, Any] = {rule.name: rule.meaning for rule in RULES}
