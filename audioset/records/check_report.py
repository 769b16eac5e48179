"""What `audioset check` finds: limits, findings, the report."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from audioset.errors import InvalidInputError, as_option
from audioset.near_names import ask_whether
from audioset.records.in_notebook import html_block, html_line, html_table
from audioset.wording import count

# The detector needs some context, and a level some frames; less tells nothing. Of 1,200 isolated
# words of a quarter to one second, 136 seemed noisy and 128 without speech before this was asked.
LEAST_DETECTED_SECONDS = 0.5


def _limit(default: float, meaning: str) -> float:
    """State one limit: its default, and what it means together with why it is what it is."""
    value: float = field(default=default, metadata={"meaning": meaning})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLimits:
    """The limit of every rule that has one; each field begins with the name of its rule.

    The defaults were set on real recordings, so that clean ones pass and damaged ones do not:
    see `benchmarks/quality.py`.
    """

    # fmt: off
    clipped: float = _limit(0.001, "largest share of clipped samples: 1 ms in a second is audible, clean recordings have none")
    dc_offset: float = _limit(0.01, "largest mean of the samples, either sign: -40 dBFS; converters in order stay below 0.005")
    too_quiet: float = _limit(-50.0, "least loudness in LUFS: broadcast is -23, a far microphone -45; below, 16 bits get coarse")
    low_snr: float = _limit(8.0, "least speech over noise in dB: old and noisy recordings that are clear to follow have 10 and more")
    narrow_band: float = _limit(0.3, "least bandwidth as a share of half the sampling rate: MP3 that ends at 10 kHz has 0.45 at 44.1 kHz, telephone speech stored there 0.18")
    narrow_band_hz: float = _limit(4200.0, "least bandwidth in Hz of clips at 16 kHz and more: 8 kHz audio ends at 4,000")
    no_speech: float = _limit(0.2, "least share of frames with speech: cut clips have more than 0.4, isolated words in silence 0.2")
    cut_edge: float = _limit(0.9, "how surely a word may be cut at an edge: whole words that begin with the first sample stay below, cuts through vowels have 1")
    long_silence: float = _limit(1.0, "longest silence in seconds before or after the speech: `audioset cut` leaves 0.15")
    too_short: float = _limit(0.2, "least length in seconds: about one syllable")
    too_long: float = _limit(30.0, "greatest length in seconds: what speech models take at once, and the longest that `audioset cut` makes")
    chars_per_second_min: float = _limit(1.0, "least letters and digits per second of a text, whatever the other clips have")
    chars_per_second_max: float = _limit(35.0, "most letters and digits per second of a text: fast English has 25")
    chars_per_second_deviations: float = _limit(5.0, "how many robust standard deviations the logarithm of letters per second may lie from the median")
    unsure_text: float = _limit(0.5, "least mean token probability of a text by a model: whisper-base gives clear reading 0.78 and more, excerpts of far meetings 0.33 to 0.75")
    repeated_words: float = _limit(4, "how often the same words may follow each other in a text by a model: people say a thing three times")
    near_duplicate: float = _limit(0.2, "greatest share of fingerprint bits in which near-duplicates differ: transcodes have 0.02 to 0.17, other takes of a word 0.22 and more")
    two_voices: float = _limit(5.0, "greatest distance between two halves of one speaker's clips, in their own spread: halves of one voice have 1 to 4, two voices 6 and more")
    same_voice: float = _limit(0.87, "greatest likeness of two speakers: two halves of one speaker's recordings have 0.88 and more, other voices up to 0.86")
    # fmt: on

    @classmethod
    def from_words(cls, words: Iterable[str]) -> "CheckLimits":
        """Build from words such as `low_snr=15`.

        Raises:
            InvalidInputError: a word of another form, an unknown limit, or no finite number.
        """
        known = [entry.name for entry in fields(cls)]
        values: dict[str, float] = {}
        for word in words:
            name, equals, text = (part.strip() for part in word.partition("="))
            if equals and name not in known and (meant := ask_whether(name, known)):
                raise InvalidInputError(f"there is no limit {name!r}; {meant}")
            if not equals or name not in known:
                raise InvalidInputError(
                    f"limit {word!r} is not of the form NAME=NUMBER with a name of "
                    f"{', '.join(known)}"
                )
            values[name] = _finite(text, word)
        return replace(cls(), **values)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "CheckLimits":
        """Build from limits by name, such as `{"low_snr": 15}`.

        Raises:
            InvalidInputError: an unknown limit, or no finite number.
        """
        return cls.from_words(f"{name}={value}" for name, value in values.items())

    @classmethod
    def meaning(cls, name: str) -> str:
        """Tell what a limit means and why its default is what it is."""
        text: str = next(entry for entry in fields(cls) if entry.name == name).metadata["meaning"]
        return text


def _finite(text: str, word: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInputError(f"limit {word!r}: {text!r} is not a number")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with one clip.

    Attributes:
        clip_id: the clip.
        rule: name of the rule that found it.
        value: what was measured, or the words of the text that are wrong; None when nothing is
            there, as in digital silence.
        limit: that the value breaks; None for a rule without one.
        sentence: what is wrong, for a person.
        badness: 0 and up; orders the findings of one rule.
    """

    clip_id: str
    rule: str
    value: float | str | None
    limit: float | None
    sentence: str
    badness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFinding:
    """One thing that is wrong with a fact: a value, or what is said of a speaker.

    Attributes:
        rule: name of the rule that found it.
        fact: the column, or the name of a fact that has none.
        speaker: of whom it is said, for contradictions; None for all other rules.
        values: clips with each of the values in question, most first.
        num_clips: those that have another value than most of them, or one that cannot be.
        clip_ids: the first of these, at most 3.
        sentence: what is wrong, for a person.
        remedy: what to do, such as a command.
    """

    rule: str
    fact: str
    speaker: str | None
    values: Mapping[str, int]
    num_clips: int
    clip_ids: tuple[str, ...]
    sentence: str
    remedy: str


