"""Praat TextGrid: the cues of one tier."""

from audioset.documents.cues.tiers import Tier, choose_tier
from audioset.documents.reading.praat import TextGridTier, read_tiers
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed


def parse_textgrid(text: str, tier: str | None) -> Parsed:
    """Read the intervals with text of one interval tier; empty ones are what lies between.

    Raises:
        InvalidInputError: not a TextGrid in text form, it breaks off, or the tier is not clear
            or a point tier.
    """
    tiers = read_tiers(text)
    asked = next((each for each in tiers if each.name == tier), None)
    if asked is not None and asked.points:
        raise InvalidInputError(
            f"line {asked.line}: {tier!r} is a tier of {asked.points} points, and a point has no "
            "length to cut; name an interval tier"
        )
    counts = [_said(each) for each in tiers]
    name = choose_tier(
        [Tier(each.name, count, count) for each, count in zip(tiers, counts, strict=True)], tier
    )
    chosen = next(
        each
        for each, count in zip(tiers, counts, strict=True)
        if each.name == name and (count or tier is not None)
    )
    cues = [
        Cue(start_seconds=float(start), end_seconds=float(end), text=" ".join(label.split()))
        for start, end, label in chosen.intervals
        if label.strip()
    ]
    return Parsed(cues=cues, tier=name)


def _said(tier: TextGridTier) -> int:
    return sum(1 for _, _, label in tier.intervals if label.strip())
