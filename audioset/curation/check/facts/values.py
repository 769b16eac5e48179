"""What a value of a fact means, however it is spelled, and what cannot be a value."""

import re
import unicodedata

from audioset.curation.check.facts.ages import explain_age, parse_age
from audioset.curation.check.text_rules import explain_odd
from audioset.records.speaker_names import fold_speaker

# Of a person, and the same in all clips. Not so where somebody lives or is recorded, what language
# is spoken, microphones and rooms, nor licence and consent, which are of a recording.
PERSONAL = frozenset(
    (
        *("gender", "age", "accent", "social_class"),
        *("sex", "dialect", "birth_year", "year_of_birth", "date_of_birth", "birthplace"),
        *("place_of_birth", "ethnicity", "native_language", "first_language", "mother_tongue"),
    )
)
_BETWEEN_WORDS = re.compile(r"(?<=\w)[\s_\-\u2010-\u2014]+(?=\w)")
_PART_OF_A_YEAR = re.compile(r"[.,;:]\d*[1-9]")
_DECADE_STEP = 9  # from the first to the last year of a decade
_GENDERS = {
    "m": "male", "man": "male", "masculine": "male", "male masculine": "male",
    "f": "female", "woman": "female", "feminine": "female", "female feminine": "female",
}  # fmt: skip
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_THREE_LETTERS = 3
# Names and three letters, which people write where a tag belongs; of languages that are often met.
_LANGUAGES = {
    name: tag
    for tag, names in {
        "ar": "arabic ara", "cs": "czech ces cze", "cy": "welsh cym", "da": "danish dan",
        "de": "german deutsch deu ger", "el": "greek ell gre", "en": "english eng",
        "es": "spanish español espanol spa", "fi": "finnish fin", "fr": "french français francais "
        "fra fre", "ga": "irish gle", "gd": "gaelic gla", "hi": "hindi hin", "it": "italian "
        "italiano ita", "ja": "japanese jpn", "ko": "korean kor", "nl": "dutch nederlands nld dut",
        "no": "norwegian nor", "pl": "polish polski pol", "pt": "portuguese português por",
        "ru": "russian rus", "sco": "scots", "sv": "swedish svenska swe", "tr": "turkish tur",
        "uk": "ukrainian ukr", "zh": "chinese mandarin zho chi",
    }.items()
    for name in names.split()
}  # fmt: skip
# What programs leave where nothing was written. "none" is not among them: it may be an answer.
_LEAVINGS = frozenset(
    ("nan", "null", "n/a", "#n/a", "<na>", "nat", "undefined", "-", "--", "?", "??", ".")
)


def fold(fact: str, value: str) -> str:
    """Give what a value means: equal for values that are only spelled otherwise.

    Case, blanks, dashes and underscores between words, and forms of Unicode do not count; nor do
    accents in the name of a speaker, f for female, twenties for 20-29, or eng for en.
    """
    text = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if fact == "speaker":
        text = fold_speaker(text)
    if fact == "age" and (years := _years(text)) is not None:
        return years
    if fact == "language":
        tag = text.replace("_", "-")
        return _LANGUAGES.get(tag, tag) if len(tag) == _THREE_LETTERS else tag
    text = _BETWEEN_WORDS.sub(" ", text)
    return _GENDERS.get(text, text) if fact == "gender" else text


def _years(text: str) -> str | None:
    """Give a number or a decade of years; None for parts of a year and wider bands."""
    age = parse_age(text)
    if age is None or age.last - age.first > _DECADE_STEP or _PART_OF_A_YEAR.search(text):
        return None
    return f"{age.first}-{age.last}"


def explain_value(fact: str, value: str) -> tuple[str, str | None] | None:
    """Tell why a value cannot be one of a fact.

    Returns:
        The reason, and what to write instead where that is plain ("" for nothing); None where
        nothing is wrong.
    """
    text = value.strip()
    if text.lower() in _LEAVINGS or text == "None":
        return "stands for no value", ""
    if fact == "age":
        return explain_age(text)
    if fact == "language" and not _TAG.fullmatch(text):
        known = _LANGUAGES.get(text.lower())
        return "is no language tag such as en or en-GB", known
    odd = explain_odd(text)
    return (odd[1].removeprefix("text "), None) if odd else None
