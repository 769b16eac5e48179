"""Which tier of a file with several is meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from audioset.errors import InvalidInputError

_LISTED = 12


@dataclass(frozen=True, slots=True)
class Tier:
    """What is known of a tier before one is taken.

    Attributes:
        name: as in the file.
        cues: how many it would give.
        texts: how many of them have text.
        independent: it is not about the annotations of another tier.
    """

    name: str
    cues: int
    texts: int
    independent: bool = True


def choose_tier(tiers: Sequence[Tier], asked: str | None) -> str:
    """Name the tier to read.

    The one asked for. Else the only one with text; else the only one with text that does not
    depend on another tier (a translation or a division into words does); else, when none has
    text, the only one with cues.

    Raises:
        InvalidInputError: no such tier, two of that name, or it is not clear which is meant.
    """
    if asked is not None:
        matches = [tier for tier in tiers if tier.name == asked]
        if len(matches) != 1:
            found = "has no tier" if not matches else f"has {len(matches)} tiers"
            raise InvalidInputError(f"{found} {asked!r}; its tiers are {_listed(tiers)}")
        return asked
    with_text = [tier for tier in tiers if tier.texts]
    top = [tier for tier in with_text if tier.independent]
    with_cues = [tier for tier in tiers if tier.cues]
    for candidates in (with_text, top) if with_text else (with_cues,):
        if len(candidates) == 1:
            return candidates[0].name
    if not with_cues:
        raise InvalidInputError(f"has no tier with cues in it; its tiers are {_listed(tiers)}")
    raise InvalidInputError(f"has several tiers, name one of them: {_listed(with_cues)}")


def _listed(tiers: Sequence[Tier]) -> str:
    if not tiers:
        return "none"
    listed = ", ".join(f"{tier.name!r} ({tier.cues} cues)" for tier in tiers[:_LISTED])
    return listed if len(tiers) <= _LISTED else f"{listed} and {len(tiers) - _LISTED} more"
