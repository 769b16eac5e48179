"""Words of other corpora and ours: genders, splits, languages, licences."""

import re
from collections.abc import Mapping

_GENDERS = {
    "female": "f female woman women girl lady feminine female_feminine w weiblich femme mujer",
    "male": "m male man men boy masculine male_masculine maennlich männlich homme hombre",
    "other": "o other non-binary nonbinary non_binary diverse divers transgender intersex x",
}
_UNKNOWN = frozenset({"u", "unk", "unknown", "none", "null", "nan", "n/a", "na", "-", "?", ""})
_NOT_TOLD = frozenset({"do_not_wish_to_say", "not_specified", "prefer_not_to_say"})
_CORPUS_SPLITS = {
    "train": "train training trn tr train_clean train_other",
    "validation": "validation valid val dev development devel eval_dev",
    "test": "test tst testing eval evaluation",
}
# As they are commonly written, and as SPDX does.
_LICENCES = {
    "cc0": "CC0-1.0",
    "cc-0": "CC0-1.0",
    "cc0-1.0": "CC0-1.0",
    "public domain": "Public-Domain",
    "mit": "MIT",
    "apache-2.0": "Apache-2.0",
}
_CREATIVE = re.compile(r"cc[ -]by((?:[ -](?:nc|sa|nd))*)[ -]?v?([1-4]\.[05])", re.IGNORECASE)


def _by_word(said: Mapping[str, str]) -> dict[str, str]:
    return {word: ours for ours, words in said.items() for word in words.split()}


_GENDER_OF, _SPLIT_OF = _by_word(_GENDERS), _by_word(_CORPUS_SPLITS)


def is_unknown(word: str) -> bool:
    """Tell a word that only says that nobody knows."""
    return word.strip().casefold().replace(" ", "_") in _UNKNOWN | _NOT_TOLD


def gender_of(word: str) -> str:
    """Give male, female or other; any other word as it is."""
    return _GENDER_OF.get(word.strip().casefold().replace(" ", "_"), word)


def split_of(word: str) -> str | None:
    """Give train, validation or test for a word such as `dev-clean`; None for any other.

    `validated` is what was checked, not what is validated on, so it is none.
    """
    folded = re.sub(r"[\s.-]+", "_", word.strip().casefold())
    if folded in _SPLIT_OF:
        return _SPLIT_OF[folded]
    return _SPLIT_OF.get(folded.partition("_")[0])


def split_word(name: str) -> str | None:
    """Give the word in the name of a file or folder that says a split: of `train-00000` train."""
    words = re.split(r"[\W_]+", name)
    return next((word for word in words if split_of(word) is not None), None)


def licence_of(word: str) -> str:
    """Give the SPDX name of a well-known licence; any other word as it is."""
    known = _LICENCES.get(word.strip().casefold())
    if known is not None:
        return known
    creative = _CREATIVE.fullmatch(word.strip())
    if creative is None:
        return word
    terms = creative[1].upper().replace(" ", "-")
    return f"CC-BY{terms}-{creative[2]}"
