"""Front matter of a card, by the names that Hugging Face knows."""

import re
from typing import Any

from audioset.records.card_facts import CardFacts

# Names of licences that are known there and that speech has; all others are "other".
_LICENCES = (
    "afl-3.0", "apache-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "c-uda", "cc", "cc0-1.0",
    "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
    "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0",
    "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0", "gfdl", "gpl-2.0",
    "gpl-3.0", "mit", "odbl", "odc-by", "pddl", "unlicense",
)  # fmt: skip
_SPELT = {"cc0": "cc0-1.0", "cc-0": "cc0-1.0"}
_SIZES = (1_000, 10_000, 100_000, 10**6, 10**7, 10**8, 10**9)
_NAMES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B")
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")  # of a language, BCP 47
_MOST_LANGUAGES = 200


def front_matter_of(facts: CardFacts, dataset: str) -> dict[str, Any]:
    """Say what a site for datasets asks first; what the data do not say is left out."""
    description = facts.description
    return {
        "pretty_name": dataset,
        **_licence(facts),
        **_languages(facts),
        "task_categories": [
            "automatic-speech-recognition" if description.num_with_text else "audio-classification"
        ],
        "size_categories": [size_category(description.num_clips)],
    }


def size_category(num_clips: int) -> str:
    """Give the name of the range of sizes."""
    for place, most in enumerate(_SIZES):
        if num_clips < most:
            name = _NAMES[place]
            return f"{_NAMES[place - 1]}<n<{name}" if place else f"n<{name}"
    return f"n>{_NAMES[-1]}"


def _licence(facts: CardFacts) -> dict[str, Any]:
    given = facts.values("licence")
    if not given:
        return {}
    known = given[0].strip().lower().replace(" ", "-")
    known = _SPELT.get(known, known)
    if len(given) == 1 and not facts.num_without("licence") and known in _LICENCES:
        return {"license": known}
    # One name for all of it would say too much: of clips without a licence nothing is known.
    named = " / ".join(given) if not facts.num_without("licence") else "see below"
    return {"license": "other", "license_name": named}


def _languages(facts: CardFacts) -> dict[str, Any]:
    tags = [tag for value in facts.values("language") if _TAG.fullmatch(tag := value.strip())]
    if not tags or len(tags) > _MOST_LANGUAGES:
        return {}
    front: dict[str, Any] = {"language": sorted({tag.partition("-")[0].lower() for tag in tags})}
    if any("-" in tag for tag in tags):
        front["language_bcp47"] = sorted(tags)
    return front
