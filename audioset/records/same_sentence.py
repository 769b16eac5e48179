"""When two texts may be read aloud alike: contractions and numerals do not count either.

"Don't pay 3%" and "do not pay three percent" are one sentence to whoever learns from it.
Contractions are English; numbers in words are read in the languages that text2num knows.
"""

import re

from audioset.records.sentence import normalise_sentence

ENGLISH = "en"
# What text2num reads. A text of which nobody says the language is read as English.
_LANGUAGES = frozenset(("en", "fr", "es", "pt", "de", "nl", "da", "it"))

_AUXILIARIES = "do does did is are was were has have had could would should must might need"
# What is denied is spelled out, for "it isn't" is "it's not"; what follows a pronoun is contracted,
# for "it's" is "it is" as well as "it has".
_DENIED = {
    **{f"{word}nt": f"{word} not" for word in _AUXILIARIES.split()},
    "cant": "can not", "cannot": "can not", "wont": "will not", "shant": "shall not",
}  # fmt: skip
_SHORT = {
    "i am": "im", "let us": "lets", "per cent": "percent",
    **{f"{who} are": f"{who}re" for who in ("you", "we", "they")},
    **{
        f"{who} {verb}": f"{who}{end}"
        for who in ("i", "you", "he", "she", "it", "we", "they", "that", "there", "who", "what")
        for verb, end in (("will", "ll"), ("have", "ve"), ("would", "d"), ("had", "d"))
    },
    **{
        f"{who} {verb}": f"{who}s"
        for who in ("he", "she", "it", "that", "there", "here", "who", "what", "where", "how")
        for verb in ("is", "has")
    },
}  # fmt: skip
_BEFORE_SHORT = frozenset(pair.split()[0] for pair in _SHORT)
_ANY_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"(?<=\d)[.,'\u2019\u00a0\u202f](?=\d{3}(?!\d))")  # 1,984
_MONEY = re.compile(r"([$£€])\s?(\d[\d.,]*\d|\d)")
_COINS = {"$": "dollars", "£": "pounds", "€": "euros"}
_YEAR = re.compile(r"\b(1\d|20) (\d\d)\b")  # nineteen eighty-four
_A_ROUND_NUMBER = re.compile(r"\ba (?=[1-9]\d*00\b)")  # a hundred


def rules_of(language: str | None) -> str:
    """Give by whose rules a text is folded: a language such as `en`, or none, which is empty.

    Args:
        language: BCP 47 tag; None, or blank, where nobody says it.
    """
    tag = re.split("[-_]", (language or "").strip().lower())[0] or ENGLISH
    return tag if tag in _LANGUAGES else ""


def fold_sentence(text: str, rules: str) -> str:
    """Give what texts have in common that are read aloud alike; empty when there is no word.

    Two contractions may stand for the same: "it's" for "it is" and "it has".

    Args:
        rules: as `rules_of` gives them.
    """
    if not rules:
        return normalise_sentence(text)
    is_english = rules == ENGLISH
    if _ANY_DIGIT.search(text):
        text = _GROUPED.sub("", text)
        if is_english:
            text = _MONEY.sub(lambda found: f"{found[2]} {_COINS[found[1]]}", text)
    if is_english:
        text = text.replace("%", " percent ").replace("&", " and ")
    words = normalise_sentence(text)
    numbered = _in_digits(words, rules)
    if numbered != words:
        words = normalise_sentence(_GROUPED.sub("", numbered))
    if not is_english:
        return words
    if _ANY_DIGIT.search(words):
        words = _A_ROUND_NUMBER.sub("", _YEAR.sub(r"\1\2", words))
    return _contracted(words)


def _contracted(sentence: str) -> str:
    words = sentence.split()
    if not _DENIED.keys().isdisjoint(words):
        words = " ".join(_DENIED.get(word, word) for word in words).split()
    if _BEFORE_SHORT.isdisjoint(words):
        return " ".join(words)
    found: list[str] = []
    for word in words:
        short = _SHORT.get(f"{found[-1]} {word}") if found else None
        if short is None:
            found.append(word)
        else:
            found[-1] = short
    return " ".join(found)


def _in_digits(words: str, rules: str) -> str:
    # Late: a command that compares no texts loads nothing.
    try:
        from text_to_num import alpha2digit
    except ModuleNotFoundError:  # it is not built for Macs with Intel processors
        return words
    found: str = alpha2digit(words, rules, threshold=0)
    return found