_REMEDIES = {
    "too_quiet": "raise its level in an audio editor and cut it again with --replace",
    "dc_offset": "filter it in an audio editor (high-pass, 20 Hz) and cut it again with --replace",
    "low_snr": "record it with the microphone nearer; a model for noisy places may want it so",
    "narrow_band": "find the original, if this is a copy; of a telephone there is no other",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFinding:
    """What nearly all clips of a source have against them: it belongs to the recording.

    Attributes:
        rule: name of the rule that found it.
        source_name: file name of the source; None where nearly all clips of all sources have it.
        num_clips: of the source, or of all, those that a person rejected left out.
        clip_ids: of those that have it, sorted; each has a finding of its own as well.
        sentence: of the one in the middle.
    """

    rule: str
    source_name: str | None
    num_clips: int
    clip_ids: tuple[str, ...]
    sentence: str

    @property
    def remedy(self) -> str:
        """What to do about the recording: a sentence without its end."""
        return f"{_REMEDIES[self.rule]}, or leave the rule out: {as_option('skip', self.rule)}"

    def __str__(self) -> str:
        where = f" of {self.source_name}" if self.source_name is not None else ""
        have = f"{len(self.clip_ids):,} of " if len(self.clip_ids) < self.num_clips else "all "
        return f"{have}{self.num_clips:,} clips{where}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What `audioset check` found.

    Attributes:
        name: what was checked.
        num_clips: clips that were checked; those that a person rejected are not.
        num_rejected: clips that a person rejected.
        num_flagged: clips with at least one finding.
        counts: findings of every rule that was applied, 0 included, in the order of the rules.
        findings: worst first: in the order of the rules, which begins with those that make a clip
            useless, and within a rule by badness, then by clip id.
        limits: that were held.
        shared: what nearly all clips of a source have, in the order of the rules, and within a rule
            most clips first; among the findings all the same.
        num_without_audio: clips whose audio could not be read and was not compared.
        facts: what is wrong with facts: one finding for each value or speaker, in the order of the
            rules, and within a rule most clips first.
        facts_not_compared: facts with so many values that nobody can compare their spellings.
        not_judged: by rule, clips of which it can say nothing, as they lack the measure: nobody
            measured it, or it cannot be told. Only rules with such clips, in the order of rules.
        num_unmeasured: clips that nobody ever measured.
    """

    name: str
    num_clips: int
    num_rejected: int
    num_flagged: int
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    limits: CheckLimits
    shared: tuple[SharedFinding, ...] = ()
    num_without_audio: int = 0
    facts: tuple[FactFinding, ...] = ()
    facts_not_compared: tuple[str, ...] = ()
    not_judged: Mapping[str, int] = field(default_factory=dict)
    num_unmeasured: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and not self.facts

    @property
    def of_clips(self) -> tuple[Finding, ...]:
        """The findings that are not shared by nearly all clips of a recording."""
        shared = {(each.rule, clip_id) for each in self.shared for clip_id in each.clip_ids}
        return tuple(one for one in self.findings if (one.rule, one.clip_id) not in shared)

    def _repr_html_(self) -> str:
        """Give what was found as tables, for a notebook."""
        flagged = f"{self.num_flagged:,} of {count(self.num_clips, 'clip')} have a finding"
        unmeasured = f"{count(self.num_unmeasured, 'clip')} never measured: audioset measure"
        return html_block(
            f"{self.name}: {flagged}" + (f", facts {len(self.facts):,}" if self.facts else ""),
            html_table(
                ["rule", ">found"],
                [(rule, f"{number:,}") for rule, number in self.counts.items() if number],
                lambda cells: cells,
            ),
            html_table(["rule", "of the recording"], self.shared, lambda one: (one.rule, str(one))),
            html_table(
                ["rule", "clip", "finding"],
                self.of_clips,
                lambda one: (one.rule, one.clip_id, one.sentence),
            ),
            html_table(
                ["rule", "finding", "what to do"],
                self.facts,
                lambda one: (one.rule, one.sentence, one.remedy),
            ),
            *([html_line(unmeasured)] if self.num_unmeasured else []),
        )
