"""What reading a file of timed text gives."""

from dataclasses import dataclass, field

from audioset.records.cue import Cue


@dataclass(frozen=True, slots=True, kw_only=True)
class CueFile:
    """The cues of one subtitle or label file.

    Attributes:
        format: "srt", "vtt", "ass", "sbv", "ttml", "audacity", "textgrid", "eaf", "rttm", "ctm",
            "kaldi", "csv", "xlsx" or "json"; "stream" for subtitles inside the source.
        text_source: "subtitles", or "human" for labels, or who else wrote the texts by what the
            file says; the manifest's column of that name.
        cues: in file order, without markup, line breaks as single spaces. Nothing else is put
            right: `tidy` does that.
        problems: one short sentence each for what had to be left out, with its line.
        tier: the tier (TextGrid, ELAN) or sheet (XLSX) that was read; None without tiers.
        unit: what numbers count that stand for times, where the file or somebody says it; "clock"
            for a format with times of a clock; None where numbers were taken for seconds.
    """

    format: str
    text_source: str
    cues: tuple[Cue, ...]
    problems: tuple[str, ...] = ()
    tier: str | None = None
    unit: str | None = None


@dataclass(slots=True)
class Parsed:
    """What a parser found so far, in file order."""

    cues: list[Cue] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tier: str | None = None
    lines: dict[float, int] = field(default_factory=dict)  # start of a cue, its line in the file
    num_unread: int = 0  # cues that were not understood; `problems` has a sentence for each
    unit: str | None = None  # that the file says its numbers count
    text_source: str | None = None  # where the file says who wrote its texts


@dataclass(slots=True)
class ParsedRecordings:
    """What a parser found in a file that may name several recordings, in file order."""

    cues: list[tuple[str, Cue]] = field(default_factory=list)  # name of the recording, cue
    problems: list[str] = field(default_factory=list)
    num_unread: int = 0  # of all recordings, as in `Parsed`
    unit: str | None = None  # that the file says its numbers count
    text_source: str | None = None  # where the file says who wrote its texts
